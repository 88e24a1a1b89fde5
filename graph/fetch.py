"""Walks through the pages of a catalogue, and keeps all of them in a folder, or none.

The folder has the pages as they came and a note, `.fetched.json`, that says from which address
each is; so a file of it is known by its address wherever it is read from (`graph/raw.py`).
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NoReturn
from urllib.parse import urldefrag, urlsplit

from homegraph.graph.errors import FetchFailed
from homegraph.graph.raw import NOTE
from homegraph.graph.web import Got, Web

MOST_PAGES = 20_000
MOST_BYTES = 4 << 30
MOST_SECONDS = 4 * 3600.0


@dataclass(frozen=True)
class Page:
    """One answer of a catalogue: the name that its file gets, and the address it is from."""

    name: str
    content: bytes
    address: str
    records: int = 0
    unchanged: bool = False  # the server said that what an earlier fetch brought still holds


class Walk:
    """One walk through the pages of one catalogue: each address once, one host, within limits."""

    def __init__(
        self,
        web: Web,
        accept: str = "",
        *,
        most_pages: int = MOST_PAGES,
        most_bytes: int = MOST_BYTES,
        most_seconds: float = MOST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.web = web
        self.accept = accept
        self.most_pages, self.most_bytes = most_pages, most_bytes
        self.clock, self.end = clock, clock() + most_seconds
        self.hours = most_seconds / 3600
        self.asked: dict[str, int] = {}
        self.came: dict[str, str] = {}  # what was asked for, by the address it led to
        self.hosts: list[str] = []  # that of the first page, and the one it led to
        self.bytes = 0

    def get(self, address: str) -> Got:
        """The next page; raises FetchFailed for one that was there before, and beyond a limit."""
        try:
            address, host = urldefrag(address).url, urlsplit(address).hostname or ""
        except ValueError as error:
            raise FetchFailed(f"{address} is no address: {error}. Nothing was kept.") from error
        number = len(self.asked) + 1
        if address in self.asked:
            raise FetchFailed(
                f"{address}: page {number - 1} names page {self.asked[address]} as the next, so "
                "the pages go round and round. Nothing was kept; tell the publisher."
            )
        if self.hosts and host not in self.hosts:
            raise FetchFailed(
                f"{address}: the next page is on another host than {self.hosts[0]}. Nothing was "
                f"kept; fetch from {host} if that is the catalogue's address."
            )
        if number > self.most_pages:
            self.stop(address, f"more than {self.most_pages:,} pages")
        if self.clock() > self.end:
            self.stop(address, f"pages that take longer than {self.hours:g} hours")
        got = self.web.ask(address, self.accept)
        self.asked[address] = number
        self.came[got.address] = address
        self.hosts = self.hosts or [host, urlsplit(got.address).hostname or ""]
        self.bytes += len(got.content)
        if self.bytes > self.most_bytes:
            self.stop(address, f"more than {self.most_bytes:,} bytes")
        return got

    def stop(self, address: str, much: str) -> NoReturn:
        """Refuse a catalogue that is larger than is allowed."""
        raise FetchFailed(
            f"{address}: the catalogue has {much}. Nothing was kept; ask for a part of it."
        )

    def refuse(self, address: str, problem: str) -> NoReturn:
        """Refuse what an address gave, and have it sent whole the next time."""
        self.web.forget(self.came.get(address, address), self.accept)
        raise FetchFailed(f"{address}: {problem}")


def stem(address: str) -> str:
    """What the names of the files of one catalogue begin with: its host and path.

    >>> stem("https://ckan.example.gov.uk:5000/data/api/3/action?x=1")
    'ckan.example.gov.uk-5000-data-api-3-action'
    """
    parts = urlsplit(address)
    return re.sub(r"[^A-Za-z0-9.]+", "-", parts.netloc + parts.path).strip("-.")[:120]


@dataclass
class Fetched:
    """What one fetch brought."""

    folder: Path
    pages: int = 0
    records: int = 0
    bytes: int = 0
    unchanged: int = 0  # pages that cost a 304
    same: bool = False  # the folder had them all, byte for byte
    files: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        said = {name: getattr(self, name) for name in ("pages", "records", "bytes", "unchanged")}
        return {"folder": str(self.folder), **said, "same": self.same, "files": sorted(self.files)}


def into_folder(pages: Iterable[Page], address: str, kind: str, folder: Path) -> Fetched:
    """Keep pages in a folder in the place of those of the last fetch, once all have come.

    Raises FetchFailed for a folder with files that no fetch brought, which it leaves alone.
    """
    insist_on_ours(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".fetching-", dir=folder.parent))
    done = Fetched(folder)
    try:
        for page in pages:
            if page.name in done.files:
                raise FetchFailed(f"{page.address}: a second page would be named {page.name}")
            (aside / page.name).write_bytes(page.content)
            digest = sha256(page.content).hexdigest()
            done.files[page.name] = {"address": page.address, "sha256": digest}
            done.pages += 1
            done.records += page.records
            done.bytes += len(page.content)
            done.unchanged += page.unchanged
        note = {"address": address, "kind": kind, "files": done.files}
        (aside / NOTE).write_text(json.dumps(note, indent=1) + "\n", "utf-8")
        aside.chmod(0o755)
        done.same = said(folder) == note and whole(folder, done.files)
        if not done.same:
            exchange(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return done


def insist_on_ours(folder: Path) -> None:
    """Refuse to replace what a person may have put there."""
    if folder.exists() and not folder.is_dir():
        raise FetchFailed(f"{folder} is a file. Name a folder.")
    if folder.is_dir() and any(folder.iterdir()) and said(folder) is None:
        raise FetchFailed(f"{folder} has files that were not fetched. Name another folder.")


def said(folder: Path) -> dict[str, object] | None:
    """The note of the last fetch into a folder; None when there is none that can be read."""
    try:
        note = json.loads((folder / NOTE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def whole(folder: Path, files: dict[str, dict[str, str]]) -> bool:
    """Whether a folder still has every file as it was fetched, and nothing else."""
    there = {path.name for path in folder.iterdir()} - {NOTE}
    return there == files.keys() and all(
        sha256((folder / name).read_bytes()).hexdigest() == one["sha256"]
        for name, one in files.items()
    )


def exchange(new: Path, folder: Path) -> None:
    """Put a folder in the place of another, which is there until the moment it is replaced."""
    if not folder.exists():
        new.rename(folder)
        return
    old = Path(tempfile.mkdtemp(prefix=".fetched-", dir=folder.parent)) / "old"
    try:
        folder.rename(old)
        new.rename(folder)
    finally:  # whatever came in between, an interrupt too
        if not folder.exists():
            old.rename(folder)
        shutil.rmtree(old.parent)
