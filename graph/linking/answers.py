"""What the questions of a table are answered: by people's corrections, or else by matching."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from homegraph.graph.linking.wanted import Asked
from homegraph.graph.matching import names
from homegraph.graph.matching.corrections import Correction, Corrections
from homegraph.graph.matching.names import Name
from homegraph.graph.matching.question import Candidate

MATCHED, REVIEW, NONE, CORRECTED = "matched", "review", "none", "corrected"
STATUSES = (MATCHED, CORRECTED, REVIEW, NONE)
LOW = 0.05  # where nothing is more probable than this, nothing was found


class Shown(NamedTuple):
    """A candidate, as files show it."""

    uri: str
    label: str
    score: float


class Answer(NamedTuple):
    """The answer to a question: its status, and the candidates, best first."""

    status: str
    candidates: tuple[Shown, ...] = ()

    @property
    def best(self) -> Shown | None:
        """The thing that is meant, or the one that most probably is; None without any."""
        return self.candidates[0] if self.candidates else None

    @property
    def link(self) -> Shown | None:
        """The thing that is linked to; None where nobody is sure."""
        return self.best if self.status in {MATCHED, CORRECTED} else None


NOTHING = Answer(NONE)


class Things:
    """What is known of the things of a release without any matching: labels, kinds and codes."""

    def __init__(self, some: Iterable[Name]) -> None:
        self._labels: dict[str, str] = {}
        self._kinds: dict[str, set[str]] = {}
        self._codes: dict[str, set[str]] = {}
        for one in some:
            self._kinds.setdefault(one.iri, set()).add(one.kind)
            if one.how == "code":
                self._codes.setdefault(one.iri, set()).add(folded(one.text))
            # A name without the code before it comes from the same label, which is longer.
            elif one.how == "label" and len(one.text) > len(self._labels.get(one.iri, "")):
                self._labels[one.iri] = one.text

    def __contains__(self, uri: str) -> bool:
        return uri in self._kinds

    def label(self, uri: str) -> str:
        """What a thing is called."""
        return self._labels.get(uri, uri)

    def kinds(self, uri: str) -> set[str]:
        """What kinds a thing is of; none when it is not in the release."""
        return self._kinds.get(uri, set())

    def is_of(self, uri: str, kinds: Iterable[str]) -> bool:
        """Whether a thing is of one of these kinds."""
        asked = {one for kind in kinds for one in names.GROUPS.get(kind, (kind,))}
        return not asked.isdisjoint(self.kinds(uri))

    def has_code(self, uri: str, *texts: str) -> bool:
        """Whether one of the texts is a code of a thing: then it is named, and not only called."""
        codes = self._codes.get(uri, set())
        return any(folded(text) in codes for text in texts if text)


def folded(text: str) -> str:
    """A text as codes are compared."""
    return text.strip().casefold()


def of_matching(found: Sequence[Candidate], threshold: float | None) -> Answer:
    """The answer that matching gave; a threshold takes the place of what it calls safe."""
    shown = tuple(Shown(one.iri, one.label, one.score) for one in found if one.score)
    if not found or found[0].score < LOW:
        return Answer(NONE, shown)
    first = found[0]
    is_safe = first.match if threshold is None else first.score >= threshold
    return Answer(MATCHED if is_safe else REVIEW, shown)


def corrected(
    asked: Iterable[Asked], corrections: Corrections, things: Things
) -> tuple[dict[Asked, Answer], set[str]]:
    """The questions that people answered, and the URIs they gave that the release does not have.

    A correction to a thing that is no longer there is not used, as nothing could be found behind
    its URI; neither is one to a thing of a kind that is not asked for.
    """
    found: dict[Asked, Answer] = {}
    gone: set[str] = set()
    for one in asked if len(corrections) else ():
        correction = corrections.of(one.text, one.kinds, one.context)
        if correction is None:
            continue
        if correction.iri and correction.iri not in things:
            gone.add(correction.iri)
        elif not correction.iri or things.is_of(correction.iri, one.kinds):
            found[one] = given(correction, things)
    return found, gone


def given(one: Correction, things: Things) -> Answer:
    """The answer in a correction."""
    if not one.iri:
        return Answer(CORRECTED)
    return Answer(CORRECTED, (Shown(one.iri, things.label(one.iri), 1.0),))
