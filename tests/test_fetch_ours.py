"""What we publish, another deployment of ours harvests by each of our doors, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store, Triple

from homegraph import loaders
from homegraph.graph.fetch import into_folder
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.nquads import lines
from homegraph.graph.raw import RawFile, paths
from homegraph.graph.release import current
from homegraph.graph.rules import validate
from homegraph.graph.terms import DCAT, DCT, FOAF, PROV, RDF
from homegraph.graph.web import Web

CATALOGUE = loaders.by_name("dataset_catalogue")
THEIRS = ("information_asset_register", "recorded_crime", "dataset_catalogue")
DOORS = {
    "catalog.ttl": "",
    "catalog.rdf": "",
    "catalog.jsonld": "",
    "catalog.nt": "dcat",
    "catalog": "dcat",
    "data.json": "",
    "oai": "",
    "": "ckan",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("department")


@pytest.fixture(scope="module")
def department(
    home: Path,
    make: Callable[..., object],
    serve: Callable[..., object],
    free_port: Callable[[], int],
) -> Iterator[tuple[str, set[str]]]:
    """A department's server: its address, and the addresses of all datasets in its catalogue."""
    port = free_port()
    names = Names(f"http://127.0.0.1:{port}/")
    wanted = {name: [loaders.by_name(name).example(home)] for name in THEIRS}
    make(home, names=names, **wanted)
    store = current(home).store()
    listed = store.quads_for_pattern(names.data("catalogue"), DCAT.dataset, None)
    datasets = {quad.object.value for quad in listed if isinstance(quad.object, NamedNode)}
    with serve("--home", home, port=port) as server:
        yield server.address, datasets


@pytest.mark.parametrize(("door", "kind"), DOORS.items(), ids=[name or "ckan" for name in DOORS])
def test_our_catalogue_is_harvested_whole_by_each_door(
    department: tuple[str, set[str]],
    door: str,
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    address, expected = department
    web, folder = Web(tmp_path / "web"), tmp_path / "theirs"
    where = f"{address}/{door}"
    into_folder(CATALOGUE.pages(where, web, kind), where, kind, folder)
    reading = Reading(1000)
    files = [RawFile.at(path) for path in paths(str(folder), "*")]
    quads = list(CATALOGUE.load(files, Names("https://ours.example/"), reading))
    assert not reading.errors
    found = {
        quad.subject.value
        for quad in quads
        if quad.predicate == RDF.type
        and quad.object == DCAT.Dataset
        and isinstance(quad.subject, NamedNode)
    }
    assert expected <= found
    assert not validate(lines(quads)).violations
    licensed = {quad.subject for quad in quads if quad.predicate == DCT.license}
    assert {NamedNode(iri) for iri in expected if "/data/" in iri} <= licensed
    again = into_folder(CATALOGUE.pages(where, web, kind), where, kind, folder)
    assert again.same


WHOLE = {"catalog.ttl": "dcat", "": "ckan", "data.json": "data.json", "oai": "oai-pmh"}


def said(store: Store, predicate: NamedNode) -> dict[str, set[str]]:
    """The values of a property, by what has it."""
    found: dict[str, set[str]] = {}
    for quad in store.quads_for_pattern(None, predicate, None):
        if isinstance(quad.subject, NamedNode) and not isinstance(quad.object, Triple):
            found.setdefault(quad.subject.value, set()).add(quad.object.value)
    return found


@pytest.mark.parametrize(("door", "kind"), WHOLE.items(), ids=list(WHOLE.values()))
def test_what_is_fetched_ends_in_a_release_with_titles_origins_and_links(
    department: tuple[str, set[str]],
    home: Path,
    door: str,
    kind: str,
    tmp_path: Path,
    make: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    address, expected = department
    where, folder = f"{address}/{door}", tmp_path / "theirs"
    into_folder(CATALOGUE.pages(where, Web(tmp_path / "web"), kind), where, kind, folder)
    make(tmp_path / "home", names=Names("https://ours.example/"), dataset_catalogue=[folder])
    theirs, ours = current(home).store(), current(tmp_path / "home").store()
    names = Names("https://ours.example/")
    listed = ours.quads_for_pattern(names.data("catalogue"), DCAT.dataset, None)
    found = {quad.object.value for quad in listed if isinstance(quad.object, NamedNode)}
    assert {one for one in found if one.startswith(address)} >= expected
    assert not {one for one in found if not one.startswith("https://ours.")} - expected
    for predicate in (DCT.title, DCAT.keyword):
        before, after = said(theirs, predicate), said(ours, predicate)
        assert {one: after.get(one) for one in expected} == {
            one: before.get(one) for one in expected
        }
    topics = {next(iter(some)): one for one, some in said(ours, FOAF.primaryTopic).items()}
    files, addresses = said(ours, PROV.wasDerivedFrom), said(ours, PROV.hadPrimarySource)
    for dataset in expected:
        [file] = files[topics[dataset]]
        [origin] = addresses[file]
        assert origin.startswith(f"{address}/")
