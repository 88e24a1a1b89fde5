"""What a dataset's record is worth: stars, points, conformance and freshness, with reasons.

Everything follows from the statements of one record (graph/record.py) and the few facts beside it,
so the same record has the same score wherever it is scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from homegraph.graph.quality_freshness import Freshness, freshness
from homegraph.graph.quality_metrics import BY_KEY, DIMENSIONS, METRICS, MOST, NO_FILE, Metric
from homegraph.graph.quality_reach import Answer
from homegraph.graph.quality_record import Facts
from homegraph.graph.quality_stars import Star, stars

if TYPE_CHECKING:
    from homegraph.graph.quality_conformance import Fault  # with all rules

__all__ = ["DIMENSIONS", "METRICS", "MOST", "Change", "Points", "Quality", "best_change", "score"]


@dataclass(frozen=True)
class Points:
    """What a record has of one metric: its points or none, and then the reason."""

    metric: Metric
    reason: str

    @property
    def points(self) -> int:
        """All that the metric gives, or nothing."""
        return 0 if self.reason else self.metric.points


@dataclass(frozen=True)
class Change:
    """One change to a record, and what it gains."""

    key: str
    gain: int
    mend: str


@dataclass(frozen=True)
class Quality:
    """The score of one dataset."""

    dataset: NamedNode
    stars: tuple[Star, ...]
    points: tuple[Points, ...]
    faults: tuple[Fault, ...]
    freshness: Freshness
    answers: tuple[Answer, ...] = ()  # of its addresses that were asked

    @property
    def total(self) -> int:
        """The points of all metrics, of 405."""
        return sum(one.points for one in self.points)

    @property
    def lost(self) -> dict[str, str]:
        """The reasons by metric, of those without points."""
        return {one.metric.key: one.reason for one in self.points if one.reason}

    @property
    def broken(self) -> list[Answer]:
        """The addresses that did not answer when they were asked, of whichever distribution."""
        return [answer for answer in self.answers if not answer.is_good]

    @cached_property
    def change(self) -> Change | None:
        """The one change that would gain most; None when there is nothing to gain."""
        return best_change(self.lost)

    def by_dimension(self) -> dict[str, tuple[int, int]]:
        """The points of each dimension, and how many there could be."""
        return {
            dimension: (
                sum(one.points for one in self.points if one.metric.dimension == dimension),
                sum(one.points for one in METRICS if one.dimension == dimension),
            )
            for dimension in DIMENSIONS
        }


def score(facts: Facts, today: date, faults: Sequence[Fault] = ()) -> Quality:
    """Score a record on a day; `faults` are what the shapes found in it."""
    points = tuple(Points(metric, reason) for metric, reason in reasons(facts).items())
    late = freshness(facts.said, today)
    asked = (facts.answers.of(address) for address in facts.said.addresses)
    answers = tuple(answer for answer in asked if answer is not None)
    return Quality(facts.said.dataset, stars(facts), points, tuple(faults), late, answers)


def reasons(facts: Facts) -> dict[Metric, str]:
    """Why each metric gives nothing, with the best distribution; empty where it gives its points.

    The best is the one with most points, the first of equals.
    """
    dataset = facts.said.dataset
    about = [metric for metric in METRICS if not metric.of_distribution]
    of_files = [metric for metric in METRICS if metric.of_distribution]
    each: list[dict[Metric, str]] = [
        {metric: metric.test(facts, one) for metric in of_files} for one in facts.said.distributions
    ] or [dict.fromkeys(of_files, NO_FILE)]
    best = max(each, key=worth)
    found = {metric: metric.test(facts, dataset) for metric in about} | best
    return {metric: found[metric] for metric in METRICS}


def worth(found: Mapping[Metric, str]) -> int:
    """The points of what gives them."""
    return sum(metric.points for metric, reason in found.items() if not reason)


def best_change(lost: Mapping[str, str]) -> Change | None:
    """The change that gains most, of metrics that give nothing: with those that wait for it."""
    if NO_FILE in lost.values():
        lacking = sum(BY_KEY[key].points for key, reason in lost.items() if reason == NO_FILE)
        return Change("distribution", lacking, "Give it a distribution: an address to get it from.")
    gains = {key: gain(BY_KEY[key], lost) for key in lost if BY_KEY[key].needs not in lost}
    if not gains:
        return None
    key = max(gains, key=lambda one: (gains[one], one))
    return Change(key, gains[key], BY_KEY[key].mend)


def gain(metric: Metric, lost: Mapping[str, str]) -> int:
    """The points of a metric with those of the lost ones that cannot be met without it."""
    waiting = [BY_KEY[key] for key in lost if BY_KEY[key].needs == metric.key]
    return metric.points + sum(one.points for one in waiting)
