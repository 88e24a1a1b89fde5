"""What a catalogue says of a dataset in plain words: texts, addresses and numbers, no terms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """A value with a name: a code of a list, a licence, an area."""

    iri: str
    label: str
    code: str = ""

    @property
    def last(self) -> str:
        """The end of its IRI, which is the code in most lists."""
        return self.iri.rstrip("/#").rpartition("/")[2].rpartition("#")[2]


@dataclass(frozen=True)
class Place(Named):
    """An area; with its outline, if that is known, as GeoSPARQL writes it."""

    outline: str = ""


@dataclass(frozen=True)
class Agent(Named):
    """A publisher or creator."""

    homepage: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Contact:
    """Whom to ask."""

    iri: str
    name: str = ""
    email: str = ""
    telephone: str = ""
    page: str = ""


@dataclass(frozen=True)
class File:
    """A distribution: one form in which a dataset can be had."""

    iri: str
    title: str = ""
    description: str = ""
    identifier: str = ""
    access: str = ""
    download: str = ""
    media_type: str = ""
    packed_as: str = ""  # the media type of what it is packed with
    format: str = ""
    size: int | None = None
    algorithm: str = ""
    digest: str = ""
    issued: str = ""
    modified: str = ""
    availability: str = ""
    status: str = ""
    licence: Named | None = None
    rights: tuple[str, ...] = ()
    standards: tuple[Named, ...] = ()
    pages: tuple[str, ...] = ()
    languages: tuple[Named, ...] = ()

    @property
    def address(self) -> str:
        """Where it is, or where it is told how to get it."""
        return self.download or self.access


@dataclass(frozen=True)
class Entry:
    """A dataset with all that the catalogue says of it."""

    iri: str
    title: str
    description: str = ""
    identifier: str = ""
    version: str = ""
    issued: str = ""
    modified: str = ""
    provenance: str = ""
    classification: str = ""
    publisher: Agent | None = None
    creators: tuple[Agent, ...] = ()
    contacts: tuple[Contact, ...] = ()
    licence: Named | None = None
    access: Named | None = None
    rights: tuple[str, ...] = ()
    frequency: Named | None = None
    keywords: tuple[str, ...] = ()
    themes: tuple[Named, ...] = ()
    places: tuple[Place, ...] = ()
    periods: tuple[tuple[str, str], ...] = ()
    languages: tuple[Named, ...] = ()
    landing_pages: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    standards: tuple[Named, ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
