"""The catalogue of what a release holds, as DCAT, and where each source came from, as PROV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import FILE_TYPE, IANA_MEDIA, Names
from homegraph.graph.raw import RawFile, digest
from homegraph.graph.source import Source
from homegraph.graph.terms import ACCESS, DCAT, DCT, FOAF, PROV, RDF, RDFS, SOURCE, SPDX, XSD

CATALOGUE = "catalogue"
PROVENANCE = "provenance"
Dump = tuple[str, int | None, str | None]  # path below /dumps/, size and SHA-256 of one file


def catalogue(
    names: Names,
    sources: Sequence[Source],
    dumps: dict[str, Dump],
    reading: Reading,
) -> Iterator[Quad]:
    """The catalogue, its datasets as their sources describe them, and how to get them.

    `dumps` gives for each source the path below /dumps/ with size and SHA-256 if it is one file.
    """
    graph, node = names.graph(CATALOGUE), names.data(CATALOGUE)

    def say(subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> Quad:
        return Quad(subject, predicate, value, graph)

    def words(text: str) -> Literal:
        return Literal(text, language="en")

    yield say(node, RDF.type, DCAT.Catalog)
    yield say(node, DCT.title, words("Catalogue of this knowledge graph"))
    yield say(node, DCT.description, words("The sources of this release, and its services."))
    for predicate in (DCT.publisher, DCT.license, DCT.spatial):
        for value in borrowed(sources, predicate):
            yield say(node, predicate, value)
    home = NamedNode(names.base)
    yield say(node, FOAF.homepage, home)
    yield say(home, RDF.type, FOAF.Document)
    service = names.data(CATALOGUE, "sparql")
    yield say(node, DCAT.service, service)
    yield say(service, RDF.type, DCAT.DataService)
    yield say(service, DCT.title, words("SPARQL endpoint"))
    yield say(service, DCT.description, words("Answers SPARQL 1.1 queries over this release."))
    yield say(service, DCT.identifier, Literal("sparql"))
    yield say(service, DCT.accessRights, ACCESS.PUBLIC)
    for predicate in (DCT.publisher, DCT.license, DCAT.contactPoint):
        for value in borrowed(sources, predicate):
            yield say(service, predicate, value)
    endpoint = NamedNode(names.base + "sparql")
    yield say(service, DCAT.endpointURL, endpoint)
    yield say(service, DCAT.endpointDescription, endpoint)
    yield say(endpoint, RDF.type, RDFS.Resource)
    for source in sources:
        reading.at = Place(f"loaders/{source.name}/metadata.ttl")
        yield say(node, DCAT.dataset, source.node)
        yield say(service, DCAT.servesDataset, source.node)
        for quad in source.quads:
            yield Quad(quad.subject, quad.predicate, quad.object, graph)
        where, size, sha256 = dumps[source.name]
        yield from distribution(names, source, where, size, sha256)


def dumps_of(
    datasets: dict[str, str], dumps: Path
) -> dict[str, tuple[str, int | None, str | None]]:
    """Where each source's dumps lie below /dumps/; with size and SHA-256 where it is one file."""
    places: dict[str, tuple[str, int | None, str | None]] = {}
    for name, dataset in datasets.items():
        path = dumps / f"{dataset}.nq.gz"
        if path.exists():
            places[name] = (path.name, path.stat().st_size, digest(path))
        else:
            places[name] = (f"{dataset}/", None, None)
    return places


def borrowed(sources: Iterable[Source], predicate: NamedNode) -> list[NamedNode]:
    """What the first source that says it says by a property: DCAT-AP allows one publisher."""
    found = [
        quad.object
        for source in sources
        for quad in source.quads
        if quad.subject == source.node
        and quad.predicate == predicate
        and isinstance(quad.object, NamedNode)
    ]
    return found[:1]


