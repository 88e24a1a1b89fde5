"""The query door: SPARQL 1.1 Protocol, and a form for people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from pyoxigraph import QueryBoolean, QueryTriples

from homegraph.endpoint.about import service_description
from homegraph.endpoint.ask import Question, ask, whole
from homegraph.endpoint.display import labels, shown
from homegraph.endpoint.formats import GRAPHS, HTML, TABLES, Format, choose
from homegraph.endpoint.limits import LIMITS
from homegraph.endpoint.queries import examples
from homegraph.endpoint.reply import as_graph, negotiated, reply
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, BadQuery, NotAcceptable, Refused, UnsupportedMedia

SHOWN_ROWS = 500
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("sparql", __name__)

    @routes.get("/sparql")
    def get() -> Response:
        return answer(world, question(request.args.to_dict(flat=False), ""))

    @routes.post("/sparql")
    def post() -> Response:
        given = request.args.to_dict(flat=False)
        if request.mimetype == FORM:
            for name, values in request.form.to_dict(flat=False).items():
                given.setdefault(name, []).extend(values)
            return answer(world, question(given, ""))
        if request.mimetype == UPDATE:
            raise Refused("this endpoint answers queries; nothing can be written through it")
        if request.mimetype != QUERY:
            raise UnsupportedMedia(f"send the query as {QUERY} or {FORM}")
        return answer(world, question(given, body()))

    return routes


def body() -> str:
    """The query of a direct POST; raises BadQuery when it is not UTF-8."""
    try:
        return request.get_data().decode()
    except UnicodeDecodeError as error:
        raise BadQuery(f"the query is not UTF-8: {error.reason} at byte {error.start}") from error


def question(given: dict[str, list[str]], text: str) -> Question | None:
    """Read the protocol's parameters; None when nothing at all is asked."""
    if "update" in given:
        raise Refused("this endpoint answers queries; nothing can be written through it")
    queries = [*given.get("query", []), *([text] if text else [])]
    if len(queries) > 1:
        raise AskError("there is more than one query; send one")
    graphs = [tuple(given.get(name, [])) for name in ("default-graph-uri", "named-graph-uri")]
    if not queries:
        if any(graphs) or request.method == "POST":
            raise AskError("there is no query; send one as the parameter query")
        return None
    return Question(queries[0], *graphs)


def answer(world: World, asked: Question | None) -> Response:
    """Answer a question in the format that is asked for, or show the form."""
    if asked is None:
        return unasked(world)
    tables_or_graphs: list[Format] = [*(GRAPHS if asked.gives_a_graph else TABLES), HTML]
    word = request.args.get("format") or request.form.get("format")
    form = choose(request.accept_mimetypes, tables_or_graphs, word)
    key = [asked.text, "default", *asked.default_graphs, "named", *asked.named_graphs]
    return reply(
        world,
        form,
        lambda: page(world, asked) if form is HTML else whole(world.store, asked, form),
        *key,
        lasts=asked.lasts,
    )


def unasked(world: World) -> Response:
    """The form for browsers, the service description for others (SPARQL 1.1 SD, 2)."""
    try:
        form = negotiated([*GRAPHS, HTML])
    except NotAcceptable:
        raise AskError("there is no query; send one as the parameter query") from None
    if form is HTML:
        name = request.args.get("example", "")
        return reply(world, HTML, lambda: form_page(world, Question(""), name), "form", name)
    return reply(world, form, lambda: as_graph(service_description(world), form), "description")


def form_page(world: World, asked: Question, example: str = "", **found: object) -> str:
    """The form, with a query and what was found, or with an example that is not asked yet."""
    shelf = examples(world.base)
    open_ = next((one for one in shelf if one.name == example), shelf[0])
    return render_template(
        "query.html",
        asked=asked,
        text=asked.text or open_.text(),
        examples=shelf,
        limits=LIMITS,
        graphs=world.graphs if not asked.text else {},
        **found,
    )


def page(world: World, asked: Question) -> str:
    """The form with the query and the first rows of its answer."""
    found = ask(world.store, asked)
    try:
        if isinstance(found, QueryBoolean):
            return form_page(world, asked, verdict=bool(found), downloads=downloads(asked))
        if isinstance(found, QueryTriples):
            head = ["subject", "predicate", "object"]
            rows = [[t.subject, t.predicate, t.object] for t in islice(found, SHOWN_ROWS + 1)]
        else:
            head = [variable.value for variable in found.variables]
            rows = [[row[name] for name in head] for row in islice(found, SHOWN_ROWS + 1)]
    except RuntimeError as error:
        raise BadQuery(str(error)) from error
    known = labels(world, (term for row in rows for term in row if term is not None))
    return form_page(
        world,
        asked,
        head=head,
        rows=[
            [None if term is None else shown(world, term, known) for term in row]
            for row in rows[:SHOWN_ROWS]
        ],
        more=len(rows) > SHOWN_ROWS,
        downloads=downloads(asked),
    )


def downloads(asked: Question) -> list[tuple[str, str]]:
    """Where the whole answer is, in each format."""
    return list(addresses(asked, GRAPHS if asked.gives_a_graph else TABLES))


def addresses(asked: Question, offered: list[Format]) -> Iterator[tuple[str, str]]:
    """Name and query string of a question in each format."""
    graphs = [("default-graph-uri", iri) for iri in asked.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in asked.named_graphs]
    for form in offered:
        yield form.name, urlencode([("query", asked.text), *graphs, ("format", form.suffix)])
