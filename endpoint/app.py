"""Puts the doors together: one Flask application for one world."""

from __future__ import annotations

from flask import Flask, Response, request

from homegraph.endpoint import (
    about,
    datasets,
    files,
    governance,
    library,
    pages,
    places,
    problems,
    rules,
    sparql,
)
from homegraph.endpoint.compress import compress
from homegraph.endpoint.limits import BYTES
from homegraph.endpoint.world import World

POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
EVERYONE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Location, Allow",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
ASKING = {
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def create_app(world: World) -> Flask:
    """The application that serves a world; nothing in it writes."""
    app = Flask(__name__)
    app.url_map.merge_slashes = False  # a key may hold two slashes in a row
    app.url_map.redirect_defaults = False
    app.config.update(MAX_CONTENT_LENGTH=BYTES.most, MAX_FORM_MEMORY_SIZE=BYTES.most)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters["thousands"] = lambda number: f"{number:,}"
    for door in (sparql, library, rules, pages, places, about, files, datasets, governance):
        app.register_blueprint(door.doors(world))
    problems.install(app, world)

    @app.context_processor
    def everywhere() -> dict[str, object]:
        return {"root": request.script_root, "world": world}

    @app.after_request
    def open_to_all(response: Response) -> Response:
        response.headers.update(EVERYONE)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if request.method == "OPTIONS":
            response.headers.update(ASKING)
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        return compress(response)

    return app
