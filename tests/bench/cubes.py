"""How long the rules for cubes take, one by one.

    python tests/bench/cubes.py [--observations 100000] [--originals 2000] [--limit 60]

Checks a generated cube of two data sets (protected counts by area, month and offence in slices;
and a cube with a measure dimension) with every shape of shapes/cube.ttl and prints the seconds of
each; then the published integrity constraints beside the rules at a small number of observations,
where those that compare every observation with every other still end. Exits with 1 when the
rules together take longer than the limit.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from homegraph.graph.shacl.reading import read_files
from homegraph.graph.shacl.shapes import Shape
from homegraph.graph.shacl.sparql import Sparql
from homegraph.graph.shacl.worlds import Small, statements

TESTS = Path(__file__).parents[1]
PUBLISHED = TESTS / "cube_constraints.toml"
AREAS, OFFENCES = 40, 25
HEAD = """
@prefix : <http://example.org/> .
@prefix attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix measure: <http://purl.org/linked-data/sdmx/2009/measure#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix qb: <http://purl.org/linked-data/cube#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix stat: <https://w3id.org/homegraph/def/statistics#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:month a qb:DimensionProperty ; rdfs:range :Month .
:area a qb:DimensionProperty ; rdfs:range skos:Concept ; qb:codeList :areas .
:offence a qb:DimensionProperty ; rdfs:range skos:Concept ; qb:codeList :offences .
qb:measureType a qb:DimensionProperty ; rdfs:range rdf:Property .
measure:obsValue a qb:MeasureProperty ; rdfs:range xsd:integer .
:share a qb:MeasureProperty ; rdfs:range xsd:decimal .
attribute:unitMeasure a qb:AttributeProperty .
:areas a qb:HierarchicalCodeList ; qb:hierarchyRoot :all ; qb:parentChildProperty skos:narrower .
:offences a skos:ConceptScheme .
:c1 qb:componentProperty :month . :c2 qb:componentProperty :area .
:c3 qb:componentProperty :offence . :c4 qb:componentProperty measure:obsValue .
:c5 qb:componentProperty attribute:unitMeasure ; qb:componentRequired true .
:c6 qb:componentProperty qb:measureType . :c7 qb:componentProperty :share .
:s1 a qb:DataStructureDefinition ; qb:component :c1 , :c2 , :c3 , :c4 , :c5 ; qb:sliceKey :key .
:s2 a qb:DataStructureDefinition ; qb:component :c1 , :c2 , :c3 , :c4 , :c5 , :c6 , :c7 .
:key a qb:SliceKey ; qb:componentProperty :month .
:counts a qb:DataSet ; qb:structure :s1 ; stat:threshold 10 ; stat:roundedTo 5 .
:shares a qb:DataSet ; qb:structure :s2 .
"""


def cube(observations: int) -> Iterator[str]:
    """Turtle of a cube that breaks no rule, half of it with a measure dimension."""
    yield HEAD
    for area in range(AREAS):
        yield f":all skos:narrower :r{area % 8} . :r{area % 8} skos:narrower :a{area} ."
    for offence in range(OFFENCES):
        yield f":f{offence} a skos:Concept ; skos:inScheme :offences ."
    for number in range(observations // 2):
        month, rest = divmod(number, AREAS * OFFENCES)
        area, offence = divmod(rest, OFFENCES)
        at = (
            f":month :m{month} ; :area :a{area} ; :offence :f{offence} ; attribute:unitMeasure :one"
        )
        if rest == 0:
            yield f":counts qb:slice :in{month} . :in{month} a qb:Slice ;"
            yield f" qb:sliceStructure :key ; :month :m{month} ."
        yield f":in{month} qb:observation :o{number} . :o{number} a qb:Observation ,"
        yield f" stat:ProtectedCount ; qb:dataSet :counts ; {at} ;"
        yield f" measure:obsValue {10 + rest * 5} ."
        point, odd = divmod(number, 2)
        month, rest = divmod(point, AREAS * OFFENCES)
        area, offence = divmod(rest, OFFENCES)
        at = (
            f":month :m{month} ; :area :a{area} ; :offence :f{offence} ; attribute:unitMeasure :one"
        )
        kind, value = (":share", "0.5") if odd else ("measure:obsValue", str(rest))
        yield f":p{number} a qb:Observation ; qb:dataSet :shares ; {at} ;"
        yield f" qb:measureType {kind} ; {kind} {value} ."


def seconds(shape: Shape, world: Small) -> tuple[float, int]:
    """How long a shape takes on all its focus nodes, and how many results it has."""
    start = time.perf_counter()
    nodes = shape.targets.focus_nodes(world)
    for constraint in shape.constraints:
        if isinstance(constraint, Sparql):
            world.ask_ahead(constraint.question, nodes)
    found = sum(1 for node in nodes for _ in shape.results(world, node))
    return time.perf_counter() - start, found


def loaded(observations: int) -> Small:
    """A generated cube, ready for rules; the store behind it is filled before time is taken."""
    world = Small(statements("\n".join(cube(observations)), RdfFormat.TURTLE))
    for shape in SHAPES_OF_CUBES:
        for constraint in shape.constraints:
            if isinstance(constraint, Sparql):
                list(world.run(constraint.question, []))
                return world
    return world


def rules(observations: int) -> float:
    """Print the seconds of each rule; returns the sum."""
    start = time.perf_counter()
    world = loaded(observations)
    print(
        f"{observations:,} observations generated and loaded in {time.perf_counter() - start:.1f} s"
    )
    total = 0.0
    for shape in SHAPES_OF_CUBES:
        took, found = seconds(shape, world)
        total += took
        print(f"{took:8.2f} s  {shape.name.split('#')[1].rstrip('>'):32}{found:4} results")
    print(f"{total:8.2f} s  all rules\n")
    return total


def originals(observations: int) -> None:
    """Print the seconds of each published constraint beside those of our rules for it."""
    said = tomllib.loads(PUBLISHED.read_text("utf-8"))
    world = loaded(observations)
    # Ours first: after a query of millions of rows the next one pays for giving the memory back.
    ours = {
        name: sum(
            seconds(shape, world)[0]
            for shape in SHAPES_OF_CUBES
            if shape.rule.rstrip(">").endswith("#" + name.lower())
        )
        for name in said["ask"]
    }
    store = Store()
    store.bulk_load(input="\n".join(cube(observations)), format=RdfFormat.TURTLE)
    print(f"{observations:,} observations: published, ours")
    for name, query in said["ask"].items():
        start = time.perf_counter()
        broken = bool(store.query(said["prefixes"] + query))
        published = time.perf_counter() - start
        print(f"{name:6}{published:10.3f} s{ours[name]:10.3f} s{'  broken' if broken else ''}")


SHAPES_OF_CUBES = read_files([TESTS.parent / "shapes" / "cube.ttl"]).shapes

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--observations", type=int, default=100_000)
    parser.add_argument("--originals", type=int, default=2_000)
    parser.add_argument("--limit", type=float, default=60)
    chosen = parser.parse_args()
    took = rules(chosen.observations)
    if chosen.originals:
        originals(chosen.originals)
    sys.exit(took > chosen.limit)
