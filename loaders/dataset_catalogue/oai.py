"""Reads OAI-PMH 2.0 answers: records of datasets as DCAT in RDF/XML, or as Dublin Core (oai_dc).

A record that is marked deleted is counted and left out, and so are older states of it in other
files. Creators and contributors are names of individuals, so they are never taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place
from homegraph.graph.terms import DCAT, DCT
from homegraph.loaders.dataset_catalogue import dcat
from homegraph.loaders.dataset_catalogue.described import Document, Subject, read_quads, shown
from homegraph.loaders.dataset_catalogue.entry import Entry, Publisher, Said
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.tables import licence_row, look_up
from homegraph.loaders.dataset_catalogue.values import identity, moment, web_address

AGAIN = "It is cut off or damaged: fetch it again, or tell the publisher."
OF_DATA = ("dataset", "datasets", "data", "collection", "service", "statistical")
NOTHING_FOUND = "noRecordsMatch"
EMPTY = ElementTree.Element("none")


@dataclass(frozen=True)
class Record:
    """One record of an answer: what the repository calls it, its state, and what it says."""

    identifier: str
    stamp: str
    deleted: bool
    payload: ElementTree.Element | None


def answer(content: bytes, file: str) -> ElementTree.Element:
    """The outermost element of an answer; raises SourceRejected for what is no whole XML."""
    # Nobody needs a document type here, and its entities can grow without end.
    if b"<!DOCTYPE" in content[:2000].upper():
        remedy = "An answer of OAI-PMH has none: tell the publisher."
        raise SourceRejected([Finding("the answer has a document type", remedy, file)])
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        problem = f"the text is not XML: {error}"
        raise SourceRejected([Finding(problem, AGAIN, file, error.position[0])]) from None


def local(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def within(element: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """The elements of a name in another, however deep."""
    return (one for one in element.iter() if local(one) == name)


def text_of(element: ElementTree.Element, name: str) -> str:
    """The text of the first element of a name."""
    found = next(within(element, name), EMPTY)
    return (found.text or "").strip()


def refusal(root: ElementTree.Element) -> str:
    """What a repository answers in place of records; nothing when there merely are none."""
    for error in within(root, "error"):
        code = error.get("code", "")
        if code != NOTHING_FOUND:
            return f"{code}: {(error.text or '').strip()}"
    return ""


def records(root: ElementTree.Element) -> Iterator[Record]:
    """The records of an answer, in its order."""
    for element in root:
        if local(element) in ("ListRecords", "GetRecord"):
            for one in element:
                if local(one) == "record":
                    yield record(one)


def record(element: ElementTree.Element) -> Record:
    """Read the header of a record, and find what it holds."""
    header = next((one for one in element if local(one) == "header"), EMPTY)
    metadata = next((one for one in element if local(one) == "metadata"), None)
    payload = next(iter(metadata), None) if metadata is not None else None
    deleted = header.get("status") == "deleted"
    return Record(text_of(header, "identifier"), text_of(header, "datestamp"), deleted, payload)


def read(content: bytes, file: str, base: str, harvest: Harvest) -> bool:
    """Read one answer into the harvest; False when it has no list of records.

    Raises SourceRejected for one that is broken, or that is an error.
    """
    root = answer(content, file)
    if problem := refusal(root):
        remedy = "Ask again from the beginning: homegraph fetch --kind oai-pmh."
        raise SourceRejected([Finding(f"the repository answered {problem}", remedy, file)])
    harvest.of_catalogue(text_of(root, "request"))
    found = list(records(root))
    for number, one in enumerate(found, start=1):
        place = Place(file, number)
        if one.deleted:
            harvest.notes.names[place] = one.identifier
            harvest.delete(place, one.identifier, one.stamp)
        elif one.payload is not None and local(one.payload) == "dc":
            read_dublin_core(one, one.payload, place, harvest)
        else:
            read_rdf(one, place, base, harvest)
    return bool(found) or any(True for _ in within(root, "error"))


def read_rdf(one: Record, place: Place, base: str, harvest: Harvest) -> None:
    """Read a record in RDF/XML: the datasets in it, which as a rule is one."""
    document = Document([])
    if one.payload is not None:
        content = ElementTree.tostring(one.payload, encoding="utf-8", xml_declaration=True)
        document = Document(read_quads(content, "rdf", base, place.file))
    harvest.columns(place.file, map(shown, document.predicates()))
    nodes = dcat.entries_of(document, document.typed(DCAT.Catalog))
    for node in nodes:
        header = (one.identifier, one.stamp)
        dcat.read_one(Subject(document, node), place, dcat.topics(document), harvest, header)
    if not nodes:
        refuse(one, place, "the record describes no dataset", harvest)


def refuse(one: Record, place: Place, problem: str, harvest: Harvest) -> None:
    """Count a record that is of no use, and say so."""
    harvest.reading.records += 1
    harvest.reading.written += 1
    remedy = "It was left out; ask for the records of datasets only, as a set."
    harvest.refuse(place, problem, remedy, one.identifier)


def read_dublin_core(
    one: Record, payload: ElementTree.Element, place: Place, harvest: Harvest
) -> None:
    """Turn a record in simple Dublin Core into an entry."""

    def texts(name: str) -> list[str]:
        found = ((each.text or "").strip() for each in payload if local(each) == name)
        return [text for text in found if text]

    harvest.notes.names[place] = one.identifier
    harvest.columns(place.file, (f"dc:{local(each)}" for each in payload))
    title = next(iter(texts("title")), "")
    kinds = {re.split("[/#:]", text.casefold())[-1] for text in texts("type")}
    if kinds and not kinds & set(OF_DATA):
        refuse(one, place, "the record is not of a dataset, by its dc:type", harvest)
        return
    if not title:
        refuse(one, place, "the record has no title", harvest)
        return
    harvest.reading.records += 1
    harvest.reading.written += 1
    named = [text for text in texts("identifier") if identity(text)]
    iri = named[0] if named else ""
    entry = Entry(place, (one.identifier or title,), title, iri=iri, identifier=one.identifier)
    entry.header, entry.stamp = one.identifier, one.stamp
    entry.identifier = next(iter(texts("identifier")), one.identifier)
    entry.description = "\n\n".join(texts("description"))
    entry.keywords = texts("subject")
    entry.modified = [Said("dc:date", max(texts("date"), default=one.stamp))]
    entry.landing = [Said("dc:identifier", text) for text in named[1:] if web_address(text)]
    entry.links = [(DCT.relation, text) for text in texts("relation") if identity(text)]
    rights = [Said("dc:rights", text) for text in texts("rights")]
    entry.licences = [said for said in rights if licence_row(said.text)]
    entry.rights = [said.text for said in rights if said not in entry.licences]
    if name := next(iter(texts("publisher")), ""):
        harvest.publisher(Publisher(name, name))
        entry.publisher = name
    for text in texts("coverage"):
        cover(entry, Said("dc:coverage", text))
    harvest.take(entry)


def cover(entry: Entry, said: Said) -> None:
    """Take what is covered for a time when it is one, else for an area."""
    start, _, end = said.text.partition("/")
    if moment(start) and (not end or moment(end)) and not look_up("places", said.text):
        entry.start = [Said(said.column, start)]
        entry.end = [Said(said.column, end or start)]
    else:
        entry.places.append(said)
