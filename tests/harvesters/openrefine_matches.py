"""Has a running OpenRefine match the labelled names with a running service, and prints how well.

    python openrefine_matches.py REFINE SERVICE HOME

Forces, areas, organisations, offences: those of the held-out part that the release of HOME was
measured on, each with the type that a person would choose, and with the columns beside it that say
which is meant. OpenRefine takes what the service is sure of (autoMatch), as it does when a person
asks it to. That has to be as much, and as often right, as the release says of itself; and for
forces, areas and organisations what is promised.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from homegraph.graph.matching import published
from homegraph.graph.matching.accuracy import Present, pairs
from homegraph.graph.matching.labelled import HELD, Pair
from homegraph.graph.matching.names import read
from homegraph.graph.release import current

AREAS = ("area", "district", "lsoa")
TO_REACH = ("police-force", "district", "area", "organisation")
PRECISION, RECALL = 0.99, 0.90
START, MATCHING = 90, 300  # seconds
COLUMN, BESIDE = "name", ("parent", "code", "period")
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

    def project(self, names: Sequence[str], beside: Sequence[dict[str, str]] = ()) -> str:
        """A project of names, and of what tells them apart; its number."""
        text = io.StringIO()
        writer = csv.writer(text)
        if beside:
            writer.writerow([COLUMN, *BESIDE])
            for name, said in zip(names, beside, strict=True):
                writer.writerow([name, *(said.get(one, "") for one in BESIDE)])
        else:
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

    def matched(self, some: Sequence[Pair], service: str, kind: dict[str, str] | None) -> list[str]:
        """The identifier that each name was matched with; nothing where it was not."""
        project = self.project([one.text for one in some], [one.context for one in some])
        self.match(project, service, kind, BESIDE)
        found = []
        for row, recons in self.rows(project, len(some)):
            cell = row["cells"][0] or {}
            recon = recons.get(str(cell.get("r")), cell.get("r") or {})
            judged = isinstance(recon, dict) and recon.get("j") == "matched"
            found.append(recon["m"]["id"] if judged else "")
        return found

    def match(
        self,
        project: str,
        service: str,
        kind: dict[str, str] | None,
        beside: Sequence[str] = (),
    ) -> None:
        """Match the column with the help of others, and take what the service is sure of."""
        manifest = requests.get(service, timeout=60).json()
        config = {
            "mode": "standard-service",
            "service": service,
            "identifierSpace": manifest["identifierSpace"],
            "schemaSpace": manifest["schemaSpace"],
            "type": kind,
            "autoMatch": True,
            "columnDetails": [
                {"column": one, "property": {"id": one, "name": one}} for one in beside
            ],
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


def labelled(here: Present) -> dict[str, dict[str, list[Pair]]]:
    """The held-out pairs that can be asked here: by their list, and by the word for their kind."""
    found: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for name, one in pairs(HELD):
        if here.has(one):
            (kind,) = one.kinds.split()
            found[name][kind].append(one)
    return found


def tell(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def kind_of(service: str, word: str) -> dict[str, str] | None:
    """The type of the service that our word stands for."""
    got = requests.get(f"{service}/suggest/type", params={"prefix": word}, timeout=60)
    return next(({"id": one["id"], "name": one["name"]} for one in got.json()["result"]), None)


@dataclass
class Count:
    """Of the names of a list: those that stand for a thing, that were matched, and rightly."""

    names: int = 0
    answerable: int = 0
    matched: int = 0
    right: int = 0

    def add(self, some: Sequence[Pair], found: Sequence[str]) -> None:
        """Count what was found for some names."""
        self.names += len(some)
        self.answerable += sum(bool(one.iri) for one in some)
        self.matched += sum(map(bool, found))
        self.right += sum(
            bool(iri) and iri == one.iri for iri, one in zip(found, some, strict=True)
        )

    @property
    def precision(self) -> float:
        """How many of those matched are right; 1 when nothing was."""
        return self.right / self.matched if self.matched else 1.0

    @property
    def recall(self) -> float:
        """How many of those that stand for a thing were matched to it; 1 when none does."""
        return self.right / self.answerable if self.answerable else 1.0


def together(some: Sequence[Count]) -> Count:
    """Several lists as one."""
    rows = [(one.names, one.answerable, one.matched, one.right) for one in some]
    return Count(*map(sum, zip(*rows, strict=True)))


def missed(counts: dict[str, Count], said: published.Report) -> list[str]:
    """What is not as the release says of itself, or not as is promised."""
    found = []
    for name, one in counts.items():
        own = said.of(name)
        here = one.names, one.answerable, one.matched, one.right
        there = own and (own.pairs, own.answerable, own.matched, own.right)
        if here != there:
            found.append(f"{name}: {here} (names, of things, matched, right), but {there} sealed")
        if name in TO_REACH and (one.precision < PRECISION or one.recall < RECALL):
            found.append(f"{name}: precision {one.precision:.3f}, recall {one.recall:.3f}")
    return found


def main(address: str, service: str, home: str) -> int:
    """Match all lists; 1 when one of those that must does not reach what it should."""
    refine = Refine(address, requests.Session())
    refine.wait()
    until(lambda: requests.get(service, timeout=60).raise_for_status())
    by_hand(refine, service)
    release = current(Path(home)).path
    said = published.read(release)
    assert said is not None, "the release was not measured; build one anew"
    counts: dict[str, Count] = {}
    tell(f"{'list':14}{'names':>7}{'precision':>11}{'recall':>8}{'seconds':>9}")
    for name, by_kind in labelled(Present.of(read(release))).items():
        begun = time.monotonic()
        one = counts[name] = Count()
        for word, some in by_kind.items():
            one.add(some, refine.matched(some, service, kind_of(service, word)))
        told(name, one, time.monotonic() - begun)
    told("all", together([*counts.values()]))
    told("all areas", together([counts[name] for name in AREAS]))
    wrong = missed(counts, said)
    tell("\n".join(wrong) or "as the release says of itself")
    return int(bool(wrong))


def told(name: str, one: Count, seconds: float | None = None) -> None:
    """A line of what was counted."""
    took = "" if seconds is None else f"{seconds:.1f}"
    tell(f"{name:14}{one.names:>7}{one.precision:>11.3f}{one.recall:>8.3f}{took:>9}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
