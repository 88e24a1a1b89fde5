"""The cubes of a build: each is written as it will stand in the store, and checked as written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pyoxigraph import Quad

from homegraph.graph import cube_text, dump
from homegraph.graph.cube import Cube
from homegraph.graph.findings import Place
from homegraph.graph.gate import Watched
from homegraph.graph.iri import Names
from homegraph.graph.rules import Watch, rules
from homegraph.graph.terms import PROV, QB, SOURCE


@dataclass(frozen=True)
class Written:
    """A cube as frames of terms: what is checked, and what the text is made from."""

    cube: Cube
    names: Names
    structure: list[Quad]
    observations: pl.DataFrame
    slices: list[pl.DataFrame]

    @classmethod
    def of(cls, cube: Cube, names: Names) -> Written:
        """Write a cube as terms."""
        return cls(
            cube,
            names,
            cube_text.structure(cube, names),
            cube_text.observations(cube, names),
            list(cube_text.slices(cube, names)),
        )

    def parts(self) -> Iterator[tuple[str, Iterator[str]]]:
        """The cube's dumps: their paths, and their lines in blocks, in order."""
        graph, folder = self.cube.graph(self.names), f"cubes/{self.cube.name}"
        yield f"{folder}/structure.nq.gz", iter(self.head())
        for number, frame in enumerate(self.slices, start=1):
            yield f"{folder}/slices-{number}.nq.gz", cube_text.text(frame, graph)
        for code, frame in self.cut():
            yield f"{folder}/observations{code}.nq.gz", cube_text.text(frame, graph)

    def head(self) -> list[str]:
        """The data set, which leads to its slices, and its structure."""
        lines = [f"{quad} .\n" for quad in self.structure]
        if self.slices:
            frame = cube_text.leading(self.cube.node(self.names), self.slices)
            for block in cube_text.text(frame, self.cube.graph(self.names)):
                lines += block.splitlines(keepends=True)
        return sorted(lines)

    def cut(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """The observations by the code of the dimension that they are cut by, if any."""
        by = self.cube.partition
        if by is None:
            yield "", self.observations
            return
        (dimension,) = cube_text.chosen(self.cube, (by,))
        for code in sorted(self.cube.frame[by].unique()):
            term = f"<{dimension.codes.prefix}{code}>"
            found = self.observations.filter(pl.col(str(dimension.property)) == term)
            yield f"-{code.replace('/', '-')}", found

    def tally(self) -> tuple[Counter[str], Counter[str]]:
        """Statements by property and instances by class, but for the structure's."""
        properties, classes = Counter[str](), Counter[str]()
        for frame in (self.observations, *self.slices):
            properties += cube_text.counted(frame)
        classes[QB.Observation.value] = self.observations.height
        classes[QB.Slice.value] = sum(frame.height for frame in self.slices)
        properties[QB.slice.value] += classes[QB.Slice.value]
        return properties, +classes

    def places(self, nodes: set[str], files: Mapping[str, str]) -> dict[str, Place | None]:
        """Where observations were read: the first file's name by its digest, and the row."""
        wanted = [f"<{node}>" for node in nodes]
        found = self.observations.filter(pl.col(cube_text.SUBJECT).is_in(wanted))
        where: dict[str, Place | None] = {}
        for said in found.iter_rows(named=True):
            first = said[str(PROV.wasDerivedFrom)]
            first = first if isinstance(first, str) else first[0]
            row = said.get(str(SOURCE.inRow)) or '"0"'
            name = files.get(first.rpartition("/")[2][:-1], self.cube.source)
            where[said[cube_text.SUBJECT][1:-1]] = Place(name, int(row.split('"')[1]))
        return where


def write(
    written: Written, dumps: Path, files: Mapping[str, str]
) -> tuple[dict[str, int], Watched]:
    """Write a cube's dumps; returns their sizes in quads, and what the shapes say of them."""
    watch = Watch(rules())
    sizes: dict[str, int] = {}
    for where, blocks in written.parts():
        size = 0
        with dump.writer(dumps / where) as put:
            for block in blocks:
                watch.see(block)
                put(block.encode())
                size += block.count("\n")
        sizes[where] = size
    return sizes, Watched.of(watch, lambda nodes: written.places(nodes, files))
