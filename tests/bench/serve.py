"""How fast the endpoint answers, beside Oxigraph's own server and rdflib-endpoint.

    python tests/bench/serve.py --home HOME [--seconds 3] [--rounds 3] [--only rows] [--json]

HOME is built from all real files (tests/real.toml). The three serve the same store on this
machine, each as its users run it: `homegraph serve` with all its limits, `oxigraph
serve-read-only`, and rdflib-endpoint over the same store through oxrdflib in two processes of
uvicorn. The questions are in serve.toml. First all have to give the same rows. Then `wrk` asks,
in turns, as fast as it is answered (closed loop); medians of the rounds count. Then questions are
asked at a constant rate, whether answered or not (open loop), a quarter of what the native server
can answer and at most half of what homegraph can: their p95 is from when a question was due. Fails
when an aim of serve.toml is missed, when rows differ, or when a server refuses anything. The
machine has to be quiet: beside other work the native server, with more threads, gets more of it.

Needs wrk (`apt install wrk`) and `pip install oxigraph rdflib-endpoint oxrdflib uvicorn`; without
the last three there is no column for rdflib-endpoint.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import re
import statistics
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from answers import agree
from load import Load
from servers import (
    JSON,
    NATIVE,
    OURS,
    PATIENCE,
    PROCESSES,
    RDFLIB,
    Server,
    asked,
    insist_on_programs,
    served,
)  # fmt: skip

from homegraph.graph.release import Release, current

QUESTIONS = Path(__file__).parent / "serve.toml"
SHARE = 0.25  # of the native server's requests/s, when asked at a constant rate
HALF = 0.5  # of ours, at most: no queue is to grow
FASTEST = 250.0  # requests/s that the constant client can keep up with without being in the way
AT_LEAST = 10_000  # different requests that are ready, as a first round may be slow
LEAST = 8  # requests of a round at a constant rate
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Question:
    """A question, as serve.toml explains it."""

    name: str
    title: str
    query: str
    things: str = ""
    accept: str = JSON
    page: str = ""
    connections: int = 8
    times: int = 1
    of_native: float = 0
    of_rdflib: float = 0
    p95: float = 0

    @property
    def differs(self) -> bool:
        """Whether no two requests are the same."""
        return bool(self.things) or "$n" in self.query

    def accepts(self, server: str) -> str:
        """The type that a server is asked for."""
        return self.page if self.page and server == OURS else self.accept


@dataclass
class Figures:
    """What was measured of one question and one server."""

    rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p95s: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)  # ms, at a constant rate
    rate: float = 0  # of that
    remark: str = ""

    @property
    def speed(self) -> float:
        """Requests/s."""
        return statistics.median(self.rates) if self.rates else 0

    def times(self) -> tuple[float, float]:
        """p50 and p95 in ms, as wrk found them."""
        return statistics.median(self.p50s), statistics.median(self.p95s)

    def constant(self, share: float) -> float:
        """The time in ms within which a share was answered at a constant rate."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def everything(native: Server, target: str) -> bytes:
    """The answer to a query without its LIMIT."""
    return asked(native, re.sub(r"LIMIT%20\d+", "", target), JSON, PATIENCE)[1]


def insist_on_same(
    question: Question, servers: dict[str, Server], things: dict[str, Rows]
) -> dict[str, float | str]:
    """How long each took, or why it did not answer; exits when ours does not say the same."""
    random.seed(question.name)
    said: dict[str, float | str] = {}
    bodies: dict[str, bytes] = {}
    for name, server in servers.items():
        random.seed(question.name)
        target = next(targets(question, server, things))
        if name == NATIVE:
            whole = partial(everything, server, target)
        start = time.perf_counter()
        try:
            status, bodies[name] = asked(server, target, question.accepts(name), PATIENCE)
        except OSError:
            said[name] = f"not finished in {PATIENCE:.0f} s"
            continue
        said[name] = time.perf_counter() - start
        if status != 200:
            said[name] = f"status {status}"
        elif not agree(question.page if name == OURS else "", bodies[name], bodies[NATIVE], whole):
            said[name] = "other rows"
        if name != RDFLIB and isinstance(said[name], str):
            raise SystemExit(f"{name}, {question.title}: {said[name]}")
    random.seed()
    return said


