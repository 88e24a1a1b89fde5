"""The lookups: CSV files of codes and names, each kind known by its name, each column by its own.

LAD23_CSP23_PFA23_EW.csv puts districts, partnerships and police force areas of a year together;
la_all_codes.csv has every district since 2011 and what replaced it; msoa_la.csv the middle layer
areas of 2011 and 2021, middle-layer-super-output-area.csv those of 2011 with the districts of 2017;
rgn_all_codes.csv and ctry_all_codes.csv regions and countries; the files latlong centroids.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.mappoints import DEGREE_BOX
from homegraph.graph.raw import RawFile
from homegraph.graph.row import Row, check_header, records, rows
from homegraph.loaders.geography.gazetteer import (
    ENGLAND_AND_WALES,
    LAST_2011,
    Gazetteer,
    is_elsewhere,
    kind_of,
)

PARTNERSHIPS = re.compile(r"LAD([0-9]{2})_CSP\1_PFA\1_EW\.csv")
DEGREES = re.compile(r"-?[0-9]{1,2}(\.[0-9]+)?([eE]-?[0-9]+)?")
A_CODE = "Give the nine-character ONS code, as in E07000150."
A_LONGITUDE, A_LATITUDE = (
    f"Give degrees from {least:g} to {most:g}, longitude and latitude each in its column."
    for least, most in DEGREE_BOX
)
# What every compiled lookup repeats beside each code, and what rows here need not say again.
REPEATED = (
    *("EWCD", "EWNM", "GBCD", "GBNM", "UKCD", "UKNM"),
    *("CAUTHCD", "CAUTHNM", "UTLACD", "UTLANM", "LAD20CD", "LAD20NM"),
)

Read = Callable[[Row, str, Gazetteer, Place], None]


@dataclass(frozen=True)
class Lookup:
    """One kind of file: the column of codes, what else is taken, what is ignored, and the reader.

    Why a column is ignored, metadata.ttl says.
    """

    code: str
    kinds: tuple[str, ...]
    taken: tuple[str, ...]
    ignored: tuple[str, ...]
    read: Read
    total: str = ""  # stands in place of a code in a row for all areas together


def lookup_for(name: str) -> Lookup | None:
    """The kind of lookup that a file's name says it is, or None."""
    named = PARTNERSHIPS.fullmatch(name)
    return partnerships(named[1]) if named else LOOKUPS.get(name)


def read_lookup(file: RawFile, lookup: Lookup, known: Gazetteer, reading: Reading) -> None:
    """Read one lookup; rows about other countries are left out, and a warning says how many.

    Raises SourceRejected when the columns are not those of its kind.
    """
    columns = (lookup.code, *lookup.taken, *lookup.ignored)
    check_header(next(records(file)), file.name, columns, columns)
    left_out = 0
    for row in rows(file, reading):
        with row:
            row.ignore(*lookup.ignored)
            code = row.take(lookup.code, any_code_of(lookup), A_CODE)
            if is_elsewhere(code) or code == lookup.total:
                row.ignore(*lookup.taken)
                left_out += 1
            else:
                lookup.read(row, code, known, Place(file.name, row.number))
    if left_out:
        reading.written -= left_out
        reading.refused += left_out
        problem = f"{left_out} rows are not about areas of England and Wales and are left out"
        remedy = "Nothing needs doing: the police figures here are of England and Wales."
        reading.add(Finding(problem, remedy, file.name, severity="warning"))


def any_code_of(lookup: Lookup) -> Callable[[str], str]:
    """A reader of the codes that rows of a lookup are about, those that are left out as well."""
    ours = code_of(*lookup.kinds)

    def read(text: str) -> str:
        return text if is_elsewhere(text) or text == lookup.total else ours(text)

    return read


def code_of(*kinds: str) -> Callable[[str], str]:
    """A reader of codes of some kinds of area of England and Wales."""

    def read(text: str) -> str:
        if kind_of(text) not in kinds:
            raise ValueError(f"not the ONS code of a {' or '.join(kinds)}")
        return text

    return read


def partnerships(year: str) -> Lookup:
    """Districts, their community safety partnerships and police force areas, of one year."""
    vintage = f"20{year}"
    district, partnership, force = (f"{word}{year}" for word in ("LAD", "CSP", "PFA"))

    def read(row: Row, code: str, known: Gazetteer, at: Place) -> None:
        force_area = row.take(f"{force}CD", code_of("force-area"), A_CODE)
        csp = row.take(f"{partnership}CD", code_of("csp"), A_CODE)
        known.see(force_area, at, row.take(f"{force}NM", str), vintage)
        known.see(csp, at, row.take(f"{partnership}NM", str), vintage)
        known.see(code, at, row.take(f"{district}NM", str), vintage)
        for other in known.force_areas[vintage].get(code, set()) - {force_area}:
            problem = f"an earlier row has the district in another police force area, {other}"
            remedy = "Give one police force area for each district."
            raise row.refuse(problem, remedy, f"{force}CD", force_area)
        known.partnerships[vintage].setdefault(code, set()).add(csp)
        known.force_areas[vintage].setdefault(code, set()).add(force_area)

    taken = (f"{district}NM", f"{partnership}CD", f"{partnership}NM", f"{force}CD", f"{force}NM")
    numbers = "FID" if year == "17" else "ObjectId"
    return Lookup(f"{district}CD", ("district",), taken, (numbers,), read)


def read_district(row: Row, code: str, known: Gazetteer, at: Place) -> None:
    """A district since 2011: its region and country, and the district that has replaced it."""
    area = known.see(code, at, row.take("LADNM", str))
    active = row.take("LADCD_ACTIVE", code_of("district"), A_CODE)
    known.see(active, at, row.take("LADNM_ACTIVE", str))
    if active != code:
        area.replaced_by.add(active)
    in_region_and_country(row, code, known, at)


