"""`/linksets`: the sets of links to the things of others, their files, and what an audit found."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.display import compact
from homegraph.endpoint.files import TYPES, folder_of, sent
from homegraph.endpoint.formats import GRAPHS, HTML, JSON, Format, by_suffix
from homegraph.endpoint.reply import alternate, as_graph, negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import NotFound
from homegraph.graph.linksets import shelf
from homegraph.graph.linksets.kinds import LEFT_OUT
from homegraph.graph.linksets.making import node_of
from homegraph.graph.linksets.shelf import CHANGES, FOLDER, SAID, Entry, Shelf
from homegraph.graph.terms import VOID

OFFERED: list[Format] = [JSON, *GRAPHS, HTML]
MOST = 50  # links that came or went, on the page; the file has all


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("linksets", __name__)

    @cache
    def known() -> Shelf:
        if world.folder is None or world.file(f"{FOLDER}/{SAID}") is None:
            raise NotFound("this store comes without link sets; a release has them")
        return shelf.read(world.folder)

    @routes.get("/linksets", defaults={"suffix": ""})
    @routes.get("/linksets.<suffix>")
    def linksets(suffix: str) -> Response:
        split = by_suffix(f"linksets.{suffix}", OFFERED) if suffix else None
        if suffix and split is None:
            raise NotFound(f"/linksets has no form .{suffix}")
        return answer(world, split[1] if split else negotiated(OFFERED), known())

    @routes.get("/linksets/<name>")
    def file(name: str) -> Response:
        response = sent(world, folder_of(world, FOLDER), name, f"{FOLDER}/{name}")
        response.headers["Content-Type"] = TYPES.get(Path(name).suffix, "application/octet-stream")
        return response

    return routes


def answer(world: World, form: Format, found: Shelf) -> Response:
    """The sets in a format."""
    address = f"{request.script_root}/linksets"
    others = [row for row in OFFERED if row is not HTML]
    links = [(row.name, row.media_type, alternate(address, row.suffix)) for row in others]

    def make() -> bytes | str:
        if form is JSON:
            return as_json(world, found)
        if form is HTML:
            return page(world, found, links)
        nodes = [node_of(entry.kind, world.names) for entry in found.entries]
        targets = [one for node in nodes for one in things.values(world, node, VOID.objectsTarget)]
        return as_graph(things.statements(world, *nodes, *targets), form)

    response = reply(world, form, make, "linksets")
    for row in OFFERED:
        where = alternate(address, row.suffix)
        response.headers.add("Link", f'<{where}>; rel="alternate"; type="{row.media_type}"')
    return response


def as_json(world: World, found: Shelf) -> str:
    """The sets for programs."""
    said = {
        "sets": [told(world, entry) for entry in found.entries],
        "left_out": [{"what": what, "why": why} for what, why in LEFT_OUT],
        "audit": found.audit,
        "findings": list(found.findings),
        "changes": world.address(f"{FOLDER}/{CHANGES}"),
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def told(world: World, entry: Entry) -> dict[str, object]:
    """A set for programs."""
    kind, files = entry.kind, world.address(f"{FOLDER}/{entry.name}")
    return {
        **asdict(entry),
        "uri": node_of(kind, world.names).value,
        "title": kind.title,
        "description": kind.description,
        "target": {"title": kind.target.title, "homepage": kind.target.homepage},
        "predicates": [one.value for one in kind.predicates],
        "method": kind.method.value,
        "score": kind.score,
        "source": kind.source,
        "ntriples": f"{files}.nt.gz",
        "csv": f"{files}.csv",
    }


def recent(world: World) -> list[dict[str, str]]:
    """The first of the links that came and went since the release that was served before."""
    return shelf.changes(world.folder)[:MOST] if world.folder else []


def page(world: World, found: Shelf, links: list[tuple[str, str, str]]) -> str:
    """The sets for people."""
    return render_template(
        "linksets.html",
        entries=found.entries,
        audit=found.audit or {},
        left_out=LEFT_OUT,
        findings=found.findings,
        changes=recent(world),
        changed=sum(entry.added + entry.removed for entry in found.entries),
        asked=sum(entry.asked for entry in found.entries),
        compact=compact,
        local=partial(set_page, world),
        alternates=links,
    )


def set_page(world: World, entry: Entry) -> str:
    """The path of our page on a set."""
    node: NamedNode = node_of(entry.kind, world.names)
    return f"{request.script_root}/{node.value.removeprefix(world.base)}"
