"""The protocol beyond a plain query: parameters, whole graphs, what the endpoint says of itself."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    RdfFormat,
    Store,
    parse,
)

from homegraph.endpoint import World, create_app, problems, protocol
from homegraph.endpoint.ask import Question, Reading, read, shape_of
from homegraph.endpoint.counting import counted
from homegraph.endpoint.formats import GRAPHS, TABLES, Format
from homegraph.endpoint.limits import LIMITS
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.openapi import paths
from homegraph.endpoint.routes import ROUTES
from homegraph.endpoint.spool import Spool
from homegraph.graph.errors import AskError, Busy, NotAcceptable, TooLarge, TooMany
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.terms import RDF, SD, VOID

WORLD = Path(__file__).parent / "queries" / "world.trig"
SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/homegraph/def/crime#Incident> }"
CATALOGUE = "http://localhost:8000/id/graph/catalogue"
PROBLEM = "application/problem+json"
JSON = "application/sparql-results+json"
FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"

each_table = pytest.mark.parametrize("form", TABLES, ids=lambda form: form.suffix)
each_graph = pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.suffix)


@pytest.fixture(scope="module")
def world() -> World:
    store = Store()
    store.load(path=WORLD, format=RdfFormat.TRIG)
    return World(store, DEMO_BASE, "a small world")


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def answered(world: World, query: str, form: Format, most: int = 1_000_000) -> Reply:
    request = Request("GET", "/sparql", urlencode({"query": query}), {"accept": form.media_type})
    return protocol.answer(world, request, Spool(most))


# Parameters and forms of a request


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/sparql?output=csv", "text/csv"),
        ("/sparql?results=xml", "application/sparql-results+xml"),
        ("/sparql?format=JSON", JSON),
        ("/sparql?format=tsv&output=tsv&results=text/tab-separated-values", TABLES[3].media_type),
        ("/sparql?format=csv&results=application/x-unheard-of", "text/csv"),
        ("/sparql.csv?", "text/csv"),
        ("/sparql.srx?", "application/sparql-results+xml"),
        ("/sparql.json?format=json", JSON),
        ("/sparql.html?", "text/html"),
    ],
)
def test_a_word_or_a_suffix_chooses_the_format(
    client: FlaskClient, path: str, media_type: str
) -> None:
    answer = client.get(f"{path}&query={quote(SELECT)}")
    assert (answer.status_code, answer.mimetype) == (200, media_type)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sparql?format=csv&output=xml", 400),
        ("/sparql.csv?format=json", 400),
        ("/sparql.ttl?", 406),
        ("/sparql.docx?", 404),
        ("/sparql.ttl%0A.csv?", 404),
        ("/sparql?format=docx", 406),
    ],
)
def test_words_that_disagree_or_do_not_fit_are_told(
    client: FlaskClient, path: str, status: int
) -> None:
    answer = client.get(f"{path}&query={quote(SELECT)}")
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)


@pytest.mark.parametrize("accept", ["text/n3", "text/turtle;q=0.5, text/csv", "text/turtle;a=b"])
def test_other_names_of_turtle_are_understood(client: FlaskClient, accept: str) -> None:
    asked = {"query": "CONSTRUCT WHERE { ?s ?p ?o }"}
    answer = client.get("/sparql", query_string=asked, headers={"Accept": accept})
    assert answer.content_type == "text/turtle; charset=utf-8"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (QUERY, 200),
        (f"{QUERY}; charset=utf-8", 200),
        (f'{QUERY.upper()} ; Charset="UTF-8"', 200),
        (f"{QUERY}; charset=iso-8859-1", 415),
        (f"{FORM};charset=UTF-8", 200),
        (f"{FORM};charset=utf-16", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_a_posted_query_is_in_utf_8(client: FlaskClient, content_type: str, status: int) -> None:
    data = urlencode({"query": SELECT}) if FORM in content_type else SELECT
    answer = client.post("/sparql", data=data, content_type=content_type)
    assert answer.status_code == status, answer.text


def test_a_posted_query_takes_its_graphs_from_the_address(client: FlaskClient) -> None:
    address = f"/sparql?default-graph-uri={quote(CATALOGUE)}&format=csv"
    answer = client.post(address, data="SELECT ?s { ?s ?p ?o }", content_type=QUERY)
    assert answer.text.count("\r\n") == 1 + 10
    twice = client.post(f"/sparql?query={quote(SELECT)}", data=SELECT, content_type=QUERY)
    assert twice.status_code == 400


@pytest.mark.parametrize("sent", ["query=%FF", "query=ASK{}&%FF=1", "query=ASK%7B%7D%20%23%C3"])
def test_an_address_that_is_not_utf_8_is_refused(client: FlaskClient, sent: str) -> None:
    assert client.get(f"/sparql?{sent}").status_code == 400


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("default_graph_uri", "default-graph-uri"),
        ("defaultGraphUri", "default-graph-uri"),
        ("named-graph", "named-graph-uri"),
        ("Query", "query"),
        ("FORMAT", "format"),
        ("using-graph-uri", "Nothing can be written here."),
        ("using_named_graph_uri", "Nothing can be written here."),
    ],
)
def test_a_parameter_that_is_a_slip_is_refused(client: FlaskClient, name: str, meant: str) -> None:
    answer = client.get("/sparql", query_string={"query": SELECT, name: "urn:x"})
    assert answer.status_code == 400
    said = json.loads(answer.text)
    assert name in said["detail"]
    assert meant in said["hint"]


def test_a_parameter_that_nobody_knows_is_named(client: FlaskClient) -> None:
    asked = {"query": SELECT, "timeout": "10", "dé\nbug": "on"}
    answer = client.get("/sparql", query_string=asked)
    assert answer.status_code == 200
    assert answer.headers["Ignored-Parameters"] == '"timeout", "d\\u00e9\\nbug"'
    many = client.get("/sparql", query_string={f"{n}{'x' * 1_000}": "" for n in range(100)})
    assert len(many.headers["Ignored-Parameters"]) < 1_000
    assert "Ignored-Parameters" not in client.get("/sparql?example=x&query=ASK{}").headers


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/sparql", "GET, HEAD, OPTIONS, POST"), ("/graph-store", "GET, HEAD, OPTIONS")],
)
def test_options_say_what_may_be_done(client: FlaskClient, path: str, methods: str) -> None:
    answer = client.options(path)
    assert answer.status_code == 200
    assert answer.headers["Allow"] == methods
    assert answer.headers["Access-Control-Allow-Methods"] == methods
    assert answer.headers.get("Accept-Post") == (f"{FORM}, {QUERY}" if "POST" in methods else None)


@pytest.mark.parametrize("path", ["/sparql", "/graph-store?default", "/", "/doc/asset/1", "/void"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_nothing_can_be_written_anywhere(client: FlaskClient, path: str, method: str) -> None:
    if (path, method) == ("/sparql", "POST"):
        return
    answer = client.open(
        path, method=method, data="<a:a> <a:a> <a:a> .", content_type="text/turtle"
    )
    assert answer.status_code == 405
    said = json.loads(answer.text)
    assert said["type"].endswith("#NotAllowed")
    assert "GET" in answer.headers["Allow"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/sparql?query=x", "/nowhere", "/graph-store?graph=x", "/doc/nothing"]
)
def test_every_problem_is_explained(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://example.org"})
    said = json.loads(answer.text)
    assert answer.mimetype == PROBLEM
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert said["status"] == answer.status_code
    assert f'id="{said["type"].partition("#")[2]}"' in client.get("/problems").text


def test_a_limit_is_told_as_a_number(world: World) -> None:
    with pytest.raises(TooLarge) as caught:
        answered(world, "SELECT * { ?s ?p ?o . ?a ?b ?c }", TABLES[0], most=10_000)
    said = json.loads(problems.reply(world, caught.value).body)
    assert (said["status"], said["limit"], said["unit"]) == (413, 10_000, "bytes")
    assert dict(problems.reply(world, TooMany("wait", 7)).headers)["Retry-After"] == "7"
    full = problems.document(world, TooMany("wait", 7, 16))
    assert (full["limit"], full["unit"]) == (16, "requests that wait")
    assert dict(problems.reply(world, Busy("full")).headers)["Retry-After"] == "5"


def test_a_large_answer_is_kept_in_a_file_and_removed_when_too_large(
    world: World, tmp_path: Path
) -> None:
    query = urlencode({"query": "SELECT * { ?s ?p ?o . ?a ?b ?c . ?d a ?e }"})
    request = Request(path="/sparql.csv", query=query)
    reply = protocol.answer(world, request, Spool(100_000_000, tmp_path))
    assert reply.spooled
    assert reply.body == b""
    text = Path(reply.file).read_bytes()
    assert reply.rows == text.count(b"\r\n") - 1 > 1_000
    Path(reply.file).unlink()
    spool = Spool(2_000_000, tmp_path)
    with pytest.raises(TooLarge):
        protocol.answer(world, request, spool)
    spool.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_post_is_never_answered_with_304(client: FlaskClient) -> None:
    tag = client.get("/sparql", query_string={"query": SELECT}).headers["ETag"]
    for given in (tag, tag[:-1] + '-gzip"', tag[:-1] + '-br"', "*", f'"x", W/{tag}'):
        known = {"If-None-Match": given}
        assert (
            client.get("/sparql", query_string={"query": SELECT}, headers=known).status_code == 304
        )
        assert client.post("/sparql", data={"query": SELECT}, headers=known).status_code == 200


# What a query is read by its shape


def outcome(make: Callable[[], Reading]) -> object:
    try:
        return make()
    except AskError as error:
        return type(error), str(error)


PIECES = [
    *("SELECT * {", "}", "?a", "<", ">", "'", '"', "'''", '"""', '""', "\\", "#", "\n", "\r"),
    *("SERVICE", "service", "\\u0053ERVICE", "ſERVICE", "INSERT", "FROM", "RAND()", "_:b", "["),
    *("<http://a.b/c#d>", "<http://a/'>", '<http://a/">', "<http://service/>", "<http:SERVICE>"),
    *("<https://x/>", "<a:b>", "<>", '"text"', "'text'", '"SERVICE <x:>"', "CONSTRUCT", " ", " "),
    *("&&", "(", ")", "http://", "//", "\0", "\x0b", "\u2028", '"@en', "^^", "x:y", "PREFIX x: "),
    *('"#"', "<http://a/#>", "# it's\n", '# "\n', "ASK", "DESCRIBE", "{", "| ", ";", ",", "1"),
]


