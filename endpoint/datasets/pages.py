"""Pages of datasets to download: what there is, how it looks, and how to get it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template

from homegraph.endpoint.datasets.facts import described, facts_of, schema_of
from homegraph.endpoint.harvest import schema_org
from homegraph.endpoint.periods import between
from homegraph.endpoint.world import World
from homegraph.graph.cubes.forms import FORMS
from homegraph.graph.cubes.versions import Version

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
    """A version: what people ask of it first, then its files, columns and versions."""
    node = world.names.data(version.dataset)
    is_newest = path == f"datasets/{version.dataset}"
    facts = (facts_of(world, node) if is_newest else None) or facts_of(world, node, version)
    schema = schema_of(described(world, version))
    return render_template(
        "dataset.html",
        version=version,
        path=path,
        facts=facts,
        columns=[one for one in schema["columns"] if not one.get("virtual")],
        others=others,
        links=links,
        digest=digest,
        anchors={f"{version.dataset}{form.suffix}": form.key for form in FORMS},
        structured=schema_org.block(world, node) if is_newest else "",
    )


def covered(version: Version) -> str:
    """The time covered, in words."""
    return between(*version.period) if version.period else ""


def digest(version: Version, suffix: str) -> str:
    """The SHA-256 of a file of a version."""
    return str(version.files.get(f"{version.dataset}{suffix}", {}).get("sha256", ""))
