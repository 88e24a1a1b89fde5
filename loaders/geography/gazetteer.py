"""Areas as the files describe them: one entry for each code, whatever file it stands in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from homegraph.graph.findings import Place

# ONS's entity codes, the first three characters of an area's code, by kind of area.
KINDS = {
    "E01": "lsoa",
    "W01": "lsoa",
    "E02": "msoa",
    "W02": "msoa",
    "E06": "district",
    "E07": "district",
    "E08": "district",
    "E09": "district",
    "W06": "district",
    "E22": "csp",
    "W14": "csp",
    "E23": "force-area",
    "W15": "force-area",
    "E12": "region",
    "E92": "country",
    "W92": "country",
    "K04": "country",
}
# The larger kinds, each within the next where one lies in one of them as a whole.
LARGER = ("msoa", "district", "csp", "force-area", "region", "country")
# ONS numbers areas in order, so a later code than these is new in 2021.
LAST_2011 = {"E01": "E01033768", "W01": "W01001909"}
ENGLAND_AND_WALES = "K04000001"
# Codes of Scotland and Northern Ireland; the latter's older ones are as 95AA01S1.
ELSEWHERE = re.compile(r"[SN][0-9]{8}|95[A-Z]{2}[0-9]{2}[A-Z][0-9]")

Polygons = list[list[list[tuple[float, float]]]]  # each a ring around it and rings of holes


def kind_of(code: str) -> str:
    """The kind of area that a code is of; raises ValueError for any other.

    >>> kind_of("E07000150")
    'district'
    """
    if not re.fullmatch("[0-9]{6}", code[3:]) or code[:3] not in KINDS:
        raise ValueError("not the ONS code of an area of England and Wales that is known here")
    return KINDS[code[:3]]


def is_elsewhere(code: str) -> bool:
    """Whether a code is of an area of Scotland or Northern Ireland.

    >>> is_elsewhere("S01006506"), is_elsewhere("95AA01S1"), is_elsewhere("e01000001")
    (True, True, False)
    """
    return ELSEWHERE.fullmatch(code) is not None


@dataclass
class Area:
    """One area."""

    code: str
    kind: str
    at: Place
    names: dict[str, str] = field(default_factory=dict)  # by vintage; "" where a file tells none
    other_names: set[tuple[str, str]] = field(default_factory=set)  # with their language
    vintages: set[str] = field(default_factory=set)
    within: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by kind
    replaced_by: set[str] = field(default_factory=set)
    centroid: tuple[float, float] | None = None  # longitude and latitude
    boundary: dict[str, Polygons] = field(default_factory=dict)  # by vintage

    @property
    def name(self) -> str:
        """The name in the newest vintage, or nothing."""
        return self.names[max(self.names)] if self.names else ""

    @property
    def vintage(self) -> str | None:
        """The newest year in whose set of areas the code is known to stand."""
        return max(self.vintages, default=None)


class Gazetteer:
    """All areas by code, and what the lookups say of districts, by vintage."""

    def __init__(self) -> None:
        self.areas: dict[str, Area] = {}
        # By vintage: the partnerships and the force areas of each district.
        self.partnerships: defaultdict[str, dict[str, set[str]]] = defaultdict(dict)
        self.force_areas: defaultdict[str, dict[str, set[str]]] = defaultdict(dict)
        self.first_district: dict[str, str] = {}  # of an MSOA, as it was in 2017

    def see(self, code: str, at: Place, name: str = "", vintage: str = "") -> Area:
        """The entry of a code, made if need be; raises ValueError for a code of no known kind."""
        area = self.areas.get(code)
        if area is None:
            area = self.areas[code] = Area(code, kind_of(code), at)
        if name:
            area.names[vintage] = name
        if vintage:
            area.vintages.add(vintage)
        return area

    def of_kind(self, *kinds: str) -> Iterator[Area]:
        """The areas of some kinds, by code."""
        for code in sorted(self.areas):
            if self.areas[code].kind in kinds:
                yield self.areas[code]

    def frame(self) -> pl.DataFrame:
        """The table `areas`: code, name, kind, vintage."""
        areas = self.of_kind(*KINDS.values())
        rows = [(area.code, area.name or None, area.kind, area.vintage) for area in areas]
        schema = dict.fromkeys(("code", "name", "kind", "vintage"), pl.String)
        return pl.DataFrame(rows, schema, orient="row")
