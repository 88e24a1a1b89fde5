"""The incidents of a slice as columns, for cubes and for whoever counts without RDF."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from homegraph.graph.cubes import cells
from homegraph.graph.cubes.cells import coded

INCIDENTS = {
    "row": pl.UInt32,  # the row of the file, as a spreadsheet counts
    "force": pl.String,  # notation of the force that reported it
    "month": pl.String,  # 2024-01
    "category": pl.String,  # notation of crime-category
    "outcome": pl.String,  # notation of outcome; null where the file gives none
    "lsoa": pl.String,  # code of the area that the map point lies in
    "falls_within": pl.String,  # notation of the force that has the case
    "crime_id": pl.String,
    "longitude": pl.Float64,  # of the map point
    "latitude": pl.Float64,
    "location": pl.String,
    "context": pl.String,
    "file": pl.String,  # SHA-256
}


def table(
    numbers: Sequence[int],
    rows: Sequence[tuple[str, ...]],
    grid: bool,
    *,
    force: str,
    month: str,
    file: str,
) -> pl.DataFrame:
    """The rows of a file that became incidents; cells are in the order of COLUMNS.

    `grid` says that the places are National Grid references.
    """
    columns = cells.columns(rows, 12)
    crime_id, _, _, within, east, north, where, code, _, kind, outcome, context = columns
    if grid:
        east, north = cells.degrees(east, north)
    said = {
        "row": pl.Series(numbers, dtype=pl.UInt32),
        "category": coded(kind, "crime-category"),
        "outcome": coded(outcome, "outcome"),
        "lsoa": code,
        "falls_within": coded(within, "police-force"),
        "crime_id": crime_id,
        "longitude": east.cast(pl.Float64),
        "latitude": north.cast(pl.Float64),
        "location": where,
        "context": context,
    }
    same = {"force": force, "month": month, "file": file}
    constant = [pl.lit(value, pl.String).alias(name) for name, value in same.items()]
    return pl.DataFrame(said).with_columns(constant).select(INCIDENTS.keys())
