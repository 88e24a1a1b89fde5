"""Patterns whose property is a variable: whatever is said of a few things."""

from __future__ import annotations

from dataclasses import replace

from homegraph.endpoint.columns.lookups import Statement, statements
from homegraph.endpoint.columns.relations import given, joined, nothing
from homegraph.endpoint.columns.scope import Bound, Relation, Scope
from homegraph.endpoint.columns.syntax import Constant, NotRecognised, Triple, Variable

MOST_THINGS = 5_000  # of which everything that is said is read


def of_one(scope: Scope, triple: Triple) -> Relation:
    """Whatever is said of one named thing."""
    assert isinstance(triple.subject, Constant)
    number = scope.number(triple.subject.text)
    return as_relation(scope, triple, list(statements(scope.files, [number])))


def of_found(scope: Scope, triple: Triple, found: Relation) -> Relation:
    """Rows with whatever is said of the things in them; raises NotRecognised for very many."""
    name = "" if isinstance(triple.subject, Constant) else triple.subject.name
    if name not in found.bound or not found.bound[name].sure:
        raise NotRecognised("a property is a variable")
    sql = f"SELECT DISTINCT {scope.column(name)} FROM ({found.sql}) LIMIT {MOST_THINGS + 1}"
    things = [row[0] for row in scope.fetch(sql) if row[0] is not None]
    if len(things) > MOST_THINGS:
        raise NotRecognised("a property of very many things is a variable")
    said = list(statements(scope.files, sorted(things))) if things else []
    return joined(scope, [found, as_relation(scope, triple, said)])


def of_object(scope: Scope, triple: Triple) -> Relation:
    """Whatever points at one term, with any property."""
    assert isinstance(triple.subject, Variable) and isinstance(triple.object, Constant)
    number, subject, name = scope.number(triple.object.text), triple.subject.name, triple.path.iri
    if subject == name:
        raise NotRecognised("a thing is its own property")
    s, p = scope.column(subject), scope.column(name)
    parts, rows = [], 0.0
    for wide in scope.catalogue.wide:
        for column in wide.columns:
            if column.least <= number <= column.most:
                where = "true" if column.same else f"p{column.predicate} = {number}"
                parts.append(
                    f"SELECT s AS {s}, {column.predicate}::UINTEGER AS {p} "
                    f'FROM "{wide.file}" WHERE {where}'
                )
                rows += column.about(number)
    narrow = [one for one in scope.catalogue.narrow if one.least <= number <= one.most]
    if narrow:
        among = ", ".join(str(one.predicate) for one in narrow)
        parts.append(
            f"SELECT s AS {s}, p AS {p} FROM statements WHERE p IN ({among}) AND o = {number}"
        )
        rows += sum(one.about(number) for one in narrow)
    if not parts:
        return nothing(scope, [subject, name])
    sql = " UNION ALL ".join(parts)
    bound = {
        each: Bound(True, f"SELECT {scope.column(each)} AS v FROM ({sql})", max(1, int(rows)))
        for each in (subject, name)
    }
    return Relation(sql, bound, rows, rows)


def as_relation(scope: Scope, triple: Triple, said: list[Statement]) -> Relation:
    """Statements as rows of the variables that a pattern has for them."""
    ends = (triple.subject, triple.object)
    names = [None if isinstance(node, Constant) else node.name for node in ends]
    names.insert(1, triple.path.iri)
    if isinstance(triple.object, Constant):
        wanted = scope.number(triple.object.text)
        said = [statement for statement in said if statement[2] == wanted]
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        if name is None:
            continue
        if name in places:
            said = [one for one in said if one[places[name]] == one[place]]
        places.setdefault(name, place)
    if not said:
        return nothing(scope, list(places))
    rows = [[statement[place] for place in places.values()] for statement in said]
    return replace(given(scope, list(places), rows), touched=len(rows))
