"""What the readers make of one record, before it is said in DCAT; and findings, gathered."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import NamedTuple

from homegraph.graph.findings import Finding, Place, Reading


class Said(NamedTuple):
    """A text and the column it stood in, so that a finding can point at it."""

    column: str
    text: str


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

    def at(self, key: str) -> str:
        """Where one of its values stood: a key of a JSON object, or the column of a table."""
        return f"{self.column}.{key}" if self.column.endswith("]") else self.column


@dataclass
class Publisher:
    """An organisation, by the name that its records carry."""

    name: str
    title: str = ""
    identifier: str = ""
    homepage: str = ""
    abbreviation: str = ""


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

    def agrees(self, other: Entry) -> bool:
        """Whether two records say the same of a dataset, apart from its resources."""
        apart = {"place", "resources"}
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
            shown = ", ".join(map(str, more[:5])) + (", …" if len(more) > 5 else "")
            also = f"; so in {len(more)} more (rows {shown})" if more else ""
            finding = Finding(problem + also, remedy, file, first, column, value, "warning")
            self._reading.add(finding)
        self._rows.clear()
