"""Statistical disclosure control: which counts derived from records may be shown, and how rounded.

    month = Dimension("month", {"2024": ["2024-01", "2024-02"]})
    area = Dimension.flat("area", ["E1", "E2"], total="all")
    protected = protect({"crimes": Table((area, month), {("E1", "2024-01"): 4, ...})})
    protected.tables["crimes"]["E1", "2024-01"]      # Cell(value=None, status="primary")
    protected.tables["crimes"]["all", "2024"]        # Cell(value=120, status="published")

A count below the threshold is hidden (primary). Others are hidden with it (secondary) until nobody
who knows every published figure exactly, which cells are zero, the rules and each cell's status
can narrow a hidden cell to less than `width`. What is left is rounded so that it still adds up, and
so that who takes rounded figures for exact cannot either (or finds that no table fits them).

Zeros are shown, with one exception. Whoever knows that eight cells are not zero and that their
total is below ten knows each of them nearly; then all parts of such a total are withheld, zeros
too, as primary. If even that is not enough, no zero of the tables is shown at all.

Not defended against: whole numbers as such (intervals are those of real numbers, which are wider
in tables of three dimensions or more), reasoning from how this program chooses, and figures that
overlap these and are published elsewhere: protect them together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from homegraph.graph.disclosure_tables import (
    Dimension,
    Key,
    Table,
    cells,
    gathered,
    numbered,
    totals,
)
from homegraph.graph.errors import MetadataError, ReleaseError

__all__ = [
    "Audit",
    "Cell",
    "Dimension",
    "Key",
    "Loss",
    "Protected",
    "ProtectedTables",
    "Protection",
    "Status",
    "Table",
    "protect",
    "protect_cells",
    "protect_magnitudes",
]

Status = OneOf["published", "primary", "secondary"]


@dataclass(frozen=True)
class Protection:
    """The rules of one release of figures; raises MetadataError when they contradict each other.

    The defaults are the "10-5 rule" of the Office for National Statistics and the defaults of
    ACRO for dominance. `width` can be at most half of the threshold: a primary cell is known to lie
    between 1 and threshold - 1, and wider than that, some tables cannot be protected.
    """

    threshold: int = 10
    """Counts from 1 to threshold - 1 are hidden."""
    base: int = 5
    """Published counts are multiples of it; 1 rounds nothing."""
    width: int = 5
    """How wide the interval of every hidden cell must stay."""
    zeros: bool = False
    """Whether a zero is hidden too."""
    dominance: tuple[int, float] = (2, 0.9)
    """(n, k), magnitudes only: hidden when the n largest give more than the share k."""
    nearness: float = 0.1
    """p%, magnitudes only: hidden when the second largest can estimate the largest so closely."""

    def __post_init__(self) -> None:
        number, share = self.dominance
        if min(self.threshold, self.width, self.base - 1, number - 1) < 0 or not 0 < share <= 1:
            raise MetadataError(f"no rules for disclosure: {self}")
        known = self.threshold - (1 if self.zeros else 2)
        if self.threshold > 1 and self.width > min(self.threshold / 2, known):
            raise MetadataError(
                f"width {self.width} is too much: cells known to be below {self.threshold} can be "
                f"kept at most {min(self.threshold // 2, known)} wide, half of the threshold"
            )

    def dominated(self, contributions: Sequence[int]) -> bool:
        """Whether few contributors give so much of a sum that they, or others, can tell shares."""
        number, share = self.dominance
        largest = sorted(contributions, reverse=True)
        whole = sum(largest)
        rest = whole - sum(largest[:2])
        return whole > 0 and (
            sum(largest[:number]) > share * whole or rest < self.nearness * largest[0]
        )


@dataclass(frozen=True)
class Cell:
    """What may be shown: `value` is rounded, and None when the cell is hidden."""

    value: int | None
    status: Status


@dataclass(frozen=True)
class Loss:
    """What protection costs; linked cells count once."""

    cells: int
    primary: int
    secondary: int
    zeros: int
    """Zeros among the primary cells, as nothing else protects their neighbours; not for release."""
    share_hidden: float
    """Share of the whole count that lies in hidden cells, of those that are no totals."""
    mean_error: float
    """Mean of |published - true| over the published cells."""
    max_error: int


@dataclass(frozen=True)
class Audit:
    """How the attack on the result went."""

    narrowest: float
    """Every hidden cell's interval is at least so wide (infinite when none is hidden).

    It is so for who knows true figures, and for who takes the published ones for exact."""
    programs: int
    """Linear programs solved for suppression and audit."""


@dataclass(frozen=True)
class Protected:
    """Cells of a system of totals, as they may be shown."""

    cells: Mapping[Key, Cell]
    loss: Loss
    audit: Audit


@dataclass(frozen=True)
class ProtectedTables:
    """Tables as they may be shown: tables[name][codes], totals included, codes in table order."""

    tables: Mapping[str, Mapping[Key, Cell]]
    loss: Loss
    audit: Audit


def protect(tables: Mapping[str, Table], protection: Protection | None = None) -> ProtectedTables:
    """Protect tables that count the same records, together; the same input gives the same result.

    Raises MetadataError for a count that is negative or not at leaves; ReleaseError when two
    tables give a cell that they share different values, or when a cell stays open to attack.
    """
    protection = protection or Protection()
    values: dict[Key, int] = {}
    equations: list[tuple[Key, list[Key]]] = []
    of = {name: cells(table.dimensions) for name, table in sorted(tables.items())}
    for name, keys in of.items():
        table = tables[name]
        found = gathered(name, table.dimensions, table.counts)
        for codes, key in keys.items():
            value = sum(found.get(codes, ()))
            if values.setdefault(key, value) != value:
                raise ReleaseError(f"tables differ at {codes} of {name!r}")
        equations.extend(totals(table.dimensions, keys))
    return _by_table(of, protect_cells(values, equations, protection))


def protect_cells(
    counts: Mapping[Key, int],
    equations: Sequence[tuple[Key, Sequence[Key]]],
    protection: Protection | None = None,
) -> Protected:
    """Protect any system of cells where each equation is (total, its parts).

    Raises MetadataError for a negative count or an unknown key; ReleaseError when a total is not
    the sum of its parts, or when a cell stays open to attack.
    """
    protection = protection or Protection()
    primary = {
        key
        for key, count in counts.items()
        if count < protection.threshold and (count or protection.zeros)
    }
    below = (0.0 if protection.zeros else 1.0, float(protection.threshold - 1))
    known = (below, (float(protection.threshold), float("inf")))
    return _protected(counts, equations, protection, primary, {}, known)


def protect_magnitudes(
    tables: Mapping[str, tuple[Sequence[Dimension], Mapping[Key, Sequence[int]]]],
    protection: Protection | None = None,
) -> ProtectedTables:
    """Protect sums: each leaf gives its contributions, one number for each contributor.

    A cell is primary when it has fewer than `threshold` contributors, or by dominance, or by
    nearness. Its interval must stay `width` wide, and reach further than `nearness` of its largest
    contribution to both sides. Contributions of different leaves are taken to be of different
    contributors.
    Raises as `protect` does.
    """
    protection = protection or Protection()
    values: dict[Key, int] = {}
    primary: set[Key] = set()
    margins: dict[Key, float] = {}
    equations: list[tuple[Key, list[Key]]] = []
    of = {name: cells(dimensions) for name, (dimensions, _) in sorted(tables.items())}
    for name, keys in of.items():
        dimensions, contributions = tables[name]
        found = gathered(name, dimensions, contributions)
        for codes, key in keys.items():
            given = [one for leaf in found.get(codes, ()) for one in leaf if one]
            if min(given, default=0) < 0:
                raise MetadataError(f"table {name!r} has a negative contribution at {codes}")
            if values.setdefault(key, sum(given)) != sum(given):
                raise ReleaseError(f"tables differ at {codes} of {name!r}")
            few = len(given) < protection.threshold and (given or protection.zeros)
            if few or protection.dominated(given):
                primary.add(key)
                margins[key] = protection.nearness * max(given, default=0)
        equations.extend(totals(dimensions, keys))
    anything = (0.0, float("inf"))
    known = (anything, anything)
    return _by_table(of, _protected(values, equations, protection, primary, margins, known))


def _protected(
    values: Mapping[Key, int],
    equations: Sequence[tuple[Key, Sequence[Key]]],
    protection: Protection,
    primary: set[Key],
    margins: Mapping[Key, float],
    known: tuple[tuple[float, float], tuple[float, float]],
) -> Protected:
    """Suppress, attack, round; `known` bounds a cell by its status alone, (primary, secondary)."""
    # Only who protects needs the solver; numpy takes longer to load than all the rest of us.
    from homegraph.graph.disclosure_reading import released
    from homegraph.graph.disclosure_system import Facts

    keys = sorted(values)
    number = {key: place for place, key in enumerate(keys)}
    facts = Facts(
        [values[key] for key in keys],
        numbered(values, equations, number),
        frozenset(number[key] for key in primary),
        [max(protection.width, 2 * margins.get(key, 0.0)) for key in keys],
        [margins.get(key, 0.0) for key in keys],
        *known,
        protection.zeros,
    )
    least = protection.threshold if known[1][0] else 0
    found = released(facts, protection.base, least)
    made: dict[Key, Cell] = {}
    for key, unknown in zip(keys, found.system.unknown, strict=True):
        if unknown < 0:
            made[key] = Cell(0, "published")
        elif found.hidden[unknown]:
            made[key] = Cell(None, "primary" if found.system.primary[unknown] else "secondary")
        else:
            made[key] = Cell(round(float(found.figures[unknown])), "published")
    loss = _loss(values, {total for total, _ in equations}, made)
    return Protected(made, loss, Audit(found.narrowest, found.programs))


def _loss(values: Mapping[Key, int], sums: set[Key], made: Mapping[Key, Cell]) -> Loss:
    """Count what is hidden and how far the rest is from the truth."""
    hidden = [key for key, cell in made.items() if cell.value is None]
    errors = [abs(cell.value - values[key]) for key, cell in made.items() if cell.value is not None]
    whole = sum(value for key, value in values.items() if key not in sums)
    primary = sum(made[key].status == "primary" for key in hidden)
    return Loss(
        cells=len(made),
        primary=primary,
        secondary=len(hidden) - primary,
        zeros=sum(values[key] == 0 for key in hidden),
        share_hidden=sum(values[key] for key in hidden if key not in sums) / whole
        if whole
        else 0.0,
        mean_error=sum(errors) / len(errors) if errors else 0.0,
        max_error=max(errors, default=0),
    )


def _by_table(of: Mapping[str, Mapping[Key, Key]], protected: Protected) -> ProtectedTables:
    """The cells of a system, by table and codes."""
    found = {
        name: {codes: protected.cells[key] for codes, key in keys.items()}
        for name, keys in of.items()
    }
    return ProtectedTables(found, protected.loss, protected.audit)
