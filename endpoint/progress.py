"""Progress of long work: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self, TextIO

import click

EVERY = 5.0  # seconds between plain lines


class Bars:
    """A bar per stage; call it with stage, done and total."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = self._stream.isatty()
        self._stage = ""
        self._bar: Any = None
        self._done = 0
        self._said = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of a stage are done."""
        if stage != self._stage:
            self._finish()
            self._stage, self._done, self._said = stage, 0, 0.0
            if self._terminal:
                self._bar = click.progressbar(length=total, label=f"{stage:10}", file=self._stream)
                self._bar.__enter__()
        if self._bar is not None:
            self._bar.update(done - self._done)
        elif total == 1:
            click.echo(stage, file=self._stream)
        elif time.monotonic() - self._said > EVERY or done == total > 1:
            click.echo(f"{stage}: {done} of {total}", file=self._stream)
            self._said = time.monotonic()
        self._done = done

    def _finish(self) -> None:
        if self._bar is not None:
            self._bar.update(max(0, self._bar.length - self._done))
            self._bar.__exit__(None, None, None)
            self._bar = None
