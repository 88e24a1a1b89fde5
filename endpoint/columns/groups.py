"""Groups of patterns as SQL: what stands between braces (SPARQL 1.1, 18.2.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from homegraph.endpoint.columns.anything import of_found, of_object, of_one
from homegraph.endpoint.columns.chains import Chain, chains
from homegraph.endpoint.columns.expressions import (
    MOST_TUPLES,
    Expressions,
    conjuncts,
    has_exists,
)
from homegraph.endpoint.columns.following import followed, left_followed
from homegraph.endpoint.columns.patterns import Link, Patterns, link_of
from homegraph.endpoint.columns.relations import (
    given,
    joined,
    listed_only,
    nothing,
    union,
    unit,
)
from homegraph.endpoint.columns.scope import Bound, Relation, Scope
from homegraph.endpoint.columns.syntax import (
    Bind,
    Constant,
    Expression,
    Filter,
    Group,
    Minus,
    NotRecognised,
    Optional,
    Path,
    Select,
    Triple,
    TwoPlaces,
    Union,
    Values,
    Variable,
)

AS_QUICK = "Oxigraph is as quick: few statements have to be looked at"
QUICKER = 4  # times as quick as others are rows that were looked up
UNEVEN = 20  # times as many rows as expected may be what is asked about: some places are busy


class Groups:
    """Makes SQL of groups; `nested` gives the rows of a SELECT within one.

    Whatever is said of a thing is looked up only where columns are `alone`: a store is quicker.
    """

    def __init__(
        self, scope: Scope, nested: Callable[[Select], Relation], alone: bool = False
    ) -> None:
        self.scope, self.nested, self.alone = scope, nested, alone
        self.patterns = Patterns(scope)
        self.expressions = Expressions(scope)
        self.everywhere = Counter(mentions(scope.query.select.where))

    def relation(self, group: Group, least: float = 0) -> Relation:
        """A group with its filters; raises NotRecognised, also where less is looked at."""
        try:
            return self.in_steps(group, least, simply=True)
        except TwoPlaces:
            return self.in_steps(group, least, simply=False)

    def in_steps(self, group: Group, least: float, simply: bool) -> Relation:
        """What `relation` gives; `simply` with OPTIONAL as columns that may be empty."""
        used = Counter(mentions(group))
        found: Relation | None = None
        links: list[Link] = []
        parts: list[Relation] = []
        missing: list[Link] = []
        asked: dict[str, Chain] = {}
        filters = [
            one
            for element in group.elements
            if isinstance(element, Filter)
            for one in conjuncts(element.condition)
        ]
        chained = chains(group, filters, self.scope.query.mentions)
        links_of = {bind: about for about, chain in chained.items() for bind in chain.binds}

        def together() -> Relation:
            """What there is so far, joined."""
            nonlocal found, links, parts
            every, links = followed(self.scope, [*([found] if found else []), *parts], links)
            every += self.patterns.parts(links)
            found, links, parts = joined(self.scope, every), [], []
            if not self.are_many(found, least):
                raise NotRecognised(AS_QUICK)
            if len(every) > 1 and filters:
                touched = found.touched
                found = joined(self.scope, [self.sifted(one, filters) for one in every])
                found = replace(found, touched=touched)
            return found

        for element in group.elements:
            match element:
                case Triple(_, Path("any"), _) if not self.alone:
                    raise NotRecognised("a property is a variable")
                case Triple(Variable(), Path("any"), Constant()):
                    parts.append(of_object(self.scope, element))
                case Triple(Variable(), Path("any"), _):
                    found = of_found(self.scope, element, together())
                case Triple():
                    link = link_of(self.scope, element)
                    if link is not None:
                        links.append(link)
                    else:
                        self.path(element, links, parts)
                case Filter(condition):  # the others are of the whole group
                    nowhere = self.missing(condition.group, links, used) if simply else None
                    if condition.name == "not exists" and nowhere is not None:
                        links.append(nowhere)
                        missing.append(nowhere)
                        filters.remove(condition)
                case Values():
                    parts.append(self.values(element))
                case Union(groups):
                    parts.append(union(self.scope, [self.relation(one) for one in groups]))
                case Select():
                    parts.append(self.nested(element))
                case Bind(value, name):
                    found, about = together(), links_of.get(element, "")
                    if about not in asked and self.is_long(found.bound.get(about)):
                        asked[about] = chained[about]
                    if about not in asked:
                        found = self.expressions.bind(found, value, name)
                case Minus(without):
                    nowhere = self.missing(without, links, used) if simply else None
                    if nowhere is not None:
                        links.append(nowhere)
                        missing.append(nowhere)
                    else:
                        found = self.without(together(), self.relation(without))
                case Optional(inner):
                    link = self.simple(inner, links, used) if simply else None
                    if link is not None:
                        links.append(link)
                    else:
                        found = self.left_joined(together(), inner)
                case _:
                    raise NotRecognised(f"{element.what} chooses its graphs")
        whole = together()
        for link in missing:
            assert isinstance(link.object, Variable)
            column = self.scope.column(link.object.name)
            whole = self.where(whole, f"{column} IS NULL")
            bound = {name: one for name, one in whole.bound.items() if name != link.object.name}
            whole = replace(whole, bound=bound)
        for about, chain in asked.items():
            filters = [one for one in filters if one not in chain.filters]
            passing = self.expressions.of_chain(chain, about, whole.bound[about])
            whole = self.where(whole, passing)
        return self.filtered(whole, filters)

    def are_many(self, found: Relation, least: float) -> bool:
        """Whether Oxigraph looks at so many rows; where few are expected, these are counted."""
        if found.columns is not None:
            return found.touched * QUICKER >= least
        if found.touched >= least or found.touched * UNEVEN < least:
            return found.touched >= least
        self.scope.tell(found.sql)
        return self.scope.files.size(found.sql, int(least)) >= least

    def is_long(self, bound: Bound | None) -> bool:
        """Whether a variable has more values than BIND would be worked out for."""
        return bound is not None and bound.sure and bound.distinct > MOST_TUPLES

    def missing(
        self, inner: Group | None, links: Sequence[Link], used: Counter[str]
    ) -> Link | None:
        """One link that a subject at hand must not have, to what nothing else mentions."""
        return None if inner is None else self.simple(inner, links, used)

    def simple(self, inner: Group, links: Sequence[Link], used: Counter[str]) -> Link | None:
        """OPTIONAL of one link of a subject at hand, to a variable that stands nowhere else."""
        if len(inner.elements) != 1 or not isinstance(inner.elements[0], Triple):
            return None
        link = link_of(self.scope, inner.elements[0])
        if link is None or not isinstance(link.object, Variable):
            return None
        at_hand = any(one.subject == link.subject and not one.maybe for one in links)
        if not at_hand or used[link.object.name] != 1 or not isinstance(link.subject, Variable):
            return None
        return replace(link, maybe=True)

    def path(self, triple: Triple, links: list[Link], parts: list[Relation]) -> None:
        """A pattern with a path: chains of links are links, the rest is a relation of pairs."""
        path, scope = triple.path, self.scope
        if path.kind == "/":
            ends = [triple.subject]
            ends += [Variable(scope.alias() + "/") for _ in path.parts[1:]]
            ends.append(triple.object)
            for start, part, end in zip(ends, path.parts, ends[1:], strict=False):
                step = Triple(start, part, end)
                link = link_of(scope, step)
                if link is not None:
                    links.append(link)
                else:
                    self.path(step, links, parts)
            return
        if path.kind == "any":
            parts.append(of_one(scope, triple))
            return
        if path.kind in {"*", "?"}:
            parts.append(self.from_here(triple, links))
            return
        found = self.patterns.pairs(path)
        parts.append(self.patterns.between(found, triple))

    def from_here(self, triple: Triple, links: Sequence[Link]) -> Relation:
        """A path that may be of no step: from a constant, or a variable that links give values."""
        scope, path = self.scope, triple.path
        step = self.patterns.pairs(path.parts[0])
        pairs = self.patterns.closure(step) if path.kind == "*" else step
        s, o = scope.column("[s"), scope.column("[o")
        starts = []
        for node in (triple.subject, triple.object):
            if isinstance(node, Constant):
                starts.append(self.itself(scope.number(node.text)))
                continue
            near = [one for one in links if node in (one.subject, one.object) and not one.maybe]
            of_links = [self.patterns.relation([one]) for one in near]
            given = [one.bound.get(node.name) for one in of_links]
            starts += [one.domain for one in given if one and one.sure and one.domain]
        if not starts:
            raise NotRecognised("a path of any length begins anywhere")
        sql = (
            f"SELECT DISTINCT {s}, {o} FROM ({pairs.sql}) UNION "
            f"SELECT DISTINCT v AS {s}, v AS {o} FROM ({starts[0]}) WHERE v IS NOT NULL"
        )
        bound = {
            name: Bound(True, f"SELECT {scope.column(name)} AS v FROM ({sql})", one.distinct)
            for name, one in pairs.bound.items()
        }
        return self.patterns.between(Relation(sql, bound, pairs.rows, pairs.touched), triple)

    def itself(self, number: int) -> str:
        """A term as where a path of no step begins and ends, if Oxigraph would find it there."""
        if self.scope.catalogue.count(number):
            raise NotRecognised("a path of any length begins at a property")
        return f"SELECT {number} AS v WHERE {number} < {self.scope.catalogue.terms}"

    def values(self, element: Values) -> Relation:
        """VALUES as a table."""
        scope = self.scope
        if not element.rows or not element.variables:
            return nothing(scope, element.variables) if not element.rows else unit()
        numbers = [
            [None if cell is None else scope.number(cell.text) for cell in row]
            for row in element.rows
        ]
        # Oxigraph looks up what fits each row.
        return replace(given(scope, element.variables, numbers), touched=len(numbers))

    def left_joined(self, left: Relation, inner: Group) -> Relation:
        """OPTIONAL: rows of the left, with those of the right that fit, or without."""
        links = [link_of(self.scope, one) for one in inner.elements if isinstance(one, Triple)]
        if len(links) == len(inner.elements) and None not in links:
            near = left_followed(self.scope, left, [link for link in links if link is not None])
            if near is not None:
                return near
        right = self.relation(inner)
        for element in inner.elements:
            if isinstance(element, Filter):
                asked = element.condition
                if (asked.variables - right.bound.keys()) & left.bound.keys() or has_exists(asked):
                    raise NotRecognised("a filter in OPTIONAL is about what stands outside")
        scope, shared = self.scope, sorted(left.bound.keys() & right.bound.keys())
        if not all(left.bound[name].sure and right.bound[name].sure for name in shared):
            raise NotRecognised("OPTIONAL is about a variable that rows may lack")
        one, other = scope.alias(), scope.alias()
        new = [name for name in right.bound if name not in left.bound]
        columns = [f"{one}.{scope.column(n)}" for n in left.bound]
        columns += [f"{other}.{scope.column(n)}" for n in new]
        same = (f"{one}.{scope.column(n)} = {other}.{scope.column(n)}" for n in shared)
        sql = (
            f"SELECT {', '.join(columns) or '1 AS one'} FROM ({left.sql}) {one} "
            f"LEFT JOIN ({right.sql}) {other} ON {' AND '.join(same) or 'true'}"
        )
        bound = {**left.bound, **{name: replace(right.bound[name], sure=False) for name in new}}
        return Relation(sql, listed_only(bound, bound), left.rows, left.touched)

    def without(self, left: Relation, right: Relation) -> Relation:
        """MINUS: rows of the left that share no values with one of the right."""
        shared = sorted(left.bound.keys() & right.bound.keys())
        if not shared:
            return left
        return self.where(left, f"NOT {self.exists(left, right, shared)}")

    def exists(self, left: Relation, right: Relation, shared: Sequence[str]) -> str:
        """A condition that there is a row of the right with the values of the left's."""
        if not all(left.bound[name].sure and right.bound[name].sure for name in shared):
            raise NotRecognised("rows are compared by a variable that some may lack")
        scope, r = self.scope, self.scope.alias()
        same = " AND ".join(f"{r}.{scope.column(n)} = rows.{scope.column(n)}" for n in shared)
        return f"EXISTS (SELECT 1 FROM ({right.sql}) {r} WHERE {same or 'true'})"

    def insist_on_plain(self, group: Group, outer: Relation) -> None:
        """Raise NotRecognised unless EXISTS means a join.

        It puts the values of each row into the group (SPARQL 1.1, 18.6), so what is not only
        patterns can see more there than the group itself gives.
        """
        seen = set(mentions(group))
        for element in group.elements:
            if isinstance(element, Filter):
                asked = element.condition
                if (asked.variables - seen) & outer.bound.keys() or has_exists(asked):
                    raise NotRecognised("a filter in EXISTS is about what stands outside")
            elif not isinstance(element, Triple | Values):
                raise NotRecognised("EXISTS has more than patterns")

    def where(self, found: Relation, condition: str) -> Relation:
        """Rows that keep a condition, which calls them `rows`: each branch by itself.

        DuckDB does not look for rows of a table within what stands one below the other.
        """
        kept = [
            f"SELECT * FROM ({one}) rows WHERE {condition}"
            for one in found.branches or (found.sql,)
        ]
        branches = tuple(kept) if found.branches else ()
        return replace(found, sql=" UNION ALL ".join(kept), branches=branches)

    def sifted(self, part: Relation, filters: list[Expression]) -> Relation:
        """Rows that are to be joined, without those that a filter takes out in the end.

        Takes the filters that are done with out of the list.
        """
        for condition in list(filters):
            (name, *others) = sorted(condition.variables) or [""]
            bound = part.bound.get(name)
            if bound is not None and bound.sure and not others and not has_exists(condition):
                part = self.where(part, self.expressions.condition(part, condition))
                filters.remove(condition)
        return part

    def filtered(self, found: Relation, filters: Sequence[Expression]) -> Relation:
        """Rows that keep all filters: the quick ones first."""
        for condition in sorted(filters, key=lambda one: len(one.variables)):
            if condition.kind == "exists" and condition.group is not None:
                self.insist_on_plain(condition.group, found)
                inner = Counter(mentions(condition.group))
                for name in inner.keys() - found.bound.keys():
                    if self.everywhere[name] > inner[name]:  # Oxigraph may see what stands there
                        raise NotRecognised("EXISTS is about what stands outside its group")
                right = self.relation(condition.group)
                shared = sorted(found.bound.keys() & right.bound.keys())
                word = "NOT " if condition.name == "not exists" else ""
                found = self.where(found, word + self.exists(found, right, shared))
            else:
                found = self.where(found, self.expressions.condition(found, condition))
        return found


def mentions(group: Group) -> Iterator[str]:
    """The variables of a group's patterns, each time that they stand there."""
    for element in group.elements:
        match element:
            case Triple(s, _, o):
                yield from (node.name for node in (s, o) if isinstance(node, Variable))
            case Values(names, _):
                yield from names
            case Bind(_, name):
                yield name
            case Optional(inner) | Minus(inner):
                yield from mentions(inner)
            case Union(groups):
                for one in groups:
                    yield from mentions(one)
            case Select():
                yield from mentions(element.where)
                yield from (item.variable for item in element.items)
            case Filter(condition):
                for part in condition.walk():
                    if part.group is not None:
                        yield from mentions(part.group)
            case _:
                pass
