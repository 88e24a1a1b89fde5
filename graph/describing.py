"""Writes what a build says of itself: the catalogue, the provenance, versions and dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from homegraph.graph import catalogue
from homegraph.graph.catalogue import Days, Period
from homegraph.graph.cubes.versions import VERSIONS
from homegraph.graph.findings import Reading
from homegraph.graph.linksets import making as linksets
from homegraph.graph.quality_build import measure
from homegraph.graph.raw import RawFile
from homegraph.graph.source import Source
from homegraph.graph.whole import dump_of

if TYPE_CHECKING:
    from homegraph.graph.build import Build


def describe(build: Build) -> None:
    """Write the catalogue and the provenance of what has been read.

    What depends on the releases before, and on the day, is in a dump of its own, which is not in
    the digest of a release.
    """
    names, jobs = build.names, build.jobs
    places = {
        job.loader.name: dump_of(job.loader.dataset, build.folder, build.previous) for job in jobs
    }
    read = [(build.sources[job.loader.name], job.files) for job in jobs]
    sources = [source for source, _ in read]
    reading = Reading()
    listed = catalogue.catalogue(names, sources, places, periods(build), reading)
    said = chain(listed, build.shelf.described(), build.listing.described(names, read))
    build.keep("catalogue.nq.gz", said, "", reading)
    build.keep("provenance.nq.gz", catalogue.provenance(names, read), "", Reading())
    links = linksets.make(build)
    days = [(source, days_of(build, source, files)) for source, files in read]
    told = chain(
        build.shelf.told(),
        catalogue.dated(names, days),
        build.listing.dated(names, days),
        linksets.told(links, names),
        catalogue.read_on(names, chain.from_iterable(files for _, files in read)),
    )
    build.keep(VERSIONS, told, "", Reading())
    measure(build)


def periods(build: Build) -> dict[str, Period]:
    """The time that the cubes of each source cover together."""
    found: dict[str, Period] = {}
    for entry, _ in build.shelf.entries:
        if entry.period is not None:
            known = (found.get(entry.source.name, entry.period), entry.period)
            found[entry.source.name] = min(one[0] for one in known), max(one[1] for one in known)
    return found


def days_of(build: Build, source: Source, files: Iterable[RawFile]) -> Days:
    """When a source was issued, and when it changed last: noted in the manifest.

    The release before knows both while the files are the same. Without one they are the days on
    which the first and the last file came in, as far as that is known.
    """
    today, counts = build.shelf.today.isoformat(), build.counts[source.name]
    came = [file.read or today for file in files] or [today]
    days = Days(min(came), max(came))
    before = build.shelf.past.sources.get(source.name, {})
    if before.get("issued") and before.get("modified"):
        same = digests(before["files"]) == digests(counts["files"])
        days = Days(before["issued"], before["modified"] if same else today)
    counts |= days._asdict()
    return days


def digests(files: Iterable[Mapping[str, Any]]) -> set[str]:
    """The digests of files, as a manifest says them."""
    return {str(file["sha256"]) for file in files}
