"""Codes that a workbook holds as numbers and shows with zeros in front: 000123 is read as shown.

The reader of workbooks gives the number, 123, and a code without its zeros is another code. What a
cell shows is in its format (Office Open XML), or written beside the number (OpenDocument).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TypeAlias
from xml.etree import ElementTree

from homegraph.graph.open_tables import tags
from homegraph.graph.sheet_faults import TABLE, TEXT, part, place, repeated

VALUE_TYPE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"
ZEROS = re.compile(r"0{2,}")  # a format that shows at least so many digits (ECMA-376, 18.8.31)
SHOWN = re.compile(r"0[0-9]+")
MAY_SHOW = re.compile(rb'value-type="float"[^<]*<text:p>0[0-9]')
CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
WHERE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
STYLE = re.compile(rb'\bs="([0-9]{1,6})"')
Widths: TypeAlias = dict[int, list[tuple[int, int]]]  # by row: columns, and digits that are shown


def widths(raw: bytes, sheet: str) -> Widths:
    """The cells of a sheet that show zeros which their numbers do not have; all count from 0."""
    found: Widths = {}
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if "content.xml" in archive.namelist():
            some = in_ods(archive, sheet) if may_show(raw) else iter(())
        else:
            some = in_xlsx(raw, archive, sheet)
        for row, column, width in some:
            found.setdefault(row, []).append((column, width))
    return found


def may_show(raw: bytes) -> bool:
    """Whether any number of an OpenDocument file is shown so; quick, and says not where."""
    return any(MAY_SHOW.search(block) for block in tags(raw, "content.xml"))


def in_ods(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, int]]:
    """Row, column and digits of each such cell of OpenDocument (part 1, section 9.1.4)."""
    inside, row = False, 0
    with archive.open("content.xml") as stream:
        for event, element in ElementTree.iterparse(stream, events=("start", "end")):
            if element.tag == TABLE + "table":
                inside = event == "start" and element.get(TABLE + "name") == sheet
            elif event == "end" and element.tag == TABLE + "table-row":
                if inside:
                    shown = list(shown_in_row(element))
                    times = repeated(element, "rows") if shown else 1
                    yield from ((row + n, *one) for n in range(times) for one in shown)
                    row += repeated(element, "rows")
                element.clear()


def shown_in_row(element: ElementTree.Element) -> Iterator[tuple[int, int]]:
    """Column and digits of each such cell of one row."""
    column = 0
    for cell in element:
        times = repeated(cell, "columns")
        said = cell.findtext(TEXT + "p", "")
        if cell.get(VALUE_TYPE) == "float" and SHOWN.fullmatch(said):
            yield from ((column + n, len(said)) for n in range(times))
        column += times


def in_xlsx(raw: bytes, archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, int]]:
    """Row, column and digits of each such cell of Office Open XML."""
    digits = padding(archive)
    if not digits:
        return
    for block in tags(raw, part(archive, sheet)):
        for cell in CELL.finditer(block):
            style, where = STYLE.search(cell[1]), WHERE.search(cell[1])
            if style and where and style[1] in digits:
                yield int(where[2]) - 1, place(where[1].decode()), digits[style[1]]


def padding(archive: zipfile.ZipFile) -> dict[bytes, int]:
    """The styles that show numbers with zeros in front, and how many digits (18.8.10, 18.8.31)."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    codes = {
        one.get("numFmtId"): len(code)
        for one in styles.iterfind("{*}numFmts/{*}numFmt")
        if ZEROS.fullmatch(code := one.get("formatCode", ""))
    }
    return {
        str(number).encode(): codes[kind]
        for number, one in enumerate(styles.iterfind("{*}cellXfs/{*}xf"))
        if (kind := one.get("numFmtId")) in codes
    }


def padded(row: list[str], shown: list[tuple[int, int]]) -> list[str]:
    """The texts of a row with the zeros that it shows."""
    for column, width in shown:
        if column < len(row) and row[column].isdecimal():
            row[column] = row[column].zfill(width)
    return row
