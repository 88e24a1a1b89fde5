"""Every link that a page emits leads somewhere."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
import requests
from pyoxigraph import NamedNode, RdfFormat, Store
from werkzeug.serving import WSGIRequestHandler, make_server

from homegraph.endpoint import World, create_app
from homegraph.graph.iri import VOCABULARY
from homegraph.graph.release import current

QUERIES = Path(__file__).parent / "queries"
ENOUGH = 400


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@contextmanager
def served(world: World) -> Iterator[str]:
    """A real server of a world; gives its address."""
    server = make_server("127.0.0.1", 0, create_app(world), threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def crawl(address: str, base: str) -> tuple[dict[str, int], list[str]]:
    """Follow links from the home page, breadth first; names under `base` are asked of the server.

    Returns the status of each URL (at most ENOUGH), and anchors that are linked and not there.
    """
    statuses: dict[str, int] = {}
    anchors: dict[str, set[str]] = {}
    wanted: set[tuple[str, str]] = set()
    waiting = deque([address])
    with requests.Session() as session:
        while waiting and len(statuses) < ENOUGH:
            url = waiting.popleft()
            if url in statuses:
                continue
            answer = session.get(url, headers={"Accept": "text/html"}, timeout=30)
            statuses[url] = answer.status_code
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            anchors[url] = set(re.findall(r'\sid="([^"]*)"', answer.text))
            for href in re.findall(r'href="([^"]*)"', answer.text):
                link, anchor = urldefrag(urljoin(answer.url, unescape(href)))
                link = address + link.removeprefix(base) if link.startswith(base) else link
                if link.startswith(address):
                    wanted |= {(link, anchor)} if anchor else set()
                    waiting.append(link)
    missing = [f"{u}#{a}" for u, a in sorted(wanted) if u in anchors and a not in anchors[u]]
    return statuses, missing


def broken(statuses: dict[str, int]) -> dict[str, int]:
    return {url: status for url, status in statuses.items() if status not in {200, 204}}


def test_every_link_of_a_small_world_leads_somewhere(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    store.bulk_load(path=QUERIES / "world.trig", format=RdfFormat.TRIG)
    store.flush()
    del store
    world = World.of_store(tmp_path / "store")
    with served(world) as address:
        statuses, missing = crawl(address, world.base)
    assert broken(statuses) == {}
    assert missing == []
    assert len(statuses) >= 100


def test_every_link_of_the_demo_leads_somewhere(demo_home: Path) -> None:
    world = World.of_release(current(demo_home))
    with served(world) as address:
        statuses, missing = crawl(address, world.base)
    assert broken(statuses) == {}
    assert missing == []
    assert len(statuses) >= 200


def test_a_missing_page_would_be_noticed() -> None:
    assert broken({"a": 200, "b": 404, "c": 500}) == {"b": 404, "c": 500}


@pytest.mark.parametrize("path", ["nothing", "doc/nothing"])
def test_a_crawl_sees_what_is_not_there(tmp_path: Path, path: str) -> None:
    Store(str(tmp_path / "store")).flush()
    with served(World.of_store(tmp_path / "store")) as address:
        assert requests.get(address + path, timeout=10).status_code == 404


def test_every_name_under_the_base_in_the_data_resolves(demo_home: Path) -> None:
    world = World.of_release(current(demo_home))
    names = {
        term.value
        for quad in world.store
        for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        if isinstance(term, NamedNode) and term.value.startswith((world.base, VOCABULARY))
    }
    assert len(names) > 1000
    client = create_app(world).test_client()
    failed = {}
    for name in sorted(names):
        path = urldefrag(name.replace(VOCABULARY, world.base + "def/", 1))[0]
        with client.get(path, follow_redirects=True, headers={"Accept": "text/turtle"}) as answer:
            if answer.status_code != 200:
                failed[name] = answer.status_code
    assert failed == {}
