"""What is served is scored once more by another hand: the table of data.europa.eu, and requests.

Nothing of ours is used but the addresses: rdflib reads what the doors answer, pySHACL validates it,
and whether an address answers is found out by asking it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyshacl
import pytest
from flask.testing import FlaskClient
from rdflib import DCAT, DCTERMS, RDF, SH, Graph, Literal, Namespace, URIRef

from homegraph.endpoint import World, create_app
from homegraph.graph.release import current
from homegraph.graph.rules import validate

SHAPES = Path(__file__).parents[1] / "shapes" / "catalogue.ttl"
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
EU = "http://publications.europa.eu/resource/authority/"
IANA = "http://www.iana.org/assignments/media-types/"
OGL = "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
OTHERS = "id/(dataset|distribution|organisation|contact)/"  # describe themselves
# An entry of another catalogue keeps to whatever profile that has; the feed tells when it came.
OF_ENTRIES = {"record-standard", "record-issued", "record-status"}
# The lists of the checker of data.europa.eu (MQA, 2026), as far as our formats go.
READABLE = {"CSV", "JSON", "RDF_N_QUADS", "RDF_TURTLE", "RDF_XML", "XLS", "XLSX"}
OPEN = READABLE - {"XLS", "XLSX"}


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def got(client: FlaskClient, world: World, address: str) -> Graph:
    """What an address of ours answers, in Turtle."""
    path = "/" + address.removeprefix(world.base)
    with client.get(path, headers={"Accept": "text/turtle"}) as answer:
        if answer.status_code == 303:
            return got(client, world, world.base + answer.headers["Location"].lstrip("/"))
        assert (answer.status_code, answer.mimetype) == (200, "text/turtle"), address
        return Graph().parse(data=answer.data, format="turtle")


@pytest.fixture(scope="module")
def pages(client: FlaskClient, world: World) -> list[Graph]:
    """The pages of the catalogue, each by where the one before leads."""
    found = [got(client, world, f"{world.base}catalog.ttl")]
    while following := set(found[-1].objects(None, HYDRA.next)):
        found.append(got(client, world, str(following.pop())))
    return found


@pytest.fixture(scope="module")
def ours(pages: list[Graph], world: World) -> list[URIRef]:
    """Our own datasets that the pages list."""
    listed = {one for page in pages for one in page.objects(None, DCAT.dataset)}
    return sorted(one for one in listed if str(one).startswith(f"{world.base}data/"))


def about_us(results: list[tuple[str, str]], world: World) -> list[tuple[str, str]]:
    """What was found, information too, but of what others describe."""
    theirs = re.compile(re.escape(world.base) + OTHERS)
    return [
        (rule, focus)
        for rule, focus in results
        if not theirs.match(focus) and rule.rpartition("#")[2] not in OF_ENTRIES
    ]


def test_no_page_of_the_catalogue_breaks_a_rule_or_draws_a_warning(
    pages: list[Graph], world: World
) -> None:
    for page in pages:
        lines = page.serialize(format="nt").splitlines(keepends=True)
        found = [
            (one.shape, one.focus.strip("<>"))
            for one in validate(lines).results
            if "/shape/catalogue#" in one.shape
        ]
        assert about_us(found, world) == []


def test_pyshacl_finds_nothing_on_the_pages_either(pages: list[Graph], world: World) -> None:
    rules = Graph().parse(SHAPES)
    for page in pages:
        _, results, _ = pyshacl.validate(page, shacl_graph=rules, inference="none", advanced=True)
        assert isinstance(results, Graph)
        found = [
            (str(results.value(one, SH.sourceShape)), str(results.value(one, SH.focusNode)))
            for one in results.subjects(RDF.type, SH.ValidationResult)
        ]
        assert about_us(found, world) == []


class Hand:
    """Points by the published table, counted by hand from what is served."""

    def __init__(self, client: FlaskClient, world: World) -> None:
        self.client, self.world = client, world
        self.statuses: dict[str, int] = {}

    def answers(self, address: str) -> bool:
        """Whether an address answers with a status from 200 to 399, asked now."""
        if address not in self.statuses:
            assert address.startswith(self.world.base), address
            with self.client.get("/" + address.removeprefix(self.world.base)) as answer:
                self.statuses[address] = answer.status_code
        return 200 <= self.statuses[address] < 400

    def points(self, said: Graph, dataset: URIRef) -> dict[str, int]:
        """The points of a dataset by metric, with the best of its distributions."""
        own = {
            "keyword": 30 * bool(said.value(dataset, DCAT.keyword)),
            "theme": 30 * bool(said.value(dataset, DCAT.theme)),
            "spatial": 20 * bool(said.value(dataset, DCTERMS.spatial)),
            "temporal": 20 * bool(said.value(dataset, DCTERMS.temporal)),
            "accessRights": 10 * bool(right := str(said.value(dataset, DCTERMS.accessRights))),
            "accessRights from the list": 5 * right.startswith(EU + "access-right/"),
            "contactPoint": 20 * bool(said.value(dataset, DCAT.contactPoint)),
            "publisher": 10 * bool(said.value(dataset, DCTERMS.publisher)),
        }
        files = list(said.objects(dataset, DCAT.distribution))
        each = [self.of_file(said, dataset, file) for file in files]
        return own | max(each, key=lambda one: sum(one.values()))

    def of_file(self, said: Graph, dataset: URIRef, file: Any) -> dict[str, int]:
        def value(predicate: URIRef) -> str:
            return str(said.value(file, predicate) or "")

        code = value(DCTERMS["format"]).removeprefix(EU + "file-type/")
        size = said.value(file, DCAT.byteSize)
        return {
            "accessURL answers": 50 * self.answers(value(DCAT.accessURL)),
            "downloadURL": 20 * bool(value(DCAT.downloadURL)),
            "downloadURL answers": 30 * self.answers(value(DCAT.downloadURL)),
            "format": 20 * bool(code),
            "mediaType": 10 * bool(value(DCAT.mediaType)),
            "format from the list": 5 * value(DCTERMS["format"]).startswith(EU + "file-type/"),
            "mediaType from the list": 5 * value(DCAT.mediaType).startswith(IANA),
            "not proprietary": 20 * (code in OPEN),
            "machine-readable": 20 * (code in READABLE),
            "license": 20 * bool(value(DCTERMS.license)),
            "license from the list": 10 * (value(DCTERMS.license) == OGL),
            "rights": 5 * bool(value(DCTERMS.rights)),
            "byteSize": 5 * (isinstance(size, Literal) and int(size) > 0),
            **{
                name: 5 * bool(value(DCTERMS[name]) and said.value(dataset, DCTERMS[name]))
                for name in ("issued", "modified")
            },
        }


def test_each_of_our_datasets_has_405_points_by_hand(
    client: FlaskClient, world: World, pages: list[Graph], ours: list[URIRef]
) -> None:
    hand = Hand(client, world)
    assert len(ours) >= 60
    short: defaultdict[str, list[str]] = defaultdict(list)
    for page in pages:
        for dataset in ours:
            if (None, DCAT.dataset, dataset) in page:
                points = hand.points(page, dataset)
                if sum(points.values()) + 30 != 405:  # 30 for the rules, tested above
                    short[str(dataset)] = [name for name, one in points.items() if not one]
    assert short == {}


# Rules on other datasets that a document leads to: these are described at their own addresses.
OF_OTHERS = {"source-described", "versions-described"}


def test_the_document_of_each_dataset_breaks_no_rule_either(
    client: FlaskClient, world: World, ours: list[URIRef]
) -> None:
    hand, others = Hand(client, world), set()
    for dataset in ours:
        said = got(client, world, str(dataset))
        lines = said.serialize(format="nt").splitlines(keepends=True)
        results = [
            one
            for one in validate(lines).results
            if "/shape/catalogue#" in one.shape and one.severity != "info"
        ]
        rest = [one for one in results if one.shape.rpartition("#")[2] not in OF_OTHERS]
        assert [f"{one.shape} {one.value}" for one in rest] == [], dataset
        others |= {str(one.value).strip("<>") for one in results}
        assert sum(hand.points(said, dataset).values()) == 375, dataset
    for one in others:
        name = URIRef(one)
        assert (name, RDF.type, DCAT.Dataset) in got(client, world, one), one


def test_what_is_said_of_a_file_is_so(
    client: FlaskClient, world: World, pages: list[Graph], ours: list[URIRef]
) -> None:
    """Size and media type are those that the address itself answers with."""
    for page in pages:
        for dataset in ours:
            for file in page.objects(dataset, DCAT.distribution):
                address = page.value(file, DCAT.downloadURL)
                size = page.value(file, DCAT.byteSize)
                if address is None:
                    continue
                path = "/" + str(address).removeprefix(world.base)
                with client.head(path) as answer:
                    assert answer.status_code == 200, address
                    assert answer.headers["Content-Length"] == str(size), address
