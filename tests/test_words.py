"""The words in code are those of the ontologies; every word, concept and code list is described."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from homegraph.graph.concepts import code_list
from homegraph.graph.iri import CONCEPT, VOCABULARY, concept
from homegraph.graph.terms import CRIME, DCT, FOAF, ORG, OWL, RDF, RDFS, SKOS, Terms

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parents[2] / "shared" / "data"
OGL = NamedNode("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/")
# The streams of fraud reports that recorded-crime tables list beside the forces.
NOT_FORCES = {"Action Fraud", "Cifas", "UK Finance"}

Values = dict[NamedNode, list[NamedNode | BlankNode | Literal | Triple]]


@cache
def described(name: str) -> dict[NamedNode, Values]:
    """What ontologies/<name>.ttl says, by subject and property."""
    said: dict[NamedNode, Values] = defaultdict(lambda: defaultdict(list))
    for quad in parse(path=ROOT / "ontologies" / f"{name}.ttl", format=RdfFormat.TURTLE):
        if isinstance(quad.subject, NamedNode):
            said[quad.subject][quad.predicate].append(quad.object)
    return said


def files_with(kind: NamedNode) -> list[str]:
    """The files of ontologies/ that describe something of that type."""
    names = sorted(path.stem for path in (ROOT / "ontologies").glob("*.ttl"))
    return [
        name
        for name in names
        if any(kind in said[RDF.type] for said in list(described(name).values()))
    ]


def english(values: Values, *properties: NamedNode) -> list[str]:
    """The texts in English under any of the properties."""
    found = [value for one in properties for value in values[one]]
    return [v.value for v in found if isinstance(v, Literal) and v.language == "en"]


OURS = {
    cls.iri.removeprefix(VOCABULARY).rstrip("#"): cls
    for cls in Terms.__subclasses__()
    if cls.iri.startswith(VOCABULARY)
}
ONTOLOGIES = files_with(OWL.Ontology)
LISTS = files_with(SKOS.ConceptScheme)
WORDS = [(name, word) for name, cls in OURS.items() for word in cls.__annotations__]
CONCEPTS = [
    (name, subject)
    for name in LISTS
    for subject, said in list(described(name).items())
    if SKOS.Concept in said[RDF.type]
]


def test_each_file_of_the_words_is_an_ontology_or_a_code_list() -> None:
    files = {path.stem for path in (ROOT / "ontologies").glob("*.ttl")}
    assert files == set(ONTOLOGIES) | set(LISTS)
    assert not set(ONTOLOGIES) & set(LISTS)
    assert {"crime", "source"} <= set(ONTOLOGIES)
    assert {"crime-category", "outcome", "police-force"} <= set(LISTS)


def test_each_ontology_has_a_class_in_terms_and_the_other_way_round() -> None:
    assert set(ONTOLOGIES) == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_the_words_in_code_are_those_of_the_ontology(name: str) -> None:
    cls = OURS[name]
    in_code = {getattr(cls, word).value for word in cls.__annotations__}
    assert in_code == {s.value for s in described(name) if s.value.startswith(cls.iri)}


@pytest.mark.parametrize(("name", "word"), WORDS)
def test_a_word_says_what_it_is_and_where_it_comes_from(name: str, word: str) -> None:
    said = described(name)[getattr(OURS[name], word)]
    kinds = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property}
    assert kinds & set(said[RDF.type])
    assert len(english(said, RDFS.label)) == 1
    assert english(said, SKOS.definition, RDFS.comment)
    assert said[DCT.source]
    assert said[RDFS.isDefinedBy] == [NamedNode(VOCABULARY + name)]


@pytest.mark.parametrize(("name", "word"), WORDS)
def test_classes_begin_with_a_capital_and_properties_do_not(name: str, word: str) -> None:
    is_class = OWL.Class in described(name)[getattr(OURS[name], word)][RDF.type]
    assert word[0].isupper() == is_class


def whole(name: str) -> list[tuple[str, NamedNode, bool]]:
    """The ontology or code list of a file: its file, its name, and whether it is a list."""
    return [(name, NamedNode((CONCEPT if name in LISTS else VOCABULARY) + name), name in LISTS)]


@pytest.mark.parametrize(
    ("name", "node", "is_list"), [row for name in ONTOLOGIES + LISTS for row in whole(name)]
)
def test_ontologies_and_code_lists_are_described(name: str, node: NamedNode, is_list: bool) -> None:
    said = described(name)[node]
    assert (SKOS.ConceptScheme if is_list else OWL.Ontology) in said[RDF.type]
    assert len(english(said, DCT.title)) == 1
    assert len(english(said, DCT.description)) == 1
    assert said[DCT.license] == [OGL]
    assert len(said[OWL.versionInfo]) == 1
    assert len(said[DCT.issued]) == 1
    assert said[DCT.source]
    (creator,) = said[DCT.creator]
    assert isinstance(creator, NamedNode)
    assert described(name)[creator][FOAF.name], "the creator has no name"
    assert not is_list or said[SKOS.hasTopConcept]


@pytest.mark.parametrize(("name", "node"), CONCEPTS, ids=[node.value for _, node in CONCEPTS])
def test_a_concept_is_described(name: str, node: NamedNode) -> None:
    said = described(name)[node]
    (notation,) = said[SKOS.notation]
    assert isinstance(notation, Literal)
    assert node == concept(name, notation.value)
    assert len(english(said, SKOS.prefLabel)) == 1
    assert len(english(said, SKOS.definition)) == 1
    assert said[SKOS.inScheme] == [NamedNode(CONCEPT + name)]
    assert said[DCT.source]


@pytest.mark.parametrize(("name", "node"), CONCEPTS, ids=[node.value for _, node in CONCEPTS])
def test_a_concept_hangs_below_a_top_concept(name: str, node: NamedNode) -> None:
    tops = described(name)[NamedNode(CONCEPT + name)][SKOS.hasTopConcept]
    seen: list[NamedNode] = []
    while node not in tops:
        assert node not in seen, "the concept is broader than itself"
        seen.append(node)
        (broader,) = described(name)[node][SKOS.broader]
        assert isinstance(broader, NamedNode)
        node = broader
    assert not described(name)[node][SKOS.broader]


@pytest.mark.parametrize("name", LISTS)
def test_a_code_list_can_be_read_by_label_and_by_notation(name: str) -> None:
    concepts = {node for of, node in CONCEPTS if of == name}
    assert set(code_list(name).by_label.values()) == concepts
    assert set(code_list(name).by_notation.values()) == concepts


def test_anti_social_behaviour_is_not_a_crime() -> None:
    said = described("crime-category")[concept("crime-category", "anti-social-behaviour")]
    assert not said[SKOS.broader]


def test_a_category_that_was_split_says_what_replaced_it() -> None:
    old = code_list("crime-category").read("Public disorder and weapons")
    assert set(described("crime-category")[old][DCT.isReplacedBy]) == {
        concept("crime-category", "public-order"),
        concept("crime-category", "possession-of-weapons"),
    }


def test_the_older_name_of_a_category_means_the_same_concept() -> None:
    categories = code_list("crime-category")
    assert categories.read("Violent crime") == categories.read("Violence and sexual offences")


def test_every_force_is_an_organisation_and_most_have_an_area_of_their_own() -> None:
    areas = []
    for node in code_list("police-force").by_notation.values():
        said = described("police-force")[node]
        if english(said, SKOS.prefLabel)[0] in NOT_FORCES:
            continue
        assert {CRIME.PoliceForce, ORG.FormalOrganization} <= set(said[RDF.type])
        areas += said[CRIME.policeForceArea]
    assert len(areas) == len(set(areas)) == 43


def test_the_bodies_that_fraud_is_reported_to_are_no_forces() -> None:
    kind = concept("police-force-kind", "fraud-body")
    bodies = []
    for node in code_list("police-force").by_notation.values():
        said = described("police-force")[node]
        if said[ORG.classification] == [kind]:
            bodies += english(said, SKOS.prefLabel)
            assert CRIME.PoliceForce not in said[RDF.type]
            assert not said[CRIME.policeForceArea]
    assert set(bodies) == NOT_FORCES


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file beside the checkout, packed or not."""
    if not path.is_file():
        pytest.skip(f"{path.name} is not here")
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(
    ("file", "name", "code", "label"),
    [
        ("police-uk-crime-categories.csv", "crime-category", "slug", "label"),
        ("police-uk-outcome-categories.csv", "outcome", "slug", "label"),
        ("police-forces.csv", "police-force", "police_uk_id", "name"),
    ],
)
def test_codes_and_labels_are_those_of_the_publisher(
    file: str, name: str, code: str, label: str
) -> None:
    rows = table(DATA / "reference" / file)
    assert rows
    for row in rows:
        node = code_list(name).code(row[code])
        assert english(described(name)[node], SKOS.prefLabel) == [row[label]]


