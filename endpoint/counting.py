"""Counts the rows of an answer in the bytes on their way to where it is kept.

The engine hands over some kilobytes at a time, so a row's mark may be cut in two: each reader
keeps the end of what it has seen. Where rows cannot be counted exactly, there is no number.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from pyoxigraph import QueryResultsFormat, RdfFormat

from homegraph.endpoint.csv_rows import NotQuoted
from homegraph.endpoint.spool import Spool
from homegraph.graph.errors import NotAcceptable

# What XML 1.0 cannot hold (2.2), and the name that the engine (Oxigraph 0.5) gives to a property
# whose IRI does not end in a name. The engine writes both, and nobody could read them.
NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|<oxprefix:[\s>/]")
LONGEST_MARK = 16


class Through:
    """Hands on what the engine writes; the least there is to know."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self.write = spool.write
        self.flush = spool.flush

    def ended(self) -> None:
        """All is written."""

    @property
    def rows(self) -> int | None:
        """How many rows or statements were written, if that is known."""
        return None


class Lines(Through):
    """One row is one line: N-Triples, N-Quads, and TSV behind its header."""

    def __init__(self, spool: Spool, header: int) -> None:
        super().__init__(spool)
        self._found = -header
        self.write = self._write

    def _write(self, chunk: bytes) -> int:
        self._found += chunk.count(b"\n")
        return self._spool.write(chunk)

    @property
    def rows(self) -> int | None:
        """How many lines there are behind the header."""
        return self._found


class Csv(Lines):
    """A row ends at a line's end outside quotation marks; a doubled mark changes nothing.

    Raises NotQuoted when there are more commas than stand between the columns.
    """

    def __init__(self, spool: Spool, columns: int) -> None:
        super().__init__(spool, header=1)
        self._between = max(columns - 1, 0)
        self._commas = 0
        self._quoted = 0

    def _write(self, chunk: bytes) -> int:
        outside = chunk
        if self._quoted or b'"' in chunk:
            parts = chunk.split(b'"')
            outside = b"".join(parts[self._quoted :: 2])
            self._quoted = (self._quoted + len(parts) - 1) % 2
        self._found += outside.count(b"\n")
        self._commas += outside.count(b",")
        # Lines that are ended, the header, and the one that has begun.
        if self._commas > self._between * (self._found + 2):
            raise NotQuoted
        return self._spool.write(chunk)

    def ended(self) -> None:
        """All is written; raises NotQuoted."""
        if self._commas != self._between * (self._found + 1):
            raise NotQuoted


class Marks(Through, ABC):
    """Looks at each piece together with the end of the one before."""

    def __init__(self, spool: Spool) -> None:
        super().__init__(spool)
        self._end = b""
        self._found = 0
        self.write = self._write

    def _write(self, chunk: bytes) -> int:
        seen = self._end + chunk
        self._look(seen, len(self._end))
        self._end = seen[-LONGEST_MARK:]
        return self._spool.write(chunk)

    @abstractmethod
    def _look(self, seen: bytes, known: int) -> None:
        """Note the marks in `seen`, of which the first `known` bytes were seen before."""


class Xml(Marks):
    """A row is an element; text cannot hold its mark, because < is escaped there.

    The engine writes a carriage return as it is, and readers would make a line feed of it (XML
    1.0, 2.11): it goes out as a reference.
    """

    MARK = b"<result>"

    def _write(self, chunk: bytes) -> int:
        super()._write(chunk.replace(b"\r", b"&#xD;") if b"\r" in chunk else chunk)
        return len(chunk)

    def _look(self, seen: bytes, known: int) -> None:
        if NOT_XML.search(seen):
            raise NotAcceptable("this answer has letters or names that XML cannot hold")
        self._found += seen.count(self.MARK) - seen.count(self.MARK, 0, known)

    @property
    def rows(self) -> int | None:
        """How many elements there are."""
        return self._found


class RdfXml(Xml):
    """Only looks for what XML cannot hold."""

    @property
    def rows(self) -> int | None:
        """Not known: a statement has no mark of its own."""
        return None


class Json(Marks):
    """Rows stand one behind the other; in text a quotation mark has a backslash before it.

    So only the mark that ends a text can look like one between rows; what follows it is never the
    name of a variable. A row without values has no quotation mark: nothing tells it from text.
    """

    BETWEEN, FIRST = b'},{"', b'"bindings":[{"'
    ENDS = (BETWEEN + b"}", BETWEEN + b",")

    def __init__(self, spool: Spool) -> None:
        super().__init__(spool)
        self._any = False
        self._empty = False

    def _look(self, seen: bytes, known: int) -> None:
        self._any = self._any or self.FIRST in seen
        self._found += seen.count(self.BETWEEN) - seen.count(self.BETWEEN, 0, known)
        for end in self.ENDS:
            self._found -= seen.count(end) - seen.count(end, 0, known)
        self._empty = self._empty or b",{}" in seen or b"[{}" in seen

    @property
    def rows(self) -> int | None:
        """How many rows there are; None when one could be without values."""
        if self._empty:
            return None
        return self._found + self._any


def counted(
    spool: Spool, form: QueryResultsFormat | RdfFormat, columns: int | None = None
) -> Through:
    """What the engine writes into, for rows of so many columns, statements, or yes and no."""
    if isinstance(form, QueryResultsFormat) and columns is None:
        return Through(spool)
    if form == QueryResultsFormat.JSON:
        return Json(spool)
    if form == QueryResultsFormat.XML:
        return Xml(spool)
    if form == QueryResultsFormat.CSV:
        return Csv(spool, columns or 0)
    if form == QueryResultsFormat.TSV:
        return Lines(spool, header=1)
    if form in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS):
        return Lines(spool, header=0)
    return RdfXml(spool) if form == RdfFormat.RDF_XML else Through(spool)