def test_what_is_left_out_of_a_shape_makes_no_difference() -> None:
    pick = random.Random(1)
    masked = 0
    stops = re.compile(r"\\|'|\"\"|[sſ]ervice", re.IGNORECASE)
    gentle = [piece for piece in PIECES if not stops.search(piece)]
    for turn in range(20_000):
        pieces = PIECES if turn % 2 else gentle
        text = "".join(pick.choice(pieces) for _ in range(pick.randint(1, 14)))
        shape = shape_of(text)
        masked += shape != text
        assert outcome(lambda t=text: Question(t).reading) == outcome(lambda t=text: read(t)), text  # type: ignore[misc]
    assert masked > 3_000


@pytest.mark.parametrize(
    "text",
    [
        'ASK { ?s ?p "é" SERVICE <http://x/> {} "é" }',
        'ASK { ?s ?p "x""a" SERVICE <http://x/> { ?s ?p "b""y" } }',
        "ASK { ?s ?p '\"' SERVICE <http://x/> { ?s ?p '\"' } }",
        'ASK { # "\n SERVICE <http://x/> { ?s ?p ?o } # "\n }',
        'ASK { ?s ?p """a" SERVICE "b""" }',
        "ASK { FILTER(?a<http://x/>SERVICE<http://x/>) }",
    ],
)
def test_no_shape_hides_a_keyword(text: str) -> None:
    assert outcome(lambda: Question(text).reading) == outcome(lambda: read(text))


