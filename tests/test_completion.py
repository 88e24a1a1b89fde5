"""What the editor is offered comes from the store, the likeliest first."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyoxigraph import RdfFormat, Store

from homegraph.endpoint import World, completion, create_app
from homegraph.endpoint.completion import Entry, entry, find, folded

BASE = "http://localhost:8000/"
DEF = "https://w3id.org/homegraph/def/"
TINY = f"""
@prefix crime: <{DEF}crime#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix force: <{DEF}concept/police-force/> .
@prefix ex: <http://example.org/x/> .

<{BASE}id/graph/vocabulary> {{
  crime:Incident a owl:Class ; rdfs:label "Incident"@en ; rdfs:comment "One row of a file."@en .
  crime:force rdfs:label "force"@en .
  force:west-midlands a skos:Concept, crime:PoliceForce ;
    skos:prefLabel "West Midlands Police"@en, "Heddlu Gorllewin Canolbarth Lloegr"@cy .
  force:avon a skos:Concept, crime:PoliceForce ;
    skos:prefLabel "Avon and Somerset Constabulary"@en ; skos:altLabel "Avon & Somerset" .
  crime:PoliceForce rdfs:label "Police force"@en .
  <{BASE}data/street-crime> a dcat:Dataset ; dct:title "Street-level crime"@en .
  <{BASE}data/street-crime/file> a dcat:Distribution ; dct:title "Street-level crime, CSV"@en .
}}
<{BASE}id/graph/street-crime> {{
  ex:1 a crime:Incident ; crime:force force:avon ; ex:odd/name "x" .
  ex:2 a crime:Incident ; crime:force force:avon .
}}
""".replace("ex:odd/name", "<http://example.org/x/odd,name>")


@pytest.fixture(scope="module")
def world() -> World:
    store = Store()
    store.load(TINY, format=RdfFormat.TRIG)
    return World(store, BASE, "tiny")


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def offered(client: FlaskClient, kind: str, text: str = "") -> list[dict[str, Any]]:
    answer = client.get("/sparql/complete", query_string={"kind": kind, "text": text})
    assert answer.status_code == 200
    found = answer.get_json()["found"]
    assert isinstance(found, list)
    return found


def test_the_prefixes_are_those_that_the_store_uses(client: FlaskClient) -> None:
    found = {one["prefix"]: one["namespace"] for one in offered(client, "prefix")}
    assert found["crime"] == DEF + "crime#"
    assert {"skos", "xsd", "geof"} <= set(found)
    assert "odrl" not in found


def test_a_class_comes_with_what_it_means_and_how_often_it_is_used(client: FlaskClient) -> None:
    (one,) = offered(client, "class", "inci")
    assert one == {
        "kind": "class",
        "iri": DEF + "crime#Incident",
        "label": "Incident",
        "name": "crime:Incident",
        "prefix": "crime",
        "namespace": DEF + "crime#",
        "local": "Incident",
        "count": 2,
        "description": "One row of a file.",
    }


def test_without_a_text_the_most_used_come_first(client: FlaskClient) -> None:
    counts = [one["count"] for one in offered(client, "property")]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) > 3


@pytest.mark.parametrize("text", ["force", "crime:fo", "crime:FORCE", DEF + "crime#fo"])
def test_a_property_is_found_by_label_name_and_iri(client: FlaskClient, text: str) -> None:
    assert [one["name"] for one in offered(client, "property", text)] == ["crime:force"]


def test_another_prefix_finds_nothing(client: FlaskClient) -> None:
    assert offered(client, "property", "skos:force") == []


@pytest.mark.parametrize(
    "text", ["West Mid", "west midlands police", "mIDL", "police west", "west-midlands", "idland"]
)
def test_a_thing_is_found_by_any_part_of_its_label(client: FlaskClient, text: str) -> None:
    (one,) = offered(client, "thing", text)
    assert one["iri"] == DEF + "concept/police-force/west-midlands"
    assert one["label"] == "West Midlands Police"
    assert one["description"] == "Police force"


def test_a_thing_is_found_by_another_of_its_labels(client: FlaskClient) -> None:
    (one,) = offered(client, "thing", "avon & som")
    assert one["label"] == "Avon and Somerset Constabulary"


def test_a_file_is_not_offered_in_place_of_its_dataset(client: FlaskClient) -> None:
    labels = [one["label"] for one in offered(client, "thing", "street")]
    assert labels == ["street-crime", "Street-level crime"]


def test_graphs_are_offered_with_their_size(client: FlaskClient) -> None:
    (one,) = offered(client, "graph", "street")
    assert (one["iri"], one["count"]) == (BASE + "id/graph/street-crime", 5)


def test_a_name_that_sparql_cannot_write_short_has_only_its_iri(client: FlaskClient) -> None:
    (one,) = offered(client, "property", "odd")
    assert one["iri"] == "http://example.org/x/odd,name"
    assert not {"name", "prefix", "local"} & set(one)


def test_exactness_comes_before_use() -> None:
    table = [
        entry("class", "http://example.org/1", "Slice of outcomes", count=9),
        entry("class", "http://example.org/2", "Outcomes", count=1),
        entry("class", "http://example.org/3", "Outcome slice", count=5),
        entry("class", "http://example.org/4", "Preoutcome", count=50),
        entry("class", "http://example.org/5", "Outcome", count=0),
    ]
    assert [one.label for one in find(table, "outcome")] == [
        "Outcome",
        "Outcome slice",
        "Outcomes",
        "Slice of outcomes",
        "Preoutcome",
    ]


@pytest.mark.parametrize("text", ["ynys mon", "YNYS MÔN", "Ynys-Môn"])
def test_case_and_accents_do_not_matter(text: str) -> None:
    assert find([entry("thing", "http://example.org/1", "Ynys Môn")], text)


def test_labels_that_have_nothing_to_fold_still_have_an_entry() -> None:
    assert folded("— / …") == ""
    assert isinstance(entry("thing", "http://example.org/", ""), Entry)


@pytest.mark.parametrize(
    "parameters", [{}, {"kind": "everything"}, {"kind": "thing", "text": "x" * 201}]
)
def test_what_cannot_be_offered_is_a_problem(
    client: FlaskClient, parameters: dict[str, str]
) -> None:
    answer = client.get("/sparql/complete", query_string=parameters)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "text", ["\0", "<script>", ":", "::", "a:b:c", "://", "(", "\\", "’", " ", "%", "😀"]
)
def test_odd_texts_are_answered(client: FlaskClient, text: str) -> None:
    for kind in ("prefix", "class", "property", "thing", "graph"):
        offered(client, kind, text)


def test_an_answer_can_be_kept(client: FlaskClient) -> None:
    address = "/sparql/complete?kind=class&text=inc"
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get("/sparql/complete?kind=class&text=slice").headers["ETag"]
    assert other != first.headers["ETag"]
    assert "max-age" in first.headers["Cache-Control"]


def test_an_answer_names_what_the_reader_needs_and_no_more(client: FlaskClient) -> None:
    for kind in ("prefix", "class", "property", "thing", "graph"):
        for one in offered(client, kind, "s"):
            assert "key" not in one
            assert all(one.values())


def test_ten_thousand_names_are_searched_in_a_moment() -> None:
    table = [
        entry("thing", f"http://example.org/{number}", f"Name number {number} of some")
        for number in range(10_000)
    ]
    begun = time.perf_counter()
    assert find(table, "number 77 of")
    assert time.perf_counter() - begun < 0.2


def test_the_tables_are_made_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    words = completion.words
    monkeypatch.setattr(
        completion,
        "words",
        lambda world, kind, counts: made.append(kind) or words(world, kind, counts),
    )
    client = create_app(world).test_client()
    for text in ("a", "b", "c"):
        offered(client, "class", text)
    assert made == ["class"]
