"""Other servers in a query: only those of a list, asked within limits, and never by the engine."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import pytest
import requests
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, Store

from homegraph.endpoint import World, create_app
from homegraph.endpoint.ask import Question, ask
from homegraph.endpoint.federation.calls import UNREADABLE, calls_of
from homegraph.endpoint.federation.relay import Kept, Relay
from homegraph.endpoint.federation.servers import MOST_CALLS, NO_SERVICE, Servers
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.words import tokens
from homegraph.graph.errors import AskError, MetadataError, Refused
from homegraph.graph.iri import DEMO_BASE

E = "http://example.org/"
NAME, POPULATION = NamedNode(f"{E}name"), NamedNode(f"{E}population")
PROBLEM = "application/problem+json"
JOINED = (
    "SELECT ?name ?n {{ ?area <{e}name> ?name SERVICE <{there}> {{ ?area <{e}population> ?n }} }}"
)


@dataclass
class Other:
    """Another department's server: what it was asked, and how it behaves at each of its paths."""

    address: str = ""
    asked: list[str] = field(default_factory=list)
    store: Store = field(default_factory=Store)

    def at(self, path: str) -> str:
        """One of its addresses."""
        return f"{self.address}/{path}"

    def answer(self, query: str) -> bytes:
        """What it has to say."""
        found: Any = self.store.query(query)
        return cast(bytes, found.serialize(format=QueryResultsFormat.JSON))


class Department(BaseHTTPRequestHandler):
    """Answers as the path says: well, or in one of the ways that servers have to fail."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        other: Other = cast(Any, self.server).other
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        other.asked.append(form["query"][0])
        kind = self.path.strip("/")
        how: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "moved": lambda: (307, "text/plain", b""),
            "busy": lambda: (503, "text/plain", b"later"),
            "page": lambda: (200, "text/html", b"<p>Sign in</p>"),
            "torn": lambda: (200, "application/sparql-results+json", b'{"head": {"vars": ["a"'),
            "yes": lambda: (200, "application/sparql-results+json", b'{"head":{},"boolean":true}'),
            "large": lambda: (200, "application/sparql-results+json", b" " * 3_000_000),
        }
        if kind == "late":
            time.sleep(3)
        well = (200, "application/sparql-results+json", b"")
        status, media_type, body = how[kind]() if kind in how else well
        body = body or (other.answer(form["query"][0]) if status == 200 else b"")
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if status == 307:
            self.send_header("Location", other.at("sparql"))
        self.end_headers()
        step = 1 if kind == "drops" else len(body) or 1
        try:
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                self.wfile.flush()
                time.sleep(0.1 if kind == "drops" else 0)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


class Quiet(ThreadingHTTPServer):
    """Says nothing of callers that hang up, as they do on what is late or large."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@pytest.fixture
def other() -> Iterator[Other]:
    with Quiet(("127.0.0.1", 0), Department) as server:
        server.daemon_threads = True
        made = Other(f"http://127.0.0.1:{server.server_port}")
        for number in range(3):
            area = NamedNode(f"{E}area/{number}")
            made.store.add(Quad(area, POPULATION, Literal(100 * number)))
        cast(Any, server).other = made
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def ours() -> Store:
    store = Store()
    for number, name in enumerate(["North", "South"], start=1):
        store.add(Quad(NamedNode(f"{E}area/{number}"), NAME, Literal(name)))
    return store


def client_of(store: Store, *addresses: str, **limits: Any) -> FlaskClient:
    servers = Servers(addresses, **limits)
    return create_app(World(store, DEMO_BASE, "ours", servers=servers)).test_client()


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    found = json.loads(answer.text)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def by_name(found: list[dict[str, str]]) -> dict[str, str | None]:
    return {row["name"]: row.get("n") for row in found}


def asked(client: FlaskClient, query: str, accept: str = "*/*") -> Any:
    return client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})


def refusal(client: FlaskClient, query: str, status: int) -> dict[str, Any]:
    answer = asked(client, query)
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM), answer.text
    return cast(dict[str, Any], answer.get_json())


# A server of the list


