"""What a request asks for, as the front sees it: its key in the cache, and whether it is quick."""

from __future__ import annotations

import re
from datetime import date
from hashlib import sha256

from homegraph.endpoint import parameters, protocol
from homegraph.endpoint.message import Request
from homegraph.endpoint.serving import direct
from homegraph.endpoint.world import World

CONDITIONS = {"if-none-match", "if-match", "if-modified-since", "if-unmodified-since"}
# Pages that say what is due today: tomorrow they say something else.
FOR_TODAY = re.compile(r"/owners\b")
ACCEPT = 2_000  # letters; to weigh more takes the front longer than the answer does


def key_of(request: Request) -> bytes:
    """What a reply depends on, besides the release: all that is asked, and the formats wanted."""
    given = request.headers
    method = "GET" if request.method == "HEAD" else request.method
    # The path is decoded and may hold anything, a line feed too; all else is of one line.
    key = f"{method} {len(request.path)} {request.path}\n{request.query}\n{given.get('accept', '')}"
    if FOR_TODAY.match(request.path):
        key += f"\n{date.today()}"
    if "range" in given:
        key += "\n" + given["range"] + "\n" + given.get("if-range", "")
    if request.body:
        digest = sha256(request.body).hexdigest()
        key += f"\n{given.get('content-type', '')}\n{digest}"
    return (key + "\n").encode("utf-8", "surrogateescape")


def as_get(request: Request) -> Request:
    """The request for a whole reply: HEAD is GET without the body, and 304 is decided later.

    By ETag alone: every reply that lasts has one, and going back to an older release is a change
    that no date tells.
    """
    given = request.headers
    if request.method != "HEAD" and CONDITIONS.isdisjoint(given):
        return request
    headers = {name: value for name, value in given.items() if name not in CONDITIONS}
    method = "GET" if request.method == "HEAD" else request.method
    return Request(method, request.path, request.query, headers, request.body, request.client)


def is_direct(world: World, request: Request) -> bool:
    """Whether the front answers a request itself: a query or a document that is proven quick."""
    if request.method not in {"GET", "HEAD"} or len(request.headers.get("accept", "")) > ACCEPT:
        return False
    if request.path.startswith(direct.DOCUMENT):
        return direct.is_little(world, request)
    if request.path != "/sparql":
        return False
    text = ""
    for pair in request.query.split("&"):
        name, _, value = pair.partition("=")
        if name == "query" and not text:
            text = parameters.decoded(value)
        elif name != "format":
            return False
    return bool(text) and direct.is_direct(text) and protocol.is_data(request)
