"""A small graph as real ones are, and as they should not be; and queries about it, at random.

The queries are those that columns answer and their neighbours: `test_columns_agree.py` asks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

MOST = 4_000  # rows that a pattern is expected to have
PREFIXES = {
    "ex": "https://data.example/def/",
    "id": "https://data.example/id/",
    **{kind: f"https://data.example/id/{kind}/" for kind in ("area", "point", "incident", "force")},
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
PLACES = "<https://data.example/id/graph/places>"
EDGES = [  # what is said of what, with what kind of object
    *(("incident", f"ex:{name}", kind) for name, kind in [
        ("month", "month"), ("category", "concept"), ("force", "force"), ("outcome", "concept"),
        ("at", "point"), ("crimeId", "text"), ("on", "date"), ("comment", "text"),
        ("like", "incident"), ("hours", "integer"),
        ("note", "text"),
    ]),
    ("incident", "rdf:type", "class"), ("observation", "rdf:type", "class"),
    ("point", "rdfs:label", "text"), ("point", "ex:lsoa", "area"), ("point", "ex:wkt", "text"),
    ("area", "rdfs:label", "text"), ("area", "ex:code", "text"),
    *[("area", "ex:within", "area"), ("concept", "skos:broader", "concept")] * 3,
    ("area", "ex:odd", "number"),
    ("area", "rdf:type", "class"), ("force", "rdfs:label", "text"), ("force", "ex:covers", "area"),
    ("concept", "skos:broader", "concept"), ("concept", "skos:prefLabel", "text"),
    ("concept", "skos:notation", "text"), ("observation", "qb:dataSet", "cube"),
    ("observation", "ex:area", "area"), ("observation", "ex:year", "year"),
    ("observation", "ex:value", "number"), ("observation", "ex:force", "force"),
    ("observation", "ex:count", "integer"), ("observation", "ex:rate", "decimal"),
    ("observation", "ex:share", "double"),
    ("cube", "rdfs:label", "text"), ("thing", "ex:mixed", "mixed"), ("thing", "ex:like", "thing"),
    ("thing", "ex:value", "number"), ("thing", "ex:on", "date"),
]  # fmt: skip
KINDS = {edge[side] for edge in EDGES for side in (0, 2)}
SORTS = {"incident", "point", "area", "concept", "force", "cube", "month", "year", "class"}
FIGURES = {"integer", "decimal", "double"}
WKT = NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")
NODES = sorted({edge[0] for edge in EDGES})
ODD = 'He said "no" \\ yes\n\ttab ünï ☃ 𝄞 \'s {curly} ?x #'


def iri(name: str) -> NamedNode:
    """The whole of a shortened name."""
    prefix, _, rest = name.partition(":")
    return NamedNode(PREFIXES[prefix] + rest)


def lit(text: object, kind: str) -> Literal:
    return Literal(str(text), datatype=iri(f"xsd:{kind}"))


def toy() -> dict[str, list[Quad]]:
    """The statements of each dump."""
    random = Random(7)
    made: dict[str, list[Quad]] = {"incidents": [], "places": [], "figures": [], "things": []}

    def say(name: str, subject: str, predicate: str, *objects: Any, graph: str = "") -> None:
        for one in objects:
            value = iri(one) if isinstance(one, str) else one
            where = [iri(f"id:graph/{graph or name}")] if name != "things" or graph else []
            made[name].append(Quad(iri(subject), iri(predicate), value, *where))

    def some(kind: str, count: int, least: int = 0) -> str:
        return f"id:{kind}/{random.randrange(least, count)}"

    def english(text: str, welsh: bool = True) -> list[Literal]:
        return [Literal(text, language="en"), Literal(f"{text} cy", language="cy")][: 1 + welsh]

    for number in range(130):
        this = f"id:incident/{number}"
        say("incidents", this, "rdf:type", "ex:Incident")
        say("incidents", this, "ex:month", lit(f"2024-{random.randint(1, 12):02}", "gYearMonth"))
        say("incidents", this, "ex:category", some("concept", 9))
        say("incidents", this, "ex:force", some("force", 4))
        if number % 5:
            say("incidents", this, "ex:hours", lit(random.choice([-2, 0, 1, 1, 2, 30]), "integer"))
        if random.random() < 0.6:
            say("incidents", this, "ex:outcome", some("concept", 12, 9))
        if random.random() < 0.8:
            say("incidents", this, "ex:at", some("point", 40))
        if random.random() < 0.7:
            say("incidents", this, "ex:crimeId", Literal(f"c{number // 3}"))
        if random.random() < 0.5:
            day = f"2024-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
            say("incidents", this, "ex:on", lit(day, "date"))
        if random.random() < 0.1:  # more of the same elsewhere, and the same again
            say("things", this, "ex:category", some("concept", 9))
            say("places", this, "ex:month", made["incidents"][-1].object)
            say("things", this, "rdf:type", "ex:Odd")
            say("things", this, "ex:like", this, some("incident", 130))
            say("figures", this, "ex:comment", Literal(ODD), Literal("seen", language="en"))
        if number % 40 == 0:
            say("places", this, "ex:force", "id:force/1")
            say("things", this, "ex:at", "id:point/1", "id:point/2")
    for number in range(400):
        start = ("", ODD, " \\ ", "\n", 'say "a"', "é", "é")[number % 7]
        note = Literal(f"{start}{number} Lane", language=(None, "en", "en")[number % 3])
        say("things", f"id:incident/{number % 60}", "ex:note", note)
    for number in range(40):
        this = f"id:point/{number}"
        say("places", this, "rdf:type", "ex:Point")
        say("places", this, "rdfs:label", Literal(f"On or near {number // 4} Street"))
        say("places", this, "ex:wkt", Literal(f"POINT({number / 8} 51)", datatype=WKT))
        if random.random() < 0.8:
            say("places", this, "ex:lsoa", some("area", 24))
    for number in range(31):
        this = f"id:area/{number}"
        say("places", this, "rdf:type", "ex:Lsoa" if number < 24 else "ex:District")
        say("places", this, "rdfs:label", *english(f"Area {number % 20}", number % 3 > 0))
        say("places", this, "ex:code", Literal(f"E{number:03}"))
        odd = {9: "x", 10: 2**63 - 1, 11: 10**20}.get(number % 12, number)
        say("places", this, "ex:odd", lit(odd, "integer"))
        if number < 24:
            say("places", this, "ex:within", *{some("area", 28, 24) for _ in range(1 + number % 2)})
        elif number < 30:
            say("places", this, "ex:within", "id:area/30" if number > 27 else some("area", 30, 28))
    for number in range(14):
        this = f"id:concept/{number}"
        say("places", this, "rdf:type", "skos:Concept")
        say("places", this, "skos:prefLabel", *english(f"Kind {number}", number % 2 > 0))
        say("places", this, "skos:notation", Literal(f"{number:02}"))
        if number:
            say("places", this, "skos:broader", f"id:concept/{number // 3}")
    say("things", "id:concept/0", "skos:broader", "id:concept/2")  # a circle
    for number in range(4):
        say("places", f"id:force/{number}", "rdfs:label", *english(f"Force {number}"))
        say("places", f"id:force/{number}", "ex:covers", "id:area/25", some("area", 28, 24))
    values = [lit(v, k) for k, v in [
        ("integer", 7), ("integer", -3), ("integer", "007"), ("integer", 7), ("decimal", "1.50"),
        ("decimal", "0.1"), ("double", "2.5E0"), ("double", "-0.25"), ("float", "1.5"),
        ("decimal", "7.0"), ("int", 7), ("nonNegativeInteger", 12), ("integer", 10**12),
    ]]  # fmt: skip
    for number in range(70):
        this = f"id:observation/{number}"
        say("figures", this, "rdf:type", "qb:Observation")
        say("figures", this, "qb:dataSet", f"id:cube/{number % 2}")
        say("figures", this, "ex:area", some("area", 30))
        say("figures", this, "ex:year", lit(2020 + number % 4, "gYear"))
        say("figures", this, "ex:count", lit(random.randint(-3, 30), "integer"))
        if number % 4:
            say("figures", this, "ex:rate", lit(random.randint(-30, 99) / 10, "decimal"))
            say("figures", this, "ex:share", lit(random.randint(-9, 20) / 8, "double"))
        if number % 3:
            say("figures", this, "ex:force", some("force", 4))
        if number % 7:
            whole = lit(random.randint(-5, 400), "integer")
            say("figures", this, "ex:value", whole if number % 2 else random.choice(values))
        if number % 30 == 1:
            say("things", this, "ex:value", Literal("n/a"), lit("x", "integer"))
    for number in range(2):
        say("figures", f"id:cube/{number}", "rdfs:label", *english(f"Cube {number}"))
    mixed = [
        *values, Literal(ODD), Literal(""), Literal("7"), Literal("true"), Literal("a",
        language="en"),
        Literal("a", language="en-GB"), Literal("a"), lit("true", "boolean"), lit(0, "boolean"),
        lit("2024-02-29", "date"), lit("2024-02-29Z", "date"), lit("INF", "double"),
        lit("NaN", "double"), lit("2024-02-29T12:00:00", "dateTime"), lit("bad", "date"),
        lit("2024-02-29T12:00:00.000+00:00", "dateTime"), lit("2024-02-29T12:00:00Z", "dateTime"),
        lit("2024", "gYear"), lit("P1Y", "duration"), lit("PT1H", "dayTimeDuration"),
        Literal("POINT(0 0)", datatype=WKT), iri("id:area/1"), iri("ex:category"),
        BlankNode("b1"), lit("1E400", "double"), lit("99999999999999999999", "integer"),
    ]  # fmt: skip
    for number, value in enumerate(mixed):
        this = f"id:thing/{number % 12}"
        say("things", this, "ex:mixed", value, graph="things" if number % 2 else "")
        say("things", this, "ex:like", this if number % 5 == 0 else some("thing", 12))
        say("things", this, "ex:value", lit(number % 3, "integer"))
        say("things", f"id:thing/{number % 4}", "ex:on", lit("2024-02-29", "date"))
    made["things"].append(Quad(BlankNode("b1"), iri("ex:like"), iri("id:thing/1")))
    made["things"].append(Quad(BlankNode("b2"), iri("ex:like"), BlankNode("b1")))
    said: set[Any] = set()  # a release has each statement once
    for name, quads in made.items():
        made[name] = [q for q in quads if not (q.triple in said or said.add(q.triple))]
    return made


@dataclass
class Facts:
    """What terms each property has, as subjects and as objects, and how many statements each."""

    store: Store
    samples: dict[tuple[str, int], list[Any]] = field(default_factory=dict)
    fans: dict[tuple[str, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for predicate in {edge[1] for edge in EDGES}:
            found = list(self.store.quads_for_pattern(None, iri(predicate), None, None))
            sides = [[q.subject for q in found], [q.object for q in found]]
            for side, terms in enumerate(sides):
                self.samples[predicate, side] = sorted(
                    {t for t in terms if not isinstance(t, BlankNode)}, key=str
                )
                self.fans[predicate, side] = len(terms) / len(set(terms))


@dataclass
class Scope:
    """The variables of a group and their kinds; those that each row has; about how many rows."""

    kinds: dict[str, str] = field(default_factory=dict)
    sure: set[str] = field(default_factory=set)
    rows: float = 1

    def copy(self) -> Scope:
        return Scope(dict(self.kinds), set(self.sure), self.rows)


@dataclass(frozen=True)
class Query:
    """A query; without its limit, if it has one; the variables that order it."""

    text: str
    whole: str | None = None
    keys: tuple[str, ...] = ()
    reduced: bool = False


def sorts(names: Iterable[str], scope: Scope, text: str) -> bool:
    """Whether the engine can order by these: with terms of all kinds it ends the whole process."""
    kinds = {scope.kinds.get(name, "") for name in names}
    return kinds <= SORTS and not re.search(r"ex:mixed|ex:value|!\(|\|", text)


class Asker:
    """Writes queries, the same for the same seed."""

    def __init__(self, facts: Facts, seed: int | str) -> None:
        self.facts = facts
        self.random = Random(seed)
        self.names = 0
        self.plain = False  # one thing at a time, which finds more rows

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, *some: Any) -> Any:
        return self.random.choice(some)

    def fresh(self, scope: Scope, kind: str) -> str:
        self.names += 1
        name = f"{self.pick('?', '?', '?', '$')}v{self.names}"
        scope.kinds["?" + name[1:]] = kind
        return name

    def any_variable(self, scope: Scope) -> str:
        if not scope.kinds or self.chance(0.03):
            return "?nothing"
        return self.pick(*scope.kinds)

    # constants

    def constant(self, predicate: str, side: int) -> str:
        if self.chance(0.02 if self.plain else 0.1):
            return self.pick("id:unknown", "<relative>", '"unknown"', "7", "1.5", "true", "7.0e0")
        return self.spelt(self.random.choice(self.facts.samples[predicate, side]))

    def some_literal(self) -> str:
        edge = self.pick(*(e for e in EDGES if e[2] in {"text", "number", "date", "mixed", "year"}))
        return self.constant(edge[1], 1)

    def spelt(self, term: Any) -> str:
        if isinstance(term, NamedNode):
            for prefix, start in PREFIXES.items():
                rest = term.value.removeprefix(start)
                if (
                    rest != term.value
                    and self.chance(0.8)
                    and ("/" not in rest or self.chance(0.05))
                ):
                    return f"{prefix}:{rest}".replace("/", "\\/")
            return str(term)
        text, kind = str(term), term.datatype.value.rpartition("#")[2]
        if kind == "integer" and self.chance(0.7) and re.fullmatch(r"-?\d+", term.value):
            return str(term.value)
        if kind == "boolean" and term.value in {"true", "false"}:
            return str(term.value)
        if kind == "string" and self.chance(0.2):
            quotes = self.pick("'''", '"""')
            return (
                quotes
                + term.value.replace("\\", "\\\\").replace(quotes[0], f"\\{quotes[0]}")
                + quotes
            )
        return text.replace("e", "\\u0065", 1) if kind == "string" and self.chance(0.1) else text

    # patterns

    def triple(self, scope: Scope) -> str:
        """One more statement, connected with what there is if possible."""
        for _ in range(8):
            known = [(v, k) for v, k in scope.kinds.items() if k in KINDS]
            known = [one for one in known if one[0] in scope.sure or self.chance(0.2)]
            start, kind = self.pick(*known) if known and self.chance(0.97) else ("", "")
            kind = kind or self.pick(*NODES, *["incident"] * 4, "observation", "observation")
            edge = self.pick(*(e for e in EDGES if kind in (e[0], e[2])))
            side = 0 if edge[0] == kind and (edge[2] != kind or self.chance(0.5)) else 1
            rows = scope.rows
            fan = self.facts.fans[edge[1], side]
            rows *= fan if start in scope.sure else len(self.facts.samples[edge[1], side]) * fan
            verb = self.verb(edge)
            rows *= 8 if re.search("[!*+?]", verb) else 4 if "/" in verb else 1
            rows *= 20 if re.search("[*?]", verb) and start not in scope.sure else 1
            if rows <= MOST:
                break
        else:
            return ""
        start = start or self.fresh(scope, kind)
        other = (edge[2], edge[0])[side]
        same = [v for v, k in scope.kinds.items() if k == other]
        if same and self.chance(0.15):
            end = self.pick(*same)
        elif self.chance(0.08 if self.plain else 0.15):
            end, rows = self.constant(edge[1], 1 - side), max(1.0, rows / 4)
        elif self.chance(0.04):
            end = self.pick("[]", "_:n1") if not side else "[]"
        else:
            end = self.fresh(scope, other)
        scope.rows = rows
        scope.sure |= {"?" + name[1:] for name in (start, end) if name[0] in "?$"}
        ends = (start, end) if side == 0 else (end, start)
        if re.match(r"\^\w", verb):
            ends = ends[::-1]
        return f"{ends[0]} {verb} {ends[1]}"

    def verb(self, edge: tuple[str, str, str]) -> str:
        """The predicate, or a path that begins and ends as it does."""
        name = "a" if edge[1] == "rdf:type" and self.chance(0.8) else edge[1]
        again = edge[0] == edge[2]
        if again and self.chance(0.3):
            return name + self.pick("+", "+", "*", "?")
        if name != edge[1] or self.chance(0.9 if self.plain else 0.75):
            return name
        other = self.pick(*(e for e in EDGES if e[0] == edge[0]))[1]
        more = self.pick(*(e for e in EDGES if e[2] == edge[0]), edge)[1]
        then = self.pick(*(e for e in EDGES if e[0] == edge[2] == e[2]), edge)[1]
        back = f"^{more}" if more != edge[1] else other
        return self.pick(
            f"^{name}", f"^(^{name})", f"({name}|{other})", f"({name}|^{name})", f"({name}?)",
            f"(({name}/^{name})/{name})",
            f"{name}{self.pick('+', '*', '?')}" if again else f"({name})",
            f"({name}/{then}{self.pick('*', '?', '+')})", f"({name}/{then}*/{then})",
            f"({name}/ex:within/ex:within)", f"!({other}|rdf:type)", f"!(^{other}|{name})",
            f"(^{more}/{more}/{name})", f"({name}|ex:nothing)", f"{name}+", f"({name}|{back})*",
        )  # fmt: skip

    def triples(self, scope: Scope, count: int) -> str:
        said = list(filter(None, (self.triple(scope) for _ in range(count))))
        text = " .\n".join(said)
        if self.chance(0.3):  # one subject said once
            text = re.sub(r"(?m)^(\S+) (.*) \.\n\1 ", r"\1 \2 ;\n ", text)
        return f"{text} ." if text and self.chance(0.7) else text

    def group(self, scope: Scope, depth: int, size: int, inside: bool = True) -> str:
        """What stands between braces."""
        parts = [self.triples(scope, self.random.randint(1, size))]
        makers = [self.filters] * 4 + [self.bind, self.values, self.values]
        if depth:
            makers += [self.optional] * 4 + [self.minus, self.exists] * 2 + [self.more, self.nested]
        if depth and not inside:
            makers += [self.union] * 3 + [self.inner] * 2
        for _ in range(self.pick(0, 1, 1, 2) if self.plain else self.pick(0, 0, 1, 1, 2)):
            made = self.random.choice(makers)(scope, depth - 1)
            parts.insert(0 if self.chance(0.04) else len(parts), made)
        first = parts[0].rstrip()
        dot = (
            ""
            if first.endswith(".") or len(parts) == 1 or not re.match(r"[?$\[_i<e]", first)
            else "."
        )
        return "\n".join([first + dot, *parts[1:]])

    def more(self, scope: Scope, depth: int) -> str:
        return "\n" + self.triples(scope, 1)

    def nested(self, scope: Scope, depth: int) -> str:
        return f"{{ {self.group(scope, depth, 1)} }}"

    def optional(self, scope: Scope, depth: int) -> str:
        inner = scope.copy()
        if self.chance(0.2):  # perhaps with what an optional part had before
            self.forget(inner)
        text = self.group(inner, depth, 2) if self.chance(0.5) else self.triples(inner, 1)
        if self.chance(0.25):
            both = Scope(scope.kinds | inner.kinds)
            text += f" FILTER({self.truth(both)})"
        scope.kinds |= inner.kinds
        scope.rows = max(scope.rows, inner.rows)
        return f"OPTIONAL {{ {text} }}"

    def union(self, scope: Scope, depth: int) -> str:
        texts, sure, rows = [], [], 0.0
        for _ in range(self.pick(2, 2, 3)):
            inner = scope.copy()
            if self.chance(0.2):
                self.forget(inner)
            texts.append(f"{{ {self.group(inner, depth, 2)} }}")
            rows += inner.rows
            scope.kinds |= inner.kinds
            sure.append(inner.sure)
        scope.rows, scope.sure = rows, scope.sure | set.intersection(*sure)
        return " UNION ".join(texts)

    def forget(self, scope: Scope) -> None:
        """Some of the variables."""
        scope.kinds = {v: k for v, k in scope.kinds.items() if self.chance(0.6)}

    def minus(self, scope: Scope, depth: int) -> str:
        inner = scope.copy() if self.chance(0.8) else Scope(rows=scope.rows)
        inner.rows = max(inner.rows, MOST / 10)
        return f"MINUS {{ {self.group(inner, depth, 2)} }}"

    def exists(self, scope: Scope, depth: int) -> str:
        inner = scope.copy() if self.chance(0.9) else Scope(rows=scope.rows)
        inner.rows = max(inner.rows, MOST / 10)
        text = self.group(inner, depth, 2)
        if self.chance(0.3):  # about what stands outside
            ends = self.any_variable(scope), self.any_variable(inner)
            text += f" FILTER({ends[0]} {self.pick('=', '!=', '<')} {ends[1]})"
        return f"FILTER {self.pick('', 'NOT ')}EXISTS {{ {text} }}"

    def filters(self, scope: Scope, depth: int) -> str:
        if scope.kinds and self.chance(
            0.8 if self.plain else 0.4
        ):  # one that lets something through
            name = self.any_variable(scope)
            kind = scope.kinds.get(name, "text")
            letter = self.pick("1", "2", "a", "/1", "Street", "-0", "no", "\u00e9")
            node = [v for v, k in scope.kinds.items() if k in NODES]
            if node and self.chance(0.3):
                name = self.pick(*node)
                one = self.of_kind(scope.kinds[name])
                return f"FILTER({self.pick(f'{name} = {one}', f'{one} != {name}')})"
            less = self.pick(
                f"{name} = {self.of_kind(kind)}", f"{self.of_kind(kind)} = {name}",
                f"{name} != {self.of_kind(kind)}", f"STRLEN(STR({name})) > {self.pick(2, 33, 34)}",
                f"{name} {self.pick('<', '>=')} {self.of_kind(kind)}",
                f"CONTAINS(STR({name}), '{letter}')",
                f"{self.pick('CONTAINS', 'STRSTARTS', 'STRENDS')}({name}, '{letter}')",
                self.sought(name, letter),
                f"{name} IN ({self.of_kind(kind)}, {self.of_kind(kind)})", f"!BOUND({name})",
                f"BOUND({self.any_variable(scope)})", f"{name} != {self.any_variable(scope)}",
            )  # fmt: skip
            more = f"{less} && BOUND({name})", f"{less} || {self.truth(scope)}"
            return f"FILTER({self.pick(less, less, *more)})"
        return f"FILTER({self.truth(scope)})"

    def chain(self, scope: Scope) -> str:
        """BINDs that mostly nothing but filters ask about."""
        name, parts = self.any_variable(scope), []
        if self.chance(0.1):
            return self.box(name)
        for _ in range(self.pick(1, 1, 2, 3)):
            self.names += 1
            made, last = f"?h{self.names}", name if not parts else f"?h{self.names - 1}"
            value = self.pick(
                f"STRAFTER(STR({last}), '/')", f"STR({last})", f"SUBSTR(STR({last}), 2)",
                f"STRLEN(STR({last}))", f"{last} + 1", f"1 / {last}", f"CONCAT({last}, {name})",
                f"IF({last} > 1, {last}, {self.any_variable(scope)})",
            )  # fmt: skip
            parts.append(f"BIND({value} AS {made})")
        asked = self.pick(made, made, last)
        filters = [
            f"{asked} > {self.pick(0, 1, 2, 20)}", f"CONTAINS({asked}, '1')", f"BOUND({made})",
            f"{asked} != {name}", f"{asked} = {self.any_variable(scope)}", f"!BOUND({asked})",
            f"STRLEN(STR({asked})) > {self.pick(1, 3, 9)}", f"{last} IN (1, '1', {name})",
        ]  # fmt: skip
        for _ in range(self.pick(0, 1, 1, 2)):
            parts.append(f"FILTER({self.pick(*filters)})")
        if self.chance(0.1):
            scope.kinds[made] = "mixed"  # others may ask about it, too
        return " ".join(parts)

    def box(self, name: str) -> str:
        """A box that is cut out of the texts of points."""
        self.names += 1
        text, x, y = (f"?{axis}{self.names}" for axis in ("text", "x", "y"))
        kind = f"xsd:{self.pick('decimal', 'decimal', 'double', 'float', 'integer')}"
        ends = [f"{self.random.randrange(-2, 30) / 8:.3f}" for _ in range(2)]
        end = self.pick("51", "51.0", "5.1e1", "50.9999", "52", "'51'")
        less, more = self.pick("<", "<="), self.pick(">", ">=")
        return (
            f"BIND(STRAFTER(STR({name}), '(') AS {text}) "
            f"BIND({kind}(STRBEFORE({text}, ' ')) AS {x}) "
            f"BIND({kind}(STRBEFORE(STRAFTER({text}, ' '), ')')) AS {y}) "
            f"FILTER({x} {more} {min(ends)} && {max(ends)} {more} {x} && {y} {less} {end})"
        )

    def edge(self, scope: Scope) -> str:
        """What is said of a variable, or who says something of it."""
        edges = [
            (name, edge, back)
            for name, kind in scope.kinds.items()
            for edge in EDGES
            for back in (False, True)
            if edge[2 if back else 0] == kind
        ]
        name, (subject, predicate, object_), back = self.pick(*edges)
        if back:
            return f"{self.fresh(scope, subject)} {predicate} {name} ."
        return f"{name} {predicate} {self.fresh(scope, object_)} ."

    def of_box(self, scope: Scope) -> Query:
        """Places in a box, and what is there."""
        text, place, thing = (self.fresh(scope, kind) for kind in ("text", "point", "incident"))
        body = f"{place} ex:wkt {text} . {self.box(text)}"
        if self.chance(0.5):
            body += f" {thing} ex:at {place} ."
        return self.written(self.pick(
            f"SELECT (COUNT(*) AS ?n) {{ {body} }}", f"SELECT {place} {{ {body} }}",
            f"SELECT {place} (COUNT(*) AS ?n) {{ {body} }} GROUP BY {place}",
        ))  # fmt: skip

    def bind(self, scope: Scope, depth: int) -> str:
        if self.chance(0.4):
            return self.chain(scope)
        text = self.choice(scope) if self.chance(0.3) else self.expression(scope)
        return f"BIND({text} AS {self.fresh(scope, self.pick('text', 'number', 'mixed'))})"

    def values(self, scope: Scope, depth: int) -> str:
        names = self.random.sample(sorted(scope.kinds), min(len(scope.kinds), self.pick(1, 1, 2)))
        if not names or self.chance(0.1):
            names = [self.fresh(scope, "area")]
        rows = []
        for _ in range(self.pick(0, 1, 2, 3, 4)):
            rows.append(
                [
                    "UNDEF" if self.chance(0.1) else self.of_kind(scope.kinds["?" + name[1:]])
                    for name in names
                ]
            )
        if rows and self.chance(0.4):
            rows.append(rows[0])
        scope.rows *= max(1, len(rows) / 2)
        if len(names) == 1 and self.chance(0.7):
            return f"VALUES {names[0]} {{ {' '.join(row[0] for row in rows)} }}"
        lists = " ".join(f"({' '.join(row)})" for row in rows)
        return f"VALUES ({' '.join(names)}) {{ {lists} }}"

    def of_kind(self, kind: str) -> str:
        ends = [(e[1], side) for e in EDGES for side in (0, 1) if e[2 * side] == kind]
        return self.constant(*self.pick(*ends)) if ends else self.some_literal()

    def inner(self, scope: Scope, depth: int) -> str:
        """A query within."""
        own = Scope(rows=max(1.0, scope.rows / 2))
        shared = [v for v in scope.kinds if v in scope.sure or self.chance(0.1)]
        if shared and self.chance(0.9):
            name = self.pick(*shared)
            own.kinds[name] = scope.kinds[name]
            own.sure.add(name)
        text = self.group(own, depth, 2)
        head = [v for v in own.kinds if v in shared]
        if self.chance(0.3) or not head:
            scope.kinds |= {v: own.kinds[v] for v in head}
            what = (
                " ".join(head)
                if head
                else f"({self.aggregate(own)} AS {self.fresh(scope, 'number')})"
            )
            return f"{{ SELECT {self.pick('DISTINCT ', '')}{what} WHERE {{ {text} }} }}"
        if self.chance(0.3):
            head = [self.pick(*head)] if self.chance(0.7) else head
            scope.kinds |= {v: own.kinds[v] for v in head}
            return f"{{ {self.of_size(own, text, head)} }}"
        result = self.fresh(scope, "number")
        what = f"{' '.join(head)} ({self.aggregate(own)} AS {result})"
        after = f" GROUP BY {' '.join(head)}"
        if self.chance(0.2):
            after += f" HAVING({self.aggregate(own)} > {self.pick(0, 1, 2)})"
        if self.chance(0.15) and sorts(head, own, text):
            after += f" ORDER BY {head[0]} LIMIT {self.pick(1, 3, 10)}"
        return f"{{ SELECT {what} WHERE {{ {text} }}{after} }}"

    def of_size(self, scope: Scope, text: str, head: Sequence[str]) -> str:
        """A SELECT that only chooses groups by how large they are."""
        size = f"COUNT({self.pick('*', *scope.kinds)}) {self.pick('>', '>', '>=', '=', '<', '!=')}"
        keys = " ".join(head)
        return (
            f"SELECT {keys} WHERE {{ {text} }} GROUP BY {keys} "
            f"HAVING({size} {self.pick(0, 1, 1, 2, 3, 5)})"
        )

    # expressions

    def number(self, scope: Scope, depth: int = 1) -> str:
        some = [v for v, k in scope.kinds.items() if k in {"number", "year", "mixed", *FIGURES}]
        name = self.pick(*some) if some and self.chance(0.8) else self.any_variable(scope)
        if not depth or self.chance(0.4):
            return self.pick(name, name, "0", "2", "-1", "2.5", "1e0", "7", "100")
        one, two = self.number(scope, depth - 1), self.number(scope, depth - 1)
        return self.pick(
            f"({one} {self.pick(*'+-*/')} {two})", f"STRLEN(STR({name}))", f"YEAR({name})",
            f"MONTH({name})", f"xsd:integer({self.pick(name, f'STR({name})')})", f"ABS({one})",
            f"xsd:{self.pick('decimal', 'double', 'boolean', 'date')}({name})", f"(-{one})",
            "(1/0)",
            f"{self.pick('ROUND', 'CEIL', 'FLOOR')}({one})", f"COALESCE({one}, {two})",
            f"IF({self.truth(scope, 0)}, {one}, {two})",
        )  # fmt: skip

    def text(self, scope: Scope) -> str:
        name, other = self.any_variable(scope), self.any_variable(scope)
        return self.pick(
            name, name, f"STR({name})", f"LCASE(STR({name}))", f"UCASE({name})", f"LANG({name})",
            f"SUBSTR(STR({name}), {self.pick(1, 2, 20)}, 7)",
            f"CONCAT(STR({name}), '-', STR({other}))",
            f"CONCAT({name}, {other})", f"STRBEFORE(STR({name}), '/')", f"STRAFTER({name}, ' ')",
            f"REPLACE(STR({name}), '[0-9]+', '#')", f"STR(DATATYPE({name}))",
            f"STRDT({name}, xsd:date)",
            f"STRLANG(STR({name}), 'en')", f"ENCODE_FOR_URI(STR({name}))", self.some_literal(),
        )  # fmt: skip

    def truth(self, scope: Scope, depth: int = 2) -> str:
        name, kind = self.any_variable(scope), ""
        kind = scope.kinds.get(name, "text")
        if depth and self.chance(0.3):
            one, two = self.truth(scope, depth - 1), self.truth(scope, depth - 1)
            return self.pick(
                f"({one} && {two})", f"({one} || {two})", f"!({one})", f"COALESCE({one}, {two})",
                f"IF({one}, {two}, {self.pick('true', 'false')})", f"({one}) = ({two})",
            )  # fmt: skip
        some = ", ".join(self.of_kind(kind) for _ in range(self.pick(0, 1, 2, 3)))
        compare = self.pick("=", "!=", "<", ">", "<=", ">=")
        letters = self.pick("a", "E", "1", "Area", "", "^.*2", "id/", "[0-3]$", "near 4", "\\\\.")
        flags = self.pick("", "", ", 'i'", ", 'is'", ", 'x'", ", 'q'")
        figures = [self.number(scope, depth and self.pick(0, 1)) for _ in range(2)]
        plain = letters.replace("\\\\", "")
        return self.pick(
            f"{name} {compare} {self.of_kind(kind)}", f"{name} {compare} {self.of_kind(kind)}",
            f"{self.of_kind(kind)} {compare} {name}",
            f"{name} {compare} {self.any_variable(scope)}",
            f"{figures[0]} {compare} {figures[1]}", f"BOUND({name})", f"!BOUND({name})",
            f"{self.text(scope)} {compare} {self.text(scope)}",
            f"{name} {self.pick('', 'NOT ')}IN ({some})",
            f"REGEX({self.pick(name, f'STR({name})')}, '{letters}'{flags})",
            f"CONTAINS({self.text(scope)}, '{plain}')", f"STRSTARTS(STR({name}), '{plain}')",
            f"STRENDS({self.text(scope)}, '{plain}')",
            f"LANG({name}) = '{self.pick('en', 'cy', 'EN', '')}'",
            f"LANGMATCHES(LANG({name}), '{self.pick('en', '*', 'EN', 'cy')}')", figures[0],
            f"{self.pick('isIRI', 'isLITERAL', 'isNUMERIC', 'isBLANK', 'isURI')}({name})", name,
            f"DATATYPE({name}) {compare} xsd:{self.pick('string', 'integer', 'decimal', 'date')}",
            f"sameTerm({name}, {self.pick(self.of_kind(kind), self.any_variable(scope))})",
            f"{self.pick('', '!')}EXISTS {{ {name} {self.pick(*EDGES)[1]} ?inside }}",
        )  # fmt: skip

    def sought(self, name: str, text: str) -> str:
        """A filter that looks for a text in any case."""
        case, other = self.pick("LCASE", "UCASE"), self.pick("LCASE", "UCASE", "")
        name = self.pick(name, f"STR({name})")
        word = self.pick("CONTAINS", "STRSTARTS", "STRENDS")
        return self.pick(
            f"{word}({case}({name}), {other}('{self.pick(text, text.upper(), 'LANE', 'É')}'))",
            f"REGEX({name}, '{self.pick('', '^')}{self.pick(text, 'lane', 'on or')}', 'i')",
            f"REGEX({name}, '{self.pick('', '^')}{self.pick('Lane', 'On or')}')",
        )

    def expression(self, scope: Scope) -> str:
        made = self.pick(self.number, self.text, self.truth)
        return str(made(scope))

    def choice(self, scope: Scope, depth: int = 2) -> str:
        """One of several values, by which there is."""
        name = self.any_variable(scope)
        if not depth or self.chance(0.3):
            some = ("0", "7", "-1", "007", "+2", "-0", "2.50", "ex:unknown", self.some_literal())
            return self.pick(name, name, name, *some[:2], self.pick(*some))
        parts = ", ".join(self.choice(scope, depth - 1) for _ in range(2))
        return self.pick(
            f"IF({self.pick('', '!', '! ')}BOUND({name}), {parts})", f"COALESCE({parts})",
            f"IF(BOUND({name}), {parts})", f"COALESCE({name}, {parts})", f"COALESCE({name})",
            f"({name})", f"IF({self.truth(scope, 0)}, {parts})", f"COALESCE(1/0, {parts})",
        )  # fmt: skip

    def aggregate(self, scope: Scope) -> str:
        name = self.any_variable(scope)
        kinds = {"integer", "decimal"} if self.chance(0.8) else FIGURES
        figures = [v for v, k in scope.kinds.items() if k in kinds]
        figure = self.pick(*figures) if figures and self.chance(0.9) else name
        if not figures and self.chance(0.7):
            return self.pick("COUNT(*)", f"COUNT({name})", f"COUNT(DISTINCT {name})")
        distinct = self.pick("", "", "DISTINCT ")
        return self.pick(
            "COUNT(*)", "COUNT(*)", f"COUNT({name})", f"COUNT(DISTINCT {name})",
            f"COUNT({distinct}{name})",
            "COUNT(DISTINCT *)", f"SUM({distinct}{figure})", f"AVG({distinct}{figure})",
            f"MIN({name})", f"SAMPLE({distinct}{name})",
            f"MAX({figure})", f"MIN({figure})", f"AVG({figure})", f"SUM({figure})",
            f"{self.pick('SUM', 'COUNT', 'AVG', 'MIN')}({distinct}{self.expression(scope)})",
            f"{self.pick('SUM', 'AVG', 'COUNT', 'MIN')}({distinct}{self.choice(scope)})",
            f"SUM(IF({self.truth(scope)}, 1, 0))", f"(SUM({figure}) / COUNT(*))",
            f"(COUNT({name}) * 100 / COUNT(*))", f"IF(COUNT(*) > 3, MAX({figure}), 'few')",
            f"MAX(STR({name}))", f"ROUND(AVG({figure}))", f"COALESCE(SUM({figure}), 0)",
        )  # fmt: skip

    # queries

    def query(self) -> Query:
        self.names = 0
        self.plain = self.chance(0.6)
        scope = Scope()
        if self.chance(0.04):
            return self.of_chosen(scope)
        if self.chance(0.04):
            return self.of_choice(scope)
        if self.chance(0.06):
            return self.of_known(scope)
        if self.chance(0.03):
            return self.of_box(scope)
        depth, size = self.pick(0, 1, 1) if self.plain else 2, self.pick(1, 2, 3, 4)
        body = self.led(scope) if self.chance(0.1) else ""
        body += self.group(scope, depth, size, inside=False)
        what = self.random.random()
        if what < 0.04:
            return self.written(self.pick(
                f"ASK {{ {body} }}", f"CONSTRUCT {{ ?v1 ex:made ?v2 }} WHERE {{ {body} }}",
                f"DESCRIBE ?v1 WHERE {{ {body} }}",
                f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {self.pick('?g', PLACES)} {{ {body} }} }}",
                f"SELECT (COUNT(*) AS ?n) FROM {PLACES} WHERE {{ {body} }}",
            ))  # fmt: skip
        where = f"{self.pick('WHERE ', '')}{{ {body} }}"
        last = f"\n{self.values(scope, 0)}" if self.chance(0.03) else ""
        names = self.random.sample(
            sorted(scope.kinds), min(len(scope.kinds), self.pick(1, 1, 2, 3))
        )
        if what < 0.07 and names:
            return self.written(
                f"SELECT (COUNT(*) AS ?n) {{ {{ {self.of_size(scope, body, names[:1])} }} }}"
            )
        if what < 0.3:
            kind = self.pick("", "DISTINCT ", "DISTINCT ", "DISTINCT ", "REDUCED ")
            some = " ".join(names) or "*"
            head = self.pick(some, some, some, "*", f"({self.expression(scope)} AS ?made)")
            keys = [] if head.startswith("(") or not sorts(names, scope, body) else names
            return self.written(
                f"SELECT {kind}{head} {where}", keys, reduced="REDUCED" in kind, last=last
            )
        heads = [f"({self.aggregate(scope)} AS ?a{n})" for n in range(self.pick(1, 1, 1, 2, 3))]
        if self.chance(0.25):
            return self.written(f"SELECT {' '.join(heads)} {where}", last=last)
        grouped, keys = [], []
        for name in names:
            if self.chance(0.2):
                keys.append(f"?k{len(keys)}")
                grouped.append(f"({self.expression(scope)} AS {keys[-1]})")
            else:
                keys.append(name)
                grouped.append(name)
        shown = [key for key in keys if self.chance(0.9)]
        if shown and self.chance(0.05):
            heads.append(f"({self.pick('SAMPLE', 'GROUP_CONCAT')}(DISTINCT {shown[0]}) AS ?same)")
        text = f"SELECT {self.pick('', '', '', 'DISTINCT ')}{' '.join(shown + heads)} {where}"
        text += f"\nGROUP BY {' '.join(grouped)}" if grouped else ""
        if self.chance(0.2):
            having = self.pick("?a0", self.aggregate(scope))
            text += f"\nHAVING({having} {self.pick('>', '<', '!=')} {self.pick(0, 1, 5)})"
        counts = heads[0].startswith(("(COUNT(", "(SUM(")) and self.chance(0.7)
        keys = shown if sorts(shown, scope, body) else []
        return self.written(text, keys + ["?a0"] * counts, last=last)

    def led(self, scope: Scope) -> str:
        """Things to which others lead that the query names."""
        edge = self.pick(*(edge for edge in EDGES if edge[2] in NODES))
        starts = [self.constant(edge[1], 0) for _ in range(self.pick(1, 2, 3))]
        thing = self.fresh(scope, edge[2])
        scope.sure.add("?" + thing[1:])
        scope.rows = 4
        if self.chance(0.5):
            return f"{starts[0]} {edge[1]} {thing} .\n"
        name = self.fresh(scope, edge[0])
        scope.sure.add("?" + name[1:])
        parts = [f"VALUES {name} {{ {' '.join(starts)} }}\n", f"{name} {edge[1]} {thing} .\n"]
        return "".join(self.random.sample(parts, 2))

    def of_chosen(self, scope: Scope) -> Query:
        """Whatever is said of things that are chosen by several values: one of them comes first."""
        one, two = self.chosen(scope), self.chosen(scope)
        thing = next(iter(scope.kinds))
        body = self.pick(
            f"{one} {thing} ?property ?value", f"{one} {thing} ?property ?value",
            f"{one} OPTIONAL {{ {thing} ?property ?value . {two} }}",
            f"{one} {thing} ?property ?value FILTER({self.truth(scope)})",
            f"{{ {one} }} UNION {{ {two} {thing} ?property ?value }}",
            f"{thing} ?property ?value {{ SELECT {thing} {{ {one} {thing} ?also ?value }} }}",
            f"{one} MINUS {{ {two} {thing} ?property ?value }}",
            f"{one} BIND({self.expression(scope)} AS ?made) {thing} ?property ?made",
        )  # fmt: skip
        return self.written(self.pick(
            f"SELECT * {{ {body} }}", f"SELECT * {{ {body} }}", f"ASK {{ {body} }}",
            f"SELECT (COUNT(*) AS ?n) {{ {body} }}", f"SELECT DISTINCT ?value {{ {body} }}",
            f"CONSTRUCT {{ {thing} ?property ?value }} WHERE {{ {body} }}",
            f"CONSTRUCT WHERE {{ {one.replace('[]', thing)} }}", f"DESCRIBE {thing} {{ {body} }}",
            f"SELECT (SAMPLE(?value) AS ?any) {{ {body} }}",
            f"SELECT (GROUP_CONCAT(?value) AS ?all) {{ {body} }}",
            f"SELECT ?property (SUM(?value) AS ?sum) {{ {body} }} GROUP BY ?property",
        ))  # fmt: skip

    def of_choice(self, scope: Scope) -> Query:
        """What is counted by a value that is chosen by what there is, or summed."""
        body = self.triples(scope, 2)
        before = set(scope.kinds)
        body = f"{body.removesuffix('.')} {self.optional(scope, 0)}"
        name = self.pick(*sorted(set(scope.kinds) - before or before))
        other, more = self.choice(scope, 1), self.choice(scope, 1)
        made = self.pick(
            f"IF(BOUND({name}), {other}, {more})", f"IF(BOUND({name}), {name}, {more})",
            f"IF(!BOUND({name}), {other}, {name})", f"COALESCE({name}, {other})",
            f"COALESCE({other}, {name}, {more})",
        )  # fmt: skip
        bound = f"{body} BIND({made} AS ?made)"
        return self.written(self.pick(
            f"SELECT ?made (COUNT(*) AS ?n) {{ {bound} }} GROUP BY ?made",
            f"SELECT ?made (COUNT({name}) AS ?n) {{ {bound} }} GROUP BY ?made",
            f"SELECT (COUNT(?made) AS ?n) {{ {bound} FILTER({self.truth(scope)}) }}",
            f"SELECT (COUNT(*) AS ?n) {{ {bound} FILTER(?made {self.pick('=', '!=')} {name}) }}",
            f"SELECT (SUM({made}) AS ?n) {{ {body} }}", f"SELECT (SUM(?made) AS ?n) {{ {bound} }}",
            f"SELECT {name} (AVG({made}) AS ?n) {{ {body} }} GROUP BY {name}",
            f"SELECT (MIN(?made) AS ?n) {{ {bound} }}", f"SELECT DISTINCT ?made {{ {bound} }}",
        ))  # fmt: skip

    def of_known(self, scope: Scope) -> Query:
        """Lists and counts of what named things lead to, some of which lacks some of it."""
        edge = self.pick(*(edge for edge in EDGES if edge[2] in NODES))
        thing = self.fresh(scope, edge[2])
        starts = self.facts.samples[edge[1], 0]
        if self.chance(0.5):
            body = f"{self.pick(*starts)} {edge[1]} {thing} ."
        else:
            some = " ".join(str(self.pick(*starts)) for _ in range(self.pick(1, 2, 3)))
            name = self.fresh(scope, edge[0])
            body = f"VALUES {name} {{ {some} }} {name} {edge[1]} {thing} ."
        for _ in range(self.pick(0, 1, 2)):
            body += f" {self.edge(scope)}"
        for _ in range(self.pick(1, 1, 2)):
            body += f" OPTIONAL {{ {self.edge(scope)} {self.pick('', '', self.edge(scope))} }}"
        names = self.random.sample(sorted(scope.kinds), min(len(scope.kinds), self.pick(2, 3)))
        key, other = names[0], names[-1]
        return self.written(self.pick(
            f"SELECT {' '.join(names)} {{ {body} }}", f"SELECT * {{ {body} }}",
            f"SELECT DISTINCT {' '.join(names)} {{ {body} }}",
            f"SELECT {key} (COUNT({other}) AS ?n) {{ {body} }} GROUP BY {key}",
            f"SELECT {key} (COUNT(DISTINCT {other}) AS ?n) {{ {body} }} GROUP BY {key}",
            f"SELECT {key} {other} (COUNT(*) AS ?n) {{ {body} }} GROUP BY {key} {other}",
            f"SELECT {key} (SUM({other}) AS ?n) {{ {body} }} GROUP BY {key}",
            f"SELECT (SUM({key}) AS ?n) (COUNT({other}) AS ?m) {{ {body} }}",
        ))  # fmt: skip

    def chosen(self, scope: Scope) -> str:
        """A thing with several of its values, in any order; it or a blank node."""
        thing = next(iter(scope.kinds), "") or self.fresh(scope, "incident")
        own = [edge for edge in EDGES if edge[0] == "incident"]
        said = [
            f"{self.pick(thing, thing, thing, thing, '[]')} {edge[1]} {self.constant(edge[1], 1)} ."
            for edge in self.random.sample(own, self.pick(1, 2, 2, 3))
        ]
        if self.chance(0.3):
            point = self.fresh(scope, "point")
            area = self.constant("ex:lsoa", 1)
            said += [f"{thing} ex:at {point} .", f"{point} ex:lsoa {area} ."]
        self.random.shuffle(said)
        return " ".join(said)

    def written(
        self, text: str, keys: Iterable[str] = (), reduced: bool = False, last: str = ""
    ) -> Query:
        """With order and limit, in some layout."""
        keys = self.random.sample(list(keys), k=len(list(keys)))
        if not keys or self.chance(0.6):
            return Query(self.laid_out(text + last), reduced=reduced)
        orders = [self.pick(key, f"DESC({key})", f"ASC({key})") for key in keys]
        text += f"\nORDER BY {' '.join(orders)}"
        whole = self.laid_out(text)
        if self.chance(0.5):
            return Query(whole + last, None, tuple(keys), reduced)
        limit = f"\nLIMIT {self.pick(0, 1, 5, 10)}" + self.pick(
            "", "", f" OFFSET {self.pick(0, 1, 4)}"
        )
        return Query(whole + limit + last, whole + last, tuple(keys), reduced)

    def laid_out(self, text: str) -> str:
        start = "".join(f"PREFIX {name}: <{value}>\n" for name, value in PREFIXES.items())
        if self.chance(0.3) or "<relative>" in text:
            start = "BASE <https://data.example/>\n" + start
        if self.chance(0.1):
            text = text.replace("\n", "\n# it's a } \"comment {\n")
        elif self.chance(0.1):
            text = text.replace("\n", self.pick("\t", "\r\n\n", "  "))
        if self.chance(0.1):
            text = re.sub(r"\b[A-Z]{3,}\b", lambda found: found[0].lower(), text)
        return start + text
