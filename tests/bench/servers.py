"""The servers that tests/bench/serve.py compares: started, and ended, on ports of their own."""

from __future__ import annotations

import http.client
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pyoxigraph import Store

from homegraph.graph.release import Release

NATIVE, OURS, RDFLIB = "oxigraph", "homegraph", "rdflib-endpoint"
PATHS = {NATIVE: "/query", OURS: "/sparql", RDFLIB: "/"}
JSON = "application/sparql-results+json"
STORE = "BENCH_STORE"  # where the application of rdflib-endpoint finds the store
PROCESSES = 2  # of rdflib-endpoint; the default of homegraph
PATIENCE = 60.0  # seconds that an answer may take at all
QUIET = subprocess.DEVNULL


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int
    process: psutil.Process

    @property
    def path(self) -> str:
        """Where it takes queries."""
        return PATHS[self.name]

    def tree(self) -> list[psutil.Process]:
        """Its processes."""
        return [self.process, *self.process.children(recursive=True)]

    def busy(self) -> float:
        """The seconds of processor time that it has taken."""
        taken = 0.0
        for process in self.tree():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            taken += times.user + times.system
        return taken

    def settle(self) -> None:
        """Wait until nothing runs that nobody waits for any more."""
        before, end = self.busy(), time.monotonic() + PATIENCE
        while time.monotonic() < end:
            time.sleep(0.25)
            now = self.busy()
            if now - before < 0.05:
                return
            before = now


def application() -> Any:
    """rdflib-endpoint over an Oxigraph store; made by uvicorn, in each of its processes."""
    from oxrdflib import OxigraphStore
    from rdflib import Dataset
    from rdflib_endpoint import SparqlEndpoint

    store = OxigraphStore(store=Store.read_only(os.environ[STORE]))
    return SparqlEndpoint(graph=Dataset(store=store, default_union=True), path="/")


def command(name: str, home: Path, release: Release, port: int) -> list[str]:
    """How a server is started."""
    here = Path(sys.executable)
    store = str(release.path / "store")
    if name == OURS:
        program = here.with_name("homegraph")
        return [str(program), "serve", "--home", str(home), "--port", str(port)]
    if name == NATIVE:
        program = here.with_name("oxigraph")
        bind = ["--bind", f"127.0.0.1:{port}", "--location", store, "--union-default-graph"]
        return [str(program), "serve-read-only", *bind]
    told = ["--port", str(port), "--workers", str(PROCESSES), "--log-level", "error"]
    made = [
        f"{Path(__file__).stem}:application",
        "--factory",
        "--app-dir",
        str(Path(__file__).parent),
    ]
    return [str(here), "-m", "uvicorn", *made, *told]


@contextmanager
def served(name: str, home: Path, release: Release) -> Iterator[Server]:
    """A server on a free port, which is its own; ended afterwards with all its processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, STORE: str(release.path / "store")}
    started = subprocess.Popen(
        command(name, home, release, port), env=environment, stdout=QUIET, stderr=QUIET
    )
    server = Server(name, port, psutil.Process(started.pid))
    try:
        insist_on_own(server, started)
        yield server
    finally:
        processes = server.tree() if started.poll() is None else []
        started.terminate()
        _, alive = psutil.wait_procs(processes, timeout=15)
        for process in alive:
            process.kill()
        started.wait()


def insist_on_own(server: Server, started: subprocess.Popen[bytes]) -> None:
    """Wait until it answers; exit unless it and nobody else listens on the port."""
    for _ in range(300):
        time.sleep(0.1)
        if started.poll() is not None:
            raise SystemExit(f"{server.name} ended with {started.returncode}")
        try:
            if asked(server, f"{server.path}?query=ASK%7B%7D", JSON, 5)[0] == 200:
                break
        except OSError:
            continue
    own = {process.pid for process in server.tree()}
    listening = {
        each.pid
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr[1:] == (server.port,)
    }
    if not listening or not listening <= own:
        raise SystemExit(f"{server.name} does not listen on {server.port}: {listening} does")


def asked(server: Server, target: str, accept: str, patience: float) -> tuple[int, bytes]:
    """Status and body of one answer. Raises OSError when there is none in time."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=patience)
    try:
        connection.request("GET", target, headers={"Accept": accept})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def insist_on_programs() -> list[str]:
    """The servers that are here. Exits without wrk or the native server."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not here: apt install wrk (Debian, Ubuntu), brew install wrk")
    if not Path(sys.executable).with_name("oxigraph").exists():
        raise SystemExit("oxigraph is not here: pip install oxigraph")
    needed = ("rdflib_endpoint", "oxrdflib", "uvicorn")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        said = " ".join(missing).replace("_", "-")
        print(f"Without rdflib-endpoint: pip install {said}", file=sys.stderr)
    return [NATIVE, OURS] + ([] if missing else [RDFLIB])
