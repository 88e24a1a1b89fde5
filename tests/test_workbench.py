"""The query page: what it shows of an answer, and that people can work with it in a browser."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from homegraph.endpoint import workbench_page
from homegraph.endpoint.answer_charts import charts
from homegraph.endpoint.answer_maps import MOST_PLACES, has_places
from homegraph.endpoint.app import create_app
from homegraph.endpoint.ask import Question
from homegraph.endpoint.charts import Bars, Line
from homegraph.endpoint.maps import Map, Spot, map_of
from homegraph.endpoint.message import Request
from homegraph.endpoint.queries import examples
from homegraph.endpoint.results import Reader, kind
from homegraph.endpoint.serving.sending import problem
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.snippets import snippets
from homegraph.endpoint.wkt import pieces
from homegraph.endpoint.workbench_page import LONGEST_ADDRESS, SHOWN_LETTERS, SHOWN_ROWS, place
from homegraph.endpoint.world import World
from homegraph.graph.errors import TooSlow
from homegraph.graph.iri import DEMO_BASE, month
from homegraph.graph.terms import GEO, RDFS, XSD

Serve = Callable[..., AbstractContextManager[Any]]
QUERIES = Path(__file__).parent / "queries"
EDITOR = Path(workbench_page.__file__).parent / "static" / "vendor" / "editor.js"
HTML = {"Accept": "text/html"}
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
PATIENCE = 30
FOREVER = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d) }"
STATEMENTS = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 5"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    path = tmp_path_factory.mktemp("workbench") / "store"
    store = Store(str(path))
    store.bulk_load(path=QUERIES / "world.trig", format=RdfFormat.TRIG)
    trap = NamedNode(f"{DEMO_BASE}id/trap/2")
    store.add(Quad(trap, RDFS.label, Literal(HOSTILE)))
    store.add(Quad(trap, RDFS.seeAlso, NamedNode("javascript:alert(3)")))
    store.flush()
    del store
    return World.of_store(path)


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


class Reading(HTMLParser):
    """The tags of a page, and nothing that a browser would read otherwise."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def attributes(self, name: str) -> list[str]:
        return [found[name] for _, found in self.tags if name in found]


