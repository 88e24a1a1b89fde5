"""Reads what a dataset in RDF leads to: publisher, contact, codes, times, areas, files."""

from __future__ import annotations

import re

from pyoxigraph import Literal, NamedNode

from homegraph.graph.iri import organisation
from homegraph.graph.terms import (
    ADMS,
    DCAT,
    DCT,
    FOAF,
    LOCN,
    RDFS,
    SPDX,
    VCARD,
)
from homegraph.loaders.dataset_catalogue.described import Subject, Term, shown
from homegraph.loaders.dataset_catalogue.entry import Entry, Publisher, Resource, Said, Unsaid
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.tables import look_up
from homegraph.loaders.dataset_catalogue.values import identity, of_a_team

PERSONS = ("#Person", "/Person", "#Individual")
# The words of RDF for those of CKAN, so that a finding names the property.
KEYS = {
    "url": "dcat:accessURL",
    "format": "dct:format",
    "mimetype": "dcat:mediaType",
    "size": "dcat:byteSize",
    "hash": "spdx:checksum",
    "created": "dct:issued",
    "last_modified": "dct:modified",
    "license": "dct:license",
}
LEFT = frozenset(
    {
        *(DCT.identifier, DCT.language, DCAT.accessService, ADMS.status, RDFS.label),
        *(DCT.rights, DCT.type, RDFS.seeAlso, FOAF.page),
    }
)
ONS = "/statistical-geography/"
NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]+)?"
CORNER = re.compile(rf"({NUMBER})\s+({NUMBER})")
LATITUDE_FIRST = re.compile(r"<[^>]*EPSG[/:]+(?:0[/:])?4326>", re.IGNORECASE)
PLAIN_DEGREES = re.compile(r"\A\s*(<[^>]*CRS84>\s*)?[A-Z]", re.IGNORECASE)


def is_person(kinds: set[Term]) -> bool:
    """Whether a class of a thing says that it is one person."""
    return any(isinstance(kind, NamedNode) and kind.value.endswith(PERSONS) for kind in kinds)


def coded(subject: Subject, table: str, *predicates: NamedNode) -> list[Said]:
    """Values of a list: by their address if the table has it, else by their name or rdf:value."""
    found = []
    for predicate in predicates:
        for thing in subject.things(predicate):
            named = (thing.iri, *thing.local("value"), thing.name())
            texts = [text for text in named if text.strip()]
            known = [text for text in texts if table and look_up(table, text)]
            found += [Said(shown(predicate), text) for text in (known or texts)[:1]]
    return found


def publisher(subject: Subject, entry: Entry, harvest: Harvest) -> str:
    """The name that the publishing organisation is remembered by; a person is left out."""
    for thing in subject.things(DCT.publisher):
        title = thing.name().strip()
        if is_person(thing.kinds):
            problem = "the publisher is a person"
            remedy = "It was left out; ask which organisation answers for the data."
            harvest.notes.warn(entry.place, problem, remedy, "dct:publisher")
            continue
        slug = thing.iri.removeprefix(organisation("").value) if thing.iri else ""
        for text in (slug, title):
            if text and look_up("organisations", text):
                harvest.publisher(Publisher(text, title))
                return text
        iri = thing.iri if identity(thing.iri) else ""
        name = iri or title
        if name:
            homepage = thing.text(FOAF.homepage)
            harvest.publisher(Publisher(name, title, homepage=homepage, iri=iri))
            return name
    return ""


def contact(entry: Entry, subject: Subject, harvest: Harvest) -> None:
    """Take contacts as those of CKAN: what is said to be of one person, only if it is a team's."""
    for thing in subject.things(DCAT.contactPoint):
        name, person = thing.name().strip(), is_person(thing.kinds)
        column = shown(DCAT.contactPoint)
        emails = contact_values(thing, VCARD.hasEmail) or thing.texts(FOAF.mbox)
        for email in (one.strip().removeprefix("mailto:") for one in emails):
            if not person or of_a_team(email):
                entry.contact.append(Said(column, email))
            else:
                problem = "the contact is said to be one person"
                remedy = "It was left out; give the address of a team."
                harvest.notes.warn(entry.place, problem, remedy, column)
        if of_a_team(name) and not entry.contact_name:
            entry.contact_name = name
        numbers = contact_values(thing, VCARD.hasTelephone)
        if numbers and not person and not entry.phone:
            entry.phone = numbers[0].removeprefix("tel:")
        page = thing.text(VCARD.hasURL)
        entry.contact_page = entry.contact_page or ("" if person else page)


def contact_values(thing: Subject, way: NamedNode) -> list[str]:
    """Values of a vCard property, which may stand in a thing of its own (vcard:hasValue)."""
    return [
        text
        for value in thing.things(way)
        for text in ([value.iri] if value.iri else value.local("hasValue", "value"))
    ] + [one.value for one in thing.values(way) if isinstance(one, Literal)]


