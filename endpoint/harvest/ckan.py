"""CKAN's API for reading (version 3), by which CKAN and its clients take a catalogue.

Every reply has CKAN's own form, errors too: its clients look into those for what went wrong. An
error that is not about an action (a method, a body that is too long) is a problem document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from flask import Blueprint, Response, request

from homegraph.endpoint.formats import JSON
from homegraph.endpoint.harvest.ckan_actions import ACTIONS, Wrong
from homegraph.endpoint.harvest.ckan_index import Index
from homegraph.endpoint.reply import by_content
from homegraph.endpoint.world import World

BAD = "Bad request - "
FORM = "application/x-www-form-urlencoded"


class BadRequest(Exception):
    """A request that asks for no action, as CKAN says it: with a text only."""


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("ckan", __name__)
    index = Index(world)

    @routes.get("/api/3")
    def version() -> Response:
        return by_content(JSON, written({"version": 3}))

    def action(name: str) -> Response:
        try:
            return answer(index, name)
        except BadRequest as error:
            return refusal(400, BAD + str(error))
        except Wrong as error:
            return refusal(error.status, shell(world, name, success=False, error=error.said))

    def known(name: str) -> None:
        routes.add_url_rule(
            f"/api/3/action/{name}", name, lambda: action(name), methods=["GET", "POST"]
        )

    for name in ACTIONS:
        known(name)
    for stem in ("/api/3/action/", "/api/action/"):
        routes.add_url_rule(
            f"{stem}<name>", f"any{stem.count('3')}", action, methods=["GET", "POST"]
        )
    return routes


def answer(index: Index, name: str) -> Response:
    """What an action answers; raises BadRequest and Wrong."""
    action = ACTIONS.get(name)
    if action is None:
        raise BadRequest(f"Action name not known: {name}")
    data = asked()
    said = written(shell(index.world, name, success=True, result=action.does(index, data)))
    return by_content(JSON, said, index.world.changes.newest)


def asked() -> Mapping[str, Any]:
    """The parameters of an action: a JSON object, a form, or the query string.

    Raises BadRequest. What curl sends as JSON it calls a form; it is told by its first letter.
    """
    body = request.get_data() if request.method == "POST" else b""
    if not body.strip():
        return mixed(request.args.to_dict(flat=False))
    if request.mimetype == FORM and not body.lstrip().startswith((b"{", b"[")):
        return mixed(parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        said = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"JSON Error: the body is no JSON: {type(error).__name__}") from error
    if not isinstance(said, dict):
        raise BadRequest(
            f"Request data JSON decoded to {type(said).__name__} but it needs to be a dictionary."
        )
    return said


def mixed(given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Parameters with their values; a list where there are several."""
    return {name: some[0] if len(some) == 1 else some for name, some in given.items()}


def shell(world: World, name: str, **said: object) -> dict[str, object]:
    """What stands around every answer."""
    address = world.address("api/3/action/help_show?name=" + quote(name, safe=""))
    return {"help": address, **said}


def written(said: object) -> bytes:
    """JSON on its way out; half a letter, which JSON can name, becomes a question mark."""
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")


def refusal(status: int, said: object) -> Response:
    """An error."""
    response = Response(written(said), status, content_type=JSON.content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept"
    return response
