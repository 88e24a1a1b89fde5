"""What is counted by columns agrees with what the engine answers, whatever is asked.

Queries are drawn at random about a small graph that has what real ones have, and what they should
not have. HOMEGRAPH_QUERIES says how many (1,500 unless said), HOMEGRAPH_QUERIES_SEED makes others;
with --log-cli-level=INFO it is shown how many were answered by columns.
"""

from __future__ import annotations

import gzip
import importlib.util
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyoxigraph import (
    QueryBoolean,
    QueryTriples,
    RdfFormat,
    Store,
)

from homegraph.endpoint.columns import (
    aggregates,
    beginning,
    boxes,
    expressions,
    following,
    groups,
    patterns,
    relations,
    scope,
    selecting,
    sizes,
    tallying,
)
from homegraph.endpoint.columns.answering import Columns
from homegraph.graph import dump
from homegraph.graph.columns import cells
from homegraph.graph.columns.making import make
from homegraph.graph.nquads import lines

COUNT = int(os.environ.get("HOMEGRAPH_QUERIES", "1500"))
SEED = int(os.environ.get("HOMEGRAPH_QUERIES_SEED", "1"))
CHUNKS = 6
ENOUGH = 2_000  # queries in which each fault that is planted shows
NOTHING = Store()
LOG = logging.getLogger("columns")


def beside(name: str) -> Any:
    """A module beside the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


queries = beside("columns_queries")
Query = queries.Query


@dataclass(frozen=True)
class World:
    """A release with columns, and its statements in the engine."""

    folder: Path
    store: Store
    columns: Columns
    facts: Any


@dataclass(frozen=True)
class Outcome:
    """What came of a query: rows, statements, yes or no, or how it failed."""

    names: tuple[str, ...] = ()
    rows: tuple[Any, ...] = ()
    failure: str = ""

    @property
    def counts(self) -> Counter[Any]:
        return Counter(self.rows)


def outcome(store: Store, text: str) -> Outcome:
    """As the endpoint asks, of all graphs unless the query names some."""
    try:
        answer: Any = store.query(text, use_default_graph_as_union="FROM" not in text)
        if isinstance(answer, QueryBoolean):
            return Outcome((), (bool(answer),))
        if isinstance(answer, QueryTriples):
            return Outcome((), tuple(map(str, answer)))
        names = tuple(name.value for name in answer.variables)
        return Outcome(names, tuple(tuple(map(shown, row)) for row in answer))
    except (SyntaxError, RuntimeError, OSError) as error:
        return Outcome(failure=type(error).__name__)


def shown(term: Any) -> str | None:
    return None if term is None else str(term)


def difference(world: World, query: Any) -> tuple[bool, str]:
    """Whether columns answered some of it, and what they answer otherwise, if anything."""
    world.columns.left_alone.clear()  # a fault may be planted since
    handed = world.columns.handed_over(query.text)
    if not handed.parts and not handed.beginnings:
        right = handed.text == query.text and "fault" not in handed.reason
        return False, "" if right else f"--- asked\n{query.text}\n{handed.reason}\n{handed.text}"
    ours, theirs = outcome(world.store, handed.text), outcome(world.store, query.text)
    if theirs.failure or ours.failure:
        fault = ours.failure != theirs.failure
    elif ours.names != theirs.names:
        fault = True
    elif query.reduced:
        fault = set(ours.rows) != set(theirs.rows)
    else:
        fault = ours.counts != theirs.counts
    fault = fault or in_order(ours, query.keys) != in_order(theirs, query.keys)
    if handed.table is not None:  # the rows as they are written without the engine
        heads = " ".join(f"?{name}" for name in handed.table.head)
        written = outcome(NOTHING, f"SELECT {heads} {{ {handed.table.as_values()} }}")
        fault = fault or (written.names, written.counts) != (theirs.names, theirs.counts)
    answered = bool(handed.parts)
    if not fault:
        return answered, ""
    less, more = theirs.counts - ours.counts, ours.counts - theirs.counts
    return answered, (
        f"--- asked\n{query.text}\n--- instead\n{handed.text[:1000]}\n--- engine {theirs.names} "
        f"{theirs.failure} {len(theirs.rows)} rows, columns {ours.names} {ours.failure} "
        f"{len(ours.rows)} rows\nonly the engine: {list(less.items())[:5]}\n"
        f"only columns: {list(more.items())[:5]}\n"
    )


def in_order(answer: Outcome, keys: Iterable[str]) -> list[Any]:
    """What orders the rows, as far as it has an order: figures, texts or IRIs."""
    places = [answer.names.index(key[1:]) for key in keys if key[1:] in answer.names]
    found = [tuple(ordered(row[place]) for place in places) for row in answer.rows]
    return [] if any(value is ... for row in found for value in row) else found


def ordered(term: str | None) -> Any:
    """What tells a term from others in an order, if anything does."""
    if term is None or re.fullmatch(r'<.*>|"[^"\\]*"', term, re.DOTALL):
        return term
    number = re.fullmatch(r'"(-?[0-9.]+)"\^\^<.*#(integer|decimal)>', term)
    return float(number[1]) if number else ...


TOKENS = re.compile(r"""'''.*?'''|\"""[\s\S]*?\"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
                    r"""|<[^<>\s]*>|#[^\n]*|\s+|[?$]\w+|[\w:/.\\-]+|.""")  # fmt: skip


