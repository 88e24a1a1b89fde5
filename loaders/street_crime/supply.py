"""What forces supplied and what they did not, and what that means for counts by area.

A larger area is complete in a month when the territorial forces of all its LSOAs supplied the
month. British Transport Police polices railways everywhere: a month without its file is noted, and
does not make the figures of every area in the country partial. A file that this release lacks may
well have been supplied; only of what is declared do we say that it was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import ABSENT, NO_FIGURE, NO_FILE, sentence
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.forces import TRANSPORT_POLICE, force_areas

BY = ["force", "month"]
LSOA = "lsoa"  # as a kind of area: each is one by itself


@dataclass(frozen=True)
class Supply:
    """What is known of the supply of a build, and of where its LSOAs are.

    `supplied` has the months of each force and their files; `members` is `whole_members`, and
    `doubtful` is `doubtful_members`.
    """

    supplied: pl.DataFrame
    gaps: pl.DataFrame
    members: pl.DataFrame
    doubtful: pl.DataFrame

    @classmethod
    def of(cls, tables: Tables, supplied: pl.DataFrame, gaps: pl.DataFrame) -> Self:
        """From the tables of a build."""
        whole = whole_members(tables)
        return cls(supplied, gaps, whole, doubtful_members(tables, whole))

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
            lacking.setdefault((area, month), []).append(force)
        said = {key: [self.lacks(names, key[1])] for key, names in lacking.items()}
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
        """A note by month where this release has no file of the transport police."""
        gaps = self.gaps.filter(
            pl.col("force") == TRANSPORT_POLICE, pl.col("completeness") == "missing"
        )
        notes = {month: self.lacks([TRANSPORT_POLICE], month) for month in gaps["month"]}
        return pl.col("month").replace_strict(notes, default=None, return_dtype=pl.String)

    def lacks(self, forces: Iterable[str], month: str) -> str:
        """A note on forces of which there is no file of a month; of some it is declared why."""
        absent = [title(force) for force in forces if (force, month) not in self.declared]
        declared = [
            f"{title(force)}: {sentence(self.declared[force, month], [month])}"
            for force in forces
            if (force, month) in self.declared
        ]
        said = [sentence(ABSENT, [month], listed(absent))] if absent else []
        return " ".join(said + declared)

    @cached_property
    def declared(self) -> dict[tuple[str, str], str]:
        """The months declared missing or withdrawn: completeness by force and month."""
        found = self.gaps.filter(
            pl.col("completeness").is_in(NO_FIGURE), pl.col("note").ne_missing(NO_FILE)
        )
        rows = found.select(*BY, "completeness").iter_rows()
        return {(force, month): completeness for force, month, completeness in rows}

    def forces(self, kind: str) -> pl.DataFrame:
        """The territorial forces that police the LSOAs of each area of a kind: area, force."""
        areas = force_areas()
        policed = self.members.filter(
            pl.col("kind") == "force-area", pl.col("area").is_in(list(areas))
        ).select("lsoa", pl.col("area").replace_strict(areas).alias("force"))
        return self.placing(kind).join(policed, on="lsoa").select("area", "force").unique()

    def placing(self, kind: str) -> pl.DataFrame:
        """The one area of a kind that each LSOA wholly belongs to: lsoa, area."""
        if kind == LSOA:
            return self.members.select("lsoa", area="lsoa").unique()
        return self.members.filter(pl.col("kind") == kind).select("lsoa", "area")

    def might_hold(self, kind: str) -> pl.DataFrame:
        """The areas of a kind that an LSOA in none for certain may lie in: lsoa, area."""
        return self.doubtful.filter(pl.col("kind") == kind).select("lsoa", "area")


def whole_members(tables: Tables) -> pl.DataFrame:
    """The areas that each LSOA belongs to as a whole: lsoa, kind, area.

    An LSOA of which two areas of a kind are known belongs to neither for certain, and is left out.
    """
    links = links_of_lsoas(tables).filter(pl.col("share") == "whole")
    alone = pl.col("area").n_unique().over("lsoa", "kind") == 1
    return links.filter(alone).select("lsoa", "kind", "area").unique()


def doubtful_members(tables: Tables, whole: pl.DataFrame) -> pl.DataFrame:
    """The areas that an LSOA may belong to which belongs to none for certain: lsoa, kind, area."""
    links = links_of_lsoas(tables).select("lsoa", "kind", "area").unique()
    return links.join(whole, on=["lsoa", "kind"], how="anti")


def links_of_lsoas(tables: Tables) -> pl.DataFrame:
    """All areas that LSOAs lie in: lsoa, kind, area, share; none without geography."""
    links = tables.get("geography", "members")
    if links is None:
        return pl.DataFrame(schema=dict.fromkeys(("lsoa", "kind", "area", "share"), pl.String))
    return (
        links.filter(pl.col("code").str.contains("^[EW]01"))
        .select(pl.col("code").alias("lsoa"), "kind", pl.col("member_of").alias("area"), "share")
        .collect()
    )


def texts(rows: Sequence[tuple[str, ...]], columns: Iterable[str]) -> pl.DataFrame:
    """A frame of texts, which may be empty."""
    return pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row")


def title(force: str) -> str:
    """The name of a force, by its notation."""
    forces = code_list("police-force")
    return forces.labels[forces.code(force)]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["Kent Police", "Sussex Police"])
    'Kent Police and Sussex Police'
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
