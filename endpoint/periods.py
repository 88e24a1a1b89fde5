"""Periods by their names at reference.data.gov.uk: what they are called, and their months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from homegraph.graph.cubes.periods import label, months_of
from homegraph.graph.iri import month

STEM = month("x").value.removesuffix("month/x")
DAY = "day"


def parts(iri: str) -> tuple[str, str]:
    """The kind and the code of a period, by its name; nothing for what is no such name."""
    kind, _, code = iri.removeprefix(STEM).partition("/") if iri.startswith(STEM) else ("", "", "")
    return kind, code


def months_of_name(iri: str) -> tuple[str, ...]:
    """The months of a period, by its name, that of a day included; nothing for other names.

    >>> months_of_name(STEM + "quarter/2024-Q1")
    ('2024-01', '2024-02', '2024-03')
    """
    kind, code = parts(iri)
    try:
        return months_of(code[:7] if kind == DAY else code)
    except ValueError:
        return ()


def is_day(iri: str) -> bool:
    """Whether a name is that of a day."""
    return parts(iri)[0] == DAY


def called(iri: str) -> str:
    """A period in words; nothing for what is no such name.

    >>> called(STEM + "month/2024-01"), called(STEM + "day/2024-03-31")
    ('January 2024', '31 March 2024')
    """
    kind, code = parts(iri)
    try:
        return day_in_words(code) if kind == DAY else label(code)
    except ValueError:
        return ""


def day_in_words(code: str) -> str:
    """A day as people write it; raises ValueError for what is no day."""
    day = date.fromisoformat(code)
    return f"{day.day} {day:%B %Y}"


def in_words(day: str) -> str:
    """A date of a catalogue in words, as exactly as it is told; what is no date as it is.

    >>> in_words("2024-03-31T09:30:00Z"), in_words("2024-03"), in_words("2024")
    ('31 March 2024', 'March 2024', '2024')
    """
    code = day[:10] if day[10:11] == "T" else day
    try:
        return day_in_words(code) if len(code) == len("2024-03-31") else label(code)
    except ValueError:
        return day


def between(first: str, last: str) -> str:
    """The time from one date to another, in words: in months where these are whole.

    >>> between("2019-01-01", "2024-12-31"), between("2024-01", "2024-01"), between("2013", "")
    ('January 2019 to December 2024', 'January 2024', 'from 2013')
    >>> between("1981", "2023-12-31"), between("2024-01-05", "2024-01-31")
    ('1981 to December 2023', '5 January 2024 to 31 January 2024')
    """
    first, last = (one[:10] if one[10:11] == "T" else one for one in (first, last))
    if is_first(first) and is_last(last):
        first, last = first[:7], last[:7]
    one, other = in_words(first), in_words(last)
    if not (one and other):
        return f"from {one}" if one else f"until {other}"
    return one if one == other else f"{one} to {other}"


def is_first(day: str) -> bool:
    """Whether a date is the first day of a month, or names no day."""
    return len(day) < len("2024-03-01") or day.endswith("-01")


def is_last(day: str) -> bool:
    """Whether a date is the last day of a month, or names no day."""
    if len(day) < len("2024-03-31"):
        return True
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return False
    return found.day == monthrange(found.year, found.month)[1]
