"""The web: conditional GET with retries and limits; the only module that imports requests."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from homegraph.graph.errors import FetchFailed
from homegraph.graph.iri import WEB_ADDRESS

USER_AGENT = "homegraph/0.1 (linked data of a government department; conditional GET)"
AGAIN = {429, 500, 502, 503, 504}
MOVED = {301, 302, 303, 307, 308}
BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
REMEDIES = {
    401: "It asks for a password, which open data has not: check the address",
    403: "The server refuses it: check the address, or ask the publisher",
    404: "Nothing is there any more: look for its new address",
    410: "The publisher took it away: look for its new address",
    429: "The server is busy: try again later",
}
BLOCK = 1 << 16
PLAIN = ("text/plain", "application/json", "application/problem+json")
MOST_WORDS = 300  # letters of what a server says of its refusal


@dataclass(frozen=True)
class Got:
    """What an address gave: the content, and the address that redirects led to in the end."""

    content: bytes
    address: str
    unchanged: bool = False  # the server said that what was kept is still right


class Web:
    """Gets addresses; what was got is kept in `folder`, so that unchanged data costs a 304.

    `most_bytes` bounds one answer as it is after decompression, `longest` the seconds that it may
    take, `attempts` the requests made for one address (redirects apart), `longest_wait` what a
    server may ask us to wait.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int = 1 << 30,
        timeout: float = 60.0,
        attempts: int = 5,
        longest_wait: float = 120.0,
        longest: float = 900.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.folder = folder
        self.most_bytes = most_bytes
        self.timeout = timeout
        self.attempts = attempts
        self.longest_wait = longest_wait
        self.longest = longest
        self.sleep = sleep

    def get(self, address: str) -> bytes:
        """The content of an address; raises FetchFailed with the address, status and remedy."""
        return self.ask(address).content

    def forget(self, address: str, accept: str = "") -> None:
        """Ask for it whole the next time: what was kept turned out to be of no use."""
        Kept(self.folder, address, accept).note.unlink(missing_ok=True)

    def ask(self, address: str, accept: str = "") -> Got:
        """What an address gives, in one of the forms accepted; raises FetchFailed as `get` does."""
        kept = Kept(self.folder, address, accept)
        problem, status = "", 0
        for attempt in range(self.attempts):
            try:
                with requests.Session() as session:
                    session.headers["User-Agent"] = USER_AGENT
                    if accept:
                        session.headers["Accept"] = accept
                    session.headers.update(kept.conditions())
                    status, wait, got = self._ask(session, address, kept)
            except BROKEN as error:
                problem, status, wait = f"no answer: {reason(error)}", 0, None
            except (requests.RequestException, ValueError) as error:  # of addresses that are none
                raise FetchFailed(f"{address}: {reason(error)}. Correct the address.") from error
            else:
                if got is not None:
                    return got
                problem = f"status {status} {phrase(status)}. {remedy(status)}"
                if status not in AGAIN:
                    raise FetchFailed(f"{address}: {problem}.", status)
            if wait is not None and wait > self.longest_wait:
                problem += f", in {wait:.0f} seconds"
                break
            if attempt + 1 < self.attempts:
                self.sleep(2.0**attempt if wait is None else wait)
        raise FetchFailed(f"{address}: {problem}.", status)

    def _ask(
        self, session: requests.Session, address: str, kept: Kept
    ) -> tuple[int, float | None, Got | None]:
        """Ask once, following redirects; the status, the wait asked for, and what came."""
        here = address
        for _ in range(6):
            if not WEB_ADDRESS.match(here):
                came = "" if here == address else f" sends on to {here}, which"
                raise FetchFailed(f"{address}{came} is not a web address. Give one with http(s).")
            with session.get(
                here, stream=True, allow_redirects=False, timeout=self.timeout
            ) as answer:
                status = answer.status_code
                if status in MOVED and "Location" in answer.headers:
                    here = urljoin(here, answer.headers["Location"])
                    insist_it_leads_outside(address, here)
                    session.close()  # this connection may be closed unsaid: the next has its own
                    continue
                if status == HTTPStatus.NOT_MODIFIED:
                    return status, None, Got(kept.content(), here, unchanged=True)
                if status == HTTPStatus.OK:
                    content = self._body(answer, address)
                    kept.keep(content, answer.headers)
                    return status, None, Got(content, here)
                return status, asked_wait(answer.headers.get("Retry-After")), None
        raise FetchFailed(f"{address}: it sends on and on. Ask the publisher for the address.")

    def _body(self, answer: requests.Response, address: str) -> bytes:
        """The body, refused as soon as it is larger than allowed."""
        body = bytearray()
        end = time.monotonic() + self.longest
        for block in blocks(answer):
            body += block
            if len(body) > self.most_bytes:
                raise FetchFailed(
                    f"{address}: the answer is larger than {self.most_bytes} bytes. "
                    "Fetch it by hand if it is meant to be, and give the file."
                )
            if time.monotonic() > end:
                raise FetchFailed(
                    f"{address}: the answer had not come whole after {self.longest:.0f} seconds. "
                    "Try again when the server is less busy."
                )
        return bytes(body)


