"""Counting in columns: what a release keeps for it, what is recognised, and what a server tells."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import polars as pl
import pytest
import requests
from pyoxigraph import QueryResultsFormat, RdfFormat, Store
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.term import Node, URIRef
from SPARQLWrapper import JSON, SPARQLWrapper

from homegraph.endpoint.columns.answering import Columns
from homegraph.endpoint.columns.handing import Table
from homegraph.endpoint.columns.parsing import parsed
from homegraph.endpoint.columns.syntax import (
    Group,
    Minus,
    NotRecognised,
    Optional,
    Select,
    Strange,
    Triple,
    Union,
)
from homegraph.endpoint.columns.syntax import (
    Path as ReadPath,
)
from homegraph.endpoint.columns.writing import write_table
from homegraph.endpoint.formats import TABLES, Format
from homegraph.endpoint.queries import examples
from homegraph.endpoint.spool import Spool
from homegraph.graph.columns import cells, dictionary, making, numbering
from homegraph.graph.columns.catalogue import COLUMNS, Catalogue
from homegraph.graph.columns.dictionary import Dictionary
from homegraph.graph.errors import CountsDiffer, MetadataError
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.release import DUMPS, current
from homegraph.graph.settings import WORTH_COLUMNS, read_settings
from homegraph.graph.terms import XSD

EX = "http://example.org/"
PREFIXES = f"PREFIX ex: <{EX}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
HEADCOUNT = """PREFIX stat: <https://w3id.org/homegraph/def/statistics#>
SELECT ?force (SUM(?n) AS ?people) (COUNT(*) AS ?cells) {
  ?o stat:headcount ?n ; stat:force ?force
} GROUP BY ?force ORDER BY DESC(?people) ?force"""


def made(folder: Path, dumps: dict[str, str], least: int = 3, **options: Any) -> Columns:
    """The columns of dumps, by name."""
    for name, text in dumps.items():
        path = folder / DUMPS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()))
    making.make(folder, least=least, **options)
    columns = Columns.open(folder, least=0)
    assert columns is not None
    return columns


def said(subject: str, predicate: str, value: str, graph: str = "") -> str:
    value = value if value.startswith('"') else f"<{EX}{value}>"
    graph = f" <{EX}{graph}>" if graph else ""
    return f"<{EX}{subject}> <{EX}{predicate}> {value}{graph} .\n"


INCIDENTS = "".join(
    said(f"i{n}", "category", f"c{n % 3}")
    + said(f"i{n}", "hours", f'"{n % 5}"^^<http://www.w3.org/2001/XMLSchema#integer>')
    + (said(f"i{n}", "outcome", "charged") if n % 2 else "")
    for n in range(20)
)
WORDS = "".join(
    said(f"c{n}", "label", f'"Category {n}"@en', "words") + said(f"c{n}", "broader", "all", "words")
    for n in range(3)
)
DUMPED = {"incidents/all.nq.gz": INCIDENTS, "words.nq.gz": WORDS}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Columns, Store]:
    store = Store()
    for text in DUMPED.values():
        store.bulk_load(text.encode(), RdfFormat.N_QUADS)
    return made(tmp_path_factory.mktemp("toy"), DUMPED), store


def rows(store: Store, text: str) -> Counter[tuple[str, ...]]:
    found: Any = store.query(text, use_default_graph_as_union=True)
    return Counter(tuple(str(one) for one in row) for row in found)


# What a release keeps


def test_a_dictionary_gives_each_term_a_number_and_back(tmp_path: Path) -> None:
    terms = sorted({f"<{EX}{n}>" for n in range(1000)} | {'"é"', '"a"@en'})
    dictionary.write(tmp_path, terms)
    found = Dictionary(tmp_path)
    assert [found.term(n) for n in range(len(terms))] == terms
    assert [found.number(term) for term in terms] == list(range(len(terms)))
    assert found.number("<x:nothing>") is None and found.number('"!"') is None


def test_things_of_one_kind_are_a_wide_table_and_the_rest_statements(tmp_path: Path) -> None:
    columns = made(tmp_path, DUMPED)
    catalogue = columns.files.catalogue
    (wide,) = (one for one in catalogue.wide if one.rows == 20)
    assert {column.count for column in wide.columns} == {20, 10}
    assert sum(column.count for column in catalogue.narrow) + sum(
        column.count for table in catalogue.wide for column in table.columns
    ) == (INCIDENTS + WORDS).count("\n")


def test_columns_that_hold_less_than_was_counted_make_no_release(tmp_path: Path) -> None:
    with pytest.raises(CountsDiffer, match=r"hold 56 .* 56 to be .* dumps 56, .* counted 57"):
        made(tmp_path, DUMPED, triples=57)


def test_what_is_looked_up_is_what_the_dumps_say(tmp_path: Path) -> None:
    twice = said("c1", "label", '"Another"@cy', "words")  # and i0 and i1 follow, i10 does not
    gap = "".join(said(f"i{n}", "odd", f"x{n}") for n in range(3, 9))
    columns = made(tmp_path, {**DUMPED, "twice.nq.gz": twice, "gap/gap.nq.gz": gap})
    files, found = columns.files, Counter[str]()
    term = files.dictionary.term
    for subject in range(files.catalogue.terms):
        for predicate, value in files.cells.said_of(subject):
            found[f"{term(subject)} {term(predicate)} {term(value)}"] += 1
    text = INCIDENTS + WORDS + twice + gap
    assert found == Counter(re.sub(r"( <\S*words>)? \.$", "", line) for line in text.splitlines())
    assert files.cells.count() == text.count("\n")


def test_columns_whose_look_ups_lack_a_statement_make_no_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = cells.write_narrow
    monkeypatch.setattr(cells, "write_narrow", lambda folder, s, o: write(folder, s[1:], o[1:]))
    with pytest.raises(CountsDiffer, match=r"hold 56 statements, and 55 to be looked up"):
        made(tmp_path, DUMPED, least=10)


def test_what_is_asked_of_rows_that_do_not_come_again_is_not_kept(
    toy: tuple[Columns, Store],
) -> None:
    columns, store = toy
    before = dict(columns.files.kept)
    for number in range(5):
        text = PREFIXES + (
            f"SELECT (COUNT(*) AS ?k) {{ VALUES ?i {{ ex:i{number} ex:i7 }} "
            "?i ex:hours ?h FILTER(?h > 2) }"
        )
        handed = columns.handed_over(text)
        assert handed.engine == "columns" and rows(Store(), handed.text) == rows(store, text)
    assert columns.files.kept == before


def test_a_statement_that_the_store_writes_otherwise_is_found_as_the_store_has_it(
    tmp_path: Path,
) -> None:
    number = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    text = said("a", "n", f'"007"{number}') + said("b", "n", f'"7"{number}')
    columns = made(tmp_path, {"x.nq.gz": text})
    handed = columns.handed_over(PREFIXES + "SELECT (COUNT(*) AS ?k) { ?x ex:n 7 }")
    assert rows(Store(), handed.text) == rows(Store(), "SELECT (2 AS ?k) {}")


def test_two_builds_of_the_same_dumps_have_the_same_columns(tmp_path: Path) -> None:
    bytes_of = []
    for name in ("one", "two"):
        made(tmp_path / name, DUMPED)
        files = sorted((tmp_path / name / COLUMNS).iterdir())
        bytes_of.append([(file.name, file.read_bytes()) for file in files])
    assert bytes_of[0] == bytes_of[1]


def test_columns_made_in_small_portions_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "^^<http://www.w3.org/2001/XMLSchema#integer>"
    odd = said("i3", "n", f'"007"{number}') + said("i3", "n", f'"7"{number}')
    dumps = {**DUMPED, "incidents/more.nq.gz": said("i3", "odd", "x"), "odd/odd.nq.gz": odd}
    made(tmp_path / "whole", dumps)
    for name, size in {"TEXT_AT_ONCE": 300, "TERMS_AT_ONCE": 7, "ASKED_AT_ONCE": 2}.items():
        monkeypatch.setattr(numbering, name, size)
    made(tmp_path / "portions", dumps, at_once=5)
    folders = [tmp_path / name / COLUMNS for name in ("whole", "portions")]
    names = [sorted(file.name for file in folder.iterdir()) for folder in folders]
    assert names[0] == names[1]
    for name in names[0]:
        one, other = (folder / name for folder in folders)
        if name.endswith(".parquet"):
            assert pl.read_parquet(one).equals(pl.read_parquet(other)), name
        else:
            assert one.read_bytes() == other.read_bytes(), name


def test_a_home_says_whether_its_releases_get_columns(tmp_path: Path) -> None:
    path = tmp_path / "homegraph.toml"
    path.write_text("")
    unsaid = read_settings(path)
    assert [unsaid.wants_columns(n) for n in (WORTH_COLUMNS - 1, WORTH_COLUMNS)] == [False, True]
    for word, wanted in (("true", True), ("false", False)):
        path.write_text(f"columns = {word}")
        assert read_settings(path).wants_columns(WORTH_COLUMNS) is wanted
    path.write_text("columns = 1")
    with pytest.raises(MetadataError, match="columns is true or false"):
        read_settings(path)


# What is recognised

ALIKE = [
    "SELECT ?c (COUNT(*) AS ?n) { ?i ex:category ?c } GROUP BY ?c",
    "SELECT ?l (COUNT(?i) AS ?n) { ?i ex:category/ex:label ?l } GROUP BY ?l HAVING(COUNT(?i) > 6)",
    "SELECT ?c (COUNT(?o) AS ?n) { ?i ex:category ?c OPTIONAL { ?i ex:outcome ?o } } GROUP BY ?c",
    "SELECT (SUM(?h) AS ?s) (AVG(?h) AS ?a) (MIN(?h) AS ?l) (MAX(?h) AS ?m) { ?i ex:hours ?h }",
    "SELECT (100 * COUNT(?o) / COUNT(*) AS ?share) { ?i ex:hours ?h OPTIONAL{?i ex:outcome ?o} }",
    "SELECT DISTINCT ?h { ?i ex:hours ?h FILTER(?h > 2 || ?h = 0) }",
    "SELECT ?b (COUNT(*) AS ?n) { ?i ex:category/ex:broader* ?b } GROUP BY ?b",
    "SELECT (COUNT(*) AS ?n) { ?i ex:category ex:c1 MINUS { ?i ex:outcome ex:charged } }",
    "SELECT (COUNT(*) AS ?n) { ?i ex:hours ?h FILTER NOT EXISTS { ?i ex:outcome ?o } }",
    "SELECT ?k (COUNT(*) AS ?n) { ?i ex:hours ?h } GROUP BY (?h * 2 AS ?k) ORDER BY DESC(?n) ?k",
    "SELECT (COUNT(*) AS ?n) { ?i ex:hours ?h FILTER(?i = ?h) }",
    "SELECT (MAX(?n) AS ?m) { { SELECT ?c (COUNT(*) AS ?n) { ?i ex:category ?c } GROUP BY ?c } }",
    "SELECT ?l ?n {?c ex:label ?l {SELECT ?c (COUNT(*) AS ?n) {?i ex:category ?c} GROUP BY ?c} }",
    "SELECT (COUNT(*) AS ?n) { VALUES ?c { ex:c1 ex:c1 ex:none } ?i ex:category ?c }",
    "SELECT ?x (COUNT(*) AS ?n) { { ?i ex:category ?x } UNION { ?i ex:outcome ?x } } GROUP BY ?x",
    "SELECT (COUNT(*) AS ?n) { ?i ex:nothing ?x }",
    "SELECT ?c (COUNT(*) AS ?n) { ?i ex:nothing ?c } GROUP BY ?c",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(?o) AS ?n) (2 * COUNT(*) AS ?m) { ?s ?p ?o }",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING(COUNT(*) > 15) ORDER BY ?n",
    "SELECT DISTINCT ?p { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) {{ SELECT ?h { ?i ex:hours ?h } GROUP BY ?h HAVING(COUNT(?i) > 3) }}",
    "SELECT (COUNT(*) AS ?n) {{ SELECT ?c { ?i ex:category ?c } GROUP BY ?c } ?j ex:category ?c}",
]


@pytest.mark.parametrize("text", ALIKE)
def test_what_columns_count_is_what_oxigraph_counts(toy: tuple[Columns, Store], text: str) -> None:
    columns, store = toy
    handed = columns.handed_over(PREFIXES + text)
    assert handed.parts, handed.reason
    assert rows(store, handed.text) == rows(store, PREFIXES + text)


MANY = [
    [f"<{EX}{n % 7}>", '"é, <b> & c"@en' if n % 3 else "", f'"{n}"^^{XSD.integer}']
    for n in range(2_500)
]


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)
def test_many_rows_are_written_as_oxigraph_writes_them(form: Format) -> None:
    table, spool = Table(["a", "b", "c"], MANY), Spool(most=1 << 30)
    assert isinstance(form.engine, QueryResultsFormat)
    assert write_table(table, form.engine, spool)
    found: Any = Store().query(f"SELECT ?a ?b ?c {{ {table.as_values()} }}")
    assert spool.body == found.serialize(format=form.engine)


LEFT_ALONE = {
    "SELECT ?c (COUNT(*) AS ?n) { GRAPH ?g { ?i ex:category ?c } } GROUP BY ?c": "GRAPH",
    "SELECT ?c (COUNT(*) AS ?n) FROM <x:g> { ?i ex:category ?c } GROUP BY ?c": "its graphs",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ex:c1 } GROUP BY ?p": "a property is a variable",
    "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }": "a property is a variable",
    "SELECT (COUNT(*) AS ?n) { ?i ex:hours ?h FILTER(?h < RAND()) }": "each time",
    "SELECT (SAMPLE(?h) AS ?n) { ?i ex:hours ?h }": "SAMPLE",
    "SELECT ?c (COUNT(*) AS ?n) { ?i ex:category ?c } GROUP BY ?c LIMIT 1": "which of equal",
    "SELECT ?h (COUNT(*) AS ?n) { ?i ex:hours ?h } GROUP BY ?h ORDER BY ?n LIMIT 1": "which of",
    "ASK { ?i ex:category ?c }": "no SELECT",
    "SELECT nothing": "expected",
}


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_not_recognised_is_left_alone_with_a_reason(
    toy: tuple[Columns, Store], text: str
) -> None:
    columns, _ = toy
    handed = columns.handed_over(PREFIXES + text)
    assert handed.text == PREFIXES + text and not handed.parts
    assert LEFT_ALONE[text] in handed.reason and handed.engine == "oxigraph"


def test_where_few_statements_are_looked_at_oxigraph_does_it(tmp_path: Path) -> None:
    made(tmp_path, DUMPED)
    columns = Columns.open(tmp_path)
    assert columns is not None
    assert "as quick" in columns.handed_over(PREFIXES + ALIKE[0]).reason


# What is read


def stored() -> Iterator[str]:
    for example in examples(DEMO_BASE):
        if "SELECT" in example.text():
            yield example.text()


def test_stored_queries_are_read_as_rdflib_reads_them() -> None:
    seen = 0
    for text in [*stored(), *(PREFIXES + one for one in ALIKE)]:
        try:
            read = parsed(text)
        except NotRecognised:
            continue
        seen += 1
        theirs = translateQuery(parseQuery(text)).algebra
        assert sorted(ours_in(read.select)) == sorted(theirs_in(theirs)), text
    assert seen > 40


Said = tuple[str, tuple[str, ...], str]


def ours_in(select: Select) -> Iterator[Said]:
    """The patterns of a SELECT: subject, the properties of the path, object."""

    def of_group(group: Group) -> Iterator[Said]:
        for element in group.elements:
            match element:
                case Triple(s, path, o):
                    yield shown(s), tuple(sorted(links(path))), shown(o)
                case Optional(inner) | Minus(inner) | Strange(_, inner):
                    yield from of_group(inner)
                case Union(groups):
                    for one in groups:
                        yield from of_group(one)
                case Select():
                    yield from ours_in(element)
                case _:
                    pass  # rdflib leaves EXISTS as it was parsed

    def links(path: ReadPath) -> Iterator[str]:
        if path.kind == "link":
            yield path.iri
        for part in path.parts:
            yield from links(part)

    def shown(node: Any) -> str:
        if hasattr(node, "name"):
            return "_" if node.name[0] in "[_" else f"?{node.name}"
        return str(node.text)

    yield from of_group(select.where)


def theirs_in(part: Any) -> Iterator[Said]:
    """The same of rdflib's algebra."""
    if isinstance(part, list | tuple):
        for one in part:
            yield from theirs_in(one)
    elif isinstance(part, dict):
        for s, p, o in part.get("triples", ()) if getattr(part, "name", "") == "BGP" else ():
            names = [p.n3()] if isinstance(p, URIRef) else sorted(of_path(p))
            yield as_ours(s), tuple(names), as_ours(o)
        for key, value in part.items():
            if key != "triples" and not key.startswith("_"):
                yield from theirs_in(value)


