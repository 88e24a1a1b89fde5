"""Croissant 1.0: how programs that learn from tables read one of our cubes (mlcommons.org).

schema.org's description of the dataset, with the file of its current version and each column of
the table. The columns are those of the CSVW metadata, so that both say the same.
"""

from __future__ import annotations

import json
import re
from typing import Any

from flask import Blueprint, Response

from homegraph.endpoint.datasets.facts import cited, described
from homegraph.endpoint.formats import Format
from homegraph.endpoint.harvest import schema_org
from homegraph.endpoint.reply import by_content
from homegraph.endpoint.world import World
from homegraph.graph.cubes.versions import Version
from homegraph.graph.entry import File
from homegraph.graph.errors import NotFound
from homegraph.graph.plain import Reader
from homegraph.graph.record import Records

Json = dict[str, Any]

SUFFIX = "croissant.json"
PROFILE = "http://mlcommons.org/croissant/1.0"
CROISSANT = Format("Croissant", "application/ld+json", (SUFFIX,), None)
CONTENT_TYPE = f'application/ld+json; profile="{PROFILE}"'
WORDS = (
    *("citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format"),
    *("includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet"),
    *("references", "regex", "repeated", "replace", "separator", "source", "subField", "transform"),
    *("equivalentProperty", "samplingRate"),  # which mlcroissant misses otherwise
)
# The context as the specification has it (Croissant 1.0, appendix 1); readers compare it.
CONTEXT: Json = {
    "@language": "en",
    "@vocab": schema_org.SCHEMA_ORG,
    **{word: f"cr:{word}" for word in WORDS},
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "sc": schema_org.SCHEMA_ORG,
}
# What a column holds, from the datatypes of CSVW.
TYPES = {
    "integer": "sc:Integer",
    "decimal": "sc:Float",
    "double": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "anyURI": "sc:URL",
}
TABLE, ROWS = "table", "rows"


def doors(world: World) -> Blueprint:
    """The route."""
    routes = Blueprint("croissant", __name__)

    @routes.get(f"/datasets/<name>.{SUFFIX}")
    def croissant(name: str) -> Response:
        version = world.current_versions.get(name)
        if version is None:
            raise NotFound(f"there is no dataset {name!r} to download")
        text = json.dumps(document(world, version), ensure_ascii=False, indent=1) + "\n"
        change = world.changes.of(world.names.data(name))
        return by_content(CROISSANT, text, change.at if change else None, CONTENT_TYPE)

    return routes


def document(world: World, version: Version) -> Json:
    """The description of a cube's current version; raises NotFound when it has no CSV."""
    node = world.names.data(version.dataset)
    entry = Reader(Records(world.store)).entry(node)
    table = next((file for file in entry.files if file.format == "CSV" and file.download), None)
    if table is None:
        raise NotFound(f"dataset {version.dataset} has no table in CSV")
    said = schema_org.described(world, entry)
    for name in ("@context", "distribution", "includedInDataCatalog"):
        said.pop(name, None)
    number = re.sub(r"[^0-9.]", "", entry.version) or "1"
    return {
        "@context": CONTEXT,
        **said,
        "@type": "sc:Dataset",
        "conformsTo": PROFILE,
        "name": version.dataset,
        "alternateName": entry.title,
        "version": number + ".0" * (2 - number.count(".")),
        "citeAs": cited(world, entry, version).text,
        "isLiveDataset": True,
        "distribution": [file_object(table)],
        "recordSet": [record_set(world, version)],
    }


def file_object(file: File) -> Json:
    """The table."""
    said = {
        "@type": "cr:FileObject",
        "@id": TABLE,
        "name": TABLE,
        "description": file.description,
        "contentUrl": file.download,
        "contentSize": f"{file.size} B" if file.size is not None else "",
        "encodingFormat": file.media_type,
        "sha256": file.digest.lower() if file.algorithm == "sha256" else "",
    }
    return {name: value for name, value in said.items() if value}


def record_set(world: World, version: Version) -> Json:
    """The rows of the table, with what each column is."""
    said = described(world, version)
    schema = said.get("tables", [said])[0]["tableSchema"]  # a second table has the files
    columns = [one for one in schema["columns"] if not one.get("virtual")]
    return {
        "@type": "cr:RecordSet",
        "@id": ROWS,
        "name": ROWS,
        "description": "One row for each figure.",
        "key": [{"@id": f"{ROWS}/{name}"} for name in schema["primaryKey"]],
        "field": [field(one) for one in columns],
    }


def field(column: Json) -> Json:
    """One column."""
    name = column["name"]
    return {
        "@type": "cr:Field",
        "@id": f"{ROWS}/{name}",
        "name": name,
        "description": column.get("dc:description", name),
        "dataType": TYPES.get(column.get("datatype", "string"), "sc:Text"),
        "source": {"fileObject": {"@id": TABLE}, "extract": {"column": name}},
    }
