"""Does what `homegraph link` is told, and says what came of it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TextIO

import click

from homegraph.endpoint.progress import Bars
from homegraph.graph import release
from homegraph.graph.errors import (
    CorrectionsRejected,
    LinkMisfit,
    SourceRejected,
    TableRejected,
)
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.linking import proposal, wanted
from homegraph.graph.linking.answers import STATUSES, Things
from homegraph.graph.linking.proposal import Guess
from homegraph.graph.linking.run import Order, Outcome, link
from homegraph.graph.linking.table import Table
from homegraph.graph.linking.tables import open_table
from homegraph.graph.linking.wanted import Wanted
from homegraph.graph.matching import names
from homegraph.graph.matching.matcher import Matcher


@dataclass(frozen=True)
class Said:
    """What the command line says."""

    where: str
    folder: Path
    columns: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    out: Path | None = None
    review: Path | None = None
    links: Path | None = None
    base: str = ""
    threshold: float | None = None
    corrections: Path | None = None
    by: str = ""
    sheet: str | None = None
    header: int | None = None
    query: str | None = None

    def reading(self) -> list[str]:
        """How to say what is read, and the home."""
        home = "" if self.folder == Path("homegraph-home") else str(self.folder)
        given = {"home": home, "sheet": self.sheet, "header": self.header, "query": self.query}
        options = ((f"--{name}", str(value)) for name, value in given.items() if value)
        return [shlex.quote(word) for word in (self.where, *chain.from_iterable(options))]

    @property
    def is_file(self) -> bool:
        """Whether it is a file that is linked, and not what an address gives."""
        return "://" not in self.where


def done(said: Said, stderr: TextIO, as_json: bool) -> Iterator[str]:
    """Link, and say in lines what came of it, or what could be linked if nothing was named.

    How far it is goes to `stderr`.

    Raises LinkMisfit, and whatever linking raises; click's Exit with 2 after a proposal.
    """
    home, now = Home(said.folder).path, datetime.now(UTC)
    current = release.current(home)
    chosen: Sequence[Wanted] = [wanted.column(text) for text in said.columns]
    chosen = wanted.with_context(said.context, chosen)
    chosen = wanted.with_subjects(said.subjects, chosen)
    query = asked(said.query)
    web = home / "raw" / "web"
    if said.corrections and not chosen:
        raise LinkMisfit("--corrections goes with the --column of the run that it corrects")
    with telling():
        table = open_table(said.where, said.sheet, query, header=said.header, kept=web)
        if not chosen:
            known = names.read(current.path)
            found = proposal.guesses(table, Matcher.read(current.path), Things(known))
            yield from proposed(said, table, found, as_json)
            raise click.exceptions.Exit(2)
        order = ordered(said, table, chosen)
        with Bars(stderr) as progress:
            outcome = link(table, order, home, current, now, progress)
    if as_json:
        yield json.dumps(as_dict(order, current.name, outcome), ensure_ascii=False)
    else:
        yield from in_words(table, order, current.name, outcome)


@contextmanager
def telling() -> Iterator[None]:
    """Say of what ends a run what it means for linking, and not for a build."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped; run the same again to go on.", err=True)
        raise
    except CorrectionsRejected:
        raise
    except SourceRejected as error:
        raise TableRejected(error.findings) from error


