"""CKAN harvests our catalogue, as data.gov.uk does: from gathering to stored packages.

    python whole.py FOLDER [SOURCE ...]       FOLDER/ckan is the environment that run.sh makes

Builds the examples (of some sources, or of all) with a few hundred records of others, serves them,
and lets CKAN with ckanext-harvest and ckanext-dcat harvest them four times: at first, when nothing
has changed, when the title of one record has changed, and when one record has gone. Says each time
what CKAN did, and which records changed by our own account. Fails on any error, on a package too
many or too few, and when other packages differ than those that changed. (CKAN 2.11 writes all
packages each time and counts them as updated; what it was given tells whether they differ.)

Needs the programs of PostgreSQL and redis-server (Debian: postgresql redis-server). The search
engine is a stand-in: solr.py.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests

from homegraph import loaders
from homegraph.graph.changes import Changes
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.raw import paths
from homegraph.graph.release import current

HERE = Path(__file__).parent
EXTRA = 250
SETTINGS = """
ckan.plugins = harvest dcat dcat_rdf_harvester
ckanext.harvest.mq.type = redis
ckanext.dcat.rdf.profiles = euro_dcat_ap_3
"""
SAID = (
    "SELECT coalesce(report_status, state), count(*) FROM harvest_object WHERE harvest_job_id = "
    "(SELECT id FROM harvest_job ORDER BY created DESC LIMIT 1) GROUP BY 1"
)
# What the last harvest of each package that is there brought.
PACKAGES = (
    "SELECT DISTINCT ON (o.guid) o.guid, o.content FROM harvest_object o JOIN package p "
    "ON p.id = o.package_id AND p.state = 'active' WHERE o.content IS NOT NULL "
    "ORDER BY o.guid, o.gathered DESC"
)
ORGANISATION = """
INSERT INTO "group" (id, name, title, type, is_organization, state, approval_status)
VALUES ('ho', 'home-office', 'Home Office', 'organization', true, 'active', 'approved') RETURNING id
"""


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
def database(folder: Path) -> Iterator[str]:
    """The address of a new database of PostgreSQL, which does not run as root."""
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
        until(lambda: listens(number), "PostgreSQL")
        address = f"postgresql://ckan@127.0.0.1:{number}/"
        until(lambda: asked(address + "postgres", "SELECT 1") == [["1"]], "PostgreSQL")
        asked(address + "postgres", "CREATE DATABASE ckan TEMPLATE template0 ENCODING 'UTF8'")
        yield address + "ckan"


def asked(address: str, query: str) -> list[list[str]]:
    """The rows of a query, as text."""
    command = [program("psql"), "-X", "-At", "-F", "\t", "-c", query, address]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return [line.split("\t") for line in ran.stdout.splitlines()]


class Ckan:
    """A CKAN with our catalogue as its source."""

    def __init__(self, environment: Path, folder: Path, database: str, redis: int, solr: int):
        self.program, self.file, self.database = (
            environment / "bin/ckan",
            folder / "ckan.ini",
            database,
        )
        self.environment = {**os.environ, "CKAN_INI": str(self.file)}
        subprocess.run([self.program, "generate", "config", self.file], check=True)
        settings = {
            "sqlalchemy.url": database,
            "solr_url": f"http://127.0.0.1:{solr}/solr/ckan",
            "ckan.redis.url": f"redis://127.0.0.1:{redis}/0",
            "ckan.site_url": "http://127.0.0.1:5000",
            "ckan.storage_path": str(folder),
            **dict(line.split(" = ") for line in SETTINGS.strip().splitlines()),
        }
        pairs = [f"{name}={value}" for name, value in settings.items()]
        subprocess.run([self.program, "config-tool", self.file, *pairs], check=True)
        self.run("db", "init")
        self.run("db", "upgrade", "-p", "harvest")
        self.run("user", "add", "harvest", "email=h@example.org", "password=pass12345678")
        self.run("sysadmin", "add", "harvest", answer="y\n")

    def run(self, *words: str, answer: str = "") -> str:
        """Run a command of CKAN; raises CalledProcessError with what it said."""
        command = [str(self.program), "-c", str(self.file), *words]
        ran = subprocess.run(
            command, input=answer, capture_output=True, text=True, env=self.environment, check=False
        )
        if ran.returncode:
            sys.stderr.write(ran.stdout[-3000:] + ran.stderr[-6000:])
            ran.check_returncode()
        return ran.stdout

    def add_source(self, address: str) -> None:
        """An organisation, and our catalogue as a source of it."""
        assert asked(self.database, ORGANISATION)
        source = ("harvester", "source", "create", "ho", address, "dcat_rdf", "Home Office", "True")
        self.run(*source, "home-office", "MANUAL")

    def harvest(self) -> dict[str, Any]:
        """Harvest once: how long it took, what CKAN says it did, and which packages differ."""
        before, begun = self.packages(), time.monotonic()
        self.run("harvester", "run-test", "ho")
        after = self.packages()
        both = before.keys() & after.keys()
        return {
            "seconds": round(time.monotonic() - begun),
            "packages": len(after),
            "created": len(after.keys() - before.keys()),
            "differ": sorted(one for one in both if before[one] != after[one]),
            "deleted": sorted(before.keys() - after.keys()),
            "CKAN counts": {row[0]: int(row[1]) for row in asked(self.database, SAID)},
            "gather errors": self.count("harvest_gather_error"),
            "object errors": self.count("harvest_object_error"),
        }

    def packages(self) -> dict[str, object]:
        """What CKAN was last given for each package, but for the name, which it makes anew."""
        rows = asked(self.database, PACKAGES)
        return {guid: json.loads(content) | {"name": ""} for guid, content in rows}

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(asked(self.database, f"SELECT count(*) FROM {table}")[0][0])


def package(number: int, title: str = "Seizures at port number") -> dict[str, Any]:
    """A record of others, as CKAN gives it."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "name": f"seizures-{number}",
        "title": f"{title} {number}",
        "notes": f"What was seized at port number {number}, by month and kind of goods.",
        "license_id": "uk-ogl",
        "organization": {"name": "home-office", "title": "Home Office"},
        "tags": [{"name": "borders"}],
        "extras": [{"key": "contact-email", "value": "data-team@home-office.example"}],
        "resources": [{"format": "CSV", "url": f"https://data.example.com/seizures/{number}.csv"}],
    }


