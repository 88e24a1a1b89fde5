"""How fast pages and documents are made, in process, and how often each asks the store.

    python tests/bench/pages.py HOME [--rounds 5] [--only LSOA] [--every] [--native] [--cpu]

Every kind of address is asked in a process of its own: `cold` is the first answer after the
application was made, `warm` the median of the next ones. With --every all datasets are asked.
`asked` counts calls of the store for the first answer: queries, and look-ups of a pattern. With
--native the same things are DESCRIBEd by Oxigraph's own server beside it; `ratio` is our warm time,
without HTTP, over its median over HTTP. With --cpu ours is processor time, which a busy machine
does not change. With --insist it fails when an address is slower than it may be.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyoxigraph import NamedNode, Store

from homegraph.endpoint.app import create_app
from homegraph.endpoint.world import World
from homegraph.graph.iri import VOCABULARY
from homegraph.graph.release import Release, current
from homegraph.graph.terms import ASSET, CRIME, DCAT, PLACE, QB, RDF, SKOS, SOURCE

PAGE = "text/html"
DATA = "text/turtle"
COLD, WARM, WHOLE = 100.0, 50.0, 300.0  # ms that a page may take, and a document of all datasets
WHOLES = {"datasets", "catalogue", "void"}
QUIET = subprocess.DEVNULL
LISTS = ("police-force", "crime-category", "offence-code")
DATASETS = (
    "street-crime",
    "geography",
    "dataset-catalogue",
    "incidents-by-lsoa",
    "incidents-by-force",
    "incident-rates-by-lsoa",
    "crime-outcomes-by-quarter",
    "offences-by-quarter",
    "police-workforce",
    "population",
    "completeness",
    "officers-per-thousand",
)


@dataclass(frozen=True)
class Kind:
    """A kind of address: an example of it, and the thing that it describes, if one."""

    title: str
    path: str
    thing: str = ""


@dataclass(frozen=True)
class Taken:
    """What one address took, in ms, bytes and calls of the store."""

    status: int
    cold: float
    warm: float
    queries: int
    lookups: int
    size: int


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.queries = self.lookups = 0

    def query(self, *args: Any, **options: Any) -> Any:
        """Count and hand on."""
        self.queries += 1
        return self._store.query(*args, **options)

    def quads_for_pattern(self, *args: Any) -> Iterator[Any]:
        """Count and hand on."""
        self.lookups += 1
        return self._store.quads_for_pattern(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def __len__(self) -> int:
        return len(self._store)


def kinds(home: Path, every: bool) -> list[Kind]:
    """One address of each kind that the release has; every dataset if so asked."""
    world = World.of_release(current(home))
    chosen = [world.names.data(name) for name in DATASETS]
    datasets = world.datasets if every else [one for one in chosen if one in world.datasets]
    tables = [name for name in DATASETS if world.has_distribution(name)]
    return [
        Kind("home", "/"),
        Kind("catalogue", "/catalog", world.catalogue.value),
        Kind("datasets", "/datasets"),
        Kind("void", "/void"),
        Kind("service description", "/sparql"),
        *(Kind(name, f"/{name}") for name in ("examples", "places", "owners", "report", "dumps/")),
        Kind("rules", "/def/shape/"),
        Kind("all words", "/def/"),
        Kind("words", "/def/statistics", f"{VOCABULARY}statistics"),
        *(addressed(world, f"{VOCABULARY}concept/{name}") for name in LISTS),
        Kind("described qb:Observation", describe(QB.Observation.value), QB.Observation.value),
        Kind("described qb:dataSet", describe(QB.dataSet.value), QB.dataSet.value),
        *(Kind(f"download {name}", f"/datasets/{name}") for name in tables),
        *(addressed(world, dataset.value) for dataset in datasets),
        *(addressed(world, one, what) for what, one in examples(world)),
    ]


def examples(world: World) -> Iterator[tuple[str, str]]:
    """A thing of each class that has an address here, or is worth describing all the same."""
    wanted: list[tuple[str, NamedNode]] = [
        ("incident", CRIME.Incident),
        ("stop", CRIME.StopAndSearch),
        ("outcome", CRIME.OutcomeRecord),
        ("LSOA", PLACE.LowerLayerSuperOutputArea),
        ("district", PLACE.District),
        ("region", PLACE.Region),
        ("force", CRIME.PoliceForce),
        ("slice", QB.Slice),
        ("observation", QB.Observation),
        ("file", SOURCE.File),
        ("distribution", DCAT.Distribution),
    ]
    for what, kind in wanted:
        found = next(world.store.quads_for_pattern(None, RDF.type, kind), None)
        if found is not None and isinstance(found.subject, NamedNode):
            yield what, found.subject.value
    incident = next(world.store.quads_for_pattern(None, CRIME.mapPoint, None), None)
    if incident is not None and isinstance(incident.object, NamedNode):
        yield "map point", incident.object.value
    asset = next(world.store.quads_for_pattern(None, ASSET.owner, None), None)
    if asset is not None and isinstance(asset.object, NamedNode):
        yield "owner", asset.object.value.replace("/id/post/", "/owners/")
    scheme = NamedNode(f"{VOCABULARY}concept/crime-category")
    some = next(world.store.quads_for_pattern(None, SKOS.inScheme, scheme), None)
    if some is not None and isinstance(some.subject, NamedNode):
        yield "category", some.subject.value


def addressed(world: World, iri: str, what: str = "") -> Kind:
    """The address that describes a thing."""
    stem = f"{world.base}id/"
    if iri.startswith(stem):
        path = "/doc/" + iri[len(stem) :]
    elif iri.startswith(world.base):
        path = "/" + iri[len(world.base) :]
    elif iri.startswith(VOCABULARY):
        path = "/def/" + iri[len(VOCABULARY) :]
    else:
        path = describe(iri)
    return Kind(what or path.lstrip("/"), path.partition("#")[0], iri)


def describe(iri: str) -> str:
    """The address of our page on any name."""
    return "/describe?uri=" + quote(iri, safe="")


def taken(home: Path, path: str, accept: str, rounds: int, cpu: bool) -> Taken:
    """Ask one address: once, and a few times more. Runs in a process of its own."""
    whole = World.of_release(current(home))
    counting: Any = Counting(whole.store)
    client = create_app(replace(whole, store=counting)).test_client()
    clock = time.process_time if cpu else time.perf_counter
    times: list[float] = []
    asked = (0, 0)
    counting.queries = counting.lookups = 0
    for _ in range(rounds + 1):
        start = clock()
        response = client.get(path, headers={"Accept": accept})
        body = response.get_data()
        times.append((clock() - start) * 1000)
        asked = asked if len(times) > 1 else (counting.queries, counting.lookups)
    return Taken(response.status_code, times[0], statistics.median(times[1:]), *asked, len(body))


@contextmanager
def native(release: Release) -> Iterator[http.client.HTTPConnection]:
    """Oxigraph's own server on the same store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["oxigraph", "serve-read-only", "--location", str(release.path / "store")]
    server = subprocess.Popen(
        [*command, "--union-default-graph", "--bind", f"127.0.0.1:{port}"],
        stdout=QUIET,
        stderr=QUIET,
    )
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    finally:
        server.terminate()
        server.wait()


