"""The rows of a table by their first number, for look-ups: of one thing one block of rows is read.

They are sorted, and packed in blocks column by column. In Parquet, which is laid out to be counted,
one row costs as much as the hundred thousand that lie with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import zstandard
from numpy.typing import NDArray

from homegraph.graph.columns.dictionary import Packed

BLOCK = 256  # rows that are packed together: a look-up unpacks some 20 kB
REMEMBERED = 100  # blocks that are kept unpacked, some 2 MB
NONE = (1 << 32) - 1  # in the place of what is empty: no term has this number
Numbers = NDArray[np.uint32]


def write(folder: Path, name: str, parts: Iterable[Numbers]) -> None:
    """Write rows that come sorted: parts of rows x columns, NONE where there is no value."""
    packer = zstandard.ZstdCompressor(level=3)
    places, heads = [0], list[int]()
    with (folder / f"{name}.rows").open("wb") as out:
        for rows in in_blocks(parts):
            heads.append(int(rows[0, 0]))
            places.append(places[-1] + out.write(packer.compress(rows.T.tobytes())))
    np.save(folder / f"{name}.places.npy", np.array(places, np.uint64))
    np.save(folder / f"{name}.heads.npy", np.array(heads, np.uint32))


def in_blocks(parts: Iterable[Numbers]) -> Iterator[Numbers]:
    """The rows in arrays of BLOCK."""
    left: list[Numbers] = []
    for part in parts:
        rows = np.concatenate([*left, part])
        whole = len(rows) - len(rows) % BLOCK
        yield from (rows[begin : begin + BLOCK] for begin in range(0, whole, BLOCK))
        left = [rows[whole:]]
    yield from (rows for rows in left if len(rows))


class PackedRows:
    """The rows of a table of some columns; safe for many processes at once."""

    def __init__(self, folder: Path, name: str, columns: int) -> None:
        self._packed = Packed(folder / f"{name}.rows")
        self._places = np.load(folder / f"{name}.places.npy", mmap_mode="r")
        self._heads = np.load(folder / f"{name}.heads.npy", mmap_mode="r")
        self._columns = columns
        self._unpacker = zstandard.ZstdDecompressor()
        self._block = lru_cache(REMEMBERED)(self._read)

    def of(self, first: int) -> list[list[int]]:
        """The rows with a number in the first column; NONE in them where there is no value.

        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> write(folder, "a", [np.array([[1, 5], [1, 6], [3, NONE]], np.uint32)])
        >>> packed = PackedRows(folder, "a", 2)
        >>> packed.of(1), packed.of(2)
        ([[1, 5], [1, 6]], [])
        """
        found: list[list[int]] = []
        # The first of them may stand at the end of the block before.
        at = max(0, int(np.searchsorted(self._heads, np.uint32(first))) - 1)
        while at < len(self._heads) and self._heads[at] <= first:
            rows = self._block(at)
            begin, end = np.searchsorted(rows[:, 0], [first, first + 1])
            found += rows[begin:end].tolist()
            at += 1
        return found

    def _read(self, block: int) -> Numbers:
        packed = self._packed.part(int(self._places[block]), int(self._places[block + 1]))
        found: Numbers = np.frombuffer(self._unpacker.decompress(packed), np.uint32)
        return found.reshape(self._columns, -1).T
