"""Makes constraints of what stands on a shape (SHACL 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from homegraph.graph.shacl import together, values
from homegraph.graph.shacl.shapes import Constraint, Shape
from homegraph.graph.shacl.sparql import Sparql, question
from homegraph.graph.shacl.terms import is_iri, matcher, parts
from homegraph.graph.shacl.wellformed import (
    CannotRun,
    a_literal,
    a_string,
    an_iri,
    sh,
    truth,
    whole,
)

if TYPE_CHECKING:
    from homegraph.graph.shacl.reading import Reader

# What makes constraints of one value of one property of a shape, and whether it may have several
Make = Callable[["Reader", Shape, str], Iterator[Constraint]]


def one(make: Callable[[str], Constraint]) -> Make:
    """For a property whose value alone makes the constraint."""

    def maker(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
        yield make(value)

    return maker


def of_shape(make: Callable[[Shape], Constraint], path: bool | None = None) -> Make:
    """For a property whose value is a shape: with a path, without one, or either."""

    def maker(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
        inner = reader.shape(value, shape.within)
        if path is not None and (inner.path is not None) != path:
            raise CannotRun(f"{value} is a {'node' if path else 'property'} shape")
        yield make(inner)

    return maker


def of_shapes(make: Callable[[tuple[Shape, ...]], Constraint]) -> Make:
    """For a property whose value is a list of shapes."""

    def maker(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
        members = reader.members(value)
        if not members:
            raise CannotRun(f"{shape.name} has an empty list of shapes")
        yield make(tuple(reader.shape(member, shape.within) for member in members))

    return maker


def pattern(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
    """sh:pattern with sh:flags."""
    said = sorted(reader.graph.objects(shape.name, sh("flags")))
    if len(said) > 1:
        raise CannotRun(f"{shape.name} has sh:flags more than once")
    flags = a_string(said[0]) if said else ""
    try:
        yield values.Pattern(matcher(a_string(value), flags))
    except ValueError as error:
        asked = values.SparqlPattern(", ".join([value, *said]))
        if not asked.is_readable():
            raise CannotRun(f"{shape.name}: {error}") from error
        yield asked


def language_in(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
    """sh:languageIn."""
    yield values.LanguageIn(tuple(a_string(member) for member in reader.members(value)))


def unique_lang(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
    """sh:uniqueLang, which only the term true itself turns on (4.4.5)."""
    if truth(value) and parts(value).lexical == "true":
        yield together.UniqueLang()


def member_of(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
    """sh:in."""
    yield values.In(frozenset(reader.members(value)))


def closed(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
    """sh:closed with sh:ignoredProperties."""
    ignored = sorted(reader.graph.objects(shape.name, sh("ignoredProperties")))
    if len(ignored) > 1:
        raise CannotRun(f"{shape.name} has sh:ignoredProperties more than once")
    allowed = {an_iri(member) for node in ignored for member in reader.members(node)}
    for inner in reader.graph.objects(shape.name, sh("property")):
        allowed.update(filter(is_iri, reader.graph.objects(inner, sh("path"))))
    if truth(value):
        yield together.Closed(frozenset(allowed))


def qualified(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
    """sh:qualifiedValueShape with its counts."""
    inner = reader.shape(value, shape.within)
    siblings = reader.siblings(shape.name, value)
    least = reader.whole(shape.name, "qualifiedMinCount")
    most = reader.whole(shape.name, "qualifiedMaxCount")
    if least is None and most is None:
        raise CannotRun(f"{shape.name} has sh:qualifiedValueShape without a count")
    if least is not None:
        yield together.QualifiedMinCount(inner, siblings, least)
    if most is not None:
        yield together.QualifiedMaxCount(inner, siblings, most)


def sparql(reader: Reader, shape: Shape, value: str) -> Iterator[Constraint]:
    """sh:sparql."""
    graph = reader.graph
    if any(map(truth, graph.objects(value, sh("deactivated")))):
        return
    selects = list(graph.objects(value, sh("select")))
    if len(selects) != 1:
        raise CannotRun(f"{shape.name} has a sh:sparql without one sh:select")
    messages = tuple(sorted(map(a_literal, graph.objects(value, sh("message")))))
    asked = question(a_string(selects[0]), reader.prefixes(value), shape.path, shape.name)
    yield Sparql(value, asked, messages)


def kind(term: str) -> Constraint:
    """sh:nodeKind."""
    if term not in values.KINDS:
        raise CannotRun(f"{term} is not a kind of node")
    return values.NodeKind(values.KINDS[term])


CONSTRAINTS: dict[str, tuple[Make, bool]] = {
    "class": (one(lambda term: values.Class(an_iri(term))), True),
    "datatype": (one(lambda term: values.Datatype(an_iri(term)[1:-1])), False),
    "nodeKind": (one(kind), False),
    "minCount": (one(lambda term: together.MinCount(whole(term))), False),
    "maxCount": (one(lambda term: together.MaxCount(whole(term))), False),
    "minExclusive": (one(lambda term: values.MinExclusive(a_literal(term))), False),
    "minInclusive": (one(lambda term: values.MinInclusive(a_literal(term))), False),
    "maxExclusive": (one(lambda term: values.MaxExclusive(a_literal(term))), False),
    "maxInclusive": (one(lambda term: values.MaxInclusive(a_literal(term))), False),
    "minLength": (one(lambda term: values.MinLength(whole(term))), False),
    "maxLength": (one(lambda term: values.MaxLength(whole(term))), False),
    "pattern": (pattern, True),
    "languageIn": (language_in, False),
    "uniqueLang": (unique_lang, False),
    "equals": (one(lambda term: together.Equals(an_iri(term))), True),
    "disjoint": (one(lambda term: together.Disjoint(an_iri(term))), True),
    "lessThan": (one(lambda term: together.LessThan(an_iri(term))), True),
    "lessThanOrEquals": (one(lambda term: together.LessThanOrEquals(an_iri(term))), True),
    "not": (of_shape(values.Not), True),
    "and": (of_shapes(values.And), True),
    "or": (of_shapes(values.Or), True),
    "xone": (of_shapes(values.Xone), True),
    "node": (of_shape(values.Node, path=False), True),
    "property": (of_shape(together.Property, path=True), True),
    "qualifiedValueShape": (qualified, False),
    "closed": (closed, False),
    "hasValue": (one(together.HasValue), True),
    "in": (member_of, False),
    "sparql": (sparql, True),
}
