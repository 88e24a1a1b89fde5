"""The server under hostile requests: nothing breaks, nothing leaks, nothing calls out.

HOMEGRAPH_FUZZ says how many mutated requests are sent (3,000 unless said), and how many times
more schemathesis asks; HOMEGRAPH_FUZZ_SEED makes others. With --log-cli-level=INFO the figures
are shown.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import brotli
import pytest
import requests
import zstandard

import homegraph.endpoint
from homegraph.endpoint.formats import GRAPHS, TABLES
from homegraph.endpoint.functions import FUNCTIONS
from homegraph.endpoint.queries import examples, stored
from homegraph.endpoint.reply import POLICY
from homegraph.endpoint.routes import ROUTES
from homegraph.graph.release import current

COUNT = int(os.environ.get("HOMEGRAPH_FUZZ", "3000"))
SEED = int(os.environ.get("HOMEGRAPH_FUZZ_SEED", "5"))
CONNECTIONS = 6
SECONDS = 2  # the limit of a query; most mutated ones are quick, some multiply everything
SECRET = "nobody may read this"
PROBLEM = "application/problem+json"
LOG = logging.getLogger("fuzz")
# What granian answers by itself, without a word, to what is no HTTP; whole requests never get it.
BARE = {400, 413, 414, 431}
OURS = Path(homegraph.endpoint.__file__).resolve().parents[1]
LEAKS = re.compile(rb"Traceback \(most|File \"|site-packages|\.py\", line|\.py:\d+")

Serve = Callable[..., AbstractContextManager[Any]]


@dataclass(frozen=True)
class Served:
    """A server of ours, what it writes, and the base of its names."""

    address: str
    errors: Path
    log: Path
    home: Path
    base: str

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.address + path, allow_redirects=False, timeout=30, **more)


@pytest.fixture(scope="module")
def secrets(demo_home: Path) -> Iterator[str]:
    """Files beside the home and in it, which are no part of the release."""
    places = [one / "secret.txt" for one in (demo_home.parent, demo_home, demo_home / "releases")]
    for place in places:
        place.write_text(SECRET)
    yield SECRET
    for place in places:
        place.unlink()


@pytest.fixture(scope="module")
def served(demo_home: Path, serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The demo release by `homegraph serve`; clients are told apart as behind a proxy."""
    folder = tmp_path_factory.mktemp("fuzz")
    errors, log = folder / "errors", folder / "access.log"
    base = current(demo_home).base
    options = ["--seconds", SECONDS, "--proxies", "127.0.0.1", "--log", log]
    with (
        errors.open("wb") as file,
        serve("--home", demo_home, "--processes", 2, *options, errors=file) as server,
    ):
        yield Served(server.address, errors, log, demo_home, base)


# -- what is sent


@dataclass(frozen=True)
class Sent:
    """One request; one that is not `whole` is no HTTP, or lies about its length."""

    method: bytes
    target: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""
    raw: bytes = b""
    whole: bool = True

    def __bytes__(self) -> bytes:
        if self.raw:
            return self.raw
        head = b"".join(b"%b: %b\r\n" % pair for pair in self.headers)
        return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (self.method, self.target, head, self.body)


