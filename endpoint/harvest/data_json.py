"""/data.json: the catalogue as data.gov.uk takes it, DCAT-US 1.1 in a list of datasets.

A bare list, not an object with one in it (alphagov/datagovuk-tech-docs, harvest_data.md). There are
no pages: its harvesters read the first only. What is federal (bureau, programme) is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response

from homegraph.endpoint.formats import JSON
from homegraph.endpoint.reply import by_content
from homegraph.endpoint.wkt import pieces
from homegraph.endpoint.world import World
from homegraph.graph.entry import Agent, Contact, Entry, File, Named
from homegraph.graph.plain import Reader
from homegraph.graph.record import Records
from homegraph.graph.terms import ACCESS

Json = dict[str, Any]

# Who may use it, in the words of DCAT-US.
LEVELS = {
    ACCESS.PUBLIC.value: "public",
    ACCESS.RESTRICTED.value: "restricted public",
    ACCESS.NON_PUBLIC.value: "non-public",
}
# How often it changes, from the EU's list to repeating intervals of ISO 8601.
REPEATS = {
    "CONT": "R/PT1S",
    "HOURLY": "R/PT1H",
    "DAILY_2": "R/PT12H",
    "DAILY": "R/P1D",
    "WEEKLY_3": "R/P0.33W",
    "WEEKLY_2": "R/P3.5D",
    "WEEKLY": "R/P1W",
    "BIWEEKLY": "R/P2W",
    "MONTHLY_3": "R/P0.33M",
    "MONTHLY_2": "R/P0.5M",
    "MONTHLY": "R/P1M",
    "BIMONTHLY": "R/P2M",
    "QUARTERLY": "R/P3M",
    "ANNUAL_3": "R/P4M",
    "ANNUAL_2": "R/P6M",
    "ANNUAL": "R/P1Y",
    "BIENNIAL": "R/P2Y",
    "TRIENNIAL": "R/P3Y",
    "QUADRENNIAL": "R/P4Y",
    "QUINQUENNIAL": "R/P5Y",
    "DECENNIAL": "R/P10Y",
    "IRREG": "irregular",
}
# Languages of the EU's list by the tags of RFC 5646.
LANGUAGES = {"ENG": "en-GB", "CYM": "cy", "GLE": "ga", "GLA": "gd", "FRA": "fr", "DEU": "de"}


def doors(world: World) -> Blueprint:
    """The route."""
    routes = Blueprint("data_json", __name__)

    @routes.get("/data.json")
    def datasets() -> Response:
        return by_content(JSON, b"".join(listed(world)), world.changes.newest)

    return routes


def listed(world: World) -> Iterator[bytes]:
    """All datasets, each on a line of its own."""
    reader = Reader(Records(world.store))
    before = "[\n"
    for entry in world.entries or map(reader.entry, world.datasets):
        yield (before + json.dumps(dataset(entry), ensure_ascii=False)).encode()
        before = ",\n"
    yield b"\n]\n" if before == ",\n" else b"[]\n"


def dataset(entry: Entry) -> Json:
    """One dataset; what is not known of it is left out."""
    contact = next(iter(entry.contacts), None)
    said: Json = {
        "@type": "dcat:Dataset",
        "identifier": entry.iri,
        "title": entry.title,
        "description": entry.description or entry.title,
        "keyword": list(entry.keywords),
        "modified": entry.modified or entry.issued,
        "issued": entry.issued,
        "publisher": publisher(entry.publisher) if entry.publisher else None,
        "contactPoint": contact_point(contact) if contact else None,
        "accessLevel": LEVELS.get(entry.access.iri if entry.access else "", ""),
        "rights": "; ".join(entry.rights),
        "license": entry.licence.iri or entry.licence.label if entry.licence else "",
        "spatial": spatial(entry),
        "temporal": temporal(entry),
        "accrualPeriodicity": REPEATS.get(entry.frequency.last, "") if entry.frequency else "",
        "theme": [one.label or one.iri for one in entry.themes],
        "language": [tag for one in entry.languages if (tag := language(one))],
        "landingPage": next(iter(entry.landing_pages), ""),
        "references": list(entry.pages),
        "conformsTo": next((one.iri for one in entry.standards if one.iri), ""),
        "distribution": [distribution(file) for file in entry.files if file.address],
    }
    return {name: value for name, value in said.items() if value}


def publisher(agent: Agent) -> Json:
    """Who publishes."""
    return {"@type": "org:Organization", "name": agent.label}


def contact_point(contact: Contact) -> Json:
    """Whom to ask; without an address to write to, where it is told how to."""
    said = {
        "@type": "vcard:Contact",
        "fn": contact.name or contact.email or contact.page,
        "hasEmail": f"mailto:{contact.email}" if contact.email else "",
        "hasURL": contact.page,
    }
    return {name: value for name, value in said.items() if value}


def spatial(entry: Entry) -> str:
    """The areas, by name; one without a name by its western, southern, eastern, northern edge."""
    edges = (",".join(map(str, edges_of(one.outline))) for one in entry.places)
    named = zip(entry.places, edges, strict=True)
    return ", ".join(place.label or edge or place.iri for place, edge in named)


def edges_of(outline: str) -> tuple[float, ...]:
    """The western, southern, eastern and northern edge of a geometry; nothing where there is none.

    >>> edges_of("POINT(-2.5 51)")
    (-2.5, 51.0, -2.5, 51.0)
    """
    places = [place for piece in pieces(outline) for place in piece.places]
    if not places:
        return ()
    across, up = zip(*places, strict=True)
    return min(across), min(up), max(across), max(up)


def temporal(entry: Entry) -> str:
    """The time covered: first and last day, month or year; two dots stand for an open end."""
    if not entry.periods:
        return ""
    first, last = entry.periods[0][0], max(end for _, end in entry.periods)
    return f"{first or '..'}/{last or '..'}"


def language(one: Named) -> str:
    """A language as RFC 5646 tags it."""
    return LANGUAGES.get(one.last, one.last.lower() if len(one.last) == len("en") else "")


def distribution(file: File) -> Json:
    """One file, or where it is told how to get it."""
    said = {
        "@type": "dcat:Distribution",
        "title": file.title,
        "description": file.description,
        "downloadURL": file.download,
        "accessURL": file.access if file.access != file.download else "",
        "mediaType": file.packed_as or file.media_type,
        "format": file.format,
        "byteSize": file.size,
        "license": file.licence.iri if file.licence else "",
        "describedBy": next(iter(file.pages), "") if file.download else "",
        "conformsTo": next((one.iri for one in file.standards if one.iri), ""),
    }
    return {name: value for name, value in said.items() if value}
