"""What a spreadsheet loses when calamine reads it: merged cells, failed formulas, gaps in text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree

# OpenDocument 1.2 part 1, sections 6.1, 9.1 and 19: names of elements and attributes.
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
# LibreOffice marks a formula that has failed by this attribute, and calls its type a string.
VALUE_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
SPLIT = "Split them, and write the value into each cell it is meant for."


@dataclass(frozen=True)
class Area:
    """Cells from the first row and column to the last, all counted from 0."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        return (
            f"{letters(self.first_column)}{self.first_row + 1}"
            f":{letters(self.last_column)}{self.last_row + 1}"
        )


class Fault(NamedTuple):
    """Something in a sheet that calamine does not tell, though it loses a value by it."""

    area: Area
    problem: str
    remedy: str
    value: str | None = None


def letters(column: int) -> str:
    """The letters above a column.

    >>> letters(0), letters(25), letters(26), letters(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def place(cell: str) -> int:
    """The number of a cell's column, from 0.

    >>> place("A1"), place("AA7")
    (0, 26)
    """
    column = 0
    for letter in cell.rstrip("0123456789"):
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1


def merged(area: Area) -> Fault:
    """Merged cells: for which of the rows or columns the value is meant, nobody can tell."""
    return Fault(area, f"the cells {area} are merged", SPLIT)


def failed(area: Area, value: str | None) -> Fault:
    """A formula that has failed, which calamine reads as an empty cell."""
    remedy = "Correct the formula, or write the value itself."
    return Fault(area, "the formula in the cell has failed", remedy, value)


def faults_in_ods(raw: bytes, sheet: str) -> Iterator[Fault]:
    """What calamine does not tell of a sheet of an OpenDocument file."""
    inside, row = False, 0
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open("content.xml") as stream:
        for event, element in ElementTree.iterparse(stream, events=("start", "end")):
            if element.tag == TABLE + "table":
                inside = event == "start" and element.get(TABLE + "name") == sheet
            elif event == "end" and element.tag == TABLE + "table-row":
                if inside:
                    yield from faults_in_row(element, row)
                    row += repeated(element, "rows")
                element.clear()


def faults_in_row(element: ElementTree.Element, row: int) -> Iterator[Fault]:
    """The faults that begin in a row of an OpenDocument table."""
    column = 0
    for cell in element:
        down, across = spanned(cell, "rows"), spanned(cell, "columns")
        area = Area(row, column, row + down - 1, column + across - 1)
        if down > 1 or across > 1:
            yield merged(area)
        if cell.get(VALUE_TYPE) == "error":
            yield failed(area, "".join(cell.itertext()))
        if any(cell.find(f"{TEXT}p//{TEXT}{gap}") is not None for gap in ("tab", "line-break")):
            yield Fault(
                area,
                "the cell holds a tab or a line break within a paragraph, which cannot be read",
                "Write a blank in its place.",
            )
        column += repeated(cell, "columns")


def repeated(element: ElementTree.Element, what: str) -> int:
    """How many rows or columns an element stands for."""
    return int(element.get(f"{TABLE}number-{what}-repeated", "1"))


def spanned(cell: ElementTree.Element, what: str) -> int:
    """How many rows or columns a cell covers."""
    return int(cell.get(f"{TABLE}number-{what}-spanned", "1"))


def failed_in_xlsx(raw: bytes, sheet: str) -> Iterator[Fault]:
    """The formulas that have failed in a sheet of an Office Open XML file (ECMA-376, 18.3.1.4)."""
    row = column = -1
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as archive,
        archive.open(part(archive, sheet)) as stream,
    ):
        for event, element in ElementTree.iterparse(stream, events=("start", "end")):
            name = element.tag.rpartition("}")[2]
            if event == "start" and name == "row":
                row, column = int(element.get("r", row + 2)) - 1, -1
            elif event == "end" and name == "c":
                column = place(element.get("r")) if element.get("r") else column + 1
                if element.get("t") == "e":
                    yield failed(Area(row, column, row, column), element.findtext("{*}v"))
            elif event == "end" and name == "row":
                element.clear()


def part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Where in an Office Open XML file a sheet lies."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    wanted = {
        value
        for element in book.iterfind("{*}sheets/{*}sheet")
        for key, value in element.items()
        if element.get("name") == sheet and key.endswith("}id")
    }
    target = next(link.get("Target", "") for link in links if link.get("Id") in wanted)
    return target[1:] if target.startswith("/") else f"xl/{target}"
