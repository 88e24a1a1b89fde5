"""Dataset catalogues: CKAN answers, departmental inventories, JSON lines; or a live CKAN.

What a file is follows from what it holds, not from its name. One dataset may stand in several
files: the record modified last is taken and the others are refused with a warning that says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from pyoxigraph import Quad

from homegraph.graph.errors import FetchFailed, SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import unreadable_file
from homegraph.loaders.dataset_catalogue import ckan, inventory
from homegraph.loaders.dataset_catalogue.describe import describe, say_organisation
from homegraph.loaders.dataset_catalogue.entry import Notes
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.statements import Statements

if TYPE_CHECKING:
    from homegraph.graph.web import Web

ROWS = 100
MOST_PAGES = 2000  # 200,000 datasets; data.gov.uk has about 60,000
API = "/api/3/action"


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The quads of all catalogues given, datasets in the order of their names."""
    notes = Notes(reading)
    harvest = Harvest(reading, notes)
    try:
        for file in files:
            try:
                read_file(file, harvest)
            except SourceRejected as error:
                if len(reading.errors) >= reading.most:
                    raise
                for finding in error.findings:
                    reading.add(finding)
        out = Statements(names, notes)
        for entry in harvest.settle():
            reading.at = entry.place
            describe(entry, harvest.publishers, out)
            yield from out.take()
        reading.at = None  # an organisation stands in another file than the last dataset
        for name in sorted(harvest.shown):
            say_organisation(harvest.publishers[name], out)
            yield from out.take()
    finally:
        notes.flush()


def read_file(file: RawFile, harvest: Harvest) -> None:
    """Read one file of whichever kind it is; raises SourceRejected for one of no known kind."""
    try:
        with file.open() as stream:
            content = stream.read()
    except (OSError, EOFError) as error:
        raise SourceRejected([unreadable_file(file, error, 0)]) from error
    text = decoded(content, file.name, harvest)
    start = text.lstrip()[:2]
    known = (
        ckan.read(text, file.name, harvest)
        if start.startswith(("{", "[", "//"))
        else inventory.read(text, file.name, harvest)
    )
    if not known:
        kinds = f"Known are {ckan.KINDS}, {inventory.KINDS}."
        raise SourceRejected([Finding("the file is of no known kind", kinds, file.name)])


def decoded(content: bytes, file: str, harvest: Harvest) -> str:
    """The file's text; old inventories are Windows-1252, which is noted.

    Raises SourceRejected for what is not text at all, such as a workbook.
    """
    if not content.strip() or b"\0" in content:
        problem = "the file is empty" if not content.strip() else "the file is not text"
        remedy = f"Give it as text. Known are {ckan.KINDS}, {inventory.KINDS}."
        raise SourceRejected([Finding(problem, remedy, file)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        problem = f"the byte {content[error.start]:02x} is neither UTF-8 nor Windows-1252"
        raise SourceRejected([Finding(problem, "Save the file as UTF-8.", file, row)]) from None
    problem = "the file is not UTF-8; it was read as Windows-1252"
    harvest.notes.warn(Place(file, row), problem, "Look at the accents; save the file as UTF-8.")
    return text


def fetch(address: str, web: Web) -> Iterator[tuple[str, bytes]]:
    """What an address stands for: a file, or every dataset and publisher of a live CKAN.

    A CKAN is given by its base (ending in a slash, or in /api/3/action). Raises FetchFailed
    when an answer is not CKAN's, or the pages hold fewer datasets than CKAN says it has.
    """
    path = urlsplit(address).path
    if not path.endswith(("/", "/api", "/api/3", API)) and path:
        yield path.rsplit("/", 1)[-1], web.get(address)
        return
    base = address.split("?")[0].rstrip("/")
    for part in (API, "/api/3", "/api"):
        base = base.removesuffix(part)
    base += API
    seen: set[str] = set()
    publishers: set[str] = set()
    count = 0
    for page in range(MOST_PAGES):
        # Some sites give fewer rows than are asked for, so the start is what has come so far.
        query = urlencode({"rows": ROWS, "start": len(seen), "sort": "name asc"})
        content = web.get(f"{base}/package_search?{query}")
        result = answer(content, f"{base}/package_search")
        found = [one for one in result.get("results", []) if isinstance(one, dict)]
        count = result.get("count", 0)
        new = {str(one.get("id")) for one in found} - seen
        if not new and page:
            break
        yield f"package_search-{page + 1:04}.json", content
        seen |= new
        publishers |= {name for one in found if (name := publisher_name(one))}
        if len(seen) >= count:
            break
    if len(seen) != count:
        raise FetchFailed(f"{base}: CKAN says it has {count} datasets and gave {len(seen)}")
    for name in sorted(publishers):
        content = web.get(f"{base}/organization_show?id={quote(name, safe='')}")
        answer(content, f"{base}/organization_show")
        yield f"organization_show-{name}.json", content


def publisher_name(record: dict[str, Any]) -> str:
    """The name of the organisation that a package says it belongs to."""
    said = record.get("organization")
    return str(said.get("name") or "") if isinstance(said, dict) else str(said or "")


def answer(content: bytes, address: str) -> dict[str, Any]:
    """The result of a CKAN answer; raises FetchFailed when it is not one."""
    try:
        body = json.loads(content)
        if body["success"] is not True:
            raise FetchFailed(f"{address}: CKAN answered with an error: {body.get('error')}")
        result = body["result"]
    except (ValueError, KeyError, TypeError) as error:
        raise FetchFailed(f"{address} is not the answer of a CKAN: {error}") from error
    if not isinstance(result, dict):
        raise FetchFailed(f"{address} is not the answer of a CKAN")
    return result
