"""The police forces by notation: which area each polices, and which of them police.uk publishes."""

from __future__ import annotations

from functools import cache

from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.terms import CRIME

TRANSPORT_POLICE = "btp"


@cache
def force_areas() -> dict[str, str]:
    """The notation of the territorial force that polices each police force area, by ONS code."""
    notations = {node: notation for notation, node in code_list("police-force").by_notation.items()}
    return {
        said.object.value.rpartition("/")[2]: notations[said.subject]
        for said in parse(path=ONTOLOGIES / "police-force.ttl", format=RdfFormat.TURTLE)
        if said.predicate == CRIME.policeForceArea
        and isinstance(said.object, NamedNode)
        and isinstance(said.subject, NamedNode)
    }


@cache
def of_england_and_wales() -> frozenset[str]:
    """The territorial forces of England and Wales and the transport police, by notation.

    Those of which police.uk publishes street-level crime (https://data.police.uk/docs/method/forces/
    lists the Police Service of Northern Ireland too, which is left out here).
    """
    return frozenset({*force_areas().values(), TRANSPORT_POLICE})
