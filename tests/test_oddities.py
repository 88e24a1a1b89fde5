"""The quirks of the real files, by their number in ODDITIES.md: an index of the tests that prove
that we live with them, and each quirk once more on the real files themselves.

The index is checked: a test that is renamed or taken away is missed here.
"""

from __future__ import annotations

import ast
import csv
import gzip
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from pyoxigraph import Literal

from homegraph.graph.check import check_file
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import gaps
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile, paths
from homegraph.graph.slices import SliceDone, SliceOutput
from homegraph.graph.terms import CRIME
from homegraph.loaders import by_name

# "source number": the tests by file, without test_ before either.
INDEX: dict[str, dict[str, tuple[str, ...]]] = {
    "police.uk 1: a Crime ID is no key, 17 % have none": {
        "street_crime": (
            "a_row_without_crime_id_is_an_incident",
            "the_transport_police_give_neither_crime_id_nor_outcome",
        ),
        "oddities": ("crime_ids_are_lacking_exactly_where_they_are_known_to_be",),
    },
    "police.uk 2: Crime IDs that come again, with contradictory values": {
        "street_crime": (
            "repeated_crime_ids_with_contradictory_values_stay_separate",
            "a_crime_id_that_comes_again_in_another_month_is_another_incident",
        ),
        "oddities": ("a_crime_id_that_comes_again_is_as_many_incidents_as_rows",),
    },
    "police.uk 3: identical rows": {
        "street_crime": ("identical_rows_are_separate_incidents_named_by_their_row",),
        "incident_cubes": ("identical_rows_are_counted_each",),
        "oddities": ("identical_rows_are_all_counted",),
    },
    "police.uk 4: no place; a place without LSOA": {
        "street_crime": (
            "a_row_without_place_has_no_point",
            "a_point_without_lsoa_is_kept",
        ),
        "oddities": ("rows_without_place_or_without_area_are_kept",),
    },
    "police.uk 5: two vintages of LSOA, two names of one code": {
        "street_crime": (
            "the_census_of_a_month_is_told_by_its_codes",
            "the_latest_name_of_an_area_is_its_label_and_older_ones_are_kept",
        ),
        "geography": ("325_codes_have_two_names_and_each_lies_in_one_district",),
        "oddities": ("the_census_of_the_real_months_is_told",),
    },
    "police.uk 6: Welsh letters, CRLF, old headers, old types, rough coordinates": {
        "street_crime": (
            "welsh_letters_and_quotation_marks_survive",
            "old_files_give_national_grid_references",
            "old_category_names_are_known",
            "the_oldest_files_have_rough_coordinates_and_no_crime_id",
        ),
        "oddities": ("welsh_letters_of_the_real_files_survive",),
    },
    "police.uk 7: missing files, and a force whose files shrink": {
        "street_crime": ("a_missing_month_is_said_to_be_missing_and_not_nought",),
        "incident_cubes": ("where_a_force_has_supplied_nothing_at_all_no_figure_looks_complete",),
        "completeness": ("exactly_the_months_of_which_a_force_has_no_file_are_missing",),
        "oddities": ("months_of_which_most_is_lacking_are_declared_to_be_partial",),
    },
    "police.uk 8: outcomes do not join by month, have several rows, other words": {
        "police_outcomes": (
            "real_outcomes_join_incidents_by_crime_id_and_mostly_of_other_months",
            "every_real_row_becomes_one_record",
            "an_outcome_in_another_wording_than_the_street_column_is_a_concept_of_its_own",
        ),
    },
    "police.uk 9: stop and search without ID, in UTC, in two vocabularies, incomplete": {
        "stop_and_search": (
            "searches_have_no_identifier_so_alike_rows_are_searches_named_by_their_row",
            "a_file_of_june_begins_on_the_last_of_may_in_utc",
            "old_and_new_words_for_an_outcome_are_one_concept",
            "old_and_new_words_for_an_ethnicity_are_one_concept",
            "the_real_files_load_as_they_are",
            "the_file_of_thames_valley_is_declared_to_be_incomplete",
        ),
        "oddities": ("the_first_search_of_june_was_on_the_last_of_may_in_utc",),
    },
    "police.uk 10: five spellings of a force": {
        "recorded_crime": ("a_force_is_one_concept_however_publishers_spell_it",),
        "police_workforce": ("a_force_goes_by_several_names",),
        "oddities": ("all_spellings_of_forces_in_the_real_files_are_known",),
    },
    "police.uk 11: answers of the API": {
        "oddities": ("answers_of_the_api_are_no_files_of_any_source",),
    },
    "workforce: a row repeated a million times, columns that trail, N/A": {
        "police_workforce": (
            "the_last_row_may_be_repeated_a_million_times_and_columns_trail",
            "na_is_a_missing_figure_and_not_nought",
            "a_force_without_area_is_counted_and_has_no_rate",
            "the_real_file_loads_as_it_is",
        ),
        "oddities": ("the_workforce_table_ends_with_a_row_repeated_a_million_times",),
    },
    "recorded crime: 30-12-2017, negative counts, bodies that are no forces": {
        "recorded_crime": (
            "the_quarter_labelled_30_12_2017_is_the_one_that_ends_on_the_31st",
            "negative_counts_are_corrections_and_stay",
            "bodies_that_are_no_forces_stand_among_the_forces",
            "regions_that_are_no_regions_count_only_for_the_whole",
        ),
    },
    "offence reference: codes twice, composite and starred; a footnote; blanks": {
        "offences": (
            "a_code_that_stands_twice_is_read_once_with_a_warning",
            "a_composite_code_is_one_code",
            "a_starred_code_came_after_the_old_groups",
            "the_footnote_in_the_code_column_is_no_code",
            "the_blank_record_is_passed_over",
            "trailing_and_double_blanks_are_taken_off",
            "the_real_reference_table_is_read_as_it_is",
        ),
    },
    "LAD to CSP to PFA is no function": {
        "geography": ("lad_to_csp_to_pfa_is_not_a_function_in_2023",),
        "incident_cubes": ("an_lsoa_in_a_district_of_two_partnerships_is_placed_in_none",),
    },
    "encodings: a byte order mark, cp1252": {
        "street_crime": ("broken_utf_8_is_refused", "utf_16_is_refused_by_its_name"),
        "oddities": ("real_files_with_a_byte_order_mark_are_read",),
    },
}
TESTS = Path(__file__).parent
STREET = "police-uk/street/{0}/{0}-{1}-street.csv.gz"
READ = (
    ("2022-01", "thames-valley"),
    ("2024-01", "btp"),
    ("2024-01", "city-of-london"),
    ("2024-01", "dyfed-powys"),
    ("2024-02", "dyfed-powys"),
    ("2024-03", "avon-and-somerset"),
    ("2024-03", "gwent"),
)


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((TESTS / f"test_{file}.py").read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("quirk", INDEX)
def test_each_quirk_has_tests(quirk: str) -> None:
    for file, names in INDEX[quirk].items():
        assert {f"test_{name}" for name in names} <= names_in(file), file


# data.police.uk


def cells(path: Path) -> list[dict[str, str]]:
    """The rows of a file, read by nothing of ours."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def raw(shared: Path) -> dict[tuple[str, str], list[dict[str, str]]]:
    found = {key: shared / STREET.format(*key) for key in READ}
    if not all(path.is_file() for path in found.values()):
        # The quirk is one of the published files, which a bare clone does not have.
        pytest.skip("the street-level files are not here")
    return {key: cells(path) for key, path in found.items()}


@pytest.fixture(scope="module")
def incidents(
    shared: Path, raw: dict[tuple[str, str], list[dict[str, str]]]
) -> tuple[pl.DataFrame, dict[str, str]]:
    """What our loader makes of the same files, and the census that it tells of each month."""
    source = by_name("street-crime")
    frames, done = [], []
    for part in source.slices([RawFile.at(shared / STREET.format(*key)) for key in raw]):
        reading, out = Reading(), SliceOutput(lambda text: None)
        source.stream(part, Names(), out, reading)
        reading.insist()
        frames.append(out.tables["incidents"])
        counts = (reading.records, reading.written, reading.refused)
        done.append(SliceDone(part.key, part.files, *counts, out.facts))
    census = {
        str(quad.subject).strip("<>").rpartition("/")[2]: quad.object.value
        for quad in source.settle(done, Names())
        if quad.predicate == CRIME.lsoaVintage and isinstance(quad.object, Literal)
    }
    return pl.concat(frames), census


Made = tuple[pl.DataFrame, dict[str, str]]
Raw = dict[tuple[str, str], list[dict[str, str]]]


def every(raw: Raw) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of the files with the name of its force."""
    for (_, force), rows in raw.items():
        for row in rows:
            yield force, row


def test_crime_ids_are_lacking_exactly_where_they_are_known_to_be(
    incidents: Made, raw: Raw
) -> None:
    lacking = [(force, row) for force, row in every(raw) if not row["Crime ID"]]
    for force, row in lacking:
        assert force == "btp" or row["Crime type"] == "Anti-social behaviour"
        assert not row["Last outcome category"]
    bare = incidents[0].filter(pl.col("crime_id").is_null())
    assert bare.height == len(lacking) > 0
    assert bare["outcome"].null_count() == bare.height
    assert set(incidents[0]["crime_id"].drop_nulls().str.len_chars()) == {64}


def test_a_crime_id_that_comes_again_is_as_many_incidents_as_rows(
    incidents: Made, raw: Raw
) -> None:
    counted = Counter(row["Crime ID"] for _, row in every(raw) if row["Crime ID"])
    again = {key for key, many in counted.items() if many > 1}
    found = incidents[0].filter(pl.col("crime_id").is_in(list(again)))
    assert found.height == sum(counted[key] for key in again) > 100
    said = {
        key[:8]: rows.select("month", "category", "outcome").rows()
        for (key,), rows in found.group_by("crime_id", maintain_order=True)
        if isinstance(key, str)
    }
    assert sorted(month for month, _, _ in said["7529ee5b"]) == ["2024-01", "2024-02"]
    assert {kind for _, kind, _ in said["eb6225e6"]} == {
        "criminal-damage-arson",
        "violent-crime",
    }
    assert len({outcome for _, _, outcome in said["fc69c25a"]}) == 2


def test_identical_rows_are_all_counted(incidents: Made, raw: Raw) -> None:
    rows = list(every(raw))
    distinct = {(force, *row.values()) for force, row in rows}
    assert len(rows) - len(distinct) > 1000
    assert incidents[0].height == len(rows)
    assert incidents[0].select("file", "row").is_unique().all()


def test_rows_without_place_or_without_area_are_kept(incidents: Made, raw: Raw) -> None:
    frame = incidents[0]
    nowhere = sum(not row["Longitude"] for _, row in every(raw))
    assert frame["longitude"].null_count() == nowhere > 0
    outside = frame.filter(pl.col("longitude").is_not_null(), pl.col("lsoa").is_null())
    expected = sum(bool(row["Longitude"]) and not row["LSOA code"] for _, row in every(raw))
    assert outside.height == expected > 0
    assert set(outside["force"]) == {"btp"}


def test_the_census_of_the_real_months_is_told(incidents: Made) -> None:
    _, census = incidents
    assert census["2022-01-thames-valley"] == "2011"
    assert census["2024-03-avon-and-somerset"] == "2021"


def test_welsh_letters_of_the_real_files_survive(incidents: Made, raw: Raw) -> None:
    written = {row["Location"] for _, row in every(raw) if not row["Location"].isascii()}
    kept = incidents[0]["location"].drop_nulls()
    assert set(kept.filter(~kept.str.contains(r"^[\x00-\x7f]*$"))) == written
    assert "On or near Cae'R Hen Dŷ" in written


@pytest.fixture(scope="module")
def declared() -> pl.DataFrame:
    """The gaps that are declared in the register that homegraph ships."""
    source, reading, tables = by_name("declared-gaps"), Reading(), Tables()
    files = paths(str(source.folder / "example"), "*.csv")
    list(source.load([RawFile.at(path) for path in files], Names(), reading))
    tables.add("declared-gaps", reading.tables)
    return gaps(tables)


def test_months_of_which_most_is_lacking_are_declared_to_be_partial(
    shared: Path, declared: pl.DataFrame
) -> None:
    """Dyfed-Powys drops from 1,187 rows to 300 and 164: that is no fall of crime."""
    months = ("2024-01", "2024-02", "2024-03")
    rows = [len(cells(shared / STREET.format(month, "dyfed-powys"))) for month in months]
    assert rows == [1187, 300, 164]
    told = declared.filter(series="street-crime", force="dyfed-powys").sort("month")
    assert told.select("month", "completeness").rows() == [
        ("2024-02", "partial"),
        ("2024-03", "partial"),
    ]


def test_the_first_search_of_june_was_on_the_last_of_may_in_utc(shared: Path) -> None:
    folder = shared / "police-uk" / "stop-and-search" / "2016-06"
    (path,) = folder.glob("*metropolitan*")
    assert min(row["Date"] for row in cells(path)) == "2016-05-31T23:01:00+00:00"
    source, out = by_name("stop-and-search"), SliceOutput(lambda text: None)
    (part,) = source.slices([RawFile.at(path)])
    source.stream(part, Names(), out, Reading())
    assert out.tables["searches"]["month"].unique().to_list() == ["2016-06"]


FORCES = (
    ("home-office-stats/rec-crime-pfa.csv.gz", "PFA"),
    ("geography/lookups/LAD23_CSP23_PFA23_EW.csv", "PFA23NM"),
)


def test_all_spellings_of_forces_in_the_real_files_are_known(shared: Path, raw: Raw) -> None:
    forces = code_list("police-force")
    for (_, slug), rows in raw.items():
        assert {forces.read(row["Reported by"]) for row in rows} == {forces.code(slug)}
    for file, column in FORCES:
        opened = gzip.open if file.endswith(".gz") else open
        with opened(shared / file, "rt", encoding="utf-8-sig", newline="") as stream:
            spelt = {row[column] for row in csv.DictReader(stream)}
        for spelling in spelt:
            assert forces.read(spelling), spelling


@pytest.mark.parametrize("source", ["street-crime", "police-outcomes", "stop-and-search"])
def test_answers_of_the_api_are_no_files_of_any_source(source: str, shared: Path) -> None:
    """No source reads them, so that their quirks can do no harm: they are refused by name."""
    answers = sorted((shared / "police-uk" / "api-json").glob("*.json"))
    assert len(answers) == 37
    for path in answers:
        found = check_file(by_name(source), RawFile.at(path), Names(), date(2026, 1, 1))
        assert found.errors
        assert found.records == 0


# Other sources


def test_the_workforce_table_ends_with_a_row_repeated_a_million_times(shared: Path) -> None:
    """So it stands in the file; that it is read as 29,304 rows, test_police_workforce shows."""
    folder = shared / "home-office-stats"
    with zipfile.ZipFile(folder / "open-data-table-police-workforce-260723.ods") as book:
        end = book.read("content.xml")[-2000:].decode()
    assert re.findall(r'number-rows-repeated="(\d+)"', end) == ["1019271"]
    assert 'number-columns-repeated="16375"' in end


def test_real_files_with_a_byte_order_mark_are_read(shared: Path) -> None:
    marked = {
        "geography": shared / "geography" / "lookups" / "LAD23_CSP23_PFA23_EW.csv",
        "population": next((shared / "geography" / "population").glob("MYEB3_*geog21.csv.gz")),
    }
    for name, path in marked.items():
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as stream:
            assert stream.read(3) == b"\xef\xbb\xbf"
        reading = Reading()
        list(by_name(name).load([RawFile.at(path)], Names(), reading))
        assert not reading.errors
        assert reading.written > 300
