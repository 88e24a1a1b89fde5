"""The dimensions of the figures: trees of codes, and the name on the web of each code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph.graph import iri
from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.disclosure import Dimension
from homegraph.graph.iri import Names, concept
from homegraph.graph.terms import CRIME, SDMXC, SDMXD, SKOS, STAT
from homegraph.loaders.home_office_data_hub.extract import Extract, Records

TOGETHER = "all"
SEX = {"total": SDMXC.sex_T, "F": SDMXC.sex_F, "M": SDMXC.sex_M, "U": SDMXC.sex_U}


@dataclass(frozen=True)
class Part:
    """One extract and what was read of it."""

    extract: Extract
    records: Records


@dataclass(frozen=True)
class Axis:
    """A dimension of a figure: the property that says it, and the name of each code."""

    property: NamedNode
    dimension: Dimension
    nodes: Mapping[str, NamedNode]

    def pruned(self, used: set[str]) -> Axis:
        """Without the codes under which nothing was counted, as they would only be noughts."""
        kept = {above for code in used for above in self.dimension.containing(code)}
        parts = {
            code: [part for part in below if part in kept]
            for code, below in self.dimension.tree.items()
            if code in kept
        }
        return Axis(self.property, Dimension(self.dimension.name, parts), self.nodes)


def months(first: date) -> list[str]:
    """The twelve months of a year from April to March.

    >>> months(date(2024, 4, 1))[7:10]
    ['2024-11', '2024-12', '2025-01']
    """
    numbers = range(first.year * 12 + 3, first.year * 12 + 15)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]


@cache
def above(name: str) -> dict[str, str]:
    """The notation above each notation of a code list, top concepts left out."""
    notations = {node: key for key, node in code_list(name).by_notation.items()}
    return {
        notations[quad.subject]: notations[quad.object]
        for quad in parse(path=ONTOLOGIES / f"{name}.ttl", format=RdfFormat.TURTLE)
        if quad.predicate == SKOS.broader
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }


def parents(name: str) -> set[str]:
    """The notations that sum up others; those of records are one step below the last of them."""
    return set(above(name).values())


def tops(name: str) -> set[str]:
    """The notations right below "all"."""
    return {part for part, whole in above(name).items() if whole == "all"}


@cache
def top(name: str, notation: str) -> str:
    """The notation itself, or the one above it, that stands right below "all".

    >>> top("ethnicity", "A1")
    'all-other'
    """
    while above(name)[notation] != "all":
        notation = above(name)[notation]
    return notation


def coded(property: NamedNode, name: str, keep: set[str] | None = None) -> Axis:
    """A code list of ours, or those of its notations that are to be kept."""
    parts: dict[str, list[str]] = {}
    for part, whole in above(name).items():
        if keep is None or part in keep:
            parts.setdefault(whole, []).append(part)
    dimension = Dimension(name, parts)
    return Axis(property, dimension, {key: concept(name, key) for key in dimension.codes})


class Axes:
    """The dimensions of one year's figures."""

    def __init__(self, period: str, parts: Sequence[Part], names: Names) -> None:
        self.period, self.parts, self.names = period, parts, names

    def month(self) -> Axis:
        """The months of the year, and the year."""
        keys = months(self.parts[0].extract.first)
        nodes = {key: iri.month(key) for key in keys}
        nodes[self.period] = iri.government_year(self.period)
        return Axis(SDMXD.refPeriod, Dimension.flat("month", keys, self.period), nodes)

    def sex(self) -> Axis:
        """Women, men, not specified."""
        return Axis(SDMXD.sex, Dimension.flat("sex", ["F", "M", "U"]), SEX)

    def force(self) -> Axis:
        """The areas of the forces, and all of them together."""
        return self._area({})

    def local(self) -> Axis:
        """The areas of the forces, the BCUs and the CSPs in them."""
        parts: dict[str, list[str]] = {}
        for part in self.parts:
            force = part.extract.force
            for key, area in part.records.areas.items():
                whole = f"{force}.{area.parent}" if area.parent else force
                parts.setdefault(whole, []).append(f"{force}.{key}")
        return self._area(parts)

    def _area(self, below: Mapping[str, list[str]]) -> Axis:
        forces = [part.extract.force for part in self.parts]
        dimension = Dimension("area", {TOGETHER: forces, **below})
        return Axis(SDMXD.refArea, dimension, {key: self.area(key) for key in dimension.codes})

    def area(self, key: str) -> NamedNode:
        """The ONS's name for a force's area; ours for those inside, and for all together."""
        force, _, local = key.partition(".")
        if local:
            return self.names.thing("local-area", force, self.period, local)
        return self.names.thing("area-of-extracts", self.period) if key == TOGETHER else pfa(key)


@cache
def pfa(force: str) -> NamedNode:
    """The ONS's name for the area that a force polices, or the force where it has none."""
    node = code_list("police-force").code(force)
    for quad in parse(path=ONTOLOGIES / "police-force.ttl", format=RdfFormat.TURTLE):
        if quad.subject == node and quad.predicate == CRIME.policeForceArea:
            assert isinstance(quad.object, NamedNode)
            return quad.object
    return node


def offence_groups() -> Axis:
    """Offences by group."""
    return coded(STAT.offenceClass, "offence-class", tops("offence-class"))


def offence_subgroups() -> Axis:
    """Offences by group and sub-group."""
    return coded(STAT.offenceClass, "offence-class", parents("offence-class"))


def ranked() -> Axis:
    """Police workers by kind, and officers by rank."""
    return coded(STAT.rank, "worker-rank")


def kinds_of_workers() -> Axis:
    """Police workers by kind."""
    return coded(STAT.rank, "worker-rank", tops("worker-rank"))


def ethnic_groups() -> Axis:
    """Ethnicity by group."""
    return coded(STAT.ethnicity, "ethnicity", parents("ethnicity"))


def stages() -> Axis:
    """Applications by stage."""
    return coded(STAT.stage, "application-stage")


def is_detected() -> Axis:
    """Detections, with and without a sanction."""
    return coded(
        STAT.detection,
        "detection-method",
        {"detected", "sanction", "other-detection", "not-detected"},
    )
