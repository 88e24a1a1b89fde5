"""Mid-year estimates of residents: the middle of a year is 30 June, and the figure is of the area.

A later file may revise an earlier one: the last published figure counts, and the one before it is
kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from pyoxigraph import Literal, Quad

from homegraph.graph import iri
from homegraph.graph.cubes import periods
from homegraph.graph.cubes.cube import Attribute, Codes, Cube, Dimension, Measure, areas
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.mappoints import official_names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import RDFS, SDMXD, SKOS, STAT
from homegraph.loaders.population import figures
from homegraph.loaders.population.estimates import Figure, reader_of

NAME = "population"
REFERENCE = "06-30"  # the day of the year that estimates are for


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The areas and years that there are figures for; raises SourceRejected for an unknown file.

    Tables: figures (the last published of each area and year), published (all of all files), and
    lower_layer_names.
    """
    found = list(read(files, reading))
    published = figures.frame(found)
    reading.table("published", published)
    reading.table("figures", figures.winners(published))
    reading.table("lower_layer_names", lower_layer_names(published))
    graph = names.graph(NAME)
    newest = published.sort("published").unique("area", keep="last", maintain_order=True)
    for code, name in newest.select("area", "name").sort("area").iter_rows():
        if is_small(code):
            continue  # a lower layer area is named by the source of the areas
        yield Quad(iri.area(code), SKOS.notation, Literal(code), graph)
        if not name.isupper():  # regions and countries are in capitals here
            yield Quad(iri.area(code), RDFS.label, Literal(name), graph)
    for year in published.get_column("year").unique().sort():
        label = Literal(periods.label(year), language="en")
        yield Quad(iri.year(year), RDFS.label, label, graph)


def read(files: Sequence[RawFile], reading: Reading) -> Iterator[Figure]:
    """The figures of all files; raises SourceRejected for a name of no known kind."""
    readers = {file: reader_of(file.name) for file in files}
    unknown = [file.name for file, read in readers.items() if read is None]
    if unknown:
        problem = "nobody knows how to read a file of this name"
        remedy = "Leave it out; the kinds of files are listed in loaders/population/estimates.py."
        raise SourceRejected([Finding(problem, remedy, name) for name in unknown])
    for file, reader in readers.items():
        if reader is not None:
            yield from reader(file, reading)


def is_small(code: str) -> bool:
    """Whether a code is of a lower layer area."""
    return code[1:3] == "01"


def lower_layer_names(published: pl.DataFrame) -> pl.DataFrame:
    """The names of lower layer areas, from which the source of the areas tells where they lie."""
    small = pl.col("area").str.slice(1, 2) == "01"
    return published.filter(small).select(code="area", name="name").unique(maintain_order=True)


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """Add sums over districts to the table `figures`; says nothing in the graph."""
    published, members = tables.get(NAME, "published"), tables.get("geography", "members")
    if published is not None and members is not None:
        known = published.collect()
        summed = figures.sums(known, members.collect())
        tables.add(NAME, {"figures": figures.winners(pl.concat([known, summed]))})
    yield from ()


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """One cube: area by year."""
    found = tables.get(NAME, "figures")
    if found is None:
        return
    frame = found.collect()
    frame = frame.with_columns(pl.concat_str("year", pl.lit(f"-{REFERENCE}")).alias("day"))
    yield Cube(
        name="residents",
        source=NAME,
        title="Residents by area and year",
        description=DESCRIPTION,
        dimensions=(
            Dimension("area", SDMXD.refArea, areas(labels(tables))),
            Dimension("year", SDMXD.refPeriod, Codes(iri.year("").value)),
        ),
        measure=Measure("residents", STAT.residents, iri.concept("counting-unit", "resident")),
        attributes=(Attribute("day", STAT.referenceDate, Codes(iri.day("").value)),),
        frame=frame,
        slices=(("area",), ("year",)),
        keywords=("population", "residents", "mid-year estimates"),
    )


def labels(tables: Tables) -> dict[str, str]:
    """The names of areas: those of the source of the areas, and for others those in the files."""
    published = tables.get(NAME, "published")
    if published is None:
        return official_names(tables)
    given = published.sort("published").select("area", "name").collect()
    return dict(given.iter_rows()) | official_names(tables)


DESCRIPTION = (
    "How many people usually live in each area on 30 June of the year. The Office for National "
    "Statistics estimates it: districts, regions and countries have estimates of their own; those "
    "of police force areas and community safety partnerships are sums over districts, which are "
    "listed beside each; those of lower layer areas do not count prisoners. Where a later "
    "publication changed a figure, the earlier one is given with it."
)
