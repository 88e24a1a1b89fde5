"""The readers: every folder here with a metadata.ttl is a source; nothing is registered anywhere.

A folder holds metadata.ttl, loader.py, fixture/, expected.nq and example/. Its loader.py has
either

    load(files, names, reading) -> Iterator[Quad]            for a source of catalogue size, or
    slices(files) -> list[Slice]                             for a bulk source, with
    stream(part, names, out, reading) -> None                N-Quads text of one slice, and
    settle(done, names) -> Iterator[Quad]                    what follows from all slices;

and may have

    fetch(address, web) -> Iterator[tuple[name, bytes]]      when one address stands for several
    pages(address, web, kind) -> Iterator[Page]              the same, with the address of each
    origin(node, part) -> Place | None                       the row that a thing of a slice is from
    make_example(folder) -> None                             an example too large for the folder
    derive(tables, names, reading) -> Iterator[Quad]         what follows from tables of all sources
    cubes(tables, names) -> Iterator[Cube]                   statistics, from tables of all sources

Tables are what loaders hand over as columns, with `reading.table` or, for each slice, `out.table`;
a source that is not part of a build gives none, and who needs it does without.

Loaders are pure: same files, same quads. A bulk loader writes canonical N-Quads, all statements
about a subject together; what one slice describes neither another slice, nor `shared`, nor `settle`
describes: rules are checked on each subject as it goes by.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

from pyoxigraph import Quad

from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import MetadataError, UnknownSource
from homegraph.graph.fetch import Page
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.slices import Slice, SliceDone, SliceOutput
from homegraph.graph.source import Source, read_source
from homegraph.graph.web import Web

HERE = Path(__file__).parent

Load = Callable[[Sequence[RawFile], Names, Reading], Iterator[Quad]]
Slices = Callable[[Sequence[RawFile]], list[Slice]]
Stream = Callable[[Slice, Names, SliceOutput, Reading], None]
Fetch = Callable[[str, Web], Iterator[tuple[str, bytes]]]
Pages = Callable[[str, Web, str], Iterator[Page]]
Settle = Callable[[Iterable[SliceDone], Names], Iterator[Quad]]
Origin = Callable[[str, Slice], Place | None]
MakeExample = Callable[[Path], None]
Derive = Callable[[Tables, Names, Reading], Iterator[Quad]]
Cubes = Callable[[Tables, Names], Iterator[Cube]]


@dataclass(frozen=True)
class Loader:
    """One source's folder and the functions of its loader.py."""

    name: str
    folder: Path
    module: ModuleType

    @property
    def dataset(self) -> str:
        """The source's name as it stands in URIs and dumps: with hyphens."""
        return self.name.replace("_", "-")

    @property
    def bulk(self) -> bool:
        """Whether the source is built in slices of N-Quads text."""
        return hasattr(self.module, "stream")

    @property
    def load(self) -> Load:
        """Quads of a source of catalogue size."""
        return cast(Load, self.module.load)

    @property
    def slices(self) -> Slices:
        """The slices that files make up."""
        return cast(Slices, self.module.slices)

    @property
    def stream(self) -> Stream:
        """N-Quads text of one slice."""
        return cast(Stream, self.module.stream)

    @property
    def settle(self) -> Settle:
        """Quads that follow from all slices together."""
        return cast(Settle, self.module.settle)

    @property
    def derive(self) -> Derive | None:
        """Quads that follow from tables of all sources, if it says any."""
        return cast("Derive | None", getattr(self.module, "derive", None))

    @property
    def cubes(self) -> Cubes:
        """Cubes made from tables of all sources."""
        return cast(Cubes, getattr(self.module, "cubes", nothing))

    def pages(self, address: str, web: Web, kind: str = "") -> Iterator[Page]:
        """The files that an address stands for, with the address of each; raises FetchFailed.

        The kind is that of the catalogue, for sources that know several, if it is to be said.
        """
        if hasattr(self.module, "pages"):
            yield from cast(Pages, self.module.pages)(address, web, kind)
        elif hasattr(self.module, "fetch"):
            for name, content in cast(Fetch, self.module.fetch)(address, web):
                yield Page(name, content, address)
        else:
            name = address.rstrip("/").rpartition("/")[2] or self.dataset
            yield Page(name, web.get(address), address)

    def source(self, names: Names) -> Source:
        """The source's metadata under a deployment's base."""
        return read_source(self.folder, names)

    def example(self, where: Path) -> Path:
        """The folder of small data that `homegraph demo` builds.

        A source whose example would be large makes it, once, in a folder below `where` that
        nobody else may read.
        """
        if not hasattr(self.module, "make_example"):
            return self.folder / "example"
        folder = where / self.name
        if not folder.is_dir():
            aside = where / f".{self.name}"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(mode=0o700, parents=True)
            cast(MakeExample, self.module.make_example)(aside)
            aside.rename(folder)
        return folder

    @property
    def origin(self) -> Origin:
        """The file and row that a thing of a slice was read from, by its IRI."""
        return cast(Origin, getattr(self.module, "origin", nowhere))


def nothing(tables: Tables, names: Names) -> Iterator[Cube]:
    """Make no cube."""
    yield from ()


def nowhere(node: str, part: Slice) -> None:
    """Say that a thing is not from one row."""


def find() -> list[Loader]:
    """Every source, by name."""
    return [by_name(path.parent.name) for path in sorted(HERE.glob("*/metadata.ttl"))]


def by_name(name: str) -> Loader:
    """One source; raises MetadataError for an unknown name or a folder without its functions."""
    folder = HERE / name.replace("-", "_")
    if not (folder / "metadata.ttl").is_file():
        known = ", ".join(sorted(path.parent.name for path in HERE.glob("*/metadata.ttl")))
        raise UnknownSource(f"no source is called {name!r}; there are {known}")
    module = import_module(f"{__name__}.{folder.name}.loader")
    if not hasattr(module, "load") and not all(
        hasattr(module, word) for word in ("slices", "stream", "settle")
    ):
        raise MetadataError(f"loaders/{folder.name}/loader.py has neither load nor stream")
    return Loader(folder.name, folder, module)
