"""OAI-PMH 2.0: what harvesters ask, what they get, and what they are told when they ask wrongly."""

from __future__ import annotations

import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, parse
from werkzeug.serving import make_server

from homegraph.endpoint.app import create_app
from homegraph.endpoint.harvest import oai
from homegraph.endpoint.world import World
from homegraph.graph.record import Records
from homegraph.graph.release import current
from homegraph.graph.terms import RDF

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
RDF_NAME = f"{{{RDF.iri}}}RDF"
DAYS = [f"2026-01-{day:02}T10:00:00Z" for day in range(1, 10)]
FIRST = {"incidents": "Incidents", "outcomes": "Outcomes", "http://example.org/d": "Theirs"}
SECOND = {"incidents": "Incidents and more", "http://example.org/d": "Theirs", "stops": "Stops"}
MANY = {f"d{number:04}": f"Dataset {number}" for number in range(23)}


def asking(world: World) -> FlaskClient:
    return create_app(world).test_client()


def ask(client: FlaskClient, verb: str = "", **arguments: str) -> Element:
    """The reply to a request; `since` stands for from, which is a word of Python."""
    if "since" in arguments:
        arguments["from"] = arguments.pop("since")
    given = {"verb": verb, **arguments} if verb else arguments
    answer = client.get("/oai?" + urlencode(given))
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.headers["Cache-Control"] == "no-store"
    root = ElementTree.fromstring(answer.data)
    assert [one.tag for one in root][:2] == [f"{OAI}responseDate", f"{OAI}request"]
    datetime.strptime(root.findtext(f"{OAI}responseDate", ""), "%Y-%m-%dT%H:%M:%SZ")
    return root


def codes(root: Element) -> list[str]:
    return [one.get("code", "") for one in root.findall(f"{OAI}error")]


def headers(root: Element) -> list[tuple[str, str, str]]:
    """Name, time and status of each record or header."""
    return [
        (
            one.findtext(f"{OAI}identifier", "").rpartition("/")[2],
            one.findtext(f"{OAI}datestamp", ""),
            one.get("status", ""),
        )
        for one in root.iter(f"{OAI}header")
    ]


def walked(client: FlaskClient, verb: str, **arguments: str) -> Iterator[Element]:
    """All pages of a list."""
    root = ask(client, verb, **arguments)
    while True:
        assert codes(root) == []
        yield root
        token = root.findtext(f"{OAI}{verb}/{OAI}resumptionToken")
        if not token:
            return
        root = ask(client, verb, resumptionToken=token)


@pytest.fixture
def client(catalogue: Any) -> FlaskClient:
    """Of the second release, which changed one, added one and removed one."""
    catalogue.release(DAYS[0], FIRST)
    return asking(catalogue.release(DAYS[1], SECOND))


def test_the_repository_says_what_it_is(client: FlaskClient, catalogue: Any) -> None:
    root = ask(client, "Identify")
    assert root.find(f"{OAI}request").attrib == {"verb": "Identify"}
    said = {one.tag.removeprefix(OAI): one.text for one in root.find(f"{OAI}Identify")}
    assert said == {
        "repositoryName": "homegraph",
        "baseURL": f"{catalogue.base}oai",
        "protocolVersion": "2.0",
        "adminEmail": "webmaster@localhost",
        "earliestDatestamp": DAYS[0],
        "deletedRecord": "persistent",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
    }


def test_the_demo_names_whom_to_write_to(demo_home: Path) -> None:
    root = ask(asking(World.of_release(current(demo_home))), "Identify")
    address = root.findtext(f"{OAI}Identify/{OAI}adminEmail", "")
    assert "@" in address and not address.startswith("webmaster@")


def test_formats_are_listed_for_all_and_for_one(client: FlaskClient) -> None:
    for arguments in ({}, {"identifier": "http://example.org/d"}):
        root = ask(client, "ListMetadataFormats", **arguments)
        found = [one.text for one in root.iter(f"{OAI}metadataPrefix")]
        assert found == ["oai_dc", "dcat_ap"]


def test_sets_are_publishers(client: FlaskClient) -> None:
    root = ask(client, "ListSets")
    (one,) = root.iter(f"{OAI}set")
    assert one.findtext(f"{OAI}setSpec") == "home-office"
    assert one.findtext(f"{OAI}setName") == "Home Office"
    assert (
        len(headers(ask(client, "ListIdentifiers", metadataPrefix="oai_dc", set="home-office")))
        == 4
    )
    other = ask(client, "ListIdentifiers", metadataPrefix="oai_dc", set="other")
    assert codes(other) == ["noRecordsMatch"]


