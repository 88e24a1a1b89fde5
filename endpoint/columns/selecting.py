"""Counts and groups the rows of a SELECT in DuckDB, and says the rest of it in SPARQL.

What is counted becomes VALUES in a query that Oxigraph answers: names and values of what is
selected, HAVING, ORDER BY and LIMIT stay as they are written, so they mean what they always mean.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyoxigraph import QuerySolutions

from homegraph.endpoint.columns.aggregates import Aggregate, Aggregates, integer
from homegraph.endpoint.columns.borders import is_sure
from homegraph.endpoint.columns.census import census
from homegraph.endpoint.columns.expressions import has_exists
from homegraph.endpoint.columns.groups import Groups
from homegraph.endpoint.columns.handing import Part, Table
from homegraph.endpoint.columns.relations import given, listed, projected, rows_of, visible
from homegraph.endpoint.columns.scope import NOTHING, Relation, Scope
from homegraph.endpoint.columns.sizes import frequent, size_of
from homegraph.endpoint.columns.syntax import (
    Item,
    NotRecognised,
    Select,
    bare,
)
from homegraph.endpoint.columns.tallying import tallied
from homegraph.endpoint.columns.wording import put_in, reworded

MOST_ROWS = 300_000  # that are handed over: two seconds of Oxigraph's time
# Aggregates that SQL can put in order, and by what of theirs.
ORDERING = {"COUNT": "{}", "SUM": "coalesce({}[1], 0)"}
MOST_ORDERED = 10_000  # rows of which a LIMIT leaves some: they are put in order more than once
MOST_NESTED = 60_000  # rows of a SELECT within a query
LOOKED_UP = "-- the rows were looked up, and DuckDB not asked\n"


@dataclass
class Counted:
    """A SELECT that was counted: its rows, and what is put for its aggregates."""

    scope: Scope
    select: Select
    aggregates: dict[str, str]
    table: Table
    part: Part

    def text(self) -> str:
        """The SELECT in other words, with VALUES for its pattern."""
        text, body = self.scope.query.text, self.table.as_values()
        return reworded(self.select, text, self.aggregates, body)

    def whole(self) -> Table | None:
        """The rows as they are selected, where nothing is left to be done with them."""
        select = self.select
        if select.order or select.having or select.word or select.limit or select.offset:
            return None
        if select.limit is not None:
            return None
        places = []
        for item in select.items:
            name = item.variable
            if item.value is not None:
                value = bare(item.value)
                name = self.aggregates.get(self.scope.text(value), "").removeprefix("?")
            if name not in self.table.head:
                return None
            places.append(self.table.head.index(name))
        rows = self.table.rows
        if places != list(range(len(self.table.head))):
            rows = [[row[place] for place in places] for row in rows]
        return Table([item.variable for item in select.items], rows)


class Selecting:
    """Answers SELECTs of one query; `least` is how many rows make it worth while.

    When it is `alone`, there is no store that would answer otherwise: then any rows do where a
    LIMIT cuts between rows that are equally good.
    """

    def __init__(self, scope: Scope, least: float, alone: bool = False) -> None:
        self.scope, self.least, self.alone = scope, least, alone
        self.groups = Groups(scope, self.nested, alone)
        self.aggregates = Aggregates(scope, self.groups.expressions)
        self.parts: list[Part] = []
        self.prefix = next(p for p in ("c_", "cc_", "ccc_", "c4_") if p not in scope.query.text)

    def handed(self, select: Select) -> Counted:
        """What a SELECT gives, counted in columns; raises NotRecognised."""
        start = time.perf_counter()
        if not (select.counts or select.word or select.is_total or select.order):
            self.insist_on_order("which rows come first is not said")
        if any(map(has_exists, select.values)):
            raise NotRecognised("EXISTS stands within an expression")
        known = census(self.scope, select, self.prefix)
        if known is not None:
            counted = Counted(self.scope, select, *known)
        else:
            found = self.groups.relation(select.where, self.least)
            if not select.items:
                select = replace(select, items=tuple(map(Item, visible(found))))
            counted = self.grouped(select, found) if select.counts else self.listed(select, found)
            if select.counts:
                unsure = select.offset > 0 and not select.is_total
            else:  # 1 and 1.0 are in no order, so that the names of variables say too little
                unsure = select.is_cut and not select.word
            if unsure and not self.alone:
                self.insist_on_borders(counted)
        counted.part = replace(counted.part, seconds=time.perf_counter() - start)
        self.parts.append(counted.part)
        return counted

    def nested(self, select: Select) -> Relation:
        """The rows of a SELECT within a group."""
        plain = not (select.counts or select.word or select.offset)
        cut = f" LIMIT {select.limit}" if select.limit is not None else ""
        if plain and (not cut or (self.alone and not select.order)):
            found = self.groups.relation(select.where)
            for item in select.items:
                if item.value is not None:
                    found = self.groups.expressions.bind(found, item.value, item.variable)
            names = [item.variable for item in select.items]
            if not names:
                names = visible(found)
            for name in names:
                if name not in found.bound:
                    raise NotRecognised(f"?{name} is selected, and has no value")
            found = projected(self.scope, found, names)
            return replace(found, sql=f"{found.sql}{cut}")
        if (chosen := self.chosen(select)) is not None:
            return chosen
        least, self.least = self.least, 0.0
        try:
            counted = self.handed(select)
        finally:
            self.least = least
        answer = NOTHING.query(f"{self.scope.prologue} {counted.text()}")
        assert isinstance(answer, QuerySolutions)
        rows: list[list[int | None]] = []
        for row in answer:
            if len(rows) == MOST_NESTED:
                raise NotRecognised("a SELECT within it has very many rows")
            rows.append([None if one is None else self.scope.number(str(one)) for one in row])
        names = [variable.value for variable in answer.variables]
        return replace(given(self.scope, names, rows), touched=counted.part.estimated)

    def chosen(self, select: Select) -> Relation | None:
        """A SELECT within a group that only chooses groups by how large they are, as SQL."""
        keys = {item.variable for item in select.keys}
        plain = not (select.word or select.limit is not None or select.offset)
        known = all(item.value is None and item.variable in keys for item in select.items)
        compared = list(filter(None, map(size_of, select.having)))
        if not (select.grouped and plain and known and len(compared) == len(select.having)):
            return None
        names, found = self.keys(select.keys, self.groups.relation(select.where))
        if not names or not found.bound.keys() >= set(names):
            return None
        sizes = []
        for about, sign, number in compared:
            if about and about not in found.bound:
                return None
            counted = self.scope.column(about) if about else "*"
            sizes.append(f"count({counted}) {sign} {number}")
        if len(names) == 1 and compared:
            found = frequent(self.scope, found, names[0], max(one.least for one in compared))
        columns = listed(self.scope, names)
        having = f" HAVING {' AND '.join(sizes)}" if sizes else ""
        sql = f"SELECT {columns} FROM ({found.sql}) rows GROUP BY {columns}{having}"
        groups = replace(found, sql=sql, branches=())
        return projected(self.scope, groups, [item.variable for item in select.items])

    # Rows as they are

    def listed(self, select: Select, found: Relation) -> Counted:
        """A SELECT without groups: the rows that its expressions need, each once if DISTINCT."""
        wanted = {name for value in select.values for name in value.variables}
        wanted |= {item.variable for item in select.items if item.value is None}
        names = sorted(wanted & found.bound.keys())
        if select.word == "REDUCED" and not self.alone:
            raise NotRecognised("REDUCED leaves open how many rows there are")
        if select.word and not select.is_total:
            self.insist_on_order("which rows come first is not said")
        word = "DISTINCT " if select.word else ""
        # In the order in which they are selected, if these are all.
        heads = list(dict.fromkeys(item.variable for item in select.items))
        names = heads if sorted(heads) == names else names
        sql = f"SELECT {word}{listed(self.scope, names)} FROM ({found.sql})"
        sql += self.first(select, found)
        known = rows_of(found, names)
        if known is not None:
            known = list(dict.fromkeys(known)) if word else known
        rows = self.fetch(sql) if known is None else known
        table = self.table(names, rows if names else [()] * len(rows))
        sql = sql if known is None else f"{LOOKED_UP}{sql}"
        return Counted(self.scope, select, {}, table, self.part(select, sql, rows, found))

    def first(self, select: Select, found: Relation) -> str:
        """ORDER BY and LIMIT as SQL, where SQL has the same order: that of IRIs by their names."""
        if not self.alone or select.limit is None or select.having:
            return ""
        if any(item.value is not None for item in select.items) and select.word:
            return ""
        keys = []
        for one in select.order:
            bound = found.bound.get(bare(one.value).name)
            catalogue = self.scope.catalogue
            if bound is None or bare(one.value).kind != "variable" or not bound.sure:
                return ""
            if bound.least < catalogue.literals or bound.most >= catalogue.iris:
                return ""
            column = self.scope.column(bare(one.value).name)
            keys.append(f"{column} {'DESC' if one.descending else 'ASC'}")
        order = f" ORDER BY {', '.join(keys)}" if keys else ""
        return f"{order} LIMIT {select.limit + select.offset}"

    # Groups

    def grouped(self, select: Select, found: Relation) -> Counted:
        """A SELECT with groups."""
        keys, found = self.keys(select.keys, found)
        plain = found
        aggregates: dict[str, Aggregate] = {}
        asked = []
        for value in select.values:
            for part in value.walk():
                if part.kind == "aggregate" and self.scope.text(part) not in aggregates:
                    number = f"{self.prefix}{len(aggregates)}"
                    made, found = self.aggregates.aggregate(part, number, found)
                    aggregates[self.scope.text(part)] = made
                    asked.append(part)
        counted = [one for made in aggregates.values() for one in made.sql]
        checks = [one for made in aggregates.values() for one in made.checks]
        columns = [self.scope.column(key) for key in keys if key in found.bound]
        columns += ["NULL" for key in keys if key not in found.bound]
        grouped = ", ".join(self.scope.column(key) for key in keys if key in found.bound)
        told = [*columns, *counted]
        if checks:
            told.append(f"bool_and({' AND '.join(checks)})")
        sql = f"SELECT {', '.join(told)} FROM ({found.sql}) rows"
        if select.grouped:
            sql += f" GROUP BY {grouped}" if grouped else " HAVING count(*) > 0"
        sql, most = self.cut(select, sql, aggregates, len(keys), len(told), bool(checks))
        known = tallied(self.scope, select, plain, keys, asked)
        rows = self.fetch(sql) if known is None else known
        if most is not None and len(rows) > most:
            raise NotRecognised("which of equal groups come first is not said")
        if checks and known is None:
            if not all(row[-1] in {True, None} for row in rows):
                raise NotRecognised("not all that is summed or compared is of one kind of number")
            rows = [row[:-1] for row in rows]
        names = [name for made in aggregates.values() for name in made.names]
        ordered = [key for key in keys if key in found.bound]
        ordered += [key for key in keys if key not in found.bound]
        reads = [made.read for made in aggregates.values() for _ in made.names]
        table = self.table([*ordered, *names], rows, reads)
        said = {text: made.value for text, made in aggregates.items()}
        sql = sql if known is None else f"{LOOKED_UP}{sql}"
        return Counted(self.scope, select, said, table, self.part(select, sql, rows, found))

    def keys(self, items: Sequence[Item], found: Relation) -> tuple[list[str], Relation]:
        """The variables that groups have in common."""
        names = []
        for item in items:
            if not item.variable:
                raise NotRecognised("a key of the groups has no name")
            if item.value is not None:
                found = self.groups.expressions.bind(found, item.value, item.variable)
            if item.variable not in names:
                names.append(item.variable)
        return names, found

    def cut(
        self,
        select: Select,
        sql: str,
        aggregates: dict[str, Aggregate],
        keys: int,
        width: int,
        checked: bool,
    ) -> tuple[str, int | None]:
        """The groups that ORDER BY and LIMIT leave, and how many these may be, if that is so.

        Those that are as good as the last come with it.

        Oxigraph puts them in order. Which of equal groups come first is its own choice where the
        query does not say, so then all of it is left to it.
        """
        if not select.is_cut:
            return sql, None
        if select.having or select.word:
            self.insist_on_total(select)
            return sql, None
        first = bare(select.order[0].value) if select.order else None
        values = {item.variable: item.value for item in select.items if item.value is not None}
        if first is not None and first.kind == "variable" and first.name in values:
            first = bare(values[first.name])
        made = aggregates.get(self.scope.text(first)) if first is not None else None
        if first is None or made is None or first.name not in ORDERING or select.limit is None:
            self.insist_on_total(select)
            return sql, None
        place = keys
        for one in aggregates.values():
            if one is made:
                break
            place += len(one.sql)
        last = select.limit + select.offset
        direction = "DESC" if select.order[0].descending else "ASC"
        column = ORDERING[first.name].format(f"col{place}")
        named = f"({sql}) AS q({', '.join(f'col{i}' for i in range(width))})"
        ranked = f"rank() OVER (ORDER BY {column} {direction}) <= {last}"
        # What cannot be summed has another place in order: one such group, and all is left.
        odd = f" OR NOT coalesce(col{width - 1}, true)" if checked else ""
        sql = f"SELECT * FROM {named} QUALIFY {ranked}{odd}"
        return sql, None if self.alone or select.is_total else last

    def insist_on_total(self, select: Select) -> None:
        """Raise NotRecognised when a LIMIT may cut between groups that are equally good."""
        if not select.is_total:
            self.insist_on_order("which of equal groups come first is not said")

    def insist_on_borders(self, counted: Counted) -> None:
        """Raise NotRecognised unless the first and last rows left differ in order from the next."""
        select, table = counted.select, counted.table
        made = {item.variable: item.value for item in select.items if item.value is not None}
        keys = {}
        for place, one in enumerate(select.order):
            value = bare(one.value)
            value = made.get(value.name, one.value) if value.kind == "variable" else one.value
            said = put_in(value, self.scope.query.text, counted.aggregates)
            keys[f"{self.prefix}by{place}"] = (said, one.descending)
        if len(table.rows) > MOST_ORDERED or not is_sure(
            self.scope.prologue, table.as_values(), keys, select
        ):
            raise NotRecognised("which of equal rows come first is not said")

    def insist_on_order(self, why: str) -> None:
        """Raise NotRecognised where a store is there that chooses between equal rows."""
        if not self.alone:
            raise NotRecognised(why)

    def table(
        self,
        names: Sequence[str],
        rows: Sequence[Sequence[object]],
        reads: Sequence[Callable[[Any], str]] = (),
    ) -> Table:
        """Rows of terms; the first columns are numbers of terms, the last are read by `reads`."""
        scope, width = self.scope, len(names) - len(reads)
        columns = []
        for place, column in enumerate(zip(*rows, strict=True)):
            read = reads[place - width] if place >= width else scope.read
            if place < width or read is integer:
                known = {value: read(value) for value in set(column)}
                columns.append([known[value] for value in column])
            else:  # sums come with what they are of
                columns.append([read(value) for value in column])
        made = list(zip(*columns, strict=True)) if names else [()] * len(rows)
        return Table(names, made)

    def fetch(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of SQL; raises NotRecognised for very many."""
        rows = self.scope.fetch(f"SELECT * FROM ({sql}) LIMIT {MOST_ROWS + 1}")
        if len(rows) > MOST_ROWS:
            raise NotRecognised("very many rows would be handed over")
        return list(rows)

    def part(self, select: Select, sql: str, rows: Sequence[object], found: Relation) -> Part:
        """What `explain` tells of a SELECT."""
        text = self.scope.query.text[select.start : select.end]
        return Part(text, sql, len(rows), int(min(found.rows, 1e15)), 0.0)
