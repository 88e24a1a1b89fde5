"""`homegraph reach` asks addresses politely, keeps what holds, and asks again when it is old."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from homegraph import loaders
from homegraph.endpoint.cli import cli
from homegraph.endpoint.cli_reach import ask, by_turns
from homegraph.graph.errors import HomeUnusable
from homegraph.graph.iri import CONCEPT
from homegraph.graph.linksets.kinds import FORCES_WIKIDATA, KINDS
from homegraph.graph.linksets.link import LinkSet, Triple
from homegraph.graph.linksets.shelf import write_csv
from homegraph.graph.quality_reach import Answer, Answers, due, keep, kept
from homegraph.graph.release import Release
from homegraph.graph.terms import SKOS
from homegraph.graph.web import status_of

TODAY = date(2026, 11, 22)
EXAMPLE = loaders.by_name("dataset_catalogue").folder / "example"
Make = Callable[..., Release]


class Server(ThreadingHTTPServer):
    """Answers each path with the status that it names, as /404; /no-head only to GET."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str]] = []
        self.base = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.answer("HEAD")

    def do_GET(self) -> None:
        self.answer("GET")

    def answer(self, method: str) -> None:
        assert isinstance(self.server, Server)
        self.server.asked.append((method, self.path))
        name = self.path.rpartition("/")[2]
        status = int(name) if name.isdigit() else 200
        if name == "no-head" and method == "HEAD":
            status = 405
        if name in {"moved", "round"}:
            status = 302
        self.send_response(status)
        if name == "moved":
            self.send_header("Location", "/200")
        elif name == "round":
            self.send_header("Location", "/round")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "status", "methods"),
    [
        ("/200", 200, ["HEAD"]),
        ("/204", 204, ["HEAD"]),
        ("/404", 404, ["HEAD", "GET"]),
        ("/503", 503, ["HEAD"]),
        ("/no-head", 200, ["HEAD", "GET"]),
        ("/moved", 200, ["HEAD", "HEAD"]),
    ],
)
def test_an_address_is_asked_for_its_head_and_followed(
    server: Server, path: str, status: int, methods: list[str]
) -> None:
    assert status_of(server.base + path, nearby=True) == (status, "")
    assert [method for method, _ in server.asked] == methods


def test_what_does_not_answer_says_why(server: Server) -> None:
    gone = server.base
    assert status_of(f"{gone}/round", nearby=True) == (0, "it sends on and on")
    status, problem = status_of("http://127.0.0.1:9/", nearby=True)
    assert status == 0
    assert "refused" in problem
    assert status_of("ftp://example.org/a")[1].endswith("is not a web address")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254"])
def test_a_catalogue_of_others_leads_nobody_into_our_own_network(server: Server, name: str) -> None:
    port = server.server_address[1]
    status, problem = status_of(f"http://{name}:{port}/200")
    assert status == 0
    assert problem.endswith("is in this network, which is not asked")
    assert server.asked == []


def test_answers_are_kept_and_asked_again_when_they_are_old(tmp_path: Path) -> None:
    old = Answer("http://example.org/old", "2026-11-01", 200)
    new = Answer("http://example.org/new", "2026-11-20", 404)
    for answer in (old, new, old):
        keep(tmp_path, answer)
    answers = kept(tmp_path)
    assert answers == Answers({old.address: old, new.address: new})
    every = [old.address, new.address, "http://example.org/never"]
    assert due(every, answers, TODAY, 14) == ["http://example.org/never", old.address]
    assert kept(tmp_path / "elsewhere") == Answers({})


WHOLE = '{"address": "http://a.example/", "asked": "2026-11-20", "status": 200, "problem": ""}'


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "null", "5", "{}", WHOLE[:-5], WHOLE[:-1] + ', "x": 1}', "\udcff"),
        *(WHOLE.replace("200", one) for one in ('"200"', "null", "true", "-1", "2e3", "99999")),
        *(WHOLE.replace("2026-11-20", one) for one in ("", "yesterday", "2026-02-30")),
        *(WHOLE.replace('"2026-11-20"', "5"), WHOLE.replace('"http://a.example/"', "5")),
    ],
)
def test_a_damaged_answer_is_named(tmp_path: Path, text: str) -> None:
    keep(tmp_path, Answer("http://example.org/", "2026-11-20", 200))
    (path,) = (tmp_path / "reach").glob("*.json")
    path.write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(HomeUnusable, match=path.name):
        kept(tmp_path)


