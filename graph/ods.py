"""Writes workbooks as OpenDocument 1.2 spreadsheets: just what examples and tests need.

The same tables always give the same bytes, so that an example has the same digest everywhere.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

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
Cell = str | int | float | None


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
                stream.write(f'<table:table table:name="{escape(name)}">'.encode())
                for row in rows:
                    line = "".join(map(written, row))
                    stream.write(f"<table:table-row>{line}</table:table-row>".encode())
                stream.write(b"</table:table>")
            stream.write(TAIL.encode())


def written(cell: Cell) -> str:
    """One cell as OpenDocument has it (part 1, section 9.1.4)."""
    if cell is None or cell == "":
        return "<table:table-cell/>"
    text = escape(str(cell))
    if isinstance(cell, str):
        kind = 'office:value-type="string"'
    else:
        kind = f'office:value-type="float" office:value="{text}"'
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"
