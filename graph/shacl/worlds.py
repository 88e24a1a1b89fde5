"""Data that shapes are run on: a small graph in dictionaries, or an Oxigraph store.

Oxigraph writes numbers, dates and truth values its own way ("01"^^xsd:integer becomes 1), so
what a query or a store says may differ in spelling from what was loaded, never in value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
)

from homegraph.graph.errors import MetadataError
from homegraph.graph.shacl.shapes import Question, Row
from homegraph.graph.shacl.terms import as_term, is_blank, is_literal
from homegraph.graph.terms import RDFS, Terms

Statement = tuple[str, str, str]


class HERE(Terms, iri="homegraph:"):
    """Names that never leave this module."""

    focus: NamedNode  # the graph and statements that hold the nodes a query is run for


SUBCLASS = f"<{RDFS.iri}subClassOf>"
NONE: dict[str, None] = {}


def statements(text: str | bytes, format: RdfFormat = RdfFormat.N_QUADS) -> Iterator[Statement]:
    """The statements of a text as N-Triples terms; graphs are left out."""
    for quad in parse(input=text, format=format):
        yield str(quad.subject), str(quad.predicate), str(quad.object)


class Questions(ABC):
    """Runs queries on a store, and keeps answers that were asked for ahead."""

    def __init__(self) -> None:
        self._answers: dict[Question, dict[str, list[Row]]] = {}

    def ask_ahead(self, question: Question, nodes: Collection[str]) -> None:
        """Run a query for many nodes at once; in place of what was asked ahead before."""
        if question.alone:
            return
        answers: dict[str, list[Row]] = {node: [] for node in nodes if not is_literal(node)}
        for row in self.run(question, list(answers)):
            if row["this"] in answers:
                answers[row["this"]].append(row)
        self._answers[question] = answers

    def select(self, question: Question, node: str) -> Collection[Row]:
        """The rows of a query for one node."""
        known = self._answers.get(question, {}).get(node)
        return list(self.run(question, [node])) if known is None else known

    @abstractmethod
    def run(self, question: Question, nodes: Collection[str]) -> Iterator[Row]:
        """The rows of a query for some nodes; raises MetadataError for one that is not SPARQL."""


def rows(store: Store, question: Question, head: str, union: bool) -> Iterator[Row]:
    """The rows of a query whose groups begin with a head."""
    text = head.join(question.pieces)
    try:
        found = store.query(text, use_default_graph_as_union=union)
    except SyntaxError as error:
        raise MetadataError(f"a query of sh:sparql cannot be read: {error}\n{text}") from error
    if not isinstance(found, QuerySolutions):
        raise MetadataError(f"a query of sh:sparql is not a SELECT\n{text}")
    names = [variable.value for variable in found.variables]
    for solution in found:
        yield {
            name: str(term) for name, term in zip(names, solution, strict=True) if term is not None
        }


class Small(Questions):
    """A graph that fits into memory several times over."""

    def __init__(self, said: Iterable[Statement]) -> None:
        super().__init__()
        self._out: dict[str, dict[str, dict[str, None]]] = {}
        for subject, predicate, object_ in said:
            about = self._out.get(subject)
            if about is None:
                about = self._out[subject] = {}
            objects = about.get(predicate)
            if objects is None:
                about[predicate] = {object_: None}
            else:
                objects[object_] = None
        self._in: defaultdict[str, defaultdict[str, dict[str, None]]] | None = None
        self._below: dict[str, frozenset[str]] = {}
        self._store: Store | None = None

    def __iter__(self) -> Iterator[Statement]:
        for subject, about in self._out.items():
            for predicate, objects in about.items():
                for object_ in objects:
                    yield subject, predicate, object_

    def objects(self, subject: str, predicate: str) -> Collection[str]:
        """The objects of a subject's statements."""
        about = self._out.get(subject)
        return NONE if about is None else about.get(predicate, NONE)

    def one(self, subject: str, predicate: str) -> str:
        """The first object, or nothing."""
        return next(iter(self.objects(subject, predicate)), "")

    def subjects(self, predicate: str, object_: str) -> Collection[str]:
        """The subjects of which something is said."""
        return self._by_predicate[predicate].get(object_, NONE)

    def said(self, subject: str) -> Iterable[tuple[str, str]]:
        """All statements about a node."""
        for predicate, objects in self._out.get(subject, {}).items():
            for object_ in objects:
                yield predicate, object_

    def pairs(self, predicate: str) -> Iterable[tuple[str, str]]:
        """All statements with a property."""
        for object_, subjects in self._by_predicate[predicate].items():
            for subject in subjects:
                yield subject, object_

    def subclasses(self, name: str) -> frozenset[str]:
        """A class and all below it."""
        known = self._below.get(name)
        if known is None:
            known = self._below[name] = frozenset(below(self, name))
        return known

    @property
    def _by_predicate(self) -> defaultdict[str, defaultdict[str, dict[str, None]]]:
        if self._in is None:
            self._in = defaultdict(lambda: defaultdict(dict))
            for subject, predicate, object_ in self:
                self._in[predicate][object_][subject] = None
        return self._in

    def run(self, question: Question, nodes: Collection[str]) -> Iterator[Row]:
        """The rows of a query for some nodes, of any kind."""
        if self._store is None:
            text = "".join(f"{s} {p} {o} .\n" for s, p, o in self)
            self._store = Store()
            # Not bulk_load, which gives blank nodes other labels.
            self._store.bulk_extend(parse(input=text, format=RdfFormat.N_TRIPLES))
        here = HERE.focus
        self._store.remove_graph(here)
        self._store.extend(Quad(here, here, as_term(node), here) for node in nodes)
        head = f" GRAPH {here} {{ {here} {here} ?this }} "
        return rows(self._store, question, head, union=False)


