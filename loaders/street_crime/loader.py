"""Street-level crime: one CSV file per force and month, as data.police.uk publishes it.

Each row is one incident, named by force, month and row, because the publisher's Crime ID is
missing from a sixth of the rows and repeated, even with contradictory values, in others. What
follows from the anonymised map point (its place and LSOA) is said once of the point. The month
is all the time that the source gives.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import iri, monthly
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.mappoints import Columns, MapPoints, Misplaced, area_names
from homegraph.graph.nquads import escape
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Unreadable, check_header, ragged, records
from homegraph.graph.slices import Slice, SliceDone, SliceOutput
from homegraph.graph.terms import CRIME, RDF, XSD
from homegraph.loaders.street_crime.columns import table
from homegraph.loaders.street_crime.cubes import cubes as cubes

DATASET = "street-crime"
ENDING = "-street.csv"  # of a file's name, after month and force
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
CRIME_ID = re.compile(r"[0-9a-f]{64}")
LAST_2011_LSOA = {"E": "E01033768", "W": "W01001909"}  # ONS gave the areas new in 2021 later codes
CODES_TO_JUDGE = 300  # one LSOA in twenty is new in 2021, so 300 codes with none new are of 2011
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
    "Crime type",
    "Last outcome category",
    "Context",
)
# The form of 2010 to 2012: National Grid references; no identifier, area or outcome.
OLD_COLUMNS = (
    "Month",
    "Reported by",
    "Falls within",
    "Easting",
    "Northing",
    "Location",
    "Crime type",
    "Context",
)
OLD_NAMES = {"Longitude": "Easting", "Latitude": "Northing"}
PLACE = Columns("Longitude", "Latitude", "Location", "LSOA code", "LSOA name")
OLD_PLACE = PLACE._replace(east="Easting", north="Northing")
CRIME_ID_IS = f" {CRIME.crimeId} "  # made once, as every line has it
# What some incidents have, in the order in which SliceReader.said gives it.
SOMETIMES = (CRIME.mapPoint, CRIME.outcome, CRIME.crimeId, CRIME.fallsWithin, CRIME.context)


SLICES = monthly.Monthly(
    DATASET, "Street-level crime", "incident", CRIME.Slice, CRIME.incidentCount
)


def slices(files: Sequence[RawFile]) -> list[Slice]:
    """One slice per file; raises SourceRejected for a name that does not say force and month."""
    return monthly.slices(files, ENDING, FIRST_MONTH)


def stream(part: Slice, names: Names, out: SliceOutput, reading: Reading) -> None:
    """Write one force's month; errors are noted in `reading`, a hundred at most."""
    SliceReader(part, names, out, reading).run()


def leaves(scheme: str) -> dict[str, NamedNode]:
    """A code list by label, without the groups that only sum up its other concepts."""
    concepts = code_list(scheme)
    return {
        label: concept
        for label, concept in concepts.by_label.items()
        if concept not in concepts.groups
    }


def tails(predicate: NamedNode, objects: Mapping[str, NamedNode]) -> dict[str, str]:
    """The text after a subject, by label."""
    return {label: f" {predicate} {concept} .\n" for label, concept in objects.items()}


