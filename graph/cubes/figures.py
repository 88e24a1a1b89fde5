"""What StatDCAT-AP wants to be said of a cube: what its figures are arranged by, and their unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from homegraph.graph.cubes import text
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.periods import months_of
from homegraph.graph.source import Statement
from homegraph.graph.terms import DCAT, SDMXD, STATDCAT, XSD

STEPS = {1: "P1M", 3: "P3M", 12: "P1Y"}  # durations by their months


@dataclass(frozen=True)
class Figures:
    """The dimensions and attributes of a cube, its unit, how many series it has, and their step."""

    dimensions: tuple[NamedNode, ...]
    attributes: tuple[NamedNode, ...]
    unit: NamedNode
    series: int
    step: str  # a duration, or nothing where it does not follow from the periods

    @classmethod
    def of(cls, cube: Cube) -> Figures:
        """Look at a cube; figures that differ in nothing but the period are one series."""
        fixed = [one.column for one in cube.dimensions if one.property != SDMXD.refPeriod]
        return cls(
            tuple(one.property for one in cube.dimensions),
            tuple(text.attributes_of(cube)),
            cube.measure.unit,
            cube.frame.select(fixed).n_unique() if fixed else 1,
            step(cube),
        )

    def said_of(self, node: NamedNode) -> Iterator[Statement]:
        """The same as statements about a dataset."""
        for dimension in self.dimensions:
            yield node, STATDCAT.dimension, dimension
        for attribute in self.attributes:
            yield node, STATDCAT.attribute, attribute
        yield node, STATDCAT.statUnitMeasure, self.unit
        yield node, STATDCAT.numSeries, Literal(str(self.series), datatype=XSD.integer)
        if self.step:
            yield node, DCAT.temporalResolution, Literal(self.step, datatype=XSD.duration)


def step(cube: Cube) -> str:
    """The time from one figure of a series to the next: nothing for days, which are any.

    Years that end with each quarter overlap: from one to the next it is a quarter.
    """
    for dimension in cube.dimensions:
        if dimension.property == SDMXD.refPeriod and cube.frame.height:
            try:
                spans = [months_of(code) for code in cube.frame[dimension.column].unique()]
            except ValueError:
                return ""
            starts = {int(span[0][5:]) for span in spans}
            longest = max(len(span) for span in spans)
            if longest == 12 and len(starts) > 1:
                return STEPS[3] if len({start % 3 for start in starts}) == 1 else STEPS[1]
            return STEPS.get(longest, "")
    return ""
