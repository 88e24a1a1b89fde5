"""The information asset register: one row for each asset, as CSV, ODS or XLSX.

The first sixteen columns are the fields of the OPSI template for registers, the others what a
department needs to govern its assets. Every heading must be there; a cell may be empty unless
it is marked `must`. Several values in one cell are separated by ";" where it says `list`.
A day is 2013-04-01; a time is a day, a month (2013-04) or a year (2013).

What must be filled when, the rules in shapes/asset.ttl say. An asset marked above OFFICIAL is
named and never described: only its number, posts, unit, marking, days, decision and exemption.

    Title                      must; a short name for the asset
    IARN                       must; its number in the register, never used twice
    Identifier                 list; numbers it has elsewhere
    Description                what it holds and what it is for
    Subject                    list; keywords
    Coverage                   list; places of words.csv, and periods such as 2008-04/2013-03
    Date                       time; when it was made or begun
    Updating frequency         a word of words.csv
    Date modified              time; when it last changed
    Source                     where the information comes from
    Format                     list; words of words.csv: csv, ods, database, paper ...
    Language                   list; words of words.csv: english, welsh
    Author                     list; organisations
    Publisher                  list; organisations
    Rights                     list; Open Government Licence, the address of a licence, or a remark
    Category                   a heading of the Government Category List
    Owner post                 must; the information asset owner: a post, never a person
    SIRO post                  the senior information risk owner: a post, never a person
    Business unit              the unit or body whose business it serves
    Classification             a marking of 2014 or older: ontologies/classification.ttl
    Personal data              yes or no
    Privacy impact assessment  signed off, in progress, not needed, or none
    PIA date                   day; when it was signed off or reached that state
    Retention                  how long it is kept, and what then
    Location or system         where it is kept
    Vital record               yes or no
    Risk review date           day of the last review of risks
    Review due                 day of the next review
    Publication decision       a label of ontologies/publication-decision.ttl
    Decision reason            why it was decided so
    Exemption                  list; sections of the Freedom of Information Act: s40
    Signed off by              the post that signed the publication off, never a person
    Sign-off date              day of that sign-off
    First published            time
    Planned release            in words: autumn 2013
    Published datasets         list; addresses, or names of datasets here
    Access requests            list; each one: time | kind of requester | outcome
    Last annual assessment     day; the next is due a year later, and the graph says when
    Maturity level             0 to 5
    Illustrative fields        list; headings whose values here are not from the source document
    Source document            the document and section the entry was made from
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import row, sheet
from homegraph.graph.concepts import code_list
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row
from homegraph.graph.terms import ASSET, DCAT, DCT, ORG, RDF, RDFS
from homegraph.loaders.information_asset_register.cells import (
    Value,
    a_year_after,
    access_request,
    classification,
    day,
    each,
    english,
    licence,
    one,
    one_of,
    place_or_period,
    privacy_assessment,
    remedy,
    time,
    word,
    words,
    yes_or_no,
)

Statement = tuple[NamedNode, NamedNode, Value]

NAME = "information-asset-register"
COLUMNS = tuple(re.findall(r"^ {4}(\S+(?: \S+)*) {2,}\S", __doc__, re.MULTILINE))


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The assets of all files, in the register's graph; an asset number may stand only once."""
    graph = names.graph(NAME)
    seen: set[str] = set()
    for file in files:
        for record in records(file, reading):
            quads: list[Quad] = []
            with record:
                quads = [Quad(*statement, graph) for statement in asset(record, names, seen)]
            yield from quads


def records(file: RawFile, reading: Reading) -> Iterator[Row]:
    """The rows of a register; raises SourceRejected when its columns are not COLUMNS.

    The header is looked at first, so that a new column is one finding and not one for each row.
    """
    if file.name.lower().endswith(sheet.SUFFIXES):
        _, table, _ = sheet.content(file, None, Reading())
        number, header = next((n, cells) for n, cells in enumerate(table, 1) if any(cells))
        header = [cell.strip() for cell in header if cell.strip()]
        row.check_header(header, file.name, COLUMNS, COLUMNS, number)
        yield from sheet.rows(file, reading)
    else:
        row.check_header(next(row.records(file)), file.name, COLUMNS, COLUMNS)
        yield from row.rows(file, reading)


