"""Outcomes of crimes: one CSV file per force and month, as data.police.uk publishes it.

Each row is what was decided in one case in the month, whenever the crime was recorded. Rows are
named by force, month and row: a Crime ID may have several rows, and only a third of them stand in
the file of incidents of the same month. Whoever wants the two together joins by crime:crimeId.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from pyoxigraph import NamedNode, Quad

from homegraph.graph import iri, monthly
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.mappoints import Columns, MapPoints, Misplaced, area_names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Unreadable, check_header, ragged, records
from homegraph.graph.slices import Slice, SliceDone, SliceOutput
from homegraph.graph.terms import CRIME, RDF
from homegraph.loaders.police_outcomes.cubes import DATASET, cubes, table

__all__ = ["cubes", "derive", "origin", "settle", "slices", "stream"]

ENDING = "-outcomes.csv"  # of a file's name, after month and force
CRIME_ID = re.compile(r"[0-9a-f]{64}")
FIRST_MONTH = "2010-12"  # the first month that data.police.uk published
COLUMNS = (
    "Crime ID",
    "Month",
    "Reported by",
    "Falls within",
    "Longitude",
    "Latitude",
    "Location",
    "LSOA code",
    "LSOA name",
    "Outcome type",
)
PLACE = Columns("Longitude", "Latitude", "Location", "LSOA code", "LSOA name")
CRIME_ID_IS = f" {CRIME.crimeId} "
SPELT = "Spell it as data.police.uk does, or add the spelling to ontologies/"


SLICES = monthly.Monthly(
    DATASET, "Outcomes of crimes", "outcome-record", CRIME.OutcomeSlice, CRIME.outcomeCount
)


def slices(files: Sequence[RawFile]) -> list[Slice]:
    """One slice per file; raises SourceRejected for a name that does not say force and month."""
    return monthly.slices(files, ENDING, FIRST_MONTH)


def stream(part: Slice, names: Names, out: SliceOutput, reading: Reading) -> None:
    """Write one force's month; errors are noted in `reading`, a hundred at most."""
    SliceReader(part, names, out, reading).run()


