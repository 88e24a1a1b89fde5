"""What is here: home page, service description, VoID, health; computed, not written."""

from __future__ import annotations

from functools import partial
from itertools import islice
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, render_template, request
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from homegraph.endpoint import things
from homegraph.endpoint.description import number
from homegraph.endpoint.display import labels, shown
from homegraph.endpoint.formats import GRAPHS, HTML, Format
from homegraph.endpoint.harvest.catalogue import PER_PAGE, of_suffix, rows
from homegraph.endpoint.problems import kinds, title
from homegraph.endpoint.reply import alternate, alternates, as_graph, document, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import HomegraphError
from homegraph.graph.terms import DCT, DQV, FOAF, RDF, RDFS, SPDX, VOID

CLASSES_SHOWN = 12
# What is told of other things, and would stand before them.
BESIDE = {one.value for one in (DQV.QualityMeasurement, RDFS.Resource, SPDX.Checksum)}
EXAMPLES_SHOWN = 3
OURS = "The server failed. The fault is not in the request; the same one may fail again."


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("about", __name__)

    @routes.get("/")
    def home() -> Response:
        return reply(world, HTML, lambda: home_page(world), "home")

    @routes.get("/.well-known/void", defaults={"suffix": ""})
    @routes.get("/void", defaults={"suffix": ""})
    @routes.get("/void.<suffix>")
    def void(suffix: str) -> Response:
        return data_or_page(world, of_suffix("void", suffix))

    @routes.get("/problems")
    def problems() -> Response:
        every: list[type[HomegraphError]] = [*kinds(), HomegraphError]
        listed = [(kind, title(kind), (kind.__doc__ or "").partition("\n")[0]) for kind in every]
        listed[-1] = (HomegraphError, title(HomegraphError), OURS)
        make = partial(render_template, "problems.html", kinds=listed)
        return reply(world, HTML, make, "problems")

    @routes.get("/health")
    def health() -> Response:
        response = jsonify(status="ok", release=world.release_name, triples=world.triples)
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def data_or_page(world: World, asked: Format | None) -> Response:
    """The VoID description as a graph or as a page."""
    form = document(asked)
    address = f"{request.script_root}/void"
    links = [(row.name, row.media_type, alternate(address, row.suffix)) for row in GRAPHS]

    def make() -> bytes | str:
        if form is not HTML:
            return as_graph(void_of(world), form)
        return render_template("void.html", alternates=links)

    return alternates(reply(world, form, make, "void"), address)


def home_page(world: World) -> str:
    """What there is, with examples to follow."""
    kinds = {iri: n for iri, n in world.classes.items() if iri not in BESIDE}
    top = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))[:CLASSES_SHOWN]
    samples = {iri: sample(world, NamedNode(iri)) for iri, _ in top}
    every = [NamedNode(iri) for iri, _ in top]
    known = labels(world, [*every, *(one for some in samples.values() for one in some)])
    return render_template(
        "home.html",
        world=world,
        classes=[
            (shown(world, node, known), count, [shown(world, one, known) for one in samples[iri]])
            for node, (iri, count) in zip(every, top, strict=True)
        ],
        datasets=rows(world, world.datasets[:PER_PAGE]),
        vocabularies=[*things.vocabularies(world), *things.code_lists(world)],
    )


def sample(world: World, kind: NamedNode) -> list[NamedNode]:
    """A few things of a class that have an address here."""
    quads = islice(world.store.quads_for_pattern(None, RDF.type, kind), 50)
    nodes = {quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}
    ours = sorted((n for n in nodes if n.value.startswith(world.base)), key=lambda n: n.value)
    return (ours or sorted(nodes, key=lambda n: n.value))[:EXAMPLES_SHOWN]


def void_of(world: World) -> list[Triple]:
    """The VoID description: how much there is of what, and where to get it."""
    node = NamedNode(world.address("void#dataset"))
    said = [
        Triple(node, RDF.type, VOID.Dataset),
        Triple(node, DCT.title, Literal(world.title)),
        Triple(node, FOAF.homepage, NamedNode(world.base)),
        Triple(node, VOID.sparqlEndpoint, NamedNode(world.address("sparql"))),
        Triple(node, VOID.uriSpace, Literal(world.base)),
        Triple(node, VOID.triples, number(world.triples)),
        *(Triple(node, VOID.feature, NamedNode(form.iri)) for form in GRAPHS),
        *(Triple(node, VOID.vocabulary, one) for one in things.vocabularies(world)),
        *(Triple(node, VOID.dataDump, NamedNode(one)) for one in dumps(world)),
    ]
    sets = things.subjects(world.store, RDF.type, VOID.Linkset)
    said += [Triple(node, VOID.subset, one) for one in sets]
    said += things.statements(world, *sorted(sets, key=str))
    if world.has_catalogue:
        said.append(Triple(node, VOID.rootResource, world.catalogue))
    if world.properties:
        said.append(Triple(node, VOID.properties, number(len(world.properties))))
    if world.classes:
        said.append(Triple(node, VOID.classes, number(len(world.classes))))
    for place, (iri, count) in enumerate(sorted(world.classes.items())):
        part = BlankNode(f"class{place}")
        said += [
            Triple(node, VOID.classPartition, part),
            Triple(part, VOID.class_, NamedNode(iri)),
            Triple(part, VOID.entities, number(count)),
        ]
        said += [
            Triple(node, VOID.exampleResource, one) for one in sample(world, NamedNode(iri))[:1]
        ]
    for place, (iri, count) in enumerate(sorted(world.properties.items())):
        part = BlankNode(f"property{place}")
        said += [
            Triple(node, VOID.propertyPartition, part),
            Triple(part, VOID.property, NamedNode(iri)),
            Triple(part, VOID.triples, number(count)),
        ]
    return said


def dumps(world: World) -> list[str]:
    """The addresses of the release's N-Quads dumps."""
    folder = world.file("dumps")
    if folder is None:
        return []
    names = sorted(path.relative_to(folder) for path in folder.rglob("*.nq*") if path.is_file())
    return [world.address("dumps/" + quote(name.as_posix())) for name in names]
