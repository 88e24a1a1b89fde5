"""The shelf of a release: each cube's distributions under their version, beside the older ones.

How a build uses it:

    past = versions.past(home)                    under the lock, before the build
    shelf = Shelf(folder, names, past, today)     folder: the release being built
    shelf.add(cube, source, files, dumps)         for each cube, once its dumps are written
    shelf.described()                             quads of the catalogue: same inputs, same quads
    shelf.told()                                  quads that depend on the releases before, for
                                                  dumps/versions.nq.gz: not in the digest
    versions.remember(home)                       when the release is sealed, under the lock
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from pyoxigraph import Quad

from homegraph.graph.cubes import csvw, datasets
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.datasets import Described
from homegraph.graph.cubes.distributions import write_distributions
from homegraph.graph.cubes.forms import CSV, METADATA, NQUADS
from homegraph.graph.cubes.versions import DISTRIBUTIONS, SAID, Key, Past, Version
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.iri import Names
from homegraph.graph.raw import digest
from homegraph.graph.source import Source


class Shelf:
    """The versions of a release that is being built."""

    def __init__(self, folder: Path, names: Names, past: Past, today: date) -> None:
        self.folder, self.names, self.past, self.today = folder, names, past, today
        self.entries: list[tuple[Described, list[Version]]] = []

    def add(
        self, cube: Cube, source: Source, files: Mapping[str, str], dumps: Sequence[Path] = ()
    ) -> Version:
        """Write a cube's distributions under their number, and carry on its older versions.

        `files` gives the names of the source files by SHA-256, `dumps` are the cube's N-Quads.
        Raises ReleaseTampered when a version to be carried on is not as it was sealed.
        """
        shelf = self.folder / DISTRIBUTIONS / cube.name
        fresh = shelf / ".new"
        write_distributions(cube, self.names, source, files, fresh)
        version = self._numbered(cube, fresh)
        place = self.folder / version.folder
        try:
            version = self._carry(version.key)
            shutil.rmtree(fresh)
        except (LookupError, ReleaseTampered):  # what is damaged has just been made once more
            place.parent.mkdir(parents=True, exist_ok=True)
            fresh.rename(place)
            if dumps:
                join(dumps, place / f"{cube.name}{NQUADS}")
            version = with_files(version, place)
            version.save(place)
        older = [
            self._carry(key)
            for key in sorted(self.past.carried)
            if key[0] == cube.name and key != version.key
        ]
        self.entries.append((Described.of(cube, source), [*older, version]))
        return version

    def _numbered(self, cube: Cube, folder: Path) -> Version:
        """The version that fresh files are."""
        said = [digest(folder / f"{cube.name}{suffix}") for suffix in (CSV, METADATA)]
        content = sha256("".join(said).encode()).hexdigest()
        number = self.past.number(cube.name, cube.edition, content)
        known = self.past.kept.get((cube.name, cube.edition, number), ())
        return Version(
            cube.name,
            cube.edition,
            number,
            content,
            known[0][0].issued if known else self.today.isoformat(),
            cube.title,
            cube.frame.height,
            flagged(cube),
            csvw.period(cube),
            {},
        )

    def _carry(self, key: Key) -> Version:
        """Link the files of a version out of a release that has them; LookupError if none has.

        Raises ReleaseTampered when no release has them as they were sealed.
        """
        damage: ReleaseTampered | None = None
        for version, release in self.past.kept.get(key, ()):
            names = [version.folder / name for name in (*version.files, SAID)]
            try:
                for name in names:
                    release.insist_on(release.path / name)
            except ReleaseTampered as error:
                damage = error
                continue
            (self.folder / version.folder).mkdir(parents=True)
            for name in names:
                os.link(release.path / name, self.folder / name)
            return version
        raise damage or KeyError(key)

    def described(self) -> Iterator[Quad]:
        """The cubes as datasets of the catalogue: the same inputs give the same quads."""
        for entry, _ in self.entries:
            yield from datasets.described(entry, self.names)

    def told(self) -> Iterator[Quad]:
        """Editions and versions, sizes and digests: what depends on the releases before."""
        for entry, versions in self.entries:
            yield from datasets.history(entry, versions, self.names)


def flagged(cube: Cube) -> dict[str, int]:
    """How many figures there is something to say of, by the notation of their completeness."""
    if "completeness" not in cube.frame.columns:
        return {}
    counts = Counter(cube.frame["completeness"].drop_nulls())
    return dict(sorted(counts.items()))


def join(dumps: Sequence[Path], path: Path) -> None:
    """Make one file of several: gzip files one after another are a gzip file (RFC 1952, 2.2)."""
    with path.open("wb") as out:
        for dump in sorted(dumps):
            with dump.open("rb") as some:
                shutil.copyfileobj(some, out)


def with_files(version: Version, folder: Path) -> Version:
    """The version with the sizes and digests of what is in its folder."""
    files = {
        path.name: {"sha256": digest(path), "size": path.stat().st_size}
        for path in sorted(folder.iterdir())
    }
    return replace(version, files=files)
