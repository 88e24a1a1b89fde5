"""Search engines and programs that learn find each dataset in its page, as its record says it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import extruct
import pytest
import rdflib
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from pyoxigraph import Literal, NamedNode, Quad, Store

from homegraph.endpoint import World, create_app
from homegraph.endpoint.harvest.croissant import CONTENT_TYPE, CONTEXT, PROFILE
from homegraph.endpoint.harvest.schema_org import LEAST, MOST, block, described, inside, measured
from homegraph.graph.entry import Agent, Entry, File, Place
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.plain import Reader
from homegraph.graph.record import Records
from homegraph.graph.release import current
from homegraph.graph.terms import DCAT, DCT, RDF

Serve = Callable[..., AbstractContextManager[Any]]
HTML = {"Accept": "text/html"}
SDO = rdflib.Namespace("https://schema.org/")
CUBE = "incidents-by-csp"
HOSTILE = '</script><script>alert(1)</script><!-- & \u2028 "'


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def found_in(page: str) -> list[dict[str, Any]]:
    """The JSON-LD of a page, as extruct finds it."""
    said = extruct.extract(page, syntaxes=["json-ld"], uniform=False)
    listed: list[dict[str, Any]] = said["json-ld"]
    return listed


def path_of(world: World, node: NamedNode) -> str:
    return "/" + node.value.removeprefix(world.base).replace("id/", "doc/", 1)


# -- in the page of every dataset


def test_the_page_of_every_dataset_says_what_the_record_says(
    client: FlaskClient, world: World
) -> None:
    reader = Reader(Records(world.store))
    for node in world.datasets:
        answer = client.get(path_of(world, node), headers=HTML)
        assert answer.status_code == 200, node
        (said,) = found_in(answer.text)
        assert said == described(world, reader.entry(node), measured(world, node))
        assert said["@id"] == node.value and said["@type"] == "Dataset"


def test_both_pages_of_a_dataset_say_the_same(client: FlaskClient, world: World) -> None:
    for name in list(world.current_versions)[::6]:
        one, other = (
            found_in(client.get(f"/{kind}/{name}", headers=HTML).text)
            for kind in ("data", "datasets")
        )
        assert one == other and len(one) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/catalog.html",
        "/datasets",
        "/data/catalogue",
        "/def/crime",
        f"/datasets/{CUBE}/editions",
        f"/datasets/{CUBE}/editions/time-series/versions/1",
    ],
)
def test_other_pages_say_nothing_of_a_dataset(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200 and found_in(answer.text) == []


def test_what_google_asks_for_is_there(client: FlaskClient, world: World) -> None:
    reader = Reader(Records(world.store))
    needed = {
        *("name", "description", "identifier", "url", "license", "creator", "publisher"),
        *("keywords", "spatialCoverage", "distribution", "includedInDataCatalog"),
        "isAccessibleForFree",
    }
    ours = [one for one in world.datasets if one.value.startswith(world.address("data/"))]
    assert len(ours) >= 60
    for node in ours:
        said = described(world, reader.entry(node), measured(world, node))
        assert said.keys() >= needed, node
        assert LEAST <= len(said["description"]) <= MOST
        assert said["isAccessibleForFree"] is True
        for file in said["distribution"]:
            assert file["contentUrl"].startswith(world.base) and file["encodingFormat"]
    cube = described(
        world, reader.entry(world.names.data(CUBE)), measured(world, world.names.data(CUBE))
    )
    assert cube["temporalCoverage"] == "2024-01/2024-03" and cube["version"]
    assert cube["dateModified"] and cube["datePublished"]
    assert cube["variableMeasured"][0]["name"] == "incidents"
    assert len(cube["variableMeasured"]) == 4
    sizes = [file["contentSize"] for file in cube["distribution"]]
    assert len(sizes) == 3 and all(re.fullmatch(r"\d+ B", size) for size in sizes)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of itself
def test_rdflib_reads_it_without_a_network(client: FlaskClient, world: World) -> None:
    for name in (CUBE, "population", "street-crime"):
        (said,) = found_in(client.get(f"/data/{name}", headers=HTML).text)
        graph = rdflib.Graph().parse(data=json.dumps(said), format="json-ld")
        node = rdflib.URIRef(world.names.data(name).value)
        assert (node, rdflib.RDF.type, SDO.Dataset) in graph
        assert str(graph.value(node, SDO.name)) == said["name"]
        assert graph.value(node, SDO.license) == rdflib.URIRef(said["license"])
        files = set(graph.objects(node, SDO.distribution))
        assert len(files) == len(said["distribution"])
        for file in files:
            assert isinstance(graph.value(file, SDO.contentUrl), rdflib.URIRef)


# -- values that are odd


def test_nothing_that_a_dataset_says_ends_the_element(tmp_path: Path) -> None:
    names = Names(DEMO_BASE)
    store, node = Store(str(tmp_path / "store")), names.data("x")
    graph = names.graph("catalogue")
    for predicate in (DCT.title, DCT.description, DCT.identifier, DCAT.keyword):
        store.add(Quad(node, predicate, Literal(HOSTILE), graph))
    store.add(Quad(node, RDF.type, DCAT.Dataset, graph))
    store.add(Quad(names.data("catalogue"), DCAT.dataset, node, graph))
    store.flush()
    del store
    world = World.of_store(tmp_path / "store")
    page = create_app(world).test_client().get("/data/x", headers=HTML).text
    (said,) = found_in(page)
    assert said["name"] == HOSTILE and said["keywords"] == [HOSTILE]
    assert page.count("<script") == 2  # this, and the file of the buttons that copy
    assert "alert(1)</script>" not in page
    assert block(world, names.data("y")) == ""
    assert json.loads(inside({"a": HOSTILE})) == {"a": HOSTILE}
    data = create_app(world).test_client().get("/data.json").get_json()
    assert data[0]["title"] == HOSTILE


def test_a_description_is_as_long_as_google_wants(world: World) -> None:
    agent = Agent("a:o", "Home Office")
    for text in ("", "Short.", "A word " * 2_000, "x" * 6_000):
        said = described(world, Entry("a:a", "A", text, publisher=agent))["description"]
        assert LEAST <= len(said) <= MOST
        assert said.startswith(text[:100]) or len(text) > MOST


def test_an_area_has_its_box_and_a_packed_file_both_types(world: World) -> None:
    area = Place("a:p", "Kent", "E1", "POLYGON((0.0 51.0,1.5 51.0,1.5 51.5,0.0 51.0))")
    file = File("a:f", access="a:page", media_type="text/csv", packed_as="application/gzip")
    entry = Entry("a:a", "A", places=(area, Place("a:q", "")), files=(file, File("a:g")))
    said = described(world, entry)
    assert said["spatialCoverage"][0]["geo"] == {"@type": "GeoShape", "box": "51.0 0.0 51.5 1.5"}
    assert said["distribution"] == [
        {
            "@type": "DataDownload",
            "@id": "a:f",
            "contentUrl": "a:page",
            "encodingFormat": ["text/csv", "application/gzip"],
        }
    ]
    assert "isAccessibleForFree" not in said


def test_a_browser_reports_nothing(demo_home: Path, serve: Serve, browser: Browser) -> None:
    with serve("--home", demo_home) as server:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.log('refused', e.blockedURI))"
        )
        for path in (f"/datasets/{CUBE}", f"/data/{CUBE}", "/data/population"):
            page.goto(server.address + path)
            text = page.locator('script[type="application/ld+json"]').text_content()
            assert json.loads(text or "")["@type"] == "Dataset"
        page.close()
        assert said == []


# -- Croissant


@pytest.fixture(scope="module")
def croissants(client: FlaskClient, world: World) -> dict[str, dict[str, Any]]:
    found = {}
    for name in world.current_versions:
        answer = client.get(f"/datasets/{name}.croissant.json")
        assert answer.status_code == 200 and answer.headers["Content-Type"] == CONTENT_TYPE
        found[name] = json.loads(answer.text)
    assert len(found) >= 40
    return found


def test_croissant_tells_of_every_cube(croissants: dict[str, dict[str, Any]]) -> None:
    """The properties that Croissant 1.0 demands or recommends, and their form."""
    for name, said in croissants.items():
        assert (said["@context"], said["@type"]) == (CONTEXT, "sc:Dataset")
        assert said["conformsTo"] == PROFILE and said["name"] == name
        for key in ("description", "license", "url", "creator", "datePublished", "citeAs"):
            assert said[key], (name, key)
        assert re.fullmatch(r"\d+\.\d+\.\d+", said["version"])
        (file,) = said["distribution"]
        assert file["@type"] == "cr:FileObject" and file["encodingFormat"] == "text/csv"
        assert re.fullmatch("[0-9a-f]{64}", file["sha256"])
        (rows,) = said["recordSet"]
        identifiers = [one["@id"] for one in rows["field"]]
        assert len(set(identifiers)) == len(identifiers)
        assert {one["@id"] for one in rows["key"]} <= set(identifiers)
        for one in rows["field"]:
            assert one["@type"] == "cr:Field" and one["dataType"].startswith("sc:")
            assert one["source"]["fileObject"] == {"@id": file["@id"]}


def test_croissant_names_the_columns_that_the_table_has(
    client: FlaskClient, croissants: dict[str, dict[str, Any]]
) -> None:
    for name in list(croissants)[::8]:
        with client.get(f"/datasets/{name}.csv") as answer:
            header, first = list(csv.reader(io.StringIO(answer.text)))[:2]
        fields = croissants[name]["recordSet"][0]["field"]
        columns = [one["source"]["extract"]["column"] for one in fields]
        assert columns == header
        for one, value in zip(fields, first, strict=True):
            if one["dataType"] == "sc:Integer" and value:
                int(value)
            if one["dataType"] == "sc:Float" and value:
                float(value)


def test_mlcroissant_finds_no_fault(croissants: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")
    for name in list(croissants)[::8]:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(croissants[name]), "utf-8")
        issues = mlcroissant.Dataset(jsonld=path).metadata.issues
        assert not issues.errors and not issues.warnings, issues.report()


def test_an_unknown_dataset_has_no_croissant(client: FlaskClient) -> None:
    for name in ("nothing", "population", ""):
        assert client.get(f"/datasets/{name}.croissant.json").status_code == 404
    page = client.get(f"/datasets/{CUBE}", headers=HTML).text
    assert f'href="/datasets/{CUBE}.croissant.json"' in page
