"""Measures `homegraph link`: `python tests/bench/linking.py RELEASE [--rows 100000]`.

RELEASE is the folder of a release. The table is the worst there is for linking: in each row an area
is written in a way of its own, half of them with a typing error, so that no question comes twice;
beside it stand a force and an offence, as they do in files of crimes. Printed are the rows in a
second, the most memory, and beside it what rapidfuzz's own process.extractOne does with the same
names and a sample of the same questions, asked once each.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rapidfuzz import fuzz, process, utils

from homegraph.graph.matching import names
from homegraph.graph.matching.names import Name

COLUMNS = {"Force": "police-force", "Area": "lsoa", "Offence": "offence"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SAMPLE = 150


def texts(known: list[Name], kind: str) -> list[str]:
    """What things of a kind are called."""
    return sorted({one.text for one in known if one.kind == kind and one.how != "code"})


def mistyped(text: str, luck: random.Random) -> str:
    """A text with one letter more, less, or another."""
    at = luck.randrange(len(text))
    return text[:at] + luck.choice(["", luck.choice(LETTERS)]) + text[at + luck.randrange(2) :]


def table(path: Path, known: list[Name], rows: int, luck: random.Random) -> list[str]:
    """Write the table; returns what stands under Area."""
    forces, areas, offences = (texts(known, kind) for kind in COLUMNS.values())
    found: dict[str, None] = {}  # in the order in which they came
    while len(found) < rows:
        text = luck.choice(areas)
        # There are more rows than names: blanks at the end make each another text.
        right = text.upper() + " " * luck.randrange(20)
        found.setdefault(mistyped(text, luck) if len(found) % 2 else right)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Row", *COLUMNS])
        for number, area in enumerate(list(found)[:rows]):
            writer.writerow([number, luck.choice(forces), area, luck.choice(offences)])
    return list(found)[:rows]


def main() -> None:
    """Make the table, link it, and say how fast it was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    known = names.read(given.release)
    luck = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder) / "home", Path(folder) / "table.csv"
        home.mkdir()
        (home / "current").symlink_to(given.release.resolve())
        areas = table(file, known, given.rows, luck)
        options = [f"--column={name}={kind}" for name, kind in COLUMNS.items()]
        command = ["homegraph", "link", str(file), "--home", str(home), *options]
        start = time.monotonic()
        running = subprocess.Popen(command, stdout=sys.stdout, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(running.pid, 0)
        seconds = time.monotonic() - start
        if status:
            raise SystemExit(f"homegraph link ended with {os.waitstatus_to_exitcode(status)}")
    rate = given.rows / seconds
    said = f"{seconds:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of processor)"
    print(f"homegraph link: {given.rows:,} rows in {said}, {rate:,.0f} rows/s, "
          f"{used.ru_maxrss / 1024:,.0f} MB at most")  # fmt: skip
    choices = [utils.default_process(text) for text in texts(known, COLUMNS["Area"])]
    sample = luck.sample(areas, min(SAMPLE, len(areas)))
    start = time.monotonic()
    for text in sample:
        process.extractOne(utils.default_process(text), choices, scorer=fuzz.WRatio)
    beside = len(sample) / (time.monotonic() - start)
    print(f"rapidfuzz extractOne (WRatio), the column Area only: {beside:,.0f} rows/s; "
          f"linking is {rate / beside:,.1f} times as fast")  # fmt: skip


if __name__ == "__main__":
    main()
