"""The query door: the protocol row by row, errors a machine can read, nothing that calls out."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, Store, parse, parse_query_results

from homegraph.endpoint import World, create_app
from homegraph.endpoint.formats import GRAPHS, HTML, TABLES, Format
from homegraph.endpoint.functions import FUNCTIONS
from homegraph.endpoint.limits import LIMITS
from homegraph.endpoint.queries import examples
from homegraph.endpoint.workbench_page import SHOWN_ROWS
from homegraph.graph.errors import NoRelease
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.terms import GEO, SD

QUERIES = Path(__file__).parent / "queries"
SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/homegraph/def/crime#Incident> }"
CONSTRUCT = "CONSTRUCT WHERE { ?s a <https://w3id.org/homegraph/def/crime#Incident> }"
PROBLEM = "application/problem+json"

each_table = pytest.mark.parametrize("form", TABLES, ids=lambda form: form.suffix)
each_graph = pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.suffix)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    path = tmp_path_factory.mktemp("sparql") / "store"
    store = Store(str(path))
    store.bulk_load(path=QUERIES / "world.trig", format=RdfFormat.TRIG)
    store.flush()
    del store
    return World.of_store(path)


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def refusal(client: FlaskClient, query: str, status: int) -> dict[str, Any]:
    answer = client.get("/sparql", query_string={"query": query})
    assert answer.status_code == status, answer.text
    assert answer.mimetype == PROBLEM
    said: dict[str, Any] = json.loads(answer.text)
    assert said["status"] == status
    return said


@each_table
@pytest.mark.parametrize("way", ["accept", "suffix", "format by media type"])
def test_rows_come_in_each_format(client: FlaskClient, form: Format, way: str) -> None:
    asked = {"query": SELECT}
    headers = {}
    if way == "accept":
        headers["Accept"] = form.media_type
    else:
        asked["format"] = form.suffix if way == "suffix" else form.media_type
    answer = client.get("/sparql", query_string=asked, headers=headers)
    assert answer.status_code == 200
    assert answer.content_type == form.content_type
    if form.suffix == "csv":  # the engine writes it and does not read it
        assert answer.text.count("\r\n") == 3
        return
    engine: Any = form.engine  # a table of results has one
    rows: Any = parse_query_results(answer.data, format=engine)
    assert len(list(rows)) == 2


@each_table
def test_yes_and_no_come_in_each_format(client: FlaskClient, form: Format) -> None:
    asked = {"query": "ASK { ?s ?p ?o }", "format": form.suffix}
    answer = client.get("/sparql", query_string=asked)
    assert answer.status_code == 200
    assert "true" in answer.text


@each_graph
@pytest.mark.parametrize("way", ["accept", "suffix"])
def test_statements_come_in_each_format(client: FlaskClient, form: Format, way: str) -> None:
    asked = {"query": CONSTRUCT} | ({"format": form.suffix} if way == "suffix" else {})
    headers = {"Accept": form.media_type} if way == "accept" else {}
    answer = client.get("/sparql", query_string=asked, headers=headers)
    assert answer.status_code == 200
    assert answer.content_type == form.content_type
    assert isinstance(form.engine, RdfFormat)
    assert len(list(parse(answer.data, format=form.engine))) == 2


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("text/csv;q=0.5, application/sparql-results+xml", "xml"),
        ("text/*", "csv"),
        ("text/csv;q=0, */*;q=0.1", "json"),
        ("application/sparql-results+json;q=0.2, text/tab-separated-values;q=0.3", "tsv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("application/sparql-results+json;charset=utf-8", "json"),
    ],
)
def test_the_client_gets_what_it_likes_best(client: FlaskClient, accept: str, given: str) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = client.get("/sparql", query_string={"query": SELECT}, headers=headers)
    expected = next(form for form in [*TABLES, HTML] if form.suffix == given)
    assert answer.content_type == expected.content_type


def test_what_is_not_offered_is_not_acceptable(client: FlaskClient) -> None:
    answer = client.get("/sparql", query_string={"query": SELECT}, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/csv" in json.loads(answer.text)["detail"]
    assert client.get("/sparql", query_string={"query": SELECT, "format": "ttl"}).status_code == 406


def test_a_query_may_be_posted_as_a_form(client: FlaskClient) -> None:
    answer = client.post("/sparql", data={"query": SELECT, "format": "csv"})
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"


def test_a_query_may_be_posted_as_it_is(client: FlaskClient) -> None:
    answer = client.post("/sparql?format=csv", data=SELECT, content_type="application/sparql-query")
    assert answer.status_code == 200
    assert answer.text.count("incident") == 2


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": SELECT, "content_type": "text/plain"}, 415),
        ({"data": SELECT}, 415),
        ({"data": {}}, 415),
        ({"data": "x=1", "content_type": "application/x-www-form-urlencoded"}, 400),
        ({"data": b"\xff", "content_type": "application/sparql-query"}, 400),
        ({"data": "", "content_type": "application/sparql-query"}, 400),
        ({"data": "CLEAR ALL", "content_type": "application/sparql-update"}, 403),
        ({"data": {"update": "CLEAR ALL"}}, 403),
        ({"data": {"query": "INSERT DATA { <a:a> <a:a> <a:a> }"}}, 403),
        ({"data": "x" * 1_000_001, "content_type": "application/sparql-query"}, 413),
    ],
)
def test_other_posts_are_refused(client: FlaskClient, sent: dict[str, Any], status: int) -> None:
    answer = client.post("/sparql", **sent)
    assert answer.status_code == status
    assert answer.mimetype == PROBLEM


@pytest.mark.parametrize("parameters", ["query=ASK{}&query=ASK{}", "query=", "default-graph-uri=x"])
def test_no_query_and_two_queries_are_bad(client: FlaskClient, parameters: str) -> None:
    answer = client.get(f"/sparql?{parameters}")
    assert answer.status_code == 400
    assert answer.mimetype == PROBLEM


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(client: FlaskClient, method: str) -> None:
    answer = client.open("/sparql", method=method)
    assert answer.status_code == 405
    assert {"GET", "HEAD", "OPTIONS", "POST"} == set(answer.headers["Allow"].split(", "))
    assert answer.mimetype == PROBLEM


def test_head_has_the_headers_of_get(client: FlaskClient) -> None:
    got = client.get("/sparql", query_string={"query": SELECT})
    asked = client.head("/sparql", query_string={"query": SELECT})
    assert asked.data == b""
    assert asked.headers["ETag"] == got.headers["ETag"]
    assert asked.headers["Content-Length"] == got.headers["Content-Length"]


def test_anyone_may_ask_from_any_page_without_credentials(client: FlaskClient) -> None:
    preflight = client.options("/sparql", headers={"Origin": "https://example.org"})
    assert preflight.status_code == 200
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    for answer in (preflight, client.get("/sparql?query=ASK{}"), client.get("/sparql?query=x")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_same_question_costs_304(client: FlaskClient) -> None:
    asked = {"query": SELECT}
    first = client.get("/sparql", query_string=asked)
    assert "must-revalidate" in first.headers["Cache-Control"]
    assert first.headers["Vary"] == "Accept, Accept-Encoding"
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = client.get("/sparql", query_string=asked, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    other = {"If-None-Match": tag, "Accept": "text/csv"}
    assert client.get("/sparql", query_string=asked, headers=other).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["SELECT (NOW() AS ?t) {}", "SELECT (RAND() AS ?n) {}", "CONSTRUCT { [] ?p ?o } { ?s ?p ?o }"],
)
def test_an_answer_that_changes_is_not_kept(client: FlaskClient, query: str) -> None:
    answer = client.get("/sparql", query_string={"query": query})
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_another_release_has_other_etags(world: World) -> None:
    other = World(world.store, world.base, "another revision")
    tags = {
        create_app(one).test_client().get("/sparql?query=ASK{}").headers["ETag"]
        for one in (world, other)
    }
    assert len(tags) == 2


@pytest.mark.parametrize(
    "folder", [path.parent for path in sorted(QUERIES.glob("*/query.rq"))], ids=lambda p: p.name
)
def test_a_query_has_its_answer(client: FlaskClient, folder: Path) -> None:
    query = (folder / "query.rq").read_text("utf-8")
    answer = client.get("/sparql", query_string={"query": query})
    assert json.loads(answer.text) == json.loads((folder / "answer.srj").read_text("utf-8"))


def rows(client: FlaskClient, query: str, **graphs: list[str]) -> int:
    asked = {"query": query, **{name.replace("_", "-"): iris for name, iris in graphs.items()}}
    answer = client.get("/sparql", query_string=asked)
    assert answer.status_code == 200, answer.text
    return len(json.loads(answer.text)["results"]["bindings"])


def test_the_protocol_chooses_graphs(client: FlaskClient, world: World) -> None:
    catalogue, words = world.catalogue_graph.value, world.names.graph("vocabulary").value
    every = "SELECT ?s { ?s ?p ?o }"
    named = "SELECT ?s { GRAPH ?g { ?s ?p ?o } }"
    in_catalogue, in_words = world.graphs[catalogue], world.graphs[words]
    assert rows(client, every) == world.triples
    assert rows(client, every, default_graph_uri=[catalogue]) == in_catalogue
    assert rows(client, every, default_graph_uri=[catalogue, words]) == in_catalogue + in_words
    assert rows(client, every, named_graph_uri=[catalogue]) == 0
    assert rows(client, named, named_graph_uri=[catalogue]) == in_catalogue
    assert rows(client, named, default_graph_uri=[catalogue]) == 0
    # The protocol's graphs outweigh the query's (SPARQL 1.1 Protocol, 2.1.4).
    own = f"SELECT ?s FROM <{words}> {{ ?s ?p ?o }}"
    assert rows(client, own) == in_words
    assert rows(client, own, default_graph_uri=[catalogue]) == in_catalogue
    bad = client.get("/sparql", query_string={"query": every, "default-graph-uri": "not an iri"})
    assert bad.status_code == 400


@pytest.mark.parametrize(
    ("query", "line", "column", "hint"),
    [
        ("SELEC * {}", 1, 1, "begins with SELECT"),
        ("SELECT ?s WHRE { ?s ?p ?o }", 1, 11, ""),
        ("SELECT * {\n  ?s foaf:name ?o }", 2, 6, "PREFIX foaf: <http://xmlns.com/foaf/0.1/>"),
        ("SELECT ('é' AS ?x) { ?s ?p", 1, 20, "closing bracket"),
        ("ASK {} }", 1, 8, ""),
        ('ASK { ?s ?p "open }', 1, 13, "Close it"),
        ("ASK { <relative> ?p ?o }", 1, 7, ""),
        ("SELECT * { ?s ?p } LIMIT 5", 1, 12, ""),
        ("SELECT * {} LIMIT ten", 1, 19, ""),
        ("SELECT * {} LIMIT", 1, 13, ""),
        ("SELECT * WHERE ?s ?p ?o", 1, 16, ""),
        ("SELECT * FROM WHERE {}", 1, 15, "The order is"),
        ("SELECT * { ?s ?p ?o } LIMIT 5 ORDER BY ?s", 1, 31, "The order is"),
        ("SELECT * { ?s ?p ?o } ORDER BY ?s DESC", 1, 35, "DESC(?s)"),
        ('ASK { FILTER(REGEX("a", "b") }', 1, 13, "closing bracket"),
        ("ASK { ?s ?p ?o FILTER ?o > 3 }", 1, 23, "in brackets"),
        ("ASK { ?s ?p ?o FILTER(?o == 3) }", 1, 26, "Write ="),
        ("ASK { ?s ?p ?o FILTER(?o <> 3) }", 1, 26, "Write !="),
        ("ASK { <> ?p ?o }", 1, 7, ""),
        ('ASK { ?s ?p ?o FILTER(?s = ?o AND ?p = "AND") }', 1, 31, "&&"),
        ("ASK { ?s ?p null }", 1, 13, "There is no NULL"),
        ("SELECT ?s, ?p { ?s ?p ?o }", 1, 10, "comma"),
        ("SELECT COUNT(?s) { ?s ?p ?o }", 1, 8, "AS ?count"),
        ("SELECT (COUNT(?s)) { ?s ?p ?o }", 1, 8, "AS ?count"),
        ("ASK { SELECT ?s AS ?t { ?s ?p ?o } }", 1, 17, "with a name"),
        ("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o }", 1, 39, "SAMPLE"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", 1, 32, "in place of the *"),
        ("ASK { ?s ?p <a b> }", 1, 17, "spaces"),
        ("ASK { ?s ?p ?o BIND(1 AS ?s) }", 1, 30, "twice"),
    ],
)
def test_a_bad_query_is_told_where(
    client: FlaskClient, query: str, line: int, column: int, hint: str
) -> None:
    said = refusal(client, query, 400)
    assert (said["line"], said["column"]) == (line, column)
    assert said["title"] == "Bad query"
    assert said["type"].endswith("/problems#BadQuery")
    assert hint in said["hint"]
    assert client.get("/problems").text.count('id="BadQuery"') == 1


def test_an_unknown_function_is_the_askers_fault(client: FlaskClient) -> None:
    said = refusal(client, "SELECT (<http://example.org/f>(1) AS ?x) {}", 400)
    assert "http://example.org/f" in said["detail"]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that notes every connection."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                calls.append("called")
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", calls
        stop.set()
        thread.join()


CALLS = {
    "plain": ("SELECT * { SERVICE <%s> { ?s ?p ?o } }", 403),
    "silent": ("SELECT * { ?s ?p ?o . service silent<%s>{ ?s ?p ?o } }", 403),
    "variable": ("SELECT * { VALUES ?where { <%s> } SERVICE ?where { ?s ?p ?o } }", 403),
    "escaped letter": (r"SELECT * { \u0053ERVICE <%s> { ?s ?p ?o } }", 403),
    "long escape": (r"SELECT * { S\U00000045RVICE <%s> { ?s ?p ?o } }", 403),
    "escaped quote": (r"""SELECT * { ?a ?b "\u0022 . SERVICE <%s> { ?s ?p ?o } #" }""", 403),
    "behind less-than": ("SELECT * { FILTER(?a<?b)SERVICE#>\n<%s> { ?s ?p ?o } }", 403),
    "behind a comment": ("SELECT * { # '''\nSERVICE <%s> { ?s ?p ?o } # '''\n}", 403),
    "glued to a prefix": (
        "PREFIX s: <%s> PREFIX SERVICEs: <a:> SELECT * { {?s ?p ?o} SERVICEs:{ ?s ?p ?o } }",
        400,
    ),
    "glued to a number": ("SELECT * { ?s ?p 1 .SERVICE<%s>{ ?s ?p ?o } }", 403),
    "in exists": ("SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <%s> { ?s ?p ?o } } }", 403),
    "load": ("LOAD <%s>", 403),
    "load behind a prologue": ("PREFIX a: <a:>\n# x\nBASE <b:>\nLOAD <%s>", 403),
    "from": ("SELECT * FROM <%s> { ?s ?p ?o }", 200),
    "from named": ("SELECT * FROM NAMED <%s> { GRAPH ?g { ?s ?p ?o } }", 200),
    "graph": ("SELECT * { GRAPH <%s> { ?s ?p ?o } }", 200),
    "describe": ("DESCRIBE <%s>", 200),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_query_makes_the_server_call(
    client: FlaskClient, listener: tuple[str, list[str]], name: str, accept: str
) -> None:
    address, calls = listener
    query, status = CALLS[name]
    answer = client.get(
        "/sparql", query_string={"query": query % address}, headers={"Accept": accept}
    )
    assert answer.status_code == status, answer.text
    assert calls == []


def test_the_engine_itself_would_call(listener: tuple[str, list[str]]) -> None:
    address, calls = listener
    with pytest.raises(OSError):
        rows: Any = Store().query(CALLS["behind less-than"][0] % address)
        list(rows)
    assert calls == ["called"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p 'SERVICE' } # SERVICE",
        "PREFIX service: <http://example.org/service#> ASK { service:service ?p ?o }",
        'ASK { ?s ?p """SERVICE <http://127.0.0.1:1/> {}""" }',
        "ASK { _:SERVICE ?p <http://example.org/SERVICE> }",
        "ASK { ?s ?p 'x'@en-service }",
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> ASK { ?s a sd:Service }",
        r"ASK { ?s ?p 'a \u0053ERVICE' }",
    ],
)
def test_the_word_service_may_be_used(client: FlaskClient, query: str) -> None:
    assert client.get("/sparql", query_string={"query": query}).status_code == 200


