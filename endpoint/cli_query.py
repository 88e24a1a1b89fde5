"""The command `homegraph query`: one question to the current release."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from homegraph.endpoint.apart import go_on_apart
from homegraph.endpoint.ask import Question, handed_over, whole
from homegraph.endpoint.cli_home import of_home
from homegraph.endpoint.formats import GRAPHS, TABLES, Format, called
from homegraph.endpoint.serving.settings import Settings
from homegraph.graph import release

FORMATS = click.Choice([form.suffix for form in [*TABLES, *GRAPHS]])


@click.command()
@of_home()
@click.option("--format", "word", type=FORMATS, help="csv, or ttl for statements, if left out.")
@click.option("--columns/--no-columns", default=True, help="Count in columns, where there are any.")
@click.option("--explain", "explaining", is_flag=True, help="Tell how it is answered, as JSON.")
@click.argument("sparql", metavar="SPARQL|@FILE")
def query(folder: Path, word: str | None, columns: bool, explaining: bool, sparql: str) -> None:
    """Ask the current release a question in SPARQL; @file reads it from a file."""
    if sparql.startswith("@"):
        try:
            sparql = Path(sparql[1:]).read_text("utf-8")
        except OSError as error:
            raise click.UsageError(f"{sparql[1:]}: {error.strerror}") from error
    # Here, because only who asks opens a release.
    from homegraph.endpoint.columns.explaining import explain
    from homegraph.endpoint.world import World

    question = Question(sparql)
    offered: Sequence[Format] = GRAPHS if question.gives_a_graph else TABLES
    form = called(word or ("ttl" if question.gives_a_graph else "csv"), offered)
    go_on_apart()
    servers = Settings.of(folder).servers
    world = World.of_release(release.current(folder), servers=servers, by_columns=columns)
    if explaining:
        click.echo(json.dumps(explain(world, question), indent=1, ensure_ascii=False))
        return
    handed = handed_over(question, world.columns)
    click.echo(whole(world.store, question, form, servers, handed), nl=False)
