"""Every form an answer can have, in one table each: for results, for graphs, for people.

Negotiation, suffixes, the service description, the pages and the tests all read these rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pyoxigraph import QueryResultsFormat, RdfFormat

from homegraph.graph.errors import AskError, NotAcceptable

if TYPE_CHECKING:
    from werkzeug.datastructures import MIMEAccept


@dataclass(frozen=True, eq=False)  # each is itself only: quick to look up
class Format:
    """One form: its names on the web, and the engine's serialiser for it.

    `suffixes` are what may stand after the dot of an address or in `format=`, the one we
    write first.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    engine: QueryResultsFormat | RdfFormat | None
    aliases: tuple[str, ...] = ()

    @property
    def suffix(self) -> str:
        """The suffix that our own links use."""
        return self.suffixes[0]

    @property
    def content_type(self) -> str:
        """The media type, with the charset where the type is text."""
        text = self.media_type.startswith("text/")
        return self.media_type + ("; charset=utf-8" if text else "")

    @property
    def iri(self) -> str:
        """The IRI of the format in the registry of formats; nothing for pages."""
        return self.engine.iri if self.engine else ""

    @property
    def media_types(self) -> tuple[str, ...]:
        """All media types by which a client may ask for it."""
        return (self.media_type, *self.aliases)

    def is_called(self, word: str) -> bool:
        """Whether `word` is a suffix or media type of this format."""
        return word.lower() in {*self.suffixes, *self.media_types}


TABLES: list[Format] = [
    Format(
        "JSON",
        "application/sparql-results+json",
        ("json", "srj"),
        QueryResultsFormat.JSON,
        ("application/json",),
    ),
    Format(
        "XML",
        "application/sparql-results+xml",
        ("xml", "srx"),
        QueryResultsFormat.XML,
        ("application/xml", "text/xml"),
    ),
    Format("CSV", "text/csv", ("csv",), QueryResultsFormat.CSV),
    Format("TSV", "text/tab-separated-values", ("tsv",), QueryResultsFormat.TSV),
]

GRAPHS: list[Format] = [
    Format(
        "Turtle",
        "text/turtle",
        ("ttl", "turtle", "n3"),
        RdfFormat.TURTLE,
        ("application/x-turtle", "text/n3"),  # Turtle is a part of Notation3
    ),
    Format("N-Triples", "application/n-triples", ("nt", "ntriples"), RdfFormat.N_TRIPLES),
    Format(
        "RDF/XML",
        "application/rdf+xml",
        ("rdf", "xml", "rdf+xml"),
        RdfFormat.RDF_XML,
        ("application/xml", "text/xml"),
    ),
    Format(
        "JSON-LD",
        "application/ld+json",
        ("jsonld", "json", "json-ld"),
        RdfFormat.JSON_LD,
        ("application/json",),
    ),
    Format("TriG", "application/trig", ("trig",), RdfFormat.TRIG),
    Format("N-Quads", "application/n-quads", ("nq",), RdfFormat.N_QUADS),
]

JSON: Format = Format("JSON", "application/json", ("json",), None)
HTML: Format = Format("HTML", "text/html", ("html", "htm"), None, ("application/xhtml+xml",))


@lru_cache(maxsize=1_000)
def preferred(accept: str, offered: tuple[Format, ...], word: str | None = None) -> Format:
    """What a word names, or what `choose` picks for an Accept header as it was sent.

    Raises NotAcceptable.
    """
    if word is not None:
        return called(word, offered)
    from werkzeug.datastructures import MIMEAccept  # here, as the command does without
    from werkzeug.http import parse_accept_header

    return choose(parse_accept_header(accept, MIMEAccept), offered)


def agreed(accept: str, offered: tuple[Format, ...], words: Sequence[str]) -> Format:
    """The format that the first word names, or that an Accept header prefers without words.

    Clients that repeat themselves use words that nobody knows (SPARQLWrapper: `results`); only one
    that names another format is a mistake. Raises NotAcceptable, and AskError for that.
    """
    if not words:
        return preferred(accept, offered)
    form = preferred("", offered, words[0])
    for word in words[1:]:
        others = [row for row in offered if row.is_called(word)]
        if others and form not in others:
            raise AskError(f"more than one format is named: {', '.join(words)}; name one")
    return form


def called(word: str, offered: Sequence[Format]) -> Format:
    """The format that a word names; raises NotAcceptable when none is called so."""
    found = next((row for row in offered if row.is_called(word)), None)
    if found is None:
        raise NotAcceptable(f"there is no format {word!r} here; {listed(offered)}")
    return found


def choose(accept: MIMEAccept, offered: Sequence[Format]) -> Format:
    """Pick what the client likes best; the first row when it is all one.

    A media type that the client names outweighs one that it only covers with a wildcard
    (RFC 9110, 12.5.1). Raises NotAcceptable when nothing fits.
    """
    ranges = [(name.partition(";")[0].strip().lower(), quality) for name, quality in accept]
    if not ranges:
        return offered[0]
    best, row = max(
        ((liking(row, ranges), row) for row in offered),
        key=lambda pair: pair[0],  # max keeps the first of equals
    )
    if best[0] <= 0:
        raise NotAcceptable(f"{accept} is not offered; {listed(offered)}")
    return row


def liking(row: Format, ranges: Iterable[tuple[str, float]]) -> tuple[float, int]:
    """How well a format fits: the quality given to it, and how closely it was named.

    >>> liking(HTML, [("text/html", 0.5), ("*/*", 1.0)])
    (0.5, 2)
    """
    family = row.media_type.partition("/")[0] + "/*"
    closeness = {"*/*": 0, family: 1, **dict.fromkeys(row.media_types, 2)}
    fits = [(closeness[name], quality) for name, quality in ranges if name in closeness]
    close, quality = max(fits, default=(0, 0.0))
    return quality, close


def listed(offered: Sequence[Format]) -> str:
    """The formats in words."""
    return "offered are " + ", ".join(row.media_type for row in offered)


def by_suffix(path: str, offered: Sequence[Format]) -> tuple[str, Format] | None:
    """Split an address at a suffix that names a format; None when it ends in none."""
    stem, dot, suffix = path.rpartition(".")
    if not dot or not stem:
        return None
    return next(((stem, row) for row in offered if suffix in row.suffixes), None)