def asset(record: Row, names: Names, seen: set[str]) -> Iterator[Statement]:
    """All that a row says."""
    number = record.take("IARN", str, "Give every asset a number of its own.")
    if number in seen:
        raise record.refuse(
            "the number stands twice in the register",
            "Give each asset a number of its own.",
            "IARN",
            number,
        )
    seen.add(number)
    node = names.thing("asset", number)
    yield node, RDF.type, ASSET.InformationAsset
    yield node, DCT.identifier, Literal(number)
    yield node, DCT.isPartOf, names.data(NAME)
    yield from chain(
        simple_values(record, node),
        coverage_and_rights(record, node, names),
        posts_and_bodies(record, node, names),
        protection(record, node, names, number),
        publication(record, node, names, number),
    )


class Column(NamedTuple):
    """A column whose values are statements as they stand."""

    heading: str
    predicate: NamedNode
    read: Callable[[str], list[Value]]
    remedy: str


def simple_values(record: Row, node: NamedNode) -> Iterator[Statement]:
    """The columns that need nothing but their reader."""
    yield node, DCT.title, record.take("Title", english, "Give the asset a short name.")
    for column in SIMPLE:
        for value in record.maybe(column.heading, column.read, column.remedy) or []:
            yield node, column.predicate, value
    for value in record.maybe("Format", each(word(words("Format"))), remedy("Format")) or []:
        is_file = isinstance(value, NamedNode)
        yield node, DCT.format if is_file else ASSET.carrier, value


def coverage_and_rights(record: Row, node: NamedNode, names: Names) -> Iterator[Statement]:
    """Places and periods; licences and remarks on rights."""
    advice = f"{remedy('Coverage')} Or write a period as 2008-04/2013-03."
    for name, ends in record.maybe("Coverage", each(place_or_period), advice) or []:
        if not ends:
            yield node, DCT.spatial, word(words("Coverage"))(name)
            continue
        period = names.thing("period", name)
        yield node, DCT.temporal, period
        yield period, RDF.type, DCT.PeriodOfTime
        yield period, DCAT.startDate, ends[0]
        yield period, DCAT.endDate, ends[1]
    for value in record.maybe("Rights", each(licence), "Write the licence's full address.") or []:
        if isinstance(value, NamedNode):
            yield node, DCT.license, value
            continue
        rights = names.thing("rights", value.value)
        yield node, DCT.rights, rights
        yield rights, RDF.type, DCT.RightsStatement
        yield rights, RDFS.label, value


def posts_and_bodies(record: Row, node: NamedNode, names: Names) -> Iterator[Statement]:
    """Who made it, who publishes it, who answers for it; posts, never persons."""
    owner = record.take("Owner post", str, "Name the post that answers for the asset.")
    yield from labelled(node, ASSET.owner, names.thing("post", owner), ORG.Post, owner)
    for heading, predicate in OTHER_POSTS:
        if name := record.maybe(heading, str):
            yield from labelled(node, predicate, names.thing("post", name), ORG.Post, name)
    for heading, predicate in (("Author", DCT.creator), ("Publisher", DCT.publisher)):
        for name in record.maybe(heading, each(str)) or []:
            body = organisation(name, names)
            yield from labelled(node, predicate, body, ORG.FormalOrganization, name)
    if unit := record.maybe("Business unit", str):
        if unit in words("Publisher"):
            body, kind = organisation(unit, names), ORG.FormalOrganization
        else:
            body, kind = names.thing("unit", unit), ORG.OrganizationalUnit
        yield from labelled(node, ASSET.businessUnit, body, kind, unit)


def protection(record: Row, node: NamedNode, names: Names, number: str) -> Iterator[Statement]:
    """The marking, in today's scheme and as it stands, and the assessments."""
    if assessed := record.maybe("Last annual assessment", day, A_DAY):
        yield node, ASSET.lastAssessment, assessed
        yield node, ASSET.assessmentDue, a_year_after(assessed.value)
    advice = one_of("classification")
    if marking := record.maybe("Classification", lambda text: (classification(text), text), advice):
        yield node, ASSET.classification, marking[0]
        yield node, ASSET.originalMarking, Literal(marking[1])
    advice = "Write signed off, in progress, not needed or none."
    status = record.maybe("Privacy impact assessment", privacy_assessment, advice)
    issued = record.maybe("PIA date", day, A_DAY)
    if status:
        assessment = names.thing("privacy-impact-assessment", number)
        yield node, ASSET.privacyImpactAssessment, assessment
        yield assessment, RDF.type, ASSET.PrivacyImpactAssessment
        yield assessment, ASSET.assessmentStatus, status
        if issued:
            yield assessment, DCT.issued, issued
    elif issued:
        raise record.refuse(
            "there is a date of an assessment, and no assessment",
            "Say how far the privacy impact assessment has come, or remove its date.",
            "PIA date",
            issued.value,
        )


