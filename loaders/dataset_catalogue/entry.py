"""What the readers make of one record, before it is said in DCAT; and findings, gathered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import NamedTuple
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from homegraph.graph.findings import Finding, Place, Reading


class Said(NamedTuple):
    """A text and the column it stood in, so that a finding can point at it."""

    column: str
    text: str


class Origin(NamedTuple):
    """Where a record was fetched: the catalogue, and the page of it."""

    catalogue: str
    address: str

    @property
    def host(self) -> str:
        """The host of the catalogue, which tells its names from those of others."""
        return urlsplit(self.catalogue).netloc


class Unsaid(NamedTuple):
    """A text that has no place in DCAT-AP, what it is called, and why it has none."""

    label: str
    said: Said
    problem: str


@dataclass
class Resource:
    """One way to get the data, as the record gives it."""

    column: str
    url: str
    identifier: str = ""
    title: str = ""
    description: str = ""
    format: str = ""
    media_type: str = ""
    size: str = ""
    checksum: str = ""
    issued: str = ""
    modified: str = ""
    document: bool = False
    iri: str = ""  # its own address, where it has one that others know it by
    download: str = ""  # where the file itself is, if that is said
    licence: str = ""  # its own, where the dataset has none or another
    packed: str = ""  # the media type of what it is compressed with
    keys: Mapping[str, str] = field(default_factory=dict)  # its own words for those of CKAN

    def at(self, key: str) -> str:
        """Where one of its values stood: a key of a JSON object, or the column of a table."""
        key = self.keys.get(key, key)
        if self.column.endswith("]"):
            return f"{self.column}.{key}"
        return key if self.keys else self.column


@dataclass
class Publisher:
    """An organisation, by the name that its records carry."""

    name: str
    title: str = ""
    identifier: str = ""
    homepage: str = ""
    abbreviation: str = ""
    iri: str = ""


@dataclass
class Entry:
    """One dataset record; every text is the publisher's own, not yet read."""

    place: Place
    key: tuple[str, ...]
    title: str
    description: str = ""
    identifier: str = ""
    publisher: str = ""
    version: str = ""
    published: bool = True
    service: bool = False
    contact_name: str = ""
    contact: list[Said] = field(default_factory=list)  # addresses, in order of preference
    phone: str = ""
    licences: list[Said] = field(default_factory=list)
    rights: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    themes: list[Said] = field(default_factory=list)
    issued: list[Said] = field(default_factory=list)  # the first that can be read counts
    modified: list[Said] = field(default_factory=list)
    created: list[Said] = field(default_factory=list)
    frequency: list[Said] = field(default_factory=list)
    start: list[Said] = field(default_factory=list)
    end: list[Said] = field(default_factory=list)
    box: list[Said] = field(default_factory=list)  # west, south, east, north
    places: list[Said] = field(default_factory=list)
    landing: list[Said] = field(default_factory=list)
    standards: list[str] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    iri: str = ""  # its own address, where it has one that others know it by
    origin: Origin | None = None
    series: bool = False
    language: str = "en"  # of title, description and keywords
    languages: list[Said] = field(default_factory=list)  # of the data
    access: list[Said] = field(default_factory=list)  # in place of `published`
    classification: str = ""
    contact_page: str = ""
    place_names: dict[str, str] = field(default_factory=dict)  # by the text of `places`
    links: list[tuple[NamedNode, str]] = field(default_factory=list)  # to other things, as said
    unsaid: list[Unsaid] = field(default_factory=list)
    stamp: str = ""  # when the catalogue last changed the record, and by what name it has it
    header: str = ""

    def agrees(self, other: Entry) -> bool:
        """Whether two records say the same of a dataset, apart from its resources."""
        apart = {"place", "resources", "origin"}
        return all(
            getattr(self, one.name) == getattr(other, one.name)
            for one in fields(self)
            if one.name not in apart
        )


class Notes:
    """Gathers warnings so that one mistake made in a hundred records is one finding."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._rows: dict[tuple[str, str, str, str | None, str | None], set[int]] = {}
        self.names: dict[Place, str] = {}  # of records that stand in no row that a person can find

    def warn(
        self,
        place: Place,
        problem: str,
        remedy: str,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Note something harmless that a person should still see."""
        self._rows.setdefault((place.file, problem, remedy, column, value), set()).add(place.row)

    def flush(self) -> None:
        """Hand the gathered warnings to the reading."""
        for (file, problem, remedy, column, value), rows in self._rows.items():
            first, *more = sorted(rows)
            names = {row: self.names.get(Place(file, row), str(row)) for row in [first, *more[:5]]}
            shown = ", ".join(names[row] for row in more[:5]) + (", …" if len(more) > 5 else "")
            named = Place(file, first) in self.names
            what = "records" if named else "rows"
            also = f", in {names[first]}" if named else ""
            also += f"; so in {len(more)} more ({what} {shown})" if more else ""
            finding = Finding(problem + also, remedy, file, first, column, value, "warning")
            self._reading.add(finding)
        self._rows.clear()
