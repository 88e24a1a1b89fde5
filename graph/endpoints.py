"""The services of a release as DCAT-AP and the UK metadata model want them; a row adds one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from homegraph.graph.iri import (
    CKAN_API,
    DCAT_AP_FEED,
    FILE_TYPE,
    LDES,
    OAI_PMH,
    STANDARD,
    Names,
)
from homegraph.graph.source import Source, Statement, lent
from homegraph.graph.terms import ADMS, DCAT, DCT, RDF, RDFS, UKMODEL

# What a service has from the sources that it serves: from the first that says it.
BORROWED = (
    *(DCT.publisher, DCT.creator, DCT.license, DCT.accessRights, DCT.language),
    *(DCAT.contactPoint, DCAT.theme, UKMODEL.securityClassification),
)


@dataclass(frozen=True)
class Endpoint:
    """One service: where it answers, what describes it, and the standards that it keeps to.

    `status` and `kind` are words of the UK metadata model; `formats` are EU file types.
    """

    key: str
    title: str
    description: str
    address: str
    described: tuple[str, ...]
    standards: tuple[str, ...]
    keywords: tuple[str, ...]
    formats: tuple[str, ...]
    version: str = "1.1"
    status: str = "LIVE"
    kind: str = "REST"


GRAPH_FORMATS = ("RDF_TURTLE", "RDF_XML", "RDF_N_TRIPLES", "RDF_N_QUADS", "JSON_LD")
ENDPOINTS = (
    Endpoint(
        "sparql",
        "SPARQL endpoint",
        "Answers SPARQL 1.1 queries over all datasets together. Answers come as tables (JSON, XML, "
        "CSV, TSV) or as graphs.",
        "sparql",
        ("sparql", "openapi.json"),
        (STANDARD + "sparql11-query/", STANDARD + "sparql11-protocol/"),
        ("SPARQL", "linked data", "queries"),
        ("JSON", "XML", "CSV", "TSV", *GRAPH_FORMATS),
    ),
    Endpoint(
        "graph-store",
        "Graph store",
        "Gives a whole graph at once: each dataset has one. It can only be read.",
        "graph-store",
        ("openapi.json",),
        (STANDARD + "sparql11-http-rdf-update/",),
        ("graphs", "linked data", "downloads"),
        GRAPH_FORMATS,
    ),
    Endpoint(
        "feed",
        "Feed of changes",
        "Tells which descriptions of datasets were made, changed or taken away by each release.",
        "feed",
        ("openapi.json",),
        (LDES, DCAT_AP_FEED),
        ("changes", "harvesting", "linked data"),
        ("RDF_TRIG", "RDF_N_QUADS", "JSON_LD"),
        version="1.0",
    ),
    Endpoint(
        "oai",
        "OAI-PMH",
        "Gives the descriptions of datasets to harvesters: all, or those changed since a day.",
        "oai",
        ("oai?verb=Identify", "openapi.json"),
        (OAI_PMH,),
        ("harvesting", "metadata"),
        ("XML",),
        version="2.0",
    ),
    Endpoint(
        "ckan",
        "CKAN Action API",
        "Gives the descriptions of datasets as CKAN does, to the programs that know its actions.",
        "api/3",
        ("openapi.json",),
        (CKAN_API,),
        ("harvesting", "metadata", "CKAN"),
        ("JSON",),
        version="3",
    ),
)


def named(names: Names, endpoint: Endpoint) -> NamedNode:
    """The name of a service."""
    return names.data("catalogue", endpoint.key)


def say_endpoints(names: Names, sources: Sequence[Source]) -> Iterator[Statement]:
    """All services, each of which serves all sources."""
    for endpoint in ENDPOINTS:
        yield names.data("catalogue"), DCAT.service, named(names, endpoint)
        yield from say_endpoint(names, endpoint, sources)
    for source in sources:
        yield from serving(names, source.node)


def serving(names: Names, dataset: NamedNode) -> Iterator[Statement]:
    """That all services serve a dataset."""
    for endpoint in ENDPOINTS:
        yield named(names, endpoint), DCAT.servesDataset, dataset


def say_endpoint(
    names: Names, endpoint: Endpoint, sources: Sequence[Source]
) -> Iterator[Statement]:
    """One service, but for what it serves."""
    node, address = named(names, endpoint), NamedNode(names.base + endpoint.address)
    yield node, RDF.type, DCAT.DataService
    yield node, DCT.title, Literal(endpoint.title, language="en")
    yield node, DCT.description, Literal(endpoint.description, language="en")
    yield node, DCT.identifier, Literal(endpoint.key)
    yield node, DCAT.version, Literal(endpoint.version)
    yield node, ADMS.status, Literal(endpoint.status)
    yield node, DCT.type, Literal(endpoint.kind)
    yield node, DCAT.endpointURL, address
    yield address, RDF.type, RDFS.Resource
    for path in endpoint.described:
        description = NamedNode(names.base + path)
        yield node, DCAT.endpointDescription, description
        yield description, RDF.type, RDFS.Resource
    for standard in endpoint.standards:
        yield node, DCT.conformsTo, NamedNode(standard)
    for word in endpoint.keywords:
        yield node, DCAT.keyword, Literal(word, language="en")
    for name in endpoint.formats:
        yield node, DCT.format, NamedNode(FILE_TYPE + name)
    for predicate in BORROWED:
        for value in lent(sources, predicate):
            yield node, predicate, value
