"""Home Office open data tables: a workbook with a sheet per financial year, read as columns.

Such a file has hundreds of thousands of rows, so its cells are checked a column at a time: each
different text of a column is read once, and every row with a text that cannot be read is named, by
file, sheet, row and column. A sheet whose name is no year holds notes. The same table as CSV, with
all years in it, is read the same way.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from xml.sax.saxutils import unescape

import polars as pl
import python_calamine as calamine

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.made import COLUMN, says_so
from homegraph.graph.raw import RawFile
from homegraph.graph.row import check_header, ragged, records
from homegraph.graph.sheet import (
    BROKEN,
    SUFFIXES,
    insist_on_whole_cells,
    text,
    visible,
    whole,
    without_heading,
)
from homegraph.graph.sheet_faults import (
    Area,
    Fault,
    failed_in_xlsx,
    faults_in_ods,
    merged,
    part,
)

YEAR = re.compile(r"(20[0-9]{2})[-_/ ]([0-9]{2}|20[0-9]{2})")
# How OpenDocument says what calamine loses: spans, failed formulas, gaps within a paragraph; and
# where a table begins.
IN_ODS = re.compile(
    rb'<table:table [^>]*?table:name="([^"]*)"'
    rb'|-spanned="(?:[2-9]|1[0-9])|value-type="error"|<text:(?:tab|line-break)'
)
FAILED_IN_XLSX = re.compile(rb'<c [^>]*t="e"')
BLOCK = 1 << 22
ROW = "row"
AGAIN = "Fetch it again from the publisher."
Table = list[list[str]]


@dataclass(frozen=True)
class Sheet:
    """One sheet: its cells as text, a column per heading, and `row` as the spreadsheet counts.

    `made` when notes before it say that the figures are invented (graph/made.py).
    """

    file: RawFile
    name: str | None
    frame: pl.DataFrame
    made: bool = False

    @property
    def said(self) -> str:
        """How a finding names the sheet."""
        return f" (sheet {self.name!r})" if self.name else ""


def government_year(text: str) -> str:
    """Read a year from April to March as reference.data.gov.uk spells it.

    >>> government_year("2019/20"), government_year("2019_20")
    ('2019-2020', '2019-2020')
    """
    found = YEAR.fullmatch(text)
    if found is None or int(found[2][-2:]) != (int(found[1]) + 1) % 100:
        raise ValueError("not a year from April to March")
    return f"{found[1]}-{int(found[1]) + 1}"


def quarter(text: str) -> str:
    """Read a quarter of such a year: 1 or Q1, which is April to June."""
    found = re.fullmatch("Q?([1-4])", text)
    if found is None:
        raise ValueError("not a quarter from 1 to 4")
    return f"Q{found[1]}"


def count(text: str) -> int:
    """Read a whole number, which is below nought where earlier records were cancelled."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise ValueError("not a whole number")
    return int(text)


def sheets(
    file: RawFile, reading: Reading, headings: Sequence[str], *, by_year: bool = True
) -> Iterator[Sheet]:
    """The tables of a file; each has exactly the headings, in any order.

    A sheet named by a year is a table; without `by_year` so is any with the headings.

    Raises SourceRejected for what is no such workbook, a lost or unknown column, merged cells, and
    a sheet with these headings whose name is no year.
    """
    if not file.name.endswith(SUFFIXES):
        yield from plain(file, reading, headings)
        return
    raw = whole(file)
    try:
        losing = lossy(raw)
        with calamine.load_workbook(io.BytesIO(raw)) as book:
            found = made = False
            for name in visible(book):
                table = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                if not is_year(name):
                    row = row_of_headings(table, headings)
                    if row is None:
                        made = made or says_so(table)
                        continue
                    if by_year:
                        raise SourceRejected([named_by_no_year(file, name, row)])
                found = True
                faults = faults_of(file, raw, name) if name in losing else []
                yield replace(framed(file, name, table, headings, faults, reading), made=made)
    except BROKEN as error:
        raise SourceRejected([broken(file)]) from error
    if not found:
        problem = "no sheet is named by a year" if by_year else "no sheet has the headings"
        remedy = "Name each sheet by its year, as 2019-20, or fetch the file again."
        raise SourceRejected([Finding(problem, remedy, file.name)])


