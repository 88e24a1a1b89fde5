"""What was not supplied is known by month, force and series, and flags every figure it touches."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from homegraph.graph.cubes.completeness import GAPS, NO_FILE, flag, gaps, missing_rows
from homegraph.graph.cubes.periods import in_words, label, months_of, year_ending
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.forces import of_england_and_wales
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import STAT
from homegraph.loaders.declared_gaps.loader import COLUMNS, cubes, derive, load

EXAMPLE = Path(__file__).parents[1] / "loaders" / "declared_gaps" / "example" / "declared-gaps.csv"
HALF_OF_2019 = [f"2019-{month:02}" for month in range(7, 13)]
GOOD = {
    "Series": "street-crime",
    "Force": "gwent",
    "First month": "2024-01",
    "Last month": "2024-02",
    "Completeness": "missing",
    "Reason": "The server was moved.",
    "Source": "https://example.org/moved",
    "Declared on": "2024-03-01",
}


def known(*said: tuple[str, str, str], series: str = "s") -> pl.DataFrame:
    """Gaps of one series: force, month, completeness."""
    rows = [
        {"series": series, "force": force, "month": month, "completeness": what}
        for force, month, what in said
    ]
    return pl.DataFrame(rows, schema=GAPS)


MANCHESTER = known(*(("greater-manchester", month, "missing") for month in HALF_OF_2019))


def figure(force: str, period: str, value: int | None, **more: str | None) -> pl.DataFrame:
    row = {"force": force, "period": period, "offences": value, "file": "f", **more}
    return pl.DataFrame([row], schema_overrides={"offences": pl.Int64})


def flagged(frame: pl.DataFrame, found: pl.DataFrame) -> tuple[object, ...]:
    """What one figure becomes: value, status, completeness, note."""
    done = flag(frame, "s", found, measure="offences")
    return done.select("offences", "status", "completeness", "note").row(0)


@pytest.mark.parametrize(
    ("period", "first", "last", "count"),
    [
        ("2019-07", "2019-07", "2019-07", 1),
        ("2019-Q3", "2019-07", "2019-09", 3),
        ("2019", "2019-01", "2019-12", 12),
        ("2019-2020", "2019-04", "2020-03", 12),
        ("2019-2020/Q1", "2019-04", "2019-06", 3),
        ("2019-2020/Q4", "2020-01", "2020-03", 3),
        ("2018-10-01T00:00:00/P1Y", "2018-10", "2019-09", 12),
        ("2018-11-01T00:00:00/P3M", "2018-11", "2019-01", 3),
    ],
)
def test_a_period_is_made_of_months(period: str, first: str, last: str, count: int) -> None:
    months = months_of(period)
    assert (months[0], months[-1], len(months)) == (first, last, count)
    assert list(months) == sorted(months)


@pytest.mark.parametrize(
    "code", ["", "2019-13", "2019-Q5", "19", "2019-1", "2019-04-01", "2019/Q1"]
)
def test_what_is_no_code_of_a_period_has_no_months(code: str) -> None:
    with pytest.raises(ValueError, match="not the code of a period"):
        months_of(code)


def test_periods_are_called_by_their_months() -> None:
    assert label(year_ending("2018-12")) == "Year to December 2018"
    assert label("2018-2019") == "April 2018 to March 2019"
    assert in_words(["2019-11", "2019-12", "2020-01"]) == "November 2019 to January 2020"


@pytest.mark.parametrize(
    ("period", "note"),
    [
        ("2019", "July to December 2019 were not supplied."),
        ("2019-2020", "July to December 2019 were not supplied."),
        (year_ending("2019-09"), "July to September 2019 were not supplied."),
        (year_ending("2020-06"), "July to December 2019 were not supplied."),
    ],
)
def test_a_greater_manchester_total_over_part_of_the_gap_is_partial(period: str, note: str) -> None:
    found = flagged(figure("greater-manchester", period, 161_159), MANCHESTER)
    assert found == (161_159, None, "partial", note)


def test_a_quarter_that_greater_manchester_did_not_supply_has_no_figure_and_that_is_not_zero() -> (
    None
):
    said = "October to December 2019 were not supplied."
    for value in (0, None):
        found = flagged(figure("greater-manchester", "2019-Q4", value), MANCHESTER)
        assert found == (None, "M", "missing", said)


def test_a_figure_that_was_published_all_the_same_is_kept_and_flagged() -> None:
    value, status, completeness, _ = flagged(
        figure("greater-manchester", "2019-Q4", 70_000), MANCHESTER
    )
    assert (value, status, completeness) == (70_000, None, "partial")


@pytest.mark.parametrize("period", ["2019-Q2", "2018", "2018-2019", year_ending("2019-06")])
def test_a_complete_period_is_left_as_it_is(period: str) -> None:
    assert flagged(figure("greater-manchester", period, 5), MANCHESTER) == (5, "A", None, None)
    assert flagged(figure("kent", "2019", 5), MANCHESTER) == (5, "A", None, None)


def test_a_gap_of_another_series_is_no_gap_here() -> None:
    done = flag(figure("greater-manchester", "2019", 5), "t", MANCHESTER, measure="offences")
    assert done["completeness"].item() is None


def test_a_month_that_was_supplied_in_part_makes_every_longer_period_partial() -> None:
    found = known(("thames-valley", "2022-01", "partial"))
    said = (84, None, "partial", "January 2022 was supplied only in part.")
    for period in ("2022-01", "2022", "2022-Q1", "2021-2022"):
        assert flagged(figure("thames-valley", period, 84), found) == said


def test_a_month_that_was_withdrawn_has_no_figure() -> None:
    found = known(("kent", "2024-01", "withdrawn"))
    assert flagged(figure("kent", "2024-01", None), found) == (
        None,
        "M",
        "withdrawn",
        "January 2024 was withdrawn.",
    )


def test_a_gap_overrules_that_a_figure_was_revised_and_keeps_what_was_noted() -> None:
    before = figure("greater-manchester", "2019", 9, completeness="revised", note="Revised.")
    said = "Revised. July to December 2019 were not supplied."
    assert flagged(before, MANCHESTER) == (9, None, "partial", said)


def test_a_total_over_months_that_nobody_holds_is_partial() -> None:
    frame = figure("kent", "2024-Q1", 7)
    done = flag(frame, "s", known(), measure="offences", held=["2024-02", "2024-03"])
    assert done.select("completeness", "note").row(0) == (
        "partial",
        "January 2024 was not supplied.",
    )


def test_rows_keep_their_order_and_number_when_they_are_flagged() -> None:
    frame = pl.concat(
        [figure(force, period, 1) for force, period in product("ba", ("2020", "2019", "2019-Q3"))]
    )
    done = flag(frame, "s", MANCHESTER, measure="offences")
    assert done.select(frame.columns).equals(frame)


def test_a_period_without_any_row_of_a_force_becomes_a_missing_figure() -> None:
    frame = pl.concat(
        [
            figure("greater-manchester", "2019-Q2", 3, offence="robbery"),
            figure("kent", "2019-Q3", 4, offence="robbery"),
            figure("kent", "2019-Q3", 5, offence="arson"),
        ]
    )
    keys = ["force", "period", "offence"]
    done = missing_rows(frame, "s", MANCHESTER, measure="offences", dimensions=keys)
    assert done.select(*keys, "offences", "status", "completeness").rows() == [
        ("greater-manchester", "2019-Q3", "arson", None, "M", "missing"),
        ("greater-manchester", "2019-Q3", "robbery", None, "M", "missing"),
    ]
    assert done["file"].to_list() == ["f", "f"], "what there is, as no declaration has a file"


def supplied(*said: tuple[str, str]) -> pl.DataFrame:
    """Records by force and month, one each, each from a file of its own."""
    return pl.DataFrame(
        [{"force": force, "month": month, "file": f"{force} {month}"} for force, month in said]
    )


def test_a_month_that_others_supplied_and_a_force_did_not_is_a_gap() -> None:
    tables = Tables()
    records = supplied(("kent", "2024-01"), ("kent", "2024-02"), ("gwent", "2024-02"))
    tables.add("street-crime", {"incidents": records})
    found = gaps(tables).filter(pl.col("force").is_in(["gwent", "kent"]))
    assert found.select("series", "force", "month", "completeness").rows() == [
        ("street-crime", "gwent", "2024-01", "missing")
    ]


def test_a_force_of_which_there_is_no_file_at_all_is_missing_by_name(tmp_path: Path) -> None:
    tables = Tables()
    tables.add("street-crime", {"incidents": supplied(("kent", "2024-01"), ("gwent", "2024-02"))})
    tables.add("stop-and-search", {"searches": supplied(("kent", "2024-01"))})
    found = {key: row for row in observed(tables) if (key := (row["series"], row["force"]))}
    assert len({force for series, force in found if series == "street-crime"}) == 44
    assert {force for series, force in found if series == "stop-and-search"} == {"kent"}
    said = [row for row in observed(tables) if row["force"] == "metropolitan"]
    assert [(row["period"], row["records"], row["status"], row["note"]) for row in said] == [
        ("2024-01", None, "M", "This release has no file of this force for January 2024."),
        ("2024-02", None, "M", "This release has no file of this force for February 2024."),
    ]
    assert [row["file"] for row in said] == [["kent 2024-01"], ["gwent 2024-02"]]
    for force in ("northern-ireland", "action-fraud"):
        assert ("street-crime", force) not in found


def test_a_month_supplied_in_part_of_which_there_is_no_file_is_missing(tmp_path: Path) -> None:
    _, tables = read(written(tmp_path, GOOD | {"Completeness": "partial"}))
    tables.add("street-crime", {"incidents": supplied(("gwent", "2024-01"), ("kent", "2024-02"))})
    found = gaps(tables).filter(pl.col("force") == "gwent")
    assert found.select("month", "completeness").rows() == [
        ("2024-01", "partial"),
        ("2024-02", "missing"),
    ]


def test_only_of_what_is_declared_is_it_said_that_it_was_not_supplied(tmp_path: Path) -> None:
    _, tables = read(written(tmp_path, GOOD | {"Last month": "2024-01"}))
    records = supplied(("kent", "2024-01"), ("kent", "2024-02"), ("gwent", "2024-03"))
    tables.add("street-crime", {"incidents": records})
    notes = {(row["force"], row["period"]): row["note"] for row in observed(tables)}
    assert notes["gwent", "2024-01"] == "January 2024 was not supplied. The server was moved."
    seen = "This release has no file of this force for February 2024."
    assert notes["gwent", "2024-02"] == seen
    # Of the register: a total of Greater Manchester over 2019.
    tables.add("declared-gaps", read_example())
    year = figure("greater-manchester", "2019", 9)
    done = flag(year, "recorded-crime-open-data", gaps(tables), measure="offences")
    assert done["note"].to_list() == ["July to December 2019 were not supplied."]


def test_without_any_source_nothing_is_known_of_any_gap() -> None:
    assert gaps(Tables()).schema == pl.Schema(GAPS)
    assert gaps(Tables()).is_empty()


def written(folder: Path, *rows: dict[str, str]) -> RawFile:
    path = folder / "declared-gaps.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return RawFile.at(path)


def read(file: RawFile) -> tuple[Reading, Tables]:
    reading, tables = Reading(), Tables()
    list(load([file], Names(), reading))
    tables.add("declared-gaps", reading.tables)
    return reading, tables


def test_what_is_declared_holds_over_what_is_seen_and_says_why(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD | {"Completeness": "withdrawn"})
    _, tables = read(file)
    records = supplied(("kent", "2024-01"), ("gwent", "2024-03"), ("kent", "2024-04"))
    tables.add("street-crime", {"incidents": records})
    found = gaps(tables).filter(pl.col("force") == "gwent")
    assert found.select("month", "completeness", "note", "file", "row").rows() == [
        ("2024-01", "withdrawn", "The server was moved.", file.sha256, 2),
        ("2024-02", "withdrawn", "The server was moved.", file.sha256, 2),
        ("2024-04", "missing", NO_FILE, None, None),
    ]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("Series", "street crime", "no source of that name"),
        ("Force", "Gwent", "not a notation"),
        ("First month", "2024", "not a month"),
        ("First month", "2024-13", "not a month"),
        ("First month", "0001-01", "not a month of the years 2000 to 2100"),
        ("First month", "1999-12", "not a month of the years 2000 to 2100"),
        ("Last month", "9999-12", "not a month of the years 2000 to 2100"),
        ("Last month", "2101-01", "not a month of the years 2000 to 2100"),
        ("Last month", "2023-12", "the first month is 2024-01"),
        ("Completeness", "supplied", "needs no row"),
        ("Completeness", "late", "not a notation"),
        ("Reason", "", "the cell is empty"),
        ("Source", "a newspaper", "not an address"),
        ("Declared on", "1 March 2024", "Invalid isoformat"),
    ],
)
def test_a_declaration_is_read_strictly(
    tmp_path: Path, column: str, value: str, problem: str
) -> None:
    reading, _ = read(written(tmp_path, GOOD | {column: value}))
    (finding,) = reading.errors
    assert (finding.column, finding.row, reading.refused) == (column, 2, 1)
    assert finding.file == "declared-gaps.csv" and finding.remedy
    assert not value or finding.value == value
    assert problem in finding.problem


def test_no_month_is_declared_twice(tmp_path: Path) -> None:
    twice = GOOD | {"First month": "2024-02", "Last month": "2024-05", "Completeness": "partial"}
    reading, _ = read(written(tmp_path, GOOD, twice, twice | {"Force": "kent"}))
    (finding,) = reading.errors
    assert "2024-02 is declared in declared-gaps.csv: row 2 as well" in finding.problem
    assert (reading.written, reading.refused) == (2, 1)


def test_a_declared_gap_is_said_in_words_that_lead_to_its_source(tmp_path: Path) -> None:
    said = {
        quad.predicate: quad.object for quad in load([written(tmp_path, GOOD)], Names(), Reading())
    }
    assert said[STAT.series] == Names().data("street-crime")
    assert str(said[STAT.lastMonth]).endswith("/month/2024-02>")
    assert str(said[STAT.completeness]).endswith("/completeness/missing>")


def test_a_declaration_that_the_records_contradict_is_doubted(tmp_path: Path) -> None:
    _, tables = read(written(tmp_path, GOOD | {"First month": "2024-01", "Last month": "2024-04"}))
    reading = Reading()
    tables.add("street-crime", {"incidents": supplied(("gwent", "2024-02"), ("gwent", "2024-05"))})
    assert not list(derive(tables, Names(), reading))
    (doubt,) = reading.warnings
    assert doubt.problem == "the series has figures for February 2024, declared missing"
    assert (doubt.file, doubt.row) == ("declared-gaps.csv", 2)
    assert not reading.errors


@pytest.mark.parametrize(
    ("period", "value", "doubted"), [("2019-Q3", 70_000, 1), ("2019-Q3", 0, 0), ("2019", 9, 0)]
)
def test_a_later_table_that_gives_what_was_missing_is_noticed(
    tmp_path: Path, period: str, value: int, doubted: int
) -> None:
    months = {"First month": "2019-07", "Last month": "2019-12"}
    series = {"Series": "recorded-crime-open-data", "Force": "greater-manchester"}
    _, tables = read(written(tmp_path, GOOD | months | series))
    figures = figure("greater-manchester", period, value)
    tables.add("recorded-crime-open-data", {"figures": figures})
    reading = Reading()
    list(derive(tables, Names(), reading))
    assert len(reading.warnings) == doubted


def test_the_register_has_what_is_publicly_known() -> None:
    reading, tables = read(RawFile.at(EXAMPLE))
    assert not reading.errors
    months: dict[tuple[str, str, str], list[str]] = {}
    for row in gaps(tables).to_dicts():
        key = (row["series"], row["force"], row["completeness"])
        months.setdefault(key, []).append(row["month"])
    for series in ("recorded-crime", "recorded-crime-open-data"):
        assert months[series, "greater-manchester", "missing"] == HALF_OF_2019
    for series in ("street-crime", "police-outcomes", "stop-and-search"):
        assert months[series, "greater-manchester", "missing"][:6] == HALF_OF_2019
    assert months["stop-and-search", "thames-valley", "partial"] == ["2022-01"]


def observed(tables: Tables) -> Iterator[dict[str, object]]:
    (cube,) = cubes(tables, Names())
    yield from cube.frame.to_dicts()


def test_completeness_is_said_of_every_month_supplied_missing_or_partial(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD | {"Last month": "2024-01", "Completeness": "partial"})
    _, tables = read(file)
    records = supplied(*[("gwent", "2024-01")] * 3, ("gwent", "2024-03"), ("kent", "2024-02"))
    tables.add("street-crime", {"incidents": records})
    every = {(str(row["force"]), row["period"]): row for row in observed(tables)}
    found = {key: row for key, row in every.items() if key[0] in ("gwent", "kent")}
    assert {key: (row["records"], row["completeness"]) for key, row in found.items()} == {
        ("gwent", "2024-01"): (3, "partial"),
        ("gwent", "2024-02"): (None, "missing"),
        ("gwent", "2024-03"): (1, "supplied"),
        ("kent", "2024-01"): (None, "missing"),
        ("kent", "2024-02"): (1, "supplied"),
        ("kent", "2024-03"): (None, "missing"),
    }
    partial = found["gwent", "2024-01"]
    assert partial["note"] == "January 2024 was supplied only in part. The server was moved."
    assert partial["file"] == ["gwent 2024-01", file.sha256]
    assert found["gwent", "2024-02"]["file"] == ["kent 2024-02"], "the only file of the month"
    assert found["kent", "2024-01"]["file"] == ["gwent 2024-01"], "the only file of the month"
    assert [row["status"] for row in found.values()] == [None, "M", "A", "M", "A", "M"]


def test_exactly_the_months_of_which_a_force_has_no_file_are_missing(shared: Path) -> None:
    """Oddity 7 of data.police.uk: missing files are normal (Nottinghamshire in April 2024)."""
    paths = sorted((shared / "police-uk" / "street").glob("2024-*/*-street.csv.gz"))
    if not paths:
        # The counts are those of the published files, which a bare clone does not have.
        pytest.skip("the street files are not here")
    there = {(path.name[8:].removesuffix("-street.csv.gz"), path.name[:7]) for path in paths}
    tables = Tables()
    tables.add("street-crime", {"incidents": supplied(*sorted(there))})
    missing = set(gaps(tables).select("force", "month").iter_rows())
    every = set(product(of_england_and_wales(), {month for _, month in there}))
    assert {force for force, _ in there} < of_england_and_wales()
    assert ("metropolitan", "2024-01") in missing, "of which there is no file at all"
    assert missing == every - there
    assert not missing & there


def test_the_stop_and_searches_of_thames_valley_in_2022_are_plainly_incomplete(
    shared: Path,
) -> None:
    """Oddity 9 of data.police.uk: 84 rows, all of one ethnicity, without place or legislation."""
    month = "2022-01"
    path = shared / "police-uk/stop-and-search" / month
    (file,) = path.glob("*thames-valley*")
    rows = pl.read_csv(file, infer_schema=False)
    tables = Tables()
    same = {"force": "thames-valley", "month": month, "file": "f"}
    tables.add("stop-and-search", {"searches": pl.DataFrame([same] * rows.height)})
    tables.add("declared-gaps", read_example())
    (said,) = (
        row for row in observed(tables) if (row["force"], row["period"]) == ("thames-valley", month)
    )
    assert (said["records"], said["completeness"], said["status"]) == (84, "partial", None)
    assert rows["Officer-defined ethnicity"].drop_nulls().unique().to_list() == ["Asian"]
    assert rows["Latitude"].null_count() == rows["Legislation"].null_count() == 84


def read_example() -> dict[str, pl.DataFrame]:
    reading = Reading()
    list(load([RawFile.at(EXAMPLE)], Names(), reading))
    return reading.tables


def test_a_register_with_a_column_too_few_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "declared-gaps.csv"
    path.write_text("Series,Force\nstreet-crime,kent\n", encoding="utf-8")
    with pytest.raises(SourceRejected):
        read(RawFile.at(path))
