"""Where Oxigraph is to begin with a query that it answers: with the rarest of a group's patterns.

Of patterns with a property and an object it takes the first, however many statements that are. So
one is said again in front of the others when the catalogue of columns knows that it is much rarer:
rows stay the same and as many, as each statement is in one graph. Their order does not, so nothing
is said again where rows are cut off, or where what comes first decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from homegraph.endpoint.columns.forms import form_of
from homegraph.endpoint.columns.handing import Beginning
from homegraph.endpoint.columns.parsing import LONGEST
from homegraph.endpoint.columns.scope import Files
from homegraph.endpoint.columns.syntax import (
    Bind,
    Constant,
    Element,
    Filter,
    Group,
    Minus,
    Optional,
    Path,
    Select,
    Triple,
    Union,
    Variable,
)
from homegraph.endpoint.words import CHANGING

# The answer depends on which rows come first, or figures on the order in which they are added.
IN_ORDER = CHANGING | {"LIMIT", "OFFSET", "REDUCED", "SAMPLE", "GROUP_CONCAT"}
IN_ORDER |= {"SUM", "AVG", "MIN", "MAX"}
MANY = 1_000  # statements: to begin with fewer takes no time
PLAIN = Triple | Filter | Optional | Minus | Bind  # what a group may have
RARER = 10  # times fewer statements, from which on it is worth another plan


class Begun(NamedTuple):
    """A query in other words, and what is now in front of its groups."""

    text: str
    beginnings: tuple[Beginning, ...]


def begun(text: str, files: Files) -> Begun | None:
    """The query with the rarest pattern in front of each group where that helps, if it does.

    Raises NotRecognised for what cannot be read.
    """
    if len(text) > LONGEST:
        return None
    form = form_of(text)
    if form.chooses or not IN_ORDER.isdisjoint(form.words):
        return None
    if form.word == "CONSTRUCT" and form.template is None:
        return None  # what is looked for is what is given, once
    beginnings = []
    for group in sorted(groups(form.where), key=lambda one: -one.start):
        if first := rarest(group, files):
            beginnings.append(first)
            text = f"{text[: group.start]}{first.pattern} . {text[group.start :]}"
    return Begun(text, tuple(beginnings)) if beginnings else None


def groups(group: Group) -> Iterator[Group]:
    """A group and those within it that stand by themselves."""
    yield group
    for element in group.elements:
        match element:
            case Select():
                yield from groups(element.where)
            case Union(inner):
                for one in inner:
                    yield from groups(one)


def rarest(group: Group, files: Files) -> Beginning | None:
    """The pattern with which to begin a group, unless Oxigraph begins as well by itself."""
    if not all(isinstance(one, PLAIN) for one in group.elements):
        return None
    patterns: list[Beginning] = []
    for element in takewhile(is_triple, group.elements):
        match element:
            case Triple(Constant()):
                return None  # there is no better beginning than a thing
            case Triple(Variable(subject), Path("link", iri=iri), Constant(text)):
                count = files.catalogue.about(files.number(iri), files.number(text))
                patterns.append(Beginning(f"?{subject} {iri} {text}", count, 0))
    named = [one for one in patterns if one.pattern[1] not in "[_"]  # blank nodes stand once
    if not named:
        return None
    before, best = patterns[0].statements, min(named, key=lambda one: one.statements)
    if before < MANY or before < RARER * best.statements:
        return None
    return best._replace(before=before)


def is_triple(element: Element) -> bool:
    """Whether it is a pattern of triples."""
    return isinstance(element, Triple)
