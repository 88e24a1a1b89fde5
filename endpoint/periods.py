"""Periods by their names at reference.data.gov.uk: what they are called, and their months."""

from __future__ import annotations

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
        if kind == DAY:
            day = date.fromisoformat(code)
            return f"{day.day} {day:%B %Y}"
        return label(code)
    except ValueError:
        return ""
