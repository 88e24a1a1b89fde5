"""OAI-PMH 2.0: the catalogue for harvesters of libraries and archives, whole or by date.

Lists are in the order of the times of changes, and a resumption token says after which change to
go on. So it is right under another release too: what changed meanwhile comes later in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from flask import Blueprint, Response, request
from pyoxigraph import Literal, NamedNode

from homegraph.endpoint.display import labels
from homegraph.endpoint.formats import Format
from homegraph.endpoint.harvest.feed import known
from homegraph.endpoint.harvest.oai_lists import Asked, Refused, page, set_of
from homegraph.endpoint.harvest.oai_records import FORMATS, metadata
from homegraph.endpoint.markup import add, document, legal
from homegraph.endpoint.world import World
from homegraph.graph.changes import Change, as_text
from homegraph.graph.record import Records
from homegraph.graph.terms import VCARD

XML = Format("XML", "text/xml", ("xml",), None, ("application/xml",))
NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
SPACES = {
    "xmlns": NAMESPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": f"{NAMESPACE} {NAMESPACE}OAI-PMH.xsd",
}
RECORDS, HEADERS = 100, 1_000  # on one page of a list
Arguments = dict[str, str]


def doors(world: World) -> Blueprint:
    """The routes."""
    routes = Blueprint("oai", __name__)

    @routes.route("/oai", methods=["GET", "POST"])
    def oai() -> Response:
        known(world)
        given = request.form if request.method == "POST" else request.args
        body = document(answer(world, {name: list(some) for name, some in given.lists()}))
        # The time of the reply is part of it, so nobody may keep it.
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        return Response(body, content_type=XML.content_type, headers=headers)

    return routes


def answer(world: World, given: dict[str, list[str]]) -> Element:
    """The reply to a request, which may be what is wrong with it."""
    root = Element("OAI-PMH", SPACES)
    add(root, "responseDate", as_text(datetime.now(UTC)))
    asked = add(root, "request", world.address("oai"))
    try:
        verb, arguments = understood(given)
        asked.attrib.update({"verb": verb, **{key: legal(one) for key, one in arguments.items()}})
        root.append(VERBS[verb][0](world, arguments))
    except Refused as refused:
        if refused.code in {"badVerb", "badArgument"}:
            asked.attrib.clear()
        add(root, "error", str(refused), code=refused.code)
    return root


def understood(given: dict[str, list[str]]) -> tuple[str, Arguments]:
    """The verb and its arguments; raises Refused when they do not go together (3.2, 3.6)."""
    verb = given.get("verb", [])
    if len(verb) != 1 or verb[0] not in VERBS:
        raise Refused("badVerb", f"say one verb of {', '.join(VERBS)}")
    _, needed, possible = VERBS[verb[0]]
    arguments = {name: some[0] for name, some in given.items() if name != "verb"}
    for name, some in given.items():
        if len(some) > 1:
            raise Refused("badArgument", f"{name} is said more than once")
    alone = "resumptionToken" in possible and "resumptionToken" in arguments
    if alone and len(arguments) > 1:
        raise Refused("badArgument", "a resumptionToken stands alone")
    for name in arguments:
        if name not in {*needed, *possible}:
            raise Refused("badArgument", f"{verb[0]} has no argument {name[:50]}")
    for name in needed:
        if not alone and not arguments.get(name):
            raise Refused("badArgument", f"{verb[0]} needs {name}")
    return verb[0], arguments


def identify(world: World, _: Arguments) -> Element:
    """What this repository is (4.2)."""
    root = Element("Identify")
    add(root, "repositoryName", world.title)
    add(root, "baseURL", world.address("oai"))
    add(root, "protocolVersion", "2.0")
    add(root, "adminEmail", contact(world))
    add(root, "earliestDatestamp", min(one.created for one in known(world)))
    add(root, "deletedRecord", "persistent")
    add(root, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    return root


def contact(world: World) -> str:
    """Whom to write to: as the catalogue says, or who answers for every web server (RFC 2142)."""
    quads = world.store.quads_for_pattern(None, VCARD.hasEmail, None, world.catalogue_graph)
    found = sorted(
        address
        for quad in quads
        if isinstance(quad.object, NamedNode | Literal)
        and (address := quad.object.value.removeprefix("mailto:"))
        and "@" in address
    )
    return found[0] if found else f"webmaster@{urlsplit(world.base).hostname}"


def list_formats(world: World, arguments: Arguments) -> Element:
    """The formats of records, which all have (4.4)."""
    if "identifier" in arguments:
        named(world, arguments)
    root = Element("ListMetadataFormats")
    for prefix, (schema, namespace) in FORMATS.items():
        form = add(root, "metadataFormat")
        add(form, "metadataPrefix", prefix)
        add(form, "schema", schema)
        add(form, "metadataNamespace", namespace)
    return root


def list_sets(world: World, arguments: Arguments) -> Element:
    """The sets: one for each publisher (4.6)."""
    if "resumptionToken" in arguments:
        raise Refused("badResumptionToken", "the list of sets is always whole")
    publishers = {one.publisher for one in known(world) if one.publisher}
    names = labels(world, map(NamedNode, publishers))
    root = Element("ListSets")
    for spec, iri in sorted((set_of(iri), iri) for iri in publishers):
        element = add(root, "set")
        add(element, "setSpec", spec)
        add(element, "setName", names.get(iri) or iri)
    if not publishers:
        raise Refused("noSetHierarchy", "no dataset here names its publisher")
    return root


def get_record(world: World, arguments: Arguments) -> Element:
    """One record (4.1)."""
    change = named(world, arguments)
    insist_on_format(arguments["metadataPrefix"])
    root = Element("GetRecord")
    record(root, change, arguments["metadataPrefix"], Records(world.store))
    return root


def list_identifiers(world: World, arguments: Arguments) -> Element:
    """A page of headers (4.3)."""
    root, asked = Element("ListIdentifiers"), asked_for(arguments)
    changes, token = page(known(world), asked, HEADERS)
    for change in changes:
        header(root, change)
    resume(root, token)
    return root


def list_records(world: World, arguments: Arguments) -> Element:
    """A page of records (4.5)."""
    root, asked = Element("ListRecords"), asked_for(arguments)
    changes, token = page(known(world), asked, RECORDS)
    records = Records(world.store)
    for change in changes:
        record(root, change, asked.prefix, records)
    resume(root, token)
    return root


VERBS: dict[str, tuple[Callable[[World, Arguments], Element], Sequence[str], Sequence[str]]] = {
    "Identify": (identify, (), ()),
    "ListMetadataFormats": (list_formats, (), ("identifier",)),
    "ListSets": (list_sets, (), ("resumptionToken",)),
    "GetRecord": (get_record, ("identifier", "metadataPrefix"), ()),
    "ListIdentifiers": (
        list_identifiers,
        ("metadataPrefix",),
        ("from", "until", "set", "resumptionToken"),
    ),
    "ListRecords": (
        list_records,
        ("metadataPrefix",),
        ("from", "until", "set", "resumptionToken"),
    ),
}


def asked_for(arguments: Arguments) -> Asked:
    """The list that is asked for; raises Refused."""
    if "resumptionToken" in arguments:
        asked = Asked.of_token(arguments["resumptionToken"])
        if asked.prefix not in FORMATS:
            raise Refused("badResumptionToken", "no list of ours goes on so")
        return asked
    asked = Asked.of_arguments(arguments)
    insist_on_format(asked.prefix)
    return asked


def insist_on_format(prefix: str) -> None:
    """Raise Refused for a format that we do not have."""
    if prefix not in FORMATS:
        raise Refused("cannotDisseminateFormat", f"the formats are {', '.join(FORMATS)}")


def named(world: World, arguments: Arguments) -> Change:
    """The dataset that is asked for; raises Refused."""
    change = world.changes.of(arguments["identifier"])
    if change is None:
        raise Refused("idDoesNotExist", "identifiers are the IRIs of datasets, as they are listed")
    return change


def header(parent: Element, change: Change) -> None:
    """What is said of every record, and all there is of one that went."""
    element = add(parent, "header", **({"status": "deleted"} if change.is_gone else {}))
    add(element, "identifier", change.iri)
    add(element, "datestamp", change.changed)
    if change.publisher:
        add(element, "setSpec", set_of(change.publisher))


def record(parent: Element, change: Change, prefix: str, records: Records) -> None:
    """A record with its metadata."""
    element = add(parent, "record")
    header(element, change)
    if not change.is_gone:
        add(element, "metadata").append(metadata(records, NamedNode(change.iri), prefix))


def resume(parent: Element, token: dict[str, str] | None) -> None:
    """How to go on, if the list is not whole."""
    if token is not None:
        add(parent, "resumptionToken", **token)
