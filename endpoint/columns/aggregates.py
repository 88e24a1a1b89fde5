"""Aggregates as SQL, and the terms that they give (SPARQL 1.1, 18.5.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from homegraph.endpoint.columns.expressions import Expressions
from homegraph.endpoint.columns.scope import (
    DECIMAL,
    DECIMAL_TYPE,
    INTEGER,
    INTEGER_TYPE,
    WHOLE,
    Bound,
    Relation,
    Scope,
)
from homegraph.endpoint.columns.syntax import Expression, NotRecognised, bare
from homegraph.graph.columns.cells import Ids

LARGEST = 1 << 63
FEW_NUMBERS = 500  # values that stand in the SQL rather than be looked up
COUNTED = {"COUNT", "SUM", "AVG", "MIN", "MAX", "SAMPLE"}


@dataclass(frozen=True)
class Aggregate:
    """An aggregate of a query: columns of SQL, and the SPARQL that makes its value of them.

    `read` gives the term of what SQL gave; `checks` is SQL that is true of rows which columns can
    sum.
    """

    sql: tuple[str, ...]
    names: tuple[str, ...]
    value: str
    read: Callable[[Any], str]
    checks: tuple[str, ...] = ()


class Aggregates:
    """The aggregates of one query."""

    def __init__(self, scope: Scope, expressions: Expressions) -> None:
        self.scope, self.expressions = scope, expressions

    def aggregate(
        self, asked: Expression, name: str, found: Relation
    ) -> tuple[Aggregate, Relation]:
        """An aggregate as SQL, and the relation that has what it is about."""
        if asked.name not in COUNTED:
            raise NotRecognised(f"{asked.name} is not counted in columns")
        if not asked.parts:
            if asked.distinct:
                raise NotRecognised("DISTINCT * is not counted in columns")
            return Aggregate(("count(*)",), (name,), f"?{name}", integer), found
        inner = bare(asked.parts[0])
        about = inner.name
        if inner.kind != "variable":
            about = f"[{name}"
            found = self.expressions.bind(found, inner, about)
            if not found.bound[about].sure:  # Oxigraph gives no value at all then
                raise NotRecognised(f"the value in {asked.name} fails for some rows")
        bound = found.bound.get(about)
        if bound is None:
            raise NotRecognised(f"?{about} is counted, and has no value")
        column, distinct = self.scope.column(about), "DISTINCT " if asked.distinct else ""
        if asked.name == "COUNT":
            counted = f"count({distinct}{column})"
            return Aggregate((counted,), (name,), f"?{name}", integer), found
        if asked.name == "SAMPLE":
            return self.sample(column, name, bound), found
        if asked.name in {"MIN", "MAX"}:
            return self.extreme(asked.name, column, name, bound, found)
        found, exact, kind = self.worth(found, about)
        fit = f"({exact} IS NOT NULL AND {kind} <= "
        fit += f"{INTEGER if asked.distinct else DECIMAL})"
        sql = f"[sum({distinct}{exact}), bool_or({kind} = {DECIMAL})::INTEGER]"
        if asked.name == "SUM":
            return Aggregate((sql,), (name,), f"?{name}", total, (fit,)), found
        many = f"{name}n"
        value = f"IF(?{many} = 0, 0, ?{name} / ?{many})"
        both = (sql, f"[count({distinct}{column}), 0]")
        return Aggregate(both, (name, many), value, total, (fit,)), found

    def sample(self, column: str, name: str, bound: Bound) -> Aggregate:
        """SAMPLE, which has no choice where all rows of a group have one value."""
        if not bound.sure:
            raise NotRecognised("SAMPLE is of what rows may lack")

        def read(ends: Sequence[int | None] | None) -> str:
            least, most = ends or (None, None)
            if least != most:
                raise NotRecognised("SAMPLE chooses between several values")
            return self.scope.read(least)

        return Aggregate((f"[min({column}), max({column})]",), (name,), f"?{name}", read)

    def extreme(
        self, word: str, column: str, name: str, bound: Bound, found: Relation
    ) -> tuple[Aggregate, Relation]:
        """MIN or MAX of terms of one kind, by their places in order."""
        scope = self.scope
        if bound.domain is None or not bound.sure:
            raise NotRecognised(f"{word} is of what too little is known of")
        ids = scope.values(bound.domain).tolist()
        terms = {number: scope.term(number) for number in ids}
        if all(term.startswith("<") for term in terms.values()):
            ids.sort(key=lambda number: terms[number][1:-1])
        elif all(WHOLE.fullmatch(term) for term in terms.values()):
            ids.sort(key=lambda number: int(terms[number].split('"')[1]))
        else:
            raise NotRecognised(f"{word} is of terms of several kinds")
        table = scope.table({"place": list(range(len(ids))), "id": ids})
        place = f"{column}_place"
        sql = (
            f"SELECT rows.*, g.place AS {place} FROM ({found.sql}) rows "
            f"LEFT JOIN {table} g ON g.id = {column}"
        )

        def read(place: int | None) -> str:
            return "" if place is None else scope.given(ids[place])

        made = Aggregate((f"{word.lower()}({place})",), (name,), f"?{name}", read)
        return made, replace(found, sql=sql, branches=())

    def worth(self, found: Relation, name: str) -> tuple[Relation, str, str]:
        """The relation with the values of a variable's numbers, and where these stand."""
        column, bound = self.scope.column(name), found.bound[name]
        exact, kind = f"{column}_exact", f"{column}_kind"
        if bound.valued:
            return found, exact, kind
        if bound.domain is None:
            raise NotRecognised(f"too little is known of ?{name}, which is summed")
        if not self.scope.is_own(bound.domain):
            numbers = self.scope.files.worths(bound.domain)
        elif bound.distinct <= FEW_NUMBERS:
            numbers = self.few(self.scope.values(bound.domain))
        elif bound.most < self.scope.catalogue.terms:
            numbers = "numbers"
        else:
            raise NotRecognised("very many values that were worked out are summed")
        sql = (
            f"SELECT rows.*, g.exact AS {exact}, g.kind AS {kind} FROM ({found.sql}) rows "
            f"LEFT JOIN {numbers} g ON g.id = {column}"
        )
        return replace(found, sql=sql, branches=()), exact, kind

    def few(self, ids: Ids) -> str:
        """A table of the values of some numbers: what they are worth, and of which kind."""
        worth = [(number, *self.scope.worth(number)) for number in ids.tolist()]
        exact = [(number, value, kind) for number, value, kind in worth if value is not None]
        if exact and all(kind == INTEGER for _, _, kind in exact):
            numbers = [[number for number, _, _ in exact], [int(value) for _, value, _ in exact]]
            table = self.scope.table(
                dict(zip(("id", "whole"), map(np.array, numbers), strict=True))
            )
            return f"(SELECT id, whole::DECIMAL(38,18) AS exact, {INTEGER} AS kind FROM {table})"
        rows = [f"({number}, {value}::DECIMAL(38,18), {kind})" for number, value, kind in exact]
        listed = ", ".join(rows) or "(NULL, NULL::DECIMAL(38,18), NULL)"
        return f"(SELECT * FROM (VALUES {listed}) AS n(id, exact, kind))"


def integer(value: int) -> str:
    """A whole number as a term."""
    return f'"{value}"^^{INTEGER_TYPE}'


def total(value: Sequence[Decimal | None] | None) -> str:
    """A sum, which comes with whether it is of decimals, as a term."""
    exact, decimals = value or (None, None)
    if decimals:
        return f'"{exact or 0:f}"^^{DECIMAL_TYPE}'
    whole = int(exact or 0)
    if abs(whole) >= LARGEST:
        raise NotRecognised("a sum is larger than Oxigraph's integers")
    return integer(whole)
