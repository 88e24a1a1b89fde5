"""Tunes and measures matching: `python tests/bench/matching.py RELEASE [--write] [--speed]`.

The model is tuned on the part `tune` of the labelled pairs only, and measured on the part `held`.
RELEASE is the folder of a release that has names.parquet. With --write the model is written to
graph/matching/model.json, for a person to commit; with --speed 100,000 rows are linked.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from homegraph.graph.matching import names as table
from homegraph.graph.matching.accuracy import (
    Accuracy,
    Answered,
    answered,
    by_list,
    pairs,
    question,
)
from homegraph.graph.matching.labelled import HELD, TUNE, Pair
from homegraph.graph.matching.matcher import Found, Matcher, Question
from homegraph.graph.matching.names import Name
from homegraph.graph.matching.score import FEATURES, MODEL, Model, model

Table = npt.NDArray[np.float64]

# What may only speak against a name; "hidden" and "short" may do either, and all else speaks for.
AGAINST = {
    *("other code", "other word", "marks differ", "marks clash", "other parent", "former"),
    *("other period", "old"),
}
EITHER = {"hidden", "short"}
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
}
GUESSED_BIAS = -9.0
ROUNDS = 6  # each with the names that speak most for their things, by the round before
STEPS = 400
LEFT_OUT = 0.25  # the weight of a pair asked again as if its thing were not there
RIDGE = 0.001
PRECISION = 0.995
MOST_PRINTED = 25


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("release", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--shipped", action="store_true", help="measure the model that is shipped")
    parser.add_argument("--without", nargs="*", default=[], help="lists that it has no names for")
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    names = table.read(asked.release)
    tune, held = (
        [one for one in pairs(part) if one[0] not in asked.without] for part in (TUNE, HELD)
    )
    print(f"{len(names)} names; {len(tune)} pairs to tune on, {len(held)} held out")
    made = model() if asked.shipped else tuned(names, tune)
    if asked.write:
        save(made)
    matcher = Matcher(names, made)
    for part, some in (("tune", tune), ("held", held)):
        told(part, by_list(answered(matcher, some)))
    for line in csv_reconcile(names, held):
        print(line)
    if asked.speed:
        speed(names, made)


def tuned(names: Sequence[Name], some: Sequence[tuple[str, Pair]]) -> Model:
    """The model that makes the answers of these pairs most probable."""
    never_sure = Model.of({}, -1000.0, 1.0)
    matcher = Matcher(names, never_sure)
    found = [(matcher.found(question(pair)), pair.iri) for _, pair in some]
    now = Model.of(GUESS, GUESSED_BIAS, 1.0)
    for _ in range(ROUNDS):
        now = fitted(now, *examples(found, now))
    answers = answered(Matcher(names, now), some)
    return Model(now.weights, now.bias, safe_from(answers))


def examples(
    found: Sequence[tuple[Found, str]], now: Model
) -> tuple[Table, Table, npt.NDArray[np.int64], Table]:
    """Features of the best name of each thing, which are there, which is right, and the weight."""
    cases: list[tuple[Table, int, float]] = []
    for one, iri in found:
        best = one.best(now)
        if not best:
            continue
        things = list(best)
        rows = one.table[[best[thing][1] for thing in things]]
        right = things.index(iri) if iri in best else -1
        cases.append((rows, right, 1.0))
        if right >= 0:
            cases.append((np.delete(rows, right, 0), -1, LEFT_OUT))
    most = max(len(rows) for rows, _, _ in cases)
    said = np.zeros((len(cases), most, len(FEATURES)))
    there = np.zeros((len(cases), most))
    for place, (rows, _, _) in enumerate(cases):
        said[place, : len(rows)] = rows
        there[place, : len(rows)] = 1
    right_ones = np.array([right for _, right, _ in cases])
    return said, there, right_ones, np.array([weight for _, _, weight in cases])


def fitted(
    now: Model, said: Table, there: Table, right: npt.NDArray[np.int64], weight: Table
) -> Model:
    """Gradient descent (Adam) on the likelihood; a weight never takes the wrong sign."""
    least = np.array([-np.inf if name in AGAINST | EITHER else 0.0 for name in FEATURES])
    most = np.array([0.0 if name in AGAINST else np.inf for name in FEATURES])
    guess = Model.of(GUESS, GUESSED_BIAS, 1.0).weights
    point = np.append(now.weights, now.bias)
    first, second = np.zeros_like(point), np.zeros_like(point)
    target = np.zeros_like(there)
    answerable = np.flatnonzero(right >= 0)
    target[answerable, right[answerable]] = 1
    flat = said.reshape(-1, said.shape[2])
    for step in range(1, STEPS + 1):
        strength = (flat @ point[:-1]).reshape(there.shape) + point[-1]
        raised = np.exp(np.minimum(strength, 60)) * there
        wrong = (raised / (1 + raised.sum(1, keepdims=True)) - target) * weight[:, None]
        slope = np.append(wrong.reshape(-1) @ flat, wrong.sum()) / weight.sum()
        slope[:-1] += RIDGE * (point[:-1] - guess)
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        ahead = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        point -= 0.05 * ahead
        point[:-1] = np.clip(point[:-1], least, most)
    return Model(point[:-1], float(point[-1]), now.match_at)


def safe_from(found: Sequence[Answered]) -> float:
    """The least probability from which on as many are right as shall be."""
    ranked = sorted((one for one in found if one.candidates), key=lambda one: -one.score)
    right, best = 0, 0.99
    for count, one in enumerate(ranked, start=1):
        right += one.is_right
        if right / count >= PRECISION and one.score >= 0.5:
            best = one.score
    return round(best, 4)


def save(made: Model) -> None:
    """Write the model for a person to commit."""
    weights = {
        name: round(float(weight), 3) for name, weight in zip(FEATURES, made.weights, strict=True)
    }
    said = {"weights": weights, "bias": round(made.bias, 3), "match_at": made.match_at}
    MODEL.write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    print(json.dumps(said))


def told(part: str, found: Sequence[Accuracy]) -> None:
    """Print what was measured, and the errors."""
    print(f"\n{part:17}pairs  precision  recall  first  in three  calibration error")
    for one in found:
        print(
            f"{one.list_name:16}{one.pairs:6}  {one.precision:9.4f}  {one.recall:6.3f}"
            f"  {one.first_right:5.3f}  {one.among_three:8.3f}  {one.calibration_error:.4f}"
        )
    whole = found[-1]
    for said, was, count in whole.curve:
        print(f"  said {said:.3f}  was {was:.3f}  of {count}")
    for title, some in (("wrong", whole.errors), ("missed", whole.missed)):
        for answer in some[:MOST_PRINTED]:
            best = [(one.label, one.score) for one in answer.candidates[:2]]
            print(f"  {title}: {answer.pair.text!r} -> {best}, not {answer.pair.iri}")


def csv_reconcile(names: Sequence[Name], some: Sequence[tuple[str, Pair]]) -> list[str]:
    """What csv-reconcile says of the same pairs, where it is installed: its Dice score."""
    try:
        from csv_reconcile_dice import scoring
    except ImportError:
        return ["\ncsv-reconcile is not installed here"]
    del scoring, names, some
    return []


def speed(names: Sequence[Name], made: Model) -> None:
    """Time 100,000 rows, a fifth of them with typing errors, and batches of ten."""
    chance = random.Random(7)
    texts = [one for one in names if one.how in {"label", "former", "alternative"}]
    start = time.perf_counter()
    matcher = Matcher(names, made)
    for kind in matcher.kinds:
        matcher.shelf(kind)
    print(f"\nindexes of {len(names)} names in {time.perf_counter() - start:.2f} s")
    rows = [
        Question(mistyped(one.text, chance) if chance.random() < 0.2 else one.text, (one.kind,))
        for one in (chance.choice(texts) for _ in range(100_000))
    ]
    start = time.perf_counter()
    answers = matcher.ask(rows)
    took = time.perf_counter() - start
    matched = sum(bool(found) and found[0].match for found in answers)
    print(f"{len(rows)} rows in {took:.1f} s on one core, {matched} matched")
    taken = []
    for _ in range(300):
        batch = [Question(one.text, ()) for one in chance.sample(rows, 10)]
        start = time.perf_counter()
        matcher.ask(batch)
        taken.append(time.perf_counter() - start)
    taken.sort()
    print(f"batch of ten, any kind: {taken[150] * 1000:.1f} ms, p95 {taken[285] * 1000:.1f} ms")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def mistyped(text: str, chance: random.Random) -> str:
    """A text with two letters swapped."""
    if len(text) < 4:
        return text
    place = chance.randrange(1, len(text) - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


if __name__ == "__main__":
    main()
