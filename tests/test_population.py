"""Residents: each figure leads back to its cell, revisions are kept, rates cite their year."""

from __future__ import annotations

import csv
import gzip
import io
import random
import zipfile
from collections import Counter
from html import escape
from pathlib import Path

import polars as pl
import pytest
import python_calamine as calamine

from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.rates import ATTRIBUTES, begins, per_thousand, with_residents
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import STAT
from homegraph.loaders.geography import loader as geography
from homegraph.loaders.population import loader
from homegraph.loaders.population.figures import sums, winners

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "loaders" / "population"
LOOKUPS = ("LAD17_CSP17_PFA17_EW.csv", "LAD23_CSP23_PFA23_EW.csv", "la_all_codes.csv")
REAL = (
    "LAD23_Mid_Year_pop_2011_to_2022.xlsx",
    "LAD23_Mid_Year_pop_2011_to_2023.xlsx",
    "MYEB3_summary_components_of_change_series_UK_2020_geog20.csv.gz",
    "MYEB3_summary_components_of_change_series_UK_2020_geog21.csv.gz",
    "london_lsoa_deprivation.xlsx",
)
MAIN = "http://schemas.openxmlformats.org/"


class World:
    """What files of estimates become, with areas beside them."""

    def __init__(self, files: list[Path], areas: list[Path]) -> None:
        self.reading, self.tables = Reading(), Tables()
        self.files = {raw.sha256: path for path in files for raw in [RawFile.at(path)]}
        raw = [RawFile.at(path) for path in files]
        self.quads = list(loader.load(raw, Names(), self.reading))
        self.reading.insist()
        beside = Reading()
        list(geography.load([RawFile.at(path) for path in areas], Names(), beside))
        self.tables.add("population", self.reading.tables)
        self.tables.add("geography", beside.tables)
        list(geography.derive(self.tables, Names(), Reading()))
        list(loader.derive(self.tables, Names(), Reading()))

    @property
    def figures(self) -> pl.DataFrame:
        """The table `figures` as it is after everything has been derived."""
        found = self.tables.get("population", "figures")
        assert found is not None
        return found.collect()

    @property
    def cube(self) -> Cube:
        (cube,) = loader.cubes(self.tables, Names())
        return cube

    def figure(self, area: str, year: str) -> dict[str, object]:
        """One figure with all that is said of it."""
        rows = self.figures.filter(pl.col("area") == area, pl.col("year") == year)
        assert rows.height == 1
        return rows.row(0, named=True)

    def name(self, figure: dict[str, object], column: str = "file") -> str:
        """The name of the file that a figure is from."""
        return self.files[str(figure[column])].name


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())


@pytest.fixture(scope="module")
def small() -> World:
    """The fixtures of both sources."""
    areas = files_in(ROOT / "loaders" / "geography" / "fixture")
    return World(files_in(SOURCE / "fixture"), areas)


@pytest.fixture(scope="module")
def england_and_wales(shared: Path) -> World:
    """The real estimates and lookups."""
    folder = shared / "geography"
    areas = [*(folder / "lookups" / name for name in LOOKUPS)]
    return World([folder / "population" / name for name in REAL], areas)


def workbook(path: Path, sheets: dict[str, list[list[str | int]]]) -> Path:
    """A workbook of the plainest kind, its texts in their cells."""
    types = f'<Types xmlns="{MAIN}package/2006/content-types"></Types>'
    links = f'xmlns="{MAIN}package/2006/relationships"'
    office = f"{MAIN}officeDocument/2006/relationships"
    numbered = list(enumerate(sheets.items(), start=1))
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in numbered
    )
    listed = f"<sheets>{listed}</sheets>"
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in numbered
    )
    book = f'<Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
    main = f'xmlns="{MAIN}spreadsheetml/2006/main"'
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": f"<Relationships {links}>{book}</Relationships>",
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}">{listed}</workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships {links}>{related}</Relationships>",
    }
    for number, (_, table) in numbered:
        rows = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in table)
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f"<worksheet {main}><sheetData>{rows}</sheetData></worksheet>"
        )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return path


def cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def estimates(
    path: Path, day: str, *rows: list[str | int], year: str = "2022", heading: str = "Mid-{}"
) -> Path:
    """A workbook of mid-year estimates."""
    header: list[str | int] = ["Code", "Name", "Geography", heading.format(year)]
    sheets = {
        "Cover sheet": [[f"Date published: {day}"]],
        "MYE4": [["MYE4: a title"], ["A remark."], [], header, *rows],
    }
    return workbook(path, sheets)  # type: ignore[arg-type]


def bristol(number: str | int, code: str = "E06000023") -> list[str | int]:
    return [code, "Bristol, City of", "Unitary Authority", number]


# The real files


def test_the_real_files_load_as_they_are(england_and_wales: World) -> None:
    reading = england_and_wales.reading
    assert (reading.records, reading.written, reading.refused) == (6302, 6162, 140)
    assert not reading.errors
    assert england_and_wales.figures.height == 20713
    assert Counter(finding.problem for finding in reading.warnings) == {
        "27 rows are of counties, which no police figure here is of, and are left out": 2,
        "43 rows are of districts in Scotland and Northern Ireland, and are left out": 2,
    }


def test_200_figures_lead_back_to_their_cells(england_and_wales: World) -> None:
    figures = england_and_wales.figures.filter(pl.col("row").is_not_null())
    books: dict[tuple[str, str | None], list[list[object]]] = {}
    for figure in random.Random(4).sample(figures.to_dicts(), 200):
        path, sheet = england_and_wales.files[figure["file"]], figure["sheet"]
        if (path.name, sheet) not in books:
            books[path.name, sheet] = read_again(path, sheet)
        table = books[path.name, sheet]
        header = next(row for row in table if figure["cell_column"] in row)
        row = table[figure["row"] - 1]
        found = row[header.index(figure["cell_column"])]
        assert row[0] == figure["area"]
        assert int(float(str(found))) == figure["residents"]


def read_again(path: Path, sheet: str | None) -> list[list[object]]:
    """The rows of a sheet or CSV file, by other means than the loader's."""
    if sheet is None:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
            return [list(row) for row in csv.reader(stream)]
    book = calamine.load_workbook(io.BytesIO(path.read_bytes()))
    return [list(row) for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]


def test_the_file_of_2023_revises_all_figures_for_mid_2022_but_few(
    england_and_wales: World,
) -> None:
    bristol = england_and_wales.figure("E06000023", "2022")
    assert england_and_wales.name(bristol) == "LAD23_Mid_Year_pop_2011_to_2023.xlsx"
    before = england_and_wales.name(bristol, "previous_file")
    assert before == "LAD23_Mid_Year_pop_2011_to_2022.xlsx"
    assert bristol["completeness"] == "revised"
    assert bristol["previous"] != bristol["residents"]
    of_2022 = england_and_wales.figures.filter(
        pl.col("year") == "2022", pl.col("row").is_not_null()
    )
    assert (of_2022.height, of_2022["previous"].is_not_null().sum()) == (330, 327)


def test_the_header_is_in_row_8_and_the_years_go_backwards(england_and_wales: World) -> None:
    figure = england_and_wales.figure("K04000001", "2023")
    assert (figure["row"], figure["cell_column"], figure["residents"]) == (9, "Mid-2023", 60854727)
    assert england_and_wales.figure("K04000001", "2011")["cell_column"] == "Mid-2011"


def test_a_figure_that_two_files_agree_on_is_cited_from_the_later(
    england_and_wales: World,
) -> None:
    figure = england_and_wales.figure("K04000001", "2021")
    assert england_and_wales.name(figure) == "LAD23_Mid_Year_pop_2011_to_2023.xlsx"
    assert figure["completeness"] is None
    assert figure["previous_file"] is None


def test_force_areas_add_up_to_england_and_wales(england_and_wales: World) -> None:
    for year in ("2011", "2015", "2022", "2023"):
        force = pl.col("area").str.contains("^(E23|W15)") & (pl.col("year") == year)
        areas = england_and_wales.figures.filter(force)
        assert areas.height == 43
        whole = england_and_wales.figure("K04000001", year)
        assert areas["residents"].sum() == whole["residents"]


def test_force_areas_have_residents_in_every_year_since_2001(england_and_wales: World) -> None:
    forces = england_and_wales.figures.filter(pl.col("area").str.contains("^(E23|W15)"))
    assert forces.height == 43 * 23
    # In the older files, the districts of then: Mendip and its neighbours, not Somerset.
    note = str(england_and_wales.figure("E23000036", "2005")["note"])
    assert note.startswith("Sum of 8 districts: E06000022")
    assert "E07000187" in note
    assert "E06000066" not in note


