"""The command `homegraph link`: somebody's own table, with the URIs of what its columns name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

import click

from homegraph.endpoint.cli_home import of_home

FILE = click.Path(path_type=Path)


@click.command()
@click.argument("where", metavar="FILE|ADDRESS")
@of_home("Folder whose current release is linked to.")
@click.option("--column", "columns", multiple=True, metavar="NAME=KIND[,KIND]", help="Link this.")
@click.option(
    "--with",
    "context",
    multiple=True,
    metavar="[NAME:]WHAT=COLUMN",
    help="A column that says which is meant; WHAT is parent, code or period.",
)
@click.option("--out", type=FILE, help="The table with links [FILE-linked, beside it].")
@click.option("--review", type=FILE, help="What nobody is sure of [OUT-review.csv].")
@click.option("--links", type=FILE, help="The links as Turtle [OUT-links.ttl].")
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    metavar="[NAME:]COLUMN",
    help="The column with your own URI of what NAME names; the links are said of it.",
)
@click.option(
    "--base", default="", help="Address under which values get URIs, so that links are of them."
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Match from this probability on, not where it is safe.",
)
@click.option("--corrections", type=FILE, help="A review file that is filled in; it is remembered.")
@click.option("--by", default="", help="Who decided, if they wish to be named.")
@click.option("--sheet", help="Of a workbook that has several.")
@click.option("--header", type=click.IntRange(1), help="Row of the headings, if not found out.")
@click.option("--query", help="SPARQL for an endpoint, or @FILE.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_obj
def link(stderr: TextIO, /, as_json: bool, **options: Any) -> None:
    """Link columns of a table to things of the current release; no server is needed.

    FILE is CSV, TSV, ODS or XLSX; ADDRESS one of these on the web, a CKAN, or with --query a SPARQL
    endpoint. Without --column it proposes what to link, and ends with exit code 2.

    \b
    homegraph link spend.csv
    homegraph link stops.csv --column "Force Name=police-force"
    homegraph link areas.xlsx --column "LSOA name=lsoa" --with "parent=Local authority"
    homegraph link areas.csv --column "Area=district,csp" --column "Force=police-force" \\
        --with "Area:code=ONS code" --base https://data.example.gov.uk/

    The table is written again with four columns more for each: URI, label, score and status, which
    is matched, corrected, review or none. A URI is given only where it is sure what is meant; where
    the status is review, label and score are those of the likeliest.

    What is not sure stands in the review file, once for each value. Write 1, 2 or 3 there under
    decision, or a URI, or none, and run the same with --corrections REVIEW: what you decided is
    remembered in the home's corrections.csv, wins from then on, and is part of the next release.

    Links are written as Turtle if there is something to say them of: your own URIs (--subject), or
    the values of the column, which get URIs under --base.

    A run that was ended goes on where it was when the same is run again.
    """
    # Here, because matching and spreadsheets take a while to import.
    from homegraph.endpoint.linking import Said, done

    for line in done(Said(**options), stderr, as_json):
        click.echo(line)
