"""Which of several files holds, where they give figures for the same thing."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def settled(
    frame: pl.DataFrame, keys: Sequence[str], measure: str, *, published: str = "published"
) -> pl.DataFrame:
    """One row for each combination of `keys`: the one of the file that was published last.

    `published` is a column by which files sort in the order of their publication; it is dropped.
    Where an earlier file gives another figure, the row gets the last such figure as `previous` and
    the digest of its file as `previous_file`, its `completeness` is "revised" and its `note` says
    so. The four columns are always there. Where files agree, the later is cited and nothing said.
    """
    ordered = frame.sort(published, maintain_order=True).with_row_index("_order")
    last = ordered.group_by(keys, maintain_order=True).last()
    earlier = (
        ordered.join(last.select(*keys, pl.col(measure).alias("_last")), on=keys)
        .filter(pl.col(measure).ne_missing(pl.col("_last")))
        .group_by(keys, maintain_order=True)
        .last()
        .select(*keys, pl.col(measure).alias("previous"), pl.col("file").alias("previous_file"))
    )
    is_revised = pl.col("previous_file").is_not_null()
    return (
        last.join(earlier, on=keys, how="left")
        .with_columns(
            pl.when(is_revised).then(pl.lit("revised")).alias("completeness"),
            pl.when(is_revised)
            .then(pl.format("Revised: an earlier file gave {}.", pl.col("previous")))
            .alias("note"),
        )
        .sort("_order")
        .drop("_order", published)
    )
