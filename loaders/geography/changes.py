"""Old areas and those that came in their place, with the source and the status of each link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyoxigraph import NamedNode, Quad

from homegraph.graph import iri
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import DCT, PLACE, RDF, STAT
from homegraph.loaders.geography.gazetteer import Gazetteer
from homegraph.loaders.geography.within import successors

LISTED = "la_all_codes.csv"


def changes(known: Gazetteer, files: Sequence[RawFile], names: Names) -> Iterator[Quad]:
    """Districts as a compiled list has them; lower layer areas as their boundaries show.

    A code that has stayed the same means the same area and needs no link.
    """
    listed = [
        (area.code, newer) for area in known.of_kind("district") for newer in area.replaced_by
    ]
    yield from links("district", sorted(listed), "third-party", known, files, names)
    yield from links("lsoa", sorted(successors(known)), "ours", known, files, names)


def links(
    kind: str,
    pairs: list[tuple[str, str]],
    status: str,
    known: Gazetteer,
    files: Sequence[RawFile],
    names: Names,
) -> Iterator[Quad]:
    """Each link at once, and again as a thing of its own that says who made it from what."""
    graph = names.graph("geography")
    for old, new in pairs:
        node = names.thing("area-change", old, new)
        yield Quad(iri.area(old), DCT.isReplacedBy, iri.area(new), graph)
        yield Quad(node, RDF.type, PLACE.Change, graph)
        yield Quad(node, PLACE.oldArea, iri.area(old), graph)
        yield Quad(node, PLACE.newArea, iri.area(new), graph)
        yield Quad(node, STAT.linkStatus, iri.concept("link-status", status), graph)
        for source in cited(kind, old, new, known, files, names):
            yield Quad(node, DCT.source, source, graph)


def cited(
    kind: str,
    old: str,
    new: str,
    known: Gazetteer,
    files: Sequence[RawFile],
    names: Names,
) -> set[NamedNode]:
    """The files that a link was made from."""
    named = {LISTED} if kind == "district" else {known.areas[c].at.file for c in (old, new)}
    return {names.thing("file", file.sha256) for file in files if file.name in named}