def is_year(name: str) -> bool:
    """Whether a sheet is named by a year."""
    try:
        return bool(government_year(name.strip()))
    except ValueError:
        return False


def plain(file: RawFile, reading: Reading, headings: Sequence[str]) -> Iterator[Sheet]:
    """The one table of a CSV file."""
    lines = records(file)
    table = [next(lines)]
    for number, values in enumerate(lines, start=2):
        if any(values) and len(values) != len(table[0]):
            reading.records += 1
            reading.refused += 1
            reading.add(ragged(file.name, number, len(values), len(table[0])))
            values = [""] * len(table[0])
        table.append(values or [""] * len(table[0]))
    yield framed(file, None, table, headings, [], reading)


def tags(raw: bytes, member: str) -> Iterator[bytes]:
    """The text of a part of a workbook, in blocks of whole tags."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open(member) as stream:
        rest = b""
        while block := stream.read(BLOCK):
            whole, end, rest = (rest + block).rpartition(b">")
            yield whole + end


def loses(raw: bytes) -> bool:
    """Whether a workbook holds anything that calamine would lose."""
    return bool(lossy(raw))


def lossy(raw: bytes) -> set[str]:
    """The sheets that hold anything that calamine would lose; quick, and says not where."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if "content.xml" not in archive.namelist():
            return lossy_in_xlsx(raw, archive)
    name, found = "", set()
    for block in tags(raw, "content.xml"):
        for token in IN_ODS.finditer(block):
            if token[1] is not None:
                name = unescape(token[1].decode())
            else:
                found.add(name)
    return found


def lossy_in_xlsx(raw: bytes, archive: zipfile.ZipFile) -> set[str]:
    """The same for Office Open XML, of which calamine tells the merged cells."""
    with calamine.load_workbook(io.BytesIO(raw)) as book:
        return {
            name
            for name in visible(book)
            if book.get_sheet_by_name(name).merged_cell_ranges
            or any(FAILED_IN_XLSX.search(block) for block in tags(raw, part(archive, name)))
        }


def faults_of(file: RawFile, raw: bytes, name: str) -> list[Fault]:
    """The faults of one sheet, each with its place; slow, so ask only of sheets that lose any."""
    if file.name.endswith(".ods"):
        return list(faults_in_ods(raw, name))
    with calamine.load_workbook(io.BytesIO(raw)) as book:
        ranges = book.get_sheet_by_name(name).merged_cell_ranges or ()
    faults = [merged(Area(*first, *last)) for first, last in ranges]
    return [*faults, *failed_in_xlsx(raw, name)]


def framed(
    file: RawFile,
    name: str | None,
    table: Sequence[Sequence[object]],
    headings: Sequence[str],
    faults: list[Fault],
    reading: Reading,
) -> Sheet:
    """A table as a frame of texts."""
    start = next((number for number, cells in enumerate(table) if any(cells)), None)
    if start is None:
        raise SourceRejected([Finding(f"the sheet {name!r} is empty", AGAIN, file.name)])
    columns = [texts(cells) for cells in zip(*table[start:], strict=True)]
    header = [column[0] for column in columns]
    check_header([word for word in header if word], file.name, headings, headings, start + 1)
    if faults and name is not None:
        whole = [[text(cell) for cell in cells] for cells in table]
        insist_on_whole_cells(file.name, name, whole, header, faults)
    for place, column in enumerate(columns):
        stray = next((row for row, cell in enumerate(column) if cell and not column[0]), None)
        if stray is not None:
            found = without_heading(file.name, start + stray + 1, place, column[stray])
            raise SourceRejected([found])
    reading.headings.setdefault(file.name, set()).update(headings)
    frame = pl.DataFrame(
        {word: column[1:] for word, column in zip(header, columns, strict=True) if word},
        schema={word: pl.String for word in header if word},
    ).with_row_index(ROW, start + 2)
    filled = frame.filter(pl.any_horizontal(pl.col(word) != "" for word in headings))
    if filled.is_empty():
        problem = f"the sheet {name!r} has a header and no rows"
        raise SourceRejected([Finding(problem, AGAIN, file.name)])
    return Sheet(file, name, filled.with_columns(pl.col(ROW).cast(pl.Int64)))


