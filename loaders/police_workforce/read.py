"""Reads workforce open data tables: the sheet Data of a workbook, or the same table as CSV.

There are two tables of the family, one with ethnicity and one without; their headings changed with
the releases, and mean the same.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import polars as pl
import python_calamine as calamine
from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.offences import released
from homegraph.graph.open_tables import (
    ROW,
    Columns,
    Sheet,
    broken,
    count,
    faults_of,
    framed,
    loses,
    plain,
)
from homegraph.graph.raw import RawFile
from homegraph.graph.row import records
from homegraph.graph.sheet import BROKEN, SUFFIXES, no_sheet, text, whole
from homegraph.graph.terms import CRIME, SKOS

DATA, NOTES = "Data", "Notes"
# The headings by what they mean; of several that mean the same, the first is the oldest.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "period": ("As at 31 March...", "As at 31 March"),
    "area": ("Geo code", "Geocode"),
    "force": ("Force Name", "Force name"),
    "region": ("Region",),
    "sex": ("Sex", "Gender"),
    "post": ("Rank description", "Rank"),
    "type": ("Worker type",),
    "headcount": ("Total (headcount)", "Total (Headcount)"),
    "fte": ("Total (FTE)",),
}
# Two more in the table with ethnicity; the second only says whether a group is white.
ETHNICITY: Mapping[str, tuple[str, ...]] = {
    "ethnicity": ("Ethnicity",),
    "ethnic_group": ("Ethnic group",),
}
YEAR = re.compile(r"20[0-9]{2}")
DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]+)?([eE]-[0-9]{1,2})?")
NOT_APPLICABLE = "N/A"
DECIMALS = 6  # the tables have up to fourteen places, of which the last are noise of their sums
ROUNDING = 0.5  # by so much a full-time equivalent may be more than the persons
LETTER = re.compile(r"[A-Z]{1,2}\.")
# What a row is the figure of, by column; the ethnicity where the table has it.
KEY = ("force", "period", "post", "type", "sex")


def read_table(file: RawFile, reading: Reading) -> pl.DataFrame:
    """The figures of a file: KEY, `ethnicity` if it has any, `headcount`, `fte`, and the place.

    The place is `file`, `sheet`, `row` and the headings `headcount_column` and `fte_column`. What
    cannot be read is left out, with findings. Raises SourceRejected for what is no such table.
    """
    headings, sheet = table_of(file, reading)
    columns = Columns(sheet, reading)
    columns.read(headings["period"], "period", as_at, "Write the year alone, as 2023.")
    columns.read(headings["force"], "force", force, spelling("police-force"))
    columns.read(headings["area"], "area", area, "Give the ONS code of the force area, or N/A.")
    columns.read(headings["sex"], "sex", notation("sex"), spelling("sex"))
    columns.read(headings["post"], "post", notation("police-post"), spelling("police-post"))
    columns.read(headings["type"], "type", notation("worker-type"), spelling("worker-type"))
    if "ethnicity" in headings:
        columns.read(headings["ethnicity"], "ethnicity", ethnic_group, spelling("ethnicity"))
    whole = "Write a whole number, 0 or more."
    columns.read(headings["headcount"], "headcount", headcount, whole, numbers=True)
    columns.read(headings["fte"], "fte", full_time, "Write a number, or N/A if there is none.")
    columns.insist(
        pl.col("period") <= released(file),
        headings["period"],
        f"the file was published on {released(file)}, before that day",
        "Correct the year, or the day of publication at the end of the file's name.",
    )
    agree(columns, headings)
    key = [*KEY, *(name for name in ("ethnicity",) if name in headings)]
    insist_once(columns, key, headings["post"])
    warn_of_hours(columns, headings["fte"])
    return columns.done(*key, "headcount", "fte").with_columns(
        pl.col("fte").cast(pl.Float64).round(DECIMALS),
        pl.lit(headings["headcount"]).alias("headcount_column"),
        pl.lit(headings["fte"]).alias("fte_column"),
    )


def agree(columns: Columns, headings: Mapping[str, str]) -> None:
    """Refuse rows whose area is not that of the force, or whose rank is of another type."""
    own = pl.col("force").replace_strict(area_of(), default=None, return_dtype=pl.String)
    columns.insist(
        own.eq_missing(pl.col("area")),
        headings["area"],
        "it is not the code of the area that the force polices",
        "Correct the code or the name of the force; a force without area has N/A.",
    )
    columns.insist(
        pl.col("post").replace_strict(type_of(), return_dtype=pl.String) == pl.col("type"),
        headings["type"],
        "workers of this rank or post are of another type",
        "Correct the rank or the type.",
    )


def insist_once(columns: Columns, key: Sequence[str], heading: str) -> None:
    """Refuse a row that gives a figure that an earlier row gives: totals would count it twice."""
    columns.insist(
        pl.struct(key).is_first_distinct(),
        heading,
        "an earlier row gives a figure for the same force, year, rank, sex and ethnicity",
        "Keep one row for each figure.",
    )


def warn_of_hours(columns: Columns, heading: str) -> None:
    """Note rows with more full-time equivalents than persons, which nobody's hours allow."""
    over = pl.col("fte").cast(pl.Float64) > pl.col("headcount").cast(pl.Float64) + ROUNDING
    for number, value, persons in columns.frame.filter(over).select(ROW, "fte", "headcount").rows():
        problem = f"more full-time equivalents than persons, who are {persons}{columns.sheet.said}"
        remedy = "Ask the publisher which of the two is right; both are taken as they stand."
        name = columns.sheet.file.name
        columns.reading.add(Finding(problem, remedy, name, number, heading, value, "warning"))


