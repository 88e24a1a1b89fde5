"""Deprivation of small areas: where each lower layer area of England stands among all of them.

It is another department's: the Ministry of Housing, Communities and Local Government publishes it.
It meets records of the police in the area, whose code both of them use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from pyoxigraph import Literal, Quad

from homegraph.graph import iri
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
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.mappoints import official_names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import RDFS, SDMXD, STAT
from homegraph.loaders.deprivation.read import Standing, standings

NAME = "deprivation"
KEY = ("area", "year", "domain")
KINDS = {"rank": pl.Int64, "decile": pl.Int64, "row": pl.Int64, "score": pl.Float64}
SCHEMA = {name: KINDS.get(name, pl.String) for name in Standing._fields}


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The years that there are indices of; raises SourceRejected for an unknown file.

    Tables: standings, and lower_layer_names.
    """
    found = [one for file in files for one in standings(file, reading)]
    frame = pl.DataFrame(found, SCHEMA, orient="row").unique(KEY, keep="last", maintain_order=True)
    reading.table("standings", frame.sort(KEY))
    named = frame.select(code="area", name="name").unique(maintain_order=True)
    reading.table("lower_layer_names", named)
    for year in frame.get_column("year").unique().sort():
        label = Literal(periods.label(year), language="en")
        yield Quad(iri.year(year), RDFS.label, label, names.graph(NAME))


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """One cube: area by year by domain."""
    found = tables.get(NAME, "standings")
    if found is None:
        return
    frame = found.collect()
    named = dict(frame.select("area", "name").iter_rows()) | official_names(tables)
    domains = concepts("deprivation-domain", code_list("deprivation-domain").titles())
    yield Cube(
        name="deprivation-ranks",
        source=NAME,
        title="Deprivation of small areas in England",
        description=DESCRIPTION,
        dimensions=(
            Dimension("area", SDMXD.refArea, areas(named)),
            Dimension("year", SDMXD.refPeriod, Codes(iri.year("").value)),
            Dimension("domain", STAT.deprivationDomain, domains),
        ),
        measure=Measure("rank", STAT.deprivationRank, iri.concept("counting-unit", "rank")),
        attributes=(
            Attribute("score", STAT.deprivationScore),
            Attribute("decile", STAT.deprivationDecile),
        ),
        frame=frame.drop("name"),
        slices=(("year", "domain"),),
        keywords=("deprivation", "Index of Multiple Deprivation", "small areas"),
    )


DESCRIPTION = (
    "Where each lower layer area of 2011 stands among the 32,844 of England: rank 1 is the most "
    "deprived, and decile 1 are the tenth of areas that are most deprived. There is a rank for the "
    "Index of Multiple Deprivation as a whole and for each of its domains, and the score that the "
    "rank is made from is given beside it. Scores of different domains cannot be compared. The "
    "domain of crime is itself made from crimes that the police recorded, and the index as a whole "
    "has it as a part: what is found with them about crime is in some part found by making."
)
