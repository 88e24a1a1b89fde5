"""Statistical areas of England and Wales: codes, names, vintages, places, and what lies in what.

An area is named by its ONS code, and everything is of the code: an area that has kept its code
through a census is one area of two vintages. Which larger areas the lower layer areas lie in
follows from their names, which other sources tell; `derive` says it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import polars as pl
from pyoxigraph import Literal, NamedNode, Quad

from homegraph.graph import iri
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Finding, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.terms import DCAT, DCT, GEO, PLACE, RDF, RDFS, SKOS, XSD
from homegraph.loaders.geography import lower_layer
from homegraph.loaders.geography.boundaries import NAMED, point, read_boundaries, wkt
from homegraph.loaders.geography.changes import changes
from homegraph.loaders.geography.gazetteer import ENGLAND_AND_WALES, Area, Gazetteer
from homegraph.loaders.geography.lookups import lookup_for, read_lookup
from homegraph.loaders.geography.within import Within

NAME = "geography"
WALES = "W92000004"
CLASSES = {
    "lsoa": PLACE.LowerLayerSuperOutputArea,
    "msoa": PLACE.MiddleLayerSuperOutputArea,
    "district": PLACE.District,
    "csp": PLACE.CommunitySafetyPartnership,
    "force-area": PLACE.PoliceForceArea,
    "region": PLACE.Region,
    "country": PLACE.Country,
}
LINKS = {
    "msoa": PLACE.msoa,
    "district": PLACE.district,
    "csp": PLACE.communitySafetyPartnership,
    "force-area": PLACE.policeForceArea,
    "region": PLACE.region,
    "country": PLACE.country,
}
# How an area is called by a name that is in none of the files (spellings.csv, common knowledge).
SPELT = {"alternative": SKOS.altLabel, "hidden": SKOS.hiddenLabel}


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """Every area with what the files say of it; raises SourceRejected for a file of no known name.

    Tables: areas, members (without those of lower layer areas), lower_layer_names, msoa_names.
    """
    known = read(files, reading)
    members = Within(known).frame()
    reading.table("areas", known.frame())
    reading.table("members", with_wales(members))
    reading.table("lower_layer_names", lower_layer.names_in(known))
    reading.table("msoa_names", lower_layer.msoas_by_name(known))
    larger = members.rows_by_key("code")
    for area in known.of_kind(*CLASSES):
        # The row of each of 37,000 small areas would cost more to remember than all else.
        reading.at = None if area.kind == "lsoa" else area.at
        yield from described(area, names)
        for kind, member_of, share in larger.get(area.code, ()):
            yield link(area.code, kind, member_of, share, names)
    reading.at = None
    yield from changes(known, files, names)


def read(files: Sequence[RawFile], reading: Reading) -> Gazetteer:
    """Read all files into one gazetteer; raises SourceRejected for a name of no known kind."""
    known = Gazetteer()
    unknown = [f for f in files if not lookup_for(f.name) and not NAMED.fullmatch(f.name)]
    if unknown:
        problem = "nobody knows how to read a file of this name"
        remedy = "Leave it out; the kinds of files are listed in loaders/geography/lookups.py."
        raise SourceRejected([Finding(problem, remedy, file.name) for file in unknown])
    for file in files:
        lookup = lookup_for(file.name)
        if lookup is not None:
            read_lookup(file, lookup, known, reading)
        else:
            read_boundaries(file, known, reading)
    return known


def described(area: Area, names: Names) -> Iterator[Quad]:
    """What an area is, what it is called, since when, and where it lies."""
    graph, node = names.graph(NAME), iri.area(area.code)
    yield Quad(node, RDF.type, CLASSES[area.kind], graph)
    yield Quad(node, SKOS.notation, Literal(area.code), graph)
    for vintage in area.vintages:
        yield Quad(node, PLACE.vintage, Literal(vintage, datatype=XSD.gYear), graph)
    if area.kind != "lsoa":
        yield from labelled(node, area, graph)
    if area.centroid or area.boundary:
        yield Quad(node, RDF.type, DCT.Location, graph)
    if area.centroid:
        yield Quad(node, DCAT.centroid, text(f"POINT({point(area.centroid)})"), graph)
    if area.boundary:
        outline = names.thing("boundary", area.code)
        label = Literal(f"Boundary of {area.name}", language="en")
        yield Quad(node, GEO.hasDefaultGeometry, outline, graph)
        yield Quad(outline, RDF.type, DCT.Location, graph)
        yield Quad(outline, RDFS.label, label, graph)
        yield Quad(outline, GEO.asWKT, text(wkt(area.boundary[max(area.boundary)])), graph)


def text(well_known: str) -> Literal:
    """Well-known text as a literal; without a system of its own it is longitude and latitude."""
    return Literal(well_known, datatype=GEO.wktLiteral)


def labelled(node: NamedNode, area: Area, graph: NamedNode) -> Iterator[Quad]:
    """The newest name as the label, others as alternatives."""
    # England and Wales together is named in ontologies/others/catalogue.ttl.
    if area.name and area.code != ENGLAND_AND_WALES:
        yield Quad(node, RDFS.label, Literal(area.name), graph)
    for older in sorted(set(area.names.values()) - {area.name}):
        yield Quad(node, SKOS.altLabel, Literal(older), graph)
    for other, language in sorted(area.other_names):
        yield Quad(node, SKOS.altLabel, Literal(other, language=language), graph)
    for spelling, how, language in spellings().get(area.code, ()):
        yield Quad(node, SPELT[how], Literal(spelling, language=language), graph)


@cache
def spellings() -> dict[str, list[tuple[str, str, str]]]:
    """What else areas are called, by code: in Welsh, in full, in short; with how and a language."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    with Path(__file__).with_name("spellings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["code"], []).append((row["spelling"], row["how"], row["language"]))
    return found


def with_wales(members: pl.DataFrame) -> pl.DataFrame:
    """The table with Wales among the regions, where tables by region have it; the graph has not."""
    in_wales = (pl.col("kind") == "country") & (pl.col("member_of") == WALES)
    wales = members.filter(in_wales).with_columns(pl.lit("region").alias("kind"))
    return pl.concat([members, wales])


def link(code: str, kind: str, member_of: str, share: str, names: Names) -> Quad:
    """That an area lies in a larger one, or has a part in it; Wales is a country, not a region."""
    kind = "country" if member_of == WALES else kind
    predicate = LINKS[kind] if share == "whole" else PLACE.partlyIn
    return Quad(iri.area(code), predicate, iri.area(member_of), names.graph(NAME))


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """The names of lower layer areas, and the larger areas that follow from them.

    The largest said of each is its region, or in Wales the country, so that either is one hop away.
    Names come from boundaries here, from the files of street-level crime and from those of the
    population. The tables `areas` and `members` are handed over again, now with these.
    """
    found = lower_layer.resolve(tables)
    if found is None:
        return
    tables.add(NAME, {"areas": found.areas, "members": found.members})
    graph = names.graph(NAME)
    for code, name, older, is_2021, said_elsewhere in found.named.iter_rows():
        node = iri.area(code)
        if not said_elsewhere:
            yield Quad(node, RDFS.label, Literal(name), graph)
            for other in older:
                yield Quad(node, SKOS.altLabel, Literal(other), graph)
        if is_2021:
            yield Quad(node, PLACE.vintage, Literal("2021", datatype=XSD.gYear), graph)
    in_graph = pl.col("kind").is_in(lower_layer.SAID)
    for code, kind, member_of, share in found.links.filter(in_graph).iter_rows():
        yield link(code, kind, member_of, share, names)
