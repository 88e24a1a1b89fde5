"""Links that were made by matching names, as tables that a person has looked through.

A CSV file in the columns of SSSOM (https://mapping-commons.github.io/sssom/): what is linked, how,
to what, how it was come by, how sure it is, when, and who says so. What goes by a name under the
base of a deployment may be written from id/ on, so that a table holds for each. The link is stated,
and beside it an owl:Axiom says the rest, as SSSOM does in RDF.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import row
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row
from homegraph.graph.terms import DCT, OWL, PROV, RDF, RDFS, SEMAPV, SKOS, SOURCE, SSSOM, XSD

NAME = "link-tables"
COLUMNS = (
    *("subject_id", "predicate_id", "object_id"),
    *("mapping_justification", "confidence", "mapping_date", "mapping_source"),
)
IRI = re.compile(r"[a-z]+://[^\s<>\"{}|\\^`]+")
OURS = re.compile(r"(id|data)/[^\s<>\"{}|\\^`]+")
ADDRESS = "Write a whole address, or one of ours from id/ on: id/post/Chief%20Statistician."
PREDICATES = {
    one.value: one
    for one in (
        *(SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch),
        OWL.sameAs,
    )
}
METHODS = {
    one.value: one
    for one in (SEMAPV.LexicalMatching, SEMAPV.LogicalReasoning, SEMAPV.ManualMappingCuration)
}
Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """All links of all files; a link may stand only once."""
    graph = names.graph(NAME)
    seen: dict[tuple[NamedNode, NamedNode], str] = {}
    for file in files:
        row.check_header(next(row.records(file)), file.name, COLUMNS, COLUMNS)
        for record in row.rows(file, reading):
            said: list[Statement] = []
            with record:
                said = list(link(record, seen, names))
                said.append((said[0][0], PROV.wasDerivedFrom, names.thing("file", file.sha256)))
            yield from (Quad(*one, graph) for one in said)


def link(
    record: Row, seen: dict[tuple[NamedNode, NamedNode], str], names: Names
) -> Iterator[Statement]:
    """What a row says."""
    subject = record.take("subject_id", address(names), ADDRESS)
    predicate = record.take("predicate_id", one_of(PREDICATES), wanted(PREDICATES))
    other = record.take("object_id", address(names), ADDRESS)
    where = f"{record.file}: row {record.number}"
    if seen.setdefault((subject, other), where) != where:
        problem = f"{seen[subject, other]} links the same two"
        raise record.refuse(problem, "Keep one of them.", "object_id", other.value)
    key = sha256(f"{subject.value} {other.value}".encode()).hexdigest()[:16]
    node = names.thing("link", key)
    yield node, RDF.type, OWL.Axiom
    yield node, RDFS.label, Literal(f"Link in row {record.number}", language="en")
    yield node, OWL.annotatedSource, subject
    yield node, OWL.annotatedProperty, predicate
    yield node, OWL.annotatedTarget, other
    justified = record.take("mapping_justification", one_of(METHODS), wanted(METHODS))
    yield node, SSSOM.mapping_justification, justified
    sure = record.take("confidence", confidence, "Write how sure it is, from 0 to 1.")
    yield node, SSSOM.confidence, sure
    yield node, DCT.created, record.take("mapping_date", day, "Write a day as 2026-11-22.")
    yield node, DCT.source, record.take("mapping_source", address(names), ADDRESS)
    yield node, DCT.isPartOf, names.data(NAME)
    yield node, SOURCE.inRow, Literal(record.number)
    yield subject, predicate, other


def address(names: Names) -> Callable[[str], NamedNode]:
    """A reader of the address of a thing; one of ours may be written without the base."""

    def read(text: str) -> NamedNode:
        if OURS.fullmatch(text):
            return NamedNode(names.base + text)
        if not IRI.fullmatch(text):
            raise ValueError("not an address")
        return NamedNode(text)

    return read


def one_of(known: dict[str, NamedNode]) -> Callable[[str], NamedNode]:
    """A reader of one of a few addresses."""

    def read(text: str) -> NamedNode:
        if text not in known:
            raise ValueError("not one of those that are known here")
        return known[text]

    return read


def wanted(known: dict[str, NamedNode]) -> str:
    """What to write in a column of a few addresses."""
    return f"Write one of: {', '.join(known)}."


def confidence(text: str) -> Literal:
    """How sure a link is."""
    if not re.fullmatch(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?", text):
        raise ValueError("not a number from 0 to 1")
    return Literal(f"{Decimal(text):f}", datatype=XSD.decimal)


def day(text: str) -> Literal:
    """A day."""
    date.fromisoformat(text)
    return Literal(text, datatype=XSD.date)
