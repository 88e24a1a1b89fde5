"""Reads shapes: RDF to the objects that check (SHACL 2 and 4).

What is not SHACL Core or sh:sparql, or is not well-formed, makes a shape one that we cannot run:
it is named with the reason, and never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path as File

from pyoxigraph import RdfFormat, parse

from homegraph.graph.errors import MetadataError
from homegraph.graph.shacl.making import CONSTRAINTS
from homegraph.graph.shacl.paths import (
    Alternative,
    Inverse,
    Path,
    Predicate,
    Repeated,
    Sequence,
)
from homegraph.graph.shacl.privacy import Guard
from homegraph.graph.shacl.shapes import TYPE, Constraint, Shape, Targets
from homegraph.graph.shacl.terms import is_blank, is_iri, is_literal, parts
from homegraph.graph.shacl.wellformed import CannotRun, sh, truth, whole
from homegraph.graph.shacl.worlds import Small, Statement
from homegraph.graph.terms import OWL, PRIVACY, RDF, RDFS, SH

REST, FIRST, NIL = (f"<{RDF.iri}{name}>" for name in ("rest", "first", "nil"))
IMPORTS = f"<{OWL.iri}imports>"
SEE_ALSO, CLASS = str(RDFS.seeAlso), str(RDFS.Class)
NODE_SHAPE, PROPERTY_SHAPE = str(SH.NodeShape), str(SH.PropertyShape)
TARGETS = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
# What stands on a shape and is no constraint by itself (SHACL 2.1, 2.3.2).
BESIDES = {*TARGETS, "path", "deactivated", "severity", "message", "flags", "ignoredProperties"}
BESIDES |= {"qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint"}
BESIDES |= {"name", "description", "order", "group", "defaultValue"}
ONLY_ON_PROPERTIES = {"minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals"}
ONLY_ON_PROPERTIES |= {"qualifiedValueShape"}
FORBIDDEN_TEXT = f"<{PRIVACY.iri}ForbiddenTextConstraintComponent>"  # privacy.py has it
QUERY = {"select", "prefixes"}
DELEGATED = {"target", "expression"}  # SHACL Advanced Features that pySHACL has


EMPTY = Small(())


@dataclass(frozen=True)
class Left:
    """A shape that we cannot run: its targets, and why."""

    targets: Targets
    reason: str


@dataclass(frozen=True)
class Rules:
    """Shapes as read: those that we run, and those that we cannot, with the reason."""

    shapes: tuple[Shape, ...]  # those with targets
    left: dict[str, Left]  # shapes that pySHACL has to run
    named: dict[str, Shape]
    graph: Small
    guard: Guard | None = None  # against personal data
    ontology: Small = EMPTY  # says which classes are below which, where data does not

    def mask(self, term: str) -> str:
        """A term as it may be shown: without personal data."""
        return self.guard.masked(term) if self.guard else term


def read_files(files: list[File]) -> Rules:
    """The shapes in Turtle files, as one graph; raises MetadataError."""
    return read(statement for file in files for statement in turtle(file))


def turtle(file: File) -> Iterator[Statement]:
    """Statements of a file; its blank nodes are numbered, so that two readings are alike."""
    labels: dict[str, str] = {}

    def label(term: str) -> str:
        if not is_blank(term):
            return term
        return labels.setdefault(term, f"_:{file.stem}-{len(labels) + 1}")

    for quad in parse(path=file, format=RdfFormat.TURTLE):
        yield label(str(quad.subject)), str(quad.predicate), label(str(quad.object))


def read(statements: Iterator[Statement]) -> Rules:
    """The shapes of a graph; raises MetadataError for what nobody could run."""
    return Reader(Small(statements)).rules()


class Reader:
    """Makes shapes of a graph, each once."""

    def __init__(self, graph: Small) -> None:
        self.graph = graph
        self._shapes: dict[str, Shape] = {}
        self._failed: dict[str, CannotRun] = {}
        self._reading: list[str] = []
        self._components = dict(self._custom())

    def rules(self) -> Rules:
        """All shapes."""
        found: list[Shape] = []
        left: dict[str, Left] = {}
        for name in self._roots():
            try:
                shape = self.shape(name)
            except CannotRun as error:
                left_over = Left(self._targets(name), str(error))
                if left_over.targets or self.graph.objects(name, sh("target")):
                    left[name] = left_over
            else:
                if shape.targets:
                    found.append(shape)
        return Rules(tuple(found), left, self._shapes, self.graph)

    def _roots(self) -> list[str]:
        """What is said to be a shape, or to have targets, or to be an instance of one."""
        typed = [*self.graph.subclasses(NODE_SHAPE), *self.graph.subclasses(PROPERTY_SHAPE)]
        found = {node for one in typed for node in self.graph.subjects(TYPE, one)}
        for name in (*TARGETS, "target"):
            found.update(node for node, _ in self.graph.pairs(sh(name)))
        return sorted(found)

    def _custom(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Components that the graph itself declares, by the properties they need (SHACL 6.2)."""
        for component in {component for component, _ in self.graph.pairs(sh("parameter"))}:
            yield (
                component,
                frozenset(
                    path
                    for parameter in self.graph.objects(component, sh("parameter"))
                    if not self._truth(parameter, "optional")
                    for path in self.graph.objects(parameter, sh("path"))
                ),
            )

    # Shapes

    def shape(self, name: str, within: str = "") -> Shape:
        """One shape; raises CannotRun, or MetadataError."""
        if name in self._failed:
            raise self._failed[name]
        if name in self._shapes:
            return self._shapes[name]
        if name in self._reading:
            raise CannotRun(f"{name} refers to itself")
        self._reading.append(name)
        try:
            shape = self._shapes[name] = self._new(name, within)
        except CannotRun as error:
            self._failed[name] = error
            raise
        finally:
            self._reading.pop()
        return shape

    def _new(self, name: str, within: str) -> Shape:
        if is_literal(name):
            raise CannotRun(f"{name} is not a shape")
        if is_iri(name):
            within = name
            if not list(self.graph.said(name)):
                raise CannotRun(f"nothing is said of {name}")
        self._known(name)
        path = self._optional(name, "path")
        if path is None and PROPERTY_SHAPE in self.graph.objects(name, TYPE):
            raise CannotRun(f"{name} is a property shape without sh:path")
        if path is not None and NODE_SHAPE in self.graph.objects(name, TYPE):
            raise CannotRun(f"{name} is a node shape with sh:path")
        severity = self._optional(name, "severity")
        messages = tuple(sorted(self.graph.objects(name, sh("message"))))
        if not all(map(is_literal, messages)):
            raise CannotRun(f"{name} has a message that is not text")
        shape = Shape(
            name,
            None if path is None else self.path(path),
            self._targets(name),
            severity=str(SH.Violation) if severity is None else severity,
            messages=messages,
            deactivated=self._truth(name, "deactivated"),
            within=within,
            rule=min(self.graph.objects(name, SEE_ALSO), default=""),
        )
        return replace(shape, constraints=tuple(self._constraints(shape)))

    def _known(self, name: str) -> None:
        """Raise for a property that is not ours to understand."""
        said = {predicate for predicate, _ in self.graph.said(name)}
        for component, needed in self._components.items():
            if needed <= said and component != FORBIDDEN_TEXT:
                raise CannotRun(f"{name} uses the component {component}")
        for predicate in sorted(said):
            if not predicate.startswith(f"<{SH.iri}"):
                continue
            word = predicate[len(SH.iri) + 1 : -1]
            if word in QUERY and self.graph.subjects(sh("sparql"), name):
                continue  # the shape is also the constraint
            if word in DELEGATED:
                raise CannotRun(f"{name} has sh:{word}")
            if word not in BESIDES and word not in CONSTRAINTS:
                raise MetadataError(f"{name} has sh:{word}, which nothing here understands")

    def _targets(self, name: str) -> Targets:
        found = [tuple(sorted(self.graph.objects(name, sh(target)))) for target in TARGETS]
        if not all(is_iri(term) for terms in found[1:] for term in terms):
            raise CannotRun(f"{name} has a target that is not an IRI")
        nodes, classes, subjects_of, objects_of = found
        meta = self.graph.subclasses(CLASS)
        if is_iri(name) and any(said in meta for said in self.graph.objects(name, TYPE)):
            classes = (*classes, name)  # an implicit class target (2.1.3.3)
        return Targets(nodes, classes, subjects_of, objects_of)

    def _constraints(self, shape: Shape) -> Iterator[Constraint]:
        for word, (make, several) in CONSTRAINTS.items():
            said = sorted(self.graph.objects(shape.name, sh(word)))
            if len(said) > 1 and not several:
                raise CannotRun(f"{shape.name} has sh:{word} more than once")
            if said and shape.path is None and word in ONLY_ON_PROPERTIES:
                raise CannotRun(f"{shape.name} has sh:{word} and no sh:path")
            for value in said:
                yield from make(self, shape, value)

    # Paths

    def path(self, node: str, around: tuple[str, ...] = ()) -> Path:
        """A path (SHACL 2.3.1); raises CannotRun for an ill-formed one."""
        if is_iri(node):
            return Predicate(node)
        if is_literal(node) or node in around:
            raise CannotRun(f"{node} is not a path")
        around = (*around, node)
        if self.graph.objects(node, FIRST):
            return Sequence(self._paths(node, around))
        said = [(p, o) for p, o in self.graph.said(node) if p.startswith(f"<{SH.iri}")]
        if len(said) != 1:
            raise CannotRun(f"{node} is not a path")
        predicate, inner = said[0]
        if predicate == str(SH.alternativePath):
            return Alternative(self._paths(inner, around))
        kinds: dict[str, Callable[[Path], Path]] = {
            str(SH.inversePath): Inverse,
            str(SH.zeroOrMorePath): lambda path: Repeated(path, True, True),
            str(SH.oneOrMorePath): lambda path: Repeated(path, False, True),
            str(SH.zeroOrOnePath): lambda path: Repeated(path, True, False),
        }
        if predicate not in kinds:
            raise CannotRun(f"{node} is not a path")
        return kinds[predicate](self.path(inner, around))

    def _paths(self, node: str, around: tuple[str, ...]) -> tuple[Path, ...]:
        members = self.members(node)
        if len(members) < 2:
            raise CannotRun(f"{node} is a path of fewer than two")
        return tuple(self.path(member, around) for member in members)

    # Values

    def members(self, node: str) -> tuple[str, ...]:
        """The members of a list (SHACL 2.3.2 wants it well-formed)."""
        found: list[str] = []
        seen = set()
        while node != NIL:
            first, rest = self.graph.objects(node, FIRST), self.graph.objects(node, REST)
            if len(first) != 1 or len(rest) != 1 or node in seen:
                raise CannotRun(f"{node} is not a well-formed list")
            seen.add(node)
            found += first
            (node,) = rest
        return tuple(found)

    def _optional(self, name: str, word: str) -> str | None:
        said = self.graph.objects(name, sh(word))
        if len(said) > 1:
            raise CannotRun(f"{name} has sh:{word} more than once")
        if any(map(is_literal, said)) and word in ("path", "severity"):
            raise CannotRun(f"{name} has a text for sh:{word}")
        return next(iter(said), None)

    def _truth(self, name: str, word: str) -> bool:
        said = self._optional(name, word)
        return said is not None and truth(said)

    def whole(self, name: str, word: str) -> int | None:
        """A whole number; raises CannotRun for anything else."""
        said = self._optional(name, word)
        return None if said is None else whole(said)

    def siblings(self, name: str, own: str) -> tuple[Shape, ...]:
        """The shapes that a qualified value may not conform to (SHACL 4.7.3)."""
        if not self._truth(name, "qualifiedValueShapesDisjoint"):
            return ()
        others = {
            other
            for parent in self.graph.subjects(sh("property"), name)
            for beside in self.graph.objects(parent, sh("property"))
            for other in self.graph.objects(beside, sh("qualifiedValueShape"))
        }
        return tuple(self.shape(other) for other in sorted(others - {own}))

    def prefixes(self, node: str) -> dict[str, str]:
        """What sh:prefixes declares, its imports included (SHACL 5.2.1)."""
        found: dict[str, str] = {}
        edge, seen = list(self.graph.objects(node, sh("prefixes"))), set()
        while edge:
            ontology = edge.pop()
            if ontology in seen:
                continue
            seen.add(ontology)
            edge += self.graph.objects(ontology, IMPORTS)
            for declared in self.graph.objects(ontology, sh("declare")):
                prefix = parts(self.graph.one(declared, sh("prefix")) or '""').lexical
                space = parts(self.graph.one(declared, sh("namespace")) or '""').lexical
                if found.setdefault(prefix, space) != space:
                    raise CannotRun(f"{ontology} declares the prefix {prefix} twice")
        return found
