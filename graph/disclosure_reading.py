"""The third attack: a reader takes the rounded figures for exact, and works out hidden cells.

What he finds is wrong, and still it must not look like a disclosure. He knows of hidden cells what
their status says; and where no table at all fits what is published and that, nothing but that none
is below zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from homegraph.graph.disclosure_audit import audit
from homegraph.graph.disclosure_rounding import fitting, rounded
from homegraph.graph.disclosure_suppression import Suppression, chosen, exposed, proven, suppressed
from homegraph.graph.disclosure_system import Facts, Flags, Floats, System


@dataclass(frozen=True)
class Release:
    """What is hidden, and the rounded figures; `narrowest` of both attacks' intervals."""

    system: System
    hidden: Flags
    figures: Floats
    narrowest: float
    programs: int


def released(facts: Facts, base: int, least: int) -> Release:
    """Hide and round so that hidden cells are wide for who knows true figures, and for the reader.

    Rounding leaves the reader room if it can. Otherwise more is hidden, and what is still shown
    stays as it was rounded. Raises ReleaseError as `suppressed` and `rounded` do.
    """
    found = suppressed(facts)
    made, programs = found.system, found.programs
    figures = rounded(made, found.hidden, base, least, found.room)
    everything = np.ones(len(made), dtype=np.bool_)
    # With nothing rounded, or nothing shown, the reader knows no more than the others.
    while base > 1 and not found.hidden.all():
        reading = as_read(made, found.hidden, figures)
        attack = audit(reading, found.hidden)
        programs += attack.programs
        if not attack.open(found.hidden).any():
            spans = (attack.most - attack.least)[found.hidden]
            narrowest = min(found.narrowest, float(spans.min(initial=np.inf)))
            return Release(made, found.hidden, figures, narrowest, programs)
        found, tried = _more(made, reading, found, everything)
        programs += tried
    return Release(made, found.hidden, figures, found.narrowest, programs)


def as_read(made: System, hidden: Flags, figures: Floats) -> System:
    """The system as the reader believes it to be, with some hidden cells that fit the figures."""
    fit = fitting(made, hidden, figures)
    no_margin = np.zeros(len(made))
    if fit is not None:
        return replace(made, value=fit, margin=no_margin)
    unknown = np.full(len(made), np.inf)
    return replace(made, value=figures, low=no_margin, high=unknown, margin=no_margin)


def _more(
    made: System, reading: System, found: Suppression, everything: Flags
) -> tuple[Suppression, int]:
    """Hide more, so that the reader cannot narrow what is hidden; all if need be."""
    programs = 0
    hidden = found.hidden
    for one in (reading, made):
        hidden, tried = chosen(one, everything, first=hidden)
        programs += tried
    for still_more in (hidden, everything):
        if np.count_nonzero(still_more) > np.count_nonzero(found.hidden):
            more, tried = proven(made, still_more)
            programs += tried
            if more:
                return more, programs
    raise exposed()
