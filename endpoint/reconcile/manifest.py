"""What the service says of itself, in both versions, and what it suggests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version

from homegraph.endpoint.reconcile.kinds import LISTED, Json, Kind, as_types
from homegraph.endpoint.reconcile.properties import PROPERTIES, Property
from homegraph.endpoint.reconcile.reading import BATCH
from homegraph.endpoint.reconcile.service import Service
from homegraph.graph.matching.question import Candidate
from homegraph.graph.terms import RDFS

OLD, NEW = "0.2", "1.0-draft"
WIDTH, HEIGHT = 400, 260  # pixels of a preview
WHATS = ("entity", "property", "type")
HELP = "A year or a month, as 2023 or 2023-04; the newest there is if left out."


def common(service: Service, stem: str) -> Json:
    """What both versions say alike."""
    world = service.world
    return {
        "name": f"{world.title}: areas, police forces, organisations, offences, datasets",
        "documentation": f"{world.address(stem)}?format=html",
        "serviceVersion": version("homegraph"),
        "defaultTypes": [kind.as_json() for kind in kinds(service)],
        "batchSize": BATCH,
    }


def old_manifest(service: Service, stem: str) -> Json:
    """The manifest of version 0.2 (3.1)."""
    world = service.world
    base = world.address(stem)
    return {
        "versions": [OLD],
        **common(service, stem),
        "identifierSpace": world.base,
        "schemaSpace": RDFS.Resource.value,
        "view": {"url": world.address("describe?uri={{id}}")},
        "preview": {"url": f"{base}/preview?id={{{{id}}}}", "width": WIDTH, "height": HEIGHT},
        "suggest": {
            what: {
                "service_url": base,
                "service_path": f"/suggest/{what}",
                "flyout_service_url": base,
                "flyout_service_path": f"/flyout/{what}?id=${{id}}",
            }
            for what in WHATS
        },
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/extend/propose"},
            "property_settings": [
                {
                    "name": "period",
                    "label": "Period",
                    "type": "text",
                    "default": "",
                    "help_text": HELP,
                }
            ],
        },
    }


def new_manifest(service: Service, stem: str) -> Json:
    """The manifest of version 1.0-draft."""
    return {
        "versions": [NEW],
        **common(service, stem),
        "view": {"url": service.world.address("describe?uri={id}")},
        "preview": {"width": WIDTH, "height": HEIGHT},
        "suggest": dict.fromkeys(WHATS, True),
        "extend": {
            "proposeProperties": True,
            "propertySettings": [
                {"id": "period", "name": "Period", "type": "text", "default": "", "helpText": HELP}
            ],
        },
        "standardizedScore": True,
        "lang": "en",
    }


def kinds(service: Service) -> list[Kind]:
    """The types of which this release has things."""
    there = set(service.matcher.kinds)
    found = [kind for kind in LISTED if kind.word in there]
    above = {kind.broader for kind in found}
    return [kind for kind in LISTED if kind.word in there | above]


def entities(found: Iterable[Candidate]) -> Json:
    """Things as they are suggested."""
    return {"result": [entity(one) for one in found]}


def entity(one: Candidate) -> Json:
    """A thing as it is suggested."""
    types = [{"id": kind["id"], "name": kind["name"]} for kind in as_types(one.kinds)]
    said: Json = {"id": one.iri, "name": one.label or one.iri, "notable": types}
    return said | {"description": one.description} if one.description else said


def suggested_kinds(service: Service, prefix: str) -> list[Json]:
    """The types whose name has a word that begins so, or whose identifier does."""
    found = [one for one in kinds(service) if begins(prefix, one.name, one.iri, one.word)]
    # Who names one by our word for it means that one, and no other whose name begins so.
    found.sort(key=lambda one: prefix not in {one.word, one.name, one.iri})
    return [{"id": one.iri, "name": one.name} for one in found]


def suggested_properties(prefix: str) -> list[Json]:
    """The properties whose name has a word that begins so, or whose identifier does."""
    return [one.as_json() for one in PROPERTIES if begins(prefix, one.name, one.iri)]


def proposal(asked: str, properties: Sequence[Property], limit: int | None) -> Json:
    """The properties that things of a type have."""
    said: Json = {"properties": [one.as_json() for one in properties[:limit]], "type": asked}
    return said | {"limit": limit} if limit is not None else said


def begins(prefix: str, *texts: str) -> bool:
    """Whether a text begins so, or a word in it.

    >>> begins("force", "Police force area"), begins("ice", "Police force area"), begins("", "x")
    (True, False, True)
    """
    start = prefix.strip().casefold()
    return any(f" {text.casefold()}".find(f" {start}") >= 0 for text in texts)