def table_of(file: RawFile, reading: Reading) -> tuple[dict[str, str], Sheet]:
    """The headings by what they mean, and the table; raises SourceRejected."""
    if not file.name.endswith(SUFFIXES):
        headings = understood(next(records(file)))
        (sheet,) = plain(file, reading, list(headings.values()))
        return headings, sheet
    raw = whole(file)
    try:
        with calamine.load_workbook(io.BytesIO(raw)) as book:
            if DATA not in book.sheet_names:
                raise SourceRejected([no_sheet(file.name, DATA, book.sheet_names)])
            table = book.get_sheet_by_name(DATA).to_python(skip_empty_area=False)
        faults = faults_of(file, raw, DATA) if loses(raw) else []
    except BROKEN as error:
        raise SourceRejected([broken(file)]) from error
    header = next((cells for cells in table if any(cells)), [])
    headings = understood([text(cell) for cell in header])
    return headings, framed(file, DATA, table, list(headings.values()), faults, reading)


def understood(header: Sequence[str]) -> dict[str, str]:
    """The headings of a table by what they mean; a missing one goes by its oldest name."""
    with_ethnicity = any(heading in header for names in ETHNICITY.values() for heading in names)
    wanted = {**HEADINGS, **(ETHNICITY if with_ethnicity else {})}
    return {
        meaning: next((name for name in names if name in header), names[0])
        for meaning, names in wanted.items()
    }


def notes(file: RawFile) -> list[str]:
    """What the sheet Notes says under letters; nothing for a CSV file.

    Raises SourceRejected for what is no workbook.
    """
    if not file.name.endswith(SUFFIXES):
        return []
    raw = whole(file)
    try:
        with calamine.load_workbook(io.BytesIO(raw)) as book:
            if NOTES not in book.sheet_names:
                return []
            table = book.get_sheet_by_name(NOTES).to_python()
    except BROKEN as error:
        raise SourceRejected([broken(file)]) from error
    lines = [[text(cell) for cell in cells if text(cell)] for cells in table]
    return [" ".join(line) for line in lines if len(line) > 1 and LETTER.fullmatch(line[0])]


def as_at(year: str) -> str:
    """Read the year of a 31 March as that day."""
    if not YEAR.fullmatch(year):
        raise ValueError("not a year")
    return f"{year}-03-31"


def force(label: str) -> str:
    """Read the name of a force."""
    return notation("police-force")(label)


def area(code: str) -> str | None:
    """Read the code of a force area, or N/A for a force without area."""
    if code == NOT_APPLICABLE:
        return None
    if code not in area_of().values():
        raise ValueError("not the code of a police force area")
    return code


def headcount(number: str) -> int:
    """Read a number of persons."""
    if count(number) < 0:
        raise ValueError("fewer than nobody")
    return count(number)


def full_time(number: str) -> str | None:
    """Read a full-time equivalent; N/A, for volunteers, is no figure, and not nought."""
    if number == NOT_APPLICABLE:
        return None
    if not DECIMAL.fullmatch(number):
        raise ValueError("not a number of 0 or more")
    return number


def ethnic_group(label: str) -> str:
    """Read a broad ethnic group; what is not stated is the group of that name."""
    found = notation("ethnicity")(label)
    if found == "NS":
        return "not-stated"
    if code_list("ethnicity").by_notation[found] in code_list("ethnicity").groups:
        return found
    if found != "chinese-or-other":
        raise ValueError("not one of the broad groups")
    return found


def notation(scheme: str) -> Callable[[str], str]:
    """A reader of the labels of a code list, which gives their notations."""
    known = code_list(scheme).notations()

    def read(label: str) -> str:
        code_list(scheme).read(label)
        return known[label]

    return read


def spelling(scheme: str) -> str:
    """What to do about a label that is not in a code list."""
    return f"Spell it as the Home Office does, or add the spelling to ontologies/{scheme}.ttl."


@cache
def area_of() -> dict[str, str]:
    """The ONS code of the area of each force that has one."""
    return {
        own: node.value.rpartition("/")[2]
        for own, node in linked("police-force", CRIME.policeForceArea)
    }


@cache
def type_of() -> dict[str, str]:
    """The type of worker of each rank or post."""
    types = {node: name for name, node in code_list("worker-type").by_notation.items()}
    found = [*linked("police-post", SKOS.broadMatch), *linked("police-post", SKOS.exactMatch)]
    return {own: types[node] for own, node in found if node in types}


def linked(scheme: str, predicate: NamedNode) -> list[tuple[str, NamedNode]]:
    """What concepts of a code list are linked to, by notation."""
    names = {node: name for name, node in code_list(scheme).by_notation.items()}
    return [
        (names[quad.subject], quad.object)
        for quad in parse(path=ONTOLOGIES / f"{scheme}.ttl", format=RdfFormat.TURTLE)
        if quad.predicate == predicate
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    ]
