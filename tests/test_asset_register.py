"""The information asset register: read from CSV, ODS and XLSX alike, strictly, and by its rules."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from pyoxigraph import Literal, Quad, RdfFormat, parse
from rdflib import RDF, SH, Graph, URIRef

from homegraph import loaders
from homegraph.graph import nquads, rules, sheet
from homegraph.graph.concepts import code_list
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.sheet_faults import letters
from homegraph.graph.terms import ASSET, DCT, RDFS, XSD
from homegraph.graph.terms import RDF as RDF_TERMS
from homegraph.graph.terms import SOURCE as SOURCE_TERMS

ROOT = Path(__file__).parents[1]
SOURCE = loaders.by_name("information_asset_register")
COLUMNS: tuple[str, ...] = SOURCE.module.COLUMNS
FIXTURE = SOURCE.folder / "fixture" / "information-asset-register.csv"
EXAMPLE = SOURCE.folder / "example" / "information-asset-register.csv"
Table = list[list[str]]
Merged = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0


def table(path: Path) -> Table:
    """The cells of a CSV file, header first."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [[re.sub("\r\n?", "\n", cell) for cell in line] for line in csv.reader(stream)]


def changed(column: str, value: str, row: int = 2) -> Table:
    """The fixture with one cell changed; rows are numbered as a spreadsheet numbers them."""
    cells = table(FIXTURE)
    cells[row - 1][COLUMNS.index(column)] = value
    return cells


