"""Reads a query of any form: which patterns it has, and how its answer is made from their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homegraph.endpoint.columns.parsing import Parser
from homegraph.endpoint.columns.reading import CLAUSES
from homegraph.endpoint.columns.syntax import (
    Constant,
    Element,
    Group,
    Node,
    NotRecognised,
    Triple,
    Values,
    Variable,
)

EMPTY = Group((), 0, 0)


@dataclass(frozen=True)
class Form:
    """A query: its word (SELECT, ASK, CONSTRUCT, DESCRIBE), and where things stand in its text.

    `head` is the prologue's end, `pattern` the braces with what is looked for and all behind them,
    `template` what a graph is made of, unless it is made of what is looked for; `nodes` are what is
    described. `chooses` says that it has graphs of its own; `words` are its bare words in capitals.
    """

    text: str
    word: str
    head: int
    where: Group
    pattern: str = ""
    template: Group | None = None
    nodes: Sequence[Node] = ()
    chooses: bool = False
    words: frozenset[str] = frozenset()

    @property
    def prologue(self) -> str:
        """Its prefixes."""
        return self.text[: self.head]


def form_of(text: str) -> Form:
    """The form of a query; raises NotRecognised for what this does not read."""
    if "\\u" in text or "\\U" in text:
        raise NotRecognised("letters are written as codepoints")
    return FormParser(text).form()


class FormParser(Parser):
    """One query being read, whatever it is that it gives."""

    chooses = False  # whether it chooses its graphs

    def form(self) -> Form:
        """The whole."""
        self.prologue()
        head, word = self.start, self.word
        words = frozenset(one.text.upper() for one in self.tokens if one.kind == "word")
        if word == "SELECT":
            where = Group((self.select(),), head, self.end)  # its expressions may look for more
            self.insist_on_end()
            return Form(self.text, word, head, where, chooses=self.chooses, words=words)
        self.take()
        nodes: list[Node] = []
        template: Group | None = None
        if word == "DESCRIBE":
            nodes = self.described()
        elif word == "CONSTRUCT" and self.word == "{":
            template = self.group()
        self.graphs()
        self.maybe("WHERE")
        start, where = self.start, EMPTY
        if self.word == "{":
            where = self.group()
            self.modifiers()
        self.insist_on_end()
        pattern = self.text[start:]
        return Form(
            *(self.text, word, head, where, pattern, template, nodes, self.chooses),
            words=words,
        )

    def insist_on_end(self) -> None:
        """Raise NotRecognised unless everything was read."""
        if self.at < len(self.tokens):
            raise NotRecognised(f"{self.word} stands at its end")

    def described(self) -> list[Node]:
        """What DESCRIBE names; nothing for everything that has a value."""
        nodes: list[Node] = []
        if self.maybe("*"):
            return nodes
        while self.kind in {"variable", "iri", "name"}:
            nodes.append(Variable(self.take_name()) if self.kind == "variable" else self.constant())
        return nodes

    def modifiers(self) -> None:
        """What may stand behind the pattern of a form that is no SELECT."""
        while self.word in CLAUSES:
            if self.take() == "VALUES":
                self.values()
            while self.word and self.word not in CLAUSES:
                if self.take() == "{":
                    raise NotRecognised("what is behind the pattern has patterns")

    def graphs(self) -> None:
        """FROM and FROM NAMED."""
        while self.maybe("FROM"):
            self.chooses = True
            self.maybe("NAMED")
            self.iri()

    def separator(self) -> None:
        """What GROUP_CONCAT puts between texts."""
        self.insist("SEPARATOR")
        self.insist("=")
        self.constant()

    def trailing(self) -> None:
        """VALUES behind everything: they join what is there, and add no pattern."""
        self.values()


def variables_of(group: Group) -> list[str]:
    """The variables of a template, in order; those that are blank nodes have no rows."""
    found: dict[str, None] = {}
    for element in group.elements:
        for name in named(element):
            found[name] = None
    return [name for name in found if name[0] not in "[_"]


def named(element: Element) -> list[str]:
    """The variables of one element of a template."""
    if isinstance(element, Values):
        return list(element.variables)
    if not isinstance(element, Triple):
        return []
    ends = [node.name for node in (element.subject, element.object) if isinstance(node, Variable)]
    return [*ends, *([element.path.iri] if element.path.kind == "any" else [])]


def constants(nodes: Sequence[Node]) -> list[str]:
    """The terms among what is described."""
    return [node.text for node in nodes if isinstance(node, Constant)]
