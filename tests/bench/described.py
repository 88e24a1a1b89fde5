"""Which class of offence each description of the Ministry of Justice's table of codes belongs to.

`python tests/bench/described.py home-office-codes-moj.csv` writes graph/matching/described.csv. The
table gives each offence that courts know a number, as 058/02. What is before the stroke is that of
the Home Office's class. Where a class has a letter beside its number, the description tells which
it is: by the offence (actual bodily harm is 8G, with racial aggravation 8J), by the victim's sex
and age, by what was damaged, or by whether a drug was had or supplied. A number that is a summary
offence or a fraud, neither of which police forces record by class, stands for nothing of ours. What
is not told so is left out, and so is what two classes are called.

Source: Ministry of Justice, Home Office offence codes; Open Government Licence v3.0.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from homegraph.graph.matching.labelled import squeezed
from homegraph.graph.matching.seen import DESCRIBED

NOTHING = ""
LONGEST = 160  # letters; more of a text are not looked at
REMARK = re.compile(r"\s*\[Use this code only[^\]]*\]?")
# Numbers of one class each, which has that number as its code, or a name of its own.
ALONE = (
    *(1, 2, 6, 7, 11, 12, 13, 14, 15, 16, 18, 21, 23, 24, 25, 26, 27, 29, 31, 33, 35, 36, 38),
    *(40, 41, 42, 43, 44, 45, 47, 48, 49, 54, 59, 60, 62, 63, 64, 65, 66, 67, 69, 70, 71, 72, 73),
    *(74, 75, 76, 78, 79, 80, 82, 83, 84, 85, 86, 87, 89, 90, 91, 94, 95, 99, 126, 139, 802, 814),
)
NAMED = {9: "59", 39: "theft-from-the-person", 46: "shoplifting"}
# Frauds and summary offences that no class has. Left out are those which the counting rules record
# under a class of another number: brothels, prostitution, firearms, public order, drugs and such.
NO_CLASS = (
    *(50, 51, 52, 55, 101, 106, 108, *range(110, 115), *range(116, 125), 135, 136, 137, 138),
    *(*range(140, 145), 146, 147, 148, *range(150, 159), 160, 161, 163, 164, 168, 169, 170, 172),
    *(173, 176, 177, 179, 180, 181, 182, 183, 185, 188, 189, 190, 191, 192, 501, 502),
    *(*range(803, 814), *range(815, 826)),
)
# Numbers whose classes have letters: the class by the number behind the stroke.
BY_SECOND: dict[int, dict[int, str]] = {
    3: {1: "3B", 2: "3A"},
    4: {1: "4.1", 2: "4.2", 3: "4.3", 4: "4.4", 6: "4.6", 7: "4.7", 8: "4.8", 9: "4.9", 10: "4.10"},
    5: {0: "5", 1: "5D", 13: "5C", 14: "5C", 15: "5C", 16: "5C"},
    8: {2: "8K", 11: "10C", 26: "10D", 27: "10D", 28: "10C", 30: "8L", 52: "8K", 61: "10C"}
    | {62: "10D", 63: "10C", 64: "10D"}
    | dict.fromkeys((13, 14, 15, 16, 17, 18, 23, 24, 25), "10A"),
    17: {11: "17", 12: "17", 13: "17A", 14: "17B", 15: "17A", 16: "17B"},
    20: {1: "20", 2: "20", 3: "20A", 4: "20B", 5: "20A", 6: "20B"},
    22: {1: "22"} | dict.fromkeys(range(2, 6), "22A") | dict.fromkeys(range(6, 26), "22B"),
    34: {0: "robbery"},
    37: {0: "37.2", 1: "37.1", 2: "37.2"},
    53: dict.fromkeys((*range(1, 5), 8, *range(10, 14), 15, 16, *range(20, 25)), NOTHING)
    | dict.fromkeys((*range(30, 34), 36, 39, 40, 41, 45, 46, 52, 53, 56, 57), NOTHING)
    | {25: "49A", 26: "38", 27: "38", 28: "38", 43: "53J", 44: "53H"},
    56: {1: "56A", 2: "56B"},
    57: {14: "58C", 15: "58A", 16: "58B", 17: "58D"},
    58: {0: "58D", 1: "58H", 2: "58H", 3: "58H", 4: "58J"},
    61: dict.fromkeys((0, *range(21, 35), 37, 38), "61") | {40: "61A"},
    81: dict.fromkeys((3, 4, 17, 26, 27, 29, 30, 35, 36, 37), "10B")
    | dict.fromkeys(range(7, 15), "81"),
    88: {4: "88D", 9: "88E", 10: "88E", 12: "88E", 14: "88E"},
    93: dict.fromkeys(range(10, 30), "92C")
    | dict.fromkeys((*range(55, 67), 73, 86, 88, 92), "92A")
    | dict.fromkeys((67, 69, 70, 71, 72, 91), "92D"),
    105: {0: "105A", 1: "105A"},
    125: dict.fromkeys(range(13, 58), NOTHING)
    | dict.fromkeys((9, 11, 12), "9A")
    | dict.fromkeys((58, 61, 63, 82), "9B"),
    137: {18: "44"},
}
SLAVERY = ("slavery", "servitude", "forced or compulsory labour", "exploitation")
DEALING = ("suppl", "produc", "import", "export", "offer", "traffick", "cultivat")


def main() -> None:
    """Write the descriptions that are told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    said: dict[str, tuple[str, set[str]]] = {}
    with parser.parse_args().table.open(encoding="utf-8-sig", newline="") as file:
        for text, code in told(csv.DictReader(file)):
            said.setdefault(squeezed(text), (text, set()))[1].add(code)
    rows = sorted((text, codes.pop()) for text, codes in said.values() if len(codes) == 1)
    with DESCRIBED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "code"])
        writer.writerows(rows)
    print(f"{len(rows)} descriptions, {sum(not code for _, code in rows)} of no class")


