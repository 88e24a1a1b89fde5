"""The cube of completeness: how many records each force supplied to each series in each month."""

from __future__ import annotations

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import (
    SUPPLIED_MONTHLY,
    flag,
    gaps,
    supplied,
    with_reasons,
)
from homegraph.graph.cubes.cube import Codes, Cube, Dimension, Measure, concepts, months
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names, concept
from homegraph.graph.terms import SDMXD, STAT

KEYS = ("series", "force", "period")
TITLE = "Completeness of police data by series, force and month"
DESCRIPTION = (
    "How many records each police force supplied to each series for each month. Where this release "
    "has no file of a force for a month that it has files of others for, there is no number and "
    "the month is missing: of street-level crime for every force of England and Wales and British "
    "Transport Police, of other series for the forces that have a file of some month. So are "
    "months that somebody declared missing. What is missing cites the declaration, or else the "
    "files that there are of the month. Series that are supplied by the quarter have only their "
    "declared gaps here."
)


def completeness(tables: Tables, names: Names, source: str) -> Cube:
    """The cube, from the records of all series and the gaps that are declared or seen."""
    labels = code_list("police-force").titles()
    return Cube(
        name="completeness",
        source=source,
        title=TITLE,
        description=DESCRIPTION,
        dimensions=(
            Dimension("series", STAT.series, Codes(names.data("x").value[:-1])),
            Dimension("force", STAT.force, concepts("police-force", labels)),
            Dimension("period", SDMXD.refPeriod, months()),
        ),
        measure=Measure("records", STAT.recordsSupplied, concept("counting-unit", "record")),
        frame=observed(tables),
        slices=(("force",), ("series",), ("series", "force"), ("period",)),
        keywords=("completeness", "missing data", "policing"),
    )


def observed(tables: Tables) -> pl.DataFrame:
    """One row for each series, force and month of which anything is known."""
    found = gaps(tables)
    monthly = dict(SUPPLIED_MONTHLY)
    frames = [
        one_series(name, supplied(tables, name, monthly.get(name, "")), found)
        for name in sorted({*monthly, *found["series"]})
    ]
    return pl.concat(frames).sort(KEYS)


def one_series(name: str, present: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """What is known of one series: records where there are any, and every gap."""
    present = present.rename({"month": "period"})
    of_month = (
        present.explode("file").group_by("period").agg(pl.col("file").unique().sort().alias("all"))
    )
    own = found.filter(pl.col("series") == name).rename({"month": "period"})
    joined = present.join(
        own.select("force", "period", "row", declared="file"),
        on=["force", "period"],
        how="full",
        coalesce=True,
        maintain_order="left_right",
    ).with_columns(pl.lit(name).alias("series"))
    flagged = with_reasons(
        flag(joined, name, found, measure="records"), name, found, month="period"
    )
    return (
        flagged.join(of_month, on="period", how="left", maintain_order="left")
        .with_columns(
            pl.col("completeness").fill_null("supplied"),
            cited().alias("file"),
            # The row is one of the declaration, and is said where nothing else is cited.
            pl.when(pl.col("file").is_null()).then("row").alias("row"),
        )
        .select(*KEYS, "records", "status", "completeness", "note", "file", "row")
    )


def cited() -> pl.Expr:
    """The files that an observation follows from.

    Those with the force's records of the month, and the declaration; of a month without either,
    all that there are of the month: they are of other forces, and show that this one is in none.
    """
    none = pl.lit([], pl.List(pl.String))
    own = pl.concat_list(
        pl.col("file").fill_null(none),
        pl.when(pl.col("declared").is_null()).then(none).otherwise(pl.concat_list("declared")),
    )
    return pl.when(own.list.len() > 0).then(own).otherwise("all")