DEEP = {
    "brackets": "SELECT * " + "{" * 20_000 + "}" * 20_000,
    "parentheses": "ASK { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
    "a comparison like an IRI": "ASK { FILTER(?a<" + "(" * 20_000 + "1" + ")" * 20_000 + "&&1>0) }",
    "sums": "ASK { FILTER(1" + "+1" * 20_000 + ") }",
    "negations": "ASK { FILTER(" + "!" * 20_000 + "1) }",
    "unions": "ASK { {}" + "UNION {}" * 20_000 + "}",
    "binds": "ASK { " + "".join(f"BIND(1 AS ?x{n})" for n in range(20_000)) + "}",
    "patterns": "ASK { " + "?s ?p ?o ." * 20_000 + "}",
    "objects": "ASK { ?s ?p 1" + ",1" * 20_000 + "}",
    "a collection": "ASK { ?s ?p (" + "1 " * 20_000 + ") }",
    "paths": "ASK { ?s <a:a>" + "/<a:a>" * 20_000 + " ?o }",
}


@pytest.mark.parametrize("name", DEEP)
def test_a_query_that_would_end_the_process_is_refused(client: FlaskClient, name: str) -> None:
    assert "more than" in refusal_of_post(client, DEEP[name])


def refusal_of_post(client: FlaskClient, query: str) -> str:
    answer = client.post("/sparql", data=query, content_type="application/sparql-query")
    assert answer.status_code == 400
    return str(json.loads(answer.text)["detail"])


