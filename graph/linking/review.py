"""The review file: what nobody is sure of, for a person to decide; and what they decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from homegraph.graph.errors import CorrectionsRejected
from homegraph.graph.findings import Finding
from homegraph.graph.linking.answers import NONE, REVIEW, Answer, Things
from homegraph.graph.linking.table import Number, Table
from homegraph.graph.linking.wanted import CANDIDATES, Asked
from homegraph.graph.linksets.targets import proper
from homegraph.graph.matching.corrections import MOST, Correction, faults

DECISION, NOBODY = "decision", "none"
PLACES = tuple(map(str, range(1, CANDIDATES + 1)))
QUESTION = ("table", "column", "kinds", "value", "parent", "code", "period")
SHOWN = tuple(f"{what} {place}" for place in PLACES for what in ("candidate", "label", "score"))
COLUMNS = (*QUESTION, "status", "rows", "first row", *SHOWN, DECISION)
NEEDED = (*QUESTION[1:], *SHOWN, DECISION)
HOW = f"Write 1 to {CANDIDATES} for one of the candidates, the URI of another thing, or none."


class Seen(NamedTuple):
    """Where a question stands in a table: how often, and first in which row."""

    rows: int
    first: int


def rows(
    table: str,
    seen: Mapping[tuple[str, Asked], Seen],
    answers: Mapping[Asked, Answer],
) -> Iterator[list[str]]:
    """A row for each value of a column that is not a safe match, the most frequent first.

    Those for which nothing was found come after all others: there are often very many.
    """
    doubtful = [
        (column, asked, where)
        for (column, asked), where in seen.items()
        if answers[asked].status in {REVIEW, NONE}
    ]
    doubtful.sort(
        key=lambda one: (
            *(answers[one[1]].status == NONE, -one[2].rows, one[2].first),
            *(one[0], one[1]),
        )
    )
    for column, asked, where in doubtful:
        answer = answers[asked]
        row = [table, column, " ".join(asked.kinds), *asked[1:], answer.status]
        row += [Number(where.rows), Number(where.first)]
        for place in range(CANDIDATES):
            if place < len(answer.candidates):
                uri, label, score = answer.candidates[place]
                row += [uri, label, Number(f"{score:g}")]
            else:
                row += ["", "", ""]
        yield [*row, ""]


def decided(
    table: Table, things: Things, default: str, by: str, today: str
) -> Iterator[Correction]:
    """What people decided in a review file that was filled in; rows without a decision are none.

    `default` is the table that the values are from, if the file does not say it. Raises
    SourceRejected when it has no such columns, and CorrectionsRejected, which lists every decision
    that cannot be taken in; then there is none at all.
    """
    place = {name: table.place(name) for name in NEEDED}
    of = table.place("table") if "table" in table.columns else -1
    found: list[Correction] = []
    wrong: list[Finding] = []
    for number, row in enumerate(table.rows, start=table.first):
        said = {name: str(row[at]).strip() for name, at in place.items()}
        if not said[DECISION]:
            continue
        one = Correction(
            # As it stands in the table: what is not trimmed there is not trimmed here.
            text=str(row[place["value"]]),
            kinds=said["kinds"],
            parent=said["parent"],
            code=said["code"],
            period=said["period"],
            iri=meant(said, things),
            said=said["candidate 1"],
            score=said["score 1"],
            source=str(row[of]) if of >= 0 else default,
            by=by,
            on=today,
        )
        problems = list(problems_of(one, said, things))
        wrong += [
            Finding(problem, remedy, table.source, number, column, said[column])
            for column, problem, remedy in problems
        ]
        found.append(one)
    if wrong:
        raise CorrectionsRejected(wrong[:MOST])
    yield from found


def meant(said: Mapping[str, str], things: Things) -> str:
    """The URI that a decision means, as its owner writes it; nothing for none of ours."""
    decision = said[DECISION]
    if decision in PLACES:
        return said[f"candidate {decision}"]
    if decision.casefold() == NOBODY:
        return ""
    uri = decision.removeprefix("<").removesuffix(">")
    return uri if uri in things else proper(uri)


def problems_of(
    one: Correction, said: Mapping[str, str], things: Things
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a decision: the column, the problem and the remedy."""
    columns = {"text": "value", "kinds": "kinds", "said": "candidate 1", "score": "score 1"}
    for column, problem, remedy in faults(one):
        yield columns.get(column, DECISION), problem, HOW if column == "iri" else remedy
        if column == "iri":
            return
    decision = said[DECISION]
    if decision in PLACES and not one.iri:
        yield DECISION, f"there is no candidate {decision} in this row", HOW
    elif one.iri and one.iri not in things:
        yield DECISION, "the release has nothing of that name", HOW
    elif one.iri and one.kinds and not things.is_of(one.iri, one.kinds.split()):
        kinds = ", ".join(sorted(things.kinds(one.iri)))
        problem = (
            f"{things.label(one.iri)} is of the kind {kinds}, and the column is of {one.kinds}"
        )
        yield DECISION, problem, f"Decide for another, or link the column with {kinds} as well."


def decisions(table: Table) -> int:
    """How many rows of a file have a decision; 0 for a file that is no review file."""
    if DECISION not in table.columns:
        return 0
    place = table.place(DECISION)
    return sum(1 for row in table.rows if row[place].strip())
