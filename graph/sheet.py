"""Rows of an ODS or XLSX spreadsheet, as strict as rows of a CSV file."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError

import python_calamine as calamine

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row, check_header
from homegraph.graph.sheet_faults import (
    Area,
    Fault,
    failed_in_xlsx,
    faults_in_ods,
    letters,
    merged,
)
from homegraph.graph.sheet_limits import MOST_BYTES, TooLarge, insist_on_limits

SUFFIXES = (".ods", ".xlsx")
BROKEN = (
    calamine.CalamineError,
    zipfile.BadZipFile,
    ElementTree.ParseError,
    ExpatError,
    LookupError,  # a part, or an encoding, that is not there
    EOFError,
    OSError,
    RuntimeError,  # a part is locked, or packed in a way that is not known
    ValueError,
    zlib.error,
)


def rows(
    file: RawFile, reading: Reading, *, sheet: str | None = None, required: Iterable[str] = ()
) -> Iterator[Row]:
    """The rows of one sheet under its header, numbered as the spreadsheet shows them.

    The sheet is the one named, or the first visible one that is not empty. The first row that
    is not blank is the header; blank rows are skipped, and so are columns without heading
    that hold nothing. A value without a heading is a finding.

    Raises SourceRejected for a file that is no spreadsheet, a missing sheet, merged cells, failed
    formulas, and a header that is repeated or lacks a required column.
    """
    name, table, faults = content(file, sheet, reading)
    start = next(number for number, cells in enumerate(table) if any(cells))
    header = [cell.strip() for cell in table[start]]
    check_header([heading for heading in header if heading], file.name, required, row=start + 1)
    insist_on_whole_cells(file.name, name, table, header, faults)
    for number, cells in enumerate(table[start + 1 :], start=start + 2):
        if not any(cells):
            continue
        stray = next((i for i, cell in enumerate(cells) if cell and not header[i]), None)
        if stray is not None:
            reading.records += 1
            reading.refused += 1
            reading.add(without_heading(file.name, number, stray, cells[stray]))
            continue
        values = {heading: cell for heading, cell in zip(header, cells, strict=True) if heading}
        yield Row(values, reading, file=file.name, number=number)


def content(
    file: RawFile, sheet: str | None, reading: Reading
) -> tuple[str, list[list[str]], list[Fault]]:
    """The name, cells and faults of the sheet to read; other full sheets are a warning."""
    raw = whole(file)
    try:
        with calamine.load_workbook(io.BytesIO(raw)) as book:
            tables = {
                name: cells_of(book.get_sheet_by_name(name))
                for name in ([sheet] if sheet in book.sheet_names else visible(book))
            }
            chosen = sheet or next((name for name, table in tables.items() if table), None)
            if chosen is None or not tables.get(chosen):
                raise SourceRejected([no_sheet(file.name, sheet, book.sheet_names)])
            for other in (name for name, table in tables.items() if table and name != chosen):
                reading.add(unread(file.name, other, chosen))
            ranges = book.get_sheet_by_name(chosen).merged_cell_ranges
        if ranges is None:  # the reader does not tell, which is so for OpenDocument
            faults = list(faults_in_ods(raw, chosen))
        else:
            faults = [merged(Area(*first, *last)) for first, last in ranges]
            faults += failed_in_xlsx(raw, chosen)
    except BROKEN as error:
        raise SourceRejected([broken(file)]) from error
    return chosen, tables[chosen], faults


def whole(file: RawFile) -> bytes:
    """The bytes of a workbook, which can be unpacked.

    Raises SourceRejected for one that would fill the memory, and for one whose parts are no whole
    XML, in some of which calamine reads on for ever.
    """
    try:
        with file.open() as stream:
            raw = stream.read(MOST_BYTES + 1)
        insist_on_limits(raw)
    except TooLarge as error:
        problem = f"the workbook is too large: {error}"
        remedy = "Save the sheet as CSV, which can be of any size."
        raise SourceRejected([Finding(problem, remedy, file.name)]) from error
    except BROKEN as error:
        raise SourceRejected([broken(file)]) from error
    return raw


def broken(file: RawFile) -> Finding:
    """A finding for what is no workbook."""
    problem = "this is not a spreadsheet that can be read, or a part of it is missing"
    remedy = "Open it in the program it was made with and save it again as ODS or XLSX."
    return Finding(problem, remedy, file.name)


def visible(book: calamine.CalamineWorkbook) -> list[str]:
    """The names of the sheets a reader of the file would see."""
    return [
        sheet.name
        for sheet in book.sheets_metadata
        if sheet.visible == calamine.SheetVisibleEnum.Visible
        and sheet.typ == calamine.SheetTypeEnum.WorkSheet
    ]


def cells_of(sheet: calamine.CalamineSheet) -> list[list[str]]:
    """All cells from A1 as text; nothing when every cell is empty."""
    table = [[text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    return table if any(map(any, table)) else []


def text(cell: object) -> str:
    """Write a cell as the CSV of the same table would have it.

    >>> text(5.0), text(0.25), text(True), text(datetime(2013, 4, 1))
    ('5', '0.25', 'yes', '2013-04-01')
    """
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell == datetime(cell.year, cell.month, cell.day):
        return cell.date().isoformat()
    if isinstance(cell, date):  # a datetime is a date too
        return cell.isoformat()
    return str(cell).strip()


def insist_on_whole_cells(
    file: str, sheet: str, table: list[list[str]], header: list[str], faults: list[Fault]
) -> None:
    """Raise SourceRejected for faults among the cells that are read."""
    findings = [
        Finding(
            f"{fault.problem} (sheet {sheet!r})",
            fault.remedy,
            file,
            row + 1,
            header[column] or letters(column),
            fault.value or table[row][column],
            rule="cell-whole",
        )
        for fault in faults
        for row, column in [(fault.area.first_row, fault.area.first_column)]
        if row < len(table) and column < len(header)
    ]
    if findings:
        raise SourceRejected(findings)


def without_heading(file: str, number: int, column: int, value: str) -> Finding:
    """A finding for a value in a column that has no heading."""
    return Finding(
        f"the cell {letters(column)}{number} stands in a column without heading",
        "Give the column a heading, or remove what stands in it.",
        file,
        number,
        letters(column),
        value,
        rule="column-known",
    )


def no_sheet(file: str, sheet: str | None, found: list[str]) -> Finding:
    """A finding for a workbook without the sheet asked for, or with nothing in it."""
    wanted = f"no sheet {sheet!r} with anything in it" if sheet else "no sheet with anything in it"
    return Finding(
        f"there is {wanted}; the sheets are {', '.join(found)}",
        "Restore the sheet, or fetch the file again from the publisher.",
        file,
    )


def unread(file: str, other: str, chosen: str) -> Finding:
    """A warning for a sheet that is not empty and is not read."""
    return Finding(
        f"the sheet {other!r} is not read; {chosen!r} is",
        "Move it into a file of its own if it holds records.",
        file,
        severity="warning",
    )
