"""Writes workbooks of the exact form of the recorded crime open data tables, with invented figures.

The form is that of the edition of 23 April 2026: a sheet per financial year after a sheet of notes,
a row for each of 44 forces, 144 codes and four quarters, noughts included, and one for each body
that records fraud: 25,356 rows a year. The codes are those of the Home Office's reference table,
under the sub-groups of today, with four later ones; the real release may have others. All figures
are drawn from one seed.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from homegraph.graph.made import MADE
from homegraph.graph.ods import Cell, write_ods

SEED = 2026
HEADINGS = (
    "Financial Year",
    "Financial Quarter",
    "Force Name",
    "Offence Description",
    "Offence Group",
    "Offence Subgroup",
    "Offence Code",
    "Number of Offences",
)
NAME = "prc-pfa-mar2013-onwards-tables-{}.ods"
# How much of all offences each force records, in thousandths; invented.
FORCES = {
    "Avon and Somerset": 30, "Bedfordshire": 11, "British Transport Police": 12,
    "Cambridgeshire": 14, "Cheshire": 17, "Cleveland": 14, "Cumbria": 7, "Derbyshire": 16,
    "Devon and Cornwall": 22, "Dorset": 11, "Durham": 12, "Dyfed-Powys": 7, "Essex": 31,
    "Gloucestershire": 9, "Greater Manchester": 62, "Gwent": 11, "Hampshire": 34,
    "Hertfordshire": 17, "Humberside": 17, "Kent": 34, "Lancashire": 29, "Leicestershire": 19,
    "Lincolnshire": 10, "London, City of": 1.5, "Merseyside": 27, "Metropolitan Police": 158,
    "Norfolk": 13, "North Wales": 12, "North Yorkshire": 10, "Northamptonshire": 13,
    "Northumbria": 27, "Nottinghamshire": 20, "South Wales": 24, "South Yorkshire": 29,
    "Staffordshire": 17, "Suffolk": 10, "Surrey": 14, "Sussex": 25, "Thames Valley": 31,
    "Warwickshire": 8, "West Mercia": 18, "West Midlands": 58, "West Yorkshire": 53,
    "Wiltshire": 8,
}  # fmt: skip
FRAUD = {"Action Fraud": ("AF", 5), "CIFAS": ("CIFAS", 5), "UK Finance": ("UKF", 2)}
DEMO = (
    "Avon and Somerset",
    "British Transport Police",
    "Dyfed-Powys",
    "Greater Manchester",
    "Leicestershire",
    "London, City of",
)
# Greater Manchester changed its computer system, and July to December 2019 were never supplied.
NOT_SUPPLIED = ("Greater Manchester", 2019, (2, 3))
SEASON = (1.03, 1.04, 0.99, 0.94)
A_QUARTER = 1_300_000  # offences in a quarter, all together


@dataclass(frozen=True)
class Offence:
    """A code as the release has it, and what share of all offences it has, in thousandths."""

    code: str
    description: str
    group: str
    subgroup: str
    share: float
    demo: bool


@dataclass(frozen=True)
class Edition:
    """What a workbook holds; `earlier` makes some figures those before a revision."""

    years: Sequence[int]
    forces: Collection[str] = tuple(FORCES)
    demo: bool = False
    earlier: bool = False


@cache
def offences() -> tuple[Offence, ...]:
    """The codes of offences.csv."""
    path = Path(__file__).with_name("offences.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Offence(
                row["code"],
                row["description"],
                row["group"],
                row["subgroup"],
                float(row["share"]),
                row["demo"] == "yes",
            )
            for row in csv.DictReader(stream)
        )


def sheet_name(year: int) -> str:
    """The name of a year's sheet: 2019_20."""
    return f"{year}_{(year + 1) % 100:02}"


def rows(edition: Edition, year: int) -> Iterator[Sequence[Cell]]:
    """The rows of one year's sheet under its headings."""
    yield HEADINGS
    for name in (*FORCES, *FRAUD):
        if name in edition.forces or name in FRAUD:
            random = Random(f"{SEED} {year} {name}")
            for quarter in (1, 2, 3, 4):
                yield from of_quarter(edition, year, name, quarter, random)


def of_quarter(
    edition: Edition, year: int, name: str, quarter: int, random: Random
) -> Iterator[Sequence[Cell]]:
    """The rows of one force and quarter."""
    head = (f"{year}/{(year + 1) % 100:02}", quarter, name)
    if name in FRAUD:
        code, share = FRAUD[name]
        label = f"Fraud: {name}"
        number = round(A_QUARTER / 100 * share * random.uniform(0.95, 1.05))
        yield *head, label, "Fraud offences", label, code, number
        return
    absent = (name, year) == NOT_SUPPLIED[:2] and quarter in NOT_SUPPLIED[2]
    for offence in offences():
        expected = A_QUARTER * SEASON[quarter - 1] * FORCES[name] * offence.share / 1e6 / 1.1
        number = max(0, round(random.gauss(expected, expected**0.5)))
        if number == 0 and random.random() < 0.004:
            number = -1 - int(3 * random.random())
        change = random.random()
        if edition.earlier and change < 0.06:
            number = max(0, number - 1 - int(20 * change))
        if not absent and (offence.demo or not edition.demo):
            # An edition before the last lists a code that the last one does not have any more.
            is_old = edition.earlier and offence.code == "99"
            code = "99A" if is_old else offence.code
            named = (offence.description, offence.group, offence.subgroup)
            yield *head, *named, code, number


def write_tables(folder: Path, edition: Edition, published: str) -> Path:
    """Write a workbook that was published on a day, as ddmmyy."""
    path = folder / NAME.format(published)
    notes = [
        ("Police recorded crime open data tables: a generated example",),
        (f"{MADE} The form is that of the Home Office's tables.",),
    ]
    sheets = {"Notes": notes, **{sheet_name(year): rows(edition, year) for year in edition.years}}
    write_ods(path, sheets)
    return path


def write_example(folder: Path) -> None:
    """Write the small example: six forces, 22 codes, three years; and an earlier edition."""
    write_tables(folder, Edition((2018, 2019, 2023), DEMO, demo=True), "230426")
    earlier = Edition((2023,), DEMO, demo=True, earlier=True)
    write_tables(folder, earlier, "290126")
