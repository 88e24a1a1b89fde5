"""The links of a table in RDF: a set for each column, with the score and origin of each link.

A link is stated as SSSOM does in RDF (https://mapping-commons.github.io/sssom/spec-formats-rdf/):
the statement itself, and an owl:Axiom that says of it how it was come by and how sure it is. What
follows from a code, or was decided by a person, is an exact match; what follows from a name is a
close one, and so is each of several that are one thing. owl:sameAs is only said of two spellings
of one URI.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from homegraph.graph import iri as naming
from homegraph.graph.errors import HomeUnusable, SourceRejected
from homegraph.graph.findings import Finding
from homegraph.graph.linking.answers import CORRECTED, Answer, Shown, Things
from homegraph.graph.linking.wanted import Asked, Column
from homegraph.graph.linksets.targets import proper
from homegraph.graph.matching.corrections import IRI
from homegraph.graph.terms import (
    DCT,
    OWL,
    PROV,
    RDF,
    SEMAPV,
    SKOS,
    SPDX,
    SSSOM,
    VOID,
    XSD,
)

PREFIXES = {
    "dct": DCT.iri,
    "owl": OWL.iri,
    "prov": PROV.iri,
    "skos": SKOS.iri,
    "spdx": SPDX.iri,
    "sssom": SSSOM.iri,
    "semapv": SEMAPV.iri,
    "void": VOID.iri,
    "xsd": XSD.iri,
}
Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


@dataclass(frozen=True)
class Origin:
    """What a run of linking was: what the links say of where they come from."""

    table: str  # the file or address
    sha256: str
    release: str
    base: str  # of the release's own IRIs
    model: str
    software: str
    ended: datetime
    address: str = ""  # where the links will live: the base that was given, or none
    threshold: float | None = None  # from where on it was linked, if not where matching is safe

    @property
    def node(self) -> str:
        """What all that is said of the run is named after: the same for the same run."""
        said = "\n".join((self.sha256, self.release, self.model, self.software))
        if self.address:
            return f"{self.address}links/{hashlib.sha256(said.encode()).hexdigest()[:12]}/"
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, said)}#"


class Link(NamedTuple):
    """A link: what is linked, how, to what, how sure that is, and by what method."""

    subject: str
    predicate: NamedNode
    object: str
    score: float
    method: NamedNode


def predicate(asked: Asked, answer: Answer, found: Shown, things: Things) -> NamedNode:
    """How a value is linked to what it names."""
    by_code = things.has_code(found.uri, asked.code, asked.text)
    return SKOS.exactMatch if by_code or answer.status == CORRECTED else SKOS.closeMatch


def method(asked: Asked, answer: Answer, found: Shown, things: Things) -> NamedNode:
    """By what a link was come by: a person, a code or a name."""
    if answer.status == CORRECTED:
        return SEMAPV.ManualMappingCuration
    by_code = things.has_code(found.uri, asked.code, asked.text)
    return SEMAPV.LogicalReasoning if by_code else SEMAPV.LexicalMatching


class Linkset:
    """The links of one column, gathered while its rows go by, each once."""

    def __init__(self, column: Column, origin: Origin, things: Things) -> None:
        self.column, self.origin, self._things = column, origin, things
        self.values: dict[str, str] = {}  # the concepts of values, with the text of each
        self.scheme = origin.address + "values/" + naming.segment(column.wanted.column)
        self.name = origin.node + "of/" + naming.segment(column.wanted.column)
        self.same = 0  # subjects that are called as the things are: nothing is to be said
        self._links: dict[tuple[str, str], Link] = {}
        self._exact: dict[str, str] = {}
        self._doubtful: set[str] = set()

    def __len__(self) -> int:
        return len(self._links)

    @property
    def doubtful(self) -> list[str]:
        """Subjects that were said to be two things of ours, so that no link of theirs is stated."""
        return sorted(self._doubtful)

    def add(self, asked: Asked, answer: Answer, row: Sequence[str], number: int) -> None:
        """Take in a row; raises SourceRejected when the cell for its subject holds no URI."""
        found = answer.link
        if found is None:
            return
        how = predicate(asked, answer, found, self._things)
        if self.column.subject < 0:
            subject = self._value(asked)
        else:
            subject = str(row[self.column.subject]).strip()
            if not subject:
                return
            if not IRI.fullmatch(subject):
                raise no_uri(self.origin.table, number, self.column.wanted.subject, subject)
            if subject == found.uri:
                self.same += 1
                return
            if proper(subject) == found.uri:
                how = OWL.sameAs
        if how != SKOS.closeMatch and self._exact.setdefault(subject, found.uri) != found.uri:
            self._doubtful.add(subject)
        by = method(asked, answer, found, self._things)
        self._links.setdefault((subject, found.uri), Link(subject, how, found.uri, found.score, by))

    def _value(self, asked: Asked) -> str:
        """The concept of a value, told apart by its context; always as many parts in its name."""
        parts = [asked.text, asked.parent, asked.code, asked.period]
        while not parts[-1]:
            parts.pop()
        subject = "/".join([self.scheme, *map(naming.encoded, parts)])
        self.values[subject] = asked.text
        return subject

    def links(self) -> list[Link]:
        """The links, in the order of their names.

        Where several subjects are exactly one thing they would be one subject (SKOS, S45), which
        their list does not say: then each is close to it.
        """
        found = [one for one in self._links.values() if one.subject not in self._doubtful]
        exact = Counter(one.object for one in found if one.predicate == SKOS.exactMatch)
        told = (
            one._replace(predicate=SKOS.closeMatch)
            if one.predicate == SKOS.exactMatch and exact[one.object] > 1
            else one
            for one in found
        )
        return sorted(told, key=lambda one: (one.subject, one.object))


def no_uri(table: str, row: int, column: str, value: str) -> SourceRejected:
    """The error for a cell that should hold the URI of a subject."""
    remedy = "Write a whole URI, or nothing; or leave --subject out."
    return SourceRejected([Finding("it is not a URI", remedy, table, row, column, value)])


def write(path: Path, sets: Sequence[Linkset], origin: Origin) -> int:
    """Write link sets as Turtle, whole or not at all; returns how many links there are.

    Raises HomeUnusable when it cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as stream:
            triples = (Triple(*one) for one in statements(sets, origin))
            serialize(triples, stream, format=RdfFormat.TURTLE, prefixes=PREFIXES)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except OSError as error:
        raise HomeUnusable(f"{path}: {error.strerror or error}") from error
    finally:
        aside.unlink(missing_ok=True)
    return sum(len(one.links()) for one in sets)


