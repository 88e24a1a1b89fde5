"""The rules in shapes/: SHACL validation by pySHACL, and its report in words.

rdflib lives only here, because pySHACL speaks it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import pyshacl
from pyoxigraph import RdfFormat, Triple, parse, serialize
from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node

from homegraph.graph.errors import ShapesViolated

SHAPES = Path(__file__).parent.parent / "shapes"
SEVERITIES = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}


@dataclass(frozen=True)
class Result:
    """One broken rule at one node."""

    severity: str
    message: str
    focus: str
    path: str
    value: str
    shape: str
    rule: str


@dataclass(frozen=True)
class Report:
    """The outcome of validation; it conforms when nothing is worse than a warning."""

    results: tuple[Result, ...]
    turtle: str
    focus_nodes: int

    @property
    def violations(self) -> tuple[Result, ...]:
        """What must not be published."""
        return tuple(result for result in self.results if result.severity == "violation")

    @property
    def conforms(self) -> bool:
        """Whether the data may go out."""
        return not self.violations

    def insist(self) -> None:
        """Raise ShapesViolated, naming the first few nodes, unless the data conforms."""
        if self.violations:
            said = [
                f"<{result.focus}>: {result.message}"
                + (f" Found: {result.value}" if result.value else "")
                for result in self.violations[:10]
            ]
            more = len(self.violations) - len(said)
            raise ShapesViolated("\n".join(said) + (f"\n... and {more} more" if more else ""))

    def as_dicts(self) -> list[dict[str, str]]:
        """Plain values, for JSON."""
        return [asdict(result) for result in self.results]


@cache
def shapes() -> Graph:
    """All shapes, as one graph."""
    graph = Graph()
    for path in sorted(SHAPES.glob("*.ttl")):
        graph.parse(path)
    return graph


def validate(lines: Iterable[str]) -> Report:
    """Validate N-Quads lines, all graphs together, against every shape."""
    text = "".join(lines)
    triples = {
        Triple(quad.subject, quad.predicate, quad.object)
        for quad in parse(input=text, format=RdfFormat.N_QUADS)
    }
    data = Graph()
    data.parse(data=serialize(triples, format=RdfFormat.N_TRIPLES) or b"", format="nt")
    rules = shapes()
    _, found, _ = pyshacl.validate(
        data, shacl_graph=rules, inference="none", advanced=False, allow_warnings=True
    )
    if not isinstance(found, Graph):
        raise TypeError(f"pySHACL gave {type(found).__name__} instead of a report")
    results = sorted(
        (result(found, node, rules) for node in found.subjects(RDF.type, SH.ValidationResult)),
        key=lambda one: (one.severity != "violation", one.shape, one.focus, one.path, one.value),
    )
    return Report(tuple(results), found.serialize(format="turtle"), len(set(data.subjects())))


def result(report: Graph, node: Node, rules: Graph) -> Result:
    """Read one sh:ValidationResult."""

    def text(predicate: URIRef) -> str:
        value = report.value(node, predicate)
        return "" if value is None else str(value)

    severity = report.value(node, SH.resultSeverity)
    shape = report.value(node, SH.sourceShape)
    rule = rules.value(shape, RDFS.seeAlso) if shape is not None else None
    return Result(
        SEVERITIES.get(severity, "violation") if isinstance(severity, URIRef) else "violation",
        text(SH.resultMessage),
        text(SH.focusNode),
        text(SH.resultPath),
        text(SH.value),
        str(shape or ""),
        str(rule or ""),
    )
