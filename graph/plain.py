"""Reads datasets of the catalogue as plain words, for the forms in which others take them.

All of it is from the dataset's record (graph/record.py), so that every form of the catalogue says
the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from homegraph.graph.entry import Agent, Contact, Entry, File, Named, Place
from homegraph.graph.iri import FILE_TYPE, IANA_MEDIA
from homegraph.graph.labels import LABELS, preference
from homegraph.graph.record import Records, as_said
from homegraph.graph.terms import (
    ADMS,
    DCAT,
    DCATAP,
    DCT,
    FOAF,
    LOCN,
    QB,
    RDF,
    SKOS,
    SPDX,
    UKMODEL,
    VCARD,
)

Term = NamedNode | BlankNode | Literal | Triple
Said = Mapping[NamedNode, Sequence[Term]]
Node = NamedNode | BlankNode
RUNS = re.compile(r"\s*(javascript|vbscript|data|file):", re.IGNORECASE)
# What people call the formats whose codes in the EU's list are no names.
CALLED = {
    "GEOJSON": "GeoJSON",
    "JSON_LD": "JSON-LD",
    "PARQUET": "Parquet",
    "RDF_N_QUADS": "N-Quads",
    "RDF_N_TRIPLES": "N-Triples",
    "RDF_TRIG": "TriG",
    "RDF_TURTLE": "Turtle",
    "RDF_XML": "RDF/XML",
}


class Reader:
    """Reads entries from the records of a store that does not change meanwhile."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def entry(self, dataset: NamedNode, whole: bool = True) -> Entry:
        """All that the catalogue says of a dataset; of its files and period only if `whole`."""
        said = self.own(dataset, may_be_cube=True)
        files = [self.file(one, whole) for one in names(said, DCAT.distribution)]
        periods = map(self.period, names(said, DCT.temporal) if whole else [])
        licences = self.named(said, DCT.license) or [
            licence for file in files if (licence := file.licence)
        ]
        return Entry(
            iri=dataset.value,
            title=text(said, DCT.title) or dataset.value,
            description=text(said, DCT.description),
            identifier=first(said, DCT.identifier),
            version=first(said, DCAT.version),
            issued=first(said, DCT.issued),
            modified=first(said, DCT.modified, last=True),
            provenance="; ".join(self.words(said, DCT.provenance)),
            classification=first(said, UKMODEL.securityClassification),
            publisher=next(iter(self.agents(said, DCT.publisher)), None),
            creators=tuple(self.agents(said, DCT.creator)),
            contacts=tuple(self.contact(one) for one in names(said, DCAT.contactPoint)),
            licence=next(iter(licences), None),
            access=next(iter(self.named(said, DCT.accessRights)), None),
            rights=self.words(said, DCT.rights),
            frequency=next(iter(self.named(said, DCT.accrualPeriodicity)), None),
            keywords=texts(said, DCAT.keyword),
            themes=tuple(self.named(said, DCAT.theme)),
            places=tuple(self.place(one) for one in names(said, DCT.spatial)),
            periods=tuple(sorted(filter(any, periods))),
            languages=tuple(self.named(said, DCT.language)),
            landing_pages=addresses(said, DCAT.landingPage),
            pages=addresses(said, FOAF.page),
            standards=tuple(self.named(said, DCT.conformsTo)),
            sources=addresses(said, DCT.source),
            kinds=addresses(said, RDF.type),
            files=tuple(files),
        )

    def own(self, node: Node, may_be_cube: bool = False) -> Said:
        """What the record has of a dataset or a part of it.

        A plain lookup has more than the record, but nothing that is read here; it costs a third.
        Only of cubes it has all the slices.
        """
        store = self.records.store
        if may_be_cube and any(store.quads_for_pattern(node, RDF.type, QB.DataSet)):
            return by_property(node, self.records.own(node))
        quads = store.quads_for_pattern(node, None, None)
        return by_property(node, map(as_said, (quad.triple for quad in quads)))

    def file(self, distribution: Node, whole: bool = True) -> File:
        """A distribution; its format and licence, and the rest if `whole`."""
        if not whole:
            quads = self.records.store.quads_for_pattern
            formats = [quad.object for quad in quads(distribution, DCT.format, None)]
            licences = [quad.object for quad in quads(distribution, DCT.license, None)]
            some: Said = {DCT.format: formats, DCT.license: licences}
            return File(
                iri=address(distribution),
                format=next((self.format(one) for one in sorted(formats, key=str)), ""),
                licence=next(iter(self.named(some, DCT.license)), None),
            )
        said = self.own(distribution)
        checksum: Said = {}
        for one in names(said, SPDX.checksum):
            checksum = self.own(one)
        size = first(said, DCAT.byteSize)
        types = [media_type(one) for one in values(said, DCAT.mediaType)]
        packed = [media_type(one) for one in values(said, DCAT.compressFormat)]
        return File(
            iri=address(distribution),
            title=text(said, DCT.title),
            description=text(said, DCT.description),
            identifier=first(said, DCT.identifier),
            access=next(iter(addresses(said, DCAT.accessURL)), ""),
            download=next(iter(addresses(said, DCAT.downloadURL)), ""),
            media_type=next(iter(types), ""),
            packed_as=next(iter(packed), ""),
            format=next((self.format(one) for one in values(said, DCT.format)), ""),
            size=int(size) if size.isdecimal() and size.isascii() else None,
            algorithm=first(checksum, SPDX.algorithm).rpartition("_")[2],
            digest=first(checksum, SPDX.checksumValue),
            issued=first(said, DCT.issued),
            modified=first(said, DCT.modified, last=True),
            availability=first(said, DCATAP.availability),
            status=first(said, ADMS.status),
            licence=next(iter(self.named(said, DCT.license)), None),
            rights=self.words(said, DCT.rights),
            standards=tuple(self.named(said, DCT.conformsTo)),
            pages=addresses(said, FOAF.page),
            languages=tuple(self.named(said, DCT.language)),
        )

    def told(self, name: Node) -> Said:
        """What names a value."""
        return by_property(name, self.records.value(name))

    def named(self, said: Said, predicate: NamedNode) -> list[Named]:
        """Values with their names; a text stands for itself."""
        found = [self.name(one) for one in names(said, predicate)]
        return found or [Named("", one) for one in texts(said, predicate)]

    def name(self, value: Node) -> Named:
        """A value with its name."""
        told = self.told(value)
        return Named(address(value), label(told), first(told, SKOS.notation))

    def words(self, said: Said, predicate: NamedNode) -> tuple[str, ...]:
        """Values in words: texts as they are, statements of rights by their label."""
        found = [self.name(one) for one in names(said, predicate)]
        return (*texts(said, predicate), *(one.label or one.iri for one in found))

    def agents(self, said: Said, predicate: NamedNode) -> list[Agent]:
        """Publishers or creators."""
        found = []
        for one in names(said, predicate):
            told = self.told(one)
            code = first(told, DCT.identifier)
            homepage = next(iter(addresses(told, FOAF.homepage)), "")
            kind = next(iter(addresses(told, DCT.type)), "")
            found.append(Agent(address(one), label(told) or address(one), code, homepage, kind))
        return found

    def contact(self, value: Node) -> Contact:
        """Whom to ask."""
        told = self.told(value)
        return Contact(
            iri=address(value),
            name=label(told),
            email=first(told, VCARD.hasEmail).removeprefix("mailto:"),
            telephone=first(told, VCARD.hasTelephone).removeprefix("tel:"),
            page=first(told, VCARD.hasURL),
        )

    def place(self, value: Node) -> Place:
        """An area."""
        told = self.told(value)
        outline = first(told, DCAT.bbox) or first(told, LOCN.geometry)
        return Place(address(value), label(told), first(told, SKOS.notation), outline)

    def period(self, value: Node) -> tuple[str, str]:
        """The first and the last day of a period; nothing where it is open."""
        said = self.own(value)
        return first(said, DCAT.startDate), first(said, DCAT.endDate)

    def format(self, value: Term) -> str:
        """What people call a format."""
        if not isinstance(value, NamedNode):
            return getattr(value, "value", "")
        code = value.value.removeprefix(FILE_TYPE)
        if code == value.value:
            return label(self.told(value)) or Named(code, "").last
        return CALLED.get(code, code)