def test_queries_of_one_shape_are_read_once() -> None:
    query = 'SELECT * {{ <http://example.org/{0}> ?p "a text, {0}" FILTER(?a<3) }}'
    shapes = {shape_of(query.format(number)) for number in range(100)}
    assert shapes == {'SELECT * { <> ?p "" FILTER(?a<3) }'}


# Rows, counted on their way


ROWS = """SELECT ?a ?b { VALUES (?a ?b) {
    ("a,b" "say \\"yes\\"") ("},{\\"x\\"" "\\n\\r\\n") ("<result>" 1) (UNDEF "x") ("\\"" <a:b>)
} }"""


@each_table
@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 8_192])
def test_rows_are_counted_wherever_the_pieces_end(world: World, form: Format, size: int) -> None:
    said: Any = world.store.query(ROWS)
    engine: Any = form.engine
    text = said.serialize(format=engine)
    spool = Spool(1_000_000)
    out = counted(spool, engine, 2)
    for start in range(0, len(text), size):
        out.write(text[start : start + size])
    out.ended()
    assert out.rows == 5
    assert spool.body == text


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_text_that_looks_like_the_end_of_a_row_is_no_row(size: int) -> None:
    query = """SELECT ?a ?b { VALUES (?a ?b) {
      ("},{" "},{"@en) ("x" "},{"^^<http://e/t>) ("\\\\" "},{") ("\\"bindings\\":[{" 1) } }"""
    answer: Any = Store().query(query)
    written = answer.serialize(format=QueryResultsFormat.JSON)
    out = counted(Spool(1_000_000), QueryResultsFormat.JSON, 2)
    for start in range(0, len(written), size):
        out.write(written[start : start + size])
    assert out.rows == len(json.loads(written)["results"]["bindings"]) == 4


