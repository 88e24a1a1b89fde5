"""Search engines are led to the page of every dataset, and told when it last changed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from homegraph.endpoint import World, create_app
from homegraph.endpoint.harvest import sitemap
from homegraph.graph.release import current

SPACE = {"s": sitemap.SPACE}


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def listed(client: FlaskClient, path: str, name: str) -> list[tuple[str, str]]:
    """The addresses of a list, each with when it last changed."""
    answer = client.get(path)
    assert answer.status_code == 200 and answer.mimetype == "application/xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == f"{{{sitemap.SPACE}}}{'urlset' if name == 'url' else 'sitemapindex'}"
    found = root.findall(f"s:{name}", SPACE)
    assert len(found) == len(root)
    return [
        (one.findtext("s:loc", "", SPACE), one.findtext("s:lastmod", "", SPACE)) for one in found
    ]


def test_robots_are_told_of_it(client: FlaskClient, world: World) -> None:
    assert f"\nSitemap: {world.address('sitemap.xml')}\n" in client.get("/robots.txt").text


def test_every_dataset_is_in_it_with_its_last_change(client: FlaskClient, world: World) -> None:
    (whole,) = listed(client, "/sitemap.xml", "sitemap")
    assert whole[0] == world.address("sitemap-1.xml")
    pages = dict(listed(client, "/sitemap-1.xml", "url"))
    assert whole[1] == max(pages.values())
    for node in world.datasets:
        for address in sitemap.addresses(world, node):
            change = world.changes.of(node)
            assert change is not None and pages[address] == change.changed
    assert len(pages) >= len(world.datasets) + len(world.current_versions)


def test_every_address_in_it_is_a_page_for_everybody(client: FlaskClient, world: World) -> None:
    every = listed(client, "/sitemap-1.xml", "url")
    for address, _ in [*every[:20], *every[20::5]]:
        answer = client.get("/" + address.removeprefix(world.base), headers={"Accept": "*/*"})
        assert (answer.status_code, answer.mimetype) == (200, "text/html"), address


def test_long_lists_are_cut(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = listed(client, "/sitemap-1.xml", "url")
    monkeypatch.setattr(sitemap, "MOST", 40)
    lists = listed(client, "/sitemap.xml", "sitemap")
    assert len(lists) == -(-len(every) // 40)
    parts = [listed(client, "/" + one.removeprefix(world.base), "url") for one, _ in lists]
    assert max(map(len, parts)) == 40 and [one for part in parts for one in part] == every
    for number in (0, len(lists) + 1, "x", "9" * 30):
        assert client.get(f"/sitemap-{number}.xml").status_code == 404


def test_it_is_not_sent_again_while_it_is_the_same(client: FlaskClient) -> None:
    for path in ("/sitemap.xml", "/sitemap-1.xml"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304 and first.last_modified is not None
