"""What has to be known of categories that came and went: groups, and what a figure leaves out."""

from __future__ import annotations

from functools import cache

import polars as pl
from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.periods import in_words, months_of
from homegraph.graph.terms import SKOS

SCHEME = "recorded-crime-offence"
# The months for which a category was in use, where that was not always: first and last, or open.
# Burglary was divided anew in April 2017; the last forces handed fraud over in March 2013, the
# first in April 2011.
IN_USE = {
    "domestic-burglary": ("", "2017-03"),
    "non-domestic-burglary": ("", "2017-03"),
    "residential-burglary": ("2017-04", "9"),
    "non-residential-burglary": ("2017-04", "9"),
    "fraud-offences": ("", "2013-03"),
    **dict.fromkeys(("action-fraud", "cifas", "uk-finance"), ("2011-04", "9")),
}
BODIES = ("action-fraud", "cifas", "uk-finance")


@cache
def members() -> pl.DataFrame:
    """Which category is in which group, at any depth: offence, group."""
    above: dict[str, str] = {}
    for said in parse(path=ONTOLOGIES / f"{SCHEME}.ttl", format=RdfFormat.TURTLE):
        if said.predicate == SKOS.broader and isinstance(said.subject, NamedNode):
            above[said.subject.value] = str(getattr(said.object, "value", ""))
    groups = {node.value for node in code_list(SCHEME).groups}
    found = []
    for narrowest in sorted(set(above) - groups):
        group = narrowest
        while group := above.get(group, ""):
            found.append((narrowest.rpartition("/")[2], group.rpartition("/")[2]))
    return pl.DataFrame(found, schema=["offence", "group"], orient="row")


@cache
def used_in(offence: str, period: str) -> tuple[str, ...]:
    """The months of a period for which a category was in use."""
    first, last = IN_USE.get(offence, ("", "9"))
    return tuple(month for month in months_of(period) if first <= month <= last)


@cache
def always_used_in(offence: str, period: str) -> bool:
    """Whether a category, and all that is below a group, counts each month of a period.

    Groups do: their parts took over from each other.
    """
    return len(used_in(offence, period)) == len(months_of(period))


def expected(period: str) -> set[str]:
    """The categories that a force has figures of for a period."""
    narrowest = set(members()["offence"]) - set(BODIES)
    return {offence for offence in narrowest if used_in(offence, period)}


def remark(offence: str, period: str) -> str | None:
    """What a reader has to know of a category that was not in use for the whole of a period.

    >>> remark("residential-burglary", "2016-07-01T00:00:00/P1Y")
    'The category began in April 2017: only April to June 2017 are counted.'
    """
    if always_used_in(offence, period):
        return None
    first, last = IN_USE[offence]
    used = used_in(offence, period)
    change = f"began in {in_words([first])}" if first else f"ended in {in_words([last])}"
    if used:
        verb = "is" if len(used) == 1 else "are"
        return f"The category {change}: only {in_words(used)} {verb} counted."
    if first:
        return f"The category {change}."
    return f"The category {change}: what is counted here are corrections."


def remarked(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with remarks on its offences and periods put behind its notes."""
    pairs = frame.select("offence", "period").unique()
    said = [(*pair, remark(*pair)) for pair in sorted(pairs.iter_rows()) if remark(*pair)]
    schema = {"offence": pl.String, "period": pl.String, "_remark": pl.String}
    remarks = pl.DataFrame(said, schema=schema, orient="row")
    joined = frame.join(remarks, on=["offence", "period"], how="left", maintain_order="left")
    note = pl.concat_str("note", "_remark", separator=" ", ignore_nulls=True)
    return joined.with_columns(note.replace("", None).alias("note")).drop("_remark")
