"""What PyPI csv-reconcile answers to the labelled pairs: the other service that is written here.

It is not of our dependencies. Install it (with its Dice score, which comes with it) in an
environment of its own beside ours and name its Python:

    python -m venv /tmp/peer && /tmp/peer/bin/pip install csv-reconcile 'setuptools<80'
    CSV_RECONCILE=/tmp/peer/bin/python python tests/bench/matching.py RELEASE --shipped --others

It gets one table for each kind, of labels and of all other names, each an entry; what it answers is
taken as a match from the score on that does best on the pairs to tune on: the most right where 99
of 100 are, or, where no score is so good, the most right but for the wrong. It scores text only, so
codes and context are nothing to it.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from homegraph.graph.matching.labelled import Pair
from homegraph.graph.matching.names import GROUPS, Name

PYTHON = "CSV_RECONCILE"  # the variable that names the Python it is installed for
HOW = "csv-reconcile is not measured: tests/bench/rivals.py says how to install it"
SAFE = 0.99
FIRST = 3
ENOUGH = 200  # pairs of a list to choose a score by
Pairs = Sequence[tuple[str, Pair]]
# Runs in the environment of csv-reconcile: a folder of tables, and questions on standard input.
ASKING = """
import csv, json, sqlite3, sys
import csv_reconcile_dice
from csv_reconcile import initdb, score
asked, answers, bases = json.load(sys.stdin), {}, {}
for kind, text in asked:
    if kind not in bases:
        db = sqlite3.connect(":memory:")
        db.row_factory = sqlite3.Row
        initdb.init_db(db, f"{sys.argv[1]}/{kind}.csv", "id", "name", csvencoding="utf-8",
                       scoreOptions={}, csvkwargs={})
        bases[kind] = db, []
    bases[kind][1].append(text)
for kind, (db, texts) in bases.items():
    for start in range(0, len(texts), 25):
        batch = {str(n): {"query": text, "limit": 40}
                 for n, text in enumerate(texts[start : start + 25]) if any(map(str.isalnum, text))}
        for n, found in score.processQueryBatch(db, batch, threshold=30.0).items():
            best = [[one["id"], one["score"]] for one in found["result"]]
            answers[kind, texts[start + int(n)]] = best
answers = [answers.get((kind, text), []) for kind, text in asked]
json.dump(answers, sys.stdout)
"""


def csv_reconcile(names: Sequence[Name], tune: Pairs, held: Pairs) -> list[str]:
    """Lines that say its precision, recall and how often the thing is among the first three."""
    python = os.environ.get(PYTHON)
    if not python:
        return ["", HOW]
    few: dict[str, list[tuple[str, Pair]]] = defaultdict(list)
    for one in tune:
        few[one[0]].append(one)
    sample = [one for some in few.values() for one in some[:: 1 + len(some) // ENOUGH]]
    said = {part: answers(python, names, some) for part, some in (("t", sample), ("h", held))}
    lines = ["", "csv-reconcile on held    precision  recall  first  in three  from score"]
    for name in [*sorted({of for of, _ in held}), "all"]:
        mine = [one for one in said["h"] if name in (one[0], "all")]
        least = threshold([one for one in said["t"] if name in (one[0], "all")])
        lines.append(f"{name:24} {line(mine, least)}  {least:.1f}")
    return lines


Answer = tuple[str, Pair, list[tuple[str, float]]]


def answers(python: str, names: Sequence[Name], some: Pairs) -> list[Answer]:
    """What it says to each pair: things with scores, best first."""
    entries: dict[str, list[tuple[str, str]]] = defaultdict(list)
    asked = [(kind_of(pair), pair.text) for _, pair in some]
    wanted = {kind for kind, _ in asked}
    for one in names:
        for kind in (one.kind, *(group for group, of in GROUPS.items() if one.kind in of)):
            if kind in wanted and one.text.strip():
                entries[kind].append((one.iri, one.text))
    with tempfile.TemporaryDirectory() as folder:
        for kind in wanted:
            # An entry has an identifier of its own: its number, and the thing after it.
            rows = [f"{place} {iri},{quoted(text)}" for place, (iri, text) in
                    enumerate(dict.fromkeys(entries[kind]))]  # fmt: skip
            Path(folder, f"{kind}.csv").write_text("\n".join(["id,name", *rows]) + "\n", "utf-8")
        # Our own programme, in the environment that the caller names.
        done = subprocess.run(
            [python, "-c", ASKING, folder],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=True,
        )
    found: list[Answer] = []
    for (name, pair), said in zip(some, json.loads(done.stdout), strict=True):
        best: dict[str, float] = {}
        for entry, score in said:
            best.setdefault(entry.partition(" ")[2], score)
        found.append((name, pair, list(best.items())))
    return found


def kind_of(pair: Pair) -> str:
    """The kind that a pair asks for first."""
    return pair.kinds.split()[0]


def quoted(text: str) -> str:
    """A text as a cell of its tables."""
    return '"' + " ".join(text.replace('"', "'").split()) + '"'


def threshold(some: Sequence[Answer]) -> float:
    """The score from which on it does best."""
    ranked = sorted(
        ((found[0][1], found[0][0] == pair.iri) for _, pair, found in some if found), reverse=True
    )
    right, safe, best, least, of = 0, 101.0, 101.0, 0, 0
    for count, (score, is_right) in enumerate(ranked, start=1):
        right += is_right
        if right / count >= SAFE:
            safe = score
        if 2 * right - count > least:
            best, least = score, 2 * right - count
        of = count
    return safe if safe <= 100 and of else best


def line(some: Sequence[Answer], least: float) -> str:
    """Its figures on some pairs, with a match from a score on."""
    answerable = [one for one in some if one[1].iri]
    matched = [one for one in some if one[2] and one[2][0][1] >= least]
    right = sum(found[0][0] == pair.iri for _, pair, found in matched)
    first = sum(bool(found) and found[0][0] == pair.iri for _, pair, found in answerable)
    three = sum(pair.iri in [iri for iri, _ in found[:FIRST]] for _, pair, found in answerable)
    whole = len(answerable) or 1
    precision = right / len(matched) if matched else 1.0
    return (
        f"{precision:9.4f}  {right / whole:6.3f}  {first / whole:5.3f}  {three / whole:8.3f}"
    )  # fmt: skip
