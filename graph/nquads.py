"""N-Quads text: escaping, and lines from quads (W3C RDF 1.1 N-Quads)."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import Quad

ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def escape(text: str) -> str:
    r"""Escape a literal's lexical form.

    >>> escape('say "hi"')
    'say \\"hi\\"'
    """
    return text.translate(ESCAPES)


def lines(quads: Iterable[Quad]) -> list[str]:
    """Sorted, distinct N-Quads lines, each with its line end."""
    return sorted({f"{quad} .\n" for quad in quads})
