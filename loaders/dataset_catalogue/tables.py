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


def look_up(name: str, text: str) -> dict[str, str] | None:
    """The row for a publisher's word, whatever its capitals and blanks; None when unknown.

    >>> look_up("frequencies", " Monthly ")["eu"].rsplit("/", 1)[-1]
    'MONTHLY'
    """
    return table(name).get(" ".join(text.casefold().split()))


def licence_row(text: str) -> dict[str, str] | None:
    """The licence a text stands for: an id, a title or an address, with or without its last slash.

    >>> licence_row("OGL")["name"]
    'Open Government Licence v3.0'
    """
    bare = re.sub(r"(?i)^(https?://)?(www\.)?", "", text.strip()).rstrip("/. ")
    return look_up("licences", bare)


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