METHODS = [b"GET"] * 20 + [b"POST"] * 6 + [b"HEAD"] * 3 + [b"OPTIONS"] * 2
METHODS += [b"PUT", b"DELETE", b"PATCH", b"TRACE", b"PROPFIND", b"get", b"QUERY"]
TRICKS = [
    *(b"..", b"../", b"/..", b"%2e%2e", b"..%2f", b"%2e%2e%2f%2e%2e%2f", b"..%5c", b"\\..\\"),
    *(b"//", b"///", b"/./", b"/", b".", b";a=b", b"%00", b"%0d%0aX-Planted:%20yes", b"%0a", b"%"),
    *(b"%zz", b"%f", b"%ff", b"%ed%a0%80", b"%c0%ae%c0%ae/", b"%e2%80%ae", b"%25252e", b"%3f"),
    *(b"%23", b"#x", b"?", b"&", b"=", b"+", b"%2b", b"~", b"*", b"'", b'"', b"<script>plant"),
    *(b"%3Cscript%3Eplant%3C/script%3E", b"%22onplant=%22plant", b"javascript:plant", b"{}", b"|"),
    *("é".encode(), "\u202e\U0001f600".encode(), b"\xff\xfe", b" ", b"\t", b"a" * 300, b"a/" * 60),
    *(b"..;/", b"%u002e", b"$this", b"{{7*7}}", b"%24%7b7*7%7d", b".ttl", b".html", b".json.gz"),
]
ACCEPTS = [
    *(b"*/*", b"text/html", b"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", b"", b"nonsense"),
    *(b"text/html;q=0", b"*/*;q=0", b"text/csv;q=2", b"text/csv;q=-1", b"text/csv;q=nan", b",,,"),
    *(b"text/html;q=0.1;level=", b"/", b"*", b"text/*;q=1e9", b"a/b;" * 200, b"*/*," * 500),
    *(b"text/html;q=0.5, */*;q=0.5", b'text/html;x="', b"\xe2\x82\xac/html", b"image/png"),
    *(form.media_type.encode() for form in (*TABLES, *GRAPHS)),
]
ODD: dict[bytes, list[bytes]] = {
    b"Accept-Encoding": [
        *(b"gzip", b"br", b"zstd", b"gzip;q=0, *", b"identity;q=0", b"*;q=0", b"q=q", b"gzip;q=x"),
        *(b"gzip," * 300, b";;;", b"br;q=1e5", b"deflate, compress", b"identity;q=0, gzip;q=0"),
    ],
    b"Range": [
        *(b"bytes=0-0", b"bytes=-1", b"bytes=5-1", b"bytes=0-99999999999999999999", b"bytes=a-b"),
        *(b"bytes=0-0,2-2", b"bytes=" + b"0-1," * 500, b"lines=1-2", b"bytes=", b"=", b"bytes=-0"),
        *(b"bytes=-99999999999999999999", b"bytes=\xd9\xa3-", b"bytes=0-0;x"),
    ],
    b"If-Range": [b'"x"', b"Sat, 29 Oct 1994 19:43:31 GMT", b"never", b'W/"x"'],
    b"If-None-Match": [b"*", b'"', b'W/"x"', b'"a",' * 200, b'"\xff"', b",", b'W/W/"x"', b"-gzip"],
    b"If-Match": [b"*", b'"x"'],
    b"If-Modified-Since": [b"Sat, 29 Oct 2094 19:43:31 GMT", b"yesterday", b"-1", b"9" * 40],
    b"Host": [b"", b"evil.example", b'"><script>plant</script>', b"[::1", b"a:99999999", b"x:y:z"],
    b"Origin": [b"null", b"https://evil.example"],
    b"Referer": [b"http://127.0.0.1:1/", b"\xff"],
    b"Expect": [b"100-continue", b"200-ok", b"x"],
    b"Cookie": [b"a=b; " * 100, b"\xff"],
    b"Authorization": [b"Basic !!!!", b"Bearer " + b"x" * 5_000],
    b"X-HTTP-Method-Override": [b"DELETE"],
    b"X-Original-URL": [b"/dumps/../../secret.txt"],
    b"X-Sendfile": [b"/etc/passwd"],
    b"X-Forwarded-Host": [b"evil.example"],
    b"X-Forwarded-For": [b"", b",,,", b"a" * 2_000, b"1.2.3.4, " * 200, b"::", b"[::1]:5", b"\xff"],
    b"Forwarded": [b"for=unknown;by=" + b"x" * 100],
    b"Content-Encoding": [b"gzip", b"zstd"],
    b"TE": [b"trailers, deflate;q=0.5"],
    b"Upgrade": [b"websocket", b"h2c"],
    b"Priority": [b"u=9"],
}
TYPES = [
    *(b"application/sparql-query",) * 5,
    *(b"application/x-www-form-urlencoded",) * 5,
    *(b"application/sparql-query; charset=latin1", b"application/sparql-query;charset=", b"", b"/"),
    *(b"application/sparql-update", b"application/json", b"application/ld+json", b"text/plain"),
    *(b"multipart/form-data; boundary=x", b"multipart/form-data", b"application/x-www-form;" * 90),
]
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n%b\r\n--x--'
CONTEXT = b'{"@context": "http://127.0.0.1:1/", "@id": "a:a"}'
WORDS = [
    *("SERVICE", "SILENT", "<http://127.0.0.1:1/>", r"\u0053ERVICE", '"""', "'''", '"', "'", "\\"),
    *("{", "}", "(", ")", "[", "]", "<", ">", "<<(", ")>>", ".", ";", ",", "|", "^", "/", "*", "+"),
    *("#", "# x\n", "FROM <a:b>", "FROM NAMED <a:b>", "GRAPH ?g", "OPTIONAL", "MINUS", "UNION"),
    *("VALUES", "UNDEF", "FILTER NOT EXISTS", "BIND(NOW() AS ?now)", "RAND()", "DISTINCT", "AS"),
    *("LIMIT 0", "LIMIT -1", "LIMIT 18446744073709551616", "OFFSET 18446744073709551615", "HAVING"),
    *("LOAD <http://127.0.0.1:1/>", "INSERT DATA {}", "DROP ALL", "CONSTRUCT", "DESCRIBE *", "ASK"),
    *(
        "9" * 50,
        "1e999",
        "-0.0",
        "0x",
        "?",
        "$",
        "?é",
        "a:",
        ":",
        "_:b",
        "<>",
        "<a b>",
        "<\U0001f600>",
    ),
    *("\x00", "\x0b", "\u2028", "\ufeff", "\U0010ffff", "é", "\u202e", r"\uD800", r"\U00110000"),
    *("<script>plant</script>", '"<script>plant</script>"', "<javascript:plant>", "@en--ltr"),
    *("REGEX(?a, '(a+)+$')", "BASE <x:>", "PREFIX a: <b:>", "a:a", "geof:distance(?a, ?b, ?c)"),
    *("{" * 120, "(" * 120, "!" * 600, " UNION {}" * 200, "GROUP_CONCAT(?a; SEPARATOR='')"),
]
VALUES = [
    *("0", "-0.0", "1e308", "9223372036854775807", "-9223372036854775808", '"INF"^^xsd:double'),
    *('"NaN"^^xsd:float', "true", '""', '"é\U0001f600"', '"a"@en', "<a:a>", "?none", '"(a+)+$"'),
    *('"170141183460469231731.687303715884105727"^^xsd:decimal', '"x"^^xsd:integer', r'"\\1$0"'),
    *('"9999999999999-01-01T00:00:00Z"^^xsd:dateTime', '"2024-13-45"^^xsd:date', '"P"^^xsd:time'),
    *('"-P170141183460469231731687303715884105727M"^^xsd:duration', '"--02-30"^^xsd:gMonthDay'),
    *('"POINT(1e308 -1e308)"^^geo:wktLiteral', '"POLYGON((0 0,1 1,1 0,0 1))"^^geo:wktLiteral'),
    *('"POINT EMPTY"^^geo:wktLiteral', '"nonsense"^^geo:wktLiteral', "<<( <a:a> <a:b> 1 )>>"),
]
CALLED = [
    *("STR", "LANG", "DATATYPE", "IRI", "BNODE", "ABS", "CEIL", "FLOOR", "ROUND", "CONCAT", "IF"),
    *("STRLEN", "UCASE", "ENCODE_FOR_URI", "CONTAINS", "STRSTARTS", "STRBEFORE", "STRAFTER", "TZ"),
    *("YEAR", "MONTH", "SECONDS", "TIMEZONE", "MD5", "SHA512", "COALESCE", "STRLANG", "STRDT"),
    *("SAMETERM", "ISIRI", "REGEX", "SUBSTR", "REPLACE", "TRIPLE", "SUBJECT", "xsd:integer"),
    *("xsd:decimal", "xsd:double", "xsd:dateTime", "xsd:duration", "xsd:boolean"),
    *(f"<{one.value}>" for one in FUNCTIONS),
]
NAMES = [
    *("query", "format", "default-graph-uri", "named-graph-uri", "uri", "graph", "default", "on"),
    *("kind", "text", "example", "update", "Query", "\x00", "<script>plant"),
    *("queries", "extend", "callback", "prefix", "limit", "cursor", "offset", "id", "type"),
]
BATCHES = [
    '{"q": {"query": "Kent Police", "type": "police-force", "limit": 3}}',
    '{"q": {"query": "\\u0000", "properties": [{"pid": "code", "v": ["E01014485", 5, null]}]}}',
    '{"ids": ["a:b> <c:d", "x"], "properties": [{"id": "code"}, {"id": "parent"}]}',
    '{"queries": [{"conditions": [{"matchType": "name", "propertyValue": "Met"}]}]}',
    '{"q": {"query": "(a+)+$ \\ud800", "limit": 1e308, "type_strict": "all"}}',
    "[" * 5_000,
]
PROLOGUE = (
    "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
    "PREFIX geo: <http://www.opengis.net/ont/geosparql#> "
)
WORD = re.compile(r"\s+|<[^<>\s]*>|\"[^\"\n]*\"|[?$]\w+|\w*:?\w+|.", re.DOTALL)
LEGAL = re.compile(rb"/[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*")
VISIBLE = re.compile(rb"[\x20-\x7e\t]*")


