"""The cubes of crime outcomes: of offences recorded, and of investigations closed, in a quarter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
from pyoxigraph import NamedNode

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import flag, missing_rows
from homegraph.graph.cubes.cube import Codes, Cube, Dimension, Measure, concepts
from homegraph.graph.cubes.periods import label
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.editions import known_gaps, latest
from homegraph.graph.iri import concept
from homegraph.graph.offences import TABLES, codes, forces, labels, noted, quarters, slug
from homegraph.graph.terms import SDMXD, STAT
from homegraph.loaders.crime_outcomes_open_data.generate import HEADINGS

NAME = "crime-outcomes-open-data"
MEASURE = "outcomes"
SHOWN = (
    MEASURE, "file", "sheet", "cell_column", "status", "completeness", "note", "previous",
    "previous_file",
)  # fmt: skip
NOT_PROVIDED = "Some of what this figure counts was not provided by the force."
KEYWORDS = ("crime outcomes", "police forces", "charges", "cautions", "quarterly figures")


@dataclass(frozen=True)
class Basis:
    """A way of counting outcomes: the column it stands in, and what it means."""

    name: str
    column: str
    heading: str
    measure: NamedNode
    title: str
    about: str


RECORDED = Basis(
    "crime-outcomes-by-quarter",
    "recorded",
    HEADINGS[11],
    STAT.outcomesOfOffencesRecorded,
    "Crime outcomes by quarter recorded",
    "How many of the offences recorded in a quarter have each type of outcome by now. "
    "Figures of recent quarters still grow. Type 0 counts offences without an outcome: leave it "
    "out of shares of all outcomes.",
)
CLOSED = Basis(
    "crime-outcomes-closed-by-quarter",
    "closed",
    HEADINGS[12],
    STAT.outcomesOfInvestigationsClosed,
    "Crime outcomes by quarter closed",
    "How many investigations were closed in a quarter with each type of outcome, whenever the "
    "offence was recorded.",
)


def made(tables: Tables) -> Iterator[Cube]:
    """All cubes; none when the tables are not part of the build."""
    found = tables.get(NAME, "figures")
    if found is None:
        return
    figures = found.collect()
    said = labels(tables)
    known = known_gaps(tables, NAME, figures, also=TABLES[:1])
    for basis in (RECORDED, CLOSED):
        yield cube(basis, "", counted(basis, figures, known, ("code", "outcome")), said)
        yield cube(basis, "-total", counted(basis, figures, known, ("outcome",)), said)


def counted(
    basis: Basis, figures: pl.DataFrame, known: pl.DataFrame, by: Sequence[str]
) -> pl.DataFrame:
    """Sums of one column by force, quarter and more, with what is incomplete or was revised.

    A cell that does not apply counts for nothing. Where a force did not provide a cell, the sum of
    the others is partial, and missing when there are no others.
    """
    keys = ["force", "period", *by]
    groups = {text: slug(text) for text in figures["subgroup"].unique()}
    why = f"{basis.column}_said"
    summed = (
        figures.filter(pl.col(why) != "not-applicable")
        .with_columns(pl.col("subgroup").replace_strict(groups).alias("code"))
        .group_by(*keys, "issued")
        .agg(
            pl.col(basis.column).sum().alias("_sum"),
            pl.col(basis.column).count().alias("_some"),
            (pl.col(why) == "not-provided").any().alias("_lacks"),
            pl.col("file").unique().sort(),
            pl.col("sheet").first(),
        )
        .with_columns(pl.when(pl.col("_some") > 0).then("_sum").alias(MEASURE))
        .sort(*keys, "issued")
    )
    found = latest(summed, keys, MEASURE, "period").with_columns(
        pl.col("previous_file").list.first()
    )
    lacks, none = pl.col("_lacks"), pl.col(MEASURE).is_null() & pl.col("_lacks")
    said = found.with_columns(
        pl.when(none).then(pl.lit("M")).when(~lacks).then("status").alias("status"),
        pl.when(none)
        .then(pl.lit("missing"))
        .when(lacks)
        .then(pl.lit("partial"))
        .otherwise("completeness")
        .alias("completeness"),
        pl.when(lacks).then(pl.lit(NOT_PROVIDED)).otherwise("note").alias("note"),
    )
    flagged = flag(said, NAME, known, measure=MEASURE)
    absent = missing_rows(said, NAME, known, measure=MEASURE, dimensions=keys)
    return (
        noted(pl.concat([flagged, absent], how="diagonal"), MEASURE)
        .with_columns(pl.lit(basis.heading).alias("cell_column"))
        .select(*keys, *SHOWN)
        .sort(*keys)
    )


def cube(basis: Basis, end: str, frame: pl.DataFrame, said: dict[str, str]) -> Cube:
    """A cube of a frame: its dimensions follow from the columns."""
    times = {period: label(period) for period in frame["period"].unique()}
    dimensions = [
        Dimension("force", STAT.force, forces()),
        Dimension("period", SDMXD.refPeriod, quarters(times)),
        Dimension("code", STAT.offenceCode, codes(said)),
        Dimension("outcome", STAT.outcomeType, types()),
    ]
    used = tuple(each for each in dimensions if each.column in frame.columns)
    by = ", force, class" if "code" in frame.columns else " and force"
    slices = (("force", "period"), ("period", "outcome"), ("force", "outcome"))
    return Cube(
        basis.name + end,
        NAME,
        f"{basis.title}{by}",
        f"{basis.about} From the crime outcomes open data tables of the Home Office.",
        used,
        Measure(MEASURE, basis.measure, concept("counting-unit", "outcome")),
        frame,
        slices=slices if "code" not in frame.columns else (*slices, ("force", "period", "code")),
        keywords=KEYWORDS,
        partition="period",
    )


def types() -> Codes:
    """Types of outcome as names of concepts."""
    known = code_list("outcome-type")
    said = {notation: known.labels[node] for notation, node in known.by_notation.items()}
    return concepts("outcome-type", said)
