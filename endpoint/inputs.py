"""From what a person names (paths, globs, addresses, the last release) to the files of a build."""

from __future__ import annotations

from collections.abc import Iterable

from homegraph import loaders
from homegraph.graph.errors import FetchFailed
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile, paths
from homegraph.graph.release import Release
from homegraph.graph.web import Web
from homegraph.loaders import Loader


def gather(
    home: Home, loader: Loader, where: Iterable[str], names: Names, web: Web
) -> list[RawFile]:
    """Keep the files that paths, globs and addresses stand for; one with the same bytes once."""
    source = loader.source(names)
    pattern = source.file_pattern
    found: list[RawFile] = []
    for one in where:
        if "://" in one and source.confidential:
            raise FetchFailed(f"{one}: a confidential source is read from files, not from the web")
        if "://" in one:
            for page in list(loader.pages(one, web)):  # all pages or none
                found += home.raw.keep_bytes(page.name, page.content, page.address, pattern)
        else:
            found += home.take_in(source, paths(one, pattern))
    return list({(file.name, file.sha256): file for file in found}.values())


def keep_files(home: Home, before: Release, files: dict[str, list[RawFile]], names: Names) -> None:
    """Add the files of an earlier release, except those that a new file of that name replaces."""
    for name, counts in before.manifest["sources"].items():
        source = loaders.by_name(name).source(names)
        new = files.setdefault(name, [])
        replaced = {file.name for file in new}
        new += [
            home.taken_in(source, said) for said in counts["files"] if said["name"] not in replaced
        ]
