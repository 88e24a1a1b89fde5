"""Answers that are kept: in the memory of each server process, and in a folder they share.

Nothing here fails a request: without a folder, or with a disk that is full, less is kept.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from shutil import move
from threading import Lock, Thread
from time import monotonic, time

from homegraph.endpoint.message import Reply

LOG = logging.getLogger("homegraph.cache")

SHARED_FROM = 0.005  # seconds of processor time; what takes less is made by each process
MEMORY_SHARE, DISK_SHARE = 1 / 8, 1 / 4  # of all of it, which one answer may take
OVERHEAD, OF_HEADER = 600, 162  # bytes that an entry and each header take besides their texts
TOUCH = 5  # seconds between two notes that a file is in use
ASKED = 50_000  # keys
SPARE = 15  # seconds since its last use in which a file stays: the server opens it after us
ASIDE = "answer-"  # how the names of files begin that are being written, as a Spool's do
ABANDONED = 600  # seconds after which nobody can be writing them any more
LOW = 0.9  # the part of the limit to which the folder is trimmed
BLOCK = 4096  # a file takes whole blocks of the disk


class Folder:
    """Answers as files, for several processes at once.

    An answer is one file, named by the digest of its key: a line of JSON, then the body. A large
    body is a file of its own, so that it can be sent from the disk; its name is used once only.
    Files appear whole and never change. `used` is how many bytes they take, as far as this process
    knows; `evicted` and `failures` count what was trimmed and what the disk refused.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self.path, self.limit = path, limit
        self.used = self.evicted = self.failures = 0
        self._trimming, self._trimmed = Lock(), 0.0
        self.trim()

    def get(self, key: bytes) -> Reply | None:
        """The reply under a key, if it is there and sound; its file stays for SPARE seconds."""
        name = self._name(key)
        try:
            opened = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            # Whoever trims locks it too: it is either gone already or stays for a while.
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
            state = os.fstat(opened)
            if not state.st_nlink:
                return None
            if time() - state.st_mtime > TOUCH:
                os.utime(opened)
            return self._read(os.read(opened, state.st_size))
        except BlockingIOError:
            return None
        except (OSError, ValueError, TypeError):
            remove(name)  # torn by a crash, or by hand
            return None
        finally:
            os.close(opened)

    def put(self, key: bytes, reply: Reply) -> None:
        """Keep a reply whose body is in memory, unless the folder is full."""
        if self.used + len(reply.body) < self.limit:
            with self._failing_softly(), suppress(FileExistsError):
                self._publish(self._name(key), reply, len(reply.body))

    def take(self, key: bytes, reply: Reply) -> Reply:
        """Move the spooled file of a reply into the folder; the reply that names it there.

        It comes back as it was when the disk refuses. One without an ETag, or too large, cannot be
        had again: its file is removed after a while.
        """
        name = self._name(key)
        file, lasts = f"{name}.{token_hex(8)}", False
        with self._failing_softly(file):
            size = Path(reply.file).stat().st_size
            os.utime(reply.file)
            move(reply.file, file)
            self.used += on_disk(size)
            reply = Reply(reply.status, reply.headers, file=file, rows=reply.rows)
            lasts = bool(reply.header("etag")) and size <= self.limit * DISK_SHARE
        if lasts:
            with self._failing_softly():
                try:
                    self._publish(name, reply, size)
                except FileExistsError:  # another process was first
                    if theirs := self.get(key):
                        remove(file)
                        return theirs
        return reply

    def trim(self) -> None:
        """Bring the folder under its limit, least recently used first.

        What was used in the last SPARE seconds stays, even beyond the limit, as it may be about to
        be sent; a file that is being sent is open, and lives on until it is sent.
        """
        if not self._trimming.acquire(blocking=False):
            return
        try:
            with self._failing_softly():
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self.path.chmod(0o700)
                self._trim()
        finally:
            self._trimmed = monotonic()
            self._trimming.release()

    def trim_soon(self) -> None:
        """Trim in a thread when too much was added since the last time."""
        if self.used > self.limit and monotonic() - self._trimmed > 1:
            self._trimmed = monotonic()
            Thread(target=self.trim, daemon=True).start()

    def _trim(self) -> None:
        files: dict[str, tuple[float, int]] = {}  # name: when last used, bytes
        bodies: dict[str, list[str]] = defaultdict(list)
        with os.scandir(self.path) as found:
            for entry in found:
                with suppress(FileNotFoundError):
                    state = entry.stat(follow_symlinks=False)
                    files[entry.name] = (state.st_mtime, on_disk(state.st_size))
                    bodies[entry.name.partition(".")[0]].append(entry.name)
        used = sum(size for _, size in files.values())
        now = time()
        for name, (at, _) in sorted(files.items(), key=lambda file: file[1]):
            age = now - at
            stem, _, is_body = name.partition(".")
            if name.startswith(ASIDE):
                unwanted = age > ABANDONED
            elif is_body:
                unwanted = stem not in files and age > SPARE
            else:
                unwanted = used > self.limit * LOW and age > SPARE and self._withdraw(name)
            if not unwanted:
                continue
            for gone in [name] if is_body else bodies[name]:
                # A young body of an old answer is another process's, which is just putting it back.
                if now - files[gone][0] > SPARE:
                    remove(self.path / gone)
                    used -= files[gone][1]
        self.used = used

    def _withdraw(self, name: str) -> bool:
        """Take an answer away, unless another process has just used or removed it."""
        path = self.path / name
        with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            state = os.fstat(opened.fileno())
            if state.st_nlink and time() - state.st_mtime > SPARE:
                path.unlink()
                self.evicted += 1
                return True
        return False

    def _publish(self, name: str, reply: Reply, size: int) -> None:
        """Let an answer appear; raises FileExistsError and other OSErrors."""
        about = [reply.status, reply.headers, reply.rows, Path(reply.file).name, size]
        aside = self.path / (ASIDE + token_hex(8))
        try:
            aside.write_bytes(json.dumps(about).encode() + b"\n" + reply.body)
            os.link(aside, name)
            self.used += on_disk(len(reply.body))
        finally:
            remove(aside)

    def _read(self, content: bytes) -> Reply:
        """What `_publish` wrote; raises ValueError, OSError and TypeError when it is not."""
        line, _, body = content.partition(b"\n")
        status, headers, rows, file, size = json.loads(line)
        file = f"{self.path}/{file}" if file else ""
        if size != (Path(file).stat().st_size if file else len(body)):
            raise ValueError("it is not as long as it was")
        return Reply(status, [(name, value) for name, value in headers], body, file, rows=rows)

    def _name(self, key: bytes) -> str:
        return f"{self.path}/{sha256(key).hexdigest()}"

    @contextmanager
    def _failing_softly(self, half: str = "") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if half:
                remove(half)
            if not self.failures:
                LOG.warning("the cache does without its folder: %s", error)
            self.failures += 1


