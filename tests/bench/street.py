"""Street-crime files of any size in the form of data.police.uk, with the shares of real ones.

    python tests/bench/street.py FOLDER --incidents 1000000 --seed 1 --data ../shared/data [--gzip]

One file per force and month, named as the publisher names them. Categories, outcomes, missing
identifiers and map points are drawn with the frequencies that the real street files in the data
folder have, force by force. The three forces that publish but are not among those files get points
around the centroids of their own lower layer areas. The same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.loaders.street_crime.loader import COLUMNS

LAST_YEAR = 2024  # the newest year that is made
RAILWAY = "btp"  # gives no identifier and no outcome
# Forces that publish, but whose files are not at hand: incidents a month, and area code.
UNSEEN = {
    "metropolitan": (95_000, "E23000001"),
    "west-midlands": (34_000, "E23000014"),
    "west-yorkshire": (30_000, "E23000010"),
}
REPEATED = 0.0027  # of identifiers: 1,147 of 428,000 in the real files
ELSEWHERE = 0.0005  # of incidents fall within another force; the real files have none
REMARKED = 0.0002  # have something in Context; the real files have none
REMARK = "Reported by a member of the public"
SEASON = 0.12  # more in July, as much less in January
OUTCOME = "Last outcome category"
POINT = ("Longitude", "Latitude", "Location", "LSOA code", "LSOA name")
DEGREES = ("longitude", "latitude")
Generator = np.random.Generator


@dataclass(frozen=True)
class Shares:
    """Values, and how often each is drawn."""

    values: list[Any]
    upto: np.ndarray[Any, Any]  # cumulated, the last is 1

    @classmethod
    def of(cls, values: list[Any], weights: Any) -> Shares:
        """From weights of any sum."""
        summed = np.cumsum(np.asarray(weights, dtype=float))
        return cls(values, summed / summed[-1])

    def draw(self, some: Generator, count: int) -> np.ndarray[Any, Any]:
        """The places of values."""
        return np.searchsorted(self.upto, some.random(count), side="right")


@dataclass(frozen=True)
class Force:
    """What incidents of a force are like."""

    code: str
    name: str
    monthly: float
    points: pl.DataFrame
    where: Shares
    categories: Shares


def real(data: Path) -> pl.DataFrame:
    """All rows of the real street files."""
    paths = sorted((data / "police-uk" / "street").rglob("*-street.csv.gz"))
    rows = [
        pl.read_csv(path, infer_schema=False).with_columns(
            force=pl.lit(path.name.removesuffix("-street.csv.gz")[8:])
        )
        for path in paths
    ]
    return pl.concat(rows)


def tallied(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """How often each combination occurs, in an order that is always the same."""
    return rows.group_by(columns).len("times").sort(columns, nulls_last=True)


def forces(rows: pl.DataFrame, data: Path) -> list[Force]:
    """The forces of the real files and the unseen ones, by code."""
    found = []
    whole = tallied(rows, "Crime type")
    for (code,), own in sorted(rows.group_by("force")):
        monthly = own.group_by("Month").len()["len"].max()
        found.append(force(str(code), float(str(monthly)), tallied(own, *POINT), own))
    known = rows.filter(pl.col("LSOA code").is_not_null(), pl.col("force") != RAILWAY)
    areas = lower_layer(data, known)
    for code, (monthly, area) in UNSEEN.items():
        points = moved(areas.filter(pl.col("area") == area), tallied(known, *POINT))
        found.append(force(code, monthly, points, whole))
    return sorted(found, key=lambda one: one.code)


def force(code: str, monthly: float, points: pl.DataFrame, own: pl.DataFrame) -> Force:
    """A force whose categories are those of `own`, rows or a tally of them."""
    kinds = own if "times" in own.columns else tallied(own, "Crime type")
    concepts = code_list("police-force")
    names = [label for label, one in concepts.by_label.items() if one == concepts.code(code)]
    name = own["Reported by"][0] if "Reported by" in own.columns else names[0]
    return Force(
        code,
        name,
        monthly,
        points.drop("times"),
        Shares.of([], points["times"].to_numpy()),
        Shares.of(kinds["Crime type"].to_list(), kinds["times"].to_numpy()),
    )


def lower_layer(data: Path, known: pl.DataFrame) -> pl.DataFrame:
    """Lower layer areas with code, name, police force area and centroid.

    The nearest middle layer area tells name and district where no real file does.
    """
    lookups = data / "geography" / "lookups"

    def read(name: str) -> pl.DataFrame:
        return pl.read_csv(lookups / name, infer_schema=False)

    place = [pl.col(name).cast(float) for name in DEGREES]
    lower = read("lsoa_latlong.csv.gz").select(pl.col("LSOACD").alias("LSOA code"), *place)
    lower = lower.filter(pl.col("LSOA code").str.starts_with("E")).sort("LSOA code")
    middle = read("msoa_latlong.csv.gz").select("MSOACD", *place)
    districts = (
        read("LAD23_CSP23_PFA23_EW.csv")
        .select("LAD23CD", "PFA23CD")
        .unique("LAD23CD", keep="first", maintain_order=True)
    )
    named = (
        read("msoa_la.csv.gz")
        .select("MSOACD", "MSOANM", "LADCD_ACTIVE")
        .unique("MSOACD", keep="first", maintain_order=True)
    )
    middle = (
        middle.join(named, on="MSOACD", maintain_order="left")
        .join(districts, left_on="LADCD_ACTIVE", right_on="LAD23CD", maintain_order="left")
        .rename({"PFA23CD": "area"})
    )
    told = middle[nearest_of(lower, middle)].select("area", "MSOANM")
    apart = [(pl.col(name) - pl.col(name).median().over("area")).abs() for name in DEGREES]
    lower = (
        pl.concat([lower, told], how="horizontal")
        .filter(pl.col("area").is_in([area for _, area in UNSEEN.values()]))
        .filter(pl.max_horizontal(apart) < 0.6)  # some centroids of the lookup are misplaced
        .with_columns(number=pl.col("LSOA code").cum_count().over("MSOANM"))
        .filter(pl.col("number") <= 26)
    )
    letter = (pl.col("number") + 64).map_elements(chr, return_dtype=pl.String)
    names = known.select("LSOA code", "LSOA name").unique("LSOA code", keep="first")
    lower = lower.with_columns(made=pl.concat_str("MSOANM", letter)).join(
        names.sort("LSOA code"), on="LSOA code", how="left", maintain_order="left"
    )
    return lower.with_columns(pl.coalesce("LSOA name", "made").alias("LSOA name"))


def nearest_of(some: pl.DataFrame, others: pl.DataFrame) -> np.ndarray[Any, Any]:
    """For each place the number of the nearest other one."""
    scale = np.array([0.62, 1.0])  # a degree of longitude is shorter here
    there = others.select(DEGREES).to_numpy() * scale
    best = []
    for part in some.select(DEGREES).iter_slices(2000):
        here = part.to_numpy() * scale
        square = ((here[:, None, :] - there[None, :, :]) ** 2).sum(axis=2)
        best.append(square.argmin(axis=1))
    return np.concatenate(best)


def moved(areas: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """Points of real areas, with their tallies, moved to other areas' centroids."""
    east, north = pl.col("Longitude").cast(float), pl.col("Latitude").cast(float)
    points = points.with_columns(
        east=east - east.mean().over("LSOA code"), north=north - north.mean().over("LSOA code")
    )
    patterns = points["LSOA code"].unique().sort()
    some = np.random.default_rng(0)  # not the caller's seed: places stay where they are
    drawn = patterns.gather(some.integers(0, len(patterns), len(areas)))
    joined = areas.with_columns(pattern=drawn).join(
        points.drop("LSOA name", "Longitude", "Latitude"),
        left_on="pattern",
        right_on="LSOA code",
        maintain_order="left_right",
    )
    return joined.select(
        six_places(pl.col("longitude") + pl.col("east").clip(-0.02, 0.02)).alias("Longitude"),
        six_places(pl.col("latitude") + pl.col("north").clip(-0.02, 0.02)).alias("Latitude"),
        "Location",
        "LSOA code",
        "LSOA name",
        "times",
    )


