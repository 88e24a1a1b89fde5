"""Batches of queries in both versions of the API, and the candidates that answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from homegraph.endpoint.reconcile.kinds import Json, as_types, words
from homegraph.endpoint.reconcile.properties import Property, property_of
from homegraph.endpoint.reconcile.reading import (
    BATCH,
    CANDIDATES,
    LONGEST,
    MOST_CANDIDATES,
    MOST_PROPERTIES,
    Value,
    a_flag,
    a_limit,
    a_list,
    a_text,
    an_object,
    insist_on_size,
    one_of,
    only,
    values,
)
from homegraph.endpoint.reconcile.service import Service
from homegraph.graph.errors import AskError
from homegraph.graph.matching.question import Candidate, Question

OLD = ("query", "type", "limit", "properties", "type_strict")
STRICT = ("should", "all", "any")
NEW = ("conditions", "type", "limit", "lang", "dir")
CONDITION = (
    *("matchType", "propertyId", "propertyValue", "required", "matchQuantifier", "matchQualifier"),
    *("lang", "dir"),
)
ANY = "any"
QUANTIFIERS = (ANY, "all", "none")
UNIT = "queries in a request"


@dataclass(frozen=True)
class Condition:
    """What candidates are to have (1.0-draft): one of some names, or values of a property."""

    values: tuple[str, ...]
    what: Property | None = None
    quantifier: str = ANY
    required: bool = False

    @property
    def is_needed(self) -> bool:
        """Whether a candidate that does not keep it is left out."""
        return self.what is not None and (self.required or self.quantifier != ANY)

    def holds(self, service: Service, candidate: Candidate) -> bool:
        """Whether a candidate keeps it."""
        said = self.what.texts(service.world, candidate.iri) if self.what else set()
        kept = [value.casefold() in said for value in self.values]
        return {ANY: any(kept), "all": all(kept), "none": not any(kept)}[self.quantifier]


@dataclass(frozen=True)
class Query:
    """One query: the names of one thing, what is known of it besides, and what it has to be."""

    names: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    limit: int = CANDIDATES
    strict: bool = False
    needed: tuple[Condition, ...] = ()

    def questions(self) -> list[Question]:
        """What matching is asked: once for each name; a code alone is a name too."""
        names = self.names or tuple(filter(None, [self.context.get("code", "")]))
        limit = MOST_CANDIDATES if self.needed else self.limit
        return [
            Question(name, self.kinds, self.context, limit, self.strict)
            for name in names
            if name.strip() and len(name) <= LONGEST
        ]


def old_batch(given: Value) -> dict[str, Query]:
    """The queries of a batch of version 0.2, by their keys; raises AskError and TooLong."""
    batch = an_object(given, "queries")
    insist_on_size(len(batch), BATCH, UNIT)
    return {key: old_query(an_object(one, key), key[:50]) for key, one in batch.items()}


def old_query(given: Mapping[str, Value], at: str) -> Query:
    """A query of version 0.2; raises AskError."""
    only(given, OLD, at)
    name = given.get("query")
    said_of_it = given.get("properties")
    properties = a_list([] if said_of_it is None else said_of_it, f"{at}: properties")
    if name is None and not properties:
        raise AskError(f"{at} has neither a query nor properties")
    insist_on_size(len(properties), MOST_PROPERTIES, "properties of a query")
    context: dict[str, str] = {}
    for one in properties:
        said = an_object(one, f"{at}: properties")
        what = property_of(a_text(said.get("pid"), f"{at}: pid"))
        tell(context, what, values(said.get("v"), f"{at}: v"))
    asked = given.get("type")
    types = [asked] if isinstance(asked, str) else a_list(asked or [], f"{at}: type")
    ids = [a_text(one.get("id") if isinstance(one, dict) else one, f"{at}: type") for one in types]
    strict = given.get("type_strict") or STRICT[0]
    return Query(
        () if name is None else (a_text(name, f"{at}: query"),),
        words(filter(None, ids)),
        context,
        a_limit(given.get("limit"), f"{at}: limit"),
        one_of(strict, STRICT, f"{at}: type_strict") != STRICT[0],
    )


def new_batch(given: Value) -> list[Query]:
    """The queries of a batch of version 1.0-draft, in order; raises AskError and TooLong."""
    batch = a_list(an_object(given, "the body").get("queries"), "queries")
    insist_on_size(len(batch), BATCH, UNIT)
    named = ((f"queries[{number}]", one) for number, one in enumerate(batch))
    return [new_query(an_object(one, at), at) for at, one in named]


def new_query(given: Mapping[str, Value], at: str) -> Query:
    """A query of version 1.0-draft; raises AskError."""
    only(given, NEW, at)
    listed = a_list(given.get("conditions"), f"{at}: conditions")
    if not listed:
        raise AskError(f"{at} has no conditions; it needs one")
    insist_on_size(len(listed), MOST_PROPERTIES, "conditions of a query")
    places = (f"{at}: conditions[{number}]" for number in range(len(listed)))
    conditions = [condition(an_object(*one), one[1]) for one in zip(listed, places, strict=True)]
    context: dict[str, str] = {}
    for one in conditions:
        if one.what is not None and one.quantifier != "none":
            tell(context, one.what, one.values)
    asked = given.get("type")
    return Query(
        tuple(name for one in conditions if one.what is None for name in one.values),
        () if asked is None else words([a_text(asked, f"{at}: type")]),
        context,
        a_limit(given.get("limit"), f"{at}: limit"),
        needed=tuple(one for one in conditions if one.is_needed),
    )


def condition(given: Mapping[str, Value], at: str) -> Condition:
    """One condition of a query; raises AskError."""
    only(given, CONDITION, at)
    how = one_of(given.get("matchQuantifier", ANY), QUANTIFIERS, f"{at}: matchQuantifier")
    if given.get("matchQualifier") is not None:
        raise AskError(f"{at}: no property has a matchQualifier here")
    kind = one_of(given.get("matchType"), ("name", "property"), f"{at}: matchType")
    said = tuple(values(given.get("propertyValue"), f"{at}: propertyValue"))
    required = a_flag(given.get("required", False), f"{at}: required")
    if kind == "property":
        what = property_of(a_text(given.get("propertyId"), f"{at}: propertyId"))
        return Condition(said, what, how, required)
    if how == "none" or (how == "all" and len(said) > 1):
        raise AskError(f"{at}: of names, any can be matched, not {how}")
    return Condition(said)


def tell(context: dict[str, str], what: Property, said: Sequence[str]) -> None:
    """Note what is known of a thing, if matching can use it: the first value of several."""
    if what.tells and said:
        context.setdefault(what.tells, said[0])


def asked(service: Service, queries: Sequence[Query]) -> list[list[Candidate]]:
    """The candidates of each query, best first."""
    every = [[(query, one) for one in query.questions()] for query in queries]
    answers = iter(service.ask([one for some in every for _, one in some]))
    return [
        chosen(service, query, [next(answers) for _ in some])
        for query, some in zip(queries, every, strict=True)
    ]


def chosen(
    service: Service, query: Query, answers: Sequence[Sequence[Candidate]]
) -> list[Candidate]:
    """The candidates of one query, from those of each of its names: sure where one is alone."""
    best: dict[str, Candidate] = {}
    for candidate in (one for some in answers for one in some):
        if candidate.iri not in best or best[candidate.iri].score < candidate.score:
            best[candidate.iri] = candidate
    found = sorted(best.values(), key=lambda one: (-one.score, one.iri))
    for needed in query.needed:
        found = [one for one in found if needed.holds(service, one)]
    if sum(one.match for one in found) > 1:
        found = [replace(one, match=False) for one in found]
    return found[: query.limit]


def as_old(found: Sequence[Candidate]) -> Json:
    """The answer to a query as version 0.2 has it."""
    return {"result": [as_json(one) for one in found]}


def as_new(found: Sequence[Candidate]) -> Json:
    """The answer to a query as version 1.0-draft has it."""
    return {"candidates": [as_json(one) for one in found]}


def as_json(candidate: Candidate) -> Json:
    """A candidate; its score is the probability that it is right, in per cent."""
    said: Json = {
        "id": candidate.iri,
        "name": candidate.label or candidate.iri,
        "score": round(100 * candidate.score, 2),
        "match": candidate.match,
        "type": as_types(candidate.kinds),
        "features": [
            {"id": key.replace(" ", "_"), "name": key.capitalize(), "value": round(value, 4)}
            for key, value in candidate.features.items()
        ],
    }
    return said | {"description": candidate.description} if candidate.description else said
