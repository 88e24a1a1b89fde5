"""How what a build makes gets into its store: all at once, or as a difference to the last one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Store

from homegraph.graph import dump
from homegraph.graph.describing import describe
from homegraph.graph.difference import Difference
from homegraph.graph.release import DUMPS, STORE, Release
from homegraph.graph.stream import Loading, Pipe, workers

if TYPE_CHECKING:
    from homegraph.graph.build import Build


def fill(build: Build, store: Store | None) -> None:
    """Build everything and load it at the same time.

    Two loads run at once, one of the slices and one of the rest: each sorts a million
    statements at a time in a single thread, so the second uses the core that the first
    leaves idle at its end.
    """
    pipes = build.folder / "slices.pipe", build.folder / "rest.pipe"
    with (
        build.timed("load"),
        Loading(store, pipes[0]) as slices,
        Loading(store, pipes[1]),
        workers(pipes[0], build.workers, build.size) as pool,
        Pipe(pipes[1]) as rest,
    ):
        with build.timed("small"):
            build.read_small()
        with build.timed("slices"):
            build.build_slices(pool, copy=True)
        pool.shutdown()
        slices.end()
        with build.timed("settle"):
            for block in build.settle():
                rest.write(block)
        with build.timed("cubes"):
            build.derive()
        describe(build)
        for path in whole_dumps(build):
            for block in dump.blocks(path):
                rest.write(block)
        rest.close()
        build.examine()
    build.check(store)
    if store is not None:
        with build.timed("optimise"):
            store.optimize()  # joins take more than twice as long without
            store.flush()


def whole_dumps(build: Build) -> list[Path]:
    """The dumps that do not go to the store as they are made."""
    folder = build.folder / DUMPS
    streamed = {planned.task.dump for planned in build.planned}
    return [
        path
        for path in sorted(folder.rglob("*.nq.gz"))
        if path not in streamed
        and path.name != "shared.nq.gz"
        and build.dump_name(path) not in build.unstored
    ]


def apply(build: Build, previous: Release) -> None:
    """Build what is new, and apply the difference to a clone of the last store.

    A new slice shares no quad with anything, so it is loaded while it is made; what else
    came or went is known only when all dumps are there.
    """
    pipe, target = build.folder / "slices.pipe", str(build.folder / STORE)
    previous.store().backup(target)  # hard links: nothing is copied
    store = Store(target)
    fresh = {build.dump_name(planned.task.dump) for planned in build.planned if planned.task.feed}
    with Loading(store, pipe) as slices, workers(pipe, build.workers, build.size) as pool:
        with build.timed("small"):
            build.read_small()
        with build.timed("slices"):
            build.build_slices(pool, copy=False)
        pool.shutdown()
        slices.end()
        with build.timed("settle"):
            for _ in build.settle():
                pass
        with build.timed("cubes"):
            build.derive()
        describe(build)
        with build.timed("difference"):
            difference = Difference.between(previous.path / DUMPS, build.folder, fresh)
        build.examine()
    with build.timed("apply"):
        difference.apply(store)
    build.check(store)