def texts(cells: Sequence[object]) -> list[str]:
    """Cells as text, each different cell written once."""
    known: dict[tuple[type, object], str] = {}
    written = []
    for cell in cells:
        key = (cell.__class__, cell)
        if key not in known:
            known[key] = text(cell)
        written.append(known[key])
    return written


def row_of_headings(table: Sequence[Sequence[object]], headings: Sequence[str]) -> int | None:
    """The row in which all headings stand, as a spreadsheet counts; None for a sheet of notes."""
    wanted = set(headings)
    for number, cells in enumerate(table, start=1):
        if wanted <= {str(cell).strip() for cell in cells}:
            return number
    return None


def named_by_no_year(file: RawFile, name: str, row: int) -> Finding:
    """A finding for a table that would be left out because of its sheet's name."""
    problem = f"the sheet {name!r} has the headings of the table, and is named by no year"
    return Finding(problem, "Name it as 2019-20.", file.name, row)


def broken(file: RawFile) -> Finding:
    """A finding for what is no workbook."""
    problem = "this is not a spreadsheet that can be read, or a part of it is missing"
    return Finding(problem, AGAIN, file.name)


class Columns:
    """The columns of a sheet on the way from text to values; what cannot be read is left out.

    Every row is counted, and a row that breaks several rules is refused once, by the first.
    """

    def __init__(self, sheet: Sheet, reading: Reading) -> None:
        self.sheet, self.reading, self.frame = sheet, reading, sheet.frame
        reading.records += self.frame.height

    def read(
        self,
        heading: str,
        name: str,
        read: Callable[[str], str | int | None],
        remedy: str,
        *,
        may_be_empty: bool = False,
        numbers: bool = False,
    ) -> None:
        """Read a column of texts into one of texts, or of `numbers`.

        `read` raises ValueError for what it cannot read, and is asked once for each different text,
        however many rows have it.
        """
        values: dict[str, str | int | None] = {}
        wrong: dict[str, str] = {}
        for said in self.frame[heading].unique().sort():
            try:
                if not said and not may_be_empty:
                    raise ValueError("the cell is empty")
                values[said] = read(said) if said else None
            except ValueError as error:
                wrong[said] = str(error)
        if wrong:
            self.refuse(pl.col(heading).is_in(list(wrong)), heading, wrong, remedy)
        kind = pl.Int64 if numbers else pl.String
        # Where every row is refused nothing is replaced, and polars would not change the type.
        column = (
            pl.lit(None, kind)
            if not values
            else pl.col(heading).replace_strict(
                list(values), list(values.values()), return_dtype=kind
            )
        )
        self.frame = self.frame.with_columns(column.alias(name))

    def insist(self, holds: pl.Expr, heading: str, problem: str, remedy: str) -> None:
        """Refuse the rows for which something does not hold."""
        self.refuse(~holds, heading, {}, remedy, problem, "row-consistent")

    def refuse(
        self,
        bad: pl.Expr,
        heading: str,
        why: Mapping[str, str],
        remedy: str,
        problem: str = "",
        rule: str = "",
    ) -> None:
        """Leave rows out, each with a finding; raises SourceRejected when there are too many."""
        rows = self.frame.filter(bad)
        self.reading.refused += rows.height
        for number, value in rows.select(ROW, heading).iter_rows():
            said = (why.get(value) or problem) + self.sheet.said
            rule_broken = rule or ("value-known" if value else "cell-filled")
            name = self.sheet.file.name
            self.reading.add(Finding(said, remedy, name, number, heading, value, rule=rule_broken))
        self.frame = self.frame.filter(~bad)

    def done(self, *columns: str) -> pl.DataFrame:
        """The columns of values, with `file`, `sheet` (null for CSV), `row` and `made`."""
        self.reading.written += self.frame.height
        return self.frame.select(
            *columns,
            pl.lit(self.sheet.file.sha256).alias("file"),
            pl.lit(self.sheet.name, pl.String).alias("sheet"),
            ROW,
            pl.lit(self.sheet.made).alias(COLUMN),
        )
