"""The forces and areas of a release in one list, so that nobody has to know a code to begin."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from pyoxigraph import NamedNode

from homegraph.endpoint.display import Shown, labels, shown
from homegraph.endpoint.formats import HTML
from homegraph.endpoint.reply import reply
from homegraph.endpoint.things import subjects
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
    forces = subjects(world.store, SKOS.inScheme, NamedNode(FORCES))
    groups = [("Police forces", forces)]
    groups += [(title, subjects(world.store, RDF.type, kind)) for title, kind in KINDS]
    known = labels(world, {name for _, names in groups for name in names})

    def listed(names: set[NamedNode]) -> list[Shown]:
        looks = (shown(world, name, known) for name in names)
        return sorted(looks, key=lambda one: (one.text, one.iri))

    found = [(title, listed(names)) for title, names in groups if names]
    return render_template("places.html", groups=found)