def six_places(degrees: pl.Expr) -> pl.Expr:
    """Degrees as the files spell them."""
    return degrees.map_elements(lambda number: f"{number:.6f}", return_dtype=pl.String)


def outcomes(rows: pl.DataFrame) -> dict[str, Shares]:
    """By category, the outcomes of incidents that have an identifier."""
    told = tallied(rows.filter(pl.col("Crime ID").is_not_null()), "Crime type", OUTCOME)
    return {
        str(kind): Shares.of(part[OUTCOME].to_list(), part["times"].to_numpy())
        for (kind,), part in told.group_by("Crime type", maintain_order=True)
    }


def months(incidents: int) -> list[str]:
    """The months of a number of incidents: 24 for a million, and more with its square root."""
    years = max(1, round(2 * (incidents / 1_000_000) ** 0.5))
    first = LAST_YEAR + 1 - years
    return [f"{first + n // 12}-{n % 12 + 1:02}" for n in range(12 * years)]


def incidents(
    force: Force, month: str, count: int, told: dict[str, Shares], names: list[str], some: Generator
) -> pl.DataFrame:
    """The rows of one file."""
    kinds = pl.Series(force.categories.values, dtype=pl.String).gather(
        force.categories.draw(some, count)
    )
    placed = force.points[force.where.draw(some, count)]
    text = some.bytes(32 * count).hex()
    ids = np.array([text[64 * n : 64 * n + 64] for n in range(count)], dtype=object)
    again = np.flatnonzero(some.random(count) < REPEATED)
    ids[again] = ids[some.integers(0, count, len(again))]
    ends = np.full(count, None, dtype=object)
    spelt = kinds.to_numpy()
    for kind in force.categories.values:
        own = np.flatnonzero(spelt == kind)
        if kind in told and force.code != RAILWAY:
            ends[own] = np.array(told[kind].values, dtype=object)[told[kind].draw(some, len(own))]
        else:
            ids[own] = None
    within = np.full(count, force.name, dtype=object)
    other = np.flatnonzero(some.random(count) < ELSEWHERE)
    within[other] = np.array(names, dtype=object)[some.integers(0, len(names), len(other))]
    remarks = np.where(some.random(count) < REMARKED, REMARK, None)
    made = pl.DataFrame(
        {
            "Crime ID": pl.Series(ids.tolist(), dtype=pl.String),
            "Crime type": kinds,
            OUTCOME: pl.Series(ends.tolist(), dtype=pl.String),
            "Falls within": pl.Series(within.tolist(), dtype=pl.String),
            "Context": pl.Series(remarks.tolist(), dtype=pl.String),
        }
    )
    same = {"Month": month, "Reported by": force.name}
    return (
        pl.concat([made, placed], how="horizontal")
        .with_columns(**{name: pl.lit(value) for name, value in same.items()})
        .sort("LSOA name", nulls_last=True, maintain_order=True)
        .select(COLUMNS)
    )


