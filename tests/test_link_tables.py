"""Tables in and out: texts, workbooks, catalogues and endpoints, as they come and hostile."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from homegraph.graph import open_tables, sheet, sheet_limits
from homegraph.graph.errors import FetchFailed, HomegraphError, HomeUnusable, SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.linking import tables_text, tables_web
from homegraph.graph.linking.table import heading_row
from homegraph.graph.linking.tables import (
    Flag,
    Form,
    Moment,
    Number,
    Table,
    open_table,
    write_table,
)
from homegraph.graph.ods import Cell, write_ods
from homegraph.graph.raw import RawFile
from homegraph.graph.sheet_limits import TooLarge, insist_on_limits
from homegraph.graph.xlsx import write_xlsx

WRITERS = {".ods": write_ods, ".xlsx": write_xlsx}
both = pytest.mark.parametrize("kind", sorted(WRITERS))


def text(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def book(path: Path, *rows: tuple[Cell, ...], **more: list[tuple[Cell, ...]]) -> Path:
    WRITERS[path.suffix](path, {"Data": rows, **more} if rows else more)
    return path


def rows(table: Table) -> list[list[str]]:
    return list(table.rows)


def refusal(of: Callable[[], object], kind: type[HomegraphError] = SourceRejected) -> str:
    with pytest.raises(kind) as caught:
        of()
    return str(caught.value)


# Text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_in_its_encoding_whatever_ends_its_lines(
    tmp_path: Path, encoding: str, end: str
) -> None:
    content = end.join(["Code,Name,Spent", "007,Café,£5", '008,"a, ""b""",', ""])
    table = open_table(text(tmp_path / "a.csv", content.encode(encoding)))
    assert table.columns == ["Code", "Name", "Spent"]
    assert rows(table) == [["007", "Café", "£5"], ["008", 'a, "b"', ""]]
    assert (table.count, table.first, table.suffix) == (2, 2, ".csv")
    assert table.form.encoding == encoding
    assert any("Windows-1252" in note for note in table.notes) == (encoding == "cp1252")


