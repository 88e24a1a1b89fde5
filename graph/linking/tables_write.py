"""Writes tables as CSV, TSV, ODS and XLSX, each of them whole or not at all.

A file of text is UTF-8, with the delimiter and the ends of lines of the table it comes from; it
begins with the mark of UTF-8 if that one did, or if that was not UTF-8: then whoever made it has a
program that takes a file without the mark for Windows-1252. In a workbook, texts are cells of text,
so that a code keeps its zeros; what was a number, a day or a yes-or-no there is one again. Formats,
formulas and other sheets are not written.

Cells are written as they are. A program may take a cell of a CSV that begins with =, +, - or @ for
a formula; what linking adds (addresses, labels, scores and words of its own) begins with none of
these, unless a thing itself is called so, and what was in the file before is not changed.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from math import isfinite
from pathlib import Path

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding
from homegraph.graph.home import usable
from homegraph.graph.linking.table import Flag, Form, Moment, Number, Table
from homegraph.graph.linking.tables_text import TABS, WESTERN
from homegraph.graph.ods import Cell, write_ods
from homegraph.graph.xlsx import write_xlsx

MARKED = "utf-8-sig"
WORKBOOKS: dict[str, Callable[..., None]] = {".ods": write_ods, ".xlsx": write_xlsx}
SUFFIXES = (".csv", *TABS, *WORKBOOKS)
SHEET = "Linked"


def write(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], like: Table | None
) -> int:
    """Write a table by the suffix of the path; see `tables.write_table`."""
    kind = suffix_of(path)
    counted = Counted(path.name, columns, rows)
    with in_its_place(path) as aside:
        if kind in WORKBOOKS:
            name = (like.sheet if like else "") or SHEET
            try:
                WORKBOOKS[kind](aside, {name: map(cells, counted)})
            except ValueError as error:
                remedy = "Write a .csv, which has no such limits."
                finding = Finding(str(error), remedy, path.name, counted.number)
                raise SourceRejected([finding]) from error
        else:
            write_text(aside, counted, form_of(kind, like))
    return counted.number - 1


def suffix_of(path: Path) -> str:
    """The kind of file that a path names; raises SourceRejected."""
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        problem = f"{kind or 'a name without suffix'} is no kind of table that can be written"
        remedy = f"Choose a name with one of these: {', '.join(SUFFIXES)}."
        raise SourceRejected([Finding(problem, remedy, str(path))])
    return kind


class Counted:
    """The headings and the rows, each as wide as the headings are."""

    def __init__(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        self.name, self.columns, self.rows = name, columns, rows
        self.number = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        self.number = 1
        yield self.columns
        wide = len(self.columns)
        for row in self.rows:
            if len(row) != wide:
                raise AssertionError(f"{self.name}: a row of {len(row)} cells for {wide} columns")
            self.number += 1
            yield row


@contextmanager
def in_its_place(path: Path) -> Iterator[Path]:
    """A path beside the one that is wanted, which gets its name once it is whole and on the disk.

    Raises HomeUnusable when the disk is full, or nothing can be written there.
    """
    with usable(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        os.close(handle)
        aside = Path(name)
        try:
            yield aside
            with aside.open("rb") as stream:
                os.fsync(stream.fileno())
            aside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


def umask() -> int:
    """What new files are kept from being, which can be read only by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def form_of(kind: str, like: Table | None) -> Form:
    """How a file of text is written: as the one it comes from, where that has a say."""
    given = like.form if like else Form()
    encoding = MARKED if given.encoding in (MARKED, WESTERN) else "utf-8"
    delimiter = "\t" if kind in TABS else given.delimiter if given.delimiter != "\t" else ","
    return Form(delimiter, encoding, given.newline)


def write_text(path: Path, rows: Iterable[Sequence[str]], form: Form) -> None:
    """Write rows as a file of text (RFC 4180)."""
    with path.open("w", encoding=form.encoding, newline="") as stream:
        usual = csv.writer(stream, delimiter=form.delimiter, lineterminator=form.newline)
        # The library leaves a carriage return bare where lines end otherwise; nobody can read that.
        quoting = csv.writer(
            stream, delimiter=form.delimiter, lineterminator=form.newline, quoting=csv.QUOTE_ALL
        )
        for row in rows:
            returns = any("\r" in cell for cell in row)
            (quoting if returns else usual).writerow(row)


def cells(row: Sequence[str]) -> list[Cell]:
    """The cells of a row as a workbook has them."""
    return [cell if cell.__class__ is str else valued(cell) for cell in row]


def valued(cell: str) -> Cell:
    """A cell that remembers what it was, as that; as text, what is no such thing after all."""
    try:
        if isinstance(cell, Number):
            whole = cell.removeprefix("-").isdecimal() and str(int(cell)) == cell
            return int(cell) if whole else finite(cell)
        if isinstance(cell, Flag):
            return cell == "TRUE"
        if isinstance(cell, Moment):
            return date.fromisoformat(cell) if len(cell) == 10 else datetime.fromisoformat(cell)
    except ValueError:
        pass
    return str(cell)


def finite(cell: str) -> float:
    """The number that a text says; raises ValueError for what no cell can hold."""
    number = float(cell)
    if not isfinite(number):
        raise ValueError(f"{cell} is no number that a cell can hold")
    return number
