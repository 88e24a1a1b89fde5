"""Figures of things over time, as properties: residents, incidents, searches, recorded offences.

The cubes have a slice for each thing, so the figures of many are had in one query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError
from homegraph.graph.iri import concept
from homegraph.graph.matching.names import GROUPS
from homegraph.graph.terms import CRIME, QB, SDMXD, STAT, XSD

AREAS = GROUPS["area"]
PERIOD = re.compile(r"[0-9]{4}(-[0-9]{2})?")
YEAR = 12  # months


@dataclass(frozen=True)
class Series:
    """Figures over time: the measure, and how the slices of a thing begin, for the code to end."""

    measure: NamedNode
    name: str
    says: str
    kinds: tuple[str, ...]
    slices: tuple[tuple[str, ...], ...]
    category: NamedNode | None = None
    of_area: bool = False  # those of a force are those of the area it polices

    def values(
        self, world: World, things: Sequence[str], period: str
    ) -> dict[str, list[NamedNode | Literal]]:
        """The figure of each thing in a period, the newest there is if none is named.

        Of a year for which there are months, the sum of them, if all are there; raises AskError.
        """
        if period and not PERIOD.fullmatch(period):
            error = AskError(f"{period[:50]!r} is no period")
            error.add_note("Write a year or a month, as 2023 or 2023-04.")
            raise error
        found: dict[str, list[NamedNode | Literal]] = {}
        for thing, figures in self.figures(world, things).items():
            number = figure(figures, period)
            if number is not None:
                found[thing] = [Literal(str(number), datatype=XSD.integer)]
        return found

    def figures(self, world: World, things: Sequence[str]) -> dict[str, dict[str, int]]:
        """The figures of things, by how their period is written: 2023, 2023-04."""
        pairs = [
            f"(<{thing}> {world.names.data(*begin[:-1], *code_in(begin[-1], code))})"
            for thing, code in self.codes(world, things).items()
            for begin in self.slices
        ]
        if not pairs:
            return {}
        only = f"?o {STAT.category} {self.category} ." if self.category else ""
        query = (
            f"SELECT ?x ?period ?n {{ VALUES (?x ?slice) {{ {' '.join(pairs)} }} "
            f"?slice {QB.observation} ?o . {only} ?o {SDMXD.refPeriod} ?period ; "
            f"{self.measure} ?n }}"
        )
        found: dict[str, dict[str, int]] = {}
        rows: Any = world.store.query(query, use_default_graph_as_union=True)  # a SELECT gives rows
        for row in rows:
            when = row["period"].value.rpartition("/")[2]
            figures = found.setdefault(row["x"].value, {})
            # An area on the border of two forces has a figure of each.
            figures[when] = figures.get(when, 0) + int(row["n"].value)
        return found

    def codes(self, world: World, things: Sequence[str]) -> Mapping[str, str]:
        """The code of each thing, by which slices name it."""
        found = {}
        for thing in things:
            node = NamedNode(thing)
            if self.of_area:
                quads = world.store.quads_for_pattern(node, CRIME.policeForceArea, None)
                node = next((q.object for q in quads if isinstance(q.object, NamedNode)), node)
            found[thing] = node.value.rpartition("/")[2]
        return found


def code_in(end: str, code: str) -> list[str]:
    """The last keys of a slice's name: its end with the code in its place.

    >>> code_in("area/{}", "E12000009"), code_in("{}/all", "kent")
    (['area', 'E12000009'], ['kent', 'all'])
    """
    return [code if key == "{}" else key for key in end.split("/")]


def figure(figures: Mapping[str, int], period: str) -> int | None:
    """The figure of a period among some; of a year, also the sum of its twelve months."""
    if not figures:
        return None
    when = period or max(figures)
    if when in figures:
        return figures[when]
    months = [number for one, number in figures.items() if one.startswith(f"{when}-")]
    return sum(months) if len(when) == 4 and len(months) == YEAR else None


ALL_CRIME = concept("crime-category", "all-crime")
INCIDENTS = tuple(
    (f"incident-totals-by-{kind}", "slice", "area/{}")
    for kind in ("lsoa", "district", "csp", "force-area", "region")
)
SERIES = (
    Series(
        STAT.residents,
        "Residents",
        "How many people live there, as estimated for the middle of a year. Of a force: in the "
        "area that it polices.",
        ("police-force", *AREAS),
        (("residents", "slice", "area/{}"),),
        of_area=True,
    ),
    Series(
        STAT.incidents,
        "Crimes of a month or year",
        "All crimes that the police published at street level for a month, or for the months of a "
        "year if all are there.",
        ("police-force", "lsoa", "district", "csp", "police-force-area", "region"),
        (("incident-totals-by-force", "slice", "force/{}"), *INCIDENTS),
        ALL_CRIME,
    ),
    Series(
        STAT.searches,
        "Stop and searches of a month or year",
        "How many stop and searches a force published for a month, or for the months of a year if "
        "all are there.",
        ("police-force",),
        (("stops-by-month", "slice", "force/{}"),),
    ),
)
