"""Cubes as files: CSV, CSVW and Parquet that the usual tools read; versions that never change."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import threading
import urllib.request
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import csvw as csvw_reader
import duckdb
import pandas
import polars as pl
import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from werkzeug.test import TestResponse

from homegraph import loaders
from homegraph.endpoint.app import create_app
from homegraph.endpoint.world import World
from homegraph.graph import dump
from homegraph.graph.concepts import vocabulary
from homegraph.graph.cubes import text as cube_text
from homegraph.graph.cubes import versions
from homegraph.graph.cubes.csvw import period
from homegraph.graph.cubes.cube import Attribute, Codes, Cube, Dimension, Measure, concepts, months
from homegraph.graph.cubes.distributions import write_distributions
from homegraph.graph.cubes.shelf import Shelf
from homegraph.graph.errors import HomeUnusable, ReleaseTampered
from homegraph.graph.home import Home
from homegraph.graph.iri import Names, concept, year
from homegraph.graph.raw import digest
from homegraph.graph.release import MANIFEST, Release, current, publish
from homegraph.graph.rules import check
from homegraph.graph.source import Source
from homegraph.graph.terms import CRIME, DCAT, PROV, QB, RDF, RDFS, SDMXD, SPDX, STAT, XSD

NAMES = Names("http://example.org")
ONE, TWO = "a" * 64, "b" * 64
FILES = {ONE: "2024-01-btp-street.csv", TWO: 'north, "and south".csv'}
FORCES = {"avon-and-somerset": "Avon, and Somerset", "btp": "British Transport Police"}
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def source() -> Source:
    return loaders.by_name("street_crime").source(NAMES)


def rows(figure: int = 5) -> pl.DataFrame:
    """Three observations: one ordinary, one missing, one partial and revised; none in order."""
    return pl.DataFrame(
        {
            "force": ["btp", "avon-and-somerset", "btp"],
            "month": ["2024-02", "2024-01", "2024-01"],
            "incidents": [-3, None, figure],
            "rate": [12.0, -0.0, 0.1234567],
            "year": ["2022", None, "2023"],
            "file": [ONE, TWO, ONE],
            "sheet": ["Table 1", None, "Table 1"],
            "row": [4, 3, 2],
            "cell_column": ["Jan", "Jan", "Jan"],
            "status": [None, "M", "A"],
            "completeness": ["partial", "missing", None],
            "note": ["To 20 February.", 'They said "none", twice,\nand no more.', None],
            "previous": [7, None, None],
            "previous_file": [TWO, None, None],
        }
    )


def cube_of(frame: pl.DataFrame, **more: Any) -> Cube:
    """A cube by force and month."""
    years = Codes(year("").value)
    return Cube(
        "incidents-by-force",
        "street-crime",
        "Incidents by force and month",
        "Incidents that each force recorded in a month. A row is a force and a month.",
        (
            Dimension("force", CRIME.force, concepts("police-force", FORCES)),
            Dimension("month", SDMXD.refPeriod, months()),
        ),
        Measure("incidents", STAT.incidents, concept("counting-unit", "incidents")),
        frame,
        attributes=(
            Attribute("rate", STAT.population),
            Attribute("year", STAT.populationYear, years),
        ),
        **more,
    )


@pytest.fixture
def folder(tmp_path: Path, source: Source) -> Path:
    """The distributions of one small cube."""
    write_distributions(cube_of(rows()), NAMES, source, FILES, tmp_path)
    return tmp_path


def test_the_csv_is_as_rfc_4180_wants_it(folder: Path) -> None:
    text = (folder / "incidents-by-force.csv").read_bytes().decode("utf-8")
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert text.endswith("\r\n") and not text.startswith("\ufeff")
    assert text.replace("\r\n", "").count("\n") == 1  # the one inside a note
    assert len({len(line) for line in lines}) == 1
    assert [line[:2] for line in lines[1:]] == [
        ["avon-and-somerset", "Avon, and Somerset"],
        ["btp", "British Transport Police"],
        ["btp", "British Transport Police"],
    ]


def test_the_csv_says_all_of_an_observation_with_labels_and_origin(folder: Path) -> None:
    with (folder / "incidents-by-force.csv").open(encoding="utf-8", newline="") as file:
        missing, ordinary, partial = csv.DictReader(file)
    assert list(ordinary) == [
        *("force", "force_label", "month", "month_label", "incidents", "unit", "status"),
        *("completeness", "note", "rate", "year", "previous", "previous_source_file"),
        *("previous_source_digest", "source_file", "source_digest", "source_sheet"),
        *("source_row", "source_column"),
    ]
    assert missing["incidents"] == "" and missing["status"] == "M"
    assert missing["source_file"] == FILES[TWO]
    assert ordinary["month_label"] == "January 2024" and ordinary["rate"] == "0.123457"
    assert (ordinary["source_digest"], ordinary["source_row"]) == (ONE, "2")
    assert partial["completeness"] == "partial" and partial["status"] == ""
    assert (partial["previous"], partial["previous_source_file"]) == ("7", FILES[TWO])


def test_the_order_of_the_rows_and_the_day_change_nothing(tmp_path: Path, source: Source) -> None:
    for name, frame in (("a", rows()), ("b", rows().reverse())):
        write_distributions(cube_of(frame), NAMES, source, FILES, tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 3
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def reader(folder: Path) -> csvw_reader.CSVW:
    """The table as the csvw package reads it, every warning kept."""
    path = folder / "incidents-by-force.csv-metadata.json"
    return csvw_reader.CSVW(str(path), validate=True)


def test_the_metadata_are_valid_csvw(folder: Path) -> None:
    table = reader(folder)
    assert table.is_valid, [str(warning.message) for warning in table.warnings]
    found = list(table.tables[0].iterdicts())
    assert found[1]["incidents"] == 5 and found[0]["incidents"] is None
    assert table.common_props["dc:title"] == "Incidents by force and month"
    assert table.common_props["dc:license"]["@id"].endswith("open-government-licence/version/3/")


@pytest.mark.parametrize(
    ("column", "text"),
    [("incidents", "many"), ("force", ""), ("month", "2024-01")],
)
def test_a_table_that_breaks_its_metadata_is_not_valid(
    folder: Path, column: str, text: str
) -> None:
    path = folder / "incidents-by-force.csv"
    table = pl.read_csv(path, infer_schema=False)
    table.with_columns(pl.lit(text).alias(column)).write_csv(path)
    with warnings.catch_warnings(action="always"):  # the package collects them
        try:
            assert not reader(folder).is_valid
        except ValueError as error:
            assert "duplicate primary key" in str(error)


def expanded(name: str) -> str:
    """A name as the csvw package gives it, without its prefixes."""
    words = {terms.__name__.lower(): terms.iri for terms in (RDF, RDFS, PROV, QB)}
    prefix, _, local = name.partition(":")
    return words[prefix] + local if prefix in words else name


def statements_of(folder: Path, dataset: str) -> set[tuple[str, str, str]]:
    """What the CSVW metadata of a table make of it, numbers as numbers."""
    path = folder / f"{dataset}.csv-metadata.json"
    table = csvw_reader.CSVW(str(path), validate=True)
    assert table.is_valid, (dataset, [str(warning.message) for warning in table.warnings])
    return {
        (said["@id"], expanded(name), as_text(value))
        for said in table.to_json(minimal=True)
        for name, value in said.items()
        if name != "@id"
    }


def as_text(value: object) -> str:
    """A value as the csvw package gives it, to compare with a term."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(float(value)) if isinstance(value, int | float) else expanded(str(value))


