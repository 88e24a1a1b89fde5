"""Rows that insist on being read: every column is taken or ignored by name, or it is an error."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import TracebackType
from typing import Self, TypeVar

from homegraph.graph.dump import DAMAGED
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.raw import RawFile

T = TypeVar("T")
csv.field_size_limit(2**24)
BROKEN = re.compile("[\udc80-\udcff]")  # how surrogateescape marks bytes that are not text


class Unreadable(Exception):
    """A row cannot be used; caught by the row's own `with`, which notes the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class Row:
    """One record; use it in `with`, take or ignore each column, and leftovers are an error.

    >>> reading = Reading()
    >>> with Row({"Month": "Jan", "Context": ""}, reading, file="a.csv", number=2) as row:
    ...     month = row.take("Month", int, "Write a number.")
    >>> print(reading.errors[0].column, reading.errors[0].value, reading.errors[0].remedy)
    Month Jan Write a number.
    >>> reading.records, reading.written, reading.refused
    (1, 0, 1)
    """

    def __init__(
        self, values: Mapping[str, str], reading: Reading, *, file: str, number: int
    ) -> None:
        self._left = dict(values)
        self._reading = reading
        self.file = file
        self.number = number

    def __enter__(self) -> Self:
        self._reading.records += 1
        self._reading.at = Place(self.file, self.number)
        self._reading.headings.setdefault(self.file, set()).update(self._left)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None and self._left:
            error = Unreadable(
                self.finding(
                    f"nobody reads {', '.join(map(repr, sorted(self._left)))}",
                    "Take the column away; or have the loader taught to read it or to ignore it.",
                    rule="column-known",
                )
            )
        if error is None:
            self._reading.written += 1
            return False
        if isinstance(error, Unreadable):
            self._reading.refused += 1
            self._reading.add(error.finding)
            return True
        return False

    def take(
        self,
        column: str,
        read: Callable[[str], T],
        remedy: str = "Correct the value at the source.",
    ) -> T:
        """Return a mandatory value, read by `read`, which raises ValueError for what it cannot."""
        if column not in self._left:
            raise Unreadable(
                self.finding(
                    f"there is no column {column!r}",
                    "Restore the column in the source.",
                    rule="column-known",
                )
            )
        text = self._left.pop(column)
        if not text.strip():
            raise Unreadable(self.finding("the cell is empty", remedy, column, text, "cell-filled"))
        return self._read(column, text, read, remedy)

    def maybe(
        self,
        column: str,
        read: Callable[[str], T],
        remedy: str = "Correct the value at the source.",
    ) -> T | None:
        """Return a value that may be left empty, or None."""
        text = self._left.pop(column, "")
        return self._read(column, text, read, remedy) if text.strip() else None

    def ignore(self, *columns: str) -> None:
        """Leave columns unread on purpose."""
        for column in columns:
            self._left.pop(column, None)

    def refuse(
        self, problem: str, remedy: str, column: str | None = None, value: str | None = None
    ) -> Unreadable:
        """The exception to raise when columns contradict each other."""
        return Unreadable(self.finding(problem, remedy, column, value, "row-consistent"))

    def warn(
        self, problem: str, remedy: str, column: str | None = None, value: str | None = None
    ) -> None:
        """Note something harmless that a person should still see."""
        self._reading.add(
            Finding(problem, remedy, self.file, self.number, column, value, "warning")
        )

    def finding(
        self,
        problem: str,
        remedy: str,
        column: str | None = None,
        value: str | None = None,
        rule: str = "",
    ) -> Finding:
        """A finding about this row."""
        return Finding(problem, remedy, self.file, self.number, column, value, rule=rule)

    def _read(self, column: str, text: str, read: Callable[[str], T], remedy: str) -> T:
        try:
            return read(text.strip())
        except ValueError as error:
            raise Unreadable(self.finding(str(error), remedy, column, text)) from error


def records(file: RawFile, encoding: str = "utf-8-sig") -> Iterator[list[str]]:
    """The records of a CSV file (RFC 4180), header first.

    Raises SourceRejected for an empty file, broken text or compression, with file and row.
    """
    number = 0
    try:
        with file.open() as stream:
            text = io.TextIOWrapper(stream, encoding=encoding, newline="")
            for record in csv.reader(text, strict=True):
                number += 1
                yield record
    except UnicodeDecodeError:
        raise SourceRejected([broken_text(file, encoding)]) from None
    except csv.Error as error:
        raise SourceRejected(
            [
                Finding(
                    str(error),
                    "Save the file as CSV again.",
                    file.name,
                    number + 1,
                    rule="file-readable",
                )
            ]
        ) from error
    except (*DAMAGED, OSError) as error:
        raise SourceRejected([unreadable_file(file, error, number)]) from error
    if number == 0:
        raise SourceRejected(
            [Finding("the file is empty", "Fetch it again from the publisher.", file.name)]
        )
    if number == 1:
        remedy = "Fetch it again from the publisher, or leave it out."
        raise SourceRejected([Finding("the file has a header and no rows", remedy, file.name)])


