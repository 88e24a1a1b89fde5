"""The first rows of a dataset: of the table that we publish, or some of its records."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from homegraph.endpoint import things
from homegraph.endpoint.cubes import variable
from homegraph.endpoint.display import Shown, Term, labels, shown
from homegraph.endpoint.files import folder_of
from homegraph.endpoint.world import World
from homegraph.graph.cubes.forms import CSV
from homegraph.graph.cubes.versions import DISTRIBUTIONS, Version
from homegraph.graph.iri import VOCABULARY
from homegraph.graph.labels import LABELS
from homegraph.graph.terms import (
    CRIME,
    DCAT,
    DCT,
    FOAF,
    GEO,
    PROV,
    RDF,
    RDFS,
    SKOS,
    SOURCE,
    SPDX,
    VCARD,
    VOID,
    XKOS,
)

ROWS = 10
COLUMNS = 5
SOME = 100  # rows of a query to start from
MOST_COUNTED = 1_000  # things of a kind
LONG = 80  # letters; what is longer is for the page of the thing
FIRST_ROW = 2  # of a file with a header
# What stands beside the records of a source, and is none of them.
BESIDE = {
    *(DCAT.Distribution, DCAT.Catalog, DCT.PeriodOfTime, DCT.RightsStatement, FOAF.Document),
    *(FOAF.Agent, PROV.Entity, PROV.Activity, RDFS.Resource, SPDX.Checksum, VCARD.Organization),
    *(VCARD.Kind, VOID.Dataset, SKOS.ConceptScheme, XKOS.ClassificationLevel),
    *(XKOS.ConceptAssociation, XKOS.Correspondence),
    *(CRIME.Slice, CRIME.OutcomeSlice, CRIME.SearchSlice),
}
# What a row of a table need not say: what names the thing already, and what is too long.
UNSAID = {
    *(DCT.isPartOf, DCT.source, DCT.creator, DCT.publisher, SOURCE.inRow),
    *(RDF.type, *LABELS, SKOS.altLabel, SKOS.notation, SKOS.inScheme, SKOS.definition),
    *(DCT.description, RDFS.comment, GEO.asWKT, PROV.wasDerivedFrom),
}


@dataclass(frozen=True)
class Preview:
    """Some rows: headings and cells, each with whether it is a number; and a query for more."""

    says: str
    headings: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[tuple[Shown, bool]]]
    query: str = ""
    of_figures: bool = False


def file_of(world: World, version: Version, suffix: str) -> Path:
    """A file of a version."""
    return folder_of(world, DISTRIBUTIONS).parent / version.folder / f"{version.dataset}{suffix}"


def of_table(world: World, version: Version, numbers: set[str]) -> Preview:
    """The first rows of a version's CSV, without codes that have a label beside them, and files."""
    with file_of(world, version, CSV).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header, rows = next(reader), list(islice(reader, ROWS))
    known = set(header)
    plain = [
        at
        for at, name in enumerate(header)
        if f"{name}_label" not in known and "source_" not in name
    ]
    return Preview(
        f"The first {len(rows)} of {version.observations:,} rows. The files have the codes and the"
        f" sources too: {len(header)} columns.",
        [(header[at].removesuffix("_label"), header[at] in numbers) for at in plain],
        [[(Shown(row[at]), header[at] in numbers) for at in plain] for row in rows],
        of_figures=True,
    )


def of_records(world: World, dataset: NamedNode) -> Preview | None:
    """Some records of a source as a table; None where they are not kept as things of their own."""
    count = world.records.get(dataset.value, 0)
    if not count:  # of one that is confidential nothing is told
        return None
    found = numbered(world, dataset) or alike(world, dataset, count)
    if not found:
        return None
    said: dict[Term, dict[NamedNode, list[Term]]] = {one: {} for one in found}
    for triple in things.said_of(world.store, found):
        said[triple.subject].setdefault(triple.predicate, []).append(triple.object)
    columns = chosen(list(said.values()))
    values = [one for each in said.values() for column in columns for one in each.get(column, [])]
    known = labels(world, [*found, *columns, *values])

    def cell(several: Sequence[Term]) -> Shown:
        looks = sorted((shown(world, one, known) for one in several), key=lambda look: look.text)
        if len(looks) == 1:
            return looks[0]
        return Shown("; ".join(look.text for look in looks[:3]) + ("; …" if looks[3:] else ""))

    rows = [
        [(shown(world, node, known), False)]
        + [(cell(about.get(column, [])), is_numeric(about.get(column, []))) for column in columns]
        for node, about in ((node, said[node]) for node in found)
    ]
    heads = [("Record", False)] + [(shown(world, one, known).text, False) for one in columns]
    return Preview(
        f"{len(rows)} of {count:,} records.",
        [(text[:1].upper() + text[1:], number) for text, number in heads],
        rows,
        question(said[found[0]].get(RDF.type, []), columns),
    )


