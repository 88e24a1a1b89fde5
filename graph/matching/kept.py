"""The index of a release's names as one file, built with the release and shared by all who ask.

Made in memory, the index of all areas takes two seconds and 200 MB in each process. As arrays in a
file that is mapped, it is there at once, and the system holds one copy for all. What is looked up
is made into texts only when it is looked at. The file tells by which rules and of which names it
was made: one made by others is left alone, and the index is made in memory.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.matching import normal
from homegraph.graph.matching.grams import Grams
from homegraph.graph.matching.index import Row, Shelf, Thing, Wording
from homegraph.graph.matching.names import INDEX, NAMES
from homegraph.graph.matching.runs import (
    Arrays,
    Cells,
    Keys,
    Made,
    Postings,
    Texts,
    Words,
    arrays_in,
    before,
    keys_of,
    postings_of,
    run_of,
)
from homegraph.graph.matching.vocabulary import Respects, Told

# Whoever changes one of these makes another index.
RULES = (
    *("aspects.py", "grams.py", "index.py", "kept.py", "lexicon.py", "names.py", "normal.py"),
    *("runs.py", "seen.py", "vocabulary.py"),
    *("described.csv", "labelled/*.csv"),
)
AT = 64  # arrays begin at multiples of so many bytes
BETWEEN = "\x1f"  # codes of one thing


class KeptShelf(Shelf):
    """All names of one kind, in arrays that lie in a file."""

    def __init__(self, said: Mapping[str, Any], arrays: Arrays, elsewhere: frozenset[str]) -> None:
        self.kind, self.rules = said["kind"], normal.family(said["kind"])
        self.vintages, self._elsewhere = said["vintages"], elsewhere
        self._hows, self._arrays = said["hows"], arrays
        self._plain, self._core = self._texts("plain"), self._texts("core")
        self._iris = self._keys("iri")
        of_things = [self._texts(name) for name in ("label", "context", "codes", "years")]
        ends = arrays["row ends"].data

        def thing(place: int) -> Thing:
            label, context, codes, years = (texts[place] for texts in of_things)
            return Thing(
                *(self._iris[place], self.kind, label, context),
                frozenset(filter(None, codes.split(BETWEEN))),
                frozenset(years.split()),
                before(ends, place),
                ends[place],
            )

        self.things = Made(len(self._iris), thing)
        self.rows = Made(len(self._plain), self._row)
        self._exact = self._postings("exact")
        self.exact, self.cores = self._exact, self._postings("cores")
        self.first_letters, self.codes = self._postings("letters"), self._postings("code")
        # Asked so often that it is better made at once; there are few words.
        self.rarity = dict(zip(self._texts("words"), arrays["rarity"].tolist(), strict=True))
        self._grams = Grams.of({name: arrays[f"grams {name}"] for name in Grams.ARRAYS})

    @cached_property
    def by_less(self) -> Mapping[str, list[str]]:
        """The words of our names by what is left of them without one of their letters."""
        return Words(self._postings("less"), self._texts("mending"))

    @cached_property
    def told(self) -> Told | None:
        """What the names tell that the vocabulary speaks from."""
        if "token" not in self._arrays:
            return None
        places, respects = self._arrays["told places"].tolist(), self._texts("respects")
        at, more, ends = (self._arrays[f"token {of}"] for of in ("at", "more", "at ends"))
        return Told(
            places,
            Made(len(respects), lambda place: Respects(*json.loads(respects[place]))),
            self._arrays["told none"],
            Cells(self._keys("token"), ends, at, more),
        )

    def _row(self, place: int) -> Row:
        plain, core = self._plain[place], self._core[place]
        core_words = tuple(core.split())
        wording = Wording(plain, core, tuple(plain.split()), core_words, normal.marks(core_words))
        thing, how = self._arrays["thing"][place], self._arrays["how"][place]
        return Row(int(thing), wording, self._hows[how])

    def _texts(self, name: str) -> Texts:
        return Texts(self._arrays[name], self._arrays[f"{name} ends"])

    def _keys(self, name: str) -> Keys:
        return Keys(*(self._arrays[f"{name}{of}"] for of in ("", " ends", " sums", " places")))

    def _postings(self, name: str) -> Postings:
        ends, values = self._arrays[f"{name} found ends"], self._arrays[f"{name} found"]
        return Postings(self._keys(name), ends, values)

    def place_of(self, iri: str) -> int | None:
        """The place of a thing, by its IRI."""
        return self._iris.find(iri)

    def beginning(self, start: str) -> Iterator[tuple[str, int]]:
        """The names that begin so, in order, each with the thing that has it."""
        texts = self._exact.texts
        for place in range(bisect_left(texts, start), len(texts)):
            text = texts[place]
            if not text.startswith(start):
                return
            for row in map(self.rows.__getitem__, self._exact.at(place)):
                if row.wording.plain == text:  # and not all its words in one
                    yield text, row.thing


def write(folder: Path, shelves: Iterable[Shelf], elsewhere: Iterable[str]) -> None:
    """Write the index of a release beside its names."""
    parts: list[bytes] = []
    place = 0

    def put(arrays: Arrays) -> dict[str, list[Any]]:
        nonlocal place
        at = {}
        for name, array in arrays.items():
            said = array.tobytes()
            at[name] = [array.dtype.str, place, len(array)]
            parts.append(said + bytes(-len(said) % AT))
            place += len(parts[-1])
        return at

    head = {
        "stamp": stamp(folder),
        "elsewhere": put(run_of("elsewhere", sorted(elsewhere))),
        "shelves": [
            {
                "kind": shelf.kind,
                "vintages": shelf.vintages,
                "hows": sorted({row.how for row in shelf.rows}),
                "arrays": put(arrays_of(shelf)),
            }
            for shelf in shelves
        ],
    }
    said = json.dumps(head, separators=(",", ":")).encode()
    first = len(said).to_bytes(AT, "big")
    with (folder / INDEX).open("wb") as file:
        file.writelines([first, said, bytes(-len(said) % AT), *parts])


def arrays_of(shelf: Shelf) -> Arrays:
    """A shelf as arrays."""
    hows = sorted({row.how for row in shelf.rows})
    things, rows = shelf.things, shelf.rows
    mending = sorted({word for some in shelf.by_less.values() for word in some})
    places = {word: place for place, word in enumerate(mending)}
    less = {text: [places[word] for word in some] for text, some in shelf.by_less.items()}
    return {
        **run_of("plain", [row.wording.plain for row in rows]),
        **run_of("core", [row.wording.core for row in rows]),
        "thing": np.array([row.thing for row in rows], np.int32),
        "how": np.array([hows.index(row.how) for row in rows], np.int8),
        **keys_of("iri", [one.iri for one in things]),
        **run_of("label", [one.label for one in things]),
        **run_of("context", [one.context for one in things]),
        **run_of("codes", [BETWEEN.join(sorted(one.codes)) for one in things]),
        **run_of("years", [" ".join(sorted(one.years)) for one in things]),
        "row ends": np.array([one.last for one in things], np.int32),
        **postings_of("exact", shelf.exact),
        **postings_of("cores", shelf.cores),
        **postings_of("letters", shelf.first_letters),
        **postings_of("code", shelf.codes),
        **run_of("mending", mending),
        **postings_of("less", less),
        **run_of("words", sorted(shelf.rarity)),
        "rarity": np.array([shelf.rarity[word] for word in sorted(shelf.rarity)], np.float64),
        **{f"grams {name}": array for name, array in shelf.grams().items()},
        **(arrays_of_told(shelf.told) if shelf.told else {}),
    }


def arrays_of_told(told: Told) -> Arrays:
    """What the names of a shelf tell, as arrays."""
    tokens = sorted(told.found)
    found = [told.found[token] for token in tokens]
    nothing = (np.zeros(0, np.int32), np.zeros(0, np.float32))
    at, more = (np.concatenate(runs) for runs in zip(*found, nothing, strict=True))
    respects = [
        (dict(said), {name: sorted(values) for name, values in beside.items()})
        for said, beside in told.respects
    ]
    return {
        "told places": np.array(told.places, np.int32),
        "told none": told.none,
        **run_of("respects", [json.dumps(one) for one in respects]),
        **keys_of("token", tokens),
        "token at": at,
        "token more": more,
        "token at ends": np.cumsum([len(one) for one, _ in found], dtype=np.int32),
    }


def read(folder: Path) -> dict[str, Callable[[], Shelf]] | None:
    """What opens the shelf of each kind; None where there is no index by our rules of these names.

    Raises ReleaseTampered for a file that is no index.
    """
    path = folder / INDEX
    if not path.is_file():
        return None
    try:
        whole = np.memmap(path, np.uint8, "r")
        length = int.from_bytes(whole[:AT].tobytes(), "big")
        head = json.loads(whole[AT : AT + length].tobytes())
        if head["stamp"] != stamp(folder):
            return None
        start = AT + length + -length % AT
        inside = np.asarray(whole[start:])
        words = arrays_in(inside, head["elsewhere"])
        elsewhere = frozenset(Texts(words["elsewhere"], words["elsewhere ends"]))
        shelves = {one["kind"]: (one, arrays_in(inside, one["arrays"])) for one in head["shelves"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseTampered(f"{path} cannot be read: {error}") from error

    def opening(kind: str) -> Callable[[], Shelf]:
        return lambda: KeptShelf(*shelves[kind], elsewhere)

    return {kind: opening(kind) for kind in shelves}


def stamp(folder: Path) -> str:
    """By which rules and of which names an index is made."""
    return sha256(rules() + (folder / NAMES).read_bytes()).hexdigest()


@cache
def rules() -> bytes:
    """A digest of the modules whose rules an index follows."""
    here = Path(__file__).parent
    files = [path for name in RULES for path in sorted(here.glob(name))]
    return sha256(b"\0".join(path.read_bytes() for path in files)).digest()
