"""The tables of estimates: which figure stands in which cell, and when it was published.

Three kinds of files are known by their names. The workbooks of mid-year estimates have the sheet
MYE4, a row for each area of several kinds and a column for each year, newest first, below seven
lines of remarks; the cover sheet says when they were published. The series of components of change
(MYEB3) is a CSV file with a row for each district and, among births and removals, the population of
each year. The workbook of deprivation in London has the population of lower layer areas in 2015.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from homegraph.graph import row, sheet
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row

WORKBOOK = re.compile(r"(LAD[0-9]{2}_Mid_Year_pop_|mye[0-9]{2}tables).*\.xlsx")
COMPONENTS = re.compile(r"MYEB3_summary_components_of_change_series_.*\.csv")
SMALL_AREAS = re.compile(r"[a-z]+_lsoa_deprivation\.xlsx")

TABLE, COVER, SMALL_TABLE = "MYE4", "Cover sheet", "Population figures"
MID_YEAR = re.compile(r"Mid-([0-9]{4})")
PUBLISHED = re.compile(r"Date published: ([0-9]{1,2})(?:st|nd|rd|th)? ([A-Z][a-z]+ [0-9]{4})")
POPULATION = re.compile(r"population_([0-9]{4})")
# The other columns of the components of change: they say how a population came about.
COMPONENT = re.compile(
    r"(births|deaths|natchange|internal_(in|out|net)|international_(in|out|net)"
    r"|special_change|unattrib|other_change)_[0-9]{4}"
)
DISTRICT = re.compile(r"(la|lad)(code|name)[0-9]{2}")
SMALL_TOTAL, SMALL_YEAR = "Total population: mid 2015 (excluding prisoners)", "2015"
SMALL_PUBLISHED = "2019"  # with the indices of deprivation of that year
SMALL_IGNORED = (
    "Local Authority District code (2019)",
    "Local Authority District name (2019)",
    "Dependent Children aged 0-15: mid 2015 (excluding prisoners)",
    "Population aged 16-59: mid 2015 (excluding prisoners)",
    "Older population aged 60 and over: mid 2015 (excluding prisoners)",
    "Working age population 18-59/64: for use with Employment Deprivation Domain"
    " (excluding prisoners)",
    *("...10", "...11", "...12", "...13"),  # headings that a program made up for empty columns
)
KINDS = {
    "Country",
    "Region",
    "Unitary Authority",
    "Metropolitan District",
    "Non-metropolitan District",
    "London Borough",
}
COUNTIES = {"County", "Metropolitan County"}
CODE = re.compile(r"[EWK][0-9]{8}")
A_NUMBER, A_CODE = (
    "Give a whole number of up to nine digits.",
    "Give the nine-character ONS code, as in E07000150.",
)
PRISONERS = "Prisoners are not counted."


class Figure(NamedTuple):
    """The residents of one area in the middle of one year, as one cell of one file has them."""

    area: str
    name: str
    year: str
    residents: int
    file: str
    sheet: str | None
    row: int
    cell_column: str
    published: str  # files are in this order; a day, or a year where no day is known
    note: str | None = None


Read = Callable[[RawFile, Reading], Iterator[Figure]]


def reader_of(name: str) -> Read | None:
    """How a file of this name is read, or None."""
    for pattern, read in (
        (WORKBOOK, workbook),
        (COMPONENTS, components),
        (SMALL_AREAS, small_areas),
    ):
        if pattern.fullmatch(name):
            return read
    return None


def workbook(file: RawFile, reading: Reading) -> Iterator[Figure]:
    """Mid-year estimates of districts, regions and countries."""
    published = published_on(file)
    name, table, faults = sheet.content(file, TABLE, reading)
    start = next((n for n, cells in enumerate(table) if cells[0] == "Code"), None)
    if start is None:
        problem = f"the sheet {TABLE} has no row that begins with Code"
        raise SourceRejected([Finding(problem, "Restore the row of headings.", file.name)])
    header = table[start]
    years = {column: mid[1] for column in header if (mid := MID_YEAR.fullmatch(column))}
    fixed = ("Code", "Name", "Geography")
    row.check_header(header, file.name, fixed, (*fixed, *years), start + 1)
    sheet.insist_on_whole_cells(file.name, name, table, header, faults)
    left_out, seen = 0, dict[str, int]()
    for number, cells in enumerate(table[start + 1 :], start=start + 2):
        if not any(cells):
            continue
        record = Row(dict(zip(header, cells, strict=True)), reading, file=file.name, number=number)
        found: list[Figure] = []
        with record:
            code, title = record.take("Code", area_code, A_CODE), record.take("Name", str)
            insist_once(record, "Code", code, seen)
            if record.take("Geography", kind, "Have the loader taught this kind.") in COUNTIES:
                record.ignore(*years)
                left_out += 1
            for column, year in years.items():
                if (residents := record.maybe(column, whole, A_NUMBER)) is not None:
                    cell = (file.sha256, name, number, column, published)
                    found.append(Figure(code, title, year, residents, *cell))
        yield from found
    leave_out(reading, file, left_out, "of counties, which no police figure here is of")


def published_on(file: RawFile) -> str:
    """The day that the cover sheet gives; raises SourceRejected when there is none."""
    _, cover, _ = sheet.content(file, COVER, Reading())
    for cells in cover:
        for cell in cells:
            if said := PUBLISHED.search(cell):
                try:
                    day = datetime.strptime(f"{said[1]} {said[2]}", "%d %B %Y")
                except ValueError:
                    continue  # the 31st of June, or no month
                return day.date().isoformat()
    problem = f"the sheet {COVER!r} does not say when the estimates were published"
    remedy = "Write on it: Date published: 15 July 2024."
    raise SourceRejected([Finding(problem, remedy, file.name)])


def components(file: RawFile, reading: Reading) -> Iterator[Figure]:
    """Populations of districts since 2001; they came out in the year after the last."""
    header = next(row.records(file))
    years = {column: said[1] for column in header if (said := POPULATION.fullmatch(column))}
    others = [column for column in header if COMPONENT.fullmatch(column)]
    districts = [column for column in header if DISTRICT.fullmatch(column)]
    row.check_header(header, file.name, ["country"], ["country", *years, *others, *districts])
    if [column.rstrip("0123456789")[-4:] for column in districts] != ["code", "name"] or not years:
        problem = "the columns of code, name and population are not all there, once"
        raise SourceRejected([Finding(problem, "Restore the row of headings.", file.name, 1)])
    code_column, name_column = districts
    published = str(int(max(years.values())) + 1)
    left_out, seen = 0, dict[str, int]()
    for record in row.rows(file, reading):
        found: list[Figure] = []
        with record:
            record.ignore(*others)
            country = record.take("country", one_letter, "Give E, W, S or N.")
            if country in {"S", "N"}:
                record.ignore(*header)
                left_out += 1
                continue
            code = record.take(code_column, area_code, A_CODE)
            insist_once(record, code_column, code, seen)
            title = record.take(name_column, str)
            for column, year in years.items():
                residents = record.take(column, whole, A_NUMBER)
                cell = (file.sha256, None, record.number, column, published)
                found.append(Figure(code, title, year, residents, *cell))
        yield from found
    leave_out(reading, file, left_out, "of districts in Scotland and Northern Ireland")


def small_areas(file: RawFile, reading: Reading) -> Iterator[Figure]:
    """Populations of lower layer areas in the middle of 2015; prisoners are not counted."""
    seen = dict[str, int]()
    for record in sheet.rows(file, reading, sheet=SMALL_TABLE, required=[SMALL_TOTAL]):
        found: list[Figure] = []
        with record:
            code = record.take("LSOA code (2011)", area_code, A_CODE)
            insist_once(record, "LSOA code (2011)", code, seen)
            title = record.take("LSOA name (2011)", str)
            record.ignore(*SMALL_IGNORED)
            residents = record.take(SMALL_TOTAL, whole, A_NUMBER)
            cell = (file.sha256, SMALL_TABLE, record.number, SMALL_TOTAL, SMALL_PUBLISHED)
            found.append(Figure(code, title, SMALL_YEAR, residents, *cell, PRISONERS))
        yield from found


def insist_once(record: Row, column: str, code: str, seen: dict[str, int]) -> None:
    """Refuse a row about an area that an earlier row is about: sums would count it twice."""
    if code in seen:
        problem = f"row {seen[code]} gives figures of the same area"
        raise record.refuse(problem, "Keep one row for each area.", column, code)
    seen[code] = record.number


def leave_out(reading: Reading, file: RawFile, rows: int, what: str) -> None:
    """Count rows that were read and are not used, and say why."""
    if rows:
        reading.written -= rows
        reading.refused += rows
        problem = f"{rows} rows are {what}, and are left out"
        reading.add(Finding(problem, "Nothing needs doing.", file.name, severity="warning"))


def area_code(text: str) -> str:
    """An ONS code of England and Wales."""
    if not CODE.fullmatch(text):
        raise ValueError("not an ONS code of England or Wales")
    return text


def whole(text: str) -> int:
    """A number of people."""
    if not re.fullmatch(r"[0-9]+", text):
        raise ValueError("not a whole number")
    if len(text) > 9:
        raise ValueError("more people than there are")
    return int(text)


def kind(text: str) -> str:
    """A kind of area, as the tables call it."""
    if text not in KINDS | COUNTIES:
        raise ValueError("not a kind of area that is known here")
    return text


def one_letter(text: str) -> str:
    """The letter of a country."""
    if text not in {"E", "W", "S", "N"}:
        raise ValueError("not the letter of a country")
    return text
