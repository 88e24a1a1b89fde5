"""The query door in Flask: its page here, its data by the protocol."""

from __future__ import annotations

from flask import Blueprint, Response, request

from homegraph.endpoint import graph_store, protocol
from homegraph.endpoint.ask import ANY_SIZE, Question
from homegraph.endpoint.formats import HTML
from homegraph.endpoint.message import Reply, Request
from homegraph.endpoint.parameters import asked
from homegraph.endpoint.reply import reply
from homegraph.endpoint.spool import Spool
from homegraph.endpoint.workbench_page import form_page, in_force, page
from homegraph.endpoint.world import World

METHODS = [*protocol.ALLOW]
READING = [*graph_store.ALLOW]


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("sparql", __name__)

    @routes.route("/sparql", methods=METHODS, provide_automatic_options=False)
    @routes.route("/sparql.<_>", methods=METHODS, provide_automatic_options=False)
    def door(_: str = "") -> Response:
        sent = as_sent()
        if protocol.wants_page(sent):
            return workbench(world, sent)
        return in_flask(protocol.answer(world, sent, Spool(most=ANY_SIZE)))

    @routes.route("/graph-store", methods=READING, provide_automatic_options=False)
    @routes.route("/graph-store.<_>", methods=READING, provide_automatic_options=False)
    def graphs(_: str = "") -> Response:
        return in_flask(protocol.answer(world, as_sent(), Spool(most=ANY_SIZE)))

    return routes


def as_sent() -> Request:
    """The request that Flask is answering, as the protocol reads it."""
    return Request(
        method=request.method,
        path=request.path,
        query=request.query_string.decode("ascii", "replace"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(),
        client=request.remote_addr or "",
    )


def in_flask(given: Reply) -> Response:
    """A reply of the protocol on its way out through Flask."""
    return Response(given.body, given.status, given.headers)


def workbench(world: World, sent: Request) -> Response:
    """The page: a form, with the answer when there is a question."""
    question = asked(sent).question
    if question is None:
        name = request.args.get("example", "")
        key = ["form", in_force(), name]
        return reply(world, HTML, lambda: form_page(world, Question(""), name), *key)
    key = ["page", in_force(), repr(question)]
    response = reply(world, HTML, lambda: page(world, question), *key, lasts=question.lasts)
    tag, _ = response.get_etag()
    if tag is not None:
        response.set_etag(tag, weak=True)  # the page says how long the answer took
    return response
