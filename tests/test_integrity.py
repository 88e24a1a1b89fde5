"""A cube that breaks a constraint stops a release, and leads to file, row and column.

A small cube is written as in a build and then spoilt, one way for each constraint of the
specification; what is decided on its frames is what the specification's own queries (in
tests/cube_constraints.toml) say of the text that would go out. That frames are decided as the
rules in shapes/ decide statements is in tests/test_cubes.py.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from homegraph.graph.concepts import vocabulary
from homegraph.graph.cubes import text as cube_text
from homegraph.graph.cubes.cube import Attribute, Cube, Dimension, Measure, areas, concepts, months
from homegraph.graph.cubes.integrity import Verdict, examine, settled
from homegraph.graph.findings import Place
from homegraph.graph.gate import Gate
from homegraph.graph.iri import Names, concept
from homegraph.graph.rules import rules, validate
from homegraph.graph.shacl.reading import Rules, read_files
from homegraph.graph.shacl.worlds import Small
from homegraph.graph.terms import (
    OWL,
    QB,
    RDF,
    RDFS,
    SDMXA,
    SDMXC,
    SDMXD,
    SKOS,
    SOURCE,
    STAT,
    XSD,
)

NAMES = Names()
CONSTRAINTS = Path(__file__).with_name("cube_constraints.toml")
FILE = "a1" * 32
LIST = concept("crime-category", "x").value.removesuffix("/x")
CATEGORIES = ["burglary", "robbery"]
SUBJECT, TYPE, DATA_SET = "subject", str(RDF.type), str(QB.dataSet)
MEASURE, STATUS = str(STAT.incidents), str(SDMXA.obsStatus)
CATEGORY, AREA = str(STAT.category), str(SDMXD.refArea)
OBSERVATIONS, SLICES = "observations", "slices"


def cube(height: int = 3) -> Cube:
    """Incidents by area, month and category: one row of the file for each figure."""
    said = list(product([f"E0100000{n}" for n in range(height)], ["2024-01"], CATEGORIES))
    frame = pl.DataFrame(said, schema=["area", "month", "category"], orient="row").with_columns(
        pl.int_range(2, pl.len() + 2).alias("row"),
        pl.int_range(0, pl.len()).alias("incidents"),
        pl.lit(FILE).alias("file"),
        pl.lit("Incidents").alias("cell_column"),
    )
    return Cube(
        "incidents-by-lsoa",
        "street-crime",
        "Incidents",
        "Incidents by area, month and category.",
        (
            Dimension("area", SDMXD.refArea, areas({})),
            Dimension("month", SDMXD.refPeriod, months()),
            Dimension("category", STAT.category, concepts("crime-category", {})),
        ),
        Measure("incidents", STAT.incidents, concept("counting-unit", "incident")),
        frame,
        slices=(("area",), ("month", "category")),
    )


@dataclass(frozen=True)
class Parts:
    """A cube as it goes out, and the vocabulary that describes it."""

    structure: tuple[Quad, ...]
    observations: pl.DataFrame
    slices: tuple[pl.DataFrame, ...]
    leading: pl.DataFrame
    vocabulary: tuple[Quad, ...]

    def verdict(self) -> Verdict:
        """What is decided on the frames."""
        said = Small((str(q.subject), str(q.predicate), str(q.object)) for q in self.vocabulary)
        frames = self.observations, self.slices, self.leading
        return examine(self.structure, *frames, said, {FILE: "a.csv"})

    def text(self) -> str:
        """The same as N-Quads."""
        graph = NAMES.graph("cube")
        frames = (self.observations, *self.slices, self.leading)
        lines = [block for frame in frames for block in cube_text.text(frame, graph)]
        return "".join([*lines, *(f"{quad} .\n" for quad in (*self.structure, *self.vocabulary))])

    def without(self, **pattern: NamedNode) -> Parts:
        """Some statements of the structure and the vocabulary taken away."""

        def kept(quads: tuple[Quad, ...]) -> tuple[Quad, ...]:
            return tuple(
                quad
                for quad in quads
                if any(getattr(quad, name) != term for name, term in pattern.items())
            )

        return replace(self, structure=kept(self.structure), vocabulary=kept(self.vocabulary))

    def said(self, subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> Parts:
        """A statement more in the structure."""
        quad = Quad(subject, predicate, value, NAMES.graph("cube"))
        return replace(self, structure=(*self.structure, quad))

    def figures(self, *exprs: pl.Expr) -> Parts:
        """Other observations."""
        return replace(self, observations=self.observations.with_columns(*exprs))

    def cut(self, *exprs: pl.Expr) -> Parts:
        """Other slices of the first kind, by area."""
        return replace(self, slices=(self.slices[0].with_columns(*exprs), *self.slices[1:]))


def parts(one: Cube) -> Parts:
    """A cube as a build writes it."""
    frames = list(cube_text.slices(one, NAMES))
    return Parts(
        tuple(cube_text.structure(one, NAMES)),
        cube_text.observations(one, NAMES),
        tuple(frames),
        cube_text.leading(one.node(NAMES), frames),
        described(),
    )


@cache
def described() -> tuple[Quad, ...]:
    """What the vocabulary says of properties and codes that the cube has."""
    words = (STAT.iri, SOURCE.iri, SDMXD.iri, SDMXA.iri, SDMXC.iri, LIST)
    return tuple(
        quad for quad in vocabulary(NAMES) if str(quad.subject).removeprefix("<").startswith(words)
    )


@pytest.fixture(scope="module")
def sound() -> Parts:
    """A cube that breaks nothing."""
    return parts(cube())


def asked(text: str) -> set[str]:
    """The constraints that N-Quads break by the specification's queries."""
    store = Store()
    store.load(input=text, format=RdfFormat.N_QUADS)
    said = tomllib.loads(CONSTRAINTS.read_text("utf-8"))
    return {
        name
        for name, query in said["ask"].items()
        if bool(store.query(said["prefixes"] + query, use_default_graph_as_union=True))
    }


