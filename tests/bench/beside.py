"""What columns cost those who count nothing: look-ups, DESCRIBE and pages, and memory.

    python tests/bench/beside.py HOME [--parquet FOLDER] [--things 150]

Two servers of the home, one of which leaves columns out, are asked the same in turn, each thing
once, so that no answer is one that was kept; medians and their ratios are printed. Then the one
with columns is asked all questions of columns.toml, and it is told how much memory each of its
processes has to itself. Fails when that is over 300 MB, or when anything is a fifth slower beside
columns.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import psutil
from columns import counting, tables
from pyoxigraph import NamedNode
from questions import prologue, served

from homegraph.endpoint.world import World
from homegraph.graph.release import Release, current

MOST = 300e6  # bytes that a process has to itself
SLOWER = 1.2
KINDS = ("crime#Incident", "geography#LowerLayerSuperOutputArea")
PATIENCE = 60


def paths(release: Release, count: int) -> dict[str, list[str]]:
    """What is asked, by what it is called: things that lie apart in the store."""
    found: dict[str, list[str]] = {}
    store: Any = World.of_release(release).store
    asked = f"SELECT ?s {{ ?s a <https://w3id.org/homegraph/def/%s> }} LIMIT {count * 50}"
    for kind in KINDS:
        rows = [row[0] for row in store.query(asked % kind, use_default_graph_as_union=True)]
        nodes = [node.value for node in rows if isinstance(node, NamedNode)][:: len(rows) // count]
        name = kind.partition("#")[2]
        own = [
            urlsplit(n).path.replace("/id/", "/doc/", 1)
            for n in nodes
            if n.startswith(release.base)
        ]
        for suffix in ("html", "ttl") if own else ():
            found[f"{name} as {suffix}"] = [f"{path}.{suffix}" for path in own]
        found[f"DESCRIBE {name}"] = [f"/sparql?query={quote(f'DESCRIBE <{n}>')}" for n in nodes]
        looked = "SELECT ?p ?o {{ <{}> ?p ?o }}"
        found[f"look-up of {name}"] = [
            f"/sparql?{urlencode({'query': looked.format(n), 'format': 'json'})}" for n in nodes
        ]
    # Their first time is that of whichever process meets them first.
    found["pages"] = 9 * ["/", "/catalog", "/sparql", "/datasets/incidents-by-force", "/places"]
    return found


def timed(port: int, path: str) -> float:
    """Milliseconds until the whole answer is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    start = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    taken = 1000 * (time.perf_counter() - start)
    connection.close()
    if answer.status >= 400:
        raise SystemExit(f"{answer.status} {path}")
    return taken


def compare(beside: int, alone: int, asked: dict[str, list[str]]) -> list[str]:
    """Ask both in turn and print medians; what is much slower beside columns."""
    slower = []
    print("| asked | with columns, ms | without | ratio |\n| --- | --- | --- | --- |")
    for name, every in asked.items():
        taken: dict[int, list[float]] = {beside: [], alone: []}
        for place, path in enumerate(every):
            for port in (beside, alone) if place % 2 else (alone, beside):
                taken[port].append(timed(port, path))
        one, other = median(taken[beside]), median(taken[alone])
        print(f"| {name} | {one:.1f} | {other:.1f} | {one / other:.2f} |")
        if one > SLOWER * other + 0.5:
            slower.append(name)
    return slower


def memory(port: int) -> float:
    """The most bytes that one process of a server has to itself, all printed."""
    found = []
    servers = [p for p in psutil.Process().children() if str(port) in p.cmdline()]
    for process in [one for server in servers for one in (server, *server.children(True))]:
        name = " ".join(process.cmdline())[-60:]
        found.append(process.memory_full_info().uss)
        print(f"{found[-1] / 1e6:8.0f} MB {name}")
    return max(found)


def main() -> int:
    """Compare, count, and print the memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("home", type=Path)
    parser.add_argument("--things", type=int, default=150)
    parser.add_argument("--parquet", type=Path, required=True, help="as columns.py has it")
    given = parser.parse_args()
    release = current(given.home)
    kept = ("--cache-memory", "0")
    with served(given.home, *kept) as beside, served(given.home, "--no-columns", *kept) as alone:
        slower = compare(beside, alone, paths(release, given.things))
        print("Without columns, before anything was counted:")
        memory(alone)
        start = prologue(release.base)
        for one in counting(tables(release, given.parquet).constants()):
            query = urlencode({"query": f"{start}\n{one.sparql}", "format": "json"})
            try:
                timed(beside, f"/sparql?{query}")
            except SystemExit as problem:
                print(one.name, str(problem)[:40])
        print("With columns, after all questions:")
        most = memory(beside)
    for name in slower:
        print(f"{name}: slower beside columns")
    return 1 if slower or most > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
