"""What a request asks of the query door: the parameters of the SPARQL 1.1 Protocol (2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from homegraph.endpoint.ask import Question
from homegraph.endpoint.formats import GRAPHS, TABLES
from homegraph.endpoint.limits import BYTES
from homegraph.endpoint.message import Request
from homegraph.graph.errors import AskError, BadQuery, NotFound, Refused, TooLong, UnsupportedMedia

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
READ_ONLY = "this endpoint answers queries; nothing can be written through it"
DIRECT = {QUERY, UPDATE}

# What clients call the choice of a format; SPARQLWrapper sends all three.
WORDS = ("format", "output", "results")
REMEMBERED = 4_000  # characters
# What programs escape in most queries, for unquote_to_bytes goes escape by escape in Python. None
# is % or a hexadecimal digit, so that what is put in makes no new escape.
ESCAPES = [(f"%{ord(one):02X}", one) for one in ' :/<>?{}#\n"=;,()&@$+|']
EXPLAIN = "explain"
KNOWN = ("query", "default-graph-uri", "named-graph-uri", *WORDS, EXPLAIN)
OF_THE_PAGE = ("example",)
OF_UPDATES = ("update", "using-graph-uri", "using-named-graph-uri")
ENCODINGS = {"utf-8", "utf8", "us-ascii"}
SUFFIXES = {suffix for form in (*TABLES, *GRAPHS) for suffix in form.suffixes} | {"html", "htm"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, if there is one, the words that name a format, and what is taken no notice of.

    `explain` asks how it is answered, instead of the answer.
    """

    question: Question | None
    words: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    explain: bool = False


def asked(request: Request) -> Asked:
    """Read a request to the query door.

    Raises AskError for what is no query operation of the protocol, with the reason.
    """
    if len(request.query) > BYTES.most or len(request.body) > BYTES.most:
        raise TooLong(BYTES.most)
    suffix = suffix_of(request.path)
    sent = request.query
    if request.method != "POST" and sent.startswith("query=") and "&" not in sent:
        # What nearly all requests are.
        return Asked(Question(decoded(sent[6:])), (suffix,) if suffix else ())
    given = fields(sent)
    if request.method == "POST":
        add_body(request, given)
    return understood(given, suffix, request.method == "POST")


def suffix_of(path: str) -> str | None:
    """The format that an address such as /sparql.csv names; raises NotFound for another suffix."""
    _, dot, suffix = path.partition(".")
    if not dot:
        return None
    if suffix not in SUFFIXES:
        raise NotFound(f"{path} names no format; {sorted(SUFFIXES)} may stand after the dot")
    return suffix


def decoded(text: str) -> str:
    """A name or value as it was before it was sent; raises BadQuery when it is not UTF-8."""
    return remembered(text) if len(text) <= REMEMBERED else at_length(text)


def at_length(text: str) -> str:
    """What `decoded` gives."""
    if "+" in text:
        text = text.replace("+", " ")
    for escape, letter in ESCAPES:
        if escape in text:
            text = text.replace(escape, letter)
    return in_utf8(unquote_to_bytes(text)) if "%" in text else text


# A query is decoded by who sees whether it is quick, by who answers it and by who notes it.
remembered = lru_cache(256)(at_length)


def in_utf8(sent: bytes) -> str:
    """Text as it was sent; raises BadQuery when it is not UTF-8."""
    try:
        return sent.decode()
    except UnicodeDecodeError as error:
        raise BadQuery(f"the query is not UTF-8: {error.reason} at byte {error.start}") from error


def fields(sent: str) -> dict[str, list[str]]:
    """The parameters of a query string or form, each with its values in order."""
    found: dict[str, list[str]] = {}
    for pair in sent.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            found.setdefault(decoded(name), []).append(decoded(value))
    return found


def add_body(request: Request, given: dict[str, list[str]]) -> None:
    """Add what the body of a POST says to what the address says.

    Raises Refused for an update, UnsupportedMedia for a body of another kind.
    """
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == UPDATE:
        raise Refused(READ_ONLY)
    if kind not in {FORM, QUERY}:
        raise UnsupportedMedia(f"send the query as {QUERY} or {FORM}")
    for parameter in rest.split(";"):
        name, _, value = parameter.partition("=")
        encoding = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and encoding not in ENCODINGS:
            raise UnsupportedMedia(f"send the query in UTF-8, not in {encoding!r}")
    body = in_utf8(request.body)
    if kind == FORM:
        for name, values in fields(body).items():
            given.setdefault(name, []).extend(values)
    elif body:
        given.setdefault("query", []).append(body)


def understood(given: dict[str, list[str]], suffix: str | None, posted: bool) -> Asked:
    """What the parameters ask; raises Refused for an update, AskError for what is unclear."""
    if "update" in given:
        raise Refused(READ_ONLY)
    ignored = tuple(name for name in given if name not in KNOWN and name not in OF_THE_PAGE)
    for name in ignored:
        insist_it_is_no_slip(name, (*KNOWN, *OF_UPDATES))
    queries = given.get("query", [])
    if len(queries) > 1:
        raise AskError("there is more than one query; send one")
    words = words_of(given, suffix)
    graphs = [tuple(given.get(name, [])) for name in ("default-graph-uri", "named-graph-uri")]
    if queries:
        return Asked(Question(queries[0], *graphs), words, ignored, EXPLAIN in given)
    if any(graphs) or posted:
        raise AskError("there is no query; send one as the parameter query")
    return Asked(None, words, ignored)


def words_of(given: dict[str, list[str]], suffix: str | None) -> tuple[str, ...]:
    """The words that name a format, the suffix first."""
    words = [word.lower() for name in WORDS for word in given.get(name, []) if word]
    return (suffix, *words) if suffix else tuple(words)


def insist_it_is_no_slip(name: str, known: Iterable[str]) -> None:
    """Raise AskError for a parameter that is one of the protocol's but for its spelling.

    It would be missed, and the answer would be another one than was asked for.
    """
    spelt = plain(name)
    meant = next((one for one in known if spelt in {plain(one), plain(one, "uri")}), None)
    if meant is None:
        return
    error = AskError(f"{name!r} is no parameter of this operation")
    error.add_note(
        "Nothing can be written here." if meant in OF_UPDATES else f"Write it like this: {meant}"
    )
    raise error


def plain(name: str, without: str = "") -> str:
    """A name without what people spell in different ways.

    >>> plain("Default_Graph-URI", "uri")
    'defaultgraph'
    """
    return name.lower().replace("-", "").replace("_", "").removesuffix(without)
