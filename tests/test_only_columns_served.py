"""A home that keeps sources in columns only: built, served, and built again, as any other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode

from homegraph import loaders
from homegraph.endpoint.app import create_app
from homegraph.endpoint.world import World
from homegraph.graph.columns.catalogue import COLUMNS, Catalogue
from homegraph.graph.errors import MetadataError, NoRelease
from homegraph.graph.release import Release
from homegraph.graph.settings import read_settings
from homegraph.graph.terms import CRIME, DCAT, DCT, RDF

BASE = "http://localhost:8000"
WHOLE = re.compile("/doc/(incident|map-point|stop-and-search)/")  # things with short pages
ONLY = 'only_columns = ["street_crime", "stop_and_search"]\n'


def examples(*without: str) -> dict[str, list[Path]]:
    """The examples of some sources, but for some of their files."""
    found = {}
    for name in ("geography", "stop_and_search", "street_crime"):
        folder = loaders.by_name(name).folder / "example"
        files = [path for path in sorted(folder.iterdir()) if path.is_file()]
        found[name] = [path for path in files if not path.name.startswith(without)]
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, make: Any) -> Release:
    released: Release = make(tmp_path_factory.mktemp("whole"), **examples())
    return released


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("part")
    (folder / "homegraph.toml").write_text(ONLY)
    return folder


@pytest.fixture(scope="module")
def part(home: Path, make: Any) -> Release:
    released: Release = make(home, **examples())
    return released


@pytest.fixture(scope="module")
def clients(whole: Release, part: Release) -> tuple[FlaskClient, FlaskClient]:
    one, other = (create_app(World.of_release(release)).test_client() for release in (whole, part))
    return one, other


def test_it_holds_the_same_and_its_store_less(whole: Release, part: Release) -> None:
    assert part.digest == whole.digest and part.name != whole.path
    assert part.manifest["triples"] == whole.manifest["triples"]
    assert part.only_columns == ["stop_and_search", "street_crime"] and not whole.only_columns
    store = part.store()
    for kind in (CRIME.Incident, CRIME.StopAndSearch):
        assert next(store.quads_for_pattern(None, RDF.type, kind), None) is None
    unstored = Catalogue.read(part.path / COLUMNS).unstored
    assert unstored is not None and unstored.apart and "" in unstored.graphs
    assert len(store) < len(whole.store()) / 2


def things(release: Release) -> list[str]:
    """A thing of each class, and what it points at."""
    store, found = release.store(), []
    for kind in sorted(release.manifest["classes"]):
        quads = store.quads_for_pattern(None, RDF.type, NamedNode(kind))
        names = sorted(q.subject.value for q in quads if isinstance(q.subject, NamedNode))
        found += names[:: max(1, len(names) // 3)][:3]
    points = store.quads_for_pattern(None, CRIME.mapPoint, None)
    found += sorted({q.object.value for q in points if isinstance(q.object, NamedNode)})[:3]
    return [name for name in found if name.startswith(f"{BASE}/") and name != f"{BASE}/"]


def body(client: FlaskClient, path: str, **headers: str) -> bytes:
    with client.get(path, headers=headers) as response:  # which may be a file
        assert response.status_code < 400, path
        return response.get_data()


def said(page: bytes) -> bytes:
    """A page without the times of its build, and without links to queries, which name no graphs."""
    return re.sub(rb'<time [^>]*>|href="[^"]*/sparql[^"]*"', b"", page)


def test_pages_and_data_of_things_are_the_same(
    whole: Release, clients: tuple[FlaskClient, FlaskClient]
) -> None:
    asked = [name.removeprefix(BASE).replace("/id/", "/doc/", 1) for name in things(whole)]
    assert len(asked) > 40
    for path in asked:
        one, other = (said(body(client, path, Accept="text/html")) for client in clients)
        assert one == other or not WHOLE.match(path), path  # of many, others may be shown
        one, other = (body(client, path, Accept="application/n-triples") for client in clients)
        assert sorted(one.splitlines()) == sorted(other.splitlines()), path


LOOKED_UP = [
    "SELECT (COUNT(*) AS ?n) { ?i a crime:Incident }",
    "SELECT ?c (COUNT(*) AS ?n) { ?i crime:category ?c ; crime:month ?m } GROUP BY ?c",
    "SELECT * { <id/incident/btp/2024-01/4> ?p ?o }",
    "DESCRIBE <id/incident/btp/2024-01/4>",
    "CONSTRUCT { ?i crime:lsoa ?l } { ?i crime:mapPoint/crime:lsoa ?l }",
    "ASK { ?i crime:force <https://w3id.org/homegraph/def/concept/police-force/btp> }",
    f"SELECT ?d ?t {{ ?d a {DCAT.Dataset} ; {DCT.title} ?t }}",
]


@pytest.mark.parametrize("query", LOOKED_UP)
@pytest.mark.parametrize("word", ["", "no"])
def test_queries_are_answered_as_by_a_store_of_everything(
    clients: tuple[FlaskClient, FlaskClient], query: str, word: str
) -> None:
    text = f"BASE <{BASE}/> PREFIX crime: <{CRIME.iri}> {query}"
    asked = {"query": text, **({"columns": word} if word else {})}
    told = {"Accept": "text/csv, application/n-triples"}
    one, other = (client.get("/sparql", query_string=asked, headers=told) for client in clients)
    assert one.status_code == other.status_code == 200
    assert one.content_type == other.content_type
    assert sorted(one.get_data().splitlines()) == sorted(other.get_data().splitlines())
    engine = "oxigraph" if "dcat" in query else "columns"
    assert other.headers["Homegraph-Engine"] == engine


@pytest.mark.parametrize(
    "path",
    [
        "/sparql?query=SELECT * { GRAPH ?g { ?i a ?kind } }",
        "/sparql?query=SELECT * { ?s ?p ?o . ?o ?q ?s }",
        "/graph-store?default",
        "/graph-store?graph=http://localhost:8000/id/graph/incidents-by-force",
    ],
)
def test_what_columns_cannot_tell_is_a_problem_that_says_why(
    clients: tuple[FlaskClient, FlaskClient], path: str
) -> None:
    one, other = (client.get(path) for client in clients)
    assert one.status_code == 200 and other.status_code == 501
    assert other.content_type == "application/problem+json"
    said = json.loads(other.get_data())
    assert "kept in columns only" in said["detail"] and said["type"].endswith("#OnlyInColumns")
    assert "/dumps/" in json.dumps(said)


def test_a_graph_that_the_store_has_is_given_whole(
    clients: tuple[FlaskClient, FlaskClient],
) -> None:
    path = "/graph-store?graph=http://localhost:8000/id/graph/catalogue"
    one, other = (
        client.get(path, headers={"Accept": "application/n-triples"}) for client in clients
    )
    assert sorted(one.get_data().splitlines()) == sorted(other.get_data().splitlines())


def test_the_next_build_makes_what_is_new_and_keeps_it_in_columns(
    tmp_path: Path, make: Any
) -> None:
    files = examples()["street_crime"]
    (tmp_path / "homegraph.toml").write_text('only_columns = ["street_crime"]')
    first = make(tmp_path, street_crime=files[:-1])
    again, anew = make(tmp_path, street_crime=files), make(tmp_path, street_crime=files, anew=True)
    assert first.digest != again.digest == anew.digest
    assert len(first.store()) < len(again.store()) < again.manifest["triples"] - 20_000
    tables = [Catalogue.read(release.path / COLUMNS).wide for release in (again, anew)]
    assert tables[0] == tables[1]
    (tmp_path / "homegraph.toml").write_text("columns = false")
    stored = make(tmp_path, street_crime=files)
    assert stored.name != again.name and not stored.only_columns
    assert len(stored.store()) == stored.manifest["triples"]


def test_columns_that_are_gone_are_not_done_without(tmp_path: Path, part: Release) -> None:
    shutil.copytree(part.path, tmp_path / "release")
    shutil.rmtree(tmp_path / "release" / COLUMNS)
    with pytest.raises(NoRelease, match="has no columns"):
        World.of_release(Release(tmp_path / "release"))


def test_settings_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "homegraph.toml"
    for text, why in {
        "only_columns = 1": "a list of names of sources",
        'only_columns = ["street_crime"]\ncolumns = false': "which columns = false forbids",
    }.items():
        path.write_text(text)
        with pytest.raises(MetadataError, match=why):
            read_settings(path)
    path.write_text('only_columns = ["street_crime"]')
    assert read_settings(path).wants_columns(1)


def test_a_name_that_is_no_source_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "homegraph.toml").write_text('only_columns = ["street-crimes"]')
    command = [sys.executable, "-m", "homegraph.endpoint.cli", "build", "--home", str(tmp_path)]
    done = subprocess.run([*command, "street_crime=x.csv"], capture_output=True, text=True)
    assert done.returncode == 2 and re.search("no source is called 'street-crimes'", done.stderr)
