"""Anonymised map points: each said once, however many records are shown at it.

A point is named by its coordinates, the LSOA and the label as published, because the same
coordinates lie in another LSOA after a census, and may carry two labels. Files of several sources
show records at the same points, so a point has the same name whichever file it was read from.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import polars as pl
from pyoxigraph import Literal, NamedNode, Quad
from pyproj import Transformer

from homegraph.graph import iri
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.iri import Names
from homegraph.graph.nquads import escape
from homegraph.graph.terms import CRIME, GEO, RDFS, SKOS

DEGREES = re.compile(r"-?[0-9]{1,2}(\.[0-9]+)?")
METRES = re.compile(r"[0-9]{1,7}(\.[0-9]+)?")
LSOA = re.compile(r"[EW]01[0-9]{6}")
NOWHERE = {"No Location", "No location", ""}
# The United Kingdom with its islands, in degrees (WGS 84) and metres (British National Grid).
DEGREE_BOX = ((-9.0, 2.5), (49.0, 61.5))
METRE_BOX = ((0.0, 700_000.0), (0.0, 1_300_000.0))
# Made once: writing a term as text is a good part of the cost of a line.
LABEL, AS_WKT, WKT = f" {RDFS.label} ", f" {GEO.asWKT} ", f"^^{GEO.wktLiteral}"
LSOA_IS, MAP_POINT = f" {CRIME.lsoa} ", f" {CRIME.mapPoint} "
NONE = "-"  # stands in a name for an LSOA or label that was left out


class Columns(NamedTuple):
    """The headings of the five columns that a place is read from."""

    east: str
    north: str
    label: str
    area_code: str
    area_name: str


class Misplaced(ValueError):
    """A row's place cannot be read; names the column, its value and the remedy."""

    def __init__(self, problem: str, column: str, value: str, remedy: str) -> None:
        super().__init__(problem)
        self.column, self.value, self.remedy = column, value, remedy


class MapPoints:
    """The map points of one slice; `areas` are the LSOA codes with the names given to them.

    `grid` says that the coordinates are metres of the National Grid, not degrees; `shown_at` is the
    property by which a record says its point.
    """

    def __init__(
        self,
        names: Names,
        columns: Columns,
        grid: bool = False,
        shown_at: NamedNode = CRIME.mapPoint,
    ) -> None:
        self.columns, self.grid = columns, grid
        self.areas: defaultdict[str, set[str]] = defaultdict(set)
        self._shown_at = f" {shown_at} "
        self._prefix = names.thing("map-point").value
        self._said: dict[tuple[str, ...], str] = {}
        self._lines: list[str] = []

    def point(self, east: str, north: str, label: str, code: str, name: str) -> str:
        """What a record says of its point, after its subject; raises Misplaced."""
        key = (east, north, label, code, name)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = self._new(east, north, label, code, name)
        return said

    def lines(self) -> Iterator[str]:
        """The N-Quads lines about the points themselves."""
        yield from self._lines

    def area_table(self, month: str) -> pl.DataFrame:
        """The areas as columns: code, name and the month in which they were called so."""
        rows = [(code, name, month) for code in sorted(self.areas) for name in self.names_of(code)]
        return pl.DataFrame(rows, AREA_COLUMNS, orient="row")

    def names_of(self, code: str) -> list[str]:
        """The names given to an area, sorted."""
        return sorted(self.areas[code])

    def _new(self, east: str, north: str, label: str, code: str, name: str) -> str:
        columns = self.columns
        if not east and not north:
            return self._nowhere(label, code)
        longitude, latitude = self._degrees(east, north)
        if code and not LSOA.fullmatch(code):
            raise Misplaced(
                "not an LSOA code", columns.area_code, code, "Give the ONS code, as in E01014399."
            )
        if code and not name:
            remedy = "Give the name of the area."
            raise Misplaced("the cell is empty", columns.area_name, name, remedy)
        if name and not code:
            remedy = "Give the code of the area."
            raise Misplaced("the cell is empty", columns.area_code, code, remedy)
        key = f"{east},{north}/{code or NONE}/{iri.segment(label) or NONE}"
        point = f"<{self._prefix}/{key}>"
        if label:
            self._lines.append(f'{point}{LABEL}"{escape(label)}" .\n')
        self._lines.append(f'{point}{AS_WKT}"POINT({longitude} {latitude})"{WKT} .\n')
        if code:
            self._lines.append(f"{point}{LSOA_IS}{iri.area(code)} .\n")
            self.areas[code].add(name)
        return f"{self._shown_at}{point} .\n"

    def _nowhere(self, label: str, code: str) -> str:
        if label not in NOWHERE:
            remedy = "Give both coordinates, or leave the place empty."
            raise Misplaced("a place without coordinates", self.columns.label, label, remedy)
        if code:
            remedy = "Give both coordinates, or leave the area empty."
            raise Misplaced("an area without coordinates", self.columns.area_code, code, remedy)
        return ""

    def _degrees(self, east: str, north: str) -> tuple[str, str]:
        form, box = (METRES, METRE_BOX) if self.grid else (DEGREES, DEGREE_BOX)
        for column, text, (least, most) in zip(self.columns, (east, north), box, strict=False):
            remedy = f"Give a number from {least:g} to {most:g}."
            if not form.fullmatch(text):
                raise Misplaced("not a coordinate", column, text, remedy)
            if not least <= float(text) <= most:
                raise Misplaced("outside the United Kingdom", column, text, remedy)
        return in_degrees(east, north) if self.grid else (east, north)


