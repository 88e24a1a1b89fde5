"""Datasets to download: /datasets/{id}/editions/{e}/versions/{n}, after the profile of the ONS.

CSV where the client has no preference, so that `pandas.read_csv` reads the plain address; a page
for browsers. A version's own files never change, and only files that the release's manifest seals
are served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, redirect, request
from pyoxigraph import NamedNode, Triple

from homegraph.endpoint import things
from homegraph.endpoint.datasets.pages import Links, list_page, page, versions_page
from homegraph.endpoint.files import folder_of, sent
from homegraph.endpoint.formats import GRAPHS, HTML, Format
from homegraph.endpoint.harvest.catalogue import changed_at, with_records
from homegraph.endpoint.reply import (
    FRESH,
    alternate,
    alternates,
    as_graph,
    by_content,
    document,
    negotiated,
    reply,
)
from homegraph.endpoint.world import World
from homegraph.graph import dump
from homegraph.graph.cubes.forms import CSV, METADATA, NQUADS, PARQUET, SOURCES
from homegraph.graph.cubes.versions import DISTRIBUTIONS, Version
from homegraph.graph.errors import NotFound
from homegraph.graph.terms import QB

LASTING = "public, max-age=31536000, immutable"
TABLE = Format("CSV", "text/csv", ("csv",), None)
COLUMNS = Format("Parquet", "application/vnd.apache.parquet", ("parquet",), None)
CSVW = Format("CSVW", "application/csvm+json", ("csv-metadata.json",), None)
SOURCE_FILES = Format("Files of each figure", "text/csv", ("files.csv",), None)
QUADS = Format("N-Quads", "application/n-quads", ("nq",), None)
PACKED = Format("N-Quads, gzip", "application/gzip", ("nq.gz",), None)
# The end of the name of each form's file.
FILES = {
    TABLE: CSV,
    COLUMNS: PARQUET,
    CSVW: METADATA,
    QUADS: NQUADS,
    PACKED: NQUADS,
    SOURCE_FILES: SOURCES,
}
Make = Callable[[], bytes | str]
# Who takes any form of RDF (udata, asking for the period that a dataset covers) is told of the
# dataset, and does not get millions of figures for it.
LAST = (QUADS, PACKED)
OFFERED = [
    *(form for form in FILES if form not in LAST),
    *(row for row in GRAPHS if row.media_type != QUADS.media_type),
    *LAST,
    HTML,
]


@dataclass(frozen=True)
class Shelves:
    """The versions of a release, by dataset and edition, and the current one of each dataset."""

    found: dict[str, dict[str, list[Version]]]
    current: Mapping[str, Version]

    @classmethod
    def of(cls, world: World) -> Shelves:
        """Read those of a world; none where there is no release."""
        found: dict[str, dict[str, list[Version]]] = {}
        for version in world.versions:
            found.setdefault(version.dataset, {}).setdefault(version.edition, []).append(version)
        return cls(found, world.current_versions)

    def dataset(self, name: str) -> dict[str, list[Version]]:
        """The editions of a dataset; raises NotFound."""
        if name not in self.found:
            raise NotFound(f"there is no dataset {name!r} to download")
        return self.found[name]

    def edition(self, name: str, edition: str) -> list[Version]:
        """The versions of an edition, oldest first; raises NotFound."""
        if edition not in self.dataset(name):
            raise NotFound(f"dataset {name} has no edition {edition!r}")
        return self.found[name][edition]

    def version(self, name: str, edition: str, number: str) -> Version:
        """One version; raises NotFound."""
        for version in self.edition(name, edition):
            if str(version.number) == number:
                return version
        raise NotFound(f"edition {edition} of dataset {name} has no version {number!r}")


@dataclass(frozen=True)
class Spot:
    """An address that answers with a version: of a dataset, an edition, or the version itself."""

    path: str
    version: Version
    nodes: tuple[NamedNode, ...]
    whole: bool = False  # whether <path>.csv and its metadata are addresses of the files
    lasting: bool = False


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("datasets", __name__)

    @cache
    def shelves() -> Shelves:
        return Shelves.of(world)

    @routes.get("/datasets", defaults={"suffix": ""})
    @routes.get("/datasets.<suffix>")
    def every(suffix: str) -> Response:
        form = named(suffix, [*GRAPHS, HTML])
        current = sorted(shelves().current.values(), key=lambda version: version.title)
        nodes = [world.names.data(version.dataset) for version in current]
        return listed(world, "datasets", form, nodes, partial(list_page, world, current))

    @routes.get("/datasets/<name>")
    def dataset(name: str) -> Response:
        name, form = split(name, shelves().found, OFFERED)
        shelves().dataset(name)
        path, node = f"datasets/{name}", world.names.published(name)
        nodes = world.names.data(name), node
        spot = Spot(path, shelves().current[name], nodes, whole=True)
        return answer(world, spot, form, shelves().found[name])

    @routes.get("/datasets/<name>/editions", defaults={"suffix": ""})
    @routes.get("/datasets/<name>/editions.<suffix>")
    def editions(name: str, suffix: str) -> Response:
        form = named(suffix, [*GRAPHS, HTML])
        known = shelves().dataset(name)
        nodes = [world.names.published(name, edition) for edition in known]
        latest = [some[-1] for some in known.values()]
        make = partial(versions_page, world, shelves().current[name], latest, "")
        return listed(world, f"datasets/{name}/editions", form, nodes, make)

    @routes.get("/datasets/<name>/editions/<edition>")
    def one_edition(name: str, edition: str) -> Response:
        edition, form = split(edition, shelves().dataset(name), OFFERED)
        version = shelves().edition(name, edition)[-1]
        path, node = f"datasets/{name}/editions/{edition}", world.names.published(name, edition)
        return answer(world, Spot(path, version, (node,)), form, shelves().found[name])

    @routes.get("/datasets/<name>/editions/<edition>/versions", defaults={"suffix": ""})
    @routes.get("/datasets/<name>/editions/<edition>/versions.<suffix>")
    def versions(name: str, edition: str, suffix: str) -> Response:
        form = named(suffix, [*GRAPHS, HTML])
        known = shelves().edition(name, edition)
        nodes = [world.names.published(*version.key) for version in known]
        path = f"datasets/{name}/editions/{edition}/versions"
        make = partial(versions_page, world, known[-1], known[::-1], edition)
        return listed(world, path, form, nodes, make)

    @routes.get("/datasets/<name>/editions/<edition>/versions/<number>")
    def one_version(name: str, edition: str, number: str) -> Response:
        numbers = [str(version.number) for version in shelves().edition(name, edition)]
        number, form = split(number, numbers, OFFERED)
        version = shelves().version(name, edition, number)
        node = world.names.published(*version.key)
        spot = Spot(place(version), version, (node,), lasting=True)
        return answer(world, spot, form, shelves().found[name])

    @routes.get("/datasets/<name>/editions/<edition>/versions/<number>/<file>")
    def one_file(name: str, edition: str, number: str, file: str) -> Response:
        version = shelves().version(name, edition, number)
        form = next((form for form in FILES if file == f"{name}.{form.suffix}"), None)
        if form is None:
            raise NotFound(f"version {number} of dataset {name} has no file {file!r}")
        return whole_file(world, version, form, LASTING)

    return routes


def named(suffix: str, offered: Sequence[Format]) -> Format | None:
    """The form that a suffix names; raises NotFound for another suffix."""
    if not suffix:
        return None
    for form in offered:
        if suffix in form.suffixes:
            return form
    raise NotFound(f"there is no form .{suffix} of it")


def split(text: str, known: Iterable[str], offered: Sequence[Format]) -> tuple[str, Format | None]:
    """The name that the end of an address begins with, and the form of its suffix.

    >>> split("a.csv-metadata.json", ["a"], OFFERED)[1].name
    'CSVW'
    """
    names = set(known)
    dots = [at for at, letter in enumerate(text) if letter == "."]
    for at in reversed(dots):
        if text not in names and text[:at] in names:
            return text[:at], named(text[at + 1 :], offered)
    return text, None


def place(version: Version) -> str:
    """The path of a version."""
    return f"datasets/{version.dataset}/editions/{version.edition}/versions/{version.number}"


def answer(
    world: World, spot: Spot, asked: Format | None, editions: dict[str, list[Version]]
) -> Response:
    """A version in the form that is asked for: a file, its description, or a page."""
    form = asked or negotiated(OFFERED)
    if form in FILES:
        return data(world, spot, form, asked is not None)
    if form is HTML:
        others = [version for some in editions.values() for version in some[::-1]]
        rows = [row for row in forms_of(spot.version) if row is not HTML]
        links = [(row.name, row.media_type, f"/{spot.path}.{row.suffix}") for row in rows]
        make: Make = partial(page, world, spot.version, spot.path, others, links)
        response = reply(world, form, make, spot.path)
    else:
        changed = changed_at(world, spot.nodes)
        response = by_content(form, graph(world, spot.nodes, form), changed)
    if spot.lasting and form is not HTML:  # a page tells of other versions and of the release
        response.headers["Cache-Control"] = LASTING
    return linked(response, spot, form)


def data(world: World, spot: Spot, form: Format, suffixed: bool) -> Response:
    """The file of a form, under the address that was asked, or where its own address is."""
    version = spot.version
    file = f"{request.script_root}/{place(version)}/{version.dataset}.{form.suffix}"
    if not spot.whole and (suffixed or form is CSVW):
        # CSVW metadata name their table beside them, so they stand beside it only.
        response = cast(Response, redirect(file, 308 if spot.lasting else 307))
        response.headers["Cache-Control"] = LASTING if spot.lasting else FRESH
        if not suffixed:
            response.vary.add("Accept")
        return response
    response = whole_file(world, version, form, LASTING if spot.lasting else None)
    response.headers["Content-Location"] = file
    if not suffixed:
        response.vary.add("Accept")
    return linked(response, spot, form)


def whole_file(world: World, version: Version, form: Format, caching: str | None) -> Response:
    """A file of a version as it was sealed; raises NotFound when the version has none such."""
    name = f"{version.dataset}{FILES[form]}"
    sealed = (version.folder / name).as_posix()
    if name not in version.files or sealed not in world.manifest.get("files", {}):
        raise NotFound(f"version {version.number} of {version.dataset} has no {form.name}")
    folder = folder_of(world, DISTRIBUTIONS)
    if form is QUADS:
        response = unpacked(version, folder.parent / sealed)
    else:
        inside = Path(sealed).relative_to(DISTRIBUTIONS).as_posix()
        response = sent(world, folder, inside, sealed)
    response.headers["Content-Type"] = form.content_type
    if caching:
        response.headers["Cache-Control"] = caching
    own = f"{request.script_root}/{place(version)}/{version.dataset}"
    if form in (TABLE, SOURCE_FILES):
        response.headers["Content-Type"] = "text/csv; charset=utf-8; header=present"
        link = f'<{own}{METADATA}>; rel="describedby"; type="{CSVW.media_type}"'
        response.headers.add("Link", link)
    if form is CSVW:
        response.headers.add("Link", f'<{own}{CSV}>; rel="describes"; type="text/csv"')
    return response


def unpacked(version: Version, path: Path) -> Response:
    """A gzip file as the text that is in it, block by block."""
    tag = f"{version.files[path.name]['sha256']}-text"
    response = Response(dump.blocks(path), direct_passthrough=True)
    response.set_etag(tag)
    response.headers["Cache-Control"] = FRESH
    return cast(Response, response.make_conditional(request))


def forms_of(version: Version) -> list[Format]:
    """The forms that a version has."""
    ends = [name.removeprefix(version.dataset) for name in version.files]
    return [row for row in OFFERED if row not in FILES or FILES[row] in ends]


def linked(response: Response, spot: Spot, form: Format) -> Response:
    """Name the other forms of an address, and the version it answers with (RFC 8288, 5829)."""
    root = request.script_root
    for row in forms_of(spot.version):
        if row is not form:
            address = alternate(f"{root}/{spot.path}", row.suffix)
            response.headers.add("Link", f'<{address}>; rel="alternate"; type="{row.media_type}"')
    version = spot.version
    history = f"{root}/datasets/{version.dataset}/editions/{version.edition}/versions"
    response.headers.add("Link", f'<{history}>; rel="version-history"')
    if not spot.lasting:
        response.headers.add("Link", f'<{root}/{place(version)}>; rel="latest-version"')
    return response


def listed(
    world: World,
    path: str,
    asked: Format | None,
    nodes: Sequence[NamedNode],
    of_links: Callable[[Links], str],
) -> Response:
    """A list of datasets, editions or versions, as a graph or as a page."""
    form = document(asked)
    address = f"{request.script_root}/{path}"
    links = [(row.name, row.media_type, alternate(address, row.suffix)) for row in GRAPHS]
    if form is HTML:
        response = reply(world, form, partial(of_links, links), path)
    else:
        response = by_content(form, graph(world, nodes, form))
    return alternates(response, address)


def graph(world: World, nodes: Sequence[NamedNode], form: Format) -> bytes:
    """What is said of some things and of what is named after their addresses, with records."""
    said: list[Triple] = []
    waiting, seen, stem = list(nodes), set(nodes), world.address("datasets/")
    while waiting:
        # Some cubes have as many slices as observations.
        found = things.statements(world, *waiting, without=[QB.slice])
        said += found
        led_to = {one.object for one in found if isinstance(one.object, NamedNode)} - seen
        waiting = [one for one in led_to if one.value.startswith(stem) and "#" in one.value]
        seen.update(waiting)
    return as_graph(with_records(world, said, nodes), form)