def stored(store: Store, subjects: Iterable[str]) -> set[tuple[str, str, str]]:
    """What the store says of observations."""
    found = set()
    for subject in subjects:
        for quad in store.quads_for_pattern(NamedNode(subject), None, None):
            value = quad.object
            number = isinstance(value, Literal) and value.datatype in {XSD.decimal, XSD.integer}
            text = str(float(value.value)) if number else value.value
            found.add((subject, quad.predicate.value, text))
    return found


def test_the_metadata_give_exactly_the_observations_of_the_cube(folder: Path) -> None:
    cube = cube_of(rows())
    text = "".join(cube_text.text(cube_text.observations(cube, NAMES), cube.graph(NAMES)))
    store = Store()
    store.extend(parse(text, format=RdfFormat.N_QUADS))
    found = statements_of(folder, cube.name)
    subjects = {quad.subject.value for quad in store}
    assert len(subjects) == 3
    assert found == stored(store, subjects)


def test_what_is_for_readers_only_is_left_out_of_the_rdf(folder: Path) -> None:
    said = json.loads((folder / "incidents-by-force.csv-metadata.json").read_text("utf-8"))
    columns = {column["name"]: column for column in said["tableSchema"]["columns"]}
    silent = {name for name, column in columns.items() if column.get("suppressOutput")}
    assert silent == {"force_label", "month_label", "source_file", "previous_source_file"}
    assert all("propertyUrl" in columns[name] for name in set(columns) - silent)


def test_a_dimension_may_be_called_type(tmp_path: Path, source: Source) -> None:
    cube = cube_of(rows())
    kind = Dimension("type", CRIME.force, concepts("police-force", FORCES)), cube.dimensions[1]
    cube = replace(cube, frame=rows().rename({"force": "type"}), dimensions=kind)
    write_distributions(cube, NAMES, source, FILES, tmp_path)
    found = {subject for subject, _, _ in statements_of(tmp_path, cube.name)}
    assert NAMES.data(cube.name, "btp", "2024-01").value in found


