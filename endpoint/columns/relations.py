"""Relations put together: joined, one below the other, with fewer variables or other names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from homegraph.endpoint.columns.scope import UNBOUND, Bound, Known, Relation, Scope
from homegraph.endpoint.columns.syntax import NotRecognised
from homegraph.graph.columns.cells import Ids

EMPTY = "SELECT {} WHERE false"
NULL = "NULL::UINTEGER"


def merged(found: Iterable[Bound | None]) -> Bound:
    """What is known of a variable over relations that stand one below the other."""
    every = list(found)
    if len(every) == 1 and every[0] is not None:
        return every[0]
    sure = all(one is not None and one.sure for one in every)
    given = [one for one in every if one is not None and one.domain is not None]
    domains = list(dict.fromkeys(one.domain for one in given if one.domain))
    least, most = min((o.least for o in given), default=0), max((o.most for o in given), default=0)
    domain = " UNION ALL ".join(domains) if domains else None
    distinct = different(given)
    return Bound(sure, domain, distinct, least, most, all(one.texts for one in given))


def different(given: Iterable[Bound]) -> int:
    """How many values there are together: those of one range are taken to be the same."""
    several, one, end = 0, 0, -1
    for bound in sorted(given, key=lambda bound: bound.least):
        if bound.least > end:
            several, one = several + one, 0
        one, end = max(one, bound.distinct), max(end, bound.most)
    return several + one


def given(scope: Scope, names: Sequence[str], rows: Sequence[Sequence[int | None]]) -> Relation:
    """Rows of numbers as a relation, None where a row has no value; Oxigraph looks at all else."""
    columns = {
        name: np.array([UNBOUND if row[i] is None else row[i] for row in rows], np.int64)
        for i, name in enumerate(names)
    }
    return known(scope, columns, len(rows), 1e18)


def known(scope: Scope, columns: Mapping[str, Ids], size: int, looked: float) -> Relation:
    """Rows of numbers as a relation, UNBOUND where a row has none."""
    if not columns:
        rows = np.ones(size, np.int64)
        sql = f"SELECT one FROM {scope.table({'one': rows})}"
        return Relation(sql, {}, size, looked, known=Known(sql, columns))
    masked = {
        scope.column(name): np.ma.masked_equal(one, UNBOUND) if (one == UNBOUND).any() else one
        for name, one in columns.items()
    }
    table = scope.table(masked)
    sql = f"SELECT * FROM {table}"
    bound = {}
    for name, one in columns.items():
        values = np.unique(one)
        there = values[values != UNBOUND]
        domain = f"SELECT {scope.column(name)} AS v FROM {table}"
        scope.domains[domain] = there
        ends = (int(there[0]), int(there[-1])) if len(there) else (0, 0)
        bound[name] = Bound(len(there) == len(values), domain, len(there), *ends)
    return Relation(sql, bound, size, looked, known=Known(sql, columns))


def rows_of(found: Relation, names: Sequence[str]) -> list[tuple[int | None, ...]] | None:
    """The rows of some variables, where they are known, as SQL would give them."""
    if (columns := found.columns) is None:
        return None
    told = (columns[name].tolist() for name in names)
    cells = [[None if cell == UNBOUND else cell for cell in column] for column in told]
    return list(zip(*cells, strict=True)) if names else [()] * int(found.rows)


def nothing(scope: Scope, names: Sequence[str]) -> Relation:
    """No rows."""
    columns = ", ".join(f"NULL::UINTEGER AS {scope.column(name)}" for name in names)
    bound = dict.fromkeys(names, Bound(True, "SELECT NULL::UINTEGER AS v WHERE false", 0))
    return Relation(EMPTY.format(columns or "1 AS one"), bound, 0, 0)


def unit() -> Relation:
    """One row without variables."""
    return Relation("SELECT 1 AS one", {}, 1, 1e18)


def listed(scope: Scope, names: Iterable[str]) -> str:
    """Columns of variables, separated by commas."""
    return ", ".join(scope.column(name) for name in names) or "1 AS one"


def listed_only(bound: Mapping[str, Bound], names: Iterable[str]) -> dict[str, Bound]:
    """What is known of variables where SQL has no columns but theirs."""
    return {name: replace(bound[name], valued=False) for name in names}


def projected(scope: Scope, found: Relation, names: Sequence[str]) -> Relation:
    """Some of the variables."""
    sql = f"SELECT {listed(scope, names)} FROM ({found.sql})"
    columns = found.columns and {name: found.columns[name] for name in names}
    kept = Known(sql, columns) if columns else None
    return Relation(sql, listed_only(found.bound, names), found.rows, found.touched, known=kept)


def renamed(scope: Scope, found: Relation, names: dict[str, str]) -> Relation:
    """Variables under other names."""
    kept = listed_only(found.bound, found.bound)
    new = {names.get(name, name): bound for name, bound in kept.items()}
    columns = ", ".join(
        f"{scope.column(name)} AS {scope.column(names.get(name, name))}" for name in found.bound
    )
    return Relation(f"SELECT {columns} FROM ({found.sql})", new, found.rows, found.touched)


def union(scope: Scope, parts: Sequence[Relation]) -> Relation:
    """Relations one below the other; who lacks a variable has NULL."""
    if len(parts) == 1:
        return parts[0]
    names = sorted({name for part in parts for name in part.bound})
    selected = []
    for part in parts:
        columns = (
            scope.column(n) if n in part.bound else f"NULL::UINTEGER AS {scope.column(n)}"
            for n in names
        )
        selected.append(f"SELECT {', '.join(columns) or '1 AS one'} FROM ({part.sql})")
    bound = {name: merged([part.bound.get(name) for part in parts]) for name in names}
    rows, touched = sum(part.rows for part in parts), sum(part.touched for part in parts)
    return Relation(" UNION ALL ".join(selected), bound, rows, touched)


def joined(scope: Scope, parts: Sequence[Relation]) -> Relation:
    """Relations joined on the variables they share; raises NotRecognised where one may lack one."""
    if not parts:
        return unit()
    if len(parts) == 1:
        return parts[0]
    places: dict[str, str] = {}
    bound: dict[str, Bound] = {}
    where, tables = [], []
    rows = 1.0
    for part in parts:
        alias = scope.alias()
        tables.append(f"({part.sql}) {alias}")
        rows *= max(part.rows, 1)
        for name, one in part.bound.items():
            if name in bound:  # each value of the one meets as many rows of the other as any
                rows /= max(one.apart, bound[name].apart, 1)
            column = f"{alias}.{scope.column(name)}"
            if name not in places:
                places[name], bound[name] = column, one
                continue
            if not (one.sure and bound[name].sure):
                raise NotRecognised(f"rows are joined on ?{name}, which some may lack")
            where.append(f"{places[name]} = {column}")
            if one.distinct < bound[name].distinct:
                bound[name] = one
    columns = ", ".join(f"{place} AS {scope.column(n)}" for n, place in places.items())
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    sql = f"SELECT {columns or '1 AS one'} FROM {', '.join(tables)}{condition}"
    # Oxigraph begins with the fewest, and comes to look at what the join gives at least.
    touched = max(min(part.touched for part in parts), rows)
    return Relation(sql, listed_only(bound, bound), rows, touched)


def visible(found: Relation) -> list[str]:
    """The variables that SELECT * gives: not blank nodes, and not what stands between steps.

    Oxigraph has them in the order of their letters.
    """
    return sorted(
        name for name in found.bound if not name.startswith(("[", "_:")) and "/" not in name
    )