@dataclass
class Mutator:
    """Makes requests that a careless or hostile client might send; the same for the same seed."""

    chance: Random
    texts: Sequence[str]
    names: Sequence[str]
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.words = WORDS + [word for text in self.texts for word in WORD.findall(text)]

    def request(self) -> Sent:
        chance = self.chance
        method, target, body = chance.choice(METHODS), self.target(), b""
        headers = [(b"Host", b"localhost"), (b"X-Forwarded-For", self.client())]
        if chance.random() < 0.6:
            headers.append((b"Accept", chance.choice(ACCEPTS)))
        for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 5))):
            name = chance.choice(list(ODD))
            headers.append((name, chance.choice(ODD[name])))
        if method in {b"POST", b"PUT", b"PATCH", b"QUERY"}:
            body = self.body()
            kind = chance.choice(TYPES)
            headers += [(b"Content-Type", kind), (b"Content-Length", b"%d" % len(body))]
        chance.shuffle(headers)
        sent = Sent(method, target, headers, body)
        return self.broken(sent) if chance.random() < 0.12 else told(sent)

    def client(self) -> bytes:
        return b"10.0.%d.%d" % (self.chance.randrange(9), self.chance.randrange(250))

    def target(self) -> bytes:
        chance = self.chance
        lot = chance.random()
        if lot < 0.4:
            path = b"/sparql" + chance.choice((b"", b"", b"", b".json", b".csv", b".x", b"/x"))
            return path + b"?" + self.parameters()
        if lot < 0.7:
            path = self.route()
        else:
            path = b"/" + chance.choice(self.names).encode()
            path += chance.choice((b"", b"", b".ttl", b".html", b".nq", b".x", b"."))
        for _ in range(chance.choice((0, 0, 0, 0, 1, 1, 2, 4))):
            at = chance.randrange(len(path) + 1)
            path = path[:at] + chance.choice(TRICKS) + path[at:]
        if chance.random() < 0.02:
            path += b"x" * 40_000
        if chance.random() < 0.4:
            path += b"?" + self.parameters()
        return path if path.startswith(b"/") or chance.random() < 0.3 else b"/" + path

    def route(self) -> bytes:
        """An address as Flask has it, with something in its places."""

        def filled(place: re.Match[str]) -> str:
            given = re.match(r"<any\((.*?)\)", place[0])
            if given and chance.random() < 0.9:
                return str(chance.choice(given[1].split(", ")))
            return str(chance.choice(["1", "x", "ttl", "html", "population", *self.names]))

        chance = self.chance
        return re.sub(r"<[^>]*>", filled, chance.choice(list(ROUTES))).encode()

    def parameters(self) -> bytes:
        chance = self.chance
        pairs: list[tuple[str, str | bytes]] = []
        if chance.random() < 0.8:
            pairs.append(("query", self.query()))
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            name = chance.choice(NAMES)
            value = chance.choice(
                [*self.names, *BATCHES, "csv", "html", "x:y", "", "\x00", "é", '"><plant']
            )
            pairs.append((name, chance.choice([value, self.query(), b"\xff\xfe"])))
        sent = urlencode(pairs).encode()
        if chance.random() < 0.15:
            at = chance.randrange(len(sent) + 1)
            sent = sent[:at] + chance.choice(TRICKS) + sent[at:]
        return sent[:50_000]

    def query(self) -> str:
        """An example with words changed, or an expression of functions and odd values."""
        chance = self.chance
        if chance.random() < 0.35:
            return f"{PROLOGUE}SELECT ({self.expression()} AS ?x) {{}}"
        words = WORD.findall(chance.choice(self.texts))
        for _ in range(chance.choice((0, 1, 1, 2, 3, 6))):
            at, other = chance.randrange(len(words)), chance.randrange(len(words))
            how = chance.randrange(5)
            if how == 0:
                words[at], words[other] = words[other], words[at]
            elif how == 1:
                words[at] = ""
            elif how == 2:
                words[at] += words[other]
            else:
                words.insert(at, f" {chance.choice(self.words)} ")
        return "".join(words)

    def expression(self, depth: int = 0) -> str:
        chance = self.chance
        if depth > 2 or chance.random() < 0.3:
            return chance.choice(VALUES)
        inner = [self.expression(depth + 1) for _ in range(chance.randint(1, 3))]
        if chance.random() < 0.3:
            return "(" + chance.choice((" + ", " / ", " < ", " && ", " = ")).join(inner) + ")"
        return f"{chance.choice(CALLED)}({', '.join(inner)})"

    def body(self) -> bytes:
        chance = self.chance
        text, batch = self.query().encode(), chance.choice(BATCHES)
        return chance.choice(
            [
                *(text, self.parameters(), self.parameters(), text + b"\xff", MULTIPART % text),
                *(CONTEXT, b"", b"\x00" * 50, b"a=b&" * 2_000, b"%" * 500, batch.encode()),
                urlencode({chance.choice(("queries", "extend")): batch}).encode(),
                *((b"#" * 1_000_001,) if chance.random() < 0.05 else ()),
            ]
        )

    def broken(self, sent: Sent) -> Sent:
        """The same, as no HTTP should be."""
        chance = self.chance
        headers, body = list(sent.headers), sent.body
        odd: list[tuple[bytes, bytes]] = [
            *(
                (b"Content-Length", one)
                for one in (b"5", b"-1", b"x", b"99999999999999999999", b"")
            ),
            *((b"Transfer-Encoding", one) for one in (b"chunked", b"gzip", b"chunked, chunked")),
            *((b"X\x00", b"x"), (b"X-A", b"a\r\n folded"), (b"X-A", b"a\x00b"), (b"X A", b"x")),
            *((b"", b"x"), (b"X-A", b"x" * 70_000), (b"X-A", b"\x01\x7f"), (b": x", b"")),
        ]
        lot = chance.random()
        if lot < 0.3:
            headers.insert(chance.randrange(len(headers) + 1), chance.choice(odd))
        elif lot < 0.4:
            headers += [(b"X-%d" % number, b"x") for number in range(150)]
        elif lot < 0.6:
            headers = [pair for pair in headers if pair[0] != b"Content-Length"]
            headers.append((b"Transfer-Encoding", b"chunked"))
            size = chance.choice(
                (b"%x" % len(body), b"ffffffffffffffff0", b"-1", b"zz", b"5;x=y", b"")
            )
            body = (
                size
                + b"\r\n"
                + body
                + chance.choice((b"\r\n0\r\n\r\n", b"\r\n", b"", b"0\r\n\r\n"))
            )
        raw = bytearray(bytes(Sent(sent.method, sent.target, headers, body)))
        if lot >= 0.6:
            for _ in range(chance.choice((1, 1, 3, 20))):
                at = chance.randrange(min(len(raw), 400))
                raw[at : at + chance.randrange(3)] = chance.choice(
                    (b"", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b" ", b":", b"HTTP/9.9")
                )
        return Sent(sent.method, sent.target, headers, body, raw=bytes(raw) or b"x", whole=False)


