"""The example queries: each finds something in the demo, and says what it answers."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import QuerySolutions, Store

from homegraph.endpoint import World, create_app
from homegraph.endpoint.queries import Stored, examples
from homegraph.endpoint.words import tokens
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.release import current
from homegraph.graph.terms import SH

EVERY = examples(DEMO_BASE)
BY_NAME = {example.name: example for example in EVERY}
WIDEST = 100  # columns, as in our code
MARKS = {"completeness", "note", "before"}  # columns for what is the matter, if anything is


def of_kind(kind: object) -> pytest.MarkDecorator:
    """The examples of a kind, each as a test of its own."""
    wanted = [example for example in EVERY if example.kind == kind]
    return pytest.mark.parametrize("example", wanted, ids=lambda example: example.name)


each = pytest.mark.parametrize("example", EVERY, ids=lambda example: example.name)


@pytest.fixture(scope="module")
def demo(demo_home: Path) -> FlaskClient:
    """The demo's data behind the endpoint."""
    return create_app(World.of_release(current(demo_home))).test_client()


def columns(example: Stored) -> list[str]:
    """The columns that a SELECT names."""
    answer = Store().query(example.text())
    assert isinstance(answer, QuerySolutions)
    return [variable.value for variable in answer.variables]


def rows(demo: FlaskClient, example: Stored) -> list[dict[str, str]]:
    """The answer of a SELECT, by column."""
    answer = demo.get(f"/sparql?{example.ask('json')}")
    assert answer.status_code == 200, answer.text
    said = json.loads(answer.text)
    assert said["head"]["vars"] == columns(example)
    return [
        {name: cell["value"] for name, cell in row.items()} for row in said["results"]["bindings"]
    ]


def answered(demo: FlaskClient, name: str) -> list[dict[str, str]]:
    """The answer of an example, by its name."""
    return rows(demo, BY_NAME[name])


def test_there_are_examples_of_every_kind_of_question() -> None:
    assert len(EVERY) >= 30
    assert len({example.title for example in EVERY}) == len(EVERY)
    about = Counter(word for example in EVERY for word in example.keywords)
    for word in (
        "incidents", "rates", "outcomes", "stop and search", "recorded crime", "workforce",
        "completeness", "provenance", "places", "crosswalks", "words", "cubes", "catalogue",
    ):  # fmt: skip
        assert about[word] >= 2, word
    assert {example.kind for example in EVERY} == {
        SH.SPARQLSelectExecutable,
        SH.SPARQLAskExecutable,
        SH.SPARQLConstructExecutable,
    }


@each
def test_an_example_says_what_it_answers(example: Stored) -> None:
    assert example.title and example.keywords and example.order
    assert not example.title.endswith(".")
    assert example.description.endswith(".") and example.description != example.title
    assert max(map(len, example.body.splitlines())) <= WIDEST


def test_examples_stand_in_an_order_of_their_own() -> None:
    places = Counter(example.order for example in EVERY)
    assert not [place for place, number in places.items() if number > 1]


@of_kind(SH.SPARQLSelectExecutable)
def test_each_column_of_an_example_is_filled(demo: FlaskClient, example: Stored) -> None:
    found = rows(demo, example)
    assert found
    never = set(columns(example)) - {name for row in found for name in row}
    assert not never - MARKS, f"columns without a value: {never}"


@of_kind(SH.SPARQLConstructExecutable)
def test_an_example_gives_statements(demo: FlaskClient, example: Stored) -> None:
    answer = demo.get(f"/sparql?{example.ask('nt')}")
    assert answer.status_code == 200
    assert answer.text.count("\n") > 1


@of_kind(SH.SPARQLAskExecutable)
def test_an_example_says_yes(demo: FlaskClient, example: Stored) -> None:
    assert json.loads(demo.get(f"/sparql?{example.ask('json')}").text)["boolean"] is True


@each
def test_an_example_reads_one_pattern_at_a_time_for_what_may_be_lacking(example: Stored) -> None:
    """Of an OPTIONAL with two patterns on a figure, the engine would first find every match."""
    words = [token.text for token in tokens(example.body) if token.kind != "space"]
    for at, word in enumerate(words):
        if word.upper() == "OPTIONAL" and words[at + 2] == "?observation":
            inside = words[at + 2 : words.index("}", at)]
            assert not {";", "/"} & set(inside), " ".join(inside)


def test_greater_manchester_in_2019_is_said_to_be_incomplete(demo: FlaskClient) -> None:
    found = answered(demo, "greater-manchester-2019")
    assert {row["completeness"] for row in found} == {"Partial"}
    assert all("July to December 2019" in row["note"] for row in found)
    assert all(int(row["offences"]) > 0 for row in found)


def test_a_figure_leads_to_the_cell_it_was_read_from(demo: FlaskClient) -> None:
    (found,) = answered(demo, "figure-source")
    assert found["file"].endswith(".xlsx")
    assert found["sheet"] and int(found["row"]) > 1 and found["column"]
    assert len(found["sha256"]) == 64


def test_a_year_is_the_sum_of_its_quarters(demo: FlaskClient) -> None:
    found = answered(demo, "total-as-quarters")
    assert len(found) == 4
    assert sum(int(row["ofQuarter"]) for row in found) == int(found[0]["ofYear"])


def test_groups_are_the_sums_of_their_subgroups(demo: FlaskClient) -> None:
    sums: Counter[str] = Counter()
    found = answered(demo, "offence-roll-up")
    for row in found:
        sums[row["group"]] += int(row["ofSubgroup"])
    assert all(sums[row["group"]] == int(row["ofGroup"]) for row in found)


def test_shares_of_searches_add_up_within_a_group(demo: FlaskClient) -> None:
    shares: Counter[str] = Counter()
    for row in answered(demo, "stops-by-ethnicity"):
        # A Counter is typed for whole numbers, and adds up shares as well.
        shares[row["group"]] += float(row["percentOfGroup"])  # type: ignore[assignment]
    assert all(99 < share < 101 for share in shares.values())


def test_a_category_leads_to_the_classification_of_others(demo: FlaskClient) -> None:
    found = answered(demo, "category-crosswalk")
    assert {"Burglary", "Robbery"} <= {row["category"] for row in found}
    assert all(row["link"] for row in found)
