"""Whether two servers of tests/bench/serve.py say the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pyoxigraph import RdfFormat, parse

STRING = "http://www.w3.org/2001/XMLSchema#string"
Rows = list[tuple[Any, ...]]


def cells(body: bytes) -> Rows | bool:
    """The rows of an answer in JSON, sorted; or what ASK says."""
    said = json.loads(body)
    if "boolean" in said:
        return bool(said["boolean"])
    names = said["head"]["vars"]
    for row in said["results"]["bindings"]:
        for term in row.values():
            if term.get("datatype") == STRING:  # means the same as none
                del term["datatype"]
    return sorted(
        tuple(tuple(sorted(row[name].items())) if name in row else () for name in names)
        for row in said["results"]["bindings"]
    )


def statements(body: bytes) -> set[str]:
    """The statements of an answer in Turtle, or in RDF/XML, as rdflib-endpoint describes things."""
    form = RdfFormat.RDF_XML if body.startswith(b"<?xml") else RdfFormat.TURTLE
    return {str(each.triple) for each in parse(body, form)}


def agree(page: str, ours: bytes, native: bytes, whole: Callable[[], bytes]) -> bool:
    """Whether an answer says what the native server says; `page` is its type if it is a page.

    A page may say more than a description. Without an order any rows may be the first ones; then
    they have to be among those of `whole`, the native answer without a limit.
    """
    if page == "text/html":
        return b"</html>" in ours
    if page:
        return statements(ours) >= statements(native)
    if not native.startswith(b"{"):
        return statements(ours) == statements(native)
    one, other = cells(ours), cells(native)
    if one == other or isinstance(one, bool) or isinstance(other, bool):
        return one == other
    all_rows = cells(whole()) if len(one) == len(other) else []
    return not isinstance(all_rows, bool) and set(one) <= set(all_rows)
