"""Adding a source means adding one folder: a toy is copied into place, and everything sees it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from homegraph.graph.terms import DCAT, RDFS

ROOT = Path(__file__).parents[1]
ROOMS = ("graph", "ontologies", "shapes", "endpoint", "loaders")


def test_a_copied_folder_is_a_source_with_its_tests(tmp_path: Path) -> None:
    tree, links = tmp_path / "tree", tmp_path / "tree" / ".dev" / "homegraph"
    links.mkdir(parents=True)
    for room in ROOMS:
        shutil.copytree(ROOT / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
        (links / room).symlink_to(tree / room)
    # It takes as long to build as all others together, and nothing here asks for it.
    shutil.rmtree(tree / "loaders" / "home_office_data_hub")
    toy = tree / "loaders" / "toy_source"
    shutil.copytree(Path(__file__).parent / "toy_source", toy)
    (toy / "expected.nq").touch()
    (tree / "tests").mkdir()
    for name in ("conftest.py", "test_loader_contract.py"):
        shutil.copy(Path(__file__).parent / name, tree / "tests" / name)
    shutil.copy(ROOT / "pyproject.toml", tree)

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree / ".dev")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", "-k", "toy_source"]
    run(*tests, "--accept")
    assert "6 passed" in run(*tests)
    command = ["-m", "homegraph.endpoint.cli"]
    assert {"name": "toy_source", "title": "Police dogs", "files": "*.csv"} in json.loads(
        run(*command, "sources", "--json")
    )
    run(*command, "demo", "--no-serve", "--home", "home")
    base = "http://localhost:8000/"
    query = f"SELECT ?name {{ <{base}id/dog/7> <{RDFS.label.value}> ?name }}"
    assert "Dog 7" in run(*command, "query", "--home", "home", query)
    catalogue = f"ASK {{ ?catalogue <{DCAT.dataset.value}> <{base}data/toy-source> }}"
    assert run(*command, "query", "--home", "home", catalogue).strip() == "true"
