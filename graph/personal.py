"""Personal data in text: finds what the rules of shapes/privacy.ttl forbid, and masks it.

A rule there is a node shape with privacy:forbids, a regular expression for whole words: neither
letter nor digit may stand right beside what it matches. Where form alone cannot tell, a check of
graph/personal_checks.py, named by privacy:checkedBy, has the last word. A rule holds for the
text of every literal, and for `readable` of every IRI, except as the value of the properties
named by privacy:exceptIn.

`suspect` and `suspect_iri` are a quick look that almost all text passes; only what they stop is
worth asking each pattern about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import unquote

from homegraph.graph.errors import MetadataError
from homegraph.graph.personal_checks import CHECKS, Check, said
from homegraph.graph.terms import PRIVACY, RDFS, SH

# Every rule needs an @, ten digits, six and a letter, one and a few letters, or one of the words.
DIGITS = re.compile(
    r"[@0-9](?:(?<=@)|(?<![0-9][0-9])(?:(?:[ ().-]{0,4}[0-9]){9}"
    r"|(?:[ .-]{0,2}[0-9]){5}[ .-]{0,2}[A-Za-z](?![A-Za-z])|[0-9]*+ ?[A-Za-z]{2,3}(?![0-9A-Za-z])))"
)
WORDS = re.compile(
    "victim|offender|suspect|witness|complainant|defendant|accused|perpetrator|aggrieved"
    "|injured party|informant|deceased|missing person|passport|p<gbr|national insurance|nino"
    r"|ni[ :#=-]|born|birth|d[.]? ?o[.]? ?b|vr[mn]|number plate|index mark|reg[ .:#]|registration"
)
LABEL = re.compile(
    r"On or near.*(?:[;:@]|[^\w'’\ufffd][a-zß-ž]|M(?:rs?|s|iss|x)[. ]|[0-9][./-][0-9])"
    r"|On or near [0-9]+ "
)
POINT = re.compile(r"POINT\(-?[0-9]{1,3}(?:\.[0-9]+)? -?[0-9]{1,2}(?:\.[0-9]+)?\)")
LONGEST_WORD = 20  # nothing that a rule forbids is one word of more letters and digits
SHORTEST = 5  # nothing shorter tells a person: the shortest postcode is M11AA
FEWEST_DIGITS = 9  # fewer, without a word that says what they are, are not looked for
MORE_NAMES = re.compile(r"(?:(?:,? (?:and|or)|,| &|-)? [A-ZÀ-Þ][\w'-]*[.]?)+")
ENCODED = re.compile(r"[^\s<>\"]*%[0-9A-Fa-f]{2}[^\s<>\"]*")
# Blanks, dashes and full-width letters that look like those on a keyboard, one for one.
ALIKE: dict[int, str | int] = {
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\t\n\r"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-"),
    ord("\u2019"): "'",
    **{letter: letter - 0xFEE0 for letter in range(0xFF01, 0xFF5F)},
}
ODD = re.compile(f"[{''.join(map(chr, ALIKE))}]")


@dataclass(frozen=True)
class Pattern:
    """One rule on text: its shape, what it finds, and the properties (IRIs) that may hold it."""

    shape: str
    label: str
    regex: re.Pattern[str]
    check: Check | None
    exceptions: frozenset[str]

    def found(self, text: str) -> bool:
        """Whether a text holds what the rule forbids."""
        return next(self.matches(plain(text)), None) is not None

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """All that the rule forbids in a text that is `plain`."""
        start = 0
        while match := self.regex.search(text, start):
            right = self.check is None or self.check(match)
            if right:
                yield match
            start = match.end() if right else match.start() + 1


@cache
def patterns() -> tuple[Pattern, ...]:
    """The rules on text; raises MetadataError for one that names a check which is not there."""
    found = []
    for shape, values in sorted(said().items(), key=lambda item: item[0].value):
        if not values[PRIVACY.forbids]:
            continue
        (form,), (label,) = values[PRIVACY.forbids], values[RDFS.label]
        named = "".join(values[PRIVACY.checkedBy])
        if named and named not in CHECKS:
            raise MetadataError(f"{shape.value}: no check is called {named!r}")
        flags = re.IGNORECASE if "i" in "".join(values[SH.flags]) else re.NOFLAG
        regex = re.compile(rf"(?<![0-9A-Za-z])(?:{form})(?![0-9A-Za-z])", flags)
        exceptions = frozenset(values[PRIVACY.exceptIn])
        found.append(Pattern(shape.value, label, regex, CHECKS.get(named), exceptions))
    return tuple(found)


def suspect(text: str) -> bool:
    """Whether any pattern may match a text: a quick look that is never wrong about a No.

    >>> suspect("On or near High Street"), suspect("Seen by AB 12 34 56 C")
    (False, True)
    """
    if len(text) < SHORTEST or (len(text) > LONGEST_WORD and text.isalnum()):
        return False
    return suspicious(text)


@lru_cache(maxsize=1 << 14)
def suspicious(text: str) -> bool:
    """Look for what any of the patterns needs."""
    if text.startswith("POINT(") and POINT.fullmatch(text):
        return False  # coordinates have rules of their own
    text = plain(text)
    if DIGITS.search(text) or WORDS.search(text.lower()):
        return True
    return "On or near" in text and LABEL.search(text) is not None


def suspect_iri(iri: str) -> bool:
    """Whether any pattern may match what can be read in an IRI.

    >>> suspect_iri("http://example.org/id/incident/kent/2024-01/2345")
    False
    """
    start, _, end = iri.rpartition("/")
    if len(end) < SHORTEST or (len(end) < FEWEST_DIGITS and end.isdigit()):
        return suspicious_iri(start)  # which many names have in common
    return suspicious_iri(iri)


@lru_cache(maxsize=1 << 14)
def suspicious_iri(iri: str) -> bool:
    """Look for what any of the patterns needs."""
    return suspicious.__wrapped__(readable(iri))


def readable(iri: str) -> str:
    """What can be read in an IRI: what follows the scheme and the host, decoded.

    >>> readable("mailto:jo@example.org"), readable("http://example.org/id/a%20b?c+d")
    ('jo@example.org', 'id/a b?c d')
    """
    _, _, rest = iri.partition(":")
    if rest.startswith("//"):
        rest = rest[2:].partition("/")[2]
    if "?" in rest:
        rest = rest.replace("+", " ")
    if "%" in rest:
        rest = rest.replace("%20", " ")  # the commonest, much faster than unquote
    return unquote(rest) if "%" in rest else rest


def offences(text: str, predicate: str = "") -> list[Pattern]:
    """The patterns that a text breaks as the value of a property (an IRI)."""
    if not suspect(text):
        return []
    return [
        pattern
        for pattern in patterns()
        if predicate not in pattern.exceptions and pattern.found(text)
    ]


@lru_cache(maxsize=1 << 14)
def masked(text: str) -> str:
    """The text with what is personal in it replaced by what it is.

    >>> masked("Seen by AB 12 34 56 C"), masked("/id/AB%20123456%20C")
    ('Seen by [national insurance number]', '/id/[national insurance number]')
    """
    if "%" in text:
        text = ENCODED.sub(decoded, text)
    if not suspect(text):
        return text
    alike = plain(text)
    spans = sorted(
        (match.start(), -match.end(), pattern.label)
        for pattern in patterns()
        for match in pattern.matches(alike)
    )
    kept, done = [], 0
    for start, end, label in spans:
        if start >= done:
            kept += [text[done:start], f"[{label}]"]
        done = max(done, -end)
        if label.startswith("name") and (more := MORE_NAMES.match(alike, done)):
            done = more.end()
    return "".join([*kept, text[done:]])


def decoded(match: re.Match[str]) -> str:
    """A word with percent signs: masked when decoding shows personal data, else left alone."""
    text = unquote(match[0])
    hidden = masked(text) if "%" not in text else text
    return match[0] if hidden == text else hidden


def plain(text: str) -> str:
    """The text with letters, blanks and dashes of a keyboard, of the same length."""
    return text.translate(ALIKE) if ODD.search(text) else text
