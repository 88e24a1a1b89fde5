"""Police recorded crime open data tables: offences by force, quarter and offence code.

A file is a workbook with a sheet per financial year, as 2019-20 or 2019_20, and sheets of notes;
or the same table as CSV. It holds all years since April 2012, so each release replaces the one
before: where two give different figures, the later counts and says what the earlier gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl
from pyoxigraph import Quad

from homegraph.graph.classification import Vintage, release, say_classification
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.made import COLUMN, told
from homegraph.graph.offences import (
    CLASS,
    classes,
    insist_once,
    read_common,
    released,
    say_release,
)
from homegraph.graph.open_tables import Columns, count, sheets
from homegraph.graph.raw import RawFile
from homegraph.graph.scheme import say_scheme
from homegraph.loaders.recorded_crime_open_data.cubes import MEASURE, NAME, made
from homegraph.loaders.recorded_crime_open_data.generate import HEADINGS, write_example

KEY = ("force", "period", "code")
TITLE = "Police recorded crime open data tables"


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """Each release as a thing; its figures and its classification are handed over as tables."""
    figures, found = [], []
    for file in sorted(files, key=released):
        issued = released(file)
        read = [read_sheet(Columns(sheet, reading)) for sheet in sheets(file, reading, HEADINGS)]
        frame = insist_once(pl.concat(read), KEY, file, reading)
        figures.append(frame.with_columns(pl.lit(issued).alias("issued")))
        found.append(classes(frame, issued))
        reading.at = Place(file.name)
        invented = bool(frame[COLUMN].any())
        yield from say_release(NAME, TITLE, file, frame["year"], names, made=invented)
        yield from say_codes(release(NAME, found[-1], issued, names), names)
    if figures:
        reading.table("figures", pl.concat(figures).drop("description"))
        reading.table("classes", pl.concat(found))


def read_sheet(columns: Columns) -> pl.DataFrame:
    """The figures of one sheet; what cannot be read is left out, with findings."""
    read_common(columns)
    columns.read("Number of Offences", MEASURE, count, "Write a whole number.", numbers=True)
    return columns.done("year", "period", "force", *CLASS, MEASURE)


def say_codes(vintage: Vintage, names: Names) -> Iterator[Quad]:
    """The classification that a release's rows hold, as a list of its own."""
    day = date.fromisoformat(vintage.issued)
    title = f"Offence classification, release of {day.day} {day:%B %Y}"
    about = (
        "The offence codes of one release of the police recorded crime open data tables, in the "
        "groups and sub-groups in which its newest quarter has them."
    )
    for statement in say_scheme(vintage.scheme(title, about)):
        yield Quad(*statement, names.graph(NAME))


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """The classification, when nobody before this source writes it."""
    if tables.get("offence-classification", "reference") is None:
        yield from say_classification(tables, names, NAME)


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """Offences by quarter and by year."""
    yield from told(made(tables), tables, NAME, ["figures"])


def make_example(folder: Path) -> None:
    """Write the generated example: invented figures in the exact form of the tables."""
    write_example(folder)
