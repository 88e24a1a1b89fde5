"""Pages of statistics: figures of things, cubes, observations; and the queries that are stored."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, RdfFormat, Store, parse

from homegraph.endpoint import World, create_app, queries
from homegraph.endpoint.charts import Bars, Line, Point, chart
from homegraph.endpoint.display import PREFIXES
from homegraph.endpoint.formats import GRAPHS, Format
from homegraph.endpoint.queries import examples, figures
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.terms import DCT, RDF, RDFS, SH

ROOT = Path(__file__).parents[1]
HTML = {"Accept": "text/html"}
KENT = "/def/concept/police-force/kent"
MONTH = "http://reference.data.gov.uk/id/month/2024-02"
DIGEST = "ab" * 32
PREFIX = f"""
@base <{DEMO_BASE}> .
@prefix area: <http://statistics.data.gov.uk/id/statistical-geography/> .
@prefix category: <https://w3id.org/homegraph/def/concept/crime-category/> .
@prefix completeness: <https://w3id.org/homegraph/def/concept/completeness/> .
@prefix crime: <https://w3id.org/homegraph/def/crime#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix force: <https://w3id.org/homegraph/def/concept/police-force/> .
@prefix month: <http://reference.data.gov.uk/id/month/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix qb: <http://purl.org/linked-data/cube#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix a: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix d: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix code: <http://purl.org/linked-data/sdmx/2009/code#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix source: <https://w3id.org/homegraph/def/source#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix stat: <https://w3id.org/homegraph/def/statistics#> .
@prefix unit: <https://w3id.org/homegraph/def/concept/counting-unit/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
WORDS = """
<id/graph/vocabulary> {
    <https://w3id.org/homegraph/def/crime> a owl:Ontology .
    stat:force rdfs:label "force"@en ; qb:codeList <https://w3id.org/homegraph/def/concept/force> .
    stat:category rdfs:label "category"@en .
    stat:incidents rdfs:label "incidents"@en .
    stat:completeness rdfs:label "completeness"@en .
    d:refPeriod rdfs:label "reference period"@en .
    a:obsStatus rdfs:label "observation status"@en .
    <https://w3id.org/homegraph/def/concept/force> dct:title "Forces"@en .
    force:kent skos:prefLabel "Kent Police"@en .
    force:essex skos:prefLabel "Essex <Police>"@en .
    category:all-crime skos:prefLabel "All crime"@en .
    category:burglary skos:prefLabel "Burglary"@en .
    category:drugs skos:prefLabel "Drugs"@en .
    completeness:missing skos:prefLabel "Missing"@en .
    completeness:partial skos:prefLabel "Partial"@en .
    completeness:revised skos:prefLabel "Revised"@en .
    code:obsStatus-A skos:prefLabel "Normal"@en .
    unit:incident skos:prefLabel "Incident"@en .
}
"""
FILES = f"""
<id/graph/provenance> {{
    <id/file/{DIGEST}> a source:File ; rdfs:label "2024-02-kent-street.csv" ;
        dct:publisher <https://www.police.uk/> ; dcat:byteSize 4000 ;
        spdx:checksum <id/file/{DIGEST}/checksum> ; source:readOn "2026-11-22"^^xsd:date .
    <id/file/{DIGEST}/checksum> spdx:checksumValue "{DIGEST}"^^xsd:hexBinary .
    <https://www.police.uk/> rdfs:label "Single Online Home"@en .
}}
"""
# force, month, category, number or a remark
TOTALS = [
    ("kent", "2023-12", "all-crime", 1200, ""),
    ("kent", "2024-01", "all-crime", None, "missing"),
    ("kent", "2024-02", "all-crime", 1345, "partial"),
    ("essex", "2024-02", "all-crime", 0, ""),
    ("kent", "2024-02", "anti-social-behaviour", 77, ""),
]
KINDS = [
    ("kent", "2024-01", "burglary", 11, ""),
    ("kent", "2024-02", "burglary", 30, "revised"),
    ("kent", "2024-02", "drugs", None, "missing"),
    ("essex", "2024-02", "burglary", 40, ""),
    ("essex", "2024-02", "drugs", 5, ""),
]
SLICES = {
    "incident-totals-by-force": (("force",), ("month",)),
    "incidents-by-force": (("month",), ("force", "category")),
}


