"""All that was read from all files, settled: repeats, patches and references."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, field

from homegraph.graph.findings import Place, Reading
from homegraph.loaders.dataset_catalogue.entry import Entry, Notes, Origin, Publisher, Said
from homegraph.loaders.dataset_catalogue.values import identity, moment

UNREAD = "It was left out; have the loader taught to read it or to ignore it."


@dataclass
class Patch:
    """A partial record: what is to change in the dataset of that name."""

    place: Place
    name: str
    publisher: str = ""
    standards: list[str] = field(default_factory=list)
    title: str = ""
    description: str = ""
    licences: list[Said] = field(default_factory=list)
    themes: list[Said] = field(default_factory=list)


@dataclass
class Harvest:
    """What the readers found in the files of one reading."""

    reading: Reading
    notes: Notes
    entries: list[Entry] = field(default_factory=list)
    publishers: dict[str, Publisher] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)  # publishers with a record of their own
    references: list[tuple[Place, str]] = field(default_factory=list)  # records that are only ids
    listed: list[tuple[Place, str]] = field(default_factory=list)  # names in lists of names
    patches: list[Patch] = field(default_factory=list)
    known: set[str] = field(default_factory=set)  # names of datasets within their catalogues
    ours: tuple[str, ...] = ()  # what our own names begin with, which others may not describe
    origin: Origin | None = None  # of the file that is being read
    noted: dict[tuple[str, str], str] = field(default_factory=dict)  # what was, in which file
    deleted: dict[tuple[str, str], str] = field(default_factory=dict)  # when, by host and header

    def columns(self, file: str, names: Iterable[str]) -> None:
        """Remember what a file has: columns, keys or properties, for what breaks a rule."""
        self.reading.headings.setdefault(file, set()).update(names)

    def of_catalogue(self, iri: str) -> None:
        """Remember by which address the catalogue that is being read calls itself."""
        if self.origin and identity(iri):
            self.origin = Origin(iri, self.origin.address)

    def take(self, entry: Entry) -> None:
        """Remember a record; those of other catalogues by a key that only one catalogue has."""
        if entry.iri.startswith(self.ours) and self.ours and entry.iri:
            problem = "the record is about something of ours, which we describe ourselves"
            self.refuse(entry.place, problem, "Nothing to do.", entry.iri)
            return
        if "SECRET" in re.split(r"[/#]", entry.classification)[-1].upper():
            problem = "the record is about what is SECRET"
            self.refuse(entry.place, problem, "Ask why it is in a catalogue.", entry.identifier)
            return
        entry.origin = self.origin
        self.known.add(entry.key[-1])
        if entry.iri:
            entry.key = (entry.iri,)
        elif self.origin:
            entry.key = (self.origin.host, *entry.key)
        self.entries.append(entry)

    def once(self, place: Place, problem: str, remedy: str = UNREAD) -> None:
        """Note what is so all over a catalogue on one of its pages only."""
        where = self.origin.catalogue if self.origin else place.file
        if self.noted.setdefault((where, problem), place.file) == place.file:
            self.notes.warn(place, problem, remedy)

    def delete(self, place: Place, header: str, stamp: str) -> None:
        """Remember that a catalogue has let go of a record, and of its older states with it."""
        host = self.origin.host if self.origin else ""
        self.deleted[host, header] = max(stamp, self.deleted.get((host, header), ""))
        self.reading.records += 1
        self.reading.written += 1
        problem = "the catalogue says that the record is deleted"
        self.refuse(place, problem, "Nothing to do: nothing is said of it any more.", header)

    def publisher(self, found: Publisher, shown: bool = False) -> None:
        """Remember an organisation; its own record says more than a mention in a dataset."""
        known = self.publishers.get(found.name)
        if shown and found.name not in self.shown:
            self.shown.add(found.name)
            known = None
        elif not shown and found.name in self.shown:
            return
        # Of two that differ the choice must not hang on the order of the files.
        self.publishers[found.name] = max(known, found, key=astuple) if known else found

    def refuse(self, place: Place, problem: str, remedy: str, value: str | None = None) -> None:
        """Leave out a record that was counted as written, and say why."""
        self.reading.written -= 1
        self.reading.refused += 1
        self.notes.warn(place, problem, remedy, None, value)

    def settle(self) -> list[Entry]:
        """One entry for each dataset, in the order of their names."""
        named: dict[tuple[str, ...], list[Entry]] = {}
        for entry in self.entries:
            host = entry.origin.host if entry.origin else ""
            gone = self.deleted.get((host, entry.header), "") if entry.header else ""
            if gone and gone >= entry.stamp:
                problem = "a newer file says that the record is deleted"
                self.refuse(entry.place, problem, "Leave the older file out.", entry.header)
                continue
            named.setdefault(entry.key, []).append(entry)
        chosen = [self._choose(named[key]) for key in sorted(named)]
        self._patch(chosen)
        self._refer(chosen)
        return chosen

    def _choose(self, entries: list[Entry]) -> Entry:
        """The newest of the records of one dataset; records that agree give all their files."""
        in_order = sorted(entries, key=lambda entry: entry.place)
        taken, *others = sorted(in_order, key=precedence, reverse=True)
        for other in others:
            if other.agrees(taken):
                known = {resource.url for resource in taken.resources}
                taken.resources += [one for one in other.resources if one.url not in known]
                continue
            self.refuse(
                other.place,
                f"another record of this dataset is used: {taken.place.file} row {taken.place.row}",
                "Keep one record of each name; the one that was modified last is taken.",
                other.key[-1],
            )
        return taken

    def _patch(self, entries: Iterable[Entry]) -> None:
        named = {entry.key[-1]: entry for entry in entries if not entry.iri}
        for patch in self.patches:
            entry = named.get(patch.name)
            if entry is None:
                self.refuse(
                    patch.place,
                    "no file has the dataset that this changes",
                    "Load the record of that name together with the changes.",
                    patch.name,
                )
                continue
            entry.publisher = patch.publisher or entry.publisher
            entry.title = patch.title or entry.title
            entry.description = patch.description or entry.description
            entry.licences = patch.licences or entry.licences
            entry.themes = patch.themes or entry.themes
            entry.standards = patch.standards or entry.standards

    def _refer(self, entries: Iterable[Entry]) -> None:
        identifiers = {entry.identifier for entry in entries}
        for place, identifier in self.references:
            if identifier not in identifiers:
                self.refuse(
                    place,
                    "the record is only a reference: it has an id and no title",
                    "Ask package_search for full records, or load package_show of this id.",
                    identifier,
                )
        files: dict[str, list[str]] = {}
        for place, name in self.listed:
            if name not in self.publishers and name not in self.known:
                files.setdefault(place.file, []).append(name)
        for file, names in files.items():
            self.notes.warn(
                Place(file, 1),
                f"{len(names)} of the names listed are described in no file",
                "Nothing is said of them; load organization_show or package_show of each.",
                None,
                ", ".join(names),
            )


def precedence(entry: Entry) -> tuple[str, int]:
    """What decides between records: the last change, as ISO text, then the number of files."""
    times = (moment(said.text) for said in entry.modified)
    modified = next((time.value for time in times if time), "")
    return modified, len(entry.resources)
