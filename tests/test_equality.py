"""A thousand queries in all formats: what is answered is what the engine says, or a problem."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    parse,
    parse_query_results,
)

from homegraph.endpoint import World, problems, protocol
from homegraph.endpoint.formats import GRAPHS, TABLES, Format
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.spool import Spool
from homegraph.graph.errors import HomegraphError
from homegraph.graph.iri import DEMO_BASE

WORLD = Path(__file__).parent / "queries" / "world.trig"
QUERIES = 1_000
SEED = 20
FORMS: list[Format] = [*TABLES, *GRAPHS]
# Texts that some format could get wrong: quotes, separators, ends of lines, other scripts, and
# what looks like our own marks for rows.
TEXTS = [
    *('""', '"a"', '"a,b"', '"a\\tb"', '"say \\"yes\\""', '"two\\nlines"', '"cr\\r\\nlf"'),
    *('"<result>&amp;</result>"', '"},{\\"x\\""', '"[{}"', "'apos\\'trophe'", '"""long "one\n"""'),
    *('"Caerdydd"@cy', '"日本語 🎉"', '"1"^^<http://example.org/t>', '"\\u0001"', '"\\uFFFF"'),
    *("1", "1.50", "-2e3", "true", '"2024-01-31"^^<http://www.w3.org/2001/XMLSchema#date>'),
    *('"#no comment"', '"SERVICE"', '"back\\\\slash"', '"{ ?s ?p ?o }"'),
]
VARIABLES = ["?s", "?p", "?o", "?x", "?y"]
SPOILT = [
    *("SELEC * { ?s ?p ?o }", "SELECT * { ?s ?p }", "ASK { ?s ?p ?o", "", "   ", "# nothing"),
    *("INSERT DATA { <a:a> <a:b> 1 }", "CLEAR ALL", "LOAD <http://127.0.0.1:1/>"),
    *("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SELECT * { ?s no:p ?o }"),
    *("SELECT (<http://example.org/f>(1) AS ?x) {}", "SELECT * { <a> ?p ?o }", "\0", "{}"),
    *("SELECT ?s { ?s ?p ?o } GROUP BY ?p", "SELECT (1 AS ?x) (2 AS ?x) {}", "ASK {} ASK {}"),
    "ASK " + "{" * 200 + "}" * 200,
]


