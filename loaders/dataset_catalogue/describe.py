"""Says a dataset in DCAT 3, as DCAT-AP 3.0.1 and data.gov.uk want it.

Where a publisher's text has no place in DCAT-AP it is kept, not dropped: a licence that is not
in licences.csv, and other terms of use, as a dct:RightsStatement with the text as its label; a
format, frequency, theme, date, area or address that cannot be mapped as an rdfs:comment. Each is
a warning. The EU frequency is matched with the DCMI term that the UK metadata model wants, exactly
or with the nearest, because DCAT-AP 3.0.1 allows one dct:accrualPeriodicity. An INSPIRE record of a
service becomes a dcat:DataService, since its addresses give no file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyoxigraph import Literal, NamedNode

from homegraph.graph.iri import area, organisation
from homegraph.graph.terms import (
    ACCESS,
    DCAT,
    DCT,
    FOAF,
    GEO,
    LANGUAGE,
    ORG,
    RDF,
    RDFS,
    SKOS,
    SOURCE,
    UKMODEL,
    VCARD,
)
from homegraph.loaders.dataset_catalogue.distributions import say_resources, say_terms
from homegraph.loaders.dataset_catalogue.entry import Entry, Publisher, Said
from homegraph.loaders.dataset_catalogue.statements import Statements, english
from homegraph.loaders.dataset_catalogue.tables import look_up
from homegraph.loaders.dataset_catalogue.values import (
    EMAIL,
    bounding_box,
    identity,
    moment,
    of_a_person,
    web_address,
)

# The words of the EU list, of the UK model and of DCAT-US.
ACCESSES = {
    **dict.fromkeys(("public", "open"), ACCESS.PUBLIC),
    **dict.fromkeys(("restricted", "restricted public", "commercial"), ACCESS.RESTRICTED),
    **dict.fromkeys(("non_public", "non-public", "internal"), ACCESS.NON_PUBLIC),
}
LANGUAGES = {
    **dict.fromkeys(("en", "eng", "english"), LANGUAGE.ENG),
    **dict.fromkeys(("cy", "cym", "welsh"), NamedNode(LANGUAGE.iri + "CYM")),
}
ONS_AREA = re.compile(r"(?i)https?://statistics\.data\.gov\.uk/.*/([A-Z][0-9]{8})/?")


def describe(entry: Entry, publishers: Mapping[str, Publisher], out: Statements) -> None:
    """Say one dataset or service and all it names."""
    node = NamedNode(entry.iri) if entry.iri else out.names.thing("dataset", *entry.key)
    service = entry.service and any(web_address(one.url) for one in entry.resources)
    kind = DCAT.DatasetSeries if entry.series else DCAT.Dataset
    out.say(node, RDF.type, DCAT.DataService if service else kind)
    out.say(node, DCT.title, english(entry.title, entry.language))
    if not entry.description.strip():
        problem = "the dataset has no description"
        out.warn(entry, problem, "Its title is repeated; ask the publisher for a sentence or two.")
    description = entry.description.strip() or entry.title
    out.say(node, DCT.description, english(description, entry.language))
    out.say(node, DCT.identifier, Literal(entry.identifier))
    if entry.version.strip():
        out.say(node, DCAT.version, Literal(entry.version.strip()))
    say_access(entry, node, out)
    say_links(entry, node, out)
    publisher = say_publisher(entry, node, publishers, out)
    say_contact(entry, node, publisher, out)
    say_subject(entry, node, out)
    say_times(entry, node, out)
    say_areas(entry, node, out)
    licence = say_terms(entry, node, out)
    say_pages(entry, node, out)
    say_resources(entry, node, licence, service, out)
    for one in entry.unsaid:
        out.keep(entry, node, one.said, one.label, one.problem)


def say_access(entry: Entry, node: NamedNode, out: Statements) -> None:
    """Say who may see the data; what is not public has no distributions."""
    for said in entry.access[:1]:
        word = re.split(r"[/#]", said.text.strip().casefold())[-1]
        if word in ACCESSES:
            entry.published = ACCESSES[word] != ACCESS.NON_PUBLIC
            break
        out.keep(entry, node, said, "Access", "not a word for who may see it that is known here")
    else:
        word = "public" if entry.published else "non-public"
    access = ACCESSES[word]
    name = access.value.rsplit("/", 1)[1].replace("_", "-").lower()
    out.say(node, DCT.accessRights, access)
    out.concept(access, name, DCT.RightsStatement)


def say_links(entry: Entry, node: NamedNode, out: Statements) -> None:
    """Say where the record is from, and what it says of other things by their addresses."""
    if entry.origin and (catalogue := identity(entry.origin.catalogue)):
        out.say(node, SOURCE.harvestedFrom, catalogue)
    for predicate, text in entry.links:
        other = identity(text)
        if other is not None:
            out.say(node, predicate, other)
    if entry.classification.strip():
        out.say(node, UKMODEL.securityClassification, Literal(entry.classification.strip()))
    for said in entry.languages:
        code = LANGUAGES.get(said.text.strip().casefold().partition("-")[0])
        language = code or identity(said.text)
        if language is not None:
            out.say(node, DCT.language, language)
            out.say(language, RDF.type, DCT.LinguisticSystem)
        else:
            out.keep(entry, node, said, "Language", "not a language that is known here")


def say_publisher(
    entry: Entry, node: NamedNode, publishers: Mapping[str, Publisher], out: Statements
) -> str:
    """Say who publishes; returns the organisation's title, empty when nobody is named."""
    if not entry.publisher:
        problem = "the dataset has no publisher"
        out.warn(entry, problem, "Ask which organisation answers for the data.")
        return ""
    known = publishers.get(entry.publisher) or Publisher(entry.publisher)
    agent = say_organisation(known, out)
    out.say(node, DCT.publisher, agent)
    return known.title or known.name