def test_rows_can_be_read_as_often_as_wanted(tmp_path: Path) -> None:
    table = open_table(text(tmp_path / "a.csv", "A,B\n1,2\n"))
    assert rows(table) == rows(table) == [["1", "2"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_stands_between_cells_is_found_out(tmp_path: Path, delimiter: str) -> None:
    lines = [("Name", "Amount", "Said"), ("A", "1", "x"), ("B", "2", "a"), ("C", "3", "c")]
    content = "\n".join(delimiter.join(line) for line in lines)
    table = open_table(text(tmp_path / "a.csv", content))
    assert table.columns == ["Name", "Amount", "Said"]
    assert table.form.delimiter == delimiter


def test_semicolons_part_cells_that_hold_commas(tmp_path: Path) -> None:
    table = open_table(text(tmp_path / "a.csv", "Name;Amount\nLondon, City of;1,5\nKent;2,5\n"))
    assert rows(table) == [["London, City of", "1,5"], ["Kent", "2,5"]]


def test_a_file_of_one_column_is_a_table(tmp_path: Path) -> None:
    table = open_table(text(tmp_path / "a.csv", "Force\nKent\nEssex\n"))
    assert (table.columns, rows(table)) == (["Force"], [["Kent"], ["Essex"]])


def test_a_tsv_holds_commas_and_a_gzip_is_opened(tmp_path: Path) -> None:
    packed = gzip.compress(b"Name,of\tB\nx,y\t2\n")
    table = open_table(text(tmp_path / "a.tsv.gz", packed))
    assert (table.columns, rows(table)) == (["Name,of", "B"], [["x,y", "2"]])
    assert table.suffix == ".tsv"


def test_a_cell_may_go_over_lines_and_a_blank_line_is_a_row(tmp_path: Path) -> None:
    table = open_table(text(tmp_path / "a.csv", 'A,B\n"x\ny",1\n\nz,2\n\n\n'))
    assert rows(table) == [["x\ny", "1"], ["", ""], ["z", "2"]]
    assert table.count == 3


def test_lines_above_the_headings_are_left_out_and_told(tmp_path: Path) -> None:
    table = open_table(text(tmp_path / "a.csv", "Spend in Q2,,\n,,\nName,Amount,Code\nA,1,2\n"))
    assert table.columns == ["Name", "Amount", "Code"]
    assert table.first == 4
    assert "row 3" in table.notes[0]


def test_the_row_of_headings_can_be_said(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "Group,Group\nName,Amount\nA,1\n")
    assert open_table(path, header=2).columns == ["Name", "Amount"]
    assert "row 9" in refusal(lambda: open_table(path, header=9))
    assert "from 1" in refusal(lambda: open_table(path, header=0), FetchFailed)


def test_headings_of_which_one_is_empty_are_not_taken_for_a_title() -> None:
    assert heading_row([["Unit", "", "Grade"], ["a", "b", "c"]]) == 0
    assert heading_row([["", "", ""], ["", "", ""]]) is None


def test_rows_with_too_many_or_too_few_cells_are_all_named(tmp_path: Path) -> None:
    said = refusal(lambda: open_table(text(tmp_path / "a.csv", "A,B\n1,2\n1\n1,2,3\n")))
    assert "a.csv: row 3: the row has 1 cells where the header has 2" in said
    assert "a.csv: row 4: the row has 3 cells" in said


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "there are no rows"),
        (b"A,B\n", "no rows below"),
        (b"A,B\n\n\n", "no rows below"),
        (b"A,B\n1,\0\n", "row 2: '�': cell 2 of the row holds the character NUL"),
        (b'A,B\n1,2\n"x,3\n4,5\n', "row 3: unexpected end of data"),
        (b'A,B\n1,"2"3\n', "row 2: "),
        ("A,B\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"A,B\n1,caf\x81\n", "row 2: column 'B' holds 'caf�': the byte 81 is not UTF-8"),
        ("A,B\né,".encode() + b"\xa3\n", "the byte a3 is not UTF-8"),
        (b"\xef\xbb\xbfA,B\n1,\xa3\n", "the byte a3 is not UTF-8"),
    ],
)
def test_broken_text_is_told_with_its_row(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(lambda: open_table(text(tmp_path / "a.csv", content)))


def test_a_letter_cut_off_at_the_end_is_windows_1252_or_refused(tmp_path: Path) -> None:
    assert rows(open_table(text(tmp_path / "a.csv", b"A,B\n1,caf\xe9")))[0][1] == "café"
    cut_off = text(tmp_path / "b.csv", "A,B\né,1\n2,é".encode()[:-1])
    assert "the byte c3 is not UTF-8" in refusal(lambda: open_table(cut_off))


def test_a_gzip_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(b"A,B\n" + os.urandom(4000).hex().encode() + b",1\n")
    said = refusal(lambda: open_table(text(tmp_path / "a.csv.gz", packed[:-20])))
    assert "cut off" in said


def test_a_line_without_end_takes_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_text, "MOST_CHARACTERS", 1 << 20)
    path = text(tmp_path / "a.csv.gz", gzip.compress(b"A,B\n" + b"x" * 30_000_000))
    quoted = text(tmp_path / "b.csv.gz", gzip.compress(b'A,B\n1,"' + b"x,\n" * 8_000_000))
    tracemalloc.start()
    try:
        for one in (path, quoted):
            assert "1,048,576 letters" in refusal(lambda one=one: open_table(one))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 25_000_000


def test_a_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables_text, "MOST_BYTES", 1 << 21)
    path = text(tmp_path / "a.csv.gz", gzip.compress(b"A,B\n" + b"1,2\n" * 1_000_000))
    assert "larger than 2,097,152 bytes" in refusal(lambda: open_table(path))


def test_a_column_is_found_however_it_is_written(tmp_path: Path) -> None:
    table = open_table(text(tmp_path / "a.csv", "Supplier ,Name,name,B,B\n1,2,3,4,5\n"))
    assert [table.place(one) for one in ("supplier", "Supplier ", "Name", "name")] == [0, 0, 1, 2]
    assert "'Suppliers'" in (said := refusal(lambda: table.place("Suppliers")))
    assert "is 'Supplier ' meant" in said
    assert "2 columns are called 'B'" in refusal(lambda: table.place("B"))


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.xls"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    assert ".xlsx" in refusal(lambda: open_table(text(tmp_path / name, "x")), FetchFailed)


