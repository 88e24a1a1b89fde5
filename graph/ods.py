"""Writes workbooks as OpenDocument 1.2 spreadsheets: rows of cells, and nothing else.

The same tables always give the same bytes, so that an example has the same digest everywhere.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

KIND = "application/vnd.oasis.opendocument.spreadsheet"
URN = "urn:oasis:names:tc:opendocument:xmlns"
MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<manifest:manifest xmlns:manifest="{URN}:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{KIND}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<office:document-content xmlns:office="{URN}:office:1.0" xmlns:table="{URN}:table:1.0" '
    f'xmlns:text="{URN}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
)
TAIL = "</office:spreadsheet></office:body></office:document-content>"
WHEN = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can name
Cell = str | int | float | date | None
GAPS = re.compile(r"(?<= ) +|^ +| +$|\t")  # blanks that OpenDocument would take for one, or none
# What XML has no way to write (XML 1.0, section 2.2).
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_ods(path: Path, sheets: Mapping[str, Iterable[Sequence[Cell]]]) -> None:
    """Write a workbook: the rows of each sheet, by its name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", WHEN), KIND)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml", WHEN), MANIFEST)
        content = zipfile.ZipInfo("content.xml", WHEN)
        content.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(content, "w", force_zip64=True) as stream:
            stream.write(HEAD.encode())
            for name, rows in sheets.items():
                stream.write(f"<table:table table:name={quoteattr(name)}>".encode())
                for row in rows:
                    line = "".join(map(written, row))
                    stream.write(f"<table:table-row>{line}</table:table-row>".encode())
                stream.write(b"</table:table>")
            stream.write(TAIL.encode())


def written(cell: Cell) -> str:
    """One cell as OpenDocument has it (part 1, sections 9.1.4 and 6.1.2).

    A character that XML cannot hold becomes U+FFFD.
    """
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, str):
        paragraphs = "".join(map(paragraph, re.split("\r\n|\r|\n", cell)))
        return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'
    text = cell.isoformat() if isinstance(cell, date) else str(cell)
    if isinstance(cell, bool):
        kind = f'office:value-type="boolean" office:boolean-value="{text.lower()}"'
    elif isinstance(cell, date):  # a datetime is one too
        kind = f'office:value-type="date" office:date-value="{text}"'
    else:
        kind = f'office:value-type="float" office:value="{text}"'
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"


def paragraph(line: str) -> str:
    """One line of a text, with all its blanks."""
    said = escape(UNWRITABLE.sub("\ufffd", line))
    return f"<text:p>{GAPS.sub(gap, said)}</text:p>"


def gap(blanks: re.Match[str]) -> str:
    """Blanks, or a tab, as an element."""
    return "<text:tab/>" if blanks[0] == "\t" else f'<text:s text:c="{len(blanks[0])}"/>'
