"""The stored queries as pages and as data: /examples, each example, and the figures of things."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request

from homegraph.endpoint.formats import GRAPHS, HTML, JSON, Format, by_suffix
from homegraph.endpoint.queries import Stored, stored
from homegraph.endpoint.reply import alternate, as_graph, negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import NotFound

# JSON comes before JSON-LD, which answers to the same suffix.
OFFERED: list[Format] = [GRAPHS[0], JSON, *GRAPHS[1:], HTML]
TITLES = {
    "examples": ("Examples", "Questions that can be asked here, ready to run and to change."),
    "figures": ("Figures", "What the pages of things show, with $this for the thing."),
}


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("library", __name__)

    @routes.get("/<any(examples, figures):folder>")
    @routes.get("/<any(examples, figures):folder>.<suffix>")
    def all_of(folder: str, suffix: str = "") -> Response:
        path, form = split(folder, suffix and f"{folder}.{suffix}")
        return answer(world, path, form, stored(folder, world.base))

    @routes.get("/<any(examples, figures):folder>/<name>")
    def one(folder: str, name: str) -> Response:
        path, form = split(f"{folder}/{name}", f"{folder}/{name}")
        found = [query for query in stored(folder, world.base) if path == f"{folder}/{query.name}"]
        if not found:
            raise NotFound(f"there is no stored query called {path}")
        return answer(world, path, form, found)

    return routes


def split(path: str, dotted: str) -> tuple[str, Format | None]:
    """A path without its suffix, and the format that this names; raises NotFound for no format."""
    if "." not in dotted:
        return path, None
    found = by_suffix(dotted, OFFERED)
    if found is None:
        raise NotFound(f"there is no form .{dotted.rpartition('.')[2]} of {path}")
    return found


def answer(world: World, path: str, form: Format | None, found: Sequence[Stored]) -> Response:
    """One query or all of a folder, as a page, as JSON, or as they are described."""
    form = form if form is not None else negotiated(OFFERED)
    address = f"{request.script_root}/{path}"
    links = [(row.name, row.media_type, alternate(address, row.suffix)) for row in OFFERED[:-1]]

    def make() -> bytes | str:
        if form is HTML:
            return page(found, path, links)
        if form is JSON:
            return as_json(world, found)
        return as_graph([triple for query in found for triple in query.graph()], form)

    response = reply(world, form, make, path)
    for _, media_type, link in links:
        response.headers.add("Link", f'<{link}>; rel="alternate"; type="{media_type}"')
    return response


def page(found: Sequence[Stored], path: str, links: list[tuple[str, str, str]]) -> str:
    """The page of one query, or of all by keyword."""
    folder, _, name = path.partition("/")
    words = sorted({word for query in found for word in query.keywords})
    listed = [(word, [one for one in found if word in one.keywords]) for word in words]
    heading, lead = (found[0].title, found[0].description) if name else TITLES[folder]
    return render_template(
        "examples.html",
        heading=heading,
        lead=lead,
        folder=folder,
        single=found[0] if name else None,
        listed=listed,
        count=len(found),
        alternates=links,
    )


def as_json(world: World, found: Sequence[Stored]) -> str:
    """What is said of queries, and where each answers, for programs."""
    said = []
    for query in found:
        one: dict[str, object] = {
            "name": query.name,
            "title": query.title,
            "description": query.description,
            "keywords": list(query.keywords),
            "page": world.address(f"{query.folder}/{query.name}"),
            "query": query.text(),
        }
        if query.things:
            one["things"] = list(query.things)
        else:
            one["run"] = world.address(f"sparql?{query.ask()}")
        said.append(one)
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"
