"""The agreement under which a force shares an extract: one row, published as ODRL and DPV.

The first eighteen columns are the fields of the register of agreements under the Digital Economy
Act 2017, by their names there; the others answer what police authorities asked of the Data Hub: is
there a memorandum, was the effect on privacy assessed, and who else asked for the records.

    information-sharing-agreement   its number in the register
    name                            stands in the title of every figure
    purpose                         what the records may be used for
    information-sharing-benefits    what is gained, and by whom
    legal-power-disclosure          addresses of the sections of law, with ";" between them
    disclosed-information           kinds of files, with ";" between them: crime; person
    controllers                     police-force:kent; government-organisation:home-office
    controller-names                as many names
    information-sharing-method      how the files are handed over
    processors                      as controllers, or empty
    processor-names                 as many names
    retention-period                P5Y: years, months or days (ISO 8601)
    start-date                      the first day on which it holds
    end-date                        the last day, or empty
    review-date                     the day by which it is reviewed
    contact                         Data Hub team <team@example.gov.uk>; never a person
    areas                           ONS codes, with ";" between them
    area-names                      as many names
    memorandum                      title and date of the memorandum of understanding
    privacy-impact-assessment       a label of ontologies/privacy-assessment.ttl
    requests-for-access             each one: 2024-11 | researcher | granted; with ";" between them
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import iri
from homegraph.graph.concepts import code_list
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.terms import (
    ACCESS,
    ASSET,
    DCAT,
    DCT,
    DPV,
    ODRL,
    PROV,
    RDF,
    RDFS,
    STAT,
    VCARD,
    XSD,
)
from homegraph.loaders.home_office_data_hub.columns import AS_A_DAY, Column, day, one_line
from homegraph.loaders.home_office_data_hub.extract import Extract, Unfit, read_table

T = TypeVar("T")
Request = tuple[str, NamedNode, NamedNode]
Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]

DURATION = re.compile(r"P([0-9]+Y)?([0-9]+M)?([0-9]+D)?")
ONS_CODE = re.compile(r"[EKNSW][0-9]{8}")
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
CONTACT = re.compile(r"([^<>]+) <([^<>@\s]+@[^<>@\s]+)>")


@dataclass(frozen=True)
class Agreement:
    """What the row says, column by column."""

    number: str
    name: str
    purpose: str
    benefits: str
    powers: tuple[NamedNode, ...]
    kinds: tuple[str, ...]
    controllers: tuple[NamedNode, ...]
    controller_names: tuple[str, ...]
    method: str
    processors: tuple[NamedNode, ...] | None
    processor_names: tuple[str, ...] | None
    retention: str
    start: date
    end: date | None
    review: date
    contact: tuple[str, str]
    areas: tuple[NamedNode, ...]
    area_names: tuple[str, ...]
    memorandum: str
    assessment: NamedNode
    requests: tuple[Request, ...] | None
    place: Place | None = None


def each(read: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """A reader of several values with ";" between them."""
    return lambda text: tuple(read(part.strip()) for part in text.split(";") if part.strip())


def matching(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    """A reader of what a pattern describes."""

    def read(text: str) -> str:
        if not pattern.fullmatch(text) or text == "P":
            raise ValueError(f"not {what}")
        return text

    return read


def law(text: str) -> NamedNode:
    """Read the address of a law on legislation.gov.uk."""
    if not re.fullmatch(re.escape(iri.LEGISLATION) + "[a-z0-9/-]+", text):
        raise ValueError(f"not the address of a law that begins with {iri.LEGISLATION}")
    return NamedNode(text)


def body(text: str) -> NamedNode:
    """Read a police force or a government organisation."""
    register, _, key = text.partition(":")
    if register == "police-force":
        return code_list("police-force").code(key)
    if register == "government-organisation" and re.fullmatch("[a-z-]+", key):
        return iri.organisation(key)
    raise ValueError("neither a police-force: nor a government-organisation:")


def team(text: str) -> tuple[str, str]:
    """Read the name of a team and its e-mail address."""
    found = CONTACT.fullmatch(text)
    if found is None:
        raise ValueError("not a team's name and its e-mail address in < and >")
    return found[1], found[2]


def request(text: str) -> Request:
    """Read `2024-11 | researcher | granted`: month, kind of requester, outcome."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 3 or not MONTH.fullmatch(parts[0]):
        raise ValueError("not a month, a kind of requester and an outcome with | between them")
    month, kind, outcome = parts
    requester = code_list("requester-kind").read(kind)
    return month, requester, code_list("access-outcome").read(outcome)


def area(text: str) -> NamedNode:
    """Read the ONS code of an area."""
    return iri.area(matching(ONS_CODE, "an ONS code of nine characters")(text))


