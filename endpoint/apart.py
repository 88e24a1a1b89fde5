"""Goes on in a process of its own, where a fault of the engine ends nothing else."""

from __future__ import annotations

import os
import signal

import click

from homegraph.graph.errors import HomegraphError


def go_on_apart() -> None:
    """Go on in a child process; the process that was asked waits, and tells how that ended.

    The engine (Oxigraph 0.5.13) aborts the whole process on some queries, such as one that sorts
    hundreds of values of many datatypes. Raises HomegraphError then, and click's Exit with the
    child's own exit code otherwise. Where processes cannot fork, all goes on in this one.
    """
    if not hasattr(os, "fork"):
        return
    child = os.fork()
    if not child:
        # The engine hears of a signal only when it is done; so Ctrl-C ends the process itself.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        return
    # Set anew: as it is found, a signal does not end the waiting.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _, status = os.waitpid(child, 0)
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        name = signal.Signals(-code).name
        error = HomegraphError(f"the engine failed over this query and was ended by {name}")
        error.add_note("If it sorts values of many datatypes, ORDER BY STR(?x) may do.")
        raise error
    raise click.exceptions.Exit(code)
