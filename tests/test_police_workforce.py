"""Workforce tables: every oddity by a minimal table, and totals against the raw file."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
import polars as pl
import pytest
import python_calamine as calamine
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.counting import Written
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names, day
from homegraph.graph.ods import Cell, write_ods
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import validate
from homegraph.graph.terms import DCT, RDFS
from homegraph.loaders.police_workforce import loader
from homegraph.loaders.police_workforce.generate import HEADER, WITH_ETHNICITY, make_example
from homegraph.loaders.police_workforce.read import area_of, type_of

NAME = "open-data-table-police-workforce-260723.ods"
LATER = "open-data-table-police-workforce-240724.ods"
NEWER_HEADER = (
    "As at 31 March", "Geocode", "Force name", "Region", "Sex", "Rank", "Worker type",
    "Total (Headcount)", "Total (FTE)",
)  # fmt: skip
Line = tuple[Cell, ...]


def line(
    *,
    year: Cell = 2023,
    area: Cell = "E23000036",
    force: Cell = "Avon & Somerset",
    region: Cell = "South West",
    sex: Cell = "Female",
    rank: Cell = "Constable",
    kind: Cell = "Police Officer",
    persons: Cell = 10,
    fte: Cell = 9.5,
) -> Line:
    return (year, area, force, region, sex, rank, kind, persons, fte)


def volunteers(kind: str, rank: str = "Special Constable", year: int = 2023) -> Line:
    return line(year=year, rank=rank, kind=kind, persons=4, fte="N/A")


def written(
    folder: Path, rows: Iterable[Line], name: str = NAME, header: Sequence[Cell] = HEADER
) -> RawFile:
    path = folder / name
    notes: list[Line] = [("", "Workforce Open Data Table"), ("A.", "There may be discrepancies.")]
    write_ods(path, {"Notes": notes, "Data": [tuple(header), *rows]})
    return RawFile.at(path)


def read(*files: RawFile) -> tuple[list[Quad], Tables]:
    reading = Reading()
    quads = list(loader.load(files, Names(), reading))
    reading.insist()
    assert reading.records == reading.written + reading.refused
    tables = Tables()
    tables.add("police-workforce", reading.tables)
    return quads, tables


def cubes(tables: Tables) -> dict[str, Cube]:
    return {cube.name: cube for cube in loader.cubes(tables, Names())}


def figures(tables: Tables, name: str = "figures") -> pl.DataFrame:
    found = tables.get("police-workforce", name)
    assert found is not None
    return found.collect()


def refused(file: RawFile) -> Finding:
    """The one finding that a file is refused for."""
    with pytest.raises(SourceRejected) as caught:
        read(file)
    (finding,) = caught.value.findings
    assert finding.file == file.name
    assert finding.remedy
    return finding


def residents(**by_code: int) -> pl.DataFrame:
    said = [
        {"area": code, "year": "2022", "residents": many, "file": "f" * 64}
        for code, many in by_code.items()
    ]
    return pl.DataFrame(said)


# Oddities that are read


def test_na_is_a_missing_figure_and_not_nought(tmp_path: Path) -> None:
    _, tables = read(written(tmp_path, [line(fte=0), volunteers("Special Constable")]))
    frame = cubes(tables)["workforce-fte"].frame.sort("post")
    assert frame.select("post", "fte", "status").rows() == [
        ("constable", 0.0, "A"),
        ("special-constable", None, "M"),
    ]
    assert "Volunteers" in frame["note"][1]
    heads = cubes(tables)["workforce-headcount"].frame
    assert heads["headcount"].to_list() == [10, 4]


def test_a_force_without_area_is_counted_and_has_no_rate(tmp_path: Path) -> None:
    btp = line(area="N/A", force="British Transport Police", region="N/A")
    _, tables = read(written(tmp_path, [line(), btp]))
    tables.add("population", {"figures": residents(E23000036=1000)})
    made = cubes(tables)
    assert set(made["workforce-headcount"].frame["force"]) == {"avon-and-somerset", "btp"}
    rates = made["officers-per-thousand"].frame
    assert rates.select("area", "officers_per_thousand").rows() == [("E23000036", 9.5)]
    assert rates["population_year"].to_list() == ["2022"]
    assert rates["residents"].to_list() == [1000]


@pytest.mark.parametrize(
    "force", ["Avon & Somerset", "Avon and Somerset", "Avon and Somerset Constabulary"]
)
def test_a_force_goes_by_several_names(tmp_path: Path, force: str) -> None:
    _, tables = read(written(tmp_path, [line(force=force)]))
    assert figures(tables)["force"].to_list() == ["avon-and-somerset"]


@pytest.mark.parametrize(
    ("kind", "rank", "type_", "post"),
    [
        ("Special Constable", "Special Constable", "special-constable", "special-constable"),
        ("Special constable", "Special Constable", "special-constable", "special-constable"),
        (
            "Police Support Volunteer",
            "Police Support Volunteer",
            "support-volunteer",
            "support-volunteer",
        ),
        (
            "Police Support Volunteer",
            "Police support volunteer",
            "support-volunteer",
            "support-volunteer",
        ),
        ("Police Staff", "Police Staff", "staff", "staff"),
        ("Police staff", "Police Staff", "staff", "staff"),
    ],
)
def test_types_and_ranks_are_spelt_in_several_ways(
    tmp_path: Path, kind: str, rank: str, type_: str, post: str
) -> None:
    _, tables = read(written(tmp_path, [volunteers(kind, rank)]))
    assert figures(tables).select("type", "post").rows() == [(type_, post)]


def test_sexes_that_sdmx_has_no_code_for_are_kept_apart(tmp_path: Path) -> None:
    sexes = ("Female", "Male", "Not stated", "Prefer not to say", "Prefer to self-describe")
    _, tables = read(written(tmp_path, [line(sex=sex) for sex in sexes]))
    assert set(figures(tables)["sex"]) == {"F", "M", "not-stated", "not-said", "self-described"}


def test_the_headings_of_later_releases_mean_the_same(tmp_path: Path) -> None:
    _, tables = read(written(tmp_path, [line()], LATER, NEWER_HEADER))
    frame = cubes(tables)["workforce-headcount"].frame
    assert frame.select("headcount", "row", "sheet", "cell_column").rows() == [
        (10, 2, "Data", "Total (Headcount)")
    ]


def test_the_last_row_may_be_repeated_a_million_times_and_columns_trail(tmp_path: Path) -> None:
    """As in the real file: an empty row, and empty cells, repeated by attribute."""
    file = written(tmp_path, [line()])
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1019271">{empty}</table:table-row>'
    trailing = '<table:table-cell table:number-columns-repeated="16375"/>'
    patch(file.path, "</table:table-row></table:table></office:", f"{trailing}</table:table-row>{row}</table:table></office:")  # noqa: E501  # fmt: skip
    reading = Reading()
    list(loader.load([RawFile.at(file.path)], Names(), reading))
    assert (reading.records, reading.written, reading.errors) == (1, 1, [])


def test_a_nought_that_is_shown_as_a_dash_is_nought(tmp_path: Path) -> None:
    file = written(tmp_path, [line(persons=0, fte=0)])
    patch(file.path, "<text:p>0</text:p>", "<text:p><text:s/>-<text:s/></text:p>")
    _, tables = read(RawFile.at(file.path))
    assert figures(tables).select("headcount", "fte").rows() == [(0, 0.0)]


def patch(path: Path, old: str, new: str) -> None:
    """Change the content of a workbook."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    content = members["content.xml"].decode()
    assert old in content
    members["content.xml"] = content.replace(old, new).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_the_day_is_the_31_of_march(tmp_path: Path) -> None:
    quads, tables = read(written(tmp_path, [line()]))
    assert figures(tables)["period"].to_list() == ["2023-03-31"]
    label = Literal("31 March 2023", language="en")
    assert any(
        quad.subject == day("2023-03-31") and quad.predicate == RDFS.label and quad.object == label
        for quad in quads
    )


