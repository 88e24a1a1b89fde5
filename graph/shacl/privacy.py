"""Personal data in statements: the patterns of graph/personal.py as a SHACL constraint.

Every statement is looked at: its subject, and its object unless the pattern allows it there.
What is reported never repeats what was found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from homegraph.graph.iri import KEPT
from homegraph.graph.nquads import escape
from homegraph.graph.shacl.paths import Predicate
from homegraph.graph.shacl.shapes import Constraint, Found, Shape, World
from homegraph.graph.shacl.terms import is_blank, parts
from homegraph.graph.shacl.worlds import Statement
from homegraph.graph.terms import PRIVACY

COMPONENT = f"{PRIVACY.iri}ForbiddenTextConstraintComponent"


class Pattern(Protocol):
    """Text that must not be published, as graph/personal.py reads it from shapes/privacy.ttl."""

    @property
    def shape(self) -> str:
        """The IRI of its rule."""

    @property
    def exceptions(self) -> Collection[str]:
        """The IRIs of the properties whose values may hold it."""

    def found(self, text: str) -> bool:
        """Whether a text holds it."""


class Personal(Protocol):
    """What graph/personal.py offers."""

    def patterns(self) -> Sequence[Pattern]:
        """All patterns."""

    def suspect(self, text: str) -> bool:
        """Whether any pattern may be found in a text."""

    def suspect_iri(self, iri: str) -> bool:
        """Whether any pattern may be found in what can be read of an IRI."""

    def readable(self, iri: str) -> str:
        """What can be read in an IRI."""

    def masked(self, text: str) -> str:
        """A text with what was found replaced."""


@dataclass(frozen=True)
class Forbidden(Constraint):
    """One pattern as a constraint."""

    component = "ForbiddenText"
    pattern: Pattern

    @property
    def component_iri(self) -> str:
        """The IRI of the component, which is ours."""
        return COMPONENT

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """Nothing: statements are looked at one by one, whatever their subject is."""
        return iter(())


class Guard:
    """Looks for personal data; `named` are the shapes by name, for their messages."""

    def __init__(self, personal: Personal, named: Mapping[str, Shape]) -> None:
        self.personal = personal
        self._checks = [
            (pattern, frozenset(f"<{iri}>" for iri in pattern.exceptions), shape)
            for pattern in personal.patterns()
            for shape in [named.get(f"<{pattern.shape}>") or Shape(f"<{pattern.shape}>")]
        ]

    def is_clean(self, term: str) -> bool:
        """Whether a term holds nothing that looks personal, at a first glance."""
        if term[0] == '"':
            return not self.personal.suspect(parts(term).lexical)
        return is_blank(term) or not self.personal.suspect_iri(term[1:-1])

    def wording(self, term: str) -> str:
        """The text of a term that could be about a person."""
        return parts(term).lexical if term[0] == '"' else self.personal.readable(term[1:-1])

    def in_value(self, statement: Statement) -> Iterator[Found]:
        """What a statement's object holds and its property does not allow."""
        subject, predicate, object_ = statement
        if self.is_clean(object_):
            return
        said = self.wording(object_)
        for pattern, exceptions, shape in self._checks:
            if predicate not in exceptions and pattern.found(said):
                yield Found(subject, Predicate(predicate), object_, shape, Forbidden(pattern))

    def in_name(self, node: str) -> Iterator[Found]:
        """What the name of a thing holds."""
        if self.is_clean(node):
            return
        said = self.wording(node)
        for pattern, _, shape in self._checks:
            if pattern.found(said):
                yield Found(node, None, node, shape, Forbidden(pattern))

    def in_all(self, statements: Iterable[Statement]) -> Iterator[Found]:
        """What statements hold, and the names of their subjects."""
        named = ""
        for statement in statements:
            if statement[0] != named:
                named = statement[0]
                yield from self.in_name(named)
            yield from self.in_value(statement)

    def masked(self, term: str) -> str:
        """A term whose personal data is replaced; another term only if there is some."""
        if self.is_clean(term):
            return term
        said = self.wording(term)
        hidden = self.personal.masked(said)
        if hidden == said:
            return term
        if term[0] == '"':
            return f'"{escape(hidden)}"{term[term.rindex(chr(34)) + 1 :]}'
        start = re.match("<(?:[^:]*://[^/]*/|[^:]*:)", term)
        return f"{start[0] if start else '<'}{quote(hidden, safe=KEPT + '/')}>"
