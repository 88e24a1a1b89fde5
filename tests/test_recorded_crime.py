"""Recorded crime of years that end with a quarter: read as published, summed, compared, rated."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from pyoxigraph import Literal

from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.forcemonths import force_areas
from homegraph.graph.cubes.periods import year_ending
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names, concept
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release
from homegraph.loaders.recorded_crime.categories import BODIES, IN_USE, NEGATIVE, members
from homegraph.loaders.recorded_crime.loader import COLUMNS, cubes, load

LOADERS = Path(__file__).parents[1] / "loaders"
EXAMPLE = LOADERS / "recorded_crime" / "example"
PERIOD, FORCE, REGION, OFFENCE, FIGURE = COLUMNS
GOOD = ("31-12-2018", "Cheshire", "North West", "Robbery", "12")
Raw = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Read:
    """What was read of files, and the cubes it makes."""

    reading: Reading
    cubes: dict[str, Cube]

    def figure(self, cube: str, force: str, ends: str, offence: str) -> dict[str, object]:
        """One observation, by the last month of its year."""
        first = self.cubes[cube].dimensions[0].column
        found = self.cubes[cube].frame.filter(
            pl.col(first) == force,
            pl.col("period") == year_ending(ends),
            pl.col("offence") == offence,
        )
        (row,) = found.to_dicts()
        return row


def read(*files: RawFile, more: dict[str, dict[str, pl.DataFrame]] | None = None) -> Read:
    """Read files; `more` are tables of other sources."""
    reading, tables = Reading(), Tables()
    list(load(files, Names(), reading))
    tables.add("recorded-crime", reading.tables)
    for source, of_source in (more or {}).items():
        tables.add(source, of_source)
    made = {} if reading.errors else {cube.name: cube for cube in cubes(tables, Names())}
    return Read(reading, made)


def written(folder: Path, *rows: Raw, name: str = "rec-crime-pfa.csv") -> RawFile:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])
    return RawFile.at(path)


@pytest.fixture(scope="session")
def path(shared: Path) -> Path:
    found = shared / "home-office-stats" / "rec-crime-pfa.csv.gz"
    if not found.is_file():
        pytest.skip("the file of recorded crime is not here")
    return found


@pytest.fixture(scope="session")
def real(path: Path) -> Read:
    return read(RawFile.at(path))


@pytest.fixture(scope="session")
def raw(path: Path) -> list[dict[str, str]]:
    """The rows of the real file, read by nothing of ours."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_real_file_loads_as_it_is(real: Read) -> None:
    counts = (real.reading.records, real.reading.written, real.reading.refused)
    assert counts == (46_469, 46_469, 0)
    assert not real.reading.errors
    assert real.cubes["recorded-crime-rolling-year"].frame.height == 46_469


def test_every_figure_is_the_one_in_its_row(real: Read, raw: list[dict[str, str]]) -> None:
    frame = real.cubes["recorded-crime-rolling-year"].frame
    for number, value, column in frame.select("row", "offences", "cell_column").iter_rows():
        assert int(raw[number - 2][column]) == value


def test_negative_counts_are_corrections_and_stay(real: Read, raw: list[dict[str, str]]) -> None:
    """Oddity: 25 negative counts, such as Cheshire's -1 to -3 in 2007."""
    frame = real.cubes["recorded-crime-rolling-year"].frame
    below = frame.filter(pl.col("offences") < 0)
    assert below.height == sum(row[FIGURE].startswith("-") for row in raw) == 25
    driving = "death-or-serious-injury-caused-by-illegal-driving"
    found = [
        real.figure("recorded-crime-rolling-year", "cheshire", f"2007-{month}", driving)["offences"]
        for month in ("06", "09", "12")
    ]
    assert found == [-1, -2, -3]
    assert below["note"].str.ends_with(NEGATIVE).all()
    for name in ("recorded-crime-groups", "recorded-crime-by-region"):
        below = real.cubes[name].frame.filter(pl.col("offences") < 0)
        assert below["note"].str.ends_with(NEGATIVE).all()
    changes = real.cubes["recorded-crime-change"].frame
    below = changes.filter((pl.col("figure") < 0) | (pl.col("figure_year_before") < 0))
    assert below["note"].str.contains(NEGATIVE, literal=True).all()


