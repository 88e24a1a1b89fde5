"""The parts of a query (SPARQL 1.1, 19.8), with where each stands in its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


class NotRecognised(Exception):
    """A query, or a part of one, that columns do not answer; says why, for people."""


class TwoPlaces(NotRecognised):
    """OPTIONAL is about what is said in two tables, so that it is no column that may be empty."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, or a blank node of a pattern, whose name then begins with _: or []."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """An IRI or literal, as N-Triples has it."""

    text: str

    @property
    def is_iri(self) -> bool:
        """Whether it is an IRI."""
        return self.text.startswith("<")


Node = Variable | Constant


@dataclass(frozen=True, slots=True)
class Path:
    """A property path: kind is link, ^, /, |, *, + or ?; a link is of the property `iri`.

    Of kind any, it is a variable of that name.
    """

    kind: str
    parts: tuple[Path, ...] = ()
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression: its kind, parts, and where it stands in the text.

    The kind is variable, constant, call, aggregate, exists, in, or the sign of an operator; `name`
    is of the variable or the function. `group` is what EXISTS looks for.
    """

    kind: str
    parts: tuple[Expression, ...]
    start: int
    end: int
    name: str = ""
    constant: Constant | None = None
    group: Group | None = None
    distinct: bool = False

    def walk(self) -> Iterator[Expression]:
        """This expression and all within it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def variables(self) -> frozenset[str]:
        """The variables it mentions outside EXISTS."""
        return frozenset(part.name for part in self.walk() if part.kind == "variable")


@dataclass(frozen=True, slots=True)
class Triple:
    """A pattern of subject, path and object."""

    subject: Node
    path: Path
    object: Node


@dataclass(frozen=True, slots=True)
class Filter:
    """FILTER."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Bind:
    """BIND ... AS."""

    value: Expression
    variable: str


@dataclass(frozen=True, slots=True)
class Values:
    """VALUES: rows of constants, None for UNDEF."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Constant | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Optional:
    """OPTIONAL."""

    group: Group


@dataclass(frozen=True, slots=True)
class Minus:
    """MINUS."""

    group: Group


@dataclass(frozen=True, slots=True)
class Union:
    """Groups of which each gives rows; a group by itself is a union of one."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Strange:
    """A part that columns never answer: GRAPH, SERVICE."""

    what: str
    group: Group


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between braces, which the span does not hold."""

    elements: tuple[
        Triple | Filter | Bind | Values | Optional | Minus | Union | Strange | Select, ...
    ]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """What is selected: a variable, or a value AS a variable."""

    variable: str
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A condition of ORDER BY, whose span is of the value in its brackets."""

    value: Expression
    descending: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT; `items` is empty for SELECT *. `start` and `end` enclose it without braces."""

    start: int
    end: int
    word: str  # DISTINCT, REDUCED or nothing
    items: tuple[Item, ...]
    where: Group
    keys: tuple[Item, ...] = ()
    having: tuple[Expression, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    grouped: bool = False

    @property
    def counts(self) -> bool:
        """Whether rows become groups."""
        return self.grouped or any(
            part.kind == "aggregate" for value in self.values for part in value.walk()
        )

    @property
    def is_cut(self) -> bool:
        """Whether LIMIT or OFFSET leave out rows."""
        return self.limit is not None or self.offset > 0

    @property
    def is_total(self) -> bool:
        """Whether it is certain which rows are left, because the order tells all apart."""
        ordered = {bare(one.value).name for one in self.order if bare(one.value).kind == "variable"}
        if self.counts:
            told = {item.variable for item in self.keys}
        else:
            told = {item.variable if item.value is None else "" for item in self.items} or {""}
        return not self.is_cut or told <= ordered

    @property
    def values(self) -> Iterator[Expression]:
        """Its expressions outside its pattern."""
        yield from (item.value for item in self.items if item.value is not None)
        yield from self.having
        yield from (one.value for one in self.order)


Element = Triple | Filter | Bind | Values | Optional | Minus | Union | Strange | Select


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query: its prologue ends at `prologue`, after which stands the SELECT."""

    text: str
    prologue: int
    select: Select
    calls: frozenset[str] = field(default_factory=frozenset)  # functions, in capitals
    # How often each variable stands in it; nothing where SELECT * has all of them.
    mentions: Mapping[str, int] = field(default_factory=dict)


def aggregates_of(value: Expression) -> Iterator[Expression]:
    """The aggregates in an expression."""
    return (part for part in value.walk() if part.kind == "aggregate")


def bare(expression: Expression) -> Expression:
    """An expression without brackets around it."""
    while expression.kind == "()":
        (expression,) = expression.parts
    return expression
