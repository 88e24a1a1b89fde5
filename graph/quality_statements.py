"""Scores as statements of the Data Quality Vocabulary, in a graph of their own.

Each measurement leads to its dataset by dqv:computedOn and says nothing of it, so that what the
catalogue says of a dataset does not change with its score. Metrics are described in
ontologies/quality.ttl.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.iri import Names, concept
from homegraph.graph.personal import masked
from homegraph.graph.quality import Quality
from homegraph.graph.terms import DCT, DQV, RDF, RDFS, XSD

QUALITY = "quality"  # the graph, and the list of metrics
TOTAL, STARS, OVERDUE, BROKEN = "points", "stars", "overdue", "broken-addresses"
MODELS = {"dcat-ap": "dcat-ap-faults", "uk-model": "uk-model-faults"}
MESSAGES = 5  # told of each model


@dataclass(frozen=True)
class Measured:
    """One measurement: the metric by its key, the value, and the reason where there is one."""

    key: str
    value: int
    reason: str = ""
    day: date | None = None  # that it holds for, if it does not hold for every day


def metric(key: str) -> NamedNode:
    """The name of a metric."""
    return concept(QUALITY, key)


def place(dataset: NamedNode) -> str:
    """What stands for a dataset in the names of its measurements, others' names included."""
    return sha256(dataset.value.encode()).hexdigest()[:16]


def measured(quality: Quality) -> Iterator[Measured]:
    """What is measured of a dataset, whatever the day."""
    change = quality.change
    gain = f"{change.gain} points to gain: {change.mend}" if change else ""
    yield Measured(TOTAL, quality.total, gain)
    earned = [star for star in quality.stars if star.earned]
    missing = [star.reason for star in quality.stars if not star.earned]
    yield Measured(STARS, len(earned), " ".join([*(s.reason for s in earned), *missing[:1]]))
    for one in quality.points:
        yield Measured(one.metric.key, one.points, one.reason)
    for model, key in MODELS.items():
        found = [fault for fault in quality.faults if fault.model == model]
        told = dict.fromkeys(fault.message for fault in found)
        yield Measured(key, len(found), some(list(told)))
    if quality.answers:
        yield Measured(BROKEN, len(quality.broken), some([f"{one}." for one in quality.broken]))


def some(told: list[str]) -> str:
    """The first of several messages, and how many more there are."""
    more = [f"And {len(told) - MESSAGES} more."] if len(told) > MESSAGES else []
    return " ".join([*told[:MESSAGES], *more])


def late(quality: Quality, today: date) -> Iterator[Measured]:
    """What is measured of a dataset on one day: how late it is, where that can be told."""
    if quality.freshness.overdue is not None:
        yield Measured(OVERDUE, quality.freshness.overdue, quality.freshness.reason, today)


def statements(dataset: NamedNode, one: Measured, names: Names) -> list[Quad]:
    """One measurement; what a record says is repeated in a reason without anything personal.

    An address is no personal data where it stands as an address, but in a sentence it would be read
    as text, and a part of it that looks like a postcode would stop the release.
    """
    node, graph = names.thing("measurement", place(dataset), one.key), names.graph(QUALITY)
    said: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF.type, DQV.QualityMeasurement),
        (DQV.isMeasurementOf, metric(one.key)),
        (DQV.computedOn, dataset),
        (DQV.value, Literal(str(one.value), datatype=XSD.integer)),
    ]
    if one.reason:
        said.append((RDFS.comment, Literal(masked(one.reason), language="en")))
    if one.day is not None:
        said.append((DCT.created, Literal(one.day.isoformat(), datatype=XSD.date)))
    return [Quad(node, predicate, value, graph) for predicate, value in said]