class Asker:
    """Makes queries about what a store has; the same from the same seed."""

    def __init__(self, store: Store, seed: int) -> None:
        self.pick = random.Random(seed)
        quads = sorted(store, key=str)
        some = quads if len(quads) < 2_000 else self.pick.sample(quads, 2_000)
        self.subjects = sorted({str(q.subject) for q in some if isinstance(q.subject, NamedNode)})
        self.predicates = sorted({str(q.predicate) for q in some})
        objects = {str(q.object) for q in some if not isinstance(q.object, BlankNode)}
        self.objects = sorted(objects) + TEXTS
        self.graphs = sorted(str(g) for g in store.named_graphs() if isinstance(g, NamedNode))

    def queries(self, count: int) -> Iterator[str]:
        """So many queries; one in ten is spoilt on purpose."""
        kinds = [self.select, self.select, self.select, self.count, self.ask, self.graph, self.text]
        for _ in range(count):
            query = self.pick.choice(kinds)()
            chance = self.pick.random()
            if chance < 0.05:
                query = self.pick.choice(SPOILT)
            elif chance < 0.1 and query:
                at = self.pick.randrange(len(query))
                query = query[:at] + query[at + self.pick.randint(1, 4) :]
            yield query

    def term(self, constants: Sequence[str], chance: float) -> str:
        if self.pick.random() < chance:
            return self.pick.choice(constants)
        return self.pick.choice(VARIABLES)

    def pattern(self) -> str:
        path = self.pick.choice(["", "", "", "/", "|", "^", "?", "*", "!"])
        predicate = self.term(self.predicates, 0.4)
        other = self.pick.choice(self.predicates)
        if predicate[0] == "<" and path:
            predicate = {
                "/": f"{predicate}/{other}",
                "|": f"({predicate}|{other})",
                "^": f"^{predicate}",
                "!": f"!({predicate}|^{other})",
            }.get(path, f"{predicate}{path}")
        return f"{self.term(self.subjects, 0.2)} {predicate} {self.term(self.objects, 0.1)} . "

    def group(self, depth: int = 0) -> str:
        parts = [self.pattern()]
        for _ in range(self.pick.randint(0, 2)):
            parts.append(self.part(depth))
        return "".join(parts)

    def part(self, depth: int) -> str:
        variable, text = self.pick.choice(VARIABLES), self.pick.choice(TEXTS)
        inner = self.group(depth + 1) if depth < 2 else self.pattern()
        return self.pick.choice(
            [
                self.pattern(),
                f"OPTIONAL {{ {inner} }} ",
                f"{{ {self.pattern()} }} UNION {{ {inner} }} ",
                f"MINUS {{ {inner} }} ",
                f"GRAPH ?g {{ {self.pattern()} }} ",
                f"FILTER (STRLEN(STR({variable})) > {self.pick.randint(1, 40)}) ",
                f"FILTER (isIRI({variable}) || {variable} = {text}) ",
                f"FILTER NOT EXISTS {{ {self.pattern()} }} ",
                f"BIND ({text} AS ?b{self.pick.randint(0, 9)}) ",
                f"VALUES ({variable} ?v) {{ (UNDEF {text}) ({self.pick.choice(TEXTS)} UNDEF) }} ",
                f"{{ SELECT DISTINCT {variable} {{ {self.pattern()} }} LIMIT 5 }} ",
            ]
        )

    def dataset(self) -> str:
        if self.graphs and self.pick.random() < 0.1:
            return f"{self.pick.choice(['FROM', 'FROM NAMED'])} {self.pick.choice(self.graphs)} "
        return ""

    def tail(self) -> str:
        order = self.pick.choice(["", "", "ORDER BY ?s DESC(?o) "])
        return f"{order}LIMIT {self.pick.randint(0, 60)} OFFSET {self.pick.randint(0, 3)}"

    def select(self) -> str:
        head = self.pick.choice(["*", "?s ?p ?o", "DISTINCT ?s", "?x ?missing", "REDUCED ?o ?s"])
        return f"SELECT {head} {self.dataset()}WHERE {{ {self.group()}}} {self.tail()}"

    def count(self) -> str:
        by = self.pick.choice(VARIABLES)
        what = self.pick.choice(["COUNT(*)", "COUNT(DISTINCT ?s)", "SAMPLE(1)", "MAX(STR(?o))"])
        return f"SELECT {by} ({what} AS ?n) {{ {self.group()}}} GROUP BY {by} LIMIT 50"

    def ask(self) -> str:
        return f"ASK {self.dataset()}{{ {self.group()}}}"

    def graph(self) -> str:
        if self.pick.random() < 0.3:
            return f"DESCRIBE {self.pick.choice(self.subjects)}"
        text = self.pick.choice(TEXTS)
        template = self.pick.choice(
            [
                "?s ?p ?o",
                f"?s ?p ?o ; <http://example.org/t> {text}",
                "_:b <a:b> ?o, ?s",
                "[] ?p ?x",
            ]
        )
        limit = 3 if "_:" in template or "[" in template else 40
        return f"CONSTRUCT {{ {template} }} WHERE {{ {self.group()}}} LIMIT {limit}"

    def text(self) -> str:
        rows = " ".join(
            f"({self.pick.choice([*TEXTS, 'UNDEF'])} {self.pick.choice([*self.objects, 'UNDEF'])})"
            for _ in range(self.pick.randint(0, 8))
        )
        return f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {rows} }} }}"


