"""A CKAN that harvests: with PostgreSQL and Redis of the system, and a stand-in for Solr.

For whole.py. Needs the programs of PostgreSQL and redis-server (Debian: postgresql redis-server).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Package = dict[str, Any]
SAID = (
    "SELECT coalesce(report_status, state), count(*) FROM harvest_object WHERE harvest_job_id = "
    "(SELECT id FROM harvest_job ORDER BY created DESC LIMIT 1) GROUP BY 1"
)
GUIDS = "SELECT package_id, guid FROM harvest_object WHERE current"
ORGANISATION = """
INSERT INTO "group" (id, name, title, type, is_organization, state, approval_status)
VALUES ('ho', 'home-office', 'Home Office', 'organization', true, 'active', 'approved') RETURNING id
"""


@dataclass(frozen=True)
class Kind:
    """How a hub harvests: which harvester of CKAN's, with which extensions, from which path."""

    name: str
    harvester: str
    plugins: str
    path: str


KINDS = [
    Kind("stock", "dcat_rdf", "harvest dcat dcat_rdf_harvester", "catalog.ttl"),
    Kind(
        "careful",
        "dcat_rdf",
        "harvest dcat dcat_rdf_harvester leaves_unchanged",
        "catalog.ttl",
    ),
    Kind("api", "ckan", "harvest ckan_harvester", ""),
]


def port() -> int:
    """One that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*command: object, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program, until it is no longer needed."""
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something; a minute at most."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, f"{what} does not come"
        time.sleep(0.2)


