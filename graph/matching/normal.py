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

from homegraph.graph.matching.lexicon import (
    AS,
    COMPASS,
    ENDINGS,
    FAMILIES,
    INITIALS,
    LINKING,
    SAME,
    SHORT,
    STEMMED,
    TELLING,
    WEAK,
    WEAKEST,
    WELSH,
)

APOSTROPHES = re.compile("['’‘`´]")
DOTS = re.compile(r"(?<=\b[a-z])\.(?=[a-z]\b)")  # between initials; others part words
LETTERS = re.compile(r"[^\W_]+(?:\.\d+)*")
BRACKETS = re.compile(r"\(([^()]*)\)\s*")
CAPITALS = re.compile(r"\((?!NI\))[A-Z.]{2,6}\)")
PARTS = re.compile(r"\s[-–—/|]\s|[:;|()\[\]]|\s-{1,2}(?=\w)")
ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?([^\s/]+?)(?:\.(?:gov|org|co|police)\.uk)?(/\S*)?$")
NAMELIKE = re.compile(r"[^\W\d_]{3}")  # what a name has: three letters in a row
MOST_PARTS = 4
HONOURS = re.compile(r"\b(?:her|his) majestys\b|[^\w\s]")
YEAR = re.compile("(?:19|20)[0-9]{2}")
UNITED = re.compile(r"\bunited kingdom\b")
SLASHED = {"w/o": "without", "w/": "with "}  # what stands for words with a slash in it
SMALL = re.compile(r"\d{1,2}[a-z]")  # the end of the name of a small area, without its zeros
IN_WELSH = re.compile(rf"\b(?:{'|'.join(WELSH)})\b".replace(" ", "[ -]"))
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # "ThamesValley", where no blank parts the words
SECTION = re.compile(r"s(?:ec|ect)?\.?(\d{1,3}[a-z]?)")  # of an Act, as in "s.18"
LEAST_STEM = 4
MOST_LETTERS = 160  # of a text that are looked at; our longest name has 97


def family(kind: str) -> str:
    """The rules that names of a kind follow."""
    return FAMILIES.get(kind, "")


def letters(text: str) -> str:
    """Small letters without accents or apostrophes, whatever script they are of.

    >>> letters("Tŷ Ddewi’s")
    'ty ddewis'
    """
    small = APOSTROPHES.sub("", text).casefold()
    if small.isascii():
        return small
    apart = unicodedata.normalize("NFKD", small)
    return "".join(one for one in apart if not unicodedata.combining(one))


@lru_cache(maxsize=1 << 14)  # a release's spellings and names, which are asked for twice
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
    (('st', 'helens'), ('kent',))
    >>> words("Derby 6B", "area")
    ('derby', '006b')
    >>> words("National Crime Agency (NCA)", "organisation")
    ('national', 'crime', 'agency')
    """
    like = AS.get(rules, rules)
    short = SHORT.get(like, {})
    found: list[str] = []
    for word in joined(LETTERS.findall(without_dots(plain(text, rules)))):
        section = SECTION.fullmatch(word) if like == "offence" and word[0] == "s" else None
        if section:
            found += ("section", section[1])
        else:
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
    text = path_end(text[:MOST_LETTERS])
    if " " not in text.strip():
        text = CAMEL.sub(" ", text)
    if rules not in STEMMED:
        text = CAPITALS.sub(" ", text)
    said = letters(text.replace("&", " and "))
    if "united" in said:
        said = UNITED.sub("uk", said)
    if rules == "small-area":
        said = IN_WELSH.sub(lambda found: WELSH[found[0].replace("-", " ")], said)
    for short, long in SLASHED.items():
        said = said.replace(short, f" {long}")
    inside = BRACKETS.search(said)
    if inside:
        rest = said[: inside.start()] + said[inside.end() :]
        for short, long in ((inside[1], rest), (rest, inside[1])):
            shortened = "".join(LETTERS.findall(without_dots(short))).removeprefix("uk")
            if shortened in initials(tuple(HONOURS.sub("hm", long).split())):
                return long
    return said


def without_dots(text: str) -> str:
    """A text without the dots between initials.

    >>> without_dots("h.m. treasury")
    'hm. treasury'
    """
    return DOTS.sub("", text) if "." in text else text


def path_end(text: str) -> str:
    """What an address ends with, or the name in it; any other text as it is.

    >>> path_end("http://reference.data.gov.uk/id/public-body/ordnance-survey")
    'ordnance-survey'
    >>> path_end("www.cqc.org.uk"), path_end("Kent Police")
    ('cqc', 'Kent Police')
    """
    found = ADDRESS.match(text.strip()) if "." in text or "/" in text else None
    if not found or not (found[2] or "." in text):
        return text
    small = text.strip().casefold()
    is_address = small.startswith("www.") or "://" in small or ".uk" in small
    return (found[2] or "").rstrip("/").rpartition("/")[2] or found[1] if is_address else text


def parts(text: str) -> tuple[str, ...]:
    """The parts of a text that signs keep apart; none of one that has no such sign.

    >>> parts("Heddlu De Cymru / South Wales Police")
    ('Heddlu De Cymru', 'South Wales Police')
    >>> parts("Closed organisation: highways agency")
    ('Closed organisation', 'highways agency')
    >>> parts("Dyfed-Powys")
    ()
    """
    found = [one.strip() for one in PARTS.split(text[:MOST_LETTERS])]
    found = [one for one in found if NAMELIKE.search(one)]
    return tuple(found[:MOST_PARTS]) if len(found) > 1 else ()


def joined(words: list[str]) -> list[str]:
    """Words, with letters that stand by themselves joined to one word: "h m" to "hm".

    >>> joined(["h", "m", "treasury"])
    ['hm', 'treasury']
    """
    if 1 not in map(len, words):
        return words
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
        left = [word for word in words if word not in left_out]
        if rules in STEMMED:  # the year of an Act tells no offence from another
            left = [stem(word) for word in left if not YEAR.fullmatch(word)]
        if left:
            return tuple(left)
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


@lru_cache(maxsize=1 << 14)
def has_number(word: str) -> bool:
    """Whether a word has a digit in it."""
    return not word.isalpha() and any(map(str.isdigit, word))


def initials(words: tuple[str, ...]) -> tuple[str, ...]:
    """What a name of several words is shortened to: its first letters, with and without "of".

    >>> initials(("british", "transport", "police"))
    ('btp',)
    >>> initials(("hammersmith", "and", "fulham"))
    ('haf', 'hf')
    >>> initials(("hm", "revenue", "and", "customs"))
    ('hmrac', 'hmrc')
    """
    if not 2 <= len(words) <= 8 or any(map(has_number, words)):
        return ()
    letters = [word if word in INITIALS else word[0] for word in words]
    whole = "".join(letters)
    short = "".join(one for one, word in zip(letters, words, strict=True) if word not in LINKING)
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
