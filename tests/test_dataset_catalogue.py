"""Catalogue records become DCAT without loss; what cannot be said is kept and pointed at."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names, organisation
from homegraph.graph.nquads import lines
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import validate
from homegraph.graph.source import read_source
from homegraph.graph.terms import (
    ACCESS,
    DCAT,
    DCT,
    FOAF,
    RDF,
    RDFS,
    SKOS,
    SPDX,
    VCARD,
    XSD,
)
from homegraph.loaders.dataset_catalogue import tables
from homegraph.loaders.dataset_catalogue.loader import load

ROOT = Path(__file__).parents[1]
LOADER = ROOT / "loaders" / "dataset_catalogue"
SHARED = ROOT.parent / "shared" / "data" / "catalogue"
OGL = NamedNode("http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/")
EU = "http://publications.europa.eu/resource/authority/"
HOME_OFFICE = {"name": "home-office", "title": "Home Office"}


def read(*paths: Path) -> tuple[list[Quad], Reading]:
    reading = Reading(1000)
    quads = list(load([RawFile.at(path) for path in paths], Names(), reading))
    return quads, reading


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def package(folder: Path, **said: Any) -> tuple[list[Quad], Reading]:
    record = {"id": "id-1", "name": "one", "title": "One", "notes": "The first.", **said}
    record.setdefault("organization", HOME_OFFICE)
    record.setdefault("license_id", "uk-ogl")
    answer = {"success": True, "result": record}
    return read(written(folder, "one.json", json.dumps(answer)))


def values(quads: list[Quad], predicate: NamedNode, subject: str = "") -> list[Any]:
    return [
        quad.object
        for quad in quads
        if quad.predicate == predicate and (not subject or str(subject) in str(quad.subject))
    ]


def only_warning(reading: Reading) -> Finding:
    assert not reading.errors
    assert len(reading.warnings) == 1, [str(finding) for finding in reading.warnings]
    return reading.warnings[0]


# The fixture, the example and the metadata


def test_the_fixture_gives_what_is_expected() -> None:
    quads, reading = read(*sorted((LOADER / "fixture").iterdir()))
    assert not reading.errors
    assert reading.records == reading.written + reading.refused == 13
    assert "".join(lines(quads)) == (LOADER / "expected.nq").read_text("utf-8")


def test_no_blank_node_is_said() -> None:
    assert "_:" not in (LOADER / "expected.nq").read_text("utf-8").replace("_:%", "")


def test_the_order_of_files_changes_nothing() -> None:
    paths = sorted((LOADER / "fixture").iterdir())
    assert lines(read(*paths)[0]) == lines(read(*reversed(paths))[0])


def test_the_example_conforms_and_needs_no_warning_from_the_loader() -> None:
    quads, reading = read(*sorted((LOADER / "example").iterdir()))
    assert not list(reading)
    assert values(quads, RDF.type).count(DCAT.Dataset) >= 15
    report = validate(lines(quads))
    assert not report.violations
    assert all("catalogue#" in result.shape for result in report.results)


def test_the_example_says_what_is_illustrative() -> None:
    for path in (LOADER / "example").iterdir():
        assert "Illustration" in json.loads(path.read_text("utf-8"))["help"]


def test_the_metadata_conforms() -> None:
    source = read_source(LOADER, Names())
    assert len(source.title) <= 65
    assert not validate(lines(source.quads)).violations


def test_each_mapping_says_where_it_is_from() -> None:
    for name in ("formats", "frequencies", "licences", "organisations", "places", "themes"):
        rows = tables.table(name)
        assert all(row["comment"] for row in rows.values())
        assert all(label == " ".join(label.casefold().split()) for label in rows)
        for row in rows.values():
            for column in ("file_type", "media_type", "eu", "dcmi", "licence", "area", "theme"):
                if row.get(column):
                    NamedNode(row[column])


# Real files


DATASETS = {
    "data.gov.uk-ckan/v26__new_api__package_show_create.json": 1,
    "data.gov.uk-ckan/v26__new_api__package_show_empty.json": 1,
    "data.gov.uk-ckan/v26__new_api__package_show_inspire.json": 1,
    "data.gov.uk-ckan/v26__organization_list.json": 0,
    "data.gov.uk-ckan/v26__organization_show_create.json": 1,
    "data.gov.uk-ckan/v26__organization_show_update.json": 1,
    "data.gov.uk-ckan/v26__package_show_create.json": 1,
    "data.gov.uk-ckan/v26__package_show_empty.json": 1,
    "data.gov.uk-ckan/v26__package_show_inspire.json": 1,
    "data.gov.uk-ckan/v26__package_show_update.json": 1,
    "data.gov.uk-ckan/v26__search_dataset_p2.json": 0,
    "data.gov.uk-legacy/cospread-clg.csv": 1,
    "data.gov.uk-legacy/cospread1.csv": 4,
    "data.gov.uk-legacy/dft.csv": 41,
    "data.gov.uk-legacy/dft.jsonl": 27,
    "data.gov.uk-legacy/health.csv": 58,
    "data.gov.uk-legacy/health.jsonl": 58,
    "data.gov.uk-legacy/new-orgs.jsonl": 4,
}
UNKNOWN = [
    "data.gov.uk-legacy/bis1.xls",
    "data.gov.uk-legacy/codelists.jsonl",
    "data.gov.uk-legacy/cospread-clg.xls",
    "data.gov.uk-legacy/cospread-cps.xls",
    "data.gov.uk-legacy/dgupub.csv",
    "data.gov.uk-legacy/incentive.csv.gz",
    "data.gov.uk-legacy/nodepublishermap.csv",
    "data.gov.uk-legacy/publisher_map_2.csv",
    "data.gov.uk-legacy/report.n3",
    "data.gov.uk-legacy/resource_formats.json",
    "data.gov.uk-legacy/schemas.jsonl",
    "data.gov.uk-legacy/themes.json",
    "inventory/colchester-inventory.xml.gz",
    "inventory/functions_services.xml.gz",
    "inventory/functions_services_themes.csv",
]


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    return path


@pytest.mark.parametrize(("name", "records"), DATASETS.items(), ids=str)
def test_a_real_file_loads_without_losing_a_record(name: str, records: int) -> None:
    quads, reading = read(shared(name))
    assert not reading.errors
    assert (reading.records, reading.written, reading.refused) == (records, records, 0)
    assert not validate(lines(quads)).violations


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_real_file_of_another_kind_is_an_error_that_lists_the_known_kinds(name: str) -> None:
    quads, reading = read(shared(name))
    assert not quads
    [error] = reading.errors
    assert error.file == Path(name).name.removesuffix(".gz")
    assert "package_show" in error.remedy and "inventory CSV" in error.remedy


def test_all_real_files_together_lose_nothing_and_conform() -> None:
    extra = ["data.gov.uk-ckan/v26__search_dataset_p1.json", "data.gov.uk-legacy/dft_patches.jsonl"]
    quads, reading = read(*(shared(name) for name in [*DATASETS, *extra]))
    assert not reading.errors
    assert reading.records == sum(DATASETS.values()) + 5 + 14
    # Refused: the second Ashfield record, 14 patches of absent datasets, 3 bare references.
    assert reading.refused == 18
    assert reading.records == reading.written + reading.refused
    subjects = {quad.subject for quad in quads if quad.object in (DCAT.Dataset, DCAT.DataService)}
    # Two rows of cospread1 are two files of one dataset.
    assert len(subjects) == 6 + 1 + 3 + 41 + 27 + 58 + 58
    assert not validate(lines(quads)).violations


def test_real_warnings_are_few_enough_to_act_on() -> None:
    _, reading = read(shared("data.gov.uk-legacy/dft.csv"))
    assert len(reading.warnings) < 10
    licence = next(one for one in reading.warnings if one.value == "Commercial")
    assert (licence.row, licence.column) == (2, "Licence")
    assert "5 more (rows 16, 29, 34, 35, 40)" in licence.problem


# Kinds of files


def test_the_kind_of_a_file_follows_from_its_content_and_not_its_name(tmp_path: Path) -> None:
    record = {"name": "one", "title": "One", "notes": "x", "owner_org": "home-office"}
    for name in ("records.csv", "download", "list.txt"):
        quads, reading = read(written(tmp_path, name, json.dumps(record)))
        assert not reading.errors
        assert DCAT.Dataset in values(quads, RDF.type)


def test_comment_lines_before_json_are_skipped_with_a_warning(tmp_path: Path) -> None:
    answer = {"result": {"name": "a", "title": "A", "is_organization": True}}
    text = f"// 2018\n// https://data.gov.uk/api\n\n{json.dumps(answer)}"
    _, reading = read(written(tmp_path, "a.json", text))
    assert "//" in only_warning(reading).problem
    assert reading.written == 1


def test_broken_json_is_an_error_with_its_line(tmp_path: Path) -> None:
    text = '// saved by a browser\n{\n "result": {\n  "name": "a",,\n }}'
    _, reading = read(written(tmp_path, "a.json", text))
    [error] = reading.errors
    assert (error.file, error.row) == ("a.json", 4)
    assert "not JSON" in error.problem


def test_one_broken_line_of_many_records_is_an_error_with_its_line(tmp_path: Path) -> None:
    good = '{"name": "a", "title": "A", "notes": "x", "owner_org": "home-office"}\n'
    _, reading = read(
        written(tmp_path, "a.jsonl", good + '{"name": \n' + good.replace('"a"', '"b"'))
    )
    [error] = reading.errors
    assert error.row == 2
    assert reading.records == reading.written + reading.refused == 3


def test_an_answer_of_ckan_that_is_an_error_is_one(tmp_path: Path) -> None:
    text = '{"success": false, "error": {"message": "Not found"}}'
    _, reading = read(written(tmp_path, "a.json", text))
    assert "CKAN answered with an error" in str(reading.errors[0])


@pytest.mark.parametrize("content", [b"", b"\n \n", b"PK\x03\x04\0\0", b"a,b\n1,2\n", b"[1, 2]"])
def test_what_is_no_catalogue_is_an_error(tmp_path: Path, content: bytes) -> None:
    quads, reading = read(written(tmp_path, "a.bin", content))
    assert not quads
    assert reading.errors[0].file == "a.bin"
    assert "Known are" in reading.errors[0].remedy


def test_one_bad_file_does_not_hide_the_errors_of_the_next(tmp_path: Path) -> None:
    _, reading = read(written(tmp_path, "a", "x"), written(tmp_path, "b", "y"))
    assert [error.file for error in reading.errors] == ["a", "b"]


def test_gzipped_files_are_read(tmp_path: Path) -> None:
    record = b'{"name": "one", "title": "One", "notes": "x"}'
    path = written(tmp_path, "one.json.gz", gzip.compress(record))
    assert read(path)[1].written == 1


def test_a_hundred_errors_end_the_reading(tmp_path: Path) -> None:
    line = '{"name": "a", "title": "", "notes": "x"}\n'
    file = RawFile.at(written(tmp_path, "a.jsonl", line * 300))
    reading = Reading(100)
    with pytest.raises(SourceRejected):
        list(load([file, file], Names(), reading))
    assert len(reading.errors) == 100


# Records


@pytest.mark.parametrize("title", ["", "  ", None])
def test_a_record_without_title_is_an_error_with_file_row_and_remedy(
    tmp_path: Path, title: str | None
) -> None:
    quads, reading = package(tmp_path, title=title)
    [error] = reading.errors
    assert (error.file, error.row, error.column) == ("one.json", 1, "title")
    assert "Ask the publisher for a title" in error.remedy
    assert not quads
    assert reading.refused == 1


def test_a_row_without_title_is_an_error_with_its_row(tmp_path: Path) -> None:
    text = "name,title,unpublished,organization_name,Licence\nA,,No,HO,OGL\n,,No,HO,OGL\n"
    _, reading = read(written(tmp_path, "a.csv", text))
    [error] = reading.errors
    assert (error.row, error.column) == (3, "name")
    assert (reading.records, reading.written, reading.refused) == (2, 1, 1)


def test_the_name_of_a_dataset_is_kept_letter_for_letter(tmp_path: Path) -> None:
    quads, _ = package(tmp_path, name="Laboratory-tests-&-prices")
    node = Names().thing("dataset", "Laboratory-tests-&-prices")
    assert Quad(node, RDF.type, DCAT.Dataset, Names().graph("dataset-catalogue")) in quads


def test_keys_with_hyphens_are_read_from_the_record_and_from_its_extras(tmp_path: Path) -> None:
    extras = [
        {"key": "theme-primary", "value": "Health"},
        {"key": "temporal-extent-begin", "value": "2002-01-14"},
        {"key": "contact-email", "value": ""},
    ]
    quads, _ = package(tmp_path, extras=extras, **{"contact-email": "foi@police.example"})
    assert values(quads, DCAT.theme) == [NamedNode(EU + "data-theme/HEAL")]
    assert values(quads, DCAT.startDate) == [Literal("2002-01-14", datatype=XSD.date)]
    assert values(quads, VCARD.hasEmail) == [NamedNode("mailto:foi@police.example")]


def test_an_empty_list_in_quotes_is_no_date(tmp_path: Path) -> None:
    says = {"temporal_coverage-from": "[]", "temporal_coverage-to": "[]"}
    quads, reading = package(tmp_path, **says)
    assert not list(reading)
    assert not values(quads, DCT.temporal)


def test_json_text_in_extras_is_read(tmp_path: Path) -> None:
    extras = [
        {"key": "access_constraints", "value": '["No restriction on public access."]'},
        {"key": "dataset-reference-date", "value": '[{"type": "creation", "value": "2004"}]'},
        {"key": "temporal_coverage-from", "value": '["2010-04"]'},
    ]
    quads, reading = package(tmp_path, extras=extras)
    assert not list(reading)
    assert values(quads, DCT.created) == [Literal("2004", datatype=XSD.gYear)]
    assert values(quads, DCAT.startDate) == [Literal("2010-04", datatype=XSD.gYearMonth)]
    assert "No restriction" in values(quads, RDFS.label, "/id/rights/")[0].value


@pytest.mark.parametrize(
    "text",
    [
        "uk-ogl",
        "OGL",
        "UK Open Government Licence (OGL)",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3",
    ],
)
def test_each_way_to_write_the_open_government_licence_is_one_licence(
    tmp_path: Path, text: str
) -> None:
    quads, reading = package(tmp_path, license_id=text)
    assert not list(reading)
    assert values(quads, DCT.license) == [OGL]
    assert DCT.LicenseDocument in values(quads, RDF.type, OGL.value)


def test_a_licence_that_is_not_known_is_a_warning_and_kept(tmp_path: Path) -> None:
    quads, reading = package(tmp_path, license_id="ICD10 Licence")
    warning = only_warning(reading)
    assert (warning.file, warning.row, warning.column) == ("one.json", 1, "license_id")
    assert warning.value == "ICD10 Licence"
    assert not values(quads, DCT.license)
    [statement] = values(quads, DCT.rights)
    assert values(quads, RDFS.label, statement.value) == [Literal("ICD10 Licence", language="en")]


def test_a_key_nobody_knows_is_a_warning_once_for_the_file(tmp_path: Path) -> None:
    record = '{"name": "%s", "title": "A", "notes": "x", "owner_org": "home-office", '
    record += '"license_id": "uk-ogl", "mood": "good"}\n'
    _, reading = read(written(tmp_path, "a.jsonl", record % "a" + record % "b"))
    warning = only_warning(reading)
    assert "'mood'" in warning.problem and "1 more (rows 2)" in warning.problem
    assert reading.written == 2


def test_a_column_nobody_knows_is_an_error_once_for_the_file(tmp_path: Path) -> None:
    text = "name,title,unpublished,organization_name,Licence,Mood\nA,,No,HO,OGL,good\n"
    _, reading = read(written(tmp_path, "a.csv", text))
    [error] = reading.errors
    assert (error.row, error.column) == (1, "Mood")


def test_a_ragged_row_is_an_error(tmp_path: Path) -> None:
    text = "name,title,unpublished,organization_name,Licence\nA,,No,HO\nB,,No,HO,OGL\n"
    _, reading = read(written(tmp_path, "a.csv", text))
    assert [error.row for error in reading.errors] == [2]
    assert (reading.records, reading.written, reading.refused) == (2, 1, 1)


def test_an_unpublished_record_is_a_dataset_without_distributions(tmp_path: Path) -> None:
    link = {"id": "r", "url": "https://a.example/a.csv", "format": "CSV"}
    quads, reading = package(tmp_path, unpublished="true", resources=[link])
    assert "unpublished" in only_warning(reading).problem
    assert values(quads, DCT.accessRights) == [ACCESS.NON_PUBLIC]
    assert not values(quads, DCAT.distribution)


@pytest.mark.parametrize("mark", [{"private": True}, {"state": "deleted"}, {"state": "draft"}])
def test_a_private_or_deleted_record_is_not_published(tmp_path: Path, mark: Any) -> None:
    quads, reading = package(tmp_path, **mark)
    assert not values(quads, DCT.title)
    assert (reading.records, reading.refused) == (1, 1)
    assert "not published" in only_warning(reading).problem


def test_the_newest_record_of_a_name_is_taken_and_the_other_named(tmp_path: Path) -> None:
    for year in (2017, 2019, 2018):
        record = {
            "name": "one",
            "title": f"In {year}",
            "notes": "x",
            "owner_org": "home-office",
            "license_id": "uk-ogl",
            "metadata_modified": f"{year}-01-01T00:00:00",
        }
        written(tmp_path, f"{year}.json", json.dumps(record))
    quads, reading = read(*sorted(tmp_path.iterdir()))
    assert values(quads, DCT.title, "dataset") == [Literal("In 2019", language="en")]
    assert (reading.records, reading.written, reading.refused) == (3, 1, 2)
    assert all(
        "2019.json" in warning.problem or "2018" in warning.file or "2017" in warning.file
        for warning in reading.warnings
    )


def test_rows_that_differ_only_in_the_file_are_one_dataset() -> None:
    quads, reading = read(LOADER / "fixture" / "spreadsheet.csv")
    assert reading.written == 2
    assert values(quads, RDF.type).count(DCAT.Dataset) == 1
    assert len(values(quads, DCAT.downloadURL)) == 2


def test_title_rows_above_the_header_change_nothing_but_row_numbers(tmp_path: Path) -> None:
    plain = LOADER / "fixture" / "spreadsheet.csv"
    blank = "," * plain.read_text("utf-8").split("\n")[0].count(",")
    titled = f"Departmental datasets{blank}\r\n{blank}\r\n{plain.read_text('utf-8')}"
    quads, reading = read(written(tmp_path, "spreadsheet.csv", titled))
    assert lines(quads) == lines(read(plain)[0])
    assert [warning.row for warning in reading.warnings] == [5]


def test_two_datasets_of_one_title_stay_two_when_their_owners_differ() -> None:
    quads, _ = read(LOADER / "fixture" / "inventory.csv")
    assert values(quads, RDF.type).count(DCAT.Dataset) == 3
    assert len(set(values(quads, DCT.identifier, "/id/dataset/"))) == 3


def test_a_bare_reference_invents_nothing(tmp_path: Path) -> None:
    found = {"id": "id-9", "organization": "aberdeen-city-council", "metadata_modified": "2018"}
    text = json.dumps({"result": {"count": 1, "results": [found]}})
    quads, reading = read(written(tmp_path, "p1.json", text))
    assert not quads
    assert (reading.records, reading.refused) == (1, 1)
    assert "only a reference" in only_warning(reading).problem


def test_a_reference_to_a_record_that_is_there_needs_no_warning(tmp_path: Path) -> None:
    found = {"id": "id-1", "organization": "home-office"}
    written(tmp_path, "p1.json", json.dumps({"result": {"count": 1, "results": [found]}}))
    package(tmp_path)
    _, reading = read(*sorted(tmp_path.iterdir()))
    assert (reading.records, reading.written) == (2, 2)
    assert not list(reading)


def test_a_patch_changes_the_record_of_its_name(tmp_path: Path) -> None:
    package(tmp_path)
    patch = {"id": "one", "owner_org": "environment-agency", "schema": ["NaPTAN"], "sla": "true"}
    written(tmp_path, "patches.jsonl", json.dumps(patch) + "\n")
    quads, reading = read(*sorted(tmp_path.iterdir()))
    assert not list(reading)
    assert values(quads, DCT.publisher) == [organisation("environment-agency")]
    assert values(quads, DCT.conformsTo) == [Names().thing("standard", "NaPTAN")]


def test_headings_that_repeat_get_their_position(tmp_path: Path) -> None:
    text = (
        "name,title,unpublished,organization_name,Licence,"
        "Vocabularies and Codes,Vocabularies and Codes\nA,,No,HO,OGL,x,y\n"
    )
    assert read(written(tmp_path, "a.csv", text))[1].written == 1


def test_windows_text_is_read_and_noted(tmp_path: Path) -> None:
    text = "name,title,unpublished,organization_name,Licence,Description\nA,,No,HO,OGL,It’s so\n"
    quads, reading = read(written(tmp_path, "a.csv", text.encode("cp1252")))
    warning = only_warning(reading)
    assert warning.row == 2 and "Windows-1252" in warning.problem
    assert Literal("It’s so", language="en") in values(quads, DCT.description)


# Publishers and contacts


def test_a_publisher_that_gov_uk_names_is_called_by_gov_uk(tmp_path: Path) -> None:
    owner = {"name": "her-majestys-revenue-and-customs", "title": "Her Majesty's Revenue"}
    quads, _ = package(tmp_path, organization=owner)
    assert values(quads, DCT.publisher) == [organisation("hm-revenue-customs")]
    assert values(quads, FOAF.name) == [Literal("HM Revenue & Customs", language="en")]


def test_another_publisher_is_called_by_its_own_name(tmp_path: Path) -> None:
    owner = {"name": "city-of-york-council", "title": "City of York Council"}
    quads, _ = package(tmp_path, organization=owner)
    assert values(quads, DCT.publisher) == [Names().thing("organisation", "city-of-york-council")]


@pytest.mark.parametrize(
    "said",
    [
        {"author": "Jo Bloggs", "author_email": "jo.bloggs@home-office.example"},
        {"maintainer": "Jo Bloggs", "maintainer_email": "jbloggs@home-office.example"},
        {"contact-name": "Jo Bloggs", "contact-email": "jo.bloggs@home-office.example"},
    ],
)
def test_a_person_is_never_the_contact(tmp_path: Path, said: dict[str, str]) -> None:
    quads, reading = package(tmp_path, **said)
    text = "".join(lines(quads)) + "".join(map(str, reading))
    assert "bloggs" not in text.casefold()


def test_a_team_is_the_contact(tmp_path: Path) -> None:
    said = {"author": "Business Intelligence Hub", "author_email": "business.data@york.example"}
    quads, _ = package(tmp_path, **said)
    assert values(quads, VCARD.fn) == [Literal("Business Intelligence Hub")]
    assert values(quads, VCARD.hasEmail) == [NamedNode("mailto:business.data@york.example")]


@pytest.mark.parametrize("owner", [None, " ", {"name": " "}, {}])
def test_a_record_without_publisher_is_said_without_one(tmp_path: Path, owner: Any) -> None:
    quads, reading = package(tmp_path, organization=owner)
    assert "no publisher" in only_warning(reading).problem
    assert not values(quads, DCT.publisher)


# Times, places, files


def test_a_frequency_is_said_once_and_linked_to_the_uk_list(tmp_path: Path) -> None:
    quads, _ = package(tmp_path, extras=[{"key": "UpdateFrequency", "value": "Monthly"}])
    assert values(quads, DCT.accrualPeriodicity) == [NamedNode(EU + "frequency/MONTHLY")]
    [same] = values(quads, SKOS.exactMatch)
    assert same.value == "http://purl.org/cld/freq/monthly"


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("update_frequency", "when we can", "Update frequency, as published: when we can"),
        ("theme-primary", "Fun", "Theme, as published: Fun"),
        ("temporal-extent-begin", "long ago", "Covers from, as published: long ago"),
        ("geographic_coverage", "Narnia", "Area, as published: Narnia"),
        ("bbox-west-long", "west", "Bounding box, as published: west"),
    ],
)
def test_what_cannot_be_mapped_is_kept_and_pointed_at(
    tmp_path: Path, key: str, value: str, kept: str
) -> None:
    quads, reading = package(tmp_path, extras=[{"key": key, "value": value}])
    warning = only_warning(reading)
    assert (warning.column, warning.value) == (key, value)
    assert values(quads, RDFS.comment) == [Literal(kept, language="en")]


def test_a_bounding_box_is_said_in_wkt(tmp_path: Path) -> None:
    box = {"west-long": "-1.35", "south-lat": "53.0", "east-long": "-1.16", "north-lat": "53.18"}
    extras = [{"key": f"bbox-{key}", "value": value} for key, value in box.items()]
    quads, _ = package(tmp_path, extras=extras)
    [polygon] = values(quads, DCAT.bbox)
    assert polygon.value.startswith("POLYGON((-1.35 53.0,-1.16 53.0,")


def test_a_country_is_said_by_its_code(tmp_path: Path) -> None:
    extras = [{"key": "geographic_coverage", "value": "100000: England"}]
    quads, _ = package(tmp_path, extras=extras)
    [area] = values(quads, DCT.spatial)
    assert area.value.endswith("/statistical-geography/E92000001")


def resource(folder: Path, **said: Any) -> tuple[list[Quad], Reading]:
    one = {"id": "r1", "name": "File", "url": "https://a.example/a.csv", "format": "CSV", **said}
    return package(folder, resources=[one])


def test_a_file_is_said_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    digest = "0a" * 32
    quads, reading = resource(tmp_path, size=12, hash=f"sha256:{digest}", created="2020-01-31")
    assert not list(reading)
    part = Names().thing("distribution", "one", "r1").value
    assert values(quads, DCAT.downloadURL, part) == [NamedNode("https://a.example/a.csv")]
    assert values(quads, DCT.format, part) == [NamedNode(EU + "file-type/CSV")]
    assert values(quads, DCAT.mediaType, part)[0].value.endswith("/media-types/text/csv")
    assert values(quads, DCAT.byteSize, part) == [Literal("12", datatype=XSD.nonNegativeInteger)]
    assert values(quads, SPDX.algorithm) == [SPDX.checksumAlgorithm_sha256]
    assert values(quads, SPDX.checksumValue) == [Literal(digest, datatype=XSD.hexBinary)]
    assert values(quads, DCT.license, part) == [OGL]
    assert values(quads, DCT.issued, part) == [Literal("2020-01-31", datatype=XSD.date)]


def test_files_that_share_an_id_stay_two(tmp_path: Path) -> None:
    one = {"id": "r1", "name": "One", "url": "https://a.example/a", "format": "CSV"}
    quads, _ = package(tmp_path, resources=[one, {**one, "format": "ODS"}])
    assert values(quads, RDF.type).count(DCAT.Distribution) == 2
    assert not validate(lines(quads)).violations


def test_half_a_character_does_not_stop_a_catalogue(tmp_path: Path) -> None:
    quads, reading = package(tmp_path, notes="half \ud800 a character")
    assert not list(reading)
    assert "half ? a character" in "".join(lines(quads))


def test_an_address_with_blanks_is_encoded(tmp_path: Path) -> None:
    quads, reading = resource(tmp_path, url=" https://a.example/my file|1.csv ")
    assert not list(reading)
    assert values(quads, DCAT.accessURL) == [NamedNode("https://a.example/my%20file%7C1.csv")]


def test_what_is_no_address_is_kept_and_pointed_at(tmp_path: Path) -> None:
    quads, reading = resource(tmp_path, url="test.html")
    warning = only_warning(reading)
    assert (warning.column, warning.value) == ("resources[0].url", "test.html")
    assert not values(quads, DCAT.distribution)
    assert "test.html" in values(quads, RDFS.comment)[0].value


def test_a_format_nobody_knows_is_kept_and_pointed_at(tmp_path: Path) -> None:
    quads, reading = resource(tmp_path, format="SPSS")
    warning = only_warning(reading)
    assert (warning.column, warning.value) == ("resources[0].format", "SPSS")
    assert not values(quads, DCT.format)
    assert "SPSS" in values(quads, RDFS.comment, "distribution")[0].value


def test_a_workbook_that_data_gov_uk_calls_xls_is_what_its_address_says(tmp_path: Path) -> None:
    quads, _ = resource(tmp_path, format="XLS", url="https://a.example/a.xlsx")
    assert values(quads, DCT.format) == [NamedNode(EU + "file-type/XLSX")]


def test_a_page_about_a_file_is_no_download(tmp_path: Path) -> None:
    quads, _ = resource(tmp_path, format="ODS", url="https://a.example/statistics")
    assert values(quads, DCAT.accessURL)
    assert not values(quads, DCAT.downloadURL)


def test_a_supporting_document_is_no_distribution(tmp_path: Path) -> None:
    quads, _ = resource(tmp_path, **{"resource-type": "supporting-document"})
    assert not values(quads, DCAT.distribution)
    assert values(quads, FOAF.page) == [NamedNode("https://a.example/a.csv")]


def test_a_record_of_a_service_is_a_service(tmp_path: Path) -> None:
    link = {"id": "r", "url": "https://a.example/wms?request=GetCapabilities", "format": "WMS"}
    extras = [{"key": "resource-type", "value": "service"}]
    quads, _ = package(tmp_path, resources=[link], extras=extras)
    assert DCAT.DataService in values(quads, RDF.type)
    assert values(quads, DCAT.endpointURL) == values(quads, DCAT.endpointDescription)