def of_path(path: Any) -> Iterator[str]:
    if isinstance(path, URIRef):
        yield path.n3()
    elif isinstance(path, PropertyPath):
        for one in (*getattr(path, "args", ()), *filter(None, [getattr(path, "arg", None)])):
            yield from of_path(one)
        yield from of_path(getattr(path, "path", None))


def as_ours(node: Node) -> str:
    text: str = node.n3()
    if text.startswith("_"):
        return "_"
    return text


# What a server tells


@pytest.fixture(scope="module")
def server(demo_home: Path, serve: Any) -> Iterator[str]:
    with serve("--home", demo_home) as running:
        yield running.address


def get(server: str, query: str, **params: str) -> requests.Response:
    return requests.get(
        f"{server}/sparql", {"query": query, **params}, headers={"Accept": "text/csv"}, timeout=60
    )


def test_the_examples_that_are_shipped_make_a_release_with_columns(demo_home: Path) -> None:
    release = current(demo_home)
    catalogue = Catalogue.read(release.path / COLUMNS)
    assert len(catalogue.wide) > 3
    assert f"{COLUMNS}/columns.json" in release.manifest["files"]


def test_a_header_names_the_engine_that_counted(server: str) -> None:
    assert get(server, HEADCOUNT).headers["Homegraph-Engine"] == "columns"
    small = "SELECT (COUNT(*) AS ?n) { ?s a <http://www.w3.org/ns/org#Post> ; ?p ?o }"
    assert get(server, small).headers["Homegraph-Engine"] == "oxigraph"


