"""What the build writes down of each dataset is what its record says, and doors tell all by it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import NamedNode

from homegraph.endpoint import World, create_app
from homegraph.graph.entries import ENTRIES, Entries, as_entry, as_line
from homegraph.graph.entry import Agent, Contact, Entry, File, Named, Place
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.plain import Reader
from homegraph.graph.record import Records
from homegraph.graph.release import current

ALL = ["/data.json", "/api/3/action/package_search?rows=1000", "/api/3/action/license_list",
       "/api/3/action/package_search?q=crime&facet.field=[%22tags%22,%22res_format%22]",
       "/api/3/action/organization_list?all_fields=true"]  # fmt: skip


@pytest.fixture(scope="module")
def world(demo_home: Path) -> World:
    return World.of_release(current(demo_home))


def without(world: World) -> World:
    """The same as a release of before has it, which has no entries."""
    bare = replace(world)
    bare.__dict__["entries"] = None
    return bare


def test_an_entry_says_what_the_record_says(world: World) -> None:
    assert world.entries is not None
    reader = Reader(Records(world.store))
    found = list(world.entries)
    assert found == [reader.entry(dataset) for dataset in world.datasets]
    assert found == [world.entries.of(dataset) for dataset in world.datasets]
    assert len(found) >= 60


@pytest.mark.parametrize("path", ALL)
def test_an_answer_is_the_same_with_entries_and_without(world: World, path: str) -> None:
    told, read = (create_app(one).test_client().get(path) for one in (world, without(world)))
    assert told.status_code == 200
    assert told.data == read.data


@pytest.mark.parametrize("name", ["a:a", "http://localhost:8000/data/none", "urn:zzz"])
def test_what_the_catalogue_does_not_list_has_no_entry(world: World, name: str) -> None:
    assert world.entries is not None
    assert world.entries.of(NamedNode(name)) is None


WHOLE = Entry(
    iri="http://localhost:8000/data/d",
    title="Seizures\nin “Š” \u2028 districts",
    publisher=Agent("", "The office", kind="http://example.org/kind"),
    creators=(Agent("http://example.org/a", ""),),
    contacts=(Contact("", email="a@example.org"),),
    licence=Named("http://example.org/licence", ""),
    access=Named("", "public"),
    frequency=Named("http://example.org/monthly", "monthly", "MONTHLY"),
    keywords=("crime", ""),
    themes=(Named("", ""),),
    places=(Place("http://example.org/uk", "United Kingdom", outline="POINT(0 51)"),),
    periods=(("2010-01", ""), ("", "2011")),
    languages=(Named("http://example.org/ENG", "English"),),
    kinds=("http://www.w3.org/ns/dcat#Dataset",),
    files=(
        File("", size=0, access="http://example.org/access", rights=("Open.",)),
        File("http://example.org/csv", licence=Named("", "OGL"), standards=(Named("", "CSV"),)),
    ),
)


@pytest.mark.parametrize("entry", [WHOLE, Entry("a:b", ""), Entry("a:b", "", files=(File(""),))])
def test_an_entry_is_read_as_it_was_written(entry: Entry) -> None:
    line = as_line(entry)
    assert line.count(b"\n") == 1
    assert as_entry(json.loads(line)) == entry


def test_two_builds_write_the_same_entries(demo_home: Path, world: World) -> None:
    """They are sealed, and nothing in them tells when they were written."""
    assert world.folder is not None
    assert ENTRIES in world.manifest["files"]
    text = (world.folder / ENTRIES).read_bytes()
    reader = Reader(Records(world.store))
    assert text == b"".join(as_line(reader.entry(dataset)) for dataset in world.datasets)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"iri":"a:b","title":""}\n' * 2,
        b'{"iri":"a:c","title":""}\n',
        b"[]\n",
        b"{}\n",
        b'"x"\n',
        b"null\n",
        b'{"iri":"a:b"}\n',
        b'{"iri":"a:b","title":"","nothing":"of ours"}\n',
        b'{"iri":"a:b","title":"","places":[["x"]]}\n',
        b'{"iri":"a:b","title":"","title":{"x":"y"}}\n',
        b'{"iri":"a:b","title":"","files":"none"}\n',
        b'{"iri":"a:b","title":"","periods":["2010"]}\n',
        b'{"iri":"a:b","title":\n',
        b"\xff\xfe\n",
    ],
)
def test_entries_that_are_none_of_ours_are_noticed(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ENTRIES).write_bytes(text)
    with pytest.raises(ReleaseTampered):
        found = Entries.read(tmp_path, [NamedNode("a:b")])
        assert found is not None
        list(found)


def test_a_release_of_before_has_no_entries(tmp_path: Path) -> None:
    assert Entries.read(tmp_path, []) is None


def test_a_server_goes_on_when_the_release_is_cleared_away(world: World, tmp_path: Path) -> None:
    """It serves an old release until the last request is answered."""
    assert world.folder is not None
    shutil.copy(world.folder / ENTRIES, tmp_path)
    found = Entries.read(tmp_path, world.datasets)
    (tmp_path / ENTRIES).unlink()
    assert found is not None
    assert len(list(found)) == len(world.datasets)


def test_a_catalogue_without_datasets_has_no_entries_to_tell(tmp_path: Path) -> None:
    (tmp_path / ENTRIES).write_bytes(b"")
    found = Entries.read(tmp_path, [])
    assert found is not None and list(found) == []


def test_what_is_told_of_all_datasets_is_told_in_order(world: World) -> None:
    client: FlaskClient = create_app(world).test_client()
    listed = [one["identifier"] for one in json.loads(client.get("/data.json").data)]
    assert listed == [one.value for one in world.datasets]
