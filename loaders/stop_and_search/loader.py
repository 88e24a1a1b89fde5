"""Stop and search: one CSV file per force and month, as data.police.uk publishes it.

Each row is one search, named by force, month and row: there is no identifier, and nobody is
named. The wording of outcomes and ethnicity changed over the years; the code lists know both.
Empty cells say nothing, and so do we.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from pyoxigraph import NamedNode, Quad

from homegraph.graph import iri, monthly
from homegraph.graph.concepts import code_list
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.mappoints import MAP_POINT, Columns, MapPoints, Misplaced
from homegraph.graph.nquads import escape
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Unreadable, check_header, ragged, records
from homegraph.graph.slices import Slice, SliceDone, SliceOutput
from homegraph.graph.terms import CRIME, RDF, XSD
from homegraph.loaders.stop_and_search import columns
from homegraph.loaders.stop_and_search.columns import BOOLEANS, CODED, COLUMNS, FLAGS
from homegraph.loaders.stop_and_search.cubes import DATASET, cubes

__all__ = ["cubes", "origin", "settle", "slices", "stream"]

ENDING = "-stop-and-search.csv"  # of a file's name, after month and force
FIRST_MONTH = "2014-08"  # the Best Use of Stop and Search scheme began; nothing older is published
PLACE = Columns(columns.LONGITUDE, columns.LATITUDE, "", "", "")  # no label, no area
SEARCH_POINT, AT = f" {CRIME.searchPoint} ", f" {CRIME.searchTime} "
SPELT = "Spell it as data.police.uk does, or add the spelling to ontologies/"


SLICES = monthly.Monthly(
    DATASET, "Stop and search", "stop-and-search", CRIME.SearchSlice, CRIME.searchCount
)


def slices(files: Sequence[RawFile]) -> list[Slice]:
    """One slice per file; raises SourceRejected for a name that does not say force and month."""
    return monthly.slices(files, ENDING, FIRST_MONTH)


def stream(part: Slice, names: Names, out: SliceOutput, reading: Reading) -> None:
    """Write one force's month; errors are noted in `reading`, a hundred at most."""
    SliceReader(part, names, out, reading).run()


