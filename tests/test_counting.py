"""Cubes are written and checked as frames of terms: one row among many is still seen."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from pyoxigraph import RdfFormat, parse

from homegraph.graph import dump
from homegraph.graph.cubes import text as cube_text
from homegraph.graph.cubes.counting import FEW, Written, watched, write
from homegraph.graph.cubes.cube import Cube, Dimension, Measure, areas, months
from homegraph.graph.findings import Place
from homegraph.graph.iri import Names, concept
from homegraph.graph.terms import QB, RDF, RDFS, SDMXD, STAT

ROWS = FEW * 5
DIGEST = "a" * 64


def cube(notes: list[str], partition: str | None = None) -> Cube:
    """A cube of so many areas in two months, with a note for each figure."""
    count = len(notes)
    frame = pl.DataFrame(
        {
            "area": [f"E0{1000000 + number}" for number in range(count)],
            "month": ["2024-01" if number % 2 else "2024-02" for number in range(count)],
            "incidents": list(range(count)),
            "note": notes,
            "row": [number + 2 for number in range(count)],
            "file": [DIGEST] * count,
        }
    )
    return Cube(
        "toy-counts",
        "toy",
        "Counts",
        "Counts of a toy.",
        (
            Dimension("area", SDMXD.refArea, areas({})),
            Dimension("month", SDMXD.refPeriod, months()),
        ),
        Measure("incidents", STAT.incidents, concept("counting-unit", "incident")),
        frame,
        slices=(("month",),),
        partition=partition,
    )


def notes(besides: str = "") -> list[str]:
    """Many different notes, with one more in the middle."""
    some = [f"Note {'abcdefghij'[number % 10]}{number}." for number in range(ROWS)]
    some[ROWS // 2] = besides or some[ROWS // 2]
    return some


@pytest.mark.parametrize(
    ("planted", "rule"),
    [("Seen by AB 12 34 56 C.", "NationalInsuranceNumber"), ("Born 03/04/1981.", "DateOfBirth")],
)
def test_one_personal_value_among_many_is_found_with_its_row(planted: str, rule: str) -> None:
    written = Written.of(cube(notes(planted)), Names())
    results = watched(written, {DIGEST: "toy.csv"}).results
    found = [(result, place) for result, place in results if rule in result.shape]
    assert [place for _, place in found] == [Place("toy.csv", ROWS // 2 + 2)]
    assert planted not in str(found)


def test_ordinary_values_are_not_suspected() -> None:
    found = watched(Written.of(cube(notes()), Names()), {})
    assert not found.results
    assert not found.left


@pytest.mark.parametrize("partition", [None, "month"])
def test_the_dumps_hold_what_the_frames_say(partition: str | None, tmp_path: Path) -> None:
    written = Written.of(cube(notes(), partition), Names())
    sizes = write(written, tmp_path)
    said: list[str] = []
    for where, size in sizes.items():
        lines = b"".join(dump.blocks(tmp_path / where)).decode().splitlines(keepends=True)
        assert lines == sorted(lines)  # so that two releases are compared as they stream by
        assert len(lines) == size
        said += lines
    assert len(said) == len(set(said))
    quads = list(parse("".join(said), format=RdfFormat.N_QUADS))
    counted = [quad for quad in quads if quad.object == QB.Observation]
    assert len(counted) == ROWS
    assert {quad.object.value for quad in quads if quad.predicate == RDFS.comment} >= set(notes())
    properties, classes = written.tally()
    structure = len(written.structure)
    assert sum(properties.values()) + structure == len(quads)
    assert classes[QB.Observation.value] == ROWS
    assert classes[QB.Slice.value] == sum(quad.object == QB.Slice for quad in quads)


def test_text_is_escaped_as_n_quads_wants_it() -> None:
    odd = 'Said "so", \\ and\nmore\r, Tŷ.'
    written = Written.of(cube([odd]), Names())
    (line,) = cube_text.text(written.observations, written.cube.graph(Names()))
    quads = list(parse(line, format=RdfFormat.N_QUADS))
    assert odd in [quad.object.value for quad in quads if quad.predicate == RDFS.comment]
    assert str(RDF.type) in line


@pytest.mark.parametrize(
    ("figure", "text"), [(0.5, "0.5"), (2.0, "2"), (1e-6, "0.000001"), (-12.25, "-12.25")]
)
def test_decimals_are_canonical(figure: float, text: str) -> None:
    made = cube(["x"])
    frame = made.frame.with_columns(pl.lit(figure).alias("incidents"))
    written = Written.of(Cube(**{**vars(made), "frame": frame}), Names())
    value = written.observations[str(STAT.incidents)][0]
    assert value.startswith(f'"{text}"^^')