def test_a_carriage_return_is_still_one_when_xml_is_read(world: World) -> None:
    text = "a\r\nb\rc"
    query = r'SELECT ("a\r\nb\rc" AS ?text) {}'
    reply = answered(world, query, next(form for form in TABLES if form.suffix == "xml"))
    found = ElementTree.fromstring(reply.body).find(".//{*}literal")
    assert found is not None and found.text == text
    graph = r'CONSTRUCT { <http://e/a> <http://e/b> "a\r\nb\rc" } WHERE {}'
    reply = answered(world, graph, next(form for form in GRAPHS if form.suffix == "rdf"))
    (statement,) = parse(reply.body, RdfFormat.RDF_XML)
    assert statement.object == Literal(text)


@pytest.mark.parametrize(
    ("template", "lasts"),
    [
        ("?s ?p ?o", True),
        ("?s ?p (1 2)", False),
        ("?s ?p [ ?p ?o ]", False),
        ("?s ?p _:o", False),
        ("?s ?p ?o ~", False),
        ("?s ?p ?o {| ?p 1 |}", False),
        ("<< ?s ?p ?o >> ?p 1", False),
    ],
)
def test_an_answer_with_new_blank_nodes_does_not_last(template: str, lasts: bool) -> None:
    query = f"CONSTRUCT {{ {template} }} WHERE {{ ?s ?p ?o FILTER(?o > (1) || ?o < (2)) }}"
    assert read(query).lasts is lasts