def broken(verdict: Verdict) -> set[str]:
    """The constraints that a verdict names; other rules by their own names."""
    found = set()
    for one in verdict.traced:
        label = rules().graph.one(f"<{one.result.shape}>", str(RDFS.label)).strip('"')
        constraint = label.split(" ")[0].rstrip(",")
        found.add(constraint if constraint[:3] == "IC-" else one.result.shape.rpartition("#")[2])
    return found


def first(other: str | None, column: str) -> pl.Expr:
    """Another term in the first row of a column."""
    return (
        pl.when(pl.int_range(pl.len()) == 0)
        .then(pl.lit(other, pl.String))
        .otherwise(pl.col(column))
        .alias(column)
    )


def both(column: str, *terms: str) -> pl.Expr:
    """Several terms in the first row of a column, beside its own in others."""
    own = pl.concat_list(column)
    several = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(list(terms))).otherwise(own)
    return several.alias(column)


def by_measure(sound: Parts) -> Parts:
    """The same cube with a measure dimension, which names the one measure."""
    component = NamedNode(definition().value + "/component/measure-type")
    found = sound.said(definition(), QB.component, component)
    found = found.said(component, QB.componentProperty, QB.measureType)
    found = found.said(QB.measureType, RDF.type, QB.DimensionProperty)
    found = found.said(QB.measureType, RDFS.range, RDF.Property)
    return found.figures(pl.lit(MEASURE).alias(str(QB.measureType)))


def two_measures(sound: Parts) -> Parts:
    """A cube with a measure dimension, whose second measure no observation has."""
    component = NamedNode(definition().value + "/component/second")
    found = by_measure(sound).said(definition(), QB.component, component)
    return found.said(component, QB.componentProperty, STAT.outcomes)


def listed(sound: Parts, kind: str) -> Parts:
    """The code list of a dimension as a hierarchy in which no code stands."""
    codes = NamedNode(LIST)
    found = sound.without(subject=codes, predicate=RDF.type, object=SKOS.ConceptScheme)
    found = found.said(codes, RDF.type, QB.HierarchicalCodeList)
    found = found.said(codes, QB.hierarchyRoot, concept("crime-category", "robbery"))
    if kind == "down":
        return found.said(codes, QB.parentChildProperty, SKOS.narrower)
    found = found.said(codes, QB.parentChildProperty, STAT.offences)
    return found.said(STAT.offences, OWL.inverseOf, SKOS.broader)


def definition() -> NamedNode:
    """The structure of the cube."""
    return NAMES.data("incidents-by-lsoa", "structure")


def key() -> NamedNode:
    """The slice key of slices by area."""
    return NAMES.data("incidents-by-lsoa", "slice", "area")


