"""The addresses of the endpoint for programs (OpenAPI 3.1) and people, computed from the tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import groupby

from flask import Blueprint, Response, current_app, render_template

from homegraph.endpoint.formats import HTML, JSON, Format
from homegraph.endpoint.limits import LIMITS
from homegraph.endpoint.parameters import FORM, QUERY
from homegraph.endpoint.problems import PROBLEM, kinds, title
from homegraph.endpoint.reply import reply
from homegraph.endpoint.routes import GRAPHS_IN, QUERY_IN, ROUTES, Parameter, Route
from homegraph.endpoint.workbench_page import in_force
from homegraph.endpoint.world import World

Json = dict[str, object]

SAYS = """Everything can be read and nothing written. Whatever answers GET answers HEAD and OPTIONS
too. An answer with status 200 is always whole; every other answer is a problem document (RFC 9457).
Formats are chosen by Accept, by the parameter `format` or by a suffix. Parameters that nobody knows
are ignored, and named in the header Ignored-Parameters at /sparql and /graph-store; those that
are a parameter of the protocol but for their spelling are refused. ASK answers true or false in CSV
and TSV as well."""
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "integer"}
A_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": TEXT | {"format": "uri-reference"},
        "title": TEXT,
        "status": NUMBER | {"minimum": 400, "maximum": 599},
        "detail": TEXT,
        "hint": TEXT | {"description": "What to do."},
        "line": NUMBER | {"description": "Where the fault in the query is."},
        "column": NUMBER | {"description": "Where in the line it is, from 1."},
        "limit": {"type": "number", "description": "The limit that was hit."},
        "unit": TEXT | {"description": "What the limit counts."},
    },
}


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def machines() -> Response:
        def made() -> str:
            return json.dumps(document(world, rules()), ensure_ascii=False, indent=1) + "\n"

        return reply(world, JSON, made, "openapi", *rules(), *world.servers.addresses)

    @routes.get("/api")
    def people() -> Response:
        listed = [(rule, ROUTES[rule]) for rule in rules() if rule in ROUTES]
        shown = [(path, route) for rule, route in listed for path, _ in paths(rule)]

        def made() -> str:
            return render_template("api.html", routes=shown, says=SAYS, limits=LIMITS)

        return reply(world, HTML, made, "api", in_force(), *rules())

    return routes


def rules() -> list[str]:
    """The addresses of this application, as Flask writes them."""
    return sorted({rule.rule for rule in current_app.url_map.iter_rules()})


def document(world: World, found: Sequence[str]) -> Json:
    """The OpenAPI document of the addresses that there are."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": world.title,
            "version": world.release_name,
            "description": SAYS.replace("\n", " "),
        },
        "servers": [{"url": world.base.rstrip("/")}],
        "paths": {
            path: operations(path, ROUTES[rule], inside)
            for rule in found
            if rule in ROUTES
            for path, inside in paths(rule)
        },
        "components": {
            "schemas": {"Problem": A_PROBLEM},
            "responses": {f"Problem{status}": said for status, said in problems().items()},
        },
        "x-limits": [{"limit": limit.most, "unit": limit.what} for limit in LIMITS],
        "x-service-allow-list": list(world.servers.addresses),
    }


def paths(rule: str) -> Iterator[tuple[str, list[Json]]]:
    """The paths of an address as Flask writes it, each with its parameters.

    >>> [path for path, _ in paths("/report.<any(ttl, json):suffix>")]
    ['/report.ttl', '/report.json']
    >>> [path for path, _ in paths("/doc/<path:_>")]
    ['/doc/{path}']
    """
    choice = re.search(r"<any\((.*?)\):\w+>", rule)
    if choice:
        for word in choice[1].split(", "):
            yield from paths(rule.replace(choice[0], word, 1))
        return
    names = [
        "suffix" if before == "." else "path" if name == "_" else name
        for before, name in re.findall(r"(.?)<(?:\w+:)?(\w+)>", rule)
    ]
    template = re.sub(r"<(?:\w+:)?\w+>", "{}", rule).format(*(f"{{{name}}}" for name in names))
    yield (
        template,
        [{"name": name, "in": "path", "required": True, "schema": dict(TEXT)} for name in names],
    )


