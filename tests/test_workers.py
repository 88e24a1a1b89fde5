"""Workers one by one: what becomes of a request, or of a worker, whose other side has ended."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pyoxigraph import RdfFormat, Store

from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.serving.estimate import Estimate
from homegraph.endpoint.serving.handle import CONTEXT, LOW, Job, Worker, threads
from homegraph.endpoint.serving.pool import Pool
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.serving.source import Source
from homegraph.endpoint.serving.worker import work

WORLD = Path(__file__).parent / "queries" / "world.trig"
ASK = Request(path="/sparql", query="query=ASK+%7B%7D+LIMIT+1", headers={"accept": "*/*"})
PATIENCE = 30  # seconds


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("workers") / "store"
    store = Store(str(path))
    store.bulk_load(path=WORLD, format=RdfFormat.TRIG)
    store.flush()
    return Source(path)


def test_a_worker_whose_front_has_ended_ends_without_a_word(
    source: Source, capfd: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = socket.socketpair()
    worker = CONTEXT.Process(target=work, args=(theirs, source, Settings()))
    ours.close()
    worker.start()
    theirs.close()
    worker.join(PATIENCE)
    assert worker.exitcode == 0
    assert capfd.readouterr().err == ""


def test_a_request_that_was_not_read_is_asked_again_as_often_as_need_be(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply, lost = asyncio.run(ask_while_workers_end(source, 3, monkeypatch))
    assert (reply.status, reply.body) == (200, b'{"head":{},"boolean":true}')
    assert lost == 3


async def ask_while_workers_end(
    source: Source, many: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[Reply, int]:
    """The reply to a query that so many workers had and did not read, and how many were lost."""
    pool = Pool(Settings(quick=many), source, Estimate())
    await pool.open()
    try:
        async with asyncio.timeout(PATIENCE):
            while len(pool.idle[False]) < many:
                await asyncio.sleep(0.01)
            standing = set(pool.idle[False])
            for worker in standing:
                send(worker, signal.SIGSTOP)
            with monkeypatch.context() as meanwhile:
                # Else a new one would take the request before all of these have had it.
                meanwhile.setattr(pool, "_top_up", lambda: None)
                asking = asyncio.create_task(pool.ask(ASK, "192.0.2.1"))
                while standing:
                    await asyncio.sleep(0)
                    for worker in pool.busy & standing:
                        send(worker, signal.SIGKILL)
                        standing.remove(worker)
            reply, _ = await asking
        return reply, pool.stopped["lost"]
    finally:
        pool.close()


def send(worker: Worker, sign: signal.Signals) -> None:
    assert worker.process is not None
    assert worker.process.pid is not None
    os.kill(worker.process.pid, sign)


def test_what_is_long_lets_others_go_first_in_all_its_threads() -> None:
    threaded = "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()"
    command = [sys.executable, "-c", f"{threaded}; print('there', flush=True); time.sleep(60)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        worker = SimpleNamespace(low=False, process=process)
        Worker.lower(cast(Worker, worker))
        nice = [os.getpriority(os.PRIO_PROCESS, thread) for thread in threads(process.pid)]
        process.kill()
    told_apart = Path("/proc/self/task").exists()  # as on Linux
    assert nice == [LOW] * (1 + told_apart) and worker.low


class Starved(Worker):
    """A worker that has used next to no processor time; `seconds` it waited for a processor."""

    seconds = 0.0

    def processor_time(self) -> float:
        return 0.01

    def waited(self) -> float:
        return self.seconds

    def lower(self) -> None:
        self.low = True


@pytest.mark.parametrize("seconds, is_slow", [(0.0, True), (2.9, False)])
def test_to_wait_for_a_processor_is_not_to_use_the_quantum(seconds: float, is_slow: bool) -> None:
    async def become() -> bool:
        pool = Pool(Settings(), Source(WORLD), Estimate())
        worker = Starved(pool)
        worker.seconds = seconds
        job = Job(ASK, "", "a shape", pool.loop.create_future(), 0)
        job.worker, worker.job, job.started = worker, job, time.perf_counter() - 3
        job.waited = 0.0  # when it was looked at before
        pool.busy.add(worker)
        pool._spent(job)
        for timer in job.timers:
            timer.cancel()
        pool.close()
        assert (pool.estimate.seconds("a shape") is not None) is is_slow
        return job.slow

    assert asyncio.run(become()) is is_slow
