"""Rates per 1,000 residents: which estimate of residents a count is divided by, and when by none.

A count over a period is divided by the estimate for the middle (30 June) of the calendar year in
which the period begins, or by the newest earlier one. The year is cited beside each rate. A rate is
of the period as it is: that of a month is not multiplied by twelve.
"""

from __future__ import annotations

import re

import polars as pl

from homegraph.graph.cubes.cube import Attribute, Codes
from homegraph.graph.cubes.periods import months_of
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import year
from homegraph.graph.terms import STAT

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DECIMALS = 3  # one incident among 300,000 residents still shows
INCOMPLETE = ("partial", "missing", "withdrawn")  # notations of ontologies/completeness.ttl
NO_ESTIMATE = "No number of residents of this area is known for this period."
NO_RATE = "No rate is given for a period that is not complete."
# What a cube of rates says of each observation, beside the rate.
ATTRIBUTES = (
    Attribute("residents", STAT.population),
    Attribute("population_year", STAT.populationYear, Codes(year("").value)),
)


def population(tables: Tables) -> pl.DataFrame | None:
    """The estimates of residents: area, population_year, residents, population_file.

    None when no source of this build gives any.
    """
    figures = tables.get("population", "figures")
    if figures is None:
        return None
    return figures.select(
        "area",
        pl.col("year").alias("population_year"),
        "residents",
        pl.col("file").alias("population_file"),
    ).collect()


def begins(period: str) -> int:
    """The calendar year in which a period begins; raises ValueError for what is no period.

    >>> begins("2019-2020/Q4"), begins("2018-04-01T00:00:00/P1Y"), begins("2024-03-31")
    (2020, 2018, 2024)
    """
    return int(period[:4]) if DAY.fullmatch(period) else int(months_of(period)[0][:4])


def with_residents(
    counts: pl.DataFrame, tables: Tables, *, area: str = "area", period: str = "period"
) -> pl.DataFrame:
    """The counts with three more columns, null where no estimate is known; rows keep their order.

    `area` and `period` name the columns of ONS codes and of codes of periods (those of
    graph/cubes/periods.py, or a day). Added are `residents` (Int64),
    `population_year` (the year of the estimate, as 2023) and `population_file` (the SHA-256 of the
    file, or of several, that it was read from).
    """
    known = population(tables)
    if known is None or known.is_empty():
        return counts.with_columns(
            pl.lit(None, pl.Int64).alias("residents"),
            pl.lit(None, pl.String).alias("population_year"),
            pl.lit(None, pl.List(pl.String)).alias("population_file"),
        )
    years = known.select(pl.col("population_year").cast(pl.Int32).alias("_of"), pl.all())
    begun = {code: begins(code) for code in counts.get_column(period).unique().drop_nulls()}
    of = pl.col(period).replace_strict(begun, default=None, return_dtype=pl.Int32).alias("_of")
    wanted = counts.with_columns(of).with_row_index("_at")
    return (
        wanted.sort("_of")
        .join_asof(
            years.sort("_of"),
            on="_of",
            by_left=area,
            by_right="area",
            strategy="backward",
            check_sortedness=False,
        )
        .sort("_at")
        .select(*counts.columns, "residents", "population_year", "population_file")
    )


def per_thousand(
    counts: pl.DataFrame,
    tables: Tables,
    *,
    count: str,
    rate: str,
    area: str = "area",
    period: str = "period",
) -> pl.DataFrame:
    """The frame of a cube of rates: the column `count` replaced by `rate`, per 1,000 residents.

    Rows keep their order and their other columns. Added are `residents` and `population_year`, to
    be declared by ATTRIBUTES, and where they are not there yet `status`, `completeness` and
    `note`; `file` becomes a list that cites the population's file as well. `previous`,
    `previous_file` and places in a file (sheet, row, cell_column) are dropped: they are of the
    count.

    There is no rate (null) where residents are unknown or 0 (status M, with a note), where the
    count is null (status as it was), and where `completeness` is one of INCOMPLETE (status null,
    and the note says so): a rate over half a period is not published as if it were whole.
    """
    frame = with_defaults(with_residents(counts, tables, area=area, period=period))
    incomplete = pl.col("completeness").is_in(INCOMPLETE).fill_null(value=False)
    unknown = (pl.col("residents").fill_null(0) == 0) & pl.col(count).is_not_null() & ~incomplete
    usable = pl.col("residents").fill_null(0) > 0
    return (
        frame.with_columns(
            pl.when(usable & ~incomplete)
            .then((pl.col(count) * 1000 / pl.col("residents")).round(DECIMALS))
            .otherwise(None)
            .cast(pl.Float64)
            .alias(rate),
            pl.when(unknown)
            .then(pl.lit("M"))
            .when(incomplete & pl.col(count).is_not_null())
            .then(None)
            .otherwise("status")
            .alias("status"),
            pl.when(unknown)
            .then(pl.concat_str("note", pl.lit(NO_ESTIMATE), separator=" ", ignore_nulls=True))
            .when(incomplete)
            .then(pl.concat_str("note", pl.lit(NO_RATE), separator=" ", ignore_nulls=True))
            .otherwise("note")
            .alias("note"),
            # The figure before a revision was a count; without it the remark says nothing.
            pl.col("completeness").replace("revised", None),
            pl.concat_list("file", pl.col("population_file").fill_null([]))
            .list.drop_nulls()
            .list.unique()
            .list.sort()
            .alias("file"),
        )
        .drop(count, "population_file")
        .drop("previous", "previous_file", "sheet", "row", "cell_column", strict=False)
    )


def with_defaults(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with status, completeness and note, and with files as lists."""
    added = [
        pl.lit(value, pl.String).alias(name)
        for name, value in (("status", "A"), ("completeness", None), ("note", None))
        if name not in frame.columns
    ]
    lists = [
        pl.concat_list(pl.col(name)).alias(name)
        for name in ("file", "population_file")
        if frame.schema[name] == pl.String
    ]
    return frame.with_columns(added + lists)
