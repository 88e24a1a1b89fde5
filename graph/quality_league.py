"""The league table of owners: the best and the worst dataset of each, the mean, and what to do."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.quality import MOST, Quality
from homegraph.graph.quality_metrics import BY_KEY, NO_FILE

LEAGUE = "quality.json"  # in the release


@dataclass(frozen=True)
class Row:
    """One owner: the publisher of some datasets, by IRI; nothing for those that name none.

    `to_do` is the metric that would gain most over all datasets, `lacking` how many of them give
    nothing for it, and `gain` the points that they would gain.
    """

    owner: str
    datasets: int
    points: int  # of all datasets together
    best: str
    most: int
    worst: str
    least: int
    stars: tuple[int, ...]  # how many datasets have none, one, ... five
    late: int  # how many datasets are overdue
    broken: int  # how many have an address that does not answer
    to_do: str
    lacking: int
    gain: int

    @property
    def mean(self) -> float:
        """The mean of points, to one place."""
        return round(self.points / self.datasets, 1)

    @property
    def mend(self) -> str:
        """What to do first, in words."""
        if self.to_do == "distribution":
            return "Give each a distribution: an address to get it from."
        return BY_KEY[self.to_do].mend if self.to_do else ""


@dataclass(frozen=True)
class League:
    """The table, best owner first, as at a day."""

    day: str
    rows: tuple[Row, ...]
    most: int = MOST

    def save(self, folder: Path) -> None:
        """Write it into a release."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (folder / LEAGUE).write_text(text + "\n", "utf-8")


def read(path: Path) -> League:
    """Read what save wrote; raises ReleaseTampered when it is none of ours."""
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
        rows = tuple(Row(**{**row, "stars": tuple(row["stars"])}) for row in said["rows"])
        return League(said["day"], rows, said["most"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseTampered(f"{path} cannot be read: {error}") from error


@dataclass
class Owner:
    """What is counted of one owner."""

    scores: dict[str, int] = field(default_factory=dict)
    stars: Counter[int] = field(default_factory=Counter)
    late: int = 0
    broken: int = 0
    lacking: Counter[str] = field(default_factory=Counter)
    gains: Counter[str] = field(default_factory=Counter)

    def add(self, quality: Quality) -> None:
        """Count one dataset."""
        self.scores[quality.dataset.value] = quality.total
        self.stars[sum(star.earned for star in quality.stars)] += 1
        self.late += bool(quality.freshness.overdue)
        self.broken += bool(quality.broken)
        lost = quality.lost
        if NO_FILE in lost.values():
            # One change is wanting, not twenty.
            keys = [key for key, reason in lost.items() if reason == NO_FILE]
            self.lacking["distribution"] += 1
            self.gains["distribution"] += sum(BY_KEY[key].points for key in keys)
            lost = {key: reason for key, reason in lost.items() if reason != NO_FILE}
        for key in lost:
            # What waits for another metric is gained by mending that one.
            first = BY_KEY[key].needs if BY_KEY[key].needs in lost else key
            self.lacking[key] += 1
            self.gains[first] += BY_KEY[key].points

    def row(self, name: str) -> Row:
        """The owner as a row of the table."""
        best = min(self.scores, key=lambda one: (-self.scores[one], one))
        worst = min(self.scores, key=lambda one: (self.scores[one], one))
        to_do = min(self.gains, key=lambda one: (-self.gains[one], one), default="")
        return Row(
            owner=name,
            datasets=len(self.scores),
            points=sum(self.scores.values()),
            best=best,
            most=self.scores[best],
            worst=worst,
            least=self.scores[worst],
            stars=tuple(self.stars[number] for number in range(6)),
            late=self.late,
            broken=self.broken,
            to_do=to_do,
            lacking=self.lacking[to_do],
            gain=self.gains[to_do],
        )


class Tables:
    """Counts scores by owner as they come."""

    def __init__(self) -> None:
        self._owners: defaultdict[str, Owner] = defaultdict(Owner)

    def add(self, quality: Quality, owner: str) -> None:
        """Count one dataset for its owner; "" where it names none."""
        self._owners[owner].add(quality)

    def league(self, today: date) -> League:
        """The table: the highest mean first."""
        rows = [owner.row(name) for name, owner in self._owners.items()]
        rows.sort(key=lambda row: (-row.points / row.datasets, row.owner))
        return League(today.isoformat(), tuple(rows))
