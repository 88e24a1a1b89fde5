"""How a dataset is got: its files, its description, a query, CKAN's API, each with commands.

Every command is whole: it can be copied into a shell or a program as it is. Addresses are those of
the deployment, never of the request.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from pyoxigraph import NamedNode

from homegraph.endpoint.display import link
from homegraph.endpoint.harvest.ckan_packages import slug
from homegraph.endpoint.snippets import CSV as TABLE
from homegraph.endpoint.snippets import SAFE, TRIPLES, Call, curl
from homegraph.endpoint.world import World
from homegraph.graph.cubes.forms import CSV, NQUADS, PARQUET
from homegraph.graph.cubes.versions import Version
from homegraph.graph.entry import Entry, File


@dataclass(frozen=True)
class Command:
    """A command or a short program, and what it runs in."""

    tool: str
    text: str


@dataclass(frozen=True)
class Way:
    """One way to get a dataset: what it gives, where, and commands that get it."""

    name: str
    says: str
    href: str
    size: int | None = None
    commands: Sequence[Command] = field(default_factory=tuple)


def of_version(world: World, version: Version, stem: str, codes: Sequence[str]) -> list[Way]:
    """The files of a version; the codes stay text in pandas even where they are digits.

    The addresses are `stem` with the suffix of each form.
    """
    name, kept = version.dataset, ", ".join(f'"{column}": str' for column in codes)
    table, columns, quads = stem + CSV, stem + PARQUET, stem + NQUADS
    found = [
        Way(
            "CSV",
            "One row for each figure, with codes and labels. Opens in any spreadsheet.",
            table,
            size(version, CSV),
            [
                Command("curl", f"{fetched(table)}\n{checked(version, CSV)}"),
                Command("pandas", f'import pandas\n\npandas.read_csv("{table}", dtype={{{kept}}})'),
            ],
        ),
        Way(
            "Parquet",
            "The same table, small and quick to read, with the types of its columns.",
            columns,
            size(version, PARQUET),
            [
                Command(
                    "DuckDB",
                    f"{fetched(columns)}\n"
                    f"duckdb -c \"SELECT * FROM read_parquet('{name}{PARQUET}') LIMIT 10\"",
                ),
            ],
        ),
        Way(
            "RDF, as N-Quads",
            "Every figure as linked data, with the structure of the table.",
            quads,
            size(version, NQUADS),
            [Command("curl", f"{fetched(quads)}\ngunzip --keep --force {name}{NQUADS}")],
        ),
    ]
    return [way for way in found if way.size is not None]


def size(version: Version, suffix: str) -> int | None:
    """The size of a file of a version, if it has it."""
    file = version.files.get(f"{version.dataset}{suffix}")
    return int(file["size"]) if file else None


def fetched(address: str) -> str:
    """The command that saves a file under its own name."""
    return f"curl --fail --location --remote-name {shlex.quote(address)}"


def checked(version: Version, suffix: str) -> str:
    """The command that says whether a file came whole."""
    name = f"{version.dataset}{suffix}"
    return f"echo '{version.files[name]['sha256']}  {name}' | sha256sum --check"


def of_files(entry: Entry, name: str) -> list[Way]:
    """The files of any dataset, ours or not, as far as they have an address."""
    return [of_file(file, name) for file in entry.files if link(file.address)]


def of_file(file: File, name: str) -> Way:
    """One file; of what only has a page that tells more, there is no command."""
    form = file.format or file.media_type
    title = file.title or form or "File"
    words = [file.description, "" if file.download else "The publisher's page leads to the file."]
    heading = f"{title} ({form})" if form and form not in title else title
    says = " ".join(one for one in words if one)
    if not link(file.download):
        return Way(heading, says, file.address, file.size)
    end = file.download.rpartition("/")[2]
    if re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.[A-Za-z0-9]+", end):
        command = fetched(file.download)
    else:  # nothing that curl could call the file
        kind = "".join(re.findall("[a-z0-9]+", form.lower())) or "file"
        where = shlex.quote(file.download)
        command = f"curl --fail --location --output {name}.{kind} {where}"
    return Way(heading, says, file.download, file.size, [Command("curl", command)])


def services(world: World, dataset: NamedNode, query: str, about: str) -> list[Way]:
    """The ways that every dataset of the catalogue has: a query, CKAN's API, its description.

    `about` is the path of its description.
    """
    name = slug(dataset.value, world.address("data/"))
    shown = world.address("api/3/action/package_show?" + urlencode({"id": name}))
    address = quote(world.address("sparql"), safe=SAFE)
    is_table = query.startswith("SELECT")
    asks = "What you ask for, as CSV." if is_table else "What is known of it."
    call = Call(address, query.rstrip(), TABLE if is_table else TRIPLES, [], long=False)
    plain = f"curl --fail --header 'Accept: text/turtle' {shlex.quote(world.address(about))}"
    return [
        Way(
            "SPARQL",
            asks,
            world.address("sparql?" + urlencode({"query": query})),
            commands=[Command("curl", curl(call).text.rstrip("\n"))],
        ),
        Way(
            "API, as CKAN has it",
            "The description as JSON, for programs that read CKAN catalogues.",
            shown,
            commands=[Command("curl", f"curl --fail {shlex.quote(shown)}")],
        ),
        Way(
            "Its description, as Turtle",
            "The same description as DCAT; other formats by the Accept header.",
            world.address(about),
            commands=[Command("curl", plain)],
        ),
    ]
