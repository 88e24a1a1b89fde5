"""The settings of a server as options of a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from homegraph.endpoint.serving.settings import ENDPOINTS, FLAG, KEYS, NETWORKS, SECONDS, SIZES

Command = TypeVar("Command", bound=Callable[..., Any])
PREFIX = "serve_"  # keeps them apart from a command's own options
ALSO = {"processes": ["--workers"]}  # the name it had before


def serving_options(command: Command) -> Command:
    """Give a command one option for each setting; `given` reads them."""
    for name, one in reversed(KEYS.items()):
        said = one.metadata
        names = [f"--{name.replace('_', '-')}", *ALSO.get(name, [])]
        how: dict[str, Any] = {"type": said["kind"].type}
        if said["kind"] is FLAG:
            names = [f"{names[0]}/--no-{names[0][2:]}"]
        elif said["kind"] in (NETWORKS, ENDPOINTS):
            how = {"multiple": True, "metavar": "ADDRESS"}
        elif said["kind"] is SIZES:
            how["metavar"] = "SIZE"
        elif said["kind"] is SECONDS:
            how["metavar"] = "SECONDS"
        text = said["what"].replace("`", "")
        text = f"{text[0].upper()}{text[1:]}. [{said['shown']}]"
        option = click.option(*names, f"{PREFIX}{name}", default=None, help=text, **how)
        command = option(command)
    return command


def given(options: dict[str, Any]) -> dict[str, Any]:
    """What the options of a command say, by the names of settings; None where they say nothing."""
    return {
        name.removeprefix(PREFIX): None if value == () else value for name, value in options.items()
    }
