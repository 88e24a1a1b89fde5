"""Patterns followed from things that are known: a slice's observations, and what is said of them.

What a constant or a row of VALUES names is looked up where it lies (`graph.columns.cells`), all
rows at once, pattern by pattern, as far as there are few. What DuckDB is then asked is about these
rows. Each pattern gives the rows that a join with it would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homegraph.endpoint.columns.patterns import Link
from homegraph.endpoint.columns.relations import known
from homegraph.endpoint.columns.scope import UNBOUND, Relation, Scope
from homegraph.endpoint.columns.syntax import Constant, Node, Variable
from homegraph.graph.columns.catalogue import Wide
from homegraph.graph.columns.cells import Ids

MOST = 10_000  # rows: more are as quickly read as looked up
MOST_MET = 200_000  # statements that are searched for an object
MOST_LISTED = 1_000  # statements that are all put in
LISTS = 4  # times as quickly as it looks up, Oxigraph lists all statements of a property
PLACE = "[place"


@dataclass(frozen=True)
class Rows:
    """Rows of numbers by variable; `looked` is how many statements were looked at for them."""

    columns: Mapping[str, Ids]
    size: int
    looked: float = 0

    def taken(self, places: NDArray[np.intp], looked: float, **more: Ids) -> Rows:
        """Some of the rows, each as often as its place is given, with more columns."""
        columns = {name: column[places] for name, column in self.columns.items()}
        return Rows({**columns, **more}, len(places), self.looked + looked)

    def times(self, part: Relation, columns: Mapping[str, Ids]) -> Rows:
        """Each of the rows with each of a part, which has other variables."""
        size = int(part.rows)
        before = {name: np.repeat(one, size) for name, one in self.columns.items()}
        more = {name: np.tile(one, self.size) for name, one in columns.items()}
        return Rows({**before, **more}, self.size * size, self.looked + part.touched)


@dataclass(frozen=True)
class Met:
    """A link to be searched by its object in some tables, whose things have all of `same`.

    Oxigraph begins with the first of these, if there are any, and `looks` at so many statements.
    """

    link: Link
    scanned: int  # statements
    expected: float  # of them, to be found
    tables: Mapping[str, int]
    same: Mapping[int, int]
    looks: float | None

    @property
    def is_apart(self) -> bool:
        """Whether it is joined with any row."""
        return isinstance(self.link.object, Constant)


def followed(
    scope: Scope, parts: Sequence[Relation], links: Sequence[Link]
) -> tuple[list[Relation], list[Link]]:
    """Parts and links that are to be joined, with as many of them put into one as can be followed.

    What is left is given back as it was.
    """
    rows, others = Rows({}, 1), list[Relation]()
    for part in parts:
        columns = part.columns
        if columns is None or rows.columns.keys() & columns.keys() or rows.size * part.rows > MOST:
            others.append(part)
        else:
            rows = rows.times(part, columns)
    following, left = Following(scope, rows), list(links)
    while (link := following.next(left)) is not None:
        left.remove(link)
    some = len(left) < len(links) and not (left and following.listed)
    if not some or any(link.maybe for link in left):
        return list(parts), list(links)
    return [following.relation(), *others], left


def left_followed(scope: Scope, left: Relation, links: Sequence[Link]) -> Relation | None:
    """Rows with what follows from them by links, or without; None unless all can be followed."""
    if left.columns is None:
        return None
    size = int(left.rows)
    places = np.arange(size)
    following, rest = Following(scope, Rows({**left.columns, PLACE: places}, size)), list(links)
    while (link := following.next(rest)) is not None:
        rest.remove(link)
    if rest:
        return None
    found = following.rows.columns
    missing = np.flatnonzero(~np.isin(places, found[PLACE]))
    columns = {
        name: np.concatenate(
            [
                column,
                left.columns[name][missing]
                if name in left.columns
                else np.full(len(missing), UNBOUND),
            ]
        )
        for name, column in found.items()
        if name != PLACE
    }
    return known(scope, columns, following.rows.size + len(missing), left.touched)


class Following:
    """Rows under way."""

    def __init__(self, scope: Scope, rows: Rows) -> None:
        self.scope, self.rows = scope, rows
        self.listed = False  # whether all of a link was put in
        self.sure = {name for name, one in rows.columns.items() if not (one == UNBOUND).any()}

    def next(self, links: Sequence[Link]) -> Link | None:
        """A link with which the rows were joined; None when they cannot be joined with any."""
        near = min(filter(self.is_near, links), key=self.rank, default=None)
        if near is not None:
            return near if self.follow(near) else None
        met = sorted(self.met(links), key=lambda one: (one.is_apart, one.expected, one.scanned))
        return next((one.link for one in met if self.meet(one)), None)

    def rank(self, link: Link) -> tuple[bool, bool]:
        """How soon a link is followed: what leaves fewer rows first, what may be missing last."""
        return link.maybe, not self.is_known(link.object)

    def is_near(self, link: Link) -> bool:
        """Whether it is known what a link is about, and it is not about what rows may lack."""
        new = isinstance(link.object, Variable) and link.object.name not in self.rows.columns
        return self.is_known(link.subject) and (new or self.is_known(link.object))

    def is_known(self, node: Node) -> bool:
        """Whether each row has a value for a node."""
        return isinstance(node, Constant) or node.name in self.sure

    def follow(self, link: Link) -> bool:
        """Join the rows with a link by its subject, unless these become too many."""
        rows, wanted = self.rows, link.object
        places, objects = self.scope.files.cells.objects(link.predicate, self.numbers(link.subject))
        if len(places) > MOST:
            return False
        looked = max(len(places), rows.size)
        if isinstance(wanted, Constant) or wanted.name in self.sure:
            fit = places[objects == self.numbers(wanted)[places]]
            self.rows = rows.taken(fit, len(fit) if self.listed else looked)
            return True
        if link.maybe:
            lacking = np.ones(rows.size, bool)
            lacking[places] = False
            missing = np.flatnonzero(lacking)
            places = np.concatenate([places, missing])
            objects = np.concatenate([objects, np.full(len(missing), UNBOUND)])
        else:
            self.sure.add(wanted.name)
        self.rows = rows.taken(places, looked, **{wanted.name: objects})
        return True

    def met(self, links: Sequence[Link]) -> Iterator[Met]:
        """Links whose subject is not known, and is to be searched among few statements."""
        catalogue, number = self.scope.catalogue, self.scope.number
        for link in links:
            if isinstance(link.subject, Constant) or link.maybe:
                continue
            if link.subject.name in self.rows.columns or not self.is_searched(link):
                continue
            about = [one for one in links if one.subject == link.subject and not one.maybe]
            same = {
                one.predicate: number(one.object.text)
                for one in about
                if isinstance(one.object, Constant)
            }
            first = next(iter(same.items()), None)
            tables = {one.file: one.rows for one in catalogue.wide if may_have(one, about, same)}
            narrow = catalogue.by_predicate.get(link.predicate)
            scanned = sum(tables.values()) + (narrow.count if narrow else 0)
            expected, most = float(scanned), float(MOST_MET)
            if isinstance(link.object, Constant):
                fixed = number(link.object.text)
                expected, most = catalogue.about(link.predicate, fixed) * self.rows.size, MOST
            elif not self.is_known(link.object):
                most = MOST_LISTED
            if scanned <= MOST_MET and expected <= most:
                looks = first and catalogue.about(*first)
                yield Met(link, scanned, expected, tables, same, looks)

    def is_searched(self, link: Link) -> bool:
        """Whether it is known what a link's object is to be; or anything is, as there is no row."""
        if not self.is_known(link.object):
            return self.is_unit and link.object != link.subject
        return True

    @property
    def is_unit(self) -> bool:
        """Whether there is but the one row that all is joined with at first."""
        return self.rows.size == 1 and not self.rows.columns

    def meet(self, met: Met) -> bool:
        """Join the rows with a link by its object, unless these become too many."""
        link, number = met.link, self.scope.number
        assert isinstance(link.subject, Variable)
        things, objects = self.scope.files.cells.pairs(link.predicate, met.tables, met.same)
        if isinstance(link.object, Variable) and self.is_known(link.object):
            return self.meet_values(link.subject.name, things, objects, self.numbers(link.object))
        more = {link.subject.name: things}
        if isinstance(link.object, Constant):
            more = {link.subject.name: things[objects == number(link.object.text)]}
        else:
            more[link.object.name] = objects
            self.listed = True
        return self.meet_all(more, met.looks)

    def meet_all(self, more: Mapping[str, Ids], looks: float | None) -> bool:
        """Join each row with each of what was found, unless these become too many."""
        rows, count = self.rows, len(next(iter(more.values())))
        if count * rows.size > MOST:
            return False
        places = np.repeat(np.arange(rows.size), count)
        looked = len(places) / LISTS if looks is None else looks
        found = {name: np.tile(one, rows.size) for name, one in more.items()}
        self.rows = rows.taken(places, looked, **found)
        self.sure |= more.keys()
        return True

    def meet_values(self, name: str, things: Ids, objects: Ids, wanted: Ids) -> bool:
        """Join rows with things by what these have and is wanted, unless they become too many."""
        near = np.flatnonzero(np.isin(objects, wanted))
        order = near[np.argsort(objects[near])]
        things, objects = things[order], objects[order]
        begins = np.searchsorted(objects, wanted)
        counts = np.searchsorted(objects, wanted, "right") - begins
        size = int(counts.sum())
        if size > MOST:
            return False
        places = np.repeat(np.arange(len(wanted)), counts)
        before = np.repeat(begins - (np.cumsum(counts) - counts), counts)
        found = things[np.arange(size) + before]
        self.rows = self.rows.taken(places, max(size, len(wanted)), **{name: found})
        self.sure.add(name)
        return True

    def numbers(self, node: Node) -> Ids:
        """What rows have for a node."""
        if isinstance(node, Constant):
            return np.full(self.rows.size, self.scope.number(node.text), np.int64)
        return self.rows.columns[node.name]

    def relation(self) -> Relation:
        """The rows as a relation."""
        return known(self.scope, self.rows.columns, self.rows.size, self.rows.looked)


def may_have(wide: Wide, links: Sequence[Link], same: Mapping[int, int]) -> bool:
    """Whether things of a table may have all links, some of which with one object."""
    for link in links:
        if link.predicate in wide.elsewhere:
            continue
        column = wide.by_predicate.get(link.predicate)
        if column is None:
            return False
        if not column.least <= same.get(link.predicate, column.least) <= column.most:
            return False
    return True
