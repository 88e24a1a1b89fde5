"""Every name answers: people get pages, programs get statements, and what is not known is 404."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from homegraph.endpoint import World, create_app, things
from homegraph.endpoint.addresses import spellings
from homegraph.endpoint.formats import GRAPHS, Format
from homegraph.endpoint.message import Request
from homegraph.endpoint.serving.asked import is_direct
from homegraph.endpoint.serving.direct import LITTLE
from homegraph.graph.iri import segment
from homegraph.graph.release import Release
from homegraph.graph.terms import DCAT, FOAF, RDF, RDFS, SKOS, VOID

QUERIES = Path(__file__).parent / "queries"
BASE = "http://localhost:8000/"
DEF = "https://w3id.org/homegraph/def/"
INCIDENT = "incident/btp/2024-01/2"
POINT = "map-point/-0.978363,51.998687/E01017648/On%20or%20near%20Eider%20Close"
HTML = {"Accept": "text/html"}
PROBLEM = "application/problem+json"

each_graph = pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.suffix)

# What answers with statements, and a name that these say something of.
DOCUMENTS = {
    f"doc/{INCIDENT}": f"{BASE}id/{INCIDENT}",
    f"doc/{POINT}": f"{BASE}id/{POINT}",
    "data/street-crime": f"{BASE}data/street-crime",
    "data/catalogue": f"{BASE}data/catalogue",
    "def/crime": f"{DEF}crime#Incident",
    "def/concept/crime-category": f"{DEF}concept/crime-category/burglary",
    "def/concept/crime-category/burglary": f"{DEF}concept/crime-category/burglary",
    "catalog": f"{BASE}data/street-crime",
    "void": f"{BASE}void#dataset",
}


def store_at(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    store = Store(str(path))
    store.bulk_load(path=QUERIES / "world.trig", format=RdfFormat.TRIG)
    store.flush()
    return path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.of_store(store_at(tmp_path_factory.mktemp("linked") / "store"))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def statements(body: bytes, form: Format) -> list[Quad]:
    assert isinstance(form.engine, RdfFormat)
    return list(parse(body, format=form.engine))


def content_type(path: str, form: Format) -> str:
    """Of a document; the catalogue's says the charset always, as harvesters guess it wrong."""
    return f"{form.media_type}; charset=utf-8" if path == "catalog" else form.content_type


@each_graph
@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("way", ["accept", "suffix"])
def test_a_document_comes_in_each_format(
    client: FlaskClient, path: str, form: Format, way: str
) -> None:
    if way == "suffix":
        answer = client.get(f"/{path}.{form.suffix}", headers=HTML)
    else:
        answer = client.get(f"/{path}", headers={"Accept": form.media_type})
    assert answer.status_code == 200
    assert answer.content_type == content_type(path, form)
    subjects = {quad.subject for quad in statements(answer.data, form)}
    assert NamedNode(DOCUMENTS[path]) in subjects


@pytest.mark.skipif(shutil.which("rapper") is None, reason="rapper (raptor2-utils) is not here")
@pytest.mark.parametrize("path", [*DOCUMENTS, "sparql", "describe?uri=http://example.org/none"])
@pytest.mark.parametrize(
    ("suffix", "parser"),
    [("ttl", "turtle"), ("nt", "ntriples"), ("rdf", "rdfxml"), ("nq", "nquads"), ("trig", "trig")],
)
def test_another_parser_reads_it_too(
    client: FlaskClient, path: str, suffix: str, parser: str, tmp_path: Path
) -> None:
    if path.startswith("describe"):
        path = "describe?uri=http://reference.data.gov.uk/id/month/2024-01"
    answer = client.get(f"/{path}{'&' if '?' in path else '?'}format={suffix}")
    assert answer.status_code == 200
    (tmp_path / "answer").write_bytes(answer.data)
    command = ["rapper", "--quiet", "--count", "--input", parser, str(tmp_path / "answer"), BASE]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert ran.returncode == 0, ran.stderr
    assert "rror" not in ran.stderr


@pytest.mark.parametrize("path", [INCIDENT, POINT, "asset/A%2F1", "asset/version.1.ttl"])
@pytest.mark.parametrize("accept", ["*/*", "text/html", "text/turtle"])
def test_a_thing_leads_to_its_description(client: FlaskClient, path: str, accept: str) -> None:
    answer = client.get(f"/id/{path}", headers={"Accept": accept})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/doc/{path}"
    assert client.get(answer.headers["Location"], headers=HTML).status_code == 200


