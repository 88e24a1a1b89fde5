"""Datasets and services that loaded catalogues describe, listed in ours with where they are from.

They are described by others, and stay so: nothing is mended, nothing is added to them. What we say
is in a dcat:CatalogRecord of each, which is what DCAT-AP 3.0.1 has for an entry of a catalogue as
distinct from the dataset: which dataset it is of, from which file it was read (PROV), and when it
changed. dct:isReferencedBy is for works that refer to a dataset, so it is not used here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph.catalogue import CATALOGUE, Days, day
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.source import Source
from homegraph.graph.terms import DCAT, DCT, FOAF, PROV, RDF

LISTS = {
    DCAT.Dataset: DCAT.dataset,
    DCAT.DatasetSeries: DCAT.dataset,
    DCAT.DataService: DCAT.service,
}
DATES = (DCT.modified, DCT.issued)


class Listing:
    """What the sources of a build describe besides themselves, noted while they are read."""

    def __init__(self) -> None:
        self.kinds: dict[NamedNode, NamedNode] = {}  # the property by which it is listed
        self.places: dict[NamedNode, tuple[Source, str]] = {}  # the source, and the file
        self.dates: dict[tuple[NamedNode, NamedNode], Literal] = {}

    def noted(self, source: Source, quads: Iterable[Quad], reading: Reading) -> Iterator[Quad]:
        """The same quads, looked at as they go by."""
        for quad in quads:
            if quad.predicate == RDF.type or quad.predicate in DATES:
                self._note(source, quad, reading.at.file if reading.at else "")
            yield quad

    def _note(self, source: Source, quad: Quad, file: str) -> None:
        node, value = quad.subject, quad.object
        if not isinstance(node, NamedNode) or node == source.node:
            return
        if isinstance(value, Literal):
            self.dates.setdefault((node, quad.predicate), value)
        elif isinstance(value, NamedNode) and value in LISTS:
            self.kinds.setdefault(node, LISTS[value])
            self.places.setdefault(node, (source, file))

    def described(
        self, names: Names, read: Iterable[tuple[Source, Sequence[RawFile]]]
    ) -> Iterator[Quad]:
        """The entries, as the same inputs always say them; `read` has the files of each source."""
        graph, catalogue = names.graph(CATALOGUE), names.data(CATALOGUE)
        digests = {(source.name, file.name): file.sha256 for source, some in read for file in some}
        for node, by in self.kinds.items():
            source, name = self.places[node]
            record = record_of(names, node)
            yield Quad(catalogue, by, node, graph)
            yield Quad(catalogue, DCAT.record, record, graph)
            yield Quad(record, RDF.type, DCAT.CatalogRecord, graph)
            yield Quad(record, FOAF.primaryTopic, node, graph)
            if digest := digests.get((source.name, name)):
                yield Quad(record, PROV.wasDerivedFrom, names.thing("file", digest), graph)

    def dated(self, names: Names, days: Iterable[tuple[Source, Days]]) -> Iterator[Quad]:
        """When each entry changed: as its publisher says, or else when its source first came.

        The day on which its file came is none: that would change with every other entry in it.
        """
        first = {source.name: day(known.issued) for source, known in days}
        for node, (source, _) in self.places.items():
            said = [self.dates[node, one] for one in DATES if (node, one) in self.dates]
            changed = said[0] if said else first[source.name]
            yield Quad(record_of(names, node), DCT.modified, changed, names.graph(CATALOGUE))


def record_of(names: Names, node: NamedNode) -> NamedNode:
    """The name of the entry of a dataset, whose own name may be anybody's."""
    return names.data(CATALOGUE, "record", sha256(node.value.encode()).hexdigest()[:16])
