"""What one server serves: a store that nobody writes to, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pyoxigraph import Literal, NamedNode, Store

from homegraph.endpoint.federation.servers import NOBODY, Servers
from homegraph.graph.changes import Changes
from homegraph.graph.columns.catalogue import COLUMNS
from homegraph.graph.cubes.versions import Version, versions_of
from homegraph.graph.entries import Entries
from homegraph.graph.errors import NoRelease
from homegraph.graph.iri import DEMO_BASE, VOCABULARY, Names
from homegraph.graph.release import Release
from homegraph.graph.terms import ASSET, DCAT, OWL, RDF, VOID

if TYPE_CHECKING:
    from homegraph.endpoint.columns.handing import Counts

# Above this, counting by property would take a bare store's first visitor seconds.
COUNTED_BY_PROPERTY = 1_000_000


@dataclass(frozen=True)
class World:
    """A read-only store and its release; everything an endpoint answers follows from it.

    `revision` changes exactly when answers may change: ETags are made from it. `manifest` and
    `folder` are empty for a store without a release; counts are then asked of the store. `servers`
    are those that queries may call; `by_columns` says whether columns count, where there are any.
    """

    store: Store
    base: str
    revision: str
    manifest: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    servers: Servers = NOBODY
    by_columns: bool = True

    @classmethod
    def of_release(
        cls, release: Release, servers: Servers = NOBODY, by_columns: bool = True
    ) -> World:
        """The world of a sealed release; raises NoRelease when its store cannot be opened."""
        try:
            store = release.store()
        except OSError as error:
            raise NoRelease(f"{release.path} has no store that opens: {error}") from error
        if release.only_columns:
            store = whole(store, release)
        said = (store, release.base, release.digest, release.manifest, release.path)
        return cls(*said, servers, by_columns)

    @classmethod
    def of_store(cls, path: Path, base: str = DEMO_BASE) -> World:
        """The world of any Oxigraph store on disk; raises NoRelease when there is none."""
        if not path.is_dir():
            raise NoRelease(f"{path} is not the directory of a store")
        try:
            store = Store.read_only(str(path))
        except OSError as error:
            raise NoRelease(f"{path} holds no store that opens: {error}") from error
        return cls(store, Names(base).base, revision_of(path))

    @property
    def names(self) -> Names:
        """Makes the IRIs of this deployment."""
        return Names(self.base)

    @property
    def catalogue_graph(self) -> NamedNode:
        """The graph that holds the catalogue."""
        return self.names.graph("catalogue")

    @property
    def catalogue(self) -> NamedNode:
        """The catalogue itself."""
        return self.names.data("catalogue")

    @cached_property
    def has_catalogue(self) -> bool:
        """Whether there is a catalogue to show."""
        return self.store.contains_named_graph(self.catalogue_graph)

    @cached_property
    def has_words(self) -> bool:
        """Whether our vocabularies are described in it, so that their addresses answer."""
        quads = self.store.quads_for_pattern(None, RDF.type, OWL.Ontology)
        return any(str(quad.subject).startswith(f"<{VOCABULARY}") for quad in quads)

    @cached_property
    def has_assets(self) -> bool:
        """Whether there is a register of information assets, whose owners have pages."""
        return next(self.store.quads_for_pattern(None, ASSET.owner, None), None) is not None

    @property
    def title(self) -> str:
        """What the site is called."""
        return str(self.manifest.get("title") or "homegraph")

    @property
    def release_name(self) -> str:
        """What this release is called, for people and for monitoring."""
        return str(self.manifest.get("name") or self.revision[:12])

    def address(self, path: str) -> str:
        """The public address of one of the server's own documents."""
        return self.base + path

    @cached_property
    def columns(self) -> Counts | None:
        """The columns of the release, opened, if it has them and they are wanted.

        A store that has not everything is asked with them whether they are wanted or not.
        """
        if self.manifest.get("only_columns"):
            return cast("Counts", self.store)
        if self.folder is None or not self.by_columns or self.file(COLUMNS) is None:
            return None
        from homegraph.endpoint.columns.answering import Columns  # with DuckDB: 0.1 s

        return Columns.open(self.folder)

    def file(self, name: str) -> Path | None:
        """A file or folder of the release, if it has it."""
        found = self.folder / name if self.folder else None
        return found if found and found.exists() else None

    @cached_property
    def triples(self) -> int:
        """Number of statements in all graphs."""
        return int(self.manifest.get("triples") or len(self.store))

    @cached_property
    def graphs(self) -> Mapping[str, int]:
        """Number of statements in each graph; the default graph's name is empty."""
        if "graphs" in self.manifest:
            return dict(self.manifest["graphs"])
        query = "SELECT (COUNT(*) AS ?n) { GRAPH <%s> { ?s ?p ?o } }"
        named = {
            graph.value: self.numbers(query % graph.value).get("", 0)
            for graph in self.store.named_graphs()
            if isinstance(graph, NamedNode)
        }
        return {"": self.triples - sum(named.values()), **dict(sorted(named.items()))}

    @cached_property
    def classes(self) -> Mapping[str, int]:
        """Number of things of each class."""
        if "classes" in self.manifest:
            return dict(self.manifest["classes"])
        return self.numbers(f"SELECT ?key (COUNT(*) AS ?n) {{ ?s {RDF.type} ?key }} GROUP BY ?key")

    @cached_property
    def properties(self) -> Mapping[str, int]:
        """Number of statements with each property; empty for a large store without manifest."""
        if "properties" in self.manifest:
            return dict(self.manifest["properties"])
        if self.triples > COUNTED_BY_PROPERTY:
            return {}
        return self.numbers("SELECT ?key (COUNT(*) AS ?n) { ?s ?key ?o } GROUP BY ?key")

    @cached_property
    def datasets(self) -> list[NamedNode]:
        """The datasets of the catalogue, by IRI; all there are where there is no catalogue."""
        if self.has_catalogue:
            quads = self.store.quads_for_pattern(self.catalogue, DCAT.dataset, None)
            found = {quad.object for quad in quads}
        else:
            found = {q.subject for q in self.store.quads_for_pattern(None, RDF.type, DCAT.Dataset)}
        named = (one for one in found if isinstance(one, NamedNode))
        return sorted(named, key=lambda one: one.value)

    @cached_property
    def records(self) -> Mapping[str, int]:
        """How many records each dataset has, by IRI; those of a confidential one stay behind."""
        return {
            self.names.data(name.replace("_", "-")).value: source["written"]
            for name, source in self.manifest.get("sources", {}).items()
            if "written" in source and not source.get("confidential")
        }

    @cached_property
    def changes(self) -> Changes:
        """When each dataset of the catalogue came, last changed, or went; none if nobody knows."""
        return Changes.read(self.folder) if self.folder else Changes()

    @cached_property
    def entries(self) -> Entries | None:
        """What the catalogue says of each dataset in plain words, if the build wrote it down."""
        return Entries.read(self.folder, self.datasets) if self.folder else None

    @cached_property
    def versions(self) -> Sequence[Version]:
        """The versions of cubes that can be downloaded, oldest first in each edition."""
        return versions_of(self.folder) if self.folder else []

    @cached_property
    def current_versions(self) -> Mapping[str, Version]:
        """The version of each cube that is current, by the cube's name."""
        quads = self.store.quads_for_pattern(None, DCAT.hasCurrentVersion, None)
        told = {(quad.subject, quad.object) for quad in quads} if self.versions else set()
        found: dict[str, Version] = {}
        for version in self.versions:
            pair = self.names.data(version.dataset), self.names.published(*version.key)
            if pair in told or version.dataset not in found:
                found[version.dataset] = version
        return found

    @cached_property
    def observations(self) -> Mapping[str, int]:
        """How many observations each cube has, by IRI, of those that can be downloaded."""
        current = self.current_versions.items()
        return {self.names.data(name).value: version.observations for name, version in current}

    @cached_property
    def pointing(self) -> dict[str, tuple[dict[NamedNode, int], bool]]:
        """How many point at a thing by property, of those that took long to count."""
        return {}

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels that were asked for, to be had again; nothing where there is none."""
        return {}

    @cached_property
    def spaces(self) -> Mapping[str, list[NamedNode]]:
        """The parts of datasets by how the names of their things begin (VoID, 4.1: uriSpace)."""
        found: dict[str, list[NamedNode]] = {}
        for quad in self.store.quads_for_pattern(None, VOID.uriSpace, None):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
                found.setdefault(quad.object.value, []).append(quad.subject)
        return found

    def has_distribution(self, name: str) -> bool:
        """Whether a cube can be downloaded as tables, from a page of its own."""
        page = self.names.published(name)
        return next(self.store.quads_for_pattern(None, DCAT.landingPage, page), None) is not None

    def numbers(self, query: str) -> dict[str, int]:
        """Read ?key and ?n of a query over all graphs."""
        rows: Any = self.store.query(query, use_default_graph_as_union=True)
        names = [variable.value for variable in rows.variables]
        return {row["key"].value if "key" in names else "": int(row["n"].value) for row in rows}


def whole(store: Store, release: Release) -> Store:
    """The store of a release that keeps a part in columns only, together with these.

    It has all that is asked of a store here. Raises NoRelease where the columns are not as built.
    """
    from homegraph.endpoint.columns.answering import Columns  # with DuckDB: 0.1 s
    from homegraph.endpoint.columns.partstore import PartStore

    columns = Columns.open(release.path)
    if columns is None or columns.files.catalogue.unstored is None:
        raise NoRelease(f"{release.path} has no columns, in which a part of it is kept")
    return cast("Store", PartStore(store, columns, columns.files.catalogue.unstored))


def revision_of(path: Path) -> str:
    """A digest of the names and sizes of a store's files; its log and lock say nothing."""
    files = sorted(
        (file.name, file.stat().st_size)
        for file in path.iterdir()
        if file.is_file() and not file.name.startswith(("LOG", "LOCK"))
    )
    return sha256(repr(files).encode()).hexdigest()
