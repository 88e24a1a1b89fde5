"""The last changes of the catalogue for news readers: Atom (RFC 4287), with those that went (6721).

An entry is a dataset, named by its IRI, so a reader has each once however often it changes.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from flask import Blueprint, Response
from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.display import labels
from homegraph.endpoint.formats import Format
from homegraph.endpoint.harvest.feed import known, path_of
from homegraph.endpoint.markup import add, document
from homegraph.endpoint.reply import by_content
from homegraph.endpoint.world import World
from homegraph.graph.changes import Change
from homegraph.graph.labels import preference
from homegraph.graph.terms import DCT

ATOM = Format("Atom", "application/atom+xml", ("atom",), None, ("application/xml", "text/xml"))
SPACES = {
    "xmlns": "http://www.w3.org/2005/Atom",
    "xmlns:at": "http://purl.org/atompub/tombstones/1.0",
}
ENTRIES = 100


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("atom", __name__)

    @routes.get("/feed.atom")
    def atom() -> Response:
        changes = known(world)
        body = document(feed(world, changes[::-1][:ENTRIES]))
        return by_content(ATOM, body, changes[-1].at, f"{ATOM.media_type}; charset=utf-8")

    return routes


def feed(world: World, changes: list[Change]) -> Element:
    """The feed, newest first."""
    root = Element("feed", SPACES)
    quads = world.store.quads_for_pattern(world.catalogue, DCT.publisher, None)
    iris = (quad.object.value for quad in quads if isinstance(quad.object, NamedNode))
    ours = min(iris, default="")
    publishers = {ours, *(one.publisher for one in changes)} - {""}
    names = labels(world, map(NamedNode, publishers))
    add(root, "id", world.address("feed.atom"))
    add(root, "title", f"Changes of the catalogue of {world.title}")
    add(root, "subtitle", "The last thing that happened to each dataset.")
    add(root, "updated", changes[0].changed)
    author(root, ours, names.get(ours) or world.title)
    add(root, "link", rel="self", type=ATOM.media_type, href=world.address("feed.atom"))
    add(root, "link", rel="alternate", type="text/html", href=world.address("catalog.html"))
    add(root, "generator", "homegraph")
    for change in changes:
        if change.is_gone:
            gone = {"ref": change.iri, "when": change.changed}
            add(add(root, "at:deleted-entry", **gone), "at:comment", change.title)
        else:
            entry(world, root, change, names)
    return root


def entry(world: World, root: Element, change: Change, names: dict[str, str]) -> None:
    """One dataset."""
    element, dataset = add(root, "entry"), NamedNode(change.iri)
    add(element, "id", change.iri)
    add(element, "title", change.title or change.iri)
    add(element, "published", change.created)
    add(element, "updated", change.changed)
    if change.publisher:
        author(element, change.publisher, names.get(change.publisher) or change.publisher)
    add(element, "link", rel="alternate", href=change.iri)
    add(
        element, "link", rel="related", type="application/trig", href=world.address(path_of(change))
    )
    quads = world.store.quads_for_pattern(dataset, DCT.description, None)
    texts = [quad.object for quad in quads if isinstance(quad.object, Literal)]
    add(element, "summary", min(texts, key=preference).value if texts else change.title)


def author(parent: Element, iri: str, name: str) -> None:
    """Who is responsible, by name and IRI."""
    element = add(parent, "author")
    add(element, "name", name)
    if iri:
        add(element, "uri", iri)
