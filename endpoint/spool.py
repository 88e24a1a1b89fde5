"""Where an answer is kept until it is whole: in memory while it is small, then in a file.

No status goes out before the answer is known to be whole, so a 200 is never a part of one.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import time
from typing import IO

from homegraph.graph.errors import Busy, TooLarge

IN_MEMORY = 1_000_000  # bytes
BEGINS = "answer-"  # how the names of its files begin; the number of the process follows


@dataclass
class Spool:
    """One answer while it is written; `most` bytes at most.

    Without a folder everything stays in memory.
    """

    most: int
    folder: Path | None = None
    size: int = 0
    file: str = ""
    parts: list[bytes] = field(default_factory=list)
    _out: IO[bytes] | None = None

    def write(self, chunk: bytes) -> int:
        """Take some more; raises TooLarge beyond the limit, Busy when the disk is full."""
        self.size += len(chunk)
        if self.size > self.most:
            raise TooLarge(self.most)
        if self._out is None and self.folder is not None and self.size > IN_MEMORY:
            self._spill(self.folder)
        if self._out is None:
            self.parts.append(bytes(chunk))
            return len(chunk)
        try:
            return self._out.write(chunk)
        except OSError as error:
            raise Busy(f"the answer cannot be kept: {error.strerror}") from error

    def flush(self) -> None:
        """Hand on to the system what is written."""
        if self._out is not None:
            try:
                self._out.flush()
            except OSError as error:
                raise Busy(f"the answer cannot be kept: {error.strerror}") from error

    def close(self) -> None:
        """The answer is whole."""
        self.flush()
        if self._out is not None:
            self._out.close()

    def discard(self) -> None:
        """The answer is not wanted: leave nothing behind."""
        self.parts = []
        if self._out is not None:
            self._out.close()
            Path(self.file).unlink(missing_ok=True)

    def restart(self) -> None:
        """What is written so far is wrong: begin again."""
        self.discard()
        self.size, self.file, self._out = 0, "", None

    @property
    def body(self) -> bytes:
        """What is in memory: all of it, or nothing when there is a file."""
        return b"".join(self.parts)

    def _spill(self, folder: Path) -> None:
        try:
            self._out = NamedTemporaryFile(  # noqa: SIM115 closed by close() and discard()
                dir=folder, prefix=f"{BEGINS}{os.getpid()}-", delete=False
            )
            self.file = self._out.name
            self._out.write(b"".join(self.parts))
        except OSError as error:
            raise Busy(f"the answer cannot be kept: {error.strerror}") from error
        self.parts = []


def remove_files_of(process: int, folder: Path) -> None:
    """Remove what a process that was ended has not finished."""
    for path in folder.glob(f"{BEGINS}{process}-*"):
        path.unlink(missing_ok=True)


def remove_abandoned(folder: Path, age: float) -> None:
    """Remove what processes that are gone have left, when nobody has sent it for `age` seconds."""
    for path in folder.glob(BEGINS + "*-*"):
        with suppress(OSError, ValueError):
            if time() - path.stat().st_mtime > age and not is_there(int(path.name.split("-")[1])):
                path.unlink()


def is_there(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
