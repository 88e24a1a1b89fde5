"""The workers of one release: started, asked, watched, stopped and replaced.

There are two kinds of worker. Quick ones answer what is likely to be quick: pages, and queries that
look small or were quick before. Slow ones run at low priority: there is a slot in which a query of
which nothing is known is tried for a short while (the quantum), and slots for what takes longer.
What a quick worker has not done within the quantum goes on as slow, with a new quick worker in its
place; where no slot is free, it is stopped, and begins again when there is one. So what is quick
never waits for what is long, and nothing lives longer than the limit, waiting included.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal
import socket
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import psutil

from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.serving.estimate import Estimate, is_suspect, query_of, shape_of
from homegraph.endpoint.serving.fair import FairQueue, Shares
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.serving.source import Source
from homegraph.endpoint.serving.worker import FAILED, LENGTH, READY, framed, work
from homegraph.graph.errors import AskError, Busy, NoRelease, TooHungry, TooMany, TooSlow

CONTEXT = multiprocessing.get_context("forkserver")
LOW = 10  # the priority of what is long, as nice(1) has it
TICK = 0.1  # seconds between two looks at the memory of workers
SPELL = 5  # times the quantum, in which it may be used
TRIALS = 1  # queries of which nothing is known that are tried at once
START = 30  # seconds in which a worker is there, or never


@dataclass(eq=False)
class Job:
    """One request on its way, and who waits for it."""

    request: Request
    client: str
    shape: str
    answer: asyncio.Future[Reply]
    begun: float
    suspect: bool = False
    slow: bool = False
    lost: int = 0
    worker: Worker | None = None
    started: float = 0.0
    timers: list[asyncio.TimerHandle] = field(default_factory=list)


class Worker(asyncio.Protocol):
    """One worker process, as the front sees it."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.job: Job | None = None
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
        if self.process is not None and self.process.pid is not None:
            with suppress(OSError):  # it has just ended
                os.setpriority(os.PRIO_PROCESS, self.process.pid, LOW)

    def processor_time(self) -> float:
        """The seconds of processor time that the process has used."""
        if self.process is None or self.process.pid is None:
            return 0.0
        try:
            times = psutil.Process(self.process.pid).cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

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
        now, *reply = pickle.loads(message)
        used, self.used = now - self.used, now
        self.pool.answered(self, Reply(*reply), used)

    def connection_lost(self, error: Exception | None) -> None:
        """The process is gone."""
        self._gone = True
        if not self.ready.done():
            self.ready.set_exception(NoRelease("a worker ended while it started"))
        self.pool.lost(self)