def test_what_is_not_asked_of_a_text_is_refused(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", "A,B\n1,2\n")
    assert "sheet" in refusal(lambda: open_table(path, "Data"), FetchFailed)
    assert "SPARQL" in refusal(lambda: open_table(path, query="SELECT"), FetchFailed)
    assert "No such file" in refusal(lambda: open_table(tmp_path / "no.csv"), FetchFailed)


# Workbooks


@both
def test_cells_are_text_that_remembers_what_it_was(tmp_path: Path, kind: str) -> None:
    day, time = date(2024, 2, 29), datetime(2024, 2, 29, 13, 5)
    row = ("007", 7, 2.5, True, day, time, " a  b\nc ", None)
    table = open_table(book(tmp_path / f"a{kind}", tuple("ABCDEFGH"), row))
    (found,) = rows(table)
    assert found == [
        "007",
        "7",
        "2.5",
        "TRUE",
        "2024-02-29",
        "2024-02-29T13:05:00",
        " a  b\nc ",
        "",
    ]
    kinds = [str, Number, Number, Flag, Moment, Moment, str, str]
    assert [cell.__class__ for cell in found] == kinds
    assert (table.sheet, table.suffix, table.count) == ("Data", kind, 1)


@both
def test_a_workbook_comes_back_as_it_was(tmp_path: Path, kind: str) -> None:
    row = ("007", 7, 2.5, True, date(2024, 2, 29), datetime(2024, 2, 29, 13, 5, 1), "x & <y>")
    table = open_table(book(tmp_path / f"a{kind}", tuple("ABCDEFG"), row, row))
    done = write_table(
        tmp_path / f"b{kind}", [*table.columns, "U"], ([*one, "u"] for one in table.rows), table
    )
    again = open_table(tmp_path / f"b{kind}")
    assert done == again.count == 2
    assert rows(again) == [[*one, "u"] for one in table.rows]
    classes = [[cell.__class__ for cell in one[:-1]] for one in rows(again)]
    assert classes == [[cell.__class__ for cell in one] for one in table.rows]
    assert again.sheet == "Data"


@both
def test_titles_blank_rows_and_columns_without_anything_are_seen_through(
    tmp_path: Path, kind: str
) -> None:
    path = book(
        tmp_path / f"a{kind}",
        (None,),
        ("Workforce", None),
        ("One table", None),
        ("Code", "Force", "", None),
        ("E1", "Kent", "note"),
        (None, None),
        ("E2", "Essex", None, ""),
        ("", ""),
    )
    table = open_table(path)
    assert table.columns == ["Code", "Force", ""]
    assert rows(table) == [["E1", "Kent", "note"], ["", "", ""], ["E2", "Essex", ""]]
    assert (table.first, table.count) == (5, 3)
    assert "row 4" in table.notes[0]


@both
def test_of_several_sheets_one_is_named(tmp_path: Path, kind: str) -> None:
    two = [("A", "B"), ("1", "2")]
    path = book(tmp_path / f"a{kind}", Notes=[("Hello",), ("you",)], Data=two, Empty=[])
    said = refusal(lambda: open_table(path))
    assert "there are 2 sheets. Name one with --sheet: 'Notes', 'Data'" in said
    assert open_table(path, "Data").columns == ["A", "B"]
    assert "'Notes', 'Data', 'Empty'" in refusal(lambda: open_table(path, "data"))
    assert "no rows" in refusal(lambda: open_table(path, "Empty"))
    assert open_table(book(tmp_path / f"b{kind}", Empty=[], Data=two)).sheet == "Data"


@both
def test_a_workbook_that_is_none_is_refused(tmp_path: Path, kind: str) -> None:
    for number, content in enumerate(
        [b"", b"PK", b"A,B\n1,2\n", b"\xd0\xcf\x11\xe0" + b"\0" * 600]
    ):
        path = text(tmp_path / f"{number}{kind}", content)
        assert "not a spreadsheet" in refusal(lambda path=path: open_table(path))


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, 0.99])
@both
def test_a_workbook_that_is_cut_off_is_refused(tmp_path: Path, kind: str, keep: float) -> None:
    whole = book(tmp_path / f"a{kind}", ("A", "B"), *(("x", i) for i in range(500))).read_bytes()
    path = text(tmp_path / f"b{kind}", whole[: int(len(whole) * keep)])
    assert "not a spreadsheet" in refusal(lambda: open_table(path))


def test_a_code_shown_with_zeros_keeps_them_in_xlsx(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("Code", "Count"), (123, 5), ("00042", 7))
    with zipfile.ZipFile(path) as old:
        parts = {one: old.read(one).decode() for one in old.namelist()}
    styles = parts["xl/styles.xml"]
    own = '<numFmts count="1"><numFmt numFmtId="164" formatCode="000000"/></numFmts><fonts'
    styles = styles.replace("<fonts", own, 1).replace('numFmtId="14"', 'numFmtId="164"')
    parts["xl/styles.xml"] = styles
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace('<c r="A2">', '<c r="A2" s="1">')
    repacked(path, parts)
    assert rows(open_table(path)) == [["000123", "5"], ["00042", "7"]]


