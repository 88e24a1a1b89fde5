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
from pyoxigraph import NamedNode, Quad

from homegraph.graph.concepts import code_list
from homegraph.graph.correspondence import Pair, Statement, say_correspondence
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import CONCEPT, Names
from homegraph.graph.offences import SCHEME, TABLES, same, slug
from homegraph.graph.scheme import Class, Scheme, say_scheme, scheme_of
from homegraph.graph.terms import SKOS, XKOS

FIRST = "2026-11-22"  # the day on which we first issued lists that have no date of their own
CLASSES = {"code": pl.String, "description": pl.String, "group": pl.String, "subgroup": pl.String}


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


def classes_of(frame: pl.DataFrame) -> tuple[Class, ...]:
    """The classes that rows of a table give, one row a code."""
    return tuple(Class(*row) for row in frame.select(*CLASSES).sort("code").iter_rows())


def release(name: str, frame: pl.DataFrame, issued: str, names: Names) -> Vintage:
    """The classification of one release of tables, from what its rows say."""
    source = names.data(name, "release", issued)
    return Vintage(f"{SCHEME}-{issued}", classes_of(frame), source, issued)


def vintages(tables: Tables, names: Names) -> list[Vintage]:
    """The classifications of a build, oldest first: the reference table, then the releases."""
    found = []
    reference = tables.get("offence-classification", "reference")
    if reference is not None:
        found.append(reference_of(reference.collect(), FIRST, names))
    releases = tables.get(TABLES[0], "classes")
    if releases is not None:
        for (issued,), frame in sorted(releases.collect().group_by("issued")):
            found.append(release(TABLES[0], frame, str(issued), names))
    return found


def reference_of(frame: pl.DataFrame, issued: str, names: Names) -> Vintage:
    """The classification of the reference table, which has no date of its own."""
    source = names.data("offence-classification")
    return Vintage(f"{SCHEME}-reference", classes_of(frame), source, issued)


def say_classification(tables: Tables, names: Names, graph: str) -> Iterator[Quad]:
    """The list of all codes, its links to each vintage, and what differs between vintages."""
    classes = all_classes(tables, names)
    if not classes:
        return
    found = vintages(tables, names)
    said = list(current(found, classes, sources(tables, names), spellings(tables)))
    for older, newer in pairwise(found):
        said.append(
            (NamedNode(CONCEPT + newer.name), XKOS.follows, NamedNode(CONCEPT + older.name))
        )
        said += of_vintages(older, newer, names)
    for statement in said:
        yield Quad(*statement, names.graph(graph))


def all_classes(tables: Tables, names: Names) -> dict[str, Class]:
    """Every code of a build, as the newest table that has it says."""
    outcomes = tables.get(TABLES[1], "classes")
    classes: dict[str, Class] = {}
    if outcomes is not None:
        newest = outcomes.collect().sort("issued").unique("code", keep="last")
        classes = {each.code: each for each in classes_of(newest)}
    for vintage in vintages(tables, names):
        classes.update(vintage.by_code)
    return classes


def spellings(tables: Tables) -> dict[str, set[str]]:
    """How the tables of a build spell groups and sub-groups, by notation: with other dashes."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in TABLES:
        figures = tables.get(name, "figures")
        if figures is None:
            continue
        for column in ("group", "subgroup"):
            for text in figures.select(column).unique().collect()[column]:
                found[slug(text)].add(text)
    return found


def sources(tables: Tables, names: Names) -> tuple[NamedNode, ...]:
    """The data sets that the codes of a build come from."""
    known = [(name, "classes") for name in TABLES] + [("offence-classification", "reference")]
    return tuple(names.data(name) for name, table in known if tables.get(name, table) is not None)


def parts(composite: str) -> tuple[str, ...]:
    """The codes that a code is made of; none when it is a code alone.

    >>> parts("1/4.1/4.10"), parts("4.4/6/8"), parts("28E")
    (('1', '4.1', '4.10'), ('4.4', '4.6', '4.8'), ())
    """
    first, *others = composite.split("/")
    if not others:
        return ()
    stem, dot, _ = first.partition(".")
    return (first, *(f"{stem}.{part}" if dot and "." not in part else part for part in others))


def current(
    found: list[Vintage],
    classes: Mapping[str, Class],
    sources: tuple[NamedNode, ...],
    spelt: Mapping[str, set[str]],
) -> Iterator[Statement]:
    """The list of all codes, and the concepts of other lists that mean the same."""
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
        found[-1].issued if found else FIRST,
        sources,
        classes.values(),
        notes,
        spelt,
    )
    yield from say_scheme(scheme)
    for vintage in found:
        yield from links(scheme, classes, vintage)
    for composite in sorted(classes):
        for part in parts(composite):
            if part in classes:
                yield scheme.node(composite), SKOS.related, scheme.node(part)
    hub = code_list("offence-class")
    for each in classes.values():
        other = hub.by_notation.get(each.code)
        if other is not None:
            is_same = same(hub.labels[other], f"{each.code} {each.description}")
            yield scheme.node(each.code), SKOS.exactMatch if is_same else SKOS.closeMatch, other
    for key in sorted(members(classes.values()).keys() & hub.by_notation.keys()):
        yield scheme.node(key), SKOS.closeMatch, hub.by_notation[key]


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
