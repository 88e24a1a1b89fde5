"""Link sets: what is in them, what an audit finds, how they are served and looked up both ways."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from homegraph import loaders
from homegraph.endpoint import World, create_app
from homegraph.graph import iri
from homegraph.graph.concepts import ONTOLOGIES
from homegraph.graph.errors import SourceRejected
from homegraph.graph.iri import CONCEPT, Names, area, month, organisation
from homegraph.graph.linksets import link, making, reaching, shelf
from homegraph.graph.linksets.audit import Audit, audited
from homegraph.graph.linksets.checks import checked, place_of
from homegraph.graph.linksets.finding import HERE, Found, listed, page_of
from homegraph.graph.linksets.kinds import (
    AREAS_ONS,
    AREAS_OS,
    DATASETS_DATA_GOV_UK,
    FORCES_WIKIDATA,
    KINDS,
    OFFENCES_ICCS,
    OFFENCES_LEGISLATION,
    OFFENCES_SECTIONS,
)
from homegraph.graph.linksets.link import LinkSet
from homegraph.graph.linksets.targets import (
    DATA_GOV_UK,
    GOV_UK,
    ONS,
    OS,
    TARGETS,
    TIMES,
    WIKIDATA,
    proper,
)
from homegraph.graph.quality_reach import Answer, keep
from homegraph.graph.release import Release, current
from homegraph.graph.terms import DCT, FOAF, OWL, PROV, RDF, SKOS, SOURCE, SSSOM, VOID

(ENTITY,), (RECORD,) = WIKIDATA.spaces, DATA_GOV_UK.spaces
FORCE = CONCEPT + "police-force/"
AVON = FORCE + "avon-and-somerset"
AVON_ITEM = ENTITY + "Q4829263"
NOTHING = Audit(0, 0, 0, ())
Make = Callable[..., Release]


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


@pytest.fixture(scope="module")
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


def same(one: str, other: str) -> link.Triple:
    return link.Triple(one, SKOS.exactMatch.value, other)


def links_of(release: Release, name: str) -> list[Triple]:
    text = gzip.decompress((release.path / shelf.FOLDER / f"{name}.nt.gz").read_bytes())
    return [quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES)]


# The audit


def test_two_things_of_ours_that_are_the_same_as_one_are_found() -> None:
    found = audited([same(FORCE + "kent", ENTITY + "Q1"), same(FORCE + "essex", ENTITY + "Q1")])
    (one,) = found.contradictions
    assert {one.one, one.other} == {FORCE + "kent", FORCE + "essex"}
    assert "the same as one" in one.why and len(one.through) == 2


def test_one_thing_of_ours_that_is_the_same_as_two_is_found() -> None:
    found = audited([same(FORCE + "kent", ENTITY + "Q1"), same(FORCE + "kent", ENTITY + "Q2")])
    (one,) = found.contradictions
    assert {one.one, one.other} == {ENTITY + "Q1", ENTITY + "Q2"}
    assert FORCE + "kent" in one.why


def test_a_contradiction_through_a_chain_of_links_is_found() -> None:
    chain = [
        same(FORCE + "kent", "http://a.example/x"),
        link.Triple("http://b.example/y", OWL.sameAs.value, "http://a.example/x"),
        same("http://b.example/y", "http://c.example/z"),
        same(FORCE + "essex", "http://c.example/z"),
    ]
    (one,) = audited(chain).contradictions
    assert "chain" in one.why and len(one.through) == 4


def test_what_is_the_same_cannot_be_wider_as_well() -> None:
    apart = link.Triple(FORCE + "kent", SKOS.broadMatch.value, ENTITY + "Q1")
    (one,) = audited([same(FORCE + "kent", ENTITY + "Q1"), apart]).contradictions
    assert apart in one.through


def test_links_that_agree_are_no_contradiction() -> None:
    close = link.Triple(FORCE + "kent", SKOS.closeMatch.value, ENTITY + "Q2")
    triangle = [
        same(FORCE + "kent", ENTITY + "Q1"),
        same(ENTITY + "Q1", FORCE + "kent"),
        same(ENTITY + "Q1", "http://a.example/x"),
        same(FORCE + "kent", "http://a.example/x"),
    ]
    found = audited([*triangle, close])
    assert not found.contradictions
    assert (found.groups, found.largest) == (1, 3)


def test_the_shipped_data_has_no_contradiction(demo_home: Path) -> None:
    said = shelf.read(current(demo_home).path).audit
    assert said is not None and said["contradictions"] == []
    assert said["statements"] > 60


def test_all_real_data_has_no_contradiction_and_no_link_that_cannot_be_right(real: Release) -> None:
    said = shelf.read(real.path)
    assert said.audit is not None and said.audit["contradictions"] == []
    assert said.findings == ()
    districts = said.of(AREAS_OS.name)
    assert districts is not None and districts.links == len(list(listed(AREAS_OS)))


def test_a_planted_contradiction_stops_a_build(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = same(FORCE + "bedfordshire", AVON_ITEM)
    look_at = Found.look_at

    def with_one_more(self: Found, said: object) -> Found:
        look_at(self, said)
        self.matches.add(planted)
        return self

    monkeypatch.setattr(Found, "look_at", with_one_more)
    source = loaders.by_name("dataset_catalogue")
    with pytest.raises(SourceRejected) as refused:
        make(tmp_path, dataset_catalogue=[source.example(tmp_path)])
    told = " ".join(map(str, refused.value.findings))
    assert AVON in told and FORCE + "bedfordshire" in told and AVON_ITEM in told
    assert "ontologies/police-force.ttl row " in told
    assert not (tmp_path / "current").exists()


# What is in the sets


def test_every_set_is_described_in_the_graph_as_its_files_are(demo_home: Path) -> None:
    release = current(demo_home)
    store, names = release.store(), Names(release.base)
    entries = shelf.read(release.path).entries
    assert [entry.name for entry in entries] == [kind.name for kind in KINDS]
    for entry in entries:
        node = making.node_of(entry.kind, names)

        def values(predicate: NamedNode, node: NamedNode = node) -> set[object]:
            return {quad.object for quad in store.quads_for_pattern(node, predicate, None)}

        links = links_of(release, entry.name)
        assert VOID.Linkset in values(RDF.type)
        (count,) = values(VOID.triples)
        assert isinstance(count, Literal) and int(count.value) == entry.links == len(links)
        assert {one.predicate for one in links} <= values(VOID.linkPredicate)
        assert all(entry.kind.target.owns(str(one.object).strip("<>")) for one in links)
        for needed in (
            *(VOID.subjectsTarget, VOID.objectsTarget, VOID.dataDump, DCT.issued, DCT.modified),
            *(SSSOM.confidence, SSSOM.mapping_justification),
            *(PROV.wasDerivedFrom, PROV.wasAttributedTo),
        ):
            assert len(values(needed)) == 1, needed


def test_links_that_are_not_by_our_own_pages_stand_in_the_graph(demo_home: Path) -> None:
    release = current(demo_home)
    store = release.store()
    for kind in KINDS:
        if not kind.adopted:
            for one in links_of(release, kind.name):
                quads = store.quads_for_pattern(one.subject, one.predicate, one.object)
                assert next(quads, None) is not None


def test_forces_are_linked_to_wikidata_as_the_reference_list_has_them(
    demo_home: Path, shared: Path
) -> None:
    with (shared / "reference" / "police-forces.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    wanted = {(FORCE + r["police_uk_id"], ENTITY + r["wikidata"]) for r in rows if r["wikidata"]}
    found = {
        (one.subject.value, one.object.value)
        for one in links_of(current(demo_home), FORCES_WIKIDATA.name)
    }
    assert found == wanted and len(found) == 41


def test_areas_organisations_and_periods_go_by_their_publishers_names(demo_home: Path) -> None:
    release = current(demo_home)
    names = Names(release.base)
    for name, thing in (
        ("areas-ons", area("E06000023")),
        ("organisations-gov-uk", organisation("home-office")),
        ("periods-reference", month("2024-01")),
    ):
        page = NamedNode(page_of(thing.value, names))
        assert Triple(page, FOAF.primaryTopic, thing) in links_of(release, name)


def test_an_act_of_an_offence_is_one_that_the_courts_name(demo_home: Path, shared: Path) -> None:
    with (shared / "reference" / "home-office-codes-moj.csv").open(encoding="utf-8") as stream:
        courts = list(csv.DictReader(stream))
    with (HERE / OFFENCES_LEGISLATION.table).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        code, first = row["subject"].zfill(3), row["said_in"][:6]
        told = [one for one in courts if one["home_office_code"] == first]
        assert first.startswith(f"{code}/") and told, row
        said = [one["category_description"] + one["sub_category_description"] for one in told]
        assert any(row["act"] in one for one in said), row
    assert len(links_of(current(demo_home), OFFENCES_LEGISLATION.name)) == len(rows)


def test_an_act_has_one_number_and_a_number_is_of_one_act() -> None:
    numbers: dict[str, set[str]] = {}
    for kind in (OFFENCES_LEGISLATION, OFFENCES_SECTIONS):
        with (HERE / kind.table).open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                act = row["act"].replace("&", "and")
                numbers.setdefault(act, set()).add(row["object"].partition("/section/")[0])
    assert all(len(some) == 1 for some in numbers.values()), numbers
    assert len(set.union(*numbers.values())) == len(numbers)


def test_no_link_is_said_by_two_tables() -> None:
    every = [one for kind in KINDS if kind.table for one in listed(kind)]
    assert len(set(every)) == len(every)


def test_every_offence_and_area_of_a_table_is_one_of_ours(shared: Path) -> None:
    path = ONTOLOGIES / "offence-class.ttl"
    known = {q.subject.value for q in parse(path=path, format=RdfFormat.TURTLE)}
    for kind in (OFFENCES_LEGISLATION, OFFENCES_SECTIONS):
        assert {one.subject for one in listed(kind)} <= known
    path = shared / "geography" / "lookups" / "LAD17_CSP17_PFA17_EW.csv"
    with path.open(encoding="utf-8-sig") as stream:
        districts = {area(row["LAD17CD"]).value for row in csv.DictReader(stream)}
    assert {one.subject for one in listed(AREAS_OS)} == districts and len(districts) == 348


def test_districts_have_the_numbers_that_ordnance_survey_gives_with_their_names() -> None:
    # As they stand in records of OS Open Names that others have published.
    links = {one.subject: one.object for one in listed(AREAS_OS)}
    for code, number in (
        *(("E09000005", "7000000000011447"), ("E09000022", "7000000000011144")),  # Brent, Lambeth
        ("E07000093", "7000000000043511"),  # Test Valley
    ):
        assert links[area(code).value] == OS.spaces[0] + number


def test_only_what_was_taken_from_data_gov_uk_has_a_record_there() -> None:
    names = Names("https://data.example/")
    number = "9f9a0776-7224-53f5-b2cd-b5b15c287353"
    theirs, others, filed = (names.thing("dataset", key) for key in ("a-b", "c", "d"))
    said = [
        *(Triple(one, DCT.identifier, Literal(number)) for one in (theirs, others, filed)),
        Triple(theirs, SOURCE.harvestedFrom, NamedNode("https://ckan.publishing.service.gov.uk/")),
        Triple(others, SOURCE.harvestedFrom, NamedNode("https://data.example.org/")),
    ]
    sets = Found().look_at(said).sets(names)
    (links,) = (one.links for one in sets if one.kind is DATASETS_DATA_GOV_UK)
    assert [(one.subject, one.object) for one in links] == [(theirs.value, f"{RECORD}{number}/a-b")]


# Versions


def released(folder: Path, links: LinkSet, last: Path | None, today: str) -> shelf.Entry:
    written = shelf.write(folder, [links], NOTHING, Release(last) if last else None, today)
    written.save(folder)
    return written.entries[0]


def test_a_set_keeps_its_number_until_its_links_change(tmp_path: Path) -> None:
    kent, essex = same(FORCE + "kent", ENTITY + "Q1"), same(FORCE + "essex", ENTITY + "Q2")
    first, second, third = (tmp_path / name for name in "123")
    one = LinkSet.of(FORCES_WIKIDATA, [kent])
    both = LinkSet.of(FORCES_WIKIDATA, [kent, essex])
    begun = released(first, one, None, "2026-01-01")
    assert (begun.version, begun.issued) == (1, "2026-01-01")
    again = released(second, one, first, "2026-02-02")
    assert replace(again, since="") == begun
    changed = released(third, both, second, "2026-03-03")
    assert (changed.version, changed.issued, changed.modified) == (2, "2026-01-01", "2026-03-03")
    days = {row["subject_id"]: row["mapping_date"] for row in shelf.rows(third, one.kind.name)}
    assert days == {kent.subject: "2026-01-01", essex.subject: "2026-03-03"}


def test_what_came_and_went_since_the_release_before_is_told(tmp_path: Path) -> None:
    kent, essex = same(FORCE + "kent", ENTITY + "Q1"), same(FORCE + "essex", ENTITY + "Q2")
    first, second = tmp_path / "one", tmp_path / "two"
    begun = released(first, LinkSet.of(FORCES_WIKIDATA, [kent]), None, "2026-01-01")
    assert (begun.since, begun.added, begun.removed) == ("", 0, 0) and not shelf.changes(first)
    changed = released(second, LinkSet.of(FORCES_WIKIDATA, [essex]), first, "2026-02-02")
    assert (changed.since, changed.added, changed.removed) == ("one", 1, 1)
    told = [(row["change"], row["subject_id"]) for row in shelf.changes(second)]
    assert told == [("added", essex.subject), ("removed", kent.subject)]


def test_a_link_that_came_is_on_the_page_of_the_next_release(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = loaders.by_name("dataset_catalogue").example(tmp_path / "example")
    make(tmp_path, dataset_catalogue=[example])
    sets = Found.sets
    without = [kind.name for kind in KINDS].index(FORCES_WIKIDATA.name)

    def with_one_less(self: Found, names: Names) -> list[LinkSet]:
        found = sets(self, names)
        found[without] = LinkSet.of(FORCES_WIKIDATA, found[without].links[1:])
        return found

    monkeypatch.setattr(Found, "sets", with_one_less)
    release = make(tmp_path, dataset_catalogue=[example])
    client = create_app(World.of_release(release)).test_client()
    page = client.get("/linksets.html").text
    assert "Went: " in page and AVON_ITEM in page and "0 came, 1 went" in page
    with client.get("/linksets/changes.csv") as answer:
        (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["set"], row["change"]) == (FORCES_WIKIDATA.name, "removed")


# Single links


def test_the_links_that_are_shipped_are_written_as_their_publishers_write_them(
    demo_home: Path,
) -> None:
    assert shelf.read(current(demo_home).path).findings == ()


@pytest.mark.parametrize(
    ("target", "good", "bad"),
    [
        ("wikidata", "http://www.wikidata.org/entity/Q1", "http://www.wikidata.org/entity/q1"),
        ("ons-geography", area("E06000023").value, area("E0600002").value),
        ("reference-intervals", month("2024-01").value, month("2024-1").value),
        ("reference-intervals", iri.government_year("2023-2024").value, iri.year("24").value),
        ("gov-uk-organisations", organisation("home-office").value, organisation("Home").value),
        ("legislation", iri.LEGISLATION + "ukpga/Vict/24-25/100/section/33A", iri.LEGISLATION),
        ("ordnance-survey", OS.spaces[0] + "7000000000011447", OS.spaces[0] + "11447"),
        ("iccs", CONCEPT + "iccs/0401", CONCEPT + "iccs/robbery"),
    ],
)
def test_a_name_that_cannot_be_a_publishers_is_noticed(target: str, good: str, bad: str) -> None:
    assert TARGETS[target].fits(good) and not TARGETS[target].fits(bad)


def test_a_link_that_is_written_in_another_way_names_its_file_and_row() -> None:
    page = AVON_ITEM.replace("http:", "https:").replace("entity", "wiki")
    links = [same(FORCE + "kent", ENTITY + "Q1"), same(FORCE + "avon-and-somerset", page)]
    (one,) = checked(LinkSet.of(FORCES_WIKIDATA, links))
    assert (one.file, one.row, one.value) == ("linksets/forces-wikidata.csv", 2, page)
    assert AVON_ITEM in one.remedy and one.severity == "warning"


def test_two_links_of_which_one_only_can_be_right_are_noticed() -> None:
    links = [same(FORCE + "kent", ENTITY + name) for name in ("Q1", "Q2")]
    told = [str(one) for one in checked(LinkSet.of(FORCES_WIKIDATA, links))]
    assert len(told) == 2 and all("2 links lead from one thing" in one for one in told)
    assert told[1].startswith("linksets/forces-wikidata.csv: row 3: ")


def test_a_link_that_contradicts_another_is_found_where_it_is_said() -> None:
    vocabulary = place_of(same(AVON, AVON_ITEM), "vocabulary.nq.gz")
    assert vocabulary.file == "ontologies/police-force.ttl"
    text = (ONTOLOGIES / "police-force.ttl").read_text("utf-8").splitlines()
    assert AVON_ITEM.rpartition("/")[2] in text[vocabulary.row - 1]
    first = next(listed(AREAS_OS))
    assert place_of(first, "linksets.nq.gz") == ("graph/linksets/areas-os.csv", 2)
    assert place_of(same("http://a.example/x", AVON_ITEM), "asset-register.nq.gz").row == 0


# Addresses that do not answer


def test_addresses_of_link_sets_are_asked_by_reach_and_some_only_of_a_large_set(
    demo_home: Path,
) -> None:
    asked = reaching.of_release(current(demo_home).path)
    assert AVON_ITEM in asked
    assert len([one for one in asked if AREAS_ONS.target.owns(one)]) <= 2 * reaching.ASKED
    assert not any(one.startswith(OFFENCES_ICCS.target.spaces) for one in asked)  # names of ours


def test_a_dead_link_is_a_warning_in_the_next_build(tmp_path: Path, make: Make) -> None:
    source = loaders.by_name("dataset_catalogue")
    keep(tmp_path, Answer(AVON_ITEM, "2026-11-22", 404))
    release = make(tmp_path, dataset_catalogue=[source.example(tmp_path / "example")])
    entry = shelf.read(release.path).of(FORCES_WIKIDATA.name)
    assert entry is not None and entry.dead == (AVON_ITEM,) and entry.asked == 1
    assert AVON_ITEM in (release.path / "report.json").read_text("utf-8")
    page = create_app(World.of_release(release)).test_client().get("/linksets.html")
    assert "did not answer" in page.text and AVON_ITEM in page.text
    (one,) = shelf.read(release.path).findings
    rows = list(shelf.rows(release.path, FORCES_WIKIDATA.name))
    assert one["value"] == AVON_ITEM == rows[one["row"] - 2]["object_id"]
    assert f"linksets/forces-wikidata.csv, row {one['row']}" in page.text


# Served


def test_the_list_of_sets_is_served_as_page_data_and_files(client: FlaskClient) -> None:
    assert "Police forces to Wikidata" in client.get("/linksets.html").text
    said = client.get("/linksets.json").json
    assert said is not None and len(said["sets"]) == len(KINDS) and said["left_out"]
    assert b"Linkset" in client.get("/linksets.ttl").data
    with client.get("/linksets/forces-wikidata.csv") as answer:
        rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 41 and tuple(rows[0]) == shelf.COLUMNS
    with client.get("/linksets/forces-wikidata.nt.gz") as answer:
        assert AVON_ITEM.encode() in gzip.decompress(answer.data)
    assert client.get("/linksets/nothing.csv").status_code == 404
    assert client.get("/linksets.docx").status_code == 404


def test_void_names_every_set(client: FlaskClient, world: World) -> None:
    said = list(parse(client.get("/void.nt").data, format=RdfFormat.N_TRIPLES))
    subsets = {quad.object for quad in said if quad.predicate == VOID.subset}
    sets = {making.node_of(kind, world.names) for kind in KINDS}
    assert subsets >= sets
    needed = (VOID.subjectsTarget, VOID.objectsTarget, VOID.linkPredicate, VOID.triples)
    told = {(quad.subject, quad.predicate) for quad in said}
    assert {(node, predicate) for node in sets for predicate in needed} <= told


def test_a_dump_of_the_release_has_every_set(client: FlaskClient, world: World) -> None:
    with client.get(f"/dumps/{making.DUMP}") as answer:
        quads = list(parse(gzip.decompress(answer.data), format=RdfFormat.N_QUADS))
    described = {quad.subject for quad in quads if quad.object == VOID.Linkset}
    assert described == {making.node_of(kind, world.names) for kind in KINDS}
    assert any(
        quad.predicate == SKOS.exactMatch and "ordnancesurvey" in str(quad) for quad in quads
    )


def test_a_store_without_sets_says_so(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    store.add(Quad(NamedNode(AVON), SKOS.exactMatch, NamedNode(AVON_ITEM)))
    store.flush()
    del store
    client = create_app(World.of_store(tmp_path / "store")).test_client()
    assert client.get("/linksets").status_code == 404
    said = client.get("/sameas.json", query_string={"uri": AVON}).json
    assert said is not None and [one["uri"] for one in said["same"]] == [AVON_ITEM]


def test_links_are_looked_up_from_both_sides(client: FlaskClient) -> None:
    ours = client.get("/sameas.json", query_string={"uri": AVON}).json
    theirs = client.get("/sameas.json", query_string={"uri": AVON_ITEM}).json
    assert ours is not None and theirs is not None
    assert [one["uri"] for one in ours["same"]] == [AVON_ITEM]
    assert [one["uri"] for one in theirs["same"]] == [AVON]
    (one,) = theirs["links"]
    assert one["direction"] == "in" and one["set"] == "forces-wikidata"
    assert one["confidence"] == FORCES_WIKIDATA.score and one["mapping_date"]
    assert {each["set"] for each in ours["links"]} == {"forces-ons", "forces-wikidata"}


def test_the_names_that_we_go_by_are_those_of_the_targets() -> None:
    makes = (iri.month, iri.year, iri.day, iri.government_year, iri.government_quarter)
    for make in (*makes, iri.interval):
        assert TIMES.owns(make("").value)
    assert ONS.spaces == (area("").value,)
    assert GOV_UK.spaces == (organisation("").value,)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://www.wikidata.org/wiki/Q4829263", AVON_ITEM),
        ("https://statistics.data.gov.uk/doc/statistical-geography/E06000023", area("E06000023")),
        ("http://www.gov.uk/government/organisations/home-office", organisation("home-office")),
        ("https://reference.data.gov.uk/doc/month/2024-01", month("2024-01")),
        ("https://elsewhere.example/x", "https://elsewhere.example/x"),
    ],
)
def test_people_may_write_names_as_they_find_them(written: str, meant: str | NamedNode) -> None:
    wanted = meant.value if isinstance(meant, NamedNode) else meant
    assert proper(written) == wanted == proper(wanted)


def test_a_section_of_an_act_is_found_by_its_page(client: FlaskClient) -> None:
    address = "https://www.legislation.gov.uk/ukpga/1984/60/section/1"
    said = client.get("/sameas.json", query_string={"uri": address}).json
    assert said is not None
    assert [one["set"] for one in said["links"]] == ["concepts-legislation"]


def test_a_name_that_we_share_leads_to_our_page_and_the_page_to_it(
    client: FlaskClient, world: World
) -> None:
    name = area("E06000023").value
    page = page_of(name, world.names)
    for asked in (name, page):
        said = client.get("/sameas.json", query_string={"uri": asked}).json
        assert said is not None and said["uri"] == name
        assert page in [one["subject_id"] for one in said["links"]]


@pytest.mark.parametrize("form", ["json", "csv", "ttl", "nt", "rdf", "jsonld", "html"])
def test_a_look_up_answers_in_every_form(client: FlaskClient, form: str) -> None:
    answer = client.get(f"/sameas.{form}", query_string={"uri": AVON})
    assert answer.status_code == 200
    assert "Q4829263" in answer.text


def test_a_look_up_of_nothing_or_of_what_nobody_knows_is_refused(client: FlaskClient) -> None:
    assert client.get("/sameas").status_code == 400
    assert client.get("/sameas", query_string={"uri": "not an iri"}).status_code == 400
    assert client.get("/sameas?uri=https://nobody.example/").status_code == 404
    assert client.get("/sameas.docx?uri=x").status_code == 404
