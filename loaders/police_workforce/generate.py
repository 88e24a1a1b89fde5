"""Makes an example: invented figures in the form of the two workforce open data tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from homegraph.graph.made import MADE
from homegraph.graph.ods import Cell, write_ods
from homegraph.loaders.police_workforce.read import DATA, NOTES

HEADER = (
    "As at 31 March...", "Geo code", "Force Name", "Region", "Sex", "Rank description",
    "Worker type", "Total (headcount)", "Total (FTE)",
)  # fmt: skip
WITH_ETHNICITY = (*HEADER[:7], "Ethnicity", "Ethnic group", *HEADER[7:])
# Code, name, region and size of each force; the numbers are invented.
FORCES = (
    ("E23000036", "Avon & Somerset", "South West", 300),
    ("N/A", "British Transport Police", "N/A", 260),
    ("W15000004", "Dyfed-Powys", "Wales", 110),
    ("E23000034", "London, City of", "London", 90),
)
# Rank, type as it is spelt in alternate years, and how many of a hundred officers there are.
POSTS = (
    ("Chief Officer", ("Police Officer",), 1),
    ("Chief Superintendent", ("Police Officer",), 1),
    ("Superintendent", ("Police Officer",), 2),
    ("Chief Inspector", ("Police Officer",), 3),
    ("Inspector", ("Police Officer",), 6),
    ("Sergeant", ("Police Officer",), 17),
    ("Constable", ("Police Officer",), 70),
    ("Police Staff", ("Police Staff", "Police staff"), 58),
    ("Community Support Officer", ("Police Community Support Officer",), 7),
    ("Designated Detention Officer (S.38)", ("Designated Officer",), 2),
    ("Special Constable", ("Special Constable", "Special constable"), 6),
    ("Police Support Volunteer", ("Police Support Volunteer",), 5),
)
SEXES = ("Female", "Male")
MORE_SEXES = ("Not stated", "Prefer not to say", "Prefer to self-describe")  # since 2021
ETHNICITIES = (
    ("White", "White", 88),
    ("Asian or Asian British", "Ethnic minorities", 4),
    ("Black or Black British", "Ethnic minorities", 2),
    ("Mixed", "Ethnic minorities", 3),
    ("Other ethnic group", "Ethnic minorities", 1),
    ("Not stated", "Not stated", 2),
)
YEARS = (2022, 2023, 2024)
ABOUT: tuple[tuple[Cell, ...], ...] = (
    ("", "Police workforce: invented figures in the form of the open data tables"),
    ("A.", f"{MADE} Totals are to be taken from the table without ethnicity."),
    ("B.", "Special constables and police support volunteers are counted by persons only."),
)


def make_example(folder: Path) -> None:
    """Write one workbook of each table."""
    plain = [HEADER, *(row[:7] + row[9:] for row in rows(divided=False))]
    write_ods(folder / "open-data-table-police-workforce-240724.ods", {NOTES: ABOUT, DATA: plain})
    divided = [WITH_ETHNICITY, *rows(divided=True)]
    name = "open-data-table-police-workforce-ethnicity-240724.ods"
    write_ods(folder / name, {NOTES: ABOUT, DATA: divided})


def rows(divided: bool) -> Iterator[tuple[Cell, ...]]:
    """The rows of a table; those of one that is not divided by ethnicity leave it empty."""
    for year in YEARS:
        for code, force, region, size in FORCES:
            for place, (post, spelt, share) in enumerate(POSTS):
                kind = spelt[year % len(spelt)]
                many = size * share // 100 + (year - YEARS[0]) * (place % 3)
                for sex, persons in zip((*SEXES, *MORE_SEXES), by_sex(many, place), strict=True):
                    whole = (year, code, force, region, sex, post, kind)
                    if not divided:
                        yield (*whole, "", "", persons, hours(post, persons))
                        continue
                    for name, group, part in by_ethnicity(persons):
                        yield (*whole, name, group, part, hours(post, part))


def by_sex(persons: int, place: int) -> tuple[int, ...]:
    """So many women, men, and others, one in some posts."""
    women, unknown = persons * (30 + 3 * place) // 100, 1 if place in (6, 7) and persons else 0
    return women, persons - women - unknown, unknown, 0, 0


def by_ethnicity(persons: int) -> Iterator[tuple[str, str, int]]:
    """So many of each group; who is left over after rounding down is white."""
    parts = [persons * share // 100 for _, _, share in ETHNICITIES]
    parts[0] += persons - sum(parts)
    for (name, group, _), part in zip(ETHNICITIES, parts, strict=True):
        yield name, group, part


def hours(post: str, persons: int) -> Cell:
    """The full-time equivalent: less than the persons; none for volunteers."""
    if post in ("Special Constable", "Police Support Volunteer"):
        return "N/A"
    return round(persons * 0.95, 2)