def in_region_and_country(row: Row, code: str, known: Gazetteer, at: Place) -> None:
    """The region and the country of an area; Wales has no regions."""
    area = known.see(code, at)
    country = row.take("CTRYCD", code_of("country"), A_CODE)
    area.within["country"].add(country)
    known.see(country, at, row.take("CTRYNM", str))
    name = row.maybe("RGNNM", str)
    if region := row.maybe("RGNCD", code_of("region"), A_CODE):
        area.within["region"].add(region)
        known.see(region, at, name or "").within["country"].add(country)


def read_msoa(row: Row, code: str, known: Gazetteer, at: Place) -> None:
    """A middle layer area of 2011, of 2021 or of both, and the district it lies in today."""
    name = row.take("MSOANM", str)
    vintages = [
        vintage
        for vintage, column in (("2011", "MSOA11CD"), ("2021", "MSOA21CD"))
        if row.maybe(column, code_of("msoa"), A_CODE)
    ]
    if not vintages:
        raise row.refuse("the area is neither of 2011 nor of 2021", "Give the code again in one.")
    for vintage in vintages:
        known.see(code, at, name if vintage == vintages[-1] else "", vintage)
    area = known.areas[code]
    district = row.take("LADCD_ACTIVE", code_of("district"), A_CODE)
    known.see(district, at, row.take("LADNM_ACTIVE", str))
    area.within["district"].add(district)
    for column, language in (("MSOAHCLNM", "en"), ("MSOAHCLNMW", "cy")):
        if given := row.maybe(column, str):
            area.other_names.add((given, language))
    in_region_and_country(row, code, known, at)


def read_old_msoa(row: Row, code: str, known: Gazetteer, at: Place) -> None:
    """A middle layer area of 2011 with its district of 2017; or such a district itself."""
    name = row.take("label", str)
    if kind_of(code) == "district":
        row.ignore("parent")
        known.see(code, at, name)
        return
    known.see(code, at, name, "2011")
    known.first_district[code] = row.take("parent", code_of("district"), A_CODE)


def read_region(row: Row, code: str, known: Gazetteer, at: Place) -> None:
    """A region and its country."""
    country = row.take("CTRYCD", code_of("country"), A_CODE)
    known.see(country, at, row.take("CTRYNM", str))
    known.see(code, at, row.take("RGNNM", str)).within["country"].add(country)


def read_country(row: Row, code: str, known: Gazetteer, at: Place) -> None:
    """England or Wales, and both together."""
    known.see(code, at, row.take("CTRYNM", str)).within["country"].add(ENGLAND_AND_WALES)
    known.see(row.take("EWCD", code_of("country"), A_CODE), at, row.take("EWNM", str))


def read_centroid(row: Row, code: str, known: Gazetteer, at: Place) -> None:
    """A point that stands for a small area; an LSOA numbered up to the last of 2011 is of 2011."""
    longitudes, latitudes = DEGREE_BOX
    latitude = row.take("latitude", degrees(*latitudes), A_LATITUDE)
    longitude = row.take("longitude", degrees(*longitudes), A_LONGITUDE)
    area = known.see(code, at)
    if area.kind == "lsoa":
        area.vintages.add("2011" if code <= LAST_2011[code[:3]] else "2021")
    area.centroid = (longitude, latitude)


def degrees(least: float, most: float) -> Callable[[str], float]:
    """A reader of degrees within the United Kingdom, to five decimals: about a metre."""

    def read(text: str) -> float:
        if not DEGREES.fullmatch(text):
            raise ValueError("not a number of degrees")
        if not least <= float(text) <= most:
            raise ValueError("outside the United Kingdom")
        return round(float(text), 5)

    return read


LOOKUPS = {
    "la_all_codes.csv": Lookup(
        "LADCD",
        ("district",),
        ("LADNM", "LADCD_ACTIVE", "LADNM_ACTIVE", "RGNCD", "RGNNM", "CTRYCD", "CTRYNM"),
        (*REPEATED, "Current"),
        read_district,
    ),
    "msoa_la.csv": Lookup(
        "MSOACD",
        ("msoa",),
        (
            *("MSOANM", "MSOAHCLNM", "MSOAHCLNMW", "MSOA11CD", "MSOA21CD"),
            *("LADCD_ACTIVE", "LADNM_ACTIVE", "RGNCD", "RGNNM", "CTRYCD", "CTRYNM"),
        ),
        (*REPEATED, "LAD17CD", "MSOA11NM", "MSOA11HCLNM"),
        read_msoa,
    ),
    "middle-layer-super-output-area.csv": Lookup(
        "code", ("msoa", "district"), ("label", "parent"), ("codelist",), read_old_msoa, "all"
    ),
    "rgn_all_codes.csv": Lookup(
        "RGNCD",
        ("region",),
        ("RGNNM", "CTRYCD", "CTRYNM"),
        ("EWCD", "EWNM", "GBCD", "GBNM", "UKCD", "UKNM"),
        read_region,
    ),
    "ctry_all_codes.csv": Lookup(
        "CTRYCD",
        ("country",),
        ("CTRYNM", "EWCD", "EWNM"),
        ("GBCD", "GBNM", "UKCD", "UKNM"),
        read_country,
    ),
    "lsoa_latlong.csv": Lookup(
        "LSOACD", ("lsoa",), ("latitude", "longitude"), ("lsoa11cd",), read_centroid
    ),
    "msoa_latlong.csv": Lookup(
        "MSOACD", ("msoa",), ("latitude", "longitude"), ("msoa11cd",), read_centroid
    ),
}
