"""How names are made comparable: rules for spellings, abbreviations, and words of little weight.

Which spellings people use is data and stands in the graph as hidden labels; here are only rules
that hold for every name of a kind.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

AREAS = ("lsoa", "msoa", "district", "csp", "police-force-area", "region", "country")
OFFENCES = ("offence", "recorded-offence", "category", "category-2011", "category-2010")
# Kinds whose names follow the same rules; a kind that is not listed has none of its own.
FAMILIES = (
    dict.fromkeys(AREAS, "area")
    | dict.fromkeys(OFFENCES, "offence")
    | {"police-force": "force", "organisation": "organisation", "dataset": "dataset"}
)

APOSTROPHES = re.compile("['’‘`´]")
DOTS = re.compile(r"(?<=[a-z])\.")  # of abbreviations; codes such as 37.2 keep theirs
LETTERS = re.compile(r"[^\W_]+(?:\.\d+)*")

# Ways to write a word that mean the same wherever they stand.
SAME: dict[str, tuple[str, ...]] = {
    "saint": ("st",),
    "dept": ("department",),
    "govt": ("government",),
    "majestys": ("hm",),
    "his": (),
    "her": (),
}
# Counties as they are shortened in addresses.
COUNTIES: dict[str, tuple[str, ...]] = {
    "beds": ("bedfordshire",),
    "berks": ("berkshire",),
    "bucks": ("buckinghamshire",),
    "cambs": ("cambridgeshire",),
    "derbys": ("derbyshire",),
    "glos": ("gloucestershire",),
    "hants": ("hampshire",),
    "herts": ("hertfordshire",),
    "lancs": ("lancashire",),
    "leics": ("leicestershire",),
    "lincs": ("lincolnshire",),
    "northants": ("northamptonshire",),
    "notts": ("nottinghamshire",),
    "oxon": ("oxfordshire",),
    "staffs": ("staffordshire",),
    "warks": ("warwickshire",),
    "wilts": ("wiltshire",),
    "worcs": ("worcestershire",),
    "yorks": ("yorkshire",),
}
COMPASS = {"n": "north", "e": "east", "s": "south", "w": "west"}
SHORT: dict[str, dict[str, tuple[str, ...]]] = {
    "force": COUNTIES | {"met": ("metropolitan",), "gtr": ("greater",)},
    "area": COUNTIES
    | {
        "lb": ("london", "borough"),
        "rb": ("royal", "borough"),
        "ua": ("unitary", "authority"),
        "mbc": ("metropolitan", "borough", "council"),
        "bc": ("borough", "council"),
        "dc": ("district", "council"),
        "cc": ("council",),
        "gtr": ("greater",),
    },
    "offence": {
        "abh": ("actual", "bodily", "harm"),
        "gbh": ("grievous", "bodily", "harm"),
        "asb": ("anti", "social", "behaviour"),
        "antisocial": ("anti", "social"),
        "tda": ("taking", "and", "driving", "away"),
        "twoc": ("taking", "without", "owners", "consent"),
        "mv": ("motor", "vehicle"),
        "u16": ("under", "16"),
        "u13": ("under", "13"),
    },
}
# Words that a name may have or lack and still be the same name.
LINKING = frozenset({"and", "of", "the", "in", "for", "a", "an", "to", "upon", "on"})
WEAK: dict[str, frozenset[str]] = {
    "force": LINKING
    | {"police", "constabulary", "service", "force", "heddlu", "forces", "area"}
    | {"county"},
    "area": LINKING
    | {"london", "borough", "royal", "city", "county", "council", "district", "metropolitan"}
    | {"unitary", "authority", "cyngor", "community", "safety", "partnership", "csp", "police"}
    | {"force", "region", "corporation", "government", "office", "constabulary"},
    "organisation": LINKING | {"ltd", "limited", "plc", "uk"},
    "offence": LINKING | {"offence", "offences", "etc", "or", "by", "crime", "crimes"},
    "dataset": LINKING | {"data", "dataset", "table", "tables", "statistics"},
}
# Words that tell two things apart whose names are otherwise alike; so does every number.
TELLING = frozenset(
    {"north", "south", "east", "west", "with", "without", "non", "not", "attempted", "under"}
    | {"over", "male", "female", "other", "old", "new", "inner", "outer", "mid", "serious", "less"}
)


def family(kind: str) -> str:
    """The rules that names of a kind follow."""
    return FAMILIES.get(kind, "")


def letters(text: str) -> str:
    """Small letters without accents or apostrophes, whatever script they are of.

    >>> letters("Tŷ Ddewi’s")
    'ty ddewis'
    """
    apart = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text).casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


@lru_cache(maxsize=1 << 12)
def words(text: str, rules: str = "") -> tuple[str, ...]:
    """The words of a name, each in one spelling, by the rules of a family of kinds.

    >>> words("Avon & Somerset")
    ('avon', 'and', 'somerset')
    >>> words("L.B. of Hackney", "area")
    ('london', 'borough', 'of', 'hackney')
    >>> words("W. Yorks", "force")
    ('west', 'yorkshire')
    """
    short = SHORT.get(rules, {})
    found: list[str] = []
    for word in LETTERS.findall(DOTS.sub("", letters(text.replace("&", " and ")))):
        found += short.get(word) or SAME.get(word, (word,))
    if rules in {"force", "area"}:
        for place, (word, follower) in enumerate(pairwise(found)):
            if word in COMPASS and len(follower) > 3:  # letters beside letters are initials
                found[place] = COMPASS[word]
    return tuple(found)


def core(words: tuple[str, ...], rules: str) -> tuple[str, ...]:
    """The words that tell which one is meant; all of them where none would be left.

    >>> core(("avon", "and", "somerset", "police"), "force")
    ('avon', 'somerset')
    """
    weak = WEAK.get(rules, LINKING)
    return tuple(word for word in words if word not in weak) or words


def marks(words: tuple[str, ...]) -> frozenset[str]:
    """The words among them that tell things apart whose names are alike.

    >>> sorted(marks(("bristol", "058a", "south")))
    ['058a', 'south']
    """
    return frozenset(word for word in words if word in TELLING or has_number(word))


def has_number(word: str) -> bool:
    """Whether a word has a digit in it."""
    return any(letter.isdigit() for letter in word)


def initials(words: tuple[str, ...]) -> tuple[str, ...]:
    """What a name of several words is shortened to: its first letters, with and without "of".

    >>> initials(("british", "transport", "police"))
    ('btp',)
    >>> initials(("hammersmith", "and", "fulham"))
    ('haf', 'hf')
    """
    if not 2 <= len(words) <= 8 or any(map(has_number, words)):
        return ()
    whole = "".join(word[0] for word in words)
    short = "".join(word[0] for word in words if word not in LINKING)
    return tuple(dict.fromkeys(one for one in (whole, short) if len(one) > 1))


def as_initials(words: tuple[str, ...]) -> str:
    """A name that may be first letters, as they are compared; else an empty text.

    >>> as_initials(("h", "and", "f"))
    'hf'
    >>> as_initials(("gmp",))
    'gmp'
    """
    if len(words) == 1:
        return words[0] if 2 <= len(words[0]) <= 6 else ""
    if all(len(word) == 1 or word in LINKING for word in words):
        return "".join(word for word in words if word not in LINKING)
    return ""