def test_long_lists_of_values_are_no_trouble(client: FlaskClient) -> None:
    values = " ".join(f"({n} {n})" for n in range(20_000))
    query = f"SELECT (COUNT(*) AS ?n) {{ VALUES (?a ?b) {{ {values} }} FILTER(?a IN (1, 2, 3)) }}"
    answer = client.post("/sparql", data=query, content_type="application/sparql-query")
    assert answer.status_code == 200


def test_limits_are_told_to_people(client: FlaskClient) -> None:
    page = client.get("/sparql", headers={"Accept": "text/html"}).text
    for limit in LIMITS:
        assert f"{limit.most:,} {limit.what}" in page


def test_asked_nothing_it_describes_itself(client: FlaskClient) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    said = list(parse(answer.data, format=RdfFormat.TURTLE))
    formats = {quad.object.value for quad in said if quad.predicate == SD.resultFormat}
    assert formats == {form.iri for form in (*TABLES, *GRAPHS)}
    assert {quad.object for quad in said if quad.predicate == SD.extensionFunction} == {*FUNCTIONS}
    graphs = {quad.object.value for quad in said if quad.predicate == SD.name}
    assert len(graphs) == 2
    assert client.get("/sparql").mimetype == "text/turtle"
    rows_only = {"Accept": "application/sparql-results+xml"}
    assert client.get("/sparql", headers=rows_only).status_code == 400


