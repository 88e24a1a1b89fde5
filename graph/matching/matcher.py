"""Answers what texts stand for: candidates with their probabilities, best first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from homegraph.graph.matching import kept, lexicon, normal
from homegraph.graph.matching import names as table
from homegraph.graph.matching.corrections import Correction, Corrections, read
from homegraph.graph.matching.index import Row, Shelf, Thing, Wording, by_kind
from homegraph.graph.matching.names import Name
from homegraph.graph.matching.question import WORDS, Candidate, Question
from homegraph.graph.matching.score import FEATURES, Asked, Model, features, group, model, shares
from homegraph.graph.matching.seen import NOTHING, spellings

SURE = 0.9  # what is called so by all its words, and so probable, needs no look at what is alike
MANY = ("lsoa", "msoa", "dataset")  # whose names say no words that others do not


@dataclass(frozen=True)
class Found:
    """What was found for one question: rows, with what speaks for each."""

    rows: list[tuple[Shelf, Row]]
    table: npt.NDArray[np.float64]

    def best(self, by: Model) -> dict[str, tuple[float, int]]:
        """By thing, the strength of the name that speaks most for it, and its place.

        That a text names nothing of one kind says nothing against a thing of another: what names
        nothing of ours counts among things of the kind of the strongest only.
        """
        found: dict[str, tuple[float, int]] = {}
        nothing: dict[str, tuple[float, int]] = {}
        if not self.rows:
            return found
        kinds = [shelf.kind for shelf, _ in self.rows]
        for place, strength in enumerate(by.strength(self.table, kinds).tolist()):
            shelf, row = self.rows[place]
            iri = shelf.things[row.thing].iri
            of, key = (found, iri) if iri != NOTHING else (nothing, shelf.kind)
            if key not in of or strength > of[key][0]:
                of[key] = strength, place
        strongest = max(found.values(), default=(0.0, 0))[1]
        if nothing and (not found or kinds[strongest] in nothing):
            found[NOTHING] = max(nothing.values()) if not found else nothing[kinds[strongest]]
        return found


class Matcher:
    """Holds all names of a release; the index of a kind is made when it is first asked for."""

    def __init__(
        self,
        names: Iterable[Name],
        by: Model | None = None,
        corrections: Iterable[Correction] = (),
        shelves: Mapping[str, Callable[[], Shelf]] | None = None,
    ) -> None:
        """Of some names; or of `shelves` that are made already, by how each is opened."""
        self._names = dict(by_kind(names))
        self._opening = shelves or {kind: partial(self._made, kind) for kind in self._names}
        self._corrections = Corrections(corrections)
        self._shelves: dict[str, Shelf] = {}
        self._model = by or model()

    @classmethod
    def read(cls, folder: Path, *, corrected: bool = True) -> Matcher:
        """The matcher of a release, with the corrections that were made until it was built.

        Without them for who has later ones, or wants to know what it would say by itself.
        Raises ReleaseTampered or SourceRejected when they cannot be read.
        """
        shelves, corrections = kept.read(folder), read(folder) if corrected else []
        if shelves is not None:
            return cls((), corrections=corrections, shelves=shelves)
        names = table.read(folder)
        return cls([*names, *spellings(names)], corrections=corrections)

    @classmethod
    def of_names(cls, names: Iterable[Name]) -> Matcher:
        """A matcher of these names, and of the spellings that were seen of what they name."""
        known = list(names)
        return cls([*known, *spellings(known)])

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of which there is anything."""
        return tuple(self._opening)

    def keep(self, folder: Path) -> None:
        """Write the index into the folder of a release, whose names are there already."""
        kept.write(folder, map(self.shelf, self.kinds), self._words)

    def warm_up(self) -> None:
        """Make what the first question would wait for; nothing where there is no kept index."""
        for kind in lexicon.DESCRIBED.intersection(self.kinds) if not self._names else ():
            _ = self.shelf(kind).vocabulary

    def shelf(self, kind: str) -> Shelf:
        """All names of a kind, indexed; raises KeyError when there are none."""
        if kind not in self._shelves:
            self._shelves[kind] = self._opening[kind]()
        return self._shelves[kind]

    def _made(self, kind: str) -> Shelf:
        return Shelf(kind, self._names[kind], self._words)

    @cached_property
    def _words(self) -> frozenset[str]:
        """The words of all names that are not one of very many."""
        return frozenset(
            word
            for kind, names in self._names.items()
            if kind not in MANY
            for one in names
            if one.how in {"label", "alternative", "former"} or one.iri == NOTHING
            for word in normal.words(one.text)
        )

    def ask(self, questions: Sequence[Question]) -> list[list[Candidate]]:
        """The candidates for each question, best first; what was asked before is not asked anew."""
        known: dict[tuple[object, ...], list[Candidate]] = {}
        answers = []
        for one in questions:
            key = one.text, one.kinds, one.limit, tuple(sorted(one.context.items()))
            if key not in known:
                known[key] = self.answer(one)
            answers.append(known[key])
        return answers

    def answer(self, question: Question) -> list[Candidate]:
        """The candidates for one question, best first; what people decided comes before all."""
        corrected = self._corrections.of(question.text, question.kinds, question.context)
        if corrected is None:
            return self._weighed(question)
        others = [
            replace(one, match=False) for one in self._weighed(question) if one.iri != corrected.iri
        ]
        thing = self.known(corrected.iri) if corrected.iri else None
        if thing is None:  # nothing of ours is meant, or what was meant is not here
            return others
        return [replace(thing, features={"corrected": 1.0}), *others][: max(1, question.limit)]

    def _weighed(self, question: Question) -> list[Candidate]:
        named = self.known(question.text.strip()) if ":" in question.text else None
        if named is not None and (not question.kinds or self._is_asked(named, question)):
            return [replace(named, features={"identifier": 1.0})]
        return weigh(self.found(question), self._model, question.limit)

    def found(self, question: Question) -> Found:
        """All that may be meant, before anything is decided.

        What is called so by all its words is enough if it is sure; otherwise what is alike is
        looked at as well.
        """
        shelves = [self.shelf(kind) for kind in self._asked_kinds(question.kinds)]
        alone = len({group(shelf.kind) for shelf in shelves}) == 1
        asked = {shelf.kind: as_asked(question, shelf, alone) for shelf in shelves}
        codes = {one for one in (fold(question.text), given(question)) if one}
        rows: list[tuple[Shelf, Row]] = []
        is_called = False
        places = []
        for shelf in shelves:
            mine = asked[shelf.kind]
            called = shelf.called(mine.wording, codes)
            for part in mine.parts:
                called |= shelf.called(part, ())
            is_called = is_called or mine.wording.plain in shelf.exact
            places.append(called)
            rows += [(shelf, shelf.rows[place]) for place in sorted(called)]
        found = self._compared(rows, asked)
        if is_called and self._is_sure(found):
            return found
        more = [
            (shelf, shelf.rows[place])
            for shelf, called in zip(shelves, places, strict=True)
            for place in shelf.alike(asked[shelf.kind].wording, alone)
            if place not in called
        ]
        return self._joined(found, self._compared(more, asked))

    def _compared(self, rows: list[tuple[Shelf, Row]], asked: Mapping[str, Asked]) -> Found:
        said = [features(asked[shelf.kind], shelf, row) for shelf, row in rows]
        return Found(rows, np.array(said, dtype=np.float64).reshape(len(rows), len(FEATURES)))

    def _joined(self, one: Found, other: Found) -> Found:
        return Found(one.rows + other.rows, np.concatenate([one.table, other.table]))

    def _is_sure(self, found: Found) -> bool:
        best = found.best(self._model)
        chances = shares(np.array([strength for strength, _ in best.values()]))
        # That a text names nothing of ours is no reason not to show what is like it.
        return any(
            chance >= SURE and iri != NOTHING
            for iri, chance in zip(best, chances.tolist(), strict=True)
        )

    def _asked_kinds(self, kinds: Sequence[str]) -> Iterator[str]:
        """The kinds that were asked for, each once, as far as there are any; all for none."""
        wanted = [one for kind in kinds for one in table.GROUPS.get(kind, (kind,))]
        return (kind for kind in dict.fromkeys(wanted or self.kinds) if kind in self._opening)

    def _is_asked(self, one: Candidate, question: Question) -> bool:
        return not set(one.kinds).isdisjoint(self._asked_kinds(question.kinds))

    def known(self, iri: str) -> Candidate | None:
        """A thing by its IRI; None for what has no name here."""
        for kind in self.kinds if iri else ():
            place = self.shelf(kind).place_of(iri)
            if place is not None:
                return candidate(self.shelf(kind).things[place], 1.0, True, {})
        return None

    def suggest(
        self, prefix: str, kinds: Sequence[str] = (), limit: int = 10, offset: int = 0
    ) -> list[Candidate]:
        """Things that have a name which begins with these letters, shortest first."""
        hits: dict[str, tuple[int, str, Thing]] = {}
        for kind in self._asked_kinds(kinds):
            start = " ".join(normal.words(prefix, normal.family(kind)))
            for text, thing in self._beginning(kind, start) if start else ():
                if thing.iri == NOTHING:
                    continue
                mine = len(text), thing.label, thing
                if thing.iri not in hits or mine[:2] < hits[thing.iri][:2]:
                    hits[thing.iri] = mine
        ranked = sorted(hits.values(), key=lambda one: (*one[:2], one[2].iri))
        return [candidate(one, 1.0, False, {}) for _, _, one in ranked[offset : offset + limit]]

    def _beginning(self, kind: str, start: str) -> Iterator[tuple[str, Thing]]:
        shelf = self.shelf(kind)
        return ((text, shelf.things[place]) for text, place in shelf.beginning(start))