def told(sent: Sent) -> Sent:
    """The same, and whether it is whole: what granian has to hand on to us."""
    whole = (
        LEGAL.fullmatch(sent.target) is not None
        and all(VISIBLE.fullmatch(value) for _, value in sent.headers)
        and len(bytes(sent)) - len(sent.body) < 60_000
        and not any(name == b"Upgrade" for name, _ in sent.headers)
        and sum(name == b"Host" for name, _ in sent.headers) == 1
    )
    return (
        sent
        if whole
        else Sent(sent.method, sent.target, sent.headers, raw=bytes(sent), whole=False)
    )


# -- what comes back


@dataclass(frozen=True)
class Got:
    """One reply."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")


async def reply_of(reader: asyncio.StreamReader, head_only: bool) -> Got:
    """Read one reply as HTTP/1.1 frames it; raises EOFError when none comes."""
    while True:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status >= 200:
            break
    pairs = [line.partition(":") for line in lines[1:] if line]
    headers = [(name.lower(), value.strip()) for name, _, value in pairs]
    found = Got(status, headers, b"")
    if head_only or status in {204, 304}:
        return found
    if found.header("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(found.header("content-length")))
    return Got(status, headers, UNCODED[found.header("content-encoding")](body))


UNCODED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


class Finder(HTMLParser):
    """Looks for what a planted text could do in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip().lower() for name, value in attrs}
        if tag in {"base", "iframe", "object", "embed", "style"}:
            self.found.append(tag)
        is_data = tag == "script" and given == {"type": "application/ld+json"}
        if tag == "script" and not is_data and not given.get("src", "").startswith("/static/"):
            self.found.append("script")
        for name, value in given.items():
            if name.startswith("on") or name == "style" or "plant" in name:
                self.found.append(f"{tag} {name}")
            acts = re.match(r"(javascript|data|vbscript):", re.sub(r"[\x00-\x20]", "", value))
            if acts and name in {"href", "src", "action", "formaction", "xlink:href", "data"}:
                self.found.append(f"{tag} {name}={value[:40]}")


def fault_of(got: Got, sent: Sent) -> str:
    """What a reply must not be; nothing when all is well."""
    kind, length = got.header("content-type"), int(got.header("content-length") or 0)
    if not kind and not length and got.status in BARE:
        return "a bare refusal of a whole request" if sent.whole else ""
    if got.status >= 500 and got.status != 503:
        return "a fault of ours"
    if got.header("content-security-policy") != POLICY:
        return "no content security policy"
    if got.header("x-content-type-options") != "nosniff":
        return "no nosniff"
    if got.header("x-planted"):
        return "a header was planted"
    if LEAKS.search(got.body) or str(OURS).encode() in got.body or SECRET.encode() in got.body:
        return "it says too much"
    if kind.startswith("text/html"):
        if got.body and not got.body.startswith(b"<!doctype html>"):
            return "no page"
        if b"plant" in got.body:
            finder = Finder()
            finder.feed(got.body.decode())
            return f"planted: {finder.found[:3]}" if finder.found else ""
    elif got.status >= 400 and kind == "application/json":
        said = json.loads(got.body or b"{}")  # CKAN's own forms: a text, or what is wrong
        is_ckan = said[:11] == "Bad request" if isinstance(said, str) else not said.get("success")
        return "" if is_ckan and got.status in {400, 404, 409} else "no error of CKAN's"
    elif got.status >= 400:
        if kind != PROBLEM:
            return "no problem document"
        if got.body and json.loads(got.body)["status"] != got.status:
            return "a problem document of another status"
    return ""


