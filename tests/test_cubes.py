"""The rules for cubes say what the RDF Data Cube specification says, on whatever goes wrong.

tests/cube_constraints.toml has the specification's integrity constraints as queries. Many small
cubes are made from seeds and damaged at random; the rules of shapes/cube.ttl, which are written
for large cubes, must find in each what the queries find, constraint by constraint; and what is
decided on frames of columns, which is quicker still, must be what the rules find, word for word.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import polars as pl
import pyshacl
import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse, serialize
from rdflib import RDF, RDFS, SH, Graph

from homegraph.graph.cubes.integrity import Verdict, examine
from homegraph.graph.shacl.reading import Rules, read_files
from homegraph.graph.shacl.report import Result, report
from homegraph.graph.shacl.worlds import Small, Statement, statements

ROOT = Path(__file__).parents[1]
SHAPES = ROOT / "shapes" / "cube.ttl"
REAL = ROOT.parent / "shared" / "data" / "linked-data"
SEEDS = range(700)
PREFIXES = """
@prefix attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix code: <http://purl.org/linked-data/sdmx/2009/code#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix qb: <http://purl.org/linked-data/cube#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://example.org/> .
@prefix gap: <https://w3id.org/homegraph/def/concept/completeness/> .
@prefix stat: <https://w3id.org/homegraph/def/statistics#> .
"""
# Types of the normal form, which the rules expect and damage therefore leaves alone.
STATED = ["qb:DataSet", "qb:DataStructureDefinition", "qb:Observation", "qb:Slice", "qb:SliceKey"]
# Section 10 of the specification: what an abbreviated cube leaves to be inferred.
NORMAL = """
PREFIX qb: <http://purl.org/linked-data/cube#>
INSERT { ?o a qb:Observation } WHERE { ?s qb:observation ?o } ;
INSERT { ?o a qb:Observation . ?d a qb:DataSet } WHERE { ?o qb:dataSet ?d } ;
INSERT { ?s a qb:Slice } WHERE { ?d qb:slice ?s } ;
INSERT { ?s a qb:DataStructureDefinition } WHERE { ?d qb:structure ?s } ;
INSERT { ?c qb:componentProperty ?p . ?p a qb:DimensionProperty } WHERE { ?c qb:dimension ?p } ;
INSERT { ?c qb:componentProperty ?p . ?p a qb:MeasureProperty } WHERE { ?c qb:measure ?p } ;
INSERT { ?c qb:componentProperty ?p . ?p a qb:AttributeProperty } WHERE { ?c qb:attribute ?p } ;
INSERT { ?o ?p ?v } WHERE {
    ?c qb:componentProperty ?p ; qb:componentAttachment qb:DataSet .
    ?d qb:structure/qb:component ?c ; ?p ?v .
    ?o qb:dataSet ?d
} ;
INSERT { ?o ?p ?v } WHERE {
    { ?c qb:componentAttachment qb:Slice } UNION { ?p a qb:DimensionProperty }
    ?c qb:componentProperty ?p .
    ?d qb:structure/qb:component ?c ; qb:slice ?s .
    ?s ?p ?v ; qb:observation ?o
}
"""
Said = tuple[str, str, str]
Cube = set[Said]


@cache
def published() -> dict[str, str]:
    """The specification's constraints by name."""
    said = tomllib.loads((ROOT / "tests" / "cube_constraints.toml").read_text("utf-8"))
    return {name: said["prefixes"] + query for name, query in said["ask"].items()}


@cache
def rules() -> Rules:
    """The rules for cubes."""
    return read_files([SHAPES])


@cache
def constraint_of() -> dict[str, str]:
    """The constraint that each rule says it is, by the rule's name."""
    graph = Graph().parse(SHAPES)
    return {
        str(shape): str(label).split(" ")[0].rstrip(",")
        for shape, label in graph.subject_objects(RDFS.label)
        if str(label).startswith("IC-")
    }


def asked(text: str) -> set[str]:
    """The constraints that Turtle breaks by the specification's queries."""
    store = Store()
    store.load(input=text, format=RdfFormat.TURTLE)
    return {name for name, query in published().items() if bool(store.query(query))}


@cache
def checked(text: str) -> tuple[Result, ...]:
    """What our rules find in Turtle."""
    world = Small(statements(text, RdfFormat.TURTLE))
    found = [
        one
        for shape in rules().shapes
        for node in shape.targets.focus_nodes(world)
        for one in shape.results(world, node)
    ]
    return report(found, lambda term: term, 0).results


