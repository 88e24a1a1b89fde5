"""Which charts an answer has: its numbers over its periods or against its names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.charts import Bars, Line, Point, chart
from homegraph.endpoint.display import Term
from homegraph.endpoint.periods import is_day, months_of_name
from homegraph.endpoint.results import Column, Row, number
from homegraph.graph.iri import concept

MOST_CHARTS = 6
# Numbers that say where something stands, not how much of it there is.
PLACES = {"row", "line", "order", "position", "sheet"}
COMPLETENESS = "completeness"
Texts = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Drawn:
    """One chart and what it is called."""

    title: str
    chart: Line | Bars


@dataclass(frozen=True)
class Across:
    """What stands along a chart: the name of each row, which period it is, and its group."""

    names: list[str]
    periods: Column | None = None
    groups: list[str] | None = None


def charts(columns: Sequence[Column], rows: Sequence[Row], texts: Texts) -> list[Drawn]:
    """The charts of an answer, whose cells read as `texts`; none where the columns do not fit."""
    numbers = [one for one in columns if one.kind == "number" and one.name not in PLACES]
    along = across(columns, rows, texts) if numbers else None
    if along is None:
        return []
    return list(drawn(numbers, along, rows, texts, lacking(columns)))


def across(columns: Sequence[Column], rows: Sequence[Row], texts: Texts) -> Across | None:
    """What tells the rows apart: a period, a period and a name, a name, or all names together."""
    several = [one for one in columns if one.kind in {"period", "label"} and one.name != "note"]

    def column(one: Column) -> list[str]:
        return [text[one.place] for text in texts]

    def apart(found: Iterable[object]) -> bool:
        listed = list(found)
        return len(set(listed)) == len(listed)

    names = [one for one in several if one.kind == "label" and one.name != COMPLETENESS]
    for period in (one for one in several if one.kind == "period"):
        if apart(column(period)):
            return Across(column(period), period)
        for name in names:
            groups = column(name)
            if len(set(column(period))) > 2 and apart(zip(groups, column(period), strict=True)):
                return Across(column(period), period, groups)
    for name in sorted(names, key=lambda one: isinstance(rows[0][one.place], NamedNode)):
        if apart(column(name)):
            return Across(column(name))
    together = [one for one in several if one.name != COMPLETENESS and len(set(column(one))) > 1]
    if not together:
        return None
    joined = [", ".join(words) for words in zip(*map(column, together), strict=True)]
    return Across(joined) if apart(joined) else None


def lacking(columns: Sequence[Column]) -> Callable[[Row], bool]:
    """Whether a row is said not to be complete; a revised figure is."""
    place = next((one.place for one in columns if one.name == COMPLETENESS), None)
    whole = {None, concept(COMPLETENESS, "revised")}
    return lambda row: place is not None and row[place] not in whole


def drawn(
    numbers: Sequence[Column],
    along: Across,
    rows: Sequence[Row],
    texts: Texts,
    lacks: Callable[[Row], bool],
) -> Iterator[Drawn]:
    """A chart for each column of numbers and each group, while there are two numbers in it."""
    groups = list(dict.fromkeys(along.groups or [""]))
    for column in numbers:
        for group in groups:
            chosen = [
                place
                for place in range(len(rows))
                if along.groups is None or along.groups[place] == group
            ]
            points = [
                point(along, column, rows[place], texts[place], along.names[place], lacks)
                for place in in_order(chosen, along, rows)
            ]
            found = chart("line" if along.periods else "bar", points)
            if found:
                yield Drawn(f"{column.name}: {group}" if group else column.name, found)


def point(
    along: Across,
    column: Column,
    row: Row,
    text: Sequence[str],
    name: str,
    lacks: Callable[[Row], bool],
) -> Point:
    """A row as a point of a chart."""
    at, months = (None, 1) if along.periods is None else when(row[along.periods.place])
    return Point(name, number(row[column.place]), text[column.place], at, months, lacks(row))


def when(term: Term | None) -> tuple[int | None, int]:
    """The month in which a period begins, and how many it has; None for a day or a moment."""
    if isinstance(term, NamedNode) and not is_day(term.value):
        months = months_of_name(term.value)
        return int(months[0][:4]) * 12 + int(months[0][5:]), len(months)
    if isinstance(term, Literal) and len(term.value) in {4, 7} and term.value[:4].isdigit():
        return int(term.value[:4]) * 12 + int(term.value[5:7] or 1), 1 if term.value[5:] else 12
    return None, 1


def in_order(chosen: list[int], along: Across, rows: Sequence[Row]) -> list[int]:
    """Rows as a line has them: days and moments by their names, which sort as they follow."""
    if along.periods is None:
        return chosen
    place = along.periods.place
    return sorted(chosen, key=lambda row: getattr(rows[row][place], "value", ""))
