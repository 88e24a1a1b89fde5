"""Releases: sealed directories under a home, and the one pointer `current` that moves.

home/
  homegraph.toml      what to build from, and the base (optional)
  raw/                inputs, by digest
  releases/<name>/    store/ dumps/ parts/ distributions/ manifest.json report.ttl report.json
                      changes.json entries.jsonl names.parquet accuracy.json linksets/
                      corrections.csv, if there are any; columns/, if it is large
  versions.json       the version numbers that data sets ever had
  corrections.csv     what people decided that texts stand for
  rejected/<name>/    the report of a build that broke a rule
  current             a link to the release that is served
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from pyoxigraph import Store

from homegraph.graph.errors import NoRelease, ReleaseError, ReleaseTampered
from homegraph.graph.raw import digest

MANIFEST = "manifest.json"
STORE, DUMPS, PARTS = "store", "dumps", "parts"
DOWNLOADS = "downloads"  # the dumps of a source as one file, where they are several


@dataclass(frozen=True)
class Release:
    """One sealed release; its files never change once it has its name."""

    path: Path

    @property
    def name(self) -> str:
        """The directory's name: the day it was built and the start of its digest."""
        return self.path.name

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What was built from what: inputs, outputs, counts, durations, versions."""
        try:
            said = json.loads((self.path / MANIFEST).read_text("utf-8"))
        except OSError as error:
            raise NoRelease(f"{self.path} holds no release: {error.strerror}") from error
        except ValueError as error:
            raise ReleaseTampered(f"{self.path / MANIFEST} cannot be read: {error}") from error
        return cast("dict[str, Any]", said)

    @property
    def base(self) -> str:
        """The base of its instance IRIs."""
        return str(self.manifest["base"])

    @property
    def digest(self) -> str:
        """SHA-256 over its dumps and corrections, name and digest: same inputs, same digest."""
        return str(self.manifest["digest"])

    @property
    def only_columns(self) -> list[str]:
        """The sources whose records are in its columns and not in its store."""
        return list(self.manifest.get("only_columns", ()))

    def store(self) -> Store:
        """Its store, opened so that nothing can be written."""
        return Store.read_only(str(self.path / STORE))

    def verify(self) -> None:
        """Raise ReleaseTampered unless every sealed file is there with its digest."""
        for name in self.manifest["files"]:
            self.insist_on(self.path / name)

    def insist_on(self, path: Path) -> None:
        """Raise ReleaseTampered unless a file is there as it was sealed."""
        said = self.manifest["files"].get(path.relative_to(self.path).as_posix())
        if said is None or not path.is_file() or digest(path) != said["sha256"]:
            raise ReleaseTampered(f"{path} is not the file that was sealed")


def current(home: Path) -> Release:
    """The published release, by its own name: a later publish does not move it under us."""
    link = home / "current"
    if not link.exists():
        raise NoRelease(f"{home} has no published release")
    return Release(link.resolve(strict=True))


def releases(home: Path) -> list[Release]:
    """All releases that are kept and can be read, oldest first."""
    found = [Release(path.parent) for path in (home / "releases").glob(f"*/{MANIFEST}")]
    return sorted(filter(is_readable, found), key=lambda one: (one.manifest["built"], one.name))


def is_readable(release: Release) -> bool:
    """Whether a release has a whole manifest."""
    try:
        return "built" in release.manifest
    except ReleaseError:
        return False


def by_name(home: Path, name: str) -> Release:
    """A release by its name or an unambiguous start of it; raises NoRelease."""
    if name == "current":
        return current(home)
    found = [release for release in releases(home) if release.name.startswith(name)]
    if len(found) != 1:
        known = ", ".join(release.name for release in releases(home)) or "none"
        raise NoRelease(f"{'no' if not found else 'more than one'} release {name!r}; kept: {known}")
    return found[0]


def before(home: Path, release: Release) -> Release:
    """The release that was built last before this one; raises NoRelease."""
    found = releases(home)
    place = [one.name for one in found].index(release.name)
    if place == 0:
        raise NoRelease(f"there is no release before {release.name}")
    return found[place - 1]


def publish(release: Release, home: Path) -> None:
    """Point `current` at a verified release, in one step that cannot be seen half done."""
    release.verify()
    aside = home / f".current-{os.getpid()}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(Path("releases") / release.name)
    aside.replace(home / "current")
