"""Incidents counted by area, month and category; where one happened is told by its LSOA."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from homegraph.graph.cubes.forcemonths import supplied
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.forces import TRANSPORT_POLICE
from homegraph.loaders.street_crime.supply import BY, LSOA, Supply

SERIES = "street-crime"
ANTI_SOCIAL, ALL_CRIME = "anti-social-behaviour", "all-crime"  # notations of crime-category
NO_FORCE = "Which force polices this area is not known."
IN_DOUBT = "Incidents that may have happened in this area or in another are not counted: {}."
CELL = ["lsoa", "force", "month", "category"]
KEYS = ["area", "month", "category"]
# Every category is a crime but anti-social behaviour: two totals, which nobody can count twice.
TOTAL = (
    pl.when(pl.col("category") == ANTI_SOCIAL)
    .then(pl.lit(ANTI_SOCIAL))
    .otherwise(pl.lit(ALL_CRIME))
    .alias("category")
)


@dataclass(frozen=True)
class Counts:
    """All incidents of a build: `cells` counts them by LSOA, force, month and category."""

    cells: pl.DataFrame
    supply: Supply

    @classmethod
    def of(cls, tables: Tables, incidents: pl.LazyFrame, gaps: pl.DataFrame) -> Self:
        """Count the incidents once; every cube by area is made from these cells."""
        cells = incidents.group_by(CELL).len("incidents").cast({"incidents": pl.Int64}).collect()
        of_series = gaps.filter(pl.col("series") == SERIES)
        return cls(cells, Supply.of(tables, supplied(incidents), of_series))

    def totals(self) -> Self:
        """The same with all crimes as one category, and anti-social behaviour as the other."""
        rolled = self.cells.with_columns(TOTAL).group_by(CELL).agg(pl.col("incidents").sum())
        return replace(self, cells=rolled)

    def by_lsoa(self) -> pl.DataFrame:
        """Incidents by LSOA, force, month and category; only cells that hold any."""
        found = self.cells.drop_nulls("lsoa").rename({"lsoa": "area"})
        return self.of_forces(found).sort("area", "force", "month", "category")

    def of_forces(self, counts: pl.DataFrame) -> pl.DataFrame:
        """Counts by force, month and more, with their one file; partial if the month is."""
        files = self.supply.supplied.with_columns(pl.col("file").list.first())
        notes = self.supply.notes_of_forces()
        found = counts.join(files, on=BY).join(notes, on=BY, how="left")
        status = pl.when(pl.col("completeness").is_null()).then(pl.lit("A"))
        return found.with_columns(status.alias("status"))

    def by_area(self, kind: str) -> pl.DataFrame:
        """Incidents by area of a kind, month and category, all forces together.

        Every area in which anything was counted has a row for every month, and every category that
        was used in that month anywhere: see `judged`.
        """
        supply = self.supply
        cells = self.cells.join(supply.placing(kind), on="lsoa")
        counts = cells.group_by(KEYS).agg(pl.col("incidents").sum())
        files = self.files_of(cells)
        used = self.cells.select("month", "category").unique()
        grid = (
            counts.select("area").unique().join(used, how="cross")
            .join(counts, on=KEYS, how="left")
            .join(files, on=["area", "month"], how="left")
            .join(supply.notes_of_areas(kind), on=["area", "month"], how="left")
            .join(self.files_of_month(), on="month")
        )  # fmt: skip
        return self.in_doubt(self.judged(grid), kind).sort(KEYS)

    def by_lsoa_of_all_forces(self, only: pl.DataFrame) -> pl.DataFrame:
        """Incidents by LSOA, month and category, all forces together, of the areas in `only`.

        Only cells that hold any. A figure is partial where the LSOA's own territorial force has no
        file of the month, or not a full one, and where it is not known which force that is.
        """
        cells = self.cells.rename({"lsoa": "area"}).join(only, on="area", how="semi")
        known = self.supply.forces(LSOA).select("area").unique()
        found = (
            cells.group_by(KEYS).agg(pl.col("incidents").sum())
            .join(self.files_of(cells), on=["area", "month"])
            .join(self.supply.notes_of_areas(LSOA), on=["area", "month"], how="left")
            .join(self.files_of_month(), on="month")
            .join(known.with_columns(pl.lit(value=True).alias("policed")), on="area", how="left")
        )  # fmt: skip
        unknown = pl.col("policed").is_null()
        return self.judged(
            found.with_columns(
                pl.when(unknown).then(pl.lit("partial")).otherwise("completeness")
                .alias("completeness"),
                pl.when(unknown).then(pl.lit(NO_FORCE)).otherwise("note").alias("note"),
            ).drop("policed")
        ).sort(KEYS)  # fmt: skip

    def files_of(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The files that the cells of areas were counted from: area, month, file."""
        return (
            cells.join(self.supply.supplied, on=BY)
            .group_by("area", "month")
            .agg(pl.col("file").list.explode().unique().sort())
        )

    def in_doubt(self, judged: pl.DataFrame, kind: str) -> pl.DataFrame:
        """Mark as partial each figure that may lack incidents of an LSOA that lies in no one area.

        Such are the LSOAs of a district of two partnerships of which nothing tells in which.
        """
        doubtful = self.cells.join(self.supply.might_hold(kind), on="lsoa")
        number = doubtful.group_by(KEYS).agg(pl.col("incidents").sum().alias("doubtful"))
        note = pl.format(IN_DOUBT, "doubtful")
        return (
            judged.join(number, on=KEYS, how="left")
            .with_columns(
                pl.when(pl.col("doubtful").is_null()).then("status")
                .when(pl.col("status") == "M").then("status").alias("status"),
                pl.when(pl.col("doubtful").is_null()).then("completeness")
                .otherwise(pl.col("completeness").fill_null("partial")).alias("completeness"),
                pl.concat_str("note", note, separator=" ", ignore_nulls=True)
                .replace("", None).alias("note"),
            )
            .drop("doubtful")
        )  # fmt: skip

    def judged(self, grid: pl.DataFrame) -> pl.DataFrame:
        """Decide for each cell between a figure, nought and nothing.

        If all forces of the area supplied the month, what was not counted is nought. If some did,
        it is nought too, and every figure is partial. If none did, what was not counted is missing,
        and what the transport police or a neighbour counted is partial.
        """
        incomplete = pl.col("completeness").is_not_null()
        lost = pl.col("completeness").eq_missing("missing") & pl.col("incidents").is_null()
        notes = pl.concat_str(
            "note", self.supply.note_of_railways(), separator=" ", ignore_nulls=True
        )
        status = pl.when(lost).then(pl.lit("M")).when(~incomplete).then(pl.lit("A"))
        how = pl.when(lost).then(pl.lit("missing")).when(incomplete).then(pl.lit("partial"))
        return grid.with_columns(
            pl.when(~lost).then(pl.col("incidents").fill_null(0)).alias("incidents"),
            status.alias("status"),
            how.alias("completeness"),
            notes.replace("", None).alias("note"),
            pl.coalesce("file", pl.when(lost).then("one").otherwise("every")).alias("file"),
        ).drop("every", "one")

    def files_of_month(self) -> pl.DataFrame:
        """The files of each month: month, `every` of them, and `one`, of the transport police.

        The transport police polices every area, so its file shows what it counted there: nothing.
        Where there is none, the first file shows at least that the month has a file of another.
        """
        flat = self.supply.supplied.explode("file").sort("file")
        first = pl.col("file").sort_by(pl.col("force") != TRANSPORT_POLICE, maintain_order=True)
        return flat.group_by("month").agg(
            pl.col("file").unique().sort().alias("every"), first.head(1).alias("one")
        )

    def number(self, where: pl.Expr | None = None) -> int:
        """How many incidents there are, of all cells or of some."""
        cells = self.cells if where is None else self.cells.filter(where)
        return int(cells["incidents"].sum())

    def unplaced(self, kind: str) -> int:
        """How many incidents have an LSOA, and no one area of a kind that it belongs to."""
        placed = self.cells.join(self.supply.placing(kind), on="lsoa", how="semi")
        with_lsoa = self.number(pl.col("lsoa").is_not_null())
        return with_lsoa - int(placed["incidents"].sum())
