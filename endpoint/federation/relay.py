"""Where the engine gets what other servers answered: a door on this machine that only it can find.

The engine would call whatever a query names, follow whatever that sends, and wait for ever. So it
is given the address of this door instead: what lies behind it was fetched before, within limits.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Lock, Thread, get_ident
from typing import NamedTuple, cast

HERE = "127.0.0.1"
LONGEST = 1_000_000  # bytes of a query, which is thrown away


class Kept(NamedTuple):
    """What is handed out at one address; what could not be had is no answer."""

    media_type: str
    content: bytes


class Relay(ThreadingHTTPServer):
    """Hands out what was put here, at addresses that cannot be guessed.

    A query is answered in the thread that asks it: what a thread puts here replaces what it put
    before, so nothing is left of earlier queries but those of the last.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HERE, 0), Handler)
        self._kept: dict[str, Kept | None] = {}
        self._of: dict[int, list[str]] = {}
        self._lock = Lock()

    def put(self, answers: list[Kept | None]) -> list[str]:
        """Keep answers for the query that this thread asks; the address of each."""
        names = [f"/{token_urlsafe(24)}" for _ in answers]
        with self._lock:
            for name in self._of.pop(get_ident(), []):
                self._kept.pop(name, None)
            if names:
                self._of[get_ident()] = names
            self._kept.update(zip(names, answers, strict=True))
        return [f"http://{HERE}:{self.server_port}{name}" for name in names]

    def at(self, name: str) -> Kept | None:
        """What is kept under a name."""
        with self._lock:
            return self._kept.get(name)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: an engine that has enough of an answer goes away in the middle of it."""


class Handler(BaseHTTPRequestHandler):
    """Answers the engine, which sends its query: what it asks was asked before."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        """Hand out what is kept at the address."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST:
            self.close_connection = True
            self.send_error(413)
            return
        self.rfile.read(int(length))
        kept = cast(Relay, self.server).at(self.path)
        body = kept.content if kept else b""
        self.send_response(200 if kept else 502)
        self.send_header("Content-Type", kept.media_type if kept else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Note nothing: the access log is the front's."""


@cache
def relay() -> Relay:
    """The relay of this process, started when it is needed first."""
    made = Relay()
    Thread(target=made.serve_forever, name="relay", daemon=True).start()
    return made