def test_a_code_shown_with_zeros_keeps_them_in_ods(tmp_path: Path) -> None:
    path = book(tmp_path / "a.ods", ("Code", "Count"), (123, 5), (124, 6))
    content = unpacked(path)["content.xml"].replace(">123<", ">00123<")
    repacked(path, unpacked(path) | {"content.xml": content})
    assert rows(open_table(path)) == [["00123", "5"], ["124", "6"]]


def test_cells_that_lose_something_are_told(tmp_path: Path) -> None:
    path = book(tmp_path / "a.ods", ("A", "B"), ("x", "y"), ("u", "v"))
    content = unpacked(path)["content.xml"]
    spanned = content.replace(
        '<table:table-cell office:value-type="string"><text:p>x',
        '<table:table-cell office:value-type="string" table:number-columns-spanned="2"><text:p>x',
    )
    repacked(path, unpacked(path) | {"content.xml": spanned})
    table = open_table(path)
    assert rows(table)[0] == ["x", "y"]
    assert "Row 2: the cells A2:B2 are merged" in table.notes[0]


def unpacked(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {one: archive.read(one).decode() for one in archive.namelist()}


def repacked(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


CELL = '<table:table-cell office:value-type="float" office:value="1"{more}><text:p>1</text:p>'


@pytest.mark.parametrize(
    "row, cell",
    [
        ("", ' table:number-columns-repeated="99999999"'),
        (' table:number-rows-repeated="99999999"', ""),
        (' table:number-rows-repeated="1048576"', ' table:number-columns-repeated="16384"'),
        (' table:number-rows-repeated="99999999999999999999"', ""),
        (' table:number-rows-repeated="-1"', ""),
    ],
)
def test_an_ods_that_repeats_cells_without_end_is_refused(
    tmp_path: Path, row: str, cell: str
) -> None:
    path = book(tmp_path / "a.ods", ("A", "B"), (1, 2))
    content = unpacked(path)["content.xml"]
    much = f"<table:table-row{row}>{CELL.format(more=cell)}</table:table-cell></table:table-row>"
    content = content.replace("</table:table>", much + "</table:table>")
    repacked(path, unpacked(path) | {"content.xml": content})
    assert "too large" in refusal(lambda: open_table(path))


def test_an_ods_that_repeats_empty_cells_to_its_end_is_a_table(tmp_path: Path) -> None:
    path = book(tmp_path / "a.ods", ("A", "B"), (1, 2))
    content = unpacked(path)["content.xml"]
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    much = f'<table:table-row table:number-rows-repeated="1048570">{empty}</table:table-row>'
    content = content.replace("</table:table-row>", empty + "</table:table-row>")
    content = content.replace("</table:table>", much + "</table:table>")
    repacked(path, unpacked(path) | {"content.xml": content})
    assert rows(open_table(path)) == [["1", "2"]]


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="3"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="XFD3"><v>1</v></c><c r="A1048576"><v>1</v></c></row>',
        "<row>"
        + "<c><v>1</v></c>" * 5000
        + "</row>"
        + "<row/>" * 5000
        + "<row><c><v>1</v></c></row>",
        '<x:row xmlns:x="u"><x:c r="XFD1048576"/></x:row>',
    ],
)
def test_an_xlsx_with_cells_far_apart_is_refused(tmp_path: Path, sheet: str) -> None:
    path = book(tmp_path / "a.xlsx", ("A", "B"), (1, 2))
    parts = unpacked(path)
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace("</sheetData>", sheet + "</sheetData>")
    # Which part is a sheet is said by another: it need not be called like one.
    parts["other/thing.xml"] = parts.pop(name)
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace("worksheets/sheet1.xml", "/other/thing.xml")
    repacked(path, parts)
    assert "too large" in refusal(lambda: open_table(path))


@both
def test_a_part_that_is_no_whole_xml_is_refused_and_not_read_for_ever(
    tmp_path: Path, kind: str
) -> None:
    path = book(tmp_path / f"a{kind}", ("A", "B"), (1, 2))
    name = {".ods": "content.xml", ".xlsx": "xl/worksheets/sheet1.xml"}[kind]
    for old, new in (("<?xml", "&amp;<?xml"), ("</table:table>", ""), ("</sheetData>", "")):
        parts = unpacked(path)
        parts[name] = parts[name].replace(old, new)
        if parts == unpacked(path):
            continue
        repacked(tmp_path / f"b{kind}", parts)
        assert "not a spreadsheet" in refusal(lambda: open_table(tmp_path / f"b{kind}"))


