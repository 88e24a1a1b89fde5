"""A bad publisher can spoil its own catalogue, and nothing else: not ours, nor this machine."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from homegraph import loaders
from homegraph.graph import fetch
from homegraph.graph.errors import FetchFailed, HomegraphError
from homegraph.graph.fetch import Fetched, into_folder
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile, paths
from homegraph.graph.web import Web

CATALOGUE = loaders.by_name("dataset_catalogue")
TURTLE = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
<{base}/c> a dcat:Catalog ; dcat:dataset <{base}/d/{number}> .
<{base}/d/{number}> a dcat:Dataset ; dct:title "{title}"@en .
"""
NEXT = "<{base}/v> a hydra:PartialCollectionView ; hydra:next <{next}> .\n"
Said = tuple[int, dict[str, str], bytes]


class Publisher(ThreadingHTTPServer):
    """Says to each request whatever `says` makes of its address."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.says: Callable[[str], Said] = lambda _: (404, {}, b"")
        self.asked: list[str] = []

    def turtle(self, number: int = 1, following: str = "", title: str = "One") -> bytes:
        """A page of a catalogue with one dataset, and the next page if there is one."""
        said = TURTLE.format(base=self.base, number=number, title=title)
        more = NEXT.format(base=self.base, next=following) if following else ""
        return (said + more).encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Publisher)
        self.server.asked.append(self.path)
        status, headers, body = self.server.says(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Publisher() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def web(tmp_path: Path, waits: list[float]) -> Web:
    return Web(tmp_path / "web", most_bytes=4_000_000, timeout=5, attempts=3, sleep=waits.append)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


def fetched(address: str, web: Web, folder: Path, kind: str = "") -> Fetched:
    return into_folder(CATALOGUE.pages(address, web, kind), address, kind, folder)


def titles(folder: Path) -> tuple[list[str], Reading]:
    """The titles of all datasets in a folder, and what was found wrong with it."""
    reading = Reading(1000)
    files = [RawFile.at(path) for path in paths(str(folder), "*")]
    quads = list(CATALOGUE.load(files, Names("https://ours.example/"), reading))
    found = {q.subject: q.object.value for q in quads if q.predicate.value.endswith("terms/title")}
    kinds = {q.subject for q in quads if str(q.object).endswith("dcat#Dataset>")}
    return sorted(str(title) for node, title in found.items() if node in kinds), reading


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# Where it sends us


@pytest.mark.parametrize(
    "place",
    [
        *("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:6379/_x", "//", "http://"),
        *("http://[::1", "http://[v1.x]/", "http:///x", "javascript:x", "data:text/turtle,x"),
        *("http://\u0661/", "http://a b/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/"),
    ],
)
@pytest.mark.parametrize("way", ["redirect", "next page"])
def test_whatever_address_it_names_the_fetch_ends_with_words(
    publisher: Publisher, web: Web, folder: Path, place: str, way: str
) -> None:
    sent = place.encode().decode("latin-1")
    if way == "redirect":
        publisher.says = lambda _: (302, {"Location": sent}, b"")
    else:
        said = publisher.turtle(1, place.replace(" ", "%20"))
        publisher.says = lambda _: (200, {}, said)
    with pytest.raises(FetchFailed):
        fetched(f"{publisher.base}/catalog.ttl", web, folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    "place",
    [
        *("http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://localhost/"),
        *("http://10.1.2.3/", "http://[::1]/", "http://2130706433/", "http://0/", "//192.168.0.1/"),
    ],
)
def test_a_publisher_on_the_internet_leads_nobody_into_our_own_network(
    publisher: Publisher, web: Web, folder: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The publisher stands in for the internet: it answers as the proxy through which we go."""
    monkeypatch.setenv("HTTP_PROXY", publisher.base)
    monkeypatch.setenv("http_proxy", publisher.base)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    publisher.says = lambda _: (302, {"Location": place}, b"")
    with pytest.raises(FetchFailed, match="in this network"):
        fetched("http://catalogue.example/catalog.ttl", web, folder)
    assert publisher.asked == ["http://catalogue.example/catalog.ttl"]


def test_who_names_an_address_of_our_own_network_may_be_sent_on_in_it(
    publisher: Publisher, web: Web, folder: Path
) -> None:
    publisher.says = lambda path: (
        (302, {"Location": f"{publisher.base}/b"}, b"")
        if path == "/a"
        else (200, {}, publisher.turtle())
    )
    assert fetched(f"{publisher.base}/a", web, folder).records == 1


# What it says of itself


