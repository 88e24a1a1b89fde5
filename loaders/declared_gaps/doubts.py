"""Declarations that the data itself contradicts: perhaps they no longer hold."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from homegraph.graph.cubes.completeness import NO_FIGURE, SUPPLIED_MONTHLY, months_between, supplied
from homegraph.graph.cubes.periods import in_words, months_of
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Finding

REMEDY = "If it was supplied late, end the declaration before it; flags stay until then."


def doubts(tables: Tables, facts: pl.DataFrame) -> Iterator[Finding]:
    """A warning for each declaration of months for which the series holds something all the same.

    A later release may give what was missing in an earlier one, and an error may be in either;
    so a person has to look, and until then the figures keep their flag.
    """
    held: dict[str, set[tuple[str, str]]] = {}
    for fact in facts.filter(pl.col("completeness").is_in(NO_FIGURE)).to_dicts():
        series = fact["series"]
        if series not in held:
            held[series] = set(months_held(tables, series))
        gap = months_between(fact["first_month"], fact["last_month"])
        there = [month for month in gap if (fact["force"], month) in held[series]]
        if there:
            yield Finding(
                f"the series has figures for {in_words(there)}, declared {fact['completeness']}",
                REMEDY,
                fact["file_name"],
                fact["row"],
                "Completeness",
                fact["completeness"],
                "warning",
            )


def months_held(tables: Tables, series: str) -> Iterator[tuple[str, str]]:
    """Each force and month that a series has records for, or a figure other than 0.

    A figure of a month or a quarter counts; one of a longer period may well be of a part of it.
    """
    monthly = dict(SUPPLIED_MONTHLY)
    if series in monthly:
        yield from supplied(tables, series, monthly[series]).select("force", "month").iter_rows()
        return
    figures = tables.get(series, "figures")
    if figures is None or not {"force", "period", "offences"} <= set(figures.collect_schema()):
        return
    some = figures.filter(pl.col("offences") != 0).select("force", "period").unique().collect()
    for force, period in some.sort("force", "period").iter_rows():
        months = months_of(period)
        if len(months) <= 3:
            yield from ((force, month) for month in months)
