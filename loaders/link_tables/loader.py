"""Links that were made by matching names, and that a person has looked through.

Either what `homegraph link` writes (Turtle, as SSSOM has mappings in RDF), or a CSV file in the
columns of SSSOM (https://mapping-commons.github.io/sssom/): what is linked, how, to what, how it
was come by, how sure it is, when, and who says so. What goes by a name under the base of a
deployment may be written from id/ on in a table, so that it holds for each. The link is stated, and
beside it an owl:Axiom says the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import DCT, OWL, PROV, RDF, RDFS, SKOS, SOURCE, SSSOM
from homegraph.loaders.link_tables.read import Link, from_table, from_turtle

NAME = "link-tables"
Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """All links of all files; what two files say of the same two things, the first says."""
    seen: dict[tuple[str, str], str] = {}
    for file in files:
        read = from_turtle if file.name.endswith(".ttl") else from_table
        for link in read(file, names, reading, seen):
            for statement in said(link, file, names):
                yield Quad(*statement, names.graph(NAME))


def said(link: Link, file: RawFile, names: Names) -> Iterator[Statement]:
    """A link, and what is known of it."""
    yield link.subject, link.predicate, link.other
    if link.text:  # of a value of a table, which nothing else describes
        yield link.subject, RDF.type, SKOS.Concept
        yield link.subject, SKOS.prefLabel, Literal(link.text)
    key = sha256(f"{link.subject.value} {link.other.value}".encode()).hexdigest()[:16]
    node = names.thing("link", key)
    yield node, RDF.type, OWL.Axiom
    yield node, RDFS.label, Literal(f"Link {key}", language="en")
    yield node, OWL.annotatedSource, link.subject
    yield node, OWL.annotatedProperty, link.predicate
    yield node, OWL.annotatedTarget, link.other
    yield node, SSSOM.mapping_justification, link.method
    yield node, SSSOM.confidence, link.sure
    yield node, DCT.created, link.day
    yield node, DCT.isPartOf, names.data(NAME)
    yield node, PROV.wasDerivedFrom, names.thing("file", file.sha256)
    if link.source:
        yield node, DCT.source, link.source
    if link.row:
        yield node, SOURCE.inRow, Literal(link.row)
