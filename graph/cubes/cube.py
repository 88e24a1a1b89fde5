"""What a cube is: dimensions, one measure, attributes and a frame of observations.

One description serves the RDF Data Cube (W3C Recommendation 2014, in normal form, section 10), CSV
with CSVW metadata, and Parquet. The frame has one row per observation and these columns:

    one per dimension   String, never null: the code (E01000001, 2024-03, burglary)
    the measure         Int64 or Float64; null where the figure is missing
    one per attribute   any; null where the observation has none
    file                String or List(String): SHA-256 of the file(s) the figure was read from

and, where they apply,

    sheet               String: the sheet of the file
    row                 integer: the row of the figure, as a spreadsheet counts
    cell_column         String: the heading of the column, where the table is wide
    status              String: a code of SDMX obsStatus (A, M, P, E ...); A when left out; null
                        only where `completeness` says more
    completeness        String: a notation of ontologies/completeness.ttl (partial, missing,
                        revised, withdrawn); null where there is nothing to say
    note                String: what a reader has to know of this figure, in a sentence
    previous            like the measure: the figure before it was revised
    previous_file       String: SHA-256 of the file that gave the earlier figure
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode

from homegraph.graph.iri import CONCEPT, OURS, Names, area, month

if TYPE_CHECKING:
    import polars as pl

RESERVED = (
    "file",
    "sheet",
    "row",
    "cell_column",
    "status",
    "completeness",
    "note",
    "previous",
    "previous_file",
)


@dataclass(frozen=True)
class Codes:
    """How codes become names: the name is `prefix` and the code.

    `scheme` is the SKOS scheme the names are in, if they are concepts; `labels` gives the English
    label by code, for the tables that people read.
    """

    prefix: str
    scheme: NamedNode | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def areas(labels: Mapping[str, str]) -> Codes:
    """Areas by their nine-character ONS code."""
    return Codes(area("").value, None, labels)


def months() -> Codes:
    """Months as 2024-03."""
    return Codes(month("").value)


def concepts(scheme: str, labels: Mapping[str, str]) -> Codes:
    """Concepts of one of our code lists, by notation."""
    return Codes(f"{CONCEPT}{scheme}/", NamedNode(CONCEPT + scheme), labels)


@dataclass(frozen=True)
class Dimension:
    """One dimension: the column of its codes, the property, and what the codes mean."""

    column: str
    property: NamedNode
    codes: Codes


@dataclass(frozen=True)
class Attribute:
    """One attribute of observations; with `codes` its values are names, else literals."""

    column: str
    property: NamedNode
    codes: Codes | None = None


@dataclass(frozen=True)
class Measure:
    """The measure: its column, its own property, and the unit (a concept of counting-unit)."""

    column: str
    property: NamedNode
    unit: NamedNode


@dataclass(frozen=True)
class Cube:
    """One cube, in a graph of its own.

    `name` stands in URLs and is unique among cubes and sources; `source` is the dataset name of
    the source it is made by (street-crime). `slices` lists the sets of dimensions (by column) that
    slices fix: the commonest questions then touch few observations. `partition` is the dimension by
    whose codes the dumps are cut, so that an increment costs what is new.
    """

    name: str
    source: str
    title: str
    description: str
    dimensions: tuple[Dimension, ...]
    measure: Measure
    frame: pl.DataFrame
    attributes: tuple[Attribute, ...] = ()
    slices: tuple[tuple[str, ...], ...] = ()
    keywords: tuple[str, ...] = ()
    edition: str = "time-series"
    partition: str | None = None

    def __post_init__(self) -> None:
        """Refuse a cube whose frame does not fit; a fault of ours, not of a publisher."""
        if not OURS.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not spelt like one of our words")
        codes = [dimension.column for dimension in self.dimensions]
        known = {*codes, self.measure.column, *RESERVED, *(a.column for a in self.attributes)}
        columns = set(self.frame.columns)
        if columns - known:
            raise ValueError(f"{self.name}: columns that nobody declared: {columns - known}")
        if missing := {*codes, self.measure.column, "file"} - columns:
            raise ValueError(f"{self.name}: columns that are missing: {missing}")
        for fixed in self.slices:
            if not set(fixed) < set(codes):
                raise ValueError(
                    f"{self.name}: a slice fixes {fixed}, which is not some dimensions"
                )

    def node(self, names: Names) -> NamedNode:
        """The qb:DataSet."""
        return names.data(self.name)

    def graph(self, names: Names) -> NamedNode:
        """The named graph of the cube."""
        return names.graph(self.name)
