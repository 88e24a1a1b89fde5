"""What the columns of a release hold: columns.json, read and written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

COLUMNS = "columns"  # the folder in a release
CATALOGUE = "columns.json"
STATEMENTS, NUMBERS, TEXTS = "statements.parquet", "numbers.parquet", "texts.parquet"
POINTS = "points.parquet"


@dataclass(frozen=True)
class Column:
    """The objects of a property, in one table: how many, how many different, from which to which.

    `same` says that every thing of the table has this one value, which the table then leaves out;
    `several` that a thing may have more than one. Where they are few, `values` lists them, and
    `counts` how often each is said; else there would be `spread` of them if all were said as often
    as, on average, the one that some statement has. `texts` says that texts can be looked into;
    `things` how many things have the property, where a thing may have it more than once.
    """

    predicate: int
    count: int
    distinct: int
    least: int
    most: int
    same: bool = False
    several: bool = False
    values: list[int] | None = None
    counts: list[int] | None = None
    spread: float = 0.0
    texts: bool = True
    things: int = 0

    @property
    def said_of(self) -> int:
        """How many things have the property."""
        return self.things or self.count

    def about(self, number: int) -> float:
        """About how many statements have an object; exactly, where the different ones are few."""
        if self.values is None or self.counts is None:
            return self.count / (self.spread or self.distinct)
        return dict(zip(self.values, self.counts, strict=True)).get(number, 0)


@dataclass(frozen=True)
class Wide:
    """A table with a row for each thing; `elsewhere` are properties that other dumps tell of it."""

    file: str
    rows: int
    first: int  # the least and the greatest thing
    last: int
    columns: Sequence[Column]
    elsewhere: list[int]

    @cached_property
    def by_predicate(self) -> dict[int, Column]:
        """Its columns by property."""
        return {column.predicate: column for column in self.columns}

    @cached_property
    def varying(self) -> list[Column]:
        """The columns that the file has, in their order."""
        return [column for column in self.columns if not column.same]

    @property
    def name(self) -> str:
        """The file's, without its ending."""
        return self.file.removesuffix(".parquet")


@dataclass(frozen=True)
class Unstored:
    """What only columns hold: its properties, its classes, and the graphs it is in.

    `apart` says that nothing in the store has the same subject as anything that is not; `leads`
    are the properties with which the store points at such subjects. The default graph's name is
    empty.
    """

    predicates: list[int]
    classes: list[int]
    leads: list[int]
    apart: bool
    graphs: list[str]


@dataclass(frozen=True)
class Catalogue:
    """All tables; terms below `literals` are literals, from there to `iris` IRIs."""

    terms: int
    literals: int
    iris: int
    narrow: Sequence[Column]  # the properties in the narrow table
    wide: Sequence[Wide]
    unstored: Unstored | None = None  # None: the store holds everything

    @cached_property
    def by_predicate(self) -> dict[int, Column]:
        """The narrow table's properties."""
        return {column.predicate: column for column in self.narrow}

    @cached_property
    def predicates(self) -> list[int]:
        """All properties."""
        tables = [self.by_predicate, *(wide.by_predicate for wide in self.wide)]
        return sorted({predicate for table in tables for predicate in table})

    def columns(self, predicate: int | None) -> list[Column]:
        """What each table that has a property knows of it."""
        tables = [self.by_predicate, *(wide.by_predicate for wide in self.wide)]
        return [table[predicate] for table in tables if predicate in table]

    def count(self, predicate: int) -> int:
        """How many statements have a property."""
        return sum(column.count for column in self.columns(predicate))

    def about(self, predicate: int | None, number: int | None) -> float:
        """About how many statements have a property and an object."""
        if number is None:
            return 0
        return sum(
            column.about(number)
            for column in self.columns(predicate)
            if column.least <= number <= column.most
        )

    @classmethod
    def read(cls, folder: Path) -> Catalogue:
        """Read the catalogue of a folder of columns."""
        said = json.loads((folder / CATALOGUE).read_text("utf-8"))
        narrow = [Column(**one) for one in said["narrow"]]
        wide = [
            Wide(**{**one, "columns": [Column(**column) for column in one["columns"]]})
            for one in said["wide"]
        ]
        unstored = Unstored(**told) if (told := said.get("unstored")) else None
        return cls(said["terms"], said["literals"], said["iris"], narrow, wide, unstored)
