"""The catalogue of what a release holds, as DCAT, and where each source came from, as PROV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.endpoints import ENDPOINTS, named, say_endpoints
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import FILE_TYPE, IANA_MEDIA, STANDARD, Names
from homegraph.graph.raw import RawFile
from homegraph.graph.source import Source, Statement, lent
from homegraph.graph.terms import (
    ADMS,
    AVAILABILITY,
    DCAT,
    DCATAP,
    DCT,
    FOAF,
    LANGUAGE,
    PROV,
    RDF,
    RDFS,
    SOURCE,
    SPDX,
    STATUS,
    THEME,
    XSD,
)

CATALOGUE = "catalogue"
PROVENANCE = "provenance"
Period = tuple[str, str]  # the first and the last month, or day
# What a file has from the dataset that it is of.
OF_FILES = (DCT.license, DCT.rights, DCT.language, DCATAP.applicableLegislation)


class Dump(NamedTuple):
    """A source's N-Quads as one file: the path below the base, its size and SHA-256."""

    path: str
    size: int
    sha256: str
    folder: str  # the path where its parts are listed, if it was made of several


class Days(NamedTuple):
    """When something was issued and when it was changed last."""

    issued: str
    modified: str


def catalogue(
    names: Names,
    sources: Sequence[Source],
    dumps: Mapping[str, Dump],
    periods: Mapping[str, Period],
    reading: Reading,
) -> Iterator[Quad]:
    """The catalogue, its datasets as their sources describe them, and how to get them.

    `dumps` says of each source where its N-Quads are, `periods` which time the cubes made of it
    cover; what the source says of its time itself holds.
    """
    graph = names.graph(CATALOGUE)
    for statement in (*of_itself(names, sources), *say_endpoints(names, sources)):
        yield Quad(*statement, graph)
    for source in sources:
        reading.at = Place(f"loaders/{source.name}/metadata.ttl")
        yield Quad(names.data(CATALOGUE), DCAT.dataset, source.node, graph)
        for quad in source.quads:
            yield Quad(quad.subject, quad.predicate, quad.object, graph)
        covered = NamedNode(f"{source.node.value}/period")
        if source.name in periods and not source.says(DCT.temporal):
            for statement in say_period(source.node, covered, periods[source.name]):
                yield Quad(*statement, graph)
        for statement in distribution(names, source, dumps[source.name]):
            yield Quad(*statement, graph)


def of_itself(names: Names, sources: Sequence[Source]) -> Iterator[Statement]:
    """What the catalogue says of itself."""
    node, home = names.data(CATALOGUE), NamedNode(names.base)
    about = (
        "What is published here: tables and the sources they are made of, with their files, the "
        "records of other catalogues, and the services that answer questions about all of it."
    )
    yield node, RDF.type, DCAT.Catalog
    yield node, DCT.title, words("Catalogue of this knowledge graph")
    yield node, DCT.description, words(about)
    yield node, DCT.language, LANGUAGE.ENG
    yield node, DCAT.themeTaxonomy, NamedNode(THEME.iri.rstrip("/"))
    for predicate in (DCT.publisher, DCT.creator, DCT.license, DCT.rights, DCT.spatial):
        for value in lent(sources, predicate):
            yield node, predicate, value
    yield node, FOAF.homepage, home
    yield home, RDF.type, FOAF.Document


def words(text: str) -> Literal:
    """English text."""
    return Literal(text, language="en")


def day(text: str) -> Literal:
    """A day or a month, as a date."""
    return Literal(text, datatype=XSD.gYearMonth if len(text) == len("2024-01") else XSD.date)


def say_period(node: NamedNode, covered: NamedNode, period: Period) -> list[Statement]:
    """The time that a dataset covers."""
    return [
        (node, DCT.temporal, covered),
        (covered, RDF.type, DCT.PeriodOfTime),
        (covered, DCAT.startDate, day(period[0])),
        (covered, DCAT.endDate, day(period[1])),
    ]


