"""Slices of sources that have one file for each force and month, which the file's name says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from homegraph.graph.concepts import code_list
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding
from homegraph.graph.raw import RawFile
from homegraph.graph.slices import Slice

NAMED = re.compile(r"([0-9]{4}-(?:0[1-9]|1[0-2]))-([a-z][a-z-]*[a-z])")


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
