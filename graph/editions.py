"""Figures that several editions of a table give: the latest counts, and says what it revised."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

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
