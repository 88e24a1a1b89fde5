"""The process that answers: one request at a time, from a store of its own; it may be killed.

It speaks with the front over a socket: a length, then a pickled request or reply. Both ends are
ours and of one version. It ends when the front is gone, also in the middle of a query.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import os
import pickle
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from time import process_time
from traceback import extract_tb

from flask import Flask

from homegraph.endpoint import problems, protocol
from homegraph.endpoint.app import create_app
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.serving.source import Source
from homegraph.endpoint.spool import Spool
from homegraph.endpoint.world import World
from homegraph.graph.errors import HomegraphError, TooHungry

LENGTH = struct.Struct("!I")
READY, FAILED = b"ready", b"failed"
LOG = logging.getLogger("homegraph.worker")


def work(channel: socket.socket, source: Source, settings: Settings) -> None:
    """Answer requests until the front closes the channel."""
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN)  # the front says when to end
    threading.Thread(target=end_with_parent, daemon=True).start()
    be_first_to_go()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the front has ended
        answer_all(channel, source, settings)
    os._exit(0)  # DuckDB complains when an interpreter is taken apart around it


def answer_all(channel: socket.socket, source: Source, settings: Settings) -> None:
    """Say that the store is open, then answer requests; raises what a closed channel does."""
    try:
        world = replace(source.open(settings.columns), servers=settings.servers)
        app = create_app(world)
    except Exception as error:  # a release may be broken in any way
        said = str(error) if isinstance(error, HomegraphError) else place(error)
        channel.sendall(framed(FAILED + said.encode()))
        return
    app.config.update(USE_X_SENDFILE=True, SETTINGS=settings)
    with contextlib.suppress(HomegraphError):  # who asks for what is broken is told then
        app.config["WARM_UP"]()
    channel.sendall(framed(READY))
    stream = channel.makefile("rb")
    while head := stream.read(LENGTH.size):
        request = Request(*pickle.loads(stream.read(*LENGTH.unpack(head))))
        spool = Spool(settings.answer_bytes, settings.folder)
        try:
            reply = answer(world, app, request, spool)
        except HomegraphError as error:
            spool.discard()
            reply = problems.reply(world, error)
        except MemoryError:
            spool.discard()
            reply = problems.reply(world, TooHungry(settings.memory_bytes))
        except Exception as error:
            LOG.error("unforeseen: %s", place(error))
            spool.discard()
            reply = problems.reply(world, problems.unforeseen())
        channel.sendall(framed(packed(reply, process_time())))


def place(error: BaseException) -> str:
    """What failed and where; not what it said, which may repeat what was asked."""
    frames = extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
    return f"{type(error).__name__} at {where}"


def framed(message: bytes) -> bytes:
    """A message with its length in front."""
    return LENGTH.pack(len(message)) + message


def packed(reply: Reply, used: float) -> bytes:
    """A reply as bytes, after the seconds of processor time that this process has used."""
    return pickle.dumps(
        (
            used,
            reply.status,
            reply.headers,
            reply.body,
            reply.file,
            reply.start,
            reply.end,
            reply.spooled,
            reply.rows,
        ),
        5,
    )


def be_first_to_go() -> None:
    """When the machine is out of memory, let the system end a worker rather than anything else."""
    with contextlib.suppress(OSError):  # a system that does not know of it
        Path("/proc/self/oom_score_adj").write_text("500")


def end_with_parent() -> None:
    """End this process when the one that started it is gone, whatever a query is doing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def answer(world: World, app: Flask, request: Request, spool: Spool) -> Reply:
    """Answer as data, or as a page."""
    if protocol.is_data(request):
        return protocol.answer(world, request, spool)
    return through(app, request, spool)


def through(app: Callable[..., Iterable[bytes]], request: Request, spool: Spool) -> Reply:
    """Ask a WSGI application; a file that it names is left to the front to send."""
    said: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        said.append((status, headers))

    for part in app(environment(request), start):
        spool.write(part)
    spool.close()
    status, headers = said[-1]
    reply = Reply(int(status[:3]), headers, spool.body, file=spool.file, spooled=bool(spool.file))
    path = reply.header("x-sendfile")
    if path:
        hidden = {"x-sendfile", "content-length"}
        reply.headers = [pair for pair in headers if pair[0].lower() not in hidden]
        reply.file = path
        span = reply.header("content-range")  # bytes 0-9/100
        if reply.status == 206 and span:
            first, _, last = span.removeprefix("bytes ").partition("/")[0].partition("-")
            reply.start, reply.end = int(first), int(last) + 1
    return reply


def as_latin(text: str) -> str:
    """The bytes of a text as WSGI has them, each a letter."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def environment(request: Request) -> dict[str, object]:
    """A request as WSGI has it (PEP 3333)."""
    host, _, port = request.headers.get("host", "localhost").rpartition(":")
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": as_latin(request.path),
        "QUERY_STRING": as_latin(request.query),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)) if request.body else "",
        "SERVER_NAME": host or port,
        "SERVER_PORT": port if host else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **{
            "HTTP_" + name.upper().replace("-", "_"): value
            for name, value in request.headers.items()
            if name not in {"content-type", "content-length"}
        },
    }
