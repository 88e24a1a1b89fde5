"""Labels to concepts: reads our code lists, and an unknown label is an error, never a default."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from homegraph.graph.errors import MetadataError
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.terms import SKOS

ONTOLOGIES = Path(__file__).parent.parent / "ontologies"
NAMES = {SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel}


class CodeList:
    """One SKOS scheme from ontologies/, by label (any of its labels) and by notation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.by_label: dict[str, NamedNode] = {}
        self.labels: dict[NamedNode, str] = {}
        self.by_notation: dict[str, NamedNode] = {}
        self.groups: set[NamedNode] = set()  # concepts that others are narrower than
        path = ONTOLOGIES / f"{name}.ttl"
        for quad in parse(path=path, format=RdfFormat.TURTLE):
            if quad.predicate == SKOS.broader and isinstance(quad.object, NamedNode):
                self.groups.add(quad.object)
            if not isinstance(quad.object, Literal) or not isinstance(quad.subject, NamedNode):
                continue
            if quad.predicate == SKOS.prefLabel:
                self.labels[quad.subject] = quad.object.value
            if quad.predicate in NAMES:
                known = self.by_label.setdefault(quad.object.value, quad.subject)
                if known != quad.subject:
                    raise MetadataError(f"{path.name}: {quad.object.value!r} labels two concepts")
            elif quad.predicate == SKOS.notation:
                self.by_notation[quad.object.value] = quad.subject

    def read(self, label: str) -> NamedNode:
        """The concept of that label, letter for letter; raises ValueError for an unknown one."""
        try:
            return self.by_label[label]
        except KeyError:
            raise ValueError(f"not a label in ontologies/{self.name}.ttl") from None

    def code(self, notation: str) -> NamedNode:
        """The concept of that notation; raises ValueError for an unknown one."""
        try:
            return self.by_notation[notation]
        except KeyError:
            raise ValueError(f"not a notation in ontologies/{self.name}.ttl") from None

    def notations(self) -> dict[str, str]:
        """The notation by label, any of its labels; concepts without a notation are left out."""
        known = {concept: notation for notation, concept in self.by_notation.items()}
        return {label: known[node] for label, node in self.by_label.items() if node in known}

    def titles(self) -> dict[str, str]:
        """The preferred label by notation."""
        return {notation: self.labels[node] for notation, node in self.by_notation.items()}


@cache
def code_list(name: str) -> CodeList:
    """The code list in ontologies/<name>.ttl, read once."""
    return CodeList(name)


def vocabulary(names: Names, reading: Reading | None = None) -> Iterator[Quad]:
    """Our ontologies and code lists, and what we need of others', in the graph they are kept in."""
    graph = names.graph("vocabulary")
    for path in sorted([*ONTOLOGIES.glob("*.ttl"), *ONTOLOGIES.glob("others/*.ttl")]):
        if reading is not None:
            reading.at = Place(f"ontologies/{path.relative_to(ONTOLOGIES)}")
        for found in parse(path=path, format=RdfFormat.TURTLE):
            yield Quad(found.subject, found.predicate, found.object, graph)
