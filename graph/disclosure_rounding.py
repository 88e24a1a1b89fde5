"""Controlled rounding: published figures are multiples of a base, and still add up.

It is an integer program (HiGHS). Nothing is limited by time, which differs from run to run.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np

from homegraph.graph.disclosure_audit import NEAR
from homegraph.graph.disclosure_system import Flags, Floats, System
from homegraph.graph.errors import ReleaseError

NODES = 200  # of the search for a rounding to adjacent multiples
CUTS = 100  # kept while searching; with the solver's own 10,000 it is long before it branches
MANY = 250  # figures that the linear program leaves between two multiples: too many for a search
SHARES = (
    1.0,
    0.9,
    0.8,
    0.7,
    0.6,
    0.5,
    0.3,
    0.0,
)  # of the room that is wished for, in the order of trying
FAR = 100.0  # what it costs to leave the adjacent multiples, in multiples of the base
FAR_HIDDEN = 10.0  # what it costs when no table with the hidden cells' known bounds fits


@dataclass(frozen=True)
class Box:
    """What each unknown may become, in multiples of the base, and what going up costs it."""

    hidden: Flags
    lower: Floats
    upper: Floats
    depth: Floats  # how far below `lower` it may still go, for want of anything better
    price: Floats


def rounded(
    made: System, hidden: Flags, base: int, least: int, room: tuple[Floats, Floats]
) -> Floats:
    """Round the published unknowns so that sums hold and leave room for what is hidden.

    Each figure becomes one of the two multiples of `base` next to it, a multiple stays as it is,
    and none gets below `least`. Where no such rounding is found (some tables have none), totals go
    further from the truth. Hidden unknowns get some value that fits, and that has `room` (below,
    above) to what is known of them, or as large a share of it as is found. Raises ReleaseError
    when the solver gives up.
    """
    if base == 1 or not len(made) or hidden.all():
        return made.value.copy()
    lowest = -(-least // base)
    lower = np.where(hidden, made.low / base, np.maximum(made.value // base, lowest))
    upper = np.where(hidden, made.high / base, np.maximum(-(-made.value // base), lowest))
    nearest = np.where(hidden, 0.0, 1 - 2 * (made.value / base - lower))
    chosen = _chosen(made, hidden)
    below, above = (np.where(hidden, way, 0.0) / base for way in room)
    rest = np.where(hidden, lower, lower - lowest), nearest
    for share in SHARES:
        box = Box(hidden, lower + share * below, upper - share * above, *rest)
        smooth = _solved(made, box, np.zeros_like(chosen))
        if smooth is not None and np.count_nonzero((smooth % 1 != 0) & chosen) <= MANY:
            found = _solved(made, box, chosen)
            if found is not None:
                return found * base
    found = _solved(made, Box(hidden, lower, upper, *rest), chosen, far=True)
    if found is None:
        raise ReleaseError("the published figures cannot be rounded so that they add up")
    return found * base


def fitting(made: System, hidden: Flags, figures: Floats) -> Floats | None:
    """Rounded figures beside hidden cells that are what is known of them; None if none fit."""
    inside = np.where(hidden, np.clip(figures, made.low, made.high), figures)
    if np.abs(inside - figures).max(initial=0.0) < NEAR:
        return inside
    lower, upper = np.where(hidden, made.low, figures), np.where(hidden, made.high, figures)
    box = Box(hidden, lower, upper, *[np.zeros(len(made))] * 2)
    found = _solved(made, box, np.zeros_like(hidden))
    return None if found is None else np.clip(found, lower, upper)


def _chosen(made: System, hidden: Flags) -> Flags:
    """The unknowns to be made whole; those follow that are sums of published parts."""
    chosen: Flags = ~hidden
    for total, parts in made.equations:
        if not hidden[list(parts)].any():
            chosen[total] = False
    return chosen


def _solved(made: System, box: Box, chosen: Flags, far: bool = False) -> Floats | None:
    """Multiples that add up, `far` from the box if need be; None when there are none."""
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_max_nodes", 1 if far else NODES)
    highs.setOptionValue("mip_pool_soft_limit", CUTS)
    if not far:
        highs.setOptionValue("mip_max_improving_sols", 1)  # prices lead the first near the truth
    highs.passModel(_model(made, box, chosen, far))
    highs.run()
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    found = np.array(highs.getSolution().col_value).reshape(-1, len(made))
    multiple: Floats = found[0] + found[1] - found[2] if far else found[0]
    if not chosen.any():
        return np.where(np.abs(multiple - np.round(multiple)) < 1e-6, np.round(multiple), multiple)
    multiple = np.where(box.hidden, multiple, np.round(multiple))
    # Whole numbers that nearly add up do; beside hidden ones the solver may be a little off.
    return multiple if made.adds_up(multiple, 0.01) else None


def _model(made: System, box: Box, chosen: Flags, far: bool) -> highspy.HighsLp:
    """A column for each unknown; with `far`, two more for how far it is above and below its box."""
    count, rows = len(made), len(made.equations)
    copies = 3 if far else 1
    penalty = np.where(box.hidden, FAR_HIDDEN, FAR)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = copies * count, rows
    model.col_cost_ = np.concatenate([box.price, penalty, penalty][:copies])
    model.offset_ = -float(box.price @ np.where(box.hidden, 0.0, box.lower))
    model.col_lower_ = np.concatenate([box.lower, np.zeros((copies - 1) * count)])
    above = [box.upper, np.full(count, np.inf), box.depth]
    model.col_upper_ = np.concatenate(above[:copies])
    model.row_lower_ = model.row_upper_ = np.zeros(rows)
    starts = np.concatenate([[0], np.cumsum(copies * np.bincount(made.row, minlength=rows))])
    columns = [made.column + copy * count for copy in range(copies)]
    signs = [made.sign, made.sign, -made.sign][:copies]
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = starts.astype(np.int32)
    model.a_matrix_.index_ = np.stack(columns, axis=1).ravel().astype(np.int32)
    model.a_matrix_.value_ = np.stack(signs, axis=1).ravel()
    if chosen.any():
        kinds = highspy.HighsVarType
        whole = [kinds.kInteger if one else kinds.kContinuous for one in chosen]
        model.integrality_ = whole * copies
    return model
