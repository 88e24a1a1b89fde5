"""The columns of a stop and search file: which code list each is read by, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

import polars as pl
from pyoxigraph import NamedNode

from homegraph.graph.concepts import code_list
from homegraph.graph.terms import CRIME

NOT_RECORDED = "not-recorded"  # the notation that counts use for an empty cell
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})")
BOOLEANS = {"True": True, "False": False}
# Months whose first hour lies in British Summer Time (Summer Time Act 1972, section 1).
BEGIN_IN_SUMMER_TIME = range(4, 11)


class Coded(NamedTuple):
    """A column of labels: the code list they are in, what they say, and the column of the table."""

    heading: str
    scheme: str
    property: NamedNode
    column: str


class Flag(NamedTuple):
    """A column of True, False or nothing."""

    heading: str
    property: NamedNode
    column: str


CODED = (
    Coded("Type", "search-type", CRIME.searchType, "type"),
    Coded("Gender", "sex", CRIME.gender, "gender"),
    Coded("Age range", "age-range", CRIME.ageRange, "age_range"),
    Coded("Self-defined ethnicity", "ethnicity", CRIME.selfDefinedEthnicity, "ethnicity"),
    Coded(
        "Officer-defined ethnicity",
        "officer-defined-ethnicity",
        CRIME.officerDefinedEthnicity,
        "officer_defined_ethnicity",
    ),
    Coded("Legislation", "search-legislation", CRIME.searchLegislation, "legislation"),
    Coded("Object of search", "search-object", CRIME.searchObject, "object"),
    Coded("Outcome", "search-outcome", CRIME.searchOutcome, "outcome"),
)
FLAGS = (
    Flag("Part of a policing operation", CRIME.partOfOperation, "part_of_operation"),
    Flag("Outcome linked to object of search", CRIME.outcomeLinked, "outcome_linked"),
    Flag(
        "Removal of more than just outer clothing",
        CRIME.outerClothingRemoved,
        "outer_clothing_removed",
    ),
)
DATE, LONGITUDE, LATITUDE, OPERATION = "Date", "Longitude", "Latitude", "Policing operation"
# All columns, in the order of the publisher.
COLUMNS = (
    "Type",
    DATE,
    "Part of a policing operation",
    OPERATION,
    LATITUDE,
    LONGITUDE,
    "Gender",
    "Age range",
    "Self-defined ethnicity",
    "Officer-defined ethnicity",
    "Legislation",
    "Object of search",
    "Outcome",
    "Outcome linked to object of search",
    "Removal of more than just outer clothing",
)
SEARCHES = {
    "row": pl.UInt32,  # the row of the file, as a spreadsheet counts
    "force": pl.String,  # notation of police-force
    "month": pl.String,  # the month of the file: 2016-06
    "time": pl.String,  # as published: 2016-05-31T23:01:00+00:00
    **{coded.column: pl.String for coded in CODED},  # notations; null for an empty cell
    **{flag.column: pl.Boolean for flag in FLAGS},
    "longitude": pl.Float64,  # of the map point
    "latitude": pl.Float64,
    "file": pl.String,  # SHA-256
}


@cache
def labels_of(scheme: str) -> Mapping[str, str]:
    """The notation by label of those concepts that a record may have.

    Groups only sum up others, and what is not recorded is an empty cell.
    """
    known = code_list(scheme)
    return {
        label: notation
        for label, notation in known.notations().items()
        if notation != NOT_RECORDED and known.by_notation[notation] not in known.groups
    }


def table(
    numbers: Sequence[int], rows: Sequence[Sequence[str]], *, force: str, month: str, file: str
) -> pl.DataFrame:
    """The rows of a file that became searches; cells are in the order of COLUMNS."""
    cells = {
        heading: pl.Series([row[place] for row in rows], dtype=pl.String)
        for place, heading in enumerate(COLUMNS)
    }
    filled = {heading: column.set(column == "", None) for heading, column in cells.items()}
    said: dict[str, pl.Series] = {"row": pl.Series(numbers, dtype=pl.UInt32), "time": cells[DATE]}
    for coded in CODED:
        said[coded.column] = replaced(filled[coded.heading], labels_of(coded.scheme))
    for flag in FLAGS:
        said[flag.column] = replaced(filled[flag.heading], BOOLEANS)
    said["longitude"] = filled[LONGITUDE].cast(pl.Float64)
    said["latitude"] = filled[LATITUDE].cast(pl.Float64)
    same = {"force": force, "month": month, "file": file}
    constant = [pl.lit(value, pl.String).alias(name) for name, value in same.items()]
    return pl.DataFrame(said).with_columns(constant).select(SEARCHES.keys()).cast(SEARCHES)  # type: ignore[arg-type]


def replaced(cells: pl.Series, meaning: Mapping[str, object]) -> pl.Series:
    """Cells by what they mean, each of which is known by now; null stays null."""
    kind = pl.Boolean if meaning is BOOLEANS else pl.String
    return cells.replace_strict(meaning, return_dtype=kind)


def made_in(month: str, text: str) -> bool:
    """Whether a time lies in a month of the United Kingdom; raises ValueError for no time.

    Times are published in UTC, and files are cut by the clocks of the country, so a file of a
    summer month begins at 23:00 of the last day before it. The last hour is let pass as well,
    because some forces' clocks are not known to be put right.

    >>> made_in("2016-06", "2016-05-31T23:01:00+00:00"), made_in("2016-06", "2016-05-31T22:59:59Z")
    (True, False)
    >>> made_in("2022-01", "2021-12-31T23:01:00+00:00")
    False
    """
    if not TIME.fullmatch(text):
        raise ValueError("not a day and time with its offset from UTC")
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise ValueError("not a time of the calendar") from None
    first = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
    end = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=UTC)
    if first.month in BEGIN_IN_SUMMER_TIME:
        first -= timedelta(hours=1)
    return first <= at < end
