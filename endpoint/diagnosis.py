"""Says where a query is wrong, and what to do about it."""

from __future__ import annotations

import re

from homegraph.endpoint import slips
from homegraph.endpoint.words import PROLOGUE, Token, tokens, undeclared
from homegraph.graph.errors import BadQuery
from homegraph.graph.terms import PREFIXES

MESSAGE = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
EXPECTED = re.compile(r'"(?:[^"\\]|\\.)+"|\[(?:[^\]]*)\]|[A-Za-z][\w ]*')
CLOSES = {"}": "{", ")": "(", "]": "["}
MOST_NAMED = 5
# What the engine would take, and nobody means.
UNLIKELY = {
    *("SERVICE", "LATERAL", "OPTIONAL", "LANGMATCHES", "DISTINCT", "ENCODE_FOR_URI"),
    *("BIND", "GRAPH", "MINUS", "NAMED", "UNDEF", "VALUES", ":", "."),
}
VERBS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
ARTEFACT = "[_]"  # it stands for the end of the query, which long words were tried beyond
REMARKS = {
    "variable that is unbound": (
        "after SELECT stands a variable that is not grouped by",
        "Beside GROUP BY or a calculation such as COUNT, name only what is grouped by, and "
        "calculate from the rest, as in (SAMPLE(?x) AS ?one).",
    ),
    "not authorized with GROUP BY": (
        "SELECT * is not allowed with GROUP BY",
        "Name the variables after SELECT in place of the *.",
    ),
    "IRI parsing failed": (
        "the IRI that ends here cannot be read",
        "An IRI is written in full, or with a prefix, and has no spaces: %20 stands for one.",
    ),
}
TWICE = "If it looks right: a variable cannot be made twice, by BIND or AS and before that."


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
        or known_slip(query)
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
            if CLOSES[token.text] not in {one.text for one in opened}:
                return problem(query, token.start, f"{token.text} closes nothing", "Leave it out.")
            if opened[-1].text != CLOSES[token.text]:
                break
            opened.pop()
    if not opened:
        return None
    last = opened[-1]
    return problem(query, last.start, f"{last.text} is not closed", "Add its closing bracket.")


def known_slip(query: str) -> BadQuery | None:
    """What other languages write otherwise."""
    found = slips.slip(query)
    return problem(query, found.token.start, found.what, found.hint) if found else None


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

    >>> str(as_the_engine_says("SELECT ?s WHRE {}", "error at 1:16: expected one of WHERE"))
    "line 1, column 11: the query cannot be read from 'WHRE' on; there could be WHERE"
    """
    match = MESSAGE.match(said)
    if match is None:
        return BadQuery(said)
    line, column = int(match[1]), int(match[2])
    expected = [word.strip() for word in EXPECTED.findall(match[3]) if word != ARTEFACT]
    remarks = [word for word in expected if " " in word and word[0].isalpha()]
    reached = sum(len(text) + 1 for text in query.split("\n")[: line - 1]) + column - 1
    found = list(tokens(query))
    if not found:
        return problem(query, 0, "the query is empty")
    if remarks:
        known = [said for part, said in REMARKS.items() if part in remarks[0]]
        what, hint = known[0] if known else (remarks[0], "")
        return problem(query, found[place_of(found, reached - 1)].start, what, hint)
    start = begun(expected, reached)
    if start >= found[-1].start + len(found[-1].text) and ":" not in map(unquoted, expected):
        return problem(query, found[-1].start, f"the query cannot end with {found[-1].text!r}")
    place = place_of(found, start)
    what = f"the query cannot be read from {found[place].text!r} on"
    words = [unquoted(word) for word in expected if word[0] != "["]
    named = [word for word in words if word not in UNLIKELY]
    if 0 < len(named) <= MOST_NAMED and len(named) == len(words):
        what += "; there could be " + " or ".join(named)
    hint = slips.hint_for(found, place) if expected else TWICE
    return problem(query, found[place].start, what, hint)


def begun(expected: list[str], reached: int) -> int:
    """Where the engine (Oxigraph 0.5) began with what it tried last.

    Its place is behind the words that it tried, but before signs and letters.
    """
    words = [len(word) for word in expected if word[0] not in '["']
    return reached if len(words) < len(expected) else reached - min(words, default=1)


def place_of(found: list[Token], at: int) -> int:
    """Which token stands at a place of the query, or before it."""
    return max((place for place, one in enumerate(found) if one.start <= at), default=0)


def unquoted(word: str) -> str:
    """What is expected, without the quotation marks of signs."""
    return word.strip('"')
