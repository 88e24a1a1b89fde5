"""Counts of records that forces supply by the month: nought where a file is, a gap where none."""

from __future__ import annotations

import polars as pl

from homegraph.graph.cubes.completeness import flag, missing_rows
from homegraph.graph.forces import force_areas as force_areas


def by_force(
    records: pl.LazyFrame, series: str, gaps: pl.DataFrame, *, code: str, measure: str
) -> pl.DataFrame:
    """Count records by force, month and one more code: the frame of a cube, sorted.

    `records` has the columns force, month, file and `code`; a null code is counted nowhere. Where a
    force supplied a month, every code that any force used in that month has a figure, nought
    included. Where it did not, there is a row for each with no figure, status M and a note.
    """
    counts = records.drop_nulls(code).group_by("force", "month", code).len(measure).collect()
    grid = supplied(records).join(counts.select("month", code).unique(), on="month")
    keys = ["force", "month", code]
    full = grid.join(counts, on=keys, how="left").with_columns(
        pl.col(measure).fill_null(0).cast(pl.Int64)
    )
    # Under the names that graph/cubes/completeness.py gives its columns by default.
    full = full.rename({"month": "period"})
    flagged = flag(full, series, gaps, measure=measure)
    dimensions = ["force", "period", code]
    absent = missing_rows(full, series, gaps, measure=measure, dimensions=dimensions)
    found = pl.concat([flagged, absent], how="diagonal_relaxed")
    return found.rename({"period": "month"}).sort(keys)


def supplied(records: pl.LazyFrame) -> pl.DataFrame:
    """The months that each force supplied, with the digests of the files: force, month, file."""
    return records.group_by("force", "month").agg(pl.col("file").unique().sort()).collect()