class RecordReader(Reader):
    """Reads an entry from one record that has been read already: nothing is looked up again."""

    def __init__(self, records: Records, record: Iterable[Triple]) -> None:
        super().__init__(records)
        self._said: dict[Node, list[Triple]] = {}
        for triple in record:
            if isinstance(triple.subject, NamedNode | BlankNode):
                self._said.setdefault(triple.subject, []).append(triple)

    def own(self, node: Node, may_be_cube: bool = False) -> Said:
        """What the record has of a dataset or a part of it."""
        return self.told(node)

    def told(self, name: Node) -> Said:
        """What names a value."""
        return by_property(name, self._said.get(name, ()))


def by_property(subject: Node, triples: Iterable[Triple]) -> Said:
    """What is said of one subject, by property; values in an order that never differs."""
    found: dict[NamedNode, list[Term]] = {}
    for triple in triples:
        if triple.subject == subject:
            found.setdefault(triple.predicate, []).append(triple.object)
    for several in found.values():
        if len(several) > 1:
            several.sort(key=str)
    return found


def values(said: Said, predicate: NamedNode) -> Sequence[Term]:
    """All values of a property."""
    return said.get(predicate, ())


def names(said: Said, predicate: NamedNode) -> list[Node]:
    """The values of a property that are things, with a name or without."""
    return [one for one in values(said, predicate) if isinstance(one, NamedNode | BlankNode)]


def address(node: Node) -> str:
    """The name of a thing; nothing where it has none."""
    return node.value if isinstance(node, NamedNode) else ""


def texts(said: Said, predicate: NamedNode) -> tuple[str, ...]:
    """The values of a property that are texts; in English, if there are any in English."""
    found = [one for one in values(said, predicate) if isinstance(one, Literal)]
    english = [one for one in found if (one.language or "en").startswith("en")]
    return tuple(dict.fromkeys(one.value for one in english or found))


def text(said: Said, predicate: NamedNode) -> str:
    """The text of a property, English before other languages."""
    found = [one for one in values(said, predicate) if isinstance(one, Literal)]
    return min(found, key=preference).value if found else ""


def label(said: Said) -> str:
    """What a value is called."""
    return next((found for one in LABELS if (found := text(said, one))), "")


def first(said: Said, predicate: NamedNode, last: bool = False) -> str:
    """The first value of a property, or the last one, as a text."""
    found = [one.value for one in values(said, predicate) if isinstance(one, Literal | NamedNode)]
    return found[-1 if last else 0] if found else ""


def addresses(said: Said, predicate: NamedNode) -> tuple[str, ...]:
    """The values of a property that are names or addresses, but for what a browser would run."""
    found = (one.value for one in values(said, predicate) if isinstance(one, Literal | NamedNode))
    return tuple(one for one in found if not RUNS.match(one))


def media_type(value: Term) -> str:
    """A media type as HTTP writes it."""
    return getattr(value, "value", "").removeprefix(IANA_MEDIA)
