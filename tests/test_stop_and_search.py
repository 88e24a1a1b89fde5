"""Every oddity of stop and search files, each by a minimal row; totals against the raw files."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from homegraph.endpoint import World, create_app
from homegraph.endpoint.queries import examples
from homegraph.graph.check import check_file
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.completeness import gaps
from homegraph.graph.cubes.counting import Written
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names, concept
from homegraph.graph.raw import RawFile, paths
from homegraph.graph.release import Release
from homegraph.graph.rules import validate
from homegraph.graph.slices import SliceDone, SliceOutput
from homegraph.graph.terms import CRIME, GEO, PROV, RDF, SDMXA, XSD
from homegraph.loaders import by_name
from homegraph.loaders.stop_and_search import loader
from homegraph.loaders.stop_and_search.columns import CODED, COLUMNS, labels_of
from homegraph.loaders.stop_and_search.cubes import groups

TODAY = date(2026, 11, 22)
NAME = "2022-01-thames-valley-stop-and-search.csv"
ORDINARY = {
    "Type": "Person search",
    "Date": "2022-01-13T03:10:00+00:00",
    "Part of a policing operation": "False",
    "Policing operation": "",
    "Latitude": "51.455989",
    "Longitude": "-0.943536",
    "Gender": "Male",
    "Age range": "18-24",
    "Self-defined ethnicity": "White - English/Welsh/Scottish/Northern Irish/British",
    "Officer-defined ethnicity": "White",
    "Legislation": "Misuse of Drugs Act 1971 (section 23)",
    "Object of search": "Controlled drugs",
    "Outcome": "A no further action disposal",
    "Outcome linked to object of search": "",
    "Removal of more than just outer clothing": "False",
}
ONLY_A_VEHICLE = {
    **dict.fromkeys(COLUMNS, ""),
    "Type": "Vehicle search",
    "Date": "2022-01-01T00:00:00+00:00",
}
NOTED = "The file has 84 searches, nearly all of persons whom officers defined as Asian."
Row = dict[str, str]


def row(**cells: str) -> Row:
    """An ordinary row with some cells changed; blanks in headings are underscores."""
    changed = {name.replace("_", " "): value for name, value in cells.items()}
    assert set(changed) <= set(COLUMNS)
    return {**ORDINARY, **changed}


def ethnic(label: str) -> Row:
    return {**ORDINARY, "Self-defined ethnicity": label}


def written(
    folder: Path, rows: Iterable[Row], name: str = NAME, end: str = "\r\n", columns: int = 15
) -> RawFile:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, COLUMNS[:columns], extrasaction="ignore", lineterminator=end)
        table.writeheader()
        table.writerows(rows)
    return RawFile.at(path)


def read(*files: RawFile) -> tuple[list[Quad], list[Quad], Tables]:
    """Quads of the searches and points, what settles over all slices, and the tables."""
    texts: list[str] = []
    frames: list[pl.DataFrame] = []
    done = []
    for part in loader.slices(files):
        reading, out = Reading(), SliceOutput(texts.append)
        loader.stream(part, Names(), out, reading)
        reading.insist()
        texts += out.shared
        frames.append(out.tables["searches"])
        counts = (reading.records, reading.written, reading.refused)
        done.append(SliceDone(part.key, part.files, *counts, out.facts))
        assert out.tally[CRIME.searchTime.value] == reading.written
    tables = Tables()
    tables.add("stop-and-search", {"searches": pl.concat(frames)})
    quads = list(parse(input="".join(texts), format=RdfFormat.N_QUADS))
    return quads, list(loader.settle(done, Names())), tables


def values(quads: Iterable[Quad], predicate: NamedNode) -> list[str]:
    return [
        quad.object.value
        for quad in quads
        if quad.predicate == predicate and hasattr(quad.object, "value")
    ]


def said(quads: Iterable[Quad], predicate: NamedNode) -> list[str]:
    """The notations that a property has."""
    return [value.rpartition("/")[2] for value in values(quads, predicate)]


def refused(file: RawFile) -> Finding:
    """The one finding that a file is refused for."""
    with pytest.raises(SourceRejected) as caught:
        read(file)
    (finding,) = caught.value.findings
    assert finding.file == file.name
    assert finding.remedy
    return finding


def cubes(tables: Tables) -> dict[str, Cube]:
    return {cube.name: cube for cube in loader.cubes(tables, Names())}


# Oddities that are read


def test_searches_have_no_identifier_so_alike_rows_are_searches_named_by_their_row(
    tmp_path: Path,
) -> None:
    quads, settled, _ = read(written(tmp_path, [row(), row(), row()]))
    searches = sorted({q.subject.value for q in quads if q.predicate == CRIME.searchTime})
    start = "http://localhost:8000/id/stop-and-search/thames-valley/2022-01/"
    assert searches == [f"{start}{number}" for number in (2, 3, 4)]
    assert len({quad.subject for quad in quads if quad.predicate == GEO.asWKT}) == 1
    assert values(settled, CRIME.searchCount) == ["3"]


def test_a_file_of_june_begins_on_the_last_of_may_in_utc(tmp_path: Path) -> None:
    name = "2016-06-metropolitan-stop-and-search.csv"
    quads, _, _ = read(written(tmp_path, [row(Date="2016-05-31T23:01:00+00:00")], name))
    (time,) = [quad.object for quad in quads if quad.predicate == CRIME.searchTime]
    assert str(time) == f'"2016-05-31T23:01:00+00:00"^^{XSD.dateTime}'
    assert said(quads, CRIME.searchMonth) == ["2016-06"]


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("2016-06-metropolitan-stop-and-search.csv", "2016-05-31T22:59:59+00:00"),
        ("2016-06-metropolitan-stop-and-search.csv", "2016-07-01T00:00:00+00:00"),
        ("2022-01-thames-valley-stop-and-search.csv", "2021-12-31T23:30:00+00:00"),
        ("2022-12-thames-valley-stop-and-search.csv", "2023-01-01T00:00:00Z"),
    ],
)
def test_a_time_of_another_month_is_refused(tmp_path: Path, name: str, time: str) -> None:
    finding = refused(written(tmp_path, [row(Date=time)], name))
    assert (finding.row, finding.column, finding.value) == (2, "Date", time)
    assert "the file's name says" in finding.problem


@pytest.mark.parametrize("time", ["", "2022-01-13", "2022-01-13T03:10:00", "2022-01-32T00:00:00Z"])
def test_what_is_no_time_with_its_offset_is_refused(tmp_path: Path, time: str) -> None:
    finding = refused(written(tmp_path, [row(Date=time)]))
    assert (finding.column, finding.value) == ("Date", time)


@pytest.mark.parametrize(
    ("old", "new", "notation"),
    [
        ("Suspect arrested", "Arrest", "arrest"),
        ("Local resolution", "Community resolution", "community-resolution"),
        ("Offender given drugs possession warning", "Khat or Cannabis warning", "drugs-warning"),
        ("Offender given penalty notice", "Penalty Notice for Disorder", "penalty-notice"),
        ("Suspect summonsed to court", "Summons / charged by post", "summons"),
        ("Offender cautioned", "Caution (simple or conditional)", "caution"),
    ],
)
def test_old_and_new_words_for_an_outcome_are_one_concept(
    tmp_path: Path, old: str, new: str, notation: str
) -> None:
    quads, _, _ = read(written(tmp_path, [row(Outcome=old), row(Outcome=new)]))
    assert said(quads, CRIME.searchOutcome) == [notation, notation]


def test_nothing_found_says_more_than_no_further_action(tmp_path: Path) -> None:
    rows = [row(Outcome="Nothing found - no further action"), row()]
    quads, _, _ = read(written(tmp_path, rows))
    assert said(quads, CRIME.searchOutcome) == ["nothing-found", "no-further-action"]
    text = (Path(__file__).parents[1] / "ontologies" / "search-outcome.ttl").read_text("utf-8")
    assert "skos:related :no-further-action" in text


@pytest.mark.parametrize(
    ("old", "new", "notation"),
    [
        (
            "Black or Black British - African (B2)",
            "Black/African/Caribbean/Black British - African",
            "B2",
        ),
        ("Asian or Asian British - Pakistani (A2)", "Asian/Asian British - Pakistani", "A2"),
        ("Chinese or other ethnic group - Chinese (O1)", "Asian/Asian British - Chinese", "A4"),
        ("Not Stated (NS)", "Other ethnic group - Not stated", "NS"),
    ],
)
def test_old_and_new_words_for_an_ethnicity_are_one_concept(
    tmp_path: Path, old: str, new: str, notation: str
) -> None:
    quads, _, _ = read(written(tmp_path, [ethnic(old), ethnic(new)]))
    assert said(quads, CRIME.selfDefinedEthnicity) == [notation, notation]


def test_every_ethnicity_of_the_sixteen_plus_one_codes_has_a_word_of_police_uk() -> None:
    known = set(labels_of("ethnicity").values())
    groups_of_old = {"W1", "W2", "W9", "M1", "M2", "M3", "M9", "A1", "A2", "A3", "A9"}
    assert groups_of_old | {"B1", "B2", "B9", "A4", "O9", "NS"} <= known


def test_what_an_officer_saw_is_not_what_the_person_says(tmp_path: Path) -> None:
    quads, _, _ = read(written(tmp_path, [{**row(), "Officer-defined ethnicity": "Mixed"}]))
    (seen,) = values(quads, CRIME.officerDefinedEthnicity)
    assert seen == concept("officer-defined-ethnicity", "mixed").value
    (own,) = values(quads, CRIME.selfDefinedEthnicity)
    assert own == concept("ethnicity", "W1").value


def test_true_false_and_blank_are_three_things(tmp_path: Path) -> None:
    flag = "Outcome linked to object of search"
    rows = [{**row(), flag: cell} for cell in ("True", "False", "")]
    quads, _, tables = read(written(tmp_path, rows))
    assert values(quads, CRIME.outcomeLinked) == ["true", "false"]
    searches = tables.get("stop-and-search", "searches")
    assert searches is not None
    assert searches.collect()["outcome_linked"].to_list() == [True, False, None]


def test_a_search_of_a_vehicle_alone_says_nothing_of_a_person(tmp_path: Path) -> None:
    quads, _, _ = read(written(tmp_path, [ONLY_A_VEHICLE]))
    assert {quad.predicate for quad in quads} == {
        RDF.type, CRIME.searchedBy, CRIME.searchMonth, CRIME.searchTime, CRIME.searchType
    }  # fmt: skip


def test_columns_that_are_constant_or_empty_are_no_fault(tmp_path: Path) -> None:
    empty = {"Legislation": "", "Latitude": "", "Longitude": "", "Policing operation": ""}
    quads, _, _ = read(written(tmp_path, [{**row(), **empty}, {**row(), **empty}]))
    assert values(quads, CRIME.searchLegislation) == values(quads, CRIME.searchPoint) == []
    assert len(values(quads, CRIME.searchTime)) == 2


def test_a_search_without_coordinates_has_no_point_and_no_area(tmp_path: Path) -> None:
    quads, _, _ = read(written(tmp_path, [row(), row(Latitude="", Longitude="")]))
    assert len(values(quads, CRIME.searchPoint)) == 1
    assert values(quads, GEO.asWKT) == ["POINT(-0.943536 51.455989)"]
    assert values(quads, CRIME.lsoa) == []


def test_lines_may_end_as_in_unix_or_as_in_windows(tmp_path: Path) -> None:
    unix, windows = tmp_path / "unix", tmp_path / "windows"
    unix.mkdir()
    windows.mkdir()
    one, _, _ = read(written(unix, [row(), row()], end="\n"))
    other, _, _ = read(written(windows, [row(), row()]))
    assert set(one) == set(other)


def test_the_name_of_an_operation_is_kept_letter_for_letter(tmp_path: Path) -> None:
    name = 'Operation "Sceptre" \\ 2'
    cells = {"Policing operation": name, "Part of a policing operation": "True"}
    quads, _, _ = read(written(tmp_path, [{**row(), **cells}]))
    assert values(quads, CRIME.operation) == [name]
    assert values(quads, CRIME.partOfOperation) == ["true"]


def test_a_month_without_a_file_is_a_slice_that_is_missing(tmp_path: Path) -> None:
    files = [
        written(tmp_path, [row()]),
        written(tmp_path, [row(Date="2022-02-01T00:00:00Z")], "2022-02-kent-stop-and-search.csv"),
        written(tmp_path, [row()], "2022-01-kent-stop-and-search.csv"),
    ]
    _, settled, tables = read(*files)
    missing = [quad.subject for quad in settled if quad.predicate == SDMXA.obsStatus]
    assert missing == [Names().data("stop-and-search", "2022-02-thames-valley")]
    frame = cubes(tables)["stops-by-month"].frame
    lacking = frame.filter(pl.col("searches").is_null())
    assert lacking.select("force", "month", "status", "completeness").rows() == [
        ("thames-valley", "2022-02", "M", "missing")
    ]


# What is refused, with file, row, column, value and remedy


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Type", "Dog search"),
        ("Type", ""),
        ("Gender", "male"),
        ("Age range", "35+"),
        ("Self-defined ethnicity", "White"),  # a group, which no person states
        ("Officer-defined ethnicity", "Asian or Asian British"),
        ("Legislation", "Magna Carta"),
        ("Object of search", "Object not recorded"),  # what counts call an empty cell
        ("Outcome", "Outcome not recorded"),
        ("Part of a policing operation", "Yes"),
        ("Removal of more than just outer clothing", "true"),
        ("Latitude", "151.5"),
        ("Longitude", "west"),
    ],
)
def test_a_word_that_is_not_known_is_refused(tmp_path: Path, column: str, value: str) -> None:
    finding = refused(written(tmp_path, [row(), {**row(), column: value}]))
    assert (finding.row, finding.column, finding.value) == (3, column, value)


def test_half_a_place_is_refused(tmp_path: Path) -> None:
    assert refused(written(tmp_path, [row(Latitude="")])).column == "Latitude"


@pytest.mark.parametrize(
    "name",
    [
        "2022-01-atlantis-stop-and-search.csv",
        "2022-13-kent-stop-and-search.csv",
        "2013-01-kent-stop-and-search.csv",
        "kent-stop-and-search.csv",
    ],
)
def test_a_file_must_say_its_force_and_month(tmp_path: Path, name: str) -> None:
    assert "month and force" in refused(written(tmp_path, [row()], name)).problem


def test_a_lost_column_is_noticed(tmp_path: Path) -> None:
    finding = refused(written(tmp_path, [row()], columns=14))
    assert finding.column == "Removal of more than just outer clothing"


def test_the_same_month_twice_is_refused(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    with pytest.raises(SourceRejected, match="same month and force"):
        loader.slices([written(first, [row()]), written(second, [row(), row()])])


def test_a_search_leads_back_to_its_row(tmp_path: Path) -> None:
    (part,) = loader.slices([written(tmp_path, [row()])])
    node = "http://localhost:8000/id/stop-and-search/thames-valley/2022-01/2"
    assert loader.origin(node, part) == Place(NAME, 2)
    assert loader.origin(node.replace("stop-and-search/", "incident/"), part) is None


def test_check_says_what_is_wrong_with_one_file(tmp_path: Path) -> None:
    file = written(tmp_path, [row(), row(Outcome="Let off")])
    checked = check_file(by_name("stop-and-search"), file, Names(), TODAY)
    assert checked.errors == 1
    assert any("Let off" in line for line in checked.report.lines(worst=True))


# Privacy


def test_of_a_search_nothing_is_said_but_the_words_listed(tmp_path: Path) -> None:
    quads, _, _ = read(written(tmp_path, [row()]))
    text = [f"{quad} .\n" for quad in quads]
    assert not validate(text).violations
    search = next(quad.subject for quad in quads if quad.predicate == CRIME.searchTime)
    told = f'{search} <http://schema.org/name> "A. Person" <http://example.org/g> .\n'
    assert {r.shape.rpartition("#")[2] for r in validate([*text, told]).violations} >= {
        "StopAndSearch"
    }


def test_a_telephone_number_in_the_name_of_an_operation_is_found(tmp_path: Path) -> None:
    quads, _, _ = read(written(tmp_path, [{**row(), "Policing operation": "07700 900123"}]))
    assert validate(f"{quad} .\n" for quad in quads).violations


# Cubes


def test_cells_that_are_empty_are_counted_as_not_recorded(tmp_path: Path) -> None:
    _, _, tables = read(written(tmp_path, [row(), row(Outcome=""), ONLY_A_VEHICLE]))
    frame = cubes(tables)["stops-by-force"].frame
    keys = ("object", "outcome", "ethnicity", "searches")
    assert sorted(frame.select(keys).rows()) == [
        ("controlled-drugs", "no-further-action", "W1", 1),
        ("controlled-drugs", "not-recorded", "W1", 1),
        ("not-recorded", "not-recorded", "not-recorded", 1),
    ]


def test_the_groups_of_the_roll_up_neither_overlap_nor_leave_anybody_out(tmp_path: Path) -> None:
    assert set(groups()) >= set(labels_of("ethnicity").values()) | {"not-recorded"}
    used = {groups()[notation] for notation in labels_of("ethnicity").values()}
    assert used - {"all-other"} == {"white", "mixed", "asian", "black", "other", "not-stated"}
    rows = [ethnic(label) for label in sorted(labels_of("ethnicity"))] + [ethnic("")]
    _, _, tables = read(written(tmp_path, rows))
    made = cubes(tables)
    totals = {name: cube.frame["searches"].sum() for name, cube in made.items()}
    assert set(totals.values()) == {len(rows)}
    assert "all" not in set(made["stops-by-ethnicity"].frame["ethnicity"])


def test_a_month_that_is_plainly_incomplete_is_marked(tmp_path: Path) -> None:
    _, _, tables = read(written(tmp_path, [row()]))
    tables.add("declared-gaps", {"facts": declaration()})
    for cube in cubes(tables).values():
        (found,) = cube.frame.select("status", "completeness", "note").rows()
        said = f"January 2022 was supplied only in part. {NOTED}"
        assert found == (None, "partial", said)


def test_combinations_that_do_not_occur_are_not_said_to_be_nought_in_an_incomplete_month(
    tmp_path: Path,
) -> None:
    _, _, tables = read(written(tmp_path, [row()]))
    made = cubes(tables)
    for name in ("stops-by-force", "stops-by-ethnicity"):
        assert "nought where the force supplied the month in full" in made[name].description
        assert "zero" not in made[name].description


def declaration() -> pl.DataFrame:
    fact = {"series": "stop-and-search", "force": "thames-valley", "completeness": "partial"}
    when = {"first_month": "2022-01", "last_month": "2022-01"}
    return pl.DataFrame([{**fact, **when, "note": NOTED, "file": "f" * 64, "row": 9}])


def test_without_searches_there_is_no_cube() -> None:
    assert cubes(Tables()) == {}


def test_cubes_can_be_written(tmp_path: Path) -> None:
    _, _, tables = read(written(tmp_path, [row(), ethnic("White - Irish")]))
    for cube in cubes(tables).values():
        made = Written.of(cube, Names())
        assert made.observations.height == cube.frame.height
        assert made.observations[str(PROV.wasDerivedFrom)].null_count() == 0
        assert len(made.slices) == len(cube.slices)


def test_the_example_says_that_its_month_is_not_complete_and_why(
    tmp_path: Path, make: Callable[..., Release]
) -> None:
    file = written(tmp_path, [row(), row(Outcome="Arrest"), ethnic("White - Irish")])
    register = by_name("declared-gaps").folder / "example"
    released = make(tmp_path / "home", stop_and_search=[file.path], declared_gaps=[register])
    (example,) = (one for one in examples(Names().base) if one.name == "stops-by-ethnicity")
    client = create_app(World.of_release(released)).test_client()
    said = json.loads(client.get(f"/sparql?{example.ask('json')}").text)["results"]["bindings"]
    assert [(one["searches"]["value"], one["percentOfGroup"]["value"]) for one in said] == [
        ("2", "66.7"),
        ("1", "33.3"),
    ]
    for one in said:
        assert one["completeness"]["value"] == "Partial"
        assert one["note"]["value"].startswith(
            "Thames Valley Police: January 2022 was supplied only in part. The file has 84 searches"
        )


# The real files


@pytest.fixture(scope="session")
def real_paths(shared: Path) -> list[Path]:
    folder = shared / "police-uk" / "stop-and-search"
    if not folder.is_dir():
        pytest.skip("the stop and search files are not here")
    return paths(str(folder), "*-stop-and-search.csv")


@pytest.fixture(scope="session")
def real_reading(real_paths: list[Path]) -> tuple[list[Quad], list[Quad], Tables]:
    return read(*map(RawFile.at, real_paths))


def test_the_real_files_load_as_they_are(
    real_reading: tuple[list[Quad], list[Quad], Tables],
) -> None:
    quads, settled, _ = real_reading
    assert len(values(quads, CRIME.searchTime)) == 10_490 + 84
    assert sorted(map(int, values(settled, CRIME.searchCount))) == [84, 10_490]
    assert len(values(quads, CRIME.searchPoint)) == 10_490 - 871
    assert not validate(f"{quad} .\n" for quad in [*quads, *settled]).violations


def test_the_cubes_agree_with_the_raw_files(
    real_paths: list[Path], real_reading: tuple[list[Quad], list[Quad], Tables]
) -> None:
    """Counted from the cells by other means, with a meaning for each word from the code lists."""
    known = {heading: code_list(scheme).notations() for heading, scheme, _, _ in CODED}
    full: Counter[tuple[str, ...]] = Counter()
    for path in real_paths:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as lines:
            for cells in csv.DictReader(lines):
                full[
                    path.name[8:].partition("-stop-and")[0],
                    path.name[:7],
                    *(
                        known[heading].get(cells[heading], "not-recorded")
                        for heading in ("Object of search", "Outcome", "Self-defined ethnicity")
                    ),
                ] += 1
    made = cubes(real_reading[2])
    frame = made["stops-by-force"].frame
    keys = ("force", "month", "object", "outcome", "ethnicity")
    assert dict(zip(frame.select(keys).rows(), frame["searches"], strict=True)) == dict(full)
    by_month = made["stops-by-month"].frame.drop_nulls("searches")
    assert dict(by_month.select("force", "searches").rows()) == {
        "metropolitan": 10_490,
        "thames-valley": 84,
    }


def test_the_roll_up_agrees_with_duckdb_on_the_raw_file(
    real_paths: list[Path], real_reading: tuple[list[Quad], list[Quad], Tables]
) -> None:
    frame = cubes(real_reading[2])["stops-by-ethnicity"].frame
    for path in real_paths:
        query = (
            "SELECT count(*) FROM read_csv(?, all_varchar = true) "
            "WHERE \"Self-defined ethnicity\" ILIKE 'Asian%' "
            "OR \"Self-defined ethnicity\" LIKE '%Chinese (O1)'"
        )
        (counted,) = duckdb.execute(query, [str(path)]).fetchall()[0]
        of_file = frame.filter(pl.col("month") == path.name[:7], pl.col("ethnicity") == "asian")
        assert of_file["searches"].sum() == counted > 0


def test_the_file_of_thames_valley_is_declared_to_be_incomplete(
    real_reading: tuple[list[Quad], list[Quad], Tables],
) -> None:
    """84 rows, all but three of persons whom officers saw as Asian, no places, no legislation."""
    searches = real_reading[2].get("stop-and-search", "searches")
    assert searches is not None
    of_file = searches.filter(pl.col("force") == "thames-valley").collect()
    assert of_file["officer_defined_ethnicity"].drop_nulls().unique().to_list() == ["asian"]
    assert of_file["legislation"].null_count() == of_file["longitude"].null_count() == 84
    reading = Reading()
    source = by_name("declared-gaps")
    list(source.load([RawFile.at(p) for p in paths(str(source.folder / "example"), "*.csv")],
                     Names(), reading))  # fmt: skip
    tables = Tables()
    tables.add("declared-gaps", reading.tables)
    told = gaps(tables).filter(pl.col("series") == "stop-and-search", force="thames-valley")
    assert told.select("month", "completeness").rows() == [("2022-01", "partial")]