WHOLE = NAMES.data("incidents-by-lsoa")
ELSEWHERE = NAMES.data("elsewhere")
SPOILT: dict[str, Callable[[Parts], Parts]] = {
    "IC-1": lambda one: one.figures(first(None, DATA_SET)),
    "IC-1 twice": lambda one: (
        one.figures(both(DATA_SET, str(WHOLE), str(ELSEWHERE)))
        .said(ELSEWHERE, RDF.type, QB.DataSet)
        .said(ELSEWHERE, QB.structure, definition())
    ),
    "IC-2": lambda one: one.without(subject=WHOLE, predicate=QB.structure),
    "IC-3": lambda one: one.without(subject=STAT.incidents, object=QB.MeasureProperty).said(
        STAT.incidents, RDF.type, QB.AttributeProperty
    ),
    "IC-4": lambda one: one.without(subject=SDMXD.refArea, predicate=RDFS.range),
    "IC-5": lambda one: one.without(subject=STAT.category, predicate=QB.codeList),
    "IC-6": lambda one: one.said(
        NamedNode(definition().value + "/component/1"), QB.componentRequired, Literal(False)
    ),
    "IC-7": lambda one: one.without(subject=definition(), predicate=QB.sliceKey, object=key()),
    "IC-8": lambda one: one.said(key(), QB.componentProperty, STAT.rank).cut(
        pl.lit("<a:a>").alias(str(STAT.rank))
    ),
    "IC-9": lambda one: one.cut(first(None, str(QB.sliceStructure))),
    "IC-9 twice": lambda one: (
        one.cut(both(str(QB.sliceStructure), str(key()), f"{str(key())[:-1]}2>"))
        .said(NamedNode(key().value + "2"), RDF.type, QB.SliceKey)
        .said(definition(), QB.sliceKey, NamedNode(key().value + "2"))
    ),
    "IC-10": lambda one: one.cut(first(None, AREA)),
    "IC-11": lambda one: one.figures(first(None, str(SDMXD.refPeriod))),
    "IC-12": lambda one: one.figures(
        pl.lit(str(concept("crime-category", "robbery"))).alias(CATEGORY)
    ),
    "IC-13": lambda one: one.figures(first(None, str(SDMXA.unitMeasure))),
    "IC-14": lambda one: one.figures(first(None, MEASURE)),
    "IC-15": lambda one: by_measure(one).figures(first(None, MEASURE)),
    "IC-16": lambda one: two_measures(one).figures(
        pl.lit(f'"1"^^{XSD.integer}').alias(str(STAT.outcomes))
    ),
    "IC-17": two_measures,
    "IC-18": lambda one: (
        one.figures(first(str(ELSEWHERE), DATA_SET))
        .said(ELSEWHERE, RDF.type, QB.DataSet)
        .said(ELSEWHERE, QB.structure, definition())
    ),
    "IC-19": lambda one: one.figures(first(str(concept("crime-category", "unheard-of")), CATEGORY)),
    "IC-20": lambda one: listed(one, "down"),
    "IC-21": lambda one: listed(one, "up"),
}


def test_a_cube_as_it_is_written_breaks_nothing(sound: Parts) -> None:
    assert sound.verdict().traced == []
    assert asked(sound.text()) == set()


def test_there_is_a_spoilt_cube_for_every_constraint() -> None:
    assert {name.split(" ")[0] for name in SPOILT} == {f"IC-{number}" for number in range(1, 22)}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_cube_breaks_what_the_specification_says(sound: Parts, name: str) -> None:
    spoilt = SPOILT[name](sound)
    found, theirs = broken(spoilt.verdict()), asked(spoilt.text())
    constraint = name.split(" ")[0]
    assert constraint in found
    if constraint in ("IC-11", "IC-12", "IC-17"):
        # The published queries compare only the dimensions that two observations both have.
        assert constraint in theirs
        found, theirs = (said - {"IC-12", "IC-17"} for said in (found, theirs))
    assert {one for one in found if one.startswith("IC-")} == theirs


OTHER: dict[str, Callable[[Parts], Parts]] = {
    "dimension-has-one-value": lambda one: one.figures(both(AREA, "<a:a>", "<a:b>")),
    "slice-observation-agrees": lambda one: one.figures(first("<a:a>", AREA)),
    "measure-has-its-datatype": lambda one: one.figures(first('"many"', MEASURE)),
    "missing-has-no-value": lambda one: one.figures(first(str(SDMXC.obsStatus_M), STATUS)),
    "missing-has-no-value of another property": lambda one: one.figures(
        pl.lit(None, pl.String).alias(MEASURE),
        pl.lit(str(SDMXC.obsStatus_M)).alias(STATUS),
        pl.lit(f'"7"^^{XSD.integer}').alias(str(RDFS.seeAlso)),
    ),
    "missing-has-no-value though confidential": lambda one: one.figures(
        pl.lit(str(SDMXC.confStatus_C)).alias(str(SDMXA.confStatus))
    ),
    "Observation": lambda one: one.figures(first(None, TYPE)),
    "Slice": lambda one: one.cut(first(None, TYPE)),
    "DataSet": lambda one: one.without(subject=WHOLE, object=QB.DataSet),
    "Structure": lambda one: one.without(object=QB.DataStructureDefinition),
    "SliceKey": lambda one: one.without(subject=key(), object=QB.SliceKey),
    "ComponentProperty": lambda one: one.without(subject=SDMXA.unitMeasure, predicate=RDF.type),
    "component-named": lambda one: one.without(
        subject=NamedNode(definition().value + "/component/1"), predicate=QB.componentProperty
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_the_constraints_leave_unsaid_is_found(sound: Parts, name: str) -> None:
    assert name.split(" ")[0] in broken(OTHER[name](sound).verdict())


@cache
def shapes() -> Rules:
    """The rules for cubes."""
    return read_files([Path(__file__).parents[1] / "shapes" / "cube.ttl"])


@pytest.mark.parametrize("name", [*SPOILT, *OTHER])
def test_frames_are_decided_as_the_rules_decide_the_text(sound: Parts, name: str) -> None:
    spoilt = (SPOILT | OTHER)[name](sound)
    found = validate(spoilt.text().splitlines(keepends=True), shapes=shapes()).results
    verdict = spoilt.verdict()
    ours = {(t.result.shape, t.result.focus, t.result.path, t.result.value) for t in verdict.traced}
    assert ours == {(one.shape, one.focus, one.path, one.value) for one in found}
    assert verdict.more == {}


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (f'"1"^^{XSD.integer}', True),
        (f'"-1"^^{XSD.integer}', True),
        (f'"1"^^{XSD.nonNegativeInteger}', True),
        (f'"1.0"^^{XSD.decimal}', False),
        (f'"one"^^{XSD.integer}', False),
        ('"1"', False),
        (f"<{XSD.iri}1>", False),
    ],
)
def test_a_measured_value_is_of_the_datatype_of_its_measure(
    sound: Parts, value: str, fits: bool
) -> None:
    found = broken(sound.figures(first(value, MEASURE)).verdict())
    assert found == (set() if fits else {"measure-has-its-datatype"})


