"""`/sameas?uri=`: what a name is linked with, whichever of the two names is asked for.

Links are looked up in the release; nobody else is asked.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from urllib.parse import unquote, urlencode

import pyoxigraph
from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.display import labels, shown
from homegraph.endpoint.formats import GRAPHS, HTML, JSON, Format, by_suffix
from homegraph.endpoint.reply import alternate, as_graph, negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, NotFound
from homegraph.graph.linksets import shelf
from homegraph.graph.linksets.finding import page_of
from homegraph.graph.linksets.kinds import KINDS
from homegraph.graph.linksets.link import MATCHES, SAME, Kind, Triple
from homegraph.graph.linksets.shelf import COLUMNS, as_link
from homegraph.graph.linksets.targets import TARGETS, proper
from homegraph.graph.terms import FOAF

CSV = Format("CSV", "text/csv", ("csv",), None)
OFFERED: list[Format] = [JSON, CSV, *GRAPHS, HTML]
MOST = 1_000  # links of one name, and names of one thing
LINKING = sorted(
    {*MATCHES, *(one for kind in KINDS if not kind.adopted for one in kind.predicates)}, key=str
)
Rows = Mapping[Triple, tuple[Kind, Mapping[str, str]]]  # the set that a link is of, and its row


@dataclass(frozen=True)
class Link:
    """One link, and what the set that it is of says of it, if it is of one."""

    triple: Triple
    kind: Kind | None
    row: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """All that is known of a name: `same` are other names of the same thing."""

    iri: NamedNode
    links: list[Link]
    same: list[str]


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("sameas", __name__)

    @cache
    def known() -> Rows:
        """What the sets say of their links; of those by rule there is nothing to say of each."""
        if world.folder is None:
            return {}
        kinds = [kind for kind in KINDS if not kind.adopted]
        every = ((kind, row) for kind in kinds for row in shelf.rows(world.folder, kind.name))
        return {as_link(row): (kind, row) for kind, row in every}

    @routes.get("/sameas", defaults={"suffix": ""})
    @routes.get("/sameas.<suffix>")
    def sameas(suffix: str) -> Response:
        split = by_suffix(f"sameas.{suffix}", OFFERED) if suffix else None
        if suffix and split is None:
            raise NotFound(f"/sameas has no form .{suffix}")
        form = split[1] if split else negotiated(OFFERED)
        text = request.args.get("uri", "").strip()
        if not text:
            raise AskError("name what you ask about: /sameas?uri=")
        return answered(world, form, text, known)

    return routes


def answered(world: World, form: Format, text: str, known: Callable[[], Rows]) -> Response:
    """The answer in a format."""
    found = look_up(world, text, known())
    query = urlencode({"uri": text})
    links = [
        (row.name, row.media_type, alternate(f"{request.script_root}/sameas", row.suffix))
        for row in OFFERED
    ]
    links = [(name, media_type, f"{where}?{query}") for name, media_type, where in links]

    def make() -> bytes | str:
        if form is JSON:
            return as_json(world, text, found)
        if form is CSV:
            return as_csv(found)
        if form is HTML:
            return page(world, text, found, links[:-1])
        return as_graph(as_triples(found), form)

    response = reply(world, form, make, "sameas", text)
    for _, media_type, where in links:
        response.headers.add("Link", f'<{where}>; rel="alternate"; type="{media_type}"')
    return response


def look_up(world: World, text: str, known: Rows) -> Answer:
    """What a name is linked with; raises AskError for what is none, NotFound for one not known."""
    try:
        iri = NamedNode(meant(world, text))
    except ValueError as error:
        raise AskError(f"{text!r} is not an IRI: {error}") from error
    links = [link_of(triple, known) for triple in sorted(set(triples_of(world, iri, known)))]
    if not links and not things.known(world, iri):
        raise NotFound(help_with(iri.value))
    return Answer(iri, links, same_as(world, iri))


def help_with(iri: str) -> str:
    """That a name is not known, and what is the matter with it or where to look."""
    said = f"nothing is known by the name {iri}"
    target = next((one for one in TARGETS.values() if one.owns(iri)), None)
    if target is None:
        return f"{said}; /linksets lists whose names can be looked up"
    if not target.fits(iri):
        return f"{said}, and it is not written as the names of {target.title} are"
    return f"{said}; it is of {target.title}, and no link of /linksets leads there"


def meant(world: World, text: str) -> str:
    """The name that is asked for: that of the thing, when it is the address of our page on it."""
    page = page_of("", world.names)
    if text.startswith(page):
        return unquote(text.removeprefix(page))
    documents = world.base + "doc/"
    if text.startswith(documents):
        return f"{world.base}id/{text.removeprefix(documents)}"
    return proper(text)


def triples_of(world: World, iri: NamedNode, known: Rows) -> Iterator[Triple]:
    """The links from a name, those to it, and that from our page if we go by the name as well."""
    store = world.store
    for predicate in LINKING:
        ours: Iterable[pyoxigraph.Quad] = chain(
            store.quads_for_pattern(iri, predicate, None),
            store.quads_for_pattern(None, predicate, iri),
        )
        for quad in islice(ours, MOST):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                triple = Triple(quad.subject.value, predicate.value, quad.object.value)
                if predicate in MATCHES or triple in known or kind_of(triple):
                    yield triple
    if adopting(iri.value) and things.known(world, iri):
        page = page_of(iri.value, world.names)
        yield Triple(page, FOAF.primaryTopic.value, iri.value)


def adopting(iri: str) -> Kind | None:
    """The set of things that go by a publisher's own names, if this is such a name."""
    return next((kind for kind in KINDS if kind.adopted and kind.target.owns(iri)), None)


