"""Police workforce open data tables: workers by force, rank, type and sex as at 31 March.

The Home Office publishes two tables, one of them with ethnicity; its notes say that totals are to
be taken from the other one. A release holds all years, and supersedes the ones before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import iri
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.made import COLUMN, says_so, titled, told
from homegraph.graph.offences import released
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import DCT, PROV, RDF, RDFS, XSD
from homegraph.loaders.police_workforce.cubes import DATASET
from homegraph.loaders.police_workforce.cubes import cubes as of_tables
from homegraph.loaders.police_workforce.generate import make_example
from homegraph.loaders.police_workforce.read import notes, read_table

__all__ = ["cubes", "load", "make_example"]

TITLES = {
    "figures": "Police workforce open data table",
    "by-ethnicity": "Police workforce open data table with ethnicity",
}


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """Each release with its notes; the figures are handed over as tables.

    The table `figures` is without ethnicity, `by-ethnicity` with it; a source may lack either.
    """
    found: dict[str, list[pl.DataFrame]] = {"figures": [], "by-ethnicity": []}
    days: set[str] = set()
    for file in sorted(files, key=lambda file: (released(file), file.name)):
        frame = read_table(file, reading).with_columns(pl.lit(released(file)).alias("published"))
        said = notes(file)
        invented = says_so([said])
        name = "by-ethnicity" if "ethnicity" in frame.columns else "figures"
        found[name].append(frame.with_columns(pl.lit(invented).alias(COLUMN)))
        reading.at = Place(file.name)
        periods = frame["period"].unique().sort().to_list()
        days.update(periods)
        yield from say_release(file, titled(TITLES[name], invented), said, periods, names)
    for table, frames in found.items():
        if frames:
            reading.table(table, pl.concat(frames))
    for day in sorted(days):
        label = f"{date.fromisoformat(day).day} March {day[:4]}"
        yield Quad(iri.day(day), RDFS.label, Literal(label, language="en"), names.graph(DATASET))


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """The cubes of both tables, which say so when their figures are made."""
    yield from told(of_tables(tables, names), tables, DATASET, list(TITLES))


def say_release(
    file: RawFile, what: str, said: Sequence[str], days: Sequence[str], names: Names
) -> Iterator[Quad]:
    """A file: when it was published, which days it holds, and the publisher's notes."""
    issued, graph = released(file), names.graph(DATASET)
    node = names.data(DATASET, "release", file.name.rpartition(".")[0])
    statements: list[tuple[NamedNode, NamedNode | Literal]] = [
        (RDF.type, PROV.Entity),
        (DCT.title, Literal(f"{what}, published {issued}", language="en")),
        (DCT.issued, Literal(issued, datatype=XSD.date)),
        (DCT.isPartOf, names.data(DATASET)),
        (PROV.wasDerivedFrom, names.thing("file", file.sha256)),
        *((DCT.temporal, iri.day(day)) for day in days),
        *((RDFS.comment, Literal(note, language="en")) for note in said),
    ]
    for predicate, value in statements:
        yield Quad(node, predicate, value, graph)
