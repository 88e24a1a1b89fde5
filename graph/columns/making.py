"""Makes the columns of a release from its dumps: the same statements, laid out to be counted.

Every term gets a number (`dictionary`). Things of one kind of which there are many, each with one
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
"""

from __future__ import annotations

import io
import json
import re
import shutil
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from homegraph.graph import dump
from homegraph.graph.columns import dictionary
from homegraph.graph.columns.catalogue import (
    CATALOGUE,
    COLUMNS,
    NUMBERS,
    POINTS,
    STATEMENTS,
    TEXTS,
    Catalogue,
    Column,
    Wide,
)
from homegraph.graph.errors import CountsDiffer
from homegraph.graph.release import DUMPS
from homegraph.graph.terms import GEO, RDF, XSD

LEAST = 2_000  # things that make a wide table: fewer are as quick as statements
TEXT_AT_ONCE = 1 << 26  # bytes of a dump that are read in one go
LISTED = 300  # objects of a property that the catalogue lists
IDENTIFIERS = 100_000  # different objects of a property, most of them of one thing only
ROW_GROUP = 122_880  # rows, as DuckDB reads them
SHARED = "shared.nq.gz"  # map points, which have no class, of whichever source
GRAPH = r' <[^<>"\s]*>$'
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
POINT = r"^POINT\((?P<x>-?[0-9.]+) (?P<y>-?[0-9.]+)\)$"
EXACT = r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"  # what fits into Oxigraph's own numbers
INTEGER, DECIMAL, DOUBLE = 1, 2, 3
DECIMALS = pl.Decimal(38, 18)  # as Oxigraph's xsd:decimal, a number of 128 bits
Numbers = NDArray[np.uint32]


def make(folder: Path, triples: int | None = None, least: int = LEAST) -> None:
    """Make the columns of the release in `folder` from its dumps.

    Raises CountsDiffer unless they hold as many statements as the dumps, and as were counted.
    """
    target, aside = folder / COLUMNS, folder / "columns-aside"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    aside.mkdir()
    try:
        groups, count = hashed(folder / DUMPS, aside)
        terms, changed = numbered(aside, target)
        made = Making(target, terms, least, changed)
        for name, files in groups.items():
            made.add(name, files)
        made.finish(aside)
        if made.count != count or (triples is not None and count != triples):
            raise CountsDiffer(
                f"the columns hold {made.count} statements, the dumps {count}, and the build "
                f"counted {triples}"
            )
    finally:
        shutil.rmtree(aside)


def hashed(dumps: Path, aside: Path) -> tuple[dict[str, list[Path]], int]:
    """Read all dumps into hashes of terms, by group of dumps, and note which term each stands for.

    Things are described by one dump only, so a group is what may make a wide table.
    """
    groups: defaultdict[str, list[Path]] = defaultdict(list)
    count = 0
    for path in sorted(dumps.rglob("*.nq.gz")):
        where = path.relative_to(dumps)
        for block in dump.blocks(path, TEXT_AT_ONCE):
            if not block:
                continue
            number = sum(map(len, groups.values()))
            statements = read(block)
            count += statements.height
            file = aside / f"{number}.hashed.parquet"
            statements.select(pl.all().hash()).write_parquet(file, compression="lz4")
            unique_terms(statements).write_parquet(aside / f"{number}.terms.parquet")
            groups[SHARED if path.name == SHARED else str(where.parent)].append(file)
    return groups, count


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


def numbered(aside: Path, target: Path) -> tuple[pl.DataFrame, bool]:
    """Write the dictionary and the values of literals.

    Gives each hash with its number, and whether terms are written as the store would not.
    """
    found = pl.scan_parquet(aside / "*.terms.parquet").unique().collect()
    if found.get_column("hash").n_unique() != found.height:
        raise CountsDiffer("two terms have the same hash")  # once in 10,000 releases of 50 M terms
    changed = canonical(found.get_column("term"))
    found = found.with_columns(pl.col("term").replace(changed).alias("term"))
    terms = found.select("term").unique().sort("term").with_row_index("id")
    dictionary.write(target, terms.get_column("term"))
    write_values(terms, target, aside)
    return found.join(terms, on="term").select("hash", "id"), bool(changed)