def test_a_missing_figure_says_so_or_breaks_a_rule(sound: Parts) -> None:
    none = first(None, MEASURE)
    assert broken(sound.figures(none).verdict()) == {"IC-14"}
    assert broken(sound.figures(none, first(str(SDMXC.obsStatus_M), STATUS)).verdict()) == set()
    for gap, found in {"partial": set[str](), "missing": set[str](), "revised": {"IC-14"}}.items():
        word = pl.lit(str(concept("completeness", gap))).alias(str(STAT.completeness))
        assert broken(sound.figures(none, word).verdict()) == found


def test_a_row_that_stands_twice_is_found(sound: Parts) -> None:
    twice = pl.concat([sound.observations, sound.observations.head(1)])
    assert broken(replace(sound, observations=twice).verdict()) == {"IC-12"}


def test_what_breaks_a_rule_leads_to_file_row_and_column(sound: Parts) -> None:
    (found,) = sound.figures(first(None, MEASURE)).verdict().traced
    assert found.place == Place("a.csv", 2)
    assert found.columns == ("Incidents",)
    assert found.result.path == STAT.incidents.value
    assert found.result.focus == WHOLE.value
    assert found.result.value == sound.observations[SUBJECT][0].strip("<>")


def test_of_very_many_faults_the_first_are_shown_and_all_are_counted() -> None:
    many = parts(cube(100)).figures(pl.lit(None, pl.String).alias(MEASURE))
    gate = Gate([], date(2026, 11, 22))
    gate.judge("street_crime", many.verdict())
    (rule,) = gate.report([]).violations
    assert rule.count == 200
    assert len(rule.examples) == 100
    assert not gate.report([]).conforms


def test_protected_counts_are_no_frames(sound: Parts) -> None:
    protected = pl.lit(str(STAT.ProtectedCount)).alias(TYPE)
    with pytest.raises(ValueError, match="protected"):
        sound.figures(protected).verdict()
    with pytest.raises(ValueError, match="protected"):
        sound.said(WHOLE, STAT.threshold, Literal(10)).verdict()


def test_a_structure_does_not_say_what_frames_have_to_say(sound: Parts) -> None:
    with pytest.raises(ValueError, match="frames"):
        sound.said(WHOLE, QB.slice, ELSEWHERE).verdict()


def test_all_rules_for_cubes_are_settled_and_no_others() -> None:
    path = Path(__file__).parents[1] / "shapes" / "cube.ttl"
    graph = parse(path=str(path), format=RdfFormat.TURTLE)
    named = {
        quad.subject.value
        for quad in graph
        if isinstance(quad.subject, NamedNode) and quad.predicate == RDF.type
    }
    assert settled() == named & {one.iri for one in rules().shapes}
    assert len(settled()) > 30


def test_a_cube_of_an_attribute_of_its_own_is_decided() -> None:
    with_attribute = cube()
    frame = with_attribute.frame.with_columns(pl.lit(2023).alias("residents"))
    one = replace(
        with_attribute,
        frame=frame,
        attributes=(Attribute("residents", STAT.population),),
    )
    assert parts(one).verdict().traced == []


def test_three_hundred_thousand_observations_take_seconds() -> None:
    large = parts(cube(150_000))
    assert large.observations.height == 300_000
    start = time.perf_counter()
    assert large.verdict().traced == []
    assert time.perf_counter() - start < 20
