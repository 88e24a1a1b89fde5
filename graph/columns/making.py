"""Makes the columns of a release from its dumps: the same statements, laid out to be counted.

Every term gets a number (`numbering`). Things of one kind of which there are many, each with one
value of a property at most, become a wide table: a row for each thing, a column for each property.
All other statements are rows of one narrow table. So columns hold what the dumps hold and nothing
else, whatever a loader says: there is no second mapping that could say something different, and
`make` counts both sides.

columns/
  columns.json         what there is: tables, their columns, how many values each has
  terms.zst ...        the dictionary
  statements.parquet   p, s, o
  wide-N.parquet       s, and for each property its number: the object
  numbers.parquet      the values of numeric literals
  points.parquet       the places of WKT points
  texts.parquet        the texts of literals without a datatype
  statements.npy ...   the rows of both, for look-ups
"""

from __future__ import annotations

import json
import shutil
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from homegraph.graph.columns import cells, dictionary
from homegraph.graph.columns.catalogue import (
    CATALOGUE,
    COLUMNS,
    STATEMENTS,
    TEXTS,
    Catalogue,
    Column,
    Unstored,
    Wide,
)
from homegraph.graph.columns.numbering import Group, Numbered, Numbers, each_once, numbered
from homegraph.graph.errors import CountsDiffer
from homegraph.graph.release import DUMPS
from homegraph.graph.terms import RDF

LEAST = 2_000  # things that make a wide table: fewer are as quick as statements
AT_ONCE = 1 << 21  # numbers of things that are laid out together: some 2 GB of memory
LISTED = 300  # objects of a property that the catalogue lists
IDENTIFIERS = 100_000  # different objects of a property, most of them of one thing only
ROW_GROUP = 122_880  # rows, as DuckDB reads them


def make(
    folder: Path,
    triples: int | None = None,
    unstored: Collection[str] = (),
    least: int = LEAST,
    at_once: int = AT_ONCE,
) -> None:
    """Make the columns of the release in `folder` from its dumps, some of which have no store.

    Raises CountsDiffer unless they hold as many statements as the dumps, and as were counted.
    """
    target, aside = folder / COLUMNS, folder / "columns-aside"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    aside.mkdir()
    try:
        every = numbered(folder / DUMPS, unstored, aside, target)
        made = Making(target, aside, every, least, at_once)
        for group in every.groups.values():
            made.add(group)
        made.finish()
        looked_up = made.repeated + cells.Cells(target, Catalogue.read(target)).count()
        held, count = made.repeated + made.count, every.count
        if not held == looked_up == count or (triples is not None and count != triples):
            raise CountsDiffer(
                f"the columns hold {held} statements, and {looked_up} to be looked up; the dumps "
                f"{count}, and the build counted {triples}"
            )
    finally:
        shutil.rmtree(aside)


@dataclass(frozen=True)
class Kind:
    """Some things of one class, sorted, and their statements: 3 rows, sorted by subject."""

    number: int  # of the class, and one more; 0 for things without a class
    things: Numbers
    statements: Numbers

    def of(self, predicate: int) -> NDArray[np.intp]:
        """The places of the statements with a property."""
        return np.flatnonzero(self.statements[1] == predicate)


@dataclass
class Said:
    """What is known of a property of the things of a kind."""

    count: int = 0
    least: int = 1 << 32
    most: int = 0
    several: bool = False

    def see(self, subjects: Numbers, objects: Numbers) -> None:
        """Take note of some statements, those of a thing together."""
        self.count += len(objects)
        self.least = min(self.least, int(objects.min()))
        self.most = max(self.most, int(objects.max()))
        self.several = self.several or bool((subjects[1:] == subjects[:-1]).any())


@dataclass
class Table:
    """A wide table that is to be made: how many things, and what is said of them."""

    rows: int = 0
    said: defaultdict[int, Said] = field(default_factory=lambda: defaultdict(Said))

    def see(self, kind: Kind) -> None:
        """Take note of some of its things."""
        self.rows += len(kind.things)
        for predicate in np.unique(kind.statements[1]).tolist():
            of = kind.of(predicate)
            self.said[predicate].see(kind.statements[0, of], kind.statements[2, of])

    def same(self, predicate: int) -> bool:
        """Whether all things have one value, which the table leaves out."""
        said = self.said[predicate]
        return said.least == said.most and said.count == self.rows


