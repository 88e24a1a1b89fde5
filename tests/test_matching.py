"""What a name stands for: candidates, how sure they are, and the table of names of a release."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from homegraph.graph.concepts import vocabulary
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.iri import Names, area, concept, organisation
from homegraph.graph.matching import names as table
from homegraph.graph.matching.matcher import Candidate, Matcher, Question
from homegraph.graph.matching.names import Name, names_of
from homegraph.graph.release import Release, current
from homegraph.graph.terms import FOAF, ORG, PLACE, RDF, RDFS, SKOS

BRISTOL, HACKNEY, LONDON = "E06000023", "E09000012", "E12000007"
PASSPORTS = organisation("hm-passport-office")
BARRING = organisation("disclosure-and-barring-service")
DISTRICTS = {
    BRISTOL: "Bristol, City of",
    HACKNEY: "Hackney",
    "E09000013": "Hammersmith and Fulham",
    "E09000001": "City of London",
    "E06000047": "County Durham",
    "E06000066": "Somerset",
    "E08000013": "St. Helens",
    "E07000010": "Fenland",
}
SMALL = {  # code: the names, the newest first
    "E01014485": ("Bristol 058A", "Bristol 023A"),
    "E01014486": ("Bristol 058B", "Bristol 023B"),
    "E01014487": ("Bristol 058C",),
    "E01001792": ("Hackney 017A",),
}


@pytest.fixture(scope="module")
def store() -> Store:
    """Our vocabulary, a few areas, and two organisations."""
    store, names = Store(), Names()
    graph = names.graph("geography")
    store.extend(vocabulary(names))
    for code, name in DISTRICTS.items():
        store.add(Quad(area(code), RDF.type, PLACE.District, graph))
        store.add(Quad(area(code), RDFS.label, Literal(name), graph))
        store.add(Quad(area(code), SKOS.notation, Literal(code), graph))
    for code, (name, *older) in SMALL.items():
        within = BRISTOL if name.startswith("Bristol") else HACKNEY
        store.add(Quad(area(code), RDF.type, PLACE.LowerLayerSuperOutputArea, graph))
        store.add(Quad(area(code), RDFS.label, Literal(name), graph))
        store.add(Quad(area(code), SKOS.notation, Literal(code), graph))
        store.add(Quad(area(code), PLACE.district, area(within), graph))
        for one in older:
            store.add(Quad(area(code), SKOS.altLabel, Literal(one), graph))
    store.add(Quad(area(LONDON), RDF.type, PLACE.Region, graph))
    store.add(Quad(area(LONDON), RDFS.label, Literal("London"), graph))
    bodies = {PASSPORTS: "HM Passport Office", BARRING: "Disclosure and Barring Service"}
    for node, name in bodies.items():
        store.add(Quad(node, RDF.type, ORG.Organization, graph))
        store.add(Quad(node, FOAF.name, Literal(name, language="en"), graph))
    return store


@pytest.fixture(scope="module")
def matcher(store: Store) -> Matcher:
    return Matcher.of_names(names_of(store))


def first(matcher: Matcher, text: str, *kinds: str, **context: str) -> Candidate:
    (candidates,) = matcher.ask([Question(text, kinds, context)])
    return candidates[0]


def force(code: str) -> str:
    return concept("police-force", code).value


def offence(code: str) -> str:
    return concept("offence-class", code).value


def category(slug: str) -> str:
    return concept("crime-category", slug).value


@pytest.mark.parametrize(
    ("text", "kind", "iri"),
    [
        ("Avon & Somerset Police", "police-force", force("avon-and-somerset")),
        ("LEICESTERSHIRE POLICE", "police-force", force("leicestershire")),
        ("Met", "police-force", force("metropolitan")),
        ("Met Police", "police-force", force("metropolitan")),
        ("City of London", "police-force", force("city-of-london")),
        ("GMP", "police-force", force("greater-manchester")),
        ("Thames Vallley Police", "police-force", force("thames-valley")),
        ("Bristol 058A", "lsoa", area("E01014485").value),
        ("Bristol 023A", "lsoa", area("E01014485").value),
        ("E01014485", "area", area("E01014485").value),
        ("e01014485 ", "", area("E01014485").value),
        ("City of Bristol", "district", area(BRISTOL).value),
        ("LB Hackney", "area", area(HACKNEY).value),
        ("H&F", "district", area("E09000013").value),
        ("Saint Helens", "district", area("E08000013").value),
        ("London", "region", area(LONDON).value),
        ("Criminal damage & arson", "category", category("criminal-damage-arson")),
        ("Criminal damage & arson", "offence", offence("criminal-damage-and-arson")),
        ("TDA of motor vehicle", "offence", offence("48")),
        ("aggravated vehicle taking", "offence", offence("37.2")),
        ("ASB", "category", category("anti-social-behaviour")),
        ("Her Majesty’s Passport Office", "organisation", PASSPORTS.value),
        ("DBS", "organisation", BARRING.value),
        ("Heddlu De Cymru", "police-force", force("south-wales")),
        ("W Midlands", "police-force", force("west-midlands")),
    ],
)  # fmt: skip
def test_people_write_a_name_in_many_ways(matcher: Matcher, text: str, kind: str, iri: str) -> None:
    found = first(matcher, text, *filter(None, [kind]))
    assert found.iri == iri
    assert 0 <= found.score <= 1


@pytest.mark.parametrize(
    "text",
    ["Avon & Somerset Police", "LEICESTERSHIRE POLICE", "Met Police", "avon and somerset", "gwent"],
)
def test_what_can_mean_one_force_only_is_a_match(matcher: Matcher, text: str) -> None:
    found = first(matcher, text, "police-force")
    assert found.match, found
    assert found.score > 0.9


@pytest.mark.parametrize(
    "text",
    ["Somerset", "London", "Yorkshire", "Glasgow", "Wales", "Midlands", "Total", "Manchester"],
)
def test_what_is_only_like_a_force_is_no_match(matcher: Matcher, text: str) -> None:
    (candidates,) = matcher.ask([Question(text, ("police-force",))])
    assert not any(one.match for one in candidates)


def test_two_small_areas_that_differ_by_a_letter_are_not_taken_for_each_other(
    matcher: Matcher,
) -> None:
    assert first(matcher, "Bristol 058B", "lsoa").iri == area("E01014486").value
    (candidates,) = matcher.ask([Question("Bristol 058Z", ("lsoa",))])
    assert not any(one.match for one in candidates)


def test_a_name_of_two_things_is_no_match_until_a_kind_is_given(matcher: Matcher) -> None:
    (candidates,) = matcher.ask([Question("City of London", ("police-force", "district"))])
    assert {one.kinds for one in candidates[:2]} == {("police-force",), ("district",)}
    assert not candidates[0].match
    assert first(matcher, "City of London", "district").match


def test_a_parent_that_is_another_speaks_against(matcher: Matcher) -> None:
    right = first(matcher, "Bristol 058A", "lsoa", parent="City of Bristol")
    wrong = first(matcher, "Bristol 058A", "lsoa", parent="Hackney")
    assert right.score > wrong.score
    assert (right.features["parent"], wrong.features["other parent"]) == (1, 1)


def test_a_code_that_is_given_finds_what_the_text_does_not(matcher: Matcher) -> None:
    found = first(matcher, "central Bristol", "lsoa", code="E01014485")
    assert found.iri == area("E01014485").value
    other = first(matcher, "Bristol 058A", "lsoa", code="E01014486")
    assert not other.match


def test_probabilities_of_a_question_are_at_most_one_together(matcher: Matcher) -> None:
    questions = [Question(text, limit=50) for text in ("Bristol", "London", "Durham", "theft", "x")]
    for candidates in matcher.ask(questions):
        assert sum(one.score for one in candidates) <= 1.001
        scores = [one.score for one in candidates]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("text", ["", " ", "?", "&", "\0", "𝔘𝔫𝔦", "a" * 5000, "警", "'"])
def test_any_text_has_an_answer(matcher: Matcher, text: str) -> None:
    (candidates,) = matcher.ask([Question(text)])
    assert not any(one.match for one in candidates)


def test_a_kind_that_nobody_knows_has_nothing(matcher: Matcher) -> None:
    assert matcher.ask([Question("Kent", ("planet",))]) == [[]]
    assert Matcher.of_names([]).ask([Question("Kent")]) == [[]]


def test_no_more_candidates_come_than_were_asked_for(matcher: Matcher) -> None:
    (candidates,) = matcher.ask([Question("Bristl 05", limit=2)])
    assert len(candidates) == 2


def test_names_are_suggested_by_how_they_begin(matcher: Matcher) -> None:
    found = [one.label for one in matcher.suggest("brist", ("lsoa", "district"))]
    assert sorted(found) == [
        "Bristol 058A",
        "Bristol 058B",
        "Bristol 058C",
        "Bristol, City of",
    ]
    assert matcher.suggest("brist", ("lsoa",), limit=1, offset=1)[0].label in found
    assert not matcher.suggest("", ("lsoa",))


def test_a_thing_is_known_by_its_iri(matcher: Matcher) -> None:
    found = matcher.known(area("E01014485").value)
    assert found is not None
    assert (found.label, found.kinds) == ("Bristol 058A", ("lsoa",))
    assert found.description == "Lower layer super output area in Bristol, City of"
    assert matcher.known("urn:none") is None


def test_a_table_of_names_is_read_as_it_was_written(store: Store, tmp_path: Path) -> None:
    said = names_of(store)
    table.write(tmp_path, said)
    assert table.read(tmp_path) == said == sorted(said, key=astuple)
    assert Matcher.read(tmp_path).ask([Question("Kent Police")])[0][0].iri == force("kent")


def test_a_table_that_is_damaged_or_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReleaseTampered):
        Matcher.read(tmp_path)
    (tmp_path / table.NAMES).write_bytes(b"PAR1 not really")
    with pytest.raises(ReleaseTampered):
        Matcher.read(tmp_path)


def test_what_a_name_is_comes_out_of_the_graph(store: Store) -> None:
    said = {(one.iri, one.text): one for one in names_of(store)}
    small = area("E01014485").value
    older = said[small, "Bristol 023A"]
    assert (older.kind, older.how, older.context) == ("lsoa", "former", "Bristol, City of")
    assert said[small, "E01014485"].how == "code"
    assert said[offence("48"), "Theft or unauthorised taking of motor vehicle"].how == "label"
    assert {one.kind for one in said.values() if one.iri == force("kent")} == {"police-force"}


def test_lists_of_later_years_name_offences_of_the_same_code(store: Store) -> None:
    later = Store()
    later.extend(store)
    graph, scheme = Names().graph("offences"), concept("offence-code-2026-04-23", "48")
    listed = NamedNode(scheme.value.rpartition("/")[0])
    later.add(Quad(listed, RDF.type, SKOS.ConceptScheme, graph))
    later.add(Quad(scheme, SKOS.inScheme, listed, graph))
    later.add(Quad(scheme, SKOS.prefLabel, Literal("48 Vehicle theft of today"), graph))
    later.add(Quad(scheme, SKOS.notation, Literal("48"), graph))
    found = first(Matcher.of_names(names_of(later)), "vehicle theft of today", "offence")
    assert (found.iri, found.match) == (offence("48"), True)


def test_a_release_has_the_table_among_its_sealed_files(demo_home: Path) -> None:
    release = current(demo_home)
    assert table.NAMES in release.manifest["files"]
    said = table.read(release.path)
    assert {one.kind for one in said} >= {"police-force", "lsoa", "district", "dataset", "post"}
    assert Matcher.read(release.path).ask([Question("Kent Police")])[0][0].match
    assert said == names_of(release.store())


ACCEPTED = [
    ("Avon & Somerset Police", "police-force", force("avon-and-somerset")),
    ("LEICESTERSHIRE POLICE", "police-force", force("leicestershire")),
    ("Met", "police-force", force("metropolitan")),
    ("Heddlu De Cymru", "police-force", force("south-wales")),
    ("City of London", "police-force", force("city-of-london")),
    ("Bristol 058A", "lsoa", area("E01014485").value),
    ("E01014485", "lsoa", area("E01014485").value),
    ("Criminal damage & arson", "category", category("criminal-damage-arson")),
    ("TDA of motor vehicle", "offence", offence("48")),
]


@pytest.mark.parametrize(("text", "kind", "iri"), ACCEPTED)
def test_the_acceptance_texts_get_the_right_first_candidate(
    matcher: Matcher, text: str, kind: str, iri: str
) -> None:
    assert first(matcher, text, kind).iri == iri


def test_they_get_it_among_all_real_names_as_well(real: Release) -> None:
    matcher = Matcher.read(real.path)
    for text, kind, iri in ACCEPTED:
        assert first(matcher, text, kind).iri == iri, text
    for text in ("Somerset", "London"):
        for kinds in (("police-force",), ()):
            (candidates,) = matcher.ask([Question(text, kinds)])
            assert not any(one.match and "police-force" in one.kinds for one in candidates)


def test_an_iri_of_a_thing_is_the_thing(matcher: Matcher) -> None:
    found = first(matcher, force("kent"), "police-force")
    assert (found.iri, found.match, found.features) == (force("kent"), True, {"identifier": 1.0})
    assert not any(one.match for one in matcher.ask([Question(force("kent"), ("lsoa",))])[0])


@pytest.mark.parametrize(
    "text",
    ["CLEVELAND POTASH LTD", "Kent Police Museum", "Somerset 001A", "Essex, Ontario", "Rave"],
)
@pytest.mark.parametrize("kind", ["police-force", "district", "offence"])
def test_what_has_a_word_or_a_number_too_many_is_no_match(
    matcher: Matcher, text: str, kind: str
) -> None:
    (candidates,) = matcher.ask([Question(text, (kind,))])
    assert not any(one.match for one in candidates)


def test_who_says_police_means_the_force_and_who_does_not_may_mean_its_area() -> None:
    kent = Name(area("E23000032").value, "police-force-area", "Kent", "label")
    seen = Name(area("E23000032").value, "police-force-area", "Kent Police", "seen")
    said = Name(force("kent"), "police-force", "Kent Police", "label")
    code = Name(force("kent"), "police-force", "kent", "code")
    matcher = Matcher([kent, seen, said, code])
    for text in ("KENT POLICE", "Kent  police"):
        assert first(matcher, text).iri == force("kent")
    assert not first(matcher, "Kent").match
