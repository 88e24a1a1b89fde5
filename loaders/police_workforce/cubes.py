"""Cubes of the police workforce: as published, summed by type of worker, and per resident.

No cube holds a total beside its parts, so that no sum within a cube counts anybody twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.cube import Codes, Cube, Dimension, Measure, areas, concepts
from homegraph.graph.cubes.rates import ATTRIBUTES, per_thousand
from homegraph.graph.cubes.revisions import settled
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names, concept, day
from homegraph.graph.mappoints import official_names
from homegraph.graph.terms import SDMXD, STAT
from homegraph.loaders.police_workforce.read import DECIMALS, KEY, area_of

DATASET = "police-workforce"
BY_ETHNICITY = (*KEY, "ethnicity")
BY_TYPE = ("force", "period", "type")
PLACE = ("file", "sheet", "row")
REVISED = ("completeness", "previous", "previous_file")
KEYWORDS = ("police workforce", "police officers", "police staff")
HEADCOUNT = Measure("headcount", STAT.headcount, concept("counting-unit", "worker"))
FTE = Measure("fte", STAT.fullTimeEquivalent, concept("counting-unit", "full-time-equivalent"))
RATE = Measure(
    "officers_per_thousand",
    STAT.officersPerThousand,
    concept("counting-unit", "officer-per-thousand-residents"),
)
NO_FTE = "Volunteers are counted by persons only; there is no full-time equivalent."
FEW_RESIDENTS = (
    "Few people live in the City of London and many work there, so a rate by residents says little."
)
AS_AT = "Figures are as at 31 March of each year, with those on long leave."
HOURS = "Full-time equivalents of police workers, which count hours and not persons. "


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """The figures as published, by type of worker, with ethnicity, and officers per resident."""
    figures = tables.get(DATASET, "figures")
    if figures is not None:
        frame = figures.collect()
        heads, full = published(frame, KEY, HEADCOUNT), published(frame, KEY, FTE)
        yield from as_published(heads, full)
        yield from by_type(heads, full)
        if tables.get("population", "figures") is not None:
            yield per_resident(full, tables)
    with_ethnicity = tables.get(DATASET, "by-ethnicity")
    if with_ethnicity is not None:
        yield ethnicity(published(with_ethnicity.collect(), BY_ETHNICITY, HEADCOUNT))


def published(frame: pl.DataFrame, key: tuple[str, ...], measure: Measure) -> pl.DataFrame:
    """One row for each figure, of the release that was published last, with its place."""
    column = measure.column
    last = settled(frame, key, column).with_columns(
        pl.col(f"{column}_column").alias("cell_column"),
        pl.when(pl.col(column).is_null()).then(pl.lit("M")).otherwise(pl.lit("A")).alias("status"),
        pl.when(pl.col(column).is_null()).then(pl.lit(NO_FTE)).alias("note"),
    )
    return last.select(*key, column, *PLACE, "cell_column", "status", "note", *REVISED).sort(key)


def as_published(heads: pl.DataFrame, full: pl.DataFrame) -> Iterator[Cube]:
    """Each figure of the table, as it stands there."""
    slices = (("force", "period"), ("period", "post"))
    yield cube(
        "workforce-headcount",
        "Police workforce by force, rank and sex: persons",
        f"How many persons work for each police force, by rank or post and by sex. {AS_AT} Where "
        "forces do not tell designated officers apart, those are among the police staff. Sex is "
        "gender where only that is known. Ethnicity is in another table, with other totals.",
        HEADCOUNT,
        heads,
        KEY,
        slices,
    )
    yield cube(
        "workforce-fte",
        "Police workforce by rank: full-time equivalents",
        f"{HOURS}{AS_AT} Special constables and police support volunteers have no such figure: "
        "it is missing, and not nought.",
        FTE,
        full,
        KEY,
        slices,
    )


def by_type(heads: pl.DataFrame, full: pl.DataFrame) -> Iterator[Cube]:
    """Sums over ranks, posts and sexes."""
    yield cube(
        "workforce-headcount-by-type",
        "Police workforce by type of worker: persons",
        f"How many persons of each type work for each police force, summed over rank and sex. "
        f"{AS_AT}",
        HEADCOUNT,
        summed(heads, HEADCOUNT),
        BY_TYPE,
        (("force",), ("period",)),
    )
    yield cube(
        "workforce-fte-by-type",
        "Police workforce by type: full-time equivalents",
        f"{HOURS}Summed over rank and sex. {AS_AT} Volunteers have no such figure.",
        FTE,
        summed(full, FTE),
        BY_TYPE,
        (("force",), ("period",)),
    )


def summed(frame: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Sums by force, day and type; a sum in which a figure is missing is missing as well.

    It is revised when one of its figures was; what it was before cannot be said of a sum, since
    an earlier release may lack other figures of it.
    """
    column = measure.column
    whole = pl.col(column).is_not_null().all()
    total = pl.col(column).sum()
    if frame.schema[column].is_float():
        total = total.round(DECIMALS)
    return (
        frame.group_by(BY_TYPE)
        .agg(
            pl.when(whole).then(total).alias(column),
            pl.col("file").unique().sort(),
            pl.when(whole).then(pl.lit("A")).otherwise(pl.lit("M")).alias("status"),
            pl.when(~whole).then(pl.lit(NO_FTE)).alias("note"),
            pl.col("completeness").drop_nulls().first(),
        )
        .sort(BY_TYPE)
    )


