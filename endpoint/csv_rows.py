"""Rows as CSV where the engine's own CSV cannot be read (SPARQL 1.1 CSV and TSV, 3).

The engine (Oxigraph 0.5) puts texts in quotation marks where they need it, and never an IRI, though
one may have a comma, nor a statement within a statement. It is quick, so it writes first; if commas
between the quotation marks are too many, the answer is written again here.
"""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, QuerySolutions, Triple

from homegraph.endpoint.spool import Spool

if TYPE_CHECKING:
    from homegraph.endpoint.display import Term  # with Flask, which the command does without

AT_ONCE = 1_000  # rows


class NotQuoted(Exception):
    """The engine wrote a comma that is part of a value as if it were between two."""


def write_csv(answer: QuerySolutions, spool: Spool) -> int:
    """Write all rows; how many there are."""
    names = [variable.value for variable in answer.variables]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    count = 0
    while rows := list(islice(answer, AT_ONCE)):
        writer.writerows([cell(row[name]) for name in names] for row in rows)
        count += len(rows)
        spool.write(out.getvalue().encode())
        out.seek(0)
        out.truncate()
    spool.write(out.getvalue().encode())
    return count


def cell(term: Term | None) -> str:
    """A term as CSV has it: without its datatype or language."""
    if term is None:
        return ""
    return str(term) if isinstance(term, BlankNode | Triple) else str(term.value)