def observation(cube: str, row: tuple[str, str, str, int | None, str]) -> str:
    """One observation and its place in slices, as Turtle."""
    force, month, category, number, mark = row
    codes = dict(zip(("force", "month", "category"), row[:3], strict=True))
    node = f"<data/{cube}/{force}/{month}/{category}>"
    said = [
        f"{node} a qb:Observation ; qb:dataSet <data/{cube}> ; stat:force force:{force} ;"
        f" d:refPeriod month:{month} ; stat:category category:{category} ;"
        f" a:unitMeasure unit:incident ; prov:wasDerivedFrom <id/file/{DIGEST}> ;"
        " source:inSheet 'Table 1' ; source:inRow 17 ; source:inColumn 'Crime type' .",
        f"{node} stat:incidents {number} ." if number is not None else "",
        f"{node} stat:completeness completeness:{mark} ; rdfs:comment 'Days are wanting.'@en ."
        if mark
        else "",
        f"{node} a:obsStatus code:obsStatus-{'A' if number is not None else 'M'} .",
        f"{node} stat:previousValue 29 ; stat:previousFile <id/file/{DIGEST}> ."
        if mark == "revised"
        else "",
    ]
    for fixed in SLICES[cube]:
        key = f"data/{cube}/slice/{'-'.join(fixed)}"
        one = f"<{key}/{'/'.join(codes[name] for name in fixed)}>"
        said.append(
            f"<data/{cube}> qb:slice {one} . {one} a qb:Slice ; qb:sliceStructure <{key}> ;"
            f" qb:observation {node} ."
        )
        values = {"force": f"stat:force force:{force}", "month": f"d:refPeriod month:{month}"}
        values["category"] = f"stat:category category:{category}"
        said += [f"{one} {values[name]} ." for name in fixed]
    return "\n".join(said)


def cube(name: str, rows: list[tuple[str, str, str, int | None, str]]) -> str:
    """A cube in its graph, as TriG."""
    parts = ["stat:force", "d:refPeriod", "stat:category"]
    structure = "".join(
        f"<data/{name}/structure> qb:component <data/{name}/structure/component/{place}> .\n"
        f"<data/{name}/structure/component/{place}> qb:dimension {part} ; qb:order {place} .\n"
        for place, part in enumerate(parts, start=1)
    )
    keys = "".join(
        f"<data/{name}/structure> qb:sliceKey <data/{name}/slice/{'-'.join(fixed)}> .\n"
        + "".join(
            f"<data/{name}/slice/{'-'.join(fixed)}> qb:componentProperty"
            f" {dict(zip(('force', 'month', 'category'), parts, strict=True))[column]} .\n"
            for column in fixed
        )
        for fixed in SLICES[name]
    )
    return f"""<id/graph/{name}> {{
    <data/{name}> a qb:DataSet ; rdfs:label "Cube {name}"@en ; rdfs:comment "What it is."@en ;
        qb:structure <data/{name}/structure> ; dct:source <data/street-crime> .
    {structure}{keys}
    <data/{name}/structure> qb:component <data/{name}/structure/component/4> .
    <data/{name}/structure/component/4> qb:measure stat:incidents ; qb:order 4 .
    {"".join(observation(name, row) for row in rows)}
}}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    path = tmp_path_factory.mktemp("pages") / "store"
    store = Store(str(path))
    made = cube("incident-totals-by-force", TOTALS) + cube("incidents-by-force", KINDS)
    store.load((PREFIX + WORDS + FILES + made).encode(), format=RdfFormat.TRIG)
    store.flush()
    del store
    return World.of_store(path)


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


class Page(HTMLParser):
    """Tables, headings, links and pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.links: dict[str, str] = {}
        self.headings: list[int] = []
        self.scopes: list[str] = []
        self._open: list[str] = []
        self._href = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = dict(attributes)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"th", "td"}:
            self.tables[-1][-1].append("")
            self._open.append(tag)
            if tag == "th":
                self.scopes.append(said.get("scope") or "")
        elif tag == "a":
            self._href = said.get("href") or ""
        elif re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"th", "td"}:
            self._open.pop()
        elif tag == "a":
            self._href = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.tables[-1][-1][-1] += data
        if self._href:
            self.links.setdefault(data, self._href)

    def table(self, heading: str) -> list[list[str]]:
        """The first table whose first heading is this one."""
        rows = next(rows for rows in self.tables if rows[0][0] == heading)
        return [[cell.strip() for cell in row] for row in rows]