@pytest.mark.parametrize(
    ("codes", "first", "last"),
    [
        (["2024-02", "2024-01", "2023-12"], "2023-12", "2024-02"),
        (["2023", "2022", "2023"], "2022-01", "2023-12"),
        (["2019-2020/Q4", "2019-2020/Q1", "2019-2020/Q2"], "2019-04", "2020-03"),
        (["2012-04-01T00:00:00/P1Y"] * 3, "2012-04", "2013-03"),
        (["2022-03-31", "2023-03-31", "2024-03-31"], "2022-03-31", "2024-03-31"),
    ],
)
def test_the_time_covered_follows_from_the_periods(codes: list[str], first: str, last: str) -> None:
    assert period(cube_of(rows().with_columns(month=pl.Series(codes)))) == (first, last)


def test_two_columns_of_one_name_are_a_fault_of_ours(tmp_path: Path, source: Source) -> None:
    cube = cube_of(rows())
    unit = Attribute("unit", STAT.population), cube.attributes[1]
    cube = replace(cube, frame=rows().rename({"rate": "unit"}), attributes=unit)
    with pytest.raises(ValueError, match="columns with one name"):
        write_distributions(cube, NAMES, source, FILES, tmp_path)


def test_a_code_may_be_a_path_as_government_quarters_are(tmp_path: Path, source: Source) -> None:
    frame = rows().with_columns(month=pl.Series(["2019-2020/Q2", "2019-2020/Q1", "2018-2019/Q4"]))
    cube = cube_of(frame)
    write_distributions(cube, NAMES, source, FILES, tmp_path)
    found = {said["@id"] for said in reader(tmp_path).to_json(minimal=True)}
    subjects = cube_text.observations(cube, NAMES)[cube_text.SUBJECT]
    assert found == {subject[1:-1] for subject in subjects}


def test_a_code_that_no_address_can_hold_is_a_fault_of_ours(tmp_path: Path, source: Source) -> None:
    frame = rows().with_columns(force=pl.Series(["a?", "b", "c"]))
    with pytest.raises(ValueError, match="force cannot stand in an address"):
        write_distributions(cube_of(frame), NAMES, source, FILES, tmp_path)


def test_several_files_of_a_figure_are_a_list(tmp_path: Path, source: Source) -> None:
    several = pl.Series([[TWO, ONE], [ONE], [ONE, ONE]])
    frame = rows().drop("previous", "previous_file").with_columns(file=several)
    cube = cube_of(frame)
    write_distributions(cube, NAMES, source, FILES, tmp_path)
    table = reader(tmp_path)
    assert table.is_valid, table.warnings
    found = {(row["force"], row["month"]): row for row in table.tables[0].iterdicts()}
    assert found["btp", "2024-02"]["source_digest"] == [ONE, TWO]
    assert found["btp", "2024-02"]["source_file"] == [FILES[ONE], FILES[TWO]]
    assert [row["source_digest"] for row in table.tables[1].iterdicts()] == [ONE, ONE, ONE, TWO]
    text = "".join(cube_text.text(cube_text.observations(cube, NAMES), cube.graph(NAMES)))
    store = Store()
    store.extend(parse(text, format=RdfFormat.N_QUADS))
    subjects = {quad.subject.value for quad in store}
    assert statements_of(tmp_path, cube.name) == stored(store, subjects)
    path = tmp_path / "incidents-by-force.parquet"
    kinds = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE '{path}')").fetchall())
    assert kinds["source_digest"] == "VARCHAR[]"


def test_duckdb_opens_the_parquet_with_the_right_types(folder: Path) -> None:
    path = folder / "incidents-by-force.parquet"
    kinds = dict(duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE '{path}')").fetchall())
    assert {kinds[name] for name in ("incidents", "previous", "source_row")} == {"BIGINT"}
    assert kinds["rate"] == "DOUBLE"
    assert {kinds[name] for name in ("force", "month", "year", "note", "unit")} == {"VARCHAR"}
    query = f"SELECT sum(incidents), count(*), count(incidents) FROM '{path}'"
    assert duckdb.sql(query).fetchall() == [(2, 3, 2)]
    codecs = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{path}')").fetchall()
    assert codecs == [("ZSTD",)]


def test_pandas_keeps_codes_as_text(folder: Path) -> None:
    table = pandas.read_csv(folder / "incidents-by-force.csv")
    assert table["month"].tolist() == ["2024-01", "2024-01", "2024-02"]
    assert table["force"].tolist() == ["avon-and-somerset", "btp", "btp"]
    assert table["incidents"].sum() == 2


def test_a_cube_without_rows_still_has_a_header(tmp_path: Path, source: Source) -> None:
    write_distributions(cube_of(rows().clear()), NAMES, source, FILES, tmp_path)
    text = (tmp_path / "incidents-by-force.csv").read_text("utf-8")
    assert text.startswith("force,") and text.count("\n") == 1
    assert reader(tmp_path).is_valid


