"""Datasets, files, organisations and licences as CKAN's API has them (version 3, CKAN 2.11).

Names and identifiers follow from IRIs alone: they stay the same in every release, whatever else is
in the catalogue.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from homegraph.endpoint.wkt import pieces
from homegraph.graph.entry import Agent, Entry, File, Named
from homegraph.graph.iri import organisation as government

Json = dict[str, Any]

LONGEST = 100  # letters of a name in CKAN
NAME = re.compile(r"[a-z0-9_-]{2,100}")
# CKAN's and data.gov.uk's own identifiers of licences, by what stands in their address.
LICENCES = {
    "nationalarchives.gov.uk/doc/open-government-licence": "uk-ogl",
    "authority/licence/OGL_": "uk-ogl",
    "creativecommons.org/publicdomain/zero/": "cc-zero",
    "creativecommons.org/licenses/by/": "cc-by",
    "creativecommons.org/licenses/by-sa/": "cc-by-sa",
    "opendefinition.org/licenses/": "",  # the rest of the address
}
# Those that the Open Definition counts as open.
OPEN = {"uk-ogl", "cc-zero", "cc-by", "cc-by-sa", "odc-pddl", "odc-by", "odc-odbl"}


def identifier(iri: str) -> str:
    """The identifier of a thing: a UUID that its IRI gives it.

    >>> identifier("http://localhost:8000/data/street-crime")
    '44fbb4df-4211-5a54-a06d-cfcc3d168a0a'
    """
    # Half a letter, which JSON can name, is in no name.
    return str(uuid5(NAMESPACE_URL, iri.encode("utf-8", "replace").decode()))


def slug(iri: str, stem: str) -> str:
    """A name for addresses: what follows the stem if it can be one, or made from the IRI's end.

    One that is made has a part of the IRI's digest, so that two never become the same.

    >>> slug("http://x/data/street-crime", "http://x/data/")
    'street-crime'
    >>> slug("http://x/id/dataset/Crime%20Survey", "http://x/data/")
    'crime-survey-0fabdee6'
    """
    rest = iri.removeprefix(stem)
    if rest != iri and NAME.fullmatch(rest):
        return rest
    end = re.sub(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9]+", "-", iri.rstrip("/#").rpartition("/")[2])
    digest = sha256(iri.encode()).hexdigest()[:8]
    return f"{end.strip('-').lower()[: LONGEST - 9] or 'dataset'}-{digest}"


def licence_id(licence: Named) -> str:
    """The identifier of a licence."""
    for part, known in LICENCES.items():
        before, found, after = licence.iri.partition(part)
        if found:
            return known or after.strip("/") or before
    return slug(licence.iri, "") if licence.iri else slug(f"licence/{licence.label}", "")


@lru_cache(maxsize=1024)
def organisation_name(agent: Agent) -> str:
    """The name of an organisation: of government's its own word on GOV.UK."""
    return slug(agent.iri or f"agent/{agent.label}", government("").value)


@lru_cache(maxsize=1024)
def organisation_id(agent: Agent) -> str:
    """The identifier of an organisation, which may have no name but its label."""
    return identifier(agent.iri or f"agent:{agent.label}")


def moment(day: str) -> str:
    """A day, or a moment, as CKAN writes moments: UTC, without saying so.

    >>> moment("2024-01"), moment("2024-01-31T10:00:00Z"), moment("")
    ('2024-01-01T00:00:00', '2024-01-31T10:00:00', '')
    """
    date, _, time = day.partition("T")
    if not date:
        return ""
    first = date + "-01" * (2 - date[1:].count("-"))
    return f"{first}T{re.sub(r'(Z|[+-]00:00)$', '', time) or '00:00:00'}"


def organisation(agent: Agent, datasets: int | None = None) -> Json:
    """An organisation."""
    said: Json = {
        "id": organisation_id(agent),
        "name": organisation_name(agent),
        "title": agent.label,
        "type": "organization",
        "description": "",
        "image_url": "",
        "created": None,
        "is_organization": True,
        "approval_status": "approved",
        "state": "active",
    }
    if datasets is not None:
        said |= {
            "display_name": agent.label,
            "image_display_url": "",
            "package_count": datasets,
            "num_followers": 0,
            "extras": extras([("uri", agent.iri), ("homepage", agent.homepage)]),
        }
    return said


def licence(one: Named) -> Json:
    """A licence."""
    known = licence_id(one)
    return {
        "id": known,
        "title": one.label or one.iri,
        "url": one.iri,
        "status": "active",
        "family": "",
        "maintainer": "",
        "domain_content": False,
        "domain_data": True,
        "domain_software": False,
        "is_generic": False,
        "is_okd_compliant": known in OPEN,
        "is_osi_compliant": False,
        "od_conformance": "approved" if known in OPEN else "not reviewed",
        "osd_conformance": "not reviewed",
    }


def tag_names(keywords: Iterable[str]) -> list[str]:
    """Keywords as CKAN takes them: letters, digits, spaces, dots, hyphens; from two to a hundred.

    >>> tag_names(["crime", "drugs & alcohol", "x", "C++: a language"])
    ['crime', 'drugs alcohol', 'C a language']
    """
    plain = (" ".join(re.sub(r"[^\w\-.]+", " ", one).split())[:LONGEST] for one in keywords)
    return [one for one in dict.fromkeys(plain) if len(one) > 1]


def tag(word: str) -> Json:
    """A keyword."""
    return {
        "id": identifier(f"tag:{word}"),
        "name": word,
        "display_name": word,
        "state": "active",
        "vocabulary_id": None,
    }


