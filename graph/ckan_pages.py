"""Walks through a live CKAN: all packages, then the record of each organisation they name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from homegraph.graph.errors import FetchFailed
from homegraph.graph.fetch import Page, Walk
from homegraph.graph.web import Web

ROWS = 100
MOST_PAGES = 2000  # 200,000 datasets; data.gov.uk has about 60,000
API = "/api/3/action"
# What sites answer that do not have package_search, or not for everybody.
NO_SEARCH = (400, 403, 404, 405, 501)


def actions_of(address: str) -> str:
    """The address that a CKAN's actions begin with, from its own or that of its API."""
    base = address.split("?")[0].rstrip("/")
    for part in (API, "/api/3", "/api"):
        base = base.removesuffix(part)
    return base + API


def pages(address: str, web: Web) -> Iterator[Page]:
    """The answers of a CKAN; raises FetchFailed when they are not, or are fewer than it says."""
    base = actions_of(address)
    walk = Walk(web)
    publishers: set[str] = set()
    for page, found in packages(base, walk):
        publishers |= {name for one in found if (name := publisher_name(one))}
        yield page
    for name in sorted(publishers):
        where = f"{base}/organization_show?id={quote(name, safe='')}"
        got = walk.get(where)
        answer(got.content, where, walk)
        named = f"organization_show-{quote(name, safe='')}.json"
        yield Page(named, got.content, got.address, 0, got.unchanged)


def packages(
    base: str, walk: Walk, asked: Mapping[str, str] | None = None
) -> Iterator[tuple[Page, list[dict[str, Any]]]]:
    """The pages of all packages, or of those that are asked for (`q`, `fq`), with what is on each.

    Each package is got by itself from a CKAN that does not let itself be searched.
    """
    found = searched(base, walk, asked or {})
    try:
        first = next(found, None)
    except FetchFailed as error:
        if asked or error.answered not in NO_SEARCH:
            raise
        found = shown(base, walk, error)
        first = next(found, None)
    if first is not None:
        yield first
        yield from found


def searched(
    base: str, walk: Walk, asked: Mapping[str, str]
) -> Iterator[tuple[Page, list[dict[str, Any]]]]:
    """The pages of package_search, with the packages of each."""
    seen: set[str] = set()
    count = 0
    for page in range(MOST_PAGES):
        # Some sites give fewer rows than are asked for, so the start is what has come so far.
        query = urlencode({"rows": ROWS, "start": len(seen), "sort": "name asc", **asked})
        where = f"{base}/package_search?{query}"
        got = walk.get(where)
        result = answer(got.content, where, walk)
        if not isinstance(result, dict) or not isinstance(result.get("results"), list):
            walk.refuse(where, "this is not the answer of a CKAN: it has no list of results")
        found = [one for one in result["results"] if isinstance(one, dict)]
        told: Any = result.get("count")
        if type(told) is not int or told < 0:
            walk.refuse(where, f"the count of datasets is none: {str(told)[:50]}")
        count = told
        new = {str(one.get("id")) for one in found} - seen
        if not new and page:
            break
        name = f"package_search-{page + 1:04}.json"
        yield Page(name, got.content, got.address, len(found), got.unchanged), found
        seen |= new
        if len(seen) >= count:
            break
    if len(seen) != count:
        raise FetchFailed(f"{base}: CKAN says it has {count} datasets and gave {len(seen)}")


def shown(
    base: str, walk: Walk, refused: FetchFailed
) -> Iterator[tuple[Page, list[dict[str, Any]]]]:
    """Each package that package_list names, for a CKAN that does not let itself be searched."""
    try:
        listed = answer(walk.get(f"{base}/package_list").content, f"{base}/package_list", walk)
    except FetchFailed as error:
        raise FetchFailed(f"{refused} It has no package_list either: {error}", 404) from error
    if not isinstance(listed, list):
        raise FetchFailed(f"{base}/package_list is not the answer of a CKAN")
    for name in sorted({str(one) for one in listed}):
        where = f"{base}/package_show?id={quote(name, safe='')}"
        got = walk.get(where)
        result = answer(got.content, where, walk)
        if not isinstance(result, dict):
            raise FetchFailed(f"{where} is not the answer of a CKAN")
        file = f"package_show-{quote(name, safe='')}.json"
        yield Page(file, got.content, got.address, 1, got.unchanged), [result]


def publisher_name(record: dict[str, Any]) -> str:
    """The name of the organisation that a package says it belongs to."""
    said = record.get("organization")
    return str(said.get("name") or "") if isinstance(said, dict) else str(said or "")


def answer(content: bytes, address: str, walk: Walk) -> Any:
    """The result of a CKAN answer; raises FetchFailed when it is not one."""
    try:
        body = json.loads(content)
        if body["success"] is True:
            return body["result"]
        problem = f"CKAN answered with an error: {body.get('error')}"
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        problem = f"this is not the answer of a CKAN, or a part of one: {error}"
    walk.refuse(address, problem)
