"""The rules about observations, each decided for a whole frame at once.

Each function is one or a few rules of shapes/cube.ttl, by the local names they have there, and
finds what those queries would find of the same statements.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from homegraph.graph.cubes.integrity_frames import (
    FOCUS,
    NODE,
    SUBJECT,
    VALUE,
    Broken,
    at,
    by_itself,
    holds,
    pairs,
    several,
    there,
)
from homegraph.graph.cubes.integrity_structure import Known, Structure
from homegraph.graph.iri import concept
from homegraph.graph.shacl.terms import BOUNDS, INTEGERS, is_ill_typed, is_literal, number, parts
from homegraph.graph.terms import QB, RDF, RDFS, SDMXA, SDMXC, STAT, XSD

TYPE, DATA_SET, MEASURE_TYPE = str(RDF.type), str(QB.dataSet), str(QB.measureType)
OBSERVATION = str(QB.Observation)
NO_VALUE = [str(SDMXC.obsStatus_M)]
CONFIDENTIAL = [
    str(one)
    for one in (SDMXC.confStatus_C, SDMXC.confStatus_D, SDMXC.confStatus_N, SDMXC.confStatus_S)
]
# Of these a figure may be left out, as the figures of shapes/cube.ttl say.
INCOMPLETE = [str(concept("completeness", name)) for name in ("missing", "partial", "withdrawn")]
NUMERIC = {*INTEGERS, XSD.decimal.value, XSD.iri + "double", XSD.iri + "float"}
USUAL = {  # the forms in which nearly all numbers are written
    XSD.integer.value: rf'^"[+-]?[0-9]{{1,18}}"\^\^<{XSD.iri}integer>$',
    XSD.decimal.value: (
        rf'^"[+-]?[0-9]{{1,18}}(\.[0-9]{{1,18}})?"\^\^<{XSD.iri}(integer|decimal)>$'
    ),
}


def of_observations(frame: pl.DataFrame, known: Known) -> Iterator[Broken]:
    """All rules about observations; raises ValueError for protected counts.

    Those are of catalogue size and go another way, so their rules are not to be found here.
    """
    if holds(frame, TYPE, [str(STAT.ProtectedCount)]).any():
        raise ValueError("protected counts are not written as frames")
    untyped = ~holds(frame, TYPE, [OBSERVATION])
    placed = there(frame, DATA_SET)
    yield Broken("Observation", "", by_itself(frame, untyped & placed))
    blank = ~frame[SUBJECT].str.starts_with("<")
    yield Broken("Observation", "", by_itself(frame, blank & placed), 1)
    yield Broken("observation-has-dataset", DATA_SET, by_itself(frame, ~untyped & ~placed))
    twice = ~untyped & several(frame, DATA_SET)
    yield Broken("observation-has-dataset", DATA_SET, by_itself(frame, twice), 1)
    for node in pairs(frame, DATA_SET)[VALUE].unique().sort():
        rows = frame.filter(holds(frame, DATA_SET, [node]))
        if not known.typed(node, QB.DataSet):
            found = at(rows, rows[NODE] == rows[NODE].min(), node)
            yield Broken("DataSet", "", found.with_columns(pl.lit(None, pl.String).alias(VALUE)))
        yield from of_data_set(node, rows, known)


def of_data_set(node: str, rows: pl.DataFrame, known: Known) -> Iterator[Broken]:
    """The rules about the observations of one data set."""
    if known.objects(node, STAT.threshold):
        raise ValueError(f"{node}: protected counts are not written as frames")
    structures = list(known.structures(node))
    dimensions = joined(one.dimensions for one in structures)
    for path in dimensions:
        yield Broken("observation-has-dimensions", path, at(rows, ~there(rows, path), node))
        yield Broken("dimension-has-one-value", path, at(rows, several(rows, path), node))
        yield from codes(node, path, rows, known)
    for path in joined(one.required for one in structures):
        yield Broken("observation-has-attributes", path, at(rows, ~there(rows, path), node))
    for structure in structures:
        yield from measured(node, rows, structure)
    yield Broken("observation-unique", "", duplicates(node, rows, dimensions))
    together = joined(one.measures for one in structures if one.by_measure)
    if together:
        found = points(node, rows, dimensions, len(together))
        yield Broken("point-has-all-measures", "", found)
    for path in joined(one.measures for one in structures):
        for kind in known.objects(path, RDFS.range):
            if kind.startswith(f"<{XSD.iri}"):
                found = at(rows, ~fitting(rows, path, kind[1:-1]), node)
                yield Broken("measure-has-its-datatype", path, found)
    yield Broken("missing-has-no-value", "", at(rows, valued_though_missing(rows, known), node))


def joined(names: Iterator[tuple[str, ...]]) -> list[str]:
    """The names of several structures, each once."""
    return list(dict.fromkeys(one for some in names for one in some))


def codes(node: str, path: str, rows: pl.DataFrame, known: Known) -> Iterator[Broken]:
    """IC-19 to IC-21: each code once, with the first observation that has it."""
    said = None
    for rule, allowed in known.lists(path):
        if said is None:
            said = pairs(rows, path).group_by(VALUE).agg(pl.col(NODE).min()).sort(VALUE)
        wrong = said.filter(~said[VALUE].is_in(list(allowed)))
        yield Broken(rule, path, wrong.with_columns(pl.lit(node).alias(FOCUS)))


def measured(node: str, rows: pl.DataFrame, structure: Structure) -> Iterator[Broken]:
    """IC-14 to IC-16: the measures, where nothing says why there is none."""
    excused = holds(rows, str(SDMXA.obsStatus), NO_VALUE)
    excused |= holds(rows, str(STAT.completeness), INCOMPLETE)
    if not structure.by_measure:
        for path in structure.measures:
            without = ~there(rows, path) & ~excused
            yield Broken("observation-has-measures", path, at(rows, without, node))
        return
    for path in pairs(rows, MEASURE_TYPE)[VALUE].unique().sort():
        without = holds(rows, MEASURE_TYPE, [path]) & ~there(rows, path) & ~excused
        yield Broken("observation-has-its-measure", path, at(rows, without, node))
    for path in structure.measures:
        another = several(rows, MEASURE_TYPE) | ~holds(rows, MEASURE_TYPE, [path])
        wrong = there(rows, MEASURE_TYPE) & another & there(rows, path)
        yield Broken("observation-has-one-measure", path, at(rows, wrong, node))


def keys(rows: pl.DataFrame, dimensions: list[str]) -> list[pl.Expr]:
    """The values of dimensions, several as one text."""
    return [
        pl.col(path).list.sort().list.join(" ")
        if isinstance(rows[path].dtype, pl.List)
        else pl.col(path)
        for path in dimensions
        if path in rows.columns
    ]


def duplicates(node: str, rows: pl.DataFrame, dimensions: list[str]) -> pl.DataFrame:
    """IC-12: of observations with the same values of all dimensions, the last by name."""
    named = keys(rows, dimensions)
    if not named:
        return at(rows, pl.repeat(False, rows.height, eager=True), node)
    point = rows.select(named)
    alike = (
        point.is_duplicated() & ~rows.select(pl.all_horizontal(e.is_null() for e in named))[:, 0]
    )
    names = point.columns
    found = rows.filter(alike).select(SUBJECT, NODE, *named).sort(SUBJECT)
    last = found.group_by(names, maintain_order=True).last()
    return at(last, pl.repeat(True, last.height, eager=True), node)


def points(node: str, rows: pl.DataFrame, dimensions: list[str], wanted: int) -> pl.DataFrame:
    """IC-17: of points that lack an observation of some measure, the last observation by name."""
    named = keys(rows, [path for path in dimensions if path != MEASURE_TYPE])
    kinds = pairs(rows, MEASURE_TYPE)
    some = [expr.is_not_null() for expr in keys(rows, dimensions)]
    known = rows.filter(pl.any_horizontal(some) if some else pl.lit(False))
    said = known.select(NODE, SUBJECT, *named, pl.lit(0).alias("all")).join(kinds, on=NODE)
    last = (
        said.sort(SUBJECT)
        .group_by([name for name in said.columns if name not in (NODE, SUBJECT, VALUE)])
        .agg(pl.col(SUBJECT, NODE).last(), pl.col(VALUE).n_unique())
        .filter(pl.col(VALUE) != wanted)
    )
    return at(last, pl.repeat(True, last.height, eager=True), node)


def fitting(rows: pl.DataFrame, path: str, kind: str) -> pl.Series:
    """Whether the values of a measure are of a datatype; each unusual one is looked at once."""
    said = pairs(rows, path)
    odd = said.filter(~said[VALUE].str.contains(USUAL[kind])) if kind in USUAL else said
    wrong = [value for value in odd[VALUE].unique() if not is_of(value, kind)]
    return ~holds(rows, path, wrong) if wrong else pl.repeat(True, rows.height, eager=True)


def is_of(value: str, kind: str) -> bool:
    """Whether a value is of a datatype, where whole numbers of all kinds are decided by value.

    >>> is_of('"-1"^^<http://www.w3.org/2001/XMLSchema#integer>',
    ...       'http://www.w3.org/2001/XMLSchema#nonNegativeInteger')
    False
    """
    if not is_literal(value):
        return False
    said = parts(value)
    whole = said.datatype in INTEGERS and (kind in INTEGERS or kind == XSD.decimal.value)
    if said.datatype != kind and not whole:
        return False
    if kind in NUMERIC and is_ill_typed(said):
        return False
    found = number(said)
    low, high = BOUNDS.get(kind.removeprefix(XSD.iri), (None, None))
    if found is None or kind not in INTEGERS:
        return True
    # A store keeps no bounds but the sign.
    return not (low in (0, 1) and found < low) and not (high in (0, -1) and found > high)


def valued_though_missing(rows: pl.DataFrame, known: Known) -> pl.Series:
    """Whether observations are marked missing or confidential and still have a number."""
    marked = holds(rows, str(SDMXA.obsStatus), NO_VALUE)
    marked |= holds(rows, str(SDMXA.confStatus), CONFIDENTIAL)
    valued = pl.repeat(False, rows.height, eager=True)
    if not marked.any():
        return valued
    apart = rows.filter(marked)
    for path in rows.columns:
        if not path.startswith("<"):
            continue
        if known.typed(path, QB.DimensionProperty) or known.typed(path, QB.AttributeProperty):
            continue
        if known.typed(path, QB.MeasureProperty):
            valued |= there(rows, path)
        else:
            numbers = [one for one in pairs(apart, path)[VALUE].unique() if is_number(one)]
            valued |= holds(rows, path, numbers)
    return marked & valued


def is_number(value: str) -> bool:
    """Whether SPARQL takes a term for a number (isNumeric, SPARQL 1.1, section 17.4.2.4)."""
    if not is_literal(value):
        return False
    said = parts(value)
    return said.datatype in NUMERIC and not is_ill_typed(said)
