"""Each rule in shapes/ lets good data pass, and fails on bad data and on no other rule's.

The data is in tests/shapes/<file>.toml: `good` in Turtle, and cases that take statements away
from it (`remove`, patterns "s p o" where * is anything) and add others (`add`, Turtle), or give
a thing another name first (`rename`, "old new", for names that must be IRIs). A case breaks its
`shape` and no other of any file, save those in `also`, which the comment beside them explains.
`on` is the day of the check for rules about dates.

Every case is run twice: with all shapes by the engine of graph/rules.py, and with the shapes of
its own file by pySHACL, which must say the same. Every constraint of every shape must have
failed somewhere: a rule that never fails is not a rule.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyshacl
import pytest
from pyoxigraph import RdfFormat, Triple, parse, serialize
from rdflib import RDF, RDFS, SH, XSD, BNode, Graph, Literal, URIRef
from rdflib.plugins.sparql import processor
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

from homegraph.graph.rules import validate

ROOT = Path(__file__).parents[1]
SHAPE = "https://w3id.org/homegraph/def/shape/"
SOURCE = "https://w3id.org/homegraph/def/source#"
PRIVACY = "https://w3id.org/homegraph/def/privacy#"
NAMES = sorted(path.stem for path in (ROOT / "shapes").glob("*.ttl"))
# The words of SHACL that state a constraint; each is a constraint component.
CONSTRAINTS = {
    *("minCount", "maxCount", "nodeKind", "datatype", "class", "pattern", "in", "languageIn"),
    *("minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive"),
    *("uniqueLang", "disjoint", "equals", "lessThan", "lessThanOrEquals", "hasValue"),
    *("not", "and", "or", "xone", "node", "closed", "sparql"),
    *("qualifiedMinCount", "qualifiedMaxCount"),
}
NOT_CONSTRAINTS = {
    *("path", "property", "targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf"),
    *("ignoredProperties", "flags", "qualifiedValueShape", "qualifiedValueShapesDisjoint"),
    *("severity", "message", "deactivated", "name", "order", "group"),
}
Found = frozenset["Broken"]


class Broken(NamedTuple):
    """One broken rule, as both engines can say it."""

    focus: str
    path: str
    value: str
    shape: str
    component: str


@dataclass(frozen=True)
class Case:
    """Data that is wrong in one way."""

    file: str
    number: int
    shape: str
    remove: tuple[str, ...] = ()
    add: str = ""
    rename: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    on: date | None = None

    def __str__(self) -> str:
        return f"{self.file} {self.number} {self.shape}"


@pytest.fixture(scope="module", autouse=True)
def each_query_parsed_once() -> Iterator[None]:
    """The reference has a query parsed anew for each node, which takes most of its time."""
    parsed, translate = cache(processor.parseQuery), processor.translateQuery
    made: dict[tuple[int, str | None], Query] = {}

    def translated(query: object, base: str | None, names: object) -> Query:
        key = (id(query), base)  # what is parsed stays in the cache, and its id with it
        if key not in made:
            made[key] = translate(query, base, names)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processor, "parseQuery", parsed)
        patch.setattr(processor, "translateQuery", translated)
        yield


@cache
def good(name: str) -> tuple[str, str, date | None]:
    """The prefixes of the good data of one file, the data, and the day that it is checked on."""
    said = tomllib.loads((ROOT / "tests" / "shapes" / f"{name}.toml").read_text("utf-8"))
    prefixes = [line for line in said["good"].splitlines() if line.startswith("@prefix")]
    return "\n".join(prefixes) + "\n", said["good"], said.get("on")


def cases(name: str) -> list[Case]:
    """The cases of one file, none when it has no data yet (another test says so)."""
    path = ROOT / "tests" / "shapes" / f"{name}.toml"
    if not path.exists():
        return []
    said = tomllib.loads(path.read_text("utf-8"))
    return [
        Case(
            name,
            number,
            one.pop("shape"),
            tuple(one.pop("remove", ())),
            one.pop("add", ""),
            tuple(one.pop("rename", ())),
            tuple(one.pop("also", ())),
            one.pop("on", said.get("on")),
            **one,
        )
        for number, one in enumerate(said.get("case", []), 1)
    ]


CASES = [case for name in NAMES for case in cases(name)]


def turtle(text: str) -> set[Triple]:
    """The statements of a text in Turtle."""
    return {
        Triple(quad.subject, quad.predicate, quad.object)
        for quad in parse(input=text, format=RdfFormat.TURTLE)
    }


def ntriples(data: set[Triple]) -> str:
    """Statements as N-Triples."""
    return (serialize(data, format=RdfFormat.N_TRIPLES) or b"").decode()


def matching(pattern: str, prefixes: str, data: set[Triple]) -> set[Triple]:
    """The statements that fit a pattern such as "ex:catalogue dct:title *"."""
    parts = pattern.split(None, 2)
    wanted = " ".join("<http://example.org/any>" if part == "*" else part for part in parts)
    (like,) = turtle(f"{prefixes}{wanted} .")
    return {
        triple
        for triple in data
        if all(
            part == "*" or said == term
            for part, said, term in zip(parts, triple, like, strict=True)
        )
    }


def renamed(pair: str, prefixes: str, data: set[Triple]) -> set[Triple]:
    """The statements with one name in place of another, as "ex:old _:new"."""
    old, new = pair.split()
    (names,) = turtle(f"{prefixes}{new} <http://example.org/any> {old} .")
    here = {names.object: names.subject}
    said = {
        Triple(here.get(one.subject, one.subject), one.predicate, here.get(one.object, one.object))
        for one in data
    }
    assert said != data, f"{old} does not stand in the good data"
    return said


@cache
def data_of(case: Case) -> str:
    """The N-Triples of a case: the good data with something gone and something new."""
    prefixes, text, _ = good(case.file)
    data = turtle(text)
    for pair in case.rename:
        data = renamed(pair, prefixes, data)
    for pattern in case.remove:
        gone = matching(pattern, prefixes, data)
        assert gone, f"{case}: nothing fits {pattern}"
        data -= gone
    data |= turtle(prefixes + case.add)
    return ntriples(data)


@cache
def rules(*names: str) -> Graph:
    """The shapes of some files."""
    graph = Graph()
    for name in names:
        graph.parse(ROOT / "shapes" / f"{name}.ttl")
    return graph


def by_pyshacl(data: str, on: date | None, *names: str) -> Found:
    """What the reference says of the shapes of some files."""
    graph = Graph().parse(data=data, format="nt")
    if on:
        today = Literal(on.isoformat(), datatype=XSD.date)
        graph.add((URIRef(f"{SOURCE}Check"), URIRef(f"{SOURCE}checkedOn"), today))
    _, report, _ = pyshacl.validate(
        graph, shacl_graph=rules(*names), inference="none", advanced=False
    )
    assert isinstance(report, Graph)

    def said(result: Node, predicate: URIRef) -> str:
        value = report.value(result, predicate)
        return "" if value is None else f"_:{value}" if isinstance(value, BNode) else str(value)

    return frozenset(
        Broken(
            said(result, SH.focusNode),
            said(result, SH.resultPath),
            said(result, SH.value),
            said(result, SH.sourceShape).removeprefix(SHAPE),
            said(result, SH.sourceConstraintComponent).removeprefix(str(SH)),
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    )


def by_ours(data: str, on: date | None, name: str) -> Found:
    """What our own engine says of all shapes.

    What the shapes of other files say for information alone is left out, so that the data of
    one file need not have all that a catalogue would like to know.
    """
    return frozenset(
        Broken(
            result.focus,
            result.path,
            result.value,
            result.shape.removeprefix(SHAPE),
            result.component.removeprefix(str(SH)),
        )
        for result in validate(data.splitlines(keepends=True), on).results
        if result.severity != "info" or result.shape.startswith(f"{SHAPE}{name}#")
    )


@cache
def broken_by(case: Case) -> Found:
    """What a case breaks."""
    return by_ours(data_of(case), case.on, case.file)


def comparable(found: Found, name: str) -> Found:
    """What both engines should say alike: results of one file, in the words of SHACL itself.

    A blank node has another name in each engine, a path of several steps is one in the reference's
    report, and forbidden text is for ours alone.
    """

    def plain(text: str, start: str = "") -> str:
        return "" if text.startswith("_:") or not text.startswith(start) else text

    return frozenset(
        Broken(plain(said[0]), plain(said[1], "http"), plain(said[2]), *said[3:])
        for said in found
        if said.shape.startswith(f"{name}#") and not said.component.startswith(PRIVACY)
    )


@cache
def named_shapes() -> dict[str, tuple[str, URIRef]]:
    """Every shape with an IRI, by its short name, with the file it stands in."""
    return {
        str(shape).removeprefix(SHAPE): (name, shape)
        for name in NAMES
        for kind in (SH.NodeShape, SH.PropertyShape)
        for shape in rules(name).subjects(RDF.type, kind)
        if isinstance(shape, URIRef)
    }


@pytest.mark.parametrize("name", NAMES)
def test_good_data_breaks_no_rule(name: str) -> None:
    _, text, on = good(name)
    data = ntriples(turtle(text))
    assert by_ours(data, on, name) == frozenset()
    assert by_pyshacl(data, on, name) == frozenset()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bad_data_breaks_the_rule_that_it_is_about_and_no_other(case: Case) -> None:
    named = {one if "#" in one else f"{case.file}#{one}" for one in (case.shape, *case.also)}
    assert {one.shape for one in broken_by(case)} == named


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_reference_says_the_same(case: Case) -> None:
    theirs = by_pyshacl(data_of(case), case.on, case.file)
    assert comparable(broken_by(case), case.file) == comparable(theirs, case.file)


def test_every_shape_has_a_case() -> None:
    assert {f"{case.file}#{case.shape}" for case in CASES} == named_shapes().keys()


def test_every_constraint_of_every_shape_has_failed_somewhere() -> None:
    declared = set()
    for short, (name, shape) in named_shapes().items():
        for parameter in set(rules(name).predicates(shape)):
            word = str(parameter).removeprefix(str(SH))
            if str(parameter) == f"{PRIVACY}forbids":
                declared.add((short, f"{PRIVACY}ForbiddenTextConstraintComponent"))
            elif str(parameter).startswith(str(SH)) and word not in NOT_CONSTRAINTS:
                assert word in CONSTRAINTS, f"{short} uses sh:{word}, which no case tries"
                kind = "SPARQL" if word == "sparql" else f"{word[0].upper()}{word[1:]}"
                declared.add((short, f"{kind}ConstraintComponent"))
    failed = {(one.shape, one.component) for case in CASES for one in broken_by(case)}
    assert declared - failed == set()


@pytest.mark.parametrize("short", named_shapes())
def test_every_shape_says_what_is_wrong_what_to_do_and_whose_rule_it_is(short: str) -> None:
    name, shape = named_shapes()[short]
    graph = rules(name)
    assert graph.value(shape, SH.severity) in {SH.Violation, SH.Warning, SH.Info}
    (message,) = graph.objects(shape, SH.message)
    assert getattr(message, "language", None) == "en"
    assert len(str(message).split(". ")) > 1, "the message has no remedy"
    assert str(message).endswith("."), "the message breaks off"
    rule = graph.value(shape, RDFS.seeAlso)
    assert isinstance(rule, URIRef)
    assert str(rule).startswith(("https://", "http://"))


@pytest.mark.parametrize("name", NAMES)
def test_every_property_shape_is_used(name: str) -> None:
    graph = rules(name)
    declared = set(graph.subjects(RDF.type, SH.PropertyShape))
    used = {shape for shape in graph.objects(None, SH.property) if isinstance(shape, URIRef)}
    targets = (SH.targetClass, SH.targetNode, SH.targetObjectsOf, SH.targetSubjectsOf)
    assert used <= declared
    assert declared <= used | {shape for word in targets for shape in graph.subjects(word)}


# The classes of DCAT-AP, and the node shapes of theirs.
DCAT_AP = {
    "Agent": "catalogue#Agent",
    "Catalogue": "catalogue#Catalog",
    "Catalogue Record": "catalogue#Record",
    "Checksum": "catalogue#Checksum",
    "Concept": "concept#Concept",
    "Concept Scheme": "concept#Scheme",
    "Data Service": "catalogue#Service",
    "Dataset": "catalogue#Dataset",
    "Dataset Series": "catalogue#Series",
    "Distribution": "catalogue#Distribution",
    "Identifier": "catalogue#Identifier",
    "Licence Document": "catalogue#Licence",
    "Location": "catalogue#Location",
    "Period of Time": "catalogue#Period",
    "Relationship": "catalogue#Relationship",
}
# Recommended, but one of several will do, or only for what is public: a node shape says it.
ALTERNATIVES = {"distribution", "bbox", "centroid", "startDate", "endDate"}


def test_every_property_of_dcat_ap_has_its_rules(shared: Path) -> None:
    with (shared / "reference" / "dcat-ap-3.0.1-properties.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["class"] for row in rows} == DCAT_AP.keys()
    for row in rows:
        name, node = named_shapes()[DCAT_AP[row["class"]]]
        graph, path = rules(name), URIRef(row["iri"])
        said = {
            (word, graph.value(shape, SH.severity))
            for shape in graph.objects(node, SH.property)
            if graph.value(shape, SH.path) == path
            for word in graph.predicates(shape)
        }
        words = {word for word, _ in said}
        assert words, f"nothing is asked of {row['property']} of {row['class']}"
        if row["cardinality"] in {"0..1", "1"}:
            assert SH.maxCount in words, row
        if row["obligation"] == "Mandatory":
            assert (SH.minCount, SH.Violation) in said, row
        if row["obligation"] == "Recommended":
            local = row["iri"].replace("#", "/").rsplit("/", 1)[1]
            assert words & {SH.minCount, SH.qualifiedMinCount} or local in ALTERNATIVES, row


def test_our_code_lists_keep_the_rules() -> None:
    said = {
        triple
        for path in sorted((ROOT / "ontologies").glob("*.ttl"))
        for triple in turtle(path.read_text("utf-8"))
    }
    assert by_ours(ntriples(said), None, "concept") == frozenset()
