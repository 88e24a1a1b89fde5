"""Reads CKAN answers and the JSON-lines records that data.gov.uk was filled with.

Answers saved by a browser start with `//` lines, which are skipped.
"""

from __future__ import annotations

import json
from typing import Any

from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Place
from homegraph.loaders.dataset_catalogue.harvest import Harvest
from homegraph.loaders.dataset_catalogue.package import (
    Json,
    read_dataset,
    read_organisation,
    read_patch,
)

KINDS = (
    "CKAN package_show, package_search, organization_show or organization_list (JSON), "
    "dataset, patch or organisation records (JSON lines)"
)
ANSWERS = "Ask CKAN again, or correct the file at that line."


def read(text: str, file: str, harvest: Harvest) -> bool:
    """Read a JSON or JSON-lines file into the harvest; False when it is of no known kind.

    Raises SourceRejected, with the line, for text that is not JSON.
    """
    body = without_comments(text, file, harvest)
    try:
        answer = json.loads(body)
    except (RecursionError, ValueError) as error:
        if not isinstance(error, json.JSONDecodeError):
            raise SourceRejected([Finding("the text is not JSON", ANSWERS, file)]) from error
        if error.msg == "Extra data" and body.lstrip().startswith("{"):
            return read_lines(body, file, harvest)
        raise SourceRejected(
            [Finding(f"the text is not JSON: {error.msg}", ANSWERS, file, error.lineno)]
        ) from None
    if not isinstance(answer, dict):
        return False
    if answer.get("success") is False:
        said = json.dumps(answer.get("error"))
        raise SourceRejected([Finding("CKAN answered with an error", ANSWERS, file, 1, None, said)])
    if "result" not in answer:
        return read_record(answer, Place(file, 1), harvest)
    return read_result(answer["result"], file, harvest)


def without_comments(text: str, file: str, harvest: Harvest) -> str:
    """Blank out leading `//` lines, so that the numbers of lines stay right."""
    lines = text.split("\n")
    count = 0
    while count < len(lines) and (not lines[count].strip() or lines[count].startswith("//")):
        count += 1
    if any(line.startswith("//") for line in lines[:count]):
        harvest.notes.warn(
            Place(file, 1),
            "the file starts with // lines, which JSON does not have",
            "They were skipped; save the answer without them.",
        )
        return "\n" * count + "\n".join(lines[count:])
    return text


def read_lines(body: str, file: str, harvest: Harvest) -> bool:
    """Read one record from each line; a line that is not JSON or of no known kind is an error."""
    reading = harvest.reading
    known = False
    for number, line in enumerate(body.split("\n"), start=1):
        if not line.strip():
            continue
        place = Place(file, number)
        try:
            record = json.loads(line)
            problem = "the line is a record of no known kind"
        except (RecursionError, ValueError) as error:
            record, problem = None, f"the line is not JSON: {error}"
        if isinstance(record, dict) and read_record(record, place, harvest):
            known = True
            continue
        if not known and record is not None:
            return False
        reading.records += 1
        reading.refused += 1
        reading.add(Finding(problem, f"Known are {KINDS}.", file, number))
    return True


def read_result(result: Any, file: str, harvest: Harvest) -> bool:
    """Read what CKAN's API wraps as `result`; False when it is of no known kind."""
    if isinstance(result, list) and all(isinstance(one, str) for one in result):
        harvest.listed += [(Place(file, number), name) for number, name in enumerate(result, 1)]
        return True
    if not isinstance(result, dict):
        return False
    found = result.get("results")
    if isinstance(found, list):
        return read_records(found, file, harvest)
    return read_record(result, Place(file, 1), harvest)


def read_records(found: list[Any], file: str, harvest: Harvest) -> bool:
    """Read the records of a page; one of no known kind is an error, False when all are."""
    strange: list[int] = []
    for number, record in enumerate(found, start=1):
        if not isinstance(record, dict) or not read_record(record, Place(file, number), harvest):
            strange.append(number)
    if found and len(strange) == len(found):
        return False
    for number in strange:
        harvest.reading.records += 1
        harvest.reading.refused += 1
        problem = "the result is a record of no known kind"
        harvest.reading.add(Finding(problem, f"Known are {KINDS}.", file, number))
    return True


def read_record(record: Json, place: Place, harvest: Harvest) -> bool:
    """Read one record of whichever kind its keys say; False when they say none."""
    if record.get("is_organization") or record.get("type") == "organization":
        read_organisation(record, place, harvest)
    elif record.keys() & {"notes", "resources"} or {"title", "owner_org"} <= record.keys():
        read_dataset(record, place, harvest)
    elif {"name", "title"} <= record.keys() and record.keys() & {"category", "parent"}:
        read_organisation(record, place, harvest)
    elif "id" in record and isinstance(record.get("organization"), str):
        harvest.reading.records += 1
        harvest.reading.written += 1
        harvest.references.append((place, str(record["id"])))
    elif "id" in record and record.keys() & {"schema", "core-dataset", "sla", "owner_org"}:
        read_patch(record, place, harvest)
    else:
        return False
    return True
