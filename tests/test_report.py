"""A report leads from a broken rule to the cell: in words, as JSON, as SHACL and as a page."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse

from homegraph import loaders
from homegraph.endpoint import cli
from homegraph.endpoint.app import create_app
from homegraph.endpoint.world import World
from homegraph.graph import release
from homegraph.graph.check import check_file
from homegraph.graph.errors import (
    LoaderFailed,
    MetadataError,
    NoRelease,
    ShapesViolated,
    SourceRejected,
)
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.gate import Gate, Watched
from homegraph.graph.home import KEPT_REJECTED
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release
from homegraph.graph.row import check_header
from homegraph.graph.rules import Watch, check, rules
from homegraph.graph.slices import Slice, SliceOutput
from homegraph.graph.stream import Task, build_slice
from homegraph.graph.terms import CRIME, DCAT, QB, RDF
from homegraph.loaders import nowhere

STREET = loaders.by_name("street_crime").folder / "example"
REGISTER = loaders.by_name("information_asset_register").folder / "example"
NUMBER = "AB 12 34 56 C"


def changed(folder: Path, cells: dict[tuple[int, str], str], name: str = "2024-01-btp") -> Path:
    """A file of the street-level example with other values in some cells."""
    (clean,) = STREET.rglob(f"{name}-street.csv*")
    content = clean.read_bytes()
    text = (gzip.decompress(content) if clean.suffix == ".gz" else content).decode("utf-8-sig")
    table = list(csv.reader(text.splitlines()))
    for (row, column), value in cells.items():
        table[row - 1][table[0].index(column)] = value
    path = folder / f"{name}-street.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(table)
    return path


def shelved(home: Path) -> tuple[dict[str, Any], str, str]:
    """The one report of a rejected build: JSON, Turtle and the words."""
    (shelf,) = (home / "rejected").iterdir()
    texts = [(shelf / name).read_text("utf-8") for name in ("report.ttl", "error.txt")]
    return json.loads((shelf / "report.json").read_text("utf-8")), *texts


def test_a_build_names_rule_file_row_and_column_and_not_the_personal_value(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    file = changed(tmp_path, {(7, "Context"): f"Their number is {NUMBER}."})
    with pytest.raises(ShapesViolated) as caught:
        make(tmp_path / "home", street_crime=[file])
    said, turtle, words = shelved(tmp_path / "home")
    rules = {one["rule"].rpartition("#")[2]: one for one in said["rules"]}
    (example,) = rules["NationalInsuranceNumber"]["examples"]
    assert (example["file"], example["row"]) == ("2024-01-btp-street.csv", 7)
    assert example["columns"] == ["Context"]
    for text in (str(caught.value), json.dumps(said), turtle, words):
        assert "2024-01-btp-street.csv" in text
        assert "AB 12" not in text
    assert re.search(r"row 7: column 'Context'", str(caught.value))
    assert [*(tmp_path / "home").glob(".building*")] == []
    with pytest.raises(NoRelease):
        release.current(tmp_path / "home")


def test_what_records_share_is_traced_to_the_first_record_that_mentions_it(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    cells = {(row, "Location"): "On or near AB12 CDE" for row in (9, 12)}
    file = changed(tmp_path, cells)
    with pytest.raises(ShapesViolated, match="row 9: column 'Location'"):
        make(tmp_path / "home", street_crime=[file])
    said, turtle, words = shelved(tmp_path / "home")
    assert "AB12 CDE" not in json.dumps(said) + turtle + words
    assert "AB12%20CDE" not in json.dumps(said) + turtle + words


def test_all_places_are_counted_and_the_first_are_shown(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    (clean,) = STREET.rglob("2024-01-btp-street.csv*")
    content = clean.read_bytes()
    text = (gzip.decompress(content) if clean.suffix == ".gz" else content).decode("utf-8-sig")
    header, *rows = csv.reader(text.splitlines())
    row = dict(zip(header, rows[0], strict=True)) | {"Context": f"No. {NUMBER}"}
    path = tmp_path / "2024-01-btp-street.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *[list(row.values())] * 150])
    with pytest.raises(ShapesViolated, match=r"150 times(.|\n)*and 145 more"):
        make(tmp_path / "home", street_crime=[path])
    said, *_ = shelved(tmp_path / "home")
    rules = {one["rule"].rpartition("#")[2]: one for one in said["rules"]}
    found = rules["NationalInsuranceNumber"]
    assert (found["count"], len(found["examples"])) == (150, 100)
    assert [example["row"] for example in found["examples"][:3]] == [2, 3, 4]


def test_rules_of_reading_stand_in_the_same_report(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    file = changed(tmp_path, {(3, "Crime type"): "Jaywalking", (5, "Crime type"): "Jaywalking"})
    with pytest.raises(SourceRejected):
        make(tmp_path / "home", street_crime=[file])
    said, turtle, _ = shelved(tmp_path / "home")
    (rule,) = said["rules"]
    assert rule["rule"].endswith("/reading-rule/value-known")
    assert [example["row"] for example in rule["examples"]] == [3, 5]
    assert rule["examples"][0]["columns"] == ["Crime type"]
    assert len(list(parse(input=turtle, format=RdfFormat.TURTLE))) > 10


def test_the_turtle_is_a_shacl_report_with_files_rows_and_columns(demo_home: Path) -> None:
    one = release.current(demo_home)
    store = Store()
    store.load(path=one.path / "report.ttl", format=RdfFormat.TURTLE)
    rows: Any = store.query(
        """
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        PREFIX source: <https://w3id.org/homegraph/def/source#>
        SELECT ?file ?row ?column ?shape {
          ?report a sh:ValidationReport ; sh:conforms false ; sh:result ?result .
          ?result a sh:ValidationResult ; sh:focusNode ?focus ; sh:resultSeverity sh:Warning ;
            sh:sourceShape ?shape ; sh:sourceConstraintComponent ?component ;
            sh:resultMessage ?message ; source:inFile ?file ; source:inRow ?row ;
            source:inColumn ?column }"""
    )
    found = {(row["row"].value, row["column"].value) for row in rows}
    assert ("2", "Review due") in found
    said = json.loads((one.path / "report.json").read_text("utf-8"))
    assert said["conforms"] is True
    assert one.manifest["warnings"] == sum(
        rule["count"] for rule in said["rules"] if rule["severity"] != "violation"
    )


def test_the_report_lists_what_each_owner_has_to_see_to(demo_home: Path) -> None:
    one = release.current(demo_home)
    said = json.loads((one.path / "report.json").read_text("utf-8"))
    duties = said["owners"]["Chief Statistician"]
    assert {duty["file"] for duty in duties} == {"information-asset-register.csv"}
    assert any(duty["rule"].endswith("#ReviewIsOverdue") for duty in duties)
    page = create_app(World.of_release(one)).test_client().get("/report").text
    assert "<h3>Chief Statistician</h3>" in page
    assert "row 2, column Review due" in page


def test_a_check_of_one_file_says_the_same_in_words_json_and_turtle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = changed(tmp_path, {(7, "Context"): f"Their number is {NUMBER}."})
    arguments = ["check", str(file), "--loader", "street_crime"]
    for form in ([], ["--json"], ["--turtle"]):
        assert cli.main([*arguments, *form]) == 3
        said = capsys.readouterr().out
        assert "NationalInsuranceNumber" in said
        assert "2024-01-btp-street.csv" in said
        assert "Context" in said
        assert "AB 12" not in said
        if form == ["--json"]:
            assert json.loads(said)["errors"] >= 1


def test_a_failed_build_says_where_its_report_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = changed(tmp_path, {(7, "Context"): f"Their number is {NUMBER}."})
    home = tmp_path / "home"
    assert cli.main(["build", "--home", str(home), f"street_crime={file}"]) == 4
    (shelf,) = (home / "rejected").iterdir()
    said = capsys.readouterr().err
    assert str(shelf) in said
    assert "AB 12" not in said


def test_a_report_says_nothing_of_the_machine(demo_home: Path) -> None:
    one = release.current(demo_home)
    for name in ("report.json", "report.ttl"):
        assert str(demo_home) not in (one.path / name).read_text("utf-8")


def test_a_slice_that_is_taken_over_is_still_checked_as_a_whole(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    first = make(tmp_path / "home", street_crime=[STREET])
    assert make(tmp_path / "home", street_crime=[STREET]).digest == first.digest
    nodes = [
        json.loads((one.path / "report.json").read_text("utf-8"))["nodes"]
        for one in release.releases(tmp_path / "home")
    ]
    again = make(tmp_path / "home", street_crime=[STREET], information_asset_register=[REGISTER])
    said = json.loads((again.path / "report.json").read_text("utf-8"))
    assert said["nodes"] > nodes[0] > 978


def test_a_fault_in_the_loader_of_a_confidential_source_repeats_no_value() -> None:
    reading = Reading(confidential=True)
    place = r"KeyError in test_report.py, line \d+"
    with pytest.raises(LoaderFailed, match=place) as caught, reading.discreet():
        {}["REF-00001"]
    assert "REF-00001" not in str(caught.value)
    assert caught.value.__suppress_context__
    with pytest.raises(KeyError), Reading().discreet():
        {}["HO-001"]


def test_a_finding_on_a_confidential_source_says_no_value() -> None:
    reading = Reading(confidential=True)
    finding = Finding("not a day", "Write a day.", "a.csv", 3, "Recorded", "REF-00001")
    reading.add(finding)
    assert reading.errors[0].value is None
    with pytest.raises(SourceRejected) as caught, reading.discreet():
        raise SourceRejected([finding])
    assert "REF-00001" not in str(caught.value)


def test_the_name_of_a_rule_leads_to_what_it_says(demo_home: Path) -> None:
    one = release.current(demo_home)
    client = create_app(World.of_release(one)).test_client()
    page = client.get("/report").text
    linked = set(re.findall(r'href="(/def/(?:shape|concept)/[^"]+)"', page))
    assert len(linked) > 5
    for address in linked:
        path, _, name = address.partition("#")
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 200, address
        assert not name or f'id="{name}"' in answer.text
    assert client.get("/def/shape/privacy").mimetype == "text/turtle"
    assert "asset.html" in client.get("/def/shape/").text
    assert client.get("/def/shape/none").status_code == 404


@pytest.mark.parametrize("first", [[], ["2024-01"], ["2024-01", "2024-02"]])
def test_a_build_finds_what_validation_of_the_whole_release_finds(
    make: Callable[..., Release], tmp_path: Path, first: list[str]
) -> None:
    """Built in one go, or as an increment: streams and small graphs leave nothing unasked."""
    files = sorted(STREET.rglob("*-street.csv*"))
    if first:
        some = [file for file in files if file.name[:7] in first]
        make(tmp_path / "home", street_crime=some)
    one = make(tmp_path / "home", street_crime=files, information_asset_register=[REGISTER])
    lines = [
        line
        for path in sorted((one.path / "dumps").rglob("*.nq.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    ]
    said = json.loads((one.path / "report.json").read_text("utf-8"))
    found, nodes = check(lines, date.fromisoformat(said["checked"]))
    # What structures name as attributes and measures is looked at with each cube, and not counted.
    named = {line.split()[2] for line in lines if f" {QB.attribute} " in line}
    named |= {line.split()[2] for line in lines if f" {QB.measure} " in line}
    assert said["nodes"] == nodes - len(named)
    counted = Counter((one.shape.within or one.shape.name).strip("<>") for one in found)
    assert {rule["rule"]: rule["count"] for rule in said["rules"]} == counted


def test_a_refused_increment_leaves_nothing_behind(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    good = make(home, street_crime=[STREET])
    clean = [path for path in STREET.rglob("*.csv") if path.name != "2024-01-btp-street.csv"]
    file = changed(tmp_path, {(7, "Context"): f"Their number is {NUMBER}."})
    for _ in range(4):
        with pytest.raises(ShapesViolated):
            make(home, street_crime=[*clean, file])
        assert [*home.glob(".building*")] == []
    assert release.current(home).path == good.path


def test_the_reports_of_refused_builds_are_kept_up_to_a_number(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    for number in range(30):
        (home / "rejected" / f"2020-01-01T0000{number:02}").mkdir(parents=True)
    file = changed(tmp_path, {(3, "Crime type"): "Jaywalking"})
    with pytest.raises(SourceRejected):
        make(home, street_crime=[file])
    kept = sorted(path.name for path in (home / "rejected").iterdir())
    assert len(kept) == KEPT_REJECTED
    assert kept[-1] > "2021"


def test_how_many_records_a_confidential_source_has_is_not_told(demo_home: Path) -> None:
    one = release.current(demo_home)
    said = json.loads((one.path / "report.json").read_text("utf-8"))["sources"]
    assert said["home_office_data_hub"].keys() == {"confidential", "files"}
    count = one.manifest["sources"]["home_office_data_hub"]["records"]
    client = create_app(World.of_release(one)).test_client()
    for address in ("/", "/report", "/report.json", "/catalog.html", "/catalog.ttl", "/void"):
        with client.get(address, follow_redirects=True) as answer:
            assert f"{count:,}" not in answer.text
            assert str(count) not in answer.text


def test_a_subject_in_two_pieces_is_an_error_in_a_slice() -> None:
    watch = Watch(rules(), once=True)
    said = "<http://example.org/{}> <http://example.org/says> <http://example.org/x> .\n"
    with pytest.raises(MetadataError, match="do not stand together"):
        watch.see("".join(said.format(name) for name in ("a", "a", "b", "a", "c")))
        watch.close()


@pytest.mark.parametrize(
    "line", ["<a:a>\t<a:b> <a:c> .", " <a:a> <a:b> <a:c> .", "<a:\\u0061> <a:b> <a:c> ."]
)
def test_a_misspelt_subject_is_an_error(line: str) -> None:
    watch = Watch(rules())
    with pytest.raises(MetadataError, match="canonical"):
        watch.see(f"{line}\n")
        watch.close()


def test_a_row_that_is_no_header_is_one_finding() -> None:
    with pytest.raises(SourceRejected) as caught:
        check_header(["Register 2024", ""], "a.csv", required=["A", "B", "C", "D", "E"])
    (finding,) = caught.value.findings
    assert "not the header" in finding.problem
    with pytest.raises(SourceRejected, match="semicolons"):
        check_header(["A;B;C;D;E"], "a.csv", required=["A", "B", "C", "D", "E"])
    with pytest.raises(SourceRejected, match="'Owner Post' meant"):
        check_header(["Owner Post", "Title"], "a.csv", required=["Owner post", "Title"])


def test_a_check_sees_what_follows_from_all_records_too(tmp_path: Path) -> None:
    file = changed(tmp_path, {(7, "LSOA name"): f"Bath {NUMBER}"})
    loader = loaders.by_name("street_crime")
    report = check_file(loader, RawFile.at(file), Names(), date(2026, 11, 21)).report
    (rule,) = report.violations
    assert rule.rule.endswith("#NationalInsuranceNumber")
    assert {(one.file, one.columns) for one in rule.examples} == {(file.name, ())}
    assert "AB 12" not in "".join([*report.lines(), *report.turtle()])


def test_what_no_stream_can_decide_is_asked_of_the_store() -> None:
    store = Store()
    store.extend(
        Quad(NamedNode(f"http://example.org/{number}"), RDF.type, DCAT.Dataset)
        for number in range(130)
    )
    gate = Gate([], date(2026, 11, 21))
    assert not gate.left
    shape = "https://w3id.org/homegraph/def/shape/catalogue#Dataset"
    gate.see("street_crime", Watched(0, [], {}, [shape]))
    assert gate.left
    gate.look_into(store)
    report = gate.report([])
    (rule,) = (one for one in report.rules if one.rule.endswith("#dataset-title"))
    assert (rule.count, len(rule.examples), report.nodes) == (130, 100, 130)


def test_what_a_slice_mentions_is_written_down_for_the_rules(
    make: Callable[..., Release], tmp_path: Path
) -> None:
    one = make(tmp_path / "home", street_crime=[STREET])
    for path in sorted((one.path / "dumps").rglob("2024-*.nq.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        points = set(re.findall(rf"{CRIME.mapPoint} (<[^>]+>) \.", text))
        mentions = one.path / "parts" / "street-crime" / f"{path.name[:-6]}.mentions.gz"
        said = gzip.decompress(mentions.read_bytes()).decode().splitlines()
        assert {line.split(" ")[0] for line in said} == points


def careless(part: Slice, names: Names, out: SliceOutput, reading: Reading) -> None:
    raise KeyError("REF-00001")


def test_a_slice_of_a_confidential_source_repeats_no_value_either(tmp_path: Path) -> None:
    part = Slice("2024-01", ())
    task = Task(careless, nowhere, part, Names(), tmp_path, tmp_path, confidential=True, feed=False)
    with pytest.raises(LoaderFailed) as caught:
        build_slice(task)
    assert "REF-00001" not in str(caught.value)
