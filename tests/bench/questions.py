"""How fast usual questions are answered, from cubes and, for comparison, from what they come from.

    python tests/bench/questions.py HOME ../shared/data [--rounds 5] [--only robbery]

HOME is built from all real files (tests/real.toml). Each question of questions.toml is asked of
the cubes over HTTP (a server is started for it) and in this process, of the records in SPARQL, of
the published files in DuckDB, and of the cubes' distributions in DuckDB. `first` is the first time
that anybody asks, the other times are medians after it. All ways have to agree on every figure.
Fails when they do not, or when the cubes take longer than they may over HTTP.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import re
import socket
import statistics
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import urlencode

import duckdb
from pyoxigraph import Literal, Store

from homegraph.endpoint.queries import PREFIXES, relative, statements
from homegraph.graph.release import Release, current
from homegraph.graph.terms import SH

QUESTIONS = Path(__file__).parent / "questions.toml"
CORES = 2
PATIENCE = 60.0  # seconds for a query over records
MEDIAN, WORST = 50.0, 300.0  # ms that the cubes may take over HTTP
NEAR = 0.0006  # rates are given to three places
CODES = re.compile(
    r".*?(?:/statistical-geography/|/def/concept/[^/]+/|/id/gregorian-interval/"
    r"|/id/(?:month|year|day|government-quarter|government-year)/)"
)
AREAS = """
SELECT ?lsoa ?district ?csp ?force_area ?region WHERE {
  ?l a geography:LowerLayerSuperOutputArea ; skos:notation ?lsoa ;
    geography:district ?d ; geography:policeForceArea/skos:notation ?force_area .
  ?d skos:notation ?district .
  OPTIONAL { ?l geography:communitySafetyPartnership ?c } BIND(STRAFTER(STR(?c), "hy/") AS ?csp)
  OPTIONAL { ?d geography:region ?r } OPTIONAL { ?d geography:country ?n }
  BIND(STRAFTER(STR(COALESCE(?r, ?n)), "geography/") AS ?region)
}"""
LABELS = """
SELECT ?scheme ?label ?code WHERE {
  ?concept skos:inScheme ?list ; skos:notation ?code ;
    skos:prefLabel|skos:altLabel|skos:hiddenLabel ?text .
  BIND(STRAFTER(STR(?list), "/def/concept/") AS ?scheme) BIND(LCASE(STR(?text)) AS ?label)
}"""
ETHNICITIES = """
SELECT ?code ?broader WHERE {
  ?concept skos:inScheme concept:ethnicity ; skos:notation ?code ;
    skos:broader/skos:notation ?broader
}"""
FORCES = """
SELECT ?force ?area WHERE {
  ?f skos:notation ?force ; crime:policeForceArea/skos:notation ?area
}"""
LOOKUPS = {
    "areas": AREAS,
    "labels": LABELS,
    "ethnicities": ETHNICITIES,
    "force_areas": FORCES,
}
QUIET = subprocess.DEVNULL
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Question:
    """A question and its ways, as questions.toml explains them."""

    title: str
    lists: list[str]
    cube: str
    table: str
    raw: str = ""
    files: str = ""
    withheld: bool = False


@dataclass(frozen=True)
class Times:
    """Milliseconds: the first time, and the median of the times after it."""

    first: float
    median: float


def measured(ask: Callable[[], Rows], rounds: int) -> tuple[Times, Rows]:
    """Ask once, and then `rounds` times more."""
    taken: list[float] = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        rows = ask()
        taken.append((time.perf_counter() - start) * 1000)
    return Times(taken[0], statistics.median(taken[1:])), rows


def prologue(base: str) -> str:
    """BASE and every prefix that stored queries may use."""
    declared: dict[Any, dict[Any, str]] = {}
    for said in statements(PREFIXES, base):
        if isinstance(said.object, Literal):
            declared.setdefault(said.subject, {})[said.predicate] = said.object.value
    lines = [f"BASE <{base}>"]
    for one in declared.values():
        iri = one[SH.namespace]
        lines.append(f"PREFIX {one[SH.prefix]}: <{base + iri if relative(iri) else iri}>")
    return "\n".join(lines)


def in_process(store: Store, query: str) -> Rows:
    """The answer of the store, opened in this process."""
    found: Any = store.query(query, use_default_graph_as_union=True)
    return [tuple(cell.value if cell is not None else None for cell in row) for row in found]


@contextmanager
def served(home: Path, *options: str) -> Iterator[int]:
    """The port of a server of a home, which is ended afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("homegraph")), "serve", "--home", str(home)]
    command += ["--port", str(port), "--workers", "1", *options]
    server = subprocess.Popen(command, stderr=QUIET)
    try:
        for _ in range(100):
            time.sleep(0.1)
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                continue
        yield port
    finally:
        server.terminate()
        server.wait(20)


