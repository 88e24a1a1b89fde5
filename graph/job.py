"""What a build is asked to do: sources with their files, and the slices that these make up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pyoxigraph import Quad

from homegraph.graph.concepts import ONTOLOGIES
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import SHAPES
from homegraph.graph.slices import Slice, SliceDone, SliceOutput
from homegraph.graph.source import Source


class Loader(Protocol):
    """What a build needs of a loader; see loaders/__init__.py."""

    @property
    def name(self) -> str:
        """The name of its folder."""

    @property
    def folder(self) -> Path:
        """Where its metadata and code lie."""

    @property
    def dataset(self) -> str:
        """The source's name in URIs."""

    @property
    def bulk(self) -> bool:
        """Whether it is built in slices."""

    @property
    def load(self) -> Callable[[Sequence[RawFile], Names, Reading], Iterator[Quad]]:
        """Quads of a source of catalogue size."""

    @property
    def slices(self) -> Callable[[Sequence[RawFile]], list[Slice]]:
        """The slices that files make up."""

    @property
    def stream(self) -> Callable[[Slice, Names, SliceOutput, Reading], None]:
        """N-Quads text of one slice."""

    @property
    def settle(self) -> Callable[[Iterable[SliceDone], Names], Iterator[Quad]]:
        """Quads that follow from all slices."""

    @property
    def origin(self) -> Callable[[str, Slice], Place | None]:
        """The file and row that a thing of a slice was read from, by its IRI."""

    @property
    def derive(self) -> Callable[[Tables, Names, Reading], Iterator[Quad]] | None:
        """Quads that follow from tables of all sources, if it says any."""

    @property
    def cubes(self) -> Callable[[Tables, Names], Iterator[Cube]]:
        """Cubes made from tables of all sources."""

    def source(self, names: Names) -> Source:
        """Its metadata."""


DECIDING = {".py", ".ttl", ".csv", ".json", ".toml"}  # endings of files that do
ASIDE = {"fixture", "example"}  # folders of a loader that decide nothing


@dataclass(frozen=True)
class Job:
    """One source to build: its loader and the files it gets."""

    loader: Loader
    files: tuple[RawFile, ...]


def code_version(jobs: Iterable[Job]) -> str:
    """SHA-256 over the code, vocabulary and rules that turn files into quads and check them."""
    seen = hashlib.sha256()
    rooms = [Path(__file__).parent, ONTOLOGIES, SHAPES, *(job.loader.folder for job in jobs)]
    for room in rooms:
        for path in sorted(room.rglob("*")):
            if path.suffix in DECIDING and path.parent.name not in ASIDE:
                seen.update(path.name.encode() + path.read_bytes())
    return seen.hexdigest()
