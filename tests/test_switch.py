"""A release takes the place of another under load: no request fails, none mixes the two."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from homegraph import loaders
from homegraph.graph.home import Home
from homegraph.graph.release import Release
from homegraph.graph.terms import CRIME, RDF

EXAMPLE = loaders.by_name("street_crime").folder / "example"
SWITCHES = 100
CLIENTS = 4
# What is asked goes by different ways: the front itself, a worker, a page, a document, the cache.
PATHS = (
    "/sparql?query=SELECT * { <{{ONE}}> ?p ?o }",
    "/sparql?query=SELECT (COUNT(*) AS ?n) { ?s ?p ?o } #{{NEW}}",
    "/sparql?query=CONSTRUCT { ?s a ?o } { ?s a ?o } LIMIT 100000 #{{NEW}}",
    "/sparql?query=SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "/void.html",
    "/catalog.nt",
)
Make = Callable[..., Release]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, make: Make) -> Path:
    """A home with two releases; the second has fewer incidents."""
    folder = tmp_path_factory.mktemp("switch")
    make(folder, street_crime=[EXAMPLE])
    fewer = folder / "fewer"
    fewer.mkdir()
    shutil.copy(sorted(EXAMPLE.glob("*"))[0], fewer)
    make(folder, street_crime=[fewer])
    return folder


@pytest.fixture
def address(home: Path, serve: Callable[..., Any]) -> Iterator[str]:
    """Where the home is served."""
    with serve("--home", home, "--processes", 2) as server:
        yield server.address


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def release_of(address: str) -> str:
    try:
        return str(json.loads(requests.get(f"{address}/health", timeout=5).text)["release"])
    except requests.ConnectionError:
        return ""


def asked(path: str, number: int, one: str) -> str:
    return path.replace("{{ONE}}", one).replace("{{NEW}}", str(number)).replace("#", "%23")


def only_in(one: Release, other: Release) -> str:
    """An incident that one release has and the other has not."""
    first, second = (
        {quad.subject for quad in release.store().quads_for_pattern(None, RDF.type, CRIME.Incident)}
        for release in (one, other)
    )
    return min(node.value for node in (first - second) | (second - first))


def test_releases_are_switched_under_load_without_a_blink(home: Path, address: str) -> None:
    releases = sorted((home / "releases").iterdir())
    assert len(releases) == 2
    known: dict[str, set[str]] = {path: set() for path in PATHS}
    one = only_in(*map(Release, releases))
    for release in releases:  # what each answers by itself
        Home(home).publish(Release(release))
        wait_for(lambda name=release.name: settled(address, name))  # type: ignore[misc]  # no argument
        for path in PATHS:
            known[path].add(requests.get(address + asked(path, 0, one), timeout=30).text)
    assert all(len(answers) == 2 for answers in known.values()), known
    failed: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    tags: dict[tuple[str, str], str] = {}
    over = threading.Event()

    def load(first: int) -> None:
        session, number = requests.Session(), first
        while not over.is_set():
            number += CLIENTS
            path = PATHS[number // CLIENTS % len(PATHS)]
            try:
                answer = session.get(address + asked(path, number, one), timeout=30)
            except requests.RequestException as error:
                failed[repr(error)] += 1
                continue
            seen[path] += 1
            if answer.status_code != 200:
                failed[f"{answer.status_code} {path} {answer.text}"] += 1
            elif answer.text not in known[path]:
                failed[f"mixed: {path} {answer.text[:200]}"] += 1
            key = (asked(path, number, one), answer.headers.get("ETag", ""))
            if tags.setdefault(key, answer.text) != answer.text:
                failed[f"one ETag for two answers: {path}"] += 1

    threads = [threading.Thread(target=load, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(SWITCHES):
            chosen = Release(releases[turn % 2])
            Home(home).publish(chosen)
            wait_for(lambda name=chosen.name: release_of(address) == name)  # type: ignore[misc]
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not failed, failed
    assert all(seen[path] > SWITCHES / 10 for path in PATHS), seen


def settled(address: str, name: str) -> bool:
    """Whether all server processes serve a release: several connections in a row say so."""
    return all(release_of(address) == name for _ in range(12))