def test_a_partnership_of_a_merged_district_is_summed_only_while_that_was_not_merged(
    england_and_wales: World,
) -> None:
    # Corby (E22000159) was a district until 2021 and is a part of North Northamptonshire since.
    lookups = england_and_wales.tables.get("geography", "members")
    assert lookups is not None
    corby = lookups.filter(pl.col("code") == "E07000150", pl.col("kind") == "csp").collect()
    (partnership,) = corby["member_of"]
    years = england_and_wales.figures.filter(pl.col("area") == partnership)["year"]
    assert (years.min(), years.max()) == ("2001", "2020")
    figure = england_and_wales.figure(partnership, "2020")
    assert figure["residents"] == england_and_wales.figure("E07000150", "2020")["residents"]


def test_small_areas_of_london_have_a_figure_without_prisoners(england_and_wales: World) -> None:
    figure = england_and_wales.figure("E01000001", "2015")
    assert (figure["residents"], figure["sheet"], figure["row"]) == (1296, "Population figures", 2)
    assert figure["note"] == "Prisoners are not counted."
    london = england_and_wales.figures.filter(pl.col("area").str.starts_with("E01"))
    assert london.height == 4835


def test_names_agree_with_those_of_the_areas(england_and_wales: World) -> None:
    known = england_and_wales.tables.get("geography", "areas")
    assert known is not None
    named = dict(known.select("code", "name").collect().iter_rows())
    for quad in england_and_wales.quads:
        code = quad.subject.value.rpartition("/")[2]
        if quad.predicate.value.endswith("label") and code in named:
            assert quad.object.value == named[code]


# The cube


def test_the_cube_has_one_figure_for_each_area_and_year(small: World) -> None:
    frame = small.cube.frame
    assert frame.select("area", "year").is_unique().all()
    assert frame["residents"].null_count() == 0
    assert set(frame["day"].str.slice(4)) == {"-06-30"}
    codes = small.cube.dimensions[0].codes
    assert codes.labels["E06000023"] == "Bristol, City of"
    assert codes.labels["E23000039"] == "Dorset"


def test_without_areas_there_are_no_sums_and_all_else(small: World) -> None:
    tables = Tables()
    tables.add("population", small.reading.tables)
    assert list(loader.derive(tables, Names(), Reading())) == []
    (cube,) = loader.cubes(tables, Names())
    assert not cube.frame["area"].str.starts_with("E23").any()
    assert cube.frame.height > 20
    assert list(loader.cubes(Tables(), Names())) == []


# Files


def test_years_stand_in_the_header_below_the_title_lines(small: World) -> None:
    figure = small.figure("E06000023", "2023")
    assert (figure["sheet"], figure["row"], figure["cell_column"]) == ("MYE4", 11, "Mid-2023")


def test_both_spellings_of_the_day_of_publication_are_read(tmp_path: Path) -> None:
    first = estimates(tmp_path / "mye22tables.xlsx", "23rd November 2023", bristol(470))
    later = estimates(tmp_path / "mye23tables.xlsx", "15 July 2024", bristol(480))
    for files in ([first, later], [later, first]):
        world = World(files, [])
        figure = world.figure("E06000023", "2022")
        assert (figure["residents"], figure["previous"]) == (480, 470)
        assert world.name(figure) == "mye23tables.xlsx"


def refused(path: Path) -> str:
    with pytest.raises(SourceRejected) as caught:
        World([path], [])
    return str(caught.value)


def test_faults_of_a_workbook_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mye23tables.xlsx"
    assert "does not say when" in refused(estimates(path, "soon", bristol(1)))
    said = refused(estimates(path, "15 July 2024", bristol("many")))
    assert "row 5: column 'Mid-2022' holds 'many': not a whole number" in said
    said = refused(estimates(path, "15 July 2024", bristol(9_999_999_999)))
    assert "column 'Mid-2022' holds '9999999999': more people than there are. Give a" in said
    assert "does not say when" in refused(estimates(path, "31 June 2024", bristol(1)))
    said = refused(estimates(path, "15 July 2024", bristol(1, "Bristol")))
    assert "row 5: column 'Code' holds 'Bristol'" in said
    said = refused(estimates(path, "15 July 2024", ["E06000023", "Bristol", "Parish", 1]))
    assert "not a kind of area that is known here" in said
    said = refused(estimates(path, "15 July 2024", bristol(1), heading="Surprise {}"))
    assert "nobody reads this column" in said
    said = refused(
        workbook(path, {"Cover sheet": [["Date published: 1 May 2024"]], "MYE4": [["x"]]})
    )
    assert "no row that begins with Code" in said