@pytest.mark.parametrize("verb", ["ListIdentifiers", "ListRecords"])
def test_a_list_has_every_dataset_and_those_that_went(client: FlaskClient, verb: str) -> None:
    root = ask(client, verb, metadataPrefix="oai_dc")
    assert headers(root) == [
        ("d", DAYS[0], ""),
        ("incidents", DAYS[1], ""),
        ("outcomes", DAYS[1], "deleted"),
        ("stops", DAYS[1], ""),
    ]
    assert root.find(f"{OAI}{verb}/{OAI}resumptionToken") is None
    for record in root.iter(f"{OAI}record"):
        is_gone = record.find(f"{OAI}header").get("status") == "deleted"
        assert (record.find(f"{OAI}metadata") is None) == is_gone


def test_a_record_in_dublin_core(client: FlaskClient, catalogue: Any) -> None:
    root = ask(
        client, "GetRecord", identifier=f"{catalogue.base}data/stops", metadataPrefix="oai_dc"
    )
    (record,) = root.iter("{http://www.openarchives.org/OAI/2.0/oai_dc/}dc")
    assert [(one.tag.removeprefix(DC), one.text) for one in record] == [
        ("description", "All there is of Stops."),
        ("format", "text/csv"),
        ("identifier", f"{catalogue.base}data/stops"),
        ("publisher", "Home Office"),
        ("subject", "crime"),
        ("title", "Stops"),
        ("type", "Dataset"),
    ]


def test_a_record_in_dcat_is_the_record(demo_home: Path) -> None:
    world = World.of_release(current(demo_home))
    client, records = asking(world), Records(world.store)
    for root in walked(client, "ListRecords", metadataPrefix="dcat_ap"):
        for one in root.iter(f"{OAI}record"):
            dataset = NamedNode(one.findtext(f"{OAI}header/{OAI}identifier", ""))
            (metadata,) = one.iter(RDF_NAME)
            text = ElementTree.tostring(metadata)
            found = {quad.triple for quad in parse(text, format=RdfFormat.RDF_XML)}
            assert found == set(records.of(dataset)), dataset


def test_letters_that_xml_does_not_have_are_left_out(catalogue: Any) -> None:
    client = asking(catalogue.release(DAYS[0], {"a": "A\x00\x0b\ufffe <b> & ]]>"}))
    for prefix in ("oai_dc", "dcat_ap"):
        root = ask(client, "ListRecords", metadataPrefix=prefix)
        assert "A\ufffd\ufffd\ufffd <b> & ]]>" in "".join(root.itertext())


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (DAYS[0], None, {"d", "incidents", "outcomes", "stops"}),
        ("2026-01-01T10:00:01Z", None, {"incidents", "outcomes", "stops"}),
        ("2026-01-02", None, {"incidents", "outcomes", "stops"}),
        (None, "2026-01-01", {"d"}),
        (None, DAYS[0], {"d"}),
        (None, "2026-01-01T09:59:59Z", set()),
        ("2026-01-02", "2026-01-02", {"incidents", "outcomes", "stops"}),
        (DAYS[1], DAYS[1], {"incidents", "outcomes", "stops"}),
        ("2026-01-03", None, set()),
        ("1990-01-01", "1990-01-02", set()),
    ],
)
def test_a_list_is_of_the_time_that_is_asked_for(
    client: FlaskClient, since: str | None, until: str | None, expected: set[str]
) -> None:
    asked = {"since": since, "until": until}
    given = {name: value for name, value in asked.items() if value}
    root = ask(client, "ListRecords", metadataPrefix="oai_dc", **given)
    assert {name for name, *_ in headers(root)} == expected
    assert codes(root) == ([] if expected else ["noRecordsMatch"])


