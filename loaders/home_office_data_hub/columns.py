"""Which files an extract has, which columns each file has, and how their cells are read.

What no figure needs is not read: a column without a reader is ignored, and metadata.ttl says why.
A reader raises ValueError with a text that never repeats the cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from homegraph.graph.concepts import code_list

REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z/._-]{0,39}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Column:
    """One heading, and how its cells are read; without `read` they are ignored."""

    heading: str
    read: Callable[[str], Any] | None = None
    remedy: str = "Correct the value in the force's system."
    may_be_empty: bool = False


def code(name: str) -> Callable[[str], str]:
    """A reader of those notations of a code list that do not sum up others."""
    known = code_list(name)
    notations = {
        notation
        for notation, concept in known.by_notation.items()
        if concept not in known.groups and notation != "all"
    }

    def read(text: str) -> str:
        if text not in notations:
            raise ValueError(f"not a notation in ontologies/{name}.ttl that a record may have")
        return text

    return read


def one_of(*known: str) -> Callable[[str], str]:
    """A reader of a few words."""

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"none of {', '.join(known)}")
        return text

    return read


def day(text: str) -> date:
    """Read a day as 2024-04-01."""
    if not DAY.fullmatch(text):
        raise ValueError("not a day written as 2024-04-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("not a day of the calendar") from None


def reference(text: str) -> str:
    """Read a reference, by which records are matched, and which is let go afterwards."""
    if not REFERENCE.fullmatch(text):
        raise ValueError("not a reference: at most 40 letters, digits and . _ / -")
    return text


def one_line(cell: str) -> str:
    """Read any text, in one line."""
    return " ".join(cell.split())


AS_A_DAY = "Write a day as 2024-04-01."
CRIME = Column("Crime reference number", reference)
WORKER = Column("Staff reference", reference)
ETHNICITY = Column(
    "Ethnic origin", code("ethnicity"), "Use one of the 18+1 codes, such as W1 or NS."
)


def coded(heading: str, name: str, may_be_empty: bool = False) -> Column:
    """A column of notations of one of our code lists."""
    remedy = f"Use a notation of ontologies/{name}.ttl."
    return Column(heading, code(name), remedy, may_be_empty)


COLUMNS: dict[str, tuple[Column, ...]] = {
    "area": (
        Column("Code", reference),
        Column("Name", one_line),
        Column("Kind", one_of("BCU", "CSP"), "Write BCU or CSP."),
        Column("Part of", reference, "Give the code of the BCU.", may_be_empty=True),
    ),
    "crime": (
        CRIME,
        Column("Recorded date", day, AS_A_DAY),
        Column("Grid reference"),
        Column("Location type"),
        coded("Offence class", "offence-class"),
        Column("Aggravating factors"),
        Column("Force", str),
        Column("BCU", reference),
        Column("CSP", reference),
    ),
    "person": (
        Column("Person reference", reference),
        CRIME,
        ETHNICITY,
        coded("Role", "person-role"),
        coded("Detection method", "detection-method", may_be_empty=True),
        Column("Relationship to victim"),
    ),
    "workforce": (
        WORKER,
        ETHNICITY,
        Column("Gender", one_of("F", "M", "U"), "Write F, M, or U for not specified."),
        Column("Marital status"),
        Column("Disability class"),
        Column("Competency class"),
        coded("Rank", "worker-rank"),
        Column("Employment class"),
        Column("Assignment"),
    ),
    "absence": (
        WORKER,
        coded("Reason", "absence-reason"),
        Column("Start date", day, AS_A_DAY),
        Column("End date", day, AS_A_DAY, may_be_empty=True),
    ),
    "assault": (
        WORKER,
        Column("Assault date", day, AS_A_DAY),
        Column("On duty", one_of("yes", "no"), "Write yes or no."),
        Column("Role in assault"),
    ),
    "training": (
        WORKER,
        Column("Course"),
        Column("Completed date", day, AS_A_DAY),
    ),
    "recruitment": (
        Column("Applicant reference", reference),
        ETHNICITY,
        Column("Application kind"),
        coded("Stage", "application-stage"),
        Column("Stage date", day, AS_A_DAY),
    ),
}
OPTIONAL = frozenset({"assault", "training", "recruitment"})
