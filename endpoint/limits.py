"""How large a query may be: one table, read by the endpoint, its documentation and the tests.

The engine parses and plans recursively and without a limit of its own. Measured (Oxigraph
0.5.13, 2 MB of stack): 500 brackets in each other or 2,000 operators in a row end the process,
and planning takes 0.1 s for 60 triple patterns, 3 s for 150 and 12 s for 200.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homegraph.endpoint.words import Token
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


def check_size(found: Sequence[Token]) -> None:
    """Raise BadQuery when a query of these tokens is larger than the limits."""
    open_: list[str] = []
    patterns = operators = run = 0
    for kind, text, _ in found:
        if kind in TERMS:
            run += 1
            # It is a row of VALUES, or a collection, each of whose members is a triple pattern.
            patterns += run > WIDE and bool(open_) and open_[-1] == "("
            if patterns <= PATTERNS.most:
                continue
        run = 0
        if kind == "word":
            operators += text.upper() in CLAUSES
        elif kind == "other":
            patterns += text in JOINS and not (open_ and open_[-1] == "(")
            operators += text in OPERATES
            if text in CLOSED:
                open_.append(text)
            elif open_ and text == CLOSED[open_[-1]]:
                open_.pop()
        if len(open_) > DEPTH.most:
            raise BadQuery(f"the query has more than {DEPTH.most} {DEPTH.what}")
        if patterns > PATTERNS.most:
            raise BadQuery(f"the query has more than {PATTERNS.most} {PATTERNS.what}")
        if operators > OPERATORS.most:
            raise BadQuery(f"the query has more than {OPERATORS.most} {OPERATORS.what}")
