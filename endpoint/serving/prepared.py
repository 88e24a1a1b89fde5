"""What all workers have in common, made once in the process that they are copied from.

That process imports this before the first copy: a worker then starts in a tenth of the time.
"""

from __future__ import annotations

import atexit
import gc
import os
from importlib import import_module
from multiprocessing import forkserver

from pyoxigraph import Store

from homegraph.endpoint.app import create_app
from homegraph.endpoint.columns import answering
from homegraph.endpoint.serving import worker
from homegraph.endpoint.world import World
from homegraph.graph import web
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.matching import matcher

__all__ = ["answering", "matcher", "web", "worker"]  # what a request would import

# Patterns and templates that are compiled for one world serve them all.
create_app(World(Store(), DEMO_BASE, ""))
gc.collect()
gc.freeze()  # what is not looked at again stays shared between the copies

# DuckDB complains when an interpreter is taken apart around it. What imports this otherwise, as
# tests do, ends as it would.
if getattr(import_module("__main__"), "main", None) is forkserver.main:
    atexit.register(os._exit, 0)
