"""The cubes of incidents: by area, by force, their totals and rates, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes import cube, rates
from homegraph.graph.cubes.completeness import gaps
from homegraph.graph.cubes.cube import Cube, Dimension, Measure
from homegraph.graph.cubes.forcemonths import by_force
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names, concept
from homegraph.graph.mappoints import latest_names, official_names
from homegraph.graph.terms import SDMXD, STAT
from homegraph.loaders.street_crime.counts import SERIES, TOTAL, Counts

INCIDENTS = Measure("incidents", STAT.incidents, concept("counting-unit", "incident"))
RATE = Measure(
    "incidents_per_thousand",
    STAT.incidentsPerThousand,
    concept("counting-unit", "incident-per-thousand-residents"),
)
MONTH = Dimension("month", SDMXD.refPeriod, cube.months())
KINDS = {
    "district": ("local authority district", "districts"),
    "csp": ("community safety partnership", "community safety partnerships"),
    "force-area": ("police force area", "police force areas"),
    "region": ("region", "regions"),
}
RATED = ("district", "force-area")  # kinds for whose areas residents are estimated
KEYWORDS = ("crime", "policing", "anti-social behaviour", "incidents")
SHOWN_AT = (
    "Where an incident happened is told by the lower layer super output area of the anonymised "
    "point it is shown at."
)
CELLS_OF_AREAS = (
    "Incidents of all forces are counted together, those of British Transport Police among them. "
    "A figure is partial when this release has no file of a force of the area for the month, or "
    "not a full one, and missing when it has none of any and nothing was counted; it then cites a "
    "file of the month that is of another force. It is partial, too, where incidents may have "
    "happened in the area or in another of its kind."
)
TWO_TOTALS = (
    "The categories are two that have nothing in common: all crime, and anti-social behaviour, "
    "which is no crime. They are in no other cube, so that no sum counts an incident twice."
)
PER_THOUSAND = (
    "Each rate cites the number of residents and the year of the estimate that it was divided by. "
    "The estimate is that of the middle of the same year, or of the newest earlier one that is "
    "known. A rate is of one month, and where the month is not complete there is none."
)


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """Every cube that can be made of what this build has read."""
    incidents = tables.get(SERIES, "incidents")
    if incidents is None:
        return
    known = gaps(tables)
    counts = Counts.of(tables, incidents, known)
    maker = Maker(tables, counts, latest_names(tables, SERIES) | official_names(tables))
    yield from maker.by_lsoa()
    for kind in KINDS:
        if not counts.supply.placing(kind).is_empty():
            yield from maker.by_area(kind)
    yield maker.by_force(by_force(incidents, SERIES, known, code="category", measure="incidents"))
    rolled = incidents.with_columns(TOTAL)
    totals = by_force(rolled, SERIES, known, code="category", measure="incidents")
    yield maker.totals_by_force(totals)
    yield outcomes(counts, incidents)


def coded(column: str, scheme: str) -> Dimension:
    """A dimension of ours, by its column, with the codes of a list."""
    prop = {"force": STAT.force, "category": STAT.category, "outcome": STAT.outcome}[column]
    return Dimension(column, prop, cube.concepts(scheme, code_list(scheme).titles()))


def force() -> Dimension:
    """The force that reported an incident."""
    return coded("force", "police-force")


def category() -> Dimension:
    """The category of an incident."""
    return coded("category", "crime-category")


@dataclass(frozen=True)
class Maker:
    """Makes the cubes that share counts and the names of areas."""

    tables: Tables
    counts: Counts
    names: Mapping[str, str]

    def area(self) -> Dimension:
        """The area in which incidents happened."""
        return Dimension("area", SDMXD.refArea, cube.areas(self.names))

    def by_lsoa(self) -> Iterator[Cube]:
        """Incidents by the smallest area, one file to an observation; rates where there are any."""
        nowhere = self.counts.number(pl.col("lsoa").is_null())
        frame = self.counts.by_lsoa()
        made = Cube(
            name="incidents-by-lsoa",
            source=SERIES,
            title="Incidents by lower layer super output area",
            description=f"How many incidents of each category each force reported in each lower "
            f"layer super output area in each month. {SHOWN_AT} There is an observation only where "
            f"there was an incident: none means nought where the force supplied the month, and "
            f"which months were supplied the cube of completeness says. {nowhere:,} of "
            f"{self.counts.number():,} incidents have no such area and are not here; they "
            f"are in the counts by force.",
            dimensions=(self.area(), force(), MONTH, category()),
            measure=INCIDENTS,
            frame=frame,
            slices=(("force", "month", "category"), ("area",)),
            keywords=(*KEYWORDS, "LSOA"),
            partition="month",
        )
        yield made
        totals = self.counts.totals().by_lsoa()
        yield replace(
            made,
            name="incident-totals-by-lsoa",
            title="Totals of incidents by lower layer super output area",
            description=f"How many crimes, and how many cases of anti-social behaviour, each force "
            f"reported in each lower layer super output area in each month. {TWO_TOTALS} There is "
            f"an observation only where there was an incident.",
            frame=totals,
        )
        rated = self.rates_of(self.counts.by_lsoa_of_all_forces(self.residents()))
        if not rated.is_empty():
            yield replace(
                made,
                name="incident-rates-by-lsoa",
                title="Incidents per 1,000 residents by lower layer super output area",
                description=f"Incidents in each lower layer super output area and month for every "
                f"1,000 residents, by category, those of all forces together. Only areas whose "
                f"residents are known and that had an incident are here; where this release has "
                f"no full file of the area's own force for the month, there is no rate. "
                f"{PER_THOUSAND}",
                dimensions=(self.area(), MONTH, category()),
                measure=RATE,
                frame=rated,
                slices=(("area",), ("month", "category")),
                attributes=rates.ATTRIBUTES,
            )

    def by_area(self, kind: str) -> Iterator[Cube]:
        """Incidents by a kind of larger area, their totals, and rates."""
        one, many = KINDS[kind]
        made = Cube(
            name=f"incidents-by-{kind}",
            source=SERIES,
            title=f"Incidents by {one}",
            description=f"How many incidents of each category happened in each {one} in each "
            f"month. {SHOWN_AT} {CELLS_OF_AREAS} {self.left_out(kind, many)}",
            dimensions=(self.area(), MONTH, category()),
            measure=INCIDENTS,
            frame=self.counts.by_area(kind),
            slices=(("area",), ("month", "category")),
            keywords=(*KEYWORDS, one),
            partition="month",
        )
        yield made
        totals = replace(
            made,
            name=f"incident-totals-by-{kind}",
            title=f"Totals of incidents by {one}",
            description=f"How many crimes, and how many cases of anti-social behaviour, happened "
            f"in each {one} in each month. {TWO_TOTALS} {CELLS_OF_AREAS}",
            frame=self.counts.totals().by_area(kind),
        )
        yield totals
        if kind not in RATED or rates.population(self.tables) is None:
            return
        yield replace(
            made,
            name=f"incident-rates-by-{kind}",
            title=f"Incidents per 1,000 residents by {one}",
            description=f"How many incidents of each category happened in each {one} in each "
            f"month for every 1,000 residents. {PER_THOUSAND}",
            measure=RATE,
            frame=self.rates_of(made.frame),
            attributes=rates.ATTRIBUTES,
        )
        yield replace(
            totals,
            name=f"incident-total-rates-by-{kind}",
            title=f"All incidents per 1,000 residents by {one}",
            description=f"Crimes, and cases of anti-social behaviour, in each {one} and month for "
            f"every 1,000 residents. {TWO_TOTALS} {PER_THOUSAND}",
            measure=RATE,
            frame=self.rates_of(totals.frame),
            attributes=rates.ATTRIBUTES,
        )

    def by_force(self, frame: pl.DataFrame) -> Cube:
        """Incidents by the force that reported them."""
        return Cube(
            name="incidents-by-force",
            source=SERIES,
            title="Incidents by police force",
            description="How many incidents of each category each police force reported in each "
            "month, wherever they happened, those without a place among them. Where there is a "
            "file of the force for the month, nought is a figure; where this release has none, the "
            "figure is missing, and cites the files that there are of the month. A force of which "
            "this release has no file at all is not here: the cube of completeness names it.",
            dimensions=(force(), MONTH, category()),
            measure=INCIDENTS,
            frame=frame,
            slices=(("month",), ("force", "category")),
            keywords=(*KEYWORDS, "police forces"),
            partition="month",
        )

    def totals_by_force(self, frame: pl.DataFrame) -> Cube:
        """All crime, and anti-social behaviour, by force."""
        return replace(
            self.by_force(frame),
            name="incident-totals-by-force",
            title="Totals of incidents by police force",
            description="How many crimes, and how many cases of anti-social behaviour, each "
            f"police force reported in each month. {TWO_TOTALS}",
            slices=(("month",), ("force",)),
        )

    def rates_of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Counts as rates."""
        return rates.per_thousand(
            frame, self.tables, count=INCIDENTS.column, rate=RATE.column, period="month"
        )

    def residents(self) -> pl.DataFrame:
        """The areas whose residents are known, as a column; none when no source gives any."""
        known = rates.population(self.tables)
        return pl.DataFrame(schema={"area": pl.String}) if known is None else known.select("area")

    def left_out(self, kind: str, many: str) -> str:
        """What is not in a cube by area, in a sentence."""
        nowhere = self.counts.number(pl.col("lsoa").is_null())
        lost = self.counts.unplaced(kind)
        return (
            f"Of {self.counts.number():,} incidents {nowhere:,} have no such "
            f"area, and {lost:,} lie in one that belongs to none of the {many}, or not to "
            f"one alone; they are not here, but in the counts by force."
        )


def outcomes(counts: Counts, incidents: pl.LazyFrame) -> Cube:
    """What had become of incidents when the files were made."""
    by = ["force", "month", "category", "outcome"]
    found = incidents.drop_nulls("outcome").group_by(by).len("incidents").collect()
    frame = counts.of_forces(found.cast({"incidents": pl.Int64})).sort(by)
    without = counts.number() - int(frame["incidents"].sum())
    return Cube(
        name="incident-outcomes",
        source=SERIES,
        title="Incidents by last known outcome",
        description="How many incidents of each category that a force reported in a month had "
        "come to each outcome when the file was made. There is an observation only where there was "
        "such an incident: none means nought where the force supplied the month, and which months "
        f"were supplied the cube of completeness says. {without:,} of {counts.number():,} "
        "incidents have no outcome and are not here; anti-social behaviour never has one.",
        dimensions=(force(), MONTH, category(), coded("outcome", "outcome")),
        measure=INCIDENTS,
        frame=frame,
        slices=(("force", "month"), ("month", "category")),
        keywords=(*KEYWORDS, "outcomes"),
        partition="month",
    )
