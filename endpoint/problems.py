"""What goes wrong, told to machines (RFC 9457) and to people; nothing of our insides."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from traceback import extract_tb
from typing import cast

from flask import Flask, Response, render_template, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge
from werkzeug.exceptions import NotFound as RouteNotFound

from homegraph.endpoint.formats import HTML, Format, choose
from homegraph.endpoint.limits import BYTES
from homegraph.endpoint.message import Reply
from homegraph.endpoint.reply import EVERYONE
from homegraph.endpoint.workbench_page import problem_page
from homegraph.endpoint.world import World
from homegraph.graph.errors import (
    AskError,
    HomegraphError,
    NotAcceptable,
    NotAllowed,
    NotFound,
    TooLong,
)

PROBLEM: Format = Format(
    "Problem", "application/problem+json", ("json",), None, ("application/json",)
)

MEMBERS = ("line", "column", "limit", "unit")


def install(app: Flask, world: World) -> None:
    """Answer every exception that reaches the outermost frame."""

    @app.errorhandler(HomegraphError)
    def refused(error: HomegraphError) -> Response:
        response = explain(world, document(world, error))
        response.headers.update(headers(error))
        return response

    @app.errorhandler(HTTPException)
    def protocol(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:
            return cast(Response, error.get_response())
        known = of_http(error)
        if known is not None:
            return refused(known)
        status = HTTPStatus(error.code or 500)
        said = {"type": "about:blank", "title": status.phrase, "status": status.value}
        response = explain(world, {**said, "detail": error.description or status.description})
        for name, value in error.get_headers():
            if name not in {"Content-Type", "Content-Length"}:
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        app.logger.error("unforeseen: %s", place(error))
        return explain(world, document(world, unforeseen()))


def of_http(error: HTTPException) -> AskError | None:
    """What Flask refuses, as one of our own errors if there is one for it."""
    if isinstance(error, MethodNotAllowed):
        return NotAllowed(request.method, ", ".join(sorted(error.valid_methods or ())))
    if isinstance(error, RouteNotFound):
        return NotFound("there is nothing at this address")
    return TooLong(BYTES.most) if isinstance(error, RequestEntityTooLarge) else None


def place(error: BaseException) -> str:
    """What failed and where; not what it said, which may repeat what was asked."""
    frames = extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
    return f"{type(error).__name__} at {where}"


def title(kind: type[Exception]) -> str:
    """The name of an error as words.

    >>> title(AskError)
    'Ask error'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).capitalize()


def unforeseen() -> HomegraphError:
    """What is told of a fault of ours: nothing of our insides."""
    return HomegraphError("the server failed; we are told")


def document(world: World, error: HomegraphError) -> dict[str, object]:
    """An error as the members of a problem document.

    Besides those of RFC 9457: `hint`, what to do; `line` and `column` of a fault in a query; the
    `limit` that was hit and its `unit`.
    """
    kind = type(error)
    said: dict[str, object] = {
        "type": world.address(f"problems#{kind.__name__}"),
        "title": title(kind),
        "status": error.status,
        "detail": str(error),
    }
    hint = " ".join(getattr(error, "__notes__", [])) or error.advice
    if hint:
        said["hint"] = hint
    more = {name: getattr(error, name, None) for name in MEMBERS}
    return said | {name: value for name, value in more.items() if value is not None}


def headers(error: HomegraphError) -> dict[str, str]:
    """What an error says in headers: the methods that are allowed, how long to wait."""
    said = {"Allow": getattr(error, "allow", None), "Retry-After": getattr(error, "wait", None)}
    return {name: str(value) for name, value in said.items() if value is not None}


def reply(world: World, error: HomegraphError) -> Reply:
    """An error as a problem document on its way out."""
    said = document(world, error)
    return Reply(
        error.status,
        [
            ("Content-Type", PROBLEM.content_type),
            ("Vary", "Accept"),
            ("Cache-Control", "no-store"),
            *headers(error).items(),
            *EVERYONE.items(),
        ],
        written(said),
    )


def written(said: dict[str, object]) -> bytes:
    """A problem document as text."""
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def likes_pages(accept: MIMEAccept) -> bool:
    """Whether a client names pages, and likes them best; one that takes nothing gets data."""
    try:
        return "text/html" in accept.values() and choose(accept, [PROBLEM, HTML]) is HTML
    except NotAcceptable:
        return False


def explain(world: World, said: dict[str, object]) -> Response:
    """A problem as a page for browsers and as problem+json for everything else."""
    status = int(str(said["status"]))
    if likes_pages(request.accept_mimetypes) and request.args.get("format") in {None, "", "html"}:
        asking = request.path == "/sparql"
        body = (
            problem_page(world, said) if asking else render_template("problem.html", problem=said)
        )
        response = Response(body, status, content_type=HTML.content_type)
    else:
        response = Response(written(said), status, content_type=PROBLEM.content_type)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "no-store"
    return response


def kinds(root: type[AskError] = AskError) -> Iterator[type[AskError]]:
    """Every problem a client can cause, for the page that lists them."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)
