"""The gate over the register, and the owners' pages, on a register made by hand.

Everything expected stands here as plain values, worked out by hand from the rows.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Quad, RdfFormat, Store, parse

from homegraph import loaders
from homegraph.endpoint import World, create_app
from homegraph.endpoint.duties import Late, overdue
from homegraph.graph import nquads, rules
from homegraph.graph.check import check_file
from homegraph.graph.concepts import vocabulary
from homegraph.graph.errors import ShapesViolated
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release

Make = Callable[..., Release]
REGISTER = loaders.by_name("information_asset_register")
BASE = "http://localhost:8000/"
SHAPE = "https://w3id.org/homegraph/def/shape/asset#"
HTML = {"Accept": "text/html"}
TODAY = date(2025, 2, 28)  # a year after 29 February 2024
# An asset with which nothing is wrong, and nothing due before June 2025.
PLAIN = {
    "Description": "Figures on one thing or another, by year.",
    "Owner post": "Head of Figures",
    "SIRO post": "Director-General, Risk",
    "Business unit": "Figures",
    "Classification": "OFFICIAL",
    "Personal data": "no",
    "Risk review date": "2024-06-01",
    "Review due": "2025-06-01",
    "Publication decision": "Under consideration",
    "Last annual assessment": "2024-06-01",
}
OUT = {
    "Publication decision": "Published",
    "Rights": "Open Government Licence",
    "Signed off by": "Head of Figures",
    "Sign-off date": "2024-05-01",
    "First published": "2024-05",
    "Published datasets": "figures",
}
CROWD = {"Owner post": "Head of Crime/Policing", "Personal data": "yes"}
SEALED = {
    "Description": "",
    "Owner post": "Head of Vaults",
    "Classification": "CONFIDENTIAL",
    "Publication decision": "Withheld",
    "Exemption": "s24",
}
ELSEWHERE = """
<http://other.example/ships> <https://w3id.org/homegraph/def/asset#owner> <http://other.example/p> .
<http://other.example/p> <http://www.w3.org/2000/01/rdf-schema#label> "Head of Ships" .
"""
SECRET = "Where the vault is and who has its keys."
ROWS: dict[str, dict[str, str]] = {
    # Due today, which is not overdue: the review, and the assessment after one on 29 February.
    "G-1": OUT
    | {"Review due": "2025-02-28", "Last annual assessment": "2024-02-29"}
    | {"Access requests": "2025-01 | journalist | pending; 2024-12 | developer | granted"},
    "G-2": {"Review due": "2025-02-27"},
    "G-3": {"Last annual assessment": "2024-02-27", "Publication decision": "Planned"}
    | {"Planned release": "spring 2025"},
    "G-4": CROWD,
    "G-5": CROWD | OUT | {"Privacy impact assessment": "In progress"},
    "G-6": CROWD | OUT | {"Privacy impact assessment": "Signed off", "PIA date": "2024-06-01"},
    "G-7": {"Publication decision": "Published"},
    "G-8": {"Publication decision": "Withheld"},
    "G-9": SEALED | {"Classification": "SECRET", "Description": SECRET, "Subject": "vaults; keys"},
    "G-10": SEALED,
    "G-11": {"Description": "Short", "Rights": "Banana"},
    "G-12": {"Owner post": "Dr Jane Doe, Director", "SIRO post": ""},
    "G-13": OUT | {"Sign-off date": "2025-03-01", "First published": ""},
    "G-14": {"Owner post": "Head of Vaults", "Review due": "", "Last annual assessment": ""},
}
# What is broken on that day, by asset; where a path says which column, behind a colon.
BROKEN = {
    "G-1": set(),
    "G-2": {"ReviewIsOverdue: reviewDue"},
    "G-3": {"AssessmentIsOverdue: assessmentDue"},
    "G-4": {"PersonalDataIsAssessed"},
    "G-5": {"PersonalDataIsPublishedAfterSignOff"},
    "G-6": {"PersonalDataIsAssessedInTime"},
    "G-7": {"PublishedCanBeFound", "PublishedMayBeUsed", "PublishedIsSignedOff"},
    "G-8": {"WithheldSaysWhy"},
    "G-9": {"SecretIsNotDescribed: description", "SecretIsNotDescribed: keyword"},
    "G-10": set(),
    "G-11": {"DescriptionIsLongEnough", "asset-rights: rights/label"},
    "G-12": {"asset-owner-name: owner", "asset-risk-owner: seniorInformationRiskOwner"},
    "G-13": {"DoneIsNotInTheFuture: signedOff"},
    "G-14": {"asset-review-due: reviewDue", "asset-last-assessment: lastAssessment"},
}
# Where a clerk is sent: the row (the header is row 1), and the columns to mend.
SENT = [
    (3, "ReviewIsOverdue", "Review due"),
    (4, "AssessmentIsOverdue", "Last annual assessment"),
    (5, "PersonalDataIsAssessed", "Privacy impact assessment"),
    (6, "PersonalDataIsPublishedAfterSignOff", "Privacy impact assessment; Publication decision"),
    (7, "PersonalDataIsAssessedInTime", "PIA date; First published"),
    (8, "PublishedCanBeFound", "Published datasets"),
    (8, "PublishedIsSignedOff", "Signed off by; Sign-off date"),
    (8, "PublishedMayBeUsed", "Rights"),
    (9, "WithheldSaysWhy", "Decision reason; Exemption"),
    (10, "SecretIsNotDescribed", "Description"),
    (10, "SecretIsNotDescribed", "Subject"),
    (12, "DescriptionIsLongEnough", "Description"),
    (12, "asset-rights", "Rights"),
    (13, "asset-owner-name", "Owner post"),
    (13, "asset-risk-owner", "SIRO post"),
    (14, "DoneIsNotInTheFuture", "Sign-off date"),
    (15, "asset-last-assessment", "Last annual assessment"),
    (15, "asset-review-due", "Review due"),
]
WARNINGS = {
    *("ReviewIsOverdue", "AssessmentIsOverdue", "asset-rights"),
    *("asset-review-due", "asset-last-assessment"),
}


def register(folder: Path, rows: dict[str, dict[str, str]]) -> Path:
    """A register with some rows, as CSV."""
    path = folder / "information-asset-register.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, REGISTER.module.COLUMNS, restval="")
        table.writeheader()
        for number, said in rows.items():
            table.writerow({"IARN": number, "Title": f"Asset {number}"} | PLAIN | said)
    return path


def read(path: Path) -> list[Quad]:
    reading = Reading()
    found = list(REGISTER.load([RawFile.at(path)], Names(), reading))
    assert list(reading) == []
    return found


def broken(quads: Iterable[Quad], on: date | None) -> dict[str, set[str]]:
    """The rules that each asset breaks, with the last word of each property of the path."""
    found: dict[str, set[str]] = {}
    for result in rules.validate(nquads.lines(quads), on).results:
        words = re.findall(r"<[^>]*[#/](\w+)>", result.path_term)
        shape = result.shape.removeprefix(SHAPE) + (f": {'/'.join(words)}" if words else "")
        found.setdefault(result.focus.removeprefix(f"{BASE}id/asset/"), set()).add(shape)
    return found


def traced(path: Path) -> list[tuple[int, str, tuple[str, ...], str]]:
    """Where a check sends a clerk: row, rule, columns, and what is said."""
    found = []
    for rule in check_file(REGISTER, RawFile.at(path), Names(), TODAY).report.rules:
        for example in rule.examples if rule.rule.startswith(SHAPE) else []:
            assert example.file == path.name
            assert example.row is not None
            shape = rule.rule.removeprefix(SHAPE)
            found.append((example.row, shape, example.columns, rule.message))
    return sorted(found)


@pytest.fixture(scope="module")
def quads(tmp_path_factory: pytest.TempPathFactory) -> list[Quad]:
    return read(register(tmp_path_factory.mktemp("register"), ROWS))


@pytest.fixture(scope="module")
def store(quads: list[Quad]) -> Store:
    found = Store()
    found.extend(quads)
    found.extend(vocabulary(Names()))
    return found


@pytest.fixture(scope="module")
def client(store: Store) -> FlaskClient:
    return create_app(World(store, BASE, "one")).test_client()


def test_each_asset_breaks_the_rules_that_it_should_and_no_others(quads: list[Quad]) -> None:
    found = broken(quads, TODAY)
    assert found == {number: said for number, said in BROKEN.items() if said}


def test_each_result_leads_to_the_row_and_the_columns_to_mend(tmp_path: Path) -> None:
    found = traced(register(tmp_path, ROWS))
    assert [(row, shape, "; ".join(columns)) for row, shape, columns, _ in found] == SENT
    for *_, columns, message in found:
        assert any(column in message for column in columns), message


def test_of_what_is_above_official_only_the_name_and_the_governance_may_be_said(
    tmp_path: Path,
) -> None:
    filled = {
        "Identifier": "7",
        "Description": SECRET,
        "Subject": "vaults",
        "Coverage": "Wales",
        "Date": "2020",
        "Updating frequency": "daily",
        "Date modified": "2021",
        "Source": "Guards",
        "Format": "paper",
        "Language": "English",
        "Author": "Home Office",
        "Publisher": "Home Office",
        "Rights": "Crown copyright",
        "Category": "Security",
        "Retention": "For ever",
        "Location or system": "Below ground",
        "Vital record": "yes",
        "Decision reason": "It would tell where.",
        "Signed off by": "Head of Vaults",
        "Sign-off date": "2024-01-31",
        "First published": "2024-02",
        "Planned release": "never",
        "Published datasets": "vaults",
        "Access requests": "2024-01 | journalist | refused",
        "Maturity level": "5",
        "Source document": "A list of vaults",
    }
    may_be_said = {
        *("Title", "IARN", "Owner post", "SIRO post", "Business unit", "Classification"),
        *("Personal data", "Privacy impact assessment", "PIA date", "Risk review date"),
        *("Review due", "Publication decision", "Exemption", "Last annual assessment"),
        "Illustrative fields",
    }
    assert filled.keys() == set(REGISTER.module.COLUMNS) - may_be_said
    said = {"Privacy impact assessment": "signed off", "PIA date": "2024-01-01"}
    said |= SEALED | {"Illustrative fields": "Title", "Personal data": "yes"}
    assert traced(register(tmp_path, {"G-1": said})) == []
    found = traced(register(tmp_path, {"G-1": said | filled}))
    assert {shape for _, shape, _, _ in found} == {"SecretIsNotDescribed"}
    assert {column for _, _, columns, _ in found for column in columns} == filled.keys()
    for *_, columns, message in found:
        assert all(column in message for column in columns), message


def test_what_is_overdue_is_a_warning_and_what_is_wrong_is_not(quads: list[Quad]) -> None:
    report = rules.validate(nquads.lines(quads), TODAY)
    named = {(result.shape.removeprefix(SHAPE), result.severity) for result in report.results}
    assert {shape for shape, severity in named if severity == "warning"} == WARNINGS
    assert {severity for _, severity in named} == {"warning", "violation"}


def test_without_a_day_nothing_is_overdue(quads: list[Quad]) -> None:
    said = {shape for shapes in broken(quads, None).values() for shape in shapes}
    assert not {shape for shape in said if "Overdue" in shape or "Future" in shape}


def test_a_result_about_an_overdue_asset_leads_to_its_owner(quads: list[Quad]) -> None:
    owners = {
        quad.subject.value: quad.object.value
        for quad in quads
        if str(quad.predicate).endswith("asset#owner>")
    }
    late = [
        owners[result.focus]
        for result in rules.validate(nquads.lines(quads), TODAY).results
        if result.shape.endswith("IsOverdue")
    ]
    assert late == [f"{BASE}id/post/Head%20of%20Figures"] * 2


@pytest.mark.parametrize("column", ["Owner post", "SIRO post", "Signed off by"])
def test_a_person_named_as_a_post_is_refused_and_not_named_again(
    column: str, tmp_path: Path
) -> None:
    row = {"G-1": OUT | {column: "Dr Jane Doe, Director"}}
    report = rules.validate(nquads.lines(read(register(tmp_path, row))), TODAY)
    (result,) = report.violations
    assert column in result.message
    assert "Jane" not in f"{result.focus} {result.value} {result.message}"


@pytest.mark.parametrize(
    "marking", ["SECRET", "TOP SECRET", "CONFIDENTIAL", "SECRET (before 2014)"]
)
def test_what_is_above_official_is_refused_with_a_description_and_never_repeated(
    marking: str, tmp_path: Path, make: Make
) -> None:
    row = SEALED | {"Classification": marking, "Description": SECRET}
    bad = register(tmp_path, {"G-1": row})
    with pytest.raises(ShapesViolated, match="never described") as refused:
        make(tmp_path / "home", information_asset_register=[bad])
    assert SECRET not in str(refused.value)
    (shelf,) = (tmp_path / "home" / "rejected").iterdir()
    for report in shelf.glob("report.*"):
        assert SECRET not in report.read_text("utf-8")
    good = register(tmp_path, {"G-1": row | {"Description": ""}})
    make(tmp_path / "home", information_asset_register=[good])


@pytest.mark.parametrize("column", ["Signed off by", "Sign-off date"])
def test_nothing_is_released_as_published_without_a_sign_off(
    column: str, tmp_path: Path, make: Make
) -> None:
    bad = register(tmp_path, {"G-1": OUT | {column: ""}})
    with pytest.raises(ShapesViolated, match="Nothing goes out without a sign-off"):
        make(tmp_path / "home", information_asset_register=[bad])
    assert not (tmp_path / "home" / "current").exists()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-02-26", {}),
        ("2025-02-27", {}),
        ("2025-02-28", {"Head of Figures": ["G-3 annual assessment", "G-2 review"]}),
        (
            "2025-03-01",
            {
                "Head of Figures": [
                    *("G-3 annual assessment", "G-2 review"),
                    *("G-1 annual assessment", "G-1 review"),
                ]
            },
        ),
    ],
)
def test_what_is_overdue_is_listed_for_each_owner(
    day: str, expected: dict[str, list[str]], store: Store
) -> None:
    found = overdue(store, date.fromisoformat(day))
    said = {
        owner: sorted(f"{late.asset.rpartition('/')[2]} {late.duty}" for late in listed)
        for owner, listed in found.items()
    }
    assert said == {owner: sorted(listed) for owner, listed in expected.items()}


def test_an_overdue_asset_is_named_with_its_duty_and_day(store: Store) -> None:
    listed = overdue(store, TODAY)["Head of Figures"]
    asset = f"{BASE}id/asset/G-2"
    assert Late(asset, "Asset G-2", "review", "2025-02-27") in listed


# The pages


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/json"
    return json.loads(answer.text)


COUNTS = ("assets", "overdue", "soon", "open", "published", "pending")


def test_all_owners_are_counted(client: FlaskClient) -> None:
    said = get(client, "/owners.json?on=2025-02-28")
    assert said["on"] == "2025-02-28"
    assert {one["name"]: tuple(one[count] for count in COUNTS) for one in said["owners"]} == {
        "Dr Jane Doe, Director": (1, 0, 0, 1, 0, 0),
        # G-1 is due today; G-2 and G-3 are overdue; G-2, G-3 and G-11 are undecided.
        "Head of Figures": (7, 2, 1, 3, 3, 1),
        "Head of Crime/Policing": (3, 0, 0, 1, 2, 0),
        "Head of Vaults": (3, 0, 0, 1, 0, 0),
    }
    for one in said["owners"]:
        assert one["page"].startswith(f"{BASE}owners/")
        assert get(client, f"/{one['page'].removeprefix(BASE)}")["owner"] == one["owner"]


def test_what_is_due_within_ninety_days_is_counted(client: FlaskClient) -> None:
    def soon(day: str) -> int:
        owners = get(client, f"/owners.json?on={day}")["owners"]
        return {one["name"]: int(one["soon"]) for one in owners}["Head of Crime/Policing"]

    assert [soon("2025-03-02"), soon("2025-03-03"), soon("2025-06-01")] == [0, 3, 3]
    assert soon("2025-06-02") == 0


def test_an_owner_sees_what_is_due(client: FlaskClient) -> None:
    said = get(client, "/owners/Head%20of%20Figures.json?on=2025-02-28")
    assert said["name"] == "Head of Figures"
    due = [(d["title"], d["duty"], d.get("due"), d["state"]) for d in said["due"]]
    assert due == [
        ("Asset G-2", "review", "2025-02-27", "overdue"),
        ("Asset G-3", "annual assessment", "2025-02-27", "overdue"),
        ("Asset G-1", "annual assessment", "2025-02-28", "due soon"),
        ("Asset G-1", "review", "2025-02-28", "due soon"),
    ]


def test_an_owner_sees_assessments_under_way_and_days_that_are_not_known(
    client: FlaskClient,
) -> None:
    crime = get(client, "/owners/Head%20of%20Crime%2FPolicing.json?on=2025-02-28")
    assert [(d["title"], d["duty"], d["state"]) for d in crime["due"]] == [
        ("Asset G-5", "privacy impact assessment", "in progress")
    ]
    vaults = get(client, "/owners/Head%20of%20Vaults.json?on=2025-02-28")
    assert [(d["title"], d["duty"], d["state"]) for d in vaults["due"]] == [
        ("Asset G-14", "annual assessment", "no day is known"),
        ("Asset G-14", "review", "no day is known"),
    ]


def test_an_owner_sees_what_is_owned_open_and_asked_for(client: FlaskClient) -> None:
    said = get(client, "/owners/Head%20of%20Figures.json?on=2025-02-28")
    numbers = [one["number"] for one in said["owned"]]
    assert numbers == ["G-1", "G-11", "G-13", "G-2", "G-3", "G-7", "G-8"]
    assert {one["personal"] for one in said["owned"]} == {False}
    decided = {one["title"]: one["decision"].rpartition("/")[2] for one in said["open"]}
    assert decided == {
        "Asset G-1": "published",
        "Asset G-11": "under-consideration",
        "Asset G-13": "published",
        "Asset G-2": "under-consideration",
        "Asset G-3": "planned",
        "Asset G-7": "published",
        "Asset G-8": "withheld",
    }
    (planned,) = [one["planned"] for one in said["open"] if "planned" in one]
    assert planned == "spring 2025"
    asked = [
        (one["received"], one["requester"].rpartition("/")[2], one["outcome"].rpartition("/")[2])
        for one in said["asked"]
    ]
    assert asked == [("2025-01", "journalist", "pending"), ("2024-12", "developer", "granted")]


PAGES = ["/owners", "/owners/Head%20of%20Figures", "/owners/Head%20of%20Crime%2FPolicing"]


@pytest.mark.parametrize("path", PAGES)
def test_each_table_is_the_answer_to_the_query_that_is_shown(
    path: str, client: FlaskClient
) -> None:
    said = get(client, f"{path}.json?on=2025-02-28")
    page = client.get(f"{path}?on=2025-02-28", headers=HTML).text
    for name, query in said["queries"].items():
        assert query in unescape(page)
        address = f"/sparql?{urlencode({'query': query})}"
        assert f'href="{address}"' in unescape(page)
        found = json.loads(client.get(address, headers={"Accept": "application/json"}).text)
        assert len(found["results"]["bindings"]) == len(said[name])
        assert client.get(address, headers=HTML).status_code == 200


def test_a_page_says_which_day_it_speaks_of(client: FlaskClient) -> None:
    page = client.get("/owners/Head%20of%20Figures?on=2025-02-28", headers=HTML).text
    assert '<time datetime="2025-02-28">28 February 2025</time>' in page
    assert "2 are overdue" in page and "1 request waits" in page
    assert 'href="/owners?on=2025-02-28"' in page
    page = client.get("/owners?on=2025-02-28", headers=HTML).text
    assert 'href="/owners/Head%20of%20Crime%2FPolicing?on=2025-02-28"' in page


def test_without_a_day_a_page_speaks_of_today(client: FlaskClient) -> None:
    before = datetime.now(UTC).date().isoformat()
    said = get(client, "/owners.json")["on"]
    assert before <= said <= datetime.now(UTC).date().isoformat()


def test_a_page_is_unchanged_on_the_same_day_and_another_on_the_next(client: FlaskClient) -> None:
    tag = client.get("/owners?on=2025-02-28").headers["ETag"]
    again = client.get("/owners?on=2025-02-28", headers={"If-None-Match": tag})
    assert again.status_code == 304
    later = client.get("/owners?on=2025-03-01", headers={"If-None-Match": tag})
    assert later.status_code == 200
    assert later.headers["ETag"] != tag


@pytest.mark.parametrize("day", ["", "tomorrow", "2025-02-30", "20250228", "9999-12-31"])
def test_what_is_no_day_is_told(day: str, client: FlaskClient) -> None:
    answer = client.get("/owners", query_string={"on": day})
    assert answer.status_code == 400
    assert answer.content_type.startswith("application/problem+json")


def test_programs_get_json_and_people_a_page(client: FlaskClient) -> None:
    path = "/owners/Head%20of%20Figures"
    assert client.get(path).content_type == "application/json"
    page = client.get(path, headers=HTML)
    assert page.content_type.startswith("text/html")
    assert f'<{path}.json>; rel="alternate"' in page.headers["Link"]
    assert client.get(f"{path}?format=json", headers=HTML).content_type == "application/json"
    assert client.get(path, headers={"Accept": "text/csv"}).status_code == 406


@pytest.mark.parametrize(
    "path", ["/owners.ttl", "/owners/Nobody", "/owners/Director-General,%20Risk"]
)
def test_whoever_owns_nothing_has_no_page(path: str, client: FlaskClient) -> None:
    assert client.get(path).status_code == 404


def test_the_home_page_and_the_post_lead_to_the_owners(client: FlaskClient) -> None:
    assert 'href="/owners"' in client.get("/", headers=HTML).text
    post = client.get("/doc/post/Head%20of%20Crime%2FPolicing", headers=HTML).text
    assert 'href="/owners/Head%20of%20Crime%2FPolicing"' in post
    siro = client.get("/doc/post/Director-General,%20Risk", headers=HTML).text
    assert "/owners/" not in siro


def test_names_of_others_are_shown_without_a_page_of_ours() -> None:
    store = Store()
    store.extend(
        Quad(quad.subject, quad.predicate, quad.object)
        for quad in parse(input=ELSEWHERE, format=RdfFormat.TURTLE)
    )
    client = create_app(World(store, BASE, "elsewhere")).test_client()
    (one,) = get(client, "/owners.json?on=2025-02-28")["owners"]
    assert (one["name"], one["assets"], "page" in one) == ("Head of Ships", 1, False)
    assert "Head of Ships" in client.get("/owners", headers=HTML).text


def test_a_store_without_a_register_has_no_owners() -> None:
    client = create_app(World(Store(), BASE, "none")).test_client()
    assert client.get("/owners").status_code == 404
    assert "/owners" not in client.get("/", headers=HTML).text
