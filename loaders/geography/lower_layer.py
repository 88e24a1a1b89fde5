"""Lower layer areas (LSOAs): their names, and through them the larger areas that they lie in.

ONS names an LSOA after the middle layer area (MSOA) that it is in, with a letter added: "Bristol
058A" is in "Bristol 058". Some districts have been renamed and some MSOAs redrawn since, so a code
may have two names; each leads to an MSOA by the names of either census, and the newest name counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from homegraph.graph.cubes.tables import Tables
from homegraph.loaders.geography.gazetteer import LAST_2011, Gazetteer

# The larger areas that are said of each LSOA in the graph; countries follow from the region.
SAID = ("msoa", "district", "csp", "force-area", "region")
NAMES = dict.fromkeys(("code", "name", "vintage", "month"), pl.String)


@dataclass(frozen=True)
class Resolved:
    """What the names of lower layer areas lead to.

    `named` has code, name, older names, whether the code is known to be of 2021, and whether
    another source gives its names already; `links` are the members of LSOAs; `areas` and `members`
    are the whole tables.
    """

    named: pl.DataFrame
    links: pl.DataFrame
    areas: pl.DataFrame
    members: pl.DataFrame


def names_in(known: Gazetteer) -> pl.DataFrame:
    """The names of lower layer areas in boundary files: code, name, vintage, month (null)."""
    rows = [
        (area.code, name, vintage, None)
        for area in known.of_kind("lsoa")
        for vintage, name in sorted(area.names.items())
    ]
    return pl.DataFrame(rows, NAMES, orient="row")


def msoas_by_name(known: Gazetteer) -> pl.DataFrame:
    """Each name that a middle layer area has or had, with its code: stem, msoa."""
    rows = sorted({(name, a.code) for a in known.of_kind("msoa") for name in a.names.values()})
    frame = pl.DataFrame(rows, {"stem": pl.String, "msoa": pl.String}, orient="row")
    return frame.filter(pl.col("stem").is_unique())  # a name of two areas proves nothing


def resolve(tables: Tables) -> Resolved | None:
    """Follow the names of lower layer areas; None when no file of this source was read."""
    areas, members = tables.get("geography", "areas"), tables.get("geography", "members")
    boundaries = tables.get("geography", "lower_layer_names")
    msoas = tables.get("geography", "msoa_names")
    if areas is None or members is None or boundaries is None or msoas is None:
        return None
    named = newest_names([boundaries.collect(), *from_street(tables), *from_tables(tables)])
    links = follow(named, msoas.collect(), members.collect())
    known = named.select(
        "code",
        "name",
        pl.lit("lsoa").alias("kind"),
        pl.when("is_2021").then(pl.lit("2021")).otherwise(pl.lit("2011")).alias("vintage"),
    )
    whole = pl.concat([areas.collect().join(known, on="code", how="anti"), known]).sort("code")
    others = members.collect().join(known, on="code", how="anti")
    return Resolved(named, links, whole, pl.concat([others, links]))


def from_street(tables: Tables) -> list[pl.DataFrame]:
    """Names in files of street-level crime: those of a month with codes new in 2021 are of 2021."""
    table = tables.get("street-crime", "areas")
    if table is None:
        return []
    seen = table.select("code", "name", "month").unique().collect()
    months = seen.filter(is_new("code")).get_column("month").unique()
    of_2021 = pl.col("month").is_in(months.implode())
    vintage = pl.when(of_2021).then(pl.lit("2021")).otherwise(pl.lit("2011")).alias("vintage")
    return [seen.select("code", "name", vintage, "month")]


def from_tables(tables: Tables) -> list[pl.DataFrame]:
    """Names in tables of the population and the deprivation of small areas, which are of 2011."""
    of_2011 = pl.lit("2011").alias("vintage"), pl.lit(None, pl.String).alias("month")
    found = (tables.get(source, "lower_layer_names") for source in ("population", "deprivation"))
    return [one.select("code", "name", *of_2011).collect() for one in found if one is not None]


def is_new(column: str) -> pl.Expr:
    """Whether a code was given in 2021."""
    code = pl.col(column)
    last = code.str.slice(0, 3).replace_strict(LAST_2011, default=None)
    return code > last


def newest_names(found: list[pl.DataFrame]) -> pl.DataFrame:
    """One row for each code: name, older, is_2021, said_elsewhere."""
    return (
        pl.concat(found)
        .sort("code", "vintage", "month", "name", nulls_last=False)
        .group_by("code", maintain_order=True)
        .agg(
            pl.col("name").last(),
            pl.col("name").unique().sort().alias("older"),
            (pl.col("vintage") == "2021").any().alias("is_2021"),
            pl.col("month").is_not_null().any().alias("said_elsewhere"),
        )
        .with_columns(pl.col("older").list.set_difference(pl.concat_list("name")).list.sort())
        .with_columns(pl.col("is_2021") | is_new("code"))
        .sort("code")
    )


def follow(named: pl.DataFrame, msoas: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """The members of lower layer areas: the middle layer area, and whatever that lies in."""
    stems = named.select("code", pl.col("name").str.replace("[A-Z]$", "").alias("stem"))
    within = stems.join(msoas, on="stem").select("code", "msoa")
    direct = within.select(
        "code",
        pl.lit("msoa").alias("kind"),
        pl.col("msoa").alias("member_of"),
        pl.lit("whole").alias("share"),
    )
    further = within.join(members, left_on="msoa", right_on="code")
    return pl.concat([direct, further.select(direct.columns)]).sort("code", "kind", "member_of")
