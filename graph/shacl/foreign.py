"""What is beyond our engine, run by pySHACL.

rdflib lives only here, because pySHACL speaks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyshacl
from pyshacl.errors import ValidationFailure
from rdflib import SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from homegraph.graph.errors import MetadataError
from homegraph.graph.nquads import escape
from homegraph.graph.shacl.reading import SEE_ALSO, TARGETS, Reader, Rules
from homegraph.graph.shacl.shapes import TYPE, Constraint, Found, Shape
from homegraph.graph.shacl.terms import parts
from homegraph.graph.shacl.wellformed import sh
from homegraph.graph.shacl.worlds import Small
from homegraph.graph.terms import XSD


@dataclass(frozen=True)
class Foreign(Constraint):
    """A constraint that pySHACL has checked."""

    iri: str
    node: str | None
    component = "Foreign"

    @property
    def component_iri(self) -> str:
        """As pySHACL names it."""
        return self.iri

    @property
    def source(self) -> str | None:
        """As pySHACL names it."""
        return self.node

    def results(self, *_: object) -> Iterator[Found]:
        """Nothing more: pySHACL has looked already."""
        return iter(())


def delegated(world: Small, shapes: Rules) -> Iterator[Found]:
    """What pySHACL finds by the shapes that we cannot run.

    It gets all shapes, so that references between them hold, and only those targets.
    """
    targets = {sh(target) for target in TARGETS}
    graph = Graph()
    for subject, predicate, object_ in shapes.graph:
        ours = subject not in shapes.left
        if not ours or (predicate not in targets and not (predicate == TYPE and is_class(object_))):
            graph.add((foreign(subject), foreign(predicate), foreign(object_)))
    data = Graph()
    for subject, predicate, object_ in world:
        data.add((foreign(subject), foreign(predicate), foreign(object_)))
    try:
        _, made, text = pyshacl.validate(data, shacl_graph=graph, inference="none", advanced=True)
    except RuntimeError as error:  # as all errors of pySHACL are
        raise MetadataError(f"shapes that cannot be run: {sorted(shapes.left)}: {error}") from error
    if isinstance(made, ValidationFailure) or not isinstance(made, Graph):
        raise MetadataError(f"shapes that cannot be run: {sorted(shapes.left)}: {text}")
    for node in made.objects(None, SH.result):
        yield read_result(made, node, shapes)


def is_class(term: str) -> bool:
    """Whether a type makes a shape an implicit class target."""
    return term.endswith("#Class>")


def foreign(term: str) -> Node:
    """A term as rdflib has it, its spelling kept."""
    if term[0] == "<":
        return URIRef(term[1:-1])
    if term[0] == "_":
        return BNode(term[2:])
    lexical, datatype, language = parts(term)
    if language:
        return Literal(lexical, lang=language)
    kind = None if datatype == XSD.string.value else URIRef(datatype)
    return Literal(lexical, datatype=kind, normalize=False)


def read_result(made: Graph, node: Node, shapes: Rules) -> Found:
    """One result of pySHACL."""

    def term(predicate: URIRef) -> str | None:
        said = made.value(node, predicate)
        return None if said is None else native(said)

    name = term(SH.sourceShape) or ""
    shape = shapes.named.get(name) or Shape(
        name,
        severity=term(SH.resultSeverity) or str(SH.Violation),
        within=name if name.startswith("<") else "",
        rule=shapes.graph.one(name, SEE_ALSO),
    )
    path = made.value(node, SH.resultPath)
    focus = term(SH.focusNode)
    if focus is None:
        raise TypeError("pySHACL gave a result without a node")
    component = str(made.value(node, SH.sourceConstraintComponent))
    messages = tuple(sorted(native(said) for said in made.objects(node, SH.resultMessage)))
    return Found(
        focus,
        None if path is None else Reader(shapes.graph).path(native(path)),
        term(SH.value),
        shape,
        Foreign(component, term(SH.sourceConstraint)),
        messages,
    )


def native(node: Node) -> str:
    """A term of rdflib's as we have it."""
    if isinstance(node, URIRef):
        return f"<{node}>"
    if isinstance(node, BNode):
        return f"_:{node}"
    if not isinstance(node, Literal):
        raise TypeError(f"{node!r} is not a term")
    if node.language:
        return f'"{escape(str(node))}"@{node.language.lower()}'
    kind = node.datatype
    plain = kind is None or str(kind) == XSD.string.value
    return f'"{escape(str(node))}"' + ("" if plain else f"^^<{kind}>")
