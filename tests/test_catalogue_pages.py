"""The catalogue is delivered page by page, in every format, and costs nothing to read again."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import rdflib
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse
from rdflib.compare import isomorphic

from homegraph import loaders
from homegraph.endpoint import World, create_app
from homegraph.endpoint.formats import GRAPHS, Format
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.record import Records
from homegraph.graph.release import Release, current
from homegraph.graph.terms import ASSET, DCAT, DCT, FOAF, HYDRA, RDF, SPDX

BASE = "http://localhost:8000/"
HTML = {"Accept": "text/html"}
RDFLIB = {"ttl": "turtle", "rdf": "xml", "xml": "xml", "jsonld": "json-ld", "nt": "nt"}
RAPPER = {"ttl": "turtle", "rdf": "rdfxml", "xml": "rdfxml", "nt": "ntriples"}
MANY = 250  # datasets: three pages, the last one not full

each_graph = pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.suffix)


# A large catalogue, without a release


def many_datasets(count: int) -> Iterator[Quad]:
    """A catalogue with a service, datasets, and versions of one that it does not list."""
    names = Names(BASE)
    graph, catalogue, service = names.graph("catalogue"), names.data("catalogue"), BASE + "data/s"
    said = [
        (catalogue, RDF.type, DCAT.Catalog),
        (catalogue, DCT.title, Literal("Many", language="en")),
        (catalogue, DCAT.service, NamedNode(service)),
        (NamedNode(service), RDF.type, DCAT.DataService),
        (NamedNode(service), DCT.identifier, Literal("s")),
    ]
    for number in range(count):
        node, file = names.data(f"d{number:03}"), NamedNode(f"{BASE}data/d{number:03}/csv")
        title = f"Seizures in district {number} <b> & “Š”"
        said += [
            (catalogue, DCAT.dataset, node),
            (NamedNode(service), DCAT.servesDataset, node),
            (node, RDF.type, DCAT.Dataset),
            (node, DCT.title, Literal(title, language="en")),
            (node, DCT.identifier, Literal(f"d{number}")),
            (node, DCT.publisher, names.thing("organisation", "office")),
            (node, DCAT.keyword, Literal("odd" if number % 2 else "even", language="en")),
            (node, DCAT.distribution, file),
            (node, DCAT.hasVersion, names.data(f"d{number:03}", "1")),
            (names.data(f"d{number:03}", "1"), RDF.type, DCAT.Dataset),
            (file, RDF.type, DCAT.Distribution),
            (file, DCAT.byteSize, Literal(number)),
        ]
    said.append((names.thing("organisation", "office"), RDF.type, FOAF.Agent))
    said.append((names.thing("organisation", "office"), FOAF.name, Literal("The office")))
    yield from (Quad(*statement, graph) for statement in said)


def world_of(path: Path, count: int) -> World:
    store = Store(str(path))
    store.bulk_extend(many_datasets(count))
    store.flush()
    del store
    return World.of_store(path)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world_of(tmp_path_factory.mktemp("many") / "store", MANY)


@pytest.fixture(scope="module")
def client(many: World) -> FlaskClient:
    return create_app(many).test_client()


def triples(body: bytes, form: Format) -> set[Triple]:
    assert isinstance(form.engine, RdfFormat)
    return {quad.triple for quad in parse(body, format=form.engine)}


def listed(said: set[Triple]) -> set[str]:
    return {one.object.value for one in said if one.predicate == DCAT.dataset}


def path_of(said: set[Triple], predicate: NamedNode) -> str:
    """Where a page leads to by a property; nothing where it says none."""
    found = {one.object.value for one in said if one.predicate == predicate}
    assert len(found) <= 1
    return "".join(found).removeprefix(BASE)


def walked(client: FlaskClient, path: str, form: Format, way: NamedNode) -> list[set[Triple]]:
    """The pages from a first one on, each by where the one before leads."""
    pages: list[set[Triple]] = []
    while path:
        assert len(pages) < 10
        answer = client.get(f"/{path}", headers={"Accept": form.media_type})
        assert (answer.status_code, answer.mimetype) == (200, form.media_type)
        pages.append(triples(answer.data, form))
        path = path_of(pages[-1], way)
    return pages


@each_graph
@pytest.mark.parametrize("way", [HYDRA.next, HYDRA.nextPage], ids=["next", "nextPage"])
@pytest.mark.parametrize("suffixed", [True, False], ids=["suffix", "accept"])
def test_all_datasets_stand_on_one_page_each(
    client: FlaskClient, many: World, form: Format, way: NamedNode, suffixed: bool
) -> None:
    first = f"catalog.{form.suffix}" if suffixed else "catalog"
    pages = walked(client, first, form, way)
    assert [len(listed(page)) for page in pages] == [100, 100, 50]
    assert set().union(*map(listed, pages)) == {one.value for one in many.datasets}
    ordered = sorted(one.value for one in many.datasets)
    assert [sorted(listed(page)) for page in pages] == [
        ordered[:100],
        ordered[100:200],
        ordered[200:],
    ]
    for page in pages:
        typed = {one.subject.value for one in page if one.object == DCAT.Dataset}
        assert typed == listed(page)  # versions of others are none of the catalogue's datasets


def test_a_page_says_where_it_stands(client: FlaskClient) -> None:
    said = triples(client.get("/catalog.rdf?page=2").data, GRAPHS[2])
    node = NamedNode(f"{BASE}catalog.rdf?page=2")
    assert Triple(node, RDF.type, HYDRA.PartialCollectionView) in said
    assert Triple(node, RDF.type, HYDRA.PagedCollection) in said
    view = {one.predicate: one.object.value for one in said if one.subject == node}
    assert (view[HYDRA.totalItems], view[HYDRA.itemsPerPage]) == ("250", "100")
    for now, before, number in (
        (HYDRA.first, HYDRA.firstPage, 1),
        (HYDRA.previous, HYDRA.previousPage, 1),
        (HYDRA.next, HYDRA.nextPage, 3),
        (HYDRA.last, HYDRA.lastPage, 3),
    ):
        assert view[now] == view[before] == f"{BASE}catalog.rdf?page={number}"


def test_the_first_page_has_no_previous_and_the_last_no_next(client: FlaskClient) -> None:
    first = client.get("/catalog.ttl")
    assert first.data == client.get("/catalog.ttl?page=1").data
    assert not path_of(triples(first.data, GRAPHS[0]), HYDRA.previous)
    last = client.get("/catalog.ttl?page=3")
    assert not path_of(triples(last.data, GRAPHS[0]), HYDRA.next)
    assert "next" not in str(last.headers.getlist("Link"))
    assert '</catalog.ttl?page=2>; rel="prev"' in last.headers.getlist("Link")


@pytest.mark.parametrize("number", [99, 100, 101, 0])
def test_a_page_that_is_just_full_is_followed_by_none_that_is_empty(
    tmp_path: Path, number: int
) -> None:
    client = create_app(world_of(tmp_path / "store", number)).test_client()
    pages = walked(client, "catalog.ttl", GRAPHS[0], HYDRA.next) if number else []
    assert [len(listed(page)) for page in pages] == {101: [100, 1], 0: []}.get(number, [number])
    assert client.get("/catalog.ttl").status_code == 200


def test_a_service_stands_on_the_first_page_and_serves_what_is_listed(client: FlaskClient) -> None:
    """One on each page would be several with one identifier for udata, which is an error."""
    pages = walked(client, "catalog", GRAPHS[0], HYDRA.next)
    typed = [sum(one.object == DCAT.DataService for one in page) for page in pages]
    assert typed == [1, 0, 0]
    for page in pages:
        served = {one.object.value for one in page if one.predicate == DCAT.servesDataset}
        assert served == listed(page)
        titles = [one for one in page if one.subject.value == f"{BASE}data/catalogue"]
        assert Triple(NamedNode(f"{BASE}data/catalogue"), RDF.type, DCAT.Catalog) in titles


@pytest.mark.parametrize("suffix", ["", *(form.suffix for form in GRAPHS), "xml", "html"])
@pytest.mark.parametrize(
    ("page", "status"),
    [("4", 404), ("999999999", 404), ("0", 400), ("-1", 400), ("x", 400), ("", 400), ("1.0", 400),
     ("٢", 400), ("9" * 30, 400)],
)  # fmt: skip
def test_there_is_no_page_beyond_the_last(
    client: FlaskClient, suffix: str, page: str, status: int
) -> None:
    path = f"/catalog.{suffix}" if suffix else "/catalog"
    for ask in (client.get, client.head):
        answer = ask(path, query_string={"page": page})
        assert answer.status_code == status
    assert client.get(path, query_string={"page": page}).json["detail"]


def test_formats_of_a_page_are_one_graph(client: FlaskClient) -> None:
    """Under one address they say the same; by suffix, only where the pages are differs."""
    wanted: set[Triple] | None = None
    for form in GRAPHS:
        body = client.get("/catalog?page=2", headers={"Accept": form.media_type}).data
        said = triples(body, form)
        assert wanted is None or said == wanted
        wanted = said
        suffixed = client.get(f"/catalog.{form.suffix}?page=2").data.replace(
            f"catalog.{form.suffix}?".encode(), b"catalog?"
        )
        assert triples(suffixed, form) == wanted


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # by its JSON-LD parser
def test_another_reader_finds_the_same_in_each_format(client: FlaskClient) -> None:
    graphs = []
    for suffix, name in RDFLIB.items():
        answer = client.get(f"/catalog.{suffix}?page=3")
        text = answer.text.replace(f"catalog.{suffix}?", "catalog?")
        graphs.append(rdflib.Graph().parse(data=text, format=name))
    assert len(graphs[0]) > 500
    assert all(isomorphic(graphs[0], other) for other in graphs[1:])


# A program of the system, which pip cannot install; .ci/run does.
@pytest.mark.skipif(shutil.which("rapper") is None, reason="rapper (raptor2-utils) is not here")
@pytest.mark.parametrize("suffix", RAPPER)
def test_rapper_reads_a_page(client: FlaskClient, suffix: str, tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(client.get(f"/catalog.{suffix}").data)
    command = ["rapper", "--quiet", "--count", "--input", RAPPER[suffix], str(tmp_path / "page")]
    ran = subprocess.run([*command, BASE], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0 and "rror" not in ran.stderr


@pytest.mark.parametrize("suffix", ["", ".ttl", ".rdf", ".xml", ".jsonld", ".nt", ".html"])
def test_a_harvester_may_ask_by_head_first(client: FlaskClient, suffix: str) -> None:
    asked, got = client.head(f"/catalog{suffix}"), client.get(f"/catalog{suffix}")
    assert (asked.status_code, got.status_code, asked.data) == (200, 200, b"")
    assert asked.headers == got.headers
    assert got.content_type.endswith("; charset=utf-8")
    assert "“Š”" in got.text or "\\u0160" in got.text


@pytest.mark.parametrize("word", ["ttl", "rdf", "text/turtle"])
def test_who_names_the_format_is_led_on_in_it(client: FlaskClient, word: str) -> None:
    said = client.get("/catalog", query_string={"format": word})
    suffix = {"text/turtle": "ttl"}.get(word, word)
    assert f'</catalog.{suffix}?page=2>; rel="next"' in said.headers.getlist("Link")


def test_xml_leads_on_to_xml(client: FlaskClient) -> None:
    """udata guesses the format of all pages from the end of the first address."""
    pages = walked(client, "catalog.xml", GRAPHS[2], HYDRA.next)
    assert len(pages) == 3
    assert path_of(pages[0], HYDRA.next) == "catalog.xml?page=2"


def test_a_page_for_people_leads_to_the_others(client: FlaskClient) -> None:
    page = client.get("/catalog.html?page=2").text
    assert "Page 2 of 3, datasets 101 to 200" in page
    assert page.count('<a href="/data/d') == 100
    for number in (1, 3):
        assert f'href="/catalog.html?page={number}"' in page
    assert "Seizures in district 150 &lt;b&gt; &amp; “Š”" in page
    assert '<link rel="next" href="/catalog.html?page=3">' in page
    assert '<a href="/catalog.ttl?page=2"' in page
    assert "Next page" not in client.get("/catalog.html?page=3").text
    by_accept = client.get("/catalog?page=2", headers=HTML).text
    assert 'href="/catalog?page=3"' in by_accept


@pytest.mark.parametrize(
    ("words", "count"),
    [("seizures", 250), ("SEIZURES odd", 125), ("district 249", 1), ("even “š”", 125), ("<b>", 250),
     ('"quoted" \\', 0), ("} UNION {", 0), ("  ", 250), ("d e f g h i j k l m", 0)],
)  # fmt: skip
def test_a_search_finds_what_has_all_words(client: FlaskClient, words: str, count: int) -> None:
    answer = client.get("/catalog.nt", query_string={"q": words})
    said = triples(answer.data, GRAPHS[1])
    total = {one.object.value for one in said if one.predicate == HYDRA.totalItems}
    assert total == {str(count)}
    assert f"{count} dataset" in client.get("/catalog.html", query_string={"q": words}).text


def test_a_search_is_paged_too(client: FlaskClient) -> None:
    pages = walked(client, "catalog.ttl?q=odd+%E2%80%9C", GRAPHS[0], HYDRA.next)
    assert [len(listed(page)) for page in pages] == [100, 25]
    page = client.get("/catalog.html?q=odd&page=2").text
    assert 'href="/catalog.html?q=odd&amp;page=1"' in page
    assert 'value="odd"' in page
    assert client.get("/catalog?q=odd&page=3").status_code == 404
    assert client.get("/catalog", query_string={"q": "x" * 201}).status_code == 400


def test_a_page_costs_nothing_the_second_time(client: FlaskClient) -> None:
    for path in ("/catalog", "/catalog.rdf?page=3", "/catalog.html?page=2", "/data/d007.ttl"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    tags = {client.get(f"/catalog.{form.suffix}").headers["ETag"] for form in GRAPHS}
    assert len(tags) == len(GRAPHS)


def test_a_page_has_another_validator_only_when_it_says_something_else(
    client: FlaskClient, tmp_path: Path
) -> None:
    """Whatever else the store holds, and whichever release it is."""
    path = tmp_path / "store"
    store = Store(str(path))
    store.bulk_extend(many_datasets(MANY))
    node = NamedNode(f"{BASE}data/d150")
    graph = Names(BASE).graph("catalogue")
    store.add(Quad(node, DCAT.keyword, Literal("new", language="en"), graph))
    store.add(Quad(NamedNode(f"{BASE}id/asset/1"), RDF.type, ASSET.InformationAsset))
    store.flush()
    del store
    other = create_app(World.of_store(path)).test_client()
    changed = {
        address
        for address in ("/catalog.ttl", "/catalog.ttl?page=2", "/catalog.ttl?page=3",
                        "/data/d150.ttl", "/data/d151.ttl")
        if client.get(address).headers["ETag"] != other.get(address).headers["ETag"]
    }  # fmt: skip
    assert changed == {"/catalog.ttl?page=2", "/data/d150.ttl"}


def received(address: str, **headers: str) -> bytes:
    """All that a server sends in answer to a GET: status line, headers and body."""
    parts = urlsplit(address)
    sent = {"Host": parts.netloc, "Connection": "close", **headers}
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items())]
    with socket.create_connection((parts.hostname, parts.port), timeout=60) as channel:
        channel.sendall("\r\n".join([*lines, "", ""]).encode())
        return b"".join(iter(lambda: channel.recv(65_536), b""))


def test_five_hundred_unchanged_datasets_are_told_in_a_few_bytes(
    tmp_path: Path, serve: Callable[..., Any]
) -> None:
    """Whoever comes again with what they were given, compressed or not."""
    world_of(tmp_path / "store", 500)
    coding = {"Accept-Encoding": "gzip"}
    with serve("--store", tmp_path / "store") as server:
        for form, number in itertools.product(GRAPHS, range(1, 6)):
            address = f"{server.address}/catalog.{form.suffix}?page={number}"
            for coded in ({}, coding):
                whole = received(address, **coded)
                (tag,) = re.findall(rb"\r\netag: (.*)\r\n", whole, re.IGNORECASE)
                again = received(address, **coded, **{"If-None-Match": tag.decode()})
                assert again.startswith(b"HTTP/1.1 304 ")
                assert len(again) < min(5_000, len(whole))


# The catalogue of a release


DATA = [f".{form.suffix}" for form in GRAPHS]
# What tells when something came or changed, which is another time in another home.
TIMED = ["sitemap.xml", "sitemap-1.xml", "feed?page=3", "feed.atom", "api/3/action/package_search"]


@dataclass(frozen=True)
class Validators:
    """The ETag and the date of each document of a catalogue, by its path."""

    tags: dict[str, str]
    dates: dict[str, str]

    @classmethod
    def of(cls, home: Path) -> Validators:
        world = World.of_release(current(home))
        client = create_app(world).test_client()
        last = -(-len(world.datasets) // 100)
        own = [one.value.removeprefix(BASE).replace("id/", "doc/", 1) for one in world.datasets]
        paths = [f"catalog{suffix}?page={n}" for suffix in DATA for n in range(1, last + 1)]
        paths += [path + suffix for suffix in DATA for path in own if path in KEPT or not suffix]
        paths += [f"{path}.ttl" for path in own]
        answers = {
            path: client.get(f"/{path}")
            for path in [*paths, *TIMED, "data.json", "api/3/action/package_list"]
        }
        assert {one.status_code for one in answers.values()} == {200}
        tags = {path: one.headers["ETag"] for path, one in answers.items()}
        dates = {path: one.headers.get("Last-Modified", "") for path, one in answers.items()}
        return cls(tags, dates)

    def untimed(self) -> dict[str, str]:
        """The tags of what tells no time."""
        return {path: tag for path, tag in self.tags.items() if path not in TIMED}


# Datasets whose documents are asked for in every syntax.
KEPT = {"data/dataset-catalogue", "doc/dataset/seizures-11", "doc/dataset/seizures-98"}
EIGHTH = datetime(2026, 11, 8, 12, tzinfo=UTC)  # on some day


def test_validators_outlast_a_rebuild_and_change_with_what_they_are_of(tmp_path: Path) -> None:
    """Of a catalogue of three pages, of which one has neither the change nor its source."""

    def build(home: Path, day: int, **titles: str) -> Release:
        found = packages(203)
        for one in found:
            one["title"] = titles.get(one["name"].replace("-", "_"), one["title"])
        file = write_packages(tmp_path / "package_search-1.json", found)
        loader = loaders.by_name("dataset_catalogue")
        with Home(home).locked():
            job = Job(loader, tuple(Home(home).take_in(loader.source(Names()), [file])))
            moment = EIGHTH + timedelta(days=day)
            release = Home(home).build([job], Names(), moment, anew=True)
            Home(home).publish(release)
        return release

    first = build(tmp_path / "one", 0)
    before = Validators.of(tmp_path / "one")
    assert build(tmp_path / "one", 3).name == first.name  # some days later
    assert Validators.of(tmp_path / "one") == before
    build(tmp_path / "another", 0)
    assert Validators.of(tmp_path / "another").untimed() == before.untimed()

    build(tmp_path / "one", 4, seizures_98="Seizures of boats")
    after = Validators.of(tmp_path / "one")
    changed = {path for path, tag in after.tags.items() if before.tags[path] != tag}
    # The source's own record, on the first page, tells the size of its dump, which has the title.
    whose = ["data/dataset-catalogue", "doc/dataset/seizures-98"]
    documents = {path + suffix for path in whose for suffix in ("", *DATA)}
    pages = {f"catalog{suffix}?page={number}" for suffix in DATA for number in (1, 3)}
    assert changed - documents == {*pages, *TIMED, "data.json"}
    assert {path for path, date in after.dates.items() if before.dates[path] != date} == {
        *changed,
        "api/3/action/package_list",
    }


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def site(demo: World) -> FlaskClient:
    return create_app(demo).test_client()


@pytest.fixture(scope="module")
def page(site: FlaskClient) -> set[Triple]:
    return triples(site.get("/catalog").data, GRAPHS[0])


def is_of_checksum(triple: Triple) -> bool:
    """Whether it stands only in the dataset's own document: udata fails on what DCAT-AP wants."""
    of_sum = {SPDX.checksum, SPDX.algorithm, SPDX.checksumValue}
    kinds = {SPDX.Checksum, SPDX.ChecksumAlgorithm}
    return triple.predicate in of_sum or triple.object in kinds


