"""Checks one file as a build would, so that a clerk knows before anything is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain
from typing import Any

from homegraph.graph.concepts import vocabulary
from homegraph.graph.cubes.counting import Written, watched
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.gate import Gate, Watched
from homegraph.graph.iri import Names
from homegraph.graph.job import Loader
from homegraph.graph.nquads import lines
from homegraph.graph.raw import RawFile
from homegraph.graph.report import Report
from homegraph.graph.rules import Watch, rules
from homegraph.graph.slices import Slice, SliceDone, SliceOutput
from homegraph.graph.source import Source
from homegraph.graph.trace import first_mentions


@dataclass(frozen=True)
class Checked:
    """What a check found, by the rules of reading and by the shapes."""

    records: int
    report: Report
    stopped: bool = False  # whether there were so many errors that the rest was not read

    @property
    def errors(self) -> int:
        """How many things must be mended."""
        return self.report.errors

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        said = {"records": self.records, "errors": self.errors, "stopped": self.stopped}
        return {**said, **self.report.as_dict()}


def check_file(loader: Loader, file: RawFile, names: Names, today: date) -> Checked:
    """Read one file as a build does, and run all shapes on all that it says.

    What the file says of other sources' things is checked when they are built together.
    """
    source = loader.source(names)
    reading = Reading(confidential=source.confidential)
    gate = Gate([source], today)
    try:
        with reading.discreet():
            (watch_slices if loader.bulk else read_small)(
                loader, file, names, source, reading, gate
            )
            reading.insist()
    except SourceRejected as error:
        findings: list[Finding] = [*error.findings, *reading.warnings]
        stopped = len(error.findings) >= reading.most
        return Checked(reading.records, Gate([source], today).report(findings), stopped)
    gate.examine()
    return Checked(reading.records, gate.report(reading))


def read_small(
    loader: Loader, file: RawFile, names: Names, source: Source, reading: Reading, gate: Gate
) -> None:
    """Check what a file of catalogue size says, together with our own vocabulary."""
    known = set()
    for quad in loader.load([file], names, reading):
        known.add(quad)
        gate.note(quad, source.name, reading)
    gate.add(lines(known), reading)
    gate.add(lines(vocabulary(names)), Reading())
    tables = Tables()
    tables.add(loader.dataset, reading.tables)
    count(loader, file, names, source, tables, gate, [])


def count(
    loader: Loader,
    file: RawFile,
    names: Names,
    source: Source,
    tables: Tables,
    gate: Gate,
    settled: Iterable[str],
) -> None:
    """Check what follows from the tables of the file, as far as they go: links, and cubes."""
    if loader.derive is not None:
        derived = Reading(confidential=source.confidential)
        derived.at = Place(file.name)
        known = set()
        for quad in loader.derive(tables, names, derived):
            known.add(quad)
            gate.note(quad, source.name, derived)
        gate.add(lines(known), derived)
    said = gate.said(chain(settled, lines(vocabulary(names))))
    files = {file.sha256: file.name}
    for cube in loader.cubes(tables, names):
        written = Written.of(cube, names)
        gate.see(source.name, watched(written, files))
        gate.judge(source.name, written.judged(said, files))


def watch_slices(
    loader: Loader, file: RawFile, names: Names, source: Source, reading: Reading, gate: Gate
) -> None:
    """Check every record of a bulk file as it streams by, and then what the records share."""
    for part in loader.slices([file]):
        watch = Watch(rules(), once=True)
        out = SliceOutput(watch.see)
        loader.stream(part, names, out, reading)
        gate.see(source.name, Watched.of(watch, partial(own_rows, loader, part)))
        counts = reading.records, reading.written, reading.refused
        done = [SliceDone(part.key, part.files, *counts, out.facts)]
        settled = lines(loader.settle(done, names))
        shared = sorted({*out.shared, *watch.mentions, *settled})
        watch = Watch(rules())
        watch.see("".join(shared))
        gate.see(source.name, Watched.of(watch, partial(first_rows, loader, part, names)))
        tables = Tables()
        tables.add(loader.dataset, out.tables)
        count(loader, file, names, source, tables, gate, settled)


def own_rows(loader: Loader, part: Slice, nodes: set[str]) -> dict[str, Place | None]:
    """The rows that records were read from."""
    return {node: loader.origin(node, part) for node in nodes}


def first_rows(
    loader: Loader, part: Slice, names: Names, nodes: set[str]
) -> dict[str, Place | None]:
    """The row of the first record that mentions each node; the file is read again for it.

    What no record mentions, such as an area, is from the file as a whole.
    """
    texts: list[bytes] = []
    loader.stream(part, names, SliceOutput(lambda text: texts.append(text.encode())), Reading())
    found = first_mentions(texts, nodes)
    whole = dict.fromkeys(nodes, Place(part.files[0].name))
    return {**whole, **{node: loader.origin(subject, part) for node, subject in found.items()}}
