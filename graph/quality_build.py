"""Scores all datasets of a release that is being built, from the dumps that are made already.

The store is not full yet when the catalogue is described, so the records are read from a small
store in memory: the catalogue, and what sources of catalogue size say. Datasets are scored some at
a time, so that memory does not grow with their number beyond that store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from homegraph.graph import dump
from homegraph.graph.catalogue import CATALOGUE
from homegraph.graph.cubes.versions import DISTRIBUTIONS
from homegraph.graph.findings import Reading
from homegraph.graph.gate import Watched
from homegraph.graph.iri import VOCABULARY, Names
from homegraph.graph.quality import Quality, score
from homegraph.graph.quality_conformance import faults
from homegraph.graph.quality_league import Tables
from homegraph.graph.quality_reach import Answers
from homegraph.graph.quality_record import Facts, Said, host
from homegraph.graph.quality_statements import late, measured, place, statements
from homegraph.graph.record import Records
from homegraph.graph.release import DOWNLOADS, DUMPS
from homegraph.graph.rules import Watch, rules
from homegraph.graph.terms import DCAT, DCT, Terms

if TYPE_CHECKING:
    from homegraph.graph.build import Build

SCORES = "quality.nq.gz"
LATE = "freshness.nq.gz"  # what depends on the day, so that it is not in the release's digest

AT_ONCE = 200  # datasets
LOOKED_AT = 1 << 18  # bytes of a dump in which links are looked for
FEW = 3  # dumps of a dataset that are looked into
LINK = re.compile(rb" <([^>]*)> <(https?://[^>]*)> (?:<[^>]*> )?\.\n")
# Words are no links, neither ours nor those of vocabularies that everybody uses.
WORDS = (VOCABULARY.encode(), *(words.iri.encode() for words in Terms.__subclasses__()))
# Documents that the server makes of the release, whatever it holds.
MADE = {"sparql", "catalog", "graph-store", "datasets", "void"}


def measure(build: Build) -> None:
    """Write the scores of all datasets of a build, and the league table; once all is described."""
    measuring = Measuring(build.folder, build.names, build.gate.today, build.answers)
    watch, count = Watch(rules()), 0

    def lines() -> Iterator[str]:
        nonlocal count
        for quads in measuring.quads():
            build.tally.see(SCORES, quads)
            count += len(quads)
            said = sorted(f"{quad} .\n" for quad in quads)
            # Without their graph, which would make each of them odd to a watch, and slow.
            watch.see("".join(f"{quad.triple} .\n" for quad in quads))
            yield from said

    with build.timed("quality"):
        dump.write(build.folder / DUMPS / SCORES, lines())
        build.tally.quads[SCORES] = count
        build.gate.see("", Watched.of(watch))
        build.keep(LATE, measuring.late, "", Reading())
        measuring.tables.league(build.gate.today).save(build.folder)


class Measuring:
    """One measuring of a release that is being built in a folder."""

    def __init__(self, folder: Path, names: Names, today: date, answers: Answers) -> None:
        self.folder, self.names, self.today, self.answers = folder, names, today, answers
        self.tables = Tables()
        self.late: list[Quad] = []  # what depends on the day
        self._store = filled(folder / DUMPS)

    def quads(self) -> Iterator[list[Quad]]:
        """The measurements of each dataset, in the order of their names; then `late` is whole."""
        listed = self._store.quads_for_pattern(self.names.data(CATALOGUE), DCAT.dataset, None)
        datasets = {quad.object for quad in listed if isinstance(quad.object, NamedNode)}
        ordered = sorted(datasets, key=place)
        for some in dump.batched(ordered, AT_ONCE):
            for quality in self.scored(some):
                dataset = quality.dataset
                yield [
                    quad
                    for one in measured(quality)
                    for quad in statements(dataset, one, self.names)
                ]
                for one in late(quality, self.today):
                    self.late += statements(dataset, one, self.names)

    def scored(self, datasets: Iterable[NamedNode]) -> Iterator[Quality]:
        """The scores of some datasets, each counted for its owner."""
        records = Records(self._store)
        found = {dataset: records.of(dataset) for dataset in datasets}
        broken = faults(found)
        for dataset, triples in found.items():
            said = Said(dataset, triples)
            facts = Facts(
                said,
                self.answers,
                tuple(fault.message for fault in broken[dataset] if fault.demanded),
                self.links(dataset),
                self.held(said),
                self.names.base,
            )
            quality = score(facts, self.today, broken[dataset])
            every = said.values(dataset, DCT.publisher)
            names = [one.value for one in every if isinstance(one, NamedNode)]
            self.tables.add(quality, min(names, default=""))
            yield quality

    def held(self, said: Said) -> frozenset[str]:
        """The addresses of a record at which this release has something itself."""
        own = self.names.base
        addresses = [one for one in said.addresses if one.startswith(own)]
        return frozenset(one for one in addresses if self.holds(unquote(one.removeprefix(own))))

    def holds(self, path: str) -> bool:
        """Whether the release has what a path below the base answers with; never outside of it."""
        parts = path.rstrip("/").split("/")
        if ".." in parts or ("" in parts and path):
            return False
        try:
            return self.has(path)
        except (OSError, ValueError):  # no file can be called so
            return False

    def has(self, path: str) -> bool:
        """Whether the release has what a path in it answers with."""
        first, _, rest = path.partition("/")
        if first in {DUMPS, DOWNLOADS}:
            return (self.folder / path).exists()
        if first == "datasets" and rest:
            return self.has_table(rest)
        if first == "data" and rest:
            node = NamedNode(self.names.base + path)
            return next(self._store.quads_for_pattern(node, None, None), None) is not None
        return not path or path.partition(".")[0] in MADE

    def has_table(self, rest: str) -> bool:
        """Whether there is a dataset to download under an address, or a file of it."""
        shelf = self.folder / DISTRIBUTIONS
        if (shelf / rest).is_dir():
            return True
        name = rest.partition(".")[0]
        return any(one.name == rest for one in (shelf / name).glob("*/*/*"))

    def links(self, dataset: NamedNode) -> frozenset[str]:
        """The hosts of others that a dataset of ours leads to, as the first of its data shows."""
        stem = self.names.data("x").value[:-1]
        name = dataset.value.removeprefix(stem)
        if name == dataset.value or "/" in name:
            return frozenset()
        dumps = self.folder / DUMPS
        paths = [dumps / f"{name}.nq.gz", dumps / "cubes" / f"{name}.nq.gz"]
        folders = [dumps / name, dumps / "cubes" / name]
        paths += [path for one in folders for path in islice(sorted(one.glob("*.nq.gz")), FEW)]
        return frozenset(one for path in paths if path.exists() for one in self._led_to(path))

    def _led_to(self, path: Path) -> set[str]:
        with dump.reader(path) as stream:
            text = stream.read(LOOKED_AT)
        own = self.names.base.encode()
        found = {
            object_
            for predicate, object_ in LINK.findall(text)
            if not predicate.endswith(b"#type") and not object_.startswith((own, *WORDS))
        }
        return {host(one.decode()) for one in found}


def filled(dumps: Path) -> Store:
    """A store in memory of what is of catalogue size."""
    store = Store()
    for path in sorted(dumps.glob("*.nq.gz")):
        with dump.reader(path) as stream:
            store.bulk_load(input=stream, format=RdfFormat.N_QUADS, lenient=True)
    return store
