"""The cubes of a build: each is written as it will stand in the store, and checked as written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
from pyoxigraph import Quad

from homegraph.graph import dump
from homegraph.graph.cubes import text as cube_text
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.integrity import Verdict, examine, settled
from homegraph.graph.findings import Place
from homegraph.graph.gate import Watched
from homegraph.graph.iri import Names
from homegraph.graph.rules import Watch, rules
from homegraph.graph.shacl.worlds import Small
from homegraph.graph.terms import PROV, QB, SOURCE

FEW = 100  # values of a property that are all shown to the shapes


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
        subjects = cube_text.named(cube, names)
        return cls(
            cube,
            names,
            cube_text.structure(cube, names),
            cube_text.observations(cube, names, subjects),
            list(cube_text.slices(cube, names, subjects)),
        )

    @property
    def structure_dump(self) -> str:
        """The dump that describes the cube; the others hold what it counts."""
        return f"cubes/{self.cube.name}/structure.nq.gz"

    def parts(self) -> Iterator[tuple[str, Iterator[str]]]:
        """The cube's dumps: their paths, and their lines in blocks, in order."""
        graph, folder = self.cube.graph(self.names), f"cubes/{self.cube.name}"
        yield self.structure_dump, iter(self.head())
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

    def judged(self, known: Small, files: Mapping[str, str]) -> Verdict:
        """What the rules for cubes say; `known` holds the properties and code lists."""
        leads = cube_text.leading(self.cube.node(self.names), self.slices)
        return examine(self.structure, self.observations, self.slices, leads, known, files)

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


def telling(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a frame of terms that are needed to judge every value of every property.

    Where a property has few values, a row for each; of many, which differ in nothing but a code or
    a number, one row, and every row whose value has anything that could be about a person. Of a
    list the first is kept: slices list observations, whose names are the frame's own.
    """
    once = frame.with_columns(pl.col(pl.List(pl.String)).list.first())
    seen: list[pl.Expr] = []
    guard = rules().guard
    for name in once.columns:
        if name == cube_text.SUBJECT:
            continue  # made of the codes of the dimensions, which are looked at
        values = once[name].drop_nulls().unique(maintain_order=True)
        if values.len() > FEW:
            doubtful = [value for value in values if guard and not guard.is_clean(value)]
            values = pl.Series([*values.head(1), *doubtful], dtype=pl.String)
        seen.append(pl.col(name).is_first_distinct() & pl.col(name).is_in(values.implode()))
    return once.filter(pl.any_horizontal(seen))


def write(written: Written, dumps: Path) -> dict[str, int]:
    """Write a cube's dumps; returns their sizes in quads."""
    sizes: dict[str, int] = {}
    for where, blocks in written.parts():
        with dump.writer(dumps / where) as put:
            sizes[where] = 0
            for block in blocks:
                put(block.encode())
                sizes[where] += block.count("\n")
    return sizes


def watched(written: Written, files: Mapping[str, str]) -> Watched:
    """What the shapes say of a cube.

    What a shape asks of single values it is asked of the rows that tell, which is what makes this
    as quick as the writing; what it asks of whole observations and slices, graph/cubes/integrity.py
    decides on the same frames.
    """
    watch, graph = Watch(rules()), written.cube.graph(written.names)
    watch.see("".join(sorted(f"{quad} .\n" for quad in written.structure)))
    for frame in (written.observations, *written.slices):
        for block in cube_text.text(telling(frame), graph):
            watch.see(block)
    found = Watched.of(watch, lambda nodes: written.places(nodes, files))
    left = [one for one in found.left if one not in settled()]
    return replace(found, left=left, nodes=0)  # graph/cubes/integrity.py counts all of them
