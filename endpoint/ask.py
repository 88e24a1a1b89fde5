"""Asks the store, and refuses before asking what could write or make the server call out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from homegraph.endpoint.diagnosis import bad_query
from homegraph.endpoint.formats import Format
from homegraph.endpoint.limits import check_size
from homegraph.endpoint.words import CHANGING, UPDATES, expanded, keywords, tokens, verb
from homegraph.graph.errors import AskError, BadQuery, Refused

Answer = QuerySolutions | QueryBoolean | QueryTriples

NOTHING = Store()


def spelling(letter: str) -> str:
    """A pattern for a letter, plain or as a codepoint escape."""
    codes = (f"{ord(case):02x}" for case in (letter, letter.upper()))
    return f"(?:{letter}|" + "|".join(rf"\\u(?:0000)?00{code}" for code in codes) + ")"


SERVICE = re.compile("".join(spelling(letter) for letter in "service"), re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """A query and the graphs it is asked of (SPARQL 1.1 Protocol, 2.1.4).

    Without graphs, here or in the query, it is asked of everything: the default graph is the
    union of all graphs.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @cached_property
    def words(self) -> list[str]:
        """The keywords of the query."""
        return keywords(self.text)

    @property
    def gives_a_graph(self) -> bool:
        """Whether the answer is statements, not rows or yes and no."""
        return verb(self.words) in {"CONSTRUCT", "DESCRIBE"}

    @property
    def lasts(self) -> bool:
        """Whether the same answer comes each time; new blank nodes never have the same names."""
        nameless = self.gives_a_graph and any(
            token.kind == "blank" or token.text == "[" for token in tokens(self.text)
        )
        return CHANGING.isdisjoint(self.words) and not nameless

    def check(self) -> None:
        """Raise Refused for an update or a call to another server, BadQuery for what is no query.

        Two locks keep SERVICE out, because the engine would perform the call. The first reads
        the words. The second does not trust our reading: it masks every "service" and lets the
        engine parse the rest; a query that needs the word as a keyword no longer parses.
        """
        check_size(self.text)
        if verb(self.words) in UPDATES or verb(keywords(expanded(self.text))) in UPDATES:
            raise Refused("this endpoint answers queries; nothing can be written through it")
        if "SERVICE" in self.words or "SERVICE" in keywords(expanded(self.text)):
            raise Refused("SERVICE is not allowed: this endpoint does not call other servers")
        if SERVICE.search(self.text):
            evaluate(NOTHING, masked(self.text), self)


def masked(text: str) -> str:
    """The text with every "service" made meaningless, letter for letter; raises Refused."""
    letter = next((c for c in "zqxjkvwy" if c * 7 not in text.lower()), None)
    if letter is None:
        raise Refused("the query cannot be told from one that calls other servers")

    def mask(match: re.Match[str]) -> str:
        return "".join(letter.upper() if c.isupper() else letter for c in match.group())

    return SERVICE.sub(mask, text)


def ask(store: Store, question: Question) -> Answer:
    """The engine's answer, whose rows come as they are read.

    Raises Refused and BadQuery. Read the answer in the thread that asked.
    """
    question.check()
    return evaluate(store, question.text, question)


def evaluate(store: Store, text: str, question: Question) -> Answer:
    """Run a query on the graphs that a question names; raises BadQuery."""
    chosen = question.default_graphs or question.named_graphs
    try:
        if chosen:
            return store.query(
                text,
                default_graph=[node(iri) for iri in question.default_graphs],
                named_graphs=[node(iri) for iri in question.named_graphs],
            )
        # The engine would let the union outweigh the query's own FROM.
        return store.query(text, use_default_graph_as_union="FROM" not in question.words)
    except SyntaxError as error:
        raise bad_query(question.text, str(error)) from error
    except RuntimeError as error:  # a function that the engine does not have
        raise BadQuery(str(error)) from error


def node(iri: str) -> NamedNode:
    """A graph's name; raises AskError for what is no IRI."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise AskError(f"{iri!r} cannot name a graph: {error}") from error


def whole(store: Store, question: Question, form: Format) -> bytes:
    """The whole answer, serialised before anything is sent; raises Refused and BadQuery."""
    answer = ask(store, question)
    try:
        if isinstance(answer, QueryTriples):
            assert isinstance(form.engine, RdfFormat)
            written = answer.serialize(format=form.engine)
        else:
            assert isinstance(form.engine, QueryResultsFormat)
            written = answer.serialize(format=form.engine)
    except RuntimeError as error:
        raise BadQuery(str(error)) from error
    assert written is not None  # no output was named
    return written
