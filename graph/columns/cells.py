"""What is said of a thing, laid out to be looked up: the same statements as in Parquet, in arrays.

They are mapped into memory, so that a look-up reads what it is about and processes share what they
have read. In Parquet, which is laid out to be counted, one row costs as much as the hundred
thousand that lie with it.

wide-N.npy         a record for each thing of the table, in their order: for each property the
                   object's place from the least one on, 0 where there is none
wide-N.things.npy  the things, sorted, where their numbers do not simply follow each other
statements.npy     the subjects and the objects of the narrow table, sorted by property
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from homegraph.graph.columns.catalogue import Catalogue, Column, Wide

Numbers = NDArray[np.uint32]
Ids = NDArray[np.int64]
Places = NDArray[np.intp]
STATEMENTS = "statements.npy"
NONE = 0  # in the place of an object


def write_wide(folder: Path, wide: Wide, things: Numbers, parts: Iterable[pl.DataFrame]) -> None:
    """Write a wide table, whose rows come in parts as Parquet has them."""
    if not follow_each_other(wide):
        np.save(folder / f"{wide.name}.things.npy", things)
    if not wide.varying:
        return
    kinds = np.dtype([(name_of(one), kind(one)) for one in wide.varying])
    path = folder / f"{wide.name}.npy"
    out = np.lib.format.open_memmap(path, mode="w+", dtype=kinds, shape=(wide.rows,))
    begin = 0
    for part in parts:
        rows = out[begin : begin + len(part)]
        for column in wide.varying:
            said = part[name_of(column)].cast(pl.Int64) - (column.least - 1)
            rows[name_of(column)] = said.fill_null(NONE).to_numpy()
        begin += len(part)
    out.flush()


def write_narrow(folder: Path, s: Numbers, o: Numbers) -> None:
    """Write the narrow table, sorted by property and subject."""
    np.save(folder / STATEMENTS, np.stack([s, o]))


def follow_each_other(wide: Wide) -> bool:
    """Whether the things of a table have all numbers from the first to the last."""
    return wide.last - wide.first + 1 == wide.rows


def name_of(column: Column) -> str:
    """The name of a column, in Parquet as here."""
    return f"p{column.predicate}"


def kind(column: Column) -> np.dtype[np.unsignedinteger]:
    """The smallest numbers that a column's objects, and none of them, can be said by."""
    found: np.dtype[np.unsignedinteger] = np.min_scalar_type(column.most - column.least + 1)
    return found


def mapped(path: Path) -> NDArray[Any]:
    """An array, read where it lies."""
    return np.asarray(np.load(path, mmap_mode="r"))


class WideCells:
    """A wide table."""

    def __init__(self, folder: Path, wide: Wide) -> None:
        self._folder, self._wide = folder, wide

    @cached_property
    def _records(self) -> NDArray[np.void]:
        return mapped(self._folder / f"{self._wide.name}.npy")

    @cached_property
    def _things(self) -> Numbers:
        return mapped(self._folder / f"{self._wide.name}.things.npy")

    def count(self) -> int:
        """How many statements it has."""
        same = self._wide.rows * (len(self._wide.columns) - len(self._wide.varying))
        names = map(name_of, self._wide.varying)
        return same + sum(int(np.count_nonzero(self._records[name])) for name in names)

    def rows(self, subjects: Ids) -> tuple[Places, Ids]:
        """Which of some things the table has, by their places, and their rows."""
        wide = self._wide
        places = np.flatnonzero((subjects >= wide.first) & (subjects <= wide.last))
        near = subjects[places]
        if follow_each_other(wide):
            return places, near - wide.first
        rows = np.searchsorted(self._things, near.astype(np.uint32))
        found = self._things[rows] == near
        return places[found], rows[found]

    def objects(self, column: Column, subjects: Ids) -> tuple[Places, Ids]:
        """The objects that things have in a column, each with the place of its thing."""
        places, rows = self.rows(subjects)
        there, objects = self.objects_at(column, rows)
        return places[there], objects

    def objects_at(self, column: Column, rows: Ids) -> tuple[Places, Ids]:
        """The objects of a column in some rows, each with the place of its row."""
        if column.same or not len(rows):
            return np.arange(len(rows)), np.full(len(rows), column.least, np.int64)
        said = self._records[name_of(column)][rows].astype(np.int64)
        there = np.flatnonzero(said)
        return there, said[there] + (column.least - 1)

    def pairs(self, column: Column, same: Mapping[int, int]) -> tuple[Ids, Ids]:
        """All things with their objects in a column, of those with some other objects."""
        wide, kept = self._wide, np.ones(self._wide.rows, bool)
        for predicate, wanted in same.items():
            other = wide.by_predicate[predicate]
            if not other.same:
                kept &= self._records[name_of(other)] == max(wanted - (other.least - 1), NONE)
        rows = np.flatnonzero(kept)
        things = rows + wide.first if follow_each_other(wide) else self._things[rows]
        places, objects = self.objects_at(column, rows)
        return things[places].astype(np.int64), objects


