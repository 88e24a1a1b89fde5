"""The lists of OAI-PMH: which changes are asked for, a page of them, and how to go on."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from typing import Any

from homegraph.graph.changes import Change, as_time
from homegraph.graph.iri import organisation

DAY, SECOND = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Refused(Exception):
    """What is wrong with a request, by a code of the protocol (3.6)."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True)
class Asked:
    """A list: a format, the first and the last second of it, a set, and after which change.

    `done` is how many of the list have been given already.
    """

    prefix: str
    since: str = ""
    until: str = ""
    set: str = ""
    time: str = ""
    iri: str = ""
    done: int = 0

    @classmethod
    def of_arguments(cls, given: Mapping[str, str]) -> Asked:
        """The beginning of a list; raises Refused for dates that are none (4.3)."""
        since, until = given.get("from"), given.get("until")
        if since and until and len(since) != len(until):
            raise Refused("badArgument", "from and until are both days, or both seconds")
        asked = cls(
            given["metadataPrefix"],
            "" if since is None else moment("from", since, "T00:00:00Z"),
            "" if until is None else moment("until", until, "T23:59:59Z"),
            given.get("set", ""),
        )
        if asked.until and asked.since > asked.until:
            raise Refused("badArgument", "from is later than until")
        return asked

    @classmethod
    def of_token(cls, token: str) -> Asked:
        """Where a list goes on; raises Refused for a token that is none of ours."""
        try:
            asked = cls(*list_of(json.loads(urlsafe_b64decode(token))))
            for time in filter(None, (asked.since, asked.until, asked.time)):
                as_time(time)
        except (ValueError, TypeError, RecursionError):
            raise Refused("badResumptionToken", "no list of ours goes on so") from None
        return asked

    @property
    def token(self) -> str:
        """The token by which it can be asked for."""
        return urlsafe_b64encode(json.dumps(astuple(self)).encode()).decode()


def list_of(said: object) -> list[Any]:
    """What a token of ours holds; raises ValueError for anything else."""
    if not isinstance(said, list) or len(said) != 7:
        raise ValueError("it does not have seven parts")
    *texts, done = said
    if not all(isinstance(one, str) for one in texts) or type(done) is not int or done < 1:
        raise ValueError("its parts are of other kinds")
    return said


def moment(name: str, said: str, rest: str) -> str:
    """A day or a second as a second; raises Refused."""
    whole = said + rest if re.fullmatch(DAY, said) else said
    try:
        if not re.fullmatch(SECOND, whole):
            raise ValueError
        as_time(whole)
    except ValueError:
        why = f"{name} is a day as 2026-11-22, or a second as 2026-11-22T10:00:00Z"
        raise Refused("badArgument", why) from None
    return whole


def page(
    changes: Sequence[Change], asked: Asked, size: int
) -> tuple[Sequence[Change], dict[str, str] | None]:
    """So many of a list as fit a page, and the token after it, empty at the end of several pages.

    `changes` are in order. Raises Refused when there are none.
    """
    first = bisect_left(changes, asked.since, key=lambda one: one.changed)
    last = bisect_right(changes, asked.until, key=lambda one: one.changed) if asked.until else None
    listed = [
        one
        for one in changes[first:last]
        if not asked.set or (one.publisher and set_of(one.publisher) == asked.set)
    ]
    after = asked.time, asked.iri
    start = bisect_right(listed, after, key=lambda one: (one.changed, one.iri)) if after[0] else 0
    found = listed[start : start + size]
    if not found and after[0]:
        raise Refused("badResumptionToken", "nothing is left of the list, which has changed")
    if not found:
        raise Refused("noRecordsMatch", "nothing came, changed or went in that time and set")
    if len(listed) <= size and not after[0]:
        return found, None
    token = {"completeListSize": str(len(listed)), "cursor": str(asked.done)}
    if start + size < len(listed):
        done, end = asked.done + len(found), found[-1]
        token["text"] = replace(asked, time=end.changed, iri=end.iri, done=done).token
    return found, token


def set_of(publisher: str) -> str:
    """The set of a publisher: its GOV.UK slug, or its name on the web so far as a set takes it.

    >>> set_of("https://www.gov.uk/government/organisations/home-office")
    'home-office'
    >>> set_of("http://example.org/Ofsted?x")
    'Ofsted-x-a8302193'
    """
    slug = publisher.removeprefix(organisation("").value)
    if slug != publisher and re.fullmatch(r"[a-z0-9-]+", slug):
        return slug
    words = re.sub("[^A-Za-z0-9]+", "-", publisher.rstrip("/").rpartition("/")[2]).strip("-")
    return f"{words}-{sha256(publisher.encode()).hexdigest()[:8]}".lstrip("-")
