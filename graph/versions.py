"""Dataset, edition and version of each cube, after the application profile of the ONS.

How a build uses this:

    past = versions.past(home)                     under the lock, before the build
    shelf = Shelf(folder, names, past, today)      folder: the release being built
    shelf.add(cube, source, files, dumps)          for each cube, once its dumps are written
    shelf.described()                              quads for the catalogue (same in, same out)
    shelf.told()                                   quads that depend on history: dumps/versions.nq.gz,
                                                   which is left out of the release's digest
    versions.remember(home, release)               when the release is sealed, under the lock

The files go to distributions/<dataset>/<edition>/<number>/ in the release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyoxigraph import Quad

from homegraph.graph.cube import Cube
from homegraph.graph.iri import Names
from homegraph.graph.release import Release
from homegraph.graph.source import Source

DISTRIBUTIONS = "distributions"
VERSIONS = "versions.nq.gz"  # the dump of what depends on history


@dataclass(frozen=True)
class Version:
    """One version; nothing of it ever changes. Kept as version.json beside its files."""

    dataset: str
    edition: str
    number: int
    content: str  # SHA-256 over the CSV and its metadata
    issued: str  # the day it was first made
    observations: int
    files: Mapping[str, Mapping[str, str | int]]  # sha256 and size by name


@dataclass(frozen=True)
class Past:
    """What versions there have been in a home: which numbers are taken, where the files lie."""

    taken: Mapping[tuple[str, str], Mapping[int, str]] = field(default_factory=dict)
    folders: Mapping[tuple[str, str, int], Path] = field(default_factory=dict)
    carried: frozenset[tuple[str, str, int]] = frozenset()  # those of the current release


def past(home: Path) -> Past:
    """Read the past of a home: all its releases, and the list of numbers ever given."""
    return Past()


def remember(home: Path, release: Release) -> None:
    """Note the numbers that a sealed release gives, so that they stay taken when it is gone."""


class Shelf:
    """The versions of one release under way."""

    def __init__(self, folder: Path, names: Names, past: Past, today: date) -> None:
        self.folder, self.names, self.past, self.today = folder, names, past, today

    def add(
        self, cube: Cube, source: Source, files: Mapping[str, str], dumps: Sequence[Path] = ()
    ) -> None:
        """Write a cube's distributions under their version number, beside its older versions.

        `files` gives the names of the source files by SHA-256; `dumps` are the cube's N-Quads.
        """

    def described(self) -> Iterator[Quad]:
        """The cubes as datasets of the catalogue: what follows from the sources alone."""
        yield from ()

    def told(self) -> Iterator[Quad]:
        """Editions, versions, sizes and digests: what depends on the releases before."""
        yield from ()
