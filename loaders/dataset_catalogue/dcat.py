"""Reads DCAT catalogues in RDF: each dataset, series and service as an entry.

What a catalogue says of a thing is read property by property; a property that nobody reads is
noted once for the file. Blank nodes are read where they stand, and get names from what they say.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode

from homegraph.graph.findings import Place
from homegraph.graph.terms import (
    ADMS,
    DCAT,
    DCT,
    FOAF,
    OWL,
    PROV,
    RDFS,
    SKOS,
    UKMODEL,
)
from homegraph.loaders.dataset_catalogue.dcat_parts import (
    areas,
    coded,
    contact,
    distribution,
    periods,
    publisher,
)
from homegraph.loaders.dataset_catalogue.described import (
    Document,
    Node,
    Subject,
    Term,
    read_quads,
    shown,
)
from homegraph.loaders.dataset_catalogue.entry import Entry, Resource, Said
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.tables import licence_row
from homegraph.loaders.dataset_catalogue.values import identity

TITLE = "Ask the publisher for a title; a dataset cannot be listed without one."
STAYS = "Ask the publisher for an address that stays; until then its name hangs on the identifier."
LISTS = (DCAT.dataset, DCAT.service)
LISTED = (DCAT.Dataset, DCAT.DatasetSeries, DCAT.DataService)
# Links that are kept as they stand, when they lead to an address.
LINKS = (DCAT.inSeries, DCT.relation, DCT.source, DCT.references)
# What follows from other statements, or is about the record and not about the data.
LEFT = frozenset(
    {
        *(DCT.creator, DCT.hasPart, DCT.isPartOf, DCT.provenance, DCT.subject, DCT.alternative),
        *(DCAT.hasVersion, DCAT.hasCurrentVersion, DCAT.isVersionOf, DCAT.previousVersion),
        *(DCAT.distribution, RDFS.label, RDFS.seeAlso, RDFS.isDefinedBy, SKOS.prefLabel),
        *(PROV.wasDerivedFrom, PROV.wasGeneratedBy, PROV.wasAttributedTo, PROV.hadPrimarySource),
        *(OWL.sameAs, ADMS.sample, ADMS.status, ADMS.identifier),
    }
)


def read(content: bytes, syntax: str, file: str, base: str, harvest: Harvest) -> bool:
    """Read an RDF document into the harvest; False when it is no catalogue.

    Raises SourceRejected, with the line, for one that is broken.
    """
    document = Document(read_quads(content, syntax, base, file))
    catalogues = document.typed(DCAT.Catalog)
    own = [one.value for one in catalogues if isinstance(one, NamedNode)]
    harvest.of_catalogue(own[0] if len(own) == 1 else "")
    found = entries_of(document, catalogues)
    harvest.columns(file, map(shown, document.predicates()))
    records = topics(document)
    for number, node in enumerate(found, start=1):
        read_one(Subject(document, node), Place(file, number), records, harvest)
    return bool(found or catalogues)


def entries_of(document: Document, catalogues: Sequence[Term]) -> list[Node]:
    """The datasets, series and services that are described; not those that are only mentioned."""
    listed = document.valued(*LISTS)
    nodes = {node for node in document.typed(*LISTED) if node in listed or titled(document, node)}
    nodes |= {node for node in listed if not isinstance(node, Literal) and document.about(node)}
    found = document.in_order(nodes - set(catalogues))
    return [node for node in found if not isinstance(node, Literal)]


def titled(document: Document, node: Node) -> bool:
    """Whether a thing has a title."""
    return bool(document.values(node, DCT.title))


def topics(document: Document) -> dict[Term, Subject]:
    """The catalogue's own records, by what they are about."""
    return {
        topic: Subject(document, node)
        for node in document.typed(DCAT.CatalogRecord)
        for topic in document.values(node, FOAF.primaryTopic)
    }


def read_one(
    subject: Subject,
    place: Place,
    records: dict[Term, Subject],
    harvest: Harvest,
    header: tuple[str, str] = ("", ""),
) -> None:
    """Turn what is said of one dataset, series or service into an entry."""
    reading = harvest.reading
    reading.records += 1
    reading.written += 1
    title, language = subject.words(DCT.title)
    identifier = identifier_of(subject)
    harvest.notes.names[place] = subject.iri or identifier or title or f"record {place.row}"
    if not title.strip():
        harvest.refuse(place, "the record has no title", TITLE, subject.iri or identifier or None)
        return
    iri, key = name_of(subject, identifier, title, place, harvest)
    entry = Entry(place, key, title, iri=iri, identifier=identifier or iri or title)
    entry.language = language
    entry.header, entry.stamp = header
    fill(entry, subject, harvest)
    record = records.get(subject.node)
    if record is not None and identity(record.iri):
        entry.links.append((FOAF.isPrimaryTopicOf, record.iri))
    if entry.service and not entry.resources:
        remedy = "Ask the publisher for the address of the service."
        harvest.refuse(place, "the service has no address", remedy)
        return
    unread(subject, "dataset", place, harvest)
    harvest.take(entry)


