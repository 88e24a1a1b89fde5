"""What changed in the catalogue, as a stream of events: LDES, after the DCAT-AP Feeds of SEMIC.

Each activity (as:Create, as:Update, as:Delete) is the last thing that happened to one dataset; its
record is the named graph that has the activity's name. A page has the changes with a range of
numbers: changes that are outdated leave it, and none but the last page ever gets others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, partial
from hashlib import sha256

from flask import Blueprint, Response, render_template, request
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, serialize

from homegraph.endpoint.display import Shown, shown
from homegraph.endpoint.formats import GRAPHS, HTML, Format, by_suffix
from homegraph.endpoint.reply import alternate, as_graph, by_content, negotiated
from homegraph.endpoint.world import World
from homegraph.graph.changes import Change
from homegraph.graph.errors import AskError, NotFound
from homegraph.graph.record import Records
from homegraph.graph.terms import AS, DCT, LDES, PREFIXES, RDF, TREE, XSD

# First the one with named graphs that every client of such feeds has to read. In formats without
# named graphs the statements of all graphs stand together, as on a page of the catalogue.
FIRST = RdfFormat.TRIG
OFFERED = [*sorted(GRAPHS, key=lambda form: form.engine != FIRST), HTML]
NOTHING = "nothing is known here of when datasets came, changed or went"


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("feed", __name__)

    @cache
    def by_path() -> dict[str, Change]:
        return {path_of(one): one for one in world.changes.in_order}

    @routes.get("/feed", defaults={"suffix": ""})
    @routes.get("/feed.<suffix>")
    def feed(suffix: str) -> Response:
        form, number = of_suffix(suffix), page_asked()
        pages = paged(known(world))
        if number and number not in pages:
            raise NotFound(f"the feed has no page {number}")
        listed = pages[number or max(pages)]
        quads: Callable[[], Iterable[Quad]] = partial(root, world, pages)
        if number:
            quads = partial(numbered, world, number, listed)
        html = partial(page, world, listed, number or max(pages), sorted(pages, reverse=True))
        query = f"?page={number}" if number else ""
        return answer(form, "feed", query, quads, html, listed[-1].at)

    @routes.get("/feed/<moment>/<name>")
    def activity(moment: str, name: str) -> Response:
        path = f"feed/{moment}/{name}"
        path, form = by_suffix(path, OFFERED) or (path, None)
        change = by_path().get(path)
        if change is None:
            raise NotFound("there is no such change, or the dataset has changed since")
        quads, html = partial(members, world, [change]), partial(page, world, [change], 0, [])
        return answer(form or negotiated(OFFERED), path, "", quads, html, change.at)

    return routes


def known(world: World) -> list[Change]:
    """All changes, oldest first; raises NotFound where nothing is known."""
    if not world.changes.last:
        raise NotFound(NOTHING)
    return world.changes.in_order


def page_asked() -> int:
    """The page that is asked for, or 0 for the feed itself; raises AskError."""
    given = request.args.getlist("page")
    if not given:
        return 0
    said = "&page=".join(given)  # two of them are no number
    if not re.fullmatch("[1-9][0-9]{0,8}", said):
        raise AskError(f"page={said[:50]} is not a number from 1")
    return int(said)


def paged(changes: Iterable[Change]) -> dict[int, list[Change]]:
    """The changes by the page that each stands on."""
    pages: dict[int, list[Change]] = {}
    for change in changes:
        pages.setdefault(change.page, []).append(change)
    return dict(sorted(pages.items()))


def path_of(change: Change) -> str:
    """The path that names a change: of its time and its dataset, so it is never another's.

    >>> path_of(Change("http://example.org/d", "", "", "2026-11-22T10:00:00Z", 1))
    'feed/20261122T100000Z/47d509436903'
    """
    name = sha256(change.iri.encode()).hexdigest()[:12]
    return f"feed/{re.sub('[-:]', '', change.changed)}/{name}"


def of_suffix(suffix: str) -> Format:
    """The format that a suffix names, or that is asked for; raises NotFound for another suffix."""
    if not suffix:
        return negotiated(OFFERED)
    split = by_suffix(f"feed.{suffix}", OFFERED)
    if split is None:
        raise NotFound(f"/feed has no form .{suffix}")
    return split[1]


def answer(
    form: Format,
    path: str,
    query: str,
    quads: Callable[[], Iterable[Quad]],
    page: Callable[[list[tuple[str, str, str]]], str],
    newest: datetime,
) -> Response:
    """A document in one format; its ETag is that of its content."""
    stem = f"{request.script_root}/{path}"
    links = [(one.name, one.media_type, alternate(stem, one.suffix) + query) for one in OFFERED]
    body = page(links[:-1]) if form is HTML else as_quads(quads(), form)
    response = by_content(form, body, newest)
    for _, media_type, address in links:
        response.headers.add("Link", f'<{address}>; rel="alternate"; type="{media_type}"')
    return response


def stream(world: World) -> list[Quad]:
    """What is to be known of the stream to read any of its pages."""
    node = NamedNode(world.address("feed#stream"))
    words = Literal(f"Changes of the catalogue of {world.title}", language="en")
    return [
        Quad(node, RDF.type, LDES.EventStream),
        Quad(node, DCT.title, words),
        Quad(node, LDES.timestampPath, AS.published),
        Quad(node, LDES.versionOfPath, AS.object),
        Quad(node, LDES.versionCreateObject, AS.Create),
        Quad(node, LDES.versionUpdateObject, AS.Update),
        Quad(node, LDES.versionDeleteObject, AS.Delete),
        Quad(node, TREE.view, NamedNode(world.address("feed"))),
    ]


def root(world: World, pages: dict[int, list[Change]]) -> list[Quad]:
    """The root: how long changes are kept, and the pages with the range of times of each."""
    node = NamedNode(world.address("feed"))
    about, kept = NamedNode(f"{node.value}#view"), NamedNode(f"{node.value}#retention")
    one = Literal("1", datatype=XSD.integer)
    said = [
        *stream(world),
        Quad(node, RDF.type, TREE.Node),
        Quad(node, LDES.retentionPolicy, kept),
        Quad(node, TREE.viewDescription, about),
        Quad(about, RDF.type, LDES.EventSource),
        Quad(about, LDES.retentionPolicy, kept),
        Quad(kept, RDF.type, LDES.RetentionPolicy),
        Quad(kept, LDES.versionAmount, one),
        Quad(kept, RDF.type, LDES.LatestVersionSubset),
        Quad(kept, LDES.amount, one),
    ]
    for number, changes in pages.items():
        times = [one.changed for one in changes]
        bounds = [("from", TREE.GreaterThanOrEqualToRelation, min(times))]
        if number != max(pages):  # the last one still grows
            bounds.append(("until", TREE.LessThanOrEqualToRelation, max(times)))
        for word, kind, time in bounds:
            relation = NamedNode(f"{node.value}#{word}-{number}")
            said += [
                Quad(node, TREE.relation, relation),
                Quad(relation, RDF.type, kind),
                Quad(relation, TREE.node, NamedNode(f"{node.value}?page={number}")),
                Quad(relation, TREE.path, AS.published),
                Quad(relation, TREE.value, Literal(time, datatype=XSD.dateTime)),
            ]
    return said


def numbered(world: World, number: int, changes: Iterable[Change]) -> Iterator[Quad]:
    """A page: what it is, and the activities on it."""
    yield Quad(NamedNode(world.address(f"feed?page={number}")), RDF.type, TREE.Node)
    yield from members(world, changes)


def members(world: World, changes: Iterable[Change]) -> Iterator[Quad]:
    """Activities, each with the record of its dataset unless that is gone."""
    node, records = NamedNode(world.address("feed#stream")), Records(world.store)
    yield from stream(world)
    for change in changes:
        activity, dataset = NamedNode(world.address(path_of(change))), NamedNode(change.iri)
        yield Quad(node, TREE.member, activity)
        yield Quad(activity, RDF.type, kind_of(change))
        yield Quad(activity, AS.object, dataset)
        yield Quad(activity, AS.published, Literal(change.changed, datatype=XSD.dateTime))
        if not change.is_gone:
            for triple in records.of(dataset):
                yield Quad(triple.subject, triple.predicate, triple.object, activity)


def kind_of(change: Change) -> NamedNode:
    """The kind of activity that a change is."""
    if change.is_gone:
        return AS.Delete
    return AS.Create if change.is_new else AS.Update


def as_quads(quads: Iterable[Quad], form: Format) -> bytes:
    """Quads as text: the default graph first, each graph in one piece, always in one order."""
    written_out = {
        (quad.graph_name != DefaultGraph(), str(quad.graph_name), str(quad)): quad for quad in quads
    }
    keys = sorted(written_out)
    ordered, text = [written_out[key] for key in keys], "\n".join(key[2] for key in keys)
    assert isinstance(form.engine, RdfFormat)
    if not form.engine.supports_datasets:
        return as_graph([quad.triple for quad in ordered], form)
    prefixes = {prefix: iri for prefix, iri in PREFIXES.items() if iri in text}
    whole = serialize(ordered, format=form.engine, prefixes=prefixes)
    assert whole is not None  # no output was named
    return whole


WORDS = {AS.Create: "new", AS.Update: "changed", AS.Delete: "gone"}


def page(
    world: World,
    changes: Sequence[Change],
    number: int,
    numbers: Sequence[int],
    links: list[tuple[str, str, str]],
) -> str:
    """The same for people, newest first, with the way to the other pages."""
    rows = [
        (one.changed, WORDS[kind_of(one)], link(world, one), path_of(one))
        for one in reversed(changes)
    ]
    return render_template("feed.html", rows=rows, number=number, numbers=numbers, alternates=links)


def link(world: World, change: Change) -> Shown:
    """A dataset by its title, with the way to it if it is still here."""
    found = shown(world, NamedNode(change.iri), {change.iri: change.title or change.iri})
    return Shown(found.text) if change.is_gone else found
