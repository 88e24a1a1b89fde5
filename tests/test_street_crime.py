"""Every oddity of data.police.uk, each by a minimal row: what it becomes, or how it is refused."""

from __future__ import annotations

import csv
import gzip
import zipfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from homegraph.graph.check import check_file
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import FetchFailed, SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile, RawStore, paths
from homegraph.graph.slices import SliceDone, SliceOutput
from homegraph.graph.terms import CRIME, GEO, RDFS, SDMXA, SKOS
from homegraph.loaders import by_name
from homegraph.loaders.street_crime import loader
from homegraph.loaders.street_crime.loader import COLUMNS, OLD_COLUMNS

FORCE = "Avon and Somerset Constabulary"
NAME = "2024-01-avon-and-somerset-street.csv"
ID = "7d0f54eb54004b5a9de677049e7cecc47bddd8a195752b826145c7a1d57ddf04"
ORDINARY = {
    "Crime ID": ID,
    "Month": "2024-01",
    "Reported by": FORCE,
    "Falls within": FORCE,
    "Longitude": "-2.508867",
    "Latitude": "51.416147",
    "Location": "On or near St Francis Road",
    "LSOA code": "E01014399",
    "LSOA name": "Bath and North East Somerset 001A",
    "Crime type": "Burglary",
    "Last outcome category": "Under investigation",
    "Context": "",
}
NO_PLACE = {
    "Longitude": "",
    "Latitude": "",
    "Location": "No Location",
    "LSOA code": "",
    "LSOA name": "",
}


def row(**cells: str) -> dict[str, str]:
    changed = {name.replace("_", " "): value for name, value in cells.items()}
    assert set(changed) <= {*COLUMNS, *OLD_COLUMNS}
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


def read(*files: RawFile) -> tuple[list[Quad], list[Quad]]:
    """Quads of the incidents and points, and what settles over all slices."""
    texts: list[str] = []
    done = []
    for part in loader.slices(files):
        reading, out = Reading(), SliceOutput(texts.append)
        loader.stream(part, Names(), out, reading)
        reading.insist()
        texts += out.shared
        counts = (reading.records, reading.written, reading.refused)
        done.append(SliceDone(part.key, part.files, *counts, out.facts))
    quads = list(parse(input="".join(texts), format=RdfFormat.N_QUADS))
    return quads, list(loader.settle(done, Names()))


def tables(*files: RawFile, geography: pl.DataFrame | None = None) -> Tables:
    """What is handed over as columns, together with areas that the geography source knows."""
    parts: dict[str, list[pl.DataFrame]] = {"incidents": [], "areas": []}
    for part in loader.slices(files):
        reading, out = Reading(), SliceOutput(lambda text: None)
        loader.stream(part, Names(), out, reading)
        reading.insist()
        for name, frames in parts.items():
            frames.append(out.tables[name])
    found = Tables()
    found.add("street-crime", {name: pl.concat(frames) for name, frames in parts.items()})
    if geography is not None:
        found.add("geography", {"areas": geography})
    return found


def derived(*files: RawFile, geography: pl.DataFrame | None = None) -> list[Quad]:
    """What follows from the tables."""
    return list(loader.derive(tables(*files, geography=geography), Names(), Reading()))


def values(quads: Iterable[Quad], predicate: NamedNode) -> list[str]:
    return [
        quad.object.value
        for quad in quads
        if quad.predicate == predicate and not isinstance(quad.object, (type(None),))
    ]


def refused(file: RawFile) -> Finding:
    """The one finding that a file is refused for."""
    with pytest.raises(SourceRejected) as caught:
        read(file)
    (finding,) = caught.value.findings
    assert finding.file == file.name
    assert finding.remedy
    return finding


# Oddities that are read


def test_a_row_without_crime_id_is_an_incident(tmp_path: Path) -> None:
    quads, _ = read(written(tmp_path, [row(Crime_ID="", Crime_type="Anti-social behaviour")]))
    assert len(values(quads, CRIME.category)) == 1
    assert values(quads, CRIME.crimeId) == []


