"""A SELECT in other words: its rows are given, and so is what it counts."""

from __future__ import annotations

from collections.abc import Mapping

from homegraph.endpoint.columns.syntax import Expression, Select, aggregates_of


def reworded(select: Select, text: str, aggregates: Mapping[str, str], body: str) -> str:
    """A SELECT of a text with `body` for its pattern, and values for its aggregates."""
    items = []
    for item in select.items:
        if item.value is None:
            items.append(f"?{item.variable}")
        else:
            items.append(f"({put_in(item.value, text, aggregates)}\n AS ?{item.variable})")
    having = (f"FILTER({put_in(one, text, aggregates)}\n)" for one in select.having)
    shown = " ".join(items) or "*"  # of blank nodes alone, SELECT * shows nothing
    said = f"SELECT {select.word} {shown} WHERE {{ {body} {' '.join(having)} }}"
    if select.order:
        ways = {True: "DESC", False: "ASC"}
        keys = (
            f"{ways[one.descending]}({put_in(one.value, text, aggregates)}\n)"
            for one in select.order
        )
        said += f" ORDER BY {' '.join(keys)}"
    if select.limit is not None:
        said += f" LIMIT {select.limit}"
    if select.offset:
        said += f" OFFSET {select.offset}"
    return said


def put_in(value: Expression, text: str, aggregates: Mapping[str, str]) -> str:
    """An expression as it stands in a text, with what is put for its aggregates."""
    at, said = value.start, ""
    for part in sorted(aggregates_of(value), key=lambda one: one.start):
        said += text[at : part.start] + f"({aggregates[text[part.start : part.end]]})"
        at = part.end
    return said + text[at : value.end]