def weigh(found: Found, by: Model, limit: int) -> list[Candidate]:
    """What was found as candidates, best first; what names nothing of ours takes its share."""
    best = found.best(by)
    if not best:
        return []
    chances = shares(np.array([strength for strength, _ in best.values()])).tolist()
    ranked = sorted(zip(chances, best.items(), strict=True), key=lambda one: (-one[0], one[1]))
    kinds = {shelf.kind for shelf, _ in found.rows}
    match_at = by.match_at(kinds)
    answers: list[Candidate] = []
    for place, (chance, (iri, (_, number))) in enumerate(ranked):
        if iri == NOTHING:
            continue
        if len(answers) == max(1, limit):
            break
        shelf, row = found.rows[number]
        said = dict(zip(FEATURES, found.table[number].tolist(), strict=True))
        match = place == 0 and chance >= match_at and is_safe(said, shelf)
        answers.append(candidate(shelf.things[row.thing], chance, match, said))
    return answers


def is_safe(said: Mapping[str, float], shelf: Shelf) -> bool:
    """Whether nothing forbids to take a name for what was asked, however probable it is.

    Numbers, or words such as north, that contradict each other do; and a number that the name has
    not, but in descriptions of offences, which say ages and sections that names leave out. Nor may
    a word be left over in what is asked for as a place or a force: "Ltd" or "Museum" after its name
    is another thing, unless a code says which it is. A title that is worded otherwise is another
    post: many bodies have a director of the same.
    """
    if said["marks clash"]:
        return False
    if said["code"]:
        return True
    if said["all parts"]:
        return True
    if shelf.rules in lexicon.TITLES and not (said["same core"] or said["joined"]):
        return False
    number_left = said["number left"] and shelf.rules not in lexicon.STEMMED
    return not number_left and not (said["asked left"] and shelf.rules in lexicon.WHOLE)


