"""Where the lines of a log go: a file that others rotate, or a stream that nobody may be reading.

Nothing here waits and nothing here raises: what cannot be written now is given back.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

STREAMS = {"stdout": 1, "stderr": 2}
# Writes of so many bytes are never mixed with those of other processes: POSIX promises it for
# pipes, and systems keep it for files that are opened to append.
AT_ONCE = 4096
LOOK = 1.0  # seconds between two looks whether the file is still the one of that name
APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)


class Sink:
    """A file by its path, or `stdout` or `stderr`; each line is written whole, by one write."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._handle = -1
        self._socket: socket.socket | None = None
        self._looked = 0.0
        self._torn = False  # a full disk has cut the last line

    def write(self, lines: Sequence[str]) -> Sequence[str]:
        """Write lines of ASCII that end with a line feed; returns those that are still to write."""
        done = 0
        try:
            self._open()
            for count, parcel in parcels(lines):
                text = ("\n" if self._torn else "") + parcel
                written = self._put(text.encode())
                if written < len(text):
                    done += max(0, text[:written].count("\n") - self._torn)
                    self._torn = text[:written][-1:] not in ("\n", "")
                    break
                self._torn = False
                done += count
        except OSError:
            pass  # a disk that is full, a reader that is slow or gone
        return lines[done:]

    def close(self) -> None:
        """Let go of the file."""
        if self._socket is not None:
            self._socket.close()
        elif self._handle >= 0:
            os.close(self._handle)
        self._socket, self._handle = None, -1

    def _put(self, text: bytes) -> int:
        if self._socket is not None:
            return self._socket.send(text, getattr(socket, "MSG_DONTWAIT", 0))
        return os.write(self._handle, text)

    def _open(self) -> None:
        """Open it, or open it again if the file was moved away since; raises OSError."""
        now = monotonic()
        if self._handle >= 0 and (self.where in STREAMS or now - self._looked < LOOK):
            return
        self._looked = now
        if self.where in STREAMS:
            self._open_stream(STREAMS[self.where])
            return
        if self._handle >= 0 and not self._is_still_there():
            self.close()
        if self._handle < 0:
            self._handle = os.open(self.where, APPEND, 0o640)
            self._torn = False

    def _is_still_there(self) -> bool:
        try:
            return os.path.samestat(Path(self.where).stat(), os.fstat(self._handle))
        except FileNotFoundError:
            return False

    def _open_stream(self, number: int) -> None:
        """Open a standard stream so that writing to it never waits.

        The flag that says so belongs to all who have the stream, so it is opened once more by its
        name; a socket (the journal of systemd) cannot be, and has a flag for each write instead.
        """
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            self._socket = socket.socket(fileno=os.dup(number))
            self._handle = self._socket.fileno()
            return
        try:
            self._handle = os.open(f"/dev/fd/{number}", APPEND & ~os.O_CREAT)
        except OSError:  # it belongs to another user
            self._handle = os.dup(number)


def parcels(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Put lines together as long as they can be written at once; how many, and their text."""
    start = size = 0
    for end, line in enumerate(lines):
        if size and size + len(line) > AT_ONCE - 1:
            yield end - start, "".join(lines[start:end])
            start, size = end, 0
        size += len(line)
    if size:
        yield len(lines) - start, "".join(lines[start:])