def test_answers_are_the_same_bytes_without_columns(
    server: str, serve: Any, demo_home: Path
) -> None:
    with serve("--home", demo_home, "--no-columns") as plain:
        for accept in ("text/csv", "application/sparql-results+json", "text/tab-separated-values"):
            answers = [
                requests.post(
                    f"{address}/sparql",
                    data=HEADCOUNT.encode(),
                    headers={"Accept": accept, "Content-Type": "application/sparql-query"},
                    timeout=60,
                )
                for address in (server, plain.address)
            ]
            engines = [one.headers["Homegraph-Engine"] for one in answers]
            assert engines == ["columns", "oxigraph"]
            assert answers[0].content == answers[1].content != b""
        client = SPARQLWrapper(f"{server}/sparql", returnFormat=JSON)
        client.setQuery(HEADCOUNT)
        without = SPARQLWrapper(f"{plain.address}/sparql", returnFormat=JSON)
        without.setQuery(HEADCOUNT)
        assert client.query().convert() == without.query().convert()


def test_explain_tells_who_answered_what_and_how(server: str) -> None:
    told = get(server, HEADCOUNT, explain="").json()
    assert told["engine"] == "columns" and told["rows"] > 3
    (part,) = told["columns"]
    assert "GROUP BY" in part["sql"] and part["query"].startswith("SELECT ?force")
    assert part["rows"] == told["rows"] and part["estimated"] > 1000 and part["seconds"] > 0
    assert "VALUES" in told["oxigraph"]["query"]
    plain = get(server, "SELECT * { ?s ?p ?o } LIMIT 1", explain="").json()
    assert plain["engine"] == "oxigraph" and plain["reason"]


