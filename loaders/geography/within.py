"""Which larger areas an area lies in, as a whole or in part; and which areas replaced older ones.

Statistics go by the districts of the newest lookup of partnerships and police force areas (2023).
A district older than that lies in the one that replaced it; one that is newer, and has replaced
just one of them, stands for that one. Some districts keep several partnerships: a middle layer area
there lies in the partnership of the district that it was in before, where the older lookup says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import polars as pl

from homegraph.loaders.geography.boundaries import contains
from homegraph.loaders.geography.gazetteer import Area, Gazetteer

SCHEMA = dict.fromkeys(("code", "kind", "member_of", "share"), pl.String)
NUMBERED = re.compile(r" [0-9]{3}$")  # what follows the district in an MSOA's name


class Member(NamedTuple):
    """That an area lies in a larger one, of some kind, as a whole or in part."""

    code: str
    kind: str
    member_of: str
    share: str


class Within:
    """Reckons the larger areas of every area but the lower layer ones, which need their names."""

    def __init__(self, known: Gazetteer) -> None:
        self.known = known

    def frame(self) -> pl.DataFrame:
        """The table `members`."""
        return pl.DataFrame(list(self.members()), SCHEMA, orient="row")

    def members(self) -> Iterator[Member]:
        """All of them, by kind and code of the smaller area."""
        for area in self.known.of_kind("country", "region"):
            yield from one(area.code, "country", area.within["country"])
        for area in self.known.of_kind("force-area"):
            yield from self._through(area.code, self._districts("force_areas", area.code))
        for area in self.known.of_kind("csp"):
            districts = self._districts("partnerships", area.code)
            forces = {f for d in districts for f in self.force_areas(d)}
            yield from one(area.code, "force-area", forces)
            yield from self._through(area.code, districts)
        for area in self.known.of_kind("district"):
            yield from self._of_district(area)
        for area in self.known.of_kind("msoa"):
            yield from self._of_msoa(area)

    # Districts by vintage

    @cached_property
    def newest(self) -> str:
        """The year of the newest lookup, or nothing without one."""
        return max(self.known.partnerships, default="")

    @cached_property
    def current(self) -> dict[str, set[str]]:
        """The partnerships of the districts that statistics go by."""
        return self.known.partnerships.get(self.newest, {})

    @cached_property
    def stands_for(self) -> dict[str, str]:
        """The district of statistics for one that is newer than the newest lookup."""
        replaced: dict[str, list[str]] = {}
        for code in self.current:
            for newer in self.known.areas[code].replaced_by:
                replaced.setdefault(newer, []).append(code)
        return {newer: codes[0] for newer, codes in replaced.items() if len(codes) == 1}

    def district(self, code: str) -> str:
        """The district that statistics go by, of one of any year."""
        if code in self.current:
            return code
        for newer in sorted(self.known.areas[code].replaced_by):
            return self.district(newer)
        return self.stands_for.get(code, code)

    def partnerships(self, code: str) -> set[str]:
        """The partnerships of a district, by the newest lookup that has it or what replaced it."""
        return self._looked_up(self.known.partnerships, code)

    def force_areas(self, code: str) -> set[str]:
        """The police force areas of a district, likewise."""
        return self._looked_up(self.known.force_areas, code)

    def _looked_up(self, lookups: dict[str, dict[str, set[str]]], code: str) -> set[str]:
        for vintage in sorted(lookups, reverse=True):
            if code in lookups[vintage]:
                return lookups[vintage][code]
        newer = self.district(code)
        return self._looked_up(lookups, newer) if newer != code else set()

    def _districts(self, what: str, larger: str) -> list[str]:
        """The districts of a partnership or force area, by the newest lookup that has it."""
        lookups = getattr(self.known, what)
        for vintage in sorted(lookups, reverse=True):
            found = sorted(d for d, within in lookups[vintage].items() if larger in within)
            if found:
                return found
        return []

    # Areas by kind

    def _through(self, code: str, districts: Iterable[str]) -> Iterator[Member]:
        """The region and country of an area that is made of districts, or of parts of them."""
        for kind in ("region", "country"):
            found = {c for d in districts for c in self.known.areas[d].within[kind]}
            yield from one(code, kind, found)

    def _of_district(self, area: Area) -> Iterator[Member]:
        if self.district(area.code) != area.code:
            yield Member(area.code, "district", self.district(area.code), "whole")
        yield from one(area.code, "csp", self.partnerships(area.code))
        yield from one(area.code, "force-area", self.force_areas(area.code))
        yield from self._through(area.code, [area.code])

    def _of_msoa(self, area: Area) -> Iterator[Member]:
        for given in sorted(area.within["district"]) or self._parent(area.code):
            district = self.district(given)
            yield Member(area.code, "district", district, "whole")
            yield from one(area.code, "csp", self._partnerships_of_msoa(area, district))
            yield from one(area.code, "force-area", self.force_areas(district))
            yield from self._through(area.code, [district])

    def _parent(self, code: str) -> list[str]:
        return [self.known.first_district[code]] if code in self.known.first_district else []

    def _partnerships_of_msoa(self, area: Area, district: str) -> set[str]:
        """Its partnership; all of its district's when nothing tells which."""
        today = self.partnerships(district)
        if len(today) < 2:
            return today
        for older in self._parent(area.code) or self._named_after(area):
            before = self.partnerships(older) & today
            if older != district and len(before) == 1:
                return before
        return today

    def _named_after(self, area: Area) -> list[str]:
        """The districts of older lookups that an MSOA's names begin with."""
        stems = {NUMBERED.sub("", name) for name in area.names.values()}
        return [code for stem in sorted(stems) for code in self._older_by_name.get(stem, [])]

    @cached_property
    def _older_by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for vintage, lookup in self.known.partnerships.items():
            for code in sorted(lookup) if vintage != self.newest else ():
                found.setdefault(self.known.areas[code].name, []).append(code)
        return found


def one(code: str, kind: str, larger: set[str]) -> Iterator[Member]:
    """The larger areas of one kind: the one that it lies in, or those that it has parts in."""
    for found in sorted(larger):
        yield Member(code, kind, found, "whole" if len(larger) == 1 else "part")


def successors(known: Gazetteer) -> Iterator[tuple[str, str]]:
    """Lower layer areas of 2011 without their code in 2021, and those of 2021 in their place.

    Only where both boundaries are known: one follows the other when the point that stands for
    either lies within the other. Areas that keep their code have not changed.
    """
    areas = [a for a in known.of_kind("lsoa") if a.boundary]
    old = [a for a in areas if "2021" not in a.boundary]
    new = [a for a in areas if "2011" not in a.boundary]
    for before in old:
        for after in new:
            here, there = before.boundary["2011"], after.boundary["2021"]
            if (after.centroid and contains(here, after.centroid)) or (
                before.centroid and contains(there, before.centroid)
            ):
                yield before.code, after.code
