"""Dumps: N-Quads text in gzip files, the same bytes for the same lines."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from gzip import BadGzipFile
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from isal import igzip, isal_zlib

from homegraph.graph.errors import ReleaseTampered

T = TypeVar("T")
open_gzip: Any = igzip.open  # these two come without types
GzipFile: Any = igzip.IGzipFile
# What a damaged or cut-off gzip file raises, whichever library reads it.
IsalError: type[Exception] = cast(Any, isal_zlib).error  # comes without a type
DAMAGED = (EOFError, zlib.error, IsalError, BadGzipFile)
BLOCK = 1 << 18  # bytes that are compressed in one go
AT_ONCE = 200  # files merged in one go, well under the usual limit of 1,024 open files


def batched(some: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`, in order; Python has this from 3.12."""
    rest = iter(some)
    while batch := list(islice(rest, size)):
        yield batch


@contextmanager
def writer(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Open a gzip file for writing, without name or time in its header.

    What isal makes of a text depends on the pieces in which it gets it, and those that come through
    a pipe differ from run to run: it gets blocks of one size.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("wb") as raw,
        GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=1, mtime=0) as packed,
    ):
        waiting = bytearray()

        def put(text: bytes) -> None:
            waiting.extend(text)
            while len(waiting) >= BLOCK:
                packed.write(bytes(waiting[:BLOCK]))
                del waiting[:BLOCK]

        yield put
        packed.write(bytes(waiting))


def write(path: Path, lines: Iterable[str]) -> int:
    """Write lines; returns how many."""
    count = 0
    with writer(path) as put:
        for some in batched(lines, 5000):
            put("".join(some).encode())
            count += len(some)
    return count


@contextmanager
def reader(path: Path) -> Iterator[BinaryIO]:
    """Open a dump for reading, decompressed; raises ReleaseTampered for one that is damaged."""
    try:
        with open_gzip(str(path), "rb") as stream:
            yield cast(BinaryIO, stream)
    except DAMAGED as error:
        raise ReleaseTampered(f"{path} cannot be read: {error}") from error


def blocks(path: Path, size: int = 1 << 20) -> Iterator[bytes]:
    """The bytes of a dump in blocks that end at a line's end."""
    with reader(path) as stream:
        while block := stream.read(size):
            yield block + stream.readline()


class Sorted:
    """The lines of sorted dumps, asked in order whether they hold a line; nothing is kept.

    A line is one that they hold only if it is asked for after all lines that come before it.
    """

    def __init__(self, paths: Sequence[Path], aside: Path) -> None:
        self._lines = merged(paths, aside)
        self._next = next(self._lines, None)

    def __contains__(self, line: object) -> bool:
        while self._next is not None and self._next < cast(bytes, line):
            self._next = next(self._lines, None)
        return self._next == line


def merged(paths: Sequence[Path], aside: Path) -> Iterator[bytes]:
    """The distinct lines of many sorted dumps, in order; `aside` is a folder for steps between."""
    if len(paths) > AT_ONCE:
        steps = []
        for number, some in enumerate(batched(paths, AT_ONCE)):
            step = aside / f"merge-{number}.gz"
            with writer(step) as put:
                for lines in batched(merged(some, aside), 5000):
                    put(b"".join(lines))
            steps.append(step)
        yield from merged(steps, aside / "again")
        return
    with ExitStack() as stack:
        streams = [stack.enter_context(reader(path)) for path in paths]
        last = b""
        for line in heapq.merge(*streams):
            if line != last:
                yield line
                last = line


def differences(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Compare two sorted streams of distinct lines: (False, line) has gone, (True, line) is new.

    >>> list(differences([b"a", b"b"], [b"b", b"c"]))
    [(False, b'a'), (True, b'c')]
    """
    olds, news = iter(old), iter(new)
    a, b = next(olds, None), next(news, None)
    while a is not None or b is not None:
        if a == b:
            a, b = next(olds, None), next(news, None)
        elif b is None or (a is not None and a < b):
            yield False, a if a is not None else b""
            a = next(olds, None)
        else:
            yield True, b
            b = next(news, None)
