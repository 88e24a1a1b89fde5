"""Asks the store, and refuses before asking what could write or make the server call out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
)

from homegraph.endpoint.columns.handing import Counts, HandOver
from homegraph.endpoint.counting import counted
from homegraph.endpoint.csv_rows import NotQuoted, write_csv
from homegraph.endpoint.diagnosis import bad_query
from homegraph.endpoint.federation.calls import UNREADABLE, Call, calls_of, without
from homegraph.endpoint.federation.servers import NOBODY, Servers
from homegraph.endpoint.formats import Format
from homegraph.endpoint.limits import check_size
from homegraph.endpoint.spool import Spool
from homegraph.endpoint.words import (
    CHANGING,
    UPDATES,
    Token,
    bare_words,
    expanded,
    keywords,
    tokens,
    verb,
)
from homegraph.graph.errors import AskError, BadQuery, NotAcceptable, Refused

Answer = QuerySolutions | QueryBoolean | QueryTriples

NOTHING = Store()
ANY_SIZE = 1 << 62  # bytes


def spelling(letter: str) -> str:
    """A pattern for a letter, plain or as a codepoint escape."""
    codes = (f"{ord(case):02x}" for case in (letter, letter.upper()))
    return f"(?:{letter}|" + "|".join(rf"\\u(?:0000)?00{code}" for code in codes) + ")"


NAMELESS = {"(", "~", "|"}  # collections and names of statements, in a template

# In one line, and as `tokens` reads them.
PLAIN_TEXT = re.compile(r'"[^"\n\r]*"')
PLAIN_IRI = re.compile(r"<https?://[^<>\"{}|^`\x00-\x20]*>")
REMEMBERED = 4_000  # characters of a shape

SERVICE = re.compile("".join(spelling(letter) for letter in "service"), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a query say about it; a query that may not be asked has none."""

    gives_a_graph: bool
    lasts: bool
    names_graphs: bool
    nests: bool  # statements within statements
    calls: tuple[Call, ...] = ()  # of other servers


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
    def reading(self) -> Reading:
        """What the query is; raises Refused, and BadQuery for what is too large or no query.

        Two locks keep SERVICE away from the engine, which would make any call. The first reads
        the words: `ask` sees to each call that they make. The second does not trust our reading:
        it takes out the calls that were found, masks every "service" that is left and lets the
        engine parse the rest; a query that needs the word as a keyword no longer parses.
        """
        shape = shape_of(self.text)
        return read_again(shape) if len(shape) <= REMEMBERED else read(shape)

    @property
    def gives_a_graph(self) -> bool:
        """Whether the answer is statements, not rows or yes and no; raises as `reading` does."""
        return self.reading.gives_a_graph

    @property
    def lasts(self) -> bool:
        """Whether the same answer comes each time; new blank nodes never have the same names."""
        return self.reading.lasts

    def check(self, servers: Servers = NOBODY) -> None:
        """Raise Refused for an update or a call that is not allowed, BadQuery for no query."""
        servers.check(self.reading.calls)


def shape_of(text: str) -> str:
    """The text with its plain names and texts left out, if whatever they are makes no difference.

    Queries of programs differ only there, and `read` gives the same for all of one shape. Without
    backslashes, apostrophes and two quotation marks in a row, a quotation mark outside comments
    opens or closes a text, and comments end with their line as texts do: so the patterns leave
    out whole texts, or parts of comments. An IRI with // is never a comparison (see `tokens`).

    >>> shape_of('ASK { <http://example.org/a> ?p "one" }')
    'ASK { <> ?p "" }'
    """
    if "\\" in text or "'" in text or '""' in text or "service" in text.casefold():
        return text
    return PLAIN_IRI.sub("<>", PLAIN_TEXT.sub('""', text))


def read(text: str) -> Reading:
    """Read the words of a query; raises as `Question.reading` does."""
    found = list(tokens(text))
    check_size(found)
    words = bare_words(found)
    # Where codepoint escapes stand for letters, what they spell is read as well.
    spelt = keywords(expanded(text)) if "\\" in text else words
    if not UPDATES.isdisjoint({verb(words), verb(spelt)}):
        raise Refused("this endpoint answers queries; nothing can be written through it")
    calls = calls_of(text, found)
    if "SERVICE" in spelt and not calls:
        calls = (Call(UNREADABLE),)
    if SERVICE.search(text) and all(call.address != UNREADABLE for call in calls):
        insist_it_parses(text, calls)
    gives_a_graph = verb(words) in {"CONSTRUCT", "DESCRIBE"}
    nests = "TRIPLE" in words or any(map(opens_a_statement, pairwise(found)))
    return Reading(
        gives_a_graph=gives_a_graph,
        lasts=CHANGING.isdisjoint(words)
        and not calls
        and not (gives_a_graph and (nests or nameless(found))),
        names_graphs="FROM" in words,
        nests=nests,
        calls=calls,
    )


