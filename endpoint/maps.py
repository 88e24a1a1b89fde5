"""Small maps as shapes: where points, lines and areas stand; templates/map.html draws them.

No tiles and no other server: a map is a picture of what an answer has, with a net of degrees.
Degrees of longitude are drawn as long as they are at the middle of the map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from math import ceil, cos, floor, radians

from homegraph.endpoint.wkt import Piece, Place

WIDTH, HIGHEST, LOWEST = 720, 560, 240
EDGE = 0.06  # of the map stays free on each side
LEAST = 0.004  # degrees of latitude, so that a single point has surroundings
KILOMETRES = 111.2  # in a degree of latitude
STEPS = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
NET = 4  # lines in each direction, about
SCALES = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05]
MOST_CORNERS = 150_000
MOST_STOPS = 50  # links that the tab key visits one by one


@dataclass(frozen=True)
class Spot:
    """What one row has on a map: its name, where that leads, and its geometry."""

    name: str
    href: str
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Mark:
    """One spot as it is drawn: dots, and a path for lines and areas."""

    name: str
    href: str
    dots: list[tuple[float, float]]
    path: str
    closed: bool


@dataclass(frozen=True)
class Map:
    """A map; `drawn` are the rows on it, `left` the rows of which nothing can be drawn."""

    width: int
    height: int
    marks: list[Mark]
    meridians: list[tuple[float, str]]
    parallels: list[tuple[float, str]]
    bar: tuple[float, str]
    summary: str
    left: int = 0
    cut: bool = False
    stops: bool = field(default=True)

    @property
    def drawn(self) -> int:
        """How many rows are on it."""
        return len(self.marks)


@dataclass(frozen=True)
class Projection:
    """Equirectangular: x and y from longitude and latitude."""

    west: float
    north: float
    across: float
    down: float

    def xy(self, place: Place) -> tuple[float, float]:
        """Where a place is on the picture, to a tenth of a point."""
        x, y = (place[0] - self.west) * self.across, (self.north - place[1]) * self.down
        return round(x, 1), round(y, 1)


def map_of(spots: Sequence[Spot]) -> Map | None:
    """A map of some spots; None when there is nothing to draw."""
    placed = [spot for spot in spots if spot.pieces]
    kept: list[Spot] = []
    corners = 0
    for spot in placed:
        corners += sum(len(piece.places) for piece in spot.pieces)
        if corners > MOST_CORNERS and kept:
            break
        kept.append(spot)
    if not kept:
        return None
    places = list(chain.from_iterable(piece.places for spot in kept for piece in spot.pieces))
    projection, height, box = fitted(places)
    west, south, east, north = box
    return Map(
        width=WIDTH,
        height=height,
        marks=[mark(spot, projection) for spot in in_layers(kept)],
        meridians=[
            (projection.xy((degree, north))[0], degrees(degree, "E", "W"))
            for degree in net(west, east)
        ],
        parallels=[
            (projection.xy((west, degree))[1], degrees(degree, "N", "S"))
            for degree in net(south, north)
        ],
        bar=bar(projection),
        summary=(
            f"From {degrees(round(west, 3), 'E', 'W')} to {degrees(round(east, 3), 'E', 'W')} and "
            f"from {degrees(round(south, 3), 'N', 'S')} to {degrees(round(north, 3), 'N', 'S')}."
        ),
        left=len(spots) - len(placed),
        cut=len(kept) < len(placed),
        stops=len(kept) <= MOST_STOPS,
    )


def fitted(places: Sequence[Place]) -> tuple[Projection, int, tuple[float, float, float, float]]:
    """The projection that shows all places, how high its picture is, and what it covers."""
    west, east = min(x for x, _ in places), max(x for x, _ in places)
    south, north = min(y for _, y in places), max(y for _, y in places)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    shrink = max(cos(radians(middle_y)), 0.02)  # a degree of longitude, in degrees of latitude
    wide = max((east - west) * shrink, LEAST) * (1 + 2 * EDGE)
    high = max(north - south, LEAST) * (1 + 2 * EDGE)
    height = min(HIGHEST, max(LOWEST, round(WIDTH * high / wide)))
    down = min(WIDTH / wide, height / high)
    half_x, half_y = WIDTH / down / shrink / 2, height / down / 2
    projection = Projection(middle_x - half_x, middle_y + half_y, down * shrink, down)
    box = (middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y)
    return projection, height, box


def in_layers(spots: Sequence[Spot]) -> Iterator[Spot]:
    """Areas below lines below points, so that nothing hides what is smaller."""
    for layer in ("area", "line", "point"):
        yield from (spot for spot in spots if spot.pieces[0].kind == layer)


def mark(spot: Spot, projection: Projection) -> Mark:
    """A spot as it is drawn."""
    dots = [
        projection.xy(place)
        for piece in spot.pieces
        if piece.kind == "point"
        for place in piece.places
    ]
    shapes = [piece for piece in spot.pieces if piece.kind != "point"]
    path = " ".join(outline(piece, projection) for piece in shapes)
    return Mark(spot.name, spot.href, dots, path, any(piece.kind == "area" for piece in shapes))


def outline(piece: Piece, projection: Projection) -> str:
    """A line or ring as a path, without the corners that nobody could tell apart."""
    corners = (corner for corner, _ in groupby(map(projection.xy, piece.places)))
    joined = " ".join(f"{x:g},{y:g}" for x, y in corners)
    return f"M{joined}{'Z' if piece.kind == 'area' else ''}"


def net(low: float, high: float) -> list[float]:
    """Round degrees between two others.

    >>> net(-2.72, -2.44)
    [-2.7, -2.6, -2.5]
    """
    step = next((step for step in reversed(STEPS) if (high - low) / step <= NET), STEPS[0])
    first, last = ceil(round(low / step, 6)), floor(round(high / step, 6))
    return [round(place * step, 4) for place in range(first, last + 1)]


def degrees(value: float, positive: str, negative: str) -> str:
    """Degrees in words.

    >>> degrees(-2.5, "E", "W")
    '2.5° W'
    """
    side = positive if value > 0 else negative if value < 0 else ""
    return f"{abs(value):g}° {side}".rstrip()


def bar(projection: Projection) -> tuple[float, str]:
    """A length to compare with, and how long it is."""
    kilometre = projection.down / KILOMETRES
    length = next((one for one in SCALES if one * kilometre <= WIDTH / 5), SCALES[-1])
    said = f"{length} km" if length >= 1 else f"{length * 1000:g} m"
    return round(length * kilometre, 1), said