METRE = "<http://www.opengis.net/def/uom/OGC/1.0/metre>"
SQUARE_METRE = "<http://www.opengis.net/def/uom/OGC/1.0/square_metre>"


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.value.rpartition("/")[2])
def test_each_function_that_is_promised_is_there(client: FlaskClient, function: NamedNode) -> None:
    """One of the ways to call it gives a value; an unknown function would be an error."""
    point = f'"POINT(0 0)"^^{GEO.wktLiteral}'
    area = f'"POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"^^{GEO.wktLiteral}'
    line = f'"LINESTRING(0 0, 1 1)"^^{GEO.wktLiteral}'
    calls = [(point,), (area,), (point, point), (area, area), (point, point, METRE)]
    calls += [(area, SQUARE_METRE), (line, METRE), (area, METRE), (area, area, '"T*F**FFF*"')]
    tries = " ".join(
        f"BIND({function}({', '.join(call)}) AS ?x{place})" for place, call in enumerate(calls)
    )
    names = " ".join(f"?x{place}" for place in range(len(calls)))
    answer = client.get("/sparql", query_string={"query": f"SELECT {names} {{ {tries} }}"})
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.text)["results"]["bindings"] != [{}]


def page(client: FlaskClient, query: str) -> str:
    answer = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.text


