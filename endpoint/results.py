"""What a query gave, read as far as a page shows it: its rows and what its columns hold."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryTriples, Variable

from homegraph.endpoint.ask import Answer
from homegraph.endpoint.display import Term
from homegraph.endpoint.periods import months_of_name
from homegraph.graph.errors import BadQuery
from homegraph.graph.terms import GEO, XSD

STATEMENT = ["subject", "predicate", "object"]
NUMBERS = {
    NamedNode(XSD.iri + name)
    for name in (
        *("integer", "decimal", "double", "float", "long", "int", "short", "byte"),
        *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
        *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
    )
}
MOMENTS = {XSD.gYear, XSD.gYearMonth, XSD.date, XSD.dateTime}
YEARS = range(1700, 2201)
LATITUDE = re.compile(r"lat|latitude", re.IGNORECASE)
LONGITUDE = re.compile(r"lon|long|lng|longitude", re.IGNORECASE)
Row = Sequence[Term | None]


@dataclass(frozen=True)
class Column:
    """One column: its place and name, and what it holds.

    `kind` is number, period, geometry, latitude, longitude or label; nothing when it is empty.
    """

    place: int
    name: str
    kind: str


@dataclass(frozen=True)
class Table:
    """The first rows of an answer; `more` when there are others. `head` is of variables."""

    head: list[str]
    rows: list[Row]
    more: bool
    statements: bool = False

    def columns(self) -> list[Column]:
        """What each column holds."""
        return [
            Column(place, name, kind(name, [row[place] for row in self.rows]))
            for place, name in enumerate(self.head)
        ]


class Reader:
    """Reads an answer row by row, so that nothing is read that no page shows."""

    def __init__(self, found: Answer) -> None:
        assert not isinstance(found, QueryBoolean)
        self.statements = isinstance(found, QueryTriples)
        self.head = STATEMENT
        self.rows: list[Row] = []
        self.more = True
        self.left: Iterator[Row]
        if isinstance(found, QueryTriples):
            self.left = ((one.subject, one.predicate, one.object) for one in found)
        else:
            self.head = [variable.value for variable in found.variables]
            names = [Variable(name) for name in self.head]
            self.left = ([row[name] for name in names] for row in found)

    def read(self, most: int) -> Table:
        """Read on until there are `most` rows; raises BadQuery for what fails only then."""
        try:
            # One row further than is shown: only then it is known that there are more.
            self.rows += islice(self.left, most + 1 - len(self.rows))
        except RuntimeError as error:
            raise BadQuery(str(error)) from error
        return Table(self.head, self.rows[:most], len(self.rows) > most, self.statements)


def kind(name: str, terms: Sequence[Term | None]) -> str:
    """What a column holds, by its name and its terms; nothing when it is empty."""
    bound = [term for term in terms if term is not None]
    if not bound:
        return ""
    if all(isinstance(term, Literal) and term.datatype == GEO.wktLiteral for term in bound):
        return "geometry"
    if all(isinstance(term, Literal) and term.datatype in NUMBERS for term in bound):
        if LATITUDE.fullmatch(name):
            return "latitude"
        if LONGITUDE.fullmatch(name):
            return "longitude"
        years = "year" in name.lower() and all(number(term) in YEARS for term in bound)
        return "period" if years else "number"
    return "period" if all(map(is_period, bound)) else "label"


def is_period(term: Term) -> bool:
    """Whether a term names a time."""
    if isinstance(term, NamedNode):
        return bool(months_of_name(term.value))
    return isinstance(term, Literal) and term.datatype in MOMENTS


def number(term: Term | None) -> float | None:
    """The number that a term is; None for what is none, and for what no picture can hold."""
    if not isinstance(term, Literal) or term.datatype not in NUMBERS:
        return None
    try:
        value = float(term.value)
    except ValueError:  # the engine keeps ill-typed literals as they are
        return None
    return value if math.isfinite(value) else None
