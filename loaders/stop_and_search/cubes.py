"""Cubes of stop and search, counted from the table of searches.

Each level of detail is a cube of its own, so that no sum within a cube counts a search twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import polars as pl
from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.cubes.completeness import flag, gaps, missing_rows, with_reasons
from homegraph.graph.cubes.cube import Codes, Cube, Dimension, Measure, concepts, months
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names, concept
from homegraph.graph.terms import SDMXD, SKOS, STAT
from homegraph.loaders.stop_and_search.columns import NOT_RECORDED

DATASET = "stop-and-search"
COUNT = "searches"
FULL = ("force", "month", "object", "outcome", "ethnicity")
BY_ETHNICITY = ("force", "month", "outcome", "ethnicity")
TOTAL = ("force", "month")
KEYWORDS = ("stop and search", "policing", "ethnicity")
MONTHS = (
    "Months are those of the files, that is of the clocks of the United Kingdom. A month that is "
    "known to have been supplied only in part, or not at all, is marked, and it is said why."
)
COMBINATIONS = (
    "There is an observation for each combination that occurs. Others are nought where the force "
    "supplied the month in full; where it did not, nothing is known of them."
)


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """Searches by force and month: in full detail, by ethnic group, and altogether."""
    searches = tables.get(DATASET, "searches")
    if searches is None:
        return
    coded = searches.with_columns(pl.col("object", "outcome", "ethnicity").fill_null(NOT_RECORDED))
    known = gaps(tables)
    yield cube(
        "stops-by-force",
        "Stop and search by force, month, object, outcome and ethnicity",
        "How many stop and searches police forces made, as counted from the records that they "
        f"publish. {COMBINATIONS} "
        f"What a record does not say is counted as not recorded. {MONTHS}",
        flagged(coded, FULL, known),
        FULL,
        (("force", "month"), ("force", "ethnicity")),
    )
    grouped = coded.with_columns(pl.col("ethnicity").replace_strict(groups()))
    yield cube(
        "stops-by-ethnicity",
        "Stop and search by force, month, outcome and ethnic group",
        "How many stop and searches police forces made, by the broad group of the ethnicity that "
        "persons gave. The groups do not overlap, and every search is in one of them; those of "
        "persons who did not say, and of vehicles alone, are in the group not stated. "
        f"{COMBINATIONS} {MONTHS}",
        flagged(grouped, BY_ETHNICITY, known),
        BY_ETHNICITY,
        (("force", "month"), ("force", "ethnicity")),
    )
    total = flagged(coded, TOTAL, known)
    lacking = missing_rows(total, DATASET, known, measure=COUNT, dimensions=TOTAL, period="month")
    yield cube(
        "stops-by-month",
        "Stop and search by force and month",
        "How many stop and searches police forces made, whatever came of them. A force that has "
        "files of other months in this release and none of this one has a missing figure, which "
        f"cites the files that there are of the month. {MONTHS}",
        pl.concat([total, reasoned(lacking, known)], how="diagonal").sort(TOTAL),
        TOTAL,
        (("force",), ("month",)),
    )


def flagged(searches: pl.LazyFrame, by: tuple[str, ...], known: pl.DataFrame) -> pl.DataFrame:
    """How many searches there are, with the months marked that were not supplied in full."""
    counted = (
        searches.group_by(by)
        .agg(pl.len().cast(pl.Int64).alias(COUNT), pl.col("file").unique().sort())
        .sort(by)
        .collect()
    )
    return reasoned(flag(counted, DATASET, known, measure=COUNT, period="month"), known)


def reasoned(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The figures with the declared reason in the notes of those that lack something."""
    return with_reasons(frame, DATASET, known, month="month")


@cache
def groups() -> dict[str, str]:
    """The broad group of each ethnicity that a record may have, by notation.

    >>> groups()["A4"], groups()["NS"], groups()["not-recorded"]
    ('asian', 'not-stated', 'not-stated')
    """
    notation = {node: code for code, node in code_list("ethnicity").by_notation.items()}
    above = {
        notation[quad.subject]: notation[quad.object]
        for quad in parse(path=ONTOLOGIES / "ethnicity.ttl", format=RdfFormat.TURTLE)
        if quad.predicate == SKOS.broader
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }
    return {part: whole for part, whole in above.items() if part not in above.values()}


def cube(
    name: str,
    title: str,
    description: str,
    frame: pl.DataFrame,
    dimensions: tuple[str, ...],
    slices: tuple[tuple[str, ...], ...],
) -> Cube:
    """One cube of counts of searches."""
    ours = {
        "force": Dimension("force", STAT.force, listed("police-force")),
        "month": Dimension("month", SDMXD.refPeriod, months()),
        "object": Dimension("object", STAT.searchObject, listed("search-object")),
        "outcome": Dimension("outcome", STAT.searchOutcome, listed("search-outcome")),
        "ethnicity": Dimension("ethnicity", STAT.ethnicity, listed("ethnicity")),
    }
    return Cube(
        name=name,
        source=DATASET,
        title=title,
        description=description,
        dimensions=tuple(ours[column] for column in dimensions),
        measure=Measure(COUNT, STAT.searches, concept("counting-unit", "search")),
        frame=frame,
        slices=slices,
        keywords=KEYWORDS if "ethnicity" in dimensions else KEYWORDS[:2],
        partition="month",
    )


def listed(scheme: str) -> Codes:
    """The codes of one of our code lists, with their labels."""
    return concepts(scheme, code_list(scheme).titles())