@pytest.mark.parametrize("said", ["3", None, True, 1e400, -1, [1], {"a": 1}])
def test_a_count_that_is_none_is_not_believed(
    publisher: Publisher, web: Web, folder: Path, said: object
) -> None:
    result = {"count": said, "results": [{"id": "1", "name": "a", "title": "A"}]}
    body = json.dumps({"success": True, "result": result}).encode()
    publisher.says = lambda _: (200, {}, body)
    with pytest.raises(FetchFailed, match="count"):
        fetched(publisher.base, web, folder, "ckan")


@pytest.mark.parametrize("said", [None, "x", {"a": 1}, 5])
def test_results_that_are_no_list_are_no_answer(
    publisher: Publisher, web: Web, folder: Path, said: object
) -> None:
    body = json.dumps({"success": True, "result": {"count": 1, "results": said}}).encode()
    publisher.says = lambda _: (200, {}, body)
    with pytest.raises(FetchFailed, match="not the answer of a CKAN"):
        fetched(publisher.base, web, folder, "ckan")


@pytest.mark.parametrize(
    "body",
    [
        *(b"[]", b"null", b"5", b'"x"', b"{}", b'{"success": "yes"}', b'{"success": true}'),
        *(b'{"success": false, "error": null}', b"[" * 200_000, b'{"a":' * 100_000, b"\xff\xfe{"),
        *('{"success": true, "result": "é"}'.encode("latin-1"), b"", b"<html>"),
    ],
    ids=range(14),
)
def test_what_is_not_the_answer_of_a_ckan_is_said_to_be_none(
    publisher: Publisher, web: Web, folder: Path, body: bytes
) -> None:
    publisher.says = lambda _: (200, {}, body)
    with pytest.raises(FetchFailed) as no:
        fetched(publisher.base, web, folder, "ckan")
    assert publisher.base in str(no.value)
    assert not folder.exists()


def test_records_that_stand_on_two_pages_are_taken_once(
    publisher: Publisher, web: Web, folder: Path
) -> None:
    """A dataset came in while we read, and moved the last of a page to the next."""

    def says(path: str) -> Said:
        start = int(parse_qs(urlsplit(path).query).get("start", ["0"])[0])
        numbers = range(100) if start == 0 else range(99, 150)
        rest = {"type": "dataset", "notes": "One.", "resources": [], "state": "active"}
        found = [{"id": str(n), "name": f"n{n}", "title": f"T{n}", **rest} for n in numbers]
        result = {"count": 150, "results": found}
        return 200, {}, json.dumps({"success": True, "result": result}).encode()

    publisher.says = says
    fetched(publisher.base, web, folder, "ckan")
    found, reading = titles(folder)
    assert len(found) == len(set(found)) == 150
    assert not reading.errors


def test_a_repository_that_never_ends_is_left_soon(
    publisher: Publisher, web: Web, folder: Path
) -> None:
    """Each token is new, and each page has the same record."""

    def says(path: str) -> Said:
        record = "<record><header><identifier>a</identifier></header></record>"
        token = f"<resumptionToken>t{len(publisher.asked)}</resumptionToken>"
        return 200, {}, f"<OAI-PMH><ListRecords>{record}{token}</ListRecords></OAI-PMH>".encode()

    publisher.says = says
    with pytest.raises(FetchFailed, match="no record that was not on the pages before"):
        fetched(f"{publisher.base}/oai?metadataPrefix=oai_dc", web, folder, "oai-pmh")
    assert len(publisher.asked) < 5


def test_the_time_of_a_reply_makes_no_other_catalogue(
    publisher: Publisher, web: Web, folder: Path
) -> None:
    """Every answer of OAI-PMH has another responseDate, which is no news."""

    def says(path: str) -> Said:
        record = "<record><header><identifier>a</identifier></header></record>"
        time = f"<o:responseDate>2026-01-01T10:00:{len(publisher.asked):02}Z</o:responseDate>"
        space = 'xmlns:o="http://www.openarchives.org/OAI/2.0/"'
        body = f"<OAI-PMH {space}>{time}<ListRecords>{record}</ListRecords></OAI-PMH>"
        return 200, {}, body.encode()

    publisher.says = says
    address = f"{publisher.base}/oai?metadataPrefix=oai_dc"
    assert not fetched(address, web, folder, "oai-pmh").same
    assert fetched(address, web, folder, "oai-pmh").same


def test_pages_that_change_while_they_are_read_are_told(
    publisher: Publisher, web: Web, folder: Path
) -> None:
    """The catalogue says at last that it has more than came: one slipped from page to page."""

    def says(path: str) -> Said:
        page = int(path.rpartition("=")[2]) if "=" in path else 1
        total = f"<{publisher.base}/v> hydra:totalItems {2 + page} .\n"
        following = f"{publisher.base}/c.ttl?page={page + 1}" if page < 2 else ""
        return 200, {}, publisher.turtle(page, following) + total.encode()

    publisher.says = says
    with pytest.raises(FetchFailed, match="has 4 datasets and gave 2"):
        fetched(f"{publisher.base}/c.ttl", web, folder)