def test_a_page_has_no_checksums(page: set[Triple]) -> None:
    assert not [one for one in page if is_of_checksum(one)]


def test_a_page_says_of_its_datasets_what_their_records_say(demo: World, page: set[Triple]) -> None:
    assert len(demo.datasets) >= 60
    assert listed(page) == {one.value for one in demo.datasets}
    records, everything = Records(demo.store), set(page)
    for dataset in demo.datasets:
        wanted = {one for one in records.of(dataset) if not is_of_checksum(one)}
        assert wanted <= everything
        of_it = {one for one in everything if one.subject == dataset}
        assert of_it == {one for one in wanted if one.subject == dataset}


def test_a_page_is_as_old_as_the_last_change_on_it(demo: World, site: FlaskClient) -> None:
    built = datetime.fromisoformat(demo.manifest["built"])
    for path in (
        "/catalog",
        "/catalog.html",
        "/data/street-crime.ttl",
        "/datasets/incidents-by-lsoa.ttl",
    ):
        told = parsedate_to_datetime(site.get(path).headers["Last-Modified"])
        assert abs(told - built) < timedelta(minutes=5)


def test_a_date_does_not_make_an_answer_304(site: FlaskClient) -> None:
    """Going back to an older release is a change that no date tells."""
    date = site.get("/catalog").headers["Last-Modified"]
    assert site.get("/catalog", headers={"If-Modified-Since": date}).status_code == 200


