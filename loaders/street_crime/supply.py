"""What forces supplied and what they did not, and what that means for counts by area.

A larger area is complete in a month when the territorial forces of all its LSOAs supplied the
month. British Transport Police polices railways everywhere: a month without its file is noted, and
does not make the figures of every area in the country partial.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from homegraph.graph.completeness import sentence
from homegraph.graph.concepts import code_list
from homegraph.graph.forcemonths import force_areas
from homegraph.graph.periods import in_words
from homegraph.graph.tables import Tables

TRANSPORT_POLICE = "btp"
BY = ["force", "month"]


@dataclass(frozen=True)
class Supply:
    """`supplied` has the months of each force and their files; `members` is `whole_members`."""

    supplied: pl.DataFrame
    gaps: pl.DataFrame
    members: pl.DataFrame

    @property
    def in_part(self) -> pl.DataFrame:
        """The months that a force did supply, but only in part: force, month, completeness."""
        declared = self.gaps.filter(pl.col("completeness") != "missing")
        return declared.select(*BY, "completeness").join(self.supplied, on=BY, how="semi")

    def notes_of_forces(self) -> pl.DataFrame:
        """What is to be said of figures of one force: force, month, completeness, note."""
        rows = [
            (force, month, "partial", sentence(how, [month]))
            for force, month, how in self.in_part.iter_rows()
        ]
        return texts(rows, (*BY, "completeness", "note"))

    def notes_of_areas(self, kind: str) -> pl.DataFrame:
        """What is to be said of areas of a kind: area, month, completeness, note.

        Missing when none of the forces of the area supplied the month, partial when not all did,
        or not in full; an area of which nothing is to be said has no row.
        """
        forces = self.forces(kind)
        counted = dict(forces.group_by("area").len().iter_rows())
        expected = forces.join(self.supplied.select("month").unique(), how="cross")
        absent = expected.join(self.supplied, on=BY, how="anti").sort("area", *BY)
        lacking: dict[tuple[str, str], list[str]] = {}
        for area, force, month in absent.select("area", *BY).iter_rows():
            lacking.setdefault((area, month), []).append(title(force))
        said = {key: [supplied_nothing(names, key[1])] for key, names in lacking.items()}
        in_part = expected.join(self.in_part, on=BY).sort("area", *BY)
        for area, force, month, how in in_part.select("area", *BY, "completeness").iter_rows():
            note = f"{title(force)}: {sentence(how, [month])}"
            said.setdefault((area, month), []).append(note)
        none = {key for key, names in lacking.items() if len(names) == counted[key[0]]}
        rows = [
            (*key, "missing" if key in none else "partial", " ".join(notes))
            for key, notes in said.items()
        ]
        return texts(rows, ("area", "month", "completeness", "note"))

    def note_of_railways(self) -> pl.Expr:
        """A note by month, where the transport police supplied other months and not this one."""
        gaps = self.gaps.filter(
            pl.col("force") == TRANSPORT_POLICE, pl.col("completeness") == "missing"
        )
        names = [title(TRANSPORT_POLICE)]
        notes = {month: supplied_nothing(names, month) for month in gaps["month"]}
        return pl.col("month").replace_strict(notes, default=None, return_dtype=pl.String)

    def forces(self, kind: str) -> pl.DataFrame:
        """The territorial forces that police the LSOAs of each area of a kind: area, force."""
        areas = force_areas()
        policed = self.members.filter(
            pl.col("kind") == "force-area", pl.col("area").is_in(list(areas))
        ).select("lsoa", pl.col("area").replace_strict(areas).alias("force"))
        return self.placing(kind).join(policed, on="lsoa").select("area", "force").unique()

    def placing(self, kind: str) -> pl.DataFrame:
        """The one area of a kind that each LSOA wholly belongs to: lsoa, area."""
        return self.members.filter(pl.col("kind") == kind).select("lsoa", "area")


def whole_members(tables: Tables) -> pl.DataFrame:
    """The areas that each LSOA belongs to as a whole: lsoa, kind, area.

    An LSOA of which two areas of a kind are known belongs to neither for certain, and is left out.
    """
    links = tables.get("geography", "members")
    if links is None:
        return pl.DataFrame(schema=dict.fromkeys(("lsoa", "kind", "area"), pl.String))
    return (
        links.filter(pl.col("share") == "whole", pl.col("code").str.contains("^[EW]01"))
        .group_by(pl.col("code").alias("lsoa"), "kind")
        .agg(pl.col("member_of").unique())
        .filter(pl.col("member_of").list.len() == 1)
        .select("lsoa", "kind", pl.col("member_of").list.first().alias("area"))
        .collect()
    )


def texts(rows: Sequence[tuple[str, ...]], columns: Iterable[str]) -> pl.DataFrame:
    """A frame of texts, which may be empty."""
    return pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")


def title(force: str) -> str:
    """The name of a force, by its notation."""
    forces = code_list("police-force")
    return forces.labels[forces.code(force)]


def supplied_nothing(names: Iterable[str], month: str) -> str:
    """A note that forces supplied no file for a month.

    >>> supplied_nothing(["Kent Police", "Sussex Police"], "2024-02")
    'Kent Police and Sussex Police supplied no file for February 2024.'
    """
    *most, last = names
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"{listed} supplied no file for {in_words([month])}."