def asked(query: str | None) -> str | None:
    """The query, which may be in a file; raises LinkMisfit."""
    if query is None or not query.startswith("@"):
        return query
    try:
        return Path(query[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LinkMisfit(f"--query {query}: it cannot be read: {error}") from error


def ordered(said: Said, table: Table, chosen: Sequence[Wanted]) -> Order:
    """The order, with names for the files that were given none; raises LinkMisfit."""
    out = said.out
    if out is None:
        if not said.is_file:
            raise LinkMisfit(f"{said.where} is no file to write beside; name one with --out")
        path = Path(said.where)
        out = path.with_name(f"{Path(path.name.removesuffix('.gz')).stem}-linked{table.suffix}")
    if said.is_file and out.resolve() == Path(said.where).resolve():
        raise LinkMisfit(f"--out {out} is the table itself, which stays as it is; name another")
    stated = bool(said.base) or any(one.subject for one in chosen)
    if said.links and not stated:
        raise LinkMisfit(
            "--links: a link is said of a URI, and none is given; add --subject COLUMN with your "
            "URIs, or --base ADDRESS under which the values get some"
        )
    return Order(
        tuple(chosen),
        out,
        said.review or out.with_name(f"{out.stem}-review.csv"),
        (said.links or out.with_name(f"{out.stem}-links.ttl")) if stated else None,
        Names(said.base).base if said.base else "",
        said.threshold,
        said.corrections,
        said.by,
    )


def proposed(
    said: Said, table: Table, found: Sequence[Sequence[Guess]], as_json: bool
) -> Iterator[str]:
    """Which columns to link, and how to say it."""
    if as_json:
        each = [asdict(one) | {"proposed": one.is_proposed} for some in found for one in some]
        yield json.dumps({"columns": each}, ensure_ascii=False)
        return
    yield f"Nothing was linked, as no --column was given. The columns of {table.source}:"
    guessed = {some[0].column: some for some in found}
    nothing = [one for one in table.columns if one.strip() and one not in guessed]
    for column in (one for one in table.columns if one in guessed):
        first, *others = guessed[column]
        beside = ", ".join(f"{one.kind} {one.share:.0%}" for one in others)
        yield (
            f"  {column}: {first.kind}, {first.share:.0%} of {first.values} values match, such as "
            f"{first.example[0]!r} to {first.example[1]!r}" + (f" ({beside})" if beside else "")
        )
    if nothing:
        yield f"  Name nothing that is here: {', '.join(nothing)}"
    options = proposal.options(found)
    if options:
        yield "To link those that match:"
        yield f"  homegraph link {' '.join([*said.reading(), *options])}"
    else:
        yield f"Say it as --column NAME=KIND; the kinds are {wanted.known()}"


def as_dict(order: Order, name: str, done: Outcome) -> dict[str, object]:
    """What came of a run, for programs."""
    said = asdict(done)
    said["remembered"] = done.remembered._asdict() if done.remembered else None
    files = {"out": order.out, "review": order.review, "links": order.links}
    return {
        "release": name,
        "files": {what: str(path) if path else None for what, path in files.items()},
        **said,
    }


def in_words(table: Table, order: Order, name: str, done: Outcome) -> Iterator[str]:
    """What came of a run, for people."""
    yield f"Linked {done.rows:,} rows with {done.questions:,} different values to {name}"
    for note in table.notes:
        yield f"  Note: {note}"
    yield from of_what_was_before(name, done)
    for column, counts in done.statuses.items():
        said = ", ".join(f"{counts[one]:,} {one}" for one in STATUSES if counts[one])
        yield f"  {column}: {said}"
    yield f"  {order.out}"
    if done.to_review:
        yield (
            f"  {order.review} has {done.to_review:,} values to decide on, {done.likely:,} of them "
            f"with likely candidates; then run the same with --corrections {order.review}"
        )
    if order.links:
        links = sum(done.links.values())
        yield f"  {order.links} has {links:,} links"
        missing = [column for column in done.statuses if column not in done.links]
        if missing:
            yield f"  No links of {', '.join(missing)}: add --base, or --subject for it"
    else:
        yield "  No links in RDF: add --base ADDRESS, or --subject COLUMN with your own URIs"
    if done.doubtful:
        yield (
            f"  {len(done.doubtful):,} subjects were left out of the links, as rows say that each "
            f"is two things: {', '.join(done.doubtful[:3])}"
        )


def of_what_was_before(name: str, done: Outcome) -> Iterator[str]:
    """What came of a run that was ended, and of what people decided."""
    if done.changed:
        what = " and ".join(done.changed)
        yield f"  Begun anew: since the run that was ended, its {what} changed"
    elif done.kept:
        yield f"  Gone on with {done.kept:,} answers of the run that was ended"
    if done.remembered:
        new, changed, same = done.remembered
        yield f"  Corrections: {new:,} new, {changed:,} changed, {same:,} known before"
    if done.unused:
        some = ", ".join(map(repr, done.unused[:3])) + (" and others" if done.unused[3:] else "")
        yield f"  Not in this table, so perhaps changed by a spreadsheet: {some}"
    if done.gone:
        yield f"  Corrections lead to what {name} does not have: {', '.join(done.gone[:3])}"