def test_rows_without_values_are_not_counted_wrongly(world: World) -> None:
    query = "SELECT ?a { VALUES ?a { UNDEF UNDEF } }"
    counts = {form.suffix: answered(world, query, form).rows for form in TABLES}
    assert counts == {"json": None, "xml": 2, "csv": 2, "tsv": 2}
    nothing = {
        form.suffix: answered(world, "SELECT * { <a:a> ?p ?o }", form).rows for form in TABLES
    }
    assert set(nothing.values()) == {0}
    assert {answered(world, "ASK {}", form).rows for form in TABLES} == {None}


def test_statements_are_counted_where_a_line_is_one(world: World) -> None:
    query = "CONSTRUCT WHERE { ?s a ?o }"
    counts = {form.suffix: answered(world, query, form).rows for form in GRAPHS}
    types = sum(1 for _ in world.store.quads_for_pattern(None, RDF.type, None))
    assert counts.pop("nt") == counts.pop("nq") == types
    assert set(counts.values()) == {None}


# What the engine would write, and nobody could read


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x (1 AS ?y) { VALUES ?x { <http://example.org/a,b> 'c,d' '\"' UNDEF } }",
        "SELECT * { ?s ?p ?o }",
        'SELECT (<<( <a:a> <a:b> "x,y" )>> AS ?x) (1 AS ?y) {}',
    ],
)
def test_commas_in_names_do_not_break_csv(world: World, query: str) -> None:
    reply = answered(world, query, TABLES[2])
    head, *found = csv.reader(io.StringIO(reply.body.decode(), newline=""))
    assert {len(row) for row in found} == {len(head)}
    assert reply.rows == len(found)
    said: Any = world.store.query(query, use_default_graph_as_union=True)
    names = [row[0] for row in said if isinstance(row[0], NamedNode)]
    assert {name.value for name in names} <= {row[0] for row in found}


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ('SELECT ("\\u0001" AS ?x) {}', TABLES[1]),
        ('SELECT ("\\uFFFF" AS ?x) {}', TABLES[1]),
        ('CONSTRUCT { <a:a> <a:b> "\\u000B" } {}', GRAPHS[2]),
        ("CONSTRUCT { <a:a> <urn:1> 1 } {}", GRAPHS[2]),
        ("CONSTRUCT { <a:a> <a:b> <<( <a:a> <a:b> 1 )>> } {}", GRAPHS[3]),
    ],
)
def test_what_a_format_cannot_hold_is_not_acceptable(
    world: World, query: str, form: Format
) -> None:
    with pytest.raises(NotAcceptable):
        answered(world, query, form)


# Whole graphs


def canonical(quads: list[Quad]) -> Dataset:
    found = Dataset(Quad(q.subject, q.predicate, q.object) for q in quads)
    found.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return found


@each_graph
@pytest.mark.parametrize("way", ["accept", "suffix", "format"])
def test_a_graph_comes_whole_in_each_format(
    client: FlaskClient, world: World, form: Format, way: str
) -> None:
    path = f"/graph-store.{form.suffix}" if way == "suffix" else "/graph-store"
    asked = {"graph": CATALOGUE} | ({"format": form.suffix} if way == "format" else {})
    headers = {"Accept": form.media_type} if way == "accept" else {}
    answer = client.get(path, query_string=asked, headers=headers)
    assert (answer.status_code, answer.content_type) == (200, form.content_type)
    assert isinstance(form.engine, RdfFormat)
    pattern = (None, None, None, NamedNode(CATALOGUE))
    said = list(world.store.quads_for_pattern(*pattern))
    assert canonical(list(parse(answer.data, format=form.engine))) == canonical(said)
    tag = {"If-None-Match": answer.headers["ETag"]}
    again = client.get(path, query_string=asked, headers=headers | tag)
    assert (again.status_code, again.data) == (304, b"")
    asked_only = client.head(path, query_string=asked, headers=headers)
    assert asked_only.headers["Content-Length"] == answer.headers["Content-Length"]