@dataclass
class Tally:
    """What came of all requests."""

    statuses: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def note(self, got: Got, sent: Sent) -> None:
        bare = "" if got.header("content-type") or got.header("content-length") != "0" else " bare"
        self.statuses[f"{got.status}{bare if got.status in BARE else ''}"] += 1
        fault = fault_of(got, sent)
        if fault:
            said = (
                f"{fault}: {bytes(sent)[:1500]!r} -> {got.status} {got.headers} {got.body[:500]!r}"
            )
            self.faults.append(said)


HEALTH = Sent(b"GET", b"/health", [(b"Host", b"localhost")])


async def send_all(address: str, requests_: Iterator[Sent], tally: Tally) -> None:
    """Send what an iterator gives, over one connection as long as it lasts, then the next."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for sent in requests_:
        if connection is None or not sent.whole:
            if connection is not None:
                connection[1].close()
            connection = await asyncio.open_connection(host, port, limit=1 << 24)
        reader, writer = connection
        try:
            writer.write(bytes(sent))
            if sent.whole:
                async with asyncio.timeout(30):
                    got = await reply_of(reader, sent.method == b"HEAD")
                    tally.note(got, sent)
                    await reader_is_in_step(reader, writer, got, tally, sent)
                # Where a body is not read to its end, the connection cannot go on.
                closes = "close" in got.header("connection") or got.status in {408, 413}
                if not closes:
                    continue
            else:
                await answers_to_what_is_no_http(reader, sent, tally)
        except (TimeoutError, EOFError, ConnectionError, ValueError) as error:
            if sent.whole:
                tally.faults.append(f"{error!r}: {bytes(sent)[:1500]!r}")
            tally.statuses["no answer"] += 1
        writer.close()
        connection = None
    if connection is not None:
        connection[1].close()


async def reader_is_in_step(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    got: Got,
    tally: Tally,
    sent: Sent,
) -> None:
    """Now and then, ask something known next: its reply must be the next."""
    if "close" in got.header("connection") or got.status in {408, 413} or len(bytes(sent)) % 20:
        return
    writer.write(bytes(HEALTH))
    if b'"status": "ok"' not in (await reply_of(reader, False)).body:
        tally.faults.append(f"out of step after {bytes(sent)[:1500]!r}")


async def answers_to_what_is_no_http(
    reader: asyncio.StreamReader, sent: Sent, tally: Tally
) -> None:
    """Whatever comes back must be replies that are in order; the server may wait for more."""
    head_only = bytes(sent).startswith(b"HEAD")
    came = 0
    with suppress(asyncio.IncompleteReadError, TimeoutError, ConnectionError):
        while True:
            async with asyncio.timeout(0.5 if not came else 0.1):
                got = await reply_of(reader, head_only)
            came += 1
            tally.note(got, sent)
    tally.statuses["no answer"] += not came


def quickness(address: str, start: int) -> float:
    """The median seconds of a question that is not in the cache."""
    took = []
    with requests.Session() as session:
        for number in range(start, start + 60):
            begun = time.perf_counter()
            answer = session.get(f"{address}/sparql", params={"query": f"ASK {{}} #{number}"})
            took.append(time.perf_counter() - begun)
            assert answer.json()["boolean"] is True
    return statistics.median(took)


def insist_on_silence(served: Served) -> None:
    """The server noted no fault, and one line for each request whatever is in it."""
    said = served.errors.read_text("utf-8", "replace")
    assert not re.search("traceback|unforeseen|panicked|error", said, re.IGNORECASE), said[-3000:]
    time.sleep(1)  # the log is written each half second
    lines = served.log.read_bytes().splitlines()
    assert lines
    for line in lines:
        noted = json.loads(line)
        assert noted["status"] < 500 or noted["status"] == 503, line


def test_mutated_requests_break_nothing(served: Served, secrets: str) -> None:
    release = current(served.home)
    subjects = {quad.subject for quad in some(release.store().quads_for_pattern(*[None] * 4))}
    local = (str(getattr(one, "value", "")).removeprefix(served.base) for one in subjects)
    names = sorted({name for name in local if name and ":" not in name})
    texts = [one.text() for one in examples(served.base)]
    texts += [one.text("a:a") for one in stored("figures", served.base)]
    mutator = Mutator(Random(SEED), texts, ["id/x", "doc/x", "def/crime", *names])
    tally = Tally()
    before = quickness(served.address, 0)

    async def send() -> None:
        every = (mutator.request() for _ in range(COUNT))
        await asyncio.gather(*(send_all(served.address, every, tally) for _ in range(CONNECTIONS)))

    begun = time.perf_counter()
    asyncio.run(send())
    took = time.perf_counter() - begun
    after = quickness(served.address, 1_000)
    LOG.info("%d requests, %.0f a second: %s", COUNT, COUNT / took, dict(tally.statuses))
    LOG.info("ASK took %.1f ms before and %.1f ms after", before * 1000, after * 1000)
    assert not tally.faults, f"{len(tally.faults)} faults: " + "\n".join(tally.faults[:5])
    assert tally.statuses["200"] > COUNT / 10, tally.statuses
    assert after < 3 * before + 0.02
    insist_on_silence(served)


def some(quads: Any) -> list[Any]:
    return [quad for number, quad in zip(range(50_000), quads, strict=False) if not number % 50]


# -- what is not whole


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 50\r\n\r\nASK{}",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nASK{}\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nASK{}\r\n",
    ],
    ids=["too short", "a broken chunk", "no last chunk"],
)
def test_a_request_that_is_cut_is_not_answered(served: Served, rest: bytes) -> None:
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    assert not exchanged(served.address, head + rest).startswith(b"HTTP/1.1 200")


def exchanged(address: str, sent: bytes) -> bytes:
    """All that comes back before the server closes, after what is sent is all there is."""
    host, port = urlsplit(address).hostname, urlsplit(address).port
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(partial(connection.recv, 65_536), b""))


# -- what the OpenAPI document promises

CONFIG = """
[generation]
deterministic = true
max-examples = {examples}

