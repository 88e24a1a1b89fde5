"""Shapes, the nodes they are about, and what they find (SHACL 2.1 to 2.3, 3.4 and 3.6)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

from homegraph.graph.shacl.paths import Path, Statements
from homegraph.graph.terms import RDF, SH

TYPE = str(RDF.type)


class World(Statements, Protocol):
    """Data that shapes are run on."""

    def said(self, subject: str) -> Iterable[tuple[str, str]]:
        """Predicate and object of each statement about a node."""

    def pairs(self, predicate: str) -> Iterable[tuple[str, str]]:
        """Subject and object of each statement with a property."""

    def subclasses(self, name: str) -> frozenset[str]:
        """A class and all below it by rdfs:subClassOf, as the data says."""

    def ask_ahead(self, question: Question, nodes: Collection[str]) -> None:
        """Run a query for many nodes at once, as each of them will be asked for."""

    def select(self, question: Question, node: str) -> Collection[Row]:
        """The rows of a query for one node."""


class Question(NamedTuple):
    """A SELECT query in pieces; what binds ?this goes between them."""

    pieces: tuple[str, ...]
    alone: bool  # it must be run for one node at a time


Row = dict[str, str]  # terms by the name of the variable


class Found(NamedTuple):
    """One result: what a constraint of a shape found at a focus node."""

    focus: str
    path: Path | None
    value: str | None
    shape: Shape
    constraint: Constraint
    messages: tuple[str, ...] | None = None  # in place of the shape's


class Constraint(ABC):
    """What a shape asks of its value nodes."""

    component: ClassVar[str]  # local name of the component in the namespace sh:

    @property
    def source(self) -> str | None:
        """The node in the shapes graph that is the constraint, where there is one."""
        return None

    @abstractmethod
    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each way in which the value nodes fail."""

    @property
    def component_iri(self) -> str:
        """The IRI of the component."""
        return f"{SH.iri}{self.component}ConstraintComponent"


class ValueTest(Constraint):
    """A constraint that each value node passes or fails by itself."""

    @abstractmethod
    def passes(self, world: World, value: str) -> bool:
        """Whether one value node is as it must be."""

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each value node that fails."""
        for value in values:
            if not self.passes(world, value):
                yield Found(focus, shape.path, value, shape, self)


@dataclass(frozen=True)
class Targets:
    """Declarations of the nodes that a shape is about (SHACL 2.1.3)."""

    nodes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    subjects_of: tuple[str, ...] = ()
    objects_of: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.classes or self.subjects_of or self.objects_of)

    def focus_nodes(self, world: World) -> dict[str, None]:
        """The nodes themselves, each once."""
        found = dict.fromkeys(self.nodes)
        for name in self.classes:
            for below in world.subclasses(name):
                found.update(dict.fromkeys(world.subjects(TYPE, below)))
        for predicate in self.subjects_of:
            found.update((subject, None) for subject, _ in world.pairs(predicate))
        for predicate in self.objects_of:
            found.update((object_, None) for _, object_ in world.pairs(predicate))
        return found


@dataclass(eq=False)
class Shape:
    """A node shape, or a property shape when it has a path."""

    name: str
    path: Path | None = None
    targets: Targets = Targets()
    constraints: tuple[Constraint, ...] = ()
    severity: str = str(SH.Violation)
    messages: tuple[str, ...] = ()
    deactivated: bool = False
    within: str = ""  # the IRI of the nearest shape around it that has one, or its own
    rule: str = ""  # where the rule comes from: rdfs:seeAlso

    @property
    def iri(self) -> str:
        """The IRI it is known by: its own, or that of the nearest shape around it."""
        return (self.within or self.name).strip("<>")

    def values(self, world: World, focus: str) -> Collection[str]:
        """The value nodes (SHACL 3.4.1)."""
        return (focus,) if self.path is None else self.path.ends(world, focus)

    def results(self, world: World, focus: str) -> Iterator[Found]:
        """What is wrong with a node, by this shape (SHACL 3.4)."""
        if self.deactivated:
            return
        values = self.values(world, focus)
        for constraint in self.constraints:
            yield from constraint.results(world, self, focus, values)

    def accepts(self, world: World, focus: str) -> bool:
        """Whether a node conforms: validation finds nothing at all, of no severity (3.4.2)."""
        return next(self.results(world, focus), None) is None
