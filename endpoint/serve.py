"""Runs the endpoint in a production server: several processes, each with its own open store."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from granian.constants import Interfaces
from granian.server import Server

from homegraph.endpoint import wsgi
from homegraph.graph.errors import ReleaseError
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.release import current

THREADS = 4
# A worker that does not stop by itself is ended after this many seconds.
PATIENCE = 10


def serve(
    home_or_store: Path,
    port: int,
    workers: int = 2,
    host: str = "127.0.0.1",
    base: str | None = None,
) -> None:
    """Serve a home's published release, or a store, until SIGINT or SIGTERM.

    The release is found here, so every worker serves the same one whatever is published
    meanwhile. `base` matters only for a store. Raises NoRelease, and ReleaseError when the port
    is taken.
    """
    if is_store(home_or_store):
        environment = {wsgi.STORE: str(home_or_store.resolve()), wsgi.BASE: base or DEMO_BASE}
    else:
        environment = {wsgi.HOME: str(current(home_or_store.resolve()).path)}
    wsgi.world_of(environment)  # fails here, not in a worker
    insist_on_port(host, port)
    for name in (wsgi.HOME, wsgi.STORE, wsgi.BASE):
        os.environ.pop(name, None)
    os.environ.update(environment)
    Server(
        "homegraph.endpoint.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
        log_enabled=False,
        factory=True,
    ).serve()


def is_store(path: Path) -> bool:
    """Whether a directory is an Oxigraph store, which has a file CURRENT; a home has `current`."""
    return path.is_dir() and "CURRENT" in {inside.name for inside in path.iterdir()}


def insist_on_port(host: str, port: int) -> None:
    """Raise ReleaseError when something else listens there: the server itself would share it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = f"cannot listen at {host}:{port}: {error.strerror}; choose another port"
            raise ReleaseError(said) from error
