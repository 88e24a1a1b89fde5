"""Dataset catalogues: CKAN, DCAT, data.json, OAI-PMH, inventories; from files, or live.

What a file is follows from what it holds, not from its name. One dataset may stand in several
files: the record modified last is taken and the others are refused with a warning that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pyoxigraph import Quad

from homegraph.graph.ckan_pages import ROWS
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import VOCABULARY, Names
from homegraph.graph.raw import RawFile
from homegraph.graph.row import unreadable_file
from homegraph.loaders.dataset_catalogue import ckan, data_json, dcat, inventory, kinds, oai
from homegraph.loaders.dataset_catalogue.describe import describe, say_organisation
from homegraph.loaders.dataset_catalogue.entry import Notes, Origin
from homegraph.loaders.dataset_catalogue.fetching import fetch, pages
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.statements import Statements

NESTED = "No catalogue is: tell the publisher."
KNOWN = f"Known are {ckan.KINDS}, {kinds.KINDS}, {inventory.KINDS}."
__all__ = ["ROWS", "fetch", "load", "pages"]


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The quads of all catalogues given, datasets in the order of their names."""
    notes = Notes(reading)
    harvest = Harvest(reading, notes, ours=(names.base, VOCABULARY))
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
    harvest.origin = origin_of(file)
    try:
        is_known = read_content(content, file, harvest)
    except RecursionError:
        raise SourceRejected([Finding("it is nested without end", NESTED, file.name)]) from None
    if not is_known:
        raise SourceRejected([Finding("the file is of no known kind", KNOWN, file.name)])


def read_content(content: bytes, file: RawFile, harvest: Harvest) -> bool:
    """Read what a file holds; False when it is of no known kind."""
    kind = kinds.kind_of(content)
    if kind in kinds.SYNTAXES:
        try:
            return dcat.read(content, kind, file.name, file.address, harvest)
        except SourceRejected as error:
            # What looks like Turtle may be something else that begins in the same way.
            each = [replace(one, remedy=f"{one.remedy} {KNOWN}") for one in error.findings]
            raise SourceRejected(each) from None
    if kind == kinds.OAI:
        return oai.read(content, file.name, file.address, harvest)
    if kind == kinds.DATA_JSON:
        return data_json.read(content, file.name, harvest)
    text = decoded(content, file.name, harvest)
    if text.lstrip()[:2].startswith(("{", "[", "//")):
        return ckan.read(text, file.name, harvest)
    return inventory.read(text, file.name, harvest)


def origin_of(file: RawFile) -> Origin | None:
    """The catalogue that a file was fetched from: until it names itself, by its address."""
    if not file.address:
        return None
    return Origin(re.sub(r"/api(/[0-9])?/action/.*|\?.*", "", file.address), file.address)


def decoded(content: bytes, file: str, harvest: Harvest) -> str:
    """The file's text; old inventories are Windows-1252, which is noted.

    Raises SourceRejected for what is not text at all, such as a workbook.
    """
    if not content.strip() or b"\0" in content:
        problem = "the file is empty" if not content.strip() else "the file is not text"
        raise SourceRejected([Finding(problem, f"Give it as text. {KNOWN}", file)])
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