def distribution(names: Names, source: Source, dump: Dump) -> Iterator[Statement]:
    """One source's N-Quads as a distribution."""
    node = nquads_of(source)
    address = NamedNode(names.base + dump.path)
    listed = NamedNode(names.base + (dump.folder or dump.path))
    about = "All that is said of it as linked data: every statement is in the graph of its source."
    yield source.node, DCAT.distribution, node
    yield node, RDF.type, DCAT.Distribution
    yield node, DCT.title, words(f"{source.title}, N-Quads")
    yield node, DCT.description, words(about)
    yield node, DCT.identifier, Literal(dump.path.rpartition("/")[2])
    yield node, DCAT.accessURL, listed
    yield listed, RDF.type, RDFS.Resource
    yield node, DCAT.downloadURL, address
    yield address, RDF.type, RDFS.Resource
    yield node, DCAT.byteSize, Literal(str(dump.size), datatype=XSD.nonNegativeInteger)
    yield node, DCAT.mediaType, NamedNode(IANA_MEDIA + "application/n-quads")
    yield node, DCAT.compressFormat, NamedNode(IANA_MEDIA + "application/gzip")
    yield node, DCT.format, NamedNode(FILE_TYPE + "RDF_N_QUADS")
    yield node, DCT.conformsTo, NamedNode(STANDARD + "n-quads/")
    yield from lasting(node)
    for predicate, value in source.says(*OF_FILES):
        yield node, predicate, value
    yield from checksum(node, dump.sha256)


def nquads_of(source: Source) -> NamedNode:
    """The name of a source's distribution."""
    return NamedNode(source.node.value + "/n-quads")


def lasting(file: NamedNode) -> Iterator[Statement]:
    """That a file is finished, and will stay."""
    yield file, DCATAP.availability, AVAILABILITY.STABLE
    yield file, ADMS.status, STATUS.COMPLETED


def checksum(node: NamedNode, sha256: str) -> list[Statement]:
    """A SHA-256 as SPDX says it."""
    sum_ = NamedNode(node.value + "/checksum")
    return [
        (node, SPDX.checksum, sum_),
        (sum_, RDF.type, SPDX.Checksum),
        (sum_, SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
        (SPDX.checksumAlgorithm_sha256, RDF.type, SPDX.ChecksumAlgorithm),
        (sum_, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary)),
    ]


# Dates


def dated(names: Names, days: Sequence[tuple[Source, Days]]) -> Iterator[Quad]:
    """When the sources were issued and changed: what a home knows, and the files do not.

    What a source says of its dates itself holds. The catalogue and its services are as new as the
    newest source, so that nothing changes while no source does.
    """
    graph = names.graph(CATALOGUE)
    for source, known in days:
        file = nquads_of(source)
        yield Quad(file, DCT.issued, day(known.issued), graph)
        yield Quad(file, DCT.modified, day(known.modified), graph)
        said = {predicate for predicate, _ in source.says(DCT.issued, DCT.modified, DCAT.version)}
        told = (
            (DCT.issued, day(known.issued)),
            (DCT.modified, day(known.modified)),
            (DCAT.version, Literal(known.modified)),
        )
        for predicate, value in told:
            if predicate not in said:
                yield Quad(source.node, predicate, value, graph)
    if days:
        first = day(min(known.issued for _, known in days))
        last = day(max(known.modified for _, known in days))
        yield Quad(names.data(CATALOGUE), DCT.issued, first, graph)
        yield Quad(names.data(CATALOGUE), DCT.modified, last, graph)
        for endpoint in ENDPOINTS:
            yield Quad(named(names, endpoint), DCT.modified, last, graph)


# Provenance


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
    publishers = lent([source], DCT.publisher)
    for file in files:
        node = names.thing("file", file.sha256)
        said: list[Statement] = [
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
            yield Quad(names.thing("file", file.sha256), SOURCE.readOn, day(file.read), graph)
