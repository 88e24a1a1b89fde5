"""The cubes of recorded crime by police force area, for years that end with a quarter."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import gaps
from homegraph.graph.cubes.cube import Attribute, Codes, Cube, Dimension, Measure, areas, concepts
from homegraph.graph.cubes.periods import label
from homegraph.graph.cubes.rates import ATTRIBUTES
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names, concept, interval
from homegraph.graph.terms import SDMXD, STAT
from homegraph.loaders.recorded_crime.categories import remarked
from homegraph.loaders.recorded_crime.frames import (
    CHANGE,
    RATE,
    SERIES,
    changes,
    grouped,
    narrowest,
    rates,
)
from homegraph.loaders.recorded_crime.regions import NAMES, by_area

YEARS = (
    "Each figure is of a whole year, which ends with a quarter: the years overlap, so figures of "
    "neighbouring quarters must not be added."
)
CORRECTED = "Corrections are taken off where they were made, so a figure can be below zero."
CHANGED = (
    "Burglary was divided anew in April 2017, and forces handed fraud over to national bodies "
    "between April 2011 and March 2013; figures of categories that were in use for part of a year "
    "are partial, and say so."
)
PARTS = (
    "A figure is partial where a category, or a body, was counted in a part of the year only, "
    "because it began or ended within it."
)
BREAK = (
    "All offences have a break in the years with a part between April 2011 and March 2013, when "
    "fraud moved from forces to Action Fraud: their status is B."
)
FIGURES = Measure("offences", STAT.offencesInYear, concept("counting-unit", "crime"))
KEYWORDS = ("crime", "recorded crime", "offences", "policing")


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """All cubes of this source; none when it is not part of the build."""
    table = tables.get(SERIES, "figures")
    if table is None:
        return
    figures = table.collect()
    known = gaps(tables)
    published = narrowest(figures.drop("region"), known)
    groups = grouped(figures, known)
    every = pl.concat(
        [published.with_columns(pl.concat_list("file").alias("file")), groups], how="diagonal"
    )
    # Of fraud each force and body has one part only, so that the group says nothing new of it.
    groups = groups.filter(pl.col("offence") != "fraud")
    by_force = every.filter(pl.col("offence") != "fraud")
    regions = figures.select("force", area="region").unique().drop_nulls()
    yield cube(
        "recorded-crime-rolling-year",
        "Recorded crime by police force, year and category",
        f"Offences that each police force recorded, by category. {YEARS} {CORRECTED} {CHANGED}",
        remarked(published),
        attributes=(Attribute("published_period", STAT.publishedPeriod),),
    )
    yield cube(
        "recorded-crime-groups",
        "Recorded crime by police force, year and group of categories",
        "Offences that each police force recorded, all together and by group of categories. "
        f"{YEARS} {PARTS} A group goes across the changes of its categories. {BREAK}",
        remarked(groups),
    )
    yield cube(
        "recorded-crime-by-region",
        "Recorded crime by region, year and category",
        "Offences that police forces recorded, by region, for England, and for England and Wales, "
        "by category and group. British Transport Police and the bodies that fraud is reported to "
        f"are of no region, and count for England and Wales. {YEARS} {PARTS} {BREAK}",
        remarked(by_area(every, regions), "area"),
        by="area",
    )
    yield cube(
        "recorded-crime-change",
        "Change of recorded crime on the year before, by police force",
        "By how many per cent recorded crime differs from the same period a year earlier. Both "
        "figures and their difference are given. There is no percentage where a year is not "
        "complete, where the category was not in use for both years, or where the earlier figure "
        "is not above zero. Nor is there one of all offences where a part of either year is "
        "between April 2011 and March 2013, when fraud moved from forces to Action Fraud.",
        changes(by_force),
        measure=Measure(CHANGE, STAT.percentChangeOnYear, concept("counting-unit", "percent")),
        attributes=(
            Attribute("figure", STAT.figureNow),
            Attribute("figure_year_before", STAT.figureYearBefore),
            Attribute("change", STAT.changeOnYear),
        ),
    )
    rated = rates(by_force, tables) if tables.get("population", "figures") is not None else None
    if rated is not None and rated.height:
        yield cube(
            "recorded-crime-rates",
            "Recorded crime per 1,000 residents, by police force",
            "Offences that each police force recorded in a year for every 1,000 residents of its "
            "area. They are by category and group, from the first year for which residents are "
            "known. Few people live in the City of London and very many work there: its rates "
            "say little. Residents are those of the middle of the calendar year in which the year "
            "counted begins, also where the middle of the next is within it. There is no rate for "
            f"a category that was in use for a part of the year only. {YEARS} {BREAK}",
            rated,
            measure=Measure(
                RATE,
                STAT.offencesInYearPerThousand,
                concept("counting-unit", "crime-per-thousand-residents"),
            ),
            attributes=ATTRIBUTES,
        )


def cube(
    name: str,
    title: str,
    description: str,
    frame: pl.DataFrame,
    *,
    by: str = "force",
    measure: Measure = FIGURES,
    attributes: tuple[Attribute, ...] = (),
) -> Cube:
    """A cube by force or area, period and offence, with slices for the usual questions.

    A force (or area) and an offence over time, and an offence across forces in one period.
    """
    return Cube(
        name=name,
        source=SERIES,
        title=title,
        description=description,
        dimensions=(who(by), period(frame), offence()),
        measure=measure,
        frame=frame,
        attributes=attributes,
        slices=((by, "offence"), ("period", "offence"), (by, "period")),
        keywords=KEYWORDS,
    )


def who(by: str) -> Dimension:
    """The dimension of forces, or of areas."""
    if by == "area":
        return Dimension("area", SDMXD.refArea, areas(NAMES))
    return Dimension(
        "force", STAT.force, concepts("police-force", code_list("police-force").titles())
    )


def period(frame: pl.DataFrame) -> Dimension:
    """The dimension of years that end with a quarter."""
    called = {code: label(code) for code in frame["period"].unique().sort()}
    return Dimension("period", SDMXD.refPeriod, Codes(interval("").value, None, called))


def offence() -> Dimension:
    """The dimension of categories of recorded crime."""
    scheme = "recorded-crime-offence"
    return Dimension("offence", STAT.recordedOffence, concepts(scheme, code_list(scheme).titles()))
