"""What people write who know other query languages better, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from homegraph.endpoint.words import Token, tokens

OTHER_LANGUAGES = {
    "AND": "Write && for and.",
    "OR": "Write || for or.",
    "LIKE": 'Write CONTAINS(?text, "part") or REGEX(?text, "pattern").',
    "NULL": "There is no NULL: FILTER NOT EXISTS { ... } and !BOUND(?x) ask for what is not there.",
}
NAMED = "Write a calculation in brackets, with a name: (COUNT(?s) AS ?count)."
ENDS = {"WHERE", "FROM"}
ORDER = "The order is: WHERE, GROUP BY, HAVING, ORDER BY, LIMIT and OFFSET."
CLAUSES = {"FROM", "WHERE", "GROUP", "HAVING", "ORDER"}


class Slip(NamedTuple):
    """Where it is, what it is, and what to write."""

    token: Token
    what: str
    hint: str


def slip(query: str) -> Slip | None:
    """The first slip in a query that the engine does not read, if it is one we know."""
    found = list(tokens(query))
    several = [*in_words(found), *in_operators(found), *in_filters(found), *in_selections(found)]
    return min(several, key=lambda one: one.token.start, default=None)


def hint_for(found: Sequence[Token], place: int) -> str:
    """What to write in place of a token that cannot stand where it does."""
    word, before = found[place].text.upper(), found[place - 1] if place else None
    if word in {"ASC", "DESC"} and before is not None and before.kind == "variable":
        return f"Write {word}({before.text})."
    return ORDER if word in CLAUSES else ""


def in_words(found: Sequence[Token]) -> Iterator[Slip]:
    """Words that SPARQL does not have; a variable, a name or a text is no word."""
    for one in found:
        if one.kind == "word" and one.text.upper() in OTHER_LANGUAGES:
            yield Slip(one, f"{one.text} is no word of SPARQL", OTHER_LANGUAGES[one.text.upper()])


def in_operators(found: Sequence[Token]) -> Iterator[Slip]:
    """Signs of comparison that SPARQL writes otherwise."""
    depth = 0
    for one, other in pairwise(found):
        depth += (one.text == "(") - (one.text == ")")
        if one.text == other.text == "=" and other.start == one.start + 1:
            yield Slip(one, "== is no comparison", "Write = for is equal to.")
        if one.text == "<>" and depth:  # elsewhere it is an IRI, though not a whole one
            yield Slip(one, "<> is no comparison", "Write != for is not equal to.")


def in_filters(found: Sequence[Token]) -> Iterator[Slip]:
    """A condition that does not stand in brackets."""
    for one, other in pairwise(found):
        if one.text.upper() == "FILTER" and other.kind in {"variable", "text", "number"}:
            hint = "Write the condition in brackets: FILTER(?x > 3)."
            yield Slip(other, "the condition of a FILTER needs brackets", hint)


def in_selections(found: Sequence[Token]) -> Iterator[Slip]:
    """Commas, and calculations without brackets or a name, between SELECT and the pattern."""
    for place, one in enumerate(found):
        if one.kind == "word" and one.text.upper() == "SELECT":
            yield from in_selection(found[place + 1 :])


def in_selection(found: Sequence[Token]) -> Iterator[Slip]:
    """The same after one SELECT; the first slip is enough."""
    depth, opening, named = 0, None, False
    for one in found:
        word = one.text.upper() if one.kind == "word" else ""
        if one.text == "{" or (not depth and word in ENDS):
            return
        if one.text == "(":
            if not depth:
                opening, named = one, False
            depth += 1
        elif one.text == ")":
            depth -= 1
            if not depth and opening is not None and not named:
                yield Slip(opening, "what stands in brackets after SELECT has no name", NAMED)
                return
        elif depth:
            named = named or (depth == 1 and word == "AS")
        elif one.text == ",":
            yield Slip(one, "variables are not separated by commas", "Leave the comma out.")
            return
        elif word and word not in {"DISTINCT", "REDUCED"}:
            yield Slip(one, f"{one.text} cannot stand here by itself", NAMED)
            return
