"""Organograms: the senior posts of public bodies, and how many junior posts report to each.

Two CSV files for each body and day, as data.gov.uk exports them: the senior posts, which go by
their addresses there, and the junior posts by grade. A post that several files show is as the last
of them shows it; groups of junior posts are of each day.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import iri
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import DCT, ORG, ORGANOGRAM, PROV, RDF, RDFS, SOURCE, XSD
from homegraph.loaders.organograms.read import Group, Part, Senior, juniors, part_of, seniors

NAME = "organograms"
BODIES = Path(__file__).with_name("bodies.csv")
Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]
Posts = Mapping[tuple[Part, str], Senior]


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """All posts and groups of staff; raises SourceRejected for a file of no known name."""
    known: dict[tuple[Part, str], Senior] = {}
    staff: defaultdict[Group, Decimal] = defaultdict(Decimal)
    of_file: dict[Group, str] = {}
    parts = [(*part_of(file), file) for file in files]
    for part, is_senior, file in sorted(parts, key=lambda one: (one[0], not one[1])):
        if is_senior:
            known |= {(part, post.reference): post for post in seniors(file, part, reading)}
            continue
        for group, posts in juniors(file, part, reading):
            staff[group] += posts
            of_file[group] = file.sha256
    last = {post.address: post for post in known.values()}  # the days are in order
    said = [statement for post in last.values() for statement in of_post(post, known, names)]
    for group, posts in staff.items():
        said += of_group(group, posts, known, names)
        said.append((node_of(group, names), PROV.wasDerivedFrom, of(of_file[group], names)))
    yield from (Quad(*one, names.graph(NAME)) for one in dict.fromkeys(said))


def of_post(post: Senior, known: Posts, names: Names) -> Iterator[Statement]:
    """What is said of a senior post, its unit and its body."""
    node = NamedNode(post.address)
    yield node, RDF.type, ORG.Post
    yield node, RDFS.label, english(post.title)
    yield node, DCT.identifier, Literal(post.reference)
    yield node, DCT.isPartOf, names.data(NAME)
    yield node, ORGANOGRAM.grade, Literal(post.grade)
    yield node, ORGANOGRAM.asAt, day(post.part)
    yield node, PROV.wasDerivedFrom, of(post.file, names)
    yield node, SOURCE.inRow, Literal(post.row)
    above = known.get((post.part, post.reports_to))
    if above and above.address != post.address:
        yield node, ORG.reportsTo, NamedNode(above.address)
    yield node, ORG.postIn, body_of(post.organisation, names)
    yield node, ORG.postIn, unit_of(post.organisation, post.unit, names)
    yield from of_unit(post.organisation, post.unit, names)


def of_group(group: Group, posts: Decimal, known: Posts, names: Names) -> Iterator[Statement]:
    """What is said of a group of junior posts, but for where it is from."""
    node = node_of(group, names)
    yield node, RDF.type, ORGANOGRAM.StaffGroup
    yield node, RDFS.label, english(f"{group.grade}, {group.unit}, {group.part.day}")
    yield node, DCT.isPartOf, names.data(NAME)
    yield node, ORGANOGRAM.grade, Literal(group.grade)
    yield node, ORGANOGRAM.asAt, day(group.part)
    yield node, ORGANOGRAM.fullTimeEquivalent, Literal(f"{posts:f}", datatype=XSD.decimal)
    senior = known.get((group.part, group.reports_to))
    if senior:
        yield node, ORGANOGRAM.staffOf, NamedNode(senior.address)
    yield node, ORG.unitOf, unit_of(group.organisation, group.unit, names)
    yield from of_unit(group.organisation, group.unit, names)


def of_unit(organisation: str, unit: str, names: Names) -> Iterator[Statement]:
    """What is said of a unit and of the body it is in."""
    body, node = body_of(organisation, names), unit_of(organisation, unit, names)
    yield node, RDF.type, ORG.OrganizationalUnit
    yield node, RDFS.label, english(unit)
    yield node, ORG.unitOf, body
    yield body, RDF.type, ORG.FormalOrganization
    yield body, RDFS.label, english(organisation)


def node_of(group: Group, names: Names) -> NamedNode:
    """A group of junior posts."""
    return names.thing("staff-group", *reversed(group.part), *group[2:])


def unit_of(organisation: str, unit: str, names: Names) -> NamedNode:
    """A unit of a body."""
    return names.thing("unit", organisation, unit)


def body_of(name: str, names: Names) -> NamedNode:
    """A body: its address on GOV.UK where bodies.csv has one, a name of ours otherwise."""
    slug = slugs().get(name)
    return iri.organisation(slug) if slug else names.thing("organisation", name)


@cache
def slugs() -> dict[str, str]:
    """What bodies that have a page on GOV.UK are called there, from bodies.csv."""
    with BODIES.open(encoding="utf-8", newline="") as stream:
        return {row["name"]: row["slug"] for row in csv.DictReader(stream, strict=True)}


def of(file: str, names: Names) -> NamedNode:
    """A file, by its digest."""
    return names.thing("file", file)


def day(part: Part) -> Literal:
    """The day that an organogram shows."""
    return Literal(part.day, datatype=XSD.date)


def english(text: str) -> Literal:
    """A text in English."""
    return Literal(text, language="en")
