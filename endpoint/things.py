"""What the store knows of one thing: what it says, and who points at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from homegraph.endpoint.world import World
from homegraph.graph.iri import VOCABULARY
from homegraph.graph.terms import OWL, QB, RDF, RDFS, SKOS

# Two hundred thousand statements are counted in 60 ms (13 million triples, two cores).
COUNTED = 200_000
MANY = 20_000  # what is told need not be counted, what was counted is kept
MOST_KEPT = 1_000
FEW = 3  # things that are sooner looked up than asked for
EXAMPLES = 25
DEEPEST = 5

WORDS = [
    *(OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty),
    *(RDFS.Class, RDF.Property),
]


@dataclass(frozen=True)
class Pointing:
    """Who points at a thing with one property: how many, and some of them."""

    predicate: NamedNode
    count: int
    examples: list[NamedNode | BlankNode]


@dataclass(frozen=True)
class Incoming:
    """Everything that points at a thing; when `capped`, counting stopped at COUNTED."""

    by_property: list[Pointing]
    capped: bool


def known(world: World, iri: NamedNode) -> bool:
    """Whether the store says anything of, with or about an IRI."""
    store = world.store
    patterns = ((iri, None, None), (None, None, iri), (None, iri, None))
    return any(
        next(store.quads_for_pattern(*pattern), None) is not None for pattern in patterns
    ) or store.contains_named_graph(iri)


def spelt(iri: NamedNode) -> list[NamedNode]:
    """A name, and the same with a closing #, as some vocabularies are named."""
    return [iri] if "#" in iri.value else [iri, NamedNode(iri.value + "#")]


def statements(
    world: World, *subjects: NamedNode, without: Iterable[NamedNode] = ()
) -> list[Triple]:
    """What is said of things in any graph, with what is said of nameless things they point at.

    Properties that are to be left `without` are not even read: one may have many thousand values.
    """
    found: dict[Triple, None] = {}
    level: list[NamedNode | BlankNode] = list(dict.fromkeys(subjects))
    seen = set(level)
    for _ in range(DEEPEST + 1):
        below: dict[BlankNode, None] = {}
        for triple in said_of(world.store, level, without):
            found[triple] = None
            if isinstance(triple.object, BlankNode) and triple.object not in seen:
                below[triple.object] = None
        if not below:
            break
        level = list(below)
        seen.update(level)
    return list(found)


def said_of(
    store: Store, subjects: Iterable[NamedNode | BlankNode], without: Iterable[NamedNode] = ()
) -> Iterator[Triple]:
    """The statements with some subjects, from all graphs, but for some properties.

    Many names are asked for in one query; a nameless thing can only be looked up.
    """
    every = list(subjects)
    names = [one for one in every if isinstance(one, NamedNode)]
    if without or len(names) > FEW:
        unless = f"FILTER(?p NOT IN ({', '.join(map(str, without))}))" if without else ""
        query = f"CONSTRUCT {{ ?s ?p ?o }} {{ {one_of('?s', names)} ?s ?p ?o {unless} }}"
        rows: Any = store.query(query, use_default_graph_as_union=True)
        yield from rows
        every = [one for one in every if isinstance(one, BlankNode)]
    quad: Quad
    for subject in every:
        for quad in store.quads_for_pattern(subject, None, None):
            yield quad.triple


def one_of(variable: str, names: Iterable[NamedNode]) -> str:
    """The part of a query in which a variable is one of some names."""
    return f"VALUES {variable} {{ {' '.join(map(str, names))} }}"


def incoming(world: World, iri: NamedNode) -> Incoming:
    """Who points at a thing, by property, most first; a thing counts once for each property.

    What a release knows of classes and cubes need not be counted: they have the most. As a
    statement stands in one graph of a release only, statements are counted there, which takes
    half the time that it takes to count things. What took long is kept.
    """
    kept = world.pointing.get(iri.value)
    if kept is None:
        kept = counted(world, iri)
        if sum(kept[0].values()) > MANY and len(world.pointing) < MOST_KEPT:
            world.pointing[iri.value] = kept
    counts, capped = kept
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].value))
    return Incoming([Pointing(p, n, some(world.store, p, iri)) for p, n in ordered], capped)