def listens(number: int) -> bool:
    """Whether somebody answers at a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", number)) == 0


def program(name: str) -> str:
    """A program of PostgreSQL, which Debian keeps out of the way."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(places[-1]) if places else shutil.which(name)
    assert found, f"{name} is not here: install postgresql"
    return found


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a new PostgreSQL without a database; it does not run as root."""
    number, data = port(), folder / "data"
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = {"user": "postgres", "group": "postgres", "cwd": "/"}
        folder.chmod(0o755)
        data.mkdir()
        shutil.chown(data, "postgres", "postgres")
    made = [program("initdb"), "-A", "trust", "-U", "ckan", "-E", "UTF8", "--locale=C", "-D", data]
    subprocess.run(list(map(str, made)), check=True, stdout=subprocess.DEVNULL, **user)
    options = ["-c", "fsync=off", "-c", f"unix_socket_directories={data}"]
    with running(
        program("postgres"), "-D", data, "-h", "127.0.0.1", "-p", number, *options, **user
    ):
        address = f"postgresql://ckan@127.0.0.1:{number}/"
        until(lambda: asked(address + "postgres", "SELECT 1") == [["1"]], "PostgreSQL")
        yield address


def asked(address: str, query: str) -> list[list[str]]:
    """The rows of a query, as text."""
    command = [program("psql"), "-X", "-At", "-F", "\t", "-c", query, address]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line.split("\t") for line in ran.stdout.splitlines()]


class Ckan:
    """A CKAN with our catalogue as its source."""

    def __init__(self, kind: Kind, environment: Path, folder: Path, postgres: str, redis: str):
        self.kind, self.environment = kind, environment
        self.last: dict[str, str] = {}  # packages after the harvest before
        folder.mkdir()
        self.file, self.database = folder / "ckan.ini", postgres + kind.name
        asked(postgres + "postgres", f"CREATE DATABASE {kind.name} TEMPLATE template0")
        extensions = extension(folder / "extensions")
        programs = f"{environment / 'bin'}:{os.environ['PATH']}"
        self.variables = {
            **os.environ,
            "CKAN_INI": str(self.file),
            "PYTHONPATH": str(extensions),
            "PATH": programs,
        }
        self.run("generate", "config", self.file, configured=False)
        settings = {
            "sqlalchemy.url": self.database,
            "ckan.redis.url": redis,
            "ckan.site_url": "http://127.0.0.1:5000",
            "ckan.site_id": kind.name,
            "ckan.storage_path": str(folder),
            "ckan.plugins": kind.plugins,
            "ckanext.harvest.mq.type": "redis",
            "ckanext.dcat.rdf.profiles": "euro_dcat_ap_3",
        }
        self.settings(settings)

    def settings(self, settings: dict[str, str]) -> None:
        """Put settings into its file."""
        pairs = [f"{name}={value}" for name, value in settings.items()]
        self.run("config-tool", self.file, *pairs, configured=False)

    def begin(self, solr: int, address: str) -> None:
        """Make its tables, an administrator, an organisation, and our catalogue as its source."""
        self.settings({"solr_url": f"http://127.0.0.1:{solr}/solr/ckan"})
        self.run("db", "init")
        self.run("db", "upgrade", "-p", "harvest")
        self.run("user", "add", "harvest", "email=h@example.org", "password=pass12345678")
        self.run("sysadmin", "add", "harvest", answer="y\n")
        assert asked(self.database, ORGANISATION)
        source = ("ho", address + self.kind.path, self.kind.harvester, "Home Office", "True")
        self.run("harvester", "source", "create", *source, "home-office", "MANUAL")

    def run(self, *words: object, answer: str = "", configured: bool = True) -> str:
        """What a command of CKAN says; raises CalledProcessError when it fails."""
        command = [
            self.environment / "bin/ckan",
            *(["-c", self.file] if configured else []),
            *words,
        ]
        ran = subprocess.run(
            list(map(str, command)),
            input=answer,
            capture_output=True,
            text=True,
            env=self.variables,
            check=False,
        )
        if ran.returncode:
            sys.stderr.write(ran.stdout[-3000:] + ran.stderr[-6000:])
            ran.check_returncode()
        return ran.stdout

    def harvest(self) -> dict[str, Any]:
        """Harvest once: how long it took, what CKAN says it did, and which packages differ."""
        before, begun = self.last, time.monotonic()
        self.run("harvester", "run-test", "ho")
        seconds = round(time.monotonic() - begun)
        self.last = after = self.packages()
        both = before.keys() & after.keys()
        counts: dict[str, int] = {}
        for status, count in asked(self.database, SAID):
            counts[status] = int(count)
        return {
            "CKAN counts": counts,
            "packages": len(after),
            "created": len(after.keys() - before.keys()),
            "differ": sorted(one for one in both if before[one] != after[one]),
            "deleted": sorted(before.keys() - after.keys()),
            "gather errors": self.count("harvest_gather_error"),
            "object errors": self.count("harvest_object_error"),
            "seconds": seconds,
        }

    def packages(self) -> dict[str, str]:
        """What package_show says of each package, by our name of it, but for CKAN's own times."""
        listed = self.run("api", "dump", "datasets", "--all", "-p", 1)
        found = [json.loads(line) for line in listed.splitlines() if line.startswith("{")]
        return {
            guid: json.dumps(without_own(one), sort_keys=True)
            for one in found
            if one["type"] == "dataset" and (guid := uri(one))
        }

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(asked(self.database, f"SELECT count(*) FROM {table}")[0][0])


def uri(package: Package) -> str:
    """Our name of what a package is made of."""
    found = {one["key"]: one["value"] for one in package.get("extras", [])}
    return str(package.get("uri") or found.get("uri") or found["guid"])


def without_own(package: Package) -> Package:
    """A package without what CKAN notes of its own doing: when it wrote, and by which harvest."""
    own = {"metadata_modified", "metadata_created"}
    kept = {key: value for key, value in package.items() if key not in own}
    kept["extras"] = [one for one in package["extras"] if not one["key"].startswith("harvest_")]
    kept["resources"] = [
        {key: value for key, value in one.items() if key not in own} for one in package["resources"]
    ]
    return kept


def extension(folder: Path) -> Path:
    """A folder for PYTHONPATH, where CKAN finds our extension as if it were installed."""
    told = folder / "leaves_unchanged-1.dist-info"
    told.mkdir(parents=True)
    shutil.copy(HERE / "leaves_unchanged.py", folder)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: leaves_unchanged\nVersion: 1\n")
    (told / "entry_points.txt").write_text(
        "[ckan.plugins]\nleaves_unchanged = leaves_unchanged:LeavesUnchanged\n"
    )
    return folder
