"""A release that keeps a part in columns only answers as one whose store has everything.

What it cannot answer it refuses: it never answers with a part of the truth. HOMEGRAPH_QUERIES (600
unless said, each in up to three forms) and HOMEGRAPH_QUERIES_SEED are as in test_columns_agree.py.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, Quad, QueryBoolean, QueryTriples, Store

from homegraph.endpoint.columns import stored
from homegraph.endpoint.columns.answering import Columns
from homegraph.endpoint.columns.forms import form_of
from homegraph.endpoint.columns.partstore import PartStore
from homegraph.graph import dump
from homegraph.graph.columns.making import make
from homegraph.graph.errors import OnlyInColumns
from homegraph.graph.nquads import lines

COUNT = int(os.environ.get("HOMEGRAPH_QUERIES", "600"))
SEED = int(os.environ.get("HOMEGRAPH_QUERIES_SEED", "1"))
CHUNKS = 3
LOG = logging.getLogger("columns")
RECORD = re.compile("<https://data.example/id/(incident|observation|point)/")
Say = Callable[[str, list[Quad]], None]


def beside(name: str) -> Any:
    """A module beside the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


queries = beside("columns_queries")
PREFIXES = "".join(f"PREFIX {name}: <{value}>\n" for name, value in queries.PREFIXES.items())


@dataclass(frozen=True)
class World:
    """A store of everything, and one that has a part, with columns."""

    whole: Store
    part: PartStore
    facts: Any


def by_dump() -> dict[str, list[Quad]]:
    """As the dumps are: what is said of records stands in the store as well."""
    return dict(queries.toy())


def by_subject() -> dict[str, list[Quad]]:
    """All that is said of records, and all that is said of anything else."""
    every = [quad for quads in queries.toy().values() for quad in quads]
    records = [quad for quad in every if RECORD.match(str(quad.subject))]
    return {"records": records, "others": [quad for quad in every if quad not in records]}


KEPT: dict[str, tuple[Callable[[], dict[str, list[Quad]]], set[str]]] = {
    "mixed": (by_dump, {"incidents", "figures"}),
    "apart": (by_subject, {"records"}),
}


@pytest.fixture(scope="module", params=list(KEPT))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    said, kept = KEPT[request.param]
    return made_in(tmp_path_factory.mktemp("only"), said(), kept, apart=request.param == "apart")


def made_in(folder: Path, said: dict[str, list[Quad]], kept: set[str], apart: bool) -> World:
    whole, part = Store(), Store()
    for name, quads in said.items():
        dump.write(folder / "dumps" / name / f"{name}.nq.gz", lines(quads))
        for store in [whole] if name in kept else [whole, part]:
            store.extend(quads)
    make(folder, unstored={f"{name}/{name}.nq.gz" for name in kept}, least=20, at_once=64)
    columns = Columns.open(folder)
    assert columns is not None
    unstored = columns.files.catalogue.unstored
    assert unstored is not None and unstored.apart == apart
    return World(whole, PartStore(part, columns, unstored), queries.Facts(whole))


def rows(store: Any, text: str) -> Counter[Any]:
    """The answer as a multiset: rows by variable, statements, or yes and no."""
    answer: Any = store.query(text, use_default_graph_as_union="FROM" not in text)
    if isinstance(answer, QueryBoolean):
        return Counter([bool(answer)])
    if isinstance(answer, QueryTriples):
        return Counter(set(map(str, answer)))
    names = [variable.value for variable in answer.variables]
    order = sorted(range(len(names)), key=lambda place: names[place])
    heads = [tuple(names[place] for place in order)]
    return Counter([*heads, *(tuple(str(row[place] or "") for place in order) for row in answer)])


def forms(query: Any) -> Iterator[str]:
    """A query, and others that ask the same in another form."""
    yield query.text
    head = re.match(r"(?:PREFIX .*\n)*", query.text)
    assert head is not None
    head, select = head[0], query.text[head.end() :]
    if not select.upper().startswith("SELECT") or re.search("FROM|GRAPH", select):
        return
    name = re.search(r"[?$]\w+", select)
    yield f"{head}ASK {{ {{ {select} }} }}"
    if name and not query.whole:
        yield f"{head}CONSTRUCT {{ {name[0]} ex:is {name[0]} }} WHERE {{ {{ {select} }} }}"


