"""The rules that releases keep, as pages and as Turtle: where the names in a report lead."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, render_template
from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from homegraph.endpoint.formats import GRAPHS, HTML
from homegraph.endpoint.reply import negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import NotFound
from homegraph.graph.iri import VOCABULARY
from homegraph.graph.raw import digest
from homegraph.graph.terms import DCT, RDFS, SH

(TURTLE,) = (form for form in GRAPHS if form.suffix == "ttl")
SHAPES = Path(__file__).parent.parent / "shapes"
STEM = VOCABULARY + "shape/"


class Said(NamedTuple):
    """One rule: the part of its name behind the #, how bad it is to break it, and what it says."""

    name: str
    severity: str
    message: str
    sources: list[str]


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("rules", __name__)

    @routes.get("/def/shape/")
    def listed() -> Response:
        subjects = {path.stem: said(path)[0] for path in sorted(SHAPES.glob("*.ttl"))}

        def page() -> str:
            return render_template("rules.html", subjects=subjects)

        return reply(world, HTML, page, "shapes", *subjects.values())

    @routes.get("/def/shape/<name>")
    def of_a_subject(name: str) -> Response:
        stem, _, suffix = name.partition(".")
        path = SHAPES / f"{stem}.ttl"
        form = {form.suffix: form for form in (TURTLE, HTML)}.get(suffix)
        if path not in SHAPES.glob("*.ttl") or (suffix and form is None):
            raise NotFound(f"there are no rules called {name}")
        form = form or negotiated([TURTLE, HTML])

        def page() -> str | bytes:
            if form is TURTLE:
                return path.read_bytes()
            title, rules = said(path)
            return render_template("rules.html", title=title, rules=rules, stem=stem)

        return reply(world, form, page, "shapes", stem, digest(path))

    return routes


@cache
def said(path: Path) -> tuple[str, list[Said]]:
    """The title of a file of shapes, and its rules by name."""
    store = Store()
    store.load(path=path, format=RdfFormat.TURTLE)

    def values(node: NamedNode, predicate: NamedNode) -> list[str]:
        quads = store.quads_for_pattern(node, predicate, None)
        found = {q.object.value for q in quads if isinstance(q.object, Literal | NamedNode)}
        return sorted(found)

    whole = NamedNode(STEM + path.stem)
    named = {q.subject for q in store.quads_for_pattern(None, SH.message, None)}
    rules = [
        Said(
            node.value.partition("#")[2],
            "".join(values(node, SH.severity)).removeprefix(SH.iri).lower() or "violation",
            " ".join(values(node, SH.message)),
            values(node, RDFS.seeAlso) + values(node, DCT.source),
        )
        for node in named
        if isinstance(node, NamedNode)
    ]
    return "".join(values(whole, DCT.title)), sorted(rules)