def periods(entry: Entry, subject: Subject) -> None:
    """Take the first period covered; a second has no place in what we say, and is kept as text."""
    column = shown(DCT.temporal)
    for thing in subject.things(DCT.temporal):
        if isinstance(thing.node, Literal) or (
            thing.iri and not subject.document.about(thing.node)
        ):
            start, _, end = thing.node.value.partition("/")
            whole = thing.node.value
            if thing.iri:
                start, end = whole, ""
        else:
            start = ends(thing, "startDate", "hasBeginning")
            end = ends(thing, "endDate", "hasEnd")
            whole = "/".join((start, end))
        if not start.strip() and not end.strip():
            continue
        if entry.start or entry.end:
            problem = "a second period; only one is said"
            entry.unsaid.append(Unsaid("Covers also", Said(column, whole), problem))
            continue
        entry.start = [Said(column, start)] if start.strip() else []
        entry.end = [Said(column, end)] if end.strip() else []


def ends(thing: Subject, date: str, instant: str) -> str:
    """One end of a period: a date, or an instant that has one (OWL-Time)."""
    found = thing.local(date)
    for value in thing.local_things(instant):
        found += value.local("inXSDDate", "inXSDDateTimeStamp", "inXSDDateTime", "inXSDgYear")
    return next(iter(found), "")


def areas(entry: Entry, subject: Subject) -> None:
    """Take the areas covered: by address, by name, or by a box."""
    column = shown(DCT.spatial)
    for thing in subject.things(DCT.spatial):
        name = thing.name().strip()
        shapes = thing.texts(DCAT.bbox, LOCN.geometry)
        text = thing.iri or name
        box = next((found for one in shapes if (found := box_of(one))), None)
        known = ONS in thing.iri or any(look_up("places", one) for one in (thing.iri, name))
        if text and (known or not box or entry.box):
            entry.places.append(Said(column, text))
            entry.place_names[text] = name
        elif shapes:
            if box and not entry.box:
                entry.box = [Said("dcat:bbox", number) for number in box]
            else:
                problem = "not a box in degrees, or a second one"
                entry.unsaid.append(Unsaid("Area", Said("dcat:bbox", shapes[0]), problem))


def box_of(text: str) -> tuple[str, str, str, str] | None:
    """West, south, east and north of a shape in WKT, in degrees; None for any other.

    >>> box_of("POLYGON((-1 50, 2 50, 2 53.5, -1 53.5, -1 50))")
    ('-1', '50', '2', '53.5')
    """
    turned = LATITUDE_FIRST.search(text) is not None
    if not turned and not PLAIN_DEGREES.match(text):
        return None
    corners = CORNER.findall(re.sub(r"<[^>]*>", "", text))
    if len(corners) < 2:
        return None
    east_west = [pair[1 if turned else 0] for pair in corners]
    north_south = [pair[0 if turned else 1] for pair in corners]
    west, east = min(east_west, key=float), max(east_west, key=float)
    return west, min(north_south, key=float), east, max(north_south, key=float)


def distribution(thing: Subject, entry: Entry, harvest: Harvest) -> Resource | None:
    """One way to get the data; one without an address is noted and left out."""
    urls, downloads = thing.texts(DCAT.accessURL), thing.texts(DCAT.downloadURL)
    if not urls and not downloads:
        if subject_is_described(thing):
            problem = "the distribution has no address"
            remedy = "It was left out; ask the publisher where the data is."
            harvest.notes.warn(entry.place, problem, remedy, "dcat:accessURL")
        return None
    title, _ = thing.words(DCT.title, language=entry.language)
    formats, media = coded(thing, "formats", DCT.format), thing.texts(DCAT.mediaType)
    packed = thing.texts(DCAT.compressFormat)
    checksums = [
        one for value in thing.things(SPDX.checksum) for one in value.texts(SPDX.checksumValue)
    ]
    licences = coded(thing, "licences", DCT.license)
    found = Resource(
        column="dcat:distribution",
        url=(urls or downloads)[0],
        iri=thing.iri if identity(thing.iri) else "",
        download=downloads[0] if downloads else "",
        title=title,
        description=thing.words(DCT.description, language=entry.language)[0],
        format=formats[0].text if formats else "",
        media_type=media_type(media[0]) if media else "",
        size=re.sub(r"\.0+$", "", thing.text(DCAT.byteSize)),
        checksum=checksums[0] if checksums else "",
        issued=thing.text(DCT.issued),
        modified=thing.text(DCT.modified),
        licence=licences[0].text if licences else "",
        packed=media_type(packed[0]) if packed else "",
        keys=KEYS,
    )
    for predicate in thing.unread():
        if predicate not in LEFT:
            harvest.once(entry.place, f"nobody reads {shown(predicate)} of a distribution")
    return found


def subject_is_described(thing: Subject) -> bool:
    """Whether anything is said of a thing."""
    return bool(thing.document.about(thing.node))


def media_type(text: str) -> str:
    """A media type as text, also where it is given by its address at IANA.

    >>> media_type("https://www.iana.org/assignments/media-types/text/csv")
    'text/csv'
    """
    return re.sub(r"(?i)^.*iana\.org/assignments/media-types/", "", text.strip())
