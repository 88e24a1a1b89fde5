"""The README works: its console blocks are run, its tables are compared with the code."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from homegraph import loaders
from homegraph.graph.errors import HomegraphError
from homegraph.graph.home import Home
from homegraph.graph.release import Release

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```", TEXT, re.S | re.M)
FIGURES = "<!-- figures -->\n"
STEPS = [
    (command, output)
    for block in BLOCKS
    for command, output in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.M)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, with the command `homegraph` of this checkout on the path."""
    place = tmp_path_factory.mktemp("readme")
    command = place / "bin" / "homegraph"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m homegraph.endpoint.cli "$@"\n')
    command.chmod(0o755)
    (place / "work").mkdir()
    return place


def ran(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / ".dev"),
    }
    return subprocess.run(
        command,
        shell=True,
        cwd=folder / "work",
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )


def test_commands_print_what_the_readme_says(folder: Path) -> None:
    assert len(STEPS) >= 4
    for command, expected in STEPS:
        done = ran(command, folder)
        assert done.returncode == 0, done.stderr
        if not doctest.OutputChecker().check_output(expected, done.stdout, doctest.ELLIPSIS):
            assert done.stdout == expected


def test_the_first_query_answers(folder: Path, demo_home: Path) -> None:
    (query,) = re.findall(r"^```sparql\n(.*?)^```", TEXT, re.S | re.M)
    (folder / "work" / "first.rq").write_text(query, "utf-8")
    done = ran(f"homegraph query --home {shlex.quote(str(demo_home))} @first.rq", folder)
    header, *rows = done.stdout.splitlines()
    assert header == "category,incidents"
    assert len(rows) > 3


def test_the_two_commands_are_there() -> None:
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/homegraph demo" in TEXT
    assert ".venv/bin/pip install -e '.[test]' && .venv/bin/pytest" in TEXT


def test_every_key_of_the_configuration_is_shown(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```toml\n(.*?)^```", TEXT, re.S | re.M)
    (tmp_path / "homegraph.toml").write_text(text, "utf-8")
    settings = Home(tmp_path).settings
    assert settings.base == "https://data.example.gov.uk/"
    assert {name for name, _ in settings.sources} <= {loader.name for loader in loaders.find()}
    for name in vars(settings):
        assert re.search(rf"\b{name}\b", text)


def errors_below(kind: type[HomegraphError]) -> list[type[HomegraphError]]:
    return [kind] + [one for child in kind.__subclasses__() for one in errors_below(child)]


def test_the_table_of_errors_is_that_of_the_code(pytestconfig: pytest.Config) -> None:
    rows = [
        f"| {kind.__name__} | {kind.exit_code} | {(kind.__doc__ or '').splitlines()[0]} |"
        for kind in errors_below(HomegraphError)[1:]
        if kind.__module__ == HomegraphError.__module__
    ]
    head = "| error | exit code | what it means |\n| --- | --- | --- |\n"
    wanted = "<!-- errors -->\n" + head + "\n".join(rows) + "\n<!-- /errors -->"
    if pytestconfig.getoption("accept"):
        changed = re.sub(r"<!-- errors -->.*?<!-- /errors -->", lambda _: wanted, TEXT, flags=re.S)
        README.write_text(changed, encoding="utf-8")
    assert wanted in README.read_text(encoding="utf-8")


def test_the_table_of_sources_is_that_of_the_real_files(
    real: Release, pytestconfig: pytest.Config
) -> None:
    (table,) = re.findall(r"<!-- figures -->\n(.*?)<!-- /figures -->", TEXT, re.S)
    reasons = {row[1].strip(): row[-2].strip() for row in map(split_row, table.splitlines()[2:])}
    lines = ["| source | rows in | refused | cubes | observations out | why rows are refused |"]
    lines.append("| --- | --: | --: | --: | --: | --- |")
    for name, said in real.manifest["sources"].items():
        cubes = said.get("observations", {})
        counts = (said["records"], said["refused"], len(cubes), sum(cubes.values()))
        words = " | ".join(f"{count:,}" for count in counts)
        lines.append(f"| {name} | {words} | {reasons.get(name, '')} |")
        assert bool(said["refused"]) == bool(reasons.get(name)) or pytestconfig.option.accept
    made = "\n".join(lines) + "\n"
    if pytestconfig.option.accept:
        text = README.read_text("utf-8")  # which the test before may have changed
        README.write_text(
            text.replace(table, made) if table else text.replace(FIGURES, FIGURES + made), "utf-8"
        )
    else:
        assert table == made


def split_row(line: str) -> list[str]:
    """The cells of a row of a table."""
    return line.split("|")


def test_the_map_of_the_rooms_is_complete() -> None:
    for room in ("ontologies", "shapes", "graph", "loaders", "endpoint", "tests"):
        assert f"| `{room}/` |" in TEXT
        assert (ROOT / room).is_dir()
