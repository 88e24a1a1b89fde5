"""The actions of CKAN's API that read a catalogue: what each takes, and what it answers.

Shapes and messages are those of CKAN 2.11 (ckan/logic/action/get.py), so that its clients can
tell what they got.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from homegraph.endpoint.harvest import ckan_packages as made
from homegraph.endpoint.harvest.ckan_index import Index, facet
from homegraph.endpoint.harvest.ckan_packages import Json
from homegraph.endpoint.harvest.ckan_terms import Row, Search, WrongSearch, understood

Data = Mapping[str, Any]
VERSION = "2.11.0"  # whose shapes these are
ROWS, MOST_ROWS = 10, 1_000
FACETS = 50
MOST_TEXTS = 50  # in one parameter
SORT = "score desc, metadata_modified desc"
# What sorts, by what CKAN calls it.
SORTS = {
    "score": "score",
    "relevance": "score",
    "name": "name",
    "id": "id",
    "title": "title_string",
    "title_string": "title_string",
    "metadata_created": "metadata_created",
    "metadata_modified": "metadata_modified",
}


class Wrong(Exception):
    """An action that cannot be done, as CKAN says it: a status, and what stands under `error`."""

    status = 409

    def __init__(self, said: Json) -> None:
        super().__init__(str(said))
        self.said = said


class Invalid(Wrong):
    """A parameter is missing, or is not what it must be."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__({name: [message], "__type": "Validation Error"})


class Missing(Wrong):
    """There is no such thing."""

    status = 404

    def __init__(self, message: str = "") -> None:
        told = "Not found" + (f": {message}" if message else "")
        super().__init__({"__type": "Not Found Error", "message": told})


class Unclear(Wrong):
    """A search is not of the language of searches."""

    status = 400

    def __init__(self, message: str) -> None:
        told = f"Search Query is invalid: {message!r}"
        super().__init__({"__type": "Search Query Error", "message": told})


TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "string", "pattern": "^[0-9]{0,9}$"}
WHICH = ("id", "Its name, identifier or IRI.", TEXT)
PART = (
    ("limit", "At most so many.", NUMBER),
    ("offset", "Without so many at the beginning.", NUMBER),
)
FULL = ("all_fields", "With all that is known of each, instead of the name alone.", TEXT)


@dataclass(frozen=True)
class Action:
    """One action: what it does, how, and its parameters with their JSON Schemas."""

    says: str
    does: Callable[[Index, Data], object]
    takes: tuple[tuple[str, str, Json], ...] = field(default=())


def whole(data: Data, name: str, unless: int | None = None) -> int | None:
    """A parameter that is a natural number; raises Invalid."""
    given = data.get(name)
    if given is None or given == "":
        return unless
    text = str(given)  # in JSON it may be a number
    if not re.fullmatch("-?[0-9]{1,9}", text):
        raise Invalid(name, "Invalid integer")
    number = int(text)
    if number < 0:
        raise Invalid(name, "Must be a natural number")
    return number


def flag(data: Data, name: str, unless: bool = False) -> bool:
    """A parameter that is yes or no, as CKAN reads it."""
    given = data.get(name)
    if given is None or given == "":
        return unless
    return str(given).lower() in {"true", "yes", "t", "y", "1"}


def word(data: Data, name: str) -> str:
    """A parameter that must be there; raises Invalid."""
    given = data.get(name)
    if given is None or given == "":
        raise Invalid(name, "Missing value")
    if not isinstance(given, str):
        raise Invalid(name, "Must be a string")
    return given


def part(data: Data, some: list[Any]) -> list[Any]:
    """The part of a list that limit and offset ask for; raises Invalid."""
    start, most = whole(data, "offset", 0) or 0, whole(data, "limit")
    return some[start:] if most is None else some[start : start + most]


def package_list(index: Index, data: Data) -> list[str]:
    """The names of all datasets."""
    return part(data, list(index.names))


def current_package_list(index: Index, data: Data) -> list[Json]:
    """All datasets with all that is known of them."""
    return [index.package(name) for name in part(data, list(index.names))]


def package_show(index: Index, data: Data) -> Json:
    """One dataset."""
    found = index.find(word(data, "name_or_id" if data.get("name_or_id") else "id"))
    if found is None:
        raise Missing()
    return index.package(found)


