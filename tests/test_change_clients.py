"""Clients of others, asking a running server: everything once, and after a release what changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
import requests
from pyoxigraph import RdfFormat, parse

from homegraph import loaders
from homegraph.graph.iri import Names
from homegraph.graph.release import Release
from homegraph.graph.terms import AS, DCT, RDF

Make = Callable[..., Release]
Serve = Callable[..., AbstractContextManager[Any]]
Events = Counter[tuple[str, str]]
EXAMPLE = loaders.by_name("dataset_catalogue").folder / "example"
PACKAGE = json.loads((EXAMPLE / "package_show-disruption-of-organised-crime.json").read_text())
KINDS = {AS.Create, AS.Update, AS.Delete}
MANY = {f"d{number:03}": f"Dataset {number}" for number in range(150)}


def packages(folder: Path, datasets: Mapping[str, str]) -> Path:
    """A folder with the answer of a catalogue that has these datasets, by name, with titles."""
    found = [
        PACKAGE["result"] | {"id": str(uuid5(NAMESPACE_URL, name)), "name": name, "title": title}
        for name, title in datasets.items()
    ]
    folder.mkdir(exist_ok=True)
    answer = PACKAGE | {"result": {"count": len(found), "results": found}}
    (folder / "package_search-0001.json").write_text(json.dumps(answer), "utf-8")
    return folder


@pytest.fixture(scope="module")
def ldes_client(request: pytest.FixtureRequest) -> list[str]:
    """The command of npm's ldes-client, installed beside pytest's own cache."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no node here")
    folder = request.config.cache.mkdir("ldes-client-0.3.0")
    command = folder / "node_modules" / "ldes-client" / "dist" / "bin" / "cli.js"
    if not command.exists():
        install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        install += ["--prefix", str(folder), "ldes-client@0.3.0"]
        made = subprocess.run(install, capture_output=True, text=True, timeout=240)
        if made.returncode or not command.exists():
            pytest.skip(f"ldes-client cannot be installed: {made.stderr[-300:]}")
    return [node, str(command)]


def events(command: list[str], address: str, *options: str) -> Events:
    """What the client makes of the feed: how often each kind of activity on which title."""
    asked = [*command, *options, f"{address}/feed"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "error" not in done.stderr.lower(), done.stderr
    found = list(parse(done.stdout, format=RdfFormat.N_QUADS))
    objects = {one.subject: one.object for one in found if one.predicate == AS.object}
    titles = {
        (one.graph_name, one.subject): one.object.value
        for one in found
        if one.predicate == DCT.title
    }
    return Counter(
        (one.object.value.removeprefix(AS.iri), titles.get((one.subject, objects[one.subject]), ""))
        for one in found
        if one.predicate == RDF.type and one.object in KINDS
    )


def await_release(address: str, release: Release) -> None:
    """Wait until the server has gone on to a release."""
    end = time.monotonic() + 60
    while requests.get(f"{address}/health", timeout=5).json()["release"] != release.name:
        assert time.monotonic() < end, "the server did not go on"
        time.sleep(0.1)


def test_an_ldes_client_gets_each_dataset_once_and_then_what_changed(
    make: Make,
    serve: Serve,
    free_port: Callable[[], int],
    tmp_path: Path,
    ldes_client: list[str],
) -> None:
    port, home, saved = free_port(), tmp_path / "home", ["-s", str(tmp_path / "state")]
    names = Names(f"http://127.0.0.1:{port}/")
    make(home, names, dataset_catalogue=[packages(tmp_path / "in", MANY)])
    with serve("--home", home, port=port) as server:
        everything = events(ldes_client, server.address, *saved)
        assert set(everything.values()) == {1}
        assert {kind for kind, _ in everything} == {"Create"}
        assert set(MANY.values()) < {title for _, title in everything}
        assert events(ldes_client, server.address) == everything
        assert events(ldes_client, server.address, *saved) == {}

        left = {name: title for name, title in MANY.items() if name != "d003"}
        folder = packages(tmp_path / "in", left | {"d005": "Changed", "new": "New"})
        await_release(server.address, make(home, names, dataset_catalogue=[folder]))
        changed = events(ldes_client, server.address, *saved)
        assert changed == {
            ("Create", "New"): 1,
            ("Update", "Changed"): 1,
            ("Update", "Catalogue of Home Office datasets"): 1,  # the source, whose file changed
            ("Delete", ""): 1,
        }
        make(home, names, dataset_catalogue=[folder])
        assert events(ldes_client, server.address, *saved) == {}
