"""What the catalogue's datasets are worth: a block on the page of each, and the table of owners.

Nothing is scored during a request: the build has measured everything, and this reads it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache, partial
from typing import Any

from flask import Blueprint, Response, render_template, request
from pyoxigraph import Literal, NamedNode, Triple

from homegraph.endpoint.display import labels, shown
from homegraph.endpoint.formats import GRAPHS, HTML, JSON, Format, by_suffix
from homegraph.endpoint.quality_sheet import Sheet, sheet_of
from homegraph.endpoint.reply import alternate, as_graph, negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import NotFound
from homegraph.graph.quality_league import LEAGUE, League, Row, read
from homegraph.graph.quality_metrics import rating
from homegraph.graph.quality_statements import metric, place
from homegraph.graph.terms import DQV, RDF, RDFS, XSD

CSV = Format("CSV", "text/csv", ("csv",), None)
OFFERED: list[Format] = [JSON, CSV, *GRAPHS, HTML]  # so that .json is JSON, and .jsonld JSON-LD
COLUMNS = (
    *("owner", "name", "datasets", "mean", "best", "best_points", "worst", "worst_points"),
    *("stars_0", "stars_1", "stars_2", "stars_3", "stars_4", "stars_5", "late", "broken"),
    *("to_do", "datasets_to_mend", "points_to_gain"),
)


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("quality", __name__)

    @cache
    def league() -> League:
        path = world.file(LEAGUE)
        if path is None:
            raise NotFound("nothing is measured in this store; a release has the scores")
        return read(path)

    @routes.get("/quality", defaults={"suffix": ""})
    @routes.get("/quality.<suffix>")
    def quality(suffix: str) -> Response:
        split = by_suffix(f"quality.{suffix}", OFFERED) if suffix else None
        if suffix and split is None:
            raise NotFound(f"/quality has no form .{suffix}")
        form = split[1] if split else negotiated(OFFERED)
        return answer(world, form, league())

    @routes.app_context_processor
    def everywhere() -> dict[str, Callable[[str], Sheet | None]]:
        """What pages of datasets say of their quality."""
        return {"quality_of": partial(sheet_of, world)}

    return routes


def answer(world: World, form: Format, league: League) -> Response:
    """The table in a format."""
    address = f"{request.script_root}/quality"
    others = [row for row in OFFERED if row is not HTML]
    links = [(row.name, row.media_type, alternate(address, row.suffix)) for row in others]

    def make() -> bytes | str:
        names = names_of(world, league)
        if form is JSON:
            return as_json(league, names)
        if form is CSV:
            return as_csv(league, names)
        if form is HTML:
            return page(world, league, names, links)
        return as_graph(list(as_triples(world, league)), form)

    response = reply(world, form, make, "quality")
    for row in OFFERED:
        where = alternate(address, row.suffix)
        response.headers.add("Link", f'<{where}>; rel="alternate"; type="{row.media_type}"')
    return response


def names_of(world: World, league: League) -> dict[str, str]:
    """The labels of owners and of their datasets."""
    every = {iri for row in league.rows for iri in (row.owner, row.best, row.worst) if iri}
    return labels(world, [NamedNode(iri) for iri in sorted(every)])


def as_json(league: League, names: dict[str, str]) -> str:
    """The table for programs."""
    rows: list[dict[str, Any]] = [
        {**asdict(row), "name": names.get(row.owner, ""), "mean": row.mean, "mend": row.mend}
        for row in league.rows
    ]
    said = {"on": league.day, "most": league.most, "owners": rows}
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def as_csv(league: League, names: dict[str, str]) -> str:
    """The table as CSV (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in league.rows:
        writer.writerow(
            [
                *(row.owner, names.get(row.owner, ""), row.datasets, row.mean),
                *(row.best, row.most, row.worst, row.least, *row.stars),
                *(row.late, row.broken, row.mend, row.lacking, row.gain),
            ]
        )
    return out.getvalue()


def as_triples(world: World, league: League) -> Iterator[Triple]:
    """The table as measurements of its owners; datasets without an owner have none to name."""
    for row in league.rows:
        if not row.owner:
            continue
        measured = {
            "owner-mean": (Literal(str(row.mean), datatype=XSD.decimal), row.mend),
            "owner-best": (number(row.most), row.best),
            "owner-worst": (number(row.least), row.worst),
        }
        owner = NamedNode(row.owner)
        for key, (value, reason) in measured.items():
            node = NamedNode(world.address(f"quality#{key}-{place(owner)}"))
            yield Triple(node, RDF.type, DQV.QualityMeasurement)
            yield Triple(node, DQV.isMeasurementOf, metric(key))
            yield Triple(node, DQV.computedOn, owner)
            yield Triple(node, DQV.value, value)
            if reason:
                yield Triple(node, RDFS.comment, Literal(reason, language="en"))


def number(value: int) -> Literal:
    """A whole number."""
    return Literal(str(value), datatype=XSD.integer)


def page(
    world: World, league: League, names: dict[str, str], links: list[tuple[str, str, str]]
) -> str:
    """The table for people."""

    def look(iri: str) -> object:
        return shown(world, NamedNode(iri), names) if iri else None

    def stars(row: Row) -> list[tuple[int, int]]:
        return [(at, row.stars[at]) for at in reversed(range(6)) if row.stars[at]]

    rows = [
        (row, look(row.owner), look(row.best), look(row.worst), stars(row), rating(int(row.mean)))
        for row in league.rows
    ]
    return render_template("quality.html", league=league, rows=rows, alternates=links)
