"""The scores of a release: in its graph, on its pages, in its league table, and nowhere twice."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph import loaders
from homegraph.endpoint import World, create_app
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.quality import METRICS, MOST
from homegraph.graph.quality_build import Measuring
from homegraph.graph.quality_league import League, read
from homegraph.graph.quality_reach import NOT_ASKED, Answer, keep
from homegraph.graph.quality_statements import MODELS, metric
from homegraph.graph.release import Release, current
from homegraph.graph.rules import validate
from homegraph.graph.terms import DCAT, DCT, DQV, RDF, RDFS

HTML = {"Accept": "text/html"}
CATALOGUE = loaders.by_name("dataset_catalogue")
Scores = dict[NamedNode, dict[str, int]]
Serve = Callable[..., Any]
Build = Callable[[datetime], Release]


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


@pytest.fixture(scope="module")
def league(world: World) -> League:
    path = world.file("quality.json")
    assert path is not None
    return read(path)


def scores(world: World) -> Scores:
    """The values of all metrics by dataset, as the graph has them."""
    graph, found = world.names.graph("quality"), defaultdict[NamedNode, dict[str, int]](dict)
    asked = """SELECT ?dataset ?metric ?value { GRAPH ?graph { ?m a dqv:QualityMeasurement ;
        dqv:computedOn ?dataset ; dqv:isMeasurementOf ?metric ; dqv:value ?value } }"""
    rows: Any = world.store.query(asked.replace("?graph", str(graph)), prefixes={"dqv": DQV.iri})
    for row in rows:
        key = row["metric"].value.rpartition("/")[2]
        assert key not in found[row["dataset"]], "one metric, one number"
        found[row["dataset"]][key] = int(row["value"].value)
    return found


@pytest.fixture(scope="module")
def every(world: World) -> Scores:
    return scores(world)


def test_every_dataset_of_the_catalogue_is_measured_by_every_metric(
    world: World, every: Scores
) -> None:
    assert set(every) == set(world.datasets)
    always = {metric.key for metric in METRICS} | {"points", "stars", *MODELS.values()}
    assert {frozenset(found) - {"overdue"} for found in every.values()} == {frozenset(always)}


def test_the_points_are_the_sum_of_the_metrics(every: Scores) -> None:
    for found in every.values():
        assert found["points"] == sum(found[metric.key] for metric in METRICS)
        assert all(found[metric.key] in (0, metric.points) for metric in METRICS)


def test_what_we_publish_ourselves_has_405_of_405_and_breaks_no_rule(
    world: World, every: Scores
) -> None:
    ours = {node: found for node, found in every.items() if node.value.startswith(world.base)}
    made = {node: found for node, found in ours.items() if "/data/" in node.value}
    assert len(made) >= 60
    short = {
        node.value: [metric.key for metric in METRICS if not found[metric.key]]
        for node, found in made.items()
        if found["points"] < MOST
    }
    assert short == {}
    assert {found["dcat-ap-faults"] for found in made.values()} == {0}
    assert {found["uk-model-faults"] for found in made.values()} == {0}
    assert min(found["stars"] for found in made.values()) >= 4


def test_what_others_publish_is_scored_lower_with_reasons(
    client: FlaskClient, every: Scores
) -> None:
    others = [node for node in every if "/id/dataset/" in node.value]
    assert others
    assert all(every[node]["points"] < MOST for node in others)
    page = client.get(others[0].value.replace("/id/", "/doc/"), headers=HTML).text
    assert "It is not known whether" in page


def test_a_statement_on_quality_stands_in_one_graph_and_keeps_the_rules(world: World) -> None:
    quads = world.store.quads_for_pattern(None, RDF.type, DQV.QualityMeasurement)
    nodes = {quad.subject for quad in quads}
    lines = [
        f"{quad} .\n" for node in nodes for quad in world.store.quads_for_pattern(node, None, None)
    ]
    assert {quad.graph_name for quad in world.store.quads_for_pattern(None, DQV.value, None)} == {
        world.names.graph("quality")
    }
    assert validate(lines).results == ()


def test_metrics_that_are_measured_are_described_here(client: FlaskClient, every: Scores) -> None:
    for key in {key for found in every.values() for key in found}:
        path = metric(key).value.partition("/homegraph/")[2]
        assert client.get(f"/{path}", headers=HTML).status_code == 200


# Pages


def test_the_page_of_a_dataset_shows_stars_points_and_what_to_do(
    client: FlaskClient, every: Scores
) -> None:
    for node, found in list(every.items())[::10]:
        path = node.value.removeprefix("http://localhost:8000/").replace("id/", "doc/", 1)
        page = client.get(f"/{path}", headers=HTML).text
        assert f"{found['stars']} of 5 stars" in page
        assert f"{found['points']} of 405 points" in page
        assert ("What would gain most" in page) == (found["points"] < MOST)


def test_a_dataset_to_download_shows_the_same(client: FlaskClient, every: Scores) -> None:
    found = every[NamedNode("http://localhost:8000/data/incidents-by-force")]
    page = client.get("/datasets/incidents-by-force", headers=HTML).text
    assert f"{found['points']} of 405 points" in page


def test_what_is_no_dataset_has_no_quality(client: FlaskClient) -> None:
    page = client.get("/def/concept/quality", headers=HTML).text
    assert 'id="quality"' not in page


# The league table


def test_the_league_table_adds_up_with_the_graph(
    world: World, every: Scores, league: League
) -> None:
    owners: defaultdict[str, list[NamedNode]] = defaultdict(list)
    for node in every:
        said = world.store.quads_for_pattern(node, DCT.publisher, None)
        owners[min((quad.object.value for quad in said), default="")].append(node)
    assert {row.owner: row.datasets for row in league.rows} == {
        owner: len(some) for owner, some in owners.items()
    }
    for row in league.rows:
        points = {node.value: every[node]["points"] for node in owners[row.owner]}
        assert row.points == sum(points.values())
        assert row.most == points[row.best] == max(points.values())
        assert row.least == points[row.worst] == min(points.values())
        assert sum(row.stars) == row.datasets
        late = [node for node in owners[row.owner] if every[node].get("overdue")]
        assert row.late == len(late)
        assert row.gain <= row.datasets * MOST - row.points
        assert bool(row.mend) == (row.points < row.datasets * MOST)
    means = [row.points / row.datasets for row in league.rows]
    assert means == sorted(means, reverse=True)


def test_the_league_table_is_a_page_csv_json_and_rdf(client: FlaskClient, league: League) -> None:
    page = client.get("/quality", headers=HTML)
    assert page.content_type.startswith("text/html")
    assert page.text.count("<tr>") == len(league.rows) + 1
    said = json.loads(client.get("/quality.json").text)
    assert [row["points"] for row in said["owners"]] == [row.points for row in league.rows]
    table = list(csv.DictReader(io.StringIO(client.get("/quality.csv").text)))
    assert [float(row["mean"]) for row in table] == [row.mean for row in league.rows]
    assert all(row["name"] for row in table)
    graphs = [
        {quad.triple for quad in parse(client.get(f"/quality.{suffix}").data, format=form)}
        for suffix, form in (
            *(("ttl", RdfFormat.TURTLE), ("rdf", RdfFormat.RDF_XML)),
            *(("jsonld", RdfFormat.JSON_LD), ("nt", RdfFormat.N_TRIPLES)),
        )
    ]
    named = [row for row in league.rows if row.owner]
    assert len({triple.subject for triple in graphs[0]}) == 3 * len(named)
    assert all(graphs[0] == other for other in graphs[1:])


def test_the_table_as_rdf_keeps_the_rules_for_measurements(client: FlaskClient) -> None:
    lines = client.get("/quality.nt").text.splitlines(keepends=True)
    assert validate(lines).results == ()


def test_the_table_says_where_its_other_forms_are(client: FlaskClient) -> None:
    answer = client.get("/quality", headers=HTML)
    assert '</quality.csv>; rel="alternate"; type="text/csv"' in answer.headers.get_all("Link")
    again = client.get("/quality", headers=HTML | {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/quality.doc").status_code == 404


def test_a_store_without_a_release_has_no_table(world: World) -> None:
    bare = World(world.store, world.base, "bare")
    assert create_app(bare).test_client().get("/quality").status_code == 404


# Builds


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds a release of others' datasets on a day, and makes it current."""

    def made(now: datetime) -> Release:
        home, names = Home(tmp_path / "home"), Names()
        source = CATALOGUE.source(names)
        with home.locked():
            examples = sorted((CATALOGUE.folder / "example").glob("*.json"))
            job = Job(CATALOGUE, tuple(home.take_in(source, examples)))
            release = home.build([job], names, now)
            home.publish(release)
        return release

    return made


