"""Whether it is certain which rows a LIMIT leaves: where it cuts, the order tells rows apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pyoxigraph import QuerySolutions

from homegraph.endpoint.columns.scope import NOTHING
from homegraph.endpoint.columns.syntax import Select

# What has one order, in which different terms are apart: IRIs, whole numbers, plain texts.
APART = re.compile(r'(<.*>)|("-?\d+"\^\^<\S*#integer>)|("[^"\\]*")')


def is_sure(
    prologue: str, values: str, keys: Mapping[str, tuple[str, bool]], select: Select
) -> bool:
    """Whether the rows of VALUES on both sides of each cut differ in what they are ordered by.

    That are the keys, by the variables to use: each with whether the greatest come first.
    """
    items = " ".join(f"({key}\n AS ?{name})" for name, (key, _) in keys.items())
    order = " ".join(f"{'DESC' if down else 'ASC'}({key}\n)" for key, down in keys.values())
    ends = [select.offset, select.offset + (select.limit or 0)]
    for end in filter(None, ends):
        asked = (
            f"{prologue} SELECT {items} {{ {values} }} ORDER BY {order} LIMIT 2 OFFSET {end - 1}"
        )
        found = NOTHING.query(asked)
        assert isinstance(found, QuerySolutions)
        rows = [[str(term) for term in row] for row in found]
        if len(rows) == 2 and not are_apart(*rows):
            return False
    return True


def are_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two rows are known to be in order, neither as good as the other."""
    for key, beside in zip(one, other, strict=True):
        if key != beside:
            kinds = [found and found.lastindex for found in map(APART.fullmatch, (key, beside))]
            return None not in kinds and kinds[0] == kinds[1]
    return False
