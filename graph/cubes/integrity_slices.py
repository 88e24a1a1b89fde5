"""The rules about slices, each decided for all slices of a cube at once."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from homegraph.graph.cubes.integrity_frames import (
    FOCUS,
    NODE,
    SUBJECT,
    VALUE,
    Broken,
    alone,
    holds,
    pairs,
    several,
    there,
)
from homegraph.graph.cubes.integrity_structure import Known
from homegraph.graph.terms import QB, RDF

TYPE, KEY = str(RDF.type), str(QB.sliceStructure)
HELD, SLICE = "held", "slice"


def of_slices(
    slices: pl.DataFrame, leading: pl.DataFrame, observations: pl.DataFrame, known: Known
) -> Iterator[Broken]:
    """All rules about slices, what leads to them, and what they lead to; of whole frames."""
    led = pairs(leading, str(QB.slice))
    typed, keyed = holds(slices, TYPE, [str(QB.Slice)]), there(slices, KEY)
    named = slices[SUBJECT].is_in(led[VALUE].implode())
    yield Broken("Slice", "", alone(slices.filter(~typed & (keyed | named))[SUBJECT]))
    unknown = ~led[VALUE].is_in(slices[SUBJECT].implode())
    yield Broken("Slice", "", alone(led.filter(unknown)[VALUE]))
    untyped = [one for one in leading[SUBJECT] if not known.typed(one, QB.DataSet)]
    yield Broken("DataSet", "", alone(pl.Series(untyped, dtype=pl.String)))
    yield Broken("slice-has-key", KEY, alone(slices.filter(typed & ~keyed)[SUBJECT]))
    twice = typed & several(slices, KEY)
    yield Broken("slice-has-key", KEY, alone(slices.filter(twice)[SUBJECT]), 1)

    links = linked(slices, observations)
    yield Broken("Observation", "", strangers(links, observations))
    found = elsewhere(slices, links, leading, observations)
    yield Broken("slice-observation-in-dataset", "", found)
    for key in pairs(slices, KEY)[VALUE].unique().sort():
        if not known.typed(key, QB.SliceKey):
            yield Broken("SliceKey", "", alone(pl.Series([key])))
        rows = slices.filter(holds(slices, KEY, [key]))
        for path in known.objects(key, QB.componentProperty):
            without = rows.filter(~there(rows, path))
            yield Broken("slice-has-its-dimensions", path, alone(without[SUBJECT]))
            found = disagreeing(rows, path, links, observations)
            yield Broken("slice-observation-agrees", path, found)


def linked(slices: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """Each slice with its observations: their names, and their numbers where they are known."""
    links = pairs(slices, str(QB.observation)).rename({NODE: SLICE})
    known = observations.select(NODE, pl.col(SUBJECT).alias(VALUE))
    return links.join(known, on=VALUE, how="left")


def strangers(links: pl.DataFrame, observations: pl.DataFrame) -> pl.DataFrame:
    """What slices lead to and is no observation."""
    typed = observations.filter(holds(observations, TYPE, [str(QB.Observation)]))
    found = links.join(typed.select(NODE), on=NODE, how="anti").unique(VALUE, maintain_order=True)
    return found.select(pl.col(VALUE).alias(FOCUS), NODE, pl.lit(None, pl.String).alias(VALUE))


def elsewhere(
    slices: pl.DataFrame, links: pl.DataFrame, leading: pl.DataFrame, observations: pl.DataFrame
) -> pl.DataFrame:
    """IC-18: observations in slices of a data set that they do not belong to."""
    sets = leading.select(NODE, pl.col(SUBJECT).alias(FOCUS))
    numbers = slices.select(pl.col(NODE).alias(SLICE), pl.col(SUBJECT).alias(VALUE))
    led = pairs(leading, str(QB.slice)).join(sets, on=NODE).join(numbers, on=VALUE)
    own = pairs(observations, str(QB.dataSet)).rename({VALUE: FOCUS})
    wanted = led.select(FOCUS, SLICE).join(links, on=SLICE)
    found = wanted.join(own, on=[NODE, FOCUS], how="anti")
    return found.select(FOCUS, VALUE, NODE).unique(maintain_order=True)


def disagreeing(
    slices: pl.DataFrame, path: str, links: pl.DataFrame, observations: pl.DataFrame
) -> pl.DataFrame:
    """Observations with another value than the slice they are in holds fast."""
    held = pairs(slices, path).rename({NODE: SLICE, VALUE: HELD})
    own = pairs(observations, path).rename({VALUE: "own"})
    found = links.join(held, on=SLICE).join(own, on=NODE).filter(pl.col(HELD) != pl.col("own"))
    name = slices.select(pl.col(NODE).alias(SLICE), pl.col(SUBJECT).alias(FOCUS))
    return found.join(name, on=SLICE).select(FOCUS, VALUE, NODE)