def test_another_day_makes_no_other_release(build: Build) -> None:
    first = build(datetime(2026, 1, 1, tzinfo=UTC))
    assert build(datetime(2027, 1, 1, tzinfo=UTC)).name == first.name


def test_a_later_day_makes_datasets_later(build: Build) -> None:
    overdue = []
    for now in (datetime(2010, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)):
        every = scores(World.of_release(build(now)))
        overdue.append(sum(found.get("overdue", 0) for found in every.values()))
    assert overdue[0] == 0


def test_what_answered_when_it_was_asked_has_its_points(build: Build, tmp_path: Path) -> None:
    before = World.of_release(build(datetime(2026, 1, 1, tzinfo=UTC)))
    quads = list(before.store.quads_for_pattern(None, DCAT.accessURL, None))
    addresses = {str(quad.object.value) for quad in quads}
    good, bad = sorted(one for one in addresses if not one.startswith(before.base))[:2]
    keep(tmp_path / "home", Answer(good, "2026-01-02", 200))
    keep(tmp_path / "home", Answer(bad, "2026-01-02", 410))
    after = World.of_release(build(datetime(2026, 1, 3, tzinfo=UTC)))
    assert after.release_name != before.release_name
    gained = {
        node: found["points"] - scores(before)[node]["points"]
        for node, found in scores(after).items()
    }
    assert set(gained.values()) == {0, 50}
    reasons = {
        str(quad.object.value)
        for quad in after.store.quads_for_pattern(None, RDFS.comment, None)
        if quad.graph_name == after.names.graph("quality")
    }
    assert f"{bad} gave status 410 on 2026-01-02." in reasons


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_read_well_on_a_small_screen_and_a_large_one(
    serve: Serve, browser: Browser, demo_home: Path, width: int
) -> None:
    with serve("--home", demo_home, "--workers", "1") as server:
        page = browser.new_page(viewport={"width": width, "height": 900})
        for path in ("/quality", "/doc/dataset/crime-survey", "/datasets/incidents-by-force"):
            answer = page.goto(server.address + path)
            assert answer is not None
            assert answer.ok
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
        page.close()


def test_only_what_the_release_holds_counts_as_held(world: World) -> None:
    assert world.folder is not None
    measuring = Measuring(world.folder, world.names, datetime(2026, 1, 1).date(), NOT_ASKED)
    there = [
        *("dumps/population.nq.gz", "datasets/incidents-by-force", "data/incidents-by-force"),
        *("datasets/incidents-by-force.csv", "dumps/street-crime/", "sparql", "catalog.ttl", ""),
    ]
    nowhere = [
        *("dumps/none.nq.gz", "datasets/none", "datasets/incidents-by-force.doc", "data/none"),
        *("dumps/../manifest.json", "dumps//etc/passwd", "datasets//etc", "etc/passwd", ".catalog"),
        *("dumps/" + "x" * 5000, "dumps/\0", "datasets/*", "datasets/incidents-by-force.*"),
    ]
    assert [path for path in there if not measuring.holds(path)] == []
    assert [path for path in nowhere if measuring.holds(path)] == []
