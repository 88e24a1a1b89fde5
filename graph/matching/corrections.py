"""What people decided that a text stands for; it wins over what matching would say.

A home remembers them in corrections.csv, and each release seals a copy, by which servers answer.
Where rows ask the same, the last one holds.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path
from typing import NamedTuple

from homegraph.graph.errors import CorrectionsRejected, HomeUnusable
from homegraph.graph.findings import Finding
from homegraph.graph.matching import names

CORRECTIONS = "corrections.csv"
LOCK = ".corrections.lock"
MOST = 100  # faults that are told at once
CONTEXT = ("parent", "code", "period")
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody decided that a text stands for: a row of the file."""

    text: str
    kinds: str = ""  # what was asked for, with blanks between; nothing stands for any kind
    parent: str = ""
    code: str = ""
    period: str = ""
    iri: str = ""  # nothing where nothing of ours is meant
    said: str = ""  # the first candidate of the matcher, when it was corrected
    score: str = ""  # and its score
    source: str = ""  # the table in which the text stood
    by: str = ""  # who decided, if they wish to be named
    on: str = ""  # the day, as 2026-11-22

    @property
    def context(self) -> dict[str, str]:
        """The context that it holds for, by its name; none where it holds for all."""
        given = {name: squeezed(getattr(self, name)) for name in CONTEXT}
        return {name: text for name, text in given.items() if text}

    @property
    def asks(self) -> tuple[str, frozenset[str], tuple[tuple[str, str], ...]]:
        """The question that it answers; a later correction with the same one replaces it."""
        return squeezed(self.text), whole(self.kinds.split()), tuple(sorted(self.context.items()))


COLUMNS = [field.name for field in fields(Correction)]


class Corrections:
    """Finds the correction for a question."""

    def __init__(self, some: Iterable[Correction] = ()) -> None:
        self._by_text: dict[str, list[Correction]] = defaultdict(list)
        self._count = 0
        for one in latest(some):
            self._by_text[squeezed(one.text)].append(one)
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Correction]:
        for some in self._by_text.values():
            yield from some

    def of(
        self, text: str, kinds: Sequence[str] = (), context: Mapping[str, str] | None = None
    ) -> Correction | None:
        """The correction for a text that is asked for among these kinds, or None.

        It answers for the kinds that it was made for, or fewer of them; where it names a context,
        only for that. The one that names most of the context wins, then the last.
        """
        found = self._by_text.get(squeezed(text))
        if not found:
            return None
        asked = whole(kinds)
        given = {name: squeezed(said) for name, said in (context or {}).items()}
        best: Correction | None = None
        for one in found:
            if one.kinds and not (asked and asked <= whole(one.kinds.split())):
                continue
            if not one.context.items() <= given.items():
                continue
            if best is None or len(one.context) >= len(best.context):
                best = one
        return best


class Added(NamedTuple):
    """What became of corrections that were handed in."""

    new: int
    changed: int  # they replace another for the same question
    same: int  # they were known


def squeezed(text: str) -> str:
    """A text as it is compared: small letters, one blank between words.

    >>> squeezed("  Heddlu  GWENT ")
    'heddlu gwent'
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def whole(kinds: Iterable[str]) -> frozenset[str]:
    """Kinds, with the words for several at once written out."""
    return frozenset(one for kind in kinds for one in names.GROUPS.get(kind, (kind,)))


def latest(some: Iterable[Correction]) -> list[Correction]:
    """Of those for the same question the last, in the order in which they came."""
    found: dict[object, Correction] = {}
    for one in some:
        found.pop(one.asks, None)
        found[one.asks] = one
    return list(found.values())


def read(folder: Path) -> list[Correction]:
    """The corrections of a home or a release; none when nobody made one.

    Raises CorrectionsRejected, which names row and column, when the file is not as it should be.
    """
    path = folder / CORRECTIONS
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        found = Finding(f"it cannot be read: {error}", "Save it as CSV in UTF-8.", str(path))
        raise CorrectionsRejected([found]) from error
    known: list[Correction] = []
    wrong: list[Finding] = []
    for number, row in numbered(text, path):
        if len(row) != len(COLUMNS):
            problem = f"it has {len(row)} cells, not {len(COLUMNS)}"
            wrong.append(Finding(problem, "Give it one for each column.", str(path), number))
            continue
        one = Correction(*row)
        for column, problem, remedy in faults(one):
            value = getattr(one, column)
            wrong.append(Finding(problem, remedy, str(path), number, column, value))
        known.append(one)
    if wrong:
        raise CorrectionsRejected(wrong[:MOST])
    return latest(known)


def numbered(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows below the heading, by the numbers that a spreadsheet gives them."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 1
    try:
        if next(rows, []) != COLUMNS:
            remedy = f"The first row is: {','.join(COLUMNS)}"
            raise CorrectionsRejected([Finding("its columns are others", remedy, str(path), 1)])
        for row in rows:
            number += 1
            yield number, row
    except csv.Error as error:
        remedy = "Put cells with quotation marks between quotation marks, and double those inside."
        problem = f"it is not CSV: {error}"
        raise CorrectionsRejected([Finding(problem, remedy, str(path), number + 1)]) from error


def faults(one: Correction) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a correction: the column, the problem and the remedy."""
    if not one.text.strip():
        yield "text", "there is no text", "Write the text that was corrected, or take the row out."
    known = names.KINDS.keys() | names.GROUPS.keys()
    if not set(one.kinds.split()) <= known:
        yield "kinds", "it is not a kind of thing", f"Write one of {', '.join(sorted(known))}."
    for column in ("iri", "said"):
        if getattr(one, column) and not IRI.fullmatch(getattr(one, column)):
            yield column, "it is not a URI", "Write a whole URI, or nothing for no thing of ours."
    if one.score and not is_share(one.score):
        yield "score", "it is not a score", "Write a number from 0 to 1, or nothing."
    if one.on and not is_day(one.on):
        yield "on", "it is not a day", "Write it as 2026-11-22, or nothing."


def is_share(text: str) -> bool:
    """Whether a text is a number from 0 to 1."""
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, as ISO 8601 writes it."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def write(folder: Path, some: Iterable[Correction]) -> None:
    """Write the file of a home or of a release that is being built, whole or not at all.

    Raises HomeUnusable when the folder cannot be written.
    """
    path = folder / CORRECTIONS
    aside = folder / f".{CORRECTIONS}"
    try:
        with aside.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows(astuple(one) for one in some)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except OSError as error:
        raise HomeUnusable(f"{path}: {error.strerror or error}") from error


def add(home: Path, some: Iterable[Correction]) -> Added:
    """Remember corrections in a home; what it knows already is not written anew.

    Raises CorrectionsRejected when the home's file is not as it should be, and HomeUnusable.
    """
    with held(home):
        before = read(home)
        known = {one.asks: one for one in before}
        fresh, changed, same = [], 0, 0
        for one in latest(some):
            old = known.get(one.asks)
            if old and old.iri == one.iri:
                same += 1
                continue
            changed += old is not None
            fresh.append(one)
        if fresh:
            write(home, latest([*before, *fresh]))
    return Added(len(fresh) - changed, changed, same)


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold the file, so that of two who add to it at once neither loses anything.

    It is not the lock of builds, which may take hours. Raises HomeUnusable.
    """
    try:
        lock = (home / LOCK).open("w")
    except OSError as error:
        raise HomeUnusable(f"{home}: {error.strerror or error}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
