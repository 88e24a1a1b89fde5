"""The counting questions of tests/bench/columns.toml: SPARQL and SQL by hand say the same."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pyoxigraph import QuerySolutions, Store

from homegraph.endpoint.queries import examples
from homegraph.graph.release import Release, current

BENCH = Path(__file__).parent / "bench"
QUESTIONS = tomllib.loads((BENCH / "columns.toml").read_text("utf-8"))["question"]
ANYTHING = dict.fromkeys(
    ["FORCE", "MONTH", "LSOA", "CATEGORY", "STREET", "WEST", "SOUTH", "EAST", "NORTH", "X", "Y"],
    "1",
)
NAMES = [one["name"] for one in QUESTIONS]


@pytest.fixture(scope="module")
def bench() -> Iterator[ModuleType]:
    """The script, which is in no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCH)
        yield importlib.import_module("columns")


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> Release:
    """The release of the shipped examples."""
    return current(demo_home)


@pytest.fixture(scope="module")
def duck(
    bench: ModuleType, demo: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """DuckDB with the incidents of the demo."""
    duck = bench.tables(demo, tmp_path_factory.mktemp("parquet"))
    yield duck
    duck.connection.close()


def test_every_question_has_a_name_of_its_own(bench: ModuleType) -> None:
    read = bench.counting(ANYTHING)
    assert len({one.name for one in read}) == len(read) == len(NAMES)
    assert all("$" not in one.sparql + one.sql for one in read)
    assert {one.compare for one in read} == {"rows", "size", "last"}


@pytest.mark.parametrize("name", NAMES)
def test_sparql_and_sql_say_the_same_of_the_demo(
    name: str, bench: ModuleType, demo: Release, duck: Any
) -> None:
    (question,) = [one for one in bench.counting(duck.constants()) if one.name == name]
    answer = bench.oxigraph(str(demo.path))
    rows = bench.json_rows(answer(f"{bench.prologue(demo.base)}\n{question.sparql}"))
    assert rows, "nothing is asked about"
    if question.sql:
        told = {"oxigraph": bench.Told(rows=rows), "duckdb": bench.best(duck, question.sql, 0, 60)}
        assert told["duckdb"].rows is not None, told["duckdb"].problem
        assert list(bench.differences(question, told)) == []


def test_names_in_full_ask_the_same(bench: ModuleType, demo: Release) -> None:
    prefixes, store = dict(examples(demo.base)[0].prefixes), Store()
    for question in bench.stored(demo.base) + bench.counting(ANYTHING):
        short = f"{bench.prologue(demo.base)}\n{question.sparql}"
        full = bench.spelt_out(question.sparql, prefixes, demo.base)
        assert "BASE" not in full
        assert variables(store, short) == variables(store, full)


def variables(store: Store, text: str) -> list[str]:
    found = store.query(text)
    assert isinstance(found, QuerySolutions)
    return [one.value for one in found.variables]