class Making:
    """Tables under way: each group of dumps adds its own."""

    def __init__(
        self, target: Path, aside: Path, every: Numbered, least: int, at_once: int
    ) -> None:
        self._target, self._aside, self._every = target, aside, every
        self._least, self._at_once = least, at_once
        self._dictionary = dictionary.Dictionary(target)
        self._type = self._dictionary.number(str(RDF.type))
        self._rest = [np.empty((3, 0), np.uint32)]  # what is in no wide table
        self._wide: list[Wide] = []
        self._things: list[Numbers] = []  # of each wide table, sorted
        self._texts: list[Numbers] = []  # literals that may be looked into
        self._alone = any(block.unstored for block in every.blocks())
        self.count = self.repeated = 0  # statements laid out, and those that others repeat

    def add(self, group: Group) -> None:
        """Lay out the statements of a group of dumps."""
        tables: defaultdict[int, Table] = defaultdict(Table)
        for kind in self.kinds(group, first=True):
            tables[kind.number].see(kind)
        wide = {number: table for number, table in tables.items() if table.rows >= self._least}
        files: dict[int, list[Path]] = {number: [] for number in wide}
        things: dict[int, list[Numbers]] = {number: [] for number in wide}
        for kind in self.kinds(group):
            if (table := wide.get(kind.number)) is None:
                self._rest.append(kind.statements)
                continue
            file = self._aside / f"wide-{kind.number}-{len(files[kind.number]):06}.parquet"
            self.widen(kind, table).write_parquet(file)
            files[kind.number].append(file)
            things[kind.number].append(kind.things)
        for number, table in sorted(wide.items()):
            self.finish_table(table, files[number], np.concatenate(things[number]))

    def kinds(self, group: Group, first: bool = False) -> Iterator[Kind]:
        """The things of a group by class, some at a time; what is in a table already is left over.

        Of several classes the one of the greatest number counts. All are given twice: the first
        time to be taken note of.
        """
        for begin in group.ranges(self._at_once):
            said = group.within(begin, begin + self._at_once)
            if not said.size:
                continue  # blocks reach across the range, and have nothing in it
            if self._every.changed:
                count = said.shape[1]
                said = each_once(said)
                self.repeated += count - said.shape[1] if first else 0
            s, p, o = said
            begins = np.flatnonzero(np.r_[True, s[1:] != s[:-1]])
            lengths = np.diff(np.r_[begins, len(s)])
            things = s[begins]
            numbers = np.zeros(len(things), np.uint32)
            typed = p == self._type
            np.maximum.at(numbers, np.searchsorted(things, s[typed]), o[typed] + 1)
            free = np.ones(len(things), bool)
            for known in self._things:
                free &= ~contained(things, known)
            if not first and not free.all():
                self._rest.append(said[:, np.repeat(~free, lengths)])
            for number in np.unique(numbers[free]).tolist():
                of = free & (numbers == number)
                yield Kind(number, things[of], said[:, np.repeat(of, lengths)])

    def widen(self, kind: Kind, table: Table) -> pl.DataFrame:
        """The rows of some things of a table; what has several values is left over."""
        things = kind.things
        frame = {"s": pl.Series(things)}
        for predicate, said in sorted(table.said.items()):
            of = kind.of(predicate)
            if said.several:
                self._rest.append(kind.statements[:, of])
                continue
            self.count += len(of)
            values = kind.statements[2, of]
            if table.same(predicate):
                continue
            filled = np.zeros(len(things), np.uint32)
            empty = np.ones(len(things), bool)
            places = np.searchsorted(things, kind.statements[0, of])
            filled[places], empty[places] = values, False
            column = pl.Series(filled)
            frame[f"p{predicate}"] = column.set(pl.Series(empty), None) if empty.any() else column
        return pl.DataFrame(frame)

    def finish_table(self, table: Table, files: list[Path], things: Numbers) -> None:
        """Write a wide table as one file."""
        name = f"wide-{len(self._wide)}.parquet"
        pl.scan_parquet(files).sink_parquet(self._target / name, row_group_size=ROW_GROUP)
        columns = []
        for predicate, said in sorted(table.said.items()):
            if said.several:
                continue
            same = table.same(predicate)
            objects = np.full(1, said.least, np.uint32)
            if not same:
                whole = pl.read_parquet(self._target / name, columns=[f"p{predicate}"])
                objects = whole.to_series().drop_nulls().to_numpy()
            columns.append(self.column(predicate, objects, table.rows if same else 1, same=same))
        wide = Wide(name, len(things), int(things[0]), int(things[-1]), columns, [])
        cells.write_wide(self._target, wide, things, map(pl.read_parquet, files))
        self._wide.append(wide)
        self._things.append(things)

    def column(self, predicate: int, objects: Numbers, each: int = 1, **more: Any) -> Column:
        """What is told of a property whose statements have some objects, `each` so many times.

        Its objects are noted as texts; identifiers, which few repeat, are none.
        """
        values, counts = np.unique(objects, return_counts=True)
        count, few = each * len(objects), len(values) <= LISTED
        texts = len(values) <= IDENTIFIERS or len(values) <= count / 2
        if texts:
            self._texts.append(values)
        return Column(
            *(predicate, count, len(values), int(values[0]), int(values[-1])),
            values=values.tolist() if few else None,
            counts=(each * counts).tolist() if few else None,
            spread=float(len(objects) ** 2 / (counts.astype(np.float64) ** 2).sum()),
            texts=texts,
            **more,
        )

    def finish(self) -> None:
        """Write the narrow table, the texts and the catalogue."""
        s, p, o = np.concatenate(self._rest, axis=1)
        self._rest.clear()
        self.count += len(s)
        order = np.lexsort((o, s, p))
        s, p, o = s[order], p[order], o[order]
        path = self._target / STATEMENTS
        pl.DataFrame({"p": p, "s": s, "o": o}).write_parquet(path, row_group_size=ROW_GROUP)
        cells.write_narrow(self._target, s, o)
        found, begins = np.unique(p, return_index=True)
        ends = np.r_[begins, len(p)][1:]
        columns = []
        for predicate, begin, end in zip(found, begins, ends, strict=True):
            subjects = s[begin:end]
            each = 1 + int((subjects[1:] != subjects[:-1]).sum())
            more = {"several": True, "things": each} if each < len(subjects) else {}
            columns.append(self.column(int(predicate), o[begin:end], **more))
            for wide, things in zip(self._wide, self._things, strict=True):
                # What another dump says of the things of a table.
                if contained(subjects, things).any():
                    wide.elsewhere.append(int(predicate))
        wanted = pl.Series("id", np.unique(np.concatenate(self._texts)))
        texts = pl.scan_parquet(self._aside / TEXTS).join(
            wanted.to_frame().lazy(), on="id", how="semi"
        )
        texts.sort("id").collect().write_parquet(self._target / TEXTS)
        catalogue = Catalogue(
            *(self._every.terms, self._first("<"), self._first("_"), columns, self._wide),
            self.unstored(),
        )
        text = json.dumps(asdict(catalogue))
        (self._target / CATALOGUE).write_text(text + "\n", "utf-8")

    def unstored(self) -> Unstored | None:
        """What the store does not have; None where it has everything."""
        if not self._alone:
            return None
        described = np.zeros((2, self._every.terms), bool)
        predicates, classes, leads = set[int](), set[int](), set[int]()
        for block in self._every.blocks():
            s, p, o = block.numbers()
            described[int(block.unstored), s] = True
            if block.unstored:
                predicates.update(np.unique(p).tolist())
                classes.update(np.unique(o[p == self._type]).tolist())
        stored, unstored = described
        for block in self._every.blocks():
            if not block.unstored:
                _, p, o = block.numbers()
                leads.update(np.unique(p[unstored[o]]).tolist())
        apart = not (stored & unstored).any()
        graphs = {graph for group in self._every.groups.values() for graph in group.graphs}
        told = (sorted(predicates), sorted(classes), sorted(leads), bool(apart), sorted(graphs))
        return Unstored(*told)

    def _first(self, mark: str) -> int:
        """The first term that does not come before a mark."""
        return bisect_left(range(self._every.terms), mark, key=self._dictionary.term)


def contained(some: Numbers, things: Numbers) -> NDArray[np.bool_]:
    """Which of some sorted numbers are among others, which are sorted too."""
    among = things[slice(*np.searchsorted(things, [some[0], some[-1] + 1]))] if len(some) else some
    return np.isin(some, among)
