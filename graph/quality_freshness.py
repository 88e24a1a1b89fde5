"""Freshness: whether a dataset changed as often as it says, on a given day."""

from __future__ import annotations

import re
from calendar import month_name
from dataclasses import dataclass
from datetime import date, timedelta

from homegraph.graph.quality_record import Said
from homegraph.graph.terms import DCT

# The days that may pass between two changes, by the code in the EU list of frequencies, or in the
# list of Dublin Core (purl.org/cld/freq), which has other words for the same.
DAYS = {
    "CONT": 1,
    "CONTINUOUS": 1,
    "UPDATE_CONT": 1,
    **dict.fromkeys(("1MIN", "5MIN", "10MIN", "15MIN", "30MIN", "HOURLY", "BIHOURLY"), 1),
    "TRIHOURLY": 1,
    "12HRS": 1,
    "DAILY": 1,
    "DAILY_2": 1,
    "WEEKLY": 7,
    "WEEKLY_2": 7,
    "WEEKLY_3": 7,
    "SEMIWEEKLY": 7,
    "THREETIMESAWEEK": 7,
    "BIWEEKLY": 14,
    "MONTHLY_2": 16,
    "SEMIMONTHLY": 16,
    "MONTHLY_3": 11,
    "THREETIMESAMONTH": 11,
    "MONTHLY": 31,
    "BIMONTHLY": 62,
    "QUARTERLY": 92,
    "ANNUAL_3": 123,
    "THREETIMESAYEAR": 123,
    "ANNUAL_2": 184,
    "SEMIANNUAL": 184,
    "ANNUAL": 366,
    "BIENNIAL": 731,
    "TRIENNIAL": 1096,
    "QUADRENNIAL": 1461,
    "QUINQUENNIAL": 1827,
    "DECENNIAL": 3653,
    "BIDECENNIAL": 7305,
    "TRIDECENNIAL": 10958,
}


@dataclass(frozen=True)
class Freshness:
    """When a dataset changed and was to change next; `overdue` is None where nobody can tell."""

    overdue: int | None
    reason: str


def freshness(said: Said, today: date) -> Freshness:
    """How many days a dataset is overdue, by the frequency and the day of change it states."""
    codes = [code(text) for text in said.texts(said.dataset, DCT.accrualPeriodicity)]
    days = min((DAYS[one] for one in codes if one in DAYS), default=None)
    if days is None:
        if not codes:
            return Freshness(None, "It does not say how often it changes, so nobody can tell.")
        return Freshness(None, f"It sets no time for its next change ({', '.join(codes)}).")
    changed = max(changes(said), default=None)
    if changed is None:
        return Freshness(None, "It does not say when it last changed, so nobody can tell.")
    due = changed + timedelta(days=days)
    late = max(0, (today - due).days)
    told, by = f"It changed last on {in_words(changed)} and", in_words(due)
    if late:
        days_late = "1 day" if late == 1 else f"{late} days"
        return Freshness(late, f"{told} was to change again by {by}: {days_late} late.")
    return Freshness(0, f"{told} is to change again by {by}: it is in time.")


def in_words(moment: date) -> str:
    """A day as people write it.

    >>> in_words(date(2026, 3, 1))
    '1 March 2026'
    """
    return f"{moment.day} {month_name[moment.month]} {moment.year}"


def code(text: str) -> str:
    """The code of a frequency in either list.

    >>> code("http://purl.org/cld/freq/threeTimesAWeek")
    'THREETIMESAWEEK'
    """
    return re.split("[/#]", text.rstrip("/"))[-1].upper()


def changes(said: Said) -> list[date]:
    """The days on which the dataset or a distribution changed; or came out, if none is given."""
    for predicate in (DCT.modified, DCT.issued):
        nodes = [said.dataset, *said.distributions]
        days = [day(text) for one in nodes for text in said.texts(one, predicate)]
        if found := [one for one in days if one is not None]:
            return found
    return []


def day(text: str) -> date | None:
    """The last day of a date, month or year as XML Schema writes them; None for anything else."""
    match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:$|T)", text)
    if match is None:
        return None
    year, month, number = (int(part) if part else 0 for part in match.groups())
    try:
        if number:
            return date(year, month, number)
        following = date(year + (month or 12) // 12, (month or 12) % 12 + 1, 1)
        return following - timedelta(days=1)
    except (ValueError, OverflowError):
        return None
