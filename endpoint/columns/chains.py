"""BINDs of one group that only its filters ask about, as when a box is cut out of texts of points.

What such a chain binds is not wanted, only for which values of the variable that it begins with
the filters are true. So all of it is one condition on that variable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from homegraph.endpoint.columns.syntax import Bind, Expression, Group


@dataclass(frozen=True)
class Chain:
    """BINDs in their order, and the filters on what they bind."""

    binds: tuple[Bind, ...]
    filters: tuple[Expression, ...]


def chains(
    group: Group, filters: Sequence[Expression], mentions: Mapping[str, int]
) -> dict[str, Chain]:
    """The chains of a group by the variable that each begins with.

    `mentions` says how often each variable stands in the query.
    """
    binds = [one for one in group.elements if isinstance(one, Bind)]
    hidden: list[Bind] = []
    for bind in reversed(binds):
        inside = [*filters, *(one.value for one in hidden)]
        if mentions.get(bind.variable, 0) == 1 + said(bind.variable, inside):
            hidden.insert(0, bind)
    begins: dict[str, str] = {}
    for bind in hidden:
        about = {begins.get(name, name) for name in bind.value.variables}
        if len(about) != 1:
            return {}
        (begins[bind.variable],) = about
    found = {}
    for base in set(begins.values()):
        mine = [one for one in hidden if begins[one.variable] == base]
        names = {one.variable for one in mine}
        asked = [one for one in filters if one.variables & names]
        parts = [*asked, *(one.value for one in mine)]
        if not all(one.variables <= names | {base} for one in asked) or has_group(parts):
            return {}
        found[base] = Chain(tuple(mine), tuple(asked))
    return found


def said(name: str, inside: Iterable[Expression]) -> int:
    """How often a variable stands in expressions."""
    counts = Counter(part.name for e in inside for part in e.walk() if part.kind == "variable")
    return counts[name]


def has_group(inside: Iterable[Expression]) -> bool:
    """Whether EXISTS stands in one of them."""
    return any(part.group is not None for one in inside for part in one.walk())
