"""How fast the rules in shapes/ are checked on a bulk source, against pySHACL on the same nodes.

    python tests/bench/validate.py ['in/**/*-street.csv.gz'] [--pyshacl 2000]

Street-level crime runs through its loader, from the files that the pattern matches or, without
one, from made rows. Prints from one run: incidents/s of the loader alone; incidents/s and memory
of `Watch`, the privacy rules included, at 10,000, at 100,000 and at all incidents; the same for
the map points that they mention, and with one incident in fifty spoilt; then, on the first
incidents, focus nodes/s of the engine for small graphs and of pySHACL, and whether all three
found the same. Seconds are those of one process, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from homegraph import loaders
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawStore, paths
from homegraph.graph.rules import Watch, find_all, rules
from homegraph.graph.shacl.foreign import delegated
from homegraph.graph.shacl.reading import Left, Rules
from homegraph.graph.shacl.shapes import Found
from homegraph.graph.shacl.worlds import Small, statements
from homegraph.graph.slices import SliceOutput

CRIME = "https://w3id.org/homegraph/def/crime#"
MADE = 120_000  # rows that are made when there are no files
INCIDENT = f"> <{CRIME}Incident> .\n"
START = re.compile(rf"^<[^>]*> <[^>]*#type{re.escape(INCIDENT)}", re.MULTILINE)
SPOILT = 50  # one incident in so many


def made(folder: Path) -> list[Path]:
    """Files with made rows, in the form of data.police.uk."""
    some = random.Random(1)
    example = sorted(loaders.by_name("street_crime").example(folder).glob("*-street.csv"))[0]
    with example.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    path = folder / example.name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for _ in range(MADE):
            row = list(some.choice(rows))
            if row[0]:
                row[0] = f"{some.getrandbits(256):064x}"
            writer.writerow(row)
    return [path]


def texts(street: list[Path], folder: Path) -> Iterator[tuple[list[str], set[str]]]:
    """For each slice the text that the loader writes, and the lines that slices share."""
    loader = loaders.by_name("street_crime")
    files = RawStore(folder / "raw").keep(street)
    for part in loader.slices(files):
        said: list[str] = []
        out = SliceOutput(said.append)
        loader.stream(part, Names(), out, Reading())
        yield said, out.shared


def spoilt(texts: list[str]) -> list[str]:
    """The same with one incident in so many wrong, in one of six ways."""
    wrong = (
        f" <{CRIME}month> <http://reference.data.gov.uk/id/month/2024-13> .\n",
        f' <{CRIME}crimeId> "not a digest" .\n',
        f" <{CRIME}suspect> <http://example.org/somebody> .\n",
        f' <{CRIME}context> "" .\n',
        f' <{CRIME}context> "Seen by AB 12 34 56 C" .\n',
        f' <{CRIME}mapPoint> "nowhere" .\n',
    )
    made, number = [], 0
    for text in texts:
        lines, before = [], ""
        for line in text.splitlines(keepends=True):
            subject = line.split(" ", 1)[0]
            if subject != before:
                before, number = subject, number + 1
                if number % SPOILT == 0:
                    lines.append(subject + wrong[number // SPOILT % len(wrong)])
            lines.append(line)
        made.append("".join(lines))
    return made


def watched(texts: list[str]) -> tuple[float, Watch]:
    """Seconds of this process to watch some text, and the watch."""
    watch = Watch(rules())
    start = time.process_time()
    for text in texts:
        watch.see(text)
    watch.close()
    return time.process_time() - start, watch


def first(texts: list[str], nodes: int) -> list[str]:
    """The text about the first incidents."""
    kept: list[str] = []
    for text in texts:
        subjects = text.count(INCIDENT)
        if subjects >= nodes:
            # Every incident's lines begin with the one that says what it is.
            ends = [found.start() for found in re.finditer(START, text)]
            return [*kept, text[: ends[nodes]] if nodes < len(ends) else text]
        kept.append(text)
        nodes -= subjects
    return kept


def told(found: list[Found]) -> Counter[tuple[str, ...]]:
    """Results as they can be compared."""
    return Counter(
        (
            one.focus,
            "" if one.path is None else one.path.sparql,
            one.value or "",
            one.shape.name,
            one.constraint.component_iri,
            one.shape.severity,
        )
        for one in found
    )


def compare(texts: list[str], shared: set[str], nodes: int) -> float:
    """Print whether all say the same of some incidents; returns focus nodes/s of pySHACL."""
    known = rules()
    _, watch = watched(texts)
    mentioned = {line.split(" ", 1)[0] for line in watch.mentions}
    about = sorted(line for line in shared if line.split(" ", 1)[0] in mentioned)
    _, points = watched(["".join(sorted([*about, *watch.mentions]))])
    data = Small(chain(statements("".join([*texts, *about])), known.ontology))
    start = time.process_time()
    ours = find_all(data, known)[0]
    own = time.process_time() - start
    left = {shape.name: Left(shape.targets, "") for shape in known.shapes}
    start = time.process_time()
    theirs = list(delegated(data, Rules((), left, known.named, known.graph)))
    other = time.process_time() - start
    focus = watch.nodes + points.nodes
    print(
        f"{nodes:,} incidents, {focus:,} focus nodes: small engine {focus / own:,.0f}/s, "
        f"{len(ours):,} results; pySHACL {focus / other:,.0f}/s, {len(theirs):,} results, "
        f"{'the same' if told(ours) == told(theirs) else 'NOT THE SAME'}"
    )
    # The watch also looks for personal data, of which pySHACL knows nothing.
    everything = [*ours, *(known.guard.in_all(data) if known.guard else ())]
    counts = Counter((one.shape.iri, one.constraint.component_iri) for one in everything)
    agrees = watch.counts + points.counts == counts
    print(f"  watch: {counts.total():,} results, {'the same' if agrees else 'NOT THE SAME'}")
    return focus / other


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("street", nargs="?", help="glob of street files; without it, made rows")
    parser.add_argument("--pyshacl", type=int, default=2000, help="incidents that pySHACL gets")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        street = paths(given.street, "*-street.csv") if given.street else made(Path(folder))
        start = time.process_time()
        slices = list(texts(street, Path(folder)))
        loading = time.process_time() - start
        whole = [text for said, _ in slices for text in said]
        rows = sum(text.count(INCIDENT) for text in whole)
        shared = {line for _, lines in slices for line in lines}
        print(f"{rows:,} incidents, loader alone {rows / loading:,.0f}/s")
        for nodes in sorted({min(10_000, rows), min(100_000, rows), rows}):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            seconds, watch = watched(first(whole, nodes))
            more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            print(
                f"{nodes:,} incidents: watch {nodes / seconds:,.0f}/s, "
                f"{watch.counts.total():,} results, {more >> 10} MB more at the peak, "
                f"{len(watch.mentions):,} mentions, left {sorted(watch.left)}"
            )
        speed = watch.nodes / seconds
        seconds, points = watched(["".join(sorted(shared | watch.mentions))])
        print(f"{points.nodes:,} map points: watch {points.nodes / seconds:,.0f}/s")
        seconds, watch = watched(spoilt(whole))
        print(
            f"one in {SPOILT} spoilt: watch {watch.nodes / seconds:,.0f}/s, "
            f"{watch.counts.total():,} results"
        )
        some = first(whole, given.pyshacl)
        reference = compare(some, shared, given.pyshacl)
        compare(spoilt(some), shared, given.pyshacl)
        print(f"watch / pySHACL: {speed / reference:,.0f}")


if __name__ == "__main__":
    main()
