"""The wheel and the sdist hold every file of every room, and the editor that npm's packages make.

Hatchling can lose the rooms and still succeed: with the links of .dev present it takes the
files through the links, and a wheel made from such an sdist holds nothing but metadata.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha512
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from homegraph.endpoint.workbench import hook

ROOT = Path(__file__).parents[1]
ROOMS = ["endpoint", "graph", "loaders", "ontologies", "shapes"]
ALONGSIDE = {"README.md", "pyproject.toml", ".gitignore"}
WORKBENCH = ROOT / "endpoint/workbench"
EDITOR = {"editor.js", "editor.licences.txt"}

# HOMEGRAPH_NO_ASSETS=1 is a way to install that the README offers: there is nothing to pack then.
with_editor = pytest.mark.skipif(
    not (ROOT / hook.VENDOR / "editor.js").is_file(), reason="installed without the editor"
)
with_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm")


@pytest.fixture
def no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(hook.LEAVE_OUT, "1")


def present(*folders: str) -> set[str]:
    """The files in the tree that are ours, by path."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not {"__pycache__", "vendor"} & set(path.parts)
    }


def packed(*folders: str) -> set[str]:
    """The files of ours that a wheel holds, by their names in it."""
    return {
        f"homegraph/{name}"
        for name in present(*folders)
        if not name.startswith("endpoint/workbench/")
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


@pytest.mark.usefixtures("no_editor")
def test_the_wheel_holds_every_file_of_every_room_and_nothing_else(tmp_path: Path) -> None:
    assert files(wheel(ROOT, tmp_path)) == packed(*ROOMS)


@with_editor
def test_the_wheel_holds_the_editor_beside_them(tmp_path: Path) -> None:
    made = {f"homegraph/{hook.VENDOR.as_posix()}/{name}" for name in EDITOR}
    assert files(wheel(ROOT, tmp_path)) == packed(*ROOMS) | made


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_code_or_words_to_pack(room: str) -> None:
    names = present(room)
    assert {f"{room}/__init__.py", f"{room}/py.typed"} <= names
    assert len(names) > 2, f"{room} is empty"


@pytest.mark.usefixtures("no_editor")
def test_the_wheel_installs_the_command(tmp_path: Path) -> None:
    (points,) = (
        text
        for name, text in wheel(ROOT, tmp_path).items()
        if name.endswith(".dist-info/entry_points.txt")
    )
    assert "homegraph = homegraph.endpoint.cli:main" in points.splitlines()


def test_the_sdist_holds_the_rooms_and_the_tests_and_nothing_else(tmp_path: Path) -> None:
    folder = sdist(tmp_path)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names - {"PKG-INFO"} == present(*ROOMS, "tests") | ALONGSIDE


@pytest.mark.usefixtures("no_editor")
def test_a_wheel_made_from_the_sdist_is_the_same(tmp_path: Path) -> None:
    again = wheel(sdist(tmp_path), tmp_path / "again")
    assert files(again) == packed(*ROOMS)


@pytest.mark.usefixtures("no_editor")
def test_without_the_editor_it_is_imported_and_serves_the_plain_form(tmp_path: Path) -> None:
    (made,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "installed")
    asked = """if True:
        import pyoxigraph, homegraph.endpoint as room
        client = room.create_app(
            room.World(pyoxigraph.Store(), "http://localhost:8000/", "none")
        ).test_client()
        form = client.get("/sparql", headers={"Accept": "text/html"})
        assert (form.status_code, "<textarea" in form.text) == (200, True)
        assert client.get("/static/vendor/editor.js").status_code == 404
        print(room.__file__)
    """
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert Path(done.stdout.strip()).is_relative_to(tmp_path / "installed")


def locked() -> dict[str, dict[str, object]]:
    """The packages of the lock file, by their places."""
    lock = json.loads((WORKBENCH / "package-lock.json").read_text("utf-8"))
    assert lock["lockfileVersion"] == 3
    packages: dict[str, dict[str, object]] = lock["packages"]
    return packages


def test_the_lock_names_packages_and_digests_but_no_host() -> None:
    for place, about in locked().items():
        digest = str(about.pop("integrity", ""))
        assert digest.startswith("sha512-") or not place
        assert "resolved" not in about
        assert "//" not in json.dumps(about)


def test_each_package_is_asked_for_in_one_version() -> None:
    wanted = json.loads((WORKBENCH / "package.json").read_text("utf-8"))
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert locked()[f"node_modules/{name}"]["version"] == version


@with_editor
def test_the_licences_of_what_is_in_the_editor_let_us_ship_it() -> None:
    text = (ROOT / hook.VENDOR / "editor.licences.txt").read_text("utf-8")
    headings = [
        part.splitlines()[0] for part in text.partition("\n\n")[2].split("\n\n" + "-" * 72 + "\n\n")
    ]
    assert {"@codemirror/view", "codemirror-lang-sparql"} <= {line.split()[0] for line in headings}
    for line in headings:
        name, version, licence = line.split()
        assert locked()[f"node_modules/{name}"]["version"] == version
        assert licence.strip("()") in {"MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause"}
    assert text.count("WITHOUT WARRANTY OF ANY KIND") == len(headings)


@with_editor
def test_the_editor_names_no_host_but_those_of_namespaces() -> None:
    text = (ROOT / hook.VENDOR / "editor.js").read_text("utf-8")
    addresses = {part.split('"')[0].split("/")[0] for part in text.split("://")[1:]}
    assert addresses <= {"www.w3.org", "codemirror.net"}


def test_a_package_of_another_licence_stops_the_build(tmp_path: Path) -> None:
    package = tmp_path / "node_modules/odd"
    package.mkdir(parents=True)
    (tmp_path / "made.json").write_text('{"inputs": {"node_modules/odd/index.js": {}}}')
    (package / "package.json").write_text('{"version": "1.0.0", "license": "SSPL-1.0"}')
    with pytest.raises(hook.BuildError, match="SSPL"):
        hook.notices(tmp_path, tmp_path / "out")
    (package / "package.json").write_text('{"version": "1.0.0", "license": "MIT"}')
    with pytest.raises(hook.BuildError, match="without the text"):
        hook.notices(tmp_path, tmp_path / "out")


def tree(folder: Path) -> Path:
    """A copy of what the hook reads."""
    shutil.copytree(WORKBENCH, folder / "endpoint/workbench")
    return folder


def test_the_editor_is_made_again_when_its_sources_change_and_only_then(tmp_path: Path) -> None:
    root = tree(tmp_path)
    made = root / hook.VENDOR / "editor.js"
    assert not hook.is_made(root, made.parent)
    made.parent.mkdir(parents=True)
    made.write_text(hook.banner(root) + "\n...", "utf-8")
    assert hook.is_made(root, made.parent)
    with (root / "endpoint/workbench/package-lock.json").open("a") as lock:
        lock.write("\n")
    assert not hook.is_made(root, made.parent)


def test_without_npm_node_is_asked_for_and_its_absence_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    builder = WheelBuilder(str(ROOT))
    editor = hook.EditorHook(str(tree(tmp_path)), {}, builder.config, builder.metadata, "", "wheel")
    assert editor.dependencies() == [hook.NODE]
    monkeypatch.setattr(hook, "find_spec", lambda name: None)
    with pytest.raises(hook.BuildError, match=hook.LEAVE_OUT):
        hook.tools()
    monkeypatch.setenv(hook.LEAVE_OUT, "1")
    assert editor.dependencies() == []


@contextmanager
def registry(package: bytes) -> Iterator[str]:
    """A registry on this machine that has one package, in one version."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = f"http://127.0.0.1:{self.server.server_port}/tiny.tgz"  # type: ignore[attr-defined]
            dist = {"tarball": address, "integrity": digest(package)}
            about = {
                "name": "tiny",
                "dist-tags": {"latest": "1.0.0"},
                "versions": {"1.0.0": {"name": "tiny", "version": "1.0.0", "dist": dist}},
            }
            body = package if self.path.endswith(".tgz") else json.dumps(about).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def digest(package: bytes) -> str:
    return "sha512-" + b64encode(sha512(package).digest()).decode()


def tiny() -> bytes:
    """A package with nothing in it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        text = b'{"name": "tiny", "version": "1.0.0"}'
        about = tarfile.TarInfo("package/package.json")
        about.size = len(text)
        archive.addfile(about, io.BytesIO(text))
    return out.getvalue()


@with_npm
@pytest.mark.parametrize(
    ("locked_as", "said"),
    [("another package", "digest differs"), ("this package", "A tool failed")],
)
def test_a_package_that_is_not_the_locked_one_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked_as: str, said: str
) -> None:
    root, package = tree(tmp_path / "root"), tiny()
    wanted = {"name": "try", "dependencies": {"tiny": "1.0.0"}}
    integrity = digest(package if locked_as == "this package" else b"")
    lock = {
        "name": "try",
        "lockfileVersion": 3,
        "packages": {
            "": wanted,
            "node_modules/tiny": {"version": "1.0.0", "integrity": integrity},
        },
    }
    (root / "endpoint/workbench/package.json").write_text(json.dumps(wanted))
    (root / "endpoint/workbench/package-lock.json").write_text(json.dumps(lock))
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with registry(package) as address:
        monkeypatch.setenv("npm_config_registry", address)
        # Where the digest is right the build comes as far as the bundler, which is not locked.
        with pytest.raises(hook.BuildError, match=said):
            hook.make(root, root / hook.VENDOR)
    assert not (root / hook.VENDOR).exists()
