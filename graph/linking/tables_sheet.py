"""Tables in workbooks: one sheet of an ODS or XLSX file.

Of a formula its value is read, as it was when the file was saved. Formats, formulas, and what is
on other sheets, are not kept.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import PurePath

import python_calamine as calamine

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding
from homegraph.graph.linking.table import (
    Flag,
    Moment,
    Number,
    Rows,
    Table,
    filled_to,
    heading_row,
    headings_noted,
    no_headings,
    without_rows,
)
from homegraph.graph.linking.tables_zeros import Widths, padded, widths
from homegraph.graph.open_tables import FAILED_IN_XLSX, faults_of, lossy, tags
from homegraph.graph.raw import RawFile
from homegraph.graph.sheet import BROKEN, SUFFIXES, broken, visible, whole
from homegraph.graph.sheet_faults import part

__all__ = ["SUFFIXES", "read"]
LOOKED_AT = 100
MOST_TOLD = 5


def read(file: RawFile, sheet: str | None = None, header: int | None = None) -> Table:
    """The table on a sheet, which is named unless there is one with anything on it.

    Raises SourceRejected for what is no workbook, or one that would fill the memory; for a sheet
    that is not there, and several of which none is named; and for a sheet without headings or rows.
    """
    raw = whole(file)
    try:
        with calamine.load_workbook(io.BytesIO(raw)) as book:
            found = chosen(file, book, sheet)
        return table_of(file, raw, found, header)
    except calamine.PasswordError as error:
        problem, remedy = "the file is locked with a password", "Save it without one."
        raise SourceRejected([Finding(problem, remedy, file.name)]) from error
    except BROKEN as error:
        raise SourceRejected([broken(file)]) from error


def chosen(
    file: RawFile, book: calamine.CalamineWorkbook, sheet: str | None
) -> calamine.CalamineSheet:
    """The sheet to read: that which is named, or the only one in sight with anything on it."""
    if sheet is not None:
        if sheet not in book.sheet_names:
            raise no_such(file, f"there is no sheet {sheet!r}", book.sheet_names)
        return book.get_sheet_by_name(sheet)
    full = [one for name in visible(book) if (one := book.get_sheet_by_name(name)).end]
    if not full:
        raise no_such(file, "no sheet that is in sight has anything on it", book.sheet_names)
    if len(full) > 1:
        raise no_such(file, f"there are {len(full)} sheets", [one.name for one in full])
    return full[0]


def no_such(file: RawFile, problem: str, names: list[str]) -> SourceRejected:
    """The error for a sheet that is not there, or not named."""
    remedy = f"Name one with --sheet: {', '.join(map(repr, names))}."
    return SourceRejected([Finding(problem, remedy, file.name)])


def table_of(file: RawFile, raw: bytes, sheet: calamine.CalamineSheet, header: int | None) -> Table:
    """The table on a sheet."""
    named = f"{file.name} (sheet {sheet.name!r})"
    cells = Cells(sheet, widths(raw, sheet.name))
    looked_at = list(cells.between(0, header or LOOKED_AT))
    at = heading_row(looked_at) if header is None else header - 1
    if at is None or at >= len(looked_at) or not any(looked_at[at]):
        raise no_headings(named, header, len(looked_at))
    wide = last = 0
    for number, row in enumerate(islice(sheet.iter_rows(), at, None), start=at):
        if extent := filled_to([str(cell) for cell in row[wide:]]):
            wide += extent
        if extent or any(cell != "" for cell in row):
            last = number
    if last <= at:
        raise without_rows(named, at + 1)
    return Table(
        [str(cell) for cell in looked_at[at][:wide]],
        Rows(lambda: cells.between(at + 1, last + 1, wide)),
        last - at,
        file.name,
        first=at + 2,
        sheet=sheet.name,
        sha256=file.sha256,
        suffix=PurePath(file.name).suffix.lower(),
        notes=(*headings_noted(at + 1), *lost(file, raw, sheet, at + 1, wide)),
    )


class Cells:
    """The cells of a sheet as text, which can be gone through again and again."""

    def __init__(self, sheet: calamine.CalamineSheet, shown: Widths) -> None:
        self.sheet, self.shown = sheet, shown

    def between(self, first: int, end: int, wide: int | None = None) -> Iterator[list[str]]:
        """The rows from one to before another, as wide as that."""
        rows = islice(self.sheet.iter_rows(), first, end)
        if not self.shown:
            return (texts(row[:wide]) for row in rows)
        return (
            padded(texts(row[:wide]), self.shown.get(number, []))
            for number, row in enumerate(rows, start=first)
        )


def texts(row: Sequence[object]) -> list[str]:
    """The cells of a row as text."""
    return [text(cell) for cell in row]


def text(cell: object) -> str:
    """A cell as text that remembers what it was.

    >>> text(5.0), text(0.25), text(True), text(datetime(2013, 4, 1)), text(" 007 ")
    ('5', '0.25', 'TRUE', '2013-04-01', ' 007 ')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return Flag("TRUE" if cell else "FALSE")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return Number(int(cell))
    if isinstance(cell, int | float):
        return Number(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return Moment(cell.date().isoformat())
    if isinstance(cell, date):  # a datetime is one too
        return Moment(cell.isoformat())
    return str(cell)


def lost(
    file: RawFile, raw: bytes, sheet: calamine.CalamineSheet, header: int, wide: int
) -> Iterator[str]:
    """What the reader of workbooks does not tell: merged cells, failed formulas, lost blanks."""
    if not loses(file, raw, sheet):
        return
    faults = [
        fault
        for fault in faults_of(file, raw, sheet.name)
        if fault.area.last_row >= header and fault.area.first_column < wide
    ]
    for fault in faults[:MOST_TOLD]:
        yield f"Row {fault.area.first_row + 1}: {fault.problem}. {fault.remedy}"
    if len(faults) > MOST_TOLD:
        yield f"There are {len(faults) - MOST_TOLD:,} more such cells."


def loses(file: RawFile, raw: bytes, sheet: calamine.CalamineSheet) -> bool:
    """Whether the reader loses anything of a sheet; quick, and says not where."""
    if file.name.lower().endswith(".ods"):
        return sheet.name in lossy(raw)
    if sheet.merged_cell_ranges:
        return True
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        member = part(archive, sheet.name)
    return any(FAILED_IN_XLSX.search(block) for block in tags(raw, member))
