"""Five-star open data (Tim Berners-Lee, 2010), by rule, with the reason for each star in words.

One star: it can be had at all, under an open licence. Two: as structured data. Three: in a format
that nobody owns. Four: as linked data, which names things by addresses. Five: it links to what
others name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from homegraph.graph.file_types import LINKED, OPEN_STRUCTURED, STRUCTURED
from homegraph.graph.plain import CALLED
from homegraph.graph.quality_record import Facts, Node, host
from homegraph.graph.terms import DCT, LICENCE

# Open licences (opendefinition.org): by their names in the EU list, and by addresses of texts.
OPEN = re.compile(
    rf"{re.escape(LICENCE.iri)}(OGL_|CC0|CC_PDM|CC_BY(SA)?(_\d|$)|ODC_|ETALAB|DLDE_(BY|ZERO)_|NLOD"
    r"|IODL|COM_REUSE)"
    r"|https?://www\.nationalarchives\.gov\.uk/doc/open-government-licence(/|$)"
    r"|https?://creativecommons\.org/(licenses/by(-sa)?/|publicdomain/(zero|mark)/)"
    r"|https?://(www\.)?opendatacommons\.org/licenses/"
)
LINKS = (DCT.references, DCT.relation)  # by which a record says itself what the data links to


@dataclass(frozen=True)
class Star:
    """One of the five: whether it is earned, and why, or what is missing."""

    number: int
    earned: bool
    reason: str


def stars(facts: Facts) -> tuple[Star, ...]:
    """The five stars of a dataset; none counts without those before it."""
    asked = (open_to_all(facts), structured(facts), open_format(facts), linked(facts), links(facts))
    found: list[Star] = []
    for number, (kept, reason) in enumerate(asked, start=1):
        found.append(Star(number, kept and all(star.earned for star in found), reason))
    return tuple(found)


def count(found: tuple[Star, ...]) -> int:
    """How many stars are earned."""
    return sum(star.earned for star in found)


def in_words(found: tuple[Star, ...]) -> str:
    """What the last star was earned for, and what the next one needs."""
    earned = [star.reason for star in found if star.earned][-1:]
    missing = [star.reason for star in found if not star.earned][:1]
    return " ".join([*earned, *missing])


def open_to_all(facts: Facts) -> tuple[bool, str]:
    """Whether anything can be had under an open licence."""
    if not facts.said.distributions:
        return False, "There is no address to get it from."
    if open_files(facts):
        return True, "It can be had under an open licence."
    every = [text for one in facts.said.distributions for text in licences(facts, one)]
    named = ", ".join(dict.fromkeys(every))
    return False, f"The licence is not an open one: {named}." if named else "It names no licence."


def open_files(facts: Facts) -> list[Node]:
    """The distributions under an open licence: only these count, whatever else there is."""
    return [one for one in facts.said.distributions if any(map(OPEN.match, licences(facts, one)))]


def licences(facts: Facts, distribution: Node) -> list[str]:
    """The licences of a distribution: its own, or those of the dataset where it has none."""
    own = facts.said.texts(distribution, DCT.license)
    return own or facts.said.texts(facts.said.dataset, DCT.license)


def kinds(facts: Facts) -> set[str]:
    """The file types in which it can be had openly."""
    return {kind for one in open_files(facts) for kind in facts.said.kinds(one)}


def in_names(codes: Iterable[str]) -> str:
    """File types as people call them."""
    return ", ".join(CALLED.get(one, one) for one in codes)


def structured(facts: Facts) -> tuple[bool, str]:
    """Whether programs can read it."""
    found = sorted(kinds(facts) & STRUCTURED)
    if found:
        return True, f"It is structured data: {in_names(found)}."
    there = in_names(sorted(kinds(facts))) or "of no known format"
    return False, f"It is not structured data ({there}): publish the table itself."


def open_format(facts: Facts) -> tuple[bool, str]:
    """Whether a format that programs read is nobody's own."""
    found = sorted(kinds(facts) & OPEN_STRUCTURED)
    if found:
        return True, f"It is in a format that nobody owns: {in_names(found)}."
    return False, "Its formats belong to a firm: publish it as CSV too."


def linked(facts: Facts) -> tuple[bool, str]:
    """Whether it is linked data."""
    found = sorted(kinds(facts) & LINKED)
    if found:
        return True, f"It names things by addresses: {in_names(found)}."
    return False, "It is not linked data: publish it as RDF too, with an address for each thing."


def links(facts: Facts) -> tuple[bool, str]:
    """Whether it leads to what others name: as found in the data, or as the record says."""
    own = host(facts.base) or host(facts.said.dataset.value)
    told = {host(text) for one in LINKS for text in facts.said.texts(facts.said.dataset, one)}
    found = sorted((set(facts.links) | told) - {"", own})
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        return True, f"It links to what others name: {', '.join(found[:3])}{more}."
    return False, "It links to nothing of others: use their addresses for areas, times and bodies."
