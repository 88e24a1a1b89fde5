"""The catalogue as DCAT, page by page, as harvesters read it and as people do.

Each page stands by itself: the catalogue, some of its datasets with all that their records say, and
where the next page is. It says so in the words that Hydra has and in those it had, because
harvesters know either. The validator of a page is a digest of what it says, so that coming again
costs nothing after a release that changed nothing on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from pyoxigraph import Literal, NamedNode, Quad, Triple

from homegraph.endpoint import things
from homegraph.endpoint.description import number as count_of
from homegraph.endpoint.display import Shown, labels, shown
from homegraph.endpoint.formats import GRAPHS, HTML, Format, by_suffix
from homegraph.endpoint.reply import as_graph, by_content, document
from homegraph.endpoint.world import World
from homegraph.graph.changes import as_time
from homegraph.graph.errors import AskError, NotFound
from homegraph.graph.record import Records, as_said
from homegraph.graph.terms import DCAT, DCT, FOAF, HYDRA, RDF, SPDX

PER_PAGE = 100
MOST_WORDS = 8  # of a search; more do not make it narrower
LONGEST = 200  # characters of a search
NUMBER = re.compile("[1-9][0-9]{0,8}", re.ASCII)
# What a view says of each other page, for clients of Hydra and for those of before.
LEADS = {
    "first": (HYDRA.first, HYDRA.firstPage),
    "prev": (HYDRA.previous, HYDRA.previousPage),
    "next": (HYDRA.next, HYDRA.nextPage),
    "last": (HYDRA.last, HYDRA.lastPage),
}


@dataclass(frozen=True)
class Page:
    """One page of the datasets of a catalogue, or of those that a search found."""

    every: Sequence[NamedNode]
    number: int
    wanted: str = ""

    @property
    def last(self) -> int:
        """The number of the last page; the first where there is nothing."""
        return max(1, -(-len(self.every) // PER_PAGE))

    @property
    def datasets(self) -> Sequence[NamedNode]:
        """What stands on this page."""
        return self.every[(self.number - 1) * PER_PAGE : self.number * PER_PAGE]

    @property
    def others(self) -> dict[str, int]:
        """The pages that this one leads to, by relation (RFC 8288)."""
        near = {"prev": self.number - 1, "next": self.number + 1}
        found = {name: page for name, page in near.items() if 1 <= page <= self.last}
        return {"first": 1, **found, "last": self.last}

    @property
    def plainly(self) -> str:
        """What follows the path in the address of this page; nothing for the first of all."""
        return self.query(self.number) if self.number > 1 or self.wanted else ""

    def query(self, number: int) -> str:
        """What follows the path in the address of a page of the same."""
        wanted = {"q": self.wanted} if self.wanted else {}
        return "?" + urlencode({**wanted, "page": number})


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("catalogue", __name__)

    @cache
    def head(of_first: bool) -> list[Triple]:
        return Records(world.store).head(world.catalogue, of_first)

    @cache
    def membership() -> datetime | None:
        """When a dataset last came or went, which changes how many there are on every page."""
        every = world.changes.last.values()
        times = [one.changed if one.is_gone else one.created for one in every]
        return as_time(max(times)) if times else None

    @routes.get("/catalog", defaults={"suffix": ""})
    @routes.get("/catalog.<suffix>")
    def catalogue(suffix: str) -> Response:
        if not world.has_catalogue:
            raise NotFound("there is no catalogue in this store")
        form, page = document(of_suffix("catalog", suffix)), asked_page(world)
        suffix = suffix or chosen(form)
        path = f"catalog.{suffix}" if suffix else "catalog"
        if form is HTML:
            body: bytes | str = page_for_people(world, page, path)
        else:
            said = said_on(world, page, world.address(path))
            body = as_graph([*head(page.number == 1), *said], form)
        changed = latest([membership(), changed_at(world, page.datasets)])
        content_type = form.media_type + "; charset=utf-8"
        response = by_content(form, body, changed, content_type)
        return linked(response, page, path)

    return routes


def of_suffix(stem: str, suffix: str) -> Format | None:
    """The format a suffix names; raises NotFound for another suffix."""
    if not suffix:
        return None
    found = by_suffix(f"{stem}.{suffix}", [*GRAPHS, HTML])
    if found is None:
        raise NotFound(f"/{stem} has no form .{suffix}")
    return found[1]


def asked_page(world: World) -> Page:
    """The page that is asked for; raises AskError for no number, NotFound behind the last."""
    # Two pages in one address are no number: a client that adds its own would never get further.
    said = "&page=".join(request.args.getlist("page") or ["1"])
    wanted = request.args.get("q", "").strip()
    if not NUMBER.fullmatch(said):
        raise AskError(f"page={said[:LONGEST]} is not the number of a page: 1 is the first")
    if len(wanted) > LONGEST:
        raise AskError(f"q has {len(wanted)} characters; {LONGEST} are enough for a search")
    page = Page(search(world, wanted) if wanted else world.datasets, int(said), wanted)
    if page.number > page.last:
        raise NotFound(f"there is no page {page.number} of the catalogue: the last is {page.last}")
    return page


def search(world: World, wanted: str) -> list[NamedNode]:
    """The datasets that have all words in their titles, descriptions or keywords, by IRI."""
    words = dict.fromkeys(wanted.lower().split()[:MOST_WORDS])
    texts = f"{DCT.title}|{DCT.description}|{DCAT.keyword}"
    has = "".join(
        f" FILTER EXISTS {{ ?dataset {texts} ?text{place}"
        f" FILTER(CONTAINS(LCASE(STR(?text{place})), {Literal(word)})) }}"
        for place, word in enumerate(words)
    )
    query = f"SELECT ?dataset {{ {world.catalogue} {DCAT.dataset} ?dataset{has} }}"
    rows: Any = world.store.query(query, use_default_graph_as_union=True)
    found = {row["dataset"] for row in rows}
    named = (one for one in found if isinstance(one, NamedNode))
    return sorted(named, key=lambda one: one.value)


def chosen(form: Format) -> str:
    """The suffix of a format that is named by a parameter; nothing when it was negotiated.

    A client that chose the format by the address is led on in it: some guess the format of all
    pages from the address of the first.
    """
    return form.suffix if "format" in request.args else ""


def linked(response: Response, page: Page, path: str) -> Response:
    """Name the other pages, and the other forms of this one (RFC 8288)."""
    here = f"{request.script_root}/"
    for relation, number in page.others.items():
        response.headers.add("Link", f'<{here}{path}{page.query(number)}>; rel="{relation}"')
    for row in (*GRAPHS, HTML):
        other = f"{here}catalog.{row.suffix}{page.plainly}"
        response.headers.add("Link", f'<{other}>; rel="alternate"; type="{row.media_type}"')
    return response


def changed_at(world: World, datasets: Iterable[NamedNode]) -> datetime | None:
    """When the record of any of some datasets last changed, if that is known."""
    found = map(world.changes.of, datasets)
    return latest(one.at if one and not one.is_gone else None for one in found)


def latest(times: Iterable[datetime | None]) -> datetime | None:
    """The last of those times that are known."""
    return max(filter(None, times), default=None)


def said_on(world: World, page: Page, address: str) -> list[Triple]:
    """The statements of a page but for the catalogue's own: its datasets, and the way on."""
    # Values are read once for a page, and not kept: a large catalogue has very many.
    records = Records(world.store)
    said = dict.fromkeys(view(page, address))
    for dataset in page.datasets:
        said.update(dict.fromkeys(listing(world, dataset)))
        said.update(dict.fromkeys(without_checksums(records.of(dataset))))
    return list(said)


