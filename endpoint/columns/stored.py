"""What of a release whose columns hold more than its store the store can answer by itself.

A pattern is safe when no statement that only columns hold can match it: by its property, by its
class, or because its subject is described in the store, which then has all that is said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import NamedNode, Store

from homegraph.endpoint.columns.forms import Form
from homegraph.endpoint.columns.lookups import statements
from homegraph.endpoint.columns.scope import Files
from homegraph.endpoint.columns.syntax import (
    Bind,
    Constant,
    Element,
    Expression,
    Filter,
    Group,
    Minus,
    Node,
    Optional,
    Path,
    Select,
    Strange,
    Triple,
    Union,
    Values,
    Variable,
)
from homegraph.graph.columns.catalogue import Unstored
from homegraph.graph.terms import RDF

TYPE = str(RDF.type)
Anchored = Set[str]  # variables that have values only that the store describes


@dataclass
class Stored:
    """Judges patterns; `found` is what is only in columns."""

    files: Files
    store: Store
    found: Unstored

    def __post_init__(self) -> None:
        number = self.files.dictionary.number
        self.is_described = lru_cache(4_000)(self.described)
        self.is_apart = lru_cache(4_000)(lambda iri: number(iri) in set(self.found.predicates))
        self.is_class = lru_cache(4_000)(lambda iri: number(iri) in set(self.found.classes))
        self.leads_out = lru_cache(4_000)(lambda iri: number(iri) in set(self.found.leads))

    def spares(self, form: Form) -> bool:
        """Whether the store alone gives the whole answer."""
        if form.word == "DESCRIBE":
            known = self.anchors(form.where, frozenset())
            if not form.nodes or not all(self.is_anchored(node, known) for node in form.nodes):
                return False
        return all(self.is_safe(one) for one in self.within(form.where, frozenset()))

    def spares_pattern(self, s: object | None, p: object | None, o: object | None) -> bool:
        """Whether the store has all statements of a pattern."""
        if isinstance(s, NamedNode) and self.is_described(str(s)):
            return True
        if p is None:
            return False
        if str(p) == TYPE and o is not None:
            return not self.is_class(str(o))
        return not self.is_apart(str(p))

    def described(self, term: str) -> bool:
        """Whether the store is known to have all that is said of a term, be it nothing."""
        if not self.found.apart:
            return False
        if not term.startswith("<"):
            return True  # nothing is said of literals
        if has_subject(self.store, term):
            return True
        number = self.files.dictionary.number(term)
        if number is None:
            return True
        if any(wide.first <= number <= wide.last for wide in self.files.catalogue.wide):
            return False  # most likely; and columns can tell
        return next(statements(self.files, [number]), None) is None

    # Patterns

    def within(self, group: Group, outer: Anchored) -> Iterator[tuple[Triple, Anchored]]:
        """The patterns of a group; `outer` are anchored by what the group is joined with."""
        own = self.anchors(group, frozenset())
        before: list[Element] = []
        for element in group.elements:
            match element:
                case Triple():
                    yield element, own | outer
                case Union(groups):
                    for one in groups:
                        yield from self.within(one, own | outer)
                case Strange(what, inner):
                    if what != "SERVICE":
                        yield from self.within(inner, own | outer)
                case Optional(inner) | Minus(inner):
                    # What stands behind it has no say in what it finds.
                    left = self.anchors(Group(tuple(before), 0, 0), frozenset())
                    yield from self.within(inner, left)
                case Select():
                    yield from self.within(element.where, frozenset())
                    for value in element.values:
                        yield from self.in_expression(value, frozenset())
                case Filter(condition):
                    yield from self.in_expression(condition, own)
                case Bind(value, _):
                    left = self.anchors(Group(tuple(before), 0, 0), frozenset())
                    yield from self.in_expression(value, left)
                case Values():
                    pass
            before.append(element)

    def in_expression(self, value: Expression, own: Anchored) -> Iterator[tuple[Triple, Anchored]]:
        """The patterns of EXISTS, which sees the values of the group it stands in."""
        for part in value.walk():
            if part.group is not None:
                yield from self.within(part.group, own)

    def anchors(self, group: Group, known: Anchored) -> Anchored:
        """The variables to which a group's own patterns give values that the store describes."""
        if not self.found.apart:
            return frozenset()
        triples = [element for element in group.elements if isinstance(element, Triple)]
        found = set(known)
        properties: dict[str, list[str]] = {}  # that a variable may stand for
        for element in group.elements:
            if isinstance(element, Values):
                found.update(self.anchored_values(element))
                for name, cells in columns_of(element):
                    properties[name] = [cell.text for cell in cells if cell is not None]
                    if None in cells:
                        del properties[name]
        while True:
            more = {
                node.name
                for triple in triples
                for node in self.anchored_by(triple, found, properties)
                if isinstance(node, Variable)
            } - found
            if not more:
                return frozenset(found)
            found |= more

    def anchored_values(self, values: Values) -> Iterable[str]:
        """The variables of VALUES that have described values only."""
        for name, cells in columns_of(values):
            if all(cell is not None and self.is_described(cell.text) for cell in cells):
                yield name

    def anchored_by(
        self, triple: Triple, known: Anchored, properties: Mapping[str, Sequence[str]]
    ) -> Iterator[Node]:
        """The ends of a pattern that it anchors."""
        safe = self.is_safe((triple, known))
        if not safe:
            return
        path, start, end = triple.path, triple.subject, triple.object
        if path.kind == "^":
            path, start, end = path.parts[0], end, start
        if begins(path):
            yield start
        last = path.parts[-1] if path.kind == "/" else path
        named = [last.iri] if last.kind == "link" else []
        if path.kind == "any":
            named = list(properties.get(path.iri, ()))
        if named and not any(map(self.leads_out, named)):
            yield end

    def is_safe(self, judged: tuple[Triple, Anchored]) -> bool:
        """Whether no statement that only columns hold matches a pattern."""
        triple, known = judged
        return self.is_safe_path(triple.path, triple.subject, triple.object, known)

    def is_safe_path(self, path: Path, start: Node, end: Node, known: Anchored) -> bool:
        """The same for a path; only its first step is known to begin at `start`."""
        if self.is_anchored(start, known) and path.kind in {"link", "any"}:
            return True
        if path.kind == "link":
            if path.iri == TYPE and isinstance(end, Constant):
                return not self.is_class(end.text)
            return not self.is_apart(path.iri)
        if path.kind == "any":
            return False
        if path.kind == "^":
            return self.is_safe_path(path.parts[0], end, start, known)
        if path.kind == "/":
            # What stands between two steps: nothing is known of one, the other the store describes.
            open_end, anchored = Variable("/"), Variable("/anchored")
            at: Node = start
            for step, after in zip(path.parts, [*path.parts[1:], None], strict=True):
                to = end if after is None else open_end
                if not self.is_safe_path(step, at, to, known | {anchored.name}):
                    return False
                inside = step.kind == "link" and not self.leads_out(step.iri)
                at = anchored if inside and self.found.apart else open_end
            return True
        somewhere = Variable("/")
        if path.kind in {"*", "+", "?"}:
            # Of no step, it leads from every term of the data to itself.
            near = path.kind == "+" or any(self.is_here(node, known) for node in (start, end))
            (inner,) = path.parts
            return near and self.is_safe_path(inner, somewhere, somewhere, known)
        return all(self.is_safe_path(one, start, end, known) for one in path.parts)

    def is_here(self, node: Node, known: Anchored) -> bool:
        """Whether a node stands for a term that the store knows, or for one that nobody does."""
        if isinstance(node, Variable):
            return node.name in known
        if self.files.dictionary.number(node.text) is None:
            return True
        return node.is_iri and has_subject(self.store, node.text)

    def is_anchored(self, node: Node, known: Anchored) -> bool:
        """Whether the store has all that is said of what a node stands for."""
        if isinstance(node, Constant):
            return self.is_described(node.text)
        return node.name in known


def columns_of(values: Values) -> Iterable[tuple[str, Sequence[Constant | None]]]:
    """The variables of VALUES, each with its values; none without rows."""
    return zip(values.variables, zip(*values.rows, strict=True), strict=False)


def begins(path: Path) -> bool:
    """Whether the first step of a path is a statement about where it begins."""
    if path.kind in {"/", "+"}:
        return begins(path.parts[0])
    if path.kind == "|":
        return all(map(begins, path.parts))
    return path.kind in {"link", "any"}


def has_subject(store: Store, name: str) -> bool:
    """Whether a store says anything of a name, given in its brackets."""
    return next(store.quads_for_pattern(NamedNode(name[1:-1]), None, None), None) is not None