def test_a_listed_server_is_asked_and_joined(ours: Store, other: Other) -> None:
    client = client_of(ours, other.at("sparql"))
    answer = asked(client, JOINED.format(e=E, there=other.at("sparql")))
    assert by_name(rows(answer)) == {"North": "100", "South": "200"}
    page = asked(client, JOINED.format(e=E, there=other.at("sparql")), "text/html")
    assert page.status_code == 200 and "North" in page.text and "127.0.0.1" in page.text


def test_only_what_is_within_service_is_sent(ours: Store, other: Other) -> None:
    client = client_of(ours, other.at("sparql"))
    query = f"""PREFIX e: <{E}>
    SELECT ?name ?n {{ ?area e:name ?name FILTER(?name != "secret")
      SERVICE SILENT # whatever
        <{other.at("sparql")}> {{ ?area e:population ?n FILTER(?n > 100) }} }}"""
    assert by_name(rows(asked(client, query))) == {"South": "200"}
    (sent,) = other.asked
    assert "secret" not in sent and "name" not in sent and "SERVICE" not in sent
    assert sent.startswith(f"PREFIX e: <{E}>") and "FILTER(?n > 100)" in sent


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("OPTIONAL { SERVICE <%s> { ?area <%spopulation> ?n FILTER(?n > 150) } }", {None, "200"}),
        ("{ SERVICE <%s> { SELECT ?area (SUM(?m) AS ?n) { ?area <%spopulation> ?m } "
         "GROUP BY ?area } }", {"100", "200"}),
        ("MINUS { SERVICE <%s> { ?area <%spopulation> 100 } }", {None}),
        ("FILTER EXISTS { SERVICE <%s> { ?area <%spopulation> 200 } }", {None}),
    ],
)  # fmt: skip
def test_service_may_stand_where_a_group_may(
    ours: Store, other: Other, group: str, expected: set[str | None]
) -> None:
    client = client_of(ours, other.at("sparql"))
    query = f"SELECT * {{ ?area <{E}name> ?name {group % (other.at('sparql'), E)} }}"
    assert set(by_name(rows(asked(client, query))).values()) == expected
    assert len(other.asked) == 1


def test_the_same_call_is_made_once(ours: Store, other: Other) -> None:
    client = client_of(ours, other.at("sparql"))
    call = f"SERVICE <{other.at('sparql')}> {{ ?area <{E}population> ?n }}"
    query = f"SELECT DISTINCT ?name ?n {{ ?area <{E}name> ?name {{ {call} }} UNION {{ {call} }} }}"
    assert by_name(rows(asked(client, query))) == {"North": "100", "South": "200"}
    assert len(other.asked) == 1


def test_what_others_said_is_not_kept(ours: Store, other: Other) -> None:
    client = client_of(ours, other.at("sparql"))
    query = JOINED.format(e=E, there=other.at("sparql"))
    for accept in ("*/*", "text/html"):
        answer = asked(client, query, accept)
        assert answer.headers["Cache-Control"] == "no-store" and "ETag" not in answer.headers
    other.store.clear()
    assert rows(asked(client, query)) == []


@pytest.mark.parametrize("form", ["ASK", "CONSTRUCT { ?area <e:n> ?n }", "DESCRIBE ?area"])
def test_every_form_of_query_may_call(ours: Store, other: Other, form: str) -> None:
    client = client_of(ours, other.at("sparql"))
    call = f"SERVICE <{other.at('sparql')}> {{ ?area <{E}population> ?n }}"
    answer = asked(client, f"{form} {{ ?area <{E}name> 'South' {call} }}", "*/*")
    assert answer.status_code == 200 and len(other.asked) == 1
    assert "true" in answer.text or "area/2" in answer.text


def test_graphs_may_be_named_beside(ours: Store, other: Other) -> None:
    ours.add(Quad(NamedNode(f"{E}area/0"), NAME, Literal("Old"), NamedNode(f"{E}old")))
    client = client_of(ours, other.at("sparql"))
    query = JOINED.format(e=E, there=other.at("sparql"))
    given = {"query": query, "default-graph-uri": f"{E}old"}
    assert by_name(rows(client.post("/sparql", data=given))) == {"Old": "0"}


