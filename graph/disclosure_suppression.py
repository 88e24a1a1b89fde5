"""Which cells to hide besides the primary ones, so that the attack fails on every hidden cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from homegraph.graph.disclosure_audit import NEAR, Attack, audit
from homegraph.graph.disclosure_system import Facts, Flags, Floats, System, below, system
from homegraph.graph.errors import ReleaseError

AGAIN = 1  # times the choice is made anew among what was hidden, in reverse: some can be spared
SPARE = 0.05  # share of secondary cells below which that is not worth the time


@dataclass(frozen=True)
class Suppression:
    """The unknowns to hide, proven wide by an attack on the finished table."""

    system: System
    hidden: Flags
    room: tuple[Floats, Floats]
    """How far below and above its true value the attack moved each unknown, as far as needed."""
    narrowest: float
    programs: int


def suppressed(facts: Facts) -> Suppression:
    """Hide what must be hidden; raises ReleaseError when a cell stays open whatever is hidden.

    Where even hiding everything leaves a cell narrow (a total below the threshold with so many
    parts that each must be about 1), the parts of that total are withheld, the zeros too; and if
    that is not enough, the whole table.
    """
    made, programs = _withholding(facts)
    everything = np.ones(len(made), dtype=np.bool_)
    hidden, tried = chosen(made, everything)
    programs += tried
    for turn in range(AGAIN):
        before = np.count_nonzero(hidden)
        if before - np.count_nonzero(made.primary) <= SPARE * before:
            break
        hidden, tried = chosen(made, hidden, order=1 if turn % 2 else -1)
        programs += tried
        if np.count_nonzero(hidden) == before:
            break
    for still_more in (hidden, everything, None):
        if still_more is None:
            made = system(facts, frozenset(range(len(facts.values))))
            still_more = np.ones(len(made), dtype=np.bool_)
        found, tried = proven(made, still_more)
        programs += tried
        if found:
            return replace(found, programs=programs)
    raise exposed()


def exposed() -> ReleaseError:
    """The refusal; it names no cell, as that would say which ones can be found out."""
    return ReleaseError("some hidden cells could be worked out although the whole table is hidden")


def proven(made: System, hidden: Flags) -> tuple[Suppression | None, int]:
    """Attack the finished table; nothing when a cell stays open. And the programs it took."""
    attack = audit(made, hidden)
    if attack.open(hidden).any():
        return None, attack.programs
    span = attack.most - attack.least
    share = np.minimum(1.0, made.width / np.maximum(span, NEAR))
    room = (share * (made.value - attack.least), share * (attack.most - made.value))
    narrowest = float(span[hidden].min(initial=np.inf))
    return Suppression(made, hidden, room, narrowest, attack.programs), attack.programs


def _withholding(facts: Facts) -> tuple[System, int]:
    """The unknowns, zeros among them only where nothing else helps; and the programs it took."""
    withheld = _crowded(facts)
    everything = set(range(len(facts.values)))
    programs = 0
    while True:
        made = system(facts, frozenset(withheld))
        narrow, tried = _narrow(made)
        programs += tried
        if not narrow.any() or withheld == everything:
            return made, programs
        withheld |= _around(facts, made, narrow, withheld) or everything


def _narrow(made: System) -> tuple[Flags, int]:
    """The primary unknowns that stay narrow whatever is hidden; and the programs it took."""
    attack, everything = Attack(made), np.ones(len(made), dtype=np.bool_)
    attack.spread(everything, made.primary)
    attack.movable(everything)
    for cell in np.flatnonzero(attack.open(made.primary)):
        if attack.open(made.primary)[cell]:
            attack.charge(everything)
            attack.widen(int(cell), everything)
    return attack.open(made.primary), attack.programs


def chosen(
    made: System, among: Flags, order: int = 1, first: Flags | None = None
) -> tuple[Flags, int]:
    """Hide the primary cells, and for each that is still open the cheapest that make it wide.

    Primary cells come first, as what widens them mostly widens the others: the largest first
    when `order` is 1, the smallest when it is -1. What is hidden `first` may be given instead.
    Also gives the number of programs it took.
    """
    attack = Attack(made)
    hidden = (made.primary if first is None else first).copy()
    attack.spread(hidden)
    attack.movable(among)
    tried = np.zeros(len(made), dtype=np.bool_)
    while (still := attack.open(hidden) & ~tried).any():
        cell = int(
            max(np.flatnonzero(still), key=lambda i: (made.primary[i], order * made.value[i], -i))
        )
        tried[cell] = True
        attack.charge(hidden)
        hidden |= attack.widen(cell, hidden)
    return hidden, attack.programs


def _crowded(facts: Facts) -> set[int]:
    """What to withhold at once: parts of small totals that have too many parts to stay wide."""
    low, high = facts.primary_bounds
    least = [low if value else 0.0 for value in facts.values]
    changed = True
    while changed:
        changed = False
        for total, parts in facts.equations:
            together = sum(least[part] for part in parts)
            if least[total] < together:
                least[total], changed = together, True
    withheld: set[int] = set()
    for cell in sorted(facts.primary):
        if high - least[cell] < facts.width[cell]:
            withheld |= below(facts, cell)
    return withheld


def _around(facts: Facts, made: System, narrow: Flags, withheld: set[int]) -> set[int]:
    """The parts of the primary totals that contain narrow cells, if not yet withheld."""
    found: set[int] = set()
    for cell in sorted(facts.primary):
        parts = below(facts, cell)
        places = {made.unknown[inner] for inner in {cell, *parts}} - {-1}
        if not parts <= withheld and any(narrow[place] for place in places):
            found |= parts
    return found