def extras(pairs: Iterable[tuple[str, object]]) -> list[Json]:
    """What has no field of its own; lists as JSON, as ckanext-dcat writes them."""
    return [
        {"key": key, "value": value if isinstance(value, str) else json.dumps(value)}
        for key, value in pairs
        if value
    ]


def package(entry: Entry, name: str, page: str, created: str, modified: str) -> Json:
    """A dataset; `created` and `modified` are when its record was."""
    contact = next(iter(entry.contacts), None)
    known = licence(entry.licence) if entry.licence else None
    agent, tags = entry.publisher, tag_names(entry.keywords)
    created, modified = moment(created), moment(modified)
    return {
        "id": identifier(entry.iri),
        "name": name,
        "title": entry.title,
        "notes": entry.description,
        "url": next(iter(entry.landing_pages), page),
        "version": entry.version or None,
        "type": "dataset",
        "state": "active",
        "private": False,
        "author": entry.creators[0].label if entry.creators else None,
        "author_email": None,
        "maintainer": contact.name if contact else None,
        "maintainer_email": contact.email or None if contact else None,
        "creator_user_id": None,
        "license_id": known["id"] if known else None,
        "license_title": known["title"] if known else None,
        "license_url": known["url"] if known else None,
        "isopen": bool(known and known["id"] in OPEN),
        "metadata_created": created or None,
        "metadata_modified": modified or created or None,
        "owner_org": organisation_id(agent) if agent else None,
        "organization": organisation(agent) if agent else None,
        "num_tags": len(tags),
        "tags": [tag(word) for word in tags],
        "num_resources": len(entry.files),
        "resources": [
            resource(file, entry, place, created, modified)
            for place, file in enumerate(entry.files)
        ],
        "groups": [],
        "relationships_as_subject": [],
        "relationships_as_object": [],
        "extras": extras(more(entry)),
    }


def more(entry: Entry) -> list[tuple[str, object]]:
    """What a package says in its extras, by the keys of ckanext-dcat."""
    contact, agent = next(iter(entry.contacts), None), entry.publisher
    first, last = (entry.periods[0][0], entry.periods[-1][1]) if entry.periods else ("", "")
    place = next(iter(entry.places), None)
    return [
        ("uri", entry.iri),
        ("guid", entry.iri),
        ("identifier", entry.identifier),
        ("issued", entry.issued),
        ("modified", entry.modified),
        ("frequency", entry.frequency.iri or entry.frequency.label if entry.frequency else ""),
        ("access_rights", entry.access.iri or entry.access.label if entry.access else ""),
        ("theme", addresses(entry.themes)),
        ("language", addresses(entry.languages)),
        ("conforms_to", addresses(entry.standards)),
        ("documentation", list(entry.pages)),
        ("source", list(entry.sources)),
        ("provenance", entry.provenance),
        ("temporal_start", first),
        ("temporal_end", last),
        ("spatial_uri", place.iri if place else ""),
        ("spatial_text", place.label if place else ""),
        ("spatial", outline(place.outline) if place else ""),
        ("publisher_uri", agent.iri if agent else ""),
        ("publisher_name", agent.label if agent else ""),
        ("publisher_url", agent.homepage if agent else ""),
        ("publisher_type", agent.kind if agent else ""),
        ("contact_uri", contact.iri if contact else ""),
        ("contact_name", contact.name if contact else ""),
        ("contact_email", contact.email if contact else ""),
        ("contact_url", contact.page if contact else ""),
        ("security_classification", entry.classification),
    ]


def outline(text: str) -> str:
    """A geometry as GeoJSON: its largest ring, or its first point; nothing where there is none.

    >>> outline("POINT(-2.5 51)")
    '{"type": "Point", "coordinates": [-2.5, 51.0]}'
    """
    found = pieces(text)
    rings = [one.places for one in found if one.kind == "area"]
    if rings:
        return json.dumps({"type": "Polygon", "coordinates": [max(rings, key=len)]})
    points = [place for one in found if one.kind == "point" for place in one.places]
    return json.dumps({"type": "Point", "coordinates": points[0]}) if points else ""


def addresses(several: Sequence[Named]) -> list[str]:
    """The addresses of values, or their texts where they have none."""
    return [one.iri or one.label for one in several]


def resource_id(file: File, entry: Entry, place: int) -> str:
    """The identifier of a file, which may have no name but its place."""
    return identifier(file.iri or f"{entry.iri}#{place}")


def resource(file: File, entry: Entry, place: int, created: str, modified: str) -> Json:
    """A file of a dataset."""
    said: Json = {
        "id": resource_id(file, entry, place),
        "package_id": identifier(entry.iri),
        "position": place,
        "name": file.title or entry.title,
        "description": file.description,
        "url": file.address,
        "url_type": None,
        "resource_type": "file" if file.download else None,
        "format": file.format,
        "mimetype": file.packed_as or file.media_type or None,
        "mimetype_inner": file.media_type if file.packed_as else None,
        "size": file.size,
        "hash": f"{file.algorithm}:{file.digest}" if file.algorithm else file.digest,
        "created": moment(file.issued or entry.issued) or created or None,
        "last_modified": moment(file.modified or entry.modified) or None,
        "metadata_modified": modified or created or None,
        "cache_url": None,
        "cache_last_updated": None,
        "datastore_active": False,
        "state": "active",
    }
    told = {
        "uri": file.iri,
        "access_url": file.access,
        "download_url": file.download,
        "license": file.licence.iri or file.licence.label if file.licence else "",
        "rights": "; ".join(file.rights),
        "availability": file.availability,
        "status": file.status,
        "documentation": json.dumps(file.pages) if file.pages else "",
        "conforms_to": json.dumps(addresses(file.standards)) if file.standards else "",
    }
    return said | {key: value for key, value in told.items() if value}
