"""Counts of what a release holds, taken while it is made: they are what VoID says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, Quad

from homegraph.graph.terms import RDF


class Tally:
    """Statements by dump, graph and property, and instances by class; "" is the default graph."""

    def __init__(self) -> None:
        self.quads: dict[str, int] = {}
        self.graphs: Counter[str] = Counter()
        self.properties: Counter[str] = Counter()
        self.classes: Counter[str] = Counter()

    def see(self, dump: str, quads: Iterable[Quad]) -> None:
        """Count one dump's quads."""
        count = 0
        for quad in quads:
            count += 1
            graph = quad.graph_name
            self.graphs["" if isinstance(graph, DefaultGraph) else graph.value] += 1
            self.properties[quad.predicate.value] += 1
            if quad.predicate == RDF.type and isinstance(quad.object, NamedNode):
                self.classes[quad.object.value] += 1
        self.quads[dump] = count

    def see_default(self, lines: Iterable[bytes]) -> None:
        """Count lines of the default graph by property."""
        found = Counter(line.split(b" ", 2)[1] for line in lines)
        for predicate, count in found.items():
            self.properties[predicate[1:-1].decode()] += count
            self.graphs[""] += count

    def see_slice(self, dump: str, said: dict[str, Any]) -> None:
        """Add a slice's own tallies."""
        self.properties.update(said["tally"])
        self.classes.update(said["classes"])
        self.graphs[""] += said["quads"]
        self.quads[dump] = said["quads"]

    def see_cube(
        self,
        graph: str,
        dumps: dict[str, int],
        structure: Iterable[Quad],
        properties: Counter[str],
        classes: Counter[str],
    ) -> None:
        """Count a cube: the quads of its structure, and the rest by property and class."""
        for dump in dumps:
            self.see(dump, structure)
            structure = ()
        self.quads.update(dumps)
        self.properties.update(properties)
        self.classes.update(classes)
        self.graphs[graph] = sum(dumps.values())

    @property
    def total(self) -> int:
        """Statements in the release."""
        return sum(self.quads.values())
