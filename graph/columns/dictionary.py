"""The dictionary of a release's terms: each term has a number, its place among all in order.

Terms are written as N-Triples has them and sorted by their bytes, so literals come before IRIs, and
IRIs of one kind lie together. Blocks of terms are compressed; one block is read for one term.
"""

from __future__ import annotations

import mmap
import os
import weakref
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import zstandard

BLOCK = 256  # terms that are compressed together: a look-up unpacks some 20 kB
TEXTS, PLACES = "terms.zst", "terms.npy"
HEADS, HEAD_PLACES = "heads.txt", "heads.npy"
REMEMBERED = 600  # blocks that are kept unpacked, some 12 MB


def write(folder: Path, terms: Iterable[str]) -> None:
    """Write a dictionary of terms that come sorted by their bytes, each once."""
    packer = zstandard.ZstdCompressor(level=6)
    places, head_places = [0], [0]
    with (folder / TEXTS).open("wb") as out, (folder / HEADS).open("wb") as heads:
        for block in blocks(terms):
            places.append(places[-1] + out.write(packer.compress("\n".join(block).encode())))
            head_places.append(head_places[-1] + heads.write(block[0].encode()))
    np.save(folder / PLACES, np.array(places, np.uint64))
    np.save(folder / HEAD_PLACES, np.array(head_places, np.uint64))


def blocks(terms: Iterable[str]) -> Iterator[list[str]]:
    """The terms in lists of BLOCK."""
    block: list[str] = []
    for term in terms:
        block.append(term)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


class Heads(Sequence[bytes]):
    """The first term of each block, read where it lies."""

    def __init__(self, folder: Path) -> None:
        self._texts = mapped(folder / HEADS)
        self._places = np.load(folder / HEAD_PLACES, mmap_mode="r")

    def __len__(self) -> int:
        return len(self._places) - 1

    def __getitem__(self, place: int) -> bytes:  # type: ignore[override] # no part is wanted
        return self._texts[int(self._places[place]) : int(self._places[place + 1])]


class Dictionary:
    """The terms of a release by number, and back; safe for many processes at once."""

    def __init__(self, folder: Path) -> None:
        self._packed = Packed(folder / TEXTS)
        self._places = np.load(folder / PLACES, mmap_mode="r")
        self._heads = Heads(folder)
        self._unpacker = zstandard.ZstdDecompressor()
        self._block = lru_cache(REMEMBERED)(self._read)

    def number(self, term: str) -> int | None:
        """The number of a term; None for one that the release does not have.

        >>> from tempfile import mkdtemp
        >>> write(Path(folder := mkdtemp()), ['"a"', "<x:b>"])
        >>> Dictionary(Path(folder)).number("<x:b>"), Dictionary(Path(folder)).term(0)
        (1, '"a"')
        """
        wanted = term.encode()
        block = bisect_right(self._heads, wanted) - 1
        if block < 0:
            return None
        try:
            return block * BLOCK + self._block(block).index(term)
        except ValueError:
            return None

    def term(self, number: int) -> str:
        """The term of a number, as N-Triples has it."""
        return self._block(number // BLOCK)[number % BLOCK]

    def _read(self, block: int) -> list[str]:
        packed = self._packed.part(int(self._places[block]), int(self._places[block + 1]))
        return self._unpacker.decompress(packed).decode().split("\n")


class Packed:
    """Parts of a file, read as they are wanted: were it mapped, all that was read would stay."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def part(self, begin: int, end: int) -> bytes:
        """The bytes from one place up to another; the file has no place that processes share."""
        return os.pread(self._file, end - begin, begin)


def mapped(path: Path) -> mmap.mmap | bytes:
    """A file's bytes, which the processes that read it share; an empty file cannot be mapped."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
