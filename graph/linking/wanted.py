"""What is wanted of a table: columns to link, the kinds of things in them, and their context."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

from homegraph.graph.errors import LinkMisfit
from homegraph.graph.linking.table import Table
from homegraph.graph.matching import names
from homegraph.graph.matching.corrections import CONTEXT
from homegraph.graph.matching.question import Question

ADDED = ("URI", "label", "score", "status")
CANDIDATES = 3


@dataclass(frozen=True)
class Wanted:
    """A column to link: what kinds of things it names, and the columns that say which is meant."""

    column: str
    kinds: tuple[str, ...]
    parent: str = ""
    code: str = ""
    period: str = ""
    subject: str = ""  # the column with the publisher's own URI of what this column names

    @property
    def headings(self) -> list[str]:
        """What the columns that are added for it are called."""
        return [f"{self.column} {word}" for word in ADDED]


class Asked(NamedTuple):
    """A question about a cell: what is asked once, however often it stands in the table."""

    kinds: tuple[str, ...]
    text: str
    parent: str = ""
    code: str = ""
    period: str = ""

    @property
    def context(self) -> dict[str, str]:
        """The context that was given, by its name."""
        return {name: said for name in CONTEXT if (said := getattr(self, name))}

    @property
    def question(self) -> Question:
        """The question as a matcher takes it."""
        return Question(self.text, self.kinds, self.context, CANDIDATES)


@dataclass(frozen=True)
class Column:
    """A wanted column with where it, and those beside it, stand in a table."""

    wanted: Wanted
    at: int
    beside: tuple[int, int, int]  # parent, code, period; -1 for none
    subject: int = -1

    def asked(self, row: Sequence[str]) -> Asked | None:
        """What a row asks; None where the cell is empty."""
        # Plain texts: a cell of a spreadsheet remembers that it was a number, and keeps it.
        text = str(row[self.at])
        if not text.strip():
            return None
        parent, code, period = (str(row[at]).strip() if at >= 0 else "" for at in self.beside)
        return Asked(self.wanted.kinds, text, parent, code, period)


def placed(table: Table, wanted: Sequence[Wanted]) -> list[Column]:
    """The wanted columns as they stand in a table.

    Raises SourceRejected for a column that is not there, and LinkMisfit when one is named twice or
    a column that would be added has the name of one that is there.
    """
    columns = []
    for one in wanted:
        at = table.place(one.column)
        beside = [table.place(name) if name else -1 for name in (one.parent, one.code, one.period)]
        subject = table.place(one.subject) if one.subject else -1
        named = replace(one, column=table.columns[at].strip())  # as the table spells it
        columns.append(Column(named, at, (beside[0], beside[1], beside[2]), subject))
    places = [one.at for one in columns]
    for place in columns:
        if places.count(place.at) > 1:
            raise LinkMisfit(
                f"--column names {place.wanted.column!r} more than once; "
                "say its kinds together, as in 'Area=district,csp'"
            )
    there = {name.strip().casefold() for name in table.columns}
    for place in columns:
        taken = [name for name in place.wanted.headings if name.casefold() in there]
        if taken:
            raise LinkMisfit(
                f"{table.source} already has the column {taken[0]!r}, which linking "
                f"{place.wanted.column!r} would add; rename it there, or take it out"
            )
    return columns


def column(said: str) -> Wanted:
    """A column as --column says it: NAME=KIND or NAME=KIND,KIND.

    Raises LinkMisfit when it is not said so, or for a kind that there is not.

    >>> column("Force Name=police-force")
    Wanted(column='Force Name', kinds=('police-force',), parent='', code='', period='', subject='')
    """
    name, equals, kinds = said.rpartition("=")
    if not equals or not name.strip() or not kinds.strip():
        raise LinkMisfit(
            f"--column {said!r} is not NAME=KIND, such as 'Force Name=police-force'; "
            f"the kinds are {known()}"
        )
    each = tuple(dict.fromkeys(kind.strip() for kind in kinds.split(",")))
    for kind in each:
        if kind not in names.KINDS and kind not in names.GROUPS:
            near = get_close_matches(kind, [*names.KINDS, *names.GROUPS], 1, 0.5)
            meant = f"; is {near[0]} meant" if near else ""
            raise LinkMisfit(f"--column {said!r}: there is no kind {kind!r}{meant}. Use {known()}")
    return Wanted(name, each)


def known() -> str:
    """The kinds there are, for a message."""
    groups = (f"{word} (any of {', '.join(sorted(of))})" for word, of in names.GROUPS.items())
    return ", ".join([*names.KINDS, *groups])


def insist_on_kinds(wanted: Iterable[Wanted], there: Iterable[str], release: str) -> None:
    """Raise LinkMisfit for a kind of which a release has no things: nothing could be found."""
    kinds = set(there)
    for one in wanted:
        for kind in one.kinds:
            if not kinds & set(names.GROUPS.get(kind, (kind,))):
                raise LinkMisfit(
                    f"--column '{one.column}={kind}': the release {release} has nothing of the "
                    f"kind {kind}; it has {', '.join(sorted(kinds))}"
                )


def with_context(said: Iterable[str], wanted: Sequence[Wanted]) -> list[Wanted]:
    """The columns, with what --with says: [NAME:]WHAT=COLUMN, WHAT being parent, code or period.

    NAME may be left out if only one column is linked. Raises LinkMisfit for what is not said so.
    """
    found = {one.column: one for one in wanted}
    for text in said:
        name, rest = addressed(text, list(found), "--with")
        what, _, other = (part.strip() for part in rest.partition("="))
        if what not in CONTEXT or not other:
            raise LinkMisfit(
                f"--with {text!r} is not [NAME:]WHAT=COLUMN with one of {', '.join(CONTEXT)}, "
                "such as 'parent=Local authority'"
            )
        if getattr(found[name], what):
            raise LinkMisfit(f"--with says the {what} of {name!r} twice")
        before = {key: getattr(found[name], key) for key in CONTEXT}
        parent, code, period = (before | {what: other}).values()
        found[name] = replace(found[name], parent=parent, code=code, period=period)
    return list(found.values())


def with_subjects(said: Iterable[str], wanted: Sequence[Wanted]) -> list[Wanted]:
    """The columns, with what --subject says: [NAME:]COLUMN; raises LinkMisfit as above."""
    found = {one.column: one for one in wanted}
    for text in said:
        name, other = addressed(text, list(found), "--subject")
        if not other.strip() or found[name].subject:
            problem = "says it twice" if found[name].subject else "is not [NAME:]COLUMN"
            raise LinkMisfit(f"--subject {text!r} {problem}; 'Organisation:Organisation URI' is")
        found[name] = replace(found[name], subject=other)
    return list(found.values())


def addressed(text: str, names: Sequence[str], option: str) -> tuple[str, str]:
    """Which of the linked columns an option speaks of, and what it says of it."""
    of = [name for name in sorted(names, key=len, reverse=True) if text.startswith(f"{name}:")]
    if of:
        return of[0], text.removeprefix(f"{of[0]}:")
    if not names:
        raise LinkMisfit(f"{option} {text!r} goes with a --column, and there is none")
    if len(names) == 1:
        return names[0], text
    raise LinkMisfit(
        f"{option} {text!r} does not say of which column it speaks: begin it with "
        + " or ".join(f"'{name}:'" for name in names)
    )
