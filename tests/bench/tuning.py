"""Tunes the model of matching on the labelled pairs that it may be tuned on, in folds.

The pairs are cut into folds, spellings that are much alike in one. Of each fold it is asked by a
matcher that knows the seen spellings of the other folds only, so that no pair is found by itself.
From what that says all weights are fitted, first for all kinds together, then for each group of
kinds, drawn to those of all. What is told of the pairs to tune on comes from weights that were
fitted without the fold; so does the calibration, a straight line on the strength, and the
probability from which on a match is safe.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from homegraph.graph.matching.accuracy import FIRST, Accuracy, Answered, by_list, question
from homegraph.graph.matching.labelled import Pair
from homegraph.graph.matching.matcher import Found, Matcher, weigh
from homegraph.graph.matching.names import Name
from homegraph.graph.matching.score import FEATURES, MODEL, OTHER, Model, Weights, group
from homegraph.graph.matching.seen import NOTHING, NUMBERED, described, spellings

Table = npt.NDArray[np.float64]
Pairs = Sequence[tuple[str, Pair]]

# What may only speak against a name; "hidden", "seen" and "short" may do either; all else is for.
AGAINST = {
    *("other code", "other word", "marks differ", "marks clash", "other parent", "former"),
    *("other period", "old", "mended", "strange word", "asked left", "named left"),
    *("number left", "parent's name", "aspects clash", "aspect lacking", "aspect unsaid"),
    "more told",
}
EITHER = {"hidden", "short", "seen", "broad", "vocabulary", "vocabulary gap"}
# Where the pairs say nothing of a feature, this holds: our own guess, made before any tuning.
GUESS = {
    "same": 4.0,
    "same core": 3.0,
    "initials": 7.0,
    "code": 9.0,
    "code inside": 4.0,
    "other code": -14.0,
    "likeness": 1.5,
    "core likeness": 3.0,
    "close": 4.0,
    "asked covered": 2.0,
    "name covered": 2.0,
    "both covered": 3.0,
    "other word": -2.0,
    "marks differ": -2.0,
    "marks clash": -4.0,
    "first letters": 0.5,
    "weak agree": 0.7,
    "parent": 2.0,
    "other parent": -8.0,
    "former": -0.5,
    "hidden": 0.0,
    "short": -1.0,
    "rare": 1.0,
    "other period": -1.5,
    "old": -1.0,
    "seen": 0.0,
    "same words": 1.0,
    "all asked": 0.5,
    "all named": 0.5,
    "joined": 3.0,
    "mended": -0.5,
    "strange word": -1.5,
    "asked left": -0.7,
    "named left": -0.5,
    "number left": -2.0,
    "same part": 3.0,
    "in any name": 2.0,
    "all parts": 4.0,
    "parent's name": -3.0,
    "broad": 0.3,
    "group told": 1.0,
    "more told": -1.0,
    "aspects agree": 0.3,
    "aspects clash": -2.0,
    "aspect lacking": -0.5,
    "aspect unsaid": -0.5,
    "vocabulary": 0.3,
    "vocabulary gap": 0.3,
    "both say so": 0.1,
}
GUESSED_BIAS = -9.0
FOLDS = 5
ROUNDS = 2  # each with the names that speak most for their things, by the round before
STEPS = 150
LEFT_OUT = 0.1  # the weight of a pair asked again as if its thing were not there
RIDGE, RIDGE_OF_GROUP = 0.001, 0.005
ALIKE = 92.0  # spellings of one thing that are so much alike are in one fold
PRECISION, COUNTED = 0.992, 0.985
# Of descriptions in words of one's own, what is new differs more from what was seen.
SAFER = {"offence": (0.993, 0.99)}
LEAST_AT, MOST_AT = 0.8, 0.98
FEW = 100  # a group of fewer pairs keeps the weights of all


@dataclass(frozen=True)
class Case:
    """A pair to tune on, its fold, and what was found for it by the other folds."""

    list_name: str
    pair: Pair
    fold: int
    found: Found

    @property
    def group(self) -> str:
        """The group of kinds it asks for."""
        return group(self.pair.kinds.split()[0]) if self.pair.kinds else OTHER


def folds(some: Pairs, by_thing: bool = False) -> list[int]:
    """The fold of each pair: spellings of one thing that are alike, or all of it, are together."""
    firsts: dict[str, list[str]] = defaultdict(list)
    found = []
    for _, pair in some:
        text = " ".join(pair.text.casefold().split())
        key = f"{pair.kinds}\0{pair.iri}"
        near = max(
            firsts[key], key=lambda one: fuzz.token_sort_ratio(one, text), default=""
        )  # fmt: skip
        if not near or fuzz.token_sort_ratio(near, text) < ALIKE:
            firsts[key].append(text)
            near = text
        if not (by_thing and pair.iri):
            key = f"{key}\0{near}"
        found.append(sha256(key.encode()).digest()[0] % FOLDS)
    return found


def cases(names: Sequence[Name], some: Pairs, by_thing: bool = False) -> list[Case]:
    """What is found for each pair, with the spellings of the other folds."""
    nobody = Model({OTHER: Weights.of({}, -1000.0, 1.0)})
    # Official descriptions are known like spellings, and none that is much like what is asked.
    every = [*some, *described(names)]
    of = folds(every, by_thing)
    numbered = Matcher(names, nobody)  # made once: of these no spellings are known
    made = []
    for fold in range(FOLDS):
        others = [one for one, place in zip(every, of, strict=True) if place != fold]
        matcher = Matcher([*names, *spellings(names, others)], nobody)
        for (name, pair), place in zip(some, of[: len(some)], strict=True):
            if place == fold:
                by = numbered if pair.kinds in NUMBERED else matcher
                made.append(Case(name, pair, fold, by.found(question(pair))))
    return made


@dataclass(frozen=True)
class Choice:
    """The strengths of the things found for a pair, and which of them is right."""

    strengths: Table
    is_thing: Table  # 0 for what names nothing of ours
    right: int  # -1 for none

    def first(self, scale: float = 1.0, shift: float = 0.0) -> tuple[float, bool]:
        """The probability of the first thing, and whether it is right."""
        raised = np.exp(np.minimum(self.strengths * scale + shift, 60))
        chances = raised / (1 + raised.sum()) * self.is_thing
        place = int(chances.argmax())
        return float(chances[place]), place == self.right


def choice(case: Case, by: Model) -> Choice | None:
    """What a model makes of what was found; None when that is nothing of ours."""
    best = case.found.best(by)
    if not any(best):
        return None
    things = list(best)
    right = things.index(case.pair.iri) if case.pair.iri in best and case.pair.iri else -1
    strengths = np.array([strength for strength, _ in best.values()])
    return Choice(strengths, np.array([float(one != NOTHING) for one in things]), right)


def tuned(some: Sequence[Case]) -> tuple[Model, list[Accuracy]]:
    """The model that makes the right answers of these pairs most probable, and what is to be said.

    That is measured of each fold by weights that were fitted without it, and by a calibration and
    a threshold of what was answered to the others.
    """
    said = out_of_fold(some)
    plain = weighed(some)
    model = Model({name: settled(said, name, by) for name, by in plain.groups.items()})
    found = []
    for fold in range(FOLDS):
        others = [one for one in said if one[0].fold != fold]
        for name in plain.groups:
            mine = [
                one for one in said if one[0].fold == fold and group_in(plain, one[0]) == name
            ]  # fmt: skip
            if mine:
                by = Model({OTHER: settled(others, name, mine[0][1].of(mine[0][0].pair.kinds))})
                for case, _ in mine:
                    answer = weigh(case.found, by, FIRST)
                    found.append(Answered(case.list_name, case.pair, answer))
    return model, by_list(found)


def group_in(by: Model, case: Case) -> str:
    """The group whose weights answer a pair."""
    return case.group if case.group in by.groups else OTHER


def settled(said: Sequence[tuple[Case, Model]], name: str, by: Weights) -> Weights:
    """Weights as calibrated, with the threshold, by what was answered for a group of kinds."""
    mine = [choice(case, one) for case, one in said if name in (case.group, OTHER)]
    found = [one for one in mine if one]
    scale, shift = line(found)
    match_at = safe_from(found, scale, shift, *SAFER.get(name, (PRECISION, COUNTED)))
    return Weights(by.weights * scale, by.bias * scale + shift, match_at)


def out_of_fold(some: Sequence[Case]) -> list[tuple[Case, Model]]:
    """Each pair with the weights that were fitted without its fold."""
    found = []
    for fold in range(FOLDS):
        by = weighed([one for one in some if one.fold != fold])
        found += [(one, by) for one in some if one.fold == fold]
    return found


def line(some: Sequence[Choice]) -> tuple[float, float]:
    """The scale and shift of strengths by which the first things are right as often as is said."""
    best, least = (1.0, 0.0), np.inf
    widest = max((len(one.strengths) for one in some), default=0)
    strengths, things = np.full((len(some), widest), -np.inf), np.zeros((len(some), widest))
    for place, one in enumerate(some):
        strengths[place, : len(one.strengths)] = one.strengths
        things[place, : len(one.strengths)] = one.is_thing
    at = np.where(things > 0, strengths, -np.inf).argmax(1) if some else np.zeros(0, int)
    is_right = at == np.array([one.right for one in some])
    for scale in np.arange(0.5, 1.55, 0.05):
        for shift in np.arange(-1.5, 3.1, 0.125):
            raised = np.exp(np.minimum(strengths * scale + shift, 60))
            chances = raised[np.arange(len(some)), at] / (1 + raised.sum(1))
            said = np.clip(np.where(is_right, chances, 1 - chances), 1e-9, 1.0)
            # A little is held against moving them at all: where there is little to go by.
            loss = 2.0 * ((scale - 1) ** 2 + shift**2) - float(np.log(said).sum())
            if loss < least:
                best, least = (float(scale), float(shift)), loss
    return best


def safe_from(
    some: Sequence[Choice], scale: float, shift: float, wanted: float, counted: float
) -> float:
    """The least probability from which on as many are right as shall be.

    That is by what they are said to be, which is calibrated, and so does not hang on one pair; what
    was counted may be a little less.
    """
    ranked = sorted((one.first(scale, shift) for one in some), key=lambda one: -one[0])
    right, said, best = 0, 0.0, MOST_AT
    for count, (chance, is_right) in enumerate(ranked, start=1):
        right, said = right + is_right, said + chance
        if said / count >= wanted and right / count >= counted and chance >= LEAST_AT:
            best = min(best, chance)
    return round(best, 4)


def weighed(some: Sequence[Case]) -> Model:
    """Weights for all kinds, and for each group of them that has pairs enough."""
    start = Model({OTHER: Weights.of(GUESS, GUESSED_BIAS, 1.0)})
    groups = {OTHER: start.groups[OTHER]}
    for _ in range(ROUNDS):
        groups[OTHER] = fitted(groups[OTHER], start.groups[OTHER], some, RIDGE)
    by_group: dict[str, list[Case]] = defaultdict(list)
    for one in some:
        by_group[one.group].append(one)
    for name, mine in sorted(by_group.items()):
        if name != OTHER and len(mine) >= FEW:
            groups[name] = groups[OTHER]
            for _ in range(ROUNDS):
                groups[name] = fitted(groups[name], groups[OTHER], mine, RIDGE_OF_GROUP)
    return Model(groups)


def fitted(now: Weights, drawn_to: Weights, some: Iterable[Case], ridge: float) -> Weights:
    """Gradient descent (Adam) on the likelihood; a weight never takes the wrong sign.

    Where nothing of ours is right, it counts as right that there is nothing, or that the text is
    like one that stood for nothing.
    """
    said, there, nothing, right, weight = examples(some, now)
    least = np.array([-np.inf if name in AGAINST | EITHER else 0.0 for name in FEATURES])
    most = np.array([0.0 if name in AGAINST else np.inf for name in FEATURES])
    point = np.append(now.weights, now.bias)
    first, second = np.zeros_like(point), np.zeros_like(point)
    fixed = np.zeros_like(there)
    answerable = np.flatnonzero(right >= 0)
    fixed[answerable, right[answerable]] = 1
    none = (right < 0)[:, None]
    flat = said.reshape(-1, said.shape[2])
    for step in range(1, STEPS + 1):
        strength = (flat @ point[:-1]).reshape(there.shape) + point[-1]
        raised = np.exp(np.minimum(strength, 60)) * there
        of_nothing = raised * nothing
        target = fixed + none * of_nothing / (1 + of_nothing.sum(1, keepdims=True))
        wrong = (raised / (1 + raised.sum(1, keepdims=True)) - target) * weight[:, None]
        slope = np.append(wrong.reshape(-1) @ flat, wrong.sum()) / weight.sum()
        slope[:-1] += ridge * (point[:-1] - drawn_to.weights)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        ahead = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        point -= 0.05 * ahead
        point[:-1] = np.clip(point[:-1], least, most)
    return Weights(point[:-1], float(point[-1]), now.match_at)


def examples(
    some: Iterable[Case], now: Weights
) -> tuple[Table, Table, Table, npt.NDArray[np.int64], Table]:
    """Features of the best name of each thing, which are there, which name nothing of ours.

    Then which is right, and the weight of each pair.
    """
    made: list[tuple[Table, Table, int, float]] = []
    by = Model({OTHER: now})
    for one in some:
        best = one.found.best(by)
        if not best:
            continue
        things = list(best)
        rows = one.found.table[[best[thing][1] for thing in things]]
        nothing = np.array([float(thing == NOTHING) for thing in things])
        iri = one.pair.iri
        right = things.index(iri) if iri and iri in best else -1
        made.append((rows, nothing, right, 1.0))
        if right >= 0:
            made.append((np.delete(rows, right, 0), np.delete(nothing, right), -1, LEFT_OUT))
    most = max(len(one[0]) for one in made)
    said = np.zeros((len(made), most, len(FEATURES)))
    there, of_nothing = np.zeros((len(made), most)), np.zeros((len(made), most))
    for place, (rows, nothing, _, _) in enumerate(made):
        said[place, : len(rows)] = rows
        there[place, : len(rows)] = 1
        of_nothing[place, : len(rows)] = nothing
    rights = np.array([one[2] for one in made])
    return said, there, of_nothing, rights, np.array([one[3] for one in made])


def save(made: Model) -> None:
    """Write the model for a person to commit."""
    said: Mapping[str, object] = {
        name: {
            "weights": {
                feature: round(float(weight), 3)
                for feature, weight in zip(FEATURES, one.weights, strict=True)
            },
            "bias": round(one.bias, 3),
            "match_at": one.match_at,
        }
        for name, one in sorted(made.groups.items())
    }
    MODEL.write_text(json.dumps(said, indent=1) + "\n", "utf-8")
