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
from homegraph.graph.matching.labelled import COMMON, HELD, TUNE, Pair, squeezed
from homegraph.graph.matching.names import GROUPS, KINDS
from homegraph.loaders.geography.gazetteer import kind_of

AREA = iri.area("").value
DATA = iri.DEMO_BASE + "data/"
LISTS = labelled.lists()
PAIRS = [pair for name in LISTS for pair in labelled.pairs(name)]
HELD_PAIRS = [pair for pair in PAIRS if pair.split == HELD]


@cache
def in_ontologies() -> set[str]:
    """All that ontologies/ describes: lists of concepts, and organisations."""
    paths = [*ONTOLOGIES.glob("*.ttl"), *ONTOLOGIES.glob("others/*.ttl")]
    said = (quad for path in paths for quad in parse(path=path, format=RdfFormat.TURTLE))
    return {quad.subject.value for quad in said if isinstance(quad.subject, NamedNode)}


def key(pair: Pair) -> tuple[str, ...]:
    """What was asked."""
    return (pair.text, pair.kinds, pair.parent, pair.code, pair.period)


def test_there_are_enough_pairs_to_tune_on_and_to_measure_by() -> None:
    assert {"police-force", "district", "lsoa", "area", "organisation", "offence"} <= set(LISTS)
    split = Counter(pair.split for pair in PAIRS)
    assert set(split) == {TUNE, HELD}
    assert split.total() >= 1000
    assert split[HELD] >= 900


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_measured_also_by_what_means_nothing(name: str) -> None:
    held = [pair for pair in labelled.pairs(name) if pair.split == HELD]
    assert len(held) >= 25
    assert 5 <= sum(not pair.iri for pair in held) < len(held)


def test_a_good_part_of_what_is_held_means_nothing() -> None:
    assert sum(not pair.iri for pair in HELD_PAIRS) >= 0.15 * len(HELD_PAIRS)


def test_no_text_is_both_tuned_on_and_held() -> None:
    texts = defaultdict(set)
    for pair in PAIRS:
        for kind in pair.kinds.split():
            texts[kind, squeezed(pair.text)].add(pair.split)
    assert [key for key, splits in texts.items() if len(splits) > 1] == []


def test_what_is_held_was_seen_in_a_table() -> None:
    assert [pair for pair in HELD_PAIRS if pair.source == COMMON] == []
    assert sum(pair.by_rule for pair in HELD_PAIRS) <= 0.15 * len(HELD_PAIRS)


def test_most_of_what_is_held_is_not_spelt_as_the_graph_has_it() -> None:
    assert sum(pair.in_graph == "yes" for pair in HELD_PAIRS) <= 0.3 * len(HELD_PAIRS)


def test_the_same_text_and_context_has_one_answer() -> None:
    answers = defaultdict(set)
    for pair in HELD_PAIRS:
        asked = (squeezed(pair.text), pair.kinds, squeezed(pair.parent), pair.code, pair.period)
        answers[asked].add(pair.iri)
    assert [asked for asked, found in answers.items() if len(found) > 1] == []


@pytest.mark.parametrize("name", LISTS)
def test_no_question_is_asked_twice(name: str) -> None:
    asked = Counter(map(key, labelled.pairs(name)))
    assert [one for one, times in asked.items() if times > 1] == []


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
        elif pair.kinds == "dataset" and pair.iri:
            assert pair.iri.startswith(DATA), pair
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
