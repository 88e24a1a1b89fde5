"""Which slices of a build are made, and which are taken over from the last release."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.release import DUMPS, PARTS, Release
from homegraph.graph.source import Source
from homegraph.graph.stream import Task


@dataclass(frozen=True)
class Planned:
    """A slice, and whether the last release already has it."""

    job: Job
    task: Task
    taken_over: bool

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(file.size for file in self.task.part.files)


def planned(
    jobs: Sequence[Job],
    sources: Mapping[str, Source],
    names: Names,
    folder: Path,
    previous: Release | None,
) -> list[Planned]:
    """Every slice of every bulk source, taken over where its files have not changed."""
    found = []
    for job in jobs:
        if not job.loader.bulk:
            continue
        dataset = job.loader.dataset
        for part in job.loader.slices(job.files):
            task = Task(
                job.loader.stream,
                job.loader.origin,
                part,
                names,
                folder / DUMPS / dataset,
                folder / PARTS / dataset,
                sources[job.loader.name].confidential,
            )
            taken_over = previous is not None and take_over(task, folder, previous)
            if taken_over or is_revised(task, folder, previous):
                task = replace(task, feed=False)
            found.append(Planned(job, task, taken_over))
    return found


def take_over(task: Task, folder: Path, previous: Release) -> bool:
    """Link an unchanged slice's files from the last release; False when it is new."""
    files = [task.dump, task.shared, task.mentions, task.facts]
    old = {name: previous.path / name.relative_to(folder) for name in files}
    if not all(path.is_file() for path in old.values()):
        return False
    said = json.loads(old[task.facts].read_text("utf-8"))
    if said["inputs"] != task.inputs:
        return False
    tables = [task.table(name) for name in said["tables"]]
    old |= {path: previous.path / path.relative_to(folder) for path in tables}
    for path in old.values():
        previous.insist_on(path)
    for name, path in old.items():
        name.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, name)
    return True


def is_revised(task: Task, folder: Path, previous: Release | None) -> bool:
    """Whether the last release has another edition of a slice, in a build by difference."""
    return previous is not None and (previous.path / task.dump.relative_to(folder)).exists()


def mostly_taken_over(slices: Sequence[Planned]) -> bool:
    """Whether less work is new than old, by the size of the files."""
    new = sum(part.size for part in slices if not part.taken_over)
    return new * 2 <= sum(part.size for part in slices)
