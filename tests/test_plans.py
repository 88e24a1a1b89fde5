"""What a query would cost Oxigraph, who answers it then, and where Oxigraph begins."""

from __future__ import annotations

import gzip
from collections import Counter
from typing import Any, NamedTuple

import pytest
from pyoxigraph import RdfFormat, Store

from homegraph.endpoint.ask import Question, ask, handed_over
from homegraph.endpoint.columns.answering import Columns
from homegraph.endpoint.columns.effort import Unknown, effort
from homegraph.endpoint.columns.forms import form_of
from homegraph.graph.columns.making import make
from homegraph.graph.release import DUMPS
from homegraph.graph.terms import XSD

EX = "http://example.org/"
PREFIXES = f"PREFIX ex: <{EX}> "
PLACES = [*[0] * 2_500, *range(1, 7_500)]  # of incidents: one is busy


class World(NamedTuple):
    """Columns, and the same statements in the engine."""

    columns: Columns
    store: Store


def said(subject: str, predicate: str, *values: str) -> str:
    return "".join(
        f"<{EX}{subject}> <{EX}{predicate}> <{EX}{value}> <{EX}graph> .\n" for value in values
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("plans")
    incidents = "".join(
        said(f"i{n}", "at", f"p{place}")
        + said(f"i{n}", "category", f"c{n % 3}")
        + said(f"i{n}", "number", f"n{n}")
        for n, place in enumerate(PLACES)
    )
    places = "".join(said(f"p{n}", "in", f"a{n}") for n in range(7_500))
    slices = "".join(said(f"s{n}", "shows", *(f"i{n + 3 * k}" for k in range(3))) for n in range(9))
    store = Store()
    for name, text in {"incidents": incidents, "places": places, "slices": slices}.items():
        file = folder / DUMPS / name / f"{name}.nq.gz"
        file.parent.mkdir(parents=True)
        file.write_bytes(gzip.compress(text.encode()))
        store.bulk_load(text.encode(), RdfFormat.N_QUADS)
    make(folder)
    columns = Columns.open(folder)
    assert columns is not None
    return World(columns, store)


def answered(world: World, text: str, by_columns: bool) -> Counter[str]:
    question = Question(PREFIXES + text)
    handed = handed_over(question, world.columns if by_columns else None)
    answer: Any = ask(world.store, question, handed=handed)
    return Counter([str(bool(answer))] if text.startswith("ASK") else map(str, answer))


@pytest.mark.parametrize(
    ("pattern", "least", "most"),
    [
        ("?i ex:at ?p", 9_999, 9_999),
        ("?i ex:category ex:c1", 3_333, 3_333),
        ("ex:i7 ex:category ?c", 1, 1),
        ("ex:s1 ex:shows ?i", 3, 3),
        ("ex:s1 ex:shows/ex:category ?c", 6, 6),
        ("VALUES ?s { ex:s1 ex:s2 } ?s ex:shows ?i", 6, 6),
        ("{ ex:s1 ex:shows ?i } UNION { ex:i1 ex:at ?i }", 4, 4),
        ("ex:s1 ex:shows ?i OPTIONAL { ?i ex:category ?c }", 6, 6),
        ("{ SELECT ?i { ex:s1 ex:shows ?i } } ?i ex:category ?c", 6, 6),
        ("ex:s1 ^ex:shows ?i", 0, 1),
        ("?i ex:nothing ?x", 0, 0),
        # Where a thing has a value, all that have the same come with it: the busy place's, too.
        ("ex:i1 ex:category ?c . ?other ex:category ?c", 3_000, 4_000),
        ("?p ex:in ex:a7 . ?i ex:at ?p", 2, 1_000),
    ],
)
def test_the_catalogue_tells_how_many_statements_are_looked_at(
    world: World, pattern: str, least: float, most: float
) -> None:
    group = form_of(f"{PREFIXES} SELECT * {{ {pattern} }}").where
    assert least <= effort(world.columns.files, group) <= most


@pytest.mark.parametrize("pattern", ["?a ex:in* ?b", "?s ?p ?o", "GRAPH ?g { ?a ex:in ?b }"])
def test_of_some_parts_nothing_is_known(world: World, pattern: str) -> None:
    with pytest.raises(Unknown):
        effort(world.columns.files, form_of(f"{PREFIXES} SELECT * {{ {pattern} }}").where)


def test_a_busy_place_is_counted_though_most_are_quiet(world: World) -> None:
    text = (
        "SELECT ?c (COUNT(*) AS ?n) { ?i ex:at ?p ; ex:category ?c . ?p ex:in ex:a%d } GROUP BY ?c"
    )
    busy, quiet = (world.columns.handed_over(PREFIXES + text % area) for area in (0, 7))
    assert busy.table is not None
    assert sorted(row[1] for row in busy.table.rows) == sorted(
        f'"{count}"^^{XSD.integer}' for count in (834, 833, 833)
    )
    assert not quiet.parts and "as quick" in quiet.reason


def test_what_begins_with_few_and_comes_to_very_many_is_counted(world: World) -> None:
    # Three incidents lead to all of their categories, and these to all at the same places.
    text = PREFIXES + (
        "SELECT (COUNT(*) AS ?n) { ex:s1 ex:shows ?i . ?i ex:category ?c . ?j ex:category ?c . "
        "?j ex:at ?p . ?k ex:at ?p }"
    )
    assert effort(world.columns.files, form_of(text).where) > 1e6
    assert world.columns.handed_over(text).engine == "columns"


RARE = "?i ex:category ex:c1 ; ex:number ex:n7"  # a third of all incidents, and one
BEGUN = [
    f"SELECT * {{ {RARE} ; ?property ?value }}",
    f"CONSTRUCT {{ ?i ?property ?value }} WHERE {{ {RARE} ; ?property ?value }}",
    f"ASK {{ {RARE} }}",
    f"DESCRIBE ?i WHERE {{ {RARE} }}",
    f"SELECT * {{ {{ {RARE} }} UNION {{ ?i ex:category ex:c2 ; ex:number ex:n8 ; ?a ?b }} }}",
    "SELECT * { ?i ex:category ex:c2 ; ex:at ?p ; ?x ?y . ?p ex:in ex:a8 # it is { here\n }",
    f"SELECT ?x {{ {RARE} ; ?x ?y OPTIONAL {{ ?i ex:no ?z }} FILTER(?x != ex:at) BIND(1 AS ?n) }}",
]


@pytest.mark.parametrize("text", BEGUN)
def test_oxigraph_begins_with_the_rarest_pattern(world: World, text: str) -> None:
    handed = world.columns.handed_over(PREFIXES + text)
    assert handed.engine == "oxigraph" and handed.beginnings
    for one in handed.beginnings:
        assert one.statements < 10 and 3_000 < one.before < 4_000
        assert handed.text.count(f"{one.pattern} . ") == 1
    assert answered(world, text, by_columns=True) == answered(world, text, by_columns=False)
    assert answered(world, text, by_columns=True).total() > 0


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ {RARE} ; ?x ?y }} LIMIT 5",  # other rows would come first
        f"SELECT (SAMPLE(?y) AS ?one) {{ {RARE} ; ?x ?y }}",
        f"SELECT (GROUP_CONCAT(?y) AS ?all) {{ {RARE} ; ?x ?y }}",
        "SELECT * { ?i ex:number ex:n7 ; ex:category ex:c1 ; ?x ?y }",  # it begins well
        "SELECT * { ex:i7 ?x ?y . ?i ex:category ex:c1 ; ex:number ex:n7 }",
        "SELECT * { ?i ex:category ex:c1 OPTIONAL { ?i ex:number ex:n7 } ?i ?x ?y }",
        f"CONSTRUCT WHERE {{ {RARE} }}",  # what is looked for is given, each once
        f"SELECT * FROM ex:graph {{ {RARE} ; ?x ?y }}",
        "SELECT * { ?i ex:category ex:c1 . [] ex:number ex:n7 . ?i ?x ?y }",  # stands for one thing
    ],
)
def test_a_query_stays_as_it_is_where_that_would_not_be_the_same_or_no_better(
    world: World, text: str
) -> None:
    handed = world.columns.handed_over(PREFIXES + text)
    assert not handed.beginnings and handed.text == PREFIXES + text


def test_what_is_left_alone_is_remembered_and_what_failed_once_is_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"{PREFIXES} SELECT (COUNT(*) AS ?n) {{ ex:s1 ex:shows ?i }}"
    assert world.columns.handed_over(text) is world.columns.handed_over(text)
    with monkeypatch.context() as planted:
        planted.setattr(world.columns, "counted", lambda query, alone: 1 / 0)
        failed = world.columns.handed_over(text.replace("s1", "s2"))
    assert "fault" in failed.reason
    assert "as quick" in world.columns.handed_over(text.replace("s1", "s2")).reason
