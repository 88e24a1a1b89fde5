"""Writes a cube as RDF Data Cube in normal form (W3C Recommendation 2014, section 10).

Observations and slices become frames of terms, a column per property, and from nothing but these
frames the text is made: what is checked on the frames is what goes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import reduce
from urllib.parse import quote

import polars as pl
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.cubes.cube import Attribute, Codes, Cube, Dimension
from homegraph.graph.iri import KEPT, Names, concept
from homegraph.graph.terms import (
    DCT,
    PROV,
    QB,
    RDF,
    RDFS,
    SDMXA,
    SDMXC,
    SOURCE,
    STAT,
    XSD,
)

SUBJECT = "subject"
CHUNK = 20_000  # rows, or terms of their lists, written in one go
DECIMALS = 6
Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


def structure(cube: Cube, names: Names) -> list[Quad]:
    """The data set and its structure definition, but for the slices it leads to."""
    node, graph = cube.node(names), cube.graph(names)
    definition = names.data(cube.name, "structure")
    said: list[Statement] = [
        (node, RDF.type, QB.DataSet),
        (node, RDFS.label, Literal(cube.title, language="en")),
        (node, RDFS.comment, Literal(cube.description, language="en")),
        (node, QB.structure, definition),
        (node, DCT.source, names.data(cube.source)),
        (definition, RDF.type, QB.DataStructureDefinition),
        (definition, RDFS.label, Literal(f"Structure: {cube.title}", language="en")),
    ]
    for number, dimension in enumerate(cube.dimensions, start=1):
        said += component(definition, QB.dimension, dimension.property, number)
    count = len(cube.dimensions) + 1
    said += component(definition, QB.measure, cube.measure.property, count)
    for number, attribute in enumerate(attributes_of(cube), start=count + 1):
        said += component(definition, QB.attribute, attribute, number)
    for fixed in cube.slices:
        key = slice_key(cube, fixed, names)
        said += [
            (definition, QB.sliceKey, key),
            (key, RDF.type, QB.SliceKey),
            (key, RDFS.label, Literal(f"{cube.title}: {' and '.join(fixed)}", language="en")),
        ]
        said += [(key, QB.componentProperty, d.property) for d in chosen(cube, fixed)]
    return [Quad(*statement, graph) for statement in said]


def component(
    definition: NamedNode, kind: NamedNode, what: NamedNode, order: int
) -> list[Statement]:
    """One component of a structure; an attribute is required if each observation has it."""
    node = NamedNode(f"{definition.value}/component/{order}")
    said: list[Statement] = [
        (definition, QB.component, node),
        (node, RDF.type, QB.ComponentSpecification),
        (node, kind, what),
        (node, QB.componentProperty, what),
        (node, QB.order, Literal(order)),
    ]
    if kind == QB.attribute:
        said.append((node, QB.componentRequired, Literal(what == SDMXA.unitMeasure)))
    return said


def attributes_of(cube: Cube) -> list[NamedNode]:
    """The attributes that a cube declares: what all have, and its own."""
    common = [SDMXA.unitMeasure, SDMXA.unitMult, SDMXA.obsStatus, SDMXA.confStatus]
    ours = [STAT.completeness, STAT.previousValue, STAT.previousFile]
    places = {"sheet": SOURCE.inSheet, "row": SOURCE.inRow, "cell_column": SOURCE.inColumn}
    where = [said for column, said in places.items() if column in cube.frame.columns]
    return [*common, *ours, *where, *(attribute.property for attribute in cube.attributes)]


def chosen(cube: Cube, columns: tuple[str, ...]) -> list[Dimension]:
    """Dimensions by their columns, in the order of the cube."""
    return [dimension for dimension in cube.dimensions if dimension.column in columns]


def slice_key(cube: Cube, fixed: tuple[str, ...], names: Names) -> NamedNode:
    """What slices that fix the same dimensions have in common."""
    words = "-".join(dimension.column for dimension in chosen(cube, fixed))
    return names.data(cube.name, "slice", words.replace("_", "-"))


def path(dimensions: list[Dimension]) -> pl.Expr:
    """The end of a name: the codes, each safe in a path; a code may be a path itself."""
    return pl.concat_str(
        [
            pl.col(dimension.column).map_batches(
                lambda codes: replaced(codes, lambda code: quote(code, safe=KEPT + "/")),
                return_dtype=pl.String,
            )
            for dimension in dimensions
        ],
        separator="/",
    )


def replaced(codes: pl.Series, change: object) -> pl.Series:
    """Change each distinct code once."""
    distinct = codes.unique().drop_nulls()
    changed = [change(code) for code in distinct]  # type: ignore[operator]
    return codes.replace_strict(distinct, changed, return_dtype=pl.String)


def coded(column: str, codes: Codes) -> pl.Expr:
    """Codes as names; a null stays null."""
    return pl.concat_str([pl.lit(f"<{codes.prefix}"), pl.col(column).cast(pl.String), pl.lit(">")])


def files(column: str, names: Names) -> pl.Expr:
    """The names of files, by digest."""
    prefix = names.thing("file", "x").value[:-1]
    return pl.concat_str([pl.lit(f"<{prefix}"), pl.col(column), pl.lit(">")])


def literal(column: str, kind: pl.DataType) -> pl.Expr:
    """Values as literals of the datatype that fits the column."""
    value = pl.col(column)
    if kind.is_float() or kind.is_decimal():
        # Six places are more than any figure here has; the canonical form has no idle noughts.
        exact = value.cast(pl.Float64).round(DECIMALS).cast(pl.Decimal(38, DECIMALS))
        text = exact.cast(pl.String).str.replace(r"0+$", "").str.replace(r"\.$", "")
        return typed(text, XSD.decimal)
    if kind.is_integer():
        return typed(value.cast(pl.String), XSD.integer)
    if kind == pl.Boolean:
        return typed(value.cast(pl.String), XSD.boolean)
    return pl.concat_str([pl.lit('"'), escaped(value), pl.lit('"')])


def typed(text: pl.Expr, datatype: NamedNode) -> pl.Expr:
    """A literal of a datatype."""
    return pl.concat_str([pl.lit('"'), text, pl.lit(f'"^^{datatype}')])


def escaped(text: pl.Expr) -> pl.Expr:
    """Text as canonical N-Triples writes it (RDF 1.1 N-Triples, section 2.4)."""
    pairs = [("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")]
    return reduce(lambda done, pair: done.str.replace_all(*pair, literal=True), pairs, text)


def named(cube: Cube, names: Names) -> pl.Series:
    """The names of the observations, in the order of the cube's frame."""
    stem = pl.lit(f"<{names.data(cube.name).value}/")
    name = pl.concat_str([stem, path(list(cube.dimensions)), pl.lit(">")])
    return cube.frame.select(name.alias(SUBJECT)).to_series()


