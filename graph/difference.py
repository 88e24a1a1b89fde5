"""What differs between two releases' dumps, and how it is applied to a clone of the older store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import RdfFormat, Store, parse

from homegraph.graph import dump
from homegraph.graph.release import DUMPS, Release

IN_ORDER = "shared.nq.gz"


def dumps(folder: Path) -> set[str]:
    """The dumps of a release, by their path below dumps/."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*.nq.gz")}


def differing(
    old: Path, new: Path, besides: Collection[str] = ()
) -> Iterator[tuple[str, bool, bytes]]:
    """Every line that went or came: the dump's name, whether it came, the line.

    Both are dump folders. Dumps never overlap, so that the lines are the quads that differ.
    """
    for name in sorted((dumps(old) | dumps(new)).difference(besides)):
        before, after = old / name, new / name
        if before.exists() and after.exists() and same(before, after):
            continue
        for came, line in dump.differences(ordered(before), ordered(after)):
            yield name, came, line


def same(before: Path, after: Path) -> bool:
    """Whether two dumps are one file, or have the same bytes."""
    if before.samefile(after):
        return True
    if before.stat().st_size != after.stat().st_size:
        return False
    return before.read_bytes() == after.read_bytes()


def ordered(path: Path) -> Iterator[bytes]:
    """The lines of a dump, sorted; a slice's are sorted in memory, as it is small enough to be."""
    if not path.exists():
        return
    with dump.reader(path) as stream:
        yield from stream if path.name == IN_ORDER else sorted(stream)


@dataclass(frozen=True)
class Difference:
    """The quads that came and went, as two N-Quads files in a build's folder."""

    came: Path
    went: Path

    @classmethod
    def between(cls, old: Path, folder: Path, besides: set[str]) -> Difference:
        """Compare old dumps with a build's, besides those named, which are loaded already."""
        found = cls(folder / "came.nq", folder / "went.nq")
        with found.came.open("wb") as news, found.went.open("wb") as olds:
            for _, is_new, line in differing(old, folder / DUMPS, besides):
                (news if is_new else olds).write(line)
        return found

    def apply(self, store: Store) -> None:
        """Take away what went, then add what came; the files go."""
        for quad in parse(path=self.went, format=RdfFormat.N_QUADS, lenient=True):
            store.remove(quad)
        store.bulk_load(path=self.came, format=RdfFormat.N_QUADS, lenient=True)
        store.flush()
        self.came.unlink()
        self.went.unlink()


@dataclass(frozen=True)
class Change:
    """What became of one dump between two releases."""

    dump: str
    added: int
    removed: int
    state: str  # new, gone or changed

    def __str__(self) -> str:
        return f"{self.dump}: {self.state}, {self.added:,} quads added, {self.removed:,} removed"


def compare(old: Release, new: Release) -> list[Change]:
    """The dumps that differ, and by how many quads."""
    before, after = old.manifest["files"], new.manifest["files"]
    changes = []
    for name in sorted(dumps(old.path / DUMPS) | dumps(new.path / DUMPS)):
        key = f"{DUMPS}/{name}"
        if key not in before:
            changes.append(Change(name, after[key]["quads"], 0, "new"))
        elif key not in after:
            changes.append(Change(name, 0, before[key]["quads"], "gone"))
        elif before[key]["sha256"] != after[key]["sha256"]:
            pair = (old.path / DUMPS / name, new.path / DUMPS / name)
            came = [is_new for is_new, _ in dump.differences(*map(ordered, pair))]
            if came:
                changes.append(Change(name, sum(came), len(came) - sum(came), "changed"))
    return changes


def in_words(old: Release, new: Release, changes: Sequence[Change]) -> list[str]:
    """The changes as sentences: a line per source for what is counted, a line per dump."""
    said = []
    before, after = old.manifest["sources"], new.manifest["sources"]
    for name in sorted(set(before) | set(after)):
        was, now = before.get(name, {}).get("written", 0), after.get(name, {}).get("written", 0)
        files = [
            {file["name"] for file in one.get(name, {}).get("files", [])} for one in (before, after)
        ]
        came, went = sorted(files[1] - files[0]), sorted(files[0] - files[1])
        said.append(f"{name}: {now:,} records, {was:,} before ({now - was:+,})")
        said += [f"  file new: {file}" for file in came] + [f"  file gone: {file}" for file in went]
    total = new.manifest["triples"] - old.manifest["triples"]
    said.append(f"triples: {new.manifest['triples']:,} ({total:+,})")
    return said + ([str(change) for change in changes] or ["no quad differs"])