def say_organisation(publisher: Publisher, out: Statements) -> NamedNode:
    """Say an organisation: by GOV.UK's own address when it is one of GOV.UK's."""
    known = look_up("organisations", publisher.name)
    theirs = None if publisher.iri.startswith(out.ours) else identity(publisher.iri)
    node = (
        organisation(known["slug"])
        if known
        else theirs or out.names.thing("organisation", publisher.name.strip())
    )
    title = known["name"] if known else publisher.title or publisher.name
    out.say(node, RDF.type, FOAF.Agent)
    out.say(node, RDF.type, ORG.Organization)
    out.say(node, FOAF.name, english(title))
    out.say(node, DCT.identifier, Literal(known["slug"] if known else publisher.name.strip()))
    if publisher.abbreviation.strip():
        out.say(node, SKOS.altLabel, english(publisher.abbreviation))
    homepage = web_address(publisher.homepage)
    if homepage:
        out.say(node, FOAF.homepage, homepage)
        out.say(homepage, RDF.type, FOAF.Document)
    return node


def say_contact(entry: Entry, node: NamedNode, publisher: str, out: Statements) -> None:
    """Say the first contact that is an address of a team and not of a person."""
    page = web_address(entry.contact_page)
    for said in entry.contact:
        email = said.text.strip().removeprefix("mailto:")
        if EMAIL.fullmatch(email) and not of_a_person(email):
            contact = out.names.thing("contact", email)
            out.say(node, DCAT.contactPoint, contact)
            out.say(contact, RDF.type, VCARD.Kind)
            out.say(contact, RDF.type, VCARD.Organization)
            out.say_once(contact, VCARD.fn, Literal(entry.contact_name or publisher or email))
            out.say(contact, VCARD.hasEmail, NamedNode(f"mailto:{email}"))
            if re.fullmatch(r"\+?[0-9() -]{7,20}", entry.phone):
                number = re.sub(r"[^0-9+]", "", entry.phone)
                out.say(contact, VCARD.hasTelephone, NamedNode(f"tel:{number}"))
            if page:
                out.say(contact, VCARD.hasURL, page)
            return
        # The value stays out of the finding: reports are public too.
        problem = "the contact is not an e-mail address, or looks like that of a person"
        out.warn(entry, problem, "It was left out; give the address of a team.", said.column)
    if page and (entry.contact_name or publisher):
        contact = out.names.thing("contact", page.value)
        out.say(node, DCAT.contactPoint, contact)
        out.say(contact, RDF.type, VCARD.Kind)
        out.say(contact, RDF.type, VCARD.Organization)
        out.say_once(contact, VCARD.fn, Literal(entry.contact_name or publisher))
        out.say(contact, VCARD.hasURL, page)


