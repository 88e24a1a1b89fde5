"""Each room knows only what it may: imports, addresses, printing, the network, SHACL; and size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# The rooms that each room may import from, besides itself.
KNOWS: dict[str, set[str]] = {
    "ontologies": set(),
    "shapes": set(),
    "graph": {"ontologies", "shapes"},
    "loaders": {"graph"},
    "endpoint": {"graph", "loaders", "ontologies", "shapes"},
}
# The only modules that may import these packages.
ONLY_IN = {
    "requests": {"graph/web.py"},
    "rdflib": {"graph/shacl/foreign.py"},
    "pyshacl": {"graph/shacl/foreign.py"},
    "sys": {"endpoint/cli.py", "endpoint/serving/worker.py"},  # the latter as WSGI demands
    "flask": {"endpoint/"},
    "click": {"endpoint/"},
    "werkzeug": {"endpoint/"},
}
ADDRESSES = {"graph/iri.py", "graph/terms.py", "endpoint/"}
MAY_PRINT = {"endpoint/cli.py"}
SAY_NOTHING = {"utils", "helpers", "common", "models", "services", "manager", "misc", "base"}
MOST_LINES = 400
TABLES = {"graph/terms.py"}  # one list of words, which nobody reads from end to end
FILES = [path for room in KNOWS for path in sorted((ROOT / room).rglob("*.py"))]

every_module = pytest.mark.parametrize(
    "path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES]
)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax of one module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a module imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by dots: say the whole name"
            yield node.lineno, node.module or ""
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def among(path: Path, places: set[str]) -> bool:
    """Whether a module is one of the places, or lies in one that ends with a slash."""
    name = path.relative_to(ROOT).as_posix()
    return any(name == place or (place[-1] == "/" and name.startswith(place)) for place in places)


def test_every_room_is_looked_at() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(KNOWS)
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(KNOWS)


@every_module
def test_a_room_imports_only_what_it_may_know(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    for line, name in imports(path):
        head, _, rest = name.partition(".")
        assert head not in KNOWS, f"{path}:{line} imports {name}: say homegraph.{name}"
        other = rest.split(".")[0]
        if head == "homegraph" and other:
            assert other == room or other in KNOWS[room], f"{path}:{line} knows {other}"


@every_module
def test_a_loader_does_not_import_another_loader(path: Path) -> None:
    room, *inside = path.relative_to(ROOT).parts
    if room != "loaders" or len(inside) < 2:
        return
    for line, name in imports(path):
        if name.startswith("homegraph.loaders"):
            own = f"homegraph.loaders.{inside[0]}"
            assert f"{name}.".startswith(f"{own}."), f"{path}:{line} knows {name}"


@every_module
def test_a_package_is_used_only_where_it_belongs(path: Path) -> None:
    for line, name in imports(path):
        package = name.split(".")[0]
        assert package not in ONLY_IN or among(path, ONLY_IN[package]), (
            f"{path}:{line} imports {package}, which belongs in {sorted(ONLY_IN[package])}"
        )


@every_module
def test_an_address_is_written_only_where_names_are_made(path: Path) -> None:
    if among(path, ADDRESSES):
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not node.value.startswith("http"), f"{path}:{node.lineno} has {node.value!r}"


@every_module
def test_only_the_command_line_prints(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            printing = node.func.id in {"print", "exit", "quit", "breakpoint"}
            assert not printing or among(path, MAY_PRINT), f"{path}:{node.lineno} {node.func.id}"


@every_module
def test_a_name_says_what_is_inside(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    assert not SAY_NOTHING & {word for part in parts for word in part.split("_")}


@every_module
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    is_table = path.relative_to(ROOT).as_posix() in TABLES
    assert is_table or lines <= MOST_LINES, (
        f"{path} has {lines} lines: find the second subject in it"
    )