@pytest.mark.parametrize("second", [471, 470])
def test_an_area_that_stands_twice_in_a_file_is_refused_and_not_called_revised(
    tmp_path: Path, second: int
) -> None:
    path = estimates(tmp_path / "mye23tables.xlsx", "15 July 2024", bristol(470), bristol(second))
    said = refused(path)
    assert "row 6: column 'Code' holds 'E06000023': row 5 gives figures of the same area" in said


def components(tmp_path: Path, *rows: str) -> Path:
    """A series of components of change."""
    path = tmp_path / "MYEB3_summary_components_of_change_series_UK_2020_geog20.csv"
    header = "ladcode20,laname20,country,population_2019,population_2020"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_of_components_are_named_when_they_cannot_be_true(tmp_path: Path) -> None:
    good, huge = "E06000023,Bristol,E,463000,466000", "9" * 20
    said = refused(components(tmp_path, good, "E06000023,Bristol,E,463001,466000"))
    assert "row 3: column 'ladcode20' holds 'E06000023': row 2 gives figures of the same" in said
    said = refused(components(tmp_path, f"E06000023,Bristol,E,463000,{huge}"))
    assert f"row 2: column 'population_2020' holds '{huge}': more people than there are" in said


def test_a_file_of_an_unknown_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lancashire_ward_pop.xlsx"
    path.write_bytes(b"x")
    assert "nobody knows how to read a file of this name" in refused(path)


# Revisions and sums


def published(*rows: tuple[str, str, int, str, str]) -> pl.DataFrame:
    """Figures of several files: area, year, residents, file, day."""
    columns = ("area", "year", "residents", "file", "published")
    frame = pl.DataFrame(list(rows), columns, orient="row")
    return frame.select(
        "area",
        pl.lit("").alias("name"),
        "year",
        pl.col("residents").cast(pl.Int64),
        "file",
        pl.lit(None, pl.String).alias("sheet"),
        pl.lit(2, pl.Int64).alias("row"),
        pl.lit("x").alias("cell_column"),
        "published",
        pl.lit(None, pl.String).alias("note"),
    )


def test_the_figure_before_a_revision_is_the_newest_that_differs() -> None:
    frame = published(
        ("E06000023", "2012", 10, "a", "2021"),
        ("E06000023", "2012", 12, "b", "2023-11-23"),
        ("E06000023", "2012", 12, "c", "2024-07-15"),
    )
    (row,) = winners(frame).to_dicts()
    assert (row["residents"], row["file"]) == (12, "c")
    assert (row["previous"], row["previous_file"], row["completeness"]) == (10, "a", "revised")


def members(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), ("code", "kind", "member_of", "share"), orient="row")


def test_an_area_is_not_summed_when_a_district_is_missing_or_only_partly_in_it() -> None:
    known = members(
        ("E06000001", "csp", "E22000001", "whole"),
        ("E06000002", "csp", "E22000001", "whole"),
        ("E06000003", "csp", "E22000002", "part"),
        ("E06000003", "csp", "E22000003", "part"),
        ("E06000004", "csp", "E22000003", "whole"),
    )
    both = published(
        ("E06000001", "2023", 5, "a", "2024"),
        ("E06000002", "2023", 7, "a", "2024"),
        ("E06000003", "2023", 9, "a", "2024"),
        ("E06000004", "2023", 1, "a", "2024"),
    )
    (row,) = sums(both, known).to_dicts()
    assert (row["area"], row["residents"]) == ("E22000001", 12)
    assert row["note"] == "Sum of 2 districts: E06000001, E06000002."
    assert sums(both.filter(pl.col("area") != "E06000002"), known).is_empty()
    # Districts of two files are never mixed.
    mixed = both.with_columns(
        pl.when(pl.col("area") == "E06000002").then(pl.lit("b")).otherwise("file").alias("file")
    )
    assert sums(mixed, known).is_empty()


