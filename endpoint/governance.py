"""The owners' pages: what a post owns, what is due, what is open and what is asked for.

Every table is the answer to a query that the page shows, and speaks of one day.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.addresses import find, key
from homegraph.endpoint.display import Shown, labels, shown
from homegraph.endpoint.duties import OWNERS, SECTIONS, SOON, Rows, Section, rows
from homegraph.endpoint.formats import HTML, JSON, Format, by_suffix
from homegraph.endpoint.reply import negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, NotFound
from homegraph.graph.terms import ASSET, XSD

OFFERED: list[Format] = [JSON, HTML]
# What a column of a table is called; a title stands in the link to its asset.
HEADINGS = {
    "number": "Number",
    "asset": "Asset",
    "classification": "Classification",
    "personal": "Personal data",
    "decision": "Decision",
    "reason": "Reason",
    "exemption": "Exemption",
    "review": "Review due",
    "assessment": "Annual assessment due",
    "duty": "Duty",
    "due": "Due",
    "state": "State",
    "published": "First published",
    "planned": "Planned for",
    "dataset": "Published as",
    "signedOffBy": "Signed off by",
    "signedOff": "Signed off",
    "received": "Received",
    "requester": "From",
    "outcome": "Outcome",
}


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("governance", __name__)

    @routes.get("/owners", defaults={"suffix": ""})
    @routes.get("/owners.<suffix>")
    def owners(suffix: str) -> Response:
        if not has_register(world):
            raise NotFound("there is no register of information assets in this store")
        form = None
        if suffix:
            split = by_suffix(f"owners.{suffix}", OFFERED)
            if split is None:
                raise NotFound(f"/owners has no form .{suffix}")
            form = split[1]
        return answer(world, form, "owners")

    @routes.get("/owners/<path:_>")
    def owner(_: str) -> Response:
        post, path, form = find(world, world.base + "id/", f"post/{key()}", OFFERED)
        if not owns(world, post):
            raise NotFound(f"{post.value} owns no information asset")
        return answer(world, form, f"owners/{path.removeprefix('post/')}", post)

    @routes.app_context_processor
    def everywhere() -> dict[str, object]:
        """What other pages link by: whether there is a register, and the page of an owner."""
        return {
            "has_register": partial(has_register, world),
            "owner_page": partial(page_of, world),
        }

    return routes


def has_register(world: World) -> bool:
    """Whether anything has an owner."""
    return next(world.store.quads_for_pattern(None, ASSET.owner, None), None) is not None


def owns(world: World, post: NamedNode) -> bool:
    """Whether a post owns anything."""
    return next(world.store.quads_for_pattern(None, ASSET.owner, post), None) is not None


def path_of(world: World, iri: str) -> str:
    """Where the page of an owner is; nothing for whoever owns nothing, or is not named by us."""
    stem = world.base + "id/post/"
    if not iri.startswith(stem) or not owns(world, NamedNode(iri)):
        return ""
    return f"owners/{iri.removeprefix(stem)}"


def page_of(world: World, iri: str) -> str:
    """The link to the page of an owner, if there is one."""
    path = path_of(world, iri)
    return f"{request.script_root}/{path}" if path else ""


def asked_day() -> date:
    """The day that a page speaks of: `on=`, or today in UTC; raises AskError for no day."""
    said = request.args.get("on")
    if said is None:
        return datetime.now(UTC).date()
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", said):
            raise ValueError("it is not written so")
        return date.fromisoformat(said)
    except ValueError as error:
        raise AskError(f"on={said} is not a day such as 2026-11-21: {error}") from None


def answer(
    world: World, form: Format | None, path: str, owner: NamedNode | None = None
) -> Response:
    """A page or its JSON; its ETag knows the day, because on another day it says something else."""
    form = form if form is not None else negotiated(OFFERED)
    day = asked_day()
    sections = SECTIONS if owner else [OWNERS]
    queries = {section.name: section.query(day, owner) for section in sections}
    again = f"?on={day}" if "on" in request.args else ""  # what links to keep the day
    links = [("JSON", JSON.media_type, f"{request.script_root}/{path}.{JSON.suffix}{again}")]

    def make() -> str:
        found = {name: rows(world.store, query) for name, query in queries.items()}
        if form is JSON:
            return as_json(world, day, owner, found, queries)
        if owner is None:
            return owners_page(world, day, found["owners"], queries["owners"], links, again)
        return owner_page(world, day, owner, found, queries, links, again)

    response = reply(world, form, make, path, day.isoformat())
    for _, media_type, address in links:
        response.headers.add("Link", f'<{address}>; rel="alternate"; type="{media_type}"')
    return response


def plain(term: NamedNode | Literal) -> str | int | bool:
    """A term as JSON has it."""
    if isinstance(term, Literal) and term.datatype == XSD.boolean:
        return term.value in {"true", "1"}
    if isinstance(term, Literal) and term.datatype == XSD.integer:
        return int(term.value)
    return term.value


def as_json(
    world: World,
    day: date,
    owner: NamedNode | None,
    found: dict[str, Rows],
    queries: dict[str, str],
) -> str:
    """What a page says, for programs: the same rows under the names of the same queries."""
    said: dict[str, object] = {"on": day.isoformat(), "soon": SOON}
    if owner:
        said |= {"owner": owner.value, "name": labels(world, [owner]).get(owner.value, "")}
    for name, answers in found.items():
        listed = [{word: plain(term) for word, term in row.items()} for row in answers]
        for row in listed:
            if path := path_of(world, str(row.get("owner", ""))):
                row["page"] = world.address(path)
        said[name] = listed
    said["queries"] = queries
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def owners_page(
    world: World,
    day: date,
    found: Rows,
    query: str,
    links: list[tuple[str, str, str]],
    again: str,
) -> str:
    """All owners with what waits for them."""
    counts = ("assets", "overdue", "soon", "open", "published", "pending")
    owners = [
        (
            row["name"].value,
            page_of(world, row["owner"].value) or shown(world, row["owner"], {}).href,
            [plain(row[name]) for name in counts],
        )
        for row in found
    ]
    return render_template(
        "owners.html",
        day=day,
        soon=SOON,
        owners=owners,
        totals=[sum(cast(int, numbers[at]) for *_, numbers in owners) for at in range(len(counts))],
        query=query,
        ask=urlencode({"query": query}),
        alternates=links,
        again=again,
    )


def owner_page(
    world: World,
    day: date,
    owner: NamedNode,
    found: dict[str, Rows],
    queries: dict[str, str],
    links: list[tuple[str, str, str]],
    again: str,
) -> str:
    """The page of one owner."""
    terms = [term for answers in found.values() for row in answers for term in row.values()]
    known = labels(world, [owner, *terms])
    return render_template(
        "owner.html",
        day=day,
        soon=SOON,
        owner=shown(world, owner, known),
        overdue=len({row["asset"] for row in found["due"] if row["state"].value == "overdue"}),
        pending=sum(row["outcome"].value.endswith("/pending") for row in found["asked"]),
        tables=[
            table(world, section, found[section.name], queries[section.name], known)
            for section in SECTIONS
        ],
        alternates=links,
        again=again,
    )


@dataclass(frozen=True)
class Table:
    """A section with its answer; a column in which nothing stands is left out."""

    section: Section
    headings: list[str]
    cells: list[list[Shown | None]]
    query: str
    ask: str


def table(
    world: World, section: Section, answers: Rows, query: str, known: dict[str, str]
) -> Table:
    """The answer of a section as it looks."""
    names = [name for name in HEADINGS if any(name in row for row in answers)]
    cells = [
        [look(world, row[name], known) if name in row else None for name in names]
        for row in answers
    ]
    headings = [HEADINGS[name] for name in names]
    return Table(section, headings, cells, query, urlencode({"query": query}))


def look(world: World, term: NamedNode | Literal, known: dict[str, str]) -> Shown:
    """A term as it looks in a table: a truth value in words, the rest as on other pages."""
    if isinstance(term, Literal) and term.datatype == XSD.boolean:
        return Shown("yes" if plain(term) else "no")
    return shown(world, term, known)
