"""Small charts as shapes: where lines, bars and words stand; templates/charts.html draws them.

No script and no library: a chart is a picture of a table that stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

WIDTH = 640
HEIGHT = 230
RIGHT, TOP, BOTTOM = 16, 12, 34
BAR, NAMES = 24, 230
MOST_BARS = 15
MOST_DOTS = 60
HOLLOW = "Hollow: not complete."
LETTER = 7  # how wide a letter is, about


@dataclass(frozen=True)
class Point:
    """One number of a chart; without `value` there is a gap. `marked` is what is not complete.

    `at` is the month in which its period begins, counted from the year nought, None where only
    the order counts; `months` is how long that is, nought for a day.
    """

    label: str
    value: float | None
    text: str
    at: int | None = None
    months: int = 1
    marked: bool = False


@dataclass(frozen=True)
class Line:
    """A line: pieces between gaps, a dot for each number, bands where there is none."""

    width: int
    height: int
    left: int
    top: int
    base: float
    pieces: list[str]
    dots: list[tuple[float, float, Point]]
    bands: list[tuple[float, float]]
    ticks: list[tuple[float, str]]
    words: list[tuple[float, str, str]]
    summary: str
    kind: str = "line"

    @property
    def legend(self) -> str:
        """What the marks mean, of those that are there."""
        hollow = any(point.marked for *_, point in self.dots)
        return " ".join(["Grey: no figure."] * bool(self.bands) + [HOLLOW] * hollow)


@dataclass(frozen=True)
class Bars:
    """Bars from left to right, one below the other; `zero` is where they begin."""

    width: int
    height: int
    left: int
    zero: float
    bars: list[tuple[float, float, float, float, Point]]
    summary: str
    kind: str = "bar"

    @property
    def legend(self) -> str:
        """What the marks mean, of those that are there."""
        return HOLLOW if any(point.marked and point.value for *_, point in self.bars) else ""


def chart(kind: str, points: Sequence[Point]) -> Line | Bars | None:
    """A chart of some points; None when there are not two numbers to compare."""
    if sum(point.value is not None for point in points) < 2:
        return None
    return line(in_time(points)) if kind == "line" else bars(points)


def in_time(points: Sequence[Point]) -> list[Point]:
    """Points from the first to the last; a table may have the newest on top."""
    known = all(point.at is not None for point in points)
    return sorted(points, key=lambda point: point.at or 0) if known else list(points)


def line(points: Sequence[Point]) -> Line:
    """A line across time; where there is no number it stays open."""
    low, high, ticks = scale([point.value for point in points if point.value is not None])
    left = max(len(number(tick)) for tick in ticks) * LETTER + 18
    steps = places(points)
    unit = min(b - a for a, b in pairwise(steps))

    def across(step: float) -> float:
        room = WIDTH - left - RIGHT
        return round(left + room * min(1, max(0, (step - steps[0]) / (steps[-1] - steps[0]))), 1)

    def up(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low), 1)

    dots = [
        (across(step), up(point.value), point)
        for step, point in zip(steps, points, strict=True)
        if point.value is not None
    ]
    bands = merged(gaps(points, steps, unit))
    below = [(across(step), point.label) for step, point in zip(steps, points, strict=True)]
    few = len(dots) <= MOST_DOTS
    return Line(
        width=WIDTH,
        height=HEIGHT,
        left=left,
        top=TOP,
        base=up(low),
        pieces=[
            " ".join(f"{across(steps[i])},{up(points[i].value or 0)}" for i in run)
            for run in runs(points)
            if len(run) > 1
        ],
        dots=[dot for dot in dots if few or dot[2].marked or dot in (dots[0], dots[-1])],
        bands=[(across(a), round(across(b) - across(a), 1)) for a, b in bands],
        ticks=[(up(tick), number(tick)) for tick in ticks],
        words=words(below),
        summary=summary(points, sum(round((b - a) / unit) for a, b in bands)),
    )


def places(points: Sequence[Point]) -> list[int]:
    """Where each point stands: by time where that is known, else in order."""
    known = [point.at for point in points if point.at is not None]
    in_order = len(known) == len(points) and sorted(set(known)) == known
    return known if in_order else list(range(len(points)))


def apart(one: Point, other: Point) -> bool:
    """Whether time lies between two periods; days are always taken for neighbours."""
    if one.at is None or other.at is None or not one.months:
        return False
    return other.at > one.at + one.months


def runs(points: Sequence[Point]) -> Iterator[list[int]]:
    """The places of neighbours that have numbers and between which there is no gap."""
    run: list[int] = []
    for place, point in enumerate(points):
        if run and (point.value is None or apart(points[place - 1], point)):
            yield run
            run = []
        if point.value is not None:
            run.append(place)
    if run:
        yield run


def gaps(points: Sequence[Point], steps: Sequence[int], unit: int) -> Iterator[tuple[float, float]]:
    """From where to where there is no number."""
    half = unit / 2
    for place, point in enumerate(points):
        if place and apart(points[place - 1], point):
            yield steps[place - 1] + half, steps[place] - half
        if point.value is None:
            yield steps[place] - half, steps[place] + half


def merged(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans that touch as one.

    >>> merged([(0, 1), (1, 2), (3, 4)])
    [(0, 2), (3, 4)]
    """
    found: list[tuple[float, float]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def words(labels: Sequence[tuple[float, str]]) -> list[tuple[float, str, str]]:
    """Labels below a line that do not touch, the first and the last among them, and their side."""
    (first, name), (last, other) = labels[0], labels[-1]
    free, end = first + len(name) * LETTER + 12, last - len(other) * LETTER - 12
    chosen = [(first, name, "start")]
    for place, label in labels[1:-1]:
        half = len(label) * LETTER / 2
        if place - half >= free and place + half <= end:
            chosen.append((place, label, "middle"))
            free = place + half + 12
    return [*chosen, (last, other, "end")]


def bars(points: Sequence[Point]) -> Bars:
    """Bars in the order of the table, no more than can be told apart."""
    shown = points[:MOST_BARS]
    values = [point.value for point in shown if point.value is not None] or [0.0]
    low, high = min(0.0, *values), max(0.0, *values)
    room = WIDTH - NAMES - 90
    unit = room / ((high - low) or 1)
    zero = NAMES - low * unit
    found = []
    for place, point in enumerate(shown):
        value = point.value or 0.0
        start = zero + min(0.0, value) * unit
        found.append((round(start, 1), place * BAR + 3.0, round(abs(value) * unit, 1), 18.0, point))
    said = summary(shown, sum(point.value is None for point in shown))
    if len(points) > len(shown):
        said += f" The first {len(shown)} of {len(points)} are drawn."
    return Bars(WIDTH, len(shown) * BAR + 4, NAMES, round(zero, 1), found, said)


def scale(values: Sequence[float]) -> tuple[float, float, list[float]]:
    """Lowest and highest value of an axis that has nought on it, and round numbers between.

    >>> scale([3, 47])
    (0, 60, [0, 20, 40, 60])
    """
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        high = 1.0
    rough = (high - low) / 4
    size = 10 ** floor(log10(rough))
    step = next(size * nice for nice in (1, 2, 5, 10) if size * nice >= rough)
    if step >= 1:
        step = round(step)
    first, last = floor(low / step), ceil(high / step)
    ticks = [round(place * step, 9) for place in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def number(value: float) -> str:
    """A number as an axis has it."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,g}"


def summary(points: Sequence[Point], gaps: int) -> str:
    """What the picture shows, for who does not see it."""
    known = [point for point in points if point.value is not None]
    low = min(known, key=lambda point: point.value or 0)
    high = max(known, key=lambda point: point.value or 0)
    said = f"Highest: {high.text} ({high.label}). Lowest: {low.text} ({low.label})."
    if gaps:
        said += f" Without a figure: {gaps}."
    if marked := sum(point.marked for point in known):
        said += f" Not complete: {marked}."
    return said
