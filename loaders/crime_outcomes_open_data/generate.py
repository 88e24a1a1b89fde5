"""Writes workbooks of the form of the crime outcomes open data tables, with invented figures.

The headings are those of the file for the year ending March 2026; two projects that read the
published files give the same ones (github SGilr/oocd-dashboard, etl/make_fixtures.py, and an R
script that reads the years 2014/15 to 2023/24). So are the marks in place of a figure, the `x` of a
code that has expired, figures below nought, and type 0 without a figure for closed investigations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from homegraph.graph.made import MADE
from homegraph.graph.ods import Cell, write_ods

SEED = 2014
HEADINGS = (
    "Financial Year",
    "Financial Quarter",
    "Force Name",
    "Offence Code",
    "Offence Description",
    "Offence Group",
    "Offence Subgroup",
    "Offence code expired",
    "Outcome Type",
    "Outcome Description",
    "Outcome Group",
    "Outcomes for offences that were recorded in the quarter",
    "Outcomes for investigations closed in the quarter",
)
NAME = "prc-outcomes-open-data-mar{}-tables-{}.ods"
FORCES = {
    "Avon and Somerset": 30, "British Transport Police": 12, "Dyfed-Powys": 7,
    "Greater Manchester": 62, "Leicestershire": 19, "London, City of": 1.5,
}  # fmt: skip
VIOLENCE, THEFT = "Violence against the person", "Theft offences"
OFFENCES = (
    ("8N", "Assault with injury", VIOLENCE, "Violence with injury", 9.0),
    ("8L", "Harassment", VIOLENCE, "Stalking and harassment", 5.0),
    ("28E", "Burglary Residential", THEFT, "Residential burglary", 4.0),
    ("46", "Shoplifting", THEFT, "Shoplifting", 8.0),
    ("92E", "Possession of controlled drugs (Cannabis)", "Drug offences", "Possession of drugs", 2),
)
EXPIRED = ("28", "Burglary in a dwelling", THEFT, "Residential burglary", 0.0)
# Type: what the tables call it, its group, and how much of all offences has it; invented shares.
OUTCOMES = {
    0: ("Not yet assigned an outcome", "Not yet assigned an outcome", 0.06),
    1: ("Charged/Summonsed", "Charged/Summonsed", 0.08),
    3: ("Caution – adults", "Out-of-court (formal)", 0.02),
    7: ("Cannabis/Khat Warning", "Out-of-court (informal)", 0.01),
    8: ("Community Resolution", "Out-of-court (informal)", 0.03),
    10: (
        "Not in public interest (Police)",
        "Prosecution prevented or not in the public interest",
        0.01,
    ),
    14: (
        "Evidential difficulties: suspect not identified; victim does not support further action",
        "Evidential difficulties (victim does not support action)",
        0.05,
    ),
    15: (
        "Evidential difficulties: suspect identified; victim supports action",
        "Evidential difficulties (suspect identified; victim supports action)",
        0.13,
    ),
    16: (
        "Evidential difficulties: suspect identified; victim does not support further action",
        "Evidential difficulties (victim does not support action)",
        0.18,
    ),
    18: (
        "Investigation complete – no suspect identified",
        "Investigation complete – no suspect identified",
        0.4,
    ),
    22: (
        "Diversionary, educational or intervention activity",
        "Diversionary, educational or intervention activity",
        0.02,
    ),
}
NOT_APPLICABLE = "N/A"
OUT_OF_USE = "N/A - Offence code expired"
NOT_PROVIDED = "N/A - data not provided"
# Greater Manchester supplied next to nothing from July to December 2019, and nothing says so.
ALMOST_NOTHING = ("Greater Manchester", 2019, (2, 3))


@dataclass(frozen=True)
class Year:
    """What the workbook of one year holds."""

    first: int
    forces: Collection[str] = tuple(FORCES)
    not_provided: tuple[str, int] = ("Dyfed-Powys", 4)  # a force, and the quarter it left out


def rows(year: Year) -> Iterator[Sequence[Cell]]:
    """The rows of the one sheet under its headings."""
    yield HEADINGS
    said = f"{year.first}/{(year.first + 1) % 100:02}"
    for force in year.forces:
        random = Random(f"{SEED} {year.first} {force}")
        for quarter in (1, 2, 3, 4):
            for offence in (*OFFENCES, EXPIRED):
                yield from of_offence((said, quarter, force), offence, year, random)


def of_offence(
    head: tuple[str, int, str],
    offence: tuple[str, str, str, str, float],
    year: Year,
    random: Random,
) -> Iterator[Sequence[Cell]]:
    """The rows of one force, quarter and offence: one for each type of outcome."""
    _, quarter, force = head
    *named, size = offence
    is_gone = offence is EXPIRED
    few = (force, year.first) == ALMOST_NOTHING[:2] and quarter in ALMOST_NOTHING[2]
    for kind, (label, group, share) in OUTCOMES.items():
        if is_gone and kind != 1:
            continue
        expected = FORCES[force] * size * share * 10
        recorded: Cell = 0 if few else round(random.uniform(0.8, 1.2) * expected)
        closed: Cell = 1 if few and kind == 1 else 0 if few else round(1.05 * expected)
        if kind == 0:
            closed = NOT_APPLICABLE
            recorded = -1 if (force, named[0]) == ("London, City of", "46") else recorded
        if is_gone:
            recorded, closed = OUT_OF_USE, quarter % 2
        if (force, quarter) == year.not_provided and kind == 22 and not is_gone:
            recorded = closed = NOT_PROVIDED
        expired = "x" if is_gone else None
        yield *head, *named, expired, kind, label, group, recorded, closed


def write_year(folder: Path, year: Year, published: str) -> Path:
    """Write the workbook of one year that was published on a day, as ddmmyy."""
    path = folder / NAME.format(year.first + 1, published)
    notes = [
        ("Crime outcomes open data tables: a generated example",),
        (f"{MADE} The form is that of the Home Office's tables.",),
    ]
    sheet = f"Outcomes_open_data_{year.first}_{(year.first + 1) % 100:02}"
    write_ods(path, {"Cover": notes, sheet: rows(year)})
    return path


def write_example(folder: Path) -> None:
    """Write the small example: six forces, six codes, two years."""
    for first in (2019, 2023):
        write_year(folder, Year(first), "230426")