class SliceReader:
    """Reads one file."""

    def __init__(self, part: Slice, names: Names, out: SliceOutput, reading: Reading) -> None:
        (self.file,) = part.files
        self.month, self.force = part.key[:7], part.key[8:]
        self.out, self.reading, self.names = out, reading, names
        outcomes, forces = code_list("outcome"), code_list("police-force")
        self.outcomes = {
            label: f" {CRIME.outcomeType} {concept} .\n"
            for label, concept in outcomes.by_label.items()
            if concept not in outcomes.groups  # which sum up others and are no row's outcome
        }
        own = forces.code(self.force)
        self.own_names = {label for label, force in forces.by_label.items() if force == own}
        self.within = {
            label: "" if force == own else f" {CRIME.fallsWithin} {force} .\n"
            for label, force in forces.by_label.items()
        }
        # Said of every row of the slice, after its subject.
        self.common = (
            f" {RDF.type} {CRIME.OutcomeRecord} .\n",
            f" {CRIME.outcomeMonth} {iri.month(self.month)} .\n",
            f" {CRIME.outcomeForce} {own} .\n",
        )
        self.places = MapPoints(names, PLACE, shown_at=CRIME.outcomePoint)
        self.counts: Counter[NamedNode] = Counter()
        self.numbers: list[int] = []  # the rows that became records,
        self.rows: list[tuple[str, ...]] = []  # and their cells in the order of COLUMNS

    def run(self) -> None:
        """Read the file, then hand over what other slices may say too, facts and tallies."""
        lines = records(self.file)
        header = next(lines)
        check_header(header, self.file.name, required=COLUMNS, known=COLUMNS)
        in_order = itemgetter(*(header.index(column) for column in COLUMNS))
        subject = self.names.thing("outcome-record", self.force, self.month).value
        written: list[str] = []
        for number, record in enumerate(lines, start=2):
            if not any(record):
                continue  # a blank line holds no outcome
            self.reading.records += 1
            try:
                if len(record) != len(header):
                    raise Unreadable(ragged(self.file.name, number, len(record), len(header)))
                cells = in_order(record)
                said = self.said(number, cells)
            except Unreadable as error:
                self.reading.refused += 1
                self.reading.add(error.finding)
                continue
            self.numbers.append(number)
            self.rows.append(cells)
            s = f"<{subject}/{number}>"
            written.append(s + s.join(filter(None, (*self.common, *said))))
            if len(written) == 2000:
                self.out.records("".join(written))
                written.clear()
        self.out.records("".join(written))
        self.reading.written = self.reading.records - self.reading.refused
        self.hand_over()

    def said(self, number: int, cells: tuple[str, ...]) -> tuple[str, ...]:
        """What is said of one row after its subject; raises Unreadable."""
        crime_id, month, by, within, east, north, where, code, name, outcome = cells
        spelt = f"{SPELT}police-force.ttl."
        if month != self.month:
            remedy = "Move the row to the file of its month, or correct the month."
            raise self.wrong(number, "Month", month, f"the file's name says {self.month}", remedy)
        if by not in self.own_names:
            problem = f"the file's name says {self.force}"
            raise self.wrong(number, "Reported by", by, problem, spelt)
        if within not in self.within:
            raise self.wrong(number, "Falls within", within, "not a known force", spelt)
        if outcome not in self.outcomes:
            problem = "not an outcome in ontologies/outcome.ttl"
            raise self.wrong(number, "Outcome type", outcome, problem, f"{SPELT}outcome.ttl.")
        if not CRIME_ID.fullmatch(crime_id):
            problem = "not 64 hexadecimal characters"
            remedy = "Take the row again from data.police.uk: an outcome is always of a crime."
            raise self.wrong(number, "Crime ID", crime_id, problem, remedy)
        try:
            place = self.places.point(east, north, where, code, name)
        except Misplaced as error:
            problem = str(error)
            raise self.wrong(number, error.column, error.value, problem, error.remedy) from None
        self.counts[CRIME.outcomePoint] += bool(place)
        self.counts[CRIME.fallsWithin] += bool(self.within[within])
        known = f'{CRIME_ID_IS}"{crime_id}" .\n'
        return self.outcomes[outcome], place, known, self.within[within]

    def wrong(self, number: int, column: str, value: str, problem: str, remedy: str) -> Unreadable:
        """The exception to raise for a cell that cannot be used."""
        return Unreadable(Finding(problem, remedy, self.file.name, number, column, value))

    def hand_over(self) -> None:
        """Give what other slices may say too, the facts for `settle`, tables and tallies."""
        written = self.reading.written
        self.out.shared = set(self.places.lines())
        self.out.table("areas", self.places.area_table(self.month))
        same = {"force": self.force, "month": self.month, "file": self.file.sha256}
        self.out.table("outcomes", table(self.numbers, self.rows, **same))
        for predicate in (RDF.type, CRIME.outcomeType, CRIME.crimeId):
            self.counts[predicate] = written
        for predicate in (CRIME.outcomeMonth, CRIME.outcomeForce):
            self.counts[predicate] = written
        self.out.tally.update({said.value: n for said, n in self.counts.items() if n})
        self.out.classes[CRIME.OutcomeRecord.value] = written


def origin(node: str, part: Slice) -> Place | None:
    """The row of an outcome record, which is the last part of its name."""
    return monthly.origin(SLICES.record, node, part)


def settle(done: Iterable[SliceDone], names: Names) -> Iterator[Quad]:
    """Describe the slices, and those that are missing."""
    yield from monthly.settle(SLICES, done, names)


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """Label the areas that cases are shown in, where the geography source does not."""
    yield from area_names(tables, DATASET, names.graph(DATASET))
