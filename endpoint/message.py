"""A request as it came and a reply as it goes, whichever server is around them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    `path` is decoded and `query` is as it was sent; the names of `headers` are in lower case;
    `client` is the address of who asks.
    """

    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""


@dataclass(slots=True)
class Reply:
    """What is sent back: the bytes of `body`, or of a `file` from `start` up to `end` (or all).

    A `spooled` file was made for this reply: whoever sends it keeps or removes it. `rows` is how
    many solutions or statements it has, where that is known.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    file: str = ""
    start: int = 0
    end: int | None = None
    spooled: bool = False
    rows: int | None = None

    def header(self, name: str) -> str:
        """The value of a header, whose name is given in lower case; nothing when it is missing."""
        return next((value for key, value in self.headers if key.lower() == name), "")