def test_the_quarter_labelled_30_12_2017_is_the_one_that_ends_on_the_31st(real: Read) -> None:
    """Oddity: one quarter labelled 30-12-2017; the label is kept, and said once to a reader."""
    frame = real.cubes["recorded-crime-rolling-year"].frame
    slips = frame.filter(pl.col("published_period").is_not_null())
    assert slips["published_period"].unique().to_list() == ["30-12-2017"]
    assert slips["period"].unique().to_list() == [year_ending("2017-12")]
    assert slips.height == 927
    (warning,) = real.reading.warnings
    assert (warning.column, warning.value, warning.row) == (PERIOD, "30-12-2017", 41_836)


def test_bodies_that_are_no_forces_stand_among_the_forces(real: Read) -> None:
    """Oddity: "forces" include Action Fraud, CIFAS, UK Finance and BTP."""
    frame = real.cubes["recorded-crime-rolling-year"].frame
    found = set(frame["force"].unique())
    assert len(found) == 47
    assert {"action-fraud", "cifas", "uk-finance", "btp"} <= found
    assert real.figure("recorded-crime-rolling-year", "cifas", "2018-12", "cifas")["offences"] == (
        296_896
    )


@pytest.mark.parametrize(
    ("slug", "spellings"),
    [
        (
            "devon-and-cornwall",
            ("Devon & Cornwall Police", "Devon & Cornwall", "Devon and Cornwall"),
        ),
        ("city-of-london", ("London, City of", "City of London", "City of London Police")),
        ("metropolitan", ("Metropolitan Police Service", "Metropolitan Police")),
        ("cifas", ("Cifas", "CIFAS")),
    ],
)
def test_a_force_is_one_concept_however_publishers_spell_it(
    slug: str, spellings: tuple[str, ...]
) -> None:
    """Oddity 10 of data.police.uk: force names have at least five spellings."""
    forces = code_list("police-force")
    assert {forces.read(spelling) for spelling in spellings} == {forces.code(slug)}


def test_regions_that_are_no_regions_count_only_for_the_whole(
    real: Read, raw: list[dict[str, str]]
) -> None:
    """Oddity: regions include "Fraud: CIFAS"."""
    areas = real.cubes["recorded-crime-by-region"]
    assert areas.frame["area"].n_unique() == 12
    expected = sum(
        int(row[FIGURE])
        for row in raw
        if row[PERIOD] == "31-12-2018"
        and row[REGION] not in {"Wales", "British Transport Police"}
        and not row[REGION].startswith("Fraud")
    )
    england = real.figure("recorded-crime-by-region", "E92000001", "2018-12", "all")
    assert england["offences"] == expected
    assert areas.frame.filter(
        pl.col("offence") == "cifas", pl.col("area") != "K04000001"
    ).is_empty()


def test_a_sum_over_an_area_says_so_when_a_force_of_it_is_not_there(
    real: Read, tmp_path: Path
) -> None:
    areas = real.cubes["recorded-crime-by-region"].frame
    assert areas.filter(pl.col("note").str.contains("Only ")).is_empty(), "all forces are there"
    partial = areas.filter(pl.col("completeness").is_not_null())
    began = "^(The category|The figures of Action Fraud, CIFAS and UK Finance) (began|ended) in "
    assert partial["note"].str.contains(began).all()
    one = read(written(tmp_path, GOOD)).figure(
        "recorded-crime-by-region", "E12000002", "2018-12", "robbery"
    )
    assert (one["offences"], one["completeness"], one["status"]) == (12, "partial", None)
    assert one["note"] == "Only 1 of 5 forces and bodies are counted."


