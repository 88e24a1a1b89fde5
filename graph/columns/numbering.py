"""Numbers the terms of a release's dumps, and its statements by them, whatever their size.

Dumps are read in blocks into hashes of terms. All terms are sorted on disk, which makes the
dictionary and what literals are worth; then the hashes of each block become numbers. In memory are
one block, and for each term of the release its hash and its number (12 bytes).
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from homegraph.graph import dump
from homegraph.graph.columns import dictionary
from homegraph.graph.columns.worth import Worth
from homegraph.graph.errors import CountsDiffer
from homegraph.graph.terms import GEO

TEXT_AT_ONCE = 1 << 26  # bytes of dumps that are read in one go
TERMS_AT_ONCE = 1 << 20
ASKED_AT_ONCE = 200_000  # literals that a store is asked about: some 100 MB of it
MEMORY = "3GB"  # for sorting terms; more of them are sorted on disk
SHARED = "shared.nq.gz"  # map points, which have no class, of whichever source
GRAPH = r' <[^<>"\s]*>$'
Numbers = NDArray[np.uint32]


@dataclass
class Block:
    """Some statements of a group of dumps, on disk: hashes of their terms, then their numbers.

    When they are numbers, they are sorted by subject, of which `least` and `most` are the ends.
    """

    path: Path
    unstored: bool
    count: int
    least: int = 0
    most: int = 0

    def numbers(self) -> Numbers:
        """The numbers of subjects, predicates and objects: an array of 3 rows."""
        found: Numbers = np.load(self.path.with_suffix(".npy"), mmap_mode="r")
        return found

    def within(self, first: int, end: int) -> Numbers:
        """The statements with subjects from `first` up to `end`."""
        found = self.numbers()
        begin, stop = np.searchsorted(found[0], [first, end])
        return found[:, begin:stop]


@dataclass
class Group:
    """The dumps of one folder: things are described by one dump only, so they are laid together.

    `graphs` are those of the dumps that the store does not have.
    """

    blocks: list[Block] = field(default_factory=list)
    graphs: set[str] = field(default_factory=set)

    def ranges(self, width: int) -> list[int]:
        """Where the ranges of `width` numbers begin in which the group has subjects."""
        return sorted(
            {
                place * width
                for block in self.blocks
                for place in range(block.least // width, block.most // width + 1)
            }
        )

    def within(self, first: int, end: int) -> Numbers:
        """All statements with subjects from `first` up to `end`, sorted by subject."""
        found = np.concatenate([block.within(first, end) for block in self.blocks], axis=1)
        return found[:, np.argsort(found[0], kind="stable")]


@dataclass(frozen=True)
class Numbered:
    """The statements of all dumps as numbers: groups by name, and how many the dumps hold."""

    groups: dict[str, Group]
    count: int
    terms: int
    changed: bool  # whether terms are written as the store would not

    def blocks(self) -> Iterator[Block]:
        """All blocks."""
        return (block for group in self.groups.values() for block in group.blocks)


def numbered(dumps: Path, unstored: Collection[str], aside: Path, target: Path) -> Numbered:
    """Number everything; writes the dictionary, and what literals are worth.

    `unstored` names dumps that the store does not have: they lie in blocks of their own. Raises
    CountsDiffer for two terms with the same hash, as once in 10,000 releases of 50 million terms.
    """
    groups = hashed(dumps, unstored, aside)
    blocks = [block for group in groups.values() for block in group.blocks]
    hashes, numbers, terms, changed = number_terms(aside, target)
    for block in blocks:
        number_block(block, hashes, numbers)
    return Numbered(groups, sum(block.count for block in blocks), terms, changed)


# Reading


def hashed(dumps: Path, unstored: Collection[str], aside: Path) -> dict[str, Group]:
    """Read all dumps into hashes of terms, and note beside which term each stands for."""
    files: defaultdict[tuple[str, bool], list[Path]] = defaultdict(list)
    for path in sorted(dumps.rglob("*.nq.gz")):
        where = path.relative_to(dumps)
        folder = SHARED if path.name == SHARED else where.parent.as_posix()
        files[folder, where.as_posix() in unstored].append(path)
    groups: defaultdict[str, Group] = defaultdict(Group)
    number = 0
    for (name, apart), paths in files.items():
        if apart:
            groups[name].graphs.update(map(graph_of, paths))
        for text in texts(paths):
            statements = read(text)
            block = aside / f"{number}.hashed.parquet"
            statements.select(pl.all().hash()).write_parquet(block, compression="lz4")
            unique_terms(statements).write_parquet(
                aside / f"{number}.terms.parquet", compression="lz4"
            )
            groups[name].blocks.append(Block(block, apart, statements.height))
            number += 1
    return dict(groups)


def graph_of(path: Path) -> str:
    """The graph of a dump of records or observations, which is of one graph; nothing for none."""
    with dump.reader(path) as stream:
        found = re.search(GRAPH, stream.readline().decode().removesuffix(" .\n"))
    return found[0].strip(" <>") if found else ""


def texts(paths: list[Path]) -> Iterator[bytes]:
    """The lines of dumps in blocks of some size, small dumps together."""
    waiting, size = list[bytes](), 0
    for path in paths:
        for block in dump.blocks(path, TEXT_AT_ONCE):
            waiting.append(block)
            size += len(block)
            if size >= TEXT_AT_ONCE:
                yield b"".join(waiting)
                waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def read(block: bytes) -> pl.DataFrame:
    """N-Quads lines as subject, predicate and object, without their graph."""
    lines = pl.read_csv(
        io.BytesIO(block),
        has_header=False,
        separator="\x01",  # in no canonical N-Quads: a line is one cell
        quote_char=None,
        new_columns=["line"],
        schema_overrides=[pl.String],
    )
    parts = (
        pl.col("line")
        .str.strip_suffix(" .")
        .str.splitn(" ", 3)
        .struct.rename_fields(["s", "p", "o"])
    )
    said = lines.lazy().select(parts.alias("parts")).unnest("parts")
    return said.with_columns(pl.col("o").str.replace(GRAPH, "")).collect()


def unique_terms(statements: pl.DataFrame) -> pl.DataFrame:
    """The terms of statements with their hashes."""
    columns = (statements.get_column(name).rename("term") for name in ("s", "p", "o"))
    terms = pl.concat([column.unique() for column in columns]).unique().to_frame()
    return terms.with_columns(pl.col("term").hash().alias("hash"))


# Terms


def number_terms(aside: Path, target: Path) -> tuple[NDArray[np.uint64], Numbers, int, bool]:
    """Sort all terms: sorted hashes, the number for each, how many there are, whether any changed.

    Two terms may have one number: what the store gives back in other words is numbered as that.
    """
    changed = sort_terms(aside)
    worth = Worth(aside)
    hashes: list[NDArray[np.uint64]] = []
    numbers: list[Numbers] = []

    def terms() -> Iterator[str]:
        last, count = None, 0
        for some in in_portions(aside / "sorted.parquet"):
            spelt = some.get_column("term")
            new = (spelt != spelt.shift(1).fill_null(last or "")).to_numpy()
            ids = (count + np.cumsum(new) - 1).astype(np.uint32)
            hashes.append(some.get_column("hash").to_numpy())
            numbers.append(ids)
            fresh = spelt.filter(pl.Series(new))
            worth.add(pl.DataFrame({"id": pl.Series(ids[new]), "term": fresh}))
            yield from fresh
            last, count = spelt[-1], count + int(new.sum())

    dictionary.write(target, terms())
    worth.finish(target)
    every, of = np.concatenate(hashes), np.concatenate(numbers)
    order = np.argsort(every)
    every, of = every[order], of[order]
    if (every[1:] == every[:-1]).any():
        raise CountsDiffer("two terms have the same hash")
    return every, of, int(of.max()) + 1, changed


def sort_terms(aside: Path) -> bool:
    """Sort the distinct terms of all blocks into a file; says whether any had to be changed."""
    database = duckdb.connect(str(aside / "terms.duckdb"))
    try:
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute(f"SET temp_directory = '{quoted(aside / 'sorting')}'")
        database.execute(
            "CREATE TABLE terms AS SELECT DISTINCT hash, term "
            f"FROM read_parquet('{quoted(aside)}/*.terms.parquet')"
        )
        database.execute(
            f"COPY (SELECT term FROM terms WHERE term[1] = '\"' AND (contains(term, '\\') OR NOT "
            f"(ends_with(term, '\"') OR ends_with(term, '^^{GEO.wktLiteral}')))) "
            f"TO '{quoted(aside / 'literals.parquet')}'"
        )
        changed = canonical(aside / "literals.parquet")
        changed.write_parquet(aside / "changed.parquet")
        database.execute(
            "COPY (SELECT hash, coalesce(other, term) AS term FROM terms LEFT JOIN "
            f"read_parquet('{quoted(aside / 'changed.parquet')}') USING (term) ORDER BY 2) "
            f"TO '{quoted(aside / 'sorted.parquet')}'"
        )
    finally:
        database.close()
    return not changed.is_empty()


def quoted(path: Path) -> str:
    """A path inside the quotation marks of SQL."""
    return str(path).replace("'", "''")


def in_portions(path: Path) -> Iterator[pl.DataFrame]:
    """The rows of a file, some at a time."""
    rows = pl.scan_parquet(path)
    for first in range(0, rows.select(pl.len()).collect().item(), TERMS_AT_ONCE):
        yield rows.slice(first, TERMS_AT_ONCE).collect()


def canonical(literals: Path) -> pl.DataFrame:
    """Terms that the store gives back in other words, as 007 comes back as 7: term, other."""
    changed: dict[str, str] = {}
    for portion in in_portions(literals):
        for some in portion.iter_slices(ASKED_AT_ONCE):
            asked = some.get_column("term").to_list()
            store = Store()
            text = "".join(f"<x:{number}> <x:is> {term} .\n" for number, term in enumerate(asked))
            store.bulk_load(text.encode(), RdfFormat.N_TRIPLES, lenient=True)
            for quad in store.quads_for_pattern(None, None, None):
                assert isinstance(quad, Quad) and isinstance(quad.subject, NamedNode)
                term = asked[int(quad.subject.value.removeprefix("x:"))]
                if str(quad.object) != term:
                    changed[term] = str(quad.object)
    said = {"term": list(changed), "other": list(changed.values())}
    return pl.DataFrame(said, schema={"term": pl.String, "other": pl.String})


# Statements


def each_once(statements: Numbers) -> Numbers:
    """Statements sorted and each once: 7 and 007 are two in dumps, one in the store."""
    found = statements[:, np.lexsort(statements[::-1])]
    new = (found[:, 1:] != found[:, :-1]).any(axis=0)
    return found[:, np.r_[True, new]]


def number_block(block: Block, hashes: NDArray[np.uint64], numbers: Numbers) -> None:
    """Write the statements of a block as numbers of terms, sorted by subject."""
    said = pl.read_parquet(block.path)
    columns = []
    for name in ("s", "p", "o"):
        # Looked up in order, which takes a tenth of the time that looking up at random takes.
        unique, places = np.unique(said.get_column(name).to_numpy(), return_inverse=True)
        columns.append(numbers[np.searchsorted(hashes, unique)][places])
    found = np.stack(columns)
    found = found[:, np.argsort(found[0], kind="stable")]
    np.save(block.path.with_suffix(".npy"), found)
    block.path.unlink()
    block.least, block.most = int(found[0, 0]), int(found[0, -1])