def say_subject(entry: Entry, node: NamedNode, out: Statements) -> None:
    """Say keywords, themes and the standards the data keeps to."""
    for keyword in entry.keywords:
        if keyword.strip():
            out.say(node, DCAT.keyword, english(keyword, entry.language))
    for said in entry.themes:
        found = look_up("themes", said.text)
        if found:
            theme = NamedNode(found["theme"])
            out.say(node, DCAT.theme, theme)
            out.concept(theme, found["name"])
        else:
            out.keep(entry, node, said, "Theme", "not a theme in themes.csv")
    for text in filter(str.strip, entry.standards):
        address = web_address(text)
        standard = address or out.names.thing("standard", text.strip())
        out.say(node, DCT.conformsTo, standard)
        out.say(standard, RDF.type, DCT.Standard)
        if not address:
            out.say(standard, DCT.title, english(text))


def first_moment(
    entry: Entry, node: NamedNode, texts: list[Said], label: str, out: Statements
) -> Literal | None:
    """The first of several texts that is a date; those before it that are not are kept."""
    for said in texts:
        if not said.text.strip():
            continue
        found = moment(said.text)
        if found:
            return found
        out.keep(entry, node, said, label, "not a date; write it as 2024-01-31")
    return None


def say_times(entry: Entry, node: NamedNode, out: Statements) -> None:
    """Say when it was issued, changed and made, how often it changes, and the time it covers."""
    for predicate, texts, label in (
        (DCT.issued, entry.issued, "Issued"),
        (DCT.modified, entry.modified, "Modified"),
        (DCT.created, entry.created, "Created"),
    ):
        found = first_moment(entry, node, texts, label, out)
        if found:
            out.say(node, predicate, found)
    for said in entry.frequency[:1]:
        row = look_up("frequencies", said.text)
        if row:
            frequency = NamedNode(row["eu"])
            out.say(node, DCT.accrualPeriodicity, frequency)
            out.concept(frequency, row["name"], DCT.Frequency)
            if row["dcmi"]:
                out.say(frequency, NamedNode(SKOS.iri + row["match"]), NamedNode(row["dcmi"]))
                out.say(NamedNode(row["dcmi"]), RDF.type, DCT.Frequency)
        else:
            problem = "not a frequency in frequencies.csv"
            out.keep(entry, node, said, "Update frequency", problem)
    start = first_moment(entry, node, entry.start, "Covers from", out)
    end = first_moment(entry, node, entry.end, "Covers to", out)
    if start or end:
        keys = [time.value if time else "open" for time in (start, end)]
        period = out.names.thing("period", *keys)
        out.say(node, DCT.temporal, period)
        out.say(period, RDF.type, DCT.PeriodOfTime)
        if start:
            out.say(period, DCAT.startDate, start)
        if end:
            out.say(period, DCAT.endDate, end)


def say_areas(entry: Entry, node: NamedNode, out: Statements) -> None:
    """Say the area covered: a bounding box in degrees, countries by their ONS codes."""
    if entry.box:
        texts = [said.text for said in entry.box]
        polygon = bounding_box(texts) if len(texts) == 4 else None
        if polygon:
            place = out.names.thing("place", "box", *(text.strip() for text in texts))
            out.say(node, DCT.spatial, place)
            out.say(place, RDF.type, DCT.Location)
            out.say(place, DCAT.bbox, Literal(polygon, datatype=GEO.wktLiteral))
        else:
            said = Said(entry.box[0].column, " ".join(texts))
            out.keep(entry, node, said, "Bounding box", "not a box of west, south, east, north")
    for said in entry.places:
        name = entry.place_names.get(said.text, "")
        found = look_up("places", said.text) or look_up("places", name)
        coded = ONS_AREA.fullmatch(said.text.strip())
        if found or coded:
            place = NamedNode(found["area"]) if found else area(coded[1].upper() if coded else "")
            out.say(node, DCT.spatial, place)
            out.say(place, RDF.type, DCT.Location)
            if found or name:
                out.say_once(place, RDFS.label, english(found["name"] if found else name))
        else:
            out.keep(entry, node, said, "Area", "not an area in places.csv")


def say_pages(entry: Entry, node: NamedNode, out: Statements) -> None:
    """Say the landing page, and documents that are not data."""
    documents = [Said(one.at("url"), one.url) for one in entry.resources if one.document]
    for predicate, pages in ((DCAT.landingPage, entry.landing), (FOAF.page, documents)):
        for said in pages:
            page = web_address(said.text)
            if page:
                out.say(node, predicate, page)
                out.say(page, RDF.type, FOAF.Document)
            else:
                out.keep(entry, node, said, "Page", "not a web address")
