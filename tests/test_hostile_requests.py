"""Whatever harvesters and others send to the doors of the catalogue, each answers in its own form.

No status of ours (5xx), no body that its readers cannot read, nothing that takes long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from homegraph.endpoint import create_app
from homegraph.endpoint.harvest.ckan_actions import ACTIONS

DAY = "2026-01-01T10:00:00Z"
TITLES = {f"d{number}": f"Dataset {number}" for number in range(120)}
ODD = [
    *("", "0", "-1", "1e9", "1.0", "0x1", "99999999999999999999", "%D9%A3", "1;2", "1%0A", "%201"),
    *("%00", "%FF", "%C3%28", "%ED%A0%80", "%F0%9F%92%A9", "A" * 5_000, "..%2f..%2fetc%2fpasswd"),
    *("<script>", "{{7*7}}", "%25%30%30", "]]%3E", "+", "%E2%80%AE", "true", "null", "[]", "*"),
]
# By door: its parameters, and the statuses that it may answer with.
PAGED = {400, 404}
PLAIN = {200}
DOORS: dict[str, tuple[tuple[str, ...], set[int]]] = {
    "/catalog": (("page",), PAGED),
    "/catalog.xml": (("page",), PAGED),
    "/catalog.jsonld": (("q",), {200, 400}),
    "/catalog.html": (("page",), PAGED),
    "/feed": (("page",), PAGED),
    "/feed.trig": (("page",), PAGED),
    "/feed.atom": (("page", "q"), PLAIN),
    "/data.json": (("page", "callback"), PLAIN),
    "/sitemap.xml": (("page",), PLAIN),
    "/sitemap-1.xml": (("page",), PLAIN),
    "/oai": (("verb", "resumptionToken", "x"), PLAIN),
    "/oai?verb=ListRecords&metadataPrefix=oai_dc": (
        ("from", "until", "set", "resumptionToken", "metadataPrefix", "x"),
        PLAIN,
    ),
    "/oai?verb=ListIdentifiers": (("resumptionToken", "metadataPrefix"), PLAIN),
    "/oai?verb=GetRecord&metadataPrefix=dcat_ap": (("identifier",), PLAIN),
    **{
        f"/api/3/action/{name}": (
            (*(one[0] for one in action.takes), "callback", "fq_list", "organizations"),
            {200, 400, 404, 409},
        )
        for name, action in ACTIONS.items()
    },
}


@pytest.fixture(scope="module")
def client(a_catalogue: Callable[[], Any]) -> FlaskClient:
    return create_app(a_catalogue().release(DAY, TITLES)).test_client()


def insist(answer: Any, statuses: set[int], what: str, start: float) -> None:
    """An answer that its readers can read, with a right status, and soon."""
    assert answer.status_code in statuses, (what, answer.status)
    text, kind = answer.data.decode(), answer.mimetype
    if kind.endswith("json"):
        json.loads(text)
    elif kind.endswith("xml"):
        ElementTree.fromstring(text)
    elif kind == "text/html":
        assert text.rstrip().endswith("</html>"), what
    assert time.process_time() - start < 3, what


@pytest.mark.parametrize("door", DOORS)
def test_odd_parameters_are_answered_in_form(client: FlaskClient, door: str) -> None:
    names, statuses = DOORS[door]
    joint = "&" if "?" in door else "?"
    for name in names:
        for value in ODD:
            target, start = f"{door}{joint}{name}={value}", time.process_time()
            insist(client.get(target), statuses, target, start)
            insist(client.get(f"{target}&{name}={value}"), statuses | {400}, target, start)


@pytest.mark.parametrize(
    "path",
    ["/feed/{0}/{0}", "/feed.{0}", "/catalog.{0}", "/sitemap-{0}.xml", "/downloads/{0}"],
)
def test_odd_paths_are_not_found(client: FlaskClient, path: str) -> None:
    for value in ODD:
        if value and not (path.startswith("/sitemap") and value == "1"):
            target, start = path.format(value), time.process_time()
            for accept in ("*/*", "text/html", "text/turtle"):
                answer = client.get(target, headers={"Accept": accept})
                insist(answer, {404}, target, start)


@pytest.mark.parametrize("path", ["/catalog", "/catalog.ttl", "/feed", "/feed.trig"])
def test_two_pages_in_one_address_are_refused(client: FlaskClient, path: str) -> None:
    """A harvester that adds its own would get the same page for ever."""
    assert client.get(f"{path}?page=1").status_code == 200
    assert client.get(f"{path}?page=1&page=2").status_code == 400


BODIES = [
    *(b"{", b"[]", b"null", b'{"id":{}}', b'{"id":[[]]}', b'{"id":NaN}', b'{"rows":1e400}'),
    *(b'{"rows":-1}', b'{"rows":[1]}', b'{"rows":1.5}', b'{"limit":{"a":1}}', b'{"start":"-5"}'),
    *(b'{"limit":9999999999999999999999}', b'{"q":{"a":1}}', b'{"q":"' + b"(" * 5_000 + b'"}'),
    *(b'{"q":"' + b"a " * 100_000 + b'"}', b'{"fq_list":["(","a:"]}', b'{"fq_list":{"a":1}}'),
    *(b'{"facet.field":[["a"]]}', b'{"sort":"' + b"name asc," * 50_000 + b'name"}', b"\xff\xfe"),
    *(b'{"id":"\\ud800"}', b'{"q":"\\ud800"}', b'{"sort":"\\u0000"}', b'{"name":"\\ud800"}'),
    *(b'{"facet.field":["\\ud800"]}', b'{"organizations":["\\ud800"]}', b'{"query":["a"]}'),
    *(b'{"id":' + b"[" * 200_000 + b"]" * 200_000 + b"}", b'{"a":' * 90_000 + b"1" + b"}" * 90_000),
    *(b'{"id":"d1"}\x00', b'{"id":"d1","id":5}', b"id=%ff%00", b"q=a&q=b", b"%", b"\x00" * 10_000),
]
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "", "x")


@pytest.mark.parametrize("name", [*ACTIONS, "none"])
def test_a_body_of_any_kind_is_answered_in_ckans_form(client: FlaskClient, name: str) -> None:
    for body in BODIES:
        for kind in KINDS:
            start = time.process_time()
            answer = client.post(f"/api/3/action/{name}", data=body, content_type=kind)
            insist(answer, {200, 400, 404, 409}, f"{name} {body[:40]!r} {kind}", start)
            said = json.loads(answer.data)
            if isinstance(said, dict):
                assert said["success"] is (answer.status_code == 200)
            else:
                assert said.startswith("Bad request - ")


@pytest.mark.parametrize("path", ["/api/3/action/package_show", "/oai"])
def test_a_body_that_is_too_long_is_refused(client: FlaskClient, path: str) -> None:
    for body in (b" " * 10_000_000, b'{"id":"' + b"a" * 10_000_000 + b'"}'):
        for kind in KINDS[:2]:
            answer = client.post(path, data=body, content_type=kind)
            assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_what_is_posted_to_oai_is_answered_in_its_form(client: FlaskClient, body: bytes) -> None:
    for kind in KINDS:
        start = time.process_time()
        answer = client.post("/oai", data=body, content_type=kind)
        insist(answer, {200}, f"{body[:40]!r} {kind}", start)
        assert b'<error code="badVerb">' in answer.data


READ_ONLY = ["/catalog", "/feed", "/feed.atom", "/data.json", "/sitemap.xml", "/quality", "/api/3"]


@pytest.mark.parametrize("path", [*READ_ONLY, "/oai", "/api/3/action/package_list"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW"])
def test_another_method_is_refused_with_those_that_there_are(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = client.open(path, method=method, data=b"x")
    assert answer.status_code == 405
    allowed = set(answer.headers["Allow"].split(", "))
    assert allowed == {"GET", "HEAD", "OPTIONS"} | (set() if path in READ_ONLY else {"POST"})
    assert client.open(path, method="OPTIONS").status_code == 200
    assert client.head(path).data == b""
