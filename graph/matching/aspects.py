"""What a description of an offence says beside its words: sex, age, place, whether attempted.

The classes of the Home Office counting rules differ in few respects within a group: damage to a
dwelling, another building, a vehicle or something else; rape by the victim's sex and age; drugs by
whether they are had or supplied, and whether they are cannabis. A text that says another of these
than a class's label does is not of that class, however many words they share; the words for them
are many, and one may stand in the other ("dwelling", "other than a dwelling"). The respects are
those of the labels in the list of classes; what a class's label leaves open is not compared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Set
from functools import lru_cache
from typing import NamedTuple

CAR = r"(?:vehicle|car\b)"
# For each respect its values, the first that is found holds; a text is as normal.words spells it.
SAID: Mapping[str, tuple[tuple[str, str], ...]] = {
    "attempted": (("", r"excluding attempt"), ("yes", r"attempt")),
    "racially": (("", r"non raci"), ("yes", r"raci(?:al|st)|religio|hate ")),
    "distraction": (("yes", r"distraction"),),
    "aggravated": (("yes", r"(?<!racially )(?<!religiously )aggravated"),),
    "place": (
        ("building", r"(?:other|non|not)(?: \w+){0,3} (?:dwelling|residential|residence)"),
        ("building", r"non ?dwelling|business|commercial|community|other building"),
        ("dwelling", r"dwelling|residen|domestic|home|house"),
        ("building", r"building|school|office|shed|garage"),
        ("vehicle", r"(?:motor )?vehicle|car\b|van\b"),
    ),
    "sex": (("female", r"female|wom[ae]n|girl"), ("male", r"male|m[ae]n\b|boy")),
    "age": (
        ("13", r"(?:under|less than|below) (?:the age of )?(?:13|thirteen)"),
        (
            "over",
            r"(?:over|aged?) (?:the age of )?(?:1[36]|sixteen)(?: years)? (?:and|or) over",
        ),
        ("over", r"1[36]\w* (?:years )?(?:of age )?(?:(?:and|or) )?(?:over|above)|over 1[36]"),
        ("16", r"(?:under|less than|below) (?:the age of )?(?:16|sixteen)"),
    ),
    "officer": (
        ("", r"(?:exclu\w*|not|other than)(?: \w+){0,2} (?:constable|police|pc\b)"),
        ("yes", r"constable|police|pc\b|officer"),
    ),
    # Of a car or from it: the small words are all that tells.
    "theft": (
        ("vehicle", rf"(?:theft|stealing|tak\w+)(?: \w+){{0,4}} of(?: \w+){{0,2}} {CAR}"),
        ("inside", rf"(?:theft|stealing|stolen)(?: \w+){{0,4}} from(?: \w+){{0,3}} {CAR}"),
    ),
    "injury": (
        ("without", r"without (?:\w+ )?injury|common assault|no injury|section 39\b"),
        ("with", r"injury|actual bodily|wound|grievous|section (?:18|20|47)\b"),
    ),
    "drug": (
        ("other", r"(?:exclu\w*|non|not|other than) cannabis"),
        ("cannabis", r"cannabis|marijuana"),
        (
            "other",
            r"heroin|cocaine|crack|lsd|mdma|ecstasy|amphetamine|methadone|ketamine|ghb|steroid|"
            r"synthetic|mephedrone|methamphetamine|piperazine|class [abc]\b",
        ),
    ),
    "dealing": (
        ("yes", r"suppl|produc|import|export|traffic|cultivat|offer|manufactur|dealing|prod\b"),
        ("no", r"possess|having"),
    ),
    "victim": (("business", r"business|commercial"), ("personal", r"person")),
    "life": (("no", r"not endanger|without endanger"), ("yes", r"endanger|danger to life")),
    "intent": (
        ("no", r"without intent|no intent|section 20\b"),
        ("yes", r"intent|section 18\b"),
    ),
}


def at_word(*patterns: str) -> re.Pattern[str]:
    """What finds any of some patterns where a word begins."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


# Most texts say nothing of most respects; for each, one pattern finds that out.
ASPECTS = [
    (
        name,
        at_word(*(pattern for _, pattern in values)),
        [(value, at_word(pattern)) for value, pattern in values],
    )
    for name, values in SAID.items()
]


@lru_cache(maxsize=1 << 13)
def said(text: str) -> Mapping[str, str]:
    """The respects that a text says something of, and what.

    >>> dict(said("attempted rape of a female aged 16 and over"))
    {'attempted': 'yes', 'sex': 'female', 'age': 'over'}
    """
    found = {}
    for name, anything, values in ASPECTS:
        if anything.search(text):
            value = next(value for value, pattern in values if pattern.search(text))
            if value:
                found[name] = value
    return found


# Respects that tell things apart whatever else is said of them, with their values.
ALWAYS: Mapping[str, Set[str]] = {"racially": {"yes"}, "theft": {"vehicle", "inside"}}
# What is meant where nothing is said of a respect that is told of what differs from it.
UNLESS_SAID = {
    **dict.fromkeys(("attempted", "racially", "distraction", "aggravated", "officer"), "no"),
    "age": "over",
    "place": "other",
}


class Compared(NamedTuple):
    """In how many respects a text and a label agree or clash, or one of them says nothing."""

    agree: int
    clash: int
    lacking: int  # the text says something that a label like this one says as well
    unsaid: int  # the label says something, and the text nothing


def compared(
    mine: Mapping[str, str], theirs: Mapping[str, str], beside: Mapping[str, Collection[str]]
) -> Compared:
    """Compare what a text says with what a label says, in what labels like it say anything of."""
    agree = clash = lacking = unsaid = 0
    for name, values in beside.items():
        usual = UNLESS_SAID.get(name, "")
        asked, label = mine.get(name, usual), theirs.get(name, usual)
        if asked == label:
            agree += name in mine
        elif asked and (label or name in ALWAYS):
            clash += 1
        elif asked:
            lacking += asked in values
        else:
            unsaid += 1
    return Compared(agree, clash, lacking, unsaid)
