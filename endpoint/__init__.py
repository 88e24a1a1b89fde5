"""The doors: HTTP and shell; `create_app` makes the application that serves a world."""

from homegraph.endpoint.app import create_app
from homegraph.endpoint.world import World

__all__ = ["World", "create_app"]
