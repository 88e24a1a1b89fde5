"""Made street files (tests/bench/street.py) are read as real ones are, and have their shares."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.raw import RawFile
from homegraph.graph.slices import SliceOutput
from homegraph.graph.terms import CRIME, RDF
from homegraph.loaders.street_crime import loader

COUNT = 2_000


@pytest.fixture(scope="module")
def street() -> Iterator[ModuleType]:
    """The script, which is in no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent / "bench")
        yield importlib.import_module("street")


@pytest.fixture(scope="module")
def made(
    street: ModuleType, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Two folders of the same seed, and one of another."""
    folders = {}
    for name, seed, packed in (("one", 1, False), ("again", 1, True), ("other", 2, False)):
        folders[name] = tmp_path_factory.mktemp(name)
        street.write(folders[name], shared, COUNT, seed, packed)
    return folders


def rows(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "**" / "*-street.csv*", infer_schema=False)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.csv*")
    }


def test_the_same_seed_makes_the_same_and_another_seed_something_else(
    made: dict[str, Path], street: ModuleType, shared: Path, tmp_path: Path
) -> None:
    assert rows(made["one"]).equals(rows(made["again"]))
    assert not rows(made["one"]).equals(rows(made["other"]))
    street.likeness.cache_clear()
    street.write(tmp_path, shared, COUNT, 1, True)
    assert files(tmp_path) == files(made["again"])


def test_the_loader_takes_every_row(made: dict[str, Path]) -> None:
    taken, texts = 0, []
    for part in loader.slices([RawFile.at(path) for path in sorted(made["one"].rglob("*.csv"))]):
        reading = Reading()
        loader.stream(part, Names(), SliceOutput(texts.append), reading)
        reading.insist()
        taken += reading.written
    assert taken == COUNT
    assert "".join(texts).count(f"{RDF.type} {CRIME.Incident} .") == COUNT


def test_shares_are_near_those_of_the_real_files(
    made: dict[str, Path], street: ModuleType, shared: Path
) -> None:
    real, ours = street.real(shared), rows(made["one"])
    assert len(ours) == COUNT
    assert ours["Reported by"].n_unique() > 35
    for column in ("Crime ID", "Longitude", "LSOA code"):
        missing = real[column].null_count() / len(real)
        assert ours[column].null_count() / COUNT == pytest.approx(missing, abs=0.03), column
    for column in ("Crime type", "Last outcome category"):
        for value, count in real[column].value_counts().iter_rows():
            share = (ours[column] == value).sum() if value else ours[column].null_count()
            assert share / COUNT == pytest.approx(count / len(real), abs=0.04), value
