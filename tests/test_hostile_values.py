"""Whatever the data says, a page shows it as text, and leads only where a browser may go."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, Store

from homegraph.endpoint import World, create_app
from homegraph.graph.iri import DEMO_BASE, VOCABULARY
from homegraph.graph.terms import (
    ASSET,
    DCAT,
    DCT,
    OWL,
    PLACE,
    PROV,
    QB,
    RDF,
    RDFS,
    SDMXM,
    SKOS,
    SOURCE,
    SPDX,
    VOID,
    XSD,
)

HTML = {"Accept": "text/html"}
MARKUP = "<script>alert(1)</script>"
QUOTES = "\"><img src=x onerror=alert(1)>' onmouseover='alert(1)"
RUN = ["javascript:alert(1)", "JavaScript:alert(1)", "vbscript:x", "file:///etc/passwd"]
DATA = "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="
SPACED = " javascript:alert(1)"
QUOTED = "http://example.org/'onclick='alert(1)"
# Below our own base, but a browser would go to another server.
ELSEWHERE = f"{DEMO_BASE}/example.org/x"
IRIS = [*RUN, DATA, QUOTED, ELSEWHERE, "urn:x:y", "about:blank"]
THING = NamedNode(f"{DEMO_BASE}id/thing/1")
CUBE = NamedNode(f"{DEMO_BASE}data/cube")
SEEN = NamedNode(f"{DEMO_BASE}data/cube/1")
SLICE = NamedNode(f"{DEMO_BASE}data/cube/slice/1")
FILE = NamedNode(f"{DEMO_BASE}id/file/1")
POST = NamedNode(f"{DEMO_BASE}id/post/1")
WORDS = NamedNode(f"{VOCABULARY}hostile")
LIST = NamedNode(f"{VOCABULARY}concept/hostile")
ATTRIBUTES = {"href", "src", "action", "formaction", "data", "poster", "xlink:href"}
SAFE = ("/", "#", "?", "http://", "https://", "mailto:")


def quads() -> list[Quad]:
    """Hostile values wherever a page shows one."""
    catalogue = NamedNode(f"{DEMO_BASE}data/catalogue")
    graph = NamedNode(f"{DEMO_BASE}id/graph/catalogue")
    bad = [Literal(MARKUP), Literal(QUOTES), Literal(MARKUP, language="en")]
    typed = [Literal(one, datatype=XSD.anyURI) for one in [*RUN, DATA, SPACED, QUOTES]]
    odd = [NamedNode(one) for one in IRIS]
    area = NamedNode("http://example.org/area/'x")
    component = NamedNode(f"{CUBE.value}/structure/1")
    found = [
        Quad(THING, RDF.type, NamedNode(RUN[0])),
        Quad(THING, DCT.description, Literal(MARKUP)),
        *(Quad(THING, DCT.references, one) for one in [*bad, *typed, *odd]),
        *(Quad(one, RDFS.seeAlso, THING) for one in odd),
        *(Quad(one, RDFS.label, Literal(QUOTES)) for one in odd[:2]),
        *(Quad(THING, one, Literal(MARKUP)) for one in odd),
        Quad(THING, DCT.subject, Literal(MARKUP, datatype=NamedNode(RUN[0]))),
        Quad(WORDS, RDF.type, OWL.Ontology),
        Quad(NamedNode(f"{WORDS.value}#word"), RDFS.isDefinedBy, WORDS),
        Quad(NamedNode(f"{WORDS.value}#word"), RDFS.label, Literal(MARKUP)),
        Quad(LIST, RDF.type, SKOS.ConceptScheme),
        *(Quad(one, SKOS.inScheme, LIST) for one in odd),
        *(Quad(one, RDF.type, PLACE.Region) for one in [area, *odd]),
        Quad(area, RDFS.label, Literal(MARKUP)),
        *(Quad(one, SKOS.inScheme, NamedNode(f"{VOCABULARY}concept/police-force")) for one in odd),
        Quad(NamedNode(f"{DEMO_BASE}id/asset/1"), ASSET.owner, POST),
        Quad(NamedNode(f"{DEMO_BASE}id/asset/1"), DCT.title, Literal(MARKUP)),
        Quad(NamedNode(f"{DEMO_BASE}id/asset/1"), DCT.identifier, Literal(QUOTES)),
        *(Quad(NamedNode(f"{DEMO_BASE}id/asset/2"), ASSET.owner, one) for one in odd),
        *(Quad(one, RDFS.label, Literal(MARKUP)) for one in [POST, *odd]),
        Quad(NamedNode("javascript:part"), VOID.uriSpace, Literal(f"{DEMO_BASE}id/thing/")),
        Quad(CUBE, RDF.type, QB.DataSet),
        Quad(CUBE, QB.structure, NamedNode(f"{CUBE.value}/structure")),
        Quad(NamedNode(f"{CUBE.value}/structure"), QB.component, component),
        Quad(component, QB.dimension, NamedNode(RUN[0])),
        Quad(NamedNode(RUN[0]), QB.codeList, NamedNode(RUN[1])),
        *(Quad(one, RDF.type, QB.Observation) for one in [SEEN]),
        Quad(SEEN, QB.dataSet, CUBE),
        Quad(SEEN, NamedNode(RUN[0]), NamedNode(DATA)),
        Quad(SEEN, SDMXM.obsValue, Literal(1)),
        Quad(SEEN, RDFS.comment, Literal(MARKUP)),
        Quad(SEEN, PROV.wasDerivedFrom, FILE),
        Quad(SEEN, SOURCE.inSheet, Literal(QUOTES)),
        Quad(SLICE, RDF.type, QB.Slice),
        Quad(SLICE, QB.observation, SEEN),
        Quad(FILE, RDFS.label, Literal(MARKUP)),
        Quad(FILE, DCT.publisher, NamedNode(RUN[0])),
        Quad(FILE, PROV.hadPrimarySource, NamedNode(RUN[0])),
        Quad(FILE, SPDX.checksum, NamedNode(RUN[1])),
        Quad(NamedNode(RUN[1]), SPDX.checksumValue, Literal(MARKUP)),
        *(Quad(catalogue, DCAT.dataset, one, graph) for one in [CUBE, *odd]),
        *(Quad(one, DCT.title, Literal(MARKUP), graph) for one in [CUBE, *odd]),
        Quad(CUBE, DCT.description, Literal(QUOTES), graph),
        *(Quad(CUBE, DCAT.distribution, one, graph) for one in odd),
    ]
    found += [Quad(SEEN, DCT.source, THING, NamedNode("javascript:graph"))]
    return found


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    path = tmp_path_factory.mktemp("hostile") / "store"
    store = Store(str(path))
    store.extend(quads())
    store.flush()
    del store
    world = World.of_store(path)
    hostile = World(world.store, world.base, "1", {"title": MARKUP, "name": QUOTES})
    return create_app(hostile).test_client()


class Read(HTMLParser):
    """What a browser would make of a page: its elements, and where their attributes lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str | None] = []
        self.blocks: list[str] = []  # of data for programs, as they stand in the page
        self.handlers: list[str] = []
        self.leads: list[str] = []
        self.elements: set[str] = set()
        self.is_block = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        self.elements.add(tag)
        self.is_block = tag == "script" and said == {"type": "application/ld+json"}
        if self.is_block:
            self.blocks.append("")
        elif tag == "script":
            self.scripts.append(said.get("src"))
        self.handlers += [name for name in said if name.startswith("on") or name == "style"]
        self.leads += [said[name] or "" for name in ATTRIBUTES & said.keys()]

    def handle_data(self, data: str) -> None:
        if self.is_block:
            self.blocks[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.is_block = False


ADDRESSES = [
    *("/", "/catalog.html", "/void.html", "/places", "/owners", "/def/", "/problems"),
    *("/doc/thing/1", "/data/cube", "/data/cube/1", "/data/cube/slice/1", "/doc/file/1"),
    *("/owners/1", "/doc/post/1", "/def/hostile", "/def/concept/hostile", "/data/catalogue"),
    *(f"/describe?uri={quote(one, safe='')}" for one in [*IRIS, "javascript:graph"]),
    *(f"/nothing/{quote(one)}" for one in (MARKUP, QUOTES)),
    *(f"/describe?uri={quote(one, safe='')}" for one in (MARKUP, QUOTES, "javascript:nobody")),
    f"/owners?on={quote(QUOTES)}",
    *(f"/sparql?query={quote(one)}" for one in ("SELECT * { ?s ?p ?o }", f"SELECT {MARKUP}")),
    f"/sparql?query={quote('CONSTRUCT WHERE { ?s ?p ?o }')}",
]
FOUND = ADDRESSES[: ADDRESSES.index("/data/catalogue") + 1]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_value_becomes_markup_or_a_link_that_runs(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers=HTML)
    assert answer.status_code in {200, 400, 404}, answer.text
    assert answer.content_type == "text/html; charset=utf-8"
    page = Read(answer.text)
    assert all(script and script.startswith("/static/") for script in page.scripts)
    for block in page.blocks:  # whole: no value has ended it
        assert json.loads(block)["@type"] == "Dataset"
        assert not re.search('[uU]rl": "(javascript|vbscript|data|file):', block, re.IGNORECASE)
    assert not page.handlers
    assert not page.elements & {"img", "iframe", "object", "embed", "base"}
    for led_to in page.leads:
        assert led_to.startswith(SAFE), led_to
        assert not led_to.startswith("//"), led_to


@pytest.mark.parametrize("address", FOUND)
def test_the_pages_with_hostile_values_are_there(client: FlaskClient, address: str) -> None:
    assert client.get(address, headers=HTML).status_code == 200


def test_hostile_values_are_shown_as_they_are(client: FlaskClient) -> None:
    page = client.get("/doc/thing/1", headers=HTML).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "javascript:alert(1)" in page
    assert f'href="{QUOTED.replace(chr(39), "&#39;")}"' in page


@pytest.mark.parametrize("uri", [*IRIS, f"{DEMO_BASE}id//example.org/"])
def test_a_name_never_redirects_to_another_server(client: FlaskClient, uri: str) -> None:
    answer = client.get("/describe", query_string={"uri": uri}, headers=HTML)
    assert answer.status_code in {200, 303, 404}
    led_to = answer.headers.get("Location", "/")
    assert led_to.startswith("/")
    assert not led_to.startswith("//")


@pytest.mark.parametrize("address", ["/doc/thing/1.ttl", "/data/cube.rdf", "/catalog.jsonld"])
def test_data_with_hostile_values_are_still_data(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.content_type.startswith("text/html")


def test_the_headers_of_a_page_stay_on_their_lines(client: FlaskClient, tmp_path: Path) -> None:
    odd = quote(f"{QUOTES}\r\nSet-Cookie: a=b")
    for address in (f"/describe?uri={odd}", f"/doc/{odd}", f"/id/{odd}"):
        answer = client.get(address, headers=HTML)
        assert "Set-Cookie" not in answer.headers
        assert answer.status_code in {400, 404}