def question(kinds: Sequence[Term], columns: Sequence[NamedNode]) -> str:
    """The query for records of a kind, with the columns of the table; nothing for what has none."""
    kind = min((str(one) for one in kinds if isinstance(one, NamedNode)), default="")
    if not kind:
        return ""
    names = [f"?{variable(one)}" for one in columns]
    body = "".join(
        f"  OPTIONAL {{ ?record {one} {name} }}\n" for one, name in zip(columns, names, strict=True)
    )
    return (
        f"SELECT {' '.join(['?record', *names])} WHERE {{\n"
        f"  ?record a {kind} .\n{body}}}\nLIMIT {SOME}\n"
    )


def numbered(world: World, dataset: NamedNode) -> list[NamedNode]:
    """The first rows of a source whose records are named after the row that they stand in."""
    stem = f"{dataset.value}/"
    spaces = [(p.value, at) for at, some in world.spaces.items() for p in some]
    for _, space in sorted(pair for pair in spaces if pair[0].startswith(stem))[:3]:
        try:
            names = [NamedNode(f"{space}{at}") for at in range(FIRST_ROW, FIRST_ROW + 2 * ROWS)]
        except ValueError:
            continue
        there = [one for one in names if any(world.store.quads_for_pattern(one, None, None))]
        if there:
            return there[:ROWS]
    return []


def alike(world: World, dataset: NamedNode, count: int) -> list[NamedNode]:
    """Some things of the kind that a source is about: of our kinds, the one that has the most.

    Where there are far fewer of a kind than the source has records, it is not about that.
    """
    name = dataset.value.removeprefix(world.address("data/"))
    if name == dataset.value or "/" in name:
        return []
    graph, needed = world.names.graph(name), min(MOST_COUNTED, max(1, count // 10))
    best: tuple[bool, int, list[NamedNode]] = False, 0, []
    for iri in sorted(world.classes):
        kind = NamedNode(iri)
        if kind in BESIDE:
            continue
        found = list(islice(of_kind(world, kind, graph), MOST_COUNTED))
        rank = iri.startswith(VOCABULARY), len(found)
        if len(found) >= needed and rank > best[:2]:
            best = *rank, found
    return sorted(best[2], key=lambda one: one.value)[:ROWS]


def of_kind(world: World, kind: NamedNode, graph: NamedNode) -> Iterator[NamedNode]:
    """The named things of a kind in a graph."""
    for quad in world.store.quads_for_pattern(None, RDF.type, kind, graph):
        if isinstance(quad.subject, NamedNode):
            yield quad.subject


def chosen(said: Sequence[dict[NamedNode, list[Term]]]) -> list[NamedNode]:
    """The properties for a table: short, had by most records, and not the same in all."""
    counts: Counter[NamedNode] = Counter()
    seen: dict[NamedNode, set[str]] = {}
    for about in said:
        for column, values in about.items():
            if column not in UNSAID and not any(map(is_long, values)):
                counts[column] += 1
                seen.setdefault(column, set()).add(" ".join(map(str, values)))
    most = sorted(counts, key=lambda one: (len(seen[one]) == 1, -counts[one], one.value))
    return sorted(most[:COLUMNS], key=lambda column: column.value)


def is_long(value: Term) -> bool:
    """Whether a text is too long for a table."""
    return isinstance(value, Literal) and len(value.value) > LONG


def is_numeric(values: Sequence[Term]) -> bool:
    """Whether a cell is one number."""
    one = values[0] if len(values) == 1 else None
    kind = one.datatype.value.rpartition("#")[2] if isinstance(one, Literal) else ""
    return kind in {"integer", "decimal", "double"}
