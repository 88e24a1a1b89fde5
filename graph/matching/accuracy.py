"""How often matching is right, measured on labelled pairs that it was not tuned on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Self

from homegraph.graph.matching import labelled
from homegraph.graph.matching.corrections import Correction, whole
from homegraph.graph.matching.labelled import Pair
from homegraph.graph.matching.names import Name
from homegraph.graph.matching.question import Candidate, Question

if TYPE_CHECKING:
    from homegraph.graph.matching.matcher import Matcher

BINS = 10
COMING = ("organisation", "dataset", "post")  # kinds of which other sources bring more
FIRST = 3  # candidates among which the right one should be


class Answered(NamedTuple):
    """A pair with what matching answered."""

    list_name: str
    pair: Pair
    candidates: list[Candidate]

    @property
    def score(self) -> float:
        """The probability of the first candidate; 0 without any."""
        return self.candidates[0].score if self.candidates else 0.0

    @property
    def is_right(self) -> bool:
        """Whether the first candidate is the thing."""
        return bool(self.candidates) and self.candidates[0].iri == self.pair.iri

    @property
    def matched(self) -> bool:
        """Whether it was said to be safe."""
        return bool(self.candidates) and self.candidates[0].match

    @property
    def among_first(self) -> bool:
        """Whether the thing is among the first candidates."""
        return self.pair.iri in {one.iri for one in self.candidates[:FIRST]}


@dataclass(frozen=True)
class Mistake:
    """A pair that was matched wrongly, or not at all, as a page tells it."""

    text: str
    kinds: str
    context: dict[str, str]
    iri: str  # what it stands for; nothing where nothing of ours is meant
    label: str
    said: str  # the first candidate
    said_label: str
    score: float
    source: str = ""


@dataclass(frozen=True)
class Counted:
    """The corrections that people made for the kinds of a list, beside what matching says alone."""

    given: int = 0
    alone_right: int = 0
    alone_wrong: int = 0


@dataclass(frozen=True)
class Accuracy:
    """What was measured on the pairs of one list, or of all."""

    list_name: str
    pairs: int
    answerable: int  # those that stand for a thing
    matched: int
    right: int  # matched, and rightly
    among_first: int
    first: int
    calibration_error: float
    curve: tuple[tuple[float, float, int], ...]  # mean probability, share right, how many
    absent: int = 0  # pairs that were not asked, as what they stand for is not here
    errors: tuple[Mistake, ...] = field(default=(), repr=False)  # matched, and wrongly
    missed: tuple[Mistake, ...] = field(default=(), repr=False)  # not matched, but answerable
    corrections: Counted = Counted()

    @property
    def shares(self) -> dict[str, float | None]:
        """The shares as they are published; None for a share of nothing."""
        counts = {
            "precision": (self.right, self.matched),
            "recall": (self.right, self.answerable),
            "first_right": (self.first, self.answerable),
            "among_three": (self.among_first, self.answerable),
        }
        return {name: round(part / of, 4) if of else None for name, (part, of) in counts.items()}

    @property
    def precision(self) -> float:
        """How many of those matched are right; 1 when nothing was."""
        return self.right / self.matched if self.matched else 1.0

    @property
    def recall(self) -> float:
        """How many of those that stand for a thing were matched to it."""
        return self.right / self.answerable if self.answerable else 1.0

    @property
    def first_right(self) -> float:
        """How often the first candidate is the thing."""
        return self.first / self.answerable if self.answerable else 1.0

    @property
    def among_three(self) -> float:
        """How often the thing is among the first three."""
        return self.among_first / self.answerable if self.answerable else 1.0


class Present(NamedTuple):
    """What is known where pairs are asked, which decides whether a pair can be."""

    iris: frozenset[str]
    kinds: frozenset[str]
    called: frozenset[tuple[str, str]]  # kinds of COMING and texts in small letters

    @classmethod
    def of(cls, names: Iterable[Name]) -> Self:
        """What some names are of."""
        known = list(names)
        called = {(one.kind, one.text.casefold()) for one in known if one.kind in COMING}
        return cls(
            frozenset(one.iri for one in known),
            frozenset(one.kind for one in known),
            frozenset(called),
        )

    def has_come(self, pair: Pair) -> bool:
        """Whether what was none of ours when it was labelled is called so here."""
        asked = whole(pair.kinds.split())
        return not pair.iri and any((one, pair.text.casefold()) in self.called for one in asked)

    def has(self, pair: Pair) -> bool:
        """Whether a pair's thing is here; or, if it stands for nothing, whether that still holds.

        Where there is nothing of a kind, there is nothing to ask either.
        """
        if pair.iri:
            return pair.iri in self.iris
        return not self.has_come(pair) and not self.kinds.isdisjoint(whole(pair.kinds.split()))


def pairs(part: str) -> list[tuple[str, Pair]]:
    """All labelled pairs of a part, each with the name of its list."""
    return [
        (name, pair)
        for name in labelled.lists()
        for pair in labelled.pairs(name)
        if pair.split == part
    ]


def question(pair: Pair) -> Question:
    """What a pair asks."""
    return Question(pair.text, tuple(pair.kinds.split()), pair.context)


def answered(matcher: Matcher, some: Sequence[tuple[str, Pair]]) -> list[Answered]:
    """What matching says to each pair."""
    answers = matcher.ask([question(pair) for _, pair in some])
    return [Answered(*one, answer) for one, answer in zip(some, answers, strict=True)]


def measured(
    list_name: str,
    found: Sequence[Answered],
    matcher: Matcher | None = None,
    absent: int = 0,
    corrections: Counted = Counted(),
) -> Accuracy:
    """Measure what was answered; a matcher tells what the things are called."""
    answerable = [one for one in found if one.pair.iri]
    matched = [one for one in found if one.matched]
    error, curve = calibration(found)
    return Accuracy(
        list_name,
        len(found),
        len(answerable),
        len(matched),
        sum(one.is_right for one in matched),
        sum(one.among_first for one in answerable),
        sum(one.is_right for one in answerable),
        error,
        curve,
        absent,
        tuple(mistake(one, matcher) for one in matched if not one.is_right),
        tuple(mistake(one, matcher) for one in answerable if not one.matched),
        corrections,
    )


def mistake(one: Answered, matcher: Matcher | None) -> Mistake:
    """A pair that was not answered rightly, as a page tells it."""
    pair, first = one.pair, one.candidates[0] if one.candidates else None
    known = matcher.known(pair.iri) if matcher and pair.iri else None
    return Mistake(
        pair.text,
        pair.kinds,
        pair.context,
        pair.iri,
        known.label if known else "",
        first.iri if first else "",
        first.label if first else "",
        one.score,
        pair.source,
    )


def by_list(found: Sequence[Answered]) -> list[Accuracy]:
    """What was measured per list, and on all together at the end."""
    lists = sorted({one.list_name for one in found})
    each = [measured(name, [one for one in found if one.list_name == name]) for name in lists]
    return [*each, measured("all", found)]


def counted(alone: Matcher, some: Iterable[Correction], kinds: frozenset[str]) -> Counted:
    """The corrections for these kinds, beside what a matcher that does not know them answers."""
    mine = [one for one in some if not kinds or kinds & whole(one.kinds.split())]
    asked = [Question(one.text, tuple(one.kinds.split()), one.context) for one in mine]
    right = 0
    for one, candidates in zip(mine, alone.ask(asked), strict=True):
        said = candidates[0].iri if candidates and candidates[0].match else ""
        right += said == one.iri
    return Counted(len(mine), right, len(mine) - right)


def calibration(
    found: Iterable[Answered],
) -> tuple[float, tuple[tuple[float, float, int], ...]]:
    """Expected calibration error of the first candidate's probability, and the curve behind it.

    The error is the mean distance between what was said and what was, over bins of equal width,
    weighted by how many answers each has (Naeini, Cooper and Hauskrecht, 2015).
    """
    bins: list[list[Answered]] = [[] for _ in range(BINS)]
    for one in found:
        if one.candidates:
            bins[min(BINS - 1, int(one.score * BINS))].append(one)
    count = sum(map(len, bins)) or 1
    curve = tuple(
        (sum(one.score for one in some) / len(some), sum(one.is_right for one in some) / len(some),
         len(some))
        for some in bins
        if some
    )  # fmt: skip
    return sum(abs(said - was) * of for said, was, of in curve) / count, curve
