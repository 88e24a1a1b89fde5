"""The web is asked politely and within limits; a live CKAN is harvested whole or not at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from homegraph.graph.errors import FetchFailed
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawStore
from homegraph.graph.terms import DCAT, FOAF, RDF
from homegraph.graph.web import USER_AGENT, Web
from homegraph.loaders.dataset_catalogue.loader import ROWS, fetch, load

Answer = tuple[int, dict[str, str], bytes]
ETAG = {"ETag": '"one"'}


class Server(ThreadingHTTPServer):
    """Gives the answers that a test lines up for each path; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.packages: list[dict[str, object]] = []
        self.count: int | None = None
        self.repeats = False
        self.most_rows = 1000

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def say(self, path: str, *answers: Answer) -> str:
        self.answers[path] = list(answers)
        return self.base.rstrip("/") + path

    def answer(self, target: str, headers: dict[str, str]) -> Answer:
        self.asked.append((target, headers))
        path = urlsplit(target).path
        if lined_up := self.answers.get(path):
            found = lined_up.pop(0) if len(lined_up) > 1 else lined_up[0]
            if found[0] == 200 and headers.get("If-None-Match") == found[1].get("ETag", "none"):
                return 304, {}, b""
            return found
        asked = parse_qs(urlsplit(target).query)
        if path == "/api/3/action/package_search":
            start = 0 if self.repeats else int(asked["start"][0])
            part = self.packages[start : start + min(self.most_rows, int(asked["rows"][0]))]
            count = len(self.packages) if self.count is None else self.count
            return 200, {}, ckan({"count": count, "results": part})
        if path == "/api/3/action/organization_show":
            name = asked["id"][0]
            about = {"name": name, "title": f"The {name}", "is_organization": True}
            return 200, {}, ckan(about)
        return 404, {}, b"nothing here"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        status, headers, body = self.server.answer(self.path, dict(self.headers.items()))
        if status == 0:  # break the connection
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304 and "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


def ckan(result: object) -> bytes:
    return json.dumps({"success": True, "result": result}).encode()


def package(number: int) -> dict[str, object]:
    return {
        "id": f"id-{number}",
        "name": f"dataset-{number:04}",
        "title": f"Dataset {number}",
        "notes": "One of many.",
        "license_id": "uk-ogl",
        "organization": {"name": "police" if number % 2 else "home-office", "title": "x"},
        "resources": [],
    }


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
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
    return Web(tmp_path / "web", most_bytes=100_000, timeout=5, sleep=waits.append)


