"""Cells of text as columns of a table: blanks as nulls, labels as notations."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from homegraph.graph.concepts import code_list
from homegraph.graph.mappoints import in_degrees


def columns(rows: Sequence[tuple[str, ...]], width: int) -> list[pl.Series]:
    """Rows of cells turned into columns, an empty cell being null; there may be no rows."""
    turned = zip(*rows, strict=True) if rows else [()] * width
    return [blank_is_null(pl.Series(cells, dtype=pl.String)) for cells in turned]


def blank_is_null(texts: pl.Series) -> pl.Series:
    """Texts, an empty one as null."""
    return texts.set(texts == "", None)


def coded(labels: pl.Series, scheme: str) -> pl.Series:
    """Labels of a code list as notations; null stays null."""
    return labels.replace_strict(code_list(scheme).notations(), return_dtype=pl.String)


def degrees(east: pl.Series, north: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Longitudes and latitudes of National Grid references; null stays null."""
    pairs = [in_degrees(e, n) if e else (None, None) for e, n in zip(east, north, strict=True)]
    return pl.Series([pair[0] for pair in pairs]), pl.Series([pair[1] for pair in pairs])