def unreadable_file(file: RawFile, error: Exception, rows_read: int) -> Finding:
    """A finding for a file that ends early or is not what its name says."""
    after = f" after row {rows_read}" if rows_read else ""
    return Finding(
        f"the file cannot be read{after}: {error}",
        "It is cut off or damaged: fetch it again from the publisher.",
        file.name,
        rows_read or None,
        rule="file-readable",
    )


def broken_text(file: RawFile, encoding: str) -> Finding:
    """Find the row and column of the first bytes that are not text."""
    codec = encoding.removesuffix("-sig").upper()
    remedy = f"Save the file as CSV in {codec}."
    with file.open() as stream:
        start = stream.read(2)
    if start in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        problem = f"the file is UTF-16, not {codec}"
        return Finding(problem, remedy, file.name, 1, rule="text-encoded")
    header: list[str] = []
    with file.open() as stream:
        text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
        for number, record in enumerate(csv.reader(text), start=1):
            header = header or record
            for place, cell in enumerate(record):
                bad = BROKEN.search(cell)
                if bad:
                    found = f"the byte {ord(bad[0]) - 0xDC00:02x} is not {codec}"
                    column = header[place] if number > 1 and place < len(header) else None
                    value = BROKEN.sub("\ufffd", cell)
                    return Finding(
                        found, remedy, file.name, number, column, value, rule="text-encoded"
                    )
    return Finding(f"the file is not {codec}", remedy, file.name, rule="text-encoded")


def rows(
    file: RawFile, reading: Reading, *, encoding: str = "utf-8-sig", required: Iterable[str] = ()
) -> Iterator[Row]:
    """The rows of a CSV file under its header; ragged rows are findings, blank rows are skipped.

    Raises SourceRejected for a header that is repeated, or lacks a required column.
    """
    yield from _rows(records(file, encoding), file.name, reading, required)


def _rows(
    table: Iterator[list[str]], name: str, reading: Reading, required: Iterable[str]
) -> Iterator[Row]:
    header = check_header(next(table), name, required)
    for number, values in enumerate(table, start=2):
        if not any(values):
            continue
        if len(values) != len(header):
            reading.records += 1
            reading.refused += 1
            reading.add(ragged(name, number, len(values), len(header)))
            continue
        yield Row(dict(zip(header, values, strict=True)), reading, file=name, number=number)


def ragged(name: str, number: int, found: int, expected: int) -> Finding:
    """A finding for a row with too few or too many cells."""
    return Finding(
        f"the row has {found} cells where the header has {expected}",
        "Quote cells that hold commas, and restore missing ones.",
        name,
        number,
    )


def no_header(header: list[str], missing: list[str], name: str, row: int) -> Finding:
    """A finding for a row that is not the header, with what may have happened to it."""
    problem = f"the row is not the header: {len(missing)} columns are missing, {missing[0]!r} first"
    remedy = "Delete the rows above the headings, and separate the cells by commas."
    if len(header) == 1 and ";" in header[0]:
        problem = "the cells are separated by semicolons"
        remedy = "Save the file as CSV with commas."
    return Finding(problem, remedy, name, row, rule="column-known")


def check_header(
    header: list[str],
    name: str,
    required: Iterable[str] = (),
    known: Iterable[str] | None = None,
    row: int = 1,
) -> list[str]:
    """Return the header; raises SourceRejected when a column is repeated, missing or unknown."""
    found: list[Finding] = []

    def heading(column: str, problem: str, remedy: str) -> Finding:
        return Finding(problem, remedy, name, row, column, rule="column-known")

    for column in sorted({column for column in header if header.count(column) > 1}):
        found.append(heading(column, "the heading stands twice", "Rename one of them."))
    needed = list(required)
    missing = [column for column in needed if column not in header]
    if len(missing) > max(3, len(needed) // 2):
        raise SourceRejected([no_header(header, missing, name, row)])
    for column in missing:
        remedy = "Restore the column, with its heading letter for letter."
        (like,) = get_close_matches(column, set(header) - set(needed), 1) or [""]
        problem = f"there is no column {column!r}" + (
            f"; is {like!r} meant to be it?" if like else ""
        )
        found.append(heading(column, problem, remedy))
    if known is not None:
        for column in sorted(set(header) - set(known)):
            remedy = "Take the column away; or have the loader taught to read it or to ignore it."
            found.append(heading(column, "nobody reads this column", remedy))
    if found:
        raise SourceRejected(found)
    return header
