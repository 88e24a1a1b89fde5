"""How sure it is that a name is meant: what is compared, and the model that weighs it.

The model is a choice between the things found and none of them: each has a weight by what speaks
for it, and its probability is its share of all weights. So two things that are called the same
halve it between them, and what is like nothing goes to none. The numbers are in model.json, made by
tests/bench/matching.py from the tuning part of the labelled pairs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from homegraph.graph.matching import normal
from homegraph.graph.matching.index import Row, Shelf, Wording
from homegraph.graph.matching.names import REPLACED

MODEL = Path(__file__).parent / "model.json"
TYPING_ERROR = 75.0  # two words that are so much alike may be one; of a hundred
SAME_PARENT = 85.0
FEATURES = (
    "same",  # all words, in one spelling
    "same core",  # all words but weak ones
    "initials",  # the first letters of the name
    "code",  # a code of the thing
    "code inside",  # a code of the thing, among other words
    "other code",  # a code was given, and it is not the thing's
    "likeness",  # letters in common
    "core likeness",  # letters in common of the core, its words in any order
    "close",  # how nearly the cores are the same
    "asked covered",  # how much of what was asked stands in the name, rare words counting more
    "name covered",  # how much of the name was asked
    "both covered",
    "other word",  # a word of the question is in names, but not in this one
    "marks differ",  # numbers, and words such as north or without
    "marks clash",  # each has one that the other has not
    "first letters",
    "weak agree",  # weak words in common
    "parent",  # the parent that was given is the thing's
    "other parent",
    "former",
    "hidden",
    "short",  # so short that much is like it
    "rare",  # the words in common are rare
    "other period",  # it does not stand in the sets of the period that was given
    "old",  # no period was given, and it stands in old sets only
)


class Asked(NamedTuple):
    """A question by the rules of one family of kinds."""

    wording: Wording
    code: str  # what was asked, as a code
    given: str  # a code that was given beside
    parent: str
    period: str


@dataclass(frozen=True)
class Model:
    """The weights of the features, and from which probability on a match is safe."""

    weights: npt.NDArray[np.float64]
    bias: float
    match_at: float

    @classmethod
    def of(cls, said: Mapping[str, float], bias: float, match_at: float) -> Model:
        """From weights by the names of features."""
        return cls(np.array([said.get(name, 0.0) for name in FEATURES]), bias, match_at)

    def strength(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """How much speaks for each row, against none."""
        return features @ self.weights + self.bias


@cache
def model() -> Model:
    """The model that is shipped."""
    said = json.loads(MODEL.read_text("utf-8"))
    return Model.of(said["weights"], said["bias"], said["match_at"])


def shares(strengths: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The probability of each, where one of them is right or none.

    >>> shares(np.array([0.0])).tolist()
    [0.5]
    """
    raised = np.exp(np.minimum(strengths, 500.0))
    return np.asarray(raised / (1.0 + raised.sum()))


def features(asked: Asked, shelf: Shelf, row: Row) -> list[float]:
    """What speaks for a name, in the order of FEATURES."""
    mine, name, thing = asked.wording, row.wording, shelf.things[row.thing]
    same, same_core = mine.plain == name.plain, mine.core == name.core
    is_code = row.how == "code"
    likeness = 100.0 if same else fuzz.ratio(mine.plain, name.plain)
    core = 100.0 if same_core else fuzz.token_sort_ratio(mine.core, name.core)
    covered, covering, rare = coverage(mine, name, shelf)
    other_word = any(shelf.is_word(word) for word in set(mine.core_words) - set(name.core_words))
    letters = normal.as_initials(mine.words)
    by_initials = bool(letters) and not is_code and letters in normal.initials(name.words)
    weak_mine = set(mine.words).difference(mine.core_words, normal.LINKING)
    weak_name = set(name.words).difference(name.core_words, normal.LINKING)
    weak = weak_mine | weak_name
    at_once = asked.code in thing.codes or asked.given in thing.codes
    inside = any(
        word in thing.codes and len(mine.words) > 1 for word in mine.marks if word != asked.code
    )
    parent = same_parent(asked.parent, thing.context) if asked.parent and thing.context else None
    stands = fits(asked.period, shelf, thing.years)
    return [
        same,
        same_core,
        by_initials,
        at_once,
        inside,
        bool(asked.given) and bool(thing.codes) and asked.given not in thing.codes,
        hinge(likeness, 50.0),
        hinge(core, 50.0),
        hinge(core, 85.0),
        covered,
        covering,
        min(covered, covering) ** 2,
        other_word,
        mine.marks != name.marks,
        bool(mine.marks - name.marks) and bool(name.marks - mine.marks),
        mine.core[:3] == name.core[:3],
        len(weak_mine & weak_name) / len(weak) if weak else 1.0,
        parent is True,
        parent is False,
        row.how == "former",
        row.how == "hidden",
        1.0 / max(1, len(mine.core)),
        rare,
        bool(asked.period) and not stands,
        not asked.period and not stands,
    ]


def hinge(likeness: float, least: float) -> float:
    """Likeness of a hundred, as a share of what is above the least."""
    return max(0.0, (likeness - least) / (100.0 - least))


def coverage(mine: Wording, name: Wording, shelf: Shelf) -> tuple[float, float, float]:
    """How much of a question stands in a name, how much of the name in it, and how rare that is.

    Words count by how rare they are among the names of the kind. A word of the question that is
    much like one of the name counts in part: it may be a typing error.
    """
    rarity = shelf.rarity
    asked, named = dict.fromkeys(mine.core_words), dict.fromkeys(name.core_words)
    shared = asked.keys() & named.keys()
    common = sum(rarity.get(word, 1.0) for word in shared)
    left = [word for word in asked if word not in shared]
    other = [word for word in named if word not in shared]
    credit_asked = credit_named = 0.0
    whole_asked = common + sum(rarity.get(word, 1.0) for word in left)
    whole_named = common + sum(rarity.get(word, 1.0) for word in other)
    if left and other:
        for word in left:
            if shelf.is_word(word):
                continue
            best, likeness = nearest_word(word, other)
            if best:
                other.remove(best)
                credit_asked += likeness * rarity.get(word, 1.0)
                credit_named += likeness * rarity.get(best, 1.0)
    return (
        (common + credit_asked) / whole_asked if whole_asked else 0.0,
        (common + credit_named) / whole_named if whole_named else 0.0,
        min(1.0, (common + credit_named) / 2),
    )


def nearest_word(word: str, others: Sequence[str]) -> tuple[str, float]:
    """The word among others that it may be a typing error of, and how much alike they are."""
    if len(word) < 4 or word in normal.TELLING or normal.has_number(word):
        return "", 0.0
    best, likeness = "", TYPING_ERROR
    for other in others:
        if other in normal.TELLING or normal.has_number(other):
            continue
        found = fuzz.ratio(word, other)
        if found > likeness:
            best, likeness = other, found
    return best, likeness / 100.0


@lru_cache(maxsize=1 << 14)
def same_parent(given: str, known: str) -> bool:
    """Whether a parent that was given is the one that is known, in another spelling perhaps."""
    mine, theirs = Wording.of(given, "area").core, Wording.of(known, "area").core
    return mine == theirs or fuzz.token_sort_ratio(mine, theirs) >= SAME_PARENT


def fits(period: str, shelf: Shelf, years: frozenset[str]) -> bool:
    """Whether a thing stands in the newest set until a period, or in the newest of all."""
    if not years:
        return True
    until = [one for one in shelf.vintages if not period or one <= period[:4]]
    newest = max(until, default="")
    return newest in years if newest else REPLACED not in years
