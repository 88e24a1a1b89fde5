"""What is served: the published release of a home, or any store; and when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from homegraph.endpoint.world import World
from homegraph.graph.errors import NoRelease
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.release import MANIFEST, Release, current


@dataclass(frozen=True)
class Source:
    """The directory of a home, of one release, or of a store; `base` matters for a store only."""

    path: Path
    base: str = DEMO_BASE

    @property
    def is_store(self) -> bool:
        """Whether it is an Oxigraph store, which has a file CURRENT; a home has `current`."""
        try:
            return "CURRENT" in {inside.name for inside in self.path.iterdir()}
        except OSError:
            return False

    @property
    def is_release(self) -> bool:
        """Whether it is one release, which never changes."""
        return (self.path / MANIFEST).is_file()

    def now(self) -> Source:
        """The store or release that is to be served now; raises NoRelease."""
        if self.is_store or self.is_release:
            return self
        if not self.path.is_dir():
            raise NoRelease(f"{self.path} is not there")
        return Source(current(self.path).path.resolve())

    def open(self, by_columns: bool = False) -> World:
        """Open what is to be served now, for counting in columns or without; raises NoRelease."""
        now = self.now()
        if now.is_store:
            return World.of_store(now.path, now.base)
        return World.of_release(Release(now.path), by_columns=by_columns)
