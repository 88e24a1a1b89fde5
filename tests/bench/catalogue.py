"""How a large catalogue is delivered: pages by HTTP, as a harvester walks them.

    python tests/bench/catalogue.py [--datasets 20000] [--store FOLDER] [--insist]

Makes a store of that many datasets (or uses FOLDER, made before), serves it with `homegraph serve`
and walks from /catalog.ttl by hydra:next to the last page, then once more with If-None-Match. Says
how long the first page took, the slowest and all; what a page weighs; and what the server's
processes hold in memory at the first page and after each walk. With --insist it fails when the
first page takes more than 200 ms, or all more than 60 s, or a page is not found unchanged.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import requests
from pyoxigraph import RdfFormat, Store

BASE = "http://localhost:8000/"
FIRST, ALL = 0.2, 60.0  # seconds
NEXT = re.compile(r"hydra:next <([^>]*)>")
HEAD = """
@prefix : <{base}data/> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix type: <http://publications.europa.eu/resource/authority/file-type/> .
@prefix media: <http://www.iana.org/assignments/media-types/text/> .
"""
ABOUT = """
:catalogue a dcat:Catalog ; dct:title "A large catalogue"@en ; dct:publisher :office-0 ;
    dcat:service :sparql .
:sparql a dcat:DataService ; dct:title "SPARQL endpoint"@en .
:ogl a dct:LicenseDocument ; dct:title "Open Government Licence v3.0"@en .
type:CSV a dct:MediaTypeOrExtent , skos:Concept ; skos:prefLabel "CSV"@en ;
    skos:inScheme type: .
media:csv a dct:MediaType .
spdx:checksumAlgorithm_sha256 a spdx:ChecksumAlgorithm .
"""
OFFICE = """
:office-{n} a foaf:Agent ; foaf:name "Office number {n}"@en ; dct:identifier "office-{n}" .
:contact-{n} a vcard:Kind ; vcard:fn "Data team {n}" ; vcard:hasEmail <mailto:data{n}@example.org> .
"""
DATASET = """
:catalogue dcat:dataset :d{n} .
:sparql dcat:servesDataset :d{n} .
:d{n} a dcat:Dataset ; dct:title "Figures of subject {n}"@en ; dct:identifier "d{n}" ;
    dct:description "What was counted of subject {n}, by month and area, since it was counted."@en ;
    dct:publisher :office-{office} ; dcat:contactPoint :contact-{office} ; dct:license :ogl ;
    dcat:keyword "counts"@en , "subject {n}"@en ; dcat:landingPage <{base}datasets/d{n}> ;
    dct:issued "2024-01-01"^^xsd:date ; dct:modified "2024-06-01"^^xsd:date ;
    dct:temporal <{base}datasets/d{n}#period> ;
    dcat:distribution <{base}datasets/d{n}#csv> , <{base}datasets/d{n}#old> .
<{base}datasets/d{n}#period> a dct:PeriodOfTime ; dcat:startDate "2011-01-01"^^xsd:date .
<{base}datasets/d{n}> a foaf:Document .
"""
DISTRIBUTION = """
<{base}datasets/d{n}#{part}> a dcat:Distribution ; dct:title "Figures of subject {n}, {part}"@en ;
    dct:license :ogl ; dct:format type:CSV ; dcat:mediaType media:csv ;
    dcat:byteSize "{n}"^^xsd:nonNegativeInteger ; dcat:accessURL <{base}datasets/d{n}> ;
    dcat:downloadURL <{base}datasets/d{n}.{part}> ; spdx:checksum <{base}datasets/d{n}#{part}/sum> .
<{base}datasets/d{n}.{part}> a rdfs:Resource .
<{base}datasets/d{n}#{part}/sum> a spdx:Checksum ; spdx:checksumValue "{n:064x}"^^xsd:hexBinary ;
    spdx:algorithm spdx:checksumAlgorithm_sha256 .
