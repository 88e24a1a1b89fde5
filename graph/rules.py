"""The rules in shapes/: validation by our own engine, and by pySHACL what is beyond it.

rdflib lives only here, because pySHACL speaks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain
from pathlib import Path

import pyshacl
from pyoxigraph import Store
from pyshacl.errors import ValidationFailure
from rdflib import SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from homegraph.graph import personal
from homegraph.graph.concepts import ONTOLOGIES
from homegraph.graph.errors import MetadataError
from homegraph.graph.nquads import escape
from homegraph.graph.shacl.privacy import Guard
from homegraph.graph.shacl.reading import SEE_ALSO, TARGETS, Reader, Rules, read_files, turtle
from homegraph.graph.shacl.report import Report, Result, report
from homegraph.graph.shacl.shapes import TYPE, Constraint, Found, Shape
from homegraph.graph.shacl.stream import Watch
from homegraph.graph.shacl.terms import parts
from homegraph.graph.shacl.validation import Tally, find, find_in_store
from homegraph.graph.shacl.wellformed import sh
from homegraph.graph.shacl.worlds import SUBCLASS, Small, statements
from homegraph.graph.terms import SOURCE, XSD

__all__ = ["Report", "Result", "Rules", "Watch", "check", "rules", "validate", "validate_store"]

SHAPES = Path(__file__).parent.parent / "shapes"


@cache
def rules() -> Rules:
    """All rules in shapes/, read once; raises MetadataError for what nobody could run."""
    found = read_files(sorted(SHAPES.glob("*.ttl")))
    ontology = chain.from_iterable(turtle(path) for path in sorted(ONTOLOGIES.glob("*.ttl")))
    below = Small(one for one in ontology if one[1] == SUBCLASS)
    return replace(found, guard=Guard(personal, found.named), ontology=below)


def validate(lines: Iterable[str], on: date | None = None, shapes: Rules | None = None) -> Report:
    """Validate N-Quads lines, all graphs together, against every rule, or against some shapes.

    With a day, the rules about dates find what is due on it. Raises MetadataError for a rule
    that cannot be run.
    """
    chosen = shapes or rules()
    found, nodes = check(lines, on, chosen)
    return report(found, chosen.mask, nodes)


def check(
    lines: Iterable[str], on: date | None = None, shapes: Rules | None = None
) -> tuple[list[Found], int]:
    """What `validate` finds, as it stands in the data, and how many nodes were looked at."""
    chosen = shapes or rules()
    said = list(statements("".join(lines)))
    if on is not None:
        said.append((str(SOURCE.Check), str(SOURCE.checkedOn), f'"{on}"^^{XSD.date}'))
    world = Small(said)
    found, nodes = find_all(world, chosen)
    if chosen.guard is not None:
        found += chosen.guard.in_all(world)
    return found, len(nodes)


def find_all(world: Small, shapes: Rules) -> tuple[list[Found], set[str]]:
    """What shapes find, by our engine or by pySHACL, and the nodes they looked at."""
    found, nodes = find(shapes.shapes, world)
    if shapes.left:
        found += delegated(world, shapes)
        for left in shapes.left.values():
            nodes.update(left.targets.focus_nodes(world))
    return found, nodes


def validate_store(store: Store, names: Iterable[str], shapes: Rules | None = None) -> Tally:
    """Check rules, by their IRIs, on a loaded store; all its graphs together.

    Memory is bounded; the first hundred results of each rule are kept, all are counted. Raises
    MetadataError for a rule that needs pySHACL, which would need all data in memory.
    """
    known = shapes or rules()
    chosen = {f"<{name}>" for name in names}
    for name in sorted(chosen & known.left.keys()):
        reason = known.left[name].reason
        raise MetadataError(f"{name} cannot be checked on a bulk source: {reason}")
    if unknown := chosen - known.named.keys():
        raise MetadataError(f"no shape is called {', '.join(sorted(unknown))}")
    return find_in_store((known.named[name] for name in sorted(chosen)), store)


# What is beyond our engine


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
