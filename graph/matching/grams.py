"""Texts by the threes of letters in them: which share the rarest with another text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

OFTEN = 8  # a three of letters that more than one text in so many has finds too much


class Grams:
    """Texts by the threes of letters in them."""

    # The place of each text and how long it is; which texts have a three, by where those of each
    # key begin and end; how rare each is.
    ARRAYS = ("places", "lengths", "owners", "keys", "starts", "ends", "rarities")

    def __init__(self, texts: Sequence[str], places: Sequence[int]) -> None:
        flat, owners = threes(texts)
        both = np.sort(flat << 32 | owners)
        both = both[firsts(both)]
        flat, owners = both >> 32, (both & 0xFFFFFFFF).astype(np.int32)
        starts = np.flatnonzero(firsts(flat))
        keys, ends = flat[starts], np.append(starts[1:], len(flat))[: len(starts)]
        counts = ends - starts
        rarity = np.log(1 + len(texts) / counts).astype(np.float32)
        squares = np.bincount(owners, weights=np.repeat(rarity, counts) ** 2, minlength=len(texts))
        lengths = np.sqrt(squares) + 1e-9
        self._take(np.array(places, np.int32), lengths, owners, keys, starts, ends, rarity)

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Grams:
        """Those that were written down as arrays before."""
        made = cls.__new__(cls)
        made._take(*(arrays[name] for name in cls.ARRAYS))
        return made

    def _take(self, *arrays: npt.NDArray[Any]) -> None:
        self.arrays = dict(zip(self.ARRAYS, arrays, strict=True))
        self._places, self._lengths, self._owners, self._keys, *_ = arrays
        self._starts, self._ends, self._rarity = arrays[4:]

    def _found(self, flat: npt.NDArray[np.int64]) -> list[tuple[int, int, float]]:
        """Where the owners of each of some threes begin and end, and how rare it is."""
        wanted = np.sort(flat)
        wanted = wanted[firsts(wanted)]
        at = np.searchsorted(self._keys, wanted)
        at = at[at < len(self._keys)]
        at = at[self._keys[at] == wanted[: len(at)]]
        return list(
            zip(
                self._starts[at].tolist(),
                self._ends[at].tolist(),
                self._rarity[at].tolist(),
                strict=True,
            )
        )

    def nearest(self, text: str, count: int) -> list[int]:
        """The places of the texts that are most alike, by cosine, best first."""
        flat, _ = threes([text])
        found = self._found(flat)
        if not found:
            return []
        found.sort(key=lambda one: one[1] - one[0])
        most = max(len(self._places) // OFTEN, 50)
        rare = [one for one in found if one[1] - one[0] <= most] or found[:2]
        owners = np.concatenate([self._owners[start:end] for start, end, _ in rare])
        weights = np.repeat(
            np.array([weight * weight for _, _, weight in rare]),
            [end - start for start, end, _ in rare],
        )
        score = np.bincount(owners, weights=weights, minlength=len(self._places)) / self._lengths
        if len(score) > 4 * count:
            close = np.flatnonzero(score > score.max() * 0.4)
        else:
            close = np.flatnonzero(score)
        if len(close) > count:
            close = close[np.argpartition(-score[close], count)[:count]]
        best = close[np.argsort(-score[close], kind="stable")]
        found_at: list[int] = self._places[best].tolist()
        return found_at


def firsts(ordered: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of some numbers in order are not the one before (np.unique takes several times longer).

    >>> firsts(np.array([2, 2, 3])).tolist()
    [True, False, True]
    """
    found = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=found[1:])
    return found


def threes(
    texts: Sequence[str],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The threes of letters of all texts, as numbers, and the place of the text each is in.

    A text begins and ends with a space; letters outside of ASCII are all one.
    """
    joined = [f" {text} ".encode("ascii", "replace") for text in texts]
    lengths = np.array([len(one) for one in joined], dtype=np.int64)
    letters = np.frombuffer(b"".join(joined), dtype=np.uint8).astype(np.int64)
    if len(letters) < 3:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    flat = letters[:-2] << 16 | letters[1:-1] << 8 | letters[2:]
    owners = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    inside = owners[:-2] == owners[2:]
    return flat[inside], owners[:-2][inside]
