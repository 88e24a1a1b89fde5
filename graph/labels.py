"""What things are called: the properties that say so, and which of several labels is shown."""

from __future__ import annotations

from pyoxigraph import Literal

from homegraph.graph.terms import DCT, FOAF, RDFS, SKOS, VCARD

LABELS = [SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name, VCARD.fn]


def preference(label: Literal) -> tuple[bool, bool, int, str]:
    """English first, then no language, then the shortest."""
    language = label.language or ""
    return (not language.startswith("en"), bool(language), len(label.value), label.value)
