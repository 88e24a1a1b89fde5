"""What is asked of matching, and what it answers: for those who only speak of it, without NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# What the kinds of things that can be asked for are called.
WORDS = {
    "police-force": "Police force",
    "lsoa": "Lower layer super output area",
    "msoa": "Middle layer super output area",
    "district": "Local authority district",
    "csp": "Community safety partnership",
    "police-force-area": "Police force area",
    "region": "Region",
    "country": "Country",
    "organisation": "Organisation",
    "offence": "Offence",
    "recorded-offence": "Category of recorded crime",
    "category": "Crime category of police.uk",
    "category-2011": "Crime category of police.uk from 2011",
    "category-2010": "Crime category of police.uk from 2010",
    "dataset": "Dataset",
    "post": "Post",
}


@dataclass(frozen=True)
class Question:
    """A text to find the thing of, among things of some kinds or of all."""

    text: str
    kinds: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)  # parent, code, period
    limit: int = 5
    strict: bool = False


@dataclass(frozen=True)
class Candidate:
    """A thing that may be meant, how probable that is, and what speaks for it."""

    iri: str
    label: str
    kinds: tuple[str, ...]
    score: float
    match: bool
    features: Mapping[str, float]
    description: str = ""
