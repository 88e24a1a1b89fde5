"""One CKAN record: a package, an organisation or a patch, as entry, publisher or change.

Quirks: keys have hyphens and stand now in the record, now in its extras; a list may be JSON
text ("[]", '["2010"]'); owner_org is an id in CKAN and a name in JSON lines. Names of individuals
are never taken: contact-* is the contact that was published for the dataset, author and
maintainer are taken when they name a team.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from homegraph.graph.findings import Place
from homegraph.graph.iri import organisation
from homegraph.graph.row import Row
from homegraph.loaders.dataset_catalogue.entry import Entry, Publisher, Resource, Said
from homegraph.loaders.dataset_catalogue.harvest import Harvest, Patch
from homegraph.loaders.dataset_catalogue.tables import keys, licence_row, look_up
from homegraph.loaders.dataset_catalogue.values import identity, listed, of_a_team, true

NAME = "Give the record its name, the last part of its address in the catalogue."
TITLE = "Ask the publisher for a title; a dataset cannot be listed without one."
IN_KEYS = "It was left out; add it to keys.csv of the loader as read or ignored."
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Json = dict[str, Any]


def flat(record: Json) -> dict[str, str]:
    """A record with its extras, every value as text; lists and objects as JSON text."""
    values: dict[str, str] = {}
    extras = record.get("extras") or []
    if isinstance(extras, list):
        for extra in extras:
            if isinstance(extra, dict) and "key" in extra:
                values[str(extra["key"])] = as_text(extra.get("value"))
    for key, value in record.items():
        if as_text(value) or key not in values:
            values[key] = as_text(value)
    return values


def as_text(value: Any) -> str:
    """A JSON value as the text a cell would hold."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # JSON can escape half a character, which no RDF can hold.
    return text.encode("utf-8", "replace").decode("utf-8")


def objects(text: str) -> list[Json]:
    """The JSON objects in a list that was turned to text."""
    try:
        found = json.loads(text) if text.strip() else []
    except json.JSONDecodeError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def unknown(values: Mapping[str, str], where: str, place: Place, harvest: Harvest) -> list[str]:
    """The keys nobody reads; each is noted once for the file."""
    left = [key for key in values if key not in keys(where)]
    for key in left:
        if values[key] not in ("", "[]", "{}"):
            harvest.once(place, f"nobody reads the key {key!r} of a {where}", IN_KEYS)
    return left


def read_dataset(record: Json, place: Place, harvest: Harvest) -> None:
    """Turn a package into an entry."""
    values = flat(record)
    harvest.columns(place.file, values)
    row = Row(values, harvest.reading, file=place.file, number=place.row)
    written = harvest.reading.written
    with row:
        title = row.take("title", str, TITLE)
        name = row.take("name", str, NAME)
        entry = Entry(place, (name,), title)
        if harvest.origin:
            harvest.notes.names[place] = name
        fill(entry, row, values, harvest)
        row.ignore(*(key for key, read in keys("record").items() if not read))
        row.ignore(*unknown(values, "record", place, harvest))
        row.ignore(*keys("record"))
    if harvest.reading.written == written:
        return
    if true(values.get("private", "")) or values.get("state", "") not in ("", "active"):
        harvest.refuse(
            place,
            "the record is private or not active, so it is not published",
            "Nothing to do, unless it should be public: then change it in CKAN.",
            name,
        )
        return
    harvest.take(entry)


