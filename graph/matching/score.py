"""How sure it is that a name is meant: what is compared, and the model that weighs it.

The model is a choice between the things found and none of them: each has a weight by what speaks
for it, and its probability is its share of all weights. So two things that are called the same
halve it between them, and what is like nothing goes to none. The numbers are in model.json, made by
tests/bench/matching.py from the tuning part of the labelled pairs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from homegraph.graph.matching import lexicon, normal
from homegraph.graph.matching.index import Row, Shelf, Thing, Wording
from homegraph.graph.matching.names import REPLACED, SEEN

MODEL = Path(__file__).parent / "model.json"
TYPING_ERROR = 75.0  # two words that are so much alike may be one; of a hundred
SAME_PARENT = 85.0
PARENT = "small-area"  # the family of rules that names of parents follow, in either language
ALL = 0.999
MOST_LEFT = 4  # more words that are left do not speak louder
OTHER = "other"
BEHIND = 3.0  # of the strength of what was only seen, where things of several groups may be meant
GROUPS = {
    "police-force": "force",
    "lsoa": "small-area",
    "msoa": "small-area",
    "district": "district",
    "csp": "area",
    "police-force-area": "area",
    "region": "area",
    "country": "area",
    "organisation": "organisation",
    "offence": "offence",
    "recorded-offence": "offence",
    "category": "category",
    "category-2011": "category",
    "category-2010": "category",
    "dataset": "dataset",
    "post": "post",
}
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
    "seen",  # the name was seen in somebody's table
    "same words",  # the same words that tell, in whatever order
    "all asked",  # each word of the question that tells stands in the name
    "all named",  # each word of the name that tells was asked
    "joined",  # the same but for blanks
    "mended",  # words that were taken for typing errors
    "strange word",  # words of the question that stand in no name at all
    "asked left",  # words of the question that are not in the name
    "named left",  # words of the name that were not asked
    "number left",  # a number was asked that is not in the name, and is no year
    "same part",  # a part of the question, which a sign keeps apart, is the name
    "all parts",  # all such parts are names of the thing
    "in any name",  # how much of an offence that was asked stands in one name of it or another
    "parent's name",  # it is called as the group that it is part of
    "broad",  # a group, which has no number
    "group told",  # a part of the question names the group that it is of
    "more told",  # a group, where a part of the question names it and another does not
    "aspects agree",  # sex, age, place and such: what both say
    "aspects clash",  # each says another
    "aspect lacking",  # the question says one that others like the thing say
    "aspect unsaid",  # the thing says one, and the question nothing
    "vocabulary",  # how much each word speaks for it, by all its names
    "vocabulary gap",  # how far that is before the best other, or behind it
    "both say so",  # the words of all names, and of this one
)

# What speaks against a name by its text; where a code says which thing it is, the code's own text
# has nothing to say.
OF_TEXT = tuple(
    FEATURES.index(name)
    for name in (
        *("other word", "marks differ", "marks clash", "short", "mended"),
        *("strange word", "asked left", "named left", "number left"),
    )
)


NO_VOCABULARY = [0.0] * len(FEATURES[FEATURES.index("aspects agree") : -1])


class Asked(NamedTuple):
    """A question as it is compared with the names of one kind."""

    wording: Wording
    mended: int  # words that were taken for typing errors
    code: str  # what was asked, as a code
    given: str  # a code that was given beside
    parent: str
    period: str
    parts: tuple[Wording, ...]  # what signs keep apart in it
    alone: bool  # whether things of one group of kinds only may be meant
    # What follows from the wording, for it is compared with many names.
    core_words: frozenset[str]
    weak_words: frozenset[str]
    in_one: frozenset[str]
    initials: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Weights:
    """The weights of the features, and from which probability on a match is safe."""

    weights: npt.NDArray[np.float64]
    bias: float
    match_at: float

    @classmethod
    def of(cls, said: Mapping[str, float], bias: float, match_at: float) -> Weights:
        """From weights by the names of features."""
        return cls(np.array([said.get(name, 0.0) for name in FEATURES]), bias, match_at)


@dataclass(frozen=True)
class Model:
    """The weights of each group of kinds; those of OTHER stand for a group that has none."""

    groups: Mapping[str, Weights]

    @classmethod
    def read(cls, path: Path) -> Model:
        """The model in a file."""
        said = json.loads(path.read_text("utf-8"))
        return cls(
            {
                name: Weights.of(one["weights"], one["bias"], one["match_at"])
                for name, one in said.items()
            }
        )

    def of(self, kind: str) -> Weights:
        """The weights for things of a kind."""
        return self.groups.get(group(kind)) or self.groups[OTHER]

    def strength(
        self, features: npt.NDArray[np.float64], kinds: Sequence[str]
    ) -> npt.NDArray[np.float64]:
        """How much speaks for each row, against none; a row is of a kind.

        The weights of two groups are not on one scale. Where things of several groups may be meant,
        those of all decide, and a name that was only seen for a thing stands behind its own names.
        """
        groups = {group(kind) for kind in kinds}
        if len(groups) == 1:
            by = self.of(kinds[0])
            return np.asarray(features @ by.weights + by.bias)
        by = self.groups[OTHER]
        weights = by.weights.copy()
        weights[FEATURES.index("broad")] = 0.0  # it tells offences from groups of them only
        weights[FEATURES.index("seen")] -= 2 * BEHIND
        weights[FEATURES.index("weak agree")] = max(weights[FEATURES.index("weak agree")], BEHIND)
        said = features.copy()
        # "kent" is a code in a list of forces, and a word in the others.
        wordy = said[:, FEATURES.index("broad")] > 0
        for name in ("code", "code inside"):
            said[wordy, FEATURES.index(name)] = 0.0
        return np.asarray(said @ weights + by.bias - BEHIND)

    def match_at(self, kinds: Set[str]) -> float:
        """From which probability on a match is safe, where things of these kinds may be meant."""
        groups = {group(kind) for kind in kinds}
        by = self.of(next(iter(kinds))) if len(groups) == 1 else self.groups[OTHER]
        return by.match_at


def group(kind: str) -> str:
    """The kinds that are weighed alike."""
    return GROUPS.get(kind, OTHER)


@cache
def model() -> Model:
    """The model that is shipped."""
    return Model.read(MODEL)


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
    is_code, letters = row.how == "code", asked.initials
    likeness = 100.0 if same else fuzz.ratio(mine.plain, name.plain)
    core = 100.0 if same_core else fuzz.token_sort_ratio(mine.core, name.core)
    same_words = asked.core_words == frozenset(name.core_words)
    context = shelf.core_of(thing.context) if thing.context else ""
    found = coverage(mine, name, shelf, context)
    strange = sum(not shelf.is_word(word) for word in found.asked_left)
    other_word = strange < len(found.asked_left)
    by_initials = bool(letters) and not is_code and letters in normal.initials(name.words)
    weak_name = name.weak_words
    weak = asked.weak_words | weak_name
    at_once = asked.code in thing.codes or asked.given in thing.codes
    inside = not thing.codes.isdisjoint(asked.codes)
    parent = same_parent(asked.parent, thing.context) if asked.parent and thing.context else None
    stands = fits(asked.period, shelf, thing.years)
    vocabulary = shelf.vocabulary if asked.alone else None
    said_of_parts = {one.core in shelf.cores_of(row.thing) for one in asked.parts}
    said: list[float] = [
        same,
        same_core,
        by_initials,
        at_once,
        inside,
        bool(asked.given) and bool(thing.codes) and asked.given not in thing.codes,
        hinge(likeness, 50.0),
        hinge(core, 50.0),
        hinge(core, 85.0),
        found.asked,
        found.named,
        min(found.asked, found.named) ** 2,
        other_word,
        mine.marks != name.marks,
        bool(mine.marks - name.marks) and bool(name.marks - mine.marks),
        mine.core[:3] == name.core[:3],
        len(asked.weak_words & weak_name) / len(weak) if weak else 1.0,
        parent is True,
        parent is False,
        row.how == "former",
        row.how == "hidden",
        1.0 / max(1, len(mine.core)),
        found.rare,
        bool(asked.period) and not stands,
        not asked.period and not stands and not at_once,
        row.how == SEEN,
        same_words,
        found.asked > ALL,
        found.named > ALL,
        not same and (name.joined in asked.in_one or name.short in asked.in_one),
        asked.mended,
        min(strange, MOST_LEFT),
        min(len(found.asked_left), MOST_LEFT),
        min(found.named_left, MOST_LEFT),
        bool(normal.counts(mine.marks - name.marks)) and not (at_once or inside),
        any(one.core == name.core for one in asked.parts),
        said_of_parts == {True},
        in_any_name(mine, shelf, row.thing) if shelf.rules in lexicon.STEMMED else 0.0,
        bool(context) and context == name.core,
        thing.is_broad,
        bool(context) and any(one.core == context for one in asked.parts),
        thing.is_broad and said_of_parts == {True, False},
        *(vocabulary.features(mine, row.thing) if vocabulary else NO_VOCABULARY),
    ]
    said.append(max(0.0, said[-1]) * min(found.asked, found.named))
    if is_code and at_once and not is_contradicted(mine, shelf, thing):
        for place in OF_TEXT:
            said[place] = 0.0
    return said


def in_any_name(mine: Wording, shelf: Shelf, place: int) -> float:
    """How much of a question stands in any of the names of a thing, rare words counting more."""
    known, rarity = shelf.words_of(place), shelf.rarity
    whole = sum([rarity.get(word, 1.0) for word in mine.core_words])
    inside = sum([rarity.get(word, 1.0) for word in mine.core_words if word in known])
    return inside / whole if whole else 0.0


def is_contradicted(mine: Wording, shelf: Shelf, thing: Thing) -> bool:
    """Whether a thing that a code says has names, and each has a number or such that is another."""
    rows = [shelf.rows[place] for place in range(thing.first, thing.last)]
    marks = [row.wording.marks for row in rows if row.how != "code"]
    return bool(marks) and all(mine.marks - one and one - mine.marks for one in marks)


def hinge(likeness: float, least: float) -> float:
    """Likeness of a hundred, as a share of what is above the least."""
    return max(0.0, (likeness - least) / (100.0 - least))


class Coverage(NamedTuple):
    """How much of a question stands in a name, how much of the name in it, and how rare that is."""

    asked: float
    named: float
    rare: float
    asked_left: list[str]
    named_left: int


def coverage(mine: Wording, name: Wording, shelf: Shelf, context: str = "") -> Coverage:
    """What a question and a name have in common.

    Of an offence the group it belongs to is often told before it, as in "Theft - shoplifting": its
    words are no words too many.

    Words count by how rare they are among the names of the kind. A word of the question that is
    much like one of the name counts in part: it may be a typing error.
    """
    rarity = shelf.rarity
    asked, named = dict.fromkeys(mine.core_words), dict.fromkeys(name.core_words)
    shared = asked.keys() & named.keys()
    common = sum([rarity.get(word, 1.0) for word in shared])
    left = [word for word in asked if word not in shared]
    if left and shared and context and shelf.rules in lexicon.STEMMED and context != mine.core:
        beside = context.split()
        left = [word for word in left if word not in beside]
    other = [word for word in named if word not in shared]
    credit_asked = credit_named = 0.0
    whole_asked = common + sum([rarity.get(word, 1.0) for word in left])
    whole_named = common + sum([rarity.get(word, 1.0) for word in other])
    asked_left = []
    for word in left:
        best, likeness = ("", 0.0) if shelf.is_word(word) else nearest_word(word, other)
        if best:
            other.remove(best)
            credit_asked += likeness * rarity.get(word, 1.0)
            credit_named += likeness * rarity.get(best, 1.0)
        else:
            asked_left.append(word)
    return Coverage(
        (common + credit_asked) / whole_asked if whole_asked else 0.0,
        (common + credit_named) / whole_named if whole_named else 0.0,
        min(1.0, (common + credit_named) / 2),
        asked_left,
        len(other),
    )


def nearest_word(word: str, others: Sequence[str]) -> tuple[str, float]:
    """The word among others that it may be a typing error of, and how much alike they are."""
    if len(word) < 4 or word in lexicon.TELLING or normal.has_number(word):
        return "", 0.0
    best, likeness = "", TYPING_ERROR
    for other in others:
        if other in lexicon.TELLING or normal.has_number(other):
            continue
        found = fuzz.ratio(word, other)
        if found > likeness:
            best, likeness = other, found
    return best, likeness / 100.0


@lru_cache(maxsize=1 << 14)
def same_parent(given: str, known: str) -> bool:
    """Whether a parent that was given is the one that is known, in another spelling perhaps."""
    mine, theirs = Wording.of(given, PARENT).core, Wording.of(known, PARENT).core
    return mine == theirs or fuzz.token_sort_ratio(mine, theirs) >= SAME_PARENT


def fits(period: str, shelf: Shelf, years: frozenset[str]) -> bool:
    """Whether a thing stands in the newest set until a period, or in the newest of all."""
    if not years:
        return True
    if not period and REPLACED in years:
        return False
    until = [one for one in shelf.vintages if not period or one <= period[:4]]
    newest = max(until, default="")
    return newest in years if newest else REPLACED not in years
