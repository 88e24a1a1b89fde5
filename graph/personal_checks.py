"""What decides whether text is personal where its form cannot: check digits, and words around.

Each check gets what a regular expression of shapes/privacy.ttl matched, and in match.string all
that stands around it. The words that help to decide are lists in that file.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from homegraph.graph.terms import PRIVACY

SHAPES = Path(__file__).parent.parent / "shapes" / "privacy.ttl"
Check = Callable[[re.Match[str]], bool]
CARD = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|5[1-5][0-9]{14}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}"
    r"|2(?:22[1-9]|2[3-9][0-9]|[3-6][0-9]{2}|7[01][0-9]|720)[0-9]{12}"
    r"|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|35(?:2[89]|[3-8][0-9])[0-9]{12}"
    r"|(?:5018|5020|5038|56[0-9]{2}|5[78][0-9]{2}|6304|67[0-9]{2})[0-9]{8,15}"
)
COHORT = re.compile(
    r"(?:children|people|persons?|those|babies|all|everyone|anyone|pupils|adults|women|men|births"
    r"|individuals|residents|applicants|infants|students|patients|not|if)(?: who| that)?"
    r"(?: is| are| was| were)? $"
)


@cache
def said() -> dict[NamedNode, dict[NamedNode, list[str]]]:
    """The subjects of shapes/privacy.ttl with their values, by property."""
    found: dict[NamedNode, dict[NamedNode, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in parse(path=SHAPES, format=RdfFormat.TURTLE):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
            found[quad.subject][quad.predicate].append(quad.object.value)
    return found


@cache
def words(name: str) -> frozenset[str]:
    """The words of one list in shapes/privacy.ttl."""
    lists = {shape.value.rpartition("#")[2]: values for shape, values in said().items()}
    return frozenset(lists[name][PRIVACY.word])


def before(match: re.Match[str], letters: int) -> str:
    """Some of the text before the match."""
    return match.string[max(0, match.start() - letters) : match.start()]


def digits(match: re.Match[str]) -> list[int]:
    """The digits of the match; none where it is the end of a decimal number."""
    if re.search(r"[0-9][.]$", before(match, 2)):
        return []
    return [int(letter) for letter in match[0] if letter in "0123456789"]


def is_nhs_number(match: re.Match[str]) -> bool:
    """Ten digits, the last being the check digit (modulus 11) that the NHS, CHI and ISBN share.

    Without blanks only numbers as they are issued count, and those that begin with 9, which are
    kept for examples; a CHI number begins with the date of birth.
    """
    found = digits(match)
    if len(found) != 10 or len(set(found)) == 1 or "ISBN" in before(match, 12).upper():
        return False
    if in_longer_number(match, "[ -]"):
        return False
    chi = re.match(r"(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])", match[0])
    if match[0].isdigit() and match[0][0] not in "34679" and not chi:
        return False
    weighed = sum(digit * weight for digit, weight in zip(found[:9], range(10, 1, -1), strict=True))
    return (weighed + found[9]) % 11 == 0


def is_payment_card(match: re.Match[str]) -> bool:
    """Prefix and length of a card scheme (ISO/IEC 7812), and the check digit of Luhn."""
    found = digits(match)
    scheme = CARD.fullmatch("".join(map(str, found)))
    doubled = [digit * 2 - 9 * (digit > 4) for digit in found[-2::-2]]
    return scheme is not None and (sum(doubled) + sum(found[-1::-2])) % 10 == 0


def is_private_telephone(match: re.Match[str]) -> bool:
    """A number of the national plan for a town or a mobile, and not said to be an office's.

    The first group has three digits or more, which a date (01-02-2011 10:30) has not.
    """
    if not digits(match) or in_longer_number(match, "[.:/-]"):
        return False
    number = "".join(re.findall("[0-9]", match[0]))
    if match[0].startswith(("+", "00")):
        national = number.removeprefix("00").removeprefix("44").removeprefix("0")
    elif len(re.findall("[0-9]+", match[0])[0]) < 3:
        return False
    else:
        national = number[1:]
    if national[0] == "7":
        return len(national) == 10
    right = len(national) == 10 or (len(national) == 9 and national[0] == "1")
    return right and national[0] in "12" and not is_of_office(match)


def is_private_postcode(match: re.Match[str]) -> bool:
    """An area that exists, letters as they are used, and not said to be an office's.

    In small letters there must be a blank, and no ordinal: "the M1 2nd exit".
    """
    text = match[0]
    outward, inward = text[:-3].strip(), text[-3:]
    area = re.match("[A-Za-z]+", outward)
    if area is None or area[0].lower() not in words("postcode-areas"):
        return False
    if set(inward[1:].upper()) & set("CIKMOV"):
        return False
    ordinal = inward[1:].lower() in ("st", "nd", "rd", "th")
    if not text.isupper() and (" " not in text or ordinal):
        return False
    return not is_of_office(match)


def is_of_office(match: re.Match[str]) -> bool:
    """Whether words of offices or the address of a team stand before, and no role in a crime."""
    text = before(match, 80)
    near = set(re.findall("[a-z]+", text.lower()))
    team = any(is_of_team(local) for local in re.findall("([A-Za-z._-]+)@", text))
    return (team or bool(near & words("office-words"))) and not near & words("roles")


def is_label(match: re.Match[str]) -> bool:
    """The whole of a text, or of a segment of an IRI."""
    return match.start() == 0 or before(match, 1) == "/"


def is_vehicle_registration(match: re.Match[str]) -> bool:
    """An age identifier that is issued (02 to 49, 51 to 99), and not a word: "FY23 DEC"."""
    age = int(match[0][2:4])
    return age not in (0, 1, 50) and match[0][-3:].lower() not in words("not-registrations")


def is_part_of_number(match: re.Match[str]) -> bool:
    """Not one that the strict pattern finds as well, so that nothing is said twice."""
    return not any(
        re.search(form, match[0], re.IGNORECASE)
        for shape, values in said().items()
        if shape.value.endswith("#NationalInsuranceNumber")
        for form in values[PRIVACY.forbids]
    )


def is_date_of_birth(match: re.Match[str]) -> bool:
    """A day of the calendar, and not that of a cohort: "children born on 1 March 2015"."""
    text = match[0].lower()
    if text.startswith("born") and COHORT.search(before(match, 40).lower()):
        return False
    if re.search("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", text):
        return True
    parts = [int(part) for part in re.findall("[0-9]+", text)]
    if len(parts) == 1:  # written without marks between
        found = re.findall("[0-9]+", text)[0]
        if text.startswith("born"):
            return False
        parts = (
            [int(found[:4]), int(found[4:6]), int(found[6:])]
            if len(found) == 8
            else [int(found[start : start + 2]) for start in (0, 2, 4)]
        )
    return any(is_day(*one) for one in (parts[::-1], parts, [parts[2], parts[0], parts[1]]))


def is_day(year: int, month: int, day: int) -> bool:
    """Whether there is such a day; a year of two digits is of either century."""
    try:
        date(year if year > 99 else year + 1900, month, day)
    except ValueError:
        return False
    return True


def is_of_team(local: str) -> bool:
    """Whether an address before the @ has a word that only teams have."""
    parts = re.split("[^a-z]+", local.lower())
    team = words("team-words")
    if any(part in team for part in parts):
        return True
    long = tuple(word for word in team if len(word) > 3)
    return parts[0] not in words("given-names") and any(part.endswith(long) for part in parts)


def is_persons_address(match: re.Match[str]) -> bool:
    """first.last@, f.last@ or first_last@, and no word of a team."""
    local = match[0].partition("@")[0]
    named = re.fullmatch(r"[A-Za-z'-]+(?:[._][A-Za-z'-]+){1,2}[0-9]*", local)
    return named is not None and not is_of_team(local)


def is_unclear_address(match: re.Match[str]) -> bool:
    """Neither plainly a team's nor plainly a person's; the name of a contact is a contact."""
    if re.search(r"[._%+&'-]$|id/contact/$", before(match, 11)):
        return False  # the end of an address, or the name of a contact point
    return not is_of_team(match[0].partition("@")[0]) and not is_persons_address(match)


def names_after_role(match: re.Match[str]) -> bool:
    """A title and a surname, or a given name and a surname, next to the role.

    Words in small letters may stand between ("the suspect, local man John Smith"). Small letters
    throughout count only after a colon or "named": "victim: john smith".
    """
    found = re.findall(r"[A-Za-zÀ-ž'-]+[.,]?|[:=]", match[0])
    marked = bool({"named", "called", "name"} & {word.lower() for word in found})
    colon = ":" in found or "=" in found
    left = [word for word in found if word not in ":="]
    while left and singular(left[0]) in words("links") | words("roles"):
        left.pop(0)
    while len(left) > 1:
        if is_name(left, marked, colon):
            return True
        if left[0][0].isupper():
            return False
        left.pop(0)
    return False


def names_before_role(match: re.Match[str]) -> bool:
    """A title or given name, and a surname, right before the role: "Jane Doe (victim)"."""
    after = re.match("(?:'?s)? ([a-z]+)", match.string[match.end() :].lower())
    if after and after[1] in words("not-surnames"):
        return False  # "Jane Doe, Victim Support"
    found = re.findall(r"[A-Za-zÀ-ž'-]+[.,]?", match[0])
    while found and singular(found[-1]) in words("links") | words("roles"):
        found.pop()
    return any(is_name(found[-count:], False, False) for count in (2, 3) if len(found) >= count)


def singular(word: str) -> str:
    """A word as it stands in a list: small letters, no mark at the end, no plural."""
    word = word.lower().strip(".,'-").removesuffix("'s")
    return word if word in words("roles") else word.removesuffix("es" if "sses" in word else "s")


def is_name(found: list[str], marked: bool, colon: bool) -> bool:
    """Whether words begin with the name of a person."""
    found = [unaccented(word) for word in found]
    first, second = found[0].rstrip("."), found[1].rstrip(".,")
    if len(second) == 1 and len(found) > 2:
        second = found[2].rstrip(".,")  # an initial stands between
    if second.lower().removesuffix("'s") in words("not-surnames") or len(second) < 2:
        return False
    capital = first[:1].isupper() and second[0].isupper()
    if first.lower() in words("titles"):
        return capital
    if first.endswith(","):  # Smith, John
        return capital and second.lower() in words("given-names")
    if first.lower() in words("given-names"):
        return capital or marked or colon
    if len(first) == 1:
        return capital and (found[0].endswith(".") or first not in "AI")
    return marked and capital and first.lower() not in words("not-surnames")


def unaccented(word: str) -> str:
    """A word without accents, as the lists have it: "Siân" is "Sian"."""
    return "".join(
        one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one)
    )


def in_longer_number(match: re.Match[str], mark: str) -> bool:
    """Whether a mark and another digit stand before or behind."""
    behind = match.string[match.end() : match.end() + 2]
    return bool(re.search(f"[0-9]{mark}$", before(match, 2)) or re.match(f"{mark}[0-9]", behind))


CHECKS: dict[str, Check] = {
    "nhs-number": is_nhs_number,
    "payment-card": is_payment_card,
    "telephone-of-either": is_private_telephone,
    "whole-label": is_label,
    "postcode-of-home": is_private_postcode,
    "vehicle-registration": is_vehicle_registration,
    "not-a-full-national-insurance-number": is_part_of_number,
    "date-of-birth": is_date_of_birth,
    "address-of-either": is_unclear_address,
    "address-of-person": is_persons_address,
    "role-then-name": names_after_role,
    "name-then-role": names_before_role,
}
