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

    What is said of a thing is read from the rows of tables; what no subject is given for is looked
    up in Parquet: a cell of a wide table or a row of the narrow one.
    """
    if subjects is not None:
        for subject in subjects:
            for predicate, value in files.cells.said_of(subject):
                if p in {None, predicate} and o in {None, value}:
                    yield subject, predicate, value
        return
    for wide in files.catalogue.wide:
        for column in wide.columns:
            if p in {None, column.predicate} and (o is None or column.least <= o <= column.most):
                yield from rows(files, cells(wide, column, o))
    if p is None or p in files.catalogue.by_predicate:
        where = [f"{name} = {n}" for name, n in (("p", p), ("o", o)) if n is not None]
        sql = f"SELECT s, p, o FROM statements WHERE {' AND '.join(where) or 'true'}"
        yield from rows(files, sql)


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