def operations(path: str, route: Route, inside: list[Json]) -> Json:
    """What may be done at a path."""
    fixed = len(route.formats) < 2 or "." in path or "{file}" in path
    word = [] if fixed else [format_in(route.formats)]
    for one in inside:
        if one["name"] == "suffix":
            one["schema"] = TEXT | {"enum": words_of(route.formats)}
    made: Json = {
        "get": {
            "summary": route.says,
            "parameters": [*inside, *map(in_query, [*route.parameters, *word])],
            "responses": responses(route),
        }
    }
    if route.posts:
        made["post"] = {
            "summary": route.says,
            "parameters": [*inside, *map(in_query, [*GRAPHS_IN, *word])],
            "requestBody": {"required": True, "content": bodies()},
            "responses": responses(route),
        }
    if route.takes_form:
        fields = {one.name: one.schema | {"description": one.says} for one in route.parameters}
        form: Json = {"schema": {"type": "object", "properties": fields}}
        made["post"] = {
            "summary": route.says,
            "parameters": inside,
            "requestBody": {"content": {FORM: form}},
            "responses": responses(route),
        }
    if route.takes:
        answered = replace(route, status=HTTPStatus.OK)
        made["post"] = {
            "summary": route.says,
            "parameters": inside,
            "requestBody": {
                "required": True,
                "content": {JSON.media_type: {"schema": route.takes}},
            },
            "responses": {
                status: said for status, said in responses(answered).items() if status != "304"
            },
        }
    if route.status == HTTPStatus.METHOD_NOT_ALLOWED:
        del made["get"]
    if route.is_action:
        made["post"] = {
            "summary": route.says,
            "parameters": inside,
            "requestBody": {"content": {JSON.media_type: {"schema": {"type": "object"}}}},
            "responses": responses(route),
        }
    return made


def words_of(formats: Sequence[Format]) -> list[str]:
    """The words that choose one of some formats."""
    return sorted({suffix for form in formats for suffix in form.suffixes})


def format_in(formats: Sequence[Format]) -> Parameter:
    """The parameter that chooses a format."""
    says = "The format, instead of Accept; nothing is as if it were left out."
    return Parameter("format", says, TEXT | {"enum": ["", *words_of(formats)]})


def in_query(one: Parameter) -> Json:
    """A parameter of the query string."""
    made: Json = {"name": one.name, "in": "query", "description": one.says, "schema": schema(one)}
    return made | {"required": True} if one.needed else made


def schema(one: Parameter) -> Json:
    """What a parameter may be."""
    return {"type": "array", "items": one.schema} if one.many else dict(one.schema)


def bodies() -> Json:
    """The two ways to post a query."""
    form: Json = {
        "type": "object",
        "required": ["query"],
        "properties": {one.name: schema(one) for one in [QUERY_IN, *GRAPHS_IN]},
    }
    return {FORM: {"schema": form}, QUERY: {"schema": TEXT}}


def responses(route: Route) -> Json:
    """What comes back: what is asked for, or a problem."""
    content: dict[str, Json] = {form.media_type: {"schema": {}} for form in route.formats}
    good: Json = {"description": HTTPStatus(route.status).phrase}
    if content and route.status == HTTPStatus.OK:
        good["content"] = content
    made: Json = {str(route.status): good}
    if route.status == HTTPStatus.OK:
        made["304"] = {"description": "What the client has is still the answer."}
    if route.leads:
        made["303"] = {"description": "What is asked for has an address of its own."}
    if route.in_parts:
        made["206"] = {"description": "The part that the client asked for."}
    made |= {
        str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in problems()
    }
    return made | (refusals() if route.is_action else {})


def refusals() -> dict[str, Json]:
    """The errors that CKAN's actions tell in CKAN's own form."""
    said = {400: "It is no action, or no search.", 404: "There is none.", 409: "It is not valid."}
    return {
        str(status): {"description": text, "content": {JSON.media_type: {"schema": {}}}}
        for status, text in said.items()
    }


def problems() -> dict[int, Json]:
    """What each status of a refusal means, from the tree of errors."""
    by_status = groupby(sorted(kinds(), key=lambda kind: kind.status), lambda kind: kind.status)
    content: dict[str, Json] = {
        PROBLEM.media_type: {"schema": {"$ref": "#/components/schemas/Problem"}},
        HTML.media_type: {"schema": {}},
    }
    return {
        status: {
            "description": " ".join(
                f"{title(kind)}: {(kind.__doc__ or '').partition(chr(10))[0]}" for kind in some
            ),
            "content": content,
        }
        for status, some in by_status
    }
