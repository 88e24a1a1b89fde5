"""What a dataset lacks: the gaps that are declared of it, and those that its figures say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.cubes import within_cube
from homegraph.endpoint.display import Shown, labels, shown
from homegraph.endpoint.world import World
from homegraph.graph.cubes.versions import Version
from homegraph.graph.terms import DCT, RDF, RDFS, STAT

SHOWN = 5  # declared gaps
MOST = 1_000  # rows of a query that a link opens
WHOLE = "supplied"  # the code of what has no gap


@dataclass(frozen=True)
class Gap:
    """A declared gap: which, why, and where it is said."""

    name: Shown
    reason: str
    source: Shown | None


@dataclass(frozen=True)
class Gaps:
    """The gaps of a dataset; queries are what follows `/sparql?`."""

    computed: Sequence[tuple[str, int]]
    computed_query: str
    declared: Sequence[Gap]
    declared_count: int
    declared_query: str

    @property
    def count(self) -> int:
        """How many figures say that something is missing or not as it should be."""
        return sum(count for _, count in self.computed)


def gaps_of(
    world: World,
    dataset: NamedNode,
    series: Sequence[NamedNode],
    version: Version | None,
    is_newest: bool = True,
) -> Gaps:
    """The gaps of a dataset; `series` are the sources whose declared gaps are its own too.

    The figures of an older version are in its files, and no query finds them.
    """
    flagged = version.flagged if version else {}
    every = things.subjects(world.store, RDF.type, STAT.DeclaredGap)
    declared = sorted(
        # Slices of the cube of completeness have a series too.
        (gap for gap in every if set(things.values(world, gap, STAT.series)).intersection(series)),
        key=lambda gap: gap.value,
    )
    return Gaps(
        computed=[(word, count) for word, count in flagged.items() if word != WHOLE],
        computed_query=opened(of_figures(world, dataset)) if is_newest else "",
        declared=read(world, declared[:SHOWN]),
        declared_count=len(declared),
        declared_query=opened(of_series(series)),
    )


def read(world: World, gaps: Sequence[NamedNode]) -> list[Gap]:
    """Declared gaps as a page shows them."""
    known = labels(world, gaps)
    found = []
    for gap in gaps:
        said = {q.predicate: q.object for q in world.store.quads_for_pattern(gap, None, None)}
        reason, source = said.get(DCT.description), said.get(DCT.source)
        found.append(
            Gap(
                shown(world, gap, known),
                reason.value if isinstance(reason, Literal) else "",
                shown(world, source, {}) if isinstance(source, NamedNode) else None,
            )
        )
    return found


def opened(query: str) -> str:
    """What follows `/sparql?` so that a query is asked."""
    return urlencode({"query": query})


def of_figures(world: World, dataset: NamedNode) -> str:
    """The query for the figures of a cube that are marked."""
    marks = within_cube(world, dataset, "?figure", f"{STAT.completeness} ?how")
    return (
        f"SELECT ?figure ?how ?why WHERE {{\n  {marks}\n"
        f"  OPTIONAL {{ ?figure {RDFS.comment} ?why }}\n"
        f'  FILTER(!STRENDS(STR(?how), "/{WHOLE}"))\n}}\nLIMIT {MOST}\n'
    )


def of_series(series: Sequence[NamedNode]) -> str:
    """The query for the gaps that are declared of sources."""
    return (
        f"SELECT ?gap ?force ?first ?last ?how ?why WHERE {{\n"
        f"  VALUES ?series {{ {' '.join(map(str, series))} }}\n"
        f"  ?gap {STAT.series} ?series ; a {STAT.DeclaredGap} ; {STAT.force} ?force ;\n"
        f"    {STAT.firstMonth} ?first ; {STAT.lastMonth} ?last ;\n"
        f"    {STAT.completeness} ?how ; {DCT.description} ?why .\n"
        f"}}\nORDER BY ?force ?first\nLIMIT {MOST}\n"
    )
