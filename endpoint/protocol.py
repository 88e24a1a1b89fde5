"""Data at the query door: the query operation of the SPARQL 1.1 Protocol, whatever serves it.

A GET or HEAD with `query`, a POST of a form or of a query; in each the parameters of the protocol
choose graphs, and Accept, `format` or a suffix (/sparql.csv) the format. Without a query it
describes itself. A browser that likes HTML best sees the workbench, which is made elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from homegraph.endpoint import graph_store
from homegraph.endpoint.ask import Question, handed_over, write
from homegraph.endpoint.columns.explaining import explain
from homegraph.endpoint.description import service_description
from homegraph.endpoint.formats import GRAPHS, HTML, JSON, TABLES, Format, agreed
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.parameters import FORM, QUERY, Asked, asked
from homegraph.endpoint.reply import ALWAYS, ASKING, EVERYONE, as_graph, validated
from homegraph.endpoint.spool import Spool
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, HomegraphError, NotAcceptable, NotAllowed

ENGINE = "Homegraph-Engine"  # the header that says who counted
DOOR, GRAPHS_DOOR = "/sparql", "/graph-store"
EXPLAINS = re.compile(r"(?:^|&)explain(?:=|&|$)")
ADDRESS = re.compile(rf"({DOOR}|{GRAPHS_DOOR})(\.[\w+-]+)?")
ALLOW = ("GET", "HEAD", "OPTIONS", "POST")
OF_ROWS = (*TABLES, HTML)
OF_GRAPHS = (*GRAPHS, HTML)


def is_data(request: Request) -> bool:
    """Whether `answer` answers: a request to one of its addresses that wants no page."""
    return ADDRESS.fullmatch(request.path) is not None and not wants_page(request)


def wants_page(request: Request) -> bool:
    """Whether the workbench should answer: a GET or POST that likes HTML better than data.

    What is wrong with the request is found by who answers it.
    """
    if not request.path.startswith(DOOR) or EXPLAINS.search(request.query):
        return False
    accept = request.headers.get("accept", "").lower()
    html = "html" in accept or "htm" in request.query.lower() or ".htm" in request.path
    if not html and not (request.method == "POST" and b"htm" in request.body.lower()):
        return False
    if request.method not in {"GET", "HEAD", "POST"}:
        return False
    try:
        return form_of(request, asked(request)) is HTML
    except HomegraphError:
        return "html" in accept


def answer(world: World, request: Request, spool: Spool) -> Reply:
    """Answer a request for data: a query, or a whole graph.

    Raises AskError for what cannot be answered; nothing is sent then but its problem document.
    """
    is_query = request.path.startswith(DOOR)
    allow = ALLOW if is_query else graph_store.ALLOW
    if request.method == "OPTIONS":
        return options(allow)
    if request.method not in allow:
        raise NotAllowed(request.method, ", ".join(allow))
    if not is_query:
        return graph_store.answer(world, request, spool)
    given = asked(request)
    question = given.question
    if question is not None and given.explain:
        return explained(world, question)  # as JSON, whatever a browser likes better
    form = form_of(request, given)
    if form is HTML:
        raise NotAcceptable("this is a page; ask for it with Accept: text/html")
    if question is None:
        key = "description", *world.servers.addresses
        reply = validated(world, request, form, *key, ignored=given.ignored)
        if reply.status == 200:
            reply.body = as_graph(service_description(world), form)
        return reply
    reply = validated(
        world,
        request,
        form,
        question.text,
        repr(question.default_graphs),
        repr(question.named_graphs),
        lasts=question.lasts,
        ignored=given.ignored,
    )
    if reply.status == 200:
        handed = handed_over(question, world.columns)
        reply.headers.append((ENGINE, handed.engine))
        reply.rows = write(world.store, question, form, spool, world.servers, handed)
        reply.body, reply.file, reply.spooled = spool.body, spool.file, bool(spool.file)
    return reply


def explained(world: World, question: Question) -> Reply:
    """How a query is answered, as JSON; nothing of it is kept, as it tells times."""
    body = json.dumps(explain(world, question), indent=1, ensure_ascii=False).encode() + b"\n"
    headers = [("Content-Type", JSON.content_type), *ALWAYS, ("Cache-Control", "no-store")]
    return Reply(200, headers, body)


def options(allow: Sequence[str]) -> Reply:
    """What may be done at an address, and that any page may do it (Fetch, 3.3.3)."""
    methods = ", ".join(allow)
    headers = [("Allow", methods), ("Access-Control-Allow-Methods", methods)]
    if "POST" in allow:
        headers.append(("Accept-Post", f"{FORM}, {QUERY}"))
    return Reply(200, [*headers, *ASKING.items(), *EVERYONE.items()])


def form_of(request: Request, given: Asked) -> Format:
    """The format of the answer; raises NotAcceptable, and AskError when nothing is asked."""
    accept = request.headers.get("accept", "")
    if given.question is not None:
        offered = OF_GRAPHS if given.question.gives_a_graph else OF_ROWS
        return agreed(accept, offered, given.words)
    try:
        return agreed(accept, OF_GRAPHS, given.words)
    except NotAcceptable:
        raise AskError("there is no query; send one as the parameter query") from None
