"""The doors: HTTP and shell; `create_app` makes the application that serves a world."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from homegraph.endpoint.app import create_app
    from homegraph.endpoint.world import World

__all__ = ["World", "create_app"]

HERE = {"World": "world", "create_app": "app"}  # the modules that have them


def __getattr__(name: str) -> Any:
    """Load the application when it is asked for: of the commands, only `serve` needs it."""
    if name not in HERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HERE[name]}"), name)
