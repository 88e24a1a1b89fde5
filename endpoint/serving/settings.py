"""How a server serves: each setting once, with its kind, its default and what it means.

homegraph.toml says them under `[serve]`, the options of `homegraph serve` go before it, and the
table in the README is made from here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from homegraph.endpoint.federation.servers import Servers
from homegraph.endpoint.serving.sink import APPEND
from homegraph.graph.errors import MetadataError

SECTION = "serve"
UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
ENDPOINT = re.compile(r"https?://[^\s<>\"'{}|^`\\@#/?]+[^\s<>\"'{}|^`\\@#]*")
SIZE = re.compile(r"\s*([0-9]{1,15}(?:\.[0-9]{1,3})?)\s*([a-z]*)\s*", re.I)
# Words for `log` that are not the name of a file.
STREAMS = ("stderr", "stdout", "none")


@dataclass(frozen=True)
class Kind:
    """What a value may be: `read` makes it of what TOML or an option gives, or raises ValueError.

    `type` is what an option is read as before that; `shown` writes a value for people.
    """

    name: str
    read: Callable[[Any], Any]
    type: type
    shown: Callable[[Any], str] = str


def whole(value: object) -> int:
    """A number without a fraction."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    return value


def seconds(value: object) -> float:
    """A number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number of seconds")
    return float(value)


def size(value: object) -> int:
    """A number of bytes, or a text such as "1 GB"; kB is 1,000 bytes and KiB 1,024.

    >>> size("1.5 GB"), size("64 MiB"), size(10), size("0")
    (1500000000, 67108864, 10, 0)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = SIZE.fullmatch(value) if isinstance(value, str) else None
    unit = UNITS.get(found[2].upper() or "B") if found else None
    if found is None or unit is None:
        raise ValueError('a number of bytes, or a text such as "500 MB" or "1 GB"')
    return round(float(found[1]) * unit)


def size_in_words(value: int) -> str:
    """A number of bytes as people write it.

    >>> size_in_words(1_500_000_000), size_in_words(1_234), size_in_words(0)
    ('1.5 GB', '1,234 bytes', '0')
    """
    for unit in ("TB", "GB", "MB", "kB"):
        number = value / UNITS[unit.upper()]
        if number >= 1 and number == round(number, 1):
            return f"{number:g} {unit}"
    return f"{value:,} bytes" if value else "0"


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text")
    return value


