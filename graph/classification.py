"""Offence classifications as SKOS and XKOS: a list of each release, one of all, and what differs.

Each release has a scheme of its own (`offence-code-2026-04-23`), as its rows give it. The list of
all codes, `offence-code`, is what figures refer to: there a code has one name for as long as it
means the same, and stands in the group where the newest release has it. How the groups of one
scheme relate to those of the next follows from the codes that they share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.concepts import code_list
from homegraph.graph.correspondence import Pair, Statement, english, say_correspondence
from homegraph.graph.iri import CONCEPT, Names, organisation
from homegraph.graph.offences import ALL, SCHEME, TABLES, same, slug
from homegraph.graph.tables import Tables
from homegraph.graph.terms import DCT, LICENCE, OWL, RDF, RDFS, SKOS, XKOS, XSD

HOME_OFFICE = organisation("home-office")
CLASSES = {"code": pl.String, "description": pl.String, "group": pl.String, "subgroup": pl.String}


@dataclass(frozen=True)
class Class:
    """An offence code: what it is called, and where it stands."""

    code: str
    description: str
    group: str
    subgroup: str


@dataclass(frozen=True)
class Item:
    """A concept to be written: its notation, its texts, and the notation above it."""

    notation: str
    label: str
    definition: str
    above: str | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scheme:
    """A code list to be written."""

    name: str
    title: str
    description: str
    issued: str
    sources: tuple[NamedNode, ...]
    items: tuple[Item, ...]
    levels: tuple[tuple[str, tuple[str, ...]], ...]  # labels and notations, the widest first

    def node(self, notation: str = "") -> NamedNode:
        """A concept of the scheme, or the scheme; a code may be a path itself."""
        return NamedNode(f"{CONCEPT}{self.name}{notation and '/'}{notation}")


@dataclass(frozen=True)
class Vintage:
    """The classification of one release."""

    name: str
    classes: tuple[Class, ...]
    source: NamedNode
    issued: str
    by_code: dict[str, Class] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.by_code.update({each.code: each for each in self.classes})

    def scheme(self, title: str, description: str) -> Scheme:
        """The code list of the release."""
        return scheme_of(self.name, title, description, self.issued, (self.source,), self.classes)

    def node(self, notation: str) -> NamedNode:
        """A concept of the release."""
        return NamedNode(f"{CONCEPT}{self.name}/{notation}")


def number(value: int) -> Literal:
    """A number of levels."""
    return Literal(str(value), datatype=XSD.positiveInteger)


def classes_of(frame: pl.DataFrame) -> tuple[Class, ...]:
    """The classes that rows of a table give, one row a code."""
    return tuple(Class(*row) for row in frame.select(*CLASSES).sort("code").iter_rows())


def scheme_of(
    name: str,
    title: str,
    description: str,
    issued: str,
    sources: tuple[NamedNode, ...],
    classes: Iterable[Class],
    notes: Mapping[str, tuple[str, ...]] | None = None,
) -> Scheme:
    """Codes with their groups and sub-groups as a list with three levels under one total.

    A sub-group that is spelt like its group is the same concept, and stands on both levels.
    """
    notes = notes or {}
    items = {ALL: Item(ALL, "All offences", "Every offence that the tables count.", None)}
    found = sorted(classes, key=lambda each: each.code)
    for each in found:
        key = slug(each.group)
        text = f"The offence group “{each.group}” of recorded crime."
        items.setdefault(key, Item(key, each.group, text, ALL))
    for each in found:
        key, group = slug(each.subgroup), slug(each.group)
        text = f"The sub-group “{each.subgroup}” of the offence group “{each.group}”."
        items.setdefault(key, Item(key, each.subgroup, text, group))
    for each in found:
        text = f"Offence code {each.code}, in the sub-group “{each.subgroup}”: {each.description}."
        label = f"{each.code} {each.description}"
        items[each.code] = Item(
            each.code, label, text, slug(each.subgroup), notes.get(each.code, ())
        )
    levels = (
        ("Offence groups", tuple(sorted({slug(each.group) for each in found}))),
        ("Offence sub-groups", tuple(sorted({slug(each.subgroup) for each in found}))),
        ("Offence codes", tuple(each.code for each in found)),
    )
    return Scheme(name, title, description, issued, sources, tuple(items.values()), levels)


def say_scheme(scheme: Scheme) -> Iterator[Statement]:
    """A code list with its concepts and levels."""
    node = scheme.node()
    yield node, RDF.type, SKOS.ConceptScheme
    yield node, DCT.title, english(scheme.title)
    yield node, DCT.description, english(scheme.description)
    yield node, DCT.creator, HOME_OFFICE
    yield node, DCT.issued, Literal(scheme.issued, datatype=XSD.date)
    yield node, DCT.license, LICENCE.OGL_3_0
    yield node, OWL.versionInfo, Literal(scheme.issued.replace("-", "."))
    yield node, XKOS.numberOfLevels, number(len(scheme.levels))
    yield node, XKOS.levels, scheme.node("levels-1")
    for source in scheme.sources:
        yield node, DCT.source, source
    for item in scheme.items:
        yield from say_item(scheme, item)
    for depth, (label, notations) in enumerate(scheme.levels, start=1):
        cell, level = scheme.node(f"levels-{depth}"), scheme.node(f"level-{depth}")
        last = depth == len(scheme.levels)
        yield cell, RDF.first, level
        yield cell, RDF.rest, RDF.nil if last else scheme.node(f"levels-{depth + 1}")
        yield level, RDF.type, XKOS.ClassificationLevel
        yield level, RDFS.label, english(label)
        yield level, XKOS.depth, number(depth)
        for notation in notations:
            yield level, SKOS.member, scheme.node(notation)


def say_item(scheme: Scheme, item: Item) -> Iterator[Statement]:
    """One concept of a code list."""
    node = scheme.node(item.notation)
    yield node, RDF.type, SKOS.Concept
    yield node, SKOS.prefLabel, english(item.label)
    yield node, SKOS.definition, english(item.definition)
    yield node, SKOS.notation, Literal(item.notation)
    yield node, SKOS.inScheme, scheme.node()
    if item.above is None:
        yield node, SKOS.topConceptOf, scheme.node()
        yield scheme.node(), SKOS.hasTopConcept, node
    elif item.above == item.notation:
        raise ValueError(f"{item.notation!r} stands above itself in {scheme.name}")
    else:
        yield node, SKOS.broader, scheme.node(item.above)
    for note in item.notes:
        yield node, SKOS.note, english(note)
    for source in scheme.sources:
        yield node, DCT.source, source


def release(name: str, frame: pl.DataFrame, issued: str, names: Names) -> Vintage:
    """The classification of one release of tables, from what its rows say."""
    source = names.data(name, "release", issued)
    return Vintage(f"{SCHEME}-{issued}", classes_of(frame), source, issued)


def vintages(tables: Tables, names: Names) -> list[Vintage]:
    """The classifications of a build, oldest first: the reference table, then the releases."""
    found = []
    reference = tables.get("offence-classification", "reference")
    if reference is not None:
        frame = reference.collect()
        found.append(reference_of(frame, names))
    releases = tables.get(TABLES[0], "classes")
    if releases is not None:
        for (issued,), frame in sorted(releases.collect().group_by("issued")):
            found.append(release(TABLES[0], frame, str(issued), names))
    return found


def reference_of(frame: pl.DataFrame, names: Names) -> Vintage:
    """The classification of the reference table, which has no date of its own."""
    source = names.data("offence-classification")
    return Vintage(f"{SCHEME}-reference", classes_of(frame), source, "2016-01-01")


def say_classification(tables: Tables, names: Names, graph: str) -> Iterator[Quad]:
    """The list of all codes, its links to each vintage, and what differs between vintages."""
    found = vintages(tables, names)
    outcomes = tables.get(TABLES[1], "classes")
    more: tuple[Class, ...] = ()
    if outcomes is not None:
        more = classes_of(outcomes.collect().sort("issued").unique("code", keep="last"))
    if not found and not more:
        return
    said = list(current(found, more, names))
    for older, newer in pairwise(found):
        said += of_vintages(older, newer, names)
    for statement in said:
        yield Quad(*statement, names.graph(graph))


def current(found: list[Vintage], more: Iterable[Class], names: Names) -> Iterator[Statement]:
    """The list of all codes, and the concepts of other lists that mean the same."""
    classes = {each.code: each for each in more}
    for vintage in found:
        classes.update(vintage.by_code)
    notes: dict[str, tuple[str, ...]] = {}
    if found:
        newest = found[-1]
        text = f"Not among the codes of {newest.name}, the newest table read."
        notes = {code: (text,) for code in classes if code not in newest.by_code}
    scheme = scheme_of(
        SCHEME,
        "Offence codes of recorded crime",
        "All codes under which the tables read here give offences, in the groups and sub-groups "
        "of the newest of them. A code keeps its name as long as it means the same; what each "
        "release called it, and where it stood there, is said by the list of that release.",
        max((vintage.issued for vintage in found), default="2026-11-22"),
        tuple(names.data(name) for name in TABLES),
        classes.values(),
        notes,
    )
    yield from say_scheme(scheme)
    for vintage in found:
        yield from links(scheme, classes, vintage)
    hub = code_list("offence-class")
    for each in classes.values():
        other = hub.by_notation.get(each.code)
        if other is not None:
            is_same = same(hub.labels[other], f"{each.code} {each.description}")
            yield scheme.node(each.code), SKOS.exactMatch if is_same else SKOS.closeMatch, other


def links(scheme: Scheme, classes: Mapping[str, Class], vintage: Vintage) -> Iterator[Statement]:
    """Which concepts of a vintage are those of the list of all codes.

    A code means the same when it is called the same; a group or sub-group when it has the same
    codes, of those that both lists have.
    """
    for each in vintage.classes:
        match = same(each.description, classes[each.code].description)
        kind = SKOS.exactMatch if match else SKOS.closeMatch
        yield scheme.node(each.code), kind, vintage.node(each.code)
    here, there = members(classes.values()), members(vintage.classes)
    for key in sorted(here.keys() & there.keys()):
        match = here[key] & vintage.by_code.keys() == there[key]
        kind = SKOS.exactMatch if match else SKOS.closeMatch
        yield scheme.node(key), kind, vintage.node(key)


def of_vintages(older: Vintage, newer: Vintage, names: Names) -> Iterator[Statement]:
    """How the sub-groups of one vintage relate to those of the next, and which codes changed.

    Two sub-groups belong together when a code of the one is in the other; the link names the codes.
    A code is linked when it is called differently, or stands elsewhere.
    """
    pairs: dict[tuple[str, str], set[str]] = defaultdict(set)
    changed = []
    for code in sorted(older.by_code.keys() & newer.by_code.keys()):
        before, after = older.by_code[code], newer.by_code[code]
        pairs[slug(before.subgroup), slug(after.subgroup)].add(code)
        if not same(before.description, after.description) or not same(
            before.subgroup, after.subgroup
        ):
            changed.append(Pair(code, code, frozenset({code})))
    linked = [Pair(*pair, frozenset(codes)) for pair, codes in sorted(pairs.items())]
    yield from say_correspondence(
        f"Offence classification: {older.name} to {newer.name}",
        (older.name, newer.name),
        [*linked, *changed],
        "ours",
        (older.source, newer.source),
        SCHEME,
        names,
    )


def members(classes: Iterable[Class]) -> dict[str, set[str]]:
    """The codes in each group and sub-group."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in classes:
        found[slug(each.group)].add(each.code)
        found[slug(each.subgroup)].add(each.code)
    return found
