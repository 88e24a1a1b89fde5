"""Fixtures only; and --accept, which rewrites what tests compare with."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest
import requests
from playwright.sync_api import Browser, sync_playwright
from pyoxigraph import Literal, NamedNode, Quad, Store

from homegraph import loaders
from homegraph.endpoint.world import World
from homegraph.graph.changes import Changes, as_time, compared, described
from homegraph.graph.home import Home
from homegraph.graph.iri import DEMO_BASE, IANA_MEDIA, Names, organisation
from homegraph.graph.job import Job
from homegraph.graph.matching import names as matching
from homegraph.graph.matching import published
from homegraph.graph.matching.corrections import Correction
from homegraph.graph.matching.names import Name
from homegraph.graph.raw import paths
from homegraph.graph.release import Release, current
from homegraph.graph.settings import read_settings
from homegraph.graph.terms import DCAT, DCT, FOAF, RDF

# Scripts: those that are run by hand and import each other by name, those for other environments.
collect_ignore = ["bench", "harvesters"]
Make = Callable[..., Release]


@dataclass(frozen=True)
class Server:
    """A server process of ours: its address without a slash at the end, and its process."""

    address: str
    process: subprocess.Popen[bytes]


Serve = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def serve() -> Serve:
    """`with serve("--home", home, "--seconds", "5") as server:` runs `homegraph serve`.

    It has one server process, which is there sooner than several, unless `--processes` says more.
    What it writes to its error output goes to the file `errors`, if there is one; `port` is one
    that was found to be free before, or any.
    """

    @contextmanager
    def running(
        *options: object, errors: IO[bytes] | None = None, port: int = 0
    ) -> Iterator[Server]:
        port = port or any_port()
        command = [sys.executable, "-m", "homegraph.endpoint.cli", "serve", "--log", "none"]
        command += ["--port", str(port), "--processes", "1", *map(str, options)]
        process = subprocess.Popen(command, stderr=errors)
        server = Server(f"http://127.0.0.1:{port}", process)
        try:
            end = time.monotonic() + 60
            while not is_up(server):
                assert process.poll() is None and time.monotonic() < end, "it did not start"
                time.sleep(0.05)
            yield server
            if process.poll() is None:
                process.terminate()
                assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()

    return running


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Finds a port that nobody listens at: for a server whose address must be known beforehand."""
    return any_port


def any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_up(server: Server) -> bool:
    try:
        return requests.get(f"{server.address}/health", timeout=5).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which reaches no host but this one.

    For one module at a time: while it is there, no other event loop can run in this thread.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        # Only a browser can judge these pages, and pip cannot install one; .ci/run does.
        pytest.skip("there is no Chromium here")
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage", alone]
        )
        yield chromium
        chromium.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The home of all real files is begun with: minutes, in which no other process waits for it."""
    items.sort(key=lambda item: item.path.name != "test_figures.py")


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay: looking for garbage in them took a sixth of all."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def swept() -> Iterator[None]:
    """What a module leaves is let go of in this thread: Oxigraph's rows can be in no other."""
    yield
    gc.collect()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept", action="store_true", help="write expected.nq and README tables anew"
    )
    parser.addoption(
        "--homes", type=Path, help="folder of homes that several runs of the same code share"
    )


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Path:
    """Where homes lie that all test processes (pytest -n) share, or all runs with `--homes`."""
    folder: Path | None = pytestconfig.option.homes
    if folder is None:
        base = tmp_path_factory.getbasetemp()
        folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real public data beside the checkout, when it is there."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data is not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Build and publish a release of given sources: make(home, street_crime=[path, ...])."""

    def build(
        folder: Path, names: Names | None = None, anew: bool = False, **wanted: list[Path]
    ) -> Release:
        home, names = Home(folder), names or Names()
        with home.locked():
            jobs = []
            for name, where in wanted.items():
                loader = loaders.by_name(name)
                source = loader.source(names)
                found = [path for one in where for path in paths(str(one), source.file_pattern)]
                jobs.append(Job(loader, tuple(home.take_in(source, found))))
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(published, "seal", seal)
                release = home.build(jobs, names, datetime.now(UTC), anew=anew)
            home.publish(release)
        return release

    kept: dict[tuple[object, ...], Path] = {}
    original = published.seal

    def seal(
        folder: Path,
        found: Sequence[Name],
        corrections: Sequence[Correction],
        before: Release | None,
    ) -> None:
        """What matching needs of the same names is made once: it takes seconds."""
        key = (tuple(found), tuple(corrections))
        if key not in kept:
            original(folder, found, corrections, before)
            kept[key] = tmp_path_factory.mktemp("matching")
            for name in published.FOLLOWING:
                shutil.copy(folder / name, kept[key])
        else:
            matching.write(folder, found)
            for name in published.FOLLOWING:
                shutil.copy(kept[key] / name, folder)

    return build


