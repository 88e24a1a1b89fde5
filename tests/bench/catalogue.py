"""How a large catalogue is built and delivered: by HTTP, as harvesters take it.

    python tests/bench/catalogue.py [--datasets 20000] [--home FOLDER] [--insist]

Builds a release of that many datasets (or uses FOLDER, built before), serves it with `homegraph
serve`, and asks everything that tells of all datasets, first and again. Then it walks from
/catalog.ttl by hydra:next to the last page, once more with If-None-Match, and through the feed and
the lists of OAI-PMH. Says how long each took, and what the server's processes hold in memory
before, during and after. With --insist it fails when the first page takes more than 200 ms, all of
them more than 60 s or anything else more than two; when a page is not found unchanged; and when
a walk takes memory that the first pages did not.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil
import requests

from homegraph import loaders
from homegraph.graph.home import Home
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.job import Job
from homegraph.graph.release import current

FIRST, ALL, ANY = 0.2, 60.0, 2.0  # seconds
GROWTH = 1.1  # of memory, from the tenth page to the last
NEXT = re.compile(r"hydra:next <([^>]*)>")
TOKEN = re.compile(r"<resumptionToken[^>]*>([^<]+)<")
OFFICES = ["Home Office", "Ministry of Justice", "Cabinet Office", "Environment Agency"]
KINDS = ["Seizures", "Visas", "Fires", "Offences", "Arrests", "Searches", "Returns", "Journeys"]
FILES = [("all months", "CSV"), ("last year", "XLSX"), ("guide", "PDF")]
NOTES = (
    "What was counted of {} in district number {}, by month and by kind, since it was first "
    "counted there. Figures are taken from the books of the district, and are put right when a "
    "book is found to be wrong. Small counts are left out where they might tell of a person."
)
SEARCH = "api/3/action/package_search"
OAI = "oai?verb=ListRecords"
ASKED = [
    *(f"catalog.{suffix}" for suffix in ("ttl", "rdf", "xml", "jsonld", "nt", "nq", "html")),
    *("catalog.html?q=visas", "data.json", SEARCH, f"{SEARCH}?q=visas&rows=1000"),
    *("api/3/action/package_list", "api/3/action/organization_list?all_fields=true"),
    *("sitemap.xml", "sitemap-1.xml", "feed", "feed.atom", f"{OAI}&metadataPrefix=dcat_ap"),
    *("oai?verb=ListIdentifiers&metadataPrefix=oai_dc", "quality", "void", "datasets"),
]


def package(number: int) -> dict[str, object]:
    """A record as CKAN gives it."""
    office, kind = OFFICES[number % len(OFFICES)], KINDS[number % len(KINDS)]
    team = f"{office.lower().replace(' ', '-')}.example"
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "name": f"{kind.lower()}-{number}",
        "title": f"{kind} in district {number}",
        "notes": NOTES.format(kind.lower(), number),
        "type": "dataset",
        "state": "active",
        "license_id": "uk-ogl",
        "organization": {"name": office.lower().replace(" ", "-"), "title": office},
        "tags": [{"name": kind.lower()}, {"name": f"district {number}"}, {"name": "months"}],
        "metadata_created": "2020-01-01T00:00:00",
        "metadata_modified": "2024-01-01T00:00:00",
        "extras": [
            {"key": "contact-email", "value": f"team-{number % 50}@{team}"},
            {"key": "contact-name", "value": f"Data team {number % 50}"},
            {"key": "theme-primary", "value": "crime-and-justice"},
            {"key": "update_frequency", "value": "Monthly"},
        ],
        "resources": [
            {
                "id": f"1000000{place}-0000-4000-8000-{number:012}",
                "name": f"{kind}, {what}",
                "format": form,
                "url": f"https://data.example.com/{number}/{place}.{form.lower()}",
                "size": 1000 + number,
            }
            for place, (what, form) in enumerate(FILES)
        ],
    }


def build(count: int, folder: Path) -> None:
    """A release of a catalogue of so many datasets."""
    loader, names = loaders.by_name("dataset_catalogue"), Names(DEMO_BASE)
    aside = folder / "in"
    aside.mkdir(parents=True)
    for start in range(0, count, 1000):
        found = [package(number) for number in range(start, min(count, start + 1000))]
        answer = {"help": "", "success": True, "result": {"count": count, "results": found}}
        (aside / f"package_search-{start // 1000}.json").write_text(json.dumps(answer), "utf-8")
    home, begun = Home(folder), (time.monotonic(), time.process_time())
    with home.locked():
        files = home.take_in(loader.source(names), sorted(aside.glob("*.json")))
        release = home.build([Job(loader, tuple(files))], names, datetime.now(UTC))
        home.publish(release)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"built in {time.monotonic() - begun[0]:.0f} s, {time.process_time() - begun[1]:.0f} s of "
        f"processor time, {most:,} MB at most; {release.manifest['seconds']}"
    )


@contextmanager
def served(home: Path) -> Iterator[tuple[str, Watched]]:
    """The address of a server of a home, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "homegraph.endpoint.cli", "serve", "--log", "none"]
    process = subprocess.Popen([*command, "--port", str(port), "--home", str(home)])
    address = f"http://127.0.0.1:{port}/"
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if requests.get(address + "health", timeout=5).ok:
                    break
            except requests.RequestException:
                time.sleep(0.05)
        yield address, Watched(psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(30)


class Watched:
    """What a server's processes take; those that have ended since are counted too."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._spent: dict[int, float] = {}
        self.settle()

    def _all(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def memory(self) -> int:
        """MB that they hold for themselves."""
        held = 0
        for one in self._all():
            with suppress(psutil.NoSuchProcess):  # it ended meanwhile
                held += one.memory_full_info().uss
        return held >> 20

    def seconds(self) -> float:
        """Seconds of processor time that they have used, as far as they were looked at."""
        for one in self._all():
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                self._spent[one.pid] = times.user + times.system
        return sum(self._spent.values())

    def settle(self) -> None:
        """Wait until all workers are there, which is when nothing grows any more."""
        before, now = 0, self.memory()
        while now > before:
            time.sleep(3)
            before, now = now, self.memory()


def ask(base: str, address: str, server: Watched) -> float:
    """Ask something first and again, and tell; the seconds that it took at first."""
    seconds, size = [], 0
    before = server.seconds()
    for _ in range(2):
        begun = time.perf_counter()
        answer = requests.get(address, timeout=70, headers={"Accept-Encoding": "identity"})
        size = len(answer.content)
        seconds.append(time.perf_counter() - begun)
        answer.raise_for_status()
    print(
        f"  {address.removeprefix(base):<50} {size:>11,} bytes {seconds[0] * 1000:>7.0f} ms first "
        f"{seconds[1] * 1000:>6.0f} ms again {server.seconds() - before:>6.2f} s of processor time "
        f"{server.memory():>5} MB"
    )
    return seconds[0]


class Walk:
    """One walk from a first page to the last, each by what the one before says."""

    def __init__(
        self,
        server: Watched,
        address: str,
        path: str,
        following: Callable[[requests.Response], str],
        known: dict[str, str] | None = None,
    ) -> None:
        self.seconds: list[float] = []
        self.memory: list[int] = []
        self.bytes, self.unchanged = 0, 0
        self.tags: dict[str, str] = {}
        session, before = requests.Session(), server.seconds()
        while path:
            headers = {"If-None-Match": known[path]} if known and path in known else {}
            begun = time.perf_counter()
            answer = session.get(address + path, headers=headers, timeout=60)
            self.bytes += len(answer.content)
            self.seconds.append(time.perf_counter() - begun)
            answer.raise_for_status()
            self.tags[path] = answer.headers.get("ETag", "")
            self.unchanged += answer.status_code == 304
            server.seconds()
            if len(self.seconds) % 10 == 0:
                self.memory.append(server.memory())
            path = following(answer)
        self.memory.append(server.memory())
        self.processor = server.seconds() - before

    @property
    def is_flat(self) -> bool:
        """Whether the last pages took no more memory than the first ten."""
        return self.memory[-1] <= self.memory[0] * GROWTH

    def __str__(self) -> str:
        return (
            f"{len(self.seconds)} pages in {sum(self.seconds):.1f} s ({self.processor:.1f} s of "
            f"processor time): the first in {self.seconds[0] * 1000:.0f} ms, the slowest in "
            f"{max(self.seconds) * 1000:.0f} ms; {self.bytes:,} bytes, {self.unchanged} unchanged; "
            f"memory {self.memory[0]} MB at the tenth, {max(self.memory)} MB at most, "
            f"{self.memory[-1]} MB at the last"
        )


def next_page(answer: requests.Response) -> str:
    """The next page of the catalogue, as its header and, if it came whole, its text say."""
    following: str = answer.links.get("next", {}).get("url", "").lstrip("/")
    if answer.status_code == 200:
        found = NEXT.search(answer.text)
        assert (found[1].removeprefix(DEMO_BASE) if found else "") == following
    return following


def next_list(answer: requests.Response) -> str:
    """Where a list of OAI-PMH goes on."""
    found = TOKEN.search(answer.text)
    return f"{OAI}&resumptionToken={found[1]}" if found else ""


def main() -> int:
    """Make, serve, ask, walk, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--datasets", type=int, default=20_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--insist", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder) / "home"
        if not (home / "releases").exists():
            build(given.datasets, home)
        pages = current(home).base
        assert pages == DEMO_BASE, f"{home} was built for {pages}"
        with served(home) as (address, server):
            print(f"memory at the start: {server.memory()} MB")
            once = Walk(server, address, "catalog.ttl", next_page)
            print(f"catalogue: {once}")
            again = Walk(server, address, "catalog.ttl", next_page, once.tags)
            print(f"with If-None-Match: {again}")
            lists = Walk(server, address, f"{OAI}&metadataPrefix=dcat_ap", next_list)
            print(f"OAI-PMH: {lists}")
        with served(home) as (address, server):
            slowest = max(ask(address, address + path, server) for path in ASKED)
    quick = once.seconds[0] < FIRST and sum(once.seconds) < ALL and slowest < ANY
    flat = all(walk.is_flat for walk in (once, again, lists))
    return int(given.insist and not (quick and flat and again.unchanged == len(again.seconds)))


if __name__ == "__main__":
    raise SystemExit(main())