def kind_of(triple: Triple) -> Kind | None:
    """The set that a link is of."""
    if triple.predicate == FOAF.primaryTopic.value:
        return adopting(triple.object)
    return next((kind for kind in KINDS if kind.takes(triple)), None)


def link_of(triple: Triple, known: Rows) -> Link:
    """A link with what is said of it."""
    kind, row = known.get(triple, (kind_of(triple), {}))
    return Link(triple, kind, row)


def same_as(world: World, iri: NamedNode) -> list[str]:
    """The other names of the same thing, through however many links."""
    found, waiting = {iri}, [iri]
    while waiting and len(found) < MOST:
        here = waiting.pop()
        for predicate in SAME:
            forth = (q.object for q in world.store.quads_for_pattern(here, predicate, None))
            back = (q.subject for q in world.store.quads_for_pattern(None, predicate, here))
            for other in chain(forth, back):
                if isinstance(other, NamedNode) and other not in found:
                    found.add(other)
                    waiting.append(other)
    return sorted(one.value for one in found - {iri})


def cells(link: Link) -> list[str]:
    """A link in the columns of the files of link sets; empty where nobody says."""
    kind = link.kind
    told = (kind.method.value, f"{kind.score:g}") if kind else ("", "")
    source = kind.source if kind else ""
    return [*link.triple, *told, link.row.get("mapping_date", ""), source]


def as_json(world: World, text: str, found: Answer) -> str:
    """The answer for programs."""
    names = labels(world, [found.iri, *map(NamedNode, found.same)])
    said = {
        "asked": text,
        "uri": found.iri.value,
        "label": names.get(found.iri.value, ""),
        "same": [{"uri": one, "label": names.get(one, "")} for one in found.same],
        "links": [
            {
                **dict(zip(COLUMNS, cells(link), strict=True)),
                "confidence": link.kind.score if link.kind else None,
                "direction": direction(found, link),
                "set": link.kind.name if link.kind else "",
            }
            for link in found.links
        ],
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def direction(found: Answer, link: Link) -> str:
    """Whether a link leads from the name, or to it."""
    return "out" if link.triple.subject == found.iri.value else "in"


def as_csv(found: Answer) -> str:
    """The links as CSV (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "direction", "set"])
    for link in found.links:
        name = link.kind.name if link.kind else ""
        writer.writerow([*cells(link), direction(found, link), name])
    return out.getvalue()


def as_triples(found: Answer) -> list[pyoxigraph.Triple]:
    """The links as statements."""
    every = (link.triple for link in found.links)
    return [
        pyoxigraph.Triple(NamedNode(one.subject), NamedNode(one.predicate), NamedNode(one.object))
        for one in every
    ]


def page(world: World, text: str, found: Answer, links: list[tuple[str, str, str]]) -> str:
    """The answer for people."""
    terms = [found.iri, *map(NamedNode, found.same)]
    terms += [NamedNode(part) for link in found.links for part in link.triple]
    known = labels(world, terms)

    def look(iri: str) -> object:
        return shown(world, NamedNode(iri), known)

    rows = [(*map(look, link.triple), link.kind, link.row) for link in found.links]
    return render_template(
        "sameas.html",
        asked=text,
        thing=look(found.iri.value),
        same=[look(one) for one in found.same],
        links=rows,
        alternates=links,
    )
