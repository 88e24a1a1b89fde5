"""What is wrong with a file, in words a clerk can act on: file, row, column, value, remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, NamedTuple
from typing import Literal as OneOf

from homegraph.graph.errors import HomegraphError, LoaderFailed, SourceRejected
from homegraph.graph.personal import masked

if TYPE_CHECKING:
    import polars as pl

Severity = OneOf["error", "warning"]


class Place(NamedTuple):
    """Where something was read: a file, and a row in it, or 0 for the file as a whole."""

    file: str
    row: int = 0


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
    rule: str = ""  # a notation of ontologies/reading-rule.ttl; made out if it is left out

    def __post_init__(self) -> None:
        """Make out the rule, and let no personal data through into any message."""
        rule = "value-known" if self.column is not None else "record-whole"
        said = {"rule": self.rule or (rule if self.row is not None else "file-readable")}
        for name in ("problem", "value", "file", "column"):
            text = getattr(self, name)
            if text:
                said[name] = masked(text)
        for name, text in said.items():
            object.__setattr__(self, name, text)

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

    def discreet(self) -> Finding:
        """The same about a confidential source: no value, and no words that may quote one."""
        quotes = any(mark in self.problem for mark in "'\"")
        column = None if self.rule == "column-known" else self.column
        problem = f"the rule {self.rule!r} is broken" if quotes else self.problem
        return replace(self, problem=problem, column=column, value=None)

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
    nothing at all when there is an error. `at` is where the record that is being read stands.
    Findings about a confidential source never say what a cell holds.
    """

    def __init__(self, most: int = 100, confidential: bool = False) -> None:
        self.most = most
        self.confidential = confidential
        self.at: Place | None = None
        self.headings: dict[str, set[str]] = {}  # what columns each file turned out to have
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self.records = 0
        self.written = 0
        self.refused = 0
        self.tables: dict[str, pl.DataFrame] = {}  # what cubes are counted from

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """Hand over what was read as columns, for cubes: `tables.get(source, name)`."""
        self.tables[name] = frame

    def add(self, finding: Finding) -> None:
        """Note a finding; raises SourceRejected once there are `most` errors."""
        if self.confidential:
            finding = finding.discreet()
        if finding.severity == "warning":
            self.warnings.append(finding)
            return
        self.errors.append(finding)
        if len(self.errors) >= self.most:
            self.insist()

    @contextmanager
    def discreet(self) -> Iterator[None]:
        """Let no exception say what a cell of a confidential source holds."""
        try:
            yield
        except SourceRejected as error:
            if not self.confidential:
                raise
            raise SourceRejected([finding.discreet() for finding in error.findings]) from None
        except (HomegraphError, OSError):
            raise
        except Exception as error:
            if not self.confidential:
                raise
            # Python's own words, such as those of a KeyError, would repeat the value.
            frame = extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}, line {frame.lineno}"
            raise LoaderFailed(f"{type(error).__name__} in {where}") from None

    def insist(self) -> None:
        """Raise SourceRejected when any error was noted."""
        if self.errors:
            raise SourceRejected(self.errors)

    def __iter__(self) -> Iterator[Finding]:
        yield from self.errors
        yield from self.warnings