def test_a_browser_gets_a_form_and_a_table(client: FlaskClient) -> None:
    found = page(client, SELECT)
    assert "<textarea" in found
    assert '<label for="query">' in found
    assert "2 rows" in found
    assert 'href="/id/incident/btp/2024-01/2"' in found
    assert "format=csv" in found
    assert "<h2>Yes</h2>" in page(client, "ASK { ?s ?p ?o }")
    assert "<h2>No</h2>" in page(client, "ASK { <a:a> ?p ?o }")
    assert "No rows" in page(client, "SELECT * { <a:a> ?p ?o }")
    assert "format=ttl" in page(client, CONSTRUCT)


def test_a_long_table_says_that_there_is_more(client: FlaskClient) -> None:
    numbers = " ".join(str(number) for number in range(SHOWN_ROWS + 1))
    found = page(client, f"SELECT ?x {{ VALUES ?x {{ {numbers} }} }}")
    assert f"The first {SHOWN_ROWS} rows" in found
    assert found.count("<tr>") == SHOWN_ROWS + 1


def test_text_in_data_and_query_is_never_markup(client: FlaskClient) -> None:
    found = page(client, "SELECT ?o { ?s ?p ?o FILTER(CONTAINS(STR(?o), 'script')) } # </textarea>")
    assert found.count("<script") == 1  # ours, by its address
    assert found.count("</textarea>") == 1


def test_a_page_of_an_error_keeps_the_query(client: FlaskClient) -> None:
    answer = client.get("/sparql?query=SELECT+oops", headers={"Accept": "text/html"})
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"
    assert "SELECT oops</textarea>" in answer.text


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoRelease):
        World.of_store(tmp_path / "nothing")
    with pytest.raises(NoRelease):
        World.of_store(tmp_path)


def test_examples_run_on_a_store_that_has_nothing_of_it(client: FlaskClient) -> None:
    assert len(examples(DEMO_BASE)) >= 5
    for example in examples(DEMO_BASE):
        answer = client.get("/sparql", query_string={"query": example.text()})
        assert answer.status_code == 200, example.title


def test_opening_a_store_changes_none_of_its_files(world: World, tmp_path: Path) -> None:
    path = tmp_path / "store"
    store = Store(str(path))
    store.bulk_load(path=QUERIES / "world.trig", format=RdfFormat.TRIG)
    store.flush()
    del store
    before = {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(path)}
    first = World.of_store(path)
    create_app(first).test_client().get("/")
    assert {entry.name: entry.stat().st_mtime_ns for entry in os.scandir(path)} == before
    assert World.of_store(path).revision == first.revision
