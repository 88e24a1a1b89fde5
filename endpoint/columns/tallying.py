"""Counts and sums of rows that are known, without DuckDB: it takes 5 ms to be told of them.

What is not counted here is left to SQL, which says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from homegraph.endpoint.columns.scope import UNBOUND, Relation, Scope
from homegraph.endpoint.columns.syntax import Expression, Select, bare
from homegraph.graph.columns.cells import Ids

LARGEST = 1 << 62  # what sums must be below, to be added up in 64 bits


def tallied(
    scope: Scope, select: Select, found: Relation, keys: Sequence[str], asked: Sequence[Expression]
) -> list[Sequence[Any]] | None:
    """The rows of a SELECT that counts: keys, and what `Aggregates` would read of each aggregate.

    None where rows are not known, or where anything but a plain COUNT or SUM is asked for.
    """
    columns = found.columns
    if columns is None or select.is_cut or not all(key in columns for key in keys):
        return None
    size = int(found.rows)
    of, rows = np.zeros(size, np.intp), np.zeros(1, np.intp)  # groups, and a row of each
    if select.grouped:
        if not keys:
            return None
        for key in keys:
            values, places = np.unique(columns[key], return_inverse=True)
            of = of * len(values) + places
            _, rows, of = np.unique(of, return_index=True, return_inverse=True)
    told = [tally(scope, one, columns, of, len(rows)) for one in asked]
    if any(one is None for one in told):
        return None
    groups = np.stack([columns[key][rows] for key in keys], axis=1).tolist() if keys else [[]]
    heads = [[None if cell == UNBOUND else cell for cell in row] for row in groups]
    return [
        [*head, *values]
        for head, *values in zip(heads, *(one for one in told if one is not None), strict=True)
    ]


def tally(
    scope: Scope, asked: Expression, columns: Mapping[str, Ids], of: Ids, size: int
) -> list[Any] | None:
    """An aggregate for each group, by the group that each row is of; None for another kind."""
    if asked.name == "COUNT" and not asked.parts and not asked.distinct:
        return counts(of, size)
    about = bare(asked.parts[0]) if asked.parts else None
    if about is None or about.kind != "variable" or about.name not in columns:
        return None
    values = columns[about.name]
    there = values != UNBOUND
    if asked.name == "COUNT":
        of, values = of[there], values[there]
        if asked.distinct:
            of = np.unique(np.stack([of, values]), axis=1)[0]
        return counts(of, size)
    if asked.name != "SUM" or asked.distinct or not there.all():
        return None
    ids, worth = scope.files.whole_numbers
    places = np.searchsorted(ids, values)
    if len(values) and (places.max() == len(ids) or (ids[places] != values).any()):
        return None
    whole = worth[places]
    if len(whole) and int(np.abs(whole).max()) * len(whole) >= LARGEST:
        return None
    sums = np.zeros(size, np.int64)
    np.add.at(sums, of, whole)
    return [[total, 0] for total in sums.tolist()]


def counts(of: Ids, size: int) -> list[int]:
    """How many rows each group has."""
    found: list[int] = np.bincount(of, minlength=size).tolist()
    return found