def described(server: http.client.HTTPConnection, iri: str, rounds: int) -> float:
    """The median of a DESCRIBE by the native server."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        query = quote(f"DESCRIBE <{iri}>", safe="")
        server.request("GET", f"/query?query={query}", headers={"Accept": DATA})
        server.getresponse().read()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[1:])


def allowed(kind: Kind) -> tuple[float, float]:
    """What an address may take, cold and warm."""
    return (WHOLE, WHOLE) if kind.title in WHOLES else (COLD, WARM)


def main() -> int:
    """Measure, print, and say whether all is quick enough if that is insisted on."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--every", action="store_true")
    parser.add_argument("--cpu", action="store_true", help="count processor time")
    parser.add_argument("--native", action="store_true")
    parser.add_argument("--insist", action="store_true")
    asked = parser.parse_args()
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as fresh:
        found = fresh.submit(kinds, asked.home, asked.every).result()
        every = [one for one in found if asked.only in one.title]
        natives: dict[str, float] = {}
        if asked.native:
            with native(current(asked.home)) as server:
                things = sorted({one.thing for one in every if one.thing})
                natives = {one: described(server, one, asked.rounds) for one in things}
        print(f"{'':>10} {'cold':>8} {'warm':>8} {'asked':>10} {'bytes':>10} {'ratio':>6}")
        late = 0
        for kind in every:
            for name, accept in (("page", PAGE), ("data", DATA)):
                job = fresh.submit(taken, asked.home, kind.path, accept, asked.rounds, asked.cpu)
                one, (cold, warm) = job.result(), allowed(kind)
                slow = one.cold > cold or one.warm > warm
                late += slow
                ratio = f"{one.warm / natives[kind.thing]:.1f}" if kind.thing in natives else ""
                calls, mark = f"{one.queries}+{one.lookups}", "!" if slow else " "
                times = f"{one.cold:8.1f} {one.warm:8.1f} {calls:>10} {one.size:10,} {ratio:>6}"
                print(f"{mark} {name} {one.status} {times}  {kind.title}", flush=True)
    print(f"{late} slower than they may be")
    return 1 if late and asked.insist else 0


if __name__ == "__main__":
    sys.exit(main())
