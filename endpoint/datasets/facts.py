"""What the page of a dataset says to people, before any statement: read once, as plain data.

/data/<name>, /datasets/<name>, its editions and versions, and the pages of loaded datasets all say
this first, by the same template; what stands below is their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.cubes import question, structure
from homegraph.endpoint.datasets import ways
from homegraph.endpoint.datasets.citation import Citation
from homegraph.endpoint.datasets.gaps import Gaps, gaps_of
from homegraph.endpoint.datasets.preview import Preview, file_of, of_records, of_table
from homegraph.endpoint.display import Shown, labels, link, shown
from homegraph.endpoint.governance import page_of
from homegraph.endpoint.harvest.ckan_packages import slug
from homegraph.endpoint.harvest.feed import path_of
from homegraph.endpoint.harvest.schema_org import is_listed
from homegraph.endpoint.periods import between, in_words
from homegraph.endpoint.world import World
from homegraph.graph.changes import Change
from homegraph.graph.cubes.forms import METADATA
from homegraph.graph.cubes.versions import Version
from homegraph.graph.entry import Contact, Entry, Named
from homegraph.graph.plain import Reader
from homegraph.graph.record import Records
from homegraph.graph.terms import ASSET, DCT, QB

MOST = 6  # tables that are made of a source


@dataclass(frozen=True)
class Asset:
    """An entry of the register of information assets, and the post that answers for it."""

    entry: Shown
    owners: Sequence[Shown]


@dataclass(frozen=True)
class News:
    """When a dataset's record came and last changed, and what is new in its figures."""

    since: str
    changed: str
    in_this_release: bool
    is_new: bool
    path: str  # of the change in the feed
    figures: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Facts:
    """What people ask about a dataset, in the order in which they ask."""

    iri: str
    entry: Entry
    description: str
    version: Version | None
    is_newest: bool
    latest: str
    publisher: Shown | None
    contacts: Sequence[Contact]
    assets: Sequence[Asset]
    period: str
    places: Sequence[Shown]
    size: str
    preview: Preview | None
    gaps: Gaps
    ways: Sequence[ways.Way]
    citation: Citation
    licence: Shown | None
    news: News | None
    tables: Sequence[Shown]
    tables_count: int
    made_of: Sequence[Shown]
    pages: Sequence[str]


def facts_of(world: World, dataset: NamedNode, version: Version | None = None) -> Facts | None:
    """What is to be said of a dataset; None for what the catalogue does not list.

    Of a cube, what is said is of the current version, or of the `version` that is named: then the
    ways to get it are its own files only, whose addresses never say anything else.
    """
    if version is None and not is_listed(world, dataset):
        return None
    name = dataset.value.removeprefix(world.address("data/"))
    current = world.current_versions.get(name)
    told = version or current
    entry = Reader(Records(world.store)).entry(dataset)
    sources = things.values(world, dataset, DCT.relation) if is_cube(world, dataset) else []
    tables = sorted(things.subjects(world.store, DCT.relation, dataset), key=str)
    tables = [one for one in tables if is_cube(world, one)]
    known = labels(world, [*sources, *tables[:MOST]])
    said = described(world, told) if told else {}
    rows = preview(world, dataset, told, said)
    query = question_of(world, dataset, rows)
    return Facts(
        iri=dataset.value,
        entry=entry,
        description=said.get("dc:description") or entry.description,
        version=told,
        is_newest=told == current,
        latest=latest(entry, told),
        publisher=look(world, entry.publisher),
        contacts=entry.contacts,
        assets=assets_of(world, [dataset, *sources]),
        period=covered(entry, told),
        places=[one for place in entry.places if (one := look(world, place))],
        size=size_of(world, dataset, told),
        preview=rows,
        gaps=gaps_of(world, dataset, [dataset, *sources], told, told == current),
        ways=ways_of(world, dataset, entry, told, said, of_current=version is None, query=query),
        citation=cited(world, entry, told),
        licence=look(world, entry.licence) or licence(world, said),
        news=news_of(world, world.changes.of(dataset), told),
        tables=[shown(world, one, known) for one in tables[:MOST]],
        tables_count=len(tables),
        made_of=[shown(world, one, known) for one in sources],
        pages=[one for one in entry.landing_pages if link(one) and not one.startswith(world.base)],
    )


def described(world: World, version: Version) -> dict[str, Any]:
    """The CSVW metadata of a version."""
    found: dict[str, Any] = json.loads(file_of(world, version, METADATA).read_text("utf-8"))
    return found


def schema_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of the table with the figures; a second table has the files of each."""
    schema: dict[str, Any] = said.get("tables", [said])[0]["tableSchema"]
    return schema


def is_cube(world: World, node: NamedNode) -> bool:
    """Whether a thing is a cube."""
    return next(world.store.quads_for_pattern(node, QB.structure, None), None) is not None


def look(world: World, value: Named | None) -> Shown | None:
    """A value of the catalogue as it looks; nothing where there is none."""
    if value is None or not (value.iri or value.label):
        return None
    try:
        node = NamedNode(value.iri)
    except ValueError:
        return Shown(value.label)
    return shown(world, node, {value.iri: value.label} if value.label else {})


def licence(world: World, said: Mapping[str, Any]) -> Shown | None:
    """The licence that a table's own metadata name."""
    iri = said.get("dc:license", {}).get("@id", "")
    return look(world, Named(iri, "")) if iri else None


