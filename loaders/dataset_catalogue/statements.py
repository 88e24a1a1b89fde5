"""Statements about entries, each said once, and what could not be said as it should be."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.iri import VOCABULARY, Names
from homegraph.graph.terms import RDF, RDFS, SKOS
from homegraph.loaders.dataset_catalogue.entry import Entry, Notes, Said
from homegraph.loaders.dataset_catalogue.values import identity


class Statements:
    """The quads said so far in the source's graph; a licence or a format is said once."""

    def __init__(self, names: Names, notes: Notes) -> None:
        self.names = names
        self.notes = notes
        self.graph = names.graph("dataset-catalogue")
        self._said: set[Quad] = set()  # of what several entries share
        self._named: set[NamedNode] = set()  # others' names of files that something was said of
        self._own = tuple(f"{names.base}id/{kind}/" for kind in ("dataset", "distribution"))
        self.ours = (names.base, VOCABULARY)
        self._once: set[tuple[NamedNode, NamedNode]] = set()
        self._new: dict[Quad, None] = {}

    def say(self, subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> None:
        """Say one thing, unless it was said before."""
        quad = Quad(subject, predicate, value, self.graph)
        if subject.value.startswith(self._own):
            self._new[quad] = None
        elif quad not in self._said:
            self._said.add(quad)
            self._new[quad] = None

    def say_once(self, subject: NamedNode, predicate: NamedNode, value: Literal) -> None:
        """Say it unless something else was said with this property: the first word counts."""
        if (subject, predicate) not in self._once:
            self._once.add((subject, predicate))
            self.say(subject, predicate, value)

    def others_name(self, iri: str) -> NamedNode | None:
        """A name that others gave, the first time it is asked for, unless it is one of ours."""
        node = identity(iri)
        if node is None or node in self._named or node.value.startswith(self.ours):
            return None
        self._named.add(node)
        return node

    def take(self) -> list[Quad]:
        """The quads that are new since the last call."""
        new, self._new = list(self._new), {}
        return new

    def concept(self, node: NamedNode, name: str, kind: NamedNode = SKOS.Concept) -> None:
        """Say what a term of an authority table is; validators ask for its type and scheme."""
        self.say(node, RDF.type, SKOS.Concept)
        self.say(node, RDF.type, kind)
        self.say(node, SKOS.prefLabel, english(name))
        self.say(node, SKOS.inScheme, NamedNode(node.value.rsplit("/", 1)[0]))

    def warn(
        self,
        entry: Entry,
        problem: str,
        remedy: str,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note something about an entry that a person should see."""
        self.notes.warn(entry.place, problem, remedy, column, value)

    def keep(self, entry: Entry, node: NamedNode, said: Said, label: str, problem: str) -> None:
        """Keep a text that has no place in DCAT-AP as a comment, and note it."""
        self.say(node, RDFS.comment, english(f"{label}, as published: {said.text.strip()}"))
        remedy = "It is kept as a comment; correct it at the source, or add it to the loader."
        self.warn(entry, problem, remedy, said.column, said.text)


def english(text: str, language: str = "en") -> Literal:
    """A text of a British publisher; in another language where that is known."""
    return Literal(text.strip(), language=language or "en")