# Rates


def with_population(*rows: tuple[str, str, int]) -> Tables:
    tables = Tables()
    frame = pl.DataFrame(list(rows), ("area", "year", "residents"), orient="row")
    tables.add("population", {"figures": frame.with_columns(pl.lit("p").alias("file"))})
    return tables


def counts(**columns: object) -> pl.DataFrame:
    return pl.DataFrame({"file": "f", **columns})


def test_a_rate_uses_the_estimate_of_the_year_or_the_newest_earlier_one() -> None:
    tables = with_population(("A", "2021", 1000), ("A", "2023", 2000))
    frame = counts(
        area=["A"] * 6,
        period=["2024-03", "2022-Q4", "2021", "2020-01", "2022-2023/Q4", "2022-07-01T00:00:00/P1Y"],
        offences=[4] * 6,
    )
    rates = per_thousand(frame, tables, count="offences", rate="rate")
    assert rates["rate"].to_list() == [2.0, 4.0, 4.0, None, 2.0, 4.0]
    used = ["2023", "2021", "2021", None, "2023", "2021"]
    assert rates["population_year"].to_list() == used
    assert rates["residents"].to_list() == [2000, 1000, 1000, None, 2000, 1000]
    assert rates["period"].to_list() == frame["period"].to_list()
    assert rates["file"].to_list()[0] == ["f", "p"]
    assert "offences" not in rates.columns


def test_no_residents_are_no_rate_and_the_note_says_so() -> None:
    tables = with_population(("A", "2023", 0))
    frame = counts(area=["A", "B", None], period="2024-03", n=[4, 4, 4])
    rates = per_thousand(frame, tables, count="n", rate="rate")
    assert rates["rate"].to_list() == [None, None, None]
    assert rates["status"].to_list() == ["M", "M", "M"]
    assert all("No number of residents" in note for note in rates["note"])
    nothing = per_thousand(frame, Tables(), count="n", rate="rate")
    assert nothing["rate"].null_count() == 3


def test_no_rate_over_an_incomplete_period_is_given_as_if_it_were_complete() -> None:
    tables = with_population(("A", "2019", 1000))
    frame = counts(
        area="A",
        period=["2019", "2020", "2021"],
        n=[500, 700, None],
        status=[None, "A", "M"],
        completeness=["partial", None, "missing"],
        note=["July to December 2019 were not supplied.", None, None],
    )
    rates = per_thousand(frame, tables, count="n", rate="rate")
    assert rates["rate"].to_list() == [None, 700.0, None]
    assert rates["completeness"].to_list() == ["partial", None, "missing"]
    assert rates["status"].to_list() == [None, "A", "M"]
    said = "July to December 2019 were not supplied. No rate is given for a period that is not"
    assert rates["note"][0].startswith(said)
    assert rates["note"][1] is None


def test_a_rate_of_a_revised_count_drops_what_was_said_of_the_count() -> None:
    tables = with_population(("A", "2023", 1000))
    frame = counts(
        area="A",
        period=["2024"],
        n=[5],
        previous=[4],
        previous_file="e",
        row=3,
        sheet="s",
        cell_column="c",
        completeness="revised",
    )
    rates = per_thousand(frame, tables, count="n", rate="rate")
    assert rates["completeness"][0] is None
    assert not {"previous", "previous_file", "row", "sheet", "cell_column"} & set(rates.columns)
    assert {a.column for a in ATTRIBUTES} <= set(rates.columns)
    # What a rate was divided by is not the measure of the cube of residents.
    assert STAT.residents not in {a.property for a in ATTRIBUTES}


def test_residents_are_added_to_any_frame_and_rows_keep_their_order() -> None:
    tables = with_population(("A", "2023", 10), ("B", "2022", 20))
    frame = counts(place=["B", "A", "B"], time=["2024", "2023", "2021"])
    found = with_residents(frame, tables, area="place", period="time")
    assert found["place"].to_list() == ["B", "A", "B"]
    assert found["residents"].to_list() == [20, 10, None]
    assert begins("2024-03-31") == 2024
    with pytest.raises(ValueError, match="not the code of a period"):
        begins("March")
