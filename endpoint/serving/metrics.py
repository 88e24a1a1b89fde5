"""What a server counts, in the text format of Prometheus at /metrics.

Each server process counts in plain dictionaries (half a microsecond a request), and writes its
numbers to a file of its own each second; whichever process is asked adds the files up. What a
process has counted stays in its file when it ends, so counters never go back while a server runs.
prometheus_client's way for several processes was measured and left: 4.5 microseconds a request,
and as it writes to mapped memory, a full disk ends the process (SIGBUS).
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from time import time_ns
from typing import Any

import psutil

FOLDER = "metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# The first part of a path, where it is not a page of its own.
ROUTES = {
    "": "home",
    "sparql": "sparql",
    "rdf-graph-store": "graph-store",
    "id": "thing",
    "doc": "thing",
    "data": "thing",
    "def": "words",
    "describe": "thing",
    "datasets": "datasets",
    "dumps": "dumps",
    "static": "static",
    "health": "health",
    "metrics": "metrics",
}


@dataclass(frozen=True)
class Family:
    """A number that is counted or watched, by one label if it has any.

    The numbers of the server processes are added, or where they see the same thing the largest
    is taken. A gauge is forgotten when its process ends; a counter is not.
    """

    kind: str
    what: str
    label: str = ""
    merge: Callable[[Iterable[float]], float] = sum


FAMILIES = {
    "sent_bytes": Family("counter", "Bytes of the bodies of replies."),
    "cache_hits": Family("counter", "Replies found in the cache.", "place"),
    "cache_misses": Family("counter", "Replies looked for in the cache and not found."),
    "cache_evictions": Family("counter", "Replies that had to leave the cache.", "place"),
    "cache_memory_bytes": Family("gauge", "Bytes of the cache in memory."),
    "cache_folder_bytes": Family("gauge", "Bytes of the cache in its folder.", merge=max),
    "requests_running": Family("gauge", "Requests that a worker is answering.", "slot"),
    "requests_waiting": Family("gauge", "Requests that wait for a worker."),
    "workers": Family("gauge", "Workers that are alive.", "slot"),
    "workers_stopped": Family("counter", "Requests whose worker ended or was stopped.", "reason"),
    "processes": Family("gauge", "Server processes."),
    "release_info": Family("gauge", "The release that is served.", "release", max),
    "release_switches": Family("counter", "Times a server process went on to another release."),
    "spool_bytes": Family("gauge", "Bytes of answers that are kept until they are sent.", "", max),
    "log_dropped": Family("counter", "Lines of the access log that could not be written."),
}


class Metrics:
    """The numbers of one server process, in the `folder` that it shares with the others."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = None if folder is None else folder / FOLDER / f"{os.getpid()}-{time_ns()}"
        self._born = psutil.Process().create_time()
        self._requests: dict[tuple[str, int, str, str], int] = {}
        self._seconds: dict[str, list[float]] = {}
        self._numbers: dict[tuple[str, str], float] = {("processes", ""): 1}
        self._sent = 0

    def answered(
        self, path: str, status: int, outcome: str, lane: str, seconds: float, size: int
    ) -> None:
        """Count a request; `outcome` as the access log has it, `lane` by which way it went."""
        end = path.find("/", 1)
        route = ROUTES.get(path[1:] if end < 0 else path[1:end]) or route_of(path)
        key = (route, status, outcome, lane)
        self._requests[key] = self._requests.get(key, 0) + 1
        times = self._seconds.get(lane)
        if times is None:
            times = self._seconds[lane] = [0] * (len(BUCKETS) + 2)
        times[bisect_left(BUCKETS, seconds)] += 1
        times[-1] += seconds
        self._sent += size

    def add(self, name: str, label: str = "", amount: float = 1) -> None:
        """Count one of FAMILIES on."""
        key = (name, label)
        self._numbers[key] = self._numbers.get(key, 0) + amount

    def set(self, name: str, value: float, label: str = "") -> None:
        """Say how many there are now, or of a counter, how many there were in all."""
        self._numbers[name, label] = value

    def only(self, name: str, label: str) -> None:
        """Say that of a gauge this label holds, and no other: which release is served."""
        for key in [key for key in self._numbers if key[0] == name]:
            del self._numbers[key]
        self._numbers[name, label] = 1

    def flush(self) -> None:
        """Write the numbers for the other processes; a full disk leaves those of before."""
        if self._file is None:
            return
        self._numbers["sent_bytes", ""] = self._sent
        partly = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(exist_ok=True)
            partly.write_text(json.dumps(self._state()), "ascii")
            partly.replace(self._file)
        except OSError:
            with suppress(OSError):
                partly.unlink(missing_ok=True)

    def text(self) -> bytes:
        """The numbers of all processes, as /metrics gives them."""
        self.flush()
        # What others read of us, not what we know: else two scrapes could go back by a second.
        states = list(read(self._file.parent)) if self._file is not None else []
        if not states:
            self._numbers["sent_bytes", ""] = self._sent
            states = [self._state()]
        return "".join(lines(states)).encode()

    def _state(self) -> dict[str, Any]:
        return {
            "process": os.getpid(),
            "born": self._born,
            "requests": [[*key, count] for key, count in self._requests.items()],
            "seconds": self._seconds,
            "numbers": [[*key, value] for key, value in self._numbers.items()],
        }


