"""A source's statements as one file to download, where its dumps are several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from filecmp import cmp
from pathlib import Path

from homegraph.graph.catalogue import Dump
from homegraph.graph.cubes.shelf import join
from homegraph.graph.raw import digest
from homegraph.graph.release import DOWNLOADS, DUMPS, Release


def dump_of(dataset: str, folder: Path, previous: Release | None) -> Dump:
    """The dump of a source in the folder of a release; made of its parts, if there are several.

    While the parts are those of the release before, so is the whole: a link, and no copy.
    """
    dumps = folder / DUMPS
    parts = parts_of(dataset, dumps)
    if [part.parent for part in parts] == [dumps]:
        size, sha256 = parts[0].stat().st_size, digest(parts[0])
        return Dump(f"{DUMPS}/{parts[0].name}", size, sha256, "")
    whole = Path(DOWNLOADS, f"{dataset}.nq.gz")
    target = folder / whole
    target.parent.mkdir(exist_ok=True)
    before = parts_of(dataset, previous.path / DUMPS) if previous else []
    if previous and is_same(parts, before) and (previous.path / whole).exists():
        os.link(previous.path / whole, target)
    else:
        join(parts, target)
    listed = "" if dumps in {part.parent for part in parts} else f"{DUMPS}/{dataset}/"
    return Dump(whole.as_posix(), target.stat().st_size, digest(target), listed)


def parts_of(dataset: str, dumps: Path) -> list[Path]:
    """The dumps of a source, in the order in which they make one file."""
    return [*dumps.glob(f"{dataset}.nq.gz"), *sorted(dumps.glob(f"{dataset}/*.nq.gz"))]


def is_same(parts: Sequence[Path], before: Sequence[Path]) -> bool:
    """Whether parts are those of the release before: links of them, or written anew."""
    return [part.name for part in parts] == [part.name for part in before] and all(
        part.samefile(old) or cmp(part, old, shallow=False)
        for part, old in zip(parts, before, strict=True)
    )