def shortest(world: World, query: Any) -> Any:
    """A query without most of what does not matter to the difference."""
    failure = outcome(world.store, query.text).failure

    def differs(text: str) -> bool:
        if outcome(world.store, text).failure != failure:
            return False
        return bool(difference(world, Query(text, reduced=query.reduced))[1])

    head = re.split("(?i)select", query.text)[0]
    found = TOKENS.findall(query.text.removeprefix(head))
    size = len(found) // 2
    while size:
        at = 0
        while at < len(found):
            rest = found[:at] + found[at + size :]
            if differs(head + "".join(rest)):
                found = rest
            else:
                at += max(1, size // 2)
        size //= 2
    return Query(head + "".join(found), reduced=query.reduced)


def told(world: World, query: Any, fault: str) -> str:
    """The difference, of the shortest query that has it."""
    if query.whole or query.keys or not difference(world, Query(query.text))[1]:
        return fault
    return difference(world, shortest(world, query))[1]


def asked(world: World, seed: int | str, count: int) -> Iterator[Any]:
    asker = queries.Asker(world.facts, seed)
    for _ in range(count):
        yield asker.query()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made_in(tmp_path_factory.mktemp("columns"))


def made_in(folder: Path) -> World:
    store = Store()
    for name, quads in queries.toy().items():
        dump.write(folder / "dumps" / name / f"{name}.nq.gz", lines(quads))
        text = gzip.decompress((folder / "dumps" / name / f"{name}.nq.gz").read_bytes())
        store.bulk_load(input=text, format=RdfFormat.N_QUADS, lenient=True)
    make(folder, least=20)
    return World(folder, store, opened(folder), queries.Facts(store))


def opened(folder: Path) -> Columns:
    columns = Columns.open(folder, least=0)
    assert columns is not None
    return columns


def as_if_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have texts, values and rows treated as if there were very many."""
    monkeypatch.setattr(following, "MOST", -1)
    monkeypatch.setattr(expressions, "FEW", 0)
    monkeypatch.setattr(expressions, "MANY", 0)
    monkeypatch.setattr(groups, "MOST_TUPLES", 0)
    monkeypatch.setattr(sizes, "MANY_KEYS", 0)
    monkeypatch.setattr(beginning, "MANY", 0)
    monkeypatch.setattr(beginning, "RARER", 1.001)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_columns_answer_as_the_engine_does(
    world: World, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if chunk % 3 == 1:
        as_if_many(monkeypatch)
    elif chunk % 3 == 2:  # some rows are followed, and DuckDB is asked about the others
        monkeypatch.setattr(following, "MOST", 10)
        monkeypatch.setattr(following, "MOST_MET", 100)
    found = [difference(world, query) for query in asked(world, f"{SEED}-{chunk}", COUNT // CHUNKS)]
    answered = sum(one for one, _ in found)
    LOG.info("%s of %s queries were answered by columns", answered, len(found))
    for query, (_, fault) in zip(
        asked(world, f"{SEED}-{chunk}", COUNT // CHUNKS), found, strict=True
    ):
        assert not fault, told(world, query, fault)
    assert answered >= 0.4 * len(found)


@pytest.mark.parametrize("many", [False, True])
def test_queries_at_the_edges_are_answered_alike(
    world: World, many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if many:
        as_if_many(monkeypatch)
    start = "".join(f"PREFIX {name}: <{value}>\n" for name, value in queries.PREFIXES.items())
    every = Path(__file__).with_name("columns_edges.txt").read_text("utf-8").split("---\n")
    found = [difference(world, Query(start + text)) for text in every]
    assert [fault for _, fault in found if fault] == []
    answered = sum(one for one, _ in found)
    LOG.info("%s of %s queries were answered by columns", answered, len(found))
    assert answered >= 0.6 * len(found)


def of_all_rows(self: Any, expression: object, names: object, rows: Iterable[object]) -> list[int]:
    return list(range(len(list(rows))))


def inner_joined(self: Any, left: Any, inner: Any) -> Any:
    return relations.joined(self.scope, [left, self.relation(inner)])


def always_there(bounds: Iterable[Any]) -> Any:
    return replace(REAL_MERGED(bounds), sure=True)


def all_but_the_last(scope: Any, parts: Any) -> Any:
    return patterns.union(scope, parts[:-1])


def each_once(self: Any, element: Any) -> Any:
    rows = tuple(dict.fromkeys(map(tuple, element.rows)))
    return REAL_VALUES(self, replace(element, rows=rows))


def own_places(self: Any, link: Any, wide: Any) -> list[Any]:
    return [column for column in REAL_PLACES(self, link, wide) if column is not None]


def never_failing(self: Any, expression: Any, names: Any, rows: Any) -> list[tuple[int, str]]:
    rows = list(rows)
    return [
        *{
            **dict.fromkeys(range(len(rows)), "0"),
            **dict(REAL_VALUED(self, expression, names, rows)),
        }.items()
    ]


def all_listed(self: Any, select: Any, found: Any) -> Any:
    return REAL_LISTED(self, replace(select, word="REDUCED" * (select.word == "REDUCED")), found)


def of_another(pattern: str, *more: float) -> Any:
    return REAL_BEGINNING(f"?another {pattern.split(' ', 1)[1]}", *more)


def the_other(self: Any, value: Any, found: Any) -> Any:
    chosen = REAL_CHOSEN(self, value, found)
    return chosen and (chosen[0].replace("IS NOT NULL THEN", "IS NULL THEN"), chosen[1])


def one_of_each(self: Any, predicate: int, subjects: Any) -> Any:
    places, objects = REAL_OBJECTS(self, predicate, subjects)
    places, first = np.unique(places, return_index=True)
    return places, objects[first]


def some_pairs(self: Any, *asked: Any) -> Any:
    things, objects = REAL_PAIRS(self, *asked)
    return things[1:], objects[1:]


def only_what_follows(scope: Any, left: Any, links: Any) -> Any:
    found = REAL_LEFT(scope, left, links)
    sure = found and [name for name, one in found.bound.items() if not one.sure]
    return None if found is None else (left if sure else found)


def twice(of: Any, size: int) -> list[int]:
    return [2 * count for count in REAL_COUNTS(of, size)]


def never_lacking(found: Any, names: Any) -> Any:
    rows = REAL_ROWS(found, names)
    return rows and [tuple(cell or 0 for cell in row) for row in rows]


def no_sums(scope: Any, asked: Any, *given: Any) -> Any:
    told = REAL_TALLY(scope, asked, *given)
    return told and [[0, 0] if asked.name == "SUM" else one for one in told]


TEXTS = "SELECT id FROM texts"
REAL_TALLY = tallying.tally
REAL_OBJECTS = cells.Cells.objects
REAL_PAIRS = cells.Cells.pairs
REAL_LEFT = following.left_followed
REAL_ROWS = relations.rows_of
REAL_COUNTS = tallying.counts
REAL_BEGINNING = beginning.Beginning
REAL_CHOSEN = expressions.Expressions.chosen
REAL_LISTED = selecting.Selecting.listed
REAL_PLACES = patterns.Patterns.places
REAL_VALUED = scope.Scope.valued
REAL_MERGED = relations.merged
REAL_VALUES = groups.Groups.values
# What of the product is replaced, by what, and what queries have which show it.
PLANTS: dict[str, tuple[Any, str, Any, str]] = {
    "MINUS takes nothing away": (groups.Groups, "without", lambda self, left, _: left, "MINUS"),
    "EXISTS is always true": (groups.Groups, "exists", lambda self, *some: "true", "EXISTS"),
    "OPTIONAL is not": (groups.Groups, "left_joined", inner_joined, "OPTIONAL"),
    "filters let everything through": (scope.Scope, "passing", of_all_rows, "FILTER"),
    "expressions have no values": (scope.Scope, "valued", lambda self, *some: [], "BIND|AS"),
    "a part of UNION is lost": (groups, "union", all_but_the_last, "UNION"),
    "rows of VALUES count once": (groups.Groups, "values", each_once, "VALUES"),
    "+ is one step": (patterns.Patterns, "closure", lambda self, step: step, "[+*]"),
    "sums are none": (aggregates, "total", lambda value: "0", "SUM|AVG"),
    "= is !=": (expressions, "SIGNS", {"=": "<>", "!=": "="}, "="),
    "a join of what may be missing": (relations, "merged", always_there, "OPTIONAL|UNION"),
    "what other dumps say is lost": (patterns.Patterns, "places", own_places, ""),
    "an error is a value": (scope.Scope, "valued", never_failing, "BIND|AS"),
    "DISTINCT is for nothing": (selecting.Selecting, "listed", all_listed, "DISTINCT"),
    "chains ask for nothing": (expressions.Expressions, "of_chain", lambda *_: "true", "BIND"),
    "keys of few rows are lost": (sizes.Size, "least", property(lambda _: 1_000), "HAVING"),
    "boxes are too small": (boxes, "MARGIN", -1.0, "STRBEFORE"),
    "IF takes the other": (expressions.Expressions, "chosen", the_other, "BOUND"),
    "another thing begins": (beginning, "Beginning", of_another, ""),
    "texts hold all": (expressions.Expressions, "looked_into", lambda *_: TEXTS, "CONTAINS|REGEX"),
}


# The same of what is looked up, row by row.
FOLLOWED: dict[str, tuple[Any, str, Any, str]] = {
    "a property has one object": (cells.Cells, "objects", one_of_each, ""),
    "the first of a property is lost": (cells.Cells, "pairs", some_pairs, ""),
    "OPTIONAL finds nothing": (groups, "left_followed", only_what_follows, "OPTIONAL"),
    "what is counted is counted twice": (tallying, "counts", twice, "COUNT"),
    "sums of what is known are none": (tallying, "tally", no_sums, "SUM"),
    "rows lack nothing": (selecting, "rows_of", never_lacking, "OPTIONAL"),
}


@pytest.mark.parametrize("plant", PLANTS | FOLLOWED)
def test_what_counts_otherwise_is_found(
    world: World, plant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name, replacement, pattern = (PLANTS | FOLLOWED)[plant]
    if plant in PLANTS:
        as_if_many(monkeypatch)
    columns = opened(world.folder)
    for number, query in enumerate(asked(world, "plants", ENOUGH)):
        if not re.search(pattern, query.text):
            continue
        with monkeypatch.context() as planted:
            planted.setattr(owner, name, replacement)
            fault = difference(replace(world, columns=columns), query)[1]
        if "--- instead" in fault and not difference(world, query)[1]:
            LOG.info("found by query %s: %s", number, plant)
            return
    pytest.fail(f"{ENOUGH} queries do not show it")
