"""Recorded crime by region, for England, and for England and Wales: sums over the forces there."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.loaders.recorded_crime.categories import (
    BODIES,
    ENGLAND_AND_WALES,
    members,
    used_in,
)
from homegraph.loaders.recorded_crime.frames import INCOMPLETE, as_list, summed


class Region(NamedTuple):
    """A region by its ONS code, and how many forces police it."""

    code: str
    forces: int


ENGLAND = "E92000001"
# By their labels in the file.
REGIONS = {
    "North East": Region("E12000001", 3),
    "North West": Region("E12000002", 5),
    "Yorkshire and The Humber": Region("E12000003", 4),
    "East Midlands": Region("E12000004", 5),
    "West Midlands": Region("E12000005", 4),
    "East": Region("E12000006", 6),
    "London": Region("E12000007", 2),
    "South East": Region("E12000008", 5),
    "South West": Region("E12000009", 5),
    "Wales": Region("W92000004", 4),
}
# What the file has in place of a region, for a force and bodies of the whole country.
NO_REGION = (
    "British Transport Police",
    *("Fraud: Action Fraud", "Fraud: CIFAS", "Fraud: UK Finance"),
)
NAMES = {region.code: label for label, region in REGIONS.items()} | {
    ENGLAND: "England",
    ENGLAND_AND_WALES: "England and Wales",
    "E12000006": "East of England",  # the file says East
}
# The railways' police count for England and Wales, and for no region.
FORCES = {region.code: region.forces for region in REGIONS.values()} | {
    ENGLAND: 39,
    ENGLAND_AND_WALES: 44,
}


def by_area(by_force: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """Sums over regions, England, and England and Wales.

    `regions` says which region each force is in: force, area. A sum is partial, and its note says
    why, where the figure of a force is, or where a force of the area has none.
    """
    labels = code_list("police-force").titles()
    is_gap = pl.col("completeness").is_in(INCOMPLETE).fill_null(value=False)
    told = pl.concat_str(pl.col("force").replace_strict(labels), pl.lit(": "), pl.col("note"))
    sums = (
        by_force.with_columns(
            pl.when(is_gap).then(told).alias("_told"),
            is_gap.alias("_gap"),
            as_list(by_force, "file").alias("file"),
        )
        .join(within(by_force, regions), on="force")
        .group_by("area", "period", "offence")
        .agg(
            *summed(),
            pl.col("_gap").any(),
            pl.col("_told").drop_nulls().unique().sort().str.join(" ").replace("", None),
            pl.len().alias("_have"),
        )
    )
    return settled(sums).sort("area", "period", "offence")


def within(by_force: pl.DataFrame, regions: pl.DataFrame) -> pl.DataFrame:
    """Every area that each force and body counts for: force, area."""
    in_england = regions.filter(pl.col("area").str.starts_with("E"))
    everybody = by_force.select("force").unique()
    return pl.concat(
        [
            regions,
            in_england.with_columns(pl.lit(ENGLAND).alias("area")),
            everybody.with_columns(pl.lit(ENGLAND_AND_WALES).alias("area")),
        ]
    )


def settled(sums: pl.DataFrame) -> pl.DataFrame:
    """Say of which sums a part is missing, and why."""
    keys = sums.select("area", "period", "offence", "_have")
    notes = [
        f"Only {have} of {wanted} forces and bodies are counted." if have < wanted else None
        for *key, have in keys.iter_rows()
        for wanted in [expected(*key)]
    ]
    short = pl.Series("_short", notes, pl.String)
    is_partial = pl.col("_gap") | pl.col("_short").is_not_null()
    note = pl.concat_str("_told", "_short", separator=" ", ignore_nulls=True)
    return (
        sums.with_columns(short)
        .with_columns(
            pl.when(is_partial)
            .then(pl.lit("partial"))
            .otherwise("completeness")
            .alias("completeness"),
            pl.when(pl.col("offences").is_null())
            .then(pl.lit("M"))
            .when(~is_partial)
            .then(pl.lit("A"))
            .alias("status"),
            note.replace("", None).alias("note"),
        )
        .drop("_gap", "_told", "_short", "_have")
    )


@cache
def expected(area: str, period: str, offence: str) -> int:
    """How many forces and bodies have figures of a category or group, in an area and period."""
    parts = parts_of(offence)
    in_use = {part for part in parts if used_in(part, period)}
    bodies = in_use.intersection(BODIES) if area == ENGLAND_AND_WALES else ()
    return (FORCES[area] if in_use.difference(BODIES) else 0) + len(bodies)


@cache
def parts_of(offence: str) -> frozenset[str]:
    """The narrowest categories of a group; or a narrowest category itself."""
    found = members().filter(pl.col("group") == offence)["offence"]
    return frozenset(found) or frozenset({offence})
