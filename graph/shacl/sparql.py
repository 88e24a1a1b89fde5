"""sh:sparql: constraints that a SELECT query decides (SHACL 5), run by Oxigraph.

SHACL says that $this is bound before anything of a query is evaluated, in every group of it. A
query of SPARQL is evaluated from the inside out, so what binds $this is put at the head of each
group: then a filter or an inner group sees it, and joining the groups changes nothing. One query
can so be run for many focus nodes at once, unless it counts or cuts off rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from homegraph.graph.errors import MetadataError
from homegraph.graph.shacl.paths import Path, Predicate
from homegraph.graph.shacl.shapes import Constraint, Found, Question, Row, Shape, World
from homegraph.graph.shacl.terms import is_iri, is_literal, parts, text
from homegraph.graph.shacl.wellformed import CannotRun

TOKEN = re.compile(
    r"""(?P<aside>\#[^\n\r]*|\s+)
    |(?P<text>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'|<[^<>"{}|^`\\\x00-\x20]*>)
    |(?P<word>[?$]\w+|\w[\w:-]*|:[\w-]*)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
FORBIDDEN = {"MINUS", "SERVICE", "VALUES"}  # SHACL appendix A
# What looks at more rows than one: such a query is run for one focus node at a time.
TOGETHER = {"GROUP", "HAVING", "LIMIT", "OFFSET", "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE"}
TOGETHER |= {"GROUP_CONCAT", "REDUCED"}
THIS = {"$this", "?this"}


@dataclass(frozen=True)
class Sparql(Constraint):
    """One sh:sparql of a shape."""

    component = "SPARQL"
    node: str
    question: Question
    messages: tuple[str, ...]

    @property
    def source(self) -> str:
        """The node that has the query."""
        return self.node

    def results(
        self, world: World, shape: Shape, focus: str, values: Collection[str]
    ) -> Iterator[Found]:
        """One result for each row (SHACL 5.3.2); raises MetadataError for a query that fails."""
        for row in world.select(self.question, focus):
            if "failure" in row and parts(row["failure"]).lexical in ("true", "1"):
                raise MetadataError(f"{shape.name}: its query failed at {focus}")
            path: Path | None = shape.path
            if "path" in row and is_iri(row["path"]):
                path = Predicate(row["path"])
            value = row.get("value", focus if shape.path is None else None)
            own = row.get("message", "")
            messages = (own,) if own and is_literal(own) else self.messages or shape.messages
            seen = {**row, "this": focus, **({"value": value} if value else {})}
            said = tuple(filled(message, seen) for message in messages)
            yield Found(focus, path, value, shape, self, said)


def filled(message: str, row: Row) -> str:
    """A message with {?name} and {$name} replaced by what a row binds (SHACL 5.3.2)."""

    def said(name: re.Match[str]) -> str:
        found = row.get(name[1])
        if found is None:
            return name[0]
        shown = text(found) or found
        return shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return re.sub(r"\{[?$](\w+)\}", said, message)


def question(select: str, prefixes: dict[str, str], path: Path | None, shape: str) -> Question:
    """A query, cut where $this is to be bound.

    Raises MetadataError for what a query with $this may not have (SHACL appendix A).
    """
    tokens = [(found.lastgroup or "", found[0]) for found in TOKEN.finditer(select)]
    said = [one for kind, one in tokens if kind != "aside"]
    words = {one.upper() for kind, one in tokens if kind == "word"}
    refuse(shape, said, words)
    pieces = ["".join(f"PREFIX {name}: <{space}>\n" for name, space in sorted(prefixes.items()))]
    ahead = iter([*said[1:], ""])
    for kind, one in tokens:
        following = next(ahead) if kind != "aside" else ""
        if one in ("$PATH", "?PATH") and path is not None:
            one = path.sparql
        elif one in ("$currentShape", "?currentShape"):
            one = shape
        pieces[-1] += "\n" if kind == "aside" else one
        if one == "{" and following.upper() != "SELECT":
            pieces.append("")
    return Question(tuple(pieces), bool(TOGETHER & words))


def refuse(shape: str, said: list[str], words: set[str]) -> None:
    """Raise MetadataError for what nobody may have, CannotRun for what we have not."""
    for word in sorted(FORBIDDEN & words):
        raise MetadataError(f"{shape}: a query of sh:sparql may not have {word}")
    for number, one in enumerate(said):
        after = said[number + 1 :]
        if one.upper() == "AS" and after and after[0] in THIS:
            raise MetadataError(f"{shape}: a query of sh:sparql may not give $this a value")
        enough = THIS if number else {*THIS, "*"}
        if one.upper() == "SELECT" and not enough & set(after[: after.index("{")]):
            raise MetadataError(f"{shape}: each SELECT of a query of sh:sparql chooses $this")
        if one in ("$shapesGraph", "?shapesGraph"):
            raise CannotRun(f"{shape} asks for $shapesGraph")
        if one in ("$currentShape", "?currentShape") and not is_iri(shape):
            raise CannotRun(f"{shape} asks for $currentShape and has no name")
