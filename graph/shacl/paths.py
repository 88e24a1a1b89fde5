"""Property paths: the nodes they lead to, and how they are written (SHACL 2.3.1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from homegraph.graph.terms import SH


class Statements(Protocol):
    """What a path needs of data: who says what of whom."""

    def objects(self, subject: str, predicate: str) -> Collection[str]:
        """The objects of a subject's statements, each once."""

    def subjects(self, predicate: str, object_: str) -> Collection[str]:
        """The subjects of which something is said, each once."""


class Path(Protocol):
    """A property path."""

    def ends(self, data: Statements, start: str) -> Collection[str]:
        """The nodes that a path leads to from a node, each once."""

    def starts(self, data: Statements, end: str) -> Collection[str]:
        """The nodes from which a path leads to a node, each once."""

    @property
    def sparql(self) -> str:
        """The path as SPARQL 1.1 writes it (section 9)."""

    @property
    def turtle(self) -> str:
        """The path as the RDF that SHACL writes."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """One property."""

    iri: str

    def ends(self, data: Statements, start: str) -> Collection[str]:
        """The objects."""
        return data.objects(start, self.iri)

    def starts(self, data: Statements, end: str) -> Collection[str]:
        """The subjects."""
        return data.subjects(self.iri, end)

    @property
    def sparql(self) -> str:
        """The IRI."""
        return self.iri

    turtle = sparql


@dataclass(frozen=True, slots=True)
class Inverse:
    """A path walked backwards."""

    path: Path

    def ends(self, data: Statements, start: str) -> Collection[str]:
        """Where the path starts."""
        return self.path.starts(data, start)

    def starts(self, data: Statements, end: str) -> Collection[str]:
        """Where the path ends."""
        return self.path.ends(data, end)

    @property
    def sparql(self) -> str:
        """Written ^path."""
        return f"^{grouped(self.path)}"

    @property
    def turtle(self) -> str:
        """Written [ sh:inversePath path ]."""
        return f"[ {SH.inversePath} {self.path.turtle} ]"


@dataclass(frozen=True, slots=True)
class Sequence:
    """One path after another."""

    paths: tuple[Path, ...]

    def ends(self, data: Statements, start: str) -> Collection[str]:
        """Where the last path ends."""
        reached: Collection[str] = [start]
        for path in self.paths:
            reached = {end: None for node in reached for end in path.ends(data, node)}
        return reached

    def starts(self, data: Statements, end: str) -> Collection[str]:
        """Where the first path starts."""
        reached: Collection[str] = [end]
        for path in reversed(self.paths):
            reached = {start: None for node in reached for start in path.starts(data, node)}
        return reached

    @property
    def sparql(self) -> str:
        """Written one/other."""
        return "/".join(grouped(path) for path in self.paths)

    @property
    def turtle(self) -> str:
        """Written ( one other )."""
        return f"( {' '.join(path.turtle for path in self.paths)} )"


@dataclass(frozen=True, slots=True)
class Alternative:
    """Any of several paths."""

    paths: tuple[Path, ...]

    def ends(self, data: Statements, start: str) -> Collection[str]:
        """Where any of the paths ends."""
        return {end: None for path in self.paths for end in path.ends(data, start)}

    def starts(self, data: Statements, end: str) -> Collection[str]:
        """Where any of the paths starts."""
        return {start: None for path in self.paths for start in path.starts(data, end)}

    @property
    def sparql(self) -> str:
        """Written one|other."""
        return "|".join(grouped(path) for path in self.paths)

    @property
    def turtle(self) -> str:
        """Written [ sh:alternativePath ( one other ) ]."""
        return f"[ {SH.alternativePath} ( {' '.join(path.turtle for path in self.paths)} ) ]"


@dataclass(frozen=True, slots=True)
class Repeated:
    """A path walked again and again: from none or one times on, and once at most or endlessly."""

    path: Path
    from_none: bool
    endlessly: bool

    def ends(self, data: Statements, start: str) -> Collection[str]:
        """All that is reached."""
        return self._reached(start, lambda node: self.path.ends(data, node))

    def starts(self, data: Statements, end: str) -> Collection[str]:
        """All from which it is reached."""
        return self._reached(end, lambda node: self.path.starts(data, node))

    def _reached(self, start: str, step: Step) -> Collection[str]:
        reached = {start: None} if self.from_none else {}
        edge: Iterable[str] = [start]
        while edge:
            found = {end: None for node in edge for end in step(node) if end not in reached}
            reached.update(found)
            edge = found if self.endlessly else ()
        return reached

    @property
    def sparql(self) -> str:
        """Written path*, path+ or path?."""
        sign = ("*" if self.from_none else "+") if self.endlessly else "?"
        return f"{grouped(self.path)}{sign}"

    @property
    def turtle(self) -> str:
        """Written [ sh:zeroOrMorePath path ], and so on."""
        name = SH.zeroOrOnePath
        if self.endlessly:
            name = SH.zeroOrMorePath if self.from_none else SH.oneOrMorePath
        return f"[ {name} {self.path.turtle} ]"


class Step(Protocol):
    """Goes from a node to the next ones."""

    def __call__(self, node: str, /) -> Collection[str]:
        """The next nodes."""


def grouped(path: Path) -> str:
    """A path within another, in brackets where it needs them."""
    return path.sparql if isinstance(path, Predicate) else f"({path.sparql})"
