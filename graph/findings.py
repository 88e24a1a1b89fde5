"""What is wrong with a file, in words a clerk can act on: file, row, column, value, remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal as OneOf

from homegraph.graph.errors import SourceRejected

Severity = OneOf["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One problem in one place; rows count as in a spreadsheet, the header being row 1.

    >>> print(Finding("not a month", "Write it as 2024-01.", "a.csv", 7, "Month", "Jan"))
    a.csv: row 7: column 'Month' holds 'Jan': not a month. Write it as 2024-01.
    """

    problem: str
    remedy: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    value: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f": row {self.row}"
        if self.column is not None:
            where += f": column {self.column!r}"
            if self.value is not None:
                where += f" holds {shortened(self.value)!r}"
        elif self.value is not None:
            where += f": {shortened(self.value)!r}"
        return f"{where}: {self.problem}. {self.remedy}"

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return asdict(self)


def shortened(value: str, most: int = 120) -> str:
    """Keep a message readable whatever the cell holds."""
    return value if len(value) <= most else value[: most - 1] + "…"


class Reading:
    """One reading of a source: what was found wrong, and how many records went in and out.

    `records` were read, `written` became quads, `refused` were left out with an error or a
    warning that says why; a build releases nothing unless records = written + refused, and
    nothing at all when there is an error.
    """

    def __init__(self, most: int = 100) -> None:
        self.most = most
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.records = 0
        self.written = 0
        self.refused = 0

    def add(self, finding: Finding) -> None:
        """Note a finding; raises SourceRejected once there are `most` errors."""
        if finding.severity == "warning":
            self.warnings.append(finding)
            return
        self.errors.append(finding)
        if len(self.errors) >= self.most:
            self.insist()

    def insist(self) -> None:
        """Raise SourceRejected when any error was noted."""
        if self.errors:
            raise SourceRejected(self.errors)

    def __iter__(self) -> Iterator[Finding]:
        yield from self.errors
        yield from self.warnings