def shows(client: FlaskClient, query: str) -> str:
    answer = client.get("/sparql", query_string={"query": query}, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def rows(values: str, names: str) -> str:
    return f"SELECT {names} {{ VALUES ({names}) {{ {values} }} }}"


def views(text: str) -> list[str]:
    return re.findall(r'<section id="(\w+)" class="view">', text)


NUMBERS = [Literal("3", datatype=XSD.integer), Literal("4.5", datatype=XSD.decimal)]


@pytest.mark.parametrize(
    ("name", "terms", "expected"),
    [
        ("n", NUMBERS, "number"),
        ("n", [*NUMBERS, None], "number"),
        ("n", [*NUMBERS, Literal("x")], "label"),
        ("n", [None], ""),
        ("lat", NUMBERS, "latitude"),
        ("Longitude", NUMBERS, "longitude"),
        ("flat", NUMBERS, "number"),
        ("year", [Literal(2023)], "period"),
        ("year", [Literal(17), Literal(2023)], "number"),
        ("when", [month("2024-01")], "period"),
        ("when", [Literal("2024", datatype=XSD.gYear)], "period"),
        ("when", [NamedNode("http://example.org/2024")], "label"),
        ("shape", [Literal("POINT(1 2)", datatype=GEO.wktLiteral)], "geometry"),
        ("shape", [Literal("POINT(1 2)")], "label"),
    ],
)
def test_a_column_is_what_all_its_values_are(name: str, terms: list[None], expected: str) -> None:
    assert kind(name, terms) == expected


MONTHS = [f"<{month(f'2024-0{number}').value}>" for number in (3, 1, 2)]


@pytest.mark.parametrize(
    ("names", "values", "expected"),
    [
        ("?who ?n", "('a' 1) ('b' 2)", [("n", "bar")]),
        ("?who ?n ?m", "('a' 1 5) ('b' 2 6)", [("n", "bar"), ("m", "bar")]),
        ("?when ?n", f"({MONTHS[0]} 1) ({MONTHS[1]} 2)", [("n", "line")]),
        (
            "?when ?who ?n",
            " ".join(f"({when} '{who}' 1)" for when in MONTHS for who in "xy"),
            [("n: x", "line"), ("n: y", "line")],
        ),
        ("?a ?b ?n", "('a' 'x' 1) ('a' 'y' 2) ('b' 'x' 3)", [("n", "bar")]),
        ("?who ?n", "('a' 1) ('a' 2)", []),  # nothing tells the rows apart
        ("?who ?n", "('a' 1)", []),
        ("?who ?what", "('a' 'b') ('c' 'd')", []),
        ("?n ?m", "(1 2) (3 4)", []),
        ("?who ?row", "('a' 1) ('b' 2)", []),  # where it stands, not how much it is
        ("?place ?lat ?long", "('a' 51.5 -2.5) ('b' 51.6 -2.6)", []),
    ],
)
def test_a_chart_is_drawn_where_the_columns_allow(
    world: World, names: str, values: str, expected: list[tuple[str, str]]
) -> None:
    found = Reader(world.store.query(rows(values, names))).read(SHOWN_ROWS)
    texts = [
        ["" if one is None else getattr(one, "value", "") for one in row] for row in found.rows
    ]
    drawn = charts(found.columns(), found.rows, texts)
    assert [(one.title, one.chart.kind) for one in drawn] == expected


def test_a_line_runs_from_the_first_period_to_the_last(world: World) -> None:
    values = " ".join(f"({when} {10 + place})" for place, when in enumerate(MONTHS))
    found = Reader(world.store.query(rows(values, "?when ?n"))).read(SHOWN_ROWS)
    texts = [[getattr(one, "value", "") for one in row] for row in found.rows]
    [one] = charts(found.columns(), found.rows, texts)
    assert isinstance(one.chart, Line)
    assert [point.text for _, _, point in one.chart.dots] == ["11", "12", "10"]


def test_what_is_not_complete_is_drawn_as_such(world: World) -> None:
    names, values = "?who ?n ?completeness", "('a' 1 <a:partial>) ('b' 2 UNDEF)"
    found = Reader(world.store.query(rows(values, names))).read(SHOWN_ROWS)
    texts = [
        ["" if one is None else getattr(one, "value", "") for one in row] for row in found.rows
    ]
    [one] = charts(found.columns(), found.rows, texts)
    assert isinstance(one.chart, Bars)
    assert [point.marked for *_, point in one.chart.bars] == [True, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("POINT(-2.5 51)", [("point", [(-2.5, 51.0)])]),
        ("point z (1 2 3)", [("point", [(1.0, 2.0)])]),
        ("MULTIPOINT((1 2), (3 4))", [("point", [(1.0, 2.0)]), ("point", [(3.0, 4.0)])]),
        ("MULTIPOINT(1 2, 3 4)", [("point", [(1.0, 2.0), (3.0, 4.0)])]),
        ("LINESTRING(0 0, 1e0 1)", [("line", [(0.0, 0.0), (1.0, 1.0)])]),
        ("POLYGON((0 0,1 0,1 1,0 0))", [("area", [(0, 0), (1, 0), (1, 1), (0, 0)])]),
        ("GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0,1 1))", None),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(1 2)", [("point", [(1.0, 2.0)])]),
        ("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(51 -2)", [("point", [(-2.0, 51.0)])]),
        ("<http://www.opengis.net/def/crs/EPSG/0/27700> POINT(358000 173000)", []),
        ("POINT EMPTY", []),
        ("POINT(200 100)", []),
        ("POINT(1)", []),
        ("POINT(1 2", []),
        ("POINT(nan 2)", []),
        ("POINT(1e999 2)", []),
        ("CIRCLE(1 2)", []),
        ("1 2", []),
        ("", []),
    ],
)
def test_geometries_are_read_or_left_out(
    text: str, expected: list[tuple[str, list[tuple[float, float]]]] | None
) -> None:
    found = [(piece.kind, piece.places) for piece in pieces(text)]
    assert [one for one, _ in found] == ["point", "line"] if expected is None else found == expected


def drawn(*geometries: str) -> Map:
    found = map_of([Spot(text, "", pieces(text)) for text in geometries])
    assert found is not None
    return found


def test_a_map_has_the_shape_that_the_ground_has() -> None:
    # At 60 degrees north, two degrees of longitude are as long as one of latitude.
    found = drawn("POINT(0 59.5)", "POINT(0 60.5)", "POINT(-1 60)", "POINT(1 60)")
    (_, low), (_, high), (left, _), (right, _) = (mark.dots[0] for mark in found.marks)
    assert right - left == pytest.approx(low - high, rel=0.01)


