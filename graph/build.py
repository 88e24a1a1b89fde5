"""Builds a release: read, check, load, seal; nothing is visible before all gates have passed.

A build is a function of its inputs: the same files give the same dumps and the same digest.
When the home has a release made by the same code, slices whose files have not changed are taken
over, and the difference is applied to a clone of the last store.
"""

from __future__ import annotations

import heapq
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, Store, Triple

from homegraph.graph import dump
from homegraph.graph.concepts import vocabulary
from homegraph.graph.cubes import counting
from homegraph.graph.cubes.counting import Written
from homegraph.graph.cubes.shelf import Shelf
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.cubes.versions import Past
from homegraph.graph.errors import CountsDiffer, MetadataError, SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.gate import Gate, Watched
from homegraph.graph.iri import Names
from homegraph.graph.job import Job, code_version
from homegraph.graph.listing import Listing
from homegraph.graph.planning import Planned, planned
from homegraph.graph.quality_reach import NOT_ASKED, Answers
from homegraph.graph.release import DUMPS, Release
from homegraph.graph.report import Report, told
from homegraph.graph.rules import Watch, rules
from homegraph.graph.shacl.worlds import Small
from homegraph.graph.source import Source
from homegraph.graph.stream import (
    Built,
    Task,
    build_slice,
    copy_slice,
    deaf_to_interrupts,
    first_rows,
    results,
)
from homegraph.graph.tally import Tally
from homegraph.graph.terms import SOURCE