def names(results: tuple[Result, ...]) -> set[str]:
    """The rules broken, by constraint where they are one and by their own name where not."""
    shapes = {one.shape for one in results if one.severity == "violation"}
    return {constraint_of().get(shape, shape.rpartition("#")[2]) for shape in shapes}


def turtle(cube: Cube) -> str:
    """A cube as Turtle."""
    return PREFIXES + "\n".join(" ".join(one) + " ." for one in sorted(cube))


def with_list(kind: str, dimension: str, codes: list[str]) -> Cube:
    """A dimension and its code list of some kind, in which the codes form a chain."""
    listed = f"{dimension}-list"
    cube = {
        (dimension, "a", "qb:DimensionProperty"),
        (dimension, "rdfs:range", "skos:Concept" if kind != "none" else "ex:Anything"),
    }
    if kind != "none":
        cube.add((dimension, "qb:codeList", listed))
        cube |= {(one, "a", "skos:Concept") for one in codes}
    if kind == "scheme":
        cube.add((listed, "a", "skos:ConceptScheme"))
        cube |= {(one, "skos:inScheme", listed) for one in codes}
    elif kind == "collection":
        inner = f"{listed}-inner"
        cube |= {(listed, "a", "skos:Collection"), (listed, "skos:member", inner)}
        cube |= {(inner, "skos:member", one) for one in codes}
    elif kind in ("down", "up"):
        cube |= {(listed, "a", "qb:HierarchicalCodeList"), (listed, "qb:hierarchyRoot", codes[0])}
        chain = list(pairwise(codes))
        if kind == "down":
            cube.add((listed, "qb:parentChildProperty", "skos:narrower"))
            cube |= {(above, "skos:narrower", one) for above, one in chain}
        else:
            cube.add((listed, "qb:parentChildProperty", "ex:has-part"))
            cube.add(("ex:has-part", "owl:inverseOf", "skos:broader"))
            cube |= {(one, "skos:broader", above) for above, one in chain}
    return cube


def structure(dimensions: list[str], measures: list[str], by_measure: bool) -> Cube:
    """A structure with a required attribute, and a slice key for the first dimension."""
    cube = {("ex:dsd", "a", "qb:DataStructureDefinition"), ("ex:dsd", "qb:sliceKey", "ex:key")}
    cube |= {("ex:key", "a", "qb:SliceKey"), ("ex:key", "qb:componentProperty", dimensions[0])}
    attributes = ["attribute:unitMeasure", "attribute:obsStatus"]
    shared = ["qb:measureType"] if by_measure else []
    for number, name in enumerate([*dimensions, *measures, *attributes, *shared]):
        cube |= {("ex:dsd", "qb:component", f"ex:c{number}")}
        cube |= {(f"ex:c{number}", "qb:componentProperty", name)}
        if name in attributes:
            required = "true" if name == "attribute:unitMeasure" else "false"
            cube.add((f"ex:c{number}", "qb:componentRequired", required))
    cube |= {(name, "a", "qb:MeasureProperty") for name in measures}
    cube |= {(name, "a", "qb:AttributeProperty") for name in attributes}
    if by_measure:
        cube |= {("qb:measureType", "a", "qb:DimensionProperty")}
        cube |= {("qb:measureType", "rdfs:range", "rdf:Property")}
    return cube


def sound(seed: int) -> Cube:
    """A small cube that breaks nothing, of a shape that follows from the seed."""
    dice = Random(seed)
    kinds = dice.sample(["none", "scheme", "collection", "down", "up"], dice.randint(1, 3))
    dimensions = [f"ex:d{number}" for number in range(len(kinds))]
    measures = [f"ex:m{number}" for number in range(dice.randint(1, 2))]
    by_measure = dice.random() < 0.4
    cube = structure(dimensions, measures, by_measure)
    points: list[list[str]] = [[]]
    for kind, name in zip(kinds, dimensions, strict=True):
        codes = [f"{name}-{number}" for number in range(dice.randint(2, 3))]
        cube |= with_list(kind, name, codes)
        points = [[*point, code] for point in points for code in codes]
    number = 0
    for set_ in ("ex:one", "ex:two"):
        cube |= {(set_, "a", "qb:DataSet"), (set_, "qb:structure", "ex:dsd")}
        for point in dice.sample(points, min(len(points), dice.randint(1, 4))):
            slice_ = f"{set_}-{point[0].rpartition(':')[2]}"
            cube |= {(set_, "qb:slice", slice_), (slice_, "a", "qb:Slice")}
            cube |= {(slice_, "qb:sliceStructure", "ex:key"), (slice_, dimensions[0], point[0])}
            for group in [[one] for one in measures] if by_measure else [measures]:
                number += 1
                one = f"ex:o{number}"
                cube |= {(slice_, "qb:observation", one), (one, "qb:dataSet", set_)}
                cube |= {(one, "a", "qb:Observation"), (one, "attribute:unitMeasure", "ex:crime")}
                cube |= {(one, *value) for value in zip(dimensions, point, strict=True)}
                cube |= {(one, measure, str(number)) for measure in group}
                if by_measure:
                    cube.add((one, "qb:measureType", group[0]))
    return cube