def identifier_of(subject: Subject) -> str:
    """The identifier that the publisher uses, or one of its others."""
    found = subject.text(DCT.identifier)
    others = [
        one for thing in subject.things(ADMS.identifier) for one in thing.texts(SKOS.notation)
    ]
    return found.strip() or next(iter(others), "").strip()


def name_of(
    subject: Subject, identifier: str, title: str, place: Place, harvest: Harvest
) -> tuple[str, tuple[str, ...]]:
    """The address of a dataset, if it has one, and the key that it is known by.

    A blank node is named by its identifier: by itself when that is an address, else among the
    names of its catalogue.
    """
    if subject.iri:
        named = identity(subject.iri)
        if named is not None and named.value == subject.iri:
            return subject.iri, (subject.iri,)
        problem = "the address of the dataset is none that leads anywhere"
    else:
        problem = "the dataset has no address: it is a blank node"
        named = identity(identifier)
    by = "identifier" if identifier else "address" if subject.iri else "title"
    harvest.notes.warn(place, f"{problem}; it is named by its {by}", STAYS, "dct:identifier")
    if named is not None:
        return named.value, (named.value,)
    return "", (identifier or subject.iri or title.strip(),)


def fill(entry: Entry, subject: Subject, harvest: Harvest) -> None:
    """Take what is said beside title and identifier."""

    def said(*predicates: NamedNode) -> list[Said]:
        return [Said(shown(way), text) for way in predicates for text in subject.texts(way)]

    entry.service = DCAT.DataService in subject.kinds
    entry.series = DCAT.DatasetSeries in subject.kinds
    entry.description = subject.words(DCT.description, language=entry.language)[0]
    entry.version = subject.text(DCAT.version, OWL.versionInfo)
    entry.publisher = publisher(subject, entry, harvest)
    contact(entry, subject, harvest)
    entry.keywords = keywords(subject, entry.language)
    entry.themes = coded(subject, "themes", DCAT.theme)
    entry.frequency = coded(subject, "frequencies", DCT.accrualPeriodicity)
    entry.access = coded(subject, "", DCT.accessRights)
    entry.issued, entry.modified = said(DCT.issued), said(DCT.modified)
    entry.created = said(DCT.created)
    entry.languages = said(DCT.language)
    entry.classification = subject.text(UKMODEL.securityClassification)
    entry.landing = said(DCAT.landingPage, FOAF.homepage, FOAF.page)
    entry.standards = [thing.iri or thing.name() for thing in subject.things(DCT.conformsTo)]
    periods(entry, subject)
    areas(entry, subject)
    entry.resources = [
        one
        for thing in subject.things(DCAT.distribution)
        if (one := distribution(thing, entry, harvest))
    ]
    terms(entry, subject)
    if entry.service:
        entry.resources = [endpoint(text) for text in subject.texts(DCAT.endpointURL)]
        subject.values(DCAT.endpointDescription, DCAT.servesDataset)
    entry.links += [
        (way, text) for way in LINKS for text in subject.texts(way) if identity(text) is not None
    ]


def terms(entry: Entry, subject: Subject) -> None:
    """Take the licence: the dataset's own, or the one that all its files have."""
    entry.licences = coded(subject, "licences", DCT.license)
    rights = coded(subject, "licences", DCT.rights)
    if not entry.licences:
        known = [one for one in rights if licence_row(one.text)]
        theirs = {one.licence for one in entry.resources}
        shared = [Said(shown(DCT.license), one) for one in theirs if one and len(theirs) == 1]
        entry.licences = known or shared
        rights = [one for one in rights if one not in known]
    entry.rights = [one.text for one in rights]


def keywords(subject: Subject, language: str) -> list[str]:
    """The keywords in the language of the record, or those in any."""
    found = [one for one in subject.values(DCAT.keyword) if isinstance(one, Literal)]
    ours = [one.value for one in found if (one.language or language) == language]
    return ours or [one.value for one in found]


def endpoint(address: str) -> Resource:
    """The address of a service."""
    return Resource("dcat:endpointURL", address, keys={"url": "dcat:endpointURL"})


def unread(subject: Subject, what: str, place: Place, harvest: Harvest) -> None:
    """Note the properties that nobody reads, each once for the catalogue."""
    for predicate in subject.unread():
        if predicate not in LEFT:
            harvest.once(place, f"nobody reads {shown(predicate)} of a {what}")
