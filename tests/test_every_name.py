"""Every name of ours that the catalogue has, wherever it stands, is answered and described.

Not a sample: all pages of the catalogue, the feed, what harvesters list, and the scores.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple, parse

from homegraph.endpoint import World, create_app
from homegraph.endpoint.formats import GRAPHS, HTML, Format
from homegraph.graph.release import current
from homegraph.graph.terms import DCAT, FOAF, HYDRA, TREE

# Doors that answer to their own protocols, not as documents do.
DOORS = ("api/3", "data.json", "graph-store", "oai", "openapi.json", "sparql")
FILES = re.compile(r"(dumps|downloads)/.*|.*\.(csv|parquet|gz|json)")
# Whose N-Quads are the figures, as there are CSV and Parquet of them; the others describe it.
TO_DOWNLOAD = re.compile(r"datasets/[^/]+(/editions/[^/]+/versions/[0-9]+)?")
TURTLE = GRAPHS[0]
STREAMS = [GRAPHS[4], *(form for form in GRAPHS if form.suffix in {"jsonld", "nq"})]  # TriG first


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def read(body: bytes, form: Format) -> list[Quad]:
    assert isinstance(form.engine, RdfFormat)
    return list(parse(body, format=form.engine))


def graph(body: bytes, form: Format) -> set[Triple]:
    return {quad.triple for quad in read(body, form)}


def asked(client: FlaskClient, path: str, form: Format) -> Any:
    """The answer where a path leads to: by one 303 at most."""
    answer = client.get(f"/{path}", headers={"Accept": form.media_type})
    if answer.status_code == 303:
        answer.close()
        answer = client.get(answer.headers["Location"], headers={"Accept": form.media_type})
    return answer


@pytest.fixture(scope="module")
def pages(client: FlaskClient, world: World) -> set[Triple]:
    """All that all pages of the catalogue say."""
    found: set[Triple] = set()
    path, count = "catalog", 0
    while path:
        with asked(client, path, TURTLE) as answer:
            said = graph(answer.data, TURTLE)
        found |= said
        count += 1
        path = "".join(
            {one.object.value for one in said if one.predicate == HYDRA.next}
        ).removeprefix(world.base)
    listed = {one.object for one in found if one.predicate == DCAT.dataset}
    assert listed == set(world.datasets)
    assert count == -(-len(listed) // 100)
    return found


@pytest.fixture(scope="module")
def names(pages: set[Triple], world: World) -> dict[str, set[str]]:
    """The names of ours on the pages, by the addresses of their documents."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in pages:
        for term in (one.subject, one.predicate, one.object):
            assert not isinstance(term, BlankNode), one
            if isinstance(term, NamedNode) and term.value.startswith(world.base):
                found[term.value.partition("#")[0].removeprefix(world.base)].add(term.value)
    return found


def documents(names: dict[str, set[str]]) -> list[str]:
    """The paths of names, without doors, files, and the page that the whole site begins with."""
    return [
        path
        for path in sorted(names)
        if path and path.partition("?")[0] not in DOORS and not FILES.fullmatch(path)
    ]


def test_every_name_is_described_in_every_format_and_all_say_the_same(
    client: FlaskClient, names: dict[str, set[str]], pages: set[Triple]
) -> None:
    said_of: defaultdict[str, set[Triple]] = defaultdict(set)
    for one in pages:
        if isinstance(one.subject, NamedNode):
            said_of[one.subject.value].add(one)
    paths = documents(names)
    assert len(paths) > 250
    wrong: list[str] = []
    for path in paths:
        graphs = {}
        for form in GRAPHS:
            if form.suffix == "nq" and TO_DOWNLOAD.fullmatch(path):
                continue
            with asked(client, path, form) as answer:
                if (answer.status_code, answer.mimetype) != (200, form.media_type):
                    wrong.append(f"{path} as {form.suffix}: {answer.status} {answer.mimetype}")
                    continue
                graphs[form.suffix] = graph(answer.data, form)
        said = graphs.get("ttl", set())
        wrong += [f"{path}: {key} differs" for key, one in graphs.items() if one != said]
        subjects = {one.subject for one in said}
        for name in names[path]:
            if NamedNode(name) not in subjects:
                wrong.append(f"{path} does not describe {name}")
            # A page of the catalogue lists a part of it, and the feed is told of as a service.
            if not path.startswith(("catalog", "feed")) and not said_of[name] <= said:
                wrong.append(f"{path} does not say of {name} what the catalogue says")
    assert wrong == []


def test_every_name_has_a_page_for_people(client: FlaskClient, names: dict[str, set[str]]) -> None:
    for path in documents(names):
        with asked(client, path, HTML) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "text/html"), path
            text = answer.text
        assert re.search(r"<h1[^>]*>\s*\S", text), path
        assert text.rstrip().endswith("</html>"), path


def test_every_address_of_a_file_or_a_door_answers(
    client: FlaskClient, names: dict[str, set[str]]
) -> None:
    others = sorted(names.keys() - set(documents(names)))
    assert len(others) > 200
    for path in others:
        for ask in (client.head, client.get):
            with ask(f"/{path}") as answer:
                assert answer.status_code == 200, path
                assert answer.content_type