def canonical(terms: pl.Series) -> dict[str, str]:
    """Terms that the store gives back in other words, as 007 comes back as 7."""
    literal = terms.str.starts_with('"')
    plain = terms.str.ends_with('"') | terms.str.ends_with(f"^^{GEO.wktLiteral}")
    special = terms.str.contains("\\", literal=True)
    asked = terms.filter(literal & (~plain | special)).to_list()
    store = Store()
    text = "".join(f"<x:{number}> <x:is> {term} .\n" for number, term in enumerate(asked))
    store.bulk_load(text.encode(), RdfFormat.N_TRIPLES, lenient=True)
    changed = {}
    for quad in store.quads_for_pattern(None, None, None):
        assert isinstance(quad, Quad) and isinstance(quad.subject, NamedNode)
        term = asked[int(quad.subject.value.removeprefix("x:"))]
        if str(quad.object) != term:
            changed[term] = str(quad.object)
    return changed


def write_values(terms: pl.DataFrame, target: Path, aside: Path) -> None:
    """Write what literals are worth: numbers and places; and aside, the texts of those that say."""
    literals = terms.lazy().filter(pl.col("term").str.starts_with('"'))
    parts = literals.with_columns(
        pl.col("term").str.extract(r'(?s)^"(.*)"', 1).alias("value"),
        pl.col("term").str.extract(r'(?s)"(@[^"]*|\^\^<[^"]*>)$', 1).fill_null("").alias("tag"),
    ).collect()
    kinds = {
        **{f"^^{XSD.integer}": INTEGER, f"^^{XSD.decimal}": DECIMAL},
        **{f"^^<{XSD.iri}{name}>": DOUBLE for name in ("double", "float")},
    }
    numbers = (
        parts.lazy()
        .filter(pl.col("tag").is_in(list(kinds)))
        .with_columns(
            pl.col("tag").replace_strict(kinds, return_dtype=pl.UInt8).alias("kind"),
            pl.col("value").cast(pl.Float64, strict=False).alias("double"),
        )
    )
    exact = pl.when((pl.col("kind") != DOUBLE) & pl.col("value").str.contains(EXACT)).then(
        pl.col("value")
    )
    numbers.with_columns(exact.cast(DECIMALS, strict=False).alias("exact")).select(
        "id", "kind", "exact", "double"
    ).collect().write_parquet(target / NUMBERS)
    point = pl.col("value").str.extract_groups(POINT)
    points = parts.lazy().filter(pl.col("tag") == f"^^{GEO.wktLiteral}").with_columns(point)
    axes = [pl.col("value").struct.field(a).cast(pl.Float64, strict=False) for a in ("x", "y")]
    points.select("id", *axes).drop_nulls().collect().write_parquet(target / POINTS)
    # Names of points, streets and the like: what questions look into.
    texts = parts.lazy().filter(pl.col("tag").str.starts_with("^^").not_())
    value = pl.col("value")
    plain = pl.when(value.str.contains("\\", literal=True)).then(
        value.map_elements(unescaped, return_dtype=pl.String)
    )
    texts.select("id", plain.otherwise(value)).collect().write_parquet(aside / TEXTS)


def unescaped(text: str) -> str:
    r"""A text whose escapes are resolved (N-Triples, 2.4).

    >>> unescaped(r"say \"hi\" \\n")
    'say "hi" \\n'
    """
    return ESCAPE.sub(lambda found: LETTERS.get(found[1]) or chr(int(found[1][1:], 16)), text)


