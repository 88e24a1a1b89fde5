"""Figures that several editions of a table give: the latest counts, and says what it revised.

And what a table of quarters lacks: the gaps that are declared, and those that are seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from homegraph.graph.cubes.completeness import GAPS, gaps
from homegraph.graph.cubes.periods import months_of
from homegraph.graph.cubes.tables import Tables

# Bodies that are no police force; they need not have been there from the beginning.
FRAUD_BODIES = ("action-fraud", "cifas", "uk-finance")
SEEN = "The tables have no figures of this force for the quarter."
WITHDRAWN = "The latest edition of the table no longer gives this figure."


def latest(frame: pl.DataFrame, keys: Sequence[str], measure: str, within: str) -> pl.DataFrame:
    """One row for each figure, as the latest edition gives it.

    The frame has `keys`, the measure, `file` and `issued`, the day an edition was published.
    An edition replaces earlier ones for each `within` (a period) that it holds. Added are

    - `previous` and `previous_file`: the newest earlier figure that differs, and its file;
    - `completeness`: revised where there is one; withdrawn where the latest edition that holds
      the period has no such figure any more; the measure is then null and the status M;
    - `status` and `note`.
    """
    ordered = frame.sort("issued")
    last = ordered.unique(keys, keep="last", maintain_order=True)
    newest = ordered.group_by(within).agg(pl.col("issued").max().alias("_newest"))
    last = last.join(newest, on=within)
    others = ordered.join(
        last.select(*keys, pl.col(measure).alias("_now"), pl.col("issued").alias("_last")),
        on=keys,
    )
    earlier = (
        others.filter((pl.col("issued") < pl.col("_last")) & (pl.col(measure) != pl.col("_now")))
        .unique(keys, keep="last", maintain_order=True)
        .select(*keys, pl.col(measure).alias("previous"), pl.col("file").alias("previous_file"))
    )
    gone = pl.col("issued") < pl.col("_newest")
    joined = last.join(earlier, on=keys, how="left", maintain_order="left")
    before = pl.col("previous"), pl.col("previous_file")
    return joined.with_columns(
        pl.when(~gone).then(measure).alias(measure),
        pl.when(gone).then(measure).otherwise(before[0]).alias("previous"),
        pl.when(gone).then("file").otherwise(before[1]).alias("previous_file"),
        pl.when(gone).then(pl.lit("M")).otherwise(pl.lit("A")).alias("status"),
        pl.when(gone)
        .then(pl.lit("withdrawn"))
        .when(before[0].is_not_null())
        .then(pl.lit("revised"))
        .alias("completeness"),
        pl.when(gone).then(pl.lit(WITHDRAWN)).alias("note"),
    ).drop("_newest", "issued")


def known_gaps(
    tables: Tables, series: str, figures: pl.DataFrame, also: Sequence[str] = ()
) -> pl.DataFrame:
    """The gaps of a series of quarters: those declared, and the quarters that a force lacks.

    A police force lacks a quarter when it has no row in it and others have. What is declared of
    the series `also` named holds for this one, unless something is declared of it too.
    """
    declared = gaps(tables).filter(pl.col("series").is_in([series, *also]))
    first = declared.sort(pl.col("series") != series).unique(["force", "month"], keep="first")
    known = first.with_columns(pl.lit(series).alias("series")).sort("force", "month")
    have = set(known.select("force", "month").iter_rows())
    present = set(figures.select("force", "period").unique().iter_rows())
    seen = [
        {"series": series, "force": force, "month": month, "completeness": "missing", "note": SEEN}
        for force in sorted(set(figures["force"]) - set(FRAUD_BODIES))
        for period in sorted(set(figures["period"]))
        if (force, period) not in present
        for month in months_of(period)
        if (force, month) not in have
    ]
    return pl.concat([known, pl.DataFrame(seen, schema=GAPS)])
