"""The link sets in a release: linksets/<name>.nt.gz and .csv, and linksets.json about them all.

linksets/changes.csv lists the links that came and went since the release that was served before.

The CSV has the columns of SSSOM, by which tools for mappings read it. A link keeps the day on which
it was first released, and a set its number until its links change.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from homegraph.graph import dump
from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.linksets.audit import Audit
from homegraph.graph.linksets.kinds import KINDS, LEFT_OUT
from homegraph.graph.linksets.link import Kind, LinkSet, Triple
from homegraph.graph.raw import digest
from homegraph.graph.release import Release

FOLDER = "linksets"
SAID = "linksets.json"
CHANGES = "changes.csv"
CHANGED = ("set", "change", "subject_id", "predicate_id", "object_id")
COLUMNS = (
    *("subject_id", "predicate_id", "object_id"),
    *("mapping_justification", "confidence", "mapping_date", "mapping_source"),
)
BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Entry:
    """What is known of one set in a release, beside what its kind says."""

    name: str
    links: int
    sha256: str  # of its N-Triples
    issued: str  # the day its first version was released
    modified: str  # the day its links last changed
    version: int
    dead: tuple[str, ...] = ()  # addresses that `homegraph reach` got no good answer from
    asked: int = 0  # how many addresses of it were asked
    since: str = ""  # the release that was served before, if it had this set
    added: int = 0  # links that came since then
    removed: int = 0  # links that went since then

    @property
    def kind(self) -> Kind:
        """What the set is of."""
        return BY_NAME[self.name]


@dataclass(frozen=True)
class Shelf:
    """The link sets of one release."""

    entries: tuple[Entry, ...] = ()
    audit: Mapping[str, Any] | None = None  # counts, and contradictions in words
    findings: tuple[Mapping[str, Any], ...] = ()  # what is wrong with single links

    def of(self, name: str) -> Entry | None:
        """A set by its name."""
        return next((entry for entry in self.entries if entry.name == name), None)

    def save(self, release: Path) -> None:
        """Write linksets.json."""
        left_out = [{"what": what, "why": reason} for what, reason in LEFT_OUT]
        sets = [asdict(entry) for entry in self.entries]
        said: dict[str, Any] = {"sets": sets, "left_out": left_out, "audit": self.audit}
        said["findings"] = list(self.findings)
        path = release / FOLDER / SAID
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")


def read(release: Path) -> Shelf:
    """The sets of a release; none of one made before there were sets.

    Raises ReleaseTampered when what it says of them cannot be read.
    """
    path = release / FOLDER / SAID
    if not path.exists():
        return Shelf()
    try:
        said = json.loads(path.read_text("utf-8"))
        entries = (Entry(**{**one, "dead": tuple(one["dead"])}) for one in said["sets"])
        # A set that this version no longer makes is not carried on.
        known = tuple(one for one in entries if one.name in BY_NAME)
        return Shelf(known, said["audit"], tuple(said.get("findings", ())))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseTampered(f"{path} cannot be read: {error}") from error


def write(
    folder: Path, sets: Sequence[LinkSet], audit: Audit, last: Release | None, today: str
) -> Shelf:
    """Write all sets into a release that is being built; `last` is the release served now."""
    before = read(last.path) if last else Shelf()
    entries = []
    changes: list[tuple[str, ...]] = []
    for each in sets:
        name = each.kind.name
        known = before.of(name)
        days = dates(last.path, name) if last and known else {}
        path = folder / FOLDER / f"{name}.nt.gz"
        dump.write(path, (f"{link} .\n" for link in each.links))
        write_csv(path.with_name(f"{name}.csv"), each, days, today)
        sha256 = digest(path)
        if known and known.sha256 == sha256:
            issued, modified, version = known.issued, known.modified, known.version
        else:
            issued, modified = known.issued if known else today, today
            version = known.version + 1 if known else 1
        entry = Entry(name, len(each.links), sha256, issued, modified, version)
        if last and known:
            came, gone = set(each.links) - days.keys(), days.keys() - set(each.links)
            changes += [(name, "added", *one) for one in sorted(came)]
            changes += [(name, "removed", *one) for one in sorted(gone)]
            entry = replace(entry, since=last.name, added=len(came), removed=len(gone))
        entries.append(entry)
    write_rows(folder / FOLDER / CHANGES, CHANGED, changes)
    told = {
        "statements": audit.statements,
        "groups": audit.groups,
        "largest": audit.largest,
        "contradictions": [str(one) for one in audit.contradictions],
    }
    return Shelf(tuple(entries), told)


def write_csv(path: Path, links: LinkSet, days: Mapping[Triple, str], today: str) -> None:
    """Write a set as rows, each link with the day it was first released."""
    kind = links.kind
    told = (kind.method.value, f"{kind.score:g}")
    rows = ([*one, *told, days.get(one, today), kind.source] for one in links.links)
    write_rows(path, COLUMNS, rows)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file with a header."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)


def changes(release: Path) -> list[dict[str, str]]:
    """What came and went in the sets of a release; nothing in one made before this was told."""
    return list(rows(release, CHANGES.removesuffix(".csv")))


def rows(release: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of a set in a release, by column; none if it has no such set."""
    path = release / FOLDER / f"{name}.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)


def dates(release: Path, name: str) -> dict[Triple, str]:
    """The day on which each link of a set was first released."""
    return {as_link(row): row["mapping_date"] for row in rows(release, name)}


def as_link(row: Mapping[str, str]) -> Triple:
    """The link in a row."""
    return Triple(row["subject_id"], row["predicate_id"], row["object_id"])