def publication(record: Row, node: NamedNode, names: Names, number: str) -> Iterator[Statement]:
    """The datasets published from the asset, and the requests to use it."""
    advice = "Write addresses in full, or names of datasets in small letters with hyphens."
    datasets = record.maybe("Published datasets", each(lambda text: dataset(text, names)), advice)
    for published in datasets or []:
        yield node, ASSET.publishedAs, published
    advice = "Write each request as: 2012-11 | developer | granted; the kind, never a name."
    asked = record.maybe("Access requests", each(access_request), advice) or []
    for position, (received, requester, outcome) in enumerate(asked, start=1):
        request = names.thing("access-request", number, str(position))
        yield node, ASSET.accessRequest, request
        yield request, RDF.type, ASSET.AccessRequest
        yield request, ASSET.requesterKind, requester
        yield request, ASSET.accessOutcome, outcome
        if received:
            yield request, ASSET.received, received


def labelled(
    node: NamedNode, predicate: NamedNode, thing: NamedNode, kind: NamedNode, name: str
) -> Iterator[Statement]:
    """Link to a thing, and say what it is and what it is called."""
    yield node, predicate, thing
    yield thing, RDF.type, kind
    yield thing, RDFS.label, english(name)


def organisation(name: str, names: Names) -> NamedNode:
    """Its name on GOV.UK where words.csv has one, a name of ours otherwise."""
    known = words("Publisher").get(name)
    return known if isinstance(known, NamedNode) else names.thing("organisation", name)


def dataset(text: str, names: Names) -> NamedNode:
    """An address as it stands, or one of our datasets by its name."""
    return NamedNode(text) if "://" in text else names.data(text)


def heading(text: str) -> Literal:
    """The name of one of the register's columns."""
    if text not in COLUMNS:
        raise ValueError(f"there is no column {text!r}")
    return Literal(text)


A_DAY, A_TIME = "Write a day as 2013-04-01.", "Write it as 2013-04-01, 2013-04 or 2013."
YES_NO, ANY = "Write yes or no.", "Correct the value at the source."
OTHER_POSTS = [
    ("SIRO post", ASSET.seniorInformationRiskOwner),
    ("Signed off by", ASSET.signedOffBy),
]
SIMPLE = [
    Column("Identifier", ASSET.alternativeIdentifier, each(Literal), ANY),
    Column("Description", DCT.description, one(english), ANY),
    Column("Subject", DCAT.keyword, each(english), ANY),
    Column("Date", DCT.created, one(time), A_TIME),
    Column(
        "Updating frequency",
        DCT.accrualPeriodicity,
        one(word(words("Updating frequency"))),
        remedy("Updating frequency"),
    ),
    Column("Date modified", DCT.modified, one(time), A_TIME),
    Column("Source", ASSET.origin, one(english), ANY),
    Column(
        "Language",
        DCT.language,
        each(word(words("Language"))),
        remedy("Language"),
    ),
    Column("Category", ASSET.category, one(Literal), ANY),
    Column("Personal data", ASSET.holdsPersonalData, one(yes_or_no), YES_NO),
    Column("Retention", ASSET.retention, one(english), ANY),
    Column("Location or system", ASSET.location, one(english), ANY),
    Column("Vital record", ASSET.vitalRecord, one(yes_or_no), YES_NO),
    Column("Risk review date", ASSET.riskReviewed, one(day), A_DAY),
    Column("Review due", ASSET.reviewDue, one(day), A_DAY),
    Column(
        "Publication decision",
        ASSET.publicationDecision,
        one(code_list("publication-decision").read),
        one_of("publication-decision"),
    ),
    Column("Decision reason", ASSET.decisionReason, one(english), ANY),
    Column(
        "Exemption",
        ASSET.exemption,
        each(code_list("foi-exemption").read),
        "Write sections of the Freedom of Information Act as s40; s31.",
    ),
    Column("Sign-off date", ASSET.signedOff, one(day), A_DAY),
    Column("First published", ASSET.firstPublished, one(time), A_TIME),
    Column("Planned release", ASSET.plannedRelease, one(english), ANY),
    Column(
        "Maturity level",
        ASSET.maturityLevel,
        one(code_list("maturity-level").read),
        "Write a level from 0 to 5.",
    ),
    Column(
        "Illustrative fields",
        ASSET.illustrativeField,
        each(heading),
        "Write headings of this register, letter for letter.",
    ),
    Column("Source document", ASSET.sourceDocument, one(english), ANY),
]
