"""Labelled pairs: what people write in tables, and which thing of ours they mean by it.

One CSV file for each list. Columns: `text`; `kinds`, what was asked for, with blanks between;
`parent`, `code` and `period`, the context where the table has it in a column; `iri`, the right
answer, empty where nothing of ours is meant; `split`, whether a matcher may be tuned on the pair
("tune") or is only measured by it ("held"); `in_graph`, "yes" where the graph has this very
spelling; `source`, the publisher's file in which the spelling was seen, "common usage" for what
nobody was seen to write, or a rule that made it. Datasets are named as on the demonstration base.

The pairs of round one were looked at while the matcher was made: they are for tuning. Those of
round two were gathered afterwards, from tables, by somebody who did not see what the matcher says
to them: they are held, only counted, and no name is added to the graph because of one of them. Held
descriptions of offences are of round three, a half of it that the digest of the text decides on:
titles of courts and of legal aid, tables and reports that no earlier pair is from, and none nearly
the same as another text. Its other half, and those held before it, are for tuning.

No text is in both parts for the same kind, however it is capitalised; tests/test_labelled.py sees
to it. tests/bench/labelled.py writes `in_graph` and the pairs that rules make.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
BY_RULE = " made by rule"  # how the source of such pairs ends
COMMON = "common usage"  # the source of what nobody was seen to write
TUNE, HELD = "tune", "held"


@dataclass(frozen=True, slots=True)
class Pair:
    """What somebody wrote, and what it means: a row of a file."""

    text: str
    kinds: str
    parent: str
    code: str
    period: str
    iri: str
    split: str
    in_graph: str
    source: str

    @property
    def context(self) -> dict[str, str]:
        """The context that was given, by its name."""
        given = {"parent": self.parent, "code": self.code, "period": self.period}
        return {name: text for name, text in given.items() if text}

    @property
    def by_rule(self) -> bool:
        """Whether a rule made the pair, and nobody was seen to write so."""
        return self.source.endswith(BY_RULE)


COLUMNS = [field.name for field in fields(Pair)]


def lists() -> list[str]:
    """The names of all lists."""
    return sorted(path.stem for path in FOLDER.glob("*.csv"))


@cache
def pairs(name: str) -> tuple[Pair, ...]:
    """The pairs of a list; raises FileNotFoundError for one that is not there."""
    return tuple(read(FOLDER / f"{name}.csv"))


def read(path: Path) -> Iterator[Pair]:
    """The pairs in a file; raises ValueError when its columns are others."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        if next(rows, None) != COLUMNS:
            raise ValueError(f"the columns of {path.name} are not {', '.join(COLUMNS)}")
        for row in rows:
            yield Pair(*row)


def squeezed(text: str) -> str:
    """A text in small letters and with single blanks: two that are the same so are one spelling.

    >>> squeezed(" St.  Helens ")
    'st. helens'
    """
    return " ".join(text.casefold().split())
