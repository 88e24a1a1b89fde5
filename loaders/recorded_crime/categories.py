"""What has to be known of categories that came and went: groups, and what a figure leaves out."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import polars as pl
from pyoxigraph import NamedNode, RdfFormat, parse

from homegraph.graph.concepts import ONTOLOGIES, code_list
from homegraph.graph.cubes.periods import in_words, months_of
from homegraph.graph.terms import SKOS

SCHEME = "recorded-crime-offence"
FORCES_FRAUD = "fraud-offences"
# The months for which a category was in use, where that was not always: first and last, or open.
# Burglary was divided anew in April 2017; the last forces handed fraud over in March 2013, the
# first in April 2011.
IN_USE = {
    "domestic-burglary": ("", "2017-03"),
    "non-domestic-burglary": ("", "2017-03"),
    "residential-burglary": ("2017-04", "9"),
    "non-residential-burglary": ("2017-04", "9"),
    FORCES_FRAUD: ("", "2013-03"),
    **dict.fromkeys(("action-fraud", "cifas", "uk-finance"), ("2011-04", "9")),
}
BODIES = ("action-fraud", "cifas", "uk-finance")
HANDOVER = ("2011-04", "2013-03")  # months in which fraud moved from forces to the bodies
ENGLAND_AND_WALES = "K04000001"
BEGAN = "The figures of Action Fraud, CIFAS and UK Finance began in April 2011"
HANDED_OVER = (
    "A break of the series: between April 2011 and March 2013 fraud moved from forces to Action "
    "Fraud, so it is counted otherwise than in other years."
)
NEGATIVE = "Below zero: corrections of earlier records exceed what was recorded."


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


def counted_as(offence: str, who: str) -> str:
    """What a figure counts: of a national body its one category, with which its groups began.

    The fraud that a region counts is what its forces recorded.

    >>> counted_as("all", "cifas"), counted_as("all", "kent"), counted_as("fraud", "E12000007")
    ('cifas', 'all', 'fraud-offences')
    """
    if who in BODIES:
        return who
    return FORCES_FRAUD if offence == "fraud" and who != ENGLAND_AND_WALES else offence


@cache
def at_the_break(offence: str, period: str) -> bool:
    """Whether a figure holds fraud, in a period in which forces were handing that over."""
    return offence in (FORCES_FRAUD, "fraud", "all") and any(
        HANDOVER[0] <= month <= HANDOVER[1] for month in months_of(period)
    )


def expected(period: str) -> set[str]:
    """The categories that a force has figures of for a period."""
    narrowest = set(members()["offence"]) - set(BODIES)
    return {offence for offence in narrowest if used_in(offence, period)}


class Remark(NamedTuple):
    """What a reader has to know of a figure; and whether it is of a part of its period, or new."""

    note: str
    partial: bool = False
    is_break: bool = False


def remark(offence: str, period: str, who: str = "") -> Remark | None:
    """What a reader has to know of a figure that does not count each month like other years do.

    `who` is a force, a body or an area.

    >>> remark("residential-burglary", "2016-07-01T00:00:00/P1Y").note
    'The category began in April 2017: only April to June 2017 are counted.'
    """
    counted = counted_as(offence, who)
    if always_used_in(counted, period):
        if not at_the_break(counted, period):
            return None
        if who == ENGLAND_AND_WALES and not always_used_in(BODIES[0], period):
            late = in_words(used_in(BODIES[0], period))
            return Remark(f"{BEGAN}: of them only {late} are counted.", partial=True)
        return Remark(HANDED_OVER, is_break=True)
    first, last = IN_USE[counted]
    used = used_in(counted, period)
    change = f"began in {in_words([first])}" if first else f"ended in {in_words([last])}"
    if used:
        verb = "is" if len(used) == 1 else "are"
        return Remark(f"The category {change}: only {in_words(used)} {verb} counted.", partial=True)
    if first:
        return Remark(f"The category {change}.")
    return Remark(f"The category {change}: what is counted here are corrections.")


def remarked(frame: pl.DataFrame, who: str = "force") -> pl.DataFrame:
    """The frame of figures with remarks on them put behind their notes.

    A figure of a part of its period becomes partial; one at the break of the series has the status
    B, unless it is partial already; and one below zero says what that means.
    """
    keys = [who, "offence", "period"]
    said = [
        (*key, *found)
        for key in sorted(frame.select(keys).unique().iter_rows())
        if (found := remark(key[1], key[2], key[0])) is not None
    ]
    schema = pl.Schema(dict.fromkeys((*keys, "_remark"), pl.String()))
    schema.update({"_partial": pl.Boolean(), "_break": pl.Boolean()})
    remarks = pl.DataFrame(said, schema=schema, orient="row")
    joined = frame.join(remarks, on=keys, how="left", maintain_order="left")
    is_negative = pl.col("offences") < 0
    note = pl.concat_str(
        "note", "_remark", pl.when(is_negative).then(pl.lit(NEGATIVE)),
        separator=" ", ignore_nulls=True,
    )  # fmt: skip
    at_break = pl.col("_break") & (pl.col("status") == "A")
    return joined.with_columns(
        note.replace("", None).alias("note"),
        pl.when(at_break).then(pl.lit("B"))
        .when(~pl.col("_partial").fill_null(value=False)).then("status").alias("status"),
        pl.when("_partial").then(pl.lit("partial")).otherwise("completeness").alias("completeness"),
    ).drop("_remark", "_partial", "_break")  # fmt: skip