def build(
    home: Home, names: Names, packages: list[dict[str, Any]], sources: Sequence[str] = ()
) -> Path:
    """Release the examples with some records of others; the folder of the release."""
    answer = {"success": True, "result": {"count": len(packages), "results": packages}}
    extra = home.path.parent / "package_search-9999.json"
    extra.write_text(json.dumps(answer), "utf-8")
    with home.locked():
        jobs = []
        for loader in [one for one in loaders.find() if one.name in sources or not sources]:
            source = loader.source(names)
            where = [loader.example(home.path.parent)]
            where += [extra] if loader.name == "dataset_catalogue" else []
            files = [path for one in where for path in paths(str(one), source.file_pattern)]
            jobs.append(Job(loader, tuple(home.take_in(source, files))))
        release = home.build(jobs, names, datetime.now(UTC))
        home.publish(release)
    return current(home.path).path


def changed(before: Changes, after: Changes) -> dict[str, list[str]]:
    """What differs by our own account."""
    pairs = [(before.of(iri), one) for iri, one in after.last.items()]
    return {
        "changed": sorted(now.iri for was, now in pairs if was and was.changed != now.changed
                          and not now.is_gone),
        "gone": sorted(now.iri for was, now in pairs if was and now.is_gone and not was.is_gone),
    }  # fmt: skip


def main(environments: Path, sources: Sequence[str]) -> None:
    """Build, serve and harvest, four times."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        ours, redis, solr = port(), port(), port()
        stack.enter_context(running("redis-server", "--port", redis, "--save", "", cwd=folder))
        stack.enter_context(running(sys.executable, HERE / "solr.py", solr))
        address = stack.enter_context(database(folder / "postgres"))
        names, home = Names(f"http://127.0.0.1:{ours}/"), Home(folder / "home")
        packages = [package(number) for number in range(EXTRA)]
        release = build(home, names, packages, sources)
        serve = [sys.executable, "-m", "homegraph.endpoint.cli", "serve", "--log", "none"]
        stack.enter_context(running(*serve, "--port", ours, "--home", home.path))
        until(lambda: listens(ours), "homegraph")
        ckan = Ckan(environments / "ckan", folder, address, redis, solr)
        ckan.add_source(names.base + "catalog.ttl")
        steps = {
            "first": packages,
            "nothing changed": packages,
            "one title changed": [package(0, "All seizures at port"), *packages[1:]],
            "one record gone": [package(0, "All seizures at port"), *packages[1:-1]],
        }
        for name, wanted in steps.items():
            before = Changes.read(release)
            release = build(home, names, wanted, sources)
            until(partial(is_served, names.base, release.name), f"release {release.name}")
            told = changed(before, Changes.read(release))
            said = ckan.harvest()
            sys.stdout.write(f"{name}: {json.dumps({'ckan': said, 'ours': told}, indent=1)}\n")
            sys.stdout.flush()
            assert (said["gather errors"], said["object errors"]) == (0, 0)
            assert said["created"] == (said["packages"] if name == "first" else 0)
            assert said["deleted"] == told["gone"]
            # The dump of the catalogue changes with its records, and so does the record of it.
            assert set(said["differ"]) <= set(told["changed"])
            title = f"{names.base}id/dataset/seizures-0"
            assert (title in said["differ"]) == (name == "one title changed")
            assert bool(said["differ"]) == (name in {"one title changed", "one record gone"})


def is_served(base: str, name: str) -> bool:
    """Whether a release is what is served."""
    try:
        return bool(requests.get(base + "health", timeout=5).json()["release"] == name)
    except requests.RequestException:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), [*sys.argv[2:]])
