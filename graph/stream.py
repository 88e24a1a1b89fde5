"""Slices as they are built: worker processes read files and write dumps, and feed the store.

The store loads from a named pipe while the workers write to it, so that making text and loading
it overlap and nothing of the size of the input is ever held in memory. Loading takes nine tenths
of a build; what is left for the workers is to keep it fed.
"""

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.synchronize import Lock
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from pyoxigraph import RdfFormat, Store

from homegraph.graph import dump
from homegraph.graph.errors import SourceRejected, WorkerLost
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.gate import Watched
from homegraph.graph.iri import Names
from homegraph.graph.rules import Watch, rules
from homegraph.graph.slices import Slice, SliceDone, SliceOutput
from homegraph.graph.trace import first_mentions

T = TypeVar("T")
Stream = Callable[[Slice, Names, SliceOutput, Reading], None]
CHUNK = 1 << 20
LITTLE = 1 << 19  # bytes of files that are read in less time than a process takes to start


@dataclass(frozen=True)
class Task:
    """One slice to build: the loader's `stream`, and where dumps and parts go."""

    stream: Stream
    origin: Callable[[str, Slice], Place | None]
    part: Slice
    names: Names
    dumps: Path
    parts: Path
    confidential: bool = False
    feed: bool = True  # whether the store gets the slice as it is made

    @property
    def dump(self) -> Path:
        """The slice's own statements."""
        return self.dumps / f"{self.part.key}.nq.gz"

    @property
    def shared(self) -> Path:
        """What other slices may say too, sorted."""
        return self.parts / f"{self.part.key}.shared.gz"

    @property
    def mentions(self) -> Path:
        """What the slice's records mention and the shapes want to be described, sorted."""
        return self.parts / f"{self.part.key}.mentions.gz"

    @property
    def facts(self) -> Path:
        """Counts, tallies, facts, and what the shapes say of the records."""
        return self.parts / f"{self.part.key}.json"

    def table(self, name: str) -> Path:
        """What the slice hands over as columns."""
        return self.parts / f"{self.part.key}.{name}.parquet"

    @property
    def inputs(self) -> list[list[str]]:
        """Name and digest of each file: the slice is made again only when they change."""
        return [[file.name, file.sha256] for file in self.part.files]

    def said(self) -> dict[str, Any]:
        """The finished slice's counts, tallies and facts, from its file."""
        return cast("dict[str, Any]", json.loads(self.facts.read_text("utf-8")))

    def watched(self) -> Watched:
        """What the shapes say of the slice's own records."""
        return Watched.from_dict(self.said()["watched"])

    def done(self) -> SliceDone:
        """The finished slice's counts and facts."""
        said = self.said()
        return SliceDone(
            self.part.key,
            self.part.files,
            said["records"],
            said["written"],
            said["refused"],
            said["facts"],
        )


@dataclass(frozen=True)
class Built:
    """What a worker reports of one slice."""

    key: str
    findings: list[Finding]
    rejected: bool


class Pipe:
    """The writing end of the pipe into the store; whole lines, one writer at a time."""

    def __init__(self, path: Path | None, lock: Lock | None = None) -> None:
        self._lock = lock or nullcontext()
        # Its reader is there before any writer starts; if it has gone, this fails at once.
        self._file = os.open(path, os.O_WRONLY | os.O_NONBLOCK) if path else None
        if self._file is not None:
            os.set_blocking(self._file, True)
        self._held: list[bytes] = []
        self._size = 0

    def write(self, block: bytes) -> None:
        """Hold a block of whole lines until there is enough to write."""
        if self._file is None:
            return
        self._held.append(block)
        self._size += len(block)
        if self._size >= CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._file is None:
            return
        with self._lock:
            for block in self._held:
                left = memoryview(block)
                while left:
                    left = left[os.write(self._file, left) :]
        self._held.clear()
        self._size = 0

    def close(self) -> None:
        """Flush and let go; the store's load ends when the last writer has closed."""
        if self._file is not None:
            try:
                self.flush()
            finally:
                os.close(self._file)
                self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


_pipe = Pipe(None)  # this worker's; set once when the process starts