def statements(sets: Iterable[Linkset], origin: Origin) -> Iterator[Statement]:
    """All that is said: of the run, then of each set and its links."""
    yield from of_run(origin)
    for one in sets:
        links = one.links()
        yield from of_set(one, links, origin)
        for link in links:
            yield from of_link(link, one, origin)


def node(origin: Origin, word: str) -> NamedNode:
    """What a part of a run is named."""
    return NamedNode(origin.node + word)


def of_run(origin: Origin) -> Iterator[Statement]:
    """What was linked, with what, by which software (PROV-O), so that anybody can do it again."""
    activity, table, release = node(origin, "run"), node(origin, "table"), node(origin, "release")
    model, software, checksum = (
        node(origin, "model"),
        node(origin, "software"),
        node(origin, "checksum"),
    )
    yield activity, RDF.type, PROV.Activity
    for used in (table, release, model):
        yield activity, PROV.used, used
    yield activity, PROV.wasAssociatedWith, software
    ended = Literal(origin.ended.isoformat(timespec="seconds"), datatype=XSD.dateTime)
    yield activity, PROV.endedAtTime, ended
    for kind in (VOID.Dataset, PROV.Entity):
        yield table, RDF.type, kind
    yield table, DCT.title, Literal(origin.table)
    if "://" in origin.table and IRI.fullmatch(origin.table):
        yield table, DCT.source, NamedNode(origin.table)
    yield table, SPDX.checksum, checksum
    yield checksum, RDF.type, SPDX.Checksum
    yield checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256
    yield checksum, SPDX.checksumValue, Literal(origin.sha256, datatype=XSD.hexBinary)
    yield release, RDF.type, PROV.Entity
    yield release, DCT.identifier, Literal(origin.release)
    yield release, DCT.isPartOf, whole(origin)
    yield model, RDF.type, PROV.Entity
    yield model, DCT.identifier, Literal(origin.model)
    yield software, RDF.type, PROV.SoftwareAgent
    yield software, DCT.title, Literal("homegraph")
    yield software, OWL.versionInfo, Literal(origin.software)


