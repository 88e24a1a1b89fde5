"""The cubes of recorded crime: by quarter and code, and their sums by group, year and country."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from homegraph.graph import iri
from homegraph.graph.cubes.completeness import flag, judged, missing_rows
from homegraph.graph.cubes.cube import Codes, Cube, Dimension, Measure, areas
from homegraph.graph.cubes.periods import label, months_of
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.editions import FRAUD_BODIES, known_gaps, latest
from homegraph.graph.forces import force_areas
from homegraph.graph.offences import ALL, codes, forces, labels, noted, quarters, slug
from homegraph.graph.terms import SDMXD, STAT

NAME = "recorded-crime-open-data"
MEASURE = "offences"
COLUMN = "Number of Offences"
ENGLAND_AND_WALES = "K04000001"
KEYWORDS = ("recorded crime", "offences", "police forces", "quarterly figures")
SHOWN = (
    "offences", "file", "sheet", "row", "cell_column", "status", "completeness", "note",
    "previous", "previous_file",
)  # fmt: skip
BASIS = (
    "From the police recorded crime open data tables of the Home Office. Quarters are those of the "
    "government year, which begins in April. Figures below nought correct earlier ones."
)
COUNTRY = (
    " British Transport Police are counted in it, and what was reported to the national bodies for "
    "fraud. It is partial where any of the 43 territorial forces is not in the tables."
)


@dataclass(frozen=True)
class Sum:
    """A cube of sums: over which periods, at which level of the classification, for whom."""

    name: str
    about: str
    short: str  # the same for a title, of which readers see 65 characters
    period: str = "quarter"  # quarter, year or government-year
    level: str = "subgroup"  # code, subgroup, group or all
    everybody: bool = False  # one figure for England and Wales in place of one for each force


SUMS = (
    Sum(
        "offences-by-quarter-subgroup",
        "by force, quarter and offence sub-group",
        "by force, quarter and sub-group",
    ),
    Sum(
        "offences-by-quarter-group",
        "by force, quarter and offence group",
        "by force, quarter and group",
        level="group",
    ),
    Sum(
        "offences-total-by-quarter",
        "in total, by force and quarter",
        "in total, by force and quarter",
        level="all",
    ),
    Sum(
        "offences-by-year",
        "by force, calendar year and sub-group",
        "by force, year and sub-group",
        "year",
    ),
    Sum(
        "offences-by-year-group",
        "by force, calendar year and group",
        "by force, year and group",
        "year",
        "group",
    ),
    Sum(
        "offences-total-by-year",
        "in total, by force and calendar year",
        "in total, by force and year",
        "year",
        "all",
    ),
    Sum(
        "offences-by-government-year",
        "by force, government year and sub-group",
        "by government year and sub-group",
        "government-year",
    ),
    Sum(
        "offences-total-by-government-year",
        "in total, by force and government year",
        "in total, by government year",
        "government-year",
        "all",
    ),
    Sum(
        "offences-england-and-wales",
        "in England and Wales by quarter and sub-group",
        "in England and Wales by quarter",
        everybody=True,
    ),
    Sum(
        "offences-england-and-wales-by-year",
        "in England and Wales by year and sub-group",
        "in England and Wales by year",
        "year",
        everybody=True,
    ),
    Sum(
        "offences-england-and-wales-total-by-year",
        "in England and Wales in total, by year",
        "in England and Wales in total",
        "year",
        "all",
        everybody=True,
    ),
)


def made(tables: Tables) -> Iterator[Cube]:
    """All cubes; none when the tables are not part of the build."""
    found = tables.get(NAME, "figures")
    if found is None:
        return
    figures = found.collect()
    said = labels(tables)
    known = known_gaps(tables, NAME, figures)
    keys = ["force", "period", "code"]
    frame = noted(finished(latest(figures, keys, MEASURE, "period"), keys, known), MEASURE)
    every = Sum(
        "offences-by-quarter", "by force, quarter and offence code", "by force, quarter and code"
    )
    yield cube(every, frame, said)
    for wanted in SUMS:
        summed = summed_up(wanted, figures, known)
        if summed.height:
            yield cube(wanted, noted(summed, MEASURE), said)


def finished(frame: pl.DataFrame, keys: Sequence[str], known: pl.DataFrame) -> pl.DataFrame:
    """Flag what is incomplete, and add rows for what is missing altogether."""
    flagged = flag(frame, NAME, known, measure=MEASURE)
    of_forces = frame.filter(~pl.col("force").is_in(FRAUD_BODIES))
    absent = missing_rows(of_forces, NAME, known, measure=MEASURE, dimensions=keys)
    flagged = pl.concat([flagged, absent], how="diagonal")
    shown = [name for name in SHOWN if name in flagged.columns or name == "cell_column"]
    return flagged.with_columns(pl.lit(COLUMN).alias("cell_column")).select(*keys, *shown)


def summed_up(wanted: Sum, figures: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The figures of one cube of sums, as each edition gives them, and of these the latest."""
    within = period_map(wanted.period, figures["period"])
    periods = pl.col("period").replace_strict(within, return_dtype=pl.String)
    level = pl.lit(ALL) if wanted.level == ALL else slugs(figures, wanted.level)
    whose = pl.lit(ENGLAND_AND_WALES) if wanted.everybody else pl.col("force")
    keys = ["force", "period"] if wanted.level == ALL else ["force", "period", "code"]
    one_sheet = wanted.period != "year"
    placed = figures.with_columns(
        periods.alias("period"), level.alias("code"), pl.col("force").alias("_who")
    ).drop_nulls("period")
    if placed.is_empty():
        return placed
    if wanted.everybody:
        placed = whole_editions(placed)
    summed = (
        placed.with_columns(whose.alias("force"))
        .group_by(*keys, "issued")
        .agg(
            pl.col(MEASURE).sum(),
            pl.col("file").unique().sort(),
            *([pl.col("sheet").first()] if one_sheet else []),
        )
        .sort(*keys, "issued")
    )
    found = latest(summed, keys, MEASURE, "period").with_columns(
        pl.col("previous_file").list.first()
    )
    if wanted.everybody:
        partial = incomplete(territorial(placed), known)
        flagged = flagged_by_period(found, partial)
        shown = [name for name in SHOWN if name in flagged.columns]
        return (
            flagged.with_columns(pl.lit(COLUMN).alias("cell_column"))
            .select(pl.col("force").alias("area"), *keys[1:], *shown, "cell_column")
            .sort("area", *keys[1:])
        )
    return finished(found, keys, known).sort(keys)


