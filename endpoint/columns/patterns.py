"""Patterns of triples as SQL over the tables of a release.

All patterns of one subject are looked up together. A statement lies in exactly one place: a column
of a wide table or the narrow one. So the ways in which the patterns of a subject can be met are
enumerated, each way a choice of places, and put one below the other; most subjects have one way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from homegraph.endpoint.columns.relations import (
    NULL,
    joined,
    merged,
    nothing,
    projected,
    renamed,
    union,
)
from homegraph.endpoint.columns.scope import Bound, Relation, Scope
from homegraph.endpoint.columns.syntax import (
    Constant,
    Node,
    NotRecognised,
    Path,
    Triple,
    TwoPlaces,
    Variable,
)
from homegraph.graph.columns.catalogue import Column, Wide

MOST_WAYS = 150  # in which the patterns of one subject may be met


@dataclass(frozen=True)
class Link:
    """A pattern with one property; an object that is not needed may be missing if `maybe`."""

    subject: Node
    predicate: int
    object: Node
    maybe: bool = False


@dataclass
class Way:
    """One way to meet the patterns of a subject: tables, conditions, and values by variable."""

    tables: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    bound: dict[str, Bound] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    rows: float = 1e18
    touched: float = 1e18
    begun: bool = False  # whether it is known where Oxigraph begins

    def put(self, name: str, value: str, bound: Bound) -> None:
        """Note where a variable has its value; a second place is a condition."""
        if name in self.values:
            self.where.append(f"{self.values[name]} = {value}")
            if bound.distinct >= self.bound[name].distinct:
                return
        else:
            self.values[name] = value
        self.bound[name] = bound

    def meets(self, rows: float) -> None:
        """Note that at most so many rows are found."""
        self.rows = min(self.rows, rows)

    def looks_at(self, statements: float, constant: bool) -> None:
        """Note how many statements a link is.

        Oxigraph begins with the first link whose object is a constant, which need not be the
        rarest; without one, with any.
        """
        if not self.begun:
            self.touched = statements if constant else min(self.touched, statements)
            self.begun = constant


class Patterns:
    """Makes SQL of links."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.catalogue = scope.catalogue

    def relation(self, links: Sequence[Link]) -> Relation:
        """All links together; raises NotRecognised."""
        return joined(self.scope, self.parts(links))

    def parts(self, links: Sequence[Link]) -> list[Relation]:
        """The links of each subject; raises NotRecognised."""
        by_subject: defaultdict[Node, list[Link]] = defaultdict(list)
        for link in links:
            by_subject[link.subject].append(link)
        return [self.of_subject(*item) for item in by_subject.items()]

    def of_subject(self, subject: Node, links: Sequence[Link]) -> Relation:
        """The links of one subject."""
        ways = list(self.ways(subject, links))
        if len(ways) > MOST_WAYS:
            raise NotRecognised("what is asked of a thing is said in very many tables")
        names = sorted({node.name for link in links for node in nodes(link)})
        if not ways:
            return nothing(self.scope, names)
        parts = []
        for way in ways:
            values = ((way.values.get(n, NULL), self.scope.column(n)) for n in names)
            columns = [f"{value} AS {column}" for value, column in values]
            where = f" WHERE {' AND '.join(way.where)}" if way.where else ""
            tables = " ".join([" CROSS JOIN ".join(way.tables), *way.joins])
            parts.append(f"SELECT {', '.join(columns) or '1 AS one'} FROM {tables}{where}")
        bound = {name: merged([way.bound.get(name) for way in ways]) for name in names}
        rows, touched = sum(way.rows for way in ways), sum(way.touched for way in ways)
        if isinstance(subject, Variable):  # no thing is met in two ways
            bound[subject.name] = replace(bound[subject.name], distinct=int(min(rows, 1e15)))
        branches = tuple(parts) if len(parts) > 1 else ()
        return Relation(" UNION ALL ".join(parts), bound, rows, touched, branches)

    def ways(self, subject: Node, links: Sequence[Link]) -> Iterator[Way]:
        """The ways in which the links of a subject can be met."""
        known = self.scope.number(subject.text) if isinstance(subject, Constant) else None
        needed = [link for link in links if not link.maybe]
        maybe = [link for link in links if link.maybe]
        if all(self.may_be_narrow(link) for link in needed):
            yield from self.way(subject, None, nowhere(needed), nowhere(maybe))
        for wide in self.catalogue.wide:
            if known is not None and not wide.first <= known <= wide.last:
                continue
            apart = all(link.predicate in wide.elsewhere for link in needed)
            for link in maybe:
                if link.predicate in wide.elsewhere or (
                    apart and link.predicate in wide.by_predicate
                ):
                    raise TwoPlaces("what may be missing is said in two places")
            places = [list(self.places(link, wide)) for link in needed]
            optional = [(link, wide.by_predicate.get(link.predicate)) for link in maybe]
            for choice in product(*places):
                if any(column is not None for column in choice):
                    chosen = list(zip(needed, choice, strict=True))
                    yield from self.way(subject, wide, chosen, optional)

    def may_be_narrow(self, link: Link) -> bool:
        """Whether the narrow table may hold a link."""
        column = self.catalogue.by_predicate.get(link.predicate)
        if column is None or not isinstance(link.object, Constant):
            return column is not None
        number = self.scope.number(link.object.text)
        if column.values is not None:
            return number in column.values
        return column.least <= number <= column.most

    def places(self, link: Link, wide: Wide) -> Iterator[Column | None]:
        """Where a link of a thing in a wide table may be said; None is the narrow table."""
        column = wide.by_predicate.get(link.predicate)
        if column is not None:
            wanted = link.object
            number = self.scope.number(wanted.text) if isinstance(wanted, Constant) else None
            if number is None or column.least <= number <= column.most:
                yield column
        if link.predicate in wide.elsewhere and self.may_be_narrow(link):
            yield None

    def way(
        self,
        subject: Node,
        wide: Wide | None,
        choice: Sequence[tuple[Link, Column | None]],
        optional: Sequence[tuple[Link, Column | None]],
    ) -> Iterator[Way]:
        """The way of a choice of places, if it may give any row."""
        way = Way()
        owner = ""
        if wide is not None:
            owner = self.scope.alias()
            way.tables.append(f'"{wide.file}" {owner}')
            owner += ".s"
            way.rows = wide.rows
        for link, column in choice:
            if wide is not None and column is not None:
                self.in_wide(way, owner.removesuffix(".s"), wide, link, column)
            else:
                owner = self.in_narrow(way, owner, link)
        domain = f'SELECT s AS v FROM "{wide.file}"' if wide else None
        if wide is None and choice:
            domain = f"SELECT s AS v FROM {self.scope.files.narrow(choice[0][0].predicate)}"
        if isinstance(subject, Constant):
            way.where.append(f"{owner} = {self.scope.number(subject.text)}")
            way.rows = way.touched = 1
        else:
            way.put(subject.name, owner, Bound(True, domain, int(min(way.rows, 1e15))))
        for link, column in optional:
            self.if_said(way, owner, wide, link, column)
        yield way

    def in_wide(self, way: Way, table: str, wide: Wide, link: Link, column: Column) -> None:
        """A link whose object is a column of a wide table."""
        wanted = link.object
        value = str(column.least) + "::UINTEGER" if column.same else f"{table}.p{column.predicate}"
        if isinstance(wanted, Constant):
            number = self.scope.number(wanted.text)
            if not column.same:  # else it is the one value, as `places` saw
                way.where.append(f"{value} = {number}")
            way.rows *= column.about(number) / wide.rows
            way.looks_at(column.about(number), constant=True)
            return
        if not column.same and column.count < wide.rows:
            way.where.append(f"{value} IS NOT NULL")
        way.looks_at(column.count, constant=False)
        way.put(wanted.name, value, self.known(column, wide))

    def in_narrow(self, way: Way, owner: str, link: Link) -> str:
        """A link that is a row of the narrow table; gives where the subject stands."""
        column = self.catalogue.by_predicate[link.predicate]
        table = self.scope.alias()
        way.tables.append(f"{self.scope.files.narrow(link.predicate)} {table}")
        if owner:
            way.where.append(f"{table}.s = {owner}")
        wanted = link.object
        if isinstance(wanted, Constant):
            number = self.scope.number(wanted.text)
            way.where.append(f"{table}.o = {number}")
            way.meets(column.about(number))
            way.looks_at(column.about(number), constant=True)
        else:
            way.meets(column.count)
            way.looks_at(column.count, constant=False)
            way.put(wanted.name, f"{table}.o", self.known(column))
        return owner or f"{table}.s"

    def if_said(
        self, way: Way, owner: str, wide: Wide | None, link: Link, column: Column | None
    ) -> None:
        """A link that may be missing, to a variable that nothing else mentions."""
        assert isinstance(link.object, Variable)
        name = link.object.name
        if wide is not None:
            if column is None:
                way.values[name], way.bound[name] = NULL, Bound(False, None, 0)
                return
            value = f"{owner.removesuffix('.s')}.p{column.predicate}"
            if column.same:
                value = f"{column.least}::UINTEGER"
            if not owner.endswith(".s"):
                raise TwoPlaces("what may be missing is said of a thing in two tables")
            whole = column.count == wide.rows
            way.put(name, value, replace(self.known(column, wide), sure=whole))
            return
        said = self.catalogue.by_predicate.get(link.predicate)
        if said is None:
            way.values[name], way.bound[name] = NULL, Bound(False, None, 0)
            return
        table = self.scope.alias()
        narrow = self.scope.files.narrow(link.predicate)
        way.joins.append(f"LEFT JOIN {narrow} {table} ON {table}.s = {owner}")
        way.put(name, f"{table}.o", replace(self.known(said), sure=False))

    def known(self, column: Column, wide: Wide | None = None) -> Bound:
        """What is known of a variable that has the values of a column."""
        domain = self.domain(column, wide)
        known = Bound(True, domain, column.distinct, column.least, column.most, column.texts)
        return replace(known, spread=column.spread)

    def domain(self, column: Column, wide: Wide | None = None) -> str:
        """SQL for the values of a column."""
        if column.same:
            return f"SELECT {column.least}::UINTEGER AS v"
        if wide is not None:
            return f'SELECT p{column.predicate} AS v FROM "{wide.file}"'
        return f"SELECT o AS v FROM {self.scope.files.narrow(column.predicate)}"

    # Paths

    def pairs(self, path: Path) -> Relation:
        """A path as a relation of the variables [s and [o, with a row for each way along it."""
        if path.kind == "link":
            number = self.scope.number(path.iri)
            return self.relation([Link(START, number, END)])
        if path.kind == "^":
            return renamed(self.scope, self.pairs(path.parts[0]), {"[s": "[o", "[o": "[s"})
        if path.kind == "|":
            found = union(self.scope, [self.pairs(part) for part in path.parts])
            # Oxigraph gives each pair once, where SPARQL has it as often as alternatives do.
            return replace(found, sql=f"SELECT DISTINCT * FROM ({found.sql})", branches=())
        if path.kind == "/":
            found = self.pairs(path.parts[0])
            for part in path.parts[1:]:
                step = renamed(self.scope, self.pairs(part), {"[s": "[m"})
                found = joined(self.scope, [renamed(self.scope, found, {"[o": "[m"}), step])
                found = projected(self.scope, found, ["[s", "[o"])
            return found
        if path.kind == "+":
            return self.closure(self.pairs(path.parts[0]))
        raise NotRecognised(f"a path with {path.kind} begins anywhere")

    def closure(self, step: Relation) -> Relation:
        """The pairs that one step or several lead to, each once."""
        s, o = self.scope.column("[s"), self.scope.column("[o")
        name, one = self.scope.alias(), self.scope.alias()
        sql = (
            f"WITH RECURSIVE {one} AS MATERIALIZED (SELECT DISTINCT {s}, {o} FROM ({step.sql})), "
            f"{name}({s}, {o}) AS (SELECT {s}, {o} FROM {one} UNION SELECT {name}.{s}, {one}.{o} "
            f"FROM {name}, {one} WHERE {name}.{o} = {one}.{s}) SELECT {s}, {o} FROM {name}"
        )
        return Relation(sql, step.bound, step.rows * 3, step.touched)

    def between(self, pairs: Relation, triple: Triple) -> Relation:
        """Pairs of a path as the rows of a pattern."""
        scope, where, names = self.scope, [], {}
        for end, node in (("[s", triple.subject), ("[o", triple.object)):
            if isinstance(node, Constant):
                where.append(f"{scope.column(end)} = {scope.number(node.text)}")
            else:
                names[end] = node.name
        if names.get("[s") is not None and names.get("[s") == names.get("[o"):
            where.append(f"{scope.column('[s')} = {scope.column('[o')}")
            del names["[o"]
        condition = f" WHERE {' AND '.join(where)}" if where else ""
        columns = ", ".join(f"{scope.column(end)} AS {scope.column(n)}" for end, n in names.items())
        sql = f"SELECT {columns or '1 AS one'} FROM ({pairs.sql}){condition}"
        bound = {name: pairs.bound[end] for end, name in names.items()}
        return Relation(sql, bound, pairs.rows, pairs.touched)


START, END = Variable("[s"), Variable("[o")


def nodes(link: Link) -> Iterator[Variable]:
    """The variables of a link."""
    for node in (link.subject, link.object):
        if isinstance(node, Variable):
            yield node


def nowhere(links: Iterable[Link]) -> list[tuple[Link, Column | None]]:
    """Links that are in no wide table."""
    return [(link, None) for link in links]


def link_of(scope: Scope, triple: Triple) -> Link | None:
    """A pattern whose path is a single link, forwards or back."""
    path = triple.path
    if path.kind == "link":
        return Link(triple.subject, scope.number(path.iri), triple.object)
    if path.kind == "^" and path.parts[0].kind == "link":
        return Link(triple.object, scope.number(path.parts[0].iri), triple.subject)
    return None