@cache
def to_degrees() -> Transformer:
    """British National Grid (EPSG:27700) to longitude and latitude (EPSG:4326)."""
    return Transformer.from_crs(27700, 4326, always_xy=True)


def in_degrees(east: str, north: str) -> tuple[str, str]:
    """Longitude and latitude of a National Grid reference, to six places.

    >>> in_degrees("530047", "180422")
    ('-0.127522', '51.507772')
    """
    longitude, latitude = to_degrees().transform(float(east), float(north))
    return f"{longitude:.6f}", f"{latitude:.6f}"


AREA_COLUMNS = {"code": pl.String, "name": pl.String, "month": pl.String}
AREA_SOURCES = ("street-crime", "police-outcomes")  # whose files name the areas of their points


def area_names(tables: Tables, source: str, graph: NamedNode) -> Iterator[Quad]:
    """Label the areas that a source's points lie in, from its table `areas` and the others'.

    Every area gets one label: that of the geography source, where it has one, or else the latest
    that any file gives; all other names are alternatives. Sources that know an area say the same of
    it, and a build keeps each statement once.
    """
    own = tables.get(source, "areas")
    if own is None:
        return
    given = [tables.get(name, "areas") for name in AREA_SOURCES]
    found = (
        pl.concat([table.select(AREA_COLUMNS.keys()) for table in given if table is not None])
        .join(own.select("code").unique(), on="code", how="semi")
        .unique()
        .sort("code", "month", "name")
        .collect()
    )
    official = official_names(tables)
    names: dict[str, list[str]] = {}
    for code, name in found.select("code", "name").iter_rows():
        names.setdefault(code, []).append(name)
    for code, given_names in names.items():
        area = iri.area(code)
        label = official.get(code, given_names[-1])
        yield Quad(area, RDFS.label, Literal(label), graph)
        yield Quad(area, SKOS.notation, Literal(code), graph)
        for other in sorted(set(given_names) - {label}):
            yield Quad(area, SKOS.altLabel, Literal(other), graph)


def official_names(tables: Tables) -> dict[str, str]:
    """The names that the geography source gives areas, by code."""
    known = tables.get("geography", "areas")
    if known is None:
        return {}
    return dict(known.select("code", "name").drop_nulls().collect().iter_rows())


def latest_names(tables: Tables, source: str) -> dict[str, str]:
    """The names that a source's files gave areas last, by code."""
    given = tables.get(source, "areas")
    if given is None:
        return {}
    ordered = given.select(AREA_COLUMNS.keys()).sort("month", "name").collect()
    return dict(ordered.select("code", "name").iter_rows())
