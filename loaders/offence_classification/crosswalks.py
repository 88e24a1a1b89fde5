"""Links from the sub-groups of recorded crime to the lists of others, as crosswalk.csv has them.

Only what a build has codes for is linked. A pair without a match of its own in the table matches
closely when both stand for each other alone in the whole table, and is wider or narrower if not.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import NamedNode, Quad

from homegraph.graph.classification import all_classes
from homegraph.graph.correspondence import Pair, matched, say_correspondence
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names
from homegraph.graph.offences import SCHEME, slug
from homegraph.graph.terms import SKOS

TITLES = {
    "crime-category": "Offence sub-groups of recorded crime to the categories of police.uk",
    "iccs": "Offence groups and sub-groups of recorded crime to the international classification",
}


class Link(NamedTuple):
    """One row of crosswalk.csv."""

    list: str
    concept: str
    other_list: str
    other_concept: str
    match: str
    status: str
    source: str


@cache
def links() -> tuple[Link, ...]:
    """The rows of crosswalk.csv."""
    path = Path(__file__).with_name("crosswalk.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        return tuple(Link(**row) for row in csv.DictReader(stream))


def pair(link: Link) -> Pair:
    """A row as a pair of concepts, with the match that it names or that follows."""
    if link.match:
        return Pair(link.concept, link.other_concept, match=NamedNode(SKOS.iri + link.match))
    alike = [other for other in links() if other.other_list == link.other_list]
    forth = Counter(other.concept for other in alike)
    back = Counter(other.other_concept for other in alike)
    follows = matched(forth[link.concept] > 1, back[link.other_concept] > 1)
    return Pair(link.concept, link.other_concept, match=follows)


def crosswalks(tables: Tables, names: Names, graph: str) -> Iterator[Quad]:
    """The correspondences of the groups and sub-groups that the tables of a build have."""
    present = {
        key
        for each in all_classes(tables, names).values()
        for key in (slug(each.group), slug(each.subgroup))
    }
    for other, title in TITLES.items():
        rows = [row for row in links() if row.other_list == other and row.concept in present]
        for status, source in sorted({(row.status, row.source) for row in rows}):
            pairs = [pair(row) for row in rows if (row.status, row.source) == (status, source)]
            said = say_correspondence(
                title, (SCHEME, other), pairs, status, (NamedNode(source),), SCHEME, names
            )
            for statement in said:
                yield Quad(*statement, names.graph(graph))
