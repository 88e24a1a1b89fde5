"""Recorded crime and outcomes tables, and the classification of offences with its vintages."""

from __future__ import annotations

import csv
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import python_calamine as calamine
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, parse

from homegraph import loaders
from homegraph.graph.concepts import ONTOLOGIES, code_list, vocabulary
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.iri import CONCEPT, Names, concept
from homegraph.graph.nquads import lines
from homegraph.graph.ods import Cell, write_ods
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release
from homegraph.graph.rules import validate
from homegraph.graph.terms import DCT, RDF, SKOS, STAT, XKOS
from homegraph.loaders.crime_outcomes_open_data import generate as outcomes_example
from homegraph.loaders.offence_classification.crosswalks import links
from homegraph.loaders.recorded_crime_open_data import generate as crime_example

LOADERS = Path(__file__).parents[1] / "loaders"
CRIME, OUTCOMES, CLASSES = (
    "recorded-crime-open-data",
    "crime-outcomes-open-data",
    "offence-classification",
)
HEADINGS = crime_example.HEADINGS
VIOLENCE = "Violence against the person"
NAME = "prc-pfa-mar2013-onwards-tables-230426.ods"
OLDER = "prc-pfa-mar2013-onwards-tables-290126.ods"
ASSAULT = ("Assault with injury", VIOLENCE, "Violence with injury", "8N")
HOMICIDE = ("Homicide", VIOLENCE, "Homicide", "1/4.1/4.2/4.10")
Rows = Iterable[Sequence[Cell]]


@dataclass(frozen=True)
class World:
    """What was read of the files of some sources."""

    tables: Tables
    readings: dict[str, Reading]
    quads: list[Quad]

    def cubes(self) -> dict[str, Cube]:
        return {
            cube.name: cube
            for source in (CRIME, OUTCOMES)
            for cube in loaders.by_name(source).cubes(self.tables, Names())
        }

    def of(self, subject: NamedNode, predicate: NamedNode) -> set[str]:
        return {
            quad.object.value
            for quad in self.quads
            if quad.subject == subject
            and quad.predicate == predicate
            and isinstance(quad.object, NamedNode | Literal)
        }


def world(files: dict[str, list[Path]]) -> World:
    tables, readings, quads = Tables(), {}, []
    for source, paths in files.items():
        reading = readings[source] = Reading()
        raw = [RawFile.at(path) for path in paths]
        quads += list(loaders.by_name(source).load(raw, Names(), reading))
        assert reading.records == reading.written + reading.refused
        tables.add(source, reading.tables)
    for source in files:
        derive = loaders.by_name(source).derive
        assert derive is not None
        quads += list(derive(tables, Names(), Reading()))
    return World(tables, readings, quads)


def row(
    number: Cell = 5,
    year: str = "2019/20",
    quarter: Cell = 1,
    force: str = "Avon and Somerset",
    offence: tuple[str, str, str, str] = ASSAULT,
) -> tuple[Cell, ...]:
    return (year, quarter, force, *offence, number)


def tables(folder: Path, sheets: dict[str, Rows], name: str = NAME) -> World:
    path = folder / name
    write_ods(path, {sheet: [HEADINGS, *rows] for sheet, rows in sheets.items()})
    return world({CRIME: [path]})


def only(cube: Cube, **codes: str) -> dict[str, object]:
    wanted = [pl.col(name) == code for name, code in codes.items()]
    (found,) = cube.frame.filter(*wanted).to_dicts()
    return found


def problem(found: World, source: str = CRIME) -> str:
    (error,) = found.readings[source].errors
    return str(error)


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("offences")
    made = {source: loaders.by_name(source).example(folder) for source in (CRIME, OUTCOMES)}
    found = {source: sorted(where.iterdir()) for source, where in made.items()}
    return {CLASSES: [LOADERS / "offence_classification/example/reccrime-offence-ref.csv"], **found}


@pytest.fixture(scope="session")
def example(examples: dict[str, list[Path]]) -> World:
    return world(examples)


@pytest.fixture(scope="session")
def cubes(example: World) -> dict[str, Cube]:
    return example.cubes()


@pytest.fixture(scope="session")
def release(
    examples: dict[str, list[Path]],
    tmp_path_factory: pytest.TempPathFactory,
    make: Callable[..., Release],
) -> Release:
    wanted = {source.replace("-", "_"): paths for source, paths in examples.items()}
    gaps = LOADERS / "declared_gaps/example/declared-gaps.csv"
    return make(tmp_path_factory.mktemp("home"), declared_gaps=[gaps], **wanted)


# Reading the tables


@pytest.mark.parametrize("sheet", ["2019-20", "2019_20"])
def test_a_sheet_is_named_by_its_year_with_a_hyphen_or_a_low_line(
    tmp_path: Path, sheet: str
) -> None:
    found = tables(tmp_path, {sheet: [row(7)]})
    read = only(found.cubes()["offences-by-quarter"], code="8N")
    assert (read["period"], read["offences"], read["sheet"]) == ("2019-2020/Q1", 7, sheet)
    assert (read["row"], read["cell_column"]) == (2, "Number of Offences")


def test_sheets_of_notes_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_ods(path, {"Notes": [("Some notes",), (None, 3)], "2019-20": [HEADINGS, row()]})
    assert world({CRIME: [path]}).readings[CRIME].records == 1


def test_a_table_on_a_sheet_without_a_year_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(SourceRejected, match="'Table 1' has the headings of the table"):
        tables(tmp_path, {"2019-20": [row()], "Table 1": [row()]})