def test_repeated_crime_ids_with_contradictory_values_stay_separate(tmp_path: Path) -> None:
    rows = [row(Crime_type="Robbery"), row(Crime_type="Drugs", Last_outcome_category="")]
    quads, _ = read(written(tmp_path, rows))
    assert values(quads, CRIME.crimeId) == [ID, ID]
    assert len({quad.subject for quad in quads if quad.predicate == CRIME.category}) == 2
    assert len(values(quads, CRIME.outcome)) == 1


def test_the_transport_police_give_neither_crime_id_nor_outcome(tmp_path: Path) -> None:
    said = {"Reported by": "British Transport Police", "Falls within": "British Transport Police"}
    bare = {**row(Crime_ID="", Last_outcome_category=""), **said}
    rows = [bare, {**bare, "Crime type": "Robbery"}]
    quads, _ = read(written(tmp_path, rows, "2024-01-btp-street.csv"))
    assert len(values(quads, CRIME.category)) == 2
    assert values(quads, CRIME.crimeId) == values(quads, CRIME.outcome) == []


def test_a_crime_id_that_comes_again_in_another_month_is_another_incident(tmp_path: Path) -> None:
    first = written(tmp_path, [row()])
    again = row(Month="2024-02", Last_outcome_category="Offender given a caution")
    second = written(tmp_path, [again], "2024-02-avon-and-somerset-street.csv")
    quads, _ = read(first, second)
    assert values(quads, CRIME.crimeId) == [ID, ID]
    assert len({q.subject for q in quads if q.predicate == CRIME.crimeId}) == 2


def test_the_oldest_files_have_rough_coordinates_and_no_crime_id(tmp_path: Path) -> None:
    rows = [row(Month="2010-12", Crime_ID="", Crime_type="Violent crime", Longitude="-2.5",
                Latitude="51.41", Last_outcome_category="")]  # fmt: skip
    quads, _ = read(written(tmp_path, rows, "2010-12-avon-and-somerset-street.csv"))
    assert values(quads, GEO.asWKT) == ["POINT(-2.5 51.41)"]
    assert values(quads, CRIME.crimeId) == []


def test_identical_rows_are_separate_incidents_named_by_their_row(tmp_path: Path) -> None:
    quads, settled = read(written(tmp_path, [row(), row(), row()]))
    incidents = sorted({q.subject.value for q in quads if q.predicate == CRIME.category})
    assert [iri.rpartition("/")[2] for iri in incidents] == ["2", "3", "4"]
    assert len({quad.subject for quad in quads if quad.predicate == GEO.asWKT}) == 1
    assert values(settled, CRIME.incidentCount) == ["3"]


def test_a_row_without_place_has_no_point(tmp_path: Path) -> None:
    quads, _ = read(written(tmp_path, [{**row(), **NO_PLACE}]))
    assert values(quads, CRIME.mapPoint) == []
    assert len(values(quads, CRIME.category)) == 1


def test_a_point_without_lsoa_is_kept(tmp_path: Path) -> None:
    quads, _ = read(written(tmp_path, [row(LSOA_code="", LSOA_name="")]))
    assert values(quads, GEO.asWKT) == ["POINT(-2.508867 51.416147)"]
    assert values(quads, CRIME.lsoa) == []


def test_a_point_in_two_census_areas_is_two_points(tmp_path: Path) -> None:
    rows = [row(), row(LSOA_code="E01034000", LSOA_name="Bath and North East Somerset 030F")]
    quads, _ = read(written(tmp_path, rows))
    points = {quad.subject for quad in quads if quad.predicate == GEO.asWKT}
    assert len(points) == 2
    for point in points:
        assert len([q for q in quads if q.subject == point and q.predicate == CRIME.lsoa]) == 1


