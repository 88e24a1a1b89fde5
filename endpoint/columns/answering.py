"""The columns of a release, opened to answer queries."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb

import duckdb

from homegraph.endpoint.columns.beginning import begun
from homegraph.endpoint.columns.effort import Unknown, effort
from homegraph.endpoint.columns.groups import AS_QUICK, UNEVEN
from homegraph.endpoint.columns.handing import HandOver
from homegraph.endpoint.columns.parsing import LONGEST, parsed
from homegraph.endpoint.columns.scope import NOTHING, REFUSED, Files, Scope
from homegraph.endpoint.columns.selecting import Selecting
from homegraph.endpoint.columns.syntax import (
    Group,
    Minus,
    NotRecognised,
    Optional,
    Query,
    Select,
    Union,
    aggregates_of,
)
from homegraph.endpoint.words import CHANGING
from homegraph.graph.columns.catalogue import (
    COLUMNS,
    NUMBERS,
    POINTS,
    STATEMENTS,
    TEXTS,
    Catalogue,
)
from homegraph.graph.columns.cells import STATEMENTS as LOOK_UPS
from homegraph.graph.columns.dictionary import Dictionary

LOG = logging.getLogger("homegraph.columns")
FAULT = "there is a fault in columns"
LEAST = 2_000  # statements that Oxigraph would look at: below, it is as quick
MUCH = 100_000  # statements, by the catalogue: then columns are quicker, wherever it begins
REMEMBERED, SHORT = 1_000, 4_000  # queries that are left alone, and their letters
READ = 200  # queries whose parts are kept
ANY_LENGTH = 1 << 62
MEMORY = "500MB"  # of DuckDB, in each process: what needs more is for Oxigraph
MEMORY_ALONE = "1500MB"  # where there is nobody else who could answer
# Without these words a few rows are looked up, which need not be read.
COUNTS = re.compile(r"COUNT|SUM|AVG|MIN|MAX|SAMPLE|GROUP|DISTINCT|ORDER", re.IGNORECASE)
CHOOSING = {"SAMPLE", "GROUP_CONCAT"}  # aggregates of what comes first
LIMITED = re.compile("LIMIT", re.IGNORECASE)
TABLES = {"statements": STATEMENTS, "numbers": NUMBERS, "texts": TEXTS, "points": POINTS}


class Columns:
    """Answers what it recognises; all else is left as it is."""

    def __init__(self, folder: Path, least: float = LEAST) -> None:
        connection, catalogue = duckdb.connect(), Catalogue.read(folder)
        memory = MEMORY if catalogue.unstored is None else MEMORY_ALONE
        connection.execute(f"SET memory_limit = '{memory}'")
        connection.execute("SET temp_directory = ''")
        connection.execute("SET enable_progress_bar = false")  # it would write to our output
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET autoload_known_extensions = false")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET parquet_metadata_cache = true")
        # It counts all records by what they are joined by, even where a filter leaves few.
        connection.execute("SET disabled_optimizers = 'partial_aggregate_pushdown'")
        files = {**TABLES, **{wide.file: wide.file for wide in catalogue.wide}}
        for name, file in files.items():
            path = str(folder / file).replace("'", "''")
            connection.execute(f"CREATE VIEW \"{name}\" AS SELECT * FROM read_parquet('{path}')")
        self.files = Files(folder, catalogue, Dictionary(folder), connection)
        self.least = least
        self.left_alone: dict[str, HandOver] = {}  # queries that Oxigraph answers

    @classmethod
    def open(cls, release: Path, least: float = LEAST) -> Columns | None:
        """The columns of a release's folder; None when it has none that can be looked up in."""
        folder = release / COLUMNS
        return cls(folder, least) if (folder / LOOK_UPS).is_file() else None

    def handed_over(self, text: str) -> HandOver:
        """A query with what columns can tell put into it."""
        if "{" not in text and "DESCRIBE" in text.upper():
            return HandOver.plain(text, "it looks for nothing but what it names")
        if LIMITED.search(text) and not COUNTS.search(text):
            return HandOver.plain(text, "it counts nothing, orders nothing, and stops at a LIMIT")
        if (known := self.left_alone.get(text)) is not None:
            return known
        handed = self.tried(text, alone=False)
        if handed.parts:
            return handed
        handed = self.begun(handed)
        if len(text) <= SHORT and not handed.reason.startswith((FAULT, REFUSED)):
            if len(self.left_alone) >= REMEMBERED:
                self.left_alone.clear()
            self.left_alone[text] = handed
        return handed

    def begun(self, handed: HandOver) -> HandOver:
        """A query that Oxigraph answers, so that it begins where that is best."""
        try:
            found = begun(handed.text, self.files)
            if found is None:
                return handed
            NOTHING.query(handed.text)  # what is no query is for Oxigraph to explain
        except (NotRecognised, SyntaxError, RuntimeError):
            return handed
        except Exception as error:
            fault(error)
            return handed
        return replace(handed, said=lambda: found.text, beginnings=found.beginnings)

    def tried(self, text: str, alone: bool) -> HandOver:
        """The same, whatever the query counts; `alone` says that no store could answer it."""
        try:
            query = (read if len(text) <= SHORT else read.__wrapped__)(text, alone)
        except (NotRecognised, SyntaxError, RuntimeError) as error:
            return HandOver.plain(text, str(error))
        try:
            return self.counted(query, alone)
        except NotRecognised as error:
            return HandOver.plain(text, str(error))
        except Exception as error:
            return HandOver.plain(text, f"{FAULT}: {fault(error)}")

    def counted(self, query: Query, alone: bool) -> HandOver:
        """The whole in other words; or, where that cannot be, the SELECTs within it."""
        least = 0.0 if alone else self.least_of(query)
        try:
            return self.said(query, [query.select], alone, least)
        except NotRecognised:
            if not alone and (chooses(query.select) or not query.select.is_total):
                raise
            chosen: list[Select] = []
            found: HandOver | None = None
            for one in within(query.select.where):
                with suppress(NotRecognised):
                    found = self.said(query, [*chosen, one], alone, least)
                    chosen.append(one)
            if found is None:
                raise
            return found

    def least_of(self, query: Query) -> float:
        """How many statements make it worth while to count a query; raises NotRecognised."""
        try:
            work = effort(self.files, query.select.where)
        except Unknown:
            return self.least
        if work * UNEVEN < self.least:
            raise NotRecognised(AS_QUICK)
        return self.least if work < MUCH else 0

    def said(self, query: Query, selects: list[Select], alone: bool, least: float) -> HandOver:
        """The query with some of its SELECTs in other words; raises NotRecognised."""
        scope = Scope(self.files, query)
        selecting = Selecting(scope, least, alone)
        try:
            counted = [selecting.handed(one) for one in selects]
        finally:
            scope.close()

        def text() -> str:
            said = query.text
            for one in sorted(counted, key=lambda one: -one.select.start):
                said = said[: one.select.start] + one.text() + said[one.select.end :]
            return said

        whole = selects == [query.select]
        table = counted[0].whole() if whole else None
        return HandOver(text, tuple(selecting.parts), whole=whole, table=table)


@lru_cache(READ)
def read(text: str, alone: bool) -> Query:
    """The parts of a query that gives one answer; raises NotRecognised, and what Oxigraph does."""
    NOTHING.query(text)  # what is no query is for Oxigraph to explain
    query = parsed(text, ANY_LENGTH if alone else LONGEST)
    if not CHANGING.isdisjoint(query.calls):
        raise NotRecognised("it gives another answer each time")
    return query


def fault(error: Exception) -> str:
    """Where a fault of ours is, which costs speed, not the answer.

    What was asked is not written down.
    """
    frame = extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    LOG.error("columns: %s", where)
    return where


def chooses(select: Select) -> bool:
    """Whether its own groups depend on which rows Oxigraph meets first."""
    return any(part.name in CHOOSING for value in select.values for part in aggregates_of(value))


def within(group: Group) -> Iterator[Select]:
    """The outermost SELECTs in a group that stand by themselves."""
    for element in group.elements:
        match element:
            case Select():
                yield element
            case Union(groups):
                for one in groups:
                    yield from within(one)
            case Optional(inner) | Minus(inner):
                yield from within(inner)
            case _:
                pass
