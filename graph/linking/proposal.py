"""Proposes which columns of a table to link: those whose values matching is sure of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from homegraph.graph.linking.answers import Things
from homegraph.graph.linking.table import Table
from homegraph.graph.matching.matcher import Matcher
from homegraph.graph.matching.question import Question

ROWS = 2000  # that are looked at
VALUES = 40  # of a column that are asked for
ENOUGH = 0.5  # of the values are matched: then a column is one of names of things
SOME = 0.2  # then it may be
LONGEST = 200  # letters; what is longer is prose


@dataclass(frozen=True)
class Guess:
    """A kind that a column may name things of: the share of its values that match safely."""

    column: str
    kind: str
    share: float
    values: int  # that were asked for
    example: tuple[str, str] = ("", "")  # a value, and what it was matched to
    codes: bool = False  # most of what matched are codes

    @property
    def is_proposed(self) -> bool:
        """Whether so many match that the column should be linked."""
        return self.share >= ENOUGH


def guesses(table: Table, matcher: Matcher, things: Things) -> list[list[Guess]]:
    """For each column that may name things the kinds they may be of, the likeliest first."""
    rows = list(islice(table.rows, ROWS))
    found = []
    for at, column in enumerate(table.columns):
        values = sample([str(row[at]) for row in rows])
        if column.strip() and values:
            found.append(list(of_column(column, values, matcher, things)))
    return [each for each in found if each]


def sample(cells: Sequence[str]) -> list[str]:
    """Values of a column from all over it; none of one that holds numbers, days or prose."""
    different = list(dict.fromkeys(cell for cell in cells if cell.strip()))
    # A number alone says nothing: every list of codes has a 1.
    telling = [one for one in different if any(map(str.isalpha, one)) and len(one) <= LONGEST]
    if 2 * len(telling) < len(different):
        return []
    step = max(1, len(telling) // VALUES)
    return telling[::step][:VALUES]


def of_column(
    column: str, values: Sequence[str], matcher: Matcher, things: Things
) -> Iterator[Guess]:
    """What the values of a column may be."""
    found = []
    for kind in matcher.kinds:
        answers = matcher.ask([Question(value, (kind,), limit=1) for value in values])
        matched = [
            (value, answer[0])
            for value, answer in zip(values, answers, strict=True)
            if answer and answer[0].match
        ]
        if matched and len(matched) >= SOME * len(values):
            codes = sum(things.has_code(first.iri, value) for value, first in matched)
            share, example = len(matched) / len(values), (matched[0][0], matched[0][1].label)
            of_codes = 2 * codes > len(matched)
            found.append(Guess(column, kind, share, len(values), example, of_codes))
    yield from sorted(found, key=lambda one: (-one.share, one.kind))


def options(found: Sequence[Sequence[Guess]]) -> list[str]:
    """How to say what is proposed, as options of the command.

    Where a column has the names of things and another their codes, the codes say which is meant.
    """
    best = [each[0] for each in found if each[0].is_proposed]
    said = [f'--column "{one.column}={one.kind}"' for one in best]
    for one in best:
        codes = [other for other in best if other.codes and other.kind == one.kind]
        if not one.codes and len(codes) == 1:
            said.append(f'--with "{one.column}:code={codes[0].column}"')
    return said
