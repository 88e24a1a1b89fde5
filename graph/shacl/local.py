"""What of a node's statements decides whether a shape finds something there.

A shape is local when a node's own statements decide. Then most of what stands in a statement
does not matter: of a value only whether it passes each test of its property, of a node's name
only whether it passes the tests of the node. Two nodes alike in all that matters are alike for
the shape, and one of them need be looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from homegraph.graph.shacl.paths import Predicate
from homegraph.graph.shacl.shapes import TYPE, Constraint, Shape, ValueTest
from homegraph.graph.shacl.terms import is_literal, parts
from homegraph.graph.shacl.together import (
    Closed,
    Compared,
    HasValue,
    MaxCount,
    MinCount,
    Property,
    Qualified,
    UniqueLang,
)
from homegraph.graph.shacl.values import Class, Node, Not, Several
from homegraph.graph.shacl.worlds import Small

NOTHING = Small(())
Look = Callable[[str], Hashable]  # what matters of a term, to one constraint


class NotLocal(Exception):
    """Other nodes' statements have a say."""


@dataclass
class Looks:
    """What matters to one shape, or to several."""

    # Looks stand under their constraint, so that two rules that ask the same look once.
    of_values: defaultdict[str, dict[Hashable, Look]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    of_name: dict[Hashable, Look] = field(default_factory=dict)
    whole: set[str] = field(default_factory=lambda: {TYPE})  # properties whose values are compared
    compares_name: bool = False  # with values: then every node must be looked at

    def include(self, other: Looks) -> None:
        """Look at what another shape wants looked at, too."""
        for predicate, looks in other.of_values.items():
            self.of_values[predicate].update(looks)
        self.of_name.update(other.of_name)
        self.compares_name |= other.compares_name
        self.whole |= other.whole

    def key(self, predicate: str, value: str) -> Hashable:
        """What matters of a statement."""
        if predicate in self.whole:
            return predicate, value
        return predicate, *[look(value) for look in self.of_values.get(predicate, {}).values()]


def looks(shape: Shape) -> Looks:
    """What matters to a shape; raises NotLocal."""
    found = Looks()
    at_node(shape, found)
    return found


def at_node(shape: Shape, found: Looks) -> None:
    """Note what matters to a shape whose focus node is the node itself."""
    if shape.deactivated:
        return
    if isinstance(shape.path, Predicate):
        for constraint in shape.constraints:
            at_values(constraint, shape.path.iri, found)
    elif shape.path is not None:
        raise NotLocal(f"{shape.name} has the path {shape.path.sparql}")
    else:
        for constraint in shape.constraints:
            at_name(constraint, found)


def at_name(constraint: Constraint, found: Looks) -> None:
    """Note what matters to a constraint whose one value is the node itself."""
    if decided_by_term(constraint):
        found.of_name.update(leaves(constraint))
    elif isinstance(constraint, Node | Not | Property):
        at_node(constraint.shape, found)
    elif isinstance(constraint, Several):
        for shape in constraint.shapes:
            at_node(shape, found)
    elif isinstance(constraint, Compared):
        found.compares_name = True
    elif not isinstance(constraint, Class | Closed):
        raise NotLocal(constraint.component)


def at_values(constraint: Constraint, predicate: str, found: Looks) -> None:
    """Note what matters to a constraint on the values of a property."""
    if isinstance(constraint, Compared):
        found.whole |= {predicate, constraint.predicate}
    elif decided_by_term(constraint):
        found.of_values[predicate].update(leaves(constraint))
    elif not isinstance(constraint, MinCount | MaxCount):
        raise NotLocal(constraint.component)


def decided_by_term(constraint: Constraint) -> bool:
    """Whether each value alone, without any statement about it, decides what is found."""
    if isinstance(constraint, Node | Not):
        return accepts_by_term(constraint.shape)
    if isinstance(constraint, Several):
        return all(map(accepts_by_term, constraint.shapes))
    if isinstance(constraint, Qualified):
        return all(map(accepts_by_term, (constraint.shape, *constraint.siblings)))
    if isinstance(constraint, ValueTest):
        return not isinstance(constraint, Class)
    return isinstance(constraint, HasValue | UniqueLang)


def accepts_by_term(shape: Shape) -> bool:
    """Whether a term alone decides whether it conforms to a shape."""
    return shape.deactivated or (
        shape.path is None and all(map(decided_by_term, shape.constraints))
    )


def leaves(constraint: Constraint) -> Iterator[tuple[Hashable, Look]]:
    """The tests of a value that together decide, each under what it asks."""
    if isinstance(constraint, HasValue):
        yield constraint, constraint.value.__eq__
    elif isinstance(constraint, UniqueLang):
        yield constraint, language
    elif isinstance(constraint, Node | Not):
        yield from leaves_of(constraint.shape)
    elif isinstance(constraint, Several):
        yield from leaves_of(*constraint.shapes)
    elif isinstance(constraint, Qualified):
        yield from leaves_of(constraint.shape, *constraint.siblings)
    elif isinstance(constraint, ValueTest):
        yield constraint, partial(constraint.passes, NOTHING)


def leaves_of(*shapes: Shape) -> Iterator[tuple[Hashable, Look]]:
    """The tests of all constraints of some shapes."""
    for shape in shapes:
        for constraint in shape.constraints:
            yield from leaves(constraint)


def language(term: str) -> Hashable:
    """The language of a text."""
    return parts(term).language.lower() if is_literal(term) else ""


def together(several: Iterable[Looks]) -> Looks:
    """What matters to any of some local shapes, of a statement."""
    found = Looks()
    for one in several:
        found.include(one)
    return found
