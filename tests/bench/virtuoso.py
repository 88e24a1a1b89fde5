"""Virtuoso (Debian: virtuoso-opensource) with the dumps of a release, on ports of its own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from homegraph.endpoint.queries import relative
from homegraph.endpoint.words import tokens
from homegraph.graph import dump
from homegraph.graph.release import Release

PROGRAM, CLIENT = "virtuoso-t", "isql-vt"
LOADED = "loaded.txt"  # in its folder: the digest of the release that it has
DEFAULT_GRAPH = "urn:default"  # where statements without a graph go
QUIET = subprocess.DEVNULL
# Buffers are what its manual gives for 4 GB of memory; the rest lets it answer whole and in time.
SETTINGS = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
ErrorLogLevel = 7
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 10
CheckpointInterval = 0
NumberOfBuffers = 340000
MaxDirtyBuffers = 250000
DirsAllowed = {folder}
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 2
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 4
KeepAliveTimeout = 600
[SPARQL]
ResultSetMaxRows = 100000000
MaxQueryCostEstimationTime = 1000000
MaxQueryExecutionTime = 1000000
"""


def is_here() -> bool:
    """Whether its programs are installed."""
    return all(map(shutil.which, (PROGRAM, CLIENT)))


def any_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def said(port: int, statement: str) -> str:
    """What it says to a statement of SQL; raises CalledProcessError."""
    command = [CLIENT, f"127.0.0.1:{port}", "dba", "dba", "ERRORS=STDOUT", f"exec={statement}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def unpacked(release: Release, folder: Path) -> int:
    """Write the release's dumps as plain N-Quads; returns how many files there are."""
    folder.mkdir()
    paths = sorted((release.path / "dumps").rglob("*.nq.gz"))
    for path in paths:
        name = "-".join(path.relative_to(release.path / "dumps").parts).removesuffix(".gz")
        with (folder / name).open("wb") as out:
            for block in dump.blocks(path):
                out.write(block)
    return len(paths)


def load(release: Release, folder: Path, port: int) -> float:
    """Load the dumps with two loaders, as its manual says; returns the seconds that took."""
    plain = folder / "plain"
    shutil.rmtree(plain, ignore_errors=True)
    count = unpacked(release, plain)
    start = time.perf_counter()
    said(port, f"ld_dir('{plain}', '*.nq', '{DEFAULT_GRAPH}');")
    loaders = [
        subprocess.Popen(
            [CLIENT, f"127.0.0.1:{port}", "dba", "dba", "exec=rdf_loader_run();"], stdout=QUIET
        )
        for _ in range(2)
    ]
    if any(loader.wait() for loader in loaders):
        raise SystemExit("Virtuoso's loader failed")
    problems = said(port, "SELECT ll_file, ll_error FROM DB.DBA.LOAD_LIST WHERE ll_error <> '';")
    if not re.search(r"^0 Rows", problems, re.MULTILINE):
        raise SystemExit(f"Virtuoso did not load everything:\n{problems}")
    said(port, "checkpoint;")
    taken = time.perf_counter() - start
    shutil.rmtree(plain)
    print(f"Virtuoso loaded {count} files in {taken:.0f} s")
    return taken


@contextmanager
def served(release: Release, folder: Path) -> Iterator[int]:
    """The port of its SPARQL endpoint, with the release in the database in the folder."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    loaded = folder / LOADED
    whose = loaded.read_text() if loaded.exists() else ""
    if whose != release.digest:
        shutil.rmtree(folder)
        folder.mkdir()
    sql, http = any_port(), any_port()
    settings = folder / "virtuoso.ini"
    settings.write_text(SETTINGS.format(folder=folder, sql=sql, http=http))
    started = subprocess.Popen(
        [PROGRAM, "+foreground", "+configfile", str(settings)],
        cwd=folder, stdout=QUIET, stderr=QUIET,
    )  # fmt: skip
    try:
        for port in (sql, http):
            wait_for(port, started)
        if whose != release.digest:
            load(release, folder, sql)
            loaded.write_text(release.digest)
        yield http
    finally:
        if started.poll() is None:
            subprocess.run([CLIENT, f"127.0.0.1:{sql}", "dba", "dba", "exec=shutdown;"],
                           stdout=QUIET, stderr=QUIET, check=False)  # fmt: skip
        try:
            started.wait(60)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def wait_for(port: int, started: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens at a port."""
    for _ in range(1200):
        if started.poll() is not None:
            raise SystemExit(f"Virtuoso ended with {started.returncode}: see its virtuoso.log")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("Virtuoso does not start")


def spelt_out(body: str, prefixes: Mapping[str, str], base: str) -> str:
    """A query without prologue with all names in full: Virtuoso does not read all short ones.

    >>> spelt_out("ASK { ?s a x:1 ; ?p <a/b> }", {"x": "id/"}, "http://example.org/")
    'ASK { ?s a <http://example.org/id/1> ; ?p <http://example.org/a/b> }'
    """
    pieces, at = [], 0
    for token in tokens(body):
        text = token.text
        if token.kind == "name":
            prefix, _, local = text.partition(":")
            text = f"<{prefixes[prefix]}{local}>"
        if token.kind in {"name", "iri"} and relative(text[1:-1]):
            text = f"<{base}{text[1:-1]}>"
        pieces += [body[at : token.start], text]
        at = token.start + len(token.text)
    return "".join([*pieces, body[at:]])
