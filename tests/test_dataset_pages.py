"""Pages of datasets: what people ask comes first, commands work, and every page can be read."""

from __future__ import annotations

import csv
import html
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse

from homegraph import loaders
from homegraph.endpoint import World, create_app
from homegraph.endpoint.datasets.citation import Citation
from homegraph.endpoint.datasets.facts import differences, facts_of
from homegraph.endpoint.datasets.ways import of_file
from homegraph.graph.cubes.versions import Version
from homegraph.graph.entry import File
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.release import current
from homegraph.graph.terms import ASSET, DCAT, DCT, DQV, RDF, STAT

Make = Callable[..., Any]
Serve = Callable[..., AbstractContextManager[Any]]
HTML = {"Accept": "text/html"}
HOSTILE = '"><script>alert(1)</script> $(touch hacked) `touch hacked`'
CUBE, SOURCE = "incidents-by-force", "street-crime"
LOADED = "/doc/dataset/crime-survey"
OURS = [f"/datasets/{CUBE}", f"/data/{CUBE}", f"/data/{SOURCE}"]
EVERY = [*OURS, LOADED, f"/datasets/{CUBE}/editions/time-series/versions/1"]
PAGES = [
    *("/", "/catalog.html", "/feed", "/quality", "/datasets", "/api", "/owners"),
    *("/data/catalogue", "/data/declared-gaps", "/data/information-asset-register", *EVERY),
]
# The DuckDB of the tests under the name by which people call it.
DUCKDB = """#!{python}
import sys, duckdb
assert sys.argv[1] == "-c"
print(duckdb.sql(sys.argv[2]).fetchall())
"""


@pytest.fixture(scope="module")
def base(free_port: Callable[[], int]) -> str:
    """The address of the server, which documents name."""
    return f"http://127.0.0.1:{free_port()}/"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, make: Make, base: str) -> Path:
    """Two releases: the second one has another month of street-level crime."""
    folder = tmp_path_factory.mktemp("people")
    others = ("declared_gaps", "information_asset_register", "dataset_catalogue")
    wanted = {name: [loaders.by_name(name).example(folder)] for name in others}
    streets = sorted((loaders.by_name("street_crime").folder / "example").glob("*-street.csv"))
    first = [path for path in streets if "2024-03" not in path.name]
    make(folder / "home", names=Names(base), street_crime=first, **wanted)
    make(folder / "home", names=Names(base), street_crime=streets, **wanted)
    return folder / "home"


@pytest.fixture(scope="module")
def world(home: Path) -> World:
    return World.of_release(current(home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


@pytest.fixture(scope="module")
def site(serve: Serve, home: Path, base: str) -> Iterator[str]:
    """The server, at the address that the documents name."""
    port = int(base.rstrip("/").rpartition(":")[2])
    with serve("--home", home, "--workers", "1", port=port) as server:
        yield server.address


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


def part(text: str, name: str) -> str:
    """The section of a page with a name."""
    found = re.search(rf'<section id="{name}">.*?</section>', text, re.DOTALL)
    assert found, name
    return found[0]


def rows(client: FlaskClient, link: str) -> list[dict[str, str]]:
    """The answer to the query that a link opens."""
    with client.get(html.unescape(link), headers={"Accept": "text/csv"}) as answer:
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text)))


