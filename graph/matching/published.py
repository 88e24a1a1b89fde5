"""What matching needs of a release, and how accurate it is: made with the release, sealed with it.

What is measured are the held-out pairs whose thing is in the release, and those that stand for
nothing. The file is JSON; `model` and `labelled` are the first twelve digits of the SHA-256 of what
the matcher was tuned to, and of the labelled pairs with the official descriptions.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.matching import labelled
from homegraph.graph.matching import names as table
from homegraph.graph.matching.accuracy import (
    Accuracy,
    Counted,
    Mistake,
    Present,
    answered,
    counted,
    measured,
    pairs,
)
from homegraph.graph.matching.corrections import CORRECTIONS, Correction, whole
from homegraph.graph.matching.labelled import HELD, Pair
from homegraph.graph.matching.names import INDEX, NAMES, Name
from homegraph.graph.matching.seen import DESCRIBED
from homegraph.graph.raw import digest
from homegraph.graph.release import Release

if TYPE_CHECKING:
    from homegraph.graph.matching.matcher import Matcher

ACCURACY = "accuracy.json"
FOLLOWING = (INDEX, ACCURACY)  # the files that follow from names and corrections
ALL = "all"  # the last of the lists: what was measured on all of them together
DIGITS = 12


@dataclass(frozen=True)
class Report:
    """What was measured, by which model, on which pairs."""

    model: str
    labelled: str
    software: str
    lists: tuple[Accuracy, ...]  # by name, and all together at the end
    measured: str = HELD

    def of(self, list_name: str) -> Accuracy | None:
        """What was measured on one list; None when it has no pairs."""
        return next((one for one in self.lists if one.list_name == list_name), None)


def report(
    names: Iterable[Name], corrections: Sequence[Correction] = (), matcher: Matcher | None = None
) -> Report:
    """Measure matching among these names, without the corrections, which are counted beside.

    The matcher of these names may be made already.
    """
    from homegraph.graph.matching.matcher import Matcher  # here, as a reader does without NumPy

    known = list(names)
    alone = matcher or Matcher.of_names(known)
    here = Present.of(known)
    absent: dict[str, int] = {}
    kinds: dict[str, frozenset[str]] = {}
    some: list[tuple[str, Pair]] = []
    for name, pair in pairs(HELD):
        kinds[name] = kinds.get(name, frozenset()) | whole(pair.kinds.split())
        if here.has(pair):
            some.append((name, pair))
        elif pair.iri or here.has_come(pair):
            absent[name] = absent.get(name, 0) + 1
    found = answered(alone, some)
    lists = []
    for name in sorted(kinds):
        mine = [one for one in found if one.list_name == name]
        made = counted(alone, corrections, kinds[name])
        lists.append(measured(name, mine, alone, absent.get(name, 0), made))
    made = counted(alone, corrections, frozenset())
    lists.append(measured(ALL, found, alone, sum(absent.values()), made))
    return Report(*tuned(), version("homegraph"), tuple(lists))


@cache
def tuned() -> tuple[str, str]:
    """The versions of the model, and of the labelled pairs."""
    from homegraph.graph.matching.score import MODEL

    files = [labelled.FOLDER / f"{name}.csv" for name in labelled.lists()]
    return short([MODEL]), short([*files, DESCRIBED])


def short(files: Iterable[Path]) -> str:
    """The start of the digest of files."""
    whole_digest = sha256()
    for path in files:
        whole_digest.update(path.read_bytes())
    return whole_digest.hexdigest()[:DIGITS]


def seal(
    folder: Path,
    names: Sequence[Name],
    corrections: Sequence[Correction] = (),
    before: Release | None = None,
) -> None:
    """Write names, their index and its accuracy into the folder of a release that is being built.

    The corrections are there already. What the release before says of the same is taken over; it
    was built by the same code.
    """
    from homegraph.graph.matching.matcher import Matcher

    table.write(folder, names)
    if before is not None and take_over(folder, before):
        return
    matcher = Matcher.of_names(names)
    matcher.keep(folder)
    said = as_json(report(names, corrections, matcher))
    (folder / ACCURACY).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")


def take_over(folder: Path, before: Release) -> bool:
    """Link what follows from names and corrections; False when these are others than before."""
    files = before.manifest["files"]
    for name in (NAMES, CORRECTIONS):
        mine = digest(folder / name) if (folder / name).exists() else None
        if mine != files.get(name, {}).get("sha256"):
            return False
    try:
        for name in FOLLOWING:
            before.insist_on(before.path / name)
    except ReleaseTampered:
        return False  # both are made anew, which costs seconds
    for name in FOLLOWING:
        os.link(before.path / name, folder / name)
    return True


def as_json(said: Report) -> dict[str, Any]:
    """A report as the file has it: what is counted, and beside it the shares, for whoever reads."""
    lists = []
    for one in said.lists:
        row: dict[str, Any] = {"list": one.list_name}
        for name, value in asdict(one).items():
            if name != "list_name":
                row[name] = value
        row["calibration_error"] = round(one.calibration_error, 4)
        row["curve"] = [[round(mean, 4), round(was, 4), of] for mean, was, of in one.curve]
        row |= one.shares
        lists.append(row)
    return {
        "model": said.model,
        "labelled": said.labelled,
        "software": said.software,
        "measured": said.measured,
        "lists": lists,
    }


def read(folder: Path) -> Report | None:
    """The accuracy that was sealed with a release; None for an older one that has none.

    Raises ReleaseTampered when it cannot be read.
    """
    path = folder / ACCURACY
    try:
        said = json.loads(path.read_text("utf-8"))
        lists = tuple(from_json(one) for one in said["lists"])
        return Report(said["model"], said["labelled"], said["software"], lists, said["measured"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseTampered(f"{path} cannot be read: {error!r}") from error


def from_json(said: dict[str, Any]) -> Accuracy:
    """One list of the file."""
    counts = ("pairs", "answerable", "matched", "right", "among_first", "first", "absent")
    return Accuracy(
        list_name=said["list"],
        calibration_error=float(said["calibration_error"]),
        curve=tuple((float(mean), float(was), int(of)) for mean, was, of in said["curve"]),
        errors=tuple(Mistake(**one) for one in said["errors"]),
        missed=tuple(Mistake(**one) for one in said["missed"]),
        corrections=Counted(**said["corrections"]),
        **{name: int(said[name]) for name in counts},
    )
