"""Boxes that filters cut out: points outside need not be asked about.

Of a polygon it is the box around it; a box may also be cut out of the texts of points, as those do
who have no functions for places. What is left is asked of Oxigraph, so a box may be too large.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from homegraph.endpoint.columns.syntax import Expression, bare
from homegraph.graph.terms import XSD

WITHIN = "<http://www.opengis.net/def/function/geosparql/sfWithin>"
COORDINATE = re.compile(r"(-?[0-9.]+)\s+(-?[0-9.]+)")
NUMBER = re.compile(r'"(-?[0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]+)?)"\^\^.*')
# The text of a point up to its parts, as it is cut up: POINT(x y).
AXES = {
    'STRBEFORE(STRAFTER(STR(?),"(")," ")': "x",
    'STRBEFORE(STRAFTER(STRAFTER(STR(?),"(")," "),")")': "y",
}
CASTS = {f"<{XSD.iri}{name}>" for name in ("decimal", "double", "float")}
SIGNS = {">": "<", ">=": "<", "<": ">", "<=": ">"}  # what is outside
TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
MARGIN = 1e-4  # degrees that a box is made larger by: numbers are not the same in all engines


def within_box(domain: str, filters: Iterable[Expression], said: Mapping[str, Expression]) -> str:
    """The values of SQL without points that are outside of what filters about them cut out.

    `said` has the values of variables that BIND gives.
    """
    outside = [one for asked in filters for one in conditions(bare(asked), said)]
    if not outside:
        return domain
    return (
        f"SELECT v FROM (SELECT DISTINCT v FROM ({domain})) "
        f"ANTI JOIN (SELECT id FROM points WHERE {' OR '.join(outside)}) ON v = id"
    )


def conditions(asked: Expression, said: Mapping[str, Expression]) -> Iterator[str]:
    """What is true of points of which a filter is not."""
    if asked.kind == "&&":
        for part in asked.parts:
            yield from conditions(bare(part), said)
    elif asked.kind in SIGNS:
        yield from beyond(asked, said)
    elif asked.kind == "call" and asked.name == WITHIN and len(asked.parts) == 2:
        shape = bare(asked.parts[1]).constant
        if shape is None or bare(asked.parts[0]).kind != "variable" or "POLYGON" not in shape.text:
            return
        places = [(float(x), float(y)) for x, y in COORDINATE.findall(shape.text)]
        for axis, values in zip("xy", zip(*places, strict=True), strict=False):
            yield f"{axis} < {min(values)}"
            yield f"{axis} > {max(values)}"


def beyond(asked: Expression, said: Mapping[str, Expression]) -> Iterator[str]:
    """The same of a comparison of one axis with a number."""
    one, other = map(bare, asked.parts)
    sign = asked.kind
    if one.constant is not None:
        one, other, sign = other, one, TURNED[sign]
    number = NUMBER.fullmatch(other.constant.text) if other.constant else None
    while one.kind == "variable" and one.name in said:
        one = bare(said[one.name])
    if number is None or one.kind != "call" or one.name not in CASTS:
        return
    axis = AXES.get(cut(one.parts[0], said))
    if axis is not None:
        end = float(number[1]) + (-MARGIN if SIGNS[sign] == "<" else MARGIN)
        yield f"{axis} {SIGNS[sign]} {end}"


def cut(value: Expression, said: Mapping[str, Expression]) -> str:
    """How a text is cut up, with what BIND gives put in, and ? for the variable it begins with."""
    value = bare(value)
    if value.kind == "variable":
        return cut(said[value.name], said) if value.name in said else "?"
    if value.constant is not None:
        return value.constant.text
    return f"{value.name}({','.join(cut(part, said) for part in value.parts)})"
