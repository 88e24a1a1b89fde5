"""Tables with margins and hierarchies as one system of cells; linked tables share cells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TypeVar

from homegraph.graph.errors import MetadataError, ReleaseError

Key = tuple[str, ...]
Number = TypeVar("Number")


@dataclass(frozen=True)
class Dimension:
    """One axis: `tree` gives every parent code its parts; exactly one code has no parent.

    A code that is no parent is a leaf. Codes mean the same in every table that has a dimension
    of this name, and the root means "all of them".
    Raises MetadataError unless it is one tree.

    >>> Dimension("month", {"2024": ["Q1", "Q2"], "Q1": ["2024-01", "2024-02"]}).leaves
    ('2024-01', '2024-02', 'Q2')
    """

    name: str
    tree: Mapping[str, Sequence[str]]

    @classmethod
    def flat(cls, name: str, codes: Sequence[str], total: str = "total") -> Dimension:
        """Leaves below one total."""
        return cls(name, {total: codes})

    def __post_init__(self) -> None:
        parts = [part for codes in self.tree.values() for part in codes]
        if len(parts) != len(set(parts)):
            raise MetadataError(f"dimension {self.name!r}: a code is a part of two parents")
        if any(not codes for codes in self.tree.values()):
            raise MetadataError(f"dimension {self.name!r}: a parent has no parts")
        roots = set(self.tree) - set(parts)
        if len(roots) != 1 or len(self.codes) != len(parts) + 1:
            raise MetadataError(f"dimension {self.name!r} is not one tree; roots: {sorted(roots)}")

    @cached_property
    def root(self) -> str:
        """The code that no other contains."""
        parts = {part for codes in self.tree.values() for part in codes}
        return next(code for code in self.tree if code not in parts)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Every code that the root contains, itself first."""
        found = [self.root]
        for code in found:
            found.extend(self.tree.get(code, ()))
        return tuple(found)

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The codes without parts."""
        return tuple(sorted(code for code in self.codes if code not in self.tree))

    def containing(self, leaf: str) -> Iterator[str]:
        """A leaf and all that contain it, upwards."""
        above = {part: parent for parent, codes in self.tree.items() for part in codes}
        yield leaf
        while leaf in above:
            leaf = above[leaf]
            yield leaf


@dataclass(frozen=True)
class Table:
    """Counts by leaf codes, one code for each dimension in order; a leaf not given counts 0.

    Totals are computed. Every combination of codes, totals included, becomes a cell.
    Cells of two tables are one and the same when they name the same codes of the same dimensions,
    roots left out: (E1, all months) of area x month is (E1, all offences) of area x offence.
    So all tables protected together must count the same records.
    """

    dimensions: tuple[Dimension, ...]
    counts: Mapping[Key, int]


def meaning(dimensions: Sequence[Dimension], codes: Key) -> Key:
    """What a cell says, whatever table it is in: its codes with their dimensions, no roots.

    >>> area, month = Dimension.flat("area", ["E1"]), Dimension.flat("month", ["2024-01"])
    >>> meaning((month, area), ("total", "E1")) == meaning((area,), ("E1",))
    True
    """
    said = zip(dimensions, codes, strict=True)
    return tuple(
        sorted(f"{dimension.name}={code}" for dimension, code in said if code != dimension.root)
    )


def cells(dimensions: Sequence[Dimension]) -> dict[Key, Key]:
    """Every cell of a table, by its codes, with what it means."""
    return {
        codes: meaning(dimensions, codes)
        for codes in product(*(dimension.codes for dimension in dimensions))
    }


def totals(
    dimensions: Sequence[Dimension], of: Mapping[Key, Key]
) -> Iterator[tuple[Key, list[Key]]]:
    """Each sum that the margins and hierarchies of a table state, as (total, its parts)."""
    for codes in of:
        for place, dimension in enumerate(dimensions):
            parts = dimension.tree.get(codes[place])
            if parts:
                before, after = codes[:place], codes[place + 1 :]
                yield of[codes], [of[(*before, part, *after)] for part in parts]


def gathered(
    name: str, dimensions: Sequence[Dimension], given: Mapping[Key, Number]
) -> dict[Key, list[Number]]:
    """What each cell gathers from the leaves, by codes; raises MetadataError for any other key."""
    leaves: list[Collection[str]] = [set(dimension.leaves) for dimension in dimensions]
    found: dict[Key, list[Number]] = {}
    for codes, value in sorted(given.items(), key=lambda item: item[0]):
        if len(codes) != len(leaves) or any(
            code not in known for code, known in zip(codes, leaves, strict=True)
        ):
            raise MetadataError(f"table {name!r} has no leaf {codes}")
        above = (list(d.containing(code)) for d, code in zip(dimensions, codes, strict=True))
        for total in product(*above):
            found.setdefault(total, []).append(value)
    return found


def numbered(
    values: Mapping[Key, int],
    equations: Sequence[tuple[Key, Sequence[Key]]],
    number: Mapping[Key, int],
) -> list[tuple[int, tuple[int, ...]]]:
    """The equations in numbers and in order.

    Raises MetadataError for a negative value or what is no sum of known cells; ReleaseError when a
    total is not the sum of its parts.
    """
    negative = sorted(key for key, value in values.items() if value < 0)
    if negative:
        raise MetadataError(f"a count below zero at {negative[0]}")
    found = set()
    for total, parts in equations:
        unknown = sorted({total, *parts} - set(number))
        if unknown or not parts or total in parts or len(set(parts)) < len(parts):
            raise MetadataError(f"not a sum of cells: {total} of {parts}")
        if values[total] != sum(values[part] for part in parts):
            raise ReleaseError(f"{total} is not the sum of its parts")
        found.add((number[total], tuple(sorted(number[part] for part in parts))))
    return sorted(found)