def free(cube: Cube) -> list[Said]:
    """The statements that damage may touch."""
    return sorted(one for one in cube if one[1] != "a" or one[2] not in STATED)


def another(cube: Cube, dice: Random, said: Said) -> Said:
    """A statement with the value that some other thing has, or with one unheard of."""
    subject, predicate, value = said
    elsewhere = value if value[0].isdigit() or value in ("true", "false") else "ex:elsewhere"
    values = sorted({one[2] for one in cube if one[1] == predicate} | {elsewhere})
    return subject, predicate, dice.choice(values)


def dropped(cube: Cube, dice: Random) -> Cube:
    """Something is not said."""
    return cube - {dice.choice(free(cube))}


def changed(cube: Cube, dice: Random) -> Cube:
    """Something is said wrongly."""
    said = dice.choice([one for one in free(cube) if one[1] != "a"])
    return cube - {said} | {another(cube, dice, said)}


def added(cube: Cube, dice: Random) -> Cube:
    """Something is said a second time, differently."""
    said = dice.choice([one for one in free(cube) if one[1] != "a"])
    return cube | {another(cube, dice, said)}


def observations(cube: Cube) -> list[str]:
    """The observations of a cube."""
    return sorted(subject for subject, _, value in cube if value == "qb:Observation")


def copied(cube: Cube, dice: Random) -> Cube:
    """An observation is there a second time, under another name."""
    one = dice.choice(observations(cube))
    return cube | {("ex:copy", *said[1:]) for said in cube if said[0] == one}


def moved(cube: Cube, dice: Random) -> Cube:
    """An observation has the values of another, but for what was measured."""
    one, other = dice.choice(observations(cube)), dice.choice(observations(cube))
    kept = {said for said in cube if said[0] != one or not said[1].startswith("ex:d")}
    return kept | {
        (one, *said[1:]) for said in cube if said[0] == other and said[1].startswith("ex:d")
    }


DAMAGE: list[Callable[[Cube, Random], Cube]] = [dropped, changed, added, copied, moved]


@cache
def damaged(seed: int) -> str:
    """A small cube that something has happened to, once or twice."""
    dice = Random(f"damage {seed}")
    cube = sound(seed)
    for _ in range(dice.randint(1, 2)):
        cube = dice.choice(DAMAGE)(cube, dice)
    return turtle(cube)


# Which part of a cube in frames a thing is, by its name; whatever else there is, is vocabulary.
FRAMES = {"observations": r"o\d+|copy", "slices": r"(one|two)-.*"}


def frame(said: Iterable[Statement]) -> pl.DataFrame:
    """Statements as a frame of terms, with lists only where they are needed."""
    rows: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, value in said:
        rows[subject][predicate].append(value)
    columns = [pl.Series("subject", list(rows), pl.String)]
    for predicate in sorted({name for row in rows.values() for name in row}):
        values = [row.get(predicate, []) for row in rows.values()]
        if any(len(some) > 1 for some in values):
            columns.append(pl.Series(predicate, values, pl.List(pl.String)))
        else:
            single = [some[0] if some else None for some in values]
            columns.append(pl.Series(predicate, single, pl.String))
    return pl.DataFrame(columns)


def on_frames(text: str) -> Verdict:
    """What is decided on the frames of a cube in Turtle."""
    parts: defaultdict[str, list[Statement]] = defaultdict(list)
    structured = []
    for quad in parse(input=text, format=RdfFormat.TURTLE):
        assert isinstance(quad.subject, NamedNode)
        name = quad.subject.value.rpartition("/")[2]
        part = next((one for one in FRAMES if re.fullmatch(FRAMES[one], name)), "vocabulary")
        if quad.predicate.value.endswith("cube#slice"):
            part = "leading"
        elif re.fullmatch(r"one|two|dsd|key|c\d+", name):
            structured.append(Quad(*quad.triple))
            continue
        parts[part].append((str(quad.subject), str(quad.predicate), str(quad.object)))
    frames = [frame(parts[part]) for part in ("observations", "slices", "leading")]
    return examine(structured, frames[0], frames[1:2], frames[2], Small(parts["vocabulary"]), {})


