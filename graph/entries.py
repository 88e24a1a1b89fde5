"""What the catalogue says of each dataset, in plain words, as a sealed file of the release.

Forms of the catalogue that tell all datasets at once (data.json, searches) would have to read every
record out of the store first, which takes a millisecond each. The build has read them all anyway,
to tell what changed, so it writes them down: a line of JSON for each dataset, in the order of their
names.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from types import TracebackType
from typing import Any

from pyoxigraph import NamedNode, Store, Triple

from homegraph.graph.entry import Agent, Contact, Entry, File, Named, Place
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.plain import RecordReader
from homegraph.graph.record import Records

ENTRIES = "entries.jsonl"
Json = dict[str, Any]

ALWAYS = {"iri", "title", "label"}  # written even where they are empty
# What a field of an entry or a file is made of, where it is more than a text or a number.
ONE = {"publisher": Agent, "licence": Named, "access": Named, "frequency": Named}
MANY = {
    "creators": Agent,
    "contacts": Contact,
    "themes": Named,
    "places": Place,
    "languages": Named,
    "standards": Named,
}


class Writer:
    """Writes the entries of a release; they must come in the order of the datasets' names."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._file = (folder / ENTRIES).open("wb")
        self._records = Records(store)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, dataset: NamedNode, record: Iterable[Triple]) -> None:
        """Write what a dataset's record says."""
        entry = RecordReader(self._records, record).entry(dataset)
        self._file.write(as_line(entry))


class Entries:
    """Reads the entries of a release, one at a time: they stay on the disk."""

    def __init__(self, path: Path, datasets: Sequence[NamedNode]) -> None:
        """Look where each dataset's line is; raises ReleaseTampered when there are not as many."""
        self._datasets = datasets
        self._text = mapped(path)
        self._ends = [-1]
        while (end := self._text.find(b"\n", self._ends[-1] + 1)) >= 0:
            self._ends.append(end)
        if len(self._ends) - 1 != len(datasets):
            raise ReleaseTampered(f"{path} has not one line for each dataset")

    @classmethod
    def read(cls, folder: Path, datasets: Sequence[NamedNode]) -> Entries | None:
        """Those of a release, whose datasets come in the order of their names; None without any.

        Releases of before have none. Raises ReleaseTampered for a file that is none of ours.
        """
        try:
            return cls(folder / ENTRIES, datasets)
        except FileNotFoundError:
            return None

    def __iter__(self) -> Iterator[Entry]:
        """All, in the order of names."""
        return (self._at(place) for place in range(len(self._datasets)))

    def of(self, dataset: NamedNode) -> Entry | None:
        """The entry of a dataset; None for what is not in the catalogue."""
        place = bisect_left(self._datasets, dataset.value, key=lambda one: one.value)
        if place == len(self._datasets) or self._datasets[place] != dataset:
            return None
        return self._at(place)

    def _at(self, place: int) -> Entry:
        line = self._text[self._ends[place] + 1 : self._ends[place + 1]]
        try:
            entry = as_entry(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ReleaseTampered(f"{ENTRIES} has a line that is none of ours: {error}") from error
        if entry.iri != self._datasets[place].value:
            raise ReleaseTampered(f"{ENTRIES} has the line of another dataset: {entry.iri}")
        return entry


def mapped(path: Path) -> mmap | bytes:
    """The bytes of a file, which the system keeps for all who read it."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return b""  # nothing cannot be mapped
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def as_line(entry: Entry) -> bytes:
    """An entry as a line of JSON; what is not known of it is left out."""
    text = json.dumps(entry, default=known, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode()


def known(part: Any) -> Json:
    """What is known of a part of an entry."""
    return {
        name: value
        for name, value in vars(part).items()
        if name in ALWAYS or value not in ("", (), None)
    }


def as_entry(said: Json) -> Entry:
    """The entry that a line tells; what is none is an error of whatever kind JSON gives."""
    return Entry(
        **parts(said) | {"files": tuple(File(**parts(one)) for one in said.get("files", ()))}
    )


def parts(said: Json) -> Json:
    """The fields of an entry or a file, each as what it is."""
    found: Json = {}
    for name, value in said.items():
        if isinstance(value, dict):  # a file has an address where an entry has a code
            found[name] = ONE[name](**value)
        elif name in MANY:
            found[name] = tuple(MANY[name](**one) for one in value)
        elif name == "periods":
            found[name] = tuple((first, last) for first, last in value)
        else:
            found[name] = tuple(value) if isinstance(value, list) else value
    return found
