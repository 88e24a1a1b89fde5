"""Each row of DCAT-AP 3.0.1 is kept by a rule that acts: seeded faults, one for each demand.

The table is that of the standard (131 rows); what is expected of each row follows from its columns
alone, so a rule that is written and does not work is noticed too.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from homegraph.graph.rules import validate
from homegraph.graph.shacl.report import Result

EX = "http://example.org/"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
XSD = "http://www.w3.org/2001/XMLSchema#"
CLASSES = {
    "Agent": "http://xmlns.com/foaf/0.1/Agent",
    "Catalogue": "http://www.w3.org/ns/dcat#Catalog",
    "Catalogue Record": "http://www.w3.org/ns/dcat#CatalogRecord",
    "Checksum": "http://spdx.org/rdf/terms#Checksum",
    "Concept": "http://www.w3.org/2004/02/skos/core#Concept",
    "Concept Scheme": "http://www.w3.org/2004/02/skos/core#ConceptScheme",
    "Data Service": "http://www.w3.org/ns/dcat#DataService",
    "Dataset": "http://www.w3.org/ns/dcat#Dataset",
    "Dataset Series": "http://www.w3.org/ns/dcat#DatasetSeries",
    "Distribution": "http://www.w3.org/ns/dcat#Distribution",
    "Identifier": "http://www.w3.org/ns/adms#Identifier",
    "Licence Document": "http://purl.org/dc/terms/LicenseDocument",
    "Location": "http://purl.org/dc/terms/Location",
    "Period of Time": "http://purl.org/dc/terms/PeriodOfTime",
    "Relationship": "http://www.w3.org/ns/dcat#Relationship",
}
# Rows whose recommendation is kept by a rule on the node as a whole (any of several will do).
AS_A_WHOLE = {
    *(("Dataset", "dataset distribution"), ("Location", "bbox"), ("Location", "centroid")),
    *(("Period of Time", "start date"), ("Period of Time", "end date")),
}
# What is told for information only, because hardly any catalogue in the UK says it, and a warning
# for each file of others would hide the rest. Ours says all of it (test_catalogue_description).
ONLY_TOLD = {
    *(("Catalogue Record", "application profile"), ("Catalogue Record", "change type")),
    *(("Catalogue Record", "listing date"), ("Agent", "type"), ("Catalogue", "service")),
    *(("Data Service", "conforms to"), ("Data Service", "keyword"), ("Data Service", "theme")),
    *(("Distribution", "availability"), ("Distribution", "description")),
    ("Licence Document", "type"),
}
BY_THE_UK_MODEL = {("Dataset", "identifier")}  # where it is mandatory, and one
# Two values and a wrong one for each range of literals; all others are things.
LITERALS = {
    "Literal": ('"one"', '"two"', f"<{EX}thing>"),
    "Temporal Literal": (
        f'"2024-01-01"^^<{XSD}date>',
        f'"2025-01-01"^^<{XSD}date>',
        '"last week"',
    ),
    "xsd:hexBinary": (f'"00"^^<{XSD}hexBinary>', f'"01"^^<{XSD}hexBinary>', '"00"'),
    "xsd:nonNegativeInteger": (
        f'"1"^^<{XSD}nonNegativeInteger>',
        f'"2"^^<{XSD}nonNegativeInteger>',
        '"much"',
    ),
    "xsd:decimal": (f'"1.5"^^<{XSD}decimal>', f'"2.5"^^<{XSD}decimal>', '"near"'),
    "xsd:duration": (f'"P1D"^^<{XSD}duration>', f'"P2D"^^<{XSD}duration>', '"often"'),
}
Row = dict[str, str]


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    path = shared / "reference" / "dcat-ap-3.0.1-properties.csv"
    if not path.exists():
        pytest.skip("the table of DCAT-AP is not here")
    with path.open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert len(found) == 131
    return found


def found_in(lines: list[str]) -> dict[tuple[str, str], list[Result]]:
    """What the rules for catalogues find, by focus and property."""
    results: defaultdict[tuple[str, str], list[Result]] = defaultdict(list)
    for one in validate(lines).results:
        if "/shape/catalogue#" in one.shape or "/shape/concept#" in one.shape:
            results[one.focus.strip("<>"), one.path.strip("<>")].append(one)
    return results


def seeded(rows: list[Row], values: list[list[str]]) -> list[str]:
    """A thing for each row, of the class of the row, with some values of its property."""
    said = []
    for number, (row, some) in enumerate(zip(rows, values, strict=True)):
        said.append(f"<{EX}{number}> {TYPE} <{CLASSES[row['class']]}> .\n")
        said += [f"<{EX}{number}> <{row['iri']}> {value} .\n" for value in some]
    return said


def test_what_is_mandatory_or_recommended_is_missed(rows: list[Row]) -> None:
    results = found_in(seeded(rows, [[] for _ in rows]))
    wrong = []
    for number, row in enumerate(rows):
        key = row["class"], row["property"]
        severities = {one.severity for one in results[f"{EX}{number}", row["iri"]]}
        if row["obligation"] == "Mandatory" and "violation" not in severities:
            wrong.append((*key, "mandatory", severities))
        elif row["obligation"] == "Recommended" and key not in AS_A_WHOLE:
            least = {"info"} if key in ONLY_TOLD else {"violation", "warning"}
            if not severities & (least | {"violation", "warning"}):
                wrong.append((*key, "recommended", severities))
        elif (
            row["obligation"] == "Optional"
            and key not in BY_THE_UK_MODEL
            and "violation" in severities
        ):
            wrong.append((*key, "optional", severities))
    assert "\n".join(map(str, wrong)) == ""


def test_what_is_recommended_as_a_whole_is_missed_as_a_whole(rows: list[Row]) -> None:
    some = [row for row in rows if (row["class"], row["property"]) in AS_A_WHOLE]
    results = validate(seeded(some, [[] for _ in some])).results
    for number, row in enumerate(some):
        about = [one for one in results if one.focus.strip("<>") == f"{EX}{number}"]
        assert {one.severity for one in about} & {"violation", "warning"}, row


def test_what_may_stand_once_may_not_stand_twice(rows: list[Row]) -> None:
    things = [f"<{EX}a>", f"<{EX}b>", ""]
    values = [list(LITERALS.get(row["range"], things)[:2]) for row in rows]
    results = found_in(seeded(rows, values))
    wrong = []
    for number, row in enumerate(rows):
        found = [
            one
            for one in results[f"{EX}{number}", row["iri"]]
            if "MaxCount" in one.component and one.severity != "info"
        ]
        key = row["class"], row["property"]
        if bool(found) != (row["cardinality"] in {"1", "0..1"} or key in BY_THE_UK_MODEL):
            wrong.append((row["class"], row["property"], row["cardinality"], len(found)))
    assert "\n".join(map(str, wrong)) == ""


def test_a_value_of_another_kind_is_found(rows: list[Row]) -> None:
    """A text for a thing, a thing for a text, and a text that is no number, date or duration."""
    values = [[LITERALS.get(row["range"], ("", "", '"a text"'))[2]] for row in rows]
    results = found_in(seeded(rows, values))
    wrong = [
        (row["class"], row["property"], row["range"])
        for number, row in enumerate(rows)
        if not any(
            one.severity in {"violation", "warning"} and "MinCount" not in one.component
            for one in results[f"{EX}{number}", row["iri"]]
        )
    ]
    assert "\n".join(map(str, wrong)) == ""


def test_a_thing_of_no_class_is_found(rows: list[Row]) -> None:
    """The class of each value stands on the same page, where validators look for it."""
    values = [[] if row["range"] in LITERALS else [f"<{EX}nothing>"] for row in rows]
    results = found_in(seeded(rows, values))
    wrong = [
        (row["class"], row["property"], row["range"])
        for number, row in enumerate(rows)
        if row["range"] not in LITERALS
        and not any("MinCount" not in one.component for one in results[f"{EX}{number}", row["iri"]])
    ]
    # Resources of any kind: a web address is enough.
    assert [one for one in wrong if one[2] not in {"Resource"}] == []


EU = "http://publications.europa.eu/resource/authority/"
FREE = f"{EX}of-my-own"
# The vocabularies that DCAT-AP 3.0.1 demands (section 11.1), by class and property.
VOCABULARIES = [
    ("Dataset", "http://purl.org/dc/terms/accrualPeriodicity", f"{EU}frequency/MONTHLY"),
    ("Dataset", "http://purl.org/dc/terms/language", f"{EU}language/ENG"),
    ("Dataset", "http://www.w3.org/ns/dcat#theme", f"{EU}data-theme/JUST"),
    ("Dataset", "http://purl.org/dc/terms/accessRights", f"{EU}access-right/PUBLIC"),
    ("Catalogue", "http://purl.org/dc/terms/language", f"{EU}language/ENG"),
    ("Distribution", "http://purl.org/dc/terms/format", f"{EU}file-type/CSV"),
    ("Distribution", "http://purl.org/dc/terms/language", f"{EU}language/ENG"),
    ("Distribution", "http://www.w3.org/ns/adms#status", f"{EU}distribution-status/COMPLETED"),
    (
        "Distribution",
        "http://data.europa.eu/r5r/availability",
        f"{EU}planned-availability/STABLE",
    ),
    *(
        (
            "Distribution",
            f"http://www.w3.org/ns/dcat#{name}",
            "http://www.iana.org/assignments/media-types/text/csv",
        )
        for name in ("mediaType", "compressFormat", "packageFormat")
    ),
]


@pytest.mark.parametrize(("kind", "predicate", "good"), VOCABULARIES)
def test_a_value_of_another_list_is_found(kind: str, predicate: str, good: str) -> None:
    """The same value, described as well, differs only by the list that it is from."""
    found = []
    for value in (good, FREE):
        row = {"class": kind, "iri": predicate}
        lines = seeded([row], [[f"<{value}>"]])
        some = found_in(lines)[f"{EX}0", predicate]
        found.append({one.shape for one in some if one.severity in {"violation", "warning"}})
    assert found[1] - found[0], "the list makes a difference"
    assert not found[0] - found[1]
