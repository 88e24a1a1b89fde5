"""Figures on the pages of things: the answer of a stored query as a table and a small chart.

A figure's query may use the names ?observation (what the number in `figure:shows` leads to),
?completeness, ?note, ?status and ?confidentiality; they mark rows and are no columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.charts import Bars, Line, Point, chart
from homegraph.endpoint.display import Later, Shown, Term, in_words, shown
from homegraph.endpoint.periods import is_day, months_of_name
from homegraph.endpoint.queries import Stored, asked, figures
from homegraph.endpoint.world import World
from homegraph.graph.iri import concept
from homegraph.graph.terms import SDMXC, XSD

OBSERVATION = "observation"
MARKS = (OBSERVATION, "completeness", "note", "status", "confidentiality")
PERIODS = {"month", "quarter", "yearEnding"}  # said above the table where all rows have the same
HIDDEN = {SDMXC.confStatus_C, SDMXC.confStatus_D}
NUMBERS = {XSD.integer, XSD.decimal}
Row = Mapping[str, Term]


@dataclass(frozen=True)
class Answer:
    """What a query says: the names of its columns, and its rows."""

    names: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Cell:
    """One cell: what stands in it; a number is aligned, what is missing is said in words."""

    value: Shown
    is_number: bool = False
    is_missing: bool = False


@dataclass(frozen=True)
class Figure:
    """One figure as it looks."""

    name: str
    title: str
    description: str
    about: str
    headings: list[tuple[str, bool]]
    rows: list[tuple[list[Cell], str]]
    chart: Line | Bars | None
    query: str
    asked: str
    csv: str
    json: str

    @property
    def remarked(self) -> bool:
        """Whether there is anything to say of any row."""
        return any(remark for _, remark in self.rows)


def figures_of(world: World, iri: NamedNode) -> Later[Callable[[str], list[Figure]]]:
    """The figures of a thing that have anything to say, to be told what the thing is called."""
    wanted = [query for query in figures(world.base) if query.is_about(iri.value)]
    texts = [query.text(iri.value) for query in wanted]
    every = zip(wanted, texts, (answer(world, text) for text in texts), strict=True)
    found = [(query, text, answer) for query, text, answer in every if answer.rows]

    def look(known: Mapping[str, str]) -> Callable[[str], list[Figure]]:
        return lambda about: [
            figure(world, query, text, about, said, known) for query, text, said in found
        ]

    return Later({one for *_, said in found for row in said.rows for one in labelled(row)}, look)


def labelled(row: Row) -> Iterator[Term]:
    """What is shown of a row by its label."""
    return (term for name, term in row.items() if name != OBSERVATION)


def answer(world: World, text: str) -> Answer:
    """The columns and rows of a query over all graphs; what is not bound is left out."""
    found: Any = world.store.query(text, use_default_graph_as_union=True)
    names = [variable.value for variable in found.variables]
    rows: list[Row] = [
        {name: row[name] for name in names if row[name] is not None} for row in found
    ]
    return Answer(names, rows)


def figure(
    world: World,
    query: Stored,
    text: str,
    about: str,
    said: Answer,
    known: Mapping[str, str],
) -> Figure:
    """One figure, given its rows and the labels of what stands in them."""
    rows = said.rows
    columns = [name for name in said.names if name not in MARKS]
    same = [name for name in columns[1:] if name in PERIODS and alike(rows, name)]
    names = [name for name in columns if name not in same]
    numeric = {
        name
        for name in names
        if name == query.shows or any(is_number(row[name]) for row in rows if name in row)
    }
    cells = [
        ([cell(world, row, name, query.shows, name in numeric, known) for name in names], row)
        for row in rows
    ]
    across = names.index(query.across) if query.across in names else 0
    shows = names.index(query.shows)
    points = [point(looks[across], looks[shows], row, query) for looks, row in cells]
    return Figure(
        name=query.name,
        title=query.title,
        description=query.description,
        about=", ".join([about, *(shown(world, rows[0][name], known).text for name in same)]),
        headings=[(heading(name), name in numeric) for name in names],
        rows=[(looks, remark(row, known)) for looks, row in cells],
        chart=chart(query.chart, points) if query.chart else None,
        query=text,
        asked=asked(text),
        csv=asked(text, "csv"),
        json=asked(text, "json"),
    )


def alike(rows: Sequence[Row], name: str) -> bool:
    """Whether a name stands in all rows as the same; then it is said once, above the table."""
    first = rows[0].get(name)
    several = len(rows) > 1 and isinstance(first, NamedNode)
    return several and all(row.get(name) == first for row in rows)


def heading(name: str) -> str:
    """A variable as a heading: camel case in words, with a capital."""
    words = in_words(name)
    return words[:1].upper() + words[1:]


def cell(
    world: World, row: Row, name: str, shows: str, numeric: bool, known: Mapping[str, str]
) -> Cell:
    """One cell; the number that is shown leads to its observation."""
    term = row.get(name)
    if term is None:
        why = missing(row, known) if name == shows else ""
        return Cell(led(world, row, why) if name == shows else Shown(why), numeric, name == shows)
    if not is_number(term):
        return Cell(shown(world, term, known), numeric)
    text = number(term)
    return Cell(led(world, row, text) if name == shows else Shown(text), True)


def led(world: World, row: Row, text: str) -> Shown:
    """A number that leads to its observation, if the query tells it."""
    observation = row.get(OBSERVATION)
    if not isinstance(observation, NamedNode):
        return Shown(text)
    return Shown(text, shown(world, observation, {}).href)


def missing(row: Row, known: Mapping[str, str]) -> str:
    """Why there is no number, in a word; never nought."""
    if row.get("confidentiality") in HIDDEN:
        return "hidden"
    completeness = row.get("completeness")
    if isinstance(completeness, NamedNode):
        word = known.get(completeness.value, "missing").lower()
        return "not given" if word == "partial" else word
    return "missing"


def remark(row: Row, known: Mapping[str, str]) -> str:
    """What a reader has to know of a row."""
    said = []
    completeness = row.get("completeness")
    if isinstance(completeness, NamedNode):
        said.append(known.get(completeness.value, completeness.value.rpartition("/")[2]))
    status = row.get("status")
    if isinstance(status, NamedNode) and status not in {SDMXC.obsStatus_A, SDMXC.obsStatus_M}:
        said.append(known.get(status.value, status.value.rpartition("-")[2]))
    note = row.get("note")
    if isinstance(note, Literal):
        said.append(note.value)
    return ": ".join(said)


def point(across: Cell, shows: Cell, row: Row, query: Stored) -> Point:
    """A row as a point of a chart."""
    term, where = row.get(query.shows), row.get(query.across)
    value = float(term.value) if term is not None and is_number(term) else None
    months = months_of_name(where.value) if isinstance(where, NamedNode) else ()
    at = int(months[0][:4]) * 12 + int(months[0][5:]) if months else None
    length = 0 if isinstance(where, NamedNode) and is_day(where.value) else len(months)
    # A revised figure is whole; what else is said of completeness is that something is lacking.
    lacking = row.get("completeness") not in (None, concept("completeness", "revised"))
    return Point(across.value.text, value, shows.value.text, at, length, lacking)


def is_number(term: Term) -> TypeGuard[Literal]:
    """Whether a term is a number that can be shown."""
    return isinstance(term, Literal) and term.datatype in NUMBERS


def number(term: Term) -> str:
    """A number for readers: thousands apart, two or three places after the point.

    >>> number(Literal(12345)), number(Literal("1.5", datatype=XSD.decimal))
    ('12,345', '1.50')
    """
    assert is_number(term)
    if term.datatype == XSD.integer:
        return f"{int(term.value):,}"
    value = float(term.value)
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3f}"
