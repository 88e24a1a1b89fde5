"""Pages of datasets to download: what there is, how it looks, and how to get it."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from flask import render_template
from pyoxigraph import NamedNode

from homegraph.endpoint import schema_org
from homegraph.endpoint.display import labels, shown
from homegraph.endpoint.files import folder_of
from homegraph.endpoint.world import World
from homegraph.graph.cubes.datasets import FORMS
from homegraph.graph.cubes.distributions import CSV, METADATA, PARQUET
from homegraph.graph.cubes.periods import in_words
from homegraph.graph.cubes.versions import DISTRIBUTIONS, Version

PREVIEW = 10  # rows
Links = Sequence[tuple[str, str, str]]


def list_page(world: World, current: Sequence[Version], links: Links) -> str:
    """All datasets, each in its current version."""
    rows = [(version, described(world, version).get("dc:description", "")) for version in current]
    return render_template("datasets.html", datasets=rows, alternates=links, covered=covered)


def versions_page(
    world: World, version: Version, some: Sequence[Version], edition: str, links: Links
) -> str:
    """The versions of an edition, newest first; or the editions, each in its newest version."""
    return render_template(
        "dataset_versions.html",
        version=version,
        versions=some,
        edition=edition,
        alternates=links,
        covered=covered,
        digest=digest,
    )


def page(world: World, version: Version, path: str, others: Sequence[Version], links: Links) -> str:
    """A version: what it is, its first rows, its files, and commands to get them."""
    said = described(world, version)
    schema = said.get("tables", [said])[0]["tableSchema"]  # a second table has the files
    columns = [one for one in schema["columns"] if not one.get("virtual")]
    header, rows = first_rows(world, version)
    plain = [at for at, name in enumerate(header) if not name.endswith("_digest")]
    numbers = {one["name"] for one in columns if one["datatype"] in {"integer", "decimal"}}
    lent = [NamedNode(said[key]["@id"]) for key in ("dc:publisher", "dc:license") if key in said]
    known, node = labels(world, lent), world.names.data(version.dataset)
    return render_template(
        "dataset.html",
        version=version,
        path=path,
        said=said,
        lent=[shown(world, name, known) for name in lent],
        columns=columns,
        header=[(header[at], header[at] in numbers) for at in plain],
        rows=[[(row[at], header[at] in numbers) for at in plain] for row in rows],
        commands=commands(world, version, path, schema["primaryKey"]),
        covered=covered(version),
        others=others,
        links=links,
        digest=digest,
        anchors={f"{version.dataset}{form.suffix}": form.key for form in FORMS},
        structured="" if path != f"datasets/{version.dataset}" else schema_org.block(world, node),
    )


def described(world: World, version: Version) -> dict[str, Any]:
    """The CSVW metadata of a version."""
    path = file_of(world, version, METADATA)
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def file_of(world: World, version: Version, suffix: str) -> Path:
    """A file of a version."""
    return folder_of(world, DISTRIBUTIONS).parent / version.folder / f"{version.dataset}{suffix}"


def first_rows(world: World, version: Version) -> tuple[list[str], list[list[str]]]:
    """The header of the CSV, and its first rows."""
    with file_of(world, version, CSV).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        return next(reader), list(islice(reader, PREVIEW))


def covered(version: Version) -> str:
    """The time covered, in words."""
    if version.period is None:
        return ""
    first, last = (in_words([end]) if len(end) == len("2024-01") else end for end in version.period)
    return first if first == last else f"{first} to {last}"


def digest(version: Version, suffix: str) -> str:
    """The SHA-256 of a file of a version."""
    return str(version.files.get(f"{version.dataset}{suffix}", {}).get("sha256", ""))


def commands(
    world: World, version: Version, path: str, codes: Sequence[str]
) -> list[tuple[str, str]]:
    """How to read it with the usual tools; the codes stay text even where they are digits."""
    stem = world.address(path)
    if path != f"datasets/{version.dataset}":  # of an edition or version the file itself
        stem = f"{world.names.published(*version.key).value}/{version.dataset}"
    table, columns = stem + CSV, stem + PARQUET
    kept = ", ".join(f'"{column}": str' for column in codes)
    sum_ = f"{digest(version, CSV)}  {version.dataset}{CSV}"
    return [
        ("pandas", f'import pandas\n\npandas.read_csv("{table}", dtype={{{kept}}})'),
        ("DuckDB", f"SELECT * FROM read_parquet('{columns}') LIMIT 10;"),
        ("curl", f"curl --location --remote-name {table}\necho '{sum_}' | sha256sum --check"),
    ]
