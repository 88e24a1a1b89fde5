"""What the words of all names of a thing say together, where things are described in many words.

A description of an offence is seldom one of our names of it; its words stand in several. Each word,
each two that follow one another and each respect (see aspects.py) speaks for the things in whose
names it stands more often than in others, by the logarithm of how much more often (naive Bayes,
smoothed by how often it stands in any). A thing that says another of a respect than the text does
is set back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from homegraph.graph.matching import aspects, normal

if TYPE_CHECKING:
    from homegraph.graph.matching.index import Row, Thing, Wording

SMOOTHED = 2.0  # names with the usual words that each thing has beside its own
SET_BACK = 3.0  # for each respect in which a thing is another
LIKELY = 8  # things that are looked at because of their words
WIDEST = 4.0  # what is more does not speak louder
MOST = 3  # more respects do not speak louder
MUCH_ALIKE = 0.5  # of the words of the shorter label; such things differ in a respect only
REMEMBERED = 1 << 10


class Spoken(NamedTuple):
    """What a text's words say of each column: how much by each, and the gap to the best other."""

    fits: list[float]
    gaps: list[float]
    first: list[int]  # the columns that they speak most for, best first


class Respects(NamedTuple):
    """What a label says of each respect, and what labels like it say, its own among them."""

    said: Mapping[str, str]
    beside: Mapping[str, Collection[str]]


class Told(NamedTuple):
    """What the names of the things on a shelf tell; what names nothing of ours is one, the last."""

    places: Sequence[int]  # of the things
    respects: Sequence[Respects]  # of the things
    none: npt.NDArray[np.float64]  # what a known word that is in none of its names says of each
    # For each word those in whose names it is, in int32, and how much more that says, in float32.
    found: Mapping[str, Sequence[npt.NDArray[Any]]]


def told(things: Sequence[Thing], rows: Sequence[Row], rules: str) -> Told:
    """Read the names of things."""
    places = [place for place, thing in enumerate(things) if thing.iri]
    nothing = len(places)
    columns = {place: column for column, place in enumerate(places)}
    names = np.zeros(nothing + 1)
    cells: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        if row.how != "code":
            column = columns.get(row.thing, nothing)
            names[column] += 1
            for token in tokens(row.wording):
                cells[token][column] += 1
    # Of all tokens at once: one by one, most of the time would go to arrays of one number.
    sizes = [len(counts) for counts in cells.values()]
    totals = np.array([counts.total() for counts in cells.values()])
    usual = np.repeat(SMOOTHED * (totals + 0.5) / (names.sum() + 1), sizes)
    inside = [one for counts in cells.values() for one in sorted(counts.items())]
    at, often = np.array(inside, np.int32).reshape(-1, 2).T.copy()
    more = np.log1p(often / usual).astype(np.float32)
    ends = np.cumsum(sizes, dtype=np.int64).tolist()
    found = {
        token: (at[end - size : end], more[end - size : end])
        for token, size, end in zip(cells, sizes, ends, strict=True)
    }
    respects = respects_of([things[place] for place in places], rules)
    return Told(places, respects, np.log(SMOOTHED / (names + SMOOTHED)), found)


def respects_of(things: Sequence[Thing], rules: str) -> list[Respects]:
    """For each thing what its label says of each respect, and the labels like it in its group."""
    labels = [label_of(thing, rules) for thing in things]
    each = [aspects.said(" ".join(words)) for words in labels]
    cores = [frozenset(normal.core(one, rules)) for one in labels]
    groups: dict[str, list[int]] = defaultdict(list)
    for column, thing in enumerate(things):
        groups[thing.context].append(column)
    found = []
    for mine, (thing, words) in enumerate(zip(things, cores, strict=True)):
        values = defaultdict(set, {name: set(said) for name, said in aspects.ALWAYS.items()})
        for other in groups[thing.context]:
            least = MUCH_ALIKE * min(len(words), len(cores[other]))
            if other == mine or len(words & cores[other]) >= least:
                for name, value in each[other].items():
                    values[name].add(value)
        found.append(Respects(each[mine], dict(values)))
    return found