def test_a_suffix_is_kept_on_the_way(client: FlaskClient) -> None:
    assert client.get(f"/id/{INCIDENT}.nt").headers["Location"] == f"/doc/{INCIDENT}.nt"


@pytest.mark.parametrize(
    "sent",
    [
        "street/Cae'r%20Hen%20D%C5%B7",
        "street/Cae%27r%20Hen%20D%c5%b7",
        "street/Cae'r%20Hen%20Dŷ",
        POINT.replace(",", "%2C"),
        POINT,
    ],
)
def test_a_key_is_found_however_the_client_spells_it(client: FlaskClient, sent: str) -> None:
    assert client.get(f"/doc/{sent}", headers=HTML).status_code == 200


@pytest.mark.parametrize("path", ["asset/A%2F1", POINT, "street/Cae'r%20Hen%20D%C5%B7"])
def test_a_key_is_found_when_the_server_in_front_decodes_the_path(
    client: FlaskClient, path: str
) -> None:
    """Some servers hand on only the decoded path, in which a slash of a key looks like ours."""
    answer = client.get(
        f"/doc/{path}", headers=HTML, environ_overrides={"RAW_URI": "", "REQUEST_URI": ""}
    )
    assert answer.status_code == 200


def test_the_spelling_sent_is_tried_first() -> None:
    assert list(spellings("asset/A/1")) == ["asset/A/1", "asset/A%2F1"]
    assert len(list(spellings("/".join("a" * 50)))) == 1


@pytest.mark.parametrize(
    ("path", "accept", "is_quick"),
    [
        ("/doc/little", "text/turtle", True),
        ("/doc/little.ttl", "*/*", True),
        ("/doc/with a space/é", "", True),
        ("/doc/little", "text/html", False),
        ("/doc/little.html", "*/*", False),
        ("/doc/much", "text/turtle", False),
        ("/doc/nameless", "text/turtle", False),
        ("/doc/nothing", "text/turtle", False),
    ],
)
def test_documents_of_little_are_made_at_once(
    tmp_path: Path, path: str, accept: str, is_quick: bool
) -> None:
    """In the front; what may take long is left to a worker, and so is what is not found."""
    store = Store(str(tmp_path / "store"))
    thing, label = NamedNode(f"{BASE}id/little"), RDFS.label
    spaced = NamedNode(f"{BASE}id/with%20a%20space/{segment('é')}")
    much, nameless = NamedNode(f"{BASE}id/much"), NamedNode(f"{BASE}id/nameless")
    store.extend([Quad(one, label, Literal("little")) for one in (thing, spaced)])
    store.extend([Quad(much, label, Literal(str(number))) for number in range(LITTLE + 1)])
    store.add(Quad(nameless, RDFS.seeAlso, BlankNode()))
    store.flush()
    del store
    world = World.of_store(tmp_path / "store")
    asked = Request("GET", path, "", {"accept": accept}, b"", "")
    assert is_direct(world, asked) is is_quick


def test_a_key_that_ends_like_a_file_is_a_key(client: FlaskClient) -> None:
    page = client.get("/doc/asset/version.1.ttl", headers=HTML)
    assert page.mimetype == "text/html"
    data = client.get("/doc/asset/version.1.ttl.nt", headers=HTML)
    assert data.mimetype == "application/n-triples"
    assert client.get("/doc/asset/version.1.nt").status_code == 404


