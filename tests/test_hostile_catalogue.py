"""Whatever titles the datasets of a catalogue have, each door tells them whole and well-formed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pyoxigraph import RdfFormat, parse

from homegraph.endpoint import World, create_app
from homegraph.endpoint.formats import GRAPHS
from homegraph.endpoint.markup import legal
from homegraph.graph.terms import DCAT, DCT

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DAY = "2026-01-01T10:00:00Z"
TITLES = {
    "markup": "<script>alert(1)</script><b>&amp;&lt;",
    "cdata": "a ]]> b <![CDATA[ c ]]> d --> e <?php f ?> &unknown;",
    "control": "bell \x07 null \x00 form \x0c escape \x1b delete \x7f next \x85 end",
    "odd": "no character \ufffe \uffff, a mark \ufeff, a separator \u2028\u2029",
    "rtl": "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd \u0627\u0644\u062c\u0631\u064a\u0645\u0629",
    "quotes": '"\'`\\" \\u0000 \\x00 ${7*7} {{7*7}} %00 %s {0}',
    "lines": "one\ntwo\r\nthree\rfour\tfive",
    "long": "crime " * 17_000,
    "wide": "\U0001f46e\U0001f3fd\u200d\u2640\ufe0f z\u0351\u036b\u0343\u036a" * 50,
    "nothing": "",
    "blank": " \u00a0\u3000 ",
}
DOORS = [
    *("catalog", *(f"catalog.{form.suffix}" for form in GRAPHS), "catalog.html", "catalog.xml"),
    *("feed.trig", "feed.trig?page=1", "feed.jsonld?page=1", "feed.nq?page=1", "feed.html?page=1"),
    *("feed.atom", "data.json", "sitemap.xml", "sitemap-1.xml", "catalog.html?q=crime"),
    *("oai?verb=ListRecords&metadataPrefix=oai_dc", "oai?verb=ListSets"),
    "oai?verb=ListRecords&metadataPrefix=dcat_ap",
    *("api/3/action/package_search?rows=1000", "api/3/action/package_list"),
    "api/3/action/current_package_list_with_resources",
    *("api/3/action/organization_list?all_fields=true", "api/3/action/tag_list"),
    *(f"data/{name}.{suffix}" for name in TITLES for suffix in ("html", "ttl", "rdf", "jsonld")),
    *(f"api/3/action/package_show?id={name}" for name in TITLES),
]


@pytest.fixture(scope="module")
def world(a_catalogue: Callable[[], Any]) -> World:
    found: World = a_catalogue().release(DAY, TITLES)
    return found


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


class Scripts(HTMLParser):
    """The scripts, handlers and alien elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") != "application/ld+json":
            self.found.append(tag)
        self.found += [name for name, _ in attrs if name.startswith("on")]


def test_each_door_answers_well_formed_and_soon(client: FlaskClient) -> None:
    wrong = {}
    for path in DOORS:
        start = time.process_time()
        answer = client.get(f"/{path}")
        assert (answer.status_code, path) == (200, path)
        try:
            insist_on_form(answer.mimetype, answer.data)
        except (ValueError, SyntaxError) as error:
            wrong[path] = repr(error)
        assert time.process_time() - start < 5
    assert wrong == {}


def insist_on_form(kind: str, body: bytes) -> None:
    """Raise ValueError or SyntaxError for a body that is not what it is called."""
    text = body.decode()
    if kind == "application/json":
        json.loads(text)
    elif kind == "text/html":
        if found := Scripts(text).found:
            raise ValueError(f"{found} in the page")
        for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S):
            json.loads(block)
    elif kind.endswith("xml") and "rdf" not in kind:
        ElementTree.fromstring(text)
    else:
        form = next(one for one in GRAPHS if one.media_type == kind)
        assert isinstance(form.engine, RdfFormat)
        if not list(parse(body, format=form.engine)):
            raise ValueError("it says nothing")


@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.suffix)
def test_a_title_is_the_same_in_every_syntax(client: FlaskClient, form: Any) -> None:
    said = list(parse(client.get(f"/catalog.{form.suffix}").data, format=form.engine))
    found = {
        one.subject.value.rpartition("/")[2]: one.object.value
        for one in said
        if one.predicate == DCT.title and "/data/" in one.subject.value
    }
    for name, title in TITLES.items():
        assert found[name] == (legal(title) if form.suffix == "rdf" else title), name


def test_json_has_titles_letter_for_letter(client: FlaskClient) -> None:
    packages = client.get("/api/3/action/package_search?rows=1000").get_json()["result"]
    assert packages["count"] == len(TITLES)
    titles = {one["name"]: one["title"] for one in packages["results"]}
    entries = json.loads(client.get("/data.json").data)
    others = {one["identifier"].rpartition("/")[2]: one["title"] for one in entries}
    for name, title in TITLES.items():
        assert titles[name] == others[name]
        assert titles[name] == title or (not title and titles[name])


def test_xml_has_titles_but_for_what_it_cannot_hold(client: FlaskClient, world: World) -> None:
    feed = ElementTree.fromstring(client.get("/feed.atom").data)
    space = "{http://www.w3.org/2005/Atom}"
    atom = {
        str(one.findtext(f"{space}id")).rpartition("/")[2]: one.findtext(f"{space}title")
        for one in feed.iter(f"{space}entry")
    }
    reply = client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc").data
    dublin = {}
    for record in ElementTree.fromstring(reply).iter(f"{OAI}record"):
        name = record.findtext(f"{OAI}header/{OAI}identifier", "")
        title = next(record.iter("{http://purl.org/dc/elements/1.1/}title"), None)
        dublin[name.rpartition("/")[2]] = title.text if title is not None else None
    for name, title in TITLES.items():
        assert atom[name] == (legal(title) or f"{world.base}data/{name}"), name
        assert dublin[name] == (legal(title) or None), name


def test_a_title_searches_nothing_but_itself(client: FlaskClient) -> None:
    for name, title in TITLES.items():
        for address in ("/catalog", "/api/3/action/package_search"):
            answer = client.get(address, query_string={"q": title[:200]})
            assert answer.status_code in {200, 400}, name
            assert "Traceback" not in answer.text


def test_no_title_gets_into_a_header(client: FlaskClient) -> None:
    for name in TITLES:
        answer = client.get(f"/data/{name}.html")
        for key, value in answer.headers:
            assert not re.search("[\r\n\x00]", key + value)


def test_datasets_are_listed_whatever_they_are_called(client: FlaskClient, world: World) -> None:
    said = list(parse(client.get("/catalog.nt").data, format=RdfFormat.N_TRIPLES))
    listed = {one.object for one in said if one.predicate == DCAT.dataset}
    assert listed == set(world.datasets)
    assert len(listed) == len(TITLES)
