"""Leads what breaks a rule back to the file, row and column it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, Quad, RdfFormat, parse

from homegraph.graph.findings import Place, Reading
from homegraph.graph.personal import masked
from homegraph.graph.rules import SHAPES, Result, rules
from homegraph.graph.shacl.report import as_result
from homegraph.graph.shacl.shapes import Found
from homegraph.graph.source import Source
from homegraph.graph.terms import ASSET, RDFS, SOURCE

IRIS = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Traced:
    """One broken rule at one node, and where the node was read."""

    result: Result
    place: Place | None = None
    columns: tuple[str, ...] = ()
    owner: str = ""  # the post that answers for an asset, by its name


class Trace:
    """Where the statements of a build were read: file and row, and by which source."""

    def __init__(self, sources: Iterable[Source] = ()) -> None:
        known = list(sources)
        self._columns = {source.name: source.columns for source in known}
        self._confidential = {source.name for source in known if source.confidential}
        self._headings: dict[str, set[str]] = {}
        self._statements: dict[tuple[str, str, str], tuple[str, Place]] = {}
        self._subjects: dict[str, tuple[str, Place]] = {}
        self._pointing: dict[str, set[str]] = {}
        self._owners: dict[str, str] = {}
        self._labels: dict[str, str] = {}

    def note(self, quad: Quad, source: str, reading: Reading) -> None:
        """Remember where a statement was read first."""
        if reading.at is None:
            return
        subject, predicate, value = str(quad.subject), str(quad.predicate), str(quad.object)
        spot = (source, reading.at)
        self._statements.setdefault((subject, predicate, value), spot)
        self._subjects.setdefault(subject, spot)
        if quad.predicate == ASSET.owner:
            self._owners[subject] = value
        elif quad.predicate == RDFS.label and isinstance(quad.object, Literal):
            self._labels[subject] = quad.object.value
        if value.startswith("<"):
            self._pointing.setdefault(value, set()).add(predicate)

    def headings(self, reading: Reading) -> None:
        """Remember which columns each file of a reading has."""
        for file, columns in reading.headings.items():
            self._headings.setdefault(file, set()).update(columns)

    def find(self, found: Found) -> Traced:
        """The place of a result about what is small enough to be remembered statement by statement.

        The columns are those of the property that the rule is about; of the properties that the
        rule says it concerns; or of the properties that point at the node.
        """
        result = as_result(found, rules().mask)  # which says nothing personal, so it leads nowhere
        focus, predicates = found.focus, IRIS.findall(result.path_term)
        statement = (focus, predicates[0] if predicates else "", found.value or "")
        spot = self._statements.get(statement) or self._subjects.get(focus)
        if spot is None:
            return Traced(result)
        source, place = spot
        if source in self._confidential:
            # A figure is not from one row, and a slip of the loader must not show a record.
            return Traced(discreet(result), Place(source))
        columns = self._columns.get(source, {})
        pointing = sorted(self._pointing.get(focus, ()))
        names = self.named(columns, place, predicates, result, pointing)
        owner = self._owners.get(focus, "")
        return Traced(result, place, names, masked(self._labels.get(owner, "")))

    def in_slice(self, source: str, result: Result, place: Place | None) -> Traced:
        """The columns of a result about a bulk source, whose place is known."""
        if source in self._confidential:
            return Traced(discreet(result), place)
        if place is None or not place.row:
            return Traced(result, place)  # no column is better than a wrong one
        predicates = IRIS.findall(result.path_term)
        columns = self._columns.get(source, {})
        return Traced(result, place, self.named(columns, place, predicates, result, ()))

    def in_cube(self, source: str, found: Traced) -> Traced:
        """A result about a cube, whose observations say where they were read."""
        if source in self._confidential:
            return Traced(discreet(found.result), found.place)
        predicates = IRIS.findall(found.result.path_term)
        columns = self._columns.get(source, {})
        names = self.named(columns, found.place, predicates, found.result, ())
        return replace(found, columns=names or found.columns)

    def named(
        self,
        columns: Mapping[str, tuple[str, ...]],
        place: Place | None,
        predicates: Iterable[str],
        result: Result,
        pointing: Iterable[str],
    ) -> tuple[str, ...]:
        """The columns by the first way that leads to any; only those that the file has."""
        there = self._headings.get(place.file) if place else None
        for way in (predicates, concerned().get(result.shape, ()), pointing):
            found = [name for predicate in way for name in columns.get(predicate, ())]
            kept = [name for name in found if there is None or name in there]
            if kept or found:
                return tuple(dict.fromkeys(kept or found))
        return ()


def discreet(result: Result) -> Result:
    """A result that says neither which node breaks the rule, nor by which value."""
    return replace(result, focus="", focus_term="[]", value="", value_term="")


def first_mentions(blocks: Iterable[bytes], nodes: Iterable[str]) -> dict[str, str]:
    """The subject of the first line of N-Quads text that has each node as its value."""
    left, found = set(nodes), dict[str, str]()
    for block in blocks:
        for node in sorted(left):
            end = block.find(f" <{node}> .\n".encode())
            if end >= 0:
                line = block[block.rfind(b"\n", 0, end) + 1 : end].decode()
                found[node] = line[1 : line.index(">")]
        left -= found.keys()
        if not left:
            break
    return found


@cache
def concerned(folder: Path = SHAPES) -> dict[str, tuple[str, ...]]:
    """The properties that rules without a path of their own concern, by shape."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.glob("*.ttl")):
        for quad in parse(path=path, format=RdfFormat.TURTLE):
            if quad.predicate == SOURCE.concerns:
                shape = str(quad.subject).strip("<>")
                found[shape] = (*found.get(shape, ()), str(quad.object))
    return found
