"""What is answered at once, in the front itself, because its form or its size proves it quick.

One triple pattern gives a row with every step the engine takes, and a description a statement. So
the time is bounded by the size of what is written, at which the front stops and hands the query to
a worker instead, or by a LIMIT. DISTINCT, joins, filters, repeated variables, and variables that
are never bound can take long while little is written; they are not here. Nor are pages, and
documents of things of which much is said.
"""

from __future__ import annotations

import re
from itertools import islice

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.message import Request
from homegraph.endpoint.world import World
from homegraph.graph.iri import encoded

BYTES = 20_000  # what the front writes at most; some milliseconds
ROWS = 1_000  # the most of a LIMIT, where the pattern does not begin at a thing
LONGEST = 2_000  # characters of a query or a path
LITTLE = 50  # statements of a thing
DOCUMENT = "/doc/"

IRI = r"<[A-Za-z][A-Za-z0-9+.\-]*:[^<>\"{}|^`\\\x00-\x20]*>"
NAME = r"(?:[A-Za-z]\w*)?:\w(?:[\w\-]*\w)?"
TERM = rf"(?:{IRI}|{NAME}|\?\w+)"
DIRECT = re.compile(
    rf"""
    \s* (?: PREFIX \s+ (?:[A-Za-z]\w*)?: \s* {IRI} \s* )*
    (?: DESCRIBE \s+ (?:{IRI}|{NAME})
      | (?: (?P<ask> ASK ) | SELECT \s+ (?P<selected> \* | \?\w+ (?: \s+ \?\w+ )* ) )
        \s* (?: WHERE \s* )?
        \{{ \s* (?P<pattern> {TERM} \s+ (?:a|{TERM}) \s+ {TERM} ) \s* (?: \. \s* )? \}}
        (?: \s* LIMIT \s+ (?P<limit> [0-9]{{1,6}} ) )?
    ) \s* \Z
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
VARIABLE = re.compile(r"\?\w+", re.ASCII)


def is_direct(query: str) -> bool:
    """Whether a query is a single pattern or a description of one thing.

    >>> is_direct("DESCRIBE <http://example.org/a>"), is_direct("ASK { ?s a ?o }")
    (True, True)
    >>> is_direct("SELECT * { <a:a> ?p ?o }"), is_direct("SELECT ?s { ?s a ?o } LIMIT 10")
    (True, True)
    >>> is_direct("SELECT * { ?s ?p ?o }"), is_direct("SELECT ?x { <a:a> ?p ?o }")
    (False, False)
    """
    if len(query) > LONGEST:
        return False
    found = DIRECT.match(query)
    if found is None:
        return False
    pattern = found["pattern"]
    if pattern is None:  # a description
        return True
    variables = VARIABLE.findall(pattern)
    if len(variables) != len(set(variables)):
        return False
    if found["ask"]:
        return True
    bound = set(variables).issuperset(VARIABLE.findall(found["selected"]))
    few = found["limit"] is not None and int(found["limit"]) <= ROWS
    return bound and (few or not pattern.startswith("?"))


def is_little(world: World, request: Request) -> bool:
    """Whether data are wanted, and of a thing of which little is said.

    A name that is spelt in an unusual way is for a worker to find.
    """
    wanted = request.headers.get("accept", "").lower()
    if "html" in wanted or request.query or request.path.endswith((".html", ".htm")):
        return False
    if len(request.path) > LONGEST:
        return False
    path = "/".join(encoded(part) for part in request.path.removeprefix(DOCUMENT).split("/"))
    for name in (path, path.rpartition(".")[0]):
        said = world.store.quads_for_pattern(NamedNode(f"{world.base}id/{name}"), None, None)
        found = list(islice(said, LITTLE + 1))
        if found:
            nameless = any(not isinstance(quad.object, NamedNode | Literal) for quad in found)
            return len(found) <= LITTLE and not nameless
    return False
