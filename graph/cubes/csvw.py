"""What CSVW says of a cube's table (W3C Metadata Vocabulary for Tabular Data, 2015).

Read as RDF (Generating RDF from Tabular Data on the Web, minimal mode) the metadata give the
observations of the cube, statement for statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pyoxigraph import NamedNode

from homegraph.graph.cubes.columns import BETWEEN, VIRTUAL, Column, in_words
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.periods import months_of
from homegraph.graph.iri import CSVW_CONTEXT, Names
from homegraph.graph.source import Source
from homegraph.graph.terms import DCT, QB, RDF, SDMXD

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNSAFE = r"[?#\[\]&%]"  # a URI template would not spell these as the names of observations do


def described(column: Column) -> dict[str, Any]:
    """A column as CSVW says it (Metadata Vocabulary, section 5.6)."""
    said: dict[str, Any] = {
        "name": column.name,
        "titles": [column.name, in_words(column.name)],
        "dc:description": column.about,
        "datatype": column.datatype,
    }
    if column.required:
        said["required"] = True
    if column.language:
        said["lang"] = column.language
    if column.listed:
        said["separator"] = BETWEEN
    if column.property is None:
        said["suppressOutput"] = True
    else:
        said["propertyUrl"] = column.property.value
    if column.value_url:
        said["valueUrl"] = column.value_url
    return said


def metadata(
    cube: Cube,
    names: Names,
    source: Source,
    table: Sequence[Column],
    sources: Sequence[Column] = (),
) -> dict[str, Any]:
    """The whole metadata document; nothing in it depends on when or after what it was made.

    `sources` are the columns of the second table, with the files of each figure, if there is one.
    Raises ValueError for a code that a URI template cannot spell.
    """
    node = cube.node(names)
    codes = [dimension.column for dimension in cube.dimensions]
    for column in codes:
        if cube.frame[column].str.contains(UNSAFE).any():
            raise ValueError(f"{cube.name}: a code of {column} cannot stand in an address")
    about = "/".join([node.value, *(f"{{+{column}}}" for column in codes)])
    first = {
        "url": f"{cube.name}.csv",
        "tableSchema": {
            "aboutUrl": about,
            "primaryKey": codes,
            "columns": [
                *map(described, table),
                virtual(VIRTUAL[0], RDF.type, QB.Observation),
                virtual(VIRTUAL[1], QB.dataSet, node),
            ],
        },
    }
    said = {"@context": [CSVW_CONTEXT, {"@language": "en"}], **about_all(cube, names, source)}
    if not sources:
        return said | first
    second = {
        "url": f"{cube.name}.files.csv",
        "tableSchema": {
            "aboutUrl": about,
            "primaryKey": [*codes, sources[-1].name],
            "foreignKeys": [
                {
                    "columnReference": codes,
                    "reference": {"resource": f"{cube.name}.csv", "columnReference": codes},
                }
            ],
            "columns": [*map(described, sources)],
        },
    }
    return said | {"tables": [first, second]}


def about_all(cube: Cube, names: Names, source: Source) -> dict[str, Any]:
    """What is true of all tables: what they are, whose, and how they are spelt."""
    said: dict[str, Any] = {
        "dc:identifier": cube.name,
        "dc:title": cube.title,
        "dc:description": cube.description,
        **borrowed(source),
        "dc:source": {"@id": source.node.value},
        "dcat:isDistributionOf": {"@id": cube.node(names).value},
    }
    if cube.keywords:
        said["dcat:keyword"] = list(cube.keywords)
    if days := period(cube):
        said["dcat:startDate"], said["dcat:endDate"] = days
    return said | {
        "dialect": {
            "encoding": "utf-8",
            "delimiter": ",",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
            "headerRowCount": 1,
            "lineTerminators": ["\r\n"],
            "trim": False,
        }
    }


def virtual(name: str, predicate: NamedNode, value: NamedNode) -> dict[str, Any]:
    """A column that stands in no file: what is true of every observation."""
    return {
        "name": name,
        "virtual": True,
        "propertyUrl": predicate.value,
        "valueUrl": value.value,
    }


def borrowed(source: Source) -> dict[str, Any]:
    """Licence and publisher as the source has them."""
    wanted = {DCT.license: "dc:license", DCT.publisher: "dc:publisher"}
    return {
        wanted[quad.predicate]: {"@id": quad.object.value}
        for quad in source.quads
        if quad.subject == source.node
        and quad.predicate in wanted
        and isinstance(quad.object, NamedNode)
    }


def period(cube: Cube) -> tuple[str, str] | None:
    """The first and the last month of the cube, or day, if it has periods of one of these kinds."""
    for dimension in cube.dimensions:
        if dimension.property == SDMXD.refPeriod and cube.frame.height:
            codes = cube.frame[dimension.column].unique().to_list()
            if all(DAY.fullmatch(code) for code in codes):
                return min(codes), max(codes)
            try:
                spans = [months_of(code) for code in codes]
            except ValueError:
                return None
            return min(span[0] for span in spans), max(span[-1] for span in spans)
    return None