def write_csv(path: Path, cells: Iterable[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(cells)
    return path


def ods_cell(text: str, spanned: str = "") -> str:
    """A cell typed as a spreadsheet program would type it."""
    if not text:
        return f"<table:table-cell{spanned}/>"
    kind = f'office:value-type="string"{spanned}'
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        kind = f'office:value-type="date" office:date-value="{text}"{spanned}'
    elif re.fullmatch(r"[0-9]|[1-9][0-9]*", text):
        kind = f'office:value-type="float" office:value="{text}"{spanned}'
    elif text in {"yes", "no"}:
        truth = str(text == "yes").lower()
        kind = f'office:value-type="boolean" office:boolean-value="{truth}"{spanned}'
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f"<table:table-cell {kind}>{paragraphs}</table:table-cell>"


def ods_row(number: int, cells: list[str], merged: list[Merged]) -> str:
    written = []
    for column, text in enumerate(cells):
        spanned = "".join(
            f' table:number-rows-spanned="{last - first + 1}"'
            f' table:number-columns-spanned="{right - left + 1}"'
            for first, left, last, right in merged
            if (first, left) == (number, column)
        )
        written.append(ods_cell(text, spanned))
    return f"<table:table-row>{''.join(written)}</table:table-row>"


def ods(path: Path, sheets: dict[str, Table], merged: list[Merged] | None = None) -> Path:
    """A spreadsheet as OpenDocument has it, with a million empty rows below the last."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(ods_row(number, cells, merged or []) for number, cells in enumerate(lines))
        + '<table:table-row table:number-rows-repeated="1048000">'
        + '<table:table-cell table:number-columns-repeated="1024"/></table:table-row></table:table>'
        for name, lines in sheets.items()
    )
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text")
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
        )
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f"{tables}</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def xlsx_cell(text: str) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        days = (date.fromisoformat(text) - date(1899, 12, 30)).days
        return f'<c s="1"><v>{days}</v></c>'
    if re.fullmatch(r"[0-9]|[1-9][0-9]*", text):
        return f"<c><v>{text}</v></c>"
    if text in {"yes", "no"}:
        return f'<c t="b"><v>{int(text == "yes")}</v></c>'
    if not text:
        return "<c/>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def xlsx(path: Path, cells: Table, merged: str = "") -> Path:
    """A spreadsheet as Office Open XML has it."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join(f"<row>{''.join(map(xlsx_cell, line))}</row>" for line in cells)
    ranges = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{rels}/styles" Target="styles.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rels}"><sheets>'
        '<sheet name="Register" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData>'
        f"{ranges}</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def edit(path: Path, part: str, old: str, new: str) -> None:
    """Change one part of a spreadsheet file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert parts[part].count(old) == 1
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def quads(path: Path, reading: Reading | None = None) -> list[Quad]:
    return list(SOURCE.load([RawFile.at(path)], Names(), reading or Reading()))


def lines(path: Path) -> list[str]:
    reading = Reading()
    found = nquads.lines(quads(path, reading))
    assert list(reading) == []
    return found


def finding(path: Path) -> Finding:
    """The one thing that is wrong with a file."""
    reading = Reading()
    try:
        list(quads(path, reading))
        reading.insist()
    except SourceRejected as error:
        (only,) = error.findings
        return only
    raise AssertionError("nothing was found wrong")


@pytest.mark.parametrize("path", [FIXTURE, EXAMPLE], ids=["fixture", "example"])
def test_csv_ods_and_xlsx_say_the_same(path: Path, tmp_path: Path) -> None:
    said = lines(path)
    assert said == lines(ods(tmp_path / "register.ods", {"Register": table(path)}))
    assert said == lines(xlsx(tmp_path / "register.XLSX", table(path)))


def test_the_fixture_says_what_is_expected() -> None:
    expected = (SOURCE.folder / "expected.nq").read_text(encoding="utf-8")
    assert "".join(lines(FIXTURE)) == expected


def test_the_columns_are_the_sixteen_of_the_template_and_those_of_governance() -> None:
    assert COLUMNS[:16] == (
        *("Title", "IARN", "Identifier", "Description", "Subject", "Coverage", "Date"),
        *("Updating frequency", "Date modified", "Source", "Format", "Language", "Author"),
        *("Publisher", "Rights", "Category"),
    )
    assert COLUMNS[16] == "Owner post"
    assert COLUMNS[-1] == "Source document"
    assert list(COLUMNS) == table(FIXTURE)[0] == table(EXAMPLE)[0]


WRONG = [
    ("Owner post", "", "empty", "Name the post"),
    ("Title", "", "empty", "short name"),
    ("IARN", "", "empty", "number of its own"),
    ("IARN", "HO-900", "stands twice", "number of its own"),
    ("Classification", "VERY SECRET", "classification.ttl", "Write one of: OFFICIAL"),
    ("Publication decision", "Maybe", "publication-decision.ttl", "Write one of: Published"),
    ("Exemption", "s40; s99", "foi-exemption.ttl", "s40; s31"),
    ("Maturity level", "6", "maturity-level.ttl", "from 0 to 5"),
    ("Privacy impact assessment", "perhaps", "privacy-assessment.ttl", "signed off, in progress"),
    ("Risk review date", "01/04/2013", "not a day", "2013-04-01"),
    ("Risk review date", "2013-02-30", "day is out of range", "2013-04-01"),
    ("Review due", "2013-04", "not a day", "2013-04-01"),
    ("Sign-off date", "April 2013", "not a day", "2013-04-01"),
    ("Last annual assessment", "2013", "not a day", "2013-04-01"),
    ("Date", "2013-13", "not a day, month or year", "2013-04"),
    ("Coverage", "Utopia", "not a word", "england and wales"),
    ("Coverage", "2013-04/soon", "not a day, month or year", "2008-04/2013-03"),
    ("Updating frequency", "now and then", "not a word", "quarterly"),
    ("Format", "ods; parchment", "not a word", "xlsx"),
    ("Language", "Latin", "not a word", "welsh"),
    ("Personal data", "maybe", "not a word", "yes or no"),
    ("Vital record", "1", "not a word", "yes or no"),
    ("Access requests", "2012-11 | developer", "three parts", "2012-11 | developer | granted"),
    ("Access requests", "2012-11 | Jane Doe | granted", "requester-kind.ttl", "never a name"),
    ("Access requests", "2012-11 | developer | ok", "access-outcome.ttl", "granted"),
    ("Published datasets", "Street crime", "one of our words", "small letters"),
    ("Illustrative fields", "Retention; Colour", "'Colour'", "letter for letter"),
]


@pytest.mark.parametrize(
    ("column", "value", "problem", "remedy"), WRONG, ids=[f"{c} {v}" for c, v, *_ in WRONG]
)
def test_what_is_wrong_is_named_by_file_row_column_value_and_remedy(
    column: str, value: str, problem: str, remedy: str, tmp_path: Path
) -> None:
    row = 4 if value == "HO-900" else 2
    cells = changed(column, value, row)
    for path in (
        write_csv(tmp_path / "register.csv", cells),
        ods(tmp_path / "register.ods", {"Register": cells}),
    ):
        found = finding(path)
        assert (found.file, found.row, found.column) == (path.name, row, column)
        assert found.value == value
        assert problem in found.problem
        assert remedy in found.remedy


def test_a_date_of_an_assessment_that_was_not_made_is_wrong(tmp_path: Path) -> None:
    cells = changed("Privacy impact assessment", "none")
    cells[1][COLUMNS.index("PIA date")] = "2013-01-31"
    found = finding(write_csv(tmp_path / "register.csv", cells))
    assert (found.row, found.column, found.value) == (2, "PIA date", "2013-01-31")


def test_a_number_that_stands_in_two_files_is_wrong(tmp_path: Path) -> None:
    reading = Reading()
    files = [RawFile.at(FIXTURE), RawFile.at(write_csv(tmp_path / "b.csv", table(FIXTURE)))]
    list(SOURCE.load(files, Names(), reading))
    assert [(error.file, error.row) for error in reading.errors] == [
        ("b.csv", 2),
        ("b.csv", 3),
        ("b.csv", 4),
        ("b.csv", 5),
    ]
    assert (reading.records, reading.written, reading.refused) == (8, 4, 4)


def test_a_ragged_row_is_wrong(tmp_path: Path) -> None:
    cells = table(FIXTURE)
    cells[2].append("one too many")
    found = finding(write_csv(tmp_path / "register.csv", cells))
    assert (found.row, found.file) == (3, "register.csv")
    assert "cells" in found.problem


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_noticed(column: str, tmp_path: Path) -> None:
    at = COLUMNS.index(column)
    cells = [line[:at] + line[at + 1 :] for line in table(FIXTURE)]
    found = finding(ods(tmp_path / "register.ods", {"Register": cells}))
    assert repr(column) in found.problem


def test_a_new_column_is_noticed_once_and_not_in_each_row(tmp_path: Path) -> None:
    cells = [[*line, "x"] for line in table(FIXTURE)]
    cells[0][-1] = "Colour"
    for path in (
        write_csv(tmp_path / "register.csv", cells),
        xlsx(tmp_path / "register.xlsx", cells),
        ods(tmp_path / "register.ods", {"Register": cells}),
    ):
        found = finding(path)
        assert (found.file, found.row, found.column) == (path.name, 1, "Colour")
    below = ods(tmp_path / "lower.ods", {"Register": [[""] * len(cells[0])] * 3 + cells})
    assert (finding(below).row, finding(below).column) == (4, "Colour")


def test_merged_cells_are_named_with_their_sheet(tmp_path: Path) -> None:
    owner = COLUMNS.index("Owner post")
    cells = changed("Owner post", "Chief Statistician")
    merged: list[Merged] = [(1, owner, 2, owner)]
    for path in (
        ods(tmp_path / "register.ods", {"Register": cells}, merged),
        xlsx(tmp_path / "register.xlsx", cells, "Q2:Q3"),
    ):
        found = finding(path)
        assert found.problem == "the cells Q2:Q3 are merged (sheet 'Register')"
        assert (found.row, found.column, found.value) == (2, "Owner post", "Chief Statistician")
        assert found.remedy.startswith("Split them")


@pytest.mark.parametrize("gap", ["<text:tab/>", "<text:line-break/>"])
def test_a_cell_of_which_a_part_would_be_lost_is_wrong(gap: str, tmp_path: Path) -> None:
    path = ods(tmp_path / "register.ods", {"Register": changed("Retention", "ten@years")})
    edit(path, "content.xml", "ten@years", f"ten{gap}years")
    found = finding(path)
    assert (found.row, found.column) == (2, "Retention")
    assert "tab or a line break" in found.problem


def test_a_formula_that_failed_is_wrong(tmp_path: Path) -> None:
    cells = changed("Retention", "ten years", row=3)
    excel = xlsx(tmp_path / "register.xlsx", cells)
    text = '<c t="inlineStr"><is><t xml:space="preserve">ten years</t></is></c>'
    edit(excel, "xl/worksheets/sheet1.xml", text, '<c t="e"><v>#REF!</v></c>')
    libre = ods(tmp_path / "register.ods", {"Register": cells})
    calc = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    text = 'office:value-type="string"><text:p>ten years'
    wrong = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
    edit(libre, "content.xml", text, f'{wrong} xmlns:calcext="{calc}"><text:p>#REF!')
    for path in (excel, libre):
        found = finding(path)
        assert (found.row, found.column, found.value) == (3, "Retention", "#REF!")
        assert "formula" in found.problem


def test_a_sheet_may_begin_lower_down_and_have_empty_rows_and_columns(tmp_path: Path) -> None:
    empty = [""] * (len(COLUMNS) + 2)
    header, *records = table(FIXTURE)
    cells = [empty, empty, ["", *header, ""]]
    cells += [line for record in records for line in (["", *record, ""], empty)]
    path = ods(tmp_path / "register.ods", {"Register": cells})
    assert lines(path) == lines(FIXTURE)
    cells[3][COLUMNS.index("Title") + 1] = ""
    assert finding(ods(path, {"Register": cells})).row == 4


def test_a_value_without_heading_is_wrong(tmp_path: Path) -> None:
    header, *records = table(FIXTURE)
    cells = [[*header, ""], [*records[0], "?"], [*records[1], ""]]
    found = finding(ods(tmp_path / "register.ods", {"Register": cells}))
    assert (found.row, found.column, found.value) == (2, letters(len(COLUMNS)), "?")
    assert "without heading" in found.problem


def test_the_first_sheet_that_is_not_empty_is_read_and_the_others_are_mentioned(
    tmp_path: Path,
) -> None:
    reading = Reading()
    sheets = {"Cover": [[""]], "Register": table(FIXTURE), "Notes": [["Made by hand"]]}
    path = ods(tmp_path / "register.ods", sheets)
    assert nquads.lines(quads(path, reading)) == lines(FIXTURE)
    (warning,) = reading
    assert "'Notes' is not read" in warning.problem
    assert warning.severity == "warning"


def test_a_sheet_can_be_chosen_by_its_name(tmp_path: Path) -> None:
    sheets = {"Cover": [["Word"], ["no"]], "Data": [["Word", "Number"], ["yes", "5"]]}
    file = RawFile.at(ods(tmp_path / "words.ods", sheets))
    with next(iter(sheet.rows(file, Reading(), sheet="Data"))) as row:
        assert (row.number, row.take("Word", str), row.take("Number", str)) == (2, "yes", "5")
    with pytest.raises(SourceRejected, match=r"no sheet 'Other'.*Cover, Data"):
        next(iter(sheet.rows(file, Reading(), sheet="Other")))


@pytest.mark.parametrize("content", [b"", b"Title,IARN\n", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_spreadsheet_is_wrong(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "register.ods"
    path.write_bytes(content)
    found = finding(path)
    assert found.file == "register.ods"
    assert "not a spreadsheet" in found.problem
    assert "save it again" in found.remedy


def test_a_workbook_with_nothing_in_it_is_wrong(tmp_path: Path) -> None:
    assert "Cover" in finding(ods(tmp_path / "register.ods", {"Cover": [[""]]})).problem


OLD = {
    "NOT PROTECTIVELY MARKED": "official",
    "UNCLASSIFIED": "official",
    "PROTECT": "official-sensitive",
    "RESTRICTED": "official-sensitive",
    "CONFIDENTIAL": "secret",
    "SECRET (before 2014)": "secret",
    "TOP SECRET (before 2014)": "top-secret",
    "OFFICIAL": "official",
    "Official-Sensitive": "official-sensitive",
    "SECRET": "secret",
    "TOP SECRET": "top-secret",
}


@pytest.mark.parametrize(("marking", "level"), OLD.items())
def test_an_older_marking_is_translated_and_kept(marking: str, level: str, tmp_path: Path) -> None:
    said = quads(write_csv(tmp_path / "a.csv", changed("Classification", marking)[:2]))
    assert [q.object for q in said if q.predicate == ASSET.classification] == [
        code_list("classification").code(level)
    ]
    assert [q.object for q in said if q.predicate == ASSET.originalMarking] == [Literal(marking)]


@pytest.mark.parametrize(
    ("last", "due"),
    [
        ("2013-03-29", "2014-03-29"),
        ("2012-02-29", "2013-02-28"),
        ("2011-02-28", "2012-02-28"),
        ("2011-03-01", "2012-03-01"),
        ("2013-12-31", "2014-12-31"),
    ],
)
def test_the_next_annual_assessment_is_due_a_year_after_the_last(
    last: str, due: str, tmp_path: Path
) -> None:
    said = quads(write_csv(tmp_path / "a.csv", changed("Last annual assessment", last)[:2]))
    assert [q.object for q in said if q.predicate == ASSET.assessmentDue] == [
        Literal(due, datatype=XSD.date)
    ]


def test_a_sign_off_has_a_post_and_a_day() -> None:
    said = {q.predicate: q.object for q in quads(FIXTURE) if "HO-010" in str(q.subject)}
    assert (
        said[ASSET.signedOffBy] == said[ASSET.owner] == Names().thing("post", "Chief Statistician")
    )
    assert said[ASSET.signedOff] == Literal("2012-03-30", datatype=XSD.date)


def test_an_exemption_leads_to_the_law_and_section_25_is_none() -> None:
    path = ROOT / "ontologies" / "foi-exemption.ttl"
    law = {
        (q.subject.value.rsplit("/s", 1)[1], q.object.value.rsplit("/", 1)[1])
        for q in parse(path=path, format=RdfFormat.TURTLE)
        if "foi-exemption/s" in str(q.subject) and "legislation.gov.uk" in str(q.object)
    }
    sections = {str(n) for n in range(21, 45) if n != 25} | {"22A"}
    assert law == {(section, section) for section in sections}


def test_the_example_names_at_least_36_assets_and_keeps_every_rule() -> None:
    said = lines(EXAMPLE)
    assert sum(f"#type> {ASSET.InformationAsset}" in line for line in said) >= 36
    report = rules.validate(said)
    assert [(result.focus, result.message) for result in report.results] == []


def test_the_metadata_breaks_no_rule_that_stops_a_release() -> None:
    assert rules.validate(nquads.lines(SOURCE.source(Names()).quads)).conforms


def test_the_fixture_breaks_no_rule_that_stops_a_release() -> None:
    assert rules.validate(lines(FIXTURE)).conforms


def test_the_example_says_of_each_entry_where_it_is_from_and_what_is_an_illustration() -> None:
    header, *records = table(EXAMPLE)
    for record in records:
        entry = dict(zip(header, record, strict=True))
        illustrative = [field.strip() for field in entry["Illustrative fields"].split(";")]
        assert set(illustrative) <= set(COLUMNS)
        assert all(entry[field] for field in illustrative), "an empty field illustrates nothing"
        assert "Owner post" in illustrative, "no document names the owners"
        assert entry["Source document"]
        assert not {"Title", "Source document"} & set(illustrative)


def test_the_register_names_no_person() -> None:
    assert "@" not in EXAMPLE.read_text(encoding="utf-8")
    posts = {record[COLUMNS.index("Owner post")] for record in table(EXAMPLE)[1:]}
    assert all(re.match(r"(Chief|Director|Head of)\b", post) for post in posts), posts


def test_each_kind_of_decision_of_the_strategy_is_in_the_example() -> None:
    said = {q.object for q in quads(EXAMPLE) if q.predicate == ASSET.publicationDecision}
    assert said == set(code_list("publication-decision").by_notation.values())


def test_every_asset_belongs_to_the_register_and_nothing_is_a_blank_node() -> None:
    said = quads(EXAMPLE)
    register, graph = Names().data("information-asset-register"), None
    assets = {q.subject for q in said if q.object == ASSET.InformationAsset}
    assert {q.subject for q in said if q.predicate == DCT.isPartOf} == assets
    assert {q.object for q in said if q.predicate == DCT.isPartOf} == {register}
    graph = Names().graph("information-asset-register")
    assert {q.graph_name for q in said} == {graph}
    assert not any("_:" in str(term)[:2] for q in said for term in (q.subject, q.object))


@cache
def shapes() -> Graph:
    return Graph().parse(ROOT / "shapes" / "asset.ttl")


@pytest.mark.parametrize("message", sorted(map(str, shapes().objects(None, SH.message))))
def test_every_rule_names_a_column_to_mend(message: str) -> None:
    remedy = message.split(". ", 1)[1]
    assert any(re.search(rf"\b{re.escape(column)}\b", remedy) for column in COLUMNS)


def test_every_rule_on_several_properties_says_which_columns_it_concerns() -> None:
    known = {URIRef(predicate.strip("<>")) for predicate in SOURCE.source(Names()).columns}
    for shape in shapes().subjects(RDF.type, SH.NodeShape):
        if isinstance(shape, URIRef) and not shape.endswith(("#Post", "#PrivacyImpactAssessment")):
            concerned = set(shapes().objects(shape, URIRef(SOURCE_TERMS.concerns.value)))
            assert concerned, shape
            assert concerned <= known, shape


def test_each_column_is_led_to_by_the_properties_that_its_values_become() -> None:
    columns = SOURCE.source(Names()).columns
    assert {name for names in columns.values() for name in names} == set(COLUMNS)
    said = {str(quad.predicate) for path in (FIXTURE, EXAMPLE) for quad in quads(path)}
    assert said - set(columns) == {str(RDF_TERMS.type), str(DCT.isPartOf), str(RDFS.label)}