def incomparable(found: set[str]) -> set[str]:
    """The constraints that need others to hold before both forms of them say the same.

    The published IC-12 and IC-17 compare two observations by the dimensions that both have, and
    by single values; a key made of all dimensions does so only if each has exactly one value.
    Both forms of IC-17 count observations of one data set and measures of one structure, no
    duplicates; and where no dimension is typed there is no key.
    """
    unsure = set()
    if found & {"IC-11", "dimension-has-one-value"}:
        unsure |= {"IC-12", "IC-17"}
    if found & {"IC-1", "IC-2", "IC-12", "ComponentProperty"}:
        unsure |= {"IC-17"}
    return unsure


@pytest.mark.parametrize("seed", SEEDS[:40])
def test_a_sound_cube_breaks_nothing(seed: int) -> None:
    text = turtle(sound(seed))
    assert asked(text) == set()
    assert checked(text) == ()


def test_what_the_published_constraints_find_the_rules_find_and_nothing_else() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        text = damaged(seed)
        theirs, ours = asked(text), names(checked(text))
        unsure = incomparable(theirs | ours)
        seen.update(theirs - unsure)
        assert theirs - unsure == (ours & published().keys()) - unsure, f"{seed}:\n{text}"
        assert ours or not theirs, f"{seed}:\n{text}"
    assert seen.keys() == published().keys(), "each constraint was broken by some cube"


def test_what_the_rules_find_is_found_on_frames_and_nothing_else() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        text = damaged(seed)
        verdict = on_frames(text)
        ours = {
            (one.result.shape, one.result.focus, one.result.path, one.result.value, one.place)
            for one in verdict.traced
        }
        theirs = {(one.shape, one.focus, one.path, one.value, None) for one in checked(text)}
        assert ours == theirs, f"{seed}:\n{text}"
        assert not verdict.more
        seen.update(constraint_of().get(one.result.shape, "") for one in verdict.traced)
    assert seen.keys() >= published().keys(), "each constraint was broken by some cube"


@pytest.mark.parametrize("seed", SEEDS[::100])
def test_the_reference_engine_finds_the_same_in_damaged_cubes(seed: int) -> None:
    text = damaged(seed)
    triples = {quad.triple for quad in parse(input=text, format=RdfFormat.TURTLE)}
    data = Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES) or b"", format="nt")
    _, found, _ = pyshacl.validate(data, shacl_graph=Graph().parse(SHAPES))
    assert isinstance(found, Graph)
    theirs = {
        (
            found.value(one, SH.sourceShape),
            found.value(one, SH.focusNode),
            found.value(one, SH.value),
        )
        for one in found.subjects(RDF.type, SH.ValidationResult)
    }
    ours = {(one.shape, one.focus, one.value) for one in checked(text)}
    assert ours == {tuple("" if term is None else str(term) for term in one) for one in theirs}


def test_every_constraint_of_the_specification_has_a_rule_that_points_to_it() -> None:
    assert set(constraint_of().values()) == published().keys() == {f"IC-{n}" for n in range(1, 22)}
    for shape, name in constraint_of().items():
        rule = rules().named[f"<{shape}>"].rule.strip("<>")
        assert rule == f"https://www.w3.org/TR/vocab-data-cube/#{name.lower()}"


@pytest.mark.parametrize("stated", STATED)
def test_a_cube_that_leaves_a_type_to_be_inferred_does_not_pass(stated: str) -> None:
    cube = sound(0)
    assert any(one[2] == stated for one in cube)
    assert names(checked(turtle({one for one in cube if one[2] != stated})))


def cube_of(by_measure: bool) -> Cube:
    """A sound cube with or without a measure dimension."""
    cubes = (sound(seed) for seed in SEEDS)
    return next(
        cube
        for cube in cubes
        if (("qb:measureType", "a", "qb:DimensionProperty") in cube) == by_measure
    )


