"""Puts the doors together: one Flask application for one world."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, redirect, request
from markupsafe import Markup, escape
from werkzeug.routing import RequestRedirect

from homegraph.endpoint import (
    about,
    completion,
    files,
    governance,
    library,
    linksets,
    openapi,
    pages,
    places,
    problems,
    quality,
    rules,
    sameas,
    sparql,
)
from homegraph.endpoint.datasets import downloads
from homegraph.endpoint.harvest import (
    atom,
    catalogue,
    ckan,
    croissant,
    data_json,
    feed,
    oai,
    sitemap,
)
from homegraph.endpoint.limits import BYTES
from homegraph.endpoint.reconcile import doors as reconcile
from homegraph.endpoint.reply import ASKING, EVERYONE
from homegraph.endpoint.world import World

RANGE = re.compile(r"bytes=([0-9]+-[0-9]*|-[0-9]+)")


def ticked(text: str) -> Markup:
    """A text of ours, in which `this` is code.

    >>> ticked("`a` < `b`")
    Markup('<code>a</code> &lt; <code>b</code>')
    """
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def create_app(world: World) -> Flask:
    """The application that serves a world; nothing in it writes."""
    app = Flask(__name__)
    app.url_map.merge_slashes = False  # a key may hold two slashes in a row
    app.url_map.redirect_defaults = False
    app.config.update(MAX_CONTENT_LENGTH=BYTES.most, MAX_FORM_MEMORY_SIZE=BYTES.most)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters["thousands"] = lambda number: f"{number:,}"
    app.jinja_env.filters["ticked"] = ticked
    queries = (sparql, completion, library)
    documents = (about, catalogue, downloads, files, governance, linksets, quality, sameas)
    changes = (feed, atom, oai)
    others = (ckan, croissant, data_json, sitemap, reconcile)
    for door in (*queries, rules, pages, places, openapi, *documents, *changes, *others):
        app.register_blueprint(door.doors(world))
    problems.install(app, world)

    @app.before_request
    def leave_out() -> None:
        """Leave out what Werkzeug answers otherwise than HTTP has it.

        To If-Match it gives 412 together with the file, and 416 to ranges that a server may
        ignore: several, or of another unit (RFC 9110, 13.1.1 and 14.2). Nothing is written here,
        so no harm can come of an If-Match that is not looked at.
        """
        request.environ.pop("HTTP_IF_MATCH", None)
        if request.method != "GET" or not RANGE.fullmatch(request.headers.get("Range", "")):
            request.environ.pop("HTTP_RANGE", None)

    @app.before_request
    def lead() -> Response | None:
        """Lead to the address with a slash, whatever host the client names."""
        error = request.routing_exception
        if not isinstance(error, RequestRedirect):
            return None
        there = urlsplit(error.new_url)
        address = urlunsplit(("", "", there.path, there.query, ""))
        return cast(Response, redirect(address, error.code))

    @app.context_processor
    def everywhere() -> dict[str, object]:
        return {"root": request.script_root, "world": world}

    @app.after_request
    def open_to_all(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}
        more = [pair for pair in EVERYONE.items() if pair[0].lower() not in given]
        response.headers.extend(more)
        if request.method == "OPTIONS":
            response.headers.update(ASKING)
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
        return response

    return app
