"""Texts, and what is found by texts, in arrays that may lie in a mapped file.

What is looked up is made into texts only when it is looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, overload
from zlib import crc32

import numpy as np
import numpy.typing as npt

REMEMBERED = 1 << 15  # of each list, how many stay made

One = TypeVar("One")
Ints = npt.NDArray[np.int32]
Arrays = dict[str, npt.NDArray[Any]]


class Texts(Sequence[str]):
    """Many texts in one run of bytes; `ends` are the places after each."""

    def __init__(self, run: npt.NDArray[np.uint8], ends: Ints) -> None:
        self._run, self._ends = run.data, ends.data  # numbers come out of these at half the price

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        return str(self._run[before(self._ends, place) : self._ends[place]], "utf-8")


class Keys(Texts):
    """Texts that are looked up: by their checksums, which are in order, each with its place."""

    def __init__(
        self, run: npt.NDArray[np.uint8], ends: Ints, sums: npt.NDArray[np.uint32], places: Ints
    ) -> None:
        super().__init__(run, ends)
        self._sums, self._places = sums.data, places.data

    def find(self, text: str) -> int | None:
        """The place of a text; the first of several."""
        mine = crc32(text.encode("utf-8", "replace"))
        for at in range(bisect_left(self._sums, mine), len(self)):
            if self._sums[at] != mine:
                return None
            if self[self._places[at]] == text:
                return int(self._places[at])
        return None


class Postings(Mapping[str, list[int]]):
    """What is found by each of some texts, which are in order."""

    def __init__(self, texts: Keys, ends: Ints, values: Ints) -> None:
        self.texts, self._ends, self._values = texts, ends.data, values.data

    def __getitem__(self, text: str) -> list[int]:
        place = self.texts.find(text)
        if place is None:
            raise KeyError(text)
        return self.at(place)

    def at(self, place: int) -> list[int]:
        """What is found by the text at a place."""
        return self._values[before(self._ends, place) : self._ends[place]].tolist()

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


class Cells(Mapping[str, Sequence[npt.NDArray[Any]]]):
    """Runs of the same length of several arrays, by texts."""

    def __init__(self, texts: Keys, ends: Ints, *arrays: npt.NDArray[Any]) -> None:
        self.texts, self._ends, self._arrays = texts, ends.data, arrays

    def __getitem__(self, text: str) -> Sequence[npt.NDArray[Any]]:
        place = self.texts.find(text)
        if place is None:
            raise KeyError(text)
        run = slice(before(self._ends, place), self._ends[place])
        return [array[run] for array in self._arrays]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


class Words(Mapping[str, list[str]]):
    """What is found by texts, where that is a text itself."""

    def __init__(self, found: Postings, words: Texts) -> None:
        self._found, self._words = found, words

    def __getitem__(self, text: str) -> list[str]:
        return [self._words[place] for place in self._found[text]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


class Made(Sequence[One], Generic[One]):
    """A list of which each is made when it is looked at."""

    def __init__(self, count: int, make: Callable[[int], One]) -> None:
        self._count, self._make = count, lru_cache(REMEMBERED)(make)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> One: ...

    @overload
    def __getitem__(self, place: slice) -> list[One]: ...

    def __getitem__(self, place: int | slice) -> One | list[One]:
        if isinstance(place, slice):
            return [self._make(one) for one in range(*place.indices(self._count))]
        if not 0 <= place < self._count:
            raise IndexError(place)
        return self._make(place)


def before(ends: memoryview, place: int) -> int:
    """Where one begins: where the one before it ends."""
    return int(ends[place - 1]) if place else 0


def run_of(name: str, texts: Sequence[str]) -> Arrays:
    """Texts as one run of bytes, and where each ends."""
    return run_of_bytes(name, in_bytes(texts))


def in_bytes(texts: Iterable[str]) -> list[bytes]:
    """Texts as they lie in the file."""
    return [text.encode("utf-8", "replace") for text in texts]


def run_of_bytes(name: str, each: Sequence[bytes]) -> Arrays:
    """The same of texts that are bytes already."""
    return {
        name: np.frombuffer(b"".join(each), np.uint8),
        f"{name} ends": np.cumsum([len(one) for one in each], dtype=np.int32),
    }


def keys_of(name: str, texts: Sequence[str]) -> Arrays:
    """Texts that are looked up."""
    each = in_bytes(texts)
    sums = np.array([crc32(one) for one in each], np.uint32)
    places = np.argsort(sums, kind="stable")
    return {
        **run_of_bytes(name, each),
        f"{name} sums": sums[places],
        f"{name} places": places.astype(np.int32),
    }


def postings_of(name: str, found: Mapping[str, Sequence[int]]) -> Arrays:
    """What is found by texts, as arrays."""
    texts = sorted(text for text in found if found[text])
    return {
        **keys_of(name, texts),
        f"{name} found": np.array([one for text in texts for one in found[text]], np.int32),
        f"{name} found ends": np.cumsum([len(found[text]) for text in texts], dtype=np.int32),
    }


def arrays_in(inside: npt.NDArray[np.uint8], at: Mapping[str, Sequence[Any]]) -> Arrays:
    """The arrays that lie in a file; raises ValueError for one that goes beyond its end."""
    found = {}
    for name, (kind, place, count) in at.items():
        end = place + count * np.dtype(kind).itemsize
        found[name] = inside[place:end].view(kind)
        if len(found[name]) != count:
            raise ValueError(f"{name} is not whole")
    return found