@pytest.mark.parametrize(("by_measure", "constraint"), [(False, "IC-14"), (True, "IC-15")])
def test_a_value_may_be_missing_where_the_status_says_so(by_measure: bool, constraint: str) -> None:
    cube = cube_of(by_measure)
    without = {one for one in cube if one[0] != "ex:o1" or not one[1].startswith("ex:m")}
    assert asked(turtle(without)) == names(checked(turtle(without))) == {constraint}
    # The specification has no word for what is missing; here a status may say it.
    excused = turtle(without | {("ex:o1", "attribute:obsStatus", "code:obsStatus-M")})
    assert asked(excused) == {constraint}
    assert checked(excused) == ()
    partial = turtle(without | {("ex:o1", "stat:completeness", "gap:partial")})
    assert checked(partial) == ()
    assert on_frames(partial).traced == []


def test_observations_alike_in_two_data_sets_are_no_duplicates() -> None:
    cube = cube_of(by_measure=False)
    copy = {("ex:copy", *one[1:]) for one in cube if one[0] == "ex:o1"}
    (found,) = checked(turtle(cube | copy))
    assert found.value == "http://example.org/o1"
    assert constraint_of()[found.shape] == "IC-12"
    apart = {one for one in copy if one[1] != "qb:dataSet"} | {
        ("ex:copy", "qb:dataSet", "ex:three")
    }
    apart |= {("ex:three", "a", "qb:DataSet"), ("ex:three", "qb:structure", "ex:dsd")}
    assert checked(turtle(cube | apart)) == ()


@pytest.mark.parametrize("kind", ["down", "up"])
def test_codes_are_found_in_deep_hierarchies(kind: str) -> None:
    codes = [f"ex:d0-{number}" for number in range(60)]
    cube = structure(["ex:d0"], ["ex:m0"], False) | with_list(kind, "ex:d0", codes)
    cube |= {("ex:one", "a", "qb:DataSet"), ("ex:one", "qb:structure", "ex:dsd")}
    for number, code in enumerate(codes):
        one = f"ex:o{number}"
        cube |= {(one, "a", "qb:Observation"), (one, "qb:dataSet", "ex:one")}
        cube |= {
            (one, "ex:d0", code),
            (one, "ex:m0", "1"),
            (one, "attribute:unitMeasure", "ex:one"),
        }
    assert checked(turtle(cube)) == ()
    step = {one for one in cube if one[1].startswith("skos:") and {codes[29], codes[30]} <= {*one}}
    assert len(step) == 1
    lost = {one.value.rpartition("/")[2] for one in checked(turtle(cube - step))}
    assert lost == {code.removeprefix("ex:") for code in codes[30:]}


@pytest.mark.parametrize("count", ["8", "-8", '"8"', "8.25", "8e0", '"8"^^xsd:byte', '"8"@en'])
@pytest.mark.parametrize(
    ("observation", "measure"),
    [
        ("ex:v1", "measure:obsValue"),
        ("ex:v1", "ex:undeclared"),
        ("ex:v2", "measure:obsValue"),
        ("ex:v3", "ex:count"),
    ],
)
def test_a_small_count_is_found_and_not_repeated(
    observation: str, measure: str, count: str
) -> None:
    said = tomllib.loads((ROOT / "tests" / "shapes" / "cube.toml").read_text("utf-8"))
    found = checked(f"{said['good']}\n{observation} {measure} {count} .")
    assert "small-count" in names(found)
    for one in found:
        assert "8" not in one.message + one.focus + one.path + one.value + one.value_term


# What real publishers break, as their cubes stand and in normal form.
PUBLISHERS = {
    "gss-ons-cubes/greenhouse-gas-emissions.ttl": (set(), {"IC-2"}),
    "gss-ons-cubes/life-expectancy-by-region-sex-and-time.ttl": (set(), {"IC-2"}),
    "hefce-organogram-2011-03-31/HEFCE_organogram_31032011.nt": (set(), {"IC-3"}),
    "ukgovld/qb-example-life-expectancy.ttl": ({"IC-3", "IC-8"}, {"IC-4"}),
}


@pytest.mark.parametrize("file", PUBLISHERS)
def test_cubes_of_real_publishers_break_what_they_are_known_to_break(file: str) -> None:
    if not (REAL / file).exists():
        # The publishers' own cubes are not ours to keep in the repository.
        pytest.skip(f"{file} is not here")
    store = Store()
    store.load(path=str(REAL / file), base_iri="http://example.org/")
    for expected in PUBLISHERS[file]:
        said = store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        text = (said or b"").decode()
        broken = names(checked(text))
        assert asked(text) == broken & published().keys() == expected
        assert broken, "without a structure or types it does not pass either"
        store.update(NORMAL)
