"""What people see of the reconciliation service: the page about it, and previews of things."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template

from homegraph.endpoint.display import labels, shown
from homegraph.endpoint.reconcile import accuracy, manifest
from homegraph.endpoint.reconcile.properties import PROPERTIES
from homegraph.endpoint.reconcile.reading import BATCH
from homegraph.endpoint.reconcile.service import Service
from homegraph.graph import iri
from homegraph.graph.matching.question import Candidate
from homegraph.graph.terms import STAT

# A preview stands in the frame of another site, and does nothing but show.
FRAMED = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'"
MOST_ROWS, MOST_VALUES = 6, 3
PARENT = "parent"


def page(service: Service) -> str:
    """What can be matched, how, what a score means, and how often that is right."""
    return render_template(
        "reconcile.html",
        force=iri.concept("police-force", "avon-and-somerset").value,
        residents=STAT.residents.value,
        lists=accuracy.lists(service.world),
        kinds=manifest.kinds(service),
        properties=PROPERTIES,
        batch=BATCH,
        old=service.world.address("reconcile"),
        new=service.world.address("reconcile/1.0"),
    )


def preview(service: Service, one: Candidate) -> str:
    """A thing in a few lines: what it is, where it is, and some figures."""
    return render_template("reconcile_preview.html", one=one, rows=facts(service, one))


def flyout(
    id: str, title: str, description: str, rows: Sequence[tuple[str, str]] = ()
) -> dict[str, object]:
    """What is shown beside a suggestion (0.2, 5.2): a piece of a page, without any style."""
    said = {"id": id, "title": title, "description": description, "rows": rows}
    return {"id": id, "html": render_template("reconcile_flyout.html", **said)}


def facts(service: Service, one: Candidate) -> list[tuple[str, str]]:
    """What is said of a thing in a few lines."""
    world = service.world
    every = [what for what in PROPERTIES if not what.kinds or set(what.kinds) & set(one.kinds)]
    # What an area is part of is said by district, region and so on.
    of_areas = any(what.kinds and what.tells == PARENT for what in every)
    mine = [what for what in every if what.kinds or what.tells != PARENT or not of_areas]
    rows: list[tuple[str, str]] = []
    for what in mine:
        if len(rows) == MOST_ROWS:
            break
        found = what.values(world, [one.iri], {}).get(one.iri, [])
        known = labels(world, found)
        texts = [shown(world, value, known).text for value in found[:MOST_VALUES]]
        if texts:
            rows.append((what.name, "; ".join(texts)[:300]))
    return rows