def test_names_in_answers_are_those_of_the_store(client: FlaskClient) -> None:
    answer = client.get(f"/doc/{POINT}.nt", headers={"Host": "other.example.org"})
    assert f"<{BASE}id/{POINT}>" in answer.text
    assert "other.example.org" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/id/incident/none",
        "/doc/incident/none",
        "/doc/incident/none.ttl",
        "/doc/incident/none.jsonld",
        "/doc/%20%22",
        "/data/none",
        "/def/none",
        "/def/none.rdf",
        "/def/concept/none",
        "/describe?uri=http://example.org/none",
        "/catalog.pdf",
        "/dumps/",
        "/dumps/none",
        "/report",
        "/none",
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html", *(form.media_type for form in GRAPHS)])
def test_what_is_not_known_is_404_in_every_format(
    client: FlaskClient, path: str, accept: str
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.mimetype == ("text/html" if accept == "text/html" else PROBLEM)
    assert answer.data


@pytest.mark.parametrize("uri", ["", "not an iri"])
def test_to_describe_needs_a_name(client: FlaskClient, uri: str) -> None:
    assert client.get("/describe", query_string={"uri": uri}).status_code == 400


def test_what_others_name_is_described_too(client: FlaskClient) -> None:
    month = "http://reference.data.gov.uk/id/month/2024-01"
    page = client.get("/describe", query_string={"uri": month}, headers=HTML)
    assert page.status_code == 200
    assert f'href="/id/{INCIDENT}"' in page.text
    data = client.get("/describe", query_string={"uri": month, "format": "nt"})
    assert f"<{FOAF.primaryTopic.value}> <{month}>" in data.text


@pytest.mark.parametrize(
    ("uri", "leads_to"),
    [
        (f"{BASE}id/{POINT}", f"/id/{POINT}"),
        (f"{DEF}crime#Incident", "/def/crime#Incident"),
        (f"{BASE}data/street-crime", "/data/street-crime"),
    ],
)
def test_our_own_names_have_their_own_pages(client: FlaskClient, uri: str, leads_to: str) -> None:
    answer = client.get("/describe", query_string={"uri": uri})
    assert (answer.status_code, answer.headers["Location"]) == (303, leads_to)


def test_a_page_shows_labels_links_and_who_points_here(client: FlaskClient) -> None:
    page = client.get("/def/concept/crime-category/burglary", headers=HTML).text
    assert "<h1>Burglary</h1>" in page
    assert ">Kinds of crime</a>" in page
    assert "2 things" in page
    assert f'href="/id/{INCIDENT}"' in page


def test_a_page_of_words_has_an_anchor_for_each(client: FlaskClient) -> None:
    page = client.get("/def/crime", headers=HTML).text
    assert '<section id="Incident">' in page
    assert '<section id="category">' in page
    words = client.get("/def/").text
    assert 'href="/def/crime"' in words
    assert 'href="/def/concept/crime-category"' in words


def test_a_nameless_thing_is_shown_where_it_is_pointed_at(client: FlaskClient) -> None:
    assert "Data team" in client.get("/data/street-crime.html").text
    said = statements(client.get("/data/street-crime.nt").data, GRAPHS[1])
    assert any(quad.object == Literal("Data team") for quad in said)


def test_text_of_the_data_is_never_markup(client: FlaskClient) -> None:
    page = client.get("/doc/incident/btp/2024-01/3", headers=HTML).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_only_addresses_are_linked(client: FlaskClient) -> None:
    page = client.get("/doc/trap/1", headers=HTML).text
    assert "javascript:alert(1)" in page
    assert 'href="javascript:' not in page


@pytest.mark.parametrize("path", [*DOCUMENTS, "describe?uri=http%3A//www.w3.org/ns/dcat%23Dataset"])
def test_the_other_formats_are_named(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/{path}", headers=HTML)
    assert answer.mimetype == "text/html"
    links = answer.headers.getlist("Link")
    for form in GRAPHS:
        link = next(link for link in links if f'type="{form.media_type}"' in link)
        address = link[1:].partition(">")[0]
        assert client.get(address).content_type == content_type(path, form)
        assert f'rel="alternate" type="{form.media_type}"' in answer.text


@pytest.mark.parametrize("path", ["", *DOCUMENTS, "sparql", "def/", "problems"])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_unchanged_pages_cost_304(client: FlaskClient, path: str, accept: str) -> None:
    first = client.get(f"/{path}", headers={"Accept": accept})
    tag = first.headers["ETag"]
    again = client.get(f"/{path}", headers={"Accept": accept, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize("suffix", ["", "-gzip", "-br", "-zstd"])
def test_an_answer_is_known_in_whatever_coding_the_client_has_it(
    client: FlaskClient, suffix: str
) -> None:
    tag = client.get("/def/crime.nt").headers["ETag"][:-1] + f'{suffix}"'
    again = client.get("/def/crime.nt", headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["ETag"]) == (304, tag)


@pytest.mark.parametrize("path", ["", "catalog", "catalog.ttl", f"id/{INCIDENT}", "health"])
def test_head_and_options_are_answered(client: FlaskClient, path: str) -> None:
    assert client.head(f"/{path}").status_code == client.get(f"/{path}").status_code
    assert client.head(f"/{path}").data == b""
    assert client.options(f"/{path}").headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("path", ["", "sparql", f"doc/{INCIDENT}", "none"])
def test_pages_are_safe_and_readable(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/{path}", headers=HTML)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = answer.text
    for part in ('<html lang="en">', "<title>", 'class="skip"', "<nav", "<main", "<h1>", "<footer"):
        assert part in page
    assert page.count("<h1>") == 1
    scripts = re.findall("<script.*?</script>", page, re.DOTALL)
    assert all(one.startswith('<script type="module" src="/static/') for one in scripts)
    assert not scripts or path == "sparql"
    assert "style=" not in page


def test_the_catalogue_is_the_graph_that_was_built(client: FlaskClient, world: World) -> None:
    answer = client.get("/catalog")
    assert answer.mimetype == "text/turtle"
    said = {quad.triple for quad in statements(answer.data, GRAPHS[0])}
    of_page = NamedNode(f"{BASE}catalog?page=1")
    built = {triple for triple in said if triple.subject != of_page}
    assert len(built) == world.graphs[world.catalogue_graph.value]
    assert Triple(world.catalogue, RDF.type, DCAT.Catalog) in said
    assert ">Street-level crime</a>" in client.get("/catalog.html").text


@pytest.mark.parametrize("path", ["/.well-known/void", "/void"])
def test_void_counts_what_is_there(client: FlaskClient, world: World, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    said = [quad.triple for quad in statements(answer.data, GRAPHS[0])]
    dataset = NamedNode(BASE + "void#dataset")
    counts = [t.object.value for t in said if (t.subject, t.predicate) == (dataset, VOID.triples)]
    assert counts == [str(len(world.store))]
    parts = [t.object for t in said if t.predicate == VOID.classPartition]
    assert len(parts) == len(world.classes)
    incidents = next(
        t.subject
        for t in said
        if (t.predicate, t.object) == (VOID.class_, NamedNode(DEF + "crime#Incident"))
    )
    entities = next(t for t in said if (t.subject, t.predicate) == (incidents, VOID.entities))
    assert entities.object.value == "2"


def test_health_is_told_to_machines(client: FlaskClient, world: World) -> None:
    said = json.loads(client.get("/health").text)
    assert said["status"] == "ok"
    assert said["triples"] == len(world.store)


def test_robots_and_browsers_find_their_files(client: FlaskClient) -> None:
    assert "Disallow: /sparql" in client.get("/robots.txt").text
    assert client.get("/favicon.ico").status_code == 204
    with client.get("/static/style.css") as style:
        assert style.mimetype == "text/css"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    path = tmp_path / "release"
    store_at(path / "store")
    (path / "dumps" / "small").mkdir(parents=True)
    (path / "dumps" / "small" / "all of it.nq").write_text("<a:a> <a:b> <a:c> .\n")
    example = {
        "file": "a.json",
        "row": 3,
        "columns": ["license_id"],
        "focus": f"{BASE}id/asset/HO-001",
        "path": "",
        "value": "<b>",
        "owner": "Chief Statistician",
    }
    rule: dict[str, Any] = {
        "rule": "http://example.org/rule#licence",
        "severity": "warning",
        "message": "No licence. Give one.",
        "source": "",
    }
    report = {
        "conforms": True,
        "nodes": 5,
        "checked": "2026-01-01",
        "rules": [{**rule, "count": 7, "examples": [example] * 7}],
        "owners": {"Chief Statistician": [{**rule, **example}]},
        "sources": {"street_crime": {"records": 9, "written": 8, "refused": 1, "files": []}},
    }
    (path / "report.json").write_text(json.dumps(report))
    (path / "report.ttl").write_text("# nothing")
    files = {"dumps/small/all of it.nq": {"sha256": "5" * 64, "size": 20}}
    manifest: dict[str, Any] = {
        "base": BASE,
        "digest": "d" * 64,
        "name": "2026-01-01-abcdef",
        "built": "2026-01-01T12:00:00+00:00",
        "triples": 1234,
        "graphs": {"": 1000, f"{BASE}id/graph/catalogue": 234},
        "classes": {f"{DEF}crime#Incident": 77},
        "properties": {f"{DEF}crime#category": 88},
        "files": files,
        "sources": {"street_crime": {"records": 9, "written": 8, "refused": 1}},
    }
    (path / "manifest.json").write_text(json.dumps(manifest))
    return Release(path)


def test_a_release_serves_its_files_and_its_counts(release: Release) -> None:
    client = create_app(World.of_release(release)).test_client()
    with client.get("/dumps/small/all%20of%20it.nq") as dump:
        assert dump.content_type == "application/n-quads"
        assert dump.text == "<a:a> <a:b> <a:c> .\n"
        assert dump.headers["ETag"] == f'"{"5" * 64}"'
    part = {"Range": "bytes=0-4"}
    with client.get("/dumps/small/all%20of%20it.nq", headers=part) as start:
        assert (start.status_code, start.data) == (206, b"<a:a>")
    assert "all%20of%20it.nq" in client.get("/dumps/").text
    assert "all%20of%20it.nq" in client.get("/dumps/small/").text
    assert client.get("/dumps/none/").status_code == 404
    report = client.get("/report").text
    assert "Warning, 7 times" in report
    assert "No licence. Give one." in report
    assert "a.json, row 3, column license_id" in report
    assert "&lt;b&gt;" in report
    assert "and 2 more" in report
    assert "<h3>Chief Statistician</h3>" in report
    with client.get("/report.ttl") as turtle:
        assert turtle.mimetype == "text/turtle"
    with client.get("/report.json") as values:
        assert json.loads(values.text)["rules"][0]["count"] == 7
    assert json.loads(client.get("/health").text)["release"] == "2026-01-01-abcdef"
    home = client.get("/").text
    assert "1,234" in home
    assert "77" in home
    assert "8 records" in home
    assert 'href="/report"' in home
    assert f"{BASE}dumps/small/all%20of%20it.nq" in client.get("/void.nt").text


@pytest.mark.parametrize("name", ["../manifest.json", "..%2fmanifest.json", "%2e%2e/manifest.json"])
def test_only_dumps_are_given_away(release: Release, name: str) -> None:
    client = create_app(World.of_release(release)).test_client()
    assert client.get(f"/dumps/{name}").status_code == 404


def test_counting_stops_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(things, "COUNTED", 1)
    page = create_app(world).test_client().get("/def/concept/crime-category/burglary.html").text
    assert "More than 1 statements point at it" in page
    assert "At least" in page


def test_what_a_release_knows_is_not_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(things, "MANY", 1)
    monkeypatch.setattr(things, "COUNTED", 1)
    kind = DCAT.Dataset.value
    told = replace(world, manifest={"classes": {kind: 500_000}, "triples": 1, "graphs": {}})
    client = create_app(told).test_client()
    page = client.get("/describe", query_string={"uri": kind}, headers=HTML)
    assert "<p>500,000 things," in page.text
    assert "Counting stopped" not in page.text


def test_a_name_of_ours_without_a_label_is_shown_without_its_base(client: FlaskClient) -> None:
    page = client.get("/data/catalogue", headers=HTML).text
    assert f">{BASE}" not in page.replace(f"<code>{BASE}data/catalogue</code>", "")


def test_a_statement_in_two_graphs_counts_once_on_a_page(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    thing, kind = NamedNode(BASE + "id/thing/1"), NamedNode(BASE + "id/kind/1")
    for graph in ("a", "b"):
        store.add(Quad(thing, SKOS.broader, kind, NamedNode(f"{BASE}id/graph/{graph}")))
        store.add(Quad(thing, RDFS.label, Literal("One"), NamedNode(f"{BASE}id/graph/{graph}")))
    store.flush()
    del store
    client = create_app(World.of_store(tmp_path / "store")).test_client()
    assert "1 thing." in client.get("/doc/kind/1.html").text
    assert client.get("/doc/thing/1.nt").text.count("\n") == 4


def test_pages_work_behind_a_prefix(world: World) -> None:
    client = create_app(world).test_client()
    answer = client.get(
        f"/doc/{POINT}", headers=HTML, environ_overrides={"SCRIPT_NAME": "/data", "RAW_URI": ""}
    )
    assert answer.status_code == 200
    assert 'href="/data/static/style.css"' in answer.text


def test_an_unforeseen_error_tells_nothing_of_our_insides(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a secret path")

    monkeypatch.setattr(things, "incoming", fail)
    app = create_app(world)
    app.logger.disabled = True
    answer = app.test_client().get(f"/doc/{INCIDENT}.html", headers={"Accept": "*/*"})
    assert answer.status_code == 500
    assert answer.mimetype == PROBLEM
    assert "secret" not in answer.text