def named(page: set[Triple]) -> set[str]:
    """The names of ours that a page has, whole."""
    terms = {term for one in page for term in (one.subject, one.object)}
    found = {term.value for term in terms if isinstance(term, NamedNode)}
    return {one for one in found if one.startswith(BASE)}


def is_described(page: set[Triple], address: str) -> bool:
    """Whether it is a name, or the address of a page; files and services answer for themselves."""
    services = {DCAT.endpointURL, DCAT.endpointDescription}
    if any(one.object == NamedNode(address) for one in page if one.predicate in services):
        return False
    path = address.removeprefix(BASE)
    is_file = path.startswith(("dumps/", "downloads/")) or re.search(
        r"\.(csv|parquet|gz|json)$", path
    )
    return bool(path) and not is_file


def asked(client: FlaskClient, address: str, accept: str) -> Any:
    """The answer where an address leads to: by 303 at most."""
    answer = client.get(address, headers={"Accept": accept})
    if answer.status_code == 303:
        answer.close()
        answer = client.get(answer.headers["Location"], headers={"Accept": accept})
    return answer


def test_every_name_of_ours_leads_to_what_describes_it(
    site: FlaskClient, page: set[Triple]
) -> None:
    names = named(page)
    addresses = {one.partition("#")[0] for one in names}
    assert len(names) > len(addresses) > 300
    for address in sorted(addresses):
        path = "/" + address.removeprefix(BASE)
        if not is_described(page, address):
            with asked(site, path, "*/*") as answer:
                assert answer.status_code == 200, address
            continue
        with asked(site, path, "text/turtle") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "text/turtle"), address
            described = {one.subject for one in triples(answer.data, GRAPHS[0])}
        for name in names:
            if name.partition("#")[0] == address:
                assert NamedNode(name) in described, name


