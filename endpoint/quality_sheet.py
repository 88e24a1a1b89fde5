"""What was measured of one dataset, as its page shows it: stars, points, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.world import World
from homegraph.graph.iri import CONCEPT
from homegraph.graph.quality import Change, best_change
from homegraph.graph.quality_metrics import DIMENSIONS, METRICS, MOST, Metric, rating
from homegraph.graph.quality_statements import (
    BROKEN,
    MODELS,
    OVERDUE,
    QUALITY,
    STARS,
    TOTAL,
    Measured,
)
from homegraph.graph.terms import DCT, DQV, RDFS

STEM = f"{CONCEPT}{QUALITY}/"


@dataclass(frozen=True)
class Part:
    """One dimension: its points, how many there could be; what gives none, why, and what to do.

    What waits for something else to be mended has nothing to be done for itself.
    """

    name: str
    points: int
    most: int
    lost: Sequence[tuple[Metric, str, str]]


@dataclass(frozen=True)
class Sheet:
    """The measurements of a dataset, by the key of their metric."""

    found: dict[str, Measured]
    day: str  # of the freshness, where it was measured
    most: int = MOST

    @property
    def stars(self) -> Measured:
        """How many of five stars, and why."""
        return self.found.get(STARS, Measured(STARS, 0))

    @property
    def points(self) -> int:
        """All points."""
        return self.found[TOTAL].value

    @property
    def rating(self) -> str:
        """In the words of data.europa.eu."""
        return rating(self.points)

    @property
    def overdue(self) -> Measured | None:
        """How many days late it is, if that can be told."""
        return self.found.get(OVERDUE)

    @property
    def broken(self) -> Measured | None:
        """How many of its addresses did not answer, if any was asked."""
        return self.found.get(BROKEN)

    @property
    def models(self) -> Sequence[tuple[str, Measured]]:
        """What breaks the rules of each model."""
        named = {"dcat-ap": "DCAT-AP 3.0.1", "uk-model": "UK metadata model"}
        return [(named[one], self.found[key]) for one, key in MODELS.items() if key in self.found]

    @property
    def lost(self) -> dict[str, str]:
        """Why metrics give nothing, by metric."""
        every = (self.found.get(metric.key) for metric in METRICS)
        return {one.key: one.reason for one in every if one and not one.value}

    @property
    def change(self) -> Change | None:
        """The one change that would gain most."""
        return best_change(self.lost)

    @property
    def parts(self) -> Sequence[Part]:
        """The dimensions."""
        lost, parts = self.lost, []
        for name in DIMENSIONS:
            metrics = [metric for metric in METRICS if metric.dimension == name]
            most = sum(metric.points for metric in metrics)
            gone = [
                (metric, lost[metric.key], "" if metric.needs in lost else metric.mend)
                for metric in metrics
                if metric.key in lost
            ]
            points = most - sum(metric.points for metric, *_ in gone)
            parts.append(Part(name, points, most, gone))
        return parts


def sheet_of(world: World, iri: str) -> Sheet | None:
    """What was measured of a dataset; None where nothing was."""
    found: dict[str, Measured] = {}
    day = ""
    for quad in world.store.quads_for_pattern(None, DQV.computedOn, NamedNode(iri)):
        said = {
            one.predicate: one.object
            for one in world.store.quads_for_pattern(quad.subject, None, None)
        }
        metric, value = said.get(DQV.isMeasurementOf), said.get(DQV.value)
        if not isinstance(metric, NamedNode) or not isinstance(value, Literal):
            continue
        if not metric.value.startswith(STEM) or not value.value.isdigit():
            continue  # measured by others
        reason, when = said.get(RDFS.comment), said.get(DCT.created)
        key = metric.value.removeprefix(STEM)
        text = reason.value if isinstance(reason, Literal) else ""
        found[key] = Measured(key, int(value.value), text)
        day = when.value if isinstance(when, Literal) else day
    return Sheet(found, day) if TOTAL in found else None