# How it says it


def bomb(layers: int, size: int) -> bytes:
    body = b" " * size
    for _ in range(layers):
        body = gzip.compress(body)
    return body


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("way", ["encoding", "file"])
def test_what_unpacks_to_very_much_is_refused_and_takes_no_memory(
    publisher: Publisher, web: Web, folder: Path, layers: int, way: str
) -> None:
    body = bomb(layers, 200_000_000)
    headers = {"Content-Encoding": ", ".join(["gzip"] * layers)} if way == "encoding" else {}
    publisher.says = lambda _: (200, headers, body)
    tracemalloc.start()
    try:
        with pytest.raises(HomegraphError):
            fetched(f"{publisher.base}/catalog.ttl", web, folder)
            # What is packed within what is packed is no catalogue of a kind that is known.
            assert titles(folder)[1].errors
            raise FetchFailed("it was kept as it is")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 60_000_000


@pytest.mark.parametrize("said", ["-1", "nan", "1e9", "\xb2", "", "soon", "9" * 400, "0x10"])
def test_a_wait_that_is_no_number_is_not_waited(
    publisher: Publisher, web: Web, folder: Path, waits: list[float], said: str
) -> None:
    publisher.says = lambda _: (429, {"Retry-After": said}, b"")
    with pytest.raises(FetchFailed, match="429"):
        fetched(f"{publisher.base}/catalog.ttl", web, folder)
    assert all(0 <= wait <= 120 for wait in waits)


def test_a_busy_publisher_is_waited_for_as_long_as_it_says(
    publisher: Publisher, web: Web, folder: Path, waits: list[float]
) -> None:
    publisher.says = lambda _: (
        (429, {"Retry-After": "7"}, b"")
        if len(publisher.asked) < 3
        else (200, {}, publisher.turtle())
    )
    assert fetched(f"{publisher.base}/catalog.ttl", web, folder).records == 1
    assert waits == [7.0, 7.0]


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("\ufeff@prefix dct: <http://purl.org/dc/terms/> . <{0}/d> a <{1}Dataset> ; "
         'dct:title "Café" .', "Café"),
        ('\ufeff[{{"title": "Café", "identifier": "{0}/d", "keyword": ["a"]}}]', "Café"),
        ('\ufeff{{"@id": "{0}/d", "@type": "{1}Dataset", "http://purl.org/dc/terms/title": '
         '"Café"}}', "Café"),
    ],
    ids=["turtle", "data.json", "json-ld"],
)  # fmt: skip
def test_a_mark_before_the_text_is_no_part_of_it(
    publisher: Publisher, web: Web, folder: Path, content: str, title: str
) -> None:
    body = content.format(publisher.base, "http://www.w3.org/ns/dcat#").encode()
    publisher.says = lambda _: (200, {"Content-Type": "text/plain; charset=iso-8859-1"}, body)
    fetched(f"{publisher.base}/catalogue", web, folder)
    found, reading = titles(folder)
    assert (found, reading.errors) == ([title], [])


@pytest.mark.parametrize("name", ["catalog.ttl", "data.json", "catalog.rdf"])
def test_text_in_another_encoding_is_an_error_that_names_the_address(
    publisher: Publisher, web: Web, folder: Path, name: str
) -> None:
    said = {
        "catalog.ttl": '<d:d> <http://purl.org/dc/terms/title> "Café" .',
        "data.json": '[{"title": "Café", "keyword": []}]',
        "catalog.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:'
        'Description rdf:about="d:d"><t xmlns="d:">Café</t></rdf:Description></rdf:RDF>',
    }
    publisher.says = lambda _: (200, {}, said[name].encode("latin-1"))
    with pytest.raises(FetchFailed, match=name):
        fetched(f"{publisher.base}/{name}", web, folder)
    assert not folder.exists()


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
DOCTYPE = f'<!DOCTYPE r [<!ENTITY e0 "xxxxxxxxxx">{ENTITIES}]>'
RECORD = "<record><header><identifier>{0}</identifier></header><metadata>{1}</metadata></record>"
LIST = "<OAI-PMH><ListRecords>{0}</ListRecords></OAI-PMH>"


