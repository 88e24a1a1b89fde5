"""How names are made comparable: rules for spellings, abbreviations, and words of little weight.

Which spellings people use is data and stands in the graph as hidden labels; here are only rules
that hold for every name of a kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

AREAS = ("lsoa", "msoa", "district", "csp", "police-force-area", "region", "country")
OFFENCES = ("offence", "recorded-offence", "category", "category-2011", "category-2010")
# Kinds whose names follow the same rules; a kind that is not listed has none of its own.
FAMILIES = (
    dict.fromkeys(AREAS, "area")
    | {"district": "district", "csp": "csp", "police-force-area": "force-area", "region": "region"}
    | dict.fromkeys(OFFENCES, "offence")
    | {"police-force": "force", "organisation": "organisation", "dataset": "dataset"}
)

APOSTROPHES = re.compile("['’‘`´]")
DOTS = re.compile(r"(?<=\b[a-z])\.(?=[a-z]\b)")  # between initials; others part words
LETTERS = re.compile(r"[^\W_]+(?:\.\d+)*")
BRACKETS = re.compile(r"\(([^()]*)\)\s*")
CAPITALS = re.compile(r"\((?!NI\))[A-Z]{2,6}\)")
YEAR = re.compile("(?:19|20)[0-9]{2}")
UNITED = re.compile(r"\bunited kingdom\b")
SLASHED = {"w/o": "without", "w/": "with "}  # what stands for words with a slash in it
SMALL = re.compile(r"\d{1,2}[a-z]")  # the end of the name of a small area, without its zeros

# Ways to write a word that mean the same wherever they stand.
SAME: dict[str, tuple[str, ...]] = {
    "saint": ("st",),
    "dept": ("department",),
    "govt": ("government",),
    "ministery": ("ministry",),
    "min": ("ministry",),
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
        "met": ("metropolitan",),
        "boro": ("borough",),
    },
    "offence": {
        "stealing": ("theft",),
        "stolen": ("theft",),
        "religiously": ("racially",),
        "racial": ("racially",),
        "racist": ("racially",),
        "attempt": ("attempted",),
        "attempting": ("attempted",),
        "girl": ("female",),
        "woman": ("female",),
        "boy": ("male",),
        "man": ("male",),
        "females": ("female",),
        "males": ("male",),
        "girls": ("female",),
        "women": ("female",),
        "boys": ("male",),
        "men": ("male",),
        "children": ("child",),
        "bike": ("bicycle",),
        "misc": ("miscellaneous",),
        "sex": ("sexual",),
        "vs": ("against",),
        "excl": ("excluding",),
        "incl": ("including",),
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
# Families that shorten words as another does.
AS = dict.fromkeys(("district", "csp", "force-area", "region"), "area")
# Words that a name may have or lack and still be the same name.
LINKING = frozenset({"and", "of", "the", "in", "for", "a", "an", "to", "upon", "on"})
COUNCILS = LINKING | (
    {"london", "borough", "royal", "city", "county", "council", "district", "metropolitan"}
    | {"unitary", "authority", "corporation", "cyngor", "sir", "bwrdeistref", "dinas"}
)
PARTNERSHIPS = frozenset({"community", "safety", "partnership", "csp"})
POLICE = frozenset({"police", "constabulary", "service", "force", "forces", "heddlu", "area"})
REGIONS = frozenset({"region", "government", "office"})
WEAK: dict[str, frozenset[str]] = {
    "force": LINKING | POLICE | {"county", "uk"},
    "area": COUNCILS | PARTNERSHIPS | POLICE | REGIONS,
    "district": COUNCILS,
    "csp": COUNCILS | PARTNERSHIPS,
    "force-area": COUNCILS | POLICE,
    "region": COUNCILS - {"london"} | REGIONS,
    "organisation": LINKING | {"ltd", "limited", "plc", "uk", "hm"},
    "offence": LINKING
    | {"offence", "offences", "etc", "or", "by", "crime", "crimes", "on", "aged", "age", "years"}
    | {"year", "involving", "his", "her", "their", "be", "at", "as"}
    | {"relating", "relation", "connected", "associated", "similar", "act", "acts", "law", "laws"},
    "dataset": LINKING | {"data", "dataset", "table", "tables", "statistics"},
}
# What is left out of a name first; the other weak words only where others are left.
WEAKEST = LINKING | {"police", "constabulary", "service", "force", "heddlu", "council", "cyngor"}
# Families of places, where a word that is left over means something else.
WHOLE = {"force", "area", "district", "csp", "force-area", "region"}
STEMMED = {"offence"}  # families whose names say the same word in many forms
ENDINGS = (
    *("ations", "ation", "ances", "ance", "ences", "ence", "ments", "ment", "ings", "ing"),
    *("ions", "ion", "ally", "ies", "ed", "es", "al", "ly", "s", "e", "y"),
)
LEAST_STEM = 4
MOST_LETTERS = 240  # of a text that are looked at: twice those of our longest name
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
    >>> words("H M Treasury", "organisation")
    ('hm', 'treasury')
    >>> words("St.Helens", "area"), words("kent.police.uk", "force")
    (('st', 'helens'), ('kent', 'police', 'uk'))
    >>> words("Derby 6B", "area")
    ('derby', '006b')
    >>> words("National Crime Agency (NCA)", "organisation")
    ('national', 'crime', 'agency')
    """
    like = AS.get(rules, rules)
    short = SHORT.get(like, {})
    found: list[str] = []
    for word in joined(LETTERS.findall(DOTS.sub("", plain(text, rules)))):
        found += short.get(word) or SAME.get(word, (word,))
    if like in {"force", "area"}:
        for place, (word, follower) in enumerate(pairwise(found)):
            # Letters beside letters, or before a word for any force, are initials.
            if word in COMPASS and len(follower) > 3 and follower not in WEAKEST:
                is_ireland = word == "n" and follower == "ireland"
                found[place] = "northern" if is_ireland else COMPASS[word]
    if found[:1] == ["the"] and len(found) > 1:
        del found[0]
    if like == "area" and len(found) > 1 and SMALL.fullmatch(found[-1]):
        found[-1] = found[-1].zfill(4)
    return tuple(found)