BODIES = "Write police-force:kent or government-organisation:home-office."
COLUMNS = (
    Column("information-sharing-agreement", matching(re.compile("[A-Z0-9-]+"), "a number")),
    Column("name", one_line),
    Column("purpose", one_line),
    Column("information-sharing-benefits", one_line),
    Column("legal-power-disclosure", each(law), "Give the address of each section."),
    Column("disclosed-information", each(one_line)),
    Column("controllers", each(body), BODIES),
    Column("controller-names", each(one_line)),
    Column("information-sharing-method", one_line),
    Column("processors", each(body), BODIES, may_be_empty=True),
    Column("processor-names", each(one_line), may_be_empty=True),
    Column("retention-period", matching(DURATION, "a duration as P5Y"), "Write it as P5Y."),
    Column("start-date", day, AS_A_DAY),
    Column("end-date", day, AS_A_DAY, may_be_empty=True),
    Column("review-date", day, AS_A_DAY),
    Column("contact", team, "Write it as Data Hub team <team@example.gov.uk>; never a person."),
    Column("areas", each(area), "Write ONS codes as E23000032."),
    Column("area-names", each(one_line)),
    Column("memorandum", one_line),
    Column(
        "privacy-impact-assessment",
        code_list("privacy-assessment").read,
        "Write signed off or in progress: the extract is about persons.",
    ),
    Column(
        "requests-for-access",
        each(request),
        "Write each as 2024-11 | researcher | granted; the kind, never a name.",
        may_be_empty=True,
    ),
)


def read_agreement(extract: Extract, reading: Reading) -> Agreement | None:
    """The agreement of an extract, or None with a finding that says why not."""
    found: list[Agreement] = []

    def take(*values: object) -> None:
        read = Agreement(*values)  # type: ignore[arg-type]  # each column reads its own type
        agreement = replace(read, place=reading.at)
        if found:
            raise Unfit("there is more than one agreement", "Keep one row.", COLUMNS[0].heading)
        insist_on_cover(agreement, extract)
        found.append(agreement)

    file = extract.files["agreement"]
    read_table(file, COLUMNS, reading, take)
    if not found and not reading.errors:
        reading.add(Finding("there is no agreement", "Give one row.", file.name))
    return found[0] if found else None


def insist_on_cover(agreement: Agreement, extract: Extract) -> None:
    """Refuse an agreement that does not cover the extract."""
    force = code_list("police-force").code(extract.force)
    for heading, things, names in (
        ("controller-names", agreement.controllers, agreement.controller_names),
        ("processor-names", agreement.processors or (), agreement.processor_names or ()),
        ("area-names", agreement.areas, agreement.area_names),
    ):
        if len(things) != len(names):
            raise Unfit("there are not as many names as things", "Name each once.", heading)
    if force not in agreement.controllers or len(agreement.controllers) < 2:
        problem = "the controllers are not the force and whoever receives the extract"
        raise Unfit(problem, "Name both.", "controllers")
    missing = sorted(set(extract.files) - {"agreement", "area"} - set(agreement.kinds))
    if missing:
        problem = f"the agreement does not cover {', '.join(missing)}"
        raise Unfit(problem, "Leave these files out, or amend the agreement.", COLUMNS[5].heading)
    if agreement.start > extract.last or (agreement.end and agreement.end < extract.first):
        raise Unfit("the agreement does not cover this year", "Amend the agreement.", "start-date")
    if agreement.assessment == code_list("privacy-assessment").code("not-needed"):
        problem = "records about persons need a privacy impact assessment"
        raise Unfit(problem, "Have one made.", "privacy-impact-assessment")


def say(agreement: Agreement, extract: Extract, names: Names, graph: NamedNode) -> Iterator[Quad]:
    """All that is published of an agreement."""
    for statement in (
        *terms(agreement, extract, names),
        *parties(agreement, extract, names),
        *process(agreement, extract, names),
        *rules(agreement, extract, names),
        *history(agreement, names),
    ):
        yield Quad(*statement, graph)


def english(text: str) -> Literal:
    """A text in English."""
    return Literal(text, language="en")


def as_date(on: date) -> Literal:
    """A day as XML Schema writes it."""
    return Literal(on.isoformat(), datatype=XSD.date)


def terms(agreement: Agreement, extract: Extract, names: Names) -> Iterator[Statement]:
    """What the agreement is called, what it is about, and how long it holds."""
    node = names.thing("agreement", agreement.number)
    term = names.thing("agreement", agreement.number, "term")
    records = names.data("home-office-data-hub", extract.period, extract.force)
    yield node, RDF.type, ODRL.Agreement
    yield node, DCT.identifier, Literal(agreement.number)
    yield node, DCT.title, english(agreement.name)
    yield node, DCT.description, english(f"{agreement.benefits} {agreement.method}")
    yield node, DCT.temporal, term
    yield term, RDF.type, DCT.PeriodOfTime
    yield term, DCAT.startDate, as_date(agreement.start)
    if agreement.end:
        yield term, DCAT.endDate, as_date(agreement.end)
    yield node, STAT.reviewDate, as_date(agreement.review)
    yield node, ODRL.target, records
    yield records, RDF.type, ODRL.Asset
    yield records, RDF.type, PROV.Entity
    title = f"Records shared under “{agreement.name}”, {extract.period}: never published"
    yield records, DCT.title, english(title)
    yield records, DCT.accessRights, ACCESS.NON_PUBLIC
    yield records, DCT.temporal, iri.government_year(extract.period)
    for file in extract.files.values():
        yield records, DCT.hasPart, names.thing("file", file.sha256)


