"""From the address of another department's catalogue to the answers that hold all of it.

What kind of catalogue it is follows from what it answers; it can also be said, before the
address (`oai-pmh+https://...`) or by the option of `homegraph fetch`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from homegraph.graph import ckan_pages
from homegraph.graph.errors import FetchFailed
from homegraph.graph.fetch import Page, Walk, stem
from homegraph.graph.web import Web
from homegraph.loaders.dataset_catalogue import hydra, oai_pages
from homegraph.loaders.dataset_catalogue.kinds import (
    DATA_JSON,
    OAI,
    PAGE,
    SYNTAXES,
    kind_of,
    without_mark,
)

CKAN, DCAT = "ckan", "dcat"
KINDS = (CKAN, DCAT, DATA_JSON, OAI)
SAID = re.compile(rf"(?i)({'|'.join(map(re.escape, KINDS))})\+(?=https?:)")
CKAN_PATHS = ("/", "/api", "/api/3", ckan_pages.API)


def fetch(address: str, web: Web) -> Iterator[tuple[str, bytes]]:
    """What an address stands for: a file, or every dataset and publisher of a live catalogue."""
    for page in walked(address, web):
        yield page.name, page.content


def pages(address: str, web: Web, kind: str = "") -> Iterator[Page]:
    """The same as pages, whose names tell the catalogues of several hosts apart.

    Raises FetchFailed when any page is not there, not whole, or of another kind than it should be.
    """
    start = stem(bare(address)[1])
    for page in walked(address, web, kind):
        is_file = page.records == 0 and page.name == name_of(address)
        yield page if is_file else replace(page, name=f"{start}-{page.name}")


def bare(address: str) -> tuple[str, str]:
    """The kind that is said before an address, if any, and the address."""
    said = SAID.match(address)
    return (said[1].casefold(), address[said.end() :]) if said else ("", address)


def walked(address: str, web: Web, kind: str = "") -> Iterator[Page]:
    """The pages of a catalogue of the kind that is said, or that its first answer is of."""
    before, address = bare(address)
    kind = kind or before
    if "@" in urlsplit(address).netloc:
        raise FetchFailed(
            "the address holds a name or password, and addresses of sources are published. "
            "Give an address that everybody may open."
        )
    if kind == CKAN:
        yield from ckan_pages.pages(address, web)
    elif kind == OAI:
        yield from oai_pages.pages(address, web)
    elif kind:
        yield from answered(address, web, kind)
    elif not urlsplit(address).path or urlsplit(address).path.endswith(CKAN_PATHS):
        yield from ckan_or_other(address, web)
    else:
        yield from answered(address, web, "")


def ckan_or_other(address: str, web: Web) -> Iterator[Page]:
    """What stands at the address of a site: as a rule a CKAN, else a catalogue of another kind."""
    answers = ckan_pages.pages(address, web)
    try:
        first = next(answers)
    except FetchFailed as error:
        if error.answered not in ckan_pages.NO_SEARCH:
            raise
        try:
            others = answered(address, web, "")
            first = next(others)
        except FetchFailed:
            raise error from None
        if not first.records:
            raise
        answers = others
    yield first
    yield from answers


def answered(address: str, web: Web, kind: str) -> Iterator[Page]:
    """What an address answers: a catalogue with pages, or one file as it is."""
    walk = Walk(web, hydra.ACCEPT)
    got = walk.get(address)
    content = unpacked(got.content, walk, got.address)
    found = kind_of(content)
    if problem := broken_json(content):
        walk.refuse(address, f"this is no whole JSON: {problem}. Try again, or tell the publisher.")
    if found == PAGE or (kind == DATA_JSON and found != DATA_JSON):
        what = "a web page for people" if found == PAGE else "no data.json"
        walk.refuse(address, f"this is {what}. Give the address of the catalogue itself.")
    if kind == DCAT or found in SYNTAXES:
        yield from hydra.pages(replace(got, content=content), walk)
    elif found == OAI:
        yield from oai_pages.pages(address, web)
    elif found == DATA_JSON:
        said = json.loads(without_mark(content))
        count = len(said["dataset"] if isinstance(said, dict) else said)
        yield Page(DATA_JSON, content, got.address, count, got.unchanged)
    else:
        yield Page(name_of(address), got.content, got.address, 0, got.unchanged)


def broken_json(content: bytes) -> str:
    """What is wrong with JSON that ends too early; nothing for one record a line, or other text."""
    content = without_mark(content)
    if content.lstrip()[:1] not in (b"{", b"["):
        return ""
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return "" if error.msg == "Extra data" else f"{error.msg} at line {error.lineno}"
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""


def name_of(address: str) -> str:
    """What the file at an address is called."""
    return urlsplit(address).path.rsplit("/", 1)[-1]


def unpacked(content: bytes, walk: Walk, address: str) -> bytes:
    """A file without its gzip, of which a reader could not tell the kind."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        found = stream.decompress(content, walk.web.most_bytes)
    except zlib.error as error:
        walk.refuse(address, f"the gzip is broken: {error}. Try again, or tell the publisher.")
    if not stream.eof:
        walk.refuse(address, "the gzip is cut off, or too large. Try again, or tell the publisher.")
    return found
