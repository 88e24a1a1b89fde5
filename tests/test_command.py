"""The command `homegraph`, run as a person runs it: what it prints, and what it survives."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from homegraph import loaders
from homegraph.graph import release

EXAMPLE = loaders.by_name("street_crime").folder / "example"
COMMAND = [sys.executable, "-m", "homegraph.endpoint.cli"]
KILLS = 20


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / ".dev")}


def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        env=environment(),
        check=False,
    )


def test_build_query_list_and_roll_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    some = f"street_crime={EXAMPLE}/2024-01-*.csv"
    ran = run("build", "--home", home, some)
    assert ran.returncode == 0, ran.stderr
    assert "street_crime: 318 of 318 records" in ran.stdout
    more = run("build", "--home", home, "--add", f"street_crime={EXAMPLE}/2024-02-*.csv", "--json")
    assert more.returncode == 0, more.stderr
    first, second = json.loads(run("releases", "--home", home, "--json").stdout)
    assert second["current"] is True
    assert json.loads(more.stdout)["release"] == second["name"]
    assert second["records"]["street_crime"] > first["records"]["street_crime"] == 318

    count = "SELECT (COUNT(*) AS ?n) { ?i a <https://w3id.org/homegraph/def/crime#Incident> }"
    asked = run("query", "--home", home, "--format", "json", count)
    number = json.loads(asked.stdout)["results"]["bindings"][0]["n"]["value"]
    assert int(number) == second["records"]["street_crime"]
    (tmp_path / "count.rq").write_text(count, "utf-8")
    assert number in run("query", "--home", home, f"@{tmp_path / 'count.rq'}").stdout

    told = run("diff", "--home", home, first["name"])
    assert "file new: 2024-02-btp-street.csv" in told.stdout
    assert f"(+{int(number) - 318:,})" in told.stdout
    back = run("rollback", "--home", home)
    assert f"{first['name']} is current" in back.stdout
    again = run("publish", "--home", home, second["name"])
    assert f"{second['name']} is current" in again.stdout


def test_a_built_release_waits_for_publication_when_asked(tmp_path: Path) -> None:
    ran = run("build", "--home", tmp_path, "--no-publish", f"street_crime={EXAMPLE}")
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "current").exists()
    (kept,) = release.releases(tmp_path)
    assert run("publish", "--home", tmp_path, kept.name).returncode == 0
    assert release.current(tmp_path).name == kept.name


def test_the_configuration_names_base_and_sources(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "in")
    (tmp_path / "homegraph.toml").write_text(
        'base = "https://data.example.gov.uk/"\n[sources]\nstreet_crime = "in/*.csv"\n', "utf-8"
    )
    ran = run("build", "--home", tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert release.current(tmp_path).base == "https://data.example.gov.uk/"


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["build", "street_crime=nowhere/*.csv"], 3, "nowhere"),
        (["build", "narnia=x.csv"], 2, "narnia"),
        (["build", "street_crime"], 2, "SOURCE=PATH"),
        (["build"], 2, "nothing to build"),
        (["query", "SELECT ?x { ?x a ?y }"], 4, "no published release"),
        (["rollback"], 4, "no published release"),
        (["publish", "2024"], 4, "no release '2024'"),
        (["serve"], 4, "no published release"),
    ],
)
def test_a_mistake_is_told_with_its_exit_code(
    tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    verb, *rest = words
    ran = run(verb, "--home", tmp_path, *rest)
    assert ran.returncode == code, ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("words", [["serve"], ["demo"]])
def test_a_port_that_is_taken_is_told(tmp_path: Path, words: list[str]) -> None:
    assert run("build", "--home", tmp_path, f"street_crime={EXAMPLE}/2024-01-btp*").returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run(*words, "--home", tmp_path, "--port", str(port))
    assert ran.returncode == 4
    assert f"cannot listen at 127.0.0.1:{port}" in ran.stderr


def test_check_tells_a_clerk_what_to_mend(tmp_path: Path) -> None:
    good = EXAMPLE / "2024-01-btp-street.csv"
    assert run("check", good, "--loader", "street_crime").returncode == 0
    bad = tmp_path / good.name
    bad.write_bytes(good.read_bytes().replace(b",Drugs,", b",Drogs,"))
    told = run("check", bad, "--loader", "street_crime")
    assert told.returncode == 3
    assert "row 14: column 'Crime type' holds 'Drogs'" in told.stdout
    as_json = json.loads(run("check", bad, "--loader", "street_crime", "--json").stdout)
    assert as_json["errors"] == 3
    assert as_json["rules"][0]["examples"][0]["row"] == 14


def test_a_rejected_file_leaves_the_release_that_is_served(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run("build", "--home", home, f"street_crime={EXAMPLE}/2024-01-*.csv")
    before = release.current(home).path
    bad = tmp_path / "2024-02-btp-street.csv"
    bad.write_bytes((EXAMPLE / bad.name).read_bytes()[:-40])
    ran = run("build", "--home", home, f"street_crime={bad}")
    assert ran.returncode == 3
    assert f"{bad.name}: row 98: the row has 9 cells" in ran.stderr
    assert release.current(home).path == before


# What a build survives


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough rows that a build can be killed in the middle of each of its stages."""
    folder = tmp_path_factory.mktemp("larger")
    for path in EXAMPLE.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        with (folder / path.name).open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([header, *rows * 60])
    return folder