def parties(agreement: Agreement, extract: Extract, names: Names) -> Iterator[Statement]:
    """Who shares, who receives, where, and whom to ask."""
    node = names.thing("agreement", agreement.number)
    force = code_list("police-force").code(extract.force)
    yield node, ODRL.assigner, force
    for controller, name in zip(agreement.controllers, agreement.controller_names, strict=True):
        if controller != force:
            yield node, ODRL.assignee, controller
            yield controller, RDFS.label, english(name)
    for processor, name in zip(
        agreement.processors or (), agreement.processor_names or (), strict=True
    ):
        yield processor, RDFS.label, english(name)
    for place, name in zip(agreement.areas, agreement.area_names, strict=True):
        yield node, DCT.spatial, place
        yield place, RDFS.label, english(name)
    contact = names.thing("agreement", agreement.number, "contact")
    yield node, DCAT.contactPoint, contact
    yield contact, RDF.type, VCARD.Organization
    name, address = agreement.contact
    yield contact, VCARD.fn, english(name)
    yield contact, VCARD.hasEmail, NamedNode("mailto:" + address)


def process(agreement: Agreement, extract: Extract, names: Names) -> Iterator[Statement]:
    """What is done with the records, why, by what law and how long they are kept."""
    node = names.thing("agreement", agreement.number, "process")
    purpose = names.thing("agreement", agreement.number, "purpose")
    storage = names.thing("agreement", agreement.number, "storage")
    assessment = names.thing("agreement", agreement.number, "assessment")
    yield node, RDF.type, DPV.Process
    yield node, DCT.isPartOf, names.thing("agreement", agreement.number)
    yield node, RDFS.label, english(f"Use of records under: {agreement.name}")
    yield node, DPV.hasPurpose, purpose
    yield purpose, RDF.type, DPV.Purpose
    yield purpose, RDF.type, DPV.ProvideOfficialStatistics
    yield purpose, RDFS.label, english(agreement.purpose)
    for power in agreement.powers:
        yield node, DPV.hasLegalBasis, power
        yield power, RDF.type, DPV.LegalBasis
    for controller in agreement.controllers:
        yield node, DPV.hasDataController, controller
    for processor in agreement.processors or ():
        yield node, DPV.hasDataProcessor, processor
    for recipient in agreement.controllers:
        if recipient != code_list("police-force").code(extract.force):
            yield node, DPV.hasRecipient, recipient
    for kind in agreement.kinds:
        data = names.thing("agreement", agreement.number, "data", kind)
        yield node, DPV.hasPersonalData, data
        yield data, RDF.type, DPV.PersonalData
        yield data, RDFS.label, english(f"Records in files of the kind “{kind}”")
    yield node, DPV.hasStorageCondition, storage
    yield storage, RDF.type, DPV.StorageDuration
    yield storage, DPV.hasDuration, Literal(agreement.retention, datatype=XSD.duration)
    yield node, DPV.hasOrganisationalMeasure, assessment
    yield assessment, RDF.type, DPV.DPIA
    yield assessment, ASSET.assessmentStatus, agreement.assessment


def rules(agreement: Agreement, extract: Extract, names: Names) -> Iterator[Statement]:
    """Figures may be made in which nobody is recognisable; records are not passed on or kept.

    The memorandum between the Home Office and the police says so (report, paragraph 14).
    """
    node = names.thing("agreement", agreement.number)
    records = names.data("home-office-data-hub", extract.period, extract.force)
    duty = names.thing("agreement", agreement.number, "anonymise")
    for link, kind, name, action in (
        (ODRL.permission, ODRL.Permission, "make-figures", ODRL.derive),
        (ODRL.prohibition, ODRL.Prohibition, "pass-on", ODRL.distribute),
        (ODRL.obligation, ODRL.Duty, "delete", ODRL.delete),
    ):
        rule = names.thing("agreement", agreement.number, name)
        yield node, link, rule
        yield rule, RDF.type, kind
        yield rule, ODRL.action, action
        yield rule, ODRL.target, records
        if link == ODRL.permission:
            yield rule, ODRL.duty, duty
    yield duty, RDF.type, ODRL.Duty
    yield duty, ODRL.action, ODRL.anonymize
    yield duty, ODRL.target, records


def history(agreement: Agreement, names: Names) -> Iterator[Statement]:
    """The memorandum, and the requests for access."""
    node = names.thing("agreement", agreement.number)
    memorandum = names.thing("agreement", agreement.number, "memorandum")
    yield node, DCT.references, memorandum
    yield memorandum, RDFS.label, english(agreement.memorandum)
    for number, (month, kind, outcome) in enumerate(agreement.requests or (), start=1):
        asked = names.thing("access-request", agreement.number, str(number))
        yield node, DCT.relation, asked
        yield asked, RDF.type, ASSET.AccessRequest
        yield asked, ASSET.received, Literal(month, datatype=XSD.gYearMonth)
        yield asked, ASSET.requesterKind, kind
        yield asked, ASSET.accessOutcome, outcome
