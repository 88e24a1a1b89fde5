"""The words of a query: what it asks for, read without running it (SPARQL 1.1 grammar, 19.8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

UPDATES = {
    *("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"),
}
PROLOGUE = {"PREFIX", "BASE", "VERSION"}
# These give another answer each time they are asked, so the answer cannot be kept.
CHANGING = {"NOW", "RAND", "UUID", "STRUUID", "BNODE"}

ESCAPED = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
TOKEN = re.compile(
    rf"""
      (?P<space> \s+ | \#[^\n\r]* )
    | (?P<iri> < (?: [^<>"{{}}|^`\\\x00-\x20] | {ESCAPED} )* > )
    | (?P<text> \"\"\" (?: [^\\] | \\. )*? \"\"\" | ''' (?: [^\\] | \\. )*? '''
              | " (?: [^"\\\n\r] | \\. )* " | ' (?: [^'\\\n\r] | \\. )* ' )
    | (?P<blank> _: \w (?: [\w\-] | \.+ (?=[\w\-]) )* )
    | (?P<variable> [?$] \w+ )
    | (?P<tag> @ [A-Za-z]+ (?: -[A-Za-z0-9]+ )* )
    | (?P<number> [0-9]+ (?: \.[0-9]+ )? (?: [eE][+-]?[0-9]+ )? )
    | (?P<name> (?: [^\W\d_] [\w.\-]* )? : (?: [\w\-:%] | \\. | \.+ (?=[\w\-:%\\]) )* )
    | (?P<word> [^\W\d] \w* )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One token: its kind (a group of TOKEN), its text, and where it starts."""

    kind: str
    text: str
    start: int


def tokens(query: str) -> Iterator[Token]:
    """Read a query token by token, without spaces and comments.

    `<` opens an IRI or means "less than". An IRI that could hide a keyword because it need not
    be one is read as "less than" and what follows, so nothing in it is overlooked:

    >>> hidden = "FILTER(?a<?b)SERVICE#>"
    >>> [token.text for token in tokens(hidden)][-3:]
    ['?b', ')', 'SERVICE']
    """
    at = 0
    while at < len(query):
        match = TOKEN.match(query, at)
        assert match is not None and match.lastgroup is not None  # the last group takes anything
        kind, text = match.lastgroup, match.group()
        if kind == "iri" and ambiguous(text):
            kind, text = "other", "<"
        if kind != "space":
            yield Token(kind, text, at)
        at += len(text)


def ambiguous(iri: str) -> bool:
    """Whether what looks like an IRI could be a comparison with a call behind it.

    After a scheme and two slashes it cannot: no expression has two slashes in a row.
    """
    suspect = "service" in expanded(iri).lower() or "(" in iri or "[" in iri
    return suspect and not re.match(r"<[A-Za-z][\w+.\-]*://", iri)


def keywords(query: str) -> list[str]:
    """The bare words of a query in capitals, in order.

    >>> keywords("SELECT ?service { <service://x> a 'SERVICE' } # SERVICE")
    ['SELECT', 'A']
    """
    return bare_words(tokens(query))


def bare_words(found: Iterable[Token]) -> list[str]:
    """The bare words among tokens, in capitals."""
    return [token.text.upper() for token in found if token.kind == "word"]


def verb(words: list[str]) -> str:
    """What the query does: its first word after the prologue, or nothing."""
    return next((word for word in words if word not in PROLOGUE), "")


def undeclared(query: str) -> Token | None:
    """The first prefixed name whose prefix no PREFIX line declares."""
    found = list(tokens(query))
    declared = {
        name.text
        for word, name in pairwise(found)
        if word.kind == "word" and word.text.upper() == "PREFIX"
    }
    names = (token for token in found if token.kind == "name")
    return next((one for one in names if one.text.partition(":")[0] + ":" not in declared), None)


def expanded(text: str) -> str:
    r"""Resolve codepoint escapes, which SPARQL allows anywhere (SPARQL 1.1, 19.2).

    >>> expanded(r"\u0053ERVICE")
    'SERVICE'
    """
    return re.sub(ESCAPED, lambda match: character(match.group()), text)


def character(escape: str) -> str:
    """The character of an escape; an escape beyond Unicode stays as it is."""
    number = int(escape[2:], 16)
    return chr(number) if number < 0x110000 else escape