def test_a_map_says_how_far_things_are() -> None:
    found = drawn("POINT(0 51)", "POINT(0 52)")
    (_, low), (_, high) = (mark.dots[0] for mark in found.marks)
    length, said = found.bar
    kilometres = float(said.removesuffix(" km"))
    assert (low - high) / length * kilometres == pytest.approx(111.2, rel=0.01)


@pytest.mark.parametrize(
    "geometries",
    [
        ["POINT(0 0)"],
        ["POINT(-180 -90)", "POINT(180 90)"],
        ["POINT(0 90)"],
        ["POLYGON((0 0,0 0,0 0))"],
        ["LINESTRING(-3 50,-3 59)"],
    ],
)
def test_a_map_of_extremes_stays_within_its_frame(geometries: list[str]) -> None:
    found = drawn(*geometries)
    numbers = [float(one) for mark in found.marks for one in re.findall(r"-?[\d.]+", mark.path)]
    numbers += [number for mark in found.marks for dot in mark.dots for number in dot]
    assert numbers
    assert all(-0.1 <= number <= max(found.width, found.height) + 0.1 for number in numbers)


def test_nothing_is_drawn_of_what_has_no_place() -> None:
    assert map_of([]) is None
    assert map_of([Spot("a", "", [])]) is None
    assert drawn("POINT(1 2)", "POINT EMPTY").left == 1


def test_a_map_is_drawn_of_geometries_and_of_degrees(client: FlaskClient, world: World) -> None:
    wkt = f"^^<{GEO.wktLiteral.value}>"
    both = shows(client, rows(f"('a' 'POINT(-2 51)'{wkt}) ('b' 'POINT(-1 51)'{wkt})", "?a ?w"))
    assert views(both) == ["table", "map"]
    assert "2 places are shown" in both
    assert views(shows(client, rows("('a' 51.5 -2.5)", "?a ?lat ?lon"))) == ["table", "map"]
    assert views(shows(client, rows("('a' 51.5)", "?a ?lat"))) == ["table"]
    some = shows(client, rows(f"('a' 'POINT(-2 51)'{wkt}) ('b' 'CIRCLE(1)'{wkt})", "?a ?w"))
    assert "1 place is shown. 1 of the rows read has nothing that can be drawn." in " ".join(
        some.split()
    )


def test_a_large_map_says_that_it_does_not_have_all(client: FlaskClient) -> None:
    count = MOST_PLACES + 1
    values = " ".join(f"({place} {51 + place / 10_000} 2.5)" for place in range(count))
    answer = client.post("/sparql", data={"query": rows(values, "?n ?lat ?long")}, headers=HTML)
    text = " ".join(answer.text.split())
    assert f"The first {SHOWN_ROWS} rows" in text
    assert f"{MOST_PLACES:,} places are shown, and there are more in the answer." in text
    assert f"The table has the first {SHOWN_ROWS} of them as links" in text
    assert text.count("<circle") == MOST_PLACES


def test_rows_that_only_the_map_reads_are_counted(client: FlaskClient) -> None:
    values = " ".join(f"({place} {51 + place / 10_000} 2.5)" for place in range(SHOWN_ROWS + 100))
    answer = client.post("/sparql", data={"query": rows(values, "?n ?lat ?long")}, headers=HTML)
    assert f"The first {SHOWN_ROWS} of {SHOWN_ROWS + 100} rows" in answer.text
    assert answer.text.count("<tr>") == SHOWN_ROWS + 1


def test_a_name_leads_to_our_page_of_it_and_is_shown(client: FlaskClient) -> None:
    found = Reading(shows(client, "SELECT * { ?s ?p ?o } LIMIT 20"))
    assert any(href.startswith("/id/incident/") for href in found.attributes("href"))
    foreign = shows(client, rows("(<http://example.org/a?b&c>)", "?x"))
    assert 'href="/describe?uri=http%3A%2F%2Fexample.org%2Fa%3Fb%26c"' in foreign
    assert "http://example.org/a?b&amp;c" in foreign


def test_a_datatype_that_all_have_stands_in_the_head(client: FlaskClient) -> None:
    text = " ".join(shows(client, rows("(1 'a') (2 'b'@cy)", "?n ?t")).split())
    assert '<th scope="col" class="number">n <span class="note">xsd:integer</span></th>' in text
    assert re.search(r'<td class="number">\s*<span>1</span>\s*</td>', text)
    assert '<span lang="cy">b</span> <span class="note">cy</span>' in text


