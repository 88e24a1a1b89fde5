"""Who answered when the addresses of files were asked: kept in the home, read by builds.

A build asks nobody, and no request does: `homegraph reach` asks, and keeps one small file for
each address, named by the digest of the address.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

from homegraph.graph.errors import HomeUnusable

FOLDER = "reach"  # in the home
FIRST_GOOD, FIRST_BAD, LAST = 200, 400, 1_000


@dataclass(frozen=True)
class Answer:
    """What an address answered on a day: a status, or 0 and what went wrong."""

    address: str
    asked: str
    status: int
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it answers (MQA: with a status from 200 to 399)."""
        return FIRST_GOOD <= self.status < FIRST_BAD

    def __str__(self) -> str:
        said = f"status {self.status}" if self.status else f"no answer: {self.problem}"
        return f"{self.address} gave {said} on {self.asked}"


@dataclass(frozen=True)
class Answers:
    """The answers that are kept, by address."""

    found: Mapping[str, Answer] = field(default_factory=dict)

    def of(self, address: str) -> Answer | None:
        """The answer of an address; None when it was never asked."""
        return self.found.get(address)


NOT_ASKED = Answers()


def kept(home: Path) -> Answers:
    """The answers in a home; raises HomeUnusable for a file that is none of ours."""
    found: dict[str, Answer] = {}
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            answer = checked(Answer(**json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, TypeError) as error:
            raise HomeUnusable(f"{path} cannot be read: {error}. Take it away.") from error
        found[answer.address] = answer
    return Answers(found)


def checked(answer: Answer) -> Answer:
    """The same answer; raises ValueError or TypeError for one that nobody can have given."""
    if not all(isinstance(one, str) for one in (answer.address, answer.problem)):
        raise TypeError("an address is a text")
    if type(answer.status) is not int or not 0 <= answer.status < LAST:
        raise TypeError("a status is a number")
    date.fromisoformat(answer.asked)
    return answer


def keep(home: Path, answer: Answer) -> None:
    """Keep an answer in place of an older one."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(answer.address.encode()).hexdigest()}.json"
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(asdict(answer), indent=1, ensure_ascii=False) + "\n", "utf-8")
    aside.replace(path)


def due(addresses: Iterable[str], answers: Answers, today: date, days: int) -> list[str]:
    """The addresses to ask: those never asked, and those asked longer ago than some days."""
    found = []
    for address in sorted(set(addresses)):
        answer = answers.of(address)
        if answer is None or (today - date.fromisoformat(answer.asked)).days >= days:
            found.append(address)
    return found