def start_worker(path: Path, lock: Lock) -> None:
    """Watch for the end of the build's process, and open this worker's end of the pipe."""
    global _pipe
    os.nice(10)  # the store's own threads decide how long a build takes: they go first
    threading.Thread(target=end_with_parent, daemon=True).start()
    _pipe = Pipe(path, lock)  # waits for the store, which may be gone by now


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Start workers in this: they inherit its deafness, and leave Ctrl-C to the build itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """Leave at once when the build was killed; nobody else would tell this worker."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def build_slice(task: Task) -> Built:
    """Build one slice in a worker: its dump, its shared lines, its facts, and the store's copy."""
    reading = Reading(confidential=task.confidential)
    watch = Watch(rules(), once=True)
    quads = 0
    rejected = False
    with dump.writer(task.dump) as put:

        def write(text: str) -> None:
            nonlocal quads
            quads += text.count("\n")
            watch.see(text)
            block = text.encode()
            put(block)
            if task.feed:
                _pipe.write(block)

        out = SliceOutput(write)
        try:
            with reading.discreet():
                task.stream(task.part, task.names, out, reading)
            reading.insist()
        except SourceRejected as error:
            rejected = True
            reading.errors = error.findings
    _pipe.flush()
    if not rejected:
        watched = Watched.of(watch, lambda nodes: {n: task.origin(n, task.part) for n in nodes})
        task.parts.mkdir(parents=True, exist_ok=True)
        dump.write(task.shared, sorted(out.shared))
        dump.write(task.mentions, sorted(watch.mentions))
        for name, frame in out.tables.items():
            frame.write_parquet(task.table(name), compression="zstd")
        said = {
            "tables": sorted(out.tables),
            "records": reading.records,
            "written": reading.written,
            "refused": reading.refused,
            "tally": dict(out.tally),
            "classes": dict(out.classes),
            "facts": out.facts,
            "inputs": task.inputs,
            "quads": quads,
            "watched": watched.as_dict(),
            "warnings": [finding.as_dict() for finding in reading.warnings],
        }
        task.facts.write_text(json.dumps(said, ensure_ascii=False, sort_keys=True), "utf-8")
    return Built(task.part.key, list(reading), rejected)


def first_rows(tasks: Iterable[Task], nodes: Iterable[str]) -> dict[str, Place | None]:
    """The row of the first record that mentions each node, by slice; reads dumps to find it."""
    left, found = set(nodes), dict[str, Place | None]()
    for task in tasks:
        if not left:
            break
        for node, subject in first_mentions(dump.blocks(task.dump), left).items():
            found[node] = task.origin(subject, task.part)
        left -= found.keys()
    return found


def copy_slice(path: Path) -> None:
    """Feed an unchanged slice's dump to the store, in a worker."""
    for block in dump.blocks(path):
        _pipe.write(block)
    _pipe.flush()


class Loading:
    """A store being filled from a pipe, in a thread; the load releases the GIL."""

    def __init__(self, store: Store | None, pipe: Path) -> None:
        self.path = pipe
        self._store = store
        self._error: BaseException | None = None
        os.mkfifo(pipe)
        self._thread = threading.Thread(target=self._load, name="bulk-load")
        self._end: int | None = None

    def _load(self) -> None:
        try:
            if self._store is None:
                with self.path.open("rb", buffering=0) as stream:  # a build without a store
                    while stream.read(CHUNK):
                        pass
            else:
                # Our own text, whose IRIs graph/iri.py made: parsing them leniently is safe.
                self._store.bulk_load(path=self.path, format=RdfFormat.N_QUADS, lenient=True)
        except BaseException as error:
            self._error = error

    def __enter__(self) -> Self:
        self._thread.start()
        while self._end is None:
            try:
                self._end = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
            except OSError as error:
                if error.errno != errno.ENXIO:  # the load has not opened its end yet
                    raise
                if not self._thread.is_alive():
                    raise self._error or error from None
                time.sleep(0.001)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, CHUNK)  # fewer turns between two processes
        return self

    def end(self) -> None:
        """Let go of our end: what the workers wrote is all there is, and can be sorted away."""
        if self._end is not None:
            os.close(self._end)
            self._end = None

    def __exit__(self, *raised: object) -> None:
        """Wait until all that was written is loaded; raises what the load raised."""
        self.end()
        self._thread.join()
        self.path.unlink()
        under_way = raised[0]
        if self._error and (under_way is None or under_way is BrokenPipeError):
            raise self._error  # a pipe breaks because the load has ended, and this is why


class Here(Executor):
    """Does at once what it is given, in this process: little is done before others are there."""

    def __init__(self, pipe: Path) -> None:
        global _pipe
        _pipe = Pipe(pipe)

    def submit(self, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """What came of a task, which is done when this returns."""
        future: Future[Any] = Future()
        try:
            future.set_result(task(*given, **named))
        except Exception as error:
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the pipe."""
        _pipe.close()


@contextmanager
def workers(pipe: Path, count: int, size: int) -> Iterator[Executor]:
    """Worker processes that write to the pipe; they end with the build, however it ends.

    `size` is how many bytes they are to read: for few, there is no process but this.
    """
    if size < LITTLE:
        with Here(pipe) as here:
            yield here
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the store's threads' locks
    pool = ProcessPoolExecutor(count, context, start_worker, (pipe, context.Lock()))
    try:
        yield pool
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()  # whatever it was doing, nobody waits for it
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def results(futures: Iterable[Future[T]]) -> Iterator[T]:
    """Results as they come; raises what a worker raised, or WorkerLost."""
    try:
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool as error:
        raise WorkerLost("a process that read files was ended from outside") from error
