"""What the query door says of itself (SPARQL 1.1 Service Description), computed, not written."""

from __future__ import annotations

from urllib.parse import urlencode

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from homegraph.endpoint.formats import GRAPHS, TABLES
from homegraph.endpoint.functions import FUNCTIONS
from homegraph.endpoint.world import World
from homegraph.graph.terms import RDF, SD, VOID, XSD


def number(count: int) -> Literal:
    """A count as VoID has it."""
    return Literal(str(count), datatype=XSD.integer)


def whole_graph(world: World, iri: str) -> str:
    """Where a graph is read whole."""
    return world.address("graph-store?" + urlencode({"graph": iri}))


def service_description(world: World) -> list[Triple]:
    """The SPARQL 1.1 service description, from the tables of formats and functions."""
    service = NamedNode(world.address("sparql#service"))
    dataset, default = BlankNode("dataset"), BlankNode("default")
    said = [
        Triple(service, RDF.type, SD.Service),
        Triple(service, SD.endpoint, NamedNode(world.address("sparql"))),
        Triple(service, SD.supportedLanguage, SD.SPARQL11Query),
        Triple(service, SD.feature, SD.UnionDefaultGraph),
        *(Triple(service, SD.feature, SD.BasicFederatedQuery) for _ in world.servers.addresses[:1]),
        *(Triple(service, SD.resultFormat, NamedNode(form.iri)) for form in (*TABLES, *GRAPHS)),
        *(Triple(service, SD.extensionFunction, function) for function in FUNCTIONS),
        *(Triple(function, RDF.type, SD.Function) for function in FUNCTIONS),
        Triple(service, SD.defaultDataset, dataset),
        Triple(dataset, RDF.type, SD.Dataset),
        Triple(dataset, SD.defaultGraph, default),
        Triple(default, RDF.type, SD.Graph),
        Triple(default, VOID.triples, number(world.triples)),
    ]
    for place, (iri, count) in enumerate(world.graphs.items()):
        if iri:
            named, graph = BlankNode(f"named{place}"), BlankNode(f"graph{place}")
            said += [
                Triple(dataset, SD.namedGraph, named),
                Triple(named, RDF.type, SD.NamedGraph),
                Triple(named, SD.name, NamedNode(iri)),
                Triple(named, SD.graph, graph),
                Triple(graph, RDF.type, SD.Graph),
                Triple(graph, VOID.triples, number(count)),
                Triple(graph, VOID.dataDump, NamedNode(whole_graph(world, iri))),
            ]
    return said
