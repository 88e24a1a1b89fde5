"""Cubes as datasets of the catalogue (DCAT-AP 3.0.1): editions, versions and their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.catalogue import (
    CATALOGUE,
    OF_FILES,
    Period,
    checksum,
    day,
    lasting,
    say_period,
    words,
)
from homegraph.graph.cubes import csvw
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.figures import Figures
from homegraph.graph.cubes.forms import CSV, FORMS, METADATA, Form
from homegraph.graph.cubes.versions import Version
from homegraph.graph.endpoints import serving
from homegraph.graph.iri import FILE_TYPE, IANA_MEDIA, STANDARD, Names
from homegraph.graph.source import Source, Statement
from homegraph.graph.terms import (
    DATASETTYPE,
    DCAT,
    DCATAP,
    DCT,
    FOAF,
    RDF,
    RDFS,
    UKMODEL,
    XSD,
)

VERSIONS = "versions"  # the graph of editions and versions
# What a cube has from the source that it is made of.
BORROWED = (
    *(DCT.publisher, DCT.creator, DCT.license, DCT.rights, DCT.accessRights, DCT.language),
    *(DCT.spatial, DCT.accrualPeriodicity, DCAT.contactPoint, DCAT.theme),
    *(UKMODEL.securityClassification, DCATAP.applicableLegislation, DCATAP.hvdCategory),
)


@dataclass(frozen=True)
class Described:
    """What the catalogue says of a cube, without its figures."""

    name: str
    edition: str
    title: str
    description: str
    keywords: tuple[str, ...]
    period: Period | None
    figures: Figures
    source: Source

    @classmethod
    def of(cls, cube: Cube, source: Source) -> Described:
        """Describe a cube of a source."""
        period = csvw.period(cube)
        words = cube.title, cube.description, cube.keywords
        return cls(cube.name, cube.edition, *words, period, Figures.of(cube), source)


def described(entry: Described, names: Names) -> Iterator[Quad]:
    """A cube as a dataset: what follows from the sources alone."""
    graph, node = names.graph(CATALOGUE), names.data(entry.name)
    page = names.published(entry.name)
    said: list[Statement] = [
        (names.data(CATALOGUE), DCAT.dataset, node),
        *serving(names, node),
        *dataset(node, entry, entry.name, entry.title, entry.period, page),
        *entry.figures.said_of(node),
        (node, DCT.relation, entry.source.node),
        (node, DCAT.landingPage, page),
        (page, RDF.type, FOAF.Document),
    ]
    for form in FORMS:
        said += distribution(node, page, entry, form, f"{page.value}{form.suffix}")
    yield from (Quad(*statement, graph) for statement in said)


def dataset(
    node: NamedNode,
    entry: Described,
    identifier: str,
    title: str,
    period: tuple[str, str] | None,
    page: NamedNode,
) -> list[Statement]:
    """A dataset with what its source lends it; parts are named after its page."""
    said: list[Statement] = [
        (node, RDF.type, DCAT.Dataset),
        (node, DCT.title, words(title)),
        (node, DCT.description, words(entry.description)),
        (node, DCT.identifier, Literal(identifier)),
    ]
    said.append((node, DCT.type, DATASETTYPE.STATISTICAL))
    said += [(node, *pair) for pair in entry.source.says(*BORROWED)]
    keywords = [words(word) for word in entry.keywords]
    lent = [value for _, value in entry.source.says(DCAT.keyword)]
    said += [(node, DCAT.keyword, word) for word in keywords or lent]
    if period:
        said += say_period(node, NamedNode(f"{page.value}#period"), period)
    return said


def part(page: NamedNode, form: Form) -> NamedNode:
    """The distribution of a form, named after the page it is told of on."""
    return NamedNode(f"{page.value}#{form.key}")


def distribution(
    node: NamedNode, page: NamedNode, entry: Described, form: Form, address: str
) -> list[Statement]:
    """One distribution, but for its size and digest."""
    file, where = part(page, form), NamedNode(address)
    said: list[Statement] = [
        (node, DCAT.distribution, file),
        (file, RDF.type, DCAT.Distribution),
        (file, DCT.title, words(f"{entry.title}, {form.name}")),
        (file, DCT.description, words(form.about)),
        (file, DCT.identifier, Literal(f"{page.value.partition('/datasets/')[2]}{form.suffix}")),
        (file, DCAT.accessURL, page),
        (page, RDF.type, RDFS.Resource),
        (file, DCAT.downloadURL, where),
        (where, RDF.type, RDFS.Resource),
        (file, DCAT.mediaType, NamedNode(IANA_MEDIA + form.media_type)),
        (file, DCT.format, NamedNode(FILE_TYPE + form.file_type)),
        *lasting(file),
    ]
    said += [(file, *pair) for pair in entry.source.says(*OF_FILES)]
    if form.standard:
        said.append((file, DCT.conformsTo, NamedNode(STANDARD + form.standard)))
    if form.gzipped:
        said.append((file, DCAT.compressFormat, NamedNode(IANA_MEDIA + "application/gzip")))
    if form.suffix == CSV:
        metadata = NamedNode(address.removesuffix(CSV) + METADATA)
        said += [(file, FOAF.page, metadata), (metadata, RDF.type, FOAF.Document)]
    return said


def sized(file: NamedNode, said: Mapping[str, Any], issued: str, modified: str) -> list[Statement]:
    """The size and the digest of a file, and when it was first there and changed last."""
    size = Literal(str(said["size"]), datatype=XSD.nonNegativeInteger)
    dates: list[Statement] = [(file, DCT.issued, day(issued)), (file, DCT.modified, day(modified))]
    return [(file, DCAT.byteSize, size), *dates, *checksum(file, str(said["sha256"]))]


def history(entry: Described, versions: Sequence[Version], names: Names) -> Iterator[Quad]:
    """The editions and versions of a dataset, and what its newest version says of it."""
    node, page = names.data(entry.name), names.published(entry.name)
    latest = next(version for version in reversed(versions) if version.edition == entry.edition)
    first = min(version.issued for version in versions)
    said: list[Statement] = [
        (node, DCT.issued, day(first)),
        (node, DCT.modified, day(latest.issued)),
        (node, DCAT.version, Literal(str(latest.number))),
        (node, DCAT.hasCurrentVersion, named(latest, names)),
    ]
    said += [(node, DCAT.hasVersion, named(version, names)) for version in versions]
    for form in FORMS:
        if file := latest.files.get(f"{entry.name}{form.suffix}"):
            said += sized(part(page, form), file, first, latest.issued)
    yield from (Quad(*statement, names.graph(CATALOGUE)) for statement in said)
    for edition in sorted({version.edition for version in versions}):
        some = [version for version in versions if version.edition == edition]
        told = [*edition_of(entry, some, names)]
        for before, version in zip([None, *some], some, strict=False):
            told += version_of(entry, version, before, names)
        yield from (Quad(*statement, names.graph(VERSIONS)) for statement in told)


def named(version: Version, names: Names) -> NamedNode:
    """The name of a version."""
    return names.published(version.dataset, version.edition, version.number)


def edition_of(entry: Described, some: Sequence[Version], names: Names) -> Iterator[Statement]:
    """An edition: what its versions have in common."""
    latest = some[-1]
    page = names.published(entry.name, latest.edition)
    identifier = f"{entry.name}/{latest.edition}"
    yield from dataset(page, entry, identifier, latest.title, latest.period, page)
    yield page, DCT.isPartOf, names.data(entry.name)
    yield page, DCT.issued, day(some[0].issued)
    yield page, DCT.modified, day(latest.issued)
    yield page, DCAT.version, Literal(str(latest.number))
    yield page, DCAT.hasCurrentVersion, named(latest, names)
    for version in some:
        yield page, DCAT.hasVersion, named(version, names)
    for form in FORMS:
        if file := latest.files.get(f"{entry.name}{form.suffix}"):
            yield from distribution(page, page, entry, form, f"{page.value}{form.suffix}")
            yield from sized(part(page, form), file, some[0].issued, latest.issued)


def version_of(
    entry: Described, version: Version, before: Version | None, names: Names
) -> Iterator[Statement]:
    """A version with its files."""
    page = named(version, names)
    identifier = f"{entry.name}/{version.edition}/{version.number}"
    yield from dataset(page, entry, identifier, version.title, version.period, page)
    yield page, DCAT.isVersionOf, names.data(entry.name)
    yield page, DCAT.isVersionOf, names.published(entry.name, version.edition)
    yield page, DCAT.version, Literal(str(version.number))
    yield page, DCT.issued, day(version.issued)
    yield page, DCT.modified, day(version.issued)
    if before is not None:
        yield page, DCAT.previousVersion, named(before, names)
    for form in FORMS:
        name = f"{entry.name}{form.suffix}"
        if name in version.files:
            yield from distribution(page, page, entry, form, f"{page.value}/{name}")
            file = version.files[name]
            yield from sized(part(page, form), file, version.issued, version.issued)
