"""How a dataset is cited: as plain text, and for BibTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass

from homegraph.endpoint.periods import in_words

# What BibTeX and LaTeX would take for a command of theirs.
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "#$%&_"},
}


@dataclass(frozen=True)
class Citation:
    """What is needed to cite a dataset; what is not known is empty."""

    author: str
    title: str
    version: str
    day: str  # of the version: 2026-11-22, or less of it
    publisher: str
    address: str

    @property
    def year(self) -> str:
        """The year of the version."""
        return self.day[:4] if re.match("[0-9]{4}", self.day) else ""

    @property
    def text(self) -> str:
        """The citation in one line: author (year), title, version, publisher, address.

        >>> Citation("Home Office", "Stops", "2", "2026-11-22", "Home Office", "a:b").text
        'Home Office (2026): Stops. Version 2, 22 November 2026. Home Office. a:b'
        """
        head = f"{self.author} ({self.year})" if self.year else self.author
        told = self.version if self.version != self.day else ""
        words = [f"Version {told}"] * bool(told) + [in_words(self.day)] * bool(self.day)
        version = ", ".join(words)
        parts = [f"{head}: {self.title}" if head else self.title, version, self.publisher]
        return " ".join([*(f"{one.rstrip('.')}." for one in parts if one), self.address])

    @property
    def bibtex(self) -> str:
        """The citation as an entry of a BibTeX file."""
        fields = {
            "author": f"{{{escaped(self.author)}}}" if self.author else "",  # no name to take apart
            "title": f"{{{escaped(self.title)}}}",
            "year": self.year,
            "version": escaped(self.version),
            "publisher": escaped(self.publisher),
            "url": self.address,
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@misc{{{self.key},\n" + ",\n".join(lines) + "\n}\n"

    @property
    def key(self) -> str:
        """What the entry is called in a text."""
        end = self.address.rstrip("/#").rpartition("/")[2]
        words = f"{self.author} {self.year} {self.title or end}".lower()
        return "-".join(re.findall("[a-z0-9]+", words))[:60].rstrip("-") or "dataset"


def escaped(text: str) -> str:
    r"""A text as LaTeX prints it.

    >>> escaped("R&D {50%}")
    'R\\&D \\{50\\%\\}'
    """
    return "".join(SPECIAL.get(letter, letter) for letter in " ".join(text.split()))
