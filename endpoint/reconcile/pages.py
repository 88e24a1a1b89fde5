"""What people see of the reconciliation service: the page about it, and previews of things."""

from __future__ import annotations

from flask import render_template

from homegraph.endpoint.display import labels, shown
from homegraph.endpoint.reconcile import manifest
from homegraph.endpoint.reconcile.properties import PROPERTIES
from homegraph.endpoint.reconcile.reading import BATCH
from homegraph.endpoint.reconcile.service import Service
from homegraph.graph.matching.matcher import Candidate

# A preview stands in the frame of another site, and does nothing but show.
FRAMED = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
MOST_ROWS, MOST_VALUES = 6, 3


def page(service: Service) -> str:
    """What can be matched, how, and what a score means."""
    return render_template(
        "reconcile.html",
        kinds=manifest.kinds(service),
        properties=PROPERTIES,
        batch=BATCH,
        old=service.world.address("reconcile"),
        new=service.world.address("reconcile/1.0"),
    )


def preview(service: Service, one: Candidate) -> str:
    """A thing in a few lines: what it is, where it is, and some figures."""
    world = service.world
    mine = [what for what in PROPERTIES if not what.kinds or set(what.kinds) & set(one.kinds)]
    rows: list[tuple[str, str]] = []
    for what in mine:
        if len(rows) == MOST_ROWS:
            break
        found = what.values(world, [one.iri], {}).get(one.iri, [])
        known = labels(world, found)
        texts = [shown(world, value, known).text for value in found[:MOST_VALUES]]
        if texts:
            rows.append((what.name, "; ".join(texts)[:300]))
    return render_template("reconcile_preview.html", one=one, rows=rows)
