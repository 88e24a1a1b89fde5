"""From what a person names to a release: gathers the files, builds, and publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

import click

from homegraph import loaders
from homegraph.endpoint.inputs import gather, keep_files
from homegraph.endpoint.progress import Bars
from homegraph.graph.cubes.versions import served
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.release import Release
from homegraph.graph.web import Web


def build_release(
    home: Home,
    names: Names,
    wanted: Mapping[str, Sequence[str]],
    stderr: TextIO,
    *,
    publishing: bool,
    add: bool = False,
    anew: bool = False,
) -> Release:
    """Gather the files of each source, build, and publish; progress goes to stderr."""
    with home.locked(), Bars(stderr) as progress:
        web = Web(home.path / "raw" / "web")
        files = {
            name: gather(home, loaders.by_name(name), where, names, web)
            for name, where in wanted.items()
        }
        before = served(home.path)
        if add and before:
            keep_files(home, before, files, names)
        jobs = [Job(loaders.by_name(name), tuple(found)) for name, found in files.items()]
        built = home.build(jobs, names, datetime.now(UTC), progress, anew)
        if publishing:
            home.publish(built)
    if before and not add:
        lost = sorted(set(before.manifest["sources"]) - set(files))
        for name in lost:
            click.echo(f"Note: {name} was in {before.name} and is not in {built.name}.", err=True)
    return built
