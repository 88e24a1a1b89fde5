"""Clients that others wrote get what they ask for from the server that runs in production."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import rdflib
import requests
from pyoxigraph import RdfFormat, Store
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    DIGEST,
    JSON,
    JSONLD,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from homegraph.endpoint.serving.serve import insist_on_port
from homegraph.graph.errors import ReleaseError

Serve = Callable[..., AbstractContextManager[Any]]
QUERIES = Path(__file__).parent / "queries"
SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/homegraph/def/crime#Incident> }"
CONSTRUCT = "CONSTRUCT WHERE { ?s a <https://w3id.org/homegraph/def/crime#Incident> }"
PATIENCE = 20


@pytest.fixture(scope="module")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clients") / "store"
    store = Store(str(path))
    store.bulk_load(path=QUERIES / "world.trig", format=RdfFormat.TRIG)
    store.flush()
    return path


@pytest.fixture(scope="module")
def address(small_store: Path, serve: Serve) -> Iterator[str]:
    said = small_store.parent / "said"
    with (
        said.open("wb") as errors,
        serve("--store", small_store, "--processes", 2, errors=errors) as server,
    ):
        yield f"{server.address}/"
    assert len(said.read_text().splitlines()) == 1, "it only says where it listens"


def wrapper(address: str, query: str, form: str) -> Any:
    client = SPARQLWrapper(address + "sparql", returnFormat=form)
    client.setQuery(query)
    return client


@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
@pytest.mark.parametrize("way", ["GET", "POST as a form", "POST as it is"])
def test_sparqlwrapper_gets_rows(address: str, form: str, way: str) -> None:
    client = wrapper(address, SELECT, form)
    if way.startswith("POST"):
        client.setMethod(POST)
        client.setRequestMethod(URLENCODED if "form" in way else POSTDIRECTLY)
    answer = client.queryAndConvert()
    text = answer.toxml() if form == XML else str(answer)
    assert text.count("id/incident/") == 2


@pytest.mark.parametrize("form", [TURTLE, RDFXML, JSONLD])
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of itself
def test_sparqlwrapper_gets_statements(address: str, form: str) -> None:
    answer = wrapper(address, CONSTRUCT, form).queryAndConvert()
    if form == TURTLE:
        answer = rdflib.Graph().parse(data=answer, format="turtle")
    assert len(answer) == 2


def test_sparqlwrapper_understands_the_refusal(address: str) -> None:
    with pytest.raises(QueryBadFormed, match="is not declared"):
        wrapper(address, "SELECT * { ?s foaf:name ?o }", JSON).query()
    assert DIGEST  # the client offers passwords; we ask for none
    assert "WWW-Authenticate" not in requests.get(address, timeout=10).headers


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_rdflib_reads_the_endpoint_as_a_store(address: str, method: Any, form: str) -> None:
    store = SPARQLStore(address + "sparql", method=method, returnFormat=form)
    found = list(store.query(SELECT))
    assert {str(row[0]) for row in found} == {
        f"http://localhost:8000/id/incident/btp/2024-01/{number}" for number in (2, 3)
    }


@pytest.mark.parametrize(
    "path",
    [
        "id/incident/btp/2024-01/2",
        "id/map-point/-0.978363,51.998687/E01017648/On%20or%20near%20Eider%20Close",
        "id/asset/A%2F1",
        "id/street/Cae'r%20Hen%20D%C5%B7",
    ],
)
@pytest.mark.parametrize("form", ["turtle", "xml", "json-ld", "nt"])
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of itself
def test_rdflib_follows_a_name_to_its_description(address: str, path: str, form: str) -> None:
    accept = {
        "turtle": "text/turtle",
        "xml": "application/rdf+xml",
        "json-ld": "application/ld+json",
    }
    headers = {"Accept": accept.get(form, "application/n-triples")}
    answer = requests.get(address + path, headers=headers, timeout=10)
    assert answer.status_code == 200
    graph = rdflib.Graph().parse(data=answer.content, format=form)
    assert (rdflib.URIRef("http://localhost:8000/" + path), None, None) in graph


def test_answers_are_the_same_whichever_process_gives_them(address: str) -> None:
    seen = set()
    for _ in range(20):
        answer = requests.get(address + "void.ttl", timeout=10)
        seen.add((answer.headers["ETag"], answer.content))
    assert len(seen) == 1


def test_a_port_that_is_taken_is_told(address: str, small_store: Path) -> None:
    port = int(address.rstrip("/").rpartition(":")[2])
    with pytest.raises(ReleaseError, match="choose another port"):
        insist_on_port("127.0.0.1", port)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_server_stops_when_told(
    small_store: Path, serve: Serve, tmp_path: Path, sign: signal.Signals
) -> None:
    said = tmp_path / "said"
    with (
        said.open("wb") as errors,
        serve("--store", small_store, "--processes", 2, errors=errors) as server,
    ):
        server.process.send_signal(sign)
        assert server.process.wait(PATIENCE) == 0
    assert len(said.read_text().splitlines()) == 1, "it only says where it listens"
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.address}/health", timeout=2)
