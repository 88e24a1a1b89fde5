"""What one server process notes of its work: each request, and now and then how things stand."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.serving.access import Log, digest, outcome
from homegraph.endpoint.serving.metrics import Metrics
from homegraph.endpoint.serving.settings import Settings
from homegraph.graph.errors import HomegraphError

if TYPE_CHECKING:
    from homegraph.endpoint.serving.cache import Cache
    from homegraph.endpoint.serving.pool import Pool

TICK = 0.5  # seconds between two calls of `look`
WRITE = 1.0  # seconds between two times that the numbers are written for the other processes
CACHE = "cache"  # the lane of replies that were there already
LEFT = Reply(499, [])  # what becomes of a request whose client has gone away


class Watch:
    """The log and the numbers of one server process."""

    def __init__(self, settings: Settings) -> None:
        self.log = Log(settings)
        self.metrics = Metrics(settings.folder)
        self._folder = settings.folder
        self._written = 0.0
        self._stopped: WeakKeyDictionary[Pool, Counter[str]] = WeakKeyDictionary()

    def answered(
        self,
        request: Request,
        address: str,
        reply: Reply,
        *,
        seconds: float,
        size: int,
        lane: str,
        release: str,
        error: HomegraphError | None = None,
        query: str = "",
    ) -> None:
        """Note a request with its reply, or LEFT, and the `size` of the body that was sent.

        `address` is the whole address of the client; `lane` the way it went: CACHE, or another.
        """
        became = outcome(reply.status, error, lane == CACHE)
        self.metrics.answered(request.path, reply.status, became, lane, seconds, size)
        self.log.write(
            client=address,
            method=request.method,
            path=request.path,
            status=reply.status,
            seconds=seconds,
            size=size,
            rows=reply.rows,
            outcome=became,
            digest=digest(query),
            lane=lane,
            release=release,
        )

    def look(self, pools: Iterable[Pool], cache: Cache, release: str) -> None:
        """Write the log, and note how things stand; to be called every TICK."""
        self.log.flush()
        now = monotonic()
        if now - self._written < WRITE:
            return
        self._written = now
        self._look(list(pools), cache, release)
        self.metrics.flush()

    def _look(self, pools: list[Pool], cache: Cache, release: str) -> None:
        note = self.metrics.set
        for low, slot in ((False, "quick"), (True, "slow")):
            note("workers", sum(pool.workers(low) for pool in pools), slot)
            busy = sum(1 for pool in pools for worker in pool.busy if worker.low == low)
            note("requests_running", busy, slot)
        note("requests_waiting", sum(pool.queued for pool in pools))
        for pool in pools:
            before = self._stopped.setdefault(pool, Counter())
            for reason, count in pool.stopped.items():
                self.metrics.add("workers_stopped", reason, count - before[reason])
            self._stopped[pool] = Counter(pool.stopped)
        note("cache_hits", cache.hits, "memory")
        note("cache_hits", cache.shared, "folder")
        note("cache_misses", cache.misses)
        note("cache_evictions", cache.evicted, "memory")
        note("cache_memory_bytes", cache.held)
        if cache.folder is not None:
            note("cache_evictions", cache.folder.evicted, "folder")
            note("cache_folder_bytes", cache.folder.used)
        note("log_dropped", self.log.dropped)
        note("spool_bytes", self._spooled())
        self.metrics.only("release_info", release)

    def _spooled(self) -> int:
        """The bytes of answers that wait in the folder, whoever made them."""
        if self._folder is None:
            return 0
        size = 0
        with suppress(OSError), os.scandir(self._folder) as found:
            for entry in found:
                if entry.name.startswith("answer-"):
                    with suppress(FileNotFoundError):  # sent and removed just now
                        size += entry.stat().st_size
        return size

    def close(self) -> None:
        """Write what waits: the process ends."""
        self.metrics.flush()
        self.log.close()
