"""Reads the files of an extract, row by row, and keeps no more of them than the figures need.

No finding repeats what a cell holds. A heading is repeated only when every known heading stands
beside it: the first row of a file that has lost its header holds values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from homegraph.graph.concepts import code_list
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.raw import RawFile
from homegraph.graph.row import ragged, records
from homegraph.loaders.home_office_data_hub.columns import COLUMNS, Column

FILE_NAME = re.compile(r"data-hub-([a-z-]+)-([0-9]{4})-([0-9]{4})-([a-z]+)\.csv")
NAMED = "Name it as data-hub-<force>-<year>-<year>-<kind>.csv, such as "
EXAMPLE = "data-hub-kent-2024-2025-crime.csv."


class Unfit(Exception):
    """A row that contradicts itself or another file; never says what stands in it."""

    def __init__(self, problem: str, remedy: str, column: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy, self.column = problem, remedy, column


@dataclass(frozen=True)
class Extract:
    """The files of one force and one year from April to March, by kind."""

    force: str
    period: str
    files: Mapping[str, RawFile]

    @property
    def first(self) -> date:
        """The first day of the year."""
        return date(int(self.period[:4]), 4, 1)

    @property
    def last(self) -> date:
        """The last day of the year."""
        return date(int(self.period[5:]), 3, 31)


@dataclass(frozen=True)
class Area:
    """A local area of a force, as its extract names it."""

    name: str
    kind: str
    parent: str | None


@dataclass(frozen=True)
class Crime:
    """What the figures need of a crime."""

    month: str
    offence: str
    area: str


@dataclass(frozen=True)
class Worker:
    """What the figures need of somebody who works for the force."""

    ethnicity: str
    sex: str
    rank: str


@dataclass
class Records:
    """What has been read of one extract; the references in it never leave the memory."""

    areas: dict[str, Area] = field(default_factory=dict)
    crimes: dict[str, Crime] = field(default_factory=dict)
    detections: dict[str, set[str]] = field(default_factory=dict)  # by crime
    victims: dict[str, tuple[str, str]] = field(default_factory=dict)  # crime, ethnicity
    workers: dict[str, Worker] = field(default_factory=dict)
    sick: dict[str, int] = field(default_factory=dict)  # days of the longest spell
    assaulted: dict[str, bool] = field(default_factory=dict)  # whether on duty, at least once
    trained: set[str] = field(default_factory=set)
    applicants: dict[str, tuple[date, str, str]] = field(default_factory=dict)


def extracts(files: Sequence[RawFile], kinds: set[str]) -> list[Extract]:
    """The extracts that files make up; raises SourceRejected for a name that does not say which."""
    found: dict[tuple[str, str], dict[str, RawFile]] = {}
    findings: list[Finding] = []
    for file in files:
        named = FILE_NAME.fullmatch(file.name)
        if named is None or int(named[3]) != int(named[2]) + 1:
            problem = "the name does not say force, year and kind"
            findings.append(Finding(problem, NAMED + EXAMPLE, file.name))
        elif named[1] not in code_list("police-force").by_notation:
            problem = "the force in the name is none of ontologies/police-force.ttl"
            findings.append(Finding(problem, "Use the force's notation there.", file.name))
        elif named[4] not in kinds:
            problem = f"the kind in the name is none of {', '.join(sorted(kinds))}"
            findings.append(Finding(problem, "Correct the name, or leave it out.", file.name))
        else:
            part = found.setdefault((f"{named[2]}-{named[3]}", named[1]), {})
            if named[4] in part:
                findings.append(Finding("it is given twice", "Give only one.", file.name))
            part[named[4]] = file
    if findings:
        raise SourceRejected(findings)
    return [Extract(force, period, part) for (period, force), part in sorted(found.items())]


def read_table(
    file: RawFile, columns: Sequence[Column], reading: Reading, take: Callable[..., None]
) -> None:
    """Give the values of each row to `take`; what is wrong is noted, and the row refused.

    Raises SourceRejected for a file that cannot be read or has other columns.
    """
    table = without_values(records(file))
    places = header(next(table), columns, file.name)
    reading.headings[file.name] = {column.heading for column in columns}
    width = len(columns)
    for number, cells in enumerate(table, start=2):
        if not any(cells):
            continue
        reading.records += 1
        reading.at = Place(file.name, number)
        if len(cells) != width:
            reading.refused += 1
            reading.add(ragged(file.name, number, len(cells), width))
            continue
        column = places[0][1]
        try:
            values = []
            for place, column in places:
                text = cells[place].strip()
                if text:
                    values.append(column.read(text))  # type: ignore[misc]  # those without are left out
                elif column.may_be_empty:
                    values.append(None)
                else:
                    raise Unfit("the cell is empty", column.remedy, column.heading)
            take(*values)
            reading.written += 1
        except ValueError as error:
            reading.refused += 1
            wrong = Finding(str(error), column.remedy, file.name, number, column.heading)
            reading.add(wrong)
        except Unfit as error:
            reading.refused += 1
            reading.add(
                Finding(
                    error.problem,
                    error.remedy,
                    file.name,
                    number,
                    error.column,
                    rule="row-consistent",
                )
            )


def without_values(table: Iterator[list[str]]) -> Iterator[list[str]]:
    """The records of a file; raises SourceRejected without the cell that could not be read."""
    try:
        yield from table
    except SourceRejected as error:
        found = [replace(finding, value=None, column=None) for finding in error.findings]
        raise SourceRejected(found) from None


def header(cells: Sequence[str], columns: Sequence[Column], file: str) -> list[tuple[int, Column]]:
    """Where the columns stand that are read; raises SourceRejected for any other heading."""

    def wrong(problem: str, remedy: str, column: str | None = None) -> Finding:
        return Finding(problem, remedy, file, 1, column, rule="column-known")

    found = [cell.strip() for cell in cells]
    wanted = [column.heading for column in columns]
    restore = "Restore it in the extract; the first row of a file holds the headings."
    findings = [
        wrong("there is no such column", restore, name) for name in wanted if name not in found
    ]
    findings += [
        wrong("the heading stands twice", "Remove one of the two.", name)
        for name in wanted
        if found.count(name) > 1
    ]
    strange = [place for place, name in enumerate(found) if name not in wanted]
    if findings and strange:
        problem = f"{len(strange)} headings are not known"
        findings.append(wrong(problem, "Compare the first row with the agreement."))
    else:
        advice = "Leave it out of the extract, or teach the loader to take it or to ignore it."
        findings += [wrong("nobody reads this column", advice, found[place]) for place in strange]
    if findings:
        raise SourceRejected(findings)
    return [(found.index(column.heading), column) for column in columns if column.read]


def read_records(extract: Extract, reading: Reading) -> Records:
    """Read all files of an extract except the agreement; findings are noted in `reading`."""
    reader = Reader(extract)
    for kind, columns in COLUMNS.items():
        if kind in extract.files:
            read_table(extract.files[kind], columns, reading, getattr(reader, kind))
    return reader.records


class Reader:
    """Takes rows, one method for each kind of file; raises Unfit for a contradiction.

    What another file of the extract would have to say is asked only if that file is there, so that
    one file can be checked alone.
    """

    def __init__(self, extract: Extract) -> None:
        self.extract = extract
        self.records = Records()
        self.first, self.last = extract.first, extract.last

    def insist_in_year(self, on: date, column: str) -> None:
        """Refuse a day outside the year."""
        if not self.first <= on <= self.last:
            problem = "the day is not in the year that the file's name gives"
            raise Unfit(problem, "Correct the day, or move the row to the other year.", column)

    def insist_on_worker(self, worker: str) -> None:
        """Refuse a reference that is not among the workforce."""
        if "workforce" in self.extract.files and worker not in self.records.workers:
            problem = "nobody in the workforce file has this reference"
            raise Unfit(problem, "Give both files from the same day.", "Staff reference")

    def area(self, key: str, name: str, kind: str, parent: str | None) -> None:
        """A local area: BCUs first, then the CSPs in them."""
        if key in self.records.areas:
            raise Unfit("the code stands twice", "Give each area one row.", "Code")
        above = self.records.areas.get(parent or "")
        if kind == "CSP" and (above is None or above.kind != "BCU"):
            raise Unfit("no row above has this BCU", "Give its BCU before the CSP.", "Part of")
        if kind == "BCU" and parent:
            raise Unfit("a BCU is part of no other area", "Leave the cell empty.", "Part of")
        self.records.areas[key] = Area(name, kind, parent)

    def crime(self, key: str, recorded: date, offence: str, force: str, bcu: str, csp: str) -> None:
        """A recorded crime."""
        if key in self.records.crimes:
            problem = "another crime has this reference"
            raise Unfit(problem, "Give each crime a number of its own.", "Crime reference number")
        self.insist_in_year(recorded, "Recorded date")
        if force != self.extract.force:
            problem = "the force is not the one that the file's name gives"
            raise Unfit(problem, "Use the force's notation, and one file a force.", "Force")
        if "area" in self.extract.files:
            area = self.records.areas.get(csp)
            if area is None or area.kind != "CSP":
                raise Unfit("the area file has no such CSP", "Add it, or correct it.", "CSP")
            if area.parent != bcu:
                raise Unfit("the CSP is not in this BCU", "Correct one of the two.", "BCU")
        self.records.crimes[key] = Crime(recorded.strftime("%Y-%m"), offence, csp)

    def person(
        self, key: str, crime: str, ethnicity: str, role: str, detection: str | None
    ) -> None:
        """A victim, a suspect or an offender."""
        if "crime" in self.extract.files and crime not in self.records.crimes:
            problem = "no crime in the crime file has this reference"
            raise Unfit(problem, "Give both files from the same day.", "Crime reference number")
        if (role == "offender") != (detection not in {None, "not-detected"}):
            problem = "a detection method goes with an offender, and with nobody else"
            raise Unfit(problem, "Correct the role or the method.", "Detection method")
        if role == "victim":
            self.records.victims.setdefault(key, (crime, ethnicity))
        elif role == "offender" and detection:
            self.records.detections.setdefault(crime, set()).add(detection)

    def workforce(self, key: str, ethnicity: str, sex: str, rank: str) -> None:
        """A police officer, special constable or member of staff."""
        if key in self.records.workers:
            problem = "somebody else has this reference"
            raise Unfit(problem, "Give everybody a reference of their own.", "Staff reference")
        self.records.workers[key] = Worker(ethnicity, sex, rank)

    def absence(self, key: str, reason: str, start: date, end: date | None) -> None:
        """A spell of absence that touches the year; it may go on."""
        self.insist_on_worker(key)
        until = end or self.last
        if until < start or start > self.last or until < self.first:
            problem = "the absence ends before it starts, or lies outside the year"
            raise Unfit(problem, "Correct the days.", "End date" if end else "Start date")
        if reason == "sickness":
            days = (until - start).days + 1
            self.records.sick[key] = max(days, self.records.sick.get(key, 0))

    def assault(self, key: str, on: date, on_duty: str) -> None:
        """An assault on somebody who works for the force."""
        self.insist_on_worker(key)
        self.insist_in_year(on, "Assault date")
        duty = on_duty == "yes" or self.records.assaulted.get(key, False)
        self.records.assaulted[key] = duty

    def training(self, key: str, completed: date) -> None:
        """A course that somebody completed."""
        self.insist_on_worker(key)
        self.insist_in_year(completed, "Completed date")
        self.records.trained.add(key)

    def recruitment(self, key: str, ethnicity: str, stage: str, on: date) -> None:
        """An application; the last one counts."""
        self.insist_in_year(on, "Stage date")
        said = (on, ethnicity, stage)
        self.records.applicants[key] = max(said, self.records.applicants.get(key, said))
