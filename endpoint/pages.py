"""One page for one thing, in every format: /id/ leads to /doc/; /data/ and /def/ answer themselves.

UKGovLD URI patterns: a thing is not its description, so /id/ answers 303.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from pyoxigraph import BlankNode, NamedNode, Triple

from homegraph.endpoint import things
from homegraph.endpoint.addresses import find, key
from homegraph.endpoint.cubes import cube_page, slice_sheet
from homegraph.endpoint.datasets.facts import facts_of
from homegraph.endpoint.display import Later, Shown, Term, here, labels, link, shown
from homegraph.endpoint.figures import figures_of
from homegraph.endpoint.formats import GRAPHS, HTML, Format
from homegraph.endpoint.harvest import schema_org
from homegraph.endpoint.harvest.catalogue import changed_at, with_records
from homegraph.endpoint.observations import observation_page
from homegraph.endpoint.periods import in_words
from homegraph.endpoint.readiness import make_ready
from homegraph.endpoint.reply import (
    alternate,
    alternates,
    as_graph,
    by_content,
    document,
    negotiated,
    reply,
)
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, NotFound
from homegraph.graph.iri import VOCABULARY
from homegraph.graph.terms import DCAT, DCT, DQV, FOAF, PROV, QB, RDF, RDFS, SKOS, VOID

OFFERED: list[Format] = [*GRAPHS, HTML]
VALUES_SHOWN = 100
# A cube may have thousands of them, and so may a catalogue.
LISTS = (QB.slice, QB.observation, DCAT.dataset, DCAT.record, DCAT.servesDataset)
Said = Mapping[Term, Sequence[Triple]]
ABOUT = [DCT.description, SKOS.definition, RDFS.comment]


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("pages", __name__)
    routes.add_app_template_filter(in_words, "in_words")
    routes.add_app_template_filter(link, "link")
    routes.record_once(lambda state: make_ready(state.app, world))

    @routes.get("/id/<path:_>")
    def thing(_: str) -> Response:
        path, form = find(world, world.base + "id/", key(), OFFERED)[1:]
        address = f"{request.script_root}/doc/{path}" + (f".{form.suffix}" if form else "")
        response = cast(Response, redirect(address, 303))
        response.headers["Vary"] = "Accept"
        return response

    @routes.get("/doc/<path:_>")
    def description(_: str) -> Response:
        iri, _, form = find(world, world.base + "id/", key(), OFFERED)
        path = iri.value.removeprefix(world.base + "id/")
        return described(world, iri, f"doc/{path}", form)

    @routes.get("/data/<path:_>")
    def dataset(_: str) -> Response:
        iri, path, form = find(world, world.base + "data/", key(), OFFERED)
        return described(world, iri, f"data/{path}", form)

    @routes.get("/def/<path:_>")
    def word(_: str) -> Response:
        iri, path, form = find(world, VOCABULARY, key(), OFFERED)
        members = [*things.words_of(world, iri), *things.concepts_of(world, iri)]
        return described(world, iri, f"def/{path}", form, members)

    @routes.get("/def/")
    def words() -> Response:
        return reply(world, HTML, lambda: words_page(world), "def")

    @routes.get("/describe")
    def describe() -> Response:
        return any_name(world, request.args.get("uri", ""))

    return routes


def any_name(world: World, uri: str) -> Response:
    """A page on any name the store knows; our own names have their own pages."""
    if not uri:
        raise AskError("name what you ask about: /describe?uri=")
    try:
        iri = NamedNode(uri)
    except ValueError as error:
        raise AskError(f"{uri!r} is not an IRI: {error}") from error
    if not things.known(world, iri):
        raise NotFound(f"nothing is known by the name {uri}")
    local = here(world, uri)
    if local is not None and uri.startswith((world.base + "id/", world.base + "data/", VOCABULARY)):
        return cast(Response, redirect(local, 303))
    path = "describe?" + urlencode({"uri": uri})
    return described(world, iri, path, negotiated(OFFERED), dotted=False)


def described(
    world: World,
    iri: NamedNode,
    path: str,
    form: Format | None,
    members: Sequence[NamedNode] = (),
    dotted: bool = True,
) -> Response:
    """The description of a thing, with what belongs to it, as a graph or as a page."""
    form = document(form)
    address = f"{request.script_root}/{path}"
    if form is HTML:
        links = [
            (row.name, row.media_type, alternate(address, row.suffix, dotted)) for row in GRAPHS
        ]
        response = reply(world, form, lambda: page(world, iri, members, links), "page", iri.value)
    else:
        said = as_graph(about(world, iri, path, members), form)
        response = by_content(form, said, changed_at(world, [iri]))
    return alternates(response, address, dotted)


def about(world: World, iri: NamedNode, path: str, members: Sequence[NamedNode]) -> list[Triple]:
    """What the store says of a thing and its members, and which document says it.

    Of a dataset of the catalogue this is all that the catalogue says, and more.
    """
    said = with_records(world, things.statements(world, *things.spelt(iri), *members), [iri])
    document = NamedNode(world.address(path))
    if document != iri and not iri.value.startswith(VOCABULARY):
        said += [
            Triple(document, RDF.type, FOAF.Document),
            Triple(document, FOAF.primaryTopic, iri),
            *(Triple(document, VOID.inDataset, part) for part, _ in things.parts_with(world, iri)),
        ]
    return said


def page(
    world: World,
    iri: NamedNode,
    members: Sequence[NamedNode],
    links: list[tuple[str, str, str]],
) -> str:
    """The page of a thing: what is said of it, who points at it, what belongs to it."""
    left_out = long_lists(world, iri)
    said = things.statements(world, *things.spelt(iri), without=left_out)
    words = any("#" in member.value for member in members)  # concepts have pages of their own
    every = [*said, *(things.statements(world, *members) if words else [])]
    pointing = things.incoming(world, iri)
    terms: set[Term] = {iri, *members}
    terms |= {term for triple in every for term in (triple.predicate, triple.object)}
    terms |= {*left_out, *(pointer.predicate for pointer in pointing.by_property)}
    terms |= {one for pointer in pointing.by_property for one in pointer.examples}
    parts = [
        (part, record, things.values(world, part, PROV.wasDerivedFrom))
        for part, record in things.parts_with(world, iri)
    ]
    terms |= {term for part, _, files in parts for term in (part, *files)}
    kinds = {triple.object for triple in said if triple.predicate == RDF.type}
    name, statistics = statistics_of(world, iri, kinds)
    figures = figures_of(world, iri)
    known = labels(world, {*terms, *(statistics.terms if statistics else ()), *figures.terms})
    first = {name: statistics.look(known)} if statistics else {}
    together = by_subject(every)
    observation = first.get("observation")
    called = observation.heading if observation else heading(world, iri, said, known)
    of_cube = [one for one in pointing.by_property if one.predicate == QB.dataSet]
    return render_template(
        "thing.html",
        **first,
        name=iri.value.removeprefix(world.base + "data/"),
        figures=figures.look(known)(called),
        figure_count=sum(one.count for one in of_cube),
        lists=[(shown(world, one, known), count) for one, count in left_out.items()],
        parts=[
            (shown(world, part, known), record, [shown(world, file, known) for file in files])
            for part, record, files in parts
        ],
        heading=called,
        iri=iri.value,
        summary=summary(said),
        properties=table(world, by_subject(said), things.spelt(iri), known),
        everything=urlencode({"query": f"DESCRIBE {iri}"}),
        members=[
            (shown(world, member, known), table(world, together, [member], known) if words else [])
            for member in members
        ],
        words=words,
        pointing=[
            (
                shown(world, pointer.predicate, known),
                pointer.count,
                [shown(world, one, known) for one in pointer.examples],
                urlencode({"query": f"SELECT ?thing WHERE {{ ?thing {pointer.predicate} {iri} }}"}),
            )
            for pointer in pointing.by_property
            if pointer not in of_cube and pointer.predicate != DQV.computedOn
        ],
        capped=things.COUNTED if pointing.capped else None,
        graph_size=world.graphs.get(iri.value) if world.store.contains_named_graph(iri) else None,
        graph_query=urlencode({"query": f"SELECT ?s ?p ?o WHERE {{ GRAPH {iri} {{ ?s ?p ?o }} }}"}),
        alternates=links,
        structured=schema_org.block(world, iri),
        facts=facts_of(world, iri),
    )


def long_lists(world: World, iri: NamedNode) -> dict[NamedNode, int]:
    """The lists that are too long for a page, and how long they are."""
    counts = {}
    for one in LISTS:
        some = islice(world.store.quads_for_pattern(iri, one, None), VALUES_SHOWN + 1)
        if sum(1 for _ in some) > VALUES_SHOWN:
            counts[one] = world.numbers(f"SELECT (COUNT(*) AS ?n) {{ {iri} {one} ?o }}")[""]
    return counts


def statistics_of(world: World, iri: NamedNode, kinds: set[Term]) -> tuple[str, Later[Any] | None]:
    """What a page says first of a cube, a slice of one, or an observation, by that word."""
    if QB.DataSet in kinds:
        return "cube", cube_page(world, iri)
    if QB.Slice in kinds:
        return "slice", slice_sheet(world, iri)
    return "observation", observation_page(world, iri) if QB.Observation in kinds else None


def heading(world: World, iri: NamedNode, said: Sequence[Triple], known: dict[str, str]) -> str:
    """What the page is called: the label, or what kind of thing it is and its key."""
    if iri.value in known or not iri.value.startswith(world.base + "id/"):
        return shown(world, iri, known).text
    kinds = sorted(
        known[t.object.value]
        for t in said
        if t.predicate == RDF.type and isinstance(t.object, NamedNode) and t.object.value in known
    )
    kind, _, key = shown(world, iri, known).text.partition("/")
    return f"{kinds[0] if kinds else kind} {key}"


def summary(said: Sequence[Triple]) -> str:
    """The first sentence or two on what the thing is."""
    for predicate in ABOUT:
        for triple in said:
            if triple.predicate == predicate and hasattr(triple.object, "value"):
                return str(triple.object.value)
    return ""


def by_subject(said: Iterable[Triple]) -> Said:
    """Statements by what they are about."""
    found: dict[Term, list[Triple]] = {}
    for triple in said:
        found.setdefault(triple.subject, []).append(triple)
    return found


def table(
    world: World,
    said: Said,
    subjects: Sequence[NamedNode | BlankNode],
    known: dict[str, str],
    above: frozenset[Term] = frozenset(),
) -> list[tuple[Shown, list[Shown], int]]:
    """Properties with their values, types first; and how many values are left out.

    Nameless things that this one stands in are not said of it again.
    """
    by_property: dict[NamedNode, list[Term]] = {}
    for subject in subjects:
        for triple in said.get(subject, []):
            if triple.object not in above:
                by_property.setdefault(triple.predicate, []).append(triple.object)
    order = sorted(by_property, key=lambda p: (p != RDF.type, shown(world, p, known).text.lower()))
    rows = []
    for predicate in order:
        values = [value_of(world, said, value, known, above) for value in by_property[predicate]]
        values.sort(key=lambda value: (value.text.lower(), value.iri))
        left_out = max(0, len(values) - VALUES_SHOWN)
        rows.append((shown(world, predicate, known), values[:VALUES_SHOWN], left_out))
    return rows


def value_of(
    world: World, said: Said, value: Term, known: dict[str, str], above: frozenset[Term]
) -> Shown:
    """A value as it looks; what is said of a nameless thing stands in its place."""
    if not isinstance(value, BlankNode):
        return shown(world, value, known)
    rows = table(world, said, [value], known, above | {value})
    return Shown("", inner=[(predicate, values) for predicate, values, _ in rows])


def words_page(world: World) -> str:
    """All vocabularies and code lists."""
    vocabularies, lists = things.vocabularies(world), things.code_lists(world)
    known = labels(world, [*vocabularies, *lists])
    return render_template(
        "words.html",
        vocabularies=[shown(world, one, known) for one in vocabularies],
        lists=[shown(world, one, known) for one in lists],
    )
