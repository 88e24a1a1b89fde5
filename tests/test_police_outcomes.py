"""Outcomes files: what a row becomes, how it is refused, and what the cube of outcomes counts."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl
import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release
from homegraph.graph.slices import SliceDone, SliceOutput
from homegraph.graph.terms import CRIME, GEO, PROV, RDFS, SDMXA, SKOS
from homegraph.loaders import by_name
from homegraph.loaders.police_outcomes import loader
from homegraph.loaders.police_outcomes.loader import COLUMNS

FORCE = "Thames Valley Police"
NAME = "2022-01-thames-valley-outcomes.csv"
REAL = f"police-uk/outcomes/2022-01/{NAME}.gz"
ID = "4c3211a9790557a6ccc5cfad20230b012ade6bf142ae8b43feb456d7896f0a18"
ORDINARY = {
    "Crime ID": ID,
    "Month": "2022-01",
    "Reported by": FORCE,
    "Falls within": FORCE,
    "Longitude": "-0.978363",
    "Latitude": "51.998687",
    "Location": "On or near Eider Close",
    "LSOA code": "E01017648",
    "LSOA name": "Aylesbury Vale 001A",
    "Outcome type": "Suspect charged",
}
NO_PLACE = {
    "Longitude": "",
    "Latitude": "",
    "Location": "No location",
    "LSOA code": "",
    "LSOA name": "",
}


def row(**cells: str) -> dict[str, str]:
    changed = {name.replace("_", " "): value for name, value in cells.items()}
    assert set(changed) <= set(COLUMNS)
    return {**ORDINARY, **changed}


def written(
    folder: Path,
    rows: Iterable[dict[str, str]],
    name: str = NAME,
    columns: tuple[str, ...] = COLUMNS,
) -> RawFile:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    return RawFile.at(path)


def read(*files: RawFile) -> tuple[list[Quad], list[Quad], Tables]:
    """Quads of the records and points, what settles over all slices, and the tables."""
    texts: list[str] = []
    done = []
    parts: dict[str, list[pl.DataFrame]] = {"outcomes": [], "areas": []}
    for part in loader.slices(files):
        reading, out = Reading(), SliceOutput(texts.append)
        loader.stream(part, Names(), out, reading)
        reading.insist()
        texts += out.shared
        counts = (reading.records, reading.written, reading.refused)
        done.append(SliceDone(part.key, part.files, *counts, out.facts))
        for name, frames in parts.items():
            frames.append(out.tables[name])
    quads = list(parse(input="".join(texts), format=RdfFormat.N_QUADS))
    tables = Tables()
    tables.add("police-outcomes", {name: pl.concat(frames) for name, frames in parts.items()})
    return quads, list(loader.settle(done, Names())), tables


def values(quads: Iterable[Quad], predicate: NamedNode) -> list[str]:
    return sorted(q.object.value for q in quads if q.predicate == predicate)  # type: ignore[union-attr]


def refused(file: RawFile) -> Finding:
    """The one finding that a file is refused for."""
    with pytest.raises(SourceRejected) as caught:
        read(file)
    (finding,) = caught.value.findings
    assert finding.file == file.name
    assert finding.remedy
    return finding


def table(tables: Tables) -> pl.DataFrame:
    """The outcomes as columns."""
    found = tables.get("police-outcomes", "outcomes")
    assert found is not None
    return found.collect()


def cube(tables: Tables) -> Cube:
    """The one cube."""
    (found,) = loader.cubes(tables, Names())
    return found


# What is read


def test_a_crime_id_with_several_outcomes_has_a_record_for_each(tmp_path: Path) -> None:
    rows = [row(), row(Outcome_type="Local resolution")]
    quads, settled, tables = read(written(tmp_path, rows))
    assert values(quads, CRIME.crimeId) == [ID, ID]
    assert [iri.rpartition("/")[2] for iri in values(quads, CRIME.outcomeType)] == [
        "charged",
        "local-resolution",
    ]
    assert values(settled, CRIME.outcomeCount) == ["2"]
    assert table(tables)["crime_id"].to_list() == [ID, ID]


def test_identical_rows_are_separate_records_named_by_their_row(tmp_path: Path) -> None:
    quads, _, tables = read(written(tmp_path, [row(), row(), row()]))
    records = sorted({q.subject.value for q in quads if q.predicate == CRIME.outcomeType})
    assert [iri.rpartition("/")[2] for iri in records] == ["2", "3", "4"]
    assert table(tables)["row"].to_list() == [2, 3, 4]


def test_outcomes_do_not_say_that_they_are_incidents(tmp_path: Path) -> None:
    quads, _, _ = read(written(tmp_path, [row()]))
    for predicate in (CRIME.month, CRIME.force, CRIME.outcome, CRIME.mapPoint, CRIME.category):
        assert values(quads, predicate) == []


def test_an_outcome_in_another_wording_than_the_street_column_is_a_concept_of_its_own(
    tmp_path: Path,
) -> None:
    quads, _, _ = read(written(tmp_path, [row(), row(Outcome_type="Awaiting court outcome")]))
    said = [iri.rpartition("/")[2] for iri in values(quads, CRIME.outcomeType)]
    assert said == ["awaiting-court-result", "charged"]


def test_a_row_without_place_has_no_point(tmp_path: Path) -> None:
    quads, _, tables = read(written(tmp_path, [{**row(), **NO_PLACE}]))
    assert values(quads, CRIME.outcomePoint) == []
    assert table(tables).select("longitude", "latitude", "lsoa").row(0) == (None, None, None)


def test_a_point_has_the_name_that_the_incidents_there_give_it(tmp_path: Path) -> None:
    quads, _, _ = read(written(tmp_path, [row()]))
    expected = "id/map-point/-0.978363,51.998687/E01017648/On%20or%20near%20Eider%20Close"
    assert values(quads, CRIME.outcomePoint) == [f"http://localhost:8000/{expected}"]
    assert values(quads, GEO.asWKT) == ["POINT(-0.978363 51.998687)"]


def test_another_force_is_said_only_when_it_differs(tmp_path: Path) -> None:
    rows = [row(), row(Falls_within="Kent Police")]
    quads, _, tables = read(written(tmp_path, rows))
    (within,) = values(quads, CRIME.fallsWithin)
    assert within.endswith("/police-force/kent")
    assert table(tables)["falls_within"].to_list() == ["thames-valley", "kent"]


def test_columns_in_another_order_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "turned").mkdir()
    turned = written(tmp_path / "turned", [row()], columns=tuple(reversed(COLUMNS)))
    assert set(read(turned)[0]) == set(read(written(tmp_path, [row()]))[0])


def test_blank_lines_hold_no_outcome(tmp_path: Path) -> None:
    file = written(tmp_path, [row()])
    file.path.write_bytes(file.path.read_bytes() + b"\r\n\r\n")
    assert table(read(file)[2]).height == 1


def test_a_record_leads_back_to_its_row_and_a_slice_to_its_file(tmp_path: Path) -> None:
    file = written(tmp_path, [row()])
    quads, settled, _ = read(file)
    (part,) = loader.slices([file])
    (record,) = {q.subject.value for q in quads if q.predicate == CRIME.outcomeType}
    assert loader.origin(record, part) == Place(NAME, 2)
    assert loader.origin("http://localhost:8000/id/incident/kent/2024-01/2", part) is None
    assert values(settled, PROV.wasDerivedFrom) == [f"http://localhost:8000/id/file/{file.sha256}"]


def test_a_missing_month_is_said_to_be_missing_and_not_nought(tmp_path: Path) -> None:
    kent = row(Reported_by="Kent Police", Falls_within="Kent Police", Month="2022-02")
    other = written(tmp_path, [kent], "2022-02-kent-outcomes.csv")
    _, settled, tables = read(written(tmp_path, [row()]), other)
    missing = sorted(q.subject.value for q in settled if q.predicate == SDMXA.obsStatus)
    assert [iri.rpartition("/")[2] for iri in missing] == ["2022-01-kent", "2022-02-thames-valley"]
    counted = {q.subject.value for q in settled if q.predicate == CRIME.outcomeCount}
    assert counted.isdisjoint(missing)
    (cell,) = cube(tables).frame.filter(force="kent", month="2022-01").to_dicts()
    assert (cell["outcomes"], cell["status"], cell["completeness"]) == (None, "M", "missing")


def test_areas_are_labelled_unless_other_sources_do(tmp_path: Path) -> None:
    _, _, tables = read(written(tmp_path, [row()]))
    quads = list(loader.derive(tables, Names(), Reading()))
    assert values(quads, RDFS.label) == ["Aylesbury Vale 001A"]
    street = {"code": ["E01017648"], "name": ["Buckinghamshire 001A"], "month": ["2024-01"]}
    tables.add("street-crime", {"areas": pl.DataFrame(street)})
    quads = list(loader.derive(tables, Names(), Reading()))
    assert values(quads, RDFS.label) == ["Buckinghamshire 001A"]
    assert values(quads, SKOS.altLabel) == ["Aylesbury Vale 001A"]


# What is refused


@pytest.mark.parametrize(
    "cells, column",
    [
        ({"Outcome type": "Sent to the Tower"}, "Outcome type"),
        ({"Outcome type": "Outcome decided by a court"}, "Outcome type"),
        ({"Outcome type": ""}, "Outcome type"),
        ({"Crime ID": ""}, "Crime ID"),
        ({"Crime ID": "12345"}, "Crime ID"),
        ({"Month": "2022-02"}, "Month"),
        ({"Reported by": "Kent Police"}, "Reported by"),
        ({"Falls within": "Keystone Cops"}, "Falls within"),
        ({"Longitude": "51.998687"}, "Longitude"),
        ({"LSOA code": "Bath"}, "LSOA code"),
        ({"Longitude": "", "Latitude": ""}, "Location"),
    ],
)
def test_a_bad_value_is_refused_with_its_place(
    tmp_path: Path, cells: dict[str, str], column: str
) -> None:
    bad = {**row(), **cells}
    finding = refused(written(tmp_path, [row(), bad]))
    assert (finding.row, finding.column, finding.value) == (3, column, bad[column])


def test_a_ragged_row_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [row()])
    text = file.path.read_text("utf-8").replace(",Suspect", ",,Suspect")
    file.path.write_text(text, "utf-8")
    assert "11 cells" in refused(file).problem


def test_an_unknown_column_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [row()], columns=(*COLUMNS, "Context"))
    assert refused(file).column == "Context"


@pytest.mark.parametrize(
    "name", ["outcomes.csv", "2022-13-kent-outcomes.csv", "2022-01-narnia-outcomes.csv"]
)
def test_a_file_name_that_does_not_say_force_and_month_is_refused(
    tmp_path: Path, name: str
) -> None:
    assert "name" in refused(written(tmp_path, [row()], name)).problem


def test_the_same_force_and_month_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    files = [written(tmp_path, [row()]), written(tmp_path / "again", [row()])]
    with pytest.raises(SourceRejected, match="same month and force"):
        read(*files)


# The cube


def test_outcomes_are_counted_by_force_month_and_kind_with_noughts(tmp_path: Path) -> None:
    kent = row(Reported_by="Kent Police", Falls_within="Kent Police", Outcome_type="Offender fined")
    own = written(tmp_path, [row(), row(), row(Outcome_type="Local resolution")])
    other = written(tmp_path, [kent], "2022-01-kent-outcomes.csv")
    found = cube(read(own, other)[2])
    cells = {(said["force"], said["outcome"]): said["outcomes"] for said in found.frame.to_dicts()}
    assert cells == {
        ("thames-valley", "charged"): 2,
        ("thames-valley", "local-resolution"): 1,
        ("thames-valley", "fined"): 0,
        ("kent", "charged"): 0,
        ("kent", "local-resolution"): 0,
        ("kent", "fined"): 1,
    }
    assert found.frame.filter(force="kent")["file"].to_list() == [[other.sha256]] * 3


def test_without_outcomes_there_is_no_cube() -> None:
    assert list(loader.cubes(Tables(), Names())) == []
    assert list(loader.derive(Tables(), Names(), Reading())) == []


# The real file


@pytest.fixture(scope="module")
def real(shared: Path) -> tuple[list[Quad], Tables, list[dict[str, str]]]:
    """The real file as it is read, and its rows as the csv module reads them."""
    path = shared / REAL
    quads, _, tables = read(RawFile.at(path))
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return quads, tables, list(csv.DictReader(stream))


Real = tuple[list[Quad], Tables, list[dict[str, str]]]


def test_every_real_row_becomes_one_record(real: Real) -> None:
    quads, tables, rows = real
    assert len(values(quads, CRIME.outcomeType)) == table(tables).height == len(rows) == 15_107
    assert 15_107 - len(values(quads, CRIME.outcomePoint)) == 802


def test_the_cube_agrees_with_a_count_of_the_raw_rows(real: Real) -> None:
    _, tables, rows = real
    found = cube(tables)
    labels = found.dimensions[-1].codes.labels
    counted = {labels[said["outcome"]]: said["outcomes"] for said in found.frame.to_dicts()}
    expected = Counter(
        said["Outcome type"].replace("given penalty", "given a penalty") for said in rows
    )
    assert counted == expected


def test_real_outcomes_join_incidents_by_crime_id_and_mostly_of_other_months(
    real: Real, shared: Path
) -> None:
    crimes = set(table(real[1])["crime_id"])
    assert len(crimes) == 15_004
    street = shared / "police-uk" / "street" / "2022-01" / "2022-01-thames-valley-street.csv.gz"
    with gzip.open(street, "rt", encoding="utf-8", newline="") as stream:
        incidents = {said["Crime ID"] for said in csv.DictReader(stream)}
    assert len(crimes & incidents) == 5_611
    per_crime = Counter(table(real[1])["crime_id"])
    assert sum(1 for count in per_crime.values() if count > 1) == 79


# Two sources, one map


def test_a_point_that_incidents_and_outcomes_share_is_in_one_dump_and_outlives_either(
    tmp_path: Path, make: Callable[..., Release]
) -> None:
    street = [by_name("street_crime").folder / "example" / "2024-01-avon-and-somerset-street.csv"]
    examples = sorted((by_name("police_outcomes").folder / "example").glob("2024-01-*.csv"))
    both = make(tmp_path, street_crime=street, police_outcomes=examples)
    assert not shared_lines(both, "street-crime") & shared_lines(both, "police-outcomes")
    kept = [path for path in examples if "avon" not in path.name]
    less = make(tmp_path, street_crime=street, police_outcomes=kept)
    stored = set(less.store())
    for line in shared_lines(less, "street-crime"):
        assert next(parse(input=line, format=RdfFormat.N_QUADS)) in stored


def shared_lines(release: Release, dataset: str) -> set[bytes]:
    """What the slices of a source share."""
    with gzip.open(release.path / "dumps" / dataset / "shared.nq.gz") as stream:
        return set(stream)