def test_content_comes_back_and_we_say_who_we_are(server: Server, web: Web) -> None:
    address = server.say("/a.csv", (200, {}, b"a,b\n"))
    assert web.get(address) == b"a,b\n"
    assert server.asked[0][1]["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("homegraph/")


def test_an_etag_makes_the_second_run_a_304(server: Server, web: Web, waits: list[float]) -> None:
    address = server.say("/a.csv", (200, ETAG, b"same"))
    assert web.get(address) == b"same"
    assert web.get(address) == b"same"
    assert server.asked[1][1]["If-None-Match"] == '"one"'
    assert len(server.asked) == 2
    assert waits == []


def test_a_date_makes_the_second_run_conditional(server: Server, web: Web) -> None:
    when = "Wed, 02 May 2018 11:02:32 GMT"
    address = server.say("/a.csv", (200, {"Last-Modified": when}, b"old"), (304, {}, b""))
    assert [web.get(address), web.get(address)] == [b"old", b"old"]
    assert server.asked[1][1]["If-Modified-Since"] == when


def test_changed_content_replaces_what_was_kept(server: Server, web: Web) -> None:
    address = server.say("/a.csv", (200, ETAG, b"old"), (200, {"ETag": '"two"'}, b"new"))
    assert [web.get(address), web.get(address), web.get(address)] == [b"old", b"new", b"new"]


def test_a_damaged_copy_is_fetched_again(server: Server, web: Web) -> None:
    address = server.say("/a.csv", (200, ETAG, b"same"))
    web.get(address)
    for body in web.folder.glob("*.body"):
        body.write_bytes(b"cut")
    assert web.get(address) == b"same"
    assert "If-None-Match" not in server.asked[1][1]


def test_a_busy_server_is_asked_again_after_the_time_it_names(
    server: Server, web: Web, waits: list[float]
) -> None:
    address = server.say("/a", (429, {"Retry-After": "7"}, b""), (200, {}, b"now"))
    assert web.get(address) == b"now"
    assert waits == [7.0]


def test_a_time_to_come_back_may_be_a_date(server: Server, web: Web, waits: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    address = server.say("/a", (503, {"Retry-After": later}, b""), (200, {}, b"now"))
    assert web.get(address) == b"now"
    assert 50 < waits[0] <= 60


def test_one_failure_of_the_server_is_forgiven(
    server: Server, web: Web, waits: list[float]
) -> None:
    address = server.say("/a", (503, {}, b""), (200, {}, b"now"))
    assert web.get(address) == b"now"
    assert waits == [1.0]


def test_a_broken_connection_is_tried_again(server: Server, web: Web) -> None:
    address = server.say("/a", (0, {}, b""), (200, {}, b"now"))
    assert web.get(address) == b"now"


def test_an_answer_that_is_cut_off_is_not_taken_for_whole(server: Server, web: Web) -> None:
    cut = (200, {"Content-Length": "100"}, b"short")
    address = server.say("/a", cut, (200, {}, b"whole"))
    assert web.get(address) == b"whole"


def test_trying_ends_and_says_address_status_and_remedy(
    server: Server, web: Web, waits: list[float]
) -> None:
    address = server.say("/a", (503, {}, b""))
    with pytest.raises(FetchFailed, match=r"status 503 Service Unavailable.*try again later") as no:
        web.get(address)
    assert str(no.value).startswith(address)
    assert len(server.asked) == web.attempts
    assert waits == [1.0, 2.0, 4.0, 8.0]


def test_a_server_may_not_make_us_wait_for_an_hour(
    server: Server, web: Web, waits: list[float]
) -> None:
    address = server.say("/a", (429, {"Retry-After": "3600"}, b""))
    with pytest.raises(FetchFailed, match=r"status 429.*in 3600 seconds"):
        web.get(address)
    assert waits == []


def test_what_is_not_there_is_not_asked_for_twice(server: Server, web: Web) -> None:
    with pytest.raises(FetchFailed, match=r"status 404 Not Found.*new address"):
        web.get(server.base + "gone.csv")
    assert len(server.asked) == 1


def test_a_server_that_does_not_run_is_named(web: Web, waits: list[float]) -> None:
    with Server() as stopped:
        address = stopped.base
    with pytest.raises(FetchFailed, match="no answer"):
        web.get(address)
    assert len(waits) == web.attempts - 1


def test_an_oversized_answer_is_refused(server: Server, web: Web) -> None:
    address = server.say("/a", (200, {}, b"x" * 100_001))
    with pytest.raises(FetchFailed, match="larger than 100000 bytes"):
        web.get(address)
    assert not list(web.folder.glob("*"))


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(server: Server, web: Web) -> None:
    packed = gzip.compress(b"\0" * 10_000_000)
    address = server.say("/a", (200, {"Content-Encoding": "gzip"}, packed))
    assert len(packed) < web.most_bytes
    with pytest.raises(FetchFailed, match="larger than"):
        web.get(address)


def test_a_redirect_is_followed(server: Server, web: Web) -> None:
    server.say("/new", (200, {}, b"here"))
    assert web.get(server.say("/old", (301, {"Location": "/new"}, b""))) == b"here"


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://a/"])
def test_a_redirect_leads_nowhere_but_to_the_web(server: Server, web: Web, place: str) -> None:
    address = server.say("/old", (302, {"Location": place}, b""))
    with pytest.raises(FetchFailed, match="sends on to"):
        web.get(address)


def test_a_redirect_to_itself_ends(server: Server, web: Web) -> None:
    address = server.say("/round", (302, {"Location": "/round"}, b""))
    with pytest.raises(FetchFailed, match="sends on and on"):
        web.get(address)
    assert len(server.asked) < 10


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://x/y", "a.csv", "http://", ""])
def test_only_web_addresses_are_fetched(web: Web, address: str) -> None:
    with pytest.raises(FetchFailed):
        web.get(address)


@pytest.mark.parametrize("end", ["", "api/3/action/", "api/3/action", "api/3/", "api"])
def test_a_live_ckan_is_read_page_by_page(server: Server, web: Web, end: str) -> None:
    server.packages = [package(number) for number in range(2 * ROWS + 3)]
    answers = dict(fetch(server.base + end, web))
    assert sorted(answers) == [
        "organization_show-home-office.json",
        "organization_show-police.json",
        "package_search-0001.json",
        "package_search-0002.json",
        "package_search-0003.json",
    ]


def test_what_is_fetched_loads_without_losing_a_record(
    server: Server, web: Web, tmp_path: Path
) -> None:
    server.packages = [package(number) for number in range(ROWS + 1)]
    store = RawStore(tmp_path / "raw")
    answers = fetch(server.base, web)
    files = [file for name, body in answers for file in store.keep_bytes(name, body, server.base)]
    reading = Reading()
    quads = list(load(files, Names(), reading))
    assert not reading.errors
    assert (reading.records, reading.written) == (ROWS + 3, ROWS + 3)
    types = [quad.object for quad in quads if quad.predicate == RDF.type]
    assert types.count(DCAT.Dataset) == ROWS + 1
    assert types.count(FOAF.Agent) == 2


def test_a_ckan_that_is_busy_once_is_harvested_all_the_same(
    server: Server, web: Web, waits: list[float]
) -> None:
    page = ckan({"count": 1, "results": [package(1)]})
    server.say(
        "/api/3/action/package_search",
        (429, {"Retry-After": "2"}, b""),
        (503, {}, b""),
        (200, {}, page),
    )
    assert len(dict(fetch(server.base, web))) == 2
    assert waits == [2.0, 2.0]


def test_an_unchanged_ckan_costs_only_304s(server: Server, web: Web) -> None:
    page = ckan({"count": 1, "results": [package(1)]})
    server.say("/api/3/action/package_search", (200, ETAG, page))
    first = dict(fetch(server.base, web))
    assert dict(fetch(server.base, web)) == first
    assert any(headers.get("If-None-Match") == '"one"' for _, headers in server.asked)


def test_a_ckan_that_repeats_a_page_is_not_read_for_ever(server: Server, web: Web) -> None:
    server.packages = [package(number) for number in range(2 * ROWS)]
    server.repeats = True
    with pytest.raises(FetchFailed, match=f"has {2 * ROWS} datasets and gave {ROWS}"):
        list(fetch(server.base, web))
    assert len(server.asked) == 2


def test_a_ckan_that_gives_fewer_datasets_than_it_counts_is_an_error(
    server: Server, web: Web
) -> None:
    server.packages, server.count = [package(1)], 5
    with pytest.raises(FetchFailed, match="has 5 datasets and gave 1"):
        list(fetch(server.base, web))


def test_a_ckan_that_gives_fewer_rows_than_asked_is_read_whole(server: Server, web: Web) -> None:
    server.packages, server.most_rows = [package(number) for number in range(25)], 10
    assert len([name for name, _ in fetch(server.base, web) if "search" in name]) == 3


def test_an_empty_ckan_gives_no_dataset(server: Server, web: Web) -> None:
    assert [name for name, _ in fetch(server.base, web)] == ["package_search-0001.json"]


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"success": false, "error": "no"}', b'{"success": true}']
)
def test_what_is_not_a_ckan_is_said_to_be_none(server: Server, web: Web, body: bytes) -> None:
    server.say("/api/3/action/package_search", (200, {}, body))
    with pytest.raises(FetchFailed, match="CKAN"):
        list(fetch(server.base, web))


def test_the_address_of_a_file_is_that_file(server: Server, web: Web) -> None:
    address = server.say("/files/records.jsonl", (200, {}, b"{}"))
    assert list(fetch(address, web)) == [("records.jsonl", b"{}")]


def test_the_address_of_one_answer_is_that_answer(server: Server, web: Web) -> None:
    address = server.say("/api/3/action/package_show", (200, {}, b"{}")) + "?id=hate-crime"
    assert list(fetch(address, web)) == [("package_show", b"{}")]
