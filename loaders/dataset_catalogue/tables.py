"""The mapping tables beside this file: publishers' words to the vocabularies DCAT-AP asks for."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from homegraph.graph.errors import MetadataError

HERE = Path(__file__).parent


@cache
def table(name: str) -> dict[str, dict[str, str]]:
    """The rows of <name>.csv by their label; raises MetadataError for a repeated label."""
    found: dict[str, dict[str, str]] = {}
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, strict=True):
            if row["label"] in found:
                raise MetadataError(f"{name}.csv: {row['label']!r} stands twice")
            found[row["label"]] = row
    return found


def bare(text: str) -> str:
    """An address without what differs between its spellings: scheme, www, capitals, last slash.

    >>> bare("https://www.a.example/B/")
    'a.example/b'
    """
    return re.sub(r"^(https?://)?(www\.)?", "", text.strip().casefold()).rstrip("/. ")


def look_up(name: str, text: str) -> dict[str, str] | None:
    """The row for a publisher's word, or for an address that the table leads to; None when unknown.

    >>> look_up("frequencies", " Monthly ")["eu"].rsplit("/", 1)[-1]
    'MONTHLY'
    >>> look_up("frequencies", look_up("frequencies", "monthly")["dcmi"])["name"]
    'monthly'
    """
    words = " ".join(text.casefold().split())
    return table(name).get(words) or codes(name).get(bare(words)) or table(name).get(bare(words))


CODES = ("eu", "dcmi", "theme", "file_type", "licence", "area")


@cache
def codes(name: str) -> dict[str, dict[str, str]]:
    """The rows of a table by the addresses that they lead to, and by the names of those."""
    found: dict[str, dict[str, str]] = {}
    for row in table(name).values():
        for column in CODES:
            if row.get(column):
                found.setdefault(bare(row[column]), row)
                found.setdefault(bare(row["name"]), row)
    return found


def licence_row(text: str) -> dict[str, str] | None:
    """The licence a text stands for: an id, a title or an address, with or without its last slash.

    >>> licence_row("OGL")["name"]
    'Open Government Licence v3.0'
    """
    return look_up("licences", text)


@cache
def keys(where: str) -> dict[str, bool]:
    """The known keys of a CKAN record, resource or organisation; True for those we read."""
    with (HERE / "keys.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    return {row["key"]: row["use"] == "read" for row in rows if row["where"] == where}


@cache
def team_words() -> frozenset[str]:
    """Words by which the name or address of a team is told from that of a person."""
    with (HERE / "team_words.csv").open(encoding="utf-8", newline="") as stream:
        return frozenset(row["word"] for row in csv.DictReader(stream, strict=True))
