"""Harvesters, clients and parsers of others read the catalogue from a running server of ours.

Those that homegraph[test] does not bring have environments of their own, which
tests/harvesters/run.sh makes; without them their tests are left out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import extruct
import pytest
import requests
from ckanapi import RemoteCKAN
from pyoxigraph import RdfFormat, parse
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from homegraph import loaders
from homegraph.endpoint.world import World
from homegraph.graph.iri import Names, concept
from homegraph.graph.release import Release, current
from homegraph.graph.terms import AS, CRIME, DCT, RDF

Make = Callable[..., Release]
Serve = Callable[..., AbstractContextManager[Any]]
FreePort = Callable[[], int]
Events = Counter[tuple[str, str]]
HERE = Path(__file__).parent / "harvesters"
MADE_OF = {
    "ckan": "ckan.txt",
    "udata": "udata.txt",
    "reconciler": "reconciler.txt",
    "ldes": "ldes/package-lock.json",
}
EXAMPLE = loaders.by_name("dataset_catalogue").folder / "example"
PACKAGE = json.loads((EXAMPLE / "package_show-disruption-of-organised-crime.json").read_text())
MANY = {f"seizures-{number:03}": f"Seizures at port {number}" for number in range(150)}
PROFILES = ["euro_dcat_ap", "euro_dcat_ap_2", "euro_dcat_ap_3"]
# One that says its format in the address, one that tells it by negotiation, and so on.
each_start = pytest.mark.parametrize(
    "start", ["catalog.ttl", "catalog", "catalog.xml", "catalog.jsonld"]
)


@dataclass(frozen=True)
class Published:
    """A server, and the names of the datasets that it publishes.

    All, those of our own, and those that say which period they cover.
    """

    address: str
    datasets: frozenset[str]
    own: frozenset[str]
    dated: frozenset[str]


def packages(folder: Path, datasets: Mapping[str, str]) -> Path:
    """A folder with the answer of a catalogue that has these datasets, by name, with titles."""
    found = [
        PACKAGE["result"] | {"id": str(uuid5(NAMESPACE_URL, name)), "name": name, "title": title}
        for name, title in datasets.items()
    ]
    folder.mkdir(exist_ok=True)
    answer = PACKAGE | {"result": {"count": len(found), "results": found}}
    (folder / "package_search-9999.json").write_text(json.dumps(answer), "utf-8")
    return folder


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, make: Make, serve: Serve, free_port: FreePort
) -> Iterator[Published]:
    """The examples and many records of others, under names that lead to the server."""
    folder, port = tmp_path_factory.mktemp("published"), free_port()
    names = Names(f"http://127.0.0.1:{port}/")
    wanted = {loader.name: [loader.example(folder)] for loader in loaders.find()}
    wanted["dataset_catalogue"].append(packages(folder / "others", MANY))
    make(folder / "home", names, **wanted)
    world = World.of_release(current(folder / "home"))
    every = frozenset(one.value for one in world.datasets)
    with_period = world.store.quads_for_pattern(None, DCT.temporal, None, None)
    dated = every & {one.subject.value for one in with_period}
    own = frozenset(one for one in every if one.startswith(f"{names.base}data/"))
    assert len(own) >= 60 and len(every) > 200  # three pages
    with serve("--home", folder / "home", port=port) as server:
        yield Published(server.address, every, own, dated)


def environment(name: str) -> Path:
    """The folder where a harvester of others is installed; skips the test where it is not."""
    chosen = os.environ.get("HOMEGRAPH_HARVESTERS") or Path.home() / ".cache/homegraph-harvesters"
    folder, wanted = Path(chosen, name), HERE / MADE_OF[name]
    made_of = folder / "made-of"
    if not (made_of.is_file() and made_of.read_bytes() == wanted.read_bytes()):
        # It wants older libraries than ours, hence an environment of its own, which .ci/run makes.
        pytest.skip(f"{name} is not installed: tests/harvesters/run.sh does it")
    return folder


def run(name: str, script: str, *words: str) -> Any:
    """What a harvester tells, run by its own Python."""
    command = [environment(name) / "bin/python", HERE / script, *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout[ran.stdout.index("{") :])


# -- CKAN and udata, which are installed apart


def extra(dataset: dict[str, Any], name: str) -> Any:
    found = {one["key"]: one["value"] for one in dataset["extras"]}
    return dataset.get(name) or found.get(name)


@each_start
def test_ckan_reads_all_datasets_with_each_profile(start: str, request: Any) -> None:
    environment("ckan")
    published = request.getfixturevalue("published")
    said = run("ckan", "ckan_reads.py", f"{published.address}/{start}", *PROFILES)
    assert len(said["pages"]) == 3
    for profile in PROFILES:
        read = said["datasets"][profile]
        found = {extra(one, "uri"): one for one in read}
        assert len(read) == len(found)
        assert found.keys() == published.datasets
        for uri, dataset in found.items():
            assert dataset["title"] and extra(dataset, "identifier"), uri
        for uri in published.own:
            assert_is_complete(found[uri], published.address)


def assert_is_complete(dataset: dict[str, Any], address: str) -> None:
    """A dataset of ours has all that a hub shows."""
    uri = extra(dataset, "uri")
    assert dataset["notes"], uri
    publisher = dataset.get("publisher") or [{"name": extra(dataset, "publisher_name")}]
    contact = dataset.get("contact") or [{"email": extra(dataset, "contact_email")}]
    assert publisher[0]["name"] == "Home Office", uri
    assert "@" in contact[0]["email"], uri
    assert dataset["resources"], uri
    for resource in dataset["resources"]:
        assert resource["license"] and resource["format"] and resource["url"], uri
        assert int(resource["size"]) >= 0, uri
        assert resource["download_url"].startswith(address), uri


def test_udata_harvests_all_datasets_from_each_start(request: Any) -> None:
    environment("udata")
    published = request.getfixturevalue("published")
    starts = [f"catalog{suffix}" for suffix in (".ttl", "", ".xml", ".jsonld")]
    said = run("udata", "udata_reads.py", *(f"{published.address}/{one}" for one in starts))
    assert len(said) == len(starts)
    for job in said.values():
        assert (job["status"], job["errors"]) == ("done", [])
        assert {one["status"] for one in job["items"]} == {"done"}
        assert not [one for one in job["items"] if one["errors"]]
        assert sum(one["dataset"] for one in job["items"]) == len(published.datasets)
        # It asks the server for each period, and wants no more than that.
        assert sum(one["temporal"] for one in job["items"]) == len(published.dated) > 60


def test_reconciler_matches_names(request: Any) -> None:
    environment("reconciler")
    published = request.getfixturevalue("published")
    right = {
        "Avon & Somerset Police": "avon-and-somerset",
        "KENT POLICE": "kent",
        "Heddlu De Cymru": "south-wales",
        "City of London": "city-of-london",
        "nothing that is a force": "",
    }
    more = [f"Kent Police {number}" for number in range(40)]  # it asks for ten at a time
    service, kind = f"{published.address}/reconcile", CRIME.PoliceForce.value
    said = run("reconciler", "reconciler_reads.py", service, kind, *right, *more)
    assert len(said) == len(right) + len(more)
    for name, code in right.items():
        if code:
            assert said[name]["id"] == concept("police-force", code).value
            assert said[name]["match"] is True and said[name]["type_id"] == kind
        else:
            assert said[name]["match"] is False


# -- clients and parsers that are here


def test_ckanapi_reads_all_packages(published: Published) -> None:
    with RemoteCKAN(published.address) as ckan:
        names = ckan.action.package_list()
        found: list[dict[str, Any]] = []
        while len(found) < ckan.action.package_search(rows=0)["count"]:
            page = ckan.action.package_search(rows=100, start=len(found), sort="id asc")
            found += page["results"]
        assert {one["name"] for one in found} == set(names)
        assert len(names) == len(found)
        assert {extra(one, "uri") for one in found} == published.datasets
        for one in found:
            assert ckan.action.package_show(id=one["name"]) == one


def test_extruct_finds_each_dataset_in_its_page(published: Published) -> None:
    """Of all of ours and of some of others: these are all alike."""
    others = sorted(published.datasets - published.own)[::10]
    with requests.Session() as session:
        for uri in [*published.own, *others]:
            page = session.get(uri, headers={"Accept": "text/html"}, timeout=30)
            assert page.status_code == 200, uri
            said = extruct.extract(page.text, syntaxes=["json-ld"])["json-ld"]
            (dataset,) = [one for one in said if one["@type"] == "Dataset"]
            assert dataset["@id"] == uri
            assert dataset["name"] and dataset["description"]
            assert uri not in published.own or dataset["distribution"]


# A program of the system, which pip cannot install; .ci/run does.
@pytest.mark.skipif(shutil.which("rapper") is None, reason="rapper (raptor2-utils) is not here")
def test_rapper_fetches_and_parses_every_page_in_every_syntax(published: Published) -> None:
    """It has no parser of JSON-LD."""
    syntaxes = {".ttl": "turtle", ".nt": "ntriples", ".nq": "nquads", ".rdf": "rdfxml",
                ".xml": "rdfxml", "": "guess"}  # fmt: skip
    for page in (1, 2, 3):
        counts = {
            suffix: counted(f"{published.address}/catalog{suffix}?page={page}", syntax)
            for suffix, syntax in syntaxes.items()
        }
        assert len(set(counts.values())) == 1 and counts[""] > 500, counts


def counted(address: str, syntax: str) -> int:
    """The triples that rapper finds at an address."""
    command = ["rapper", "--count", "--input", syntax, address]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    told = re.findall(r"Parsing returned (\d+) triples", ran.stderr)
    assert ran.returncode == 0 and told and "rror" not in ran.stderr, ran.stderr
    return int(told[0])


@pytest.mark.parametrize("prefix", ["oai_dc", "dcat_ap"])
def test_sickle_lists_all_records_by_resumption_tokens(published: Published, prefix: str) -> None:
    harvester = Sickle(f"{published.address}/oai")
    pages = 0
    records = harvester.ListRecords(metadataPrefix=prefix)
    found = []
    token = None
    for one in records:
        found.append(one.header.identifier)
        if records.resumption_token != token or not pages:
            token, pages = records.resumption_token, pages + 1
    assert len(found) == len(set(found))
    assert set(found) == published.datasets
    assert pages == 3


# -- what changes


@pytest.fixture(scope="module")
def ldes_client() -> list[str]:
    """The command of npm's ldes-client."""
    folder = environment("ldes")
    return [str(folder / "node"), str(folder / "node_modules/ldes-client/dist/bin/cli.js")]


