"""A reply on its way to a client that may have gone away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask

from homegraph.endpoint import problems
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.serving.watch import LEFT
from homegraph.endpoint.world import World
from homegraph.graph.errors import Busy, HomegraphError

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol

PATIENCE = 0.05  # seconds before it is worth asking whether the client is still there
SPARE = 15  # seconds after which the server has opened a file that it is to send


class Gone(Exception):
    """The client has gone away; nobody is there to answer."""


async def still_there(task: asyncio.Task[Reply], proto: HTTPProtocol) -> Reply:
    """Wait for a reply as long as the client does; raises Gone."""
    done, _ = await asyncio.wait({task}, timeout=PATIENCE)
    if done:
        return task.result()
    gone = asyncio.ensure_future(proto.client_disconnect())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not gone.done():
            gone.cancel()
    if not task.done():
        raise Gone
    return task.result()


def problem(world: World, app: Flask, request: Request, error: HomegraphError) -> Reply:
    """A refusal as the client likes it: problem+json, or a page for a browser."""
    if "text/html" not in request.headers.get("accept", ""):
        return problems.reply(world, error)
    sent = {"method": request.method, "query_string": request.query, "data": request.body}
    headers = {name: request.headers.get(name, "") for name in ("accept", "content-type")}
    path = quote(request.path)  # a question mark in it is no query string
    with app.test_request_context(path, headers=headers, **sent):
        said = problems.document(world, error)
        response = app.process_response(problems.explain(world, said))
        response.headers.update(problems.headers(error))
        return Reply(response.status_code, list(response.headers.items()), response.get_data())


def size_of(reply: Reply) -> int:
    """How large the file of a reply is; raises Busy when it is gone."""
    try:
        return Path(reply.file).stat().st_size
    except OSError as error:
        raise Busy("the file of this answer has just been taken away") from error


def send(proto: HTTPProtocol, request: Request, reply: Reply) -> int:
    """Send a reply that is whole, and say how many bytes; HEAD gets its headers."""
    if reply is LEFT:
        return 0
    headers = [pair for pair in reply.headers if pair[0].lower() != "content-length"]
    size = len(reply.body)
    if reply.file:
        size = size_of(reply)
        end = size if reply.end is None else reply.end
        size = end - reply.start
        headers.append(("content-length", str(size)))
    if request.method == "HEAD":
        if not reply.file and reply.status != 304:
            headers.append(("content-length", str(size)))
        proto.response_empty(reply.status, headers)
        return 0
    if not reply.file:
        proto.response_bytes(reply.status, headers, reply.body)
    elif reply.end is None:
        proto.response_file(reply.status, headers, reply.file)
        if reply.spooled:  # the cache could not take it
            asyncio.get_running_loop().call_later(SPARE, Path(reply.file).unlink, True)
    else:
        proto.response_file_range(reply.status, headers, reply.file, reply.start, reply.end)
    return size