@pytest.mark.parametrize("old, new", [("<?xml", "x<?xml"), ("</table:table>", "</tble:table>")])
def test_loaders_do_not_read_for_ever_either(tmp_path: Path, old: str, new: str) -> None:
    path = book(tmp_path / "a.ods", ("A", "B"), (1, 2))
    content = unpacked(path)["content.xml"].replace(old, new)
    repacked(path, unpacked(path) | {"content.xml": content})
    file = RawFile.at(path)
    for read in (
        lambda: list(sheet.rows(file, Reading())),
        lambda: list(open_tables.sheets(file, Reading(), ["A", "B"])),
    ):
        assert "not a spreadsheet" in refusal(read)


@both
def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, kind: str) -> None:
    path = book(tmp_path / f"a{kind}", ("A", "B"), (1, 2))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more.xml", b"<a>" + b" " * 3_000_000)
    with pytest.raises(TooLarge, match="unpacks to"):
        insist_on_limits(path.read_bytes(), most_unpacked=1_000_000)


@both
def test_a_part_that_says_it_is_smaller_than_it_is_is_refused(tmp_path: Path, kind: str) -> None:
    path = book(tmp_path / f"a{kind}", ("A", "B"), *((1, 2) for _ in range(2000)))
    name = {".ods": "content.xml", ".xlsx": "xl/worksheets/sheet1.xml"}[kind]
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(name).file_size
    raw = path.read_bytes().replace(size.to_bytes(4, "little"), (900).to_bytes(4, "little"))
    assert "not a spreadsheet" in refusal(lambda: open_table(text(path, raw)))


def test_a_workbook_larger_than_allowed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "a.xlsx", ("A", "B"), *((1, 2) for _ in range(100)))
    raw = path.read_bytes()
    with pytest.raises(TooLarge, match="76 rows and 2 columns or more"):
        insist_on_limits(raw, most_cells=150)
    insist_on_limits(raw, most_cells=202)
    assert sheet_limits.MOST_CELLS * 32 < 1 << 30  # what calamine needs for each


@both
def test_cells_of_all_sheets_count(tmp_path: Path, kind: str) -> None:
    rows = [("A", "B")] * 50
    raw = book(tmp_path / f"a{kind}", One=rows, Two=rows, Three=rows).read_bytes()
    insist_on_limits(raw, most_cells=300)
    with pytest.raises(TooLarge):
        insist_on_limits(raw, most_cells=299)


# Writing


def test_a_csv_is_written_like_the_one_it_comes_from(tmp_path: Path) -> None:
    content = 'Code;Name\r\n007;Café\r\n008;"a;b"\r\n'
    for encoding in ("utf-8", "utf-8-sig"):
        table = open_table(text(tmp_path / "a.csv", content.encode(encoding)))
        assert write_table(tmp_path / "b.csv", table.columns, table.rows, table) == 2
        assert (tmp_path / "b.csv").read_bytes() == content.encode(encoding)


def test_what_was_windows_1252_becomes_utf_8_with_its_mark(tmp_path: Path) -> None:
    table = open_table(text(tmp_path / "a.csv", "Name,Spent\nCafé,£5\n".encode("cp1252")))
    write_table(tmp_path / "b.csv", table.columns, table.rows, table)
    assert (tmp_path / "b.csv").read_bytes() == b"\xef\xbb\xbf" + "Name,Spent\nCafé,£5\n".encode()


@pytest.mark.parametrize("kind", [".csv", ".tsv", ".ods", ".xlsx"])
def test_any_table_can_be_written_as_any_kind(tmp_path: Path, kind: str) -> None:
    columns, cells = (
        ["Code", "Said"],
        [["007", "a,b\tc"], ["+1", '"x"\ny'], ["", "Heddlu ŵ"], ["a\rb", ";"]],
    )
    assert write_table(tmp_path / f"a{kind}", columns, cells) == 4
    found = open_table(tmp_path / f"a{kind}")
    if kind == ".ods":  # its reader leaves out a tab, and tells; it has one kind of end of lines
        cells[0][1], cells[3][0] = "a,bc", "a\nb"
    assert rows(found) == cells
    assert bool(found.notes) == (kind == ".ods")
    assert [one.name for one in tmp_path.iterdir()] == [f"a{kind}"]


@both
def test_what_a_workbook_cannot_hold_becomes_what_it_can(tmp_path: Path, kind: str) -> None:
    cells = ["a\x01b\x0b", Number("nan"), Number("007"), Moment("soon"), "_x0041_", "=1+1"]
    write_table(tmp_path / f"a{kind}", list("ABCDEF"), [cells])
    found = rows(open_table(tmp_path / f"a{kind}"))[0]
    assert found == ["a�b�", "nan", "7", "soon", "_x0041_", "=1+1"]