def distribution(
    names: Names, source: Source, where: str, size: int | None, sha256: str | None
) -> Iterator[Quad]:
    """One source's N-Quads as a distribution."""
    graph = names.graph(CATALOGUE)
    node = NamedNode(source.node.value + "/n-quads")
    address = NamedNode(f"{names.base}dumps/{where}")
    nquads, gzip = IANA_MEDIA + "application/n-quads", IANA_MEDIA + "application/gzip"
    said: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (source.node, DCAT.distribution, node),
        (node, RDF.type, DCAT.Distribution),
        (node, DCT.title, Literal(f"{source.title}, N-Quads", language="en")),
        (node, DCAT.accessURL, address),
        (address, RDF.type, RDFS.Resource),
        (node, DCAT.mediaType, NamedNode(nquads)),
        (NamedNode(nquads), RDF.type, DCT.MediaType),
        (node, DCAT.compressFormat, NamedNode(gzip)),
        (NamedNode(gzip), RDF.type, DCT.MediaType),
        (node, DCT.format, NamedNode(FILE_TYPE + "RDF_N_QUADS")),
        (NamedNode(FILE_TYPE + "RDF_N_QUADS"), RDF.type, DCT.MediaTypeOrExtent),
    ]
    said += [
        (node, DCT.license, quad.object)
        for quad in source.quads
        if quad.subject == source.node
        and quad.predicate == DCT.license
        and isinstance(quad.object, NamedNode)
    ]
    if size is not None:
        said.append((node, DCAT.downloadURL, address))
        amount = Literal(str(size), datatype=XSD.nonNegativeInteger)
        said.append((node, DCAT.byteSize, amount))
    if sha256:
        said += checksum(node, sha256)
    yield from (Quad(*statement, graph) for statement in said)


def checksum(
    node: NamedNode, sha256: str
) -> list[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    """A SHA-256 as SPDX says it."""
    sum_ = NamedNode(node.value + "/checksum")
    return [
        (node, SPDX.checksum, sum_),
        (sum_, RDF.type, SPDX.Checksum),
        (sum_, SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
        (SPDX.checksumAlgorithm_sha256, RDF.type, SPDX.ChecksumAlgorithm),
        (sum_, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary)),
    ]


def provenance(names: Names, sources: Iterable[tuple[Source, Sequence[RawFile]]]) -> Iterator[Quad]:
    """The files of all sources."""
    for source, files in sources:
        yield from read_from(names, source, files)


def read_from(names: Names, source: Source, files: Iterable[RawFile]) -> Iterator[Quad]:
    """The files a source was read from: name, size, digest, and the address if it has one.

    A path on the publisher's own machine is left to the manifest: it would make the same
    inputs give other bytes elsewhere. The size of a confidential file is not said: it would tell
    how many records of a rare kind there are.
    """
    graph = names.graph(PROVENANCE)
    publishers = borrowed([source], DCT.publisher)
    for file in files:
        node = names.thing("file", file.sha256)
        said: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
            (source.node, PROV.wasDerivedFrom, node),
            (node, RDF.type, PROV.Entity),
            (node, RDF.type, SOURCE.File),
            (node, RDFS.label, Literal(file.name)),
            *((node, DCT.publisher, publisher) for publisher in publishers),
            *checksum(node, file.sha256),
        ]
        if source.confidential:
            said.append((node, RDF.type, SOURCE.ConfidentialFile))
        else:
            size = Literal(str(file.size), datatype=XSD.nonNegativeInteger)
            said.append((node, DCAT.byteSize, size))
        if file.address:
            said.append((node, PROV.hadPrimarySource, NamedNode(file.address)))
        yield from (Quad(*statement, graph) for statement in said)


def read_on(names: Names, files: Iterable[RawFile]) -> Iterator[Quad]:
    """The day each file was first taken in: what a home knows, and the files themselves do not."""
    graph = names.graph(PROVENANCE)
    for file in files:
        if file.read:
            day = Literal(file.read, datatype=XSD.date)
            yield Quad(names.thing("file", file.sha256), SOURCE.readOn, day, graph)
