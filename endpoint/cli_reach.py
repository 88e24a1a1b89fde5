"""`homegraph reach`: asks the addresses of files in the catalogue whether they answer."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain, zip_longest
from pathlib import Path

import click
from pyoxigraph import NamedNode, Store

from homegraph.endpoint.cli_home import of_home
from homegraph.graph import release
from homegraph.graph.iri import WEB_ADDRESS
from homegraph.graph.quality_reach import Answer, due, keep, kept
from homegraph.graph.quality_record import host
from homegraph.graph.terms import DCAT

LATER = {429, 500, 502, 503, 504}  # the server is busy or ill: what it said holds for now only
SAID_EVERY = 25  # addresses


@click.command()
@of_home()
@click.option("--days", default=14, show_default=True, help="Ask again after so many days.")
@click.option("--pause", default=1.0, show_default=True, help="Seconds between asking one host.")
@click.option("--most", type=int, help="Ask no more addresses than these.")
@click.option("--nearby", is_flag=True, help="Ask hosts of this machine's own network too.")
@click.option("--links", "links_only", is_flag=True, help="Ask what link sets lead to only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def reach(
    folder: Path,
    days: int,
    pause: float,
    most: int | None,
    nearby: bool,
    links_only: bool,
    as_json: bool,
) -> None:
    """Ask the addresses of files in the catalogue, and of what link sets lead to: do they answer?

    The next build scores with it. Our own addresses are not asked: a build knows what it holds.
    """
    # Here, because what speaks with the web takes a while to import.
    from homegraph.graph.linksets import reaching
    from homegraph.graph.web import status_of

    home = folder.resolve()
    current = release.current(home)
    answers, today = kept(home), datetime.now(UTC).date()
    files = set() if links_only else addresses(current.store(), current.base)
    links = reaching.of_release(current.path) - files
    every = files | links
    # Files first: datasets are scored by them.
    turns = (by_turns(due(some, answers, today, days)) for some in (files, links))
    asked = list(chain.from_iterable(turns))[:most]

    def progress(done: int) -> None:
        if done % SAID_EVERY == 0:
            click.echo(f"reach: {done:,} of {len(asked):,}", err=True)

    found = ask(home, asked, today, partial(status_of, nearby=nearby), pause, progress)
    good = sum(answer.is_good for answer in found)
    bad = [answer for answer in found if not answer.is_good]
    where = reaching.rows_of(current.path, {answer.address for answer in bad})
    if as_json:
        said = {"asked": len(found), "good": good, "known": len(every) - len(asked)}
        told = [{**vars(one), "rows": where.get(one.address, [])} for one in bad]
        click.echo(json.dumps({**said, "bad": told}))
        return
    for answer in bad:
        click.echo("; ".join([str(answer), *where.get(answer.address, [])]))
    click.echo(f"{len(found):,} of {len(every):,} addresses asked: {good:,} answer.")
    if found:
        click.echo("Build again to have it in the scores.")


def addresses(store: Store, base: str) -> set[str]:
    """The addresses of files that are not ours."""
    return {
        quad.object.value
        for predicate in (DCAT.accessURL, DCAT.downloadURL)
        for quad in store.quads_for_pattern(None, predicate, None)
        if isinstance(quad.object, NamedNode)
        and WEB_ADDRESS.match(quad.object.value)
        and not quad.object.value.startswith(base)
    }


def by_turns(every: list[str]) -> Iterator[str]:
    """The addresses so that hosts take turns: the pause for one is spent on the others."""
    hosts: defaultdict[str, list[str]] = defaultdict(list)
    for address in every:
        hosts[host(address)].append(address)
    for some in zip_longest(*hosts.values()):
        yield from (address for address in some if address)


def ask(
    home: Path,
    every: list[str],
    today: date,
    status: Callable[[str], tuple[int, str]],
    pause: float,
    progress: Callable[[int], None],
    sleep: Callable[[float], None] = time.sleep,
) -> list[Answer]:
    """Ask addresses one after another, and keep each answer that will still hold tomorrow."""
    last: dict[str, float] = {}
    found = []
    for done, address in enumerate(every, start=1):
        name = host(address)
        wait = last.get(name, 0.0) + pause - time.monotonic()
        if name in last and wait > 0:
            sleep(wait)
        answer = Answer(address, today.isoformat(), *status(address))
        last[name] = time.monotonic()
        found.append(answer)
        if answer.status not in LATER:
            keep(home, answer)
        progress(done)
    return found
