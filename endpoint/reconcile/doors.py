"""The addresses of the reconciliation service: /reconcile (0.2) and /reconcile/1.0 (1.0-draft).

Everything is public and may be asked by anyone's page (CORS); version 0.2 answers as JSONP too.
What is asked by POST is somebody's own data: it is answered, and neither kept nor noted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from flask import Blueprint, Response, request

from homegraph.endpoint.formats import HTML, JSON
from homegraph.endpoint.parameters import FORM
from homegraph.endpoint.reconcile import accuracy, extension, manifest, pages, queries
from homegraph.endpoint.reconcile.kinds import Json, kind_of, words
from homegraph.endpoint.reconcile.properties import of_kind, property_of
from homegraph.endpoint.reconcile.reading import (
    LONGEST,
    MOST_SUGGESTED,
    SUGGESTED,
    parsed,
    whole,
)
from homegraph.endpoint.reconcile.service import Service
from homegraph.endpoint.reply import by_content, negotiated
from homegraph.endpoint.world import World
from homegraph.graph.errors import AskError, NotFound, UnsupportedMedia
from homegraph.graph.matching.question import Candidate

OLD, NEW = "reconcile", "reconcile/1.0"
SCRIPT = "application/javascript"
CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,99}(\.[A-Za-z_$][\w$]{0,99}){0,5}", re.ASCII)
FURTHEST = 10_000  # suggestions that may be skipped


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("reconcile", __name__)
    service = Service(world)
    routes.record_once(lambda state: state.app.config.update(WARM_UP=service.warm_up))

    @routes.route("/reconcile", methods=["GET", "POST"])
    def old() -> Response:
        return old_answer(service)

    @routes.get("/reconcile/1.0")
    def new() -> Response:
        return in_json(manifest.new_manifest(service, NEW))

    @routes.post("/reconcile/1.0/match")
    def match() -> Response:
        batch = queries.new_batch(body())
        found = queries.asked(service, batch)
        return in_json({"results": [queries.as_new(one) for one in found]})

    @routes.post("/reconcile/1.0/extend")
    def extend() -> Response:
        asked = extension.extension(body())
        return in_json(extension.as_new(asked, extension.fetched(service, asked)))

    accuracy.doors(routes, world)
    both: dict[str, Callable[[], Json]] = {
        "suggest/entity": lambda: suggested_entities(service),
        "suggest/type": lambda: listed(manifest.suggested_kinds(service, prefix())),
        "suggest/property": lambda: listed(manifest.suggested_properties(prefix())),
        "extend/propose": proposed,
    }
    old_only: dict[str, Callable[[], Json]] = {
        "flyout/entity": lambda: entity_flyout(service),
        "flyout/type": type_flyout,
        "flyout/property": property_flyout,
    }
    for stem in (OLD, NEW):
        for path, make in (both | (old_only if stem == OLD else {})).items():
            # The view has to be another for each, and JSONP is of version 0.2 only.
            view = answering(make, jsonp=stem == OLD)
            routes.add_url_rule(f"/{stem}/{path}", f"{stem} {path}".replace(".", "_"), view)
        routes.add_url_rule(
            f"/{stem}/preview", f"{stem} preview".replace(".", "_"), lambda: preview(service)
        )
    return routes


def answering(make: Callable[[], Json], jsonp: bool) -> Callable[[], Response]:
    """A view that answers what is made."""
    return lambda: in_json(make(), jsonp)


def old_answer(service: Service) -> Response:
    """What /reconcile answers: a batch, a data extension, the manifest, or the page for people."""
    given = form() if request.method == "POST" else request.args
    if "queries" in given:
        batch = queries.old_batch(parsed(given["queries"], "queries"))
        found = queries.asked(service, list(batch.values()))
        said = {key: queries.as_old(one) for key, one in zip(batch, found, strict=True)}
        return in_json(said, jsonp=True)
    if "extend" in given:
        asked = extension.extension(parsed(given["extend"], "extend"))
        found_values = extension.fetched(service, asked)
        return in_json(extension.as_old(asked, found_values), jsonp=True)
    if request.method == "POST":
        raise AskError("send a batch as the parameter queries, or extend")
    if "callback" not in given and negotiated([JSON, HTML]) is HTML:
        return by_content(HTML, pages.page(service))
    return in_json(manifest.old_manifest(service, OLD), jsonp=True)


def form() -> dict[str, str]:
    """The form that was sent; raises UnsupportedMedia for a body of another kind."""
    is_form = request.mimetype in {FORM, "multipart/form-data"}
    if not is_form and (request.mimetype or request.get_data()):
        raise UnsupportedMedia(f"send the batch as {FORM}; version 1.0 takes JSON, at /{NEW}/match")
    return {**request.args.to_dict(), **request.form.to_dict()}


def body() -> object:
    """The body in JSON; raises UnsupportedMedia for another kind, AskError for no JSON."""
    if request.mimetype != JSON.media_type:
        raise UnsupportedMedia(f"send the request as {JSON.media_type}")
    return parsed(request.get_data(), "the body")


def prefix() -> str:
    """What was typed so far; raises AskError when it is missing."""
    given = request.args.get("prefix")
    if given is None:
        raise AskError("say what is typed already: prefix=")
    return given


def page_of() -> tuple[int, int]:
    """How many are asked for, after how many: cursor in 0.2, offset in 1.0; raises AskError."""
    given = request.args
    limit = whole(given.get("limit"), "limit", SUGGESTED, MOST_SUGGESTED)
    at = given.get("offset", given.get("cursor"))
    return limit, whole(at, "the number to skip", 0, FURTHEST)


def listed(found: list[Json]) -> Json:
    """The part of suggestions that is asked for."""
    limit, skip = page_of()
    return {"result": found[skip : skip + limit]}


def suggested_entities(service: Service) -> Json:
    """The things whose names begin with what is typed, or that have that identifier."""
    limit, skip = page_of()
    typed = prefix().strip()
    kinds = words(filter(None, request.args.getlist("type")))
    itself = service.known(typed)
    if itself is not None:
        return manifest.entities([itself][skip : skip + limit])
    if not typed or len(typed) > LONGEST:
        return manifest.entities([])
    return manifest.entities(service.matcher.suggest(typed, kinds, limit, skip))


def proposed() -> Json:
    """The properties that things of a type have."""
    asked = request.args.get("type", "")
    if not asked:
        raise AskError("say of which type: type=")
    given = request.args.get("limit")
    limit = None if given is None else whole(given, "limit", 0, MOST_SUGGESTED)
    return manifest.proposal(asked, of_kind(kind_of(asked).word), limit)


def asked_id() -> str:
    """What is asked about; raises AskError when nothing is."""
    asked = request.args.get("id", "")
    if not asked:
        raise AskError("say of what: id=")
    return asked


def asked_thing(service: Service) -> Candidate:
    """The thing that is asked about; raises AskError and NotFound."""
    asked = asked_id()
    # Some clients do not encode the per cent signs of an identifier.
    found = service.known(asked) or service.known(asked.replace(" ", "%20"))
    if found is None:
        raise NotFound(f"nothing that can be matched has the name {asked[:300]}")
    return found


def entity_flyout(service: Service) -> Json:
    """What is shown beside a thing that is suggested."""
    one = asked_thing(service)
    return pages.flyout(one.iri, one.label or one.iri, one.description, pages.facts(service, one))


def type_flyout() -> Json:
    """What is shown beside a type that is suggested."""
    kind = kind_of(asked_id())
    return pages.flyout(kind.iri, kind.name, f"Our word for it: {kind.word}")


def property_flyout() -> Json:
    """What is shown beside a property that is suggested."""
    one = property_of(asked_id())
    return pages.flyout(one.iri, one.name, one.says)


def preview(service: Service) -> Response:
    """A thing in a few lines, as a page that others may show in a frame."""
    found = asked_thing(service)
    response = by_content(HTML, pages.preview(service, found))
    response.headers["Content-Security-Policy"] = pages.FRAMED
    return response


def in_json(said: object, jsonp: bool = False) -> Response:
    """An answer as JSON, or as a call of the function that `callback` names; raises AskError."""
    name = request.args.get("callback", "") if jsonp else ""
    if name and not CALLBACK.fullmatch(name):
        raise AskError("callback has to be the name of a function")
    # In plain ASCII, as a script may not have every letter that JSON may.
    text = json.dumps(said, ensure_ascii=bool(name), allow_nan=False)
    written = (f"/**/{name}({text});" if name else text).encode("utf-8", "replace")
    kind = SCRIPT if name else JSON.content_type
    if request.method == "POST":
        return Response(written, content_type=kind, headers={"Cache-Control": "no-store"})
    return by_content(JSON, written, content_type=kind)
