"""How long a whole build takes, against Oxigraph's bulk_load of the same N-Quads alone.

    python tests/bench/build.py 'in/**/*-street.csv.gz' [--rounds 3] [--month 2024-02]

Builds the register and catalogue examples with the street files that the pattern matches, once
anew and once as an increment by one month, and prints from one run: rows/s, triples/s, the ratio
of the whole build's wall time to `Store.bulk_load`, the increment's share of a full build, and
the memory of a build apart from what bulk_load takes, at one month and at all of them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from homegraph import loaders
from homegraph.graph import dump
from homegraph.graph.build import Build
from homegraph.graph.filling import fill
from homegraph.graph.home import Home
from homegraph.graph.iri import Names
from homegraph.graph.job import Job
from homegraph.graph.raw import paths
from homegraph.graph.release import Release

SMALL = ("information_asset_register", "dataset_catalogue")
MB = 1 << 20


def jobs(home: Home, street: list[Path]) -> list[Job]:
    """The jobs of a build: street files, and the shipped register and catalogue."""
    wanted = {"street_crime": street}
    for name in SMALL:
        wanted[name] = paths(str(loaders.by_name(name).folder / "example"), "*")
    return [
        Job(loaders.by_name(name), tuple(home.raw.keep(found))) for name, found in wanted.items()
    ]


def build(folder: Path, street: list[Path]) -> tuple[float, Release]:
    """Build and publish; returns wall seconds and the release."""
    home = Home(folder)
    start = time.perf_counter()
    with home.locked():
        made = home.build(jobs(home, street), Names(), datetime.now(UTC))
        home.publish(made)
    return time.perf_counter() - start, made


def bulk_load(release: Release, folder: Path, lenient: bool) -> float:
    """Seconds to load the release's quads, as one plain N-Quads file, into an empty store."""
    text = folder / "all.nq"
    if not text.exists():
        with text.open("wb") as out:
            for path in sorted((release.path / "dumps").rglob("*.nq.gz")):
                for block in dump.blocks(path):
                    out.write(block)
    target = folder / "alone"
    store = Store(str(target))
    start = time.perf_counter()
    store.bulk_load(path=text, format=RdfFormat.N_QUADS, lenient=lenient)
    seconds = time.perf_counter() - start
    del store
    shutil.rmtree(target)
    return seconds


def resident(process: int) -> int:
    """Bytes that a process and its children hold."""
    total = 0
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        total += pages * 4096
        for task in Path(f"/proc/{process}/task").iterdir():
            total += sum(resident(int(child)) for child in (task / "children").read_text().split())
    except OSError:
        pass
    return total


def without_store(folder: str, street: list[Path]) -> None:
    """All of a build but the store, whose end of the pipe is only read."""
    home = Home(Path(folder))
    work = Path(tempfile.mkdtemp(dir=folder))
    made = Build(work, Names(), jobs(home, street), datetime.now(UTC).date(), None)
    made.plan()
    fill(made, None)


def peak(street: list[Path]) -> float:
    """Most MB held at once by a build without a store, its workers included."""
    with tempfile.TemporaryDirectory() as folder:
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=without_store, args=(folder, street))
        process.start()
        most = 0
        while process.is_alive():
            most = max(most, resident(process.pid or 0))
            time.sleep(0.02)
        process.join()
        assert process.exitcode == 0
        return most / MB


def median(measure: Callable[[], float], rounds: int) -> float:
    """The median of several measurements."""
    return statistics.median(measure() for _ in range(rounds))


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("street", help="glob of street files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--month", default="2024-02", help="the month that is added")
    given = parser.parse_args()
    street = paths(given.street, "*-street.csv")
    others = [path for path in street if not path.name.startswith(given.month)]
    one = [path for path in street if path.name.startswith(given.month)]
    builds, plain, quick, steps = [], [], [], []
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            seconds, release = build(Path(folder) / "home", street)
            rows = release.manifest["sources"]["street_crime"]["written"]
            triples = release.manifest["triples"]
            stages = release.manifest["seconds"]
            builds.append(seconds)
            plain.append(bulk_load(release, Path(folder), lenient=False))
            quick.append(bulk_load(release, Path(folder), lenient=True))
            build(Path(folder) / "step", others)
            seconds, _ = build(Path(folder) / "step", street)
            steps.append(seconds)
            print(
                f"build {builds[-1]:.1f} s, bulk_load {plain[-1]:.1f} s "
                f"(lenient {quick[-1]:.1f} s), adding {given.month} {steps[-1]:.1f} s",
                flush=True,
            )
    whole = statistics.median(builds)
    print(f"rows {rows:,}, triples {triples:,}, {triples / rows:.2f} triples a row")
    print(f"stages of the last build, s (they overlap): {stages}")
    print(f"build: {rows / whole:,.0f} rows/s, {triples / whole:,.0f} triples/s")
    ratios = [a / b for a, b in zip(builds, plain, strict=True)]
    print(f"build / bulk_load of the same N-Quads: {statistics.median(ratios):.2f}  {ratios}")
    ratios = [a / b for a, b in zip(builds, quick, strict=True)]
    print(f"build / the same, lenient: {statistics.median(ratios):.2f}")
    ratios = [a / b for a, b in zip(steps, builds, strict=True)]
    share = sum(path.stat().st_size for path in one) / sum(path.stat().st_size for path in street)
    step = statistics.median(ratios)
    print(f"adding {given.month} ({share:.0%} of the bytes) / full build: {step:.2f}")
    print(
        f"memory without the store: {peak(one):.0f} MB at one month, {peak(street):.0f} MB at all"
    )


if __name__ == "__main__":
    main()
