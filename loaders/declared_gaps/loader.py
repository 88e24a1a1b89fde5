"""Declared gaps: what is known of months that a police force did not supply, and who says so.

One CSV file, kept by hand; one row for each run of months of one force in one series. Every cell
is filled.

    Series        the name of the dataset that has the gap: street-crime
    Force         the code of ontologies/police-force.ttl: greater-manchester
    First month   2019-07
    Last month    2019-12; the same as the first for a single month
    Completeness  missing, partial or withdrawn, or revised: ontologies/completeness.ttl
    Reason        why, as far as it is known, in plain sentences
    Source        the address of the page that says so
    Declared on   the day on which the row was written or last looked at

From these rows, and from what the series themselves hold, the cube `completeness` says of each
force and month what was supplied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import iri, row
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import months_between
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.periods import MONTH, label
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row
from homegraph.graph.terms import DCT, PROV, RDF, RDFS, SOURCE, STAT, XSD
from homegraph.loaders.declared_gaps.doubts import doubts
from homegraph.loaders.declared_gaps.observe import completeness

NAME = "declared-gaps"
COLUMNS = re.findall(r"^ {4}(\S+(?: \S+)*) {2,}\S", __doc__, re.MULTILINE)
# The sources whose cubes are by force, and which therefore look for gaps.
SERIES = (
    *("street-crime", "police-outcomes", "stop-and-search"),
    *("recorded-crime", "recorded-crime-open-data", "crime-outcomes-open-data"),
)
FIRST_YEAR, LAST_YEAR = 2000, 2100
FACTS = {
    **dict.fromkeys(("series", "force", "first_month", "last_month"), pl.String),
    **dict.fromkeys(("completeness", "note", "file", "file_name"), pl.String),
    "row": pl.Int64,
}
Fact = dict[str, str | int]
Value = NamedNode | Literal


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """What each row declares; the table `facts` has the same. No month may be declared twice."""
    graph = names.graph(NAME)
    facts: list[Fact] = []
    seen: dict[tuple[str, str, str], str] = {}
    for file in files:
        row.check_header(next(row.records(file)), file.name, COLUMNS, COLUMNS)
        for record in row.rows(file, reading):
            with record:
                fact, source, declared_on = read(record)
                once(record, fact, seen)
                fact |= {"file": file.sha256, "file_name": file.name, "row": record.number}
                facts.append(fact)
                for predicate, value in said(fact, source, declared_on, names):
                    yield Quad(node(fact, names), predicate, value, graph)
    reading.table("facts", pl.DataFrame(facts, schema=FACTS))
    for one in sorted({declared for _, _, declared in seen}):
        yield Quad(iri.month(one), RDFS.label, Literal(label(one), language="en"), graph)


def read(record: Row) -> tuple[Fact, NamedNode, Literal]:
    """A row's fact, where it is said, and the day of the declaration."""
    month_remedy = "Write a month as 2019-07."
    fact: Fact = {
        "series": record.take("Series", series, f"Write one of: {', '.join(SERIES)}."),
        "force": record.take("Force", force, "Write the code of ontologies/police-force.ttl."),
        "first_month": record.take("First month", month, month_remedy),
        "last_month": record.take("Last month", month, month_remedy),
        "completeness": record.take("Completeness", kind, "Write missing, partial or withdrawn."),
        "note": record.take("Reason", str, "Say why, or that it is not known."),
    }
    source = record.take("Source", address, "Write the address of the page that says so.")
    declared_on = record.take("Declared on", day, "Write a day as 2020-04-23.")
    if str(fact["last_month"]) < str(fact["first_month"]):
        problem = f"the first month is {fact['first_month']}"
        value = str(fact["last_month"])
        raise record.refuse(problem, "Put the later month last.", "Last month", value)
    return fact, source, declared_on


def once(record: Row, fact: Fact, seen: dict[tuple[str, str, str], str]) -> None:
    """Refuse a month that another row declares already."""
    where = f"{record.file}: row {record.number}"
    for one in months_between(str(fact["first_month"]), str(fact["last_month"])):
        known = seen.setdefault((str(fact["series"]), str(fact["force"]), one), where)
        if known != where:
            problem = f"{one} is declared in {known} as well"
            raise record.refuse(problem, "Keep one of the two.", "First month", one)


def series(text: str) -> str:
    """The name of a series."""
    if text not in SERIES:
        raise ValueError("no source of that name looks for gaps")
    return text


def force(text: str) -> str:
    """The code of a force."""
    code_list("police-force").code(text)
    return text


def kind(text: str) -> str:
    """What is said of the months; that they were supplied needs no row."""
    code_list("completeness").code(text)
    if text == "supplied":
        raise ValueError("that is the rule and needs no row")
    return text


def month(text: str) -> str:
    """A month of a year that there may be figures of; a slip such as 0219 would be long to list."""
    if not MONTH.fullmatch(text):
        raise ValueError("not a month")
    if not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        raise ValueError(f"not a month of the years {FIRST_YEAR} to {LAST_YEAR}")
    return text


def address(text: str) -> NamedNode:
    """The address of a page."""
    if not re.fullmatch(r"[a-z]+://[^\s<>\"{}|\\^`]+", text):
        raise ValueError("not an address")
    return NamedNode(text)


def day(text: str) -> Literal:
    """A day."""
    date.fromisoformat(text)
    return Literal(text, datatype=XSD.date)


def node(fact: Fact, names: Names) -> NamedNode:
    """The declared gap, by series, force and first month."""
    keys = (str(fact[key]) for key in ("series", "force", "first_month"))
    return names.thing("declared-gap", *keys)


def said(
    fact: Fact, source: NamedNode, declared_on: Literal, names: Names
) -> Iterator[tuple[NamedNode, Value]]:
    """All that is said of a declared gap."""
    forces = code_list("police-force")
    who = forces.code(str(fact["force"]))
    first, last = str(fact["first_month"]), str(fact["last_month"])
    when = label(first) if first == last else f"{label(first)} to {label(last)}"
    text = f"{forces.labels[who]}, {fact['series']}, {when}: {fact['completeness']}"
    yield RDF.type, STAT.DeclaredGap
    yield RDFS.label, Literal(text, language="en")
    yield STAT.series, names.data(str(fact["series"]))
    yield STAT.force, who
    yield STAT.firstMonth, iri.month(first)
    yield STAT.lastMonth, iri.month(last)
    yield STAT.completeness, code_list("completeness").code(str(fact["completeness"]))
    yield DCT.description, Literal(str(fact["note"]), language="en")
    yield DCT.source, source
    yield DCT.issued, declared_on
    yield DCT.isPartOf, names.data(NAME)
    yield PROV.wasDerivedFrom, names.thing("file", str(fact["file"]))
    yield SOURCE.inRow, Literal(int(fact["row"]))


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """Warn of declarations that the series contradict; says nothing in the graph."""
    facts = tables.get(NAME, "facts")
    if facts is not None:
        for doubt in doubts(tables, facts.collect()):
            reading.add(doubt)
    yield from ()


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """The cube `completeness`: what each force supplied to each series in each month."""
    yield completeness(tables, names, NAME)