def once(frame: pl.DataFrame, column: str, term: pl.Expr) -> pl.Series:
    """The terms of a column; each distinct one is written once, wherever it stands.

    A million names of a month are a million references to a few, which is a sixth of the memory.
    """
    distinct = frame.select(pl.col(column).unique())
    written = distinct.with_columns(term.alias(SUBJECT))
    found = frame.select(column).join(
        written, on=column, how="left", nulls_equal=True, maintain_order="left"
    )
    return found[SUBJECT]


def observations(cube: Cube, names: Names, subjects: pl.Series | None = None) -> pl.DataFrame:
    """All observations as terms: `subject`, and a column per property, sorted by subject.

    `subjects` are their names, where these were made already.
    """
    frame = cube.frame
    subjects = named(cube, names) if subjects is None else subjects
    kinds = frame.schema
    said: dict[NamedNode, pl.Series | pl.Expr] = {
        RDF.type: pl.lit(str(QB.Observation)),
        QB.dataSet: pl.lit(str(cube.node(names))),
        SDMXA.unitMeasure: pl.lit(str(cube.measure.unit)),
        SDMXA.obsStatus: pl.lit(str(SDMXC.obsStatus_A)),  # unless the frame says otherwise
    }
    parts = [Attribute(cube.measure.column, cube.measure.property)]
    parts += [Attribute(one.column, one.property, one.codes) for one in cube.dimensions]
    for one in (*parts, *cube.attributes, *reserved(frame, names)):
        term = literal(one.column, kinds[one.column])
        if one.codes:
            term = coded(one.column, one.codes)
        said[one.property] = once(frame, one.column, term)
    if "note" in kinds:
        note = [pl.lit('"'), escaped(pl.col("note")), pl.lit('"@en')]
        said[RDFS.comment] = once(frame, "note", pl.concat_str(note))
    if kinds["file"] == pl.String:
        said[PROV.wasDerivedFrom] = once(frame, "file", files("file", names))
    else:
        each = pl.col("file").list.unique().list.sort()
        prefix = names.thing("file", "x").value[:-1]
        said[PROV.wasDerivedFrom] = each.list.eval(
            pl.concat_str([pl.lit(f"<{prefix}"), pl.element(), pl.lit(">")])
        )
    return frame.select(
        subjects,
        *(said[predicate].alias(str(predicate)) for predicate in sorted(said, key=str)),
    ).sort(SUBJECT)


