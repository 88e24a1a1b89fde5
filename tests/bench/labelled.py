"""Completes the labelled pairs: which spellings the graph has, and what rules make of them.

    python tests/bench/labelled.py RELEASE [--list NAME]

Pairs that people were seen to write are kept as they stand in graph/matching/labelled/*.csv, and
in the part they are in; those that rules make, typing errors and other capitals, are made anew, of
each part for itself, the same ones every time. Fails when the release has no thing of an answer's
IRI, or when a text is both tuned on and held. Prints how many pairs there are of what kind.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, replace
from hashlib import sha256
from pathlib import Path
from random import Random

from pyoxigraph import Store

from homegraph.graph.matching import labelled
from homegraph.graph.matching.labelled import BY_RULE, HELD, TUNE, Pair, squeezed
from homegraph.graph.matching.names import NAMES, Name, names_of, read

# A pair is made for so many that were seen: a quarter of all that are tuned on, an eighth of those
# that are held.
SHARE = {TUNE: 3, HELD: 7}
LEAST = 7  # letters that a text must have to be mistyped: shorter ones may become another name
NEAR = {
    **{"a": "s", "b": "v", "c": "v", "d": "f", "e": "r", "f": "g", "g": "h", "h": "j", "i": "o"},
    **{"j": "k", "k": "l", "l": "k", "m": "n", "n": "m", "o": "i", "p": "o", "q": "w", "r": "t"},
    **{"s": "d", "t": "y", "u": "i", "v": "b", "w": "e", "x": "c", "y": "u", "z": "x"},
}

Change = Callable[[str, int, Random], str]
Spellings = dict[str, set[str]]  # of a thing, by its IRI
Taken = set[tuple[str, str]]  # kinds and texts
Known = dict[str, dict[str, set[str]]]  # the things so called, by kind and by text in small letters


def letters(text: str) -> list[int]:
    """The places where a letter may be mistyped: within words that have no digit in them."""
    found: list[int] = []
    start = 0
    for word in text.split(" "):
        if word.isalpha() and len(word) > 3:
            found += range(start + 1, start + len(word) - 1)
        start += len(word) + 1
    return found


def swapped(text: str, at: int, _: Random) -> str:
    """Two letters the wrong way round."""
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def dropped(text: str, at: int, _: Random) -> str:
    """A letter left out."""
    return text[:at] + text[at + 1 :]


def doubled(text: str, at: int, _: Random) -> str:
    """A letter twice."""
    return text[:at] + text[at] + text[at:]


def beside(text: str, at: int, _: Random) -> str:
    """The key beside the right one."""
    key = NEAR.get(text[at].lower(), "e")
    return text[:at] + (key.upper() if text[at].isupper() else key) + text[at + 1 :]


def capitals(text: str, _: int, random: Random) -> str:
    """All capitals, or none, or one for each word."""
    return random.choice([text.upper(), text.lower(), text.title()])


def marks(text: str, _: int, random: Random) -> str:
    """Other marks: & for and, two blanks, a full stop at the end."""
    if " and " in text:
        return text.replace(" and ", random.choice([" & ", " + ", "/"]), 1)
    if " & " in text:
        return text.replace(" & ", " and ", 1)
    return random.choice([text.replace(" ", "  "), f" {text}", f"{text}."])


RULES: dict[str, Sequence[Change]] = {
    "typing error": (swapped, dropped, doubled, beside),
    "case": (capitals,),
    "marks": (marks,),
}


def made(seen: Sequence[Pair], known: Known, others_have: Taken) -> Iterator[Pair]:
    """Pairs by rule, of the texts of one part that are long enough and that mean something.

    None that is the name of another thing: then the answer would be that. And none that the other
    part has: then it would be tuned on.
    """
    taken = {pair.text.casefold() for pair in seen}
    able = [pair for pair in seen if pair.iri and len(pair.text) >= LEAST and letters(pair.text)]
    able = [pair for pair in able if " " in pair.text or pair.text[0].isupper()]
    able.sort(key=lambda pair: sha256(f"{pair.text}{pair.kinds}{pair.iri}".encode()).digest())
    left = len(seen) // SHARE[seen[0].split] if seen else 0
    for pair in able:
        random = Random(f"{pair.text} {pair.iri}")
        rule = random.choices(list(RULES), [3, 1, 1])[0]
        text = random.choice(RULES[rule])(pair.text, random.choice(letters(pair.text)), random)
        others = known[pair.kinds].get(text.casefold(), set()) - {pair.iri}
        # With other capitals the text is the same one in small letters, and so is there already.
        is_there = rule != "case" and text.casefold() in taken
        is_there = is_there or (pair.kinds, squeezed(text)) in others_have
        if left and text != pair.text and not others and not is_there:
            taken.add(text.casefold())
            left -= 1
            yield replace(pair, text=text, source=rule + BY_RULE)


def completed(pairs: Sequence[Pair], spellings: Spellings, known: Known) -> list[Pair]:
    """The pairs as they are to stand in the file; raises ValueError for an answer not there."""
    seen = [pair for pair in pairs if not pair.by_rule]
    unknown = sorted({pair.iri for pair in seen if pair.iri and pair.iri not in spellings})
    if unknown:
        raise ValueError(f"the release has nothing named {', '.join(unknown)}")
    parts = {part: [pair for pair in seen if pair.split == part] for part in (TUNE, HELD)}
    texts = {part: {(one.kinds, squeezed(one.text)) for one in parts[part]} for part in parts}
    if both := sorted(text for _, text in texts[TUNE] & texts[HELD]):
        raise ValueError(f"both tuned on and held: {', '.join(both)}")
    found: dict[tuple[str, ...], Pair] = {}
    for part, other in ((TUNE, HELD), (HELD, TUNE)):
        for pair in [*parts[part], *made(parts[part], known, texts[other])]:
            texts[part].add((pair.kinds, squeezed(pair.text)))
            there = pair.iri and pair.text in spellings[pair.iri]
            finished = replace(pair, in_graph="yes" if there else "no")
            found.setdefault((pair.text, pair.kinds, pair.parent, pair.code, pair.period), finished)
    return list(found.values())


def names_in(release: Path) -> list[Name]:
    """All names in a release, from its table or else from its store."""
    if (release / NAMES).exists():
        return read(release)
    return names_of(Store.read_only(str(release / "store")))


def main() -> int:
    """Write the files; returns 1 when an answer is not in the release."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("release", type=Path, help="the folder of a release of the real sources")
    parser.add_argument("--list", help="only this one")
    given = parser.parse_args()
    spellings: dict[str, set[str]] = defaultdict(set)
    known: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in names_in(given.release):
        spellings[name.iri].add(name.text)
        known[name.kind][name.text.casefold()].add(name.iri)
    failed = False
    print("list          tune  held  held, nothing meant  held, by rule  held, in the graph")
    for which in [given.list] if given.list else labelled.lists():
        try:
            rows = completed(labelled.pairs(which), dict(spellings), known)
        except ValueError as error:
            print(f"{which}: {error}", file=sys.stderr)
            failed = True
            continue
        path = labelled.FOLDER / f"{which}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(labelled.COLUMNS)
            out.writerows(map(astuple, rows))
        held = [row for row in rows if row.split == HELD]
        print(
            f"{which:<12}{len(rows) - len(held):6}{len(held):6}"
            f"{sum(not row.iri for row in held):21}{sum(row.by_rule for row in held):15}"
            f"{sum(row.in_graph == 'yes' for row in held):20}"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