def told(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Each description with the code of its class, or nothing for what has none."""
    for row in rows:
        text = REMARK.sub("", row["sub_category_description"]).lstrip("*").strip()
        code = class_of(int(row["category"]), int(row["sub_category"]), text.casefold())
        if code is not None and 0 < len(text) <= LONGEST:
            yield text, code


def class_of(first: int, second: int, text: str) -> str | None:
    """The code of the class that has a number; nothing for none, and None where it is not told."""
    if second in BY_SECOND.get(first, ()) and first != 8:
        return BY_SECOND[first][second]
    if first in {36, 99} and any(word in text for word in SLAVERY):
        # The counting rules have a class for it; courts number it among others.
        return None if "breach" in text or "offence of kidnapping" in text else "106"
    if first in ALONE:
        return str(first)
    if first in NAMED:
        return NAMED[first]
    if first in NO_CLASS:
        return NOTHING
    by_text = {8: of_assault, 19: of_rape, 92: of_drugs, 104: of_constable}
    return by_text[first](second, text) if first in by_text else None


def of_assault(second: int, text: str) -> str | None:
    """The class of wounding, assault, harassment or stalking, which all have the number 8."""
    racially = "racial" in text or "religious" in text
    if "strangulation" in text or second in {3, 4, 5, 7, 8, 9, 19, 20, 53, 54, 73, 75, 76, 79}:
        return None
    if "grievous" in text or "gbh" in text:
        return "8H" if racially else "8F"
    if "actual bodily" in text or "abh" in text:
        return "8J" if racially else "8G"
    if racially:
        if "common assault" in text:
            return "105B"
        return "9B" if "intentional harassment" in text else "8M"
    if "stalking" in text and "breach" not in text:
        return "8Q"
    return BY_SECOND[8].get(second)


def of_rape(second: int, text: str) -> str | None:
    """The class of a rape, by sex and age."""
    if second == 0:
        return "rape"
    letters = "EDC" if "female" in text else "HGF" if "male" in text else ""
    ages = {"under 13": 0, "under 16": 1, "16 or over": 2, "16 years": 2}
    age = next((place for said, place in ages.items() if said in text), None)
    return f"19{letters[age]}" if letters and age is not None else None


def of_drugs(_: int, text: str) -> str | None:
    """The class of an offence with drugs."""
    if any(word in text for word in DEALING):
        return "92A"
    if "possession" not in text or "unspecified" in text:
        return None
    if "cannabis" in text:
        return "92E" if "cannabis and cannabis resin" in text else None
    return "92D"


def of_constable(_: int, text: str) -> str | None:
    """The class of an assault on a constable."""
    return "104" if text.startswith("assault") and "constable" in text else None


if __name__ == "__main__":
    main()
