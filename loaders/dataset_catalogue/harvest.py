"""All that was read from all files, settled: repeats, patches and references."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field

from homegraph.graph.findings import Place, Reading
from homegraph.loaders.dataset_catalogue.entry import Entry, Notes, Publisher, Said
from homegraph.loaders.dataset_catalogue.values import moment


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
        named = {entry.key[-1]: entry for entry in entries}
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
            if name not in self.publishers and (name,) not in {one.key for one in self.entries}:
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
