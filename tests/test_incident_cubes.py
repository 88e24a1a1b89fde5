"""Cubes of incidents: what is counted, what is nought, what is missing, and what leads back."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.slices import SliceOutput
from homegraph.loaders.street_crime import loader
from homegraph.loaders.street_crime.cubes import cubes

KENT, ESSEX = "E23000032", "E23000028"  # police force areas of ontologies/police-force.ttl
NORTH, SOUTH, SHARED = "E07000001", "E07000002", "E07000003"
LSOAS = {  # area: district, force area
    "E01000001": (NORTH, KENT),
    "E01000002": (NORTH, KENT),
    "E01000003": (SOUTH, ESSEX),
    "E01000004": (SHARED, ESSEX),
}
UNKNOWN = "E01000009"
REGION = "E12000008"
Incident = tuple[str, str, str, str | None, str | None]


def digest(force: str, month: str) -> str:
    """A digest that tells force and month."""
    return f"{force}{month}".encode().hex().ljust(64, "0")


def world(
    *incidents: Incident,
    geography: bool = True,
    residents: dict[str, int] | None = None,
    facts: list[dict[str, object]] | None = None,
) -> Tables:
    """Tables with incidents: force, month, category, LSOA and outcome of each."""
    found = Tables()
    rows = [(n, *said, digest(said[0], said[1])) for n, said in enumerate(incidents, start=2)]
    columns = ("row", "force", "month", "category", "lsoa", "outcome", "file")
    schema = {name: pl.Int64 if name == "row" else pl.String for name in columns}
    areas = {"code": [UNKNOWN], "name": ["Nowhere 001A"], "month": ["2024-01"]}
    found.add(
        "street-crime",
        {"incidents": pl.DataFrame(rows, schema, orient="row"), "areas": pl.DataFrame(areas)},
    )
    if geography:
        found.add("geography", {"areas": known_areas(), "members": members()})
    if residents is not None:
        found.add("population", {"figures": population(residents)})
    if facts is not None:
        found.add("declared-gaps", {"facts": pl.DataFrame(facts)})
    return found


def known_areas() -> pl.DataFrame:
    codes = [NORTH, SOUTH, SHARED, KENT, ESSEX, REGION]
    names = ["North", "South", "Shared", "Kent", "Essex", "South East"]
    return pl.DataFrame({"code": codes, "name": names})


def members() -> pl.DataFrame:
    rows = []
    for code, (district, force_area) in LSOAS.items():
        rows += [
            (code, "district", district, "whole"),
            (code, "force-area", force_area, "whole"),
            (code, "region", REGION, "whole"),
        ]
    for code in ("E01000001", "E01000002"):
        rows.append((code, "csp", "E22000001", "whole"))
    rows.append(("E01000003", "csp", "E22000002", "whole"))
    rows += [("E01000004", "csp", csp, "part") for csp in ("E22000003", "E22000004")]
    return pl.DataFrame(rows, ["code", "kind", "member_of", "share"], orient="row")


def population(residents: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "area": list(residents),
            "year": ["2023"] * len(residents),
            "residents": list(residents.values()),
            "file": ["f" * 64] * len(residents),
        }
    )


def made(tables: Tables) -> dict[str, Cube]:
    """The cubes by name."""
    return {cube.name: cube for cube in cubes(tables, Names())}


def figure(cube: Cube, **codes: str) -> dict[str, object]:
    """The one observation of these codes."""
    (found,) = cube.frame.filter(**codes).to_dicts()
    return found


BURGLARY: Incident = ("kent", "2024-01", "burglary", "E01000001", "charged")
TWO_FORCES: tuple[Incident, ...] = (
    BURGLARY,
    BURGLARY,
    ("kent", "2024-01", "robbery", "E01000002", None),
    ("kent", "2024-01", "anti-social-behaviour", "E01000002", None),
    ("kent", "2024-01", "drugs", None, "cautioned"),
    ("essex", "2024-01", "burglary", "E01000003", "cautioned"),
    ("essex", "2024-01", "burglary", "E01000004", "cautioned"),
    ("essex", "2024-01", "drugs", UNKNOWN, None),
    ("btp", "2024-01", "drugs", "E01000001", None),
    ("kent", "2024-02", "burglary", "E01000002", "charged"),
    ("btp", "2024-02", "robbery", "E01000003", None),
)


def test_identical_rows_are_counted_each() -> None:
    found = made(world(*TWO_FORCES))
    cell = figure(found["incidents-by-lsoa"], area="E01000001", force="kent", category="burglary")
    assert cell["incidents"] == 2


def test_an_observation_by_lsoa_comes_from_exactly_one_file() -> None:
    cube = made(world(*TWO_FORCES))["incidents-by-lsoa"]
    assert cube.frame.schema["file"] == pl.String
    for row in cube.frame.to_dicts():
        assert row["file"] == digest(row["force"], row["month"])
    assert cube.frame["incidents"].min() == 1
    assert "nought" in cube.description
    assert "1 of 11 incidents have no such area" in cube.description


def test_no_incident_is_lost_or_counted_twice() -> None:
    found = made(world(*TWO_FORCES))
    rows = len(TWO_FORCES)
    assert found["incidents-by-force"].frame["incidents"].sum() == rows
    assert found["incidents-by-lsoa"].frame["incidents"].sum() == rows - 1
    for kind, unplaced in (("district", 1), ("csp", 2), ("force-area", 1), ("region", 1)):
        cube = found[f"incidents-by-{kind}"]
        assert cube.frame["incidents"].sum() == rows - 1 - unplaced
        said = (
            f"Of 11 incidents 1 have no such area, and {unplaced} lie in one that belongs to none"
        )
        assert said in cube.description


def test_an_lsoa_in_a_district_of_two_partnerships_is_placed_in_none() -> None:
    cube = made(world(*TWO_FORCES))["incidents-by-csp"]
    assert set(cube.frame["area"]) == {"E22000001", "E22000002"}


def test_a_force_counts_what_it_reported_and_an_area_what_happened_there() -> None:
    found = made(world(*TWO_FORCES))
    kent = figure(found["incidents-by-force"], force="kent", month="2024-01", category="drugs")
    there = figure(found["incidents-by-force-area"], area=KENT, month="2024-01", category="drugs")
    assert (kent["incidents"], there["incidents"]) == (1, 1)
    assert kent["file"] == [digest("kent", "2024-01")]
    assert there["file"] == sorted([digest("btp", "2024-01"), digest("kent", "2024-01")])


def test_nothing_counted_where_the_month_was_supplied_is_nought() -> None:
    found = made(world(*TWO_FORCES))
    force = figure(found["incidents-by-force"], force="kent", month="2024-02", category="robbery")
    assert (force["incidents"], force["status"], force["completeness"]) == (0, "A", None)
    area = figure(found["incidents-by-district"], area=NORTH, month="2024-02", category="robbery")
    assert (area["incidents"], area["status"], area["completeness"]) == (0, "A", None)


def test_a_month_without_a_file_of_the_force_is_missing_and_not_nought() -> None:
    found = made(world(*TWO_FORCES))
    force = figure(found["incidents-by-force"], force="essex", month="2024-02", category="robbery")
    assert (force["incidents"], force["status"], force["completeness"]) == (None, "M", "missing")
    assert force["note"]
    area = figure(found["incidents-by-district"], area=SOUTH, month="2024-02", category="burglary")
    assert (area["incidents"], area["status"], area["completeness"]) == (None, "M", "missing")
    assert area["note"] == "This release has no file of Essex Police for February 2024."
    assert area["file"] == [digest("btp", "2024-02")]


def test_what_the_transport_police_counted_where_the_force_supplied_nothing_is_partial() -> None:
    found = made(world(*TWO_FORCES))
    area = figure(found["incidents-by-district"], area=SOUTH, month="2024-02", category="robbery")
    assert (area["incidents"], area["status"], area["completeness"]) == (1, None, "partial")
    assert area["file"] == [digest("btp", "2024-02")]


def test_where_a_force_has_supplied_nothing_at_all_no_figure_looks_complete() -> None:
    # As with Greater Manchester, of which the files at hand have only railways.
    found = made(world(BURGLARY, ("btp", "2024-01", "drugs", "E01000003", None)))
    cube = found["incidents-by-force-area"]
    drugs = figure(cube, area=ESSEX, month="2024-01", category="drugs")
    assert (drugs["incidents"], drugs["completeness"]) == (1, "partial")
    burglary = figure(cube, area=ESSEX, month="2024-01", category="burglary")
    assert (burglary["incidents"], burglary["status"]) == (None, "M")
    assert burglary["note"] == "This release has no file of Essex Police for January 2024."


def test_a_region_of_which_one_force_supplied_nothing_is_partial() -> None:
    found = made(world(*TWO_FORCES))
    cube = found["incidents-by-region"]
    region = figure(cube, area=REGION, month="2024-02", category="burglary")
    assert (region["incidents"], region["completeness"]) == (1, "partial")
    assert region["note"] == "This release has no file of Essex Police for February 2024."
    whole = figure(cube, area=REGION, month="2024-01", category="burglary")
    assert (whole["incidents"], whole["status"], whole["completeness"]) == (4, "A", None)


def test_a_month_without_the_transport_police_is_noted_and_stays_complete() -> None:
    found = made(world(BURGLARY, ("btp", "2024-02", "drugs", "E01000001", None),
                       ("kent", "2024-02", "drugs", "E01000001", None)))  # fmt: skip
    cube = found["incidents-by-district"]
    cell = figure(cube, area=NORTH, month="2024-01", category="burglary")
    assert (cell["incidents"], cell["status"], cell["completeness"]) == (1, "A", None)
    assert cell["note"] == "This release has no file of British Transport Police for January 2024."
    assert figure(cube, area=NORTH, month="2024-02", category="drugs")["note"] is None


def test_a_month_supplied_in_part_flags_every_figure_that_it_is_in() -> None:
    fact = {
        "series": "street-crime",
        "force": "kent",
        "completeness": "partial",
        "first_month": "2024-01",
        "last_month": "2024-01",
        "note": "The second half of the month was lost.",
        "file": "d" * 64,
        "row": 2,
    }
    found = made(world(*TWO_FORCES, facts=[fact], residents={NORTH: 1000}))
    lsoa = figure(found["incidents-by-lsoa"], area="E01000002", force="kent", category="robbery")
    assert (lsoa["incidents"], lsoa["status"], lsoa["completeness"]) == (1, None, "partial")
    area = figure(found["incidents-by-district"], area=NORTH, month="2024-01", category="robbery")
    assert (area["incidents"], area["status"], area["completeness"]) == (1, None, "partial")
    assert area["note"] == "Kent Police: January 2024 was supplied only in part."
    force = figure(found["incidents-by-force"], force="kent", month="2024-01", category="robbery")
    assert (force["incidents"], force["completeness"]) == (1, "partial")
    became = figure(found["incident-outcomes"], force="kent", month="2024-01", outcome="charged")
    assert (became["incidents"], became["completeness"]) == (2, "partial")
    cube = found["incident-rates-by-district"]
    rate = figure(cube, area=NORTH, month="2024-01", category="robbery")
    assert (rate["incidents_per_thousand"], rate["status"]) == (None, None)


def test_totals_are_two_categories_that_share_nothing_and_are_in_no_other_cube() -> None:
    found = made(world(*TWO_FORCES, residents={NORTH: 1000, "E01000001": 100}))
    totals = {name for name in found if name.startswith("incident-total")}
    assert len(totals) == 7 + 1
    for name, cube in found.items():
        used = set(cube.frame["category"])
        if name in totals:
            assert used == {"all-crime", "anti-social-behaviour"}, name
        else:
            assert "all-crime" not in used, name
    assert found["incident-totals-by-force"].frame["incidents"].sum() == len(TWO_FORCES)
    kent = figure(found["incident-totals-by-district"], area=NORTH, month="2024-01",
                  category="all-crime")  # fmt: skip
    assert kent["incidents"] == 4


def test_a_rate_cites_the_residents_and_the_year_it_was_reckoned_with() -> None:
    found = made(world(*TWO_FORCES, residents={NORTH: 8000, "E01000001": 1600}))
    cube = found["incident-rates-by-district"]
    cell = figure(cube, area=NORTH, month="2024-01", category="burglary")
    assert cell["incidents_per_thousand"] == 0.25
    assert (cell["residents"], cell["population_year"]) == (8000, "2023")
    assert "f" * 64 in cell["file"]
    small = found["incident-rates-by-lsoa"].frame
    assert set(small["area"]) == {"E01000001"}
    assert small.filter(category="burglary")["incidents_per_thousand"].to_list() == [1.25]


def test_a_rate_of_a_small_area_is_of_all_forces_together() -> None:
    cube = made(world(*TWO_FORCES, ("btp", "2024-01", "burglary", "E01000001", None),
                      residents={"E01000001": 1000}))["incident-rates-by-lsoa"]  # fmt: skip
    assert [dimension.column for dimension in cube.dimensions] == ["area", "month", "category"]
    cell = figure(cube, area="E01000001", month="2024-01", category="burglary")
    assert (cell["incidents_per_thousand"], cell["status"], cell["note"]) == (3.0, "A", None)
    digests = {digest("btp", "2024-01"), digest("kent", "2024-01"), "f" * 64}
    # A cell of a frame may be anything to the type checker; this column holds lists.
    assert set(cell["file"]) == digests  # type: ignore[call-overload]


def test_a_small_area_whose_own_force_has_no_file_of_the_month_has_no_rate() -> None:
    # As of Barnet and Barking, where only the transport police or a neighbour counted anything.
    met = ("btp", "2024-01", "drugs", "E01000003", None)
    neighbour = ("kent", "2024-02", "robbery", "E01000003", None)
    found = made(world(*TWO_FORCES[:5], met, neighbour, residents={"E01000003": 1000}))
    cube = found["incident-rates-by-lsoa"]
    for month, name in (("2024-01", "January"), ("2024-02", "February")):
        (cell,) = cube.frame.filter(month=month).to_dicts()
        assert cell["incidents_per_thousand"] is None
        assert (cell["status"], cell["completeness"]) == (None, "partial")
        assert f"This release has no file of Essex Police for {name} 2024." in cell["note"]
        assert "No rate" in cell["note"]


def test_a_small_area_of_no_known_force_has_no_rate() -> None:
    found = made(world(*TWO_FORCES, residents={UNKNOWN: 1000}))
    cell = figure(found["incident-rates-by-lsoa"], area=UNKNOWN)
    assert (cell["incidents_per_thousand"], cell["completeness"]) == (None, "partial")
    assert "Which force polices this area is not known." in str(cell["note"])


def test_a_partnership_that_may_lack_incidents_of_an_area_of_two_is_partial() -> None:
    # As North and West Northamptonshire, where nothing tells in which some areas lie.
    links = members().filter(pl.col("member_of") != "E22000004")
    links = links.with_columns(pl.col("member_of").replace("E22000003", "E22000002"))
    tables = world(*TWO_FORCES, ("essex", "2024-01", "robbery", "E01000003", None))
    tables.add("geography", {"areas": known_areas(), "members": links})
    cube = made(tables)["incidents-by-csp"]
    lacking = figure(cube, area="E22000002", month="2024-01", category="burglary")
    assert (lacking["incidents"], lacking["status"]) == (1, None)
    assert lacking["completeness"] == "partial"
    said = "Incidents that may have happened in this area or in another are not counted: 1."
    assert lacking["note"] == said
    whole = figure(cube, area="E22000002", month="2024-01", category="robbery")
    assert (whole["incidents"], whole["status"], whole["completeness"]) == (1, "A", None)
    other = figure(cube, area="E22000001", month="2024-01", category="burglary")
    assert (other["incidents"], other["completeness"]) == (2, None)


def test_only_what_is_declared_was_not_supplied() -> None:
    fact = {
        "series": "street-crime",
        "force": "essex",
        "completeness": "missing",
        "first_month": "2024-02",
        "last_month": "2024-02",
        "note": "The system was changed.",
        "file": "d" * 64,
        "row": 2,
    }
    found = made(world(*TWO_FORCES, facts=[fact]))
    area = figure(found["incidents-by-district"], area=SOUTH, month="2024-02", category="burglary")
    assert area["note"] == "Essex Police: February 2024 was not supplied."
    force = figure(found["incidents-by-force"], force="essex", month="2024-02", category="burglary")
    assert (force["note"], force["file"]) == ("February 2024 was not supplied.", ["d" * 64])


def test_a_missing_figure_of_a_force_cites_the_files_that_there_are_of_the_month() -> None:
    found = made(world(*TWO_FORCES))["incidents-by-force"]
    cell = figure(found, force="essex", month="2024-02", category="robbery")
    assert cell["note"] == "This release has no file of this force for February 2024."
    assert cell["file"] == sorted([digest("btp", "2024-02"), digest("kent", "2024-02")])


def test_a_month_that_is_not_complete_has_no_rate() -> None:
    found = made(world(*TWO_FORCES, residents={SOUTH: 8000}))
    cube = found["incident-rates-by-district"]
    cell = figure(cube, area=SOUTH, month="2024-02", category="robbery")
    assert (cell["incidents_per_thousand"], cell["completeness"]) == (None, "partial")
    assert "No rate" in str(cell["note"])


def test_there_are_no_rates_without_residents_and_no_areas_without_geography() -> None:
    assert not [name for name in made(world(*TWO_FORCES)) if "rates" in name]
    assert set(made(world(*TWO_FORCES, geography=False))) == {
        *("incidents-by-lsoa", "incident-totals-by-lsoa"),
        *("incidents-by-force", "incident-totals-by-force"),
        "incident-outcomes",
    }
    assert made(Tables()) == {}


def test_incidents_without_an_outcome_have_none_in_the_cube_of_outcomes() -> None:
    cube = made(world(*TWO_FORCES))["incident-outcomes"]
    assert cube.frame["incidents"].sum() == 6
    assert "5 of 11 incidents have no outcome" in cube.description


def test_every_cube_has_each_cell_once_and_no_empty_code() -> None:
    found = made(world(*TWO_FORCES, residents={NORTH: 8000, KENT: 9000, "E01000001": 1600}))
    assert len(found) == 5 + 8 + 1 + 4
    for cube in found.values():
        keys = cube.frame.select(dimension.column for dimension in cube.dimensions)
        assert not cube.frame["file"].null_count(), cube.name
        assert not keys.is_duplicated().any(), cube.name
        assert not any(keys.null_count().row(0)), cube.name
        for dimension in cube.dimensions:
            if dimension.codes.labels:
                unlabelled = set(keys[dimension.column]) - set(dimension.codes.labels)
                assert unlabelled <= {*LSOAS, "E22000001", "E22000002"}, cube.name


def test_burglary_by_lsoa_in_a_force_and_month_is_one_slice() -> None:
    cube = made(world(*TWO_FORCES))["incidents-by-lsoa"]
    assert ("force", "month", "category") in cube.slices
    assert ("month", "category") in made(world(*TWO_FORCES))["incidents-by-csp"].slices


# The real files


@pytest.fixture(scope="module")
def january(shared: Path) -> tuple[Tables, list[Path]]:
    """The real files of January 2024 as tables, and where they are."""
    where = sorted((shared / "police-uk" / "street" / "2024-01").glob("*-street.csv.gz"))
    parts = []
    for path in where:
        (part,) = loader.slices([RawFile.at(path)])
        out = SliceOutput(lambda text: None)
        loader.stream(part, Names(), out, Reading())
        parts.append(out.tables["incidents"])
    tables = Tables()
    tables.add("street-crime", {"incidents": pl.concat(parts)})
    return tables, where


def test_cubes_agree_with_a_count_of_the_raw_rows(january: tuple[Tables, list[Path]]) -> None:
    tables, where = january
    by_lsoa: Counter[tuple[str, ...]] = Counter()
    by_force: Counter[tuple[str, ...]] = Counter()
    for path in where:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                kind = row["Crime type"]
                by_force[path.name, kind] += 1
                if row["LSOA code"]:
                    by_lsoa[row["LSOA code"], path.name, kind] += 1
    found = made(tables)
    for name, expected in (("incidents-by-lsoa", by_lsoa), ("incidents-by-force", by_force)):
        labels = found[name].dimensions[-1].codes.labels
        counted: Counter[tuple[str, ...]] = Counter()
        for row in found[name].frame.to_dicts():
            cell = (f"{row['month']}-{row['force']}-street.csv.gz", labels[row["category"]])
            counted[(row["area"], *cell) if "area" in row else cell] = row["incidents"]
        assert +counted == expected
