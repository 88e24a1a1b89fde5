"""The report of a check: broken rules and findings, grouped by rule, for people and programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode

from homegraph.graph import iri
from homegraph.graph.errors import ShapesViolated
from homegraph.graph.findings import Finding, Place, shortened
from homegraph.graph.personal import masked
from homegraph.graph.terms import RDF, SH, SOURCE
from homegraph.graph.trace import Traced

SEVERITIES = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
ORDER = list(SEVERITIES)
MOST = 100  # examples of each rule


@dataclass(frozen=True)
class Example:
    """One place where a rule is broken."""

    file: str = ""
    row: int | None = None
    columns: tuple[str, ...] = ()
    focus: str = ""
    path: str = ""
    value: str = ""
    owner: str = ""  # the post that answers for it
    terms: tuple[tuple[NamedNode, str], ...] = ()  # the same, as a SHACL report says it

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {key: value for key, value in vars(self).items() if key not in ("owner", "terms")}

    def __str__(self) -> str:
        where = self.file or f"<{self.focus}>"
        if self.row:
            where += f": row {self.row}"
        if self.columns:
            what = "column" if len(self.columns) == 1 else "columns"
            where += f": {what} {' or '.join(map(repr, self.columns))}"
            if self.value:
                where += f" {'holds' if len(self.columns) == 1 else 'hold'} {self.value!r}"
        elif self.value:
            where += f": {self.value!r}"
        return where + (f" (<{self.focus}>)" if self.file and self.focus else "")


@dataclass
class Rule:
    """A rule that is broken: how often, where first, and what to do."""

    rule: str  # its IRI
    severity: str
    message: str  # what is wrong, and the remedy
    source: str = ""  # where the rule comes from
    count: int = 0
    examples: list[Example] = field(default_factory=list)

    def add(self, example: Example) -> None:
        """Count one more place; the first ones are kept."""
        self.count += 1
        if len(self.examples) < MOST:
            self.examples.append(example)


@dataclass
class Report:
    """What a check found; it conforms when nothing is worse than a warning."""

    rules: list[Rule]
    nodes: int  # how many things the shapes were asked about

    @property
    def violations(self) -> list[Rule]:
        """What must not be published."""
        return [rule for rule in self.rules if rule.severity == "violation"]

    @property
    def warnings(self) -> int:
        """In how many places a person should look."""
        return sum(rule.count for rule in self.rules if rule.severity != "violation")

    @property
    def errors(self) -> int:
        """In how many places something must be mended."""
        return sum(rule.count for rule in self.violations)

    @property
    def conforms(self) -> bool:
        """Whether the data may go out."""
        return not self.violations

    @property
    def owners(self) -> dict[str, list[tuple[Rule, Example]]]:
        """What each owner of an asset has to see to; nothing while the name may be at fault."""
        if not self.conforms:
            return {}
        found: dict[str, list[tuple[Rule, Example]]] = {}
        for rule in self.rules:
            for example in rule.examples:
                if example.owner:
                    found.setdefault(example.owner, []).append((rule, example))
        return dict(sorted(found.items()))

    def insist(self) -> None:
        """Raise ShapesViolated, naming the rules and the first places, unless it conforms."""
        if not self.conforms:
            raise ShapesViolated("\n".join(self.lines(worst=True)))

    def lines(self, most: int = 5, worst: bool = False) -> list[str]:
        """The report for a terminal: each rule with its count and first places."""
        said: list[str] = []
        for rule in self.violations if worst else self.rules:
            times = "once" if rule.count == 1 else f"{rule.count:,} times"
            said += [f"{rule.severity}, {times}: {rule.message}", f"  rule: {rule.rule}"]
            said += [f"  - {example}" for example in rule.examples[:most]]
            if rule.count > most:
                said.append(f"  and {rule.count - min(most, len(rule.examples)):,} more")
        return said

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "conforms": self.conforms,
            "nodes": self.nodes,
            "rules": [
                {
                    "rule": rule.rule,
                    "severity": rule.severity,
                    "message": rule.message,
                    "source": rule.source,
                    "count": rule.count,
                    "examples": [example.as_dict() for example in rule.examples],
                }
                for rule in self.rules
            ],
            "owners": {
                owner: [
                    {"rule": rule.rule, "severity": rule.severity, **example.as_dict()}
                    for rule, example in found
                ]
                for owner, found in self.owners.items()
            },
        }

    def turtle(self) -> Iterator[str]:
        """The report as SHACL has it (section 3.6), in Turtle, with file, row and column.

        SHACL says that data conforms when nothing at all is found, warnings included.
        """
        conforms = "false" if self.rules else "true"
        yield f"_:report {RDF.type} {SH.ValidationReport} ; {SH.conforms} {conforms} .\n"
        for rule in self.rules:
            for example in rule.examples:
                said = [
                    (RDF.type, str(SH.ValidationResult)),
                    (SH.resultSeverity, str(SEVERITIES[rule.severity])),
                    (SH.sourceShape, f"<{rule.rule}>"),
                    (SH.resultMessage, str(Literal(rule.message, language="en"))),
                    *example.terms,
                    *((SOURCE.inFile, str(Literal(one))) for one in [example.file] if one),
                    *((SOURCE.inRow, str(one)) for one in [example.row] if one),
                    *((SOURCE.inColumn, str(Literal(one))) for one in example.columns),
                ]
                text = " ;\n    ".join(f"{predicate} {value}" for predicate, value in said)
                yield f"_:report {SH.result} [\n    {text}\n] .\n"

    def save(self, folder: Path, besides: Mapping[str, Any]) -> None:
        """Write report.json, with what else is to be said there, and report.ttl."""
        text = json.dumps({**self.as_dict(), **besides}, indent=1, ensure_ascii=False)
        (folder / "report.json").write_text(text + "\n", "utf-8")
        with (folder / "report.ttl").open("w", encoding="utf-8") as stream:
            stream.writelines(self.turtle())


def report(
    traced: Iterable[Traced],
    findings: Iterable[Finding] = (),
    nodes: int = 0,
    more: Mapping[str, int] | None = None,
) -> Report:
    """Group results and findings by rule, the worst and most frequent first.

    `more` says how often each shape was broken beyond the results that were kept.
    """
    rules: dict[tuple[str, str, str], Rule] = {}
    in_order = sorted(traced, key=lambda one: (one.place or Place(""), one.result.focus))
    for one in in_order:
        result, place = one.result, one.place
        rule = Rule(result.shape, result.severity, result.message, result.rule)
        example = Example(
            masked(place.file) if place else "",
            (place.row or None) if place else None,
            one.columns,
            result.focus,
            result.path,
            shortened(result.value) if result.value != result.focus else "",
            one.owner,
            tuple(
                (predicate, term)
                for predicate, term in (
                    (SH.focusNode, result.focus_term),
                    (SH.resultPath, result.path_term),
                    (SH.value, result.value_term),
                    (SH.sourceConstraintComponent, f"<{result.component}>"),
                )
                if term
            ),
        )
        rules.setdefault((rule.severity, rule.rule, rule.message), rule).add(example)
    for finding in findings:
        severity = "violation" if finding.severity == "error" else finding.severity
        rule = Rule(
            iri.concept("reading-rule", finding.rule).value,
            severity,
            f"{finding.problem[:1].upper()}{finding.problem[1:]}. {finding.remedy}",
        )
        columns = (finding.column,) if finding.column is not None else ()
        terms = [
            (SH.focusNode, str(Literal(finding.file))),
            (SH.sourceConstraintComponent, str(SOURCE.ReadingConstraintComponent)),
        ]
        if finding.value:
            terms.append((SH.value, str(Literal(shortened(finding.value)))))
        example = Example(
            finding.file,
            finding.row,
            columns,
            value=shortened(finding.value or ""),
            terms=tuple(terms),
        )
        rules.setdefault((rule.severity, rule.rule, rule.message), rule).add(example)
    left = Counter(more or {})
    for rule in rules.values():
        rule.count += left.pop(rule.rule, 0)
    found = sorted(
        rules.values(),
        key=lambda rule: (ORDER.index(rule.severity), -rule.count, rule.rule, rule.message),
    )
    return Report(found, nodes)


def told(counts: dict[str, Any]) -> dict[str, Any]:
    """What a report tells of a source; of files not where they lay on somebody's machine.

    How many records a confidential source has is not told: with another file more, the difference
    would be a count that disclosure control may have hidden.
    """
    files = [[masked(file["name"]), file["sha256"]] for file in counts["files"]]
    if counts["confidential"]:
        return {"confidential": True, "files": files}
    return counts | {"files": files}