"""


def write(count: int, to: Path) -> Path:
    """A store with a catalogue of datasets, at a folder that is not there yet."""
    graph, text = f"{BASE}id/graph/catalogue", to.with_suffix(".trig")
    with text.open("w", encoding="utf-8") as file:
        file.write(HEAD.format(base=BASE) + f"<{graph}> {{" + ABOUT)
        file.writelines(OFFICE.format(n=n) for n in range(50))
        for n in range(1, count + 1):
            file.write(DATASET.format(base=BASE, n=n, office=n % 50))
            for part in ("csv", "old"):
                file.write(DISTRIBUTION.format(base=BASE, n=n, part=part))
        file.write("}\n")
    store = Store(str(to))
    store.bulk_load(path=text, format=RdfFormat.TRIG)
    store.optimize()
    store.flush()
    text.unlink()
    return to


@contextmanager
def served(store: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a server of a store, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "homegraph.endpoint.cli", "serve", "--log", "none"]
    process = subprocess.Popen([*command, "--port", str(port), "--store", str(store)])
    address = f"http://127.0.0.1:{port}/"
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if requests.get(address + "health", timeout=5).ok:
                    break
            except requests.RequestException:
                time.sleep(0.05)
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def memory(process: psutil.Process) -> int:
    """MB that a process and those below it hold for themselves."""
    held = 0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            held += one.memory_full_info().uss
    return held >> 20


class Walk:
    """One walk from the first page to the last."""

    def __init__(self, address: str, known: dict[str, str]) -> None:
        self.seconds: list[float] = []
        self.bytes: list[int] = []
        self.unchanged = 0
        self.tags: dict[str, str] = {}
        self.session = requests.Session()
        path: str | None = "catalog.ttl"
        while path:
            path = self.read(address, path, known)

    def read(self, address: str, path: str, known: dict[str, str]) -> str | None:
        """Read a page; the path of the next."""
        headers = {"If-None-Match": known[path]} if path in known else {}
        begun = time.perf_counter()
        answer = self.session.get(address + path, headers=headers, timeout=60)
        self.seconds.append(time.perf_counter() - begun)
        answer.raise_for_status()
        self.tags[path] = answer.headers["ETag"]
        self.unchanged += answer.status_code == 304
        self.bytes.append(len(answer.content))
        following = answer.links.get("next", {}).get("url", "").lstrip("/")
        if answer.status_code == 200:
            found = NEXT.search(answer.text)
            assert (found[1].removeprefix(BASE) if found else "") == following
        return following or None

    def __str__(self) -> str:
        first, slowest = self.seconds[0] * 1000, max(self.seconds) * 1000
        return (
            f"{len(self.seconds)} pages in {sum(self.seconds):.1f} s: the first in {first:.0f} ms, "
            f"the slowest in {slowest:.0f} ms, the heaviest {max(self.bytes):,} bytes, "
            f"{self.unchanged} unchanged"
        )


def main() -> int:
    """Make, serve, walk, tell."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--datasets", type=int, default=20_000)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--insist", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = given.store or write(given.datasets, Path(folder) / "store")
        if not store.exists():
            write(given.datasets, store)
        with served(store) as (address, process):
            for path in ("catalog.ttl", "catalog.html", "catalog.html?q=subject+777"):
                begun = time.perf_counter()
                answer = requests.get(address + path, timeout=60)
                print(
                    f"{path}: {(time.perf_counter() - begun) * 1000:.0f} ms, {answer.status_code}"
                )
                print(f"memory: {memory(process)} MB")
        with served(store) as (address, process):
            once = Walk(address, {})
            print(f"{once}\nmemory: {memory(process)} MB")
            again = Walk(address, once.tags)
            print(f"{again}\nmemory: {memory(process)} MB")
    quick = once.seconds[0] < FIRST and sum(once.seconds) < ALL
    return int(given.insist and not (quick and again.unchanged == len(again.seconds)))


if __name__ == "__main__":
    raise SystemExit(main())
