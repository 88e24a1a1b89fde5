"""What pages say of statistics: a cube, a slice of it, one observation and where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import NamedNode, Triple

from homegraph.endpoint import things
from homegraph.endpoint.display import Later, Shown, Term, shown
from homegraph.endpoint.figures import Cell, heading, is_number, missing, number, remark
from homegraph.endpoint.world import World
from homegraph.graph.terms import QB, RDFS, SDMXA, SDMXM, STAT

PREVIEW = 20
LISTED = 200  # observations of a slice
SMALL = 5_000  # slices or observations that are looked through for their codes
MOST_MARKED = 2_000
Said = Mapping[NamedNode, list[Term]]


@dataclass(frozen=True)
class Structure:
    """The components of a cube, in order."""

    dimensions: list[NamedNode]
    measures: list[NamedNode]


@dataclass(frozen=True)
class Sheet:
    """Observations as a table: one row each, the last column is the figure."""

    headings: list[tuple[str, bool]]
    rows: list[tuple[list[Cell], str]]

    @property
    def remarked(self) -> bool:
        """Whether there is anything to say of any row."""
        return any(remark for _, remark in self.rows)


@dataclass(frozen=True)
class Part:
    """One dimension of a cube: its code list, how many codes, and the first and the last."""

    dimension: Shown
    codes: list[Shown]
    count: int
    first: Shown | None
    last: Shown | None


@dataclass(frozen=True)
class CubePage:
    """What the page of a cube says besides what is said of it."""

    parts: list[Part]
    measure: Shown
    unit: Shown | None
    preview: Sheet
    marked: list[tuple[Shown, int]]
    marked_capped: bool
    examples: Sheet
    query: str
    asked: Mapping[str, str]


def values(said: Iterable[Triple], subject: NamedNode) -> dict[NamedNode, list[Term]]:
    """What is said of one thing, by property."""
    found: dict[NamedNode, list[Term]] = {}
    for triple in said:
        if triple.subject == subject:
            found.setdefault(triple.predicate, []).append(triple.object)
    return found


def said_of(world: World, node: NamedNode) -> dict[NamedNode, list[Term]]:
    """What is said of one thing in any graph, by property."""
    return values(things.said_of(world.store, [node]), node)


def said_of_each(world: World, nodes: Sequence[NamedNode]) -> dict[NamedNode, Said]:
    """What is said of several things in any graph, by property."""
    found: dict[NamedNode, dict[NamedNode, list[Term]]] = {node: {} for node in nodes}
    for triple in things.said_of(world.store, nodes):
        assert isinstance(triple.subject, NamedNode)
        found[triple.subject].setdefault(triple.predicate, []).append(triple.object)
    return {**found}


def named(said: Said, predicate: NamedNode) -> list[NamedNode]:
    """The names among the values of a property."""
    return [value for value in said.get(predicate, []) if isinstance(value, NamedNode)]


def structure(world: World, cube: NamedNode) -> Structure:
    """The dimensions and measures of a cube, by qb:order."""
    found: list[tuple[int, Said]] = []
    for definition in things.values(world, cube, QB.structure):
        components = things.values(world, definition, QB.component)
        for said in said_of_each(world, components).values():
            orders = [int(value.value) for value in said.get(QB.order, []) if is_number(value)]
            found.append((min(orders, default=99), said))
    found.sort(key=lambda pair: pair[0])
    return Structure(
        [node for _, said in found for node in named(said, QB.dimension)],
        [node for _, said in found for node in named(said, QB.measure)] or [SDMXM.obsValue],
    )


def marks(said: Said) -> dict[str, Term]:
    """The marks of an observation, under the names that figures use."""
    places = {
        "completeness": STAT.completeness,
        "status": SDMXA.obsStatus,
        "confidentiality": SDMXA.confStatus,
        "note": RDFS.comment,
    }
    return {name: said[place][0] for name, place in places.items() if said.get(place)}


def sheet(world: World, parts: Structure, observations: Sequence[NamedNode]) -> Later[Sheet]:
    """Observations as a table."""
    every = said_of_each(world, observations).items()
    columns = [*parts.dimensions, parts.measures[0]]
    terms = {value for _, said in every for one in columns for value in said.get(one, [])}
    terms |= {value for _, said in every for value in marks(said).values()}

    def look(known: Mapping[str, str]) -> Sheet:
        rows = []
        for node, said in every:
            found = [next(iter(said.get(one, [])), None) for one in parts.dimensions]
            cells = [Cell(shown(world, one, known) if one else Shown("")) for one in found]
            cells.append(measured(world, node, said, parts.measures[0], known))
            rows.append((cells, remark(marks(said), known)))
        words = [heading(shown(world, one, known).text) for one in columns]
        return Sheet([(word, word is words[-1]) for word in words], rows)

    return Later([*terms, *columns], look)


def measured(
    world: World, node: NamedNode, said: Said, measure: NamedNode, known: Mapping[str, str]
) -> Cell:
    """The figure of an observation, which leads to it."""
    value = next(iter(said.get(measure, [])), None)
    text = missing(marks(said), known) if value is None else number(value)
    return Cell(Shown(text, shown(world, node, {}).href), True, value is None)


def members(world: World, subject: NamedNode | None, predicate: NamedNode) -> list[NamedNode]:
    """Some subjects or objects of a property, for a preview."""
    quads = world.store.quads_for_pattern(subject, predicate, None)
    found = [quad.object for quad in islice(quads, LISTED) if isinstance(quad.object, NamedNode)]
    return sorted(found, key=lambda node: node.value)


def some_observations(world: World, cube: NamedNode) -> list[NamedNode]:
    """A few observations of a cube: those of one slice, if it has any, as they belong together."""
    slices = members(world, cube, QB.slice)
    for one in slices[:1]:
        found = members(world, one, QB.observation)
        if len(found) > 1:
            return found[:PREVIEW]
    quads = world.store.quads_for_pattern(None, QB.dataSet, cube)
    limit = SMALL if slices == [] else PREVIEW
    nodes = {q.subject for q in islice(quads, limit) if isinstance(q.subject, NamedNode)}
    return sorted(nodes, key=lambda node: node.value)[:PREVIEW]


def slice_sheet(world: World, node: NamedNode) -> Later[Sheet]:
    """The observations of a slice as a table, as far as a page can show them."""
    keys = things.values(world, node, QB.sliceStructure)
    owners = {one for key in keys for one in things.subjects(world.store, QB.sliceKey, key)}
    cubes = {one for owner in owners for one in things.subjects(world.store, QB.structure, owner)}
    parts = structure(world, min(cubes, key=str)) if cubes else Structure([], [SDMXM.obsValue])
    return sheet(world, parts, members(world, node, QB.observation))


@dataclass(frozen=True)
class Coded:
    """How many codes a cube has in a dimension, and which, where these are not too many."""

    count: int
    codes: list[NamedNode]


def codes_of(world: World, cube: NamedNode, parts: Structure) -> dict[NamedNode, Coded]:
    """The codes that a cube has by dimension, as far as they can be told at once.

    Slices that fix a dimension tell its codes, those that fix the fewest others soonest; a small
    cube without is looked through.
    """
    keys: list[tuple[NamedNode, list[NamedNode]]] = [
        (key, things.values(world, key, QB.componentProperty))
        for definition in things.values(world, cube, QB.structure)
        for key in things.values(world, definition, QB.sliceKey)
    ]
    keys.sort(key=lambda pair: len(pair[1]))
    found: dict[NamedNode, Coded] = {}
    counts: dict[str, int] = {}
    for dimension in parts.dimensions:
        key, fixed = next((pair for pair in keys if dimension in pair[1]), (None, []))
        step = f"{QB.sliceStructure} {key}" if key else f"{QB.dataSet} {cube}"
        if step not in counts:
            counts[step] = world.numbers(f"SELECT (COUNT(*) AS ?n) {{ ?one {step} }}")[""]
        count = counts[step]
        if count <= SMALL:
            codes = distinct(world, step, dimension)
            found[dimension] = Coded(len(codes), codes)
        elif fixed == [dimension]:
            found[dimension] = Coded(count, [])  # one slice for each code
    return found


def distinct(world: World, step: str, dimension: NamedNode) -> list[NamedNode]:
    """The codes of a dimension that slices or observations have."""
    query = f"SELECT DISTINCT ?code {{ ?one {step} ; {dimension} ?code }}"
    rows: Any = world.store.query(query, use_default_graph_as_union=True)
    codes = (row["code"] for row in rows)
    names = [code for code in codes if isinstance(code, NamedNode)]
    return sorted(names, key=lambda code: code.value)


def cube_page(world: World, cube: NamedNode) -> Later[CubePage]:
    """What the page of a cube shows."""
    parts = structure(world, cube)
    codes = codes_of(world, cube, parts)
    lists = {one: things.values(world, one, QB.codeList) for one in parts.dimensions}
    ends = [end for coded in codes.values() for end in coded.codes[:1] + coded.codes[-1:]]
    flagged, capped = marked(world, cube)
    counts: dict[NamedNode, int] = {}
    for _, completeness in flagged:
        counts[completeness] = counts.get(completeness, 0) + 1
    some = some_observations(world, cube)
    units = [unit for node in some[:1] for unit in named(said_of(world, node), SDMXA.unitMeasure)]
    of_lists = [one for several in lists.values() for one in several]
    preview = sheet(world, parts, some)
    examples = sheet(world, parts, [node for node, _ in flagged[:PREVIEW]])
    terms = [*ends, *parts.dimensions, *parts.measures, *units, *counts, *of_lists]

    def page(known: Mapping[str, str]) -> CubePage:
        def look(term: Term) -> Shown:
            return shown(world, term, known)

        def part(dimension: NamedNode) -> Part:
            coded = codes.get(dimension, Coded(0, []))
            ends = [look(code) for code in coded.codes[:1] + coded.codes[-1:]]
            first, last = (ends[0], ends[-1]) if ends else (None, None)
            shown_lists = [look(code_list) for code_list in lists[dimension]]
            return Part(look(dimension), shown_lists, coded.count, first, last)

        query = question(cube, parts)
        return CubePage(
            parts=[part(one) for one in parts.dimensions],
            measure=look(parts.measures[0]),
            unit=look(units[0]) if units else None,
            preview=preview.look(known),
            marked=[(look(one), count) for one, count in sorted(counts.items(), key=str)],
            marked_capped=capped,
            examples=examples.look(known),
            query=query,
            asked={
                "open": urlencode({"query": query}),
                "csv": urlencode({"query": query, "format": "csv"}),
                "json": urlencode({"query": query, "format": "json"}),
            },
        )

    return Later([*terms, *preview.terms, *examples.terms], page)


def marked(world: World, cube: NamedNode) -> tuple[list[tuple[NamedNode, NamedNode]], bool]:
    """The observations of a cube whose completeness is told, and whether there are more."""
    marks = within_cube(world, cube, "?one", f"{STAT.completeness} ?how")
    query = f"SELECT ?one ?how {{ {marks} }} LIMIT {MOST_MARKED + 1}"
    rows: Any = world.store.query(query, use_default_graph_as_union=True)
    pairs = ((row["one"], row["how"]) for row in rows)
    found = [(one, how) for one, how in pairs if type(one) is type(how) is NamedNode]
    found.sort(key=lambda pair: pair[0].value)
    return found[:MOST_MARKED], len(found) > MOST_MARKED


def within_cube(world: World, cube: NamedNode, observation: str, said: str) -> str:
    """A pattern of what is said of observations of a cube.

    A store is quickest with the graph of the cube; columns, which know no graphs, with its name.
    """
    if world.manifest.get("only_columns"):
        return f"{observation} {QB.dataSet} {cube} ; {said}"
    name = cube.value.removeprefix(world.base + "data/").replace("/", "-")
    return f"GRAPH {world.names.graph(name)} {{ {observation} {said} }}"


def question(cube: NamedNode, parts: Structure) -> str:
    """A query for the observations of a cube, to start from."""
    columns = [(one, "?" + variable(one)) for one in [*parts.dimensions, *parts.measures]]
    head = " ".join(["?observation", *(name for _, name in columns)])
    body = "".join(f" ;\n    {one} {name}" for one, name in columns[:-1])
    last, name = columns[-1]
    return (
        f"SELECT {head} WHERE {{\n  ?observation {QB.dataSet} {cube}{body} .\n"
        f"  OPTIONAL {{ ?observation {last} {name} }}\n}}\nLIMIT 100\n"
    )


def variable(property: NamedNode) -> str:
    """The last word of a property, as a variable."""
    return property.value.rpartition("#")[2].rpartition("/")[2]