def without_checksums(record: Sequence[Triple]) -> Iterator[Triple]:
    """A record but for its checksums, which stand in the dataset's own document.

    DCAT-AP wants them typed xsd:hexBinary. Clients of rdflib read bytes then, and udata, which
    expects a text, refuses every dataset that has one (17.18).
    """
    of_sums = {SPDX.checksum, SPDX.algorithm}
    left_out = {one.object for one in record if one.predicate in of_sums}
    for one in record:
        if one.subject not in left_out and one.object not in left_out:
            yield one


def listing(world: World, dataset: NamedNode) -> Iterator[Triple]:
    """What the catalogue says of having a dataset: itself, by its records, and by its services."""
    yield Triple(world.catalogue, DCAT.dataset, dataset)
    quads: Iterable[Quad] = world.store.quads_for_pattern(None, DCAT.servesDataset, dataset)
    yield from (quad.triple for quad in quads)
    quads = world.store.quads_for_pattern(None, FOAF.primaryTopic, dataset)
    for record in {quad.subject for quad in quads}:
        pattern = world.catalogue, DCAT.record, record
        yield from (quad.triple for quad in world.store.quads_for_pattern(*pattern))


def view(page: Page, address: str) -> Iterator[Triple]:
    """What a page says of itself."""
    node = NamedNode(address + page.query(page.number))
    yield Triple(node, RDF.type, HYDRA.PartialCollectionView)
    yield Triple(node, RDF.type, HYDRA.PagedCollection)
    yield Triple(node, HYDRA.totalItems, count_of(len(page.every)))
    yield Triple(node, HYDRA.itemsPerPage, count_of(PER_PAGE))
    for relation, number in page.others.items():
        for predicate in LEADS[relation]:
            yield Triple(node, predicate, NamedNode(address + page.query(number)))


def with_records(world: World, said: Iterable[Triple], nodes: Iterable[NamedNode]) -> list[Triple]:
    """Statements, with the records of those datasets among some things that the catalogue lists."""
    found = dict.fromkeys(map(as_said, said))
    records = Records(world.store)
    for node in nodes:
        pattern = world.catalogue, DCAT.dataset, node
        if next(world.store.quads_for_pattern(*pattern), None) is not None:
            found.update(dict.fromkeys(records.of(node)))
    return list(found)


def page_for_people(world: World, page: Page, path: str) -> str:
    """A page with a box to search in, and links to the others."""
    root = request.script_root
    return render_template(
        "catalogue.html",
        page=page,
        datasets=rows(world, page.datasets),
        others={name: f"{root}/{path}{page.query(n)}" for name, n in page.others.items()},
        alternates=[
            (row.name, row.media_type, f"{root}/catalog.{row.suffix}{page.plainly}")
            for row in GRAPHS
        ],
        longest=LONGEST,
        first_shown=(page.number - 1) * PER_PAGE + 1,
    )


def rows(
    world: World, datasets: Sequence[NamedNode]
) -> list[tuple[Shown, str, int, int | None, list[Shown]]]:
    """Datasets by title, with description, number of distributions and of records, publisher."""
    publishers = {one: things.values(world, one, DCT.publisher) for one in datasets}
    known = labels(world, [*datasets, *(who for some in publishers.values() for who in some)])
    found = []
    for dataset in datasets:
        about = world.store.quads_for_pattern(dataset, DCT.description, None)
        texts = [quad.object.value for quad in about if isinstance(quad.object, Literal)]
        count = sum(1 for _ in world.store.quads_for_pattern(dataset, DCAT.distribution, None))
        records = world.records.get(dataset.value)
        by = [shown(world, who, known) for who in publishers[dataset]]
        found.append((shown(world, dataset, known), min(texts, default=""), count, records, by))
    return sorted(found, key=lambda row: (row[0].text.lower(), row[0].iri))