# Versions


class Worlds:
    """A home where releases are made of nothing but shelves."""

    def __init__(self, home: Path, source: Source) -> None:
        self.home, self.source, self.made = home, source, 0

    def build(
        self, frame: pl.DataFrame, edition: str = "time-series", publish: bool = True
    ) -> Release:
        """Seal a release with one cube, and publish it."""
        self.made += 1
        folder = self.home / "releases" / f"release-{self.made}"
        folder.mkdir(parents=True)
        dumps = folder / "dumps" / "cube.nq.gz"
        node = f"<http://example.org/{self.made}>"
        dump.write(dumps, [f"{node} {node} {node} .\n"])
        shelf = Shelf(folder, NAMES, versions.past(self.home), TODAY)
        shelf.add(cube_of(frame, edition=edition), self.source, FILES, [dumps])
        quads = sorted(map(str, [*shelf.described(), *shelf.told()]))
        (folder / "catalogue.nq").write_text("".join(f"{quad} .\n" for quad in quads), "utf-8")
        files = {
            path.relative_to(folder).as_posix(): {"sha256": digest(path)}
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        said = {
            "built": f"2026-11-22T00:00:{self.made:02}",
            "base": NAMES.base,
            "digest": str(self.made),
            "files": files,
        }
        (folder / MANIFEST).write_text(json.dumps(said), "utf-8")
        release = Release(folder)
        versions.remember(self.home, release)
        if publish:
            self.publish(release)
        return release

    def publish(self, release: Release) -> None:
        publish(release, self.home)


def numbers(release: Release) -> list[int]:
    """The versions in a release."""
    return [version.number for version in versions.versions_of(release.path)]


@pytest.fixture
def worlds(tmp_path: Path, source: Source) -> Worlds:
    return Worlds(tmp_path, source)


def test_the_number_counts_up_when_a_figure_changes_and_only_then(worlds: Worlds) -> None:
    assert numbers(worlds.build(rows(5))) == [1]
    assert numbers(worlds.build(rows(5).reverse())) == [1]
    assert numbers(worlds.build(rows(6))) == [1, 2]


def test_a_release_is_self_contained_and_shares_the_bytes_of_old_versions(worlds: Worlds) -> None:
    first, second = worlds.build(rows(5)), worlds.build(rows(6))
    name = "distributions/incidents-by-force/time-series/1/incidents-by-force.csv"
    assert (first.path / name).samefile(second.path / name)
    assert name in second.manifest["files"]
    second.verify()


def test_a_version_says_its_digests_and_what_it_is(worlds: Worlds) -> None:
    release = worlds.build(rows(5))
    (version,) = versions.versions_of(release.path)
    assert sorted(version.files) == [
        f"incidents-by-force{end}" for end in (".csv", ".csv-metadata.json", ".nq.gz", ".parquet")
    ]
    for name, said in version.files.items():
        data = (release.path / version.folder / name).read_bytes()
        assert said == {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
    assert (version.observations, version.period) == (3, ("2024-01", "2024-02"))
    assert version.flagged == {"missing": 1, "partial": 1}


def test_no_number_is_given_twice_after_a_rollback(worlds: Worlds) -> None:
    first = worlds.build(rows(5))
    worlds.build(rows(6))
    worlds.publish(first)
    third = worlds.build(rows(7))
    assert numbers(third) == [1, 3]  # 2 was taken back, and its address says so for good


def test_no_number_is_given_twice_when_the_release_that_gave_it_is_gone(worlds: Worlds) -> None:
    first, second = worlds.build(rows(5)), worlds.build(rows(6))
    worlds.publish(first)
    second.path.rename(worlds.home / "gone")
    assert numbers(worlds.build(rows(7))) == [1, 3]


def test_what_was_built_before_and_not_published_keeps_its_number(worlds: Worlds) -> None:
    worlds.build(rows(5))
    aside = worlds.build(rows(6), publish=False)
    worlds.build(rows(7), publish=False)
    again = worlds.build(rows(6))
    assert numbers(aside) == numbers(again) == [1, 2]


def test_the_highest_number_of_a_release_is_what_it_holds(worlds: Worlds) -> None:
    first = worlds.build(rows(5))
    worlds.build(rows(6))
    third = worlds.build(rows(5))
    assert numbers(third) == [1, 2, 3]
    old, _, new = versions.versions_of(third.path)
    assert old.content == new.content
    assert numbers(first) == [1]


def test_an_edition_counts_by_itself(worlds: Worlds) -> None:
    worlds.build(rows(5), edition="2023")
    release = worlds.build(rows(6), edition="2024")
    found = [version.key[1:] for version in versions.versions_of(release.path)]
    assert found == [("2023", 1), ("2024", 1)]


def test_a_damaged_old_version_is_not_carried_on(worlds: Worlds) -> None:
    worlds.build(rows(5))
    release = worlds.build(rows(6), publish=True)
    name = "distributions/incidents-by-force/time-series/1/incidents-by-force.csv"
    (release.path / name).write_text("nonsense", "utf-8")  # the same bytes in both releases
    with pytest.raises(ReleaseTampered, match="is not the file that was sealed"):
        worlds.build(rows(7))


def test_what_is_damaged_and_made_once_more_is_whole_again(worlds: Worlds) -> None:
    release = worlds.build(rows(5))
    name = "distributions/incidents-by-force/time-series/1/incidents-by-force.csv"
    (release.path / name).write_text("nonsense", "utf-8")
    again = worlds.build(rows(5))
    assert numbers(again) == [1]
    again.verify()
    assert b"nonsense" not in (again.path / name).read_bytes()


def test_damage_to_a_release_that_is_not_current_is_in_nobodys_way(worlds: Worlds) -> None:
    first = worlds.build(rows(5))
    worlds.build(rows(6))
    said = first.path / "distributions/incidents-by-force/time-series/1/version.json"
    said.unlink()
    said.write_text("{}", "utf-8")  # only here: the other release has a link of its own
    assert numbers(worlds.build(rows(7))) == [1, 2, 3]


def test_numbers_that_cannot_be_read_stop_a_build(worlds: Worlds) -> None:
    worlds.build(rows(5))
    (worlds.home / "versions.json").write_text("[]", "utf-8")
    with pytest.raises(HomeUnusable, match="cannot be read"):
        worlds.build(rows(6))


def quads_of(release: Release) -> list[Quad]:
    """What the catalogue says of the cube."""
    return list(parse(path=release.path / "catalogue.nq", format=RdfFormat.N_QUADS))


def test_the_catalogue_knows_versions_and_their_digests(worlds: Worlds) -> None:
    worlds.build(rows(5))
    release = worlds.build(rows(6))
    store = Store()
    store.extend(quads_of(release))
    node = NAMES.data("incidents-by-force")

    def objects(subject: NamedNode, predicate: NamedNode) -> set[str]:
        return {quad.object.value for quad in store.quads_for_pattern(subject, predicate, None)}

    one, two = (NAMES.published("incidents-by-force", "time-series", n) for n in (1, 2))
    assert objects(node, DCAT.hasVersion) == {one.value, two.value}
    assert objects(node, DCAT.hasCurrentVersion) == {two.value}
    assert objects(node, DCAT.version) == {"2"}
    assert node.value in objects(two, DCAT.isVersionOf)
    assert objects(two, DCAT.previousVersion) == {one.value}
    assert objects(one, DCAT.previousVersion) == set()
    table = NamedNode(two.value + "#csv")
    (address,) = objects(table, DCAT.downloadURL)
    assert address == two.value + "/incidents-by-force.csv"
    path = release.path / "distributions/incidents-by-force/time-series/2/incidents-by-force.csv"
    assert objects(table, DCAT.byteSize) == {str(path.stat().st_size)}
    (sum_,) = store.quads_for_pattern(table, SPDX.checksum, None)
    assert objects(sum_.object, SPDX.checksumValue) == {digest(path)}
    assert objects(NamedNode(one.value + "#csv"), DCAT.byteSize) != {""}
    assert len(objects(node, DCAT.distribution)) == 3


def test_what_the_catalogue_says_without_history_is_the_same_for_every_version(
    worlds: Worlds, source: Source, tmp_path: Path
) -> None:
    said = []
    for number in (1, 2):
        shelf = Shelf(tmp_path / str(number), NAMES, versions.past(worlds.home), TODAY)
        shelf.add(cube_of(rows(number)), source, FILES)
        said.append(set(shelf.described()))
        worlds.build(rows(number))
    assert said[0] == said[1]


def test_the_catalogue_breaks_no_rule_of_dcat_ap(worlds: Worlds) -> None:
    worlds.build(rows(5))
    release = worlds.build(rows(6))
    ours = {str(quad.subject) for quad in quads_of(release) if "/datasets/" in str(quad.subject)}
    ours.add(str(NAMES.data("incidents-by-force")))
    every = [*quads_of(release), *worlds.source.quads, *vocabulary(NAMES)]
    lines = [f"{quad} .\n" for quad in every]
    found, nodes = check(lines)
    asked = {one.shape.iri.rpartition("#")[2] for one in found if one.focus in ours}
    # The made dimension and unit of this cube are described nowhere; all else is.
    assert asked == {"dimension-described", "unit-described"}
    assert nodes > 20


# The server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, source: Source) -> Iterator[str]:
    """A running server of a release with two versions; its address."""
    release = two_versions(tmp_path_factory.mktemp("served"), source)
    with running(world_of(release)) as address:
        yield address


class Threading(ThreadingMixIn, WSGIServer):
    """Answers several clients at once, as pandas and csvw leave connections open."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running(world: World) -> Iterator[str]:
    """A server of a world, for as long as it is needed; its address."""
    server = make_server("127.0.0.1", 0, create_app(world), Threading, Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def two_versions(home: Path, source: Source) -> Release:
    """A release with two versions of a cube."""
    worlds = Worlds(home, source)
    worlds.build(rows(5))
    return worlds.build(rows(6))


def world_of(release: Release) -> World:
    """The world of a release without a store of its own on disk."""
    store = Store()
    store.extend(quads_of(release))
    return World(store, NAMES.base, release.digest, release.manifest, release.path)


class Whole(FlaskClient):
    """A client that reads each answer to its end, so that no file stays open."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **kwargs | {"buffered": True})


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, source: Source) -> FlaskClient:
    world = world_of(two_versions(tmp_path_factory.mktemp("client"), source))
    return Whole(create_app(world))


PLAIN = "/datasets/incidents-by-force"
EDITION = f"{PLAIN}/editions/time-series"
VERSION = f"{EDITION}/versions/1"
FILE = f"{VERSION}/incidents-by-force.csv"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("path", "figure"),
    [
        (PLAIN, 6),
        (f"{PLAIN}.csv", 6),
        (EDITION, 6),
        (f"{EDITION}.csv", 6),
        (f"{EDITION}/versions/2", 6),
        (VERSION, 5),
        (f"{VERSION}.csv", 5),
        (FILE, 5),
    ],
)
def test_pandas_reads_every_address_of_a_dataset(served: str, path: str, figure: int) -> None:
    table = pandas.read_csv(served + path)
    found = table[(table["force"] == "btp") & (table["month"] == "2024-01")]
    assert found["incidents"].tolist() == [figure]