@cache
def likeness(data: Path) -> tuple[list[Force], dict[str, Shares]]:
    """The forces, and the outcomes by category."""
    rows = real(data)
    return forces(rows, data), outcomes(rows)


def files(data: Path, number: int, seed: int) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each file's path below the folder, and its rows."""
    made, told = likeness(data)
    names = [force.name for force in made]
    every = months(number)
    season = [1 - SEASON * np.cos(2 * np.pi * (int(month[5:]) - 1) / 12) for month in every]
    shares = np.outer(season, [force.monthly for force in made])
    counts = np.random.default_rng(seed).multinomial(number, (shares / shares.sum()).ravel())
    for (at, count), month in zip(
        enumerate(counts), [month for month in every for _ in made], strict=True
    ):
        if count:
            force = made[at % len(made)]
            some = np.random.default_rng([seed, at])
            name = f"{month}/{month}-{force.code}-street.csv"
            yield name, incidents(force, month, int(count), told, names, some)


def write(folder: Path, data: Path, number: int, seed: int, packed: bool) -> int:
    """Write the files; returns how many."""
    written = 0
    for name, rows in files(data, number, seed):
        path = folder / (name + ".gz" if packed else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = rows.write_csv(line_terminator="\r\n").encode()
        path.write_bytes(gzip.compress(text, 1, mtime=0) if packed else text)
        written += 1
    return written


def main() -> None:
    """Write a folder of files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, help="where the months' folders are put")
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, required=True, help="the folder of real files")
    parser.add_argument("--gzip", action="store_true", help="write .csv.gz")
    given = parser.parse_args()
    number = write(given.folder, given.data, given.incidents, given.seed, given.gzip)
    print(f"{given.incidents:,} incidents in {number:,} files")


if __name__ == "__main__":
    main()
