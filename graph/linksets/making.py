"""Makes the link sets of a release that is being built, and lets none out that contradict it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.cubes.versions import served
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import VOCABULARY, Names
from homegraph.graph.linksets import shelf
from homegraph.graph.linksets.audit import Audit, audited
from homegraph.graph.linksets.finding import Found, made
from homegraph.graph.linksets.link import Kind, LinkSet
from homegraph.graph.linksets.reaching import of_set
from homegraph.graph.linksets.shelf import FOLDER, Shelf
from homegraph.graph.quality_reach import Answers
from homegraph.graph.source import Statement
from homegraph.graph.terms import (
    DCAT,
    DCT,
    FOAF,
    LICENCE,
    PROV,
    RDF,
    SSSOM,
    VOID,
    XSD,
)

if TYPE_CHECKING:
    from homegraph.graph.build import Build

DUMP = "linksets.nq.gz"
WHERE = "ontologies and loaders"
REMEDY = "Take one of these statements out, or say skos:closeMatch where two things are alike."
UNREACHED = "Look the thing up at its publisher, and correct or take out the link."


def make(build: Build) -> Shelf:
    """Write the sets of a build, and the statements on them; once all that is small is said.

    Raises SourceRejected when links contradict each other.
    """
    reading = Reading()
    with build.timed("linksets"):
        found = Found().look_at(build.stated)
        sets = found.sets(build.names)
        result = audited(found.matches)
        complain(result, reading)
        last = served(build.folder.parent)
        today = build.shelf.today.isoformat()
        written = shelf.write(build.folder, sets, result, last.path if last else None, today)
        written = with_answers(written, sets, build.answers)
        written.save(build.folder)
        graph = build.names.graph(FOLDER)
        quads = [Quad(*one, graph) for each in sets for one in described(each, build.names)]
        quads += [
            Quad(NamedNode(one.subject), NamedNode(one.predicate), NamedNode(one.object), graph)
            for one in made(sets)
        ]
        warn(written, reading)
        build.keep(DUMP, quads, "", Reading())
        build.findings += reading
        reading.insist()
    return written


def complain(audit: Audit, reading: Reading) -> None:
    """Note every contradiction as an error."""
    for one in audit.contradictions:
        reading.add(Finding(str(one), REMEDY, WHERE))


def with_answers(written: Shelf, sets: list[LinkSet], answers: Answers) -> Shelf:
    """The same with what is known of the addresses that the links lead to."""
    entries = []
    for entry, each in zip(written.entries, sets, strict=True):
        known = [answer for one in of_set(each) if (answer := answers.of(one)) is not None]
        dead = tuple(sorted(one.address for one in known if not one.is_good))
        entries.append(replace(entry, dead=dead, asked=len(known)))
    return replace(written, entries=tuple(entries))


def warn(written: Shelf, reading: Reading) -> None:
    """Note every link that leads nowhere: harmless, and still somebody's to mend."""
    for entry in written.entries:
        for address in entry.dead:
            problem = f"a link of the set {entry.name} leads to an address that does not answer"
            where = f"{FOLDER}/{entry.name}.csv"
            reading.add(Finding(problem, UNREACHED, where, value=address, severity="warning"))


def node_of(kind: Kind, names: Names) -> NamedNode:
    """The name of a set."""
    return names.data("linkset", kind.name)


def described(links: LinkSet, names: Names) -> Iterator[Statement]:
    """What VoID, SSSOM and PROV say of a set and of whom it leads to; the same for the same."""
    kind, target = links.kind, links.kind.target
    node, other = node_of(kind, names), names.thing("linked-dataset", target.name)
    whole = NamedNode(names.base + "void#dataset")
    files = names.base + f"{FOLDER}/{kind.name}"
    yield whole, VOID.subset, node
    yield node, RDF.type, VOID.Linkset
    yield node, RDF.type, PROV.Entity
    yield node, DCT.title, english(kind.title)
    yield node, DCT.description, english(kind.description)
    yield node, VOID.subjectsTarget, whole
    yield node, VOID.objectsTarget, other
    for predicate in kind.predicates:
        yield node, VOID.linkPredicate, predicate
    yield node, VOID.triples, Literal(str(len(links.links)), datatype=XSD.integer)
    yield node, VOID.dataDump, NamedNode(f"{files}.nt.gz")
    yield node, DCT.hasFormat, NamedNode(f"{files}.csv")
    yield node, DCT.license, LICENCE.OGL_3_0
    yield node, SSSOM.mapping_justification, kind.method
    yield node, SSSOM.confidence, Literal(f"{kind.score:.2f}", datatype=XSD.decimal)
    yield node, PROV.wasDerivedFrom, NamedNode(kind.source)
    yield node, PROV.wasAttributedTo, NamedNode(VOCABULARY.removesuffix("/def/"))
    yield other, RDF.type, VOID.Dataset
    yield other, DCT.title, english(target.title)
    yield other, FOAF.homepage, NamedNode(target.homepage)
    for space in target.spaces:
        yield other, VOID.uriRegexPattern, Literal("^" + space.replace(".", r"\."))


def told(written: Shelf, names: Names) -> Iterator[Quad]:
    """When the sets were issued and changed, and their numbers: what a home knows."""
    graph = names.graph(FOLDER)
    for entry in written.entries:
        node = node_of(entry.kind, names)
        for predicate, day in ((DCT.issued, entry.issued), (DCT.modified, entry.modified)):
            yield Quad(node, predicate, Literal(day, datatype=XSD.date), graph)
        yield Quad(node, DCAT.version, Literal(str(entry.version)), graph)


def english(text: str) -> Literal:
    """A text in English."""
    return Literal(text, language="en")
