"""What a run has found out so far, beside the file it will write: whatever ends it, none is lost.

The first line says what the run is of, and each other line is an answer. The answers are what takes
time; the files are written at the end, each whole or not at all.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from homegraph.graph.errors import HomeBusy, HomeUnusable, LinkMisfit
from homegraph.graph.linking.answers import Answer, Shown
from homegraph.graph.linking.wanted import Asked

SUFFIX = ".partial"


class Journal:
    """The answers of a run.

    Raises HomeBusy while another run has it, LinkMisfit for a file of others, and HomeUnusable.
    """

    def __init__(self, target: Path, of: Mapping[str, Any]) -> None:
        self.path = target.with_name(target.name + SUFFIX)
        self.answers: dict[Asked, Answer] = {}
        self.changed: list[
            str
        ] = []  # what differs from the run that left a journal: it is not used
        self._of = json.loads(json.dumps(of))  # as it will be read again
        self._labels: dict[str, str] = {}  # each text once, as few things have many names
        try:
            self._file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
        except OSError as error:
            raise HomeUnusable(f"{self.path}: {error.strerror or error}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise HomeBusy(f"another run of `homegraph link` writes {target}") from error
        self._take_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.answers:  # there is nothing to go on with
            self.done()
        self._file.close()

    def _take_up(self) -> None:
        """Read what another run has left, if it was of the same; begin anew otherwise."""
        first = self._file.readline()
        before = loaded(first)
        if isinstance(before, dict) and before == self._of:
            whole = len(first)
            for line in self._file:
                found = loaded(line)
                if not line.endswith(b"\n") or not isinstance(found, list):
                    break  # what a run was writing when it was ended
                self._remember(found)
                whole += len(line)
            self._file.seek(whole)
            self._file.truncate()
            return
        if first and not isinstance(before, dict):
            self._file.close()
            raise LinkMisfit(
                f"{self.path} is no file of a run of `homegraph link`, and would be written over; "
                "take it away, or name another --out"
            )
        if isinstance(before, dict):
            keys = before.keys() | self._of.keys()
            self.changed = sorted(key for key in keys if before.get(key) != self._of.get(key))
        self._file.seek(0)
        self._file.truncate()
        self._put(json.dumps(self._of, ensure_ascii=False) + "\n")

    def _remember(self, found: list[Any]) -> None:
        kinds, text, parent, code, period, status, candidates = found
        asked = Asked(tuple(kinds), text, parent, code, period)
        self.answers[asked] = Answer(status, tuple(self._shown(*one) for one in candidates))

    def _shown(self, uri: str, label: str, score: float) -> Shown:
        known = self._labels
        return Shown(known.setdefault(uri, uri), known.setdefault(label, label), score)

    def add(self, found: Iterable[tuple[Asked, Answer]]) -> None:
        """Keep answers; they outlast whatever ends this process."""
        lines = []
        for asked, answer in found:
            self.answers[asked] = Answer(
                answer.status, tuple(self._shown(*one) for one in answer.candidates)
            )
            lines.append(json.dumps([*asked, *answer], ensure_ascii=False) + "\n")
        self._put("".join(lines))

    def _put(self, text: str) -> None:
        try:
            self._file.write(text.encode("utf-8", "surrogatepass"))
            self._file.flush()
        except OSError as error:
            raise HomeUnusable(f"{self.path}: {error.strerror or error}") from error

    def done(self) -> None:
        """Take the journal away: what was to be written is there."""
        self.path.unlink(missing_ok=True)


def loaded(line: bytes) -> Any:
    """A line of JSON; None for what is no such line."""
    try:
        return json.loads(line)
    except ValueError:
        return None