[checks.positive_data_acceptance]  # a text is not always a query, nor every word a name
expected-statuses = ["2xx", "3xx", "400", "404", "406", "409", "503"]

[cache]
enabled = false
"""


def test_the_server_does_what_its_openapi_document_says(served: Served, tmp_path: Path) -> None:
    """By schemathesis, as a program of its own: its warnings stay there.

    They are that texts made up at random name nothing that is here, and that it reads no RDF.
    """
    examples_ = 5 * max(1, COUNT // 3_000)
    (tmp_path / "schemathesis.toml").write_text(CONFIG.format(examples=examples_))
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{served.address}/openapi.json"]
    # With one worker: the interpreter has a fault where several describe functions at once.
    options = ["--url", served.address, "--workers", "1", "--no-color", "--warnings", "off"]
    phases = ["--phases", "examples,coverage,fuzzing"]
    done = subprocess.run(
        [*command, *options, *phases], cwd=tmp_path, capture_output=True, text=True, timeout=3_000
    )
    LOG.info("%s", " ".join(done.stdout.partition("Test cases:")[2].split()))
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    insist_on_silence(served)


# -- nothing calls out


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A server that notes every connection."""
    calls: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                with suppress(TimeoutError):
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(1)
                        calls.append(connection.recv(1_000))

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", calls
        stop.set()
        thread.join()


ASKS = [
    "SELECT * { SERVICE <%s> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o . service silent<%s>{ ?s ?p ?o } } LIMIT 1",
    "SELECT * { VALUES ?where { <%s> } SERVICE ?where { ?s ?p ?o } }",
    "SELECT * { BIND(IRI('%s') AS ?where) SERVICE ?where { ?s ?p ?o } }",
    r"SELECT * { \u0053ERVICE <%s> { ?s ?p ?o } }",
    r"SELECT * { S\U00000045RVICE <%s> { ?s ?p ?o } }",
    r"""SELECT * { ?a ?b "\u0022 . SERVICE <%s> { ?s ?p ?o } #" }""",
    "SELECT * { FILTER(?a<?b)SERVICE#>\n<%s> { ?s ?p ?o } }",
    "SELECT * { # '''\nSERVICE <%s> { ?s ?p ?o } # '''\n}",
    "PREFIX s: <%s> PREFIX SERVICEs: <a:> SELECT * { {?s ?p ?o} SERVICEs:{ ?s ?p ?o } }",
    "PREFIX s: <%s> SELECT * { SERVICE s:x { ?s ?p ?o } }",
    "BASE <%s> SELECT * { SERVICE <x> { ?s ?p ?o } }",
    "SELECT * { ?s ?p 1 .SERVICE<%s>{ ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE <%s> { ?s ?p ?o } } } LIMIT 1",
    "SELECT * { { SELECT * { SERVICE <%s> { ?s ?p ?o } } } }",
    "SELECT * { OPTIONAL { LATERAL { SERVICE SILENT <%s> { ?s ?p ?o } } } }",
    "SELECT * FROM <%s> { ?s ?p ?o }",
    "SELECT * FROM NAMED <%s> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { GRAPH <%s> { ?s ?p ?o } }",
    "DESCRIBE <%s>",
    "CONSTRUCT { ?s ?p <%s> } { ?s ?p ?o } LIMIT 1",
    "LOAD <%s>",
    "LOAD SILENT <%s> INTO GRAPH <a:a>",
    "PREFIX a: <a:>\n# x\nBASE <b:>\nLOAD <%s>",
    "SELECT (<%s>(1) AS ?x) {}",
    "SELECT (IRI('%s') AS ?x) {}",
    "SELECT (STRDT('x', <%s>) AS ?x) {}",
    "SELECT ('<a/>'^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#XMLLiteral> AS ?x) { <%s> ?p ?o }",
    *(
        f"SELECT (<{one.value}>('%s', '<%s> POINT(0 0)'^^<http://www.opengis.net/ont/geosparql"
        "#wktLiteral>, <%s>) AS ?x) {}"
        for one in FUNCTIONS
    ),
]


