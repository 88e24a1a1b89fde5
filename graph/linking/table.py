"""What a table that is linked is: headings, and rows of texts.

Every cell is text, as the file has it: nothing is trimmed, and leading zeros stay. What was a
number, a day or a yes-or-no in a spreadsheet is written as text and remembers what it was, so that
it becomes the same again when the rows are written as a spreadsheet (`Number`, `Moment`, `Flag`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding


class Number(str):
    """The text of a cell that was a number, or is to be one."""

    __slots__ = ()


class Moment(str):
    """The text of a cell that was a day, or a day and a time (ISO 8601)."""

    __slots__ = ()


class Flag(str):
    """The text of a cell that was a yes or a no: TRUE or FALSE, as spreadsheets say it."""

    __slots__ = ()


class Rows:
    """Rows that can be gone through as often as wanted: each time they are read anew."""

    def __init__(self, read: Callable[[], Iterator[list[str]]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[list[str]]:
        return self._read()


@dataclass(frozen=True)
class Form:
    """How a file of text is written: what stands between cells, the encoding, the ends of lines."""

    delimiter: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"


@dataclass(frozen=True)
class Table:
    """A table that is read: its headings, and its rows, each with a cell for each heading.

    `count` is how many rows there are, if that is known; `first` is the number of the first row as
    the file itself counts; `sha256` is of the file, or of what an address answered; `suffix` is
    that of a file of the same kind; `notes` are what a person should know of how it was read.
    A heading may be empty, or stand twice, as it may in the file: `place` finds the one meant.
    """

    columns: list[str]
    rows: Iterable[list[str]]
    count: int | None
    source: str
    first: int = 2
    sheet: str = ""
    sha256: str = ""
    suffix: str = ".csv"
    form: Form = Form()
    notes: tuple[str, ...] = ()
    held: object = field(default=None, repr=False, compare=False)  # what has to live as long

    def place(self, column: str) -> int:
        """Where a column stands, named with or without the blanks around it and in any case.

        Raises SourceRejected when no column, or more than one, is called so.
        """
        for like in (str, str.strip, lambda text: text.strip().casefold()):
            found = [at for at, one in enumerate(self.columns) if like(one) == like(column)]
            if len(found) == 1:
                return found[0]
            if found:
                problem = f"{len(found)} columns are called {column!r}"
                raise self.no_column(column, problem, "Rename all but one of them.")
        near = get_close_matches(column, self.columns, 1, 0.5)
        meant = f"; is {near[0]!r} meant" if near else ""
        there = ", ".join(repr(one) for one in self.columns if one.strip())
        problem = f"there is no column {column!r}{meant}"
        raise self.no_column(column, problem, f"Name one of these: {there}.")

    def no_column(self, column: str, problem: str, remedy: str) -> SourceRejected:
        """The error for a column that cannot be found."""
        row = self.first - 1 or None
        name = f"{self.source} (sheet {self.sheet!r})" if self.sheet else self.source
        return SourceRejected([Finding(problem, remedy, name, row, column, rule="column-known")])


def heading_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows holds the headings, from 0; None when none looks like that.

    It is the first in which at least two of three cells are filled. Titles and notes above a table
    stand in one cell, and merged titles of groups fill only few; so as wide as the table is what
    most rows with several cells fill, the first hundred being looked at.

    >>> heading_row([["Spend", "", ""], ["", "", ""], ["Name", "Amount", ""], ["A", "1", "x"]])
    2
    """
    extents = [extent for row in rows if (extent := filled_to(row)) > 1]
    most = max((extents.count(one), one) for one in set(extents))[1] if extents else 1
    for number, row in enumerate(rows):
        if 3 * sum(1 for cell in row if cell.strip()) >= 2 * most:
            return number
    return None


def filled_to(row: Sequence[str]) -> int:
    """How many cells a row has without the empty ones at its end."""
    return next((at + 1 for at in range(len(row) - 1, -1, -1) if row[at].strip()), 0)


def no_headings(source: str, given: int | None, rows: int) -> SourceRejected:
    """The error for a table in which no row was found that holds headings."""
    if not rows:
        return SourceRejected([Finding("there are no rows", "Give a file that has some.", source)])
    if given is not None:
        problem = f"row {given} holds no headings, and there are {rows} rows"
        return SourceRejected([Finding(problem, "Say another row with --header.", source, given)])
    problem = "no row looks like the headings of a table"
    return SourceRejected([Finding(problem, "Say which it is with --header.", source)])


def without_rows(source: str, header: int) -> SourceRejected:
    """The error for headings with nothing below them."""
    problem, remedy = "there are headings, and no rows below", "Give a file that has some."
    return SourceRejected([Finding(problem, remedy, source, header)])


def headings_noted(header: int) -> tuple[str, ...]:
    """What to tell about headings that do not stand in the first row."""
    if header == 1:
        return ()
    return (f"The headings are those in row {header}; what stands above them is left out.",)
