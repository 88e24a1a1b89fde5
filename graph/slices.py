"""Slices: the parts a bulk source is built in, each streamed as N-Quads text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from homegraph.graph.raw import RawFile

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Slice:
    """One part of a bulk source; `key` names it for ever (2024-01-btp)."""

    key: str
    files: tuple[RawFile, ...]


@dataclass
class SliceOutput:
    """Where a bulk loader writes one slice.

    `records` takes N-Quads text that no other slice says; `shared` collects lines that other
    slices may say too (each kept once per release); `facts` are small values that `settle`
    combines over all slices; `tally` counts the statements in `records` by property, and
    `classes` the instances by class.
    """

    write: Callable[[str], None]
    shared: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """Hand over the slice's records as columns, for cubes: `tables.get(source, name)`."""
        self.tables[name] = frame

    def records(self, text: str) -> None:
        """Write whole lines."""
        self.write(text)


@dataclass(frozen=True)
class SliceDone:
    """What is known of a finished slice: its key, files, counts and facts."""

    key: str
    files: tuple[RawFile, ...]
    records: int
    written: int
    refused: int
    facts: dict[str, Any]
