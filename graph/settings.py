"""homegraph.toml, as far as it says what is built; what it does not know is refused."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from homegraph.graph.errors import MetadataError
from homegraph.graph.iri import DEMO_BASE

WORTH_COLUMNS = 500_000  # statements: fewer are counted without them in tenths of a second


@dataclass(frozen=True)
class Settings:
    """homegraph.toml: the base of instance IRIs, how many releases to keep, and the sources.

    base    = "https://data.example.gov.uk/"      where this deployment's URIs live
    keep    = 5                                   releases kept besides the current one
    columns = true                                whether releases can be counted in columns:
                                                  from 500,000 statements on, unless said
    only_columns = ["street_crime"]               sources whose records and cubes are kept in
                                                  columns and not in the store
    [sources]
    street_crime = ["in/**/*-street.csv.gz"]      paths from here, globs or addresses, by source
    """

    base: str = DEMO_BASE
    keep: int = 5
    sources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: bool | None = None
    only_columns: tuple[str, ...] = ()

    def wants_columns(self, triples: int) -> bool:
        """Whether a release of so many statements gets columns."""
        if self.only_columns:
            return True
        return triples >= WORTH_COLUMNS if self.columns is None else self.columns


def read_settings(path: Path) -> Settings:
    """Read homegraph.toml; raises MetadataError for a key or value that it does not have."""
    if not path.exists():
        return Settings()
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MetadataError(f"{path}: {error}") from error
    said.pop("serve", None)  # how it is served: homegraph.endpoint.serving.settings
    sources = said.pop("sources", {})
    base, keep = said.pop("base", DEMO_BASE), said.pop("keep", 5)
    columns, only = said.pop("columns", None), said.pop("only_columns", [])
    if said:
        raise MetadataError(f"{path}: unknown key {', '.join(sorted(said))}")
    if not isinstance(base, str) or not isinstance(keep, int) or keep < 0:
        raise MetadataError(f"{path}: base is a text, keep a number from 0")
    if not isinstance(columns, bool | None):
        raise MetadataError(f"{path}: columns is true or false")
    if not isinstance(only, list) or not all(isinstance(one, str) for one in only):
        raise MetadataError(f"{path}: only_columns is a list of names of sources")
    if only and columns is False:
        raise MetadataError(f"{path}: only_columns wants columns, which columns = false forbids")
    listed = []
    for name, where in sources.items():
        each = [where] if isinstance(where, str) else where
        if not isinstance(each, list) or not all(isinstance(one, str) for one in each):
            raise MetadataError(f"{path}: sources.{name} is a path or a list of paths")
        # An absolute path stays as it is; others are found from the folder of the file.
        where = (one if "://" in one else str(path.parent / one) for one in each)
        listed.append((name, tuple(where)))
    return Settings(base, keep, tuple(listed), columns, tuple(sorted(only)))
