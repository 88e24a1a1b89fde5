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
from collections import Counter
from collections.abc import Callable, Coroutine
from time import perf_counter

from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.serving.estimate import Estimate, is_suspect, query_of, shape_of
from homegraph.endpoint.serving.fair import FairQueue, Shares
from homegraph.endpoint.serving.handle import Job, Worker
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.serving.source import Source
from homegraph.endpoint.spool import remove_files_of
from homegraph.graph.errors import AskError, Busy, NoRelease, TooHungry, TooMany, TooSlow

TICK = 0.1  # seconds between two looks at the memory of workers
SPELL = 5  # times the quantum, in which it may be used, without what others had the processors
TRIALS = 1  # queries of which nothing is known that are tried at once
DYING = 1  # seconds that a process may take to end
AGAIN = 0.01  # seconds after which what was lost is asked again


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

    async def ask(self, request: Request, client: str) -> tuple[Reply, float]:
        """The reply of a worker, and the seconds of processor time that it took.

        Raises TooMany, Busy, TooSlow, TooHungry. When nobody waits any more (the task is
        cancelled), the request is stopped.
        """
        settings = self.settings
        if self.waiting[client] >= settings.client_waiting:
            said = f"you have {self.waiting[client]} requests waiting, as many as one client may"
            raise TooMany(said, wait=2, limit=settings.client_waiting)
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
        job.waited = None
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
            job.answer.set_result((reply, used))
        if len(self.idle[worker.low]) + self.starting[worker.low] < self._wanted(worker.low):
            self.idle[worker.low].append(worker)
        else:
            worker.kill()
        self._next()

    def lost(self, worker: Worker, has_read: bool) -> None:
        """A worker has ended; if nobody stopped it, its request is asked again.

        Only once when it had read the request, which may be what it ended of.
        """
        if worker in self.idle[worker.low]:
            self.idle[worker.low].remove(worker)
        folder, process = self.settings.folder, worker.process
        if worker.owes and folder is not None and process is not None and process.pid is not None:
            # It may not be quite gone yet.
            self.loop.call_later(DYING, remove_files_of, process.pid, folder)
        job = worker.job
        if job is not None:
            self._leave(worker)
            self.stopped["lost"] += 1
            job.lost += has_read
            if job.lost > 1:
                self._fail(job, crashed(), "")
            else:
                # Others may have ended with it, of which we are still to hear.
                self.loop.call_later(AGAIN, self._again, job)
        self._next()

    def _again(self, job: Job) -> None:
        if not job.answer.done():
            self._push(job)
            self._next()

    # -- stopping

    def _spent(self, job: Job) -> None:
        """The quantum is over: on to a slow slot, or back into the queue for one."""
        if job.worker is None or job.slow:
            return
        quantum = self.settings.quantum
        missing = quantum - (job.worker.processor_time() - job.worker.used)
        waited = job.worker.waited()
        job.waited = waited if job.waited is None else job.waited
        had = perf_counter() - job.started - (waited - job.waited)
        if missing > 0 and had < quantum * SPELL:
            # The machine is busy; it has not had its time yet.
            self._timer(job, max(missing, quantum / 10), self._spent, job)
            return
        free = self.slow < self.settings.slow and self._may_be_slow(job.client)
        job.slow, job.suspect = True, False
        self.estimate.learn(job.shape, had)
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
        except (NoRelease, OSError, TimeoutError):  # what a worker raises comes as the first
            worker.kill()
            self.stopped["failed"] += not self.closing
            await asyncio.sleep(0 if self.closing else 1)
        else:
            self.idle[low].append(worker)
        finally:
            self.coming.discard(worker)
            self.starting[low] -= 1
        self._next()

    async def _watch(self) -> None:
        """Stop what takes more memory than the limit."""
        while not self.closing:
            await asyncio.sleep(TICK)
            now = perf_counter()
            for worker in list(self.busy):
                job = worker.job
                if (
                    job
                    and now - job.started > TICK
                    and worker.memory() > self.settings.memory_bytes
                ):
                    self._fail(job, TooHungry(self.settings.memory_bytes), "memory")


def crashed() -> Busy:
    """The problem of a request that two workers ended with."""
    error = Busy("two workers were lost while they answered this, one after the other")
    error.add_note(
        "The engine may have a fault with this query: ORDER BY over values of many kinds is one "
        "that is known, and ORDER BY STR(...) is a way round it."
    )
    return error
