"""Code lists as SKOS, with levels as XKOS has them: groups, sub-groups and codes of offences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from homegraph.graph.correspondence import Statement, english
from homegraph.graph.iri import CONCEPT, organisation
from homegraph.graph.offences import ALL, slug
from homegraph.graph.terms import DCT, LICENCE, OWL, RDF, RDFS, SKOS, XKOS, XSD

HOME_OFFICE = organisation("home-office")


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
    others: tuple[str, ...] = ()  # what else it is called


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


def number(value: int) -> Literal:
    """A number of levels."""
    return Literal(str(value), datatype=XSD.positiveInteger)


def scheme_of(
    name: str,
    title: str,
    description: str,
    issued: str,
    sources: tuple[NamedNode, ...],
    classes: Iterable[Class],
    notes: Mapping[str, tuple[str, ...]] | None = None,
    spelt: Mapping[str, set[str]] | None = None,
) -> Scheme:
    """Codes with their groups and sub-groups as a list with three levels under one total.

    A sub-group that is spelt like its group is the same concept, and stands on both levels.
    `spelt` has the spellings of groups and sub-groups.
    """
    notes, spelt = notes or {}, spelt or {}

    def others(label: str) -> tuple[str, ...]:
        return tuple(sorted(spelt.get(slug(label), set()) - {label}))

    items = {ALL: Item(ALL, "All offences", "Every offence that the tables count.", None)}
    found = sorted(classes, key=lambda each: each.code)
    for each in found:
        key = slug(each.group)
        text = f"The offence group “{each.group}” of recorded crime."
        items.setdefault(key, Item(key, each.group, text, ALL, (), others(each.group)))
    for each in found:
        key, group = slug(each.subgroup), slug(each.group)
        text = f"The sub-group “{each.subgroup}” of the offence group “{each.group}”."
        items.setdefault(key, Item(key, each.subgroup, text, group, (), others(each.subgroup)))
    for each in found:
        text = f"Offence code {each.code}, in the sub-group “{each.subgroup}”: {each.description}."
        label = f"{each.code} {each.description}"
        known = notes.get(each.code, ()), (each.description,)
        items[each.code] = Item(each.code, label, text, slug(each.subgroup), *known)
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
    for other in item.others:
        yield node, SKOS.altLabel, english(other)
    for source in scheme.sources:
        yield node, DCT.source, source
