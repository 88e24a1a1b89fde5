"""Guesses how long a request takes, so that those that are quick do not wait behind the others.

A guess only orders the queue; whether a request is quick is decided by letting it run.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from contextlib import suppress
from hashlib import sha256

from homegraph.endpoint.message import Request
from homegraph.endpoint.parameters import decoded
from homegraph.graph.errors import BadQuery

# Work that may be long though little comes of it, and any query without a LIMIT.
HEAVY = re.compile(
    r"\b(?:ORDER|GROUP|DISTINCT|REDUCED|REGEX|REPLACE|CONTAINS|COUNT|SUM|AVG|MIN|MAX|SAMPLE"
    r"|GROUP_CONCAT|MINUS|EXISTS|CONSTRUCT)\b|[>)\w][*+]",
    re.IGNORECASE | re.ASCII,
)
LIMIT = re.compile(r"\bLIMIT\b", re.IGNORECASE | re.ASCII)
BEGINS_AT_A_THING = re.compile(r"[^{]*\{\s*(?:<[^<>\s]*>|[\w\-]*:\w[\w\-]*)\s", re.ASCII)
VALUES = re.compile(r"<[^<>\s]*>|\"[^\"\n]*\"|'[^'\n]*'|\b[0-9]+\b|\#.*|\s+")
REMEMBERED = 5_000
LONGEST = 20_000  # characters


def query_of(request: Request) -> str:
    """The text of a query, for guessing only; nothing when there is none or it is very long."""
    if not request.path.startswith("/sparql"):
        return ""
    if request.method == "POST":
        text = request.body[:LONGEST].decode("utf-8", "replace")
        if "form" not in request.headers.get("content-type", ""):
            return text
    else:
        text = request.query
    for pair in text[:LONGEST].split("&"):
        if pair.startswith("query="):
            with suppress(BadQuery):  # which whoever answers it says
                return decoded(pair[6:])
    return ""


def shape_of(request: Request, query: str) -> str:
    """What similar requests have in common: the query without its values, the kind of page."""
    if query:
        # What it is does not matter, and thousands are remembered.
        return sha256(VALUES.sub("", query).encode("utf-8", "replace")).hexdigest()
    kind, _, rest = request.path.strip("/").partition("/")
    return f"{kind}/{rest.partition('/')[0]}.{request.path.rpartition('.')[2][:6]}"


class Estimate:
    """What is known of requests by their shape: how long the last one took."""

    def __init__(self) -> None:
        self._seconds: OrderedDict[str, float] = OrderedDict()

    def learn(self, shape: str, seconds: float) -> None:
        """A request of this shape took so long."""
        self._seconds[shape] = seconds
        self._seconds.move_to_end(shape)
        while len(self._seconds) > REMEMBERED:
            self._seconds.popitem(last=False)

    def seconds(self, shape: str) -> float | None:
        """How long the last one took, if there was one."""
        return self._seconds.get(shape)


def is_suspect(query: str) -> bool:
    """Whether a query that nobody has asked yet may be long.

    >>> is_suspect("SELECT * { ?s ?p ?o } LIMIT 5"), is_suspect("SELECT * { ?s ?p ?o }")
    (False, True)
    >>> is_suspect("SELECT * { <http://example.org/a> ?p ?o . ?o ?q ?r }")
    False
    """
    if not query or HEAVY.search(query):
        return bool(query)
    return LIMIT.search(query) is None and BEGINS_AT_A_THING.match(query) is None
