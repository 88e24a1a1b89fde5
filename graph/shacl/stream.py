"""Watches statements go by, a subject at a time, and finds what the engine would find there.

Of each statement only what matters to the shapes is kept: a small number that stands for it. The
numbers of a node's statements are its signature. A node whose signature was met before, on a
node at which nothing was found, need not be looked at; any other goes to the engine. So nothing
is guessed, and a bulk source, whose nodes are much alike, costs little more than cutting lines.
Memory is bounded, save for `mentions` and for the statements of a single subject.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass

from homegraph.graph.errors import MetadataError
from homegraph.graph.shacl.local import Look, Looks, NotLocal, looks, together
from homegraph.graph.shacl.reading import Rules
from homegraph.graph.shacl.shapes import TYPE, Shape
from homegraph.graph.shacl.terms import STRING, is_literal
from homegraph.graph.shacl.validation import Tally
from homegraph.graph.shacl.worlds import Small, Statement, statements
from homegraph.graph.terms import SOURCE

MENTIONED = str(SOURCE.mentionedBy)
IRI = r"<[^\x00-\x20<>\"{}|^`\\]*>"
# What follows a subject in canonical N-Triples; anything else is read by Oxigraph.
TAIL = re.compile(
    rf"({IRI}) ({IRI}|_:[A-Za-z0-9]+"
    rf"|\"[^\"\\\x00-\x1f\x7f]*\"(?:@[a-z]+(?:-[a-z0-9]+)*|\^\^(?!<{STRING}>){IRI})?) \."
)
CANONICAL = re.compile(r"(<[^>]*>) (.+) \.", re.DOTALL)  # cuts what is known to be canonical
SUBJECT = re.compile(r"<[^\x00-\x20\\>]*>|_:\S+")
MOST = 1 << 15  # statements, numbers and signatures that are remembered
LONG = 500  # letters of a statement that is not remembered
ODD = -1  # in place of a number: the statement is not in canonical form


@dataclass
class Plan:
    """What is known of a signature."""

    shapes: tuple[Shape, ...]  # those whose target such a node is
    looks: tuple[Look, ...]  # of its name
    repeatable: bool  # whether nodes are alike when their statements and names look alike
    clean: set[tuple[Hashable, ...]]  # looks of names at which nothing was found


class Sorted:
    """Which shapes have which targets."""

    def __init__(self, shapes: Iterable[Shape], ontology: Small) -> None:
        self.nodes: defaultdict[str, list[Shape]] = defaultdict(list)
        self.by_key: defaultdict[Hashable, list[Shape]] = defaultdict(list)
        self.objects_of: defaultdict[str, list[Shape]] = defaultdict(list)
        for shape in shapes:
            targets = shape.targets
            for node in targets.nodes:
                self.nodes[node].append(shape)
            for name in targets.classes:
                for below in sorted(ontology.subclasses(name)):
                    self.by_key[TYPE, below].append(shape)
            for predicate in targets.subjects_of:
                self.by_key[predicate].append(shape)
            for predicate in targets.objects_of:
                self.objects_of[predicate].append(shape)
                self.by_key[MENTIONED, predicate].append(shape)


class Watch(Tally):
    """Checks statements as they are made; see validation.Tally for what it holds.

    `mentions` are lines that make a node a target of shapes about the values of a property;
    `left` are the IRIs of shapes that one subject's own statements cannot decide, of which
    targets were met. With `once` a subject that comes again, after others, is an error: else
    each part would be checked as if it were all. Classes are below others as the ontology given
    at the start says.
    """

    def __init__(self, rules: Rules, once: bool = False) -> None:
        super().__init__()
        self._finished: set[int] | None = set() if once else None
        self.mentions: set[str] = set()
        self.left: set[str] = set()
        self._guard, self._ontology = rules.guard, rules.ontology
        self._each: dict[Shape, Looks] = {}  # the local shapes
        others: list[Shape] = []
        for shape in rules.shapes:
            try:
                self._each[shape] = looks(shape)
            except NotLocal:
                others.append(shape)
        # What only pySHACL can run stands among the others, with the reason.
        others += [Shape(name, targets=left.targets) for name, left in rules.left.items()]
        self._reasons = {name: left.reason for name, left in rules.left.items()}
        self._looks = together(self._each.values())
        self._local = Sorted(self._each, self._ontology)
        self._others = Sorted(others, self._ontology)
        self._named = {*self._local.nodes, *self._others.nodes}
        self._spoken: set[tuple[Shape, str]] = set()  # literals that were looked at
        self._subject = ""
        self._tails: list[str] = []
        self._forget()

    def see(self, text: str) -> None:
        """Look at whole lines of N-Quads; the lines of a subject stand together.

        Raises MetadataError when a shape that only pySHACL can run has a target here.
        """
        subject, tails = self._subject, self._tails
        for line in text.split("\n"):
            name, _, tail = line.partition(" ")
            if not tail:
                continue  # an empty line says nothing
            if name != subject:
                if tails:
                    self._finish(subject, tails)
                subject, tails = name, []
            tails.append(tail)
        self._subject, self._tails = subject, tails

    def close(self) -> None:
        """Look at the last subject."""
        if self._tails:
            self._finish(self._subject, self._tails)
        self._subject, self._tails = "", []

    def _forget(self) -> None:
        """Begin anew with what is remembered; never within a subject."""
        self._known: dict[str, int] = {}  # numbers of statements, without their subject
        self._numbers: dict[Hashable, int] = {}  # by what matters of a statement
        self._keys: list[Hashable] = [None]  # what matters, by number
        self._personal: set[int] = set()  # numbers of statements that must not go out
        self._clean: dict[tuple[int, ...], Plan] = {}
        self._plans: dict[tuple[int, ...], Plan] = {}

    def _finish(self, subject: str, tails: list[str]) -> None:
        """Look at one subject; raises MetadataError for one that is misspelt or comes again."""
        if not SUBJECT.fullmatch(subject):
            raise MetadataError(f"not how canonical N-Quads writes a subject: {subject!r}")
        if self._finished is not None:
            if hash(subject) in self._finished:
                raise MetadataError(f"the statements about {subject} do not stand together")
            self._finished.add(hash(subject))
        if len(self._known) > MOST:
            self._forget()
        known = self._known
        signature = tuple([known.get(tail) or self._number(tail) for tail in tails])
        plan = self._clean.get(signature)
        if (
            plan is not None
            and tuple([look(subject) for look in plan.looks]) in plan.clean
            and subject not in self._named
            and (self._guard is None or self._guard.is_clean(subject))
        ):
            self.nodes += bool(plan.shapes)
            return
        self._study(subject, tails, signature)

    def _number(self, tail: str, form: re.Pattern[str] = TAIL) -> int:
        """The number of what matters of a statement, given without its subject."""
        found = form.fullmatch(tail)
        number = ODD if found is None else self._number_of(found[1], found[2])
        if len(tail) < LONG:
            self._known[tail] = number
        return number

    def _number_of(self, predicate: str, object_: str) -> int:
        matters = self._looks.key(predicate, object_)
        if predicate == MENTIONED:
            matters = MENTIONED, object_
        if predicate in self._local.objects_of:
            self._mention(predicate, object_)
        statement = "", predicate, object_
        personal = self._guard is not None and any(self._guard.in_value(statement))
        number = self._numbers.get((personal, matters), 0)
        if not number:
            number = self._numbers[personal, matters] = len(self._keys)
            self._keys.append(matters)
            self._note_left(predicate, matters)
            if personal:
                self._personal.add(number)
        return number

    def _mention(self, predicate: str, node: str) -> None:
        """Note that a node is the value of a property whose values have shapes."""
        if not is_literal(node):
            self.mentions.add(f"{node} {MENTIONED} {predicate} .\n")
            return
        for shape in self._local.objects_of[predicate]:
            # A literal has no statements of its own: there is nothing to wait for.
            if (shape, node) not in self._spoken:
                self._spoken.add((shape, node))
                self.add(shape.results(Alone((), self._ontology), node))

    def _note_left(self, predicate: str, matters: Hashable) -> None:
        """Note the shapes that cannot be decided here and whose target has come by."""
        others = self._others
        for met in (others.by_key, others.objects_of):
            self._note(met.get(predicate, []))
        self._note(others.by_key.get(matters, []))

    def _note(self, met: Collection[Shape]) -> None:
        for shape in met:
            if shape.name in self._reasons:
                reason = self._reasons[shape.name]
                raise MetadataError(f"{shape.name} cannot be checked on a bulk source: {reason}")
            self.left.add(shape.name[1:-1])

    def _study(self, subject: str, tails: list[str], signature: tuple[int, ...]) -> None:
        """Look closely at one subject, and remember what there is to remember."""
        said = read_tails(subject, tails, ODD in signature)
        plain = ODD not in signature and len(set(signature)) == len(signature)
        own = signature
        if not plain:
            own = tuple([self._number(f"{p} {o} .", CANONICAL) for _, p, o in said])
        plan = self._plan(own)
        self._note(self._others.nodes.get(subject, []))
        named = self._local.nodes.get(subject, [])
        shapes = dict.fromkeys((*plan.shapes, *named))
        self.nodes += bool(shapes)
        seen = tuple([look(subject) for look in plan.looks])
        if seen not in plan.clean or named:
            world = Alone((one for one in said if one[1] != MENTIONED), self._ontology)
            before = self.counts.total()
            for shape in shapes:
                self.add(shape.results(world, subject))
            if plan.repeatable and not named and self.counts.total() == before:
                plan.clean.add(seen)
        if self._guard:
            if any(one[1] != MENTIONED for one in said):
                self.add(self._guard.in_name(subject))
            if not self._personal.isdisjoint(own):
                for statement in said:
                    self.add(self._guard.in_value(statement))
        # A statement made twice is two numbers and counts once, so such nodes come here again.
        if plan.clean and plain:
            self._clean[signature] = plan
        if max(len(self._keys), len(self._clean), len(self._plans)) > MOST:
            self._forget()

    def _plan(self, signature: tuple[int, ...]) -> Plan:
        """What is known of the nodes with such statements."""
        found = self._plans.get(key := tuple(sorted(signature)))
        if found is None:
            targeted: dict[Shape, None] = {}
            for number in key:
                matters = self._keys[number]
                predicate = matters[0] if isinstance(matters, tuple) else None
                for one in (matters, predicate):
                    targeted.update(dict.fromkeys(self._local.by_key.get(one, ())))
            joined = together(self._each[shape] for shape in targeted)
            found = self._plans[key] = Plan(
                tuple(targeted),
                tuple(joined.of_name.values()),
                self._personal.isdisjoint(key) and not joined.compares_name,
                set(),
            )
        return found


class Alone(Small):
    """One node's statements; what is below a class, an ontology says."""

    def __init__(self, said: Iterable[Statement], ontology: Small) -> None:
        super().__init__(said)
        self._ontology = ontology

    def subclasses(self, name: str) -> frozenset[str]:
        """As in the ontology."""
        return self._ontology.subclasses(name)


def read_tails(subject: str, tails: list[str], odd: bool) -> list[Statement]:
    """The statements of a subject, each once."""
    if odd:
        text = "".join(f"{subject} {tail}\n" for tail in tails)
        return list(dict.fromkeys(statements(text)))
    found = (CANONICAL.fullmatch(tail) for tail in dict.fromkeys(tails))
    return [(subject, one[1], one[2]) for one in found if one]