def nameless(found: Sequence[Token]) -> bool:
    """Whether the graph that a query makes may have blank nodes that no two answers share.

    They are written as such, as collections, or as names of statements (SPARQL 1.2, 4.1).
    """
    if any(token.kind == "blank" or token.text == "[" for token in found):
        return True
    depth = 0
    for token in found:  # of the template, which is what the first braces hold
        depth += (token.text == "{") - (token.text == "}")
        if token.text == "}" and not depth:
            return False
        if depth and token.text in NAMELESS:
            return True
    return False


def opens_a_statement(pair: tuple[Token, Token]) -> bool:
    """Whether two tokens are << (or < before an IRI, which does no harm)."""
    (kind, text, start), other = pair
    return kind == "other" and text == "<" and other.start == start + 1 and other.text[0] == "<"


read_again = lru_cache(maxsize=4_000)(read)


def insist_it_parses(text: str, calls: Sequence[Call]) -> None:
    """Raise BadQuery when the engine does not read the query with every "service" masked.

    Of calls that were found, what follows is left, which is a group.
    """
    try:
        NOTHING.query(masked(without(text, calls)))
    except SyntaxError as error:
        raise bad_query(text, str(error)) from error
    except RuntimeError as error:
        raise BadQuery(str(error)) from error


def masked(text: str) -> str:
    """The text with every "service" made meaningless, letter for letter; raises Refused."""
    letter = next((c for c in "zqxjkvwy" if c * 7 not in text.lower()), None)
    if letter is None:
        raise Refused("the query cannot be told from one that calls other servers")

    def mask(match: re.Match[str]) -> str:
        return "".join(letter.upper() if c.isupper() else letter for c in match.group())

    return SERVICE.sub(mask, text)


def handed_over(question: Question, columns: Counts | None) -> HandOver:
    """The question as Oxigraph is to be asked it: with what columns can count put into it.

    Raises as `Question.reading` does.
    """
    reading = question.reading
    if columns is None:
        return HandOver.plain(question.text, "there are no columns here, or they are not wanted")
    if question.default_graphs or question.named_graphs or reading.names_graphs:
        return HandOver.plain(question.text, "it chooses its graphs")
    if reading.calls:
        return HandOver.plain(question.text, "it calls other servers")
    return columns.handed_over(question.text)


def ask(
    store: Store,
    question: Question,
    servers: Servers = NOBODY,
    handed: HandOver | None = None,
) -> Answer:
    """The engine's answer, whose rows come as they are read; to the words of `handed`, if given.

    Raises Refused, BadQuery, and ServiceFailed when one of the servers that it may call fails.
    Read the answer in the thread that asked, before it asks again.
    """
    reading = question.reading
    text = servers.answered(question.text, reading.calls)
    if handed is not None and (handed.parts or handed.beginnings):
        text = handed.text
        if handed.whole:
            store = NOTHING  # all that is looked for is in the words
    try:
        if question.default_graphs or question.named_graphs:
            return store.query(
                text,
                default_graph=[node(iri) for iri in question.default_graphs],
                named_graphs=[node(iri) for iri in question.named_graphs],
            )
        # The engine would let the union outweigh the query's own FROM.
        return store.query(text, use_default_graph_as_union=not reading.names_graphs)
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


def write(
    store: Store,
    question: Question,
    form: Format,
    spool: Spool,
    servers: Servers = NOBODY,
    handed: HandOver | None = None,
) -> int | None:
    """Write the whole answer; how many rows it has, where that is known.

    Raises Refused, BadQuery, ServiceFailed, NotAcceptable for what the form cannot hold, and what
    the spool raises.
    """
    if handed is not None and handed.table is not None:
        from homegraph.endpoint.columns.writing import write_table

        engine: Any = form.engine  # of results: only those have a table
        if write_table(handed.table, engine, spool):
            spool.close()
            return len(handed.table.rows)
    answer = ask(store, question, servers, handed)
    try:
        try:
            rows = written(answer, question, form, spool)
        except NotQuoted:
            spool.restart()
            again: Any = ask(store, question, servers, handed)
            rows = write_csv(again, spool)
    except RuntimeError as error:
        raise BadQuery(str(error)) from error
    except OSError as error:
        if "does not support" in str(error):  # a statement about a statement, as JSON-LD
            raise NotAcceptable(str(error)) from error
        raise
    spool.close()
    return rows


def written(answer: Answer, question: Question, form: Format, spool: Spool) -> int | None:
    """Let the engine write; raises NotQuoted when its CSV cannot be read."""
    engine: Any = form.engine  # of results or of graphs, as the answer is
    columns = None
    if isinstance(answer, QuerySolutions):
        columns = len(answer.variables)
        if question.reading.nests and engine == QueryResultsFormat.CSV:
            raise NotQuoted
    out: Any = counted(spool, engine, columns)
    answer.serialize(output=out, format=engine)
    out.ended()
    rows: int | None = out.rows
    return rows


def whole(
    store: Store,
    question: Question,
    form: Format,
    servers: Servers = NOBODY,
    handed: HandOver | None = None,
) -> bytes:
    """The whole answer in memory; raises as `write` does."""
    spool = Spool(most=ANY_SIZE)
    write(store, question, form, spool, servers, handed)
    return spool.body
