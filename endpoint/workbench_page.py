"""The page of the query door: the form, what a query gave or what was wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from urllib.parse import urlencode

from flask import current_app, render_template, request
from pyoxigraph import Literal, QueryBoolean
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.exceptions import HTTPException

from homegraph.endpoint.answer_charts import MOST_CHARTS, Drawn, charts
from homegraph.endpoint.answer_maps import MOST_PLACES, answer_map, has_places
from homegraph.endpoint.ask import Question, ask, handed_over
from homegraph.endpoint.display import Shown, labels, shown
from homegraph.endpoint.formats import GRAPHS, TABLES
from homegraph.endpoint.limits import LIMITS
from homegraph.endpoint.maps import Map
from homegraph.endpoint.queries import Stored, examples
from homegraph.endpoint.results import Column, Reader, Row, Table
from homegraph.endpoint.snippets import Snippet, snippets
from homegraph.endpoint.world import World

DIRECT = "application/sparql-query"
SHOWN_ROWS = 500
# Of one value; a boundary, which can have a million letters, is looked at on the map.
SHOWN_LETTERS = 300
SHOWN_OF_GEOMETRY = 60
# Servers and programs on the way are only sure to pass on addresses up to 8,000 letters.
LONGEST_ADDRESS = 7_000


@dataclass(frozen=True)
class Heading:
    """The head of a column; `note` is what all its values have in common."""

    name: str
    note: str
    is_number: bool
    letters: int = SHOWN_LETTERS


@dataclass(frozen=True)
class Cell:
    """One value; `cut` is how many of its letters are not shown."""

    value: Shown
    cut: int = 0


@dataclass(frozen=True)
class Result:
    """An answer as a page has it. `total` is the number of rows, None where it is not known.

    The page is kept and shown again, so it says when the answer was found.
    """

    title: str
    seconds: float
    head: Sequence[Heading] = ()
    rows: Sequence[Sequence[Cell | None]] = ()
    total: int | None = None
    cut: bool = False
    charts: Sequence[Drawn] = ()
    undrawn: int = 0
    map: Map | None = None
    unmapped: bool = False
    engine: str = ""
    found: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Offer:
    """What can be done with an answer elsewhere; `link` is empty when no address holds it."""

    link: str
    length: int
    downloads: list[tuple[str, str, str]]
    programs: list[Snippet]


def form_page(world: World, asked: Question, example: str = "", **found: object) -> str:
    """The form, with a query and what was found, or with an example that is not asked yet."""
    shelf = examples(world.base)
    open_ = next((one for one in shelf if one.name == example), shelf[0])
    return render_template(
        "query.html",
        asked=asked,
        text=asked.text or ("" if "problem" in found else open_.text().rstrip()),
        opened=None if asked.text or not example else open_,
        subjects=by_subject(world.base),
        limits=LIMITS,
        longest=LONGEST_ADDRESS,
        rows_shown=SHOWN_ROWS,
        **found,
    )


def in_force() -> str:
    """The limits that pages show, so that a page is another one when they are others."""
    settings = current_app.config.get("SETTINGS")
    names = ("seconds", "answer_bytes", "memory_bytes")
    return repr([getattr(settings, name, None) for name in names])


@cache
def by_subject(base: str) -> list[tuple[str, list[Stored]]]:
    """The examples under each of their subjects."""
    found: dict[str, list[Stored]] = defaultdict(list)
    for one in examples(base):
        for word in one.keywords:
            found[word].append(one)
    return sorted(found.items())


def page(world: World, asked: Question) -> str:
    """The form with the query and the first rows of its answer; raises Refused and BadQuery."""
    began = perf_counter()
    handed = handed_over(asked, world.columns)
    found = ask(world.store, asked, world.servers, handed)
    if isinstance(found, QueryBoolean):
        result = Result("Yes" if found else "No", perf_counter() - began)
    else:
        reader = Reader(found)
        table = reader.read(SHOWN_ROWS)
        columns = table.columns()
        if table.more and has_places(columns):
            table = reader.read(MOST_PLACES)
        result = laid_out(world, table, columns, perf_counter() - began)
    result = replace(result, engine=handed.engine)
    return form_page(world, asked, result=result, offer=offer(world, asked))


def problem_page(world: World, said: Mapping[str, object]) -> str:
    """The form with the query of the request as it was sent, and what is wrong with it."""
    try:
        given, body = request.values, request.get_data()
    except HTTPException:  # the body is what is wrong: it is larger than what is read
        given, body = CombinedMultiDict([request.args]), b""
    direct = body.decode(errors="replace") if request.mimetype == DIRECT else ""
    text = given.get("query", "") or direct
    graphs = [tuple(given.getlist(name)) for name in ("default-graph-uri", "named-graph-uri")]
    excerpt = place(text, said.get("line"), said.get("column"))
    return form_page(world, Question(text, *graphs), problem=said, excerpt=excerpt)


def place(text: str, line: object, column: object) -> tuple[str, str, str] | None:
    """A line of a query: what is before a place in it, the rest of the word there, and the rest."""
    lines = text.split("\n")
    if not isinstance(line, int) or not isinstance(column, int) or not 0 < line <= len(lines):
        return None
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    word = after.split(maxsplit=1)[0] if after[:1].strip() else after[:1]
    return before[-60:], word[:60], after[len(word) :][:60]


def laid_out(world: World, table: Table, columns: Sequence[Column], seconds: float) -> Result:
    """A table as a page has it, with the charts and the map that its columns allow."""
    rows = table.rows[:SHOWN_ROWS]
    known = labels(world, (term for row in rows for term in row if term is not None))
    looks = [[None if one is None else shown(world, one, known) for one in row] for row in rows]
    texts = [["" if one is None else one.text for one in row] for row in looks]
    drawn = charts(columns, rows, texts)
    head = [heading(column, rows, looks) for column in columns]
    return Result(
        title=title(table),
        seconds=seconds,
        head=head,
        rows=[
            [
                None if one is None else cell(one, above)
                for one, above in zip(row, head, strict=True)
            ]
            for row in looks
        ],
        total=None if table.more else len(table.rows),
        cut=table.more or len(table.rows) > len(rows),
        charts=drawn[:MOST_CHARTS],
        undrawn=len(drawn[MOST_CHARTS:]),
        map=answer_map(world, columns, table.rows),
        unmapped=table.more,
    )


def title(table: Table) -> str:
    """How many rows there are, as far as that is known."""
    word = "statement" if table.statements else "row"
    count = len(table.rows)
    if table.more:
        return f"The first {SHOWN_ROWS:,} {word}s"
    if count > SHOWN_ROWS:
        return f"The first {SHOWN_ROWS:,} of {count:,} {word}s"
    return f"{count:,} {word}{'' if count == 1 else 's'}" if count else f"No {word}s"


def heading(
    column: Column, rows: Sequence[Row], looks: Sequence[Sequence[Shown | None]]
) -> Heading:
    """The head of a column: a datatype or language stands there once if all values have it."""
    values = [row[column.place] for row in looks]
    notes = {one.note for one in values if one is not None}
    literal = all(isinstance(row[column.place], Literal | None) for row in rows)
    note = notes.pop() if literal and len(notes) == 1 else ""
    is_number = column.kind in {"number", "latitude", "longitude"}
    letters = SHOWN_OF_GEOMETRY if column.kind == "geometry" else SHOWN_LETTERS
    return Heading(column.name, note, is_number, letters)


def cell(value: Shown, above: Heading) -> Cell:
    """A value as it stands in its column."""
    note = "" if value.note == above.note and not value.iri else value.note
    cut = max(0, len(value.text) - above.letters)
    return Cell(replace(value, text=value.text[: above.letters], note=note), cut)


def offer(world: World, asked: Question) -> Offer:
    """Where the whole answer is in each format, and the programs that ask for it."""
    sent = [("query", asked.text)]
    sent += [("default-graph-uri", iri) for iri in asked.default_graphs]
    sent += [("named-graph-uri", iri) for iri in asked.named_graphs]
    link, address = urlencode(sent), world.address("sparql")
    length = len(address) + 1 + len(link)
    long = length > LONGEST_ADDRESS
    forms = GRAPHS if asked.gives_a_graph else sorted(TABLES, key=lambda one: one.name)
    return Offer(
        link="" if long else link,
        length=length,
        downloads=[(one.name, one.suffix, f"{link}&format={one.suffix}") for one in forms],
        programs=snippets(address, asked, long),
    )
