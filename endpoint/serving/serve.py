"""Runs the endpoint: server processes that listen, each with workers of its own."""

from __future__ import annotations

import contextlib
import fcntl
import multiprocessing
import os
import resource
import shutil
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from homegraph.endpoint.serving import metrics
from homegraph.endpoint.serving.closing import CLOSING, SPARE_GRACE
from homegraph.endpoint.serving.settings import Settings
from homegraph.endpoint.serving.source import Source
from homegraph.graph.errors import ReleaseError

if TYPE_CHECKING:
    from homegraph.endpoint.serving.front import Front

HEAD_SECONDS = 10  # seconds in which the head of a request has to be here
RESPAWN_SECONDS = 0.5  # so that a fault at start does not keep the machine busy
HEAD_BYTES = 64 * 1024
CONNECTIONS = 20_000  # of a server process at once; idle ones cost a few kB each
# The engine asks for many small pieces of memory, and gives them back in another order: look-ups
# take a sixth less time when more of them are kept at hand (6.6 MB a thread at most, glibc only).
MALLOC = "glibc.malloc.mxfast=0:glibc.malloc.tcache_count=200"
OURS, LOCK = "homegraph-", "in-use"  # how our folders begin, and the file that is locked in them


class Main(MPServer):
    """The process that looks after the server processes."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__("homegraph", **options)
        self.folder = folder

    def signal_handler_interrupt(self, *_: object) -> None:
        """Tell the fronts that what runs has to end; they listen no more, and finish."""
        with contextlib.suppress(OSError):
            (self.folder / CLOSING).touch()
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def shutdown(self, exit_code: int = 0) -> None:
        """End the server processes.

        Who signals the whole group has them end by themselves, which is no fault.
        """
        try:
            super().shutdown(exit_code)  # type: ignore[no-untyped-call]  # granian's
        except SystemExit:
            if exit_code or not self.interrupt_signal:
                raise

    def _respawn_workers(self, *given: Any, **named: Any) -> None:
        super()._respawn_workers(*given, **named)
        # Two deaths in a few seconds would otherwise end the whole service.
        self.respawned_wrks.clear()
        time.sleep(RESPAWN_SECONDS)


def serve(source: Source, settings: Settings) -> None:
    """Serve a home's current release, or a store, until SIGINT or SIGTERM.

    Raises NoRelease, and ReleaseError when the port is taken.
    """
    source.open()  # fails here, not in a process
    insist_on_port(settings.host, settings.port)
    allow_many_files()
    # For the processes that are started from here, which have to be new programs for that.
    os.environ.setdefault("GLIBC_TUNABLES", MALLOC)
    multiprocessing.set_start_method("spawn", force=True)
    folder, lock = own_folder(settings.folder or Path(gettempdir()))
    settings = settings.but(folder=folder)
    metrics.clear(folder)
    load: Callable[..., Any] = partial(front, source, settings)
    try:
        Main(
            folder,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,  # telling them apart would wait for ever for the first byte
            workers=settings.processes,
            websockets=False,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(
                header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=HEAD_BYTES
            ),
            respawn_failed_workers=True,
            workers_kill_timeout=int(settings.grace) + SPARE_GRACE,
            log_enabled=False,
        ).serve(target_loader=load, wrap_loader=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def front(source: Source, settings: Settings) -> Front:
    """What a server process runs."""
    from homegraph.endpoint.serving.front import Front  # there only: 0.5 s, with all pages

    return Front(source, settings)


def own_folder(parent: Path) -> tuple[Path, int]:
    """A new folder for this server alone, and the file that says so while it is open.

    What servers have left there that were killed is removed.
    """
    for left in parent.glob(OURS + "*"):
        with contextlib.suppress(OSError), (left / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(mkdtemp(prefix=OURS, dir=parent))
    opened = os.open(folder / "new", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(opened, fcntl.LOCK_EX)
    (folder / "new").rename(folder / LOCK)
    return folder, opened


def allow_many_files() -> None:
    """Let a process hold as many connections as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def insist_on_port(host: str, port: int) -> None:
    """Raise ReleaseError when something else listens there: the server itself would share it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = f"cannot listen at {host}:{port}: {error.strerror}; choose another port"
            raise ReleaseError(said) from error