class SliceReader:
    """Reads one file; what repeats from row to row is looked up, not made again."""

    def __init__(self, part: Slice, names: Names, out: SliceOutput, reading: Reading) -> None:
        (self.file,) = part.files
        self.month, self.force = part.key[:7], part.key[8:]
        self.out, self.reading, self.names = out, reading, names
        self.categories = tails(CRIME.category, leaves("crime-category"))
        self.outcomes = {"": "", **tails(CRIME.outcome, leaves("outcome"))}
        forces = code_list("police-force")
        own = forces.code(self.force)
        self.own_names = {label for label, force in forces.by_label.items() if force == own}
        self.within = tails(CRIME.fallsWithin, forces.by_label)
        self.within.update(dict.fromkeys(self.own_names, ""))
        # Said of every incident of the slice, after its subject.
        self.common = (
            f" {RDF.type} {CRIME.Incident} .\n",
            f" {CRIME.month} {iri.month(self.month)} .\n",
            f" {CRIME.force} {own} .\n",
        )
        self.counts: Counter[NamedNode] = Counter()
        self.numbers: list[int] = []  # the rows that became incidents,
        self.rows: list[tuple[str, ...]] = []  # and their cells in the order of COLUMNS

    def run(self) -> None:
        """Read the file, then hand over what other slices may say too, facts and tallies."""
        table = records(self.file)
        header = next(table)
        old = tuple(header) == OLD_COLUMNS
        columns = OLD_COLUMNS if old else COLUMNS
        check_header(header, self.file.name, required=columns, known=columns)
        places = MapPoints(self.names, OLD_PLACE if old else PLACE, grid=old)
        self.write(table, header, places)
        self.hand_over(places)

    def write(self, table: Iterator[list[str]], header: list[str], places: MapPoints) -> None:
        """Write each row as an incident, or note what is wrong with it."""
        width = len(header)
        columns = [OLD_NAMES.get(c, c) for c in COLUMNS] if places.grid else COLUMNS
        # A column that the old form lacks reads as the empty cell put after the last one.
        cells = itemgetter(*(header.index(c) if c in header else width for c in columns))
        subject = self.names.thing("incident", self.force, self.month).value
        counts, written = self.counts, []
        for number, record in enumerate(table, start=2):
            if not any(record):
                continue  # a blank line holds no incident
            self.reading.records += 1
            try:
                if len(record) != width:
                    raise Unreadable(ragged(self.file.name, number, len(record), width))
                row = cells([*record, ""])
                said = self.said(number, row, places)
            except Unreadable as error:
                self.reading.refused += 1
                self.reading.add(error.finding)
                continue
            self.numbers.append(number)
            self.rows.append(row)
            s = f"<{subject}/{number}>"
            written.append(s + s.join(filter(None, (*self.common, *said))))
            for predicate, text in zip(SOMETIMES, said[1:], strict=True):
                if text:
                    counts[predicate] += 1
            if len(written) == 2000:
                self.out.records("".join(written))
                written.clear()
        self.out.records("".join(written))
        self.reading.written = self.reading.records - self.reading.refused

    def said(self, number: int, cells: tuple[str, ...], places: MapPoints) -> tuple[str, ...]:
        """What is said of one incident after its subject: the category, then SOMETIMES."""
        crime_id, month, by, within, east, north, where, code, name, kind, outcome, context = cells
        if (
            month != self.month
            or by not in self.own_names
            or kind not in self.categories
            or outcome not in self.outcomes
            or within not in self.within
            or (crime_id and not CRIME_ID.fullmatch(crime_id))
        ):
            raise Unreadable(self.explain(number, cells))
        try:
            place = places.point(east, north, where, code, name)
        except Misplaced as error:
            raise Unreadable(
                Finding(str(error), error.remedy, self.file.name, number, error.column, error.value)
            ) from None
        return (
            self.categories[kind],
            place,
            self.outcomes[outcome],
            f'{CRIME_ID_IS}"{crime_id}" .\n' if crime_id else "",
            self.within[within],
            f' {CRIME.context} "{escape(context)}" .\n' if context else "",
        )

    def explain(self, number: int, cells: tuple[str, ...]) -> Finding:
        """Say which cell of a row is wrong, and what would be right."""
        crime_id, month, by, within, *_, kind, outcome, _ = cells

        def finding(column: str, value: str, problem: str, remedy: str) -> Finding:
            return Finding(problem, remedy, self.file.name, number, column, value)

        if month != self.month:
            problem = f"the file's name says {self.month}"
            if not MONTH.fullmatch(month):
                problem = "not a month"
            remedy = "Move the row to the file of its month, or correct the month."
            return finding("Month", month, problem, remedy)
        spelt = "Spell it as data.police.uk does, or add the spelling to ontologies/"
        if by not in self.own_names:
            problem = f"the file's name says {self.force}"
            return finding("Reported by", by, problem, f"{spelt}police-force.ttl.")
        if within not in self.within:
            return finding("Falls within", within, "not a known force", f"{spelt}police-force.ttl.")
        if kind not in self.categories:
            problem = "not a category in ontologies/crime-category.ttl"
            return finding("Crime type", kind, problem, f"{spelt}crime-category.ttl.")
        if outcome not in self.outcomes:
            problem = "not an outcome in ontologies/outcome.ttl"
            return finding("Last outcome category", outcome, problem, f"{spelt}outcome.ttl.")
        problem = "not 64 hexadecimal characters"
        return finding("Crime ID", crime_id, problem, "Leave the cell empty if there is none.")

    def hand_over(self, places: MapPoints) -> None:
        """Give what other slices may say too, the facts for `settle`, and the tallies."""
        self.out.shared = set(places.lines())
        self.out.facts = {"areas": sorted(places.areas)}
        self.out.table("areas", places.area_table(self.month))
        same = {"force": self.force, "month": self.month, "file": self.file.sha256}
        self.out.table("incidents", table(self.numbers, self.rows, places.grid, **same))
        written = self.reading.written
        for predicate in (CRIME.category, CRIME.month, CRIME.force, RDF.type):
            self.counts[predicate] = written
        self.out.tally.update({predicate.value: n for predicate, n in self.counts.items()})
        self.out.classes[CRIME.Incident.value] = written


def origin(node: str, part: Slice) -> Place | None:
    """The row of an incident, which is the last part of its name."""
    return monthly.origin(SLICES.record, node, part)


def settle(done: Iterable[SliceDone], names: Names) -> Iterator[Quad]:
    """Describe the slices, those that are missing, and which census their areas are of."""
    parts = list(done)
    yield from monthly.settle(SLICES, parts, names)
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for part in parts:
        codes[part.key[:7]].update(part.facts["areas"])
    for part in parts:
        if year := vintage(codes[part.key[:7]]):
            said, node = Literal(year, datatype=XSD.gYear), names.data(DATASET, part.key)
            yield Quad(node, CRIME.lsoaVintage, said, names.graph(DATASET))


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """Label the areas that incidents lie in, where the geography source does not."""
    yield from area_names(tables, DATASET, names.graph(DATASET))


def vintage(codes: set[str]) -> str | None:
    """The census whose areas a month's files use, as far as the codes tell.

    ONS numbers areas in order, so a code above the last of 2011 is of 2021; of the areas of
    2021 one in twenty has such a code.

    >>> vintage({"E01034000"})
    '2021'
    >>> vintage({"E01014399"}) is None
    True
    """
    if any(code > LAST_2011_LSOA[code[0]] for code in codes):
        return "2021"
    return "2011" if len(codes) >= CODES_TO_JUDGE else None
