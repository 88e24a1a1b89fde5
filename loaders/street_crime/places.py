"""Map points and areas of street-level crime: each said once, however many incidents are there.

A point is named by its coordinates, the LSOA and the label as published, because the same
coordinates lie in another LSOA after a census, and may carry two labels.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache

from pyoxigraph import Literal, Quad
from pyproj import Transformer

from homegraph.graph import iri
from homegraph.graph.iri import Names
from homegraph.graph.nquads import escape
from homegraph.graph.slices import SliceDone
from homegraph.graph.terms import CRIME, GEO, RDFS, SKOS, XSD

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
LAST_2011_LSOA = {"E": "E01033768", "W": "W01001909"}  # ONS gave the areas new in 2021 later codes
CODES_TO_JUDGE = 300  # one LSOA in twenty is new in 2021, so 300 codes with none new are of 2011


class Misplaced(ValueError):
    """A row's place cannot be read; names the column, its value and the remedy."""

    def __init__(self, problem: str, column: str, value: str, remedy: str) -> None:
        super().__init__(problem)
        self.column, self.value, self.remedy = column, value, remedy


class Places:
    """The map points of one slice; `areas` are the LSOA codes with the names given to them."""

    def __init__(self, names: Names, old: bool) -> None:
        self.old = old
        self.columns = ("Easting", "Northing") if old else ("Longitude", "Latitude")
        self.areas: defaultdict[str, set[str]] = defaultdict(set)
        self._prefix = names.thing("map-point").value
        self._said: dict[tuple[str, ...], str] = {}
        self._lines: list[str] = []

    def point(self, east: str, north: str, label: str, code: str, name: str) -> str:
        """What an incident says of its point, after its subject; raises Misplaced."""
        key = (east, north, label, code, name)
        said = self._said.get(key)
        if said is None:
            said = self._said[key] = self._new(east, north, label, code, name)
        return said

    def lines(self) -> Iterator[str]:
        """The N-Quads lines about the points themselves."""
        yield from self._lines

    def _new(self, east: str, north: str, label: str, code: str, name: str) -> str:
        if not east and not north:
            return self._nowhere(label, code)
        longitude, latitude = self._degrees(east, north)
        if code and not LSOA.fullmatch(code):
            raise Misplaced(
                "not an LSOA code", "LSOA code", code, "Give the ONS code, as in E01014399."
            )
        if code and not name:
            raise Misplaced("the cell is empty", "LSOA name", name, "Give the name of the area.")
        if name and not code:
            raise Misplaced("the cell is empty", "LSOA code", code, "Give the code of the area.")
        key = f"{east},{north}/{code or NONE}/{iri.segment(label) or NONE}"
        point = f"<{self._prefix}/{key}>"
        if label:
            self._lines.append(f'{point}{LABEL}"{escape(label)}" .\n')
        self._lines.append(f'{point}{AS_WKT}"POINT({longitude} {latitude})"{WKT} .\n')
        if code:
            self._lines.append(f"{point}{LSOA_IS}{iri.area(code)} .\n")
            self.areas[code].add(name)
        return f"{MAP_POINT}{point} .\n"

    def _nowhere(self, label: str, code: str) -> str:
        if label not in NOWHERE:
            remedy = "Give both coordinates, or leave the place empty."
            raise Misplaced("a place without coordinates", "Location", label, remedy)
        if code:
            remedy = "Give both coordinates, or leave the area empty."
            raise Misplaced("an area without coordinates", "LSOA code", code, remedy)
        return ""

    def _degrees(self, east: str, north: str) -> tuple[str, str]:
        form, box = (METRES, METRE_BOX) if self.old else (DEGREES, DEGREE_BOX)
        for column, text, (least, most) in zip(self.columns, (east, north), box, strict=True):
            remedy = f"Give a number from {least:g} to {most:g}."
            if not form.fullmatch(text):
                raise Misplaced("not a coordinate", column, text, remedy)
            if not least <= float(text) <= most:
                raise Misplaced("outside the United Kingdom", column, text, remedy)
        if not self.old:
            return east, north
        longitude, latitude = to_degrees().transform(float(east), float(north))
        return f"{longitude:.6f}", f"{latitude:.6f}"


@cache
def to_degrees() -> Transformer:
    """British National Grid (EPSG:27700) to longitude and latitude (EPSG:4326)."""
    return Transformer.from_crs(27700, 4326, always_xy=True)


class Areas:
    """The LSOAs over all slices: the latest name is the label, older names are alternatives."""

    def __init__(self) -> None:
        self.newest: dict[str, tuple[str, str]] = {}
        self.names: defaultdict[str, set[str]] = defaultdict(set)
        self.codes: defaultdict[str, set[str]] = defaultdict(set)

    def see(self, part: SliceDone) -> None:
        """Note the areas of one slice."""
        month = part.key[:7]
        for code, named in part.facts["areas"].items():
            self.codes[month].add(code)
            self.names[code].update(named)
            self.newest[code] = max(self.newest.get(code, ("", "")), (month, named[-1]))

    def quads(self, present: Iterable[str], names: Names) -> Iterator[Quad]:
        """Label the areas, and say of each slice which census its areas are of."""
        graph = names.graph("street-crime")
        for code, (_, newest) in self.newest.items():
            area = iri.area(code)
            yield Quad(area, RDFS.label, Literal(newest), graph)
            yield Quad(area, SKOS.notation, Literal(code), graph)
            for older in self.names[code] - {newest}:
                yield Quad(area, SKOS.altLabel, Literal(older), graph)
        for key in present:
            year = vintage(self.codes[key[:7]])
            if year:
                node = names.data("street-crime", key)
                yield Quad(node, CRIME.lsoaVintage, Literal(year, datatype=XSD.gYear), graph)


def vintage(codes: set[str]) -> str | None:
    """The census whose areas a month's files use, as far as the codes tell.

    ONS numbers areas in order, so a code above the last of 2011 is of 2021; of the areas of
    2021 one in twenty has such a code.

    >>> vintage({"E01034000"})
    '2021'
    >>> vintage({"E01014399"}) is None
    True
    """
    if any(code > LAST_2011_LSOA[code[0]] for code in codes):
        return "2021"
    return "2011" if len(codes) >= CODES_TO_JUDGE else None
