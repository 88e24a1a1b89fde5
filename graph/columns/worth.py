"""What literals are worth: numbers, places and texts, as tables beside the dictionary."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from homegraph.graph.columns.catalogue import NUMBERS, POINTS, TEXTS
from homegraph.graph.terms import GEO, XSD

ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
POINT = r"^POINT\((?P<x>-?[0-9.]+) (?P<y>-?[0-9.]+)\)$"
EXACT = r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"  # what fits into Oxigraph's own numbers
INTEGER, DECIMAL, DOUBLE = 1, 2, 3
DECIMALS = pl.Decimal(38, 18)  # as Oxigraph's xsd:decimal, a number of 128 bits


class Worth:
    """Tables under way: terms come in portions, in the order of their numbers."""

    def __init__(self, aside: Path) -> None:
        self._aside = aside
        self._portions = 0

    def add(self, terms: pl.DataFrame) -> None:
        """Note what the literals among some terms are worth: id, term."""
        literals = terms.lazy().filter(pl.col("term").str.starts_with('"'))
        parts = literals.with_columns(
            pl.col("term").str.extract(r'(?s)^"(.*)"', 1).alias("value"),
            pl.col("term").str.extract(r'(?s)"(@[^"]*|\^\^<[^"]*>)$', 1).fill_null("").alias("tag"),
        ).collect()
        if parts.is_empty() and self._portions:
            return  # literals come before all other terms
        for name, frame in ((NUMBERS, numbers), (POINTS, points), (TEXTS, texts)):
            frame(parts).write_parquet(self._aside / f"{name}.{self._portions:06}")
        self._portions += 1

    def finish(self, target: Path) -> None:
        """Write the tables; the texts are put aside, of which only some are wanted."""
        for name, folder in ((NUMBERS, target), (POINTS, target), (TEXTS, self._aside)):
            files = sorted(self._aside.glob(f"{name}.*"))
            pl.scan_parquet(files).sink_parquet(folder / name)


def numbers(parts: pl.DataFrame) -> pl.DataFrame:
    """The numeric literals: as exact numbers, where they are, and as doubles."""
    kinds = {
        **{f"^^{XSD.integer}": INTEGER, f"^^{XSD.decimal}": DECIMAL},
        **{f"^^<{XSD.iri}{name}>": DOUBLE for name in ("double", "float")},
    }
    found = (
        parts.lazy()
        .filter(pl.col("tag").is_in(list(kinds)))
        .with_columns(
            pl.col("tag").replace_strict(kinds, return_dtype=pl.UInt8).alias("kind"),
            pl.col("value").cast(pl.Float64, strict=False).alias("double"),
        )
    )
    exact = pl.when((pl.col("kind") != DOUBLE) & pl.col("value").str.contains(EXACT)).then(
        pl.col("value")
    )
    exactly = exact.cast(DECIMALS, strict=False).alias("exact")
    return found.with_columns(exactly).select("id", "kind", "exact", "double").collect()


def points(parts: pl.DataFrame) -> pl.DataFrame:
    """The points among places."""
    point = pl.col("value").str.extract_groups(POINT)
    found = parts.lazy().filter(pl.col("tag") == f"^^{GEO.wktLiteral}").with_columns(point)
    axes = [pl.col("value").struct.field(a).cast(pl.Float64, strict=False) for a in ("x", "y")]
    return found.select("id", *axes).drop_nulls().collect()


def texts(parts: pl.DataFrame) -> pl.DataFrame:
    """Names of points, streets and the like: what questions look into."""
    found = parts.lazy().filter(pl.col("tag").str.starts_with("^^").not_())
    value = pl.col("value")
    plain = pl.when(value.str.contains("\\", literal=True)).then(
        value.map_elements(unescaped, return_dtype=pl.String)
    )
    return found.select("id", plain.otherwise(value)).collect()


def unescaped(text: str) -> str:
    r"""A text whose escapes are resolved (N-Triples, 2.4).

    >>> unescaped(r"say \"hi\" \\n")
    'say "hi" \\n'
    """
    return ESCAPE.sub(lambda found: LETTERS.get(found[1]) or chr(int(found[1][1:], 16)), text)
