"""Tables: what sources read, as columns, for cubes to be counted from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


class Tables:
    """The tables of all sources of a build, by source and name.

    A source of catalogue size hands over frames (`reading.table(name, frame)`), a bulk source one
    Parquet part per slice (`out.table(name, frame)`).
    """

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], pl.LazyFrame] = {}

    def add(self, source: str, tables: Mapping[str, pl.DataFrame]) -> None:
        """Take over the frames of a source."""
        for name, frame in tables.items():
            self._tables[source, name] = frame.lazy()

    def add_parts(self, source: str, name: str, parts: Iterable[Path]) -> None:
        """Take over Parquet files as one table; they have the same columns."""
        import polars as pl  # here, for a command that only fetches knows of tables too

        self._tables[source, name] = pl.scan_parquet(sorted(parts))

    def get(self, source: str, name: str) -> pl.LazyFrame | None:
        """A table, or None when its source is not built here or gave none."""
        return self._tables.get((source, name))
