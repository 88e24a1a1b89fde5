"""Which queries are answered at once, in the front itself, because their form proves them quick.

One triple pattern gives a row with every step the engine takes, and a description a statement, so
the size of what is written bounds the time: the front stops writing at a small limit and hands the
query to a worker instead. DISTINCT, joins, filters and repeated variables can run long without
writing anything; they are not here.
"""

from __future__ import annotations

import re

BYTES = 100_000  # what the front writes at most; some milliseconds
LONGEST = 2_000  # characters of a query

IRI = r"<[A-Za-z][A-Za-z0-9+.\-]*:[^<>\"{}|^`\\\x00-\x20]*>"
NAME = r"(?:[A-Za-z]\w*)?:\w(?:[\w\-]*\w)?"
TERM = rf"(?:{IRI}|{NAME}|\?\w+)"
DIRECT = re.compile(
    rf"""
    \s* (?: PREFIX \s+ (?:[A-Za-z]\w*)?: \s* {IRI} \s* )*
    (?: DESCRIBE \s+ (?:{IRI}|{NAME})
      | (?: ASK | SELECT \s+ (?: \* | \?\w+ (?: \s+ \?\w+ )* ) ) \s* (?: WHERE \s* )?
        \{{ \s* (?P<pattern> {TERM} \s+ (?:a|{TERM}) \s+ {TERM} ) \s* (?: \. \s* )? \}}
        (?: \s* LIMIT \s+ [0-9]+ )?
    ) \s* \Z
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
VARIABLE = re.compile(r"\?\w+", re.ASCII)


def is_direct(query: str) -> bool:
    """Whether a query is a single pattern or a description of one thing.

    >>> is_direct("DESCRIBE <http://example.org/a>"), is_direct("ASK { ?s a ?o }")
    (True, True)
    >>> is_direct("SELECT * { ?s ?p ?s }"), is_direct("SELECT DISTINCT ?s { ?s ?p ?o }")
    (False, False)
    """
    if len(query) > LONGEST:
        return False
    found = DIRECT.match(query)
    if found is None:
        return False
    variables = VARIABLE.findall(found["pattern"] or "")
    return len(variables) == len(set(variables))