def test_duckdb_reads_the_parquet_that_is_served(served: str, tmp_path: Path) -> None:
    for path, figure in ((PLAIN, 6), (VERSION, 5)):
        with urllib.request.urlopen(f"{served}{path}.parquet") as answer:
            (tmp_path / "table.parquet").write_bytes(answer.read())
        query = f"SELECT max(incidents) FROM '{tmp_path}/table.parquet'"
        assert duckdb.sql(query).fetchall() == [(figure,)]


def test_csvw_finds_the_metadata_by_the_address_of_the_table(served: str) -> None:
    for path in (f"{PLAIN}.csv", FILE):
        table = csvw_reader.CSVW(served + path, validate=True)
        assert table.is_valid, [str(warning.message) for warning in table.warnings]
        assert not table.no_metadata
        assert table.common_props["dc:identifier"] == "incidents-by-force"


def test_csvw_finds_the_files_of_each_figure_too(tmp_path: Path, source: Source) -> None:
    several = pl.Series([[TWO, ONE], [ONE], [ONE]])
    frame = rows().drop("previous", "previous_file").with_columns(file=several)
    release = Worlds(tmp_path, source).build(frame)
    with running(world_of(release)) as address:
        for path in (f"{PLAIN}.csv", FILE):
            group = csvw_reader.CSVW(address + path, validate=True)
            assert group.is_valid, [str(warning.message) for warning in group.warnings]
            assert [len(list(table.iterdicts())) for table in group.tables] == [3, 4]
        assert len(pandas.read_csv(f"{address}{PLAIN}.files.csv")) == 4
        with urllib.request.urlopen(address + PLAIN) as answer:
            links = answer.headers.get_all("Link")
    assert f'<{PLAIN}.files.csv>; rel="alternate"; type="text/csv"' in links


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "text/csv"),
        ("*/*", "text/csv"),
        ("text/csv", "text/csv"),
        (BROWSER, "text/html"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/csvm+json", "application/csvm+json"),
        ("application/n-quads", "application/n-quads"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/ld+json"),
        # N-Quads are the figures: not for one that only wants RDF of some kind.
        ("application/rdf+xml, text/turtle, application/n-quads", "text/turtle"),
    ],
)
def test_the_client_chooses_the_form(client: FlaskClient, accept: str | None, kind: str) -> None:
    headers = {} if accept is None else {"Accept": accept}
    for path in (PLAIN, EDITION, VERSION):
        answer = client.get(path, headers=headers, follow_redirects=True)
        assert (answer.status_code, answer.mimetype) == (200, kind)
        whole = client.head(path, headers=headers, follow_redirects=True)
        assert (whole.status_code, whole.mimetype, whole.data) == (200, kind, b"")


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        ("csv", "text/csv"),
        ("parquet", "application/vnd.apache.parquet"),
        ("csv-metadata.json", "application/csvm+json"),
        ("nq", "application/n-quads"),
        ("nq.gz", "application/gzip"),
        ("ttl", "text/turtle"),
        ("json", "application/ld+json"),
        ("html", "text/html"),
    ],
)
def test_the_suffix_chooses_the_form(client: FlaskClient, suffix: str, kind: str) -> None:
    for path in (PLAIN, EDITION, VERSION):
        answer = client.get(f"{path}.{suffix}", follow_redirects=True)
        assert (answer.status_code, answer.mimetype) == (200, kind), path