def test_a_release_has_its_day_and_the_notes_of_the_publisher(tmp_path: Path) -> None:
    quads, _ = read(written(tmp_path, [line()]))

    def said(predicate: NamedNode) -> list[str]:
        return [
            quad.object.value
            for quad in quads
            if quad.predicate == predicate and isinstance(quad.object, Literal)
        ]

    assert said(DCT.issued) == ["2023-07-26"]
    assert said(RDFS.comment) == ["A. There may be discrepancies."]
    assert not validate(f"{quad} .\n" for quad in quads).violations


def test_the_table_may_be_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / NAME.replace(".ods", ".csv")
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([HEADER, line()])
    _, tables = read(RawFile.at(path))
    assert figures(tables).select("headcount", "fte", "sheet", "row").rows() == [(10, 9.5, None, 2)]


# Revisions


def test_a_later_release_revises_an_earlier_one(tmp_path: Path) -> None:
    first = written(tmp_path, [line(), line(sex="Male")])
    later = written(tmp_path, [line(persons=12), line(sex="Male")], LATER)
    _, tables = read(later, first)
    frame = cubes(tables)["workforce-headcount"].frame
    assert frame.select("sex", "headcount", "completeness", "previous", "previous_file").rows() == [
        ("F", 12, "revised", 10, first.sha256),
        ("M", 10, None, None, None),
    ]
    assert set(frame["file"]) == {later.sha256}
    by_type = cubes(tables)["workforce-headcount-by-type"].frame
    assert by_type.select("headcount", "completeness").rows() == [(22, "revised")]


