"""What users of the demo rely on: figures lead to rows, addresses to the bytes described."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from homegraph import loaders
from homegraph.endpoint import World, create_app
from homegraph.graph.concepts import code_list
from homegraph.graph.release import current
from homegraph.graph.terms import CRIME, DCAT, DCT, FOAF, SPDX, VCARD, VOID

BASE = "http://localhost:8000/"
EXAMPLE = loaders.by_name("street_crime").folder / "example"


@pytest.fixture(scope="module")
def client(demo_home: Path) -> FlaskClient:
    return create_app(World.of_release(current(demo_home))).test_client()


def triples(client: FlaskClient, path: str) -> set[Triple]:
    with client.get(path, headers={"Accept": "application/n-triples"}) as answer:
        assert answer.status_code == 200
        return {quad.triple for quad in parse(input=answer.data, format=RdfFormat.N_TRIPLES)}


@pytest.mark.parametrize("number", [2, 5, 60])
def test_an_incident_leads_to_its_row(client: FlaskClient, number: int) -> None:
    name = "2024-01-btp-street.csv"
    with (EXAMPLE / name).open(newline="", encoding="utf-8") as stream:
        row = list(csv.DictReader(stream))[number - 2]
    key = f"incident/btp/2024-01/{number}"
    page = client.get(f"/doc/{key}", headers={"Accept": "text/html"}).text
    assert f"row {number} of <a" in page
    assert name in page
    said = triples(client, f"/doc/{key}")
    incident = NamedNode(f"{BASE}id/{key}")
    assert (
        Triple(incident, CRIME.category, code_list("crime-category").read(row["Crime type"]))
        in said
    )
    part = NamedNode(f"{BASE}data/street-crime/2024-01-btp")
    assert Triple(NamedNode(f"{BASE}doc/{key}"), VOID.inDataset, part) in said


def test_a_thing_outside_every_slice_has_no_row(client: FlaskClient) -> None:
    page = client.get("/doc/asset/HO-007", headers={"Accept": "text/html"}).text
    assert "Source:</span> row" not in page


def test_a_download_has_the_size_and_checksum_that_the_catalogue_says(client: FlaskClient) -> None:
    said = triples(client, "/catalog")
    listed = {one.object.value for one in said if one.predicate == DCAT.dataset}
    for dataset in (one for one in listed if one.startswith(f"{BASE}data/")):
        said |= triples(client, "/" + dataset.removeprefix(BASE))  # where checksums are
    value = {(one.subject, one.predicate): one.object for one in said}
    downloads = [one for one in said if one.predicate == DCAT.downloadURL]
    downloads = [one for one in downloads if str(one.object).startswith(f"<{BASE}")]
    assert len(downloads) > 100  # three for each cube, and one for each source
    for one in downloads:
        address = getattr(one.object, "value", "")
        with client.get("/" + address.removeprefix(BASE)) as answer:
            assert "Content-Encoding" not in answer.headers
            content = answer.data
        assert getattr(value[one.subject, DCAT.byteSize], "value", "") == str(len(content))
        checksum = value[value[one.subject, SPDX.checksum], SPDX.checksumValue]
        assert getattr(checksum, "value", "") == hashlib.sha256(content).hexdigest()


def test_whom_the_catalogue_names_it_describes(client: FlaskClient) -> None:
    said = triples(client, "/catalog")
    for predicate, name in ((DCT.publisher, FOAF.name), (DCAT.contactPoint, VCARD.fn)):
        named = {one.object for one in said if one.predicate == predicate}
        assert named
        assert named <= {one.subject for one in said if one.predicate == name}
