"""Sources that have one file for each force and month: their slices, and what is said of these."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import iri
from homegraph.graph.concepts import code_list
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.slices import Slice, SliceDone
from homegraph.graph.terms import DCT, PROV, RDF, RDFS, SDMXA, SDMXC, VOID

NAMED = re.compile(r"([0-9]{4}-(?:0[1-9]|1[0-2]))-([a-z][a-z-]*[a-z])")


@dataclass(frozen=True)
class Monthly:
    """How a source speaks of its slices and of the records in them."""

    dataset: str
    title: str
    record: str  # the word for a record in names: /id/<record>/<force>/<month>/<row>
    kind: NamedNode  # the class of its slices
    count: NamedNode  # how many records a slice has


def slices(files: Sequence[RawFile], ending: str, since: str) -> list[Slice]:
    """One slice per file; raises SourceRejected for a name that does not say force and month.

    `ending` is what follows them in the name, and `since` the first month there can be.
    """
    found: dict[str, RawFile] = {}
    findings: list[Finding] = []
    for file in files:
        key = slice_key(file.name, ending, since)
        if key is None:
            problem = "the file's name does not say month and force"
            remedy = f"Name it as the publisher does: 2024-01-avon-and-somerset{ending}."
            findings.append(Finding(problem, remedy, file.name))
        elif key in found:
            problem = f"{found[key].origin} has the same month and force"
            findings.append(Finding(problem, "Give only one of the two.", file.origin))
        else:
            found[key] = file
    if findings:
        raise SourceRejected(findings)
    return [Slice(key, (found[key],)) for key in sorted(found)]


def slice_key(file_name: str, ending: str, since: str) -> str | None:
    """The month and force in a file's name, or None.

    >>> slice_key("2024-01-btp-street.csv", "-street.csv", "2010-12")
    '2024-01-btp'
    """
    if not file_name.endswith(ending):
        return None
    named = NAMED.fullmatch(file_name.removesuffix(ending))
    if named and named[1] >= since and named[2] in code_list("police-force").by_notation:
        return named[0]
    return None


def origin(record: str, node: str, part: Slice) -> Place | None:
    """The row of a record, which is the last part of its name."""
    row = node.rpartition("/")[2]
    is_ours = node.endswith(f"/{record}/{part.key[8:]}/{part.key[:7]}/{row}") and row.isdigit()
    return Place(part.files[0].name, int(row)) if is_ours else None


def settle(source: Monthly, done: Iterable[SliceDone], names: Names) -> Iterator[Quad]:
    """Describe the slices, those that are missing, and the months."""
    graph = names.graph(source.dataset)
    present: list[str] = []
    for part in done:
        present.append(part.key)
        node = names.data(source.dataset, part.key)
        prefix = names.thing(source.record, part.key[8:], part.key[:7]).value + "/"
        (file,) = part.files
        yield Quad(node, source.count, Literal(part.written), graph)
        yield Quad(node, VOID.uriSpace, Literal(prefix), graph)
        yield Quad(node, PROV.wasDerivedFrom, names.thing("file", file.sha256), graph)
        yield from described(source, part.key, "", names)
    for key in missing(present):
        node = names.data(source.dataset, key)
        yield Quad(node, SDMXA.obsStatus, SDMXC.obsStatus_M, graph)
        yield from described(source, key, ": missing", names)
    for month in sorted({key[:7] for key in present}):
        label = Literal(f"{month_name[int(month[5:])]} {month[:4]}", language="en")
        yield Quad(iri.month(month), RDFS.label, label, graph)


def described(source: Monthly, key: str, remark: str, names: Names) -> Iterator[Quad]:
    """What a slice's key says of it."""
    graph, node = names.graph(source.dataset), names.data(source.dataset, key)
    force = code_list("police-force").code(key[8:])
    label = f"{source.title}, {code_list('police-force').labels[force]}, {key[:7]}{remark}"
    yield Quad(node, RDF.type, source.kind, graph)
    yield Quad(node, RDFS.label, Literal(label, language="en"), graph)
    # Not the properties by which records say month and force: who counts by these counts records.
    yield Quad(node, DCT.temporal, iri.month(key[:7]), graph)
    yield Quad(node, PROV.wasAttributedTo, force, graph)
    yield Quad(node, DCT.isPartOf, names.data(source.dataset), graph)


def missing(present: Iterable[str]) -> list[str]:
    """The slices of forces that are here for other months, for months that are here of others.

    >>> missing(["2024-01-btp", "2024-01-kent", "2024-02-kent"])
    ['2024-02-btp']
    """
    there = set(present)
    months, forces = {key[:7] for key in there}, {key[8:] for key in there}
    return sorted({f"{month}-{force}" for month in months for force in forces} - there)
