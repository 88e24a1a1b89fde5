"""The command `homegraph`: one verb, one function, whose docstring is its help.

What reads sources and builds takes half a second to import, and so does what serves. Each command
imports what it needs: processes of a server import this module as well, each of them.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from homegraph.endpoint import cli_fetch, cli_link, cli_query, cli_reach
from homegraph.endpoint.cli_home import of_home
from homegraph.endpoint.serving.options import given, serving_options
from homegraph.endpoint.serving.settings import Settings, insist
from homegraph.graph import difference, release
from homegraph.graph.cubes.versions import served
from homegraph.graph.errors import HomegraphError
from homegraph.graph.iri import DEMO_BASE, Names
from homegraph.graph.raw import RawFile

HOME = of_home()
FOLLOWED = "Servers of this home go on to it by themselves."
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="homegraph")
def cli() -> None:
    """Turn a department's open data into checked releases, and serve them as linked data."""


@cli.command()
@click.option("--home", "folder", type=click.Path(path_type=Path), default=Path("homegraph-demo"))
@click.option("--serve/--no-serve", "serving", default=True, help="Serve after building.")
@serving_options
def demo(folder: Path, serving: bool, **options: Any) -> None:
    """Build the examples that homegraph ships, and serve them."""
    from homegraph import loaders
    from homegraph.endpoint.building import build_release
    from homegraph.endpoint.serving.serve import insist_on_port, serve
    from homegraph.endpoint.serving.source import Source
    from homegraph.graph.home import Home

    said = given(options)
    settings = Settings.of(folder, {**said, "log": said["log"] or "none"})
    if serving:
        insist(settings)
        insist_on_port(settings.host, settings.port)
    names = Names(f"http://localhost:{settings.port}/")
    jobs = {loader.name: [str(loader.example(folder / "examples"))] for loader in loaders.find()}
    built = build_release(Home(folder), names, jobs, sys.stderr, publishing=True)
    click.echo(f"Released {built.name}: {built.manifest['triples']:,} triples in {folder}")
    if serving:
        base = names.base
        click.echo(f"Home page         {base}")
        click.echo(f"SPARQL            {base}sparql")
        click.echo(f"Catalogue         {base}catalog")
        click.echo(f"Validation report {base}report")
        click.echo("Stop with Ctrl-C.")
        serve(Source(folder.resolve()), settings)


@cli.command()
@HOME
@click.argument("given", nargs=-1, metavar="[SOURCE=PATH-OR-GLOB-OR-URL ...]")
@click.option("--base", help="Where instance URIs live; homegraph.toml may say it too.")
@click.option("--publish/--no-publish", "publishing", default=True, help="Make it current.")
@click.option("--add", is_flag=True, help="Keep the current release's files besides these.")
@click.option("--anew", is_flag=True, help="Take nothing over from the current release.")
@AS_JSON
def build(
    folder: Path,
    given: Sequence[str],
    base: str | None,
    publishing: bool,
    add: bool,
    anew: bool,
    as_json: bool,
) -> None:
    """Build a release from files, check it, and make it current when all gates pass.

    The release holds what is listed here, or in homegraph.toml when nothing is listed; with
    --add also what the current release was built from.
    """
    from homegraph import loaders
    from homegraph.endpoint.building import build_release
    from homegraph.graph.home import Home

    home = Home(folder)
    settings = home.settings
    for name in settings.only_columns:
        loaders.by_name(name)  # a name that is none must not put records into the store
    wanted: dict[str, list[str]] = {}
    for one in given:
        name, equals, where = one.partition("=")
        if not equals or not where:
            raise click.UsageError(f"{one!r} is not SOURCE=PATH-OR-GLOB-OR-URL")
        wanted.setdefault(loaders.by_name(name).name, []).append(where)
    if not given:
        wanted = {loaders.by_name(name).name: list(where) for name, where in settings.sources}
        if not wanted:
            raise click.UsageError(
                f"nothing to build: name a source, or list it in {folder}/homegraph.toml"
            )
    names = Names(base or settings.base)
    said = {"publishing": publishing, "add": add, "anew": anew}
    built = build_release(home, names, wanted, sys.stderr, **said)
    if as_json:
        click.echo(json.dumps({"release": built.name, "published": publishing, **summary(built)}))
        return
    state = "and made it current" if publishing else "without making it current"
    click.echo(f"Built {built.name} {state}: {built.manifest['triples']:,} triples")
    for name, counts in built.manifest["sources"].items():
        refused = f", {counts['refused']:,} refused" if counts["refused"] else ""
        click.echo(f"  {name}: {counts['written']:,} of {counts['records']:,} records{refused}")
    if names.base == DEMO_BASE:
        click.echo(f"  Its URIs start with {DEMO_BASE}; set base before you publish them.")
    warnings = built.manifest["warnings"]
    if warnings:
        click.echo(f"  {warnings:,} warnings, listed in {built.path / 'report.json'}")