def resource_show(index: Index, data: Data) -> Json:
    """One file of a dataset."""
    known = word(data, "id")
    name = index.by_resource.get(known)
    if name is None:
        raise Missing("Resource was not found.")
    package = index.package(name)
    found: list[Json] = [one for one in package["resources"] if one["id"] == known]
    return found[0]


def package_search(index: Index, data: Data) -> Json:
    """The datasets that fit what is asked, a page of them, and how many have each value."""
    rows, start = whole(data, "rows", ROWS), whole(data, "start", 0) or 0
    searches = [searched(data.get("q"), "q"), searched(data.get("fq"), "fq")]
    searches += [searched(one, "fq_list") for one in texts(data, "fq_list")]
    sort = data.get("sort") or SORT
    found = index.search(searches, order(sort))
    shown = found[start : start + min(ROWS if rows is None else rows, MOST_ROWS)]
    return {
        "count": len(found),
        "results": [index.package(row.name) for row in shown],
        "sort": sort,
        **counted(index, data, found),
    }


def counted(index: Index, data: Data, rows: list[Row]) -> Json:
    """How many rows have each value of the fields that are asked for; raises Invalid."""
    least = whole(data, "facet.mincount", 1) or 0
    endless = re.fullmatch("-[0-9]{1,9}", str(data.get("facet.limit")))
    most = None if endless else whole(data, "facet.limit", FACETS)
    names = dict.fromkeys(texts(data, "facet.field")) if flag(data, "facet", unless=True) else {}
    facets: Json = {}
    shown: Json = {}
    for name in names:
        pairs = [pair for pair in facet(rows, name) if pair[1] >= least][:most]
        facets[name] = dict(pairs)
        items = [
            {"name": value, "display_name": called(index, name, value), "count": count}
            for value, count in pairs
        ]
        shown[name] = {"title": name, "items": items}
    return {"facets": facets, "search_facets": shown}


def called(index: Index, name: str, value: str) -> str:
    """What people call a value of a field."""
    if name == "organization" and value in index.organisations:
        return index.organisations[value].label
    if name == "license_id" and value in index.licences:
        return index.licences[value].label
    return value


def searched(given: object, name: str) -> Search:
    """A search that is understood; raises Unclear, and Invalid for what is no text."""
    if given is None:
        return understood("")
    if not isinstance(given, str):
        raise Invalid(name, "Must be a string")
    try:
        return understood(given)
    except WrongSearch as error:
        raise Unclear(str(error)) from error


def texts(data: Data, name: str) -> list[str]:
    """A parameter that is a list of texts, or JSON of one; raises Invalid."""
    given = data.get(name)
    if given is None or given == "":
        return []
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise Invalid(name, "Could not parse as valid JSON") from error
    if not isinstance(given, list):
        raise Invalid(name, "Not a list")
    if not all(isinstance(one, str) for one in given):
        raise Invalid(name, "Not a list of strings")
    if len(given) > MOST_TEXTS:
        raise Invalid(name, f"More than {MOST_TEXTS} values")
    return given


def order(sort: object) -> list[tuple[str, bool]]:
    """The fields to sort by, each with whether it goes down; raises Unclear and Invalid."""
    if not isinstance(sort, str):
        raise Invalid("sort", "Must be a string")
    found = []
    for one in sort.split(",", len(SORTS))[: len(SORTS)]:
        name, _, way = one.strip().partition(" ")
        way = way.strip().lower() or "asc"
        if name not in SORTS or way not in {"asc", "desc"}:
            raise Unclear(f"Can't determine a Sort Order (asc or desc) in sort spec {sort}")
        found.append((SORTS[name], way == "desc"))
    return found


def organization_list(index: Index, data: Data) -> list[Any]:
    """The publishers of datasets."""
    wanted = texts(data, "organizations")
    names = [name for name in sorted(index.counts) if not wanted or name in wanted]
    shown = part(data, names)
    if not flag(data, "all_fields"):
        return shown
    return [made.organisation(index.organisations[one], index.counts[one]) for one in shown]


def organization_show(index: Index, data: Data) -> Json:
    """One publisher; with its datasets, if they are asked for, as CKAN gives them: ten."""
    known, counts = word(data, "id"), index.counts
    for name in counts:
        agent = index.organisations[name]
        if known in {name, made.organisation_id(agent), agent.iri}:
            said = made.organisation(agent, counts[name])
            said |= {"groups": [], "tags": [], "users": []}
            if flag(data, "include_datasets"):
                of_it = [row.name for row in index.rows if name in row.fields["organization"]]
                said["packages"] = [index.package(one) for one in of_it[:ROWS]]
            return said
    raise Missing()


