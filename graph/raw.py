"""Raw files: what came in, kept byte for byte by digest, so that any release can be built again."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from homegraph.graph import dump
from homegraph.graph.errors import FetchFailed

BLOCK = 1 << 20
NOTE = ".fetched.json"  # beside files that were fetched: the address of each


@dataclass(frozen=True)
class RawFile:
    """One file of a source, as it came.

    `name` is the publisher's, without .gz; `sha256` is of the bytes received (of the
    uncompressed member, for a file out of a zip); `origin` is the path or address it came from;
    `read` is the day it was first taken in (2026-11-22), if that is known.
    """

    name: str
    path: Path
    origin: str
    sha256: str
    size: int
    gzipped: bool = False
    read: str = ""

    def open(self) -> BinaryIO:
        """Open the content, decompressed; close it after use."""
        if self.gzipped:
            return cast(BinaryIO, dump.open_gzip(str(self.path), "rb"))
        return self.path.open("rb")

    @classmethod
    def at(cls, path: Path) -> RawFile:
        """A file where it lies, not kept anywhere; raises FetchFailed when it cannot be read.

        Its origin is the address it was fetched from, if a note beside it says so.
        """
        try:
            sha256 = digest(path)
            size = path.stat().st_size
        except OSError as error:
            raise FetchFailed(f"{path}: {error.strerror}") from error
        gzipped = path.suffix == ".gz"
        name = path.name.removesuffix(".gz") if gzipped else path.name
        return cls(name, path, fetched_from(path, sha256) or str(path), sha256, size, gzipped)

    @property
    def address(self) -> str:
        """The web address it was fetched from, or nothing for a local file."""
        return self.origin if "://" in self.origin else ""

    def as_dict(self) -> dict[str, object]:
        """What a manifest says of it."""
        return asdict(self) | {"path": self.path.name}


class Seen:
    """Size and SHA-256 of what goes by in blocks."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    def add(self, block: bytes) -> None:
        """See one block."""
        self.size += len(block)
        self._hash.update(block)

    @property
    def sha256(self) -> str:
        """The digest of all blocks, in hex."""
        return self._hash.hexdigest()


@contextmanager
def plain_writer(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Open a file for writing as it comes."""
    with path.open("wb") as stream:
        yield stream.write


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fetched_from(path: Path, sha256: str) -> str:
    """The address that a note of a fetch gives for a file, if the file is as it was fetched."""
    said = notes(path.parent, stamp(path.parent / NOTE)).get(path.name, {})
    return said["address"] if said.get("sha256") == sha256 else ""


def stamp(path: Path) -> int:
    """What tells one state of a file from another; 0 when it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=16)
def notes(folder: Path, changed: int) -> dict[str, dict[str, str]]:
    """What the note of a folder says of each file; nothing when it has none that can be read."""
    if not changed:
        return {}
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        files = json.loads((folder / NOTE).read_text("utf-8"))["files"]
        return {name: dict(said) for name, said in files.items()}
    return {}


def members(path: Path, pattern: str) -> Iterator[zipfile.ZipInfo]:
    """The files in a zip whose name matches the source's pattern; raises FetchFailed."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield from (
                info
                for info in archive.infolist()
                if not info.is_dir() and fnmatch(Path(info.filename).name, pattern)
            )
    except (zipfile.BadZipFile, OSError) as error:
        raise FetchFailed(f"{path}: not a whole zip file: {error}") from error


def paths(where: str, pattern: str) -> list[Path]:
    """The files that a path, a directory or a glob stands for, sorted; raises FetchFailed for none.

    A directory stands for the files below it whose names match `pattern`, plain or gzipped,
    and for its zip files.
    """
    given = Path(where)
    if given.is_dir():
        found = [
            path
            for path in sorted(given.rglob("*"))
            if path.is_file()
            and path.name != NOTE
            and (fnmatch(path.name.removesuffix(".gz"), pattern) or path.suffix == ".zip")
        ]
    elif given.is_file():
        found = [given]
    else:
        found = sorted(Path(name) for name in glob.glob(where, recursive=True))  # noqa: PTH207 - the pattern may be absolute
        found = [path for path in found if path.is_file()]
    if not found:
        raise FetchFailed(f"{where}: no such file, directory or match")
    return found


class RawStore:
    """The folder raw/ of a home: each file under its digest, with a note of where it came from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, where: Iterable[Path], pattern: str = "*") -> list[RawFile]:
        """Copy files in; a zip stands for its members that match `pattern`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept: list[RawFile] = []
        for path in where:
            if path.suffix == ".zip":
                kept.extend(self._unpack(path, pattern))
            else:
                kept.append(self._copy(path))
        return kept

    def keep_bytes(
        self, name: str, content: bytes, origin: str, pattern: str = "*"
    ) -> list[RawFile]:
        """Keep what was fetched from an address, by the name that the answer goes by."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".fetched-") as folder:
            path = Path(folder) / Path(name).name
            path.write_bytes(content)
            kept = self.keep([path], pattern)
        return [self._noted(replace(raw, origin=origin)) for raw in kept]

    def kept(self, said: Mapping[str, Any]) -> RawFile:
        """A file that a manifest mentions; raises FetchFailed when it is no longer kept."""
        raw = RawFile(**{**said, "path": self.folder / said["path"]})
        if not raw.path.is_file():
            raise FetchFailed(f"{raw.path}: {raw.name} is no longer kept")
        return raw

    def _copy(self, path: Path) -> RawFile:
        raw = RawFile.at(path)
        with path.open("rb") as stream:
            target = self._store(stream, raw.sha256)
        return self._noted(replace(raw, path=target))

    def _unpack(self, path: Path, pattern: str) -> Iterator[RawFile]:
        for info in members(path, pattern):
            seen = Seen()
            try:
                with zipfile.ZipFile(path) as archive, archive.open(info) as member:
                    while block := member.read(BLOCK):
                        seen.add(block)
                with zipfile.ZipFile(path) as archive, archive.open(info) as member:
                    target = self._store(member, seen.sha256, pack=True)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise FetchFailed(f"{path}: {info.filename} cannot be read: {error}") from error
            name, origin = Path(info.filename).name, f"{path}!{info.filename}"
            yield self._noted(RawFile(name, target, origin, seen.sha256, seen.size, True))

    def _store(self, stream: IO[bytes], sha256: str, pack: bool = False) -> Path:
        """Copy a stream into the store under its digest, gzipped if it was packed otherwise."""
        target = self.folder / (sha256 + (".gz" if pack else ""))
        if not target.exists():
            aside = self.folder / f".{target.name}-{os.getpid()}"
            with dump.writer(aside) if pack else plain_writer(aside) as put:
                while block := stream.read(BLOCK):
                    put(block)
            aside.replace(target)
        return target

    def _noted(self, raw: RawFile) -> RawFile:
        note = self.folder / f"{raw.path.name}.json"
        if note.exists():
            raw = replace(raw, read=json.loads(note.read_text("utf-8")).get("read", ""))
        else:
            raw = replace(raw, read=datetime.now(UTC).date().isoformat())
            aside = self.folder / f".{raw.sha256}-{os.getpid()}"
            aside.write_text(json.dumps(raw.as_dict(), indent=2) + "\n", "utf-8")
            aside.replace(note)
        return raw