def fill(entry: Entry, row: Row, values: Mapping[str, str], harvest: Harvest) -> None:
    """Take what a record says beside its title and name."""

    def said(*columns: str) -> list[Said]:
        return [Said(key, text) for key in columns for text in listed(values.get(key, ""))]

    def text(column: str) -> str:
        return row.maybe(column, str) or ""

    entry.description = text("notes")
    entry.identifier = values.get("identifier") or values.get("id") or entry.key[-1]
    entry.publisher = owner(values, entry.place, harvest)
    entry.version = text("version")
    entry.published = not true(values.get("unpublished", ""))
    entry.service = values.get("resource-type") == "service"
    entry.keywords = [
        str(tag.get("display_name") or tag.get("name") or "") for tag in objects(text("tags"))
    ]
    read_contact(entry, values)
    licences = said("license_id", "license_url", "license_title")
    # An unpublished record may say "unpublished" where the licence should be.
    terms = [one for one in said("licence") if one.text != "unpublished"]
    known = [one for one in licences if licence_row(one.text)]
    entry.licences = (known or licences)[:1] or terms
    if licences:
        # Terms beside the licence (a copyright line, say) are kept as they are.
        same = {one.text for one in licences}
        entry.rights = [one.text for one in terms if one.text not in same]
    entry.rights += [one.text for one in said("access_constraints")]
    entry.themes = said("theme-primary", "theme-secondary")
    dates: dict[str, list[Said]] = {}
    for one in objects(values.get("dataset-reference-date", "")):
        found = Said("dataset-reference-date", str(one.get("value", "")))
        dates.setdefault(str(one.get("type")), []).append(found)
    entry.issued = [
        *dates.get("publication", []),
        *said("data_issued", "publish-date", "metadata_created"),
    ]
    entry.modified = [*dates.get("revision", []), *said("data_modified", "metadata_modified")]
    entry.created = dates.get("creation", [])
    entry.frequency = said(
        "frequency-of-update", "update_frequency", "UpdateFrequency", "accrual_periodicity"
    )
    entry.start = said("temporal-extent-begin", "temporal_coverage-from")
    entry.end = said("temporal-extent-end", "temporal_coverage-to")
    entry.box = said("bbox-west-long", "bbox-south-lat", "bbox-east-long", "bbox-north-lat")
    # "111100: United Kingdom (England, …)" is how data.gov.uk wrote it.
    entry.places = [
        Said(one.column, re.sub(r"^[01]+:\s*|\s*\(.*\)$", "", one.text))
        for one in said("geographic_coverage")
    ]
    entry.landing = said("url")
    schemas = text("schema")
    entry.standards = [str(one.get("url") or one.get("title")) for one in objects(schemas)]
    entry.standards = entry.standards or listed(schemas)
    entry.resources = list(resources(text("resources"), entry.place, harvest))
    fill_dcat(entry, values, said, harvest)


def fill_dcat(
    entry: Entry,
    values: Mapping[str, str],
    said: Callable[..., list[Said]],
    harvest: Harvest,
) -> None:
    """Take what ckanext-dcat keeps of a record that it took from a catalogue in RDF."""
    iri = values.get("uri", "")
    entry.iri = iri if identity(iri) else ""
    entry.issued = said("issued") + entry.issued
    entry.modified = said("modified") + entry.modified
    entry.frequency += said("frequency")
    entry.themes += said("theme")
    entry.access = said("access_rights")
    entry.start += said("temporal_start")
    entry.end += said("temporal_end")
    entry.standards += listed(values.get("conforms_to", ""))
    entry.languages = said("language")
    entry.classification = values.get("security_classification", "")
    place, name = values.get("spatial_uri", ""), values.get("spatial_text", "")
    if place or name:
        entry.places.append(Said("spatial_uri", place or name))
        entry.place_names[place or name] = name
    name = values.get("contact_name", "").strip()
    entry.contact_name = entry.contact_name or (name if of_a_team(name) else "")
    entry.contact += said("contact_email")
    entry.contact_page = values.get("contact_url", "")
    iri, name = values.get("publisher_uri", ""), values.get("publisher_name", "").strip()
    slug = iri.removeprefix(organisation("").value)
    if look_up("organisations", slug):
        harvest.publisher(Publisher(slug, name))
        entry.publisher = slug
    elif identity(iri) and not look_up("organisations", entry.publisher):
        harvest.publisher(Publisher(iri, name, iri=iri))
        entry.publisher = iri


