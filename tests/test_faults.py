"""Faults put into real files: each is found by its rule, with file, row and column; and no others.

The street-level files and the inventory are the publishers' own; no register of assets was ever
published in this form, so that of the example stands for it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest

from homegraph import loaders
from homegraph.graph.check import Checked, check_file
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile

Table = list[list[str]]
TODAY = date(2013, 12, 1)  # when nothing in the example register was overdue
STREET, REGISTER, CATALOGUE = "street_crime", "information_asset_register", "dataset_catalogue"
REAL = {
    STREET: "police-uk/street/2024-01/2024-01-avon-and-somerset-street.csv.gz",
    CATALOGUE: "catalogue/data.gov.uk-legacy/dft.csv",
}


class Fault(NamedTuple):
    """What is done to one cell, and what has to be said about it."""

    source: str
    row: int
    column: str
    value: str
    rule: str  # the end of the rule's IRI
    found: str = ""  # the column that is named, where it is another one
    severity: str = "violation"


FAULTS = [
    # Street-level crime
    Fault(STREET, 2, "Month", "2024-02", "value-known"),
    Fault(STREET, 17, "Month", "January", "value-known"),
    Fault(STREET, 30, "Reported by", "Avon and Somerset Police", "value-known"),
    Fault(STREET, 31, "Reported by", "Kent Police", "value-known"),
    Fault(STREET, 45, "Falls within", "Nowhere Constabulary", "value-known"),
    Fault(STREET, 52, "Crime type", "Jaywalking", "value-known"),
    Fault(STREET, 53, "Crime type", "All crime", "value-known"),
    Fault(STREET, 60, "Last outcome category", "Forgotten", "value-known"),
    Fault(STREET, 71, "Crime ID", "12345", "value-known"),
    Fault(STREET, 80, "Longitude", "west", "value-known"),
    Fault(STREET, 81, "Latitude", "", "value-known"),
    Fault(STREET, 82, "Longitude", "51.4", "value-known"),
    Fault(STREET, 90, "LSOA code", "E0101439", "value-known"),
    Fault(STREET, 91, "LSOA name", "", "value-known"),
    Fault(STREET, 100, "Context", "NI number AB 12 34 56 C given", "NationalInsuranceNumber"),
    Fault(STREET, 110, "Context", "born on 3 March 1985", "DateOfBirth"),
    Fault(STREET, 120, "Context", "the victim, Jane Whitfield, said", "PersonInCase"),
    Fault(STREET, 130, "Context", "write to jane.whitfield@example.org", "PersonsEmailAddress"),
    Fault(STREET, 140, "Location", "On or near AB12 CDE", "VehicleRegistration"),
    Fault(STREET, 150, "Location", "On or near BS1 4TR", "Postcode"),
    # The register
    Fault(REGISTER, 3, "IARN", "HO-001", "row-consistent"),
    Fault(REGISTER, 4, "IARN", "", "cell-filled"),
    Fault(REGISTER, 5, "Title", "", "cell-filled"),
    Fault(REGISTER, 6, "Owner post", "", "cell-filled"),
    Fault(REGISTER, 7, "SIRO post", "", "asset-risk-owner"),
    Fault(REGISTER, 8, "Owner post", "Mr John Smith", "asset-owner-name"),
    Fault(REGISTER, 9, "Classification", "COSMIC", "value-known"),
    Fault(REGISTER, 10, "Review due", "31/02/2014", "value-known"),
    Fault(REGISTER, 11, "Rights", "", "PublishedMayBeUsed"),
    Fault(REGISTER, 12, "Publication decision", "Perhaps", "value-known"),
    Fault(REGISTER, 13, "Exemption", "s99", "value-known"),
    Fault(REGISTER, 14, "Published datasets", "", "PublishedCanBeFound"),
    Fault(REGISTER, 15, "Access requests", "2012-11 | Jane | granted", "value-known"),
    Fault(REGISTER, 2, "Privacy impact assessment",
          "in progress", "PersonalDataIsPublishedAfterSignOff"),
    Fault(REGISTER, 16, "Description", "NHS number 943 476 5919", "NhsNumber"),
    Fault(REGISTER, 17, "Classification", "SECRET", "SecretIsNotDescribed", "Description"),
    Fault(REGISTER, 20, "Exemption", "", "WithheldSaysWhy"),
    Fault(REGISTER, 19, "Review due", "2013-06-01", "ReviewIsOverdue", severity="warning"),
    # The catalogues
    Fault(CATALOGUE, 3, "name", "", "cell-filled"),
    Fault(CATALOGUE, 4, "Non-compliance", "ring 07700 900123", "TelephoneNumber"),
]  # fmt: skip


def file_of(source: str, shared: Path) -> Path:
    """The clean file of a source."""
    if source == REGISTER:
        (path,) = (loaders.by_name(source).folder / "example").glob("*.csv")
        return path
    return shared / REAL[source]


def read(path: Path) -> Table:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def checked(source: str, table: Table, folder: Path, name: str) -> Checked:
    path = folder / name.removesuffix(".gz")
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(table)
    return check_file(loaders.by_name(source), RawFile.at(path), Names(), TODAY)


def test_there_are_forty_faults_of_different_kinds() -> None:
    assert len(FAULTS) == len({fault[:4] for fault in FAULTS}) == 40


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{f.source} {f.row} {f.column}" for f in FAULTS])
def test_a_fault_is_found_by_rule_file_row_and_column(
    fault: Fault, shared: Path, tmp_path: Path
) -> None:
    clean = file_of(fault.source, shared)
    table = read(clean)[:400]
    table[fault.row - 1][table[0].index(fault.column)] = fault.value
    report = checked(fault.source, table, tmp_path, clean.name).report
    found = {
        (rule.severity, rule.rule.rpartition("#")[2].rpartition("/")[2], example.row, column)
        for rule in report.rules
        for example in rule.examples
        if example.file == clean.name.removesuffix(".gz")
        for column in example.columns
    }
    expected = (fault.severity, fault.rule, fault.row, fault.found or fault.column)
    assert expected in found, sorted(one for one in found if one[0] == fault.severity)
    said = "\n".join([*report.lines(), *report.turtle(), json.dumps(report.as_dict())])
    if fault.rule[0].isupper() and fault.value and "Number" in fault.rule:
        assert fault.value not in said


@pytest.mark.parametrize("source", [STREET, REGISTER, CATALOGUE])
def test_a_clean_file_raises_no_false_alarm(source: str, shared: Path) -> None:
    path = file_of(source, shared)
    report = check_file(loaders.by_name(source), RawFile.at(path), Names(), TODAY).report
    assert report.violations == []


def test_no_clean_real_file_raises_a_false_alarm(shared: Path) -> None:
    for path in sorted(shared.glob("police-uk/street/*/*.csv.gz"))[::10]:
        report = check_file(loaders.by_name(STREET), RawFile.at(path), Names(), TODAY).report
        assert report.rules == [], path.name
