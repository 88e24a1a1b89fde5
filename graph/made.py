"""Made figures: a generated example says of itself that its figures are invented.

A generator writes the sentence MADE into the notes of its workbook; a loader that finds it there
puts a column `made` into its tables, and every cube of theirs says so in its title and description.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import polars as pl

from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables

MADE = "Every figure is invented."
COLUMN = "made"
WARNING = (
    "Made figures: they are generated as an example in the form of the publisher's tables, and the "
    "publisher did not publish them."
)


def says_so(table: Iterable[Iterable[object]]) -> bool:
    """Whether a cell of a sheet of notes says that the figures are invented."""
    return any(MADE in str(cell) for cells in table for cell in cells)


def titled(title: str, made: bool) -> str:
    """A title that says when figures are made.

    >>> titled("Police officers", made=True)
    'Police officers (made figures)'
    """
    return f"{title} (made figures)" if made else title


def told(
    cubes: Iterable[Cube], tables: Tables, source: str, names: Sequence[str]
) -> Iterator[Cube]:
    """Cubes of a source, which say so when any of the tables named holds made figures."""
    made = any(holds(table) for name in names if (table := tables.get(source, name)) is not None)
    for cube in cubes:
        yield replace(
            cube,
            title=titled(cube.title, made),
            description=f"{WARNING} {cube.description}" if made else cube.description,
        )


def holds(table: pl.LazyFrame) -> bool:
    """Whether a table holds made figures."""
    return bool(table.select(pl.col(COLUMN).any()).collect().item())