def period_map(kind: str, periods: pl.Series) -> dict[str, str | None]:
    """The period that each quarter belongs to; none for a year that lacks a quarter."""
    if kind == "quarter":
        return {period: period for period in periods.unique()}
    found = {
        period: period[:9] if kind == "government-year" else months_of(period)[0][:4]
        for period in periods.unique().sort()
    }
    sizes = {year: list(found.values()).count(year) for year in found.values()}
    return {period: year if sizes[year] == 4 else None for period, year in found.items()}


def slugs(figures: pl.DataFrame, level: str) -> pl.Expr:
    """The notations of groups or sub-groups."""
    found = {text: slug(text) for text in figures[level].unique()}
    return pl.col(level).replace_strict(found)


def whole_editions(placed: pl.DataFrame) -> pl.DataFrame:
    """Without the editions that hold fewer forces than the latest: their sums are no revision."""
    sizes = placed.group_by("period", "issued").agg(pl.col("_who").n_unique().alias("_size"))
    newest = sizes.sort("issued").unique("period", keep="last").select(
        "period", pl.col("_size").alias("_wanted")
    )  # fmt: skip
    kept = sizes.join(newest, on="period").filter(pl.col("_size") >= pl.col("_wanted"))
    return placed.join(kept.select("period", "issued"), on=["period", "issued"], how="semi")


def territorial(placed: pl.DataFrame) -> dict[str, int]:
    """How many territorial forces of England and Wales the latest edition has, by period."""
    newest = pl.col("issued") == pl.col("issued").max().over("period")
    is_one = pl.col("_who").is_in(force_areas().values())
    counted = placed.filter(newest).group_by("period").agg(
        pl.col("_who").filter(is_one).n_unique()
    )  # fmt: skip
    return dict(counted.sort("period").iter_rows())


def incomplete(forces_in: dict[str, int], known: pl.DataFrame) -> dict[str, str]:
    """What is missing of a period, force by force, for the periods of which anything is.

    `forces_in` says how many territorial forces each period has figures of.
    """
    by_force: dict[str, dict[str, str]] = {}
    for force, month, completeness in known.select("force", "month", "completeness").iter_rows():
        by_force.setdefault(force, {})[month] = completeness
    found: dict[str, str] = {}
    names = forces().labels
    for period, have in forces_in.items():
        said = [
            f"{names[force]}: {verdict[1]}"
            for force, months in sorted(by_force.items())
            if (verdict := judged(months_of(period), months, None)) is not None
        ]
        if have < (every := len(force_areas())):
            said.append(f"Only {have} of {every} forces are counted.")
        if said:
            found[period] = " ".join(said)
    return found


def flagged_by_period(frame: pl.DataFrame, partial: dict[str, str]) -> pl.DataFrame:
    """Mark figures of incomplete periods as partial."""
    note = pl.col("period").replace_strict(partial, default=None, return_dtype=pl.String)
    return frame.with_columns(
        pl.when(note.is_null() | (pl.col("status") == "M")).then("status").alias("status"),
        pl.when(note.is_null()).then("completeness").otherwise(pl.lit("partial"))
        .alias("completeness"),
        pl.concat_str(pl.col("note"), note, separator=" ", ignore_nulls=True)
        .replace("", None)
        .alias("note"),
    )  # fmt: skip


def cube(wanted: Sum, frame: pl.DataFrame, said: dict[str, str]) -> Cube:
    """A cube of a frame: its dimensions follow from the columns."""
    times = {period: label(period) for period in frame["period"].unique()}
    any_period = next(iter(times))
    kinds = {
        "area": Dimension("area", SDMXD.refArea, areas({ENGLAND_AND_WALES: "England and Wales"})),
        "force": Dimension("force", STAT.force, forces()),
        "period": Dimension("period", SDMXD.refPeriod, period_codes(any_period, times)),
        "code": Dimension("code", STAT.offenceCode, codes(said)),
    }
    columns = [column for column in kinds if column in frame.columns]
    return Cube(
        wanted.name,
        NAME,
        f"Recorded offences {wanted.short}",
        f"How many offences were recorded {wanted.about}. {BASIS}"
        f"{COUNTRY if 'area' in columns else ''}",
        tuple(kinds[column] for column in columns),
        Measure(MEASURE, STAT.offences, iri.concept("counting-unit", "crime")),
        frame.sort(columns),
        slices=slices_of(columns),
        keywords=KEYWORDS,
        partition="period" if wanted.name == "offences-by-quarter" else None,
    )


def period_codes(example: str, times: dict[str, str]) -> Codes:
    """How the periods of a cube become names."""
    if "/" in example:
        return quarters(times)
    name = iri.year if len(example) == 4 else iri.government_year
    return Codes(name("").value, None, times)


def slices_of(columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """What the commonest questions fix: a force and a period, a force and a code, and so on."""
    if len(columns) == 3:
        first = columns[0]
        return ((first, "period"), (first, "code"), ("period", "code"))
    return tuple((column,) for column in columns)
