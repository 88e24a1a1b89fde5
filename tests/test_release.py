"""What a release promises: same in, same out; nothing half done is seen; increments are exact."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Quad, RdfFormat, Store

from homegraph import loaders
from homegraph.graph import difference, dump, release
from homegraph.graph.errors import (
    CountsDiffer,
    HomeBusy,
    HomeUnusable,
    NoRelease,
    ReleaseTampered,
    ShapesViolated,
    SourceRejected,
)
from homegraph.graph.findings import Reading
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.release import Release
from homegraph.graph.terms import SH

Make = Callable[..., Release]
Started = Callable[..., Release]
REGISTER = loaders.by_name("information_asset_register").folder / "example"
EXAMPLE = loaders.by_name("street_crime").folder / "example"


def quads(one: Release) -> set[str]:
    return {str(quad) for quad in one.store()}


def without_history(one: Release) -> set[str]:
    """All quads but those on versions, whose numbers depend on the releases before."""
    history = Store()  # which writes numbers as the release's own store does
    text = gzip.decompress((one.path / "dumps" / "versions.nq.gz").read_bytes())
    history.load(text, format=RdfFormat.N_QUADS)
    return quads(one) - {str(quad) for quad in history}


def per_force_and_month(store: Store) -> dict[tuple[str, str], int]:
    query = """
        PREFIX crime: <https://w3id.org/homegraph/def/crime#>
        SELECT ?force ?month (COUNT(*) AS ?n) {
            ?i crime:force ?force ; crime:month ?month
        } GROUP BY ?force ?month"""
    rows: Any = store.query(query)
    return {
        (row["force"].value.rpartition("/")[2], row["month"].value.rpartition("/")[2]): int(
            row["n"].value
        )
        for row in rows
    }


def months(*wanted: str) -> list[Path]:
    return [path for path in sorted(EXAMPLE.iterdir()) if path.name[:7] in wanted]


@pytest.fixture(scope="module")
def started(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Started:
    """Makes a folder a home with a release of some months, or of all: a copy of what is built once.

    For tests of what comes after that release.
    """
    built: dict[tuple[str, ...], Path] = {}

    def copied(folder: Path, *wanted: str) -> Release:
        if wanted not in built:
            built[wanted] = tmp_path_factory.mktemp("built")
            make(built[wanted], street_crime=months(*wanted) or [EXAMPLE])
        shutil.copytree(built[wanted], folder, symlinks=True, dirs_exist_ok=True)
        return release.current(folder)

    return copied


def test_a_dump_is_the_same_whatever_pieces_it_is_written_in(tmp_path: Path) -> None:
    lines = "".join(
        f"<urn:a{number % 977}> <urn:b> <urn:c{number}> .\n" for number in range(60_000)
    )
    text, made = lines.encode(), set()
    for size in (41, 4_096, 65_536, 1 << 20, len(text)):
        with dump.writer(tmp_path / "dump.nq.gz") as put:
            for start in range(0, len(text), size):
                put(text[start : start + size])
        made.add((tmp_path / "dump.nq.gz").read_bytes())
    assert len(made) == 1
    assert gzip.decompress(made.pop()) == text


def test_same_inputs_give_the_same_bytes(make: Make, started: Started, tmp_path: Path) -> None:
    first = started(tmp_path / "a")
    second = make(tmp_path / "b", street_crime=[EXAMPLE])
    dumps = [
        {name: said["sha256"] for name, said in one.manifest["files"].items() if "dumps/" in name}
        for one in (first, second)
    ]
    assert dumps[0] == dumps[1]
    assert first.digest == second.digest


def test_the_manifest_counts_what_the_store_holds(demo_home: Path) -> None:
    one = release.current(demo_home)
    store, said = one.store(), one.manifest
    assert said["triples"] == len(store)
    graphs = Counter(getattr(quad.graph_name, "value", "") for quad in store)
    assert said["graphs"] == dict(graphs)
    assert said["properties"] == dict(Counter(quad.predicate.value for quad in store))
    classes = Counter(quad.object.value for quad in store if quad.predicate.value.endswith("#type"))
    assert said["classes"] == dict(classes)
    assert sum(file.get("quads", 0) for file in said["files"].values()) == len(store)


def test_incidents_are_as_many_as_rows(started: Started, tmp_path: Path) -> None:
    one = started(tmp_path)
    rows = {}
    for path in EXAMPLE.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as stream:
            rows[path.name[8:-11], path.name[:7]] = sum(1 for _ in csv.reader(stream)) - 1
    assert per_force_and_month(one.store()) == rows


@pytest.mark.parametrize("change", ["added", "revised", "removed", "renumbered"])
def test_an_increment_is_quad_for_quad_a_full_build(
    make: Make, started: Started, tmp_path: Path, change: str
) -> None:
    files = tmp_path / "in"
    shutil.copytree(EXAMPLE, files)
    path = files / "2024-02-btp-street.csv"
    content = path.read_bytes()
    if change == "added":
        path.unlink()
        make(tmp_path / "home", street_crime=[files])
        path.write_bytes(content)
    else:
        started(tmp_path / "home")
    if change == "revised":
        path.write_bytes(content.replace(b"Other theft", b"Robbery"))
    elif change == "removed":
        path.unlink()
    elif change == "renumbered":
        header, _, *rest = content.splitlines(keepends=True)
        path.write_bytes(b"".join([header, *rest]))
    step = make(tmp_path / "home", street_crime=[files])
    anew = make(tmp_path / "other", street_crime=[files])
    assert "difference" in step.manifest["seconds"]
    assert "load" in anew.manifest["seconds"]
    assert without_history(step) == without_history(anew)
    assert step.digest == anew.digest
    assert step.manifest["triples"] == len(quads(step))


def test_an_increment_takes_nothing_over_from_another_base(
    make: Make, started: Started, tmp_path: Path
) -> None:
    started(tmp_path)
    moved = make(tmp_path, Names("https://data.example.gov.uk/"), street_crime=[EXAMPLE])
    assert not any("localhost" in quad for quad in quads(moved))


def test_building_again_without_a_change_makes_no_new_release(
    make: Make, started: Started, tmp_path: Path
) -> None:
    first = started(tmp_path)
    again = make(tmp_path, street_crime=[EXAMPLE])
    assert first.path == again.path
    assert len(release.releases(tmp_path)) == 1


def test_a_reader_keeps_its_release_while_the_pointer_moves(
    make: Make, started: Started, tmp_path: Path
) -> None:
    started(tmp_path, "2024-01")
    old = release.current(tmp_path)
    store, before = old.store(), quads(old)
    make(tmp_path, street_crime=months("2024-01", "2024-02"))
    assert release.current(tmp_path).path != old.path
    assert {str(quad) for quad in store} == before


def test_rollback_and_diff_of_releases_that_differ_by_one_month(make: Make, tmp_path: Path) -> None:
    old = make(tmp_path, street_crime=months("2024-01", "2024-02"))
    new = make(tmp_path, street_crime=months("2024-01", "2024-02", "2024-03"))
    changes = difference.compare(old, new)
    came = {change.dump for change in changes if change.state == "new"}
    slices = {f"street-crime/{path.name[:-11]}.nq.gz" for path in months("2024-03")}
    cubes = {name for name in came if name.endswith("observations-2024-03.nq.gz")}
    assert came == slices | cubes
    assert "cubes/incidents-by-lsoa/observations-2024-03.nq.gz" in cubes
    added, removed = len(quads(new) - quads(old)), len(quads(old) - quads(new))
    assert sum(change.added for change in changes) == added
    assert sum(change.removed for change in changes) == removed
    said = "\n".join(difference.in_words(old, new, changes))
    assert "file new: 2024-03-btp-street.csv" in said
    Home(tmp_path).publish(old)
    assert release.current(tmp_path).path == old.path


def test_a_changed_file_is_not_published(make: Make, started: Started, tmp_path: Path) -> None:
    old = started(tmp_path, "2024-01")
    make(tmp_path, street_crime=months("2024-01", "2024-02"))
    dump = old.path / "dumps" / "vocabulary.nq.gz"
    dump.write_bytes(dump.read_bytes() + b"x")
    with pytest.raises(ReleaseTampered, match=r"vocabulary\.nq\.gz"):
        Home(tmp_path).publish(old)


def test_a_rejected_build_leaves_the_current_release_and_a_report(
    make: Make, started: Started, tmp_path: Path
) -> None:
    good = started(tmp_path / "home", "2024-01")
    bad = tmp_path / "2024-02-btp-street.csv"
    content = (EXAMPLE / bad.name).read_bytes()
    bad.write_bytes(content.replace(b"Other theft", b"Bicycle borrowing"))
    with pytest.raises(SourceRejected, match="Bicycle borrowing"):
        make(tmp_path / "home", street_crime=[*months("2024-01"), bad])
    assert release.current(tmp_path / "home").path == good.path
    assert not list((tmp_path / "home").glob(".building-*"))
    (shelf,) = (tmp_path / "home" / "rejected").iterdir()
    assert "Bicycle borrowing" in (shelf / "error.txt").read_text("utf-8")


def test_old_releases_beyond_those_to_keep_are_let_go(make: Make, tmp_path: Path) -> None:
    (tmp_path / "homegraph.toml").write_text("keep = 1\n", "utf-8")
    for last in (1, 2, 3):
        make(tmp_path, street_crime=months(*(f"2024-0{n}" for n in range(1, last + 1))))
    assert len(release.releases(tmp_path)) == 2
    for one in release.releases(tmp_path):
        one.verify()


@pytest.mark.parametrize("keep", [0, 1])
def test_the_current_release_is_never_let_go(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: int
) -> None:
    monkeypatch.chdir(tmp_path)
    home = Path("home")  # a relative home, as most people type it
    home.mkdir()
    (home / "homegraph.toml").write_text(f"keep = {keep}\n", "utf-8")
    for last in (1, 2, 3):
        made = make(home, street_crime=months(*(f"2024-0{n}" for n in range(1, last + 1))))
        assert release.current(home).name == made.name
        assert len(release.releases(home)) == min(last, keep + 1)
    oldest = release.releases(home)[0]
    Home(home).publish(oldest)
    assert release.current(home).name == oldest.name
    assert (home / "releases" / oldest.name).is_dir()


def test_a_damaged_release_is_built_again(make: Make, started: Started, tmp_path: Path) -> None:
    first = started(tmp_path, "2024-01")
    (first.path / "report.json").write_text("{}", "utf-8")
    again = make(tmp_path, street_crime=months("2024-01"))
    assert again.path != first.path
    again.verify()


@pytest.mark.parametrize("damage", ["cut off", "a line less"])
def test_a_damaged_dump_is_not_taken_over(
    make: Make, started: Started, tmp_path: Path, damage: str
) -> None:
    first = started(tmp_path, "2024-01")
    dump = first.path / "dumps" / "street-crime" / "2024-01-btp.nq.gz"
    if damage == "cut off":
        dump.write_bytes(dump.read_bytes()[:-9])
    else:
        lines = gzip.decompress(dump.read_bytes()).splitlines(keepends=True)
        dump.write_bytes(gzip.compress(b"".join(lines[1:])))
    with pytest.raises(ReleaseTampered, match="2024-01-btp"):
        make(tmp_path, street_crime=months("2024-01", "2024-02"))
    assert [one.name for one in release.releases(tmp_path)] == [first.name]
    make(tmp_path, anew=True, street_crime=months("2024-01", "2024-02")).verify()


@pytest.mark.parametrize("content", ["", "{", '{"name": "x"}'])
def test_what_is_no_release_does_not_disturb_the_others(
    make: Make, tmp_path: Path, content: str
) -> None:
    odd = tmp_path / "releases" / "2020-01-01-aaaaaaaa"
    odd.mkdir(parents=True)
    (odd / "manifest.json").write_text(content, "utf-8")
    (tmp_path / "releases" / ".DS_Store").touch()
    made = make(tmp_path, street_crime=months("2024-01"))
    assert [one.name for one in release.releases(tmp_path)] == [made.name]


def test_other_code_on_the_same_day_gets_a_name_of_its_own(
    make: Make, started: Started, tmp_path: Path
) -> None:
    first = started(tmp_path, "2024-01")
    manifest = json.loads((first.path / "manifest.json").read_text("utf-8"))
    manifest["version"] = "0" * 64
    (first.path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    second = make(tmp_path, street_crime=months("2024-01"))
    assert second.name == f"{first.name}-2"
    assert second.digest == first.digest
    assert "load" in second.manifest["seconds"]  # other code may read the same file otherwise


def test_many_slices_are_merged_in_steps_that_leave_nothing(make: Make, tmp_path: Path) -> None:
    files = tmp_path / "in"
    files.mkdir()
    lines = (EXAMPLE / "2024-01-btp-street.csv").read_bytes().splitlines(keepends=True)
    for year in range(2011, 2031):
        for month in range(1, 13):
            name = f"{year}-{month:02}"
            text = b"".join(lines[:3]).replace(b"2024-01", name.encode())
            (files / f"{name}-btp-street.csv").write_bytes(text)
    one = make(tmp_path / "home", street_crime=[files])
    assert one.manifest["sources"]["street_crime"]["written"] == 480
    assert len(one.store()) == one.manifest["triples"]
    assert not any("merg" in name for name in one.manifest["files"])


def test_a_release_can_be_read_by_a_server_of_another_user(
    started: Started, tmp_path: Path
) -> None:
    assert started(tmp_path, "2024-01").path.stat().st_mode & 0o755 == 0o755


@pytest.mark.parametrize("where", ["street", "zip"])
def test_the_same_content_plain_and_out_of_a_zip(make: Make, tmp_path: Path, where: str) -> None:
    plain = EXAMPLE / "2024-01-btp-street.csv"
    archive = tmp_path / "2024-01.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.write(plain, plain.name)
    order = [plain, archive] if where == "street" else [archive, plain]
    digests = {make(tmp_path / "home", anew=True, street_crime=[one]).digest for one in order}
    names = {
        tuple(said["name"] for said in one.manifest["sources"]["street_crime"]["files"])
        for one in release.releases(tmp_path / "home")
    }
    assert len(digests) == 1
    assert names == {(plain.name,)}


def test_a_second_build_in_the_same_home_is_refused(tmp_path: Path) -> None:
    with Home(tmp_path).locked(), pytest.raises(HomeBusy), Home(tmp_path).locked():
        pass


def test_what_a_killed_build_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".building-x" / "store").mkdir(parents=True)
    (tmp_path / ".current-1").symlink_to("releases/x")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / ".half").touch()
    with Home(tmp_path).locked():
        assert [path.name for path in tmp_path.rglob(".*")] == [".lock"]


def test_a_home_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    with pytest.raises(HomeUnusable, match="file"), Home(file / "home").locked():
        pass


def test_an_empty_home_has_no_release(tmp_path: Path) -> None:
    with pytest.raises(NoRelease):
        release.current(tmp_path)


def test_the_report_says_what_was_checked(started: Started, tmp_path: Path) -> None:
    one = started(tmp_path, "2024-01")
    said = json.loads((one.path / "report.json").read_text("utf-8"))
    assert said["conforms"] is True
    assert said["nodes"] > 100
    assert (
        said["sources"]["street_crime"]["written"]
        == one.manifest["sources"]["street_crime"]["written"]
    )
    assert str(SH.ValidationReport) in (one.path / "report.ttl").read_text("utf-8")
    assert datetime.fromisoformat(one.manifest["built"]).tzinfo == UTC


def test_all_real_files_make_one_release(shared: Path, real: Release) -> None:
    store = real.store()
    rows = {}
    for path in sorted((shared / "police-uk" / "street").rglob("*-street.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            rows[path.name[8:-14], path.name[:7]] = sum(1 for _ in csv.reader(stream)) - 1
    assert per_force_and_month(store) == rows
    assert sum(rows.values()) == 514_392
    assert real.manifest["triples"] == len(store)
    dumps = {name: said for name, said in real.manifest["files"].items() if "quads" in said}
    records = sum(
        said["quads"] for name, said in dumps.items() if name.startswith("dumps/street-crime/")
    )
    assert records / 514_392 <= 8  # cubes besides


def test_no_statement_stands_in_two_graphs(demo_home: Path) -> None:
    one = release.current(demo_home)
    counts = Counter(quad.triple for quad in one.store())
    assert [triple for triple, count in counts.items() if count > 1] == []


def test_fewer_records_than_promised_are_not_released(
    make: Make, started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = started(tmp_path, "2024-01")
    promised = dataclasses.replace(
        loaders.by_name("street_crime").source(Names()), minimum_records=10_000
    )
    monkeypatch.setattr(loaders.Loader, "source", lambda self, names: promised)
    with pytest.raises(CountsDiffer, match="promises 10000"):
        make(tmp_path, street_crime=months("2024-01", "2024-02"))
    assert release.current(tmp_path).path == good.path


def test_a_loader_that_loses_a_record_releases_nothing(
    make: Make, started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = loaders.by_name("information_asset_register")
    load = register.load

    def lossy(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
        yield from load(files, names, reading)
        reading.written -= 1

    good = started(tmp_path, "2024-01")
    monkeypatch.setattr(register.module, "load", lossy)
    with pytest.raises(CountsDiffer, match="62 records in, 61 out"):
        make(tmp_path, information_asset_register=[REGISTER])
    assert release.current(tmp_path).path == good.path
    assert [one.name for one in release.releases(tmp_path)] == [good.name]


@pytest.mark.parametrize("besides", [[], months("2024-01")])
def test_what_breaks_a_rule_is_not_released_and_its_report_is_kept(
    make: Make, started: Started, tmp_path: Path, besides: list[Path]
) -> None:
    good = started(tmp_path / "home", "2024-01")
    (example,) = REGISTER.glob("*.csv")
    with example.open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    (chosen, *_) = (
        row
        for row in rows
        if row["Personal data"] == "yes" and row["Publication decision"] == "Published"
    )
    chosen["Privacy impact assessment"] = "In progress"
    chosen["PIA date"] = ""
    bad = tmp_path / example.name
    with bad.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, list(chosen))
        table.writeheader()
        table.writerows(rows)
    sources = {"information_asset_register": [bad]} | ({"street_crime": besides} if besides else {})
    with pytest.raises(ShapesViolated, match=f"asset/{chosen['IARN']}>"):
        make(tmp_path / "home", **sources)
    assert release.current(tmp_path / "home").path == good.path
    assert [one.name for one in release.releases(tmp_path / "home")] == [good.name]
    (shelf,) = (tmp_path / "home" / "rejected").iterdir()
    assert chosen["IARN"] in (shelf / "report.ttl").read_text("utf-8")
    assert json.loads((shelf / "report.json").read_text("utf-8"))["conforms"] is False
