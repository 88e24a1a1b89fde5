"""Descriptions of offences: what they say beside their words, and what their words say together."""

from __future__ import annotations

import csv

import pytest

from homegraph.graph.iri import concept
from homegraph.graph.matching import aspects, normal
from homegraph.graph.matching.index import Shelf, Wording
from homegraph.graph.matching.labelled import squeezed
from homegraph.graph.matching.matcher import Matcher, Question
from homegraph.graph.matching.names import Name
from homegraph.graph.matching.seen import DESCRIBED, NOTHING, described, descriptions, spellings

DAMAGE = {
    "58A": "Criminal damage to a dwelling",
    "58B": "Criminal damage to a building other than a dwelling",
    "58C": "Criminal damage to a vehicle",
    "58D": "Other criminal damage",
}
DRUGS = {
    "92A": "Trafficking in controlled drugs",
    "92D": "Possession of controlled drugs (excl. Cannabis)",
    "92E": "Possession of controlled drugs (Cannabis)",
}
RAPE = {
    "19C": "Rape of a female aged 16 and over",
    "19E": "Rape of a female child under 13",
    "19F": "Rape of a male aged 16 and over",
}
ASSAULT = {
    "8N": "Assault with injury",
    "8P": "Racially or religiously aggravated assault with injury",
    "8S": "Assault with injury on a constable",
}
GROUPS = {"Criminal damage": DAMAGE, "Drugs": DRUGS, "Rape": RAPE, "Violence": ASSAULT}


def offence(code: str) -> str:
    return concept("offence-class", code).value


def names() -> list[Name]:
    return [
        Name(offence(code), "offence", text, how, "en", group)
        for group, classes in GROUPS.items()
        for code, label in classes.items()
        for text, how in ((label, "label"), (code, "code"))
    ]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.of_names(names())


def said(text: str) -> dict[str, str]:
    return dict(aspects.said(" ".join(normal.words(text, "offence"))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Attempted rape of a girl under 13", {"attempted": "yes", "sex": "female", "age": "13"}),
        ("Rape of a man, 16 or over", {"sex": "male", "age": "over"}),
        ("Burglary other than in a dwelling (excluding attempts)", {"place": "building"}),
        ("Damage to a motor vehicle", {"place": "vehicle"}),
        ("PWITS cannabis", {"drug": "cannabis", "dealing": "yes", "intent": "yes"}),
        ("Possession of drugs (excl. cannabis)", {"drug": "other", "dealing": "no"}),
        ("S.47 assault", {"injury": "with"}),
        ("Going equipped", {}),
    ],
)
def test_a_description_says_more_than_its_words(text: str, expected: dict[str, str]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Other criminal damage under £5,000 - dwelling", "58A"),
        ("Other criminal damage over £5,000 other building", "58B"),
        ("Other criminal damage to a motor vehicle", "58C"),
        ("Having possession of a controlled drug - heroin", "92D"),
        ("Having possession of a controlled drug - cannabis resin", "92E"),
        ("Concerned in the supply of a controlled drug, cannabis", "92A"),
        ("Rape (multiple offenders) of a male 16 years or over", "19F"),
        ("Rape of a girl under 13 (multiple offenders)", "19E"),
        ("Assault occasioning injury on a police constable", "8S"),
        ("Racist assault with injury", "8P"),
    ],
)
def test_the_class_that_says_nothing_else_comes_first(
    matcher: Matcher, text: str, code: str
) -> None:
    (found,) = matcher.ask([Question(text, ("offence",))])
    assert found[0].iri == offence(code)


def test_what_labels_like_it_say_nothing_of_is_not_compared() -> None:
    beside = {"sex": {"female", "male"}, "attempted": {"yes"}}
    mine = {"sex": "female", "drug": "other"}
    assert aspects.compared(mine, {"sex": "female"}, beside) == (1, 0, 0, 0)
    assert aspects.compared(mine, {"sex": "male"}, beside) == (0, 1, 0, 0)
    assert aspects.compared(mine, {}, beside) == (0, 0, 1, 0)
    assert aspects.compared({}, {"sex": "male"}, beside) == (0, 0, 0, 1)
    assert aspects.compared({"attempted": "yes"}, {}, beside) == (0, 1, 0, 0)


def test_words_of_several_names_speak_for_a_thing_together() -> None:
    more = [
        Name(offence("92A"), "offence", "Cultivating a plant", "seen", "", "Drugs"),
        Name(offence("92A"), "offence", "Importing a class A substance", "seen", "", "Drugs"),
        Name(offence("92D"), "offence", "Class A drug found", "seen", "", "Drugs"),
    ]
    shelf = Shelf("offence", [*names(), *more])
    assert shelf.vocabulary is not None
    asked = Wording.of("importing a plant substance", "offence")
    best = max(range(len(shelf.things)), key=lambda one: shelf.vocabulary.features(asked, one)[-1])
    assert shelf.things[best].iri == offence("92A")
    assert {shelf.rows[place].thing for place in shelf.vocabulary.likely(asked)} >= {best}
    assert shelf.vocabulary.features(Wording.of("zebra", "offence"), best)[-2:] == [0.0, 0.0]


def test_things_that_have_names_have_no_vocabulary() -> None:
    assert Shelf("district", [Name("urn:one", "district", "Kent", "label")]).vocabulary is None


def test_official_descriptions_are_names_of_the_classes_that_are_there() -> None:
    found = {one.text: one.iri for one in spellings(names())}
    texts = dict(descriptions())
    for text, iri in found.items():
        if text in texts:
            assert iri == (offence(texts[text]) if texts[text] else NOTHING)
    assert any(iri == offence("92A") for iri in found.values())
    assert not list(described([Name("urn:kent", "police-force", "Kent", "label")]))


def test_each_official_description_is_there_once_with_a_code_that_is_known() -> None:
    with DESCRIBED.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == ["text", "code"]
    assert all(len(row) == 2 and row[0].strip() for row in rows)
    assert len({squeezed(text) for text, _ in rows}) == len(rows) > 1500
