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

from homegraph.graph.dump import DAMAGED
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.mappoints import DEGREE_BOX
from homegraph.graph.raw import RawFile
from homegraph.graph.row import unreadable_file
from homegraph.loaders.geography.gazetteer import Gazetteer, Polygons, kind_of

NAMED = re.compile(
    r"police_force_areas\.geojson|[a-z_]+_districts\.geojson|[EW]0[6-9][0-9]{6}(_[0-9]{4})?\.geojson"
)
# Longitude and latitude, in that order; RFC 7946 knows no other system.
SYSTEMS = ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", None)
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
    system, features = collection(file)
    first = features[0]["properties"]
    if system not in SYSTEMS:
        problem = f"the coordinates are in {system}"
        raise SourceRejected([Finding(problem, "Save it in longitude and latitude.", file.name)])
    form = next((form for form in FORMS if form.code in first), None)
    if form is None:
        problem = f"no area's code among the properties {', '.join(sorted(first))}"
        remedy = "Fetch the file again; or have the loader taught to read it."
        raise SourceRejected([Finding(problem, remedy, file.name)])
    seen: set[str] = set()
    for number, feature in enumerate(features, start=1):
        reading.records += 1
        finding = read_feature(feature, form, known, Place(file.name, number), seen)
        if finding is None:
            reading.written += 1
        else:
            reading.refused += 1
            reading.add(finding)


def collection(file: RawFile) -> tuple[str | None, list[dict[str, Any]]]:
    """The system of coordinates, if the file names one, and the features, each with properties.

    Raises SourceRejected for what is not a collection of them (RFC 7946, section 3.3).
    """

    def wrong(problem: str) -> SourceRejected:
        return SourceRejected([Finding(problem, "Fetch it again from the publisher.", file.name)])

    try:
        with file.open() as stream:
            content = json.load(stream)
    except json.JSONDecodeError as error:
        raise wrong(f"not GeoJSON of areas: no JSON from line {error.lineno} on") from error
    except (ValueError, RecursionError) as error:
        raise wrong("not GeoJSON of areas: no JSON in UTF-8, or nested too deeply") from error
    except (*DAMAGED, OSError) as error:
        raise SourceRejected([unreadable_file(file, error, 0)]) from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise wrong("not GeoJSON of areas: there is no list of features, or nothing in it")
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise wrong(f"not GeoJSON of areas: feature {number} has no properties")
    try:
        return content.get("crs", {}).get("properties", {}).get("name"), features
    except AttributeError as error:
        raise wrong("the system of coordinates has no name") from error


def read_feature(
    feature: dict[str, Any], form: Form, known: Gazetteer, at: Place, seen: set[str]
) -> Finding | None:
    """Take one area that is not among those seen; or say what is wrong with it."""

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
    if code in seen:
        remedy = "Keep one outline for each area."
        return wrong("an earlier feature is of the same area", remedy, form.code, code)
    seen.add(str(code))
    geometry = feature.get("geometry")
    try:
        polygons = outlines(geometry)
    except Stray as stray:
        remedy = "Give longitude and latitude, in that order."
        return wrong("a point outside the United Kingdom", remedy, "geometry", stray)
    except (TypeError, ValueError, LookupError, AttributeError):
        polygons = []
    if not polygons:
        shape = geometry.get("type") if isinstance(geometry, dict) else geometry
        return wrong("not the outline of an area", "Give a polygon.", "geometry", shape)
    area = known.see(str(code), at, name, form.vintage)
    area.boundary[form.vintage] = polygons
    return None


class Stray(ValueError):
    """A point of an outline is not in the United Kingdom; says where it is."""


def outlines(geometry: Any) -> Polygons:  # whatever the JSON holds
    """The polygons of a geometry, rounded; nothing when it has none.

    Raises Stray for a point elsewhere, and what Python raises for what is no geometry at all.
    """
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
    (west, east), (south, north) = DEGREE_BOX
    for x, y, *_ in ring:
        if not (west <= x <= east and south <= y <= north):
            raise Stray(f"{x} {y}")
        point = (round(x, PLACES), round(y, PLACES))
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
