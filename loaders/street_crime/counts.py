"""Incidents counted by area, month and category; where one happened is told by its LSOA."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from homegraph.graph.forcemonths import supplied
from homegraph.graph.tables import Tables
from homegraph.loaders.street_crime.supply import BY, TRANSPORT_POLICE, Supply, whole_members

SERIES = "street-crime"
ANTI_SOCIAL, ALL_CRIME = "anti-social-behaviour", "all-crime"  # notations of crime-category
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
        return cls(cells, Supply(supplied(incidents), of_series, whole_members(tables)))

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
        files = (
            cells.join(supply.supplied, on=BY)
            .group_by("area", "month")
            .agg(pl.col("file").list.explode().unique().sort())
        )
        used = self.cells.select("month", "category").unique()
        grid = (
            counts.select("area").unique().join(used, how="cross")
            .join(counts, on=KEYS, how="left")
            .join(files, on=["area", "month"], how="left")
            .join(supply.notes_of_areas(kind), on=["area", "month"], how="left")
            .join(self.files_of_month(), on="month")
        )  # fmt: skip
        return self.judged(grid).sort(KEYS)

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
        Where it supplied none, the first file shows at least that others supplied the month.
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