def remove(path: str | Path) -> None:
    """Remove a file, if it is there."""
    with suppress(OSError):
        Path(path).unlink()


def on_disk(size: int) -> int:
    """The bytes that a file takes: whole blocks."""
    return -(-size // BLOCK) * BLOCK


class Cache:
    """What one server process keeps: `memory` bytes, and `disk` bytes in a folder it shares.

    A reply that is kept is handed out again and again: nobody may change it. The counts are for
    the metrics: `hits` in memory, `shared` in the folder, `misses`, `evicted` from memory; `held`
    is bytes in memory.
    """

    def __init__(self, folder: Path | None, memory: int, disk: int) -> None:
        self.memory = memory
        self.folder = Folder(folder / "cache", disk) if folder is not None and disk else None
        self.hits = self.shared = self.misses = self.evicted = self.held = 0
        self._kept: OrderedDict[bytes, tuple[Reply, int]] = OrderedDict()
        self._lock = Lock()
        self._asked: set[int] = set()

    def get(self, key: bytes) -> Reply | None:
        """The reply that is kept under a key."""
        try:
            self._kept.move_to_end(key)
            reply = self._kept[key][0]
        except KeyError:
            return self._shared(key)
        self.hits += 1
        return reply

    def at_hand(self, key: bytes) -> Reply | None:
        """The reply that is kept in memory under a key."""
        return self.get(key) if key in self._kept else None

    def was_asked(self, key: bytes) -> bool:
        """Whether this was asked about a short while ago."""
        known = hash(key)
        if known in self._asked:
            return True
        if len(self._asked) >= ASKED:
            self._asked.clear()
        self._asked.add(known)
        return False

    def _shared(self, key: bytes) -> Reply | None:
        reply = self.folder.get(key) if self.folder is not None else None
        if reply is None:
            self.misses += 1
            return None
        self.shared += 1
        if not reply.file:
            self._hold(key, reply)
        return reply

    def put(self, key: bytes, reply: Reply, cost: float) -> Reply:
        """Keep a reply that took `cost` seconds of work, and return it as it is to be sent.

        One without an ETag is not kept. A spooled file is moved into the folder in any case, and
        is removed from there when nobody needs it; a reply that comes back spooled could not be
        moved.
        """
        folder = self.folder
        if folder is not None and reply.spooled:
            reply = folder.take(key, reply)
        elif reply.header("etag") and not reply.file:
            self._hold(key, reply)
            if folder is not None and cost >= SHARED_FROM:
                folder.put(key, reply)
        if folder is not None:
            folder.trim_soon()
        return reply

    def trim(self) -> None:
        """Keep the folder within its limit; to be called now and then, in a thread."""
        if self.folder is not None:
            self.folder.trim()

    def _hold(self, key: bytes, reply: Reply) -> None:
        """Keep a reply in memory, and let go of those not used for longest."""
        size = OVERHEAD + len(key) + len(reply.body) + OF_HEADER * len(reply.headers)
        size += sum([len(name) + len(value) for name, value in reply.headers])
        if size > self.memory * MEMORY_SHARE:
            return
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._kept[key] = (reply, size)
            self.held += size - before
            while self.held > self.memory:
                _, (_, freed) = self._kept.popitem(last=False)
                self.held -= freed
                self.evicted += 1
