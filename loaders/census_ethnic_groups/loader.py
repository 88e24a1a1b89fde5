"""Residents by ethnic group: a table of the census, for what is counted by ethnicity elsewhere.

It is another department's: the Office for National Statistics publishes it as table TS021, with a
row for each local authority and each of nineteen ethnic groups. The groups of the census of 2021
lie in the five that statistics of the police use.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl
from pyoxigraph import Literal, Quad

from homegraph.graph import iri, row
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes import periods
from homegraph.graph.cubes.cube import (
    Attribute,
    Codes,
    Cube,
    Dimension,
    Measure,
    areas,
    concepts,
)
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.mappoints import official_names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import RDFS, SDMXD, STAT

NAME = "census-ethnic-groups"
YEAR, DAY = "2021", "2021-03-21"
AREA, AREA_NAME = "Lower Tier Local Authorities Code", "Lower Tier Local Authorities"
GROUP_CODE, GROUP = "Ethnic group (20 categories) Code", "Ethnic group (20 categories)"
COUNT = "Observation"
CODE = re.compile(r"(E0[6-9]|W06)[0-9]{6}")
# The broad group of each ethnic group, by what its name begins with.
GROUPS = {
    "Asian, Asian British or Asian Welsh": "asian",
    "Black, Black British, Black Welsh, Caribbean or African": "black",
    "Mixed or Multiple ethnic groups": "mixed",
    "White": "white",
    "Other ethnic group": "other",
}
NOBODY = "Does not apply"  # a code that all tables have, and that nobody falls under here
PARTS = 19  # ethnic groups, without the code that nobody falls under


class Count(NamedTuple):
    """The residents of one district and ethnic group."""

    area: str
    name: str
    code: str
    ethnicity: str
    residents: int
    file: str


SCHEMA = {name: pl.Int64 if name == "residents" else pl.String for name in Count._fields}


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The year of the census; raises SourceRejected for districts that lack an ethnic group.

    Table: residents, by area and broad group.
    """
    counts: list[Count] = []
    before: dict[str, str] = {}
    for file in files:
        found = list(counts_in(file, reading))
        if not reading.errors:  # else there is a reason for what is not there
            insist_on_all_groups(found, file.name, before)
        counts += found
    reading.table("residents", grouped(pl.DataFrame(counts, SCHEMA, orient="row")))
    label = Literal(periods.label(YEAR), language="en")
    yield Quad(iri.year(YEAR), RDFS.label, label, names.graph(NAME))


def counts_in(file: RawFile, reading: Reading) -> Iterator[Count]:
    """The rows of a file, without those of the code that nobody falls under."""
    seen: dict[tuple[str, str], int] = {}
    for record in row.rows(file, reading):
        found = None
        with record:
            code = record.take(AREA, district, "Give the code of a district, as in E06000023.")
            name, part = record.take(AREA_NAME, str), record.take(GROUP_CODE, str)
            if (code, part) in seen:
                problem = f"row {seen[code, part]} gives the same group of the same district"
                raise record.refuse(problem, "Keep one of them.", GROUP_CODE, part)
            seen[code, part] = record.number
            group = record.take(GROUP, broad_group, "Have the loader taught this group.")
            residents = record.take(COUNT, whole, "Give a whole number.")
            if group:
                found = Count(code, name, part, group, residents, file.sha256)
            elif residents:
                problem = "nobody falls under this code, and there are residents"
                raise record.refuse(problem, "Correct the number.", COUNT, str(residents))
        if found is not None:
            yield found


def insist_on_all_groups(counts: Sequence[Count], file: str, before: dict[str, str]) -> None:
    """Raise SourceRejected for districts that lack a group, or that an earlier file has as well.

    Their sums would be too small, or too large. `before` has the file of each earlier district.
    """
    parts = Counter(count.area for count in counts)
    remedy = f"Give all {PARTS} ethnic groups of each district."
    wrong = [
        Finding(f"the district has {n} ethnic groups", remedy, file, column=AREA, value=area)
        for area, n in parts.items()
        if n != PARTS
    ]
    for area in sorted(before.keys() & parts):
        problem = f"{before[area]} has the district as well"
        wrong.append(Finding(problem, "Leave out one file.", file, column=AREA, value=area))
    if wrong:
        raise SourceRejected(wrong)
    before.update(dict.fromkeys(parts, file))


def grouped(frame: pl.DataFrame) -> pl.DataFrame:
    """Sums over the ethnic groups in each broad group."""
    return (
        frame.group_by("area", "ethnicity")
        .agg(
            pl.col("name").first(),
            pl.col("residents").sum(),
            pl.col("file").first(),
            pl.format("Sum of {} ethnic groups of the census.", pl.len()).alias("note"),
        )
        .with_columns(year=pl.lit(YEAR), day=pl.lit(DAY), cell_column=pl.lit(COUNT))
        .sort("area", "ethnicity")
    )


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """One cube: area by year by broad group."""
    found = tables.get(NAME, "residents")
    if found is None:
        return
    frame = found.collect()
    named = dict(frame.select("area", "name").iter_rows()) | official_names(tables)
    groups = concepts("ethnicity", code_list("ethnicity").titles())
    yield Cube(
        name="census-residents-by-ethnicity",
        source=NAME,
        title="Residents by ethnic group in the census",
        description=DESCRIPTION,
        dimensions=(
            Dimension("area", SDMXD.refArea, areas(named)),
            Dimension("year", SDMXD.refPeriod, Codes(iri.year("").value)),
            Dimension("ethnicity", STAT.ethnicity, groups),
        ),
        measure=Measure("residents", STAT.usualResidents, iri.concept("counting-unit", "resident")),
        attributes=(Attribute("day", STAT.referenceDate, Codes(iri.day("").value)),),
        frame=frame.drop("name"),
        slices=(("area", "year"),),
        keywords=("census", "residents", "ethnicity"),
    )


def district(text: str) -> str:
    """The code of a local authority district of England or Wales."""
    if not CODE.fullmatch(text):
        raise ValueError("not the code of a district of England or Wales")
    return text


def broad_group(text: str) -> str:
    """The notation of the broad group that an ethnic group is in; nothing where nobody is."""
    if text == NOBODY:
        return ""
    begins, _, part = text.partition(": ")
    if begins not in GROUPS or not part:
        raise ValueError("not an ethnic group that is known here")
    return GROUPS[begins]


def whole(text: str) -> int:
    """A number of people."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("not a whole number")
    return int(text)


DESCRIPTION = (
    "How many people usually lived in each local authority district on the day of the census, by "
    "broad ethnic group. It was held on 21 March 2021 in England and Wales; the five groups are "
    "those that statistics of the police use. The table of the census has nineteen ethnic groups; "
    "each figure is the sum of those in one broad group. Chinese is with the Asian groups, Roma "
    "with the white ones."
)
