"""Finds the names that may be meant by a text: by its words, its first letters, or what is alike.

What is alike is found by threes of letters: the names that share the rarest of them with the text.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from homegraph.graph.matching import normal
from homegraph.graph.matching.names import REPLACED, Name

NEAR = 12  # names that are looked at because they are alike
MOST = 40  # things that are looked at because they are called the same
OFTEN = 8  # a three of letters that more than one name in so many has finds too much


class Wording(NamedTuple):
    """A name or a question as it is compared."""

    plain: str
    core: str
    words: tuple[str, ...]
    core_words: tuple[str, ...]
    marks: frozenset[str]

    @classmethod
    def of(cls, text: str, rules: str, whole: bool = False) -> Wording:
        """By the rules of a family of kinds; all words count of one that is used as a whole."""
        words = normal.words(text, rules)
        core = words if whole else normal.core(words, rules)
        return cls(" ".join(words), " ".join(core), words, core, normal.marks(core))


class Row(NamedTuple):
    """One name on a shelf, and the place there of what it names."""

    thing: int
    wording: Wording
    how: str


@dataclass(slots=True)
class Thing:
    """What is named: its label, its rows on the shelf, and what is known beside its names."""

    iri: str
    kind: str
    label: str
    context: str
    codes: frozenset[str]
    years: frozenset[str]
    first: int  # of its rows
    last: int  # one after them


class Shelf:
    """All names of one kind, with the indexes that find them."""

    def __init__(
        self, kind: str, names: Iterable[Name], elsewhere: frozenset[str] = frozenset()
    ) -> None:
        self.kind, self.rules = kind, normal.family(kind)
        self._elsewhere = elsewhere  # words of names of other kinds
        self.things: list[Thing] = []
        self.rows: list[Row] = []
        by_thing: dict[str, list[Name]] = defaultdict(list)
        for name in names:
            by_thing[name.iri].append(name)
        for iri in sorted(by_thing):
            self._put(iri, by_thing[iri])
        years = {year for one in self.things for year in one.years}
        self.vintages = sorted(years - {REPLACED})
        self._look_up()
        lettered = [
            place
            for place, row in enumerate(self.rows)
            if row.how != "code" or not row.wording.marks
        ]
        self._grams = Grams([self.rows[place].wording.plain for place in lettered], lettered)

    def _put(self, iri: str, names: Sequence[Name]) -> None:
        first, place = len(self.rows), len(self.things)
        ranked = sorted(names, key=lambda one: (one.how != "label", one.how == "code"))
        known: set[str] = set()
        for name in ranked:
            # A hidden spelling stands for the thing as it is, and not for what is left of it.
            wording = Wording.of(name.text, self.rules, name.how == "hidden")
            if wording.plain and wording.plain not in known:
                known.add(wording.plain)
                self.rows.append(Row(place, wording, name.how))
        self.things.append(
            Thing(
                iri,
                self.kind,
                # A name without the code before it comes from the same label, which is longer.
                max((one.text for one in ranked if one.how == "label"), key=len, default="")
                or ranked[0].text,
                ranked[0].context,
                frozenset(one.text.strip().casefold() for one in names if one.how == "code"),
                frozenset(year for one in names for year in one.period.split()),
                first,
                len(self.rows),
            )
        )

    def _look_up(self) -> None:
        self.exact: dict[str, list[int]] = defaultdict(list)
        self.cores: dict[str, list[int]] = defaultdict(list)
        self.first_letters: dict[str, list[int]] = defaultdict(list)
        self.codes: dict[str, list[int]] = defaultdict(list)
        seen: Counter[str] = Counter()
        for place, thing in enumerate(self.things):
            for code in thing.codes:
                self.codes[code].append(place)
            said: set[str] = set()
            for number in range(thing.first, thing.last):
                row = self.rows[number]
                self.exact[row.wording.plain].append(number)
                self.cores[row.wording.core].append(number)
                if row.how != "code":
                    said.update(row.wording.words)
                    for letters in normal.initials(row.wording.words):
                        self.first_letters[letters].append(number)
            seen.update(said)
        whole = math.log(1 + len(self.things)) or 1.0
        self.rarity = {
            word: math.log(1 + len(self.things) / count) / whole for word, count in seen.items()
        }

    def is_word(self, word: str) -> bool:
        """Whether a word stands in a name, of this kind or another: then it is no typing error."""
        return word in self.rarity or word in self._elsewhere

    def called(self, asked: Wording, codes: Iterable[str]) -> set[int]:
        """The rows that a text names by its words, its first letters or a code."""
        found = set(self.exact.get(asked.plain, ())[:MOST])
        found.update(self.cores.get(asked.core, ())[:MOST])
        letters = normal.as_initials(asked.words)
        if letters:
            found.update(self.first_letters.get(letters, ())[:MOST])
        inside = [word for word in asked.words if normal.has_number(word)]
        for code in (*codes, *inside):
            for place in self.codes.get(code, ())[:MOST]:
                found.update(range(self.things[place].first, self.things[place].last))
        return found

    def alike(self, asked: Wording) -> list[int]:
        """The rows that share most of the rare threes of letters with a text."""
        return self._grams.nearest(asked.plain, NEAR)


class Grams:
    """Texts by the threes of letters in them."""

    def __init__(self, texts: Sequence[str], places: Sequence[int]) -> None:
        self._places = places
        flat, owners = threes(texts)
        both = np.unique(flat.astype(np.int64) << 32 | owners)
        flat, owners = both >> 32, (both & 0xFFFFFFFF).astype(np.int32)
        keys, starts, counts = np.unique(flat, return_index=True, return_counts=True)
        ends = starts + counts
        rarity = np.log(1 + len(texts) / counts).astype(np.float32)
        squares = np.bincount(owners, weights=np.repeat(rarity, counts) ** 2, minlength=len(texts))
        self._lengths = np.sqrt(squares) + 1e-9
        self._owners = owners
        self._found = {
            int(key): (int(start), int(end), float(weight))
            for key, start, end, weight in zip(keys, starts, ends, rarity, strict=True)
        }

    def nearest(self, text: str, count: int) -> list[int]:
        """The places of the texts that are most alike, by cosine, best first."""
        flat, _ = threes([text])
        found = [self._found[key] for key in set(flat.tolist()) if key in self._found]
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
        return [self._places[place] for place in best]


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


def by_kind(names: Iterable[Name]) -> Mapping[str, list[Name]]:
    """Names sorted by what kind of thing they name."""
    found: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        found[name.kind].append(name)
    return found
