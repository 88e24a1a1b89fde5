"""Dataset, edition and version of each cube, after the application profile of the ONS.

A version is what a cube's CSV and its metadata said at one time. It never changes: its files go by
hard links from release to release, and its number is never given to anything else, whether the
release that gave it was published, rolled back or taken away.

The files are distributions/<dataset>/<edition>/<number>/ in the release, with version.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from homegraph.graph.errors import HomeUnusable, NoRelease, ReleaseTampered
from homegraph.graph.release import Release, current, is_readable, releases

DISTRIBUTIONS = "distributions"
VERSIONS = "versions.nq.gz"  # the dump of what depends on the releases before
SAID = "version.json"
Key = tuple[str, str, int]  # dataset, edition and number
GIVEN = "versions.json"  # in the home: the highest number given, by dataset and edition


@dataclass(frozen=True)
class Version:
    """One version, as version.json beside its files says it."""

    dataset: str
    edition: str
    number: int
    content: str  # SHA-256 over those of the CSV and of its metadata
    issued: str  # the day it was first made
    title: str
    observations: int
    flagged: Mapping[str, int]  # how many are partial, missing, revised or withdrawn
    period: tuple[str, str] | None  # the first and the last month, or day
    files: Mapping[str, Mapping[str, Any]]  # sha256 and size by name

    @property
    def key(self) -> Key:
        """What names it."""
        return self.dataset, self.edition, self.number

    @property
    def folder(self) -> Path:
        """Where its files are in a release."""
        return Path(DISTRIBUTIONS, self.dataset, self.edition, str(self.number))

    def save(self, folder: Path) -> None:
        """Write version.json."""
        (folder / SAID).write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def read(folder: Path) -> Version:
    """Read version.json of a folder; raises ReleaseTampered when it is none of ours."""
    try:
        said = json.loads((folder / SAID).read_text("utf-8"))
        said["period"] = tuple(said["period"]) if said["period"] else None
        return Version(**said)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseTampered(f"{folder / SAID} cannot be read: {error}") from error


def versions_of(release: Path) -> list[Version]:
    """The versions in a release, by dataset, edition and number."""
    found = (read(path.parent) for path in (release / DISTRIBUTIONS).glob(f"*/*/*/{SAID}"))
    return sorted(found, key=lambda version: version.key)


@dataclass(frozen=True)
class Past:
    """What versions a home has had.

    `given` is the highest number by dataset and edition, `kept` says which releases have the files
    of a version, and `carried` are the versions of the current release, which goes first there; the
    next release carries them on. `sources` is what the manifest of that release says of each.
    """

    given: Mapping[tuple[str, str], int] = field(default_factory=dict)
    kept: Mapping[Key, Sequence[tuple[Version, Release]]] = field(default_factory=dict)
    carried: frozenset[Key] = frozenset()
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def number(self, dataset: str, edition: str, content: str) -> int:
        """The number for a content: one that it has, if nothing newer is published; else a new one.

        What is published as version 1 again after version 2 is version 3, so that the highest
        number of a release is what it holds.
        """
        latest = max((n for d, e, n in self.carried if (d, e) == (dataset, edition)), default=0)
        same = [
            version.number
            for ((version, _), *_) in self.kept.values()
            if (version.dataset, version.edition, version.content) == (dataset, edition, content)
            and version.number >= latest
        ]
        return max(same, default=self.given.get((dataset, edition), 0) + 1)


def past(home: Path) -> Past:
    """Read the past of a home: its releases, and the numbers that those taken away have given.

    Raises HomeUnusable when the numbers cannot be read, and ReleaseTampered when the versions of
    the current release cannot; those of another that is damaged count as taken away.
    """
    given: dict[tuple[str, str], int] = {}
    path = home / GIVEN
    if path.exists():
        try:
            for dataset, editions in json.loads(path.read_text("utf-8")).items():
                given |= {(dataset, edition): int(n) for edition, n in editions.items()}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise HomeUnusable(f"{path} cannot be read: {error}") from error
    kept: dict[Key, list[tuple[Version, Release]]] = {}
    last = served(home)
    for release in sorted(releases(home), key=lambda one: last is None or one.name != last.name):
        try:
            found = versions_of(release.path)
        except ReleaseTampered:
            if last is not None and release.name == last.name:
                raise
            continue
        for version in found:
            kept.setdefault(version.key, []).append((version, release))
            place = version.dataset, version.edition
            given[place] = max(given.get(place, 0), version.number)
    carried = versions_of(last.path) if last else []
    sources = last.manifest.get("sources", {}) if last else {}
    return Past(given, kept, frozenset(version.key for version in carried), sources)


def served(home: Path) -> Release | None:
    """The current release, if there is one that can be read."""
    try:
        last = current(home)
    except NoRelease:
        return None
    return last if is_readable(last) else None


def remember(home: Path, release: Release) -> None:
    """Note in the home which numbers have been given, with those of a release just sealed."""
    numbers = dict(past(home).given)
    for version in versions_of(release.path):
        place = version.dataset, version.edition
        numbers[place] = max(numbers.get(place, 0), version.number)
    given: dict[str, dict[str, int]] = {}
    for (dataset, edition), number in sorted(numbers.items()):
        given.setdefault(dataset, {})[edition] = number
    aside = home / f".building-{GIVEN}"
    aside.write_text(json.dumps(given, indent=1) + "\n", "utf-8")
    aside.replace(home / GIVEN)
