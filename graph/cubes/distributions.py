"""Writes a cube as the files that people download: CSV, its CSVW metadata, and Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from homegraph.graph.cubes import csvw
from homegraph.graph.cubes.columns import BETWEEN, Column, columns, files_of
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.forms import CSV, METADATA, PARQUET, SOURCES
from homegraph.graph.iri import Names
from homegraph.graph.source import Source

CHUNK = 50_000  # rows written in one go, and in one row group


def write_distributions(
    cube: Cube, names: Names, source: Source, files: Mapping[str, str], folder: Path
) -> None:
    """Write <cube>.csv, <cube>.csv-metadata.json and <cube>.parquet into a folder.

    Where figures are counted over several files, <cube>.files.csv has a row for each of them.
    `files` gives the names of the source files by SHA-256. The same cube gives the same bytes,
    in whatever order its rows are. Raises ValueError for a cube that makes no table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = columns(cube, names, files)
    sources = files_of(cube, names, files)
    said = csvw.metadata(cube, names, source, table, sources)
    text = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    (folder / f"{cube.name}{METADATA}").write_text(text, "utf-8")
    rows = cube.frame.sort([dimension.column for dimension in cube.dimensions])
    write_csv(rows, table, folder / f"{cube.name}{CSV}")
    write_parquet(rows, table, folder / f"{cube.name}{PARQUET}")
    if sources:
        each = rows.with_columns(pl.col("file").list.unique().list.sort()).explode("file")
        write_csv(each.drop_nulls("file"), sources, folder / f"{cube.name}{SOURCES}")


def write_csv(rows: pl.DataFrame, table: Sequence[Column], path: Path) -> None:
    """Write RFC 4180: UTF-8, one header row, CRLF, empty cells where there is no value."""
    cells = [
        (column.value.list.join(BETWEEN) if column.listed else column.value).alias(column.name)
        for column in table
    ]
    with path.open("wb") as out:
        # No row at all still has a header.
        for start in range(0, max(rows.height, 1), CHUNK):
            rows.slice(start, CHUNK).select(cells).write_csv(
                out,
                include_header=start == 0,
                line_terminator="\r\n",
                float_scientific=False,
            )


def write_parquet(rows: pl.DataFrame, table: Sequence[Column], path: Path) -> None:
    """Write the same columns in their own types; several files of one figure are a list."""
    values = [column.value.alias(column.name) for column in table]
    rows.lazy().select(values).sink_parquet(
        path, compression="zstd", row_group_size=CHUNK, maintain_order=True
    )