class Pool:
    """The workers of one release."""

    def __init__(self, settings: Settings, source: Source, estimate: Estimate) -> None:
        self.settings, self.source, self.estimate = settings, source, estimate
        self.loop = asyncio.get_running_loop()
        self.idle: dict[bool, list[Worker]] = {False: [], True: []}  # by whether they are low
        self.busy: set[Worker] = set()
        self.starting = {False: 0, True: 0}
        self.coming: set[Worker] = set()
        self.likely: FairQueue[Job] = FairQueue()
        self.others: FairQueue[Job] = FairQueue()
        self.long: FairQueue[Job] = FairQueue()
        self.running, self.waiting = Shares(), Shares()
        self.closing = False
        self.ending: float | None = None
        self.stopped: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- starting and ending

    async def open(self) -> None:
        """Start the workers; raises NoRelease when the first does not start."""
        CONTEXT.set_forkserver_preload(["homegraph.endpoint.serving.prepared"])
        first = Worker(self)
        try:
            await first.start()
        except BaseException:
            first.kill()
            raise
        self.idle[False].append(first)
        self._top_up()
        self._background(self._watch())

    async def drain(self) -> None:
        """Let what runs and waits end, then end the workers."""
        await asyncio.sleep(TICK)  # for those on their way here
        while self.busy or self.queued:
            await asyncio.sleep(TICK)
        self.close()

    def close(self) -> None:
        """End all workers now."""
        self.closing = True
        for worker in [*self.idle[False], *self.idle[True], *self.busy, *self.coming]:
            worker.kill()

    def hurry(self, seconds: float) -> None:
        """Stop in so many seconds what is not done by then, and what comes until then."""
        self.ending = perf_counter() + seconds
        for job in self._jobs():
            self._end_with_the_server(job, self.ending)

    # -- asking

    @property
    def queued(self) -> int:
        """How many requests wait."""
        return len(self.likely) + len(self.others) + len(self.long)

    def workers(self, low: bool) -> int:
        """How many workers of a kind there are."""
        return len(self.idle[low]) + sum(1 for worker in self.busy if worker.low == low)

    @property
    def slow(self) -> int:
        """How many slots for what is long are taken."""
        return sum(1 for worker in self.busy if worker.job and worker.job.slow)

    @property
    def tried(self) -> int:
        """How many queries are tried of which nothing is known."""
        return sum(1 for worker in self.busy if worker.low and worker.job and not worker.job.slow)

    async def ask(self, request: Request, client: str) -> Reply:
        """The reply of a worker.

        Raises TooMany, Busy, TooSlow, TooHungry. When nobody waits any more (the task is
        cancelled), the request is stopped.
        """
        settings = self.settings
        if self.waiting[client] >= settings.client_waiting:
            said = f"you have {self.waiting[client]} requests waiting, as many as one client may"
            raise TooMany(said, wait=2)
        if self.queued >= settings.waiting or self.closing:
            raise Busy("more requests are waiting than the server can answer soon")
        query = query_of(request)
        shape = shape_of(request, query)
        job = Job(request, client, shape, self.loop.create_future(), perf_counter())
        job.slow = self._is_slow(shape)
        job.suspect = self.estimate.seconds(shape) is None and is_suspect(query)
        self._timer(job, settings.seconds, self._overdue, job)
        if self.ending is not None:
            self._end_with_the_server(job, self.ending)
        self._push(job)
        self._next()
        try:
            return await job.answer
        finally:
            for timer in job.timers:
                timer.cancel()
            if job.answer.cancelled():
                self._abandon(job)

    def _push(self, job: Job) -> None:
        self.waiting.take(job.client)
        self._queue(job).push(job.client, job)

    def _queue(self, job: Job) -> FairQueue[Job]:
        return self.long if job.slow else self.others if job.suspect else self.likely

    def _next(self) -> None:
        """Give idle workers what is next."""
        for low, choose in ((False, self._likely), (True, self._unlikely)):
            while self.idle[low] and (job := choose()) is not None:
                self._run(job, self.idle[low].pop())
        self._top_up()

    def _likely(self) -> Job | None:
        return self._first(self.likely)

    def _unlikely(self) -> Job | None:
        job = self._first(self.others) if self.tried < TRIALS else None
        if job is None and self.slow < self.settings.slow:
            job = self.long.pop(self._may_be_slow)
        return job

    def _first(self, queue: FairQueue[Job]) -> Job | None:
        """The next that is not known to be slow; one like it may have been tried meanwhile."""
        while (job := queue.pop(self._may)) is not None and self._is_slow(job.shape):
            job.slow, job.suspect = True, False
            self.long.push(job.client, job)
        return job

    def _may(self, client: str) -> bool:
        return self.running[client] < self.settings.client_running

    def _may_be_slow(self, client: str) -> bool:
        """Whether a client may have one more slow slot: the last is not for who has all others."""
        jobs = (worker.job for worker in self.busy)
        has = sum(1 for job in jobs if job and job.slow and job.client == client)
        return self._may(client) and has < max(1, self.settings.slow - 1)

    def _is_slow(self, shape: str) -> bool:
        return (self.estimate.seconds(shape) or 0) > self.settings.quantum

    def _run(self, job: Job, worker: Worker) -> None:
        self.waiting.give(job.client)
        self.running.take(job.client)
        job.worker, worker.job, job.started = worker, job, perf_counter()
        self.busy.add(worker)
        if not job.slow:
            self._timer(job, self.settings.quantum, self._spent, job)
        worker.ask(job.request)

    def answered(self, worker: Worker, reply: Reply, used: float) -> None:
        """A worker has replied, and used so many seconds of processor time for it."""
        job = worker.job
        if job is None:
            return
        self._leave(worker)
        self.estimate.learn(job.shape, used)
        if not job.answer.done():
            job.answer.set_result(reply)
        if len(self.idle[worker.low]) + self.starting[worker.low] < self._wanted(worker.low):
            self.idle[worker.low].append(worker)
        else:
            worker.kill()
        self._next()

    def lost(self, worker: Worker) -> None:
        """A worker has ended; one that nobody stopped may take its request again, once."""
        if worker in self.idle[worker.low]:
            self.idle[worker.low].remove(worker)
        job = worker.job
        if job is not None:
            self._leave(worker)
            self.stopped["lost"] += 1
            if job.lost:
                self._fail(job, Busy("the worker that answered was lost"), "")
            elif not job.answer.done():
                job.lost += 1
                self._push(job)
        self._next()

    # -- stopping

    def _spent(self, job: Job) -> None:
        """The quantum is over: on to a slow slot, or back into the queue for one."""
        if job.worker is None or job.slow:
            return
        quantum = self.settings.quantum
        missing = quantum - (job.worker.processor_time() - job.worker.used)
        if missing > 0 and perf_counter() - job.started < quantum * SPELL:
            # The machine is busy; it has not had its time yet.
            self._timer(job, max(missing, quantum / 10), self._spent, job)
            return
        free = self.slow < self.settings.slow and self._may_be_slow(job.client)
        job.slow, job.suspect = True, False
        self.estimate.learn(job.shape, perf_counter() - job.started)
        if free:
            job.worker.lower()
        else:
            self._stop(job.worker)
            self._push(job)
        self._next()

    def _overdue(self, job: Job) -> None:
        if job.worker is None and not job.started:
            wait = self.settings.seconds
            said = f"no worker was free for {wait:g} seconds, the limit for an answer"
            self._fail(job, Busy(said), "waited")
        else:
            self.estimate.learn(job.shape, self.settings.seconds)
            self._fail(job, TooSlow(self.settings.seconds), "time")

    def _fail(self, job: Job, error: AskError, reason: str) -> None:
        if reason:
            self.stopped[reason] += 1
        self._remove(job)
        if not job.answer.done():
            job.answer.set_exception(error)

    def _abandon(self, job: Job) -> None:
        """The client has gone away."""
        self.stopped["gone"] += 1
        self._remove(job)

    def _remove(self, job: Job) -> None:
        if job.worker is not None:
            self._stop(job.worker)
            self._next()
        elif job in self._waiting_jobs():
            self._queue(job).remove(job.client, job)
            self.waiting.give(job.client)

    def _stop(self, worker: Worker) -> None:
        self._leave(worker)
        worker.kill()

    def _leave(self, worker: Worker) -> None:
        job, worker.job = worker.job, None
        self.busy.discard(worker)
        if job is not None:
            job.worker = None
            self.running.give(job.client)

    # -- looking after them

    def _jobs(self) -> list[Job]:
        return [worker.job for worker in self.busy if worker.job] + self._waiting_jobs()

    def _waiting_jobs(self) -> list[Job]:
        return [*self.likely, *self.others, *self.long]

    def _end_with_the_server(self, job: Job, end: float) -> None:
        error = Busy("the server is closing")
        self._timer(job, max(0.0, end - perf_counter()), self._fail, job, error, "closing")

    def _timer(self, job: Job, seconds: float, do: Callable[..., None], *arguments: object) -> None:
        job.timers.append(self.loop.call_later(seconds, do, *arguments))

    def _background(self, work: Coroutine[object, object, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _wanted(self, low: bool) -> int:
        """How many idle workers of a kind there should be."""
        busy = sum(1 for worker in self.busy if worker.low == low)
        return max(0, (self.settings.slow + TRIALS if low else self.settings.quick) - busy)

    def _top_up(self) -> None:
        """Start a worker for every slot that has none."""
        if self.closing:
            return
        for low in (False, True):
            missing = self._wanted(low) - len(self.idle[low]) - self.starting[low]
            for _ in range(missing):
                self.starting[low] += 1
                self._background(self._start(low))

    async def _start(self, low: bool) -> None:
        worker = Worker(self)
        self.coming.add(worker)
        try:
            await worker.start(low)
        except (NoRelease, OSError, TimeoutError):
            worker.kill()
            if not self.closing:
                self.stopped["failed"] += 1
                await asyncio.sleep(1)
            return
        finally:
            self.coming.discard(worker)
            self.starting[low] -= 1
        self.idle[low].append(worker)
        self._next()

    async def _watch(self) -> None:
        """Stop what takes more memory than the limit."""
        while not self.closing:
            await asyncio.sleep(TICK)
            now = perf_counter()
            for worker in list(self.busy):
                job = worker.job
                if job and now - job.started > TICK and memory(worker) > self.settings.memory_bytes:
                    self._fail(job, TooHungry(self.settings.memory_bytes), "memory")


def memory(worker: Worker) -> int:
    """The bytes of memory that a worker has to itself."""
    if worker.process is None or worker.process.pid is None:
        return 0
    try:
        info = psutil.Process(worker.process.pid).memory_info()
    except psutil.Error:
        return 0
    return int(info.rss - getattr(info, "shared", 0))