def flag(value: object) -> bool:
    """Yes or no."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def networks(value: object) -> tuple[str, ...]:
    """Addresses and networks of addresses, in their usual form.

    >>> networks(["10.1.2.3", "fd00::/8"])
    ('10.1.2.3/32', 'fd00::/8')
    """
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError("a list of addresses")
    try:
        return tuple(str(ip_network(one)) for one in value)
    except ValueError as error:
        raise ValueError(f"a list of addresses or networks ({error})") from error


def servers(value: object) -> tuple[str, ...]:
    """Whole addresses of SPARQL endpoints, as queries name them.

    >>> servers(["https://query.example.org/sparql"])
    ('https://query.example.org/sparql',)
    """
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError("a list of addresses")
    for one in value:
        if not ENDPOINT.fullmatch(one):
            raise ValueError(f"a list of web addresses without user or fragment ({one} is none)")
    return tuple(value)


def place(value: object) -> Path:
    """A path."""
    return Path(text(value))


WHOLE = Kind("number", whole, int, "{:,}".format)
SECONDS = Kind("seconds", seconds, float, "{:g}".format)
SIZES = Kind("size", size, str, size_in_words)
TEXT = Kind("text", text, str)
FLAG = Kind("yes or no", flag, bool, {True: "yes", False: "no"}.__getitem__)
NETWORKS = Kind("list of addresses", networks, tuple, lambda value: ", ".join(value) or "none")
ENDPOINTS = Kind("list of addresses", servers, tuple, lambda value: " ".join(value) or "none")
FOLDER = Kind("folder", place, str)
LOG = Kind("file", text, str)


def key(
    kind: Kind,
    default: object,
    what: str,
    least: float | None = None,
    most: float | None = None,
    shown: str = "",
) -> Any:
    """Document one setting; a number is from `least` to `most`."""
    said = {"kind": kind, "what": what, "least": least, "most": most}
    said["shown"] = shown or kind.shown(default)
    return field(default=default, metadata=said)


@dataclass(frozen=True)
class Settings:
    """Every setting of a server.

    Counts of slots and of requests are for each server process. `quick` and `slow` that are 0 are
    set by the number of cores.
    """

    host: str = key(TEXT, "127.0.0.1", "address to listen at; `0.0.0.0` or `::` for all")
    port: int = key(WHOLE, 8000, "port to listen at", 1, 65_535, "8000")
    processes: int = key(WHOLE, 2, "server processes, which share the port", 1, 64)
    quick: int = key(
        WHOLE,
        0,
        "workers of each server process for requests that have just begun",
        0,
        256,
        "by the cores, from 2",
    )
    slow: int = key(
        WHOLE,
        0,
        "workers of each server process, at low priority, for what takes longer",
        0,
        256,
        "by the cores, from 2",
    )
    quantum: float = key(SECONDS, 0.2, "after this, a request counts as slow", 0.01, 60)
    seconds: float = key(
        SECONDS, 30.0, "a request is stopped after this, waiting included", 0.1, 86_400
    )
    answer_bytes: int = key(SIZES, 10**9, "largest answer", 1_000, 10**12)
    memory_bytes: int = key(SIZES, 1_500_000_000, "most memory one request may take", 10**7, 10**12)
    client_running: int = key(WHOLE, 4, "requests of one client that run at once", 1, 10_000)
    client_waiting: int = key(WHOLE, 16, "requests of one client that wait", 0, 10_000)
    waiting: int = key(WHOLE, 500, "requests that wait, of all clients", 0, 1_000_000)
    grace: float = key(
        SECONDS, 10.0, "what runs when the server is told to stop has this long to end", 0, 3_600
    )
    folder: Path | None = key(  # noqa: RUF009 a field, as all of these
        FOLDER,
        None,
        "where large answers, the cache and the counters are kept while the server runs",
        shown="a temporary one",
    )
    cache_memory: int = key(
        SIZES, 64_000_000, "answers kept in the memory of each server process", 0, 10**12
    )
    cache_disk: int = key(SIZES, 10**9, "answers kept in the folder", 0, 10**13)
    proxies: tuple[str, ...] = key(
        NETWORKS, (), "addresses or networks whose `X-Forwarded-For` is believed"
    )
    log: str = key(LOG, "stderr", "access log: a file, `stderr`, `stdout` or `none`")
    log_clients: bool = key(
        FLAG, False, "keep whole addresses of clients in the log, which are personal data"
    )
    metrics: bool = key(FLAG, True, "offer `/metrics`")

    columns: bool = key(FLAG, True, "count in the columns of a release, where it has them")
    services: tuple[str, ...] = key(
        ENDPOINTS, (), "SPARQL endpoints that queries may call with `SERVICE`, letter for letter"
    )
    service_seconds: float = key(
        SECONDS, 10.0, "all that one query gets from other servers is here after this", 0.1, 3_600
    )
    service_bytes: int = key(
        SIZES, 20_000_000, "the most that one query gets from other servers", 1_000, 10**10
    )

    def __post_init__(self) -> None:
        cores = (os.cpu_count() or 1) // self.processes
        object.__setattr__(self, "quick", self.quick or max(2, cores))
        object.__setattr__(self, "slow", self.slow or max(2, cores))

    @staticmethod
    def of(folder: Path | None, options: Mapping[str, Any] | None = None) -> Settings:
        """The settings of a home, if there is one; `options` that are not None go before its file.

        Raises MetadataError, which names file and key, for what is not a setting or not allowed.
        """
        said = {} if folder is None else read_file(folder / "homegraph.toml")
        for name, value in (options or {}).items():
            if value is not None:
                said[name] = read(name, value, f"option --{name.replace('_', '-')}")
        return Settings(**said)

    @property
    def servers(self) -> Servers:
        """The servers that queries may call, and the limits."""
        return Servers(self.services, self.service_seconds, self.service_bytes)

    def but(self, **changes: Any) -> Settings:
        """The same settings with some changed."""
        return replace(self, **changes)


KEYS = {one.name: one for one in fields(Settings)}


def read_file(path: Path) -> dict[str, Any]:
    """What a homegraph.toml says under [serve]; paths are from its folder.

    Raises MetadataError.
    """
    try:
        said = tomllib.loads(path.read_text("utf-8")).get(SECTION, {})
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MetadataError(f"{path}: {error}") from error
    if not isinstance(said, dict):
        raise MetadataError(f"{path}: [{SECTION}] is a table")
    unknown = sorted(set(said) - set(KEYS))
    if unknown:
        raise MetadataError(f"{path}: [{SECTION}] has an unknown key {', '.join(unknown)}")
    settings = {name: read(name, value, f"{path}: [{SECTION}]") for name, value in said.items()}
    if "folder" in settings:
        settings["folder"] = path.parent / settings["folder"]
    if settings.get("log", "none") not in STREAMS:
        settings["log"] = str(path.parent / settings["log"])
    return settings


def read(name: str, value: object, where: str) -> Any:
    """One value; raises MetadataError that says `where` and what it must be."""
    said = KEYS[name].metadata
    least, most = said["least"], said["most"]
    try:
        made = said["kind"].read(value)
        if least is not None and not least <= made <= most:  # NaN is not in between either
            shown = said["kind"].shown
            raise ValueError(f"from {shown(least)} to {shown(most)}")
    except ValueError as error:
        at = where if where.startswith("option") else f"{where} {name}"
        raise MetadataError(f"{at}: it is {error}, not {value!r}") from error
    return made


def insist(settings: Settings) -> None:
    """Raise MetadataError when the folder or the log that is named cannot be written."""
    folder, log = settings.folder, settings.log
    if folder is not None and not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise MetadataError(f"folder {folder}: it is not a folder that can be written")
    if log not in STREAMS:
        try:
            os.close(os.open(log, APPEND, 0o640))
        except OSError as error:
            raise MetadataError(f"log {log}: it cannot be written: {error.strerror}") from error


def table() -> str:
    """All settings for the README."""
    lines = ["| key | kind | unless said | what it means |", "| --- | --- | --- | --- |"]
    for name, one in KEYS.items():
        said = one.metadata
        lines.append(f"| `{name}` | {said['kind'].name} | {said['shown']} | {said['what']} |")
    return "\n".join(lines) + "\n"
