"""The access log: one line of JSON for each request, without what may be personal data.

A query can hold a name and an address, so its text is never kept, nor the query string: only a
digest, by which an operator finds again a query that somebody reports. Of the client's address
the network is kept (/24 of IPv4, /48 of IPv6) unless the deployment asks for all of it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_interface
from json.encoder import encode_basestring_ascii as quoted
from time import gmtime, strftime, time

from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.serving.sink import Sink
from homegraph.graph.errors import (
    Busy,
    HomegraphError,
    TooHungry,
    TooLarge,
    TooMany,
    TooSlow,
)

FLUSH = 64_000  # characters that wait for the ticker at most
KEPT = 1_000_000  # characters that wait for a disk or a reader at most; more are dropped
PATH = 300  # characters of a path
# What became of a request that ended with an error, by its class; see `outcome` for the others.
ERRORS: dict[type[HomegraphError], str] = {
    TooSlow: "too-slow",
    TooHungry: "too-hungry",
    TooLarge: "too-large",
    TooMany: "too-many",
    Busy: "busy",
}


class Log:
    """The access log of one server process; one thread writes to it.

    Nothing here raises, nor waits for a disk or a reader: what cannot be written waits, up to a
    limit, and is then dropped and counted in `dropped`.
    """

    def __init__(self, settings: Settings) -> None:
        self.dropped = 0
        self._whole = settings.log_clients
        self._sink = None if settings.log == "none" else Sink(settings.log)
        self._lines: list[str] = []
        self._size = 0
        self._left: list[str] = []
        self._second = -1
        self._stamp = ""

    def write(
        self,
        *,
        client: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        size: int,
        outcome: str,
        lane: str = "",
        release: str = "",
        rows: int | None = None,
        digest: str = "",
    ) -> None:
        """Note a request: `outcome`, `digest` and `path` as the functions below make them."""
        if self._sink is None:
            return
        now = time()
        second = int(now)
        if second != self._second:
            self._second, self._stamp = second, strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))
        shown = quoted(client[:60]) if self._whole else network(client)
        line = (
            f'{{"time":"{self._stamp}.{int((now - second) * 1000):03d}Z","client":{shown},'
            f'"method":{quoted(method[:20])},"path":{quoted(path_only(path))},'
            f'"status":{status},"ms":{seconds * 1000:.2f},"bytes":{size},'
            f'"rows":{"null" if rows is None else rows},"outcome":"{outcome}",'
            f'"query":"{digest}","lane":"{lane}","release":{quoted(release)}}}\n'
        )
        self._lines.append(line)
        self._size += len(line)
        if self._size > FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write what waits; the server calls this every half second."""
        if self._sink is None or not (self._lines or self._left):
            return
        lines = [*self._left, *self._lines]
        self._lines, self._size = [], 0
        left = self._sink.write(lines)
        room, kept = KEPT, 0
        for line in left:
            room -= len(line)
            if room < 0:
                break
            kept += 1
        self.dropped += len(left) - kept
        self._left = list(left[:kept])

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        self.dropped += len(self._left)
        self._left = []
        if self._sink is not None:
            self._sink.close()


def outcome(status: int, error: HomegraphError | None = None, cached: bool = False) -> str:
    """What became of a request, in a word.

    >>> outcome(200), outcome(200, cached=True), outcome(304), outcome(503, TooSlow(30))
    ('answered', 'cached', 'not-modified', 'too-slow')
    """
    if error is not None and type(error) in ERRORS:
        return ERRORS[type(error)]
    if status == 304:
        return "not-modified"
    if status < 300:
        return "cached" if cached else "answered"
    if status < 400:
        return "redirected"
    if status == 499:  # nobody was there any more
        return "left"
    return "refused" if status < 500 else "failed"


def digest(query: str) -> str:
    """The first 16 letters of the SHA-256 of a query, as `sha256sum` prints them; "" of nothing.

    >>> digest("ASK {}")
    '819ea91ed5f12b38'
    """
    return sha256(query.encode("utf-8", "replace")).hexdigest()[:16] if query else ""


def path_only(path: str) -> str:
    """A path without what follows a question mark, also one that is percent-encoded.

    >>> path_only("/sparql%3Fquery=ASK"), path_only("/id/x")
    ('/sparql', '/id/x')
    """
    if "?" in path:
        path = path.partition("?")[0]
    if "%3" in path:
        path = path.partition("%3F")[0].partition("%3f")[0]
    return path[:PATH]


@lru_cache(10_000)
def network(address: str) -> str:
    """The network of an address, quoted as JSON has it; nothing of what is not an address.

    >>> network("192.0.2.77"), network("2001:db8:1:2::3"), network("::ffff:192.0.2.77")
    ('"192.0.2.0/24"', '"2001:db8:1::/48"', '"192.0.2.0/24"')
    """
    try:
        known = ip_interface(address).ip
    except ValueError:
        return '""'
    known = getattr(known, "ipv4_mapped", None) or known
    if known.version == 4:
        return f'"{IPv4Network((known, 24), strict=False)}"'
    return f'"{IPv6Network((int(known), 48), strict=False)}"'
