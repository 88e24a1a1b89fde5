"""The tables of the English Indices of Deprivation: which column is of which domain, and how read.

One row is one lower layer area of 2011, with a score, a rank and a decile for the index as a whole
and for each of its seven domains. A rank is among all 32,844 areas of England, also in files that
have the areas of one city only. The same headings stand in workbooks and in CSV files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from homegraph.graph import row, sheet
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row

FILE = re.compile(r"[a-z]+_lsoa_deprivation\.(xlsx|csv|csv\.gz)")
YEAR, TABLE = "2019", "IMD 2019"
AREAS_OF_ENGLAND = 32_844  # lower layer areas of 2011
CODE = re.compile(r"E01[0-9]{6}")
CODE_COLUMN, NAME_COLUMN = "LSOA code (2011)", "LSOA name (2011)"
IGNORED = ("Local Authority District code (2019)", "Local Authority District name (2019)")
RANK = "{} Rank (where 1 is most deprived)"
DECILE = "{} Decile (where 1 is most deprived 10% of LSOAs)"
# The headings of each domain begin so, and that of its score ends so.
DOMAINS = {
    "overall": ("Index of Multiple Deprivation (IMD)", "Score"),
    "income": ("Income", "Score (rate)"),
    "employment": ("Employment", "Score (rate)"),
    "education": ("Education, Skills and Training", "Score"),
    "health": ("Health Deprivation and Disability", "Score"),
    "crime": ("Crime", "Score"),
    "housing": ("Barriers to Housing and Services", "Score"),
    "environment": ("Living Environment", "Score"),
}


class Standing(NamedTuple):
    """Where one area stands in one domain."""

    area: str
    name: str
    year: str
    domain: str
    rank: int
    score: float
    decile: int
    file: str
    sheet: str | None
    row: int
    cell_column: str


def standings(file: RawFile, reading: Reading) -> Iterator[Standing]:
    """All standings of a file; raises SourceRejected for a name of no known kind."""
    if not FILE.fullmatch(file.name):
        problem = "nobody knows how to read a file of this name"
        remedy = "Name it like london_lsoa_deprivation.xlsx, or leave it out."
        raise SourceRejected([Finding(problem, remedy, file.name)])
    table = None if ".csv" in file.name else TABLE
    seen: dict[str, int] = {}
    for record in records(file, table, reading):
        found: list[Standing] = []
        with record:
            code = record.take(CODE_COLUMN, area_code, "Give the code of an LSOA, as in E01000001.")
            if code in seen:
                problem = f"row {seen[code]} gives figures of the same area"
                raise record.refuse(problem, "Keep one row for each area.", CODE_COLUMN, code)
            seen[code] = record.number
            name = record.take(NAME_COLUMN, str)
            record.ignore(*IGNORED)
            for domain, (begins, ends) in DOMAINS.items():
                column = RANK.format(begins)
                score = record.take(f"{begins} {ends}", number, "Give a number.")
                rank = record.take(column, whole, "Give a whole number from 1.")
                decile = record.take(DECILE.format(begins), whole, "Give a number from 1 to 10.")
                insist_they_agree(record, column, rank, decile)
                place = (file.sha256, table, record.number, column)
                found.append(Standing(code, name, YEAR, domain, rank, score, decile, *place))
        yield from found


def records(file: RawFile, table: str | None, reading: Reading) -> Iterator[Row]:
    """The rows of a workbook or of a CSV file."""
    needed = [CODE_COLUMN, NAME_COLUMN]
    if table is not None:
        return sheet.rows(file, reading, sheet=table, required=needed)
    return row.rows(file, reading)


def insist_they_agree(record: Row, column: str, rank: int, decile: int) -> None:
    """Refuse a rank that there is not, and one that is not in the decile beside it."""
    if not 1 <= rank <= AREAS_OF_ENGLAND:
        problem = f"there are {AREAS_OF_ENGLAND:,} areas in England"
        raise record.refuse(problem, "Give the rank among them.", column, str(rank))
    if decile != decile_of(rank):
        problem = f"this rank is in decile {decile_of(rank)}, and decile {decile} is given"
        raise record.refuse(problem, "Correct the rank or the decile.", column, str(rank))


def decile_of(rank: int) -> int:
    """The tenth of England's areas that a rank is in.

    >>> [decile_of(rank) for rank in (1, 3_284, 3_285, 32_844)]
    [1, 1, 2, 10]
    """
    return -(-rank * 10 // AREAS_OF_ENGLAND)


def area_code(text: str) -> str:
    """The code of a lower layer area of England."""
    if not CODE.fullmatch(text):
        raise ValueError("not the code of a lower layer area of England")
    return text


def whole(text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("not a whole number")
    return int(text)


def number(text: str) -> float:
    """A number that may have a fraction or be below nought."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not value.is_finite() or abs(value) >= 1_000:
        raise ValueError("not a score")
    return float(value)
