"""Whole graphs by the SPARQL 1.1 Graph Store Protocol: /graph-store?graph=IRI and ?default.

Graphs are named indirectly only (4.2). The names of our own graphs live below /id/graph/, where
every name answers with its description: a graph is a thing like any other. `default` is the graph
without a name; the query door's default graph is the union of that one and all others. Where no
graph is named, the service describes itself, as the query door does: its bare address stands in
the catalogue, and the protocol leaves open what a GET of it answers.
"""

from __future__ import annotations

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat

from homegraph.endpoint.ask import node
from homegraph.endpoint.counting import counted
from homegraph.endpoint.description import service_description
from homegraph.endpoint.formats import GRAPHS, agreed
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.parameters import WORDS, fields, insist_it_is_no_slip, suffix_of, words_of
from homegraph.endpoint.reply import as_graph, validated
from homegraph.endpoint.spool import Spool
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, NotFound
from homegraph.graph.terms import PREFIXES

ALLOW = ("GET", "HEAD", "OPTIONS")
KNOWN = ("graph", "default", *WORDS)
OFFERED = tuple(GRAPHS)
HOW = "name a graph: /graph-store?graph= and its IRI, or /graph-store?default"


def answer(world: World, request: Request, spool: Spool) -> Reply:
    """One whole graph, or what the service says of itself when none is named.

    Raises NotFound for a graph that is not here, and AskError when more than one is named.
    """
    given = fields(request.query)
    ignored = tuple(name for name in given if name not in KNOWN)
    for name in ignored:
        insist_it_is_no_slip(name, KNOWN)
    accept = request.headers.get("accept", "")
    form = agreed(accept, OFFERED, words_of(given, suffix_of(request.path)))
    if given.keys() <= set(WORDS):
        reply = validated(world, request, form, "description")
        if reply.status == 200:
            reply.body = as_graph(service_description(world), form)
        return reply
    graph = graph_of(world, given)
    reply = validated(world, request, form, "graph", str(graph), ignored=ignored)
    if reply.status == 200:
        assert isinstance(form.engine, RdfFormat)
        out = counted(spool, form.engine)
        # The engine's own dump is as quick as it gets, and takes prefixes.
        world.store.dump(out, form.engine, from_graph=graph, prefixes=PREFIXES)  # type: ignore[arg-type]
        spool.close()
        reply.body, reply.file, reply.spooled = spool.body, spool.file, bool(spool.file)
        reply.rows = out.rows
    return reply


def graph_of(world: World, given: dict[str, list[str]]) -> NamedNode | DefaultGraph:
    """The graph that a request names; raises NotFound, and AskError when it names none or more."""
    names, default = given.get("graph", []), given.get("default", [])
    if len(names) + len(default) != 1 or any(default):
        raise AskError(HOW)
    if default:
        return DefaultGraph()
    graph = node(names[0])
    if not world.store.contains_named_graph(graph):
        error = NotFound(f"there is no graph {graph}")
        error.add_note("The service description at /sparql?format=ttl lists all graphs.")
        raise error
    return graph
