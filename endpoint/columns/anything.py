"""Patterns whose property is a variable: whatever is said of a few things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from homegraph.endpoint.columns.lookups import Statement, statements
from homegraph.endpoint.columns.relations import joined, nothing
from homegraph.endpoint.columns.scope import Relation, Scope
from homegraph.endpoint.columns.syntax import Constant, NotRecognised, Triple

Given = Callable[[Scope, Sequence[str], Sequence[Sequence[int | None]]], Relation]
MOST_THINGS = 5_000  # of which everything that is said is read


def of_one(scope: Scope, triple: Triple, given: Given) -> Relation:
    """Whatever is said of one named thing."""
    assert isinstance(triple.subject, Constant)
    number = scope.number(triple.subject.text)
    return as_relation(scope, triple, list(statements(scope.files, [number])), given)


def of_found(scope: Scope, triple: Triple, found: Relation, given: Given) -> Relation:
    """Rows with whatever is said of the things in them; raises NotRecognised for very many."""
    name = "" if isinstance(triple.subject, Constant) else triple.subject.name
    if name not in found.bound or not found.bound[name].sure:
        raise NotRecognised("a property is a variable")
    sql = f"SELECT DISTINCT {scope.column(name)} FROM ({found.sql}) LIMIT {MOST_THINGS + 1}"
    things = [row[0] for row in scope.fetch(sql) if row[0] is not None]
    if len(things) > MOST_THINGS:
        raise NotRecognised("a property of very many things is a variable")
    said = list(statements(scope.files, sorted(things))) if things else []
    return joined(scope, [found, as_relation(scope, triple, said, given)])


def as_relation(scope: Scope, triple: Triple, said: list[Statement], given: Given) -> Relation:
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
