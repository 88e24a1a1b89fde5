"""Writes workbooks as Office Open XML (ECMA-376): rows of cells, and nothing else.

The same tables always give the same bytes, as with `graph/ods.py`.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from homegraph.graph.iri import OFFICE_LINK, PACKAGE_LINKS, PACKAGE_TYPES, SPREADSHEET
from homegraph.graph.ods import UNWRITABLE, WHEN, Cell
from homegraph.graph.sheet_faults import letters

MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 1_048_576, 16_384, 32_767  # what programs can open
START = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DAYS_FROM = datetime(1899, 12, 30)  # day 0, which is right from March 1900 on (18.17.4.1)
FIRST_DAY = datetime(1900, 3, 1)
NAMED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # would be read as the code of a letter (22.9.2.19)
PLAIN = 'fontId="0" fillId="0" borderId="0"'
# Formats 14 and 22 are a day, and a day with the time, as the reader's own country writes them.
STYLES = (
    f'{START}<styleSheet xmlns="{SPREADSHEET}">'
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    f'<cellStyleXfs count="1"><xf numFmtId="0" {PLAIN}/></cellStyleXfs><cellXfs count="3">'
    f'<xf numFmtId="0" {PLAIN} xfId="0"/>'
    f'<xf numFmtId="14" {PLAIN} xfId="0" applyNumberFormat="1"/>'
    f'<xf numFmtId="22" {PLAIN} xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
DAY, TIME = 1, 2  # places among the styles


def write_xlsx(path: Path, sheets: Mapping[str, Iterable[Sequence[Cell]]]) -> None:
    """Write a workbook: the rows of each sheet, by its name.

    Raises ValueError, with the row, for what programs could not open.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts(list(sheets)).items():
            archive.writestr(member(name), text)
        for number, rows in enumerate(sheets.values(), start=1):
            sheet = member(f"xl/worksheets/sheet{number}.xml")
            with archive.open(sheet, "w", force_zip64=True) as stream:
                stream.write(f'{START}<worksheet xmlns="{SPREADSHEET}"><sheetData>'.encode())
                for place, row in enumerate(rows, start=1):
                    stream.write(written_row(place, row).encode())
                stream.write(b"</sheetData></worksheet>")


def member(name: str) -> zipfile.ZipInfo:
    """A part of the file, without the time at which it was made."""
    info = zipfile.ZipInfo(name, WHEN)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def parts(names: Sequence[str]) -> dict[str, str]:
    """The parts that say what the others are (part 2, sections 9.2 and 9.3)."""
    types = f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    types += f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>'
    links = f'<Relationship Id="styles" Type="{OFFICE_LINK}/styles" Target="styles.xml"/>'
    sheets = ""
    for number, name in enumerate(names, start=1):
        part = f"worksheets/sheet{number}.xml"
        types += f'<Override PartName="/xl/{part}" ContentType="{KIND}.worksheet+xml"/>'
        links += f'<Relationship Id="s{number}" Type="{OFFICE_LINK}/worksheet" Target="{part}"/>'
        sheets += f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="s{number}"/>'
    book = f'<Relationship Id="book" Type="{OFFICE_LINK}/officeDocument" Target="xl/workbook.xml"/>'
    return {
        "[Content_Types].xml": (
            f'{START}<Types xmlns="{PACKAGE_TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>'
        ),
        "_rels/.rels": f'{START}<Relationships xmlns="{PACKAGE_LINKS}">{book}</Relationships>',
        "xl/workbook.xml": (
            f'{START}<workbook xmlns="{SPREADSHEET}" xmlns:r="{OFFICE_LINK}">'
            f"<sheets>{sheets}</sheets></workbook>"
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{START}<Relationships xmlns="{PACKAGE_LINKS}">{links}</Relationships>'
        ),
        "xl/styles.xml": STYLES,
    }


def written_row(number: int, row: Sequence[Cell]) -> str:
    """One row (part 1, section 18.3.1.73); empty cells are left out."""
    if number > MOST_ROWS or len(row) > MOST_COLUMNS:
        raise ValueError(f"a sheet has {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns at most")
    cells = "".join(
        written(f"{letters(column)}{number}", cell)
        for column, cell in enumerate(row)
        if cell is not None and cell != ""
    )
    return f'<row r="{number}">{cells}</row>'


def written(place: str, cell: Cell) -> str:
    """One cell (part 1, section 18.3.1.4). A character that XML cannot hold becomes U+FFFD."""
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{cell:d}</v></c>'
    if isinstance(cell, date):  # a datetime is one too
        when = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
        if when >= FIRST_DAY:
            past = when - DAYS_FROM
            style = DAY if past.days * 86_400 == past.total_seconds() else TIME
            return f'<c r="{place}" s="{style}"><v>{past.total_seconds() / 86_400!r}</v></c>'
        cell = cell.isoformat()
    if isinstance(cell, str):
        if len(cell) > MOST_LETTERS:
            raise ValueError(f"the cell {place} has more than {MOST_LETTERS:,} letters")
        said = escape(NAMED.sub("_x005F_", UNWRITABLE.sub("\ufffd", cell)), {"\r": "_x000D_"})
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{said}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'
