"""When each dataset of the catalogue came, last changed, or went: told on from release to release.

Feeds, harvests by date and the dates of documents are all told from one file of the release. It
follows from the records of the datasets, from that file of the release before, and from the time
of the build, which is one instant for all that changed in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Store, Triple

from homegraph.graph.errors import ReleaseTampered
from homegraph.graph.iri import Names
from homegraph.graph.record import Records
from homegraph.graph.release import Release
from homegraph.graph.terms import DCAT, DCT

CHANGES = "changes.json"
PAGE = 100  # changes on a page of a feed; told by their numbers, so a page never gets others
FORM = "%Y-%m-%dT%H:%M:%SZ"
SECOND = timedelta(seconds=1)
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Change:
    """The last thing that happened to a dataset: it came, its record changed, or it went.

    `digest` is empty for what went; its title and publisher are the last it had. `number` counts
    all changes that there ever were, in the order of their times.
    """

    iri: str
    digest: str
    created: str  # as xsd:dateTime in UTC, to the second
    changed: str
    number: int
    title: str = ""
    publisher: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether the dataset is no longer in the catalogue."""
        return not self.digest

    @property
    def is_new(self) -> bool:
        """Whether the dataset came, and has not changed since."""
        return self.created == self.changed and not self.is_gone

    @property
    def page(self) -> int:
        """The page of a feed that it stands on, counted from 1."""
        return self.number // PAGE + 1

    @property
    def at(self) -> datetime:
        """When it happened."""
        return as_time(self.changed)


@dataclass(frozen=True)
class Changes:
    """The last change of each dataset that is or was in the catalogue, by IRI."""

    last: Mapping[str, Change] = field(default_factory=dict)
    count: int = 0  # of all changes that there ever were

    @classmethod
    def read(cls, folder: Path) -> Changes:
        """Those of a release; none where it has no such file, as before there was one.

        Raises ReleaseTampered for a file that is none of ours.
        """
        try:
            said = json.loads((folder / CHANGES).read_text("utf-8"))
            last = {iri: Change(iri, **one) for iri, one in said["datasets"].items()}
            return cls(last, int(said["count"]))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReleaseTampered(f"{folder / CHANGES} cannot be read: {error}") from error

    def save(self, folder: Path) -> None:
        """Write them: a line for each dataset, so that two releases are easily compared."""
        lines = []
        for iri, change in sorted(self.last.items()):
            said = asdict(change)
            del said["iri"]
            lines.append(f"{json.dumps(iri)}: {json.dumps(said, ensure_ascii=False)}")
        listed = ",\n".join(lines)
        whole = f'{{"count": {self.count}, "datasets": {{\n{listed}\n}}}}\n'
        (folder / CHANGES).write_text(whole, "utf-8")

    def of(self, dataset: NamedNode | str) -> Change | None:
        """The last change of a dataset, if it is or was in the catalogue."""
        return self.last.get(dataset if isinstance(dataset, str) else dataset.value)

    @cached_property
    def in_order(self) -> list[Change]:
        """All, by time and name: those of one release have one time."""
        return sorted(self.last.values(), key=lambda one: (one.changed, one.iri))

    @property
    def newest(self) -> datetime | None:
        """When anything changed last, if anything ever did."""
        return self.in_order[-1].at if self.last else None


@dataclass(frozen=True)
class Described:
    """What is to be known of a dataset to tell whether it changed, and to speak of it later."""

    iri: str
    digest: str
    title: str = ""
    publisher: str = ""

    @classmethod
    def of(cls, dataset: NamedNode, record: Iterable[Triple]) -> Described:
        """Take it from the dataset's record."""
        seen = sha256()
        titles: list[tuple[bool, str]] = []
        publishers: list[str] = []
        for triple in record:
            seen.update(f"{triple}\n".encode())
            if triple.subject != dataset:
                continue
            if triple.predicate == DCT.title and isinstance(triple.object, Literal):
                foreign = not (triple.object.language or "en").startswith("en")
                titles.append((foreign, triple.object.value))
            if triple.predicate == DCT.publisher and isinstance(triple.object, NamedNode):
                publishers.append(triple.object.value)
        title = min(titles, default=(False, ""))[1]
        return cls(dataset.value, seen.hexdigest(), title, min(publishers, default=""))


def compared(found: Iterable[Described], before: Changes, moment: datetime) -> Changes:
    """What has changed since the release before, at one moment, which is later than all before.

    What did not change keeps its times; a dataset that comes back is new.
    """
    now = as_text(moment if before.newest is None else max(moment, before.newest + SECOND))
    last = dict(before.last)
    here = {one.iri: one for one in found}
    count = before.count
    for iri in sorted({*here, *last}):
        one, was = here.get(iri), last.get(iri)
        if one is None and was is not None:
            if was.is_gone:
                continue
            last[iri] = replace(was, digest="", changed=now, number=count)
        elif one is not None:
            if was is not None and was.digest == one.digest:
                continue
            created = now if was is None or was.is_gone else was.created
            last[iri] = Change(iri, one.digest, created, now, count, one.title, one.publisher)
        count += 1
    return Changes(last, count)


@dataclass(frozen=True)
class News:
    """What there is now, beside what the release before told."""

    found: Sequence[Described]
    before: Changes

    def told_at(self, moment: datetime) -> Changes:
        """The changes, as a release of that moment tells them."""
        return compared(self.found, self.before, moment)

    def is_told_by(self, changes: Changes) -> bool:
        """Whether a release tells just this, whenever it was made."""
        return changes == self.told_at(changes.newest or NEVER)


def described(store: Store, names: Names) -> Iterator[Described]:
    """The datasets that a store's catalogue lists, each with the digest of its record."""
    for dataset, record in recorded(store, names):
        yield Described.of(dataset, record)


def recorded(store: Store, names: Names) -> Iterator[tuple[NamedNode, list[Triple]]]:
    """The datasets that a store's catalogue lists, in the order of their names, with records."""
    records = Records(store)
    quads = store.quads_for_pattern(names.data("catalogue"), DCAT.dataset, None)
    listed = {quad.object for quad in quads}
    for dataset in sorted(one.value for one in listed if isinstance(one, NamedNode)):
        yield NamedNode(dataset), records.of(NamedNode(dataset))


def told_before(release: Release | None, names: Names) -> Changes:
    """The changes that the release before tells; none of one with another base of names.

    Raises ReleaseTampered when they are not as they were sealed.
    """
    if release is None or release.base != names.base:
        return Changes()
    if CHANGES in release.manifest["files"]:
        release.insist_on(release.path / CHANGES)
    return Changes.read(release.path)


def as_text(moment: datetime) -> str:
    """A moment as xsd:dateTime in UTC, to the second.

    >>> as_text(as_time("2026-11-22T10:00:00Z"))
    '2026-11-22T10:00:00Z'
    """
    return moment.astimezone(UTC).strftime(FORM)


def as_time(text: str) -> datetime:
    """The moment that a text of ours tells; raises ValueError for another."""
    return datetime.strptime(text, FORM).replace(tzinfo=UTC)
