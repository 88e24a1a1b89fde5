"""Tables in files, by their suffixes."""

from __future__ import annotations

from pathlib import Path

from homegraph.graph.errors import FetchFailed
from homegraph.graph.linking import tables_sheet, tables_text
from homegraph.graph.linking.table import Table
from homegraph.graph.raw import RawFile

SUFFIXES = (*tables_text.SUFFIXES, *tables_sheet.SUFFIXES)
KNOWN = ", ".join(SUFFIXES)


def read(
    path: Path, sheet: str | None = None, query: str | None = None, *, header: int | None = None
) -> Table:
    """The table in a file; raises FetchFailed for a file that is not there, or of no known kind."""
    if not path.name.removesuffix(".gz").lower().endswith(SUFFIXES):
        raise FetchFailed(f"{path}: a table is {KNOWN}. Save it as one of these")
    if query is not None:
        raise FetchFailed(f"{path}: a query is asked of the address of a SPARQL endpoint, no file")
    if header is not None and header < 1:
        raise FetchFailed(f"{path}: rows are counted from 1, so none is row {header}")
    file = RawFile.at(path)
    if file.name.lower().endswith(tables_sheet.SUFFIXES):
        return tables_sheet.read(file, sheet, header)
    if sheet is not None:
        raise FetchFailed(f"{path}: a file of text has no sheet {sheet!r}. Leave that out")
    return tables_text.read(file, header)