@pytest.mark.parametrize(
    "kind",
    ["data/[^/]+", "data/.+/.+", "datasets/[^/#]+", "id/dataset/.*", "id/[^d].*", "catalog.*"],
)
def test_a_name_says_the_same_in_every_format(
    site: FlaskClient, page: set[Triple], kind: str
) -> None:
    of_kind = sorted(
        one
        for one in named(page)
        if re.fullmatch(kind, one.removeprefix(BASE)) and is_described(page, one)
    )
    assert of_kind
    # The N-Quads of a dataset to download are its figures, not its description.
    forms = [form for form in GRAPHS if form.suffix != "nq" or not kind.startswith("datasets")]
    for address in of_kind[:3] + of_kind[-2:]:
        path = "/" + address.removeprefix(BASE)
        graphs = []
        for form in forms:
            with asked(site, path, form.media_type) as answer:
                assert (answer.status_code, answer.mimetype) == (200, form.media_type), address
                graphs.append(triples(answer.data, form))
        assert all(one == graphs[0] for one in graphs), address
        with asked(site, path, "text/html") as answer:
            assert answer.status_code == 200 and "<h1>" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/data/none", "/id/dataset/none", "/doc/dataset/none", "/datasets/none", "/catalog?page=9999"],
)
def test_an_unknown_name_is_unknown_in_every_format(site: FlaskClient, path: str) -> None:
    stem, _, query = path.partition("?")
    for form in GRAPHS:
        for ask in (site.get, site.head):
            assert ask(path, headers={"Accept": form.media_type}).status_code == 404
            assert ask(f"{stem}.{form.suffix}?{query}").status_code == 404
    answer = site.get(path, headers=HTML)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@each_graph
