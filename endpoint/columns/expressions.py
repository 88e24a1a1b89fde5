"""Expressions in columns: each is asked of Oxigraph once for every value that it may meet.

So functions, errors and comparisons of mixed terms mean here what they mean there. Only what needs
no value is said in SQL: whether a term is another, and whether a text holds a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from homegraph.endpoint.columns.boxes import within_box
from homegraph.endpoint.columns.chains import Chain
from homegraph.endpoint.columns.relations import listed, merged
from homegraph.endpoint.columns.scope import (
    INLINE,
    INTEGER_TYPE,
    Bound,
    Relation,
    Scope,
    single,
)
from homegraph.endpoint.columns.seeking import sought
from homegraph.endpoint.columns.syntax import Expression, NotRecognised, bare
from homegraph.graph.columns.cells import Ids

MOST_TUPLES = 30_000  # rows of values of several variables that an expression is asked about
MANY = 500  # values from which on it is not asked which of them is chosen
MOST_KEPT = 500  # answers that are kept
FEW = 300  # values that are asked about sooner than their texts are looked into
# Written as Oxigraph writes its value; others it may write otherwise.
PLAIN = re.compile(rf'"(?:0|-?[1-9][0-9]{{0,17}})"\^\^{re.escape(INTEGER_TYPE)}')
SIGNS = {"=": "=", "!=": "<>"}


class Expressions:
    """The expressions of one query."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def condition(self, found: Relation, asked: Expression) -> str:
        """A filter as a condition in SQL."""
        if has_exists(asked):
            raise NotRecognised("EXISTS stands within an expression")
        names = sorted(asked.variables & found.bound.keys())
        simple = self.compared(asked, found)
        if simple:
            return simple
        if len(names) == 1:
            return self.of_one(asked, names[0], found.bound[names[0]])
        rows = self.tuples(found, names)
        passing = self.scope.passing(asked, names, rows)
        if not names:
            return "true" if passing else "false"
        chosen = [rows[place] for place in passing]
        if not chosen:
            return "false"
        table = self.scope.table({f"c{i}": [row[i] for row in chosen] for i in range(len(names))})
        same = " AND ".join(
            f"g.c{i} IS NOT DISTINCT FROM rows.{self.scope.column(name)}"
            for i, name in enumerate(names)
        )
        return f"EXISTS (SELECT 1 FROM {table} g WHERE {same})"

    def compared(self, asked: Expression, found: Relation) -> str:
        """Comparison with an IRI, and BOUND: what needs no values; else nothing."""
        asked = bare(asked)
        negated = asked.kind == "!"
        if negated:
            asked = bare(asked.parts[0])
        if asked.kind == "call" and asked.name == "BOUND":
            name = asked.parts[0].name
            if name not in found.bound:
                return "true" if negated else "false"
            return f"{self.scope.column(name)} IS {'' if negated else 'NOT '}NULL"
        if negated or asked.kind not in {"=", "!=", "in", "not in"}:
            return ""
        first, *others = map(bare, asked.parts)
        if asked.kind in SIGNS and first.kind == "constant":
            first, others = others[0], [first]
        if first.kind != "variable" or first.name not in found.bound:
            return ""
        other = found.bound.get(others[0].name) if len(others) == 1 else None
        if asked.kind in SIGNS and other is not None:
            if not (self.is_iri(other) and self.is_iri(found.bound[first.name])):
                return ""
            one, two = self.scope.column(first.name), self.scope.column(others[0].name)
            if asked.kind == "=":
                return f"{one} = {two}"
            return f"{one}::BIGINT - {two}::BIGINT <> 0"  # as <> DuckDB would join by it, badly
        if not all(one.constant and one.constant.is_iri for one in others):
            return ""
        column = self.scope.column(first.name)
        numbers = [self.scope.number(one.constant.text) for one in others if one.constant]
        if asked.kind in SIGNS:
            return f"{column} {SIGNS[asked.kind]} {numbers[0]}"
        if not numbers:
            return ""
        word = "IN" if asked.kind == "in" else "NOT IN"
        return f"{column} {word} ({', '.join(map(str, numbers))})"

    def is_iri(self, bound: Bound) -> bool:
        """Whether a variable has no value that is no IRI."""
        return (
            self.scope.catalogue.literals <= bound.least <= bound.most < self.scope.catalogue.iris
        )

    def of_one(self, asked: Expression, name: str, bound: Bound) -> str:
        """A filter about one variable: asked once of each value that this may have."""
        column = self.scope.column(name)
        if bound.domain is None:
            raise NotRecognised(f"an expression is about ?{name}, of which too little is known")
        looked = self.looked_into(asked, bound)
        if looked is not None:
            return f"{column} IN ({looked})"
        asking = self.scope.filter(asked)
        passing = self.kept(asking, name, within_box(bound.domain, [asked], {}))
        condition = self.scope.among(column, passing)
        if not bound.sure and self.scope.passing(asked, [name], [(None,)]):
            condition = f"({condition} OR {column} IS NULL)"
        return condition

    def of_chain(self, chain: Chain, name: str, bound: Bound) -> str:
        """The filters of a chain of BINDs: asked once of each value of what it begins with."""
        if bound.domain is None:
            raise NotRecognised(f"an expression is about ?{name}, of which too little is known")
        text = self.scope.text
        binds = [f"BIND({text(one.value)}\n AS ?{one.variable})" for one in chain.binds]
        what = " ".join([*binds, *(f"FILTER({text(one)}\n)" for one in chain.filters)])
        said = {one.variable: one.value for one in chain.binds}
        passing = self.kept(what, name, within_box(bound.domain, chain.filters, said))
        return self.scope.among(self.scope.column(name), passing)

    def kept(self, what: str, name: str, domain: str) -> Ids:
        """The values of a variable that patterns are true of, asked or remembered."""
        scope = self.scope
        key = (domain, scope.prologue, what)
        passing = scope.files.kept.get(key)
        if passing is None:
            values = scope.values(domain)
            places = [place for place, _ in scope.ask(what, [name], single(values))]
            passing = values[np.sort(np.array(places, np.intp))]
            own = scope.extra or scope.is_own(domain)  # and will not be asked again
            if not own and len(scope.files.kept) < MOST_KEPT:
                scope.files.kept[key] = passing
        return passing

    def looked_into(self, asked: Expression, bound: Bound) -> str | None:
        """SQL for the literals that hold, begin or end with a text, where there are many."""
        wanted = sought(asked)
        if wanted is None or bound.domain is None or bound.distinct < FEW or not bound.texts:
            return None
        scope, between = self.scope, f"id BETWEEN {bound.least} AND {bound.most}"
        if wanted.by_value and not scope.files.all_texts(bound.domain):
            return None
        sql = f"SELECT id FROM texts WHERE {between} AND {wanted.condition}"
        if wanted.case:
            beyond = f"SELECT id AS v FROM texts WHERE {between} AND strlen(value) <> length(value)"
            values = scope.values(beyond)
            passing = values[scope.passing(asked, [wanted.variable], single(values))]
            if len(passing):
                listed = f"SELECT v FROM {scope.table({'v': passing})}"
                sql += f" UNION ALL {listed}"
        return sql

    def tuples(self, found: Relation, names: Sequence[str]) -> list[tuple[int | None, ...]]:
        """The values that variables have together; raises NotRecognised for very many."""
        if not names:
            return [()]
        columns = listed(self.scope, names)
        sql = f"SELECT DISTINCT {columns} FROM ({found.sql}) LIMIT {MOST_TUPLES + 1}"
        rows = self.scope.fetch(sql)
        if len(rows) > MOST_TUPLES:
            raise NotRecognised("an expression is about very many values together")
        return rows

    def bind(self, found: Relation, value: Expression, name: str) -> Relation:
        """BIND: a value for each row, or none where it fails.

        Where there are few values, SQL also has what they are worth as numbers, and of which kind.
        """
        if has_exists(value):
            raise NotRecognised("EXISTS stands within an expression")
        if name in found.bound:
            raise NotRecognised(f"?{name} is bound twice")
        scope, names = self.scope, sorted(value.variables & found.bound.keys())
        chosen = self.chosen(value, found)
        if chosen is not None and chosen[1].distinct > MANY:
            sql = f"SELECT rows.*, {chosen[0]} AS {scope.column(name)} FROM ({found.sql}) rows"
            bound = {**found.bound, name: chosen[1]}
            return replace(found, sql=sql, bound=bound, branches=())
        one = found.bound[names[0]] if len(names) == 1 else None
        if one is not None and one.domain is not None and one.distinct <= MOST_TUPLES:
            rows: Sequence[tuple[int | None, ...]] = list(single(scope.values(one.domain)))
            rows = rows if one.sure else [*rows, (None,)]
        else:
            rows = self.tuples(found, names)
        values = {place: scope.number(term) for place, term in scope.valued(value, names, rows)}
        numbers: list[int | None] = [values.get(place) for place in range(len(rows))]
        sure = len(values) == len(rows)
        valued = len(rows) <= INLINE
        if valued:
            table = inline(scope, rows, numbers, len(names))
        else:
            columns = {f"c{i}": [row[i] for row in rows] for i in range(len(names))}
            table = scope.table({**columns, "v": numbers})
        known = np.unique(np.array(list(values.values()), np.int64))
        domain = f"SELECT v FROM {scope.table({'v': known})}" if len(known) else None
        on = " AND ".join(
            f"g.c{i} IS NOT DISTINCT FROM rows.{scope.column(n)}" for i, n in enumerate(names)
        )
        column = scope.column(name)
        worth = f", g.exact AS {column}_exact, g.kind AS {column}_kind" if valued else ""
        sql = (
            f"SELECT rows.*, g.v AS {column}{worth} FROM ({found.sql}) rows "
            f"JOIN {table} g ON {on or 'true'}"
        )
        bound = {**found.bound, name: Bound(sure, domain, len(known), valued=valued)}
        return replace(found, sql=sql, bound=bound, branches=())

    def chosen(self, value: Expression, found: Relation) -> tuple[str, Bound] | None:
        """A value that is one of several, as SQL, without a look at what these are.

        IF of BOUND, and COALESCE, of variables, IRIs and whole numbers; nothing for all else.
        """
        value = bare(value)
        if value.kind == "variable" and value.name in found.bound:
            return self.scope.column(value.name), replace(found.bound[value.name], valued=False)
        if value.constant and (value.constant.is_iri or PLAIN.fullmatch(value.constant.text)):
            number = self.scope.number(value.constant.text)
            domain = f"SELECT {number}::UINTEGER AS v"
            return f"{number}::UINTEGER", Bound(True, domain, 1, number, number)
        if value.kind != "call" or value.name not in {"IF", "COALESCE"}:
            return None
        some = value.parts[1:] if value.name == "IF" else value.parts
        parts = [part for one in some if (part := self.chosen(one, found)) is not None]
        bounds = [bound for _, bound in parts]
        if not parts or len(parts) < len(some) or any(one.domain is None for one in bounds):
            return None
        bound = replace(merged(bounds), distinct=sum(one.distinct for one in bounds))
        if value.name == "COALESCE":
            sure = any(one.sure for one in bounds)
            return f"coalesce({', '.join(sql for sql, _ in parts)})", replace(bound, sure=sure)
        asked = bare(value.parts[0])
        negated = asked.kind == "!"
        asked = bare(asked.parts[0]) if negated else asked
        if asked.kind != "call" or asked.name != "BOUND":
            return None
        there = bare(some[negated])  # what is chosen where the variable has a value
        if there.kind == "variable" and there.name == asked.parts[0].name:
            bound = replace(bound, sure=bounds[not negated].sure)
        condition = self.compared(value.parts[0], found)
        (one, _), (other, _) = parts
        return f"CASE WHEN {condition} THEN {one} ELSE {other} END", bound