def tag_list(index: Index, data: Data) -> list[Any]:
    """The keywords of datasets."""
    if data.get("vocabulary_id"):
        raise Missing(f'could not find vocabulary "{data["vocabulary_id"]}"')
    asked = str(data.get("query") or "").casefold()
    found = [one for one in index.tags if asked in one.casefold()]
    return [made.tag(one) for one in found] if flag(data, "all_fields") else found


def tag_show(index: Index, data: Data) -> Json:
    """One keyword; with its datasets, if they are asked for."""
    known = word(data, "id")
    found = next((one for one in index.tags if known in {one, made.identifier(f"tag:{one}")}), None)
    if found is None:
        raise Missing()
    said = made.tag(found)
    if flag(data, "include_datasets"):
        of_it = [row.name for row in index.rows if found in row.fields["tags"]]
        said["packages"] = [index.package(one) for one in of_it[:MOST_ROWS]]
    return said


def license_list(index: Index, data: Data) -> list[Json]:
    """The licences of datasets."""
    del data
    assert index.rows is not None  # which notes the licences
    return [made.licence(one) for _, one in sorted(index.licences.items())]


def status_show(index: Index, data: Data) -> Json:
    """What this is."""
    del data
    world = index.world
    return {
        "ckan_version": VERSION,
        "site_url": world.base.rstrip("/"),
        "site_title": world.title,
        "site_description": "Read only: CKAN's actions over the catalogue of this release.",
        "locale_default": "en_GB",
        "error_emails_to": None,
        "extensions": [],
    }


def help_show(index: Index, data: Data) -> str:
    """What an action does."""
    del index
    found = ACTIONS.get(word(data, "name"))
    if found is None:
        raise Missing(f"{data['name']}")
    lines = [found.says, *(f":param {name}: {says}" for name, says, _ in found.takes)]
    return "\n".join(lines)


ACTIONS: dict[str, Action] = {
    "package_list": Action("The names of all datasets.", package_list, PART),
    "current_package_list_with_resources": Action(
        "All datasets with all that is known of them.", current_package_list, PART
    ),
    "package_show": Action("One dataset.", package_show, (WHICH,)),
    "package_search": Action(
        "The datasets that fit what is asked, and how many have each value.",
        package_search,
        (
            ("q", "Words; also field:value, AND, OR, NOT, -, brackets and phrases.", TEXT),
            ("fq", "Fields, as organization:home-office tags:crime res_format:CSV.", TEXT),
            ("rows", f"At most so many; {ROWS} if left out, {MOST_ROWS:,} at most.", NUMBER),
            ("start", "Without so many at the beginning.", NUMBER),
            ("sort", f"Fields, each with asc or desc: {', '.join(SORTS)}.", TEXT),
            ("facet", "Whether values are counted.", TEXT),
            ("facet.field", 'The fields whose values are counted: ["organization"].', TEXT),
            (
                "facet.limit",
                f"At most so many values; {FACETS} if left out.",
                {"type": "string", "pattern": "^(-?[0-9]{1,9})?$"},
            ),
            ("facet.mincount", "Only values that so many have.", NUMBER),
        ),
    ),
    "resource_show": Action("One file of a dataset.", resource_show, (WHICH,)),
    "organization_list": Action("The publishers of datasets.", organization_list, (*PART, FULL)),
    "organization_show": Action(
        "One publisher.",
        organization_show,
        (WHICH, ("include_datasets", "With ten of its datasets.", TEXT)),
    ),
    "group_list": Action("Groups of datasets: there are none.", lambda *_: []),
    "tag_list": Action(
        "The keywords of datasets.",
        tag_list,
        (("query", "Only those that have these letters.", TEXT), FULL),
    ),
    "tag_show": Action(
        "One keyword.", tag_show, (WHICH, ("include_datasets", "With its datasets.", TEXT))
    ),
    "license_list": Action("The licences of datasets.", license_list),
    "status_show": Action("What this is.", status_show),
    "site_read": Action("Whether this may be read: yes.", lambda *_: True),
    "help_show": Action(
        "What an action does.", help_show, (("name", "The name of the action.", TEXT),)
    ),
}
