"""What the editor offers while a query is written: names from our own store, at /sparql/complete.

The names are gathered once in each process, at the first request, and searched in memory: some
thousand entries, because a name is only looked for by its label where there are not too many of
its kind. A map point or a lower layer area is found by a query, not by guessing its name.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.display import in_words
from homegraph.endpoint.formats import JSON
from homegraph.endpoint.reply import reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError
from homegraph.graph.iri import VOCABULARY as OURS
from homegraph.graph.labels import LABELS, preference
from homegraph.graph.terms import (
    CRIME,
    DCAT,
    DCT,
    FOAF,
    GEOF,
    OWL,
    PLACE,
    PREFIXES,
    PROV,
    QB,
    RDF,
    RDFS,
    SKOS,
    SOURCE,
    SPDX,
    STAT,
    XKOS,
    XSD,
)

FOUND = 40  # entries in one answer
LONGEST = 200  # letters of what is looked for
MOST = 2_000  # things of one class, for its things to be found by label
FEW = 100  # things of one class, for their other labels to be read too
SAID = [SKOS.definition, RDFS.comment, DCT.description]
OTHERWISE = [SKOS.altLabel, SKOS.hiddenLabel]
# Parts of a description: whoever wants one asks for what it is a part of.
PARTS = {
    *(CRIME.Slice, CRIME.OutcomeSlice, CRIME.SearchSlice, PLACE.Change, STAT.DeclaredGap),
    *(SOURCE.File, SOURCE.ConfidentialFile, PROV.Entity, SPDX.Checksum, FOAF.Document),
    *(DCAT.Distribution, DCT.RightsStatement, RDFS.Resource, XKOS.ConceptAssociation),
    *(QB.DataStructureDefinition, QB.ComponentSpecification, QB.SliceKey),
    *(QB.AttributeProperty, QB.CodedProperty, QB.DimensionProperty, QB.MeasureProperty),
    *(OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property),
}
SPELT = {iri: prefix for prefix, iri in PREFIXES.items()}
LOCAL = re.compile(r"[A-Za-z0-9_](?:[\w.-]*[\w-])?", re.ASCII)  # of SPARQL 1.1, PN_LOCAL, a part


@dataclass(frozen=True, slots=True)
class Entry:
    """A name that may be written; `key` is what it is found by and stays here."""

    kind: str
    iri: str
    label: str
    name: str = ""  # prefix and local name, where SPARQL can write it so
    prefix: str = ""
    namespace: str = ""
    local: str = ""
    count: int = 0
    description: str = ""
    key: str = ""


def doors(world: World) -> Blueprint:
    """The route; the tables behind it are made when they are first asked for."""
    routes = Blueprint("completion", __name__)
    tables: dict[str, Callable[[], list[Entry]]] = {
        "prefix": cache(lambda: prefixes(world)),
        "class": cache(lambda: words(world, "class", world.classes)),
        "property": cache(lambda: words(world, "property", world.properties)),
        "thing": cache(lambda: [*things(world), *graphs(world)]),
        "graph": cache(lambda: graphs(world)),
    }

    @routes.get("/sparql/complete")
    def complete() -> Response:
        kind, text = request.args.get("kind", ""), request.args.get("text", "").strip()
        if kind not in tables:
            raise AskError(f"kind is one of {', '.join(tables)}")
        if len(text) > LONGEST:
            raise AskError(f"text may have {LONGEST} letters")

        def found() -> str:
            rows = find(tables[kind](), text) if text or kind != "thing" else []
            shown = rows if kind == "prefix" else rows[:FOUND]
            return json.dumps({"found": [sent(one) for one in shown]})

        return reply(world, JSON, found, "complete", kind, text)

    return routes


def sent(entry: Entry) -> dict[str, object]:
    """An entry as it is sent: without what is empty."""
    return {name: value for name, value in asdict(entry).items() if value and name != "key"}


def find(table: Iterable[Entry], text: str) -> list[Entry]:
    """The entries that a text may mean, the likeliest first; all for no text.

    The whole label comes before its beginning, that before the beginning of a word, that before
    any other place; within these what is used more comes first.
    """
    if "://" in text:
        rank = partial(spelt, text)
    elif ":" in text:
        prefix, _, local = text.partition(":")
        rank = partial(named, prefix, local)
    else:
        rank = partial(likeness, folded(text))
    ranked = [
        (place, -one.count, len(one.label), one.label, one.iri, one)
        for one in table
        if (place := rank(one)) is not None
    ]
    return [row[-1] for row in sorted(ranked, key=lambda row: row[:-1])]


def spelt(start: str, one: Entry) -> int | None:
    """How well the beginning of an IRI fits; None when it does not."""
    return 0 if one.iri.startswith(start) else None


def named(prefix: str, local: str, one: Entry) -> int | None:
    """How well a prefixed name fits; None when it does not."""
    where = one.local.casefold().find(local.casefold())
    return None if one.prefix != prefix or where < 0 else min(where, 1)


def likeness(wanted: str, one: Entry) -> int | None:
    """How well words fit a label, best first; None when they do not.

    >>> london = entry("thing", "http://example.org/E12000007", "Greater London")
    >>> [likeness(text, london) for text in ("greater london", "great", "lond", "nothing")]
    [0, 1, 2, None]
    """
    key = one.key
    if not wanted:
        return 0
    if wanted not in key:
        each = wanted.split()
        return 3 if len(each) > 1 and all(f" {word}" in key for word in each) else None
    if f" {wanted} |" in key and (key.startswith(f" {wanted} |") or f"| {wanted} |" in key):
        return 0
    if key.startswith(f" {wanted}"):
        return 1
    return 2 if f" {wanted}" in key else 4


def folded(text: str) -> str:
    """A text without case, accents and punctuation.

    >>> folded("Ynys Môn / Isle of Anglesey")
    'ynys mon isle of anglesey'
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", re.sub(r"[\u0300-\u036f'’]", "", plain)))


def entry(kind: str, iri: str, label: str, others: Iterable[str] = (), **more: Any) -> Entry:
    """An entry that is found by its label, by other labels, and by the end of its IRI."""
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    namespace, local = iri[:cut], iri[cut:]
    written = bool(LOCAL.fullmatch(local))
    prefix = SPELT.get(namespace, "") if written else ""
    label = label or in_words(unquote(local)) or iri
    keys = dict.fromkeys(folded(text) for text in (label, unquote(local), *others))
    return Entry(
        kind,
        iri,
        label,
        f"{prefix}:{local}" if prefix else "",
        prefix,
        namespace,
        local if written else "",
        key=f" {' | '.join(keys)} |",
        **more,
    )


def prefixes(world: World) -> list[Entry]:
    """The prefixes of the words that the store uses, and of what values are written with."""
    used = [*world.classes, *world.properties, XSD.iri, GEOF.iri]
    return [
        Entry("prefix", "", prefix, prefix=prefix, namespace=iri, key=f" {folded(prefix)} |")
        for prefix, iri in sorted(PREFIXES.items())
        if any(word.startswith(iri) for word in used)
    ]


def words(world: World, kind: str, counts: Mapping[str, int]) -> list[Entry]:
    """The classes or the properties that the store uses, with how often it does."""
    return [
        entry(
            kind,
            iri,
            best(world, NamedNode(iri), LABELS),
            [in_words(re.split("[#/]", iri)[-1])],
            count=number,
            description=best(world, NamedNode(iri), SAID),
        )
        for iri, number in counts.items()
    ]


def things(world: World) -> list[Entry]:
    """What has a label and is of a kind that is not too many; called by its rarest class."""
    rare = {iri: n for iri, n in world.classes.items() if n <= MOST and NamedNode(iri) not in PARTS}
    values = " ".join(f"<{iri}>" for iri in rare)
    kinds: dict[NamedNode, str] = {}
    for node, kind in pairs(world, f"VALUES ?y {{ {values} }} ?x {RDF.type} ?y"):
        known = kinds.get(node, kind.value)
        if isinstance(node, NamedNode):
            kinds[node] = min(known, kind.value, key=lambda iri: (rare[iri], OURS not in iri, iri))
    # Most labels of RDFS are of things not looked for here: these are read one by one.
    called = [said(world, predicate) for predicate in LABELS if predicate != RDFS.label]
    described = {one.iri: one.label for one in words(world, "class", rare)}
    found = []
    for node, kind in kinds.items():
        given = next((texts[node] for texts in called if node in texts), None)
        label = best_of(given or of(world, node, RDFS.label))
        if label:
            also = OTHERWISE if rare[kind] <= FEW else []
            others = [text.value for predicate in also for text in of(world, node, predicate)]
            found.append(entry("thing", node.value, label, others, description=described[kind]))
    return found


def graphs(world: World) -> list[Entry]:
    """The named graphs, with how many statements each has."""
    return [entry("graph", iri, "", count=n) for iri, n in world.graphs.items() if iri]


def said(world: World, predicate: NamedNode) -> dict[object, list[Literal]]:
    """All texts that the store gives with a predicate, by what they are said of."""
    found: dict[object, list[Literal]] = {}
    for node, text in pairs(world, f"?x {predicate} ?y"):
        if isinstance(text, Literal):
            found.setdefault(node, []).append(text)
    return found


def pairs(world: World, pattern: str) -> Iterable[tuple[Any, Any]]:
    """The ?x and ?y of a pattern in all graphs: cheaper than as many quads."""
    rows: Any = world.store.query(f"SELECT ?x ?y {{ {pattern} }}", use_default_graph_as_union=True)
    return ((row[0], row[1]) for row in rows)


def of(world: World, node: NamedNode, predicate: NamedNode) -> list[Literal]:
    """The texts that the store gives a name with a predicate."""
    quads = world.store.quads_for_pattern(node, predicate, None)
    return [quad.object for quad in quads if isinstance(quad.object, Literal)]


def best(world: World, node: NamedNode, predicates: Iterable[NamedNode]) -> str:
    """The text that the first of some predicates gives a name."""
    texts = (best_of(of(world, node, predicate)) for predicate in predicates)
    return next(filter(None, texts), "")


def best_of(texts: Sequence[Literal]) -> str:
    """One of several texts, in English if it can be."""
    return min(texts, key=preference).value if texts else ""
