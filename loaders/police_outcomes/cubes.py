"""Outcomes as columns, and counted: by force, month and outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes import cells, cube
from homegraph.graph.cubes.cells import coded
from homegraph.graph.cubes.completeness import gaps
from homegraph.graph.cubes.cube import Cube, Dimension, Measure
from homegraph.graph.cubes.forcemonths import by_force
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names, concept
from homegraph.graph.terms import SDMXD, STAT

DATASET = "police-outcomes"
OUTCOMES = {
    "row": pl.UInt32,  # the row of the file, as a spreadsheet counts
    "force": pl.String,  # notation of the force that reported it
    "month": pl.String,  # the month of the decision: 2022-01
    "outcome": pl.String,  # notation of outcome
    "lsoa": pl.String,  # code of the area that the map point lies in
    "falls_within": pl.String,  # notation of the force that has the case
    "crime_id": pl.String,
    "longitude": pl.Float64,  # of the map point
    "latitude": pl.Float64,
    "location": pl.String,
    "file": pl.String,  # SHA-256
}


def table(
    numbers: Sequence[int],
    rows: Sequence[tuple[str, ...]],
    *,
    force: str,
    month: str,
    file: str,
) -> pl.DataFrame:
    """The rows of a file that became records; cells are in the order of COLUMNS."""
    crime_id, _, _, within, east, north, where, code, _, outcome = cells.columns(rows, 10)
    said = {
        "row": pl.Series(numbers, dtype=pl.UInt32),
        "outcome": coded(outcome, "outcome"),
        "lsoa": code,
        "falls_within": coded(within, "police-force"),
        "crime_id": crime_id,
        "longitude": east.cast(pl.Float64),
        "latitude": north.cast(pl.Float64),
        "location": where,
    }
    same = {"force": force, "month": month, "file": file}
    constant = [pl.lit(value, pl.String).alias(name) for name, value in same.items()]
    return pl.DataFrame(said).with_columns(constant).select(OUTCOMES.keys())


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """Outcomes by force, month and kind."""
    outcomes = tables.get(DATASET, "outcomes")
    if outcomes is None:
        return
    forces, kinds = code_list("police-force").titles(), code_list("outcome").titles()
    yield Cube(
        name="outcomes-by-force",
        source=DATASET,
        title="Outcomes of crimes by police force",
        description="How many cases each police force brought to each outcome in each month, "
        "whenever the crime was recorded: rows of the outcomes files. A crime that came to two "
        "outcomes is counted under both. Where there is a file of the force for the month, nought "
        "is a figure; where this release has none, the figure is missing. The outcomes "
        "that incidents of a month have come to since are another cube.",
        dimensions=(
            Dimension("force", STAT.force, cube.concepts("police-force", forces)),
            Dimension("month", SDMXD.refPeriod, cube.months()),
            Dimension("outcome", STAT.outcome, cube.concepts("outcome", kinds)),
        ),
        measure=Measure("outcomes", STAT.outcomes, concept("counting-unit", "outcome")),
        frame=by_force(outcomes, DATASET, gaps(tables), code="outcome", measure="outcomes"),
        slices=(("force", "month"), ("month", "outcome")),
        keywords=("crime", "policing", "outcomes", "police forces"),
        partition="month",
    )
