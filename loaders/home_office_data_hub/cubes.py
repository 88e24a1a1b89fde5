"""Writes protected figures as RDF Data Cubes in normal form (W3C Recommendation, section 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from homegraph.graph import iri
from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.disclosure import Cell, Key, Protection, Table, protect
from homegraph.graph.iri import Names, concept
from homegraph.graph.terms import (
    ACCESS,
    DCAT,
    DCT,
    LICENCE,
    PROV,
    QB,
    RDF,
    RDFS,
    SDMXA,
    SDMXC,
    SDMXD,
    SDMXM,
    SKOS,
    STAT,
    XSD,
)
from homegraph.loaders.home_office_data_hub.agreement import Agreement, as_date, english
from homegraph.loaders.home_office_data_hub.axes import TOGETHER, Axes, Axis, Part, months
from homegraph.loaders.home_office_data_hub.figures import FIGURES, Figure

NAME = "home-office-data-hub"
SDMX = ONTOLOGIES / "others" / "sdmx.ttl"  # what others' words in a cube are
PROTECTION = Protection()
CONFIDENTIALITY = {
    "published": SDMXC.confStatus_F,
    "primary": SDMXC.confStatus_C,
    "secondary": SDMXC.confStatus_D,
}
HIDING = (
    f"Counts below {PROTECTION.threshold} are hidden, nought as a rule apart, and others with them "
    "where a hidden count would follow from a total; the rest is rounded to multiples of "
    f"{PROTECTION.base}. "
    "Codes under which nothing was counted are left out. A figure is a sum over many rows, so it "
    "leads back to the files of the extract, not to a row."
)

Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


@dataclass(frozen=True)
class Year:
    """The extracts of one year, and the agreements they were shared under."""

    period: str
    parts: Sequence[Part]
    agreements: Sequence[Agreement]
    names: Names

    @property
    def has(self) -> set[str]:
        """The kinds of files that every extract of the year has."""
        return set.intersection(*(set(part.extract.files) for part in self.parts))


@dataclass(frozen=True)
class Counted:
    """A figure with its true counts, which stay here."""

    figure: Figure
    axes: tuple[Axis, ...]
    counts: Mapping[Key, int]


def protected_cubes(year: Year) -> Iterator[Quad]:
    """All figures of a year, each in a graph of its own, after disclosure control."""
    for together in FIGURES:
        counted = [counts_of(figure, year) for figure in together if figure.kinds <= year.has]
        tables = {
            one.figure.name: Table(tuple(axis.dimension for axis in one.axes), one.counts)
            for one in counted
            if one.counts
        }
        protected = protect(tables, PROTECTION) if tables else None
        for one in counted:
            if protected is None or not one.counts:
                continue
            cells = protected.tables[one.figure.name]
            graph = year.names.graph(f"{NAME}-{year.period}-{one.figure.name}")
            for statement in chain(
                data_set(one.figure, year, cells, one.counts),
                observations(one.figure, one.axes, cells, year),
            ):
                yield Quad(*statement, graph)


def counts_of(figure: Figure, year: Year) -> Counted:
    """Count a figure's units by its leaf codes."""
    counts = Counter(chain.from_iterable(map(figure.count, year.parts)))
    axes = figure.axes(Axes(year.period, year.parts, year.names))
    pruned = tuple(
        axis.pruned({key[place] for key in counts}) for place, axis in enumerate(axes) if counts
    )
    return Counted(figure, pruned, counts)


def cube(figure: Figure, year: Year) -> NamedNode:
    """The name of a figure's data set."""
    return year.names.data(NAME, year.period, figure.name)


def data_set(
    figure: Figure, year: Year, cells: Mapping[Key, Cell], counts: Mapping[Key, int]
) -> Iterator[Statement]:
    """What is said of a cube as a whole, and what protecting it has cost."""
    node = cube(figure, year)
    shared = "; ".join(sorted(agreement.name for agreement in year.agreements))
    yield node, RDF.type, QB.DataSet
    yield node, QB.structure, year.names.data(NAME, "structure", figure.name)
    yield node, DCT.title, english(f"{figure.title}, {year.period} (from: {shared})")
    yield node, DCT.description, english(f"{figure.description} {HIDING} Made from: {shared}.")
    yield node, DCT.publisher, iri.organisation("home-office")
    yield node, DCT.license, LICENCE.OGL_3_0
    yield node, DCT.accessRights, ACCESS.PUBLIC
    yield node, DCT.isPartOf, year.names.data(NAME)
    yield node, DCT.temporal, iri.government_year(year.period)
    yield node, DCT.spatial, Axes(year.period, year.parts, year.names).area(TOGETHER)
    for name, number in (
        (STAT.threshold, PROTECTION.threshold),
        (STAT.roundedTo, PROTECTION.base),
        (STAT.intervalWidth, PROTECTION.width),
        (STAT.suppressedCells, sum(cell.value is None for cell in cells.values())),
    ):
        yield node, name, Literal(number)
    hidden = sum(count for key, count in counts.items() if cells[key].value is None)
    share = hidden / max(1, sum(counts.values()))
    yield node, STAT.shareHidden, Literal(f"{share:.3f}", datatype=XSD.decimal)
    for part in year.parts:
        yield node, DCT.source, year.names.data(NAME, year.period, part.extract.force)
        for kind in sorted(figure.kinds):
            file = part.extract.files[kind]
            yield node, PROV.wasDerivedFrom, year.names.thing("file", file.sha256)


