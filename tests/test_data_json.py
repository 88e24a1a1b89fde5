"""/data.json has what data.gov.uk and DCAT-US want, of every dataset, as its record says it."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, Quad, Store

from homegraph.endpoint import World, create_app
from homegraph.endpoint.harvest.data_json import REPEATS, dataset
from homegraph.graph.entry import Entry, Named, Place
from homegraph.graph.findings import Reading
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.plain import Reader
from homegraph.graph.raw import RawFile
from homegraph.graph.record import Records
from homegraph.graph.release import current
from homegraph.graph.terms import DCAT, DCT, FOAF, RDF
from homegraph.loaders import by_name

MANDATORY = {"title", "description", "identifier", "license", "publisher"}  # at data.gov.uk
REQUIRED = {*MANDATORY, "@type", "keyword", "modified", "contactPoint", "accessLevel"}  # DCAT-US
KNOWN = {  # the fields of DCAT-US 1.1
    *REQUIRED,
    *("rights", "spatial", "temporal", "accrualPeriodicity", "theme", "language", "landingPage"),
    *("references", "conformsTo", "distribution", "issued"),
}
OF_FILES = {
    *("@type", "title", "description", "downloadURL", "accessURL", "mediaType", "format"),
    *("describedBy", "conformsTo", "license", "byteSize"),
}
DATE = r"\d{4}(-\d\d(-\d\d(T[\d:]+Z)?)?)?"


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


@pytest.fixture(scope="module")
def datasets(client: FlaskClient) -> list[dict[str, Any]]:
    answer = client.get("/data.json")
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    found: list[dict[str, Any]] = answer.get_json()
    return found


def test_it_is_a_bare_list_of_all_datasets(datasets: list[dict[str, Any]], world: World) -> None:
    assert [one["identifier"] for one in datasets] == [one.value for one in world.datasets]


def test_every_dataset_has_what_is_known_and_nothing_empty(
    datasets: list[dict[str, Any]],
) -> None:
    for one in datasets:
        assert one.keys() <= KNOWN and {"title", "description", "identifier"} <= one.keys()
        assert all(value not in ("", [], None) for value in one.values())
        for file in one.get("distribution", []):
            assert file.keys() <= OF_FILES and file.keys() & {"downloadURL", "accessURL"}
            if "downloadURL" in file:
                assert re.fullmatch(r"https?://\S+", file["downloadURL"])


def test_what_we_publish_has_all_that_is_wanted(
    datasets: list[dict[str, Any]], world: World
) -> None:
    ours = [one for one in datasets if one["identifier"].startswith(world.address("data/"))]
    assert len(ours) >= 60
    for one in ours:
        assert one.keys() >= REQUIRED, one["identifier"]
        assert one["license"].startswith("http") and one["accessLevel"] == "public"
        assert one["publisher"]["name"] and one["contactPoint"]["fn"]
        assert re.fullmatch(DATE, one["modified"])
        assert one["accrualPeriodicity"] in REPEATS.values()
        if "temporal" in one:
            first, _, last = one["temporal"].partition("/")
            assert re.fullmatch(rf"{DATE}|\.\.", first) and re.fullmatch(rf"{DATE}|\.\.", last)
        assert one["distribution"]
        for file in one["distribution"]:
            assert file["mediaType"] and file["format"] and file["title"]


def test_it_says_what_the_record_says(datasets: list[dict[str, Any]], world: World) -> None:
    records = Records(world.store)
    for one in datasets:
        node = NamedNode(one["identifier"])
        record = records.of(node)
        said = {(t.predicate, getattr(t.object, "value", "")) for t in record if t.subject == node}
        assert (DCT.title, one["title"]) in said
        assert all((DCAT.keyword, word) in said for word in one.get("keyword", []))
        assert "license" not in one or (DCT.license, one["license"]) in said | {
            (t.predicate, getattr(t.object, "value", "")) for t in record
        }
        addresses = {getattr(t.object, "value", "") for t in record}
        for file in one.get("distribution", []):
            assert {file.get("downloadURL"), file.get("accessURL")} - {None} <= addresses


def test_what_is_not_known_is_left_out() -> None:
    said = dataset(Entry(iri="a:a", title="A"))
    assert said == {
        "@type": "dcat:Dataset",
        "identifier": "a:a",
        "title": "A",
        "description": "A",
    }


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ((("2024-01", "2024-03"),), "2024-01/2024-03"),
        ((("2023", ""), ("2024", "2024")), "2023/2024"),
        ((("2023-01-01", ""),), "2023-01-01/.."),
        ((("", "2023-01-01"),), "../2023-01-01"),
    ],
)
def test_the_time_covered_is_an_interval(
    periods: tuple[tuple[str, str], ...], expected: str
) -> None:
    assert dataset(Entry(iri="a:a", title="A", periods=periods))["temporal"] == expected


def test_how_often_it_changes_is_an_interval_that_repeats() -> None:
    for code, expected in (("MONTHLY", "R/P1M"), ("ANNUAL", "R/P1Y"), ("IRREG", "irregular")):
        one = Entry(iri="a:a", title="A", frequency=Named(f"http://x/frequency/{code}", ""))
        assert dataset(one)["accrualPeriodicity"] == expected
    other = Entry(iri="a:a", title="A", frequency=Named("http://x/frequency/OTHER", ""))
    assert "accrualPeriodicity" not in dataset(other)


def test_it_is_not_sent_again_while_it_is_the_same(client: FlaskClient) -> None:
    first = client.get("/data.json")
    again = client.get("/data.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.last_modified is not None
    assert client.head("/data.json").status_code == 200


def test_a_store_without_datasets_has_an_empty_list(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    store.add(Quad(NamedNode("a:a"), RDF.type, FOAF.Document))
    store.flush()
    del store
    client = create_app(World.of_store(tmp_path / "store", DEMO_BASE)).test_client()
    assert json.loads(client.get("/data.json").text) == []
    assert client.get("/sitemap.xml").status_code == 200


@pytest.mark.parametrize("path", ["/data.json", "/api/3/action/package_search?rows=1000"])
def test_our_own_loader_reads_all_of_it(client: FlaskClient, tmp_path: Path, path: str) -> None:
    """As it reads those of other departments: each dataset, and each file."""
    file = tmp_path / "catalogue.json"
    file.write_text(client.get(path).text, "utf-8")
    reading, content = Reading(), file.read_bytes()
    raw = RawFile(file.name, file, str(file), sha256(content).hexdigest(), len(content))
    quads = list(by_name("dataset_catalogue").load([raw], Names("http://x/"), reading))
    assert reading.errors == []
    sent = client.get("/data.json").get_json()
    kinds = {(quad.subject, quad.object) for quad in quads if quad.predicate == RDF.type}
    read = [kind for _, kind in kinds]
    assert read.count(DCAT.Dataset) == len(sent)
    assert read.count(DCAT.Distribution) == sum(len(one.get("distribution", [])) for one in sent)


def test_an_area_without_a_name_is_told_by_its_edges() -> None:
    box = "POLYGON((-8.5 49.5,2.0 49.5,2.0 60.5,-8.5 60.5,-8.5 49.5))"
    areas = (Place("a:p", "Kent"), Place("a:q", "", "", box), Place("a:r", ""))
    said = dataset(Entry(iri="a:a", title="A", places=areas))
    assert said["spatial"] == "Kent, -8.5,49.5,2.0,60.5, a:r"


def test_an_entry_is_read_from_the_record_alone(world: World) -> None:
    """The same from a store that has nothing but the record."""
    records = Records(world.store)
    for node in world.datasets[::7]:
        alone = Store()
        for triple in records.of(node):
            alone.add(Quad(*triple))
        assert Reader(Records(alone)).entry(node) == Reader(records).entry(node)