def test_a_page_tells_that_it_was_counted_in_columns(server: str) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = requests.get(f"{server}/sparql", {"query": HEADCOUNT}, headers=accept, timeout=60)
    assert "counted in columns" in page.text
    (link,) = re.findall(r'href="([^"]*&amp;explain)"', page.text)
    told = requests.get(urljoin(server, unescape(link)), headers=accept, timeout=60)
    assert told.json()["engine"] == "columns"


def test_a_query_that_mentions_the_word_explain_is_answered(server: str) -> None:
    found = get(server, 'SELECT ?explain { VALUES ?explain { "explain" } }')
    assert found.text.split() == ["explain", "explain"]


def test_the_command_explains(demo_home: Path) -> None:
    command = [sys.executable, "-m", "homegraph.endpoint.cli", "query", "--home", str(demo_home)]
    done = subprocess.run([*command, "--explain", HEADCOUNT], capture_output=True, check=True)
    assert json.loads(done.stdout)["engine"] == "columns"
    outputs: Sequence[bytes] = [
        subprocess.run([*command, word, HEADCOUNT], capture_output=True, check=True).stdout
        for word in ("--columns", "--no-columns")
    ]
    assert outputs[0] == outputs[1]


def test_a_count_without_end_is_stopped_as_any_query_is(serve: Any, demo_home: Path) -> None:
    runaway = (
        "PREFIX stat: <https://w3id.org/homegraph/def/statistics#> SELECT (COUNT(*) AS ?n) "
        "{ ?a stat:headcount ?x . ?b stat:headcount ?y . ?c stat:headcount ?z }"
    )
    with serve("--home", demo_home, "--seconds", "2") as server:
        found = get(server.address, runaway)
        assert found.status_code == 503, found.text
        assert found.headers["Content-Type"].startswith("application/problem+json")
