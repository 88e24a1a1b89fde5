"""Finds the names that may be meant by a text: by its words, its first letters, or what is alike.

What is alike is found by threes of letters: the names that share the rarest of them with the text.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy.typing as npt
from rapidfuzz.distance import OSA

from homegraph.graph.matching import lexicon, normal
from homegraph.graph.matching.grams import Grams
from homegraph.graph.matching.names import REPLACED, Name
from homegraph.graph.matching.vocabulary import Told, Vocabulary, told

NEAR = 12  # names that are looked at because they are alike
NEAR_AMONG_OTHERS = 8  # of each kind, where things of several groups of kinds may be meant
NEAR_IN_MANY_WORDS = 24  # of offences, which are described in words of one's own
MOST = 40  # things that are looked at because they are called the same
LEAST_MENDED = 5  # letters of a word that may be one of ours mistyped


class Wording(NamedTuple):
    """A name or a question as it is compared."""

    plain: str
    core: str
    words: tuple[str, ...]
    core_words: tuple[str, ...]
    marks: frozenset[str]

    @property
    def joined(self) -> str:
        """All in one word, as "shop lifting" and "shoplifting" are."""
        return self.plain.replace(" ", "")

    @property
    def short(self) -> str:
        """All in one word but weak ones, as "avonandsomerset" is in an address."""
        core, linking = self.core_words, lexicon.LINKING
        return "".join([one for one in self.words if one in linking or one in core]) or self.joined

    @property
    def in_one(self) -> frozenset[str]:
        """All in one word, with weak words and without."""
        return frozenset((self.joined, self.short))

    @property
    def weak_words(self) -> frozenset[str]:
        """The words of little weight, but those that only link others."""
        return frozenset(self.words).difference(self.core_words, lexicon.LINKING)

    @property
    def codes(self) -> tuple[str, ...]:
        """The words that may be a code beside others: the first, and the last if letters are in it.

        A number at the end is an age, a section or a year; so is one after another.
        """
        if len(self.words) < 2:
            return ()
        first, before, last = self.words[0], self.words[-2], self.words[-1]
        is_code = not last.isdigit() and not normal.has_number(before)
        return (first, last) if is_code else (first,)

    @classmethod
    def of(cls, text: str, rules: str, whole: bool = False) -> Wording:
        """By the rules of a family of kinds; all words count of one that is used as a whole."""
        return cls.of_words(normal.words(text, rules), rules, whole)

    @classmethod
    def of_words(cls, words: tuple[str, ...], rules: str, whole: bool = False) -> Wording:
        """Of words that are in one spelling each."""
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

    @property
    def is_broad(self) -> bool:
        """Whether it is a group: what has codes, and no number in them."""
        return bool(self.codes) and not any(map(normal.has_number, self.codes))


class Shelf:
    """All names of one kind, with the indexes that find them."""

    def __init__(
        self, kind: str, names: Iterable[Name], elsewhere: frozenset[str] = frozenset()
    ) -> None:
        self.kind, self.rules = kind, normal.family(kind)
        self._elsewhere = elsewhere  # words of names of other kinds
        things: list[Thing] = []
        rows: list[Row] = []
        self.things: Sequence[Thing] = things
        self.rows: Sequence[Row] = rows
        by_thing: dict[str, list[Name]] = defaultdict(list)
        for name in names:
            by_thing[name.iri].append(name)
        for iri in sorted(by_thing):
            # What names nothing of ours has no IRI; such names have nothing else in common.
            for some in [by_thing[iri]] if iri else [[one] for one in by_thing[iri]]:
                self._put(iri, some, things, rows)
        years = {year for one in self.things for year in one.years}
        self.vintages = sorted(years - {REPLACED})
        self._look_up()
        lettered = [
            place
            for place, row in enumerate(self.rows)
            if row.how != "code" or not row.wording.marks
        ]
        self._grams = Grams([self.rows[place].wording.plain for place in lettered], lettered)

    def _put(self, iri: str, names: Sequence[Name], things: list[Thing], rows: list[Row]) -> None:
        first, place = len(rows), len(things)
        ranked = sorted(names, key=lambda one: (one.how != "label", one.how == "code"))
        known: set[str] = set()
        for name in ranked:
            # A hidden spelling stands for the thing as it is, and not for what is left of it.
            wording = Wording.of(name.text, self.rules, name.how == "hidden")
            if wording.plain and wording.plain not in known:
                known.add(wording.plain)
                rows.append(Row(place, wording, name.how))
        things.append(
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
        exact: dict[str, list[int]] = defaultdict(list)
        cores: dict[str, list[int]] = defaultdict(list)
        first_letters: dict[str, list[int]] = defaultdict(list)
        codes: dict[str, list[int]] = defaultdict(list)
        self.exact: Mapping[str, list[int]] = exact
        self.cores: Mapping[str, list[int]] = cores
        self.first_letters: Mapping[str, list[int]] = first_letters
        self.codes: Mapping[str, list[int]] = codes
        seen: Counter[str] = Counter()
        for place, thing in enumerate(self.things):
            for code in thing.codes:
                codes[code].append(place)
            said: set[str] = set()
            for number in range(thing.first, thing.last):
                row = self.rows[number]
                exact[row.wording.plain].append(number)
                for joined in row.wording.in_one - {row.wording.plain}:
                    exact[joined].append(number)
                cores[row.wording.core].append(number)
                if row.how != "code":
                    said.update(row.wording.words, row.wording.core_words)
                    for letters in normal.initials(row.wording.words):
                        first_letters[letters].append(number)
            seen.update(said)
        whole = math.log(1 + len(self.things)) or 1.0
        self.rarity = {
            word: math.log(1 + len(self.things) / count) / whole for word, count in seen.items()
        }

    def is_word(self, word: str) -> bool:
        """Whether a word stands in a name, of this kind or another: then it is no typing error."""
        return word in self.rarity or word in self._elsewhere

    def core_of(self, text: str) -> str:
        """The words that tell of a text, as those of the names here."""
        return core_of(text, self.rules)

    def mended(self, word: str) -> str:
        """The word of our names that another is a typing error of; itself where that is not clear.

        A letter is wrong, missing, too many, or two are swapped; two such in a long word.
        """
        if len(word) < LEAST_MENDED or not word.isalpha() or self.is_word(word):
            return word
        near: dict[int, set[str]] = defaultdict(set)
        for less in without_letters(word):
            for other in self.by_less.get(less, ()):
                far = OSA.distance(word, other, score_cutoff=1)
                if far == 1 and len(other) >= LEAST_MENDED:
                    near[far].add(other)
        best = near[min(near)] if near else set()
        if len(best) > 1:
            best = {one for one in best if one[0] == word[0]}
        return self._short.get(meant := best.pop(), meant) if len(best) == 1 else word

    @cached_property
    def _short(self) -> Mapping[str, str]:
        """The words that another word stands for, which may be mistyped like those of our names."""
        short = lexicon.SHORT.get(lexicon.AS.get(self.rules, self.rules), {})
        return {word: said[0] for word, said in short.items() if len(said) == 1}

    @cached_property
    def by_less(self) -> Mapping[str, list[str]]:
        """The words of our names by what is left of them without one of their letters."""
        found: dict[str, list[str]] = defaultdict(list)
        known = {word for word in self.rarity if word.isalpha() and word.isascii()}
        weak = lexicon.WEAK.get(self.rules, lexicon.LINKING)
        for word in sorted(known | weak | self._short.keys()):
            if len(word) >= LEAST_MENDED:
                for less in without_letters(word):
                    found[less].append(word)
        return found

    def called(self, asked: Wording, codes: Iterable[str]) -> set[int]:
        """The rows that a text names by its words, its first letters or a code."""
        found = set(self.exact.get(asked.plain, ())[:MOST])
        for joined in asked.in_one:
            found.update(self.exact.get(joined, ())[:MOST])
        found.update(self.cores.get(asked.core, ())[:MOST])
        letters = normal.as_initials(asked.words)
        if letters:
            found.update(self.first_letters.get(letters, ())[:MOST])
        for code in (*codes, *asked.codes):
            for place in self.codes.get(code, ())[:MOST]:
                found.update(range(self.things[place].first, self.things[place].last))
        return found

    def words_of(self, place: int) -> frozenset[str]:
        """All words that tell in any name of a thing."""
        if place not in self._words_of:
            thing = self.things[place]
            rows = (self.rows[number] for number in range(thing.first, thing.last))
            self._words_of[place] = frozenset(
                word for row in rows for word in row.wording.core_words
            )
        return self._words_of[place]

    @cached_property
    def _words_of(self) -> dict[int, frozenset[str]]:
        return {}

    def cores_of(self, place: int) -> frozenset[str]:
        """The names of a thing, without weak words."""
        if place not in self._cores_of:
            thing = self.things[place]
            rows = (self.rows[number] for number in range(thing.first, thing.last))
            self._cores_of[place] = frozenset(row.wording.core for row in rows)
        return self._cores_of[place]

    @cached_property
    def _cores_of(self) -> dict[int, frozenset[str]]:
        return {}

    def place_of(self, iri: str) -> int | None:
        """The place of a thing, by its IRI."""
        return self._by_iri.get(iri)

    @cached_property
    def _by_iri(self) -> Mapping[str, int]:
        return {one.iri: place for place, one in enumerate(self.things)}

    def beginning(self, start: str) -> Iterator[tuple[str, int]]:
        """The names that begin so, in order, each with the thing that has it."""
        for place in range(bisect_left(self._in_order, (start, -1)), len(self._in_order)):
            if not self._in_order[place][0].startswith(start):
                return
            yield self._in_order[place]

    @cached_property
    def _in_order(self) -> Sequence[tuple[str, int]]:
        return sorted((row.wording.plain, row.thing) for row in self.rows)

    def grams(self) -> Mapping[str, npt.NDArray[Any]]:
        """The threes of letters of the names, as arrays."""
        return self._grams.arrays

    def alike(self, asked: Wording, alone: bool = True) -> list[int]:
        """The rows that share most of the rare threes of letters with a text.

        Where things of other groups of kinds may be meant as well, fewer are looked at.
        """
        if not alone:
            return self._grams.nearest(asked.plain, NEAR_AMONG_OTHERS)
        count = NEAR_IN_MANY_WORDS if self.rules in lexicon.STEMMED else NEAR
        found = self._grams.nearest(asked.plain, count)
        likely = self.vocabulary.likely(asked) if self.vocabulary else ()
        return list(dict.fromkeys([*found, *likely]))

    @cached_property
    def vocabulary(self) -> Vocabulary | None:
        """The words of all names together; None for things that have names, not descriptions."""
        return Vocabulary(self.things, self.rows, self.told) if self.told else None

    @cached_property
    def told(self) -> Told | None:
        """What the names tell that the vocabulary speaks from."""
        described = self.kind in lexicon.DESCRIBED
        return told(self.things, self.rows, self.rules) if described else None


@lru_cache(maxsize=1 << 12)
def core_of(text: str, rules: str) -> str:
    """The words that tell of a text, by the rules of a family of kinds."""
    return Wording.of(text, rules).core


def without_letters(word: str) -> set[str]:
    """A word, and all that it may be with one letter less.

    >>> sorted(without_letters("abc"))
    ['ab', 'abc', 'ac', 'bc']
    """
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def by_kind(names: Iterable[Name]) -> Mapping[str, list[Name]]:
    """Names sorted by what kind of thing they name."""
    found: dict[str, list[Name]] = defaultdict(list)
    for name in names:
        found[name.kind].append(name)
    return found