def clear(folder: Path) -> None:
    """Forget what an earlier server has counted; before any process of this one starts."""
    for path in (folder / FOLDER).glob("*"):
        path.unlink(missing_ok=True)


def route_of(path: str) -> str:
    """What kind of address a path is, where its first part does not say it; few words in all.

    >>> route_of("/sparql.csv"), route_of("/datasets.ttl"), route_of("/report")
    ('sparql', 'datasets', 'page')
    """
    return ROUTES.get(path[1:].partition(".")[0]) or "page"


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """What each process has written; of one that has ended only what it counted."""
    for path in sorted(folder.glob("*")):
        if path.suffix == ".part":
            continue
        try:
            state = json.loads(path.read_text("ascii"))
        except (OSError, ValueError):
            continue
        if not is_alive(state["process"], state["born"]):
            state["numbers"] = [
                one for one in state["numbers"] if FAMILIES[one[0]].kind == "counter"
            ]
        yield state


def is_alive(process: int, born: float) -> bool:
    """Whether a process lives, and is not another one of the same number."""
    if process == os.getpid():
        return True
    try:
        return bool(abs(psutil.Process(process).create_time() - born) < 1)
    except psutil.Error:
        return False


def lines(states: list[dict[str, Any]]) -> Iterator[str]:
    """The text format: families one after the other, each with its help and its type."""
    requests: dict[tuple[Any, ...], int] = {}
    seconds: dict[str, list[float]] = {}
    numbers: dict[str, dict[str, list[float]]] = {name: {} for name in FAMILIES}
    for state in states:
        for *key, count in state["requests"]:
            requests[*key,] = requests.get((*key,), 0) + count
        for lane, times in state["seconds"].items():
            before = seconds.get(lane, [0] * len(times))
            seconds[lane] = [one + other for one, other in zip(before, times, strict=True)]
        for name, label, value in state["numbers"]:
            numbers[name].setdefault(label, []).append(value)
    yield head("requests_total", "counter", "Requests that were answered or refused.")
    names = ("route", "status", "outcome", "lane")
    for key, count in sorted(requests.items()):
        yield sample("requests_total", count, zip(names, key, strict=True))
    yield head("request_seconds", "histogram", "Seconds from a request to its reply.")
    for lane, times in sorted(seconds.items()):
        yield from histogram(lane, times)
    for name, family in FAMILIES.items():
        full = f"{name}_total" if family.kind == "counter" else name
        yield head(full, family.kind, family.what)
        found = numbers[name] or ({} if family.label else {"": [0]})
        for label, values in sorted(found.items()):
            said = [(family.label, label)] if family.label else []
            yield sample(full, family.merge(values), said)


def histogram(lane: str, times: list[float]) -> Iterator[str]:
    """How long the requests of one lane took."""
    counts = list(accumulate(times[:-1]))
    for most, count in zip([*map(str, BUCKETS), "+Inf"], counts, strict=True):
        yield sample("request_seconds_bucket", count, [("lane", lane), ("le", most)])
    yield sample("request_seconds_sum", times[-1], [("lane", lane)])
    yield sample("request_seconds_count", counts[-1], [("lane", lane)])


def head(name: str, kind: str, what: str) -> str:
    """What comes before the samples of a family."""
    return f"# HELP homegraph_{name} {what}\n# TYPE homegraph_{name} {kind}\n"


def sample(name: str, value: float, labels: Iterable[tuple[str, object]]) -> str:
    """One number."""
    said = ",".join(f'{label}="{escaped(str(word))}"' for label, word in labels)
    return f"homegraph_{name}{f'{{{said}}}' if said else ''} {value:.15g}\n"


def escaped(word: str) -> str:
    r"""A value of a label.

    >>> escaped('a"b\\c')
    'a\\"b\\\\c'
    """
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