# Ethnicity


def divided(name: str, group: str, persons: int = 3, year: int = 2021) -> Line:
    whole = line(year=year, persons=persons, fte=persons)
    return (*whole[:7], name, group, *whole[7:])


def test_the_table_with_ethnicity_is_a_cube_of_its_own(tmp_path: Path) -> None:
    bame = "Black, Asian and Minority Ethnic"
    rows = [
        divided("White", "White", 5),
        divided("Asian or Asian British", bame),
        divided("Black or Black British", bame),
        divided("Mixed", bame),
        divided("Other ethnic group", bame),
        divided("Not stated", "Not stated"),
        divided("Chinese or Other Ethnic Group (pre 2021 category)", bame, year=2020),
    ]
    header = [*WITH_ETHNICITY]
    header[header.index("Sex")] = "Gender"  # so in the release of 2021
    name = "open-data-table-police-workforce-ethnicity-280721.ods"
    _, tables = read(written(tmp_path, rows, name, header))
    made = cubes(tables)
    assert list(made) == ["workforce-headcount-by-ethnicity"]
    frame = made["workforce-headcount-by-ethnicity"].frame
    assert dict(frame.select("ethnicity", "headcount").rows()) == {
        "white": 5,
        "asian": 3,
        "black": 3,
        "mixed": 3,
        "other": 3,
        "not-stated": 3,
        "chinese-or-other": 3,
    }


def test_a_single_ethnicity_is_not_a_group(tmp_path: Path) -> None:
    name = "open-data-table-police-workforce-ethnicity-280721.ods"
    file = written(tmp_path, [divided("Indian", "White")], name, WITH_ETHNICITY)
    assert refused(file).column == "Ethnicity"


def test_both_tables_are_read_together_and_their_totals_stay_apart(tmp_path: Path) -> None:
    make_example(tmp_path)
    _, tables = read(*(RawFile.at(path) for path in sorted(tmp_path.glob("*.ods"))))
    made = cubes(tables)
    assert len(made) == 5
    whole = made["workforce-headcount"].frame["headcount"].sum()
    assert made["workforce-headcount-by-ethnicity"].frame["headcount"].sum() == whole
    for cube in made.values():
        written_ = Written.of(cube, Names())
        assert written_.observations.height == cube.frame.height