# Everything else is refused, before anything is sent


@pytest.mark.parametrize(
    "group",
    [
        "SERVICE <{away}> {{ ?s ?p ?o }}",
        "SERVICE <{here}x> {{ ?s ?p ?o }}",
        "SERVICE <{here}?x=1> {{ ?s ?p ?o }}",
        "SERVICE <{here}> {{ ?s ?p ?o }} SERVICE SILENT <{away}> {{ ?s ?p ?o }}",
        "VALUES ?where {{ <{here}> }} SERVICE ?where {{ ?s ?p ?o }}",
        "SERVICE h: {{ ?s ?p ?o }}",
        "SERVICE <> {{ ?s ?p ?o }}",
        "SERVICE <{here}> {{ SERVICE <{here}> {{ ?s ?p ?o }} }}",
        "SERVICE <{here}> {{ ?s ?p ?o FILTER EXISTS {{ SERVICE ?s {{ ?s ?p ?o }} }} }}",
        r"SERVICE <{here}> {{ ?s ?p '\u0041' }}",
        r"\u0053ERVICE <{here}> {{ ?s ?p ?o }}",
        r"SERVICE \u003c{here}> {{ ?s ?p ?o }}",
        r"""?a ?b "\u0022 . SERVICE <{away}> {{ ?s ?p ?o }} #" """,
        "SERVICE <{here}> {{ ?s ?p ?o }} " * (MOST_CALLS + 1),
    ],
)
def test_any_other_call_is_refused(ours: Store, other: Other, group: str) -> None:
    here, away = other.at("sparql"), other.at("other")
    client = client_of(ours, here)
    query = f"PREFIX h: <{here}> BASE <{here}> SELECT * {{{group.format(here=here, away=away)}\n}}"
    said = refusal(client, query, 403)
    assert "SERVICE" in said["detail"] or "call" in said["detail"]
    assert here in said["hint"] or "times" in said["detail"]
    assert other.asked == []


def test_without_a_list_nothing_is_called(ours: Store, other: Other) -> None:
    query = JOINED.format(e=E, there=other.at("sparql"))
    assert refusal(client_of(ours), query, 403)["detail"] == NO_SERVICE
    with pytest.raises(Refused):
        ask(ours, Question(query))
    with pytest.raises(Refused):
        Question(query).check()
    Question(query).check(Servers((other.at("sparql"),)))
    assert other.asked == []


def test_a_fault_in_a_query_with_a_call_is_found_where_it_is(ours: Store, other: Other) -> None:
    client = client_of(ours, other.at("sparql"))
    head = f"SELECT * {{ SERVICE <{other.at('sparql')}> {{ ?s ?p "
    said = refusal(client, f"{head}}} }}", 400)
    assert said["line"] == 1 and said["column"] <= len(head) + 1
    assert other.asked == []


# Servers that fail

