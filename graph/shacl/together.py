"""Constraints on all values of a node together (SHACL 4.2, 4.4.5, 4.5, 4.7 and 4.8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import ClassVar

from homegraph.graph.shacl.paths import Predicate
from homegraph.graph.shacl.shapes import Constraint, Found, Shape, World
from homegraph.graph.shacl.terms import is_below, is_literal, parts


@dataclass(frozen=True)
class MinCount(Constraint):
    """sh:minCount, 4.2.1."""

    component = "MinCount"
    count: int

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result when there are fewer values."""
        if len(values) < self.count:
            yield Found(focus, shape.path, None, shape, self)


@dataclass(frozen=True)
class MaxCount(Constraint):
    """sh:maxCount, 4.2.2."""

    component = "MaxCount"
    count: int

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result when there are more values."""
        if len(values) > self.count:
            yield Found(focus, shape.path, None, shape, self)


@dataclass(frozen=True)
class UniqueLang(Constraint):
    """sh:uniqueLang, 4.4.5."""

    component = "UniqueLang"

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each language that two values have."""
        languages = Counter(parts(value).language.lower() for value in values if is_literal(value))
        for language, count in languages.items():
            if language and count > 1:
                yield Found(focus, shape.path, None, shape, self)


@dataclass(frozen=True)
class HasValue(Constraint):
    """sh:hasValue, 4.8.2."""

    component = "HasValue"
    value: str

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result when the value is not among the values."""
        if self.value not in values:
            yield Found(focus, shape.path, None, shape, self)


@dataclass(frozen=True)
class Compared(Constraint):
    """A constraint that compares the values with those of another property, 4.5."""

    predicate: str


class Equals(Compared):
    """sh:equals, 4.5.1."""

    component = "Equals"

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each value that only one of the two has."""
        others = world.objects(focus, self.predicate)
        for value in [v for v in values if v not in others] + [
            o for o in others if o not in values
        ]:
            yield Found(focus, shape.path, value, shape, self)


class Disjoint(Compared):
    """sh:disjoint, 4.5.2."""

    component = "Disjoint"

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each value that both have."""
        others = world.objects(focus, self.predicate)
        for value in values:
            if value in others:
                yield Found(focus, shape.path, value, shape, self)


class LessThan(Compared):
    """sh:lessThan, 4.5.3."""

    component = "LessThan"
    or_equal: ClassVar[bool] = False

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each pair that is not in order, or cannot be compared."""
        others = world.objects(focus, self.predicate)
        for value in values:
            for other in others:
                if not is_below(value, other, self.or_equal):
                    yield Found(focus, shape.path, value, shape, self)


class LessThanOrEquals(LessThan):
    """sh:lessThanOrEquals, 4.5.4."""

    component = "LessThanOrEquals"
    or_equal = True


@dataclass(frozen=True)
class Closed(Constraint):
    """sh:closed with sh:ignoredProperties, 4.8.1."""

    component = "Closed"
    allowed: frozenset[str]

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each statement with another property."""
        for value in values:
            for predicate, object_ in world.said(value):
                if predicate not in self.allowed:
                    yield Found(focus, Predicate(predicate), object_, shape, self)


@dataclass(frozen=True)
class Property(Constraint):
    """sh:property, 4.7.2."""

    component = "Property"
    shape: Shape

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """The results of the property shape at each value."""
        for value in values:
            yield from self.shape.results(world, value)


@dataclass(frozen=True)
class Qualified(Constraint):
    """sh:qualifiedValueShape, 4.7.3; the siblings are empty unless they must be disjoint."""

    shape: Shape
    siblings: tuple[Shape, ...]
    count: int

    def conforming(self, world: World, values: Collection[str]) -> int:
        """How many values conform to the shape and to none of its siblings."""
        return sum(self.counts(world, value) for value in values)

    def counts(self, world: World, value: str) -> bool:
        """Whether a value is one of those to be counted."""
        return self.shape.accepts(world, value) and not any(
            sibling.accepts(world, value) for sibling in self.siblings
        )


class QualifiedMinCount(Qualified):
    """sh:qualifiedMinCount, 4.7.3."""

    component = "QualifiedMinCount"

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result when fewer conform."""
        if self.conforming(world, values) < self.count:
            yield Found(focus, shape.path, None, shape, self)


class QualifiedMaxCount(Qualified):
    """sh:qualifiedMaxCount, 4.7.3."""

    component = "QualifiedMaxCount"

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result when more conform."""
        if self.conforming(world, values) > self.count:
            yield Found(focus, shape.path, None, shape, self)
