"""What goes wrong, told to machines (RFC 9457) and to people; nothing of our insides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import cast

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from homegraph.endpoint.formats import HTML, Format, choose
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, HomegraphError

PROBLEM: Format = Format(
    "Problem", "application/problem+json", ("json",), None, ("application/json",)
)


def install(app: Flask, world: World) -> None:
    """Answer every exception that reaches the outermost frame."""

    @app.errorhandler(HomegraphError)
    def refused(error: HomegraphError) -> Response:
        return explain(world, described(world, error))

    @app.errorhandler(HTTPException)
    def protocol(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:  # a redirect of the router
            return cast(Response, error.get_response())
        status = HTTPStatus(error.code or 500)
        said = {"type": "about:blank", "title": status.phrase, "status": status.value}
        response = explain(world, {**said, "detail": error.description or status.description})
        for name, value in error.get_headers():
            if name not in {"Content-Type", "Content-Length"}:
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        app.logger.error("unforeseen", exc_info=error)
        return explain(world, described(world, HomegraphError("the server failed; we are told")))


def title(kind: type[Exception]) -> str:
    """The name of an error as words.

    >>> title(AskError)
    'Ask error'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).capitalize()


def described(world: World, error: HomegraphError) -> dict[str, object]:
    """An error as the members of a problem document."""
    kind = type(error)
    said: dict[str, object] = {
        "type": world.address(f"problems#{kind.__name__}"),
        "title": title(kind),
        "status": error.status,
        "detail": str(error),
    }
    hint = " ".join(getattr(error, "__notes__", [])) or error.advice
    places = {"line": getattr(error, "line", None), "column": getattr(error, "column", None)}
    said.update({name: place for name, place in places.items() if place is not None})
    if hint:
        said["hint"] = hint
    return said


def explain(world: World, said: dict[str, object]) -> Response:
    """A problem as a page for browsers and as problem+json for everything else."""
    status = int(str(said["status"]))
    offered = [PROBLEM, HTML]
    accept = request.accept_mimetypes
    page = "text/html" in accept.values() and choose(accept, offered) is HTML
    if page and request.args.get("format") in {None, "html"}:
        body = render_template("problem.html", problem=said)
        response = Response(body, status, content_type=HTML.content_type)
    else:
        body = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
        response = Response(body, status, content_type=PROBLEM.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response


def kinds(root: type[AskError] = AskError) -> Iterator[type[AskError]]:
    """Every problem a client can cause, for the page that lists them."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)