def test_nothing_makes_the_server_call_out(
    served: Served, listener: tuple[str, list[bytes]]
) -> None:
    address, calls = listener
    context = json.dumps({"@context": address, "@id": address})
    seen: Counter[int] = Counter()
    for number, text in enumerate(ASKS):
        query = text.replace("%s", address)
        accept = {"Accept": ("*/*", "text/html", "application/ld+json, */*")[number % 3]}
        client = accept | {"X-Forwarded-For": f"10.1.0.{number}"}
        seen[served.get("/sparql", params={"query": query}, headers=client).status_code] += 1
        form = requests.post(f"{served.address}/sparql", data={"query": query}, headers=client)
        seen[form.status_code] += 1
    for name in ("default-graph-uri", "named-graph-uri", "using-graph-uri", "update", "query"):
        served.get("/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 1", name: address})
    for path in ("/describe?uri=", "/graph-store?graph=", "/sparql?query=DESCRIBE+", "/?url="):
        served.get(path + quote(address), headers={"Accept": "text/html"})
        requests.put(served.address + path + quote(address), data=context)
    for path in ("doc", "id", "data", "def", "datasets", "dumps", "static", "examples", "owners"):
        served.get(f"/{path}/{address}")
        served.get(f"/{path}/{quote(address, safe='')}")
    hosts = {name: urlsplit(address).netloc for name in ("Host", "X-Forwarded-Host")}
    named = dict.fromkeys(("Referer", "Origin", "X-Original-URL", "Link", "From"), address)
    for headers in (hosts, named):
        for path in ("/", "/catalog", "/sparql?query=ASK{}", "/id/x", "/nothing"):
            served.get(path, headers={"Accept": "text/html", **headers})
    for kind in ("application/ld+json", "application/rdf+xml", "text/turtle", "application/json"):
        answer = requests.post(
            f"{served.address}/sparql", data=context, headers={"Content-Type": kind}
        )
        assert answer.status_code == 415
    assert calls == []
    assert {200, 400, 403} == set(seen), seen
    assert requests.get(f"{served.address}/health").ok
    with suppress(requests.RequestException):  # the listener listens
        requests.get(address, timeout=5)
    assert len(calls) == 1


def test_no_reply_leads_to_the_host_that_a_client_names(served: Served) -> None:
    for name in ("Host", "X-Forwarded-Host", "X-Forwarded-Server", "Forwarded"):
        value = "host=evil.example" if name == "Forwarded" else "evil.example"
        for path in (
            "/",
            "/def",
            "/def/shape?x",
            "/dumps",
            "/void",
            "/nothing",
            "/id/x",
            "/catalog",
        ):
            for accept in ("text/html", "*/*"):
                answer = served.get(path, headers={name: value, "Accept": accept})
                assert "evil" not in str(answer.headers) + answer.text, (name, path)


# -- nothing is served but what is meant to be