def test_a_table_leads_to_its_metadata_and_to_its_version(client: FlaskClient) -> None:
    answer = client.get(PLAIN)
    links = answer.headers.getlist("Link")
    newest = f"{EDITION}/versions/2"
    metadata = f"<{newest}/incidents-by-force.csv-metadata.json>"
    assert f'{metadata}; rel="describedby"; type="application/csvm+json"' in links
    assert f'<{newest}>; rel="latest-version"' in links
    assert answer.headers["Content-Location"] == f"{newest}/incidents-by-force.csv"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert "Accept" in answer.headers["Vary"]


def test_a_version_lasts_and_a_dataset_is_asked_again(client: FlaskClient) -> None:
    for path in (VERSION, FILE):
        assert client.get(path).headers["Cache-Control"].endswith("immutable")
    assert "must-revalidate" in client.get(PLAIN).headers["Cache-Control"]
    assert "must-revalidate" in client.get(EDITION).headers["Cache-Control"]
    said = client.get(f"{VERSION}.ttl")
    assert said.headers["Cache-Control"].endswith("immutable")
    moved = client.get(VERSION, headers={"Accept": "application/csvm+json"})
    assert moved.status_code == 308
    assert moved.headers["Cache-Control"].endswith("immutable")
    assert "Accept" in moved.headers["Vary"]
    page = client.get(VERSION, headers={"Accept": "text/html"})
    assert "must-revalidate" in page.headers["Cache-Control"]  # the page around it may change


