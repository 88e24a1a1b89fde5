"""Reads organograms: the rows of the files of senior posts, and of those of junior posts.

Whoever holds a post, how to reach them and what they are paid is in the files and is not read:
a post is a fact about a body, its holder is a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pyoxigraph import NamedNode

from homegraph.graph import row
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.raw import RawFile

FILE = re.compile(r"([a-z_]+)-(\d{4}-\d\d-\d\d)-(senior|junior)\.csv")
ADDRESS = re.compile(r"[a-z]+://[^\s<>\"{}|\\^`]+/post/[^\s<>\"{}|\\^`/]+")
NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,9})?")
# What is of persons: who holds a post, how to reach them, their pay, and texts that may tell it.
OF_PERSONS = (
    *("Name", "Contact Phone", "Contact E-mail", "Actual Pay Floor (£)", "Actual Pay Ceiling (£)"),
    *("Salary Cost of Reports (£)", "Job/Team Function", "Notes"),
)
UNUSED = ("Parent Department", "FTE", "Professional/Occupational Group", "Valid?", "")
SOURCE = ("source_file", "source_line")
JUNIOR_UNUSED = (
    *("Parent Department", "Payscale Minimum (£)", "Payscale Maximum (£)"),
    *("Generic Job Title", "Professional/Occupational Group"),
)


class Part(NamedTuple):
    """One body on one day, as the name of a file has them."""

    day: str
    body: str


class Senior(NamedTuple):
    """A senior post as one file shows it."""

    part: Part
    reference: str
    address: str
    title: str
    grade: str
    organisation: str
    unit: str
    reports_to: str
    file: str
    row: int


class Group(NamedTuple):
    """Junior posts of one grade in one unit under one senior post."""

    part: Part
    organisation: str
    unit: str
    reports_to: str
    grade: str


def part_of(file: RawFile) -> tuple[Part, bool]:
    """The body and day of a file, and whether it is of senior posts; raises SourceRejected."""
    found = FILE.fullmatch(file.name)
    if not found:
        problem = "the name of the file does not say whose organogram it is, and of which day"
        remedy = "Name it like home_office-2011-09-30-senior.csv, or leave it out."
        raise SourceRejected([Finding(problem, remedy, file.name)])
    return Part(found[2], found[1]), found[3] == "senior"


def seniors(file: RawFile, part: Part, reading: Reading) -> Iterator[Senior]:
    """The senior posts of a file; of a post that stands there twice the first row is read."""
    seen: dict[str, int] = {}
    for record in row.rows(file, reading):
        found = None
        with record:
            reference = record.take("Post Unique Reference", str)
            address = record.take("URI", post_address, "Give the address of the post.")
            title = record.take("Job Title", plain)
            grade = record.take("Grade (or equivalent)", plain)
            organisation, unit = record.take("Organisation", plain), record.take("Unit", plain)
            reports_to = record.take("Reports to Senior Post", str)
            record.ignore(*OF_PERSONS, *UNUSED, *SOURCE)
            place = (file.sha256, record.number)
            if reference not in seen:
                said = (reference, address, title, grade, organisation, unit, reports_to)
                found = Senior(part, *said, *place)
            seen.setdefault(reference, record.number)
        if found is not None:
            yield found


def juniors(file: RawFile, part: Part, reading: Reading) -> Iterator[tuple[Group, Decimal]]:
    """The junior posts of a file; a row that the export has twice is read once.

    Such a row repeats another to the line of the workbook that it came from.
    """
    seen: set[tuple[object, ...]] = set()
    for record in row.rows(file, reading):
        found = None
        with record:
            organisation, unit = record.take("Organisation", plain), record.take("Unit", plain)
            reports_to = record.take("Reporting Senior Post", str)
            grade = record.take("Grade", plain)
            remedy = "Give the number of posts, as 1 or 0.5."
            posts = record.take("Number of Posts in FTE", number, remedy)
            whence = tuple(record.take(column, str) for column in SOURCE)
            record.ignore(*JUNIOR_UNUSED)
            group = Group(part, organisation, unit, reports_to, grade)
            if (key := (group, posts, whence)) not in seen:
                seen.add(key)
                found = group, posts
        if found is not None:
            yield found


def post_address(text: str) -> str:
    """The address of a post."""
    if not ADDRESS.fullmatch(text):
        raise ValueError("not the address of a post")
    return NamedNode(text).value  # which raises ValueError for what is no IRI


def plain(text: str) -> str:
    """A text without the marks that workbooks have around some cells, and with single blanks.

    >>> plain("'Head of  HR Policy'")
    'Head of HR Policy'
    """
    found = " ".join(text.split())
    return found[1:-1].strip() if re.fullmatch("'[^']*'", found) else found


def number(text: str) -> Decimal:
    """A number of posts."""
    if not NUMBER.fullmatch(text):
        raise ValueError("not a number of posts")
    return Decimal(text)
