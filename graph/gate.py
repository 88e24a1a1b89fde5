"""The gate of the shapes: all that goes out is checked, and what breaks a rule is traced back.

What is of catalogue size is checked together; bulk data is watched as it streams by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from pyoxigraph import Quad, Store

from homegraph.graph.cubes.integrity import Verdict
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.report import Report, report
from homegraph.graph.rules import Result, Watch, check, rules, validate_store
from homegraph.graph.shacl.report import as_result
from homegraph.graph.shacl.worlds import Small, statements
from homegraph.graph.source import Source
from homegraph.graph.trace import Trace, Traced

Places = Callable[[set[str]], Mapping[str, Place | None]]  # where some nodes were read, by IRI


def nowhere(nodes: set[str]) -> Mapping[str, Place | None]:
    """Say that nodes were not read from single rows."""
    return {}


@dataclass(frozen=True)
class Watched:
    """What the shapes say of a stream: results with their rows, and how many more there are."""

    nodes: int
    results: list[tuple[Result, Place | None]]
    more: dict[str, int]  # by shape, beyond the results that are kept
    left: list[str]  # shapes that could not be decided from one subject's own statements

    @classmethod
    def of(cls, watch: Watch, places: Places = nowhere) -> Watched:
        """What a watch has found, once its stream has ended."""
        watch.close()
        where = places({one.focus[1:-1] for one in watch.results}) if watch.results else {}
        results = [
            (as_result(one, rules().mask), where.get(one.focus[1:-1])) for one in watch.results
        ]
        more = Counter[str]()
        for (shape, _), count in watch.counts.items():
            more[shape] += count
        more.subtract(result.shape for result, _ in results)
        left = {shape: count for shape, count in more.items() if count}
        return cls(watch.nodes, results, left, sorted(watch.left))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return vars(self) | {"results": [[vars(one), place] for one, place in self.results]}

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> Watched:
        """Read what as_dict wrote."""
        results = [
            (Result(**one), Place(*place) if place else None) for one, place in said["results"]
        ]
        return cls(**{**said, "results": results})


class Gate:
    """Everything that one build or check asks the shapes about, and what they answer."""

    def __init__(self, sources: Iterable[Source], today: date) -> None:
        self.today = today
        self._trace = Trace(sources)
        self._lines: list[str] = []  # of catalogue size, all checked together
        self._traced: list[Traced] = []
        self._more: Counter[str] = Counter()
        self._left: set[str] = set()  # shapes that only the whole store can decide
        self._nodes = 0

    def note(self, quad: Quad, source: str, reading: Reading) -> None:
        """Remember where a statement was read."""
        self._trace.note(quad, source, reading)

    def add(self, lines: Sequence[str], reading: Reading) -> None:
        """Have lines of catalogue size checked with all others."""
        self._lines += lines
        self._trace.headings(reading)

    def see(self, source: str, watched: Watched) -> None:
        """Take note of what the shapes say of a stream."""
        self._traced += [self._trace.in_slice(source, *result) for result in watched.results]
        self._more.update(watched.more)
        self._left.update(watched.left)
        self._nodes += watched.nodes

    def said(self, besides: Iterable[str]) -> Small:
        """All of catalogue size so far: properties and code lists for cubes among it."""
        return Small(statements("".join(chain(self._lines, besides))))

    def judge(self, source: str, verdict: Verdict) -> None:
        """Take note of what the rules for cubes say of one cube."""
        self._traced += [self._trace.in_cube(source, one) for one in verdict.traced]
        self._more.update(verdict.more)
        self._nodes += verdict.nodes

    def examine(self) -> None:
        """Ask the shapes about all that is of catalogue size."""
        found, nodes = check(self._lines, self.today)
        self._traced += map(self._trace.find, found)
        self._nodes += nodes

    @property
    def left(self) -> bool:
        """Whether some rule can only be decided on the whole store."""
        return bool(self._left)

    def look_into(self, store: Store) -> None:
        """Ask the store what no stream could decide."""
        found = validate_store(store, self._left)
        self._traced += map(self._trace.find, found.results)
        for (shape, _), count in found.counts.items():
            self._more[shape] += count
        for one in found.results:
            self._more[one.shape.iri] -= 1
        self._nodes += found.nodes

    def report(self, findings: Iterable[Finding]) -> Report:
        """What was found so far."""
        return report(self._traced, findings, self._nodes, self._more)