def test_every_member_of_the_feed_is_described(client: FlaskClient, world: World) -> None:
    with asked(client, "feed", STREAMS[0]) as answer:
        root = read(answer.data, STREAMS[0])
    feed = NamedNode(f"{world.base}feed")
    nodes = {one.object.value for one in root if one.predicate == TREE.node}
    assert nodes
    members: set[str] = set()
    for node in nodes:
        path = node.removeprefix(world.base)
        with asked(client, path, STREAMS[0]) as answer:
            said = read(answer.data, STREAMS[0])
        assert any(one.subject == NamedNode(node) for one in said), "a page says what it is"
        assert any((one.predicate, one.object) == (TREE.view, feed) for one in said)
        members |= {one.object.value for one in said if one.predicate == TREE.member}
    assert len(members) == len(world.datasets)
    for member in members:
        graphs = []
        for form in STREAMS:
            with asked(client, member.removeprefix(world.base), form) as answer:
                assert (answer.status_code, answer.mimetype) == (200, form.media_type), member
                graphs.append(set(read(answer.data, form)))
        assert all(one == graphs[0] for one in graphs)
        assert any(one.subject == NamedNode(member) for one in graphs[0])
        with asked(client, member.removeprefix(world.base), HTML) as answer:
            assert answer.status_code == 200
        # Without named graphs the same statements stand together.
        with asked(client, member.removeprefix(world.base), TURTLE) as answer:
            assert graph(answer.data, TURTLE) == {one.triple for one in graphs[0]}


def test_what_harvesters_list_is_what_the_catalogue_lists(
    client: FlaskClient, world: World, names: dict[str, set[str]]
) -> None:
    listed = {one.value for one in world.datasets}
    with client.get("/oai?verb=ListIdentifiers&metadataPrefix=oai_dc") as answer:
        root = ElementTree.fromstring(answer.data)
    space = "{http://www.openarchives.org/OAI/2.0/}"
    assert {one.text for one in root.iter(f"{space}identifier")} == listed
    known = {name for some in names.values() for name in some}
    assert {one for one in listed if one.startswith(world.base)} <= known
    with client.get("/data.json") as answer:
        entries = json.loads(answer.data)
    assert len(entries) == len(listed)
    for body in (json.dumps(entries), client.get("/sitemap-1.xml").text):
        for address in set(re.findall(re.escape(world.base) + r'[^\s"<>\\]*', body)):
            with client.get("/" + address.removeprefix(world.base)) as answer:
                assert answer.status_code in {200, 303}, address


def test_every_measurement_is_described(client: FlaskClient, world: World) -> None:
    scores = world.store.quads_for_pattern(None, None, None, world.names.graph("quality"))
    measured = {one.subject.value for one in scores if isinstance(one.subject, NamedNode)}
    own = sorted(one for one in measured if one.startswith(world.base))
    assert len(own) > 2_000
    for number, name in enumerate(own):
        path = name.removeprefix(world.base)
        forms = GRAPHS if number % 50 == 0 else [GRAPHS[1]]
        graphs = []
        for form in forms:
            with asked(client, path, form) as answer:
                assert answer.status_code == 200, name
                graphs.append(graph(answer.data, form))
        assert all(one == graphs[0] for one in graphs), name
        assert NamedNode(name) in {one.subject for one in graphs[0]}, name


UNKNOWN = [
    *("data/none", "data/catalogue/record/none", "data/population/none", "id/dataset/none"),
    *("doc/dataset/none", "id/measurement/none/stars", "doc/measurement/none/stars", "id/none"),
    *("datasets/none", "datasets/none/editions", "datasets/population/editions/none"),
    *("datasets/residents/editions/none/versions/1", "def/none", "def/concept/none", "none"),
    *("feed/20260101T000000Z/000000000000", "feed/now/none", "catalog/none", "void/none"),
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_what_is_not_known_is_404_in_every_format(client: FlaskClient, path: str) -> None:
    for form in (*GRAPHS, HTML):
        for ask in (client.get, client.head):
            with asked_as(ask, f"/{path}", form) as answer:
                assert answer.status_code == 404, form.suffix
                assert ("html" in answer.mimetype) == (form is HTML)
            with asked_as(ask, f"/{path}.{form.suffix}", form) as answer:
                assert answer.status_code == 404, form.suffix


def asked_as(ask: Any, path: str, form: Format) -> Any:
    """As `asked`, by any method: what leads on is followed."""
    answer = ask(path, headers={"Accept": form.media_type})
    if answer.status_code == 303:
        answer = ask(answer.headers["Location"], headers={"Accept": form.media_type})
    return answer


@pytest.mark.parametrize(
    "path",
    [
        *("downloads/none.nq.gz", "downloads/", "downloads/..%2fmanifest.json", "dumps/none.nq.gz"),
        *("downloads/street-crime.nq", "sitemap-0.xml", "sitemap-2.xml", "sitemap-x.xml"),
        *("catalog.doc", "feed.doc", "quality.doc", "catalog?page=99", "feed?page=99"),
    ],
)
def test_a_file_or_page_that_is_not_there_is_404(client: FlaskClient, path: str) -> None:
    for ask in (client.get, client.head):
        for accept in ("*/*", "text/html", "application/json"):
            with ask(f"/{path}", headers={"Accept": accept}) as answer:
                assert answer.status_code == 404


def test_what_is_said_of_a_document_leads_to_the_thing(client: FlaskClient, world: World) -> None:
    others = [one.value for one in world.datasets if "/id/" in one.value]
    path = others[0].removeprefix(world.base)
    for form in GRAPHS:
        answer = client.get(f"/{path}", headers={"Accept": form.media_type})
        assert answer.status_code == 303
        there = answer.headers["Location"]
        said = graph(client.get(there, headers={"Accept": form.media_type}).data, form)
        topics = {one.object for one in said if one.predicate == FOAF.primaryTopic}
        assert NamedNode(others[0]) in topics
