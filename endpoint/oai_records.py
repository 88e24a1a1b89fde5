"""A record in each format that OAI-PMH offers it in."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from homegraph.endpoint import dublin_core
from homegraph.endpoint.display import PREFIXES
from homegraph.endpoint.markup import legal, parsed
from homegraph.graph.record import Records
from homegraph.graph.terms import RDF

# The schema and the namespace of each; the one of RDF is that which other repositories name.
FORMATS = {
    "oai_dc": (dublin_core.SCHEMA, dublin_core.NAMESPACE),
    "dcat_ap": ("http://www.openarchives.org/OAI/2.0/rdf.xsd", RDF.iri),
}


def metadata(records: Records, dataset: NamedNode, prefix: str) -> Element:
    """A dataset's record in a format."""
    record = records.of(dataset)
    if prefix == "oai_dc":
        return dublin_core.dublin_core(dataset, record)
    return rdf([as_xml_has_it(triple) for triple in record])


def rdf(record: list[Triple]) -> Element:
    """Statements as RDF/XML."""
    text = "\n".join(map(str, record))
    prefixes = {prefix: iri for prefix, iri in PREFIXES.items() if iri in text}
    written = serialize(record, format=RdfFormat.RDF_XML, prefixes=prefixes)
    assert written is not None  # no output was named
    return parsed(written)


def as_xml_has_it(triple: Triple) -> Triple:
    """A statement whose text holds only what XML can."""
    value = triple.object
    if not isinstance(value, Literal) or (text := legal(value.value)) == value.value:
        return triple
    if value.language:
        return Triple(triple.subject, triple.predicate, Literal(text, language=value.language))
    return Triple(triple.subject, triple.predicate, Literal(text, datatype=value.datatype))
