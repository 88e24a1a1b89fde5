"""Looks for links that cannot all be right: what two of them say together, and what follows.

What is the same as the same is the same, so all that is said by owl:sameAs and skos:exactMatch is
closed over first. In such a group two names of one list must not stand, as a list names each of
its things once; and nothing in it is wider than, narrower than or beside another (SKOS, S46).
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from homegraph.graph.linksets.link import APART, SAME, Triple

SAMENESS = {one.value for one in SAME}
APARTNESS = {one.value for one in APART}
BOTH = "are said to be the same, and to be two, of which one is wider or beside"


@dataclass(frozen=True)
class Contradiction:
    """Two names that the links make one thing, why they are not, and the links that do so."""

    one: str
    other: str
    why: str
    through: tuple[Triple, ...]

    def __str__(self) -> str:
        chain = ", and ".join(map(str, self.through))
        return f"{self.one} and {self.other} {self.why}; said by {chain}"


@dataclass(frozen=True)
class Audit:
    """What an audit looked at, and what it found."""

    statements: int  # that say that two names are of the same thing
    groups: int  # of names of the same thing
    largest: int  # how many names the largest has
    contradictions: tuple[Contradiction, ...]


def audited(matches: Collection[Triple]) -> Audit:
    """Audit all links of SKOS and OWL that a release has."""
    same = [one for one in matches if one.predicate in SAMENESS]
    ways = neighbours(same)
    groups = list(closed(ways))
    of = {name: place for place, group in enumerate(groups) for name in group}
    found = [
        Contradiction(one, other, why(steps), steps)
        for group in groups
        for one, other in of_one_list(group)
        for steps in [path(one, other, ways)]
    ]
    for link in sorted(matches):
        place = of.get(link.subject)
        if link.predicate in APARTNESS and place is not None and place == of.get(link.object):
            steps = (*path(link.subject, link.object, ways), link)
            found.append(Contradiction(link.subject, link.object, BOTH, steps))
    largest = max(map(len, groups), default=0)
    return Audit(len(same), len(groups), largest, tuple(found))


def neighbours(same: Iterable[Triple]) -> dict[str, dict[str, Triple]]:
    """Of each name those it is linked with, in either direction, and the link."""
    ways: defaultdict[str, dict[str, Triple]] = defaultdict(dict)
    for link in sorted(same):
        if link.subject != link.object:
            ways[link.subject].setdefault(link.object, link)
            ways[link.object].setdefault(link.subject, link)
    return dict(ways)


def closed(ways: dict[str, dict[str, Triple]]) -> Iterator[list[str]]:
    """The names that are of the same thing, in order."""
    seen: set[str] = set()
    for start in sorted(ways):
        if start in seen:
            continue
        group, waiting = {start}, [start]
        while waiting:
            more = ways[waiting.pop()].keys() - group
            group |= more
            waiting += more
        seen |= group
        yield sorted(group)


def list_of(name: str) -> str:
    """The list that a name is from: all of it but its last part.

    >>> list_of("http://www.wikidata.org/entity/Q4829263")
    'http://www.wikidata.org/entity/'
    """
    found = re.match(r".*[/#]", name.rstrip("/#"))
    return found[0] if found else name


def of_one_list(group: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The pairs of names of the same thing that are from the same list."""
    lists: defaultdict[str, list[str]] = defaultdict(list)
    for name in group:
        lists[list_of(name)].append(name)
    for names in lists.values():
        yield from combinations(names, 2)


def path(one: str, other: str, ways: dict[str, dict[str, Triple]]) -> tuple[Triple, ...]:
    """The fewest links by which two names are of the same thing."""
    came: dict[str, tuple[str, Triple]] = {}
    waiting = deque([one])
    while waiting and other not in came:
        here = waiting.popleft()
        for there, link in ways[here].items():
            if there not in came and there != one:
                came[there] = here, link
                waiting.append(there)
    steps: list[Triple] = []
    while other != one:
        other, link = came[other]
        steps.insert(0, link)
    return tuple(steps)


def why(steps: tuple[Triple, ...]) -> str:
    """What is wrong with two names of one list being linked so."""
    first, last = steps[0], steps[-1]
    if len(steps) == 1:
        return "are two names of one list, and said to be the same"
    if len(steps) == 2 and first.object == last.object:
        return f"are two things that are the same as one, {first.object}"
    if len(steps) == 2 and first.subject == last.subject:
        return f"are two things that one is the same as, {first.subject}"
    return "are two things of one list, and the same through a chain of links"
