"""Looks up statements in columns: what is said of a thing, and who points at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from homegraph.endpoint.columns.scope import Files
from homegraph.graph.columns.catalogue import Column, Wide

AT_ONCE = 2_000  # statements that are read in one go
Term = NamedNode | BlankNode | Literal
Statement = tuple[int, int, int]  # numbers of subject, predicate, object


def statements(
    files: Files,
    subjects: Sequence[int] | None = None,
    p: int | None = None,
    o: int | None = None,
) -> Iterator[Statement]:
    """The statements with one of some subjects, a property, an object, as far as they are given.

    Each is looked up where it lies: a cell of a wide table or a row of the narrow one. One that no
    table can hold, as what the tables say of themselves tells, is not looked for.
    """
    catalogue, left = files.catalogue, set(subjects or ())  # those that no wide table has
    elsewhere: set[int] = set()  # properties that the narrow table has of things of wide ones
    for wide in catalogue.wide:
        columns = [
            column
            for column in wide.columns
            if p in {None, column.predicate} and (o is None or column.least <= o <= column.most)
        ]
        if subjects is None:
            for column in columns:
                yield from rows(files, cells(wide, column, o))
        elif near := [s for s in subjects if wide.first <= s <= wide.last]:
            here: set[int] = set()
            yield from cells_of(files, wide, columns, near, o, here)
            left -= here
            elsewhere.update(wide.elsewhere if here else ())
    if p is not None and p not in catalogue.by_predicate:
        return
    where = [] if subjects is None else [among("s", subjects)]
    where += [f"{name} = {n}" for name, n in (("p", p), ("o", o)) if n is not None]
    if subjects is not None and not left:
        if not elsewhere:
            return
        where.append(among("p", sorted(elsewhere)))
    yield from rows(files, f"SELECT s, p, o FROM statements WHERE {' AND '.join(where) or 'true'}")


def among(column: str, numbers: Sequence[int]) -> str:
    """A condition that a column is one of some numbers, of which there is one at least."""
    if len(numbers) == 1:  # DuckDB looks for one number in fewer parts of a file
        return f"{column} = {numbers[0]}"
    return f"{column} IN ({', '.join(map(str, numbers))})"


def rows(files: Files, sql: str) -> Iterator[Statement]:
    """The rows of SQL, as they are wanted."""
    cursor = files.connection.cursor()
    cursor.execute(sql)
    while some := cursor.fetchmany(AT_ONCE):
        yield from some


def cells(wide: Wide, column: Column, o: int | None) -> str:
    """SQL for the statements of one column."""
    value, where = f"p{column.predicate}", "true"
    if column.same:
        value = f"{column.least}::UINTEGER"
    else:
        where = f"{value} IS NOT NULL" if o is None else f"{value} = {o}"
    return f'SELECT s, {column.predicate}::UINTEGER, {value} FROM "{wide.file}" WHERE {where}'


def cells_of(
    files: Files,
    wide: Wide,
    columns: Sequence[Column],
    subjects: Sequence[int],
    o: int | None,
    here: set[int],
) -> Iterator[Statement]:
    """The statements of some things of a table; adds to `here` those that the table has."""
    values = [f"{c.least}" if c.same else f"p{c.predicate}" for c in columns]
    sql = f'SELECT {", ".join(["s", *values])} FROM "{wide.file}" WHERE {among("s", subjects)}'
    for s, *row in files.connection.cursor().execute(sql).fetchall():
        here.add(s)
        for column, value in zip(columns, row, strict=True):
            if value is not None and o in {None, value}:
                yield s, column.predicate, value


def quads(
    files: Files, s: Term | None = None, p: NamedNode | None = None, o: Term | None = None
) -> Iterator[Quad]:
    """The statements with some terms, without the graph they are in, which columns do not know."""
    numbers: list[int | None] = []
    for term in (s, p, o):
        number = None if term is None else files.dictionary.number(str(term))
        if term is not None and number is None:
            return
        numbers.append(number)
    waiting: list[Statement] = []
    subject, predicate, value = numbers
    for statement in statements(files, None if subject is None else [subject], predicate, value):
        waiting.append(statement)
        if len(waiting) == AT_ONCE:
            yield from as_quads(files, waiting)
            waiting = []
    yield from as_quads(files, waiting)


def as_quads(files: Files, found: Sequence[Statement]) -> Iterator[Quad]:
    """Numbers of terms as terms."""
    term = files.dictionary.term
    text = "".join(f"{term(s)} {term(p)} {term(o)} .\n" for s, p, o in found)
    yield from parse(text.encode(), RdfFormat.N_QUADS, lenient=True)