def test_a_row_of_another_year_than_its_sheet_is_named(tmp_path: Path) -> None:
    found = tables(tmp_path, {"2019-20": [row(), row(year="2018/19")]})
    assert problem(found) == (
        f"{NAME}: row 3: column 'Financial Year' holds '2018/19': the row is of another year than "
        "its sheet (sheet '2019-20'). Move the row to the sheet of its year, or correct the year."
    )


@pytest.mark.parametrize(
    ("bad", "column", "value"),
    [
        (row(force="Avon & Somerst"), "Force Name", "Avon & Somerst"),
        (row(year="2019/21"), "Financial Year", "2019/21"),
        (row(quarter=5), "Financial Quarter", "5"),
        (row(number=2.5), "Number of Offences", "2.5"),
        (row(number="-"), "Number of Offences", "-"),
        (row(number=None), "Number of Offences", ""),
        (row(offence=(*ASSAULT[:3], "8 N")), "Offence Code", "8 N"),
        (row(offence=("", *ASSAULT[1:])), "Offence Description", ""),
    ],
)
def test_what_cannot_be_read_is_named_by_file_sheet_row_and_column(
    tmp_path: Path, bad: tuple[Cell, ...], column: str, value: str
) -> None:
    found = tables(tmp_path, {"2019-20": [row(), row(quarter=2), bad]})
    (error,) = found.readings[CRIME].errors
    assert (error.file, error.row, error.column, error.value) == (NAME, 4, column, value)
    assert "(sheet '2019-20')" in error.problem
    assert found.readings[CRIME].refused == 1


def test_a_sheet_whose_rows_are_all_refused_is_no_fault_of_ours(tmp_path: Path) -> None:
    wrong = [row(force="Narnia"), row(force="Narnia", quarter=2)]
    found = tables(tmp_path, {"2018-19": [row(year="2018/19")], "2019-20": wrong})
    reading = found.readings[CRIME]
    assert [(error.row, error.column) for error in reading.errors] == [
        (2, "Force Name"),
        (3, "Force Name"),
    ]
    assert (reading.written, reading.refused) == (1, 2)
    assert reading.tables["figures"].schema["offences"] == pl.Int64


def test_a_column_that_is_new_or_gone_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_ods(path, {"2019-20": [(*HEADINGS, "Surprise"), (*row(), "x")]})
    with pytest.raises(SourceRejected, match="Surprise"):
        world({CRIME: [path]})
    write_ods(path, {"2019-20": [HEADINGS[:-1], row()[:-1]]})
    with pytest.raises(SourceRejected, match="no column 'Number of Offences'"):
        world({CRIME: [path]})


def test_a_figure_that_a_file_gives_twice_is_an_error(tmp_path: Path) -> None:
    found = tables(tmp_path, {"2019-20": [row(5), row(5)]})
    assert "row 3: column 'Offence Code' holds '8N': the force, period and code stand in an " in (
        problem(found)
    )