def events(command: list[str], address: str, *options: str) -> Events:
    """What the client makes of the feed: how often each kind of activity on which title."""
    asked = [*command, *options, f"{address}/feed"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "error" not in done.stderr.lower(), done.stderr
    # It writes N-Quads, but numbers and truth values as Turtle may.
    quads = re.sub(r"^(\S+ \S+) ([\d.e+-]+|true|false) ", r'\1 "\2" ', done.stdout, flags=re.M)
    found = list(parse(quads, format=RdfFormat.N_QUADS))
    objects = {one.subject: one.object for one in found if one.predicate == AS.object}
    titles = {
        (one.graph_name, one.subject): one.object.value
        for one in found
        if one.predicate == DCT.title
    }
    return Counter(
        (one.object.value.removeprefix(AS.iri), titles.get((one.subject, objects[one.subject]), ""))
        for one in found
        if one.predicate == RDF.type and one.object in {AS.Create, AS.Update, AS.Delete}
    )


def test_ldes_client_gets_one_event_per_dataset(
    published: Published, ldes_client: list[str]
) -> None:
    found = events(ldes_client, published.address)
    assert {kind for kind, _ in found} == {"Create"}
    assert found.total() == len(published.datasets)


@dataclass(frozen=True)
class Changing:
    """A catalogue of many records of others that is served, and can be released anew."""

    address: str
    release: Callable[[Mapping[str, str]], None]


@pytest.fixture
def changing(make: Make, serve: Serve, free_port: FreePort, tmp_path: Path) -> Iterator[Changing]:
    """Its first release has all that is in MANY."""
    port, home = free_port(), tmp_path / "home"
    names = Names(f"http://127.0.0.1:{port}/")

    def build(datasets: Mapping[str, str]) -> Release:
        return make(home, names, dataset_catalogue=[packages(tmp_path / "in", datasets)])

    build(MANY)
    with serve("--home", home, port=port) as server:
        yield Changing(server.address, lambda given: await_release(server.address, build(given)))


def await_release(address: str, release: Release) -> None:
    """Wait until all processes of the server have gone on to a release: each takes its turn."""
    end = time.monotonic() + 60
    while {served(address) for _ in range(20)} != {release.name}:
        assert time.monotonic() < end, "the server did not go on"
        time.sleep(0.1)


def served(address: str) -> str:
    """The release that one of the processes serves."""
    return str(requests.get(f"{address}/health", timeout=5).json()["release"])


LEFT = {name: title for name, title in MANY.items() if name != "seizures-003"}
THEN = LEFT | {"seizures-005": "Changed", "new": "New"}
# The title of the source: its file is another one, and its record tells the size of it.
SOURCE = "Catalogue of Home Office datasets"


def test_ldes_client_gets_exactly_what_changed(
    changing: Changing, ldes_client: list[str], tmp_path: Path
) -> None:
    saved = ["-s", str(tmp_path / "state")]
    everything = events(ldes_client, changing.address, *saved)
    assert set(everything.values()) == {1}
    assert {kind for kind, _ in everything} == {"Create"}
    assert set(MANY.values()) < {title for _, title in everything}
    assert events(ldes_client, changing.address) == everything
    assert events(ldes_client, changing.address, *saved) == {}

    changing.release(THEN)
    assert events(ldes_client, changing.address, *saved) == {
        ("Create", "New"): 1,
        ("Update", "Changed"): 1,
        ("Update", SOURCE): 1,
        ("Delete", ""): 1,
    }
    changing.release(THEN)
    assert events(ldes_client, changing.address, *saved) == {}


def test_sickle_gets_what_changed_since_it_last_came(changing: Changing) -> None:
    harvester = Sickle(f"{changing.address}/oai")
    everything = list(harvester.ListRecords(metadataPrefix="oai_dc"))
    assert len(everything) > len(MANY)
    last = max(one.header.datestamp for one in everything)
    time.sleep(1)  # its times have whole seconds
    changing.release(THEN)
    since = {"metadataPrefix": "oai_dc", "from": later(last)}
    found = {
        one.header.identifier.rpartition("/")[2]: one.metadata["title"] if not one.deleted else []
        for one in harvester.ListRecords(**since, ignore_deleted=False)
    }
    assert found == {
        "new": ["New"],
        "seizures-005": ["Changed"],
        "dataset-catalogue": [SOURCE],
        "seizures-003": [],
    }
    (gone,) = [one for one in harvester.ListIdentifiers(**since) if one.deleted]
    assert gone.identifier.endswith("/seizures-003")
    with pytest.raises(NoRecordsMatch):
        harvester.ListRecords(**since | {"from": later(gone.datestamp)})


def later(moment: str) -> str:
    """The next second, in the form of the protocol."""
    return (datetime.fromisoformat(moment) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