@pytest.mark.parametrize(
    ("code", "query"),
    [
        *(("badVerb", ""), ("badVerb", "verb="), ("badVerb", "verb=listrecords")),
        *(("badVerb", "verb=Identify&verb=Identify"), ("badArgument", "verb=Identify&x=1")),
        ("badArgument", "verb=Identify&metadataPrefix=oai_dc"),
        *(("badArgument", "verb=GetRecord"), ("badArgument", "verb=ListRecords")),
        ("badArgument", "verb=GetRecord&metadataPrefix=oai_dc"),
        ("badArgument", "verb=ListRecords&metadataPrefix="),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc"),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026"),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from="),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30"),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T10:00:00"),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T10:00Z"),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&until=yesterday"),
        (
            "badArgument",
            "verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-01T10:00:00Z",
        ),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-03&until=2026-01-02"),
        ("badArgument", "verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x"),
        ("cannotDisseminateFormat", "verb=ListRecords&metadataPrefix=marc"),
        ("cannotDisseminateFormat", "verb=ListIdentifiers&metadataPrefix=marc"),
        (
            "cannotDisseminateFormat",
            "verb=GetRecord&metadataPrefix=marc&identifier=http://example.org/d",
        ),
        ("idDoesNotExist", "verb=GetRecord&metadataPrefix=oai_dc&identifier=http://example.org/e"),
        ("idDoesNotExist", "verb=ListMetadataFormats&identifier=oai:example.org:1"),
        ("badResumptionToken", "verb=ListSets&resumptionToken=x"),
        ("badResumptionToken", "verb=ListRecords&resumptionToken=x"),
        ("badResumptionToken", "verb=ListIdentifiers&resumptionToken="),
        ("noRecordsMatch", "verb=ListRecords&metadataPrefix=oai_dc&set=none"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_by_its_code(
    client: FlaskClient, code: str, query: str
) -> None:
    answer = client.get(f"/oai?{query}")
    root = ElementTree.fromstring(answer.data)
    assert (answer.status_code, codes(root)) == (200, [code])
    attributes = root.find(f"{OAI}request").attrib
    assert bool(attributes) == (code not in {"badVerb", "badArgument"})


@pytest.mark.parametrize(
    "said",
    [
        *(b"", b"[", b"{}", b"[]", b'"oai_dc"', b"null", b"[" * 50_000, b"\xff"),
        b'["oai_dc", "", "", "", "2026-01-01T10:00:00Z", "x"]',
        b'["oai_dc", "", "", "", "2026-01-01T10:00:00Z", "x", 0]',
        b'["oai_dc", "", "", "", "2026-01-01T10:00:00Z", "x", true]',
        b'["oai_dc", "", "", "", "2026-01-01T10:00:00Z", 5, 1]',
        b'["marc", "", "", "", "2026-01-01T10:00:00Z", "x", 1]',
        b'["oai_dc", "today", "", "", "2026-01-01T10:00:00Z", "x", 1]',
        b'["oai_dc", "", "", "", "2027-01-01T10:00:00Z", "x", 1]',
    ],
)
def test_a_token_that_is_none_of_ours_is_refused(client: FlaskClient, said: bytes) -> None:
    token = urlsafe_b64encode(said).decode()
    assert codes(ask(client, "ListRecords", resumptionToken=token)) == ["badResumptionToken"]


def test_arguments_that_xml_cannot_repeat_do_no_harm(client: FlaskClient) -> None:
    root = ask(client, "GetRecord", metadataPrefix="oai_dc", identifier="\x00\ufffe<&\"'")
    assert codes(root) == ["idDoesNotExist"]


def test_post_asks_the_same_as_get(client: FlaskClient) -> None:
    given = {"verb": "ListRecords", "metadataPrefix": "dcat_ap", "from": "2026-01-02"}
    answers = client.get("/oai?" + urlencode(given)), client.post("/oai", data=given)
    first, second = (ElementTree.fromstring(answer.data) for answer in answers)
    for root in (first, second):
        root.find(f"{OAI}responseDate").text = ""
    assert ElementTree.tostring(first) == ElementTree.tostring(second)
    assert len(headers(first)) == 3
    assert codes(ElementTree.fromstring(client.post("/oai?verb=Identify").data)) == ["badVerb"]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten to a page."""
    monkeypatch.setattr(oai, "RECORDS", 10)
    monkeypatch.setattr(oai, "HEADERS", 10)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("verb", ["ListIdentifiers", "ListRecords"])
def test_a_long_list_goes_on_by_tokens_until_an_empty_one(catalogue: Any, verb: str) -> None:
    client = asking(catalogue.release(DAYS[0], MANY))
    pages = list(
        walked(client, verb, metadataPrefix="oai_dc", until="2026-01-05", set="home-office")
    )
    assert [len(headers(page)) for page in pages] == [10, 10, 3]
    names = [name for page in pages for name, *_ in headers(page)]
    assert names == sorted(MANY)
    tokens = [page.find(f"{OAI}{verb}/{OAI}resumptionToken") for page in pages]
    assert [(one.get("cursor"), one.get("completeListSize")) for one in tokens] == [
        ("0", "23"),
        ("10", "23"),
        ("20", "23"),
    ]
    assert [bool(one.text) for one in tokens] == [True, True, False]


@pytest.mark.usefixtures("small_pages")
def test_a_token_of_one_release_is_right_under_the_next(catalogue: Any) -> None:
    first = ask(asking(catalogue.release(DAYS[0], MANY)), "ListRecords", metadataPrefix="oai_dc")
    token = first.findtext(f"{OAI}ListRecords/{OAI}resumptionToken", "")
    after = {name: title for name, title in MANY.items() if name not in {"d0003", "d0015"}}
    client = asking(catalogue.release(DAYS[1], after | {"d0005": "Changed", "new": "New"}))
    pages = [ask(client, "ListRecords", resumptionToken=token)]
    while token := pages[-1].findtext(f"{OAI}ListRecords/{OAI}resumptionToken", ""):
        pages.append(ask(client, "ListRecords", resumptionToken=token))
    harvested = {name: status for page in [first, *pages] for name, _, status in headers(page)}
    gone = {name for name, status in harvested.items() if status}
    assert (gone, set(harvested)) == ({"d0003", "d0015"}, {*MANY, "new"})
    assert len(headers(pages[0])) == 10


@pytest.mark.usefixtures("small_pages")
def test_a_list_of_which_nothing_is_left_begins_anew(catalogue: Any) -> None:
    client = asking(catalogue.release(DAYS[0], MANY))
    root = ask(client, "ListRecords", metadataPrefix="oai_dc", until="2026-01-01")
    token = root.findtext(f"{OAI}ListRecords/{OAI}resumptionToken", "")
    client = asking(catalogue.release(DAYS[1], dict.fromkeys(MANY, "All changed")))
    assert codes(ask(client, "ListRecords", resumptionToken=token)) == ["badResumptionToken"]


# A client that others use


@pytest.mark.usefixtures("small_pages")
def test_sickle_harvests_all_and_then_what_changed(catalogue: Any) -> None:
    sickle = pytest.importorskip("sickle")
    server = make_server("127.0.0.1", 0, Flask("nothing yet"), threaded=True)
    catalogue.base = f"http://127.0.0.1:{server.port}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        server.app = create_app(catalogue.release(DAYS[0], MANY))
        harvester = sickle.Sickle(f"{catalogue.base}oai")
        assert harvester.Identify().granularity == "YYYY-MM-DDThh:mm:ssZ"
        assert [one.setSpec for one in harvester.ListSets()] == ["home-office"]
        prefixes = [one.metadataPrefix for one in harvester.ListMetadataFormats()]
        assert prefixes == ["oai_dc", "dcat_ap"]
        records = list(harvester.ListRecords(metadataPrefix="oai_dc"))
        assert len(records) == len(MANY)
        assert {one.metadata["title"][0] for one in records} == set(MANY.values())
        assert len(list(harvester.ListIdentifiers(metadataPrefix="dcat_ap"))) == len(MANY)

        left = {name: title for name, title in MANY.items() if name != "d0003"}
        server.app = create_app(catalogue.release(DAYS[3], left | {"d0005": "Changed", "n": "New"}))
        changed = list(harvester.ListRecords(**{"metadataPrefix": "oai_dc", "from": "2026-01-02"}))
        found = {one.header.identifier.rpartition("/")[2]: one for one in changed}
        assert set(found) == {"d0003", "d0005", "n"}
        assert [name for name, one in found.items() if one.deleted] == ["d0003"]
        assert found["d0005"].metadata["title"] == ["Changed"]
        one = harvester.GetRecord(identifier=f"{catalogue.base}data/n", metadataPrefix="oai_dc")
        assert one.header.datestamp == DAYS[3]
        with pytest.raises(sickle.oaiexceptions.NoRecordsMatch):
            harvester.ListRecords(**{"metadataPrefix": "oai_dc", "from": "2026-01-05"})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
