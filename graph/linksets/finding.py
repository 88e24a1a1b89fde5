"""Finds the links of a release in what it says, and makes those that follow from codes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyoxigraph
from pyoxigraph import Literal, NamedNode

from homegraph.graph.iri import Names
from homegraph.graph.labels import LABELS
from homegraph.graph.linksets.kinds import (
    DATASETS_DATA_GOV_UK,
    KINDS,
    MADE,
    OFFENCE_CLASS,
)
from homegraph.graph.linksets.link import MATCHES, Kind, LinkSet, Triple
from homegraph.graph.linksets.targets import DATA_GOV_UK
from homegraph.graph.terms import DCT, FOAF, SOURCE

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The catalogue's own hosts: that of its pages, and that of its API.
HOSTS = {"data.gov.uk", "www.data.gov.uk", "ckan.publishing.service.gov.uk"}
CALLED = frozenset(LABELS)
WATCHED = MATCHES | {one for kind in KINDS for one in kind.predicates}
HERE = Path(__file__).parent
ADOPTED = tuple(space for kind in KINDS if kind.adopted for space in kind.target.spaces)


@dataclass
class Found:
    """What a release says that has to do with links."""

    matches: set[Triple] = field(default_factory=set)  # all of SKOS and OWL, whosever
    links: set[Triple] = field(default_factory=set)  # all that may be of a set
    described: set[str] = field(default_factory=set)  # by names of others, and offences
    taken_from: dict[str, str] = field(default_factory=dict)  # catalogues, by dataset
    identifiers: dict[str, str] = field(default_factory=dict)  # by dataset

    def look_at(self, said: Iterable[pyoxigraph.Triple]) -> Found:
        """Take note of statements; returns itself."""
        for one in said:
            predicate, subject, value = one.predicate, one.subject, one.object
            if not isinstance(subject, NamedNode):
                continue
            if predicate in WATCHED and isinstance(value, NamedNode):
                triple = Triple(subject.value, predicate.value, value.value)
                self.links.add(triple)
                if predicate in MATCHES:
                    self.matches.add(triple)
            elif predicate in CALLED:
                if subject.value.startswith((*ADOPTED, OFFENCE_CLASS)):
                    self.described.add(subject.value)
            elif predicate == SOURCE.harvestedFrom and isinstance(value, NamedNode):
                self.taken_from[subject.value] = value.value
            elif predicate == DCT.identifier and isinstance(value, Literal):
                self.identifiers[subject.value] = value.value
        return self

    def sets(self, names: Names) -> list[LinkSet]:
        """The sets of a release, those without a link as well."""
        found = []
        for kind in KINDS:
            if kind.adopted:
                mine = [one for one in self.described if kind.target.owns(one)]
                links = [Triple(page_of(one, names), FOAF.primaryTopic.value, one) for one in mine]
            elif kind is DATASETS_DATA_GOV_UK:
                links = self.records(names)
            elif kind.table:
                links = [one for one in listed(kind) if one.subject in self.described]
            else:
                links = [one for one in self.links if kind.takes(one)]
            found.append(LinkSet.of(kind, links))
        return found

    def records(self, names: Names) -> list[Triple]:
        """The datasets that were taken from data.gov.uk, and their records there."""
        stem, (pages, *_) = names.thing("dataset", "x").value[:-1], DATA_GOV_UK.spaces
        found = []
        for dataset, catalogue in self.taken_from.items():
            name, identifier = dataset.removeprefix(stem), self.identifiers.get(dataset)
            is_theirs = urlsplit(catalogue).hostname in HOSTS
            if (
                is_theirs
                and identifier
                and UUID.fullmatch(identifier)
                and dataset.startswith(stem)
                and "/" not in name
            ):
                (predicate,) = DATASETS_DATA_GOV_UK.predicates
                found.append(Triple(dataset, predicate.value, f"{pages}{identifier}/{name}"))
        return found


def listed(kind: Kind) -> Iterator[Triple]:
    """The links of a table, row by row: what begins the names of a set stands before its keys."""
    (predicate,), (space, *_) = kind.predicates, kind.target.spaces
    with (HERE / kind.table).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Triple(kind.subjects + row["subject"], predicate.value, space + row["object"])


def page_of(iri: str, names: Names) -> str:
    """The address of our page on a name that others own."""
    return f"{names.base}describe?uri={quote(iri, safe='')}"


def made(sets: Iterable[LinkSet]) -> list[Triple]:
    """The links that nothing in the release says but these sets."""
    return [one for each in sets if each.kind in MADE for one in each.links]
