"""The command `homegraph fetch`: other departments' catalogues, whole, into a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homegraph.endpoint.cli_home import of_home

if TYPE_CHECKING:
    from homegraph.graph.fetch import Fetched

SOURCE = "dataset_catalogue"
KINDS = ("ckan", "dcat", "data.json", "oai-pmh")


@click.command()
@of_home("Where what was fetched before is kept, so that what has not changed is not sent.")
@click.option("--kind", type=click.Choice(KINDS), help="Found out from the answers if left out.")
@click.option(
    "--into",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder for the answers; those of the last fetch in it are replaced.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.argument("address")
def fetch(folder: Path, kind: str | None, target: Path, as_json: bool, address: str) -> None:
    """Fetch the catalogue at ADDRESS: a CKAN, DCAT in pages, data.json, or OAI-PMH.

    All of it comes, or nothing is changed. The folder is then a source of a build, in which each
    record says where it is from: homegraph build dataset_catalogue=FOLDER. A build takes the
    address itself too, and so does homegraph.toml; a kind is said there as dcat+https://...
    """
    # Here, because readers of sources and what speaks with the web take a while to import.
    from homegraph import loaders
    from homegraph.graph.fetch import into_folder
    from homegraph.graph.web import Web

    web = Web(folder / "raw" / "web")
    pages = loaders.by_name(SOURCE).pages(address, web, kind or "")
    done = into_folder(pages, address, kind or "", target)
    click.echo(json.dumps(done.as_dict()) if as_json else in_words(done, address))


def in_words(done: Fetched, address: str) -> str:
    """What a fetch brought, for people."""
    pages = f"{done.pages:,} {'page' if done.pages == 1 else 'pages'}"
    records = f" with {done.records:,} records" if done.records else ""
    said = f"Fetched {pages}{records} from {address} into {done.folder} ({done.bytes:,} bytes)"
    if done.unchanged:
        said += f"\n  {done.unchanged:,} had not changed since the last fetch, and were not sent"
    if done.same:
        said += "\n  The folder had all of it already, and is as it was"
    return said + f"\n  Next: homegraph build --add {SOURCE}={done.folder}"
