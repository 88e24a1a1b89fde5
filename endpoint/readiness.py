"""What every process reads once, before its first visitor rather than with him."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from flask.sansio.app import App
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from homegraph.endpoint.queries import figures
from homegraph.endpoint.reply import our_own_revision
from homegraph.endpoint.world import World
from homegraph.graph.errors import ReleaseTampered


class Compiled(BytecodeCache):
    """Templates as they were compiled, for all applications of a process."""

    kept: ClassVar[dict[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Have it, if it was compiled."""
        bucket.code = self.kept.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self.kept[bucket.key + bucket.checksum] = bucket.code


def make_ready(app: App, world: World) -> None:
    """Compile the templates, read the stored queries, the versions of cubes and the catalogue."""
    app.jinja_env.bytecode_cache = Compiled()
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    figures(world.base)
    our_own_revision()
    _ = world.observations
    if world.has_catalogue:
        _ = world.datasets
        with suppress(ReleaseTampered):  # it is said where it matters
            _ = world.changes
