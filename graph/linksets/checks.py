"""Looks at each link by itself: whether its name can be one of theirs, and whether it is the one.

Nobody is asked here; whether an address answers is asked by `homegraph reach` (see reaching.py).
What is found names the file of the set in the release, and the row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from pyoxigraph import RdfFormat, parse

from homegraph.graph.concepts import ONTOLOGIES
from homegraph.graph.findings import Finding, Place
from homegraph.graph.linksets.finding import listed
from homegraph.graph.linksets.kinds import KINDS
from homegraph.graph.linksets.link import LinkSet, Triple
from homegraph.graph.linksets.shelf import FOLDER
from homegraph.graph.linksets.targets import proper

FIRST = 2  # the row of the first link in a file, as the header is row 1
SPELLING = "Write it as {}."
FORM = "Look the thing up at its publisher, and correct or take out the link."
TWICE = "Find out which of them is meant, and take out the others."
UNREACHED = "Look the thing up at its publisher, and correct or take out the link."
VOCABULARY = "vocabulary.nq.gz"  # the dump of what is said in ontologies/


def file_of(name: str) -> str:
    """The file of a set in a release."""
    return f"{FOLDER}/{name}.csv"


def checked(each: LinkSet) -> Iterator[Finding]:
    """What is wrong with the links of a set as they are written, and with two that vie."""
    kind = each.kind
    ours, theirs = (Counter(one) for one in ends(each))
    for row, link in enumerate(each.links, start=FIRST):
        if proper(link.object) != link.object:
            problem = "a link leads to a name that its publisher writes in another way"
            yield found(kind.name, row, "object_id", link.object, problem, proper(link.object))
        elif not kind.target.fits(link.object):
            problem = f"a link leads to what cannot be a name of {kind.target.title}"
            yield found(kind.name, row, "object_id", link.object, problem)
        if kind.single and ours[link.subject] > 1:
            problem = f"{ours[link.subject]} links lead from one thing, where one only can be right"
            yield found(kind.name, row, "subject_id", link.subject, problem, remedy=TWICE)
        if kind.single and theirs[link.object] > 1:
            problem = f"{theirs[link.object]} links lead to one thing, where one only can be right"
            yield found(kind.name, row, "object_id", link.object, problem, remedy=TWICE)


def ends(each: LinkSet) -> tuple[list[str], list[str]]:
    """Where the links of a set begin, and where they lead."""
    return [one.subject for one in each.links], [one.object for one in each.links]


def found(
    name: str, row: int, column: str, value: str, problem: str, better: str = "", remedy: str = FORM
) -> Finding:
    """A warning about a row: harmless to what else is released, and still somebody's to mend."""
    told = SPELLING.format(better) if better else remedy
    return Finding(problem, told, file_of(name), row, column, value, "warning")


def dead(each: LinkSet, addresses: Collection[str]) -> Iterator[Finding]:
    """The rows that lead to addresses which did not answer."""
    problem = "a link leads to an address that does not answer"
    for row, link in enumerate(each.links, start=FIRST):
        if link.object in addresses:
            yield found(each.kind.name, row, "object_id", link.object, problem, remedy=UNREACHED)


def place_of(link: Triple, dump: str) -> Place:
    """Where somebody said a link: a file of ours and the line, or the source that it came with."""
    for kind in KINDS:
        rows = listed(kind) if kind.table else ()
        for row, one in enumerate(rows, start=FIRST):
            if one == link:
                return Place(f"graph/linksets/{kind.table}", row)
    if dump == VOCABULARY:
        for path in sorted([*ONTOLOGIES.glob("*.ttl"), *ONTOLOGIES.glob("others/*.ttl")]):
            if link in said_in(path):
                return Place(f"ontologies/{path.relative_to(ONTOLOGIES)}", line_of(link, path))
    return Place(dump.removesuffix(".nq.gz"))


def said_in(path: Path) -> set[Triple]:
    """The statements of a vocabulary between names."""
    return {
        Triple(one.subject.value, one.predicate.value, one.object.value)
        for one in parse(path=path, format=RdfFormat.TURTLE)
        if hasattr(one.subject, "value") and hasattr(one.object, "value")
    }


def line_of(link: Triple, path: Path) -> int:
    """The first line that names what a link leads to, from where its subject begins; 0 for none."""
    subject, value = (one.rstrip("/#").rpartition("/")[2] for one in (link.subject, link.object))
    begun = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        begun = begun or (line[:1] in {":", "<"} and subject in line.split(" ", 1)[0])
        if begun and value in line.removeprefix(f":{subject} "):
            return number
    return 0
