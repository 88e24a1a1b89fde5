"""/sitemap.xml: the pages of datasets for search engines, each with the day it last changed.

An index, and lists of at most 50,000 addresses each (sitemaps.org, protocol).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from flask import Blueprint, Response
from pyoxigraph import NamedNode

from homegraph.endpoint import markup
from homegraph.endpoint.formats import Format
from homegraph.endpoint.reply import by_content
from homegraph.endpoint.world import World
from homegraph.graph.changes import as_time
from homegraph.graph.errors import NotFound

XML = Format("XML", "application/xml", ("xml",), None, ("text/xml",))
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST = 50_000
# Pages that stay when datasets come and go.
PLACES = ("", "catalog.html", "datasets.html", "def/", "places", "examples.html")
Page = tuple[str, str]  # an address, and when it last changed


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("sitemap", __name__)

    @routes.get("/sitemap.xml")
    def index() -> Response:
        lists = parts(world)
        pages = [
            (world.address(f"sitemap-{number}.xml"), max(when for _, when in one))
            for number, one in enumerate(lists, 1)
        ]
        return answer("sitemapindex", "sitemap", pages)

    @routes.get("/sitemap-<int:number>.xml")
    def one(number: int) -> Response:
        lists = parts(world)
        if not 0 < number <= len(lists):
            raise NotFound(f"there is no list {number}; there are {len(lists)}")
        return answer("urlset", "url", lists[number - 1])

    return routes


def parts(world: World) -> list[list[Page]]:
    """All pages, in lists that are not too long."""
    every = list(pages_of(world))
    return [every[start : start + MOST] for start in range(0, len(every), MOST)]


def pages_of(world: World) -> Iterator[Page]:
    """Every page that search engines should know, those of datasets with their last change.

    By the address that is a page for everybody: a dataset's own gives data to who asks for no page.
    """
    newest = world.changes.newest
    there = {"catalog.html": world.has_catalogue, "datasets.html": bool(world.versions)}
    for place in PLACES:
        if there.get(place, True):
            yield world.address(place), ""
    for dataset in world.datasets:
        change = world.changes.of(dataset)
        for address in addresses(world, dataset):
            yield address, change.changed if change and newest else ""


def addresses(world: World, dataset: NamedNode) -> Sequence[str]:
    """The pages of a dataset here; none for one whose name is elsewhere."""
    path = dataset.value.removeprefix(world.base)
    if path == dataset.value:
        return []
    kind, _, name = path.partition("/")
    own = world.address(f"doc/{name}.html" if kind == "id" else f"{path}.html")
    if kind == "data" and name in world.current_versions:
        return [world.address(f"datasets/{name}.html"), own]
    return [own]


def answer(outer: str, inner: str, pages: Sequence[Page]) -> Response:
    """A list of addresses as XML."""
    root = Element(outer, xmlns=SPACE)
    for address, when in pages:
        element = markup.add(root, inner)
        markup.add(element, "loc", address)
        if when:
            markup.add(element, "lastmod", when)
    times: list[datetime] = [as_time(when) for _, when in pages if when]
    return by_content(XML, markup.document(root), max(times, default=None))
