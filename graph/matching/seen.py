"""Spellings that were seen in tables and labelled: more names of things, and what names none.

They come from the part of the labelled pairs that matching may be tuned on, and from the official
descriptions of what belongs to a class of offences, in described.csv: the text, and the code of the
class, or none for an offence that no class has; tests/bench/described.py tells their source. A text
that stood for nothing of ours is a name of no thing: it is never an answer, and takes its share of
probability from what is only like it, so that "Speed limit offences" speaks against an answer to
"Speeding".
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from homegraph.graph.matching import labelled, normal
from homegraph.graph.matching.labelled import TUNE, Pair
from homegraph.graph.matching.names import GROUPS, SEEN, Name

NOTHING = ""  # the IRI of no thing
DESCRIBED = Path(__file__).parent / "described.csv"
# Lists of so many things that a spelling of one of them tells nothing of the others.
NUMBERED = ("lsoa", "msoa")


def spellings(
    known: Iterable[Name], some: Iterable[tuple[str, Pair]] | None = None
) -> Iterator[Name]:
    """The seen spellings of what is known; of all that there are, or of some."""
    if some is None:
        known = list(known)
        some = [*every(), *described(known)]
    kinds: dict[str, dict[str, Name]] = defaultdict(dict)  # by IRI, by kind
    said: set[tuple[str, str]] = set()
    cores: dict[tuple[str, str], set[str]] = defaultdict(set)  # the things of a kind called so
    for one in known:
        if one.kind not in NUMBERED:
            kinds[one.iri].setdefault(one.kind, one)
            said.add((one.kind, plain(one.text, one.kind)))
            cores[one.kind, core(one.text, one.kind)].add(one.iri)
    there = {kind for of in kinds.values() for kind in of}
    made = set()
    for _, pair in some:
        if pair.by_rule or pair.context or not pair.text.strip():
            continue
        asked = {one for kind in pair.kinds.split() for one in GROUPS.get(kind, (kind,))}
        for kind in sorted(asked & there):
            like = kinds.get(pair.iri, {}).get(kind) if pair.iri else None
            # What is called so by its own name is known, and is not nothing.
            if (pair.iri and not like) or (kind, plain(pair.text, kind)) in said:
                continue
            # Nor is a spelling taken that tells no more than the name of another thing does.
            others = cores.get((kind, core(pair.text, kind)))
            if like and others and like.iri not in others:
                continue
            name = (
                Name(like.iri, kind, pair.text, SEEN, "", like.context, like.period)
                if like
                else Name(NOTHING, kind, pair.text, SEEN)
            )
            if name not in made:
                made.add(name)
                yield name


def every() -> Iterator[tuple[str, Pair]]:
    """All pairs to tune on, with the names of their lists."""
    for name in labelled.lists():
        for pair in labelled.pairs(name):
            if pair.split == TUNE:
                yield name, pair


def described(known: Iterable[Name]) -> Iterator[tuple[str, Pair]]:
    """The official descriptions of the offences that are known, and of those of no class."""
    offences = [one for one in known if one.kind == "offence"]
    classes = {one.text: one.iri for one in offences if one.how == "code"}
    for text, code in descriptions() if offences else ():
        if not code or code in classes:
            iri = classes[code] if code else NOTHING
            yield DESCRIBED.stem, Pair(text, "offence", "", "", "", iri, TUNE, "", DESCRIBED.name)


@cache
def descriptions() -> tuple[tuple[str, str], ...]:
    """The texts of described.csv, each with the code of its class."""
    with DESCRIBED.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return tuple((text, code) for text, code in rows)


def plain(text: str, kind: str) -> str:
    """A text as names of a kind are compared."""
    return " ".join(normal.words(text, normal.family(kind)))


def core(text: str, kind: str) -> str:
    """The words of a text that tell, as names of a kind are compared."""
    rules = normal.family(kind)
    return " ".join(normal.core(normal.words(text, rules), rules))
