"""What columns give for a query: the words in which Oxigraph is to be asked it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

OXIGRAPH, COLUMNS, BOTH = "oxigraph", "columns", "both"


@dataclass(frozen=True)
class Part:
    """One part of a query that was counted in columns: its text, and how.

    `estimated` is how many rows it was thought to look at, `rows` how many it gave.
    """

    text: str
    sql: str
    rows: int
    estimated: int
    seconds: float


class Beginning(NamedTuple):
    """A pattern to begin with, about how many statements it is, and how many the one `before`."""

    pattern: str
    statements: float
    before: float


@dataclass(frozen=True)
class Table:
    """Rows of terms, as N-Triples has them, an unbound one as nothing."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def as_values(self) -> str:
        """The rows as VALUES."""
        if not self.head:
            return f"VALUES () {{ {'() ' * len(self.rows)} }}"
        lines = (f"({' '.join([cell or 'UNDEF' for cell in row])})" for row in self.rows)
        return f"VALUES ({' '.join(f'?{name}' for name in self.head)}) {{ {' '.join(lines)} }}"


@dataclass(frozen=True)
class HandOver:
    """A query in the words in which Oxigraph is to be asked; `parts` were counted in columns.

    Where there are none, `reason` says why; `whole` says that they are all that is looked for. A
    `table` is the whole answer, in any order. `alone` says that columns answer it without a word to
    Oxigraph, because only they hold what it is about. Where Oxigraph answers, `beginnings` are the
    patterns that were put in front of groups.
    """

    said: Callable[[], str]
    parts: tuple[Part, ...] = ()
    reason: str = ""
    whole: bool = False
    table: Table | None = None
    alone: bool = False
    beginnings: tuple[Beginning, ...] = ()

    @classmethod
    def plain(cls, text: str, reason: str) -> HandOver:
        """A query that is left as it is."""
        return cls(lambda: text, reason=reason)

    @cached_property
    def text(self) -> str:
        """The query that Oxigraph is to be asked; with many rows, it takes a while to say."""
        return self.said()

    @property
    def engine(self) -> str:
        """Who answers: what the header Homegraph-Engine says."""
        if not self.parts:
            return COLUMNS if self.alone else OXIGRAPH
        return COLUMNS if self.whole else BOTH


class Counts(Protocol):
    """What counts in columns for the endpoint."""

    def handed_over(self, text: str) -> HandOver:
        """A query with what columns can tell put into it."""