def test_a_cell_or_row_too_many_for_xlsx_is_told_and_nothing_written(tmp_path: Path) -> None:
    path = text(tmp_path / "a.xlsx", "what was there")
    said = refusal(lambda: write_table(path, ["A", "B"], [["x", "y"], ["x", "z" * 40_000]]))
    assert "row 3" in said and "B3 has more than 32,767 letters" in said and ".csv" in said
    assert "16,384 columns" in refusal(lambda: write_table(path, ["A"] * 20_000, []))
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", [".csv", ".ods", ".xlsx"])
def test_what_is_interrupted_leaves_nothing_behind(tmp_path: Path, kind: str) -> None:
    path = text(tmp_path / f"a{kind}", "what was there")

    def stopping() -> Iterator[list[str]]:
        yield ["1"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(path, ["A"], stopping())
    assert path.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_or_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    assert ".ods" in refusal(lambda: write_table(tmp_path / "a.pdf", ["A"], []))
    assert "without suffix" in refusal(lambda: write_table(tmp_path / "a", ["A"], []))
    refusal(lambda: write_table(tmp_path / "no" / "a.csv", ["A"], []), HomeUnusable)


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    for kind in (".csv", ".ods", ".xlsx"):
        for name in ("a", "b"):
            write_table(tmp_path / f"{name}{kind}", ["A"], [["1"], [Number("2")]])
        assert (tmp_path / f"a{kind}").read_bytes() == (tmp_path / f"b{kind}").read_bytes()


def test_pandas_reads_a_csv_that_is_written(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="only a test needs another reader of CSV")
    write_table(tmp_path / "a.csv", ["A", "B"], [["x\ny", "1"], ['"', "2"]])
    assert pandas.read_csv(tmp_path / "a.csv").values.tolist() == [["x\ny", 1], ['"', 2]]


def test_openpyxl_reads_an_xlsx_that_is_written(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="only a test needs another reader of XLSX")
    row = ["007", Number("7"), Flag("TRUE"), Moment("2024-02-29"), Moment("2024-02-29T13:05:01")]
    write_table(tmp_path / "a.xlsx", list("ABCDE"), [row, [" a  b\nc ", "", "", "", "ŵ"]])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [list(one) for one in sheet.iter_rows(values_only=True)] == [
        list("ABCDE"),
        ["007", 7, True, datetime(2024, 2, 29), datetime(2024, 2, 29, 13, 5, 1)],
        [" a  b\nc ", None, None, None, "ŵ"],
    ]


# The web


class Publisher(ThreadingHTTPServer):
    """Answers as it is told to, and remembers what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.says: Callable[[str, str], tuple[int, dict[str, str], bytes]]
        self.asked: list[tuple[str, str]] = []
        self.endless = False

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site = self.server
        assert isinstance(site, Publisher)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        site.asked.append((self.path, body))
        status, headers, content = site.says(self.path, body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not site.endless:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(content)
            while site.endless:
                self.wfile.write(b" " * 65536)

    do_POST = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with Publisher() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def package(number: int) -> dict[str, object]:
    return {
        "id": f"id-{number}",
        "name": f"spend-{number}",
        "title": f"Spend {number}",
        "notes": "Line one\nline two",
        "organization": {"name": "kent", "title": "Kent Police"},
        "tags": [{"name": "crime", "display_name": "Crime"}, {"name": "spend"}],
        "url": None,
    }


def a_ckan(publisher: Publisher, count: int) -> None:
    def says(path: str, _: str) -> tuple[int, dict[str, str], bytes]:
        asked = parse_qs(urlsplit(path).query)
        if not urlsplit(path).path.endswith("/api/3/action/package_search"):
            return 404, {}, b"nothing here"
        some = [package(n) for n in range(count) if "q" not in asked or n == 7]
        first = int(asked["start"][0])
        result = {"count": len(some), "results": some[first : first + 100]}
        return 200, {"ETag": '"x"'}, json.dumps({"success": True, "result": result}).encode()

    publisher.says = says


def test_the_datasets_of_a_ckan_are_rows(publisher: Publisher, tmp_path: Path) -> None:
    a_ckan(publisher, 250)
    table = open_table(f"{publisher.base}/data/", kept=tmp_path / "web")
    assert table.columns == tables_web.CKAN_COLUMNS
    assert (table.count, len(rows(table)), table.first) == (250, 250, 1)
    assert rows(table)[3] == [
        *("id-3", "spend-3", "Spend 3", "Line one\nline two", "Kent Police", "Crime; spend", ""),
        f"{publisher.base}/data/dataset/spend-3",
    ]
    assert len(publisher.asked) == 3  # a hundred at a time, and none for organisations
    assert list((tmp_path / "web").iterdir())


def test_a_part_of_a_ckan_can_be_asked_for(publisher: Publisher) -> None:
    a_ckan(publisher, 9)
    table = open_table(f"{publisher.base}/api/3/action/package_search?q=seven&rows=3")
    assert [row[0] for row in rows(table)] == ["id-7"]
    assert "q=seven" in publisher.asked[0][0]


def test_an_address_that_is_no_catalogue_says_what_else_may_be_meant(publisher: Publisher) -> None:
    publisher.says = lambda *_: (404, {}, b"")
    with pytest.raises(FetchFailed, match="404") as caught:
        open_table(f"{publisher.base}/sparql")
    assert "--query" in caught.value.__notes__[0]


def test_a_file_at_an_address_is_read_as_a_file_is(publisher: Publisher, tmp_path: Path) -> None:
    sheet = book(tmp_path / "a.xlsx", ("A", "B"), ("1", 2)).read_bytes()
    publisher.says = lambda path, _: (200, {}, sheet if "xlsx" in path else b"A,B\n1,2\n")
    for name in ("a%20b.csv?x=1", "a.xlsx"):
        table = open_table(f"{publisher.base}/{name}")
        assert (table.columns, rows(table)) == (["A", "B"], [["1", "2"]])
        assert table.source == f"{publisher.base}/{name}"
    assert "no sheet 'X'" in refusal(lambda: open_table(f"{publisher.base}/a.xlsx", "X"))
    publisher.says = lambda *_: (200, {}, b"A,B\n1\n")
    assert "row 2" in refusal(lambda: open_table(f"{publisher.base}/a.csv"))


RESULTS = {
    "head": {"vars": ["area", "name", "count"]},
    "results": {
        "bindings": [
            {
                "area": {"type": "uri", "value": "http://example.org/a"},
                "name": {"type": "literal", "value": "Caerdydd", "xml:lang": "cy"},
                "count": {
                    "type": "literal",
                    "value": "5",
                    "datatype": "http://www.w3.org/2001/XMLSchema#integer",
                },
            },
            {"name": {"type": "literal", "value": "007"}},
        ]
    },
}
JSON = "application/sparql-results+json"


def test_the_answers_of_an_endpoint_are_rows(publisher: Publisher) -> None:
    publisher.says = lambda *_: (200, {"Content-Type": JSON}, json.dumps(RESULTS).encode())
    table = open_table(f"{publisher.base}/sparql", query="SELECT * { ?a ?b ?c }")
    assert table.columns == ["area", "name", "count"]
    expected = [["http://example.org/a", "Caerdydd", "5"], ["", "007", ""]]
    assert rows(table) == rows(table) == expected
    assert isinstance(rows(table)[0][2], Number)
    assert table.count == 2
    assert publisher.asked == [("/sparql", "query=SELECT+%2A+%7B+%3Fa+%3Fb+%3Fc+%7D")]


@pytest.mark.parametrize("asked, told", [("", True), (" LIMIT 1000", False), (" LIMIT 9", True)])
def test_an_answer_that_may_be_cut_short_is_told(
    publisher: Publisher, asked: str, told: bool
) -> None:
    one = {"name": {"type": "literal", "value": "Kent"}}
    many = {"head": {"vars": ["name"]}, "results": {"bindings": [one] * 1000}}
    publisher.says = lambda *_: (200, {"Content-Type": JSON}, json.dumps(many).encode())
    table = open_table(f"{publisher.base}/sparql", query=f"SELECT * {{}}{asked}")
    assert any("1,000 rows" in note for note in table.notes) == told


@pytest.mark.parametrize(
    "status, kind, content, words",
    [
        (
            400,
            "text/plain",
            b"Parse error:\n line 1, near SELCT.",
            "Parse error: line 1, near SELCT",
        ),
        (400, "text/html", b"<html>secret", "status 400 Bad Request."),
        (200, "text/html", b"<html>", "'text/html', not with results of SPARQL"),
        (200, JSON, b'{"head":{"vars":["a"]},"results":{"bindings":[', "cannot be read"),
        (200, JSON, b'{"head":{},"boolean":true}', "yes or no"),
        (200, JSON, b'{"head":{"vars":["a"]},"results":{"bindings":[]}}', "gives no rows"),
        (302, "", b"", "sends on"),
    ],
)
def test_what_an_endpoint_refuses_is_told(
    publisher: Publisher, status: int, kind: str, content: bytes, words: str
) -> None:
    publisher.says = lambda *_: (status, {"Content-Type": kind}, content)
    said = refusal(lambda: open_table(f"{publisher.base}/sparql", query="SELCT"), FetchFailed)
    assert words in said
    assert publisher.base in said and "secret" not in said


@pytest.mark.parametrize("query", ["SELECT * {}", None])
@pytest.mark.parametrize("path", ["/a.csv", "/"])
def test_an_answer_without_end_is_refused(
    publisher: Publisher, path: str, query: str | None
) -> None:
    publisher.endless = True
    publisher.says = lambda *_: (200, {"Content-Type": JSON}, b'{"head":')
    said = refusal(
        lambda: tables_web.read(f"{publisher.base}{path}", query=query, most_bytes=500_000),
        FetchFailed,
    )
    assert "larger than 500" in said


def test_nobody_on_the_web_sends_us_into_this_network(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = f"http://127.0.0.1:{publisher.server_address[1]}/inside.csv"
    publisher.says = lambda path, _: (
        (302, {"Location": there}, b"") if "out" in path else (200, {}, b"A,B\n1,2\n")
    )
    # One name of this machine stands for a publisher on the internet.
    monkeypatch.setattr("homegraph.graph.web.is_nearby", lambda one: "127.0.0.1" in one)
    address = f"http://localhost:{publisher.server_address[1]}/out.csv"
    assert "which is in this network" in refusal(lambda: open_table(address), FetchFailed)
    assert [path for path, _ in publisher.asked] == ["/out.csv"]


def test_a_password_in_an_address_is_refused() -> None:
    said = refusal(lambda: open_table("https://me:pw@example.org/a.csv"), FetchFailed)
    assert "pw" not in said


def test_what_only_files_have_is_not_asked_of_others() -> None:
    address = "http://127.0.0.1:1/"
    assert "sheets" in refusal(lambda: open_table(address, "X"), FetchFailed)
    assert "sheets" in refusal(lambda: open_table(address, query="SELECT", header=2), FetchFailed)


# Real files


def test_the_real_files_of_departments_are_read(shared: Path) -> None:
    spend = shared / "admin" / "spend-over-25k"
    found = {path.name.split("-")[0]: open_table(path) for path in sorted(spend.glob("*.csv*"))}
    encodings = {name: table.form.encoding for name, table in found.items()}
    assert sorted(encodings.values()).count("cp1252") == 5
    assert encodings["dhsc"] == "utf-8-sig"
    assert found["ESCC"].columns[0] == "Name" and found["ESCC"].first == 3
    assert found["dft"].columns[8] == " £ " and found["dft"].place("£") == 8
    for table in found.values():
        assert sum(1 for _ in table.rows) == table.count


def test_a_real_file_with_bare_carriage_returns_is_read(shared: Path) -> None:
    table = open_table(shared / "police-uk" / "london-context" / "2013_police_counters.csv")
    assert table.count == 137


def test_real_records_with_line_breaks_are_read_as_the_library_reads_them(shared: Path) -> None:
    path = shared / "catalogue" / "data.gov.uk-legacy" / "incentive.csv.gz"
    plain = gzip.decompress(path.read_bytes()).decode("cp1252")
    expected = list(csv.reader(io.StringIO(plain, newline="")))
    table = open_table(path)
    assert [table.columns, *table.rows] == expected


def test_the_real_workforce_table_is_read(shared: Path, tmp_path: Path) -> None:
    path = shared / "home-office-stats" / "open-data-table-police-workforce-260723.ods"
    assert "'Notes', 'Data'" in refusal(lambda: open_table(path))
    table = open_table(path, "Data")
    assert table.columns[2] == "Force Name" and table.columns[-1] == "Total (FTE)"
    assert table.count == 29304
    assert next(iter(table.rows))[:3] == ["2007", "E23000036", "Avon & Somerset"]
    write_table(tmp_path / "a.xlsx", table.columns, table.rows, table)
    assert rows(open_table(tmp_path / "a.xlsx")) == rows(table)


def test_real_tables_of_the_ons_are_found_below_their_titles(shared: Path) -> None:
    path = shared / "geography" / "population" / "LAD23_Mid_Year_pop_2011_to_2023.xlsx"
    table = open_table(path, "MYE5")
    assert table.columns[:2] == ["Code", "Name"]
    assert rows(table)[0][0].startswith("K0")
    assert "headings are those in row" in table.notes[0]


def test_forms_are_those_of_a_plain_csv_unless_said() -> None:
    assert Form() == Form(",", "utf-8", "\n")
