"""Links a table: reads it, asks each question once, and writes what was found."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from homegraph.graph.build import Progress
from homegraph.graph.errors import FetchFailed, LinkMisfit, SourceRejected
from homegraph.graph.linking import answers, review, tables
from homegraph.graph.linking import links as linksets
from homegraph.graph.linking.answers import NONE, NOTHING, REVIEW, STATUSES, Answer, Things
from homegraph.graph.linking.journal import Journal
from homegraph.graph.linking.links import Linkset, Origin
from homegraph.graph.linking.review import Seen
from homegraph.graph.linking.table import Number, Table
from homegraph.graph.linking.tables_write import suffix_of
from homegraph.graph.linking.wanted import Asked, Column, Wanted, insist_on_kinds, placed
from homegraph.graph.matching import corrections as corrected
from homegraph.graph.matching import names
from homegraph.graph.matching.corrections import Added, Correction, Corrections
from homegraph.graph.matching.matcher import Matcher
from homegraph.graph.matching.published import tuned
from homegraph.graph.release import Release

STATUS = review.COLUMNS.index("status")
AT_ONCE = 250  # questions whose answers are kept together
SAID_EVERY = 5000  # rows


@dataclass(frozen=True)
class Order:
    """What is to be linked, and into which files."""

    wanted: tuple[Wanted, ...]
    out: Path
    review: Path
    links: Path | None = None
    base: str = ""  # under which the values of columns without subjects get URIs
    threshold: float | None = None
    corrections: Path | None = None  # a review file that somebody filled in
    by: str = ""


@dataclass
class Outcome:
    """What came of a run."""

    rows: int = 0
    questions: int = 0
    kept: int = 0  # answers that a run before had found already
    changed: list[str] = field(default_factory=list)  # why what it left was not gone on with
    statuses: dict[str, dict[str, int]] = field(default_factory=dict)  # of rows, by column
    to_review: int = 0
    likely: int = 0  # of these, how many have a candidate that may well be meant
    links: dict[str, int] = field(default_factory=dict)  # by column
    doubtful: list[str] = field(default_factory=list)  # subjects that are said to be two things
    remembered: Added | None = None
    unused: list[str] = field(default_factory=list)  # corrected texts that are not in the table
    gone: list[str] = field(default_factory=list)  # corrections lead to these, not in the release


def link(
    table: Table,
    order: Order,
    home: Path,
    release: Release,
    now: datetime,
    progress: Progress,
) -> Outcome:
    """Link a table with a release; each file is written whole or not at all.

    Raises LinkMisfit, SourceRejected, CorrectionsRejected, HomeBusy while another run writes the
    same file, and HomeUnusable.
    """
    insist_on_files(order)
    columns = placed(table, order.wanted)
    known = names.read(release.path)
    insist_on_kinds(order.wanted, {one.kind for one in known}, release.name)
    keep_decisions(order)
    with Journal(order.out, of_what(table, order, release)) as journal:
        linking = Linking(table, columns, order, Things(known), progress)
        linking.outcome.changed = journal.changed
        linking.remember(home, now)
        linking.look()
        linking.answer(
            Matcher.read(release.path, corrected=False), Corrections(corrected.read(home)), journal
        )
        linking.write(origin(table, order, release, now))
        journal.done()
    return linking.outcome


def insist_on_files(order: Order) -> None:
    """Raise LinkMisfit for files that cannot be written, before any work is done for them."""
    files = [path for path in (order.out, order.review, order.links) if path]
    for path in files:
        if not path.parent.is_dir():
            raise LinkMisfit(f"{path}: there is no folder {path.parent}; make it, or name another")
        if path.is_dir():
            raise LinkMisfit(f"{path} is a folder; name a file in it")
        if not os.access(path.parent, os.W_OK):
            raise LinkMisfit(
                f"{path}: nothing can be written in {path.parent}; name a file elsewhere with --out"
            )
    if len({path.resolve() for path in files}) < len(files):
        raise LinkMisfit("--out, --review and --links are three files; give each another name")
    for path in (order.out, order.review):
        suffix_of(path)


def keep_decisions(order: Order) -> None:
    """Raise LinkMisfit when the review file has decisions that would be lost by writing it anew."""
    path = order.review
    if not path.exists() or (order.corrections and path.resolve() == order.corrections.resolve()):
        return
    try:
        count = review.decisions(tables.open_table(path))
    except (SourceRejected, FetchFailed):
        return  # it has no rows, or is no table
    if count:
        raise LinkMisfit(
            f"{path} has {count:,} {'decision' if count == 1 else 'decisions'} that would be lost; "
            f"add --corrections {path} to have them remembered, or name another file with --review"
        )


def of_what(table: Table, order: Order, release: Release) -> dict[str, Any]:
    """What the answers of a run hold for: with any other of these, they may be others."""
    return {
        "table": [table.source, table.sheet, table.sha256],
        "options": [[astuple(one) for one in order.wanted], order.threshold],
        "release": [release.name, release.digest],
        "software": [version("homegraph"), *tuned()],
    }


def origin(table: Table, order: Order, release: Release, now: datetime) -> Origin:
    """What the links say of where they come from."""
    told = table.source, table.sha256, release.name, release.base, tuned()[0], version("homegraph")
    return Origin(*told, now, order.base, order.threshold)


def added(answer: Answer) -> list[str]:
    """What is written beside a cell; a URI only where it is sure what is meant.

    For what is to be reviewed the label and score are those of the first candidate.
    """
    best = answer.best if answer.status != NONE else None
    uri = answer.link.uri if answer.link else ""
    if best is None:
        return [uri, "", "", answer.status]
    return [uri, best.label, Number(f"{best.score:g}"), answer.status]


class Linking:
    """A table that is being linked, step by step."""

    def __init__(
        self,
        table: Table,
        columns: Sequence[Column],
        order: Order,
        things: Things,
        progress: Progress,
    ) -> None:
        self._table, self._columns, self._order = table, columns, order
        self._things, self._progress = things, progress
        self._seen: dict[tuple[str, Asked], Seen] = {}
        self._found: dict[Asked, Answer] = {}
        self._given: list[Correction] = []
        self.outcome = Outcome()

    def remember(self, home: Path, now: datetime) -> None:
        """Remember in the home what people decided in a review file; none of it if any is wrong."""
        if self._order.corrections is not None:
            filled_in = tables.open_table(self._order.corrections)
            said = self._table.source, self._order.by, now.date().isoformat()
            self._given = list(review.decided(filled_in, self._things, *said))
            self.outcome.remembered = corrected.add(home, self._given)

    def look(self) -> None:
        """Find the questions in the table: of which column, how often, and where first."""
        first: dict[tuple[str, Asked], int] = {}
        count: Counter[tuple[str, Asked]] = Counter()
        for number, row in self._rows("read"):
            for column in self._columns:
                asked = column.asked(row)
                if asked is not None:
                    key = column.wanted.column, asked
                    first.setdefault(key, number)
                    count[key] += 1
        self._seen = {key: Seen(count[key], number) for key, number in first.items()}

    def _rows(self, stage: str) -> Iterator[tuple[int, list[str]]]:
        """The rows with their numbers, and how far it is."""
        done, total = 0, self._table.count or 0
        for number, row in enumerate(self._table.rows, start=self._table.first):
            yield number, row
            done += 1
            if done % SAID_EVERY == 0:
                self._progress(stage, done, max(total, done))
        if done % SAID_EVERY:
            self._progress(stage, done, done)
        self.outcome.rows = done

    def answer(self, matcher: Matcher, corrections: Corrections, journal: Journal) -> None:
        """Answer each question once: by a correction, by what is known, or by asking."""
        asked = dict.fromkeys(one for _, one in self._seen)
        decided, gone = answers.corrected(asked, corrections, self._things)
        some = [one for one in asked if one not in decided and one not in journal.answers]
        outcome = self.outcome
        outcome.gone, outcome.questions = sorted(gone), len(asked)
        outcome.kept = sum(one in journal.answers for one in asked)
        self._ask(matcher, some, journal, len(asked))
        self._found = {one: decided.get(one) or journal.answers[one] for one in asked}
        given = Corrections(self._given)
        used = {given.of(one.text, one.kinds, one.context) for one in asked}
        outcome.unused = [one.text for one in given if one not in used]

    def _ask(self, matcher: Matcher, some: Sequence[Asked], journal: Journal, total: int) -> None:
        """Ask what is not answered yet, and keep each answer at once."""
        done = total - len(some)
        for start in range(0, len(some), AT_ONCE):
            batch = some[start : start + AT_ONCE]
            found = matcher.ask([one.question for one in batch])
            journal.add(
                (one, answers.of_matching(candidates, self._order.threshold))
                for one, candidates in zip(batch, found, strict=True)
            )
            done += len(batch)
            self._progress("link", done, total)

    def write(self, origin: Origin) -> None:
        """Write the review file, the table with what was found, and the links."""
        order, table, outcome = self._order, self._table, self.outcome
        doubtful = list(review.rows(table.source, self._seen, self._found))
        outcome.to_review = len(doubtful)
        outcome.likely = sum(row[STATUS] == REVIEW for row in doubtful)
        tables.write_table(order.review, review.COLUMNS, doubtful)
        stated = {
            one.wanted.column: Linkset(one, origin, self._things)
            for one in self._columns
            if order.links and (one.subject >= 0 or order.base)
        }
        headings = [name for one in self._columns for name in one.wanted.headings]
        rows = self._linked(stated)
        tables.write_table(order.out, [*table.columns, *headings], rows, table)
        if order.links:
            linksets.write(order.links, list(stated.values()), origin)
            outcome.links = {column: len(one.links()) for column, one in stated.items()}
            outcome.doubtful = [subject for one in stated.values() for subject in one.doubtful]

    def _linked(self, stated: Mapping[str, Linkset]) -> Iterator[list[str]]:
        """The rows as they were, each with what was found for it."""
        columns = [one.wanted.column for one in self._columns]
        statuses = {column: dict.fromkeys(STATUSES, 0) for column in columns}
        self.outcome.statuses = statuses
        for number, row in self._rows("write"):
            cells = list(row)
            for column in self._columns:
                name, asked = column.wanted.column, column.asked(row)
                answer = NOTHING if asked is None else self._found[asked]
                statuses[name][answer.status] += 1
                cells += added(answer)
                if asked is not None and name in stated:
                    stated[name].add(asked, answer, row, number)
            yield cells