def rewritten(path: Path, old: str, new: str) -> None:
    """Change the content of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert old in parts["content.xml"]
    parts["content.xml"] = parts["content.xml"].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def test_merged_cells_are_found_though_the_reader_does_not_tell(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_ods(path, {"2019-20": [HEADINGS, row(), row(quarter=2)]})
    rewritten(
        path,
        '<table:table-cell office:value-type="float" office:value="1">',
        '<table:table-cell table:number-rows-spanned="2" office:value-type="float" '
        'office:value="1">',
    )
    with pytest.raises(SourceRejected, match="the cells B2:B3 are merged"):
        world({CRIME: [path]})


def test_merged_cells_among_the_notes_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_ods(path, {"Notes": [(1,), ("A note",)], "2019-20": [HEADINGS, row()]})
    rewritten(path, "<table:table-cell ", '<table:table-cell table:number-columns-spanned="9" ')
    assert world({CRIME: [path]}).readings[CRIME].written == 1


def xlsx(path: Path, rows: Rows, more: str = "") -> Path:
    """A workbook as Office Open XML has it, with one sheet, of 2019-20."""
    office = "http://schemas.openxmlformats.org/"
    main, rels = office + "spreadsheetml/2006/main", office + "officeDocument/2006/relationships"
    links = f'<Relationships xmlns="{office}package/2006/relationships"><Relationship Id="r1" '
    lines = "".join(
        "<row>"
        + "".join(
            f"<c><v>{cell}</v></c>"
            if isinstance(cell, int)
            else f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            for cell in cells
        )
        + "</row>"
        for cells in rows
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}package/2006/content-types"/>',
        "_rels/.rels": f'{links}Type="{rels}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/_rels/workbook.xml.rels": f'{links}Type="{rels}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rels}"><sheets>'
        '<sheet name="2019_20" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData>'
        f"{more}</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_workbook_of_excel_is_read_as_strictly(tmp_path: Path) -> None:
    path = tmp_path / NAME.replace(".ods", ".xlsx")
    rows = [HEADINGS, row(), row(8, quarter=2)]
    frame = world({CRIME: [xlsx(path, rows)]}).cubes()["offences-by-quarter"].frame
    assert frame.select("offences", "sheet", "row").rows() == [(5, "2019_20", 2), (8, "2019_20", 3)]
    with pytest.raises(SourceRejected, match="the cells B2:B3 are merged"):
        world({CRIME: [xlsx(path, rows, '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>')]})
    xlsx(path, rows)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text.replace("<c><v>8</v></c>", '<c t="e"><v>#REF!</v></c>'))
    with pytest.raises(SourceRejected, match="the formula in the cell has failed"):
        world({CRIME: [path]})


def test_a_last_row_repeated_a_million_times_by_attribute_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / NAME
    write_ods(path, {"2019-20": [HEADINGS, row()]})
    rewritten(
        path,
        "</table:table>",
        '<table:table-row table:number-rows-repeated="1019271"><table:table-cell '
        'table:number-columns-repeated="20"/></table:table-row></table:table>',
    )
    assert world({CRIME: [path]}).readings[CRIME].records == 1


def test_the_day_of_publication_is_in_the_name_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceRejected, match="does not end with the day of publication"):
        tables(tmp_path, {"2019-20": [row()]}, "prc-pfa-mar2013-onwards-tables.ods")


def test_the_same_table_as_csv_is_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "prc-pfa-mar2013-onwards-tables-230426.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADINGS, row(7), row(8, year="2020/21", quarter="Q3")])
    frame = world({CRIME: [path]}).cubes()["offences-by-quarter"].frame
    assert frame.select("period", "offences", "row", "sheet").rows() == [
        ("2019-2020/Q1", 7, 2, None),
        ("2020-2021/Q3", 8, 3, None),
    ]


def test_a_year_of_the_full_tables_has_the_rows_of_the_real_release(tmp_path: Path) -> None:
    path = crime_example.write_tables(tmp_path, crime_example.Edition((2024,)), "230426")
    reading = world({CRIME: [path]}).readings[CRIME]
    assert (reading.records, reading.written) == (25_356, 25_356)
    assert reading.tables["figures"]["force"].n_unique() == 47
    assert reading.tables["classes"].height == 144 + 3


# Figures


def test_figures_below_nought_stay_and_say_what_they_are(tmp_path: Path) -> None:
    read = only(tables(tmp_path, {"2019-20": [row(-3)]}).cubes()["offences-by-quarter"], code="8N")
    assert (read["offences"], read["status"]) == (-3, "A")
    assert read["note"] == (
        "Below nought: offences recorded earlier were cancelled or transferred."
    )


def test_sums_below_nought_say_so_too(cubes: dict[str, Cube], tmp_path: Path) -> None:
    few = tables(tmp_path, {"2019-20": [row(-3)]}).cubes()
    below = 0
    for cube in (*few.values(), *cubes.values()):
        found = cube.frame.filter(pl.col(cube.measure.column) < 0)
        below += found.height
        assert found["note"].str.contains("^.*Below nought: ").all(), cube.name
    assert below > 5


def test_composite_codes_keep_their_slashes_and_are_not_taken_apart(tmp_path: Path) -> None:
    many = [row(2, offence=HOMICIDE), row(4, offence=("Infanticide", *HOMICIDE[1:3], "4.10"))]
    found = tables(tmp_path, {"2019-20": [*many, row(3, offence=(*HOMICIDE[:3], "4.1"))]})
    cube = found.cubes()["offences-by-quarter"]
    assert dict(cube.frame.select("code", "offences").rows()) == {
        "1/4.1/4.2/4.10": 2,
        "4.10": 4,
        "4.1": 3,
    }
    whole = NamedNode(f"{CONCEPT}offence-code/1/4.1/4.2/4.10")
    assert found.of(whole, SKOS.notation) == {"1/4.1/4.2/4.10"}
    assert {name.rpartition("/")[2] for name in found.of(whole, SKOS.related)} == {"4.1", "4.10"}


def test_action_fraud_and_the_like_are_no_forces_and_lack_no_quarter(tmp_path: Path) -> None:
    fraud = ("Fraud: CIFAS", "Fraud offences", "Fraud: CIFAS", "CIFAS")
    rows = [row(), row(quarter=2), row(9, quarter=2, force="CIFAS", offence=fraud)]
    cubes = tables(tmp_path, {"2019-20": rows}).cubes()
    frame = cubes["offences-by-quarter"].frame
    assert frame.filter(pl.col("force") == "cifas").height == 1
    assert frame["completeness"].null_count() == frame.height
    assert only(cubes["offences-england-and-wales"], code="fraud-cifas")["offences"] == 9


def test_a_quarter_that_a_force_lacks_is_missing_and_not_nought(tmp_path: Path) -> None:
    rows = [row(), row(quarter=2), row(force="Kent"), row(8, offence=HOMICIDE)]
    cubes = tables(tmp_path, {"2019-20": rows}).cubes()
    read = only(cubes["offences-by-quarter"], force="kent", period="2019-2020/Q2")
    assert (read["offences"], read["status"], read["completeness"]) == (None, "M", "missing")
    assert read["note"] == "July to September 2019 were not supplied."


def cells(path: Path) -> Counter[tuple[str, str, str, str]]:
    """The figures of a workbook, read without a line of ours: year, quarter, force, sub-group."""
    found = Counter[tuple[str, str, str, str]]()
    with calamine.load_workbook(path) as book:
        for name in book.sheet_names:
            header, *rows = book.get_sheet_by_name(name).to_python()
            for cell in rows if header == list(HEADINGS) else []:
                said = dict(zip(header, map(str, cell), strict=True))
                quarter = f"Q{said['Financial Quarter'].removesuffix('.0')}"
                key = (said["Financial Year"], quarter, said["Force Name"])
                found[(*key, said["Offence Subgroup"])] += int(float(said["Number of Offences"]))
    return found


def test_greater_manchester_2019_is_a_partial_total_that_says_what_it_lacks(
    cubes: dict[str, Cube], examples: dict[str, list[Path]]
) -> None:
    found = cells(examples[CRIME][0])
    expected = sum(
        number
        for (year, quarter, force, _), number in found.items()
        if force == "Greater Manchester"
        and (year, quarter) in {("2018/19", "Q4"), ("2019/20", "Q1"), ("2019/20", "Q3")}
    )
    total = only(cubes["offences-total-by-year"], force="greater-manchester", period="2019")
    assert total["offences"] == expected > 0
    assert (total["status"], total["completeness"]) == (None, "partial")
    assert total["note"] == "July to December 2019 were not supplied."
    quarters = cubes["offences-total-by-quarter"]
    for period in ("2019-2020/Q2", "2019-2020/Q3"):
        missing = only(quarters, force="greater-manchester", period=period)
        assert (missing["offences"], missing["completeness"]) == (None, "missing")
    other = only(cubes["offences-total-by-year"], force="leicestershire", period="2019")
    assert (other["status"], other["completeness"]) == ("A", None)


def test_a_total_of_the_country_names_the_force_that_it_lacks(cubes: dict[str, Cube]) -> None:
    total = only(cubes["offences-england-and-wales-total-by-year"], period="2019")
    assert (total["area"], total["completeness"]) == ("K04000001", "partial")
    lacks = "Greater Manchester Police: July to December 2019 were not supplied."
    assert total["note"] == f"{lacks} Only 5 of 43 forces are counted."
    forces = cubes["offences-total-by-year"].frame.filter(pl.col("period") == "2019")
    assert total["offences"] == forces["offences"].sum()


def test_a_total_of_the_country_from_some_of_its_forces_is_partial(tmp_path: Path) -> None:
    """A file that lacks forces altogether says nothing of them: all 43 are expected."""
    fraud = ("Fraud: CIFAS", "Fraud offences", "Fraud: CIFAS", "CIFAS")
    names = [name for name in crime_example.FORCES if name != "Kent"]
    rows = [row(2, force=name) for name in names] + [row(9, force="CIFAS", offence=fraud)]
    for kent, expected in ([], 42), ([row(2, force="Kent")], 43):
        found = tables(tmp_path, {"2019-20": [*rows, *kent]}).cubes()
        for number, code in ((2 * expected + 2, "violence-with-injury"), (9, "fraud-cifas")):
            figure = only(found["offences-england-and-wales"], code=code)
            assert figure["offences"] == number, "British Transport Police are counted too"
            said = (figure["status"], figure["completeness"], figure["note"])
            only_some = (None, "partial", "Only 42 of 43 forces are counted.")
            assert said == (only_some if expected == 42 else ("A", None, None))
    about = found["offences-england-and-wales"].description
    assert "British Transport Police are counted in it" in about
    assert "national bodies for fraud" in about
    assert "counted in it" not in found["offences-by-quarter"].description


def test_a_force_of_northern_ireland_is_not_in_a_table_of_england_and_wales(
    tmp_path: Path,
) -> None:
    name = "Police Service of Northern Ireland"
    found = tables(tmp_path, {"2019-20": [row(), row(force=name)]})
    assert "row 3: column 'Force Name'" in problem(found)
    assert "the table is of England and Wales" in problem(found)


def test_made_figures_say_so_wherever_they_are_shown(example: World, tmp_path: Path) -> None:
    for cube in example.cubes().values():
        assert cube.title.endswith(" (made figures)")
        assert cube.description.startswith("Made figures: ")
    for source in (CRIME, OUTCOMES):
        node = Names().data(source, "release", "2026-04-23")
        (title,) = example.of(node, DCT.title)
        assert title.endswith("(made figures), published 2026-04-23")
    workforce = loaders.by_name("police-workforce")
    files = [RawFile.at(path) for path in sorted(workforce.example(tmp_path).iterdir())]
    held, reading = Tables(), Reading()
    list(workforce.load(files, Names(), reading))
    held.add("police-workforce", reading.tables)
    for cube in workforce.cubes(held, Names()):
        assert cube.title.endswith(" (made figures)")
        assert cube.description.startswith("Made figures: ")
    real = tables(tmp_path, {"2019-20": [row()]})
    for cube in real.cubes().values():
        assert "made" not in f"{cube.title} {cube.description}".casefold()
    (title,) = real.of(Names().data(CRIME, "release", "2026-04-23"), DCT.title)
    assert title == "Police recorded crime open data tables, published 2026-04-23"


def test_sums_are_those_of_the_file(
    cubes: dict[str, Cube], examples: dict[str, list[Path]]
) -> None:
    by_name = {path.name: cells(path) for path in examples[CRIME]}
    found = by_name[NAME]
    expected = Counter[tuple[str, str]]()
    for (year, quarter, _, subgroup), number in found.items():
        expected[f"{year[:4]}-{int(year[:4]) + 1}/{quarter}", subgroup] += number
    cube = cubes["offences-england-and-wales"]
    labels = cube.dimensions[2].codes.labels
    rows = cube.frame.filter(pl.col("offences").is_not_null()).to_dicts()
    assert {(said["period"], labels[said["code"]]): said["offences"] for said in rows} == expected
    for name, levels in (("offences-by-quarter-group", 10), ("offences-by-quarter-subgroup", 20)):
        frame = cubes[name].frame
        assert frame["offences"].sum() == sum(expected.values())
        assert frame["code"].n_unique() >= levels


def test_years_are_there_only_where_the_tables_have_four_quarters(cubes: dict[str, Cube]) -> None:
    assert set(cubes["offences-by-year"].frame["period"]) == {"2019"}
    assert set(cubes["offences-by-government-year"].frame["period"]) == {
        "2018-2019",
        "2019-2020",
        "2023-2024",
    }


def test_two_hundred_figures_are_found_again_in_their_cells(
    cubes: dict[str, Cube], examples: dict[str, list[Path]]
) -> None:
    paths = {RawFile.at(path).sha256: path for path in examples[CRIME]}
    frame = cubes["offences-by-quarter"].frame.filter(pl.col("offences").is_not_null())
    books: dict[tuple[str, str], Sequence[Sequence[object]]] = {}
    chosen = random.Random(4).sample(frame.to_dicts(), 200)
    for read in chosen:
        key = (read["file"], read["sheet"])
        if key not in books:
            with calamine.load_workbook(paths[read["file"]]) as book:
                books[key] = book.get_sheet_by_name(read["sheet"]).to_python()
        cell = dict(zip(books[key][0], books[key][read["row"] - 1], strict=True))
        assert cell["Offence Code"] == read["code"]
        assert cell[read["cell_column"]] == read["offences"]


def editions(folder: Path, older: Rows, newer: Rows) -> World:
    paths = [folder / OLDER, folder / NAME]
    for path, rows in zip(paths, (older, newer), strict=True):
        write_ods(path, {"2019-20": [HEADINGS, *rows]})
    return world({CRIME: paths})


def test_the_later_edition_counts_and_says_what_it_revised(tmp_path: Path) -> None:
    found = editions(tmp_path, [row(5), row(9, quarter=2)], [row(7), row(9, quarter=2)])
    older, newer = (RawFile.at(tmp_path / name).sha256 for name in (OLDER, NAME))
    cubes = found.cubes()
    read = only(cubes["offences-by-quarter"], period="2019-2020/Q1")
    assert (read["offences"], read["previous"], read["completeness"]) == (7, 5, "revised")
    assert (read["file"], read["previous_file"]) == (newer, older)
    same = only(cubes["offences-by-quarter"], period="2019-2020/Q2")
    assert (same["offences"], same["previous"], same["file"]) == (9, None, newer)
    total = only(cubes["offences-total-by-quarter"], period="2019-2020/Q1")
    assert (total["offences"], total["previous"], total["completeness"]) == (7, 5, "revised")


def test_a_figure_that_the_later_edition_lacks_is_withdrawn(tmp_path: Path) -> None:
    found = editions(tmp_path, [row(5), row(2, offence=HOMICIDE)], [row(5)])
    read = only(found.cubes()["offences-by-quarter"], code="1/4.1/4.2/4.10")
    assert (read["offences"], read["status"], read["completeness"]) == (None, "M", "withdrawn")
    assert (read["previous"], read["note"]) == (
        2,
        "The latest edition of the table no longer gives this figure.",
    )


# Outcomes


def outcome(
    recorded: Cell = 5,
    closed: Cell = 6,
    kind: Cell = 1,
    expired: str | None = None,
    code: str = "8N",
    force: str = "Kent",
) -> tuple[Cell, ...]:
    named = (code, *ASSAULT[:3], expired)
    label, group, _ = outcomes_example.OUTCOMES.get(int(str(kind)), ("Other", "Other", 0))
    return ("2019/20", 1, force, *named, kind, label, group, recorded, closed)


def outcomes(folder: Path, *rows: tuple[Cell, ...]) -> World:
    path = folder / "prc-outcomes-open-data-mar2020-tables-230426.ods"
    sheet = [outcomes_example.HEADINGS, *rows]
    write_ods(path, {"Cover": [("A cover",)], "Outcomes_open_data_2019_20": sheet})
    return world({OUTCOMES: [path]})


@pytest.mark.parametrize(
    "said",
    ["NA", "N/A", "N/A - Offence code expired", "N/A - offence code expired"],
)
def test_a_cell_that_does_not_apply_counts_for_nothing(tmp_path: Path, said: str) -> None:
    cubes = outcomes(tmp_path, outcome(said, 6), outcome(4, 5, code="8P")).cubes()
    assert only(cubes["crime-outcomes-by-quarter"], outcome="1")["outcomes"] == 4
    assert only(cubes["crime-outcomes-closed-by-quarter"], outcome="1")["outcomes"] == 11


def test_data_not_provided_is_not_nought(tmp_path: Path) -> None:
    none = "N/A - data not provided"
    rows = [outcome(none, none, 8), outcome(none, 3), outcome(4, 5, code="8P")]
    cube = outcomes(tmp_path, *rows).cubes()["crime-outcomes-by-quarter"]
    missing, partial = only(cube, outcome="8"), only(cube, outcome="1")
    assert (missing["outcomes"], missing["status"]) == (None, "M")
    assert missing["completeness"] == "missing"
    assert (partial["outcomes"], partial["completeness"]) == (4, "partial")
    assert partial["note"] == "Some of what this figure counts was not provided by the force."


def test_another_spelling_of_no_figure_is_an_error(tmp_path: Path) -> None:
    found = problem(outcomes(tmp_path, outcome("..", 3)), OUTCOMES)
    assert "column 'Outcomes for offences that were recorded in the quarter' holds '..'" in found


def test_type_nought_is_read_and_is_no_outcome(tmp_path: Path) -> None:
    cubes = outcomes(tmp_path, outcome(-2, "N/A", 0), outcome()).cubes()
    assert only(cubes["crime-outcomes-by-quarter-total"], outcome="0")["outcomes"] == -2
    closed = cubes["crime-outcomes-closed-by-quarter-total"].frame
    assert closed["outcome"].to_list() == ["1"]
    assert code_list("outcome-type").labels[concept("outcome-type", "0")] == (
        "No outcome assigned yet"
    )


def test_the_mark_of_an_expired_code_is_a_small_x(tmp_path: Path) -> None:
    found = outcomes(tmp_path, outcome(expired="x"))
    assert found.readings[OUTCOMES].tables["figures"]["expired"].to_list() == ["yes"]
    assert "'No'" in problem(outcomes(tmp_path, outcome(expired="No")), OUTCOMES)


@pytest.mark.parametrize("kind", ["23", "1a", "charged"])
def test_an_outcome_type_that_is_not_in_the_list_is_an_error(tmp_path: Path, kind: str) -> None:
    row = list(outcome())
    row[8] = kind
    assert f"column 'Outcome Type' holds '{kind}'" in problem(
        outcomes(tmp_path, tuple(row)), OUTCOMES
    )


def test_there_are_twenty_two_types_of_outcome_and_nought() -> None:
    known = code_list("outcome-type")
    numbers = sorted(int(key) for key in known.by_notation if key.isdigit())
    assert numbers == list(range(23))
    assert not {known.code(str(number)) for number in numbers} & known.groups


def test_sums_of_outcomes_are_those_of_the_file(
    cubes: dict[str, Cube], examples: dict[str, list[Path]]
) -> None:
    expected = Counter[tuple[str, str, str]]()
    for path in examples[OUTCOMES]:
        with calamine.load_workbook(path) as book:
            header, *rows = book.get_sheet_by_index(1).to_python()
        for cell in rows:
            said = dict(zip(header, cell, strict=True))
            number = said["Outcomes for offences that were recorded in the quarter"]
            if isinstance(number, float):
                quarter, kind = f"{said['Financial Quarter']:.0f}", f"{said['Outcome Type']:.0f}"
                expected[str(said["Financial Year"]), quarter, kind] += int(number)
    found = Counter[tuple[str, str, str]]()
    frame = cubes["crime-outcomes-by-quarter"].frame.drop_nulls("outcomes")
    for period, kind, number in frame.select("period", "outcome", "outcomes").iter_rows():
        found[f"{period[:4]}/{period[7:9]}", period[-1], kind] += number
    assert found == expected


def test_each_release_names_the_types_in_its_own_words(example: World) -> None:
    here = NamedNode(f"{CONCEPT}outcome-type-2026-04-23/18")
    assert example.of(here, SKOS.prefLabel) == {"18 Investigation complete – no suspect identified"}
    assert example.of(here, SKOS.exactMatch) == {concept("outcome-type", "18").value}


# The reference table and its quirks


REFERENCE = (
    "Offence Code,Offence description,Old PRC offence group,Old offence sub-group,"
    "New ONS offence group,New ONS sub-offence group"
)
GOOD = "46,Shoplifting,Other theft offences,,Theft offences,Shoplifting"


def reference(folder: Path, *records: str) -> World:
    path = folder / "reccrime-offence-ref.csv"
    path.write_text("\r\n".join([REFERENCE, *records, ""]), encoding="utf-8", newline="")
    return world({CLASSES: [path]})


def codes(found: World) -> list[dict[str, str | None]]:
    return found.readings[CLASSES].tables["reference"].drop("file", "row").to_dicts()


def test_a_code_that_stands_twice_is_read_once_with_a_warning(tmp_path: Path) -> None:
    found = reference(tmp_path, GOOD, GOOD)
    (warning,) = found.readings[CLASSES].warnings
    assert (warning.row, warning.value, warning.problem) == (3, "46", "the row repeats row 2")
    assert len(codes(found)) == 1


def test_a_code_that_stands_twice_in_different_groups_is_an_error(tmp_path: Path) -> None:
    found = reference(tmp_path, GOOD, GOOD.replace(",Shoplifting", ",Other"))
    assert "row 3: column 'Offence Code' holds '46'" in problem(found, CLASSES)


def test_a_composite_code_is_one_code(tmp_path: Path) -> None:
    found = reference(tmp_path, GOOD.replace("46", "4.4/6/8"), GOOD.replace("46", "4.6"))
    assert [row["code"] for row in codes(found)] == ["4.4/6/8", "4.6"]
    whole = NamedNode(f"{CONCEPT}offence-code/4.4/6/8")
    assert found.of(whole, SKOS.related) == {f"{CONCEPT}offence-code/4.6"}


def test_a_starred_code_came_after_the_old_groups(tmp_path: Path) -> None:
    later = f"106*,Modern Slavery,,,{VIOLENCE},Violence without injury"
    (row,) = codes(reference(tmp_path, later))
    assert (row["code"], row["old_group"]) == ("106", None)
    for wrong in (later.replace("*", ""), GOOD.replace("46", "46*")):
        found = reference(tmp_path, wrong)
        assert "a star and an old group exclude each other" in problem(found, CLASSES)


def test_the_footnote_in_the_code_column_is_no_code(tmp_path: Path) -> None:
    note = '"* These offences were introduced after 31 March 2013",,,,,'
    found = reference(tmp_path, GOOD, note)
    assert (len(codes(found)), found.readings[CLASSES].written) == (1, 2)
    wrong = reference(tmp_path, GOOD, note.replace(",,,,,", ",Fraud,,,,"))
    assert "a value stands beside a note" in problem(wrong, CLASSES)


def test_the_blank_record_is_passed_over(tmp_path: Path) -> None:
    found = reference(tmp_path, GOOD, ",,,,,", GOOD.replace("46", "47"))
    assert (len(codes(found)), found.readings[CLASSES].records) == (2, 2)


def test_trailing_and_double_blanks_are_taken_off(tmp_path: Path) -> None:
    (row,) = codes(reference(tmp_path, GOOD.replace("46,Shoplifting,", "46,Less  serious   ,")))
    assert row["description"] == "Less serious"


def test_the_real_reference_table_is_read_as_it_is(shared: Path) -> None:
    found = world({CLASSES: [shared / "home-office-stats" / "reccrime-offence-ref.csv"]})
    reading = found.readings[CLASSES]
    assert (reading.records, reading.written, reading.refused) == (197, 187, 10)
    assert len(reading.warnings) == 10
    table = {row["code"]: row for row in codes(found)}
    with (shared / "reference" / "home-office-offence-classes.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        known = {row["offence_code"]: row for row in csv.DictReader(stream) if row["source"] == "A"}
    assert table.keys() == known.keys()
    for key, row in known.items():
        assert (table[key]["group"], table[key]["subgroup"]) == (
            row["offence_group"],
            row["offence_subgroup"],
        )


# Vintages and crosswalks


def vintage(name: str, key: str = "") -> NamedNode:
    return NamedNode(f"{CONCEPT}offence-code{name and '-'}{name}{key and '/'}{key}")


def test_each_release_is_a_scheme_with_three_levels(example: World) -> None:
    for name in ("reference", "2026-01-29", "2026-04-23"):
        node = vintage(name)
        assert example.of(node, RDF.type) == {SKOS.ConceptScheme.value}
        assert example.of(node, XKOS.numberOfLevels) == {"3"}
        assert example.of(vintage(name, "level-3"), SKOS.member) >= {vintage(name, "8N").value}
    assert example.of(vintage("2026-04-23"), DCT.title) == {
        "Offence classification, release of 23 April 2026"
    }
    assert example.of(vintage("2026-04-23"), XKOS.follows) == {vintage("2026-01-29").value}


def test_a_code_has_one_name_in_all_releases_where_it_means_the_same(example: World) -> None:
    assert example.of(vintage("", "8N"), SKOS.exactMatch) == {
        vintage(name, "8N").value for name in ("reference", "2026-01-29", "2026-04-23")
    } | {concept("offence-class", "8N").value}
    assert example.of(vintage("", "99A"), SKOS.note) == {
        "Not among the codes of offence-code-2026-04-23, the newest table read."
    }


def test_codes_come_from_the_release_and_are_not_fixed_in_code(tmp_path: Path) -> None:
    new = ("Theft of time", "New group", "New sub-group", "777Z")
    found = tables(tmp_path, {"2019-20": [row(3, offence=new)]})
    assert found.of(vintage("", "777Z"), SKOS.broader) == {vintage("", "new-sub-group").value}
    assert only(found.cubes()["offences-by-quarter-group"])["code"] == "new-group"


def test_dashes_and_capitals_of_a_group_make_no_new_group(tmp_path: Path) -> None:
    one = ("Assault", "Drug Offences", "Death – unlawful driving", "1")
    other = ("Battery", "Drug offences", "Death - unlawful driving", "2")
    found = tables(tmp_path, {"2019-20": [row(1, offence=one), row(2, offence=other)]})
    assert only(found.cubes()["offences-by-quarter-subgroup"])["offences"] == 3
    here = vintage("", "drug-offences")
    assert found.of(here, SKOS.prefLabel) | found.of(here, SKOS.altLabel) == {one[1], other[1]}


def association(first: str, second: str, *keys: str) -> NamedNode:
    return Names().thing("correspondence", first, second, *keys)


def test_a_code_that_changed_its_group_is_a_link_between_releases(example: World) -> None:
    older, newer = "offence-code-reference", "offence-code-2026-01-29"
    keys = ("violence-without-injury", "stalking-and-harassment")
    link = association(older, newer, *keys)
    assert example.of(link, XKOS.sourceConcept) == {f"{CONCEPT}{older}/{keys[0]}"}
    assert example.of(link, XKOS.targetConcept) == {f"{CONCEPT}{newer}/{keys[1]}"}
    assert example.of(link, DCT.references) == {vintage("", "8L").value}
    assert example.of(link, STAT.linkStatus) == {concept("link-status", "ours").value}
    moved = association(older, newer, "8L", "8L")
    assert example.of(moved, XKOS.sourceConcept) == {f"{CONCEPT}{older}/8L"}
    assert not example.of(association(older, newer, "8N", "8N"), RDF.type)
    assert example.of(vintage("", "8L"), SKOS.broader) == {
        vintage("", "stalking-and-harassment").value
    }


def test_old_groups_lead_to_those_of_today_by_the_publishers_own_table(example: World) -> None:
    link = association(
        "offence-group-2013",
        "offence-code-reference",
        "violence-against-the-person-without-injury",
        "possession-of-weapons-offences",
    )
    assert example.of(link, DCT.references) == {vintage("", "10D").value}
    assert example.of(link, STAT.linkStatus) == {concept("link-status", "official").value}
    assert example.of(link, DCT.source) == {Names().data(CLASSES).value}


def test_twenty_five_of_twenty_eight_sub_groups_have_a_category_of_police_uk(
    shared: Path,
) -> None:
    path = shared / "reference" / "home-office-subgroup-to-police-uk.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    ours = [link for link in links() if link.other_list == "crime-category"]
    assert len(rows) == 28
    assert len(ours) == sum(bool(row["police_uk_slug"]) for row in rows) == 25
    assert {link.status for link in ours} == {"third-party"}
    assert not [link for link in ours if link.concept.startswith("fraud")]
    for link in ours:
        code_list("crime-category").code(link.other_concept)


def test_a_sub_group_is_matched_with_a_category_as_far_as_both_reach(example: World) -> None:
    category = {
        key: concept("crime-category", key).value for key in ("shoplifting", "violent-crime")
    }
    shops, rape = vintage("", "shoplifting"), vintage("", "rape-offences")
    assert category["shoplifting"] in example.of(shops, SKOS.closeMatch)
    assert category["violent-crime"] in example.of(rape, SKOS.broadMatch)
    link = association("offence-code", "crime-category", "shoplifting", "shoplifting")
    assert example.of(link, STAT.linkStatus) == {concept("link-status", "third-party").value}
    assert example.of(link, DCT.source)


def test_groups_and_sub_groups_lead_to_the_international_classification(example: World) -> None:
    known = code_list("iccs")
    for link in links():
        if link.other_list == "iccs":
            known.code(link.other_concept)
            assert link.status == "ours"
    homicide = example.of(vintage("", "homicide"), SKOS.broadMatch)
    assert concept("iccs", "01").value in homicide
    robbery = example.of(vintage("", "robbery"), SKOS.closeMatch)
    assert concept("iccs", "0401").value in robbery


def test_the_international_classification_is_as_far_as_its_source(shared: Path) -> None:
    known = code_list("iccs")
    with (shared / "reference" / "iccs-codes.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(known.by_notation) == 47
    assert {row["iccs_code"]: row["label"] for row in rows} == {
        notation: known.labels[node] for notation, node in known.by_notation.items()
    }
    assert known.read("ICCS0101") == known.code("0101")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("crime-category-2011", "Violent crime", {"violent-crime"}),
        (
            "crime-category-2011",
            "Public disorder and weapons",
            {"public-order", "possession-of-weapons"},
        ),
        ("crime-category-2010", "Violent crime", {"violent-crime"}),
    ],
)
def test_older_names_of_categories_lead_to_those_of_today(
    name: str, old: str, new: set[str]
) -> None:
    concept_of_old = code_list(name).read(old)
    quads = list(parse(path=ONTOLOGIES / f"{name}.ttl", format=RdfFormat.TURTLE))
    made = {quad.subject for quad in quads if (quad.predicate, quad.object) == (
        XKOS.sourceConcept, concept_of_old
    )}  # fmt: skip
    targets = {
        quad.object
        for quad in quads
        if quad.subject in made and quad.predicate == XKOS.targetConcept
    }
    assert targets == {concept("crime-category", key) for key in new}


def test_all_links_have_a_status_and_a_source_and_the_lists_keep_the_rules(
    example: World,
) -> None:
    said = [*lines(example.quads), *lines(vocabulary(Names()))]
    assert not validate(said).violations
    without = [line for line in said if STAT.linkStatus.value not in line]
    broken = {result.shape.rpartition("#")[2] for result in validate(without).violations}
    assert broken == {"association-status"}


def test_only_one_source_writes_the_list_of_codes(example: World, tmp_path: Path) -> None:
    graphs = {
        quad.graph_name
        for quad in example.quads
        if quad.subject == vintage("", "8N") and quad.predicate == SKOS.prefLabel
    }
    assert graphs == {Names().graph(CLASSES)}
    alone = tables(tmp_path, {"2019-20": [row()]})
    assert alone.of(vintage("", "8N"), SKOS.prefLabel) == {"8N Assault with injury"}


# A release


ASKED = """
PREFIX stat: <https://w3id.org/homegraph/def/statistics#>
PREFIX force: <https://w3id.org/homegraph/def/concept/police-force/>
PREFIX completeness: <https://w3id.org/homegraph/def/concept/completeness/>
PREFIX sdmx: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX prov: <http://www.w3.org/ns/prov#>
SELECT ?number ?note ?file WHERE {
    ?total stat:force force:greater-manchester ; stat:offences ?number ; rdfs:comment ?note ;
        sdmx:refPeriod <http://reference.data.gov.uk/id/year/2019> ;
        stat:completeness completeness:partial ; prov:wasDerivedFrom ?file .
    FILTER NOT EXISTS { ?total stat:offenceCode ?any }
}"""


def asked(release: Release, query: str) -> list[tuple[str, ...]]:
    """The answer of a release's store."""
    found = release.store().query(query, use_default_graph_as_union=True)
    assert isinstance(found, QuerySolutions)
    return [tuple(str(getattr(term, "value", "")) for term in solution) for solution in found]


def test_the_total_of_greater_manchester_is_asked_for_and_says_that_it_is_incomplete(
    release: Release, cubes: dict[str, Cube]
) -> None:
    total = only(cubes["offences-total-by-year"], force="greater-manchester", period="2019")
    ((number, note, file),) = asked(release, ASKED)
    assert (number, note) == (str(total["offences"]), "July to December 2019 were not supplied.")
    files = total["file"]
    assert isinstance(files, list)
    assert [file] == [Names().thing("file", sha256).value for sha256 in files]


def test_the_code_of_each_figure_is_a_concept_with_a_name(release: Release) -> None:
    query = """
    PREFIX stat: <https://w3id.org/homegraph/def/statistics#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT DISTINCT ?code WHERE {
        { ?any stat:offenceCode ?code } UNION { ?any stat:outcomeType ?code }
        UNION { ?any stat:force ?code }
        FILTER NOT EXISTS { ?code a skos:Concept ; skos:prefLabel ?label ; skos:inScheme ?list } }
    """
    assert asked(release, query) == []