def counted(world: World, iri: NamedNode) -> tuple[dict[NamedNode, int], bool]:
    """How many point at a thing by property, and whether counting stopped before the end."""
    told = {
        predicate: count
        for predicate, known in (
            (RDF.type, world.manifest.get("classes", {})),
            (QB.dataSet, world.observations),
        )
        if (count := known.get(iri.value, 0)) > MANY
    }
    others = [one for one in map(NamedNode, world.properties) if one not in told]
    among = one_of("?p", others) if told and others else ""
    query = (
        f"SELECT ?p (COUNT({'*' if world.manifest else 'DISTINCT ?s'}) AS ?n) "
        f"{{ SELECT ?s ?p {{ {among} ?s ?p {iri} }} LIMIT {COUNTED + 1} }} GROUP BY ?p"
    )
    rows: Any = world.store.query(query, use_default_graph_as_union=True)
    counts = {row["p"]: int(row["n"].value) for row in rows}
    return counts | told, sum(counts.values()) > COUNTED


def some(store: Store, predicate: NamedNode, iri: NamedNode) -> list[NamedNode | BlankNode]:
    """A few subjects that point at a thing."""
    quads: Iterable[Quad] = store.quads_for_pattern(None, predicate, iri)
    subjects = {quad.subject: None for quad in islice(quads, EXAMPLES)}
    return sorted((s for s in subjects if not isinstance(s, Triple)), key=lambda s: s.value)


def parts_with(world: World, iri: NamedNode) -> list[tuple[NamedNode, str]]:
    """The parts of datasets whose names begin as this one does (VoID, 4.1: void:uriSpace).

    Each with the rest of the name, which is the record's own key there.
    """
    found = []
    text = iri.value
    ends = [at + 1 for at, letter in enumerate(text) if letter == "/" and at + 1 < len(text)]
    for end in reversed(ends):
        found += [(part, text[end:]) for part in world.spaces.get(text[:end], ())]
    return sorted(found, key=lambda pair: pair[0].value)


def values(world: World, subject: NamedNode, predicate: NamedNode) -> list[NamedNode]:
    """The names that a property of a thing leads to."""
    quads = world.store.quads_for_pattern(subject, predicate, None)
    return sorted(
        {quad.object for quad in quads if isinstance(quad.object, NamedNode)},
        key=lambda name: name.value,
    )


def words_of(world: World, vocabulary: NamedNode) -> list[NamedNode]:
    """The classes and properties of one of our vocabularies, by IRI."""
    stem = vocabulary.value.rstrip("#")
    found = {
        *subjects(world.store, RDFS.isDefinedBy, NamedNode(stem)),
        *subjects(world.store, RDFS.isDefinedBy, NamedNode(stem + "#")),
    }
    for kind in WORDS:
        found |= {
            s for s in subjects(world.store, RDF.type, kind) if s.value.startswith(stem + "#")
        }
    return sorted(found - {NamedNode(stem), NamedNode(stem + "#")}, key=lambda word: word.value)


def concepts_of(world: World, scheme: NamedNode) -> list[NamedNode]:
    """The concepts of a code list, by IRI."""
    return sorted(subjects(world.store, SKOS.inScheme, scheme), key=lambda concept: concept.value)


def vocabularies(world: World) -> list[NamedNode]:
    """Our vocabularies that are described here."""
    found = subjects(world.store, RDF.type, OWL.Ontology)
    return sorted((s for s in found if s.value.startswith(VOCABULARY)), key=lambda s: s.value)


def code_lists(world: World) -> list[NamedNode]:
    """The code lists that are described here."""
    return sorted(subjects(world.store, RDF.type, SKOS.ConceptScheme), key=lambda s: s.value)


def subjects(store: Store, predicate: NamedNode, value: NamedNode | Literal) -> set[NamedNode]:
    """All named things with a value."""
    quads: Iterable[Quad] = store.quads_for_pattern(None, predicate, value)
    return {quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}