def test_the_census_of_a_month_is_told_by_its_codes(tmp_path: Path) -> None:
    new = written(tmp_path, [row(LSOA_code="E01034000", LSOA_name="Bath 030F")])
    old_name = "2022-01-avon-and-somerset-street.csv"
    many = [
        row(Month="2022-01", LSOA_code=f"E0101{number}", LSOA_name=f"Area {number}")
        for number in range(4000, 4301)
    ]
    old = written(tmp_path, many, old_name)
    few_name = "2023-01-avon-and-somerset-street.csv"
    few = written(tmp_path, [row(Month="2023-01")], few_name)
    _, settled = read(new, old, few)
    said = {
        quad.subject.value[-25:]: quad.object.value
        for quad in settled
        if quad.predicate == CRIME.lsoaVintage
    }
    assert said == {"2024-01-avon-and-somerset": "2021", "2022-01-avon-and-somerset": "2011"}


@pytest.fixture
def renamed(tmp_path: Path) -> tuple[RawFile, RawFile]:
    """The same LSOA in files before and after its name changed."""
    old = written(
        tmp_path,
        [row(Month="2022-01", LSOA_name="Aylesbury Vale 001A")],
        "2022-01-avon-and-somerset-street.csv",
    )
    return old, written(tmp_path, [row(LSOA_name="Buckinghamshire 001A")])


def test_the_latest_name_of_an_area_is_its_label_and_older_ones_are_kept(
    renamed: tuple[RawFile, RawFile],
) -> None:
    for files in (renamed, reversed(renamed)):
        quads = derived(*files)
        assert values(quads, RDFS.label) == ["Buckinghamshire 001A"]
        assert values(quads, SKOS.altLabel) == ["Aylesbury Vale 001A"]
        assert values(quads, SKOS.notation) == ["E01014399"]


def test_the_name_that_the_geography_source_gives_an_area_is_its_one_label(
    renamed: tuple[RawFile, RawFile],
) -> None:
    official = {"code": ["E01014399"], "name": ["Bucks 001A"], "kind": ["lsoa"]}
    quads = derived(*renamed, geography=pl.DataFrame(official))
    assert values(quads, RDFS.label) == ["Bucks 001A"]
    assert values(quads, SKOS.altLabel) == ["Aylesbury Vale 001A", "Buckinghamshire 001A"]
    unnamed = pl.DataFrame(official).with_columns(pl.lit(None, pl.String).alias("name"))
    assert values(derived(*renamed, geography=unnamed), RDFS.label) == ["Buckinghamshire 001A"]


def test_nothing_is_said_of_areas_when_no_incident_was_read() -> None:
    assert list(loader.derive(Tables(), Names(), Reading())) == []


def test_welsh_letters_and_quotation_marks_survive(tmp_path: Path) -> None:
    name = 'On or near "Cae\'R Hen Dŷ", Heol Ddŵr \\ 1'
    quads, _ = read(written(tmp_path, [row(Location=name)]))
    assert values(quads, RDFS.label) == [name]


def test_old_files_give_national_grid_references(tmp_path: Path) -> None:
    rows = [
        {
            "Month": "2012-01",
            "Reported by": FORCE,
            "Falls within": FORCE,
            "Easting": "358600",
            "Northing": "172800",
            "Location": "On or near College Green",
            "Crime type": "Violent crime",
            "Context": "",
        }
    ]
    file = written(tmp_path, rows, "2012-01-avon-and-somerset-street.csv", OLD_COLUMNS)
    quads, _ = read(file)
    (wkt,) = values(quads, GEO.asWKT)
    longitude, latitude = map(float, wkt.removeprefix("POINT(").removesuffix(")").split())
    # Bristol Cathedral is at about 51.4518 N, 2.6006 W.
    assert abs(longitude + 2.5972) < 0.01
    assert abs(latitude - 51.4525) < 0.01
    (point,) = {quad.subject.value for quad in quads if quad.predicate == GEO.asWKT}
    assert "/358600,172800/" in point


