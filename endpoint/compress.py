"""Answers compressed on the way out; each coding is a representation with an ETag of its own."""

from __future__ import annotations

from flask import Response, request
from isal import igzip

WORTH_IT = 1_000  # bytes
LEVEL = 1
CODED = "-gzip"


def compress(response: Response) -> Response:
    """Compress a whole answer of text when the client takes gzip (RFC 9110, 8.4 and 12.5.3)."""
    text = str(response.mimetype).startswith(("text/", "application/"))
    if response.direct_passthrough or response.status_code != 200 or not text:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) < WORTH_IT or request.accept_encodings.quality("gzip") <= 0:
        return response
    response.set_data(igzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag + CODED)
    return response


def matching(tag: str) -> str | None:
    """The client's ETag when it is that of this answer, in either coding."""
    given = request.if_none_match.as_set(include_weak=True)
    return next((known for known in (tag, tag + CODED) if known in given), None)