@pytest.mark.parametrize(
    ("files", "lists"),
    [
        (
            "street/*/*-street.csv*",
            {
                "Reported by": "police-force",
                "Falls within": "police-force",
                "Crime type": "crime-category",
                "Last outcome category": "outcome",
            },
        ),
        (
            "outcomes/*/*-outcomes.csv*",
            {
                "Reported by": "police-force",
                "Falls within": "police-force",
                "Outcome type": "outcome",
            },
        ),
    ],
)
def test_every_label_in_the_files_of_police_uk_is_known(files: str, lists: dict[str, str]) -> None:
    paths = sorted((DATA / "police-uk").glob(files))
    if not paths:
        pytest.skip(f"police-uk/{files} is not here")
    labels: dict[str, set[str]] = {column: set() for column in lists}
    for path in paths:
        for row in table(path):
            for column, found in labels.items():
                found.add(row[column])
    for column, name in lists.items():
        assert labels[column] - {""} <= code_list(name).by_label.keys(), column
        assert labels[column] - {""}, f"no file has a value of {column}"


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("home-office-stats/rec-crime-pfa.csv.gz", "PFA"),
        ("home-office-stats/csew_prc_pfa_11_v3.csv", "PFA17NM"),
        ("geography/lookups/LAD23_CSP23_PFA23_EW.csv", "PFA23NM"),
    ],
)
def test_the_forces_are_known_by_the_names_that_statistics_use(file: str, column: str) -> None:
    names = {row[column] for row in table(DATA / file)}
    assert names <= code_list("police-force").by_label.keys()
    assert len(names) >= 43
