"""The catalogue as a stream of events, and as Atom: what clients of such feeds get to know."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import rdflib
from flask.testing import FlaskClient
from pyoxigraph import DefaultGraph, NamedNode, Quad, parse
from rdflib.compare import isomorphic

from homegraph.endpoint.app import create_app
from homegraph.endpoint.formats import GRAPHS
from homegraph.endpoint.harvest.feed import OFFERED, path_of
from homegraph.endpoint.world import World
from homegraph.graph.changes import PAGE
from homegraph.graph.record import Records
from homegraph.graph.release import current
from homegraph.graph.terms import AS, LDES, RDF, TREE

STREAMS = [one for one in OFFERED if one.suffix in {"trig", "jsonld", "nq"}]  # TriG first
DAYS = [f"2026-01-{day:02}T10:00:00Z" for day in range(1, 10)]
FIRST = {"incidents": "Incidents", "outcomes": "Outcomes", "http://example.org/d": "Theirs"}
SECOND = {"incidents": "Incidents and more", "http://example.org/d": "Theirs", "stops": "Stops"}
ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}"
MANY = {f"d{number:04}": f"Dataset {number}" for number in range(2 * PAGE + 10)}


def asking(world: World) -> FlaskClient:
    return create_app(world).test_client()


def quads(client: FlaskClient, path: str, form: Any = STREAMS[0]) -> list[Quad]:
    answer = client.get(path, headers={"Accept": form.media_type})
    assert answer.status_code == 200, (path, answer.text)
    assert answer.mimetype == form.media_type
    return list(parse(answer.data, format=form.engine))


def values(found: list[Quad], subject: Any, predicate: NamedNode) -> list[Any]:
    return [one.object for one in found if (one.subject, one.predicate) == (subject, predicate)]


def pages(client: FlaskClient, world: World) -> list[str]:
    """The addresses of the pages, as the root tells them."""
    root = NamedNode(world.address("feed"))
    found = quads(client, "/feed")
    relations = values(found, root, TREE.relation)
    nodes = {one.value for relation in relations for one in values(found, relation, TREE.node)}
    return sorted(node.removeprefix(world.base.rstrip("/")) for node in nodes)


def activities(client: FlaskClient, world: World) -> dict[str, tuple[str, str, str]]:
    """Name, kind and time of the last activity of each dataset, from all pages."""
    found: dict[str, tuple[str, str, str]] = {}
    for path in pages(client, world):
        said = quads(client, path)
        for activity in values(said, NamedNode(world.address("feed#stream")), TREE.member):
            (kind,) = values(said, activity, RDF.type)
            (dataset,) = values(said, activity, AS.object)
            (time,) = values(said, activity, AS.published)
            assert dataset.value not in found, "more than the last version is kept"
            found[dataset.value] = activity.value, kind.value.removeprefix(AS.iri), time.value
    return found


def test_each_dataset_has_its_last_activity(catalogue: Any) -> None:
    world = catalogue.release(DAYS[0], FIRST)
    first = activities(asking(world), world)
    assert {(kind, time) for _, kind, time in first.values()} == {("Create", DAYS[0])}
    assert len(first) == 3
    world = catalogue.release(DAYS[1], SECOND)
    second = activities(asking(world), world)
    named = {iri.rpartition("/")[2]: (kind, time) for iri, (_, kind, time) in second.items()}
    assert named == {
        "incidents": ("Update", DAYS[1]),
        "outcomes": ("Delete", DAYS[1]),
        "d": ("Create", DAYS[0]),
        "stops": ("Create", DAYS[1]),
    }
    assert second["http://example.org/d"] == first["http://example.org/d"]


def test_an_activity_carries_the_record_and_a_deletion_carries_none(catalogue: Any) -> None:
    catalogue.release(DAYS[0], FIRST)
    world = catalogue.release(DAYS[1], SECOND)
    client = asking(world)
    (path,) = pages(client, world)
    said = quads(client, path)
    graphs: dict[Any, set[Any]] = {}
    for quad in said:
        graphs.setdefault(quad.graph_name, set()).add(quad.triple)
    for iri, (activity, kind, _) in activities(client, world).items():
        record = set(Records(world.store).of(NamedNode(iri)))
        assert graphs.pop(NamedNode(activity), set()) == (set() if kind == "Delete" else record)
        # The shape of DCAT-AP Feeds is closed: a kind, an object, and a time.
        about = {one.predicate for one in said if one.subject == NamedNode(activity)}
        assert about == {RDF.type, AS.object, AS.published}
    assert set(graphs) == {DefaultGraph()}


def test_the_stream_says_what_its_clients_need_to_know(catalogue: Any) -> None:
    world = catalogue.release(DAYS[0], FIRST)
    client = asking(world)
    stream, root = NamedNode(world.address("feed#stream")), NamedNode(world.address("feed"))
    for path in ["/feed", *pages(client, world)]:
        said = quads(client, path)
        assert values(said, stream, RDF.type) == [LDES.EventStream]
        assert values(said, stream, LDES.timestampPath) == [AS.published]
        assert values(said, stream, LDES.versionOfPath) == [AS.object]
        assert values(said, stream, TREE.view) == [root]
    said = quads(client, "/feed")
    (policy,) = values(said, root, LDES.retentionPolicy)
    assert LDES.LatestVersionSubset in values(said, policy, RDF.type)
    for predicate in (LDES.amount, LDES.versionAmount):
        assert [one.value for one in values(said, policy, predicate)] == ["1"]
    (about,) = values(said, root, TREE.viewDescription)
    assert values(said, about, LDES.retentionPolicy) == [policy]


def test_pages_tell_the_range_of_their_times(catalogue: Any) -> None:
    catalogue.release(DAYS[0], MANY)
    world = catalogue.release(DAYS[1], MANY | {"d0007": "Another", "new": "New"})
    client = asking(world)
    said = quads(client, "/feed")
    bounds: dict[str, dict[str, str]] = {}
    for relation in values(said, NamedNode(world.address("feed")), TREE.relation):
        (node,), (value,) = values(said, relation, TREE.node), values(said, relation, TREE.value)
        (kind,) = values(said, relation, RDF.type)
        assert values(said, relation, TREE.path) == [AS.published]
        bounds.setdefault(node.value, {})[kind.value.removeprefix(TREE.iri)[:4]] = value.value
    assert bounds == {
        f"{world.base}feed?page=1": {"Grea": DAYS[0], "Less": DAYS[0]},
        f"{world.base}feed?page=2": {"Grea": DAYS[0], "Less": DAYS[0]},
        f"{world.base}feed?page=3": {"Grea": DAYS[0]},
    }
    assert len(activities(client, world)) == len(MANY) + 1


def test_a_release_changes_only_the_pages_where_something_changed(catalogue: Any) -> None:
    def tags(world: World) -> list[str]:
        client = asking(world)
        return [client.get(path).headers["ETag"] for path in ["/feed", *pages(client, world)]]

    first = tags(catalogue.release(DAYS[0], MANY))
    same = tags(catalogue.release(DAYS[1], MANY))
    assert same == first
    after = tags(catalogue.release(DAYS[2], MANY | {"d0007": "Another"}))
    changed = [number for number, tag in enumerate(first) if tag != after[number]]
    assert changed == [1, 3]  # where it was and where it is now; the root tells the same


def test_who_has_a_page_is_told_so(catalogue: Any) -> None:
    client = asking(catalogue.release(DAYS[0], FIRST))
    for path in ("/feed", "/feed?page=1", "/feed.atom"):
        answer = client.get(path)
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert answer.headers["Last-Modified"] == "Thu, 01 Jan 2026 10:00:00 GMT"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib uses what it deprecates
def test_all_formats_say_the_same(catalogue: Any) -> None:
    catalogue.release(DAYS[0], FIRST)
    world = catalogue.release(DAYS[1], SECOND)
    client = asking(world)
    activity = path_of(world.changes.in_order[0])
    for path in ("feed", "feed?page=1", activity):
        read = []
        for form, name in zip(STREAMS, ("trig", "json-ld", "nquads"), strict=True):
            stem, mark, query = path.partition("?")
            answer = client.get(f"/{stem}.{form.suffix}{mark}{query}")
            assert answer.mimetype == form.media_type
            whole = rdflib.Dataset(default_union=False)
            whole.parse(data=answer.text, format=name)
            read.append({str(one.identifier): one for one in whole.graphs() if len(one)})
        for other in read[1:]:
            assert set(other) == set(read[0])
            assert all(isomorphic(other[name], read[0][name]) for name in other)


def test_every_activity_answers_at_its_name(catalogue: Any) -> None:
    catalogue.release(DAYS[0], FIRST)
    world = catalogue.release(DAYS[1], SECOND)
    client = asking(world)
    for iri, (activity, _, time) in activities(client, world).items():
        path = activity.removeprefix(world.base[:-1])
        said = quads(client, path)
        assert [one.value for one in values(said, NamedNode(activity), AS.object)] == [iri]
        html = client.get(path, headers={"Accept": "text/html"})
        assert html.mimetype == "text/html" and time in html.text
    now = path_of(world.changes.last[f"{world.base}data/incidents"])
    outdated = "/" + now.replace("20260102", "20260101")
    for path in (outdated, "/feed/x/y", "/feed/20260101T100000Z/y.trig"):
        for form in OFFERED:
            answer = client.get(path, headers={"Accept": form.media_type})
            assert answer.status_code == 404
            assert answer.mimetype in {"text/html", "application/problem+json"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("/feed?page=2", 404), ("/feed?page=0", 400), ("/feed?page=x", 400), ("/feed.doc", 404)),
        *(("/feed?page=", 400), ("/feed?page=-1", 400), ("/feed?page=99999999999", 400)),
        *(("/feed?page=1&page=2", 400), ("/feed?page=\u0663", 400), ("/feed?page=1%00", 400)),
    ],
)
def test_what_is_not_there_is_said_so(catalogue: Any, path: str, status: int) -> None:
    assert asking(catalogue.release(DAYS[0], FIRST)).get(path).status_code == status


def test_a_format_without_graphs_says_all_of_them_together(catalogue: Any) -> None:
    catalogue.release(DAYS[0], FIRST)
    world = catalogue.release(DAYS[1], SECOND)
    client = asking(world)
    for path in ("feed", "feed?page=1", path_of(world.changes.in_order[0])):
        whole = {quad.triple for quad in quads(client, f"/{path}")}
        for form in GRAPHS:
            answer = client.get(f"/{path}", headers={"Accept": form.media_type})
            assert answer.mimetype == form.media_type
            said: Any = parse(answer.data, format=form.engine)
            assert {quad.triple for quad in said} == whole
    assert client.get("/feed").mimetype == "application/trig"
    every = {"Accept": "text/turtle, application/trig, application/n-quads"}
    assert client.get("/feed", headers=every).mimetype == "application/trig"


def test_without_changes_there_is_no_feed(catalogue: Any) -> None:
    bare = World(catalogue.release(DAYS[0], FIRST).store, catalogue.base, "bare")
    for path in ("/feed", "/feed?page=1", "/feed.atom", "/feed/x/y", "/oai?verb=Identify"):
        assert asking(bare).get(path).status_code == 404


def test_the_page_for_people_tells_what_happened(catalogue: Any) -> None:
    catalogue.release(DAYS[0], FIRST)
    client = asking(catalogue.release(DAYS[1], SECOND))
    page = client.get("/feed", headers={"Accept": "text/html"}).text
    rows = re.findall(r"<li>(<strong>.*?)</li>", page, re.DOTALL)
    assert [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in rows] == [
        "Stops new 2026-01-02 10:00 UTC",
        "Outcomes gone 2026-01-02 10:00 UTC",
        "Incidents and more changed 2026-01-02 10:00 UTC",
        "Theirs new 2026-01-01 10:00 UTC",
    ]


def test_news_readers_get_entries_and_tombstones(catalogue: Any) -> None:
    catalogue.release(DAYS[0], FIRST | {"hostile": "<b>&\x01"})
    answer = asking(catalogue.release(DAYS[1], SECOND | {"hostile": "<b>&\x01"})).get("/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}id") == f"{catalogue.base}feed.atom"
    assert feed.findtext(f"{ATOM}updated") == DAYS[1]
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"{catalogue.base}feed.atom"
    found = {
        entry.findtext(f"{ATOM}id", "").rpartition("/")[2]: (
            entry.findtext(f"{ATOM}title"),
            entry.findtext(f"{ATOM}published"),
            entry.findtext(f"{ATOM}updated"),
            entry.findtext(f"{ATOM}author/{ATOM}name"),
        )
        for entry in feed.findall(f"{ATOM}entry")
    }
    office = "Home Office"
    assert found == {
        "stops": ("Stops", DAYS[1], DAYS[1], office),
        "incidents": ("Incidents and more", DAYS[0], DAYS[1], office),
        "d": ("Theirs", DAYS[0], DAYS[0], office),
        "hostile": ("<b>&\ufffd", DAYS[0], DAYS[0], office),
    }
    updated = [entry.findtext(f"{ATOM}updated", "") for entry in feed.findall(f"{ATOM}entry")]
    assert updated == sorted(updated, reverse=True)
    (gone,) = feed.findall(f"{TOMBSTONE}deleted-entry")
    assert (gone.get("ref"), gone.get("when")) == (f"{catalogue.base}data/outcomes", DAYS[1])
    for entry in feed.findall(f"{ATOM}entry"):
        assert entry.find(f"{ATOM}link[@rel='alternate']") is not None
        assert entry.findtext(f"{ATOM}summary")


def test_a_built_release_has_a_feed_of_all_its_datasets(demo_home: Path) -> None:
    world = World.of_release(current(demo_home))
    client = asking(world)
    found = activities(client, world)
    assert set(found) == {one.value for one in world.datasets}
    assert {kind for _, kind, _ in found.values()} == {"Create"}
    entries = ElementTree.fromstring(client.get("/feed.atom").data).findall(f"{ATOM}entry")
    assert len(entries) == min(len(found), 100)