def owner(values: Mapping[str, str], place: Place, harvest: Harvest) -> str:
    """The name of the publishing organisation; what the record says of it is remembered."""
    found = values.get("organization", "")
    if found.startswith("{"):
        body = json.loads(found)
        name = str(body.get("name") or "").strip()
        if name:
            title, identifier = str(body.get("title") or ""), str(body.get("id") or "")
            harvest.publisher(Publisher(name, title, identifier))
        return name
    name = (found or values.get("owner_org", "")).strip()
    if UUID.fullmatch(name):
        harvest.notes.warn(
            place,
            "the publisher is an id that no file explains",
            "Load package_show, which names the organisation.",
            "owner_org",
            name,
        )
        return ""
    return name


def read_contact(entry: Entry, values: Mapping[str, str]) -> None:
    """Take the contact that was published; authors and maintainers only when they are teams."""
    entry.phone = values.get("contact-phone", "").strip()
    name, email = values.get("contact-name", "").strip(), values.get("contact-email", "").strip()
    entry.contact_name = name if of_a_team(name) else ""
    entry.contact = [Said("contact-email", email)] if email else []
    for who in ("maintainer", "author"):
        name, email = values.get(who, "").strip(), values.get(f"{who}_email", "").strip()
        if email and of_a_team(email):
            entry.contact.append(Said(f"{who}_email", email))
        if name and of_a_team(name) and not entry.contact_name:
            entry.contact_name = name


def resources(text: str, place: Place, harvest: Harvest) -> Iterator[Resource]:
    """The resources of a record; one without an address is noted and left out."""
    for number, one in enumerate(objects(text)):
        values = flat(one)
        column = f"resources[{number}]"
        unknown(values, "resource", place, harvest)

        def say(key: str, values: Mapping[str, str] = values) -> str:
            return values.get(key, "").strip()

        if not say("url"):
            harvest.notes.warn(
                place,
                "the resource has no address",
                "It was left out; ask the publisher where the data is.",
                f"{column}.url",
            )
            continue
        inner = say("mimetype_inner")
        yield Resource(
            column=column,
            url=say("access_url") or say("url"),
            identifier=say("id"),
            title=say("name"),
            description=say("description"),
            format=say("format") or service_protocol(say("resource_locator_protocol")),
            media_type=inner or say("mimetype"),
            packed=say("mimetype") if inner else "",
            download=say("download_url"),
            licence=say("license"),
            iri=say("uri") if identity(say("uri")) else "",
            size=say("size"),
            checksum=say("hash"),
            issued=say("created"),
            modified=say("last_modified"),
            document=say("resource-type") in ("supporting-document", "documentation"),
        )


def service_protocol(text: str) -> str:
    """The protocol of a map service, which stands for its format; nothing for plain http."""
    return text if text.startswith("OGC:") else ""


def read_organisation(record: Json, place: Place, harvest: Harvest) -> None:
    """Remember an organisation that has a record of its own."""
    values = flat(record)
    written = harvest.reading.written
    with Row(values, harvest.reading, file=place.file, number=place.row) as row:
        name = row.take("name", str, NAME)
        title = row.take("title", str, "Ask for the organisation's title.")
        found = Publisher(
            name,
            title,
            row.maybe("id", str) or "",
            row.maybe("website-url", str) or "",
            row.maybe("abbreviation", str) or "",
        )
        row.ignore(*unknown(values, "organisation", place, harvest))
        row.ignore(*keys("organisation"))
    if harvest.reading.written > written:
        harvest.publisher(found, shown=True)


def read_patch(record: Json, place: Place, harvest: Harvest) -> None:
    """Remember what a partial record changes."""
    values = flat(record)
    unknown(values, "record", place, harvest)
    harvest.reading.records += 1
    harvest.reading.written += 1

    def said(column: str) -> list[Said]:
        return [Said(column, text) for text in listed(values.get(column, ""))]

    harvest.patches.append(
        Patch(
            place,
            values["id"],
            publisher=values.get("owner_org", "").strip(),
            standards=listed(values.get("schema", "")),
            title=values.get("title", ""),
            description=values.get("notes", ""),
            licences=said("license_id"),
            themes=said("theme-primary"),
        )
    )
