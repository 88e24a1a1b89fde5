"""Writes rows that columns counted in the formats of results, byte for byte as Oxigraph would.

Handing many rows over as VALUES takes six microseconds a row. What Oxigraph writes of a term is
asked of it once for each term, and put together here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyoxigraph import QueryResultsFormat

from homegraph.endpoint.columns.handing import Table
from homegraph.endpoint.columns.scope import NOTHING
from homegraph.endpoint.spool import Spool

JSON, XML = QueryResultsFormat.JSON, QueryResultsFormat.XML
CSV, TSV = QueryResultsFormat.CSV, QueryResultsFormat.TSV
FEW = 1_000  # rows that are handed over as quickly
AT_ONCE = 2_000  # rows that are put together at a time
# What stands before, between and after two values of one column.
BETWEEN = {
    JSON: (b'[{"x":', b'},{"x":', b"}]"),
    XML: (b'<result><binding name="x">', b'</binding></result><result><binding name="x">', b"</b"),
    CSV: (b"x\r\n", b"\r\n", b"\r\n"),
    TSV: (b"?x\n", b"\n", b"\n"),
}


def write_table(table: Table, form: QueryResultsFormat, spool: Spool) -> bool:
    """Write a table; gives False, having written nothing, where Oxigraph had better do it."""
    if len(table.rows) < FEW or not table.head or form not in BETWEEN:
        return False
    terms = {cell for row in table.rows for cell in row}
    if any("\\" in term for term in terms):  # a line's end in CSV may be one within a text
        return False
    if form == CSV and any(term.startswith("<") and "," in term for term in terms):
        return False  # Oxigraph would not quote it
    known = pieces(sorted(terms), form)
    empty = serialized(
        f"SELECT {' '.join(f'?{name}' for name in table.head)} {{ FILTER(false) }}", form
    )
    head, tail = ends(empty, form)
    spool.write(head)
    for start in range(0, len(table.rows), AT_ONCE):
        lines = list(written(table.head, table.rows[start : start + AT_ONCE], known, form))
        between = b"," if form == JSON else b""
        spool.write((between if start else b"") + between.join(lines))
    spool.write(tail)
    return True


def pieces(terms: Sequence[str], form: QueryResultsFormat) -> dict[str, bytes]:
    """What Oxigraph writes of each term; nothing of an unbound one."""
    bound = [term for term in terms if term]
    before, between, after = BETWEEN[form]
    text = serialized(f"SELECT ?x {{ VALUES ?x {{ {' '.join(bound)} }} }}", form)
    body = text[text.index(before) + len(before) : text.rindex(after)]
    return {"": b"", **dict(zip(bound, body.split(between), strict=True))}


def serialized(query: str, form: QueryResultsFormat) -> bytes:
    """What Oxigraph writes for a query of nothing."""
    found: Any = NOTHING.query(query)
    text: bytes = found.serialize(format=form)
    return text


def ends(empty: bytes, form: QueryResultsFormat) -> tuple[bytes, bytes]:
    """What stands before and after all rows."""
    mark = {JSON: b"[]}}", XML: b"<results></results>"}.get(form)
    if mark is None:
        return empty, b""
    place = empty.rindex(mark) + (1 if form == JSON else len(b"<results>"))
    return empty[:place], empty[place:]


def written(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    known: dict[str, bytes],
    form: QueryResultsFormat,
) -> Iterator[bytes]:
    """Rows as they stand in the answer."""
    names = [name.encode() for name in head]
    if form in (CSV, TSV):
        mark, end = (b",", b"\r\n") if form == CSV else (b"\t", b"\n")
        for row in rows:
            yield mark.join([known[cell] for cell in row]) + end
        return
    if form == JSON:
        keys = [b'"' + name + b'":' for name in names]
        for row in rows:
            cells = [key + known[cell] for key, cell in zip(keys, row, strict=True) if cell]
            yield b"{" + b",".join(cells) + b"}"
        return
    keys = [b'<binding name="' + name + b'">' for name in names]
    for row in rows:
        cells = [
            key + known[cell] + b"</binding>" for key, cell in zip(keys, row, strict=True) if cell
        ]
        yield b"<result>" + b"".join(cells) + b"</result>"
