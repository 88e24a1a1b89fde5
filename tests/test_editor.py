"""The editor of the query page, in a real browser that can reach no host but this one."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from pyoxigraph import RdfFormat, Store
from werkzeug.serving import make_server

from homegraph.endpoint import World, create_app

ROOT = Path(__file__).parents[1]
EDITOR = ROOT / "endpoint/static/vendor/editor.js"
BASE = "http://localhost:8000/"
DEF = "https://w3id.org/homegraph/def/"
ODD = f"PREFIX c: <{DEF}crime#>\nSELECT * {{ ?x "
TINY = f"""
@prefix crime: <{DEF}crime#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix force: <{DEF}concept/police-force/> .
<{BASE}id/graph/street-crime> {{
  crime:Incident rdfs:label "Incident"@en .
  crime:PoliceForce rdfs:label "Police force"@en .
  crime:force rdfs:label "force"@en .
  crime:month rdfs:label "month"@en .
  force:west-midlands a crime:PoliceForce ; skos:prefLabel "West Midlands Police"@en .
  <http://example.org/1> a crime:Incident ; crime:force force:west-midlands ; crime:month 1 .
}}
"""
PAGE = """<!doctype html><html lang="en"><head><title>Editor</title>
<link rel="stylesheet" href="/static/style.css"><script type="module" src="/try.js"></script>
</head><body><main class="wide"><h1>Query</h1><form action="/sparql">
<label for="query">SPARQL query</label><textarea id="query" name="query" required></textarea>
<button>Run</button></form></main></body></html>"""
SCRIPT = """import { mount } from "/static/vendor/editor.js";
window.ran = 0;
const run = () => { window.ran += 1; };
window.editor = mount(document.querySelector("#query"), { completions: "/sparql/complete", run });
"""

# HOMEGRAPH_NO_ASSETS=1 is a way to install that the README offers: there is nothing to test then.
pytestmark = pytest.mark.skipif(not EDITOR.is_file(), reason="installed without the editor")


def application() -> Flask:
    store = Store()
    store.load(TINY, format=RdfFormat.TRIG)
    app = create_app(World(store, BASE, "tiny"))
    app.add_url_rule("/try", "try", lambda: PAGE)
    script = {"Content-Type": "text/javascript"}
    app.add_url_rule("/try.js", "script", lambda: (SCRIPT, script))
    return app


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = make_server("127.0.0.1", 0, application(), threaded=True)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.port}"
    made.shutdown()
    thread.join()
    made.server_close()


@contextmanager
def opened(browser: Browser, server: str) -> Iterator[Page]:
    """A page with the editor, which may not complain while it is open."""
    page = browser.new_page()
    page.set_default_timeout(5_000)
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{server}/try")
    page.wait_for_selector(".cm-content")
    yield page
    page.close()
    assert wrong == [], "the page complained"


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    with opened(browser, server) as page:
        yield page


@pytest.fixture(scope="module")
def shared_page(browser: Browser, server: str) -> Iterator[Page]:
    with opened(browser, server) as page:
        yield page


def write(page: Page, text: str) -> None:
    """Put a text into the editor, with the cursor after it."""
    page.evaluate("text => { editor.set(text); editor.focus(); }", text)
    page.keyboard.press("Control+End")


def asked(page: Page) -> list[str]:
    """The kinds that are asked of the server from now on, as they come."""
    kinds: list[str] = []

    def note(request: Any) -> None:
        found = re.search(r"/sparql/complete\?kind=(\w+)&text=(.*)", request.url)
        if found and (found[2] or found[1] != "prefix"):  # all prefixes are asked for at first
            kinds.append(found[1])

    page.on("request", note)
    return kinds


def text(page: Page) -> str:
    return str(page.evaluate("editor.get()"))


def offered(page: Page, label: str) -> None:
    """Wait until a completion with a label is there."""
    whole = re.compile(f"^{re.escape(label)}$")
    page.locator(".cm-completionLabel").filter(has_text=whole).first.wait_for()


def choose(page: Page, typed: str, label: str) -> str:
    """Type, wait for a completion with a label, take it; the query afterwards."""
    page.keyboard.type(typed)
    offered(page, label)
    page.wait_for_timeout(100)  # a list that has just come takes no key, lest it be an accident
    page.keyboard.press("Enter")
    page.wait_for_selector(".cm-tooltip-autocomplete", state="detached")
    return text(page)


def test_it_has_its_styles_under_our_policy(page: Page) -> None:
    write(page, "SELECT * { ?s ?p ?o } # all")
    colours = page.evaluate(
        "[...document.querySelectorAll('.cm-line span')].map(one => getComputedStyle(one).color)"
    )
    assert len(set(colours)) >= 3
    assert page.evaluate("document.querySelectorAll('style').length") == 0
    assert page.locator(".cm-lineNumbers .cm-gutterElement:visible").count() >= 1


def test_nobody_is_kept_out(page: Page) -> None:
    write(page, "SELECT * {\n  ?s a ")
    page.keyboard.press("Control+Space")
    page.wait_for_selector(".cm-tooltip-autocomplete li[aria-selected]")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    page.evaluate("editor.mark(2, 6, 'Something is missing here.')")
    assert Axe().run(page).response["violations"] == []


def test_it_says_what_it_is_and_how_it_is_used(page: Page) -> None:
    box = page.get_by_role("textbox", name="SPARQL query")
    help_id = box.get_attribute("aria-describedby")
    assert "Tab leaves the editor" in page.locator(f"#{help_id}").inner_text()


def test_tab_goes_on_and_back(page: Page) -> None:
    write(page, "ASK {}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className").startswith("cm-content")
    assert text(page) == "ASK {}"


def test_control_and_enter_runs_and_writes_nothing(page: Page) -> None:
    write(page, "ASK {}")
    page.keyboard.press("Control+Enter")
    assert page.evaluate("ran") == 1
    assert text(page) == "ASK {}"


def test_lines_are_indented_by_brackets_and_by_keys(page: Page) -> None:
    write(page, "")
    page.keyboard.type("SELECT * {")
    page.keyboard.press("Enter")
    page.keyboard.type("?s ?p ?o .")
    page.keyboard.press("Control+]")
    assert text(page) == "SELECT * {\n    ?s ?p ?o .\n}"


def test_a_bracket_that_is_there_already_is_not_doubled(page: Page) -> None:
    write(page, "")
    page.keyboard.type("SELECT * {\n?s ?p ?o .\n} LIMIT 5", delay=20)
    page.keyboard.press("Escape")
    assert text(page) == "SELECT * {\n  ?s ?p ?o .\n} LIMIT 5"
    write(page, "ASK { {")
    page.keyboard.type(" } }")
    assert text(page) == "ASK { { } }"


def test_several_lines_are_typed_over(page: Page) -> None:
    write(page, "SELECT * {\n  ?s ?p ?o\n}\n")
    page.keyboard.press("Control+a")
    page.keyboard.type("ASK")
    page.keyboard.press("Escape")
    assert text(page) == "ASK"
    page.keyboard.press("Control+z")
    assert text(page) == "SELECT * {\n  ?s ?p ?o\n}\n"


def test_the_form_sends_what_was_written(page: Page) -> None:
    write(page, "ASK { ?s ?p 'ü' }")
    with page.expect_navigation(url="**/sparql?query=*"):
        page.get_by_role("button").click()
    assert "query=ASK+%7B+%3Fs+%3Fp+%27%C3%BC%27+%7D" in page.url


def test_a_mistake_is_shown_at_its_place_until_the_next_edit(page: Page) -> None:
    write(page, "SELECT * {\n  😀 wrong:name ?o }")
    page.evaluate("editor.mark(2, 5, 'The prefix wrong is not declared.')")
    assert page.locator(".cm-wrong").inner_text() == "wrong:name"
    assert "not declared" in page.locator(".cm-problem").inner_text()
    assert page.locator(".cm-content").get_attribute("aria-invalid") == "true"
    page.keyboard.type(" ")
    assert page.locator(".cm-problem, .cm-wrong, [aria-invalid]").count() == 0


@pytest.mark.parametrize("place", [(1, 1), (9, 9), (0, 0), (2, 99)])
def test_a_mistake_beyond_the_text_is_shown_at_its_end(page: Page, place: tuple[int, int]) -> None:
    write(page, "ASK {\n")
    page.evaluate("([line, column]) => editor.mark(line, column, 'Unfinished.')", list(place))
    assert page.locator(".cm-problem").inner_text() == "Unfinished."
    page.evaluate("editor.clear()")
    assert page.locator(".cm-problem").count() == 0


def test_a_class_comes_with_its_prefix(page: Page) -> None:
    write(page, "SELECT * { ?x a ")
    assert choose(page, "Inc", "Incident") == (
        f"PREFIX crime: <{DEF}crime#>\nSELECT * {{ ?x a crime:Incident"
    )


def test_a_property_is_written_with_the_prefix_of_the_query(page: Page) -> None:
    write(page, ODD)
    assert choose(page, "mon", "month") == ODD + "c:month"
    write(page, ODD)
    assert choose(page, "c:mo", "month") == ODD + "c:month"


def test_a_name_has_its_iri_where_its_prefix_means_something_else(page: Page) -> None:
    query = "PREFIX crime: <http://example.org/>\nSELECT * { ?x "
    write(page, query)
    assert choose(page, "mon", "month") == f"{query}<{DEF}crime#month>"


def test_a_thing_is_found_by_a_label_of_several_words(page: Page) -> None:
    write(page, ODD + "c:force ")
    assert choose(page, "West Mid", "West Midlands Police") == (
        f"{ODD}c:force <{DEF}concept/police-force/west-midlands>"
    )


def test_a_graph_is_found_by_its_name(page: Page) -> None:
    write(page, "SELECT * { GRAPH ")
    assert choose(page, "str", "street-crime").endswith(f"GRAPH <{BASE}id/graph/street-crime>")


def test_a_prefix_is_completed_with_its_namespace(page: Page) -> None:
    write(page, "")
    assert choose(page, "PREFIX sk", "skos:") == (
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    )


def test_a_known_prefix_declares_itself_once(page: Page) -> None:
    write(page, "# mine\nBASE <http://example.org/>\nSELECT * { ?x ")
    page.keyboard.type("skos:prefLabel ?y ; skos:note ?z")
    page.locator(".cm-line").filter(has_text="PREFIX").wait_for()
    page.keyboard.press("Escape")
    assert text(page).splitlines() == [
        "# mine",
        "BASE <http://example.org/>",
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>",
        "SELECT * { ?x skos:prefLabel ?y ; skos:note ?z",
    ]


@pytest.mark.parametrize("before", ['"a skos', "# skos", "<skos", "PREFIX skos"])
def test_nothing_is_declared_for_what_is_no_name(page: Page, before: str) -> None:
    write(page, f"SELECT * {{ ?x ?y {before}")
    page.keyboard.type(":x")
    page.wait_for_timeout(300)
    assert "core#" not in text(page)


def test_variables_and_words_of_sparql_are_offered_without_the_server(page: Page) -> None:
    write(page, "SELECT * { ?month ?p ?o . ?month ?q ")
    assert choose(page, "?mo", "?month").endswith("?q ?month")
    write(page, "SELECT * { ?s ?p ?o } ")
    assert choose(page, "lim", "LIMIT").endswith("LIMIT")


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        ("SELECT * { ?x a x", "class"),
        ("SELECT * { ?x rdf:type x", "class"),
        ("SELECT * { [ a x", "class"),
        ("SELECT * { ?x ?p ?o ; a x", "class"),
        ("SELECT * { ?x x", "property"),
        ("SELECT * { ?x c:y 'z' ; x", "property"),
        ("SELECT * { ?x c:y/x", "property"),
        ("SELECT * { ?x (c:y|x", "property"),
        ("SELECT * { ?x c:y [ x", "property"),
        ("SELECT * { ?x c:y [ c:z 1 ] ; x", "property"),
        ("SELECT * { ?x c:y 1 . OPTIONAL { ?x x", "property"),
        ("SELECT * { { SELECT ?a { ?a ?b ?c } } ?x x", "property"),
        ("SELECT * { GRAPH ?g { ?x x", "property"),
        ("SELECT * { FILTER(?y > 2) ?x x", "property"),
        ("SELECT * { FILTER NOT EXISTS { ?x x", "property"),
        ("SELECT * { VALUES ?v { 1 2 } ?x x", "property"),
        ('SELECT * { ?x ?y "a } ; { # b"@en ; x', "property"),
        ("SELECT * { ?x ?y 1 . # a {\n ?x x", "property"),
        ("CONSTRUCT { ?x a ?y } WHERE { ?x x", "property"),
        ("SELECT * { ?x ?y xx", "thing"),
        ("SELECT * { ?x ?y 1, xx", "thing"),
        ("SELECT * { VALUES ?v { xx", "thing"),
        ("SELECT * { VALUES (?v ?w) { (1 xx", "thing"),
        ("SELECT * { FILTER(?x = xx", "thing"),
        ("SELECT * { FILTER(?x IN (<a>, xx", "thing"),
        ("SELECT * { GRAPH x", "graph"),
        ("SELECT * FROM x", "graph"),
        ("PREFIX x", "prefix"),
        ("SELECT x", None),
        ("SELECT * { ?x ?y 1 } ORDER BY DESC(?x", None),
        ("SELECT * { ?x ?y 'xx", None),
        ("SELECT * { ?x ?y <xx", None),
        ("SELECT * { # xx", None),
        ("SELECT * { ?x", None),
    ],
)
def test_what_is_asked_for_fits_the_place(shared_page: Page, before: str, kind: str | None) -> None:
    page = shared_page
    page.keyboard.press("Escape")
    write(page, before[:-1])
    kinds = asked(page)
    page.keyboard.type(before[-1])
    for _ in range(8 if kind is None else 60):
        page.wait_for_timeout(50)
        if kinds:
            break
    assert set(kinds) == ({kind} if kind else set())


def test_typing_on_asks_once_and_drops_what_is_outdated(page: Page) -> None:
    write(page, "SELECT * { ?x a ")
    kinds = asked(page)
    page.keyboard.type("Inciden", delay=10)
    offered(page, "Incident")
    assert len(kinds) <= 2


def test_without_the_server_words_of_sparql_are_still_offered(page: Page) -> None:
    page.route("**/sparql/complete*", lambda route: route.fulfill(status=200, body="no JSON"))
    write(page, "SELECT * { ?x ?y ?month . ")
    choose(page, "OPT", "OPTIONAL")
    page.keyboard.type("ION")
    assert "OPTIONAL" in text(page)
