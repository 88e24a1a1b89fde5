"""The tests that metrics make of a record: each gives the reason for no points, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

from pyoxigraph import NamedNode

from homegraph.graph.quality_record import Facts, Node
from homegraph.graph.terms import LICENCE

# The licences of the EU list, by its own names and by the addresses of their texts.
LISTED_LICENCE = re.compile(
    rf"{re.escape(LICENCE.iri)}[A-Z0-9_]+$"
    r"|https?://www\.nationalarchives\.gov\.uk/doc/open-government-licence/version/[123]/?$"
    r"|https?://creativecommons\.org/(licenses/by(-nc)?(-nd|-sa)?/[1-4]\.[05]/?"
    r"|publicdomain/(zero|mark)/1\.0/?)$"
)
Test = Callable[[Facts, Node], str]


def there(predicate: NamedNode, otherwise: str) -> Test:
    """Whether something is said by a property."""
    return lambda facts, node: "" if facts.said.values(node, predicate) else otherwise


def listed(predicate: NamedNode, accepts: Callable[[str], object], otherwise: str) -> Test:
    """Whether a value is one of a list; the first that is not is named."""

    def test(facts: Facts, node: Node) -> str:
        found = facts.said.texts(node, predicate)
        if any(accepts(text) for text in found):
            return ""
        return f"{otherwise} It says {found[0]}." if found else f"{otherwise} It says none."

    return test


def starting(stem: str) -> Callable[[str], bool]:
    """Whether a text is a name below a stem."""
    return lambda text: text.startswith(stem) and len(text) > len(stem)


def form(codes: frozenset[str], otherwise: str) -> Test:
    """Whether the format is one of some."""

    def test(facts: Facts, node: Node) -> str:
        found = facts.said.formats(node)
        return "" if found & codes else f"{otherwise} It is {' or '.join(sorted(found)) or 'none'}."

    return test


def reached(predicate: NamedNode, kind: str) -> Test:
    """Whether an address answers: as it did when it was asked, or because we serve it."""

    def test(facts: Facts, node: Node) -> str:
        addresses = facts.said.texts(node, predicate)
        reasons = [why_not(facts, address) for address in addresses]
        return "" if "" in reasons else (reasons or [f"It has no {kind}."])[0]

    return test


def why_not(facts: Facts, address: str) -> str:
    """Why an address is not known to answer; nothing when it is."""
    answer = facts.answers.of(address)
    if answer is not None:
        return "" if answer.is_good else f"{answer}."
    if facts.is_ours(address):
        held = address in facts.held
        return "" if held else f"{address} is ours, and this release has nothing there."
    return f"It is not known whether {address} answers: nobody has asked it yet."


def dated(predicate: NamedNode, what: str) -> Test:
    """Whether a day is given for the dataset, and for the distribution."""

    def test(facts: Facts, node: Node) -> str:
        parts = ((facts.said.dataset, "dataset"), (node, "distribution"))
        missing = [name for one, name in parts if not facts.said.values(one, predicate)]
        return f"The {' and the '.join(missing)} does not say {what}." if missing else ""

    return test


def compliant(facts: Facts, _: Node) -> str:
    """Whether nothing breaks what DCAT-AP demands."""
    return " ".join(facts.faults[:3])
