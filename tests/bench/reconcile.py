"""How fast the reconciliation service answers over HTTP, beside csv-reconcile on the same names.

    python tests/bench/reconcile.py --home HOME [--batches 200] [--json]

HOME has a release of real files (tests/real.toml), with its names and their index. `homegraph
serve` is asked batches of ten names from the labelled pairs, as OpenRefine sends them, one after
the other: among all kinds, of the kind that each is of, small areas only, and texts that are as
long as no name is. The first requests are told apart, as each worker opens the index. Where the
variable CSV_RECONCILE names a Python that csv-reconcile is installed for (tests/bench/rivals.py
says how), it serves the names of one kind after the other, and is asked the batches of that kind;
the ratio is of medians. Fails when p95 of all kinds, or of the own kind, is over the aim, for which
the machine has to be quiet; what processor time the server took is told as well.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil
import requests
from rivals import HOW, PYTHON, quoted
from servers import Server

from homegraph.graph.matching import kept, labelled
from homegraph.graph.matching import names as table
from homegraph.graph.release import current

AIM = 50.0  # milliseconds, p95 of a batch of ten
TEN, LONG, MOST = 10, 12, 490
START = 60  # seconds
BESIDE = ("police-force", "district", "offence", "lsoa")  # kinds that csv-reconcile is asked
# Runs in the environment of csv-reconcile: a folder, its table, and the port to serve it at.
SERVING = """
import sys
import csv_reconcile
from csv_reconcile import initdb
from werkzeug.serving import WSGIRequestHandler
folder, port = sys.argv[1], int(sys.argv[2])
app = csv_reconcile.create_app("", instance_path=folder, scorerOption="")
with app.app_context():
    initdb.init_db_with_context(folder + "/names.csv", "id", "name")
app = csv_reconcile.create_app(instance_path=folder)
WSGIRequestHandler.protocol_version = "HTTP/1.1"
app.run(port=port, debug=False)
"""
Query = dict[str, object]
SESSION = requests.Session()


@dataclass(frozen=True)
class Timed:
    """How long the batches of a kind took, in milliseconds."""

    name: str
    median: float
    p95: float
    worst: float
    processor: float  # of the server, for one batch

    @classmethod
    def of(cls, name: str, taken: list[float], processor: float) -> Timed:
        """From what each batch took, and the seconds that all of them did."""
        p95 = statistics.quantiles(taken, n=20)[18]
        return cls(name, statistics.median(taken), p95, max(taken), 1000 * processor / len(taken))

    def __str__(self) -> str:
        figures = (self.median, self.p95, self.worst, self.processor)
        return f"{self.name:34}" + "".join(f"{one:10.1f}" for one in figures)


def main() -> int:
    """Measure; 1 when the aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    release = current(asked.home)
    pairs = [pair for name in labelled.lists() for pair in labelled.pairs(name)]
    rng = random.Random(5)
    own = [{"query": pair.text, "type": pair.kinds.split()[0]} for pair in pairs]
    texts = [pair.text for pair in pairs]
    made: Mapping[str, Callable[[], Query]] = {
        "all kinds": lambda: {"query": rng.choice(texts)},
        "own kind": lambda: rng.choice(own),
        "small areas": lambda: {"query": rng.choice(texts), "type": "lsoa"},
        "long texts, all kinds": lambda: {
            "query": " ".join(rng.choice(texts) for _ in range(LONG))[:MOST]
        },
    }
    found: list[Timed] = []
    lines = [f"release {release.name}, index {'there' if kept.read(release.path) else 'NOT THERE'}"]
    with ours(asked.home) as server:
        first = [taken(server, {"q0": made["all kinds"]()}) for _ in range(20)]
        lines.append(f"first requests, ms: {' '.join(f'{one:.0f}' for one in first)}")
        lines.append(f"{'batch of ten, ms':34}{'median':>10}{'p95':>10}{'worst':>10}{'CPU':>10}")
        for name, make in made.items():
            found.append(measured(server, name, make, asked.batches))
        by_kind = {
            kind: measured(server, f"{kind}", partial(asked_of, own, kind, rng), asked.batches // 4)
            for kind in BESIDE
        }
        memory = sum(one.memory_full_info().pss for one in server.tree()) / 1e6
    lines += [str(one) for one in found]
    lines.append(f"memory of all processes of the server (PSS): {memory:.0f} MB")
    python = os.environ.get(PYTHON)
    lines += [""] if python else ["", HOW]
    beside: list[Timed] = []
    for kind in BESIDE if python else ():
        with theirs(str(python), release.path, kind) as server:
            batches = max(3, asked.batches // 40)
            rival = measured(
                server,
                f"csv-reconcile, {kind}",
                partial(asked_of, own, kind, rng),
                batches,
            )
        beside.append(rival)
        ratio = rival.median / by_kind[kind].median
        lines += [str(by_kind[kind]), f"{rival}  {ratio:.0f} times as long"]
    failed = [one for one in found[:2] if one.p95 > AIM]
    lines += [f"FAILED: p95 of {one.name} is over {AIM:g} ms" for one in failed]
    if asked.json:
        every = [*found, *by_kind.values(), *beside]
        lines = [json.dumps([asdict(one) for one in every], indent=1)]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(failed))


def asked_of(own: list[Query], kind: str, rng: random.Random) -> Query:
    """A query of a kind."""
    return rng.choice([one for one in own if one["type"] == kind])


def measured(server: Server, name: str, make: Callable[[], Query], batches: int) -> Timed:
    """Ask batches of ten, one after the other."""
    before = server.busy()
    batch = [{f"q{place}": make() for place in range(TEN)} for _ in range(max(3, batches))]
    each = [taken(server, one) for one in batch]
    # A worker that was replaced meanwhile takes what it had used along.
    return Timed.of(name, each, max(0.0, server.busy() - before))


def taken(server: Server, batch: Mapping[str, Query]) -> float:
    """The milliseconds that a batch takes."""
    sent = {"queries": json.dumps(batch)}
    begun = time.perf_counter()
    got = SESSION.post(f"http://127.0.0.1:{server.port}/reconcile", data=sent, timeout=60)
    spent = 1000 * (time.perf_counter() - begun)
    got.raise_for_status()
    assert got.json().keys() == batch.keys()
    return spent


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def ours(home: Path) -> Iterator[Server]:
    """`homegraph serve`, as it stands."""
    port = free_port()
    command = [sys.executable, "-m", "homegraph.endpoint.cli", "serve", "--home", str(home)]
    with running([*command, "--port", str(port), "--log", "none"], port, "homegraph") as server:
        yield server


@contextmanager
def theirs(python: str, release: Path, kind: str) -> Iterator[Server]:
    """csv-reconcile with all names of a kind, each an entry, served as its own command does."""
    port = free_port()
    known = dict.fromkeys(one.text for one in table.read(release) if one.kind == kind)
    rows = [f"{place},{quoted(text)}" for place, text in enumerate(known) if text.strip()]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "names.csv").write_text("\n".join(["id,name", *rows]) + "\n", "utf-8")
        with running([python, "-c", SERVING, folder, str(port)], port, "csv-reconcile") as server:
            yield server


@contextmanager
def running(command: list[str], port: int, name: str) -> Iterator[Server]:
    """A server process, once it answers; ended afterwards."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START
        while True:
            try:
                requests.get(f"http://127.0.0.1:{port}/reconcile", timeout=START)
                break
            except requests.ConnectionError:
                if process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.1)
        yield Server(name, port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    sys.exit(main())
