"""What the catalogue of columns knows by itself: how many statements there are of each property."""

from __future__ import annotations

from homegraph.endpoint.columns.aggregates import integer
from homegraph.endpoint.columns.handing import Part, Table
from homegraph.endpoint.columns.scope import Scope
from homegraph.endpoint.columns.syntax import (
    Expression,
    Path,
    Select,
    Triple,
    Variable,
    aggregates_of,
    bare,
)
from homegraph.graph.columns.catalogue import CATALOGUE


def census(scope: Scope, select: Select, prefix: str) -> tuple[dict[str, str], Table, Part] | None:
    """What is put for the aggregates of a SELECT, and the rows, where it asks for no more.

    It has one pattern, of three variables, and counts all statements, counts them by property, or
    lists the properties. `prefix` is what names of counts begin with.
    """
    match select.where.elements:
        case (Triple(Variable(s), Path("any", (), p), Variable(o)),) if len({s, p, o}) == 3:
            pass
        case _:
            return None
    if select.limit is not None or select.offset:
        return None
    asked = [one for value in select.values for one in aggregates_of(value)]
    if not all(is_count(one, {s, p, o}) for one in asked):
        return None
    by_property = select.grouped and [item.variable for item in select.keys] == [p]
    listing = select.word == "DISTINCT" and [item.variable for item in select.items] == [p]
    if select.counts:
        if select.grouped and not by_property:
            return None
    elif not listing or any(item.value for item in select.items):
        return None
    catalogue = scope.catalogue
    each = {number: catalogue.count(number) for number in catalogue.predicates}
    texts = list(dict.fromkeys(map(scope.text, asked)))
    names = [f"{prefix}{place}" for place in range(len(texts))]
    if by_property or listing:
        rows = [[scope.given(number), *[integer(n)] * len(names)] for number, n in each.items()]
    else:
        rows = [[integer(sum(each.values()))] * len(names)]
    head = [p, *names] if by_property or listing else names
    part = Part(
        scope.query.text[select.start : select.end],
        *(f"-- {CATALOGUE}: counted when the release was made", len(rows), 0, 0.0),
    )
    return (
        {text: f"?{name}" for text, name in zip(texts, names, strict=True)},
        Table(head, rows),
        part,
    )


def is_count(asked: Expression, names: set[str]) -> bool:
    """Whether an aggregate counts statements, each of which has what it is about."""
    if asked.name != "COUNT" or asked.distinct:
        return False
    return not asked.parts or bare(asked.parts[0]).name in names
