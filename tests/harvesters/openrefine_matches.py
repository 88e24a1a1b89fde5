"""Has a running OpenRefine match the labelled names with a running service, and prints how well.

    python openrefine_matches.py REFINE SERVICE

Forces, areas, organisations, offences: those of the held-out part, each list against its kinds.
OpenRefine takes what the service is sure of (autoMatch), as it does when a person asks it to.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from homegraph.graph.matching.labelled import HELD, lists, pairs

TO_REACH = {"police-force", "district", "area", "organisation"}
PRECISION, RECALL = 0.99, 0.90
START, MATCHING = 90, 300  # seconds
COLUMN = "name"


@dataclass
class Refine:
    """OpenRefine, over the HTTP API that its own page uses."""

    address: str
    session: requests.Session

    def command(self, name: str, **asked: Any) -> Any:
        """Ask for what changes something: by POST, with a token."""
        parameters = {"csrf_token": self.token(), **asked.pop("parameters", {})}
        got = self.session.post(f"{self.address}/command/core/{name}", params=parameters, **asked)
        got.raise_for_status()
        return got

    def token(self) -> str:
        """What every POST has to bring."""
        got = self.session.get(f"{self.address}/command/core/get-csrf-token", timeout=30)
        return str(got.json()["token"])

    def wait(self) -> None:
        """Wait until it is there."""
        until(self.token)

    def project(self, names: list[str]) -> str:
        """A project of one column; its number."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerows([[COLUMN], *([name] for name in names)])
        options = {"separator": ",", "headerLines": 1, "storeBlankRows": True, "trimStrings": False}
        got = self.command(
            "create-project-from-upload",
            files={"project-file": ("names.csv", text.getvalue().encode())},
            data={
                "project-name": "names",
                "format": "text/line-based/*sv",
                "options": json.dumps(options),
            },
        )
        return parse_qs(urlsplit(got.url).query)["project"][0]

    def matched(self, names: list[str], service: str, kind: dict[str, str] | None) -> list[str]:
        """The identifier that each name was matched with; nothing where it was not."""
        project = self.project(names)
        manifest = requests.get(service, timeout=60).json()
        config = {
            "mode": "standard-service",
            "service": service,
            "identifierSpace": manifest["identifierSpace"],
            "schemaSpace": manifest["schemaSpace"],
            "type": kind,
            "autoMatch": True,
            "columnDetails": [],
            "limit": 0,
        }
        engine = {"facets": [], "mode": "row-based"}
        asked = {
            "columnName": COLUMN,
            "engine": json.dumps(engine),
            "config": json.dumps(config),
        }
        self.command("reconcile", parameters={"project": project}, data=asked)
        self.finish(project)
        got = self.command(
            "get-rows",
            parameters={"project": project, "start": 0, "limit": len(names)},
            data={"engine": json.dumps(engine)},
        ).json()
        recons = got.get("pool", {}).get("recons", {})
        found = []
        for row in got["rows"]:
            cell = row["cells"][0] or {}
            recon = recons.get(str(cell.get("r")), cell.get("r") or {})
            judged = isinstance(recon, dict) and recon.get("j") == "matched"
            found.append(recon["m"]["id"] if judged else "")
        return found

    def finish(self, project: str) -> None:
        """Wait until nothing runs in a project."""
        end = time.monotonic() + MATCHING
        address = f"{self.address}/command/core/get-processes"
        while self.session.get(address, params={"project": project}, timeout=30).json()[
            "processes"
        ]:
            if time.monotonic() > end:
                raise TimeoutError(f"it was still at it after {MATCHING} seconds")
            time.sleep(0.2)


def until(done: Callable[[], object]) -> None:
    """Wait until something can be done; raises what it raised last when it takes too long."""
    end = time.monotonic() + START
    while True:
        try:
            done()
            return
        except (requests.RequestException, ValueError):
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def labelled(name: str) -> dict[str, list[tuple[str, str]]]:
    """The held-out names of a list, each with the right answer, by the word for their kind.

    Those that are told apart by more than their names are not of this test.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for one in pairs(name):
        if one.split == HELD and not one.context:
            kinds = (one.kinds or name).split()
            found.setdefault(kinds[0] if len(kinds) == 1 else "area", []).append(
                (one.text, one.iri)
            )
    return found


def tell(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def kind_of(service: str, word: str) -> dict[str, str] | None:
    """The type of the service that our word stands for."""
    got = requests.get(f"{service}/suggest/type", params={"prefix": word}, timeout=60)
    return next(({"id": one["id"], "name": one["name"]} for one in got.json()["result"]), None)


def main(address: str, service: str) -> int:
    """Match all lists; 1 when one of those that must does not reach what it should."""
    refine = Refine(address, requests.Session())
    refine.wait()
    until(lambda: requests.get(service, timeout=60).raise_for_status())
    failed = total = 0
    tell(f"{'list':14}{'names':>7}{'precision':>11}{'recall':>8}{'seconds':>9}")
    for name in lists():
        begun = time.monotonic()
        count = took = right = answerable = 0
        for word, some in labelled(name).items():
            found = refine.matched([text for text, _ in some], service, kind_of(service, word))
            count += len(some)
            took += sum(map(bool, found))
            right += sum(one == iri != "" for one, (_, iri) in zip(found, some, strict=True))
            answerable += sum(bool(iri) for _, iri in some)
        if not count:
            continue
        precision = right / took if took else 1.0
        recall = right / answerable if answerable else 1.0
        seconds = time.monotonic() - begun
        tell(f"{name:14}{count:>7}{precision:>11.3f}{recall:>8.3f}{seconds:>9.1f}")
        total += count
        failed += name in TO_REACH and (precision < PRECISION or recall < RECALL)
    tell(f"{total} names")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
