"""A dataset's record in the fifteen words of Dublin Core, as every OAI-PMH harvester reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from xml.etree.ElementTree import Element

from pyoxigraph import Literal, NamedNode, Triple

from homegraph.endpoint.markup import add
from homegraph.graph.labels import LABELS, preference
from homegraph.graph.terms import DCAT, DCT

NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
SPACES = {
    "xmlns:oai_dc": NAMESPACE,
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
}
# What a record says, by subject and property.
Said = defaultdict[tuple[object, NamedNode], list[NamedNode | Literal]]
# The words that a dataset's own properties become.
WORDS: list[tuple[str, Sequence[NamedNode]]] = [
    ("title", [DCT.title]),
    ("creator", [DCT.creator]),
    ("subject", [DCAT.keyword, DCAT.theme]),
    ("description", [DCT.description]),
    ("publisher", [DCT.publisher]),
    ("date", [DCT.modified, DCT.issued]),
    ("identifier", [DCT.identifier, DCAT.landingPage]),
    ("source", [DCT.source]),
    ("language", [DCT.language]),
    ("relation", [DCT.relation, DCT.conformsTo]),
    ("coverage", [DCT.spatial]),
    ("rights", [DCT.license, DCT.accessRights]),
]
# Those that tell a name better by their label than by their address.
NAMED = {"creator", "subject", "publisher", "coverage"}


def dublin_core(dataset: NamedNode, record: Iterable[Triple]) -> Element:
    """The record as an element; its order never differs."""
    about: Said = defaultdict(list)
    for triple in record:
        if isinstance(triple.object, NamedNode | Literal):
            about[triple.subject, triple.predicate].append(triple.object)
    said: list[tuple[str, str, str]] = [("type", "Dataset", ""), ("identifier", dataset.value, "")]
    for word, properties in WORDS:
        for value in chain.from_iterable(about[dataset, one] for one in properties):
            said.append((word, *told(about, value, word in NAMED)))
    said += [("format", one, "") for one in formats(about, dataset)]
    said += [("coverage", one, "") for one in periods(about, dataset)]
    root = Element("oai_dc:dc", SPACES)
    for word, text, language in sorted(set(said)):
        element = add(root, f"dc:{word}", text)
        if language:
            element.set("xml:lang", language)
    return root


def told(about: Said, value: NamedNode | Literal, by_name: bool) -> tuple[str, str]:
    """A value as text, with its language."""
    if isinstance(value, Literal):
        return value.value, value.language or ""
    names = chain.from_iterable(about[value, one] for one in LABELS) if by_name else ()
    texts = [one for one in names if isinstance(one, Literal)]
    if not texts:
        return value.value, ""
    best = min(texts, key=preference)
    return best.value, best.language or ""


def formats(about: Said, dataset: NamedNode) -> list[str]:
    """The media types of the distributions, as text/csv."""
    return sorted(
        {
            value.value.partition("/media-types/")[2] or value.value
            for one in about[dataset, DCAT.distribution]
            for value in about[one, DCAT.mediaType]
        }
    )


def periods(about: Said, dataset: NamedNode) -> Iterator[str]:
    """The time covered, as 2023-04-01/2024-03-31."""
    for one in about[dataset, DCT.temporal]:
        bounds = [
            min((value.value for value in about[one, end]), default="")
            for end in (DCAT.startDate, DCAT.endDate)
        ]
        if any(bounds):
            yield "/".join(bounds)
