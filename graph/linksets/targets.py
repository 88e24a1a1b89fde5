"""Those whose things we link to, as targets.toml has them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from homegraph.graph.linksets.link import Target


def read(path: Path) -> dict[str, Target]:
    """The targets of a file, by name."""
    said = tomllib.loads(path.read_text("utf-8"))
    return {
        name: Target(
            *(name, one["title"], one["homepage"], tuple(one["spaces"])),
            tuple(one.get("spellings", {}).items()),
            one.get("form", ""),
        )
        for name, one in said.items()
    }


TARGETS = read(Path(__file__).with_name("targets.toml"))
WIKIDATA = TARGETS["wikidata"]
ONS = TARGETS["ons-geography"]
OS = TARGETS["ordnance-survey"]
TIMES = TARGETS["reference-intervals"]
GOV_UK = TARGETS["gov-uk-organisations"]
LAW = TARGETS["legislation"]
ICCS = TARGETS["iccs"]
DATA_GOV_UK = TARGETS["data-gov-uk"]


def proper(text: str) -> str:
    """A name as its owner writes it: https for http, an address of a page for that of the thing.

    >>> proper("https://www.wikidata.org/wiki/Q4829263").endswith("/entity/Q4829263")
    True
    """
    for target in TARGETS.values():
        written = target.proper(text)
        if target.owns(written):
            return written
    return text