@pytest.mark.parametrize(
    "label, notation",
    [
        ("Violent crime", "violent-crime"),
        ("Public disorder and weapons", "public-disorder-weapons"),
    ],
)
def test_old_category_names_are_known(tmp_path: Path, label: str, notation: str) -> None:
    quads, _ = read(written(tmp_path, [row(Crime_type=label)]))
    (category,) = values(quads, CRIME.category)
    assert category.endswith("/" + notation)


def test_a_missing_month_is_said_to_be_missing_and_not_nought(tmp_path: Path) -> None:
    kent = row(Reported_by="Kent Police", Falls_within="Kent Police", Month="2024-02")
    _, settled = read(
        written(tmp_path, [row()]),
        written(tmp_path, [kent], "2024-02-kent-street.csv"),
    )
    missing = sorted(q.subject.value for q in settled if q.predicate == SDMXA.obsStatus)
    assert [iri.rpartition("/")[2] for iri in missing] == [
        "2024-01-kent",
        "2024-02-avon-and-somerset",
    ]
    for iri in missing:
        assert not [
            q for q in settled if q.subject.value == iri and q.predicate == CRIME.incidentCount
        ]


def test_another_force_is_said_only_when_it_differs(tmp_path: Path) -> None:
    quads, _ = read(written(tmp_path, [row(), row(Falls_within="Kent Police")]))
    (within,) = values(quads, CRIME.fallsWithin)
    assert within.endswith("/police-force/kent")


def test_a_context_is_kept(tmp_path: Path) -> None:
    quads, _ = read(written(tmp_path, [row(Context='Said "as is"')]))
    assert values(quads, CRIME.context) == ['Said "as is"']


def test_columns_in_another_order_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "turned").mkdir()
    turned = written(tmp_path / "turned", [row()], columns=tuple(reversed(COLUMNS)))
    assert set(read(turned)[0]) == set(read(written(tmp_path, [row()]))[0])


def test_plain_gzipped_and_zipped_files_say_the_same(tmp_path: Path) -> None:
    plain = written(tmp_path, [row(), row(Crime_type="Drugs")])
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / f"{NAME}.gz").write_bytes(gzip.compress(plain.path.read_bytes()))
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.write(plain.path, f"2024-01/{NAME}")
        made.writestr("2024-01/2024-01-avon-and-somerset-outcomes.csv", "not for us")
    store = RawStore(tmp_path / "raw")
    from_zip = store.keep(paths(str(archive), "*-street.csv"), "*-street.csv")
    from_gzip = store.keep(paths(str(packed), "*-street.csv"), "*-street.csv")
    assert [file.name for file in from_zip] == [NAME]
    assert set(read(*from_zip)[0]) == set(read(*from_gzip)[0]) == set(read(plain)[0])


# Incidents as columns


def test_incidents_are_handed_over_as_columns(tmp_path: Path) -> None:
    rows = [row(), {**row(Crime_ID="", Last_outcome_category="", Falls_within="Kent Police")}]
    rows[1].update(NO_PLACE)
    file = written(tmp_path, rows)
    table = tables(file).get("street-crime", "incidents")
    assert table is not None
    first, second = table.collect().to_dicts()
    assert first == {
        "row": 2,
        "force": "avon-and-somerset",
        "month": "2024-01",
        "category": "burglary",
        "outcome": "under-investigation",
        "lsoa": "E01014399",
        "falls_within": "avon-and-somerset",
        "crime_id": ID,
        "longitude": -2.508867,
        "latitude": 51.416147,
        "location": "On or near St Francis Road",
        "context": None,
        "file": file.sha256,
    }
    blank = ("outcome", "lsoa", "crime_id", "longitude", "latitude", "context")
    assert [second[name] for name in blank] == [None] * 6
    assert (second["row"], second["falls_within"]) == (3, "kent")


def test_identical_rows_are_rows_of_the_table_and_blank_lines_are_not(tmp_path: Path) -> None:
    file = written(tmp_path, [row(), row()])
    lines = file.path.read_bytes().splitlines(keepends=True)
    file.path.write_bytes(b"".join([*lines[:2], b"\r\n", lines[2]]))
    table = tables(RawFile.at(file.path)).get("street-crime", "incidents")
    assert table is not None
    assert table.collect()["row"].to_list() == [2, 4]