def page(client: FlaskClient, path: str, **query: str) -> Page:
    answer = client.get(path, headers=HTML, query_string=query or None)
    assert answer.status_code == 200, answer.text[:500]
    return Page(answer.text)


def test_a_force_has_a_table_with_the_newest_month_first(client: FlaskClient) -> None:
    rows = page(client, KENT).table("Month")
    assert rows[0] == ["Month", "Crimes", "Remark"]
    assert [row[0] for row in rows[1:]] == ["February 2024", "January 2024", "December 2023"]
    assert rows[1][1:] == ["1,345", "Partial: Days are wanting."]
    assert rows[3][1:] == ["1,200", ""]


def test_what_is_missing_is_said_to_be_missing_and_never_nought(client: FlaskClient) -> None:
    rows = page(client, KENT).table("Month")
    assert rows[2][1:] == ["missing", "Missing: Days are wanting."]
    # A nought that was counted is a nought.
    rows = page(client, "/describe", uri=MONTH).table("Force")
    assert ["Essex <Police>", "0", ""] in rows


def test_each_figure_leads_to_its_observation(client: FlaskClient) -> None:
    links = page(client, KENT).links
    assert links["1,345"] == "/data/incident-totals-by-force/kent/2024-02/all-crime"
    assert links["missing"] == "/data/incident-totals-by-force/kent/2024-01/all-crime"
    assert client.get(links["1,345"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "titles"),
    [
        (KENT, {}, ["Crimes by month", "Kinds of incidents in the newest month"]),
        (
            "/def/concept/crime-category/burglary",
            {},
            ["Incidents by month, all forces together", "The forces in the newest month"],
        ),
        ("/describe", {"uri": MONTH}, ["Crimes by force", "Kinds of incidents, all forces"]),
    ],
)
def test_a_force_an_offence_and_a_month_have_two_figures(
    client: FlaskClient, path: str, query: dict[str, str], titles: list[str]
) -> None:
    text = client.get(path, headers=HTML, query_string=query).text
    for title in titles:
        assert f"<h3>{title}" in text
    assert text.count('<svg class="chart"') >= 1
    assert text.count("The query behind this figure") >= 2
    assert "<script" not in text
    assert "style=" not in text


def test_a_figure_can_be_asked_again_in_the_form_and_as_csv(client: FlaskClient) -> None:
    links = page(client, KENT).links
    for name, media_type in (("CSV", "text/csv"), ("JSON", "application/sparql-results+json")):
        answer = client.get(links[name])
        assert (answer.status_code, answer.mimetype) == (200, media_type)
        assert "completeness/partial" in answer.text
    form = client.get(links["Open it in the query form"], headers=HTML)
    assert form.status_code == 200
    asked = parse_qs(urlsplit(links["CSV"]).query)["query"][0]
    assert asked.startswith(f"BASE <{DEMO_BASE}>\nPREFIX ")
    assert "$" not in asked


def test_a_sum_over_forces_counts_those_that_are_not_complete(client: FlaskClient) -> None:
    rows = page(client, "/describe", uri=MONTH).table("Category")
    assert rows[0] == ["Category", "Incidents", "Forces incomplete", "Remark"]
    assert rows[1:] == [["Burglary", "70", "0", ""], ["Drugs", "5", "1", "Partial"]]


def test_a_column_that_says_one_thing_is_said_above_the_table(client: FlaskClient) -> None:
    text = client.get(KENT, headers=HTML).text
    assert "<caption>Kinds of incidents in the newest month, Kent Police, February 2024<" in text


def test_the_name_of_a_thing_is_never_markup(client: FlaskClient) -> None:
    text = client.get("/def/concept/police-force/essex", headers=HTML).text
    assert "<Police>" not in text
    assert "Essex &lt;Police&gt;" in text


