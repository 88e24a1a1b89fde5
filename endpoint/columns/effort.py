"""How many statements Oxigraph looks at for a query, as far as the catalogue of columns can tell.

Oxigraph takes a pattern with a thing or, if there is none, the first with an object, and follows
from there what is connected: to the values of what it has found, then to whatever has such a value.
How many that are on average is what the catalogue knows, so this tells ten from ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from homegraph.endpoint.columns.scope import Files
from homegraph.endpoint.columns.syntax import (
    Bind,
    Constant,
    Filter,
    Group,
    Minus,
    Node,
    Optional,
    Path,
    Select,
    Triple,
    Union,
    Values,
    Variable,
)


class Unknown(Exception):
    """A part whose effort nothing is known of."""


@dataclass
class Found:
    """What has been found so far: variables with values, in about how many rows."""

    bound: set[str] = field(default_factory=set)
    rows: float = 1


def effort(files: Files, group: Group) -> float:
    """About how many statements are looked at for a group; raises Unknown."""
    return Effort(files).of_group(group, Found())


class Effort:
    """Follows the patterns of one query."""

    def __init__(self, files: Files) -> None:
        self.files, self.fresh = files, count()

    def of_group(self, group: Group, found: Found) -> float:
        """What a group takes, given what was found before, to which it adds."""
        links: list[tuple[Node, int | None, Node]] = []
        later: list[Optional | Minus] = []
        work = 0.0
        for element in group.elements:
            match element:
                case Triple(s, path, o):
                    links += self.steps(s, path, o)
                case Values(names, rows):
                    found.bound |= set(names)
                    found.rows *= max(len(rows), 1)
                case Select():
                    inner = Found()
                    work += self.of_group(element.where, inner)
                    found.bound |= {item.variable for item in element.items}
                    found.rows *= max(min(inner.rows, element.limit or inner.rows), 1)
                case Union(groups):
                    inside = [Found(set(found.bound), found.rows) for _ in groups]
                    work += sum(map(self.of_group, groups, inside))
                    found.bound |= set.intersection(*(one.bound for one in inside))
                    found.rows = sum(one.rows for one in inside)
                case Optional() | Minus():
                    later.append(element)
                case Bind(_, name):
                    found.bound.add(name)
                case Filter():
                    pass
                case _:
                    raise Unknown
        work += self.follow(links, found)
        for one in later:
            inner = Found(set(found.bound), found.rows) if isinstance(one, Optional) else Found()
            work += self.of_group(one.group, inner)
        return work

    def steps(self, s: Node, path: Path, o: Node) -> Iterator[tuple[Node, int | None, Node]]:
        """The patterns that a path is: of one property or of several, one after the other."""
        if path.kind == "link":
            yield s, self.files.number(path.iri), o
        elif path.kind == "^":
            yield from self.steps(o, path.parts[0], s)
        elif path.kind == "/":
            between = [Variable(f"/{next(self.fresh)}") for _ in path.parts[1:]]
            for start, part, end in zip([s, *between], path.parts, [*between, o], strict=True):
                yield from self.steps(start, part, end)
        else:
            raise Unknown

    def follow(self, links: list[tuple[Node, int | None, Node]], found: Found) -> float:
        """What patterns take, one after the other."""
        work = 0.0
        while links:
            links.sort(key=lambda link: self.rank(link, found))
            s, predicate, o = links.pop(0)
            found.rows *= self.fan(s, predicate, o, found)
            work += found.rows
            found.bound |= {node.name for node in (s, o) if isinstance(node, Variable)}
        return work

    def rank(self, link: tuple[Node, int | None, Node], found: Found) -> int:
        """How soon Oxigraph takes a pattern; of equals the first."""
        s, o = (self.is_bound(node, found) for node in (link[0], link[2]))
        return 0 if s and o else 1 if s else 2 if o and isinstance(link[2], Variable) else 3 - o

    def is_bound(self, node: Node, found: Found) -> bool:
        """Whether a node is a term, or has been found."""
        return isinstance(node, Constant) or node.name in found.bound

    def fan(self, s: Node, predicate: int | None, o: Node, found: Found) -> float:
        """How many statements of a property meet each row."""
        if isinstance(s, Constant) and predicate is not None and not self.is_bound(o, found):
            thing = self.files.number(s.text)
            named = np.array([] if thing is None else [thing], np.int64)
            return len(self.files.cells.objects(predicate, named)[0])
        columns = self.files.catalogue.columns(predicate)
        total = sum(one.count for one in columns)
        if not total:
            return 0
        share = 1.0
        if isinstance(o, Constant):
            number = self.files.number(o.text)
            share = self.files.catalogue.about(predicate, number) / total
        elif self.is_bound(o, found):
            share = sum(one.count / (one.spread or one.distinct) for one in columns) / total
        things = sum(one.said_of for one in columns)
        return share * (total / things if self.is_bound(s, found) else total)
