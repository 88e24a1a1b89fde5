"""A home: the folder where inputs, releases and the one pointer live, and where builds happen."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import count
from pathlib import Path
from traceback import clear_frames
from typing import Any

from pyoxigraph import Store

from homegraph.graph import changes, entries, quality_reach
from homegraph.graph.build import Build, Progress, silent
from homegraph.graph.changes import Changes, Described, News
from homegraph.graph.columns import making as columns
from homegraph.graph.cubes import versions
from homegraph.graph.cubes.versions import VERSIONS
from homegraph.graph.errors import (
    FetchFailed,
    HomeBusy,
    HomegraphError,
    HomeUnusable,
    NoRelease,
    ReleaseTampered,
    ShapesViolated,
    SourceRejected,
)
from homegraph.graph.filling import apply, fill
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.matching import corrections, published
from homegraph.graph.matching import names as matching
from homegraph.graph.matching.corrections import CORRECTIONS, Correction
from homegraph.graph.planning import mostly_taken_over
from homegraph.graph.quality_build import LATE
from homegraph.graph.raw import RawFile, RawStore, digest
from homegraph.graph.release import (
    DUMPS,
    MANIFEST,
    STORE,
    Release,
    current,
    is_readable,
    publish,
    releases,
)
from homegraph.graph.report import report
from homegraph.graph.settings import Settings, read_settings
from homegraph.graph.source import Source

KEPT_REJECTED = 20  # reports of refused builds
SOFTWARE = ("homegraph", "pyoxigraph", "pyshacl", "rdflib")


class Home:
    """One home folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()  # so that a release has one name, wherever we stand
        self.raw = RawStore(self.path / "raw")

    @property
    def settings(self) -> Settings:
        """What homegraph.toml says."""
        return read_settings(self.path / "homegraph.toml")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the home for one build; raises HomeBusy or HomeUnusable."""
        with usable(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / ".lock").open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise HomeBusy(f"another build works in {self.path}") from error
            with usable(self.path):
                self._clear()
                yield

    def _clear(self) -> None:
        """Take away what a build that was killed has left."""
        left = [*self.path.glob(".building-*"), *self.path.glob(".current-*")]
        for path in [*left, *self.raw.folder.glob(".*")]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def take_in(self, source: Source, where: Iterable[Path]) -> list[RawFile]:
        """The files of a source, kept under raw/; confidential ones stay where they lie.

        Raises FetchFailed for a confidential file in a zip, which would have to be unpacked.
        """
        if not source.confidential:
            return self.raw.keep(where, source.file_pattern)
        files = [path.resolve() for path in where]
        for path in files:
            if path.suffix == ".zip":
                raise FetchFailed(
                    f"{path}: a confidential source is not unpacked; unpack it yourself where "
                    "nobody else may read it"
                )
        return [RawFile.at(path) for path in files]

    def taken_in(self, source: Source, said: Mapping[str, Any]) -> RawFile:
        """A file that a manifest mentions; raises FetchFailed when it is gone or has changed."""
        if not source.confidential:
            return self.raw.kept(said)
        file = RawFile.at(Path(said["origin"]))
        if file.sha256 != said["sha256"]:
            raise FetchFailed(f"{file.path}: it has changed; name it in the build")
        return file

    def build(
        self,
        jobs: Sequence[Job],
        names: Names,
        now: datetime,
        progress: Progress = silent,
        anew: bool = False,
    ) -> Release:
        """Build, check and seal a release, under the lock; nothing is published.

        Returns the release that is already there when nothing differs. Raises SourceError or
        ReleaseError, with a report under rejected/; whatever happens, no half release is left.
        """
        start = time.monotonic()
        with usable(self.path):
            folder = Path(tempfile.mkdtemp(prefix=".building-", dir=self.path))
            folder.chmod(0o755)  # a server may run as somebody else
            try:
                last = None if anew else self._last()
                past = versions.past(self.path)
                answers = quality_reach.kept(self.path)
                corrected = corrections.read(self.path)
                build = Build(
                    *(folder, names, jobs, now.date(), last, progress),
                    past=past,
                    answers=answers,
                    only_columns=self.settings.only_columns,
                )
                try:
                    self._make(build)
                except (ShapesViolated, SourceRejected) as error:
                    shelf = self._reject(build, error, now)
                    error.add_note(f"The whole report: {shelf}")
                    raise
                news = self._news(build)
                self._name(build, corrected)
                if self.settings.wants_columns(build.tally.total):
                    build.progress("columns", 0, 1)
                    with build.timed("columns"):
                        columns.make(build.folder, build.tally.total, build.unstored)
                # Of the time of sealing: who harvested while we built has not seen them.
                sealing = now + timedelta(seconds=time.monotonic() - start)
                news.told_at(sealing).save(build.folder)
                return self._seal(build, now, news)
            except BaseException as error:
                clear_frames(error.__traceback__)  # they hold the store, which writes by itself
                raise
            finally:
                clear_away(folder)

    def _last(self) -> Release | None:
        """The current release, if it is there and can be read."""
        try:
            last = current(self.path)
        except NoRelease:
            return None
        return last if is_readable(last) and (last.path / STORE).is_dir() else None

    def _make(self, build: Build) -> None:
        build.plan()
        # What is in columns only is not in the store that a difference could be applied to.
        alike = build.previous and not build.only_columns and not build.previous.only_columns
        if build.previous is not None and alike and mostly_taken_over(build.planned):
            apply(build, build.previous)
        else:
            fill(build, Store(str(build.folder / STORE)))

    def _news(self, build: Build) -> News:
        """What the catalogue holds, beside what the current release told of it.

        All records are read for it, so what they say in plain words is written down as well.
        """
        found = []
        with build.timed("changes"):
            store = Store.read_only(str(build.folder / STORE))
            with entries.Writer(build.folder, store) as writer:
                for dataset, record in changes.recorded(store, build.names):
                    found.append(Described.of(dataset, record))
                    writer.add(dataset, record)
        return News(found, changes.told_before(versions.served(self.path), build.names))

    def _name(self, build: Build, corrected: Sequence[Correction]) -> None:
        """Write down what everything is called, for those who ask what a name stands for."""
        if corrected:
            corrections.write(build.folder, corrected)
        with build.timed("names"):
            store = Store.read_only(str(build.folder / STORE))
            names = matching.names_of(store)
            published.seal(build.folder, names, corrected, build.previous)

    def _reject(self, build: Build, error: HomegraphError, now: datetime) -> Path:
        """Keep the report of what broke a rule where a person finds it."""
        if isinstance(error, SourceRejected):
            build.write(report([], error.findings))
        shelf = self.path / "rejected" / now.strftime("%Y-%m-%dT%H%M%S")
        shelf.mkdir(parents=True, exist_ok=True)
        for old in sorted(shelf.parent.iterdir())[:-KEPT_REJECTED]:
            shutil.rmtree(old)
        (shelf / "error.txt").write_text(f"{error}\n{error.advice}\n", "utf-8")
        for name in ("report.ttl", "report.json"):
            shutil.copy(build.folder / name, shelf / name)
        return shelf

    def _seal(self, build: Build, now: datetime, news: News) -> Release:
        with build.timed("seal"):
            build.progress("seal", 0, 1)
            files = sealed_files(build)
            dumps = {name: said["sha256"] for name, said in files.items() if name.startswith(DUMPS)}
            for apart in (VERSIONS, LATE):  # they depend on the releases before, and on the day
                del dumps[f"{DUMPS}/{apart}"]
            if CORRECTIONS in files:  # another correction makes another release of the same files
                dumps[CORRECTIONS] = files[CORRECTIONS]["sha256"]
            sha256 = hashlib.sha256(json.dumps(dumps, sort_keys=True).encode()).hexdigest()
        for release in releases(self.path):
            same = release.manifest["version"] == build.version
            same = same and set(release.only_columns) == build.only_columns
            if release.digest == sha256 and same:
                try:
                    release.verify()
                    # The same content after another is a change, which a feed has to tell.
                    if news.is_told_by(Changes.read(release.path)):
                        return release
                except ReleaseTampered:
                    continue  # the same release, damaged: seal it once more under another name
        name = unused(self.path / "releases", f"{now:%Y-%m-%d}-{sha256[:8]}")
        manifest = {
            "name": name,
            "built": now.isoformat(timespec="seconds"),
            "base": build.names.base,
            "digest": sha256,
            "version": build.version,
            "software": {name: version(name) for name in SOFTWARE},
            "triples": build.tally.total,
            "only_columns": sorted(build.only_columns),
            "graphs": dict(sorted(build.tally.graphs.items())),
            "properties": dict(sorted(build.tally.properties.items())),
            "classes": dict(sorted(build.tally.classes.items())),
            "sources": build.counts,
            "warnings": build.report.warnings,
            "seconds": build.seconds,
            "files": files,
        }
        (build.folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
        with build.timed("sync"):
            sync(build.folder)
        target = self.path / "releases" / name
        target.parent.mkdir(exist_ok=True)
        build.folder.rename(target)
        sync_folder(target.parent)
        sealed = Release(target)
        versions.remember(self.path, sealed)
        return sealed

    def publish(self, release: Release) -> None:
        """Make a release current, and let go of the oldest beyond those to keep."""
        with usable(self.path):
            publish(release, self.path)
            kept = [one for one in releases(self.path) if one.name != release.name]
            for old in kept[: max(0, len(kept) - self.settings.keep)]:
                # Renamed first, so that a release is never seen with some of its files gone.
                aside = self.path / f".building-{old.name}"
                old.path.rename(aside)
                shutil.rmtree(aside)


def clear_away(folder: Path) -> None:
    """Take a folder away for good: a store that is closing may still write into it for a moment."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def unused(shelf: Path, name: str) -> str:
    """The name, or with a number if other code made the same quads on the same day."""
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(name for name in names if not (shelf / name).exists())


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Turn the system's refusals to write into HomeUnusable."""
    try:
        yield
    except BrokenPipeError as error:
        raise HomeUnusable(f"{path}: the store stopped loading; is the disk full?") from error
    except OSError as error:
        raise HomeUnusable(f"{path}: {error.strerror or error}") from error


def sealed_files(build: Build) -> dict[str, dict[str, Any]]:
    """Size and digest of every file of the release; linked files keep the digest they have."""
    old = build.previous
    known = old.manifest["files"] if old else {}
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(path for path in build.folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(build.folder))
        said = known.get(name)
        if not (old and said and (old.path / name).exists() and path.samefile(old.path / name)):
            said = {"sha256": digest(path), "size": path.stat().st_size}
            dump = name.removeprefix(f"{DUMPS}/")
            if dump in build.tally.quads:
                said["quads"] = build.tally.quads[dump]
        files[name] = said
    return files


def sync(folder: Path) -> None:
    """Have the disk hold every file before the release gets its name."""
    for path in sorted(folder.rglob("*")):
        sync_folder(path)
    sync_folder(folder)


def sync_folder(path: Path) -> None:
    """Flush one file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
