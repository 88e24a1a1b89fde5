"""Runs shapes on data: a small graph at once, or a store node by node within bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from pyoxigraph import Quad, Store

from homegraph.graph.shacl.shapes import TYPE, Found, Question, Shape, World
from homegraph.graph.shacl.sparql import Sparql
from homegraph.graph.shacl.together import Property
from homegraph.graph.shacl.worlds import Small, Stored

BATCH = 1000  # focus nodes for which a query is run at once
KEPT = 100  # results kept of each shape


class Tally:
    """Results: all counted by IRIs of shape and component, the first hundred of a shape kept."""

    def __init__(self) -> None:
        self.results: list[Found] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        self.nodes = 0
        self._kept: Counter[tuple[str, str]] = Counter()

    def add(self, found: Iterable[Found]) -> None:
        """Count some, and keep a few."""
        for one in found:
            name = one.shape.iri
            self.counts[name, one.constraint.component_iri] += 1
            kind = name, one.shape.severity  # many warnings must not crowd out a violation
            if self._kept[kind] < KEPT:
                self._kept[kind] += 1
                self.results.append(one)


def find(shapes: Iterable[Shape], world: Small) -> tuple[list[Found], set[str]]:
    """All that shapes find in a small graph, and the nodes that they looked at."""
    found: list[Found] = []
    seen: set[str] = set()
    for shape in shapes:
        nodes = shape.targets.focus_nodes(world)
        seen.update(nodes)
        found += at_nodes(shape, world, nodes)
    return found, seen


def at_nodes(shape: Shape, world: World, nodes: Collection[str]) -> Iterator[Found]:
    """What one shape finds at some nodes."""
    if shape.deactivated:
        return
    if len(nodes) > 1:
        for question in questions(shape):
            world.ask_ahead(question, nodes)
    for node in nodes:
        yield from shape.results(world, node)


def questions(shape: Shape) -> Iterator[Question]:
    """The queries that a shape, or a property shape on it, asks of the focus nodes."""
    if shape.deactivated:
        return
    for constraint in shape.constraints:
        if isinstance(constraint, Sparql):
            yield constraint.question
        elif isinstance(constraint, Property) and shape.path is None:
            yield from questions(constraint.shape)


def find_in_store(shapes: Iterable[Shape], store: Store) -> Tally:
    """What shapes find in a store; memory is bounded, however many nodes there are."""
    world = Stored(store)
    tally = Tally()
    for shape in shapes:
        nodes = focus_nodes(shape, world)
        while batch := list(islice(nodes, BATCH)):
            tally.nodes += len(batch)
            tally.add(at_nodes(shape, world, batch))
    return tally


def focus_nodes(shape: Shape, world: Stored) -> Iterator[str]:
    """The focus nodes of a shape in a store, each once, without remembering any."""
    targets = shape.targets
    yield from targets.nodes
    classes = sorted({below for name in targets.classes for below in world.subclasses(name)})
    ways: list[tuple[bool, str, str | None]] = [(True, TYPE, name) for name in classes]
    ways += [(True, predicate, None) for predicate in targets.subjects_of]
    ways += [(False, predicate, None) for predicate in targets.objects_of]
    for number, way in enumerate(ways):
        _, predicate, object_ = way
        for quad in world.quads(None, predicate, object_):
            node = str(quad.subject if way[0] else quad.object)
            # A node is met once for each graph, object or way: it counts at the first of them.
            if node in targets.nodes or first(world, way, node) != quad:
                continue
            if all(first(world, earlier, node) is None for earlier in ways[:number]):
                yield node


def first(world: Stored, way: tuple[bool, str, str | None], node: str) -> Quad | None:
    """The first quad by which a node is a target, if any."""
    by_subject, predicate, object_ = way
    if by_subject:
        return None if node[0] == '"' else next(world.quads(node, predicate, object_), None)
    return next(world.quads(None, predicate, node), None)