def test_the_categories_of_every_year_add_up_to_the_totals_of_the_file(
    real: Read, raw: list[dict[str, str]]
) -> None:
    by_force: Counter[tuple[str, str]] = Counter()
    everywhere: Counter[str] = Counter()
    forces = code_list("police-force")
    for row in raw:
        _, month, year = row[PERIOD].split("-")
        period = year_ending(f"{year}-{month}")
        force = forces.read(row[FORCE]).value.rpartition("/")[2]
        by_force[force, period] += int(row[FIGURE])
        everywhere[period] += int(row[FIGURE])
    groups = real.cubes["recorded-crime-groups"].frame.filter(pl.col("offence") == "all")
    assert {(f, p): n for f, p, n in groups.select("force", "period", "offences").iter_rows()} == (
        by_force
    )
    lacking = groups.filter(pl.col("note").str.contains("Not in the file"))
    assert lacking.is_empty(), "no category is ever missing"
    partial = groups.filter(pl.col("completeness").is_not_null())
    late = {year_ending(f"2011-{month}") for month in ("06", "09", "12")}
    assert set(partial.select("force", "period").iter_rows()) == set(product(BODIES, late))
    areas = real.cubes["recorded-crime-by-region"].frame.filter(
        pl.col("offence") == "all", pl.col("area") == "K04000001"
    )
    assert dict(areas.select("period", "offences").iter_rows()) == everywhere
    assert everywhere[year_ending("2018-12")] == 5_829_016


def test_the_categories_of_the_list_are_those_of_the_file(raw: list[dict[str, str]]) -> None:
    """Oddity: categories change over the years, 25 in all."""
    offences = code_list("recorded-crime-offence")
    named = {offences.read(row[OFFENCE]) for row in raw}
    assert named == set(offences.labels) - offences.groups
    assert len(named) == 25
    assert set(members()["offence"]) == {node.value.rpartition("/")[2] for node in named}


def test_burglary_is_one_series_across_its_new_division_of_2017(real: Read) -> None:
    """Oddity: (non-)domestic burglary became (non-)residential burglary in April 2017."""
    force = "greater-manchester"
    new = real.figure("recorded-crime-rolling-year", force, "2017-06", "residential-burglary")
    assert (new["completeness"], new["status"]) == ("partial", None)
    assert new["note"] == "The category began in April 2017: only April to June 2017 are counted."
    old = real.figure("recorded-crime-rolling-year", force, "2018-06", "domestic-burglary")
    assert str(old["note"]).endswith("what is counted here are corrections.")
    change = real.figure("recorded-crime-change", force, "2018-06", "residential-burglary")
    assert (change["percent_change"], change["status"]) == (None, "M")
    assert "not in use for the whole of both years" in str(change["note"])
    whole = real.figure("recorded-crime-change", force, "2018-06", "burglary")
    assert (whole["figure"], whole["figure_year_before"]) == (31_252, 32_175)
    assert whole["percent_change"] == -2.9


def test_a_body_that_began_within_a_year_is_not_compared_with_that_year(real: Read) -> None:
    """Action Fraud and two others have figures from April 2011: the first years are parts."""
    for body, offence in product(BODIES, ("all", None)):
        cube = "recorded-crime-groups" if offence else "recorded-crime-rolling-year"
        first = real.figure(cube, body, "2011-06", offence or body)
        assert (first["completeness"], first["status"]) == ("partial", None)
        note = "The category began in April 2011: only April to June 2011 are counted."
        assert first["note"] == note
        for ends in ("2012-06", "2012-09", "2012-12"):
            change = real.figure("recorded-crime-change", body, ends, offence or body)
            assert [change[name] for name in ("percent_change", "change")] == [None, None]
            assert change["status"] == "M"
            assert "not in use for the whole of both years" in str(change["note"])
        whole = real.figure("recorded-crime-change", body, "2013-03", offence or body)
        assert whole["status"] == "A"
        assert whole["percent_change"] is not None


