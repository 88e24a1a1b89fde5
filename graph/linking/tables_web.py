"""Tables at addresses: files, the datasets of a CKAN, and answers of SPARQL endpoints.

The rules are those of `graph/web.py`: answers are not larger and do not take longer than allowed,
and nobody on the internet sends us on into this network. A CKAN is asked for one page at a time.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from weakref import finalize

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    parse_query_results,
)

from homegraph.graph import ckan_pages
from homegraph.graph.errors import FetchFailed
from homegraph.graph.fetch import Walk
from homegraph.graph.iri import WEB_ADDRESS
from homegraph.graph.linking import tables_file
from homegraph.graph.linking.table import Number, Rows, Table
from homegraph.graph.terms import XSD
from homegraph.graph.web import Web, answer_to_form

MOST_BYTES = 1 << 28  # of one answer
SECONDS = 300.0  # that an endpoint may take for its answer
ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
FORMS = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
}
NUMBERS = {XSD.integer, XSD.decimal}
CKAN_COLUMNS = ["id", "name", "title", "notes", "organization", "tags", "url", "page"]
NARROWING = ("q", "fq")  # what an address may ask of a CKAN's search


def is_address(where: str) -> bool:
    """Whether a table is on the web."""
    return bool(WEB_ADDRESS.match(where))


def read(
    address: str,
    sheet: str | None = None,
    query: str | None = None,
    *,
    header: int | None = None,
    kept: Path | None = None,
    most_bytes: int = MOST_BYTES,
    seconds: float = SECONDS,
) -> Table:
    """The table that an address gives; raises FetchFailed, and SourceRejected as a file does."""
    parts = urlsplit(address)
    if "@" in parts.netloc:
        raise FetchFailed(
            "the address holds a name or password, and addresses of sources are published. "
            "Give an address that everybody may open"
        )
    is_file = parts.path.lower().removesuffix(".gz").endswith(tables_file.SUFFIXES)
    if (query is not None or not is_file) and (sheet is not None or header is not None):
        raise FetchFailed(f"{address}: only files have sheets, and rows above their headings")
    if query is not None:
        return answers(address, query, most_bytes, seconds)
    held = Folder()
    web = Web(kept or held.path / "web", most_bytes=most_bytes, longest=seconds)
    if not is_file:
        return datasets(address, web)
    path = held.path / Path(unquote(parts.path)).name
    path.write_bytes(web.get(address))
    found = tables_file.read(path, sheet, header=header)
    return replace(found, source=address, held=held)  # the file is there as long as that


class Folder:
    """A folder that is there as long as this is."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="homegraph-"))
        finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def datasets(address: str, web: Web) -> Table:
    """The datasets of a CKAN, a row for each; an address may ask for some of them (?q=, ?fq=)."""
    base = ckan_pages.actions_of(address)
    asked = {key: text for key, text in parse_qsl(urlsplit(address).query) if key in NARROWING}
    site = base.removesuffix(ckan_pages.API)
    rows: list[list[str]] = []
    digest = sha256()
    try:
        for page, found in ckan_pages.packages(base, Walk(web), asked):
            digest.update(page.content)
            rows.extend(dataset(one, site) for one in found)
    except FetchFailed as error:
        error.add_note(
            "An address without a query is taken for that of a CKAN; the address of a file ends "
            f"with one of {tables_file.KNOWN}, and a SPARQL endpoint needs --query."
        )
        raise
    if not rows:
        raise FetchFailed(f"{address}: the CKAN has no datasets that are asked for")
    columns = list(CKAN_COLUMNS)
    return Table(columns, rows, len(rows), address, first=1, sha256=digest.hexdigest())


def dataset(said: dict[str, Any], site: str) -> list[str]:
    """One dataset of a CKAN; its page is where CKAN itself shows it."""
    tags = said.get("tags")
    named = [one.get("display_name") or one.get("name") for one in listed(tags)]
    owner = said.get("organization")
    owner = owner.get("title") or owner.get("name") if isinstance(owner, dict) else owner
    name = str(said.get("name") or said.get("id") or "")
    return [
        *(plain(said.get(key)) for key in ("id", "name", "title", "notes")),
        plain(owner),
        "; ".join(plain(one) for one in named),
        plain(said.get("url")),
        f"{site}/dataset/{quote(name, safe='')}",
    ]


def listed(some: object) -> list[dict[str, Any]]:
    """The records in what should be a list of them."""
    return [one for one in some if isinstance(one, dict)] if isinstance(some, list) else []


def plain(said: object) -> str:
    """A value of a CKAN as text: nothing, for what is none."""
    return "" if said is None else str(said)


def answers(address: str, query: str, most_bytes: int, seconds: float) -> Table:
    """What an endpoint answers to a SELECT: a column for each variable.

    The endpoint is asked once; its answer is kept as it came, and is read row by row.
    """
    kind, content = answer_to_form(
        address, {"query": query}, ACCEPT, most_bytes=most_bytes, seconds=seconds
    )
    form = FORMS.get(kind)
    if form is None:
        said = repr(kind[:80]) if kind else "nothing that says what it is"
        raise FetchFailed(f"{address}: it answered with {said}, not with results of SPARQL")
    try:
        columns = [one.value for one in solutions(address, content, form).variables]
        count = sum(1 for _ in solutions(address, content, form))
    except (SyntaxError, ValueError, OSError) as error:
        raise FetchFailed(f"{address}: its results cannot be read: {error}") from error
    if not count:
        raise FetchFailed(f"{address}: the query gives no rows. Ask for something that is there")

    def rows() -> Iterator[list[str]]:
        for one in solutions(address, content, form):
            yield [term(value) for value in one]

    digest, notes = sha256(content).hexdigest(), cut_short(count, query)
    return Table(columns, Rows(rows), count, address, first=1, sha256=digest, notes=notes)


def cut_short(count: int, query: str) -> tuple[str, ...]:
    """What to tell of an answer that may not be all: endpoints stop at round numbers, silently."""
    if count % 1000 or re.search(rf"(?i)\blimit\s+{count}\b", query):
        return ()
    return (
        f"The endpoint gave {count:,} rows, which may be as many as it ever gives; ask for the "
        "others with ORDER BY and OFFSET.",
    )


def solutions(address: str, content: bytes, form: QueryResultsFormat) -> QuerySolutions:
    """The rows of an answer; raises FetchFailed for a yes or no."""
    found = parse_query_results(content, form)
    if isinstance(found, QueryBoolean):
        raise FetchFailed(f"{address}: it answered with yes or no, not with rows. Ask a SELECT")
    return found


def term(value: object) -> str:
    """A term as the text of a cell: an IRI or a value as such, without language or type."""
    if value is None:
        return ""
    if isinstance(value, Literal):
        return Number(value.value) if value.datatype in NUMBERS else value.value
    return value.value if isinstance(value, NamedNode) else str(value)
