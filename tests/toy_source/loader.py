"""Police dogs: a name, a breed and a month; the least that a source can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyoxigraph import Literal, Quad

from homegraph.graph import iri
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import rows
from homegraph.graph.terms import CRIME, DCT, RDFS


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """Turn each row into one dog."""
    graph = names.graph("toy-source")
    for file in files:
        for row in rows(file, reading, required=["Number", "Name", "Breed", "Month"]):
            with row:
                dog = names.thing("dog", row.take("Number", str))
                yield Quad(dog, RDFS.label, row.take("Name", Literal), graph)
                breed = row.maybe("Breed", Literal)
                if breed:
                    yield Quad(dog, DCT.type, breed, graph)
                yield Quad(dog, CRIME.month, row.take("Month", iri.month), graph)
