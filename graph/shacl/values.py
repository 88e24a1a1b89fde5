"""Constraints that each value passes or fails by itself (SHACL 4.1, 4.3, 4.4, 4.6 to 4.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from homegraph.graph.shacl.shapes import TYPE, Shape, ValueTest, World
from homegraph.graph.shacl.terms import (
    NO_DATA,
    is_below,
    is_blank,
    is_ill_typed,
    is_literal,
    parts,
    text,
)
from homegraph.graph.terms import SH

KINDS = {
    f"<{SH.iri}{name}>": frozenset(kinds)
    for name, kinds in {
        "IRI": "<",
        "BlankNode": "_",
        "Literal": '"',
        "BlankNodeOrIRI": "_<",
        "BlankNodeOrLiteral": '_"',
        "IRIOrLiteral": '<"',
    }.items()
}


@dataclass(frozen=True)
class Class(ValueTest):
    """sh:class, 4.1.1."""

    component = "Class"
    name: str

    def passes(self, world: World, value: str) -> bool:
        """Whether the value is of the class or of one below it."""
        if is_literal(value):
            return False
        wanted = world.subclasses(self.name)
        return any(said in wanted for said in world.objects(value, TYPE))


@dataclass(frozen=True)
class Datatype(ValueTest):
    """sh:datatype, 4.1.2."""

    component = "Datatype"
    datatype: str

    def passes(self, world: World, value: str) -> bool:
        """Whether the value is a literal of that type, and well-formed."""
        if not is_literal(value):
            return False
        literal = parts(value)
        return literal.datatype == self.datatype and not is_ill_typed(literal)


@dataclass(frozen=True)
class NodeKind(ValueTest):
    """sh:nodeKind, 4.1.3."""

    component = "NodeKind"
    kinds: frozenset[str]  # the first letters of such terms

    def passes(self, world: World, value: str) -> bool:
        """Whether the value is a node of one of the kinds."""
        return value[0] in self.kinds


@dataclass(frozen=True)
class Bound(ValueTest):
    """sh:minExclusive and its three fellows, 4.3."""

    limit: str
    or_equal: ClassVar[bool] = False

    def passes(self, world: World, value: str) -> bool:
        """Whether the value is above the limit."""
        return is_below(self.limit, value, self.or_equal)


class MinExclusive(Bound):
    """sh:minExclusive, 4.3.1."""

    component = "MinExclusive"


class MinInclusive(Bound):
    """sh:minInclusive, 4.3.2."""

    component = "MinInclusive"
    or_equal = True


class MaxExclusive(Bound):
    """sh:maxExclusive, 4.3.3."""

    component = "MaxExclusive"

    def passes(self, world: World, value: str) -> bool:
        """Whether the value is below the limit."""
        return is_below(value, self.limit, self.or_equal)


class MaxInclusive(MaxExclusive):
    """sh:maxInclusive, 4.3.4."""

    component = "MaxInclusive"
    or_equal = True


@dataclass(frozen=True)
class MinLength(ValueTest):
    """sh:minLength, 4.4.1."""

    component = "MinLength"
    length: int

    def passes(self, world: World, value: str) -> bool:
        """Whether the value has that many letters."""
        said = text(value)
        return said is not None and len(said) >= self.length


@dataclass(frozen=True)
class MaxLength(ValueTest):
    """sh:maxLength, 4.4.2."""

    component = "MaxLength"
    length: int

    def passes(self, world: World, value: str) -> bool:
        """Whether the value has no more letters."""
        said = text(value)
        return said is not None and len(said) <= self.length


@dataclass(frozen=True)
class Pattern(ValueTest):
    """sh:pattern with sh:flags, 4.4.3."""

    component = "Pattern"
    pattern: re.Pattern[str]

    def passes(self, world: World, value: str) -> bool:
        """Whether the pattern is found in the value."""
        said = text(value)
        return said is not None and self.pattern.search(said) is not None


@dataclass(frozen=True)
class SparqlPattern(ValueTest):
    r"""sh:pattern, where Python lacks what the pattern has, such as \p{L}."""

    component = "Pattern"
    pattern: str  # pattern and flags as two arguments of REGEX

    def is_readable(self) -> bool:
        """Whether Oxigraph can read the pattern at all."""
        asked = f'ASK {{ BIND(REGEX("", {self.pattern}) AS ?is) FILTER(BOUND(?is)) }}'
        return bool(NO_DATA.query(asked))

    def passes(self, world: World, value: str) -> bool:
        """Whether Oxigraph finds the pattern in the value."""
        if is_blank(value):
            return False
        return bool(NO_DATA.query(f"ASK {{ FILTER(REGEX(STR({value}), {self.pattern})) }}"))


@dataclass(frozen=True)
class LanguageIn(ValueTest):
    """sh:languageIn, 4.4.4."""

    component = "LanguageIn"
    ranges: tuple[str, ...]

    def passes(self, world: World, value: str) -> bool:
        """Whether the value has a language within one of the ranges (RFC 4647, section 3.3.1)."""
        said = parts(value).language.lower() if is_literal(value) else ""
        return bool(said) and any(
            one == "*" or said == one.lower() or said.startswith(f"{one.lower()}-")
            for one in self.ranges
        )


@dataclass(frozen=True)
class In(ValueTest):
    """sh:in, 4.8.3."""

    component = "In"
    members: frozenset[str]

    def passes(self, world: World, value: str) -> bool:
        """Whether the value is one of the members."""
        return value in self.members


@dataclass(frozen=True)
class Node(ValueTest):
    """sh:node, 4.7.1."""

    component = "Node"
    shape: Shape

    def passes(self, world: World, value: str) -> bool:
        """Whether the value conforms to the shape."""
        return self.shape.accepts(world, value)


@dataclass(frozen=True)
class Not(ValueTest):
    """sh:not, 4.6.1."""

    component = "Not"
    shape: Shape

    def passes(self, world: World, value: str) -> bool:
        """Whether the value does not conform to the shape."""
        return not self.shape.accepts(world, value)


@dataclass(frozen=True)
class Several(ValueTest):
    """The constraints that take a list of shapes, 4.6."""

    shapes: tuple[Shape, ...]


class And(Several):
    """sh:and, 4.6.2."""

    component = "And"

    def passes(self, world: World, value: str) -> bool:
        """Whether the value conforms to all of the shapes."""
        return all(shape.accepts(world, value) for shape in self.shapes)


class Or(Several):
    """sh:or, 4.6.3."""

    component = "Or"

    def passes(self, world: World, value: str) -> bool:
        """Whether the value conforms to any of the shapes."""
        return any(shape.accepts(world, value) for shape in self.shapes)


class Xone(Several):
    """sh:xone, 4.6.4."""

    component = "Xone"

    def passes(self, world: World, value: str) -> bool:
        """Whether the value conforms to exactly one of the shapes."""
        return sum(shape.accepts(world, value) for shape in self.shapes) == 1