def blocks(answer: requests.Response) -> Iterator[bytes]:
    """A body as it comes in, decompressed; `iter_content` waits until a whole block is there.

    Raises the errors of requests in the place of those of the library below it.
    """
    raw: urllib3.HTTPResponse = answer.raw
    try:
        while block := raw.read1(BLOCK, decode_content=True):
            yield block
    except urllib3.exceptions.DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error


class Kept:
    """What an earlier GET of one address brought: the body, and its validators in a note."""

    def __init__(self, folder: Path, address: str, accept: str = "") -> None:
        asked = f"{address}\n{accept}" if accept else address
        key = hashlib.sha256(asked.encode()).hexdigest()
        self.address = address
        self.body = folder / f"{key}.body"
        self.note = folder / f"{key}.json"

    def conditions(self) -> dict[str, str]:
        """Headers that make the GET conditional; none when the body is not what was kept."""
        with suppress(OSError, ValueError, KeyError):
            note = json.loads(self.note.read_text("utf-8"))
            if hashlib.sha256(self.body.read_bytes()).hexdigest() == note["sha256"]:
                pairs = {"If-None-Match": "etag", "If-Modified-Since": "last_modified"}
                return {header: note[key] for header, key in pairs.items() if note.get(key)}
        return {}

    def content(self) -> bytes:
        """The body that a 304 says is still right."""
        try:
            return self.body.read_bytes()
        except OSError as error:
            raise FetchFailed(
                f"{self.address}: status 304, and {self.body} is gone. Run again."
            ) from error

    def keep(self, content: bytes, headers: requests.structures.CaseInsensitiveDict[str]) -> None:
        """Keep a body whose server gave it a validator; the note is written last."""
        etag, last_modified = headers.get("ETag"), headers.get("Last-Modified")
        self.note.unlink(missing_ok=True)
        if not etag and not last_modified:
            return
        self.body.parent.mkdir(parents=True, exist_ok=True)
        self.body.write_bytes(content)
        note = {
            "address": self.address,
            "etag": etag,
            "last_modified": last_modified,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        self.note.write_text(json.dumps(note, indent=2) + "\n", "utf-8")


def answer_to_form(
    address: str, form: Mapping[str, str], accept: str, *, most_bytes: int, seconds: float
) -> tuple[str, bytes]:
    """What a server answers to a form, asked once: the media type, in lower case, and the content.

    Raises FetchFailed for every answer but 200, also for one that sends on elsewhere, and for what
    is larger or takes longer than allowed.
    """
    end = time.monotonic() + seconds
    said = {"User-Agent": USER_AGENT, "Accept": accept}
    late = f"{address}: it had not answered after {seconds:.3g} seconds."
    body = bytearray()
    try:
        with requests.post(
            address,
            data=form,
            headers=said,
            stream=True,
            allow_redirects=False,
            timeout=seconds,
        ) as answer:
            status = answer.status_code
            if status in MOVED:
                there = answer.headers.get("Location", "elsewhere")
                raise FetchFailed(f"{address}: it sends on to {there[:200]}.", status)
            if status != HTTPStatus.OK:
                words = words_of(answer)
                raise FetchFailed(f"{address}: status {status} {phrase(status)}{words}.", status)
            for block in blocks(answer):
                body += block
                if len(body) > most_bytes:
                    raise FetchFailed(f"{address}: the answer is larger than {most_bytes:,} bytes.")
                if time.monotonic() > end:
                    raise FetchFailed(late)
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return kind, bytes(body)
    except requests.Timeout as error:
        raise FetchFailed(late) from error
    except (requests.RequestException, UnicodeError, ValueError) as error:
        raise FetchFailed(f"{address}: no answer: {reason(error)}.") from error


def words_of(answer: requests.Response) -> str:
    """What a server says of its refusal, if that is plain text, on one line and not at length."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in PLAIN:
        return ""
    start = next(blocks(answer), b"")[:1200].decode("utf-8", "replace")
    words = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", start).split()).rstrip(".")
    return f": {words[:MOST_WORDS]}" if words else ""


def asked_wait(text: str | None) -> float | None:
    """The seconds a Retry-After header asks for: a number, or a date (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    if re.fullmatch(r"\s*[0-9]+\s*", text):
        return float(text)
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None


def phrase(status: int) -> str:
    """The words that go with a status."""
    with suppress(ValueError):
        return HTTPStatus(status).phrase
    return "(unknown)"


def remedy(status: int) -> str:
    """What to do about a status."""
    if status in REMEDIES:
        return REMEDIES[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "The server has trouble: try again later"
    return "Check the address"


def reason(error: Exception) -> str:
    """The innermost words of a requests error, which nests three deep."""
    inner: BaseException = error
    while inner.__context__ is not None:
        inner = inner.__context__
    return str(inner) or type(error).__name__


def status_of(address: str, timeout: float = 20.0, nearby: bool = False) -> tuple[int, str]:
    """The status that an address gives in the end, asked for its head; or 0 and what went wrong.

    A server that does not answer so is asked for the content, of which nothing is read. Addresses
    come from others' catalogues, so what is `nearby`, in this machine's own network, is not asked
    unless that is wanted.
    """
    status, problem = 0, "it is not a web address"
    for method in ("HEAD", "GET"):
        here = address
        try:
            with requests.Session() as session:
                session.headers["User-Agent"] = USER_AGENT
                for _ in range(6):
                    if not WEB_ADDRESS.match(here):
                        return 0, f"{here} is not a web address"
                    if not nearby and is_nearby(here):
                        return 0, f"{here} is in this network, which is not asked"
                    with session.request(
                        method, here, stream=True, allow_redirects=False, timeout=timeout
                    ) as answer:
                        status, problem = answer.status_code, ""
                        if status not in MOVED or "Location" not in answer.headers:
                            break
                        here = urljoin(here, answer.headers["Location"])
                        session.close()
                else:
                    return 0, "it sends on and on"
        except (requests.RequestException, UnicodeError, ValueError) as error:
            status, problem = 0, reason(error)
        if HTTPStatus.OK <= status < HTTPStatus.BAD_REQUEST or status in AGAIN:
            break
    return status, problem


def insist_it_leads_outside(address: str, there: str) -> None:
    """Raise FetchFailed where a publisher on the internet sends on into our own network.

    What answers there (other servers of ours, what a cloud tells its machines) is nobody's
    catalogue. Who gives an address that is in this network may be sent on in it.
    """
    if is_nearby(there) and not is_nearby(address):
        raise FetchFailed(
            f"{address} sends on to {there}, which is in this network. "
            "Give that address itself if it is meant to be read."
        )


def is_nearby(address: str) -> bool:
    """Whether the host of an address is this machine, or in a network that is not the internet."""
    try:
        host = urlsplit(address).hostname or ""
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError, ValueError):
        return False  # nobody is there to be asked
    return any(not ip_address(one.partition("%")[0]).is_global for one in found)
