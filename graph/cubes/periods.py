"""Periods by their codes, as reference.data.gov.uk spells them, and the months they are made of."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable, Iterable
from functools import lru_cache

MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
YEAR = re.compile(r"([0-9]{4})")
GOVERNMENT_YEAR = re.compile(r"([0-9]{4})-([0-9]{4})")
GOVERNMENT_QUARTER = re.compile(r"([0-9]{4})-([0-9]{4})/Q([1-4])")
INTERVAL = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-01T00:00:00/P([1-9][0-9]?)([YM])")

Meaning = tuple[int, int, int]  # year and month of the first month, and how many months
PERIODS: tuple[tuple[re.Pattern[str], Callable[..., Meaning]], ...] = (
    (MONTH, lambda year, month: (int(year), int(month), 1)),
    (QUARTER, lambda year, quarter: (int(year), 3 * int(quarter) - 2, 3)),
    (YEAR, lambda year: (int(year), 1, 12)),
    (GOVERNMENT_YEAR, lambda year, _: (int(year), 4, 12)),
    (GOVERNMENT_QUARTER, lambda year, _, quarter: (int(year), 3 * int(quarter) + 1, 3)),
    (
        INTERVAL,
        lambda year, month, n, unit: (int(year), int(month), int(n) * (12 if unit == "Y" else 1)),
    ),
)


@lru_cache(maxsize=1 << 12)
def months_of(period: str) -> tuple[str, ...]:
    """The months of a period, by its code; raises ValueError for what is no such code.

    A code is that of a month (2019-07), a quarter (2019-Q3), a quarter of a government year
    (2019-2020/Q2, the months July to September), a calendar year (2019), a government year
    (2019-2020, from April), or an interval from the first of a month (2018-04-01T00:00:00/P1Y,
    the year that ends in March 2019).

    >>> months_of("2019-2020/Q4")
    ('2020-01', '2020-02', '2020-03')
    >>> months_of("2018-04-01T00:00:00/P1Y")[-1]
    '2019-03'
    """
    for pattern, meaning in PERIODS:
        found = pattern.fullmatch(period)
        if found:
            year, first, length = meaning(*found.groups())
            return tuple(month_later(year, first, later) for later in range(length))
    raise ValueError(f"{period!r} is not the code of a period that has months")


def month_later(year: int, month: int, later: int) -> str:
    """The month so many months later; the month given may be above 12."""
    return f"{year + (month - 1 + later) // 12}-{(month - 1 + later) % 12 + 1:02}"


def year_ending(month: str) -> str:
    """The code of the year that ends with a month.

    >>> year_ending("2018-12"), year_ending("2019-03")
    ('2018-01-01T00:00:00/P1Y', '2018-04-01T00:00:00/P1Y')
    """
    return f"{month_later(int(month[:4]), int(month[5:]), -11)}-01T00:00:00/P1Y"


def label(period: str) -> str:
    """A period in words.

    >>> label("2018-04-01T00:00:00/P1Y"), label("2019-2020/Q2"), label("2019-Q3")
    ('Year to March 2019', 'July to September 2019', 'July to September 2019')
    >>> label("2019-07"), label("2019"), label("2019-2020")
    ('July 2019', '2019', 'April 2019 to March 2020')
    """
    months = months_of(period)
    if YEAR.fullmatch(period):
        return period
    if INTERVAL.fullmatch(period) and len(months) == 12:
        return f"Year to {in_words(months[-1:])}"
    return in_words(months)


def in_words(months: Iterable[str]) -> str:
    """Months in words, neighbours joined.

    >>> in_words(["2019-07", "2019-08", "2020-01"])
    'July to August 2019, and January 2020'
    """
    runs: list[list[str]] = []
    for month in sorted(set(months)):
        if runs and month_later(int(runs[-1][-1][:4]), int(runs[-1][-1][5:]), 1) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    parts = [run_in_words(run[0], run[-1]) for run in runs]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def run_in_words(first: str, last: str) -> str:
    """One run of months in words; a year that both ends share is said once."""
    begin, end = month_name[int(first[5:])], month_name[int(last[5:])]
    if first == last:
        return f"{begin} {first[:4]}"
    if first[:4] == last[:4]:
        return f"{begin} to {end} {last[:4]}"
    return f"{begin} {first[:4]} to {end} {last[:4]}"
