"""Readers of single values: dates, addresses, JSON inside text, boxes, contacts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, datetime

from pyoxigraph import Literal, NamedNode

from homegraph.graph.terms import XSD
from homegraph.loaders.dataset_catalogue.tables import team_words

ADDRESS = re.compile(r"(?i)(?:ftp|https?)://[^\s/?#<>\"{}|\\^`]+(?:[/?#].*)?", re.DOTALL)
IDENTITY = re.compile(r"(?i)(https?://[^/?#\s]|(urn|info|doi|tag|ark|uuid):[^\s])")
UNSAFE = re.compile(r"[\x00-\x20<>\"{}|\\^`]|%(?![0-9A-Fa-f]{2})")
EMAIL = re.compile(r"[A-Za-z0-9._%+&'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
BRITISH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")


def moment(text: str) -> Literal | None:
    """A year, month, day or time, typed as what it is; None for anything else.

    >>> moment("17/09/09").value, moment("2010-04").datatype.value.rsplit("#")[-1]
    ('2009-09-17', 'gYearMonth')
    """
    text = text.strip()
    british = BRITISH_DAY.fullmatch(text)
    if british:
        day, month, year = (int(part) for part in british.groups())
        # Spreadsheets of 2009 write the year with two digits.
        text = (
            f"{year if year > 99 else year + (2000 if year < 70 else 1900):04}-{month:02}-{day:02}"
        )
    try:
        if re.fullmatch(r"[12]\d{3}", text):
            return Literal(text, datatype=XSD.gYear)
        if re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", text):
            return Literal(text, datatype=XSD.gYearMonth)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            date.fromisoformat(text)
            return Literal(text, datatype=XSD.date)
        if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", text):
            datetime.fromisoformat(text)
            text = text.replace(" ", "T")
            whole = text if re.match(r".{16}:", text) else f"{text[:16]}:00{text[16:]}"
            return Literal(whole, datatype=XSD.dateTime)
    except ValueError:
        return None
    return None


def web_address(text: str) -> NamedNode | None:
    """An address on the web as an IRI, with what an IRI may not hold percent-encoded; or None.

    >>> web_address("http://example.org/a b|c#d#e").value
    'http://example.org/a%20b%7Cc#d%23e'
    >>> web_address("test.html") is None
    True
    """
    text = text.strip()
    if not ADDRESS.fullmatch(text):
        return None
    text = UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", text)
    start, hash_, fragment = text.partition("#")
    try:
        return NamedNode(start + hash_ + fragment.replace("#", "%23"))
    except ValueError:
        return None


def identity(text: str) -> NamedNode | None:
    """An address that names a thing, letter for letter as it is; None for what is none.

    >>> identity("urn:uuid:1").value, identity("HTTPS://a.example/1").value, identity("a-1")
    ('urn:uuid:1', 'HTTPS://a.example/1', None)
    """
    if not IDENTITY.match(text):
        return None
    try:
        return NamedNode(text)
    except ValueError:
        return web_address(text)


def addresses(text: str) -> list[str]:
    """The web addresses in a cell that holds several, divided by blanks and words."""
    return [word for word in text.split() if ADDRESS.fullmatch(word)]


def listed(text: str) -> list[str]:
    """The texts in a value that may be JSON text ('["a", "b"]', '[]') or plain.

    >>> listed('["a", ""]'), listed("[]"), listed("a")
    (['a'], [], ['a'])
    """
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except json.JSONDecodeError:
            return [text]
        return [
            str(one) for one in found if isinstance(one, str | int | float) and str(one).strip()
        ]
    return [text] if text.strip() else []


def true(text: str) -> bool:
    """Whether a flag is set, as CKAN and spreadsheets write it."""
    return text.strip().casefold() in ("true", "yes", "1", "t", "y")


def bounding_box(texts: Sequence[str]) -> str | None:
    """West, south, east, north in degrees as a WKT polygon; None unless they make a box.

    >>> bounding_box(["-1.35", "53.0", "-1.16", "53.18"])
    'POLYGON((-1.35 53.0,-1.16 53.0,-1.16 53.18,-1.35 53.18,-1.35 53.0))'
    """
    try:
        west, south, east, north = (float(text) for text in texts)
    except ValueError:
        return None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        return None
    w, s, e, n = (text.strip() for text in texts)
    return f"POLYGON(({w} {s},{e} {s},{e} {n},{w} {n},{w} {s}))"


def of_a_team(text: str) -> bool:
    """Whether a name, or an address before its @, has a word that only teams have.

    >>> of_a_team("business.intelligence@york.gov.uk"), of_a_team("jo.bloggs@york.gov.uk")
    (True, False)
    """
    words = re.split(r"[^a-z]+", text.partition("@")[0].casefold())
    return any(word in team_words() or word.endswith(("data", "stats")) for word in words)


def of_a_person(email: str) -> bool:
    """Whether an address looks like first.last@ without any word of a team."""
    local = email.partition("@")[0]
    return not of_a_team(email) and bool(re.fullmatch(r"[A-Za-z'-]+[._][A-Za-z'-]+\d*", local))
