"""What a catalogue says of one dataset: its record, whole, and without what is said of others.

A harvester reads a catalogue page by page, and validators want every value described on the same
page (DCAT-AP 3.0.1: the class of each, and the list it is from). So a record has the dataset, its
parts with all that is said of them, and of each value what names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from homegraph.graph.terms import (
    ADMS,
    DCAT,
    DCT,
    FOAF,
    LOCN,
    PROV,
    QB,
    RDF,
    RDFS,
    SKOS,
    SOURCE,
    SPDX,
    VCARD,
    XSD,
)

# What is part of a dataset's description: all that is said of it belongs to the record.
PARTS = frozenset({DCAT.distribution, DCT.temporal, SPDX.checksum, ADMS.identifier})
# What is told of a value: enough to name it, to know its kind, and to write to whom it stands for.
NAMING = frozenset(
    {
        *(RDF.type, RDFS.label, SKOS.prefLabel, SKOS.notation, SKOS.inScheme),
        *(SKOS.exactMatch, SKOS.closeMatch),
        *(DCT.title, DCT.type, DCT.identifier, FOAF.name, FOAF.homepage),
        *(VCARD.fn, VCARD.hasEmail, VCARD.hasTelephone, VCARD.hasURL),
        *(DCAT.bbox, DCAT.centroid, LOCN.geometry),
    }
)
# What a dataset says of itself that a catalogue does not repeat: the structure of its figures,
# the files it was read from, and its history, which has a document of its own.
APART = frozenset(
    {
        *(QB.slice, QB.structure, QB.observation, PROV.wasDerivedFrom, DCT.hasPart),
        *(DCAT.hasVersion, DCAT.hasCurrentVersion, DCAT.previousVersion, DCAT.isVersionOf),
    }
)
# What a catalogue and its services list: harvesters read it page by page.
LISTS = frozenset({DCAT.dataset, DCAT.record, DCAT.servesDataset})
# What it says on its first page only: a service on every page would be taken for several, and the
# day of the last change would be a change of all pages.
ONCE = frozenset({DCAT.service, DCT.modified})
LISTED = frozenset({DCAT.Dataset, DCAT.DatasetSeries, DCAT.DataService, DCAT.Catalog})
# What may have very much of what is left apart: datasets, or slices.
LONG = frozenset({DCAT.Catalog, DCAT.DataService, QB.DataSet})
DEEPEST = 4  # a distribution, its licence, the kind that is, the list it is from

Node = NamedNode | BlankNode


class Records:
    """Reads records from a store that does not change meanwhile; values are read once for all."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._values: dict[Node, frozenset[Triple]] = {}

    @cached_property
    def _graphs(self) -> list[DefaultGraph | NamedNode | BlankNode]:
        """All graphs; listing them takes longer than describing most things."""
        return [DefaultGraph(), *self.store.named_graphs()]

    def of(self, dataset: NamedNode) -> list[Triple]:
        """All statements of a dataset's record, each once, in an order that never differs."""
        entries = self.store.quads_for_pattern(None, FOAF.primaryTopic, dataset)
        about = {quad.subject for quad in entries if isinstance(quad.subject, NamedNode)}
        said = self.own(dataset).union(*map(self.own, about))
        return self.with_values(said, {dataset, *about})

    def head(self, catalogue: NamedNode, of_first: bool = True) -> list[Triple]:
        """What a catalogue says of itself and of its services, whole, but for what it lists.

        On other pages than the first, without its services and the day of its last change.
        """
        apart = APART | LISTS if of_first else APART | LISTS | ONCE
        said = set(self.own(catalogue, apart))
        listed = {one.object for one in said if one.predicate == DCAT.service}
        services = {one for one in listed if isinstance(one, NamedNode)}
        for service in services:
            said |= self.own(service, APART | LISTS)
        return self.with_values(said, {catalogue, *services})

    def with_values(self, own: Iterable[Triple], seen: set[Node]) -> list[Triple]:
        """Statements on what is `seen`, with those on its parts and on the values of all."""
        found = set(own)
        level = led_to(found)
        for _ in range(DEEPEST):
            said: set[Triple] = set()
            for node in level.keys() - seen:
                is_part = level[node] or isinstance(node, BlankNode)
                said |= self.own(node) if is_part else self.value(node)
            seen |= level.keys()
            found |= said
            level = led_to(said)
        return sorted(found, key=str)

    def own(self, node: Node, apart: frozenset[NamedNode] = APART) -> frozenset[Triple]:
        """What is said of a dataset, or of a part of one, but in the graph of its own figures.

        A cube may have very many slices, and they stand there. What may have much else apart, as
        a catalogue its datasets, is asked by a query, because a lookup would read it all out.
        """
        if isinstance(node, BlankNode):  # of other stores: we name all
            return frozenset(q.triple for q in self.store.quads_for_pattern(node, None, None))
        kinds = self.store.quads_for_pattern(node, RDF.type, None)
        where = {quad.object: quad.graph_name for quad in kinds}
        figures = where.get(QB.DataSet)
        if figures is not None and where.get(DCAT.Dataset, figures) != figures:
            graphs = (graph for graph in self._graphs if graph != figures)
            found = chain.from_iterable(
                self.store.quads_for_pattern(node, None, None, graph) for graph in graphs
            )
            triples: Any = (quad.triple for quad in found if quad.predicate not in apart)
        elif where.keys().isdisjoint(LONG):  # a lookup costs a third of a query
            quads = self.store.quads_for_pattern(node, None, None)
            triples = (quad.triple for quad in quads if quad.predicate not in apart)
        else:
            others = ", ".join(sorted(map(str, apart)))
            query = f"CONSTRUCT {{ {node} ?p ?o }} {{ {node} ?p ?o FILTER(?p NOT IN ({others})) }}"
            triples = self.store.query(query, use_default_graph_as_union=True)
        said = (one for one in triples if not one.predicate.value.startswith(SOURCE.iri))
        return frozenset(map(as_said, said))

    def value(self, node: Node) -> frozenset[Triple]:
        """What names a value; nothing for what is listed by itself."""
        if node not in self._values:
            kinds = {q.object for q in self.store.quads_for_pattern(node, RDF.type, None)}
            told: Iterable[Quad] = ()
            if not kinds & LISTED:
                told = self.store.quads_for_pattern(node, None, None)
            naming = (quad.triple for quad in told if quad.predicate in NAMING)
            self._values[node] = frozenset(naming)
        return self._values[node]


def as_said(triple: Triple) -> Triple:
    """A statement as DCAT-AP wants it: the store gives every integer back as xsd:integer."""
    if triple.predicate != DCAT.byteSize or not isinstance(triple.object, Literal):
        return triple
    size = Literal(triple.object.value, datatype=XSD.nonNegativeInteger)
    return Triple(triple.subject, triple.predicate, size)


def led_to(said: Iterable[Triple]) -> dict[Node, bool]:
    """The things that statements lead to, and whether each is a part of what leads there."""
    found: dict[Node, bool] = {}
    for triple in said:
        if isinstance(triple.object, (NamedNode, BlankNode)) and triple.predicate != RDF.type:
            found[triple.object] = found.get(triple.object, False) or triple.predicate in PARTS
    return found