def per_resident(full: pl.DataFrame, tables: Tables) -> Cube:
    """Police officers by hours for each 1,000 residents of the area of their force."""
    officers = (
        summed(full.filter(pl.col("type") == "officer"), FTE)
        .with_columns(
            pl.col("force").replace_strict(area_of(), default=None, return_dtype=pl.String)
            .alias("area"),
            pl.when(pl.col("force") == "city-of-london").then(pl.lit(FEW_RESIDENTS))
            .otherwise("note").alias("note"),
        )
        .drop_nulls("area")
        .drop("force", "type")
    )  # fmt: skip
    frame = per_thousand(officers, tables, count="fte", rate=RATE.column)
    known = code_list("police-force").titles()
    labels = {code: known[force] for force, code in area_of().items()} | official_names(tables)
    return Cube(
        name="officers-per-thousand",
        source=DATASET,
        title="Police officers per 1,000 residents",
        description="Full-time equivalents of police officers for each 1,000 people who live in "
        "the area of their force. Residents are those of the middle of the same year, or of the "
        f"newest year before it that has an estimate; the year is said beside each rate. {AS_AT}",
        dimensions=(
            Dimension("area", SDMXD.refArea, areas(labels)),
            Dimension("period", SDMXD.refPeriod, DAYS),
        ),
        measure=RATE,
        frame=frame.select(
            "area", "period", RATE.column, "residents", "population_year",
            "file", "status", "completeness", "note",
        ).sort("area", "period"),
        attributes=ATTRIBUTES,
        slices=(("area",), ("period",)),
        keywords=(*KEYWORDS[:2], "rates"),
    )  # fmt: skip


def ethnicity(heads: pl.DataFrame) -> Cube:
    """Each figure of the table with ethnicity."""
    return cube(
        "workforce-headcount-by-ethnicity",
        "Police workforce by rank and ethnic group: persons",
        f"How many persons work for each police force, by the ethnic group that they gave. {AS_AT} "
        "Until 2020 Chinese is with the other groups, from 2021 with the Asian ones. Totals differ "
        "from those of the table without ethnicity, which is the one to take totals from.",
        HEADCOUNT,
        heads,
        BY_ETHNICITY,
        (("force", "period"), ("period", "ethnicity")),
    )


DAYS = Codes(day("").value)


def cube(
    name: str,
    title: str,
    description: str,
    measure: Measure,
    frame: pl.DataFrame,
    dimensions: tuple[str, ...],
    slices: tuple[tuple[str, ...], ...],
) -> Cube:
    """One cube of figures by force."""
    ours = {
        "force": Dimension("force", STAT.force, listed("police-force")),
        "period": Dimension("period", SDMXD.refPeriod, DAYS),
        "post": Dimension("post", STAT.post, listed("police-post")),
        "type": Dimension("type", STAT.workerType, listed("worker-type")),
        "sex": Dimension("sex", STAT.sex, listed("sex")),
        "ethnicity": Dimension("ethnicity", STAT.ethnicity, listed("ethnicity")),
    }
    return Cube(
        name=name,
        source=DATASET,
        title=title,
        description=description,
        dimensions=tuple(ours[column] for column in dimensions),
        measure=measure,
        frame=frame,
        slices=slices,
        keywords=(*KEYWORDS, *(("ethnicity",) if "ethnicity" in dimensions else ())),
        partition="period" if len(dimensions) > len(BY_TYPE) else None,
    )


def listed(scheme: str) -> Codes:
    """The codes of one of our code lists, with their labels."""
    return concepts(scheme, code_list(scheme).titles())