def over_http(port: int, query: str) -> Rows:
    """The answer of the server, as SPARQL 1.1 Query Results JSON."""
    accept = {"Accept": "application/sparql-results+json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/sparql?" + urlencode({"query": query}), headers=accept)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {body.decode()}\n{query}")
    said = json.loads(body)
    names = said["head"]["vars"]
    return [
        tuple(row[name]["value"] if name in row else None for name in names)
        for row in said["results"]["bindings"]
    ]


def ask_and_tell(path: str, query: str, rounds: int, queue: Any) -> None:
    """Ask in a process of its own, which can be ended; tells after every time."""
    store = Store.read_only(path)
    queue.put([])
    for _ in range(rounds + 1):
        start = time.perf_counter()
        rows = in_process(store, query)
        queue.put(((time.perf_counter() - start) * 1000, rows))


def within_limit(path: Path, query: str, rounds: int) -> tuple[Times, Rows] | None:
    """The answer over records; None when it takes longer than `PATIENCE`."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=ask_and_tell, args=(str(path), query, rounds, queue))
    process.start()
    try:
        queue.get()  # the store is open
        told = [queue.get(timeout=PATIENCE) for _ in range(rounds + 1)]
    except Empty:
        return None
    finally:
        process.terminate()
        process.join()
    taken = [milliseconds for milliseconds, _ in told]
    return Times(taken[0], statistics.median(taken[1:])), told[-1][1]


class Duck:
    """DuckDB with the tables of codes, and the distributions of the cubes as views."""

    def __init__(self, release: Release, lookups: dict[str, Rows], data: Path) -> None:
        self.data = str(data)
        self.connection = duckdb.connect(config={"threads": CORES})
        for name, query in LOOKUPS.items():
            columns = re.findall(r"\?(\w+)", query.partition("WHERE")[0])
            spelt = ", ".join(f"{column} VARCHAR" for column in columns)
            self.connection.execute(f"CREATE TABLE {name} ({spelt})")
            marks = ", ".join("?" * len(columns))
            rows = [tuple(cell or None for cell in row) for row in lookups[name]]
            self.connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        self.folder = release.path / "distributions"

    def see(self, suffix: str) -> None:
        """Make the views of the cubes read one kind of distribution."""
        for path in sorted(self.folder.glob(f"*/*/*/*.{suffix}")):
            reader = f"read_{suffix}('{path}')"
            self.connection.execute(
                f'CREATE OR REPLACE VIEW "{path.stem}" AS SELECT * FROM {reader}'
            )

    def ask(self, query: str) -> Rows:
        """The answer to SQL."""
        return self.connection.execute(query.replace("$data", self.data)).fetchall()


def plain(rows: Rows, lists: Sequence[str], codes: dict[tuple[str, str], str]) -> dict[Any, float]:
    """Rows by their keys, all in codes; texts that mean the same are taken together."""
    found: dict[Any, float] = {}
    for *keys, number in rows:
        if number is None:
            continue
        named = []
        for key, scheme in zip(keys, lists, strict=True):
            text = CODES.sub("", str(key))
            named.append(codes.get((scheme, text.lower()), text))
        found[tuple(named)] = found.get(tuple(named), 0) + float(number)
    return found


def same(found: dict[Any, float], cube: dict[Any, float], withheld: bool) -> bool:
    """Whether an answer gives the figures of the cube, and no others unless it withholds some."""
    keys = found.keys() >= cube.keys() if withheld else found.keys() == cube.keys()
    return keys and all(abs(found[key] - cube[key]) < NEAR for key in cube)


@dataclass
class Bench:
    """What questions are asked of."""

    release: Release
    port: int
    duck: Duck
    codes: dict[tuple[str, str], str]
    store: Store
    prologue: str
    rounds: int

    def ask(self, question: Question) -> tuple[dict[str, Times | str], list[str], int]:
        """Times by way, the ways that disagree, and the number of rows."""
        times: dict[str, Times | str] = {}
        rows: dict[str, Rows] = {}
        text = f"{self.prologue}\n{question.cube}"
        times["http"], rows["http"] = measured(lambda: over_http(self.port, text), self.rounds)
        times["engine"], rows["engine"] = measured(
            lambda: in_process(self.store, text), self.rounds
        )
        if question.raw:
            raw = f"{self.prologue}\n{question.raw}"
            found = within_limit(self.release.path / "store", raw, min(self.rounds, 2))
            if found is None:
                times["raw"] = f"> {PATIENCE:.0f} s"
            else:
                times["raw"], rows["raw"] = found
        self.duck.see("csv")
        sql = question.files or question.table
        times["csv"], rows["csv"] = measured(lambda: self.duck.ask(sql), min(self.rounds, 3))
        self.duck.see("parquet")
        times["parquet"], rows["parquet"] = measured(
            lambda: self.duck.ask(question.table), self.rounds
        )
        answers = {way: plain(found, question.lists, self.codes) for way, found in rows.items()}
        cube = answers["http"]
        wrong = [way for way in answers if not same(answers[way], cube, question.withheld)]
        return times, wrong, len(cube)


def shown(times: Times | str | None) -> str:
    """A time for people."""
    if isinstance(times, Times):
        return f"{times.median:,.1f}"
    return times or "–"


def main() -> None:
    """Ask everything, print it, and fail when it is wrong or slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("home", type=Path)
    parser.add_argument("data", type=Path, help="folder of the published files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="words of the title")
    given = parser.parse_args()
    release = current(given.home)
    said = tomllib.loads(QUESTIONS.read_text())["question"]
    questions = [Question(**one) for one in said if given.only in one["title"]]
    store = Store.read_only(str(release.path / "store"))
    start = prologue(release.manifest["base"])
    lookups = {
        name: in_process(store, f"{start}\n{query.strip()}") for name, query in LOOKUPS.items()
    }
    codes = {(scheme, label): code for scheme, label, code in lookups["labels"]}
    faults = []
    taken = []
    print("Milliseconds; medians, but for `first`. † the CSV distribution: no CSV was published.")
    print("| question | rows | first | HTTP | engine | records | CSV, DuckDB | Parquet, DuckDB |")
    print("|---|---|---|---|---|---|---|---|")
    with served(given.home) as port:
        duck = Duck(release, lookups, given.data)
        bench = Bench(release, port, duck, codes, store, start, given.rounds)
        for number, question in enumerate(questions, start=1):
            times, wrong, rows = bench.ask(question)
            over = times["http"]
            assert isinstance(over, Times)
            taken.append(over)
            mark = "" if question.files else " †"
            print(
                f"| {number}. {question.title} | {rows} | {over.first:,.1f} | {shown(over)} "
                f"| {shown(times['engine'])} | {shown(times.get('raw'))} "
                f"| {shown(times['csv'])}{mark} | {shown(times['parquet'])} |",
                flush=True,
            )
            faults += [f"{question.title}: {way} gives other figures" for way in wrong]
            if not rows:
                faults.append(f"{question.title}: nothing was found")
    middle = statistics.median(one.median for one in taken)
    worst = max(one.median for one in taken)
    print(f"Over HTTP: median {middle:.1f} ms, worst {worst:.1f} ms; ", end="")
    first = [one.first for one in taken]
    print(f"asked first: median {statistics.median(first):.1f} ms, worst {max(first):.1f} ms")
    if middle > MEDIAN or worst > WORST:
        faults.append(f"too slow: a median of {MEDIAN} ms and a worst of {WORST} ms is allowed")
    sys.exit("\n".join(faults) or None)


if __name__ == "__main__":
    main()
