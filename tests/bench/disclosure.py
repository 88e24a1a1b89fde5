"""How long disclosure control takes and what it hides, against two simpler ways.

    python tests/bench/disclosure.py [--rounds 3] [--mean 60] [--large]

The tables are random, the same every time. Compared on each, in one run and by the same attack:
hiding the small counts alone (which is what `acro` does; it is not run here, as it pins an older
pandas), and hiding with each that is alone in a row or column the smallest other, round after
round until none is alone, without any audit.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from math import exp, prod

import numpy as np

from homegraph.graph.disclosure import Dimension, Key, ProtectedTables, Protection, Table, protect
from homegraph.graph.disclosure_audit import audit
from homegraph.graph.disclosure_system import Facts, Flags, System, system
from homegraph.graph.disclosure_tables import cells, gathered, numbered, totals

RULES = Protection()
SHAPES = ((10, 6), (44, 12), (44, 30), (320, 12), (15, 12, 10))  # without margins
LARGE = ((6, 5, 8, 4), (43, 12, 10))


def table(shape: Sequence[int], mean: float, seed: int = 4) -> Table:
    """Counts with busy and quiet rows, columns and layers; `mean` is that of an ordinary cell."""
    rng = random.Random(seed)
    weights = [[exp(rng.gauss(0, 0.9)) for _ in range(length)] for length in shape]
    axes = [
        Dimension.flat(name, [f"{name}{place:03}" for place in range(length)])
        for name, length in zip("abcdef", shape, strict=False)
    ]
    counts: dict[Key, int] = {}
    for places in product(*map(range, shape)):
        expected = mean * prod(some[place] for some, place in zip(weights, places, strict=True))
        count = max(0, round(rng.gauss(expected, expected**0.5)))
        key = tuple(axis.leaves[place] for axis, place in zip(axes, places, strict=True))
        counts[key] = count
    return Table(tuple(axes), counts)


def unknowns(given: Table) -> System:
    """The table as the attacker of the audit sees it."""
    keys = cells(given.dimensions)
    found = gathered("t", given.dimensions, given.counts)
    values = {key: sum(found.get(codes, ())) for codes, key in keys.items()}
    order = sorted(values)
    number = {key: place for place, key in enumerate(order)}
    facts = Facts(
        [values[key] for key in order],
        numbered(values, list(totals(given.dimensions, keys)), number),
        frozenset(number[key] for key, value in values.items() if 0 < value < RULES.threshold),
        [RULES.width] * len(order),
        [0.0] * len(order),
        (1.0, RULES.threshold - 1.0),
        (RULES.threshold, float("inf")),
    )
    return system(facts)


def partners(made: System) -> Flags:
    """Hide the smallest other where a hidden cell is alone in a sum, until none is."""
    hidden = made.primary.copy()
    changed = True
    while changed:
        changed = False
        for total, parts in made.equations:
            if np.count_nonzero(hidden[[total, *parts]]) == 1:
                others = [part for part in (*parts, total) if not hidden[part]]
                hidden[min(others, key=lambda part: made.value[part])] = changed = True
    return hidden


def still_open(made: System, hidden: Flags) -> tuple[int, int]:
    """Hidden cells that the attack narrows too far, and those among them that it finds exactly."""
    attack = audit(made, hidden)
    known = hidden & (attack.most - attack.least < 1e-6)
    return int(attack.open(hidden).sum()), int(known.sum())


def timed(work: Callable[[], ProtectedTables], rounds: int) -> tuple[float, ProtectedTables]:
    """Median seconds of processor time, which a busy machine does not lengthen; and the result."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        made = work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), made


def main() -> None:
    """Run everything and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mean", type=float, default=60)
    parser.add_argument("--large", action="store_true", help="four dimensions, and 6,292 cells")
    given = parser.parse_args()
    print("cells with margins | ours: s, programs, hidden = primary + secondary (zeros), share of")
    print("  the count hidden, narrowest interval, error of rounding: mean, most")
    print("  | small counts alone: open, found exactly | partners: hidden, open, found exactly")
    for shape in SHAPES + (LARGE if given.large else ()):
        data = table(shape, given.mean)
        seconds, made = timed(partial(protect, {"t": data}, RULES), given.rounds)
        loss, found = made.loss, made.audit
        facts = unknowns(data)
        naive = partners(facts)
        alone, exact = still_open(facts, facts.primary)
        left, left_exact = still_open(facts, naive)
        print(
            f"{' x '.join(str(length + 1) for length in shape)} = {loss.cells}"
            f" | {seconds:.2f} s, {found.programs}, {loss.primary + loss.secondary} ="
            f" {loss.primary} + {loss.secondary} ({loss.zeros}), {loss.share_hidden:.1%},"
            f" {found.narrowest:.1f}, {loss.mean_error:.2f}, {loss.max_error}"
            f" | {alone}, {exact} | {np.count_nonzero(naive)}, {left}, {left_exact}",
            flush=True,
        )


if __name__ == "__main__":
    main()
