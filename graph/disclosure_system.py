"""Cells as unknowns of a linear system: what an attacker knows of each before looking at values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from homegraph.graph.errors import MetadataError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Equation = tuple[int, tuple[int, ...]]

MARGIN = 50.0  # how many inner cells a total is worth, for each level it stands above them
LEVELS = 3  # above that a higher total is not dearer, or the prices would lose precision


@dataclass(frozen=True)
class Facts:
    """Cells by number, and what makes them disclosive.

    A cell's interval must be `width` wide, and reach `margin` above and below the true value. The
    bounds are what is known of a hidden cell by its status alone.
    """

    values: Sequence[int]
    equations: Sequence[Equation]
    primary: frozenset[int]
    width: Sequence[float]
    margin: Sequence[float]
    primary_bounds: tuple[float, float]
    secondary_bounds: tuple[float, float]
    zeros: bool = False


@dataclass
class System:
    """The unknowns: cells that are not known to be zero, equal ones merged into one.

    An unknown stands for all cells that must be equal: a total and its only part that is no zero.
    """

    facts: Facts
    unknown: list[int]
    """Of each cell, the number of its unknown, or -1 for a known zero."""
    equations: list[Equation]
    value: Floats
    low: Floats
    high: Floats
    width: Floats
    margin: Floats
    primary: Flags
    price: Floats
    """What hiding it costs: little for small inner cells, much for totals."""
    row: NDArray[np.intp] = field(init=False)
    column: NDArray[np.intp] = field(init=False)
    sign: Floats = field(init=False)

    def __post_init__(self) -> None:
        entries = [
            (row, column, sign)
            for row, (total, parts) in enumerate(self.equations)
            for column, sign in [(total, -1.0), *((part, 1.0) for part in parts)]
        ]
        self.row = np.array([entry[0] for entry in entries], dtype=np.intp)
        self.column = np.array([entry[1] for entry in entries], dtype=np.intp)
        self.sign = np.array([entry[2] for entry in entries], dtype=np.float64)

    def __len__(self) -> int:
        return len(self.value)

    def adds_up(self, moves: Floats, nearly: float = 1e-6) -> bool:
        """Whether moving every unknown so keeps all totals true."""
        off = np.bincount(self.row, self.sign * moves[self.column], len(self.equations))
        return bool(np.abs(off).max(initial=0.0) < nearly)


def levels(count: int, equations: Sequence[Equation]) -> list[int]:
    """How many sums lie between each cell and its innermost parts.

    Raises MetadataError when a cell contains itself.
    """
    level = [0] * count
    for _ in range(count + 1):
        changed = False
        for total, parts in equations:
            least = 1 + max(level[part] for part in parts)
            if level[total] < least:
                level[total], changed = least, True
        if not changed:
            return level
    raise MetadataError("the sums go round: a total is a part of itself")


def system(facts: Facts, withheld: frozenset[int] = frozenset()) -> System:
    """State the unknowns; `withheld` cells are hidden whether zero or not, and may be zero."""
    values, zero = facts.values, _zeros(facts, withheld)
    same = list(range(len(values)))

    def first(cell: int) -> int:
        while same[cell] != cell:
            same[cell] = same[same[cell]]
            cell = same[cell]
        return cell

    for total, parts in facts.equations:
        open_parts = [part for part in parts if not zero[part]]
        if len(open_parts) == 1 and not zero[total]:
            one, other = sorted((first(total), first(open_parts[0])))
            same[other] = one
    heads = [cell for cell in range(len(values)) if not zero[cell] and first(cell) == cell]
    number = {cell: place for place, cell in enumerate(heads)}
    unknown = [-1 if zero[cell] else number[first(cell)] for cell in range(len(values))]
    equations = {
        (unknown[total], tuple(sorted(unknown[part] for part in parts if not zero[part])))
        for total, parts in facts.equations
        if not zero[total]
    }
    made = System(
        facts,
        unknown,
        sorted((total, parts) for total, parts in equations if len(parts) > 1),
        value=np.array([values[cell] for cell in heads], dtype=np.float64),
        low=np.zeros(len(heads)),
        high=np.full(len(heads), np.inf),
        width=np.zeros(len(heads)),
        margin=np.zeros(len(heads)),
        primary=np.zeros(len(heads), dtype=np.bool_),
        price=np.zeros(len(heads)),
    )
    level = levels(len(values), facts.equations)
    for cell, place in enumerate(unknown):
        if place >= 0:
            _tell(made, cell, place, level[cell], cell in withheld)
    return made


def _zeros(facts: Facts, withheld: frozenset[int]) -> list[bool]:
    """Which cells anyone knows to be zero: those shown as such, and all that these contain."""
    values = facts.values
    zero = [value == 0 and not facts.zeros and i not in withheld for i, value in enumerate(values)]
    known = -1
    while known != sum(zero):
        known = sum(zero)
        for total, parts in facts.equations:
            if zero[total]:
                for part in parts:
                    zero[part] = True
    return zero


def _tell(made: System, cell: int, place: int, level: int, withheld: bool) -> None:
    """Add to an unknown what is known of one of its cells."""
    facts = made.facts
    disclosive = cell in facts.primary or facts.values[cell] == 0
    low, high = facts.primary_bounds if disclosive else facts.secondary_bounds
    made.low[place] = max(made.low[place], 0.0 if withheld and disclosive else low)
    made.high[place] = min(made.high[place], high)
    made.width[place] = max(made.width[place], facts.width[cell])
    made.margin[place] = max(made.margin[place], facts.margin[cell])
    made.primary[place] |= disclosive
    made.price[place] += (1 + np.log2(1 + facts.values[cell])) * MARGIN ** min(level, LEVELS)


def below(facts: Facts, cell: int) -> set[int]:
    """All parts of a cell, and theirs."""
    parts: dict[int, list[int]] = {}
    for total, inner in facts.equations:
        parts.setdefault(total, []).extend(inner)
    found: set[int] = set()
    todo = [cell]
    while todo:
        for part in parts.get(todo.pop(), ()):
            if part not in found:
                found.add(part)
                todo.append(part)
    return found
