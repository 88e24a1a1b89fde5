"""CKAN harvests our catalogue, as data.gov.uk does: from gathering to stored packages.

    python whole.py FOLDER [SOURCE ...]       FOLDER/ckan is the environment that run.sh makes

Builds the examples (of some sources, or of all) with a few hundred records of others, serves them,
and lets CKAN with ckanext-harvest and ckanext-dcat harvest them again and again: at first, when
nothing has changed, when a register of ours has changed (one dataset), when the title of a record
of others has (two: the record, and what we publish of such records), and when one has gone.

Three hubs do it: one as CKAN comes, which writes every package each time and counts all as updated;
one with an extension that leaves alone what has not changed (leaves_unchanged.py); and one that
asks CKAN's API of ours, whose harvester goes by the time of modification, and never deletes.

Says each time what CKAN did, and which records changed by our own account. Fails on any error, on a
package too many or too few, and when CKAN updates, or shows in another form by package_show, other
packages than those that changed. Needs what hub.py needs.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from hub import KINDS, Ckan, listens, port, running, server, until

from homegraph import loaders
from homegraph.graph.changes import Changes
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.raw import paths
from homegraph.graph.release import current

HERE = Path(__file__).parent
EXTRA = 150
CHANGED = {
    "nothing changed": 0,
    "the register changed": 1,
    "one title changed": 2,
    "one record gone": 1,
}
NOTHING: dict[str, list[str]] = {"changed": [], "gone": []}
REGISTER, DESCRIPTION = "information_asset_register", "more than 1,500 had"


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


def changed(before: Changes, after: Changes) -> dict[str, list[str]]:
    """What differs by our own account."""
    pairs = [(before.of(iri), one) for iri, one in after.last.items()]
    return {
        "changed": sorted(now.iri for was, now in pairs if was and was.changed != now.changed
                          and not now.is_gone),
        "gone": sorted(now.iri for was, now in pairs if was and now.is_gone and not was.is_gone),
    }  # fmt: skip


class Site:
    """Our own server, and what it is given to serve."""

    def __init__(self, folder: Path, sources: Sequence[str]):
        self.port, self.folder = port(), folder
        self.home, self.names = Home(folder / "home"), Names(f"http://127.0.0.1:{self.port}/")
        self.loaders = [one for one in loaders.find() if one.name in sources or not sources]
        self.release: Path | None = None
        self.register = folder / REGISTER
        shutil.copytree(loaders.by_name(REGISTER).folder / "example", self.register)

    def build(self, packages: list[dict[str, Any]]) -> dict[str, list[str]]:
        """Release the examples with these records of others; what changed by our own account."""
        before = Changes.read(self.release) if self.release else Changes()
        answer = {"success": True, "result": {"count": len(packages), "results": packages}}
        extra = self.folder / "package_search-9999.json"
        extra.write_text(json.dumps(answer), "utf-8")
        with self.home.locked():
            jobs = []
            for loader in self.loaders:
                source = loader.source(self.names)
                where = [loader.example(self.folder) if loader.name != REGISTER else self.register]
                where += [extra] if loader.name == "dataset_catalogue" else []
                files = [path for one in where for path in paths(str(one), source.file_pattern)]
                jobs.append(Job(loader, tuple(self.home.take_in(source, files))))
            release = self.home.build(jobs, self.names, datetime.now(UTC))
            self.home.publish(release)
        self.release = current(self.home.path).path
        return changed(before, Changes.read(self.release))

    def change_register(self) -> None:
        """Another description of one asset; nothing else is made of the register."""
        (file,) = self.register.glob("*.csv")
        text = file.read_text("utf-8")
        assert DESCRIPTION in text
        file.write_text(text.replace(DESCRIPTION, "more than sixteen hundred people had"), "utf-8")

    def is_served(self) -> bool:
        """Whether the server has gone on to the last release."""
        assert self.release
        try:
            said = requests.get(self.names.base + "health", timeout=5).json()
        except requests.RequestException:
            return False
        return bool(said["release"] == self.release.name)


def check(step: str, kind: str, said: dict[str, Any], told: dict[str, list[str]]) -> None:
    """Whether a hub did what it should; raises AssertionError."""
    count, counts = said["packages"], said["CKAN counts"]
    assert (said["gather errors"], said["object errors"]) == (0, 0)
    if step == "first":
        assert (said["created"], counts) == (count, {"added": count})
        return
    assert said["created"] == 0
    # A change of something that CKAN does not keep does not show in its package.
    assert set(said["differ"]) <= set(told["changed"])
    assert len(told["changed"]) == CHANGED[step]
    assert bool(said["differ"]) == bool(told["changed"])
    assert said["deleted"] == ([] if kind == "api" else told["gone"])
    gone, updated = len(told["gone"]), counts.get("updated", 0)
    assert counts.get("deleted", 0) == len(said["deleted"])
    if kind == "stock":
        assert updated == count
    else:
        assert updated == len(told["changed"])
        # What has gone still is a package of the one that never deletes, but is not harvested.
        assert counts.get("not modified") == count - updated - (gone if kind == "api" else 0)


def main(environments: Path, sources: Sequence[str]) -> None:
    """Build, serve and harvest, step by step."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        redis, solr = port(), port()
        stack.enter_context(running("redis-server", "--port", redis, "--save", "", cwd=folder))
        stack.enter_context(running(sys.executable, HERE / "solr.py", solr))
        postgres = stack.enter_context(server(folder / "postgres"))
        site = Site(folder, sources)
        packages = [package(number) for number in range(EXTRA)]
        site.build(packages)
        serve = [sys.executable, "-m", "homegraph.endpoint.cli", "serve", "--log", "none"]
        stack.enter_context(running(*serve, "--port", site.port, "--home", site.home.path))
        until(lambda: listens(site.port), "homegraph")
        hubs = []
        for number, kind in enumerate(KINDS):
            where = f"redis://127.0.0.1:{redis}/{number}"
            hub = Ckan(kind, environments / "ckan", folder / kind.name, postgres, where)
            hub.begin(solr, site.names.base)
            hubs.append(hub)
        another = package(0, "All seizures at port")
        steps = {
            "first": packages,
            "nothing changed": packages,
            "the register changed": packages,
            "one title changed": [another, *packages[1:]],
            "one record gone": [another, *packages[1:-1]],
        }
        for step, wanted in steps.items():
            if step == "the register changed":
                site.change_register()
            told = NOTHING if step == "first" else site.build(wanted)
            until(site.is_served, f"release {site.release}")
            sys.stdout.write(f"{step}; by our own account: {json.dumps(told)}\n")
            for hub in hubs:
                said = hub.harvest()
                sys.stdout.write(f"  {hub.kind.name}: {json.dumps(said)}\n")
                sys.stdout.flush()
                check(step, hub.kind.name, said, told)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends too
    main(Path(sys.argv[1]), [*sys.argv[2:]])
