"""One link to something of others, and who it is of: what all that handles links speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from pyoxigraph import NamedNode

from homegraph.graph.terms import OWL, SKOS

# What is said by these holds in both directions, and through others on (OWL 2; SKOS S44, S45).
SAME = frozenset({OWL.sameAs, SKOS.exactMatch})
# What says that of two concepts one is wider or beside the other, so that they are not the same.
APART = frozenset({SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch})
MATCHES = SAME | APART | {SKOS.closeMatch}


class Triple(NamedTuple):
    """A statement that is a link, by the IRIs in it."""

    subject: str
    predicate: str
    object: str

    def __str__(self) -> str:
        return f"<{self.subject}> <{self.predicate}> <{self.object}>"


@dataclass(frozen=True)
class Target:
    """Whose things a set leads to: how their names begin, and how else people write them."""

    name: str
    title: str
    homepage: str
    spaces: tuple[str, ...]  # the first is what names begin with; the others are more of the same
    spellings: tuple[tuple[str, str], ...] = ()  # beginnings that are written for one of `spaces`
    form: str = ""  # an expression that each of their names fits

    def fits(self, iri: str) -> bool:
        """Whether a name is written as theirs are; nobody is asked."""
        return self.owns(iri) and (not self.form or re.fullmatch(self.form, iri) is not None)

    def owns(self, iri: str) -> bool:
        """Whether a name is one of theirs."""
        return iri.startswith(self.spaces)

    def proper(self, iri: str) -> str:
        """A name as they write it themselves; what is not theirs stays as it is."""
        for written, meant in self.spellings:
            if iri.startswith(written):
                return meant + iri.removeprefix(written)
        return iri


@dataclass(frozen=True)
class Kind:
    """One set of links: what it links, by what, how it was come by and how sure it is.

    `score` says how likely a link is to be right. It is 1 where the link follows from a code by a
    rule of the publisher; where people made links by hand it is what we think of their care, as
    nobody has measured it. An `adopted` set is of things that we call by the publisher's own name:
    its links lead from our page of a thing to that name.
    """

    name: str
    title: str
    description: str
    target: Target
    predicates: tuple[NamedNode, ...]
    method: NamedNode
    score: float
    source: str  # the address of who says so
    subjects: str = ""  # how the names of what it links begin, where others are to be left out
    adopted: bool = False
    table: str = ""  # the file beside this one that says its links, as two keys in each row
    single: bool = False  # one of ours is linked with one of theirs at most

    def takes(self, triple: Triple) -> bool:
        """Whether a statement of the graph is a link of this set."""
        return (
            not self.adopted
            and not self.table
            and any(triple.predicate == one.value for one in self.predicates)
            and self.target.owns(triple.object)
            and triple.subject.startswith(self.subjects)
        )


@dataclass(frozen=True)
class LinkSet:
    """A set with its links, in the order of their names."""

    kind: Kind
    links: tuple[Triple, ...]

    @classmethod
    def of(cls, kind: Kind, links: Iterable[Triple]) -> LinkSet:
        """A set of these links, each once."""
        return cls(kind, tuple(sorted(set(links))))
