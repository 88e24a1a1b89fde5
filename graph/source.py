"""Reads a source's metadata.ttl: a DCAT dataset that is published and drives the loader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

from homegraph.graph.errors import MetadataError
from homegraph.graph.iri import Names
from homegraph.graph.terms import DCAT, DCT, RDF, SOURCE

Statement = tuple[NamedNode, NamedNode, NamedNode | Literal]


@dataclass(frozen=True)
class Source:
    """What metadata.ttl says: `quads` are published as they stand, the rest drives the loader."""

    name: str
    node: NamedNode
    title: str
    file_pattern: str
    ignored: dict[str, str]
    minimum_records: int
    maximum_records: int
    confidential: bool
    columns: dict[str, tuple[str, ...]]  # by property ("<...>"): where its values come from
    quads: tuple[Quad, ...]

    def says(self, *predicates: NamedNode) -> list[tuple[NamedNode, NamedNode | Literal]]:
        """What it says of its own dataset by some properties."""
        return [
            (quad.predicate, quad.object)
            for quad in self.quads
            if quad.subject == self.node
            and quad.predicate in predicates
            and isinstance(quad.object, NamedNode | Literal)
        ]


def lent(sources: Iterable[Source], predicate: NamedNode) -> list[NamedNode | Literal]:
    """What the first source that says it says by a property: DCAT-AP allows one publisher."""
    return [value for source in sources for _, value in source.says(predicate)][:1]


def read_source(folder: Path, names: Names) -> Source:
    """Read folder/metadata.ttl against the deployment's base; raises MetadataError."""
    path = folder / "metadata.ttl"
    try:
        quads = tuple(parse(path=path, format=RdfFormat.TURTLE, base_iri=names.base))
    except (SyntaxError, OSError) as error:
        raise MetadataError(f"{path}: {error}") from error
    node = names.data(folder.name.replace("_", "-"))
    if Quad(node, RDF.type, DCAT.Dataset) not in quads:
        raise MetadataError(f"{path}: says nothing of <{node.value}> as a dcat:Dataset")

    def values(subject: NamedNode | BlankNode, predicate: NamedNode) -> list[str]:
        return [
            quad.object.value
            for quad in quads
            if quad.subject == subject
            and quad.predicate == predicate
            and isinstance(quad.object, Literal)
        ]

    def one(predicate: NamedNode) -> str:
        found = values(node, predicate)
        if len(found) != 1:
            word = predicate.value.removeprefix(SOURCE.iri).removeprefix(DCT.iri)
            raise MetadataError(f"{path}: needs exactly one {word}, has {len(found)}")
        return found[0]

    ignored: dict[str, str] = {}
    columns: dict[str, tuple[str, ...]] = {}
    for quad in quads:
        if quad.subject != node or quad.predicate not in {SOURCE.ignoredColumn, SOURCE.column}:
            continue
        if not isinstance(quad.object, NamedNode):
            raise MetadataError(f"{path}: a column needs an IRI, and its name")
        headings = values(quad.object, SOURCE.columnName)
        reasons = values(quad.object, SOURCE.reason)
        if len(headings) != 1:
            raise MetadataError(f"{path}: <{quad.object.value}> needs exactly one name")
        if quad.predicate == SOURCE.ignoredColumn:
            if len(reasons) != 1:
                raise MetadataError(f"{path}: an ignored column needs its name and the reason")
            ignored[headings[0]] = reasons[0]
            continue
        for said in quads:
            if said.subject == quad.object and said.predicate == SOURCE.property:
                name = str(said.object)
                columns[name] = (*columns.get(name, ()), headings[0])
    return Source(
        name=folder.name,
        node=node,
        title=one(DCT.title),
        file_pattern=one(SOURCE.filePattern),
        ignored=ignored,
        minimum_records=int(one(SOURCE.minimumRecords)),
        maximum_records=int(one(SOURCE.maximumRecords)),
        confidential=values(node, SOURCE.confidential) == ["true"],
        columns=columns,
        quads=quads,
    )
