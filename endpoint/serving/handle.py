"""One worker process as the front sees it: started, asked, listened to, ended."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import psutil

from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.serving.worker import FAILED, LENGTH, READY, framed, work
from homegraph.graph.errors import NoRelease

if TYPE_CHECKING:
    from homegraph.endpoint.serving.pool import Pool

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["homegraph.endpoint.serving.prepared"])
LOW = 10  # the priority of what is long, as nice(1) has it
START = 30  # seconds in which a worker is there, or never


@dataclass(eq=False)
class Job:
    """One request on its way, and who waits for it."""

    request: Request
    client: str
    shape: str
    answer: asyncio.Future[tuple[Reply, float]]
    begun: float
    suspect: bool = False
    slow: bool = False
    lost: int = 0
    worker: Worker | None = None
    started: float = 0.0
    waited: float | None = None  # of its worker, when the quantum was over for the first time
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class Worker(asyncio.Protocol):
    """One worker process, as the front sees it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.job: Job | None = None
        self.owes = False  # a reply
        self.used = 0.0  # seconds of processor time, when it last replied
        self.low = False
        self.ready: asyncio.Future[None] = pool.loop.create_future()
        self.process: multiprocessing.process.BaseProcess | None = None
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._gone = False

    async def start(self, low: bool = False) -> None:
        """Start the process and wait until its store is open; raises NoRelease."""
        pool = self.pool
        if pool.closing:
            raise NoRelease("it is served no more")
        ours, theirs = socket.socketpair()
        self.process = CONTEXT.Process(
            target=work, args=(theirs, pool.source, pool.settings), daemon=True
        )
        try:
            await pool.loop.run_in_executor(None, self.process.start)
        finally:
            theirs.close()
        if low:
            self.lower()
        await pool.loop.create_connection(lambda: self, sock=ours)
        if pool.closing:
            self.kill()
        await asyncio.wait_for(self.ready, START)

    def ask(self, request: Request) -> None:
        """Send a request; the reply comes to `data_received`."""
        assert self._transport is not None
        said = (
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
            request.client,
        )
        self.owes = True
        self._transport.write(framed(pickle.dumps(said, 5)))

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        # While it is there its socket is, too; its own account of it may have been lost.
        if self.process is not None and self.process.pid is not None and not self._gone:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
        if self._transport is not None:
            self._transport.abort()

    def lower(self) -> None:
        """Let others go first, for good: a process may not raise itself again."""
        self.low = True
        if self.process is None or self.process.pid is None:
            return
        with suppress(OSError):  # it has just ended
            for thread in threads(self.process.pid):
                os.setpriority(os.PRIO_PROCESS, thread, LOW)

    def memory(self) -> int:
        """The bytes of memory that the process has to itself."""
        if self.process is None or self.process.pid is None:
            return 0
        try:
            info = psutil.Process(self.process.pid).memory_info()
        except psutil.Error:
            return 0
        return int(info.rss - getattr(info, "shared", 0))

    def processor_time(self) -> float:
        """The seconds of processor time that the process has used."""
        if self.process is None or self.process.pid is None:
            return 0.0
        try:
            times = psutil.Process(self.process.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def waited(self) -> float:
        """The seconds in which its first thread could run and had no processor; 0 if unknown.

        Linux, Documentation/scheduler/sched-stats.rst: the second number of schedstat.
        """
        if self.process is None or self.process.pid is None:
            return 0.0
        try:
            said = Path(f"/proc/{self.process.pid}/schedstat").read_text()
        except OSError:
            return 0.0
        return int(said.split()[1]) / 1e9

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is not one of these

    def data_received(self, data: bytes) -> None:
        """Put a message together; the first says that the worker is ready, others are replies."""
        self._received += data
        if len(self._received) < LENGTH.size:
            return
        (length,) = LENGTH.unpack_from(self._received)
        if len(self._received) < LENGTH.size + length:
            return
        message = bytes(memoryview(self._received)[LENGTH.size :])
        self._received = bytearray()
        if self.ready.cancelled():
            return  # it took too long
        if not self.ready.done():
            if message.startswith(READY):
                self.used = self.processor_time()
                self.ready.set_result(None)
            else:
                self.ready.set_exception(NoRelease(message.removeprefix(FAILED).decode()))
            return
        self.owes = False
        now, *reply = pickle.loads(message)
        used, self.used = now - self.used, now
        self.pool.answered(self, Reply(*reply), used)

    def connection_lost(self, error: Exception | None) -> None:
        """The process is gone; there is an error when it left the last request unread."""
        self._gone = True
        if not self.ready.done():
            self.ready.set_exception(NoRelease("a worker ended while it started"))
        self.pool.lost(self, has_read=error is None)


def threads(process: int) -> list[int]:
    """What of a process has a priority: on Linux each of its threads, and columns count in some."""
    tasks = Path(f"/proc/{process}/task")
    return [int(task.name) for task in tasks.iterdir()] if tasks.is_dir() else [process]
