"""The labelled pairs: their form, their answers, and that nothing is both tuned on and measured."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph.graph import iri
from homegraph.graph.concepts import ONTOLOGIES
from homegraph.graph.matching import labelled
from homegraph.graph.matching.labelled import HELD, TUNE, Pair, part
from homegraph.graph.matching.names import GROUPS, KINDS
from homegraph.loaders.geography.gazetteer import kind_of

AREA = iri.area("").value
LISTS = labelled.lists()
PAIRS = [pair for name in LISTS for pair in labelled.pairs(name)]


@cache
def in_ontologies() -> set[str]:
    """All that ontologies/ describes: lists of concepts, and organisations."""
    paths = [*ONTOLOGIES.glob("*.ttl"), *ONTOLOGIES.glob("others/*.ttl")]
    said = (quad for path in paths for quad in parse(path=path, format=RdfFormat.TURTLE))
    return {quad.subject.value for quad in said if isinstance(quad.subject, NamedNode)}


def key(pair: Pair) -> tuple[str, ...]:
    """What was asked."""
    return (pair.text, pair.kinds, pair.parent, pair.code, pair.period)


def test_there_are_enough_pairs_of_every_list_and_in_both_parts() -> None:
    assert {"police-force", "district", "lsoa", "area", "organisation", "offence"} <= set(LISTS)
    assert len(PAIRS) >= 1000
    for name in LISTS:
        split = Counter(pair.split for pair in labelled.pairs(name))
        assert min(split[TUNE], split[HELD]) >= 30, name
        assert set(split) == {TUNE, HELD}, name


@pytest.mark.parametrize("name", LISTS)
def test_no_question_is_asked_twice(name: str) -> None:
    asked = Counter(map(key, labelled.pairs(name)))
    assert [one for one, times in asked.items() if times > 1] == []


@pytest.mark.parametrize("name", LISTS)
def test_all_spellings_of_a_thing_are_in_one_part(name: str) -> None:
    for pair in labelled.pairs(name):
        assert pair.split == part(pair.iri, pair.text), pair


def test_a_thing_of_two_lists_is_in_one_part() -> None:
    parts = defaultdict(set)
    for pair in PAIRS:
        if pair.iri:
            parts[pair.iri].add(pair.split)
    assert {len(found) for found in parts.values()} == {1}


@pytest.mark.parametrize("name", LISTS)
def test_rows_are_complete(name: str) -> None:
    for pair in labelled.pairs(name):
        assert pair.text.strip() and pair.source, pair
        assert pair.kinds and set(pair.kinds.split()) <= {*KINDS, *GROUPS}, pair
        assert pair.in_graph in {"yes", "no"}, pair
        assert pair.iri or pair.in_graph == "no", pair


@pytest.mark.parametrize("name", LISTS)
def test_answers_are_things_of_ours_of_the_kind_asked_for(name: str) -> None:
    for pair in labelled.pairs(name):
        if pair.iri.startswith(AREA):
            kind = kind_of(pair.iri.removeprefix(AREA))
            assert {"force-area": "police-force-area"}.get(kind, kind) == pair.kinds, pair
        elif pair.iri:
            assert pair.iri in in_ontologies(), pair


@pytest.mark.parametrize("name", LISTS)
def test_rules_make_a_third_at_most_and_some_texts_mean_nothing(name: str) -> None:
    found = labelled.pairs(name)
    assert sum(pair.by_rule for pair in found) * 3 <= len(found)
    assert sum(not pair.iri for pair in found) * 20 >= len(found)


def test_a_part_of_a_force_area_means_no_force() -> None:
    answers = {pair.text: pair.iri for pair in labelled.pairs("police-force")}
    for text in ("Somerset", "London", "Glasgow", "Action Fraud", "Total", "Police Scotland"):
        assert answers[text] == "", text


def test_a_lower_layer_area_of_two_names_is_meant_by_both() -> None:
    names = defaultdict(set)
    for pair in labelled.pairs("lsoa"):
        if not pair.by_rule and pair.iri and re.search(r" [0-9]{3}[A-Z]$", pair.text):
            names[pair.iri].add(pair.text)
    assert sum(len(found) > 1 for found in names.values()) >= 50


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "towns.csv"
    path.write_text("name,iri\nLondon,\n")
    with pytest.raises(ValueError, match="not text, kinds"):
        list(labelled.read(path))