@pytest.fixture(scope="module")
def world() -> World:
    store = Store()
    store.load(path=WORLD, format=RdfFormat.TRIG)
    return World(store, DEMO_BASE, "a small world")


def reply_to(world: World, query: str, form: Format) -> Reply:
    accept = {"accept": form.media_type}
    request = Request(path="/sparql", query=urlencode({"query": query}), headers=accept)
    try:
        return protocol.answer(world, request, Spool(most=10_000_000))
    except HomegraphError as error:
        return problems.reply(world, error)


def said_by_the_engine(store: Store, query: str) -> Any:
    union = " FROM " not in query
    return store.query(query, use_default_graph_as_union=union)


def named_by_order(rows: Iterable[Sequence[Any]]) -> list[tuple[str, ...]]:
    """Rows as text, blank nodes by the order in which they come: the engine keeps that order."""
    names: dict[BlankNode, str] = {}

    def text(term: Any) -> str:
        if isinstance(term, BlankNode):
            return names.setdefault(term, f"_:{len(names)}")
        return "" if term is None else str(term)

    return [tuple(map(text, row)) for row in rows]


def plain(term: Any) -> str:
    """A term as CSV has it (SPARQL 1.1 CSV and TSV, 3)."""
    if term is None:
        return ""
    return str(term) if isinstance(term, BlankNode) else str(term.value)


def canonical(triples: Iterable[Triple]) -> Dataset:
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in triples)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def is_the_same(said: Any, body: bytes, form: Format) -> int | None:
    """Assert that a body says what the engine says; how many rows it has."""
    engine: Any = form.engine
    if isinstance(said, QueryBoolean):
        if form.suffix in {"csv", "tsv"}:
            assert body == str(bool(said)).lower().encode()
        else:
            read: Any = parse_query_results(body, format=engine)
            assert bool(read) == bool(said)
        return None
    if isinstance(said, QueryTriples):
        quads = list(parse(body, format=engine))
        assert canonical(quad.triple for quad in quads) == canonical(said)
        return len(quads)
    head = [variable.value for variable in said.variables]
    expected = [[row[name] for name in head] for row in said]
    if form.suffix == "csv":
        # An empty line is a row without columns, or of one column without a value.
        first, *rows = csv.reader(io.StringIO(body.decode(), newline=""))
        assert first == head
        cells = [row or [""] * len(head) for row in rows]
        fresh = any(isinstance(term, BlankNode) for row in expected for term in row)
        if not fresh:
            assert Counter(map(tuple, cells)) == Counter(tuple(map(plain, row)) for row in expected)
        assert len(cells) == len(expected)
        return len(expected)
    read = parse_query_results(body, format=engine)
    assert [variable.value for variable in read.variables] == head
    found = [[row[name] for name in head] for row in read]
    assert named_by_order(found) == named_by_order(expected)
    return len(expected)


def is_a_problem(reply: Reply) -> None:
    said = json.loads(reply.body)
    assert reply.header("content-type") == "application/problem+json"
    assert reply.header("cache-control") == "no-store"
    assert said["status"] == reply.status >= 400
    assert {"type", "title", "detail"} <= set(said)


def test_every_answer_is_what_the_engine_says(world: World) -> None:
    statuses: Counter[int] = Counter()
    for query in Asker(world.store, SEED).queries(QUERIES):
        for form in FORMS:
            reply = reply_to(world, query, form)
            statuses[reply.status] += 1
            if reply.status != 200:
                is_a_problem(reply)
                continue
            assert reply.header("content-type") == form.content_type
            said = said_by_the_engine(world.store, query)
            rows = is_the_same(said, reply.body, form)
            assert reply.rows in {rows, None}, (query, form.suffix)
    # Half of all formats do not fit the kind of query; of the others most are answered.
    assert statuses[200] > 0.35 * QUERIES * len(FORMS)
    assert {200, 400, 403, 406} <= set(statuses)
