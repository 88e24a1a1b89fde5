"""Makes the link sets of a release that is being built, and lets none out that contradict it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.cubes.versions import served
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import VOCABULARY, Names
from homegraph.graph.linksets import shelf
from homegraph.graph.linksets.audit import Audit, Contradiction, audited
from homegraph.graph.linksets.checks import checked, dead, place_of
from homegraph.graph.linksets.finding import Found, made
from homegraph.graph.linksets.link import MATCHES, Kind, LinkSet, Triple
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
REMEDY = "Take one of these statements out, or say skos:closeMatch where two things are alike."
MATCHING = {one.value for one in MATCHES}


def make(build: Build) -> Shelf:
    """Write the sets of a build, and the statements on them; once all that is small is said.

    Raises SourceRejected when links contradict each other.
    """
    reading = Reading()
    with build.timed("linksets"):
        found = Found().look_at(build.stated)
        sets = found.sets(build.names)
        own = made(sets)
        result = audited({*found.matches, *(one for one in own if one.predicate in MATCHING)})
        complain(result, build.stated, reading)
        last = served(build.folder.parent)
        today = build.shelf.today.isoformat()
        written = shelf.write(build.folder, sets, result, last, today)
        written = with_answers(written, sets, build.answers)
        warn(written, sets, reading)
        written = replace(written, findings=tuple(one.as_dict() for one in reading.warnings))
        written.save(build.folder)
        graph = build.names.graph(FOLDER)
        quads = [Quad(*one, graph) for each in sets for one in described(each, build.names)]
        said = map(as_terms, own)
        quads += [Quad(one.subject, one.predicate, one.object, graph) for one in said]
        build.keep(DUMP, quads, "", Reading())
        build.findings += reading
        reading.insist()
    return written


def complain(audit: Audit, stated: Mapping[pyoxigraph.Triple, str], reading: Reading) -> None:
    """Note every contradiction as an error, with where its links were said."""
    for one in audit.contradictions:
        reading.add(finding_of(one, stated))


def finding_of(one: Contradiction, stated: Mapping[pyoxigraph.Triple, str]) -> Finding:
    """A contradiction as an error at the last of its links, which tells of the others."""
    places = [place_of(link, stated.get(as_terms(link), "")) for link in one.through]
    chain = ", and ".join(
        f"{link} in {place.file or 'a link of this build'}" + f" row {place.row}" * bool(place.row)
        for link, place in zip(one.through, places, strict=True)
    )
    problem = f"{one.one} and {one.other} {one.why}; said by {chain}"
    file, row = places[-1]
    return Finding(problem, REMEDY, file or FOLDER, row or None, rule="record-whole")


def with_answers(written: Shelf, sets: list[LinkSet], answers: Answers) -> Shelf:
    """The same with what is known of the addresses that the links lead to."""
    entries = []
    for entry, each in zip(written.entries, sets, strict=True):
        known = [answer for one in of_set(each) if (answer := answers.of(one)) is not None]
        gone = tuple(sorted(one.address for one in known if not one.is_good))
        entries.append(replace(entry, dead=gone, asked=len(known)))
    return replace(written, entries=tuple(entries))


def warn(written: Shelf, sets: list[LinkSet], reading: Reading) -> None:
    """Note every link that cannot be right, or that leads nowhere."""
    for entry, each in zip(written.entries, sets, strict=True):
        for one in (*checked(each), *dead(each, entry.dead)):
            reading.add(one)


def as_terms(link: Triple) -> pyoxigraph.Triple:
    """A link as a statement."""
    return pyoxigraph.Triple(*map(NamedNode, link))


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
