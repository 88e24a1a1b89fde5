"""Content codings of replies: zstd, br and gzip, as the client takes them (RFC 9110, 8.4).

Each coding of an answer is a representation with an ETag of its own: that of the plain answer
with the coding as suffix.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import brotli
import zstandard
from isal import isal_zlib

from homegraph.endpoint.message import Reply
from homegraph.endpoint.reply import matching
from homegraph.endpoint.spool import Spool
from homegraph.graph.errors import Busy

IDENTITY = "identity"
WORTH_IT = 1_000  # bytes
CHUNK = 1 << 20
MUST = "!"  # after the name of a coding: the client takes no plain answer

Coder = tuple[Callable[[bytes], bytes], Callable[[], bytes]]  # takes a piece; ends


def zstd(size: int) -> Coder:
    """Level 3: the next ones take half as long again or more, for a tenth less.

    Its window stays within the 8 MB that RFC 9659 allows. `size` is -1 when it is not known.
    """
    coder = zstandard.ZstdCompressor(3).compressobj(size=size)
    return coder.compress, coder.flush


def br(_size: int) -> Coder:
    """Quality 4: the next one takes twice as long, for a tenth less."""
    coder = brotli.Compressor(quality=4)
    return coder.process, coder.finish


def gzip(_size: int) -> Coder:
    """Level 1: the others of isal, and zlib, take up to twenty times as long."""
    coder = isal_zlib.compressobj(1, isal_zlib.DEFLATED, 31)
    return coder.compress, coder.flush


CODERS: dict[str, Callable[[int], Coder]] = {"zstd": zstd, "br": br, "gzip": gzip}  # best first
ALIASES = {"x-gzip": "gzip"}  # RFC 9110, 8.4.1.3

OFFER = re.compile(
    r"([!#$%&'*+.^_`|~0-9a-z-]+)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.ASCII
)
TEXT = re.compile(
    r"text/|image/svg\+xml|application/(?:[\w.-]+\+)?(?:json|xml)\b"
    r"|application/(?:javascript|n-triples|n-quads|trig)\b"
)
OF_THE_BODY = {
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-disposition",
}


@lru_cache(1_000)
def choose(accept_encoding: str) -> str:
    """The coding that a client likes best (RFC 9110, 12.5.3); what is malformed is not offered.

    Without the header, or with an empty one, it is identity. One that the client insists on ends
    with `!`: even the smallest answer is to be coded. When it takes nothing we know, identity.

    >>> choose("gzip, br;q=0.5"), choose("gzip, deflate, br, zstd"), choose("*;q=0")
    ('gzip', 'zstd', 'identity')
    >>> choose("gzip;q=0.5, identity;q=0")
    'gzip!'
    """
    wanted: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        if found := OFFER.fullmatch(part.strip()):
            wanted[ALIASES.get(found[1], found[1])] = float(found[2] or 1)
    others = wanted.get("*", 0.0)
    best = max(CODERS, key=lambda name: wanted.get(name, others))
    if best not in wanted and "gzip" not in wanted:
        best = "gzip"  # who says `*` is likeliest to know the oldest
    liking = wanted.get(best, others)
    if not liking or wanted.get(IDENTITY, 0.0) > liking:
        return IDENTITY
    refused = wanted.get(IDENTITY, wanted.get("*", 1.0)) == 0
    return best + MUST if refused else best


def varied(reply: Reply) -> Reply:
    """The reply, saying that it depends on Accept-Encoding if it can be coded."""
    if not can_be_coded(reply) or "accept-encoding" in reply.header("vary").lower():
        return reply
    vary = ", ".join(filter(None, [reply.header("vary"), "Accept-Encoding"]))
    return changed(reply, {"Vary": vary})


def can_be_coded(reply: Reply) -> bool:
    """Whether it is a whole text that was made for this answer.

    A file that is the answer itself (a dump, a distribution) goes out as it is: it is one that
    was not spooled and does not vary by Accept-Encoding.
    """
    if reply.status != 200 or reply.header("content-encoding"):
        return False
    if reply.file and not reply.spooled and "accept-encoding" not in reply.header("vary").lower():
        return False
    return TEXT.match(reply.header("content-type").lower()) is not None


def worth(reply: Reply, coding: str = "") -> bool:
    """Whether `compress` would code it."""
    large = bool(reply.file) or len(reply.body) >= WORTH_IT or coding.endswith(MUST)
    return large and can_be_coded(reply)


def compress(reply: Reply, coding: str) -> Reply:
    """The reply in a coding that `choose` gave, or as it is when that is not worth it.

    A file is read piece by piece, and a large result is a new spooled file beside it; whoever
    has the reply given goes on having its file. When the disk is full it stays as it is.
    """
    reply = varied(reply)
    name = coding.removesuffix(MUST)
    if name == IDENTITY or not worth(reply, coding):
        return reply
    code, end = CODERS[name](-1 if reply.file else len(reply.body))
    headers = {"Content-Encoding": name, "Content-Length": ""}
    if tag := reply.header("etag"):
        headers["ETag"] = f'{tag[:-1]}-{name}"'
    if not reply.file:
        return changed(reply, headers, body=code(reply.body) + end())
    spool = Spool(most=1 << 62, folder=Path(reply.file).parent)
    try:
        with Path(reply.file).open("rb", buffering=0) as source:
            while chunk := source.read(CHUNK):
                spool.write(code(chunk))
        spool.write(end())
        spool.close()
    except (OSError, Busy):
        spool.discard()
        return reply
    return changed(reply, headers, body=spool.body, file=spool.file)


def changed(reply: Reply, headers: dict[str, str], body: bytes = b"", file: str = "") -> Reply:
    """A copy with other headers (an empty one goes) and, if there is one, another body."""
    lower = {name.lower() for name in headers}
    kept = [pair for pair in reply.headers if pair[0].lower() not in lower]
    new = [pair for pair in headers.items() if pair[1]]
    if body or file:
        return Reply(reply.status, kept + new, body, file, spooled=bool(file), rows=reply.rows)
    return replace(reply, headers=kept + new)


def unless_known(reply: Reply, if_none_match: str) -> Reply:
    """304 without a body when the client has this answer already, otherwise the reply itself."""
    known = matching(if_none_match, reply.header("etag"))
    if not known:
        return reply
    kept = [pair for pair in reply.headers if pair[0].lower() not in OF_THE_BODY | {"etag"}]
    return Reply(304, [*kept, ("ETag", known)])
