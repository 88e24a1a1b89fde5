"""Reads departments' inventories: CSV whose header may stand below title rows.

Two layouts are known. `inventory` (transport, health): one row a dataset, the heading
"Vocabularies and Codes" up to four times. `spreadsheet` (Cabinet Office, 2009): title rows
above the header, headings that span columns, a row of guidance below, and one row for each
file of a dataset, so rows that differ only in the file are one dataset.
"""

from __future__ import annotations

import csv
import io
import re

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place
from homegraph.graph.row import Row, ragged
from homegraph.loaders.dataset_catalogue.entry import Entry, Publisher, Resource, Said
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.values import addresses, of_a_team, true

KINDS = (
    "inventory CSV (name, title, unpublished, organization_name, Licence …), "
    "Cabinet Office spreadsheet CSV (Package name, Title, Notes, Department, Licence …)"
)
INVENTORY = {"name", "title", "unpublished", "organization_name", "Licence"}
SPREADSHEET = {"Package name", "Title", "Notes", "Department", "Licence"}
INVENTORY_IGNORED = {
    "title": "always empty, or a short name of the file; name is the title",
    "Vocabularies and Codes": "free text that names no address",
    "Legislation": "always empty",
    "File structure": "names of files, without an address",
    "known-as": "a short name of the file",
}
SPREADSHEET_IGNORED = (
    "CO Reference",
    "CO Identifier",
    "Geographical Granularity",
    "Temporal Granularity",
    "Precision",
    "National Statistic",
    "Taxonomy URL",
    "Maintainer",  # blank unless it is not the author
)
COUNTRIES = ("England", "N. Ireland", "Scotland", "Wales")  # then Overseas and Global
TITLE = "Ask the publisher for a title; a dataset cannot be listed without one."
DEEPEST_HEADER = 20


def read(text: str, file: str, harvest: Harvest) -> bool:
    """Read a CSV file into the harvest; False when it has none of the known headers.

    Raises SourceRejected for text that is not CSV, or a column that nobody reads.
    """
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise SourceRejected([Finding(str(error), "Save the file as CSV again.", file)]) from error
    for number, cells in enumerate(table[:DEEPEST_HEADER]):
        present = {tidy(cell) for cell in cells}
        spread = present >= SPREADSHEET
        if not spread and not present >= INVENTORY:
            continue
        header = columns(cells)
        harvest.columns(file, header)
        check(header, SPREADSHEET_KNOWN if spread else INVENTORY_KNOWN, file, number + 1)
        for below, values in enumerate(table[number + 1 :], start=number + 2):
            if not any(map(str.strip, values)) or (
                spread and values[0].startswith("Unique identifier")
            ):
                continue
            if len(values) != len(header):
                harvest.reading.records += 1
                harvest.reading.refused += 1
                harvest.reading.add(ragged(file, below, len(values), len(header)))
                continue
            record = dict(zip(header, values, strict=True))
            (read_spreadsheet if spread else read_inventory)(record, Place(file, below), harvest)
        return True
    return False


def tidy(heading: str) -> str:
    """A heading with single blanks."""
    return " ".join(heading.split())


def columns(cells: list[str]) -> list[str]:
    """Headings made unique: a blank one belongs to the heading before it.

    >>> columns(["Author", "", "Codes", "Codes"])
    ['Author', 'Author (2)', 'Codes', 'Codes (2)']
    """
    found: list[str] = []
    last = "column"
    counts: dict[str, int] = {}
    for cell in cells:
        last = tidy(cell) or last
        counts[last] = counts.get(last, 0) + 1
        found.append(last if counts[last] == 1 else f"{last} ({counts[last]})")
    return found


INVENTORY_KNOWN = {
    *INVENTORY,
    *INVENTORY_IGNORED,
    "Standard",
    "Non-compliance",
    "URL",
    "publisher",
    "resource URL",
    "Description",
}
SPREADSHEET_KNOWN = {
    *SPREADSHEET,
    *SPREADSHEET_IGNORED,
    "Date released",
    "Date updated",
    "Update frequency",
    "Geographic coverage",
    "Temporal Coverage",
    "File format",
    "Download file format",
    "Download Description",
    "Categories",
    "URL",
    "Download URL",
    "Agency responsible",
    "Contact",
    "Author",
    "Tags",
}


def check(header: list[str], known: set[str], file: str, row: int) -> None:
    """Raise SourceRejected for columns that nobody reads."""
    strange = [one for one in header if re.sub(r" \(\d+\)$", "", one) not in known]
    if strange:
        remedy = "Take the column away; or have the loader taught to read it or to ignore it."
        raise SourceRejected(
            [
                Finding("nobody reads this column", remedy, file, row, one, rule="column-known")
                for one in strange
            ]
        )


