"""Every answer on its way out: validators, caching, alternatives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, request
from pyoxigraph import RdfFormat, Triple, serialize

from homegraph.endpoint.formats import GRAPHS, HTML, Format, preferred
from homegraph.endpoint.markup import exact
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.world import World
from homegraph.graph.terms import PREFIXES

if TYPE_CHECKING:
    from hashlib import _Hash as HASH

POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
# What every reply says: anyone's page may read it, without credentials.
EVERYONE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Allow, Content-Location, ETag, Homegraph-Engine, Ignored-Parameters, Link, Location, "
        "Retry-After"
    ),
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
# What the reply to OPTIONS says besides (Fetch, 3.3.3).
ASKING = {
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}
ALWAYS = [("Vary", "Accept, Accept-Encoding"), *EVERYONE.items()]
# Who sends the answer on may compress it; each coding has an ETag of its own.
CODINGS = ("zstd", "br", "gzip")
TAG = re.compile(r'(?:W/)?("[^"]*")')
SUFFIX = re.compile(rf'-(?:{"|".join(CODINGS)})"$')
# How much of parameters that nobody took notice of is repeated.
MOST_NAMES, LONGEST_NAME = 10, 50
# A release never changes, but the server may move on to another.
FRESH = "public, max-age=60, must-revalidate"


@cache
def our_own_revision() -> str:
    """A digest of the endpoint's own files: another version may write the same data otherwise."""
    here = Path(__file__).parent
    files = sorted(path for path in here.rglob("*") if path.suffix in {".py", ".html", ".ttl"})
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def reply(
    world: World,
    form: Format,
    make: Callable[[], bytes | str],
    *key: str,
    lasts: bool = True,
) -> Response:
    """Answer in a format, or with 304 when the client has this answer already.

    `key` says which answer it is; `make` is only called when the answer is needed. An answer
    that does not last (NOW, RAND) has no validator and is not kept.
    """
    if not lasts:
        return Response(
            make(),
            content_type=form.content_type,
            headers={"Vary": "Accept", "Cache-Control": "no-store"},
        )
    tag = f'"{tag_of(world, form, request.script_root, *key)}"'
    known = matching(request.headers.get("If-None-Match", ""), tag)
    response = Response(status=304) if known else Response(make(), content_type=form.content_type)
    response.headers["ETag"] = known or tag
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.headers["Cache-Control"] = FRESH
    return response


def by_content(
    form: Format, body: bytes | str, changed: datetime | None = None, content_type: str = ""
) -> Response:
    """Answer with what was made, or with 304 when the client has the same: from whichever release.

    The validator is a digest of the body, so a release that changes nothing here costs those who
    come again nothing. `changed` is for people to read: conditions go by ETag alone.
    """
    whole = body.encode() if isinstance(body, str) else body
    tag = f'"{sha256(form.media_type.encode() + whole).hexdigest()[:32]}"'
    known = matching(request.headers.get("If-None-Match", ""), tag)
    content_type = content_type or form.content_type
    response = Response(status=304) if known else Response(whole, content_type=content_type)
    response.headers["ETag"] = known or tag
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.headers["Cache-Control"] = FRESH
    if changed is not None:
        response.last_modified = changed
    return response


def validated(
    world: World,
    sent: Request,
    form: Format,
    *key: str,
    lasts: bool = True,
    ignored: Sequence[str] = (),
) -> Reply:
    """The beginning of a reply of data: whole when it is 304, without its body when it is 200.

    `key`, `lasts` as for `reply`; `ignored` are parameters that nobody took notice of.
    """
    headers = [("Content-Type", form.content_type), *ALWAYS]
    if ignored:
        some = ", ".join(json.dumps(name[:LONGEST_NAME]) for name in ignored[:MOST_NAMES])
        headers.append(("Ignored-Parameters", some))
    if not lasts:
        return Reply(200, [*headers, ("Cache-Control", "no-store")])
    tag = f'"{tag_of(world, form, *key)}"'
    given = sent.headers.get("if-none-match", "") if sent.method != "POST" else ""
    known = matching(given, tag)
    headers += [("ETag", known or tag), ("Cache-Control", FRESH)]
    return Reply(304 if known else 200, headers)


def tag_of(world: World, form: Format, *key: str) -> str:
    """The validator of an answer: the same for the same release, version of ours, key and form."""
    seed = seeded(world.revision).copy()
    seed.update(repr((form.media_type, key)).encode())
    return seed.hexdigest()[:32]


@lru_cache(maxsize=8)
def seeded(revision: str) -> HASH:
    """What all validators of a release begin with."""
    return sha256(f"{revision}\0{our_own_revision()}\0".encode())


def matching(if_none_match: str, etag: str) -> str:
    """The client's own ETag for this answer, in whatever coding it has it, or nothing.

    Compared weakly, as If-None-Match is (RFC 9110, 13.1.2); `*` stands for the answer's.

    >>> matching('"other", W/"tag-br"', '"tag"'), matching('"tag"', '"another"')
    ('"tag-br"', '')
    >>> matching('"tag-br"', 'W/"tag"')
    'W/"tag-br"'
    """
    if not etag or not if_none_match:
        return ""
    if if_none_match.strip() == "*":
        return etag
    weak = "W/" if etag.startswith("W/") else ""
    plain = SUFFIX.sub('"', etag.removeprefix(weak))
    for tag in TAG.findall(if_none_match):
        if SUFFIX.sub('"', tag) == plain:
            return f"{weak}{tag}"
    return ""


def negotiated(offered: Sequence[Format]) -> Format:
    """The format that `format=` or the Accept header asks for; raises NotAcceptable."""
    word = request.args.get("format") or None
    return preferred(request.headers.get("Accept", ""), tuple(offered), word)


def document(form: Format | None) -> Format:
    """The format of a document that is a page and a graph: by suffix, or negotiated.

    Turtle where the client has no preference, so that harvesters get data.
    """
    return form if form is not None else negotiated([*GRAPHS, HTML])


def as_graph(triples: Sequence[Triple], form: Format) -> bytes:
    """Statements as text, sorted, so that the same statements give the same bytes."""
    written_out = {str(triple): triple for triple in triples}
    lines = sorted(written_out)
    ordered, text = [written_out[line] for line in lines], "\n".join(lines)
    prefixes = {prefix: iri for prefix, iri in PREFIXES.items() if iri in text}
    assert isinstance(form.engine, RdfFormat)
    written = serialize(ordered, format=form.engine, prefixes=prefixes)
    assert written is not None  # no output was named
    return exact(written) if form.engine == RdfFormat.RDF_XML else written


def alternates(response: Response, path: str, dotted: bool = True) -> Response:
    """Name the other formats of a document in Link headers (RFC 8288)."""
    response.headers.extend(
        (
            "Link",
            f'<{alternate(path, row.suffix, dotted)}>; rel="alternate"; type="{row.media_type}"',
        )
        for row in (*GRAPHS, HTML)
    )
    return response


def alternate(path: str, suffix: str, dotted: bool = True) -> str:
    """The address of a document in one format: by suffix, or by parameter."""
    if dotted:
        return f"{path}.{suffix}"
    return f"{path}{'&' if '?' in path else '?'}format={suffix}"
