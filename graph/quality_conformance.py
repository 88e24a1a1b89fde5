"""What a record breaks of DCAT-AP and of the UK model, by the rules in shapes/catalogue.ttl."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pyoxigraph import NamedNode, Triple

from homegraph.graph.iri import VOCABULARY
from homegraph.graph.rules import check, rules
from homegraph.graph.shacl.reading import Rules
from homegraph.graph.shacl.report import as_result
from homegraph.graph.shacl.shapes import Found
from homegraph.graph.terms import SH

CATALOGUE = f"<{VOCABULARY}shape/catalogue#"
DCAT_AP = "semiceu.github.io/DCAT-AP"
UK_MODEL = ("co-cddo/ukgov-metadata-exchange-model", "using-metadata-to-describe-data-assets")
MISSING = ("MinCountConstraintComponent", "QualifiedMinCountConstraintComponent")
LISTS = ("PatternConstraintComponent",)


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that a record breaks, in words; `demanded` when DCAT-AP cannot do without."""

    message: str
    severity: str
    model: str  # dcat-ap or uk-model
    demanded: bool


@cache
def catalogue_rules() -> Rules:
    """The rules of catalogues alone, without the search for personal data."""
    every = rules()
    chosen = tuple(shape for shape in every.shapes if shape.name.startswith(CATALOGUE))
    left = {name: one for name, one in every.left.items() if name.startswith(CATALOGUE)}
    return replace(every, shapes=chosen, left=left, guard=None)


def faults(records: Mapping[NamedNode, Sequence[Triple]]) -> dict[NamedNode, tuple[Fault, ...]]:
    """What each of some records breaks, each thing once; of what they share, all of them."""
    speaking: defaultdict[str, set[NamedNode]] = defaultdict(set)
    lines: dict[str, None] = {}
    for dataset, triples in records.items():
        for triple in triples:
            speaking[str(triple.subject)].add(dataset)
            lines[f"{triple} .\n"] = None
    found: dict[NamedNode, set[Fault]] = {dataset: set() for dataset in records}
    for one in check(lines, shapes=catalogue_rules())[0]:
        fault = as_fault(one)
        if fault is not None:
            for dataset in speaking[one.focus]:
                found[dataset].add(fault)
    return {dataset: tuple(sorted(some)) for dataset, some in found.items()}


def as_fault(found: Found) -> Fault | None:
    """What was found, if it is by a rule of a model.

    Of DCAT-AP information is left out: what it does not even recommend. The UK model has more
    that is mandatory than others know of, so there everything counts.
    """
    result = as_result(found, rules().mask)
    if any(stem in result.rule for stem in UK_MODEL):
        return Fault(result.message, result.severity, "uk-model", False)
    if DCAT_AP not in result.rule or result.severity == "info":
        return None
    return Fault(result.message, result.severity, "dcat-ap", demanded(found))


def demanded(found: Found) -> bool:
    """Whether a record without this is no DCAT-AP at all.

    What DCAT-AP only recommends is no fault there where it is missing, and a value from another
    list than DCAT-AP's own costs points of its own (quality_metrics): neither counts here. What
    is left is what must be there, once, of the right kind, and described.
    """
    if found.shape.severity == str(SH.Violation):
        return True
    component = found.constraint.component_iri
    return found.path is not None and not component.endswith((*MISSING, *LISTS))
