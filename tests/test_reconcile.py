"""The reconciliation service keeps to both versions of its specification, and to its limits."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from markupsafe import escape
from playwright.sync_api import Browser
from pyoxigraph import Literal, NamedNode, Quad, Store
from werkzeug.test import TestResponse

from homegraph import loaders
from homegraph.endpoint import World, create_app
from homegraph.endpoint.reconcile.reading import BATCH, MOST_CANDIDATES
from homegraph.graph import iri
from homegraph.graph.iri import Names
from homegraph.graph.matching import corrections, published
from homegraph.graph.matching import names as table
from homegraph.graph.matching.corrections import Correction
from homegraph.graph.matching.matcher import Matcher
from homegraph.graph.matching.names import names_of
from homegraph.graph.release import current
from homegraph.graph.terms import CRIME, PLACE, QB, RDF, RDFS, SDMXD, SKOS, STAT, XSD

Serve = Callable[..., AbstractContextManager[Any]]
Json = dict[str, Any]
SCHEMAS = Path(__file__).parent / "reconcile"
OLD, NEW = "v0.2", "v1.0-draft"
STEMS = {OLD: "/reconcile", NEW: "/reconcile/1.0"}
each_version = pytest.mark.parametrize("version", [OLD, NEW])

KENT = iri.concept("police-force", "kent")
SURREY = iri.concept("police-force", "surrey")
AREAS = {
    "E06000023": ("Bristol, City of", PLACE.District),
    "E07000150": ("Corby", PLACE.District),
    "E01014485": ("Bristol 058A", PLACE.LowerLayerSuperOutputArea),
    "E01014486": ("Bristol 058B", PLACE.LowerLayerSuperOutputArea),
    "E01010641": ("Corby 001A", PLACE.LowerLayerSuperOutputArea),
    "E12000009": ("South West", PLACE.Region),
    "E12000004": ("East Midlands", PLACE.Region),
    "E23000032": ("Kent", PLACE.PoliceForceArea),
}
WITHIN = [
    ("E01014485", PLACE.district, "E06000023"),
    ("E01014486", PLACE.district, "E06000023"),
    ("E01010641", PLACE.district, "E07000150"),
    ("E06000023", PLACE.region, "E12000009"),
    ("E07000150", PLACE.region, "E12000004"),
]


def small() -> Store:
    """Two forces, some areas, and figures of them."""
    names, store = Names(), Store()
    for node, label in ((KENT, "Kent Police"), (SURREY, "Surrey Police")):
        code = Literal(node.value.rpartition("/")[2])
        store.add(Quad(node, RDF.type, CRIME.PoliceForce))
        store.add(Quad(node, SKOS.prefLabel, Literal(label, language="en")))
        store.add(Quad(node, SKOS.notation, code))
    store.add(Quad(KENT, CRIME.policeForceArea, iri.area("E23000032")))
    for code, (label, kind) in AREAS.items():
        node = iri.area(code)
        store.add(Quad(node, RDF.type, kind))
        store.add(Quad(node, RDFS.label, Literal(label)))
        store.add(Quad(node, SKOS.notation, Literal(code)))
        store.add(Quad(node, PLACE.vintage, Literal("2021")))
    for part, predicate, whole in WITHIN:
        store.add(Quad(iri.area(part), predicate, iri.area(whole)))
    for code, year, residents in (
        ("E06000023", "2022", 479_024),
        ("E06000023", "2023", 482_998),
        ("E23000032", "2023", 1_875_893),
    ):
        observe(store, names.data("residents", "slice", "area", code), iri.year(year), residents)
    for month in range(1, 13):
        observe(
            store,
            names.data("incident-totals-by-force", "slice", "force", "kent"),
            iri.month(f"2023-{month:02}"),
            100 + month,
            STAT.incidents,
        )
    return store


def observe(
    store: Store, piece: NamedNode, when: NamedNode, value: int, measure: NamedNode = STAT.residents
) -> None:
    node = NamedNode(f"{piece.value}/{when.value.rpartition('/')[2]}")
    store.add(Quad(piece, QB.observation, node))
    store.add(Quad(node, SDMXD.refPeriod, when))
    store.add(Quad(node, measure, Literal(str(value), datatype=XSD.integer)))
    if measure == STAT.incidents:
        store.add(Quad(node, STAT.category, iri.concept("crime-category", "all-crime")))


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(World(small(), Names().base, "a revision")).test_client()


def valid(said: Any, version: str, what: str) -> Any:
    schema = json.loads((SCHEMAS / f"{version}.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator({**schema, "$ref": f"#/$defs/{what}"}).validate(said)
    return said


def good(response: TestResponse, version: str, what: str) -> Any:
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return valid(response.get_json(), version, what)


def matched(client: FlaskClient, query: Json) -> list[Json]:
    """The candidates of one query of version 0.2, which are the same by GET and by POST."""
    batch = valid({"q0": query}, OLD, "queries")
    sent = {"queries": json.dumps(batch)}
    posted = good(client.post("/reconcile", data=sent), OLD, "results")
    assert good(client.get("/reconcile", query_string=sent), OLD, "results") == posted
    assert list(posted) == ["q0"]
    found: list[Json] = posted["q0"]["result"]
    return found


def matched_by(client: FlaskClient, *conditions: Json, **more: Any) -> list[Json]:
    """The candidates of one query of version 1.0-draft."""
    asked = valid({"queries": [{"conditions": list(conditions), **more}]}, NEW, "queries")
    said = good(client.post("/reconcile/1.0/match", json=asked), NEW, "results")
    assert len(said["results"]) == 1
    found: list[Json] = said["results"][0]["candidates"]
    return found


def named(name: str | list[str], **more: Any) -> Json:
    return {"matchType": "name", "propertyValue": name, **more}


def having(what: str, value: Any, **more: Any) -> Json:
    return {"matchType": "property", "propertyId": what, "propertyValue": value, **more}


def refused(response: TestResponse, status: int, *words: str) -> None:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    said = response.get_json()
    assert all(word in said["detail"] + said.get("hint", "") for word in words), said


# -- what the service says of itself


@each_version
def test_the_manifest_is_that_of_its_version(client: FlaskClient, version: str) -> None:
    said = good(client.get(STEMS[version]), version, "manifest")
    assert said["versions"] == [version[1:]]
    assert said["batchSize"] == BATCH
    types = {one["id"] for one in said["defaultTypes"]}
    assert types == {
        CRIME.PoliceForce.value,
        PLACE.Area.value,
        PLACE.District.value,
        PLACE.LowerLayerSuperOutputArea.value,
        PLACE.Region.value,
        PLACE.PoliceForceArea.value,
    }


def test_what_the_manifest_names_is_there(client: FlaskClient) -> None:
    said = client.get("/reconcile").get_json()
    base = Names().base

    def path(address: str) -> str:
        assert address.startswith(base)
        return "/" + address.removeprefix(base)

    for what, place in said["suggest"].items():
        address = path(place["service_url"] + place["service_path"])
        good(client.get(address, query_string={"prefix": ""}), OLD, f"suggest-{what}")
        about = {"entity": KENT, "type": PLACE.Region, "property": STAT.residents}[what].value
        beside = path(place["flyout_service_url"] + place["flyout_service_path"])
        address = beside.replace("${id}", requests.utils.quote(about, ""))
        assert good(client.get(address), OLD, "flyout")["id"] == about
        got = client.get(f"{address}&callback=f")  # as OpenRefine asks
        assert got.mimetype == "application/javascript" and got.text.startswith("/**/f({")
        refused(client.get(beside.replace("${id}", "")), 400, "id=")
        refused(client.get(beside.replace("${id}", "x:y")), 404 if what == "entity" else 400, "x:y")
    place = said["extend"]["propose_properties"]
    address = path(place["service_url"] + place["service_path"])
    good(client.get(address, query_string={"type": PLACE.Area.value}), OLD, "proposal")
    shown = path(said["preview"]["url"]).replace("{{id}}", requests.utils.quote(KENT.value, ""))
    assert client.get(shown).mimetype == "text/html"
    viewed = path(said["view"]["url"]).replace("{{id}}", requests.utils.quote(KENT.value, ""))
    assert client.get(viewed).status_code in {200, 303}
    assert client.get(path(said["documentation"])).mimetype == "text/html"


def test_people_get_a_page_and_programs_the_manifest(client: FlaskClient) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = client.get("/reconcile", headers={"Accept": browser})
    assert page.mimetype == "text/html" and "Police force area" in page.text
    for accept in ("*/*", "application/json, text/javascript, */*; q=0.01", ""):
        assert client.get("/reconcile", headers={"Accept": accept}).mimetype == "application/json"


# -- candidates


def test_a_name_has_candidates_in_both_versions_alike(client: FlaskClient) -> None:
    old = matched(client, {"query": "KENT POLICE", "type": CRIME.PoliceForce.value})
    assert old[0]["id"] == KENT.value and old[0]["match"] is True
    assert old[0]["name"] == "Kent Police"
    assert old[0]["type"] == [{"id": CRIME.PoliceForce.value, "name": "Police force"}]
    assert 90 < old[0]["score"] <= 100 and old[0]["features"]
    assert matched_by(client, named("KENT POLICE"), type=CRIME.PoliceForce.value) == old
    scores = [one["score"] for one in old]
    assert scores == sorted(scores, reverse=True)


def test_an_identifier_stands_for_itself(client: FlaskClient) -> None:
    for found in (matched(client, {"query": KENT.value}), matched_by(client, named(KENT.value))):
        assert [one["id"] for one in found] == [KENT.value]
        assert found[0]["match"] is True and found[0]["score"] == 100


def test_a_type_is_named_by_its_iri_or_by_a_word(client: FlaskClient) -> None:
    for kind in (PLACE.PoliceForceArea.value, "police-force-area", [PLACE.PoliceForceArea.value]):
        found = matched(client, {"query": "Kent", "type": kind})
        assert [one["id"] for one in found] == [iri.area("E23000032").value]
    found = matched(client, {"query": "Kent", "type": PLACE.Area.value})
    assert found[0]["id"] == iri.area("E23000032").value


def test_a_code_alone_finds_a_thing(client: FlaskClient) -> None:
    code = SKOS.notation.value
    found = matched(client, {"properties": [{"pid": code, "v": "E01014485"}]})
    assert found[0]["id"] == iri.area("E01014485").value
    assert matched_by(client, having(code, "E01014485"))[0]["id"] == found[0]["id"]


def test_a_condition_that_is_required_is_kept(client: FlaskClient) -> None:
    near = having(PLACE.district.value, iri.area("E06000023").value, required=True)
    found = matched_by(client, named("Corby 001A"), near, type="lsoa")
    assert all("Bristol" in one["name"] for one in found)
    by_label = having(PLACE.district.value, ["Corby", "Bristol, City of"], required=True)
    assert matched_by(client, named("Corby 001A"), by_label)[0]["name"] == "Corby 001A"
    nowhere = having(PLACE.district.value, "Corby", matchQuantifier="none")
    assert "Corby 001A" not in [one["name"] for one in matched_by(client, named("001A"), nowhere)]
    every = having(PLACE.district.value, ["Corby", "Bristol, City of"], matchQuantifier="all")
    assert matched_by(client, named("Corby 001A"), every) == []


def test_of_two_names_neither_is_sure(client: FlaskClient) -> None:
    found = matched_by(client, named(["Kent Police", "Surrey Police"]), type="police-force")
    assert {one["id"] for one in found} == {KENT.value, SURREY.value}
    assert not any(one["match"] for one in found)


def test_no_more_candidates_than_asked_for(client: FlaskClient) -> None:
    assert len(matched(client, {"query": "Bristol 058", "type": "lsoa", "limit": 1})) == 1
    for limit in (0, None, 5.0, 10**9):
        sent = {"queries": json.dumps({"q": {"query": "Bristol 058", "limit": limit}})}
        found = client.post("/reconcile", data=sent).get_json()["q"]["result"]
        assert 1 <= len(found) <= MOST_CANDIDATES


@pytest.mark.parametrize("text", ["", "   ", "x" * 10_000, "\x00", "\ud800", "𝕏", "‮"])
def test_an_odd_text_has_no_sure_candidate(client: FlaskClient, text: str) -> None:
    found = matched(client, {"query": text}) if text else matched_by(client, named(text))
    assert not any(one["match"] for one in found)


def test_the_answers_of_a_batch_are_those_of_its_queries_alone(client: FlaskClient) -> None:
    names = ["Kent Police", "nothing at all", KENT.value, "", "Bristol 058A"]
    batch = {f"q{number}": {"query": name} for number, name in enumerate(names)}
    said = good(client.post("/reconcile", data={"queries": json.dumps(batch)}), OLD, "results")
    assert list(said) == list(batch)
    for key, query in batch.items():
        alone = client.post("/reconcile", data={"queries": json.dumps({key: query})}).get_json()
        assert said[key] == alone[key]


# -- suggestions


@each_version
def test_what_is_typed_is_completed(client: FlaskClient, version: str) -> None:
    def suggested(what: str, **asked: Any) -> list[Json]:
        address = f"{STEMS[version]}/suggest/{what}"
        said = good(client.get(address, query_string=asked), version, f"suggest-{what}")
        found: list[Json] = said["result"]
        return found

    found = suggested("entity", prefix="bristol")
    assert {one["name"] for one in found} >= {"Bristol 058A", "Bristol, City of"}
    assert suggested("entity", prefix=KENT.value)[0]["id"] == KENT.value
    assert suggested("entity", prefix="bristol", limit=1) == found[:1]
    skip = "cursor" if version == OLD else "offset"
    assert suggested("entity", prefix="bristol", **{skip: 1}) == found[1:]
    assert suggested("entity", prefix="bristol", type="district")[0]["name"] == "Bristol, City of"
    assert suggested("entity", prefix="zzz") == suggested("entity", prefix="") == []
    assert "Region" in [one["name"] for one in suggested("type", prefix="reg")]
    assert suggested("type", prefix=PLACE.Region.value)[0]["name"] == "Region"
    properties = suggested("property", prefix="")
    assert suggested("property", prefix="resid")[0]["id"] == STAT.residents.value
    assert suggested("property", prefix="", limit=3, **{skip: 2}) == properties[2:5]


# -- previews


@each_version
def test_a_preview_may_stand_in_the_page_of_another(client: FlaskClient, version: str) -> None:
    asked = {"id": iri.area("E06000023").value}
    shown = client.get(f"{STEMS[version]}/preview", query_string=asked)
    assert shown.status_code == 200 and shown.mimetype == "text/html"
    policy = shown.headers["Content-Security-Policy"]
    assert "frame-ancestors" not in policy and "default-src 'none'" in policy
    for text in ("Bristol, City of", "E06000023", "South West"):
        assert text in shown.text
    refused(client.get(f"{STEMS[version]}/preview"), 400, "id=")
    refused(client.get(f"{STEMS[version]}/preview?id=http://x/y"), 404, "http://x/y")


def test_what_is_shown_of_a_thing_does_nothing_but_show() -> None:
    """A label is data of others; it stands in the page of whoever asks."""
    store = small()
    store.add(Quad(KENT, SKOS.altLabel, Literal("<script>plant</script>", language="en")))
    store.add(Quad(KENT, SKOS.prefLabel, Literal("<b onclick=plant>", language="de")))
    client = create_app(World(store, Names().base, "a revision")).test_client()
    for path, more in (
        ("preview", {}),
        ("flyout/entity", {}),
        ("flyout/entity", {"callback": "f"}),
    ):
        shown = client.get(f"/reconcile/{path}", query_string={"id": KENT.value, **more})
        assert shown.status_code == 200 and "Kent Police" in shown.text
        assert "<script>" not in shown.text and "<b on" not in shown.text


# -- data extension


def extended(client: FlaskClient, ids: list[str], *properties: Json) -> dict[str, dict[str, Any]]:
    """The rows of version 0.2, after making sure that those of 1.0-draft say the same."""
    asked = {"ids": ids, "properties": list(properties)}
    old = good(client.post("/reconcile", data={"extend": json.dumps(asked)}), OLD, "extension")
    new = good(client.post("/reconcile/1.0/extend", json=asked), NEW, "extension")
    assert new["meta"] == old["meta"]
    rows: dict[str, dict[str, Any]] = old["rows"]
    again = {
        row["id"]: {one["id"]: one["values"] for one in row["properties"]} for row in new["rows"]
    }
    assert again == rows
    return rows


def test_properties_of_things_are_fetched(client: FlaskClient) -> None:
    small, bristol = iri.area("E01014485").value, iri.area("E06000023").value
    wanted = [SKOS.notation, PLACE.district, PLACE.region, STAT.residents]
    rows = extended(client, [small, bristol], *({"id": one.value} for one in wanted))
    assert rows[small] == {
        SKOS.notation.value: [{"str": "E01014485"}],
        PLACE.district.value: [{"id": bristol, "name": "Bristol, City of"}],
        PLACE.region.value: [{"id": iri.area("E12000009").value, "name": "South West"}],
        STAT.residents.value: [],
    }
    assert rows[bristol][STAT.residents.value] == [{"int": 482_998}]
    assert rows[bristol][PLACE.district.value] == []


def test_the_period_of_a_figure_is_chosen(client: FlaskClient) -> None:
    bristol = iri.area("E06000023").value

    def one(thing: str, what: NamedNode, period: object) -> list[Json]:
        rows = extended(client, [thing], {"id": what.value, "settings": {"period": period}})
        values: list[Json] = rows[thing][what.value]
        return values

    assert one(bristol, STAT.residents, "2022") == one(bristol, STAT.residents, 2022)
    assert one(bristol, STAT.residents, "2022") == [{"int": 479_024}]
    assert one(bristol, STAT.residents, "1999") == []
    assert one(KENT.value, STAT.residents, "") == [{"int": 1_875_893}]  # of its area
    assert one(KENT.value, STAT.incidents, "2023-04") == [{"int": 104}]
    assert one(KENT.value, STAT.incidents, "") == [{"int": 112}]
    assert one(KENT.value, STAT.incidents, "2023") == [{"int": sum(range(101, 113))}]
    assert one(KENT.value, STAT.incidents, "2022") == []


def test_of_what_is_none_of_ours_nothing_is_fetched(client: FlaskClient) -> None:
    ids = ["http://example.org/x", "no: IRI at all > <", "\ud800"]
    rows = extended(client, ids, {"id": "code"}, {"id": STAT.residents.value})
    assert len(rows) == len(ids)
    assert all(values == [] for row in rows.values() for values in row.values())


@each_version
def test_the_properties_of_a_type_are_proposed(client: FlaskClient, version: str) -> None:
    def proposed(**asked: Any) -> Any:
        address = f"{STEMS[version]}/extend/propose"
        return good(client.get(address, query_string=asked), version, "proposal")

    of_force = proposed(type=CRIME.PoliceForce.value)
    ids = [one["id"] for one in of_force["properties"]]
    assert STAT.residents.value in ids and PLACE.district.value not in ids
    fewer = proposed(type=CRIME.PoliceForce.value, limit=2)
    assert fewer["properties"] == of_force["properties"][:2] and fewer["limit"] == 2
    of_lsoa = proposed(type="lsoa")["properties"]
    assert PLACE.district.value in [one["id"] for one in of_lsoa]


@pytest.mark.parametrize("measure", [STAT.residents, STAT.incidents, STAT.searches])
def test_figures_are_those_of_the_observations(demo_home: Path, measure: NamedNode) -> None:
    """What slices lead to is what a query finds that knows nothing of slices."""
    world = World.of_release(current(demo_home))
    client = create_app(world).test_client()
    every = {STAT.residents: "residents", STAT.searches: "stops-by-month"}
    cubes = world.names.data(every.get(measure, "incident-totals-by")).value
    only = f"?o {STAT.category} {iri.concept('crime-category', 'all-crime')} ."
    found: Any = world.store.query(
        f"SELECT ?x ?when (SUM(?n) AS ?sum) {{ ?o {QB.dataSet} ?cube ; {measure} ?n ; "
        f"{SDMXD.refPeriod} ?when . {{ ?o {SDMXD.refArea} ?x }} UNION "
        f"{{ ?o {STAT.force} ?x FILTER NOT EXISTS {{ ?o {SDMXD.refArea} ?area }} }} "
        f"{only if measure == STAT.incidents else ''} FILTER(STRSTARTS(STR(?cube), '{cubes}')) }} "
        "GROUP BY ?cube ?x ?when",
        use_default_graph_as_union=True,
    )
    figures: dict[tuple[str, str], int] = {}
    for row in found:
        number = int(row["sum"].value)
        key = row["x"].value, row["when"].value.rpartition("/")[2]
        assert figures.setdefault(key, number) == number  # whichever cube says it
    assert len(figures) > 10
    # Of what is no thing that can be matched nothing is told.
    known = {name.iri for name in table.read(current(demo_home).path)}
    things = sorted({thing for thing, _ in figures if thing in known})[:BATCH]
    for period in sorted({period for _, period in figures}):
        settings = {"id": measure.value, "settings": {"period": period}}
        rows = extended(client, things, settings)
        for thing in things:
            expected = figures.get((thing, period))
            told = rows[thing][measure.value]
            assert told == ([] if expected is None else [{"int": expected}]), (thing, period)


# -- other origins


@pytest.mark.parametrize("path", ["/reconcile", "/reconcile/1.0/match", "/reconcile/1.0/extend"])
def test_any_page_may_ask(client: FlaskClient, path: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Origin": "http://example.org"}
    told = client.options(path, headers=asked)
    assert told.status_code == 200
    assert told.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in told.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in told.headers["Access-Control-Allow-Headers"]


def test_version_0_2_answers_a_function_of_the_page(client: FlaskClient) -> None:
    asked = {"queries": json.dumps({"q": {"query": "Kent Police"}}), "callback": "jQuery_1.back$"}
    for given in ({"callback": "jQuery_1.back$"}, asked):
        got = client.get("/reconcile", query_string=given)
        assert got.mimetype == "application/javascript"
        inside = re.fullmatch(r"/\*\*/jQuery_1\.back\$\((.*)\);", got.text)
        assert inside is not None
        valid(json.loads(inside[1]), OLD, "results" if "queries" in given else "manifest")
    got = client.get("/reconcile/suggest/type?prefix=&callback=f")
    assert got.text.startswith("/**/f({")
    for name in ("alert(1)", "a-b", "a;b", "é", "1a", "a" * 200, "<script>"):
        refused(client.get("/reconcile", query_string={"callback": name}), 400, "callback")
    # Gone from version 1.0.
    assert client.get("/reconcile/1.0?callback=f").mimetype == "application/json"


def test_what_is_asked_by_post_is_not_kept(client: FlaskClient) -> None:
    for got in (
        client.post("/reconcile", data={"queries": '{"q": {"query": "Kent"}}'}),
        client.post("/reconcile/1.0/match", json={"queries": [{"conditions": [named("Kent")]}]}),
    ):
        assert got.headers["Cache-Control"] == "no-store" and "ETag" not in got.headers
    kept = client.get("/reconcile")
    assert "ETag" in kept.headers
    again = client.get("/reconcile", headers={"If-None-Match": kept.headers["ETag"]})
    assert again.status_code == 304


# -- what is wrong, and what is too much


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", "queries"),
        ("{", "JSON"),
        ("[" * 100_000, "nested"),
        ("[]", "object"),
        ("null", "object"),
        ('{"q": "Kent"}', "q has to be an object"),
        ('{"q": {}}', "neither"),
        ('{"q": {"query": 5}}', "q: query"),
        ('{"q": {"query": "x", "limit": "many"}}', "q: limit"),
        ('{"q": {"query": "x", "limit": -1}}', "q: limit"),
        ('{"q": {"query": "x", "limit": NaN}}', "q: limit"),
        ('{"q": {"query": "x", "limit": true}}', "q: limit"),
        ('{"q": {"query": "x", "type": "http://x/y"}}', "type"),
        ('{"q": {"query": "x", "type": 5}}', "q: type"),
        ('{"q": {"query": "x", "typ": "y"}}', "'typ'"),
        ('{"q": {"query": "x", "type_strict": "maybe"}}', "type_strict"),
        ('{"q": {"query": "x", "properties": {}}}', "q: properties"),
        ('{"q": {"query": "x", "properties": [{"v": "x"}]}}', "q: pid"),
        ('{"q": {"query": "x", "properties": [{"pid": "x", "v": "x"}]}}', "property"),
        ('{"q": {"query": "x", "properties": [{"pid": "code"}]}}', "q: v"),
        ('{"q": {"query": "x", "properties": [{"pid": "code", "v": {"name": 1}}]}}', "q: v"),
    ],
)
def test_a_batch_that_is_wrong_is_refused_with_the_place(
    client: FlaskClient, sent: str, said: str
) -> None:
    refused(client.post("/reconcile", data={"queries": sent}), 400, said)
    if len(sent) < 1_000:
        refused(client.get("/reconcile", query_string={"queries": sent}), 400, said)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, "conditions"),
        ({"conditions": []}, "no conditions"),
        ({"conditions": [{"propertyValue": "x"}]}, "matchType"),
        ({"conditions": [{"matchType": "name"}]}, "propertyValue"),
        ({"conditions": [{"matchType": "name", "v": "x"}]}, "'v'"),
        ({"conditions": [having("x", "y")]}, "property"),
        ({"conditions": [{"matchType": "property", "propertyValue": "y"}]}, "propertyId"),
        ({"conditions": [named("x")], "type": ["region"]}, "type"),
        ({"conditions": [named("x", matchQuantifier="none")]}, "none"),
        ({"conditions": [named("x", matchQuantifier="some")]}, "any, all, none"),
        ({"conditions": [named("x", matchQualifier="skos:exactMatch")]}, "matchQualifier"),
        ({"conditions": [having("code", "x", required="yes")]}, "required"),
    ],
)
def test_a_query_that_is_wrong_is_refused_with_the_place(
    client: FlaskClient, query: Json, said: str
) -> None:
    batch = {"queries": [{"conditions": [named("Kent")]}, query]}
    refused(client.post("/reconcile/1.0/match", json=batch), 400, said)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"ids": []},
        {"ids": "x", "properties": []},
        {"ids": [5], "properties": []},
        {"ids": [""], "properties": []},
        {"ids": [], "properties": [{"id": "x"}]},
        {"ids": [], "properties": [{"id": "code", "settings": ["x"]}]},
        {"ids": [], "properties": [{"id": "code", "settings": {"colour": "red"}}]},
        {"ids": [], "properties": [{"id": STAT.residents.value, "settings": {"period": "x"}}]},
    ],
)
def test_an_extension_that_is_wrong_is_refused(client: FlaskClient, sent: Json) -> None:
    refused(client.post("/reconcile/1.0/extend", json=sent), 400)
    refused(client.post("/reconcile", data={"extend": json.dumps(sent)}), 400)


def test_what_is_sent_in_another_form_is_refused(client: FlaskClient) -> None:
    refused(client.post("/reconcile", json={"queries": {}}), 415, "1.0/match")
    refused(client.post("/reconcile", data={"asked": "x"}), 400, "queries")
    refused(client.post("/reconcile"), 400, "queries")
    for path in ("match", "extend"):
        refused(client.post(f"/reconcile/1.0/{path}", data={"queries": "{}"}), 415)
        refused(
            client.post(f"/reconcile/1.0/{path}", data="{", content_type="application/json"), 400
        )
        assert client.get(f"/reconcile/1.0/{path}").status_code == 405
    for path in ("suggest/entity", "suggest/type?limit=x", "suggest/entity?prefix=a&limit=-1"):
        refused(client.get(f"/reconcile/{path}"), 400)
    for path in ("suggest/type?prefix=&limit=", "extend/propose?type=region&limit="):
        refused(client.get(f"/reconcile/{path}"), 400)
    refused(client.get("/reconcile/extend/propose"), 400, "type=")
    refused(client.get("/reconcile/extend/propose?type=x"), 400, "type")


def test_more_than_a_batch_is_too_much(client: FlaskClient) -> None:
    def said(response: TestResponse) -> Json:
        refused(response, 413, f"{BATCH:,}")
        problem: Json = response.get_json()
        return problem

    many = {f"q{number}": {"query": "x"} for number in range(BATCH + 1)}
    problem = said(client.post("/reconcile", data={"queries": json.dumps(many)}))
    assert problem["limit"] == BATCH and problem["unit"] == "queries in a request"
    said(client.post("/reconcile/1.0/match", json={"queries": [{}] * (BATCH + 1)}))
    ids = {"ids": ["x"] * (BATCH + 1), "properties": []}
    said(client.post("/reconcile/1.0/extend", json=ids))
    refused(
        client.post("/reconcile/1.0/extend", json={"ids": [], "properties": [{"id": "code"}] * 99}),
        413,
    )


def test_odd_batches_are_answered_or_refused(client: FlaskClient) -> None:
    """Whatever stands where: every reply is an answer or says what is wrong with the request."""
    chance = Random(7)
    odd: list[Any] = [None, True, -1, 10**30, 1e308, "", "x" * 600, "\ud800", "\x00", [], {}, [[]]]
    odd += [
        {"id": KENT.value},
        {"id": 5},
        ["code"],
        KENT.value,
        "code",
        "police-force",
        "> } <a:b>",
    ]
    old: Json = {"q": {"query": "Kent", "type": "region", "limit": 3, "type_strict": "any",
                       "properties": [{"pid": "code", "v": "E01014485"}]}}  # fmt: skip
    new: Json = {"queries": [{"conditions": [named("Kent"), having("parent", "Corby")],
                              "type": "lsoa", "limit": 2}]}  # fmt: skip
    fetch: Json = {"ids": [KENT.value, "x"], "properties": [{"id": "code", "settings": {}}]}
    seen: Counter[int] = Counter()
    for _ in range(600):
        batches = deepcopy([old, new, fetch])
        for one in batches:
            for _ in range(chance.choice((1, 1, 2, 4))):
                spoil(one, chance, odd)
        as_form = [{"queries": json.dumps(batches[0])}, {"extend": json.dumps(batches[2])}]
        for got in (
            *(client.post("/reconcile", data=form) for form in as_form),
            client.post("/reconcile/1.0/match", json=batches[1]),
            client.post("/reconcile/1.0/extend", json=batches[2]),
        ):
            seen[got.status_code] += 1
            assert got.status_code in {200, 400, 413}, (batches, got.text)
            if got.status_code != 200:
                assert got.get_json()["detail"] and "Traceback" not in got.text
    assert seen[200] > 200 and seen[400] > 1_000, seen


def spoil(value: Any, chance: Random, odd: list[Any]) -> None:
    """Put something odd somewhere into an object or a list, or take something out of it."""
    place = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    inside = value[place]
    if isinstance(inside, dict | list) and inside and chance.random() < 0.8:
        spoil(inside, chance, odd)
    elif chance.random() < 0.2:
        del value[place]
    elif isinstance(value, dict) and chance.random() < 0.2:
        value[chance.choice(["", "x", "query", "v", "id"])] = deepcopy(chance.choice(odd))
    else:
        value[place] = deepcopy(chance.choice(odd))
    if not value:
        value.update(q={}) if isinstance(value, dict) else value.append(None)


# -- what people decided, and what was measured


@pytest.fixture
def released(tmp_path: Path) -> FlaskClient:
    """A world of a release: with names, their index, a correction, and what was measured."""
    store = small()
    known = names_of(store)
    table.write(tmp_path, known)
    Matcher.of_names(known).keep(tmp_path)
    decided = [
        Correction("The Garden of England", "police-force", iri=KENT.value, on="2026-11-22"),
        Correction("Surrey Police", iri="", on="2026-11-22"),
    ]
    corrections.write(tmp_path, decided)
    published.seal(tmp_path, known, decided)
    return create_app(World(store, Names().base, "one", folder=tmp_path)).test_client()


def test_what_a_person_decided_comes_first_and_says_so(released: FlaskClient) -> None:
    asked = {"query": "the garden of  ENGLAND", "type": "police-force"}
    best = matched(released, asked)[0]
    assert (best["id"], best["score"], best["match"]) == (KENT.value, 100, True)
    assert best["features"] == [{"id": "corrected", "name": "Corrected", "value": 1.0}]
    assert matched_by(released, named(asked["query"]), type="police-force")[0] == best
    assert not any(one["match"] for one in matched(released, {"query": "Surrey Police"}))
    # Only the same text, of the same kinds.
    assert not any(one["match"] for one in matched(released, {"query": "Garden of England"}))


def test_the_accuracy_of_a_release_is_shown(released: FlaskClient) -> None:
    said = released.get("/reconcile/accuracy").get_json()
    assert said["measured"] == "held" and said["model"] and said["labelled"] and said["software"]
    lists = {one["list"]: one for one in said["lists"]}
    assert lists["all"]["corrections"]["given"] == 2
    assert lists["all"]["pairs"] == sum(
        one["pairs"] for name, one in lists.items() if name != "all"
    )
    rows = list(csv.DictReader(io.StringIO(released.get("/reconcile/accuracy.csv").text)))
    assert [row["list"] for row in rows] == [one["list"] for one in said["lists"]]
    for row in rows:
        one = lists[row["list"]]
        assert int(row["pairs"]) == one["pairs"] and int(row["right"]) == one["right"]
        assert row["precision"] == ("" if one["precision"] is None else f"{one['precision']:.4f}")
    page = released.get("/reconcile/accuracy", headers={"Accept": "text/html"})
    assert page.mimetype == "text/html"
    for text in ("Calibration", said["model"], said["labelled"], "Police forces", "<svg"):
        assert text in page.text, text
    mistakes = [bad for one in said["lists"] for bad in (*one["errors"], *one["missed"])]
    for bad in mistakes:
        assert str(escape(bad["text"])) in page.text
    about = released.get("/reconcile?format=html").text
    assert "/reconcile/accuracy" in about and "Precision" in about


def test_a_share_of_nothing_is_nowhere_said_to_be_all(released: FlaskClient) -> None:
    lists = {one["list"]: one for one in released.get("/reconcile/accuracy").get_json()["lists"]}
    posts = lists["post"]
    assert (posts["answerable"], posts["matched"]) == (0, 0)
    assert [posts[name] for name in ("precision", "recall", "among_three")] == [None] * 3
    rows = csv.DictReader(io.StringIO(released.get("/reconcile/accuracy.csv").text))
    said = next(row for row in rows if row["list"] == "post")
    assert [said[name] for name in ("precision", "recall", "among_three")] == [""] * 3
    for path in ("/reconcile?format=html", "/reconcile/accuracy?format=html"):
        page = released.get(path).text
        row = page[page.index("#post") :].partition("</tr>")[0]
        assert "none" in row and "100.0%" not in row, path


def test_the_accuracy_is_found_in_each_format(released: FlaskClient) -> None:
    types = {"json": "application/json", "csv": "text/csv", "html": "text/html"}
    for word, kind in types.items():
        ways: list[Json] = [
            {"path": f"/reconcile/accuracy.{word}"},
            {"path": f"/reconcile/accuracy?format={word}"},
            {"path": "/reconcile/accuracy", "headers": {"Accept": kind}},
        ]
        answers = [released.get(way.pop("path"), **way) for way in ways]
        assert {(got.mimetype, got.data) for got in answers} == {(kind, answers[0].data)}
        tag = {"If-None-Match": answers[0].headers["ETag"]}
        assert released.get(f"/reconcile/accuracy.{word}", headers=tag).status_code == 304
    refused(released.get("/reconcile/accuracy.xml"), 404, ".xml")
    refused(released.get("/reconcile/accuracy", headers={"Accept": "image/png"}), 406)


def test_a_release_without_its_accuracy_says_so(client: FlaskClient, tmp_path: Path) -> None:
    older = World(small(), Names().base, "one", folder=tmp_path)
    for one in (client, create_app(older).test_client()):
        refused(one.get("/reconcile/accuracy"), 404, "not measured", "build one anew")
        about = one.get("/reconcile?format=html")
        assert about.status_code == 200 and "Precision" not in about.text


# -- what the page for people says to do


def test_what_the_page_says_to_copy_works(
    serve: Serve, make: Any, free_port: Callable[[], int], tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        # It is curl whose command lines these are.
        pytest.skip("curl is not here")
    port = free_port()
    sources = ("geography", "population", "street_crime")
    wanted = {name: [loaders.by_name(name).example(tmp_path)] for name in sources}
    make(tmp_path / "home", Names(f"http://127.0.0.1:{port}/"), **wanted)
    with serve("--home", tmp_path / "home", port=port) as server:
        page = requests.get(f"{server.address}/reconcile?format=html", timeout=30).text
        found = re.findall(r'<pre class="example"[^>]*><code>(.*?)</code></pre>', page, re.DOTALL)
        assert len(found) == 5
        told = []
        for text in map(unescape, found):
            by = "bash" if text.startswith("curl") else sys.executable
            ran = subprocess.run([by, "-c", text], capture_output=True, text=True, timeout=60)
            assert ran.returncode == 0, (text, ran.stderr)
            told.append(ran.stdout)
        avon = iri.concept("police-force", "avon-and-somerset").value
        assert valid(json.loads(told[0]), OLD, "results")["q0"]["result"][0]["id"] == avon
        best = valid(json.loads(told[1]), NEW, "results")["results"][0]["candidates"][0]
        assert best["id"] == avon
        small = valid(json.loads(told[2]), OLD, "results")["q0"]["result"][0]
        assert small["name"] == "Bristol 056A" and small["match"]
        row = valid(json.loads(told[3]), OLD, "extension")["rows"][avon]
        assert row["code"] and row[STAT.residents.value]
        assert [line.split()[-1] for line in told[4].splitlines()] == ["True"] * 3


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_read_well_on_a_small_screen_and_a_large_one(
    serve: Serve, browser: Browser, demo_home: Path, width: int
) -> None:
    kent = requests.utils.quote(KENT.value, "")
    read = ["/reconcile?format=html", "/reconcile/accuracy?format=html", "/linksets.html"]
    read += [f"/reconcile/preview?id={kent}", f"/sameas.html?uri={kent}"]
    unknown = f"/sameas.html?uri={kent}-and-{'a-long-name-' * 8}"
    with serve("--home", demo_home) as server:
        page = browser.new_page(viewport={"width": width, "height": 900})
        for path in (*read, unknown):
            answer = page.goto(server.address + path)
            assert answer is not None
            assert answer.ok == (path != unknown)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found] == [], path
        page.close()


# -- through a running server


def test_a_running_server_matches(demo_home: Path, serve: Serve) -> None:
    release = current(demo_home)
    with serve("--home", demo_home) as server:
        address = f"{server.address}/reconcile"
        manifest = requests.get(address, timeout=30).json()
        assert manifest["view"]["url"].startswith(release.base)
        asked = {"q0": {"query": "Avon & Somerset Police", "type": CRIME.PoliceForce.value}}
        got = requests.post(address, data={"queries": json.dumps(asked)}, timeout=30)
        best = valid(got.json(), OLD, "results")["q0"]["result"][0]
        assert best["id"] == iri.concept("police-force", "avon-and-somerset").value
        assert best["match"] is True
        sent = {"queries": [{"conditions": [named("Avon & Somerset Police")]}]}
        new = requests.post(f"{address}/1.0/match", json=sent, timeout=30)
        assert valid(new.json(), NEW, "results")["results"][0]["candidates"][0]["id"] == best["id"]
        wrong = requests.post(f"{address}/1.0/match", json={"queries": "x"}, timeout=30)
        assert wrong.status_code == 400 and wrong.headers["Content-Type"].startswith(
            "application/problem+json"
        )
        wanted = {"ids": [best["id"]], "properties": [{"id": CRIME.policeForceArea.value}]}
        rows = requests.post(address, data={"extend": json.dumps(wanted)}, timeout=30).json()
        area = valid(rows, OLD, "extension")["rows"][best["id"]][CRIME.policeForceArea.value]
        assert area[0]["id"] == iri.area("E23000036").value
        allowed = requests.options(f"{address}/1.0/match", timeout=30)
        assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
