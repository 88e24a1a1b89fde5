"""A record in each format that OAI-PMH offers it in."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from homegraph.endpoint.harvest import dublin_core
from homegraph.endpoint.markup import exact, parsed
from homegraph.graph.record import Records
from homegraph.graph.terms import PREFIXES, RDF

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
    return rdf(record)


def rdf(record: list[Triple]) -> Element:
    """Statements as RDF/XML."""
    text = "\n".join(map(str, record))
    prefixes = {prefix: iri for prefix, iri in PREFIXES.items() if iri in text}
    written = serialize(record, format=RdfFormat.RDF_XML, prefixes=prefixes)
    assert written is not None  # no output was named
    return parsed(exact(written))
