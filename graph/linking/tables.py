"""Opens tables wherever they are, and writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from homegraph.graph.linking import tables_file, tables_web, tables_write
from homegraph.graph.linking.table import Flag, Form, Moment, Number, Rows, Table

__all__ = ["Flag", "Form", "Moment", "Number", "Rows", "Table", "open_table", "write_table"]


def open_table(
    where: str | Path,
    sheet: str | None = None,
    query: str | None = None,
    *,
    header: int | None = None,
    kept: Path | None = None,
) -> Table:
    """The table in a file, or that an address gives.

    A file is .csv, .tsv, .ods or .xlsx, by its suffix (.csv.gz also); of a workbook with several
    sheets one is named. `header` is the row of the headings, found out if left out. An address is
    that of such a file, of a CKAN, or with a `query` of a SPARQL endpoint; what it gives is
    remembered in `kept`, if there is such a folder, so that what has not changed is not sent again.

    Raises SourceRejected, with file, row and column, for what is no such table, and FetchFailed for
    what cannot be had.
    """
    if tables_web.is_address(str(where)):
        return tables_web.read(str(where), sheet, query, header=header, kept=kept)
    return tables_file.read(Path(where), sheet, query, header=header)


def write_table(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    like: Table | None = None,
) -> int:
    """Write a table as .csv, .tsv, .ods or .xlsx, by the suffix; returns how many rows.

    `like` is the table that the rows came from: a .csv gets the same delimiter and ends of lines.
    The file has its name only once it is whole; what was there before is then replaced.

    Raises SourceRejected for a suffix that is not known, and for what such a file cannot hold, and
    HomeUnusable when it cannot be written.
    """
    return tables_write.write(path, columns, rows, like)
