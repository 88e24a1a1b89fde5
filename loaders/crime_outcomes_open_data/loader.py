"""Crime outcomes open data tables: what became of offences, by force, quarter, code and type.

A file is a workbook for one financial year with a sheet of figures and sheets of notes, or the
same table as CSV. Each row counts twice: the offences recorded in the quarter that have this
outcome by now, and the investigations closed with it in the quarter. In place of a figure stands
N/A, in five spellings: where it does not apply, where the code has expired, or where a force did
not provide it. Type 0 counts offences that have no outcome yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl
from pyoxigraph import Quad

from homegraph.graph.classification import say_classification
from homegraph.graph.concepts import code_list
from homegraph.graph.cubes.cube import Cube
from homegraph.graph.cubes.tables import Tables
from homegraph.graph.findings import Place, Reading
from homegraph.graph.iri import Names
from homegraph.graph.made import COLUMN, told
from homegraph.graph.offences import (
    CLASS,
    TABLES,
    classes,
    insist_once,
    read_common,
    released,
    same,
    say_release,
    slug,
    words,
)
from homegraph.graph.open_tables import Columns, count, sheets
from homegraph.graph.raw import RawFile
from homegraph.graph.scheme import Item, Scheme, say_scheme
from homegraph.graph.terms import SKOS
from homegraph.loaders.crime_outcomes_open_data.cubes import NAME, made
from homegraph.loaders.crime_outcomes_open_data.generate import HEADINGS, write_example

KEY = ("force", "period", "code", "outcome")
TITLE = "Crime outcomes open data tables"
NOT_A_FIGURE = re.compile(r"n ?/? ?a(?: ?[-–] ?(offence code expired|data not provided))?")
SAID = "outcome", "outcome_label", "outcome_group"
COUNTS = {"recorded": HEADINGS[11], "closed": HEADINGS[12]}
A_FIGURE = "Write a whole number, or N/A with the reason."


def load(files: Sequence[RawFile], names: Names, reading: Reading) -> Iterator[Quad]:
    """Each release as a thing, with its own names of the types; the figures go as tables."""
    figures: list[pl.DataFrame] = []
    found: list[pl.DataFrame] = []
    by_day: dict[str, list[pl.DataFrame]] = {}
    for file in sorted(files, key=released):
        issued = released(file)
        read = [
            read_sheet(Columns(sheet, reading))
            for sheet in sheets(file, reading, HEADINGS, by_year=False)
        ]
        frame = insist_once(pl.concat(read), KEY, file, reading)
        figures.append(frame.with_columns(pl.lit(issued).alias("issued")))
        found.append(classes(frame, issued))
        by_day.setdefault(issued, []).append(frame)
        reading.at = Place(file.name)
        invented = bool(frame[COLUMN].any())
        yield from say_release(NAME, TITLE, file, frame["year"], names, made=invented)
    for issued, frames in by_day.items():
        yield from say_types(pl.concat(frames), issued, names)
    if figures:
        reading.table("figures", pl.concat(figures).drop("description"))
        newest = pl.concat(found).sort("issued", "period")
        reading.table("classes", newest.unique(["code", "issued"], keep="last").sort("code"))


def read_sheet(columns: Columns) -> pl.DataFrame:
    """The figures of one sheet; what cannot be read is left out, with findings."""
    read_common(columns)
    columns.read("Offence code expired", "expired", flag, "Write x or nothing.", may_be_empty=True)
    columns.read("Outcome Type", "outcome", outcome, "Write a number from 0 to 22.")
    columns.read("Outcome Description", "outcome_label", words, "Name the outcome.")
    columns.read("Outcome Group", "outcome_group", words, "Name the group of outcomes.")
    for name, heading in COUNTS.items():
        columns.read(heading, name, figure, A_FIGURE, numbers=True)
        columns.read(heading, f"{name}_said", why_none, A_FIGURE)
    said = [f"{name}{end}" for name in COUNTS for end in ("", "_said")]
    return columns.done("year", "period", "force", *CLASS, "expired", *SAID, *said)


def flag(text: str) -> str:
    """Read the mark of a code that has expired."""
    if text.casefold() not in {"x", "yes"}:
        raise ValueError("not the mark of an expired code")
    return "yes"


def outcome(text: str) -> str:
    """Read a type of outcome by its number."""
    code_list("outcome-type").code(text)
    if not text.isdigit():
        raise ValueError("a group of outcomes, not a type")
    return text


def figure(text: str) -> int | None:
    """Read a count, or None for any spelling of N/A."""
    return None if NOT_A_FIGURE.fullmatch(text.casefold()) else count(text)


def why_none(text: str) -> str:
    """Read why there is no figure: not-applicable or not-provided; `figure` if there is one.

    >>> why_none("N/A - data not provided"), why_none("NA"), why_none("-2")
    ('not-provided', 'not-applicable', 'figure')
    """
    found = NOT_A_FIGURE.fullmatch(text.casefold())
    if found is None:
        return "figure"
    return "not-provided" if found[1] == "data not provided" else "not-applicable"


def say_types(frame: pl.DataFrame, issued: str, names: Names) -> Iterator[Quad]:
    """The types of outcome and their groups as a release names them, and which of ours they are."""
    latest = frame.sort("period", "row").unique("outcome", keep="last").select(SAID)
    said = sorted(latest.iter_rows(), key=lambda row: int(row[0]))
    groups = {slug(group): group for _, _, group in said}
    items = [
        Item(key, label, f"The group “{label}” of outcomes.", None)
        for key, label in sorted(groups.items())
    ]
    for kind, label, group in said:
        text = f"Outcome type {kind}, in the group “{group}”: {label}."
        items.append(Item(kind, f"{kind} {label}", text, slug(group)))
    day = date.fromisoformat(issued)
    scheme = Scheme(
        f"outcome-type-{issued}",
        f"Outcome types, release of {day.day} {day:%B %Y}",
        "The types of outcome in one release of the crime outcomes open data tables, as it names "
        "and groups them.",
        issued,
        (names.data(NAME, "release", issued),),
        tuple(items),
        (
            ("Outcome groups", tuple(sorted(groups))),
            ("Outcome types", tuple(kind for kind, _, _ in said)),
        ),
    )
    ours = code_list("outcome-type")
    graph = names.graph(NAME)
    for statement in say_scheme(scheme):
        yield Quad(*statement, graph)
    for kind, label, _ in said:
        known = [text for text, node in ours.by_label.items() if node == ours.code(kind)]
        match = any(same(label, text) for text in known)
        predicate = SKOS.exactMatch if match else SKOS.closeMatch
        yield Quad(scheme.node(kind), predicate, ours.code(kind), graph)


def derive(tables: Tables, names: Names, reading: Reading) -> Iterator[Quad]:
    """The classification, when no source before this one writes it."""
    others = ("offence-classification", "reference"), (TABLES[0], "classes")
    if all(tables.get(*other) is None for other in others):
        yield from say_classification(tables, names, NAME)


def cubes(tables: Tables, names: Names) -> Iterator[Cube]:
    """Outcomes by quarter, in both ways of counting."""
    yield from told(made(tables), tables, NAME, ["figures"])


def make_example(folder: Path) -> None:
    """Write the generated example: invented figures in the form of the tables."""
    write_example(folder)
