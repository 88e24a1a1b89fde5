"""What one record says, looked up by subject and property: all that scoring knows of a dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from homegraph.graph.file_types import PACKED, code
from homegraph.graph.quality_reach import NOT_ASKED, Answers
from homegraph.graph.terms import DCAT, DCT

Node = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal | Triple


class Said:
    """The statements of one record."""

    def __init__(self, dataset: NamedNode, triples: Iterable[Triple]) -> None:
        self.dataset = dataset
        self._values: dict[tuple[Node, NamedNode], list[Term]] = {}
        for triple in triples:
            if isinstance(triple.subject, NamedNode | BlankNode):
                place = triple.subject, triple.predicate
                self._values.setdefault(place, []).append(triple.object)

    def values(self, subject: Node, predicate: NamedNode) -> list[Term]:
        """The values of a property."""
        return self._values.get((subject, predicate), [])

    def texts(self, subject: Node, predicate: NamedNode) -> list[str]:
        """The values of a property as text: names by their IRI, literals by what they hold."""
        found = self.values(subject, predicate)
        return sorted(one.value for one in found if not isinstance(one, Triple))

    @property
    def distributions(self) -> list[Node]:
        """The distributions, in an order that never differs."""
        found = self.values(self.dataset, DCAT.distribution)
        return sorted((one for one in found if isinstance(one, NamedNode | BlankNode)), key=str)

    @property
    def addresses(self) -> list[str]:
        """The addresses of all distributions, each once."""
        found = {
            text
            for one in self.distributions
            for predicate in (DCAT.accessURL, DCAT.downloadURL)
            for text in self.texts(one, predicate)
        }
        return sorted(found)

    def formats(self, distribution: Node) -> set[str]:
        """The codes of a distribution's format as it says it, in whatever spelling."""
        return {code(text) for text in self.texts(distribution, DCT.format)}

    def kinds(self, distribution: Node) -> set[str]:
        """The codes of its format, or of its media type where it names none but a package."""
        formats = self.formats(distribution)
        media_types = {code(text) for text in self.texts(distribution, DCAT.mediaType)}
        return formats - PACKED or media_types - PACKED or formats | media_types


@dataclass(frozen=True)
class Facts:
    """A record with what is known besides: who answered, what breaks rules, where data leads.

    `faults` are what breaks DCAT-AP, one sentence each; `links` the hosts of others that the data
    itself leads to, where it was looked at; `held` are addresses of our own that answer.
    """

    said: Said
    answers: Answers = NOT_ASKED
    faults: tuple[str, ...] = ()
    links: frozenset[str] = field(default_factory=frozenset)
    held: frozenset[str] = field(default_factory=frozenset)
    base: str = ""

    def is_ours(self, address: str) -> bool:
        """Whether an address is of this deployment."""
        return bool(self.base) and address.startswith(self.base)


def host(address: str) -> str:
    """The host of a web address; nothing for what is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
