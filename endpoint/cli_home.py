"""The option that all commands about a home have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def of_home(told: str = "Folder of inputs and releases.") -> Callable[[Any], Any]:
    """The option --home, which a command gets as `folder`; `told` is its help."""
    return click.option(
        "--home",
        "folder",
        type=click.Path(path_type=Path),
        default=Path("homegraph-home"),
        show_default=True,
        help=told,
    )
