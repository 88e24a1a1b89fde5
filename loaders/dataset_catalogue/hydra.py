"""Walks through a DCAT catalogue in RDF, page by page as Hydra says (hydra:next, hydra:nextPage).

ckanext-dcat gives hydra:next on a hydra:PartialCollectionView since its version 1.3, and gave
hydra:nextPage on a hydra:PagedCollection before; some say both, and some on a node of no type.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urljoin

from pyoxigraph import Literal, NamedNode

from homegraph.graph.errors import FetchFailed, SourceRejected
from homegraph.graph.fetch import Page, Walk
from homegraph.graph.terms import DCAT, HYDRA
from homegraph.graph.web import Got
from homegraph.loaders.dataset_catalogue.dcat import entries_of
from homegraph.loaders.dataset_catalogue.described import Document, Term, read_quads
from homegraph.loaders.dataset_catalogue.kinds import OTHER, PAGE, SYNTAXES, kind_of

ACCEPT = (
    "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, "
    "application/n-triples;q=0.7, application/json;q=0.5, text/xml;q=0.4, */*;q=0.2"
)
VIEWS = ((HYDRA.PartialCollectionView, HYDRA.next), (HYDRA.PagedCollection, HYDRA.nextPage))


def pages(first: Got, walk: Walk) -> Iterator[Page]:
    """All pages from the first one on; raises FetchFailed when one is not there, or not whole.

    The pages must bring something new each, and together what the catalogue says it has.
    """
    got, number = first, 1
    seen: set[Term] = set()
    total = 0
    while True:
        kind = syntax_of(got, walk)
        document = parsed(got, kind, walk)
        nodes = entries_of(document, document.typed(DCAT.Catalog))
        listed = document.valued(DCAT.dataset)
        new = ({*nodes, *listed}) - seen
        seen |= new
        total = max(total, stated(document))
        yield Page(f"dcat-{number:04}.{kind}", got.content, got.address, len(nodes), got.unchanged)
        following = next_of(document, got.address)
        if not following:
            break
        if not new:
            raise FetchFailed(
                f"{got.address}: page {number} has no dataset that was not on the pages before it, "
                "and names another page. Nothing was kept; tell the publisher."
            )
        got, number = walk.get(following), number + 1
    if len(seen) < total:
        raise FetchFailed(
            f"{first.address}: the catalogue says that it has {total} datasets and gave "
            f"{len(seen)} on {number} pages. Nothing was kept; try again, or tell the publisher."
        )


def syntax_of(got: Got, walk: Walk) -> str:
    """The syntax of a page by its content; raises FetchFailed for what is no RDF."""
    kind = kind_of(got.content)
    if kind in SYNTAXES:
        return kind
    what = {PAGE: "a web page for people", OTHER: "no RDF that is known here"}.get(kind, kind)
    walk.refuse(
        got.address,
        f"this is {what}, where a catalogue in Turtle, RDF/XML, JSON-LD or N-Triples should be. "
        "Give the address of the catalogue itself, such as .../catalog.ttl.",
    )


def parsed(got: Got, kind: str, walk: Walk) -> Document:
    """What a page says; raises FetchFailed for one that is cut off or broken."""
    try:
        return Document(read_quads(got.content, kind, got.address, got.address))
    except SourceRejected as error:
        [finding] = error.findings
        line = f" at line {finding.row}" if finding.row else ""
        walk.refuse(got.address, f"{finding.problem}{line}. {finding.remedy}")


def stated(document: Document) -> int:
    """How many things the catalogue says that it has; 0 when it does not say."""
    texts = [one.value for one in document.valued(HYDRA.totalItems) if isinstance(one, Literal)]
    return max((int(text) for text in texts if text.isascii() and text.isdigit()), default=0)


def next_of(document: Document, here: str) -> str:
    """The address of the next page; nothing on the last one."""
    found = [
        value
        for kind, way in VIEWS
        for view in document.typed(kind)
        for value in document.values(view, way)
    ]
    found += document.in_order(document.valued(HYDRA.next, HYDRA.nextPage))
    for value in found:
        if isinstance(value, (NamedNode, Literal)) and value.value.strip():
            with suppress(ValueError):  # the walk tells of what is no address
                return urljoin(here, value.value.strip())
            return value.value
    return ""