def inline(
    scope: Scope, rows: Sequence[Sequence[int | None]], numbers: Sequence[int | None], width: int
) -> str:
    """A table of few rows: c0, c1, ... and for each the value v, as a number exact, of a kind."""
    lines = []
    for row, number in zip(rows, numbers, strict=True):
        exact, kind = (None, None) if number is None else scope.worth(number)
        cells = [*row, number]
        said = ["NULL" if cell is None else str(cell) for cell in cells]
        lines.append(f"({', '.join(said)}, {exact or 'NULL'}::DECIMAL(38,18), {kind or 'NULL'})")
    names = ", ".join([*(f"c{place}" for place in range(width)), "v", "exact", "kind"])
    if not lines:
        return f"(SELECT {', '.join(f'NULL AS {n}' for n in names.split(', '))} WHERE false)"
    return f"(SELECT * FROM (VALUES {', '.join(lines)}) AS n({names}))"


def has_exists(value: Expression) -> bool:
    """Whether EXISTS stands in an expression."""
    return any(part.kind == "exists" for part in value.walk())


def conjuncts(condition: Expression) -> Iterator[Expression]:
    """The parts of a condition that have to be true together."""
    condition = bare(condition)
    if condition.kind == "&&":
        for part in condition.parts:
            yield from conjuncts(part)
    else:
        yield condition