UPWARDS = [
    *("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "..;/", "....//", ".%2e/", "..%00/"),
    *("..%252f", "%c0%ae%c0%ae/", "%ef%bc%8e%ef%bc%8e/", "./../", "/..//", "x/../../"),
]
STARTS = [
    *("/static/", "/static/vendor/", "/dumps/", "/dumps/x/", "/datasets/", "/sparql.", "/sparql/"),
    *("/report.", "/examples/", "/doc/", "/", "//", "/datasets/incidents/editions/x/versions/1/"),
    *("/def/", "/def/shape/", "/owners/", "/graph-store."),
]


def test_no_path_leads_out_of_the_release(served: Served, secrets: str) -> None:
    """Whatever the way up: other files of the home and of ours, and those of the system."""
    targets = []
    for start in STARTS:
        for up in UPWARDS:
            for depth in (1, 2, 3, 4):
                targets += [f"{start}{up * depth}{name}" for name in ("secret.txt", "app.py")]
            targets.append(f"{start}{up * 12}etc/passwd")
        absolute = served.home / "secret.txt"
        targets += [f"{start}/etc/passwd", f"{start}{absolute}", f"{start}%2fetc%2fpasswd"]
        targets += [f"{start}file:///etc/passwd", f"{start}seal", f"{start}../manifest.json"]
    sent = (
        Sent(
            b"GET",
            target.encode(),
            [(b"Host", b"x"), (b"X-Forwarded-For", b"10.2.0.%d" % (n % 250))],
        )
        for n, target in enumerate(targets)
    )
    tally = Tally()
    seen: list[Got] = []

    def note(got: Got, sent: Sent) -> None:
        tally.statuses[str(got.status)] += 1
        if any(text in got.body for text in (SECRET.encode(), b"root:", b"def create_app")):
            tally.faults.append(f"{sent.target!r} -> {got.body[:100]!r}")
        seen.append(got)

    async def send() -> None:
        await asyncio.gather(*(send_all(served.address, sent, tally) for _ in range(CONNECTIONS)))

    tally.note = note  # type: ignore[method-assign]
    asyncio.run(send())
    assert len(seen) > len(targets) * 0.9
    assert not tally.faults, tally.faults[:5]
    assert not int(tally.statuses["500"]), tally.statuses


# -- nothing that is asked acts in a page

PLANTS = [
    "<script>plant</script>",
    '"><script src="//plant.example/x.js"></script>',
    "'><img src=x onerror=plant()>",
    '" onfocus="plant" autofocus="',
    "</textarea><svg onload=plant>",
    "--></style></title><iframe src=javascript:plant>",
    "{{ 7 * 7 }}${7*7}<%= 7 %>plant",
    "javascript:plant",
    "\x00<plant\x0bonclick=plant>",
]
PAGES = [
    "/sparql?query={}",
    "/sparql?query=ASK+%7B%7D&format={}",
    "/sparql?query=ASK+%7B%7D&default-graph-uri={}",
    "/sparql?query=ASK+%7B%7D&named-graph-uri={}",
    "/sparql?query=ASK+%7B%7D&{}=x",
    "/sparql?example={}",
    "/sparql?update={}",
    "/sparql.{}?query=ASK+%7B%7D",
    "/describe?uri={}",
    "/describe?uri=a:{}",
    "/graph-store?graph={}",
    "/owners?on={}",
    "/doc/{}",
    "/id/{}",
    "/data/{}",
    "/def/{}",
    "/def/shape/{}",
    "/dumps/{}",
    "/dumps/{}/",
    "/datasets/{}",
    "/examples/{}",
    "/figures/{}",
    "/static/{}",
    "/places?{}={}",
    "/{}",
]
QUERIES = [
    "SELECT ('{text}' AS ?x) {{}}",
    "SELECT ('{text}'@en AS ?x) ('1'^^<a:plant'> AS ?y) {{}}",
    "SELECT (IRI('{text}') AS ?x) (STRDT('{text}', IRI('javascript:plant')) AS ?y) {{}}",
    "SELECT (STRDT('{text}', <http://www.opengis.net/ont/geosparql#wktLiteral>) AS ?x) {{}}",
    "SELECT * {{ VALUES (?label ?n) {{ ('{text}' 1) ('{text}2' 2) ('x' 3) }} }}",
    "CONSTRUCT {{ <a:a> <javascript:plant> '{text}', <data:text/html,plant> }} {{}}",
    "SELECT * {{ ?s <{text}> ?o }}",
    "SELECT * {{ ?s {text}:x ?o }}",
    "PREFIX {text}: <a:> ASK {{}}",
    "SELECT (<a:{text}>(1) AS ?x) {{}}",
    "ASK {{ '{text} }}",
    "DESCRIBE <javascript:{text}>",
    "# {text}\nSELECT * {{ ?s ?p ?o }} LIMIT 1",
    "SELECT ?plant {{ BIND('data:text/html,<script>plant</script>' AS ?plant) }} # {text}",
]


def test_nothing_that_is_asked_acts_in_a_page(served: Served) -> None:
    asks = [
        ("GET", page.format(*[quote(text, safe="")] * 2), "") for page in PAGES for text in PLANTS
    ]
    for query in QUERIES:
        for text in PLANTS:
            escaped = text.replace("\\", r"\\").replace("'", r"\'").replace("\x00", "")
            asked = urlencode({"query": query.format(text=escaped)})
            asks += [("GET", f"/sparql?{asked}", ""), ("POST", "/sparql", asked)]
    headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    faults, seen = [], Counter[int]()
    with requests.Session() as session:
        for method, path, body in asks:
            answer = session.request(
                method, served.address + path, data=body, headers=headers, allow_redirects=False
            )
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                assert answer.headers["Content-Type"] == PROBLEM, path
                continue
            seen[answer.status_code] += 1
            finder = Finder()
            finder.feed(answer.text)
            if finder.found or "<script>plant" in answer.text.lower():
                faults.append(f"{path} {body}: {finder.found[:4]}")
    assert not faults, f"{len(faults)}: " + "\n".join(faults[:10])
    assert seen[200] > 50 and seen[400] > 50 and seen[404] > 50, seen


# -- every reply says what a page may do

BY_STATUS: dict[int, list[tuple[str, str, dict[str, str], bytes]]] = {
    200: [
        *(
            ("GET", path, {}, b"")
            for path in ("/health", "/metrics", "/robots.txt", "/openapi.json")
        ),
        *(
            ("GET", path, {"Accept": "text/html"}, b"")
            for path in ("/", "/sparql", "/void", "/api")
        ),
        *(("GET", path, {}, b"") for path in ("/static/style.css", "/report.json", "/dumps/")),
        *(("OPTIONS", path, {}, b"") for path in ("/sparql", "/health", "/", "/static/style.css")),
        *(("HEAD", path, {}, b"") for path in ("/sparql?query=ASK{}", "/health", "/report.ttl")),
        ("GET", "/report.json", {"Accept-Encoding": "br"}, b""),
        ("GET", "/sparql?query=ASK{?s+?p+?o}", {"Accept-Encoding": "gzip"}, b""),
    ],
    204: [("GET", "/favicon.ico", {}, b"")],
    206: [("GET", "/report.json", {"Range": "bytes=0-9"}, b"")],
    304: [
        ("GET", path, {"If-None-Match": "*"}, b"")
        for path in ("/sparql?query=ASK{}", "/void", "/report.json")
    ],
    400: [
        ("GET", "/sparql?query=x", {}, b""),
        ("GET", "/sparql?query=x", {"Accept": "text/html"}, b""),
        ("GET", "/describe", {}, b""),
    ],
    403: [("POST", "/sparql", {"Content-Type": "application/sparql-update"}, b"DROP ALL")],
    404: [
        *(("GET", path, {}, b"") for path in ("/nothing", "/static/nothing", "/dumps/nothing")),
        *(("GET", path, {"Accept": "text/html"}, b"") for path in ("/nothing", "/doc/nothing")),
    ],
    405: [("DELETE", path, {}, b"") for path in ("/sparql", "/health", "/metrics", "/", "/void")],
    406: [("GET", "/sparql?query=ASK{}", {"Accept": "image/png"}, b"")],
    413: [
        ("POST", path, {"Accept": "text/html"}, b"x" * 1_000_001) for path in ("/sparql", "/a%3fb")
    ],
    415: [("POST", "/sparql", {"Content-Type": "text/plain"}, b"ASK {}")],
    416: [("GET", "/report.json", {"Range": "bytes=999999999-"}, b"")],
}


@pytest.mark.parametrize("status", BY_STATUS)
def test_every_reply_says_what_a_page_may_do(served: Served, status: int) -> None:
    for method, path, headers, body in BY_STATUS[status]:
        answer = requests.request(method, served.address + path, headers=headers, data=body)
        assert answer.status_code == status, (method, path, answer.text)
        insist_on_headers(answer)
        if status == 405:
            assert "GET" in answer.headers["Allow"]


def test_a_full_and_a_slow_server_say_it_too(served: Served) -> None:
    """More than one client may ask at once, each longer than it may take."""
    endless = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} #{}"

    def ask(number: int) -> requests.Response:
        headers = {"Accept": ("text/html", "*/*")[number % 2], "X-Forwarded-For": "10.3.0.1"}
        return served.get("/sparql", params={"query": endless.format(number)}, headers=headers)

    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(ask, range(60)))
    assert {answer.status_code for answer in answers} == {429, 503}
    for answer in answers:
        insist_on_headers(answer)
        if answer.headers["Content-Type"] == PROBLEM:
            assert answer.json()["status"] == answer.status_code
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) > 0


def insist_on_headers(answer: requests.Response) -> None:
    said = answer.headers
    assert said["Content-Security-Policy"] == POLICY
    assert said["X-Content-Type-Options"] == "nosniff"
    assert said["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in said
    assert said["Referrer-Policy"] == "same-origin"
