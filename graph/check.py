"""Checks one file as a build would, so that a clerk knows before anything is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from homegraph.graph.concepts import vocabulary
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.job import Loader
from homegraph.graph.nquads import lines
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import Report, validate
from homegraph.graph.slices import SliceOutput
from homegraph.graph.stream import mentioned, whole_subjects


@dataclass(frozen=True)
class Checked:
    """What a check found: findings of the reading, results of the shapes."""

    records: int
    findings: list[Finding]
    report: Report

    @property
    def errors(self) -> int:
        """How many things must be mended."""
        wrong = [finding for finding in self.findings if finding.severity == "error"]
        return len(wrong) + len(self.report.violations)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "records": self.records,
            "errors": self.errors,
            "findings": [finding.as_dict() for finding in self.findings],
            "results": self.report.as_dicts(),
        }


def check_file(loader: Loader, file: RawFile, names: Names) -> Checked:
    """Read one file and run the shapes on what it says; bulk data by its first lines."""
    reading = Reading()
    said: list[str] = []
    try:
        read = slice_lines if loader.bulk else small_lines
        said = read(loader, file, names, reading)
    except SourceRejected as error:
        found = [*reading.warnings, *error.findings]
        return Checked(reading.records, found, validate([]))
    return Checked(reading.records, list(reading), validate([*said, *lines(vocabulary(names))]))


def small_lines(loader: Loader, file: RawFile, names: Names, reading: Reading) -> list[str]:
    """All that a file of catalogue size says."""
    return lines(loader.load([file], names, reading))


def slice_lines(loader: Loader, file: RawFile, names: Names, reading: Reading) -> list[str]:
    """The first lines of a bulk file; the rest is read, and let go."""
    said: list[str] = []

    def write(text: str) -> None:
        if not said:
            said.extend(whole_subjects(text))

    for part in loader.slices([file]):
        out = SliceOutput(write)
        loader.stream(part, names, out, reading)
        said += mentioned(said, out.shared)
    return said
