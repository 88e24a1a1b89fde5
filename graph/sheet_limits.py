"""What a workbook would unpack to, found out before it is unpacked.

A reader of spreadsheets makes a cell of every place between the first and the last that hold
anything, and OpenDocument says with a number how often a cell or row is repeated: a file of a
kilobyte can ask for more memory than any machine has.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import lru_cache
from typing import IO
from xml.parsers import expat

from homegraph.graph.sheet_faults import place

MOST_BYTES = 1 << 28  # of a file, packed as it is
MOST_UNPACKED = 1 << 31  # bytes of all parts: three years of outcomes are a gigabyte
MOST_CELLS = 24_000_000  # of all sheets, empty ones too: less than a gigabyte when read
BLOCK = 1 << 18
DIGITS = "0123456789"
WHOLE = 1 << 62  # of rows or columns: a number that no sheet has


class TooLarge(ValueError):
    """A workbook is larger than is read; the message says by what."""


def insist_on_limits(
    raw: bytes, most_unpacked: int = MOST_UNPACKED, most_cells: int = MOST_CELLS
) -> None:
    """Raise TooLarge for a workbook that would unpack to more than allowed.

    Raises zipfile.BadZipFile for a part that is not as large as it says, as zip bombs are,
    RuntimeError for one that is locked, and expat.ExpatError for one that is no XML.
    """
    if len(raw) > MOST_BYTES:
        raise TooLarge(f"it is larger than {MOST_BYTES:,} bytes")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = [one for one in archive.infolist() if not one.is_dir()]
        size = sum(one.file_size for one in parts)
        if size > most_unpacked:
            raise TooLarge(f"it unpacks to {size:,} bytes, and {most_unpacked:,} are read")
        cells = 0
        for one in parts:
            with archive.open(one) as stream:
                cells += cells_of(one.filename, stream, most_cells - cells)


def cells_of(name: str, stream: IO[bytes], most: int) -> int:
    """How many cells one part has, read to its end; raises as `insist_on_limits` does."""
    block = stream.read(BLOCK)
    extent = Extent(most) if is_xml(name, block) else None
    while block:
        if extent:
            extent.read(block)
        block = stream.read(BLOCK)
    if extent is None:
        return 0
    extent.read(b"")
    return extent.before + extent.area


def is_xml(name: str, start: bytes) -> bool:
    """Whether a part has to be XML: by its name, or by what is in it.

    Which part is a sheet is said by other parts, however it is called. What is called a sheet is
    read whatever it begins with: calamine goes on for ever in some that are no whole XML. Drawings
    of comments are none, as programs make them.
    """
    if name == "content.xml" or (name.startswith("xl/") and name.endswith(".xml")):
        return True
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" and not name.endswith(".vml")


class Extent:
    """How many cells the sheets of one part would have, seen as it is read.

    ECMA-376 part 1, 18.3.1.4 and 18.3.1.73 (`c`, `row`); OpenDocument 1.2 part 1, section 9.1.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows = self.columns = self.wide = self.at = 0
        self.before = self.area = 0  # cells of the sheets before, and of this one
        self.times = 1  # how often the row that is read is repeated
        self.waiting = self.waiting_rows = 0  # empty, and count only if a full one comes
        self.parser = expat.ParserCreate(
            "UTF-8"
        )  # as readers of workbooks take it, whatever it says
        self.parser.StartElementHandler = self.begin
        self.kinds: dict[str, Callable[[dict[str, str]], None] | None] = {
            "table:table": self.sheet,
            "table:table-row": self.row,
            "table:table-cell": self.cell,
            "table:covered-table-cell": self.cell,
        }

    def read(self, block: bytes) -> None:
        """Read on; raises TooLarge."""
        self.parser.Parse(block, not block)
        if not block:
            self.end_row()

    def begin(self, name: str, said: dict[str, str]) -> None:
        """An element begins. Office Open XML may give its own any prefix."""
        try:
            seen = self.kinds[name]
        except KeyError:
            bare = name.rpartition(":")[2]
            seen = {"c": self.office_cell, "row": self.office_row}.get(bare)
            self.kinds[name] = seen
        if seen:
            seen(said)

    def office_row(self, said: dict[str, str]) -> None:
        """A row of Office Open XML, which may say its number."""
        self.rows = counted(said, "r", self.rows + 1)
        self.at = 0

    def office_cell(self, said: dict[str, str]) -> None:
        """A cell of Office Open XML, which may say its place."""
        where = said.get("r", "")
        word = where.rstrip(DIGITS)
        self.at = column(word) if word else self.at + 1
        row = where[len(word) :]
        self.see(int(row) if row and len(row) < 12 else self.rows, self.at)

    def sheet(self, said: dict[str, str]) -> None:
        """A table of OpenDocument."""
        self.end_row()
        if said.get("table:is-sub-table") != "true":
            self.before += self.area
            self.area = self.rows = self.columns = self.waiting_rows = 0

    def row(self, said: dict[str, str]) -> None:
        """A row of OpenDocument, or many that are alike."""
        self.end_row()
        self.times = counted(said, "table:number-rows-repeated")

    def cell(self, said: dict[str, str]) -> None:
        """A cell of OpenDocument, or many that are alike."""
        times = 1
        if "table:number-columns-repeated" in said:
            times = counted(said, "table:number-columns-repeated")
        if "office:value-type" in said or "table:formula" in said:
            self.wide += self.waiting + times
            self.waiting = 0
        else:
            self.waiting += times

    def end_row(self) -> None:
        """A row of OpenDocument has ended; empty ones count only if a full one comes."""
        if self.wide or self.waiting:
            self.waiting_rows += self.times
        if self.wide:
            self.rows += self.waiting_rows
            self.waiting_rows = 0
            self.see(self.rows, self.wide)
        self.wide = self.waiting = 0

    def see(self, rows: int, columns: int) -> None:
        """Cells reach as far as this; raises TooLarge."""
        self.columns = max(self.columns, columns)
        self.area = max(self.area, rows * self.columns)
        if self.before + self.area > self.most:
            raise TooLarge(
                f"a sheet has {rows:,} rows and {self.columns:,} columns or more, and of all "
                f"sheets together {MOST_CELLS:,} cells are read"
            )


def counted(said: dict[str, str], attribute: str, otherwise: int = 1) -> int:
    """The number that an attribute says; more than any sheet has for what is no number."""
    text = said.get(attribute)
    if text is None:
        return otherwise
    return int(text) if text.isdecimal() and len(text) < 12 else WHOLE


@lru_cache(maxsize=1 << 15)
def column(word: str) -> int:
    """The number of a column, from 1, by its letters."""
    return place(word[:8]) + 1
