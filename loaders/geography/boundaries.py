"""Boundaries: GeoJSON files of areas, in longitude and latitude (RFC 7946), generalised by ONS.

Which areas a file holds, its properties say: LSOA21CD, LSOA11CD, PFA20CD, or objectid for
districts. Files of lower layer areas are named after the district and carry the same name for both
censuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.raw import RawFile
from homegraph.loaders.geography.gazetteer import Gazetteer, Polygons, kind_of

NAMED = re.compile(
    r"police_force_areas\.geojson|[a-z_]+_districts\.geojson|[EW]0[6-9][0-9]{6}(_[0-9]{4})?\.geojson"
)
# Longitude and latitude, in that order; RFC 7946 knows no other system.
SYSTEMS = {"urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", None}
PLACES = 5  # decimals: about a metre
GRID = ("BNG_E", "BNG_N", "LONG", "LAT", "GlobalID")
ACTIVE = ("LADCD_ACTIVE", "UTLACD", "CAUTHCD", "RGNCD")

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Form:
    """The properties of one kind of boundary file."""

    code: str
    name: str
    kind: str
    vintage: str
    ignored: tuple[str, ...]


FORMS = (
    Form("LSOA21CD", "LSOA21NM", "lsoa", "2021", ("FID", "GlobalID", *ACTIVE)),
    Form("LSOA11CD", "LSOA11NM", "lsoa", "2011", ("FID", "LSOA11NMW", *GRID, *ACTIVE)),
    Form("PFA20CD", "PFA20NM", "force-area", "2020", ("OBJECTID", *GRID)),
    Form("objectid", "district", "district", "", ()),
)


def read_boundaries(file: RawFile, known: Gazetteer, reading: Reading) -> None:
    """Read one file of boundaries; raises SourceRejected when it is no GeoJSON of a known form."""
    try:
        with file.open() as stream:
            content = json.load(stream)
        system = content.get("crs", {}).get("properties", {}).get("name")
        features = content["features"]
        first = features[0]["properties"]
    except (ValueError, LookupError, AttributeError, EOFError, OSError) as error:
        problem, remedy = f"not GeoJSON of areas: {error}", "Fetch it again from the publisher."
        raise SourceRejected([Finding(problem, remedy, file.name)]) from error
    if system not in SYSTEMS:
        problem = f"the coordinates are in {system}"
        raise SourceRejected([Finding(problem, "Save it in longitude and latitude.", file.name)])
    form = next((form for form in FORMS if form.code in first), None)
    if form is None:
        problem = f"no area's code among the properties {', '.join(sorted(first))}"
        remedy = "Fetch the file again; or have the loader taught to read it."
        raise SourceRejected([Finding(problem, remedy, file.name)])
    for number, feature in enumerate(features, start=1):
        reading.records += 1
        finding = read_feature(feature, form, known, Place(file.name, number))
        if finding is None:
            reading.written += 1
        else:
            reading.refused += 1
            reading.add(finding)


def read_feature(
    feature: dict[str, dict[str, Any]], form: Form, known: Gazetteer, at: Place
) -> Finding | None:
    """Take one area; or say what is wrong with it."""

    def wrong(problem: str, remedy: str, column: str, value: object, rule: str = "") -> Finding:
        return Finding(problem, remedy, at.file, at.row, column, str(value), rule=rule)

    properties = feature["properties"]
    code, name = properties.get(form.code), properties.get(form.name)
    for column in sorted(properties.keys() - {form.code, form.name, *form.ignored}):
        remedy = "Take the property away; or have the loader taught to read it or to ignore it."
        value = properties[column]
        return wrong("nobody reads this property", remedy, column, value, "column-known")
    try:
        if kind_of(str(code)) != form.kind:
            raise ValueError(f"not the code of a {form.kind}")
    except ValueError as error:
        return wrong(str(error), "Give the area's ONS code.", form.code, code)
    if not name or not isinstance(name, str):
        return wrong("the area has no name", "Give its name.", form.name, name)
    polygons = outlines(feature["geometry"])
    if not polygons:
        shape = feature["geometry"].get("type")
        return wrong("not the outline of an area", "Give a polygon.", "geometry", shape)
    area = known.see(str(code), at, name, form.vintage)
    area.boundary[form.vintage] = polygons
    return None


def outlines(geometry: dict[str, Any]) -> Polygons:
    """The polygons of a geometry, rounded; nothing when it has none."""
    given: list[Any] = geometry.get("coordinates", [])
    if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        return []
    found = []
    for polygon in [given] if geometry["type"] == "Polygon" else given:
        rings = [rounded(ring) for ring in polygon]
        # An islet smaller than the precision is left out; so is a hole of that size.
        if len(rings[0]) >= 4:
            found.append([rings[0], *(ring for ring in rings[1:] if len(ring) >= 4)])
    return found


def rounded(ring: Iterable[Iterable[float]]) -> Ring:
    """A ring to five decimals, without points that thereby fall together."""
    points: Ring = []
    for east, north, *_ in ring:
        point = (round(east, PLACES), round(north, PLACES))
        if not points or points[-1] != point:
            points.append(point)
    return points


def wkt(polygons: Polygons) -> str:
    """Write polygons as well-known text (OGC 06-103r4), longitude first as CRS84 has it.

    >>> wkt([[[(0.0, 51.5), (1.0, 51.5), (1.0, 52.0), (0.0, 51.5)]]])
    'POLYGON((0 51.5,1 51.5,1 52,0 51.5))'
    """
    texts = [
        "(" + ",".join("(" + ",".join(map(point, ring)) + ")" for ring in polygon) + ")"
        for polygon in polygons
    ]
    return f"POLYGON{texts[0]}" if len(texts) == 1 else f"MULTIPOLYGON({','.join(texts)})"


def point(place: tuple[float, float]) -> str:
    """Write a point as it stands in well-known text.

    >>> point((-0.00001, 51.5))
    '-0.00001 51.5'
    """
    return " ".join(f"{number:.5f}".rstrip("0").rstrip(".") for number in place)


def contains(polygons: Polygons, place: tuple[float, float]) -> bool:
    """Whether a point lies within polygons, by counting how often a ray from it crosses a side.

    >>> square = [[[(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)]]]
    >>> contains(square, (1.0, 1.0)), contains(square, (3.0, 1.0))
    (True, False)
    """
    x, y = place
    inside = False
    for polygon in polygons:
        for ring in polygon:
            for (x1, y1), (x2, y2) in pairwise(ring):
                if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                    inside = not inside
    return inside
