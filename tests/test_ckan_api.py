"""CKAN's API: its clients read every dataset, and are told of errors as they know them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from ckanapi import NotFound, RemoteCKAN, ValidationError
from ckanapi.errors import CKANAPIError
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Triple

from homegraph.endpoint import World, create_app
from homegraph.endpoint.harvest.ckan_actions import ACTIONS, MOST_ROWS
from homegraph.endpoint.harvest.ckan_packages import identifier, licence_id, moment, slug, tag_names
from homegraph.endpoint.harvest.ckan_terms import Row, WrongSearch, spelt, understood
from homegraph.graph.entry import Named
from homegraph.graph.iri import Names
from homegraph.graph.record import Records
from homegraph.graph.release import current
from homegraph.graph.terms import DCAT, DCT

Serve = Callable[..., AbstractContextManager[Any]]
STEM = "http://x/data/"


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def done(client: FlaskClient, action: str, **data: Any) -> Any:
    """The result of an action, which is the same by GET and by POST."""
    asked = {name: value for name, value in data.items() if isinstance(value, str)}
    got = client.get(f"/api/3/action/{action}", query_string=asked) if asked == data else None
    posted = client.post(f"/api/action/{action}", json=data)
    assert posted.status_code == 200, posted.text
    assert got is None or got.text == posted.text
    said = posted.get_json()
    assert list(said) == ["help", "success", "result"] and said["success"] is True
    assert said["help"].endswith(f"/api/3/action/help_show?name={action}")
    return said["result"]


@pytest.fixture(scope="module")
def packages(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(client, "current_package_list_with_resources")
    return found


# -- a client of CKAN's


def test_a_client_of_ckan_reads_all_packages(demo_home: Path, world: World, serve: Serve) -> None:
    with serve("--home", demo_home) as server:
        for only_get in (False, True):
            with RemoteCKAN(server.address, get_only=only_get) as ckan:
                names = ckan.action.package_list()
                assert len(names) == len(world.datasets)
                assert ckan.action.site_read() is True
                titles = {ckan.action.package_show(id=name)["title"] for name in names[:20]}
                assert len(titles) == 20
                found: list[dict[str, Any]] = []
                while len(found) < ckan.action.package_search(rows=0)["count"]:
                    page = ckan.action.package_search(
                        rows=30, start=len(found), sort="id asc", fq="organization:home-office"
                    )["results"]
                    assert page
                    found += page
                    if len(page) < 30:
                        break
                identifiers = [one["id"] for one in found]
                assert identifiers == sorted(set(identifiers))
                for name in ckan.action.organization_list():
                    assert ckan.action.organization_show(id=name)["package_count"] > 0
                with pytest.raises(NotFound):
                    ckan.action.package_show(id="no-such-dataset")
                with pytest.raises(ValidationError):
                    ckan.action.package_show()
                with pytest.raises(CKANAPIError):
                    ckan.call_action("package_make", {})


# -- packages


def test_every_dataset_of_the_catalogue_is_a_package(
    client: FlaskClient, world: World, packages: list[dict[str, Any]]
) -> None:
    assert done(client, "package_list") == [one["name"] for one in packages]
    uris = {extra(one, "uri") for one in packages}
    assert uris == {one.value for one in world.datasets}
    assert len({one["id"] for one in packages}) == len(packages)
    for one in packages[::9]:
        for key in (one["name"], one["id"], extra(one, "uri")):
            assert done(client, "package_show", id=key) == one


def extra(package: dict[str, Any], key: str) -> str:
    return next((one["value"] for one in package["extras"] if one["key"] == key), "")


def test_a_package_says_what_the_record_says(world: World, packages: list[dict[str, Any]]) -> None:
    records = Records(world.store)
    for one in packages:
        node = NamedNode(extra(one, "uri"))
        record = records.of(node)

        def said(predicate: NamedNode, record: list[Triple] = record, of: Any = node) -> set[str]:
            values = [t.object for t in record if (t.subject, t.predicate) == (of, predicate)]
            return {one.value for one in values if isinstance(one, Literal | NamedNode)}

        assert one["title"] in said(DCT.title)
        assert one["notes"] in said(DCT.description)
        assert tags(one) == set(tag_names(said(DCAT.keyword)))
        assert extra(one, "publisher_uri") in said(DCT.publisher) | {""}
        assert {file["uri"] for file in one["resources"]} == said(DCAT.distribution)
        for file in one["resources"]:
            of = NamedNode(file["uri"])
            where = said(DCAT.downloadURL, of=of) or said(DCAT.accessURL, of=of)
            assert file["url"] in where
            assert {str(file["size"])} == (said(DCAT.byteSize, of=of) or {"None"})


def test_what_we_publish_has_all_that_a_harvester_wants(
    world: World, packages: list[dict[str, Any]]
) -> None:
    ours = [one for one in packages if extra(one, "uri").startswith(world.address("data/"))]
    assert len(ours) >= 60
    for one in ours:
        assert one["license_id"] == "uk-ogl" and one["isopen"] is True
        assert one["organization"]["name"] == "home-office"
        assert one["owner_org"] == one["organization"]["id"]
        assert one["maintainer"] and one["tags"] and one["notes"] and one["metadata_modified"]
        assert extra(one, "uri") == world.address(f"data/{one['name']}")
        assert one["num_resources"] == len(one["resources"]) > 0
        for file in one["resources"]:
            assert file["url"].startswith(world.base) and file["format"] and file["mimetype"]


def test_the_times_of_a_package_are_those_of_its_record(
    world: World, packages: list[dict[str, Any]]
) -> None:
    for one in packages:
        change = world.changes.of(extra(one, "uri"))
        assert change is not None
        assert one["metadata_modified"] + "Z" == change.changed
        assert one["metadata_created"] + "Z" == change.created


def test_names_follow_from_iris_alone() -> None:
    assert slug(f"{STEM}street-crime", STEM) == "street-crime"
    others = ["http://x/id/dataset/street-crime", f"{STEM}Street-Crime", f"{STEM}a", f"{STEM}a/b"]
    others += ["http://x/id/dataset/%C3%A9", "http://x/", f"{STEM}{'a' * 200}"]
    names = [slug(iri, STEM) for iri in others]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 100 and name == name.lower() for name in names)
    assert identifier("a:a") == identifier("a:a") != identifier("a:b")


@pytest.mark.parametrize(
    ("iri", "expected"),
    [
        ("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/", "uk-ogl"),
        ("http://publications.europa.eu/resource/authority/licence/OGL_3_0", "uk-ogl"),
        ("https://creativecommons.org/licenses/by/4.0/", "cc-by"),
        ("https://creativecommons.org/licenses/by-sa/4.0/", "cc-by-sa"),
        ("http://www.opendefinition.org/licenses/odc-by", "odc-by"),
    ],
)
def test_a_licence_has_the_name_that_ckan_gives_it(iri: str, expected: str) -> None:
    assert licence_id(Named(iri, "")) == expected


def test_an_unknown_licence_has_a_name_of_its_own() -> None:
    names = {licence_id(Named(*pair)) for pair in [("a:b/x", ""), ("", "Mine"), ("", "Yours")]}
    assert len(names) == 3 and all(names)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024", "2024-01-01T00:00:00"),
        ("2024-05", "2024-05-01T00:00:00"),
        ("2024-05-06", "2024-05-06T00:00:00"),
        ("2024-05-06T07:08:09Z", "2024-05-06T07:08:09"),
        ("", ""),
    ],
)
def test_a_day_is_written_as_ckan_writes_moments(day: str, expected: str) -> None:
    assert moment(day) == expected


# -- searches


def test_a_search_finds_all_in_pages(client: FlaskClient, packages: list[dict[str, Any]]) -> None:
    found, size = [], 7
    while page := done(client, "package_search", rows=size, start=len(found))["results"]:
        found += page
    key = "name"
    assert sorted(one[key] for one in found) == [one[key] for one in packages]
    assert done(client, "package_search")["results"] == found[:10]
    most = done(client, "package_search", rows="99999")["results"]
    assert len(most) == min(MOST_ROWS, len(packages))


def test_words_are_looked_for_in_titles_descriptions_and_keywords(client: FlaskClient) -> None:
    found = done(client, "package_search", q="stop and search", rows="1000")
    assert 3 <= found["count"] < 20
    assert found["results"][0]["title"].lower().startswith("stop")
    plural = done(client, "package_search", q="searches", rows="1000")
    assert plural["count"] == done(client, "package_search", q="SEARCH", rows="1000")["count"] > 0
    assert done(client, "package_search", q="nowhere-to-be-found")["count"] == 0


@pytest.mark.parametrize(
    ("fq", "fits"),
    [
        ("organization:home-office", lambda one: one["organization"]["name"] == "home-office"),
        ("res_format:CSV", lambda one: "CSV" in formats(one)),
        ("+res_format:csv +res_format:Parquet", lambda one: {"CSV", "Parquet"} <= formats(one)),
        ("-res_format:CSV", lambda one: "CSV" not in formats(one)),
        ('tags:"crime"', lambda one: "crime" in tags(one)),
        ("tags:(crime OR population)", lambda one: bool({"crime", "population"} & tags(one))),
        ("tags:crime NOT tags:policing", lambda one: "policing" not in tags(one) >= {"crime"}),
        ("name:population", lambda one: one["name"] == "population"),
        ("name:incidents*", lambda one: one["name"].startswith("incidents")),
        ("license_id:uk-ogl AND state:active", lambda one: one["license_id"] == "uk-ogl"),
        ("metadata_modified:[2000-01-01T00:00:00Z TO *]", lambda one: True),
        ("metadata_modified:[* TO 2000-01-01T00:00:00Z]", lambda one: False),
        ("no_such_field:x", lambda one: False),
        ("*:*", lambda one: True),
    ],
)
def test_a_filter_finds_what_fits(
    client: FlaskClient, packages: list[dict[str, Any]], fq: str, fits: Callable[[Any], bool]
) -> None:
    found = done(client, "package_search", fq=fq, rows="1000")
    expected = {one["name"] for one in packages if fits(one)}
    assert {one["name"] for one in found["results"]} == expected
    assert found["count"] == len(expected)


def formats(package: dict[str, Any]) -> set[str]:
    return {file["format"] for file in package["resources"]}


def tags(package: dict[str, Any]) -> set[str]:
    return {tag["name"] for tag in package["tags"]}


def test_values_are_counted(client: FlaskClient, packages: list[dict[str, Any]]) -> None:
    fields = ["organization", "tags", "res_format", "license_id"]
    found = done(client, "package_search", **{"facet.field": json.dumps(fields), "rows": "0"})
    assert set(found["facets"]) == set(found["search_facets"]) == set(fields)
    counted = {one["name"]: one["count"] for one in found["search_facets"]["res_format"]["items"]}
    assert counted == {form: sum(form in formats(one) for one in packages) for form in counted}
    (office,) = [
        one
        for one in found["search_facets"]["organization"]["items"]
        if one["name"] == "home-office"
    ]
    assert office["display_name"] == "Home Office"
    short = done(client, "package_search", **{"facet.field": ["tags"], "facet.limit": 3, "rows": 0})
    assert len(short["facets"]["tags"]) == 3


def test_a_search_is_sorted(client: FlaskClient) -> None:
    for field, sort in (("name", "name asc"), ("title", "title_string asc"), ("id", "id asc")):
        found = done(client, "package_search", sort=sort, rows="1000")["results"]
        assert [one[field] for one in found] == sorted(one[field] for one in found)
        back = done(client, "package_search", sort=f"{sort[:-4]} desc", rows="1000")["results"]
        assert back == found[::-1]


def test_lists_of_tags_licences_and_publishers_agree_with_the_packages(
    client: FlaskClient, packages: list[dict[str, Any]]
) -> None:
    assert done(client, "tag_list") == sorted(set().union(*map(tags, packages)))
    assert {one["id"] for one in done(client, "license_list")} == {
        one["license_id"] for one in packages if one["license_id"]
    }
    full = done(client, "organization_list", all_fields="true")
    for one in full:
        own = [p for p in packages if p["owner_org"] == one["id"]]
        assert one["package_count"] == len(own) > 0
        shown = done(client, "organization_show", id=one["name"], include_datasets="true")
        assert shown["packages"] == own[:10]
    file = packages[0]["resources"][0]
    assert done(client, "resource_show", id=file["id"]) == file


# -- what cannot be done


def row(**fields: str) -> Row:
    return Row("x", spelt("A title"), spelt("a title of words"), dict_of(fields))


def dict_of(fields: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: (value,) for name, value in fields.items()}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("title words", True),
        ("title -words", False),
        ('"title of words"', True),
        ('"words of title"', False),
        ("(none OR title) AND words", True),
        ("tit*", True),
        ("title:title", True),
        ("title:words", False),
        (r"uri:http\://x/a", True),
        ("uri:http://x/a", True),
        ('uri:"http://x/a"', True),
        ("uri:*", True),
        ("other:*", False),
        ("NOT uri:*", False),
        ("n:{1 TO 5}", True),
        ("n:{3 TO 5}", False),
        ("n:[3 TO 5]", True),
        ("!none", True),
        ("-", True),
    ],
)
def test_a_search_is_understood(text: str, fits: bool) -> None:
    assert understood(text).fits(row(uri="http://x/a", n="3")) is fits


NO_SEARCH = [
    *("(", ")", "a OR", "AND", "a:", ":a", '"', "a:[1 2]", "a:[NOW TO *]", "[1 TO 2]", "++a"),
    *("(" * 50 + "a" + ")" * 50, "a " * 500, "-" * 60 + "a", "a:(", "a:(b OR", "{", "a:b)"),
]


@pytest.mark.parametrize("text", NO_SEARCH, ids=lambda text: text[:12])
def test_a_search_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(WrongSearch):
        understood(text)


@pytest.mark.parametrize(
    ("action", "data", "status", "kind"),
    [
        ("package_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("package_show", {}, 409, "Validation Error"),
        ("package_show", {"id": 5}, 409, "Validation Error"),
        ("resource_show", {"id": "nothing"}, 404, "Not Found Error"),
        ("organization_show", {"id": "nobody"}, 404, "Not Found Error"),
        ("tag_show", {"id": "no such word"}, 404, "Not Found Error"),
        ("tag_list", {"vocabulary_id": "x"}, 404, "Not Found Error"),
        ("help_show", {"name": "nothing"}, 404, "Not Found Error"),
        ("package_list", {"limit": "many"}, 409, "Validation Error"),
        ("package_list", {"offset": -1}, 409, "Validation Error"),
        ("package_list", {"limit": [1, 2]}, 409, "Validation Error"),
        ("package_search", {"rows": "ten"}, 409, "Validation Error"),
        ("package_search", {"start": True}, 409, "Validation Error"),
        ("package_search", {"q": ["a"]}, 409, "Validation Error"),
        ("package_search", {"facet.field": "tags"}, 409, "Validation Error"),
        ("package_search", {"facet": "no", "facet.limit": "x"}, 409, "Validation Error"),
        ("package_search", {"facet.limit": "-x"}, 409, "Validation Error"),
        ("package_search", {"fq_list": [1]}, 409, "Validation Error"),
        ("package_search", {"fq_list": ["a"] * 51}, 409, "Validation Error"),
        ("package_search", {"sort": 1}, 409, "Validation Error"),
        ("package_search", {"sort": "colour asc"}, 400, "Search Query Error"),
        ("package_search", {"q": "("}, 400, "Search Query Error"),
        ("package_search", {"fq": 'tags:"'}, 400, "Search Query Error"),
    ],
)
def test_an_error_is_told_as_ckan_tells_it(
    client: FlaskClient, action: str, data: dict[str, Any], status: int, kind: str
) -> None:
    answer = client.post(f"/api/3/action/{action}", json=data)
    assert answer.status_code == status
    said = answer.get_json()
    assert list(said) == ["help", "success", "error"] and said["success"] is False
    assert said["error"]["__type"] == kind
    if kind == "Validation Error":
        (messages,) = (value for key, value in said["error"].items() if key != "__type")
        assert messages and all(isinstance(one, str) for one in messages)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("stem", ["/api/3/action", "/api/action"])
@pytest.mark.parametrize("action", ["package_make", "package_create", "x y", "\u00e9", "%2e%2e"])
def test_an_unknown_action_is_refused_as_ckan_does(
    client: FlaskClient, stem: str, action: str
) -> None:
    for answer in (client.get(f"{stem}/{action}"), client.post(f"{stem}/{action}", json={})):
        assert answer.status_code == 400
        assert answer.get_json().startswith("Bad request - Action name not known: ")


@pytest.mark.parametrize(
    "body",
    [b"[1]", b'"text"', b"null", b"5", b'{"id":', b"\xff\xfe", b"[" * 100_000, b"{" * 9_000],
    ids=["list", "text", "null", "number", "cut", "no UTF-8", "deep", "deep objects"],
)
def test_a_body_that_is_no_object_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/3/action/package_show", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json().startswith("Bad request - ")


def test_a_body_may_be_sent_as_people_send_it(client: FlaskClient) -> None:
    """As JSON, as a form, and as what `curl -d` sends, which calls JSON a form."""
    address, form = "/api/3/action/package_show", "application/x-www-form-urlencoded"
    expected = client.get(f"{address}?id=population").get_json()
    for body, kind in (
        (b'{"id": "population"}', "application/json"),
        (b'{"id": "population"}', form),
        (b"id=population", form),
        (b' {"id": "population"}\n', "text/plain"),
    ):
        assert client.post(address, data=body, content_type=kind).get_json() == expected
    half = client.post(address, data=b'{"id": "\\ud800"}', content_type="application/json")
    assert half.status_code == 404


def test_an_answer_that_is_the_same_is_not_sent_again(client: FlaskClient) -> None:
    for path in ("package_list", "package_show?id=population", "package_search?q=crime"):
        first = client.get(f"/api/3/action/{path}")
        again = client.get(
            f"/api/3/action/{path}", headers={"If-None-Match": first.headers["ETag"]}
        )
        assert (again.status_code, again.data) == (304, b"")
        assert first.last_modified is not None
        assert client.head(f"/api/3/action/{path}").status_code == 200


def test_every_action_says_what_it_does(client: FlaskClient) -> None:
    for name, action in ACTIONS.items():
        said = done(client, "help_show", name=name)
        assert said.startswith(action.says)
    assert done(client, "status_show")["site_url"] == Names().base.rstrip("/")
    assert client.get("/api/3").get_json() == {"version": 3}