def compared(world: World, text: str, whole: str | None, loose: bool) -> bool:
    """Whether it was answered; fails when that is not the answer."""
    try:
        ours = rows(world.part, text)
    except OnlyInColumns as error:
        assert "fault" not in str(error), f"{error}\n{text}"
        return False
    theirs = rows(world.whole, text)
    if whole is not None and len(ours) and "ASK" not in text:
        every = rows(world.whole, whole)
        assert ours.total() == theirs.total() and not ours - every, text
    elif loose:
        assert set(ours) == set(theirs), text
    else:
        assert ours == theirs, f"{text}\n{theirs - ours}\n{ours - theirs}"
    return True


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_answered_is_the_whole_answer(world: World, chunk: int) -> None:
    asker = queries.Asker(world.facts, f"only-{SEED}-{chunk}")
    answered = count = 0
    for _ in range(COUNT // CHUNKS):
        query = asker.query()
        for text in forms(query):
            count += 1
            try:
                answered += compared(world, text, query.whole, query.reduced)
            except (SyntaxError, RuntimeError):
                with pytest.raises((SyntaxError, RuntimeError)):
                    rows(world.whole, text)
    LOG.info("%s of %s queries were answered", answered, count)
    assert answered >= 0.3 * count


ASKED = """SELECT * { incident:7 ?p ?o }
SELECT ?p ?n { incident:7 ?p ?o . BIND(1 AS ?n) }
SELECT ?p { incident:7 ?p force:1 }
SELECT * { [] ex:force force:1 }
SELECT * { [] ex:force force:1 } ORDER BY ?nothing
SELECT * { incident:7 ?p ?o . OPTIONAL { ?o rdfs:label ?l } }
SELECT * { incident:7 ex:at ?point . ?point rdfs:label ?label ; ex:lsoa ?area }
SELECT * { area:3 ?p ?o }
SELECT * { area:3 ^ex:lsoa ?point }
SELECT ?i { ?i ex:at/ex:lsoa area:3 }
SELECT (COUNT(*) AS ?n) { ?s ?p ?o }
SELECT * { incident:nobody ?p ?o }
SELECT ?s ?p { ?s ?p 30 }
SELECT ?p (COUNT(*) AS ?n) { ?s ?p force:1 } GROUP BY ?p
ASK { incident:7 ex:category ?c }
ASK { incident:7 ex:category "none" }
ASK { ?i a ex:Incident ; ex:hours 30 }
ASK { area:3 rdfs:label ?l }
DESCRIBE incident:7
DESCRIBE incident:7 area:3 <https://data.example/id/thing/1>
DESCRIBE ?i { ?i ex:crimeId "c3" }
DESCRIBE ?i area:1 { ?i ex:crimeId "c3" } ORDER BY ?i LIMIT 2
DESCRIBE <https://data.example/id/nothing>
CONSTRUCT { ?i ex:near ?a } { ?i ex:at/ex:lsoa ?a }
CONSTRUCT { ?i ex:near [ ex:name ?l ] } { ?i ex:at ?a . ?a rdfs:label ?l }
CONSTRUCT WHERE { ?i ex:hours 30 ; ex:force ?f }
CONSTRUCT { ?p ex:used true } { incident:7 ?p ?o }
CONSTRUCT { ?f ex:has ?n } { { SELECT ?f (COUNT(*) AS ?n) { ?i ex:force ?f } GROUP BY ?f } }
SELECT ?area ?n { ?area a ex:Lsoa ; rdfs:label ?n }
SELECT ?area ?n { ?area rdfs:label ?n . FILTER EXISTS { ?area a ex:District } }
SELECT ?l { area:3 ex:within*/rdfs:label ?l }
SELECT ?c { ?c skos:broader* <https://data.example/id/concept/1> }
SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?a skos:broader ?b } } GROUP BY ?g
SELECT ?a FROM <https://data.example/id/graph/places> { ?a ex:covers ?b }
SELECT ?l { VALUES ?a { area:1 area:2 } ?a rdfs:label ?l }
SELECT ?a ?l { ?a ex:covers ?b . OPTIONAL { ?a rdfs:label ?l } }
SELECT ?a ?b { ?a ex:covers ?b . MINUS { ?b ex:code "E025" } }"""


@pytest.mark.parametrize("text", ASKED.splitlines())
def test_look_ups_graphs_and_what_the_store_has(world: World, text: str) -> None:
    blank = "[ ex:name" in text  # a new name each time
    theirs = rows(world.whole, PREFIXES + text)
    try:
        ours = rows(world.part, PREFIXES + text)
    except OnlyInColumns:
        assert not world.part.stored.found.apart or "GRAPH" in text or "FROM" in text, text
        return
    assert (len(ours) == len(theirs)) if blank else ours == theirs


REFUSED = {
    "SELECT ?s { GRAPH ?g { ?s ex:hours ?h } }": "chooses its graphs",
    "SELECT ?s FROM ex:graph { ?s ex:hours ?h }": "chooses its graphs",
    "SELECT ?s ?p { ?s ?p ?o FILTER(?o > 30) }": "a property is a variable",
    "SELECT (RAND() AS ?r) { ?s ex:hours ?h }": "another answer each time",
    "DESCRIBE * { ?i ex:hours 30 }": "has no name",
    "CONSTRUCT { ex:a ex:b ex:c } { ?i ex:hours 30 }": "no variable",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_answered_is_refused_with_a_reason(world: World, text: str) -> None:
    with pytest.raises(OnlyInColumns, match=REFUSED[text]):
        rows(world.part, PREFIXES + text)
    with pytest.raises(SyntaxError):
        world.part.query("SELECT ?s { ?s ex:hours", use_default_graph_as_union=True)


ANY = {
    "SELECT * { ?i ex:hours ?h } LIMIT 3": 3,
    "SELECT DISTINCT ?c { ?i ex:hours 30 ; ex:category ?c } LIMIT 2": 2,
    "SELECT REDUCED ?f { ?i ex:hours 30 ; ex:force ?f }": None,
}


@pytest.mark.parametrize("text", ANY)
def test_any_rows_do_where_a_query_does_not_say_which(world: World, text: str) -> None:
    ours = rows(world.part, PREFIXES + text)
    assert not set(ours) - set(rows(world.whole, PREFIXES + text.partition(" LIMIT")[0]))
    assert ANY[text] is None or ours.total() == 1 + ANY[text]  # with the names of the columns


def test_the_first_rows_in_an_order_are_the_first(world: World) -> None:
    text = "SELECT ?f ?i { ?i ex:hours ?h ; ex:force ?f } ORDER BY DESC(?f) ?i LIMIT 5"
    assert list(rows(world.part, PREFIXES + text)) == list(rows(world.whole, PREFIXES + text))


def test_any_statement_is_looked_up(world: World) -> None:
    def found(store: Any, *pattern: Any) -> set[str]:
        quads = list(store.quads_for_pattern(*pattern))
        assert len(quads) == len({quad.triple for quad in quads})
        return {str(quad.triple) for quad in quads}

    for quad in sorted(world.whole, key=str)[::7]:
        s, p, o = quad.subject, quad.predicate, quad.object
        for pattern in ((s, None, None), (None, p, o), (None, None, o), (s, p, None), (s, p, o)):
            assert found(world.part, *pattern) == found(world.whole, *pattern)
    of_class = (None, NamedNode(queries.PREFIXES["rdf"] + "type"), None)
    assert found(world.part, *of_class) == found(world.whole, *of_class)
    assert len(world.part) == len({quad.triple for quad in world.whole})


# Queries whose answer a store that has a part would get wrong, each in a way of its own.
TRAPS = """SELECT ?l { ?x rdfs:label ?l }
SELECT ?x ?l { ?x a ?c ; rdfs:label ?l }
SELECT ?a ?x { ?a ex:covers ?b OPTIONAL { ?x rdfs:label ?l } }
SELECT ?x ?b { OPTIONAL { ?x ex:lsoa ?y } ?x ex:covers ?b }
SELECT ?a { ?a ex:covers ?b FILTER NOT EXISTS { ?p ex:lsoa ?b } }
SELECT ?a { ?a ex:covers ?b MINUS { ?p ex:lsoa ?b } }
SELECT ?a { ?a ex:covers ?b { ?c ex:code ?d FILTER NOT EXISTS { ?a ex:lsoa ?d } } }
SELECT ?x ?y { ?x skos:broader* ?y }
SELECT ?y { incident:7 skos:broader* ?y }
SELECT ?a (EXISTS { ?p ex:lsoa ?a } AS ?e) { ?a a ex:Lsoa }
SELECT ?a { ?a a ex:Lsoa } ORDER BY (EXISTS { ?p ex:lsoa ?a }) LIMIT 1
SELECT ?a { { SELECT ?a (COUNT(?p) AS ?n) { ?a ex:odd ?o MINUS { ?p ex:lsoa ?a } } GROUP BY ?a } }
SELECT ?l { ?a ex:covers/^ex:lsoa/rdfs:label ?l }
SELECT ?o { ?a ex:like ?i . ?i ex:hours ?o }
ASK { ?i ex:hours 30 }"""


@pytest.mark.parametrize("text", TRAPS.splitlines())
def test_the_store_is_not_asked_for_what_it_has_a_part_of(world: World, text: str) -> None:
    if world.part.stored.found.apart:  # else other properties are only in columns
        assert not world.part.stored.spares(form_of(PREFIXES + text))
    compared(world, PREFIXES + text, None, "LIMIT" in text)


def test_a_judge_who_lets_too_much_through_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = PartStore(world.part.store, world.part.columns, world.part.stored.found)
    monkeypatch.setattr(stored.Stored, "is_safe_path", lambda *_: True)
    lenient = World(world.whole, part, world.facts)
    faults = 0
    for text in TRAPS.splitlines():
        try:
            compared(lenient, PREFIXES + text, None, False)
        except AssertionError:
            faults += 1
    assert faults > 3