def below(data: Small | Stored, name: str) -> set[str]:
    """A class and all below it by rdfs:subClassOf."""
    found, edge = {name}, [name]
    while edge:
        edge = [sub for one in edge for sub in data.subjects(SUBCLASS, one) if sub not in found]
        found.update(edge)
    return found


class Stored(Questions):
    """A store of any size, all its graphs together; what is asked of it is looked up there."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self._below: dict[str, frozenset[str]] = {}

    def quads(
        self, subject: str | None, predicate: str | None, object_: str | None
    ) -> Iterator[Quad]:
        """Quads by pattern."""
        return self.store.quads_for_pattern(
            node(subject) if subject else None,
            NamedNode(predicate[1:-1]) if predicate else None,
            as_term(object_) if object_ else None,
        )

    def objects(self, subject: str, predicate: str) -> Collection[str]:
        """The objects of a subject's statements."""
        if is_literal(subject):
            return NONE
        return {str(quad.object): None for quad in self.quads(subject, predicate, None)}

    def subjects(self, predicate: str, object_: str) -> Collection[str]:
        """The subjects of which something is said."""
        return {str(quad.subject): None for quad in self.quads(None, predicate, object_)}

    def said(self, subject: str) -> Iterable[tuple[str, str]]:
        """All statements about a node."""
        if is_literal(subject):
            return ()
        return {(str(q.predicate), str(q.object)): None for q in self.quads(subject, None, None)}

    def pairs(self, predicate: str) -> Iterable[tuple[str, str]]:
        """All statements with a property, as often as graphs have them."""
        return ((str(q.subject), str(q.object)) for q in self.quads(None, predicate, None))

    def subclasses(self, name: str) -> frozenset[str]:
        """A class and all below it."""
        known = self._below.get(name)
        if known is None:
            known = self._below[name] = frozenset(below(self, name))
        return known

    def run(self, question: Question, nodes: Collection[str]) -> Iterator[Row]:
        """The rows of a query for some nodes; raises MetadataError for a blank node."""
        if any(map(is_blank, nodes)):
            raise MetadataError("a rule with a query cannot be about a blank node of a store")
        head = f" VALUES ?this {{ {' '.join(nodes)} }} "
        return rows(self.store, question, head, union=True)


def node(term: str) -> NamedNode | BlankNode:
    """The term of a subject; raises TypeError for a literal."""
    found = as_term(term)
    if isinstance(found, Literal):
        raise TypeError(f"{term} is the subject of nothing")
    return found
