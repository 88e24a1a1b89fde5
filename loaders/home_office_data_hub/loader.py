"""The Home Office Data Hub: extracts of records about crimes, persons and police workers.

An extract is a folder of CSV files of one force and one year from April to March, named
data-hub-<force>-<year>-<year>-<kind>.csv. It has an agreement and the kinds area, crime, person,
workforce and absence; assault, training and recruitment may be left out, with their figures.
columns.py says which columns each kind has; agreement.py says it of the agreement.

Records are in memory while the figures are counted, and nowhere else. What comes out is the
agreement and the figures of the annual data requirement, after disclosure control: no reference,
no date, no row. The extracts of a year are counted together, and one figure is one cube.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from pyoxigraph import Quad

from homegraph.graph.catalogue import say_period
from homegraph.graph.cubes.periods import months_of
from homegraph.graph.findings import Finding, Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.loaders.home_office_data_hub.agreement import Agreement, read_agreement, say
from homegraph.loaders.home_office_data_hub.axes import Part
from homegraph.loaders.home_office_data_hub.columns import COLUMNS, OPTIONAL
from homegraph.loaders.home_office_data_hub.cubes import (
    NAME,
    Year,
    places,
    protected_cubes,
    structures,
    words_of_others,
)
from homegraph.loaders.home_office_data_hub.extract import Extract, extracts, read_records
from homegraph.loaders.home_office_data_hub.generate import write_example

KINDS = {"agreement", *COLUMNS}


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """The agreements and figures of all extracts; nothing when anything is wrong with one."""
    found = extracts(files, KINDS)
    read = [read_extract(extract, reading, alone=len(files) == 1) for extract in found]
    if reading.errors or len(files) == 1:
        return
    graph = names.graph(NAME)
    reading.at = Place("ontologies/others/sdmx.ttl")
    for statement in words_of_others():
        yield Quad(*statement, graph)
    months = sorted({month for extract in found for month in months_of(extract.period)})
    if months:
        node = names.data(NAME)
        covered = names.data(NAME, "period")
        for statement in say_period(node, covered, (months[0], months[-1])):
            yield Quad(*statement, graph)
    for period, group in groupby(read, key=lambda pair: pair[0].extract.period):
        pairs = list(group)
        parts = [part for part, _ in pairs]
        agreements = [agreement for _, agreement in pairs if agreement]
        year = Year(period, parts, agreements, names)
        for part, agreement in pairs:
            if agreement:
                reading.at = agreement.place
                yield from say(agreement, part.extract, names, graph)
        reading.at = Place(f"data-hub-*-{period}-*.csv")  # a sum leads back to files, not to a row
        for statement in (*structures(year), *places(year)):
            yield Quad(*statement, graph)
        yield from protected_cubes(year)


def read_extract(extract: Extract, reading: Reading, alone: bool) -> tuple[Part, Agreement | None]:
    """Read all files of an extract; a file that comes alone is checked, and gives no figure."""
    agreement = read_agreement(extract, reading) if "agreement" in extract.files else None
    records = read_records(extract, reading)
    for kind in sorted(KINDS - OPTIONAL - set(extract.files)):
        if not alone:
            reading.add(missing(extract, kind))
    if alone:
        (file,) = extract.files.values()
        problem = "the file comes alone: it is checked, and no figure is made of it"
        remedy = "To make figures, give the whole folder of the extract."
        reading.add(Finding(problem, remedy, file.name, severity="warning"))
    return Part(extract, records), agreement


def missing(extract: Extract, kind: str) -> Finding:
    """A finding for an extract without a file that it needs."""
    name = f"data-hub-{extract.force}-{extract.period}-{kind}.csv"
    if kind == "agreement":
        problem = "there is no agreement, and without one nothing may be made of the records"
        return Finding(problem, "Add the agreement's row as a file of this name.", name)
    return Finding("the extract lacks this file", "Ask the force for it.", name)


def make_example(folder: Path) -> None:
    """Write extracts of two forces, all generated, which describe nobody and nothing real."""
    write_example(folder)
