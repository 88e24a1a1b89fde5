"""Decides all rules of shapes/cube.ttl for one cube, on the frames of terms that its text is from.

The rules compare observations with one another; a store takes minutes for a large cube, columns
take seconds. What is decided is the same: the integrity constraints of the RDF Data Cube
Vocabulary (W3C Recommendation 2014, section 11), the normal form they take for granted (section
10), and what the constraints leave unsaid.

    verdict = examine(structure, observations, slices, leading, gate.said(()), files)
    gate.judge(source, verdict)

A cube so examined need not be asked about again: `settled` names the rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import polars as pl
from pyoxigraph import Quad

from homegraph.graph.cubes.integrity_frames import (
    FOCUS,
    NODE,
    SUBJECT,
    VALUE,
    Broken,
    alone,
    together,
)
from homegraph.graph.cubes.integrity_rules import of_observations
from homegraph.graph.cubes.integrity_slices import of_slices
from homegraph.graph.cubes.integrity_structure import Known, settled, shape
from homegraph.graph.findings import Place
from homegraph.graph.rules import Result, rules
from homegraph.graph.shacl.paths import Predicate
from homegraph.graph.shacl.report import as_result
from homegraph.graph.shacl.shapes import Found
from homegraph.graph.shacl.terms import parts
from homegraph.graph.shacl.validation import KEPT
from homegraph.graph.shacl.worlds import Small
from homegraph.graph.terms import PROV, SOURCE
from homegraph.graph.trace import Traced

__all__ = ["Verdict", "examine", "settled"]


@dataclass(frozen=True)
class Verdict:
    """What the rules for cubes say of one cube."""

    nodes: int  # how many things the rules looked at
    traced: list[Traced]
    more: dict[str, int]  # by shape, beyond the results that are kept


def examine(
    structure: Iterable[Quad],
    observations: pl.DataFrame,
    slices: Sequence[pl.DataFrame],
    leading: pl.DataFrame,
    vocabulary: Small,
    files: Mapping[str, str],
) -> Verdict:
    """Decide every rule for one cube.

    Frames have a column `subject` and one for each property, named by its IRI in brackets; the
    cells are terms as N-Triples writes them, one (String) or several (List(String)). `leading`
    leads from the data set to its slices. The vocabulary describes properties and code lists.
    Results lead to the file and row that an observation says it was read from: `files` gives
    names by digest. Raises ValueError for protected counts, which are not written as frames.
    """
    known = Known(structure, vocabulary)
    everything = together([observations])
    cut, leads = together(slices), together([leading])
    counts, kept = Counter[str](), list[Traced]()
    faults, nodes = known.faults()
    for fault in faults:
        counts[fault.shape.iri] += 1
        kept.append(Traced(as_result(fault, rules().mask)))
    repeated = observations.filter(observations[SUBJECT].is_duplicated())
    found = chain(
        [Broken("observation-unique", "", alone(repeated[SUBJECT]))],
        of_observations(everything, known),
        of_slices(cut, leads, everything, known),
    )
    for broken in found:
        rule = shape(broken.rule)
        counts[rule.iri] += broken.found.height
        for row in broken.found.head(KEPT).iter_rows(named=True):
            result = result_of(broken, row)
            said = None if row[NODE] is None else everything.row(row[NODE], named=True)
            kept.append(traced(result, said, files))
    counts.subtract(one.result.shape for one in kept)
    more = {name: count for name, count in counts.items() if count}
    return Verdict(observations.height + cut.height + len(nodes), kept, more)


def result_of(broken: Broken, row: Mapping[str, str | None]) -> Result:
    """One result, as the engine would give it."""
    rule = shape(broken.rule)
    constraint = rule.constraints[broken.constraint]
    path = Predicate(broken.path) if broken.path else None
    value = row[VALUE] if row[VALUE] or rule.path else row[FOCUS]
    found = Found(str(row[FOCUS]), path or rule.path, value, rule, constraint)
    return as_result(found, rules().mask)


def traced(
    result: Result,
    said: Mapping[str, str | list[str] | None] | None,
    files: Mapping[str, str],
) -> Traced:
    """A result with the file, row and column that the observation was read from."""
    if said is None:
        return Traced(result)
    file, row, column = (
        first(said.get(str(name))) for name in (PROV.wasDerivedFrom, SOURCE.inRow, SOURCE.inColumn)
    )
    name = files.get(file[1:-1].rpartition("/")[2])
    if name is None:
        return Traced(result)
    place = Place(name, int(parts(row).lexical) if row else 0)
    return Traced(result, place, (parts(column).lexical,) if column else ())


def first(terms: str | list[str] | None) -> str:
    """The one term of a property, the first of several, or nothing."""
    if isinstance(terms, list):
        return terms[0] if terms else ""
    return terms or ""