@pytest.fixture(scope="session")
def real_home(shared: Path, homes: Path, make: Make) -> Path:
    """A home built from all real files, and from made ones where there are none; read it only."""

    def build(folder: Path) -> None:
        wanted = {
            name: [Path(one) for one in where]
            for name, where in read_settings(Path(__file__).parent / "real.toml").sources
        }
        for loader in loaders.find():
            wanted.setdefault(loader.name, [loader.example(folder / "made")])
        # Half a minute and more of each run; the shipped examples have columns.
        (folder / "homegraph.toml").write_text("columns = false\n", "utf-8")
        make(folder, **wanted)

    return made_once(homes, "real", build)


@pytest.fixture(scope="session")
def real(real_home: Path) -> Release:
    """The release of all real files."""
    return current(real_home)


@pytest.fixture(scope="session")
def demo_home(homes: Path, make: Make) -> Path:
    """A home with the shipped examples built and published."""

    def build(folder: Path) -> None:
        make(folder, **{loader.name: [loader.example(folder)] for loader in loaders.find()})

    return made_once(homes, "demo", build)


def made_once(homes: Path, name: str, build: Callable[[Path], object]) -> Path:
    """A home that test processes share; the first that wants it builds it."""
    folder, built = homes / name, homes / f"{name}.built"
    with (homes / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            folder.mkdir(exist_ok=True)  # of a run that was ended in the middle
            build(folder)
            built.touch()
    return folder


@dataclass
class Catalogue:
    """A small catalogue that is released again and again: what doors say of it, without builds."""

    folder: Path
    base: str = DEMO_BASE
    changes: Changes = field(default_factory=Changes)

    def release(self, moment: str, datasets: Mapping[str, str]) -> World:
        """The world of a release made at a moment: datasets by their names, with their titles.

        A name that has a colon is the IRI of somebody else's dataset.
        """
        names, store = Names(self.base), Store()
        home_office, graph = organisation("home-office"), names.graph("catalogue")
        said = [(home_office, FOAF.name, Literal("Home Office", language="en"))]
        for name, title in datasets.items():
            node = NamedNode(name) if ":" in name else names.data(name)
            table = NamedNode(f"{node.value}/csv")
            said += [
                (names.data("catalogue"), DCAT.dataset, node),
                (node, RDF.type, DCAT.Dataset),
                (node, DCT.title, Literal(title, language="en")),
                (node, DCT.description, Literal(f"All there is of {title}.", language="en")),
                (node, DCT.publisher, home_office),
                (node, DCAT.keyword, Literal("crime")),
                (node, DCAT.distribution, table),
                (table, RDF.type, DCAT.Distribution),
                (table, DCAT.mediaType, NamedNode(f"{IANA_MEDIA}text/csv")),
            ]
        store.extend(Quad(*one, graph) for one in said)
        self.changes = compared(described(store, names), self.changes, as_time(moment))
        folder = self.folder / moment.replace(":", "")
        folder.mkdir(parents=True)
        self.changes.save(folder)
        return World(store, self.base, moment, {}, folder)


@pytest.fixture(scope="session")
def a_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Catalogue]:
    """Makes small catalogues, whose releases take no time."""
    return lambda: Catalogue(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture
def catalogue(a_catalogue: Callable[[], Catalogue]) -> Catalogue:
    """A small catalogue of a test's own."""
    return a_catalogue()