def read_inventory(record: dict[str, str], place: Place, harvest: Harvest) -> None:
    """One row of a department's inventory; `name` is the title, unique with its owner."""
    entry = None
    written = harvest.reading.written
    with Row(record, harvest.reading, file=place.file, number=place.row) as row:
        title = row.take("name", tidy, TITLE)
        owner = row.maybe("organization_name", tidy) or ""
        slug = (row.maybe("publisher", str) or "").rsplit("/", 1)[-1]
        key = (owner, title) if owner else (title,)
        entry = Entry(place, key, title, identifier="/".join(key))
        entry.publisher = slug or owner
        entry.published = not true(row.maybe("unpublished", str) or "")
        remark = row.maybe("Non-compliance", str) or ""
        entry.description = (row.maybe("Description", str) or "") or (
            f"{title}\n\n{remark}" if remark else ""
        )
        entry.licences = said("Licence", row.maybe("Licence", str))
        entry.landing = [Said("URL", one) for one in addresses(row.maybe("URL", str) or "")]
        standard = row.maybe("Standard", str)
        entry.standards = [standard] if standard else []
        if link := row.maybe("resource URL", str):
            entry.resources = [Resource("resource URL", link)]
        row.ignore(*record)
    if entry is None or harvest.reading.written == written:
        return
    if entry.publisher:
        harvest.publisher(Publisher(entry.publisher, owner))
    harvest.take(entry)


def read_spreadsheet(record: dict[str, str], place: Place, harvest: Harvest) -> None:
    """One row of the Cabinet Office spreadsheet: one file of a dataset."""
    entry = None
    written = harvest.reading.written
    with Row(record, harvest.reading, file=place.file, number=place.row) as row:
        title = row.take("Title", str, TITLE)
        name = row.take("Package name", str, "Give the dataset its name in the catalogue.")
        entry = Entry(place, (name,), title, identifier=name)
        entry.description = row.maybe("Notes", str) or ""
        entry.publisher = row.maybe("Agency responsible", tidy) or ""
        entry.publisher = entry.publisher or row.maybe("Department", tidy) or ""
        entry.issued = said("Date released", row.maybe("Date released", str))
        entry.modified = said("Date updated", row.maybe("Date updated", str))
        entry.frequency = said("Update frequency", row.maybe("Update frequency", str))
        entry.start = said("Temporal Coverage", row.maybe("Temporal Coverage", str))
        entry.end = said("Temporal Coverage (2)", row.maybe("Temporal Coverage (2)", str))
        entry.themes = said("Categories", row.maybe("Categories", str))
        entry.licences = said("Licence", row.maybe("Licence", str))
        entry.keywords = (row.maybe("Tags", str) or "").split()
        entry.landing = [Said("URL", one) for one in addresses(row.maybe("URL", str) or "")]
        cells = [record.get(column, "") for column in coverage()]
        entry.places = [
            Said("Geographic coverage", country)
            for country, cell in zip(COUNTRIES, cells, strict=False)
            if cell.strip() and cell.strip().casefold() != "no"
        ]
        contact(entry, record)
        entry.resources = list(files(record))
        row.ignore(*record)
    if entry is None or harvest.reading.written == written:
        return
    if entry.publisher:
        harvest.publisher(Publisher(entry.publisher, entry.publisher))
    harvest.take(entry)


def coverage() -> list[str]:
    """The columns under the heading of the countries."""
    return ["Geographic coverage", *(f"Geographic coverage ({n})" for n in range(2, 5))]


def said(column: str, text: str | None) -> list[Said]:
    """A text with its column, or nothing."""
    return [Said(column, text)] if text else []


def contact(entry: Entry, record: dict[str, str]) -> None:
    """The contact for the public; the guidance of the sheet forbids individuals."""
    for who in ("Contact", "Author"):
        name, email = record.get(who, "").strip(), record.get(f"{who} (2)", "").strip()
        entry.contact += said(f"{who} (2)", email)
        entry.contact_name = entry.contact_name or (name if of_a_team(name) else "")


def files(record: dict[str, str]) -> list[Resource]:
    """The files of one row: a cell may hold several addresses."""
    text = record.get("Download URL", "").strip()
    kind = record.get("File format", "") or record.get("Download file format", "")
    title = record.get("Download Description", "").strip()
    links = addresses(text) or ([text] if text else [])
    return [Resource("Download URL", link, title=title, format=kind.strip()) for link in links]