def test_the_graph_without_a_name_is_what_stands_in_no_other(
    client: FlaskClient, world: World
) -> None:
    answer = client.get("/graph-store?default", headers={"Accept": "application/n-triples"})
    assert answer.text.count("\n") == world.graphs[""]
    shown = client.get("/graph-store?default", headers={"Accept": "text/html, */*;q=0.1"})
    assert shown.mimetype == "text/turtle"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("graph=", 400),
        ("graph", 400),
        ("colour=red", 400),
        ("graph=catalogue", 400),
        (f"graph={quote(CATALOGUE)}&default", 400),
        (f"graph={quote(CATALOGUE)}&graph={quote(CATALOGUE)}", 400),
        (f"graph-uri={quote(CATALOGUE)}", 400),
        (f"Graph={quote(CATALOGUE)}", 400),
        ("default=1", 400),
        ("graph=http://example.org/no-such-graph", 404),
        (f"graph={quote(CATALOGUE)}&format=csv", 406),
    ],
)
def test_other_graphs_are_refused(client: FlaskClient, asked: str, status: int) -> None:
    answer = client.get(f"/graph-store?{asked}")
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)


@each_graph
def test_a_graph_store_that_is_asked_for_no_graph_says_what_it_is(
    client: FlaskClient, form: Format
) -> None:
    """Its bare address stands in the catalogue as that of a service."""
    headers = {"Accept": form.media_type}
    answer = client.get("/graph-store", headers=headers)
    assert (answer.status_code, answer.content_type) == (200, form.content_type)
    assert answer.data == client.get("/sparql", headers=headers).data
    assert client.get(f"/graph-store.{form.suffix}").data == answer.data
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/graph-store", headers=headers | tag).status_code == 304
    assert client.head("/graph-store", headers=headers).status_code == 200
    assert client.get(f"/graph-store?format={form.suffix}").data == answer.data


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_graph_store_makes_no_graph(client: FlaskClient, method: str) -> None:
    answer = client.open("/graph-store", method=method, data="<a:b> <c:d> <e:f> .")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_the_name_of_a_graph_answers_like_any_name(client: FlaskClient) -> None:
    assert client.get("/id/graph/catalogue").status_code == 303


# What the endpoint says of itself


def count(client: FlaskClient, query: str) -> int:
    answer = client.get("/sparql", query_string={"query": query, "format": "csv"})
    return int(answer.text.split("\r\n")[1])


def values(found: list[Quad], subject: Any, predicate: NamedNode) -> list[Any]:
    return [q.object for q in found if (q.subject, q.predicate) == (subject, predicate)]


def only(found: list[Quad], subject: Any, predicate: NamedNode) -> Any:
    (value,) = values(found, subject, predicate)
    return value


def described(client: FlaskClient, path: str, form: Format) -> list[Quad]:
    answer = client.get(path, headers={"Accept": form.media_type})
    assert (answer.status_code, answer.content_type) == (200, form.content_type)
    assert isinstance(form.engine, RdfFormat)
    return list(parse(answer.data, format=form.engine))


