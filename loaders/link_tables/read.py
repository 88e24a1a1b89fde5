"""Reads links: the rows of a table of SSSOM, and the axioms in what `homegraph link` writes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from homegraph.graph import row
from homegraph.graph.dump import DAMAGED
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row
from homegraph.graph.terms import OWL, PROV, SEMAPV, SKOS, SSSOM, XSD

COLUMNS = (
    *("subject_id", "predicate_id", "object_id"),
    *("mapping_justification", "confidence", "mapping_date", "mapping_source"),
)
IRI = re.compile(r"[a-z]+:[^\s<>\"{}|\\^`]+")
OURS = re.compile(r"(id|data)/[^\s<>\"{}|\\^`]+")
ADDRESS = "Write a whole address, or one of ours from id/ on: id/post/Chief%20Statistician."
SURE = "Write how sure it is, from 0 to 1."
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
Seen = dict[tuple[str, str], str]


class Link(NamedTuple):
    """One link, and what is known of it."""

    subject: NamedNode
    predicate: NamedNode
    other: NamedNode
    method: NamedNode
    sure: Literal
    day: Literal
    source: NamedNode | None = None
    row: int = 0
    text: str = ""  # the value of a table that the subject is


def from_table(file: RawFile, names: Names, reading: Reading, seen: Seen) -> Iterator[Link]:
    """The links of a table; a link may stand only once."""
    row.check_header(next(row.records(file)), file.name, COLUMNS, COLUMNS)
    for record in row.rows(file, reading):
        found = None
        with record:
            found = of_row(record, names, seen)
        if found:
            yield found


def of_row(record: Row, names: Names, seen: Seen) -> Link:
    """The link of a row."""
    subject = record.take("subject_id", address(names), ADDRESS)
    predicate = record.take("predicate_id", one_of(PREDICATES), wanted(PREDICATES))
    other = record.take("object_id", address(names), ADDRESS)
    where = f"{record.file}: row {record.number}"
    if seen.setdefault((subject.value, other.value), where) != where:
        problem = f"{seen[subject.value, other.value]} links the same two"
        raise record.refuse(problem, "Keep one of them.", "object_id", other.value)
    return Link(
        *(subject, predicate, other),
        record.take("mapping_justification", one_of(METHODS), wanted(METHODS)),
        record.take("confidence", confidence, SURE),
        record.take("mapping_date", day, "Write a day as 2026-11-22."),
        record.take("mapping_source", address(names), ADDRESS),
        record.number,
    )


def from_turtle(file: RawFile, names: Names, reading: Reading, seen: Seen) -> Iterator[Link]:
    """The links that a file in Turtle has axioms of; raises SourceRejected for other files."""
    said: defaultdict[str, dict[NamedNode, NamedNode | Literal]] = defaultdict(dict)
    try:
        with file.open() as stream:
            for quad in parse(stream, format=RdfFormat.TURTLE):
                subject, value = quad.subject, quad.object
                if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal):
                    said[subject.value][quad.predicate] = value
    except (SyntaxError, ValueError, OSError, *DAMAGED) as error:
        remedy = "Have `homegraph link` write it again."
        raise SourceRejected([Finding(f"it is no Turtle: {error}", remedy, file.name)]) from None
    for node in sorted(node for node, one in said.items() if OWL.annotatedTarget in one):
        reading.records += 1
        try:
            link = of_axiom(said[node], said)
        except (KeyError, ValueError, TypeError) as error:
            problem = f"the link cannot be read: {error}"
            remedy = "Have `homegraph link` write it again, or take the link out."
            reading.add(Finding(problem, remedy, file.name, value=node))
            reading.refused += 1
            continue
        reading.written += 1
        where = f"{file.name}: {node}"
        if seen.setdefault((link.subject.value, link.other.value), where) == where:
            yield link


def of_axiom(
    said: Mapping[NamedNode, NamedNode | Literal],
    every: Mapping[str, Mapping[NamedNode, NamedNode | Literal]],
) -> Link:
    """The link that an axiom is of; raises KeyError, ValueError or TypeError for what is amiss."""
    subject, other = said[OWL.annotatedSource], said[OWL.annotatedTarget]
    if not isinstance(subject, NamedNode) or not isinstance(other, NamedNode):
        raise TypeError("its ends are not both named")
    run = every.get(said[PROV.wasGeneratedBy].value, {})
    text = every[subject.value].get(SKOS.prefLabel)
    return Link(
        *(subject, one_of(PREDICATES)(said[OWL.annotatedProperty].value), other),
        one_of(METHODS)(said[SSSOM.mapping_justification].value),
        confidence(said[SSSOM.confidence].value),
        day(run[PROV.endedAtTime].value[:10]),
        text=text.value if text else "",
    )


def address(names: Names) -> Callable[[str], NamedNode]:
    """A reader of the address of a thing; one of ours may be written without the base."""

    def read(text: str) -> NamedNode:
        if OURS.fullmatch(text):
            return NamedNode(names.base + text)
        if not IRI.fullmatch(text):
            raise ValueError("not an address")
        return NamedNode(text)

    return read


def one_of(known: Mapping[str, NamedNode]) -> Callable[[str], NamedNode]:
    """A reader of one of a few addresses."""

    def read(text: str) -> NamedNode:
        if text not in known:
            raise ValueError(f"{text!r} is not one of those that are known here")
        return known[text]

    return read


def wanted(known: Mapping[str, NamedNode]) -> str:
    """What to write in a column of a few addresses."""
    return f"Write one of: {', '.join(known)}."


def confidence(text: str) -> Literal:
    """How sure a link is."""
    if not re.fullmatch(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?", text):
        raise ValueError("not a number from 0 to 1")
    return Literal(f"{Decimal(text):f}", datatype=XSD.decimal)


def day(text: str) -> Literal:
    """A day."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError("not a day written as 2026-11-22")
    date.fromisoformat(text)
    return Literal(text, datatype=XSD.date)
