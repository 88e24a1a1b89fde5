"""What each address answers: one table, read by the OpenAPI document, its page and the tests.

The addresses are those of the Flask application, as it writes them; the tests compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from homegraph.endpoint import completion, governance, library, linksets, quality, sameas
from homegraph.endpoint.datasets import downloads
from homegraph.endpoint.formats import GRAPHS, HTML, JSON, TABLES, Format
from homegraph.endpoint.harvest import atom, catalogue, ckan_actions, croissant, feed, oai, sitemap
from homegraph.endpoint.reconcile import accuracy as reconciled

PAGE = [HTML]
ANY = [Format("Any", "*/*", (), None)]
TEXT = [Format("Text", "text/plain", (), None)]
TURTLE = GRAPHS[:1]
ROWS_OR_GRAPHS = [*TABLES, *GRAPHS, HTML]
GRAPH_OR_PAGE = [*GRAPHS, HTML]
THING = "; a suffix chooses the format, as .ttl or .html"


@dataclass(frozen=True)
class Parameter:
    """A parameter in the query string, with the JSON Schema of its value."""

    name: str
    says: str
    schema: dict[str, object] = field(default_factory=lambda: {"type": "string"})
    needed: bool = False
    many: bool = False


@dataclass(frozen=True)
class Route:
    """What GET of an address answers; where only POST is answered, that is status 405."""

    says: str
    formats: Sequence[Format]
    parameters: Sequence[Parameter] = ()
    status: int = 200
    posts: bool = False
    takes_form: bool = False  # POST takes the parameters as a form
    takes: dict[str, object] = field(default_factory=dict)  # the JSON Schema of what POST takes
    is_action: bool = False  # of CKAN's: POST takes JSON, and errors are told as CKAN tells them
    leads: bool = False  # may answer 303 instead
    in_parts: bool = False  # answers Range with 206


IRI: dict[str, object] = {"type": "string", "format": "iri"}
QUERY_IN = Parameter(
    "query", "The query; without one, the service description or the query page is answered."
)
GRAPHS_IN = [
    Parameter("default-graph-uri", "A graph that the default graph is made of.", IRI, many=True),
    Parameter("named-graph-uri", "A graph that GRAPH can name.", IRI, many=True),
]
ASKED = [QUERY_IN, *GRAPHS_IN]
WHICH = [
    Parameter("graph", "The name of a graph.", IRI),
    Parameter("default", "Asks for the graph without a name; its value is nothing.", {"const": ""}),
]
ABOUT = [Parameter("uri", "The name to describe.", IRI, needed=True)]
TYPED_SO_FAR = Parameter("prefix", "What is typed already.", needed=True)
A_COUNT: dict[str, object] = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
PART_OF = [
    Parameter("limit", "At most so many.", A_COUNT),
    Parameter("offset", "Without so many at the beginning (1.0-draft).", A_COUNT),
    Parameter("cursor", "The same (0.2).", A_COUNT),
]
# A form in 0.2: JSON in a text, so nothing is said here of what is in it.
MATCHED = [
    Parameter("queries", "A batch of queries, as JSON (0.2)."),
    Parameter("extend", "A data extension query, as JSON (0.2)."),
    Parameter("callback", "A function to be called with the answer (JSONP)."),
]
A_LIST: dict[str, object] = {"type": "array"}
A_BATCH: dict[str, object] = {
    "type": "object",
    "required": ["queries"],
    "properties": {"queries": A_LIST},
}
AN_EXTENSION: dict[str, object] = {
    "type": "object",
    "required": ["ids", "properties"],
    "properties": {"ids": A_LIST, "properties": A_LIST},
}
LINKED = [Parameter("uri", "The name, or the address of a page on the thing.", IRI, needed=True)]
A_NUMBER: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
A_SEARCH: dict[str, object] = {"type": "string", "maxLength": catalogue.LONGEST}
A_DAY: dict[str, object] = {"type": "string", "format": "date"}
DAY = [Parameter("on", "The day to speak of; today if left out.", A_DAY)]
KIND: dict[str, object] = {
    "type": "string",
    "enum": ["prefix", "class", "property", "thing", "graph"],
}
SHORT: dict[str, object] = {"type": "string", "maxLength": completion.LONGEST}
TYPED = [
    Parameter("kind", "What may stand there.", KIND, needed=True),
    Parameter("text", "What is typed already.", SHORT),
]
PAGE_OF = [
    Parameter("page", "The number of the page; the first if left out.", A_NUMBER),
    Parameter("q", "Words that datasets are to have in title, description or keywords.", A_SEARCH),
]
FEED_PAGE = [Parameter("page", "The number of a page, as the feed lists them.", A_NUMBER)]
# Plain texts: what is wrong with them is said in a reply with status 200 (OAI-PMH, 3.6).
HARVEST = [
    Parameter("verb", f"What is asked for: {', '.join(oai.VERBS)}."),
    Parameter("identifier", "The IRI of a dataset."),
    Parameter("metadataPrefix", "The format of records: oai_dc or dcat_ap."),
    Parameter("from", "The first day or second of a list."),
    Parameter("until", "The last day or second of a list."),
    Parameter("set", "The set of a publisher, as ListSets tells it."),
    Parameter("resumptionToken", "Where a list goes on, as the page before says."),
]

ROUTES: dict[str, Route] = {
    "/": Route("What is here, with examples to follow.", PAGE),
    "/sparql": Route(
        "Answers a query (SPARQL 1.1 Protocol); with `explain` it says how, as JSON.",
        *(ROWS_OR_GRAPHS, ASKED),
        posts=True,
    ),
    "/sparql.<_>": Route(
        "Answers a query in the format of the suffix.", ROWS_OR_GRAPHS, ASKED, posts=True
    ),
    "/graph-store": Route(
        "A whole graph (SPARQL 1.1 Graph Store Protocol); of none, what the service is.",
        GRAPHS,
        WHICH,
    ),
    "/graph-store.<_>": Route("The same in the format of the suffix.", GRAPHS, WHICH),
    "/id/<path:_>": Route("Leads from a thing to what is said of it.", ANY, status=303),
    "/doc/<path:_>": Route("What is said of a thing" + THING + ".", GRAPH_OR_PAGE),
    "/data/<path:_>": Route("A dataset, or an observation" + THING + ".", GRAPH_OR_PAGE),
    "/def/<path:_>": Route("A vocabulary or code list" + THING + ".", GRAPH_OR_PAGE),
    "/def/": Route("All vocabularies and code lists.", PAGE),
    "/def/shape/": Route("The rules that releases keep.", PAGE),
    "/def/shape/<name>": Route("The rules of one subject.", [*TURTLE, HTML]),
    "/describe": Route(
        "What is said of any name that the store knows.", GRAPH_OR_PAGE, ABOUT, leads=True
    ),
    "/places": Route("Finds an area by its name or code.", PAGE),
    "/catalog": Route("A page of the catalogue (DCAT, Hydra).", GRAPH_OR_PAGE, PAGE_OF),
    "/catalog.<suffix>": Route("The same in the format of the suffix.", GRAPH_OR_PAGE, PAGE_OF),
    "/void": Route("How much there is of what (VoID).", GRAPH_OR_PAGE),
    "/void.<suffix>": Route("The statistics in the format of the suffix.", GRAPH_OR_PAGE),
    "/.well-known/void": Route("The same as /void.", GRAPH_OR_PAGE),
    "/datasets": Route("The datasets that can be downloaded.", GRAPH_OR_PAGE),
    "/datasets.<suffix>": Route("The same in the format of the suffix.", GRAPH_OR_PAGE),
    "/datasets/<name>": Route(
        "A dataset, or a file of its current version.", downloads.OFFERED, in_parts=True
    ),
    "/datasets/<name>.croissant.json": Route(
        "A dataset for programs that learn (Croissant).", [croissant.CROISSANT]
    ),
    "/datasets/<name>/editions": Route("The editions of a dataset.", GRAPH_OR_PAGE),
    "/datasets/<name>/editions.<suffix>": Route("The same in one format.", GRAPH_OR_PAGE),
    "/datasets/<name>/editions/<edition>": Route(
        "The last version.", downloads.OFFERED, in_parts=True
    ),
    "/datasets/<name>/editions/<edition>/versions": Route("All versions.", GRAPH_OR_PAGE),
    "/datasets/<name>/editions/<edition>/versions.<suffix>": Route(
        "The same in one format.", GRAPH_OR_PAGE
    ),
    "/datasets/<name>/editions/<edition>/versions/<number>": Route(
        "One version.", downloads.OFFERED, in_parts=True
    ),
    "/datasets/<name>/editions/<edition>/versions/<number>/<file>": Route(
        "One file of a version.", list(downloads.FILES), in_parts=True
    ),
    "/feed": Route("What changed in the catalogue (LDES, DCAT-AP Feed).", feed.OFFERED, FEED_PAGE),
    "/feed.<suffix>": Route("The same in the format of the suffix.", feed.OFFERED, FEED_PAGE),
    "/feed/<moment>/<name>": Route("One change" + THING + ".", feed.OFFERED),
    "/feed.atom": Route("What changed last, for news readers (Atom).", [atom.ATOM]),
    "/oai": Route("The catalogue for harvesters (OAI-PMH).", [oai.XML], HARVEST, takes_form=True),
    "/owners": Route("Who owns which information assets.", governance.OFFERED, DAY),
    "/owners.<suffix>": Route("The same in the format of the suffix.", governance.OFFERED, DAY),
    "/owners/<path:_>": Route("What one owner has to do.", governance.OFFERED, DAY),
    "/quality": Route("How well the datasets of each owner are described.", quality.OFFERED),
    "/linksets": Route("Sets of links to the things of others.", linksets.OFFERED),
    "/linksets.<suffix>": Route("The same in the format of the suffix.", linksets.OFFERED),
    "/linksets/<name>": Route("A file of a set of links.", ANY, in_parts=True),
    "/sameas": Route("What a name is linked with, ours or theirs.", sameas.OFFERED, LINKED),
    "/sameas.<suffix>": Route("The same in the format of the suffix.", sameas.OFFERED, LINKED),
    "/quality.<suffix>": Route("The same in the format of the suffix.", quality.OFFERED),
    "/<any(examples, figures):folder>": Route("The stored queries.", library.OFFERED),
    "/<any(examples, figures):folder>.<suffix>": Route(
        "The stored queries in the format of the suffix.", library.OFFERED
    ),
    "/<any(examples, figures):folder>/<name>": Route("One stored query.", library.OFFERED),
    "/dumps/": Route("The files of the release.", PAGE),
    "/dumps/<path:name>": Route("One file of the release.", ANY, in_parts=True),
    "/downloads/<name>": Route(
        "All statements of a source that has several files, as one file.", ANY, in_parts=True
    ),
    "/report": Route("What the checks of the release found.", PAGE),
    "/report.html": Route("The same.", PAGE),
    "/report.<any(ttl, json):suffix>": Route("The same as data.", [*TURTLE, JSON], in_parts=True),
    "/problems": Route("Every kind of error.", PAGE),
    "/api": Route("This list.", PAGE),
    "/openapi.json": Route("This description.", [JSON]),
    "/health": Route("Whether the server works, and what it serves.", [JSON]),
    "/robots.txt": Route("What programs that follow links should leave alone.", TEXT),
    "/favicon.ico": Route("Nothing.", [], status=204),
    "/static/<path:filename>": Route("What the pages are made with.", ANY, in_parts=True),
    "/sparql/complete": Route("Completes what is typed into a query.", [JSON], TYPED),
    "/reconcile": Route(
        "Matches names (Reconciliation Service API 0.2); without a batch, its manifest.",
        [JSON, HTML],
        MATCHED,
        takes_form=True,
    ),
    "/reconcile/accuracy": Route("How often matching is right.", reconciled.OFFERED),
    "/reconcile/accuracy.<suffix>": Route(
        "The same in the format of the suffix.", reconciled.OFFERED
    ),
    "/reconcile/1.0": Route("The manifest of the Reconciliation Service API 1.0-draft.", [JSON]),
    "/reconcile/1.0/match": Route("Matches names (1.0-draft).", [JSON], status=405, takes=A_BATCH),
    "/reconcile/1.0/extend": Route(
        "Fetches properties of things (1.0-draft).", [JSON], status=405, takes=AN_EXTENSION
    ),
    **{
        f"/reconcile/flyout/{what}": Route(
            "What is shown beside a suggestion (0.2).",
            [JSON],
            [Parameter("id", "Which.", needed=True)],
        )
        for what in ("entity", "type", "property")
    },
    **{
        f"/{stem}/{path}": Route(says, [form], parameters)
        for stem in ("reconcile", "reconcile/1.0")
        for path, says, form, parameters in (
            ("suggest/entity", "Completes the name of a thing.", JSON, [TYPED_SO_FAR, *PART_OF]),
            ("suggest/type", "Completes the name of a type.", JSON, [TYPED_SO_FAR, *PART_OF]),
            ("suggest/property", "Completes a property.", JSON, [TYPED_SO_FAR, *PART_OF]),
            (
                "extend/propose",
                "The properties that things of a type have.",
                JSON,
                [Parameter("type", "The type.", needed=True), PART_OF[0]],
            ),
            ("preview", "A thing in a few lines.", HTML, [Parameter("id", "Which.", needed=True)]),
        )
    },
    "/data.json": Route("The catalogue as data.gov.uk takes it (DCAT-US).", [JSON]),
    "/sitemap.xml": Route("The lists of pages, for search engines.", [sitemap.XML]),
    "/sitemap-<int:number>.xml": Route("One list of pages.", [sitemap.XML]),
    "/api/3": Route("The version of CKAN's API.", [JSON]),
    **{
        f"/api/3/action/{name}": Route(
            f"{action.says} (CKAN)",
            [JSON],
            [Parameter(*one, needed=one == ckan_actions.WHICH) for one in action.takes],
            is_action=True,
        )
        for name, action in ckan_actions.ACTIONS.items()
    },
    "/api/3/action/<name>": Route(
        "Refuses any other action, as CKAN does.", [JSON], is_action=True
    ),
    "/api/action/<name>": Route("The same as /api/3/action/.", [JSON], is_action=True),
}