def test_an_answer_that_was_not_written_to_its_end_is_none(tmp_path: Path) -> None:
    answer = Answer("http://example.org/", "2026-11-20", 200)
    keep(tmp_path, answer)
    (path,) = (tmp_path / "reach").glob("*.json")
    path.with_suffix(".part").write_text('{"address": "http://ex')
    assert kept(tmp_path) == Answers({answer.address: answer})


def test_hosts_take_turns() -> None:
    every = ["http://a/1", "http://a/2", "http://a/3", "http://b/1", "http://c/1"]
    assert list(by_turns(every)) == [
        *("http://a/1", "http://b/1", "http://c/1", "http://a/2", "http://a/3")
    ]


def test_one_host_is_given_a_pause_and_a_busy_answer_is_not_kept(
    server: Server, tmp_path: Path
) -> None:
    waits: list[float] = []
    nearby = partial(status_of, nearby=True)
    every = [f"{server.base}/{name}" for name in ("200", "404", "503")]
    found = ask(tmp_path, every, TODAY, nearby, 30.0, lambda _: None, waits.append)
    assert [answer.status for answer in found] == [200, 404, 503]
    assert [answer.is_good for answer in found] == [True, False, False]
    assert len(waits) == 2
    assert all(25 < wait <= 30 for wait in waits)
    assert set(kept(tmp_path).found) == set(every[:2])


def test_the_command_asks_what_link_sets_lead_to_and_names_the_rows(
    server: Server, tmp_path: Path, make: Make
) -> None:
    release = make(tmp_path, dataset_catalogue=[EXAMPLE])
    (release.path / "linksets").chmod(0o755)
    links = [
        Triple(CONCEPT + f"police-force/{name}", SKOS.exactMatch.value, f"{server.base}/{status}")
        for name, status in (("essex", "200"), ("kent", "404"))
    ]
    links.append(Triple(links[0].subject, SKOS.exactMatch.value, f"{server.base}/404"))
    for kind in KINDS:
        told = LinkSet.of(kind, links if kind is FORCES_WIKIDATA else [])
        path = release.path / "linksets" / f"{kind.name}.csv"
        path.unlink()
        write_csv(path, told, {}, TODAY.isoformat())
    words = ["reach", "--home", str(tmp_path), "--links", "--pause", "0", "--nearby", "--json"]
    ran = CliRunner().invoke(cli, words)
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    assert (said["asked"], said["good"]) == (2, 1)
    (one,) = said["bad"]
    assert one["address"] == f"{server.base}/404" and one["status"] == 404
    assert one["rows"] == [f"linksets/forces-wikidata.csv: row {row}" for row in (3, 4)]
    assert set(kept(tmp_path).found) == {f"{server.base}/200", f"{server.base}/404"}


def test_the_command_asks_the_addresses_of_the_catalogue(
    server: Server, tmp_path: Path, make: Make
) -> None:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for path in EXAMPLE.glob("*.json"):
        said = re.sub(r'"url": "https?://[^/"]+', f'"url": "{server.base}', path.read_text("utf-8"))
        (folder / path.name).write_text(said, "utf-8")
    home = tmp_path / "home"
    make(home, dataset_catalogue=[folder])
    command = [sys.executable, "-m", "homegraph.endpoint.cli", "reach", "--home", str(home)]
    words = ["--pause", "0", "--most", "5", "--nearby", "--json"]
    root = {"PYTHONPATH": str(Path(__file__).parents[1] / ".dev")}
    ran = subprocess.run(
        [*command, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **root},
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["asked"] == 5
    assert said["good"] + len(said["bad"]) == 5
    assert len(kept(home).found) == 5
    assert len({path for _, path in server.asked}) == 5