MENTIONED = f" {SOURCE.mentionedBy} ".encode()
Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Report no progress."""


class Build:
    """One build under way, in a folder aside from the releases."""

    def __init__(
        self,
        folder: Path,
        names: Names,
        jobs: Sequence[Job],
        today: date,
        previous: Release | None,
        progress: Progress = silent,
        workers: int | None = None,
        past: Past | None = None,
        answers: Answers = NOT_ASKED,
        only_columns: Collection[str] = (),
    ) -> None:
        self.folder, self.names, self.progress = folder, names, progress
        self.jobs = sorted(jobs, key=lambda job: job.loader.name)
        self.only_columns = set(only_columns)  # sources
        busy = 0 if self.only_columns else 1  # cores that the store takes for itself
        self.workers = workers or max(1, (os.cpu_count() or 2) - busy)
        self.sources = {job.loader.name: job.loader.source(names) for job in self.jobs}
        self.version = code_version(self.jobs)
        self.previous = previous if previous and self.fits(previous) else None
        self.unstored: set[str] = set()  # dumps that the store does not get
        self.tally = Tally()
        self.tables = Tables()
        self.settled: list[str] = []  # what follows from slices: code lists among it
        self.shelf = Shelf(folder, names, past or Past(), today)
        self.listing = Listing()
        self.answers = answers  # of the addresses of files, when they were asked
        self.stated: dict[Triple, str] = {}  # the dump that makes each statement
        self.gate = Gate(self.sources.values(), today)
        self.findings: list[Finding] = []
        self.counts: dict[str, dict[str, Any]] = {}
        self.report = Report([], 0)
        self.seconds: dict[str, float] = {}
        self.planned: list[Planned] = []

    def fits(self, release: Release) -> bool:
        """Whether a release's slices may be taken over: same names, same code."""
        said = release.manifest
        return bool(said["base"] == self.names.base and said["version"] == self.version)

    def dump_name(self, path: Path) -> str:
        """What a dump is called in the manifest, below its folder."""
        return path.relative_to(self.folder / DUMPS).as_posix()

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Note how long a stage takes."""
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)

    # Reading

    def read_small(self) -> None:
        """Read the sources of catalogue size, and our own vocabulary, into dumps."""
        reading = Reading()
        self.keep("vocabulary.nq.gz", vocabulary(self.names, reading), "", reading)
        for job in self.jobs:
            if job.loader.bulk:
                continue
            source = self.sources[job.loader.name]
            reading = Reading(confidential=source.confidential)
            with reading.discreet():
                loaded = job.loader.load(job.files, self.names, reading)
                quads = self.listing.noted(source, loaded, reading)
                self.keep(f"{job.loader.dataset}.nq.gz", quads, source.name, reading)
                reading.insist()
            self.findings += reading
            self.tables.add(job.loader.dataset, reading.tables)
            self.note_counts(job, reading.records, reading.written, reading.refused)

    def keep(
        self, where: str, quads: Iterable[Quad], source: str = "", reading: Reading | None = None
    ) -> list[str]:
        """Write quads as a dump, count them, and note where they were read; returns their lines.

        A statement is kept in the first graph that makes it: Oxigraph's union of graphs is a
        bag, so one that stood in two graphs would count twice in every query.
        """
        known = set()
        for quad in quads:
            if self.stated.setdefault(quad.triple, where) != where:
                continue
            known.add(quad)
            if reading is not None:
                self.gate.note(quad, source, reading)
        self.tally.see(where, known)
        said = sorted(f"{quad} .\n" for quad in known)
        dump.write(self.folder / DUMPS / where, said)
        if reading is not None:
            self.gate.add(said, reading)
        return said

    def note_counts(self, job: Job, records: int, written: int, refused: int) -> None:
        """Gate: records in are records out plus refused, and as many as the source promises."""
        source = self.sources[job.loader.name]
        if records != written + refused:
            raise CountsDiffer(
                f"{job.loader.name}: {records} records in, {written} out, {refused} refused"
            )
        if not source.minimum_records <= records <= source.maximum_records:
            raise CountsDiffer(
                f"{job.loader.name}: {records} records, where metadata.ttl promises "
                f"{source.minimum_records} to {source.maximum_records}"
            )
        self.counts[job.loader.name] = {
            "records": records,
            "written": written,
            "refused": refused,
            "files": [file.as_dict() for file in job.files],
            "confidential": source.confidential,
        }

    # Slices

    def plan(self) -> None:
        """Decide for each slice whether to build it or to take it over."""
        self.planned = planned(self.jobs, self.sources, self.names, self.folder, self.previous)

    @property
    def size(self) -> int:
        """Bytes of the files of all slices."""
        return sum(planned.size for planned in self.planned)

    def build_slices(self, pool: Executor, copy: bool) -> None:
        """Build what is new, copy what is not if the store needs it; findings end the build."""
        new, unchanged = [], []
        for one in self.planned:
            stored = one.job.loader.name not in self.only_columns
            if not stored:
                self.unstored.add(self.dump_name(one.task.dump))
            if not one.taken_over:
                new.append(replace(one.task, feed=stored and (copy or one.task.feed)))
            elif stored:
                unchanged.append(one.task.dump)
        with deaf_to_interrupts():
            futures: list[Future[Built | None]] = [pool.submit(build_slice, task) for task in new]
            if copy:
                futures += [pool.submit(copy_slice, path) for path in unchanged]
        rejected: list[Finding] = []
        for number, built in enumerate(results(futures), start=1):
            self.progress("slices", number, len(futures))
            if built is not None and built.rejected:
                rejected += built.findings
        if rejected:
            raise SourceRejected(sorted(rejected, key=lambda found: (found.file, found.row or 0)))

    def settle(self) -> Iterator[bytes]:
        """Write what all slices share and what follows from them; yields the lines they share."""
        for job in self.jobs:
            if not job.loader.bulk:
                continue
            dataset = job.loader.dataset
            tasks = [planned.task for planned in self.planned if planned.job is job]
            done = [task.done() for task in tasks]
            for task in tasks:
                self.tally.see_slice(f"{dataset}/{task.part.key}.nq.gz", task.said())
                self.gate.see(job.loader.name, task.watched())
                self.findings += [Finding(**one) for one in task.said()["warnings"]]
            for name in sorted({name for task in tasks for name in task.said()["tables"]}):
                self.tables.add_parts(dataset, name, [task.table(name) for task in tasks])
            settled = self.keep(f"{dataset}/settled.nq.gz", job.loader.settle(done, self.names))
            self.settled += settled
            yield from self.share(job, tasks, [line.encode() for line in settled])
            self.note_counts(
                job,
                sum(part.records for part in done),
                sum(part.written for part in done),
                sum(part.refused for part in done),
            )

    def share(self, job: Job, tasks: Sequence[Task], settled: list[bytes]) -> Iterator[bytes]:
        """Write what slices share, and check it together with what is mentioned and settled."""
        where = f"{job.loader.dataset}/shared.nq.gz"
        if job.loader.name in self.only_columns:
            self.unstored.add(where)
        apart = set(settled)
        # Two sources may say the same of a map point; dumps never overlap, so the first has it.
        earlier = sorted((self.folder / DUMPS).glob("*/shared.nq.gz"))
        elsewhere = dump.Sorted(earlier, self.folder / "merging-others")
        count = 0
        watch = Watch(rules())
        with dump.writer(self.folder / DUMPS / where) as put:
            files = [path for task in tasks for path in (task.shared, task.mentions)]
            shared = dump.merged(files, self.folder / "merging")
            for lines in dump.batched(heapq.merge(shared, settled), 5000):
                watch.see(b"".join(lines).decode())
                said = [
                    one
                    for one in lines
                    if MENTIONED not in one and one not in apart and one not in elsewhere
                ]
                block = b"".join(said)
                put(block)
                count += len(said)
                self.tally.see_default(said)
                if where not in self.unstored:
                    yield block
        shutil.rmtree(self.folder / "merging", ignore_errors=True)
        self.tally.quads[where] = count
        self.gate.see(job.loader.name, Watched.of(watch, partial(first_rows, tasks)))

    def derive(self) -> None:
        """Write what follows from the tables of all sources: links, and cubes."""
        for job in self.jobs:
            if job.loader.derive is not None:
                reading = Reading()
                quads = job.loader.derive(self.tables, self.names, reading)
                source = self.sources[job.loader.name].name
                self.keep(f"{job.loader.dataset}/derived.nq.gz", quads, source, reading)
                reading.insist()
                self.findings += reading
        known = self.gate.said(self.settled)
        taken = {job.loader.dataset for job in self.jobs}
        for job in self.jobs:
            for cube in job.loader.cubes(self.tables, self.names):
                if cube.name in taken:
                    raise MetadataError(f"two data sets are called {cube.name!r}")
                taken.add(cube.name)
                self.count(Written.of(cube, self.names), self.sources[job.loader.name], known)

    def count(self, written: Written, source: Source, known: Small) -> None:
        """Write one cube, check it, take note of what it holds, and shelve its distributions."""
        files = {file.sha256: file.name for job in self.jobs for file in job.files}
        sizes = counting.write(written, self.folder / DUMPS)
        if source.name in self.only_columns:
            self.unstored.update(set(sizes) - {written.structure_dump})
        self.gate.see(source.name, counting.watched(written, files))
        self.gate.judge(source.name, written.judged(known, files))
        graph = written.cube.graph(self.names).value
        self.tally.see_cube(graph, sizes, written.structure, *written.tally())
        counts = self.counts[source.name].setdefault("observations", {})
        counts[written.cube.name] = written.observations.height
        self.shelf.add(written.cube, source, files, [self.folder / DUMPS / one for one in sizes])

    def examine(self) -> None:
        """Gate: everything keeps the rules in shapes/; the report is written whatever it says."""
        self.progress("shapes", 0, 1)
        with self.timed("shapes"):
            self.gate.examine()
        self.write(self.gate.report(self.findings))
        self.report.insist()

    def check(self, store: Store | None) -> None:
        """Ask the store about what no stream could decide, if there is any such rule.

        Raises MetadataError where the store does not hold everything.
        """
        if self.gate.left and self.unstored:
            raise MetadataError(
                "some rules look into the whole store, and only_columns keeps a part out of it: "
                "change the rules, or take all sources out of only_columns"
            )
        if self.gate.left and store is not None:
            with self.timed("shapes of the whole"):
                self.gate.look_into(store)
            self.write(self.gate.report(self.findings))
            self.report.insist()

    def write(self, found: Report) -> None:
        """Write a report, with what was read and when."""
        self.report = found
        sources = {name: told(counts) for name, counts in self.counts.items()}
        found.save(self.folder, {"checked": self.gate.today.isoformat(), "sources": sources})
