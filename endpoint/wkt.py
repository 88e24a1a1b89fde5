"""Geometries as text: WKT with the reference system before it (GeoSPARQL 1.1, 8.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

Place = tuple[float, float]

SYSTEM = re.compile(r"\s*<([^<>]*)>\s*")
TOKEN = re.compile(r"([A-Za-z]+)|\(([^()]*)\)|(\S)")  # a word, a list of places, anything else
POINTS = {"POINT", "MULTIPOINT"}
LINES = {"LINESTRING", "MULTILINESTRING"}
AREAS = {"POLYGON", "MULTIPOLYGON"}
MODIFIERS = {"Z", "M", "ZM", "EMPTY", "GEOMETRYCOLLECTION"}
KINDS = {
    **dict.fromkeys(POINTS, "point"),
    **dict.fromkeys(LINES, "line"),
    **dict.fromkeys(AREAS, "area"),
}


@dataclass(frozen=True)
class Piece:
    """A piece of a geometry: points, a line, or a ring; places are longitude and latitude."""

    kind: str
    places: list[Place]


def pieces(text: str) -> list[Piece]:
    """The pieces of a geometry; none where it is not degrees or not WKT.

    >>> pieces("POINT(-2.5 51)")
    [Piece(kind='point', places=[(-2.5, 51.0)])]
    """
    system = SYSTEM.match(text)
    name = system[1] if system else "CRS84"
    if not name.endswith(("CRS84", "/4326")):
        return []
    try:
        found = list(read(text[system.end() :] if system else text))
    except (KeyError, ValueError):
        return []
    if name.endswith("/4326"):  # that system has latitude first
        found = [Piece(one.kind, [(x, y) for y, x in one.places]) for one in found]
    return found if all(on_earth(place) for one in found for place in one.places) else []


def on_earth(place: Place) -> bool:
    """Whether a place is one in degrees."""
    return all(map(isfinite, place)) and abs(place[0]) <= 180 and abs(place[1]) <= 90


def read(text: str) -> Iterator[Piece]:
    """Each list of places between brackets; raises ValueError or KeyError for what is no WKT."""
    kind, depth = "", 0
    for word, listed, other in TOKEN.findall(text):
        if word and word.upper() not in MODIFIERS:
            kind = KINDS.get(word.upper(), "")
            if not kind:
                raise ValueError(f"{word} is no geometry that is drawn")
        elif listed:
            yield Piece(kind or "point", [place(one) for one in listed.split(",")])
        elif other:
            depth += {"(": 1, ")": -1, ",": 0}[other]
    if depth or not kind:
        raise ValueError("a bracket is not closed, or there is no geometry")


def place(text: str) -> Place:
    """A place of a list, without its height."""
    across, up = text.split()[:2]
    return float(across), float(up)