def whole(origin: Origin) -> NamedNode:
    """All that is published, as VoID names it."""
    return NamedNode(origin.base + "void#dataset")


def of_set(one: Linkset, links: Sequence[Link], origin: Origin) -> Iterator[Statement]:
    """What VoID says of a set; and the list that its values are in, if it is of values."""
    name, table = NamedNode(one.name), node(origin, "table")
    column = one.column.wanted.column
    for kind in (VOID.Linkset, PROV.Entity):
        yield name, RDF.type, kind
    yield name, DCT.title, Literal(f"Links of {column} in {origin.table}", language="en")
    yield name, DCT.description, Literal(in_words(one), language="en")
    yield name, DCT.source, table
    yield name, VOID.subjectsTarget, table
    yield name, VOID.objectsTarget, whole(origin)
    for how in sorted({link.predicate.value for link in links}):
        yield name, VOID.linkPredicate, NamedNode(how)
    yield name, VOID.triples, Literal(str(len(links)), datatype=XSD.integer)
    yield name, PROV.wasGeneratedBy, node(origin, "run")
    yield name, PROV.wasDerivedFrom, table
    yield name, PROV.wasDerivedFrom, node(origin, "release")
    if one.column.subject < 0:
        scheme = NamedNode(one.scheme)
        yield scheme, RDF.type, SKOS.ConceptScheme
        yield scheme, DCT.title, Literal(f"{column} in {origin.table}", language="en")
        yield scheme, DCT.source, table


def in_words(one: Linkset) -> str:
    """What a set links, and when it does."""
    threshold = one.origin.threshold
    sure = "is safe" if threshold is None else f"is at least {threshold:g} probable"
    kinds = " or ".join(one.column.wanted.kinds)
    return (
        f"What {one.column.wanted.column} names, sought among things of the kind {kinds}: where a "
        f"person decided, or matching {sure}."
    )


def of_link(link: Link, one: Linkset, origin: Origin) -> Iterator[Statement]:
    """A link, its subject if that is a value of a table, and how the link was come by."""
    subject, other = NamedNode(link.subject), NamedNode(link.object)
    if link.subject in one.values:
        yield subject, RDF.type, SKOS.Concept
        yield subject, SKOS.prefLabel, Literal(one.values[link.subject])
        yield subject, SKOS.inScheme, NamedNode(one.scheme)
    yield subject, link.predicate, other
    said = hashlib.sha256(f"{link.subject} {link.object}".encode()).hexdigest()[:16]
    axiom = NamedNode(f"{one.name}/{said}")
    yield axiom, RDF.type, OWL.Axiom
    yield axiom, OWL.annotatedSource, subject
    yield axiom, OWL.annotatedProperty, link.predicate
    yield axiom, OWL.annotatedTarget, other
    yield axiom, SSSOM.mapping_justification, link.method
    yield axiom, SSSOM.confidence, Literal(f"{link.score:.4f}", datatype=XSD.decimal)
    yield axiom, PROV.wasGeneratedBy, node(origin, "run")
