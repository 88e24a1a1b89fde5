"""What each address answers: one table, read by the OpenAPI document, its page and the tests.

The addresses are those of the Flask application, as it writes them; the tests compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from homegraph.endpoint import completion, datasets, governance, library
from homegraph.endpoint.formats import GRAPHS, HTML, JSON, TABLES, Format

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
    """What GET of an address answers."""

    says: str
    formats: Sequence[Format]
    parameters: Sequence[Parameter] = ()
    status: int = 200
    posts: bool = False
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

ROUTES: dict[str, Route] = {
    "/": Route("What is here, with examples to follow.", PAGE),
    "/sparql": Route("Answers a query (SPARQL 1.1 Protocol).", ROWS_OR_GRAPHS, ASKED, posts=True),
    "/sparql.<_>": Route(
        "Answers a query in the format of the suffix.", ROWS_OR_GRAPHS, ASKED, posts=True
    ),
    "/graph-store": Route("A whole graph (SPARQL 1.1 Graph Store Protocol).", GRAPHS, WHICH),
    "/graph-store.<_>": Route("A whole graph in the format of the suffix.", GRAPHS, WHICH),
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
    "/catalog": Route("The catalogue of datasets (DCAT).", GRAPH_OR_PAGE),
    "/catalog.<suffix>": Route("The catalogue in the format of the suffix.", GRAPH_OR_PAGE),
    "/void": Route("How much there is of what (VoID).", GRAPH_OR_PAGE),
    "/void.<suffix>": Route("The statistics in the format of the suffix.", GRAPH_OR_PAGE),
    "/.well-known/void": Route("The same as /void.", GRAPH_OR_PAGE),
    "/datasets": Route("The datasets that can be downloaded.", GRAPH_OR_PAGE),
    "/datasets.<suffix>": Route("The same in the format of the suffix.", GRAPH_OR_PAGE),
    "/datasets/<name>": Route(
        "A dataset, or a file of its current version.", datasets.OFFERED, in_parts=True
    ),
    "/datasets/<name>/editions": Route("The editions of a dataset.", GRAPH_OR_PAGE),
    "/datasets/<name>/editions.<suffix>": Route("The same in one format.", GRAPH_OR_PAGE),
    "/datasets/<name>/editions/<edition>": Route(
        "The last version.", datasets.OFFERED, in_parts=True
    ),
    "/datasets/<name>/editions/<edition>/versions": Route("All versions.", GRAPH_OR_PAGE),
    "/datasets/<name>/editions/<edition>/versions.<suffix>": Route(
        "The same in one format.", GRAPH_OR_PAGE
    ),
    "/datasets/<name>/editions/<edition>/versions/<number>": Route(
        "One version.", datasets.OFFERED, in_parts=True
    ),
    "/datasets/<name>/editions/<edition>/versions/<number>/<file>": Route(
        "One file of a version.", list(datasets.FILES), in_parts=True
    ),
    "/owners": Route("Who owns which information assets.", governance.OFFERED, DAY),
    "/owners.<suffix>": Route("The same in the format of the suffix.", governance.OFFERED, DAY),
    "/owners/<path:_>": Route("What one owner has to do.", governance.OFFERED, DAY),
    "/<any(examples, figures):folder>": Route("The stored queries.", library.OFFERED),
    "/<any(examples, figures):folder>.<suffix>": Route(
        "The stored queries in the format of the suffix.", library.OFFERED
    ),
    "/<any(examples, figures):folder>/<name>": Route("One stored query.", library.OFFERED),
    "/dumps/": Route("The files of the release.", PAGE),
    "/dumps/<path:name>": Route("One file of the release.", ANY, in_parts=True),
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
}
