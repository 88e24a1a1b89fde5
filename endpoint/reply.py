"""Every answer on its way out: validators, caching, alternatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Response, request
from pyoxigraph import RdfFormat, Triple, serialize

from homegraph.endpoint.compress import matching
from homegraph.endpoint.display import PREFIXES
from homegraph.endpoint.formats import GRAPHS, HTML, Format, choose
from homegraph.endpoint.world import World

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
    seed = "\0".join([world.revision, our_own_revision(), request.script_root, *key])
    tag = sha256(f"{seed}\0{form.media_type}".encode()).hexdigest()[:32]
    known = matching(tag)
    response = Response(status=304) if known else Response(make(), content_type=form.content_type)
    response.set_etag(known or tag)
    response.headers["Vary"] = "Accept, Accept-Encoding"
    response.headers["Cache-Control"] = FRESH
    return response


def negotiated(offered: Sequence[Format]) -> Format:
    """The format that `format=` or the Accept header asks for; raises NotAcceptable."""
    return choose(request.accept_mimetypes, offered, request.args.get("format"))


def document(form: Format | None) -> Format:
    """The format of a document that is a page and a graph: by suffix, or negotiated.

    Turtle where the client has no preference, so that harvesters get data.
    """
    return form if form is not None else negotiated([*GRAPHS, HTML])


def as_graph(triples: Sequence[Triple], form: Format) -> bytes:
    """Statements as text, sorted, so that the same statements give the same bytes."""
    ordered = sorted(set(triples), key=str)
    prefixes = {p: iri for p, iri in PREFIXES.items() if any(iri in str(t) for t in ordered)}
    assert isinstance(form.engine, RdfFormat)
    written = serialize(ordered, format=form.engine, prefixes=prefixes)
    assert written is not None  # no output was named
    return written


def alternates(response: Response, path: str, dotted: bool = True) -> Response:
    """Name the other formats of a document in Link headers (RFC 8288)."""
    for form in (*GRAPHS, HTML):
        address = alternate(path, form.suffix, dotted)
        response.headers.add("Link", f'<{address}>; rel="alternate"; type="{form.media_type}"')
    return response


def alternate(path: str, suffix: str, dotted: bool = True) -> str:
    """The address of a document in one format: by suffix, or by parameter."""
    if dotted:
        return f"{path}.{suffix}"
    return f"{path}{'&' if '?' in path else '?'}format={suffix}"
