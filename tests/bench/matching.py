"""Tunes and measures matching: `python tests/bench/matching.py RELEASE [--write] [--speed]`.

The model is tuned on the part `tune` of the labelled pairs only, and measured on the part `held`.
RELEASE is the folder of a release that has names.parquet. With --write the model is written to
graph/matching/model.json, for a person to commit; with --held the held-out pairs are measured, by
the model that was tuned or, with --shipped, by the one that is there; with --others csv-reconcile
answers them too, and with --speed 100,000 rows are linked.

Splink is not used: the longest list that has names of its own, of districts, has 368 things, and
the 44,000 small areas are told apart by one number; there is nothing to learn a model of records
from, and the index finds the candidates in less than a millisecond.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Sequence
from pathlib import Path

import rivals
import tuning

from homegraph.graph.matching import names as table
from homegraph.graph.matching import published
from homegraph.graph.matching.accuracy import Accuracy, Mistake, Present, answered, by_list, pairs
from homegraph.graph.matching.labelled import HELD, TUNE
from homegraph.graph.matching.matcher import Matcher, Question
from homegraph.graph.matching.names import Name
from homegraph.graph.matching.score import Model, model
from homegraph.graph.matching.seen import spellings

MOST_PRINTED = 12
ROWS, BATCHES = 100_000, 300
LONG = 12  # names that a long text is made of


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path)
    parser.add_argument("--write", action="store_true", help="keep the model that was tuned")
    parser.add_argument("--shipped", action="store_true", help="tune nothing")
    parser.add_argument("--by-thing", action="store_true", help="a thing is in one fold only")
    parser.add_argument("--held", action="store_true")
    parser.add_argument("--errors", action="store_true", help="print what was answered wrongly")
    parser.add_argument("--others", action="store_true")
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    names = table.registered(table.read(asked.release))
    here = Present.of(names)
    tune, held = ([one for one in pairs(part) if here.has(one[1])] for part in (TUNE, HELD))
    print(f"{len(names)} names; {len(tune)} pairs to tune on, {len(held)} held out")
    made = model()
    if not asked.shipped:
        cases = tuning.cases(names, tune, asked.by_thing)
        made, found = tuning.tuned(cases)
        told("tune, each fold by the others", found, asked.errors)
    if asked.write:
        tuning.save(made)
    matcher = Matcher([*names, *spellings(names)], made)
    if asked.held:
        told("held", by_list(answered(matcher, held)), asked.errors)
        print(f"model {published.tuned()[0]}, labelled pairs {published.tuned()[1]}")
    if asked.others:
        for line in rivals.csv_reconcile(names, tune, held):
            print(line)
    if asked.speed:
        speed(names, made)


def told(part: str, found: Sequence[Accuracy], errors: bool) -> None:
    """Print what was measured, and what was answered wrongly if that is asked for."""
    print(
        f"\n{part}\nlist              pairs  precision  recall  first  in three  calibration error"
    )
    for one in found:
        print(
            f"{one.list_name:16}{one.pairs:6}  {one.precision:9.4f}  {one.recall:6.3f}"
            f"  {one.first_right:5.3f}  {one.among_three:8.3f}  {one.calibration_error:.4f}"
        )
    for said, was, count in found[-1].curve:
        print(f"  said {said:.3f}  was {was:.3f}  of {count}")
    if errors:
        for one in found[:-1]:
            printed("wrong", one.errors)
            printed("missed", one.missed)


def printed(title: str, some: Sequence[Mistake]) -> None:
    """Print mistakes."""
    for one in some[:MOST_PRINTED]:
        print(f"  {title}: {one.text!r} -> {one.said_label!r} {one.score}, not {one.iri}")


def speed(names: Sequence[Name], made: Model) -> None:
    """Time 100,000 rows, a fifth of them with typing errors, and batches of ten."""
    chance = random.Random(7)
    texts = [one for one in names if one.how in {"label", "former", "alternative"}]
    start = time.perf_counter()
    matcher = Matcher([*names, *spellings(names)], made)
    for kind in matcher.kinds:
        matcher.shelf(kind)
    print(f"\nindexes of {len(names)} names in {time.perf_counter() - start:.2f} s")
    rows = [
        Question(mistyped(one.text, chance) if chance.random() < 0.2 else one.text, (one.kind,))
        for one in (chance.choice(texts) for _ in range(ROWS))
    ]
    start = time.perf_counter()
    answers = matcher.ask(rows)
    took = time.perf_counter() - start
    matched = sum(bool(found) and found[0].match for found in answers)
    print(f"{len(rows)} rows in {took:.1f} s on one core, {matched} matched")
    long = [
        Question(" ".join(one.text for one in chance.sample(texts, LONG))) for _ in range(BATCHES)
    ]
    for title, some in (
        ("of one kind", rows),
        ("of any kind", [Question(one.text) for one in rows[:3000]]),
        (f"of any kind, {LONG} names long", long),
    ):
        print(f"batch of ten, {title}: {batches(matcher, some, chance)}")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def batches(matcher: Matcher, some: Sequence[Question], chance: random.Random) -> str:
    """How long batches of ten take: the middle, and what 95 of 100 do not exceed."""
    taken = []
    for _ in range(BATCHES):
        batch = chance.sample(some, 10)
        start = time.perf_counter()
        matcher.ask(batch)
        taken.append(time.perf_counter() - start)
    taken.sort()
    middle, most = taken[BATCHES // 2], taken[BATCHES * 95 // 100]
    return f"{middle * 1000:.1f} ms, p95 {most * 1000:.1f} ms"


def mistyped(text: str, chance: random.Random) -> str:
    """A text with two letters swapped."""
    if len(text) < 4:
        return text
    place = chance.randrange(1, len(text) - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


if __name__ == "__main__":
    main()