def summary(one: release.Release) -> dict[str, Any]:
    """A release in a few values."""
    said = one.manifest
    counts = {name: said["sources"][name]["written"] for name in said["sources"]}
    return {
        "built": said["built"],
        "triples": said["triples"],
        "digest": said["digest"],
        "records": counts,
    }


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--loader", "name", required=True, help="The source whose file it is.")
@click.option("--turtle", is_flag=True, help="Print a SHACL validation report.")
@AS_JSON
def check(file: Path, name: str, turtle: bool, as_json: bool) -> None:
    """Say what is wrong with one file, by the rules of a build, before any build."""
    from homegraph import loaders
    from homegraph.graph.check import check_file

    loader = loaders.by_name(name)
    checked = check_file(loader, RawFile.at(file), Names(), datetime.now(UTC).date())
    if as_json:
        click.echo(json.dumps(checked.as_dict(), ensure_ascii=False))
    elif turtle:
        click.echo("".join(checked.report.turtle()), nl=False)
    else:
        for line in checked.report.lines():
            click.echo(line)
        errors, warnings = (
            f"{number:,} {word if number == 1 else word + 's'}" if number else ""
            for number, word in ((checked.errors, "error"), (checked.report.warnings, "warning"))
        )
        found = " and ".join(filter(None, (errors, warnings))) or "nothing wrong"
        click.echo(f"{file.name}: {checked.records:,} records, {found}")
        if checked.stopped:
            click.echo("Reading stopped there: mend these, and check again.")
    if checked.errors:
        raise click.exceptions.Exit(3)


@cli.command()
@HOME
@click.argument("name")
def publish(folder: Path, name: str) -> None:
    """Make a kept release current, after checking that its files are as they were sealed."""
    from homegraph.graph.home import Home

    home = Home(folder)
    with home.locked():
        chosen = release.by_name(home.path, name)
        home.publish(chosen)
    click.echo(f"{chosen.name} is current")
    click.echo(FOLLOWED)


@cli.command()
@HOME
@AS_JSON
def releases(folder: Path, as_json: bool) -> None:
    """List the releases that are kept, oldest first; * marks the current one."""
    home = folder.resolve()
    found, now = release.releases(home), served(home)
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "name": one.name,
                        "current": bool(now and now.path.samefile(one.path)),
                        **summary(one),
                    }
                    for one in found
                ]
            )
        )
        return
    for one in found:
        mark = "*" if now and now.path.samefile(one.path) else " "
        click.echo(
            f"{mark} {one.name}  {one.manifest['built']}  {one.manifest['triples']:,} triples"
        )
    if not found:
        click.echo(f"{folder} has no releases")


@cli.command()
@HOME
@click.argument("name", required=False)
def rollback(folder: Path, name: str | None) -> None:
    """Make the release before the current one current again, or the one that is named."""
    from homegraph.graph.home import Home

    home = Home(folder)
    with home.locked():
        now = served(home.path)
        if name:
            chosen = release.by_name(home.path, name)
        else:
            chosen = release.before(home.path, release.current(home.path))
        home.publish(chosen)
    click.echo(f"{chosen.name} is current")
    if now and now.path != chosen.path and now.path.is_dir():
        click.echo(f"{now.name} is kept")
    click.echo(FOLLOWED)


@cli.command()
@HOME
@click.argument("old")
@click.argument("new", default="current")
@AS_JSON
def diff(folder: Path, old: str, new: str, as_json: bool) -> None:
    """Say what changed from release OLD to release NEW, in words and numbers."""
    home = folder.resolve()
    one, other = release.by_name(home, old), release.by_name(home, new)
    changes = difference.compare(one, other)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "from": one.name,
                    "to": other.name,
                    "changes": [vars(change) for change in changes],
                }
            )
        )
        return
    click.echo(f"From {one.name} to {other.name}:")
    for line in difference.in_words(one, other, changes):
        click.echo(f"  {line}")


@cli.command("serve")
@HOME
@click.option(
    "--store", type=click.Path(path_type=Path), help="Any Oxigraph store, instead of a home."
)
@click.option("--base", default=DEMO_BASE, help="Where the store's own IRIs live.")
@serving_options
def serve_command(folder: Path, store: Path | None, base: str, **options: Any) -> None:
    """Serve a home's current release, or any Oxigraph store, read-only.

    Options go before what homegraph.toml says under [serve]; in brackets what holds without both.
    When another release becomes current, the server goes on to it.
    """
    from homegraph.endpoint.serving.serve import insist_on_port, serve
    from homegraph.endpoint.serving.source import Source

    settings = Settings.of(folder if store is None else None, given(options))
    if store is None:
        release.current(folder)
    insist(settings)
    insist_on_port(settings.host, settings.port)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"Serving {store or folder} on http://{host}:{settings.port}/", err=True)
    serve(Source((store or folder).resolve(), base), settings)


@cli.command()
@AS_JSON
def sources(as_json: bool) -> None:
    """List the sources that homegraph can read."""
    from homegraph import loaders

    found = [(loader.name, loader.source(Names())) for loader in loaders.find()]
    if as_json:
        click.echo(
            json.dumps(
                [
                    {"name": name, "title": source.title, "files": source.file_pattern}
                    for name, source in found
                ]
            )
        )
        return
    for name, source in found:
        click.echo(f"{name:28} {source.title} ({source.file_pattern})")


for one in (cli_reach.reach, cli_fetch.fetch, cli_link.link, cli_query.query):
    cli.add_command(one)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code says whose fault it is."""
    signal.signal(signal.SIGTERM, stop)
    try:
        return run(cli, argv)
    except HomegraphError as error:
        click.echo(f"homegraph: {error}", err=True)
        for advice in [error.advice, *getattr(error, "__notes__", [])]:
            if advice:
                click.echo(f"     {advice}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130


def stop(*_: object) -> None:
    """End as Ctrl-C does, so that a build clears up behind itself."""
    raise KeyboardInterrupt


def run(command: Callable[..., Any], argv: Sequence[str] | None) -> int:
    """Run a click command without letting it end the process; it may tell its progress."""
    result = command(args=argv and list(argv), standalone_mode=False, obj=sys.stderr)
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
