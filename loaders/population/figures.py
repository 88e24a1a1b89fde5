"""From the figures of all files to one for each area and year, with what was published before.

Police force areas and community safety partnerships have no estimates of their own: they are sums
over the districts of one file, where those lie in them as a whole.
"""

from __future__ import annotations

import polars as pl

from homegraph.loaders.population.estimates import Figure

SCHEMA = {name: pl.Int64 if name in {"residents", "row"} else pl.String for name in Figure._fields}
SUMMED = ("csp", "force-area")
LIKE_FIGURES = ["area", "year", "residents", "file", "sheet", "row", "cell_column"]


def frame(figures: list[Figure]) -> pl.DataFrame:
    """All figures of all files."""
    return pl.DataFrame(figures, SCHEMA, orient="row")


def winners(published: pl.DataFrame) -> pl.DataFrame:
    """The figure that was published last for each area and year.

    Where an earlier file gave another, `previous` and `previous_file` say what that was, and
    `completeness` is revised. Where it gave the same, the later file is cited alone.
    """
    last = pl.col("residents").last()
    earlier = pl.col("residents") != last
    return (
        published.sort("area", "year", "published", "file")
        .group_by("area", "year", maintain_order=True)
        .agg(
            *(pl.col(name).last() for name in (*LIKE_FIGURES[2:], "note")),
            pl.col("residents").filter(earlier).last().alias("previous"),
            pl.col("file").filter(earlier).last().alias("previous_file"),
        )
        .with_columns(
            pl.when(pl.col("previous").is_not_null()).then(pl.lit("revised")).alias("completeness")
        )
    )


def sums(published: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The figures of areas that are made of districts, one for each file that has all of them."""
    found = [
        sums_in(part, members, kind)
        for _, part in sorted(published.group_by("file"), key=lambda group: str(group[0]))
        for kind in SUMMED
    ]
    return pl.concat(found) if found else published.clear()


def sums_in(file: pl.DataFrame, members: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The sums of one file for one kind of area.

    The districts of a file share out the land among them. An area is summed when every district of
    today that has a part of it is there, itself or by one that it replaced; when no district that
    is there has only a part in it; and when, for a district of today that has only a part in it,
    all those are there that it replaced.
    """
    within = members.filter(pl.col("kind") == kind).select("code", "member_of", "share")
    today = members.filter(pl.col("kind") == "district").select("code", today="member_of")
    links = within.join(today, on="code", how="left")
    is_old = pl.col("today").is_not_null()
    links = links.filter(is_district("code")).with_columns(
        is_old.alias("is_old"),
        pl.col("today").fill_null(pl.col("code")),
        pl.col("code").is_in(file.get_column("area").unique().implode()).alias("here"),
    )
    parted = links.filter(~pl.col("is_old") & (pl.col("share") == "part"))
    parted = parted.select("member_of", pl.col("code").alias("today"), is_parted=pl.lit(value=True))
    links = links.join(parted, on=["member_of", "today"], how="left").with_columns(
        pl.col("is_parted").fill_null(value=False)
    )
    represented = pl.col("here").any().over("member_of", "today")
    whole = pl.col("share") == "whole"
    complete = links.group_by("member_of").agg(
        (
            represented
            & (whole | ~pl.col("here"))
            & (pl.col("here") | ~(pl.col("is_old") & pl.col("is_parted") & whole))
        )
        .all()
        .alias("complete")
    )
    use = links.join(complete.filter("complete"), on="member_of").filter("here")
    return (
        use.select("code", "member_of")
        .join(file, left_on="code", right_on="area")
        .sort("code")
        .group_by("member_of", "year", maintain_order=True)
        .agg(
            pl.lit("").alias("name"),
            pl.col("residents").sum(),
            pl.col("file", "sheet", "cell_column", "published").first(),
            pl.lit(None, pl.Int64).alias("row"),
            pl.format(
                "Sum of {} districts: {}.", pl.len(), pl.col("code").sort().str.join(", ")
            ).alias("note"),
        )
        .rename({"member_of": "area"})
        .select(SCHEMA.keys())
        .cast(SCHEMA)  # type: ignore[arg-type]
    )


def is_district(column: str) -> pl.Expr:
    """Whether a code is of a district."""
    return pl.col(column).str.contains("^(E0[6-9]|W06)")
