"""What a council paid to its suppliers: one CSV file for each quarter, one row for each payment.

East Sussex County Council publishes it. The first row says which days the file is of, the second
has the headings. A supplier that is not plainly a body may be a person, as whoever drives a child
to school or cares for somebody: the payment is read, and nobody is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import row
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row
from homegraph.graph.terms import DCAT, DCT, ORG, PROV, RDF, RDFS, SOURCE, SPEND, XSD

NAME = "council-spend"
COUNCIL = "East Sussex County Council"
COLUMNS = ("Name", "Payment category", "Amount", "Department", "Document no.", "Post code")
DAYS = re.compile(r"(\d\d)\.(\d\d)\.(\d\d) to (\d\d)\.(\d\d)\.(\d\d)")
AMOUNT = re.compile(r"-?£[0-9]{1,3}(,?[0-9]{3}){0,3}(\.[0-9]{2})?")
# What only bodies have in their names; a name without such a word may be that of a person.
BODY = re.compile(
    r"\b(LTD|LIMITED|PLC|LLP|COUNCIL|BOROUGH|AUTHORITY|AGENCY|DEPARTMENT|MINISTRY|COMMISSION"
    r"|OFFICE|REVENUE|TREASURY|OFSTED|POLICE|CONSTABULARY|NHS|TRUST|UNIVERSITY|COLLEGE|SCHOOL)\b",
    re.IGNORECASE,
)
Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """All payments, the council and its suppliers."""
    graph = names.graph(NAME)
    known: set[Statement] = set()
    for file in files:
        stem = file.name.removesuffix(".csv")
        days, records = rows(file, reading)
        for record in records:
            said: list[Statement] = []
            with record:
                node = names.thing("payment", stem, str(record.number))
                said = list(payment(record, node, names))
                said += period(node, days, names)
                said.append((node, PROV.wasDerivedFrom, names.thing("file", file.sha256)))
            yield from (Quad(*one, graph) for one in said if one not in known)
            known.update(one for one in said if one[1] in {RDF.type, RDFS.label})
    yield Quad(payer(names), RDF.type, ORG.FormalOrganization, graph)
    yield Quad(payer(names), RDFS.label, Literal(COUNCIL, language="en"), graph)


def rows(file: RawFile, reading: Reading) -> tuple[tuple[str, str], Iterator[Row]]:
    """The first and last day of a file, and its rows.

    Raises SourceRejected when the row above the headings is not as it should be.
    """
    table = row.records(file, encoding_of(file))
    title, *others = next(table) or [""]
    found = DAYS.search(title)
    if not found or any(others):
        value = ", ".join([title, *filter(None, others)])
        problem = "the row above the headings does not say, alone, which days the file is of"
        remedy = "Restore it: Transparency Q2 - 01.07.11 to 30.09.11."
        raise SourceRejected([Finding(problem, remedy, file.name, 1, value=value)])
    day, month, year, *last = found.groups()
    days = f"20{year}-{month}-{day}", f"20{last[2]}-{last[1]}-{last[0]}"
    header = row.check_header(next(table), file.name, COLUMNS, COLUMNS, row=2)
    return days, under(header, table, file.name, reading)


def under(
    header: list[str], table: Iterator[list[str]], name: str, reading: Reading
) -> Iterator[Row]:
    """The rows under the headings; ragged ones are findings."""
    for number, values in enumerate(table, start=3):
        if len(values) == len(header):
            yield Row(dict(zip(header, values, strict=True)), reading, file=name, number=number)
        elif any(values):
            reading.records += 1
            reading.refused += 1
            reading.add(row.ragged(name, number, len(values), len(header)))


def encoding_of(file: RawFile) -> str:
    """UTF-8 where a file is, and what Excel writes in Britain where it is not."""
    with file.open() as stream:
        try:
            stream.read().decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def payment(record: Row, node: NamedNode, names: Names) -> Iterator[Statement]:
    """What a row says of a payment, and of its supplier if that is a body."""
    name = " ".join(record.take("Name", str).split())
    yield node, RDF.type, SPEND.Payment
    yield node, RDFS.label, Literal(f"Payment in row {record.number}", language="en")
    yield node, DCT.isPartOf, names.data(NAME)
    yield node, SPEND.payer, payer(names)
    yield node, SPEND.amount, record.take("Amount", pounds, "Write it as £1,234 or -£5.60.")
    yield node, SPEND.category, Literal(record.take("Payment category", str))
    yield node, SPEND.department, Literal(record.take("Department", str))
    yield node, SOURCE.inRow, Literal(record.number)
    record.ignore("Document no.", "Post code")
    if BODY.search(name):
        supplier = names.thing("supplier", name)
        yield node, SPEND.payee, supplier
        yield supplier, RDF.type, SPEND.Supplier
        yield supplier, RDFS.label, Literal(name, language="en")


def period(node: NamedNode, days: tuple[str, str], names: Names) -> Iterator[Statement]:
    """In which days a payment was made: those that the file is of."""
    days_of = names.thing("period", "/".join(days))
    yield node, DCT.temporal, days_of
    yield days_of, RDF.type, DCT.PeriodOfTime
    for predicate, day in zip((DCAT.startDate, DCAT.endDate), days, strict=True):
        yield days_of, predicate, Literal(day, datatype=XSD.date)


def payer(names: Names) -> NamedNode:
    """The council."""
    return names.thing("organisation", COUNCIL)


def pounds(text: str) -> Literal:
    """An amount in pounds."""
    if not AMOUNT.fullmatch(text):
        raise ValueError("not an amount in pounds")
    return Literal(f"{Decimal(re.sub('[£,]', '', text)):f}", datatype=XSD.decimal)