class Making:
    """Tables under way: each group of dumps adds its own."""

    def __init__(self, target: Path, terms: pl.DataFrame, least: int, changed: bool) -> None:
        self._target, self._least, self._changed = target, least, changed
        self._terms = terms.lazy()
        self._dictionary = dictionary.Dictionary(target)
        self._type = self._dictionary.number(str(RDF.type))
        self._count = terms.get_column("id").n_unique()
        self._rest: list[NDArray[np.uint32]] = []  # columns s, p, o of what is in no wide table
        self._wide: list[Wide] = []
        self._things: list[Numbers] = []  # of each wide table, sorted
        self._texts: list[Numbers] = []  # literals that may be looked into
        self.count = 0

    def add(self, name: str, files: Sequence[Path]) -> None:
        """Lay out the statements of a group of dumps."""
        s, p, o = self.numbers(files)
        order = np.argsort(s, kind="stable")
        s, p, o = s[order], p[order], o[order]
        begins = np.flatnonzero(np.r_[True, s[1:] != s[:-1]]) if len(s) else np.array([], int)
        things = s[begins]
        kinds = np.zeros(len(things), np.uint32)  # the class; of several the last, of none 0
        typed = p == self._type
        kinds[np.searchsorted(things, s[typed])] = o[typed] + 1
        taken = np.isin(things, np.concatenate([*self._things, np.array([], np.uint32)]))
        left = np.ones(len(s), bool)
        of_row = np.repeat(kinds, np.diff(np.r_[begins, len(s)]))
        free_row = ~np.repeat(taken, np.diff(np.r_[begins, len(s)]))
        for kind, number in zip(*np.unique(kinds[~taken], return_counts=True), strict=True):
            if number >= self._least:
                rows = np.flatnonzero((of_row == kind) & free_row)
                left[rows] = self.widen(things[(kinds == kind) & ~taken], s, p, o, rows)
        self._rest.append(np.stack([s[left], p[left], o[left]]))

    def numbers(self, files: Sequence[Path]) -> tuple[Numbers, Numbers, Numbers]:
        """The statements of some files, their terms as numbers."""
        said = pl.concat([pl.scan_parquet(file) for file in files])
        for name in ("s", "p", "o"):
            terms = self._terms.rename({"hash": name, "id": f"{name}_id"})
            said = said.join(terms, on=name, how="left")
        found = said.select("s_id", "p_id", "o_id").collect()
        if self._changed:  # 7 and 007 are two statements in dumps, one in the store
            height = found.height
            found = found.unique()
            self.count += height - found.height
        s, p, o = (found.get_column(f"{name}_id").to_numpy() for name in ("s", "p", "o"))
        return s, p, o

    def widen(
        self, things: Numbers, s: Numbers, p: Numbers, o: Numbers, rows: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Make a wide table of things; says of each of the rows whether it is left over."""
        left = np.ones(len(rows), bool)
        places = np.searchsorted(things, s[rows])
        frame = {"s": pl.Series(things)}
        columns = []
        for predicate in np.unique(p[rows]):
            of = np.flatnonzero(p[rows] == predicate)
            if len(np.unique(places[of])) != len(of):
                continue  # some have two values
            left[of] = False
            self.count += len(of)
            values = o[rows[of]]
            unique = np.unique(values)
            same = len(unique) == 1 and len(of) == len(things)
            columns.append(
                Column(
                    *(int(predicate), len(of), len(unique), int(unique[0]), int(unique[-1]), same),
                    texts=self.note_texts(unique, len(of)),
                )
            )
            if not same:
                filled = np.zeros(len(things), np.uint32)
                filled[places[of]] = values
                empty = np.ones(len(things), bool)
                empty[places[of]] = False
                column = pl.Series(filled)
                if empty.any():
                    column = column.set(pl.Series(empty), None)
                frame[f"p{predicate}"] = column
        name = f"wide-{len(self._wide)}.parquet"
        pl.DataFrame(frame).write_parquet(self._target / name, row_group_size=ROW_GROUP)
        self._wide.append(Wide(name, len(things), int(things[0]), int(things[-1]), columns, []))
        self._things.append(things)
        return left

    def note_texts(self, values: Numbers, count: int) -> bool:
        """Note the objects of a property as texts; identifiers, which few repeat, are none."""
        if len(values) > IDENTIFIERS and len(values) > count / 2:
            return False
        self._texts.append(values)
        return True

    def finish(self, aside: Path) -> None:
        """Write the narrow table, the texts and the catalogue."""
        s, p, o = np.concatenate(self._rest, axis=1)
        self.count += len(s)
        order = np.lexsort((o, s, p))
        s, p, o = s[order], p[order], o[order]
        path = self._target / STATEMENTS
        pl.DataFrame({"p": p, "s": s, "o": o}).write_parquet(path, row_group_size=ROW_GROUP)
        found, begins = np.unique(p, return_index=True)
        ends = np.r_[begins, len(p)][1:]
        columns = []
        for predicate, begin, end in zip(found, begins, ends, strict=True):
            values, subjects = np.unique(o[begin:end]), s[begin:end]
            several = len(np.unique(subjects)) != len(subjects)
            columns.append(
                Column(
                    *(int(predicate), int(end - begin), len(values)),
                    *(int(values[0]), int(values[-1])),
                    several=several,
                    values=values.tolist() if len(values) <= LISTED else None,
                    texts=self.note_texts(values, int(end - begin)),
                )
            )
            for wide, things in zip(self._wide, self._things, strict=True):
                # What another dump says of the things of a table.
                if np.isin(subjects, things, assume_unique=False).any():
                    wide.elsewhere.append(int(predicate))
        wanted = pl.Series("id", np.unique(np.concatenate(self._texts)))
        texts = pl.read_parquet(aside / TEXTS).join(wanted.to_frame(), on="id", how="semi")
        texts.sort("id").write_parquet(self._target / TEXTS)
        catalogue = Catalogue(self._count, self._first("<"), self._first("_"), columns, self._wide)
        text = json.dumps(asdict(catalogue))
        (self._target / CATALOGUE).write_text(text + "\n", "utf-8")

    def _first(self, mark: str) -> int:
        """The first term that does not come before a mark."""
        return bisect_left(range(self._count), mark, key=self._dictionary.term)