def test_nothing_in_data_becomes_markup_or_a_script(client: FlaskClient) -> None:
    wkt = f"'POINT(1 2)'^^<{GEO.wktLiteral.value}>"
    queries = [
        f"SELECT ?s ?label ?also (1 AS ?n) ({wkt} AS ?w) {{ ?s <{RDFS.label.value}> ?label ; "
        f"<{RDFS.seeAlso.value}> ?also }}",
        f"SELECT ?label (COUNT(*) AS ?n) {{ ?s <{RDFS.label.value}> ?label }} GROUP BY ?label",
        f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s <{RDFS.seeAlso.value}> ?also ; ?p ?o }}",
        rows("('<script>alert(4)</script>' <data:text/html,x> <vbscript:x>)", "?x ?y ?z"),
        "SELECT ?x { VALUES ?x { 1 } } # </textarea></pre><script>alert(5)</script>",
    ]
    for query in queries:
        found = Reading(shows(client, query))
        assert [tag for tag, _ in found.tags].count("script") == 1
        assert not any(name.startswith("on") for _, given in found.tags for name in given)
        assert not any("style" in given for _, given in found.tags)
        schemes = {urlsplit(href).scheme for href in found.attributes("href")}
        assert schemes <= {"", "http", "https", "mailto"}, query


def test_a_problem_shows_what_was_sent_and_no_more(client: FlaskClient) -> None:
    query = "SELECT </textarea><script>alert(1)</script>\nWHERE"
    for answer in (
        client.get("/sparql", query_string={"query": query}, headers=HTML),
        client.post("/sparql", data={"query": query}, headers=HTML),
        client.post(
            "/sparql", data=query, headers={**HTML, "Content-Type": "application/sparql-query"}
        ),
    ):
        assert answer.status_code == 400
        found = Reading(answer.text)
        assert [tag for tag, _ in found.tags].count("script") == 1
        assert "&lt;/textarea&gt;" in answer.text
        assert {"h1", "mark", "textarea"} <= {tag for tag, _ in found.tags}
        assert "autofocus" in dict(found.tags)["h1"]


def test_a_request_that_is_too_large_still_gets_a_page(client: FlaskClient) -> None:
    answer = client.post("/sparql", data={"query": "#" * 1_100_000}, headers=HTML)
    assert answer.status_code == 413
    assert '<form id="ask"' in answer.text


def test_an_empty_query_is_not_replaced_by_an_example(client: FlaskClient) -> None:
    found = client.get("/sparql?query=", headers=HTML).text
    assert "the query is empty" in found
    assert "Your query is below" not in found
    assert re.search(r"<textarea[^>]*>\s*</textarea>", found)


def test_a_posted_query_that_is_stopped_is_kept(world: World) -> None:
    headers = {"accept": "text/html", "content-type": "application/x-www-form-urlencoded"}
    sent = Request("POST", "/sparql", "", headers, b"query=ASK+%7B+%3Fmine+%3Fp+%3Fo+%7D", "")
    reply = problem(world, create_app(world), sent, TooSlow(3))
    assert reply.status == 503
    assert b"ASK { ?mine ?p ?o }" in reply.body


def test_a_page_with_other_limits_is_another_page(world: World) -> None:
    app = create_app(world)
    for path in ("/sparql", "/sparql?query=ASK{}", "/api"):
        app.config["SETTINGS"] = Settings(seconds=2.5)
        first = app.test_client().get(path, headers=HTML)
        assert "2.5 seconds of time" in first.text
        known = {**HTML, "If-None-Match": first.headers["ETag"]}
        assert app.test_client().get(path, headers=known).status_code == 304
        app.config["SETTINGS"] = Settings(seconds=60)
        assert "60 seconds of time" in app.test_client().get(path, headers=known).text


def test_an_answer_says_when_it_was_found_because_pages_are_kept(client: FlaskClient) -> None:
    found = re.search(
        r'Found in [\d.]+ seconds, on <time datetime="(.+?)">', shows(client, "ASK {}")
    )
    assert found
    assert abs((datetime.now(UTC) - datetime.fromisoformat(found[1])).total_seconds()) < 60


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        (2, 3, ("  ", "?s", " foo:bar")),
        (2, 11, ("  ?s foo:b", "ar", "")),
        (1, 9, ("SELECT {", "", "")),
        (3, 1, None),
        (None, None, None),
    ],
)
def test_the_place_of_a_fault_is_shown(
    line: int | None, column: int | None, expected: tuple[str, str, str] | None
) -> None:
    assert place("SELECT {\n  ?s foo:bar", line, column) == expected