def test_the_country_says_that_the_bodies_count_for_a_part_of_2011(real: Read) -> None:
    for offence, ends in product(("all", "fraud"), ("2011-06", "2011-09", "2011-12")):
        figure = real.figure("recorded-crime-by-region", "K04000001", ends, offence)
        assert (figure["completeness"], figure["status"]) == ("partial", None)
        assert "Action Fraud, CIFAS and UK Finance began in April 2011" in str(figure["note"])
    before = real.figure("recorded-crime-by-region", "K04000001", "2011-03", "all")
    assert (before["completeness"], before["status"], before["note"]) == (None, "A", None)


def test_all_offences_of_a_force_have_a_break_while_fraud_was_handed_over(real: Read) -> None:
    """Between April 2011 and March 2013 forces handed fraud over, each on a day of its own."""
    seen = {"2011-03": "A", "2011-06": "B", "2012-03": "B", "2013-12": "B", "2014-03": "A"}
    for ends, status in seen.items():
        for cube, who in (
            ("recorded-crime-groups", "kent"),
            ("recorded-crime-by-region", "E12000008"),
        ):
            figure = real.figure(cube, who, ends, "all")
            assert (figure["status"], figure["completeness"]) == (status, None)
            assert (figure["note"] is None) == (status == "A")
            assert real.figure(cube, who, ends, "theft-offences")["status"] == "A"
    compared = {"2011-03": "A", "2011-06": "M", "2013-03": "M", "2014-12": "M", "2015-03": "A"}
    for ends, status in compared.items():
        change = real.figure("recorded-crime-change", "kent", ends, "all")
        assert change["status"] == status
        assert (change["percent_change"] is None) == (status == "M")
        assert ("fraud moved" in str(change["note"])) == (status == "M")


def test_no_rate_is_given_of_a_category_that_counts_for_a_part_of_the_year(path: Path) -> None:
    people = [
        {"area": area, "year": "2011", "residents": 1_000_000, "file": "people"}
        for area in force_areas()
    ]
    more = {"population": {"figures": pl.DataFrame(people)}}
    frame = read(RawFile.at(path), more=more).cubes["recorded-crime-rates"].frame
    in_use = pl.col("note").str.contains("are counted|here are corrections|The category began")
    part = frame.filter(in_use)
    assert part.height > 1000
    assert part["offences_per_thousand"].null_count() == part.height
    assert set(part.select("status", "completeness").iter_rows()) == {(None, "partial")}
    assert part["note"].str.ends_with("No rate is given for a period that is not complete.").all()
    assert frame.filter(~in_use.fill_null(value=False))["offences_per_thousand"].null_count() == 0


