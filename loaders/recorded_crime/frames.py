"""The frames of the cubes of recorded crime: figures as they are, groups, changes, rates."""

from __future__ import annotations

from functools import cache

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import flag
from homegraph.graph.cubes.forcemonths import force_areas
from homegraph.graph.cubes.rates import per_thousand
from homegraph.graph.cubes.tables import Tables
from homegraph.loaders.recorded_crime.categories import (
    BODIES,
    NEGATIVE,
    SCHEME,
    always_used_in,
    at_the_break,
    counted_as,
    expected,
    members,
    remarked,
)

SERIES = "recorded-crime"
KEYS = ["force", "period", "offence"]
INCOMPLETE = ("partial", "missing", "withdrawn")
RATE, CHANGE = "offences_per_thousand", "percent_change"
NOT_ABOVE_ZERO = "No change is given in per cent, because the earlier figure is not above zero."
NOT_COMPARABLE = "No change is given: the category was not in use for the whole of both years."
BROKEN = "No change is given: fraud moved from forces to Action Fraud in one of the two years."
NOT_COMPLETE = "No change is given, because one of the two years is not complete."


def narrowest(figures: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """The figures as published, flagged where a force did not supply every month."""
    return flag(figures, SERIES, gaps, measure="offences").sort(KEYS)


def grouped(figures: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """Sums over groups of categories, by force and period; flagged like their parts.

    A sum from which a category is missing that the force should have a figure of is partial, and
    its note says which: it is never given as if it were whole.
    """
    parts = figures.with_columns(as_list(figures, "file").alias("file")).join(
        members(), on="offence"
    )
    sums = parts.group_by("force", "period", "group").agg(
        *summed(), pl.col("offence").alias("_has")
    )
    named = sums.rename({"group": "offence"})
    return flag(lacking(named), SERIES, gaps, measure="offences").sort(KEYS)


def summed() -> list[pl.Expr]:
    """Sums of figures and of what they were before revisions; null where every part is null.

    Files must be lists.
    """
    before = pl.coalesce("previous", "offences").sum()
    is_revised = pl.col("previous_file").is_not_null().any() & (before != pl.col("offences").sum())
    return [
        pl.when(pl.col("offences").count() > 0).then(pl.col("offences").sum()).alias("offences"),
        pl.col("file").list.explode(empty_as_null=False).unique().sort(),
        pl.when(is_revised).then(before).alias("previous"),
        pl.when(is_revised).then(pl.col("previous_file").drop_nulls().max()).alias("previous_file"),
        pl.when(is_revised).then(pl.lit("revised")).alias("completeness"),
    ]


def lacking(sums: pl.DataFrame) -> pl.DataFrame:
    """Say of which sums a category is missing, from the list of those that they have (`_has`)."""
    below: dict[str, set[str]] = {}
    for offence, group in members().iter_rows():
        below.setdefault(group, set()).add(offence)
    labels = code_list(SCHEME).titles()
    notes = []
    for force, period, group, has in sums.select(*KEYS, "_has").iter_rows():
        absent = (below[group] & expected(period)) - set(has) if force not in BODIES else set()
        names = ", ".join(sorted(labels[offence] for offence in absent))
        notes.append(f"Not in the file, and so not counted: {names}." if names else None)
    noted = sums.drop("_has").with_columns(pl.Series("note", notes, pl.String))
    is_partial = pl.col("note").is_not_null()
    return noted.with_columns(
        pl.when(is_partial).then(pl.lit("partial")).otherwise("completeness").alias("completeness"),
        pl.when(~is_partial).then(pl.lit("A")).alias("status"),
    )


def as_list(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A column of digests as lists of digests."""
    return pl.col(column) if frame.schema[column] != pl.String else pl.concat_list(column)


def changes(by_force: pl.DataFrame) -> pl.DataFrame:
    """The change of each figure on that for the same period a year earlier, in per cent.

    There is none where a year is not complete, where the category was not in use for the whole of
    both years, where fraud was handed over in one of them, or where the earlier figure is not above
    zero; the two figures are given.
    """
    kept = by_force.select(
        *KEYS, "offences", "completeness", "note", as_list(by_force, "file").alias("file")
    )
    year_after = pl.concat_str(
        (pl.col("period").str.slice(0, 4).cast(pl.Int32) + 1).cast(pl.String),
        pl.col("period").str.slice(4),
    )
    pairs = kept.join(
        kept.with_columns(year_after.alias("period"), used=pl.col("period")),
        on=KEYS,
        suffix="_before",
    )
    compared = pairs.select("force", "offence", "period", "used").iter_rows()
    unlike = pl.Series("_unlike", [incomparable(*pair) for pair in compared], pl.String)
    incomplete = pl.any_horizontal(
        pl.col(column).is_in(INCOMPLETE).fill_null(value=False)
        for column in ("completeness", "completeness_before")
    )
    now, before = pl.col("offences"), pl.col("offences_before")
    why_not = (
        pl.when(incomplete)
        .then(pl.lit(NOT_COMPLETE))
        .when(pl.col("_unlike").is_not_null())
        .then("_unlike")
        .when(before <= 0)
        .then(pl.lit(NOT_ABOVE_ZERO))
    )
    negative = pl.when((now < 0) | (before < 0)).then(pl.lit(NEGATIVE))
    told = pl.concat_str("note", "note_before", negative, why_not, separator=" ", ignore_nulls=True)
    return (
        pairs.with_columns(unlike)
        .select(
            *KEYS,
            pl.when(why_not.is_null()).then(((now - before) * 100 / before).round(1)).alias(CHANGE),
            now.alias("figure"),
            before.alias("figure_year_before"),
            pl.when(~incomplete & pl.col("_unlike").is_null()).then(now - before).alias("change"),
            pl.when(incomplete)
            .then(None)
            .when(why_not.is_not_null())
            .then(pl.lit("M"))
            .otherwise(pl.lit("A"))
            .alias("status"),
            pl.when(incomplete).then(pl.lit("partial")).alias("completeness"),
            told.replace("", None).alias("note"),
            pl.concat_list("file", "file_before").list.unique().list.sort().alias("file"),
        )
        .sort(KEYS)
    )


@cache
def incomparable(force: str, offence: str, period: str, before: str) -> str | None:
    """Why the figures of two years cannot be compared, whatever they are; None if they can."""
    counted = counted_as(offence, force)
    if not all(always_used_in(counted, each) for each in (period, before)):
        return NOT_COMPARABLE
    return BROKEN if any(at_the_break(counted, each) for each in (period, before)) else None


def rates(by_force: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Figures per 1,000 residents of the area that a force polices, where residents are known.

    Without the forces and bodies that have no area. A year that is not complete has no rate, nor
    has a category in a year for the whole of which it was not in use.
    """
    area_of = {force: area for area, force in force_areas().items()}
    used = [always_used_in(*pair) for pair in by_force.select("offence", "period").iter_rows()]
    whole = pl.when(pl.Series(used, dtype=pl.Boolean))
    located = remarked(by_force.drop("published_period", "region", strict=False)).with_columns(
        pl.col("force").replace_strict(area_of, default=None, return_dtype=pl.String).alias("area"),
        whole.then("completeness").otherwise(pl.lit("partial")).alias("completeness"),
    )
    found = per_thousand(located.drop_nulls("area"), tables, count="offences", rate=RATE)
    return found.filter(pl.col("residents") > 0).drop("area").sort(KEYS)
