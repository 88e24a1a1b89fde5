"""Says where a query is wrong, and what to do about it."""

from __future__ import annotations

import re

from homegraph.endpoint.display import PREFIXES
from homegraph.endpoint.words import PROLOGUE, Token, tokens, undeclared
from homegraph.graph.errors import BadQuery

MESSAGE = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
EXPECTED = re.compile(r'"(?:[^"\\]|\\.)+"|\[(?:[^\]]*)\]|[A-Za-z][\w ]*')
CLOSES = {"}": "{", ")": "(", "]": "["}
MOST_NAMED = 5
# What the engine would take, and nobody means.
UNLIKELY = {"SERVICE", "LATERAL", "OPTIONAL", "LANGMATCHES", "DISTINCT", "ENCODE_FOR_URI"}
VERBS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}


def bad_query(query: str, said: str) -> BadQuery:
    """The problem of a query that the engine does not read; `said` is the engine's message.

    What people get wrong most is looked for first, because the engine's own position is where
    it gave up, not where the fault is.
    """
    return (
        wrong_verb(query)
        or missing_prefix(query)
        or open_text(query)
        or open_bracket(query)
        or relative_iri(query)
        or as_the_engine_says(query, said)
    )


def problem(query: str, start: int, what: str, hint: str = "") -> BadQuery:
    """A problem at a place in the query; the hint travels as a note of the exception."""
    before = query[:start]
    line, column = before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
    error = BadQuery(f"line {line}, column {column}: {what}", line, column)
    if hint:
        error.add_note(hint)
    return error


def wrong_verb(query: str) -> BadQuery | None:
    """A first word that begins no query."""
    words = (one for one in tokens(query) if one.kind == "word")
    first = next((one for one in words if one.text.upper() not in PROLOGUE), None)
    if first is None or first.text.upper() in VERBS:
        return None
    hint = "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, after any PREFIX lines."
    return problem(query, first.start, f"{first.text!r} begins no query", hint)


def missing_prefix(query: str) -> BadQuery | None:
    """A prefix that no PREFIX line declares."""
    token = undeclared(query)
    if token is None:
        return None
    prefix = token.text.partition(":")[0]
    iri = PREFIXES.get(prefix, "...")
    hint = f"Put this line before the query: PREFIX {prefix}: <{iri}>"
    return problem(query, token.start, f"the prefix {prefix}: is not declared", hint)


def open_text(query: str) -> BadQuery | None:
    """A quotation mark without its partner."""
    for token in tokens(query):
        if token.kind == "other" and token.text in "\"'":
            hint = "Close it, or write \\ before a quotation mark that belongs to the text."
            return problem(query, token.start, "a text is opened and not closed", hint)
    return None


def open_bracket(query: str) -> BadQuery | None:
    """A bracket without its partner."""
    opened: list[Token] = []
    for token in tokens(query):
        if token.kind != "other":
            continue
        if token.text in CLOSES.values():
            opened.append(token)
        elif token.text in CLOSES:
            if not opened or opened[-1].text != CLOSES[token.text]:
                return problem(query, token.start, f"{token.text} closes nothing")
            opened.pop()
    if not opened:
        return None
    last = opened[-1]
    return problem(query, last.start, f"{last.text} is not closed", "Add its closing bracket.")


def relative_iri(query: str) -> BadQuery | None:
    """An IRI that is not absolute, without a BASE to make it so."""
    found = list(tokens(query))
    if any(token.kind == "word" and token.text.upper() == "BASE" for token in found):
        return None
    for token in found:
        if token.kind == "iri" and not re.match(r"<[A-Za-z][\w+.\-]*:", token.text):
            return problem(query, token.start, f"{token.text} is not a whole IRI")
    return None


def as_the_engine_says(query: str, said: str) -> BadQuery:
    r"""The engine's message, with the place corrected.

    The engine (Oxigraph 0.5) counts to the end of what it tried to read there:

    >>> str(as_the_engine_says("SELECT ?s WHRE {}", "error at 1:16: expected one of WHERE"))
    "line 1, column 11: the query cannot be read from 'WHRE' on; there could be WHERE"
    """
    match = MESSAGE.match(said)
    if match is None:
        return BadQuery(said)
    line, column, rest = int(match[1]), int(match[2]), match[3]
    expected = [word.strip() for word in EXPECTED.findall(rest)]
    remarks = [word for word in expected if " " in word and word[0].isalpha()]
    words = [word.strip('"') for word in expected if word not in remarks]
    tried = min((1 if word[0] == "[" else len(word) for word in words if word), default=1)
    if remarks:
        tried = 1
    offset = sum(len(text) + 1 for text in query.split("\n")[: line - 1]) + column - 1 - tried
    before = [token for token in tokens(query) if token.start <= max(offset, 0)]
    start = before[-1].start if before else 0
    if remarks:
        return problem(query, start, remarks[0])
    if not query.strip():
        return problem(query, 0, "the query is empty")
    if not before:
        return problem(query, 0, "the query cannot be read")
    named = [word for word in words if word and word[0] != "[" and word not in UNLIKELY]
    what = f"the query cannot be read from {before[-1].text!r} on"
    if 0 < len(named) <= MOST_NAMED:
        what += "; there could be " + " or ".join(named)
    return problem(query, start, what)