def targets(question: Question, server: Server, things: dict[str, Rows]) -> Iterator[str]:
    """What a server is asked: path and query, something else each time if the question says so."""
    paged = bool(question.page) and server.name == OURS
    names, *rows = things[question.things] if question.things else [()]
    # A cache may outlive the server: numbers go on from run to run.
    numbers = itertools.count(time.time_ns() // 1000)
    spelt = "|".join(["n", *names])
    parts = re.split(rf"\$({spelt})\b", question.query.strip())
    start = f"{server.path}?query={quote(parts[0], safe='')}"
    rest = [
        (name, quote(text, safe="")) for name, text in zip(parts[1::2], parts[2::2], strict=True)
    ]
    for row in itertools.cycle(random.sample(rows, len(rows)) or [()]):
        said = dict(zip(names, row, strict=True))
        if paged:
            yield urlsplit(said["thing"]).path.replace("/id/", "/doc/", 1)
            continue
        said = {name: quote(value, safe="") for name, value in said.items()}
        said["n"] = str(next(numbers))
        yield start + "".join(said[name] + text for name, text in rest)


@dataclass
class Bench:
    """The servers, and what they are asked."""

    servers: dict[str, Server]
    things: dict[str, Rows]
    seconds: int
    rounds: int

    def measure(self, question: Question, first: dict[str, float | str]) -> dict[str, Figures]:
        """Ask all servers in turns, and then those two at a constant rate that are compared."""
        found = {name: Figures() for name in first}
        seconds = self.seconds * question.times
        loads = {
            name: Load(
                server,
                targets(question, server, self.things),
                question.accepts(name),
                question.connections,
                question.differs,
            )
            for name, server in self.servers.items()
        }
        for name, taken in first.items():
            if isinstance(taken, str):
                found[name].remark = taken
            elif name == RDFLIB and taken * question.connections > seconds:
                # Too few would be done in a round; two processes do two at once.
                found[name] = Figures(
                    [PROCESSES / taken], [taken * 1000], [taken * 1000], remark="asked once"
                )
        pressed = [load for name, load in loads.items() if not found[name].remark]
        for load in pressed:
            self.press(load, 1, seconds, Figures())  # to warm up
        for _ in range(self.rounds):
            for load in pressed:
                self.press(load, seconds, seconds, found[load.server.name])
        self.pace(loads, found, seconds)
        return found

    def press(self, load: Load, seconds: int, longest: int, found: Figures) -> None:
        """One round with wrk."""
        said = load.press(seconds)
        speed = said["requests"] / said["seconds"]
        load.most = max(AT_LEAST, int(3 * speed * longest))
        found.rates.append(speed)
        found.p50s.append(said["p50"])
        found.p95s.append(said["p95"])
        if said["refused"]:
            found.remark = f"{said['refused']:.0f} refused"

    def pace(self, loads: dict[str, Load], found: dict[str, Figures], seconds: int) -> None:
        """Ask at a constant rate, in turns."""
        rate = min(FASTEST, SHARE * found[NATIVE].speed, HALF * found[OURS].speed)
        count = max(LEAST, int(rate * seconds))
        for _ in range(self.rounds):
            for name in (NATIVE, OURS):
                found[name].rate = rate
                try:
                    found[name].waits += asyncio.run(loads[name].pace(rate, count))
                except (OSError, asyncio.IncompleteReadError) as error:
                    found[name].remark = f"{error}"[:100]
                loads[name].server.settle()


@dataclass(frozen=True)
class Verdict:
    """An aim, and whether it was reached."""

    question: str
    aim: str
    found: float
    wanted: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether it was."""
        return self.found <= self.wanted if self.at_most else self.found >= self.wanted

    def __str__(self) -> str:
        word = "at most" if self.at_most else "at least"
        mark = "pass" if self.reached else "FAIL"
        return f"{mark} {self.question}: {self.found:.2f} {self.aim}, {word} {self.wanted:g}"


def ratio(one: float, other: float) -> float:
    """How many times the other; 0 when there is no other."""
    return one / other if other else 0.0


def verdicts(question: Question, found: dict[str, Figures]) -> list[Verdict]:
    """The aims of a question, and what was found."""
    ours, native = found[OURS], found[NATIVE]
    theirs = found.get(RDFLIB, Figures())
    said = []
    if question.of_native:
        share = ratio(ours.speed, native.speed)
        said.append(
            Verdict(question.title, "of the native server's requests/s", share, question.of_native)
        )
    if question.of_rdflib and theirs.speed:
        share = ratio(ours.speed, theirs.speed)
        said.append(
            Verdict(question.title, "of rdflib-endpoint's requests/s", share, question.of_rdflib)
        )
    if question.p95:
        late = ratio(ours.constant(0.95), native.constant(0.95)) if ours.waits else 1e9
        said.append(
            Verdict(question.title, "of the native server's p95", late, question.p95, at_most=True)
        )
    return said


def cell(figures: Figures | None) -> str:
    """Requests/s, p50 and p95 for people."""
    if figures is None or not figures.rates:
        return f"{figures.remark if figures else ''} | | "
    middle, late = figures.times()
    remark = f" ({figures.remark})" if figures.remark else ""
    speed = f"{figures.speed:,.0f}" if figures.speed >= 100 else f"{figures.speed:.2f}"
    return f"{speed}{remark} | {middle:,.2f} | {late:,.2f}"


def shown(question: Question, found: dict[str, Figures]) -> str:
    """The line of a question."""
    ours, native, theirs = found[OURS], found[NATIVE], found.get(RDFLIB)
    times = ratio(ours.speed, theirs.speed) if theirs else 0
    aims = f"{question.of_native or '–'} | {f'{times:,.1f}' if times else '–'}"
    paced = " | | | "
    if ours.waits and native.waits:
        one, other = ours.constant(0.95), native.constant(0.95)
        paced = (
            f"{ours.rate:,.1f} | {native.constant(0.5):,.1f} / {other:,.1f} "
            f"| {ours.constant(0.5):,.1f} / {one:,.1f} | {ratio(one, other):.2f}"
        )
    return (
        f"| {question.title} | {cell(native)} | {cell(ours)} | {cell(theirs)} "
        f"| {ratio(ours.speed, native.speed):.2f} | {aims} | {question.of_rdflib or '–'} "
        f"| {paced} | {question.p95 or '–'} |"
    )


HEADS = (
    "question", "oxigraph req/s", "p50", "p95", "homegraph req/s", "p50", "p95",
    "rdflib-endpoint req/s", "p50", "p95", "of oxigraph", "aim", "of rdflib-endpoint", "aim",
    "constant req/s", "oxigraph p50 / p95", "homegraph p50 / p95", "of p95", "aim",
)  # fmt: skip


def lists(release: Release, wanted: set[str], said: dict[str, str]) -> dict[str, Rows]:
    """The lists that questions need, their columns' names first."""
    store = release.store()
    found: dict[str, Rows] = {}
    for name in wanted:
        rows: Any = store.query(said[name], use_default_graph_as_union=True)
        names = tuple(variable.value for variable in rows.variables)
        found[name] = [names, *(tuple(one.value for one in row) for row in rows)]
    return found


def run(given: argparse.Namespace) -> dict[str, dict[str, Figures]]:
    """Start the servers, and ask them everything."""
    names = insist_on_programs()
    release = current(given.home)
    said = tomllib.loads(QUESTIONS.read_text())
    questions = [Question(**one) for one in said["question"]]
    if given.only:
        questions = [one for one in questions if one.name in given.only]
    things = lists(release, {one.things for one in questions} - {""}, said["things"])
    tell = print if not given.json else lambda *_, **__: None
    tell(
        f"{release.manifest['triples']:,} triples, {os.cpu_count()} cores; ms; wrk with "
        f"{given.rounds} rounds of {given.seconds} s or more, medians; then a constant rate."
    )
    tell("| " + " | ".join(HEADS) + " |\n|" + "---|" * len(HEADS))
    found: dict[str, dict[str, Figures]] = {}
    for question in questions:
        # Servers of its own for each question: no cache, and nothing that still runs.
        with ExitStack() as stack, ExitStack() as theirs:
            servers = {
                name: (theirs if name == RDFLIB else stack).enter_context(
                    served(name, given.home, release)
                )
                for name in names
            }
            first = insist_on_same(question, servers, things)
            if isinstance(first.get(RDFLIB), str):
                theirs.close()
                del servers[RDFLIB]
            bench = Bench(servers, things, given.seconds, given.rounds)
            found[question.name] = bench.measure(question, first)
            tell(shown(question, found[question.name]), flush=True)
    return found


def main() -> None:
    """Ask everything, print it, and fail when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=3, help="of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", help="name of a question; may be given again")
    parser.add_argument("--json", action="store_true", help="all figures instead of the table")
    given = parser.parse_args()
    found = run(given)
    questions = [Question(**one) for one in tomllib.loads(QUESTIONS.read_text())["question"]]
    said = [
        verdict
        for question in questions
        if question.name in found
        for verdict in verdicts(question, found[question.name])
    ]
    refused = [
        f"FAIL {name}, {server}: {figures.remark}"
        for name, servers in found.items()
        for server, figures in servers.items()
        if server != RDFLIB and figures.remark
    ]
    if given.json:
        aims = [{**asdict(one), "reached": one.reached} for one in said]
        print(json.dumps({"questions": found, "aims": aims}, default=asdict, indent=1))
    else:
        print("\n".join([str(one) for one in said] + refused))
    sys.exit(1 if refused or not all(one.reached for one in said) else None)


if __name__ == "__main__":
    main()
