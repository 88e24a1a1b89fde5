"""Has a running OpenRefine match the labelled names with a running service, and prints how well.

    python openrefine_matches.py REFINE SERVICE HOME

Forces, areas, organisations, offences: those of the held-out part, each list against its kinds.
OpenRefine takes what the service is sure of (autoMatch), as it does when a person asks it to.
Names of what the release of HOME does not have are not asked.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from homegraph.graph.matching.labelled import HELD, lists, pairs
from homegraph.graph.matching.names import read
from homegraph.graph.release import current

TO_REACH = {"police-force", "district", "area", "organisation"}
PRECISION, RECALL = 0.99, 0.90
START, MATCHING = 90, 300  # seconds
COLUMN = "name"
ENGINE = json.dumps({"facets": [], "mode": "row-based"})
FORCES = ["KENT POLICE", "Avon & Somerset Police", "Met", "Heddlu De Cymru", "Leicestershire"]


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
        self.match(project, service, kind)
        found = []
        for row, recons in self.rows(project, len(names)):
            cell = row["cells"][0] or {}
            recon = recons.get(str(cell.get("r")), cell.get("r") or {})
            judged = isinstance(recon, dict) and recon.get("j") == "matched"
            found.append(recon["m"]["id"] if judged else "")
        return found

    def match(self, project: str, service: str, kind: dict[str, str] | None) -> None:
        """Match the column, and take what the service is sure of."""
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
        asked = {"columnName": COLUMN, "engine": ENGINE, "config": json.dumps(config)}
        self.command("reconcile", parameters={"project": project}, data=asked)
        self.finish(project)

    def rows(self, project: str, count: int) -> list[tuple[Any, Any]]:
        """The rows of a project, each with what was matched in all of them."""
        asked = {"project": project, "start": 0, "limit": count}
        got = self.command("get-rows", parameters=asked, data={"engine": ENGINE}).json()
        return [(row, got.get("pool", {}).get("recons", {})) for row in got["rows"]]

    def guessed(self, project: str, service: str) -> list[str]:
        """The types that it proposes for the column, best first."""
        asked = {"project": project, "columnName": COLUMN, "service": service}
        got = self.command("guess-types-of-column", parameters=asked).json()
        assert got["code"] == "ok", got
        return [one["id"] for one in got["types"]]

    def extended(self, project: str, service: str, wanted: list[dict[str, Any]]) -> None:
        """Add columns of what is known of the things that were matched."""
        manifest = requests.get(service, timeout=60).json()
        asked = {
            "baseColumnName": COLUMN,
            "endpoint": service,
            "identifierSpace": manifest["identifierSpace"],
            "schemaSpace": manifest["schemaSpace"],
            "columnInsertIndex": 1,
            "extension": json.dumps({"properties": wanted}),
            "engine": ENGINE,
        }
        self.command("extend-data", parameters={"project": project}, data=asked)
        self.finish(project)

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


def by_hand(refine: Refine, service: str) -> None:
    """What a person does with a column of forces: guess its type, match it, fetch columns."""
    project = refine.project(FORCES)
    kind = kind_of(service, "police-force")
    assert kind is not None
    guessed = refine.guessed(project, service)
    assert guessed[0] == kind["id"], guessed
    refine.match(project, service, kind)
    offered = requests.get(
        f"{service}/extend/propose", params={"type": kind["id"]}, timeout=60
    ).json()["properties"]
    wanted = [one for one in offered if one["name"] in {"Code", "Area policed", "Residents"}]
    refine.extended(project, service, [*wanted[:2], {**wanted[2], "settings": {"period": "2023"}}])
    for name, (row, _) in zip(FORCES, refine.rows(project, len(FORCES)), strict=False):
        cells = [str((cell or {}).get("v", "")) for cell in row["cells"]]
        tell(f"  {name:24} {' | '.join(cells[1:])}")
        assert all(cells[:3]), cells


def labelled(name: str, known: Set[str]) -> dict[str, list[tuple[str, str]]]:
    """The held-out names of a list, each with the right answer, by the word for their kind.

    Those that are told apart by more than their names are not of this test, and neither are those
    that stand for what is not known here.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for one in pairs(name):
        if one.split == HELD and not one.context and one.iri in known:
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


def main(address: str, service: str, home: str) -> int:
    """Match all lists; 1 when one of those that must does not reach what it should."""
    refine = Refine(address, requests.Session())
    refine.wait()
    until(lambda: requests.get(service, timeout=60).raise_for_status())
    by_hand(refine, service)
    known = {one.iri for one in read(current(Path(home)).path)} | {""}
    failed = total = 0
    tell(f"{'list':14}{'names':>7}{'precision':>11}{'recall':>8}{'seconds':>9}")
    for name in lists():
        begun = time.monotonic()
        count = took = right = answerable = 0
        for word, some in labelled(name, known).items():
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
    sys.exit(main(*sys.argv[1:4]))