def test_national_grid_references_are_degrees_in_the_table(tmp_path: Path) -> None:
    old = dict.fromkeys(OLD_COLUMNS, "") | {
        **{"Month": "2012-01", "Reported by": FORCE, "Falls within": FORCE},
        **{"Crime type": "Violent crime", "Location": "On or near College Green"},
    }
    rows = [{**old, "Easting": "358600", "Northing": "172800"}, {**old, "Location": ""}]
    file = written(tmp_path, rows, "2012-01-avon-and-somerset-street.csv", OLD_COLUMNS)
    table = tables(file).get("street-crime", "incidents")
    assert table is not None
    place, nowhere = table.select("longitude", "latitude", "lsoa").collect().rows()
    assert place == (pytest.approx(-2.5972, abs=1e-4), pytest.approx(51.4526, abs=1e-4), None)
    assert nowhere == (None, None, None)


# Oddities that are refused


@pytest.mark.parametrize(
    "cells, column, value",
    [
        ({"Crime type": "Bicycle borrowing"}, "Crime type", "Bicycle borrowing"),
        ({"Crime type": "All crime"}, "Crime type", "All crime"),
        ({"Crime type": ""}, "Crime type", ""),
        (
            {"Last outcome category": "Sent to the Tower"},
            "Last outcome category",
            "Sent to the Tower",
        ),
        ({"Month": "2024-13"}, "Month", "2024-13"),
        ({"Month": "2024-02"}, "Month", "2024-02"),
        ({"Month": "January 2024"}, "Month", "January 2024"),
        ({"Reported by": "Kent Police"}, "Reported by", "Kent Police"),
        ({"Falls within": "Keystone Cops"}, "Falls within", "Keystone Cops"),
        ({"Longitude": "51.416147"}, "Longitude", "51.416147"),
        ({"Latitude": "-2.508867"}, "Latitude", "-2.508867"),
        ({"Latitude": "5l.4"}, "Latitude", "5l.4"),
        ({"Latitude": ""}, "Latitude", ""),
        ({"LSOA code": "Bath"}, "LSOA code", "Bath"),
        ({"LSOA code": ""}, "LSOA code", ""),
        ({"LSOA name": ""}, "LSOA name", ""),
        ({"Crime ID": "12345"}, "Crime ID", "12345"),
        ({"Longitude": "", "Latitude": ""}, "Location", "On or near St Francis Road"),
    ],
)
def test_a_bad_value_is_refused_with_its_place(
    tmp_path: Path, cells: dict[str, str], column: str, value: str
) -> None:
    finding = refused(written(tmp_path, [row(), {**row(), **cells}]))
    assert (finding.row, finding.column, finding.value) == (3, column, value)


def test_every_bad_row_is_listed(tmp_path: Path) -> None:
    bad = [row(Crime_type=f"Crime {number}") for number in range(5)]
    with pytest.raises(SourceRejected) as caught:
        read(written(tmp_path, [row(), *bad]))
    assert [finding.row for finding in caught.value.findings] == [3, 4, 5, 6, 7]


def test_an_unknown_column_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [row()], columns=(*COLUMNS, "Weapon"))
    assert (refused(file).row, refused(file).column) == (1, "Weapon")


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [row()], columns=tuple(c for c in COLUMNS if c != "LSOA code"))
    finding = refused(file)
    assert finding.row == 1
    assert "'LSOA code'" in finding.problem


def test_broken_utf_8_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [row(), row(Location="On or near Heol Ddŵr")])
    file.path.write_bytes(file.path.read_bytes().replace("ŵ".encode(), b"\xf9"))
    finding = refused(file)
    assert (finding.row, finding.column) == (3, "Location")
    assert "UTF-8" in finding.problem
    assert "Heol Dd" in (finding.value or "")


