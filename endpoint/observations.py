"""The page of one observation: the figure in a sentence, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.cubes import Said, marks, named, said_of, said_of_each, structure
from homegraph.endpoint.display import Later, Shown, Term, link, shown
from homegraph.endpoint.figures import is_number, missing, number, remark
from homegraph.endpoint.records import counted
from homegraph.endpoint.world import World
from homegraph.graph.terms import DCT, PROV, QB, RDFS, SDMXA, SDMXM, SOURCE, SPDX, STAT

MOST_FILES = 10
STATUSES = (SDMXA.obsStatus, SDMXA.confStatus, STAT.completeness)
PLACES = ((SOURCE.inSheet, "Sheet"), (SOURCE.inRow, "Row"), (SOURCE.inColumn, "Column"))


@dataclass(frozen=True)
class Origin:
    """A file that a figure comes from, as it looks."""

    file: Shown
    publisher: Shown | None
    digest: str
    read: str
    address: Shown | None


@dataclass(frozen=True)
class ObservationPage:
    """What the page of an observation shows besides what is said of it.

    `records` is the query string that lists the records that were counted, if they are here.
    """

    heading: str
    cube: Shown
    measure: str
    text: str
    is_missing: bool
    unit: Shown | None
    dimensions: list[tuple[Shown, Shown]]
    remark: str
    statuses: list[tuple[str, Shown]]
    previous: str
    previous_file: Shown | None
    origins: list[Origin]
    more_origins: int
    place: list[tuple[str, str]]
    records: str


def observation_page(world: World, node: NamedNode) -> Later[ObservationPage] | None:
    """What the page of an observation shows; None when it belongs to no cube."""
    said = said_of(world, node)
    cubes = named(said, QB.dataSet)
    if not cubes:
        return None
    parts = structure(world, cubes[0])
    codes = {one: said[one][0] for one in parts.dimensions if said.get(one)}
    units = named(said, SDMXA.unitMeasure)
    flags = [(one, value) for one in STATUSES for value in named(said, one)]
    files = sorted(named(said, PROV.wasDerivedFrom), key=lambda file: file.value)
    before = named(said, STAT.previousFile)
    of_files = said_of_each(world, files[:MOST_FILES])
    publishers = [one for about in of_files.values() for one in named(about, DCT.publisher)]
    sums = [one for about in of_files.values() for one in named(about, SPDX.checksum)]
    of_sums = said_of_each(world, sums)
    terms: list[Term] = [cubes[0], parts.measures[0], *codes, *codes.values(), *units]
    terms += [one for pair in flags for one in pair]
    value = next(iter(said.get(parts.measures[0], [])), None)
    records = counted(world, cubes[0], codes) if value is not None else ""

    def page(known: Mapping[str, str]) -> ObservationPage:
        def look(term: Term) -> Shown:
            return shown(world, term, known)

        looks = [(look(one), look(code)) for one, code in codes.items()]
        return ObservationPage(
            heading=", ".join(code.text for _, code in looks) or look(cubes[0]).text,
            cube=look(cubes[0]),
            measure=name_of(world, parts.measures[0], units, known),
            text=missing(marks(said), known) if value is None else number(value),
            is_missing=value is None,
            unit=look(units[0]) if units else None,
            dimensions=looks,
            remark=remark(marks(said), known) if value is not None else literal(said, RDFS.comment),
            statuses=[(look(one).text, look(flag)) for one, flag in flags],
            previous=first_number(said),
            previous_file=look(before[0]) if before else None,
            origins=[
                origin(world, file, about, of_sums, known) for file, about in of_files.items()
            ],
            more_origins=len(files) - len(of_files),
            place=[(word, text) for one, word in PLACES if (text := literal(said, one))],
            records=urlencode({"query": records}) if records else "",
        )

    return Later([*terms, *of_files, *before, *publishers], page)


def name_of(
    world: World, measure: NamedNode, units: list[NamedNode], known: Mapping[str, str]
) -> str:
    """What the figure counts, in a word or two: the measure, or the unit where that says more."""
    if measure == SDMXM.obsValue and units:
        return f"unit: {shown(world, units[0], known).text.lower()}"
    return shown(world, measure, known).text


def first_number(said: Said) -> str:
    """The figure before it was revised, if it was."""
    value = next(iter(said.get(STAT.previousValue, [])), None)
    return number(value) if value is not None and is_number(value) else ""


def literal(said: Said, predicate: NamedNode) -> str:
    """The text of a property, or nothing."""
    found = [value.value for value in said.get(predicate, []) if isinstance(value, Literal)]
    return min(found, default="")


def origin(
    world: World,
    file: NamedNode,
    said: Said,
    of_sums: Mapping[NamedNode, Said],
    known: Mapping[str, str],
) -> Origin:
    """A file as it looks: what it is called, who published it, its digest, when it was read."""
    publishers, addresses = named(said, DCT.publisher), named(said, PROV.hadPrimarySource)
    digests = [literal(of_sums[one], SPDX.checksumValue) for one in named(said, SPDX.checksum)]
    return Origin(
        file=shown(world, file, {**known, file.value: literal(said, RDFS.label) or "a file"}),
        publisher=shown(world, publishers[0], known) if publishers else None,
        digest=digests[0] if digests else file.value.rpartition("/")[2],
        read=literal(said, SOURCE.readOn),
        address=next((Shown(one.value, one.value) for one in addresses if link(one.value)), None),
    )
