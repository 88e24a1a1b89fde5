"""Each rule of shapes/{crime,concept,source}.ttl lets good data pass and fails on bad data.

A bad datum is the good one of its file with the values of one property replaced. Every
constraint of every shape must have failed somewhere: a rule that never fails is not a rule.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node
from rdflib.util import from_n3

ROOT = Path(__file__).parents[1]
SHAPE = "https://w3id.org/homegraph/def/shape/"
PREFIXES = """
@prefix category: <https://w3id.org/homegraph/def/concept/crime-category/> .
@prefix outcome: <https://w3id.org/homegraph/def/concept/outcome/> .
@prefix force: <https://w3id.org/homegraph/def/concept/police-force/> .
@prefix kind: <https://w3id.org/homegraph/def/concept/police-force-kind/> .
@prefix concept: <https://w3id.org/homegraph/def/concept/> .
@prefix crime: <https://w3id.org/homegraph/def/crime#> .
@prefix source: <https://w3id.org/homegraph/def/source#> .
@prefix month: <http://reference.data.gov.uk/id/month/> .
@prefix area: <http://statistics.data.gov.uk/id/statistical-geography/> .
@prefix attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix code: <http://purl.org/linked-data/sdmx/2009/code#> .
@prefix frequency: <http://publications.europa.eu/resource/authority/frequency/> .
@prefix theme: <http://publications.europa.eu/resource/authority/data-theme/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix ex: <http://example.org/> .
"""
GOOD = {
    "crime": f"""
ex:incident a crime:Incident ;
    crime:category category:burglary ;
    crime:month month:2024-01 ;
    crime:force force:kent ;
    crime:fallsWithin force:essex ;
    crime:mapPoint ex:point ;
    crime:outcome outcome:charged ;
    crime:crimeId "{"0a" * 32}" ;
    crime:context "Seen by two people" .
ex:bare a crime:Incident ;
    crime:category category:anti-social-behaviour ;
    crime:month month:2024-12 ;
    crime:force force:btp .
ex:point rdfs:label "On or near High Street" ;
    geo:asWKT "POINT(-2.590001 51.45)"^^geo:wktLiteral ;
    crime:lsoa area:E01014399 .
ex:slice a crime:Slice ;
    rdfs:label "Street-level crime, kent, 2024-01"@en ;
    dct:temporal month:2024-01 ;
    prov:wasAttributedTo force:kent ;
    crime:incidentCount 2 ;
    crime:lsoaVintage "2021"^^xsd:gYear ;
    prov:wasDerivedFrom ex:file ;
    dct:isPartOf ex:street-crime .
ex:missing a crime:Slice ;
    rdfs:label "Street-level crime, essex, 2024-01: not supplied"@en ;
    dct:temporal month:2024-01 ;
    prov:wasAttributedTo force:essex ;
    attribute:obsStatus code:obsStatus-M ;
    dct:isPartOf ex:street-crime .
force:kent a crime:PoliceForce ;
    org:classification kind:territorial ;
    crime:policeForceArea area:E23000032 .
""",
    "concept": """
concept:colour a skos:ConceptScheme ;
    dct:title "Colours"@en ;
    dct:description "The colours of things."@en ;
    dct:license ex:licence ;
    owl:versionInfo "0.1.0" ;
    dct:creator ex:us ;
    dct:issued "2024-01-31"^^xsd:date ;
    dct:source ex:list ;
    skos:hasTopConcept ex:red .
ex:red a skos:Concept ;
    skos:prefLabel "Red"@en , "Coch"@cy ;
    skos:altLabel "Crimson"@en ;
    skos:hiddenLabel "Redd"@en ;
    skos:definition "The colour of blood."@en ;
    skos:notation "red" ;
    skos:inScheme concept:colour ;
    dct:source ex:list .
ex:pink a skos:Concept ;
    skos:prefLabel "Pink"@en ;
    skos:definition "A light red."@en ;
    skos:notation "pink" ;
    skos:inScheme concept:colour ;
    skos:broader ex:red ;
    dct:source ex:list .