@each_graph
def test_the_service_description_is_true(client: FlaskClient, form: Format) -> None:
    found = described(client, "/sparql", form)
    (service,) = [q.subject for q in found if q.object == SD.Service]
    assert only(found, service, SD.endpoint) == NamedNode(DEMO_BASE + "sparql")
    for promised in values(found, service, SD.resultFormat):
        (row,) = [row for row in [*TABLES, *GRAPHS] if row.iri == promised.value]
        query = "CONSTRUCT WHERE { ?s ?p ?o }" if row in GRAPHS else "SELECT * { ?s ?p ?o }"
        headers = {"Accept": row.media_type}
        answer = client.get("/sparql", query_string={"query": query}, headers=headers)
        assert (answer.status_code, answer.content_type) == (200, row.content_type)
    assert values(found, service, SD.feature) == [SD.UnionDefaultGraph]
    dataset = only(found, service, SD.defaultDataset)
    default = only(found, dataset, SD.defaultGraph)
    everything = count(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert only(found, default, VOID.triples).value == str(everything)
    graphs = values(found, dataset, SD.namedGraph)
    for named in graphs:
        name, graph = only(found, named, SD.name), only(found, named, SD.graph)
        inside = count(client, f"SELECT (COUNT(*) AS ?n) {{ GRAPH {name} {{ ?s ?p ?o }} }}")
        assert only(found, graph, VOID.triples).value == str(inside)
        whole = only(found, graph, VOID.dataDump).value.removeprefix(DEMO_BASE)
        lines = client.get(f"/{whole}", headers={"Accept": "application/n-triples"}).text
        assert lines.count("\n") == inside
    assert len(graphs) == count(client, "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g {} }")


@each_graph
def test_the_statistics_are_true(client: FlaskClient, form: Format) -> None:
    found = described(client, "/void", form)
    (dataset,) = [q.subject for q in found if (q.predicate, q.object) == (RDF.type, VOID.Dataset)]
    everything = count(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert only(found, dataset, VOID.triples).value == str(everything)
    for part in values(found, dataset, VOID.classPartition):
        inside = f"SELECT (COUNT(*) AS ?n) {{ ?s a {only(found, part, VOID.class_)} }}"
        assert only(found, part, VOID.entities).value == str(count(client, inside))
    for part in values(found, dataset, VOID.propertyPartition):
        inside = f"SELECT (COUNT(*) AS ?n) {{ ?s {only(found, part, VOID.property)} ?o }}"
        assert only(found, part, VOID.triples).value == str(count(client, inside))
    for kind in ("classes", "properties"):
        part = VOID.classPartition if kind == "classes" else VOID.propertyPartition
        number = only(found, dataset, getattr(VOID, kind))
        assert number.value == str(len(values(found, dataset, part)))
    promised = {one.value for one in values(found, dataset, VOID.feature)}
    assert promised == {row.iri for row in GRAPHS}


def test_the_openapi_document_lists_every_address(client: FlaskClient) -> None:
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    assert rules == set(ROUTES)
    said = json.loads(client.get("/openapi.json").text)
    assert said["openapi"] == "3.1.0"
    assert set(said["paths"]) == {path for rule in rules for path, _ in paths(rule)}
    assert [one["limit"] for one in said["x-limits"]] == [limit.most for limit in LIMITS]
    page = client.get("/api")
    assert page.status_code == 200
    for path in said["paths"]:
        assert f"<code>{path}</code>" in page.text


def test_the_openapi_document_keeps_to_its_form(client: FlaskClient) -> None:
    said = json.loads(client.get("/openapi.json").text)
    for path, operations in said["paths"].items():
        for operation in operations.values():
            inside = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert inside == set(re.findall(r"{(\w+)}", path))
            for response in operation["responses"].values():
                name = response.get("$ref", "").rpartition("/")[2]
                assert not name or name in said["components"]["responses"]
    everything = {str(kind.status) for kind in problems.kinds()}
    assert everything <= set(said["paths"]["/sparql"]["get"]["responses"])


@pytest.mark.parametrize("rule", [rule for rule in sorted(ROUTES) if "<" not in rule])
def test_an_address_answers_in_the_formats_it_is_listed_with(
    client: FlaskClient, rule: str
) -> None:
    """Or it is not there: a store without release has no dumps, no report, no downloads."""
    route = ROUTES[rule]
    for form in route.formats or [Format("Nothing", "*/*", (), None)]:
        answer = client.get(rule, headers={"Accept": form.media_type})
        if route.is_action and answer.status_code == 409:  # CKAN's word for what is missing
            assert "Validation Error" in answer.text and answer.mimetype == form.media_type
            continue
        assert answer.status_code in {route.status, 400, 404, 406}, (rule, form.name)
        if answer.status_code == 200:
            assert answer.mimetype == form.media_type
        else:
            assert answer.status_code == route.status or answer.mimetype in {PROBLEM, "text/html"}
