"""What validation found: in plain values for people, and as a report in Turtle (SHACL 3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from homegraph.graph.errors import ShapesViolated
from homegraph.graph.shacl.paths import Predicate
from homegraph.graph.shacl.shapes import Found
from homegraph.graph.shacl.terms import parts, text
from homegraph.graph.terms import SH

SEVERITIES = {str(SH.Violation): "violation", str(SH.Warning): "warning", str(SH.Info): "info"}
Mask = Callable[[str], str]  # makes a term of one that may hold personal data


@dataclass(frozen=True)
class Result:
    """One broken rule at one node; the names that end in _term are Turtle, "" when absent."""

    severity: str
    message: str
    focus: str
    path: str
    value: str
    shape: str
    rule: str
    component: str
    focus_term: str
    path_term: str
    value_term: str


@dataclass(frozen=True)
class Report:
    """The outcome of validation; it conforms when nothing is worse than a warning."""

    results: tuple[Result, ...]
    written: tuple[str, ...]  # each result in Turtle
    focus_nodes: int  # how many nodes shapes were about

    @property
    def turtle(self) -> str:
        """The report as RDF; sh:conforms is false as soon as there is any result (3.1)."""
        head = f"@prefix sh: <{SH.iri}> .\n\n[] a sh:ValidationReport ;\n    sh:conforms "
        if not self.written:
            return f"{head}true .\n"
        return f"{head}false ;\n    sh:result {' , '.join(self.written)} .\n"

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


def report(found: Iterable[Found], mask: Mask, focus_nodes: int) -> Report:
    """The report of what was found, sorted, with personal data masked."""
    each = [(as_result(one, mask), as_turtle(one, mask)) for one in found]
    each.sort(key=lambda pair: (order(pair[0]), pair[1]))
    return Report(tuple(one for one, _ in each), tuple(text for _, text in each), focus_nodes)


def order(result: Result) -> tuple[bool, str, str, str, str, str]:
    """Violations first, then by rule, node and what is wrong there."""
    return (
        result.severity != "violation",
        result.shape,
        result.focus,
        result.path,
        result.value_term,
        result.component,
    )


def as_result(found: Found, mask: Mask) -> Result:
    """One result in plain values."""
    focus, value = mask(found.focus), "" if found.value is None else mask(found.value)
    path = "" if found.path is None else found.path.sparql
    said = messages(found, mask)
    best = min(said, key=lambda one: (parts(one).language[:2] not in ("en", ""), one))
    return Result(
        SEVERITIES.get(found.shape.severity, "violation"),
        parts(best).lexical,
        plain(focus),
        path[1:-1] if isinstance(found.path, Predicate) else path,
        plain(value),
        found.shape.iri,
        plain(found.shape.rule),
        found.constraint.component_iri,
        focus,
        "" if found.path is None else found.path.turtle,
        value,
    )


def plain(value: str) -> str:
    """A term in plain words; a blank node by its label."""
    if not value:
        return ""
    said = text(value)
    return value if said is None else said


def messages(found: Found, mask: Mask) -> tuple[str, ...]:
    """What the shape says, as literals; or what it asks for, where it says nothing."""
    said = found.shape.messages if found.messages is None else found.messages
    return tuple(mask(one) for one in said) or (f'"{found.constraint.component} is not kept."',)


def as_turtle(found: Found, mask: Mask) -> str:
    """One sh:ValidationResult."""
    lines = ["a sh:ValidationResult", f"sh:focusNode {mask(found.focus)}"]
    if found.path is not None:
        lines.append(f"sh:resultPath {found.path.turtle}")
    if found.value is not None:
        lines.append(f"sh:value {mask(found.value)}")
    lines += [
        f"sh:resultSeverity {found.shape.severity}",
        f"sh:sourceShape {found.shape.name}",
        f"sh:sourceConstraintComponent <{found.constraint.component_iri}>",
    ]
    if found.constraint.source is not None:
        lines.append(f"sh:sourceConstraint {found.constraint.source}")
    lines += [f"sh:resultMessage {message}" for message in messages(found, mask)]
    return "[\n        " + " ;\n        ".join(lines) + "\n    ]"
