"""Other departments' catalogues come whole or not at all, and cost little when unchanged."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Triple,
    serialize,
)

from homegraph import loaders
from homegraph.endpoint.cli import cli, main
from homegraph.endpoint.inputs import gather
from homegraph.graph.errors import FetchFailed
from homegraph.graph.fetch import Fetched, Walk, into_folder, stem
from homegraph.graph.findings import Reading
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.nquads import lines
from homegraph.graph.raw import NOTE, RawFile, paths
from homegraph.graph.release import current
from homegraph.graph.rules import validate
from homegraph.graph.terms import DCAT, DCT, HYDRA, RDF, SOURCE, XSD
from homegraph.graph.web import Web
from homegraph.loaders.dataset_catalogue.fetching import walked

CATALOGUE = loaders.by_name("dataset_catalogue")
RDF_FORMATS = {
    "ttl": RdfFormat.TURTLE,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
}


@dataclass
class Answer:
    """What a site says at one address; `short` bytes of the body are kept back."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    short: int = 0
    length: bool = True  # whether the length is said beforehand
    chunked: bool = False  # whether the body is written in chunks, as it stands here
    drop: int = 0  # bytes that are sent at a time, with a pause behind them
    linger: float = 0.0  # seconds until the connection is closed, which nobody was told


class Site(ThreadingHTTPServer):
    """A publisher's server: answers by path and query, an ETag on each, 304 when asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, int]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def say(self, target: str, body: bytes | str, **more: object) -> str:
        content = body if isinstance(body, bytes) else body.encode()
        self.answers[target] = Answer(content, **more)
        return self.base + target

    def cut(self, target: str, length: bool) -> None:
        """Let the last part of an answer go missing."""
        answer = self.answers[target]
        answer.short, answer.length = len(answer.body) // 2, length

    @property
    def statuses(self) -> list[int]:
        return [status for _, status in self.asked]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        site = self.server
        answer = site.answers.get(self.path) or Answer(b"nothing here", 404)
        etag = f'"{hashlib.sha256(answer.body).hexdigest()[:12]}"'
        status = answer.status
        if status == 200 and self.headers.get("If-None-Match") == etag:
            status = 304
        site.asked.append((self.path, status))
        self.send_response(status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if status == 200:
            self.send_header("ETag", etag)
        if status == 304:
            self.end_headers()
            self.close_connection = True
            return
        if not answer.length:
            self.send_header("Connection", "close")
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif answer.length:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not answer.drop:
            self.wfile.write(answer.body[: len(answer.body) - answer.short])
        self.close_connection = True
        time.sleep(answer.linger)
        with suppress(ConnectionError):
            for start in range(0, len(answer.body) if answer.drop else 0, answer.drop or 1):
                self.wfile.write(answer.body[start : start + answer.drop])
                time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with Site() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def web(tmp_path: Path) -> Web:
    return Web(tmp_path / "web", most_bytes=1_000_000, timeout=5, sleep=lambda _: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


def fetched(address: str, web: Web, folder: Path, kind: str = "") -> Fetched:
    return into_folder(CATALOGUE.pages(address, web, kind), address, kind, folder)


def loaded(folder: Path, names: Names | None = None) -> tuple[list[Quad], Reading]:
    reading = Reading(1000)
    files = [RawFile.at(path) for path in paths(str(folder), "*")]
    return list(CATALOGUE.load(files, names or Names("https://ours.example/"), reading)), reading


def datasets(quads: list[Quad]) -> list[str]:
    return sorted(
        quad.subject.value
        for quad in quads
        if quad.predicate == RDF.type
        and quad.object == DCAT.Dataset
        and isinstance(quad.subject, NamedNode)
    )


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# DCAT


def dataset(base: str, number: int) -> list[Triple]:
    node, file = NamedNode(f"{base}/d/{number}"), BlankNode()
    team = BlankNode()
    return [
        Triple(node, RDF.type, DCAT.Dataset),
        Triple(node, DCT.title, Literal(f"Dataset {number}", language="en")),
        Triple(node, DCT.description, Literal("One of several.", language="en")),
        Triple(node, DCT.identifier, Literal(f"d-{number}")),
        Triple(node, DCAT.distribution, file),
        Triple(node, DCT.publisher, team),
        Triple(team, NamedNode("http://xmlns.com/foaf/0.1/name"), Literal("Town Council")),
        Triple(file, RDF.type, DCAT.Distribution),
        Triple(file, DCAT.accessURL, NamedNode(f"{base}/files/{number}.csv")),
    ]


def page_of(base: str, suffix: str, page: int, pages: int, old: bool, numbers: range) -> bytes:
    catalogue, view = (
        NamedNode(f"{base}/catalog"),
        NamedNode(f"{base}/catalog.{suffix}?page={page}"),
    )
    said = [Triple(catalogue, RDF.type, DCAT.Catalog)]
    said += [Triple(view, RDF.type, HYDRA.PagedCollection if old else HYDRA.PartialCollectionView)]
    for number in numbers:
        said += dataset(base, number)
        said.append(Triple(catalogue, DCAT.dataset, NamedNode(f"{base}/d/{number}")))
    if page < pages:
        following = f"{base}/catalog.{suffix}?page={page + 1}"
        # ckanext-dcat wrote texts as long as the properties were those of before.
        said.append(
            Triple(view, HYDRA.nextPage, Literal(following))
            if old
            else Triple(view, HYDRA.next, NamedNode(following))
        )
    written = serialize(said, format=RDF_FORMATS[suffix])
    assert written is not None
    return written


def catalogue(
    site: Site, pages: int = 3, each: int = 4, suffix: str = "ttl", old: bool = False
) -> str:
    for page in range(1, pages + 1):
        numbers = range((page - 1) * each, page * each)
        body = page_of(site.base, suffix, page, pages, old, numbers)
        site.say(f"/catalog.{suffix}?page={page}", body)
        if page == 1:
            site.say(f"/catalog.{suffix}", body)
    return f"{site.base}/catalog.{suffix}"


@pytest.mark.parametrize("old", [False, True], ids=["next", "nextPage"])
@pytest.mark.parametrize("suffix", RDF_FORMATS)
def test_all_pages_of_a_catalogue_are_read_in_any_syntax(
    site: Site, web: Web, folder: Path, suffix: str, old: bool
) -> None:
    done = fetched(catalogue(site, suffix=suffix, old=old), web, folder)
    assert (done.pages, done.records) == (3, 12)
    quads, reading = loaded(folder)
    assert not reading.errors
    assert (reading.records, reading.written) == (12, 12)
    assert datasets(quads) == sorted(f"{site.base}/d/{number}" for number in range(12))
    assert "_:" not in "".join(lines(quads))
    assert not validate(lines(quads)).violations


def test_each_record_says_which_catalogue_and_each_file_which_page_it_is_from(
    site: Site, web: Web, folder: Path
) -> None:
    fetched(catalogue(site, pages=2), web, folder)
    files = [RawFile.at(path) for path in paths(str(folder), "*")]
    assert [file.origin for file in files] == [
        f"{site.base}/catalog.ttl",
        f"{site.base}/catalog.ttl?page=2",
    ]
    quads, _ = loaded(folder)
    said = {quad.object for quad in quads if quad.predicate == SOURCE.harvestedFrom}
    assert said == {NamedNode(f"{site.base}/catalog")}
    files[0].path.write_bytes(files[0].path.read_bytes() + b"\n# by hand\n")
    assert RawFile.at(files[0].path).address == ""


def test_a_second_fetch_of_an_unchanged_catalogue_costs_only_304s(
    site: Site, web: Web, folder: Path
) -> None:
    address = catalogue(site)
    first = fetched(address, web, folder)
    before, when = held(folder), folder.stat().st_mtime_ns
    site.asked.clear()
    again = fetched(address, web, folder)
    assert site.statuses == [304, 304, 304]
    assert (first.unchanged, again.unchanged) == (0, 3)
    assert not first.same and again.same
    assert held(folder) == before and folder.stat().st_mtime_ns == when


def test_one_changed_page_is_sent_and_the_others_are_not(
    site: Site, web: Web, folder: Path
) -> None:
    address = catalogue(site)
    fetched(address, web, folder)
    site.say("/catalog.ttl?page=3", page_of(site.base, "ttl", 3, 3, False, range(8, 11)))
    site.asked.clear()
    done = fetched(address, web, folder)
    assert site.statuses == [304, 304, 200]
    assert (done.unchanged, done.records, done.same) == (2, 11, False)
    assert len(datasets(loaded(folder)[0])) == 11


def test_pages_that_are_gone_from_the_catalogue_are_gone_from_the_folder(
    site: Site, web: Web, folder: Path
) -> None:
    address = catalogue(site, pages=3)
    fetched(address, web, folder)
    catalogue(site, pages=2)
    fetched(address, web, folder)
    assert len(held(folder)) == 3  # two pages and the note
    assert len(datasets(loaded(folder)[0])) == 8


@pytest.mark.parametrize("back", ["/catalog.ttl?page=1", "/catalog.ttl?page=2", "#top"])
def test_a_next_that_leads_back_is_an_error_and_nothing_is_lost(
    site: Site, web: Web, folder: Path, back: str
) -> None:
    address = catalogue(site) + "?page=1"
    fetched(address, web, folder)
    before = held(folder)
    text = site.answers["/catalog.ttl?page=2"].body.decode()
    there = f"{site.base}/catalog.ttl?page=3"
    back = f"{site.base}/catalog.ttl?page=2{back}" if back[0] == "#" else site.base + back
    site.say("/catalog.ttl?page=2", text.replace(f"<{there}>", f"<{back}>"))
    with pytest.raises(FetchFailed, match="go round and round"):
        fetched(address, web, folder)
    assert held(folder) == before


def test_pages_that_bring_nothing_new_and_never_end_are_an_error(
    site: Site, web: Web, folder: Path
) -> None:
    same = page_of(site.base, "ttl", 1, 1, False, range(4)).decode()
    for page in range(1, 9):
        following = (
            f"<{site.base}/x> <{HYDRA.next.value}> <{site.base}/catalog.ttl?page={page + 1}> ."
        )
        site.say(f"/catalog.ttl?page={page}", f"{same}\n{following}\n")
    with pytest.raises(FetchFailed, match="page 2 has no dataset that was not on the pages before"):
        fetched(f"{site.base}/catalog.ttl?page=1", web, folder)
    assert not folder.exists()


def test_a_catalogue_that_says_it_has_more_than_it_gives_is_an_error(
    site: Site, web: Web, folder: Path
) -> None:
    address = catalogue(site, pages=1)
    text = site.answers["/catalog.ttl"].body.decode()
    total = f'<{site.base}/x> <{HYDRA.totalItems.value}> "9"^^<{XSD.integer.value}> .'
    site.say("/catalog.ttl", f"{text}\n{total}\n")
    with pytest.raises(FetchFailed, match="has 9 datasets and gave 4 on 1 pages"):
        fetched(address, web, folder)


def test_a_next_page_on_another_host_is_not_followed(site: Site, web: Web, folder: Path) -> None:
    address = catalogue(site)
    text = site.answers["/catalog.ttl"].body.decode()
    elsewhere = text.replace(f"<{site.base}/catalog.ttl?page=2>", "<http://10.0.0.1/catalog.ttl>")
    site.say("/catalog.ttl", elsewhere)
    with pytest.raises(FetchFailed, match=r"another host than 127\.0\.0\.1"):
        fetched(address, web, folder)


def test_pages_may_be_on_the_host_that_the_first_one_sends_on_to(
    site: Site, web: Web, folder: Path
) -> None:
    address = catalogue(site)
    there = address.replace("127.0.0.1", "localhost")
    for target in [f"/catalog.ttl?page={page}" for page in (1, 2, 3)] + ["/catalog.ttl"]:
        site.answers[target].body = site.answers[target].body.replace(
            b"//127.0.0.1", b"//localhost"
        )
    start = site.say("/start", b"", status=301, headers={"Location": there})
    assert fetched(start, web, folder).records == 12


def test_a_walk_ends_at_its_limits(site: Site, web: Web) -> None:
    for name in "abc":
        site.say(f"/{name}", b"x" * 10)
    times = iter([0.0, 1.0, 2.0, 99.0])
    for walk, words in (
        (Walk(web, most_pages=2), "more than 2 pages"),
        (Walk(web, most_bytes=25), "more than 25 bytes"),
        (Walk(web, most_seconds=36, clock=lambda: next(times)), r"longer than 0\.01 hours"),
    ):
        walk.get(f"{site.base}/a")
        walk.get(f"{site.base}/b")
        with pytest.raises(FetchFailed, match=words):
            walk.get(f"{site.base}/c")


# Answers that are not whole, or not what they seem


@pytest.mark.parametrize("length", [True, False], ids=["length said", "length not said"])
@pytest.mark.parametrize("suffix", RDF_FORMATS)
def test_a_page_that_is_cut_off_is_an_error_and_nothing_is_lost(
    site: Site, web: Web, folder: Path, suffix: str, length: bool
) -> None:
    address = catalogue(site, suffix=suffix)
    fetched(address, web, folder)
    before = held(folder)
    site.say(f"/catalog.{suffix}?page=2", page_of(site.base, suffix, 2, 3, False, range(4, 9)))
    site.cut(f"/catalog.{suffix}?page=2", length)
    with pytest.raises(FetchFailed, match=r"page=2"):
        fetched(address, web, folder)
    assert held(folder) == before
    # What was cut off is not believed when the server says later that it has not changed.
    site.answers[f"/catalog.{suffix}?page=2"].short = 0
    assert fetched(address, web, folder).records == 13


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "length said"])
def test_an_answer_that_comes_drop_by_drop_is_not_waited_for(
    site: Site, tmp_path: Path, chunked: bool
) -> None:
    drop = b"1\r\nx\r\n" if chunked else b"x"
    address = site.say("/slow", drop * 60, drop=len(drop), chunked=chunked)
    patience = Web(tmp_path / "web", timeout=5, longest=0.3, sleep=lambda _: None)
    start = time.monotonic()
    with pytest.raises(FetchFailed, match="had not come whole after"):
        patience.get(address)
    assert time.monotonic() - start < 2.5


def test_chunks_that_end_too_early_are_no_answer(site: Site, web: Web) -> None:
    address = site.say("/cut", b"5\r\nwhole\r\n5\r\nwh", chunked=True)
    with pytest.raises(FetchFailed, match="no answer"):
        web.get(address)
    site.say("/cut", b"5\r\nwhole\r\n0\r\n\r\n", chunked=True)
    assert web.get(address) == b"whole"


@pytest.mark.parametrize("status", [404, 500])
def test_a_page_in_the_middle_that_fails_leaves_all_as_it_was(
    site: Site, web: Web, folder: Path, status: int
) -> None:
    address = catalogue(site)
    fetched(address, web, folder)
    before = held(folder)
    catalogue(site, each=5)
    site.answers["/catalog.ttl?page=2"].status = status
    with pytest.raises(FetchFailed, match=f"status {status}"):
        fetched(address, web, folder)
    assert held(folder) == before
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_a_build_keeps_all_pages_or_none(site: Site, web: Web, tmp_path: Path) -> None:
    address = catalogue(site)
    home = Home(tmp_path / "home")
    site.answers["/catalog.ttl?page=3"].status = 500
    with pytest.raises(FetchFailed):
        gather(home, CATALOGUE, [address], Names(), web)
    assert not home.raw.folder.exists()
    site.answers["/catalog.ttl?page=3"].status = 200
    files = gather(home, CATALOGUE, [address], Names(), web)
    assert [file.address for file in files] == [
        address,
        f"{address}?page=2",
        f"{address}?page=3",
    ]


def test_a_folder_and_its_address_give_the_same_build(
    site: Site, web: Web, folder: Path, tmp_path: Path
) -> None:
    address = catalogue(site)
    fetched(address, web, folder)
    home = Home(tmp_path / "home")
    files = [gather(home, CATALOGUE, [one], Names(), web) for one in (address, str(folder))]
    assert files[0] == files[1]
    said = [lines(CATALOGUE.load(each, Names(), Reading())) for each in files]
    assert said[0] == said[1]


def test_packed_and_mislabelled_answers_are_read_for_what_they_are(
    site: Site, web: Web, folder: Path
) -> None:
    address = catalogue(site, pages=2)
    plain = site.answers["/catalog.ttl"].body
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/html"}
    site.say("/catalog.ttl", gzip.compress(plain), headers=headers)
    assert fetched(address, web, folder).records == 8
    site.say("/dump.ttl.gz", gzip.compress(plain))
    assert fetched(f"{site.base}/dump.ttl.gz", web, folder).records == 8
    site.say("/dump.ttl.gz", gzip.compress(plain)[:-20])
    with pytest.raises(FetchFailed, match="gzip is cut off"):
        fetched(f"{site.base}/dump.ttl.gz", web, folder)


def test_a_redirect_is_followed_and_the_address_it_leads_to_is_remembered(
    site: Site, web: Web, folder: Path
) -> None:
    catalogue(site, pages=1)
    address = site.say("/old", b"", status=302, headers={"Location": "/catalog.ttl"})
    site.cut("/catalog.ttl", length=False)
    with pytest.raises(FetchFailed, match="not Turtle"):
        fetched(address, web, folder)
    site.answers["/catalog.ttl"].short = 0
    fetched(address, web, folder)
    [file] = [RawFile.at(path) for path in paths(str(folder), "*")]
    assert file.address == f"{site.base}/catalog.ttl"


def test_what_a_redirect_leads_to_is_asked_on_a_connection_of_its_own(
    site: Site, web: Web, folder: Path
) -> None:
    catalogue(site, pages=1)
    headers = {"Location": "/catalog.ttl"}
    address = site.say("/old", b"", status=302, headers=headers, linger=0.1)
    assert fetched(address, web, folder).records == 4


@pytest.mark.parametrize("kind", ["", "dcat", "data.json", "oai-pmh", "ckan"])
def test_a_web_page_for_people_is_no_catalogue(
    site: Site, web: Web, folder: Path, kind: str
) -> None:
    address = site.say("/catalogue", b"<!DOCTYPE html><html><p>Welcome</html>")
    site.say("/catalogue/api/3/action/package_search?rows=100&start=0&sort=name+asc", b"<html>")
    site.say("/catalogue?verb=ListMetadataFormats", b"<html>")
    with pytest.raises(FetchFailed) as no:
        fetched(address, web, folder, kind)
    assert site.base in str(no.value)
    assert not folder.exists()


def test_an_address_with_a_password_is_refused(web: Web, folder: Path) -> None:
    with pytest.raises(FetchFailed, match="password") as no:
        fetched("https://jo:secret@a.example/catalog.ttl", web, folder)
    assert "secret" not in str(no.value)


def test_a_folder_that_holds_something_else_is_left_alone(
    site: Site, web: Web, folder: Path
) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(FetchFailed, match="not fetched"):
        fetched(catalogue(site), web, folder)
    assert held(folder) == {"thesis.txt": b"mine"}
    assert not site.asked


# CKAN


def ckan(result: object) -> bytes:
    return json.dumps({"success": True, "result": result}).encode()


def package(name: str) -> dict[str, object]:
    owner = {"name": "town-council", "title": "Town Council"}
    about = {"id": f"id-{name}", "name": name, "title": name.title(), "notes": "One."}
    return {**about, "license_id": "uk-ogl", "organization": owner, "resources": []}


def a_ckan(site: Site, searched: bool) -> str:
    names = ["parking", "parks"]
    action = "/data/api/3/action"
    if searched:
        result = {"count": 2, "results": [package(name) for name in names]}
        site.say(f"{action}/package_search?rows=100&start=0&sort=name+asc", ckan(result))
    else:
        site.say(f"{action}/package_list", ckan(names))
        for name in names:
            site.say(f"{action}/package_show?id={name}", ckan(package(name)))
    council = {"name": "town-council", "title": "Town Council", "is_organization": True}
    site.say(f"{action}/organization_show?id=town-council", ckan(council))
    return f"{site.base}/data/"


@pytest.mark.parametrize("kind", ["", "ckan"])
@pytest.mark.parametrize("searched", [True, False], ids=["searched", "listed"])
def test_a_ckan_is_read_by_search_or_one_by_one(
    site: Site, web: Web, folder: Path, searched: bool, kind: str
) -> None:
    done = fetched(a_ckan(site, searched), web, folder, kind)
    assert done.records == 2
    quads, reading = loaded(folder)
    assert not reading.errors
    assert reading.written == reading.records == 3
    host = f"127.0.0.1:{site.server_address[1]}"
    ours = "https://ours.example/id/dataset"
    assert datasets(quads) == [f"{ours}/{host}/parking", f"{ours}/{host}/parks"]
    said = {quad.object for quad in quads if quad.predicate == SOURCE.harvestedFrom}
    assert said == {NamedNode(f"{site.base}/data")}
    site.asked.clear()
    assert fetched(a_ckan(site, searched), web, folder, kind).same
    assert set(site.statuses) <= {304, 404}


def test_packages_of_one_name_in_two_catalogues_stay_two(
    site: Site, web: Web, tmp_path: Path
) -> None:
    fetched(a_ckan(site, searched=True), web, tmp_path / "all" / "one")
    with Site() as other:
        thread = Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        fetched(a_ckan(other, searched=True), web, tmp_path / "all" / "two")
        other.shutdown()
        thread.join()
    quads, reading = loaded(tmp_path / "all")
    assert reading.refused == 0
    assert len(datasets(quads)) == 4
    names = [path.name for path in paths(str(tmp_path / "all"), "*")]
    assert len(set(names)) == len(names)


def test_the_address_of_a_site_may_be_that_of_a_catalogue_in_rdf(
    site: Site, web: Web, folder: Path
) -> None:
    catalogue(site, pages=2)
    address = site.say("/", site.answers["/catalog.ttl"].body)
    assert fetched(address, web, folder).records == 8


# data.json


def in_data_json(number: int) -> dict[str, object]:
    return {
        "title": f"Dataset {number}",
        "description": "One of several.",
        "identifier": f"https://town.example/d/{number}",
        "publisher": {"name": "Town Council"},
        "accessLevel": "public",
        "distribution": [{"downloadURL": f"https://town.example/{number}.csv"}],
    }


@pytest.mark.parametrize("bare", [True, False], ids=["a list", "an object"])
def test_data_json_is_read_whole(site: Site, web: Web, folder: Path, bare: bool) -> None:
    said: object = [in_data_json(number) for number in range(5)]
    address = site.say("/data.json", json.dumps(said if bare else {"dataset": said}))
    assert fetched(address, web, folder).records == 5
    quads, reading = loaded(folder)
    assert not reading.errors and reading.written == 5
    assert datasets(quads) == [f"https://town.example/d/{number}" for number in range(5)]
    assert not validate(lines(quads)).violations
    assert fetched(address, web, folder).unchanged == 1


@pytest.mark.parametrize("kind", ["", "data.json"])
def test_data_json_that_is_cut_off_is_an_error(
    site: Site, web: Web, folder: Path, kind: str
) -> None:
    said = [in_data_json(number) for number in range(5)]
    address = site.say("/data.json", json.dumps(said)[:-30])
    with pytest.raises(FetchFailed, match="no whole JSON"):
        fetched(address, web, folder, kind)


# OAI-PMH


OAI = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><request>{base}/oai</request>{body}</OAI-PMH>'
DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Dataset {number}</dc:title>'
    "<dc:creator>Jo Bloggs</dc:creator><dc:description>One of several.</dc:description>"
    "<dc:identifier>https://town.example/d/{number}</dc:identifier></oai_dc:dc>"
)
IN_RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/">'
    '<dcat:Dataset rdf:about="https://town.example/d/{number}"><dct:title>Dataset {number}'
    "</dct:title><dct:description>One of several.</dct:description></dcat:Dataset></rdf:RDF>"
)
DELETED = (
    '<record><header status="deleted"><identifier>oai:town.example:9</identifier>'
    "<datestamp>2026-11-01</datestamp></header></record>"
)


def oai_record(number: int, payload: str) -> str:
    return (
        f"<record><header><identifier>oai:town.example:{number}</identifier>"
        f"<datestamp>2026-10-0{number}</datestamp></header>"
        f"<metadata>{payload.format(number=number)}</metadata></record>"
    )


def a_repository(site: Site, prefixes: list[str], following: str = "two") -> str:
    def answer(query: str, body: str) -> None:
        site.say(f"/oai?{query}", '<?xml version="1.0"?>' + OAI.format(base=site.base, body=body))

    site.say("/oai", OAI.format(base=site.base, body='<error code="badVerb">none</error>'))
    formats = "".join(
        f"<metadataFormat><metadataPrefix>{one}</metadataPrefix></metadataFormat>"
        for one in prefixes
    )
    answer("verb=ListMetadataFormats", f"<ListMetadataFormats>{formats}</ListMetadataFormats>")
    for prefix in prefixes:
        payload = IN_RDF if "dcat" in prefix else DC
        first = "".join(oai_record(number, payload) for number in (1, 2))
        token = "<resumptionToken>two</resumptionToken>"
        answer(
            f"verb=ListRecords&metadataPrefix={prefix}",
            f"<ListRecords>{first}{token}</ListRecords>",
        )
    payload = IN_RDF if "dcat" in "".join(prefixes) else DC
    last = oai_record(3, payload) + DELETED
    token = f"<resumptionToken>{'' if following == 'two' else following}</resumptionToken>"
    answer("verb=ListRecords&resumptionToken=two", f"<ListRecords>{last}{token}</ListRecords>")
    return f"{site.base}/oai"


@pytest.mark.parametrize("kind", ["", "oai-pmh"])
@pytest.mark.parametrize("prefixes", [["oai_dc"], ["oai_dc", "dcat_ap"]], ids=["dc", "dcat"])
def test_all_records_of_a_repository_are_read_in_the_best_form_it_has(
    site: Site, web: Web, folder: Path, prefixes: list[str], kind: str
) -> None:
    address = a_repository(site, prefixes)
    done = fetched(address, web, folder, kind)
    assert (done.pages, done.records) == (2, 4)
    assert any(prefixes[-1] in target for target, _ in site.asked)
    quads, reading = loaded(folder)
    assert not reading.errors
    assert (reading.records, reading.written, reading.refused) == (4, 3, 1)
    assert datasets(quads) == [f"https://town.example/d/{number}" for number in (1, 2, 3)]
    assert any("deleted" in finding.problem for finding in reading.warnings)
    assert "Bloggs" not in "".join(lines(quads)) + "".join(map(str, reading))
    assert not validate(lines(quads)).violations
    assert fetched(address, web, folder, kind).same


def test_a_token_that_leads_back_is_an_error(site: Site, web: Web, folder: Path) -> None:
    address = a_repository(site, ["oai_dc"], following="two&amp;x=1")
    site.answers["/oai?verb=ListRecords&resumptionToken=two%26x%3D1"] = site.answers[
        "/oai?verb=ListRecords&resumptionToken=two"
    ]
    with pytest.raises(FetchFailed, match="go round and round"):
        fetched(address, web, folder)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<error code="badResumptionToken">too old</error>', "badResumptionToken: too old"),
        ("<ListRecords>", "not XML"),
        ("<!DOCTYPE x>", "document type"),
    ],
)
def test_what_a_repository_says_in_the_middle_may_not_be_records(
    site: Site, web: Web, folder: Path, body: str, words: str
) -> None:
    address = a_repository(site, ["oai_dc"])
    text = body if body.startswith("<!") else OAI.format(base=site.base, body=body)
    site.say("/oai?verb=ListRecords&resumptionToken=two", text)
    with pytest.raises(FetchFailed, match=words):
        fetched(address, web, folder)
    assert not folder.exists()


def test_a_set_and_a_form_may_be_named_in_the_address(site: Site, web: Web, folder: Path) -> None:
    a_repository(site, ["oai_dc", "dcat_ap"])
    one = OAI.format(base=site.base, body=f"<ListRecords>{oai_record(1, DC)}</ListRecords>")
    site.say("/oai?verb=ListRecords&metadataPrefix=oai_dc&set=maps", one)
    address = f"oai-pmh+{site.base}/oai?verb=ListRecords&set=maps&metadataPrefix=oai_dc"
    assert fetched(address, web, folder).records == 1


# The command


def test_the_command_fetches_into_a_folder_and_says_what_is_next(
    site: Site, tmp_path: Path, folder: Path
) -> None:
    words = ["fetch", catalogue(site), "--home", str(tmp_path / "home"), "--into", str(folder)]
    ran = CliRunner().invoke(cli, words)
    assert ran.exit_code == 0, ran.output
    assert "Fetched 3 pages with 12 records" in ran.output
    assert f"homegraph build --add dataset_catalogue={folder}" in ran.output
    again = json.loads(CliRunner().invoke(cli, [*words, "--json"]).output)
    assert (again["unchanged"], again["same"], again["records"]) == (3, True, 12)
    assert again["files"] == sorted(set(held(folder)) - {NOTE})


def test_the_command_ends_with_the_exit_code_of_a_publishers_fault(
    site: Site, tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["fetch", catalogue(site), "--kind", "oai-pmh", "--home", str(tmp_path / "home")]
    assert main([*words, "--into", str(folder)]) == 3
    assert "404" in capsys.readouterr().err
    assert not folder.exists()


def test_in_a_release_each_record_leads_to_the_page_that_it_is_from(
    site: Site, tmp_path: Path, folder: Path
) -> None:
    home = str(tmp_path / "home")
    assert main(["fetch", catalogue(site), "--home", home, "--into", str(folder)]) == 0
    assert main(["build", "--home", home, f"dataset_catalogue={folder}"]) == 0
    asked = """
        PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
        PREFIX prov: <http://www.w3.org/ns/prov#>
        PREFIX source: <https://w3id.org/homegraph/def/source#>
        SELECT ?dataset ?page ?catalogue {
            ?ours dcat:dataset ?dataset . ?dataset source:harvestedFrom ?catalogue .
            ?record foaf:primaryTopic ?dataset ; prov:wasDerivedFrom ?file .
            ?file prov:hadPrimarySource ?page }"""
    found = current(Path(home)).store().query(asked, use_default_graph_as_union=True)
    assert isinstance(found, QuerySolutions)
    said = {(row["dataset"].value, row["page"].value, row["catalogue"].value) for row in found}
    address = f"{site.base}/catalog.ttl"
    pages = [address, f"{address}?page=2", f"{address}?page=3"]
    assert said == {
        (f"{site.base}/d/{number}", pages[number // 4], f"{site.base}/catalog")
        for number in range(12)
    }


def test_a_kind_may_stand_before_the_address_in_a_list_of_sources(site: Site, web: Web) -> None:
    pages = list(walked(f"dcat+{catalogue(site)}", web))
    assert [page.records for page in pages] == [4, 4, 4]
    with pytest.raises(FetchFailed, match="status 404"):
        list(walked(f"ckan+{catalogue(site)}", web))


def test_files_of_two_catalogues_have_names_of_their_own() -> None:
    one = stem("https://a.example/catalog.ttl")
    assert one != stem("https://b.example/catalog.ttl")
    assert parse_qs(urlsplit(f"https://x/?name={one}").query)["name"] == [one]
