"""What every source folder promises. A new folder is tested by being there."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, RdfFormat, parse

from homegraph import loaders
from homegraph.graph.check import check_file
from homegraph.graph.errors import SourceRejected
from homegraph.graph.findings import Reading
from homegraph.graph.iri import Names
from homegraph.graph.nquads import lines
from homegraph.graph.raw import RawFile
from homegraph.graph.rules import validate
from homegraph.graph.slices import SliceDone, SliceOutput

TODAY = date(2026, 11, 21)
every_source = pytest.mark.parametrize("loader", loaders.find(), ids=lambda loader: loader.name)


def raw_files(folder: Path) -> list[RawFile]:
    return [RawFile.at(path) for path in sorted(folder.iterdir()) if path.is_file()]


def said(
    loader: loaders.Loader,
    files: list[RawFile],
    names: Names | None = None,
    reading: Reading | None = None,
) -> list[str]:
    """All lines that a loader makes of files, and no record lost on the way."""
    reading, names = reading or Reading(), names or Names()
    if not loader.bulk:
        found = lines(loader.load(files, names, reading))
    else:
        texts: list[str] = []
        done = []
        for part in loader.slices(files):
            before = (reading.records, reading.written, reading.refused)
            out = SliceOutput(texts.append)
            loader.stream(part, names, out, reading)
            texts += out.shared
            now = (reading.records, reading.written, reading.refused)
            counts = [a - b for a, b in zip(now, before, strict=True)]
            done.append(SliceDone(part.key, part.files, *counts, out.facts))
        settled = lines(loader.settle(done, names))
        found = sorted({*"".join(texts).splitlines(keepends=True), *settled})
    reading.insist()
    assert reading.records == reading.written + reading.refused
    return found


@every_source
def test_fixture_becomes_exactly_the_expected_quads(
    loader: loaders.Loader, pytestconfig: pytest.Config
) -> None:
    expected = loader.folder / "expected.nq"
    found = "".join(said(loader, raw_files(loader.folder / "fixture")))
    if pytestconfig.getoption("accept"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")


@every_source
def test_loading_twice_gives_the_same(loader: loaders.Loader) -> None:
    files = raw_files(loader.folder / "fixture")
    assert said(loader, files) == said(loader, files)


@every_source
def test_no_blank_nodes_and_names_under_the_base(loader: loaders.Loader) -> None:
    base = "https://data.example.gov.uk/"
    text = "".join(said(loader, raw_files(loader.folder / "fixture"), Names(base)))
    assert "localhost" not in text
    for quad in parse(input=text, format=RdfFormat.N_QUADS):
        assert not isinstance(quad.subject, BlankNode)
        assert not isinstance(quad.object, BlankNode)


@every_source
def test_the_example_reads_without_an_error_and_keeps_the_rules(
    loader: loaders.Loader, tmp_path: Path
) -> None:
    files = raw_files(loader.example(tmp_path))
    assert files
    reading = Reading()
    lines_or_figures = len(said(loader, files, reading=reading))
    lines_or_figures += sum(table.height for table in reading.tables.values())
    assert lines_or_figures > 100
    for file in files:
        checked = check_file(loader, file, Names(), TODAY)
        assert checked.errors == 0, checked.report.lines(worst=True)


@every_source
def test_metadata_keeps_the_rules(loader: loaders.Loader) -> None:
    source = loader.source(Names())
    report = validate(f"{quad} .\n" for quad in source.quads)
    # Figures from records about persons go out only with a register that has them signed off.
    alone = ["ConfidentialDatasetIsSignedOff"] if source.confidential else []
    assert [result.shape.rpartition("#")[2] for result in report.violations] == alone


@every_source
def test_a_new_column_is_noticed(loader: loaders.Loader, tmp_path: Path) -> None:
    tables = [file for file in raw_files(loader.folder / "fixture") if file.name.endswith(".csv")]
    assert tables, "a fixture has a table in it, so that a change of its columns is noticed"
    for file in tables:
        target = tmp_path / file.name
        shutil.copy(file.path, target)
        with target.open(newline="", encoding="utf-8-sig") as stream:
            table = list(csv.reader(stream))
        for number, record in enumerate(table):
            record.append("Surprise" if number == 0 else "x")
        with target.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(table)
        with pytest.raises(SourceRejected, match="Surprise"):
            said(loader, [RawFile.at(target)])