def as_asked(question: Question, shelf: Shelf, alone: bool) -> Asked:
    """A question as it is compared with the names on a shelf, alone or beside other groups'."""
    words = normal.words(question.text, shelf.rules)
    mended = tuple(map(shelf.mended, words))
    wording = Wording.of_words(mended, shelf.rules)
    return Asked(
        wording,
        sum(one != other for one, other in zip(words, mended, strict=True)),
        fold(question.text),
        given(question),
        question.context.get("parent", "").strip(),
        question.context.get("period", "").strip(),
        tuple(
            Wording.of_words(tuple(map(shelf.mended, said)), shelf.rules)
            for said in (normal.words(part, shelf.rules) for part in normal.parts(question.text))
            if said
        ),
        alone,
        frozenset(wording.core_words),
        wording.weak_words,
        wording.in_one,
        normal.as_initials(mended),
        wording.codes,
    )


def given(question: Question) -> str:
    """The code that was given beside the text, or nothing."""
    return fold(question.context.get("code", ""))


def fold(text: str) -> str:
    """A text as codes are compared."""
    return text.strip().casefold()


def candidate(thing: Thing, score: float, match: bool, said: Mapping[str, float]) -> Candidate:
    """A thing as an answer tells it."""
    within = f" in {thing.context}" if thing.context and thing.context != thing.label else ""
    description = f"{WORDS.get(thing.kind, thing.kind)}{within}"
    return Candidate(
        thing.iri, thing.label, (thing.kind,), round(score, 4), match, said, description
    )