def test_a_store_without_cubes_has_no_figures(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    store.load((PREFIX + WORDS).encode(), format=RdfFormat.TRIG)
    store.flush()
    del store
    client = create_app(World.of_store(tmp_path / "store")).test_client()
    text = client.get(KENT, headers=HTML).text
    assert "<h2>Figures" not in text
    assert "<svg" not in text


@pytest.mark.parametrize(
    "path",
    [
        KENT,
        "/examples",
        "/examples/code-list",
        "/figures",
        "/data/incidents-by-force",
        "/data/incidents-by-force/kent/2024-02/burglary",
        "/data/incidents-by-force/slice/month/2024-02",
        "/sparql",
    ],
)
def test_headings_go_down_in_steps_and_cells_have_scope(client: FlaskClient, path: str) -> None:
    found = page(client, path)
    assert found.headings[0] == 1
    steps = zip(found.headings, found.headings[1:], strict=False)
    assert all(later <= before + 1 for before, later in steps)
    assert all(found.scopes)


def test_charts_are_pictures_that_can_be_heard(client: FlaskClient) -> None:
    text = client.get(KENT, headers=HTML).text
    pictures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert pictures
    for picture in pictures:
        tree = ET.fromstring(picture)  # well-formed
        title, description = tree[0], tree[1]
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text
        assert description.text and "Highest:" in description.text
        assert tree.get("role") == "img"
        assert tree.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


def test_a_gap_in_time_is_a_gap_in_the_line() -> None:
    points = [
        Point("January", 5, "5", 24000),
        Point("February", 6, "6", 24001),
        Point("March", None, "missing", 24002),
        Point("May", 7, "7", 24004, 1, True),
        Point("June", 8, "8", 24005),
    ]
    drawn = chart("line", points[::-1])
    assert isinstance(drawn, Line)
    assert len(drawn.pieces) == 2
    assert len(drawn.dots) == 4
    assert len(drawn.bands) == 1  # March and April
    assert "Without a figure: 2" in drawn.summary
    assert "Not complete: 1" in drawn.summary
    assert drawn.ticks[0][1] == "0"


def test_years_that_overlap_leave_no_gap() -> None:
    """Rolling years: first one each year, later one each quarter."""
    starts = [24000, 24012, 24024, 24027, 24030]
    points = [Point(f"Year {at}", at, str(at), at, 12) for at in starts]
    drawn = chart("line", points)
    assert isinstance(drawn, Line)
    assert (len(drawn.pieces), drawn.bands) == (1, [])


def test_words_below_a_line_do_not_touch() -> None:
    points = [Point(f"Year to March {at}", 1, "1", 24000 + at, 1) for at in range(60)]
    drawn = chart("line", points)
    assert isinstance(drawn, Line)
    assert 2 < len(drawn.words) < 8
    assert (drawn.words[0][2], drawn.words[-1][2]) == ("start", "end")


def test_bars_below_nought_go_to_the_left() -> None:
    points = [Point("More", 30, "30"), Point("Less", -10, "-10"), Point("None", None, "missing")]
    drawn = chart("bar", points)
    assert isinstance(drawn, Bars)
    more, less, none = drawn.bars
    assert more[0] == drawn.zero
    assert less[0] + less[2] == pytest.approx(drawn.zero, abs=0.2)
    assert none[4].value is None


def test_one_number_makes_no_chart() -> None:
    assert chart("bar", [Point("One", 1, "1"), Point("None", None, "missing")]) is None


def test_the_page_of_a_cube_shows_what_it_is(client: FlaskClient) -> None:
    found = page(client, "/data/incidents-by-force")
    text = client.get("/data/incidents-by-force", headers=HTML).text
    assert "<h1>Cube incidents-by-force</h1>" in text
    assert "5 figures" in text
    dimensions = found.table("By")
    assert [row[0] for row in dimensions[1:]] == ["force", "reference period", "category"]
    assert dimensions[1][1:3] == ["Forces", "2"]
    assert dimensions[2][2:] == ["2", "January 2024", "February 2024"]
    assert found.links["40"] == "/data/incidents-by-force/essex/2024-02/burglary"
    assert "Gaps and revisions" in text
    marked = found.tables[-1]
    assert [row[-1].strip() for row in marked[1:]] == [
        "Revised: Days are wanting.",
        "Missing: Days are wanting.",
    ]


def test_the_query_of_a_cube_finds_its_figures(client: FlaskClient) -> None:
    answer = client.get(page(client, "/data/incidents-by-force").links["CSV"])
    lines = answer.text.splitlines()
    assert lines[0] == "observation,force,refPeriod,category,incidents"
    assert len(lines) == 1 + len(KINDS)


def test_the_page_of_a_slice_has_its_figures(client: FlaskClient) -> None:
    found = page(client, "/data/incidents-by-force/slice/month/2024-02")
    assert len(found.table("Force")) == 1 + 4


def test_an_observation_says_its_figure_and_where_it_comes_from(client: FlaskClient) -> None:
    answer = client.get("/data/incidents-by-force/kent/2024-02/burglary", headers=HTML)
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.text))
    assert "Incidents, Kent Police, February 2024, Burglary: 30 ." in text
    assert "Revised: Days are wanting." in text
    assert "Before it was revised it was 29, in 2024-02-kent-street.csv" in text
    start = text.index("Where this figure comes from")
    look = text[start : start + 700]
    for word in (
        "File 2024-02-kent-street.csv",
        "Publisher Single Online Home",
        "Sheet Table 1",
        "Row 17",
        "Column Crime type",
        "Read on 2026-11-22",
        DIGEST,
    ):
        assert word in look


