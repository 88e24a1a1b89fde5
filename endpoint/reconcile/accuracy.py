"""`/reconcile/accuracy`: how often matching is right, as measured when the release was built.

Nothing is measured during a request: the build has asked all labelled pairs, and this shows it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, Response, render_template, request

from homegraph.endpoint.formats import HTML, JSON, Format, by_suffix
from homegraph.endpoint.reconcile.kinds import KINDS
from homegraph.endpoint.reply import alternate, negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import NotFound
from homegraph.graph.matching import published
from homegraph.graph.matching.accuracy import Accuracy
from homegraph.graph.matching.published import ALL, Report

CSV = Format("CSV", "text/csv", ("csv",), None)
OFFERED: list[Format] = [JSON, CSV, HTML]
COLUMNS = (
    *("list", "pairs", "absent", "answerable", "matched", "right", "precision", "recall"),
    *("first_right", "among_three", "calibration_error"),
    *("corrections", "corrections_alone_right", "corrections_alone_wrong", "model", "labelled"),
)
TITLES = {
    ALL: "All lists",
    "area": "Areas of any kind",
    "category": "Crime categories of police.uk",
    "csp": "Community safety partnerships",
    "dataset": "Datasets",
    "district": "Local authority districts",
    "lsoa": "Small areas (LSOA)",
    "offence": "Offences",
    "organisation": "Organisations",
    "police-force": "Police forces",
    "post": "Posts",
}
SIDE, LEFT, TOP, RIGHT, BOTTOM = 260, 52, 12, 16, 46  # of the drawing of a curve
LEAST, MOST = 3.0, 11.0  # the radius of a dot


@dataclass(frozen=True)
class Dot:
    """A bin of the curve: where it stands, how big it is, and what it says."""

    x: float
    y: float
    radius: float
    said: float
    was: float
    count: int


@dataclass(frozen=True)
class Curve:
    """The calibration curve as shapes: what was said across, what was right upwards."""

    dots: list[Dot]
    ticks: list[tuple[float, float, str]]  # across, up, and the word
    side: int = SIDE
    left: int = LEFT
    top: int = TOP
    width: int = LEFT + SIDE + RIGHT
    height: int = TOP + SIDE + BOTTOM


def doors(routes: Blueprint, world: World) -> None:
    """Add the routes to those of the service."""

    @cache
    def known() -> Report:
        found = measured(world)
        if found is None:
            error = NotFound("the accuracy of matching was not measured for this release")
            error.add_note("Releases that are built from now on have it: build one anew.")
            raise error
        return found

    @routes.get("/reconcile/accuracy", defaults={"suffix": ""})
    @routes.get("/reconcile/accuracy.<suffix>")
    def accuracy(suffix: str) -> Response:
        split = by_suffix(f"accuracy.{suffix}", OFFERED) if suffix else None
        if suffix and split is None:
            raise NotFound(f"/reconcile/accuracy has no form .{suffix}")
        return answer(world, split[1] if split else negotiated(OFFERED), known())


def measured(world: World) -> Report | None:
    """What was measured when the release was built; None where nothing was."""
    return published.read(world.folder) if world.folder else None


def lists(world: World) -> list[tuple[str, Accuracy]]:
    """What was measured on each list, with its title."""
    found = measured(world)
    return [(title(one), one) for one in found.lists] if found else []


def answer(world: World, form: Format, said: Report) -> Response:
    """What was measured, in a format."""
    address = f"{request.script_root}/reconcile/accuracy"
    links = [(row.name, row.media_type, alternate(address, row.suffix)) for row in OFFERED]

    def make() -> bytes | str:
        if form is JSON:
            return as_json(world, said)
        if form is CSV:
            return as_csv(said)
        return page(said, links[:-1])

    response = reply(world, form, make, "accuracy")
    for _, media_type, where in links:
        response.headers.add("Link", f'<{where}>; rel="alternate"; type="{media_type}"')
    return response


def as_json(world: World, said: Report) -> str:
    """All that was measured, for programs."""
    whole = {"release": world.release_name, **published.as_json(said)}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def as_csv(said: Report) -> str:
    """A line for each list (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in said.lists:
        shares = one.shares.values()
        made = one.corrections
        writer.writerow(
            [
                *(one.list_name, one.pairs, one.absent, one.answerable, one.matched, one.right),
                *("" if share is None else f"{share:.4f}" for share in shares),
                f"{one.calibration_error:.4f}",
                *(made.given, made.alone_right, made.alone_wrong, said.model, said.labelled),
            ]
        )
    return out.getvalue()


def page(said: Report, links: Sequence[tuple[str, str, str]]) -> str:
    """All that was measured, for people: all lists together first."""
    every = sorted(said.lists, key=lambda one: one.list_name != ALL)
    return render_template(
        "reconcile_accuracy.html",
        said=said,
        lists=[(one, title(one), curve(one)) for one in every],
        whole=next((one for one in every if one.list_name == ALL), None),
        kinds=KINDS,
        alternates=links,
    )


def title(one: Accuracy) -> str:
    """What a list is called."""
    return TITLES.get(one.list_name, one.list_name.replace("-", " ").capitalize())


def curve(one: Accuracy) -> Curve:
    """The calibration curve of a list: a dot for each bin, the bigger the more answers it has."""
    most = max((count for *_, count in one.curve), default=1)
    dots = [
        Dot(
            round(LEFT + SIDE * said, 1),
            round(TOP + SIDE * (1 - was), 1),
            round(LEAST + (MOST - LEAST) * (count / most) ** 0.5, 1),
            *(said, was, count),
        )
        for said, was, count in one.curve
    ]
    ticks = [
        (round(LEFT + SIDE * at / 4, 1), round(TOP + SIDE * (1 - at / 4), 1), f"{25 * at}")
        for at in range(5)
    ]
    return Curve(dots, ticks)