def test_a_long_value_is_cut_and_says_so(client: FlaskClient) -> None:
    text = shows(client, f"SELECT ('{'x' * (SHOWN_LETTERS + 1000)}' AS ?x) {{}}")
    answer = text[text.index('id="answer"') : text.index("The whole answer")]
    assert answer.count("x" * SHOWN_LETTERS) == 1
    assert "x" * (SHOWN_LETTERS + 1) not in answer
    assert "… and 1,000 more letters" in answer


def test_a_query_too_long_for_an_address_is_sent_as_a_form(client: FlaskClient) -> None:
    query = f"ASK {{}} #{'x' * LONGEST_ADDRESS}"
    found = client.post("/sparql", data={"query": query}, headers=HTML).text
    assert 'id="link"' not in found
    assert "more than the 7,000" in found
    assert '<form id="ask" action="/sparql" method="post"' in found
    assert re.search(r'<button class="second" name="format" value="csv">', found)
    short = client.post("/sparql", data={"query": "ASK {}"}, headers=HTML).text
    assert 'id="link" href="/sparql?query=ASK+%7B%7D"' in short


def test_the_graphs_that_were_asked_are_asked_again(client: FlaskClient) -> None:
    graph = "http://example.org/g?a=1&b"
    given = {"query": "ASK { ?s ?p ?o }", "named-graph-uri": graph}
    found = client.get("/sparql", query_string=given, headers=HTML).text
    assert found.count(f"named-graph-uri={quote(graph, safe='')}") == 5  # four formats and a link
    assert Reading(found).attributes("value").count(graph) == 1
    assert found.count("named-graph-uri") >= 3 + 5  # the programs too


def test_every_example_is_offered_by_subject(client: FlaskClient) -> None:
    found = Reading(client.get("/sparql", headers=HTML).text).attributes("href")
    assert {f"/sparql?example={one.name}" for one in examples(DEMO_BASE)} <= set(found)
    chosen = client.get("/sparql?example=areas-in-box", headers=HTML).text
    assert "<strong>Which small areas lie within a box.</strong>" in chosen


def test_a_place_needs_both_degrees(world: World) -> None:
    def asked(values: str, names: str) -> bool:
        return has_places(Reader(world.store.query(rows(values, names))).read(5).columns())

    assert asked("(1.5 2.5)", "?lat ?lng")
    assert asked("(1.5 2.5)", "?latitude ?longitude")
    assert not asked("(1.5 2.5)", "?lat ?other")
    assert not asked("('a' 'b')", "?lat ?long")


# From here on with a server and, below, a browser.


@pytest.fixture(scope="module")
def server(
    demo_home: Path, serve: Serve, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a server of the demo, which says nothing besides where it listens."""
    said = tmp_path_factory.mktemp("workbench") / "said"
    with said.open("wb") as errors, serve("--home", demo_home, errors=errors) as running:
        yield running.address
    assert len(said.read_text().splitlines()) == 1, said.read_text()


AWKWARD = (
    r"""SELECT ?x ("it's \"quoted\" \\ and $HOME `id` %20 £ )-\"" AS ?y) {
  VALUES ?x { "a" 'b' }
} # """
    + '"""'
    + """ )" \u2028
# the next line would end a text of the shell
#
# QUERY"""
)
ROWS = "SELECT ?s ?label { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?label } LIMIT 3"


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize(
    ("query", "graphs"),
    [
        (ROWS, ()),
        (AWKWARD, ()),
        ("SELECT ('''a\nQUERY\nb''' AS ?lines) {}", ()),
        ("ASK { ?s ?p ?o }", ("http://example.org/none?it's=1&b",)),
        (STATEMENTS, ()),
    ],
)
def test_the_programs_run_and_find_the_same(
    server: str, query: str, graphs: tuple[str, ...], long: bool
) -> None:
    curl, python, _ = snippets(f"{server}/sparql", Question(query, graphs), long)
    given = [("query", query), *(("default-graph-uri", one) for one in graphs)]
    accept = re.search(r"Accept: ([^']+)", curl.text)
    assert accept
    headers = {"Accept": accept[1]}
    expected = requests.get(f"{server}/sparql", params=given, headers=headers, timeout=PATIENCE)
    assert expected.status_code == 200, expected.text
    assert ran(["/bin/sh", "-c", curl.text]) == expected.content.decode()
    said = ran([sys.executable, "-c", python.text])
    if "ASK" in query:
        assert said.strip() == "False"
    elif query == STATEMENTS:
        assert said.count("<") or said.count(":")
    else:
        rows_of = list(csv.reader(io.StringIO(expected.content.decode())))
        assert all(name in said for name in rows_of[0])