def test_a_count_leads_to_the_query_that_lists_what_was_counted(client: FlaskClient) -> None:
    links = page(client, "/data/incidents-by-force/kent/2024-02/burglary").links
    asked = parse_qs(urlsplit(links["list what was counted"]).query)["query"][0]
    for step in ("#category>", "#force>", "#month>"):
        assert step in asked
    assert client.get(links["list what was counted"]).status_code == 200
    # All crime is every category but one; what is missing was not counted.
    links = page(client, "/data/incident-totals-by-force/kent/2024-02/all-crime").links
    assert "?category != <" in unquote(links["list what was counted"]).replace("+", " ")
    missing = page(client, "/data/incidents-by-force/kent/2024-02/drugs").links
    assert "list what was counted" not in missing


def test_a_missing_observation_is_not_nought(client: FlaskClient) -> None:
    answer = client.get("/data/incidents-by-force/kent/2024-02/drugs", headers=HTML)
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.text))
    assert "missing . No figure is published, which is not nought. Days are wanting." in text


class Asked:
    """A store that notes which queries it was asked."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.queries: list[str] = []

    def query(self, text: str, **options: Any) -> Any:
        self.queries.append(text)
        return self.store.query(text, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.mark.parametrize("path", [KENT, "/data/incidents-by-force", "/places", "/def/"])
def test_a_page_asks_for_its_labels_once_and_knows_them_then(world: World, path: str) -> None:
    asked: Any = Asked(world.store)
    client = create_app(replace(world, store=asked)).test_client()
    client.get(path, headers=HTML)
    assert sum("?x ?label" in query for query in asked.queries) <= 1
    asked.queries.clear()
    client.get(path, headers=HTML)
    assert not any("?x ?label" in query for query in asked.queries)


def test_data_of_a_cube_keep_all_that_is_said(client: FlaskClient) -> None:
    said = client.get("/data/incidents-by-force.nt").text
    assert said.count("<http://purl.org/linked-data/cube#slice>") == 6


@pytest.mark.parametrize("folder", ["examples", "figures"])
@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.suffix)
def test_stored_queries_are_described_with_shacl(
    client: FlaskClient, folder: str, form: Format
) -> None:
    answer = client.get(f"/{folder}.{form.suffix}")
    assert answer.status_code == 200
    assert isinstance(form.engine, RdfFormat)
    said = [quad.triple for quad in parse(answer.data, format=form.engine)]
    every = queries.stored(folder, DEMO_BASE)
    assert sum(triple.predicate == DCT.title for triple in said) == len(every)
    declared = [t.object for t in said if t.predicate == SH.namespace]
    assert all(isinstance(iri, Literal) and iri.value.startswith("http") for iri in declared)


def test_a_stored_query_runs_as_it_is_described(client: FlaskClient, world: World) -> None:
    """The text with the prefixes declared in front is the whole query (SHACL, 5.2.1)."""
    store = Store()
    store.load(client.get("/examples/code-list.ttl").data, format=RdfFormat.TURTLE)
    rows = store.query(
        "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?text ?prefix ?namespace {"
        " ?query sh:construct ?text ; sh:prefixes/sh:declare ?d ."
        " ?d sh:prefix ?prefix ; sh:namespace ?namespace }"
    )
    # Store.query is typed as any kind of answer; this one is a SELECT.
    found = [[row[name].value for name in ("text", "prefix", "namespace")] for row in rows]  # type: ignore[union-attr]
    lines = "".join(f"PREFIX {prefix}: <{iri}>\n" for _, prefix, iri in found)
    answer = client.get("/sparql", query_string={"query": lines + found[0][0], "format": "nt"})
    assert answer.status_code == 200


def test_stored_queries_are_listed_for_people_and_programs(client: FlaskClient) -> None:
    listed = json.loads(client.get("/examples.json").text)
    assert [one["name"] for one in listed] == [one.name for one in examples(DEMO_BASE)]
    for one in listed:
        run = one["run"].removeprefix(DEMO_BASE)
        assert client.get(f"/{run}").status_code == 200
        assert client.get(one["page"].removeprefix(DEMO_BASE[:-1])).status_code == 200
    text = client.get("/examples", headers=HTML).text
    for one in examples(DEMO_BASE):
        assert f'href="/examples/{one.name}"' in text
        assert f'href="/sparql?example={one.name}"' in text


def test_an_example_opens_in_the_form_without_being_asked(client: FlaskClient) -> None:
    text = client.get("/sparql?example=code-list", headers=HTML).text
    assert "CONSTRUCT { ?concept skos:prefLabel ?label" in text
    assert "<h1>Ask a question</h1>" in text


@pytest.mark.parametrize("path", ["/examples/none", "/examples/prefixes", "/examples.pdf"])
def test_an_unknown_example_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=HTML).status_code == 404


@pytest.mark.parametrize("base", [DEMO_BASE, "https://data.example.gov.uk/graph/"])
@pytest.mark.parametrize("folder", ["examples", "figures"])
def test_stored_queries_are_well_formed_on_any_base(folder: str, base: str) -> None:
    every = queries.stored(folder, base)
    assert every
    assert len({query.name for query in every}) == len(every)
    for query in every:
        assert query.title and query.description and query.keywords and query.order
        assert not query.title.endswith(".")
        assert query.description.endswith(".")
        this = query.things[0] + "x" if query.things else ""
        text = query.text(this)
        Store().query(text)
        assert "localhost" not in text or base == DEMO_BASE
        if f"<{base}>" not in text:
            assert "<data/" not in text


@pytest.mark.parametrize("query", figures(DEMO_BASE), ids=lambda query: query.name)
def test_a_figure_says_what_is_drawn(query: queries.Stored) -> None:
    rows = Store().query(query.text(query.things[0] + "x"))
    # Store.query is typed as any kind of answer; this one is a SELECT.
    names = [variable.value for variable in rows.variables]  # type: ignore[union-attr]
    assert names[0] == query.across
    assert query.shows in names
    assert query.chart in {"line", "bar", ""}
    assert {"completeness"} <= set(names) or "SUM" in query.body


def test_prefixes_are_those_of_our_own_terms() -> None:
    said = queries.stored("examples", DEMO_BASE)[0].prefixes
    for prefix, iri in said.items():
        assert PREFIXES.get(prefix, iri) == iri, prefix


def test_a_query_about_a_thing_names_it_and_its_code() -> None:
    by_name = {query.name: query for query in figures(DEMO_BASE)}
    force = "https://w3id.org/homegraph/def/concept/police-force/kent"
    text = by_name["force-by-category"].text(force)
    assert f"stat:force <{force}>" in text
    quarter = "http://reference.data.gov.uk/id/government-quarter/2019-2020/Q2"
    assert "/slice/period/2019-2020/Q2>" in by_name["quarter-by-force"].text(quarter)
    area = "http://statistics.data.gov.uk/id/statistical-geography/E07000105"
    assert "/slice/area/E07000105>" in by_name["area-by-month"].text(area)
    assert not by_name["lsoa-by-month"].is_about(area)


def test_a_file_that_keeps_not_to_the_form_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.ttl"
    path.write_text("<odd> a <http://www.w3.org/ns/shacl#SPARQLSelectExecutable> .")
    with pytest.raises(ValueError, match=r"odd\.ttl"):
        queries.read(path, DEMO_BASE, {})


def test_forces_and_areas_are_listed_by_kind(tmp_path: Path) -> None:
    district = "http://statistics.data.gov.uk/id/statistical-geography/E07000131"
    place = "https://w3id.org/homegraph/def/geography#"
    text = (
        f"<{district}> <{RDF.type.value}> <{place}District> .\n"
        f'<{district}> <{RDFS.label.value}> "Harborough" .\n'
    )
    store = Store(str(tmp_path / "store"))
    store.load(text.encode(), format=RdfFormat.N_TRIPLES)
    store.flush()
    del store
    client = create_app(World.of_store(tmp_path / "store")).test_client()
    page = client.get("/places", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<h2>Local authority districts</h2>" in page.text
    assert re.search(r'href="/describe\?uri=[^"]*E07000131">Harborough</a>', page.text)
    assert "/places" in client.get("/", headers={"Accept": "text/html"}).text
