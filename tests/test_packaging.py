"""The wheel and the sdist hold every file of every room, and nothing else.

Hatchling can lose the rooms and still succeed: with the links of .dev present it takes the
files through the links, and a wheel made from such an sdist holds nothing but metadata.
"""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
ROOMS = ["endpoint", "graph", "loaders", "ontologies", "shapes"]
ALONGSIDE = {"README.md", "pyproject.toml", ".gitignore"}


def present(*folders: str) -> set[str]:
    """The files in the tree that are ours, by path."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def wheel(root: Path, aside: Path) -> dict[str, str]:
    """Build a wheel of the tree at `root`: its file names, with the text of its metadata."""
    (made,) = WheelBuilder(str(root)).build(directory=str(aside), versions=["standard"])
    with zipfile.ZipFile(made) as packed:
        return {
            name: packed.read(name).decode() if ".dist-info/" in name else ""
            for name in packed.namelist()
        }


def sdist(aside: Path) -> Path:
    """Build an sdist of the tree and unpack it; its one folder."""
    (made,) = SdistBuilder(str(ROOT)).build(directory=str(aside), versions=["standard"])
    with tarfile.open(made) as packed:
        packed.extractall(aside / "unpacked", filter="data")
    (folder,) = (aside / "unpacked").iterdir()
    return folder


def files(names: dict[str, str]) -> set[str]:
    """The files of a wheel without its metadata."""
    return {name for name in names if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_every_room_and_nothing_else(tmp_path: Path) -> None:
    assert files(wheel(ROOT, tmp_path)) == {f"homegraph/{name}" for name in present(*ROOMS)}


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_code_or_words_to_pack(room: str) -> None:
    names = present(room)
    assert {f"{room}/__init__.py", f"{room}/py.typed"} <= names
    assert len(names) > 2, f"{room} is empty"


def test_the_wheel_installs_the_command(tmp_path: Path) -> None:
    (points,) = (
        text
        for name, text in wheel(ROOT, tmp_path).items()
        if name.endswith(".dist-info/entry_points.txt")
    )
    assert "homegraph = homegraph.endpoint.cli:main" in points.splitlines()


def test_the_sdist_holds_the_rooms_and_the_tests_and_nothing_else(tmp_path: Path) -> None:
    folder = sdist(tmp_path)
    packed = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert packed - {"PKG-INFO"} == present(*ROOMS, "tests") | ALONGSIDE


def test_a_wheel_made_from_the_sdist_is_the_same(tmp_path: Path) -> None:
    again = wheel(sdist(tmp_path), tmp_path / "again")
    assert files(again) == {f"homegraph/{name}" for name in present(*ROOMS)}
