"""Data extension: values of properties of things that were matched before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.display import labels
from homegraph.endpoint.reconcile.kinds import KINDS, Json
from homegraph.endpoint.reconcile.properties import Property, property_of
from homegraph.endpoint.reconcile.reading import (
    BATCH,
    MOST_PROPERTIES,
    Value,
    a_list,
    a_text,
    an_object,
    insist_on_size,
)
from homegraph.endpoint.reconcile.service import Service
from homegraph.graph.errors import AskError
from homegraph.graph.terms import XSD

NUMBERS = {XSD.integer: int, XSD.nonNegativeInteger: int, XSD.positiveInteger: int}
Values = Sequence[NamedNode | Literal]


@dataclass(frozen=True)
class Column:
    """A property to fetch, as the client names it, with what was set for it."""

    asked: str
    what: Property
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Extension:
    """What is asked for: some properties of some things."""

    ids: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Fetched:
    """The values of one column by thing, and the labels of those that are things."""

    column: Column
    values: Mapping[str, Values]
    labels: Mapping[str, str]

    def cells(self, thing: str) -> list[Json]:
        """The values of a thing as both versions write them."""
        return [cell(one, self.labels) for one in self.values.get(thing, ())]

    def meta(self) -> Json:
        """What is said of the column."""
        said: Json = {"id": self.column.asked, "name": self.column.what.name}
        kind = KINDS.get(self.column.what.type)
        return said | {"type": {"id": kind.iri, "name": kind.name}} if kind else said


def extension(given: Value) -> Extension:
    """What a data extension query asks; raises AskError and TooLong."""
    query = an_object(given, "extend")
    ids = [a_text(one, "ids") for one in a_list(query.get("ids"), "ids")]
    insist_on_size(len(ids), BATCH, "things in a request")
    if "" in ids:
        raise AskError("ids: an identifier is not empty")
    properties = a_list(query.get("properties"), "properties")
    insist_on_size(len(properties), MOST_PROPERTIES, "properties in a request")
    return Extension(
        tuple(dict.fromkeys(ids)),
        tuple(column(an_object(one, "properties"), "properties") for one in properties),
    )


def column(given: Mapping[str, Value], at: str) -> Column:
    """One property to fetch; raises AskError."""
    asked = a_text(given.get("id"), f"{at}: id")
    settings = an_object(given.get("settings") or {}, f"{at}: settings")
    unknown = [name for name in settings if name != "period"]
    if unknown:
        raise AskError(f"{at}: there is no setting {unknown[0][:50]!r}; there is period")
    period = settings.get("period")
    text = "" if period is None else str(period).strip()  # some send 2023 as a number
    return Column(asked, property_of(asked), {"period": text} if text else {})


def fetched(service: Service, asked: Extension) -> list[Fetched]:
    """All values, one query for each column; of what is none of ours there are none."""
    known = [one for one in asked.ids if service.known(one) is not None]
    found = []
    for one in asked.columns:
        several = one.what.values(service.world, known, one.settings)
        terms = {term for some in several.values() for term in some}
        found.append(Fetched(one, several, labels(service.world, terms)))
    return found


def as_old(asked: Extension, found: Sequence[Fetched]) -> Json:
    """The answer as version 0.2 has it."""
    rows = {one: {some.column.asked: some.cells(one) for some in found} for one in asked.ids}
    return {"meta": [one.meta() for one in found], "rows": rows}


def as_new(asked: Extension, found: Sequence[Fetched]) -> Json:
    """The answer as version 1.0-draft has it."""
    rows = [
        {
            "id": one,
            "properties": [{"id": some.column.asked, "values": some.cells(one)} for some in found],
        }
        for one in asked.ids
    ]
    return {"meta": [one.meta() for one in found], "rows": rows}


def cell(value: NamedNode | Literal, known: Mapping[str, str]) -> Json:
    """One value: a thing, a number, or a text."""
    if isinstance(value, NamedNode):
        return {"id": value.value, "name": known.get(value.value) or value.value}
    if value.datatype in NUMBERS:
        return {"int": int(value.value)}
    if value.datatype == XSD.decimal:
        return {"float": float(value.value)}
    return {"str": value.value}