class SliceReader:
    """Reads one file; what repeats from row to row is looked up, not made again."""

    def __init__(self, part: Slice, names: Names, out: SliceOutput, reading: Reading) -> None:
        (self.file,) = part.files
        self.month, self.force = part.key[:7], part.key[8:]
        self.out, self.reading, self.names = out, reading, names
        self.points = MapPoints(names, PLACE)
        # What each cell makes a row say after its subject, by column: property and text.
        self.said_by: dict[str, tuple[NamedNode, dict[str, str]]] = {}
        for heading, scheme, predicate, _ in CODED:
            texts = {
                label: f" {predicate} {iri.concept(scheme, notation)} .\n"
                for label, notation in columns.labels_of(scheme).items()
            }
            self.said_by[heading] = predicate, texts
        for heading, predicate, _ in FLAGS:
            texts = {
                cell: f' {predicate} "{str(value).lower()}"^^{XSD.boolean} .\n'
                for cell, value in BOOLEANS.items()
            }
            self.said_by[heading] = predicate, texts
        self.common = (
            f" {RDF.type} {CRIME.StopAndSearch} .\n",
            f" {CRIME.searchMonth} {iri.month(self.month)} .\n",
            f" {CRIME.searchedBy} {code_list('police-force').code(self.force)} .\n",
        )
        self.counts: Counter[NamedNode] = Counter()
        self.numbers: list[int] = []  # the rows that became searches,
        self.rows: list[tuple[str, ...]] = []  # and their cells in the order of COLUMNS

    def run(self) -> None:
        """Read the file, then hand over what other slices may say too, facts and tallies."""
        table = records(self.file)
        header = next(table)
        check_header(header, self.file.name, required=COLUMNS, known=COLUMNS)
        self.write(table, header)
        self.hand_over()

    def write(self, table: Iterator[list[str]], header: list[str]) -> None:
        """Write each row as a search, or note what is wrong with it."""
        cells = itemgetter(*(header.index(heading) for heading in COLUMNS))
        subject = self.names.thing("stop-and-search", self.force, self.month).value
        written: list[str] = []
        for number, record in enumerate(table, start=2):
            if not any(record):
                continue  # a blank line holds no search
            self.reading.records += 1
            try:
                if len(record) != len(header):
                    raise Unreadable(ragged(self.file.name, number, len(record), len(header)))
                row = cells(record)
                said = dict(self.said(number, dict(zip(COLUMNS, row, strict=True))))
            except Unreadable as error:
                self.reading.refused += 1
                self.reading.add(error.finding)
                continue
            self.numbers.append(number)
            self.rows.append(row)
            self.counts.update(said.keys())
            s = f"<{subject}/{number}>"
            written.append(s + s.join((*self.common, *said.values())))
            if len(written) == 2000:
                self.out.records("".join(written))
                written.clear()
        self.out.records("".join(written))
        self.reading.written = self.reading.records - self.reading.refused

    def said(self, number: int, row: dict[str, str]) -> Iterator[tuple[NamedNode, str]]:
        """What a row says after its subject, by property; raises Unreadable."""
        for heading, (predicate, texts) in self.said_by.items():
            cell = row[heading]
            if cell:
                if cell not in texts:
                    raise Unreadable(self.unknown(number, heading, cell))
                yield predicate, texts[cell]
        if not row["Type"]:
            remedy = "Say whether a person, a vehicle or both were searched."
            raise Unreadable(self.finding(number, "Type", "", "the cell is empty", remedy))
        yield CRIME.searchTime, f'{AT}"{self.time(number, row)}"^^{XSD.dateTime} .\n'
        try:
            point = self.points.point(row[columns.LONGITUDE], row[columns.LATITUDE], "", "", "")
        except Misplaced as error:
            place = self.finding(number, error.column, error.value, str(error), error.remedy)
            raise Unreadable(place) from None
        if point:
            yield CRIME.searchPoint, SEARCH_POINT + point.removeprefix(MAP_POINT)
        if row[columns.OPERATION]:
            name = escape(row[columns.OPERATION])
            yield CRIME.operation, f' {CRIME.operation} "{name}" .\n'

    def time(self, number: int, row: dict[str, str]) -> str:
        """The time as it stands; raises Unreadable for no time, or one of another month."""
        text = row[columns.DATE]
        try:
            if columns.made_in(self.month, text):
                return text
            problem = f"the file's name says {self.month}"
            remedy = "Move the row to the file of its month, or correct the time."
        except ValueError as error:
            problem, remedy = str(error), "Write it as 2016-05-31T23:01:00+00:00."
        raise Unreadable(self.finding(number, columns.DATE, text, problem, remedy))

    def unknown(self, number: int, heading: str, cell: str) -> Finding:
        """A finding for a cell that is none of the words of its column."""
        for coded in CODED:
            if coded.heading == heading:
                problem = f"not a word of ontologies/{coded.scheme}.ttl that a record may have"
                return self.finding(number, heading, cell, problem, f"{SPELT}{coded.scheme}.ttl.")
        remedy = "Write True or False, or leave the cell empty."
        return self.finding(number, heading, cell, "neither True nor False", remedy)

    def finding(self, number: int, heading: str, cell: str, problem: str, remedy: str) -> Finding:
        """A finding about one cell."""
        return Finding(problem, remedy, self.file.name, number, heading, cell)

    def hand_over(self) -> None:
        """Give what other slices may say too, the table and the tallies."""
        self.out.shared = set(self.points.lines())
        same = {"force": self.force, "month": self.month, "file": self.file.sha256}
        self.out.table("searches", columns.table(self.numbers, self.rows, **same))
        written = self.reading.written
        for predicate in (RDF.type, CRIME.searchMonth, CRIME.searchedBy):
            self.counts[predicate] = written
        self.out.tally.update({predicate.value: n for predicate, n in self.counts.items()})
        self.out.classes[CRIME.StopAndSearch.value] = written


def origin(node: str, part: Slice) -> Place | None:
    """The row of a search, which is the last part of its name."""
    return monthly.origin(SLICES.record, node, part)


def settle(done: Iterable[SliceDone], names: Names) -> Iterator[Quad]:
    """Describe the slices, and those that are missing."""
    yield from monthly.settle(SLICES, done, names)