def undivided(year: Year) -> list[tuple[NamedNode, NamedNode]]:
    """Area and period of figures that are not broken down by them."""
    area = Axes(year.period, year.parts, year.names).area(TOGETHER)
    return [(SDMXD.refArea, area), (SDMXD.refPeriod, iri.government_year(year.period))]


def observations(
    figure: Figure, axes: Sequence[Axis], cells: Mapping[Key, Cell], year: Year
) -> Iterator[Statement]:
    """One observation for each cell; a hidden one has no value and says why."""
    whole = cube(figure, year)
    unit = concept("counting-unit", figure.unit)
    alike = [pair for pair in undivided(year) if pair[0] not in {axis.property for axis in axes}]
    for key, cell in cells.items():
        node = year.names.data(NAME, year.period, figure.name, *key)
        yield node, RDF.type, QB.Observation
        yield node, RDF.type, STAT.ProtectedCount
        yield node, QB.dataSet, whole
        for axis, code in zip(axes, key, strict=True):
            yield node, axis.property, axis.nodes[code]
        for property, value in alike:
            yield node, property, value
        yield node, SDMXA.unitMeasure, unit
        yield node, SDMXA.confStatus, CONFIDENTIALITY[cell.status]
        if cell.value is None:
            yield node, SDMXA.obsStatus, SDMXC.obsStatus_M
        else:
            yield node, SDMXA.obsStatus, SDMXC.obsStatus_A
            yield node, SDMXM.obsValue, Literal(cell.value)


def structures(year: Year) -> Iterator[Statement]:
    """The structure of every figure that the year has, and the words of others that it uses."""
    axes = Axes(year.period, year.parts, year.names)
    for figure in chain(*FIGURES):
        if not figure.kinds <= year.has:
            continue
        node = year.names.data(NAME, "structure", figure.name)
        yield node, RDF.type, QB.DataStructureDefinition
        yield node, RDFS.label, english(f"{figure.title}: structure")
        found = [axis.property for axis in figure.axes(axes)]
        found += [property for property, _ in undivided(year) if property not in found]
        attributes = [SDMXA.unitMeasure, SDMXA.obsStatus, SDMXA.confStatus]
        for role, properties in (
            (QB.dimension, found),
            (QB.measure, [SDMXM.obsValue]),
            (QB.attribute, attributes),
        ):
            for order, property in enumerate(properties, start=1):
                local = property.value.rpartition("#")[2]
                part = year.names.data(NAME, "structure", figure.name, local)
                yield node, QB.component, part
                yield part, RDF.type, QB.ComponentSpecification
                yield part, role, property
                yield part, QB.componentProperty, property
                if role == QB.dimension:
                    yield part, QB.order, Literal(order)
                if role == QB.attribute:
                    yield part, QB.componentRequired, Literal(True)


def places(year: Year) -> Iterator[Statement]:
    """The areas and months of a year's figures."""
    axes = Axes(year.period, year.parts, year.names)
    together = axes.area(TOGETHER)
    forces = code_list("police-force")
    listed = [forces.labels[forces.code(part.extract.force)] for part in year.parts]
    yield together, RDF.type, DCT.Location
    yield together, RDFS.label, english(f"The areas of {', '.join(listed)} together")
    for part, shared, force in zip(year.parts, year.agreements, listed, strict=True):
        whole = axes.area(part.extract.force)
        yield together, DCT.hasPart, whole
        yield whole, RDF.type, DCT.Location
        yield whole, RDFS.label, english(f"Area of {force}")
        scheme = year.names.thing("local-areas", part.extract.force, year.period)
        yield scheme, RDF.type, SKOS.ConceptScheme
        yield scheme, DCT.title, english(f"Local areas of {force} as in: {shared.name}")
        for key, area in part.records.areas.items():
            node = axes.area(f"{part.extract.force}.{key}")
            yield node, RDF.type, DCT.Location
            yield node, RDF.type, SKOS.Concept
            yield node, SKOS.prefLabel, english(f"{area.name} ({area.kind})")
            yield node, SKOS.notation, Literal(key)
            yield node, SKOS.inScheme, scheme
            above = f"{part.extract.force}.{area.parent}" if area.parent else part.extract.force
            yield node, DCT.isPartOf, axes.area(above)
    year_node = iri.government_year(year.period)
    yield year_node, RDF.type, DCT.PeriodOfTime
    yield year_node, DCAT.startDate, as_date(year.parts[0].extract.first)
    yield year_node, DCAT.endDate, as_date(year.parts[0].extract.last)
    yield year_node, RDFS.label, english(f"April {year.period[:4]} to March {year.period[5:]}")
    for key in months(year.parts[0].extract.first):
        yield iri.month(key), RDFS.label, Literal(key)
        yield iri.month(key), DCT.isPartOf, year_node


def words_of_others() -> Iterator[Statement]:
    """The properties and codes of SDMX that cubes use, with the types that normal form wants."""
    for quad in parse(path=SDMX, format=RdfFormat.TURTLE):
        assert isinstance(quad.subject, NamedNode)
        assert isinstance(quad.object, NamedNode | Literal)
        yield quad.subject, quad.predicate, quad.object
