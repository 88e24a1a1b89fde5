"""Whether an answer has places, and what of them a map shows."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.display import Term, labels, shown
from homegraph.endpoint.maps import Map, Spot, map_of
from homegraph.endpoint.results import Column, Row, number
from homegraph.endpoint.wkt import Piece, on_earth, pieces
from homegraph.endpoint.world import World

MOST_PLACES = 2_000


def has_places(columns: Sequence[Column]) -> bool:
    """Whether there is a column of geometries, or one of latitudes and one of longitudes."""
    kinds = {column.kind for column in columns}
    return "geometry" in kinds or {"latitude", "longitude"} <= kinds


def answer_map(world: World, columns: Sequence[Column], rows: Sequence[Row]) -> Map | None:
    """A map of an answer that has places; None when none of them can be drawn."""
    if not has_places(columns):
        return None
    names = name_column(columns, rows)
    things = [column.place for column in columns if column.kind == "label"]
    firsts = [
        next((row[at] for at in things if isinstance(row[at], NamedNode)), None) for row in rows
    ]
    wanted = [row[names] for row in rows] if names is not None else []
    known = labels(world, (term for term in [*wanted, *firsts] if term is not None))
    spots = []
    for row, term, first in zip(rows, wanted or [None] * len(rows), firsts, strict=True):
        name = shown(world, term, known).text if term is not None else ""
        thing = shown(world, first, known) if first is not None else None
        href = (thing.about or thing.href) if thing else ""
        spots.append(Spot(name or (thing.text if thing else ""), href, geometry(columns, row)))
    return map_of(spots)


def name_column(columns: Sequence[Column], rows: Sequence[Row]) -> int | None:
    """The column by which a spot is called: the first of texts, else the first of things."""
    several = [column.place for column in columns if column.kind == "label"]
    texts = [at for at in several if any(isinstance(row[at], Literal) for row in rows)]
    return next(iter([*texts, *several]), None)


def geometry(columns: Sequence[Column], row: Row) -> list[Piece]:
    """What a row has on a map; several geometries in a row are drawn as one."""
    found: list[Piece] = []
    for column in columns:
        if column.kind == "geometry":
            term = row[column.place]
            found += pieces(term.value) if isinstance(term, Literal) else []
    if found:
        return found
    place = (value(columns, "longitude", row), value(columns, "latitude", row))
    if place[0] is None or place[1] is None or not on_earth((place[0], place[1])):
        return []
    return [Piece("point", [(place[0], place[1])])]


def value(columns: Sequence[Column], kind: str, row: Row) -> float | None:
    """The number in the first column of a kind."""
    at = next((column.place for column in columns if column.kind == kind), None)
    term: Term | None = row[at] if at is not None else None
    return number(term)