def test_the_document_of_a_dataset_holds_its_record(
    demo: World, site: FlaskClient, form: Format
) -> None:
    records = Records(demo.store)
    for dataset in demo.datasets[::4]:
        wanted = set(records.of(dataset))
        places = [re.sub("^id/", "doc/", dataset.value.removeprefix(BASE))]
        landing = {one.object.value for one in wanted if one.predicate == DCAT.landingPage}
        if form.suffix != "nq":
            places += [one.removeprefix(BASE) for one in landing if f"{BASE}datasets/" in one]
        for place in places:
            answer = site.get(f"/{place}", headers={"Accept": form.media_type})
            assert wanted <= triples(answer.data, form), place


# Records of others, for a release of our own


def packages(count: int) -> list[dict[str, Any]]:
    """Records as CKAN gives them."""
    organisation = {"name": "home-office", "title": "Home Office", "type": "organization"}
    return [
        {
            "id": f"00000000-0000-4000-8000-{number:012}",
            "name": f"seizures-{number}",
            "title": f"Seizures at port number {number}",
            "notes": f"What was seized at port number {number}, by month and kind of goods.",
            "type": "dataset",
            "state": "active",
            "license_id": "uk-ogl",
            "organization": organisation,
            "tags": [{"name": "borders"}, {"name": f"port {number}"}],
            "metadata_created": "2020-01-01T00:00:00",
            "metadata_modified": "2024-01-01T00:00:00",
            "extras": [
                {"key": "contact-email", "value": "data-team@home-office.example"},
                {"key": "contact-name", "value": "Data team"},
                {"key": "theme-primary", "value": "crime-and-justice"},
                {"key": "update_frequency", "value": "Monthly"},
            ],
            "resources": [
                {
                    "id": f"10000000-0000-4000-8000-{number:012}",
                    "name": "All months",
                    "format": "CSV",
                    "url": f"https://data.example.com/seizures/{number}.csv",
                    "size": 1000 + number,
                }
            ],
        }
        for number in range(count)
    ]


def write_packages(file: Path, found: Sequence[dict[str, Any]]) -> Path:
    answer = {"help": "", "success": True, "result": {"count": len(found), "results": found}}
    file.write_text(json.dumps(answer), "utf-8")
    return file