def test_each_category_that_came_or_went_does_so_in_the_file(raw: list[dict[str, str]]) -> None:
    """What categories.py holds of the months of use is what the figures show."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in raw:
        _, month, year = row[PERIOD].split("-")
        name = code_list("recorded-crime-offence").read(row[OFFENCE]).value.rpartition("/")[2]
        sums[name, f"{year}-{month}"] += abs(int(row[FIGURE]))
    for name, (first, last) in IN_USE.items():
        of_name = {month: value for (of, month), value in sums.items() if of == name}
        used = {month for month, value in of_name.items() if value > 1000}
        before_first = [month for month in used if month < first]
        year_after_last = [month for month in used if last < "9" and month >= f"{int(last[:4]) + 1}"
                           f"{last[4:]}"]  # fmt: skip
        assert used
        assert not before_first
        assert not year_after_last


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        (PERIOD, "2018-12-31", "not a day written as 31-12-2018"),
        (PERIOD, "29-12-2018", "not the last day of a quarter"),
        (PERIOD, "30-11-2018", "not the last day of a quarter"),
        (FORCE, "Cheshire and Chester", "not a label"),
        (REGION, "North-West", "not a region"),
        (OFFENCE, "Piracy", "not a label"),
        (OFFENCE, "Theft offences", "that is a group"),
        (FIGURE, "12.0", "not a whole number"),
        (FIGURE, "99999999999999999999", "not a whole number of at most nine digits"),
        (FIGURE, "..", "not a whole number"),
        (FIGURE, "", "the cell is empty"),
    ],
)
def test_a_row_is_read_strictly(tmp_path: Path, column: str, value: str, problem: str) -> None:
    row = dict(zip(COLUMNS, GOOD, strict=True)) | {column: value}
    found = read(written(tmp_path, tuple(row.values()))).reading  # type: ignore[arg-type]
    (finding,) = found.errors
    assert (finding.row, finding.column, found.refused) == (2, column, 1)
    assert problem in finding.problem


def test_a_figure_that_stands_twice_is_refused(tmp_path: Path) -> None:
    found = read(written(tmp_path, GOOD, GOOD)).reading
    assert "the row 2 is of the same force" in found.errors[0].problem
    assert (found.written, found.refused) == (1, 1)


def test_a_force_that_stands_in_two_regions_is_refused(tmp_path: Path) -> None:
    moved = ("30-09-2018", "Cheshire", "Wales", "Robbery", "10")
    (finding,) = read(written(tmp_path, GOOD, moved)).reading.errors
    assert (finding.column, finding.row) == (REGION, 3)


def test_the_later_release_holds_and_the_earlier_figure_is_kept_beside_it(tmp_path: Path) -> None:
    older = written(
        tmp_path,
        ("30-09-2018", "Cheshire", "North West", "Robbery", "10"),
        ("30-09-2018", "Cheshire", "North West", "Shoplifting", "70"),
        name="rec-crime-pfa-2018-09.csv",
    )
    newer = written(
        tmp_path,
        GOOD,
        ("30-09-2018", "Cheshire", "North West", "Robbery", "11"),
        ("30-09-2018", "Cheshire", "North West", "Shoplifting", "70"),
        name="rec-crime-pfa-2018-12.csv",
    )
    for order in ([older, newer], [newer, older]):
        found = read(*order)
        assert found.reading.written == 5
        cube = "recorded-crime-rolling-year"
        revised = found.figure(cube, "cheshire", "2018-09", "robbery")
        assert (revised["offences"], revised["previous"]) == (11, 10)
        assert (revised["file"], revised["previous_file"]) == (newer.sha256, older.sha256)
        assert (revised["completeness"], revised["status"], revised["row"]) == ("revised", "A", 3)
        assert revised["note"] == "Revised: an earlier file gave 10."
        same = found.figure(cube, "cheshire", "2018-09", "shoplifting")
        assert (same["file"], same["previous"], same["completeness"]) == (newer.sha256, None, None)
        new = found.figure(cube, "cheshire", "2018-12", "robbery")
        assert (new["file"], new["previous"], new["completeness"]) == (newer.sha256, None, None)


def test_of_several_revisions_the_figure_just_before_the_last_is_kept(tmp_path: Path) -> None:
    files = [
        written(
            tmp_path,
            ("31-03-2018", "Cheshire", "North West", "Robbery", figure),
            (ends, "Cheshire", "North West", "Homicide", "1"),
            name=f"rec-crime-pfa-{number}.csv",
        )
        for number, (ends, figure) in enumerate(
            [("30-06-2018", "1"), ("30-09-2018", "2"), ("31-12-2018", "3"), ("31-03-2019", "3")]
        )
    ]
    row = read(*files).figure("recorded-crime-rolling-year", "cheshire", "2018-03", "robbery")
    assert (row["offences"], row["previous"]) == (3, 2)
    assert (row["file"], row["previous_file"]) == (files[3].sha256, files[1].sha256)


def test_a_group_of_which_a_part_was_revised_is_revised(tmp_path: Path) -> None:
    def release(name: str, ends: str, robbery: str) -> RawFile:
        rows = whole_year("31-12-2017") + whole_year(ends)
        changed = [
            (*row[:4], robbery) if row[3] == "Robbery" and row[0] == "31-12-2017" else row
            for row in rows
        ]
        return written(tmp_path, *changed, name=name)

    found = read(
        release("rec-crime-pfa-1.csv", "31-03-2018", "8"),
        release("rec-crime-pfa-2.csv", "30-06-2018", "10"),
    )
    total = found.figure("recorded-crime-groups", "cheshire", "2017-12", "all")
    assert (total["completeness"], total["status"]) == ("revised", "A")
    assert (total["offences"], total["previous"]) == (210, 208)
    burglary = found.figure("recorded-crime-groups", "cheshire", "2017-12", "burglary")
    assert (burglary["completeness"], burglary["previous"]) == (None, None)


def test_releases_that_end_together_and_disagree_are_not_guessed_between(tmp_path: Path) -> None:
    one = written(tmp_path, GOOD, name="rec-crime-pfa-a.csv")
    other = written(tmp_path, (*GOOD[:4], "13"), name="rec-crime-pfa-b.csv")
    (finding,) = read(one, other).reading.errors
    assert (finding.file, finding.row, finding.value) == ("rec-crime-pfa-b.csv", 2, "13")
    assert "ends at the same time" in finding.problem


# The narrowest categories that a force has figures of in a year across April 2017.
CATEGORIES = sorted(
    code_list("recorded-crime-offence").labels[code_list("recorded-crime-offence").code(name)]
    for name in set(members()["offence"])
    - {"fraud-offences", "action-fraud", "cifas", "uk-finance"}
)


def whole_year(ends: str, figure: str = "10") -> list[Raw]:
    """A force with the same figure in every category."""
    return [(ends, "Cheshire", "North West", label, figure) for label in CATEGORIES]


def test_a_group_that_lacks_a_category_is_never_given_as_if_it_were_whole(tmp_path: Path) -> None:
    rows = [row for row in whole_year("31-12-2017") if row[3] != "Shoplifting"]
    found = read(written(tmp_path, *rows))
    total = found.figure("recorded-crime-groups", "cheshire", "2017-12", "all")
    said = "Not in the file, and so not counted: Shoplifting."
    assert (total["offences"], total["completeness"], total["status"]) == (200, "partial", None)
    assert total["note"] == said
    burglary = found.figure("recorded-crime-groups", "cheshire", "2017-12", "burglary")
    assert (burglary["completeness"], burglary["status"]) == (None, "A")
    area = found.figure("recorded-crime-by-region", "E12000002", "2017-12", "all")
    short = "Only 1 of 5 forces and bodies are counted."
    assert (area["completeness"], area["note"]) == (
        "partial",
        f"Cheshire Constabulary: {said} {short}",
    )


def test_a_change_has_both_figures_and_no_percentage_of_nothing(tmp_path: Path) -> None:
    rows = [
        ("31-12-2017", "Cheshire", "North West", "Robbery", "8"),
        ("31-12-2018", "Cheshire", "North West", "Robbery", "9"),
        ("31-12-2017", "Cheshire", "North West", "Homicide", "0"),
        ("31-12-2018", "Cheshire", "North West", "Homicide", "4"),
    ]
    found = read(written(tmp_path, *rows))
    robbery = found.figure("recorded-crime-change", "cheshire", "2018-12", "robbery")
    assert [robbery[name] for name in ("percent_change", "change", "figure")] == [12.5, 1, 9]
    assert (robbery["figure_year_before"], robbery["status"]) == (8, "A")
    homicide = found.figure("recorded-crime-change", "cheshire", "2018-12", "homicide")
    assert [homicide[name] for name in ("percent_change", "change", "status")] == [None, 4, "M"]


def gap(first: str, last: str) -> dict[str, dict[str, pl.DataFrame]]:
    """A declaration that Cheshire supplied nothing in some months."""
    fact = {"series": "recorded-crime", "force": "cheshire", "completeness": "missing"}
    fact |= {"first_month": first, "last_month": last, "note": "Lost.", "file": "declared"}
    return {"declared-gaps": {"facts": pl.DataFrame([fact | {"row": 2}])}}


RESIDENTS = {
    "population": {
        "figures": pl.DataFrame(
            {"area": ["E23000006"], "year": ["2016"], "residents": [1000], "file": ["people"]}
        )
    }
}


def test_an_incomplete_year_has_a_figure_but_no_rate_and_no_change(tmp_path: Path) -> None:
    rows = [*whole_year("31-12-2017"), *whole_year("31-12-2018", "5")]
    found = read(written(tmp_path, *rows), more={**gap("2018-07", "2018-12"), **RESIDENTS})
    said = "July to December 2018 were not supplied."
    for cube, offence, value in (
        ("recorded-crime-rolling-year", "robbery", 5),
        ("recorded-crime-groups", "all", 105),
    ):
        row = found.figure(cube, "cheshire", "2018-12", offence)
        assert (row["offences"], row["status"], row["completeness"]) == (value, None, "partial")
        assert row["note"] == said
    area = found.figure("recorded-crime-by-region", "K04000001", "2018-12", "all")
    assert (area["offences"], area["completeness"]) == (105, "partial")
    short = "Only 1 of 47 forces and bodies are counted."
    assert area["note"] == f"Cheshire Constabulary: {said} {short}"
    rate = found.figure("recorded-crime-rates", "cheshire", "2018-12", "all")
    assert (rate["offences_per_thousand"], rate["completeness"]) == (None, "partial")
    assert rate["status"] is None
    change = found.figure("recorded-crime-change", "cheshire", "2018-12", "all")
    assert [change[name] for name in ("percent_change", "change")] == [None, None]
    assert (change["status"], change["completeness"]) == (None, "partial")
    before = found.figure("recorded-crime-rates", "cheshire", "2017-12", "robbery")
    assert (before["offences_per_thousand"], before["residents"]) == (10.0, 1000)
    assert before["population_year"] == "2016"
    assert "people" in str(before["file"])


def test_without_any_number_of_residents_there_is_no_cube_of_rates(real: Read) -> None:
    assert "recorded-crime-rates" not in real.cubes


def test_the_observations_of_every_cube_are_distinct(real: Read) -> None:
    for cube in real.cubes.values():
        codes = [dimension.column for dimension in cube.dimensions]
        assert not cube.frame.select(pl.struct(codes).is_duplicated().any()).item()
        assert cube.frame.select(pl.any_horizontal(pl.col(codes).is_null().any())).item() is False


GREATER_MANCHESTER = """
PREFIX sdmx: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX stat: <https://w3id.org/homegraph/def/statistics#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?value ?completeness ?note WHERE {
    ?figure stat:force <https://w3id.org/homegraph/def/concept/police-force/greater-manchester> ;
        stat:recordedOffence <https://w3id.org/homegraph/def/concept/recorded-crime-offence/all> ;
        sdmx:refPeriod/rdfs:label "Year to December 2019"@en ;
        stat:offencesInYear ?value ; stat:completeness ?completeness ; rdfs:comment ?note }
"""


def test_the_total_of_greater_manchester_in_2019_comes_with_its_incompleteness(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    release = make(
        tmp_path, recorded_crime=[EXAMPLE], declared_gaps=[LOADERS / "declared_gaps" / "example"]
    )
    (found,) = release.store().query(GREATER_MANCHESTER, use_default_graph_as_union=True)
    note = "July to December 2019 were not supplied."
    assert found["completeness"] == concept("completeness", "partial")
    assert found["note"] == Literal(note, language="en")
    folder = release.path / "distributions/recorded-crime-groups/time-series/1"
    table = pl.read_csv(folder / "recorded-crime-groups.csv", infer_schema=False)
    (row,) = table.filter(
        pl.col("force") == "greater-manchester",
        pl.col("period_label") == "Year to December 2019",
        pl.col("offence") == "all",
    ).to_dicts()
    assert (row["offences"], row["completeness"]) == (found["value"].value, "partial")
    assert row["note"] == note