FAILURES = {
    "moved": "sends on to",
    "busy": "503",
    "page": "text/html",
    "torn": "cannot be read",
    "yes": "yes or no",
    "large": "larger than",
    "late": "not answered after",
    "drops": "not answered after",
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_server_that_fails_fails_the_query(ours: Store, other: Other, how: str) -> None:
    client = client_of(ours, other.at(how), seconds=0.5, most_bytes=100_000)
    began = time.monotonic()
    said = refusal(client, JOINED.format(e=E, there=other.at(how)), 502)
    assert FAILURES[how] in said["detail"] and other.at(how) in said["detail"]
    assert said["title"] == "Service failed" and "SILENT" in said["hint"]
    assert time.monotonic() - began < 2.5
    assert len(other.asked) == 1


def test_nobody_at_the_address_fails_the_query(ours: Store, free_port: Callable[[], int]) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/sparql"
    said = refusal(client_of(ours, nobody), JOINED.format(e=E, there=nobody), 502)
    assert "no answer" in said["detail"]


@pytest.mark.parametrize("how", FAILURES)
def test_silent_does_without_what_cannot_be_had(ours: Store, other: Other, how: str) -> None:
    client = client_of(ours, other.at(how), seconds=0.5, most_bytes=100_000)
    query = JOINED.format(e=E, there=other.at(how)).replace("SERVICE", "SERVICE SILENT")
    assert by_name(rows(asked(client, query))) == {"North": None, "South": None}


def test_time_and_size_are_for_all_calls_of_a_query(ours: Store, other: Other) -> None:
    late, well = other.at("late"), other.at("sparql")
    client = client_of(ours, late, well, seconds=0.5)
    query = f"ASK {{ SERVICE SILENT <{late}> {{ ?s ?p ?o }} SERVICE <{well}> {{ ?s ?p ?o }} }}"
    assert "no time was left" in refusal(client, query, 502)["detail"]
    size = len(other.answer("SELECT * { ?s ?p ?o }"))
    two = f"ASK {{ SERVICE <{well}> {{ ?s ?p ?o }} SERVICE <{well}> {{ ?s ?p ?o . }} }}"
    assert asked(client_of(ours, well, most_bytes=2 * size), two).status_code == 200
    small = client_of(ours, well, most_bytes=2 * size - 1)
    assert "larger than" in refusal(small, two, 502)["detail"]


def test_what_was_brought_is_found_by_nobody_else() -> None:
    with Relay() as relay:
        thread = threading.Thread(target=relay.serve_forever)
        thread.start()
        kept = Kept("application/sparql-results+json", b"{}")
        (first,) = relay.put([kept])
        assert requests.post(first, data=b"x").content == b"{}"
        assert requests.post(first + "x", data=b"x").status_code == 502
        assert requests.get(first).status_code == 501
        (second,) = relay.put([kept])
        assert requests.post(first, data=b"x").status_code == 502
        assert requests.post(second, data=b"x").status_code == 200
        relay.shutdown()
        thread.join()


# However a query is written, the engine calls nobody else

PIECES = [
    *("SERVICE", "service", "SILENT", "SERVICE <{here}> {{ ?s ?p ?o }}", "SERVICE <{away}>"),
    *("<{here}>", "<{away}>", "{{ ?s ?p ?o }}", "{{", "}}", "SELECT * {{", "ASK {{", "?s ?p ?o ."),
    *("'", '"', "'''", '"""', "\\", "#", "\n", "#\n", " ", "\\u0022", "\\u0053ERVICE", "\\'"),
    *("FILTER(?a<?b)", "FILTER(?a<", ")", "PREFIX s: <{away}>", "BASE <{away}>", "s:", "?s", "_:b"),
    *("OPTIONAL", "FILTER EXISTS", "GRAPH <{here}>", "UNION", "VALUES ?s {{ <{away}> }}"),
    *("{{ SERVICE <{away}> {{ ?s ?p ?o }} }}", "'SERVICE <{away}> {{ }}'", "@en-SERVICE"),
]  # fmt: skip


# Each may stand in a group by itself, so that many of the queries can be read.
WHOLE = [
    *("SERVICE <{here}> {{ ?s ?p ?o }}", "service silent<{here}>{{ ?s ?p ?o }}", "?s ?p ?o ."),
    *(
        "# '\n",
        "?s ?p '}} SERVICE <{away}> {{' .",
        "OPTIONAL {{ SERVICE <{here}> {{ ?s ?q ?o }} }}",
    ),
    *("FILTER(?s<?b)", "SERVICE <{away}> {{ ?s ?p ?o }}", "{{ ?s ?p ?o }}", "SERVICE ?s {{ }}"),
]


def test_however_it_is_written_only_listed_servers_are_called(ours: Store, other: Other) -> None:
    pick = random.Random(8)
    here = other.at("sparql")
    called = answered = 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        away = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        servers = Servers((here,), seconds=5)
        listener.setblocking(False)
        for turn in range(6_000):
            many = pick.randint(1, 9)
            pieces = [pick.choice(PIECES) for _ in range(many)]
            begins, ends = pick.choice(["SELECT * {", "ASK {", ""]), pick.choice(["}", "\n}", ""])
            if turn % 2:
                pieces = [pick.choice(WHOLE) for _ in range(many % 4 + 1)]
                if turn % 4 == 1:
                    pieces.insert(pick.randint(0, len(pieces)), pick.choice(PIECES))
                begins, ends = "SELECT * {", "\n}"
            text = " ".join(pieces).format(here=here, away=away)
            text = begins + text + ends
            before = len(other.asked)
            try:
                found: Any = ask(ours, Question(text), servers)
                found.serialize(format=QueryResultsFormat.JSON)
                answered += 1
            except AskError:
                continue
            called += len(other.asked) > before
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert called > 100 and answered > called, (called, answered)


def test_an_address_stands_in_the_text_as_it_is_read() -> None:
    text = "PREFIX a: <a:#> SELECT * { SERVICE <http://x/y> { ?s a:b '}' } ?s ?p ?o }"
    (call,) = calls_of(text, list(tokens(text)))
    assert call.query == "PREFIX a: <a:#> SELECT * { ?s a:b '}' }"
    assert [text[start:end] for start, end in call.head] == ["SERVICE", "<http://x/y>"]
    cut = text[: text.index("'}'")]
    assert [one.address for one in calls_of(cut, list(tokens(cut)))] == [UNREADABLE]


# What is said of it


def test_the_endpoint_says_whom_it_calls(ours: Store, other: Other) -> None:
    federated = "BasicFederatedQuery"
    for listed in ([], [other.at("s")]):
        client = client_of(ours, *listed)
        assert client.get("/openapi.json").get_json()["x-service-allow-list"] == listed
        description = client.get("/sparql", headers={"Accept": "text/turtle"})
        assert (federated in description.text) == bool(listed)
    assert 'id="ServiceFailed"' in client_of(ours).get("/problems").text


def test_the_list_is_a_setting(tmp_path: Path) -> None:
    file = tmp_path / "homegraph.toml"
    file.write_text(
        '[serve]\nservices = ["https://a.example/sparql"]\nservice_seconds = 2\n'
        'service_bytes = "1 MB"\n'
    )
    said = Settings.of(tmp_path).servers
    assert said == Servers(("https://a.example/sparql",), 2.0, 1_000_000)
    assert Settings.of(None).servers.addresses == ()
    for wrong in ("x", "ftp://a.example/", "https://u:p@a.example/", "https://a.example/#x", "a'b"):
        file.write_text(f"[serve]\nservices = ['{wrong}']\n".replace("'a'b'", '"http://a/\'b"'))
        with pytest.raises(MetadataError, match="services"):
            Settings.of(tmp_path)


# With real servers: two of ours


def store_at(path: Path, quads: list[Quad]) -> Path:
    store = Store(str(path))
    store.extend(quads)
    store.flush()
    return path


def test_one_server_of_ours_asks_another(
    tmp_path: Path, ours: Store, other: Other, serve: Callable[..., AbstractContextManager[Any]]
) -> None:
    near = store_at(tmp_path / "near", list(ours))
    far = store_at(tmp_path / "far", list(other.store))
    with serve("--store", far) as theirs:
        there = f"{theirs.address}/sparql"
        options = ("--services", there, "--services", other.at("late"), "--service-seconds", "1")
        with serve("--store", near, *options) as here:
            query = JOINED.format(e=E, there=there)
            for _ in range(3):
                answer = requests.get(f"{here.address}/sparql", params={"query": query})
                assert answer.headers["Cache-Control"] == "no-store"
                assert by_name(rows(answer)) == {"North": "100", "South": "200"}
            late = requests.get(
                f"{here.address}/sparql",
                params={"query": JOINED.format(e=E, there=other.at("late"))},
            )
            assert late.status_code == 502, late.text
            away = requests.get(
                f"{here.address}/sparql",
                params={"query": JOINED.format(e=E, there=other.at("sparql"))},
            )
            assert away.status_code == 403
            nested = f"SELECT * {{ SERVICE <{there}> {{ SERVICE <{there}> {{ ?s ?p ?o }} }} }}"
            refused = requests.post(f"{here.address}/sparql", data={"query": nested})
            assert refused.status_code == 403
            assert requests.get(f"{here.address}/health").ok
