"""Correspondences between code lists: which concept stands for which, who says so, and on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from homegraph.graph.iri import CONCEPT, Names, concept
from homegraph.graph.terms import DCT, RDF, SKOS, STAT, XKOS

Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


class Pair(NamedTuple):
    """Two notations that belong together, the codes by which they do, and how they match."""

    source: str
    target: str
    codes: frozenset[str] = frozenset()
    match: NamedNode | None = None  # a mapping property of SKOS, where it does not follow


def english(text: str) -> Literal:
    """A text in English."""
    return Literal(text, language="en")


def say_correspondence(
    title: str,
    schemes: tuple[str, str],
    pairs: Sequence[Pair],
    status: str,
    sources: tuple[NamedNode, ...],
    codes: str,
    names: Names,
) -> Iterator[Statement]:
    """A correspondence between two code lists, by name, made of pairs of concepts.

    `status` is a notation of link-status; `codes` is the list that the codes of the pairs are in.
    Says nothing when there are no pairs. The concepts are matched in SKOS as well: closely when
    they stand for each other alone, else as the wider, the narrower, or as overlapping.
    """
    if not pairs:
        return
    node = names.thing("correspondence", *schemes)
    yield node, RDF.type, XKOS.Correspondence
    yield node, DCT.title, english(title)
    yield node, STAT.linkStatus, concept("link-status", status)
    for scheme in schemes:
        yield node, XKOS.compares, NamedNode(CONCEPT + scheme)
    for source in sources:
        yield node, DCT.source, source
    forth = Counter(pair.source for pair in pairs)
    back = Counter(pair.target for pair in pairs)
    for pair in pairs:
        link = names.thing("correspondence", *schemes, pair.source, pair.target)
        one = NamedNode(f"{CONCEPT}{schemes[0]}/{pair.source}")
        other = NamedNode(f"{CONCEPT}{schemes[1]}/{pair.target}")
        yield node, XKOS.madeOf, link
        yield link, RDF.type, XKOS.ConceptAssociation
        yield link, XKOS.sourceConcept, one
        yield link, XKOS.targetConcept, other
        yield link, STAT.linkStatus, concept("link-status", status)
        for source in sources:
            yield link, DCT.source, source
        for code in sorted(pair.codes):
            yield link, DCT.references, NamedNode(f"{CONCEPT}{codes}/{code}")
        follows = matched(forth[pair.source] > 1, back[pair.target] > 1)
        yield one, pair.match or follows, other


def matched(split: bool, joined: bool) -> NamedNode:
    """What SKOS calls a pair of which the first has other partners, or the second has."""
    if split:
        return SKOS.relatedMatch if joined else SKOS.narrowMatch
    return SKOS.broadMatch if joined else SKOS.closeMatch
