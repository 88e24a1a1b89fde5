"""What CKAN's actions look things up in: the datasets of a release, by name, word and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, partial

from pyoxigraph import NamedNode

from homegraph.endpoint.harvest import ckan_packages as made
from homegraph.endpoint.harvest.ckan_packages import Json
from homegraph.endpoint.harvest.ckan_terms import Row, Search, beginning, spelt
from homegraph.endpoint.world import World
from homegraph.graph.entry import Agent, Entry, Named
from homegraph.graph.plain import Reader
from homegraph.graph.record import Records

TITLE, KEYWORD = 4, 2  # what a word counts there; elsewhere it counts one


class Index:
    """The datasets of a world; all are read when the first question needs it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reader = Reader(Records(world.store))
        self.stem = world.address("data/")
        self.organisations: dict[str, Agent] = {}
        self.licences: dict[str, Named] = {}

    @cached_property
    def names(self) -> dict[str, str]:
        """The IRI of each dataset by its name, in the order of names."""
        named = ((made.slug(one.value, self.stem), one.value) for one in self.world.datasets)
        return dict(sorted(named))

    @cached_property
    def by_identifier(self) -> dict[str, str]:
        """The name of each dataset by its identifier."""
        return {made.identifier(iri): name for name, iri in self.names.items()}

    @cached_property
    def rows(self) -> list[Row]:
        """What can be searched, in the order of names."""
        return sorted(map(self.row, self.entries()), key=lambda row: row.name)

    @cached_property
    def by_resource(self) -> dict[str, str]:
        """The name of the dataset of each file, by the file's identifier."""
        return {
            made.resource_id(file, entry, place): made.slug(entry.iri, self.stem)
            for entry in self.entries()
            for place, file in enumerate(entry.files)
        }

    def entries(self) -> Iterable[Entry]:
        """What the catalogue says of all datasets; of files not all, where nobody wrote it down."""
        read = partial(self.reader.entry, whole=False)
        return self.world.entries or map(read, self.world.datasets)

    @cached_property
    def counts(self) -> Counter[str]:
        """How many datasets each organisation has, by its name."""
        return Counter(name for row in self.rows for name in row.fields["organization"])

    @cached_property
    def tags(self) -> dict[str, int]:
        """How many datasets have each keyword, in the order of keywords."""
        found = Counter(word for row in self.rows for word in row.fields["tags"])
        return dict(sorted(found.items()))

    def entry(self, iri: str) -> Entry:
        """What the catalogue says of a dataset."""
        known, node = self.world.entries, NamedNode(iri)
        return (known and known.of(node)) or self.reader.entry(node)

    def find(self, word: str) -> str | None:
        """The name of the dataset that a name, identifier or IRI means."""
        if word in self.names:
            return word
        return self.by_identifier.get(word) or self.by_identifier.get(made.identifier(word))

    def package(self, name: str) -> Json:
        """A dataset by its name."""
        entry = self.entry(self.names[name])
        created, modified = self.times(entry)
        return made.package(entry, name, self.page(entry), created, modified)

    def times(self, entry: Entry) -> tuple[str, str]:
        """When a dataset's record came, and when it last changed; else what it says of itself."""
        change = self.world.changes.of(entry.iri)
        if change is not None:
            return change.created, change.changed
        return entry.issued, entry.modified or entry.issued

    def page(self, entry: Entry) -> str:
        """Where a dataset is told of here."""
        base = self.world.base
        return entry.iri.replace(f"{base}id/", f"{base}doc/", 1)

    def row(self, entry: Entry) -> Row:
        """What can be searched of a dataset."""
        name = made.slug(entry.iri, self.stem)
        agent, licence = entry.publisher, entry.licence
        owner = made.organisation_name(agent) if agent else ""
        if agent:
            self.organisations[owner] = agent
        known = made.licence_id(licence) if licence else ""
        if licence:
            self.licences.setdefault(known, licence)
        created, modified = self.times(entry)
        fields = {
            "name": (name,),
            "id": (made.identifier(entry.iri),),
            "uri": (entry.iri,),
            "identifier": (entry.identifier,),
            "title_string": (entry.title,),
            "organization": (owner,) if agent else (),
            "owner_org": (made.organisation_id(agent),) if agent else (),
            "license_id": (known,) if licence else (),
            "tags": tuple(made.tag_names(entry.keywords)),
            "theme": tuple(made.addresses(entry.themes)),
            "res_format": tuple(dict.fromkeys(one.format for one in entry.files if one.format)),
            "metadata_created": (made.moment(created),),
            "metadata_modified": (made.moment(modified),),
            "dataset_type": ("dataset",),
            "type": ("dataset",),
            "state": ("active",),
            "private": ("false",),
            "capacity": ("public",),
        }
        words = spelt(" ".join([entry.title, entry.description, *entry.keywords, name, owner]))
        return Row(name, spelt(entry.title), words, fields)

    def search(self, searches: Sequence[Search], order: Sequence[tuple[str, bool]]) -> list[Row]:
        """The rows that fit all searches, in an order: fields, and whether it goes down."""
        found = [row for row in self.rows if all(one.fits(row) for one in searches)]
        starts = [
            beginning(word) for one in searches for word in spelt(" ".join(one.words)).split()
        ]
        for name, down in reversed(order):
            if name == "score":
                if starts:
                    found.sort(key=lambda row: score(row, starts), reverse=down)
            else:
                found.sort(key=lambda row: row.fields.get(name, ("",))[:1], reverse=down)
        return found


def score(row: Row, starts: Sequence[str]) -> int:
    """How well a row fits the words that are looked for."""
    keywords = spelt(" ".join(row.fields["tags"]))
    return sum(
        TITLE * (start in row.title) + KEYWORD * (start in keywords) + row.words.count(start)
        for start in starts
    )


def facet(rows: Sequence[Row], name: str) -> Iterator[tuple[str, int]]:
    """The values of a field, with how many rows have each; most first."""
    found = Counter(value for row in rows for value in row.fields.get(name, ()))
    yield from sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