def reserved(frame: pl.DataFrame, names: Names) -> Iterator[Attribute]:
    """What the columns that every cube may have say of an observation."""
    known = {
        "status": (SDMXA.obsStatus, Codes(SDMXC.obsStatus_A.value.removesuffix("A"))),
        "sheet": (SOURCE.inSheet, None),
        "row": (SOURCE.inRow, None),
        "cell_column": (SOURCE.inColumn, None),
        "completeness": (STAT.completeness, Codes(concept("completeness", "x").value[:-1])),
        "previous": (STAT.previousValue, None),
        "previous_file": (STAT.previousFile, Codes(names.thing("file", "x").value[:-1])),
    }
    for column, (predicate, codes) in known.items():
        if column in frame.columns:
            yield Attribute(column, predicate, codes)


def slices(cube: Cube, names: Names, subjects: pl.Series | None = None) -> Iterator[pl.DataFrame]:
    """For each set of fixed dimensions its slices as terms, each with the list of observations.

    `subjects` are the names of the observations, where these were made already.
    """
    subjects = named(cube, names) if subjects is None else subjects
    for fixed in cube.slices:
        dimensions = chosen(cube, fixed)
        key = slice_key(cube, fixed, names)
        name = pl.concat_str([pl.lit(f"<{key.value}/"), path(dimensions), pl.lit(">")])
        columns = [dimension.column for dimension in dimensions]
        found = (
            cube.frame.select(*columns, subjects.alias(str(QB.observation)))
            .group_by(columns)
            .agg(pl.col(str(QB.observation)).sort())
        )
        yield found.select(
            name.alias(SUBJECT),
            **dict(
                sorted(
                    {
                        str(QB.observation): pl.col(str(QB.observation)),
                        str(RDF.type): pl.lit(str(QB.Slice)),
                        str(QB.sliceStructure): pl.lit(str(key)),
                        **{str(d.property): coded(d.column, d.codes) for d in dimensions},
                    }.items()
                )
            ),
        ).sort(SUBJECT)


def leading(node: NamedNode, made: list[pl.DataFrame]) -> pl.DataFrame:
    """The statements that lead from the data set to its slices, as one row of terms."""
    each = sorted(name for frame in made for name in frame[SUBJECT])
    return pl.DataFrame(
        {SUBJECT: [str(node)], str(QB.slice): [each]},
        schema={SUBJECT: pl.String, str(QB.slice): pl.List(pl.String)},
    )


def text(frame: pl.DataFrame, graph: NamedNode) -> Iterator[str]:
    """N-Quads of a frame of terms, in the order of its rows, in blocks of whole subjects."""
    end = f" {graph} .\n"
    pieces = []
    for name, kind in frame.schema.items():
        if name == SUBJECT:
            continue
        value = pl.col(name)
        if isinstance(kind, pl.List):
            between = pl.concat_str([pl.lit(end), pl.col(SUBJECT), pl.lit(f" {name} ")])
            value = pl.when(value.list.len() > 0).then(value.list.join(between))
        line = pl.concat_str([pl.col(SUBJECT), pl.lit(f" {name} "), value, pl.lit(end)])
        pieces.append(line.fill_null(""))
    listed = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    terms = sum(int(frame[name].list.len().sum() or 0) for name in listed)
    size = max(1, CHUNK * frame.height // max(frame.height, terms, 1))
    for start in range(0, frame.height, size):
        lines = frame.slice(start, size).select(pl.concat_str(pieces)).to_series()
        yield "".join(lines)


def counted(frame: pl.DataFrame) -> Counter[str]:
    """How many statements a frame makes, by property."""
    counts = Counter[str]()
    for name, kind in frame.schema.items():
        if name != SUBJECT:
            column = frame[name]
            some = column.list.len().sum() if isinstance(kind, pl.List) else column.count()
            counts[name[1:-1]] += int(some)
    return counts


def classes(frames: Mapping[str, int]) -> Counter[str]:
    """Instances by class, from the number of rows by class."""
    return Counter(frames)
