"""From the path of a request to the name it asks about.

The names in the store keep their percent-encoding, and servers differ in what they hand on:
some give the path as it was sent, some only decoded.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from urllib.parse import unquote

from flask import request
from pyoxigraph import NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.formats import Format, by_suffix
from homegraph.endpoint.world import World
from homegraph.graph.errors import NotFound
from homegraph.graph.iri import encoded

# A slash inside a key is looked for in at most this many segments.
MOST_SEGMENTS = 8


def key() -> str:
    """The path of this request behind its first segment (/doc/incident/1 gives incident/1)."""
    raw = raw_path() or "/".join(encoded(part) for part in request.path.split("/"))
    return raw.removeprefix(request.script_root).lstrip("/").partition("/")[2]


def raw_path() -> str:
    """The path as the client sent it, if the server in front of us tells."""
    sent = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if "://" in sent.partition("?")[0]:  # absolute form (RFC 9112, 3.2.2)
        sent = "/" + sent.partition("://")[2].partition("/")[2]
    path = sent.partition("?")[0]
    return path if path.isascii() else ""  # not as it was sent: an address is ASCII


def spellings(path: str) -> Iterator[str]:
    """The ways in which the store may spell a path: as it is, as we encode, with slashes encoded.

    >>> list(spellings("a/b%2dc/d"))
    ['a/b%2dc/d', 'a/b-c/d', 'a/b-c%2Fd']
    """
    yield path
    parts = [encoded(unquote(part)) for part in path.split("/")]
    if (ours := "/".join(parts)) != path:
        yield ours
    if 2 < len(parts) <= MOST_SEGMENTS:
        all_joints = product("/", *[("/", "%2F")] * (len(parts) - 2))
        next(all_joints)  # no slash encoded: that was the one before
        for joints in all_joints:
            pairs = zip(joints, parts[1:], strict=True)
            yield parts[0] + "".join(joint + part for joint, part in pairs)


def find(
    world: World, stem: str, path: str, offered: list[Format]
) -> tuple[NamedNode, str, Format | None]:
    """The name a path asks about, the path without suffix, and the format of the suffix.

    A key may itself end in a dot and letters, so the whole path is tried first. Raises NotFound
    when the store knows no such name.
    """
    whole = named(world, stem, path)
    if whole is not None:
        return whole, path, None
    split = by_suffix(path, offered)
    if split is not None:
        found = named(world, stem, split[0])
        if found is not None:
            return found, *split
    raise NotFound(f"nothing is known by the name {stem}{path}")


def named(world: World, stem: str, path: str) -> NamedNode | None:
    """The name in the store that a path spells."""
    for spelling in spellings(path):
        try:
            iri = NamedNode(stem + spelling)
        except ValueError:
            continue
        if any(things.known(world, one) for one in things.spelt(iri)):
            return iri
    return None