class Cells:
    """All statements of a release, by their subjects."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self._folder, self._catalogue = folder, catalogue
        self._wide = [WideCells(folder, wide) for wide in catalogue.wide]
        ends = np.cumsum([column.count for column in catalogue.narrow]).tolist()
        self._ends = {one.predicate: end for one, end in zip(catalogue.narrow, ends, strict=True)}

    @cached_property
    def _statements(self) -> Numbers:
        return mapped(self._folder / STATEMENTS)

    def objects(self, predicate: int, subjects: Ids) -> tuple[Places, Ids]:
        """What things have for a property, each with the place of its thing among them."""
        found = [
            cells.objects(wide.by_predicate[predicate], subjects)
            for wide, cells in zip(self._catalogue.wide, self._wide, strict=True)
            if predicate in wide.by_predicate
        ]
        if predicate in self._ends:
            found.append(self._narrow(self._catalogue.by_predicate[predicate], subjects))
        if len(found) == 1:
            return found[0]
        none = np.zeros(0, np.intp), np.zeros(0, np.int64)
        places, objects = zip(none, *found, strict=True)
        return np.concatenate(places), np.concatenate(objects)

    def pairs(
        self, predicate: int, tables: Collection[str], same: Mapping[int, int]
    ) -> tuple[Ids, Ids]:
        """All things and what they have for a property: of some wide tables, and of the narrow one.

        What has another object for one of the properties of `same` may be left out.
        """
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
        for wide, cells in zip(self._catalogue.wide, self._wide, strict=True):
            if wide.file in tables and (column := wide.by_predicate.get(predicate)) is not None:
                apart = wide.by_predicate.keys() - set(wide.elsewhere)
                here = {p: o for p, o in same.items() if p in apart}
                found.append(cells.pairs(column, here))
        if (column := self._catalogue.by_predicate.get(predicate)) is not None:
            s, o = self._range(column)
            found.append((s.astype(np.int64), o.astype(np.int64)))
        things, objects = zip(*found, strict=True)
        return np.concatenate(things), np.concatenate(objects)

    def count(self) -> int:
        """How many statements there are."""
        wide = sum(cells.count() for cells in self._wide)
        return wide + int(self._statements.shape[1])

    def said_of(self, subject: int) -> Iterator[tuple[int, int]]:
        """The properties and objects of a thing."""
        things = np.array([subject], np.int64)
        for wide, cells in zip(self._catalogue.wide, self._wide, strict=True):
            if wide.first <= subject <= wide.last and len(cells.rows(things)[0]):
                for column in wide.columns:
                    for o in cells.objects(column, things)[1].tolist():
                        yield column.predicate, o
        least, most = self._subjects
        for place in np.flatnonzero((least <= subject) & (subject <= most)).tolist():
            column, wanted = self._catalogue.narrow[place], np.uint32(subject)
            s, objects = self._range(column)
            begin = np.searchsorted(s, wanted)
            if s[begin] == subject:
                for o in objects[begin : np.searchsorted(s, wanted, "right")].tolist():
                    yield column.predicate, o

    @cached_property
    def _subjects(self) -> tuple[Numbers, Numbers]:
        """The least and the greatest subject of each property in the narrow table."""
        ranges = [self._range(column)[0] for column in self._catalogue.narrow]
        least, most = ([one[place] for one in ranges] for place in (0, -1))
        return np.array(least, np.uint32), np.array(most, np.uint32)

    def _narrow(self, column: Column, subjects: Ids) -> tuple[Places, Ids]:
        """The same as `objects`, of the narrow table."""
        s, o = self._range(column)
        wanted = subjects.astype(np.uint32)
        begins = np.searchsorted(s, wanted)
        counts = np.searchsorted(s, wanted, "right") - begins
        places = np.repeat(np.arange(len(wanted)), counts)
        before = np.repeat(begins - (np.cumsum(counts) - counts), counts)
        return places, o[np.arange(len(places)) + before].astype(np.int64)

    def _range(self, column: Column) -> Numbers:
        """The subjects and the objects of a property in the narrow table."""
        end = self._ends[column.predicate]
        found: Numbers = self._statements[:, end - column.count : end]
        return found
