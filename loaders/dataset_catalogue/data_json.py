"""Reads data.json: DCAT-US 1.1 as an object with the key dataset, or as a bare list.

data.gov.uk takes the bare list; resources.data.gov says what the fields mean. A field that may
be an object in one catalogue is a text in the next (publisher, contactPoint, theme).
"""

from __future__ import annotations

import json
from typing import Any

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place
from homegraph.loaders.dataset_catalogue.dcat_parts import media_type
from homegraph.loaders.dataset_catalogue.entry import Entry, Publisher, Resource, Said, Unsaid
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.kinds import without_mark
from homegraph.loaders.dataset_catalogue.package import as_text, unknown
from homegraph.loaders.dataset_catalogue.tables import look_up
from homegraph.loaders.dataset_catalogue.values import identity, of_a_team

TITLE = "Ask the publisher for a title; a dataset cannot be listed without one."
KEYS = {
    "url": "accessURL",
    "mimetype": "mediaType",
    "created": "issued",
    "last_modified": "modified",
    "size": "byteSize",
}

Json = dict[str, Any]


def read(content: bytes, file: str, harvest: Harvest) -> bool:
    """Read data.json into the harvest; raises SourceRejected for what is no list of datasets."""
    said: Any = json.loads(without_mark(content))
    if isinstance(said, dict):
        harvest.of_catalogue(as_text(said.get("@id")))
        said = said["dataset"]
    for number, record in enumerate(said, start=1):
        place = Place(file, number)
        if isinstance(record, dict):
            read_one(record, place, harvest)
            continue
        remedy = "Ask the publisher; every member of the list is an object."
        raise SourceRejected([Finding("the member is no dataset", remedy, file, number)])
    return True


def texts(value: Any) -> list[str]:
    """The texts in a value that may be one, several, an object that has a name, or nothing."""
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    if isinstance(value, dict):
        named = (value.get(key) for key in ("@id", "name", "title", "prefLabel", "label"))
        return [text for one in named if (text := as_text(one).strip())][:1]
    text = as_text(value).strip()
    return [text] if text else []


def read_one(record: Json, place: Place, harvest: Harvest) -> None:
    """Turn one member of the list into an entry."""
    harvest.reading.records += 1
    harvest.reading.written += 1

    def text(key: str) -> str:
        return next(iter(texts(record.get(key))), "")

    def said(*keys: str) -> list[Said]:
        return [Said(key, one) for key in keys for one in texts(record.get(key))]

    title, identifier = text("title"), text("identifier")
    iri = next((one for one in (text("@id"), identifier) if identity(one)), "")
    harvest.notes.names[place] = identifier or iri or title or f"record {place.row}"
    if not title:
        harvest.refuse(place, "the record has no title", TITLE, identifier or iri or None)
        return
    if not identifier and not iri:
        problem = "the dataset has no identifier; it is named by its title"
        remedy = "Ask the publisher for an identifier that stays."
        harvest.notes.warn(place, problem, remedy, "identifier")
    entry = Entry(place, (identifier or iri or title,), title, iri=iri)
    entry.identifier = identifier or iri or title
    entry.description = text("description")
    entry.keywords = texts(record.get("keyword"))
    entry.themes = said("theme")
    entry.modified, entry.issued = said("modified"), said("issued")
    entry.access = said("accessLevel")
    entry.licences = said("license")
    entry.rights = texts(record.get("rights"))
    entry.frequency = said("accrualPeriodicity")
    entry.landing = said("landingPage", "references", "describedBy")
    entry.standards = texts(record.get("conformsTo"))
    entry.languages = said("language")
    entry.publisher = publisher(record.get("publisher"), harvest)
    contact(entry, record.get("contactPoint"))
    coverage(entry, said("temporal"), record.get("spatial"))
    files = record.get("distribution")
    each = files if isinstance(files, list) else [files]
    entry.resources = [
        found
        for number, one in enumerate(each)
        if isinstance(one, dict) and (found := resource(one, number, place, harvest))
    ]
    harvest.columns(place.file, record)
    unknown(as_texts(record), "data.json dataset", place, harvest)
    harvest.take(entry)


def as_texts(said: Json) -> dict[str, str]:
    """An object with every value as text."""
    return {key: as_text(value) for key, value in said.items()}


def publisher(value: Any, harvest: Harvest) -> str:
    """The name of the publishing organisation, which is remembered; that of a person is not."""
    if isinstance(value, dict) and as_text(value.get("@type")).endswith("Person"):
        return ""
    title = texts(
        {key: one for key, one in value.items() if key != "@id"}
        if isinstance(value, dict)
        else value
    )
    iri = as_text(value.get("@id")) if isinstance(value, dict) else ""
    if title and look_up("organisations", title[0]):
        iri = ""
    name = iri if identity(iri) else next(iter(title), "")
    if name:
        found = Publisher(name, next(iter(title), ""), iri=iri if identity(iri) else "")
        harvest.publisher(found)
    return name


def contact(entry: Entry, value: Any) -> None:
    """Take the contact that was published for the dataset."""
    if not isinstance(value, dict):
        return
    email = as_text(value.get("hasEmail")).strip().removeprefix("mailto:")
    name = as_text(value.get("fn")).strip()
    entry.contact = [Said("contactPoint.hasEmail", email)] if email else []
    entry.contact_name = name if of_a_team(name) else ""


def coverage(entry: Entry, temporal: list[Said], spatial: Any) -> None:
    """Take the time covered, start and end divided by a slash, and the area: a name or a box."""
    for said in temporal[:1]:
        start, _, end = said.text.partition("/")
        entry.start = [Said(said.column, start)] if start.strip(" .") else []
        entry.end = [Said(said.column, end)] if end.strip(" .") else []
    for text in [as_text(spatial)] if isinstance(spatial, dict) else texts(spatial):
        numbers = text.split(",")
        if (
            len(numbers) == 4
            and not entry.box
            and not any(one.strip().isalpha() for one in numbers)
        ):
            entry.box = [Said("spatial", one.strip()) for one in numbers]
        elif text.startswith("{"):
            problem = "a shape that is not read; a name or a box is"
            entry.unsaid.append(Unsaid("Area", Said("spatial", text), problem))
        else:
            entry.places.append(Said("spatial", text))


def resource(said: Json, number: int, place: Place, harvest: Harvest) -> Resource | None:
    """One way to get the data; one without an address is noted and left out."""

    def text(*keys: str) -> str:
        return next((one for key in keys for one in texts(said.get(key))), "")

    column = f"distribution[{number}]"
    unknown(as_texts(said), "data.json file", place, harvest)
    url = text("accessURL", "downloadURL")
    if not url:
        problem, remedy = "the file has no address", "Ask the publisher where the data is."
        harvest.notes.warn(place, problem, f"It was left out. {remedy}", f"{column}.accessURL")
        return None
    return Resource(
        column=column,
        url=url,
        identifier=text("identifier"),
        title=text("title"),
        description=text("description"),
        format=media_type(text("format", "mediaType")),
        media_type=media_type(text("mediaType")),
        size=text("byteSize", "size"),
        issued=text("issued"),
        modified=text("modified"),
        download=text("downloadURL"),
        licence=text("license"),
        iri=text("@id") if identity(text("@id")) else "",
        keys=KEYS,
    )
