"""The types of the reconciliation service: what can be matched, by the words that matching uses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from homegraph.graph.errors import AskError
from homegraph.graph.matching import names
from homegraph.graph.matching.names import GROUPS
from homegraph.graph.matching.question import WORDS
from homegraph.graph.terms import PLACE

Json = dict[str, object]


@dataclass(frozen=True)
class Kind:
    """One type: the word that matching has for it, and what the API calls it."""

    word: str
    iri: str
    name: str
    broader: str = ""

    def as_json(self) -> Json:
        """The type as candidates and manifests have it."""
        said: Json = {"id": self.iri, "name": self.name}
        if self.broader:
            above = KINDS[self.broader]
            said["broader"] = [{"id": above.iri, "name": above.name}]
        return said


AREA = "area"
AREAS = GROUPS[AREA]
LISTED = (
    Kind(AREA, PLACE.Area.value, "Area"),
    *(
        Kind(word, names.KINDS[word].value, title, AREA if word in AREAS else "")
        for word, title in WORDS.items()
    ),
)
KINDS = {kind.word: kind for kind in LISTED}
BY_NAME = KINDS | {kind.iri: kind for kind in LISTED}


def kind_of(asked: str) -> Kind:
    """The type that a client asks for, by its IRI or by our word; raises AskError."""
    if asked not in BY_NAME:
        error = AskError(f"there is no type {asked!r}")
        error.add_note("The types are listed at /reconcile/suggest/type?prefix=")
        raise error
    return BY_NAME[asked]


def words(asked: Iterable[str]) -> tuple[str, ...]:
    """What matching is to look among, for types that a client asks for; raises AskError.

    >>> words(["region", PLACE.Country.value])
    ('region', 'country')
    """
    found: dict[str, None] = {}
    for one in asked:
        word = kind_of(one).word
        found |= dict.fromkeys(AREAS if word == AREA else (word,))
    return tuple(found)


def as_types(found: Iterable[str]) -> list[Json]:
    """The types of a thing, of which matching tells the words."""
    return [KINDS[word].as_json() for word in found if word in KINDS]