def test_the_etag_is_the_digest_and_answers_304(client: FlaskClient) -> None:
    answer = client.get(FILE)
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    again = client.get(FILE, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_file_is_served(client: FlaskClient) -> None:
    path = f"{VERSION}/incidents-by-force.parquet"
    answer = client.get(path, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.data) == (206, b"PAR1")
    assert client.head(path).headers["Accept-Ranges"] == "bytes"


def test_n_quads_are_the_dumps_of_the_cube(client: FlaskClient) -> None:
    for number, made in ((1, 1), (2, 2)):
        answer = client.get(f"{EDITION}/versions/{number}/incidents-by-force.nq")
        (quad,) = parse(answer.data, format=RdfFormat.N_QUADS)
        assert quad.subject == NamedNode(f"http://example.org/{made}")


def test_the_description_of_a_dataset_says_its_files(client: FlaskClient) -> None:
    said = list(parse(client.get(f"{VERSION}.ttl").data, format=RdfFormat.TURTLE))
    node = NAMES.published("incidents-by-force", "time-series", 1)
    assert (node, DCAT.version, Literal("1")) in {tuple(quad)[:3] for quad in said}
    assert any(quad.predicate == SPDX.checksumValue for quad in said)
    whole = list(parse(client.get(f"{PLAIN}.ttl").data, format=RdfFormat.TURTLE))
    assert NAMES.data("incidents-by-force") in {quad.subject for quad in whole}


def test_lists_lead_to_what_they_list(client: FlaskClient) -> None:
    html = {"Accept": "text/html"}
    assert f'href="{PLAIN}"' in client.get("/datasets", headers=html).text
    for path in (f"{PLAIN}/editions", f"{EDITION}/versions"):
        assert f'href="{EDITION}/versions/2"' in client.get(path, headers=html).text
        assert client.get(f"{path}.ttl").mimetype == "text/turtle"
    assert client.get("/datasets").mimetype == "text/turtle"


def test_the_page_shows_the_first_rows_the_digests_and_commands(client: FlaskClient) -> None:
    page = client.get(VERSION, headers={"Accept": BROWSER}).text
    sum_ = hashlib.sha256(client.get(FILE).data).hexdigest()
    assert "British Transport Police" in page and sum_ in page
    assert f"pandas.read_csv(&#34;http://example.org{FILE}&#34;" in page
    assert "read_parquet(" in page and "sha256sum --check" in page
    assert "Avon, and Somerset" in page and "source_digest" in page
    assert "1 missing, 1 partial" in page


@pytest.mark.parametrize(
    "path",
    [
        "/datasets/nothing",
        f"{PLAIN}.exe",
        f"{PLAIN}/editions/1999",
        f"{EDITION}/versions/3",
        f"{EDITION}/versions/01",
        f"{VERSION}/version.json",
        f"{VERSION}/other.csv",
        f"{VERSION}/..%2F2%2Fincidents-by-force.csv",
        f"{VERSION}/../../../../../manifest.json",
        f"{VERSION}/%2e%2e/2/incidents-by-force.csv",
        "/datasets/../manifest.json",
        "/datasets/%2e%2e%2fmanifest.json",
    ],
)
def test_nothing_but_what_is_listed_is_served(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_a_form_that_there_is_not_is_refused(client: FlaskClient) -> None:
    for path in (PLAIN, VERSION):
        answer = client.get(path, headers={"Accept": "image/png"})
        assert (answer.status_code, answer.mimetype) == (406, "application/problem+json")
        assert "text/csv" in answer.json["detail"]


def test_a_file_that_the_manifest_does_not_seal_is_not_served(
    tmp_path: Path, source: Source
) -> None:
    world = world_of(two_versions(tmp_path, source))
    files = {name: said for name, said in world.manifest["files"].items() if ".csv" not in name}
    unsealed = Whole(create_app(replace(world, manifest={**world.manifest, "files": files})))
    assert unsealed.get(FILE).status_code == 404
    assert unsealed.get(f"{PLAIN}.parquet").status_code == 200


# Releases as they are built


Make = Callable[..., Release]
EXAMPLE = loaders.by_name("street_crime").folder / "example"


def of_months(*wanted: str) -> list[Path]:
    return [path for path in sorted(EXAMPLE.iterdir()) if path.name[:7] in wanted]


def kept(release: Release) -> dict[str, list[int]]:
    """The versions in a release by dataset."""
    found: dict[str, list[int]] = {}
    for version in versions.versions_of(release.path):
        found.setdefault(version.dataset, []).append(version.number)
    return found


def test_a_home_numbers_the_versions_of_its_releases(tmp_path: Path, make: Make) -> None:
    first = make(tmp_path, street_crime=of_months("2024-01"))
    assert kept(first) and set(map(tuple, kept(first).values())) == {(1,)}
    second = make(tmp_path, street_crime=of_months("2024-01", "2024-02"))
    assert kept(second)["incidents-by-force"] == [1, 2]
    again = make(tmp_path, anew=True, street_crime=of_months("2024-01", "2024-02"))
    assert again.name == second.name  # a version number alone makes no other release
    Home(tmp_path).publish(first)
    other = make(tmp_path, street_crime=of_months("2024-01", "2024-03"))
    assert kept(other)["incidents-by-force"] == [1, 3]
    for release in (first, second, other):
        release.verify()


SOME = 60  # rows of each table: the csvw package takes a second for a thousand


def test_every_table_of_the_demo_is_its_cube(demo_home: Path, tmp_path: Path) -> None:
    release = current(demo_home)
    store = release.store()
    for version in versions.versions_of(release.path):
        name, folder = version.dataset, release.path / version.folder
        said = (folder / f"{name}.csv-metadata.json").read_text("utf-8")
        (tmp_path / f"{name}.csv-metadata.json").write_text(said, "utf-8")
        table = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
        chosen = table.gather_every(-(-table.height // SOME) or 1)
        chosen.write_csv(tmp_path / f"{name}.csv", line_terminator="\r\n")
        if (folder / f"{name}.files.csv").exists():
            files = pl.read_csv(folder / f"{name}.files.csv", infer_schema=False)
            codes = json.loads(said)["tables"][0]["tableSchema"]["primaryKey"]
            files.join(chosen, on=codes, how="semi", maintain_order="left").write_csv(
                tmp_path / f"{name}.files.csv", line_terminator="\r\n"
            )
        found = statements_of(tmp_path, name)
        subjects = {subject for subject, _, _ in found}
        assert found == stored(store, subjects), name
        assert table.height == version.observations


def test_pandas_and_duckdb_read_every_distribution_of_the_demo(
    demo_home: Path, tmp_path: Path
) -> None:
    release = current(demo_home)
    with running(World.of_release(release)) as address:
        for version in versions.versions_of(release.path):
            said = json.loads(
                (release.path / version.folder / f"{version.dataset}.csv-metadata.json").read_text(
                    "utf-8"
                )
            )
            schema = said.get("tables", [said])[0]["tableSchema"]
            codes = dict.fromkeys(schema["primaryKey"], str)
            table = pandas.read_csv(f"{address}/datasets/{version.dataset}", dtype=codes)
            assert len(table) == version.observations
            with urllib.request.urlopen(f"{address}/datasets/{version.dataset}.parquet") as answer:
                (tmp_path / "table.parquet").write_bytes(answer.read())
            kinds = dict(
                duckdb.sql(
                    f"SELECT column_name, column_type FROM (DESCRIBE '{tmp_path}/table.parquet')"
                ).fetchall()
            )
            for column in schema["columns"]:
                if not column.get("virtual"):
                    kind = KINDS[column["datatype"]]
                    kind += "[]" if "separator" in column else ""
                    assert kinds.pop(column["name"]) == kind, (version.dataset, column["name"])
            assert not kinds


# What DuckDB calls the datatypes of CSVW.
KINDS = {"string": "VARCHAR", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN"}