def processes_of(group: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == group and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def left_of(group: int) -> list[int]:
    """What of a session still lives after ten seconds."""
    end = time.monotonic() + 10
    while processes_of(group) and time.monotonic() < end:
        time.sleep(0.05)
    return processes_of(group)


def test_a_build_killed_at_any_moment_harms_nothing(larger: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run("build", "--home", home, f"street_crime={EXAMPLE}").returncode == 0
    command = [*COMMAND, "build", "--home", str(home), "--anew", f"street_crime={larger}"]
    start = time.monotonic()
    whole = run("build", "--home", tmp_path / "whole", f"street_crime={larger}")
    seconds = time.monotonic() - start
    assert whole.returncode == 0, whole.stderr
    moments = random.Random(20241121)
    for _ in range(KILLS):
        build = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=environment(),
        )
        try:
            build.wait(moments.uniform(0.2, 0.95) * seconds)
        except subprocess.TimeoutExpired:
            build.send_signal(signal.SIGKILL)
            build.wait()
        assert left_of(build.pid) == []
        now = release.current(home)
        now.verify()
        assert len(now.store()) == now.manifest["triples"]
    done = run("build", "--home", home, f"street_crime={larger}")
    assert done.returncode == 0, done.stderr
    assert release.current(home).digest == release.current(tmp_path / "whole").digest
    assert [path.name for path in home.iterdir() if path.name.startswith(".")] == [".lock"]
    assert not list((home / "raw").glob(".*"))
    assert {path.name for path in (home / "releases").iterdir()} >= {release.current(home).name}


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 130)])
def test_a_build_that_is_asked_to_stop_clears_up(
    larger: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    home = tmp_path / "home"
    assert run("build", "--home", home, f"street_crime={EXAMPLE}").returncode == 0
    before = release.current(home).path
    build = subprocess.Popen(
        [*COMMAND, "build", "--home", str(home), f"street_crime={larger}"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=environment(),
    )
    while build.poll() is None and not list(home.glob(".building-*/dumps/street-crime/*")):
        time.sleep(0.01)
    os.killpg(build.pid, number)
    _, said = build.communicate(timeout=20)
    assert build.returncode == code
    assert "Traceback" not in said
    assert left_of(build.pid) == []
    assert not list(home.glob(".building-*"))
    assert release.current(home).path == before


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small file system of its own, where the machine lets us have one."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("a file system can be mounted only by the administrator")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_a_clear_error_and_the_release_stays(larger: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "size=24m"):
        home = disk / "home"
        assert run("build", "--home", home, f"street_crime={EXAMPLE}").returncode == 0
        before = release.current(home)
        (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free - (1 << 20)))
        ran = run("build", "--home", home, f"street_crime={larger}")
        assert ran.returncode == 4, ran.stderr
        assert "No space left" in ran.stderr or "is the disk full" in ran.stderr
        assert "Make room" in ran.stderr
        assert "Traceback" not in ran.stderr
        assert release.current(home).path == before.path
        before.verify()
        assert not list(home.glob(".building-*"))


def test_a_read_only_home_is_a_clear_error(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with mounted(disk, "ro"):
        ran = run("build", "--home", disk / "home", f"street_crime={EXAMPLE}")
        assert ran.returncode == 4
        assert "Read-only" in ran.stderr
        assert "Traceback" not in ran.stderr


# Addresses


class Publisher(BaseHTTPRequestHandler):
    """A publisher's site: files by path, and a CKAN with two records in pages of one."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        content = self.files.get(self.path) or self.ckan()
        tag = f'"{hash(content)}"'
        status = 404 if content is None else 304 if self.headers["If-None-Match"] == tag else 200
        self.send_response(status)
        self.send_header("ETag", tag)
        self.end_headers()
        if status == 200 and content:
            self.wfile.write(content)

    def ckan(self) -> bytes | None:
        address = urlsplit(self.path)
        if not address.path.endswith("package_search"):
            return None
        start = int(parse_qs(address.query).get("start", ["0"])[0])
        records = [
            {"id": f"{n}", "name": f"dataset-{n}", "title": f"Dataset {n}", "notes": "About it."}
            for n in range(2)
        ]
        result = {"count": 2, "results": records[start : start + 1]}
        return json.dumps({"success": True, "result": result}).encode()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_files_and_catalogues_are_fetched_from_addresses(publisher: str, tmp_path: Path) -> None:
    one, other = sorted(EXAMPLE.glob("2024-01-*.csv"))[:2]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.write(other, f"2024-01/{other.name}")
    Publisher.files = {
        f"/{one.name}.gz": gzip.compress(one.read_bytes(), mtime=0),
        "/2024-01.zip": archive.getvalue(),
    }
    words = [
        f"street_crime={publisher}/{one.name}.gz",
        f"street_crime={publisher}/2024-01.zip",
        f"dataset_catalogue={publisher}/",
    ]
    ran = run("build", "--home", tmp_path, *words, "--json")
    assert ran.returncode == 0, ran.stderr
    records = json.loads(ran.stdout)["records"]
    rows = sum(path.read_bytes().count(b"\r\n") - 1 for path in (one, other))
    assert records == {"dataset_catalogue": 2, "street_crime": rows}
    (file,) = [
        said
        for said in release.current(tmp_path).manifest["sources"]["street_crime"]["files"]
        if said["name"] == one.name
    ]
    assert file["origin"] == f"{publisher}/{one.name}.gz"
    gone = run("build", "--home", tmp_path, f"street_crime={publisher}/2024-09.zip")
    assert gone.returncode == 3
    assert "2024-09.zip" in gone.stderr
    assert "404" in gone.stderr


BREAKS = """
import os, sys
from homegraph.endpoint import cli, cli_query
cli_query.whole = lambda *_: os.abort()
sys.exit(cli.main(sys.argv[1:]))
"""


def test_a_query_that_breaks_the_engine_is_told_in_words(tmp_path: Path) -> None:
    assert run("build", "--home", tmp_path, f"street_crime={EXAMPLE}/2024-01-btp*").returncode == 0
    ran = subprocess.run(
        [sys.executable, "-c", BREAKS, "query", "--home", str(tmp_path), "ASK {}"],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(),
        check=False,
    )
    assert ran.returncode == 1
    assert "homegraph: the engine failed over this query and was ended by SIGABRT" in ran.stderr
    assert "Traceback" not in ran.stderr
