"""The attack: how far hidden cells can move while every published figure stays what it is.

An attacker who knows all of `System` can pin a hidden cell to an interval, between the least and
the most that it has in any table he cannot tell from the true one. Each such table that we find,
by linear programming (HiGHS), proves that intervals are at least so wide; it is believed only
after checking that its cells keep their bounds and add up, so no proof rests on the solver.
"""

from __future__ import annotations

import highspy
import numpy as np

from homegraph.graph.disclosure_system import Flags, Floats, System
from homegraph.graph.errors import ReleaseError

NEAR = 1e-6  # what counts as no difference, between tables of whole numbers
HIDDEN_PRICE = 0.01  # of moving a cell that is hidden anyway; not 0, so that few are moved
FREELY = 20.0
REWARD = 0.02
WORTH = 3
SEED = 20110  # any number: the same attack every time


class Attack:
    """Tables that look like the true one; `least` and `most` are what they hold in each cell.

    Every unknown has two columns, for moving up and down from its true value.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.programs = 0
        self.least, self.most = system.value.copy(), system.value.copy()
        self._up, self._down = np.zeros(len(system)), np.zeros(len(system))
        self._prices = np.zeros(2 * len(system))
        self._columns = np.arange(2 * len(system), dtype=np.int32)
        self._random = np.random.default_rng(SEED)
        self._highs = _model(system)

    def movable(self, cells: Flags, at_most: Floats | float = np.inf) -> None:
        """Let these unknowns move within what is known of them, and no others."""
        system = self.system
        self._up = np.where(cells, np.minimum(system.high - system.value, at_most), 0.0)
        self._down = np.where(cells, np.minimum(system.value - system.low, at_most), 0.0)
        upper = np.concatenate([self._up, self._down])
        self._highs.changeColsBounds(len(upper), self._columns, np.zeros(len(upper)), upper)

    def charge(self, hidden: Flags) -> None:
        """Price moves at what hiding the cell costs; those of open cells may even pay.

        Hiding costs the same however little the cell can then move, so a short way costs more
        for each step. Pay makes a program for one cell happen to prove others wide.
        """
        system = self.system
        bounded = self.open(hidden) & np.isfinite(system.high)
        pay = self._random.uniform(-REWARD, REWARD, len(hidden)) * bounded
        prices = []
        for room, signed in ((self._up, pay), (self._down, -pay)):
            steps = np.clip(room / np.maximum(system.width, 1.0), NEAR, 1.0)
            prices.append(np.where(hidden, HIDDEN_PRICE, system.price / np.maximum(steps, 0.1)))
            prices[-1] += signed
        self.price(*prices)

    def price(self, up: Floats, down: Floats) -> None:
        """What moving each unknown by one costs, to be kept low."""
        self._prices = np.concatenate([up, down])
        self._highs.changeColsCost(len(self._prices), self._columns, self._prices)

    def open(self, hidden: Flags) -> Flags:
        """The hidden unknowns not yet proven to be wide enough."""
        system = self.system
        narrow = self.most - self.least < system.width - NEAR
        narrow |= self.most - system.value < system.margin - NEAR
        narrow |= system.value - self.least < system.margin - NEAR
        return hidden & narrow

    def spread(self, hidden: Flags, wanted: Flags | None = None) -> None:
        """Move as many wanted cells as possible at once, to and fro, while that proves many wide.

        Cells that are `hidden` may move; all of them are wanted unless others are given.
        One such program costs about as much as `WORTH` that move one cell.
        """
        wanted = hidden if wanted is None else wanted
        self.movable(hidden, self.system.width * (1 if wanted is hidden else FREELY))
        still = self.open(wanted)
        while still.any():
            drawn = self._random.uniform(-1, 1, len(hidden)) * still
            for sign in (1, -1):
                self.price(NEAR + sign * drawn, NEAR - sign * drawn)
                if (moves := self._solve()) is not None:
                    self._note(moves)
            before, still = still, self.open(wanted)
            if np.count_nonzero(before) - np.count_nonzero(still) < 2 * WORTH:
                return

    def widen(self, cell: int, hidden: Flags) -> Flags:
        """Move one cell until its interval is wide, or as wide as can be; say which had to move.

        It goes up, down or some of both, whichever hides least.
        """
        best: list[Floats] = []
        least = np.inf
        for up, down in self._ways(cell):
            found = self._both(cell, up, down)
            if len(found) == (up > NEAR) + (down > NEAR):
                price = float(self.system.price @ (_moved(found, hidden) & ~hidden))
                if price < least:
                    best, least = found, price
                if price == 0:
                    break
        best = best or self._both(cell, self._reach(cell, True), self._reach(cell, False))
        for table in best:
            self._note(table)
        return _moved(best, hidden)

    def _both(self, cell: int, up: float, down: float) -> list[Floats]:
        """The cheapest tables with one cell moved up, and down by what may move anyway."""
        above = self._push(cell, up, True)
        if above is None or down <= NEAR:
            below = self._push(cell, down, False)
        else:
            prices, moved = self._prices, np.abs(above) > NEAR
            cheap = np.concatenate([moved, moved])
            self.price(*np.split(np.where(cheap, np.minimum(prices, HIDDEN_PRICE), prices), 2))
            below = self._push(cell, down, False)
            self.price(*np.split(prices, 2))
        return [table for table in (above, below) if table is not None]

    def _ways(self, cell: int) -> list[tuple[float, float]]:
        """How far to go up and down from the true value to make one cell wide; the likeliest first.

        Where a cell was seen to go already counts.
        """
        value, width = self.system.value[cell], float(self.system.width[cell])
        above, below = float(self.most[cell] - value), float(value - self.least[cell])
        room_above, room_below = float(self._up[cell]), float(self._down[cell])
        ways = []
        margin = float(self.system.margin[cell])
        for wanted in (width - max(below, margin), width / 2, max(above, margin)):
            up = min(max(wanted, above, width - room_below), room_above)
            down = max(width - up, below)
            if down <= room_below + NEAR:
                ways.append(
                    (up if up > above + NEAR else 0.0, down if down > below + NEAR else 0.0)
                )
        return sorted(set(ways), key=lambda way: (way[0] > 0 and way[1] > 0, ways.index(way)))

    def _push(self, cell: int, amount: float, upwards: bool) -> Floats | None:
        """The cheapest table in which one cell has moved so much."""
        if amount <= NEAR:
            return None
        columns = (cell, cell + len(self.system))
        forth, back = columns if upwards else columns[::-1]
        self._highs.changeColBounds(forth, amount, amount)
        self._highs.changeColBounds(back, 0.0, 0.0)
        moves = self._solve()
        self._highs.changeColBounds(columns[0], 0.0, float(self._up[cell]))
        self._highs.changeColBounds(columns[1], 0.0, float(self._down[cell]))
        return moves

    def _reach(self, cell: int, upwards: bool) -> float:
        """How far a cell can move one way, at any price, up to its width."""
        prices, alone = self._prices, np.zeros(len(self._prices))
        column = cell if upwards else cell + len(self.system)
        room = float((self._up if upwards else self._down)[cell])
        alone[column] = -1.0
        self._highs.changeColBounds(column, 0.0, min(room, float(self.system.width[cell])))
        self.price(*np.split(alone, 2))
        moves = self._solve()
        self.price(*np.split(prices, 2))
        self._highs.changeColBounds(column, 0.0, room)
        return 0.0 if moves is None else float(abs(moves[cell]))

    def _solve(self) -> Floats | None:
        """One linear program: how far each unknown moves in a table like the true one."""
        self._highs.clearSolver()  # from the true table it is nearer than from the last one
        self._highs.run()
        self.programs += 1
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        columns = np.array(self._highs.getSolution().col_value)
        moves: Floats = columns[: len(self.system)] - columns[len(self.system) :]
        return moves

    def _note(self, moves: Floats) -> None:
        """Believe a table that adds up and keeps its bounds, and only that."""
        value = self.system.value + moves
        kept = (value > self.system.low - NEAR) & (value < self.system.high + NEAR)
        if not (kept.all() and self.system.adds_up(moves)):
            raise ReleaseError("the linear solver gave a table that does not add up")
        np.minimum(self.least, value, out=self.least)
        np.maximum(self.most, value, out=self.most)


def audit(system: System, hidden: Flags) -> Attack:
    """Attack a finished table afresh, with nothing movable but what is hidden."""
    attack = Attack(system)
    attack.spread(hidden)
    attack.movable(hidden)
    for cell in np.flatnonzero(attack.open(hidden)):
        if attack.open(hidden)[cell]:
            attack.charge(hidden)
            attack.widen(int(cell), hidden)
    return attack


def _moved(tables: list[Floats], like: Flags) -> Flags:
    """The unknowns that some table moves."""
    moved = np.zeros_like(like)
    for table in tables:
        moved |= np.abs(table) > NEAR
    return moved


def _model(system: System) -> highspy.Highs:
    """The sums, as rows of a linear program that starts from the true table."""
    count, rows = len(system), len(system.equations)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = 2 * count, rows
    model.col_cost_ = model.col_lower_ = model.col_upper_ = np.zeros(2 * count)
    model.row_lower_ = model.row_upper_ = np.zeros(rows)
    starts = np.concatenate([[0], np.cumsum(2 * np.bincount(system.row, minlength=rows))])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = starts.astype(np.int32)
    model.a_matrix_.index_ = np.stack([system.column, system.column + count], axis=1).ravel()
    model.a_matrix_.value_ = np.stack([system.sign, -system.sign], axis=1).ravel()
    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("presolve", "off")  # it would throw away where the last program ended
    highs.passModel(model)
    return highs