def test_broken_text_is_found_by_cell_and_not_by_line(tmp_path: Path) -> None:
    rows = [row(Context="two\nlines"), row(Crime_ID="", Location="On or near Heol Ddŵr")]
    file = written(tmp_path, rows)
    file.path.write_bytes(file.path.read_bytes().replace("ŵ".encode(), b"\xf9"))
    finding = refused(file)
    assert (finding.row, finding.column) == (3, "Location")
    first = written(tmp_path, [row(Crime_ID="ŵ")])
    first.path.write_bytes(first.path.read_bytes().replace("ŵ".encode(), b"\xf9"))
    assert refused(first).column == "Crime ID"


def test_utf_16_is_refused_by_its_name(tmp_path: Path) -> None:
    file = written(tmp_path, [row()])
    file.path.write_bytes(file.path.read_text("utf-8").encode("utf-16"))
    finding = refused(file)
    assert "UTF-16" in finding.problem
    assert "UTF-8" in finding.remedy


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert "no rows" in refused(written(tmp_path, [])).problem


def test_blank_lines_hold_no_incident(tmp_path: Path) -> None:
    file = written(tmp_path, [row(), row()])
    file.path.write_bytes(file.path.read_bytes() + b"\r\n\r\n")
    quads, _ = read(file)
    assert len(values(quads, CRIME.category)) == 2


@pytest.mark.parametrize("text", ["a\x0cb", "a\x1cb", "a\u2028b", "a\x85b", "x" * 200_000])
def test_any_text_can_be_sampled(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, [row(Context=text)])
    checked = check_file(by_name("street_crime"), file, Names(), date(2026, 11, 21))
    assert checked.errors == 0
    quads, _ = read(written(tmp_path, [row(Context=text)] * 30))
    assert values(quads, CRIME.context) == [text] * 30


def test_digits_are_the_ten_of_ascii(tmp_path: Path) -> None:
    assert refused(written(tmp_path, [row(Longitude="-2.50886٣")])).column == "Longitude"


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    plain = written(tmp_path, [row(Crime_ID=f"{n:064x}") for n in range(3000)])
    path = tmp_path / f"{NAME}.gz"
    whole = bytearray(gzip.compress(plain.path.read_bytes()))
    whole[len(whole) // 2 : len(whole) // 2 + 40] = bytes(40)
    path.write_bytes(whole)
    with pytest.raises(SourceRejected):
        read(RawFile.at(path))


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    plain = written(tmp_path, [row()] * 500)
    path = tmp_path / f"{NAME}.gz"
    whole = gzip.compress(plain.path.read_bytes())
    path.write_bytes(whole[: len(whole) // 2])
    assert "cannot be read" in refused(RawFile.at(path)).problem


def test_what_is_no_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / f"{NAME}.gz"
    path.write_bytes(b"Crime ID,Month\n")
    assert "cannot be read" in refused(RawFile.at(path)).problem


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"")
    assert "empty" in refused(RawFile.at(path)).problem


def test_a_ragged_row_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, [row(), row()])
    file.path.write_text(
        file.path.read_text("utf-8").replace(",Burglary", ",,Burglary", 1), "utf-8"
    )
    finding = refused(file)
    assert finding.row == 2
    assert "13 cells" in finding.problem


@pytest.mark.parametrize(
    "name", ["street.csv", "2024-13-kent-street.csv", "2024-01-narnia-street.csv"]
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


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="nowhere"):
        paths(str(tmp_path / "nowhere" / "*.csv"), "*")


# The real files


def test_every_real_row_becomes_one_incident(shared: Path) -> None:
    total = 0
    for path in sorted((shared / "police-uk" / "street").rglob("*-street.csv.gz")):
        file = RawFile.at(path)
        (part,) = loader.slices([file])
        reading = Reading()
        out = SliceOutput(lambda text: None)
        loader.stream(part, Names(), out, reading)
        reading.insist()
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            rows = sum(1 for _ in csv.reader(stream)) - 1
        assert reading.written == out.tally[CRIME.category.value] == rows, path.name
        total += rows
    assert total == 514_392