@pytest.mark.parametrize(
    "body",
    [
        (DOCTYPE + LIST.format(RECORD.format("&e11;", ""))).encode(),
        ("<!--" + "x" * 5_000 + "-->" + DOCTYPE + LIST.format(RECORD.format("&e11;", ""))).encode(),
        ('<?xml version="1.0" encoding="UTF-16"?>' + DOCTYPE + LIST.format("&e11;")).encode(
            "utf-16"
        ),
        (DOCTYPE + '<OAI-PMH a="&e11;"><ListRecords/></OAI-PMH>').encode(),
        (
            '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            + LIST.format(RECORD.format("&e;", ""))
        ).encode(),
    ],
    ids=["entities", "behind a comment", "utf-16", "in an attribute", "of a file"],
)
def test_entities_of_a_repository_do_not_grow(
    publisher: Publisher, web: Web, folder: Path, body: bytes
) -> None:
    publisher.says = lambda _: (200, {}, body)
    start = time.process_time()
    with pytest.raises(FetchFailed):
        fetched(f"{publisher.base}/oai?metadataPrefix=oai_dc", web, folder, "oai-pmh")
    assert time.process_time() - start < 5
    assert not folder.exists()


@pytest.mark.parametrize("depth", [500, 5_000, 200_000])
@pytest.mark.parametrize("kind", ["oai-pmh", "rdf", "json-ld", "turtle", "data.json"])
def test_what_is_nested_very_deep_is_an_error_or_is_read(
    publisher: Publisher, web: Web, folder: Path, depth: int, kind: str
) -> None:
    space = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    deep = "<a>" * depth + "</a>" * depth
    bodies = {
        "oai-pmh": LIST.format(RECORD.format("1", f"<rdf:RDF {space}>{deep}</rdf:RDF>")),
        "rdf": f'<rdf:RDF {space} xmlns="d:">' + "<a><b>" * depth + "</b></a>" * depth
        + "</rdf:RDF>",
        "json-ld": '{"@id": "d:d", "d:p": ' * depth + "1" + "}" * depth,
        "turtle": "<d:d> <d:p> " + "[ <d:p> " * depth + "1" + " ]" * depth + " .",
        "data.json": '[{"title": "A", "keyword": ' + "[" * depth + "]" * depth + "}]",
    }  # fmt: skip
    publisher.says = lambda _: (200, {}, bodies[kind].encode())
    query = "/oai?metadataPrefix=rdf" if kind == "oai-pmh" else "/catalogue"
    start = time.process_time()
    try:
        fetched(publisher.base + query, web, folder, "oai-pmh" if kind == "oai-pmh" else "")
        titles(folder)
    except HomegraphError as error:
        assert "Traceback" not in str(error)
    assert time.process_time() - start < 20


# Being stopped


def test_a_fetch_that_is_interrupted_leaves_the_folder_as_it_was(
    publisher: Publisher, web: Web, folder: Path, tmp_path: Path
) -> None:
    publisher.says = lambda _: (200, {}, publisher.turtle(1, title="Before"))
    address = f"{publisher.base}/catalog.ttl"
    fetched(address, web, folder)
    before = held(folder)
    waiting, stop = Event(), Event()

    def says(path: str) -> Said:
        if "page=2" in path:
            waiting.set()
            stop.wait(30)
        return 200, {}, publisher.turtle(1, f"{address}?page=2", title="After")

    publisher.says = says
    command = [sys.executable, "-m", "homegraph.endpoint.cli", "fetch", "--kind", "dcat"]
    command += ["--home", str(tmp_path / "home"), "--into", str(folder), address]
    ran = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ}, text=True)
    assert waiting.wait(30)
    ran.send_signal(signal.SIGINT)
    try:
        _, errors = ran.communicate(timeout=30)
    finally:
        stop.set()
        ran.kill()
    assert ran.returncode not in (0, None)
    assert "Traceback" not in errors
    assert held(folder) == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize("moment", [1, 2])
def test_an_interrupt_while_folders_are_exchanged_loses_neither(
    publisher: Publisher, web: Web, folder: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """The signal comes when the old folder is aside, or when the new one is in its place."""
    publisher.says = lambda _: (200, {}, publisher.turtle(1, title="Before"))
    address = f"{publisher.base}/catalog.ttl"
    fetched(address, web, folder)
    rename, count = Path.rename, 0

    def interrupted(self: Path, target: Any) -> Path:
        nonlocal count
        count += 1
        done = rename(self, target)
        if count == moment:
            raise KeyboardInterrupt
        return done

    publisher.says = lambda _: (200, {}, publisher.turtle(1, title="After"))
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(fetch.Path, "rename", interrupted)
        fetched(address, web, folder)
    assert titles(folder)[0] == [("Before", "After")[moment - 1]]
    assert [one.name for one in folder.parent.iterdir() if one.name.startswith(".")] == []


def test_a_publisher_that_says_nothing_is_left(web: Web, folder: Path, tmp_path: Path) -> None:
    """It takes the connection, and then neither answers nor hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/catalog.ttl"
        impatient = Web(tmp_path / "web", timeout=0.2, attempts=2, sleep=lambda _: None)
        start = time.monotonic()
        with pytest.raises(FetchFailed, match="no answer"):
            fetched(address, impatient, folder)
        assert time.monotonic() - start < 5
