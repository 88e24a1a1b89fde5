"""What a WSGI server loads: `homegraph.endpoint.wsgi:application`.

HOMEGRAPH_HOME names a home, whose published release is found once, at start, or a release; or
HOMEGRAPH_STORE names a store without a release, and HOMEGRAPH_BASE the base of its names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from homegraph.endpoint.app import create_app
from homegraph.endpoint.world import World
from homegraph.graph.errors import NoRelease
from homegraph.graph.iri import DEMO_BASE
from homegraph.graph.release import MANIFEST, Release, current

HOME, STORE, BASE = "HOMEGRAPH_HOME", "HOMEGRAPH_STORE", "HOMEGRAPH_BASE"


def world_of(environment: Mapping[str, str]) -> World:
    """The world that the environment names; raises NoRelease."""
    if STORE in environment:
        return World.of_store(Path(environment[STORE]), environment.get(BASE, DEMO_BASE))
    if HOME in environment:
        path = Path(environment[HOME])
        return World.of_release(Release(path) if (path / MANIFEST).is_file() else current(path))
    raise NoRelease(f"neither {HOME} nor {STORE} says what to serve")


def application() -> Flask:
    """Make the application, once in each worker process."""
    return create_app(world_of(os.environ))