def links(text: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', text)


# What people ask, in their order


@pytest.mark.parametrize("path", [*OURS, LOADED])
def test_what_people_ask_comes_before_any_statement(client: FlaskClient, path: str) -> None:
    text = page(client, path)
    marks = [
        *("<h1>", "Published by</dt>", "Contact</dt>", "Area</dt>"),
        *(['id="preview"'] if path != LOADED else []),
        *('id="gaps"', 'id="quality"', 'id="get"', 'id="cite"', 'id="licence"', 'id="changes"'),
        *(['id="register"'] if path != LOADED else []),
    ]
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    for later in ("What is said of it", "As linked data", "What points at it"):
        assert later not in text[: places[-1]]


@pytest.mark.parametrize("path", OURS)
def test_the_page_says_in_words_what_it_is(client: FlaskClient, world: World, path: str) -> None:
    text = page(client, path)
    assert "January 2024 to March 2024" in text
    assert "England and Wales" in text
    assert 'href="mailto:public.enquiries@homeoffice.gov.uk"' in text
    assert "Open Government Licence v3.0" in text
    assert '"/owners/' in text.replace(world.base, "/")  # the post that answers for it
    assert ("Version 2, " in text) == (CUBE in path)


def test_a_loaded_dataset_says_what_its_catalogue_says(client: FlaskClient) -> None:
    text = page(client, LOADED)
    for words in ("Office for National Statistics", "1981 to December 2023", "25 April 2024"):
        assert words in text
    assert "appendix tables (XLSX)" in part(text, "get")
    assert "No gap is declared" in part(text, "gaps")


def test_both_pages_of_a_cube_say_the_same_first(client: FlaskClient) -> None:
    one, other = (page(client, path) for path in OURS[:2])
    for name in ("preview", "gaps", "get", "cite", "licence", "changes", "register"):
        assert part(one, name) == part(other, name)


@pytest.mark.parametrize("path", OURS[:2])
def test_the_first_rows_are_those_of_the_table(client: FlaskClient, path: str) -> None:
    with client.get(f"/datasets/{CUBE}.csv") as answer:
        table = list(csv.DictReader(io.StringIO(answer.text)))
    shown = part(page(client, path), "preview")
    cells = [re.findall("<td[^>]*>(.*?)</td>", row) for row in shown.split("<tr>")[2:]]
    assert len(cells) == 10
    for row, seen in zip(table, cells, strict=False):
        assert html.unescape(seen[0]) == row["force_label"]
        assert seen[3] == row["incidents"]
    assert "digest" not in shown and ">force_label<" not in shown


def test_records_of_a_source_are_shown_and_lead_to_their_pages(client: FlaskClient) -> None:
    for name in (SOURCE, "declared-gaps", "information-asset-register", "dataset-catalogue"):
        shown = part(page(client, f"/data/{name}"), "preview")
        records = re.findall(r'<tr><td><a href="([^"]+)"', shown)
        assert len(records) == 10
        assert client.get(records[0], headers=HTML, follow_redirects=True).status_code == 200


# Gaps


def test_gaps_of_figures_are_counted_and_lead_to_the_query(
    client: FlaskClient, world: World
) -> None:
    flagged = {k: n for k, n in world.current_versions[CUBE].flagged.items() if k != "supplied"}
    assert flagged
    told = part(page(client, f"/data/{CUBE}"), "gaps")
    for word, count in flagged.items():
        assert f"{count} {word}" in told
    listed = rows(client, links(told)[0])
    assert len(listed) == sum(flagged.values())
    assert all(row["why"] for row in listed)


@pytest.mark.parametrize("path", OURS)
def test_gaps_that_are_declared_are_counted_and_lead_to_the_query(
    client: FlaskClient, world: World, path: str
) -> None:
    series = world.names.data(SOURCE)
    quads = list(world.store.quads_for_pattern(None, STAT.series, series))
    gaps = [q for q in quads if "/declared-gap/" in str(q.subject)]
    told = part(page(client, path), "gaps")
    assert f"Declared by publishers or users: {len(gaps)}." in told
    link = next(one for one in links(told) if "DeclaredGap" in one)
    assert len(rows(client, link)) == len(gaps)
    assert "There is no file of the force for these months." in told


# How to get it


def commands(text: str) -> list[tuple[str, str, str]]:
    """What each command gets, what it runs in, and its text."""
    pattern = r'<pre id="command[^"]*"[^>]*aria-label="([^"]*), ([^",]*)"[^>]*><code>(.*?)</code>'
    found = re.findall(pattern, text, re.DOTALL)
    return [tuple(html.unescape(one) for one in each) for each in found]


def run(tool: str, text: str, folder: Path) -> str:
    """What a command prints, run as it is."""
    paths = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    command = [sys.executable, "-"] if tool == "pandas" else ["bash", "-euo", "pipefail"]
    if tool == "pandas":
        head, _, last = text.rpartition("\n")
        text = f"{head}\nprint({last}.shape)\n"
    done = subprocess.run(
        command,
        *(),
        input=text,
        cwd=folder,
        env={**os.environ, "PATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, (text, done.stderr)
    return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """An empty folder, and the program `duckdb`."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "duckdb"
    program.write_text(DUCKDB.format(python=sys.executable))
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("path", EVERY)
def test_every_command_works_as_it_is(site: str, shell: Path, path: str, world: World) -> None:
    text = requests.get(site + path, headers=HTML, timeout=60).text
    found = commands(text)
    assert found
    said = {(what, tool): run(tool, command, shell) for what, tool, command in found}
    of_cube = CUBE in path
    if of_cube:
        version = world.current_versions[CUBE]
        if path == EVERY[-1]:
            version = next(one for one in world.versions if one.key[::2] == (CUBE, 1))
        assert f"({version.observations}, " in said["CSV", "pandas"]
        assert f"{CUBE}.csv: OK" in said["CSV", "curl"]
        assert "Avon and Somerset" in said["Parquet", "DuckDB"]
        assert list(parse(path=shell / f"{CUBE}.nq", format=RdfFormat.N_QUADS))
    if path == EVERY[-1]:
        return
    assert '"success": true' in said["API, as CKAN has it", "curl"]
    turtle = said["Its description, as Turtle", "curl"]
    assert list(parse(turtle.encode(), format=RdfFormat.TURTLE))
    answer = said["SPARQL", "curl"]
    if path == LOADED:
        assert list(parse(answer.encode(), format=RdfFormat.N_TRIPLES))
    else:
        assert len(list(csv.reader(io.StringIO(answer)))) > 100


def test_a_file_of_others_is_fetched_by_a_command_that_is_no_other() -> None:
    plain = of_file(File("a:f", download="https://example.org/t/figures.ods", format="ODS"), "x")
    assert plain.commands[0].text.endswith("--remote-name https://example.org/t/figures.ods")
    odd = "https://example.org/$(touch hacked);'`x`?a=1&b=2"
    (command,) = of_file(File("a:f", download=odd, format="CSV/../$(x)"), "x").commands
    argument = subprocess.run(
        ["bash", "-c", f"curl() {{ printf '%s\\n' \"$@\"; }}\n{command.text}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert argument == ["--fail", "--location", "--output", "x.csvx", odd]
    assert of_file(File("a:f", access="https://example.org/", format="PDF"), "x").commands == ()


# Citation, changes, register


def test_a_citation_has_author_year_title_version_publisher_and_address(
    client: FlaskClient, base: str
) -> None:
    cited = html.unescape(part(page(client, f"/data/{CUBE}"), "cite"))
    address = f"{base}datasets/{CUBE}/editions/time-series/versions/2"
    assert re.search(
        rf"Home Office \(\d{{4}}\): Incidents by police force\. Version 2, \d+ \w+ \d{{4}}\. "
        rf"Home Office\. {re.escape(address)}",
        cited,
    )
    assert "  author = {{Home Office}},\n  title = {{Incidents by police force}},\n" in cited
    assert f"  version = {{2}},\n  publisher = {{Home Office}},\n  url = {{{address}}}\n}}" in cited
    assert requests.Request("GET", address).prepare().url == address


def test_bibtex_keeps_its_braces_whatever_a_title_has() -> None:
    title = "R&D {at 50%} of #1_\\ \n~ ^"
    cited = Citation("A {", title, "", "", "", "https://example.org/x")
    text = cited.bibtex.replace(r"\{", "").replace(r"\}", "")
    assert text.count("{") == text.count("}")
    assert r"R\&D \{at 50\%\} of \#1\_\textbackslash{}" in cited.bibtex
    assert cited.text == f"A {{: {title}. https://example.org/x"
    assert cited.key == "a-r-d-at-50-of-1"


def test_the_page_says_what_changed_in_this_release(client: FlaskClient) -> None:
    cube = part(page(client, f"/data/{CUBE}"), "changes")
    assert "Changed in this release." in cube
    assert "It covers January 2024 to March 2024; before, January 2024 to February 2024." in cube
    assert "more figures." in cube
    change = next(one for one in links(cube) if re.search("/feed/.", one))
    assert client.get(change, headers=HTML).status_code == 200
    assert "Nothing changed in this release." in part(page(client, LOADED), "changes")


def test_an_older_version_speaks_of_itself(client: FlaskClient) -> None:
    text = page(client, EVERY[-1])
    assert "Version 1, " in text and "Latest version" not in text
    assert "January 2024 to February 2024" in text
    assert "/versions/1/" in part(text, "get") and "package_show" not in part(text, "get")
    assert "/versions/1}" in html.unescape(part(text, "cite"))
    assert "with the reason of each" not in part(text, "gaps")
    assert f'href="/datasets/{CUBE}"' in text  # the newest


def test_versions_differ_in_figures_time_and_marks() -> None:
    now = Version("a", "e", 2, "", "", "A", 12, {"missing": 2}, ("2024-01", "2024-03"), {})
    was = replace(now, number=1, observations=15, flagged={"partial": 1}, period=None)
    assert differences(now, None) == []
    assert differences(now, was) == [
        "3 fewer figures.",
        "2 figures are missing; before, 0.",
        "0 figures are partial; before, 1.",
    ]
    assert differences(now, now) == ["Figures or descriptions were changed, and none came or went."]


def test_the_register_and_the_dataset_lead_to_each_other(client: FlaskClient, world: World) -> None:
    published = world.store.quads_for_pattern(None, ASSET.publishedAs, world.names.data(SOURCE))
    (asset,) = {str(quad.subject.value) for quad in published}
    path = asset.removeprefix(world.base).replace("id/", "", 1)
    for each in OURS:
        assert any(path in one for one in links(part(page(client, each), "register")))
    assert f'href="/data/{SOURCE}"' in page(client, f"/doc/{path}")
    assert f'href="/data/{CUBE}"' in page(client, f"/data/{SOURCE}") or (
        "among all tables" in page(client, f"/data/{SOURCE}")
    )


# What is odd


def test_what_a_catalogue_says_is_text_and_never_markup_or_a_script(tmp_path: Path) -> None:
    names = Names(DEMO_BASE)
    store, node = Store(str(tmp_path / "store")), names.data("x")
    graph, file = names.graph("catalogue"), names.data("x", "file")
    for predicate in (DCT.title, DCT.description, DCT.rights, DCT.publisher, DCT.license):
        store.add(Quad(node, predicate, Literal(HOSTILE), graph))
    said = [
        (names.data("catalogue"), DCAT.dataset, node),
        (node, RDF.type, DCAT.Dataset),
        (node, DCAT.distribution, file),
        (node, DCAT.landingPage, NamedNode("javascript:alert(2)")),
        (node, DCT.modified, Literal("yesterday")),
        (file, DCT.title, Literal(HOSTILE)),
        (file, DCAT.downloadURL, NamedNode("javascript:alert(3)")),
    ]
    for one in said:
        store.add(Quad(*one, graph))
    store.flush()
    del store
    client = create_app(World.of_store(tmp_path / "store")).test_client()
    text = page(client, "/data/x")
    assert "<script>alert" not in text
    assert not [one for one in links(text) if one.startswith("javascript")]
    assert "yesterday" in text and "No gap is declared" in text


def test_a_dataset_by_the_name_that_others_gave_it_has_such_a_page(catalogue: Any) -> None:
    name = "https://example.org/d?a=1&b=é"
    world = catalogue.release("2026-11-22T10:00:00Z", {name: "Fires", "ours": "Floods"})
    client = create_app(world).test_client()
    path = f"/describe?{urlencode({'uri': name})}"
    text = page(client, path)
    assert "<h1>Fires</h1>" in text and "Home Office" in text
    (described,) = [one for what, _, one in commands(text) if what.startswith("Its description")]
    address = shlex.split(described)[-1]
    assert address == world.base + path.removeprefix("/")
    answer = client.get(address.removeprefix(world.base.rstrip("/")))
    assert answer.mimetype == "text/turtle"
    assert "In the catalogue since" in part(text, "changes")
    for what, _, command in commands(text):
        if what.startswith("API"):
            shown = shlex.split(command)[-1].removeprefix(world.base.rstrip("/"))
            assert client.get(shown).get_json()["result"]["title"] == "Fires"


def test_what_the_catalogue_does_not_list_has_no_such_page(
    client: FlaskClient, world: World
) -> None:
    assert facts_of(world, world.names.data("catalogue")) is None
    for path in ("/data/catalogue", "/def/crime", "/doc/asset/HO-002"):
        assert 'id="get"' not in page(client, path)


def test_the_home_page_leaves_out_what_only_measures_other_things(client: FlaskClient) -> None:
    text = page(client, "/")
    assert "Incident" in text
    assert DQV.QualityMeasurement.value not in html.unescape(text)
    assert "Quality Measurement" not in text and "QualityMeasurement" not in text


# In a browser


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_can_be_read_on_a_small_screen_and_a_large_one(
    site: str, browser: Browser, width: int
) -> None:
    sheet = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    sheet.on("console", lambda message: said.append(message.text))
    for path in PAGES:
        answer = sheet.goto(site + path)
        assert answer is not None and answer.ok, path
        assert sheet.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(sheet).response["violations"]
        assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == [], path
    sheet.close()
    assert said == []


@pytest.mark.parametrize("path", EVERY)
def test_pages_work_without_javascript(site: str, browser: Browser, path: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    sheet = context.new_page()
    sheet.goto(site + path)
    assert sheet.locator("button[data-copy]:visible").count() == 0
    commands_shown = sheet.locator('pre[id^="command"]')
    assert commands_shown.count() and all(one.is_visible() for one in commands_shown.all())
    assert sheet.locator("#citation-bibtex").inner_text().startswith("@misc{")
    context.close()


def test_a_button_copies_the_command(site: str, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    sheet = context.new_page()
    sheet.goto(f"{site}/datasets/{CUBE}")
    button = sheet.locator("button[data-copy]").first
    button.click()
    sheet.wait_for_function("document.activeElement.textContent === 'Copied'")
    words = sheet.evaluate("navigator.clipboard.readText()")
    assert words == sheet.locator("#command-1-1").inner_text()
    assert words.startswith("curl ") and CUBE in words
    context.close()
