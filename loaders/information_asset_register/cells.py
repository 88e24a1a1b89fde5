"""Reads the cells of a register: each reader returns what a text means, or raises ValueError."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.terms import DCT, XSD

T = TypeVar("T")
Value = NamedNode | Literal

HERE = Path(__file__).parent


@cache
def words(column: str) -> dict[str, Value]:
    """The words that a column may hold, from words.csv; those without address mean themselves."""
    with (HERE / "words.csv").open(encoding="utf-8", newline="") as stream:
        return {
            row["word"]: NamedNode(row["address"]) if row["address"] else Literal(row["word"])
            for row in csv.DictReader(stream, strict=True)
            if row["column"] == column
        }


def remedy(column: str) -> str:
    """What to write in a column of words."""
    return f"Write one of: {', '.join(words(column))}."


def one_of(name: str) -> str:
    """What to write in a column whose words are those of a code list."""
    return f"Write one of: {', '.join(code_list(name).labels.values())}."


def each(read: Callable[[str], T]) -> Callable[[str], list[T]]:
    """A reader of a cell with several values."""
    return lambda text: [read(part.strip()) for part in text.split(";") if part.strip()]


def one(read: Callable[[str], T]) -> Callable[[str], list[T]]:
    """A reader of a cell with one value."""
    return lambda text: [read(text)]


def word(known: Mapping[str, T]) -> Callable[[str], T]:
    """A reader of one of a few words, in small or capital letters."""

    def read(text: str) -> T:
        if text.lower() not in known:
            raise ValueError(f"{text!r} is not a word that is known here")
        return known[text.lower()]

    return read


def english(text: str) -> Literal:
    """Words in English; line ends differ between CSV and spreadsheets, so they become one."""
    return Literal(re.sub(r"\r\n?", "\n", text), language="en")


def yes_or_no(text: str) -> Literal:
    """A truth value."""
    return Literal(word({"yes": True, "no": False})(text))


def day(text: str) -> Literal:
    """Read 2013-04-01."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError("not a day written as 2013-04-01")
    date.fromisoformat(text)
    return Literal(text, datatype=XSD.date)


def a_year_after(text: str) -> Literal:
    """The same day of the next year; after a 29 February the last of February.

    The day of the same number, or the last of a month that has none: so the courts count years.

    >>> a_year_after("2013-03-29").value, a_year_after("2012-02-29").value
    ('2014-03-29', '2013-02-28')
    """
    last = date.fromisoformat(text)
    is_leap_day = (last.month, last.day) == (2, 29)
    next_year = last.replace(year=last.year + 1, day=28 if is_leap_day else last.day)
    return Literal(next_year.isoformat(), datatype=XSD.date)


def time(text: str) -> Literal:
    """Read a day, a month (2013-04) or a year (2013), as exact as it is known."""
    if re.fullmatch(r"\d{4}", text):
        return Literal(text, datatype=XSD.gYear)
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return Literal(text, datatype=XSD.gYearMonth)
    try:
        return day(text)
    except ValueError:
        raise ValueError("not a day, month or year written as 2013-04-01, 2013-04, 2013") from None


def place_or_period(text: str) -> tuple[str, tuple[Literal, Literal] | None]:
    """A place by its name, or a period with its two ends."""
    start, slash, end = text.partition("/")
    if slash:
        return text, (time(start), time(end))
    word(words("Coverage"))(text)
    return text, None


def licence(text: str) -> Value:
    """A licence where it is one, otherwise a remark."""
    if text.lower() in words("Rights"):
        return words("Rights")[text.lower()]
    return NamedNode(text) if "://" in text else english(text)


def classification(text: str) -> NamedNode:
    """The classification of today's scheme for a marking of any scheme."""
    marking = code_list("classification").read(text)
    return replaced_markings().get(marking, marking)


@cache
def replaced_markings() -> dict[NamedNode, NamedNode]:
    """What the code list says replaces each marking of before 2014."""
    path = ONTOLOGIES / "classification.ttl"
    return {
        quad.subject: quad.object
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if quad.predicate == DCT.isReplacedBy
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }


def privacy_assessment(text: str) -> NamedNode | None:
    """How far an assessment has come; None when the register says that there is none."""
    return None if text.lower() == "none" else code_list("privacy-assessment").read(text)


def access_request(text: str) -> tuple[Literal | None, NamedNode, NamedNode]:
    """Read `2012-11 | developer | granted`; the time may be left empty."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 3:
        raise ValueError(f"{text!r} does not have three parts")
    received, requester, outcome = parts
    return (
        time(received) if received else None,
        code_list("requester-kind").read(requester),
        code_list("access-outcome").read(outcome),
    )
