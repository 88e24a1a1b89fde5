"""How a term looks on a page: its label, where it leads, and what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Generic, TypeVar
from urllib.parse import quote, unquote

from flask import request
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from homegraph.endpoint.periods import called
from homegraph.endpoint.world import World
from homegraph.graph.iri import CONCEPT, VOCABULARY
from homegraph.graph.labels import LABELS, preference
from homegraph.graph.terms import PREFIXES, XSD

Term = NamedNode | BlankNode | Literal | Triple

LINKED = {"http", "https", "mailto"}
MOST_KEPT = 20_000  # labels; a few MB


@dataclass(frozen=True)
class Shown:
    """One term on a page.

    `href` leads to it, if anywhere; `note` is its language or datatype; `about` is our page
    on a name that others own; `inner` says more of a thing without a name.
    """

    text: str
    href: str = ""
    note: str = ""
    about: str = ""
    iri: str = ""
    lang: str = ""
    inner: list[tuple[Shown, list[Shown]]] = field(default_factory=list)


T = TypeVar("T")


@dataclass(frozen=True)
class Later(Generic[T]):
    """A part of a page that was read but for its labels, which are asked for all parts at once."""

    terms: Iterable[Term]
    look: Callable[[Mapping[str, str]], T]


@lru_cache(maxsize=MOST_KEPT)
def compact(iri: str) -> str:
    """Write an IRI with a prefix we know, or as it is.

    >>> compact(XSD.date.value)
    'xsd:date'
    """
    matches = [(ns, prefix) for prefix, ns in PREFIXES.items() if iri.startswith(ns)]
    if not matches:
        return iri
    namespace, prefix = max(matches)
    local = iri[len(namespace) :]
    return f"{prefix}:{local}" if local and "/" not in local else iri


def brief(world: World, iri: str) -> str:
    """Write an IRI that has no label: ours by its path, a period in words, others by their end."""
    for stem in (world.base + "id/", world.base + "data/", world.base, CONCEPT):
        if iri.startswith(stem) and len(iri) > len(stem):
            return unquote(iri[len(stem) :])
    if period := called(iri):
        return period
    prefix, _, local = compact(iri).partition(":")
    return in_words(local) if prefix in PREFIXES else iri


def in_words(local: str) -> str:
    """Read a local name as words; a code in capitals stays as it is.

    >>> in_words("landingPage")
    'landing page'
    """
    if not re.search("[a-z]", local):
        return local
    return re.sub(r"(?<=[a-z0-9])[A-Z](?=[a-z])", lambda match: f" {match[0].lower()}", local)


def here(world: World, iri: str) -> str | None:
    """The path on this server that answers for an IRI, if one does."""
    root = request.script_root
    if iri.startswith(world.base):
        path = iri[len(world.base) :]
        return None if path.startswith("/") else f"{root}/{path}"  # //name is another server
    if iri.startswith(VOCABULARY) and world.has_words:
        return f"{root}/def/{iri[len(VOCABULARY) :]}"
    return None


def about(iri: str) -> str:
    """The path of our page on a name that others own."""
    return f"{request.script_root}/describe?uri={quote(iri, safe='')}"


def shown(world: World, term: Term, labels: Mapping[str, str]) -> Shown:
    """How a term looks, given the labels that are known."""
    if isinstance(term, Literal):
        return shown_literal(term)
    if isinstance(term, BlankNode):
        return Shown("(without a name)")
    if isinstance(term, Triple):
        return Shown(str(term))
    local = here(world, term.value)
    text = labels.get(term.value) or brief(world, term.value)
    short = compact(term.value)
    note = short if short not in {text, term.value} else ""
    if local is not None:
        return Shown(text, local, iri=term.value, note=note)
    return Shown(text, link(term.value), note=note, about=about(term.value), iri=term.value)


def link(address: str) -> str:
    """An address that a page may lead to; nothing for what a browser would run.

    >>> link("https://example.org/"), link("javascript:alert(1)")
    ('https://example.org/', '')
    """
    return address if address.partition(":")[0].lower() in LINKED else ""


def shown_literal(literal: Literal) -> Shown:
    """How a literal looks; an address is a link."""
    if literal.language:
        return Shown(literal.value, note=literal.language, lang=literal.language)
    if literal.datatype == XSD.string:
        return Shown(literal.value)
    href = link(literal.value) if literal.datatype == XSD.anyURI else ""
    return Shown(literal.value, href, note=compact(literal.datatype.value))


def labels(world: World, terms: Iterable[Term]) -> dict[str, str]:
    """The labels of all names among the terms, in one query; English before other languages.

    Words and codes stand on most pages, so what was found is kept for the next.
    """
    iris = {term.value for term in terms if isinstance(term, NamedNode)}
    found = {iri: text for iri in iris if (text := world.labels.get(iri)) is not None}
    if missing := sorted(iris - found.keys()):
        asked = dict.fromkeys(missing, "") | labels_of(world, missing)
        if len(world.labels) + len(asked) > MOST_KEPT:
            world.labels.clear()
        world.labels.update(asked)
        found |= asked
    return {iri: text for iri, text in found.items() if text}


def labels_of(world: World, iris: Iterable[str]) -> dict[str, str]:
    """The labels of names, as the store has them."""
    values = " ".join(f"<{iri}>" for iri in iris)
    path = "|".join(str(predicate) for predicate in LABELS)
    query = f"SELECT ?x ?label {{ VALUES ?x {{ {values} }} ?x {path} ?label }}"
    found: dict[str, list[Literal]] = {}
    rows: Any = world.store.query(query, use_default_graph_as_union=True)  # a SELECT gives rows
    for row in rows:
        if isinstance(row["label"], Literal):
            found.setdefault(row["x"].value, []).append(row["label"])
    return {iri: min(several, key=preference).value for iri, several in found.items()}