def plain(text: str, rules: str = "") -> str:
    """A text in small letters, signs that stand for words written out, without its own initials.

    Capitals in brackets are a short name, but in names of offences; "(NI)" is a place.
    """
    text = text[:MOST_LETTERS]
    if rules not in STEMMED:
        text = CAPITALS.sub(" ", text)
    said = UNITED.sub("uk", letters(text.replace("&", " and ")))
    for short, long in SLASHED.items():
        said = said.replace(short, f" {long}")
    inside = BRACKETS.search(said)
    if inside:
        rest = said[: inside.start()] + said[inside.end() :]
        shortened = "".join(LETTERS.findall(DOTS.sub("", inside[1])))
        if shortened in initials(tuple(LETTERS.findall(rest))):
            return rest
    return said


def joined(words: list[str]) -> list[str]:
    """Words, with letters that stand by themselves joined to one word: "h m" to "hm".

    >>> joined(["h", "m", "treasury"])
    ['hm', 'treasury']
    """
    found: list[str] = []
    is_open = False
    for place, word in enumerate(words):
        alone = len(word) == 1 and word.isalpha() and place < 4
        if is_open and alone:
            found[-1] += word
        else:
            found.append(word)
        is_open = alone
    return found


def core(words: tuple[str, ...], rules: str) -> tuple[str, ...]:
    """The words that tell which one is meant; all of them where none would be left.

    >>> core(("avon", "and", "somerset", "police"), "force")
    ('avon', 'somerset')
    >>> core(("metropolitan", "police", "service"), "area")
    ('metropolitan',)
    """
    weak = WEAK.get(rules, LINKING)
    for left_out in (weak, weak & WEAKEST):
        left = tuple(word for word in words if word not in left_out)
        if rules in STEMMED:  # the year of an Act tells no offence from another
            left = tuple(stem(word) for word in left if not YEAR.fullmatch(word))
        if left:
            return left
    return words


@lru_cache(maxsize=1 << 13)
def stem(word: str) -> str:
    """A word without its ending, so that its forms are the same; never of a word that tells apart.

    >>> stem("burglaries"), stem("burglary"), stem("interfering"), stem("interference")
    ('burglar', 'burglar', 'interfer', 'interfer')
    """
    if word in TELLING or has_number(word):
        return word
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            return word.removesuffix(ending)
    return word


def marks(words: tuple[str, ...]) -> frozenset[str]:
    """The words among them that tell things apart whose names are alike; twice is more than once.

    >>> sorted(marks(("bristol", "058a", "south")))
    ['058a', 'south']
    >>> sorted(marks(("male", "by", "male")))
    ['male', 'male 2']
    """
    found: set[str] = set()
    for word in words:
        if word in TELLING or has_number(word):
            found.add(f"{word} 2" if word in found else word)
    return frozenset(found)


def counts(marks: Iterable[str]) -> set[str]:
    """The numbers among what tells apart, but years.

    >>> sorted(counts({"058a", "1974", "south"}))
    ['058a']
    """
    return {one for one in marks if has_number(one) and not YEAR.fullmatch(one)}


def has_number(word: str) -> bool:
    """Whether a word has a digit in it."""
    return not word.isalpha() and any(map(str.isdigit, word))


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
