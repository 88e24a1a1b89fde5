"""Which addresses of link sets are asked whether they answer: all of a small set, some of a large.

Nobody asks during a request or a build: `homegraph reach` does, and the next build reads what it
was told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from hashlib import sha256
from pathlib import Path

from homegraph.graph.iri import VOCABULARY, WEB_ADDRESS
from homegraph.graph.linksets import shelf
from homegraph.graph.linksets.checks import FIRST, file_of
from homegraph.graph.linksets.link import LinkSet

ASKED = 60  # of one set: by the digest of the address, so that they are the same every time


def of_set(links: LinkSet) -> list[str]:
    """The addresses of a set that are asked."""
    return some(one.object for one in links.links)


def of_release(release: Path) -> set[str]:
    """The addresses of all sets of a release that are asked."""
    return {
        one
        for entry in shelf.read(release).entries
        for one in some(row["object_id"] for row in shelf.rows(release, entry.name))
    }


def rows_of(release: Path, addresses: Collection[str]) -> dict[str, list[str]]:
    """In which rows of which files the link sets of a release lead to some addresses."""
    found: dict[str, list[str]] = {}
    for entry in shelf.read(release).entries if addresses else ():
        for number, row in enumerate(shelf.rows(release, entry.name), start=FIRST):
            if row["object_id"] in addresses:
                where = f"{file_of(entry.name)}: row {number}"
                found.setdefault(row["object_id"], []).append(where)
    return found


def some(addresses: Iterable[str]) -> list[str]:
    """So many of the addresses of others, in the order of their digests."""
    every = {one for one in addresses if WEB_ADDRESS.match(one) and not one.startswith(VOCABULARY)}
    return sorted(every, key=lambda one: sha256(one.encode()).digest())[:ASKED]