def label_of(thing: Thing, rules: str) -> tuple[str, ...]:
    """The words of a label, without the code that it begins with."""
    words = normal.words(thing.label, rules)
    return words[1:] if words[:1] and words[0] in thing.codes and len(words) > 1 else words


class Vocabulary:
    """The words of all names of the things on a shelf."""

    def __init__(self, things: Sequence[Thing], rows: Sequence[Row], told: Told) -> None:
        self._things, self._rows = things, rows
        self._places, self._respects, self._none, self._found = told
        self._columns = {place: column for column, place in enumerate(self._places)}
        self.spoken = lru_cache(REMEMBERED)(self._spoken)
        self._set_back = lru_cache(REMEMBERED)(self._backwards)

    def compared(self, asked: Wording, place: int) -> aspects.Compared:
        """In how many respects a text and a thing agree or clash, or one says nothing."""
        column = self._columns.get(place)
        if column is None:
            return aspects.Compared(0, 0, 0, 0)
        mine = aspects.said(asked.plain)
        return aspects.compared(mine, *self._respects[column])

    def _backwards(self, said: tuple[tuple[str, str], ...]) -> npt.NDArray[np.float64]:
        """How far each column is set back for a text that says this."""
        mine = dict(said)
        back = np.zeros(len(self._none))
        for column, theirs in enumerate(self._respects):
            one = aspects.compared(mine, *theirs)
            back[column] = SET_BACK * (one.clash + one.lacking)
        return back

    def _spoken(self, asked: Wording) -> Spoken:
        asked_tokens = tokens(asked)
        said, known = np.zeros(len(self._none)), 0
        for token in asked_tokens:
            if (cells := self._found.get(token)) is not None:
                at, more = cells
                said[at] += more
                known += 1
        if not known:
            nobody = [0.0] * len(said)
            return Spoken(nobody, nobody, list(range(LIKELY))[: len(self._places)])
        said += known * self._none
        fits = said / len(asked_tokens)
        said = said / known**0.5 - self._set_back(tuple(aspects.said(asked.plain).items()))
        gaps = said - said.max()
        if len(said) > 1:
            gaps[said.argmax()] = said.max() - np.partition(said, -2)[-2]
        first = np.argsort(-gaps[: len(self._places)], kind="stable")[:LIKELY]
        return Spoken(fits.tolist(), gaps.tolist(), first.tolist())

    def features(self, asked: Wording, place: int) -> list[float]:
        """What speaks for a thing: as score.FEATURES has it from "aspects agree" on."""
        spoken, column = self.spoken(asked), self._columns.get(place, -1)
        compared = (min(count, MOST) for count in self.compared(asked, place))
        said = (max(-WIDEST, min(WIDEST, one[column])) for one in (spoken.fits, spoken.gaps))
        return [*map(float, compared), *said]

    def likely(self, asked: Wording) -> Iterable[int]:
        """The row with most words of a text, of each thing that its words speak most for."""
        mine = frozenset(asked.core_words)
        for column in self.spoken(asked).first:
            thing = self._things[self._places[column]]
            rows = range(thing.first, thing.last)
            yield max(rows, key=lambda one: in_common(mine, self._rows[one].wording.core_words))


def tokens(wording: Wording) -> set[str]:
    """The words that tell in a text, each two that follow, and the respects that it speaks of."""
    words = wording.core_words
    said = (f"{name}={value}" for name, value in aspects.said(wording.plain).items())
    return {*words, *(f"{one} {other}" for one, other in pairwise(words)), *said}


def in_common(words: frozenset[str], others: Iterable[str]) -> float:
    """The share of words in common."""
    theirs = frozenset(others)
    return len(words & theirs) / (len(words | theirs) or 1)