def ran(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_program_in_r_runs_where_there_is_r(server: str) -> None:
    if not shutil.which("Rscript"):
        pytest.skip("Rscript is not here")
    [in_r] = [one for one in snippets(f"{server}/sparql", Question(ROWS), False) if one.name == "R"]
    assert "label" in ran(["Rscript", "-e", in_r.text])


def test_a_text_in_r_ends_where_it_should() -> None:
    for query in ("ASK {}", 'ASK { ?s ?p ")" }', 'ASK { ?s ?p ")-" }'):
        in_r = snippets("http://localhost/sparql", Question(query), False)[2]
        opened = re.search(r'r"(-*)\(', in_r.text)
        assert opened
        assert in_r.text.count(f'){opened[1]}"') == 1


def test_a_program_that_fails_says_so(server: str) -> None:
    curl, python, _ = snippets(f"{server}/sparql", Question("ASK { broken"), False)
    for command in (["/bin/sh", "-c", curl.text], [sys.executable, "-c", python.text]):
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode != 0


def test_what_a_page_offers_is_there(server: str) -> None:
    for query in (ROWS, STATEMENTS, "ASK {}"):
        page = requests.get(
            f"{server}/sparql", params={"query": query}, headers=HTML, timeout=PATIENCE
        )
        links = [
            given["href"]
            for tag, given in Reading(page.text).tags
            if tag == "a" and "download" in given
        ]
        assert len(links) == (6 if query == STATEMENTS else 4)
        for link in links:
            assert requests.get(server + link, timeout=PATIENCE).status_code == 200


@dataclass
class Visit:
    """A browser's page, and what it asked for and complained about."""

    page: Page
    address: str
    asked: list[str]
    complaints: list[str]

    def open(self, path: str = "/sparql") -> None:
        self.page.goto(self.address + path)
        self.page.wait_for_function("document.querySelector('#finder').hidden === false")

    def write(self, query: str) -> None:
        """Type a query as people do: into the editor where it is built, else the text area."""
        if EDITOR.exists():
            self.page.locator(".cm-content").click()
            self.page.keyboard.press("Control+a")
            self.page.keyboard.press("Delete")
            self.page.keyboard.insert_text(query)
        else:
            self.page.locator("#query").fill(query)

    def run(self, query: str, title: str) -> None:
        self.write(query)
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_role("heading", name=title, exact=True).wait_for()

    def violations(self) -> list[str]:
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {[node['target'] for node in one['nodes']]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    def keep(self, name: str) -> None:
        """A picture for who wants to look: set HOMEGRAPH_PICTURES to a folder."""
        if folder := os.environ.get("HOMEGRAPH_PICTURES"):
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    @property
    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.textContent"))


@pytest.fixture(params=[1100, 360], ids=["wide", "phone"])
def visit(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    yield from visiting(browser, server, request.param)


@pytest.fixture
def wide(browser: Browser, server: str) -> Iterator[Visit]:
    yield from visiting(browser, server, 1100)


def visiting(browser: Browser, server: str, width: int) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
        accept_downloads=True,
    )
    found = Visit(context.new_page(), server, [], [])
    found.page.set_default_timeout(PATIENCE * 1000)
    found.page.on("request", lambda request: found.asked.append(request.url))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("console", lambda said: found.complaints.append(said.text))
    yield found
    context.close()
    assert [url for url in found.asked if not url.startswith(f"{server}/")] == []
    # Chromium remarks on each status that is not 200; those are asked for here.
    status = "the server responded with a status of"
    assert [one for one in found.complaints if status not in one] == []


def test_people_reach_everything_on_the_page(visit: Visit) -> None:
    shelf = {one.name: one for one in examples(DEMO_BASE)}
    stops = [
        ("form", "/sparql", ""),
        ("table", f"/sparql?{shelf['incidents-by-category'].ask()}", "Table"),
        ("chart", f"/sparql?{shelf['incidents-by-category'].ask()}", "Chart"),
        ("line", f"/sparql?{shelf['forces-by-month'].ask()}", "Chart"),
        ("areas", f"/sparql?{shelf['areas-in-box'].ask()}", "Map"),
        ("points", f"/sparql?{shelf['points-in-polygon'].ask()}", "Map"),
        ("statements", f"/sparql?{shelf['code-list'].ask()}", ""),
        ("problem", "/sparql?query=SELECT+%3Fs+%7B+%3Fs+foo%3Abar+%3Fo+%7D", ""),
    ]
    for name, path, tab in stops:
        visit.open(path)
        if tab:
            visit.page.get_by_role("tab", name=tab).click()
        visit.keep(f"{name}-{visit.page.viewport_size['width']}")  # type: ignore[index]
        assert visit.violations() == [], name
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


def test_a_query_runs_without_a_new_page(wide: Visit) -> None:
    wide.open()
    wide.page.evaluate("window.same = true")
    wide.run(ROWS, "3 rows")
    assert wide.focused == "3 rows"
    assert wide.page.locator("#status").text_content().startswith("3 rows. Found in ")  # type: ignore[union-attr]
    assert wide.page.title().startswith("3 rows")
    first = wide.page.url
    wide.run("ASK { ?s ?p ?o }", "Yes")
    wide.run("SELECT * { ?s foo:bar ?o }", "Bad query")
    assert wide.focused == "Bad query"
    assert wide.page.locator("#answer table").count() == 0
    wide.page.go_back()
    wide.page.get_by_role("heading", name="Yes", exact=True).wait_for()
    wide.page.go_back()
    wide.page.get_by_role("heading", name="3 rows", exact=True).wait_for()
    assert wide.page.url == first
    assert wide.page.locator("#query").input_value() == ROWS
    assert wide.page.evaluate("window.same") is True


def test_a_query_runs_from_the_keyboard(wide: Visit) -> None:
    wide.open()
    wide.write(ROWS)
    if not EDITOR.exists():
        wide.page.locator("#query").focus()
    wide.page.keyboard.press("Control+Enter")
    wide.page.get_by_role("heading", name="3 rows", exact=True).wait_for()


def test_chart_and_map_are_tabs(wide: Visit) -> None:
    shelf = {one.name: one for one in examples(DEMO_BASE)}
    wide.open(f"/sparql?{shelf['incidents-by-category'].ask()}")
    wide.page.get_by_role("tab", name="Table").focus()
    wide.page.keyboard.press("ArrowRight")
    wide.page.keyboard.press("Enter")
    assert wide.page.locator("#chart svg rect.bar").count() >= 2
    assert wide.page.locator("#chart").is_visible()
    assert wide.page.locator("#table").is_hidden()
    assert wide.page.url.endswith("#chart")
    wide.page.reload()
    wide.page.locator("#chart").wait_for()
    wide.page.evaluate("location.hash = '#table'")  # as a link in a message would
    wide.page.locator("#table").wait_for()
    assert wide.page.locator("#chart").is_hidden()
    wide.run(shelf["areas-in-box"].text(), "9 rows")
    wide.page.get_by_role("tab", name="Map").click()
    assert wide.page.locator("#map svg a path.area").count() == 9
    wide.page.locator("#map svg a").first.focus()
    assert wide.page.locator("#map svg a").first.get_attribute("aria-label")
    wide.run(shelf["points-in-polygon"].text(), "100 rows")
    wide.page.get_by_role("tab", name="Map").click()
    assert wide.page.locator("#map svg a circle").count() == 100


def test_an_answer_is_shared_and_taken_away(wide: Visit) -> None:
    wide.open()
    wide.run(ROWS, "3 rows")
    wide.page.get_by_role("button", name="Copy link").click()
    wide.page.get_by_text("Copied", exact=True).first.wait_for()
    link = wide.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{wide.address}/sparql?query=SELECT")
    assert requests.get(link, headers=HTML, timeout=PATIENCE).status_code == 200
    with wide.page.expect_download() as arriving:
        wide.page.get_by_role("link", name="CSV").click()
    assert arriving.value.suggested_filename == "answer.csv"
    lines = Path(arriving.value.path()).read_text().splitlines()
    assert lines[0] == "s,label"
    assert len(lines) == 4
    wide.page.get_by_text("The same query with curl").click()
    wide.page.get_by_role("button", name="Copy curl").click()
    wide.page.get_by_text("Copied", exact=True).first.wait_for()
    text = wide.page.evaluate("navigator.clipboard.readText()")
    assert ran(["/bin/sh", "-c", text]).splitlines() == lines


def test_a_query_that_takes_too_long_is_stopped(wide: Visit) -> None:
    wide.open()
    wide.write(FOREVER)
    wide.page.get_by_role("button", name="Run", exact=True).click()
    wide.page.get_by_text("1 seconds").wait_for()
    stop = wide.page.get_by_role("button", name="Stop")
    stop.click()
    wide.page.get_by_text("Stopped. The server no longer works on it.").first.wait_for()
    assert stop.is_hidden()
    deadline = time.monotonic() + PATIENCE
    while running(wide.address) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running(wide.address) == 0
    wide.run(ROWS, "3 rows")


def running(address: str) -> float:
    text = requests.get(f"{address}/metrics", timeout=PATIENCE).text
    found = re.findall(r"^homegraph_requests_running\{.*\} (\S+)$", text, re.MULTILINE)
    assert found
    return sum(map(float, found))


def test_a_fault_is_marked_where_it_is(wide: Visit) -> None:
    wide.open()
    wide.run("SELECT ?s {\n  ?s foo:bar ?o\n}", "Bad query")
    assert wide.page.locator("#heading mark").text_content() == "foo:bar"
    if EDITOR.exists():
        assert wide.page.locator(".cm-wrong").text_content() == "foo:bar"


def test_names_are_completed_while_typing(wide: Visit) -> None:
    if not EDITOR.exists():
        pytest.skip("the editor is not built")
    wide.open()
    wide.write("SELECT * { ?s rdfs:lab")
    wide.page.keyboard.press("Control+Space")
    wide.page.locator(".cm-tooltip-autocomplete li").first.wait_for()
    offered = wide.page.locator(".cm-tooltip-autocomplete").inner_text()
    assert "rdfs:label" in offered
    assert wide.violations() == []


def test_examples_are_found_by_their_words(wide: Visit) -> None:
    wide.open()
    wide.page.get_by_label("Find an example").fill("polygon drawn")
    assert wide.page.locator("#found").text_content() == "1 found"
    wide.page.get_by_role("link", name="Map points in a part of the country").click()
    wide.page.locator("strong", has_text="Map points in a part").wait_for()
    assert "geof:sfWithin" in wide.page.locator("#query").input_value()


def test_a_very_long_query_runs_too(wide: Visit) -> None:
    wide.open()
    wide.run(f"{ROWS} # {'x' * LONGEST_ADDRESS}", "3 rows")
    assert wide.page.url == f"{wide.address}/sparql"
    assert wide.page.locator("#link").count() == 0
    wide.page.reload()
    wide.page.get_by_role("heading", name="3 rows", exact=True).wait_for()
    with wide.page.expect_download() as arriving:
        wide.page.get_by_role("button", name="CSV").click()
    assert len(Path(arriving.value.path()).read_text().splitlines()) == 4


def test_everything_works_without_script(browser: Browser, server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/sparql")
    shelf = {one.name: one for one in examples(DEMO_BASE)}
    page.locator("#query").fill(shelf["areas-in-box"].text())
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("heading", name="9 rows").wait_for()
    assert page.locator("#table").is_visible()
    assert page.locator("#map svg a path").count() == 9
    assert page.get_by_role("link", name="CSV").get_attribute("download") == "answer.csv"
    page.get_by_text("The same query with curl").click()
    assert page.locator("#program-1").is_visible()
    page.locator("#query").fill(f"{ROWS} # {'x' * 70_000}")
    page.get_by_role("button", name="Run a query longer than").click()
    page.get_by_role("heading", name="3 rows").wait_for()
    page.locator("#query").fill("SELECT oops")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("heading", name="Bad query").wait_for()
    assert page.locator("#query").input_value() == "SELECT oops"
    context.close()


def test_without_the_editor_the_text_area_does(browser: Browser, server: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/vendor/editor.js", lambda route: route.abort())
    page.goto(f"{server}/sparql")
    page.locator("#query").fill("SELECT ?s {\n  ?s foo:bar '\N{BABY}' , ?o\n}")
    page.locator("#query").press("Control+Enter")
    page.get_by_role("heading", name="Bad query").wait_for()
    area = "const area = document.querySelector('#query');"
    chosen = "area.value.slice(area.selectionStart, area.selectionEnd)"
    assert page.evaluate(f"() => {{ {area} return {chosen}; }}") == "foo:bar"
    page.locator("#query").fill(ROWS)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("heading", name="3 rows", exact=True).wait_for()
    context.close()
