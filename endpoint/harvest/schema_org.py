"""What search engines read in the page of a dataset: schema.org's words for it, as JSON-LD.

The context is written out, so that nobody has to fetch one. What Google asks of each property:
developers.google.com, Search, structured data, Dataset.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup
from pyoxigraph import NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.display import brief, labels, link
from homegraph.endpoint.harvest.data_json import edges_of, language, temporal
from homegraph.endpoint.world import World
from homegraph.graph.entry import Agent, Entry, File, Place
from homegraph.graph.plain import Reader
from homegraph.graph.record import Records
from homegraph.graph.terms import ACCESS, DCAT, QB

Json = dict[str, Any]

SCHEMA_ORG = "https://schema.org/"
LEAST, MOST = 50, 5_000  # letters of a description
ADDRESSES = ("contentUrl", "isBasedOn", "license", "propertyID", "sameAs", "url")
CONTEXT: Json = {"@vocab": SCHEMA_ORG, **{name: {"@type": "@id"} for name in ADDRESSES}}


def block(world: World, dataset: NamedNode) -> Markup:
    """What goes into the page of a dataset; nothing where it is none of the catalogue's."""
    if not is_listed(world, dataset):
        return Markup("")
    entry = Reader(Records(world.store)).entry(dataset)
    return inside(described(world, entry, measured(world, dataset)))


def is_listed(world: World, dataset: NamedNode) -> bool:
    """Whether the catalogue has a dataset."""
    quads = world.store.quads_for_pattern(world.catalogue, DCAT.dataset, dataset)
    return next(quads, None) is not None


def inside(said: Json) -> Markup:
    """JSON inside a page: none of its letters can end the element or begin another.

    >>> inside({"name": "</script>"})
    Markup('{"name": "\\\\u003c/script\\\\u003e"}')
    """
    text = json.dumps(said, ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def described(world: World, entry: Entry, variables: Iterable[Json] = ()) -> Json:
    """A dataset in schema.org's words; what is not known of it is left out."""
    is_open = entry.access is not None and entry.access.iri == ACCESS.PUBLIC.value
    said: Json = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": entry.iri,
        "name": entry.title,
        "description": description(entry),
        "identifier": [entry.iri] + [entry.identifier] * bool(entry.identifier),
        "url": next(iter(entry.landing_pages), link(entry.iri)),
        "license": entry.licence.iri if entry.licence else "",
        "creator": [organisation(one) for one in entry.creators],
        "publisher": organisation(entry.publisher) if entry.publisher else None,
        "keywords": list(entry.keywords),
        "temporalCoverage": temporal(entry),
        "spatialCoverage": [area(one) for one in entry.places],
        "inLanguage": [tag for one in entry.languages if (tag := language(one))],
        "version": entry.version,
        "datePublished": entry.issued,
        "dateModified": entry.modified,
        "isAccessibleForFree": True if is_open else None,
        "isBasedOn": list(entry.sources),
        "variableMeasured": list(variables),
        "distribution": [download(file) for file in entry.files if file.address],
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": world.catalogue.value,
            "name": world.title,
            "url": world.address("catalog"),
        },
    }
    return {name: value for name, value in said.items() if value}


def description(entry: Entry) -> str:
    """The description, as long as Google wants it: from 50 letters to 5,000."""
    text = entry.description
    if len(text) < LEAST:
        whose = f", published by {entry.publisher.label}" if entry.publisher else ""
        text = f"{text} {entry.title}{whose}; a dataset of the catalogue, with its files.".strip()
    if len(text) > MOST:
        cut = text[: MOST - 1]
        text = (cut.rpartition(" ")[0] or cut) + "…"
    return text


def organisation(agent: Agent) -> Json:
    """A publisher or creator."""
    said = {
        "@type": "Organization",
        "@id": agent.iri,
        "name": agent.label,
        "url": agent.homepage,
    }
    return {name: value for name, value in said.items() if value}


def area(place: Place) -> Json:
    """An area, with its box where that is known."""
    said: Json = {
        "@type": "Place",
        "@id": place.iri,
        "name": place.label,
        "identifier": place.code,
        "geo": box(place.outline),
    }
    return {name: value for name, value in said.items() if value}


def box(outline: str) -> Json | None:
    """The box around a geometry: south west and north east, latitude first."""
    edges = edges_of(outline)
    if not edges:
        return None
    west, south, east, north = edges
    return {"@type": "GeoShape", "box": f"{south} {west} {north} {east}"}


def download(file: File) -> Json:
    """One file; a packed one has both media types."""
    types = [one for one in (file.media_type, file.packed_as) if one] or [file.format]
    said: Json = {
        "@type": "DataDownload",
        "@id": file.iri,
        "name": file.title,
        "description": file.description,
        "contentUrl": file.address,
        "encodingFormat": types[0] if len(types) == 1 else types,
        "contentSize": f"{file.size} B" if file.size is not None else "",
        "sha256": file.digest if file.algorithm == "sha256" else "",
        "license": file.licence.iri if file.licence else "",
        "datePublished": file.issued,
        "dateModified": file.modified,
    }
    return {name: value for name, value in said.items() if value}


def measured(world: World, cube: NamedNode) -> list[Json]:
    """What a cube's figures are of, and by what: its measures first; nothing for what is none."""
    parts = [
        part
        for definition in things.values(world, cube, QB.structure)
        for part in things.values(world, definition, QB.component)
    ]
    found = [
        one
        for kind in (QB.measure, QB.dimension)
        for part in parts
        for one in things.values(world, part, kind)
    ]
    known = labels(world, found)
    return [
        {
            "@type": "PropertyValue",
            "name": known.get(one.value) or brief(world, one.value),
            "propertyID": one.value,
        }
        for one in dict.fromkeys(found)
    ]
