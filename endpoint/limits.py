"""How large a query may be: one table, read by the endpoint, its documentation and the tests.

The engine parses and plans recursively and without a limit of its own. Measured (Oxigraph
0.5.13, 2 MB of stack): 500 brackets in each other or 2,000 operators in a row end the process,
and planning takes 0.1 s for 60 triple patterns, 3 s for 150 and 12 s for 200.
"""

from __future__ import annotations

from dataclasses import dataclass

from homegraph.endpoint.words import Token, tokens
from homegraph.graph.errors import BadQuery


@dataclass(frozen=True)
class Limit:
    """The most of something that a query may have."""

    most: int
    what: str


BYTES = Limit(1_000_000, "bytes in a request")
DEPTH = Limit(100, "brackets within each other")
PATTERNS = Limit(128, "triple patterns and groups")
OPERATORS = Limit(500, "operators and clauses")
LIMITS = [BYTES, DEPTH, PATTERNS, OPERATORS]

JOINS = {".", ";", ",", "{"}
OPERATES = set("+-*/|&!^=<>")
CLAUSES = {"UNION", "OPTIONAL", "MINUS", "BIND", "FILTER", "EXISTS", "VALUES", "GRAPH", "AS"}
CLOSED = {"{": "}", "(": ")", "[": "]"}
TERMS = {"iri", "name", "blank", "variable", "text", "number"}
# A row of VALUES may be as wide as this; more terms in a row are a collection.
WIDE = 16


def check_size(query: str) -> None:
    """Raise BadQuery when a query is larger than the limits."""
    open_: list[str] = []
    count = {PATTERNS: 0, OPERATORS: 0}
    for token, run in runs(query):
        if token.kind == "word":
            count[OPERATORS] += token.text.upper() in CLAUSES
        elif token.kind == "other":
            inside = open_[-1] if open_ else ""
            if token.text in JOINS and inside != "(":
                count[PATTERNS] += 1
            if token.text in OPERATES:
                count[OPERATORS] += 1
            if token.text in CLOSED:
                open_.append(token.text)
            elif open_ and token.text == CLOSED[open_[-1]]:
                open_.pop()
        elif run > WIDE and open_ and open_[-1] == "(":
            count[PATTERNS] += 1
        if len(open_) > DEPTH.most:
            raise BadQuery(f"the query has more than {DEPTH.most} {DEPTH.what}")
        for limit, found in count.items():
            if found > limit.most:
                raise BadQuery(f"the query has more than {limit.most} {limit.what}")


def runs(query: str) -> list[tuple[Token, int]]:
    """Each token, with how many terms in a row end there."""
    run, found = 0, []
    for token in tokens(query):
        run = run + 1 if token.kind in TERMS else 0
        found.append((token, run))
    return found
