"""From a count back to what was counted: a query for the records behind an observation."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.display import Term
from homegraph.endpoint.world import World
from homegraph.graph.iri import concept
from homegraph.graph.terms import CRIME, DCT, PLACE, QB, SDMXD, STAT

STREET_CRIME = "street-crime"
ALL_CRIME = concept("crime-category", "all-crime")
NO_CRIME = concept("crime-category", "anti-social-behaviour")  # all crime is all but this
LARGER = (PLACE.msoa, PLACE.district, PLACE.communitySafetyPartnership, PLACE.policeForceArea)
LSOA = ("E01", "W01", "95")  # the codes of the smallest areas begin so


def counted(world: World, cube: NamedNode, codes: Mapping[NamedNode, Term]) -> str:
    """A query for the incidents that were counted; nothing where the records are not here."""
    if world.names.data(STREET_CRIME) not in things.values(world, cube, DCT.source):
        return ""
    if not counts_incidents(world, cube):
        return ""
    steps, unless = [], ""
    for dimension, code in codes.items():
        if code == ALL_CRIME:
            steps.append(f"{CRIME.category} ?category")
            unless = f"  FILTER(?category != {NO_CRIME})\n"
        elif dimension == STAT.category:
            steps.append(f"{CRIME.category} {code}")
        elif dimension == STAT.outcome:
            steps.append(f"{CRIME.outcome} {code}")
        elif dimension == STAT.force:
            steps.append(f"{CRIME.force} {code}")
        elif dimension == SDMXD.refPeriod:
            steps.append(f"{CRIME.month} {code}")
        elif dimension == SDMXD.refArea and isinstance(code, NamedNode):
            steps.append(where(code))
        else:
            return ""
    lines = " ;\n    ".join(steps)
    return f"SELECT ?incident WHERE {{\n  ?incident {lines} .\n{unless}}}\n"


def counts_incidents(world: World, cube: NamedNode) -> bool:
    """Whether the figures of a cube are numbers of incidents."""
    measures = [
        measure
        for definition in things.values(world, cube, QB.structure)
        for component in things.values(world, definition, QB.component)
        for measure in things.values(world, component, QB.measure)
    ]
    return measures == [STAT.incidents]


def where(area: NamedNode) -> str:
    """The step from an incident to an area: its point's own, or a larger one that has that."""
    code = area.value.rpartition("/")[2]
    if code.startswith(LSOA):
        return f"{CRIME.mapPoint}/{CRIME.lsoa} {area}"
    larger = "|".join(str(one) for one in LARGER)
    region = f"{PLACE.district}/({PLACE.region}|{PLACE.country})"  # Wales is a country of no region
    return f"{CRIME.mapPoint}/{CRIME.lsoa}/({larger}|{region}) {area}"