theme:JUST a skos:Concept ;
    skos:prefLabel "Justice"@en .
""",
    "source": """
ex:street-crime a dcat:Dataset ;
    dct:title "Street-level crime"@en ;
    dct:description "What the police recorded, by month and anonymised place."@en ;
    dct:publisher ex:police ;
    dct:license ex:licence ;
    dcat:contactPoint ex:contact ;
    dct:accrualPeriodicity frequency:MONTHLY ;
    dcat:keyword "crime"@en ;
    dcat:theme theme:JUST ;
    source:filePattern "*-street.csv" ;
    source:minimumRecords 1 ;
    source:maximumRecords 1000 ;
    source:ignoredColumn ex:colour .
ex:colour source:columnName "Colour" ;
    source:reason "Always the same." .
""",
}
LONG = '"' + "x" * 66 + '"'
# Shape; subject and predicate whose values are replaced; the values that replace them, if any.
CASES: list[tuple[str, str, str, list[str]]] = [
    ("crime#Incident", "ex:incident", "foaf:name", ['"A Person"']),
    ("crime#Incident", "_:somebody", "rdf:type", ["crime:Incident"]),
    ("crime#incident-category", "ex:incident", "crime:category", []),
    ("crime#incident-category", "ex:incident", "crime:category", ['"Burglary"', "outcome:fined"]),
    ("crime#incident-category-kind", "ex:incident", "crime:category", ["category:all-crime"]),
    ("crime#incident-month", "ex:incident", "crime:month", []),
    ("crime#incident-month", "ex:incident", "crime:month", ['"2024-01"', "month:2024-13"]),
    ("crime#incident-force", "ex:incident", "crime:force", []),
    ("crime#incident-force", "ex:incident", "crime:force", ['"Kent"', "area:E23000032"]),
    ("crime#incident-falls-within", "ex:bare", "crime:fallsWithin", ['"Kent"', "ex:kent"]),
    ("crime#incident-map-point", "ex:bare", "crime:mapPoint", ['"POINT(0 51)"', "ex:point"]),
    ("crime#incident-outcome", "ex:bare", "crime:outcome", ['"Fined"', "category:burglary"]),
    ("crime#incident-outcome-kind", "ex:bare", "crime:outcome", ["outcome:court-outcome"]),
    ("crime#incident-crime-id", "ex:bare", "crime:crimeId", ['"7"', '"A Person"@en']),
    ("crime#incident-context", "ex:bare", "crime:context", ['""', "ex:note"]),
    ("crime#MapPoint", "ex:point", "foaf:name", ['"A Person"']),
    ("crime#MapPoint", "ex:bare", "crime:mapPoint", ["_:somewhere"]),
    ("crime#point-label", "ex:point", "rdfs:label", ['""', "ex:street"]),
    ("crime#point-wkt", "ex:point", "geo:asWKT", []),
    ("crime#point-wkt", "ex:point", "geo:asWKT", ['"POINT(-2.5 51.4)"', '"POINT(51.4 -2.5)"']),
    ("crime#point-lsoa", "ex:point", "crime:lsoa", ['"E01014399"', "area:E02000001"]),
    ("crime#Slice", "_:slice", "rdf:type", ["crime:Slice"]),
    ("crime#SliceSuppliedOrMissing", "ex:slice", "crime:incidentCount", []),
    ("crime#SliceSuppliedOrMissing", "ex:slice", "prov:wasDerivedFrom", []),
    ("crime#SliceSuppliedOrMissing", "ex:slice", "attribute:obsStatus", ["code:obsStatus-M"]),
    ("crime#slice-label", "ex:slice", "rdfs:label", []),
    ("crime#slice-label", "ex:slice", "rdfs:label", ['""']),
    ("crime#slice-month", "ex:slice", "dct:temporal", []),
    ("crime#slice-month", "ex:slice", "dct:temporal", ['"2024-01"', "month:2024"]),
    ("crime#slice-force", "ex:slice", "prov:wasAttributedTo", []),
    ("crime#slice-force", "ex:slice", "prov:wasAttributedTo", ['"Kent"', "ex:kent"]),
    ("crime#slice-part-of", "ex:slice", "dct:isPartOf", []),
    ("crime#slice-part-of", "ex:slice", "dct:isPartOf", ['"street-crime"', "ex:a"]),
    ("crime#slice-incident-count", "ex:slice", "crime:incidentCount", ['"two"', "-1"]),
    ("crime#slice-lsoa-vintage", "ex:slice", "crime:lsoaVintage", ['"2021"', '"2024"']),
    ("crime#PoliceForce", "ex:kent", "rdf:type", ["crime:PoliceForce"]),
    ("crime#PoliceForce", "_:kent", "rdf:type", ["crime:PoliceForce"]),
    ("crime#force-classification", "force:kent", "org:classification", []),
    ("crime#force-classification", "force:kent", "org:classification", ['"special"', "ex:a"]),
    ("crime#force-area", "force:kent", "crime:policeForceArea", ['"Kent"', "area:E01014399"]),
    ("concept#Concept", "_:colour", "rdf:type", ["skos:Concept"]),
    ("concept#concept-label", "theme:JUST", "skos:prefLabel", []),
    ("concept#concept-label", "theme:JUST", "skos:prefLabel", ['"Law"@en', '"Justice"@en', "ex:a"]),
    ("concept#ListedConcept", "ex:pink", "rdf:type", []),
    ("concept#concept-label-language", "ex:red", "skos:prefLabel", ['"Red"']),
    ("concept#concept-label-disjoint", "ex:red", "skos:altLabel", ['"Red"@en']),
    ("concept#concept-other-label-disjoint", "ex:red", "skos:hiddenLabel", ['"Red"@en']),
    ("concept#concept-other-label-disjoint", "ex:red", "skos:hiddenLabel", ['"Crimson"@en']),
    ("concept#concept-definition", "ex:red", "skos:definition", []),
    ("concept#concept-definition", "ex:red", "skos:definition", ['"Red."@en', '"Not blue."@en']),
    ("concept#concept-notation", "ex:red", "skos:notation", []),
    ("concept#concept-notation", "ex:red", "skos:notation", ['"light red"', '"red"']),
    ("concept#concept-in-scheme", "ex:red", "skos:inScheme", []),
    ("concept#concept-in-scheme", "ex:red", "skos:inScheme", ['"colour"', "ex:colour"]),
    ("concept#concept-broader", "ex:pink", "skos:broader", ['"Red"', "ex:scarlet"]),
    ("concept#concept-source", "ex:red", "dct:source", []),
    ("concept#concept-source", "ex:red", "dct:source", ['"a book"', "_:book"]),
    ("concept#Scheme", "_:scheme", "rdf:type", ["skos:ConceptScheme"]),
    ("concept#scheme-title", "concept:colour", "dct:title", []),
    ("concept#scheme-title", "concept:colour", "dct:title", ['"Colours"@en', '"Hues"@en', "ex:a"]),
    ("concept#ListedScheme", "concept:colour", "rdf:type", []),
    ("concept#scheme-description", "concept:colour", "dct:description", []),
    ("concept#scheme-description", "concept:colour", "dct:description", ['"One"@en', '"Two"@en']),
    ("concept#scheme-licence", "concept:colour", "dct:license", []),
    ("concept#scheme-licence", "concept:colour", "dct:license", ['"OGL"', "ex:licence"]),
    ("concept#scheme-version", "concept:colour", "owl:versionInfo", []),
    ("concept#scheme-version", "concept:colour", "owl:versionInfo", ['"new"', '"1"']),
    ("concept#scheme-creator", "concept:colour", "dct:creator", []),
    ("concept#scheme-creator", "concept:colour", "dct:creator", ['"Us"']),
    ("concept#scheme-issued", "concept:colour", "dct:issued", []),
    ("concept#scheme-issued", "concept:colour", "dct:issued", ['"2024"', '"May 2024"']),
    ("concept#scheme-source", "concept:colour", "dct:source", []),
    ("concept#scheme-source", "concept:colour", "dct:source", ['"a book"', "_:book"]),
    ("concept#scheme-top-concept", "concept:colour", "skos:hasTopConcept", ['"Red"', "ex:pink"]),
    ("source#Source", "ex:street-crime", "rdf:type", []),
    ("source#Source", "_:dataset", "source:minimumRecords", ["1"]),
    ("source#Source", "_:dataset", "source:maximumRecords", ["1"]),
    ("source#Source", "_:dataset", "source:filePattern", ['"*.csv"']),
    ("source#Source", "_:dataset", "source:ignoredColumn", ["ex:colour"]),
    ("source#source-title", "ex:street-crime", "dct:title", []),
    ("source#source-title", "ex:street-crime", "dct:title", ['""', LONG]),
    ("source#source-description", "ex:street-crime", "dct:description", []),
    ("source#source-description", "ex:street-crime", "dct:description", ['"It"@en', '"Is"@en']),
    ("source#source-publisher", "ex:street-crime", "dct:publisher", []),
    ("source#source-publisher", "ex:street-crime", "dct:publisher", ['"Police"', "ex:police"]),
    ("source#source-licence", "ex:street-crime", "dct:license", []),
    ("source#source-licence", "ex:street-crime", "dct:license", ['"OGL"', "ex:licence"]),
    ("source#source-contact", "ex:street-crime", "dcat:contactPoint", []),
    ("source#source-contact", "ex:street-crime", "dcat:contactPoint", ['"a@example.org"']),
    ("source#source-frequency", "ex:street-crime", "dct:accrualPeriodicity", []),
    ("source#source-frequency", "ex:street-crime", "dct:accrualPeriodicity", ['"often"', "ex:a"]),
    ("source#source-keyword", "ex:street-crime", "dcat:keyword", []),
    ("source#source-keyword", "ex:street-crime", "dcat:keyword", ['""', "ex:a"]),
    ("source#source-theme", "ex:street-crime", "dcat:theme", []),
    ("source#source-theme", "ex:street-crime", "dcat:theme", ['"justice"']),
    ("source#source-file-pattern", "ex:street-crime", "source:filePattern", []),
    ("source#source-file-pattern", "ex:street-crime", "source:filePattern", ['"a/b"', '"c"@en']),
    ("source#source-minimum", "ex:street-crime", "source:minimumRecords", []),
    ("source#source-minimum", "ex:street-crime", "source:minimumRecords", ['"few"', "-1"]),
    ("source#source-minimum", "ex:street-crime", "source:minimumRecords", ["1001"]),
    ("source#source-maximum", "ex:street-crime", "source:maximumRecords", []),
    ("source#source-maximum", "ex:street-crime", "source:maximumRecords", ['"many"', "0"]),
    ("source#source-ignored-column", "ex:street-crime", "source:ignoredColumn", ["_:column"]),
    ("source#IgnoredColumn", "ex:street-crime", "source:ignoredColumn", ['"Colour"']),
    ("source#column-name", "ex:colour", "source:columnName", []),
    ("source#column-name", "ex:colour", "source:columnName", ['"Colour"@en', '"Color"']),
    ("source#column-reason", "ex:colour", "source:reason", []),
    ("source#column-reason", "ex:colour", "source:reason", ['"no"', '"Because it is."']),
]
# Those parameters of SHACL Core that stand in these files; each is a constraint component.
CONSTRAINTS = {
    *("minCount", "maxCount", "nodeKind", "datatype", "class", "pattern", "in", "languageIn"),
    *("minLength", "maxLength", "minInclusive", "uniqueLang", "disjoint", "lessThanOrEquals"),
    *("not", "xone", "node", "closed"),
}
NOT_CONSTRAINTS = {
    *("path", "property", "targetClass", "targetObjectsOf", "targetSubjectsOf"),
    *("ignoredProperties", "severity", "message"),
}


@cache
def rules(name: str) -> Graph:
    """The shapes of one file."""
    return Graph().parse(ROOT / "shapes" / f"{name}.ttl")


def named_shapes() -> dict[str, tuple[Graph, URIRef]]:
    """Every shape with an IRI, by its short name, with the graph it stands in."""
    return {
        str(shape).removeprefix(SHAPE): (rules(name), shape)
        for name in GOOD
        for kind in (SH.NodeShape, SH.PropertyShape)
        for shape in rules(name).subjects(RDF.type, kind)
        if isinstance(shape, URIRef)
    }


def good(name: str) -> Graph:
    """The good datum of one file."""
    return Graph().parse(data=PREFIXES + GOOD[name], format="turtle")


def broken(data: Graph, name: str) -> set[tuple[str, str]]:
    """The shapes that the data breaks, each with the constraint."""
    _, report, _ = pyshacl.validate(data, shacl_graph=rules(name), inference="none", advanced=False)
    assert isinstance(report, Graph)
    return {
        (
            str(report.value(result, SH.sourceShape)).removeprefix(SHAPE),
            str(report.value(result, SH.sourceConstraintComponent)),
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    }


def term(text: str, data: Graph) -> Node:
    """A term as it would stand in Turtle."""
    found = from_n3(text, nsm=data.namespace_manager)
    assert isinstance(found, Node)
    return found


@cache
def broken_by(case: int) -> set[tuple[str, str]]:
    """What the bad datum of one case breaks."""
    shape, subject, predicate, objects = CASES[case]
    name = shape.partition("#")[0]
    data = good(name)
    about, says, *values = (term(text, data) for text in (subject, predicate, *objects))
    data.remove((about, says, None))
    for value in values:
        data.add((about, says, value))
    return broken(data, name)


@pytest.mark.parametrize("name", GOOD)
def test_good_data_passes_the_rules(name: str) -> None:
    assert broken(good(name), name) == set()


@pytest.mark.parametrize(
    "case", range(len(CASES)), ids=[f"{shape} {len(values)}" for shape, _, _, values in CASES]
)
def test_bad_data_fails_the_rule_that_it_breaks(case: int) -> None:
    assert CASES[case][0] in {shape for shape, _ in broken_by(case)}


def test_every_shape_has_a_datum_that_fails_it() -> None:
    assert {shape for shape, *_ in CASES} == named_shapes().keys()


def test_every_constraint_of_every_shape_has_failed_somewhere() -> None:
    declared = set()
    for short, (graph, shape) in named_shapes().items():
        for parameter in graph.predicates(shape):
            word = str(parameter).removeprefix(str(SH))
            if str(parameter).startswith(str(SH)) and word not in NOT_CONSTRAINTS:
                assert word in CONSTRAINTS, f"{short} uses sh:{word}, which no case tries"
                component = f"{SH}{word[0].upper()}{word[1:]}ConstraintComponent"
                declared.add((short, component))
    failed = {pair for case in range(len(CASES)) for pair in broken_by(case)}
    assert declared - failed == set()


@pytest.mark.parametrize("short", named_shapes())
def test_every_shape_says_what_is_wrong_what_to_do_and_whose_rule_it_is(short: str) -> None:
    graph, shape = named_shapes()[short]
    assert graph.value(shape, SH.severity) in {SH.Violation, SH.Warning}
    (message,) = graph.objects(shape, SH.message)
    assert getattr(message, "language", None) == "en"
    assert len(str(message).split(". ")) > 1, "the message has no remedy"
    assert isinstance(graph.value(shape, RDFS.seeAlso), URIRef)


@pytest.mark.parametrize("name", GOOD)
def test_every_property_shape_is_used(name: str) -> None:
    declared = set(rules(name).subjects(RDF.type, SH.PropertyShape))
    assert declared == {
        shape for shape in rules(name).objects(None, SH.property) if isinstance(shape, URIRef)
    }


def test_a_concept_of_somebody_else_needs_only_a_label() -> None:
    data = good("concept")
    elsewhere = data.namespace_manager.expand_curie("theme:JUST")
    assert data.value(elsewhere, RDF.type) is not None
    assert broken(data, "concept") == set()


def test_our_code_lists_keep_the_rules() -> None:
    data = Graph()
    for path in sorted((ROOT / "ontologies").glob("*.ttl")):
        data.parse(path)
    assert broken(data, "concept") | broken(data, "crime") == set()
