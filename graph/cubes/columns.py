"""The columns of a cube's table: one list serves CSV, its metadata, and Parquet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from pyoxigraph import NamedNode

from homegraph.graph.cubes.cube import Codes, Cube
from homegraph.graph.cubes.periods import label
from homegraph.graph.cubes.text import DECIMALS
from homegraph.graph.iri import Names, concept
from homegraph.graph.terms import (
    PROV,
    RDFS,
    SDMXA,
    SDMXC,
    SOURCE,
    STAT,
)

BETWEEN = "|"  # stands between the files of one figure
VIRTUAL = ("observation_type", "observation_data_set")


@dataclass(frozen=True)
class Column:
    """One column: how it is made from the frame, and what it says of an observation.

    Without `property` it is for readers only; with `value_url` its values are codes of names.
    """

    name: str
    value: pl.Expr
    about: str
    datatype: str = "string"
    required: bool = False
    property: NamedNode | None = None
    value_url: str = ""
    language: str = ""
    listed: bool = False


def in_words(name: str) -> str:
    """A column's name as a heading.

    >>> in_words("source_row")
    'Source row'
    """
    return name.replace("_", " ").capitalize()


def columns(cube: Cube, names: Names, files: Mapping[str, str]) -> list[Column]:
    """All columns of the table, in order; raises ValueError when two have one name."""
    found = [
        *dimensions(cube),
        *figure(cube),
        *attributes(cube),
        *revision(cube, names, files),
        *origin(cube, names, files),
    ]
    counts = Counter([*VIRTUAL, *(column.name for column in found)])
    if twice := {name for name, count in counts.items() if count > 1}:
        raise ValueError(f"{cube.name}: columns with one name: {twice}")
    return found


def dimensions(cube: Cube) -> Iterator[Column]:
    """Each dimension: the code, and its label where there is any."""
    for dimension in cube.dimensions:
        name, codes = dimension.column, dimension.codes
        distinct = cube.frame[name].unique().to_list()
        about = f"{in_words(name)}, by code"
        yield Column(
            name,
            pl.col(name),
            about,
            required=True,
            property=dimension.property,
            value_url=value_url(codes.prefix, name),
        )
        yield from labelled(name, labels_of(codes, distinct))


def labelled(name: str, labels: Mapping[str, str]) -> Iterator[Column]:
    """The column of the labels of another, if there are labels."""
    if labels:
        value = pl.col(name).cast(pl.String).replace_strict(labels, default=None)
        yield Column(f"{name}_label", value, f"{in_words(name)}, in words", language="en")


def labels_of(codes: Codes, distinct: Iterable[str]) -> dict[str, str]:
    """Labels of codes; periods are read from their code. None that all only repeat the code."""
    wanted = sorted(str(code) for code in distinct if code is not None)
    if codes.labels:
        return {code: codes.labels[code] for code in wanted if code in codes.labels}
    try:
        read = {code: label(code) for code in wanted}
    except ValueError:
        return {}
    return {} if all(code == words for code, words in read.items()) else read


def figure(cube: Cube) -> Iterator[Column]:
    """The measure, its unit, its status, and what a reader has to know of it."""
    frame, measure = cube.frame, cube.measure
    kinds = frame.schema
    yield Column(
        measure.column,
        number(measure.column, kinds[measure.column]),
        "The figure; empty where it is missing",
        datatype(kinds[measure.column]),
        property=measure.property,
    )
    prefix, _, unit = measure.unit.value.rpartition("/")
    yield Column(
        "unit",
        pl.lit(unit),
        "What is counted",
        required=True,
        property=SDMXA.unitMeasure,
        value_url=value_url(f"{prefix}/", "unit"),
    )
    yield Column(
        "status",
        pl.col("status") if "status" in kinds else pl.lit("A"),
        "SDMX observation status: A normal, M missing, P provisional, E estimated",
        property=SDMXA.obsStatus,
        value_url=value_url(SDMXC.obsStatus_A.value[:-1], "status"),
    )
    yield Column(
        "completeness",
        pl.col("completeness") if "completeness" in kinds else nothing(),
        "Whether the period was supplied in full; empty where it was",
        property=STAT.completeness,
        value_url=value_url(concept("completeness", "x").value[:-1], "completeness"),
    )
    yield Column(
        "note",
        pl.col("note") if "note" in kinds else nothing(),
        "What to know of this figure",
        property=RDFS.comment,
        language="en",
    )


def nothing() -> pl.Expr:
    """A column of text without values."""
    return pl.lit(None, dtype=pl.String)


def attributes(cube: Cube) -> Iterator[Column]:
    """The attributes of the cube itself."""
    kinds = cube.frame.schema
    for attribute in cube.attributes:
        name, codes = attribute.column, attribute.codes
        if codes is None:
            value, kind = number(name, kinds[name]), datatype(kinds[name])
            yield Column(name, value, in_words(name), kind, property=attribute.property)
            continue
        yield Column(
            name,
            pl.col(name).cast(pl.String),
            f"{in_words(name)}, by code",
            property=attribute.property,
            value_url=value_url(codes.prefix, name),
        )
        yield from labelled(name, labels_of(codes, cube.frame[name].cast(pl.String).unique()))


def revision(cube: Cube, names: Names, files: Mapping[str, str]) -> Iterator[Column]:
    """The figure before it was revised, and where it stood."""
    kinds = cube.frame.schema
    if "previous" in kinds:
        yield Column(
            "previous",
            number("previous", kinds["previous"]),
            "The figure before it was revised",
            datatype(kinds["previous"]),
            property=STAT.previousValue,
        )
    if "previous_file" in kinds:
        yield Column(
            "previous_source_file",
            pl.col("previous_file").replace_strict(files, default=None, return_dtype=pl.String),
            "The file that gave the earlier figure",
        )
        yield Column(
            "previous_source_digest",
            pl.col("previous_file"),
            "SHA-256 of the file that gave the earlier figure",
            property=STAT.previousFile,
            value_url=value_url(file_prefix(names), "previous_source_digest"),
        )


def origin(cube: Cube, names: Names, files: Mapping[str, str]) -> Iterator[Column]:
    """Where the figure was read: file, sheet, row and column."""
    kinds = cube.frame.schema
    many = several(cube)
    digest, name = pl.col("file"), pl.element() if many else pl.col("file")
    name = name.replace_strict(files, default=None, return_dtype=pl.String)
    if many:
        digest = digest.list.unique().list.sort()
        name = digest.list.eval(name)
    yield Column("source_file", name, "The file the figure was read from", listed=many)
    yield Column(
        "source_digest",
        digest,
        "SHA-256 of the file the figure was read from",
        property=None if many else PROV.wasDerivedFrom,
        value_url="" if many else value_url(file_prefix(names), "source_digest"),
        listed=many,
    )
    places = {
        "sheet": ("source_sheet", "The sheet of the file", SOURCE.inSheet),
        "row": ("source_row", "The row, as a spreadsheet counts", SOURCE.inRow),
        "cell_column": ("source_column", "The heading of the column", SOURCE.inColumn),
    }
    for column, (called, about, predicate) in places.items():
        if column in kinds:
            kind = datatype(kinds[column])
            yield Column(called, pl.col(column), about, kind, property=predicate)


def files_of(cube: Cube, names: Names, files: Mapping[str, str]) -> list[Column]:
    """The columns of a second table: the files of each figure that was counted over several.

    CSVW makes one name out of one cell, so the files of a list need rows of their own. None where
    each figure has one file.
    """
    if not several(cube):
        return []
    name = pl.col("file").replace_strict(files, default=None, return_dtype=pl.String)
    return [
        *(
            Column(
                one.column, pl.col(one.column), f"{in_words(one.column)}, by code", required=True
            )
            for one in cube.dimensions
        ),
        Column("source_file", name, "A file the figure was read from"),
        Column(
            "source_digest",
            pl.col("file"),
            "SHA-256 of a file the figure was read from",
            required=True,
            property=PROV.wasDerivedFrom,
            value_url=value_url(file_prefix(names), "source_digest"),
        ),
    ]


def several(cube: Cube) -> bool:
    """Whether figures are counted over several files."""
    return cube.frame.schema["file"] != pl.String


def file_prefix(names: Names) -> str:
    """What the names of files begin with."""
    return names.thing("file", "x").value[:-1]


def value_url(prefix: str, column: str) -> str:
    """A template that makes the name of a code; the code may be a path (RFC 6570, 3.2.3)."""
    return f"{prefix}{{+{column}}}"


def number(column: str, kind: pl.DataType) -> pl.Expr:
    """Values as they are, decimals as exact as in the RDF."""
    value = pl.col(column)
    if kind.is_float() or kind.is_decimal():
        exact = value.cast(pl.Float64).round(DECIMALS)
        return pl.when(exact == 0).then(0.0).otherwise(exact)  # xsd:decimal has no -0.0
    return value


def datatype(kind: pl.DataType) -> str:
    """The CSVW datatype of a column."""
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_integer():
        return "integer"
    return "decimal" if kind.is_numeric() else "string"
