"""The forces and areas of a release in one list, so that nobody has to know a code to begin."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode

from homegraph.endpoint.display import Shown, labels, shown
from homegraph.endpoint.formats import HTML
from homegraph.endpoint.reply import reply
from homegraph.endpoint.world import World
from homegraph.graph.iri import CONCEPT
from homegraph.graph.terms import PLACE, RDF, SKOS

FORCES = CONCEPT + "police-force"
KINDS = (
    ("Regions", PLACE.Region),
    ("Police force areas", PLACE.PoliceForceArea),
    ("Community safety partnerships", PLACE.CommunitySafetyPartnership),
    ("Local authority districts", PLACE.District),
)


def doors(world: World) -> Blueprint:
    """The route."""
    routes = Blueprint("places", __name__)

    @routes.get("/places")
    def places() -> Response:
        return reply(world, HTML, lambda: page(world), "places")

    return routes


def page(world: World) -> str:
    """Police forces, and areas by kind; lower layer areas are too many, districts lead to them."""
    said: Any = world.store.quads_for_pattern(None, SKOS.inScheme, NamedNode(FORCES))
    groups = [("Police forces", listed(world, [quad.subject for quad in said]))]
    for title, kind in KINDS:
        found: Any = world.store.quads_for_pattern(None, RDF.type, kind)
        groups.append((title, listed(world, [quad.subject for quad in found])))
    return render_template("places.html", groups=[(title, some) for title, some in groups if some])


def listed(world: World, names: list[NamedNode]) -> list[Shown]:
    """Things by label."""
    known = labels(world, names)
    return sorted((shown(world, name, known) for name in names), key=lambda one: one.text)