def latest(entry: Entry, version: Version | None) -> str:
    """Which version, and when it was made or last changed, in words."""
    if version:
        return f"Version {version.number}, {in_words(version.issued)}"
    day = in_words(entry.modified or entry.issued)
    told = entry.version if entry.version not in (entry.modified, entry.issued) else ""
    return ", ".join([f"Version {told}"] * bool(told) + [day] * bool(day))


def covered(entry: Entry, version: Version | None) -> str:
    """The time covered, in words."""
    periods = [version.period] if version and version.period else entry.periods
    return "; ".join(between(*period) for period in periods)


def size_of(world: World, dataset: NamedNode, version: Version | None) -> str:
    """How much there is of it."""
    if version:
        return f"{version.observations:,} figures"
    count = world.records.get(dataset.value)
    return "" if count is None else f"{count:,} record{'s' * (count != 1)}"


def assets_of(world: World, datasets: Iterable[NamedNode]) -> list[Asset]:
    """The entries of the register through which datasets are published; of a cube, its source's."""
    found = {
        asset
        for dataset in datasets
        for asset in things.subjects(world.store, ASSET.publishedAs, dataset)
    }
    owners = {asset: things.values(world, asset, ASSET.owner) for asset in found}
    known = labels(world, [*found, *(post for some in owners.values() for post in some)])

    def owner(post: NamedNode) -> Shown:
        whose = shown(world, post, known)
        return Shown(whose.text, page_of(world, post.value) or whose.href)

    ordered = sorted(found, key=lambda asset: asset.value)
    return [Asset(shown(world, one, known), [*map(owner, owners[one])]) for one in ordered]


def preview(
    world: World, dataset: NamedNode, version: Version | None, said: Mapping[str, Any]
) -> Preview | None:
    """The first rows of the table, or some of the records."""
    if version is None:
        return of_records(world, dataset)
    columns = [one for one in schema_of(said)["columns"] if not one.get("virtual")]
    numbers = {one["name"] for one in columns if one["datatype"] in {"integer", "decimal"}}
    return of_table(world, version, numbers)


def ways_of(
    world: World,
    dataset: NamedNode,
    entry: Entry,
    version: Version | None,
    said: Mapping[str, Any],
    of_current: bool,
    query: str,
) -> list[ways.Way]:
    """How it is got; of an older version there are only its files."""
    name = slug(dataset.value, world.address("data/"))
    if version is None:
        files = ways.of_files(entry, name)
    elif of_current:
        stem = world.address(f"datasets/{version.dataset}")
        files = ways.of_version(world, version, stem, schema_of(said)["primaryKey"])
    else:
        stem = f"{world.names.published(*version.key).value}/{version.dataset}"
        return ways.of_version(world, version, stem, schema_of(said)["primaryKey"])
    return files + ways.services(world, dataset, query, description_of(world, dataset))


def question_of(world: World, dataset: NamedNode, rows: Preview | None) -> str:
    """A query to start from: for figures or records, or at least for what is said of it."""
    if is_cube(world, dataset):
        return question(dataset, structure(world, dataset))
    return rows.query if rows and rows.query else f"DESCRIBE {dataset}\n"


def description_of(world: World, dataset: NamedNode) -> str:
    """The path of the document that describes a dataset."""
    path = dataset.value.removeprefix(world.base)
    if path == dataset.value or not path.startswith(("data/", "id/")):
        return "describe?" + urlencode({"uri": dataset.value})
    return path.replace("id/", "doc/", 1) if path.startswith("id/") else path


def cited(world: World, entry: Entry, version: Version | None) -> Citation:
    """How to cite it: of a cube, the version, whose address never says anything else."""
    owners = (entry.publisher,) if entry.publisher else ()
    authors = [one.label for one in entry.creators or owners]
    return Citation(
        author=" and ".join(one for one in authors if one),
        title=version.title if version else entry.title,
        version=str(version.number) if version else entry.version,
        day=version.issued if version else (entry.modified or entry.issued)[:10],
        publisher=entry.publisher.label if entry.publisher else "",
        address=world.names.published(*version.key).value if version else entry.iri,
    )


def news_of(world: World, change: Change | None, version: Version | None) -> News | None:
    """What changed, and when; None where nobody knows."""
    if change is None:
        return None
    built = str(world.manifest.get("built") or "")
    is_last = change.at == world.changes.newest  # all changes of a release have one time
    return News(
        since=change.created,
        changed=change.changed,
        in_this_release=is_last and bool(built) and change.at >= datetime.fromisoformat(built),
        is_new=change.is_new,
        path=path_of(change),
        figures=differences(version, before(world, version)) if version else (),
    )


def before(world: World, version: Version) -> Version | None:
    """The version before, of the same edition."""
    of_edition = (one for one in world.versions if one.key[:2] == version.key[:2])
    return max(
        (one for one in of_edition if one.number < version.number),
        key=lambda one: one.number,
        default=None,
    )


def differences(now: Version, was: Version | None) -> list[str]:
    """What is different from the version before, in sentences."""
    if was is None:
        return []
    found = []
    if more := now.observations - was.observations:
        found.append(f"{abs(more):,} {'more' if more > 0 else 'fewer'} figures.")
    if now.period and was.period and now.period != was.period:
        found.append(f"It covers {between(*now.period)}; before, {between(*was.period)}.")
    for word in sorted({*now.flagged, *was.flagged}):
        one, other = now.flagged.get(word, 0), was.flagged.get(word, 0)
        if one != other:
            found.append(f"{one:,} figures are {word}; before, {other:,}.")
    return found or ["Figures or descriptions were changed, and none came or went."]