# What is refused, with file, row, column, value and remedy


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"year": 1066}, "As at 31 March..."),
        ({"year": 2024}, "As at 31 March..."),  # the file is of July 2023
        ({"year": 2098}, "As at 31 March..."),
        ({"area": "E23000001"}, "Geo code"),  # that of another force
        ({"area": "N/A"}, "Geo code"),
        ({"area": "E99999999"}, "Geo code"),
        ({"force": "Avon"}, "Force Name"),
        ({"sex": "F"}, "Sex"),
        ({"rank": "General"}, "Rank description"),
        ({"rank": "Police Staff"}, "Worker type"),  # not the type of a police officer
        ({"kind": "Soldier"}, "Worker type"),
        ({"persons": "N/A"}, "Total (headcount)"),
        ({"persons": -1}, "Total (headcount)"),
        ({"persons": 1.5}, "Total (headcount)"),
        ({"persons": ""}, "Total (headcount)"),
        ({"fte": ""}, "Total (FTE)"),
        ({"fte": "n/a"}, "Total (FTE)"),
        ({"fte": -1}, "Total (FTE)"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused(
    tmp_path: Path, change: dict[str, Cell], column: str
) -> None:
    good = line(rank="Sergeant")
    wrong = line(**change)  # type: ignore[arg-type]  # mypy does not look into the dict
    finding = refused(written(tmp_path, [good, wrong]))
    assert (finding.row, finding.column) == (3, column)
    assert "Data" in finding.problem


def test_more_hours_than_persons_are_a_warning(tmp_path: Path) -> None:
    rows = [line(), line(sex="Male", persons=10, fte=10.5), line(rank="Sergeant", fte=99999)]
    reading = Reading()
    list(loader.load([written(tmp_path, rows)], Names(), reading))
    (warning,) = reading.warnings
    assert (warning.file, warning.row, warning.column) == (NAME, 4, "Total (FTE)")
    assert (warning.value, reading.written) == ("99999", 3)
    assert "more full-time equivalents than persons, who are 10" in warning.problem
    assert warning.remedy


def test_a_figure_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    """Totals would count it twice; the spelling of the type makes no difference."""
    rows = [volunteers("Special Constable"), volunteers("Special constable")]
    assert refused(written(tmp_path, rows)).row == 3


@pytest.mark.parametrize("heading", ["Rank description", "Total (FTE)", "Region"])
def test_a_lost_column_is_noticed(tmp_path: Path, heading: str) -> None:
    place = HEADER.index(heading)
    header = (*HEADER[:place], *HEADER[place + 1 :])
    row = (*line()[:place], *line()[place + 1 :])
    with pytest.raises(SourceRejected, match="there is no column"):
        read(written(tmp_path, [row], header=header))


def test_a_new_column_is_noticed(tmp_path: Path) -> None:
    file = written(tmp_path, [(*line(), "White")], header=(*HEADER, "Surprise"))
    assert refused(file).column == "Surprise"


def test_a_workbook_without_the_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_ods(path, {"Notes": [("A.", "Nothing else")]})
    assert "Data" in refused(RawFile.at(path)).problem


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(b"<!DOCTYPE html><title>503</title>")
    assert "spreadsheet" in refused(RawFile.at(path)).problem


def test_a_file_must_say_when_it_was_published(tmp_path: Path) -> None:
    assert "publication" in refused(written(tmp_path, [line()], "police-workforce.ods")).problem


# Sums, which count nobody twice


def test_every_rank_and_post_is_of_one_type() -> None:
    posts = code_list("police-post")
    assert set(type_of()) == set(posts.by_notation)
    assert set(type_of().values()) == set(code_list("worker-type").by_notation)
    assert not posts.groups


def test_every_territorial_force_of_england_and_wales_has_an_area() -> None:
    assert len(set(area_of().values())) == 43


def test_a_sum_with_a_missing_figure_is_missing(tmp_path: Path) -> None:
    rows = [line(), line(sex="Male"), volunteers("Special Constable")]
    _, tables = read(written(tmp_path, rows))
    frame = cubes(tables)["workforce-fte-by-type"].frame
    assert frame.select("type", "fte", "status").rows() == [
        ("officer", 19.0, "A"),
        ("special-constable", None, "M"),
    ]


def test_an_area_is_called_as_the_source_of_the_areas_calls_it(tmp_path: Path) -> None:
    _, tables = read(written(tmp_path, [line(area="E23000034", force="London, City of")]))
    tables.add("population", {"figures": residents(E23000034=9000)})
    areas = pl.DataFrame({"code": ["E23000034"], "name": ["London, City of"]})
    tables.add("geography", {"areas": areas})
    (area, _) = cubes(tables)["officers-per-thousand"].dimensions
    assert area.codes.labels["E23000034"] == "London, City of"


def test_no_rate_without_residents(tmp_path: Path) -> None:
    _, tables = read(written(tmp_path, [line(), line(year=2021)]))
    assert "officers-per-thousand" not in cubes(tables)
    tables.add("population", {"figures": residents(E23000036=2000)})
    frame = cubes(tables)["officers-per-thousand"].frame
    assert frame.select("period", "officers_per_thousand", "status").rows() == [
        ("2021-03-31", None, "M"),  # the only estimate is of a later year
        ("2023-03-31", 4.75, "A"),
    ]
    assert all(len(files) == 2 for files in frame.filter(status="A")["file"])


def test_the_rate_of_the_city_of_london_has_a_warning(tmp_path: Path) -> None:
    city = line(area="E23000034", force="London, City of", region="London")
    _, tables = read(written(tmp_path, [city]))
    tables.add("population", {"figures": residents(E23000034=9000)})
    (note,) = cubes(tables)["officers-per-thousand"].frame["note"]
    assert "Few people live" in note


# The real file


@pytest.fixture(scope="session")
def real_path(shared: Path) -> Path:
    path = shared / "home-office-stats" / NAME
    if not path.is_file():
        pytest.skip("the workforce table is not here")
    return path


@pytest.fixture(scope="session")
def real_tables(real_path: Path) -> Tables:
    return read(RawFile.at(real_path))[1]


def test_the_real_file_loads_as_it_is(real_tables: Tables) -> None:
    frame = figures(real_tables)
    assert frame.height == 29_304
    assert frame["row"].to_list() == list(range(2, 29_306))
    assert frame["fte"].null_count() == 2816
    assert set(frame.filter(pl.col("fte").is_null())["type"]) == {
        "special-constable",
        "support-volunteer",
    }
    assert frame["force"].n_unique() == 44


@pytest.fixture(scope="session")
def raw(
    real_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The cells of the real file in DuckDB, as they stand."""
    copy = tmp_path_factory.mktemp("workforce") / "cells.csv"
    with calamine.load_workbook(str(real_path)) as book:
        table = book.get_sheet_by_name("Data").to_python()
    names = ("year", "area", "force", "region", "sex", "rank", "type", "persons", "fte")
    with copy.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([names, *table[1:]])
    with duckdb.connect() as connection:
        cells = "CREATE TABLE cells AS FROM read_csv(?, header = true, all_varchar = true)"
        connection.execute(cells, [str(copy)])
        yield connection


def test_each_figure_is_that_of_its_cell(real_path: Path, real_tables: Tables) -> None:
    with calamine.load_workbook(str(real_path)) as book:
        table = book.get_sheet_by_name("Data").to_python()
    for name, measure in (("workforce-headcount", "headcount"), ("workforce-fte", "fte")):
        frame = cubes(real_tables)[name].frame
        assert frame.height == 29_304
        place = table[0].index(frame["cell_column"][0])
        for row, value in frame.select("row", measure).iter_rows():
            cell = table[row - 1][place]
            assert (cell == "N/A") == (value is None)
            assert value is None or value == pytest.approx(cell, abs=1e-6)


@pytest.mark.parametrize(
    ("cube", "column", "measure"),
    [
        ("workforce-headcount", "persons", "headcount"),
        ("workforce-headcount-by-type", "persons", "headcount"),
        ("workforce-fte", "fte", "fte"),
        ("workforce-fte-by-type", "fte", "fte"),
    ],
)
def test_totals_agree_with_the_raw_file(
    raw: duckdb.DuckDBPyConnection, real_tables: Tables, cube: str, column: str, measure: str
) -> None:
    """By year, force and type; nothing is counted twice, and nothing is left out."""
    query = f"""
        SELECT left(year, 4) || '-03-31', force, lower(type), sum(try_cast({column} AS DOUBLE))
        FROM cells GROUP BY ALL"""
    forces = code_list("police-force").notations()
    types = {label.lower(): name for label, name in code_list("worker-type").notations().items()}
    expected = {
        (period, forces[force], types[kind]): total
        for period, force, kind, total in raw.execute(query).fetchall()
    }
    frame = cubes(real_tables)[cube].frame
    summed = frame.group_by("period", "force", "type").agg(
        pl.col(measure).sum(), pl.col(measure).is_null().any().alias("missing")
    )
    assert len(expected) == summed.height == 17 * 44 * 5 + 6 * 44
    for period, force, kind, total, missing in summed.iter_rows():
        told = expected[period, force, kind]
        assert missing == (told is None), (period, force, kind)
        assert told is None or total == pytest.approx(told, abs=1e-5), (period, force, kind)


def test_chief_officers_are_a_rank_beside_the_others(
    raw: duckdb.DuckDBPyConnection, real_tables: Tables
) -> None:
    """The seven ranks sum up to the police officers of the file: none of them is a total."""
    query = "SELECT sum(persons::DOUBLE) FROM cells WHERE type = 'Police Officer'"
    ((officers,),) = raw.execute(query).fetchall()
    frame = cubes(real_tables)["workforce-headcount"].frame
    ranks = {post for post, kind in type_of().items() if kind == "officer"}
    assert len(ranks) == 7
    assert frame.filter(pl.col("post").is_in(ranks))["headcount"].sum() == officers


def test_officers_of_england_and_wales_are_as_many_as_the_bulletin_says(
    real_tables: Tables,
) -> None:
    """149,566 persons on 31 March 2023 in the 43 forces (Home Office, 26 July 2023)."""
    frame = cubes(real_tables)["workforce-headcount-by-type"].frame
    told = frame.filter(
        pl.col("period") == "2023-03-31", pl.col("type") == "officer", pl.col("force") != "btp"
    )
    assert told["headcount"].sum() == 149_566
